/*
 * postings.c: sorting postings.
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
