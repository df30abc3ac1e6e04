/*
 * pipe.h: the writer in a thread of its own.
 *
 * The ingest thread fills a batch (records, coverage, unknown lines, how far
 * each source was read).  Its records go over a few at a time and are packed
 * at once; with the commit goes the rest.  A batch is what one commit holds:
 * nothing of it is in the store before.
 *
 *	struct pipe *p = pipe_new(writer);
 *	pipe_row(p, head, events);
 *	pipe_cover(p, src, host, mta, t_us);
 *	if (pipe_due(p))
 *		pipe_commit(p, state, &err);	(returns at once)
 *	pipe_wait(p, &err);			(what was committed is in the store)
 *	... now the writer may be used directly ...
 *	pipe_free(p);
 */
#ifndef INDEX_PIPE_H
#define INDEX_PIPE_H

#include "index/writer.h"

struct pipe;

/* Where a source stands when the batch ends. */
struct pipe_source {
	uint32_t id;
	uint64_t done, line;
	int64_t t0_us, t1_us;
	uint64_t lines, events, ignored, unknown, foreign;
	bool finished;
};

struct pipe *pipe_new(struct writer *w);
void pipe_free(struct pipe *p); /* waits; what was not committed is lost */

/* A row in two pieces. */
int pipe_row(struct pipe *p, struct str head, struct str events,
    struct err *err);
void pipe_cover(struct pipe *p, uint32_t src, struct str host, enum mta mta,
    int64_t t_us);
void pipe_unknown(struct pipe *p, uint32_t src, struct str shape,
    struct str line);
void pipe_gap(struct pipe *p, uint32_t src, struct str host, int64_t t0_us,
    int64_t t1_us, struct str why);

/* The newest word on a source; `state` is copied. */
void pipe_source(struct pipe *p, const struct pipe_source *s, struct str state);

bool pipe_due(const struct pipe *p);
/* How long what comes may wait for readers to see it: longer when a day may
 * come whole (writer_whole()). */
double pipe_patience_s(const struct pipe *p);

/* Hands the batch over, with the assembler's state.  -1 when an earlier batch
 * failed. */
int pipe_commit(struct pipe *p, struct str state, struct err *err);
int pipe_wait(struct pipe *p, struct err *err);

#endif
