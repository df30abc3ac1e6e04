/*
 * evidence_usual.c: domains that mail usually goes to, for guessing what a
 * misspelt one was meant to be.  A bounded look at the newest records; asked
 * only when the logs know nothing of the domain that was typed.
 */
#include <stdlib.h>

#include "base/map.h"
#include "query/evidence_word.h"
#include "base/banned.h"

enum { RECORDS_LOOK = 4000, DOMAINS_LOOK = 4000 };

struct usual {
	struct str domain;
	size_t n;
};

static int
most_first(const void *x, const void *y)
{
	const struct usual *a = x, *b = y;

	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return str_cmp(a->domain, b->domain);
}

static void
count(struct arena *a, struct map *m, const struct record *rec)
{
	for (size_t i = 0; i < rec->n && m->n < DOMAINS_LOOK; i++) {
		const struct rec_event *e = &rec->ev[i];
		struct str dom = str_domain(rev_get(e, F_TO));
		struct usual **u;

		if (e->kind != EV_DELIVERY || e->state != ST_SENT || !dom.n)
			continue;
		dom = arena_lower(a, dom);
		u = (struct usual **)map_slot(m, dom);
		if (!*u) {
			*u = arena_new(a, struct usual);
			(*u)->domain = dom;
		}
		(*u)->n++;
	}
}

int
evidence_usual(struct evd_ctx *x, struct err *err)
{
	struct evidence *ev = x->ev;
	struct map m = { 0 };
	struct arena walk = { 0 };
	struct store_cur *cur =
	    store_find(x->st, NULL, 0, 1u << REC_HOP, 0, INT64_MAX, err);
	struct usual *all;
	size_t n = 0;
	int rc = cur ? 1 : -1;

	for (int left = RECORDS_LOOK; rc > 0 && left > 0; left--) {
		struct record rec;

		arena_clear(&walk);
		rc = store_next(cur, &walk, &rec, err);
		if (rc > 0)
			count(&ev->arena, &m, &rec);
	}
	store_cur_close(cur);
	arena_release(&walk);
	all = arena_array(&ev->arena, struct usual, m.n + 1);
	for (size_t i = 0; i < m.cap; i++)
		if (m.e[i].used && m.e[i].val)
			all[n++] = *(struct usual *)m.e[i].val;
	map_release(&m);
	if (n)
		qsort(all, n, sizeof(*all), most_first);
	for (size_t i = 0; i < n && all[i].n >= EVD_USUAL &&
			   ev->nusual < sizeof(ev->usual) / sizeof(*ev->usual);
	     i++)
		ev->usual[ev->nusual++] = all[i].domain;
	return rc < 0 ? -1 : 0;
}
