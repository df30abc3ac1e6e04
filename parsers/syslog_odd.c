/*
 * syslog_odd.c: every header but the two usual ones.
 *
 * A header may stand in another one (a container's line holds a syslog line, a
 * relay put its own before it): each takes itself off and asks again, at most
 * FRAME_DEPTH times.  The innermost time is the time; the innermost host, too.
 * What begins with nothing known is text, unless it reads "host tag[pid]: ".
 */
#include "parsers/syslog_part.h"
#include "parsers/syslog_scan.h"
#include "base/banned.h"

enum {
	WORD_MAX = 64, /* of a container's name, a tag without a time */
	REPEAT_MAX = 1000000,
};

/* ---- inside the text ---- */

/* "message repeated 2 times: [ text]" */
static bool
repeated(struct line *ln, struct str s)
{
	static const struct str lead = STR_INIT("message repeated ");
	static const struct str last = STR_INIT("last message repeated ");
	bool wrapped = str_starts(s, lead);
	uint64_t n = 0;
	size_t i = 0;

	if (!wrapped && !str_starts(s, last))
		return false;
	s = str_from(s, wrapped ? lead.n : last.n);
	while (i < s.n && is_digit(s.p[i]) && n < REPEAT_MAX)
		n = n * 10 + (unsigned)(s.p[i++] - '0');
	if (!i || n == 0 || n > REPEAT_MAX)
		return false;
	s = str_from(s, i);
	if (!wrapped) {
		if (!str_starts(s, STR(" time")))
			return false;
		ln->repeat = (unsigned)n;
		ln->flags |= LINE_REPEATED;
		return true;
	}
	if (!str_starts(s, STR(" times: [")))
		return false;
	s = str_from(s, 9);
	if (s.n && *s.p == ' ')
		s = str_from(s, 1);
	if (s.n && s.p[s.n - 1] == ']')
		s.n--;
	ln->text = s;
	ln->repeat = (unsigned)n - 1;
	ln->flags |= LINE_REPEATED;
	return true;
}

/*
 * exim[1]: [1/3] 2014-02-17 12:36:16 text
 * Exim's own time has a year.  A header with year and zone is believed more
 * than a time without zone.
 */
static void
inner_time(struct syslog *sl, struct line *ln)
{
	struct str s = ln->text;
	struct stamp st;
	size_t i = 1;

	if (s.n > 24 && *s.p == '[' && s.p[1] == '1') {
		while (i < 12 && s.p[i] != ' ')
			i++;
		s = str_from(s, i + 1);
	}
	if (s.n < 19 || !is_digit(*s.p) || s.p[4] != '-' ||
	    !stamp_parse(s, &st) || !st.year)
		return;
	if (!(ln->flags & (LINE_YEAR | LINE_ZONE | LINE_NO_TIME)) && !st.zone)
		return;
	syslog_time(sl, ln, &st);
}

void
syslog_text(struct syslog *sl, struct line *ln)
{
	struct str s = ln->text;

	while (s.n && *s.p == ' ')
		s = str_from(s, 1);
	if (s.n > 18 && (*s.p == 'm' || *s.p == 'l') && repeated(ln, s))
		return;
	if (str_startsi(ln->prog, STR("exim")))
		inner_time(sl, ln);
}

/* ---- RFC 5424 ---- */

/* The word before the next space; "-" is empty. */
static struct str
field(struct str *s)
{
	struct str rest = *s, w = str_split(&rest, ' ');

	*s = rest.p ? rest : str_from(*s, s->n);
	return str_eq(w, STR("-")) ? STR("") : w;
}

/* [id name="value" ...][...]: what follows it. */
static struct str
skip_data(struct str s)
{
	if (s.n && *s.p == '-')
		return str_from(s, 1);
	while (s.n && *s.p == '[') {
		bool quoted = false;
		size_t i = 1;

		for (; i < s.n; i++) {
			if (quoted && s.p[i] == '\\')
				i++;
			else if (s.p[i] == '"')
				quoted = !quoted;
			else if (!quoted && s.p[i] == ']')
				break;
		}
		s = str_from(s, i + 1);
	}
	return s;
}

static bool
all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

static struct str
component(struct str tag)
{
	ptrdiff_t i = str_rchr(tag, '/');

	return i < 0 ? tag : str_from(tag, (size_t)i + 1);
}

/* TIME HOST APP PROCID MSGID SD MSG; false: no such thing. */
static bool
rfc5424(struct syslog *sl, struct line *ln, struct str s)
{
	struct str t = field(&s), host, pid;
	struct stamp st;
	bool canon;

	if (t.n && (!stamp_parse(t, &st) || st.n != t.n || !st.year))
		return false;
	ln->frame = FRAME_5424;
	if (t.n)
		syslog_time(sl, ln, &st);
	host = field(&s);
	ln->host = host;
	ln->tag = field(&s);
	ln->prog = component(ln->tag);
	pid = field(&s);
	ln->pid = all_digits(pid) ? pid : STR("");
	field(&s); /* MSGID */
	s = skip_data(s);
	while (s.n && *s.p == ' ')
		s = str_from(s, 1);
	if (str_starts(s, STR("\xef\xbb\xbf")))
		s = str_from(s, 3);
	ln->text = s;
	if (!ln->tag.n)
		syslog_tag(ln, s, &canon);
	syslog_text(sl, ln);
	return true;
}

/* ---- what begins with a digit ---- */

/* Exim in some old set-ups: "2016-04-01 11:08:00 info exim[8003]: ..." */
static bool
is_level(struct str w)
{
	static const struct str levels[] = { STR_INIT("info"),
		STR_INIT("notice"), STR_INIT("alert"), STR_INIT("warning"),
		STR_INIT("error"), STR_INIT("err"), STR_INIT("debug"),
		STR_INIT("crit"), STR_INIT("emerg") };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (str_eq(w, levels[i]))
			return true;
	return false;
}

/* "name[123]:" */
static bool
is_tag_pid(struct str w)
{
	ptrdiff_t i = str_chr(w, '[');

	return i > 0 && w.n > (size_t)i + 3 && is_alpha(*w.p) &&
	       w.p[w.n - 1] == ':' && w.p[w.n - 2] == ']' &&
	       all_digits(str_make(w.p + i + 1, w.n - (size_t)i - 3));
}

static struct str
word(struct str s, size_t from)
{
	struct str rest = str_from(s, from);

	return rest.n ? str_split(&rest, ' ') : rest;
}

/* "host tag[pid]: text" without a time, or "tag[pid]: text". */
static bool
untimed(struct line *ln, struct rest r)
{
	struct str w = word(r.s, 0), w2;
	bool canon;

	if (w.n > 255)
		return false;
	if (is_tag_pid(w) || (r.lax && w.n > 1 && w.n < WORD_MAX &&
				 w.p[w.n - 1] == ':' && is_alpha(*w.p)))
		return syslog_tag(ln, r.s, &canon);
	w2 = word(r.s, w.n + 1);
	if (!w.n || !is_tag_pid(w2) || !is_alnum(*w.p) || w.p[w.n - 1] == ':')
		return false;
	if (!syslog_tag(ln, str_from(r.s, w.n + 1), &canon))
		return false;
	ln->host = w;
	return true;
}

/* Perhaps it goes on "host tag[pid]: text", the tag of n bytes. */
static __attribute__((noinline)) void
native_head(struct syslog *sl, struct line *ln, struct str host,
    struct str rest, size_t n)
{
	bool canon;

	if (is_tag_pid(str_head(rest, n)) && is_alnum(*host.p) &&
	    !is_level(host) && syslog_tag(ln, rest, &canon)) {
		ln->frame = FRAME_ISO;
		ln->host = host;
		syslog_text(sl, ln);
	}
}

/* 2016-04-01 11:08:00[.123][ +0100] ...: a program's own file, or syslog. */
void
syslog_native(struct syslog *sl, struct line *ln, struct str s, size_t n)
{
	const char *end = s.p + s.n, *p = n < s.n ? s.p + n + 1 : end;
	const char *q, *q_end = two_words(p, end, &q);

	ln->frame = FRAME_NATIVE;
	ln->text = s;
	if (q_end - q > 4 && q_end[-1] == ':')
		native_head(sl, ln, str_make(p, (size_t)(q - 1 - p)),
		    str_make(q, (size_t)(end - q)), (size_t)(q_end - q));
}

/* "83 <22>1 ...": the count's length, or 0. */
static size_t
octet_count(struct str s)
{
	size_t i = 0;

	while (i < s.n && i < 7 && is_digit(s.p[i]))
		i++;
	return i && i + 2 < s.n && s.p[i] == ' ' && s.p[i + 1] == '<' &&
		       is_digit(s.p[i + 2]) ?
		   i + 1 :
		   0;
}

static bool
digit_first(struct syslog *sl, struct line *ln, struct rest r)
{
	struct stamp st;
	bool canon;
	size_t n = octet_count(r.s);

	if (n) {
		r.s = str_from(r.s, n);
		syslog_any(sl, ln, r);
		return true;
	}
	if (r.s.n > 22 && r.s.p[0] == '1' && r.s.p[1] == ' ' &&
	    rfc5424(sl, ln, str_from(r.s, 2)))
		return true;
	if (r.s.n < 19)
		return false;
	if (r.s.p[4] == ' ') { /* 2013 Jun 10 06:48:17.123 host ... */
		if (!stamp_parse(r.s, &st) || st.n == r.s.n ||
		    r.s.p[st.n] != ' ')
			return false;
		syslog_time(sl, ln, &st);
		ln->frame = FRAME_OTHER;
		r.s = str_from(r.s, st.n + 1);
		r.timed = true;
		syslog_head(sl, ln, r);
		return true;
	}
	n = syslog_iso(sl, ln, r.s, &canon);
	if (!n || (n < r.s.n && r.s.p[n] != ' '))
		return false;
	if (r.s.p[10] != 'T') {
		syslog_native(sl, ln, r.s, n);
		return true;
	}
	ln->frame = FRAME_ISO;
	ln->text = str_from(r.s, n + 1);
	if (n < r.s.n) {
		r.s = str_from(r.s, n + 1);
		r.timed = true;
		syslog_head(sl, ln, r);
	}
	return true;
}

/* ---- what begins with a letter ---- */

/* "postfix-1  | Jul  6 ..." of docker compose: the prefix's length, or 0. */
static size_t
compose_prefix(struct str s)
{
	size_t i = 0, w;

	while (i < s.n && i < WORD_MAX &&
	       (is_alnum(s.p[i]) || s.p[i] == '-' || s.p[i] == '_' ||
		   s.p[i] == '.'))
		i++;
	w = i;
	while (i < s.n && i < 2 * WORD_MAX && s.p[i] == ' ')
		i++;
	if (i == w || i + 1 >= s.n || s.p[i] != '|' || s.p[i + 1] != ' ')
		return 0;
	return i + 2;
}

static bool
letter_first(struct syslog *sl, struct line *ln, struct rest r)
{
	struct stamp st;
	size_t n;

	if (stamp_parse(r.s, &st) &&
	    (st.n == r.s.n || r.s.p[st.n] == ' ' || r.s.p[st.n] == ':')) {
		syslog_time(sl, ln, &st);
		if (st.year) { /* Fri Jan  2 03:04:05 2026 ... */
			ln->frame = FRAME_NATIVE;
			ln->text = r.s;
			return true;
		}
		ln->frame = FRAME_BSD;
		n = st.n + (st.n < r.s.n && r.s.p[st.n] == ':');
		r.s = str_from(r.s, n + 1);
		ln->text = r.s;
		r.timed = true;
		if (r.s.n)
			syslog_head(sl, ln, r);
		return true;
	}
	if (str_starts(r.s, STR("data: {"))) {
		r.s = str_from(r.s, 6);
		return journal_json(sl, ln, r);
	}
	n = compose_prefix(r.s);
	if (n) {
		r.s = str_from(r.s, n);
		r.lax = true;
		syslog_any(sl, ln, r);
		return true;
	}
	return false;
}

/* ---- all ---- */

/* "<22>Jan ...", "<22>1 2026-...", "<22>tag: ..." */
static bool
pri(struct syslog *sl, struct line *ln, struct rest r)
{
	size_t i = 1;

	while (i < r.s.n && i < 4 && is_digit(r.s.p[i]))
		i++;
	if (i == 1 || i >= r.s.n || r.s.p[i] != '>')
		return false;
	r.s = str_from(r.s, i + 1);
	if (r.s.n > 2 && r.s.p[0] == '1' && r.s.p[1] == ' ' &&
	    rfc5424(sl, ln, str_from(r.s, 2)))
		return true;
	r.lax = true;
	syslog_any(sl, ln, r);
	return true;
}

/* @4000000069573d9507270e00 imap-login: Info: ... */
static bool
tai64n(struct syslog *sl, struct line *ln, struct rest r)
{
	struct stamp st;

	if (!stamp_parse(r.s, &st) || (st.n < r.s.n && r.s.p[st.n] != ' '))
		return false;
	syslog_time(sl, ln, &st);
	ln->frame = FRAME_OTHER;
	r.s = str_from(r.s, st.n + 1);
	r.timed = true;
	r.lax = true;
	ln->text = r.s;
	syslog_any(sl, ln, r);
	return true;
}

/* "[2026-01-02 03:04:05,123] ...": a program's own file. */
static bool
bracketed(struct syslog *sl, struct line *ln, struct rest r)
{
	struct stamp st;

	if (!stamp_parse(str_from(r.s, 1), &st) || !st.year)
		return false;
	syslog_time(sl, ln, &st);
	ln->frame = FRAME_NATIVE;
	ln->text = r.s;
	return true;
}

/* The line without ESC [ ... m, in sl->clean. */
struct str
syslog_plain(struct syslog *sl, struct str s)
{
	buf_clear(&sl->clean);
	while (s.n) {
		const char *e = memchr(s.p, 033, s.n);
		size_t n = e ? (size_t)(e - s.p) : s.n, i = n + 1;

		buf_addn(&sl->clean, s.p, n);
		if (i < s.n && s.p[i] == '[')
			for (i++;
			     i < s.n && (is_digit(s.p[i]) || s.p[i] == ';');)
				i++;
		if (e && !(i < s.n && s.p[i] == 'm' && i > n + 1)) {
			buf_putc(&sl->clean, 033);
			i = n;
		}
		s = str_from(s, i + 1);
	}
	return buf_str(&sl->clean);
}

void
syslog_any(struct syslog *sl, struct line *ln, struct rest r)
{
	bool done = false;

	if (r.depth == 0 && ln->flags & LINE_ESC)
		r.s = syslog_plain(sl, r.s);
	if (r.s.n && *r.s.p == 036) /* json-seq */
		r.s = str_from(r.s, 1);
	if (str_starts(r.s, STR("\xef\xbb\xbf")))
		r.s = str_from(r.s, 3);
	ln->text = r.s;
	if (!r.s.n || r.depth++ > FRAME_DEPTH)
		return;
	switch (*r.s.p) {
	case '<':
		done = pri(sl, ln, r);
		break;
	case '{':
		done = journal_json(sl, ln, r);
		break;
	case '@':
		done = tai64n(sl, ln, r);
		break;
	case '[':
		done = bracketed(sl, ln, r);
		break;
	default:
		if (is_digit(*r.s.p))
			done = digit_first(sl, ln, r);
		else if (is_alpha(*r.s.p))
			done = letter_first(sl, ln, r);
	}
	if (done)
		return;
	ln->text = r.s;
	if (untimed(ln, r)) {
		if (ln->frame == FRAME_NONE)
			ln->frame = FRAME_OTHER;
		syslog_text(sl, ln);
	}
}
