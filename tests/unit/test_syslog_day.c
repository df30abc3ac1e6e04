/*
 * test_syslog_day.c: stamps of a day whose date was read already.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "parsers/syslog.h"
#include "base/banned.h"

static struct line
frame(struct syslog *sl, const char *text)
{
	struct line ln = { .raw = str_c(text), .number = 1 };

	syslog_frame(sl, &ln);
	return ln;
}

/* What is remembered of a stamp changes no answer: each line once more with
 * nothing remembered. */
static void
test_same_day(void **state)
{
	static const char *const stamps[] = { "2026-10-24 23:59:59",
		"2026-10-25 00:10:00", "2026-10-25 02:30:00",
		"2026-10-25 02:59:59.5", "2026-10-25 02:10:00",
		"2026-10-25 03:00:00", "2026-10-25 02:30:00 +0200",
		"2026-10-25 02:30:01 +0200", "2026-10-25 02:31:00 +0100",
		"2026-10-25T02:31:00.000001+01:00",
		"2026-10-25T02:31:07.000001+01:00",
		"2026-10-25T01:00:00.25+01:00", "2026-10-25T23:59:60+01:00",
		"2026-10-25T23:59:59.000000+01:00", "2026-10-25T24:00:00+01:00",
		"2026-10-25T22:00:00Z", "2026-10-25T22:00:01Z",
		"Oct 25 23:00:00", "Oct 25 23:00:01", "2027-10-25 22:00:00",
		"Oct 25 23:00:02", "2026-10-25 22:00:02", "Oct 25 23:00:03" };
	struct err err;
	const struct zone *zone = zone_get("Europe/Vienna", &err);
	struct syslog a, b;

	(void)state;
	assert_non_null(zone);
	syslog_init(&a, zone, 2026);
	syslog_init(&b, zone, 2026);
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		struct line la, lb;
		char *text = NULL;

		assert_true(
		    asprintf(&text, "%s mx exim[1]: text", stamps[i]) > 0);
		la = frame(&a, text);
		b.iso_ok = false;
		lb = frame(&b, text);
		if (la.t_us != lb.t_us || la.tz_min != lb.tz_min ||
		    la.flags != lb.flags || la.frame != lb.frame ||
		    a.clock.year != b.clock.year ||
		    a.clock.last_s != b.clock.last_s ||
		    a.clock.last_us != b.clock.last_us ||
		    a.last_us != b.last_us || a.bsd_ok != b.bsd_ok)
			fail_msg("%s: %lld, not %lld", stamps[i],
			    (long long)la.t_us, (long long)lb.t_us);
		free(text);
	}
	syslog_release(&a);
	syslog_release(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_day),
	};

	return cmocka_run_group_tests_name("syslog_day", tests, NULL, NULL);
}
