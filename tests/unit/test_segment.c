/*
 * test_segment.c: groups give back what went in, and no damage breaks them.
 */
#include "store_help.h"

#include "index/seg_pack.h"
#include "index/segment.h"

struct group {
	struct buf sec[SEG_SECTIONS];
	struct str in[SEG_SECTIONS];
};

static void
group_init(struct group *g)
{
	for (int k = 0; k < SEG_SECTIONS; k++)
		buf_init(&g->sec[k], SIZE_MAX / 2);
}

static void
group_release(struct group *g)
{
	for (int k = 0; k < SEG_SECTIONS; k++)
		buf_release(&g->sec[k]);
}

static void
finish(struct seg_enc *enc, struct group *g)
{
	struct err err;

	assert_int_equal(seg_enc_finish(enc, g->sec, &err), 0);
	for (int k = 0; k < SEG_SECTIONS; k++)
		g->in[k] = buf_str(&g->sec[k]);
}

/* Records from..from + n - 1, of one kind. */
static void
fill(struct seg_enc *enc, struct maker *m, struct record *rec, uint64_t from,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		make_record(m, from + i, 37000, &rec[i]);
		rec[i].kind = REC_HOP;
		seg_enc_add(enc, &rec[i]);
	}
}

static void
round_trip(void **state)
{
	static const size_t sizes[] = { 1, 2, 17, 127, 128 };
	struct seg_enc *enc = seg_enc_new();
	struct seg_dec *dec = seg_dec_new();
	struct record rec[SEG_RECORDS];
	struct group g;
	struct err err;

	(void)state;
	group_init(&g);
	for (size_t s = 0; s < 5; s++)
		for (uint64_t from = 0; from < 3000; from += 611) {
			struct maker m = { .x = 0 };
			struct seg *seg;

			seg_enc_clear(enc);
			fill(enc, &m, rec, from, sizes[s]);
			assert_int_equal(seg_enc_count(enc), sizes[s]);
			finish(enc, &g);
			seg = seg_decode(dec, g.in, &err);
			assert_non_null(seg);
			assert_int_equal(seg_count(seg), sizes[s]);
			for (size_t i = 0; i < sizes[s]; i++)
				assert_record(seg_record(seg, i), &rec[i]);
			seg_free(seg);
			arena_release(&m.a);
		}
	group_release(&g);
	seg_enc_free(enc);
	seg_dec_free(dec);
}

/* Any choice of records is what it is in the whole group. */
static void
some_of_them(void **state)
{
	struct seg_enc *enc = seg_enc_new();
	struct seg_dec *dec = seg_dec_new();
	struct record rec[SEG_RECORDS];
	struct maker m = { .x = 0 };
	struct group g;
	struct err err;

	(void)state;
	group_init(&g);
	fill(enc, &m, rec, 50, SEG_RECORDS);
	finish(enc, &g);
	for (unsigned round = 0; round < 300; round++) {
		uint64_t want[2] = { 0, 0 };
		size_t n = round % 5 == 4 ? 40 : round % 5;
		struct seg *seg;

		for (size_t i = 0; i < n; i++) {
			size_t at = next_rnd(&m) % SEG_RECORDS;

			want[at / 64] |= UINT64_C(1) << (at & 63);
		}
		seg = seg_decode_some(dec, g.in, want, &err);
		assert_non_null(seg);
		assert_int_equal(seg_count(seg), SEG_RECORDS);
		for (size_t i = 0; i < SEG_RECORDS; i++) {
			assert_int_equal(seg_has(seg, i),
			    want[i / 64] >> (i & 63) & 1);
			if (seg_has(seg, i))
				assert_record(seg_record(seg, i), &rec[i]);
		}
		seg_free(seg);
	}
	arena_release(&m.a);
	group_release(&g);
	seg_enc_free(enc);
	seg_dec_free(dec);
}

/* A group can be written while it is filled: each state is whole. */
static void
growing(void **state)
{
	struct seg_enc *enc = seg_enc_new();
	struct seg_dec *dec = seg_dec_new();
	struct record rec[SEG_RECORDS];
	struct maker m = { .x = 0 };
	struct group g;
	struct err err;

	(void)state;
	group_init(&g);
	for (size_t n = 0; n < 60; n++) {
		struct seg *seg;

		fill(enc, &m, rec + n, n, 1);
		finish(enc, &g);
		seg = seg_decode(dec, g.in, &err);
		assert_non_null(seg);
		assert_int_equal(seg_count(seg), n + 1);
		for (size_t i = 0; i <= n; i++)
			assert_record(seg_record(seg, i), &rec[i]);
		seg_free(seg);
	}
	arena_release(&m.a);
	group_release(&g);
	seg_enc_free(enc);
	seg_dec_free(dec);
}

static void
times_of_whole_seconds(void **state)
{
	struct seg_enc *enc = seg_enc_new();
	struct seg_dec *dec = seg_dec_new();
	struct maker m = { .x = 0 };
	struct group g;
	struct record rec;
	struct err err;
	struct seg *seg;

	(void)state;
	group_init(&g);
	for (int i = 0; i < 3; i++) {
		static const int64_t t[] = { -5000000, 1767225600000000, 0 };
		make_record(&m, 1, 0, &rec);
		rec.kind = REC_HOP;
		rec.t0_us = rec.t1_us = t[i];
		for (size_t k = 0; k < rec.n; k++)
			rec.t1_us = rec.ev[k].t_us =
			    t[i] + (int64_t)k * 1000000;
		seg_enc_clear(enc);
		seg_enc_add(enc, &rec);
		assert_true(seg_enc_t0(enc) == rec.t0_us);
		assert_true(seg_enc_t1(enc) == rec.t1_us);
		finish(enc, &g);
		seg = seg_decode(dec, g.in, &err);
		assert_non_null(seg);
		assert_record(seg_record(seg, 0), &rec);
		seg_free(seg);
	}
	arena_release(&m.a);
	group_release(&g);
	seg_enc_free(enc);
	seg_dec_free(dec);
}

struct texts {
	const struct record *rec;
	size_t seen, last;
};

static void
on_subject(void *ctx, size_t at, struct str text)
{
	struct texts *t = ctx;
	bool found = false;

	for (size_t i = 0; i < t->rec[at].n && !found; i++)
		found = rev_has(&t->rec[at].ev[i], F_SUBJECT) &&
			str_eq(rev_get(&t->rec[at].ev[i], F_SUBJECT), text);
	assert_true(found);
	assert_true(at >= t->last);
	t->last = at;
	t->seen++;
}

static void
on_address(void *ctx, size_t at, struct str text)
{
	(void)at;
	if (str_eq(text, STR("rcpt20@to0.test")))
		++*(int *)ctx;
}

/* Each record's subject is seen by a scan of one section alone. */
static void
scans(void **state)
{
	struct seg_enc *enc = seg_enc_new();
	struct seg_dec *dec = seg_dec_new();
	struct record rec[SEG_RECORDS];
	struct maker m = { .x = 0 };
	struct texts t = { rec, 0, 0 };
	size_t with = 0;
	int address = 0;
	struct group g;
	struct err err;

	(void)state;
	group_init(&g);
	fill(enc, &m, rec, 0, SEG_RECORDS);
	finish(enc, &g);
	for (size_t i = 0; i < SEG_RECORDS; i++) {
		struct str last = STR_NONE;
		for (size_t k = 0; k < rec[i].n; k++) {
			struct str v = rev_get(&rec[i].ev[k], F_SUBJECT);
			if (v.p && (!last.p || !str_eq(v, last)))
				with++;
			if (v.p)
				last = v;
		}
	}
	assert_int_equal(seg_subjects(dec, g.in[SEG_SUBJ], on_subject, &t,
			     &err),
	    0);
	assert_int_equal(t.seen, with);
	assert_int_equal(seg_addresses(dec, g.in[SEG_ADDR], on_address,
			     &address, &err),
	    0);
	assert_int_equal(address, 1);
	arena_release(&m.a);
	group_release(&g);
	seg_enc_free(enc);
	seg_dec_free(dec);
}

static void
count(void *ctx, size_t at, struct str text)
{
	(void)at;
	(void)text;
	++*(size_t *)ctx;
}

/* Cut and changed sections are refused or give some records, never worse. */
static void
damage(void **state)
{
	struct seg_enc *enc = seg_enc_new();
	struct seg_dec *dec = seg_dec_new();
	struct record rec[40];
	struct maker m = { .x = 0 };
	size_t n = 0, refused = 0, tried = 0;
	struct group g;
	struct err err;

	(void)state;
	group_init(&g);
	fill(enc, &m, rec, 0, 40);
	finish(enc, &g);
	for (int k = 0; k < SEG_SECTIONS; k++) {
		struct str whole = g.in[k];

		for (size_t at = 0; at < whole.n; at += 1 + whole.n / 90) {
			struct seg *seg;

			g.in[k] = str_head(whole, at);
			seg = seg_decode(dec, g.in, &err);
			refused += !seg;
			tried++;
			seg_free(seg);
			seg_subjects(dec, g.in[SEG_SUBJ], count, &n, &err);
			seg_addresses(dec, g.in[SEG_ADDR], count, &n, &err);
			g.in[k] = whole;
			((char *)(uintptr_t)whole.p)[at] ^= 0x55;
			seg = seg_decode(dec, g.in, &err);
			refused += !seg;
			tried++;
			seg_free(seg);
			seg_subjects(dec, g.in[SEG_SUBJ], count, &n, &err);
			((char *)(uintptr_t)whole.p)[at] ^= 0x55;
		}
	}
	/* a checksum stands behind every section */
	assert_true(refused > tried * 95 / 100);
	arena_release(&m.a);
	group_release(&g);
	seg_enc_free(enc);
	seg_dec_free(dec);
}

static void
put_row(struct buf *row, const struct record *rec)
{
	rec_put_header(row, rec);
	for (size_t i = 0; i < rec->n; i++)
		rec_put_rev(row, &rec->ev[i]);
}

/* Damage with the right checksums: by somebody who means it. */
static void
forged(void **state)
{
	static const uint64_t whole[2] = { UINT64_MAX, UINT64_MAX };
	static const uint64_t few[2] = { 1 << 9 | 1 << 20, 0 };
	struct seg_enc *enc = seg_enc_new();
	struct seg_dec *dec = seg_dec_new();
	struct pack *packer = pack_new();
	struct record rec[40];
	struct maker m = { .x = 0 };
	struct buf raw, forged;
	size_t decoded = 0;
	struct group g;
	struct err err;

	(void)state;
	group_init(&g);
	buf_init(&raw, SIZE_MAX / 2);
	buf_init(&forged, SIZE_MAX / 2);
	fill(enc, &m, rec, 0, 40);
	finish(enc, &g);
	for (unsigned round = 0; round < 6000; round++) {
		unsigned k = round % SEG_SECTIONS;
		struct str was = g.in[k], plain;
		struct seg *seg;

		if (!was.n)
			continue;
		if (k == SEG_BIN)
			assert_int_equal(unpack_stored(was, &plain, &err), 0);
		else
			assert_int_equal(seg_unpack(dec, was, &plain, &err), 0);
		buf_clear(&raw);
		buf_add(&raw, plain);
		for (size_t i = 0; i < 1 + round / 6 % 4; i++)
			raw.p[next_rnd(&m) % raw.n] = (char)next_rnd(&m);
		buf_clear(&forged);
		if (k == SEG_BIN)
			pack_stored(buf_str(&raw), &forged, &err);
		else
			pack(packer, buf_str(&raw), &forged, &err);
		g.in[k] = buf_str(&forged);
		seg = seg_decode_some(dec, g.in, round & 8 ? few : whole, &err);
		for (size_t i = 0; seg && i < seg_count(seg); i++) {
			struct buf row = BUF_INIT(1 << 24);

			if (seg_has(seg, i)) /* reads all of it */
				put_row(&row, seg_record(seg, i));
			buf_release(&row);
		}
		decoded += seg != NULL;
		seg_free(seg);
		g.in[k] = was;
	}
	assert_true(decoded > 0);
	buf_release(&raw);
	buf_release(&forged);
	pack_free(packer);
	arena_release(&m.a);
	group_release(&g);
	seg_enc_free(enc);
	seg_dec_free(dec);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(some_of_them),
		cmocka_unit_test(growing),
		cmocka_unit_test(times_of_whole_seconds),
		cmocka_unit_test(scans),
		cmocka_unit_test(damage),
		cmocka_unit_test(forged),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
