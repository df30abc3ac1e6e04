/*
 * tally.c: adding up: groups by key, and how many different values each has.
 */
#include <stdlib.h>

#include "base/die.h"
#include "query/report.h"
#include "base/banned.h"

void
tally_init(struct tally *t, struct arena *a, size_t row_size)
{
	*t = (struct tally){ .arena = a, .size = row_size };
}

void
tally_release(struct tally *t)
{
	map_release(&t->map);
	free(t->row);
	free(t->key);
	*t = (struct tally){ 0 };
}

void *
tally_row(struct tally *t, struct str key)
{
	void *row = map_get(&t->map, key);

	if (row)
		return row;
	if (t->n == TALLY_MAX) {
		t->full = true;
		return t->row[TALLY_MAX - 1];
	}
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 64;
		t->row = xreallocarray(t->row, t->cap, sizeof(void *));
		t->key = xreallocarray(t->key, t->cap, sizeof(*t->key));
	}
	key = arena_dup(t->arena, key.p ? key : STR(""));
	row = arena_alloc(t->arena, t->size);
	*map_slot(&t->map, key) = row;
	t->key[t->n] = key;
	t->row[t->n++] = row;
	return row;
}

struct str
tally_key(struct buf *b, const struct str *part, size_t n)
{
	buf_clear(b);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(b, '\0');
		for (size_t k = 0; k < part[i].n; k++)
			buf_putc(b, to_lower(part[i].p[k]));
	}
	return buf_str(b);
}

struct keyed {
	void *row;
	struct str key;
};

static int (*row_cmp)(const void *, const void *);

static int
by_row(const void *x, const void *y)
{
	const struct keyed *a = x, *b = y;
	int c = row_cmp(a->row, b->row);

	/* equal ones in an order that is not by chance */
	return c ? c : str_cmp(a->key, b->key);
}

void
tally_sort(struct tally *t, int (*cmp)(const void *, const void *))
{
	struct keyed *k = xreallocarray(NULL, t->n + 1, sizeof(*k));

	for (size_t i = 0; i < t->n; i++)
		k[i] = (struct keyed){ t->row[i], t->key[i] };
	row_cmp = cmp;
	qsort(k, t->n, sizeof(*k), by_row);
	for (size_t i = 0; i < t->n; i++) {
		t->row[i] = k[i].row;
		t->key[i] = k[i].key;
	}
	free(k);
}

/* ---- different values ---- */

static uint64_t *
probe(const struct distinct *d, uint64_t h)
{
	size_t i = (size_t)h & (d->cap - 1);

	while (d->slot[i] && d->slot[i] != h)
		i = (i + 1) & (d->cap - 1);
	return &d->slot[i];
}

bool
distinct_add(struct distinct *d, const void *group, int what, struct str value)
{
	char key[sizeof(group) + sizeof(what) + 320];
	size_t n = 0;
	uint64_t h, *at;

	memcpy(key, &group, sizeof(group));
	n += sizeof(group);
	memcpy(key + n, &what, sizeof(what));
	n += sizeof(what);
	for (size_t i = 0; i < value.n && n < sizeof(key); i++)
		key[n++] = to_lower(value.p[i]);
	h = map_hash(str_make(key, n)) | 1;
	if (d->cap) {
		at = probe(d, h);
		if (*at)
			return false;
	}
	if (d->n == DISTINCT_MAX) {
		d->full = true;
		return false;
	}
	if (d->n * 2 >= d->cap) {
		struct distinct old = *d;

		d->cap = old.cap ? 2 * old.cap : 1024;
		d->slot = xcalloc(d->cap, sizeof(*d->slot));
		for (size_t i = 0; i < old.cap; i++)
			if (old.slot[i])
				*probe(d, old.slot[i]) = old.slot[i];
		free(old.slot);
	}
	*probe(d, h) = h;
	d->n++;
	return true;
}

void
distinct_release(struct distinct *d)
{
	free(d->slot);
	*d = (struct distinct){ 0 };
}
