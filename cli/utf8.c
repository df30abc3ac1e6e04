/*
 * utf8.c: a strict decoder (RFC 3629: no overlong forms, no surrogates, none
 * past U+10FFFF) and what terminals make of characters.  The widths are the
 * blocks of Unicode's East_Asian_Width W and F and the common combining
 * marks; the C library's wcwidth() would depend on the locale.
 */
#include "cli/utf8.h"
#include "base/banned.h"

struct range {
	uint32_t first, last;
};

static const struct range unsafe[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },
	{ 0x61c, 0x61c },
	{ 0x180e, 0x180e },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb },
	{ 0xe0000, 0xe007f },
};

static const struct range none[] = {
	{ 0x300, 0x36f },
	{ 0x483, 0x489 },
	{ 0x591, 0x5bd },
	{ 0x610, 0x61a },
	{ 0x64b, 0x65f },
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff },
	{ 0xfe00, 0xfe0f },
	{ 0xfe20, 0xfe2f },
	{ 0xe0100, 0xe01ef },
};

static const struct range wide[] = {
	{ 0x1100, 0x115f },
	{ 0x231a, 0x231b },
	{ 0x2e80, 0x303e },
	{ 0x3041, 0x33ff },
	{ 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff },
	{ 0xa000, 0xa4cf },
	{ 0xa960, 0xa97f },
	{ 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1f9ff },
	{ 0x20000, 0x3fffd },
};

static bool
within(const struct range *r, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n && r[i].first <= cp; i++)
		if (cp <= r[i].last)
			return true;
	return false;
}

#define WITHIN(table, cp) within(table, sizeof(table) / sizeof(table[0]), cp)

bool
utf8_next(struct str *s, struct str *at, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c;
	size_t n = 1;
	uint32_t v;

	if (!s->n)
		return false;
	c = (unsigned char)s->p[0];
	if (c < 0x80) {
		v = c;
	} else {
		n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
		v = c & (0x7fu >> n);
		if (c < 0xc2 || c > 0xf4 || s->n < n)
			v = UTF8_BAD;
		for (size_t i = 1; i < n && v != UTF8_BAD; i++) {
			unsigned char d = (unsigned char)s->p[i];

			v = (d & 0xc0) == 0x80 ? v << 6 | (d & 0x3f) : UTF8_BAD;
		}
		if (v == UTF8_BAD || v < least[n] || v > 0x10ffff ||
		    (v >= 0xd800 && v <= 0xdfff)) {
			v = UTF8_BAD;
			n = 1;
		}
	}
	*at = str_head(*s, n);
	*s = str_from(*s, n);
	*cp = v;
	return true;
}

bool
utf8_unsafe(uint32_t cp)
{
	return WITHIN(unsafe, cp);
}

int
utf8_width(uint32_t cp)
{
	if (cp < 0x300)
		return 1;
	if (WITHIN(none, cp))
		return 0;
	return WITHIN(wide, cp) ? 2 : 1;
}
