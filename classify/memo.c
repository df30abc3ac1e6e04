/*
 * memo.c: replies of the same shape.
 *
 * Most refusals say again what the one before said, about another address.
 * An address in <>, an IP in [] and one at the end of a link are always the
 * same token of the normal form (normal.c), whatever they are, and no wrapper
 * (unwrap.c) is looked for inside them.  So a reply's class hangs on the rest
 * of its bytes, on where these stand and how long they are, and on what else
 * is given with it, of the remote's name only whose receiver it is: that is its
 * shape.  Of them only the usual forms are blanked; all else is compared as it
 * is.  A reply that is long is no shape.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "classify/part.h"
#include "base/banned.h"

enum {
	TEXT_MAX = 400, /* of a reply; NORMAL_RAW_MAX is far above */
	SHAPE_BYTES = 1024,
	ADDR = 1, /* stand for the bytes of an address, of an IP */
	IP = 2,
	PAD = 16, /* NUL bytes behind the text: looked at so many at a time */
};

/*
 * How many bytes are before the first that a blank may stand behind, or that
 * would be taken for one; at least n when there is none.  NUL bytes follow.
 */
static inline size_t
next_opening(const char *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i < n; i += PAD) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + i));
		__m128i open =
		    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v,
						  _mm_set1_epi8('<')),
				     _mm_cmpeq_epi8(v, _mm_set1_epi8('['))),
			_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('/')),
			    _mm_cmpeq_epi8(v, _mm_set1_epi8('='))));
		__m128i blank =
		    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(ADDR)),
			_mm_cmpeq_epi8(v, _mm_set1_epi8(IP)));
		unsigned at =
		    (unsigned)_mm_movemask_epi8(_mm_or_si128(open, blank));

		if (at)
			return i + (size_t)__builtin_ctz(at);
	}
#else
	while (i < n && p[i] != '<' && p[i] != '[' && p[i] != '/' &&
	       p[i] != '=' && p[i] != ADDR && p[i] != IP)
		i++;
#endif
	return i;
}

/* The length of "local@domain" at p when '>' follows: words of letters and
 * digits with a dot or hyphen between, the first of each a letter; or 0. */
static size_t
address(const char *p, const char *end)
{
	const char *q = p;
	size_t at = 0;

	if (q == end || !is_alpha(*q))
		return 0;
	for (q++; q < end && *q != '>'; q++) {
		if (is_alnum(*q))
			continue;
		if ((*q != '.' && *q != '-' && *q != '@') || q + 1 == end ||
		    !is_alnum(q[1]) || !is_alnum(q[-1]))
			return 0;
		if (*q == '@' && (at++ || !is_alpha(q[1])))
			return 0;
	}
	return q < end && at ? (size_t)(q - p) : 0;
}

/* The length of "192.0.2.1" at p, or 0. */
static size_t
quad(const char *p, const char *end)
{
	const char *q = p;

	for (int i = 0; i < 4; i++) {
		const char *from;

		if (i && (q == end || *q++ != '.'))
			return 0;
		for (from = q; q < end && is_digit(*q); q++)
			;
		if (q == from || q - from > 3)
			return 0;
	}
	return (size_t)(q - p);
}

/* Whether a link may end before this byte. */
static bool
ends_link(const char *p, const char *end)
{
	return p == end || *p == ' ' || *p == ';' || *p == ')';
}

/* Blanks what a shape does not tell; false: it is none. */
static bool
blank(char *text, size_t n, bool links)
{
	const char *end = text + n;

	for (size_t i = 0; (i += next_opening(text + i, n - i)) < n; i++) {
		char c = text[i], *p = text + i + 1;
		size_t k = 0;

		if (c == '<') {
			k = address(p, end);
		} else if (c == '[') {
			k = quad(p, end);
			if (k && (p + k == end || p[k] != ']'))
				k = 0;
		} else if (c == ADDR || c == IP) {
			return false;
		} else if (links && (c == '/' || (i && text[i - 1] == 'p'))) {
			k = quad(p, end);
			if (k && !ends_link(p + k, end))
				k = 0;
		}
		if (k)
			memset(p, c == '<' ? ADDR : IP, k);
		i += k;
	}
	return true;
}

/* A literal that an IP in a link could be a part of. */
bool
memo_reads_ip(struct str lit)
{
	size_t n = 0;

	while (n < lit.n && (is_digit(lit.p[n]) || lit.p[n] == '.'))
		n++;
	if (n && (n == lit.n || !is_alnum(lit.p[n])))
		return true;
	for (size_t i = 1; i < lit.n; i++)
		if (is_digit(lit.p[i]) &&
		    (lit.p[i - 1] == '/' || lit.p[i - 1] == '='))
			return true;
	return false;
}

uint64_t
memo_key(const struct classifier *cl, const struct classify_in *in)
{
	const uint64_t receivers = receivers_of(cl, in->rhost);
	const struct str part[] = { in->code, in->dsn, in->mta, in->state_mark,
		str_make((const char *)&receivers, sizeof(receivers)) };
	enum { PARTS = sizeof(part) / sizeof(part[0]) };
	uint16_t head[PARTS + 4] = { (uint16_t)in->text.n, (uint16_t)in->where,
		(uint16_t)in->phase, (uint16_t)in->side };
	char shape[SHAPE_BYTES], *p = shape + sizeof(head), *text;

	if (!in->text.n || in->text.n > TEXT_MAX)
		return 0;
	text = p;
	p = str_put(p, in->text.p, in->text.n);
	memset(p, 0, PAD);
	if (!blank(text, in->text.n, !cl->ip_in_links))
		return 0;
	for (size_t i = 0; i < PARTS; i++) {
		if (part[i].n > (size_t)(shape + sizeof(shape) - p))
			return 0;
		p = str_put(p, part[i].p, part[i].n);
		head[4 + i] = (uint16_t)part[i].n;
	}
	memcpy(shape, head, sizeof(head));
	return map_hash(str_make(shape, (size_t)(p - shape))) | 1;
}
