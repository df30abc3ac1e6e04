/*
 * fold.c: accents, case and typography of UTF-8 and Latin-1 folded away, so
 * that "Boîte pleine", "Boite pleine" and a reply cut to Latin-1 are one text.
 * Cyrillic and Greek lose their case only; other scripts stay as they are.
 */
#include "classify/fold.h"
#include "base/banned.h"

/* U+00C0 .. U+00FF */
static const char latin1[] =
    "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty";

/* U+0100 .. U+017F */
static const char latin_a[] =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllll"
    "nnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static char
fold_code(uint32_t c)
{
	if (c >= 0xc0 && c <= 0xff)
		return latin1[c - 0xc0];
	if (c >= 0x100 && c <= 0x17f)
		return latin_a[c - 0x100];
	switch (c) {
	case 0xa0:
	case 0x2002:
	case 0x2003:
	case 0x2009:
	case 0x202f:
	case 0x3000:
	case 0xfeff:
	case 0x200b:
		return ' ';
	case 0x2018:
	case 0x2019:
	case 0xb4:
	case 0x2032:
		return '\'';
	case 0x201c:
	case 0x201d:
	case 0x201e:
	case 0xab:
	case 0xbb:
		return '"';
	case 0x2010:
	case 0x2011:
	case 0x2013:
	case 0x2014:
		return '-';
	}
	return 0;
}

static size_t
decode(struct str s, uint32_t *c)
{
	unsigned char b = (unsigned char)s.p[0];
	size_t n = b >= 0xc2 && b < 0xe0 ? 2 :
		   b >= 0xe0 && b < 0xf0 ? 3 :
		   b >= 0xf0 && b < 0xf5 ? 4 :
					   0;

	if (!n || s.n < n)
		return 0;
	*c = b & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | ((unsigned char)s.p[i] & 63);
	}
	return n;
}

size_t
fold_char(struct str s, size_t *used, char out[4])
{
	uint32_t c;
	size_t n = decode(s, &c);
	char f;

	if (!n) { /* not UTF-8: Latin-1 */
		*used = 1;
		f = fold_code((unsigned char)s.p[0]);
		out[0] = f ? f : '?';
		return 1;
	}
	*used = n;
	f = fold_code(c);
	if (f) {
		out[0] = f;
		return 1;
	}
	if ((c >= 0x410 && c <= 0x42f) || (c >= 0x391 && c <= 0x3a9))
		c += 32;
	else if (c >= 0x400 && c <= 0x40f)
		c += 80;
	if (c >= 0x391 && c <= 0x45f) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	memcpy(out, s.p, n);
	return n;
}
