/*
 * loopback.h: our own zones (fixtures/live/zones) on loopback for a group of
 * tests, and a configuration that asks nobody else.
 */
#ifndef TESTS_LIVE_LOOPBACK_H
#define TESTS_LIVE_LOOPBACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/job.h"
#include "tests/live/nsd.h"

static struct nsd nsd;
static bool up; /* false: no name server here, tests are skipped */

static inline int
loopback_start(void **state)
{
	(void)state;
	up = nsd_there() && nsd_start(&nsd, "fixtures/live/zones");
	return 0;
}

static inline int
loopback_stop(void **state)
{
	(void)state;
	if (up)
		nsd_stop(&nsd);
	return 0;
}

/* What a configuration points to. */
struct loopback {
	struct dns_map map[8];
	char text[64];
	const char *res[1];
};

/* The zones' servers are at `port`: our own, or a relay before the first. */
static inline struct live_conf
loopback_conf(struct loopback *l, int port)
{
	static const char *const zones[] = { "test", "2.0.192.in-addr.arpa" };
	struct live_conf c = live_conf_default();

	*l = (struct loopback){ .res = { l->text } };
	snprintf(l->text, sizeof(l->text), "127.0.0.1@%d", port);
	for (uint8_t i = 0; i < 2; i++) {
		uint8_t to = port == nsd.port ? i + 1 : 1;

		l->map[i] =
		    (struct dns_map){ .from = { { 127, 0, 0, i + 1 }, 4 },
			    .to = { { 127, 0, 0, to }, 4 },
			    .from_port = 53,
			    .to_port = (uint16_t)port };
	}
	c.resolvers = (struct strs){ l->res, 1 };
	c.local_zones = (struct strs){ zones, 2 };
	c.map = l->map;
	c.nmap = 2;
	c.test_world = true;
	return c;
}

/* Whoever connects to `from` comes to a port here; from_port 0: any. */
static inline void
loopback_map(struct loopback *l, struct live_conf *c, const char *from,
    uint16_t from_port, int port)
{
	struct dns_map *m = &l->map[c->nmap++];

	assert_true(c->nmap <= sizeof(l->map) / sizeof(*l->map));
	*m = (struct dns_map){ .from_port = from_port,
		.to_port = (uint16_t)port };
	assert_true(ip_parse(str_c(from), &m->from));
	assert_true(ip_parse(STR("127.0.0.1"), &m->to));
}

static inline const struct finding *
get(const struct job *j, enum check_id id)
{
	const struct finding *f = job_finding(j, id);

	assert_non_null(f);
	return f;
}

static inline long
resident_kib(void)
{
	long pages = 0, skip_;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%ld %ld", &skip_, &pages) != 2)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

#endif
