/*
 * test_live_whole.c: everything together on loopback: DNS from our own zones,
 * two scripted mail servers, a web host with an MTA-STS policy, a registry;
 * what a run keeps for the next one; the support chain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/chain.h"
#include "live/http.h"
#include "live/keep.h"
#include "live/probe.h"
#include "tests/live/fake_web.h"
#include "tests/live/loopback_tls.h"

/* ---- the world ---- */

static const char good_script[] =
    "{\"connect\":[\"220 mx1.host.test\"],\"EHLO\":[\"250-mx1.host.test\\n"
    "250-SIZE 50000000\\n250 STARTTLS\"],\"STARTTLS\":[\"220 go\"],"
    "\"EHLO2\":[\"250 mx1.host.test\"],\"MAIL\":[\"250 ok\"],"
    "\"RCPT\":[\"250 ok\"],\"RSET\":[\"250 ok\"],\"QUIT\":[\"221 bye\"]}";

static const char backup_script[] =
    "{\"connect\":[\"220 mx2.host.test\"],\"EHLO\":[\"250-mx2.host.test\\n"
    "250 STARTTLS\"],\"STARTTLS\":[\"220 go\"],\"EHLO2\":["
    "\"250 mx2.host.test\"],\"MAIL\":[\"250 ok\"],\"RCPT\":["
    "\"554 5.7.1 Relay access denied\"],\"RSET\":[\"250 ok\"],\"QUIT\":["
    "\"221 bye\"]}";

static const char policy[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    "version: STSv1\nmode: enforce\nmx: *.host.test\nmax_age: 604800\n";

static const char registry[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/rdap+json\r\n"
    "Connection: close\r\n\r\n"
    "{\"objectClassName\":\"domain\",\"ldhName\":\"shop.test\",\"status\":["
    "\"active\"],\"events\":[{\"eventAction\":\"expiration\",\"eventDate\":"
    "\"2126-01-01T00:00:00Z\"}],\"nameservers\":[{\"ldhName\":"
    "\"ns1.nic.test\"},{\"ldhName\":\"ns2.nic.test\"}]}";

struct world {
	struct fake mx[2];
	cJSON *script[2];
	struct web web, rdap;
	struct loopback loopback;
	char boot[80];
	struct live_conf conf;
};

static void
world_start(struct world *w)
{
	static const char *const names[2] = { "mx1.host.test",
		"mx2.host.test" };
	static const char *const scripts[2] = { good_script, backup_script };
	FILE *f;

	*w = (struct world){ .boot = "" };
	w->conf = loopback_conf(&w->loopback, nsd.port);
	for (int i = 0; i < 2; i++) {
		w->script[i] = cJSON_Parse(scripts[i]);
		assert_non_null(w->script[i]);
		w->mx[i].script = w->script[i];
		w->mx[i].tls = fake_tls("valid", &ca, names[i], key);
		fake_start(&w->mx[i]);
	}
	web_start(&w->web, "mta-sts.shop.test", policy);
	web_start(&w->rdap, "rdap.nic.test", registry);
	loopback_map(&w->loopback, &w->conf, "192.0.2.51", 25, w->mx[0].port);
	loopback_map(&w->loopback, &w->conf, "192.0.2.52", 25, w->mx[1].port);
	loopback_map(&w->loopback, &w->conf, "192.0.2.61", 443, w->web.port);
	loopback_map(&w->loopback, &w->conf, "192.0.2.62", 443, w->rdap.port);
	snprintf(w->boot, sizeof(w->boot), "%s/boot.json", nsd.dir);
	f = fopen(w->boot, "w");
	assert_non_null(f);
	fputs("{\"services\":[[[\"test\"],[\"https://rdap.nic.test/\"]]]}", f);
	fclose(f);
	w->conf.smtp = true;
	w->conf.registration = true;
	w->conf.rdap_bootstrap = w->boot;
	w->conf.ca_file = ca.path;
	w->conf.helo = "out.isp.test";
	w->conf.limits.pause_us = 1000;
}

static void
world_stop(struct world *w)
{
	for (int i = 0; i < 2; i++) {
		fake_stop(&w->mx[i]);
		cJSON_Delete(w->script[i]);
	}
	web_stop(&w->web);
	web_stop(&w->rdap);
}

static void
expect(const struct job *j, enum check_id id, enum check_result want)
{
	const struct finding *f = get(j, id);

	if (f->result != want)
		fail_msg("%s: %s, %.*s", checks[id].id,
		    check_result_name(f->result), STR_ARG(f->say));
}

static void
all_of_it(void **state)
{
	struct chain_link link[CHAIN_LINKS];
	struct world w;
	struct live *live;
	struct job *j;
	struct err err;

	(void)state;
	if (!up)
		skip();
	world_start(&w);
	live = live_open(&w.conf, &err);
	assert_non_null(live);
	j = live_add(live, STR("anna@shop.test"), JOB_GUESS);
	live_run(live);
#ifdef HAVE_CURL
	expect(j, R15, CHECK_PASS);
	expect(j, R16, CHECK_PASS);
	expect(j, D01, CHECK_PASS);
	expect(j, D02, CHECK_PASS);
	assert_int_equal(w.web.hits, 1);
	assert_int_equal(w.rdap.hits, 1);
#else
	expect(j, R15, CHECK_WARN);
	expect(j, D01, CHECK_UNKNOWN);
#endif
	assert_int_equal(j->nprobe, 2);
	assert_int_equal(j->probe[0]->state, SERVER_OK);
	assert_int_equal(j->probe[1]->state, SERVER_FAILED);
	expect(j, M08, CHECK_PASS);
	expect(j, M11, CHECK_PASS);
	expect(j, M12, CHECK_SKIP);
	assert_int_equal(j->rating.word, RATING_IMPAIRED);
	assert_non_null(j->rating.first_broken);
	assert_ptr_equal(j->rating.first_broken->check, &checks[M11]);
	assert_int_equal(j->rating.tested, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(w.mx[i].connections, 1);
		assert_int_equal(w.mx[i].forbidden, 0);
		assert_int_equal(w.mx[i].named_others, 0);
	}
	chain_of(j, link);
	assert_int_equal(link[0].state, LINK_PROVED);
	assert_int_equal(link[3].state, LINK_PROVED);
	assert_int_equal(link[4].state, LINK_BROKEN);
	assert_ptr_equal(chain_first(link), &link[4]);
	live_close(live);
	world_stop(&w);
}

/* A second run within fifteen minutes leaves the servers alone. */
static void
kept(void **state)
{
	struct keep k = { .n = 0 }, again;
	struct world w;
	struct live *live;
	char path[128];
	struct job *j;
	struct err err;

	(void)state;
	if (!up)
		skip();
	world_start(&w);
	snprintf(path, sizeof(path), "%s/kept", nsd.dir);
	assert_int_equal(keep_read(&k, path, &err), 0);
	live = live_open(&w.conf, &err);
	j = live_add(live, STR("shop.test"), JOB_GUESS);
	live_run(live);
	keep_job(&k, j);
	assert_int_equal(keep_write(&k, path, job_now_s(j), &err), 0);
	live_close(live);
	keep_release(&k);

	assert_int_equal(keep_read(&again, path, &err), 0);
	assert_true(again.n > 20);
	w.conf.kept = &again;
	live = live_open(&w.conf, &err);
	j = live_add(live, STR("SHOP.test"), JOB_GUESS);
	live_run(live);
	assert_int_equal(w.mx[0].connections, 1);
	assert_int_equal(w.mx[1].connections, 1);
	assert_int_equal(j->rating.word, RATING_IMPAIRED);
	assert_true(j->probe[0]->age_s > 0);
	assert_true(get(j, M11)->age_s > 0);
	assert_non_null(keep_find(&again, j->input, get(j, R01)));
	live_close(live);

	/* much later they are spoken to again */
	w.conf.now_s = time(NULL) + 2 * KEEP_SERVER_S;
	live = live_open(&w.conf, &err);
	live_add(live, STR("shop.test"), JOB_GUESS);
	live_run(live);
	assert_int_equal(w.mx[0].connections, 2);
	live_close(live);
	keep_release(&again);
	world_stop(&w);
}

static void
strangers_are_capped(void **state)
{
	struct world w;
	struct live *live;
	struct err err;

	(void)state;
	if (!up)
		skip();
	world_start(&w);
	w.conf.registration = false;
	w.conf.limits.strangers = 1;
	live = live_open(&w.conf, &err);
	live_add(live, STR("shop.test"), JOB_DOMAIN);
	live_add(live, STR("gmail.test"), JOB_DOMAIN);
	live_run(live);
	assert_int_equal(w.mx[0].connections, 1);
	live_close(live);
	world_stop(&w);
}

static void
broken_files(void **state)
{
	static const char *const bad[] = { "", "mailtrace.kept/1\n1\t2\n",
		"mailtrace.kept/1\nx\ta\tb\tc\td\te"
		"\tf\n",
		"something else\n1\ta\tR01\to\tpass\tnote\ts\n",
		"mailtrace.kept/1\n5\ta\\011b\tR01\to\tpass\tnote\tcut\\" };
	char path[128];
	struct keep k;
	struct err err;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/mt-kept-%d", (int)getpid());
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(bad[i], f);
		fclose(f);
		assert_int_equal(keep_read(&k, path, &err), -1);
		assert_non_null(strstr(err.msg, path));
		assert_null(strchr(err.msg, '\n'));
		assert_int_equal(k.n, 0);
		keep_release(&k);
	}
	unlink(path);
	assert_int_equal(keep_read(&k, path, &err), 0);
	assert_int_equal(k.n, 0);
}

static void
urls(void **state)
{
	static const struct {
		const char *url, *host;
		int port;
	} t[] = {
		{ "https://a.example/x", "a.example", 443 },
		{ "HTTPS://a.example:8443", "a.example", 8443 },
		{ "https://a.example?x", "a.example", 443 },
		{ "http://a.example/", NULL, 0 },
		{ "https://u@a.example/", NULL, 0 },
		{ "https:///x", NULL, 0 },
		{ "https://a.example:0/", NULL, 0 },
		{ "https://[::1]/", NULL, 0 },
		{ "", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct str host;
		uint16_t port;
		bool ok = http_url_host(str_c(t[i].url), &host, &port);

		if (ok != (t[i].host != NULL) ||
		    (ok &&
			(!str_eq(host, str_c(t[i].host)) || port != t[i].port)))
			fail_msg("%s", t[i].url);
	}
}

static void
dsn_names_the_link(void **state)
{
	static const struct {
		const char *dsn;
		int link;
	} t[] = {
		{ "5.1.1", 5 },
		{ "5.1.2", 3 },
		{ "5.1.10", 3 },
		{ "5.2.1", 7 },
		{ "4.2.2", 7 },
		{ "4.4.1", 4 },
		{ "5.7.1", 6 },
		{ "5.7.8", 8 },
		{ "5.6.0", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		if (chain_of_dsn(str_c(t[i].dsn)) != t[i].link)
			fail_msg("%s: %d", t[i].dsn,
			    chain_of_dsn(str_c(t[i].dsn)));
}

/* The policy of a domain of ours is fetched with our own servers (--ours), a
 * stranger's is not. */
static void
our_policy(void **state)
{
	static const char *const ours[] = { "shop.test" };

	(void)state;
	if (!up)
		skip();
#ifdef HAVE_CURL
	for (size_t n = 0; n < 2; n++) {
		struct world w;
		struct live *live;
		struct job *j;
		struct err err;

		world_start(&w);
		w.conf.smtp = w.conf.registration = false;
		w.conf.smtp_own = true;
		w.conf.our_domains = (struct strs){ ours, n };
		live = live_open(&w.conf, &err);
		j = live_add(live, STR("shop.test"), JOB_DOMAIN);
		live_run(live);
		expect(j, R15, n ? CHECK_PASS : CHECK_INFO);
		assert_int_equal(w.web.hits, (int)n);
		live_close(live);
		world_stop(&w);
	}
#endif
}

/* A name that is gone from the DNS: the registry is asked unbidden, and says
 * that the customer's domain ran out. */
static void
lapsed(void **state)
{
	static const char answer[] =
	    "HTTP/1.1 200 OK\r\nContent-Type: application/rdap+json\r\n"
	    "Connection: close\r\n\r\n"
	    "{\"objectClassName\":\"domain\",\"ldhName\":\"lapsed.test\","
	    "\"status\":[\"redemption period\"],\"events\":[{\"eventAction\":"
	    "\"expiration\",\"eventDate\":\"2026-01-01T00:00:00Z\"}],"
	    "\"nameservers\":[{\"ldhName\":\"ns1.nic.test\"}]}";
	struct chain_link link[CHAIN_LINKS];
	struct world w;
	struct live *live;
	struct job *j;
	struct err err;

	(void)state;
	if (!up)
		skip();
	world_start(&w);
	w.rdap.answer = answer;
	w.conf.smtp = w.conf.registration = false;
	w.conf.now_s = 1769000000; /* 2026-01-21 */
	live = live_open(&w.conf, &err);
	j = live_add(live, STR("anna@lapsed.test"), JOB_ADDRESS);
	live_run(live);
	expect(j, R01, CHECK_FAIL);
#ifdef HAVE_CURL
	assert_int_equal(w.rdap.hits, 1);
	expect(j, D02, CHECK_FAIL);
	expect(j, D04, CHECK_FAIL);
	chain_of(j, link);
	assert_string_equal(chain_first(link)->id, "L2");
	assert_true(
	    str_find(chain_first(link)->why->say, STR("lapsed.test")) >= 0);
#endif
	live_close(live);
	world_stop(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(dsn_names_the_link),
		cmocka_unit_test(broken_files),
		cmocka_unit_test(all_of_it),
		cmocka_unit_test(kept),
		cmocka_unit_test(our_policy),
		cmocka_unit_test(lapsed),
		cmocka_unit_test(strangers_are_capped),
	};

	return cmocka_run_group_tests(tests, loopback_tls_start,
	    loopback_tls_stop);
}
