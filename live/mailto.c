/*
 * mailto.c: addresses behind mailto: (RFC 6068), in HTML and in plain text.
 *
 * In markup only href attributes count, with character references undone and
 * comments skipped; outside markup "mailto:" up to white space.  A part that
 * is no address is kept as broken, so that it can be reported.
 */
#include "base/buf.h"
#include "live/address.h"
#include "live/idn.h"
#include "base/banned.h"

enum { MAX_LINK = 8192 };

struct grab {
	struct arena *a;
	struct mailto *out;
	size_t at; /* of the link at hand */
};

static void
utf8_put(struct buf *b, unsigned long c)
{
	if (c < 0x80) {
		buf_putc(b, (char)c);
	} else if (c < 0x800) {
		buf_putc(b, (char)(0xc0 | c >> 6));
		buf_putc(b, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		buf_putc(b, (char)(0xe0 | c >> 12));
		buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
		buf_putc(b, (char)(0x80 | (c & 63)));
	} else if (c < 0x110000) {
		buf_putc(b, (char)(0xf0 | c >> 18));
		buf_putc(b, (char)(0x80 | (c >> 12 & 63)));
		buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
		buf_putc(b, (char)(0x80 | (c & 63)));
	}
}

static int
hex(char c)
{
	return is_digit(c) ? c - '0' :
	       to_lower(c) >= 'a' && to_lower(c) <= 'f' ?
			     to_lower(c) - 'a' + 10 :
			     -1;
}

/* "&#64;" "&#x40;" "&amp;" at the start of s: its length, or 0. */
static size_t
reference(struct str s, struct buf *b)
{
	static const struct {
		const char *name, *text;
	} named[] = {
		{ "&amp;", "&" },
		{ "&lt;", "<" },
		{ "&gt;", ">" },
		{ "&quot;", "\"" },
		{ "&apos;", "'" },
		{ "&commat;", "@" },
		{ "&colon;", ":" },
		{ "&period;", "." },
		{ "&nbsp;", " " },
		{ "&shy;", "\xc2\xad" },
	};
	unsigned long v = 0;
	size_t i = 2;
	bool x;

	for (size_t k = 0; k < sizeof(named) / sizeof(*named); k++)
		if (str_starts(s, str_c(named[k].name))) {
			buf_puts(b, named[k].text);
			return strlen(named[k].name);
		}
	if (s.n < 4 || s.p[1] != '#')
		return 0;
	x = to_lower(s.p[2]) == 'x';
	if (x)
		i++;
	for (; i < s.n && (x ? hex(s.p[i]) >= 0 : is_digit(s.p[i])); i++) {
		v = v * (x ? 16 : 10) + (unsigned long)hex(s.p[i]);
		if (v > 0x10ffff)
			return 0;
	}
	if (i == (x ? 3 : 2) || !v)
		return 0;
	utf8_put(b, v);
	return i < s.n && s.p[i] == ';' ? i + 1 : i;
}

static struct str
undo_references(struct arena *a, struct str s)
{
	struct buf b = BUF_INIT(MAX_LINK);
	struct str out;

	for (size_t i = 0; i < s.n && !b.toobig;) {
		size_t n = s.p[i] == '&' ? reference(str_from(s, i), &b) : 0;

		if (!n)
			buf_putc(&b, s.p[i]);
		i += n ? n : 1;
	}
	out = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return out;
}

static struct str
undo_percent(struct arena *a, struct str s)
{
	struct buf b = BUF_INIT(MAX_LINK);
	struct str out;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 &&
		    hex(s.p[i + 2]) >= 0) {
			buf_putc(&b,
			    (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])));
			i += 2;
		} else {
			buf_putc(&b, s.p[i]);
		}
	}
	out = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return out;
}

static void
keep(struct grab *g, struct str s, bool good)
{
	struct mailto *m = g->out;

	if (m->nplace < MAILTO_PLACES) {
		arena_grow(g->a, m->place, m->nplace, m->cap_place);
		m->place[m->nplace++] = (struct mailto_place){ .text = s,
			.at = g->at,
			.good = good };
	}
	if (m->ngood + m->nbroken >= MAILTO_MAX)
		return;
	if (!good) {
		arena_grow(g->a, m->broken, m->nbroken, m->cap_broken);
		m->broken[m->nbroken++] = s;
		return;
	}
	for (size_t i = 0; i < m->ngood; i++)
		if (str_eq(m->good[i], s))
			return;
	arena_grow(g->a, m->good, m->ngood, m->cap_good);
	m->good[m->ngood++] = s;
}

/* Addresses between commas; how many there were. */
static size_t
list(struct grab *g, struct str s)
{
	size_t n = 0;

	while (s.p) {
		struct str one = undo_percent(g->a, str_split(&s, ','));
		struct address addr;

		if (!str_trim(one).n)
			continue;
		n++;
		address_check(g->a, str_trim(one), &addr);
		/* mailto://a@b is a usual mistake, though "//a" is legal */
		if (str_starts(one, STR("//")))
			addr.fails = "A01";
		keep(g, addr.fails ? one : addr.normal, !addr.fails);
	}
	return n;
}

/* What follows "mailto:". */
static void
link_text(struct grab *g, struct str s)
{
	ptrdiff_t mark = str_chr(s, '?');
	struct str to = mark < 0 ? s : str_head(s, (size_t)mark);
	struct str rest = mark < 0 ? STR_NONE : str_from(s, (size_t)mark + 1);
	size_t n = list(g, to);

	while (rest.p) {
		struct str field = str_split(&rest, '&');
		ptrdiff_t eq = str_chr(field, '=');
		struct str key = eq < 0 ? field : str_head(field, (size_t)eq);

		if (eq >= 0 &&
		    (str_eqi(key, STR("to")) || str_eqi(key, STR("cc")) ||
			str_eqi(key, STR("bcc"))))
			n += list(g, str_from(field, (size_t)eq + 1));
	}
	if (!n)
		keep(g, STR(""), false);
}

/* The href of a tag, whose text without < and > is s; `page`: its start. */
static void
tag(struct grab *g, struct str s, const char *page)
{
	static const struct str mailto = STR_INIT("mailto:");
	size_t i = 0;

	while (i < s.n && !is_space(s.p[i]))
		i++;
	while (i < s.n) {
		size_t from;
		struct str name, value = STR("");

		while (i < s.n && (is_space(s.p[i]) || s.p[i] == '/'))
			i++;
		from = i;
		while (i < s.n && !is_space(s.p[i]) && s.p[i] != '=')
			i++;
		name = str_make(s.p + from, i - from);
		while (i < s.n && is_space(s.p[i]))
			i++;
		if (i < s.n && s.p[i] == '=') {
			i++;
			while (i < s.n && is_space(s.p[i]))
				i++;
			char q = i < s.n ? s.p[i] : 0;
			bool quoted = q == '"' || q == '\'';

			from = quoted ? ++i : i;
			while (i < s.n &&
			       (quoted ? s.p[i] != q : !is_space(s.p[i])))
				i++;
			value = str_make(s.p + from, i - from);
			i += quoted && i < s.n;
		}
		if (!str_eqi(name, STR("href")) || value.n > MAX_LINK)
			continue;
		g->at = (size_t)(value.p - page);
		value = str_trim(undo_references(g->a, value));
		if (str_startsi(value, mailto))
			link_text(g, str_from(value, mailto.n));
	}
}

/* Where the tag that starts at s.p[i] ends; quotes may hold a '>'. */
static size_t
tag_end(struct str s, size_t i)
{
	char quote = 0;

	for (size_t from = i; i < s.n && i - from < MAX_LINK; i++) {
		if (quote) {
			if (s.p[i] == quote)
				quote = 0;
		} else if (s.p[i] == '>') {
			return i;
		} else if ((s.p[i] == '"' || s.p[i] == '\'') &&
			   s.p[i - 1] == '=') {
			quote = s.p[i];
		}
	}
	return s.n;
}

void
mailto_extract(struct arena *a, struct str s, struct mailto *out)
{
	struct grab g = { a, out, 0 };
	static const struct str word = STR_INIT("mailto:");

	*out = (struct mailto){ 0 };
	for (size_t i = 0; i < s.n;) {
		struct str here = str_from(s, i);
		size_t end;

		if (str_starts(here, STR("<!--"))) {
			ptrdiff_t e = str_find(here, STR("-->"));

			i = e < 0 ? s.n : i + (size_t)e + 3;
		} else if (s.p[i] == '<' && here.n > 1 &&
			   is_alpha(s.p[i + 1]) &&
			   (end = tag_end(s, i)) < s.n) {
			tag(&g, str_make(s.p + i + 1, end - i - 1), s.p);
			i = end + 1;
		} else if (to_lower(s.p[i]) == 'm' && str_startsi(here, word)) {
			g.at = i;
			i += word.n;
			end = i;
			while (end < s.n && end - i < MAX_LINK &&
			       !is_space(s.p[end]) && s.p[end] != '<' &&
			       s.p[end] != '>' && s.p[end] != '"')
				end++;
			here = str_make(s.p + i, end - i);
			while (here.n &&
			       memchr(",.;:!?)]'", here.p[here.n - 1], 9))
				here.n--;
			link_text(&g, here);
			i = end;
		} else {
			i++;
		}
	}
}
