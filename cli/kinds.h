/*
 * kinds.h: how often each of many texts was seen, the most frequent first.
 */
#ifndef CLI_KINDS_H
#define CLI_KINDS_H

#include "base/arena.h"
#include "base/map.h"

enum { KINDS_MAX = 200000 }; /* different texts that are counted */

struct count {
	struct str key;
	uint64_t n;
	const char *cls;   /* the caller's */
	struct str sample; /* the caller's, in the same's arena */
};

struct kinds {
	struct map map;
	struct arena arena;
	bool full; /* there were more */
};

/* One more of that text; its counter, or NULL when there are too many. */
struct count *kinds_add(struct kinds *t, struct str key);

/* All of them, t->map.n; the caller frees the array. */
struct count **kinds_sorted(const struct kinds *t);

void kinds_release(struct kinds *t);

#endif
