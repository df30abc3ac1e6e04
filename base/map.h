/*
 * map.h: a hash table from byte strings to pointers.
 *
 * Keys are attacker-chosen log bytes, so the hash is seeded per process.
 * The map does not own keys or values: the key bytes must live as long as
 * the entry (usually they are inside the value).
 *
 *	struct map m = { 0 };
 *	void **slot = map_slot(&m, key);	(inserts when absent: *slot NULL)
 *	void *v = map_get(&m, key);
 *	map_release(&m);
 *
 * Iterate: for (size_t i = 0; i < m.cap; i++) if (m.e[i].val) ...
 * (values must not be NULL then).
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map_entry {
	struct str key;
	uint64_t hash;
	void *val;
	bool used;
};

struct map {
	struct map_entry *e;
	size_t cap; /* power of two, or 0 */
	size_t n;
};

uint64_t map_hash(struct str key); /* the seeded hash itself */
void **map_slot(struct map *m, struct str key);
void *map_get(const struct map *m, struct str key);
void *map_del(struct map *m, struct str key); /* the value that was there */
void map_clear(struct map *m);
void map_release(struct map *m);

#endif
