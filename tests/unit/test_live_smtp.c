/*
 * test_live_smtp.c: conversations with a scripted server: our own cases, the
 * scenarios and rating cases beside the checkout; replies cut anywhere.
 * All times are scaled down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/dane.h"
#include "live/job.h"
#include "live/smtp.h"
#include "tests/live/fake_smtp.h"
#include "tests/live/lo.h"
#include "tests/live/suite.h"

#define SCALE (1.0 / 40)

static struct fake_ca ca;
static EVP_PKEY *server_key, *other_key;

static int64_t
scaled(int64_t us)
{
	return (int64_t)((double)us * SCALE);
}

static struct live_conf
scaled_conf(struct dns_map *map, int port)
{
	struct live_conf c = live_conf_default();
	struct live_limits *l = &c.limits;

	l->connect_us = scaled(l->connect_us);
	l->greeting_us = scaled(l->greeting_us);
	l->reply_us = scaled(l->reply_us);
	l->quit_us = scaled(l->quit_us);
	l->tls_us = scaled(40 * 1000000);
	l->slow_connect_us = scaled(l->slow_connect_us);
	l->slow_greeting_us = scaled(l->slow_greeting_us);
	l->slow_reply_us = scaled(l->slow_reply_us);
	*map = (struct dns_map){ .from_any = true, .to_port = (uint16_t)port };
	assert_true(ip_parse(STR("127.0.0.1"), &map->to));
	c.map = map;
	c.nmap = 1;
	c.offline = true;
	c.test_world = true;
	c.helo = "out1.ours.test";
	c.ca_file = ca.path;
	return c;
}

struct played {
	struct live *live;
	struct job *job;
	struct probe *probe;
	struct smtp *smtp;
	struct dns_rr tlsa[4];
	struct arena arena;
};

/* "3 1 1 <digest of ...>": which key is meant. */
static void
add_tlsa(struct played *pl, const char *text)
{
	EVP_PKEY *key = strstr(text, "in use") ? server_key : other_key;
	unsigned char *der = NULL, md[64];
	unsigned n = 0;
	int len = i2d_PUBKEY(key, &der);

	EVP_Digest(der, (size_t)len, md, &n, EVP_sha256(), NULL);
	OPENSSL_free(der);
	pl->tlsa[pl->probe->ntlsa++] = (struct dns_rr){ .usage = 3,
		.selector = 1,
		.matching = 1,
		.data = arena_dup(&pl->arena, str_make((const char *)md, n)) };
	pl->probe->tlsa = pl->tlsa;
}

static void
options(struct played *pl, const cJSON *o)
{
	struct probe *p = pl->probe;
	const cJSON *t = suite_get(o, "tlsa"), *e;
	const char *s;

	p->ours = cJSON_IsTrue(suite_get(o, "server_is_ours"));
	if ((s = suite_str(o, "mta_sts")))
		p->sts = !strcmp(s, "enforce") ? STS_ENFORCE : STS_TESTING;
	if (cJSON_IsString(t))
		add_tlsa(pl, t->valuestring);
	cJSON_ArrayForEach(e, t) add_tlsa(pl, e->valuestring);
	if ((s = suite_str(o, "dnssec")) && !strcmp(s, "secure"))
		p->dane_secure = dane_usable(p->tlsa, p->ntlsa) > 0;
}

static void
play(struct played *pl, struct dns_map *map, const struct fake *f,
    const cJSON *o)
{
	struct live_conf c = scaled_conf(map, f->port);
	const char *rcpt = suite_str(o, "recipient");
	struct err err;

	*pl = (struct played){ .live = NULL };
	c.recipient_allowed = cJSON_IsTrue(suite_get(o, "recipient_allowed"));
	pl->live = live_open(&c, &err);
	assert_non_null(pl->live);
	pl->job =
	    live_add(pl->live, str_c(rcpt ? rcpt : "good.test"), JOB_GUESS);
	pl->job->route.host[0].name = STR("mx.test.example");
	pl->job->route.nhost = 1;
	pl->probe = arena_new(&pl->job->arena, struct probe);
	pl->probe->job = pl->job;
	pl->probe->name = STR("mx.test.example");
	assert_true(ip_parse(STR("192.0.2.40"), &pl->probe->ip));
	if (c.recipient_allowed)
		pl->probe->recipient = pl->job->address.normal;
	options(pl, o);
	pl->smtp = smtp_start(pl->live, pl->probe);
	while (!pl->probe->done)
		loop_turn(pl->live->loop, loop_now_us() + 1000000);
}

static void
play_end(struct played *pl)
{
	smtp_free(pl->smtp);
	live_close(pl->live);
	arena_release(&pl->arena);
}

static enum check_result
result(struct played *pl, enum check_id id, struct finding *f)
{
	*f = (struct finding){ .check = &checks[id],
		.probe = pl->probe,
		.severity = checks[id].severity,
		.say = STR("") };
	checks[id].run(pl->job, f);
	return f->result;
}

/* Plays one script and compares; true when all is as expected. */
static bool
scenario(const cJSON *s)
{
	struct fake f = { .script = suite_get(s, "server"), .scale = SCALE };
	const cJSON *expect = suite_get(s, "expect"), *e;
	struct dns_map map;
	struct played pl;
	struct finding found;
	bool ok = true;

	f.tls = fake_tls(suite_str(f.script, "tls"), &ca, "mx.test.example",
	    server_key);
	fake_start(&f);
	play(&pl, &map, &f, suite_get(s, "options"));
	fake_stop(&f);
	cJSON_ArrayForEach(e, expect)
	{
		int id = check_by_name(str_c(e->string));

		result(&pl, (enum check_id)id, &found);
		if (strcmp(check_result_name(found.result), e->valuestring)) {
			print_message("%s %s: %s instead of %s (%.*s)\n",
			    suite_str(s, "id"), e->string,
			    check_result_name(found.result), e->valuestring,
			    STR_ARG(found.say));
			ok = false;
		}
	}
	if (strcmp(server_state_name(pl.probe->state), suite_str(s, "state"))) {
		print_message("%s: %s instead of %s\n", suite_str(s, "id"),
		    server_state_name(pl.probe->state), suite_str(s, "state"));
		ok = false;
	}
	if (f.forbidden || (f.named_others && !pl.probe->recipient.n)) {
		print_message("%s: said what must not be said\n",
		    suite_str(s, "id"));
		ok = false;
	}
	play_end(&pl);
	return ok;
}

static void
scenarios(void **state)
{
	cJSON *suite = suite_json("smtp/scenarios.json");
	const cJSON *s;
	int good = 0, all = 0;

	(void)state;
	if (!suite || !lo_there()) {
		cJSON_Delete(suite);
		skip();
	}
	cJSON_ArrayForEach(s, suite_get(suite, "scenarios"))
	{
		/* waits are a fortieth: a busy machine is late, but not twice */
		good += scenario(s) || scenario(s);
		all++;
	}
	cJSON_Delete(suite);
	print_message("SMTP scenarios: %d of %d\n", good, all);
	assert_int_equal(good, all);
}

static enum server_state
state_by_name(const char *name)
{
	for (int i = 0; i <= SERVER_REFUSES_US; i++)
		if (!strcmp(server_state_name((enum server_state)i), name))
			return (enum server_state)i;
	abort();
}

static void
rating_cases(void **state)
{
	cJSON *suite = suite_json("smtp/scenarios.json");
	const cJSON *c, *v;
	int good = 0, all = 0;

	(void)state;
	if (!suite)
		skip();
	cJSON_ArrayForEach(c, suite_get(suite, "ratings"))
	{
		struct rated_server s[8];
		const char *got;
		size_t n = 0;

		cJSON_ArrayForEach(v, suite_get(c, "servers")) s[n++] =
		    (struct rated_server){
			    (uint16_t)suite_get(v, "preference")->valueint,
			    state_by_name(suite_str(v, "state"))
		    };
		got = rating_name(rate_servers(s, n));
		if (strcmp(got, suite_str(c, "rating")))
			print_message("%s: %s\n", suite_str(c, "id"), got);
		good += !strcmp(got, suite_str(c, "rating"));
		all++;
	}
	print_message("rating cases: %d of %d\n", good, all);
	assert_int_equal(good, all);
	cJSON_Delete(suite);
}

/* ---- our own ---- */

static const char *const own[] = {
	"{\"id\":\"lmtp-like\",\"state\":\"failed\",\"expect\":{\"M02\":"
	"\"fail\"},\"server\":{\"connect\":[\"* OK ready\"]}}",
	"{\"id\":\"plain\",\"state\":\"degraded\",\"expect\":{\"M05\":"
	"\"warn\",\"M11\":\"pass\",\"M14\":\"pass\"},\"server\":{"
	"\"connect\":[\"220 a.example\"],\"EHLO\":[\"250 a.example\"],"
	"\"MAIL\":[\"250 ok\"],\"RCPT\":[\"250 ok\"],\"RSET\":[\"250 ok\"],"
	"\"QUIT\":[\"221 bye\"]}}",
	"{\"id\":\"relay\",\"state\":\"failed\",\"expect\":{\"M11\":"
	"\"fail\",\"M13\":\"pass\"},\"server\":{\"connect\":["
	"\"220 a.example\"],\"EHLO\":[\"250 a.example\"],\"MAIL\":["
	"\"250 ok\"],\"RCPT\":[\"550 5.7.1 relaying denied\"],\"RSET\":["
	"\"250 ok\"],\"QUIT\":[\"221 bye\"]}}",
	"{\"id\":\"mixed\",\"state\":\"failed\",\"expect\":{\"M02\":"
	"\"fail\"},\"server\":{\"connect\":[\"220-a.example\\n554 no\"]}}",
	"{\"id\":\"slow\",\"state\":\"ok\",\"expect\":{\"M03\":\"warn\","
	"\"M06\":\"pass\"},\"server\":{\"connect\":[\"220 a.example\"],"
	"\"delay_ms\":{\"connect\":20000},\"EHLO\":[\"250-a.example\\n250 "
	"STARTTLS\"],\"STARTTLS\":[\"220 go\"],\"tls\":\"valid\",\"EHLO2\":["
	"\"250 a.example\"],\"MAIL\":[\"250 ok\"],\"RCPT\":[\"250 ok\"],"
	"\"RSET\":[\"250 ok\"],\"QUIT\":[\"221 bye\"]}}",
	"{\"id\":\"busy-at-ehlo\",\"state\":\"degraded\",\"expect\":{"
	"\"M04\":\"warn\",\"M13\":\"pass\"},\"server\":{\"connect\":["
	"\"220 a.example\"],\"EHLO\":[\"421 4.3.2 busy\"]}}",
	"{\"id\":\"hangs-up-at-starttls\",\"state\":\"degraded\",\"expect\":{"
	"\"M05\":\"pass\",\"M06\":\"fail\",\"M11\":\"pass\"},\"server\":{"
	"\"connect\":[\"220 a.example\"],\"EHLO\":[\"250-a.example\\n250 "
	"STARTTLS\"],\"STARTTLS\":[],\"MAIL\":[\"250 ok\"],\"RCPT\":["
	"\"250 ok\"],\"RSET\":[\"250 ok\"],\"QUIT\":[\"221 bye\"]}}",
	"{\"id\":\"no-host-name\",\"state\":\"refuses-us\",\"expect\":{"
	"\"M13\":\"fail\",\"M11\":\"unknown\"},\"server\":{\"connect\":["
	"\"220 a.example\"],\"EHLO\":[\"250 a.example\"],\"MAIL\":["
	"\"250 ok\"],\"RCPT\":[\"450 4.7.25 Client host rejected: cannot "
	"find your hostname\"],\"RSET\":[\"250 ok\"],\"QUIT\":["
	"\"221 bye\"]}}",
	"{\"id\":\"no-room\",\"state\":\"degraded\",\"expect\":{\"M11\":"
	"\"warn\"},\"server\":{\"connect\":[\"220 a.example\"],\"EHLO\":["
	"\"250 a.example\"],\"MAIL\":[\"250 ok\"],\"RCPT\":["
	"\"452 4.3.1 insufficient storage\"],\"RSET\":[\"250 ok\"],"
	"\"QUIT\":[\"221 bye\"]}}",
};

static void
own_scenarios(void **state)
{
	(void)state;
	if (!lo_there())
		skip();
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		cJSON *s = cJSON_Parse(own[i]);

		assert_non_null(s);
		if (!scenario(s))
			fail_msg("%s", suite_str(s, "id"));
		cJSON_Delete(s);
	}
}

static void
replies(void **state)
{
	static const struct {
		const char *in;
		long n;
		int code;
	} t[] = {
		{ "220 a\r\n", 7, 220 },
		{ "220 a\n", 6, 220 },
		{ "220-a\r\n220 b\r\n", 14, 220 },
		{ "220-a\r\n", 0, 220 },
		{ "220\r\n", 5, 220 },
		{ "22", 0, 0 },
		{ "", 0, 0 },
		{ "HTTP/1.1 400\r\n", -1, 0 },
		{ "2200 a\r\n", -1, 0 },
		{ "22\r\n", -1, 0 },
		{ "250 a\r\n250 b\r\n", 7, 250 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		bool mixed;
		int code;
		long n = smtp_reply_read(str_c(t[i].in), &code, &mixed);

		if (n != t[i].n || (n > 0 && code != t[i].code))
			fail_msg("'%s': %ld %d", t[i].in, n, code);
	}
}

static void
refusals(void **state)
{
	static const struct {
		const char *text;
		bool us, relay;
	} t[] = {
		{ "550 5.7.1 blocked using bl.example", true, false },
		{ "554 5.7.1 <a@b.example>: Relay access denied", false, true },
		{ "550 5.1.2 unknown", false, true },
		{ "450 4.7.1 Greylisted, try again later", false, false },
		{ "421 4.7.0 closing", false, false },
		{ "421 4.7.28 rate limit exceeded", true, false },
		{ "421 4.3.2 too many connections, separate them", false,
		    false },
		{ "550 5.1.1 no such user", false, false },
		{ "550 no PTR for your address", true, false },
		{ "554 your IP 192.0.2.25 has a poor reputation", true, false },
		{ "452 4.3.1 system storage", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct str text = str_from(str_c(t[i].text), 4);
		struct smtp_reply r = { .end = END_REPLY,
			.code = (int)strtol(t[i].text, NULL, 10),
			.text = text,
			.dsn = smtp_dsn(text) };

		if (smtp_refuses_us(&r, STR(""), STR("")) != t[i].us ||
		    smtp_relay_denied(&r) != t[i].relay)
			fail_msg("%s", t[i].text);
	}
}

static int
start(void **state)
{
	(void)state;
	fake_ca_make(&ca);
	server_key = fake_key();
	other_key = fake_key();
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	fake_ca_drop(&ca);
	EVP_PKEY_free(server_key);
	EVP_PKEY_free(other_key);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies),
		cmocka_unit_test(refusals),
		cmocka_unit_test(own_scenarios),
		cmocka_unit_test(scenarios),
		cmocka_unit_test(rating_cases),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
