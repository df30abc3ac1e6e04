/*
 * test_writer_open.c: one writer at a time, the modes of files; what is not a
 * store stays as it is, and damage is said.
 */
#include "store_help.h"

#include <sqlite3.h>

#include "index/store.h"

/* Records of the first day. */
static void
add_rows(struct writer *w, uint64_t n)
{
	struct maker m = { .x = 0 };
	struct buf row = BUF_INIT(1 << 24);
	struct record rec;
	struct err err;

	for (uint64_t i = 0; i < n; i++) {
		make_record(&m, i, 1000000, &rec);
		make_row(&rec, &row);
		ok(writer_add(w, buf_str(&row), &err), &err);
	}
	arena_release(&m.a);
	buf_release(&row);
}

static void
second_writer(void **state)
{
	struct writer_opts o = { .no_sync = true };
	char *path = store_path(), pid[32];
	struct writer *w = open_writer(path);
	struct err err;

	(void)state;
	snprintf(pid, sizeof(pid), "(process %ld)", (long)getpid());
	assert_null(writer_open(path, &o, &err));
	assert_non_null(strstr(err.msg, "another mailtrace"));
	assert_non_null(strstr(err.msg, pid));
	writer_close(w);
	w = open_writer(path);
	writer_close(w);
	store_remove(path);
}

static void
modes(void **state)
{
	static const struct {
		const char *name;
		unsigned mode;
	} files[] = { { "", 0750 }, { "/days", 0750 }, { "/control.db", 0640 },
		{ "/lock", 0640 }, { "/days/2026-01-01-1.db", 0640 } };
	char *path = store_path(), *name;
	struct writer *w;
	struct err err;
	struct stat sb;
	mode_t mask = umask(0);

	(void)state;
	w = open_writer(path);
	add_rows(w, 1);
	ok(writer_commit(w, STR(""), &err), &err);
	for (size_t i = 0; i < 5; i++) {
		assert_true(asprintf(&name, "%s%s", path, files[i].name) > 0);
		assert_int_equal(stat(name, &sb), 0);
		assert_int_equal(sb.st_mode & 07777, files[i].mode);
		free(name);
	}
	ok(writer_seal(w, INT64_MAX / 2, NULL, NULL, &err), &err);
	assert_true(asprintf(&name, "%s/days/2026-01-01-2.db", path) > 0);
	assert_int_equal(stat(name, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0640);
	free(name);
	writer_close(w);
	umask(mask);
	store_remove(path);
}

/* What stands where a store should be, what is said, and that it stays. */
static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
put_database(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
not_a_store(void **state)
{
	static const char *const newer =
	    "PRAGMA application_id=1299477091;"
	    "PRAGMA user_version=99; CREATE TABLE t(x)";
	static const struct {
		const char *what, *text, *sql, *says;
	} cases[] = {
		{ "other", "hello", NULL, "not empty" },
		{ "control.db",
		    "no database at all, but long enough to be "
		    "read as one: it has a header of sixteen bytes and more",
		    NULL, "damaged" },
		{ "control.db", NULL, "CREATE TABLE t(x)", "another program" },
		{ "control.db", NULL, newer, "newer mailtrace" },
	};
	struct writer_opts o = { .no_sync = true };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char *path = store_path(), *file, before[4096] = "";
		char after[4096] = "";
		struct err err = { "" };
		struct stat sb;
		FILE *f;

		assert_int_equal(mkdir(path, 0700), 0);
		assert_true(asprintf(&file, "%s/%s", path, cases[i].what) > 0);
		if (cases[i].text)
			put_file(file, cases[i].text);
		else
			put_database(file, cases[i].sql);
		f = fopen(file, "r");
		assert_true(fread(before, 1, sizeof(before), f) > 0);
		fclose(f);
		assert_null(writer_open(path, &o, &err));
		if (!strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %s", i, err.msg);
		if (i > 0) {
			assert_null(store_open(path, &err));
			if (!strstr(err.msg, cases[i].says))
				fail_msg("case %zu: %s", i, err.msg);
		}
		f = fopen(file, "r");
		assert_true(fread(after, 1, sizeof(after), f) > 0);
		fclose(f);
		assert_memory_equal(before, after, sizeof(before));
		free(file);
		assert_true(asprintf(&file, "%s/days", path) > 0);
		assert_int_equal(stat(file, &sb), -1);
		free(file);
		store_remove(path);
	}
}

static void
no_store(void **state)
{
	struct writer_opts o = { .no_sync = true, .must_exist = true };
	char *path = store_path();
	struct err err = { "" };
	struct stat sb;

	(void)state;
	assert_null(writer_open(path, &o, &err));
	assert_non_null(strstr(err.msg, "there is no store"));
	assert_int_equal(stat(path, &sb), -1);
	assert_null(store_open(path, &err));
	assert_non_null(strstr(err.msg, "there is no store"));
	put_file(path, "a file");
	o.must_exist = false;
	assert_null(writer_open(path, &o, &err));
	assert_non_null(strstr(err.msg, "not a folder"));
	assert_null(store_open(path, &err));
	assert_non_null(strstr(err.msg, "not a folder"));
	store_remove(path);
}

/* A day file cut short or of another store: said, not guessed at. */
static void
damaged_day(void **state)
{
	static const char *const says[] = { "damaged", "another store",
		"missing" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		char *path = store_path(), *day, sql[64];
		struct writer *w = open_writer(path);
		struct arena a = { 0 };
		struct store_cur *cur;
		struct record rec;
		struct store *st;
		struct err err = { "" };
		int rc = 1;

		add_rows(w, 300);
		ok(writer_commit(w, STR(""), &err), &err);
		ok(writer_seal(w, INT64_MAX / 2, NULL, NULL, &err), &err);
		writer_close(w);
		assert_true(
		    asprintf(&day, "%s/days/2026-01-01-%d.db", path, 4) > 0);
		if (access(day, F_OK) != 0) { /* its number is the writer's */
			free(day);
			for (int k = 1; k < 20; k++) {
				assert_true(asprintf(&day,
						"%s/days/"
						"2026-01-01-%d.db",
						path, k) > 0);
				if (access(day, F_OK) == 0)
					break;
				free(day);
			}
		}
		if (i == 0)
			assert_int_equal(truncate(day, 5000), 0);
		snprintf(sql, sizeof(sql), "UPDATE info SET store = x'00'");
		if (i == 1)
			put_database(day, sql);
		if (i == 2)
			assert_int_equal(unlink(day), 0);
		st = store_open(path, &err);
		assert_non_null(st);
		cur = store_find(st, NULL, 0, 0, 0, INT64_MAX, &err);
		assert_non_null(cur);
		while (rc == 1) {
			rc = store_next(cur, &a, &rec, &err);
			arena_clear(&a);
		}
		assert_int_equal(rc, -1);
		if (!strstr(err.msg, says[i]))
			fail_msg("case %d: %s", i, err.msg);
		store_cur_close(cur);
		store_close(st);
		free(day);
		arena_release(&a);
		store_remove(path);
	}
}

/* ---- killed between the files of a batch ---- */

static void
copy_file(const char *from, const char *to, const char *name)
{
	char *a, *b, bytes[65536];
	FILE *in, *out;
	size_t n;

	assert_true(asprintf(&a, "%s/%s", from, name) > 0);
	assert_true(asprintf(&b, "%s/%s", to, name) > 0);
	in = fopen(a, "r");
	out = fopen(b, "w");
	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	fclose(in);
	fclose(out);
	free(a);
	free(b);
}

/* Records number first..last of a store that has one in ten minutes. */
static void
add_slow(struct writer *w, uint64_t first, uint64_t last)
{
	struct maker m = { .x = 0 };
	struct buf row = BUF_INIT(1 << 24);
	struct record rec;
	struct err err;

	for (uint64_t i = first; i <= last; i++) {
		make_record(&m, i, 600 * INT64_C(1000000), &rec);
		make_row(&rec, &row);
		ok(writer_add(w, buf_str(&row), &err), &err);
	}
	arena_release(&m.a);
	buf_release(&row);
}

static size_t
count_records(const char *path)
{
	struct err err = { "" };
	struct store *st = store_open(path, &err);
	struct arena a = { 0 };
	struct store_cur *cur;
	struct record rec;
	size_t n = 0;
	int rc;

	if (!st)
		fail_msg("%s", err.msg);
	cur = store_find(st, NULL, 0, 0, 0, INT64_MAX, &err);
	assert_non_null(cur);
	while ((rc = store_next(cur, &a, &rec, &err)) == 1)
		n++;
	ok(rc, &err);
	store_cur_close(cur);
	store_close(st);
	arena_release(&a);
	return n;
}

/*
 * A first batch brings to the first two days, a second one to the second and
 * a little to the first and to a third, whose file is new.  Whichever files
 * had the second batch when the power went, all of it is there afterwards as
 * soon as the file has it that it brings most to.
 */
static void
between_files(void **state)
{
	static const char *const days[] = { "days/2026-01-01-1.db",
		"days/2026-01-02-2.db", "days/2026-01-03-3.db" };
	static const struct {
		bool day[3], control; /* which have it */
		size_t records;
	} cases[] = {
		{ { false, false, false }, false, 150 },
		{ { false, true, false }, false, 150 + 140 + 3 + 2 },
		{ { true, true, false }, false, 150 + 140 + 3 + 2 },
		{ { true, true, true }, false, 150 + 140 + 3 + 2 },
		{ { true, true, true }, true, 150 + 140 + 3 + 2 },
	};
	char *path = store_path(), *before = store_path(), *name;
	struct writer *w = open_writer(path);
	struct err err;

	(void)state;
	add_slow(w, 0, 149);
	ok(writer_commit(w, STR("first"), &err), &err);
	writer_close(w);
	assert_int_equal(mkdir(before, 0700), 0);
	assert_true(asprintf(&name, "%s/days", before) > 0);
	assert_int_equal(mkdir(name, 0700), 0);
	free(name);
	copy_file(path, before, "control.db");
	copy_file(path, before, days[0]);
	copy_file(path, before, days[1]);
	w = open_writer(path);
	add_slow(w, 1, 3);
	add_slow(w, 147, 286);
	add_slow(w, 288, 289);
	ok(writer_commit(w, STR("second"), &err), &err);
	writer_close(w);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *now = store_path();

		assert_int_equal(mkdir(now, 0700), 0);
		assert_true(asprintf(&name, "%s/days", now) > 0);
		assert_int_equal(mkdir(name, 0700), 0);
		free(name);
		copy_file(cases[i].control ? path : before, now, "control.db");
		for (int d = 0; d < 3; d++)
			if (d < 2 || cases[i].day[d])
				copy_file(cases[i].day[d] ? path : before, now,
				    days[d]);
		w = open_writer(now);
		assert_str(writer_state(w), i ? STR("second") : STR("first"));
		/* and it goes on, with a day whose file has a number of its
		 * own: else one of the two is not found any more */
		add_slow(w, 430, 430);
		add_slow(w, 440, 440);
		ok(writer_commit(w, STR("third"), &err), &err);
		writer_close(w);
		assert_int_equal(count_records(now), cases[i].records + 2);
		store_remove(now);
	}
	store_remove(before);
	store_remove(path);
}

/* A number that is another day's already is not written over it. */
static void
one_number(void **state)
{
	char *path = store_path(), *control;
	struct writer *w = open_writer(path);
	struct err err = { "" };
	size_t before;
	sqlite3 *db;

	(void)state;
	add_slow(w, 0, 149);
	ok(writer_commit(w, STR(""), &err), &err);
	ok(writer_seal(w, INT64_MAX / 2, NULL, NULL, &err), &err);
	writer_close(w);
	before = count_records(path);
	assert_int_equal(before, 150);
	assert_true(asprintf(&control, "%s/control.db", path) > 0);
	assert_int_equal(sqlite3_open(control, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
			     "UPDATE info SET next_part = "
			     "(SELECT min(id) FROM part)",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	w = open_writer(path);
	add_slow(w, 430, 430);
	assert_int_equal(writer_commit(w, STR(""), &err), -1);
	assert_non_null(
	    strstr(err.msg, "one number; read the logs into a new"));
	writer_close(w);
	assert_int_equal(count_records(path), before);
	free(control);
	store_remove(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_number),
		cmocka_unit_test(second_writer),
		cmocka_unit_test(modes),
		cmocka_unit_test(not_a_store),
		cmocka_unit_test(no_store),
		cmocka_unit_test(damaged_day),
		cmocka_unit_test(between_files),
	};

	return cmocka_run_group_tests_name("writer_open", tests, NULL, NULL);
}
