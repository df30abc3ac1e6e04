/*
 * test_filter.c: filters of sealed days (index/catalog_filter.c), by pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "index/catalog.h"

static uint64_t
next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 11;
}

/* The same, value by value. */
static uint64_t
plain_seek(uint32_t first, struct str body, uint64_t want)
{
	uint64_t v = first;
	size_t i = 0;

	while (i < body.n && v < want) {
		uint32_t d = 0;

		for (int bits = 0; i < body.n && bits < 35; bits += 7) {
			unsigned char c = (unsigned char)body.p[i++];

			d |= (uint32_t)(c & 127) << bits;
			if (c < 128)
				break;
		}
		v += d;
	}
	return v;
}

/* Any bytes at all are read as they would be one by one. */
static void
seeking(void **state)
{
	uint64_t x = 5;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t n = next(&x) % 60;
		unsigned high = (unsigned)(next(&x) % 5);
		uint32_t first = (uint32_t)next(&x);
		char *p = malloc(n ? n : 1);
		struct str body = str_make(p, n);

		assert_non_null(p);
		for (size_t i = 0; i < n; i++) {
			p[i] = (char)(next(&x) % 60);
			if (next(&x) % 8 < high)
				p[i] = (char)(p[i] | 128);
		}
		for (uint64_t want = first; want < first + 2000ull;
		     want += 1 + next(&x) % 40)
			assert_int_equal(filter_page_seek(first, body, want),
			    plain_seek(first, body, want));
		assert_int_equal(filter_page_seek(first, body, UINT64_MAX),
		    plain_seek(first, body, UINT64_MAX));
		free(p);
	}
}

/* What was put in is found, and little else. */
static void
whole_filter(void **state)
{
	enum { HASHES = 30000, ASKED = 100000 };
	static uint32_t hash[HASHES];
	struct filter_out o;
	sqlite3_stmt *insert, *look;
	sqlite3 *db;
	uint64_t x = 9;
	uint32_t h = 0;
	int shift = filter_shift(HASHES), wrong = 0;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(db_exec(db,
			     "CREATE TABLE filter(id INTEGER PRIMARY KEY, "
			     "body BLOB NOT NULL)",
			     NULL),
	    0);
	insert = db_prep(db, "INSERT INTO filter VALUES(?,?)", NULL);
	look = db_prep(db, FILTER_LOOKUP, NULL);
	filter_init(&o, insert, 3, shift);
	for (int i = 0; i < HASHES; i++) {
		h += (uint32_t)(next(&x) % (UINT32_MAX / HASHES * 2));
		if (i && h < hash[i - 1])
			h = hash[i - 1];
		hash[i] = h;
		assert_int_equal(filter_put(&o, h, NULL), 0);
	}
	assert_int_equal(filter_finish(&o, NULL), 0);
	for (int i = 0; i < HASHES + ASKED; i++) {
		uint32_t want =
		    (i < HASHES ? hash[i] : (uint32_t)next(&x)) >> shift;
		bool has;

		sqlite3_bind_int64(look, 1, (int64_t)3 << 32 | want);
		if (db_step(look, NULL) == 1) {
			int64_t id = sqlite3_column_int64(look, 0);

			has = filter_page_seek((uint32_t)id, db_blob(look, 1),
				  want) == want;
		} else {
			has = false;
		}
		sqlite3_reset(look);
		if (i < HASHES)
			assert_true(has);
		else
			wrong += has;
	}
	assert_true(wrong < ASKED / 15);
	sqlite3_finalize(insert);
	sqlite3_finalize(look);
	sqlite3_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeking),
		cmocka_unit_test(whole_filter),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
