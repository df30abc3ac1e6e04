/*
 * link_clock.c: how far the clocks of the hosts of one message are apart, as
 * its own hand-overs tell: the line that hands a mail over and the one that
 * takes it are written within seconds of each other.
 */
#include "query/link_part.h"
#include "base/banned.h"

static int
host_no(struct clocks *k, struct str host)
{
	for (int i = 0; i < k->n; i++)
		if (site_same_host(k->host[i], host))
			return i;
	if (k->n == CLOCKS_MAX)
		return -1;
	k->host[k->n] = host;
	k->group[k->n] = k->n;
	return k->n++;
}

/* From here on hosts `a` and `b` count from one clock; `b` is ahead by `us`. */
static void
join(struct clocks *k, int a, int b, int64_t us)
{
	int was = k->group[b];
	int64_t by = k->ahead_us[a] + us - k->ahead_us[b];

	if (was == k->group[a])
		return;
	for (int i = 0; i < k->n; i++)
		if (k->group[i] == was) {
			k->group[i] = k->group[a];
			k->ahead_us[i] += by;
		}
}

void
clocks_read(struct clocks *k, const struct lives *ls)
{
	*k = (struct clocks){ 0 };
	for (size_t i = 0; i < ls->n; i++) {
		const struct life *l = ls->life[i];

		for (size_t c = 0; c < l->ncopy; c++) {
			const struct life *j = l->copy[c].next;
			int a, b;

			if (!j || l->copy[c].conf != CONF_EXACT ||
			    site_same_host(l->host, j->host))
				continue;
			a = host_no(k, l->host);
			b = host_no(k, j->host);
			if (a >= 0 && b >= 0)
				join(k, a, b,
				    j->t0_us - l->copy[c].last.e->t_us);
		}
	}
}

bool
clocks_apart(const struct clocks *k, struct str from, struct str to,
    int64_t *ahead_us)
{
	int a = -1, b = -1;

	for (int i = 0; i < k->n; i++) {
		if (site_same_host(k->host[i], from))
			a = i;
		if (site_same_host(k->host[i], to))
			b = i;
	}
	*ahead_us = 0;
	if (a < 0 || b < 0 || k->group[a] != k->group[b])
		return false;
	*ahead_us = k->ahead_us[b] - k->ahead_us[a];
	return true;
}
