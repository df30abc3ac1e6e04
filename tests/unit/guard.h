/*
 * guard.h: input that ends at an unreadable page, so that one byte too far
 * crashes.
 *
 *	static struct guard g;		(one per test program)
 *	struct str s = guard_put(&g, str_c("..."));
 */
#ifndef TESTS_UNIT_GUARD_H
#define TESTS_UNIT_GUARD_H

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"

enum { GUARD_MAX = 256 * 1024 };

struct guard {
	char *page;
};

/* A copy of s that ends where nothing can be read. */
static inline struct str
guard_put(struct guard *g, struct str s)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!g->page) {
		g->page = mmap(NULL, GUARD_MAX + page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (g->page == MAP_FAILED ||
		    mprotect(g->page + GUARD_MAX, page, PROT_NONE) < 0)
			abort();
	}
	if (s.n > GUARD_MAX)
		abort();
	if (s.n)
		memcpy(g->page + GUARD_MAX - s.n, s.p, s.n);
	return str_make(g->page + GUARD_MAX - s.n, s.n);
}

#endif
