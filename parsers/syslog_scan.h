/*
 * syslog_scan.h: where a tag's name and a process id end, sixteen bytes at a
 * time.  For syslog.c.
 */
#ifndef PARSERS_SYSLOG_SCAN_H
#define PARSERS_SYSLOG_SCAN_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/scan.h"

/*
 * The first ' ', ':' or '[' at or after p, or end: the end of a tag's name.
 * *slash: the last '/' before it, else untouched.
 */
static inline const char *
name_end(const char *p, const char *end, const char **slash)
{
#ifdef __SSE2__
	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		__m128i stops =
		    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')),
			_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(':')),
			    _mm_cmpeq_epi8(v, _mm_set1_epi8('['))));
		unsigned stop = (unsigned)_mm_movemask_epi8(stops);
		unsigned sl = (unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(v, _mm_set1_epi8('/')));

		if (stop)
			sl &= (stop & -stop) - 1;
		if (sl)
			*slash = p + 31 - __builtin_clz(sl);
		if (stop)
			return p + __builtin_ctz(stop);
		p += 16;
	}
#endif
	for (; p < end && *p != ' ' && *p != ':' && *p != '['; p++)
		if (*p == '/')
			*slash = p;
	return p;
}

/* The end of the second word at p, or end; *second: where it begins. */
static inline const char *
two_words(const char *p, const char *end, const char **second)
{
#ifdef __SSE2__
	if (end - p >= 32) {
		const __m128i sp = _mm_set1_epi8(' ');
		const __m128i *v = (const __m128i *)p;
		unsigned at = (unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(_mm_loadu_si128(v), sp));
		unsigned rest;

		at |= (unsigned)_mm_movemask_epi8(
			  _mm_cmpeq_epi8(_mm_loadu_si128(v + 1), sp))
		      << 16;
		rest = at & (at - 1);
		if (rest) {
			*second = p + __builtin_ctz(at) + 1;
			return p + __builtin_ctz(rest);
		}
	}
#endif
	p = scan_space(p, end);
	*second = p < end ? p + 1 : end;
	return scan_space(*second, end);
}

/* The first byte at or after p that is no digit, or end. */
static inline const char *
digits_end(const char *p, const char *end)
{
#ifdef __SSE2__
	if (end - p >= 16) { /* no branch on how long a process id is */
		__m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)p),
		    _mm_set1_epi8('0'));
		unsigned no =
		    (unsigned)_mm_movemask_epi8(
			_mm_cmpeq_epi8(_mm_subs_epu8(v, _mm_set1_epi8(9)),
			    _mm_setzero_si128())) ^
		    0xffff;

		if (no)
			return p + __builtin_ctz(no);
	}
#endif
	while (p < end && is_digit(*p))
		p++;
	return p;
}

#endif
