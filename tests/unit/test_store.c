/*
 * test_store.c: what was written is found, by every token and time, before
 * and after sealing, late rows, pruning and replacing a source.  What should
 * be found is told by looking at every record one by one.
 */
#include "store_help.h"

#include "index/store.h"
#include "index/token.h"
#include "index/writer.h"

enum { N = 2000 };

#define STEP (100 * INT64_C(1000000)) /* in all: a part of three days */

struct world {
	char *path;
	struct maker m;
	struct record rec[N];
	bool in[N]; /* is in the store */
	struct buf row;
};

static void
world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->path = temp_folder();
	rmdir(w->path); /* the writer makes it */
	buf_init(&w->row, 1 << 24);
	for (uint64_t i = 0; i < N; i++)
		make_record(&w->m, i, STEP, &w->rec[i]);
}

static void
world_release(struct world *w)
{
	remove_tree(w->path);
	free(w->path);
	arena_release(&w->m.a);
	buf_release(&w->row);
}

static void
add(struct world *w, struct writer *wr, size_t i)
{
	struct err err;

	make_row(&w->rec[i], &w->row);
	ok(writer_add(wr, buf_str(&w->row), &err), &err);
	w->in[i] = true;
}

static void
add_all(struct world *w, struct writer *wr, size_t from, size_t to, size_t step,
    size_t batch)
{
	struct err err;
	size_t n = 0;

	for (size_t i = from; i < to; i += step) {
		add(w, wr, i);
		if (++n % batch == 0)
			ok(writer_commit(wr, STR("s"), &err), &err);
	}
	ok(writer_commit(wr, STR("s"), &err), &err);
}

/* ---- the slow way ---- */

struct ask {
	struct store_set set[4];
	size_t n;
	unsigned kinds;
	int64_t t0, t1;
};

static bool
is_answer(const struct ask *q, const struct record *rec)
{
	char out[TOKEN_MAX];
	bool in_time =
	    rec->n == 0 && rec->t0_us <= q->t1 && rec->t1_us >= q->t0;

	if (q->kinds && !(q->kinds >> rec->kind & 1))
		return false;
	for (size_t i = 0; i < rec->n; i++)
		in_time = in_time || (rec->ev[i].t_us >= q->t0 &&
					 rec->ev[i].t_us <= q->t1);
	for (size_t i = 0; i < q->n; i++) {
		bool any = false;
		for (size_t k = 0; k < q->set[i].n; k++) {
			const struct store_token *t = &q->set[i].tok[k];
			struct str f = token_fold(t->kind, t->value, out);
			any = any || (f.p && token_in(rec, t->kind, f));
		}
		if (!any)
			return false;
	}
	return in_time;
}

static uint64_t
number_of(const struct record *rec)
{
	char tmp[32];

	snprintf(tmp, sizeof(tmp), STR_FMT, STR_ARG(rec->qid));
	return strtoull(tmp + 2, NULL, 16);
}

static size_t
check(struct world *w, struct store *st, const struct ask *q)
{
	bool *got = calloc(N, sizeof(*got));
	int32_t day = INT32_MAX;
	int64_t last = INT64_MAX;
	struct arena a = { 0 };
	struct store_cur *cur;
	struct record rec;
	struct err err;
	size_t n = 0;
	int rc;

	cur = store_find(st, q->set, q->n, q->kinds, q->t0, q->t1, &err);
	if (!cur)
		fail_msg("%s", err.msg);
	while ((rc = store_next(cur, &a, &rec, &err)) == 1) {
		uint64_t no = number_of(&rec);
		int32_t d = (int32_t)(rec.t0_us / HELP_DAY);

		assert_true(no < N);
		assert_true(w->in[no]);
		assert_false(got[no]);
		got[no] = true;
		assert_record(&rec, &w->rec[no]);
		assert_true(is_answer(q, &rec));
		assert_true(rec.id != 0);
		assert_true(d <= day); /* newest first */
		assert_true(d < day || rec.t1_us <= last);
		day = d;
		last = rec.t1_us;
		n++;
		arena_clear(&a);
	}
	ok(rc, &err);
	store_cur_close(cur);
	for (size_t i = 0; i < N; i++)
		if (w->in[i] && is_answer(q, &w->rec[i]) && !got[i])
			fail_msg("record %zu was not found", i);
	free(got);
	arena_release(&a);
	return n;
}

/* A whole set of questions; the number of answers in all. */
static size_t
check_all(struct world *w, struct store *st)
{
	static const struct {
		enum token_kind kind;
		const char *v;
	} one[] = {
		{ TOK_ADDR_FROM, "user20@FROM6.test" },
		{ TOK_ADDR_FROM, "" },
		{ TOK_DOM_FROM, "from3.test" },
		{ TOK_ADDR_TO, "rcpt7@to2.test" },
		{ TOK_ADDR_TO, "e@f.test" },
		{ TOK_DOM_TO, "to1.test" },
		{ TOK_MSGID, "<1eef.1@example.test>" },
		{ TOK_QID, "4h7bq" },
		{ TOK_QID, "R199A1" },
		{ TOK_IP, "192.0.2.17" },
		{ TOK_NET, "192.0.2.0/24" },
		{ TOK_RELAY, "MX3.test" },
		{ TOK_RELAY, "2001:db8::25" },
		{ TOK_RELAY, "nowhere.test" },
		{ TOK_IP, "no ip" },
	};
	size_t n = 0, count = sizeof(one) / sizeof(one[0]);
	struct store_token t[3];

	for (size_t i = 0; i < count; i++) {
		struct ask q = { .n = 1, .t1 = INT64_MAX };

		t[0] = (struct store_token){ one[i].kind, str_c(one[i].v) };
		q.set[0] = (struct store_set){ t, 1 };
		n += check(w, st, &q);
		q.kinds = 1 << REC_REFUSAL | 1 << REC_AUTH;
		n += check(w, st, &q);
		q.kinds = 0;
		q.t0 = T0 + 1000 * STEP;
		q.t1 = T0 + 1700 * STEP;
		n += check(w, st, &q);
	}
	for (size_t i = 0; i + 3 < count; i++) { /* and, or */
		struct ask q = { .n = 2, .t1 = INT64_MAX };

		for (size_t k = 0; k < 3; k++)
			t[k] = (struct store_token){ one[i + k].kind,
				str_c(one[i + k].v) };
		q.set[0] = (struct store_set){ t, 2 };
		q.set[1] = (struct store_set){ t + 1, 2 };
		n += check(w, st, &q);
		q.set[0] = (struct store_set){ t, 1 };
		n += check(w, st, &q);
	}
	for (int i = 0; i < 3; i++) { /* everything */
		struct ask q = { .n = 0,
			.kinds = i ? 1u << i : 0,
			.t1 = INT64_MAX };

		n += check(w, st, &q);
		q.t0 = T0 + 860 * STEP;
		q.t1 = T0 + 870 * STEP;
		n += check(w, st, &q);
	}
	return n;
}

static struct store *
open_store(struct world *w)
{
	struct err err = { "" };
	struct store *st = store_open(w->path, &err);

	if (!st)
		fail_msg("%s", err.msg);
	return st;
}

/* Many small commits, few large ones, days in any order: the same answers. */
static void
finds_all(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct writer *wr;
	struct store *st;
	struct err err;
	size_t n;

	(void)state;
	world_init(w);
	wr = open_writer(w->path);
	st = open_store(w); /* empty, and filled while it is open */
	assert_int_equal(check_all(w, st), 0);
	add_all(w, wr, 0, N, 3, 1000);
	n = check_all(w, st);
	assert_true(n > 1000);
	writer_close(wr);
	wr = open_writer(w->path); /* groups that are not full go on */
	add_all(w, wr, 1, N, 3, 7);
	assert_true(check_all(w, st) > n);
	store_close(st);
	st = open_store(w);
	add_all(w, wr, 2, N, 3, 400);
	n = check_all(w, st);
	ok(writer_seal(wr, T0 + 2 * HELP_DAY, NULL, NULL, &err), &err);
	assert_int_equal(check_all(w, st), n);
	ok(writer_seal(wr, T0 + 9 * HELP_DAY, NULL, NULL, &err), &err);
	assert_int_equal(check_all(w, st), n);
	writer_close(wr);
	assert_int_equal(check_all(w, st), n);
	store_close(st);
	world_release(w);
	free(w);
}

/* Rows of a sealed day, again and again. */
static void
late_rows(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct writer *wr;
	struct store *st;
	struct err err;

	(void)state;
	world_init(w);
	wr = open_writer(w->path);
	add_all(w, wr, 0, N, 2, 500);
	ok(writer_seal(wr, T0 + 9 * HELP_DAY, NULL, NULL, &err), &err);
	st = open_store(w);
	assert_true(check_all(w, st) > 100);
	for (size_t from = 1; from < 13; from += 2) {
		add_all(w, wr, from, N, 12, 90);
		if (from == 3)
			assert_true(check_all(w, st) > 100);
		ok(writer_seal(wr, T0 + 9 * HELP_DAY, NULL, NULL, &err), &err);
		assert_true(check_all(w, st) > 100);
	}
	store_close(st);
	writer_close(wr);
	world_release(w);
	free(w);
}

/* A cursor goes on although its day is sealed under it. */
static void
sealed_while_read(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct writer *wr;
	struct store *st;
	struct store_cur *cur;
	struct arena a = { 0 };
	struct record rec;
	struct err err;
	size_t n = 0;
	int rc;

	(void)state;
	world_init(w);
	wr = open_writer(w->path);
	add_all(w, wr, 0, N, 1, 500);
	st = open_store(w);
	cur = store_find(st, NULL, 0, 0, 0, INT64_MAX, &err);
	assert_non_null(cur);
	while ((rc = store_next(cur, &a, &rec, &err)) == 1) {
		if (++n == 100)
			ok(writer_seal(wr, T0 + 9 * HELP_DAY, NULL, NULL, &err),
			    &err);
		arena_clear(&a);
	}
	ok(rc, &err);
	assert_int_equal(n, N);
	store_cur_close(cur);
	store_close(st);
	writer_close(wr);
	arena_release(&a);
	world_release(w);
	free(w);
}

static void
pruning(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct writer *wr;
	struct store *st;
	struct err err;
	uint64_t days = 0, records = 0, expect = 0;
	char name[4096];
	struct stat sb;

	(void)state;
	world_init(w);
	wr = open_writer(w->path);
	add_all(w, wr, 0, N, 1, 500);
	ok(writer_seal(wr, T0 + HELP_DAY, NULL, NULL, &err), &err);
	snprintf(name, sizeof(name), "%s/days/2026-01-02-2.db", w->path);
	assert_int_equal(stat(name, &sb), 0);
	st = open_store(w);
	for (size_t i = 0; i < N; i++)
		if (w->rec[i].t0_us < T0 + 2 * HELP_DAY) {
			w->in[i] = false;
			expect++;
		}
	ok(writer_prune(wr, T0 + 2 * HELP_DAY + 5000, &days, &records, &err),
	    &err);
	assert_int_equal(days, 2);
	assert_int_equal(records, expect);
	assert_int_equal(stat(name, &sb), -1);
	check_all(w, st);
	ok(writer_prune(wr, T0 + 2 * HELP_DAY, &days, &records, &err), &err);
	assert_int_equal(days, 0);
	writer_close(wr);
	wr = open_writer(w->path);
	check_all(w, st);
	store_close(st);
	writer_close(wr);
	world_release(w);
	free(w);
}

/* The world without a source: its events gone, records without any too. */
static void
drop_source(struct world *w, uint32_t src)
{
	for (size_t i = 0; i < N; i++) {
		struct record *r = &w->rec[i];
		size_t n = 0, had = r->n;

		for (size_t k = 0; k < r->n; k++)
			if (r->ev[k].at.src != src)
				r->ev[n++] = r->ev[k];
		if (n == had)
			continue;
		r->n = n;
		if (!n) {
			w->in[i] = false;
			continue;
		}
		r->flags = REC_FRAGMENT;
		r->t0_us = r->t1_us = r->ev[0].t_us;
		for (size_t k = 0; k < n; k++) {
			if (r->ev[k].t_us > r->t1_us)
				r->t1_us = r->ev[k].t_us;
			if (r->ev[k].flags & EVF_START)
				r->flags |= REC_START;
		}
	}
}

static void
replacing(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct writer_source *one, *two;
	struct writer *wr;
	struct store *st;
	struct err err;

	(void)state;
	world_init(w);
	wr = open_writer(w->path);
	one = writer_source_new(wr, STR("one.log"), STR("print 1"));
	two = writer_source_new(wr, STR("two.log"), STR("print 2"));
	assert_int_equal(one->id, 1);
	assert_int_equal(two->id, 2);
	two->done = 4711;
	writer_cover(wr, 2, STR("mx1"), MTA_POSTFIX, T0);
	writer_unknown(wr, 2, STR("what N"), STR("what 5"), 3);
	add_all(w, wr, 0, N, 1, 700);
	ok(writer_seal(wr, T0 + HELP_DAY, NULL, NULL, &err), &err);
	drop_source(w, 2);
	ok(writer_replace_source(wr, 2, &err), &err);
	assert_true(two->done == 0);
	st = open_store(w);
	check_all(w, st);
	drop_source(w, 1);
	ok(writer_replace_source(wr, 1, &err), &err);
	check_all(w, st);
	writer_close(wr);
	wr = open_writer(w->path);
	two = writer_source_find(wr, STR("print 2"));
	assert_non_null(two);
	assert_true(two->done == 0);
	check_all(w, st);
	store_close(st);
	writer_close(wr);
	world_release(w);
	free(w);
}

struct word {
	const char *w;
	size_t asked;
};

static bool
has_word(void *ctx, struct str v)
{
	struct word *w = ctx;

	w->asked++;
	return str_find(v, str_c(w->w)) >= 0;
}

static void
scans(void **state)
{
	static const struct {
		enum field f;
		const char *word;
	} cases[] = { { F_SUBJECT, "of 12" }, { F_SUBJECT, "no such" },
		{ F_REPLY, "queued as R3" }, { F_RELAY_NAME, "mx4" } };
	struct world *w = calloc(1, sizeof(*w));
	struct writer *wr;
	struct store *st;
	struct err err;

	(void)state;
	world_init(w);
	wr = open_writer(w->path);
	add_all(w, wr, 0, N, 1, 900);
	st = open_store(w);
	for (int round = 0; round < 2; round++) {
		for (size_t c = 0; c < 4; c++) {
			struct word word = { cases[c].word, 0 };
			struct arena a = { 0 };
			size_t expect = 0, n = 0;
			struct store_cur *cur =
			    store_scan(st, cases[c].f, has_word, &word,
				1 << REC_HOP, T0, T0 + 1900 * STEP, &err);
			struct record rec;

			for (size_t i = 0; i < N; i++) {
				struct ask q = { .kinds = 1 << REC_HOP,
					.t0 = T0,
					.t1 = T0 + 1900 * STEP };
				bool any = false;
				for (size_t k = 0; k < w->rec[i].n; k++)
					any = any ||
					      str_find(rev_get(&w->rec[i].ev[k],
							   cases[c].f),
						  str_c(cases[c].word)) >= 0;
				expect += any && is_answer(&q, &w->rec[i]);
			}
			while (store_next(cur, &a, &rec, &err) == 1) {
				assert_record(&rec, &w->rec[number_of(&rec)]);
				n++;
			}
			assert_int_equal(n, expect);
			assert_true(word.asked > 0);
			store_cur_close(cur);
			arena_release(&a);
		}
		ok(writer_seal(wr, T0 + 9 * HELP_DAY, NULL, NULL, &err), &err);
	}
	store_close(st);
	writer_close(wr);
	world_release(w);
	free(w);
}

static void
near_addresses(void **state)
{
	static const struct {
		const char *asked, *near; /* NULL: nothing near it */
	} cases[] = {
		{ "rcpt20@to0.tset", "rcpt20@to0.test" },
		{ "rcp20@to0.test", "rcpt20@to0.test" },
		{ "RCPT20@to0.org", "rcpt20@to0.test" },
		{ "user299@from5.tests", "user299@from5.test" },
		{ "nobody.at.all@else.where", NULL },
	};
	struct world *w = calloc(1, sizeof(*w));
	struct writer *wr;
	struct store *st;
	struct err err;

	(void)state;
	world_init(w);
	wr = open_writer(w->path);
	add_all(w, wr, 0, N, 1, 900);
	st = open_store(w);
	for (int round = 0; round < 2; round++) {
		for (size_t c = 0; c < 5; c++) {
			struct arena a = { 0 };
			struct str out[400];
			int n =
			    store_near(st, &a, str_c(cases[c].asked), out, 400);
			bool found = false;

			for (int i = 0; i < n; i++)
				found = found || (cases[c].near &&
						     str_eq(out[i],
							 str_c(cases[c].near)));
			if (found != (cases[c].near != NULL) ||
			    (!cases[c].near && n))
				fail_msg("near %s", cases[c].asked);
			assert_true(n <= 400);
			arena_release(&a);
		}
		ok(writer_seal(wr, T0 + 9 * HELP_DAY, NULL, NULL, &err), &err);
	}
	store_close(st);
	writer_close(wr);
	world_release(w);
	free(w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_all),
		cmocka_unit_test(late_rows),
		cmocka_unit_test(sealed_while_read),
		cmocka_unit_test(pruning),
		cmocka_unit_test(replacing),
		cmocka_unit_test(scans),
		cmocka_unit_test(near_addresses),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
