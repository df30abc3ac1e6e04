/*
 * cmd_trace.c: what became of these messages?  Terms to a query, the answer
 * to a format, and --wait: ask again until it has come to an end.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/trace_live.h"
#include "cli/wait.h"
#include "base/banned.h"

enum {
	OPT_FROM = ARG_FIRST,
	OPT_TO,
	OPT_QID,
	OPT_ID,
	OPT_SINCE,
	OPT_UNTIL,
	STDIN_MAX = 16 * 1024
};

static const struct opt options[] = {
	{ "from", 'f', "ADDRESS", "the same as from=ADDRESS", OPT_FROM },
	{ "to", 't', "ADDRESS", "the same as to=ADDRESS", OPT_TO },
	{ "qid", 'q', "ID", "the same as qid=ID", OPT_QID },
	{ "message-id", 'm', "ID", "the same as id=ID", OPT_ID },
	{ "since", 's', "TIME", "the same as since=TIME", OPT_SINCE },
	{ "until", 'u', "TIME", "the same as until=TIME", OPT_UNTIL }, { 0 }
};

static enum term_key
key_of(int option)
{
	switch (option) {
	case OPT_FROM:
		return T_FROM;
	case OPT_TO:
		return T_TO;
	case OPT_QID:
		return T_QID;
	case OPT_ID:
		return T_ID;
	case OPT_SINCE:
		return T_SINCE;
	default:
		return T_UNTIL;
	}
}

int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* A pasted Received line, reply or bounce text from standard input. */
static int
read_stdin(struct query *q, struct err *err)
{
	char text[STDIN_MAX];
	size_t n = 0;
	ssize_t did = 1;

	while (did > 0 && n < sizeof(text)) {
		did = read(STDIN_FILENO, text + n, sizeof(text) - n);
		if (did < 0 && errno == EINTR)
			did = 1;
		else if (did > 0)
			n += (size_t)did;
	}
	if (did < 0)
		return err_set(err, "cannot read standard input: %s",
		    strerror(errno));
	for (size_t i = 0; i < n; i++)
		if (is_space(text[i]))
			text[i] = ' '; /* a folded header is one line */
	if (!str_trim(str_make(text, n)).n)
		return err_set(err, "standard input is empty: a reply, a "
				    "Received line or a bounce is meant");
	return query_term(q, str_trim(str_make(text, n)), err);
}

/* 0 all arrived, 3 something pending, 4 something failed. */
static int
exit_status(const struct answer *ans)
{
	int rc = 0;

	for (size_t i = 0; i < ans->nmessage; i++)
		for (size_t k = 0; k < ans->message[i].nrcpt; k++)
			switch (ans->message[i].rcpt[k].state) {
			case OUT_DELIVERED:
			case OUT_LEFT:
				break;
			case OUT_QUEUED:
			case OUT_DEFERRED:
			case OUT_HELD:
				rc = rc == 4 ? 4 : 3;
				break;
			default:
				rc = 4;
			}
	return rc;
}

static int
read_args(struct query *q, int argc, char **argv, struct env *env)
{
	const char *first = NULL;
	struct args a;
	int c, rc = 0;

	args_init(&a, argc, argv, env);
	/* the zone first: dates among the terms are days of it */
	while ((c = args_next(&a)) > 0)
		;
	if (c < 0)
		return cmd_usage(env, &a.err);
	q->tz = env->tz;
	env->verbose = 0;
	args_init(&a, argc, argv, env);
	while (rc == 0 && (c = args_next(&a)) > 0) {
		if (c != ARG_OPERAND)
			rc = query_term_kv(q, key_of(c), OP_EQ, str_c(a.value),
			    &a.err);
		else if (strcmp(a.value, "-") == 0)
			rc = read_stdin(q, &a.err);
		else
			rc = query_term(q, str_c(a.value), &a.err);
		if (c == ARG_OPERAND && !first)
			first = a.value;
	}
	for (size_t i = 0; rc < 0 && first && cmd_table[i]; i++)
		if (near_word(cmd_table[i]->name, first, strlen(first)))
			err_set(&a.err, "'%s' is no verb: did you mean '%s'?",
			    first, cmd_table[i]->name);
	if (rc < 0)
		return cmd_fail(env, &a.err,
		    "'mailtrace help terms' lists what can be asked for");
	if (env->live && env->redact) {
		err_set(&a.err, "--live and --redact: what is asked of the "
				"network shows whom it is about");
		return cmd_usage(env, &a.err);
	}
	if (!q->nterm && !q->t0_us && q->t1_us == INT64_MAX) {
		err_set(&a.err, "nothing was asked for");
		return cmd_usage(env, &a.err);
	}
	return 0;
}

int
trace_ask(struct env *env, struct query *q, struct classifier *cl,
    struct store **st, struct answer *ans, struct err *err)
{
	*st = store_open(env_store(env), err);
	if (!*st)
		return -1;
	return query_run(q, *st, &env->config.site, cl, ans, err);
}

static int
run(int argc, char **argv, struct env *env)
{
	struct buf out = BUF_INIT((size_t)OUT_MAX_MIB << 20);
	struct classifier *cl = NULL;
	struct answer ans = { 0 };
	struct store *st = NULL;
	struct trace_live live = { .n = 0 };
	struct out o;
	struct query q;
	struct err err;
	int rc;

	query_init(&q);
	q.now_us = now_us();
	rc = read_args(&q, argc, argv, env);
	if (rc)
		goto out;
	if (env->limit)
		q.limit = env->limit;
	q.want_lines = env->verbose > 1;
	q.want_evidence_text =
	    env->format != FMT_CSV && (env->format != FMT_TEXT || env->verbose);
	o = (struct out){ .query = &q,
		.site = &env->config.site,
		.tz = env->tz,
		.now_us = q.now_us,
		.width = env->tty.width,
		.color = env->tty.color,
		.utf8 = env->tty.utf8,
		.tty = env->tty.tty,
		.verbose = env->verbose,
		.proof = env->proof,
		.limit = q.limit };
	rc = 2;
	cl = config_classifier(&env->config, &err);
	if (!cl) {
		cmd_fail(env, &err, NULL);
		goto out;
	}
	if (env->wait_us ? wait_for(env, &q, cl, &o, &st, &ans, &err) < 0 :
			   trace_ask(env, &q, cl, &st, &ans, &err) < 0) {
		cmd_fail_store(env, &err, NULL);
		goto out;
	}
	if (env->live) {
		if (trace_live_run(env, &q, &ans, &live, &err) < 0) {
			cmd_fail(env, &err,
			    "see [checks] in the configuration");
			goto out;
		}
		o.live = &live;
		if (env->format == FMT_CSV)
			cmd_note(env, "--csv has no place for live checks");
	}
	if (env->redact)
		redact_answer(&ans, &q);
	out_answer(env->format, &ans, &o, &out);
	rc = env_print(env, &out);
	if (!rc && ans.truncated &&
	    (env->format == FMT_JSONL || env->format == FMT_CSV))
		cmd_note(env,
		    "only the newest %zu messages are shown: "
		    "--limit %zu shows more",
		    ans.nmessage, 10 * q.limit);
	if (!rc && !ans.nmessage) {
		rc = 1;
		for (size_t i = 0; argc == 1 && cmd_table[i]; i++)
			if (near_word(cmd_table[i]->name, argv[0],
				strlen(argv[0])))
				cmd_note(env,
				    "'%s' was looked for; the verb "
				    "is '%s'",
				    argv[0], cmd_table[i]->name);
	}
	if (!rc && env->exit_status)
		rc = exit_status(&ans);
out:
	trace_live_release(&live);
	answer_release(&ans);
	store_close(st);
	classifier_free(cl);
	query_release(&q);
	buf_release(&out);
	return rc;
}

const struct cmd cmd_trace = {
	.name = "trace",
	.about = "follow messages: where did it stop, why, who must act",
	.usage = "TERM... [OPTIONS]",
	.more = "The word 'trace' may be left out.  A TERM is KEY=VALUE; a "
		"bare argument is an\naddress, a <message-id>, a queue id, a "
		"pasted Received line or reply (\"-\": from\nstandard "
		"input).\n\nExit status: 0 found, 1 nothing found, 2 could "
		"not do it.\n",
	.options = options,
	.common = TAKES_STORE | TAKES_JSON | TAKES_JSONL | TAKES_CSV |
		  TAKES_HTML | TAKES_VERBOSE | TAKES_PROOF | TAKES_WAIT |
		  TAKES_REDACT | TAKES_TZ | TAKES_LIMIT | TAKES_EXIT_STATUS |
		  TAKES_QUIET | TAKES_LIVE,
	.run = run,
};
