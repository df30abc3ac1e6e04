/*
 * cmd_reclassify.c: `mailtrace reclassify`: what changed rules would say of
 * the failures in the store, and, when told to, bringing it to that.
 */
#include <stdlib.h>

#include "base/stamp.h"
#include "classify/explain.h"
#include "cli/cmd.h"
#include "cli/pen.h"
#include "cli/kinds.h"
#include "cli/wait.h"
#include "index/reclass.h"
#include "index/store.h"
#include "base/banned.h"

enum {
	OPT_RULES = ARG_FIRST,
	OPT_SINCE,
	OPT_WRITE,
	OUT_MAX = 1 << 24,
	FILES_MAX = 64,
	TOP = 25,
	SAMPLE_MAX = 300,
};

static const struct opt options[] = {
	{ "since", 's', "TIME", "only what was logged since then", OPT_SINCE },
	{ "rules", 0, "FILE",
	    "also these rules, before all others (may be given again)",
	    OPT_RULES },
	{ "write", 0, NULL, "write the differences into the store", OPT_WRITE },
	{ 0 }
};

struct job {
	const char *file[FILES_MAX];
	size_t nfile;
	int64_t since_us;
	bool write;
	struct classifier *cl;
	uint64_t seen, differ;
	struct kinds kinds; /* of differences */
};

static int
read_args(struct job *j, int argc, char **argv, struct env *env)
{
	const char *since = NULL;
	struct args a;
	int64_t to;
	int c;

	args_init(&a, argc, argv, env);
	while ((c = args_next(&a)) > 0) {
		if (c == ARG_OPERAND) {
			err_set(&a.err, "'%s': reclassify takes no operand",
			    a.value);
			return cmd_usage(env, &a.err);
		}
		if (c == OPT_WRITE)
			j->write = true;
		if (c == OPT_RULES && j->nfile == FILES_MAX) {
			err_set(&a.err, "too many --rules");
			return cmd_usage(env, &a.err);
		}
		if (c == OPT_RULES)
			j->file[j->nfile++] = a.value;
		if (c == OPT_SINCE)
			since = a.value;
	}
	/* dates are days of --tz, wherever that stands */
	if (c < 0 || (since && stamp_user(str_c(since), now_us(), env->tz,
				   &j->since_us, &to, &a.err) < 0))
		return cmd_usage(env, &a.err);
	return 0;
}

/* ---- comparing ---- */

static void
compare(struct job *j, const struct rec_event *ev)
{
	struct buf key = BUF_INIT(1024);
	struct classify_out now;
	struct str was = rev_get(ev, F_CLASS);
	struct count *n;

	if (ev->t_us < j->since_us || !reclass_event(j->cl, ev, &now))
		return;
	j->seen++;
	if (!reclass_differs(ev, &now))
		return;
	j->differ++;
	buf_printf(&key, STR_FMT " -> %s\t" STR_FMT " -> %s",
	    STR_ARG(was.n ? was : STR("none")), cls_name(now.cls),
	    STR_ARG(was.n ? rev_get(ev, F_RULE) : STR("none")), now.rule);
	n = kinds_add(&j->kinds, buf_str(&key));
	if (n && n->n == 1)
		n->sample = arena_dup(&j->kinds.arena,
		    str_head(rev_get(ev, F_REPLY), SAMPLE_MAX));
	buf_release(&key);
}

static int
compare_all(struct job *j, struct env *env, struct err *err)
{
	struct store *st = store_open(env_store(env), err);
	struct store_cur *cur;
	struct arena a = { 0 };
	struct record rec;
	int rc = -1;

	if (!st)
		return -1;
	cur = store_find(st, NULL, 0, 0, j->since_us, STORE_ANY_TIME_TO, err);
	while (cur && (rc = store_next(cur, &a, &rec, err)) == 1) {
		for (size_t i = 0; i < rec.n; i++)
			compare(j, &rec.ev[i]);
		arena_clear(&a);
	}
	store_cur_close(cur);
	store_close(st);
	arena_release(&a);
	return rc;
}

static void
print(const struct job *j, struct env *env, struct buf *out)
{
	struct pen p = { .out = out, .width = env->tty.width, .utf8 = true };
	struct count **v = kinds_sorted(&j->kinds);
	size_t shown = env->limit ? env->limit : TOP;

	count_print(out, j->seen);
	buf_puts(out, " refusals and failures, ");
	count_print(out, j->differ);
	buf_printf(out, " of them differ under the rules %s\n",
	    classifier_version(j->cl));
	for (size_t i = 0; i < j->kinds.map.n && i < shown; i++) {
		struct str rules = v[i]->key;
		struct str cls = str_split(&rules, '\t');

		buf_printf(out, "%9llu  ", (unsigned long long)v[i]->n);
		pen_str(&p, cls);
		buf_puts(out, "  (");
		pen_str(&p, rules);
		buf_puts(out, ")\n");
		if (v[i]->sample.n) {
			buf_puts(out, "           ");
			pen_str(&p, v[i]->sample);
			buf_putc(out, '\n');
		}
	}
	if (j->kinds.map.n > shown)
		buf_printf(out, "           ... and %zu kinds more\n",
		    j->kinds.map.n - shown);
	free(v);
}

/* ---- writing ---- */

static int
write_all(struct job *j, struct env *env, struct buf *out, struct err *err)
{
	struct writer_opts wo = { .must_exist = true,
		.patience_ms = WRITER_PATIENCE_MS };
	struct reclass rc = { .cl = j->cl, .from_us = j->since_us };
	struct writer *w = writer_open(env_store(env), &wo, err);
	int did;

	if (!w)
		return -1;
	did = writer_reclassify(w, &rc, err);
	writer_close(w);
	if (did < 0)
		return -1;
	count_print(out, rc.changed);
	buf_printf(out, " changed in %llu day file%s\n",
	    (unsigned long long)rc.files, rc.files == 1 ? "" : "s");
	return 0;
}

static int
run(int argc, char **argv, struct env *env)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct job j = { .write = false };
	struct err err;
	int rc = read_args(&j, argc, argv, env), printed;

	if (rc)
		return rc;
	j.cl = config_classifier_and(&env->config, j.file, j.nfile, &err);
	if (!j.cl || compare_all(&j, env, &err) < 0) {
		rc = cmd_fail(env, &err, NULL);
	} else {
		rc = j.differ && !j.write ? 1 : 0;
		if (!env->quiet)
			print(&j, env, &out);
		if (j.differ && j.write && write_all(&j, env, &out, &err) < 0)
			rc = cmd_fail(env, &err, NULL);
		else if (j.differ && !j.write && !env->quiet)
			buf_puts(&out, "nothing was written; --write does\n");
		printed = env_print(env, &out);
		rc = printed ? printed : rc;
	}
	classifier_free(j.cl);
	kinds_release(&j.kinds);
	buf_release(&out);
	return rc;
}

const struct cmd cmd_reclassify = {
	.name = "reclassify",
	.about = "hold the stored failures against the rules of today",
	.usage = "[--since TIME] [--rules FILE] [--write]",
	.more =
	    "Class and rule are stored with every refusal and failure when it "
	    "is read in,\nwith the version of the rules.  What other rules say "
	    "now is counted by kind, with\na sample of each, and written only "
	    "with --write: each day with a difference is\nreplaced as a whole. "
	    " An answer words the reason by the rules of today; what\nclass= "
	    "finds and reports select is what is stored: write after a change "
	    "of rules.\n\n"
	    "Exit status: 0 no difference, or written, 1 there are "
	    "differences, 2 could not.\n",
	.options = options,
	.common = TAKES_STORE | TAKES_LIMIT | TAKES_TZ | TAKES_QUIET,
	.run = run,
};
