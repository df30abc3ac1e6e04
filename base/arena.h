/*
 * arena.h: memory freed all at once (a line, an open hop, a query).
 *
 * arena_clear() keeps the first block for the next round.  An arena has no
 * limit of its own: whoever fills it in a loop over input bounds the loop.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *block;
	size_t used;  /* in the newest block */
	size_t total; /* bytes handed out since the last clear */
};

void *arena_alloc(struct arena *a, size_t n);	     /* zeroed, aligned to 16 */
struct str arena_dup(struct arena *a, struct str s); /* NUL follows */
const char *arena_cstr(struct arena *a, struct str s);
struct str arena_lower(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void arena_clear(struct arena *a);
/* What `from` holds lives as long as `to` from now on; `from` is empty. */
void arena_move(struct arena *to, struct arena *from);
void arena_release(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n)                                                \
	((type *)arena_alloc_array((a), (n), sizeof(type)))
void *arena_alloc_array(struct arena *a, size_t n, size_t size);

/*
 * Room for one more item of a growing array in an arena: call it before each
 * append.  The old copy stays until the arena goes, so growth doubles.
 */
#define arena_grow(a, ptr, n, cap)                                             \
	do {                                                                   \
		if ((n) == (cap)) {                                            \
			size_t cap_ = (cap) ? 2 * (size_t)(cap) : 8;           \
			void *p_ =                                             \
			    arena_alloc_array((a), cap_, sizeof(*(ptr)));      \
			if (n)                                                 \
				memcpy(p_, (ptr), (n) * sizeof(*(ptr)));       \
			(ptr) = p_;                                            \
			(cap) = cap_;                                          \
		}                                                              \
	} while (0)

#endif
