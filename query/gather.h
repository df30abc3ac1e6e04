/*
 * gather.h: the records of one message, their lives and links.
 */
#ifndef QUERY_GATHER_H
#define QUERY_GATHER_H

#include "query/link.h"

enum { DEPTH_MAX = 40 /* hops after each other */ };

/*
 * The life of `seed` in ws->lives; what belongs to it is in_message.  1, 0
 * when there is none (a filter's words about a mail that no server of ours
 * tells of), or -1 with err.
 */
int gather(struct ws *ws, const struct record *seed, struct life **life,
    struct err *err);

/* Whether `k` is the notice that line `i` of l->notice names. */
bool notice_is(const struct life *l, size_t i, const struct life *k);

#endif
