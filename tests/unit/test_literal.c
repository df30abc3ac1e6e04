/*
 * test_literal.c: what must stand in a text for a pattern to match it.
 *
 * A piece too many would make the classifier pass over an exception, so all
 * exceptions of the rules are held against all their tests, too.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/re.h"
#include "classify/literal.h"
#include "classify/normal.h"
#include "classify/rule.h"

static void
test_pieces(void **state)
{
	static const struct {
		const char *pattern, *want; /* "": nothing can be said */
	} rows[] = {
		{ "abc|def", "abc,def" },
		{ "\\bip\\b", "ip" },
		{ "a?bcd*e", "bc" },
		{ "abc+d", "abc" },
		{ "a\\.b\\w+", "a.b" },
		{ "ab(?:cd)?efg", "efg" },
		{ "ab(?:cd)+e", "ab" },
		{ "x(?:ab|cd(?:e|f))y", "ab,cd" },
		{ "x(?:ab|c)y", "" },
		{ "foo[[:alpha:]]|ba[]r|x]z", "foo,ba,]z" },
		{ "ab{0,2}c", "" },
		{ "a{b,c", "a{b,c" },
		{ "no (?!such|more)thing", "thing" },
		{ "(?<ip>abc)d", "" },
		{ "[ab]c|de", "" },
		{ "de|", "" },
		{ "", "" },
		{ "(?i)abc", "" },
		{ "\\x41bc", "" },
		{ "\\Qa.b\\E", "" },
		{ "(*ANYCRLF)abc", "" },
		{ "ABC", "abc" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct str lit[LITERALS_MAX];
		size_t n = pattern_literals(&a, str_c(rows[i].pattern), lit);
		struct str want = str_c(rows[i].want);

		for (size_t k = 0; k < n; k++)
			if (!str_eq(str_split(&want, ','), lit[k]) && n > 1)
				fail_msg("%s: " STR_FMT, rows[i].pattern,
				    STR_ARG(lit[k]));
		if (n == 1 && !str_eq(lit[0], str_c(rows[i].want)))
			fail_msg("%s: " STR_FMT, rows[i].pattern,
			    STR_ARG(lit[0]));
		if ((n == 0) != (rows[i].want[0] == 0))
			fail_msg("%s: %zu", rows[i].pattern, n);
	}
	arena_release(&a);
}

static bool
holds_one(struct str text, const struct str *lit, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_find(text, lit[i]) >= 0)
			return true;
	return false;
}

static void
test_exceptions(void **state)
{
	static struct rulebook rb;
	static struct normal nm;
	struct arena a = { 0 };
	size_t known = 0, excepted = 0;
	struct err err;

	(void)state;
	for (size_t i = 0; i < builtin_rules_n; i++)
		assert_int_equal(rulebook_read(&rb,
				     str_make(builtin_rules[i].text,
					 builtin_rules[i].n),
				     builtin_rules[i].name, true, &err),
		    0);
	for (size_t i = 0; i < rb.n; i++) {
		struct str lit[LITERALS_MAX];
		struct re *re;
		size_t n;

		if (!rb.rule[i].has_unless)
			continue;
		n = pattern_literals(&a, rb.rule[i].unless.text, lit);
		re = re_new(rb.rule[i].unless.text, 0, &err);
		assert_non_null(re);
		known += n > 0;
		for (size_t k = 0; n && k < rb.n; k++)
			for (size_t t = 0; t < rb.rule[k].ntests; t++) {
				struct str s;

				normalise(&nm, rb.rule[k].test[t].in.text,
				    STR_NONE, STR_NONE);
				s = str_make(nm.text, nm.n);
				if (re_match(re, s, NULL, 0) != 1)
					continue;
				excepted++;
				if (!holds_one(s, lit, n))
					fail_msg("%s: " STR_FMT, rb.rule[i].id,
					    STR_ARG(s));
			}
		re_free(re);
	}
	assert_true(known > 50);
	assert_true(excepted > 500);
	arena_release(&a);
	rulebook_release(&rb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_exceptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
