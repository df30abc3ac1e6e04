/*
 * runs.c: sorting postings, writing, reading and looking up runs.
 * Merging is in run_merge.c.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/runs.h"
#include "base/banned.h"

enum {
	RADIX_BITS = 11,
	RADIX = 1 << RADIX_BITS,
	HASH_BITS = 32,
	REC_STEPS = 8, /* kinds of records, and some */
};

void
postings_release(struct postings *p)
{
	free(p->p);
	*p = (struct postings){ 0 };
}

void
postings_move(struct postings *to, struct postings *from)
{
	if (!to->n) {
		struct postings t = *to;

		*to = *from;
		*from = t;
		return;
	}
	if (from->n > to->cap - to->n) {
		to->cap = to->n + from->n;
		to->p = xreallocarray(to->p, to->cap, sizeof(*to->p));
	}
	if (from->n)
		memcpy(to->p + to->n, from->p, from->n * sizeof(*to->p));
	to->n += from->n;
	from->n = 0;
}

static int
by_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Numbers under one hash.  The caller gives one kind of record after the
 * other, and each ascends: what stands before a step back is merged with what
 * follows it.  Many such steps are not meant to be.
 */
static void
sort_numbers(uint64_t *p, size_t n, uint64_t *tmp)
{
	size_t at = 1, i, j, k;

	for (int steps = 0; at < n; at = k, steps++) {
		while (at < n && p[at - 1] <= p[at])
			at++;
		if (at == n)
			return;
		if (steps == REC_STEPS)
			break;
		for (k = at + 1; k < n && p[k - 1] <= p[k]; k++)
			;
		memcpy(tmp, p + at, (k - at) * sizeof(*p));
		for (i = at, j = k - at; j > 0;) /* from the end down */
			if (i > 0 && p[i - 1] > tmp[j - 1]) {
				p[i + j - 1] = p[i - 1];
				i--;
			} else {
				p[i + j - 1] = tmp[j - 1];
				j--;
			}
	}
	if (at < n)
		qsort(p, n, sizeof(*p), by_key);
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
			for (k = i + 1;
			     k < p->n && p->p[k] >> 32 == p->p[i] >> 32; k++)
				;
			if (k - i > 1)
				sort_numbers(p->p + i, k - i, tmp->p);
		}
	}
	for (size_t i = 0; i < p->n; i++)
		if (n == 0 || p->p[i] != p->p[n - 1])
			p->p[n++] = p->p[i];
	p->n = n;
}

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
	o->mean1 = first_mean(o->w);
	o->at = (struct run_at){ .n = RUN_HEAD };
}

/* At most 56 bits; whole bytes go to the page. */
static inline void
put_bits(struct run_at *a, unsigned char *page, uint64_t v, unsigned n)
{
	uint64_t acc = a->acc | v << a->nacc;

	n += a->nacc;
	memcpy(page + a->n, &acc, 8);
	a->n += n / 8;
	a->nacc = n & 7;
	a->acc = acc >> (n & 56) & 127;
}

/* `head` (of `n` bits) and a Rice code. */
static inline void
put_rice(struct run_at *a, unsigned char *page, uint64_t head, unsigned n,
    uint32_t v, unsigned k)
{
	uint32_t q = v >> k;

	if (q >= RICE_LONG) {
		put_bits(a, page, head | UINT64_C(1) << (RICE_LONG + n),
		    RICE_LONG + 1 + n);
		put_bits(a, page, v, 32);
		return;
	}
	put_bits(a, page,
	    head | (UINT64_C(1) | (uint64_t)(v - (q << k)) << 1) << (q + n),
	    n + q + 1 + k);
}

/* A hash and its first number: in one piece when they fit, as they mostly do;
 * before them `more` 0 bits. */
static inline void
put_hash(struct run_at *a, unsigned char *page, unsigned more,
    uint32_t distance, unsigned k, uint32_t number, unsigned w)
{
	uint32_t q = distance >> k;
	unsigned n = more + q + 1 + k;

	if (q >= RICE_LONG || n + w > 56) {
		put_rice(a, page, 0, more, distance, k);
		put_bits(a, page, number, w);
		return;
	}
	put_bits(a, page,
	    (UINT64_C(1) | (uint64_t)(distance - (q << k)) << 1) << (q + more) |
		(uint64_t)number << n,
	    n + w);
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
	struct str body;

	if (a->nacc)
		o->page[a->n++] = (unsigned char)a->acc;
	o->page[0] = (unsigned char)o->k;
	o->page[1] = (unsigned char)o->w;
	o->page[2] = (unsigned char)(a->count & 255);
	o->page[3] = (unsigned char)(a->count >> 8);
	body = str_make((const char *)o->page, a->n);
	o->pages++;
	a->acc = 0;
	a->nacc = 0;
	a->count = 0;
	a->n = RUN_HEAD;
	return o->sink(o->ctx, o->first, o->part, body, err);
}

/* A page is full before a posting of `hash`: out with it, and the part of the
 * hash that the next one begins with. */
static int
next_page(struct run_out *o, uint32_t hash, struct err *err)
{
	if (page_done(o, err) < 0)
		return -1;
	if (hash != o->at.hash) {
		o->part = 0;
		return 0;
	}
	o->part = o->first == hash ? o->part + 1 : 1;
	if (o->part >> RUN_PART_BITS)
		return err_set(err, "too many records with one key");
	return 0;
}

int
run_put(struct run_out *o, const uint64_t *key, size_t n, struct err *err)
{
	struct run_at a = o->at; /* here, where no page can be its alias */
	unsigned char *page = o->page;
	const unsigned k = o->k, w = o->w;
	uint64_t hashes = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t hash = (uint32_t)(key[i] >> 32);
		uint32_t number = (uint32_t)key[i];
		bool again = hash == a.hash && (i || o->postings);

		if (w < 32 && number >> w)
			return err_set(err, "record number %u is out of range",
			    number);
		hashes += !again;
		/* the most that follows: 1 + 53 bits for a hash, 32, a byte */
		if (a.count && (a.n + 12 > RUN_PAGE || a.count == 65535)) {
			o->at = a;
			if (next_page(o, hash, err) < 0)
				return -1;
			a = o->at;
		} else if (!a.count && !again) {
			o->part = 0;
		}
		if (!a.count) {
			o->first = hash;
			put_hash(&a, page, 0, 0, k, number, w);
			a.mean = o->mean1;
		} else if (again) {
			uint32_t d = number - a.number;

			put_rice(&a, page, 1, 1, d, rice_bits(a.mean / 16));
			a.mean = next_mean(a.mean, d);
		} else {
			put_hash(&a, page, 1, hash - a.hash, k, number, w);
			a.mean = o->mean1;
		}
		a.count++;
		a.hash = hash;
		a.number = number;
	}
	o->at = a;
	o->postings += n;
	o->hashes += hashes;
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
	pg->end = p + body.n;
}

/* At least 56 bits, unless the page ends. */
static inline void
refill(struct run_page *pg)
{
	uint64_t v;

	if (pg->end - pg->p >= 8) {
		memcpy(&v, pg->p, 8);
		pg->acc |= v << pg->nacc;
		pg->p += (63 - pg->nacc) / 8;
		pg->nacc |= 56;
		return;
	}
	while (pg->nacc <= 56 && pg->p < pg->end) {
		pg->acc |= (uint64_t)*pg->p++ << pg->nacc;
		pg->nacc += 8;
	}
}

static inline uint32_t
get_bits(struct run_page *pg, unsigned n)
{
	uint64_t v = pg->acc & ((UINT64_C(1) << n) - 1);

	if (n > pg->nacc) {
		refill(pg);
		v = pg->acc & ((UINT64_C(1) << n) - 1);
		if (n > pg->nacc) {
			pg->bad = true;
			return 0;
		}
	}
	pg->acc >>= n;
	pg->nacc -= n;
	return (uint32_t)v;
}

static inline uint32_t
get_rice(struct run_page *pg, unsigned k)
{
	unsigned q = pg->acc ? (unsigned)__builtin_ctzll(pg->acc) : 64;

	if (q >= pg->nacc) { /* its end is not here yet */
		refill(pg);
		q = pg->acc ? (unsigned)__builtin_ctzll(pg->acc) : 64;
	}
	if (q > RICE_LONG || q >= pg->nacc) {
		pg->bad = true;
		return 0;
	}
	pg->acc >>= q + 1;
	pg->nacc -= q + 1;
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

/* The next posting, when all of it is in one word. */
struct peek {
	bool again;
	unsigned used;
	uint32_t d; /* to the number before, or to the hash before */
	uint32_t number;
};

static inline bool
peek(struct run_page *pg, struct peek *f)
{
	unsigned used = pg->started, q, k;
	uint64_t x;

	if (pg->nacc < 56)
		refill(pg);
	f->again = pg->started && pg->acc & 1;
	k = f->again ? rice_bits(pg->mean / 16) : pg->k;
	x = pg->acc >> used;
	q = x ? (unsigned)__builtin_ctzll(x) : 64;
	used += q + 1 + k + (f->again ? 0 : pg->w);
	if (q >= RICE_LONG || used > pg->nacc)
		return false;
	x >>= q + 1;
	f->d = (uint32_t)(q << k | (x & ((UINT64_C(1) << k) - 1)));
	f->number = (uint32_t)(x >> k & ((UINT64_C(1) << pg->w) - 1));
	f->used = used;
	return true;
}

static inline void
pass(struct run_page *pg, const struct peek *f)
{
	if (f->again) {
		pg->number += f->d;
		pg->mean = next_mean(pg->mean, f->d);
	} else {
		pg->hash += f->d;
		pg->number = f->number;
		pg->mean = first_mean(pg->w);
	}
	pg->acc >>= f->used;
	pg->nacc -= f->used;
	pg->left--;
	pg->started = true;
}

size_t
run_page_keys(struct run_page *pg, uint64_t *key, size_t max)
{
	struct run_page at = *pg;
	size_t n = 0;

	while (n < max) {
		struct peek f;

		if (at.left && at.end - at.p >= 8 && peek(&at, &f)) {
			pass(&at, &f);
		} else {
			*pg = at;
			if (run_page_next(pg) != 1)
				return n;
			at = *pg;
		}
		key[n++] = (uint64_t)at.hash << 32 | at.number;
	}
	*pg = at;
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

/*
 * Over postings of lower hashes, as far as a word at a time will do: what is
 * left is for run_page_next().
 */
static void
pass_lower(struct run_page *pg, uint32_t hash)
{
	struct run_page at = *pg;
	struct peek f;

	while (at.left && at.end - at.p >= 8 && peek(&at, &f) &&
	       at.hash + (uint64_t)(f.again ? 0 : f.d) < hash)
		pass(&at, &f);
	*pg = at;
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
				pass_lower(&pg, hash);
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
