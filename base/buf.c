/*
 * buf.c: growing byte buffers with a limit.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/banned.h"

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

char *
buf_grow(struct buf *b, size_t n)
{
	size_t want;

	if (n > b->max || b->n > b->max - n) {
		b->toobig = true;
		return NULL;
	}
	want = b->n + n + 1;
	if (want > b->cap) {
		size_t cap = b->cap ? b->cap : 64;
		while (cap < want)
			cap += cap;
		b->p = xrealloc(b->p, cap);
		b->cap = cap;
	}
	return b->p + b->n;
}

void
buf_putc(struct buf *b, char c)
{
	buf_addn(b, &c, 1);
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_addn(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	char small[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n < sizeof(small)) {
		buf_addn(b, small, (size_t)n);
		return;
	}
	if (!buf_room(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void
buf_uvar(struct buf *b, uint64_t v)
{
	char tmp[10];
	size_t n = 0;

	while (v >= 128) {
		tmp[n++] = (char)(v | 128);
		v >>= 7;
	}
	tmp[n++] = (char)v;
	buf_addn(b, tmp, n);
}

void
buf_svar(struct buf *b, int64_t v)
{
	buf_uvar(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}
