/*
 * test_live_address.c: addresses, mailto:, misspelt domains, registrable
 * names: tables of our own, and the suites beside the checkout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/address.h"
#include "live/idn.h"
#include "live/suffix.h"
#include "live/typo.h"
#include "tests/live/suite.h"

static const struct {
	const char *in, *fails, *normal, *suggest;
} addresses[] = {
	{ "anna@shop.example", NULL, "anna@shop.example", "" },
	{ "Anna.B@SHOP.Example", NULL, "Anna.B@shop.example", "" },
	{ "\"a b\"@shop.example", NULL, "\"a b\"@shop.example", "" },
	{ "anna@m\xc3\xbcller.example", NULL, "anna@xn--mller-kva.example",
	    "" },
	{ "anna@[192.0.2.7]", NULL, "anna@[192.0.2.7]", "" },
	{ "anna", "A02", "", "" },
	{ "anna@", "A02", "", "" },
	{ "a@b@shop.example", "A02", "", "" },
	{ "anna.shop.example", "A02", "", "anna@shop.example" },
	{ "an..na@shop.example", "A03", "", "" },
	{ "\"anna@shop.example", "A03", "", "" },
	{ "anna@shop", "A04", "", "" },
	{ "anna@shop..example", "A04", "", "anna@shop.example" },
	{ "anna@shop,example", "A04", "", "anna@shop.example" },
	{ "anna@192.0.2.7", "A04", "", "anna@[192.0.2.7]" },
	{ "anna@-shop.example", "A04", "", "" },
	{ "<anna@shop.example>", "A05", "", "anna@shop.example" },
	{ "Anna B <anna@shop.example>", "A05", "", "anna@shop.example" },
	{ "anna@shop.example,", "A05", "", "anna@shop.example" },
	{ "mailto:anna@shop.example", "A05", "", "anna@shop.example" },
	{ "anna\xe2\x80\x8b@shop.example", "A05", "", "anna@shop.example" },
	{ "an`na@shop.example", NULL, "an`na@shop.example", "" },
	{ "anna at shop dot example", "A05", "", "anna@shop.example" },
	{ "anna@shop.example)", "A05", "", "anna@shop.example" },
	{ "'anna@shop.example'", "A05", "", "anna@shop.example" },
	{ "[anna@shop.example]", "A05", "", "anna@shop.example" },
	{ "anna@[192.0.2.7", "A04", "", "" },
	{ "(anna@[192.0.2.7])", "A05", "", "anna@[192.0.2.7]" },
	{ "anna (at) shop (dot) example", "A05", "", "anna@shop.example" },
	{ "\xe2\x80\x9e"
	  "anna@shop.example\xe2\x80\x9c",
	    "A05", "", "anna@shop.example" },
};

static void
own_addresses(void **state)
{
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct address v;

		address_check(&a, str_c(addresses[i].in), &v);
		if ((v.fails == NULL) != (addresses[i].fails == NULL) ||
		    (v.fails && strcmp(v.fails, addresses[i].fails) != 0))
			fail_msg("%s: %s", addresses[i].in,
			    v.fails ? v.fails : "valid");
		if (!str_eq(v.normal, str_c(addresses[i].normal)) ||
		    !str_eq(v.suggest, str_c(addresses[i].suggest)))
			fail_msg("%s: '%s' '%s'", addresses[i].in,
			    arena_cstr(&a, v.normal),
			    arena_cstr(&a, v.suggest));
	}
	arena_release(&a);
}

static void
marks_are_shown(void **state)
{
	struct arena a = { 0 };
	struct address v;

	(void)state;
	address_check(&a, STR("an\xe2\x80\x8bna\x1b[31m@shop.example"), &v);
	assert_true(
	    str_eq(v.shown, STR("an<U+200B>na<U+001B>[31m@shop.example")));
	address_check(&a, STR("ann\xd0\xb0@shop.example"), &v);
	assert_null(v.fails);
	assert_true(v.mixed);
	assert_true(v.utf8_local);
	arena_release(&a);
}

/* A NUL ends nothing: what is offered is never half of what was typed. */
static void
nul_inside(void **state)
{
	struct arena a = { 0 };
	struct address v;

	(void)state;
	address_check(&a, STR("an\0na.b.shop.example"), &v);
	assert_string_equal(v.fails, "A05");
	assert_int_equal(v.suggest.n, 0);
	address_check(&a, STR("anna@shop.example\0.evil.example"), &v);
	assert_string_equal(v.fails, "A05");
	assert_int_equal(v.normal.n, 0);
	arena_release(&a);
}

/* Every cut of hostile bytes is survived. */
static void
truncations(void **state)
{
	static const char text[] =
	    "<a href='MAILTO:%22a%40b%22@x.example?cc="
	    "\xe2\x80\x8b,c%0d@d.example&to=&#64;&#x110000;&amp;' "
	    "x=\"\xff\xc3\"><!-- mailto:q@r.example --> mailto:\"\\";
	struct arena a = { 0 };

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = malloc(n ? n : 1);
		struct mailto m;
		struct address v;

		memcpy(copy, text, n);
		mailto_extract(&a, str_make(copy, n), &m);
		address_check(&a, str_make(copy, n), &v);
		typo_suggest(&a, str_make(copy, n), typo_providers,
		    typo_nproviders);
		suffix_registrable(&a, str_make(copy, n));
		arena_clear(&a);
		free(copy);
	}
	arena_release(&a);
}

static void
own_typos(void **state)
{
	static const struct {
		const char *in, *want;
	} t[] = {
		{ "gmial.com", "gmail.com" },
		{ "gmail.con", "gmail.com" },
		{ "gmailcom", "gmail.com" },
		{ "hotmal.com", "hotmail.com" },
		{ "bluewin.c", NULL },
		{ "gmail.com", NULL },
		{ "webb.de", "web.de" },
		{ "shop.example", NULL },
		{ "mailq.com", NULL },
		{ "ao.com", NULL },
		{ "outlok.de", "outlook.de" },
		{ "outolok.com", "outlook.com" },
		{ "hotmali.de", "hotmail.de" },
		{ "yaohoo.com", "yahoo.com" },
		{ "posteoo.de", "posteo.de" },
		{ "freenett.de", "freenet.de" },
		{ "protonmial.com", "protonmail.com" },
		{ "cloud.com", NULL },
		{ "wahoo.com", NULL },
		{ "max.com", NULL },
		{ "life.com", NULL },
		{ "range.fr", NULL },
		{ "kmail.com", NULL },
		{ "qmail.com", NULL },
		{ "plant.nl", NULL },
		{ "", NULL },
		{ ".", NULL },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct str s = typo_suggest(&a, str_c(t[i].in), typo_providers,
		    typo_nproviders);

		if (!(t[i].want ? str_eq(s, str_c(t[i].want)) : !s.n))
			fail_msg("%s: '%s'", t[i].in, arena_cstr(&a, s));
	}
	arena_release(&a);
}

static void
address_suite(void **state)
{
	cJSON *suite = suite_json("address/address-cases.json");
	struct arena a = { 0 };
	int good = 0, all = 0, mgood = 0, mall = 0;
	const cJSON *c, *s;

	(void)state;
	if (!suite)
		skip();
	cJSON_ArrayForEach(c, suite_get(suite, "addresses"))
	{
		const char *in = suite_str(c, "input"), *want;
		struct address v;
		bool ok;

		all++;
		address_check(&a, str_c(in), &v);
		ok = cJSON_IsTrue(suite_get(c, "valid")) == !v.fails;
		if ((want = suite_str(c, "normal")))
			ok = ok && str_eq(v.normal, str_c(want));
		if ((want = suite_str(c, "suggest")))
			ok = ok && str_eq(v.suggest, str_c(want));
		cJSON_ArrayForEach(s, suite_get(c, "fails")) ok =
		    ok && v.fails && !strcmp(v.fails, s->valuestring);
		if (!ok)
			print_message("'%s': %s '%s' '%s'\n", in,
			    v.fails ? v.fails : "valid",
			    arena_cstr(&a, v.normal),
			    arena_cstr(&a, v.suggest));
		good += ok;
	}
	cJSON_ArrayForEach(c, suite_get(suite, "mailto"))
	{
		const cJSON *want = suite_get(c, "addresses");
		const cJSON *bad = suite_get(c, "broken");
		struct mailto m;
		size_t i = 0;
		bool ok;

		mall++;
		mailto_extract(&a, str_c(suite_str(c, "text")), &m);
		ok = m.ngood == (size_t)cJSON_GetArraySize(want) &&
		     m.nbroken == (size_t)cJSON_GetArraySize(bad);
		cJSON_ArrayForEach(s, want) ok =
		    ok && str_eq(m.good[i++], str_c(s->valuestring));
		i = 0;
		cJSON_ArrayForEach(s, bad) ok =
		    ok && str_eq(m.broken[i++], str_c(s->valuestring));
		if (!ok)
			print_message("%s: %zu good, %zu broken\n",
			    suite_str(c, "text"), m.ngood, m.nbroken);
		mgood += ok;
	}
	print_message("addresses: %d of %d, mailto: %d of %d\n", good, all,
	    mgood, mall);
	assert_int_equal(good, all);
	assert_int_equal(mgood, mall);
	arena_release(&a);
	cJSON_Delete(suite);
}

static void
typo_suite(void **state)
{
	cJSON *suite = suite_json("typo/typo-cases.json");
	static const char *known[256];
	struct arena a = { 0 };
	int found = 0, misspelt = 0, alarms = 0, real = 0;
	const cJSON *c;
	size_t n = 0;

	(void)state;
	if (!suite)
		skip();
	cJSON_ArrayForEach(c, suite_get(suite, "targets")) known[n++] =
	    c->valuestring;
	cJSON_ArrayForEach(c, suite_get(suite, "cases"))
	{
		const char *in = cJSON_GetArrayItem(c, 0)->valuestring;
		const char *want = cJSON_GetArrayItem(c, 1)->valuestring;
		struct str got = typo_suggest(&a, str_c(in), known, n);

		misspelt += want != NULL;
		real += want == NULL;
		found += want && str_eq(got, str_c(want));
		alarms += !want && got.n;
		if (want ? !str_eq(got, str_c(want)) : got.n > 0)
			print_message("%s: '%s'\n", in, arena_cstr(&a, got));
	}
	print_message("typo: %d of %d found, %d of %d false alarms\n", found,
	    misspelt, alarms, real);
	assert_true(found >= 110);
	assert_true(alarms <= 5);
	arena_release(&a);
	cJSON_Delete(suite);
}

static void
suffix_suite(void **state)
{
	cJSON *suite = suite_json("psl/test_psl.json");
	struct arena a = { 0 };
	int good = 0, all = 0;
	const cJSON *c;

	(void)state;
	if (!suite)
		skip();
	cJSON_ArrayForEach(c, suite_get(suite, "tests"))
	{
		const char *in = suite_str(c, "input");
		const char *want = suite_str(c, "registrable");
		struct str got = suffix_registrable(&a, str_c(in));
		bool ok = want ? str_eq(got, str_c(want)) : !got.p;

		all++;
		good += ok;
		if (!ok)
			print_message("%s: '%s'\n", in ? in : "null",
			    arena_cstr(&a, got));
	}
	print_message("public suffix list: %d of %d\n", good, all);
	assert_int_equal(good, all);
	arena_release(&a);
	cJSON_Delete(suite);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_addresses),
		cmocka_unit_test(marks_are_shown),
		cmocka_unit_test(nul_inside),
		cmocka_unit_test(truncations),
		cmocka_unit_test(own_typos),
		cmocka_unit_test(address_suite),
		cmocka_unit_test(typo_suite),
		cmocka_unit_test(suffix_suite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
