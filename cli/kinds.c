/*
 * kinds.c: counters by text (kinds.h).
 */
#include <stdlib.h>

#include "base/die.h"
#include "cli/kinds.h"
#include "base/banned.h"

struct count *
kinds_add(struct kinds *t, struct str key)
{
	struct count *c = map_get(&t->map, key);

	if (!c && t->map.n == KINDS_MAX) {
		t->full = true;
		return NULL;
	}
	if (!c) {
		c = arena_new(&t->arena, struct count);
		c->key = arena_dup(&t->arena, key);
		*map_slot(&t->map, c->key) = c;
	}
	c->n++;
	return c;
}

static int
by_count(const void *pa, const void *pb)
{
	const struct count *a = *(struct count *const *)pa;
	const struct count *b = *(struct count *const *)pb;

	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return str_cmp(a->key, b->key);
}

struct count **
kinds_sorted(const struct kinds *t)
{
	struct count **v = xreallocarray(NULL, t->map.n + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < t->map.cap; i++)
		if (t->map.e[i].used)
			v[n++] = t->map.e[i].val;
	if (n)
		qsort(v, n, sizeof(*v), by_count);
	return v;
}

void
kinds_release(struct kinds *t)
{
	map_release(&t->map);
	arena_release(&t->arena);
}
