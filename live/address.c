/*
 * address.c: RFC 5321 addresses, and the damage that copying does to them.
 *
 * First the text is cleaned of what no address holds (white space around,
 * angle brackets, mailto:, typographic quotes, invisible marks, "(at)").  If
 * that changed anything the text is not an address (A05), and the cleaned
 * form is offered if it is one.  Otherwise the parts are judged: one "@"
 * (A02), local part (A03), domain (A04).
 */
#include "base/buf.h"
#include "live/address.h"
#include "live/idn.h"
#include "live/ip.h"
#include "base/banned.h"

enum { MAX_TEXT = 2000, MAX_LOCAL = 64, MAX_DOMAIN = 253, MAX_LABEL = 63 };

static bool
is_blank_mark(long c)
{
	return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x202f || c == 0x205f || c == 0x3000 || c == 0x2028 ||
	       c == 0x2029;
}

static bool
is_invisible(long c)
{
	return c == 0xad || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || c == 0x180e || (c >= 0xfe00 && c <= 0xfe0f) ||
	       c == '\t' || c == '\r' || c == '\n' || (c > 0 && c < 32) ||
	       (c >= 0x7f && c < 0xa0);
}

static bool
is_fancy_quote(long c)
{
	return (c >= 0x2018 && c <= 0x201f) || c == 0x2039 || c == 0x203a ||
	       c == 0xab || c == 0xbb || c == 0x301d || c == 0x301e ||
	       c == 0xff02;
}

static struct str
show(struct arena *a, struct str s)
{
	struct buf b = BUF_INIT(16 * MAX_TEXT);
	struct str out;

	for (size_t i = 0; i < s.n;) {
		size_t from = i;
		long c = idn_next(s, &i);

		if (c < 0)
			buf_printf(&b, "<%02X>", (unsigned char)s.p[from]);
		else if (is_invisible(c) || (is_blank_mark(c)))
			buf_printf(&b, "<U+%04lX>", c);
		else
			buf_addn(&b, s.p + from, i - from);
	}
	out = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return out;
}

/* Takes marks out, wherever they are, and turns a wide @ into a plain one. */
static struct str
take_out(struct arena *a, struct str s)
{
	struct buf b = BUF_INIT(2 * MAX_TEXT);
	struct str out;
	size_t quotes = 0;

	for (size_t i = 0; i < s.n;) {
		size_t from = i;
		long c = idn_next(s, &i);

		if (c == 0xff20 || c == 0xfe6b)
			buf_putc(&b, '@');
		else if (c == 0xff0e || c == 0x2024)
			buf_putc(&b, '.');
		else if (c >= 0 && is_fancy_quote(c))
			quotes++;
		else if (c < 0 || (!is_invisible(c) && !is_blank_mark(c)))
			buf_addn(&b, s.p + from, i - from);
	}
	out = quotes == 1 && b.n + 1 == s.n ? s : arena_dup(a, buf_str(&b));
	buf_release(&b);
	return out;
}

/* "user (at) good [dot] test" */
static struct str
spoken(struct arena *a, struct str s)
{
	static const struct {
		const char *word;
		char c;
	} words[] = {
		{ "(at)", '@' },
		{ "[at]", '@' },
		{ "{at}", '@' },
		{ "<at>", '@' },
		{ "(dot)", '.' },
		{ "[dot]", '.' },
		{ "{dot}", '.' },
		{ "<dot>", '.' },
		{ "(punkt)", '.' },
		{ " at ", '@' }, /* these two only where there is no @ */
		{ " dot ", '.' },
	};
	size_t nwords =
	    sizeof(words) / sizeof(*words) - (str_chr(s, '@') < 0 ? 0 : 2);
	struct buf b = BUF_INIT(2 * MAX_TEXT);
	struct str out;
	bool any = false;

	for (size_t i = 0; i < s.n;) {
		char c = 0;

		for (size_t k = 0; k < nwords; k++) {
			struct str w = str_c(words[k].word);

			if (!str_startsi(str_from(s, i), w))
				continue;
			c = words[k].c;
			i += w.n;
			while (i < s.n && s.p[i] == ' ')
				i++;
			while (b.n && b.p[b.n - 1] == ' ')
				b.n--;
			any = true;
			break;
		}
		buf_putc(&b, c ? c : s.p[i++]);
	}
	out = any ? arena_dup(a, buf_str(&b)) : s;
	buf_release(&b);
	return out;
}

/* Brackets and quotation marks around it, or left over on one side. */
static struct str
unbracket(struct str s)
{
	static const char pairs[][2] = { { '(', ')' }, { '[', ']' },
		{ '{', '}' }, { '<', '>' }, { '\'', '\'' } };
	bool quoted = s.n && s.p[0] == '"';

	if (str_chr(s, '@') <= 0)
		return s;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct str in = str_from(s, 1);
		bool open = s.p[0] == pairs[i][0];
		bool close = s.p[s.n - 1] == pairs[i][1];

		if (open && close)
			s = str_trim(str_head(in, in.n - 1));
		else if (close && !quoted && str_chr(s, pairs[i][0]) < 0)
			s = str_trim(str_head(s, s.n - 1));
		else if (open && pairs[i][0] != '{' && pairs[i][0] != '\'' &&
			 str_chr(s, pairs[i][1]) < 0)
			s = str_trim(in);
		if (s.n < 3)
			break;
	}
	return s;
}

static struct str
unwrap(struct str s)
{
	ptrdiff_t lt;

	s = str_trim(s);
	while (s.n && memchr(";,:!?", s.p[s.n - 1], 5))
		s = str_trim(str_head(s, s.n - 1));
	lt = str_rchr(s, '<');
	if (s.n && s.p[s.n - 1] == '>' && lt >= 0 &&
	    (lt == 0 || s.p[lt - 1] == ' ' || s.p[lt - 1] == '"'))
		s = str_trim(str_make(s.p + lt + 1, s.n - (size_t)lt - 2));
	if (s.n > 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' &&
	    str_chr(s, '@') > 0)
		s = str_trim(str_make(s.p + 1, s.n - 2));
	s = unbracket(s);
	if (str_startsi(s, STR("mailto:")))
		s = str_trim(str_from(s, 7));
	return s;
}

static void
bad(struct address *out, const char *check, struct str why)
{
	out->fails = check;
	out->why = why;
}

/* Where the "@" is: -1 none, -2 several, -3 an open quote. */
static ptrdiff_t
find_at(struct str s)
{
	ptrdiff_t at = -1;
	size_t i = 0;

	if (s.n && s.p[0] == '"') {
		for (i = 1; i < s.n && s.p[i] != '"'; i++)
			if (s.p[i] == '\\')
				i++;
		if (i >= s.n)
			return -3;
		i++;
	}
	for (; i < s.n; i++) {
		if (s.p[i] != '@')
			continue;
		if (at >= 0)
			return -2;
		at = (ptrdiff_t)i;
	}
	return at;
}

static const char *
judge_local(struct str s, struct address *out)
{
	static const char atext[] = "!#$%&'*+-/=?^_`{|}~";
	bool quoted = s.p[0] == '"';

	if (s.n > MAX_LOCAL)
		return "the part before the @ is longer than 64 octets";
	if (!idn_utf8_ok(s))
		return "the part before the @ is not text";
	if (quoted && (s.n < 2 || s.p[s.n - 1] != '"'))
		return "after the quotation mark the @ must follow";
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		out->utf8_local = out->utf8_local || c > 127;
		if (quoted) {
			if (c < ' ' || c == 127)
				return "a control character stands before the @";
			continue;
		}
		if (c == '.') {
			if (i == 0 || i + 1 == s.n)
				return "the part before the @ must not begin "
				       "or end with a dot";
			if (s.p[i - 1] == '.')
				return "two dots stand side by side before "
				       "the @";
		} else if (c < 128 && !is_alnum((char)c) &&
			   !memchr(atext, c, sizeof(atext) - 1)) {
			return c == ' ' ?
				   "a blank stands before the @" :
				   "a character before the @ is not allowed";
		}
	}
	return NULL;
}

static const char *
judge_labels(struct str s)
{
	struct str rest = s, last = STR("");
	size_t labels = 0;
	bool digits = true;

	if (s.n > MAX_DOMAIN)
		return "the domain is longer than 253 octets";
	while (rest.p) {
		struct str l = str_split(&rest, '.');

		labels++;
		last = l;
		if (!l.n)
			return "a part of the domain between two dots is empty";
		if (l.n > MAX_LABEL)
			return "a part of the domain is longer than 63 octets";
		if (l.p[0] == '-' || l.p[l.n - 1] == '-')
			return "a part of the domain begins or ends with a "
			       "hyphen";
		for (size_t i = 0; i < l.n; i++)
			if (!is_alnum(l.p[i]) && l.p[i] != '-')
				return "the domain holds a character that is "
				       "not allowed";
	}
	if (labels < 2)
		return "the domain has only one part: the ending is missing";
	for (size_t i = 0; i < last.n; i++)
		digits = digits && is_digit(last.p[i]);
	return digits ? "no top-level domain is all digits" : NULL;
}

bool
address_domain(struct arena *a, struct str in, struct str *out,
    const char **why)
{
	struct str ascii;

	*why = NULL;
	if (!idn_ascii(a, in, &ascii))
		*why = "the domain is not a valid international name";
	else
		*why = judge_labels(ascii);
	if (*why)
		return false;
	*out = ascii;
	return true;
}

static const char *
judge_literal(struct str s)
{
	struct ip ip;

	if (s.n < 3 || s.p[s.n - 1] != ']')
		return "the bracket is not closed";
	s = str_make(s.p + 1, s.n - 2);
	if (str_startsi(s, STR("IPv6:")))
		return ip_parse(str_from(s, 5), &ip) && ip.n == 16 ?
			   NULL :
			   "that is not an IPv6 address";
	return ip_parse(s, &ip) && ip.n == 4 ?
		   NULL :
		   "in brackets an IP address must stand";
}

/* A broken domain as it was probably meant, or empty. */
static struct str
repair(struct arena *a, struct str s)
{
	struct buf b = BUF_INIT(MAX_TEXT);
	struct str fixed, out = STR("");
	const char *why;
	struct ip ip;

	if (ip_parse(s, &ip) && ip.n == 4)
		return arena_printf(a, "[" STR_FMT "]", STR_ARG(s));
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] == ',' || s.p[i] == ';' ? '.' : s.p[i];

		if (c == '.' && (!b.n || b.p[b.n - 1] == '.'))
			continue;
		buf_putc(&b, c);
	}
	while (b.n && b.p[b.n - 1] == '.')
		b.n--;
	fixed = arena_dup(a, buf_str(&b));
	if (!str_eq(fixed, s) && address_domain(a, fixed, &fixed, &why))
		out = fixed;
	buf_release(&b);
	return out;
}

static void
judge(struct arena *a, struct str s, struct address *out)
{
	ptrdiff_t at = find_at(s);
	struct str local, domain, fixed;
	const char *why = NULL;

	if (at == -3) {
		bad(out, "A03", STR("a quotation mark is not closed"));
		return;
	}
	if (at < 0) {
		bad(out, "A02",
		    at == -2 ? STR("there is more than one @") :
			       STR("the @ is missing"));
		return;
	}
	local = str_head(s, (size_t)at);
	domain = str_from(s, (size_t)at + 1);
	if (!local.n || !domain.n) {
		bad(out, "A02",
		    local.n ? STR("nothing stands after the @") :
			      STR("nothing stands before the @"));
		return;
	}
	why = judge_local(local, out);
	if (why) {
		bad(out, "A03", str_c(why));
		return;
	}
	out->local = local;
	if (domain.p[0] == '[') {
		why = judge_literal(domain);
		out->literal = !why;
		out->domain = arena_lower(a, domain);
	} else if (address_domain(a, domain, &out->domain, &why)) {
		out->idn = str_find(out->domain, STR("xn--")) >= 0;
		fixed = idn_shown(a, out->domain);
		out->mixed = idn_mixed_scripts(fixed);
		out->mixed_in = fixed;
	}
	if (why) {
		fixed = domain.p[0] == '[' ? STR("") : repair(a, domain);
		bad(out, "A04", str_c(why));
		if (fixed.n)
			out->suggest = arena_printf(a, STR_FMT "@" STR_FMT,
			    STR_ARG(local), STR_ARG(fixed));
		return;
	}
	if (idn_mixed_scripts(local)) {
		out->mixed = true;
		out->mixed_in = local;
	}
	out->normal = arena_printf(a, STR_FMT "@" STR_FMT, STR_ARG(local),
	    STR_ARG(out->domain));
}

void
address_check(struct arena *a, struct str in, struct address *out)
{
	struct address v = { .why = STR(""),
		.suggest = STR(""),
		.normal = STR("") };
	struct address clean = v;
	struct str s;

	if (in.n > MAX_TEXT) {
		v.shown =
		    arena_printf(a, STR_FMT "...", STR_ARG(str_head(in, 60)));
		bad(&v, "A02", STR("the text is far too long"));
		*out = v;
		return;
	}
	v.shown = show(a, in);
	if (in.n && memchr(in.p, '\0', in.n)) {
		bad(&v, "A05", STR("it holds a byte that no text holds"));
		*out = v;
		return;
	}
	s = unwrap(spoken(a, unwrap(take_out(a, in))));
	if (!str_eq(s, in) && s.n) {
		judge(a, s, &clean);
		bad(&v, "A05",
		    STR("it holds what does not belong to an "
			"address"));
		v.suggest = clean.fails ? clean.suggest : clean.normal;
		if (find_at(s) == -1 && str_chr(in, '@') < 0 &&
		    str_eq(str_trim(in), s))
			judge(a, s, &v);
		*out = v;
		return;
	}
	judge(a, in, &v);
	/* "bill.good.test": the first dot should have been the @. */
	if (v.fails && !strcmp(v.fails, "A02") && find_at(in) == -1) {
		ptrdiff_t dot = str_chr(in, '.');

		if (dot > 0 &&
		    str_chr(str_from(in, (size_t)dot + 1), '.') > 0) {
			s = arena_printf(a, STR_FMT "@" STR_FMT,
			    STR_ARG(str_head(in, (size_t)dot)),
			    STR_ARG(str_from(in, (size_t)dot + 1)));
			judge(a, s, &clean);
			if (!clean.fails)
				v.suggest = clean.normal;
		}
	}
	*out = v;
}
