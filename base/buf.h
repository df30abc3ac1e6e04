/*
 * buf.h: bytes we are building, with a hard limit.
 *
 * A buf never grows past `max`; what would not fit is dropped whole and
 * `toobig` is set, so that a loop over hostile input needs one check at the
 * end.  Its bytes are always followed by a NUL (not counted in n).
 *
 *	struct buf b = BUF_INIT(64 * 1024);
 *	buf_puts(&b, "queue id ");
 *	buf_add(&b, qid);
 *	if (b.toobig) ...
 *	buf_release(&b);
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
	char *p;
	size_t n;
	size_t cap;
	size_t max;
	bool toobig;
};

#define BUF_INIT(limit)                                                        \
	{                                                                      \
		.max = (limit)                                                 \
	}

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);

void buf_putc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

char *buf_grow(struct buf *b, size_t n); /* what buf_room() has not yet */

/* Room for n more bytes at b->p + b->n, or NULL (toobig set). */
static inline char *
buf_room(struct buf *b, size_t n)
{
	if (n < b->cap && b->n < b->cap - n && n <= b->max &&
	    b->n <= b->max - n)
		return b->p + b->n;
	return buf_grow(b, n);
}

/* Empty, memory kept, toobig off. */
static inline void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->toobig = false;
	if (b->p)
		b->p[0] = '\0';
}

static inline void
buf_addn(struct buf *b, const void *p, size_t n)
{
	char *to = buf_room(b, n);

	if (!to)
		return;
	str_put(to, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

static inline void
buf_add(struct buf *b, struct str s)
{
	buf_addn(b, s.p, s.n);
}

/* LEB128; sign by zig-zag in buf_svar. */
void buf_uvar(struct buf *b, uint64_t v);
void buf_svar(struct buf *b, int64_t v);

static inline struct str
buf_str(const struct buf *b)
{
	return str_make(b->p ? b->p : "", b->n);
}

/* NUL-terminated view of the contents, "" when empty. */
static inline const char *
buf_c(const struct buf *b)
{
	return b->p ? b->p : "";
}

#endif
