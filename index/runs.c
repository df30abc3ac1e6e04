/*
 * runs.c: sorting postings, writing, reading and looking up runs.
 * Merging is in run_merge.c.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/runs.h"
#include "base/banned.h"

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS, HASH_BITS = 32 };

void
postings_release(struct postings *p)
{
	free(p->p);
	*p = (struct postings){ 0 };
}

static int
by_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Numbers under one hash: they mostly ascend already. */
static void
sort_numbers(uint64_t *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (p[i] < p[i - 1]) {
			qsort(p, n, sizeof(*p), by_key);
			return;
		}
}

static void
radix_pass(const uint64_t *from, uint64_t *to, size_t n, int shift)
{
	size_t at[RADIX] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[from[i] >> shift & (RADIX - 1)]++;
	for (size_t i = 0; i < RADIX; i++) {
		size_t c = at[i];
		at[i] = sum;
		sum += c;
	}
	for (size_t i = 0; i < n; i++)
		to[at[from[i] >> shift & (RADIX - 1)]++] = from[i];
}

void
postings_sort(struct postings *p, struct postings *tmp)
{
	uint64_t *a, *b;
	size_t n = 0;

	if (p->n < RADIX / 4) {
		if (p->n)
			qsort(p->p, p->n, sizeof(*p->p), by_key);
	} else {
		if (tmp->cap < p->cap) {
			free(tmp->p);
			tmp->p = xmalloc(p->cap * sizeof(*tmp->p));
			tmp->cap = p->cap;
		}
		a = p->p;
		b = tmp->p;
		for (int shift = 32; shift < 32 + HASH_BITS;
		     shift += RADIX_BITS) {
			uint64_t *c = a;
			radix_pass(a, b, p->n, shift);
			a = b;
			b = c;
		}
		if (a != p->p) { /* an odd number of passes */
			size_t cap = p->cap;
			tmp->p = p->p;
			p->p = a;
			p->cap = tmp->cap;
			tmp->cap = cap;
		}
		for (size_t i = 0, k; i < p->n; i = k) {
			for (k = i + 1; k < p->n &&
			    p->p[k] >> 32 == p->p[i] >> 32; k++)
				;
			if (k - i > 1)
				sort_numbers(p->p + i, k - i);
		}
	}
	for (size_t i = 0; i < p->n; i++)
		if (n == 0 || p->p[i] != p->p[n - 1])
			p->p[n++] = p->p[i];
	p->n = n;
}

/* ---- writing ---- */

void
run_out_init(struct run_out *o, run_sink sink, void *ctx)
{
	*o = (struct run_out){ .sink = sink, .ctx = ctx };
}

static inline size_t
put_uvar(unsigned char *p, uint64_t v)
{
	size_t n = 0;

	while (v >= 128) {
		p[n++] = (unsigned char)(v | 128);
		v >>= 7;
	}
	p[n++] = (unsigned char)v;
	return n;
}

static int
page_done(struct run_out *o, struct err *err)
{
	struct str body;

	if (o->many)
		o->page[o->n++] = 0;
	body = str_make((const char *)o->page, o->n);
	o->pages++;
	o->n = 0;
	o->open = o->many = false;
	return o->sink(o->ctx, o->first, o->part, body, err);
}

int
run_put(struct run_out *o, uint64_t key, struct err *err)
{
	uint32_t hash = (uint32_t)(key >> 32), number = (uint32_t)key;
	bool again = o->postings && hash == o->hash;

	o->postings++;
	o->hashes += !again;
	/* the most that follows: hash 5, number 5, end of a list 1 */
	if (o->open && o->n + 12 > RUN_PAGE) {
		if (page_done(o, err) < 0)
			return -1;
		o->part = again && o->first == hash ? o->part + 1 : 0;
		if (again && !o->part)
			o->part = 1;
		if (o->part >> RUN_PART_BITS)
			return err_set(err, "too many records with one key");
	} else if (o->open && again) {
		if (!o->many) {
			o->page[o->flag_at] |= 1;
			o->many = true;
		}
		o->n += put_uvar(o->page + o->n, number - o->number);
		o->number = number;
		return 0;
	}
	if (!o->open) {
		o->first = o->hash = hash;
		o->open = true;
	}
	if (!again && o->n == 0)
		o->part = 0;
	if (o->many) {
		o->page[o->n++] = 0;
		o->many = false;
	}
	o->flag_at = o->n;
	o->n += put_uvar(o->page + o->n, (uint64_t)(hash - o->hash) << 1);
	o->n += put_uvar(o->page + o->n, number);
	o->hash = hash;
	o->number = number;
	return 0;
}

int
run_finish(struct run_out *o, struct err *err)
{
	return o->open ? page_done(o, err) : 0;
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
	*pg = (struct run_page){ .p = (const unsigned char *)body.p,
		.end = (const unsigned char *)body.p + body.n,
		.hash = first_hash };
}

static inline uint64_t
get_uvar(struct run_page *pg)
{
	uint64_t v = 0;

	for (int shift = 0; shift < 40 && pg->p < pg->end; shift += 7) {
		unsigned char c = *pg->p++;
		v |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return v;
	}
	pg->bad = true;
	return 0;
}

int
run_page_next(struct run_page *pg)
{
	uint64_t d;

	if (pg->in_list) {
		d = get_uvar(pg);
		if (d) {
			pg->number += (uint32_t)d;
			return 1;
		}
		pg->in_list = false;
		if (pg->bad)
			return -1;
	}
	if (pg->p == pg->end)
		return 0;
	d = get_uvar(pg);
	pg->hash += (uint32_t)(d >> 1);
	pg->number = (uint32_t)get_uvar(pg);
	pg->in_list = d & 1;
	return pg->bad ? -1 : 1;
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
		while ((more = run_page_next(&pg)) == 1 && pg.hash <= hash)
			if (pg.hash == hash)
				hits_set(h, pg.number);
		if (more < 0) {
			rc = err_set(err, "'%s' is damaged: bad page of a run",
			    sqlite3_db_filename(sqlite3_db_handle(st),
				"main"));
			break;
		}
	}
	sqlite3_reset(st);
	return rc;
}
