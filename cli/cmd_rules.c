/*
 * cmd_rules.c: `mailtrace rules`: check the rules, try them on texts, explain
 * an answer, and see what they did not understand.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/stamp.h"
#include "classify/check.h"
#include "classify/explain.h"
#include "cli/cmd.h"
#include "cli/pen.h"
#include "cli/kinds.h"
#include "cli/wait.h"
#include "index/store.h"
#include "index/why.h"
#include "base/banned.h"

enum {
	OPT_RULES = ARG_FIRST,
	OPT_MTA,
	OPT_RHOST,
	OPT_DSN,
	OPT_INBOUND,
	OPT_SINCE,
	OUT_MAX = 1 << 26,
	FILES_MAX = 64,
	TOP = 25,
};

static const struct opt options[] = {
	{ "rules", 0, "FILE",
	    "also these rules, before all others (may be given again)",
	    OPT_RULES },
	{ "mta", 0, "NAME", "test, explain: our server that logged it",
	    OPT_MTA },
	{ "rhost", 0, "HOST", "test, explain: the server that said it",
	    OPT_RHOST },
	{ "dsn", 0, "CODE", "test, explain: the enhanced code beside it",
	    OPT_DSN },
	{ "inbound", 0, NULL, "test, explain: we said it to a client",
	    OPT_INBOUND },
	{ "since", 's', "TIME", "stats: only what was logged since then",
	    OPT_SINCE },
	{ 0 }
};

struct asked {
	const char *what;
	const char **text;
	size_t ntext, cap;
	const char *file[FILES_MAX];
	size_t nfile;
	struct classify_in in;
	int64_t since_us;
};

/* ---- check, list ---- */

static int
check(struct classifier *cl, struct env *env, struct buf *out)
{
	struct rules_check rc;

	rules_check(cl, env->verbose > 0, out, &rc);
	buf_printf(out, "%zu rules, %zu lists, %zu tests: ", rc.rules, rc.lists,
	    rc.tests);
	if (rc.failed || rc.broken || rc.slow)
		buf_printf(out,
		    "%zu failed, %zu broken patterns, %zu slow "
		    "patterns",
		    rc.failed, rc.broken, rc.slow);
	else
		buf_puts(out, "all hold");
	buf_printf(out,
	    "; %zu conflicts decided by class, %zu texts in two "
	    "rules\n",
	    rc.conflicts, rc.shared);
	buf_printf(out, "version %s\n", classifier_version(cl));
	return rc.failed || rc.broken || rc.slow ? 1 : 0;
}

/* ---- test, explain ---- */

static int
test(struct classifier *cl, struct asked *q, struct buf *out)
{
	size_t unknown = 0;

	for (size_t i = 0; i < q->ntext; i++) {
		struct classify_out c;

		q->in.text = str_c(q->text[i]);
		classify(cl, &q->in, &c);
		unknown += c.cls == CLS_UNKNOWN || c.cls == CLS_NONE;
		buf_printf(out, "%-20s %d  %-32s %s\n",
		    cls_name(c.cls ? c.cls : CLS_UNKNOWN), c.confidence, c.rule,
		    c.rule_from);
	}
	return unknown == q->ntext ? 1 : 0;
}

static int
explain(struct classifier *cl, struct asked *q, struct buf *out)
{
	struct buf raw = BUF_INIT(OUT_MAX);
	int rc = 1;

	for (size_t i = 0; i < q->ntext; i++) {
		struct classify_out c;

		q->in.text = str_c(q->text[i]);
		if (i)
			buf_putc(&raw, '\n');
		classify_explain(cl, &q->in, &c, &raw);
		if (c.cls != CLS_NONE && c.cls != CLS_UNKNOWN)
			rc = 0;
	}
	/* our own words with bytes from outside among them */
	for (size_t i = 0; i < raw.n; i++)
		buf_putc(out,
		    raw.p[i] == '\n' || ((unsigned char)raw.p[i] >= ' ' &&
					    raw.p[i] != 0x7f) ?
			raw.p[i] :
			'?');
	buf_release(&raw);
	return rc;
}

/* ---- stats ---- */

static void
count_record(struct classifier *cl, const struct record *rec,
    struct kinds *rules, struct kinds *texts, uint64_t *total)
{
	for (size_t i = 0; i < rec->n; i++) {
		struct classify_in in;
		struct classify_out c;
		struct count *n;

		if (!why_rec(&rec->ev[i], &in))
			continue;
		classify(cl, &in, &c);
		if (c.cls == CLS_NONE)
			continue;
		++*total;
		n = kinds_add(rules, str_c(c.rule));
		if (n)
			n->cls = cls_name(c.cls);
		if (c.confidence <= 1) {
			struct buf b = BUF_INIT(2048);

			classify_normal(cl, &in, &b);
			n = kinds_add(texts, str_head(buf_str(&b), 300));
			if (n && n->n == 1) {
				n->cls = cls_name(c.cls);
				n->sample = arena_dup(&texts->arena,
				    str_head(in.text, 300));
			}
			buf_release(&b);
		}
	}
}

static void
print_stats(struct env *env, struct kinds *rules, struct kinds *texts,
    uint64_t total, struct buf *out)
{
	struct count **r = kinds_sorted(rules), **t = kinds_sorted(texts);
	struct pen p = { .out = out, .width = env->tty.width };
	size_t shown = env->limit ? env->limit : TOP;

	buf_puts(out, "replies by rule, of ");
	count_print(out, total);
	buf_putc(out, '\n');
	for (size_t i = 0; i < rules->map.n && i < shown; i++)
		buf_printf(out, "%9llu  %5.1f %%  %-20s " STR_FMT "\n",
		    (unsigned long long)r[i]->n,
		    100.0 * (double)r[i]->n / (double)total,
		    r[i]->cls ? r[i]->cls : "", STR_ARG(r[i]->key));
	buf_puts(out, "\nthe most frequent that only a code or weak words "
		      "decided, or nothing:\n");
	for (size_t i = 0; i < texts->map.n && i < shown; i++) {
		buf_printf(out, "%9llu  %-20s ", (unsigned long long)t[i]->n,
		    t[i]->cls ? t[i]->cls : "");
		pen_str(&p, t[i]->key);
		buf_putc(out, '\n');
	}
	if (texts->full)
		buf_puts(out, "(more different texts than are counted)\n");
	free(r);
	free(t);
}

static int
stats(struct classifier *cl, struct asked *q, struct env *env, struct buf *out)
{
	struct kinds rules = { 0 }, texts = { 0 };
	struct arena a = { 0 };
	struct store_cur *cur = NULL;
	struct record rec;
	uint64_t total = 0;
	struct err err;
	struct store *st = store_open(env_store(env), &err);
	int rc = -1;

	if (!st)
		return cmd_fail_store(env, &err, NULL);
	cur = store_find(st, NULL, 0, 0, q->since_us, STORE_ANY_TIME_TO, &err);
	while (cur && (rc = store_next(cur, &a, &rec, &err)) == 1) {
		count_record(cl, &rec, &rules, &texts, &total);
		arena_clear(&a);
	}
	if (rc == 0 && total)
		print_stats(env, &rules, &texts, total, out);
	store_cur_close(cur);
	store_close(st);
	kinds_release(&rules);
	kinds_release(&texts);
	arena_release(&a);
	if (rc < 0)
		return cmd_fail(env, &err, NULL);
	if (!total)
		buf_puts(out, "no refusal and no failure of that time\n");
	return total ? 0 : 1;
}

/* ---- the verb ---- */

static int
read_args(struct asked *q, int argc, char **argv, struct env *env,
    struct arena *mem)
{
	const char *since = NULL;
	struct args a;
	int64_t to;
	int c;

	args_init(&a, argc, argv, env);
	while ((c = args_next(&a)) > 0)
		switch (c) {
		case ARG_OPERAND:
			if (!q->what) {
				q->what = a.value;
				break;
			}
			arena_grow(mem, q->text, q->ntext, q->cap);
			q->text[q->ntext++] = a.value;
			break;
		case OPT_RULES:
			if (q->nfile == FILES_MAX) {
				err_set(&a.err, "too many --rules");
				return cmd_usage(env, &a.err);
			}
			q->file[q->nfile++] = a.value;
			break;
		case OPT_MTA:
			if (args_mta(&a, &q->in.mta) < 0)
				return cmd_usage(env, &a.err);
			break;
		case OPT_RHOST:
			q->in.rhost = str_c(a.value);
			break;
		case OPT_DSN:
			q->in.dsn = str_c(a.value);
			break;
		case OPT_INBOUND:
			q->in.where = WHERE_INBOUND;
			break;
		case OPT_SINCE:
			since = a.value;
			break;
		}
	/* dates are days of --tz, wherever that stands */
	if (c < 0 || (since && stamp_user(str_c(since), now_us(), env->tz,
				   &q->since_us, &to, &a.err) < 0))
		return cmd_usage(env, &a.err);
	if (!q->what) {
		err_set(&a.err, "what about the rules?");
		return cmd_usage(env, &a.err);
	}
	if (q->ntext &&
	    (strcmp(q->what, "check") == 0 || strcmp(q->what, "list") == 0 ||
		strcmp(q->what, "stats") == 0)) {
		err_set(&a.err,
		    "'%s': %s takes no operand; --rules names "
		    "more rules",
		    q->text[0], q->what);
		return cmd_usage(env, &a.err);
	}
	return 0;
}

static int
run(int argc, char **argv, struct env *env)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct asked q = { 0 };
	struct arena mem = { 0 };
	struct classifier *cl = NULL;
	struct err err;
	int rc, printed;

	rc = read_args(&q, argc, argv, env, &mem);
	if (rc)
		goto out;
	cl = config_classifier_and(&env->config, q.file, q.nfile, &err);
	if (!cl) {
		rc = cmd_fail(env, &err, NULL);
		goto out;
	}
	if (strcmp(q.what, "check") == 0) {
		rc = check(cl, env, &out);
	} else if (strcmp(q.what, "list") == 0) {
		rules_list(cl, &out);
	} else if (strcmp(q.what, "stats") == 0) {
		rc = stats(cl, &q, env, &out);
	} else if (strcmp(q.what, "test") == 0 ||
		   strcmp(q.what, "explain") == 0) {
		if (!q.ntext) {
			err_set(&err, "no text was given");
			rc = cmd_usage(env, &err);
		} else {
			rc = q.what[0] == 't' ? test(cl, &q, &out) :
						explain(cl, &q, &out);
		}
	} else {
		err_set(&err,
		    "'%s' is not check, list, test, explain or "
		    "stats",
		    q.what);
		rc = cmd_usage(env, &err);
	}
	if (out.n) {
		printed = env_print(env, &out);
		rc = printed ? printed : rc;
	}
out:
	classifier_free(cl);
	buf_release(&out);
	arena_release(&mem);
	return rc;
}

const struct cmd cmd_rules = {
	.name = "rules",
	.about = "check, try and explain the rules that classify replies",
	.usage = "check | list | test TEXT... | explain TEXT... | stats",
	.more = "check runs every rule's own tests.  test and explain take "
		"replies as they were\nlogged; explain tells each step.  stats "
		"counts what each rule decided in the store,\nand lists the "
		"replies that no words decided: what to write rules for.\n\n"
		"Exit status: 0 all well, 1 a test failed or nothing was "
		"recognised, 2 could not.\n",
	.options = options,
	.common =
	    TAKES_STORE | TAKES_VERBOSE | TAKES_LIMIT | TAKES_TZ | TAKES_QUIET,
	.run = run,
};
