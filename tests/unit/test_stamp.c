/*
 * test_stamp.c: stamps, clocks, years, and what people type (base/stamp*.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/stamp.h"
#include "tests/unit/guard.h"
#include "base/banned.h"

#define SECOND INT64_C(1000000)

static struct guard guard;

/* "2026-01-02T03:04:05.123456+01:00" of that moment in that zone */
static const char *
show(int64_t t_us, const char *tz)
{
	static struct buf b = BUF_INIT(4096);

	buf_clear(&b);
	stamp_print(&b, t_us, tz, STAMP_RFC3339);
	return buf_c(&b);
}

static int64_t
utc(const char *text)
{
	struct stamp st;
	struct clock ck;

	assert_true(stamp_parse(str_c(text), &st));
	assert_int_equal(st.n, strlen(text));
	clock_init(&ck, zone_utc(), 0);
	return clock_us(&ck, &st);
}

/* ---- what is printed ---- */

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		int year, mon, day;
		int h, m, s;
		int32_t us;
		int tz; /* 9999: none */
	} rows[] = {
		{ "Jan 27 07:00:04 mail", 15, 0, 1, 27, 7, 0, 4, 0, 9999 },
		{ "Jan  2 03:04:05", 15, 0, 1, 2, 3, 4, 5, 0, 9999 },
		{ "Jan 02 03:04:05 x", 15, 0, 1, 2, 3, 4, 5, 0, 9999 },
		{ "Mar 7 02:09:33 server", 14, 0, 3, 7, 2, 9, 33, 0, 9999 },
		{ "Feb 29 00:00:00 x", 15, 0, 2, 29, 0, 0, 0, 0, 9999 },
		{ "Dec 31 23:59:60 x", 15, 0, 12, 31, 23, 59, 60, 0, 9999 },
		{ "Jan 27 07:00:04.123456 m", 22, 0, 1, 27, 7, 0, 4, 123456,
		    9999 },
		{ "2020-01-30T06:26:05.404714+09:00 mail", 32, 2020, 1, 30, 6,
		    26, 5, 404714, 540 },
		{ "2026-01-27T07:00:04+0100 x", 24, 2026, 1, 27, 7, 0, 4, 0,
		    60 },
		{ "2026-01-27T07:00:04Z", 20, 2026, 1, 27, 7, 0, 4, 0, 0 },
		{ "2026-07-06T07:25:08.123456789Z stdout", 30, 2026, 7, 6, 7,
		    25, 8, 123456, 0 },
		{ "2026-01-27T07:00:04.5-03:30 x", 27, 2026, 1, 27, 7, 0, 4,
		    500000, -210 },
		{ "2026-01-27 07:00:04 1abc", 19, 2026, 1, 27, 7, 0, 4, 0,
		    9999 },
		{ "2026-01-27 07:00:04.678 +0545 x", 29, 2026, 1, 27, 7, 0, 4,
		    678000, 345 },
		{ "2026-01-27 07:00:04,678 fail2ban", 23, 2026, 1, 27, 7, 0, 4,
		    678000, 9999 },
		{ "2026-01-27 07:00:04 +01000 x", 19, 2026, 1, 27, 7, 0, 4, 0,
		    9999 },
		{ "2026-01-27 07:00:04 -- x", 19, 2026, 1, 27, 7, 0, 4, 0,
		    9999 },
		{ "2022/04/02 15:45:23 [error]", 19, 2022, 4, 2, 15, 45, 23, 0,
		    9999 },
		{ "2013 Jun 10 06:48:17.123 gds", 24, 2013, 6, 10, 6, 48, 17,
		    123000, 9999 },
		{ "Fri Jan  2 03:04:05 2026 ->", 24, 2026, 1, 2, 3, 4, 5, 0,
		    9999 },
		{ "@4000000069573d9507270e00 x", 25, 2026, 1, 2, 3, 37, 47,
		    120000, 0 },
		{ "2024-02-29 12:00:00", 19, 2024, 2, 29, 12, 0, 0, 0, 9999 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stamp st;

		print_message("# %s\n", rows[i].text);
		assert_true(
		    stamp_parse(guard_put(&guard, str_c(rows[i].text)), &st));
		assert_int_equal(st.n, rows[i].n);
		assert_int_equal(st.year, rows[i].year);
		assert_int_equal(st.mon, rows[i].mon);
		assert_int_equal(st.day, rows[i].day);
		assert_int_equal(st.sec,
		    rows[i].h * 3600 + rows[i].m * 60 + rows[i].s);
		assert_int_equal(st.us, rows[i].us);
		assert_int_equal(st.zone, rows[i].tz != 9999);
		if (st.zone)
			assert_int_equal(st.tz_min, rows[i].tz);
		/* no truncation reads too far */
		for (size_t n = 0; n < strlen(rows[i].text); n++)
			stamp_parse(guard_put(&guard,
					str_make(rows[i].text, n)),
			    &st);
	}
}

static void
test_parse_none(void **state)
{
	static const char *const rows[] = { "", "Jan", "Jan 32 07:00:04",
		"Jan  0 07:00:04", "Feb 30 07:00:04", "Foo 12 07:00:04",
		"Jan 27 24:00:04", "Jan 27 07:60:04", "Jan 27 07:00:61",
		"Jan 27  7:00:04", "Jan  a 07:00:04", "2026-13-01 00:00:00",
		"2026-00-01 00:00:00", "2026-01-00 00:00:00",
		"2023-02-29 00:00:00", "2026-01-27X07:00:04",
		"2026/01/27T07:00:04", "2026-01/27 07:00:04",
		"1969-01-01 00:00:00", "2200-01-01 00:00:00",
		"@4000000069573d95zz270e00", "@400000006957", "@",
		"@ffffffff69573d9507270e00", "1795183200 x",
		"postfix/smtpd[1]: connect", "{\"log\":\"x\"}            ",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"2026 Foo 10 06:48:17.123", "Fri Jan  2 03:04:05 20x6" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stamp st;

		print_message("# %s\n", rows[i]);
		assert_false(
		    stamp_parse(guard_put(&guard, str_c(rows[i])), &st));
	}
}

static void
test_days(void **state)
{
	struct stamp st;

	(void)state;
	assert_int_equal(stamp_days(1970, 1, 1), 0);
	assert_int_equal(stamp_days(2000, 3, 1), 11017);
	assert_int_equal(stamp_days(2026, 11, 21), 20778);
	assert_int_equal(stamp_month_days(2024, 2), 29);
	assert_int_equal(stamp_month_days(2100, 2), 28);
	assert_int_equal(stamp_month_days(2000, 2), 29);
	/* there and back, every day of 231 years */
	for (int64_t d = 0; d < 84371; d++) {
		stamp_of(d * 86400 * SECOND, zone_utc(), true, &st);
		assert_int_equal(stamp_days(st.year, st.mon, st.day), d);
		assert_int_equal(st.sec, 0);
	}
}

/* ---- which moment it was ---- */

static void
run_clock(const char *tz, int year, const char *const *lines,
    const char *const *want)
{
	struct clock ck;
	struct stamp st;

	clock_init(&ck, zone_get(tz, NULL), year);
	for (size_t i = 0; lines[i]; i++) {
		print_message("# %s\n", lines[i]);
		assert_true(stamp_parse(str_c(lines[i]), &st));
		assert_string_equal(show(clock_us(&ck, &st), tz), want[i]);
	}
}

static void
test_clock_new_year(void **state)
{
	static const char *const lines[] = { "Dec 31 23:59:59",
		"Jan  1 00:00:00",
		"Dec 31 23:59:58", /* late, of the old year */
		"Jan  1 00:00:01", "Jan 31 10:00:00",
		"Jan 28 10:00:00", /* a few days back: the same year */
		"Feb 28 10:00:00", "Aug  1 00:00:00", "Jul 30 00:00:00",
		"Dec 30 10:00:00", "Jan  2 10:00:00", NULL };
	static const char *const want[] = { "2023-12-31T23:59:59.000000+00:00",
		"2024-01-01T00:00:00.000000+00:00",
		"2023-12-31T23:59:58.000000+00:00",
		"2024-01-01T00:00:01.000000+00:00",
		"2024-01-31T10:00:00.000000+00:00",
		"2024-01-28T10:00:00.000000+00:00",
		"2024-02-28T10:00:00.000000+00:00",
		"2024-08-01T00:00:00.000000+00:00",
		"2024-07-30T00:00:00.000000+00:00",
		"2024-12-30T10:00:00.000000+00:00",
		"2025-01-02T10:00:00.000000+00:00" };

	(void)state;
	run_clock("UTC", 2023, lines, want);
}

static void
test_clock_mixed(void **state)
{
	/* a stamp with a year corrects those without */
	static const char *const lines[] = { "Nov 20 10:00:00",
		"2019-11-20T10:00:01Z", "Nov 20 10:00:02",
		"2019-12-31 23:59:59", "Jan  1 00:00:00", NULL };
	static const char *const want[] = { "2026-11-20T10:00:00.000000+00:00",
		"2019-11-20T10:00:01.000000+00:00",
		"2019-11-20T10:00:02.000000+00:00",
		"2019-12-31T23:59:59.000000+00:00",
		"2020-01-01T00:00:00.000000+00:00" };

	(void)state;
	run_clock("UTC", 2026, lines, want);
}

static void
test_clock_summer_time(void **state)
{
	static const char *const autumn[] = { "Oct 25 01:59:59",
		"Oct 25 02:10:00", "Oct 25 02:59:59",
		"Oct 25 02:00:00", /* the second 02:00 */
		"Oct 25 01:59:59", /* never shown again: late */
		"Oct 25 02:30:00", "Oct 25 02:29:58", "Oct 25 03:00:00", NULL };
	static const char *const autumn_utc[] = {
		"2026-10-25T01:59:59.000000+02:00",
		"2026-10-25T02:10:00.000000+02:00",
		"2026-10-25T02:59:59.000000+02:00",
		"2026-10-25T02:00:00.000000+01:00",
		"2026-10-25T01:59:59.000000+02:00",
		"2026-10-25T02:30:00.000000+02:00",
		"2026-10-25T02:29:58.000000+02:00",
		"2026-10-25T03:00:00.000000+01:00"
	};
	static const char *const spring[] = { "Mar 29 01:59:59",
		"Mar 29 02:30:00", /* no such time: counted on */
		"Mar 29 03:00:00", NULL };
	static const char *const spring_utc[] = {
		"2026-03-29T01:59:59.000000+01:00",
		"2026-03-29T03:30:00.000000+02:00",
		"2026-03-29T03:00:00.000000+02:00"
	};

	(void)state;
	run_clock("CET-1CEST,M3.5.0,M10.5.0/3", 2026, autumn, autumn_utc);
	run_clock("CET-1CEST,M3.5.0,M10.5.0/3", 2026, spring, spring_utc);
}

/* The cached way gives what the long way gives, across every change. */
static void
test_clock_cache(void **state)
{
	static const char *const zones[] = { "CET-1CEST,M3.5.0,M10.5.0/3",
		"<-03>3", "AEST-10AEDT,M10.1.0,M4.1.0/3", "UTC" };

	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		const struct zone *z = zone_get(zones[i], NULL);
		struct clock ck;

		clock_init(&ck, z, 2026);
		/* two years, a step of some 17 minutes */
		for (int64_t t = 1767225600; t < 1830297600; t += 1021) {
			int64_t local = t + zone_offset(z, t, NULL, NULL);
			int64_t got = clock_local_us(&ck, local, 0);

			assert_int_equal(got, t * SECOND);
		}
	}
}

/* ---- the year of the first line ---- */

static void
test_first_year(void **state)
{
	static const struct {
		const char *about, *first, *last;
		unsigned wraps;
		int given;
		const char *mtime, *now, *from, *to;
		int year;
	} rows[] = {
		{ "the operator's word", "Nov  1 00:00:00", "Nov  2 00:00:00",
		    0, 2011, "2026-11-02T00:00:01Z", "2026-11-20T00:00:00Z",
		    NULL, NULL, 2011 },
		{ "... is of the last line", "Dec  1 00:00:00",
		    "Jan  2 00:00:00", 1, 2011, NULL, "2026-11-20T00:00:00Z",
		    NULL, NULL, 2010 },
		{ "the file's time", "Nov  1 00:00:00", "Nov  2 00:00:00", 0, 0,
		    "2019-11-02T00:10:00Z", "2026-11-20T00:00:00Z", NULL, NULL,
		    2019 },
		{ "the file's time against an anchor", "Nov  1 00:00:00",
		    "Nov  2 00:00:00", 0, 0, "2019-11-02T00:10:00Z",
		    "2026-11-20T00:00:00Z", "2026-11-01T00:00:00Z",
		    "2026-11-20T00:00:00Z", 2019 },
		{ "a fresh copy: the anchor", "Dec 29 00:00:00",
		    "Jan  1 16:00:00", 1, 0, "2027-01-01T15:00:00Z",
		    "2027-01-01T15:00:00Z", "2025-12-29T00:00:00Z",
		    "2026-01-01T16:00:00Z", 2025 },
		{ "a copy: the anchor", "Dec 29 00:00:00", "Dec 31 16:00:00", 0,
		    0, "2026-11-20T00:00:00Z", "2027-03-01T00:00:00Z",
		    "2025-12-30T00:00:00Z", "2026-01-01T16:00:00Z", 2025 },
		{ "nothing but now", "Nov 19 00:00:00", "Nov 20 00:00:00", 0, 0,
		    NULL, "2026-11-20T00:00:00Z", NULL, NULL, 2026 },
		{ "never the future", "Nov 19 00:00:00", "Nov 23 00:00:00", 0,
		    0, NULL, "2026-11-20T00:00:00Z", NULL, NULL, 2025 },
		{ "a clock a few hours ahead", "Nov 19 00:00:00",
		    "Nov 20 04:00:00", 0, 0, NULL, "2026-11-20T00:00:00Z", NULL,
		    NULL, 2026 },
		{ "over New Year", "Dec 29 00:00:00", "Jan  1 00:00:00", 1, 0,
		    NULL, "2026-11-20T00:00:00Z", NULL, NULL, 2025 },
		{ "a leap day", "Feb 29 00:00:00", "Mar  1 00:00:00", 0, 0,
		    NULL, "2026-11-20T00:00:00Z", NULL, NULL, 2024 },
		{ "a leap day after New Year", "Dec 29 00:00:00",
		    "Feb 29 00:00:00", 1, 0, NULL, "2026-11-20T00:00:00Z", NULL,
		    NULL, 2023 },
		{ "two years of lines", "Mar  1 00:00:00", "Mar  2 00:00:00", 2,
		    0, NULL, "2026-11-20T00:00:00Z", NULL, NULL, 2024 },
		{ "before the file's time", "Nov 10 00:00:00",
		    "Nov 12 00:00:00", 0, 0, "2024-11-01T00:00:00Z",
		    "2026-11-20T00:00:00Z", NULL, NULL, 2023 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct year_hint h = { .has_last = true,
			.wraps = rows[i].wraps,
			.given = rows[i].given,
			.now_us = utc(rows[i].now) };

		print_message("# %s\n", rows[i].about);
		assert_true(stamp_parse(str_c(rows[i].first), &h.first));
		assert_true(stamp_parse(str_c(rows[i].last), &h.last));
		if (strstr(rows[i].first, "Feb 29"))
			h.leap = true;
		if (strstr(rows[i].last, "Feb 29")) {
			h.leap = true;
			h.leap_wraps = h.wraps;
		}
		if (rows[i].mtime)
			h.mtime_us = utc(rows[i].mtime);
		if (rows[i].from) {
			h.anchor_from_us = utc(rows[i].from);
			h.anchor_to_us = utc(rows[i].to);
		}
		assert_int_equal(stamp_first_year(&h, zone_utc()),
		    rows[i].year);
	}
}

/* ---- what people type ---- */

static void
test_user(void **state)
{
	/* now: 2026-11-20 15:30 in Vienna */
	static const struct {
		const char *text, *from, *to;
	} rows[] = {
		{ "2026-11-20", "2026-11-20T00:00:00.000000+01:00",
		    "2026-11-21T00:00:00.000000+01:00" },
		{ "2026-03-29", "2026-03-29T00:00:00.000000+01:00",
		    "2026-03-30T00:00:00.000000+02:00" },
		{ "2026-11", "2026-11-01T00:00:00.000000+01:00",
		    "2026-12-01T00:00:00.000000+01:00" },
		{ "2026-12", "2026-12-01T00:00:00.000000+01:00",
		    "2027-01-01T00:00:00.000000+01:00" },
		{ "2025", "2025-01-01T00:00:00.000000+01:00",
		    "2026-01-01T00:00:00.000000+01:00" },
		{ "2026-11-20 14:05", "2026-11-20T14:05:00.000000+01:00",
		    "2026-11-20T14:06:00.000000+01:00" },
		{ "2026-11-20 14:05:31", "2026-11-20T14:05:31.000000+01:00",
		    "2026-11-20T14:05:32.000000+01:00" },
		{ "2026-11-20T14:05:31.25", "2026-11-20T14:05:31.250000+01:00",
		    "2026-11-20T14:05:31.250001+01:00" },
		{ "2026-11-20T14:05:31Z", "2026-11-20T15:05:31.000000+01:00",
		    "2026-11-20T15:05:32.000000+01:00" },
		{ "2026-11-20T14:05:31-05:00",
		    "2026-11-20T20:05:31.000000+01:00",
		    "2026-11-20T20:05:32.000000+01:00" },
		{ "14:05", "2026-11-20T14:05:00.000000+01:00",
		    "2026-11-20T14:06:00.000000+01:00" },
		{ "16:05", "2026-11-19T16:05:00.000000+01:00",
		    "2026-11-19T16:06:00.000000+01:00" },
		{ "today", "2026-11-20T00:00:00.000000+01:00",
		    "2026-11-21T00:00:00.000000+01:00" },
		{ " Yesterday ", "2026-11-19T00:00:00.000000+01:00",
		    "2026-11-20T00:00:00.000000+01:00" },
		{ "now", "2026-11-20T15:30:00.000000+01:00",
		    "2026-11-20T15:30:01.000000+01:00" },
		{ "-2h", "2026-11-20T13:30:00.000000+01:00",
		    "2026-11-20T13:30:01.000000+01:00" },
		{ "7d", "2026-11-13T15:30:00.000000+01:00",
		    "2026-11-13T15:30:01.000000+01:00" },
		{ "1.5h", "2026-11-20T14:00:00.000000+01:00",
		    "2026-11-20T14:00:01.000000+01:00" },
		{ "1795183200", "2026-11-20T15:00:00.000000+01:00",
		    "2026-11-20T15:00:01.000000+01:00" },
		{ "@1795183200.5", "2026-11-20T15:00:00.500000+01:00",
		    "2026-11-20T15:00:00.500001+01:00" },
	};
	static const char *const bad[] = { "", " ", "tomorrow", "2026-13-01",
		"2026-02-30", "2026-11-20 25:00", "2026-11-20 14", "14:5",
		"-2x", "d", "-", "99999999999999999999d", "1e9", "12345",
		"2026-11-20T14:05:31+99:00", "2026-11-20x", "14:05 x",
		"\xff\xff" };
	const char *tz = "CET-1CEST,M3.5.0,M10.5.0/3";
	int64_t now = utc("2026-11-20T14:30:00Z"), from, to;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("# %s\n", rows[i].text);
		assert_int_equal(stamp_user(str_c(rows[i].text), now, tz, &from,
				     &to, &err),
		    0);
		assert_string_equal(show(from, tz), rows[i].from);
		assert_string_equal(show(to, tz), rows[i].to);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		print_message("# %s\n", bad[i]);
		assert_int_equal(stamp_user(guard_put(&guard, str_c(bad[i])),
				     now, tz, &from, &to, &err),
		    -1);
		assert_non_null(strstr(err.msg, "cannot read the time"));
	}
	assert_int_equal(stamp_user(STR("now"), now, "No/Zone", &from, &to,
			     &err),
	    -1);
}

static void
test_print(void **state)
{
	static const struct {
		enum stamp_form form;
		const char *want;
	} rows[] = {
		{ STAMP_DATE, "2026-01-02" },
		{ STAMP_MINUTES, "2026-01-02 03:04" },
		{ STAMP_SECONDS, "2026-01-02 03:04:05" },
		{ STAMP_MILLIS, "2026-01-02 03:04:05.678" },
		{ STAMP_CLOCK, "03:04:05" },
		{ STAMP_RFC3339, "2026-01-02T03:04:05.678901-03:30" },
		{ STAMP_RFC3339_S, "2026-01-02T03:04:05-03:30" },
	};
	int64_t t = utc("2026-01-02T06:34:05.678901Z");
	struct buf b = BUF_INIT(100);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_clear(&b);
		stamp_print(&b, t, "-03:30", rows[i].form);
		assert_string_equal(buf_c(&b), rows[i].want);
	}
	/* the ends of time are printed somehow, and before 1970 rightly */
	assert_string_equal(show(-SECOND / 2, "UTC"),
	    "1969-12-31T23:59:59.500000+00:00");
	assert_int_equal(strlen(show(INT64_MIN, "UTC")), 32);
	assert_int_equal(strlen(show(INT64_MAX, "UTC")), 32);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_none),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_clock_new_year),
		cmocka_unit_test(test_clock_mixed),
		cmocka_unit_test(test_clock_summer_time),
		cmocka_unit_test(test_clock_cache),
		cmocka_unit_test(test_first_year),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
