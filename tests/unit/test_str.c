/*
 * test_str.c: searching, where 16 places are looked at in one step; bits;
 * addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/str.h"

/* The slow way. */
static ptrdiff_t
plain_find(struct str s, struct str what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (str_starts(str_from(s, i), what))
			return (ptrdiff_t)i;
	return -1;
}

static uint32_t
next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 16;
}

static void
find_as_the_slow_way(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (size_t n = 0; n < 70; n++)
		for (size_t m = 0; m < 24; m++)
			for (int round = 0; round < 20; round++) {
				/* exact sizes, for the sanitizers */
				char *a = malloc(n ? n : 1),
				     *b = malloc(m ? m : 1);
				struct str s = str_make(a, n);
				struct str what = str_make(b, m);

				assert_non_null(a);
				assert_non_null(b);
				for (size_t i = 0; i < n; i++)
					a[i] = (char)('a' + next(&seed) % 2);
				for (size_t i = 0; i < m; i++)
					b[i] = (char)('a' + next(&seed) % 2);
				if (round % 2 && m && n > m)
					for (size_t i = 0; i < m; i++)
						b[i] = a[n - m + i];
				assert_int_equal(str_find(s, what),
				    plain_find(s, what));
				free(a);
				free(b);
			}
	assert_int_equal(str_find(STR("abc"), STR("")), 0);
	assert_int_equal(str_find(STR(""), STR("a")), -1);
}

static void
bits(void **state)
{
	uint32_t x = 1;

	(void)state;
	assert_int_equal(bits_set(0), 0);
	assert_int_equal(bits_set(UINT64_MAX), 64);
	for (int i = 0; i < 1000; i++) {
		uint64_t v = (uint64_t)next(&x) << 48 ^
			     (uint64_t)next(&x) << 24 ^ next(&x);
		unsigned n = 0;

		for (int k = 0; k < 64; k++)
			n += v >> k & 1;
		assert_int_equal(bits_set(v), n);
	}
}

static void
addresses(void **state)
{
	static const struct {
		const char *text;
		bool good;
		unsigned char ip[4];
	} cases[] = {
		{ "192.0.2.4", true, { 192, 0, 2, 4 } },
		{ "0.0.0.0", true, { 0, 0, 0, 0 } },
		{ "255.255.255.255", true, { 255, 255, 255, 255 } },
		{ "10.20.30.40", true, { 10, 20, 30, 40 } },
		{ "10.20.30.256", false, { 0 } },
		{ "10.20.30.04", false, { 0 } },
		{ "10.20.30.00", false, { 0 } },
		{ "10.20.30.4.", false, { 0 } },
		{ "10.20.30.4.5", false, { 0 } },
		{ "10.20.30", false, { 0 } },
		{ "10.20..30", false, { 0 } },
		{ ".20.30.40", false, { 0 } },
		{ "1.2.3.4444", false, { 0 } },
		{ "1.2.3.44444444", false, { 0 } },
		{ "1.2.3.444444444", false, { 0 } },
		{ "1.2.3.4:", false, { 0 } },
		{ "", false, { 0 } },
	};
	unsigned char ip[4];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str s = str_c(cases[i].text);

		if (str_ip4(s, ip) != cases[i].good)
			fail_msg("%s", cases[i].text);
		if (cases[i].good)
			assert_memory_equal(ip, cases[i].ip, 4);
	}
	assert_false(str_ip4(STR("1.2.3.4\0x"), ip));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find_as_the_slow_way),
		cmocka_unit_test(bits),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
