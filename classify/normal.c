/*
 * normal.c: one pass over a reply that gives its normal form (normal.h).
 *
 * Words are the usual case and are copied as they are scanned; anything with
 * a digit, a dot or an @ in it is looked at more closely at its start.  Time
 * is linear: what a look-ahead reads is either consumed or short.
 */
#include <arpa/inet.h>

#include "classify/fold.h"
#include "classify/normal.h"
#include "classify/unwrap.h"
#include "base/banned.h"

enum {
	ADDR_MAX = 320,
	HOST_MAX = 255,
	ID_MIN = 8,
};

enum ctype {
	C_ALPHA = 1,
	C_DIGIT = 2,
	C_HEX = 4,
	C_HOST = 8,   /* may stand in a host name */
	C_LOCAL = 16, /* may stand in the local part of an address */
	C_URL = 32,
	C_SPACE = 64,
};

#define L (C_ALPHA | C_HOST | C_LOCAL | C_URL)
#define H (L | C_HEX)
#define D (C_DIGIT | C_HEX | C_HOST | C_LOCAL | C_URL)
#define M (C_LOCAL | C_URL)
static const unsigned char ctype[256] = {
	['a'] = H,
	['b'] = H,
	['c'] = H,
	['d'] = H,
	['e'] = H,
	['f'] = H,
	['g'] = L,
	['h'] = L,
	['i'] = L,
	['j'] = L,
	['k'] = L,
	['l'] = L,
	['m'] = L,
	['n'] = L,
	['o'] = L,
	['p'] = L,
	['q'] = L,
	['r'] = L,
	['s'] = L,
	['t'] = L,
	['u'] = L,
	['v'] = L,
	['w'] = L,
	['x'] = L,
	['y'] = L,
	['z'] = L,
	['A'] = H,
	['B'] = H,
	['C'] = H,
	['D'] = H,
	['E'] = H,
	['F'] = H,
	['G'] = L,
	['H'] = L,
	['I'] = L,
	['J'] = L,
	['K'] = L,
	['L'] = L,
	['M'] = L,
	['N'] = L,
	['O'] = L,
	['P'] = L,
	['Q'] = L,
	['R'] = L,
	['S'] = L,
	['T'] = L,
	['U'] = L,
	['V'] = L,
	['W'] = L,
	['X'] = L,
	['Y'] = L,
	['Z'] = L,
	['0'] = D,
	['1'] = D,
	['2'] = D,
	['3'] = D,
	['4'] = D,
	['5'] = D,
	['6'] = D,
	['7'] = D,
	['8'] = D,
	['9'] = D,
	['.'] = C_HOST | M,
	['-'] = C_HOST | M,
	['_'] = C_HOST | M,
	['+'] = M,
	['='] = M,
	['%'] = M,
	['&'] = M,
	['?'] = M,
	['/'] = M,
	['#'] = M,
	['~'] = M,
	['*'] = M,
	['!'] = M,
	['$'] = M,
	['^'] = C_LOCAL,
	['{'] = C_LOCAL,
	['|'] = C_LOCAL,
	['}'] = C_LOCAL,
	['`'] = C_LOCAL,
	['@'] = C_URL,
	[':'] = C_URL,
	[';'] = C_URL,
	[','] = C_URL,
	[' '] = C_SPACE,
	['\t'] = C_SPACE,
	['\n'] = C_SPACE,
	['\r'] = C_SPACE,
	['\v'] = C_SPACE,
	['\f'] = C_SPACE,
	['\0'] = C_SPACE,
};
#undef L
#undef H
#undef D
#undef M

static inline bool
is(char c, unsigned kind)
{
	return ctype[(unsigned char)c] & kind;
}

struct pass {
	struct normal *nm;
	struct str s; /* the reply */
	struct str code, dsn;
	size_t next_at; /* offset of the next @, or s.n */
};

static inline void
put(struct normal *nm, char c, size_t from)
{
	if (nm->n < NORMAL_MAX) {
		nm->text[nm->n] = c;
		nm->map[nm->n++] = (uint16_t)from;
	}
}

static inline void
put_space(struct normal *nm, size_t from)
{
	if (nm->n && nm->text[nm->n - 1] != ' ')
		put(nm, ' ', from);
}

static void
put_mark(struct normal *nm, const char *mark, size_t from)
{
	for (; *mark; mark++)
		put(nm, *mark, from);
}

static uint16_t
put_url(struct normal *nm, struct str s)
{
	size_t at = nm->nurls + 1;

	if (nm->nurls + s.n + 1 > NORMAL_URLS_MAX)
		return 0;
	nm->urls[nm->nurls++] = '\n';
	for (size_t i = 0; i < s.n; i++)
		nm->urls[nm->nurls++] = to_lower(s.p[i]);
	return (uint16_t)at;
}

static void
put_token(struct pass *p, enum token_kind kind, size_t from, size_t to)
{
	static const char *const marks[] = {
		[TK_ADDR] = "<addr>",
		[TK_IP] = "<ip>",
		[TK_URL] = "<url>",
		[TK_HOST] = "<host>",
	};
	struct normal *nm = p->nm;
	struct str raw = str_make(p->s.p + from, to - from);

	if (nm->n && nm->text[nm->n - 1] == '<' && to < p->s.n &&
	    p->s.p[to] == '>') {
		nm->n--;
		from = nm->map[nm->n];
	}
	if (nm->ntok < NORMAL_TOKENS_MAX) {
		struct token *t = &nm->tok[nm->ntok++];

		*t = (struct token){ kind, raw, (uint16_t)nm->n, 0 };
		if (kind == TK_URL || kind == TK_HOST)
			t->url = put_url(nm, raw);
	}
	put_mark(nm, marks[kind], from);
}

/* ---- what a word may be; each returns where it ends, or 0 ---- */

static size_t
run(struct str s, size_t i, unsigned kind, size_t max)
{
	size_t end = max && i + max < s.n ? i + max : s.n;

	while (i < end && is(s.p[i], kind))
		i++;
	return i;
}

/* Ends of words that are punctuation of the sentence. */
static size_t
back(struct str s, size_t from, size_t to, const char *off)
{
	while (to > from && strchr(off, s.p[to - 1]))
		to--;
	return to;
}

static size_t
address(struct pass *p, size_t i)
{
	size_t at, end;

	while (p->next_at < i) {
		const char *q = memchr(p->s.p + i, '@', p->s.n - i);

		p->next_at = q ? (size_t)(q - p->s.p) : p->s.n;
	}
	at = p->next_at;
	if (at == p->s.n || at - i > ADDR_MAX || at == i)
		return 0;
	for (size_t k = i; k < at; k++)
		if (!is(p->s.p[k], C_LOCAL))
			return 0;
	end = back(p->s, at, run(p->s, at + 1, C_HOST, HOST_MAX), ".-_@");
	if (end <= at + 1 && p->s.n > at + 1 && p->s.p[at + 1] == '[') {
		end = run(p->s, at + 2, C_HEX | C_HOST | C_URL, 64);
		return end < p->s.n && p->s.p[end] == ']' ? end + 1 : 0;
	}
	return end > at + 1 ? end : 0;
}

static size_t
url(struct str s, size_t i)
{
	size_t n;

	if (str_startsi(str_from(s, i), STR("http://")))
		n = 7;
	else if (str_startsi(str_from(s, i), STR("https://")))
		n = 8;
	else if (str_startsi(str_from(s, i), STR("ftp://")))
		n = 6;
	else
		return 0;
	return back(s, i, run(s, i + n, C_URL, 0), ".,:;!?");
}

static bool
known_top(struct str top)
{
	static const char tops[] =
	    " com net org edu gov mil int info biz name "
	    "pro mobi tel asia eu email mail cloud online site shop app dev xyz "
	    "club top test example invalid local localhost localdomain lan home "
	    "internal corp arpa ex zone jobs ";
	char word[16];

	if (top.n < 2 || top.n > 12)
		return false;
	word[0] = ' ';
	for (size_t i = 0; i < top.n; i++) {
		if (!is_alpha(top.p[i]))
			return false;
		word[i + 1] = to_lower(top.p[i]);
	}
	word[top.n + 1] = ' ';
	return memmem(tops, sizeof(tops) - 1, word, top.n + 2);
}

/* A host name: dots, letters, and an end that is a top level domain.  A
 * sentence that lacks a blank ("rejected.see") is none. */
static size_t
host(struct str s, size_t i)
{
	size_t end = back(s, i, run(s, i, C_HOST, HOST_MAX), ".-_");
	struct str h = str_make(s.p + i, end - i);
	ptrdiff_t dot = str_rchr(h, '.');
	size_t labels = 1, empty = 0;
	struct str top;

	if (dot <= 0)
		return 0;
	top = str_from(h, (size_t)dot + 1);
	for (size_t k = 0; k < h.n; k++)
		if (h.p[k] == '.') {
			labels++;
			empty += h.p[k + 1] == '.';
		}
	if (empty)
		return 0;
	if (known_top(top))
		return end;
	if (top.n != 2 || !is_alpha(top.p[0]) || !is_alpha(top.p[1]))
		return 0;
	/* "no.It is": the sentence went on */
	if (top.p[0] >= 'A' && top.p[0] <= 'Z' && top.p[1] >= 'a')
		return 0;
	if (labels == 2 &&
	    (str_eqi(top, STR("is")) || str_eqi(top, STR("if")) ||
		str_eqi(top, STR("or")) || str_eqi(top, STR("an")) ||
		str_eqi(top, STR("we")) || str_eqi(top, STR("of"))))
		return 0;
	return end;
}

static size_t
ipv4(struct str s, size_t i)
{
	size_t k = i, dots = 0, digits = 0;

	for (; k < s.n && k - i < 16; k++) {
		if (is_digit(s.p[k])) {
			if (++digits > 3)
				return 0;
		} else if (s.p[k] == '.' && digits && dots < 3) {
			dots++;
			digits = 0;
		} else {
			break;
		}
	}
	if (dots != 3 || !digits ||
	    (k < s.n && (is_alpha(s.p[k]) || (s.p[k] == '.' && k + 1 < s.n &&
						 is_digit(s.p[k + 1])))))
		return 0;
	return k;
}

static size_t
ipv6(struct str s, size_t i)
{
	char text[48];
	struct in6_addr a;
	size_t end = i, colons = 0;

	while (end < s.n && end - i < sizeof(text) - 1 &&
	       (is(s.p[end], C_HEX) || s.p[end] == ':' || s.p[end] == '.')) {
		colons += s.p[end] == ':';
		end++;
	}
	end = back(s, i, end, ".");
	if (end - i > 3 && s.p[end - 1] == ':' && s.p[end - 2] != ':')
		end--;
	if (colons < 2 || (end < s.n && is_alnum(s.p[end])))
		return 0;
	memcpy(text, s.p + i, end - i);
	text[end - i] = '\0';
	return inet_pton(AF_INET6, text, &a) == 1 ? end : 0;
}

/* "4F1ABC23DE", "2adb3069b0e04-5982d": no word, no code of a provider. */
static bool
is_id(struct str w)
{
	size_t digits = 0, turns = 0;

	for (size_t i = 0; i < w.n; i++) {
		digits += is_digit(w.p[i]);
		if (i && w.p[i] != '_' && w.p[i - 1] != '_')
			turns += is_digit(w.p[i]) != is_digit(w.p[i - 1]);
	}
	return w.n >= 24 || (w.n >= ID_MIN && digits >= 3 && turns >= 3) ||
	       (w.n >= 12 && digits >= 2 && turns >= 2);
}

/* The code that starts each line of a reply, met again inside it. */
static size_t
code_again(const struct pass *p, size_t i)
{
	struct str s = p->s;
	size_t k = i + 3;

	if (!p->code.n || k >= s.n || memcmp(s.p + i, p->code.p, 3) != 0 ||
	    (s.p[k] != '-' && s.p[k] != ' ') || (i && !is(s.p[i - 1], C_SPACE)))
		return 0;
	k++;
	if (p->dsn.n && str_starts(str_from(s, k), p->dsn) &&
	    (k + p->dsn.n == s.n || is(s.p[k + p->dsn.n], C_SPACE)))
		k += p->dsn.n;
	return k;
}

/* ---- the pass ---- */

/* A word that starts with a digit, or one with a digit, dot or @ behind. */
static size_t
special(struct pass *p, size_t i)
{
	struct str s = p->s;
	size_t end, k;
	bool alpha = false, digit = false;

	if (is_digit(s.p[i])) {
		if ((end = code_again(p, i)) != 0)
			return end;
		if ((end = ipv4(s, i)) != 0) {
			put_token(p, TK_IP, i, end);
			return end;
		}
		if ((k = dsn_at(str_from(s, i))) != 0) {
			for (; k; k--, i++)
				put(p->nm, s.p[i], i);
			return i;
		}
	}
	if ((end = address(p, i)) != 0) {
		put_token(p, TK_ADDR, i, end);
		return end;
	}
	if (is(s.p[i], C_HEX) && (end = ipv6(s, i)) != 0) {
		put_token(p, TK_IP, i, end);
		return end;
	}
	if ((end = host(s, i)) != 0) {
		if (end < s.n && s.p[end] == '/' && end + 1 < s.n &&
		    is(s.p[end + 1], C_URL)) {
			end = back(s, i, run(s, end, C_URL, 0), ".,:;!?");
			put_token(p, TK_URL, i, end);
		} else {
			put_token(p, TK_HOST, i, end);
		}
		return end;
	}
	for (end = i; end < s.n && (is_alnum(s.p[end]) || s.p[end] == '_');
	     end++) {
		alpha |= !is_digit(s.p[end]);
		digit |= is_digit(s.p[end]);
	}
	if (!alpha && end - i >= 4) {
		put_mark(p->nm, "<num>", i);
	} else if (alpha && digit && is_id(str_make(s.p + i, end - i))) {
		put_mark(p->nm, "<id>", i);
	} else {
		for (; i < end; i++) /* ADDRESS_NOT_FOUND is three words */
			put(p->nm,
			    s.p[i] == '_' && !digit ? ' ' : to_lower(s.p[i]),
			    i);
	}
	return end;
}

/* A word of letters, the usual case, copied as it is read. */
static size_t
word(struct pass *p, size_t i)
{
	struct normal *nm = p->nm;
	struct str s = p->s;
	size_t mark = nm->n, from = i;

	if (to_lower(s.p[i]) == 'h' || to_lower(s.p[i]) == 'f') {
		size_t end = url(s, i);

		if (end) {
			put_token(p, TK_URL, i, end);
			return end;
		}
	}
	while (i < s.n && is(s.p[i], C_ALPHA)) {
		put(nm, (char)(s.p[i] | 32), i);
		i++;
	}
	if (i == s.n || !(is(s.p[i], C_HOST | C_LOCAL) || s.p[i] == '@' ||
			    (s.p[i] == ':' && i - from <= 4)))
		return i;
	if ((s.p[i] == '.' || s.p[i] == '-') &&
	    (i + 1 == s.n || !is_alnum(s.p[i + 1])))
		return i;
	nm->n = mark;
	return special(p, from);
}

void
normalise(struct normal *nm, struct str reply, struct str code, struct str dsn)
{
	struct pass p = { .nm = nm,
		.s = str_head(reply, NORMAL_RAW_MAX),
		.code = code,
		.dsn = dsn };
	struct str s = p.s;
	size_t i = 0;
	const char *at = s.n ? memchr(s.p, '@', s.n) : NULL;

	p.next_at = at ? (size_t)(at - s.p) : s.n;
	nm->n = nm->nurls = nm->ntok = 0;
	nm->text[0] = ' ';
	nm->map[0] = 0;
	nm->n = 1;
	while (i < s.n) {
		char c = s.p[i];

		if (is(c, C_ALPHA)) {
			i = word(&p, i);
		} else if (is_digit(c)) {
			i = special(&p, i);
		} else if (is(c, C_SPACE)) {
			put_space(nm, i++);
		} else if ((unsigned char)c >= 0x80) {
			char f[4];
			size_t used, n = fold_char(str_from(s, i), &used, f);

			if (n == 1 && f[0] == ' ')
				put_space(nm, i);
			else
				for (size_t k = 0; k < n; k++)
					put(nm, f[k], i);
			i += used;
		} else if (c == '\\' && i + 1 < s.n && s.p[i + 1] == 'n') {
			put_space(nm, i); /* Exim's way to log a line end */
			i += 2;
		} else if (c == '>' && nm->n >= 6 && nm->ntok &&
			   nm->text[nm->n - 1] == '>' && i &&
			   nm->tok[nm->ntok - 1].raw.p +
				   nm->tok[nm->ntok - 1].raw.n ==
			       s.p + i &&
			   nm->map[nm->n - 1] <
			       nm->tok[nm->ntok - 1].raw.p - s.p) {
			i++; /* the < before the placeholder is gone, too */
		} else {
			put(nm, c, i++);
		}
	}
	put_space(nm, s.n);
	nm->map[nm->n] = (uint16_t)s.n;
	nm->text[nm->n] = '\0';
	nm->urls[nm->nurls] = '\n';
}

struct str
normal_raw(const struct normal *nm, struct str reply, size_t from, size_t to)
{
	size_t a, b;

	if (from >= to || to > nm->n)
		return str_make(reply.p, 0);
	a = nm->map[from];
	b = nm->map[to];
	if (a > reply.n)
		a = reply.n;
	if (b > reply.n)
		b = reply.n;
	return b > a ? str_trim(str_make(reply.p + a, b - a)) :
		       str_make(reply.p + a, 0);
}

const struct token *
normal_token(const struct normal *nm, size_t at)
{
	for (size_t i = 0; i < nm->ntok; i++)
		if (nm->tok[i].at == at)
			return &nm->tok[i];
	return NULL;
}

size_t
normal_fold(struct str s, char *out, size_t max)
{
	size_t n = 0, i = 0;

	while (i < s.n && n + 4 <= max) {
		if ((unsigned char)s.p[i] < 0x80) {
			out[n++] = to_lower(s.p[i++]);
		} else {
			size_t used;

			n += fold_char(str_from(s, i), &used, out + n);
			i += used;
		}
	}
	return n;
}
