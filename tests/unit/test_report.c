/*
 * test_report.c: reports over the lab's logs, held against what really
 * happened: fixtures/lab/truth.jsonl.xz was found in mailboxes, bounces and
 * queues, never in logs.
 */
#include "lab_help.h"
#include "base/banned.h"

#define ALL_FROM INT64_C(1766880000000000) /* 2025-12-28 */
#define ALL_TO	 INT64_C(1767398399999999) /* 2026-01-02 */

static struct lab lab;

static bool
is(const cJSON *o, const char *key, const char *value)
{
	return strcmp(lab_text(o, key), value) == 0;
}

static int
listed_elsewhere(const cJSON *m, const cJSON *r)
{
	(void)m;
	return is(r, "outcome", "blocked") &&
	       is(r, "stopped_at", "out1.isp.test") &&
	       strstr(lab_text(r, "reason"), "DNSBL");
}

static int
by_postscreen(const cJSON *m, const cJSON *r)
{
	return is(m, "scenario", "in-dnsbl-postscreen") &&
	       is(r, "outcome", "blocked");
}

static int
by_smtpd(const cJSON *m, const cJSON *r)
{
	return is(m, "scenario", "in-dnsbl-smtpd") &&
	       is(r, "outcome", "blocked");
}

static int
too_early(const cJSON *m, const cJSON *r)
{
	return is(m, "scenario", "in-pregreet") && is(r, "outcome", "blocked");
}

static void
test_blocked_ours(void **state)
{
	const struct table *t;
	struct report r;

	(void)state;
	lab_report(&lab, &r, "blocked", NULL, ALL_FROM, ALL_TO);
	t = &r.table[0];
	assert_int_equal(lab_count(&lab, listed_elsewhere), 14);
	assert_int_equal(lab_sum(t, "recipients", "ip", "10.77.1.41",
			     "operator", "bl.dnsbl.test", "kind", "list",
			     "receiver", "remote-exim.test", NULL),
	    14);
	/* out2 is not listed; nobody's content counts as a block */
	assert_int_equal(lab_sum(t, "recipients", "ip", "10.77.1.42", "kind",
			     "list", NULL),
	    0);
	assert_int_equal(lab_sum(t, "recipients", "receiver", "bigweb.test",
			     NULL),
	    0);
	for (size_t i = 0; i < t->nrow; i++) {
		bool list = str_eq(lab_cell(t, i, "kind")->text, STR("list"));
		struct str now = lab_cell(t, i, "status")->text;

		assert_true(lab_cell(t, i, "first")->n > ALL_FROM);
		assert_true(
		    lab_cell(t, i, "last")->n >= lab_cell(t, i, "first")->n);
		if (list) { /* strict.test never took mail of this address */
			assert_true(str_eq(now, STR("refused")));
			assert_true(str_eq(lab_cell(t, i, "lookup_url")->text,
			    STR("https://bl.dnsbl.test/10.77.1.41")));
			assert_true(lab_cell(t, i, "messages")->n <= 14);
		}
		/* busy.test says 421 half of the time */
		if (str_eq(lab_cell(t, i, "receiver")->text, STR("busy.test")))
			assert_true(str_eq(now, STR("healed")));
	}
	report_release(&r);
}

static void
test_blocked_new(void **state)
{
	struct report r;
	const struct table *t;

	(void)state;
	/* first refused on the 29th: new then, known on the 30th */
	lab_report(&lab, &r, "blocked", NULL, INT64_C(1766966400000000),
	    INT64_C(1767052799999999));
	t = &r.table[0];
	for (size_t i = 0; i < t->nrow; i++)
		assert_int_equal(lab_cell(t, i, "new")->n, 1);
	assert_true(t->nrow > 0);
	report_release(&r);
	lab_report(&lab, &r, "blocked", NULL, INT64_C(1767052800000000),
	    INT64_C(1767139199999999));
	t = &r.table[0];
	assert_true(t->nrow > 0);
	for (size_t i = 0; i < t->nrow; i++)
		if (str_eq(lab_cell(t, i, "kind")->text, STR("list")))
			assert_int_equal(lab_cell(t, i, "new")->n, 0);
	report_release(&r);
}

static void
test_blocked_clients(void **state)
{
	const struct table *t;
	struct report r;
	uint64_t all = lab_count(&lab, by_postscreen) +
		       lab_count(&lab, by_smtpd) + lab_count(&lab, too_early);

	(void)state;
	lab_report(&lab, &r, "blocked", NULL, ALL_FROM, ALL_TO);
	t = &r.table[1];
	assert_int_equal(all, 27);
	assert_int_equal(lab_total(&r, "clients_refused"), all);
	assert_int_equal(lab_sum(t, "refused", "reason", "list", "program",
			     "postscreen", "list", "zen.dnsbl.test", NULL),
	    lab_count(&lab, by_postscreen));
	assert_int_equal(lab_sum(t, "refused", "reason", "list", "program",
			     "smtpd", "list", "bl.dnsbl.test", NULL),
	    lab_count(&lab, by_smtpd));
	assert_int_equal(lab_sum(t, "refused", "reason", "pregreet", NULL),
	    lab_count(&lab, too_early));
	report_release(&r);
}

static int
open_lab(void **state)
{
	static const char *const paths[] = { "fixtures/lab/logs" };

	(void)state;
	lab_open(&lab, paths, 1, 0);
	return 0;
}

static int
close_lab(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocked_ours),
		cmocka_unit_test(test_blocked_new),
		cmocka_unit_test(test_blocked_clients),
	};

	return cmocka_run_group_tests(tests, open_lab, close_lab);
}
