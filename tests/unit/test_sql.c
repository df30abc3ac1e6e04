/*
 * test_sql.c: the tables of `mailtrace sql`: held against what really happened,
 * against reading everything through, and against those who would write.
 */
#include "base/map.h"
#include "lab_sql.h"
#include "base/banned.h"

static int64_t
one(const char *query)
{
	char *s = rows(query, NULL);
	int64_t v = strtoll(s, NULL, 10);

	free(s);
	return v;
}

/* ---- the truth ---- */

static const struct {
	const char *outcome, *state;
	unsigned n; /* recipients of the truth with that outcome */
} outcomes[] = {
	{ "delivered-local", "delivered", 832 },
	{ "left-our-smtp", "left", 591 },
	{ "bounced", "bounced", 156 },
	{ "expired", "expired", 46 },
	{ "deferred", "deferred", 20 },
	{ "held", "held", 8 },
	{ "lost-in-filter", "lost", 7 },
};

/* "message-id|recipient|state" of the table. */
static void
load(struct map *m, struct arena *a)
{
	char *all = rows("select distinct message_id, lower(recipient), state "
			 "from delivery where state is not null and "
			 "message_id is not null",
	    NULL);
	struct str rest = str_c(all);

	while (rest.p) {
		struct str line = str_split(&rest, '\n');

		if (line.n)
			*map_slot(m, arena_dup(a, line)) = m;
	}
	free(all);
}

static struct map told;
static size_t outcome; /* of the table above: being counted */
static bool with_row;  /* and only those that the table has */

static int
wanted(const cJSON *m, const cJSON *r)
{
	struct str id = str_trim(str_c(lab_text(m, "message_id")));
	struct arena a = { 0 };
	int yes;

	if (strcmp(lab_text(r, "outcome"), outcomes[outcome].outcome) != 0)
		return 0;
	if (id.n && id.p[0] == '<')
		id = str_make(id.p + 1, id.n - 2);
	yes = !with_row ||
	      map_get(&told, arena_printf(&a, STR_FMT "|%s|%s", STR_ARG(id),
				 arena_lower(&a, str_c(lab_text(r, "final"))).p,
				 outcomes[outcome].state));
	arena_release(&a);
	return yes;
}

static void
test_truth(void **state)
{
	struct arena a = { 0 };

	(void)state;
	load(&told, &a);
	for (outcome = 0; outcome < sizeof(outcomes) / sizeof(*outcomes);
	     outcome++) {
		uint64_t all, right;

		with_row = false;
		all = lab_count(&lab, wanted);
		with_row = true;
		right = lab_count(&lab, wanted);
		print_message("%-16s %u of %u\n", outcomes[outcome].outcome,
		    (unsigned)right, (unsigned)all);
		assert_int_equal(all, outcomes[outcome].n);
		/* two were bounced to a null sender before they had an id */
		assert_true(right + 2 >= all);
	}
	map_release(&told);
	arena_release(&a);
}

/* The counts of the one query that everybody types, against the truth's. */
static void
test_counts(void **state)
{
	(void)state;
	/* no list copies, no notices: what the truth tells of */
	assert_int_equal(one("select count(*) from delivery where state = "
			     "'lost'"),
	    7);
	assert_int_equal(one("select count(*) from delivery where state = "
			     "'held'"),
	    8);
	assert_int_equal(one("select count(*) from delivery where state = "
			     "'discarded'"),
	    41);
	/* 20, and a notice of ours */
	assert_int_equal(one("select count(*) from delivery where state = "
			     "'deferred' and sender <> ''"),
	    20);
	/* those that were refused before they had a queue id */
	assert_int_equal(one("select count(*) from refusal where class = "
			     "'ip_blocklisted'"),
	    19);
	assert_int_equal(one("select count(*) from source"), 16);
	/* a message is there once, however many hops it has */
	assert_int_equal(one("select count(*) from message where message_id = "
			     "'d00897.96396556.JavaMail.app@remote-postfix."
			     "test'"),
	    1);
}

/* ---- push-down ---- */

/* Asked by the index and read through: the same rows. */
static void
same(const char *table, const char *cond, const char *slow)
{
	char a[512], b[512], *x, *y;

	snprintf(a, sizeof(a),
	    "select * from %s where %s order by 1,2,3,4,5,6,"
	    "7,8",
	    table, cond);
	snprintf(b, sizeof(b),
	    "select * from %s where %s order by 1,2,3,4,5,6,"
	    "7,8",
	    table, slow);
	x = rows(a, NULL);
	y = rows(b, NULL);
	if (!*y)
		fail_msg("%s: no row", b);
	if (strcmp(x, y) != 0)
		fail_msg("%s differs from %s", a, b);
	free(x);
	free(y);
}

static void
test_same_rows(void **state)
{
	(void)state;
	same("delivery", "recipient = 'Olga.Gruber@isp.test'",
	    "lower(recipient) = 'olga.gruber@isp.test'");
	/* Exim names a local part and the address it came from */
	same("delivery", "recipient = 'fullhouse@customers.test'",
	    "lower(recipient) = 'fullhouse@customers.test'");
	same("delivery", "sender = 'olga.gruber@isp.test'",
	    "sender || '' = 'olga.gruber@isp.test'");
	same("delivery", "sender = ''", "sender || '' = ''");
	same("delivery", "recipient_domain = 'customers.test'",
	    "lower(recipient_domain) = 'customers.test'");
	same("delivery", "relay = 'local'", "relay || '' = 'local'");
	same("delivery", "client_ip = '10.77.1.20'",
	    "client_ip || '' = '10.77.1.20'");
	same("delivery", "time >= '2025-12-31 10' and time < '2025-12-31 11'",
	    "time || '' >= '2025-12-31 10' and time || '' < '2025-12-31 11'");
	same("delivery", "epoch between 1767225600 and 1767229200",
	    "epoch + 0 between 1767225600 and 1767229200");
	same("delivery",
	    "sender = 'olga.gruber@isp.test' and time > '2025-12-31'",
	    "sender || '' = 'olga.gruber@isp.test' and time || '' > "
	    "'2025-12-31'");
	same("hop", "user = 'olga.gruber@isp.test'",
	    "user || '' = 'olga.gruber@isp.test'");
	same("hop", "qid in (select qid from delivery where state = 'held')",
	    "qid || '' in (select qid from delivery where state = 'held')");
	same("message", "sender = 'olga.gruber@isp.test'",
	    "sender || '' = 'olga.gruber@isp.test'");
	same("message", "time < '2025-12-29 09'",
	    "time || '' < '2025-12-29 "
	    "09'");
	same("refusal", "client_ip = '203.0.113.10'",
	    "client_ip || '' = '203.0.113.10'");
	same("auth", "user = 'ben.dorn@isp.test'",
	    "user || '' = 'ben.dorn@isp.test'");
}

/* A question by recipient decodes the groups that have it, not all. */
static void
test_reads_runs(void **state)
{
	uint64_t all, some, none;

	(void)state;
	free(rows("select count(*) from delivery", &all));
	free(rows("select count(*) from delivery where recipient = "
		  "'fullcloud.test'",
	    &none));
	free(rows("select count(*) from delivery where recipient = "
		  "'paul.engel@fullcloud.test'",
	    &some));
	print_message("groups: all %llu, a recipient %llu, nobody %llu\n",
	    (unsigned long long)all, (unsigned long long)some,
	    (unsigned long long)none);
	assert_true(all > 50);
	assert_true(some > 0 && some * 4 < all);
	assert_int_equal(none, 0);
	/* a bound on time opens the days it can be in, the hour alone too */
	free(rows("select count(*) from auth where time < '2025-12-29 21'",
	    &some));
	free(rows("select count(*) from auth", &all));
	assert_true(some > 0 && some < all);
}

/* ---- what is not allowed ---- */

static void
refused(const char *query, const char *why)
{
	struct err err = { "" };
	struct sql *q = ask(query, &err);
	int rc = -1;

	while (q && (rc = sql_step(q, &err)) == 1)
		;
	if (q && rc == 0)
		fail_msg("'%s' was let through", query);
	if (!strstr(err.msg, why))
		fail_msg("'%s': '%s', not '%s'", query, err.msg, why);
	sql_close(q);
}

static void
test_refused(void **state)
{
	(void)state;
	refused("attach '/tmp/x.db' as x", "ATTACH is not allowed");
	refused("select 1; attach 'x' as y", "one statement");
	refused("pragma journal_mode = wal", "PRAGMA is not allowed");
	refused("select * from pragma_database_list", "not allowed");
	refused("select load_extension('/tmp/x.so')", "load_extension()");
	refused("create table x(a)", "not allowed");
	refused("create temp table x(a)", "not allowed");
	refused("create virtual table x using delivery", "not allowed");
	refused("delete from hop", "may not be modified");
	refused("update delivery set state = 'left'", "may not be modified");
	refused("insert into hop(qid) values('x')", "not allowed");
	refused("begin", "not allowed");
	refused("vacuum into '/tmp/x'", "not allowed");
	refused("select writefile('/tmp/x', 'y')", "no such function");
	refused("", "no query");
	refused("-- nothing", "no query");
	refused("selekt", "syntax error");
	refused("select hex(zeroblob(20000000))", "too big");
	refused("select zeroblob(1000000000)", "too big");
}

static void
test_time_limit(void **state)
{
	struct sql_opts o = { .store = lab.dir,
		.site = &lab.conf.site,
		.max_us = 50000 };
	struct err err = { "" };
	struct sql *q = sql_open(&o,
	    STR("with recursive c(x) as (select 1 union all select x + 1 "
		"from c) select count(*) from c"),
	    &err);

	(void)state;
	assert_non_null(q);
	assert_int_equal(sql_step(q, &err), -1);
	assert_non_null(strstr(err.msg, "took more than"));
	sql_close(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truth),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_same_rows),
		cmocka_unit_test(test_reads_runs),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_time_limit),
	};

	return cmocka_run_group_tests(tests, lab_setup, lab_teardown);
}
