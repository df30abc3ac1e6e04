/*
 * test_scope.c: each answer of `mailtrace scope` on a store made for it, the
 * statistics behind it, and the lab's logs.
 */
#include <math.h>

#include "lab_help.h"
#include "query/scope.h"
#include "store_help.h"
#include "base/banned.h"

/* ---- numbers ---- */

static void
test_network(void **state)
{
	static const struct {
		const char *ip, *net;
	} cases[] = {
		{ "192.0.2.77", "192.0.2.0/24" },
		{ "::ffff:192.0.2.77", "192.0.2.0/24" },
		{ "2001:db8:1:2::9", "2001:db8:1::/48" },
		{ "2001:db8:1::9", "2001:db8:1::/48" },
		{ "2001:DB8:1:0:0:0:0:9", "2001:db8:1::/48" },
		{ "2001:db8::25", "2001:db8::/48" },
		{ "2001:db8:0:7::25", "2001:db8::/48" },
		{ "fe80::1", "fe80::/48" },
		{ "unknown", "unknown" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[IP_NETWORK];
		struct str s = ip_network(str_c(cases[i].ip), text);

		if (!str_eq(s, str_c(cases[i].net)))
			fail_msg("%s: " STR_FMT, cases[i].ip, STR_ARG(s));
	}
}

static void
test_fisher(void **state)
{
	(void)state;
	/* Fisher's own tea: 3 of 4 right by chance, 17/70 */
	assert_true(fabs(scope_fisher(3, 4, 4, 8) - 17.0 / 70) < 1e-9);
	assert_true(fabs(scope_fisher(4, 4, 4, 8) - 1.0 / 70) < 1e-9);
	assert_true(fabs(scope_fisher(0, 4, 4, 8) - 1) < 1e-9);
	assert_true(scope_fisher(412, 415, 430, 5000) < 1e-100);
	assert_true(scope_fisher(5, 500, 50, 5000) > 0.4);
}

static void
test_wilson(void **state)
{
	double low, high;

	(void)state;
	scope_wilson(0, 10, &low, &high);
	assert_true(low == 0 && fabs(high - 0.2775) < 0.001);
	scope_wilson(5, 10, &low, &high);
	assert_true(fabs(low - 0.2366) < 0.001 && fabs(high - 0.7634) < 0.001);
	scope_wilson(0, 0, &low, &high);
	assert_true(low == 0 && high == 1);
}

/* ---- made stores ---- */

struct mail {
	unsigned user, sender, domain, dest, host, rcpt;
	bool failed;
};

/* Who has which mail fails; the rest of it is the same for all. */
struct world {
	const char *name;
	unsigned mails;
	bool (*fails)(const struct mail *m, unsigned i);
	const char *term; /* "": none */
	enum scope_answer answer;
	enum scope_dim dim;
	const char *value, *says;
};

static bool
now_and_then(const struct mail *m, unsigned i)
{
	(void)m;
	return i % 97 == 13;
}

static bool
one_user(const struct mail *m, unsigned i)
{
	return m->user == 3 || now_and_then(m, i);
}

static bool
one_sender(const struct mail *m, unsigned i)
{
	return m->sender == 5 || now_and_then(m, i);
}

static bool
one_domain(const struct mail *m, unsigned i)
{
	return m->domain == 1 || now_and_then(m, i);
}

static bool
one_destination(const struct mail *m, unsigned i)
{
	return m->dest == 2 || now_and_then(m, i);
}

static bool
one_of_ours(const struct mail *m, unsigned i)
{
	return m->host == 2 || now_and_then(m, i);
}

static bool
ours_at_one(const struct mail *m, unsigned i)
{
	return (m->host == 1 && m->dest == 2) || now_and_then(m, i);
}

static bool
one_recipient(const struct mail *m, unsigned i)
{
	return (m->dest == 2 && m->rcpt == 4) || now_and_then(m, i);
}

static bool
most(const struct mail *m, unsigned i)
{
	(void)m;
	return i % 10 != 7;
}

static bool
all(const struct mail *m, unsigned i)
{
	(void)m;
	(void)i;
	return true;
}

static const struct world worlds[] = {
	{ "one user", 800, one_user, "", SCOPE_ONE, SCOPE_USER, "user3",
	    "One login, user3: 114 of 114 refused" },
	{ "one sender", 800, one_sender, "", SCOPE_ONE, SCOPE_SENDER,
	    "sender5@customer0.test", "One sender, sender5@customer0.test: " },
	{ "one domain", 800, one_domain, "", SCOPE_ONE, SCOPE_SENDER_DOMAIN,
	    "customer1.test", "One sender's domain, customer1.test: " },
	{ "one destination", 800, one_destination, "", SCOPE_ONE,
	    SCOPE_DESTINATION, "far2.test",
	    "Everybody who writes to far2.test: 160 of 160 refused" },
	{ "one destination, asked about one who wrote there", 800,
	    one_destination, "from=sender5@customer0.test", SCOPE_ONE,
	    SCOPE_DESTINATION, "far2.test",
	    "Everybody who writes to far2.test: " },
	{ "one of our addresses", 800, one_of_ours, "", SCOPE_ONE, SCOPE_OUR_IP,
	    "192.0.2.2",
	    "One of our addresses, 192.0.2.2: 266 of 266 refused" },
	{ "one of ours at one destination", 800, ours_at_one, "to=@far2.test",
	    SCOPE_ONE, SCOPE_DESTINATION, "far2.test",
	    "Everybody who writes to far2.test from 192.0.2.1: " },
	{ "one recipient", 800, one_recipient, "to=@far2.test", SCOPE_ONE,
	    SCOPE_DESTINATION, "far2.test",
	    "One recipient, rcpt4@far2.test: 13 of 13 refused " },
	{ "everybody", 800, most, "", SCOPE_EVERYBODY, 0, NULL,
	    "Everybody: 720 of 800 refused (90 %)" },
	{ "nobody", 800, now_and_then, "", SCOPE_NOBODY, 0, NULL,
	    "Nobody in particular: 9 of 800 failed (1.1 %)" },
	{ "too few", 4, all, "", SCOPE_TOO_FEW, 0, NULL,
	    "Too few to tell: 4 of 4 failed." },
	{ "nothing", 20, all, "from=nobody@nowhere.test", SCOPE_NO_MAIL, 0,
	    NULL, "No mail of that kind" },
};

static void
write_mail(FILE *f, unsigned i, const struct mail *m)
{
	char t[64], id[16];

	snprintf(t, sizeof(t), "2026-03-02T%02u:%02u:%02u.%06u+00:00 out%u",
	    8 + i / 3600, i / 60 % 60, i % 60, i, m->host);
	snprintf(id, sizeof(id), "4fA%05XzB9", i);
	fprintf(f,
	    "%s postfix/smtpd[10]: %s: client=pc%u.test[10.9.%u.%u], "
	    "sasl_method=PLAIN, sasl_username=user%u\n",
	    t, id, m->user, m->user % 3, 1 + m->user, m->user);
	fprintf(f, "%s postfix/cleanup[11]: %s: message-id=<%u@m.test>\n", t,
	    id, i);
	fprintf(f,
	    "%s postfix/qmgr[12]: %s: from=<sender%u@customer%u.test>, "
	    "size=900, nrcpt=1 (queue active)\n",
	    t, id, m->sender, m->domain);
	fprintf(f,
	    "%s postfix/smtp[13]: %s: to=<rcpt%u@far%u.test>, "
	    "relay=mx.far%u.test[198.51.100.%u]:25, delay=1, "
	    "delays=0.1/0/0.4/0.5, dsn=%s\n",
	    t, id, m->rcpt, m->dest, m->dest, m->dest,
	    m->failed ? "5.7.1, status=bounced (host mx.far.test said: 550 "
			"5.7.1 Access denied for policy reasons (in reply to "
			"RCPT TO command))" :
			"2.0.0, status=sent (250 2.0.0 Ok: queued as 77AB)");
	fprintf(f, "%s postfix/qmgr[12]: %s: removed\n", t, id);
}

static void
test_world(const struct world *w)
{
	static struct site_pair outgoing[] = {
		{ STR_INIT("out0"), STR_INIT("192.0.2.100") },
		{ STR_INIT("out1"), STR_INIT("192.0.2.1") },
		{ STR_INIT("out2"), STR_INIT("192.0.2.2") },
	};
	static struct str domains[] = { STR_INIT("customer0.test"),
		STR_INIT("customer1.test"), STR_INIT("customer2.test") };
	struct site site = { .outgoing = outgoing,
		.noutgoing = 3,
		.domain = domains,
		.ndomain = 3 };
	char *path = store_path(), log[4096];
	const char *paths[] = { log };
	struct ingest_opts o = { .store = path, .timezone = "UTC" };
	struct ingest_result res;
	struct scope_ask ask = { .site = &site };
	struct scope s;
	struct query q;
	struct err err = { "" };
	FILE *f;

	snprintf(log, sizeof(log), "%s.log", path);
	f = fopen(log, "w");
	assert_non_null(f);
	for (unsigned i = 0; i < w->mails; i++) {
		/* 7, 11, 5, 3 share no factor: nothing is twice the same */
		struct mail m = { .user = i % 7,
			.sender = i % 11,
			.domain = i % 11 % 3 == 2 ? 0 : i % 11 % 3,
			.dest = i % 5,
			.host = i % 3,
			.rcpt = i % 13 };

		m.domain = i % 11 == 5 ? 0 : m.domain;
		m.failed = w->fails(&m, i);
		write_mail(f, i, &m);
	}
	fclose(f);
	o.classifier = ask.cl = classifier_new(NULL, 0, &err);
	ok(ingest_run(&o, paths, 1, &res, &err), &err);
	ask.st = store_open(path, &err);
	assert_non_null(ask.st);
	query_init(&q);
	q.tz = "UTC";
	if (*w->term)
		ok(query_term(&q, str_c(w->term), &err), &err);
	ask.q = &q;
	ok(scope_run(&ask, &s, &err), &err);
	print_message("%s: " STR_FMT "\n", w->name, STR_ARG(s.sentence));
	assert_int_equal(s.answer, w->answer);
	if (w->value) {
		assert_int_equal(s.best.dim, w->dim);
		assert_true(str_eq(s.best.value, str_c(w->value)));
	}
	assert_true(str_starts(s.sentence, str_c(w->says)));
	if (!*w->term)
		assert_int_equal(s.all_n, w->mails);
	scope_release(&s);
	query_release(&q);
	store_close(ask.st);
	classifier_free(ask.cl);
	store_remove(path);
}

static void
test_worlds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(worlds) / sizeof(*worlds); i++)
		test_world(&worlds[i]);
}

/* ---- the lab ---- */

static void
test_lab(void **state)
{
	static const char *const paths[] = { "fixtures/lab/logs" };
	struct scope_ask ask = { 0 };
	struct scope s;
	struct query q;
	struct err err = { "" };
	struct lab lab;

	(void)state;
	lab_open(&lab, paths, 1, 0);
	query_init(&q);
	q.tz = "UTC";
	ok(query_term(&q, STR("to=@strict.test"), &err), &err);
	ask = (struct scope_ask){ .q = &q,
		.st = lab.st,
		.site = &lab.conf.site,
		.cl = lab.cl };
	ok(scope_run(&ask, &s, &err), &err);
	/* the truth: 14 recipients were refused because 10.77.1.41 is listed,
	 * and what out2 sent there went */
	assert_int_equal(s.answer, SCOPE_ONE);
	assert_int_equal(s.best.dim, SCOPE_DESTINATION);
	assert_true(s.has_within && s.within.dim == SCOPE_OUR_IP);
	assert_true(str_eq(s.within.value, STR("10.77.1.41")));
	assert_int_equal(s.within.failed, 14);
	assert_int_equal(s.within.n, 14);
	assert_int_equal(s.within.rest_failed, 0);
	scope_release(&s);
	query_release(&q);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_fisher),
		cmocka_unit_test(test_wilson),
		cmocka_unit_test(test_worlds),
		cmocka_unit_test(test_lab),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
