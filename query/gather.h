/*
 * gather.h: the records of one message, their lives and links.
 */
#ifndef QUERY_GATHER_H
#define QUERY_GATHER_H

#include "query/link.h"

enum { DEPTH_MAX = 40 /* hops after each other */ };

/* The life of `seed` in ws->lives; what belongs to it is in_message.  NULL:
 * there is none, or it failed. */
struct life *gather(struct ws *ws, const struct record *seed, struct err *err);

/* Whether `k` is the notice that line `i` of l->notice names. */
bool notice_is(const struct life *l, size_t i, const struct life *k);

#endif
