/*
 * syslog.c: the framings of mail logs.
 *
 * The two forms that nearly every line has, BSD and RFC 3339 with
 * microseconds, are read straight down and remember the stamp before; the
 * rest is in syslog_forms.c.
 */
#include "parsers/syslog_part.h"
#include "base/banned.h"

#define SEC INT64_C(1000000)

int
syslog_month(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int m = 0; m < 12; m++)
		if (memcmp(names + 3 * m, p, 3) == 0)
			return m + 1;
	return 0;
}

struct str
syslog_prog(struct str tag)
{
	const char *q = tag.n ? memrchr(tag.p, '/', tag.n) : NULL;

	return q ? str_from(tag, (size_t)(q - tag.p) + 1) : tag;
}

void
syslog_init(struct syslog *sl, const struct zone *zone, int year)
{
	*sl = (struct syslog){ .last_us = 0 };
	clock_init(&sl->ck, zone, year);
}

void
syslog_release(struct syslog *sl)
{
	arena_release(&sl->arena);
}

static inline int
two(const char *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

static inline bool
is_two(const char *p)
{
	return is_digit(p[0]) && is_digit(p[1]);
}

/* "Jan  2 03:04:05", one space or a zero before a one-digit day. */
static size_t
read_bsd(struct syslog *sl, struct line *ln, const char *p, size_t n)
{
	struct stamp st;
	int month, day;
	size_t i = 4;

	if (n > 16 && sl->has_bsd && p[15] == ' ' &&
	    memcmp(sl->bsd, p, 15) == 0) {
		ln->t_us = sl->bsd_us;
		ln->tz_min = sl->bsd_min;
		if (p[4] == '0')
			ln->flags |= LINE_PAD0;
		ln->flags |= LINE_CANON_HDR;
		return 15;
	}
	if (n < 15 || p[3] != ' ' || !(month = syslog_month(p)))
		return 0;
	if (p[4] == ' ') {
		if (!is_digit(p[5]) || p[6] != ' ')
			return 0;
		day = p[5] - '0';
		i = 7;
	} else if (is_two(p + 4)) {
		day = two(p + 4);
		i = 7;
		if (p[4] == '0')
			ln->flags |= LINE_PAD0;
	} else if (is_digit(p[4]) && p[5] == ' ') {
		day = p[4] - '0';
		i = 6;
	} else {
		return 0;
	}
	if (n < i + 8 || !is_two(p + i) || p[i + 2] != ':' ||
	    !is_two(p + i + 3) || p[i + 5] != ':' || !is_two(p + i + 6) ||
	    day < 1 || day > 31 || two(p + i) > 23 || two(p + i + 3) > 59 ||
	    two(p + i + 6) > 60)
		return 0;
	st = (struct stamp){ .mon = month, .day = day,
		.sec = two(p + i) * 3600 + two(p + i + 3) * 60 + two(p + i + 6) };
	ln->t_us = clock_us(&sl->ck, &st);
	ln->tz_min = (int16_t)(zone_offset(sl->ck.zone, ln->t_us / SEC, NULL,
				   NULL) / 60);
	i += 8;
	if (i == 15) {
		memcpy(sl->bsd, p, 15);
		sl->bsd_us = ln->t_us;
		sl->bsd_min = ln->tz_min;
		sl->has_bsd = true;
		ln->flags |= LINE_CANON_HDR;
	}
	if (i < n && p[i] == '.') { /* short-precise */
		int64_t scale = 100000;

		ln->flags &= ~(unsigned)LINE_CANON_HDR;
		for (i++; i < n && is_digit(p[i]); i++, scale /= 10)
			ln->t_us += (p[i] - '0') * scale;
	}
	return i;
}

static int
read_offset(struct syslog *sl, const char *p, size_t n, size_t *len)
{
	int off;

	if (n && (*p == 'Z' || *p == 'z')) {
		*len = 1;
		return 0;
	}
	if (n >= 6 && memcmp(sl->off, p, 6) == 0) {
		*len = 6;
		return sl->off_s;
	}
	*len = 0;
	if (n < 5 || (*p != '+' && *p != '-') || !is_two(p + 1))
		return 0;
	off = two(p + 1) * 3600;
	if (p[3] == ':' && n >= 6 && is_two(p + 4)) {
		off += two(p + 4) * 60;
		*len = 6;
	} else if (is_two(p + 3)) {
		off += two(p + 3) * 60;
		*len = 5;
	} else {
		return 0;
	}
	if (*p == '-')
		off = -off;
	if (*len == 6) {
		memcpy(sl->off, p, 6);
		sl->off_s = off;
	}
	return off;
}

size_t
syslog_read_iso(struct syslog *sl, struct line *ln, const char *p, size_t n,
    bool *zoned)
{
	int64_t us = 0, scale = 100000, t;
	size_t i = 19, len, digits = 0;

	*zoned = false;
	if (n < 19)
		return 0;
	if (!sl->has_iso || memcmp(sl->iso, p, 19) != 0) {
		int y, mo, d;

		if (!is_two(p) || !is_two(p + 2) || p[4] != '-' ||
		    !is_two(p + 5) || p[7] != '-' || !is_two(p + 8) ||
		    (p[10] != 'T' && p[10] != ' ') || !is_two(p + 11) ||
		    p[13] != ':' || !is_two(p + 14) || p[16] != ':' ||
		    !is_two(p + 17))
			return 0;
		y = two(p) * 100 + two(p + 2);
		mo = two(p + 5);
		d = two(p + 8);
		if (mo < 1 || mo > 12 || d < 1 || d > stamp_month_days(y, mo) ||
		    two(p + 11) > 23 || two(p + 14) > 59 || two(p + 17) > 60)
			return 0;
		memcpy(sl->iso, p, 19);
		sl->iso_s = stamp_days(y, mo, d) * 86400 +
		    two(p + 11) * 3600 + two(p + 14) * 60 + two(p + 17);
		sl->has_iso = true;
	}
	if (i < n && (p[i] == '.' || p[i] == ',')) {
		for (i++; i < n && is_digit(p[i]); i++, digits++) {
			us += (p[i] - '0') * scale;
			scale /= 10;
		}
	}
	t = sl->iso_s;
	len = 0;
	if (i < n && p[i] != ' ') {
		int off = read_offset(sl, p + i, n - i, &len);

		if (len) {
			*zoned = true;
			t -= off;
			ln->tz_min = (int16_t)(off / 60);
			if (digits == 6 && len == 6 && p[10] == 'T' &&
			    p[19] == '.')
				ln->flags |= LINE_CANON_HDR;
		}
	} else if (i + 5 < n && p[i] == ' ' &&
	    (p[i + 1] == '+' || p[i + 1] == '-')) {
		int off = read_offset(sl, p + i + 1, n - i - 1, &len);

		if (len) { /* Exim: "2026-01-02 03:04:05 +0100 " */
			*zoned = true;
			t -= off;
			ln->tz_min = (int16_t)(off / 60);
			len++;
		}
	}
	if (*zoned)
		ln->t_us = t * SEC + us;
	else
		ln->t_us = clock_local_us(&sl->ck, t, (int32_t)us);
	return i + len;
}

/*
 * "host tag[pid]: text" at p.  The tag may lack brackets, colon, or both.
 */
bool
syslog_read_head(struct line *ln, const char *p, const char *end)
{
	const char *q = memchr(p, ' ', (size_t)(end - p));
	const char *t;

	if (!q || q == p)
		return false;
	ln->host = str_make(p, (size_t)(q - p));
	if (q + 1 < end && q[1] == ' ')
		ln->flags &= ~(unsigned)LINE_CANON_HDR;
	while (q < end && *q == ' ')
		q++;
	p = q;
	while (q < end && *q != '[' && *q != ':' && *q != ' ')
		q++;
	ln->tag = str_make(p, (size_t)(q - p));
	ln->prog = syslog_prog(ln->tag);
	ln->pid = STR("");
	if (q < end && *q == '[') {
		t = ++q;
		while (q < end && is_digit(*q))
			q++;
		if (q < end && *q == ']') {
			ln->pid = str_make(t, (size_t)(q - t));
			q++;
		} else {
			q = t; /* no pid: brackets are part of the text */
		}
	}
	if (q < end && *q == ':') {
		q++;
		if (q == end || *q != ' ' || !ln->pid.n)
			ln->flags &= ~(unsigned)LINE_CANON_HDR;
		if (q < end && *q == ':') /* double colon */
			q++;
	} else {
		ln->flags &= ~(unsigned)LINE_CANON_HDR;
	}
	if (q < end && *q == ' ')
		q++;
	ln->text = str_make(q, (size_t)(end - q));
	return true;
}

bool
syslog_parse(struct syslog *sl, struct line *ln)
{
	const char *p = ln->raw.p, *end = p + ln->raw.n;
	size_t n = ln->raw.n, i;
	bool ok = false, zoned;

	ln->text = ln->raw;
	ln->host = ln->tag = ln->prog = ln->pid = STR("");
	ln->frame = FRAME_NONE;
	ln->tz_min = 0;
	ln->repeat = 0;
	ln->t_us = sl->last_us;
	if (n > 16 && is_alpha(p[0]) && p[3] == ' ') {
		i = read_bsd(sl, ln, p, n);
		if (i && i < n && p[i] == ' ') {
			ln->frame = FRAME_BSD;
			ln->flags |= LINE_ZONE | LINE_YEAR;
			if (p[i + 1] != '<')
				ok = syslog_read_head(ln, p + i + 1, end);
		}
	} else if (n > 20 && is_digit(p[0]) && p[4] == '-') {
		i = syslog_read_iso(sl, ln, p, n, &zoned);
		if (i && p[10] == 'T' && i < n && p[i] == ' ') {
			ln->frame = FRAME_ISO;
			ok = syslog_read_head(ln, p + i + 1, end);
			if (!zoned)
				ln->flags |= LINE_ZONE;
		} else if (i) { /* Exim and Axigen write no host, no tag */
			ln->frame = FRAME_NATIVE;
			ln->text = ln->raw;
			ln->flags &= ~(unsigned)LINE_CANON_HDR;
			if (!zoned)
				ln->flags |= LINE_ZONE;
			ok = true;
		}
	}
	if (!ok || ln->tag.n < 4 || ln->text.n == 0 ||
	    ln->text.p[0] == ' ' || ln->text.p[0] == 'm')
		ok = syslog_other(sl, ln, ok);
	if (!ok) {
		ln->text = ln->raw;
		ln->frame = FRAME_NONE;
		ln->flags |= LINE_NO_TIME;
		ln->flags &= ~(unsigned)LINE_CANON_HDR;
		ln->t_us = sl->last_us;
		return false;
	}
	sl->last_us = ln->t_us;
	return true;
}

/* The date of a day since 1970 (the inverse of stamp_days()). */
static void
civil(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

void
syslog_print_header(struct buf *out, enum frame frame, bool pad0, int64_t t_us,
    int tz_min, struct str host, struct str tag, struct str pid)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t s = t_us / SEC, local, days;
	int y, m, d, sod, a;

	if (t_us < 0)
		return;
	local = s + tz_min * 60;
	days = local / 86400;
	sod = (int)(local % 86400);
	civil(days, &y, &m, &d);
	if (frame == FRAME_BSD) {
		buf_printf(out, pad0 ? "%.3s %02d " : "%.3s %2d ",
		    names + 3 * (m - 1), d);
		buf_printf(out, "%02d:%02d:%02d ", sod / 3600, sod / 60 % 60,
		    sod % 60);
	} else {
		a = tz_min < 0 ? -tz_min : tz_min;
		buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06d%c%02d:%02d ",
		    y, m, d, sod / 3600, sod / 60 % 60, sod % 60,
		    (int)(t_us % SEC), tz_min < 0 ? '-' : '+', a / 60,
		    a % 60);
	}
	buf_add(out, host);
	buf_putc(out, ' ');
	buf_add(out, tag);
	buf_putc(out, '[');
	buf_add(out, pid);
	buf_puts(out, "]: ");
}
