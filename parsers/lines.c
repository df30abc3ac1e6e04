/*
 * lines.c: finds line ends and hands out views.
 *
 * LF, CR, NUL and ESC are all below 28, and hardly anything else in a log is:
 * so one pass looks for the first byte below 28, and nearly always it is the
 * LF of a line with nothing odd in it.  What a caller cannot finish (the last
 * line of a view, a record that may go on) stays in the view: lines_left()
 * tells the reader how much to keep in front of the next one.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "parsers/lines.h"
#include "base/banned.h"

void
lines_init(struct lines *l, uint64_t offset, uint64_t number)
{
	*l = (struct lines){
		.base = offset,
		.from_base = offset,
		.number = number,
		.from_number = number,
		.clean = BUF_INIT(LINE_MAX_BYTES),
	};
}

void
lines_release(struct lines *l)
{
	buf_release(&l->clean);
	*l = (struct lines){ 0 };
}

size_t
lines_left(const struct lines *l)
{
	return l->p ? (size_t)(l->end - l->p) : 0;
}

void
lines_feed(struct lines *l, struct str view)
{
	l->p = view.p;
	l->end = view.p + view.n;
	l->from = NULL;
	if (l->base == 0 && view.n >= 3 &&
	    memcmp(view.p, "\xef\xbb\xbf", 3) == 0) {
		l->p += 3;
		l->base = 3;
	}
}

void
lines_close(struct lines *l)
{
	l->closed = true;
}

void
lines_hold(struct lines *l)
{
	if (!l->from)
		return;
	l->p = l->from;
	l->base = l->from_base;
	l->number = l->from_number;
	l->from = NULL;
}

/* raw without its NUL bytes, in l->clean. */
static struct str
without_nul(struct lines *l, struct str raw)
{
	buf_clear(&l->clean);
	while (raw.n) {
		const char *z = memchr(raw.p, 0, raw.n);
		size_t n = z ? (size_t)(z - raw.p) : raw.n;

		buf_addn(&l->clean, raw.p, n);
		while (n < raw.n && raw.p[n] == 0)
			n++;
		raw = str_from(raw, n);
	}
	return buf_str(&l->clean);
}

/* What a line is made of the bytes before its LF. */
static struct str
dress(struct lines *l, const char *p, size_t n, unsigned *flags)
{
	struct str raw;

	if (n > LINE_MAX_BYTES) {
		n = LINE_MAX_BYTES;
		*flags |= LINE_CUT;
	} else if (n && p[n - 1] == '\r') {
		n--;
	}
	raw = str_make(p, n);
	if (n && memchr(p, 0, n)) {
		raw = without_nul(l, raw);
		*flags |= LINE_NUL;
	}
	if (raw.n && memchr(raw.p, 033, raw.n))
		*flags |= LINE_ESC;
	return raw;
}

#ifdef __SSE2__
/* A bit for each byte of v that is not above its like in top. */
static inline uint64_t
low(__m128i v, __m128i top)
{
	return (unsigned)_mm_movemask_epi8(
	    _mm_cmpeq_epi8(_mm_min_epu8(v, top), v));
}
#endif

/* The first byte below 28 at or after p, or end. */
static inline const char *
control(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i top = _mm_set1_epi8(27);

	while (end - p >= 64) {
		const __m128i *q = (const __m128i *)p;
		__m128i a = _mm_loadu_si128(q), b = _mm_loadu_si128(q + 1);
		__m128i c = _mm_loadu_si128(q + 2), d = _mm_loadu_si128(q + 3);
		__m128i least =
		    _mm_min_epu8(_mm_min_epu8(a, b), _mm_min_epu8(c, d));

		if (_mm_movemask_epi8(
			_mm_cmpeq_epi8(_mm_min_epu8(least, top), least)))
			/* in one of them: no branch on which */
			return p + __builtin_ctzll(
				       low(a, top) | low(b, top) << 16 |
				       low(c, top) << 32 | low(d, top) << 48);
		p += 64;
	}
	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		uint64_t hit = low(v, top);

		if (hit)
			return p + __builtin_ctzll(hit);
		p += 16;
	}
#endif
	while (p < end && (unsigned char)*p > 27)
		p++;
	return p;
}

/* Drops the rest of an over-long line; false: its end is not here. */
static bool
skip_rest(struct lines *l)
{
	size_t n = (size_t)(l->end - l->p);
	const char *lf = n ? memchr(l->p, '\n', n) : NULL;

	if (!lf) {
		l->base += n;
		l->p = l->end;
		return false;
	}
	l->base += (uint64_t)(lf + 1 - l->p);
	l->p = lf + 1;
	l->skipping = false;
	return true;
}

/* The n bytes at l->p are a line; it ends after `used`. */
static inline void
give(struct lines *l, struct line *ln, size_t n, size_t used)
{
	l->from = l->p;
	l->from_base = l->base;
	l->from_number = l->number;
	ln->raw = str_make(l->p, n);
	ln->offset = l->base;
	ln->number = ++l->number;
	ln->t_us = 0;
	ln->frame = FRAME_NONE;
	ln->flags = 0;
	ln->repeat = 0;
	ln->tz_min = 0;
	l->p += used;
	l->base += used;
}

/* The same for a line with something odd in it, or whose end is not here. */
static __attribute__((noinline)) bool
odd_line(struct lines *l, struct line *ln)
{
	const char *p, *q;
	size_t n, used;

	if (l->skipping && !skip_rest(l))
		return false;
	p = l->p;
	q = control(p, l->end);
	if (q < l->end && *q != '\n')
		q = memchr(q, '\n', (size_t)(l->end - q));
	if (q && q < l->end) {
		n = (size_t)(q - p);
		used = n + 1;
	} else {
		n = used = (size_t)(l->end - p);
		if (n > LINE_MAX_BYTES)
			l->skipping = true;
		else if (!l->closed || !n)
			return false;
	}
	give(l, ln, n, used);
	ln->raw = dress(l, p, n, &ln->flags);
	return true;
}

bool
lines_next(struct lines *l, struct line *ln)
{
	const char *q = control(l->p, l->end);
	size_t n = (size_t)(q - l->p);

	if (q == l->end || *q != '\n' || n > LINE_MAX_BYTES || l->skipping)
		return odd_line(l, ln);
	give(l, ln, n, n + 1);
	return true;
}

int
lines_peek(const struct lines *l, struct str *head)
{
	size_t n = (size_t)(l->end - l->p);
	const char *lf;

	if (l->skipping) /* what was cut is not joined to anything */
		return 0;
	if (!n)
		return l->closed ? 0 : -1;
	lf = memchr(l->p, '\n', n);
	if (!lf && !l->closed && n <= LINE_MAX_BYTES)
		return -1;
	if (lf)
		n = (size_t)(lf - l->p);
	*head = str_make(l->p, n < 80 ? n : 80);
	return 1;
}

bool
lines_take(struct lines *l, struct line *ln)
{
	struct line next;
	const char *from = l->from;
	uint64_t base = l->from_base, number = l->from_number;
	unsigned flags = ln->flags;
	size_t n = (size_t)(l->end - l->p), whole;
	const char *lf = n ? memchr(l->p, '\n', n) : NULL;

	if (!from || l->skipping || (ln->flags & LINE_CUT))
		return false;
	whole = (size_t)((lf ? lf : l->end) - from);
	if (whole > LINE_MAX_BYTES)
		return false;
	if (!lines_next(l, &next))
		return false;
	l->from = from;
	l->from_base = base;
	l->from_number = number;
	ln->raw = dress(l, from, whole, &flags);
	ln->flags = flags | LINE_JOINED;
	return true;
}

struct str
lines_bytes(struct lines *l, size_t n)
{
	size_t have = lines_left(l);
	struct str s;

	if (n > have)
		n = have;
	s = str_make(l->p, n);
	l->p += n;
	l->base += n;
	l->from = NULL;
	return s;
}
