/*
 * test_live_cases.c: one small domain per case (fixtures/live/zones), and
 * what each check says about it: result, severity, words of the sentence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/live/loopback.h"

struct want {
	const char *domain, *check, *result, *severity, *say;
};

static const struct want wants[] = {
	/* names */
	{ "a.b.shop.test", "R01", "fail", "fatal", "shop.test does" },
	{ "b.shop.test", "R01", "fail", "fatal", "shop.test does" },
	{ "nothere.test", "R01", "fail", "fatal", "no domain nothere" },
	{ "dead.test", "R01", "unknown", NULL, NULL },
	{ "dead.test", "R03", "fail", "fatal", "no name server" },
	{ "lone.test", "R02", "warn", "major", "nowhere.nic.test has no" },
	/* routes */
	{ "two-null.cases.test", "R07", "fail", "fatal", "null MX" },
	{ "two-null.cases.test", "R08", "skip", NULL, NULL },
	{ "ip-half.cases.test", "R08", "fail", "major",
	    "the number 192.0.2.9" },
	{ "ip-half.cases.test", "R09", "pass", NULL, NULL },
	{ "ip6.cases.test", "R08", "fail", "fatal", "the number 2001:db8::9" },
	{ "single.cases.test", "R08", "fail", "fatal", "mailhost" },
	{ "self.cases.test", "R08", "fail", "fatal", "localhost" },
	{ "odd.cases.test", "R08", "warn", "minor", "mail_1" },
	{ "gone-first.cases.test", "R09", "warn", "major", "does not exist" },
	{ "gone-first.cases.test", "R12", "info", NULL, "1 of 2" },
	{ "all-gone.cases.test", "R09", "fail", "fatal", "comes back" },
	{ "inside-gone.cases.test", "R11", "fail", "fatal", "10.9.8.7" },
	{ "by-alias.cases.test", "R10", "warn", "minor",
	    "alias of mx1.host.test" },
	{ "by-alias.cases.test", "R14", "pass", NULL, NULL },
	{ "alias.cases.test", "R06", "pass", NULL, "2 MX" },
	{ "shared.cases.test", "R12", "warn", "minor", "the same machine" },
	{ "twice.cases.test", "R12", "warn", "minor", "twice" },
	{ "six.cases.test", "R11", "warn", "major", "IPv4" },
	{ "web.cases.test", "R06", "warn", "major", "192.0.2.73" },
	{ "web.cases.test", "R13", "info", "note", "its own address" },
	{ "empty.cases.test", "R06", "fail", "fatal", "no place" },
	{ "spare-ours.cases.test", "R14", "fail", "major", "as a spare" },
	{ "ours-alias.cases.test", "R13", "info", NULL, "goes to us" },
	{ "ours-alias.cases.test", "R14", "fail", "fatal", "points to us" },
	{ "two-owners.cases.test", "R13", "warn", "major", "Blue" },
	{ "filtered.cases.test", "R13", "info", "note", "filter of Sieve" },
	{ "passed-on.cases.test", "R13", "warn", "major", "only forwards" },
	/* promises */
	{ "rpt-ftp.cases.test", "R15", "warn", "minor", "no address" },
	{ "rpt-two.cases.test", "R15", "warn", "minor", "two TLS report" },
	{ "rpt-good.cases.test", "R15", "pass", NULL, NULL },
	{ "sts-bad.cases.test", "R15", "warn", "minor", "well formed" },
	{ "sts-no-id.cases.test", "R15", "warn", "minor", "well formed" },
	{ "web.cases.test", "R15", "skip", NULL, NULL },
	/* SPF */
	{ "s-ring.cases.test", "S08", "fail", "major", "itself" },
	{ "s-upper.cases.test", "S06", "pass", NULL, NULL },
	{ "s-upper.cases.test", "S10", "pass", NULL, "-all" },
	{ "s-world.cases.test", "S10", "fail", "major", "everybody" },
	{ "s-halves.cases.test", "S10", "fail", "major", "everybody" },
	{ "s-far-all.cases.test", "S10", "fail", "major", "everybody" },
	{ "s-plus.cases.test", "S10", "fail", "major", "everybody" },
	{ "s-mask.cases.test", "S07", "fail", "major", "192.0.2.0/33" },
	{ "s-after.cases.test", "S07", "warn", "minor", "behind 'all'" },
	{ "s-ptr.cases.test", "S07", "warn", "minor", "ptr" },
	{ "s-mod.cases.test", "S07", "warn", "minor", "moo" },
	{ "s-quest.cases.test", "S10", "warn", "minor", "?all" },
	{ "s-void2.cases.test", "S08", "warn", "major", "2 of 2" },
	{ "s-void3.cases.test", "S08", "fail", "major", "empty answers" },
	{ "s-nine.cases.test", "S08", "warn", "major", "9 of 10" },
	{ "s-eleven.cases.test", "S08", "fail", "major", "needs 11" },
	{ "s-mx11.cases.test", "S08", "fail", "major", "more than 10" },
	{ "s-empty.cases.test", "S07", "fail", "major", "include" },
	{ "s-incl.cases.test", "S07", "fail", "major", "s-no-spf" },
	{ "s-wildlink.cases.test", "S06", "warn", "major", NULL },
	/* DMARC */
	{ "dm.cases.test", "S12", "pass", NULL, "policy reject" },
	{ "deep.in.dm.cases.test", "S12", "pass", NULL,
	    "quarantine, inherited from dm.cases.test" },
	{ "dm-doubled.cases.test", "S12", "warn", NULL, "where nobody looks" },
	{ "dm-pct.cases.test", "S12", "warn", "minor", "pct" },
	{ "dm-p.cases.test", "S12", "warn", "minor", "no valid policy" },
	{ "dm-v.cases.test", "S12", "warn", "minor", "no DMARC record" },
};

static const struct want keys[] = {
	{ "k2", "S11", "pass", NULL, "2048 bits" },
	{ "two", "S11", "warn", "major", "2 records" },
	{ "beside", "S11", "pass", NULL, NULL },
	{ "sha1", "S11", "fail", "major", "hashes" },
	{ "other", "S11", "fail", "major", "not for e-mail" },
	{ "bare", "S11", "pass", NULL, NULL },
	{ "gone", "S11", "fail", "major", "missing" },
};

struct lab {
	struct loopback loopback;
	struct live_conf conf;
};

static void
lab_set_up(struct lab *l)
{
	static const char *const mx[] = { "mx1.isp.test" };
	static const char *const domains[] = { "isp.test",
		"by-alias.cases.test" };
	static const struct provider p[] = { { "red.test", "Red", "hosting" },
		{ "blue.test", "Blue", "hosting" },
		{ "sieve.test", "Sieve", "filter" },
		{ "relay.test", "Relay", "forwarding" } };

	l->conf = loopback_conf(&l->loopback, nsd.port);
	l->conf.our_mx = (struct strs){ mx, 1 };
	l->conf.our_domains = (struct strs){ domains, 2 };
	l->conf.providers = p;
	l->conf.nproviders = 4;
}

/* A run over one domain. */
static struct live *
run_with(const struct lab *l, const char *domain, const struct live_logs *logs,
    struct job **j)
{
	struct err err;
	struct live *live = live_open(&l->conf, &err);

	assert_non_null(live);
	*j = live_add(live, str_c(domain), JOB_DOMAIN);
	if (logs)
		live_logs(*j, logs);
	live_run(live);
	return live;
}

static struct live *
run_one(const struct lab *l, const char *domain, struct job **j)
{
	return run_with(l, domain, NULL, j);
}

static bool
holds(const struct job *j, const struct want *w)
{
	const struct finding *f =
	    job_finding(j, (enum check_id)check_by_name(str_c(w->check)));

	if (!f) {
		print_message("%s %s: nothing\n", w->domain, w->check);
		return false;
	}
	if (!strcmp(check_result_name(f->result), w->result) &&
	    (!w->severity ||
		!strcmp(severity_name(f->severity), w->severity)) &&
	    (!w->say || str_find(f->say, str_c(w->say)) >= 0))
		return true;
	print_message("%s %s: %s %s (%.*s)\n", w->domain, w->check,
	    check_result_name(f->result), severity_name(f->severity),
	    STR_ARG(f->say));
	return false;
}

static void
all_cases(void **state)
{
	enum { N = sizeof(wants) / sizeof(*wants) };
	struct job *job[N];
	struct lab l;
	struct live *live;
	struct err err;
	int bad = 0;

	(void)state;
	if (!up)
		skip();
	lab_set_up(&l);
	live = live_open(&l.conf, &err);
	assert_non_null(live);
	for (size_t i = 0; i < N; i++)
		job[i] = i && !strcmp(wants[i].domain, wants[i - 1].domain) ?
			     job[i - 1] :
			     live_add(live, str_c(wants[i].domain), JOB_DOMAIN);
	live_run(live);
	for (size_t i = 0; i < N; i++)
		bad += !holds(job[i], &wants[i]);
	live_close(live);
	assert_int_equal(bad, 0);
}

static void
dkim_keys(void **state)
{
	int bad = 0;

	(void)state;
	if (!up)
		skip();
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *sel[1] = { keys[i].domain };
		struct lab l;
		struct live *live;
		struct job *j;

		lab_set_up(&l);
		l.conf.selectors = (struct strs){ sel, 1 };
		live = run_one(&l, "keys.cases.test", &j);
		bad += !holds(j, &keys[i]);
		live_close(live);
	}
	assert_int_equal(bad, 0);
}

/* Selectors that the logs name, and usual ones of domains of ours. */
static void
dkim_in_use(void **state)
{
	enum { NOW = 1000000000, DAY = 86400, OLD = NOW - 30 * DAY };
	static const struct {
		const char *domain, *name; /* NULL: the logs know none */
		int64_t last_s;
		bool by_us, ours;
		enum check_result want;
		const char *say;
	} t[] = {
		{ "keys.cases.test", "k2", NOW - DAY, true, true, CHECK_PASS,
		    "in use" },
		{ "keys.cases.test", "gone", NOW - DAY, true, true, CHECK_FAIL,
		    "counts as invalid" },
		{ "keys.cases.test", "gone", OLD, true, true, CHECK_WARN,
		    "nothing newer" },
		{ "keys.cases.test", "gone", NOW - DAY, false, false,
		    CHECK_WARN, "is gone" },
		{ "keys.cases.test", "gone", OLD, false, false, CHECK_INFO,
		    "is gone" },
		{ "keys.cases.test", NULL, 0, false, false, CHECK_SKIP,
		    "no selector is known" },
		{ "usual.cases.test", NULL, 0, false, true, CHECK_PASS,
		    "a usual name of Google" },
		{ "nokeys.cases.test", NULL, 0, false, true, CHECK_SKIP,
		    "no usual name has a key" },
	};
	int bad = 0;

	(void)state;
	if (!up)
		skip();
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		const char *ours[1] = { t[i].domain };
		struct selector_seen key = { str_c(t[i].name ? t[i].name : ""),
			t[i].last_s, t[i].by_us, STR_INIT("mail.log:9") };
		struct live_logs logs = { .selector = &key,
			.nselector = t[i].name ? 1 : 0 };
		const struct finding *f;
		struct live *live;
		struct job *j;
		struct lab l;

		lab_set_up(&l);
		l.conf.now_s = NOW;
		l.conf.our_domains = (struct strs){ ours, t[i].ours };
		if (!t[i].ours)
			ours[0] = "isp.test", l.conf.our_domains.n = 1;
		live = run_with(&l, t[i].domain, &logs, &j);
		f = job_finding(j, S11);
		if (!f || f->result != t[i].want ||
		    str_find(f->say, str_c(t[i].say)) < 0) {
			print_message("S11 %zu: %s, %.*s\n", i,
			    f ? check_result_name(f->result) : "none",
			    STR_ARG(f ? f->say : STR("")));
			bad++;
		}
		live_close(live);
	}
	assert_int_equal(bad, 0);
}

/* Every finding that is no pass has words; a fault says what to do. */
static void
words(void **state)
{
	struct lab l;
	struct live *live;
	struct err err;
	int bad = 0;

	(void)state;
	if (!up)
		skip();
	lab_set_up(&l);
	live = live_open(&l.conf, &err);
	for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++)
		live_add(live, str_c(wants[i].domain), JOB_DOMAIN);
	live_run(live);
	for (size_t i = 0; i < live->njob; i++)
		for (size_t k = 0; k < live->job[i]->nfinding; k++) {
			const struct finding *f = &live->job[i]->finding[k];
			bool trouble =
			    f->result == CHECK_WARN || f->result == CHECK_FAIL;

			if (f->say.n && (!trouble || f->remedy.n))
				continue;
			print_message("%.*s %s: '%.*s' '%.*s'\n",
			    STR_ARG(live->job[i]->input), f->check->id,
			    STR_ARG(f->say), STR_ARG(f->remedy));
			bad++;
		}
	live_close(live);
	assert_int_equal(bad, 0);
}

/* What the logs say of our addresses: which is refused, which is not. */
static void
blocked_in_the_logs(void **state)
{
	struct sending_seen seen[] = {
		{ STR_INIT("192.0.2.60"), 1000, 2000, 2000,
		    STR_INIT("550 5.7.1 [192.0.2.60] is on our list"),
		    STR_INIT("mail.log:17") },
		{ STR_INIT("192.0.2.63"), 2500, 0, 0, STR_INIT(""),
		    STR_INIT("") },
	};
	struct live_logs logs = { .sending = seen, .nsending = 2 };
	const struct finding *f;
	struct lab l;
	struct live *live;
	struct job *j;

	(void)state;
	if (!up)
		skip();
	lab_set_up(&l);
	l.conf.now_s = 4000;
	live = run_with(&l, "two-owners.cases.test", &logs, &j);
	f = job_finding(j, S14);
	assert_non_null(f);
	assert_int_equal(f->result, CHECK_FAIL);
	assert_true(str_find(f->say,
			STR("Red refuses 192.0.2.60 since 1970-01-01 00:33 "
			    "UTC")) == 0);
	assert_true(str_find(f->say, STR("192.0.2.63 is still accepted")) > 0);
	assert_true(str_find(f->evidence, STR("mail.log:17")) == 0);
	live_close(live);

	/* the refusal was before the last success: over */
	seen[0].last_ok_s = 3000;
	live = run_with(&l, "two-owners.cases.test", &logs, &j);
	assert_int_equal(job_finding(j, S14)->result, CHECK_PASS);
	live_close(live);

	/* logs that end long ago speak of then */
	l.conf.now_s = 4000 + 30 * 86400;
	live = run_with(&l, "two-owners.cases.test", &logs, &j);
	assert_int_equal(job_finding(j, S14)->result, CHECK_INFO);
	live_close(live);
	seen[0].last_ok_s = 1000;
	live = run_with(&l, "two-owners.cases.test", &logs, &j);
	f = job_finding(j, S14);
	assert_int_equal(f->result, CHECK_WARN);
	assert_true(str_find(f->say, STR("Red refused 192.0.2.60")) == 0);
	assert_true(str_find(f->say, STR("nothing newer")) > 0);
	live_close(live);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),
		cmocka_unit_test(dkim_keys),
		cmocka_unit_test(dkim_in_use),
		cmocka_unit_test(words),
		cmocka_unit_test(blocked_in_the_logs),
	};

	return cmocka_run_group_tests(tests, loopback_start, loopback_stop);
}
