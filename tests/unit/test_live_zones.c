/*
 * test_live_zones.c: whole checks against name servers on loopback: our own
 * small world (fixtures/live/zones), and the zones beside the checkout with
 * everything they expect.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/dkim.h"
#include "live/dnsbl.h"
#include "live/job.h"
#include "live/spf.h"
#include "tests/live/nsd.h"
#include "tests/live/relay.h"
#include "tests/live/suite.h"

enum { MAX_LIST = 256 };

struct lab {
	struct nsd nsd;
	struct arena arena;
	struct live_conf conf;
	const char *resolver[1], *zones[8], *local[MAX_LIST];
	const char *mx[16], *sending[8], *targets[16], *parking[8];
	struct provider provider[16];
	struct dns_map map[3];
	char anchor[128];
};

static struct lab lab;

static void
set_up(struct lab *l)
{
	static const char *const local_zones[] = { "test", "example",
		"2.0.192.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa" };

	l->conf = live_conf_default();
	l->resolver[0] = arena_printf(&l->arena, "127.0.0.1@%d", l->nsd.port).p;
	l->conf.resolvers = (struct strs){ l->resolver, 1 };
	for (int i = 0; i < 4; i++)
		l->zones[i] = local_zones[i];
	l->conf.local_zones = (struct strs){ l->zones, 4 };
	l->conf.test_world = true;
	for (int i = 0; i < 3; i++) {
		struct str s = arena_printf(&l->arena,
		    "127.0.0.%d:53=127.0.0.%d:%d", i + 1, i + 1, l->nsd.port);

		assert_true(dns_map_parse(s, &l->map[i]));
	}
	l->conf.map = l->map;
	l->conf.nmap = 3;
	l->conf.limits.dns_direct_us = 500000;
}

static size_t
copy_list(const cJSON *list, const char **out, const char *prefix)
{
	size_t n = 0;
	const cJSON *e;

	cJSON_ArrayForEach(e, list) out[n++] = arena_printf(&lab.arena, "%s%s",
	    *e->valuestring >= 'a' ? prefix : "", e->valuestring)
						   .p;
	return n;
}

/* The configuration that expected.json assumes. */
static void
configure(struct lab *l, const cJSON *all)
{
	const cJSON *c = suite_get(all, "config"), *e, *m;
	size_t n;

	n = copy_list(suite_get(c, "our_mx_suffixes"), l->mx, "*.");
	n += copy_list(suite_get(c, "our_mx_addresses"), l->mx + n, "");
	l->conf.our_mx = (struct strs){ l->mx, n };
	n = copy_list(suite_get(c, "our_sending_addresses"), l->sending, "");
	l->conf.sending = (struct strs){ l->sending, n };
	n = copy_list(suite_get(c, "typo_targets"), l->targets, "");
	l->conf.typo_targets = (struct strs){ l->targets, n };
	l->conf.only_typo_targets = true;
	n = copy_list(suite_get(c, "parking_ns_suffixes"), l->parking, "");
	l->conf.parking_ns = (struct strs){ l->parking, n };
	l->conf.helo = suite_str(c, "helo");
	n = 0;
	cJSON_ArrayForEach(e, suite_get(c, "providers")) l->provider[n++] =
	    (struct provider){ suite_str(e, "suffix"), suite_str(e, "name"),
		    suite_str(e, "kind") };
	l->conf.providers = l->provider;
	l->conf.nproviders = n;

	/* every domain whose MX is ours, but for the exceptions */
	n = 0;
	cJSON_ArrayForEach(e, suite_get(all, "domains"))
	{
		const char *name = suite_str(e, "domain");
		bool ours = false, not = false;

		cJSON_ArrayForEach(m, suite_get(e, "mx")) ours =
		    ours ||
		    dns_name_below(str_c(cJSON_GetArrayItem(m, 1)->valuestring),
			STR("hosting.example"));
		cJSON_ArrayForEach(m, suite_get(c, "not_local_domains")) not =
		    not || !strcmp(m->valuestring, name);
		if (ours && !not )
			l->local[n++] = name;
	}
	n += copy_list(suite_get(c, "extra_local_domains"), l->local + n, "");
	/* its MX is an alias for ours */
	l->local[n++] = "mx-cname.test";
	l->conf.our_domains = (struct strs){ l->local, n };
}

static bool
expect_findings(const struct job *j, const cJSON *expect)
{
	const cJSON *e;
	bool ok = true;

	cJSON_ArrayForEach(e, expect)
	{
		int id = check_by_name(str_c(e->string));
		const struct finding *f =
		    id < 0 ? NULL : job_finding(j, (enum check_id)id);

		if (f && !strcmp(check_result_name(f->result), e->valuestring))
			continue;
		print_message("%.*s %s: %s instead of %s (%.*s)\n",
		    STR_ARG(j->input), e->string,
		    f ? check_result_name(f->result) : "nothing",
		    e->valuestring, STR_ARG(f ? f->say : STR("")));
		ok = false;
	}
	return ok;
}

static bool
expect_rating(const struct job *j, const cJSON *d)
{
	const char *want = suite_str(d, "rating_dns");
	const char *first = suite_str(d, "first_broken");
	const char *got =
	    j->rating.first_broken ? j->rating.first_broken->check->id : NULL;
	bool ok = !strcmp(rating_name(j->rating.word), want) &&
		  (first ? got && !strcmp(first, got) : !got);

	/* not named and satisfactory: R01-R11 all pass */
	for (int i = R01; !strcmp(want, "satisfactory") && i <= R11; i++) {
		const struct finding *f = job_finding(j, (enum check_id)i);

		if (suite_get(suite_get(d, "expect"), checks[i].id) ||
		    (f && f->result == CHECK_PASS))
			continue;
		print_message("%.*s %s: %s (%.*s)\n", STR_ARG(j->input),
		    checks[i].id, f ? check_result_name(f->result) : "none",
		    STR_ARG(f ? f->say : STR("")));
		ok = false;
	}
	if (!ok)
		print_message("%.*s: %s at %s instead of %s at %s\n",
		    STR_ARG(j->input), rating_name(j->rating.word),
		    got ? got : "nothing", want, first ? first : "nothing");
	return ok;
}

static bool
expect_route(const struct job *j, const cJSON *d)
{
	static const char *const name[] = { "error", "none", "null", "implicit",
		"mx" };
	bool ok = !strcmp(name[j->route.kind], suite_str(d, "route"));
	const char *sec = suite_str(d, "dnssec");

	if (sec && !strcmp(sec, "secure"))
		ok = ok && j->route.mx->secure;
	if (sec && !strcmp(sec, "bogus"))
		ok = ok && j->route.mx->bogus;
	if (suite_str(d, "provider"))
		ok = ok && j->route.host[0].provider &&
		     !strcmp(j->route.host[0].provider->name,
			 suite_str(d, "provider"));
	if (!ok)
		print_message("%.*s: route %s\n", STR_ARG(j->input),
		    name[j->route.kind]);
	if (suite_str(d, "suggestion")) {
		const struct finding *f = job_finding(j, A07);

		ok = ok && f &&
		     str_eq(f->suggest, str_c(suite_str(d, "suggestion")));
	}
	return ok;
}

static const struct dns_answer *
ask_live(void *ctx, struct str name, enum dns_type type)
{
	struct live *live = ctx;
	const struct dns_answer *a = dns_ask(live->dns, name, type);

	while (a->status == DNS_PENDING)
		loop_turn(live->loop, loop_now_us() + 100000);
	return a;
}

static bool
expect_spf(struct live *live, const cJSON *d)
{
	const cJSON *s = suite_get(d, "spf"), *n;
	struct asker asker = { ask_live, live };
	struct spf_in in = { .domain = str_c(suite_str(d, "domain")),
		.helo = STR("out1.ours.test") };
	static struct spf_tree t;
	const struct dns_answer *txt;
	struct spf_out out;
	bool ok = true;

	if (!s)
		return true;
	assert_true(ip_parse(str_c(suite_str(s, "ip")), &in.ip));
	in.sender = arena_printf(&lab.arena, "a@%s", in.domain.p);
	spf_check(&asker, &lab.arena, &in, &out);
	ok = !strcmp(spf_result_name(out.result), suite_str(s, "result"));
	t = (struct spf_tree){ .lookups = 0 };
	txt = ask_live(live, in.domain, DNS_TXT);
	for (size_t i = 0; i < txt->nrr; i++)
		if (spf_is_record(txt->rr[i].data) == SPF_IS)
			spf_walk(&asker, &lab.arena, in.domain, txt->rr[i].data,
			    &t);
	if ((n = suite_get(s, "lookups")))
		ok = ok && t.lookups == (unsigned)n->valueint;
	if ((n = suite_get(s, "void")))
		ok = ok && t.voids == (unsigned)n->valueint;
	if (!ok)
		print_message("%.*s: SPF %s, %u look-ups, %u void\n",
		    STR_ARG(in.domain), spf_result_name(out.result), t.lookups,
		    t.voids);
	return ok;
}

static void
all_domains(void **state)
{
	const cJSON *all = *state, *d;
	struct err err = { "" };
	struct live *live;
	int good = 0, n = 0;
	size_t i = 0;
	int64_t t0;

	if (!all)
		skip();
	live = live_open(&lab.conf, &err);
	assert_non_null(live);
	t0 = loop_now_us();
	cJSON_ArrayForEach(d, suite_get(all, "domains")) assert_non_null(
	    live_add(live, str_c(suite_str(d, "domain")), JOB_DOMAIN));
	live_run(live);
	print_message("%zu domains in %.0f ms, %lu questions\n", live->njob,
	    (double)(loop_now_us() - t0) / 1000,
	    (unsigned long)dns_sent(live->dns));
	cJSON_ArrayForEach(d, suite_get(all, "domains"))
	{
		const struct job *j = live->job[i++];
		bool ok = expect_findings(j, suite_get(d, "expect"));

		ok = expect_rating(j, d) && ok;
		ok = expect_route(j, d) && ok;
		ok = expect_spf(live, d) && ok;
		good += ok;
		n++;
	}
	print_message("zones: %d of %d domains\n", good, n);
	live_close(live);
	assert_int_equal(good, n);
}

/* Checks the first 40 of them, every answer `late` seconds late. */
static int64_t
forty(const cJSON *all, double late)
{
	const cJSON *d;
	struct live_conf c = lab.conf;
	const char *res[1];
	struct dns_map map[3];
	struct live *live;
	struct relay r;
	struct err err;
	char text[64];
	int64_t t0, took;
	int n = 0;

	relay_start(&r, RELAY_LATE, late, lab.nsd.port);
	snprintf(text, sizeof(text), "127.0.0.1@%d", r.port);
	res[0] = text;
	c.resolvers = (struct strs){ res, 1 };
	memcpy(map, lab.map, sizeof(map));
	for (int i = 0; i < 3; i++) {
		map[i].to = (struct ip){ { 127, 0, 0, 1 }, 4 };
		map[i].to_port = (uint16_t)r.port;
	}
	c.map = map;
	live = live_open(&c, &err);
	assert_non_null(live);
	t0 = loop_now_us();
	cJSON_ArrayForEach(d, suite_get(all, "domains")) if (n++ < 40)
	    live_add(live, str_c(suite_str(d, "domain")), JOB_DOMAIN);
	live_run(live);
	took = loop_now_us() - t0;
	print_message("40 domains at %.0f ms: %.0f ms, %lu questions\n",
	    late * 1000, (double)took / 1000,
	    (unsigned long)dns_sent(live->dns));
	live_close(live);
	relay_stop(&r);
	return took;
}

/*
 * Behind a server that takes 30 ms to answer, 40 domains cost what the longest
 * chain of questions waits, not their sum of 20 seconds.  Another
 * run without the wait tells how busy the machine is.
 */
static void
slow_server(void **state)
{
	int64_t extra = INT64_MAX;

	if (!*state)
		skip();
	for (int i = 0; i < 3 && extra >= 450000; i++) {
		int64_t at_once = forty(*state, 0), late = forty(*state, 0.03);

		extra = late - at_once < extra ? late - at_once : extra;
	}
	assert_true(extra < 450000);
}

static void
sending_addresses(void **state)
{
	const cJSON *all = *state, *s;
	struct err err;
	struct live *live;
	size_t i = 0;
	int bad = 0;

	if (!all)
		skip();
	live = live_open(&lab.conf, &err);
	assert_non_null(live);
	cJSON_ArrayForEach(s, suite_get(all, "sending"))
	    live_add(live, str_c(suite_str(s, "ip")), JOB_GUESS);
	live_run(live);
	cJSON_ArrayForEach(s, suite_get(all, "sending"))
	{
		const struct job *j = live->job[i++];
		static const enum check_id id[] = { S01, S02 };

		for (int k = 0; k < 2; k++) {
			const struct finding *f = job_finding(j, id[k]);
			const char *want = suite_str(s, checks[id[k]].id);

			if (f && !strcmp(check_result_name(f->result), want))
				continue;
			print_message("%.*s %s: %s (%.*s)\n", STR_ARG(j->input),
			    checks[id[k]].id,
			    f ? check_result_name(f->result) : "none",
			    STR_ARG(f ? f->say : STR("")));
			bad++;
		}
	}
	live_close(live);
	assert_int_equal(bad, 0);
}

static void
block_lists(void **state)
{
	const cJSON *all = *state, *l, *c;
	const cJSON *lists = suite_get(suite_get(all, "dnsbl"), "lists");
	struct dnsbl list = { .kind = DNSBL_IP,
		.weight = WEIGHT_HIGH,
		.code = { { "127.0.0.2", "spam", false },
		    { "127.0.0.4", "hijacked", false },
		    { "127.0.0.10", "policy", true } } };
	struct live *live;
	struct asker asker;
	struct err err;
	int bad = 0;

	if (!all)
		skip();
	live = live_open(&lab.conf, &err);
	assert_non_null(live);
	asker = (struct asker){ ask_live, live };
	cJSON_ArrayForEach(l, lists)
	{
		const char *why = NULL;
		int sane;

		list.zone = suite_str(l, "zone");
		sane = dnsbl_sane(&asker, &lab.arena, &list, &why);
		if ((sane == 1) != cJSON_IsTrue(suite_get(l, "usable")) ||
		    (sane < 0 && strcmp(why, suite_str(l, "reason")) != 0)) {
			print_message("%s: %d %s\n", list.zone, sane, why);
			bad++;
		}
	}
	cJSON_ArrayForEach(l, suite_get(suite_get(all, "dnsbl"), "lookups"))
	{
		struct dnsbl_out out;
		struct ip ip;

		list.zone = suite_str(l, "zone");
		assert_true(ip_parse(str_c(suite_str(l, "ip")), &ip));
		dnsbl_look_ip(&asker, &lab.arena, &list, &ip, &out);
		c = suite_get(l, "codes");
		if (strcmp(dnsbl_result_name(out.result),
			suite_str(l, "result")) != 0 ||
		    out.ncode != (size_t)cJSON_GetArraySize(c) ||
		    (suite_str(l, "txt") &&
			!str_eq(out.txt, str_c(suite_str(l, "txt"))))) {
			print_message("%s %s: %s, %zu codes\n", list.zone,
			    suite_str(l, "ip"), dnsbl_result_name(out.result),
			    out.ncode);
			bad++;
		}
	}
	l = suite_get(suite_get(all, "dnsbl"), "domain_list");
	list = (struct dnsbl){ .kind = DNSBL_DOMAIN,
		.weight = WEIGHT_HIGH,
		.zone = suite_str(l, "zone"),
		.code = { { "127.0.1.2", "spam", false },
		    { "127.0.1.4", "phishing", false } } };
	cJSON_ArrayForEach(c, suite_get(l, "lookups"))
	{
		struct dnsbl_out out;

		dnsbl_look_domain(&asker, &lab.arena, &list,
		    str_c(suite_str(c, "domain")), &out);
		if (strcmp(dnsbl_result_name(out.result),
			suite_str(c, "result")) != 0) {
			print_message("%s: %s %s\n", suite_str(c, "domain"),
			    dnsbl_result_name(out.result),
			    out.why ? out.why : "");
			bad++;
		}
	}
	live_close(live);
	assert_int_equal(bad, 0);
}

static void
dkim_keys(void **state)
{
	const cJSON *all = *state, *s;
	const cJSON *keys = suite_get(suite_get(all, "dkim"), "selectors");
	struct err err;
	int bad = 0;

	if (!all)
		skip();
	cJSON_ArrayForEach(s, keys)
	{
		const char *sel[1] = { suite_str(s, "selector") };
		struct live_conf c = lab.conf;
		struct live *live;
		const struct finding *f;
		struct job *j;

		c.selectors = (struct strs){ sel, 1 };
		live = live_open(&c, &err);
		j = live_add(live, STR("dkim.test"), JOB_DOMAIN);
		live_run(live);
		f = job_finding(j, S11);
		if (!f || strcmp(check_result_name(f->result),
			      suite_str(s, "S11")) != 0) {
			print_message("%s: %s (%.*s)\n", sel[0],
			    f ? check_result_name(f->result) : "none",
			    STR_ARG(f ? f->say : STR("")));
			bad++;
		}
		live_close(live);
	}
	assert_int_equal(bad, 0);
}

static int
start(void **state)
{
	char *text = NULL;
	cJSON *all;

	*state = NULL;
	if (!nsd_there() || !(text = suite_read("zones/expected.json")))
		return 0;
	all = cJSON_Parse(text);
	free(text);
	if (!nsd_start(&lab.nsd, SUITE_DIR "zones")) {
		cJSON_Delete(all);
		return 0;
	}
	set_up(&lab);
	snprintf(lab.anchor, sizeof(lab.anchor), "%s/trust-anchor.ds",
	    lab.nsd.dir);
	lab.conf.trust_anchor = lab.anchor;
	configure(&lab, all);
	*state = all;
	return 0;
}

static int
stop(void **state)
{
	if (*state)
		nsd_stop(&lab.nsd);
	cJSON_Delete(*state);
	arena_release(&lab.arena);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_domains),
		cmocka_unit_test(slow_server),
		cmocka_unit_test(sending_addresses),
		cmocka_unit_test(block_lists),
		cmocka_unit_test(dkim_keys),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
