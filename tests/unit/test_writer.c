/*
 * test_writer.c: batches are whole or not there, whenever the writer is
 * killed or the disk is full; what a commit makes durable.
 */
#include "store_help.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "index/store.h"
#include "index/writer.h"

#define STEP (120 * INT64_C(1000000)) /* 720 records a day */

/* ---- killed at any moment ---- */

/* Which record comes when: nearly in order, with stragglers of other days. */
static uint64_t
nth(uint64_t i)
{
	return i % 97 == 5 ? (i * 7) % 2500 + 100000 : i;
}

static int
try_add(struct writer *w, struct maker *m, struct buf *row, uint64_t i,
    struct err *err)
{
	struct record rec;
	int rc;

	make_record(m, nth(i), STEP, &rec);
	if (nth(i) >= 100000) /* its day is another one */
		rec.t0_us = T0 + (int64_t)(nth(i) - 100000) * STEP;
	for (size_t k = 0; k < rec.n; k++)
		rec.ev[k].t_us = rec.t0_us + (int64_t)k * 1000;
	rec.t1_us = rec.t0_us + (rec.n ? (int64_t)(rec.n - 1) * 1000 : 0);
	make_row(&rec, row);
	rc = writer_add(w, buf_str(row), err);
	arena_clear(&m->a);
	return rc;
}

static void
add(struct writer *w, struct maker *m, struct buf *row, uint64_t i)
{
	struct err err;

	ok(try_add(w, m, row, i, &err), &err);
}

enum { TOTAL = 2500, BATCH = 60, SEAL_EVERY = 600 };

/* Reads where it stands from the store and goes on to the end. */
static void
work(const char *path, bool to_pipe, int fd)
{
	struct writer *w = open_writer(path);
	struct maker m = { .x = 0 };
	struct buf row = BUF_INIT(1 << 24);
	struct writer_source *s;
	char state[32] = "";
	uint64_t i = 0;
	struct err err;

	if (writer_state(w).n) {
		snprintf(state, sizeof(state), STR_FMT,
		    STR_ARG(writer_state(w)));
		i = strtoull(state, NULL, 10);
	}
	s = writer_source_find(w, STR("the log"));
	if (!s)
		s = writer_source_new(w, STR("log"), STR("the log"));
	assert_true(s->done == i * 100); /* sources and state agree */
	if (to_pipe && write(fd, "x", 1) != 1)
		_exit(3);
	while (i < TOTAL) {
		add(w, &m, &row, i);
		writer_cover(w, s->id, STR("mx1"), MTA_POSTFIX,
		    T0 + (int64_t)i * STEP);
		if (i % 10 == 0)
			writer_unknown(w, s->id, STR("shape"), STR("line"), 1);
		i++;
		s->done = i * 100;
		s->lines++;
		writer_source_touch(w, s);
		if (i % BATCH && i < TOTAL)
			continue;
		snprintf(state, sizeof(state), "%llu", (unsigned long long)i);
		ok(writer_commit(w, str_c(state), &err), &err);
		if (i % SEAL_EVERY == 0)
			ok(writer_seal(w, T0 + (int64_t)i * STEP, NULL, NULL,
			       &err),
			    &err);
	}
	writer_close(w);
	arena_release(&m.a);
	buf_release(&row);
}

/* The store holds exactly the records before what its state says. */
static uint64_t
check(const char *path)
{
	struct writer *w = open_writer(path); /* recovers */
	unsigned *seen = calloc(200000, sizeof(*seen));
	struct arena a = { 0 };
	struct store_cur *cur;
	struct store_info info;
	struct store *st;
	struct record rec;
	struct err err;
	char state[32];
	uint64_t i, n = 0, shapes = 0;
	int rc;

	snprintf(state, sizeof(state), STR_FMT, STR_ARG(writer_state(w)));
	i = strtoull(state, NULL, 10);
	writer_close(w);
	st = store_open(path, &err);
	assert_non_null(st);
	cur = store_find(st, NULL, 0, 0, 0, INT64_MAX, &err);
	assert_non_null(cur);
	while ((rc = store_next(cur, &a, &rec, &err)) == 1) {
		char tmp[32];
		snprintf(tmp, sizeof(tmp), STR_FMT, STR_ARG(rec.qid));
		seen[strtoull(tmp + 2, NULL, 16)]++;
		n++;
		arena_clear(&a);
	}
	ok(rc, &err);
	store_cur_close(cur);
	assert_int_equal(n, i);
	for (uint64_t k = 0; k < i; k++)
		assert_true(seen[nth(k)] > 0);
	/* each is found by its own token too, once for each time it came */
	for (uint64_t k = 0; k < i; k += 1 + i / 40) {
		struct store_token t;
		struct store_set set = { &t, 1 };
		char qid[32];
		unsigned found = 0;

		snprintf(qid, sizeof(qid), "4h%llXq",
		    (unsigned long long)nth(k));
		t = (struct store_token){ TOK_QID, str_c(qid) };
		cur = store_find(st, &set, 1, 0, 0, INT64_MAX, &err);
		while ((rc = store_next(cur, &a, &rec, &err)) == 1)
			found++;
		ok(rc, &err);
		store_cur_close(cur);
		assert_int_equal(found, seen[nth(k)]);
		arena_clear(&a);
	}
	ok(store_info(st, &a, &info, &err), &err);
	assert_int_equal(info.records, i);
	assert_int_equal(info.nsource, i ? 1 : 0);
	if (i) {
		assert_int_equal(info.source[0].bytes, i * 100);
		assert_int_equal(info.source[0].lines, i);
		assert_int_equal(info.host[0].lines, i);
		for (size_t k = 0; k < info.nunknown; k++)
			shapes += info.unknown_kind[k].count;
		assert_int_equal(shapes, (i + 9) / 10);
	}
	store_close(st);
	arena_release(&a);
	free(seen);
	return i;
}

static void
pause_us(unsigned us)
{
	struct timespec t = { us / 1000000, (long)(us % 1000000) * 1000 };

	nanosleep(&t, NULL);
}

static void
killed(void **state)
{
	char *path = store_path();
	struct maker m = { .x = 4711 };
	unsigned rounds = 0, moved = 0;
	uint64_t at = 0;

	(void)state;
	while (at < TOTAL && rounds < 60) {
		int fd[2], status;
		uint64_t now;
		char c;
		pid_t pid;

		assert_int_equal(pipe(fd), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			work(path, true, fd[1]);
			_exit(0);
		}
		close(fd[1]);
		/* it has opened the store, or died trying */
		if (read(fd[0], &c, 1) < 0)
			fail();
		close(fd[0]);
		pause_us(500 + upto(&m, rounds % 4 ? 20000 : 60000));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status))
			assert_int_equal(WEXITSTATUS(status), 0);
		now = check(path);
		assert_true(now >= at);
		moved += now > at;
		at = now;
		rounds++;
	}
	print_message("killed %u times, at %llu of %d\n", rounds,
	    (unsigned long long)at, TOTAL);
	assert_true(moved >= 3);
	work(path, false, -1);
	assert_int_equal(check(path), TOTAL);
	store_remove(path);
}

/* ---- sources and counts ---- */

static void
sources(void **state)
{
	char *path = store_path(), print[600];
	struct writer *w = open_writer(path);
	struct writer_source *s, *t;
	struct err err;

	(void)state;
	memset(print, 'p', sizeof(print));
	assert_int_equal(writer_source_count(w), 0);
	s = writer_source_new(w, STR("/var/log/a"), STR("A\0print"));
	s->done = 7;
	s->inode = UINT64_MAX;
	s->t0_us = -5;
	s->finished = true;
	writer_source_set_host(w, s, STR("mx1"));
	writer_source_set_state(w, s, STR("st\0te"));
	t = writer_source_new(w, STR("b"), str_make(print, sizeof(print)));
	ok(writer_commit(w, STR("one"), &err), &err);
	/* what comes after the commit is forgotten */
	s->done = 8;
	writer_source_touch(w, s);
	writer_source_new(w, STR("c"), STR("C"));
	writer_close(w);
	w = open_writer(path);
	assert_str(writer_state(w), STR("one"));
	assert_int_equal(writer_source_count(w), 2);
	s = writer_source_find(w, STR("A\0print"));
	assert_non_null(s);
	assert_true(s == writer_source_by_id(w, s->id));
	assert_str(s->name, STR("/var/log/a"));
	assert_str(s->host, STR("mx1"));
	assert_str(s->state, STR("st\0te"));
	assert_true(s->done == 7 && s->inode == UINT64_MAX);
	assert_true(s->t0_us == -5 && s->finished);
	assert_null(writer_source_find(w, STR("A")));
	assert_null(writer_source_find(w, STR("C")));
	t = writer_source_find(w, str_make(print, sizeof(print)));
	assert_non_null(t);
	assert_int_equal(t->print.n, WRITER_PRINT_MAX);
	/* the newest of equal prints; a print that grows moves */
	t = writer_source_new(w, STR("a again"), STR("A\0print"));
	assert_true(writer_source_find(w, STR("A\0print")) == t);
	assert_int_equal(t->id, 3);
	writer_source_set_print(w, t, STR("longer"));
	assert_null(writer_source_find(w, STR("A\0print")));
	assert_true(writer_source_find(w, STR("longer")) == t);
	ok(writer_commit(w, STR("two"), &err), &err);
	writer_close(w);
	w = open_writer(path);
	t = writer_source_find(w, STR("longer"));
	assert_non_null(t);
	assert_str(t->name, STR("a again"));
	assert_non_null(writer_source_find(w, STR("A\0print")));
	writer_close(w);
	store_remove(path);
}

/* Coverage adds up over commits; silence and losses are gaps. */
static void
coverage(void **state)
{
	char *path = store_path();
	struct writer *w = open_writer(path);
	struct arena a = { 0 };
	struct store_info info;
	struct store *st;
	struct err err;
	size_t silence = 0, loss = 0, quarter = 0, hours = 0;

	(void)state;
	writer_source_new(w, STR("log"), STR("x"));
	for (int slot = 0; slot < 300; slot++) {
		if (slot >= 100 && slot < 108)
			continue; /* two hours */
		for (int k = 0; k < 50; k++) {
			writer_cover(w, 1, STR("mx1"), MTA_POSTFIX,
			    T0 + slot * 900 * INT64_C(1000000) + k);
			writer_cover(w, 1, STR("quiet"), MTA_EXIM,
			    T0 + (slot / 30) * 30 * 900 * INT64_C(1000000));
		}
		/* two that are busy, one all day long; a quarter is missing */
		for (int k = 0; k < 300 && slot != 150; k++) {
			writer_cover(w, 1, STR("busy"), MTA_POSTFIX,
			    T0 + slot * 900 * INT64_C(1000000) + k);
			if (slot % 5)
				writer_cover(w, 1, STR("bursts"), MTA_POSTFIX,
				    T0 + slot * 900 * INT64_C(1000000) + k);
		}
		if (slot % 90 == 0)
			ok(writer_commit(w, STR(""), &err), &err);
	}
	writer_gap(w, 1, STR("mx1"), T0 + 1, T0 + 2, STR("rate-limit"));
	for (int i = 0; i < 700; i++) {
		char shape[32];
		snprintf(shape, sizeof(shape), "shape %d", i);
		writer_unknown(w, 1, str_c(shape), STR("l"), 2);
		writer_unknown(w, 1, STR("shape 0"), str_c(shape), 1);
	}
	ok(writer_commit(w, STR(""), &err), &err);
	writer_close(w);
	st = store_open(path, &err);
	ok(store_info(st, &a, &info, &err), &err);
	assert_int_equal(info.nhost, 4);
	assert_str(info.host[2].name, STR("mx1"));
	assert_int_equal(info.host[2].lines, 292 * 50);
	assert_str(info.host[2].programs, STR("postfix"));
	assert_true(info.host[2].t0_us == T0);
	for (size_t i = 0; i < info.ngap; i++) {
		if (str_eq(info.gap[i].host, STR("busy"))) {
			quarter += info.gap[i].t1_us - info.gap[i].t0_us ==
				       900 * INT64_C(1000000) &&
				   info.gap[i].t0_us ==
				       T0 + 150 * 900 * INT64_C(1000000);
			hours += info.gap[i].t1_us - info.gap[i].t0_us ==
				 8 * 900 * INT64_C(1000000);
			continue;
		}
		if (str_eq(info.gap[i].host, STR("bursts"))) {
			assert_true(info.gap[i].t1_us - info.gap[i].t0_us >=
				    8 * 900 * INT64_C(1000000));
			continue;
		}
		assert_str(info.gap[i].host, STR("mx1"));
		if (str_eq(info.gap[i].why, STR("silence"))) {
			silence++;
			assert_true(info.gap[i].t0_us ==
				    T0 + 100 * 900 * INT64_C(1000000));
			assert_true(info.gap[i].t1_us ==
				    T0 + 108 * 900 * INT64_C(1000000));
		} else {
			loss++;
		}
	}
	assert_int_equal(silence, 1);
	assert_int_equal(quarter, 1);
	assert_int_equal(hours, 1);
	assert_int_equal(loss, 1);
	assert_int_equal(info.nunknown, WRITER_SHAPES + 1);
	assert_int_equal(info.unknown_kind[0].count, 702);
	assert_str(info.unknown_kind[0].shape, STR("shape 0"));
	assert_int_equal(info.unknown_kind[1].count, 400);
	assert_str(info.unknown_kind[1].shape, STR("(other)"));
	assert_str(store_source_name(st, 1), STR("log"));
	assert_str(store_source_name(st, 2), STR("?"));
	store_close(st);
	arena_release(&a);
	store_remove(path);
}

/* A disk that is full, as a limit on the size of files. */
static void
disk_full(void **state)
{
	char *path = store_path();
	int status;
	pid_t pid;

	(void)state;
	work(path, false, -1);
	assert_int_equal(check(path), TOTAL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct writer *w = open_writer(path);
		struct maker m = { .x = 0 };
		struct buf row = BUF_INIT(1 << 24);
		struct err err = { "" };

		signal(SIGXFSZ, SIG_IGN);
		assert_int_equal(setrlimit(RLIMIT_FSIZE,
				     &(struct rlimit){ 20000, 20000 }),
		    0);
		for (uint64_t i = 0; i < 500 && !err.msg[0]; i++)
			try_add(w, &m, &row, i, &err);
		if (!err.msg[0] && writer_commit(w, STR("9999"), &err) == 0)
			_exit(4);
		_exit(err.msg[0] ? 0 : 5);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(check(path), TOTAL);
	store_remove(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed),
		cmocka_unit_test(sources),
		cmocka_unit_test(coverage),
		cmocka_unit_test(disk_full),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
