/*
 * test_zone.c: known zones, unknown ones, damaged files (base/zone.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/stamp.h"
#include "base/zone.h"
#include "base/banned.h"

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

static void
test_zone_known(void **state)
{
	static const struct {
		const char *tz, *utc, *local;
	} rows[] = {
		{ "Europe/Vienna", "2026-01-15T12:00:00Z",
		    "2026-01-15T13:00:00.000000+01:00" },
		{ "Europe/Vienna", "2026-07-15T12:00:00Z",
		    "2026-07-15T14:00:00.000000+02:00" },
		{ "Europe/Vienna", "2026-03-29T00:59:59Z",
		    "2026-03-29T01:59:59.000000+01:00" },
		{ "Europe/Vienna", "2026-03-29T01:00:00Z",
		    "2026-03-29T03:00:00.000000+02:00" },
		{ "Europe/Vienna", "2026-10-25T00:59:59Z",
		    "2026-10-25T02:59:59.000000+02:00" },
		{ "Europe/Vienna", "2026-10-25T01:00:00Z",
		    "2026-10-25T02:00:00.000000+01:00" },
		/* behind the last change a file lists */
		{ "Europe/Vienna", "2095-07-01T00:00:00Z",
		    "2095-07-01T02:00:00.000000+02:00" },
		{ "Asia/Kathmandu", "2026-01-15T12:00:00Z",
		    "2026-01-15T17:45:00.000000+05:45" },
		{ "Australia/Lord_Howe", "2026-07-15T12:00:00Z",
		    "2026-07-15T22:30:00.000000+10:30" },
		{ "America/St_Johns", "2026-01-15T12:00:00Z",
		    "2026-01-15T08:30:00.000000-03:30" },
		{ "UTC", "2026-01-15T12:00:00Z",
		    "2026-01-15T12:00:00.000000+00:00" },
		{ "+05:30", "2026-01-15T12:00:00Z",
		    "2026-01-15T17:30:00.000000+05:30" },
		{ "-0330", "2026-01-15T12:00:00Z",
		    "2026-01-15T08:30:00.000000-03:30" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z",
		    "2026-03-29T03:00:00.000000+02:00" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z",
		    "2026-10-25T02:00:00.000000+01:00" },
		{ "<+0330>-3:30", "2026-01-15T12:00:00Z",
		    "2026-01-15T15:30:00.000000+03:30" },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-15T12:00:00Z",
		    "2026-01-15T23:00:00.000000+11:00" },
		{ "XXX3YYY,J60/0,J300/0", "2026-03-01T03:00:00Z",
		    "2026-03-01T01:00:00.000000-02:00" },
	};

	(void)state;
	if (access("/usr/share/zoneinfo/Europe/Vienna", R_OK) < 0) {
		print_message("skipped: no time zone files here\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err;

		print_message("# %s %s\n", rows[i].tz, rows[i].utc);
		assert_non_null(zone_get(rows[i].tz, &err));
		assert_string_equal(show(utc(rows[i].utc), rows[i].tz),
		    rows[i].local);
	}
}

static void
test_zone_unknown(void **state)
{
	static const char *const rows[] = { "Mars/Olympus", "../../etc/passwd",
		"+25:00", "+1", "CET-", "/etc/passwd", "/dev/null", "..",
		"CET-1CEST,M13.5.0,M10.5.0", "Europe" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("# %s\n", rows[i]);
		assert_null(zone_get(rows[i], &err));
		assert_non_null(strstr(err.msg, "unknown time zone"));
	}
}

/* A zone file with bytes changed or cut off: no crash, no endless loop. */
static void
test_zone_damaged(void **state)
{
	char path[] = "/tmp/mailtrace-zone.XXXXXX";
	static char bytes[8192];
	FILE *f = fopen("/usr/share/zoneinfo/Europe/Vienna", "rb");
	size_t n;
	int fd;

	(void)state;
	if (!f) {
		print_message("skipped: no time zone files here\n");
		skip();
	}
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	for (size_t i = 0; i < 100; i++) {
		struct buf name = BUF_INIT(300);
		size_t at = i < 44 ? i : i * 37 % n;
		const struct zone *z;
		char old = bytes[at];

		bytes[at] = (char)~old;
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, bytes, n - i % 3 * i, 0),
		    (ssize_t)(n - i % 3 * i));
		/* zones are kept by name: a new one each time */
		for (size_t k = 0; k <= i; k++)
			buf_putc(&name, '/');
		buf_puts(&name, path + 1);
		z = zone_get(buf_c(&name), NULL);
		if (z) {
			zone_offset(z, 0, NULL, NULL);
			zone_to_utc(z, 1795183200, INT64_MIN, NULL, NULL);
		}
		bytes[at] = old;
		buf_release(&name);
	}
	close(fd);
	unlink(path);
}

/* Local time and back, every quarter of an hour of ten years. */
static void
test_zone_back(void **state)
{
	static const char *const names[] = { "CET-1CEST,M3.5.0,M10.5.0/3",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "<-03>3" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct zone *z = zone_get(names[i], NULL);

		assert_non_null(z);
		for (int64_t t = 1767225600; t < 2082758400; t += 900) {
			int64_t from, to;
			int32_t off = zone_offset(z, t, &from, &to);

			assert_true(from <= t && t < to);
			/* the line before was just then */
			assert_int_equal(zone_to_utc(z, t + off, t - 1, NULL,
					     NULL),
			    t);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_known),
		cmocka_unit_test(test_zone_unknown),
		cmocka_unit_test(test_zone_damaged),
		cmocka_unit_test(test_zone_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
