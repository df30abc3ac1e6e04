/*
 * stamp_user.c: times for people: printed, and read as they type them.
 */
#include <stdlib.h>

#include "base/stamp.h"
#include "base/banned.h"

enum { DAY = 86400 };

#define SECOND INT64_C(1000000)

/* ---- printing ---- */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void
stamp_print_zone(struct buf *out, int64_t t_us, const struct zone *z,
    enum stamp_form form)
{
	struct stamp c;
	int off, hh, mm, ss;

	/* the years 0 to 9999; nothing real is outside */
	if (t_us < INT64_C(-62135596800) * SECOND)
		t_us = INT64_C(-62135596800) * SECOND;
	if (t_us > INT64_C(253402214400) * SECOND)
		t_us = INT64_C(253402214400) * SECOND;
	stamp_of(t_us, z, true, &c);
	hh = c.sec / 3600;
	mm = c.sec / 60 % 60;
	ss = c.sec % 60;
	if (form != STAMP_CLOCK)
		buf_printf(out, "%04d-%02d-%02d", c.year, c.mon, c.day);
	switch (form) {
	case STAMP_DATE:
		return;
	case STAMP_MINUTES:
		buf_printf(out, " %02d:%02d", hh, mm);
		return;
	case STAMP_SECONDS:
		buf_printf(out, " %02d:%02d:%02d", hh, mm, ss);
		return;
	case STAMP_MILLIS:
		buf_printf(out, " %02d:%02d:%02d.%03d", hh, mm, ss,
		    c.us / 1000);
		return;
	case STAMP_CLOCK:
		buf_printf(out, "%02d:%02d:%02d", hh, mm, ss);
		return;
	case STAMP_RFC3339:
	case STAMP_RFC3339_S:
		break;
	}
	buf_printf(out, "T%02d:%02d:%02d", hh, mm, ss);
	if (form == STAMP_RFC3339)
		buf_printf(out, ".%06d", c.us);
	off = zone_offset(z, floor_div(t_us, SECOND), NULL, NULL) / 60;
	buf_printf(out, "%c%02d:%02d", off < 0 ? '-' : '+', abs(off) / 60,
	    abs(off) % 60);
}

void
stamp_print(struct buf *out, int64_t t_us, const char *tz, enum stamp_form form)
{
	const struct zone *z = zone_get(tz, NULL);

	stamp_print_zone(out, t_us, z ? z : zone_utc(), form);
}

/* ---- what people type ---- */

static int64_t
moment(const struct zone *z, int64_t local_s)
{
	return zone_to_utc(z, local_s, INT64_MIN, NULL, NULL) * SECOND;
}

static bool
span(int64_t from, int64_t to, int64_t *from_us, int64_t *to_us)
{
	*from_us = from;
	*to_us = to;
	return true;
}

/* "-2h", "7d", "90s", "1.5h" */
static bool
ago(struct str s, int64_t now_us, int64_t *from_us, int64_t *to_us)
{
	int64_t us, unit;

	if (s.n && s.p[0] == '-')
		s = str_from(s, 1);
	if (s.n < 2)
		return false;
	switch (to_lower(s.p[s.n - 1])) {
	case 's':
		unit = 1;
		break;
	case 'm':
		unit = 60;
		break;
	case 'h':
		unit = 3600;
		break;
	case 'd':
		unit = DAY;
		break;
	case 'w':
		unit = 7 * DAY;
		break;
	case 'y':
		unit = 365 * DAY;
		break;
	default:
		return false;
	}
	if (!str_seconds_us(str_head(s, s.n - 1), &us) || us < 0 ||
	    us > INT64_C(400) * 365 * DAY * SECOND / unit)
		return false;
	return span(now_us - us * unit, now_us - us * unit + SECOND, from_us,
	    to_us);
}

/* "1795183200", "@0", "1795183200.25" */
static bool
epoch(struct str s, int64_t *from_us, int64_t *to_us)
{
	int64_t us;
	bool at = s.n && s.p[0] == '@', frac;

	if (at)
		s = str_from(s, 1);
	frac = str_chr(s, '.') >= 0;
	if (s.n > 18 || !str_seconds_us(s, &us) || us < 0 ||
	    us > INT64_C(253402214400) * SECOND)
		return false;
	/* shorter numbers are years or days of a month: not taken here */
	if (!at && us < INT64_C(100000000) * SECOND)
		return false;
	return span(us, us + (frac ? 1 : SECOND), from_us, to_us);
}

static bool
digits(struct str *s, int min, int max, int *v)
{
	int n = 0;

	*v = 0;
	while (n < max && s->n > (size_t)n && is_digit(s->p[n]))
		*v = *v * 10 + s->p[n++] - '0';
	*s = str_from(*s, (size_t)n);
	return n >= min;
}

static bool
skip(struct str *s, char c)
{
	if (!s->n || *s->p != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* "14:05[:31[.5]]": seconds of the day, fraction, and how exact. */
static bool
time_of_day(struct str *s, int32_t *sec, int32_t *us, int64_t *width)
{
	int h, m, x = 0;

	*us = 0;
	if (!digits(s, 1, 2, &h) || h > 23 || !skip(s, ':') ||
	    !digits(s, 2, 2, &m) || m > 59)
		return false;
	*width = 60 * SECOND;
	if (skip(s, ':')) {
		if (!digits(s, 2, 2, &x) || x > 60)
			return false;
		*width = SECOND;
		if (s->n && (*s->p == '.' || *s->p == ',')) {
			int32_t unit = 100000;

			*s = str_from(*s, 1);
			if (!s->n || !is_digit(*s->p))
				return false;
			for (; s->n && is_digit(*s->p); unit /= 10) {
				*us += unit * (*s->p - '0');
				*s = str_from(*s, 1);
			}
			*width = 1;
		}
	}
	*sec = h * 3600 + m * 60 + x;
	return true;
}

/* A zone behind a time: "Z", "+01:00", "-0330". */
static bool
suffix(struct str s, const struct zone **z)
{
	char name[8];

	if (!s.n || s.n >= sizeof(name) ||
	    (*s.p != 'Z' && *s.p != 'z' && *s.p != '+' && *s.p != '-'))
		return false;
	memcpy(name, s.p, s.n);
	name[s.n] = 0;
	*z = zone_get(name, NULL);
	return *z != NULL;
}

static bool
date_time(struct str s, const struct zone *z, int64_t *from_us, int64_t *to_us)
{
	int y, m = 1, d = 1;
	int32_t sec, us;
	int64_t width, days;

	if (!digits(&s, 4, 4, &y) || y < 1970 || y > 2199)
		return false;
	if (!s.n)
		return span(moment(z, stamp_days(y, 1, 1) * DAY),
		    moment(z, stamp_days(y + 1, 1, 1) * DAY), from_us, to_us);
	if ((!skip(&s, '-') && !skip(&s, '/')) || !digits(&s, 1, 2, &m) ||
	    m < 1 || m > 12)
		return false;
	if (!s.n)
		return span(moment(z, stamp_days(y, m, 1) * DAY),
		    moment(z, stamp_days(y + m / 12, m % 12 + 1, 1) * DAY),
		    from_us, to_us);
	if ((!skip(&s, '-') && !skip(&s, '/')) || !digits(&s, 1, 2, &d) ||
	    d < 1 || d > stamp_month_days(y, m))
		return false;
	days = stamp_days(y, m, d);
	if (!s.n)
		return span(moment(z, days * DAY), moment(z, (days + 1) * DAY),
		    from_us, to_us);
	if (!skip(&s, 'T') && !skip(&s, 't') && !skip(&s, ' '))
		return false;
	if (!time_of_day(&s, &sec, &us, &width))
		return false;
	skip(&s, ' ');
	if (s.n && !suffix(s, &z))
		return false;
	*from_us = moment(z, days * DAY + sec) + us;
	*to_us = *from_us + width;
	return true;
}

int
stamp_user(struct str s, int64_t now_us, const char *tz, int64_t *from_us,
    int64_t *to_us, struct err *err)
{
	const struct zone *z = zone_get(tz, err);
	struct str rest;
	int64_t width, local, t;
	int32_t sec, us, back = 0;

	if (!z)
		return -1;
	s = str_trim(s);
	if (str_eqi(s, STR("now"))) {
		span(now_us, now_us + SECOND, from_us, to_us);
		return 0;
	}
	local = floor_div(now_us, SECOND);
	local += zone_offset(z, local, NULL, NULL);
	local = floor_div(local, DAY) * DAY; /* midnight */
	if (str_eqi(s, STR("yesterday")))
		back = DAY;
	if (back || str_eqi(s, STR("today"))) {
		span(moment(z, local - back), moment(z, local - back + DAY),
		    from_us, to_us);
		return 0;
	}
	rest = s;
	if (s.n > 2 && time_of_day(&rest, &sec, &us, &width) && !rest.n) {
		t = moment(z, local + sec) + us;
		if (t > now_us)
			t = moment(z, local - DAY + sec) + us;
		span(t, t + width, from_us, to_us);
		return 0;
	}
	if (date_time(s, z, from_us, to_us) || epoch(s, from_us, to_us) ||
	    ago(s, now_us, from_us, to_us))
		return 0;
	return err_set(err,
	    "cannot read the time '%.*s': try 2026-11-20, "
	    "'2026-11-20 14:05', 14:05, yesterday, -2h or 7d",
	    (int)(s.n < 60 ? s.n : 60), s.p ? s.p : "");
}
