/*
 * test_report_volume.c: volume, top, delay, auth and coverage over the lab's
 * logs, held against what really happened (fixtures/lab/truth.jsonl.xz) and
 * against plain counts of lines.
 */
#include "lab_all.h"
#include "base/banned.h"

#define ALL_FROM INT64_C(1766880000000000) /* 2025-12-28 */
#define ALL_TO	 INT64_C(1767398399999999) /* 2026-01-02 */

static bool
first_rcpt(const cJSON *m, const cJSON *r)
{
	const cJSON *all = cJSON_GetObjectItemCaseSensitive(m, "recipients");

	return all && all->child == r;
}

static bool
is_ours(const char *addr)
{
	const char *at = strchr(addr, '@');

	return at && (strcmp(at, "@isp.test") == 0 ||
			 strcmp(at, "@customers.test") == 0 ||
			 strcmp(at, "@lists.isp.test") == 0);
}

/* What the client was answered after the data: the last session's word. */
static int
accepted(const cJSON *m)
{
	const cJSON *s = cJSON_GetObjectItemCaseSensitive(m, "smtp");
	const cJSON *data;

	if (cJSON_IsArray(s))
		s = cJSON_GetArrayItem(s, cJSON_GetArraySize(s) - 1);
	data = cJSON_GetObjectItemCaseSensitive(s, "data");
	return cJSON_IsArray(data) && data->child &&
	       data->child->valueint == 250;
}

/* A mail of a customer that was taken, with a recipient outside. */
static int
outbound(const cJSON *m, const cJSON *r)
{
	const cJSON *all = cJSON_GetObjectItemCaseSensitive(m, "recipients");
	const cJSON *x;
	bool outside = false;

	if (!first_rcpt(m, r) || !accepted(m) || !*lab_text(m, "auth_user"))
		return 0;
	cJSON_ArrayForEach(x, all) outside |= !is_ours(lab_text(x, "envelope"));
	return outside;
}

/* One to our own people only; and what the machines themselves sent. */
static int
internal(const cJSON *m, const cJSON *r)
{
	if (!first_rcpt(m, r))
		return 0;
	if (strcmp(lab_text(m, "scenario"), "cron-pickup") == 0)
		return 1;
	return accepted(m) && *lab_text(m, "auth_user") && !outbound(m, r);
}

static void
test_volume(void **state)
{
	struct report r;
	const struct table *t;
	int64_t sum = 0;

	(void)state;
	lab_report(&lab, &r, "volume", "day", ALL_FROM, ALL_TO);
	t = &r.table[0];
	/* through two filters and three hosts, and still one mail */
	assert_int_equal(lab_total(&r, "outbound"), lab_count(&lab, outbound));
	assert_int_equal(lab_total(&r, "outbound"), 574);
	/* five more came by programs of the test itself, not in the truth */
	assert_int_equal(lab_total(&r, "internal"),
	    lab_count(&lab, internal) + 5);
	assert_int_equal(lab_total(&r, "inbound"), 673);
	assert_int_equal(lab_total(&r, "aborted"), 6);
	assert_int_equal(t->nrow, 4);
	for (size_t i = 0; i < t->nrow; i++) {
		sum += lab_cell(t, i, "messages")->n;
		assert_int_equal(lab_cell(t, i, "messages")->n,
		    lab_cell(t, i, "inbound")->n +
			lab_cell(t, i, "outbound")->n +
			lab_cell(t, i, "internal")->n);
	}
	assert_int_equal(sum, lab_total(&r, "messages"));
	report_release(&r);
	lab_report(&lab, &r, "volume", "host", ALL_FROM, ALL_TO);
	/* all that customers send comes in at one host */
	assert_int_equal(lab_sum(&r.table[0], "outbound", "what",
			     "smtp.isp.test", NULL),
	    574);
	assert_int_equal(lab_sum(&r.table[0], "messages", "what",
			     "out1.isp.test", NULL),
	    0);
	report_release(&r);
}

static void
test_hours_add_up(void **state)
{
	struct report r;
	int64_t sum = 0;

	(void)state;
	/* one local day of Vienna */
	lab_report(&lab, &r, "volume", "time", INT64_C(1767135600000000),
	    INT64_C(1767221999999999));
	for (size_t i = 0; i < r.table[0].nrow; i++)
		sum += lab_cell(&r.table[0], i, "messages")->n;
	assert_true(r.table[0].nrow > 20 && r.table[0].nrow <= 24);
	assert_int_equal(sum, lab_total(&r, "messages"));
	report_release(&r);
}

static const char *who;

static int
with_login(const cJSON *m, const cJSON *r)
{
	return first_rcpt(m, r) && accepted(m) && *lab_text(m, "auth_user");
}

static int
ended_at(const cJSON *m, const cJSON *r)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(r, "copies");

	(void)m;
	if (strcmp(lab_text(r, "final"), who) != 0 ||
	    strcmp(lab_text(r, "outcome"), "left-our-smtp") != 0)
		return 0;
	return cJSON_IsNumber(n) ? n->valueint : 1;
}

static void
test_top(void **state)
{
	struct report r;

	(void)state;
	lab_report(&lab, &r, "top", NULL, ALL_FROM, ALL_TO);
	/* and the five that are not in the truth */
	assert_int_equal(lab_sum(&r.table[3], "messages", NULL),
	    lab_count(&lab, with_login) + 5);
	/* somebody outside: each copy once, however many of our hosts */
	who = "ben.gruber@webmail.test";
	assert_true(lab_count(&lab, ended_at) > 0);
	assert_int_equal(lab_sum(&r.table[1], "messages", "what", who, NULL) -
			     lab_sum(&r.table[1], "failed", "what", who, NULL),
	    lab_count(&lab, ended_at));
	report_release(&r);
	lab_report(&lab, &r, "top", "user", ALL_FROM, ALL_TO);
	assert_true(r.table[0].unused && !r.table[3].unused);
	report_release(&r);
}

static void
test_delay(void **state)
{
	struct report r;
	const struct table *t;

	(void)state;
	lab_report(&lab, &r, "delay", NULL, ALL_FROM, ALL_TO);
	t = &r.table[1];
	/* the other side takes mail of this domain only after 18 hours */
	assert_int_equal(lab_sum(t, "copies", "what", "later.test", NULL), 8);
	for (size_t i = 0; i < t->nrow; i++) {
		int64_t half = lab_cell(t, i, "p50")->n;
		int64_t most = lab_cell(t, i, "longest")->n;

		if (!lab_cell(t, i, "copies")->n)
			continue;
		assert_true(half <= lab_cell(t, i, "p90")->n);
		assert_true(
		    lab_cell(t, i, "p90")->n <= lab_cell(t, i, "p99")->n);
		assert_true(lab_cell(t, i, "p99")->n <= most);
		if (str_eq(lab_cell(t, i, "what")->text, STR("later.test")))
			assert_true(half > 12 * INT64_C(3600000000) &&
				    half < 14 * INT64_C(3600000000));
	}
	report_release(&r);
}

static int
bad_password(const cJSON *m, const cJSON *r)
{
	return first_rcpt(m, r) &&
	       strcmp(lab_text(m, "scenario"), "sub-auth-failed") == 0;
}

static void
test_auth(void **state)
{
	struct report r;

	(void)state;
	lab_report(&lab, &r, "auth", NULL, ALL_FROM, ALL_TO);
	/* each client tried twice, and Postfix and Dovecot both tell of it; in
	 * two cases the lab's clock was moved on by more than 20 minutes
	 * between the two */
	assert_int_equal(lab_total(&r, "failures"),
	    2 * lab_count(&lab, bad_password) + 2);
	assert_int_equal(lab_total(&r, "suspects"), 0);
	report_release(&r);
}

static void
test_coverage(void **state)
{
	struct report r;
	const struct table *t;

	(void)state;
	lab_report(&lab, &r, "coverage", NULL, ALL_FROM, ALL_TO);
	t = &r.table[0];
	assert_int_equal(t->nrow, 8);
	assert_int_equal(lab_total(&r, "unknown"), 0);
	assert_int_equal(lab_total(&r, "files"), 16);
	assert_int_equal(lab_total(&r, "lines"), 50878);
	for (size_t i = 0; i < t->nrow; i++)
		if (lab_cell(t, i, "handed_found")->set)
			assert_true(lab_cell(t, i, "handed_found")->x > 0.99);
	report_release(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_volume),
		cmocka_unit_test(test_hours_add_up),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_auth),
		cmocka_unit_test(test_coverage),
	};

	return cmocka_run_group_tests(tests, lab_setup, lab_teardown);
}
