/*
 * link_gap.c: a host of ours whose log is missing for the time.
 *
 * The hop before says that it handed the mail to that host, a hop after it
 * that it has the mail from there (or, of a mailbox, which says no client,
 * that it stored it for that recipient), and both name one Message-ID.
 * Between them a life without lines stands for the host; it is part of the
 * way, and is never told of as a hop that was seen.  When just the end of a
 * hop is missing, the copies it handed on are put into that life.
 */
#include "query/link_part.h"
#include "base/banned.h"

#define SEC	 INT64_C(1000000)
#define EARLY_US (26 * 3600 * SEC) /* clocks differ, a zone is not known */
#define LATE_US	 (8 * 86400 * SEC) /* it may have waited there */

enum { FROM_MAX = 64 }; /* hand-overs looked at for one arrival */

/* Where a mail came from whose way to us is not known. */
struct source {
	struct life *l;
	struct copy *c; /* NULL: l has no word of what it handed on */
};

static bool
logs_here(const struct site *site, struct str host)
{
	for (size_t i = 0; i < site->nlogging; i++)
		if (site_same_host(site_host(site, site->logging[i]), host))
			return true;
	return false;
}

/* The host of ours that `j` says it has the mail from; else empty. */
static struct str
client_host(const struct site *site, const struct life *j)
{
	struct str name = j->client_name;

	if (j->local_entry || ip_loopback(j->client_ip) ||
	    !site_our_server(site, name, j->client_ip))
		return STR_NONE;
	for (size_t i = 0; i < site->nlogging; i++)
		if (site_same_host(site->logging[i], name))
			return site_host(site, site->logging[i]);
	name = site_host(site, name);
	return logs_here(site, name) ? name : STR_NONE;
}

/* Which of the copies of `j` stands for that address; ncopy: none. */
static size_t
copy_for(const struct life *j, struct str addr)
{
	size_t k = 0;

	for (; k < j->ncopy; k++)
		if (link_stands_for(j->copy[k].orig_to.n ? j->copy[k].orig_to :
							   j->copy[k].to,
			addr))
			break;
	return k;
}

static bool
in_time(int64_t arrived, int64_t handed)
{
	return arrived > handed - EARLY_US && arrived < handed + LATE_US;
}

/*
 * Who may have handed over what `j` has: those that name the host in between,
 * and that host itself, when it had not yet said what became of a copy.
 */
static size_t
sources(const struct linker *lk, const struct life *j, struct str from,
    bool alias, struct source *out)
{
	const struct lives *ls = &lk->ws->lives;
	size_t n = 0;

	for (size_t i = 0; i < ls->n && n < FROM_MAX; i++) {
		struct life *l = ls->life[i];
		bool same = from.n && site_same_host(l->host, from);

		if (l == j || !l->nmsgid || !life_msgid_compatible(l, j) ||
		    l->rule.e || l->deleted || link_before(l, j))
			continue;
		if (same && !l->ncopy && l->mta != MTA_AMAVIS &&
		    in_time(j->t0_us, l->t1_us))
			out[n++] = (struct source){ l, NULL };
		for (size_t k = 0; k < l->ncopy && n < FROM_MAX; k++) {
			struct copy *c = &l->copy[k];
			bool fits = copy_for(j, c->to) < j->ncopy;

			if ((c->next && c->next->nev) || !c->last.e ||
			    !in_time(j->t0_us, c->last.e->t_us))
				continue;
			if (same && fits && c->state == ST_DEFERRED)
				out[n++] = (struct source){ l, c };
			if ((c->state != ST_SENT && c->state != ST_FORWARDED) ||
			    copy_handed(lk->ws->site, l, c) != HANDED_OURS)
				continue;
			if (from.n ? site_same_host(link_relay_host(lk, l, c),
					 from) :
				     fits || alias)
				out[n++] = (struct source){ l, c };
		}
	}
	return n;
}

/* The life that stands for the host `c` was handed to. */
static struct life *
stand_in(const struct linker *lk, struct life *l, struct copy *c,
    struct str host)
{
	struct lives *ls = &lk->ws->lives;
	const struct rec_event *e = c->last.e;
	struct str qid = rev_get(e, e->kind == EV_FILTER ? F_QID3 : F_QID2);
	struct life *g;

	for (size_t i = 0; i < ls->n; i++) {
		g = ls->life[i];
		if (!g->nev && g->prev == l && str_eq(g->qid, qid) &&
		    site_same_host(g->host, host))
			return g;
	}
	g = life_absent(lk->ws->a, ls, host, qid, e->t_us);
	g->prev = l;
	g->link = qid.n ? LINK_QUEUED_AS : LINK_MESSAGE_ID;
	g->conf = qid.n ? CONF_EXACT : CONF_STRONG;
	return g;
}

static void
hand_on(const struct linker *lk, struct life *l, struct copy *from,
    struct life *j, size_t k, enum link_conf conf)
{
	struct str to =
	    from || !j->copy[k].orig_to.n ? j->copy[k].to : j->copy[k].orig_to;
	struct copy *c;

	for (size_t i = 0; i < l->ncopy; i++)
		if (l->copy[i].next == j && l->copy[i].origin == from &&
		    str_eqi(l->copy[i].to, to))
			return;
	arena_grow(lk->ws->a, l->copy, l->ncopy, l->ccopy);
	c = &l->copy[l->ncopy++];
	*c = (struct copy){ .to = to,
		.state = ST_SENT,
		.next = j,
		.link = LINK_MESSAGE_ID,
		.conf = conf,
		.origin = from,
		.origin_life = from ? l->prev : NULL };
	if (from)
		from->has_heirs = true;
}

/* Whether a hop that is seen has the mail for that recipient of `l`. */
static bool
arrived(const struct linker *lk, const struct life *l, struct str addr)
{
	const struct lives *ls = &lk->ws->lives;

	for (size_t i = 0; i < ls->n; i++)
		if (ls->life[i] != l && ls->life[i]->nev &&
		    ls->life[i]->t0_us >= l->t0_us - EARLY_US &&
		    link_shares_msgid(l, ls->life[i]) &&
		    !link_before(l, ls->life[i]) &&
		    copy_for(ls->life[i], addr) < ls->life[i]->ncopy)
			return true;
	return false;
}

/*
 * The source whose recipient copy `k` of `j` has; else one that an alias may
 * have gone out from: the first whose recipient is not seen again.
 */
static struct source *
source_of(const struct linker *lk, struct source *src, size_t n,
    const struct life *j, size_t k)
{
	const struct copy *c = &j->copy[k];

	for (size_t i = 0; i < n; i++)
		if (src[i].c &&
		    link_stands_for(c->orig_to.n ? c->orig_to : c->to,
			src[i].c->to))
			return &src[i];
	for (size_t i = 0; i < n; i++)
		if (!src[i].c || !arrived(lk, src[i].l, src[i].c->to))
			return &src[i];
	return &src[0];
}

static void
bridge(const struct linker *lk, struct life *j)
{
	const struct site *site = lk->ws->site;
	struct str from = client_host(site, j);
	struct source src[FROM_MAX];
	enum link_conf conf = from.n ? CONF_STRONG : CONF_GUESS;
	size_t n;

	if (j->prev || !j->nmsgid || j->is_notice_child || !j->ncopy ||
	    j->mta == MTA_AMAVIS || (!from.n && j->mta != MTA_DOVECOT))
		return;
	n = sources(lk, j, from, false, src);
	if (!n && !from.n) /* an alias, a copy to an archive */
		n = sources(lk, j, from, true, src);
	for (size_t k = 0; n && k < j->ncopy; k++) {
		struct source *s = source_of(lk, src, n, j, k);
		struct str host;
		struct life *g;

		if (!s->c || s->c->state == ST_DEFERRED) {
			if (s->c)
				link_set(s->c, s->l, j, LINK_MESSAGE_ID, conf);
			else
				hand_on(lk, s->l, NULL, j, k, conf);
			g = s->l;
		} else {
			host = from.n ? from : link_relay_host(lk, s->l, s->c);
			if (!host.n)
				continue;
			if (site_same_host(host, j->host)) {
				/* its own host: only the word between is gone */
				link_set(s->c, s->l, j, LINK_MESSAGE_ID, conf);
				continue;
			}
			g = stand_in(lk, s->l, s->c, host);
			s->c->next = g;
			s->c->link = g->link;
			s->c->conf = g->conf;
			hand_on(lk, g, s->c, j, k, conf);
		}
		if (!j->prev) {
			j->prev = g;
			j->link = LINK_MESSAGE_ID;
			j->conf = conf;
		}
	}
}

/* The host of ours a mail came from, when that one has no line of it. */
static void
come_from(const struct linker *lk, struct life *j)
{
	struct lives *ls = &lk->ws->lives;
	struct str from = client_host(lk->ws->site, j);
	struct str qid = j->orig_qid;
	struct life *g = NULL;

	if (j->mta == MTA_AMAVIS && j->filter.e)
		qid = rev_get(j->filter.e, F_QID2);
	if (j->prev || !from.n || j->is_notice_child ||
	    site_same_host(from, j->host))
		return;
	for (size_t i = 0; i < ls->n && !g; i++) {
		struct life *o = ls->life[i];

		if (!o->nev && !o->prev && o->ncopy &&
		    site_same_host(o->host, from) &&
		    link_shares_msgid(o->copy[0].next, j))
			g = o;
	}
	if (!g)
		g = life_absent(lk->ws->a, ls, from, qid, j->t0_us);
	for (size_t k = 0; k < j->ncopy; k++)
		hand_on(lk, g, NULL, j, k, CONF_STRONG);
	j->prev = g;
	j->link = qid.n ? LINK_ORIG_QUEUE_ID : LINK_MESSAGE_ID;
	j->conf = CONF_STRONG;
}

void
links_gaps(const struct linker *lk)
{
	const struct lives *ls = &lk->ws->lives;

	for (size_t i = 0; i < ls->n; i++)
		if (ls->life[i]->nev)
			bridge(lk, ls->life[i]);
	for (size_t i = 0; i < ls->n; i++)
		if (ls->life[i]->nev)
			come_from(lk, ls->life[i]);
}
