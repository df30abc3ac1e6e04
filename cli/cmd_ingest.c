/*
 * cmd_ingest.c: read logs into the store.  On a terminal a line shows how far
 * it is; an interrupt (^C, TERM) ends it cleanly, and the next run goes on.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/stamp.h"
#include "parsers/source.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/pen.h"
#include "index/writer.h"
#include "base/banned.h"

enum {
	OPT_HOST = ARG_FIRST,
	OPT_TIMEZONE,
	OPT_YEAR,
	OPT_FORMAT,
	OPT_AGAIN,
	OPT_FOLLOW,
};

/* A prune or reclassify beside it takes a while. */
enum { FOLLOW_PATIENCE_MS = 30 * 60 * 1000 };

static const struct opt options[] = {
	{ "host", 0, "NAME", "host of lines that name none", OPT_HOST },
	{ "timezone", 0, "ZONE",
	    "zone of stamps without one (default: "
	    "configuration, this machine's)",
	    OPT_TIMEZONE },
	{ "year", 0, "YYYY", "year of the last line, for stamps without one",
	    OPT_YEAR },
	{ "format", 0, "NAME", "read as this format only (postfix, exim ...)",
	    OPT_FORMAT },
	{ "again", 0, NULL, "replace what these sources gave before",
	    OPT_AGAIN },
	{ "follow", 'F', NULL, "wait for more lines at the end", OPT_FOLLOW },
	{ 0 }
};

static volatile sig_atomic_t interrupted;

static void
on_signal(int sig)
{
	interrupted = sig;
}

static bool
stop(void *ctx)
{
	(void)ctx;
	return interrupted != 0;
}

/* The one line that is written over and over. */
static void
progress(void *ctx, const struct ingest_progress *p)
{
	struct env *env = ctx;
	struct buf b = BUF_INIT(4096), line = BUF_INIT(4096);
	struct pen pen = { .out = &line,
		.width = env->tty.width,
		.utf8 = env->tty.utf8 };
	double rate = p->seconds > 0 ? (double)p->bytes / p->seconds : 0;
	struct str name = str_c(p->source ? p->source : "");
	ptrdiff_t slash = str_rchr(name, '/');

	if (p->total > 1)
		buf_printf(&b, "%zu/%zu  ",
		    p->done + 1 > p->total ? p->total : p->done + 1, p->total);
	if (p->bytes_total)
		buf_printf(&b, "%3d%%  ",
		    (int)(100.0 * (double)p->bytes / (double)p->bytes_total));
	count_print(&b, p->lines);
	buf_puts(&b, " lines");
	if (p->unknown) {
		buf_puts(&b, "  ");
		count_print(&b, p->unknown);
		buf_puts(&b, " unknown");
	}
	if (rate > 0) {
		buf_puts(&b, "  ");
		size_print(&b, (int64_t)rate);
		buf_puts(&b, "/s");
	}
	if (rate > 0 && p->bytes_total > p->bytes) {
		buf_puts(&b, "  ");
		span_print(&b, (int64_t)((double)(p->bytes_total - p->bytes) /
					 rate * 1e6));
		buf_puts(&b, " left");
	}
	buf_puts(&b, "  ");
	pen_cut(&pen, buf_str(&b), env->tty.width - 1);
	if (env->tty.width - 1 - pen.col > 4)
		pen_cut(&pen,
		    slash >= 0 ? str_from(name, (size_t)slash + 1) : name,
		    env->tty.width - 1 - pen.col);
	fprintf(stderr, "\r%s\033[K", buf_c(&line));
	buf_release(&b);
	buf_release(&line);
}

/* "12 sources (3 known already), 4 711 lines ..." */
static void
summary(const struct ingest_result *r, struct buf *b)
{
	size_print(b, (int64_t)r->bytes);
	buf_printf(b, " in %zu source%s", r->sources,
	    r->sources == 1 ? "" : "s");
	if (r->already)
		buf_printf(b, " (%zu more known already)", r->already);
	buf_puts(b, ": ");
	count_print(b, r->lines);
	buf_puts(b, " lines, ");
	count_print(b, r->events);
	buf_puts(b, " events, ");
	count_print(b, r->ignored);
	buf_puts(b, " ignored, ");
	count_print(b, r->unknown);
	buf_puts(b, " unknown, ");
	count_print(b, r->foreign);
	buf_puts(b, " of other programs; ");
	count_print(b, r->records);
	buf_puts(b, " records in ");
	span_print(b, (int64_t)(r->seconds * 1e6));
	if (r->seconds >= 0.5) {
		buf_puts(b, ", ");
		size_print(b, (int64_t)((double)r->bytes / r->seconds));
		buf_puts(b, "/s");
	}
	buf_putc(b, '\n');
}

static void
summary_json(const struct ingest_result *r, const char *store, struct buf *b)
{
	struct json j;

	json_init(&j, b, true, NULL);
	json_open(&j, NULL, '{');
	json_c(&j, "schema", "mailtrace.ingest/1");
	json_c(&j, "store", store);
	json_uint(&j, "sources", r->sources);
	json_uint(&j, "already_known", r->already);
	json_uint(&j, "failed", r->failed);
	json_c(&j, "first_failure", r->failed ? r->first_failure.msg : NULL);
	json_uint(&j, "bytes", r->bytes);
	json_uint(&j, "lines", r->lines);
	json_uint(&j, "events", r->events);
	json_uint(&j, "ignored", r->ignored);
	json_uint(&j, "unknown", r->unknown);
	json_uint(&j, "foreign", r->foreign);
	json_uint(&j, "records", r->records);
	json_real(&j, "seconds", r->seconds);
	json_close(&j);
}

static int
read_args(struct args *a, struct ingest_opts *o, const char **path,
    size_t *npath)
{
	uint64_t year;
	int c;

	while ((c = args_next(a)) > 0)
		switch (c) {
		case ARG_OPERAND:
			if (*npath == SOURCES_MAX)
				return err_set(&a->err,
				    "more than %d "
				    "sources: name their folder instead",
				    SOURCES_MAX);
			path[(*npath)++] = a->value;
			break;
		case OPT_HOST:
			o->host = a->value;
			break;
		case OPT_TIMEZONE:
			if (!zone_get(a->value, &a->err))
				return err_prefix(&a->err, "--timezone");
			o->timezone = a->value;
			break;
		case OPT_YEAR:
			if (!str_u64(str_c(a->value), &year) || year < 1970 ||
			    year > 9999)
				return err_set(&a->err,
				    "bad --year '%s': a "
				    "year such as 2026 is meant",
				    a->value);
			o->year = (int)year;
			break;
		case OPT_FORMAT:
			o->format = a->value;
			break;
		case OPT_AGAIN:
			o->again = true;
			break;
		case OPT_FOLLOW:
			o->follow = true;
			break;
		}
	if (c == 0 && !*npath)
		return err_set(&a->err, "no source named: a file, a folder, "
					"a glob, '-' or journal: is meant");
	return c;
}

static int
finish(struct env *env, const struct ingest_opts *o,
    const struct ingest_result *r)
{
	struct buf b = BUF_INIT(64 * 1024);
	int rc = 0;

	if (env->format == FMT_JSON)
		summary_json(r, o->store, &b);
	else if (!env->quiet)
		summary(r, &b);
	rc = env_print(env, &b);
	if (!r->sources && !r->already && !r->failed)
		cmd_note(env, "nothing to read: no log is there");
	else if (r->lines && !r->events && !r->ignored)
		cmd_note(env, "none of these lines is of a server that is "
			      "known");
	if (r->lost)
		cmd_note(env, "the journal was rotated away before it was read "
			      "to its end: 'mailtrace status' shows the gap");
	if (interrupted && !o->follow)
		cmd_note(env, "interrupted: what was read is in the store, "
			      "the next run goes on from there");
	if (r->failed) {
		struct err err;

		if (r->failed > 1)
			err_set(&err,
			    "%zu sources could not be read to their "
			    "end, the first: %s",
			    r->failed, r->first_failure.msg);
		else
			err_set(&err, "%s", r->first_failure.msg);
		rc = cmd_fail(env, &err, "the rest is in the store");
	}
	buf_release(&b);
	return rc;
}

/* What tells that a source grew or was rotated; *there: how many are there to
 * be read, `now` which: a log is away for a moment when it is rotated. */
static uint64_t
look(const char *const *path, size_t n, const char **now, size_t *there)
{
	uint64_t sum = 0;

	*there = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t mark = sources_mark(path[i]);

		if (mark)
			now[(*there)++] = path[i];
		sum = sum * 31 + mark;
	}
	return sum;
}

/*
 * Reads on, each second, until it is interrupted.  What is being delivered this
 * moment is stored when it has come to its end, or when the log is silent.
 */
static int
follow(const struct ingest_opts *o, const char *const *path, size_t n,
    struct arena *a, struct ingest_result *sum, struct err *err)
{
	struct timespec second = { .tv_sec = 1 };
	struct ingest_opts on = *o;
	const char **there = arena_array(a, const char *, n + 1);
	size_t held = 0, nthere;
	uint64_t seen = look(path, n, there, &nthere);

	on.patience_ms = FOLLOW_PATIENCE_MS;
	while (!interrupted) {
		struct ingest_result r = { 0 };
		uint64_t now;

		nanosleep(&second, NULL);
		now = look(path, n, there, &nthere);
		if (interrupted || (now == seen && !held))
			continue;
		on.hold_open = now != seen;
		seen = now;
		if (ingest_run(&on, there, nthere, &r, err) < 0) {
			size_t were = nthere;

			if (interrupted)
				return 0;
			/* rotated away just now? */
			look(path, n, there, &nthere);
			if (nthere == were)
				return -1;
			continue;
		}
		held = r.held;
		sum->lines += r.lines;
		sum->events += r.events;
		sum->ignored += r.ignored;
		sum->unknown += r.unknown;
		sum->foreign += r.foreign;
		sum->bytes += r.bytes;
		sum->records += r.records;
		sum->seconds += r.seconds;
		sum->lost += r.lost;
	}
	if (held) {
		struct ingest_result r = { 0 };

		on.hold_open = false;
		look(path, n, there, &nthere);
		return ingest_run(&on, there, nthere, &r, err);
	}
	return 0;
}

static int
run(int argc, char **argv, struct env *env)
{
	struct config *c = &env->config;
	const char **path =
	    arena_array(&c->arena, const char *, (size_t)argc + 1);
	struct ingest_opts o = { .timezone = c->timezone,
		.source = c->source,
		.nsource = c->nsource,
		.hosts = c->site.host,
		.nhosts = c->site.nhost,
		.keep_raw = c->raw_keep,
		.patience_ms = WRITER_PATIENCE_MS,
		.stop = stop,
		.ctx = env };
	struct sigaction sa = { .sa_handler = on_signal };
	struct ingest_result r = { 0 };
	size_t npath = 0;
	struct args a;
	struct err err;
	int rc;

	args_init(&a, argc, argv, env);
	if (read_args(&a, &o, path, &npath) < 0)
		return cmd_usage(env, &a.err);
	o.store = env_store(env);
	o.classifier = config_classifier(c, &err);
	if (!o.classifier)
		return cmd_fail(env, &err, NULL);
	if (env->tty.err_tty && !env->quiet)
		o.progress = progress;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	rc = ingest_run(&o, path, npath, &r, &err);
	o.again = false;
	if (rc == 0 && o.follow)
		rc = follow(&o, path, npath, &c->arena, &r, &err);
	if (o.progress)
		fputs("\r\033[K", stderr);
	rc = rc < 0 ? cmd_fail(env, &err, NULL) : finish(env, &o, &r);
	classifier_free(o.classifier);
	return rc;
}

const struct cmd cmd_ingest = {
	.name = "ingest",
	.about = "read logs into the store; what it knows already is skipped",
	.usage = "SOURCE... [OPTIONS]",
	.more =
	    "A SOURCE is a log file (plain, gz, xz, zst, bz2), a folder, "
	    "a glob, \"-\" for\nstandard input, \"journal:\" for this "
	    "machine's journal or \"journal:PATH\"\nfor its files.  Rotated and "
	    "compressed copies are known by their content:\nreading "
	    "twice changes nothing, an interrupted run goes on where it "
	    "stopped.\n\nExit status: 0 all was read, 2 some of it could "
	    "not be.\n",
	.options = options,
	.common = TAKES_STORE | TAKES_JSON | TAKES_QUIET,
	.run = run,
};
