/*
 * test_live_dmarc.c: records, the walk, the policy: our own tables and the
 * vectors beside the checkout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/dmarc.h"
#include "tests/live/suite.h"

static void
own_records(void **state)
{
	static const struct {
		const char *text;
		bool is, found;
		enum dmarc_policy p;
		unsigned warn;
	} t[] = {
		{ "v=DMARC1; p=reject", true, true, DMARC_REJECT, 0 },
		{ "v=DMARC1;p=Quarantine;", true, true, DMARC_QUARANTINE, 0 },
		{ "v = DMARC1 ; p = none", true, true, DMARC_NONE, 0 },
		{ "v=dmarc1; p=none", false, false, 0, 0 },
		{ "p=none; v=DMARC1", false, false, 0, 0 },
		{ "v=DMARC1", true, false, DMARC_NONE, DMARC_W_P_MISSING },
		{ "v=DMARC1; p=refuse; rua=mailto:a@b.example", true, true,
		    DMARC_NONE, DMARC_W_P_INVALID },
		{ "v=DMARC1; p=reject; pct=50", true, true, DMARC_REJECT,
		    DMARC_W_REMOVED_TAG },
		{ "v=spf1 -all", false, false, 0, 0 },
		{ "", false, false, 0, 0 },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct dmarc_record r = { .found = false };
		bool is = dmarc_parse(&a, str_c(t[i].text), &r);

		if (is != t[i].is ||
		    (is && (r.found != t[i].found || r.p != t[i].p ||
			       r.warn != t[i].warn)))
			fail_msg("'%s': %d %d %s %u", t[i].text, is, r.found,
			    dmarc_policy_name(r.p), r.warn);
	}
	arena_release(&a);
}

struct vector {
	const cJSON *test;
	struct arena arena;
};

static bool
listed(const cJSON *list, struct str name)
{
	const cJSON *v;

	cJSON_ArrayForEach(v,
	    list) if (dns_name_eq(str_c(v->valuestring), name)) return true;
	return false;
}

static const struct dns_answer *
ask(void *ctx, struct str name, enum dns_type type)
{
	struct vector *v = ctx;
	struct dns_answer *ans = arena_new(&v->arena, struct dns_answer);
	const cJSON *zone = suite_get(v->test, "zone"), *rec, *s;
	const cJSON *set =
	    cJSON_GetObjectItemCaseSensitive(zone, arena_cstr(&v->arena, name));

	if (listed(suite_get(v->test, "tempfail"), name)) {
		ans->status = DNS_SERVFAIL;
		return ans;
	}
	ans->status = set || listed(suite_get(v->test, "names"), name) ?
			  DNS_NODATA :
			  DNS_NXDOMAIN;
	if (!set || type != DNS_TXT)
		return ans;
	ans->status = DNS_OK;
	ans->rr = arena_array(&v->arena, struct dns_rr, 8);
	cJSON_ArrayForEach(rec, set)
	{
		struct str all = STR("");

		cJSON_ArrayForEach(s, rec) all = arena_printf(&v->arena,
		    STR_FMT "%s", STR_ARG(all), s->valuestring);
		ans->rr[ans->nrr++].data = all;
	}
	return ans;
}

static bool
same(struct str got, const char *want)
{
	return want ? str_eq(got, str_c(want)) : got.n == 0;
}

static bool
same_warnings(unsigned got, const cJSON *want)
{
	const cJSON *w;
	unsigned bits = 0;

	cJSON_ArrayForEach(w,
	    want) for (int i = 0; i < DMARC_WARNINGS;
		       i++) if (!strcmp(dmarc_warn_name(1u << i),
				    w->valuestring)) bits |= 1u << i;
	return bits == got;
}

static void
vectors(void **state)
{
	cJSON *suite = suite_json("dmarc/dmarc-vectors.json");
	struct vector v = { .test = NULL };
	struct asker asker = { ask, &v };
	struct arena a = { 0 };
	int good = 0, all = 0;

	(void)state;
	if (!suite)
		skip();
	cJSON_ArrayForEach(v.test, suite_get(suite, "tests"))
	{
		const cJSON *q = suite_get(v.test, "queries");
		struct dmarc_out out;
		bool ok;

		dmarc_find(&asker, &a, str_c(suite_str(v.test, "author")),
		    &out);
		ok = out.nwalked == (size_t)cJSON_GetArraySize(q);
		for (size_t i = 0; ok && i < out.nwalked; i++)
			ok = same(out.walked[i],
			    cJSON_GetArrayItem(q, (int)i)->valuestring);
		ok = ok &&
		     same(out.record.domain, suite_str(v.test, "policy_at"));
		ok = ok && same(str_c(dmarc_policy_name(out.policy)),
			       suite_str(v.test, "policy"));
		ok = ok && same(out.org, suite_str(v.test, "org_9989"));
		ok = ok && same(out.org_psl, suite_str(v.test, "org_7489"));
		ok = ok && same_warnings(out.warn, suite_get(v.test, "warn"));
		if (!ok) {
			print_message("%s: at '%s' %s org '%s' '%s' walked %zu"
				      " warn",
			    suite_str(v.test, "id"),
			    arena_cstr(&a, out.record.domain),
			    dmarc_policy_name(out.policy),
			    arena_cstr(&a, out.org),
			    arena_cstr(&a, out.org_psl), out.nwalked);
			for (int i = 0; i < DMARC_WARNINGS; i++)
				if (out.warn & 1u << i)
					print_message(" %s",
					    dmarc_warn_name(1u << i));
			print_message("\n");
		}
		good += ok;
		all++;
		arena_clear(&a);
		arena_clear(&v.arena);
	}
	print_message("DMARC vectors: %d of %d\n", good, all);
	assert_int_equal(good, all);
	arena_release(&a);
	arena_release(&v.arena);
	cJSON_Delete(suite);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_records),
		cmocka_unit_test(vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
