/*
 * scope_stat.c: whether it is chance: an exact test, an interval for a rate,
 * how much better a rate of its own explains a slice.
 */
#include <math.h>

#include "query/scope_part.h"
#include "base/banned.h"

double
scope_fisher(uint64_t k, uint64_t n, uint64_t all_k, uint64_t all_n)
{
	uint64_t most = n < all_k ? n : all_k;
	double sum = 0, fix;

	if (k == 0 || all_n < n || all_n < all_k)
		return 1;
	fix = lgamma((double)n + 1) + lgamma((double)(all_n - n) + 1) +
	      lgamma((double)all_k + 1) + lgamma((double)(all_n - all_k) + 1) -
	      lgamma((double)all_n + 1);
	for (uint64_t x = k; x <= most; x++) {
		double term;

		if (all_n - n + x < all_k)
			continue; /* more fail than are left */
		term = exp(fix - lgamma((double)x + 1) -
			   lgamma((double)(n - x) + 1) -
			   lgamma((double)(all_k - x) + 1) -
			   lgamma((double)(all_n - n + x - all_k) + 1));
		sum += term;
		if (x > k + 2 && term < sum * 1e-12)
			break;
	}
	return sum < 1 ? sum : 1;
}

void
scope_wilson(uint64_t k, uint64_t n, double *low, double *high)
{
	const double z = 1.96;
	double p, mid, half;

	*low = 0;
	*high = 1;
	if (!n)
		return;
	p = (double)k / (double)n;
	mid = (p + z * z / (2.0 * (double)n)) / (1 + z * z / (double)n);
	half = z / (1 + z * z / (double)n) *
	       sqrt(p * (1 - p) / (double)n +
		    z * z / (4.0 * (double)n * (double)n));
	*low = mid - half > 0 ? mid - half : 0;
	*high = mid + half < 1 ? mid + half : 1;
}

double
scope_evidence(uint64_t k, uint64_t n, uint64_t all_k, uint64_t all_n)
{
	double p = n ? (double)k / (double)n : 0;
	double q = all_n > n ?
		       ((double)(all_k - k) + 0.5) / ((double)(all_n - n) + 1) :
		       0.5;
	double e = 0;

	if (p <= q)
		return 0;
	if (k)
		e += (double)k * log(p / q);
	if (n > k)
		e += (double)(n - k) * log((1 - p) / (1 - q));
	return e;
}
