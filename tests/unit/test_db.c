/*
 * test_db.c: a reader beside a writer that died in the middle of a
 * transaction of a file with a rollback journal.
 */
#include "store_help.h"

#include <sys/wait.h>

#include "index/db.h"

static char *folder;
static char path[4096];

static int
setup(void **state)
{
	struct err err = { "" };
	sqlite3 *db;

	(void)state;
	folder = temp_folder();
	snprintf(path, sizeof(path), "%s/x.db", folder);
	db = db_open(path, DB_BUILD, NULL, &err);
	if (!db)
		fail_msg("%s", err.msg);
	ok(db_exec(db, "CREATE TABLE t(n INTEGER, x BLOB)", &err), &err);
	for (int i = 0; i < 200; i++)
		ok(db_exec(db, "INSERT INTO t VALUES(1, zeroblob(1000))", &err),
		    &err);
	db_close(db);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	remove_tree(folder);
	free(folder);
	return 0;
}

/* A writer that has changed pages of the file, and is gone. */
static void
writer_dies(void)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		sqlite3 *db;

		if (sqlite3_open(path, &db) != SQLITE_OK ||
		    sqlite3_exec(db,
			"PRAGMA journal_mode=DELETE; BEGIN;"
			"UPDATE t SET n = 2, x = randomblob(1000)",
			NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_db_cacheflush(db) != SQLITE_OK)
			_exit(1);
		_exit(0); /* closes nothing */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int64_t
sum(sqlite3 *db)
{
	struct err err = { "" };
	sqlite3_stmt *st = db_prep(db, "SELECT sum(n) FROM t", &err);
	int64_t n;

	if (!st || db_step(st, &err) != 1)
		fail_msg("%s", err.msg);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

static void
hot_journal(void **state)
{
	char journal[4200];
	struct err err = { "" };
	struct stat sb;
	sqlite3 *db;

	(void)state;
	snprintf(journal, sizeof(journal), "%s-journal", path);
	db = db_open(path, DB_READ, NULL, &err);
	assert_non_null(db);
	assert_int_equal(sqlite3_db_readonly(db, "main"), 1);
	assert_int_equal(sum(db), 200);
	db_close(db);

	writer_dies();
	assert_int_equal(stat(journal, &sb), 0);
	assert_true(sb.st_size > 0);
	db = db_open(path, DB_READ, NULL, &err);
	if (!db)
		fail_msg("%s", err.msg);
	assert_int_equal(sum(db), 200); /* as it was before */
	assert_int_equal(stat(journal, &sb), -1);
	/* it was opened to be mended, not to be changed */
	assert_int_equal(db_exec(db, "UPDATE t SET n = 3", &err), -1);
	db_close(db);

	db = db_open(path, DB_READ, NULL, &err);
	assert_int_equal(sqlite3_db_readonly(db, "main"), 1);
	assert_int_equal(sum(db), 200);
	db_close(db);
}

/* What it left is no reason to fail for one who may only read. */
static void
only_readable(void **state)
{
	struct err err = { "" };
	pid_t pid;
	int status;

	(void)state;
	if (getuid() != 0)
		skip(); /* somebody else is needed */
	writer_dies();
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(path, 0644), 0);
	pid = fork();
	if (pid == 0) {
		sqlite3 *db;

		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(3);
		db = db_open(path, DB_READ, NULL, &err);
		/* it cannot be mended by us: said, not shown half */
		if (!db)
			_exit(0);
		_exit(sqlite3_exec(db, "SELECT sum(n) FROM t", NULL, NULL,
			  NULL) == SQLITE_OK);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hot_journal, setup, teardown),
		cmocka_unit_test_setup_teardown(only_readable, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
