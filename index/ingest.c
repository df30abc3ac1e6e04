/*
 * ingest.c: drives the flow: sources -> lines -> events -> records -> store.
 *
 * A source is known by the hash of its first bytes, wherever it stands now.
 * What was read of it is in the store with the state of the assembler, in one
 * commit with the records, so that a run that is killed goes on where the
 * last commit was and gives the same store.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "index/assemble.h"
#include "index/ingest.h"
#include "index/ingest_part.h"
#include "index/pipe.h"
#include "parsers/axigen.h"
#include "parsers/parser.h"
#include "parsers/reader.h"
#include "parsers/source.h"
#include "base/banned.h"

#define HOLD_US (3 * INT64_C(1000000))

enum {
	STATE_MAX = 512 * 1024 * 1024, /* of open hops and sessions */
	TAG_CACHE = 64,
	CHECK_LINES = 4096, /* lines between looks at the clock */
};

struct ingest {
	const struct ingest_opts *o;
	struct ingest_result *res;
	struct writer *w;
	struct pipe *pipe;
	struct assembler *as;
	const struct parser *only;
	struct buf state;
	/* which parser answered for a tag */
	struct {
		char tag[40];
		size_t n;
		const struct parser *who;
	} cache[TAG_CACHE];
	double t0, last_commit, last_progress;
	struct ingest_site site;
	struct ingest_progress prog;
	int64_t newest_us;
	struct buf path; /* of the source being read */
	size_t npaths;	 /* given; those behind were read with a guess */
	bool whole;	 /* it does not grow: its last line counts */
	bool stopped;
};

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
sink(void *ctx, struct str head, struct str events, struct err *err)
{
	struct ingest *in = ctx;

	in->res->records++;
	return pipe_row(in->pipe, head, events, err);
}

/* ---- one line ---- */

struct reading {
	struct ingest *in;
	struct writer_source *src;
	struct pipe_source now; /* where it stands; src is the writer's */
	struct reader *reader;
	struct str host;  /* for lines that name none */
	uint64_t skip_to; /* of a stream that is given again */
	struct year_state year;
	char journal_host[256]; /* who its first line says it is of */
	struct event ev;
};

/* What tells tags apart: how long, and the bytes at both ends. */
static size_t
tag_slot(struct str tag)
{
	uint64_t h = tag.n;

	if (tag.n >= 8)
		h ^= str_load8(tag.p + tag.n - 8);
	else if (tag.n >= 4)
		h ^= str_load4(tag.p) ^ (uint64_t)str_load4(tag.p + tag.n - 4)
					    << 32;
	else if (tag.n)
		h ^= (uint64_t)(unsigned char)tag.p[tag.n - 1] << 8;
	return (size_t)((h * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % TAG_CACHE;
}

static const struct parser **
cached(struct ingest *in, struct str tag)
{
	size_t h;

	if (tag.n >= sizeof(in->cache[0].tag))
		tag.n = sizeof(in->cache[0].tag) - 1;
	h = tag_slot(tag);
	if (!str_eq(str_make(in->cache[h].tag, in->cache[h].n), tag)) {
		if (tag.n)
			memcpy(in->cache[h].tag, tag.p, tag.n);
		in->cache[h].n = tag.n;
		in->cache[h].who = NULL;
	}
	return &in->cache[h].who;
}

static int
take_line(struct reading *r, struct line *ln, struct err *err)
{
	struct ingest *in = r->in;
	struct pipe_source *src = &r->now;
	struct str host = ln->host.n ? ln->host : r->host;
	const struct parser **who = cached(in, ln->tag);
	enum parse_result got;

	src->lines++;
	in->res->lines++;
	if (ln->frame == FRAME_NONE) {
		/* no header: nobody's, unless a parser was forced */
		if (!in->only || !ln->raw.n) {
			if (ln->raw.n) {
				src->foreign++;
				in->res->foreign++;
			} else {
				src->ignored++;
				in->res->ignored++;
			}
			return 0;
		}
	}
	if (ln->flags & LINE_REPEATED && !ln->tag.n) {
		int rc = assemble_again(in->as, ln, host, src->id, err);

		if (rc) {
			src->events += rc > 0;
			in->res->events += rc > 0;
			return rc < 0 ? -1 : 0;
		}
	}
	got = parse_line(ln, &r->ev, in->only, who);
	if (got == PARSE_FOREIGN) {
		src->foreign++;
		in->res->foreign++;
		return 0;
	}
	pipe_cover(in->pipe, src->id, host, r->ev.mta, ln->t_us);
	if (ln->t_us > in->newest_us)
		in->newest_us = ln->t_us;
	if (!src->t0_us || ln->t_us < src->t0_us)
		src->t0_us = ln->t_us;
	if (ln->t_us > src->t1_us)
		src->t1_us = ln->t_us;
	if (got == PARSE_IGNORED) {
		src->ignored++;
		in->res->ignored++;
		return 0;
	}
	if (got == PARSE_UNKNOWN) {
		char shape[SHAPE_MAX];

		src->unknown++;
		in->res->unknown++;
		pipe_unknown(in->pipe, src->id, line_shape(ln, shape), ln->raw);
		return 0;
	}
	src->events++;
	in->res->events++;
	if (r->ev.kind == EV_LOSS)
		pipe_gap(in->pipe, src->id, host, ln->t_us - 60000000, ln->t_us,
		    STR("the logging lost lines"));
	return assemble(in->as, ln, &r->ev, host, src->id, err);
}

/* ---- commits ---- */

static void
save_source(struct reading *r)
{
	struct buf b = BUF_INIT(1 << 20);

	if (reader_offset(r->reader) >= r->skip_to) {
		r->now.done = reader_offset(r->reader);
		r->now.line = reader_number(r->reader);
		year_save(&b, &r->year);
		reader_save(r->reader, &b);
	} else {
		buf_add(&b, r->src->state);
	}
	pipe_source(r->in->pipe, &r->now, buf_str(&b));
	buf_release(&b);
}

static int
commit(struct ingest *in, struct reading *r, struct err *err)
{
	if (r)
		save_source(r);
	buf_clear(&in->state);
	assembler_save(in->as, &in->state);
	if (in->state.toobig)
		return err_set(err, "too many messages are open at a time");
	in->last_commit = now_s();
	return pipe_commit(in->pipe, buf_str(&in->state), err);
}

static int
flush(struct ingest *in, struct err *err)
{
	struct assemble_stats st;
	int64_t before = INT64_MAX;

	if (in->o->hold_open && in->newest_us)
		before = in->newest_us - HOLD_US;
	if (assemble_flush(in->as, before, err) < 0)
		return -1;
	assembler_stats(in->as, &st);
	in->res->held = st.open;
	return 0;
}

static void
progress(struct ingest *in, const struct reader *reader, uint64_t before,
    bool force)
{
	struct input_info info;
	double t = now_s();

	if (!in->o->progress || (!force && t - in->last_progress < 0.2))
		return;
	in->last_progress = t;
	in->prog.bytes = before;
	if (reader && reader_info(reader, &info, NULL) == 0)
		in->prog.bytes += info.read;
	in->prog.lines = in->res->lines;
	in->prog.unknown = in->res->unknown;
	in->prog.records = in->res->records;
	in->prog.seconds = t - in->t0;
	in->o->progress(in->o->ctx, &in->prog);
}

/* ---- one source ---- */

static void
failed(struct ingest *in, const char *path, const char *why)
{
	/* most reasons name it themselves */
	if (in->res->failed++)
		return;
	if (str_find(str_c(why), str_c(path)) >= 0)
		err_set(&in->res->first_failure, "%s", why);
	else
		err_set(&in->res->first_failure, "'%s': %s", path, why);
}

static int
read_lines(struct ingest *in, struct reading *r, uint64_t before,
    struct err *err)
{
	struct err broken = { "" };
	struct line ln;
	uint64_t n = 0;
	int got;

	while ((got = reader_next(r->reader, &ln, &broken)) > 0) {
		double t;

		if (ln.offset < r->skip_to)
			continue;
		if (ln.frame == FRAME_NATIVE && !ln.tag.n)
			axigen_frame(&ln);
		if (take_line(r, &ln, err) < 0)
			return -1;
		if (!r->journal_host[0] && ln.host.n)
			snprintf(r->journal_host, sizeof(r->journal_host),
			    STR_FMT, STR_ARG(ln.host));
		if (++n % CHECK_LINES && !pipe_due(in->pipe))
			continue;
		t = now_s();
		progress(in, r->reader, before, false);
		if ((pipe_due(in->pipe) ||
			t - in->last_commit > pipe_patience_s(in->pipe)) &&
		    commit(in, r, err) < 0)
			return -1;
		if (in->o->stop && in->o->stop(in->o->ctx)) {
			in->stopped = true;
			return 0;
		}
	}
	if (got < 0)
		failed(in, buf_c(&in->path), broken.msg);
	r->now.finished = got == 0 && in->whole;
	return 0;
}

/* A plain file that was cut and begins anew keeps its inode, not its head. */
static bool
nothing_new(const struct source *s, const struct writer_source *src)
{
	struct str state = src->state;

	if (s->journal) {
		year_load(&state);
		return src->finished || s->upto <= reader_saved_entry(state);
	}
	return src->finished ||
	       (s->codec == CODEC_PLAIN && s->size > 0 && s->size <= src->done);
}

static void
begin_source(struct reading *r, const struct source *s, struct str first)
{
	struct ingest *in = r->in;
	char bytes[PRINT_BYTES];
	struct print pr = print_of(str_head(first, INPUT_HEAD));
	struct str print = print_pack(&pr, bytes);

	if (!r->src)
		r->src = writer_source_new(in->w, str_c(s->path), print);
	writer_source_set_name(in->w, r->src, str_c(s->path));
	writer_source_set_print(in->w, r->src, print);
	r->src->dev = s->dev;
	r->src->inode = s->ino;
	r->src->size = s->size;
	r->src->mtime = s->mtime_us;
	r->host = ingest_host(&in->site, s->path);
	writer_source_set_host(in->w, r->src, s->host.n ? s->host : r->host);
	r->now = (struct pipe_source){ .id = r->src->id,
		.done = r->src->done,
		.line = r->src->line,
		.t0_us = r->src->t0_us,
		.t1_us = r->src->t1_us,
		.lines = r->src->lines,
		.events = r->src->events,
		.ignored = r->src->ignored,
		.unknown = r->src->unknown,
		.foreign = r->src->foreign };
}

/*
 * What a source gave is taken back, to be read again; so is what is open, of
 * which a run that was interrupted here may have left some.
 */
static int
take_back(struct ingest *in, struct writer_source *src, struct err *err)
{
	if (assemble_afresh(in->as, err) < 0 || commit(in, NULL, err) < 0 ||
	    pipe_wait(in->pipe, err) < 0 ||
	    writer_replace_source(in->w, src->id, err) < 0)
		return -1;
	src->line = 0;
	src->done = 0;
	src->finished = false;
	writer_source_set_state(in->w, src, STR(""));
	return 0;
}

/*
 * Finds out whether the source is known, and opens it where it goes on.
 * 1 opened, 0 there is nothing to read, -1 failed (the store, not the file).
 */
static int
open_source(struct ingest *in, struct reading *r, const struct source *s,
    struct err *err)
{
	bool stream = s->stream, again = in->o->again;
	struct reader_opts ro = { .zone = s->zone,
		.year = s->year,
		.now_us = in->site.now_us,
		.closed = in->whole || s->rotated,
		.input = { .stream = stream } };
	struct input_info info;
	struct err why = { "" };
	char *head = NULL;
	struct str first;
	size_t n;
	int rc = 0;

	if (s->journal) {
		first = s->known_by;
	} else if (stream) {
		r->reader = reader_open(s->path, &ro, &why);
		if (!r->reader) {
			failed(in, s->path, why.msg);
			return 0;
		}
		first = reader_head(r->reader);
	} else {
		head = xmalloc(INPUT_HEAD);
		if (input_head(s->path, &ro.input, head, INPUT_HEAD, &n, &info,
			&why) < 0) {
			failed(in, s->path, why.msg);
			goto out;
		}
		first = str_make(head, n);
	}
	r->src = ingest_known(in->w, s, first);
	if (r->src && year_wrong(in->w, r->src, s))
		again = true;
	else if (s->asked >= in->npaths)
		goto out; /* only its year was in doubt */
	if (r->src && again && r->src->done && take_back(in, r->src, err) < 0) {
		rc = -1;
		goto out;
	}
	if (r->src && !stream && !again && nothing_new(s, r->src)) {
		in->res->already++;
		if (s->journal && s->rotated)
			r->src->finished = true;
		writer_source_set_name(in->w, r->src, str_c(s->path));
		writer_source_touch(in->w, r->src);
		goto out;
	}
	begin_source(r, s, first);
	r->year = (struct year_state){ s->year, s->year_how };
	if (stream) {
		r->skip_to = r->src->done;
	} else {
		ro.offset = r->src->done;
		ro.number = r->src->line;
		if (ro.offset || (s->journal && r->src->state.n)) {
			ro.state = r->src->state;
			r->year = year_load(&ro.state);
		}
		r->reader = reader_open(s->path, &ro, &why);
		if (!r->reader) {
			failed(in, s->path, why.msg);
			goto out;
		}
	}
	rc = 1;
out:
	free(head);
	return rc;
}

static int
read_source(struct ingest *in, const struct source *s, uint64_t before,
    struct err *err)
{
	struct reading *r = xcalloc(1, sizeof(*r));
	uint64_t from;
	int rc;

	r->in = in;
	buf_clear(&in->path);
	buf_puts(&in->path, s->path);
	in->prog.source = s->path;
	in->whole =
	    s->codec != CODEC_PLAIN || s->stream || (s->journal && s->rotated);
	/* what has no file cannot be read again */
	assembler_keep_raw(in->as, in->o->keep_raw || s->stream || s->journal);
	/* between sources the writer is ours */
	rc = pipe_wait(in->pipe, err);
	if (rc == 0)
		rc = open_source(in, r, s, err);
	if (rc > 0) {
		from = r->src->done;
		in->res->sources++;
		rc = read_lines(in, r, before, err);
		/* open hops become fragments: the next file may be of
		 * another time */
		if (rc == 0)
			rc = flush(in, err);
		if (rc == 0)
			rc = pipe_wait(in->pipe, err);
		if (rc == 0) {
			save_source(r);
			/* known at once: a copy of it may come next */
			r->src->done = r->now.done;
			r->src->line = r->now.line;
			r->src->finished = r->now.finished;
			if (s->journal && r->journal_host[0])
				writer_source_set_host(in->w, r->src,
				    str_c(r->journal_host));
			progress(in, r->reader, before, false);
			if (r->now.done > from)
				in->res->bytes += r->now.done - from;
		}
	}
	reader_close(r->reader);
	free(r);
	return rc;
}

static bool
store_is_there(const char *path)
{
	struct buf b = BUF_INIT(2 * PATH_MAX);
	bool there;

	buf_printf(&b, "%s/control.db", path);
	there = access(buf_c(&b), F_OK) == 0;
	buf_release(&b);
	return there;
}

int
ingest_run(const struct ingest_opts *o, const char *const *paths, size_t npaths,
    struct ingest_result *res, struct err *err)
{
	struct ingest in = { .o = o, .res = res, .npaths = npaths };
	struct writer_opts wo = { .patience_ms = o->patience_ms };
	struct assemble_opts ao = { o->classifier, o->keep_raw };
	struct year_past past = { 0 };
	struct sources src = { 0 };
	struct timespec ts;
	uint64_t before = 0;
	int64_t now_us = o->now_us;
	int rc = -1;

	*res = (struct ingest_result){ 0 };
	in.t0 = in.last_commit = now_s();
	buf_init(&in.state, STATE_MAX);
	buf_init(&in.path, PATH_MAX);
	clock_gettime(CLOCK_REALTIME, &ts);
	if (!now_us)
		now_us = (int64_t)ts.tv_sec * 1000000;
	in.site.o = o;
	in.site.now_us = now_us;
	if (gethostname(in.site.this_host, sizeof(in.site.this_host) - 1) < 0)
		in.site.this_host[0] = '\0';
	if (o->format) {
		in.only = parser_by_name(str_c(o->format));
		if (!in.only)
			return err_set(err, "unknown format '%s'", o->format);
	}
	/* a path that is wrong makes no store */
	if (store_is_there(o->store)) {
		in.w = writer_open(o->store, &wo, err);
		if (!in.w)
			goto out;
	}
	if (ingest_list(&in.site, paths, &in.npaths, in.w, &past, &src, err) <
	    0)
		goto out;
	if (!in.w && ingest_place(o->store, err) == 0)
		in.w = writer_open(o->store, &wo, err);
	if (!in.w)
		goto out;
	in.pipe = pipe_new(in.w);
	in.as = assembler_new(&ao, sink, &in);
	if (writer_state(in.w).n &&
	    assembler_load(in.as, writer_state(in.w), err) < 0)
		goto out;
	res->lost = ingest_journal_lost(in.w, &src, in.pipe);
	in.prog.total = src.n;
	for (size_t i = 0; i < src.n; i++)
		in.prog.bytes_total += src.s[i].size;
	for (size_t i = 0; i < src.n && !in.stopped; i++) {
		if (src.s[i].error && src.s[i].asked < in.npaths)
			failed(&in, src.s[i].path, src.s[i].error);
		else if (src.s[i].error)
			continue;
		else if (read_source(&in, &src.s[i], before, err) < 0)
			goto out;
		before += src.s[i].size;
		in.prog.done++;
	}
	/* what is open becomes fragments, so that readers see it */
	if (flush(&in, err) < 0 || commit(&in, NULL, err) < 0 ||
	    pipe_wait(in.pipe, err) < 0)
		goto out;
	if (in.newest_us && !in.stopped &&
	    writer_seal(in.w, in.newest_us, o->stop, o->ctx, err) < 0)
		goto out;
	in.prog.source = "";
	progress(&in, NULL, before, true);
	rc = 0;
out:
	res->seconds = now_s() - in.t0;
	assembler_free(in.as);
	pipe_free(in.pipe);
	writer_close(in.w);
	source_list_release(&src);
	year_past_release(&past);
	buf_release(&in.state);
	buf_release(&in.path);
	return rc;
}
