/*
 * exim_item.c: the pieces Exim lines are made of.
 *
 * Which items a line has, and in which order, changed from release to release
 * and with log_selector, so they are read one by one, whatever they are, and
 * who does not know a key skips it.  Spaces may stand inside quoted values,
 * hosts and addresses, which is why nothing here splits at spaces alone.
 *
 * A client chooses much of a line: its HELO, its ident, what it typed.  Exim
 * writes such bytes printable but unquoted; where they could be taken for
 * something else, the last possible reading is preferred, for what Exim itself
 * says comes after them.
 */
#include "parsers/exim.h"
#include "parsers/exim_part.h"
#include "base/banned.h"

enum {
	KEY_MAX = 8,
	PORT_MAX = 8,
	HELO_MAX = 1024, /* how far its end is looked for */
};

static bool
is_key_char(char c)
{
	return is_alnum(c);
}

/* The length of "KEY" when "KEY=" or "KEY*=" comes at p, else 0. */
static inline size_t
key_len(const char *p, const char *end)
{
	size_t n = 0;

	if (end - p > 2 && is_key_char(p[0])) { /* nearly all: R= DT= */
		if (p[1] == '=')
			return 1;
		if (p[2] == '=' && is_key_char(p[1]))
			return 2;
	}
	while (p + n < end && n < KEY_MAX && is_key_char(p[n]))
		n++;
	if (!n || p + n >= end)
		return 0;
	if (p[n] == '*' && p + n + 1 < end && p[n + 1] == '=')
		return n + 1;
	return p[n] == '=' ? n : 0;
}

bool
exim_at_key(const struct scan *sc)
{
	return key_len(sc->p, sc->end) != 0;
}

bool
exim_is_mark(struct str w)
{
	static const struct str marks[] = { STR_INIT("K"), STR_INIT("K*"),
		STR_INIT("L"), STR_INIT("L*"), STR_INIT("L-"), STR_INIT("L.-"),
		STR_INIT("L.*"), STR_INIT("L."), STR_INIT("DS"),
		STR_INIT("PRDR"), STR_INIT("TFO"), STR_INIT("TFO*"),
		STR_INIT("SPF"), STR_INIT("DMARC"), STR_INIT("ARC") };

	if (!w.n || w.p[0] < 'A' || w.p[0] > 'T')
		return false;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (str_eq(w, marks[i]))
			return true;
	return false;
}

/* What may stand behind a value: nothing, an item, a mark, the message. */
static bool
value_ends(const char *p, const char *end)
{
	static const struct str words[] = { STR_INIT("rejected "),
		STR_INIT("temporarily "), STR_INIT("sender verify "),
		STR_INIT("RCPT "), STR_INIT("Warning: "),
		STR_INIT("incomplete "), STR_INIT("closed "),
		STR_INIT("lost") };
	struct str rest = str_make(p, (size_t)(end - p));
	struct str word;

	if (!rest.n || rest.p[0] == ':')
		return true;
	if (rest.p[0] != ' ')
		return false;
	rest = str_from(rest, 1);
	if (!rest.n || rest.p[0] == ':' || exim_words(rest, STR("from <")) ||
	    exim_words(rest, STR("for ")) || key_len(rest.p, end))
		return true;
	word = rest;
	word = str_split(&word, ' ');
	if (exim_is_mark(word))
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_starts(rest, words[i]))
			return true;
	return false;
}

/*
 * A quoted value whose opening quote has been taken: up to the first closing
 * quote that something sensible follows.  Older releases leave quotes inside
 * as they are.
 */
static struct str
quoted(struct scan *sc)
{
	const char *from = sc->p, *q = from;

	while ((q = memchr(q, '"', (size_t)(sc->end - q))) != NULL) {
		size_t slashes = 0;

		while (q - slashes > from && q[-1 - (ptrdiff_t)slashes] == '\\')
			slashes++;
		if (!(slashes & 1) && value_ends(q + 1, sc->end)) {
			sc->p = q + 1;
			return str_make(from, (size_t)(q - from));
		}
		q++;
	}
	sc->p = sc->end; /* cut */
	return str_make(from, (size_t)(sc->end - from));
}

/* Whether " K=", " KEY=", " for " or " from" comes, and more. */
static inline bool
goes_on(const char *p, const char *end)
{
	if (end - p < 7 || p[0] != ' ' || !is_key_char(p[1]))
		return false;
	return p[2] == '=' || (p[3] == '=' && is_key_char(p[2])) ||
	       str_same(p + 1, "for ", 4) || str_same(p + 1, "from <", 6);
}

bool
exim_value(struct scan *sc, struct item *it, const char *p)
{
	const char *q;

	if (!it->letter || it->letter == 'i')
		return false;
	if (*p == '"') {
		q = scan_either(p + 1, sc->end, '"', '\\');
		if (q == sc->end || *q != '"' || !goes_on(q + 1, sc->end))
			return false;
		it->val = str_make(p + 1, (size_t)(q - p - 1));
		sc->p = q + 1;
		return true;
	}
	if (*p == '<' && it->letter != 'A') {
		q = scan_either(p + 1, sc->end, '>', '"');
		if (sc->end - q < 2 || q[0] != '>' || q[1] != ' ')
			return false;
		it->val = str_make(p, (size_t)(q + 1 - p));
		sc->p = q + 1;
		return true;
	}
	return false;
}

bool
exim_item(struct scan *sc, struct item *it)
{
	const char *p = sc->p, *q;
	size_t n;

	while (p < sc->end && *p == ' ')
		p++;
	sc->p = p;
	if (p == sc->end || *p == ':')
		return false;
	n = key_len(p, sc->end);
	it->letter = n == 1 && *p != 'H' ? *p : 0;
	if (!n) {
		q = exim_word_end(p, sc->end);
		if (q == p) /* cannot be: a ':' was seen above */
			return false;
		it->key = STR_NONE;
		it->val = str_make(p, (size_t)(q - p));
		sc->p = q;
		return true;
	}
	it->key = str_make(p, n);
	p += n + 1;
	if (p < sc->end && *p == '"' && *it->key.p != 'i') {
		sc->p = p + 1;
		it->val = quoted(sc);
		return true;
	}
	if (p < sc->end && *p == '"') { /* id="a b"@c */
		q = memchr(p + 1, '"', (size_t)(sc->end - p - 1));
		q = exim_word_end(q ? q : p, sc->end);
	} else if (p < sc->end && *p == '<') { /* F=<"a b"@c> */
		struct str inside;

		sc->p = p;
		q = exim_word_end(exim_angle(sc, &inside) ? sc->p : p, sc->end);
	} else {
		q = exim_word_end(p, sc->end);
	}
	while (*it->key.p == 'A' && n == 1 && q < sc->end &&
	       !value_ends(q, sc->end))
		q = exim_word_end(q + 1,
		    sc->end); /* a login may hold a space */
	it->val = str_make(p, (size_t)(q - p));
	sc->p = q;
	return true;
}

/*
 * The " [" before the address of a host whose HELO, in parentheses, begins at
 * p; NULL when there is none.  A HELO may hold ") [" itself: a later group
 * counts as long as no item, quote or message came between.
 */
static const char *
after_helo(const char *p, const char *end)
{
	const char *found = NULL;

	if (end - p > HELO_MAX)
		end = p + HELO_MAX;
	for (; p + 2 < end; p++) {
		if (p[0] == ')' && p[1] == ' ' && p[2] == '[')
			found = p;
		else if (!found)
			continue;
		else if (p[0] == '"' || (p[0] == ':' && p[1] == ' ') ||
			 (p[0] == ' ' && p[1] >= 'A' && p[1] <= 'Z' &&
			     key_len(p + 1, end)))
			break;
	}
	return found;
}

static void
address(struct scan *sc, struct exim_host *h)
{
	const char *from = sc->p + 1;
	const char *q = scan_either(from, sc->end, ']', ' ');

	if (q < sc->end && *q == ' ' && q > from && q[-1] == ':')
		q--; /* "[192.0.2.1: text", printed so when it was cut */
	h->ip = str_make(from, (size_t)(q - from));
	if (q < sc->end && *q == ']')
		q++;
	if (q + 1 < sc->end && *q == ':' && q[1] != ' ') {
		const char *port = ++q;

		while (q < sc->end && q - port < PORT_MAX && *q != ' ' &&
		       *q != ':' && *q != '*')
			q++;
		h->port = str_make(port, (size_t)(q - port));
	}
	if (q < sc->end && *q == '*')
		q++;
	sc->p = q;
}

void
exim_host(struct scan *sc, struct exim_host *h)
{
	const char *p = sc->p, *q;

	*h = (struct exim_host){ 0 };
	if (p < sc->end && *p != '[' && *p != '(') {
		q = exim_word_end(p, sc->end);
		h->name = str_make(p, (size_t)(q - p));
		sc->p = p = q;
		if (scan_opt(sc, STR(" DS [")))
			p = sc->p - 2;
		if (sc->end - p < 2 || p[0] != ' ' ||
		    (p[1] != '[' && p[1] != '('))
			return;
		p++;
	}
	if (p < sc->end && *p == '(') {
		q = after_helo(p + 1, sc->end);
		if (!q && h->name.p)
			return; /* "from user (more than 998 characters)" */
		if (!q)
			q = memchr(p, ')', (size_t)(sc->end - p));
		if (!q) { /* cut */
			h->helo = str_make(p + 1, (size_t)(sc->end - p - 1));
			sc->p = sc->end;
			return;
		}
		h->helo = str_make(p + 1, (size_t)(q - p - 1));
		p = q + 1;
		if (sc->end - p >= 2 && p[0] == ' ' && p[1] == '[')
			p++;
	}
	sc->p = p;
	if (p < sc->end && *p == '[')
		address(sc, h);
}

void
exim_set_client(struct event *ev, const struct exim_host *h)
{
	if (h->name.n)
		ev_set(ev, F_CLIENT_NAME, h->name);
	if (h->helo.p)
		ev_set(ev, F_HELO, h->helo);
	if (h->ip.n)
		ev_set(ev, F_CLIENT_IP, h->ip);
	if (h->port.n)
		ev_set(ev, F_CLIENT_PORT, h->port);
}

void
exim_set_relay(struct event *ev, const struct exim_host *h)
{
	if (h->name.n || h->helo.n)
		ev_set(ev, F_RELAY_NAME, h->name.n ? h->name : h->helo);
	if (h->ip.n)
		ev_set(ev, F_RELAY_IP, h->ip);
	if (h->port.n)
		ev_set(ev, F_RELAY_PORT, h->port);
}

/* The id may hold ':'; a sender (smtp_mailauth) is the last and an address. */
void
exim_set_auth(struct event *ev, struct str val)
{
	struct str id = val;
	struct str method = str_split(&id, ':');
	ptrdiff_t i;

	ev_set(ev, F_METHOD, method);
	if (!id.n)
		return;
	i = str_rchr(id, ':');
	if (i > 0 && str_chr(str_from(id, (size_t)i), '@') > 0)
		id.n = (size_t)i;
	ev_set(ev, F_USER, id);
}

struct str
exim_ip(struct str val)
{
	ptrdiff_t i;

	if (!val.n || val.p[0] != '[')
		return val;
	i = str_chr(val, ']');
	return str_make(val.p + 1, (i < 0 ? val.n : (size_t)i) - 1);
}

/* The '>' behind p, quotes respected; NULL: none. */
static __attribute__((noinline)) const char *
quoted_angle(const char *p, const char *end)
{
	const char *q = memchr(p, '>', (size_t)(end - p)), *r = p;
	bool in_quotes = false;

	if (!q || !memchr(p, '"', (size_t)(q - p)))
		return q;
	for (; r < end && (in_quotes || *r != '>'); r++) {
		if (in_quotes && *r == '\\' && r + 1 < end)
			r++;
		else if (*r == '"')
			in_quotes = !in_quotes;
	}
	return r < end ? r : q; /* else a stray quote: the first '>' */
}

bool
exim_angle(struct scan *sc, struct str *inside)
{
	const char *p = sc->p, *q;

	if (p == sc->end || *p != '<')
		return false;
	p++;
	q = scan_either(p, sc->end, '>', '"');
	if (q < sc->end && *q == '"')
		q = quoted_angle(p, sc->end);
	if (!q || q == sc->end)
		return false;
	*inside = str_make(p, (size_t)(q - p));
	sc->p = q + 1;
	return true;
}

struct str
exim_message(struct scan *sc)
{
	if (sc->p < sc->end && *sc->p == ' ')
		sc->p++;
	if (sc->p < sc->end && *sc->p == ':')
		sc->p++;
	while (sc->p < sc->end && *sc->p == ' ')
		sc->p++;
	return scan_rest(sc);
}

/* "AUTH PLAIN AGEAYg==", or a line that is nothing but base64. */
bool
exim_secret(struct str typed)
{
	size_t n = 0;
	bool odd = false;

	if (str_chr(typed, '"') >= 0)
		typed = str_head(typed, (size_t)str_chr(typed, '"'));
	typed = str_trim(typed);
	if (str_startsi(typed, STR("AUTH ")))
		return str_chr(str_trim(str_from(typed, 5)), ' ') > 0;
	for (; n < typed.n; n++) {
		char c = typed.p[n];

		if (!is_alnum(c) && c != '+' && c != '/' && c != '=')
			break;
		odd |= is_digit(c) || c == '=' || (n && c >= 'A' && c <= 'Z');
	}
	/* a command has four letters; what follows a password is cut off */
	return n >= 8 && odd && (n == typed.n || typed.p[n] == '\\');
}

/* One escape as Exim's string_printing() writes it: \n \t \\ \" \ooo. */
static size_t
unescape(struct str s, char *c)
{
	static const char from[] = "nrtbfv", to[] = "\n\r\t\b\f\v";
	const char *q;

	if (s.n >= 4 && s.p[1] >= '0' && s.p[1] <= '3' && s.p[2] >= '0' &&
	    s.p[2] <= '7' && s.p[3] >= '0' && s.p[3] <= '7') {
		*c = (char)((s.p[1] - '0') << 6 | (s.p[2] - '0') << 3 |
			    (s.p[3] - '0'));
		return 4;
	}
	q = s.p[1] ? strchr(from, s.p[1]) : NULL;
	*c = q ? to[q - from] : s.p[1];
	return 2;
}

void
exim_unescape(struct str s, struct buf *out)
{
	while (s.n) {
		char c = s.p[0];
		size_t n = 1;

		if (c == '\\' && s.n > 1)
			n = unescape(s, &c);
		buf_putc(out, c);
		s = str_from(s, n);
	}
}
