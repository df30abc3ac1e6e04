/*
 * spf_macro.c: macros of SPF (RFC 7208 section 7): is the text well formed,
 * and what does it become.
 */
#include <stdio.h>

#include "base/buf.h"
#include "live/spf.h"
#include "base/banned.h"

enum { MAX_TEXT = 4096, MAX_NAME = 253 };

struct macro {
	char letter;
	unsigned keep; /* labels; 0: all */
	bool reverse;
	struct str delims;
};

/* Reads "{...}" at s.p[at]; returns what follows it, or 0: not a macro. */
static size_t
read_macro(struct str s, size_t at, struct macro *m)
{
	size_t i = at, from;

	*m = (struct macro){ .delims = STR(".") };
	if (i >= s.n || s.p[i++] != '{')
		return 0;
	if (i >= s.n || !memchr("slodiphcrtv", to_lower(s.p[i]), 11))
		return 0;
	m->letter = s.p[i++];
	from = i;
	while (i < s.n && is_digit(s.p[i])) {
		m->keep = m->keep > 1000 ?
			      1000 :
			      m->keep * 10 + (unsigned)(s.p[i] - '0');
		i++;
	}
	if (i > from && !m->keep)
		return 0;
	if (i < s.n && (s.p[i] == 'r' || s.p[i] == 'R')) {
		m->reverse = true;
		i++;
	}
	from = i;
	while (i < s.n && memchr(".-+,/_=", s.p[i], 7))
		i++;
	if (i > from)
		m->delims = str_make(s.p + from, i - from);
	return i < s.n && s.p[i] == '}' ? i + 1 : 0;
}

/* Ends in ".label" where label is a possible top-level domain. */
static bool
good_end(struct str s)
{
	ptrdiff_t dot;
	bool alpha = false;

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	dot = str_rchr(s, '.');
	if (dot < 0)
		return false;
	s = str_from(s, (size_t)dot + 1);
	if (!s.n || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
		alpha = alpha || !is_digit(s.p[i]);
	}
	return alpha;
}

bool
spf_macro_ok(struct str s, bool domain_spec, bool *macros)
{
	bool ends_in_macro = false;
	struct macro m;
	size_t i = 0;

	*macros = false;
	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];

		ends_in_macro = false;
		if (c < 33 || c > 126)
			return false;
		if (c != '%') {
			i++;
			continue;
		}
		*macros = true;
		if (++i >= s.n)
			return false;
		if (memchr("%_-", s.p[i], 3)) {
			i++;
			continue;
		}
		i = read_macro(s, i, &m);
		if (!i)
			return false;
		if (memchr("crtCRT", m.letter, 6) && domain_spec)
			return false;
		ends_in_macro = true;
	}
	return !domain_spec || ends_in_macro || good_end(s);
}

bool
spf_uses_p(struct str s)
{
	return str_findi(s, STR("%{p")) >= 0;
}

static struct str
nibbles(struct arena *a, const struct ip *ip)
{
	char text[64];

	if (ip->n == 4)
		return ip_text(a, ip);
	for (int i = 0; i < 16; i++) {
		text[4 * i] = "0123456789abcdef"[ip->b[i] >> 4];
		text[4 * i + 1] = '.';
		text[4 * i + 2] = "0123456789abcdef"[ip->b[i] & 15];
		text[4 * i + 3] = '.';
	}
	return arena_dup(a, str_make(text, 63));
}

static struct str
value(struct arena *a, char letter, const struct spf_macro_in *m)
{
	const struct spf_in *in = m->in;
	ptrdiff_t at = str_rchr(in->sender, '@');
	struct str local =
	    at > 0 ? str_head(in->sender, (size_t)at) : STR("postmaster");
	struct str dom =
	    at >= 0 ? str_from(in->sender, (size_t)at + 1) : in->helo;

	switch (to_lower(letter)) {
	case 's':
		return arena_printf(a, STR_FMT "@" STR_FMT, STR_ARG(local),
		    STR_ARG(dom));
	case 'l':
		return local;
	case 'o':
		return dom;
	case 'd':
		return m->domain;
	case 'i':
		return nibbles(a, &in->ip);
	case 'p':
		return m->validated.n ? m->validated : STR("unknown");
	case 'v':
		return in->ip.n == 4 ? STR("in-addr") : STR("ip6");
	case 'h':
		return in->helo;
	case 'c':
		return ip_text(a, &in->ip);
	case 'r':
		return in->receiver.n ? in->receiver : STR("unknown");
	default:
		return arena_printf(a, "%lld", (long long)in->now);
	}
}

static void
put(struct buf *b, struct str s, bool escape)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!escape || is_alnum((char)c) || memchr("-._~", c, 4))
			buf_putc(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

static void
put_macro(struct arena *a, struct buf *b, const struct macro *m,
    const struct spf_macro_in *in)
{
	struct str part[128], v = value(a, m->letter, in);
	bool escape = m->letter < 'a';
	size_t n = 0, from = 0, skip;

	for (size_t i = 0; i <= v.n && n < 128; i++) {
		if (i < v.n && !memchr(m->delims.p, v.p[i], m->delims.n))
			continue;
		part[n++] = str_make(v.p + from, i - from);
		from = i + 1;
	}
	skip = m->keep && m->keep < n ? n - m->keep : 0;
	for (size_t i = skip; i < n; i++) {
		if (i > skip)
			buf_putc(b, '.');
		put(b, m->reverse ? part[n - 1 - i] : part[i], escape);
	}
}

bool
spf_expand(struct arena *a, struct str s, const struct spf_macro_in *in,
    struct str *out)
{
	struct buf b = BUF_INIT(MAX_TEXT);
	struct macro m;
	size_t i = 0;
	bool ok = true;

	while (ok && i < s.n) {
		if (s.p[i] != '%') {
			buf_putc(&b, s.p[i++]);
			continue;
		}
		if (++i >= s.n) {
			ok = false;
		} else if (s.p[i] == '%') {
			buf_putc(&b, '%');
			i++;
		} else if (s.p[i] == '_') {
			buf_putc(&b, ' ');
			i++;
		} else if (s.p[i] == '-') {
			buf_puts(&b, "%20");
			i++;
		} else {
			i = read_macro(s, i, &m);
			ok = i && (in->explanation ||
				      !memchr("crtCRT", m.letter, 6));
			if (ok)
				put_macro(a, &b, &m, in);
		}
	}
	ok = ok && !b.toobig;
	if (ok) {
		struct str v = arena_dup(a, buf_str(&b));

		if (!in->explanation && v.n && v.p[v.n - 1] == '.')
			v.n--;
		while (!in->explanation && v.n > MAX_NAME) {
			ptrdiff_t dot = str_chr(v, '.');

			v = dot < 0 ? STR("") : str_from(v, (size_t)dot + 1);
		}
		*out = v;
	}
	buf_release(&b);
	return ok;
}
