/*
 * runs.c: writing, reading and looking up runs.  Sorting what goes into them
 * is in postings.c, merging in run_merge.c.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/runs.h"
#include "base/banned.h"

enum {
	POSTING_MAX = 12, /* bytes: 1 + 53 bits for a hash, 32, a byte */
	PAGE_COUNT = 65535,
	WORD_BITS = 57, /* of eight bytes, wherever in the first they begin */
};

/* ---- writing ---- */

static inline unsigned
bits_of(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* The low bits of a Rice code for distances of that mean. */
static inline unsigned
rice_bits(uint64_t mean)
{
	return mean > 1 ? bits_of(mean * 7 / 10) - (mean > 2) : 0;
}

/* Distances in a list are thought to be as those before them. */
static inline uint32_t
first_mean(unsigned w)
{
	return w > 2 ? 16u << (w - 2 > 24 ? 24 : w - 2) : 16;
}

/* Quotients of a hash that comes in one word with its number: all below. */
static inline unsigned
short_hash(unsigned k, unsigned w)
{
	unsigned used = 2 + k + w; /* and as many as the quotient is */

	if (used >= WORD_BITS)
		return 0;
	return WORD_BITS - used < RICE_LONG ? WORD_BITS - used : RICE_LONG;
}

void
run_out_init(struct run_out *o, uint64_t hashes, uint64_t numbers,
    run_sink sink, void *ctx)
{
	o->sink = sink;
	o->ctx = ctx;
	o->postings = o->hashes = o->pages = 0;
	o->first = o->part = 0;
	o->k = rice_bits((UINT64_C(1) << 32) / (hashes ? hashes : 1));
	if (o->k > 31)
		o->k = 31;
	o->w = bits_of(numbers);
	if (o->w > 32)
		o->w = 32;
	o->at = (struct run_at){ .bit = 8 * RUN_HEAD };
	o->page[RUN_HEAD] = 0;
}

/* At most 57 bits.  What follows them in the last byte is 0, which the next
 * ones rely on. */
static inline void
put_bits(size_t *bit, unsigned char *page, uint64_t v, unsigned n)
{
	unsigned char *p = page + *bit / 8;

	v = v << (*bit & 7) | *p;
	memcpy(p, &v, 8);
	*bit += n;
}

/* A Rice code behind `head`, a bit. */
static inline void
put_rice(size_t *bit, unsigned char *page, unsigned head, uint32_t v,
    unsigned k)
{
	uint32_t q = v >> k, low = v & ((UINT32_C(1) << k) - 1);

	if (q >= RICE_LONG) {
		put_bits(bit, page, head | UINT64_C(2) << RICE_LONG,
		    RICE_LONG + 2);
		put_bits(bit, page, v, 32);
		return;
	}
	put_bits(bit, page, (2 * (uint64_t)low + 1) << (q + 1) | head,
	    q + k + 2);
}

static inline uint32_t
next_mean(uint32_t mean, uint32_t distance)
{
	uint64_t d = distance > 1 << 26 ? 1 << 26 : distance;

	return (uint32_t)((3 * (uint64_t)mean + 16 * d) / 4);
}

static int
page_done(struct run_out *o, struct err *err)
{
	struct run_at *a = &o->at;
	size_t n = (a->bit + 7) / 8;

	o->page[0] = (unsigned char)o->k;
	o->page[1] = (unsigned char)o->w;
	o->page[2] = (unsigned char)(a->count & 255);
	o->page[3] = (unsigned char)(a->count >> 8);
	o->pages++;
	a->count = 0;
	a->bit = 8 * RUN_HEAD;
	if (o->sink(o->ctx, o->first, o->part,
		str_make((const char *)o->page, n), err) < 0)
		return -1;
	o->page[RUN_HEAD] = 0;
	return 0;
}

/* The first posting of a page. */
static int
begin_page(struct run_out *o, uint64_t key, struct err *err)
{
	struct run_at *a = &o->at;
	uint32_t hash = (uint32_t)(key >> 32);
	bool again = hash == a->hash && o->postings;

	if (!again)
		o->part = 0;
	else
		o->part = o->first == hash ? o->part + 1 : 1;
	if (o->part >> RUN_PART_BITS)
		return err_set(err, "too many records with one key");
	o->first = hash;
	o->hashes += !again;
	put_bits(&a->bit, o->page, UINT64_C(1), 1 + o->k); /* distance 0 */
	put_bits(&a->bit, o->page, (uint32_t)key, o->w);
	a->mean = first_mean(o->w);
	a->hash = hash;
	a->number = (uint32_t)key;
	a->count = 1;
	return 0;
}

/* Keys that are sure to fit behind the first of the page. */
static void
fill_page(struct run_out *o, const uint64_t *key, size_t n)
{
	struct run_at a = o->at; /* here, where no page can be its alias */
	unsigned char *page = o->page;
	const unsigned k = o->k, w = o->w, most = short_hash(k, w);
	const uint32_t mean1 = first_mean(w);
	size_t again = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t hash = (uint32_t)(key[i] >> 32);
		uint32_t number = (uint32_t)key[i], d = hash - a.hash;

		if (!d) {
			d = number - a.number;
			put_rice(&a.bit, page, 1, d, rice_bits(a.mean / 16));
			a.mean = next_mean(a.mean, d);
			again++;
		} else if (d >> k < most) { /* all of it at once */
			uint64_t low = d & ((UINT64_C(1) << k) - 1);

			d >>= k;
			low |= (uint64_t)number << k;
			put_bits(&a.bit, page, (2 * low + 1) << (d + 1),
			    2 + d + k + w);
			a.mean = mean1;
		} else {
			put_rice(&a.bit, page, 0, d, k);
			put_bits(&a.bit, page, number, w);
			a.mean = mean1;
		}
		a.hash = hash;
		a.number = number;
	}
	a.count += (unsigned)n;
	o->at = a;
	o->hashes += n - again;
}

static int
out_of_range(const struct run_out *o, const uint64_t *key, struct err *err)
{
	while (!((uint32_t)*key >> o->w))
		key++;
	return err_set(err, "record number %u is out of range", (uint32_t)*key);
}

int
run_put(struct run_out *o, const uint64_t *key, size_t n, struct err *err)
{
	struct run_at *a = &o->at;
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all |= key[i];
	if (o->w < 32 && (uint32_t)all >> o->w)
		return out_of_range(o, key, err);
	for (size_t most = 1; n; key += most, n -= most, o->postings += most) {
		size_t end = a->bit / 8 + POSTING_MAX;

		if (a->count && (end > RUN_PAGE || a->count == PAGE_COUNT) &&
		    page_done(o, err) < 0)
			return -1;
		most = 1;
		if (!a->count) {
			if (begin_page(o, *key, err) < 0)
				return -1;
			continue;
		}
		most += (RUN_PAGE - end) / POSTING_MAX;
		if (most > PAGE_COUNT - a->count)
			most = PAGE_COUNT - a->count;
		if (most > n)
			most = n;
		fill_page(o, key, most);
	}
	return 0;
}

int
run_finish(struct run_out *o, struct err *err)
{
	return o->at.count ? page_done(o, err) : 0;
}

int
run_insert(void *ctx, uint32_t hash, uint32_t part, struct str body,
    struct err *err)
{
	struct run_table *t = ctx;

	sqlite3_bind_int64(t->insert, 1, run_id(t->run, hash, part));
	db_bind(t->insert, 2, body);
	t->bytes += body.n;
	return db_run(t->insert, err);
}

/* ---- reading ---- */

void
run_page_init(struct run_page *pg, uint32_t first_hash, struct str body)
{
	const unsigned char *p = (const unsigned char *)body.p;

	*pg = (struct run_page){ .hash = first_hash };
	if (body.n < RUN_HEAD || p[0] > 31 || p[1] > 32) {
		pg->bad = true;
		return;
	}
	pg->k = p[0];
	pg->w = p[1];
	pg->left = p[2] | (unsigned)p[3] << 8;
	pg->p = p + RUN_HEAD;
	pg->n = body.n - RUN_HEAD;
	pg->words = pg->n >= 8 ? 8 * (pg->n - 7) : 0;
}

static inline uint64_t
page_word(const struct run_page *pg, size_t bit)
{
	return str_load8((const char *)pg->p + bit / 8) >> (bit & 7);
}

/* The next bits, WORD_BITS of them unless the page ends before. */
static uint64_t
look(const struct run_page *pg, unsigned *have)
{
	size_t at = pg->bit / 8;
	unsigned n = 0;
	uint64_t v = 0;

	*have = WORD_BITS;
	if (pg->bit < pg->words)
		return page_word(pg, pg->bit);
	for (; at < pg->n; at++, n += 8)
		v |= (uint64_t)pg->p[at] << n;
	*have = n ? n - (unsigned)(pg->bit & 7) : 0;
	return v >> (pg->bit & 7);
}

static uint32_t
get_bits(struct run_page *pg, unsigned n)
{
	unsigned have;
	uint64_t v = look(pg, &have);

	if (n > have) {
		pg->bad = true;
		return 0;
	}
	pg->bit += n;
	return (uint32_t)(v & ((UINT64_C(1) << n) - 1));
}

static uint32_t
get_rice(struct run_page *pg, unsigned k)
{
	unsigned have, q;
	uint64_t v = look(pg, &have);

	q = v ? (unsigned)__builtin_ctzll(v) : 64;
	if (q > RICE_LONG || q >= have) {
		pg->bad = true;
		return 0;
	}
	pg->bit += q + 1;
	if (q == RICE_LONG)
		return get_bits(pg, 32);
	return q << k | get_bits(pg, k);
}

int
run_page_next(struct run_page *pg)
{
	uint32_t d;
	bool again;

	if (pg->bad)
		return -1;
	if (!pg->left)
		return 0;
	pg->left--;
	again = pg->started && get_bits(pg, 1);
	pg->started = true;
	if (again) {
		d = get_rice(pg, rice_bits(pg->mean / 16));
		pg->number += d;
		pg->mean = next_mean(pg->mean, d);
	} else {
		pg->hash += get_rice(pg, pg->k);
		pg->number = get_bits(pg, pg->w);
		pg->mean = first_mean(pg->w);
	}
	return pg->bad ? -1 : 1;
}

/*
 * Over postings of hashes below one, `max` at most, as far as a word at a time
 * will do: what is left is for run_page_next().  Keys go to `key`, when set.
 */
static inline __attribute__((always_inline)) size_t
pass(struct run_page *pg, uint64_t *key, size_t max, uint64_t below)
{
	struct run_page at = *pg;
	const unsigned short_q = short_hash(at.k, at.w);
	const uint32_t mean1 = first_mean(at.w);
	size_t n = 0;

	if (max > at.left)
		max = at.left;
	if (!at.started || at.hash >= below)
		return 0;
	while (n < max && at.bit < at.words) {
		uint64_t x = page_word(&at, at.bit), rest = x >> 1;
		/* 64 would be too many: a bit that says as much */
		unsigned q = (unsigned)__builtin_ctzll(
		    rest | UINT64_C(1) << (RICE_LONG + 1));

		rest >>= q + 1;
		if (x & 1) {
			unsigned k = rice_bits(at.mean / 16);
			uint32_t d;

			if (q >= RICE_LONG)
				break;
			d = q << k |
			    (uint32_t)(rest & ((UINT64_C(1) << k) - 1));
			at.number += d;
			at.mean = next_mean(at.mean, d);
			at.bit += 2 + q + k;
		} else {
			uint32_t d =
			    q << at.k |
			    (uint32_t)(rest & ((UINT64_C(1) << at.k) - 1));

			if (q >= short_q || at.hash + (uint64_t)d >= below)
				break;
			at.hash += d;
			at.number = (uint32_t)(rest >> at.k &
					       ((UINT64_C(1) << at.w) - 1));
			at.mean = mean1;
			at.bit += 2 + q + at.k + at.w;
		}
		if (key)
			key[n] = (uint64_t)at.hash << 32 | at.number;
		n++;
	}
	at.left -= (unsigned)n;
	*pg = at;
	return n;
}

size_t
run_page_keys(struct run_page *pg, uint64_t *key, size_t max)
{
	size_t n = 0;

	while (n < max) {
		n += pass(pg, key + n, max - n, UINT64_MAX);
		if (n == max || run_page_next(pg) != 1)
			break;
		key[n++] = (uint64_t)pg->hash << 32 | pg->number;
	}
	return n;
}

/* ---- looking up ---- */

void
hits_init(struct hits *h, size_t numbers)
{
	size_t nword = numbers / 64 + 1;

	if (nword > h->nword) {
		free(h->bit);
		h->bit = xcalloc(nword, sizeof(*h->bit));
	} else {
		memset(h->bit, 0, nword * sizeof(*h->bit));
	}
	h->nword = nword;
}

void
hits_release(struct hits *h)
{
	free(h->bit);
	*h = (struct hits){ 0 };
}

int
run_lookup(sqlite3_stmt *st, uint32_t run, uint32_t hash, struct hits *h,
    struct err *err)
{
	int64_t low = run_id(run, hash, 0);
	int rc;

	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, low);
	sqlite3_bind_int64(st, 2, low | ((1 << RUN_PART_BITS) - 1));
	while ((rc = db_step(st, err)) == 1) {
		int64_t id = sqlite3_column_int64(st, 0);
		struct run_page pg;
		int more;

		if (id < run_id(run, 0, 0)) /* the end of the run before */
			continue;
		run_page_init(&pg, run_id_hash(id), db_blob(st, 1));
		do {
			if (!pg.bad)
				pass(&pg, NULL, SIZE_MAX, hash);
			more = run_page_next(&pg);
			if (more == 1 && pg.hash == hash)
				hits_set(h, pg.number);
		} while (more == 1 && pg.hash <= hash);
		if (more < 0) {
			rc = err_set(err, "'%s' is damaged: bad page of a run",
			    sqlite3_db_filename(sqlite3_db_handle(st), "main"));
			break;
		}
	}
	sqlite3_reset(st);
	return rc;
}
