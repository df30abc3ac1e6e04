/*
 * syslog_forms.c: the rarer framings, and lines that stand for others.
 *
 *	<22>Jan  2 ... | <22>1 2026-01-02T... | 83 <22>1 ...	wire formats
 *	2013 Jun 10 06:48:17.123 host tag[pid]:			year first
 *	Jan 27 07:00:04 <mail.info> host tag[pid]:		FreeBSD
 *	Jan 27 07:00:04 relay Jan 27 07:00:03 host tag[pid]:	wrapped again
 *	@400000004c91b044077a9e94 imap-login: ...		multilog
 *	2026-07-06T07:25:08.123456789Z stdout F Jul  6 ...	Kubernetes
 *	postfix-1  | Jul  6 07:25:08 mx postfix/smtpd[61]: ...	compose
 *	{"log": ...} {"MESSAGE": ...} {"message": ...}		journal.c
 *	mail.example.com exim[3751842]: 2021-07-17 23:20:49 ...	journal text
 */
#include "parsers/journal.h"
#include "parsers/syslog_part.h"
#include "base/banned.h"

#define SEC INT64_C(1000000)

enum { DEPTH_MAX = 4 }; /* headers within headers */

static bool
parse_again(struct syslog *sl, struct line *ln, struct str raw, bool ok)
{
	struct line inner = { .raw = raw };
	bool again = false;

	if (raw.n && raw.p != ln->raw.p && sl->depth < DEPTH_MAX) {
		sl->depth++;
		again = syslog_parse(sl, &inner);
		sl->depth--;
	}
	if (!again)
		return ok;
	inner.raw = ln->raw;
	inner.offset = ln->offset;
	inner.number = ln->number;
	inner.flags |= ln->flags & (LINE_CUT | LINE_NUL | LINE_JOINED);
	inner.flags &= ~(unsigned)LINE_CANON_HDR;
	*ln = inner;
	return true;
}

/* "<" 1*3DIGIT ">" */
static size_t
pri_length(struct str s)
{
	size_t i = 1;

	if (!s.n || s.p[0] != '<')
		return 0;
	while (i < s.n && i < 5 && is_digit(s.p[i]))
		i++;
	return i > 1 && i < s.n && s.p[i] == '>' ? i + 1 : 0;
}

/* VERSION TIME HOST APP PROCID MSGID SD MSG (RFC 5424), s after "1 ". */
static bool
rfc5424(struct syslog *sl, struct line *ln, struct str s)
{
	struct str time = str_split(&s, ' ');
	struct str host = s.p ? str_split(&s, ' ') : STR_NONE;
	struct str app = s.p ? str_split(&s, ' ') : STR_NONE;
	struct str pid = s.p ? str_split(&s, ' ') : STR_NONE;
	bool zoned;

	if (!s.p || !app.n)
		return false;
	str_split(&s, ' '); /* MSGID */
	if (!s.p)
		s = STR("");
	if (syslog_read_iso(sl, ln, time.p, time.n, &zoned) != time.n)
		ln->t_us = sl->last_us; /* "-": no time */
	if (s.n && s.p[0] == '-') {
		s = str_from(s, 1);
	} else {
		bool quoted = false;
		size_t i;

		for (i = 0; i < s.n; i++) {
			if (quoted && s.p[i] == '\\' && i + 1 < s.n)
				i++;
			else if (s.p[i] == '"')
				quoted = !quoted;
			else if (!quoted && s.p[i] == ' ' && i &&
			    s.p[i - 1] == ']')
				break;
		}
		s = str_from(s, i);
	}
	if (s.n && s.p[0] == ' ')
		s = str_from(s, 1);
	if (str_starts(s, STR("\xEF\xBB\xBF")))
		s = str_from(s, 3);
	ln->frame = FRAME_5424;
	ln->host = str_eq(host, STR("-")) ? STR("") : host;
	ln->tag = app;
	ln->prog = syslog_prog(app);
	ln->pid = str_eq(pid, STR("-")) ? STR("") : pid;
	ln->text = s;
	ln->flags &= ~(unsigned)LINE_CANON_HDR;
	return true;
}

static bool
pri(struct syslog *sl, struct line *ln, struct str s, bool ok)
{
	size_t n = pri_length(s);

	if (!n)
		return ok;
	s = str_from(s, n);
	if (str_starts(s, STR("1 ")) && rfc5424(sl, ln, str_from(s, 2)))
		return true;
	return parse_again(sl, ln, s, ok);
}

/* "2013 Jun 10 06:48:17.123 host tag: text" */
static bool
year_first(struct syslog *sl, struct line *ln, struct str s)
{
	struct syslog one = *sl;
	uint64_t year;

	if (!str_u64(str_head(s, 4), &year) || s.n < 22 || s.p[4] != ' ' ||
	    !syslog_month(s.p + 5))
		return false;
	clock_init(&one.ck, sl->ck.zone, (int)year);
	one.has_bsd = one.has_iso = false;
	one.arena = (struct arena){ 0 };
	if (!parse_again(&one, ln, str_from(s, 5), false))
		return false;
	ln->frame = FRAME_OTHER;
	ln->flags &= ~(unsigned)LINE_YEAR;
	syslog_release(&one);
	return true;
}

/* TAI64N: '@', 2^62 + seconds in 16 hex digits, 8 of nanoseconds. */
static bool
tai64n(struct line *ln, struct str s)
{
	uint64_t sec = 0, ns = 0;

	if (s.n < 26 || s.p[0] != '@' || s.p[25] != ' ')
		return false;
	for (size_t i = 1; i < 25; i++) {
		char c = to_lower(s.p[i]);
		int v = is_digit(c) ? c - '0' :
		    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
					   -1;

		if (v < 0)
			return false;
		if (i < 17)
			sec = sec << 4 | (uint64_t)v;
		else
			ns = ns << 4 | (uint64_t)v;
	}
	if (sec < (UINT64_C(1) << 62) || sec > (UINT64_C(1) << 62) + (UINT64_C(1) << 36))
		return false;
	ln->t_us = ((int64_t)(sec - (UINT64_C(1) << 62)) - 10) * SEC +
	    (int64_t)(ns / 1000 % SEC);
	s = str_from(s, 26);
	ln->frame = FRAME_OTHER;
	ln->host = STR("");
	for (size_t i = 0; i < s.n && s.p[i] != ' '; i++)
		if (s.p[i] == ':') {
			ln->tag = str_head(s, i);
			ln->prog = syslog_prog(ln->tag);
			s = str_from(s, i + 1);
			break;
		}
	if (s.n && s.p[0] == ' ')
		s = str_from(s, 1);
	ln->text = s;
	return true;
}

/* "host exim[123]: 2021-07-17 23:20:49 ...": the time is the text's own. */
static bool
no_outer_time(struct syslog *sl, struct line *ln)
{
	struct line inner = *ln;
	bool zoned;

	if (!syslog_read_head(&inner, ln->raw.p, ln->raw.p + ln->raw.n) ||
	    !inner.pid.n || str_chr(inner.tag, '=') >= 0)
		return false;
	if (!syslog_read_iso(sl, &inner, inner.text.p, inner.text.n, &zoned))
		inner.flags |= LINE_NO_TIME;
	inner.frame = FRAME_OTHER;
	inner.flags &= ~(unsigned)LINE_CANON_HDR;
	*ln = inner;
	return true;
}

static bool
after_bar(struct str s, struct str *rest)
{
	ptrdiff_t i = str_find(str_head(s, 64), STR("| "));

	if (i <= 0 || str_chr(str_head(s, (size_t)i), ':') >= 0)
		return false;
	*rest = str_from(s, (size_t)i + 2);
	return true;
}

static struct str
skip_colour(struct str s)
{
	while (s.n > 2 && s.p[0] == '\033' && s.p[1] == '[') {
		size_t i = 2;

		while (i < s.n && (is_digit(s.p[i]) || s.p[i] == ';'))
			i++;
		if (i == s.n)
			break;
		s = str_from(s, i + 1);
	}
	return s;
}

static bool
unframed(struct syslog *sl, struct line *ln)
{
	struct str s = skip_colour(ln->raw), rest;
	size_t i = 0;

	if (s.p != ln->raw.p)
		return parse_again(sl, ln, s, false);
	if (!s.n)
		return false;
	if (s.p[0] == '<')
		return pri(sl, ln, s, false);
	if (s.p[0] == '{' || s.p[0] == '\x1e' ||
	    str_starts(s, STR("data: {")))
		return sl->depth == 0 && journal_json(sl, ln);
	if (s.p[0] == '@')
		return tai64n(ln, s);
	while (i < s.n && i < 7 && is_digit(s.p[i]))
		i++;
	if (i && i + 1 < s.n && s.p[i] == ' ' && s.p[i + 1] == '<')
		return pri(sl, ln, str_from(s, i + 1), false);
	if (i == 4 && year_first(sl, ln, s))
		return true;
	if (after_bar(s, &rest))
		return parse_again(sl, ln, skip_colour(rest), false);
	return no_outer_time(sl, ln);
}

/* "message repeated 2 times: [ text]" (rsyslog), two spaces before it. */
static void
repeated(struct line *ln)
{
	struct str s = str_trim(ln->text), n;
	uint64_t count;

	if (!str_starts(s, STR("message repeated ")))
		return;
	s = str_from(s, 17);
	n = str_split(&s, ' ');
	if (!s.p || !str_starts(s, STR("times: [")) || !str_u64(n, &count))
		return;
	s = str_from(s, 8);
	if (s.n && s.p[s.n - 1] == ']')
		s.n--;
	ln->text = str_trim(s);
	ln->repeat = count > 100000 ? 100000 : (unsigned)count - 1;
	ln->flags |= LINE_REPEATED;
	ln->flags &= ~(unsigned)LINE_CANON_HDR;
}

bool
syslog_other(struct syslog *sl, struct line *ln, bool ok)
{
	struct str s;
	ptrdiff_t i;

	if (!ok && ln->frame == FRAME_NONE)
		ok = unframed(sl, ln);
	else if (!ok && ln->frame == FRAME_BSD) {
		/* <mail.info> or <22> between the time and the host */
		i = str_find(str_head(ln->raw, 60), STR("> "));
		if (i > 0) {
			ok = syslog_read_head(ln, ln->raw.p + i + 2,
			    ln->raw.p + ln->raw.n);
			ln->flags &= ~(unsigned)LINE_CANON_HDR;
		}
	}
	if (!ok)
		return false;
	/* Kubernetes: "TIME stdout F rest" */
	if (ln->frame == FRAME_ISO && (str_eq(ln->host, STR("stdout")) ||
					  str_eq(ln->host, STR("stderr")))) {
		int64_t t = ln->t_us;

		s = str_from(ln->raw, (size_t)(ln->host.p - ln->raw.p) +
			ln->host.n + 1);
		if (s.n > 2 && s.p[1] == ' ') {
			s = skip_colour(str_from(s, 2));
			if (!parse_again(sl, ln, s, false)) {
				ln->text = s;
				ln->host = ln->tag = ln->prog = STR("");
			}
			ln->t_us = t;
			ln->frame = FRAME_OTHER;
			ln->flags &= ~(unsigned)LINE_CANON_HDR;
		}
		return true;
	}
	/* a relay put its own header before: the tag is a month */
	if (ln->tag.n == 3 && syslog_month(ln->tag.p) &&
	    ln->raw.n > (size_t)(ln->tag.p - ln->raw.p))
		return parse_again(sl, ln, str_from(ln->raw,
		    (size_t)(ln->tag.p - ln->raw.p)), true);
	if (ln->text.n && (ln->text.p[0] == ' ' || ln->text.p[0] == 'm'))
		repeated(ln);
	return true;
}
