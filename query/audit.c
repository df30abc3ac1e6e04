/*
 * audit.c: two passes' worth of facts in one: hand-overs and arrivals are
 * collected as small fixed entries, sorted by queue id and matched.  When
 * there are too many, both sides are thinned by the same hash of the id, so
 * that the sample stays even and memory bounded.
 */
#include <stdlib.h>

#include "base/die.h"
#include "base/map.h"
#include "query/audit.h"
#include "base/banned.h"

#define APART_US (2 * 3600 * INT64_C(1000000))

enum { ENTRIES_MAX = 600000, HOSTS_MAX = 4096, PAIRS_MAX = 4096 };

struct entry {
	uint64_t hash; /* of the queue id */
	int64_t t_us;
	uint16_t from, to; /* host numbers; 0 = unknown */
	bool arrival, matched;
	char qid[24];
};

struct auditor {
	struct arena *a;
	const struct site *site;
	struct entry *e;
	size_t n, cap;
	unsigned thin; /* only hashes with this many zero low bits */
	struct str *host;
	size_t nhost, chost;
	struct map no;
};

static uint16_t
host_no(struct auditor *au, struct str name)
{
	char text[256];
	struct str low;
	void *no;

	if (!name.n || name.n > sizeof(text))
		return 0;
	name = site_host(au->site, name);
	for (size_t i = 0; i < au->site->nlogging; i++)
		if (site_same_host(au->site->logging[i], name)) {
			name = site_host(au->site, au->site->logging[i]);
			break;
		}
	if (name.n > sizeof(text))
		return 0;
	for (size_t i = 0; i < name.n; i++)
		text[i] = to_lower(name.p[i]);
	low = str_make(text, name.n);
	no = map_get(&au->no, low);
	if (!no) {
		if (au->nhost >= HOSTS_MAX)
			return 0;
		low = arena_dup(au->a, low);
		arena_grow(au->a, au->host, au->nhost, au->chost);
		au->host[au->nhost++] = low;
		no = (void *)(uintptr_t)au->nhost;
		*map_slot(&au->no, low) = no;
	}
	return (uint16_t)(uintptr_t)no;
}

static void
thin_out(struct auditor *au)
{
	size_t n = 0;

	au->thin++;
	for (size_t i = 0; i < au->n; i++)
		if (!(au->e[i].hash & ((UINT64_C(1) << au->thin) - 1)))
			au->e[n++] = au->e[i];
	au->n = n;
}

static void
put(struct auditor *au, struct str qid, int64_t t, uint16_t from, uint16_t to,
    bool arrival)
{
	uint64_t h = map_hash(qid);
	struct entry *e;

	if (!qid.n || !to || h & ((UINT64_C(1) << au->thin) - 1))
		return;
	if (au->n >= ENTRIES_MAX)
		thin_out(au);
	if (au->n == au->cap) {
		au->cap = au->cap ? 2 * au->cap : 4096;
		au->e = xreallocarray(au->e, au->cap, sizeof(*au->e));
	}
	e = &au->e[au->n++];
	*e = (struct entry){ .hash = h,
		.t_us = t,
		.from = from,
		.to = to,
		.arrival = arrival };
	memcpy(e->qid, qid.p, qid.n < sizeof(e->qid) ? qid.n : sizeof(e->qid));
}

/* A host of ours whose log is here; of others nothing can be said. */
static bool
logs(const struct site *site, struct str name, struct str ip)
{
	if (!site_our_server(site, name, ip))
		return false;
	for (size_t i = 0; i < site->nlogging; i++)
		if (site_same_host(site->logging[i], name) ||
		    site_same_host(site_host(site, site->logging[i]), name))
			return true;
	return false;
}

static void
take_record(struct auditor *au, const struct record *rec)
{
	uint16_t here = host_no(au, rec->host);
	bool stored = false;

	for (size_t i = 0; i < rec->n; i++) {
		const struct rec_event *e = &rec->ev[i];
		struct str ip = rev_get(e, F_RELAY_IP);
		struct str name = rev_get(e, F_RELAY_NAME);

		/* a mailbox host; or a mail made here (forwards, notices),
		 * whose first line is its Message-ID */
		if ((e->kind == EV_STORED ||
			(e->kind == EV_MSGID && !(rec->flags & REC_START))) &&
		    !stored) {
			put(au, rec->qid, e->t_us, 0, here, true);
			stored = true;
		}
		if (e->kind == EV_ARRIVE && e->mta != MTA_AMAVIS) {
			struct str cl = rev_get(e, F_CLIENT_NAME);
			struct str cip = rev_get(e, F_CLIENT_IP);
			uint16_t from = 0;

			if (ip_loopback(cip))
				from = here;
			else if (logs(au->site, cl, cip))
				from = host_no(au, cl);
			put(au, rec->qid, e->t_us, from, here, true);
		}
		if (e->kind != EV_DELIVERY || e->state != ST_SENT ||
		    !rev_get(e, F_QID2).n)
			continue;
		if (ip_loopback(ip) || (!ip.n && str_eq(name, STR("local"))))
			put(au, rev_get(e, F_QID2), e->t_us, here, here, false);
		else if (logs(au->site, name, ip))
			put(au, rev_get(e, F_QID2), e->t_us, here,
			    host_no(au, name), false);
	}
}

static int
by_id(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->t_us != b->t_us)
		return a->t_us < b->t_us ? -1 : 1;
	return (int)a->arrival - (int)b->arrival;
}

static int
by_skew(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static struct audit_pair *
pair_of(struct auditor *au, struct audit *out, size_t *cap, uint16_t from,
    uint16_t to)
{
	struct str f = au->host[from - 1], t = au->host[to - 1];

	for (size_t i = 0; i < out->npair; i++)
		if (out->pair[i].from.p == f.p && out->pair[i].to.p == t.p)
			return &out->pair[i];
	if (out->npair == PAIRS_MAX)
		return NULL;
	arena_grow(au->a, out->pair, out->npair, *cap);
	out->pair[out->npair] = (struct audit_pair){ .from = f, .to = t };
	return &out->pair[out->npair++];
}

/* The arrival nearest in time that this hand-over names, in one id's run. */
static struct entry *
arrival_of(struct entry *run, size_t n, const struct entry *h)
{
	struct entry *best = NULL;

	for (size_t i = 0; i < n; i++) {
		int64_t d = run[i].t_us - h->t_us;

		if (!run[i].arrival || run[i].to != h->to || d > APART_US ||
		    d < -APART_US)
			continue;
		if (!best || llabs(d) < llabs(best->t_us - h->t_us))
			best = &run[i];
	}
	return best;
}

static int
worst_first(const void *x, const void *y)
{
	const struct audit_pair *a = x, *b = y;
	/* whose log names no hand-over at all misses nothing */
	uint64_t la =
	    a->handed - a->found + (a->handed ? a->arrived - a->named : 0);
	uint64_t lb =
	    b->handed - b->found + (b->handed ? b->arrived - b->named : 0);

	return (la < lb) - (la > lb);
}

static void
match(struct auditor *au, struct audit *out)
{
	size_t cap = 0, nskew = 0;
	int64_t *skew = xreallocarray(NULL, au->n + 1, sizeof(*skew));
	struct {
		uint32_t pair;
		int64_t us;
	} *all = xreallocarray(NULL, au->n + 1, sizeof(*all));
	size_t nall = 0;

	if (au->n)
		qsort(au->e, au->n, sizeof(*au->e), by_id);
	for (size_t i = 0, k; i < au->n; i = k) {
		for (k = i + 1; k < au->n && au->e[k].hash == au->e[i].hash;
		     k++)
			;
		for (size_t j = i; j < k; j++) {
			struct entry *h = &au->e[j], *got;
			struct audit_pair *p;

			if (h->arrival || !h->from)
				continue;
			p = pair_of(au, out, &cap, h->from, h->to);
			if (!p)
				continue;
			got = arrival_of(au->e + i, k - i, h);
			p->handed++;
			if (got) {
				p->found++;
				got->matched = true;
				all[nall].pair = (uint32_t)(p - out->pair);
				all[nall++].us = got->t_us - h->t_us;
			} else {
				p->missing_us = h->t_us;
				p->missing_qid = arena_dup(au->a,
				    str_make(h->qid,
					strnlen(h->qid, sizeof(h->qid))));
			}
		}
	}
	for (size_t i = 0; i < au->n; i++) {
		struct audit_pair *p;

		if (!au->e[i].arrival || !au->e[i].from)
			continue;
		p = pair_of(au, out, &cap, au->e[i].from, au->e[i].to);
		if (p) {
			p->arrived++;
			p->named += au->e[i].matched;
		}
	}
	for (size_t p = 0; p < out->npair; p++) {
		nskew = 0;
		for (size_t i = 0; i < nall; i++)
			if (all[i].pair == p)
				skew[nskew++] = all[i].us;
		if (!nskew)
			continue;
		qsort(skew, nskew, sizeof(*skew), by_skew);
		out->pair[p].skew_us = skew[nskew / 2];
	}
	if (out->npair)
		qsort(out->pair, out->npair, sizeof(*out->pair), worst_first);
	free(skew);
	free(all);
}

int
audit_run(struct store *st, const struct site *site, int64_t t0_us,
    int64_t t1_us, struct arena *a, struct audit *out, struct err *err)
{
	struct site with = *site;
	struct auditor au = { .a = a, .site = &with };
	struct arena line = { 0 };
	struct store_cur *cur =
	    store_find(st, NULL, 0, 1u << REC_HOP, t0_us, t1_us, err);
	int rc = -1;

	*out = (struct audit){ 0 };
	if (!cur)
		return -1;
	if (site_learn(&with, st, a, err) < 0)
		goto out;
	for (;;) {
		struct record rec;

		rc = store_next(cur, &line, &rec, err);
		if (rc <= 0)
			break;
		take_record(&au, &rec);
		arena_clear(&line);
	}
	if (!rc) {
		match(&au, out);
		out->sampled = au.thin > 0;
	}
out:
	store_cur_close(cur);
	free(au.e);
	map_release(&au.no);
	arena_release(&line);
	return rc;
}
