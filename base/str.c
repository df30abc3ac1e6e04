/*
 * str.c: the operations on views that do not fit into a header.
 * No allocation, no locale.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/str.h"
#include "base/banned.h"

bool
str_eqi(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (to_lower(a.p[i]) != to_lower(b.p[i]))
			return false;
	return true;
}

bool
str_startsi(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eqi(str_head(s, prefix.n), prefix);
}

bool
str_endsi(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eqi(str_from(s, s.n - suffix.n), suffix);
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

int
str_cmpi(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)to_lower(a.p[i]);
		unsigned char y = (unsigned char)to_lower(b.p[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.n > b.n) - (a.n < b.n);
}

#ifdef __SSE2__
/* The search at the 16 places from s.p + i on. */
static inline ptrdiff_t
find16(struct str s, size_t i, struct str what)
{
	const __m128i first = _mm_set1_epi8(what.p[0]);
	const __m128i last = _mm_set1_epi8(what.p[what.n - 1]);
	const char *p = s.p + i;
	__m128i a = _mm_loadu_si128((const __m128i *)p);
	__m128i b = _mm_loadu_si128((const __m128i *)(p + what.n - 1));
	unsigned at = (unsigned)_mm_movemask_epi8(
	    _mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last)));

	for (; at; at &= at - 1) {
		size_t k = (size_t)__builtin_ctz(at);

		if (memcmp(p + k, what.p, what.n) == 0)
			return (ptrdiff_t)(i + k);
	}
	return -1;
}
#endif

/*
 * Texts are short and most searches end without a hit: what memmem() does
 * before it begins would be most of the time.
 */
ptrdiff_t
str_find(struct str s, struct str what)
{
	size_t places = s.n - what.n + 1;

	if (what.n == 0)
		return 0;
	if (s.n < what.n)
		return -1;
#ifdef __SSE2__
	if (places >= 16) {
		ptrdiff_t at = -1;

		for (size_t i = 0; i + 16 <= places && at < 0; i += 16)
			at = find16(s, i, what);
		if (at < 0 && places % 16)
			at = find16(s, places - 16, what);
		return at;
	}
#endif
	for (size_t i = 0; i < places; i++)
		if (s.p[i] == what.p[0] && memcmp(s.p + i, what.p, what.n) == 0)
			return (ptrdiff_t)i;
	return -1;
}

ptrdiff_t
str_rfind(struct str s, struct str what)
{
	size_t n;
	const char *q;

	if (what.n > s.n)
		return -1;
	if (what.n == 0)
		return (ptrdiff_t)s.n;
	n = s.n - what.n + 1;
	while (n && (q = memrchr(s.p, what.p[0], n)) != NULL) {
		n = (size_t)(q - s.p);
		if (memcmp(q, what.p, what.n) == 0)
			return q - s.p;
	}
	return -1;
}

ptrdiff_t
str_findi(struct str s, struct str what)
{
	char first;

	if (what.n > s.n)
		return -1;
	if (!what.n)
		return 0;
	first = to_lower(what.p[0]);
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (to_lower(s.p[i]) == first &&
		    str_eqi(str_make(s.p + i, what.n), what))
			return (ptrdiff_t)i;
	return -1;
}

struct str
str_trim(struct str s)
{
	while (s.n && is_space(s.p[0]))
		s = str_from(s, 1);
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str
str_split(struct str *rest, char sep)
{
	ptrdiff_t i = str_chr(*rest, sep);
	struct str head = *rest;

	if (i < 0) {
		*rest = STR_NONE;
		return head;
	}
	head.n = (size_t)i;
	*rest = str_from(*rest, (size_t)i + 1);
	return head;
}

bool
str_u64(struct str s, uint64_t *v)
{
	uint64_t x = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]) ||
		    __builtin_mul_overflow(x, (uint64_t)10, &x) ||
		    __builtin_add_overflow(x, (uint64_t)(s.p[i] - '0'), &x))
			return false;
	}
	*v = x;
	return true;
}

bool
str_i64(struct str s, int64_t *v)
{
	bool neg = s.n && s.p[0] == '-';
	uint64_t x;

	if (!str_u64(neg ? str_from(s, 1) : s, &x) || x > INT64_MAX)
		return false;
	*v = neg ? -(int64_t)x : (int64_t)x;
	return true;
}

bool
str_ip4(struct str s, unsigned char ip[4])
{
	char text[16] = { 0 }, *p = text; /* its end is no digit, and no dot */

	if (s.n < 7 || s.n > 15)
		return false;
	str_put(text, s.p, s.n);
	for (int i = 0; i < 4; i++, p++) {
		unsigned part = (unsigned char)*p++ - '0';

		if (part > 9)
			return false;
		if (part && is_digit(*p)) {
			part = part * 10 + (unsigned)(*p++ - '0');
			if (is_digit(*p))
				part = part * 10 + (unsigned)(*p++ - '0');
		}
		if (part > 255 || *p != (i < 3 ? '.' : '\0'))
			return false;
		ip[i] = (unsigned char)part;
	}
	return p == text + s.n + 1;
}

bool
str_seconds_us(struct str s, int64_t *us)
{
	struct str frac = s;
	struct str whole = str_split(&frac, '.');
	uint64_t sec = 0, f = 0;
	int digits = 0;

	if (!str_u64(whole, &sec) || sec > INT64_MAX / 1000000 - 1)
		return false;
	for (size_t i = 0; frac.p && i < frac.n; i++) {
		if (!is_digit(frac.p[i]))
			return false;
		if (digits < 6) {
			f = f * 10 + (uint64_t)(frac.p[i] - '0');
			digits++;
		}
	}
	for (; digits < 6; digits++)
		f *= 10;
	*us = (int64_t)(sec * 1000000 + f);
	return true;
}

struct str
str_domain(struct str addr)
{
	ptrdiff_t at = str_rchr(addr, '@');

	return at < 0 ? STR_NONE : str_from(addr, (size_t)at + 1);
}

bool
str_glob(struct str pat, struct str s)
{
	size_t p = 0, i = 0, star = SIZE_MAX, mark = 0;

	while (i < s.n) {
		if (p < pat.n && pat.p[p] == '*') {
			star = p++;
			mark = i;
		} else if (p < pat.n &&
			   to_lower(pat.p[p]) == to_lower(s.p[i])) {
			p++;
			i++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			i = ++mark;
		} else {
			return false;
		}
	}
	while (p < pat.n && pat.p[p] == '*')
		p++;
	return p == pat.n;
}
