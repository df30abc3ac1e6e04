/*
 * mime.c: RFC 2047 encoded words.  Charsets by iconv(3); what it does not
 * know is taken as Latin-1.
 */
#include <errno.h>
#include <iconv.h>

#include "parsers/mime.h"
#include "base/banned.h"

enum { WORD_MAX = 16 * 1024 };

static int
hex(char c)
{
	if (is_digit(c))
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
b64(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (is_digit(c))
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Length of the UTF-8 character at s, 0 when it is none (RFC 3629). */
static size_t
utf8_len(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	n = p[0] >= 0xc2 && p[0] < 0xe0 ? 2 :
	    (p[0] & 0xf0) == 0xe0	? 3 :
	    p[0] >= 0xf0 && p[0] < 0xf5 ? 4 :
					  0;
	if (!n || n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* Bytes as UTF-8; what is none counts as Latin-1. */
static void
add_utf8(struct buf *out, struct str s)
{
	while (s.n) {
		size_t n = utf8_len(s);

		if (n) {
			buf_addn(out, s.p, n);
			s = str_from(s, n);
			continue;
		}
		buf_putc(out, (char)(0xc0 | (unsigned char)s.p[0] >> 6));
		buf_putc(out, (char)(0x80 | ((unsigned char)s.p[0] & 0x3f)));
		s = str_from(s, 1);
	}
}

static void
convert(struct buf *out, struct str charset, struct str bytes)
{
	char name[64], text[1024];
	struct str lang = charset;
	char *in = (char *)(uintptr_t)bytes.p;
	size_t left = bytes.n;
	iconv_t cd;

	charset = str_split(&lang, '*'); /* RFC 2231 language */
	if (charset.n >= sizeof(name) || str_eqi(charset, STR("utf-8"))) {
		add_utf8(out, bytes);
		return;
	}
	memcpy(name, charset.p, charset.n);
	name[charset.n] = '\0';
	cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1) {
		add_utf8(out, bytes);
		return;
	}
	while (left) {
		char *to = text;
		size_t room = sizeof(text);
		size_t rc = iconv(cd, &in, &left, &to, &room);

		buf_addn(out, text, sizeof(text) - room);
		if (rc == (size_t)-1 && errno != E2BIG) {
			if (errno == EINVAL)
				break; /* cut off */
			buf_puts(out, "\xef\xbf\xbd");
			in++;
			left--;
		}
	}
	iconv_close(cd);
}

/*
 * "=?charset?B|Q?text?=" at s: its length with *end bytes of text; a cut one
 * ends with the string.  0 when it is none.
 */
static size_t
word_at(struct str s, struct str *charset, char *enc, struct str *text)
{
	struct str rest = str_from(s, 2);
	ptrdiff_t q;

	if (!str_starts(s, STR("=?")))
		return 0;
	q = str_chr(rest, '?');
	if (q <= 0 || q > 60)
		return 0;
	*charset = str_head(rest, (size_t)q);
	rest = str_from(rest, (size_t)q + 1);
	if (rest.n < 2 || rest.p[1] != '?')
		return 0;
	*enc = to_lower(rest.p[0]);
	if (*enc != 'b' && *enc != 'q')
		return 0;
	rest = str_from(rest, 2);
	for (size_t i = 0; i < charset->n; i++)
		if (is_space(charset->p[i]))
			return 0;
	q = str_find(rest, STR("?="));
	*text = q < 0 ? rest : str_head(rest, (size_t)q);
	if (q < 0 && str_chr(rest, ' ') >= 0)
		return 0;
	return (size_t)(text->p + text->n - s.p) + (q < 0 ? 0 : 2);
}

static void
decode(struct buf *out, char enc, struct str t)
{
	unsigned acc = 0;
	int bits = 0;

	for (size_t i = 0; i < t.n; i++) {
		if (enc == 'q') {
			if (t.p[i] == '_') {
				buf_putc(out, ' ');
			} else if (t.p[i] == '=' && i + 2 < t.n &&
			    hex(t.p[i + 1]) >= 0 && hex(t.p[i + 2]) >= 0) {
				buf_putc(out, (char)(hex(t.p[i + 1]) << 4 |
						  hex(t.p[i + 2])));
				i += 2;
			} else if (t.p[i] != '=' || i + 2 < t.n) {
				buf_putc(out, t.p[i]);
			}
		} else {
			int v = b64(t.p[i]);

			if (v < 0)
				continue;
			acc = acc << 6 | (unsigned)v;
			bits += 6;
			if (bits >= 8) {
				bits -= 8;
				buf_putc(out, (char)(acc >> bits));
			}
		}
	}
}

/* Exim's "\303\274" as bytes. */
static void
octal(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 3 < s.n && s.p[i + 1] >= '0' &&
		    s.p[i + 1] <= '3' && s.p[i + 2] >= '0' &&
		    s.p[i + 2] <= '7' && s.p[i + 3] >= '0' &&
		    s.p[i + 3] <= '7') {
			buf_putc(out, (char)((s.p[i + 1] - '0') << 6 |
					  (s.p[i + 2] - '0') << 3 |
					  (s.p[i + 3] - '0')));
			i += 3;
		} else if (s.p[i] == '\\' && i + 1 < s.n &&
		    (s.p[i + 1] == '"' || s.p[i + 1] == '\\')) {
			buf_putc(out, s.p[++i]);
		} else {
			buf_putc(out, s.p[i]);
		}
	}
}

void
mime_decode_words(struct str raw, struct buf *utf8)
{
	struct buf bytes = BUF_INIT(WORD_MAX), plain = BUF_INIT(WORD_MAX);
	struct str s = str_head(raw, WORD_MAX), open = STR_NONE;
	bool after_word = false;

	if (str_chr(s, '\\') >= 0) {
		octal(&plain, s);
		s = buf_str(&plain);
	}
	while (s.n) {
		struct str charset, text;
		char enc;
		size_t n = word_at(s, &charset, &enc, &text), ws = 0;

		if (n) {
			/* words of one charset may share a character */
			if (open.p && !str_eqi(open, charset)) {
				convert(utf8, open, buf_str(&bytes));
				buf_clear(&bytes);
			}
			open = charset;
			decode(&bytes, enc, text);
			s = str_from(s, n);
			after_word = true;
			continue;
		}
		while (after_word && ws < s.n &&
		       (is_space(s.p[ws]) || s.p[ws] == '?'))
			ws++;
		if (ws && word_at(str_from(s, ws), &charset, &enc, &text)) {
			s = str_from(s, ws); /* space between words is none */
			continue;
		}
		if (open.p) {
			convert(utf8, open, buf_str(&bytes));
			buf_clear(&bytes);
			open = STR_NONE;
		}
		after_word = false;
		n = 1;
		while (n < s.n && s.p[n] != '=')
			n++;
		add_utf8(utf8, str_head(s, n));
		s = str_from(s, n);
	}
	if (open.p)
		convert(utf8, open, buf_str(&bytes));
	buf_release(&bytes);
	buf_release(&plain);
}
