/*
 * test_account_db.c: the account look-up in a provider's own SQLite file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "query/account_db.h"

static void
found(void **state)
{
	char path[] = "/tmp/mt-accounts-XXXXXX";
	struct arena a = { 0 };
	struct account_row row;
	struct err err = { "" };
	sqlite3 *db;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(sqlite3_open(path, &db), 0);
	assert_int_equal(
	    sqlite3_exec(db,
		"create table accounts(address, state, login, extra);"
		"insert into accounts values('nora@a.example', 'active',"
		" 'n17', 1), ('o''x@a.example', null, 'o3', 2);",
		NULL, NULL, NULL),
	    0);
	sqlite3_close(db);
	assert_int_equal(account_db(path, &a, STR("NORA@a.example"), &row,
			     &err),
	    0);
	assert_true(row.found);
	assert_true(str_eq(row.login, STR("n17")));
	assert_true(str_eq(row.state, STR("active")));
	assert_int_equal(row.quota.n, 0);
	assert_int_equal(account_db(path, &a, STR("o'x@a.example"), &row, &err),
	    0);
	assert_true(row.found && row.state.n == 0);
	assert_int_equal(account_db(path, &a, STR("' or 1=1 --"), &row, &err),
	    0);
	assert_false(row.found);
	unlink(path);
	/* it is never made */
	assert_int_equal(account_db(path, &a, STR("x"), &row, &err), -1);
	assert_int_equal(access(path, F_OK), -1);
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(found) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
