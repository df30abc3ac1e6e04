/*
 * test_live_spf.c: the evaluator against a small world of our own, and
 * against the RFC 7208 suite where that lies beside the checkout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/spf.h"
#include "tests/live/suite.h"

struct world {
	struct dns_answer ans[400];
	struct str name[400];
	enum dns_type type[400];
	size_t n;
	struct arena arena;
};

static const struct dns_answer nxdomain = { .status = DNS_NXDOMAIN };
static const struct dns_answer nodata = { .status = DNS_NODATA };

static const struct dns_answer servfail = { .status = DNS_SERVFAIL };

static const struct dns_answer *
world_find(struct world *w, struct str name, enum dns_type type, int aliases)
{
	bool exists = false;

	if (aliases > 8)
		return &servfail;

	for (size_t i = 0; i < w->n; i++) {
		if (!dns_name_eq(w->name[i], name))
			continue;
		exists = true;
		if (w->type[i] == type)
			return &w->ans[i];
		if (w->type[i] == DNS_CNAME)
			return world_find(w, w->ans[i].rr[0].name, type,
			    aliases + 1);
	}
	return exists ? &nodata : &nxdomain;
}

static const struct dns_answer *
world_ask(void *ctx, struct str name, enum dns_type type)
{
	return world_find(ctx, name, type, 0);
}

static struct dns_answer *
world_slot(struct world *w, struct str name, enum dns_type type)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->type[i] == type && dns_name_eq(w->name[i], name))
			return &w->ans[i];
	assert_true(w->n < 400);
	w->name[w->n] = name;
	w->type[w->n] = type;
	w->ans[w->n] = (struct dns_answer){ .status = DNS_NODATA };
	return &w->ans[w->n++];
}

static struct dns_rr *
world_add(struct world *w, struct str name, enum dns_type type)
{
	struct dns_answer *a = world_slot(w, name, type);
	struct dns_rr *rr = arena_array(&w->arena, struct dns_rr, a->nrr + 1);

	if (a->nrr)
		memcpy(rr, a->rr, a->nrr * sizeof(*rr));
	a->rr = rr;
	a->status = DNS_OK;
	return &rr[a->nrr++];
}

static void
world_clear(struct world *w)
{
	arena_release(&w->arena);
	w->n = 0;
}

static void
add_text(struct world *w, const char *name, enum dns_type type,
    const char *text)
{
	struct dns_rr *rr = world_add(w, str_c(name), type);

	if (type == DNS_TXT)
		rr->data = str_c(text);
	else if (type == DNS_A || type == DNS_AAAA)
		assert_true(ip_parse(str_c(text), &rr->ip));
	else
		rr->name = str_c(text);
}

/* ---- our own cases ---- */

static const struct {
	const char *name;
	enum dns_type type;
	const char *text;
} zone[] = {
	{ "plain.test", DNS_TXT, "v=spf1 ip4:192.0.2.0/28 ~all" },
	{ "mx.test", DNS_TXT, "v=spf1 mx -all" },
	{ "mx.test", DNS_MX, "in.mx.test" },
	{ "in.mx.test", DNS_A, "192.0.2.7" },
	{ "in.mx.test", DNS_AAAA, "2001:db8::7" },
	{ "inc.test", DNS_TXT, "v=spf1 include:plain.test ?all" },
	{ "redir.test", DNS_TXT, "v=spf1 redirect=mx.test" },
	{ "gone.test", DNS_TXT, "v=spf1 include:nowhere.test -all" },
	{ "late.test", DNS_TXT, "v=spf1 ip4:192.0.2.1 includ:x.test -all" },
	{ "ring.test", DNS_TXT, "v=spf1 include:ring.test -all" },
	{ "two.test", DNS_TXT, "v=spf1 -all" },
	{ "two.test", DNS_TXT, "v=spf1 +all" },
	{ "exp.test", DNS_TXT, "v=spf1 exp=why.exp.test -all" },
	{ "why.exp.test", DNS_TXT, "%{i} may not send for %{o}" },
	{ "macro.test", DNS_TXT, "v=spf1 exists:%{ir}.%{v}.ok.test -all" },
	{ "1.2.0.192.in-addr.ok.test", DNS_A, "127.0.0.2" },
	{ "dual.test", DNS_TXT, "v=spf1 a:in.mx.test/24//32 -all" },
	{ "space.test", DNS_TXT, " v=spf1 -all" },
	{ "quote.test", DNS_TXT, "v=spf10 -all" },
};

static const struct {
	const char *ip, *domain;
	enum spf_result want;
	const char *explanation;
} cases[] = {
	{ "192.0.2.1", "plain.test", SPF_PASS, NULL },
	{ "192.0.2.16", "plain.test", SPF_SOFTFAIL, NULL },
	{ "192.0.2.7", "mx.test", SPF_PASS, NULL },
	{ "2001:db8::7", "mx.test", SPF_PASS, NULL },
	{ "2001:db8::8", "mx.test", SPF_FAIL, NULL },
	{ "::ffff:192.0.2.7", "mx.test", SPF_PASS, NULL },
	{ "192.0.2.1", "inc.test", SPF_PASS, NULL },
	{ "192.0.2.77", "inc.test", SPF_NEUTRAL, NULL },
	{ "192.0.2.7", "redir.test", SPF_PASS, NULL },
	{ "192.0.2.7", "gone.test", SPF_PERMERROR, NULL },
	{ "192.0.2.1", "late.test", SPF_PERMERROR, NULL },
	{ "192.0.2.1", "ring.test", SPF_PERMERROR, NULL },
	{ "192.0.2.1", "two.test", SPF_PERMERROR, NULL },
	{ "192.0.2.1", "exp.test", SPF_FAIL,
	    "192.0.2.1 may not send for exp.test" },
	{ "192.0.2.1", "macro.test", SPF_PASS, NULL },
	{ "192.0.2.2", "macro.test", SPF_FAIL, NULL },
	{ "192.0.2.200", "dual.test", SPF_PASS, NULL },
	{ "2001:db8:ffff::1", "dual.test", SPF_PASS, NULL },
	{ "192.0.3.1", "dual.test", SPF_FAIL, NULL },
	{ "192.0.2.1", "space.test", SPF_NONE, NULL },
	{ "192.0.2.1", "quote.test", SPF_NONE, NULL },
	{ "192.0.2.1", "nowhere.test", SPF_NONE, NULL },
	{ "192.0.2.1", "single", SPF_NONE, NULL },
};

static void
own_cases(void **state)
{
	struct world w = { .n = 0 };
	struct asker asker = { world_ask, &w };
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(zone) / sizeof(*zone); i++)
		add_text(&w, zone[i].name, zone[i].type, zone[i].text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct spf_in in = { .domain = str_c(cases[i].domain),
			.sender =
			    arena_printf(&a, "someone@%s", cases[i].domain),
			.helo = STR("out.test") };
		struct spf_out out;

		assert_true(ip_parse(str_c(cases[i].ip), &in.ip));
		spf_check(&asker, &a, &in, &out);
		if (out.result != cases[i].want)
			fail_msg("%s from %s: %s", cases[i].domain, cases[i].ip,
			    spf_result_name(out.result));
		if (cases[i].explanation)
			assert_true(str_eq(out.explanation,
			    str_c(cases[i].explanation)));
	}
	arena_release(&a);
	world_clear(&w);
}

static void
faults_are_named(void **state)
{
	static const struct {
		const char *text, *term;
	} bad[] = {
		{ "v=spf1 ip4:192.0.2.256 -all", "ip4:192.0.2.256" },
		{ "v=spf1 ip4:192.0.2.1/33 -all", "ip4:192.0.2.1/33" },
		{ "v=spf1 ip4:192.0.2.1/032 -all", "ip4:192.0.2.1/032" },
		{ "v=spf1 includ:a.test", "includ:a.test" },
		{ "v=spf1 include: -all", "include:" },
		{ "v=spf1 a:foo -all", "a:foo" },
		{ "v=spf1 a:%{x}.test", "a:%{x}.test" },
		{ "v=spf1 all:x", "all:x" },
		{ "v=spf1 redirect=a.test redirect=b.test", "redirect=b.test" },
	};
	struct arena a = { 0 };
	struct spf_record r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(spf_parse(&a, str_c(bad[i].text), &r), -1);
		if (!str_eq(r.fault_term, str_c(bad[i].term)))
			fail_msg("%s: '%s'", bad[i].text,
			    arena_cstr(&a, r.fault_term));
	}
	assert_int_equal(spf_parse(&a, STR("v=spf1 foo=bar a -all mx"), &r), 0);
	assert_true(r.after_all);
	arena_release(&a);
}

static void
whole_record_is_counted(void **state)
{
	struct world w = { .n = 0 };
	struct asker asker = { world_ask, &w };
	struct arena a = { 0 };
	static struct spf_tree t;

	(void)state;
	for (size_t i = 0; i < sizeof(zone) / sizeof(*zone); i++)
		add_text(&w, zone[i].name, zone[i].type, zone[i].text);
	spf_walk(&asker, &a, STR("x.test"),
	    STR("v=spf1 include:inc.test "
		"include:redir.test a:void1.test a:void2.test ptr -all"),
	    &t);
	assert_int_equal(t.lookups, 8);
	assert_int_equal(t.voids, 2);
	assert_true(t.ptr);
	assert_int_equal(t.fault.n, 0);
	spf_walk(&asker, &a, STR("ring.test"),
	    STR("v=spf1 include:ring.test -all"), &t);
	assert_true(t.loop);
	spf_walk(&asker, &a, STR("x.test"),
	    STR("v=spf1 include:gone.test -all"), &t);
	assert_true(str_eq(t.fault_at, STR("gone.test")));
	arena_release(&a);
	world_clear(&w);
}

/* Every cut of a record is read without harm. */
static void
truncations(void **state)
{
	static const char text[] =
	    "v=spf1 a:%{d1r.-}.x.test/24//64 "
	    "ip6:2001:db8::/32 mx:%%%_%-.x.test include:y.test exp=z.test";
	struct arena a = { 0 };
	struct spf_record r;

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = malloc(n ? n : 1);

		memcpy(copy, text, n);
		spf_parse(&a, str_make(copy, n), &r);
		arena_clear(&a);
		free(copy);
	}
	arena_release(&a);
}

/* ---- the suite ---- */

static struct str
unhex(struct arena *a, const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *p = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++) {
		char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		p[i] = (char)strtoul(two, NULL, 16);
	}
	return str_make(p, n);
}

static void
load_records(struct world *w, const cJSON *scenario)
{
	const cJSON *r, *s;

	cJSON_ArrayForEach(r, suite_get(scenario, "records"))
	{
		const char *type = suite_str(r, "type");
		struct str name = str_c(suite_str(r, "name"));
		struct dns_rr *rr;

		if (!strcmp(type, "SPF")) {
			world_slot(w, name, DNS_SPF);
		} else if (!strcmp(type, "TXT")) {
			struct str all = STR("");

			rr = world_add(w, name, DNS_TXT);
			cJSON_ArrayForEach(s, suite_get(r, "strings"))
			{
				struct str one =
				    suite_str(s, "hex") ?
					unhex(&w->arena, suite_str(s, "hex")) :
					str_c(suite_str(s, "text"));
				char *p =
				    arena_alloc(&w->arena, all.n + one.n + 1);

				memcpy(p, all.p, all.n);
				memcpy(p + all.n, one.p, one.n);
				all = str_make(p, all.n + one.n);
			}
			rr->data = all;
		} else if (!strcmp(type, "MX")) {
			rr = world_add(w, name, DNS_MX);
			rr->name = str_c(suite_str(r, "exchange"));
		} else if (!strcmp(type, "A") || !strcmp(type, "AAAA")) {
			add_text(w, name.p, type[1] ? DNS_AAAA : DNS_A,
			    suite_str(r, "address"));
		} else {
			add_text(w, name.p, *type == 'P' ? DNS_PTR : DNS_CNAME,
			    suite_str(r, "target"));
		}
	}
	cJSON_ArrayForEach(r, suite_get(scenario, "timeouts"))
	{
		static const enum dns_type all[] = { DNS_TXT, DNS_A, DNS_AAAA,
			DNS_MX, DNS_PTR };
		struct str name = str_c(suite_str(r, "name"));

		for (size_t i = 0; i < 5; i++) {
			bool except = false;

			cJSON_ArrayForEach(s, suite_get(r, "except")) except =
			    except ||
			    !strcmp(s->valuestring, dns_type_name(all[i]));
			if (!except)
				world_slot(w, name, all[i])->status =
				    DNS_TIMEOUT;
		}
	}
}

static void
rfc7208_suite(void **state)
{
	cJSON *suite = suite_json("spf/rfc7208-tests.expanded.json");
	struct world w = { .n = 0 };
	struct asker asker = { world_ask, &w };
	struct arena a = { 0 };
	const cJSON *s, *t, *r;
	int good = 0, all = 0;

	(void)state;
	if (!suite)
		skip();
	cJSON_ArrayForEach(s, suite_get(suite, "scenarios"))
	{
		load_records(&w, s);
		cJSON_ArrayForEach(t, suite_get(s, "tests"))
		{
			struct str from = str_c(suite_str(t, "mailfrom"));
			struct str helo = str_c(suite_str(t, "helo"));
			ptrdiff_t at = str_rchr(from, '@');
			struct spf_in in = { .helo = helo,
				.sender = from,
				.domain = at < 0 ?
					      helo :
					      str_from(from, (size_t)at + 1) };
			const char *exp = suite_str(t, "explanation");
			struct spf_out out;
			bool ok = false;

			all++;
			assert_true(
			    ip_parse(str_c(suite_str(t, "host")), &in.ip));
			spf_check(&asker, &a, &in, &out);
			cJSON_ArrayForEach(r, suite_get(t, "results")) ok =
			    ok || !strcmp(r->valuestring,
				      spf_result_name(out.result));
			if (ok && exp && strcmp(exp, "DEFAULT") != 0)
				ok = str_eqi(out.explanation, str_c(exp));
			else if (ok && exp)
				ok = out.explanation.n == 0;
			if (!ok)
				print_message("%s: %s, '%s' (%s)\n",
				    suite_str(t, "id"),
				    spf_result_name(out.result),
				    arena_cstr(&a, out.explanation),
				    arena_cstr(&a, out.problem));
			good += ok;
			arena_clear(&a);
		}
		world_clear(&w);
	}
	print_message("RFC 7208 suite: %d of %d\n", good, all);
	assert_int_equal(all, 203);
	assert_int_equal(good, all);
	arena_release(&a);
	cJSON_Delete(suite);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_cases),
		cmocka_unit_test(faults_are_named),
		cmocka_unit_test(whole_record_is_counted),
		cmocka_unit_test(truncations),
		cmocka_unit_test(rfc7208_suite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
