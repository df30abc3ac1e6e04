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
	o->first = o->part = o->hash = o->number = 0;
	o->k = rice_bits((UINT64_C(1) << 32) / (hashes ? hashes : 1));
	if (o->k > 31)
		o->k = 31;
	o->w = bits_of(numbers);
	if (o->w > 32)
		o->w = 32;
	o->mean1 = first_mean(o->w);
	o->count = 0;
	o->acc = 0;
	o->nacc = 0;
	o->n = RUN_HEAD;
}

/* At most 56 bits; whole bytes go to the page. */
static inline void
put_bits(struct run_out *o, uint64_t v, unsigned n)
{
	uint64_t acc = o->acc | v << o->nacc;

	n += o->nacc;
	memcpy(o->page + o->n, &acc, 8);
	o->n += n / 8;
	o->nacc = n & 7;
	o->acc = acc >> (n & 56) & 127;
}

/* `head` (of `n` bits) and a Rice code. */
static inline void
put_rice(struct run_out *o, uint64_t head, unsigned n, uint32_t v, unsigned k)
{
	uint32_t q = v >> k;

	if (q >= RICE_LONG) {
		put_bits(o, head | UINT64_C(1) << (RICE_LONG + n),
		    RICE_LONG + 1 + n);
		put_bits(o, v, 32);
		return;
	}
	put_bits(o,
	    head | (UINT64_C(1) | (uint64_t)(v - (q << k)) << 1) << (q + n),
	    n + q + 1 + k);
}

/* A hash and its first number: in one piece when they fit, as they mostly do. */
static inline void
put_hash(struct run_out *o, unsigned more, uint32_t distance, uint32_t number)
{
	uint32_t q = distance >> o->k;
	unsigned n = more + q + 1 + o->k;

	if (q >= RICE_LONG || n + o->w > 56) {
		put_rice(o, 0, more, distance, o->k);
		put_bits(o, number, o->w);
		return;
	}
	put_bits(o,
	    (UINT64_C(1) | (uint64_t)(distance - (q << o->k)) << 1)
		    << (q + more) |
		(uint64_t)number << n,
	    n + o->w);
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
	struct str body;

	if (o->nacc)
		o->page[o->n++] = (unsigned char)o->acc;
	o->page[0] = (unsigned char)o->k;
	o->page[1] = (unsigned char)o->w;
	o->page[2] = (unsigned char)(o->count & 255);
	o->page[3] = (unsigned char)(o->count >> 8);
	body = str_make((const char *)o->page, o->n);
	o->pages++;
	o->acc = 0;
	o->nacc = 0;
	o->count = 0;
	o->n = RUN_HEAD;
	return o->sink(o->ctx, o->first, o->part, body, err);
}

int
run_put(struct run_out *o, uint64_t key, struct err *err)
{
	uint32_t hash = (uint32_t)(key >> 32), number = (uint32_t)key;
	bool again = o->postings && hash == o->hash;
	unsigned more = 0; /* bits that say whether the hash is the same */

	if (o->w < 32 && number >> o->w)
		return err_set(err, "record number %u is out of range", number);
	o->postings++;
	o->hashes += !again;
	/* the most that follows: 1 + 53 bits for a hash, 32, and a byte */
	if (o->count && (o->n + 12 > RUN_PAGE || o->count == 65535)) {
		if (page_done(o, err) < 0)
			return -1;
		if (again) {
			o->part = o->first == hash ? o->part + 1 : 1;
			if (o->part >> RUN_PART_BITS)
				return err_set(err, "too many records with "
						    "one key");
		} else {
			o->part = 0;
		}
	}
	if (o->count == 0) {
		if (!again)
			o->part = 0;
		o->first = o->hash = hash;
		again = false;
	} else {
		more = 1;
	}
	o->count++;
	if (again) {
		uint32_t d = number - o->number;

		put_rice(o, 1, 1, d, rice_bits(o->mean / 16));
		o->mean = next_mean(o->mean, d);
	} else {
		put_hash(o, more, hash - o->hash, number);
		o->mean = o->mean1;
	}
	o->hash = hash;
	o->number = number;
	return 0;
}

int
run_finish(struct run_out *o, struct err *err)
{
	return o->count ? page_done(o, err) : 0;
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

	while (at.left && at.end - at.p >= 8) {
		unsigned used = at.started, q, k;
		uint64_t x, d;
		bool again;

		if (at.nacc < 56)
			refill(&at);
		again = at.started && at.acc & 1;
		k = again ? rice_bits(at.mean / 16) : at.k;
		x = at.acc >> used;
		q = x ? (unsigned)__builtin_ctzll(x) : 64;
		used += q + 1 + k + (again ? 0 : at.w);
		if (q >= RICE_LONG || used > at.nacc)
			break;
		x >>= q + 1;
		d = (uint64_t)q << k | (x & ((UINT64_C(1) << k) - 1));
		if (at.hash + (again ? 0 : d) >= hash)
			break;
		if (again) {
			at.number += (uint32_t)d;
			at.mean = next_mean(at.mean, (uint32_t)d);
		} else {
			at.hash += (uint32_t)d;
			at.number =
			    (uint32_t)(x >> k & ((UINT64_C(1) << at.w) - 1));
			at.mean = first_mean(at.w);
		}
		at.acc >>= used;
		at.nacc -= used;
		at.left--;
		at.started = true;
	}
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
