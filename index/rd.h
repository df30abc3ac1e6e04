/*
 * rd.h: bytes that base/buf.h's buf_uvar() and its like wrote, read back.
 *
 * A reader never leaves its bytes.  What is wrong sets `bad`, which sticks, so
 * that one look at the end is enough; until then numbers are 0, texts empty.
 */
#ifndef INDEX_RD_H
#define INDEX_RD_H

#include "base/str.h"

struct rd {
	const unsigned char *p, *end;
	bool bad;
};

static inline struct rd
rd_of(struct str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	return (struct rd){ p, p + bytes.n, false };
}

static inline size_t
rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

/* LEB128; most numbers are of one byte. */
static inline uint64_t
rd_uvar(struct rd *r)
{
	uint64_t v = 0;

	if (__builtin_expect(r->p < r->end && *r->p < 128, 1))
		return *r->p++;
	for (int shift = 0; shift < 64 && r->p < r->end; shift += 7) {
		unsigned char c = *r->p++;

		v |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return v;
	}
	r->bad = true;
	return 0;
}

/* At most that; more is wrong. */
static inline uint64_t
rd_upto(struct rd *r, uint64_t most)
{
	uint64_t v = rd_uvar(r);

	if (v <= most)
		return v;
	r->bad = true;
	return 0;
}

static inline int64_t
rd_svar(struct rd *r)
{
	uint64_t v = rd_uvar(r);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* A length and so many bytes: a view of them. */
static inline struct str
rd_str(struct rd *r)
{
	uint64_t n = rd_uvar(r);
	struct str s;

	if (r->bad || n > rd_left(r)) {
		r->bad = true;
		return STR("");
	}
	s = str_make((const char *)r->p, n);
	r->p += n;
	return s;
}

/* The same of at most `most` bytes. */
static inline struct str
rd_short(struct rd *r, size_t most)
{
	struct str s = rd_str(r);

	if (s.n <= most)
		return s;
	r->bad = true;
	return STR("");
}

#endif
