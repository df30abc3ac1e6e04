/*
 * assemble.h: events -> records; the only place that remembers lines.
 *
 *	struct assembler *as = assembler_new(&opts, sink, ctx);
 *	assemble(as, &line, &event, host, src, &err);	for every event
 *	assemble_flush(as, INT64_MAX, &err);		at the end of the input
 *	assembler_free(as);
 *
 * A record is handed to the sink, in row form, when its life ends, when it
 * has been open for OPEN_MAX_US of log time, or when a limit is reached; what
 * is cut off is a fragment and goes on as a new record.  The result depends
 * on the lines alone, never on the clock, so a replay gives the same records.
 */
#ifndef INDEX_ASSEMBLE_H
#define INDEX_ASSEMBLE_H

#include "classify/classify.h"
#include "index/record.h"

/* Takes one finished row; the bytes are the assembler's until it returns. */
typedef int (*assemble_sink)(void *ctx, struct str head, struct str events,
    struct err *err);

struct assemble_opts {
	struct classifier *classifier; /* may be NULL: nothing is classified */
	bool keep_raw; /* keep every line that cannot be printed again */
};

struct assemble_stats {
	uint64_t records, fragments, refusals;
	size_t open, open_max; /* hops open now, and at most */
};

struct assembler;

struct assembler *assembler_new(const struct assemble_opts *opts,
    assemble_sink sink, void *ctx);
void assembler_free(struct assembler *as);
/* From the next line on. */
void assembler_keep_raw(struct assembler *as, bool keep);

/*
 * Takes one event.  `host` is who logged the line (ln->host, or what stands
 * for it); `src` the source id.  *ev may get class fields.
 */
int assemble(struct assembler *as, const struct line *ln, struct event *ev,
    struct str host, uint32_t src, struct err *err);

/*
 * "last message repeated N times": the line before it in that source was a
 * login or a refusal, which is counted N times more.  1 so, 0 it was another.
 */
int assemble_again(struct assembler *as, const struct line *ln, struct str host,
    uint32_t src, struct err *err);

/* What is open and had its last line before that becomes a fragment (INT64_MAX:
 * everything); sessions stay. */
int assemble_flush(struct assembler *as, int64_t before_us, struct err *err);

/* What comes next has nothing to do with what came: all that is open becomes
 * fragments, and sessions are forgotten. */
int assemble_afresh(struct assembler *as, struct err *err);

/* Sessions and open hops as bytes, and back (into a new assembler). */
void assembler_save(const struct assembler *as, struct buf *out);
int assembler_load(struct assembler *as, struct str saved, struct err *err);

void assembler_stats(const struct assembler *as, struct assemble_stats *st);

#endif
