/*
 * trace.h: one message whole: from any record of it to all its hops and
 * recipients.
 */
#ifndef QUERY_TRACE_H
#define QUERY_TRACE_H

#include "query/verdict.h"

struct traced {
	struct ans_message msg;
	struct life **life; /* of this message, by time */
	size_t nlife;
	bool cut;
};

/*
 * Builds the message that `seed` (a hop record) is part of.  *out lives in
 * v->a.  1 built, 0 the seed is no mail (an address probe), -1 failed.
 */
int trace_message(struct verdict_ctx *v, const struct record *seed,
    bool want_lines, struct traced *out, struct err *err);

/* A message of refusals only; all of one session and sender. */
void trace_refusals(struct verdict_ctx *v, const struct record *const *rec,
    size_t n, struct traced *out);

#endif
