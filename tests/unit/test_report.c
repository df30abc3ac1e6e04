/*
 * test_report.c: reports over the lab's logs, held against what really
 * happened: fixtures/lab/truth.jsonl.xz was found in mailboxes, bounces and
 * queues, never in logs.
 */
#include "lab_all.h"
#include "cli/report.h"
#include "cli/utf8.h"
#include "base/banned.h"

#define ALL_FROM INT64_C(1766880000000000) /* 2025-12-28 */
#define ALL_TO	 INT64_C(1767398399999999) /* 2026-01-02 */

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
content_elsewhere(const cJSON *m, const cJSON *r)
{
	return is(r, "outcome", "blocked") &&
	       (is(m, "scenario", "out-big-spam") ||
		   is(m, "scenario", "out-remote-content"));
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
	assert_int_equal(lab_count(&lab, content_elsewhere), 17);
	assert_int_equal(lab_sum(t, "recipients", "receiver",
			     "remote-exim.test", NULL),
	    14);
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

/* ---- the forms ---- */

static int
columns(struct str line)
{
	struct str at;
	uint32_t cp;
	int n = 0;

	while (utf8_next(&line, &at, &cp))
		n += cp == UTF8_BAD ? 1 : utf8_width(cp);
	return n;
}

/* On a terminal no line of any report is longer than it is wide. */
static void
test_width(void **state)
{
	static const int widths[] = { 60, 80, 132 };

	(void)state;
	for (size_t i = 0; report_table[i]; i++) {
		struct report r;

		lab_report(&lab, &r, report_table[i]->name, NULL, ALL_FROM,
		    ALL_TO);
		for (size_t k = 0; k < 6; k++) {
			struct report_out o = { .tz = "UTC",
				.width = widths[k / 2],
				.utf8 = k & 1,
				.tty = true };
			struct buf b = BUF_INIT(16 << 20);
			struct str rest;

			report_text(&r, &o, &b);
			rest = buf_str(&b);
			while (rest.p) {
				struct str line = str_split(&rest, '\n');

				if (columns(line) > o.width)
					fail_msg("%s: %d columns: '%.*s'",
					    report_table[i]->name,
					    columns(line), STR_ARG(line));
				for (size_t c = 0; c < line.n && !o.utf8; c++)
					assert_true(line.p[c] >= ' ' &&
						    line.p[c] < 127);
			}
			buf_release(&b);
		}
		report_release(&r);
	}
}

/* ---- facts, one by one ---- */

struct seen {
	struct str states; /* "delivered " each */
};

static struct tally facts;

static struct seen *
seen_of(struct str msgid, struct str to)
{
	static struct buf key = BUF_INIT(64 * 1024);
	struct str part[2] = { lab_bare(msgid), to };

	return tally_row(&facts, tally_key(&key, part, 2));
}

/* The truth's word for a recipient, in ours. */
static const char *
word_of(const cJSON *r)
{
	static const char *const words[][2] = { { "delivered-local",
						    "delivered" },
		{ "left-our-smtp", "left" }, { "lost-in-filter", "lost" },
		{ "bounced", "bounced" }, { "deferred", "deferred" },
		{ "expired", "expired" }, { "held", "held" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is(r, "outcome", words[i][0]))
			return words[i][1];
	return NULL;
}

static int
wrong_fact(const cJSON *m, const cJSON *r)
{
	const char *want = word_of(r);
	struct seen *s;
	struct str rest;

	if (!want || !lab_text(m, "message_id")[0])
		return 0;
	s = seen_of(str_c(lab_text(m, "message_id")),
	    str_c(lab_text(r, "final")));
	/* two of them were refused at our door, whatever was expected */
	if (!s->states.n)
		return strncmp(lab_text(r, "verified"), "no", 2) != 0;
	rest = s->states;
	while (rest.n) {
		struct str word = str_split(&rest, ' ');

		if (word.n && !str_eq(word, str_c(want)) &&
		    !str_eq(word, STR("rejected")))
			return 1;
	}
	return 0;
}

static void
test_facts(void **state)
{
	struct facts_ask ask = { .st = lab.st,
		.site = &lab.conf.site,
		.cl = lab.cl,
		.t0_us = 0,
		.t1_us = INT64_MAX,
		.kinds = 1u << FACT_COPY };
	uint64_t count[OUT_STATES] = { 0 };
	struct arena a = { 0 };
	struct facts *fs;
	struct fact f;
	struct err err;
	int rc;

	(void)state;
	tally_init(&facts, &a, sizeof(struct seen));
	fs = facts_open(&ask, &err);
	assert_non_null(fs);
	while ((rc = facts_next(fs, &f, &err)) == 1) {
		struct seen *s = seen_of(f.msgid, f.to);

		if (f.leg)
			continue;
		/* what we made ourselves is not in the truth */
		count[f.state] += f.from.n || !f.from.p;
		s->states = arena_printf(&a, STR_FMT "%s ", STR_ARG(s->states),
		    out_state_name[f.state]);
	}
	assert_int_equal(rc, 0);
	assert_false(facts_cut(fs));
	facts_close(fs);
	assert_int_equal(lab_count(&lab, wrong_fact), 0);
	assert_int_equal(count[OUT_DEFERRED], 20);
	assert_int_equal(count[OUT_HELD], 8);
	assert_int_equal(count[OUT_LOST], 7);
	assert_int_equal(count[OUT_ABORTED], 6);
	tally_release(&facts);
	arena_release(&a);
}

/* ---- full mailboxes ---- */

static int
full_with_us(const cJSON *m, const cJSON *r)
{
	/* one was refused at our door: our logs do not know its id */
	return is(r, "outcome", "quota") &&
	       str_find(buf_str(&lab_logs),
		   lab_bare(str_c(lab_text(m, "message_id")))) >= 0;
}

static int
said_full(const cJSON *m, const cJSON *r)
{
	(void)m;
	return is(r, "outcome", "quota");
}

static int
full_elsewhere(const cJSON *m, const cJSON *r)
{
	(void)m;
	return (is(r, "outcome", "bounced") || is(r, "outcome", "expired")) &&
	       strstr(lab_text(r, "reason"), "mailbox full");
}

static void
test_quota(void **state)
{
	const struct table *t;
	struct report r;

	(void)state;
	lab_read_logs();
	lab_report(&lab, &r, "quota", NULL, ALL_FROM, ALL_TO);
	t = &r.table[0];
	assert_int_equal(lab_count(&lab, said_full), 29);
	assert_int_equal(lab_count(&lab, full_with_us), 28);
	assert_int_equal(lab_total(&r, "ours"), 28);
	assert_int_equal(lab_count(&lab, full_elsewhere), 19);
	assert_int_equal(lab_total(&r, "remote"), 19);
	assert_int_equal(lab_sum(t, "refused", "where", "ours", NULL), 28);
	for (size_t i = 0; i < t->nrow; i++) {
		assert_true(
		    lab_cell(t, i, "since")->n <= lab_cell(t, i, "first")->n);
		assert_true(
		    str_eq(lab_cell(t, i, "status")->text, STR("full")));
	}
	report_release(&r);
	/* on one day alone: full since before it */
	lab_report(&lab, &r, "quota", NULL, INT64_C(1767139200000000),
	    INT64_C(1767225599999999));
	t = &r.table[0];
	for (size_t i = 0; i < t->nrow; i++)
		if (str_eq(lab_cell(t, i, "mailbox")->text,
			STR("overquota@isp.test")))
			assert_true(lab_cell(t, i, "since")->n <
				    INT64_C(1767139200000000));
	report_release(&r);
	buf_release(&lab_logs);
}

static int
waits(const cJSON *m, const cJSON *r)
{
	(void)m;
	return is(r, "outcome", "deferred");
}

static void
test_deferred(void **state)
{
	const struct table *t;
	struct report r;

	(void)state;
	lab_report(&lab, &r, "deferred", NULL, ALL_TO, ALL_TO);
	/* and one bounce of ours that its sender's server does not take */
	assert_int_equal(lab_total(&r, "deferred"), lab_count(&lab, waits) + 1);
	assert_int_equal(lab_total(&r, "held"), 8);
	report_release(&r);
	lab_report(&lab, &r, "deferred", "message", ALL_TO, ALL_TO);
	t = &r.table[0];
	assert_int_equal(t->nrow, lab_total(&r, "messages"));
	for (size_t i = 0; i < t->nrow; i++) {
		assert_int_equal(lab_cell(t, i, "messages")->n, 1);
		assert_true(lab_cell(t, i, "qid")->text.n > 0);
	}
	report_release(&r);
}

/* ---- addresses to remove ---- */

static int
not_unknown(const cJSON *m, const cJSON *r)
{
	struct str to = str_c(lab_text(r, "final"));
	struct seen *s = map_get(&facts.map, to);

	(void)m;
	if (!s)
		return 0;
	/* on the list, but it took a mail, was full, or was just blocked */
	return is(r, "outcome", "delivered-local") ||
	       is(r, "outcome", "left-our-smtp") || is(r, "outcome", "quota") ||
	       is(r, "outcome", "blocked") ||
	       strstr(lab_text(r, "reason"), "full") != NULL;
}

static void
test_removal(void **state)
{
	const struct table *t;
	struct arena a = { 0 };
	struct report r;
	struct err err;

	(void)state;
	report_init(&r, report_by_name("bounces"));
	r.st = lab.st;
	r.site = &lab.conf.site;
	r.cl = lab.cl;
	r.t0_us = ALL_FROM;
	r.t1_us = ALL_TO;
	r.tz = "UTC";
	r.by = "recipient";
	r.permanent = true;
	r.min = 2;
	r.top = 0;
	assert_int_equal(report_run(&r, &err), 0);
	t = &r.table[0];
	assert_true(t->nrow > 5);
	tally_init(&facts, &a, sizeof(struct seen));
	for (size_t i = 0; i < t->nrow; i++) {
		enum cls c = cls_by_name(lab_cell(t, i, "class")->text);

		tally_row(&facts, lab_cell(t, i, "what")->text);
		assert_true(
		    c == CLS_USER_UNKNOWN || c == CLS_DOMAIN_NOT_FOUND ||
		    c == CLS_NO_MAIL_SERVICE || c == CLS_MAILBOX_DISABLED);
		assert_true(lab_cell(t, i, "bounced")->n >= 2);
	}
	assert_int_equal(lab_count(&lab, not_unknown), 0);
	tally_release(&facts);
	arena_release(&a);
	report_release(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocked_ours),
		cmocka_unit_test(test_blocked_new),
		cmocka_unit_test(test_blocked_clients),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_removal),
	};

	return cmocka_run_group_tests(tests, lab_setup, lab_teardown);
}
