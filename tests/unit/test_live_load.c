/*
 * test_live_load.c: many domains and their mail servers at once: memory, and
 * what a server that says nothing costs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/probe.h"
#include "live/here.h"
#include "tests/live/loopback_tls.h"

static const char script[] =
    "{\"connect\":[\"220 mx\"],\"EHLO\":[\"250-mx\\n250 STARTTLS\"],"
    "\"STARTTLS\":[\"220 go\"],\"EHLO2\":[\"250 mx\"],\"MAIL\":[\"250 ok\"],"
    "\"RCPT\":[\"250 ok\"],\"RSET\":[\"250 ok\"],\"QUIT\":[\"221 bye\"]}";

struct crowd {
	struct loopback loopback;
	struct live_conf conf;
};

static void
crowd_set_up(struct crowd *c, int port1, int port2)
{
	c->conf = loopback_conf(&c->loopback, nsd.port);
	loopback_map(&c->loopback, &c->conf, "192.0.2.51", 0, port1);
	loopback_map(&c->loopback, &c->conf, "192.0.2.52", 0, port2);
	c->conf.smtp = true;
	c->conf.ca_file = ca.path;
	c->conf.helo = "out1.isp.test";
	c->conf.limits.pause_us = 0;
	c->conf.limits.strangers = 1000;
}

static struct live *
run_crowd(struct crowd *c, int n, int64_t *took)
{
	struct err err;
	struct live *live = live_open(&c->conf, &err);
	int64_t t0 = loop_now_us();

	assert_non_null(live);
	for (int i = 0; i < n; i++) {
		char name[64];

		snprintf(name, sizeof(name), "d%d.crowd.cases.test", i);
		assert_non_null(live_add(live, str_c(name), JOB_DOMAIN));
	}
	live_run(live);
	*took = loop_now_us() - t0;
	return live;
}

/* 200 domains, 400 conversations with TLS, at most eight at once. */
static void
two_hundred(void **state)
{
	cJSON *s = cJSON_Parse(script);
	struct fake mx[2] = { { .script = s }, { .script = s } };
	struct crowd c;
	struct live *live;
	int64_t took;
	long kib;

	(void)state;
	if (!up)
		skip();
	for (int i = 0; i < 2; i++) {
		mx[i].tls = fake_tls("valid", &ca,
		    i ? "mx2.host.test" : "mx1.host.test", key);
		fake_start(&mx[i]);
	}
	crowd_set_up(&c, mx[0].port, mx[1].port);
	live = run_crowd(&c, 200, &took);
	kib = resident_kib();
	print_message("200 domains, 400 conversations: %ld KiB resident, %.0f "
		      "ms\n",
	    kib, (double)took / 1000);
	for (size_t i = 0; i < live->njob; i++) {
		assert_int_equal(live->job[i]->nprobe, 2);
		assert_int_equal(live->job[i]->rating.word,
		    RATING_SATISFACTORY);
	}
	live_close(live);
	for (int i = 0; i < 2; i++)
		fake_stop(&mx[i]);
	cJSON_Delete(s);
#ifndef __SANITIZE_ADDRESS__
	assert_true(kib < 64 * 1024);
#endif
}

/* Listens on a free port, which it writes to `a`. */
static void
listen_on(int fd, int backlog, struct sockaddr_in *a)
{
	socklen_t len = sizeof(*a);

	*a = (struct sockaddr_in){ .sin_family = AF_INET };
	a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)a, sizeof(*a)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	getsockname(fd, (struct sockaddr *)a, &len);
}

/* A server that takes connections and says nothing costs one deadline, not
 * one for each domain. */
static void
silence(void **state)
{
	struct sockaddr_in a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct crowd c;
	struct live *live;
	int64_t took;

	(void)state;
	if (!up)
		skip();
	listen_on(fd, 64, &a);
	crowd_set_up(&c, ntohs(a.sin_port), ntohs(a.sin_port));
	c.conf.limits.greeting_us = 400000;
	live = run_crowd(&c, 20, &took);
	print_message("20 domains at a silent server: %.0f ms\n",
	    (double)took / 1000);
	for (size_t i = 0; i < live->njob; i++) {
		const struct finding *f = job_finding(live->job[i], M02);

		assert_non_null(f);
		assert_true(
		    f->result == CHECK_FAIL || f->result == CHECK_UNKNOWN);
	}
	live_close(live);
	close(fd);
	assert_true(took < 1500000);
}

/* Nobody lets us connect: when servers of ours do not either, it is us. */
static void
is_it_us(void **state)
{
	static const char *const ours[] = { "mx1.isp.test" };
	static const char *const far[] = { "imap.isp.test" };
	struct sockaddr_in a;
	int fd = socket(AF_INET, SOCK_STREAM, 0), full[4];
	int open = socket(AF_INET, SOCK_STREAM, 0), port;
	struct crowd c;
	struct live *live;
	int64_t took;

	(void)state;
	if (!up)
		skip();
	/* a queue that is full: what comes now is dropped */
	listen_on(fd, 0, &a);
	port = ntohs(a.sin_port);
	for (int i = 0; i < 4; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(full[i], (struct sockaddr *)&a, sizeof(a));
	}
	crowd_set_up(&c, port, port);
	c.conf.limits.connect_us = 300000;
	c.conf.our_mx = (struct strs){ ours, 1 };
	live = run_crowd(&c, 1, &took);
	assert_int_equal(live->job[0]->rating.word, RATING_NOT_TESTABLE);
	assert_int_equal(job_finding(live->job[0], S15)->result, CHECK_FAIL);
	assert_int_equal(job_finding(live->job[0], M01)->result, CHECK_UNKNOWN);
	live_close(live);

	/* another of ours answers: then it is them */
	listen_on(open, 8, &a);
	crowd_set_up(&c, port, port);
	c.conf.limits.connect_us = 300000;
	c.conf.our_mx = (struct strs){ far, 1 };
	loopback_map(&c.loopback, &c.conf, "192.0.2.64", 25, ntohs(a.sin_port));
	live = run_crowd(&c, 1, &took);
	assert_int_equal(here_port25(live), 1);
	assert_int_equal(live->job[0]->rating.word, RATING_COMPROMISED);
	assert_int_equal(job_finding(live->job[0], M01)->result, CHECK_FAIL);
	live_close(live);
	for (int i = 0; i < 4; i++)
		close(full[i]);
	close(open);
	close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred),
		cmocka_unit_test(silence),
		cmocka_unit_test(is_it_us),
	};

	return cmocka_run_group_tests(tests, loopback_tls_start,
	    loopback_tls_stop);
}
