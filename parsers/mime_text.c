/*
 * mime_text.c: transfer encodings, character sets and encoded words (RFC
 * 2045, 2047) as UTF-8.
 *
 * UTF-8, ASCII, Latin-1 and Windows-1252 are done here; others by iconv(3),
 * and only those of a list: a mail must not choose which of a C library's
 * converters runs.  Bytes that do not fit their character set are repaired,
 * never dropped in silence: as Windows-1252 when they stand in UTF-8, as
 * U+FFFD otherwise.
 */
#include <errno.h>
#include <iconv.h>

#include "parsers/mime.h"
#include "base/banned.h"

enum { CHARSET_MAX = 40 };

/* ---- transfer encodings ---- */

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (is_digit(c))
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

void
mime_base64(struct str s, struct buf *out)
{
	uint32_t v = 0;
	int n = 0;

	for (size_t i = 0; i < s.n && !out->toobig; i++) {
		int d = base64_digit(s.p[i]);

		if (s.p[i] == '=') { /* padding: a piece ends here */
			if (n == 2)
				buf_putc(out, (char)(v >> 4));
			else if (n == 3)
				buf_addn(out,
				    (char[]){ (char)(v >> 10), (char)(v >> 2) },
				    2);
			n = 0;
			v = 0;
			continue;
		}
		if (d < 0)
			continue;
		v = v << 6 | (uint32_t)d;
		if (++n == 4) {
			buf_addn(out,
			    (char[]){ (char)(v >> 16), (char)(v >> 8),
				(char)v },
			    3);
			n = 0;
			v = 0;
		}
	}
	if (n == 2)
		buf_putc(out, (char)(v >> 4));
	else if (n == 3)
		buf_addn(out, (char[]){ (char)(v >> 10), (char)(v >> 2) }, 2);
}

static int
hex(char c)
{
	c = to_lower(c);
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void
mime_qp(struct str s, bool header, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (header && c == '_') {
			buf_putc(out, ' ');
		} else if (c != '=') {
			buf_putc(out, c);
		} else if (i + 2 < s.n && hex(s.p[i + 1]) >= 0 &&
			   hex(s.p[i + 2]) >= 0) {
			buf_putc(out,
			    (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])));
			i += 2;
		} else if (
		    !header) { /* a soft line end, perhaps blanks first */
			size_t j = i + 1;

			while (j < s.n && (s.p[j] == ' ' || s.p[j] == '\t'))
				j++;
			if (j < s.n && s.p[j] == '\r')
				j++;
			if (j < s.n && s.p[j] == '\n')
				i = j;
			else if (j == s.n)
				i = j - 1;
			else
				buf_putc(out, c);
		} else if (i + 2 < s.n) {
			buf_putc(out, c);
		}
	}
}

/* ---- UTF-8 ---- */

/* Length of the UTF-8 character at s[i], 0 when it is none; *cut when the
 * text ends inside it. */
static size_t
utf8_char(struct str s, size_t i, bool *cut)
{
	unsigned char c = (unsigned char)s.p[i];
	size_t n = c < 0x80		 ? 1 :
		   c >= 0xc2 && c < 0xe0 ? 2 :
		   c >= 0xe0 && c < 0xf0 ? 3 :
		   c >= 0xf0 && c < 0xf5 ? 4 :
					   0;

	*cut = false;
	for (size_t k = 1; k < n; k++) {
		unsigned char d;

		if (i + k == s.n) {
			*cut = true;
			return 0;
		}
		d = (unsigned char)s.p[i + k];
		if (d < 0x80 || d > 0xbf)
			return 0;
		if (k == 1 &&
		    ((c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f) ||
			(c == 0xf0 && d < 0x90) || (c == 0xf4 && d > 0x8f)))
			return 0;
	}
	return n;
}

static void
put_code(uint32_t c, struct buf *out)
{
	if (c < 0x80)
		buf_putc(out, (char)c);
	else if (c < 0x800)
		buf_addn(out,
		    (char[]){ (char)(0xc0 | c >> 6), (char)(0x80 | (c & 63)) },
		    2);
	else
		buf_addn(out,
		    (char[]){ (char)(0xe0 | c >> 12),
			(char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63)) },
		    3);
}

static void
put_1252(unsigned char c, struct buf *out)
{
	static const uint16_t high[32] = {
		0x20ac,
		0xfffd,
		0x201a,
		0x0192,
		0x201e,
		0x2026,
		0x2020,
		0x2021,
		0x02c6,
		0x2030,
		0x0160,
		0x2039,
		0x0152,
		0xfffd,
		0x017d,
		0xfffd,
		0xfffd,
		0x2018,
		0x2019,
		0x201c,
		0x201d,
		0x2022,
		0x2013,
		0x2014,
		0x02dc,
		0x2122,
		0x0161,
		0x203a,
		0x0153,
		0xfffd,
		0x017e,
		0x0178,
	};

	put_code(c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c, out);
}

/* UTF-8 as it is, with its bad bytes taken for Windows-1252. */
static void
repair(struct str s, struct buf *out)
{
	size_t i = 0, good = 0;

	while (i < s.n) {
		bool cut;
		size_t n =
		    (unsigned char)s.p[i] < 0x80 ? 1 : utf8_char(s, i, &cut);

		if (n) {
			i += n;
			continue;
		}
		buf_addn(out, s.p + good, i - good);
		if (cut) /* a cut line: half a character says nothing */
			return;
		put_1252((unsigned char)s.p[i], out);
		good = ++i;
	}
	buf_addn(out, s.p + good, i - good);
}

/* ---- character sets ---- */

static bool
is_utf8(struct str cs)
{
	return !cs.n || str_eqi(cs, STR("utf-8")) || str_eqi(cs, STR("utf8")) ||
	       str_eqi(cs, STR("us-ascii")) || str_eqi(cs, STR("ascii")) ||
	       str_eqi(cs, STR("unknown-8bit")) || str_eqi(cs, STR("binary"));
}

static bool
is_latin1(struct str cs)
{
	return str_eqi(cs, STR("iso-8859-1")) || str_eqi(cs, STR("latin1")) ||
	       str_eqi(cs, STR("iso8859-1")) ||
	       str_eqi(cs, STR("windows-1252")) || str_eqi(cs, STR("cp1252"));
}

/* Character sets iconv may be asked for, by their beginning. */
static bool
is_known(struct str cs)
{
	static const struct str known[] = {
		STR_INIT("iso-8859-"),
		STR_INIT("iso8859-"),
		STR_INIT("iso_8859-"),
		STR_INIT("windows-"),
		STR_INIT("cp"),
		STR_INIT("ibm"),
		STR_INIT("koi8-"),
		STR_INIT("gb2312"),
		STR_INIT("gbk"),
		STR_INIT("gb18030"),
		STR_INIT("big5"),
		STR_INIT("euc-"),
		STR_INIT("shift_jis"),
		STR_INIT("shift-jis"),
		STR_INIT("sjis"),
		STR_INIT("iso-2022-jp"),
		STR_INIT("iso-2022-kr"),
		STR_INIT("ks_c_5601"),
		STR_INIT("tis-620"),
		STR_INIT("utf-16"),
		STR_INIT("utf-7"),
		STR_INIT("macintosh"),
		STR_INIT("latin"),
	};

	if (cs.n > CHARSET_MAX)
		return false;
	for (size_t i = 0; i < cs.n; i++)
		if (!is_alnum(cs.p[i]) && !strchr("-_.:", cs.p[i]))
			return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (str_startsi(cs, known[i]))
			return true;
	return false;
}

/* The last converter stays open: opening one costs more than a header. */
static iconv_t
converter(struct str cs)
{
	static _Thread_local iconv_t last = (iconv_t)-1;
	static _Thread_local char last_name[CHARSET_MAX + 1];
	char name[CHARSET_MAX + 1];

	memcpy(name, cs.p, cs.n);
	name[cs.n] = '\0';
	if (last != (iconv_t)-1 && strcmp(name, last_name) == 0) {
		iconv(last, NULL, NULL, NULL, NULL);
		return last;
	}
	if (last != (iconv_t)-1)
		iconv_close(last);
	last = iconv_open("UTF-8", name);
	memcpy(last_name, name, sizeof(name));
	return last;
}

void
mime_to_utf8(struct str bytes, struct str charset, struct buf *out)
{
	char *in = (char *)(uintptr_t)bytes.p; /* iconv does not write to it */
	size_t left = bytes.n;
	iconv_t cd;

	if (is_latin1(charset)) {
		for (size_t i = 0; i < bytes.n; i++)
			put_1252((unsigned char)bytes.p[i], out);
		return;
	}
	if (is_utf8(charset) || !is_known(charset) ||
	    (cd = converter(charset)) == (iconv_t)-1) {
		repair(bytes, out);
		return;
	}
	while (left && !out->toobig) {
		char chunk[512], *to = chunk;
		size_t room = sizeof(chunk);
		size_t rc = iconv(cd, &in, &left, &to, &room);

		buf_addn(out, chunk, (size_t)(to - chunk));
		if (rc != (size_t)-1 || errno == E2BIG)
			continue;
		if (errno == EINVAL) /* ends inside a character */
			break;
		buf_puts(out, "\xef\xbf\xbd");
		in++;
		left--;
	}
}

/* ---- encoded words ---- */

struct word {
	struct str charset, text;
	char enc; /* 'b' or 'q' */
};

/*
 * =?utf-8?B?...?= at s[0]; its length, or 0.  At the end of a cut line the
 * closing ?= may be missing.
 */
static size_t
word_at(struct str s, struct word *w)
{
	ptrdiff_t i, end;

	if (!str_starts(s, STR("=?")))
		return 0;
	i = str_chr(str_from(s, 2), '?');
	if (i <= 0 || i > CHARSET_MAX + 16 || (size_t)i + 5 > s.n)
		return 0;
	w->charset = str_make(s.p + 2, (size_t)i);
	for (size_t k = 0; k < w->charset.n; k++)
		if (w->charset.p[k] <= ' ')
			return 0;
	end = str_chr(w->charset, '*'); /* RFC 2231: charset*language */
	if (end >= 0)
		w->charset.n = (size_t)end;
	i += 3;
	w->enc = to_lower(s.p[i]);
	if ((w->enc != 'b' && w->enc != 'q') || s.p[i + 1] != '?')
		return 0;
	w->text = str_from(s, (size_t)i + 2);
	end = str_find(w->text, STR("?="));
	if (end >= 0) {
		w->text.n = (size_t)end;
		return (size_t)(w->text.p - s.p) + w->text.n + 2;
	}
	for (size_t k = 0; k < w->text.n; k++)
		if (w->text.p[k] == ' ')
			return 0;
	if (w->text.n && w->text.p[w->text.n - 1] == '?')
		w->text.n--;
	return s.n;
}

/* Words of one character set that follow each other are one run of bytes:
 * programs cut characters in two between them. */
static size_t
words_at(struct str s, struct buf *bytes, struct buf *out)
{
	struct word w, next;
	size_t n = word_at(s, &w);

	if (!n)
		return 0;
	buf_clear(bytes);
	for (;;) {
		size_t gap = n, k;

		if (w.enc == 'b')
			mime_base64(w.text, bytes);
		else
			mime_qp(w.text, true, bytes);
		while (gap < s.n && is_space(s.p[gap]))
			gap++;
		k = gap < s.n ? word_at(str_from(s, gap), &next) : 0;
		if (!k)
			break;
		if (!str_eqi(next.charset, w.charset)) {
			mime_to_utf8(buf_str(bytes), w.charset, out);
			buf_clear(bytes);
		}
		w = next;
		n = gap + k;
	}
	mime_to_utf8(buf_str(bytes), w.charset, out);
	return n;
}

static void
put_plain(struct str s, struct buf *out)
{
	struct buf b = BUF_INIT(MIME_HEADER_MAX);

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' || s.p[i] == '\r') {
			while (i + 1 < s.n && is_space(s.p[i + 1]))
				i++;
			buf_putc(&b, ' ');
		} else if ((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f) {
			buf_putc(&b, s.p[i]);
		} else if (s.p[i] == '\t') {
			buf_putc(&b, ' ');
		}
	}
	repair(buf_str(&b), out);
	buf_release(&b);
}

void
mime_decode_words(struct str raw, struct buf *utf8)
{
	struct buf bytes = BUF_INIT(MIME_HEADER_MAX);
	struct buf text = BUF_INIT(MIME_HEADER_MAX);
	size_t i = 0, plain = 0;

	raw = str_head(str_trim(raw), MIME_HEADER_MAX);
	while (i < raw.n) {
		const char *q = memchr(raw.p + i, '=', raw.n - i);
		size_t n, before;

		if (!q)
			break;
		before = (size_t)(q - raw.p);
		buf_clear(&text);
		n = words_at(str_from(raw, before), &bytes, &text);
		if (!n) {
			i = before + 1;
			continue;
		}
		put_plain(str_make(raw.p + plain, before - plain), utf8);
		put_plain(buf_str(&text), utf8);
		i = plain = before + n;
	}
	put_plain(str_from(raw, plain), utf8);
	buf_release(&bytes);
	buf_release(&text);
}
