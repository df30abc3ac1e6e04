/*
 * source_part.h: what the files of the sources share; nobody else includes
 * this.
 *
 *	source.c	paths, order
 *	source_look.c	what one file says about itself
 *	source_year.c	which year it was
 */
#ifndef PARSERS_SOURCE_PART_H
#define PARSERS_SOURCE_PART_H

#include "parsers/source.h"

/* What was seen in one file. */
struct look {
	struct year_hint hint; /* of stamps without a year */
	bool full;	       /* hint.last and wraps are of its real end */
	int64_t dated_us;      /* a stamp with a year, 0: there is none ... */
	bool mixed;	       /* ... but the first line has none */
	bool local;	       /* stamps with a year, but no zone */
	bool known;	       /* first_us is final */
	const void *set;       /* who gave hint.given */
};

/* Fills *s and *lk; s->error when it cannot be read. */
void source_look(struct arena *a, struct source *s, struct look *lk,
    const struct source_say *say, int64_t now_us);

/* Years, first_us and last_us of all that have no year of their own. */
void source_years(struct source *s, struct look *lk, size_t n,
    const struct source_say *say);

#endif
