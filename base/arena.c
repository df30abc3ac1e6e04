/*
 * arena.c: a chain of blocks, newest first.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/die.h"
#include "base/banned.h"

enum { BLOCK = 16 * 1024, ALIGN = 16 };

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(16) char data[];
};

static void *
take(struct arena *a, size_t n, size_t align)
{
	size_t at = (a->used + align - 1) & ~(align - 1);

	if (!a->block || at > a->block->size || n > a->block->size - at) {
		size_t size = n > BLOCK ? n : BLOCK;
		struct arena_block *b;

		if (size > SIZE_MAX / 2)
			die_nomem();
		b = xmalloc(sizeof(*b) + size);
		b->next = a->block;
		b->size = size;
		a->block = b;
		at = 0;
	}
	a->used = at + n;
	a->total += n;
	return a->block->data + at;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	void *p = take(a, n, ALIGN);

	memset(p, 0, n);
	return p;
}

void *
arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		die_nomem();
	return arena_alloc(a, bytes);
}

struct str
arena_dup(struct arena *a, struct str s)
{
	char *p;

	if (!s.p)
		return STR_NONE;
	p = take(a, s.n + 1, 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return str_make(p, s.n);
}

const char *
arena_cstr(struct arena *a, struct str s)
{
	return s.p ? arena_dup(a, s).p : "";
}

struct str
arena_lower(struct arena *a, struct str s)
{
	char *p;

	if (!s.p)
		return STR_NONE;
	p = take(a, s.n + 1, 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = to_lower(s.p[i]);
	p[s.n] = '\0';
	return str_make(p, s.n);
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return STR("");
	p = take(a, (size_t)n + 1, 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return str_make(p, (size_t)n);
}

void
arena_move(struct arena *to, struct arena *from)
{
	struct arena_block **end = to->block ? &to->block->next : &to->block;
	struct arena_block *last = from->block;

	if (!last)
		return;
	while (last->next)
		last = last->next;
	last->next = *end;
	*end = from->block;
	if (to->block == from->block)
		to->used = from->used;
	to->total += from->total;
	*from = (struct arena){ 0 };
}

void
arena_clear(struct arena *a)
{
	struct arena_block *b = a->block;

	while (b && b->next) {
		struct arena_block *next = b->next;
		free(b);
		b = next;
	}
	a->block = b;
	a->used = 0;
	a->total = 0;
}

void
arena_release(struct arena *a)
{
	arena_clear(a);
	free(a->block);
	*a = (struct arena){ 0 };
}
