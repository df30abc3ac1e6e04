/*
 * idn.c: libidn2, and a small table of scripts that can be mistaken for one
 * another (UTS 39, single script within a word).
 */
#include <idn2.h>
#include <stdlib.h>

#include "live/idn.h"
#include "base/banned.h"

enum { MAX_NAME = 1000 };

long
idn_next(struct str s, size_t *i)
{
	unsigned char c = (unsigned char)s.p[*i];
	int more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	long v = c < 0x80 ? c : more == 3 ? c & 7 : more == 2 ? c & 15 : c & 31;
	static const long min[] = { 0, 0x80, 0x800, 0x10000 };

	++*i;
	if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || s.n - *i < (size_t)more)
		return -1;
	for (int k = 0; k < more; k++, ++*i) {
		if (((unsigned char)s.p[*i] & 0xc0) != 0x80)
			return -1;
		v = v << 6 | (s.p[*i] & 0x3f);
	}
	if (v < min[more] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return -1;
	return v;
}

bool
idn_utf8_ok(struct str s)
{
	for (size_t i = 0; i < s.n;)
		if (idn_next(s, &i) < 0)
			return false;
	return true;
}

static bool
ascii_only(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 127)
			return false;
	return true;
}

bool
idn_ascii(struct arena *a, struct str name, struct str *out)
{
	bool plain = ascii_only(name);
	uint8_t *made = NULL;
	int rc;

	if (name.n > MAX_NAME || (name.n && memchr(name.p, '\0', name.n)))
		return false;
	if (plain && str_findi(name, STR("xn--")) < 0) {
		*out = arena_lower(a, name);
		return true;
	}
	if (!idn_utf8_ok(name))
		return false;
	rc = idn2_lookup_u8((const uint8_t *)arena_cstr(a, name), &made,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_ALABEL_ROUNDTRIP);
	if (rc != IDN2_OK)
		return false;
	*out = arena_lower(a, str_c((const char *)made));
	idn2_free(made);
	return true;
}

struct str
idn_shown(struct arena *a, struct str ascii)
{
	struct str s = ascii;
	char *made = NULL;

	if (str_findi(ascii, STR("xn--")) < 0 || ascii.n > MAX_NAME)
		return ascii;
	if (idn2_to_unicode_8z8z(arena_cstr(a, ascii), &made, 0) == IDN2_OK)
		s = arena_dup(a, str_c(made));
	idn2_free(made);
	return s;
}

enum script { NONE, LATIN, GREEK, CYRILLIC, ARMENIAN, CHEROKEE };

static enum script
script_of(long c)
{
	static const struct {
		long from, to;
		enum script script;
	} table[] = {
		{ 'A', 'Z', LATIN },
		{ 'a', 'z', LATIN },
		{ 0xc0, 0x24f, LATIN },
		{ 0x250, 0x2af, LATIN },
		{ 0x370, 0x3ff, GREEK },
		{ 0x400, 0x52f, CYRILLIC },
		{ 0x530, 0x58f, ARMENIAN },
		{ 0x13a0, 0x13ff, CHEROKEE },
		{ 0x1c80, 0x1c8f, CYRILLIC },
		{ 0x1d00, 0x1d7f, LATIN },
		{ 0x1e00, 0x1eff, LATIN },
		{ 0x1f00, 0x1fff, GREEK },
		{ 0x2de0, 0x2dff, CYRILLIC },
		{ 0xa640, 0xa69f, CYRILLIC },
		{ 0xab70, 0xabbf, CHEROKEE },
		{ 0xff21, 0xff3a, LATIN },
		{ 0xff41, 0xff5a, LATIN },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (c >= table[i].from && c <= table[i].to)
			return table[i].script;
	return NONE;
}

bool
idn_mixed_scripts(struct str s)
{
	enum script seen = NONE;

	for (size_t i = 0; i < s.n;) {
		long c = idn_next(s, &i);
		enum script now = c < 0 ? NONE : script_of(c);

		if (c == '.' || c == '@' || c == '-' || c == '_')
			seen = NONE;
		else if (now && seen && now != seen)
			return true;
		else if (now)
			seen = now;
	}
	return false;
}
