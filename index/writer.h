/*
 * writer.h: the writing side of the store: one writer at a time, whole
 * batches or nothing.
 *
 *	struct writer_opts o = { 0 };
 *	struct writer *w = writer_open(path, &o, &err);
 *	assembler_load(as, writer_state(w), &err);	(where it stands)
 *	src = writer_source_find(w, print);		(known by content?)
 *	if (!src)
 *		src = writer_source_new(w, name, print);
 *	for each line:
 *		src->done = ...; src->line = ...; src->lines++; ...
 *		writer_cover(w, src->id, host, mta, t_us);
 *		writer_add(w, row, &err);		(from the assembler)
 *		if (writer_due(w, now_us)) {
 *			assembler_save(as, &blob);
 *			writer_commit(w, buf_str(&blob), &err);
 *		}
 *	writer_commit(w, state, &err);
 *	writer_seal(w, before_day, &err);
 *	writer_close(w);				(drops what is not committed)
 *
 * writer_commit() is atomic: rows, their index, changed sources, coverage and
 * unknown lines become durable together with the state, or none of them do,
 * wherever the process is killed.  What happened after the last commit is
 * forgotten by closing; reading again from each source's `done` and the saved
 * state gives the same store as never stopping.
 *
 * After a call has failed, only writer_close() may follow.  Not for several
 * threads at once (a thread of its own is fine).
 */
#ifndef INDEX_WRITER_H
#define INDEX_WRITER_H

#include "index/record.h"

struct writer;

enum {
	WRITER_BATCH = 20000,	   /* records: a commit is due */
	WRITER_LONG = 90000,	   /* the same when a day may come whole */
	WRITER_BATCH_MAX = 200000, /* more without a commit are refused */
	WRITER_SHAPES = 500,	   /* kinds of unknown lines kept by a store */
	WRITER_SAMPLES = 3,	   /* lines kept of each */
	WRITER_LINE_MAX = 1024,	   /* bytes of such a line */
	WRITER_PRINT_MAX = 256,	   /* bytes of a fingerprint */
};

struct writer_opts {
	bool must_exist; /* do not create a store that is not there */
	bool no_sync;	 /* do not wait for the disk (tests, benchmarks) */
	int patience_ms; /* with another writer that may be done by then */
};

/* What a person or cron waits for a reader that follows the logs. */
enum { WRITER_PATIENCE_MS = 10000 };

/*
 * Opens or creates the store, takes its lock and finishes what an interrupted
 * writer left.  Folder 0750, files 0640.  NULL and err when another writer is
 * at it (its process id is in the message), when there is something else at
 * `path`, or it is of a newer version, damaged or read-only: it is not touched
 * then.
 */
struct writer *writer_open(const char *path, const struct writer_opts *opts,
    struct err *err);
void writer_close(struct writer *w);

/* What the last commit was given as `state`; empty in a new store. */
struct str writer_state(const struct writer *w);

/* ---- sources ---- */

/*
 * One log file (or stream) that was read.  Change the numbers freely and say
 * writer_source_touch(); they become durable with the next commit.  Texts are
 * set by the functions below.  Pointers stay valid until the writer closes.
 */
struct writer_source {
	uint32_t id;
	struct str name, host, print, state;
	uint64_t dev, inode, size;
	int64_t mtime;
	uint64_t done;	      /* decoded bytes read */
	uint64_t line;	      /* number of the last line read */
	int64_t t0_us, t1_us; /* first and last stamp, 0 = none */
	uint64_t lines, events, ignored, unknown, foreign;
	bool finished;
	bool dirty; /* set by writer_source_touch() */
};

size_t writer_source_count(const struct writer *w);
struct writer_source *writer_source_at(const struct writer *w, size_t i);
struct writer_source *writer_source_by_id(const struct writer *w, uint32_t id);

/* By fingerprint (any bytes, compared whole); the newest when there are
 * several, NULL when there is none. */
struct writer_source *writer_source_find(const struct writer *w,
    struct str print);
struct writer_source *writer_source_new(struct writer *w, struct str name,
    struct str print);

void writer_source_touch(struct writer *w, struct writer_source *s);
void writer_source_set_name(struct writer *w, struct writer_source *s,
    struct str name);
void writer_source_set_host(struct writer *w, struct writer_source *s,
    struct str host);
void writer_source_set_print(struct writer *w, struct writer_source *s,
    struct str print);
void writer_source_set_state(struct writer *w, struct writer_source *s,
    struct str state);

/* ---- rows ---- */

/* One finished record in row form (record.h).  It belongs to the UTC day of
 * its t0, or next to midnight to its neighbour. */
int writer_add(struct writer *w, struct str row, struct err *err);

/* A line of `host` at that time by a program of `mta`. */
void writer_cover(struct writer *w, uint32_t src, struct str host, enum mta mta,
    int64_t t_us);

/* Many lines at once, all in one quarter of an hour (UTC); programs: bits
 * 1 << enum mta. */
void writer_cover_lines(struct writer *w, uint32_t src, struct str host,
    uint64_t programs, int64_t t_us, int64_t last_us, uint64_t lines);

/* `count` lines nobody understood, of one shape; line: one of them. */
void writer_unknown(struct writer *w, uint32_t src, struct str shape,
    struct str line, uint64_t count);

/* The log says that lines are missing. */
void writer_gap(struct writer *w, uint32_t src, struct str host, int64_t t0_us,
    int64_t t1_us, struct str why);

/*
 * The source that is being read has gone past that UTC day: should the next
 * commit bring all there is of it, it is sealed at once.  Until that commit.
 */
void writer_day_over(struct writer *w, int32_t day);
/* Whether this may become such a commit, or else one as large: it is worth
 * waiting for up to WRITER_LONG records. */
bool writer_whole(const struct writer *w);

/* Whether a commit is due: WRITER_BATCH records or their bytes.  A second
 * since the last one is for the caller to see. */
bool writer_due(const struct writer *w);
uint64_t writer_pending(const struct writer *w); /* records since a commit */

int writer_commit(struct writer *w, struct str state, struct err *err);

/*
 * The same, but a day that came whole is still on its way to the disk when it
 * returns.  An error of that is told by the next commit or writer_settle(),
 * which waits; nothing but more rows may come before one of them.
 */
int writer_commit_soon(struct writer *w, struct str state, struct err *err);
int writer_settle(struct writer *w, struct err *err);

/* ---- whole days; nothing may be pending (commit first) ---- */

/*
 * Seals all days before the UTC day of t_us: one index run, what readers need
 * to pass over the day quickly, an immutable file.  A day that got late rows
 * is sealed again.  `stop` (may be NULL) is asked between days.
 */
int writer_seal(struct writer *w, int64_t t_us, bool (*stop)(void *ctx),
    void *ctx, struct err *err);

/* Drops the files of days that ended before the day of t_us; *days, *records
 * say how much. */
int writer_prune(struct writer *w, int64_t t_us, uint64_t *days,
    uint64_t *records, struct err *err);

/*
 * Takes back all that a source gave: its events, unknown lines, coverage,
 * counters.  The source stays, with done = 0, so that it can be read again.
 * Open hops in the state are the caller's to drop.
 */
int writer_replace_source(struct writer *w, uint32_t src, struct err *err);

#endif
