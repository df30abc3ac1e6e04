/*
 * life_part.h: what the files of life.c share.
 */
#ifndef QUERY_LIFE_PART_H
#define QUERY_LIFE_PART_H

#include "query/life.h"

/* A record and the site's name for its host: a host may be renamed midway. */
struct part {
	const struct record *r;
	struct str host;
};

/*
 * The life of these records; those after the first `own` are of filters that
 * were asked about it and end nothing.
 */
struct life *life_make(struct arena *a, const struct part *rec, size_t nrec,
    size_t own);

/* The copy for this address, a new one if there is none yet. */
struct copy *life_copy(struct arena *a, struct life *l, struct str to,
    struct str orig_to);

/* Whether both are one line, read from two files. */
bool life_same_event(const struct rec_event *a, const struct rec_event *b);

/* After all lines: recipients that no line of their own names. */
void life_entry(struct arena *a, struct life *l);

#endif
