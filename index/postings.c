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
	HIGH = 64 - RADIX_BITS, /* where the digits of a key are */
	LOW = HIGH - RADIX_BITS,
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
 * Keys whose digits are the same: mostly numbers under one hash.  The caller
 * gives one kind of record after the other, and each ascends: what stands
 * before a step back is merged with what follows it.  Many such steps are not
 * meant to be.
 */
static void
sort_same(uint64_t *p, size_t n, uint64_t *tmp)
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
counts_to_places(size_t at[RADIX])
{
	size_t sum = 0;

	for (size_t i = 0; i < RADIX; i++) {
		size_t c = at[i];

		at[i] = sum;
		sum += c;
	}
}

/* By two digits, the lower one first. */
static void
radix_sort(uint64_t *p, size_t n, uint64_t *tmp)
{
	size_t low[RADIX] = { 0 }, high[RADIX] = { 0 };

	for (size_t i = 0; i < n; i++) {
		low[p[i] >> LOW & (RADIX - 1)]++;
		high[p[i] >> HIGH]++;
	}
	counts_to_places(low);
	counts_to_places(high);
	for (size_t i = 0; i < n; i++)
		tmp[low[p[i] >> LOW & (RADIX - 1)]++] = p[i];
	for (size_t i = 0; i < n; i++)
		p[high[tmp[i] >> HIGH]++] = tmp[i];
}

/* What the digits do not tell apart is sorted, and what is there twice
 * dropped; how many are left. */
static size_t
sort_rest(uint64_t *p, size_t count, uint64_t *tmp)
{
	size_t n = 0, k;

	for (size_t i = 0; i < count; i = k) {
		uint64_t key = p[i];

		for (k = i + 1; k < count && (p[k] ^ key) >> LOW == 0; k++)
			;
		if (k == i + 1) {
			p[n++] = key;
			continue;
		}
		sort_same(p + i, k - i, tmp);
		p[n++] = p[i];
		for (size_t j = i + 1; j < k; j++)
			if (p[j] != p[n - 1])
				p[n++] = p[j];
	}
	return n;
}

void
postings_sort(struct postings *p, struct postings *tmp)
{
	if (tmp->cap < p->cap) {
		free(tmp->p);
		tmp->p = xmalloc(p->cap * sizeof(*tmp->p));
		tmp->cap = p->cap;
	}
	if (p->n >= RADIX / 4)
		radix_sort(p->p, p->n, tmp->p);
	else if (p->n)
		qsort(p->p, p->n, sizeof(*p->p), by_key);
	p->n = sort_rest(p->p, p->n, tmp->p);
}
