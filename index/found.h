/*
 * found.h: records found and waiting for their turn: a heap, newest on top.
 */
#ifndef INDEX_FOUND_H
#define INDEX_FOUND_H

#include <stdlib.h>

#include "base/die.h"
#include "index/store_part.h"

struct found {
	struct rpart *part;
	uint32_t group;
	uint32_t at, n;
	int64_t t1;
};

struct found_heap {
	struct found *v;
	size_t n, cap;
};

static inline bool
found_newer(const struct found *a, const struct found *b)
{
	if (a->t1 != b->t1)
		return a->t1 > b->t1;
	if (a->part != b->part)
		return a->part->info.id > b->part->info.id;
	return a->group != b->group ? a->group > b->group : a->at > b->at;
}

static inline void
found_push(struct found_heap *h, struct found f)
{
	size_t i = h->n++;

	if (i == h->cap) {
		h->cap = h->cap ? 2 * h->cap : 256;
		h->v = xreallocarray(h->v, h->cap, sizeof(*h->v));
	}
	while (i && found_newer(&f, &h->v[(i - 1) / 2])) {
		h->v[i] = h->v[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->v[i] = f;
}

static inline struct found
found_pop(struct found_heap *h)
{
	struct found top = h->v[0], last = h->v[--h->n];
	size_t i = 0, k;

	while ((k = 2 * i + 1) < h->n) {
		if (k + 1 < h->n && found_newer(&h->v[k + 1], &h->v[k]))
			k++;
		if (!found_newer(&h->v[k], &last))
			break;
		h->v[i] = h->v[k];
		i = k;
	}
	h->v[i] = last;
	return top;
}

#endif
