/*
 * test_live_rdap.c: registration data, read and judged; times; where to ask;
 * MTA-STS policies.  Our own tables and the cases beside the checkout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/rdap.h"
#include "live/sts.h"
#include "tests/live/suite.h"

static void
times(void **state)
{
	static const struct {
		const char *in;
		bool ok;
		int64_t want;
	} t[] = {
		{ "1970-01-02T00:00:00Z", true, 86400 },
		{ "1970-01-01T01:00:00+01:00", true, 0 },
		{ "1970-01-01T00:00:00.123-0130", true, 5400 },
		{ "1970-01-02", true, 86400 },
		{ "2026-13-01T00:00:00Z", false, 0 },
		{ "soon", false, 0 },
		{ "", false, 0 },
		{ "2026-01-01T", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		int64_t v = 0;
		bool ok = rdap_time(str_c(t[i].in), &v);

		if (ok != t[i].ok || (ok && v != t[i].want))
			fail_msg("%s: %d %ld", t[i].in, ok, (long)v);
	}
}

static const char answer[] =
    "{\"objectClassName\":\"domain\","
    "\"ldhName\":\"SHOP.example\",\"status\":[\"clientHold\"],\"events\":["
    "{\"eventAction\":\"expiration\",\"eventDate\":"
    "\"2027-01-01T00:00:00Z\"},{\"eventAction\":1}],\"nameservers\":["
    "{\"ldhName\":\"NS1.shop.example.\"},{}],\"entities\":[{\"roles\":["
    "\"registrar\"],\"vcardArray\":[\"vcard\",[[\"fn\",{},\"text\","
    "\"Some Registrar\"]]]}]}";

static void
own_answer(void **state)
{
	struct arena a = { 0 };
	struct rdap_dns dns = { .exists = 1 };
	struct rdap r;
	struct str say;

	(void)state;
	rdap_read(&a, 200, str_c(answer), &r);
	assert_true(r.ok);
	assert_true(str_eq(r.name, STR("shop.example")));
	assert_true(str_eq(r.registrar, STR("Some Registrar")));
	assert_int_equal(r.nns, 1);
	assert_true(str_eq(r.ns[0], STR("ns1.shop.example")));
	assert_int_equal(rdap_judge(&a, D03, &r, &dns, r.name, 1790000000,
			     &say),
	    CHECK_FAIL);
	assert_int_equal(rdap_judge(&a, D02, &r, &dns, r.name, 1790000000,
			     &say),
	    CHECK_PASS);
	arena_release(&a);
}

static void
truncations(void **state)
{
	struct arena a = { 0 };
	struct rdap r;

	(void)state;
	for (size_t n = 0; n < sizeof(answer) - 1; n++) {
		char *copy = malloc(n ? n : 1);

		memcpy(copy, answer, n);
		rdap_read(&a, 200, str_make(copy, n), &r);
		assert_false(r.ok);
		rdap_url(&a, str_make(copy, n), STR("shop.example"));
		arena_clear(&a);
		free(copy);
	}
	arena_release(&a);
}

static void
cases(void **state)
{
	cJSON *suite = suite_json("rdap/rdap-cases.json");
	static const struct str zone_ns[] = { STR_INIT("ns1.nic.test"),
		STR_INIT("ns2.nic.test") };
	struct arena a = { 0 };
	const cJSON *c, *e;
	int good = 0, all = 0;
	int64_t now;

	(void)state;
	if (!suite)
		skip();
	assert_true(rdap_time(str_c(suite_str(suite, "now")), &now));
	cJSON_ArrayForEach(c, suite_get(suite, "cases"))
	{
		struct rdap_dns dns = { .ns = zone_ns, .nns = 2 };
		const char *id = suite_str(c, "id");
		const cJSON *body = suite_get(c, "body");
		const char *to = suite_str(suite_get(c, "headers"), "Location");
		char *text = cJSON_IsString(body) ? strdup(body->valuestring) :
			     body ? cJSON_PrintUnformatted(body) :
				    strdup("");
		struct rdap r;
		bool ok = true;

		if (!strcmp(id, "huge")) {
			text = realloc(text, RDAP_MAX + 2);
			memset(text, ' ', RDAP_MAX + 1);
			text[RDAP_MAX + 1] = '\0';
		}
		dns.exists = strstr(id, "but-resolves") != NULL;
		rdap_read(&a, suite_get(c, "http")->valueint, str_c(text), &r);
		cJSON_ArrayForEach(e, suite_get(c, "expect"))
		{
			int check = check_by_name(str_c(e->string));
			struct str say;

			if (!strcmp(e->string, "follow"))
				ok = ok && !rdap_redirect(str_c(to), 1) &&
				     !strcmp(to, e->valuestring);
			else if (!strcmp(e->string, "days"))
				ok = ok && rdap_days(&r, now) == e->valueint;
			else if (!strcmp(e->string, "R02"))
				ok = ok && rdap_ns_differ(&r, &dns);
			else if (check >= 0)
				ok = ok &&
				     !strcmp(e->valuestring,
					 check_result_name(rdap_judge(&a,
					     (enum check_id)check, &r, &dns,
					     STR("good.test"), now, &say)));
			else /* expires */
				ok = ok && (rdap_judge(&a, D02, &r, &dns,
						STR("good.test"), now, &say),
					       str_find(say,
						   str_c(e->valuestring)) > 0);
			if (!ok)
				print_message("%s: %s\n", id, e->string);
		}
		if (to && !strcmp(id, "redirect-to-http"))
			ok = ok && rdap_redirect(str_c(to), 1);
		good += ok;
		all++;
		free(text);
		arena_clear(&a);
	}
	print_message("RDAP cases: %d of %d\n", good, all);
	assert_int_equal(good, all);
	arena_release(&a);
	cJSON_Delete(suite);
}

static void
bootstrap(void **state)
{
	cJSON *suite = suite_json("rdap/rdap-cases.json");
	struct arena a = { 0 };
	const cJSON *c;
	char *boot;
	int good = 0, all = 0;

	(void)state;
	if (!suite)
		skip();
	boot = cJSON_PrintUnformatted(suite_get(suite, "bootstrap"));
	cJSON_ArrayForEach(c, suite_get(suite, "bootstrap_lookups"))
	{
		struct str got =
		    rdap_url(&a, str_c(boot), str_c(suite_str(c, "domain")));
		const char *want = suite_str(c, "url");
		bool ok = want ? str_eq(got, str_c(want)) : !got.p;

		if (!ok)
			print_message("%s: %s\n", suite_str(c, "domain"),
			    got.p ? got.p : "none");
		good += ok;
		all++;
	}
	print_message("RDAP servers: %d of %d\n", good, all);
	assert_int_equal(good, all);
	free(boot);
	arena_release(&a);
	cJSON_Delete(suite);
}

static void
sts_policies(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		const char *host;
		bool covered;
	} t[] = {
		{ "version: STSv1\nmode: enforce\nmx: mx.shop.example\n"
		  "max_age: 86400\n",
		    true, "MX.shop.example", true },
		{ "version: STSv1\r\nmode: testing\r\nmx: *.shop.example\r\n"
		  "max_age: 604800\r\n",
		    true, "a.shop.example", true },
		{ "version: STSv1\nmode: enforce\nmx: *.shop.example\n"
		  "max_age: 1",
		    true, "a.b.shop.example", false },
		{ "version: STSv1\nmode: enforce\nmx: *.shop.example\n"
		  "max_age: 1",
		    true, "shop.example", false },
		{ "version: STSv1\nmode: none\nmax_age: 1\n", true, "a.example",
		    false },
		{ "mode: enforce\nmx: a.example\nmax_age: 1\n", false, "",
		    false },
		{ "version: STSv1\nmode: strict\nmx: a.example\n"
		  "max_age: 1\n",
		    false, "", false },
		{ "version: STSv1\nmode: enforce\nmx: a.example\n", false, "",
		    false },
		{ "version: STSv1\nmode: enforce\nmax_age: 1\n", false, "",
		    false },
		{ "<html>", false, "", false },
		{ "", false, "", false },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct sts_policy p = { .nmx = 0 };
		bool ok = sts_parse(&a, str_c(t[i].text), &p);

		if (ok != t[i].ok ||
		    (ok && sts_covers(&p, str_c(t[i].host)) != t[i].covered))
			fail_msg("%s", t[i].text);
	}
	arena_release(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(own_answer),
		cmocka_unit_test(truncations),
		cmocka_unit_test(cases),
		cmocka_unit_test(bootstrap),
		cmocka_unit_test(sts_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
