/*
 * hint.h: why nothing (or little) was found: what was searched, what is
 * missing, what comes near.
 */
#ifndef QUERY_HINT_H
#define QUERY_HINT_H

#include "query/query.h"

/* `sets`: what the terms of the question were looked up by. */
int hints_make(const struct query *q, struct store *st, const struct site *site,
    const struct store_set *sets, size_t nsets, struct answer *ans,
    struct err *err);

#endif
