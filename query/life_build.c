/*
 * life_build.c: joins the fragments of one queue id and cuts them into lives.
 *
 * A milter or filter that has no queue of its own (rspamd, opendkim) logs
 * under the id of the server that asked it.  On that server's host its lines
 * are part of the server's record; from another host they are put to the life
 * they are about, and are no life by themselves: what they name was accepted
 * or refused elsewhere.
 */
#include <stdlib.h>

#include "query/life_part.h"
#include "base/banned.h"

#define LATE_US	      (5 * INT64_C(1000000))  /* lines after the end line */
#define EARLY_US      (30 * INT64_C(1000000)) /* lines before the start line */
#define QUEUE_LIFE_US (8 * 86400 * INT64_C(1000000))
#define ASKED_US      (600 * INT64_C(1000000))	/* asked while it came in */
#define SKEW_US	      (7200 * INT64_C(1000000)) /* the Message-ID fits, too */

enum { MSGIDS_MAX = 4 };

/* Parts from..to-1 of one key are one life; what is put to it beside that. */
struct group {
	size_t from, to;
	int64_t t0_us, t1_us;
	bool aside;
	struct group *with;	      /* whose life its lines go to */
	struct str msgid[MSGIDS_MAX]; /* without <>, the first ones */
	size_t nmsgid;
};

bool
life_is_aside(const struct rec_event *e)
{
	switch (e->mta) {
	case MTA_RSPAMD:
	case MTA_SPAMD:
	case MTA_POSTGREY:
	case MTA_SPF:
	case MTA_OPENDKIM:
	case MTA_OPENDMARC:
	case MTA_CLAMAV:
		return true;
	default:
		return false;
	}
}

bool
rec_is_aside(const struct record *rec)
{
	for (size_t i = 0; i < rec->n; i++)
		if (!life_is_aside(&rec->ev[i]))
			return false;
	return rec->n > 0;
}

static int
by_key(const void *x, const void *y)
{
	const struct part *p = x, *q = y;
	const struct record *a = p->r, *b = q->r;
	int c = str_cmp(a->qid, b->qid);

	if (!c)
		c = str_cmp(p->host, q->host);
	if (!c)
		c = (a->t0_us > b->t0_us) - (a->t0_us < b->t0_us);
	if (!c && a->ev[0].at.src == b->ev[0].at.src)
		c = (a->ev[0].at.offset > b->ev[0].at.offset) -
		    (a->ev[0].at.offset < b->ev[0].at.offset);
	if (!c) /* one second, two files: the start comes first */
		c = (b->flags & REC_START) - (a->flags & REC_START);
	if (!c)
		c = (a->t1_us > b->t1_us) - (a->t1_us < b->t1_us);
	if (!c)
		c = (a->id > b->id) - (a->id < b->id);
	return c;
}

/* Whether `r` begins another life than the one from cur..cur+n. */
static bool
new_life(const struct part *cur, size_t n, const struct record *r)
{
	bool started = false, ended = false;
	int64_t t1 = cur[0].r->t1_us;

	for (size_t i = 0; i < n; i++) {
		started |= (cur[i].r->flags & REC_START) != 0;
		ended |= (cur[i].r->flags & REC_END) != 0;
		if (cur[i].r->t1_us > t1)
			t1 = cur[i].r->t1_us;
	}
	if (r->t0_us - t1 > QUEUE_LIFE_US)
		return true;
	if (r->flags & REC_START &&
	    (started || ended || r->t0_us - cur[0].r->t0_us > EARLY_US))
		return true;
	return ended && r->t0_us - t1 > LATE_US;
}

static int
by_start(const void *x, const void *y)
{
	const struct life *a = *(const struct life *const *)x;
	const struct life *b = *(const struct life *const *)y;

	if (a->t0_us != b->t0_us)
		return a->t0_us < b->t0_us ? -1 : 1;
	return str_cmp(a->qid, b->qid);
}

static void
read_msgids(const struct part *r, struct group *g)
{
	for (size_t i = g->from; i < g->to; i++)
		for (size_t k = 0; k < r[i].r->n; k++) {
			struct str m =
			    msgid_bare(rev_get(&r[i].r->ev[k], F_MSGID));

			if (m.n && g->nmsgid < MSGIDS_MAX)
				g->msgid[g->nmsgid++] = m;
		}
}

/* What two groups say of the Message-ID: 1 the same, -1 others, 0 nothing. */
static int
same_msgid(const struct group *a, const struct group *b)
{
	for (size_t i = 0; i < a->nmsgid; i++)
		for (size_t k = 0; k < b->nmsgid; k++)
			if (str_eqi(a->msgid[i], b->msgid[k]))
				return 1;
	return a->nmsgid && b->nmsgid ? -1 : 0;
}

/* How far apart in time; 0 when one is within the other. */
static int64_t
away(const struct group *a, const struct group *b)
{
	return a->t0_us > b->t1_us ? a->t0_us - b->t1_us :
	       b->t0_us > a->t1_us ? b->t0_us - a->t1_us :
				     0;
}

/* The life that a filter's lines are about. */
static void
find_owner(struct group *g, size_t n, struct group *a)
{
	int best_said = 0;

	for (size_t i = 0; i < n; i++) {
		int said;

		if (g[i].aside)
			continue;
		said = same_msgid(a, &g[i]);
		if (said < 0 || away(a, &g[i]) > (said ? SKEW_US : ASKED_US) ||
		    (a->with && (said < best_said ||
				    (said == best_said &&
					away(a, &g[i]) >= away(a, a->with)))))
			continue;
		a->with = &g[i];
		best_said = said;
	}
}

static struct life *
make(struct arena *a, const struct part *r, const struct group *g,
    const struct group *all, size_t n)
{
	size_t own = g->to - g->from, total = own;
	struct part *with;

	for (size_t i = 0; i < n; i++)
		if (all[i].with == g)
			total += all[i].to - all[i].from;
	if (total == own)
		return life_make(a, r + g->from, own, own);
	with = arena_array(a, struct part, total);
	total = 0;
	for (size_t k = g->from; k < g->to; k++)
		with[total++] = r[k];
	for (size_t i = 0; i < n; i++)
		for (size_t k = all[i].from; all[i].with == g && k < all[i].to;
		     k++)
			with[total++] = r[k];
	return life_make(a, with, total, own);
}

/* The lives of one queue id, parts r[0..n). */
static void
build_id(struct arena *a, const struct part *r, size_t n, struct lives *out)
{
	struct group *g = NULL;
	size_t ng = 0, cap = 0;
	bool any = false;

	for (size_t i = 0, k; i < n; i = k) {
		struct group *x;

		for (k = i + 1; k < n && str_eq(r[k].host, r[i].host) &&
				!new_life(r + i, k - i, r[k].r);
		     k++)
			;
		arena_grow(a, g, ng, cap);
		x = &g[ng++];
		*x = (struct group){ .from = i,
			.to = k,
			.t0_us = r[i].r->t0_us,
			.t1_us = r[i].r->t1_us,
			.aside = true };
		for (size_t m = i; m < k; m++) {
			x->aside &= rec_is_aside(r[m].r);
			if (r[m].r->t1_us > x->t1_us)
				x->t1_us = r[m].r->t1_us;
		}
		any |= x->aside;
	}
	for (size_t i = 0; any && i < ng; i++)
		read_msgids(r, &g[i]);
	for (size_t i = 0; any && i < ng; i++)
		if (g[i].aside)
			find_owner(g, ng, &g[i]);
	for (size_t i = 0; i < ng; i++) {
		if (g[i].aside)
			continue;
		arena_grow(a, out->life, out->n, out->cap);
		out->life[out->n++] = make(a, r, &g[i], g, ng);
	}
}

void
lives_build(struct arena *a, const struct site *site,
    const struct record *const *rec, size_t nrec, struct lives *out)
{
	struct part *r = arena_array(a, struct part, nrec + 1);
	size_t n = 0;

	*out = (struct lives){ 0 };
	for (size_t i = 0; i < nrec; i++)
		if (rec[i]->kind == REC_HOP && rec[i]->n)
			r[n++] = (struct part){ rec[i],
				site_host(site, rec[i]->host) };
	qsort(r, n, sizeof(*r), by_key);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && str_eq(r[k].r->qid, r[i].r->qid); k++)
			;
		build_id(a, r + i, k - i, out);
	}
	if (out->n)
		qsort(out->life, out->n, sizeof(*out->life), by_start);
}
