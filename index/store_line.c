/*
 * store_line.c: the text of a line that a record was made from.
 */
#include "index/store_part.h"
#include "base/banned.h"

struct str
store_line(struct store *st, struct arena *a, const struct record *rec,
    size_t i, const char **why)
{
	(void)st;
	(void)a;
	if (i < rec->n && rec->ev[i].raw.n)
		return rec->ev[i].raw;
	*why = "the line was not kept";
	return STR_NONE;
}
