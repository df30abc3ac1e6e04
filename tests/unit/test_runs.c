/*
 * test_runs.c: tokens, postings, pages, merges and look-ups.
 */
#include "store_help.h"

#include "index/runs.h"

/* ---- tokens ---- */

static void
folding(void **state)
{
	static const struct {
		enum token_kind kind;
		const char *a, *b;
		bool same;
	} cases[] = {
		{ TOK_ADDR_FROM, "A@B.example", "a@b.EXAMPLE", true },
		{ TOK_ADDR_FROM, "a@b.example", "a@c.example", false },
		{ TOK_ADDR_TO, "longer.local.part@some.domain.example",
		    "LONGER.local.part@some.DOMAIN.example", true },
		{ TOK_MSGID, "<X1@y.test>", "x1@Y.test", true },
		{ TOK_MSGID, " <X1@y.test>", "<x1@Y.test", true },
		{ TOK_IP, "192.0.2.7", "::ffff:192.0.2.7", true },
		{ TOK_IP, "2001:DB8::1", "2001:db8:0:0::1", true },
		{ TOK_IP, "IPv6:2001:db8::1", "2001:db8::1", true },
		{ TOK_IP, "192.0.2.7", "192.0.2.8", false },
		{ TOK_NET, "192.0.2.7", "192.0.2.0/24", true },
		{ TOK_NET, "192.0.2.7", "192.0.3.0/24", false },
		{ TOK_NET, "2001:db8:1:2::3", "2001:db8:1::/48", true },
		{ TOK_RELAY, "MX.example", "mx.example", true },
		{ TOK_RELAY, "192.0.2.7", "::ffff:192.0.2.7", true },
		{ TOK_QID, "4hABC", "4habc", true },
		{ TOK_USER, "Joe", "joe", true },
	};
	unsigned char secret[TOKEN_SECRET] = "a test";
	struct token_key key;

	(void)state;
	token_key_init(&key, secret);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t a = token_hash(&key, cases[i].kind, str_c(cases[i].a));
		uint32_t b = token_hash(&key, cases[i].kind, str_c(cases[i].b));
		if ((a == b) != cases[i].same)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
}

static void
no_token(void **state)
{
	static const struct {
		enum token_kind kind;
		const char *v;
	} cases[] = {
		{ TOK_IP, "unknown" },
		{ TOK_IP, "" },
		{ TOK_IP, "1.2.3" },
		{ TOK_IP, "1.2.3.256" },
		{ TOK_IP, "1.2.3.4.5" },
		{ TOK_IP, ":" },
		{ TOK_NET, "192.0.2.0/25" },
		{ TOK_NET, "192.0.2.0/" },
		{ TOK_RELAY, "none" },
		{ TOK_RELAY, "Local" },
		{ TOK_RELAY, "" },
		{ TOK_MSGID, "<>" },
		{ TOK_ADDR_TO, "" },
		{ TOK_NONE, "x" },
	};
	char out[TOKEN_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (token_fold(cases[i].kind, str_c(cases[i].v), out).p)
			fail_msg("'%s' has a token", cases[i].v);
	assert_non_null(token_fold(TOK_ADDR_FROM, STR(""), out).p);
}

/* The same value under another kind or another secret is another hash. */
static void
keyed(void **state)
{
	unsigned char one[TOKEN_SECRET] = "one", two[TOKEN_SECRET] = "two";
	struct token_key k1, k2;

	(void)state;
	token_key_init(&k1, one);
	token_key_init(&k2, two);
	assert_true(token_hash(&k1, TOK_USER, STR("a@b.test")) !=
		    token_hash(&k1, TOK_ADDR_TO, STR("a@b.test")));
	assert_true(token_hash(&k1, TOK_USER, STR("a@b.test")) !=
		    token_hash(&k2, TOK_USER, STR("a@b.test")));
}

static bool
has(const struct record *rec, enum token_kind kind, const char *v)
{
	char out[TOKEN_MAX];
	struct str f = token_fold(kind, str_c(v), out);

	return f.p && token_in(rec, kind, f);
}

/* What a record is found by, and that hashing and looking agree on it. */
static void
of_record(void **state)
{
	struct str f[] = { STR("Ann@A.test"), STR("<b@B.test>,<c@c.test>"),
		STR("192.0.2.9"), STR("mx.test"), STR("R77") };
	struct rec_event ev = { .kind = EV_NOTE,
		.mask = UINT64_C(1) << F_FROM | UINT64_C(1) << F_RCPTS |
			UINT64_C(1) << F_CLIENT_IP |
			UINT64_C(1) << F_RELAY_NAME | UINT64_C(1) << F_QID2 };
	struct str in_order[5] = { f[4], f[0], f[1], f[2], f[3] };
	struct record rec = { .kind = REC_HOP,
		.qid = STR("Q1"),
		.n = 1,
		.ev = &ev };
	static const struct {
		enum token_kind kind;
		const char *v;
		bool in;
	} cases[] = {
		{ TOK_ADDR_FROM, "ann@a.test", true },
		{ TOK_DOM_FROM, "a.test", true },
		{ TOK_ADDR_TO, "ann@a.test", false },
		{ TOK_ADDR_TO, "B@b.test", true },
		{ TOK_ADDR_TO, "c@c.test", true },
		{ TOK_DOM_TO, "c.test", true },
		{ TOK_DOM_TO, "a.test", false },
		{ TOK_IP, "192.0.2.9", true },
		{ TOK_NET, "192.0.2.0/24", true },
		{ TOK_RELAY, "mx.test", true },
		{ TOK_QID, "Q1", true },
		{ TOK_QID, "R77", true },
		{ TOK_QID, "R7", false },
	};
	unsigned char secret[TOKEN_SECRET] = "x";
	struct postings p = { NULL, 0, 0 };
	struct token_key key;

	(void)state;
	ev.f = in_order;
	token_key_init(&key, secret);
	tokens_of(&key, &rec, 42, &p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t want =
		    (uint64_t)token_hash(&key, cases[i].kind, str_c(cases[i].v))
			<< 32 |
		    42;
		bool found = false;

		for (size_t k = 0; k < p.n; k++)
			found = found || p.p[k] == want;
		if (has(&rec, cases[i].kind, cases[i].v) != cases[i].in ||
		    found != cases[i].in)
			fail_msg("case %zu: %s", i, cases[i].v);
	}
	postings_release(&p);
}

/* ---- sorting ---- */

static int
by_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
add(struct postings *p, uint64_t v)
{
	if (p->n == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 64;
		p->p = realloc(p->p, p->cap * sizeof(*p->p));
	}
	p->p[p->n++] = v;
}

static void
sorting(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 100, 5000, 40000 };
	struct postings tmp = { NULL, 0, 0 };
	struct maker m = { .x = 7 };

	(void)state;
	for (size_t s = 0; s < 12; s++) {
		struct postings p = { NULL, 0, 0 }, q = { NULL, 0, 0 };
		size_t n = 0;

		for (size_t i = 0; i < sizes[s % 6]; i++) {
			uint64_t hash =
			    upto(&m, 3) ? next_rnd(&m) >> 32 : upto(&m, 5);
			/* or one kind of record after the other */
			uint64_t number =
			    s < 6 ? upto(&m, 3000) : i % (sizes[s % 6] / 3 + 1);
			uint64_t v = hash << 32 | number;

			add(&p, v);
			add(&q, v);
		}
		postings_sort(&p, &tmp);
		if (q.n)
			qsort(q.p, q.n, sizeof(*q.p), by_key);
		for (size_t i = 0; i < q.n; i++)
			if (!n || q.p[i] != q.p[n - 1])
				q.p[n++] = q.p[i];
		assert_int_equal(p.n, n);
		if (n)
			assert_memory_equal(p.p, q.p, n * sizeof(*p.p));
		postings_release(&p);
		free(q.p);
	}
	postings_release(&tmp);
}

/* ---- pages in a table ---- */

struct table {
	sqlite3 *db;
	sqlite3_stmt *insert, *look;
};

static void
table_open(struct table *t)
{
	assert_int_equal(sqlite3_open(":memory:", &t->db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(t->db,
			     "CREATE TABLE run(id INTEGER "
			     "PRIMARY KEY, body BLOB)",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	t->insert = db_prep(t->db, "INSERT INTO run VALUES(?,?)", NULL);
	t->look = db_prep(t->db, RUN_LOOKUP, NULL);
	assert_non_null(t->insert);
	assert_non_null(t->look);
}

static void
write_run(struct table *t, uint32_t run, const struct postings *p)
{
	struct run_table rt = { .insert = t->insert, .run = run };
	struct run_out o;
	struct err err;

	run_out_init(&o, 5000, 1 << 24, run_insert, &rt);
	for (size_t i = 0, k = 0; i < p->n; i += k) { /* in pieces */
		k = k % 7 + 1 < p->n - i ? k % 7 + 1 : p->n - i;
		assert_int_equal(run_put(&o, p->p + i, k, &err), 0);
	}
	assert_int_equal(run_finish(&o, &err), 0);
	assert_int_equal(o.postings, p->n);
}

static void
read_run(struct table *t, uint32_t run, struct postings *out)
{
	sqlite3_stmt *st = db_prep(t->db,
	    "SELECT id, body FROM run WHERE id "
	    ">= ? AND id < ? ORDER BY id",
	    NULL);
	int rc;

	sqlite3_bind_int64(st, 1, run_id(run, 0, 0));
	sqlite3_bind_int64(st, 2, run_id(run + 1, 0, 0));
	while (sqlite3_step(st) == SQLITE_ROW) {
		struct run_page pg;

		assert_true(sqlite3_column_bytes(st, 1) <= RUN_PAGE);
		run_page_init(&pg, run_id_hash(sqlite3_column_int64(st, 0)),
		    db_blob(st, 1));
		while ((rc = run_page_next(&pg)) == 1)
			add(out, (uint64_t)pg.hash << 32 | pg.number);
		assert_int_equal(rc, 0);
	}
	sqlite3_finalize(st);
}

/* Some hashes with one record, some with thousands that fill pages. */
static void
make_postings(struct maker *m, size_t n, struct postings *p)
{
	struct postings tmp = { NULL, 0, 0 };

	for (size_t i = 0; i < n; i++) {
		unsigned what = upto(m, 4);
		uint64_t hash = what == 0 ? 0x1234567 :
				what == 1 ? upto(m, 300) * UINT64_C(7000003) :
					    next_rnd(m) >> 32;

		add(p, (hash & 0xffffffff) << 32 |
			   (what == 0 && i % 2 ? i : next_rnd(m) >> 40));
	}
	add(p, UINT64_C(0xffffffff00000000) | 5);
	add(p, 0);
	postings_sort(p, &tmp);
	postings_release(&tmp);
}

static void
look_ups(void **state)
{
	struct maker m = { .x = 99 };
	struct postings p = { NULL, 0, 0 }, q = { NULL, 0, 0 };
	struct hits h = { NULL, 0 };
	struct table t;
	struct err err;

	(void)state;
	table_open(&t);
	make_postings(&m, 60000, &p);
	write_run(&t, 3, &p);
	write_run(&t, 4, &p); /* neighbours are not looked at */
	read_run(&t, 3, &q);
	assert_int_equal(q.n, p.n);
	assert_memory_equal(q.p, p.p, p.n * sizeof(*p.p));
	for (size_t i = 0; i < p.n;) {
		uint32_t hash = (uint32_t)(p.p[i] >> 32);
		size_t k = i, bits = 0;

		hits_init(&h, 1 << 24);
		assert_int_equal(run_lookup(t.look, 3, hash, &h, &err), 0);
		for (; k < p.n && p.p[k] >> 32 == hash; k++) {
			uint32_t no = (uint32_t)p.p[k];
			assert_true(h.bit[no / 64] >> (no & 63) & 1);
		}
		for (size_t w = 0; w < h.nword; w++)
			bits += (size_t)__builtin_popcountll(h.bit[w]);
		assert_int_equal(bits, k - i);
		for (i = k + upto(&m, 600);
		     i < p.n && i > k && p.p[i] >> 32 == p.p[i - 1] >> 32; i--)
			;
	}
	hits_init(&h, 1 << 24);
	assert_int_equal(run_lookup(t.look, 3, 0x1234568, &h, &err), 0);
	assert_int_equal(run_lookup(t.look, 2, 0x1234567, &h, &err), 0);
	assert_int_equal(run_lookup(t.look, 5, 0x1234567, &h, &err), 0);
	for (size_t w = 0; w < h.nword; w++)
		assert_true(h.bit[w] == 0);
	hits_release(&h);
	postings_release(&p);
	postings_release(&q);
	db_close(t.db);
}

static int
count_hash(void *ctx, uint32_t hash, struct err *err)
{
	uint64_t *c = ctx;

	(void)err;
	assert_true(c[0] == 0 || hash > c[1]);
	c[0]++;
	c[1] = hash;
	return 0;
}

/* Merging n runs is sorting all of them together. */
static void
merging(void **state)
{
	static const size_t inputs[] = { 1, 2, 3, 7, 8, 33 };
	struct maker m = { .x = 5 };

	(void)state;
	for (size_t c = 0; c < 6; c++) {
		struct postings all = { NULL, 0, 0 }, got = { NULL, 0, 0 };
		struct postings tmp = { NULL, 0, 0 }, mem = { NULL, 0, 0 };
		struct run_in in[RUN_MERGE_MAX] = { { NULL } };
		struct run_table rt;
		struct run_out o;
		struct table t;
		struct err err;
		uint64_t seen[2] = { 0, 0 }, hashes = 0;
		size_t n = inputs[c];

		table_open(&t);
		for (size_t i = 0; i < n; i++) {
			struct postings p = { NULL, 0, 0 };
			make_postings(&m, i % 3 ? 50 : 3000, &p);
			for (size_t k = 0; k < p.n; k++)
				add(&all, p.p[k]);
			if (i == 1) {
				mem = p;
				run_in_array(&in[i], &mem);
				continue;
			}
			write_run(&t, (uint32_t)i + 1, &p);
			assert_int_equal(run_in_table(&in[i], t.db,
					     (uint32_t)i + 1, NULL, &err),
			    0);
			postings_release(&p);
		}
		rt = (struct run_table){ .insert = t.insert, .run = 100 };
		run_out_init(&o, 5000, 1 << 24, run_insert, &rt);
		assert_int_equal(run_merge(in, n, &o, count_hash, seen, &err),
		    0);
		assert_int_equal(run_finish(&o, &err), 0);
		postings_sort(&all, &tmp);
		read_run(&t, 100, &got);
		assert_int_equal(got.n, all.n);
		assert_memory_equal(got.p, all.p, all.n * sizeof(*all.p));
		for (size_t i = 0; i < all.n; i++)
			hashes +=
			    i == 0 || all.p[i] >> 32 != all.p[i - 1] >> 32;
		assert_int_equal(seen[0], hashes);
		assert_int_equal(o.hashes, hashes);
		for (size_t i = 0; i < n; i++)
			run_in_release(&in[i]);
		postings_release(&all);
		postings_release(&got);
		postings_release(&tmp);
		postings_release(&mem);
		db_close(t.db);
	}
}

/* Numbers move with their group, or go. */
static void
mapping(void **state)
{
	struct postings p = { NULL, 0, 0 }, got = { NULL, 0, 0 };
	uint32_t base[] = { REMAP_DROP, 1280, REMAP_DROP, 2560 };
	struct remap map = { base, 4 };
	struct run_in in = { NULL };
	struct run_table rt;
	struct run_out o;
	struct table t;
	struct err err;

	(void)state;
	table_open(&t);
	for (uint64_t g = 1; g < 4; g++)
		add(&p, UINT64_C(77) << 32 | (g * 128 + g));
	write_run(&t, 1, &p);
	assert_int_equal(run_in_table(&in, t.db, 1, &map, &err), 0);
	rt = (struct run_table){ .insert = t.insert, .run = 9 };
	run_out_init(&o, 5000, 1 << 24, run_insert, &rt);
	assert_int_equal(run_merge(&in, 1, &o, NULL, NULL, &err), 0);
	assert_int_equal(run_finish(&o, &err), 0);
	read_run(&t, 9, &got);
	assert_int_equal(got.n, 2);
	assert_true(got.p[0] == (UINT64_C(77) << 32 | 1281));
	assert_true(got.p[1] == (UINT64_C(77) << 32 | 2563));
	run_in_release(&in);
	base[3] = 0;
	map.n = 3; /* a number the map does not know is damage */
	assert_int_equal(run_in_table(&in, t.db, 1, &map, &err), 0);
	run_out_init(&o, 5000, 1 << 24, run_insert, &rt);
	assert_int_equal(run_merge(&in, 1, &o, NULL, NULL, &err), -1);
	run_in_release(&in);
	postings_release(&p);
	postings_release(&got);
	db_close(t.db);
}

/* No page of any bytes makes the reader leave it. */
static void
hostile_pages(void **state)
{
	struct maker m = { .x = 3 };
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t len = upto(&m, 60);
		char *p = malloc(len ? len : 1);
		struct run_page pg;

		for (size_t k = 0; k < len; k++)
			p[k] = (char)(upto(&m, 2) ? next_rnd(&m) : 0);
		run_page_init(&pg, 1, str_make(p, len));
		while (run_page_next(&pg) == 1)
			assert_true(++n < 20000 * 60);
		/* several at once: the same ones */
		{
			uint64_t key[50];
			struct run_page one;
			size_t got;

			run_page_init(&pg, 1, str_make(p, len));
			run_page_init(&one, 1, str_make(p, len));
			do {
				got = run_page_keys(&pg, key, 50);
				for (size_t k = 0; k < got; k++) {
					assert_int_equal(run_page_next(&one),
					    1);
					assert_int_equal(key[k] >> 32,
					    one.hash);
					assert_int_equal((uint32_t)key[k],
					    one.number);
				}
			} while (got == 50);
			assert_int_equal(run_page_next(&one), pg.bad ? -1 : 0);
		}
		free(p);
	}
	assert_true(n > 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(folding),
		cmocka_unit_test(no_token),
		cmocka_unit_test(keyed),
		cmocka_unit_test(of_record),
		cmocka_unit_test(sorting),
		cmocka_unit_test(look_ups),
		cmocka_unit_test(merging),
		cmocka_unit_test(mapping),
		cmocka_unit_test(hostile_pages),
	};

	return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
