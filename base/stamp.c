/*
 * stamp.c: reads stamps as printed, and says which moment they were.
 *
 * Civil dates are counted by Howard Hinnant's days_from_civil, so nothing
 * here asks the C library about time.  What a user types is in stamp_user.c.
 */
#include <time.h>

#include "base/stamp.h"
#include "base/banned.h"

enum {
	DAY = 86400,
	YEAR_MIN = 1970,
	YEAR_MAX = 2199,
	TAI_UTC = 10,	/* what TAI64N writers of logs add, leap or not */
	LATE_DAYS = 32, /* a line may be older than the newest by so much */
};

#define SECOND INT64_C(1000000)

int64_t
stamp_days(int year, int mon, int day)
{
	int64_t y = year - (mon <= 2), era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy =
	    (unsigned)((153 * (mon + (mon > 2 ? -3 : 9)) + 2) / 5 + day - 1);
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
stamp_month_days(int year, int mon)
{
	static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };

	return days[(mon - 1) % 12] + (mon == 2 && is_leap(year));
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void
date_of(int64_t days, struct stamp *st)
{
	int64_t z = days + 719468, era = floor_div(z, 146097);
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	st->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	st->mon = (int)(mp < 10 ? mp + 3 : mp - 9);
	st->year = (int)(era * 400 + yoe + (st->mon <= 2));
}

void
stamp_of(int64_t t_us, const struct zone *zone, bool year, struct stamp *st)
{
	int64_t t = floor_div(t_us, SECOND), local;

	*st = (struct stamp){ .us = (int32_t)(t_us - t * SECOND) };
	local = t + zone_offset(zone, t, NULL, NULL);
	date_of(floor_div(local, DAY), st);
	st->sec = (int32_t)(local - floor_div(local, DAY) * DAY);
	if (!year)
		st->year = 0;
}

int64_t
stamp_local_s(const struct stamp *st, int year)
{
	return stamp_days(year, st->mon, st->day) * DAY + st->sec;
}

/* ---- reading ---- */

/* Two digits at p, or -1. */
static inline int
two(const char *p)
{
	return is_digit(p[0]) && is_digit(p[1]) ?
		   (p[0] - '0') * 10 + p[1] - '0' :
		   -1;
}

static int
month(const char *p)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	char c[3] = { to_lower(p[0]), to_lower(p[1]), to_lower(p[2]) };

	for (int i = 0; i < 12; i++)
		if (memcmp(names + 3 * i, c, 3) == 0)
			return i + 1;
	return 0;
}

/* "hh:mm:ss[.ffffff]" at byte i of s; moves i. */
static bool
clock_time(struct str s, size_t *i, struct stamp *st)
{
	const char *p = s.p + *i;
	int h, m, sec;

	if (s.n < *i + 8 || p[2] != ':' || p[5] != ':')
		return false;
	h = two(p);
	m = two(p + 3);
	sec = two(p + 6);
	if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60)
		return false;
	st->sec = h * 3600 + m * 60 + sec;
	*i += 8;
	st->us = 0;
	st->frac = 0;
	if (*i + 1 < s.n && (s.p[*i] == '.' || s.p[*i] == ',') &&
	    is_digit(s.p[*i + 1])) {
		int32_t unit = 100000;

		for (++*i; *i < s.n && is_digit(s.p[*i]) && st->frac < 9;
		     ++*i, st->frac++, unit /= 10)
			st->us += unit * (s.p[*i] - '0');
	}
	return true;
}

/* "Z", "+0100", "+01:00", "+01" at byte i; moves i. */
static void
zone_suffix(struct str s, size_t *i, struct stamp *st)
{
	const char *p = s.p + *i;
	size_t n = s.n - *i, len = 0;
	int h, m = 0;

	st->zone = false;
	if (n && *p == 'Z') {
		st->tz_min = 0;
		st->zone = true;
		++*i;
		return;
	}
	if (n < 3 || (*p != '+' && *p != '-') || (h = two(p + 1)) < 0)
		return;
	if (n >= 6 && p[3] == ':' && two(p + 4) >= 0) {
		m = two(p + 4);
		len = 6;
	} else if (n >= 5 && two(p + 3) >= 0) {
		m = two(p + 3);
		len = 5;
	} else {
		len = 3;
	}
	if (h > 15 || m > 59 || (len < n && is_digit(p[len])))
		return;
	st->tz_min = (int16_t)((h * 60 + m) * (*p == '-' ? -1 : 1));
	st->zone = true;
	*i += len;
}

/* "Jan  2 03:04:05" from byte i; year is left as it is. */
static bool
bsd(struct str s, size_t i, struct stamp *st)
{
	const char *p = s.p + i;

	if (s.n < i + 14 || p[3] != ' ' || !(st->mon = month(p)))
		return false;
	i += 4;
	p += 4;
	st->pad0 = *p == '0';
	if (*p == ' ' && is_digit(p[1])) {
		st->day = p[1] - '0';
		i += 2;
	} else if (is_digit(*p) && p[1] == ' ') {
		st->day = *p - '0';
		i += 1;
	} else {
		st->day = two(p);
		i += 2;
	}
	if (i >= s.n || s.p[i] != ' ')
		return false;
	i++;
	if (!clock_time(s, &i, st))
		return false;
	st->n = i;
	return true;
}

static bool
iso(struct str s, struct stamp *st)
{
	const char *p = s.p;
	size_t i = 11;
	int a, b;

	if (s.n < 19 || (a = two(p)) < 0 || (b = two(p + 2)) < 0 ||
	    p[4] != p[7] || (p[4] != '-' && p[4] != '/') ||
	    (p[10] != ' ' && (p[10] != 'T' || p[4] != '-')))
		return false;
	st->year = a * 100 + b;
	st->mon = two(p + 5);
	st->day = two(p + 8);
	if (!clock_time(s, &i, st))
		return false;
	zone_suffix(s, &i, st);
	if (!st->zone && i + 6 <= s.n && s.p[i] == ' ' &&
	    (s.p[i + 1] == '+' || s.p[i + 1] == '-')) {
		size_t k = i + 1;

		/* " +0100": the four digits, so that no text is taken */
		if (two(s.p + k + 1) >= 0 && two(s.p + k + 3) >= 0) {
			zone_suffix(s, &k, st);
			if (st->zone && (k == s.n || s.p[k] == ' '))
				i = k;
			else
				st->zone = false;
		}
	}
	st->n = i;
	return true;
}

/* "Fri Jan  2 03:04:05 2026" */
static bool
weekday(struct str s, struct stamp *st)
{
	int a, b;
	const char *p;

	if (s.n < 20 || s.p[3] != ' ' || !bsd(s, 4, st) || s.n < st->n + 5)
		return false;
	p = s.p + st->n;
	if (p[0] != ' ' || (a = two(p + 1)) < 0 || (b = two(p + 3)) < 0)
		return false;
	st->year = a * 100 + b;
	st->n += 5;
	return true;
}

static bool
tai64n(struct str s, struct stamp *st)
{
	uint64_t v = 0;
	uint32_t ns = 0;

	if (s.n < 25)
		return false;
	for (size_t i = 1; i < 25; i++) {
		char c = to_lower(s.p[i]);
		unsigned d;

		if (is_digit(c))
			d = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			d = (unsigned)(c - 'a' + 10);
		else
			return false;
		if (i <= 16)
			v = v << 4 | d;
		else
			ns = ns << 4 | d;
	}
	if (v < (UINT64_C(1) << 62) || ns > 999999999)
		return false;
	v -= (UINT64_C(1) << 62) + TAI_UTC;
	if (v > (uint64_t)DAY * 365 * 230)
		return false;
	date_of((int64_t)v / DAY, st);
	st->sec = (int32_t)(v % DAY);
	st->us = (int32_t)(ns / 1000);
	st->frac = 6;
	st->tz_min = 0;
	st->zone = true;
	st->n = 25;
	return true;
}

bool
stamp_parse(struct str s, struct stamp *st)
{
	const char *p = s.p;
	bool ok;

	*st = (struct stamp){ 0 };
	if (s.n < 14)
		return false;
	if (is_digit(*p)) {
		if (p[4] == ' ') {
			int a = two(p), b = two(p + 2);

			if (a < 0 || b < 0 || s.n < 20 || !bsd(s, 5, st))
				return false;
			st->year = a * 100 + b;
			ok = true;
		} else {
			ok = iso(s, st);
		}
	} else if (*p == '@') {
		ok = tai64n(s, st);
	} else {
		ok = bsd(s, 0, st) || weekday(s, st);
	}
	return ok && st->mon >= 1 && st->mon <= 12 && st->day >= 1 &&
	       st->day <=
		   stamp_month_days(st->year ? st->year : 1972, st->mon) &&
	       (st->year == 0 ||
		   (st->year >= YEAR_MIN && st->year <= YEAR_MAX));
}

/* ---- which moment ---- */

void
clock_init(struct clock *ck, const struct zone *zone, int year)
{
	*ck = (struct clock){
		.zone = zone ? zone : zone_utc(),
		.year = year,
		.last_s = INT64_MIN,
		.last_us = INT64_MIN,
	};
}

/* The latest year in which the stamp is not after now. */
static int
latest_year(const struct clock *ck, const struct stamp *st)
{
	struct year_hint h = { .first = *st, .now_us = ck->now_us };
	struct timespec t;

	if (!h.now_us) {
		clock_gettime(CLOCK_REALTIME, &t);
		h.now_us = (int64_t)t.tv_sec * SECOND;
	}
	h.leap = st->mon == 2 && st->day == 29;
	return stamp_first_year(&h, ck->zone);
}

int
clock_year(struct clock *ck, const struct stamp *st)
{
	int64_t s, days;

	if (!ck->year)
		ck->year = latest_year(ck, st);
	s = stamp_local_s(st, ck->year);
	if (ck->last_s == INT64_MIN) {
		ck->last_s = s;
		return ck->year;
	}
	days = (s - ck->last_s) / DAY;
	if (days < -LATE_DAYS) { /* Dec -> Jan */
		ck->year++;
		ck->wraps++;
		ck->last_s = stamp_local_s(st, ck->year);
		return ck->year;
	}
	if (days > 365 - LATE_DAYS) /* a late line of the old year */
		return ck->year - 1;
	if (s > ck->last_s)
		ck->last_s = s;
	return ck->year;
}

int64_t
clock_local_us(struct clock *ck, int64_t local_s, int32_t us)
{
	int64_t t;

	if (local_s >= ck->off_from && local_s < ck->off_to) {
		t = (local_s - ck->off_s) * SECOND + us;
	} else {
		int64_t after =
		    ck->last_us == INT64_MIN ? INT64_MIN : ck->last_us / SECOND;
		int64_t s = zone_to_utc(ck->zone, local_s, after, &ck->off_from,
		    &ck->off_to);

		ck->off_s = (int32_t)(local_s - s);
		t = s * SECOND + us;
	}
	ck->last_us = t;
	return t;
}

int64_t
clock_us(struct clock *ck, const struct stamp *st)
{
	int64_t s;

	if (st->year && st->zone) {
		s = stamp_local_s(st, st->year);
		ck->last_us = (s - st->tz_min * 60) * SECOND + st->us;
		/* what follows without a year is of about that time */
		ck->last_s = s;
		ck->year = st->year;
		return ck->last_us;
	}
	if (st->year) {
		s = stamp_local_s(st, st->year);
		ck->last_s = s;
		ck->year = st->year;
	} else {
		s = stamp_local_s(st, clock_year(ck, st));
	}
	return clock_local_us(ck, s, st->us);
}

/* ---- the year of the first line ---- */

/* When the last known line was, if the first was in year y; UTC. */
static int64_t
last_us(const struct year_hint *h, const struct zone *zone, int y)
{
	const struct stamp *st = h->has_last ? &h->last : &h->first;
	int64_t s = stamp_local_s(st, y + (int)h->wraps);

	return zone_to_utc(zone, s, INT64_MIN, NULL, NULL) * SECOND;
}

static int64_t
first_us(const struct year_hint *h, const struct zone *zone, int y)
{
	return zone_to_utc(zone, stamp_local_s(&h->first, y), INT64_MIN, NULL,
		   NULL) *
	       SECOND;
}

/* Whether every Feb 29 that was seen exists. */
static bool
leap_fits(const struct year_hint *h, int y)
{
	return !h->leap || is_leap(y + (int)h->leap_wraps);
}

/* The latest year whose last line is not after `limit`; 0: none. */
static int
latest(const struct year_hint *h, const struct zone *zone, int64_t limit)
{
	int64_t days = limit / SECOND / DAY;
	int y = 1970 + (int)(days / 365) + 1;

	for (int tries = 0; tries < 16 && y >= YEAR_MIN; y--, tries++)
		if (last_us(h, zone, y) <= limit && leap_fits(h, y))
			return y;
	return 0;
}

static int64_t
distance(int64_t a0, int64_t a1, int64_t b0, int64_t b1)
{
	return a1 < b0 ? b0 - a1 : b1 < a0 ? a0 - b1 : 0;
}

static int
nearest(const struct year_hint *h, const struct zone *zone, int y0,
    int64_t *dist)
{
	int best = 0;

	for (int y = y0; y > y0 - 60 && y >= YEAR_MIN; y--) {
		int64_t d = distance(first_us(h, zone, y), last_us(h, zone, y),
		    h->anchor_from_us, h->anchor_to_us);

		if (leap_fits(h, y) && (!best || d < *dist)) {
			best = y;
			*dist = d;
		}
	}
	return best;
}

int
stamp_first_year(const struct year_hint *h, const struct zone *zone)
{
	const int64_t day = DAY * SECOND;
	int64_t now = h->now_us + day, dist = INT64_MAX;
	bool anchored = h->anchor_from_us || h->anchor_to_us;
	int ynow, yfile = 0, yanchor = 0;
	bool fits = false, fresh;

	if (h->given)
		return h->given - (int)h->wraps;
	if (!zone)
		zone = zone_utc();
	ynow = latest(h, zone, now);
	if (!ynow)
		return 1970;
	if (anchored)
		yanchor = nearest(h, zone, ynow, &dist);
	fresh = h->mtime_us > h->now_us - 2 * day;
	if (h->mtime_us > 0 && h->mtime_us < now) {
		yfile = latest(h, zone, h->mtime_us + day);
		/* written within a day of what its last line says? */
		fits = yfile && h->has_last &&
		       h->mtime_us - last_us(h, zone, yfile) < day;
	}
	if (fits && !(fresh && yanchor && dist < 40 * day))
		return yfile;
	if (yanchor)
		return yanchor;
	return yfile ? yfile : ynow;
}
