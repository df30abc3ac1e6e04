/*
 * test_arena.c: memory that changes its owner (base/arena.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/arena.h"

static void
moved(void **state)
{
	struct arena a = { 0 }, b = { 0 };
	struct str kept[60];
	size_t total;

	(void)state;
	for (int round = 0; round < 60; round++) {
		/* a block full, several blocks, none at all */
		struct arena *from = round % 3 == 2 ? &a : &b;

		kept[round] = arena_printf(from, "%d", round);
		if (round % 3 == 1)
			arena_alloc(from, 40000);
		for (int i = 0; i < round * 30; i++)
			arena_alloc(from, 64);
		total = a.total + b.total;
		arena_move(&a, &b);
		assert_null(b.block);
		assert_int_equal(b.total, 0);
		assert_int_equal(a.total, total);
		arena_move(&a, &b);
	}
	for (int round = 0; round < 60; round++) {
		struct str s = arena_printf(&b, "%d", round);

		assert_true(str_eq(kept[round], s));
	}
	arena_release(&b);
	arena_move(&b, &a);
	assert_true(str_eq(kept[7], STR("7")));
	arena_release(&b);
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moved),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
