/*
 * cmd_ndr.c: `mailtrace ndr`: what bounce mails or single replies say.
 */
#include <unistd.h>

#include "cli/json.h"
#include "cli/ndr.h"
#include "base/banned.h"

enum {
	OPT_TEXT = ARG_FIRST,
	OPT_TSV,
	OPT_MTA,
	OPT_RHOST,
	OPT_DSN,
	OPT_INBOUND,
	OPT_RULES,
	OUT_MAX = 1 << 30,
};

static const struct opt options[] = {
	{ "text", 0, "REPLY", "classify one reply, as logged", OPT_TEXT },
	{ "tsv", 0, "FILE",
	    "classify a table of replies (columns id, text ...); - is "
	    "standard input",
	    OPT_TSV },
	{ "mta", 0, "NAME",
	    "with --text: our server that logged it (postfix, exim, dovecot, "
	    "axigen)",
	    OPT_MTA },
	{ "rhost", 0, "HOST", "with --text: the server that said it",
	    OPT_RHOST },
	{ "dsn", 0, "CODE", "with --text: the enhanced code logged beside it",
	    OPT_DSN },
	{ "inbound", 0, NULL, "with --text: we said it to a client",
	    OPT_INBOUND },
	{ "rules", 0, "FILE",
	    "also these rules, before all others (may be given again)",
	    OPT_RULES },
	{ 0 }
};

struct asked {
	struct classify_in in;
	bool text;
	const char *tsv;
	const char **file;
	size_t nfile, cap;
	const char **rules;
	size_t nrules, rules_cap;
};

static bool
mail(void *ctx, const char *name, struct str text)
{
	struct ndr *n = ctx;
	struct arena a = { 0 };
	struct ndr_trace t = { 0 };
	struct bounce b;

	bounce_read(&b, &a, text);
	n->mails++;
	n->bounces += b.kind != BOUNCE_NOT;
	if (b.kind != BOUNCE_NOT && b.kind != BOUNCE_AUTO_REPLY)
		ndr_trace(n, &b, &a, &t);
	if (b.cut)
		cmd_note(n->env,
		    "'%s' was not read to its end: too many "
		    "parts, lines or recipients",
		    name);
	if (n->env->format == FMT_TEXT) {
		ndr_text_mail(n, name, &b, &t);
	} else {
		struct json line;

		if (n->env->format == FMT_JSONL) {
			json_init(&line, &n->out, false, n->env->tz);
			n->json = &line;
		}
		ndr_json_mail(n, name, &b, &t);
		if (n->env->format == FMT_JSONL)
			n->json = NULL;
	}
	arena_release(&a);
	return !n->out.toobig;
}

static int
mails(struct ndr *n, struct asked *q)
{
	const char *input = "-";
	struct json j;
	struct err err;

	json_init(&j, &n->out, true, n->env->tz);
	if (n->env->format == FMT_JSON) {
		n->json = &j;
		json_open(&j, NULL, '{');
		json_str(&j, "schema", STR("mailtrace.ndr/1"));
		json_open(&j, "mails", '[');
	}
	for (size_t i = 0; i < q->nfile || (i == 0 && !q->nfile); i++)
		if (ndr_read(q->nfile ? q->file[i] : input, mail, n, &err) <
		    0) {
			cmd_fail(n->env, &err, "the rest was read");
			n->unreadable++;
		}
	if (n->env->format == FMT_JSON) {
		json_close(&j);
		json_close(&j);
	}
	if (!n->mails && !n->unreadable)
		cmd_note(n->env, "there was no mail to read");
	return n->unreadable ? 2 : n->bounces ? 0 : 1;
}

static int
reply(struct ndr *n, struct asked *q)
{
	struct json j;

	if (n->env->format == FMT_TEXT) {
		ndr_text_reply(n, &q->in);
		return 0;
	}
	json_init(&j, &n->out, n->env->format == FMT_JSON, n->env->tz);
	n->json = &j;
	json_open(&j, NULL, '{');
	json_str(&j, "schema", STR("mailtrace.ndr/1"));
	json_open(&j, "mails", '[');
	json_close(&j);
	json_open(&j, "replies", '[');
	ndr_json_reply(n, &q->in);
	json_close(&j);
	json_close(&j);
	return 0;
}

static int
read_args(struct asked *q, int argc, char **argv, struct env *env,
    struct arena *mem)
{
	struct args a;
	int c;

	args_init(&a, argc, argv, env);
	while ((c = args_next(&a)) > 0)
		switch (c) {
		case ARG_OPERAND:
			arena_grow(mem, q->file, q->nfile, q->cap);
			q->file[q->nfile++] = a.value;
			break;
		case OPT_TEXT:
			if (!*a.value) {
				err_set(&a.err, "--text: the reply is empty");
				return cmd_usage(env, &a.err);
			}
			q->in.text = str_c(a.value);
			q->text = true;
			break;
		case OPT_TSV:
			q->tsv = a.value;
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
		case OPT_RULES:
			arena_grow(mem, q->rules, q->nrules, q->rules_cap);
			q->rules[q->nrules++] = a.value;
			break;
		}
	if (c < 0)
		return cmd_usage(env, &a.err);
	if (q->text + (q->tsv != NULL) + (q->nfile > 0) > 1) {
		err_set(&a.err, "files, --text and --tsv exclude each other");
		return cmd_usage(env, &a.err);
	}
	if (!q->text && !q->tsv && !q->nfile && env->tty.tty &&
	    isatty(STDIN_FILENO)) {
		err_set(&a.err, "no bounce mail was named");
		return cmd_usage(env, &a.err);
	}
	return 0;
}

static int
run(int argc, char **argv, struct env *env)
{
	struct ndr n = { .env = env };
	struct asked q = { 0 };
	struct arena mem = { 0 };
	struct err err;
	int rc, printed;

	buf_init(&n.out, OUT_MAX);
	rc = read_args(&q, argc, argv, env, &mem);
	if (rc)
		goto out;
	n.cl = q.nrules ? config_classifier_and(&env->config, q.rules, q.nrules,
			      &err) :
			  config_classifier(&env->config, &err);
	if (!n.cl) {
		rc = cmd_fail(env, &err, NULL);
		goto out;
	}
	if (!q.tsv && !q.text && access(env_store(env), F_OK) == 0) {
		n.store = store_open(env_store(env), &err);
		if (!n.store)
			cmd_note(env,
			    "%s; bounces are not tied to their "
			    "messages",
			    err.msg);
	}
	if (q.tsv) {
		rc = ndr_table(&n, q.tsv, &err);
		if (rc < 0)
			rc = cmd_fail(env, &err, NULL);
	} else if (q.text) {
		rc = reply(&n, &q);
	} else {
		rc = mails(&n, &q);
	}
	if (n.out.toobig) {
		err_set(&err, "the result is larger than 1 GiB");
		rc = cmd_fail(env, &err, "read the files in parts");
		goto out;
	}
	if (n.out.n) {
		printed = env_print(env, &n.out);
		rc = printed ? printed : rc;
	}
out:
	store_close(n.store);
	classifier_free(n.cl);
	buf_release(&n.out);
	arena_release(&mem);
	return rc;
}

const struct cmd cmd_ndr = {
	.name = "ndr",
	.about = "classify bounce mails or single replies, tie them to the "
		 "trace",
	.usage = "[FILE...|-] [--text REPLY] [--tsv FILE]",
	.more = "FILE is a mail, an mbox, a maildir or a folder of mails; "
		"without one, standard\ninput is read.  With a store (--store) "
		"each bounce names the message it is about.\n\nExit status: "
		"0 found, 1 no bounce among them, 2 something could not be "
		"read.\n",
	.options = options,
	.common =
	    TAKES_STORE | TAKES_JSON | TAKES_JSONL | TAKES_TZ | TAKES_QUIET,
	.run = run,
};
