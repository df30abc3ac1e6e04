/*
 * map.c: open addressing with linear probing and backward-shift deletion.
 * The hash is XXH3 with a 64-bit seed from the kernel, taken once.
 */
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/die.h"
#include "base/map.h"
#include "base/banned.h"

static uint64_t seed;

__attribute__((constructor)) static void
seed_once(void)
{
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)time(NULL) ^ (uint64_t)(uintptr_t)&seed;
}

uint64_t
map_hash(struct str key)
{
	return XXH3_64bits_withSeed(key.p ? key.p : "", key.n, seed);
}

static struct map_entry *
probe(const struct map *m, struct str key, uint64_t h)
{
	size_t i = (size_t)h & (m->cap - 1);

	while (m->e[i].used && (m->e[i].hash != h || !str_eq(m->e[i].key, key)))
		i = (i + 1) & (m->cap - 1);
	return &m->e[i];
}

static void
grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? 2 * old.cap : 16;
	m->e = xcalloc(m->cap, sizeof(*m->e));
	for (size_t i = 0; i < old.cap; i++)
		if (old.e[i].used)
			*probe(m, old.e[i].key, old.e[i].hash) = old.e[i];
	free(old.e);
}

void **
map_slot(struct map *m, struct str key)
{
	uint64_t h = map_hash(key);
	struct map_entry *e;

	if (m->n * 4 >= m->cap * 3)
		grow(m);
	e = probe(m, key, h);
	if (!e->used) {
		*e = (struct map_entry){ key, h, NULL, true };
		m->n++;
	}
	return &e->val;
}

void *
map_get(const struct map *m, struct str key)
{
	struct map_entry *e;

	if (!m->n)
		return NULL;
	e = probe(m, key, map_hash(key));
	return e->used ? e->val : NULL;
}

void *
map_del(struct map *m, struct str key)
{
	struct map_entry *e;
	size_t i, j;
	void *val;

	if (!m->n)
		return NULL;
	e = probe(m, key, map_hash(key));
	if (!e->used)
		return NULL;
	val = e->val;
	i = (size_t)(e - m->e);
	for (j = (i + 1) & (m->cap - 1); m->e[j].used;
	     j = (j + 1) & (m->cap - 1)) {
		size_t home = (size_t)m->e[j].hash & (m->cap - 1);
		if (((j - home) & (m->cap - 1)) >= ((j - i) & (m->cap - 1))) {
			m->e[i] = m->e[j];
			i = j;
		}
	}
	m->e[i] = (struct map_entry){ 0 };
	m->n--;
	return val;
}

void
map_clear(struct map *m)
{
	if (m->n)
		memset(m->e, 0, m->cap * sizeof(*m->e));
	m->n = 0;
}

void
map_release(struct map *m)
{
	free(m->e);
	*m = (struct map){ 0 };
}
