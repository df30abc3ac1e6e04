/*
 * test_live_keep.c: the file of kept results: what changed between two runs,
 * what is no change, block lists that are tested once a day, two runs that
 * write at the same time, a lock that is held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/keep.h"

static char path[64], locked[80];

/* A run that never asks: findings are put in by hand. */
struct bench {
	struct live_conf conf;
	struct live *live;
	struct job *job;
};

static void
bench_start(struct bench *b, const char *target, int64_t now_s)
{
	struct err err;

	*b = (struct bench){ .conf = live_conf_default() };
	b->conf.offline = true;
	b->conf.now_s = now_s;
	b->live = live_open(&b->conf, &err);
	assert_non_null(b->live);
	b->job = live_add(b->live, str_c(target), JOB_DOMAIN);
	b->job->done = true;
}

static void
found_by(struct bench *b, enum check_id id, enum check_result r)
{
	job_add_finding(b->job, (struct finding){ .check = &checks[id],
				    .result = r,
				    .object = b->job->domain,
				    .say = STR("a\ttab, a \\ and\nmore"),
				    .at_s = b->conf.now_s });
}

static void
save(struct bench *b)
{
	struct err err = { "" };

	if (keep_update(path, b->live, b->conf.now_s, &err) < 0)
		fail_msg("%s", err.msg);
	live_close(b->live);
}

static void
load(struct keep *k)
{
	struct err err = { "" };

	if (keep_read(k, path, &err) < 0)
		fail_msg("%s", err.msg);
}

static bool
changed(const struct keep *k, struct bench *b, enum check_id id)
{
	const struct finding *f = job_finding(b->job, id);
	const struct kept *old;

	assert_non_null(f);
	return keep_changed(k, b->job->input, f, &old);
}

static void
changes(void **state)
{
	struct bench b;
	struct keep k;

	(void)state;
	unlink(path);
	bench_start(&b, "shop.test", 1000);
	found_by(&b, R01, CHECK_PASS);
	found_by(&b, R04, CHECK_FAIL);
	found_by(&b, R12, CHECK_INFO);
	found_by(&b, S08, CHECK_WARN);
	save(&b);

	/* a run that could not ask: neither told nor remembered */
	load(&k);
	bench_start(&b, "SHOP.test", 2000);
	found_by(&b, R01, CHECK_UNKNOWN);
	found_by(&b, R04, CHECK_UNKNOWN);
	assert_false(changed(&k, &b, R01));
	assert_false(changed(&k, &b, R04));
	keep_release(&k);
	save(&b);

	load(&k);
	bench_start(&b, "shop.test", 3000);
	found_by(&b, R01, CHECK_FAIL);
	found_by(&b, R04, CHECK_PASS);
	found_by(&b, R12, CHECK_PASS);
	found_by(&b, S06, CHECK_WARN);
	found_by(&b, S07, CHECK_PASS);
	assert_true(changed(&k, &b, R01));
	assert_true(changed(&k, &b, R04));
	assert_false(changed(&k, &b, R12));
	assert_true(changed(&k, &b, S06)); /* new trouble */
	assert_false(changed(&k, &b, S07));
	assert_int_equal(keep_last_s(&k, STR("shop.test")), 1000);
	assert_int_equal(keep_last_s(&k, STR("far.test")), 0);
	keep_release(&k);
	save(&b);

	load(&k);
	assert_int_equal(keep_last_s(&k, STR("shop.test")), 3000);
	for (const struct kept *v = keep_first(&k, STR("shop.test")); v;
	     v = keep_next(&k, v))
		assert_true(str_eq(v->say, STR("a\ttab, a \\ and\nmore")));
	keep_release(&k);
}

/* They name who was asked about: nobody's but ours, and the group's. */
static void
nobody_reads(void **state)
{
	mode_t mask = umask(0);
	struct bench b;
	struct stat sb;

	(void)state;
	unlink(path);
	bench_start(&b, "shop.test", 1000);
	found_by(&b, R01, CHECK_PASS);
	save(&b);
	umask(mask);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0640);
	assert_int_equal(stat(locked, &sb), 0);
}

/* What is older than ninety days goes. */
static void
old_goes(void **state)
{
	struct bench b;
	struct keep k;

	(void)state;
	unlink(path);
	bench_start(&b, "old.test", 1000);
	found_by(&b, R01, CHECK_PASS);
	save(&b);
	bench_start(&b, "new.test", 1000 + (KEEP_DAYS + 1) * 86400);
	found_by(&b, R01, CHECK_PASS);
	save(&b);
	load(&k);
	assert_int_equal(keep_last_s(&k, STR("old.test")), 0);
	assert_int_equal(keep_last_s(&k, STR("new.test")), b.conf.now_s);
	keep_release(&k);
}

/* ---- block lists ---- */

struct zone_of {
	int asked;
	bool lies;
};

static const struct dns_answer *
list_ask(void *ctx, struct str name, enum dns_type type)
{
	static struct dns_rr rr = { .ip = { { 127, 0, 0, 2 }, 4 } };
	static const struct dns_answer no = { .status = DNS_NXDOMAIN };
	static const struct dns_answer yes = { .status = DNS_OK,
		.rr = &rr,
		.nrr = 1 };
	struct zone_of *z = ctx;

	(void)type;
	z->asked++;
	return z->lies || str_starts(name, STR("2.0.0.127.")) ? &yes : &no;
}

static void
lists_once_a_day(void **state)
{
	static const struct dnsbl list = { .zone = "bl.test",
		.kind = DNSBL_IP,
		.code = { { "127.0.0.2", "listed", false } } };
	static const struct dnsbl liar = { .zone = "liar.test",
		.kind = DNSBL_IP };
	struct dnsbl_memory m = { .n = 0 };
	struct zone_of z = { 0 };
	struct asker asker = { list_ask, &z, &m, 100000 };
	struct arena a = { 0 };
	const char *why = NULL;
	struct bench b;
	struct keep k;

	(void)state;
	unlink(path);
	assert_int_equal(dnsbl_sane(&asker, &a, &list, &why), 1);
	assert_int_equal(z.asked, 2);
	z.lies = true;
	assert_int_equal(dnsbl_sane(&asker, &a, &liar, &why), -1);
	assert_string_equal(why, "lists-everything");
	assert_int_equal(z.asked, 4);

	/* through the file, into another run */
	bench_start(&b, "x.test", 100000);
	b.live->lists = m;
	save(&b); /* the memory goes with the run */
	m = (struct dnsbl_memory){ .n = 0 };
	load(&k);
	keep_lists_to(&k, &m, 100010);
	assert_int_equal(m.n, 2);
	asker.now_s = 100000 + DNSBL_FAILED_S - 1;
	assert_int_equal(dnsbl_sane(&asker, &a, &list, &why), 1);
	assert_int_equal(dnsbl_sane(&asker, &a, &liar, &why), -1);
	assert_string_equal(why, "lists-everything");
	assert_int_equal(z.asked, 4);

	/* one that failed is tried again in an hour, a good one tomorrow */
	z.lies = false;
	asker.now_s = 100000 + DNSBL_FAILED_S;
	assert_int_equal(dnsbl_sane(&asker, &a, &liar, &why), 1);
	assert_int_equal(dnsbl_sane(&asker, &a, &list, &why), 1);
	assert_int_equal(z.asked, 6);
	asker.now_s = 100000 + DNSBL_SANE_S;
	assert_int_equal(dnsbl_sane(&asker, &a, &list, &why), 1);
	assert_int_equal(z.asked, 8);
	keep_release(&k);
	arena_release(&m.arena);
	arena_release(&a);
}

/* ---- several at once ---- */

static void
nobody_loses(void **state)
{
	enum { RUNS = 8 };
	pid_t pid[RUNS];
	struct keep k;

	(void)state;
	unlink(path);
	for (int i = 0; i < RUNS; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			struct bench b;
			char name[32];

			snprintf(name, sizeof(name), "run%d.test", i);
			bench_start(&b, name, 5000);
			found_by(&b, R01, CHECK_PASS);
			save(&b);
			_exit(0);
		}
	}
	for (int i = 0; i < RUNS; i++)
		waitpid(pid[i], NULL, 0);
	load(&k);
	for (int i = 0; i < RUNS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "run%d.test", i);
		assert_int_equal(keep_last_s(&k, str_c(name)), 5000);
	}
	keep_release(&k);
}

/* Somebody stopped in the middle: the rest of it is in nobody's way, and a
 * lock that is not given back is said, not waited for without an end. */
static void
held(void **state)
{
	struct err err = { "" };
	struct bench b;
	struct keep k;
	char torn[80];
	FILE *f;
	int fd;

	(void)state;
	snprintf(torn, sizeof(torn), "%s.new", path);
	f = fopen(torn, "w");
	assert_non_null(f);
	fputs("mailtrace.kept/1\n12\thalf", f);
	fclose(f);
	bench_start(&b, "shop.test", 7000);
	found_by(&b, R01, CHECK_PASS);
	save(&b);
	load(&k);
	assert_int_equal(keep_last_s(&k, STR("shop.test")), 7000);
	keep_release(&k);

	fd = open(locked, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	bench_start(&b, "shop.test", 8000);
	assert_int_equal(keep_update(path, b.live, 8000, &err), -1);
	assert_non_null(strstr(err.msg, "held by another run"));
	live_close(b.live);
	close(fd);
}

static int
start(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/mt-keep-%d", (int)getpid());
	snprintf(locked, sizeof(locked), "%s.lock", path);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	unlink(path);
	unlink(locked);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes),
		cmocka_unit_test(nobody_reads),
		cmocka_unit_test(old_goes),
		cmocka_unit_test(lists_once_a_day),
		cmocka_unit_test(nobody_loses),
		cmocka_unit_test(held),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
