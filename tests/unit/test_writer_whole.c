/*
 * test_writer_whole.c: days that come whole are sealed at once, with what is
 * next to midnight and what the batch brings to other days.
 */
#include "store_help.h"

#include "index/pipe.h"
#include "index/store.h"

enum { DAY = 1000, N = 7 * DAY };

#define STEP  (HELP_DAY / DAY)
#define DAY_1 ((int32_t)(T0 / HELP_DAY))

struct world {
	char *path;
	struct writer *w;
	bool in[N];
};

static void
begin(struct world *w)
{
	*w = (struct world){ .path = store_path() };
	w->w = open_writer(w->path);
}

static void
end(struct world *w)
{
	writer_close(w->w);
	store_remove(w->path);
}

static void
add(struct world *w, size_t from, size_t to, size_t step)
{
	struct maker m = { .x = 0 };
	struct buf row = BUF_INIT(1 << 24);
	struct record rec;
	struct err err;

	for (size_t i = from; i < to; i += step) {
		arena_clear(&m.a);
		make_record(&m, i, STEP, &rec);
		make_row(&rec, &row);
		ok(writer_add(w->w, buf_str(&row), &err), &err);
		w->in[i] = true;
	}
	arena_release(&m.a);
	buf_release(&row);
}

static void
commit(struct world *w)
{
	struct err err;

	ok(writer_commit(w->w, STR("state"), &err), &err);
}

static void
seal(struct world *w)
{
	struct err err;

	ok(writer_seal(w->w, T0 + 9 * HELP_DAY, NULL, NULL, &err), &err);
}

/* Day files, and how many of them are live. */
static size_t
files(struct world *w, size_t *live)
{
	char path[4096];
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	*live = 0;
	snprintf(path, sizeof(path), "%s/days", w->path);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		size_t len = strlen(e->d_name);

		n += len > 3 && strcmp(e->d_name + len - 3, ".db") == 0;
		*live += len > 4 && strcmp(e->d_name + len - 4, "-wal") == 0;
	}
	closedir(d);
	return n;
}

static void
assert_files(struct world *w, size_t sealed, size_t live)
{
	size_t have_live, have = files(w, &have_live);

	assert_int_equal(have, sealed + live);
	assert_int_equal(have_live, live);
}

/* All that was added is found, once, as it was, in time and by its token. */
static void
assert_all(struct world *w)
{
	struct err err = { "" };
	struct store *st = store_open(w->path, &err);
	bool *got = calloc(N, sizeof(*got));
	struct maker m = { .x = 0 };
	struct arena a = { 0 };

	assert_non_null(st);
	for (int32_t day = 0; day < 7; day++) {
		int64_t t0 = T0 + day * HELP_DAY;
		struct store_cur *cur =
		    store_find(st, NULL, 0, 0, t0, t0 + HELP_DAY - 1, &err);
		struct record rec, made;
		int rc;

		assert_non_null(cur);
		while ((rc = store_next(cur, &a, &rec, &err)) == 1) {
			size_t no = (size_t)((rec.t0_us - T0) / STEP);

			arena_clear(&m.a);
			assert_true(no < N && w->in[no]);
			make_record(&m, no, STEP, &made);
			assert_record(&rec, &made);
			/* one that lasts over midnight is of both days */
			assert_true(!got[no] || (no + 1) % DAY < 2);
			got[no] = true;
			arena_clear(&a);
		}
		ok(rc, &err);
		store_cur_close(cur);
	}
	for (size_t i = 0; i < N; i++) {
		char qid[32];
		struct store_token t = { TOK_QID, str_make(qid, 0) };
		struct store_set set = { &t, 1 };
		struct store_cur *cur;
		struct record rec;

		assert_true(got[i] == w->in[i] || i % 53 == 7);
		t.value.n = (size_t)snprintf(qid, sizeof(qid), "4h%llXq",
		    (unsigned long long)i);
		cur = store_find(st, &set, 1, 0, 0, INT64_MAX, &err);
		assert_non_null(cur);
		assert_int_equal(store_next(cur, &a, &rec, &err), w->in[i]);
		store_cur_close(cur);
	}
	store_close(st);
	arena_release(&a);
	arena_release(&m.a);
	free(got);
}

/* Days after one another, each with lines of its neighbours: one sealed file
 * for each, and nothing is left to do. */
static void
edges(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	begin(w);
	add(w, 0, 990, 1);
	writer_day_over(w->w, DAY_1);
	add(w, 996, 1004, 1);
	commit(w);
	assert_files(w, 1, 0);
	add(w, 990, 996, 1);
	add(w, 1004, 2000, 1);
	writer_day_over(w->w, DAY_1 + 1);
	add(w, 2000, 2002, 1);
	commit(w);
	assert_files(w, 2, 0);
	seal(w);
	assert_files(w, 2, 0);
	assert_all(w);
	/* far from midnight it is a day of its own again */
	add(w, 2500, 2501, 1);
	commit(w);
	assert_files(w, 2, 1);
	assert_all(w);
	end(w);
	free(w);
}

/* What comes with it is not lost, and goes on after the writer is closed. */
static void
other_days(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err;

	(void)state;
	begin(w);
	add(w, 5 * DAY, 5 * DAY + 3, 1);
	add(w, 0, DAY, 2);
	writer_day_over(w->w, DAY_1);
	commit(w);
	assert_files(w, 1, 1);
	assert_all(w);
	writer_close(w->w);
	w->w = open_writer(w->path);
	assert_str(writer_state(w->w), STR("state"));
	add(w, 5 * DAY + 3, 5 * DAY + 9, 1);
	commit(w);
	assert_files(w, 1, 1);
	assert_all(w);
	ok(writer_seal(w->w, T0 + 9 * HELP_DAY, NULL, NULL, &err), &err);
	assert_files(w, 2, 0);
	assert_all(w);
	end(w);
	free(w);
}

/* The same day from two hosts, one log after the other: put together. */
static void
two_hosts(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	begin(w);
	for (size_t host = 0; host < 2; host++) {
		add(w, host, DAY, 2);
		writer_day_over(w->w, DAY_1);
		commit(w);
	}
	assert_files(w, 2, 0);
	seal(w);
	assert_files(w, 1, 0);
	assert_all(w);
	end(w);
	free(w);
}

/* Not over, too little, or begun already: a live file. */
static void
live_days(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	begin(w);
	add(w, 0, 300, 1);
	commit(w);
	assert_files(w, 0, 1);
	add(w, 300, DAY, 1);
	writer_day_over(w->w, DAY_1);
	commit(w);
	assert_files(w, 0, 1);
	add(w, DAY, DAY + 50, 1);
	writer_day_over(w->w, DAY_1 + 1);
	commit(w);
	assert_files(w, 0, 2);
	assert_all(w);
	seal(w);
	assert_files(w, 2, 0);
	assert_all(w);
	end(w);
	free(w);
}

/* So many that they are worth a file, though the day is not over. */
static void
large_batch(void **state)
{
	enum { MANY = 50000 };
	struct world *w = calloc(1, sizeof(*w));
	struct maker m = { .x = 0 };
	struct buf row = BUF_INIT(1 << 24);
	struct record rec;
	struct err err;

	(void)state;
	begin(w);
	for (size_t i = 0; i < MANY; i++) {
		if (i == 5000)
			assert_true(writer_whole(w->w));
		else if (i == 500)
			assert_false(writer_whole(w->w));
		arena_clear(&m.a);
		make_record(&m, i % 500, 1000000, &rec);
		make_row(&rec, &row);
		ok(writer_add(w->w, buf_str(&row), &err), &err);
	}
	commit(w);
	assert_files(w, 1, 0);
	assert_false(writer_whole(w->w));
	add(w, 0, 9, 1);
	commit(w);
	assert_files(w, 1, 1);
	seal(w); /* the large one is not written again for so few */
	assert_files(w, 2, 0);
	arena_release(&m.a);
	buf_release(&row);
	end(w);
	free(w);
}

/* The reading side tells when a day is over, and waits for what it gave. */
static void
through_pipe(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct maker m = { .x = 0 };
	struct buf row = BUF_INIT(1 << 24);
	struct pipe *p;
	struct err err;

	(void)state;
	begin(w);
	p = pipe_new(w->w);
	for (size_t i = 0; i <= 3 * DAY; i++) {
		struct record rec;

		arena_clear(&m.a);
		make_record(&m, i, STEP, &rec);
		make_row(&rec, &row);
		pipe_cover(p, 1, STR("mx1"), MTA_POSTFIX, rec.t0_us);
		ok(pipe_row(p, buf_str(&row), STR(""), &err), &err);
		w->in[i] = true;
		assert_int_equal(pipe_due(p), i > 0 && i % DAY == 0);
		if (pipe_due(p))
			ok(pipe_commit(p, STR("state"), &err), &err);
	}
	ok(pipe_wait(p, &err), &err);
	assert_files(w, 3, 0);
	pipe_free(p);
	assert_all(w);
	arena_release(&m.a);
	buf_release(&row);
	end(w);
	free(w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges),
		cmocka_unit_test(other_days),
		cmocka_unit_test(two_hosts),
		cmocka_unit_test(live_days),
		cmocka_unit_test(large_batch),
		cmocka_unit_test(through_pipe),
	};

	return cmocka_run_group_tests_name("writer_whole", tests, NULL, NULL);
}
