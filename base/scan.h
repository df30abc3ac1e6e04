/*
 * scan.h: a cursor over one line; errors stick.
 *
 * Read straight down and check once at the end.  After the first failure
 * every call returns an empty view and leaves the cursor where it failed.
 *
 *	struct scan sc;
 *	scan_init(&sc, text);
 *	qid = scan_until(&sc, ':');
 *	scan_lit(&sc, STR(": from=<"));
 *	from = scan_until(&sc, '>');
 *	return sc.err ? PARSE_UNKNOWN : PARSE_EVENT;
 */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/str.h"

/* The first byte at or after p that is a or b, or end. */
static inline const char *
scan_either(const char *p, const char *end, char a, char b)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(a)),
		    _mm_cmpeq_epi8(v, _mm_set1_epi8(b)));
		unsigned at = (unsigned)_mm_movemask_epi8(hit);

		if (at)
			return p + __builtin_ctz(at);
	}
#endif
	while (p < end && *p != a && *p != b)
		p++;
	return p;
}

/* The first space at or after p, or end. */
static inline const char *
scan_space(const char *p, const char *end)
{
	return scan_either(p, end, ' ', ' ');
}

struct scan {
	const char *p;
	const char *end;
	bool err;
};

static inline void
scan_init(struct scan *sc, struct str s)
{
	*sc = (struct scan){ s.p, s.p + s.n, false };
}

static inline struct str
scan_rest(const struct scan *sc)
{
	return str_make(sc->p, (size_t)(sc->end - sc->p));
}

static inline bool
scan_done(const struct scan *sc)
{
	return sc->p == sc->end;
}

/* Whether `lit` comes next; does not move, is no error when not. */
static inline bool
scan_peek(const struct scan *sc, struct str lit)
{
	return !sc->err && (size_t)(sc->end - sc->p) >= lit.n &&
	       memcmp(sc->p, lit.p, lit.n) == 0;
}

/* Skips `lit` when it comes next and says whether it did; no error. */
static inline bool
scan_opt(struct scan *sc, struct str lit)
{
	if (!scan_peek(sc, lit))
		return false;
	sc->p += lit.n;
	return true;
}

/* `lit` must come next. */
static inline void
scan_lit(struct scan *sc, struct str lit)
{
	if (!scan_opt(sc, lit))
		sc->err = true;
}

/* The bytes before `c`, which must come; the cursor stays on `c`. */
static inline struct str
scan_until(struct scan *sc, char c)
{
	struct str rest = scan_rest(sc);
	const char *q = sc->err || !rest.n ? NULL : memchr(rest.p, c, rest.n);

	if (!q) {
		sc->err = true;
		return str_make(sc->p, 0);
	}
	sc->p = q;
	return str_make(rest.p, (size_t)(q - rest.p));
}

/* The bytes before the literal, which must come; the cursor stays on it. */
static inline struct str
scan_until_lit(struct scan *sc, struct str lit)
{
	struct str rest = scan_rest(sc);
	ptrdiff_t i = sc->err ? -1 : str_find(rest, lit);

	if (i < 0) {
		sc->err = true;
		return str_make(sc->p, 0);
	}
	sc->p += i;
	return str_make(rest.p, (size_t)i);
}

/* One or more decimal digits. */
static inline struct str
scan_digits(struct scan *sc)
{
	const char *from = sc->p;

	if (sc->err)
		return str_make(sc->p, 0);
	while (sc->p < sc->end && is_digit(*sc->p))
		sc->p++;
	if (sc->p == from)
		sc->err = true;
	return str_make(from, (size_t)(sc->p - from));
}

#endif
