/*
 * syslog.c: the two headers that nearly every line has,
 *
 *	Jan  2 03:04:05 host tag[pid]: text
 *	2026-01-02T03:04:05.123456+01:00 host tag[pid]: text
 *
 * read with no more than a comparison with the line before for the time and
 * one pass over host and tag.  Whatever is not exactly so goes to
 * syslog_odd.c.
 */
#include "parsers/syslog_part.h"
#include "parsers/syslog_scan.h"
#include "base/banned.h"

enum {
	BUFFER = 256 * 1024, /* unescaped text of one line, at most */
	BSD_LEN = 15,
	ISO_LEN = 19,
	ISO_DAY = 11, /* up to the hour */
};

#define SECOND INT64_C(1000000)

void
syslog_init(struct syslog *sl, const struct zone *zone, int year)
{
	*sl = (struct syslog){
		.clean = BUF_INIT(BUFFER),
		.text = BUF_INIT(BUFFER),
		.raw = BUF_INIT(BUFFER),
	};
	clock_init(&sl->clock, zone, year);
}

void
syslog_release(struct syslog *sl)
{
	buf_release(&sl->clean);
	buf_release(&sl->text);
	buf_release(&sl->raw);
	*sl = (struct syslog){ 0 };
}

void
syslog_time(struct syslog *sl, struct line *ln, const struct stamp *st)
{
	ln->flags &= ~(unsigned)(LINE_YEAR | LINE_ZONE | LINE_NO_TIME);
	if (st->year) {
		sl->bsd_ok = sl->bsd_ok && st->year == sl->clock.year;
	} else {
		ln->flags |= LINE_YEAR;
		if (st->mon == 2 && st->day == 29 && !sl->leap) {
			sl->leap = true;
			sl->leap_wraps = sl->clock.wraps;
		}
	}
	if (!st->zone)
		ln->flags |= LINE_ZONE;
	ln->t_us = sl->last_us = clock_us(&sl->clock, st);
	ln->tz_min = st->zone ? st->tz_min : (int16_t)(sl->clock.off_s / 60);
	sl->stamps++;
}

/* ---- tag ---- */

/* Behind "tag" or "tag[pid]": its colons and the space, then the text. */
static inline bool
to_text(struct line *ln, const char *q, const char *end)
{
	if (end - q >= 2 && q[0] == ':' && q[1] == ' ') {
		ln->text = str_make(q + 2, (size_t)(end - q - 2));
		return true;
	}
	while (q < end && *q == ':')
		q++;
	if (q < end && *q == ' ')
		q++;
	ln->text = str_make(q, (size_t)(end - q));
	return false;
}

static bool
read_tag(struct line *ln, const char *p, const char *end, bool *canon)
{
	const char *slash = NULL, *d, *q = name_end(p, end, &slash);
	struct str pid = STR("");

	*canon = false;
	if (q == end || q == p)
		return false;
	if (*q == '[') {
		d = digits_end(q + 1, end);
		if (d > q + 1 && d < end && *d == ']') {
			pid = str_make(q + 1, (size_t)(d - q - 1));
		} else { /* "tag[name]: " */
			d = memchr(q, ']', (size_t)(end - q));
			if (!d || d + 1 == end || d[1] != ':' || d - q > 64)
				return false;
		}
		if (d + 1 < end && d[1] != ':' && d[1] != ' ')
			return false;
		*canon = to_text(ln, d + 1, end) && pid.n;
	} else if (*q == ':') {
		if (q + 1 < end && q[1] != ' ' && q[1] != ':' && !is_alpha(*p))
			return false;
		*canon = to_text(ln, q, end);
	} else { /* no colon at all: only what cannot be a word is a tag */
		if (!slash || slash == p || !is_alpha(*p))
			return false;
		to_text(ln, q, end);
	}
	ln->pid = pid;
	ln->tag = str_make(p, (size_t)(q - p));
	p = slash ? slash + 1 : p;
	ln->prog = str_make(p, (size_t)(q - p));
	return true;
}

bool
syslog_tag(struct line *ln, struct str s, bool *canon)
{
	return read_tag(ln, s.p, s.p + s.n, canon);
}

/* ---- host ---- */

/* Month names and PRIs stand here when a relay wrapped a whole line. */
static bool
looks_wrapped(struct str s)
{
	struct stamp st;

	if (s.n < 14)
		return false;
	if (*s.p == '<')
		return is_digit(s.p[1]);
	return (is_alpha(*s.p) || is_digit(*s.p)) && stamp_parse(s, &st);
}

/* No host: "tag: text", "tag [pid]: text". */
static bool
hostless(struct line *ln, struct str s, const char *sp)
{
	const char *end = s.p + s.n, *d = sp;
	bool canon;

	if (sp > s.p && (sp[-1] == ':' || sp[-1] == ']'))
		return syslog_tag(ln, s, &canon);
	if (end - sp < 2 || *++d != '[')
		return false;
	for (d++; d < end && is_digit(*d); d++)
		;
	if (end - d < 2 || d[0] != ']' || d[1] != ':')
		return false;
	ln->tag = str_make(s.p, (size_t)(sp - s.p));
	ln->prog = ln->tag;
	ln->pid = str_make(sp + 2, (size_t)(d - sp - 2));
	to_text(ln, d + 1, end);
	return true;
}

/* "host[/relay] " and what follows, when it is not the usual. */
static bool
odd_head(struct syslog *sl, struct line *ln, struct rest r)
{
	struct str s = r.s;
	const char *end, *sp;
	ptrdiff_t i;
	bool canon;

	while (s.n && *s.p == ' ')
		s = str_from(s, 1);
	if (s.n && *s.p == '<') { /* "<mail.info> host ..." */
		i = str_chr(s, '>');
		if (i > 2 && i < 24 && s.n > (size_t)i + 1 && s.p[i + 1] == ' ')
			s = str_from(s, (size_t)i + 2);
	}
	r.s = s;
	if (r.depth < FRAME_DEPTH && looks_wrapped(s)) {
		r.depth++;
		r.timed = true;
		syslog_any(sl, ln, r);
		return false;
	}
	ln->text = s;
	end = s.p + s.n;
	sp = s.n ? memchr(s.p, ' ', s.n) : NULL;
	if (hostless(ln, s, sp ? sp : end)) {
		syslog_text(sl, ln);
		return false;
	}
	if (!sp) /* a host and nothing else, or a word */
		return false;
	ln->host = str_make(s.p, (size_t)(sp - s.p));
	if ((i = str_chr(ln->host, '/')) > 0)
		ln->host = str_head(ln->host, (size_t)i);
	while (sp < end && *sp == ' ')
		sp++;
	s = str_make(sp, (size_t)(end - sp));
	r.s = s;
	if ((str_eq(ln->host, STR("stdout")) ||
		str_eq(ln->host, STR("stderr"))) &&
	    r.depth < FRAME_DEPTH &&
	    (str_starts(s, STR("F ")) || str_starts(s, STR("P ")))) {
		/* Kubernetes: "stdout F text", or P for a part */
		if (*s.p == 'P')
			ln->flags |= LINE_PARTIAL;
		r.s = sl->payload = str_from(s, 2);
		r.depth++;
		r.timed = r.lax = true;
		ln->host = STR("");
		ln->frame = FRAME_JSON;
		syslog_any(sl, ln, r);
		return false;
	}
	if (r.depth < FRAME_DEPTH && looks_wrapped(s)) {
		r.depth++;
		r.timed = true;
		syslog_any(sl, ln, r);
		return false;
	}
	if (!syslog_tag(ln, s, &canon))
		ln->text = s;
	syslog_text(sl, ln);
	return false;
}

/* The space behind a host name of the usual kind, remembered; or NULL. */
static const char *
host_end(struct syslog *sl, const char *p, const char *end)
{
	const char *slash = NULL, *q = name_end(p, end, &slash);
	size_t n = (size_t)(q - p);

	if (!n || end - q < 4 || *q != ' ' || slash || q[-1] == ']' ||
	    *p == '<')
		return NULL;
	if (n == 3 && is_alpha(p[2])) { /* perhaps a month, so never known */
		if (looks_wrapped(str_make(p, (size_t)(end - p))))
			return NULL;
	} else if (n < sizeof(sl->host)) {
		memcpy(sl->host, p, n + 1);
		sl->host_n = n;
	}
	return q;
}

/* "host tag[pid]: " as nearly all have it; false: nothing was done. */
static bool
usual_head(struct syslog *sl, struct line *ln, const char *p, const char *end,
    bool *canon)
{
	const char *q = host_end(sl, p, end);
	char c;

	if (!q || !is_alpha(q[1]) || !read_tag(ln, q + 1, end, canon))
		return false;
	ln->host = str_make(p, (size_t)(q - p));
	c = ln->text.n ? *ln->text.p : 0;
	if (c == ' ' || c == 'm' || to_lower(ln->prog.p[0]) == 'e') {
		const char *text = ln->text.p;
		int64_t t = ln->t_us;

		syslog_text(sl, ln);
		*canon = *canon && text == ln->text.p && t == ln->t_us &&
			 !(ln->flags & LINE_REPEATED);
	}
	return true;
}

bool
syslog_head(struct syslog *sl, struct line *ln, struct rest r)
{
	bool canon;

	if (usual_head(sl, ln, r.s.p, r.s.p + r.s.n, &canon))
		return canon;
	odd_head(sl, ln, r);
	return false;
}

/* ---- the two usual stamps ---- */

/* Whether the stamp at p would be printed so again (no hour that never was,
 * no leap second, months spelt as usual). */
static __attribute__((noinline)) bool
bsd_exact(const struct syslog *sl, const char *p)
{
	char back[SYSLOG_BSD_LEN];
	int64_t t = sl->bsd_us / SECOND;

	syslog_bsd_print(back, t + zone_offset(sl->clock.zone, t, NULL, NULL),
	    p[4] == '0');
	return memcmp(back, p, BSD_LEN) == 0;
}

/* A stamp of another day than the one read last. */
static __attribute__((noinline)) bool
bsd_other_day(struct syslog *sl, struct line *ln, const char *p)
{
	struct clock *ck = &sl->clock;
	struct stamp st;

	if (!stamp_parse(str_make(p, BSD_LEN), &st) || st.year ||
	    st.n != BSD_LEN)
		return false;
	syslog_time(sl, ln, &st);
	sl->bsd_us = ln->t_us;
	sl->bsd_exact = bsd_exact(sl, p);
	/* not for late lines: their year is not that of the clock */
	sl->bsd_day_s = stamp_local_s(&st, ck->year) - st.sec;
	sl->bsd_ok = ck->last_s >= sl->bsd_day_s &&
		     ck->last_s - sl->bsd_day_s < 2 * 86400;
	return true;
}

static inline bool
bsd_new(struct syslog *sl, struct line *ln, const char *p)
{
	struct clock *ck = &sl->clock;
	int32_t sec;

	if (sl->bsd_ok && memcmp(p, sl->bsd, 7) == 0 &&
	    (sec = stamp_day_second(p + 7)) >= 0) {
		/* the same day: no year to think about */
		int64_t local = sl->bsd_day_s + sec;

		if (local > ck->last_s)
			ck->last_s = local;
		sl->bsd_us = clock_local_us(ck, local, 0);
		if (ck->off_from == ck->off_to || !sl->bsd_exact)
			sl->bsd_exact = bsd_exact(sl, p);
	} else if (!bsd_other_day(sl, ln, p)) {
		return false;
	}
	sl->bsd_tz_min = (int16_t)(sl->clock.off_s / 60);
	memcpy(sl->bsd, p, BSD_LEN);
	return true;
}

/* "Jan  2 03:04:05 " */
static inline bool
bsd_stamp(struct syslog *sl, struct line *ln, const char *p, const char *end)
{
	if (end - p < BSD_LEN + 2 || p[BSD_LEN] != ' ' || p[3] != ' ' ||
	    p[6] != ' ')
		return false;
	if (!(sl->bsd_ok && memcmp(p, sl->bsd, BSD_LEN) == 0) &&
	    !bsd_new(sl, ln, p))
		return false;
	ln->t_us = sl->last_us = sl->clock.last_us = sl->bsd_us;
	ln->tz_min = sl->bsd_tz_min;
	sl->stamps++;
	ln->flags |= LINE_YEAR | LINE_ZONE | (p[4] == '0' ? LINE_PAD0 : 0u);
	return true;
}

/* Digits at p as a fraction of a second; *n how many. */
static inline int32_t
fraction(const char *p, const char *end, size_t *n)
{
	static const int32_t unit[] = { 0, 100000, 10000, 1000, 100, 10 };
	int32_t v = 0;
	size_t i = 0;

	while (p + i < end && is_digit(p[i]) && i < 9) {
		if (i < 6)
			v = v * 10 + (p[i] - '0');
		i++;
	}
	*n = i;
	return i >= 6 ? v : v * unit[i];
}

/* Another second of the day of the stamp read last, as it was printed. */
static inline bool
iso_same_day(struct syslog *sl, const char *p)
{
	struct clock *ck = &sl->clock;
	int32_t sec;

	if (memcmp(p, sl->iso, ISO_DAY) != 0 ||
	    (sec = stamp_day_second(p + ISO_DAY)) < 0)
		return false;
	sl->bsd_ok = sl->bsd_ok && sl->iso_year == ck->year;
	ck->year = sl->iso_year;
	ck->last_s = sl->iso_day_s + sec;
	if (sl->iso_zone) {
		sl->iso_us = (ck->last_s - sl->iso_tz_min * 60) * SECOND;
	} else {
		sl->iso_us = clock_local_us(ck, ck->last_s, 0);
		sl->iso_tz_min = (int16_t)(ck->off_s / 60);
	}
	memcpy(sl->iso + ISO_DAY, p + ISO_DAY, ISO_LEN - ISO_DAY);
	return true;
}

/* A stamp like the one read last: bytes read, or 0. */
static inline size_t
iso_again(struct syslog *sl, struct line *ln, struct str s, bool *canon)
{
	const char *p = s.p, *end = p + s.n, *q = p + ISO_LEN;
	size_t frac = 0;
	int32_t us = 0;

	if (s.n < ISO_LEN + 1 || !sl->iso_ok)
		return 0;
	if (*q == '.' || *q == ',')
		us = fraction(q + 1, end, &frac);
	q += frac ? frac + 1 : 0;
	if ((size_t)(end - q) <= sl->iso_tz_n || q[sl->iso_tz_n] != ' ' ||
	    !str_same(q, sl->iso_tz, sl->iso_tz_n) ||
	    (!sl->iso_tz_n && end - q >= 2 && (q[1] == '+' || q[1] == '-')))
		return 0;
	if (memcmp(p, sl->iso, ISO_LEN) != 0 && !iso_same_day(sl, p))
		return 0;
	ln->t_us = sl->last_us = sl->clock.last_us = sl->iso_us + us;
	ln->tz_min = sl->iso_tz_min;
	ln->flags &= ~(unsigned)(LINE_NO_TIME | LINE_YEAR | LINE_ZONE);
	if (!sl->iso_zone)
		ln->flags |= LINE_ZONE;
	sl->stamps++;
	*canon = sl->iso_exact && frac == 6 && p[ISO_LEN] == '.';
	return (size_t)(q - p) + sl->iso_tz_n;
}

/* Any other. */
static __attribute__((noinline)) size_t
iso_new(struct syslog *sl, struct line *ln, struct str s, bool *canon)
{
	const char *p = s.p, *q;
	struct stamp st;

	if (s.n < ISO_LEN + 1 || !stamp_parse(s, &st) || !st.year ||
	    st.n < ISO_LEN)
		return 0;
	syslog_time(sl, ln, &st);
	q = p + ISO_LEN + (st.frac ? st.frac + 1 : 0);
	*canon = false;
	sl->iso_ok = (size_t)(p + st.n - q) < sizeof(sl->iso_tz) &&
		     stamp_day_second(p + ISO_DAY) >= 0; /* no leap second */
	if (sl->iso_ok) {
		char back[SYSLOG_ISO_LEN];

		memcpy(sl->iso, p, ISO_LEN);
		sl->iso_tz_n = (size_t)(p + st.n - q);
		memcpy(sl->iso_tz, q, sl->iso_tz_n);
		sl->iso_tz_min = ln->tz_min;
		sl->iso_zone = st.zone;
		sl->iso_us = ln->t_us - st.us;
		sl->iso_day_s = stamp_local_s(&st, st.year) - st.sec;
		sl->iso_year = st.year;
		/* all but the fraction */
		syslog_iso_print(back, ln->t_us, ln->tz_min);
		sl->iso_exact = st.zone && sl->iso_tz_n == 6 &&
				memcmp(back, p, ISO_LEN) == 0 &&
				memcmp(back + SYSLOG_ISO_LEN - 6, q, 6) == 0;
		*canon = sl->iso_exact && st.frac == 6 && p[ISO_LEN] == '.';
	}
	return st.n;
}

size_t
syslog_iso(struct syslog *sl, struct line *ln, struct str s, bool *canon)
{
	size_t n = iso_again(sl, ln, s, canon);

	return n ? n : iso_new(sl, ln, s, canon);
}

/* Nobody has said anything of the line yet. */
static void
blank(struct line *ln)
{
	ln->host = ln->tag = ln->prog = ln->pid = STR("");
	ln->text = ln->raw;
}

/*
 * "host tag[pid]: text" from the host of the line before, with a text that
 * nothing is looked for in: nearly every line, read straight down to keep the
 * hot path short.  False: nothing was done.
 */
static inline bool
same_host(const struct syslog *sl, struct line *ln, const char *p,
    const char *end)
{
	const char *tag = p + sl->host_n + 1, *slash = NULL, *prog, *q, *d;

	if (!sl->host_n || (size_t)(end - p) <= sl->host_n + 1 ||
	    !str_same(p, sl->host, sl->host_n + 1) || !is_alpha(*tag))
		return false;
	q = name_end(tag, end, &slash);
	if (q == end || *q != '[')
		return false;
	d = digits_end(q + 1, end);
	if (d == q + 1 || end - d < 4 || d[0] != ']' || d[1] != ':' ||
	    d[2] != ' ')
		return false;
	prog = slash ? slash + 1 : tag;
	if (d[3] == ' ' || d[3] == 'm' || to_lower(*prog) == 'e')
		return false; /* see usual_head() */
	ln->host = str_make(p, sl->host_n);
	ln->tag = str_make(tag, (size_t)(q - tag));
	ln->prog = str_make(prog, (size_t)(q - prog));
	ln->pid = str_make(q + 1, (size_t)(d - q - 1));
	ln->text = str_make(d + 3, (size_t)(end - d - 3));
	return true;
}

/* The rest of a line behind its stamp; true: it prints back. */
static __attribute__((noinline)) bool
any_head(struct syslog *sl, struct line *ln, const char *p, const char *end)
{
	bool canon;

	if (usual_head(sl, ln, p, end, &canon))
		return canon;
	blank(ln);
	odd_head(sl, ln,
	    (struct rest){ .s = str_make(p, (size_t)(end - p)),
		.timed = true });
	return false;
}

static __attribute__((noinline)) void
odd_frame(struct syslog *sl, struct line *ln)
{
	blank(ln);
	ln->frame = FRAME_NONE;
	ln->flags |= LINE_NO_TIME;
	ln->t_us = sl->last_us;
	syslog_any(sl, ln, (struct rest){ .s = ln->raw });
}

void
syslog_frame(struct syslog *sl, struct line *ln)
{
	const char *p = ln->raw.p, *end = p + ln->raw.n;
	bool exact;

	ln->tz_min = 0;
	ln->repeat = 0;
	sl->payload.p = NULL;
	if (end - p < 16 || ln->flags & LINE_ESC)
		goto odd;
	if (is_alpha(*p)) {
		if (!bsd_stamp(sl, ln, p, end))
			goto odd;
		ln->frame = FRAME_BSD;
		exact = sl->bsd_exact;
		p += BSD_LEN + 1;
	} else if (is_digit(*p) && (p[10] == 'T' || p[10] == ' ') &&
		   p[4] == '-') {
		size_t n = iso_again(sl, ln, ln->raw, &sl->iso_canon);

		if (!n)
			n = iso_new(sl, ln, ln->raw, &sl->iso_canon);
		if (!n || p + n == end || p[n] != ' ')
			goto odd;
		if (p[10] == ' ') {
			blank(ln);
			syslog_native(sl, ln, ln->raw, n);
			return;
		}
		ln->frame = FRAME_ISO;
		exact = sl->iso_canon;
		p += n + 1;
	} else {
		goto odd;
	}
	if ((same_host(sl, ln, p, end) || any_head(sl, ln, p, end)) && exact)
		ln->flags |= LINE_CANON_HDR;
	return;
odd:
	odd_frame(sl, ln);
}
