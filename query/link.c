/*
 * link.c: joins hops, in order of trust.
 *
 *  1. exact: the reply or notice names the other id ("queued as X"), and the
 *     other host is the one the relay names, or the only one that fits;
 *     XFORWARD's orig_queue_id; amavis' Queue-ID and queued_as.
 *  2. strong: same Message-ID, and the addresses of client and relay fit.
 *  3. guess: same Message-ID, sender and recipient within seconds.
 *
 * Time must be compatible: clocks of hosts differ, so a next hop may begin a
 * little before the line that handed the mail to it, or while it was still
 * being handed over.  Two different Message-IDs are never one mail.
 */
#include "query/link_part.h"
#include "base/banned.h"

#define SEC	INT64_C(1000000)
#define SKEW_US (2 * 3600 * SEC) /* for an exact id */
#define ZONE_US                                                                \
	(26 * 3600 * SEC)	    /* host and Message-ID fit, its zone was
				     * not known */
#define NEAR_US	  (600 * SEC)	    /* without one */
#define RETURN_US (2 * 86400 * SEC) /* through a remote and back */

static void
chain_add(struct linker *lk, struct map *m, struct str key, struct life *l)
{
	struct chain *c = arena_new(lk->ws->a, struct chain);
	void **at = map_slot(m, key);

	*c = (struct chain){ l, *at };
	*at = c;
}

static const struct chain *
of_qid(const struct linker *lk, struct str qid)
{
	return map_get(&lk->qid, qid);
}

static struct str
lower(struct arena *a, struct str s)
{
	struct str low = arena_dup(a, s);

	for (size_t i = 0; i < low.n; i++)
		((char *)(uintptr_t)low.p)[i] = to_lower(low.p[i]);
	return low;
}

static void
linker_init(struct linker *lk, struct ws *ws)
{
	struct lives *ls = &ws->lives;

	*lk = (struct linker){ .ws = ws };
	for (size_t i = ls->n; i-- > 0;) {
		struct life *l = ls->life[i];

		chain_add(lk, &lk->qid, l->qid, l);
		if (l->client_ip.n && !ip_loopback(l->client_ip) &&
		    site_our_name(ws->site, l->client_name))
			*map_slot(&lk->seen_as, l->client_ip) = l;
		for (size_t k = 0; k < l->nmsgid; k++)
			chain_add(lk, &lk->msgid, lower(ws->a, l->msgid[k]), l);
		if (l->mta == MTA_AMAVIS && l->filter.e) {
			struct chain *c = arena_new(ws->a, struct chain);

			*c = (struct chain){ l, lk->filters };
			lk->filters = c;
		}
	}
}

static void
linker_release(struct linker *lk)
{
	map_release(&lk->qid);
	map_release(&lk->msgid);
	map_release(&lk->seen_as);
}

static struct str
program(const struct lev *ev)
{
	struct str tag = ev->e ? ev->e->tag : STR_NONE;
	ptrdiff_t i = str_rchr(tag, '/');

	return i < 0 ? tag : str_from(tag, (size_t)i + 1);
}

static bool
one_of(struct str s, const char *const *words)
{
	for (; *words; words++)
		if (str_eq(s, str_c(*words)))
			return true;
	return false;
}

enum handed
copy_handed(const struct site *site, const struct life *l, const struct copy *c)
{
	static const char *const local_agents[] = { "local", "virtual", "pipe",
		"discard", "error", "retry", NULL };
	struct str name, ip, prog;
	const struct rec_event *e = c->last.e;

	if (!e)
		return HANDED_NOT;
	if (e->kind == EV_STORED)
		return e->state == ST_FORWARDED ? HANDED_OURS : HANDED_NOT;
	if (l->mta == MTA_AMAVIS)
		return c->state == ST_SENT ? HANDED_OURS : HANDED_NOT;
	name = rev_get(e, F_RELAY_NAME);
	ip = rev_get(e, F_RELAY_IP);
	prog = program(&c->last);
	if (l->mta == MTA_AXIGEN && !name.n && !ip.n &&
	    str_eq(prog, STR("SMTP-OUT")))
		return HANDED_REMOTE; /* its dialogue names no host */
	if (l->mta == MTA_POSTFIX && one_of(prog, local_agents))
		return str_starts(rev_get(e, F_REPLY), STR("forwarded as ")) ?
			   HANDED_OURS :
			   HANDED_NOT;
	if (!name.n && !ip.n)
		return HANDED_NOT;
	if (site_our_server(site, name, ip))
		return HANDED_OURS;
	return HANDED_REMOTE;
}

static bool
failure(unsigned state)
{
	return state == ST_DEFERRED || state == ST_BOUNCED ||
	       state == ST_REJECTED || state == ST_TEMPFAIL;
}

struct str
link_relay_host(const struct linker *lk, const struct life *l,
    const struct copy *c)
{
	const struct site *site = lk->ws->site;
	const struct rec_event *e = c->last.e;
	struct str name = rev_get(e, F_RELAY_NAME);
	struct str ip = rev_get(e, F_RELAY_IP);
	const struct life *seen;

	if (e->mta == MTA_AMAVIS || ip_loopback(ip) || (!name.n && !ip.n) ||
	    str_eq(name, STR("local")))
		return l->host;
	if (site_our_name(site, name))
		return site_host(site, name);
	for (size_t i = 0; i < site->nlogging; i++)
		if (site_same_host(site->logging[i], name))
			return site_host(site, site->logging[i]);
	seen = ip.n ? map_get(&lk->seen_as, ip) : NULL;
	return seen ? site_host(site, seen->client_name) : STR("");
}

/*
 * Whether life `j` runs on the host that copy `c` of `l` was handed to: 1 yes,
 * -1 no, that is another one of ours; 0: the name says nothing (a service's, an
 * address).
 */
static int
relay_fits(const struct linker *lk, const struct life *l, const struct copy *c,
    const struct life *j)
{
	struct str name = rev_get(c->last.e, F_RELAY_NAME);
	struct str host = link_relay_host(lk, l, c);

	if (site_same_host(host, j->host) || site_same_host(name, j->host) ||
	    site_same_host(name, j->printed_host))
		return 1;
	return host.n ? -1 : 0;
}

/* Whether `j` says its client was the host of `l`. */
static bool
client_is(const struct site *site, const struct life *j, const struct life *l)
{
	if (site_same_host(site_host(site, j->client_name), l->host) ||
	    site_same_host(j->client_name, l->host))
		return true;
	if (ip_loopback(j->client_ip) || j->local_entry)
		return site_same_host(j->host, l->host);
	for (size_t i = 0; i < site->noutgoing; i++)
		if (str_eqi(site->outgoing[i].b, j->client_ip) &&
		    site_outgoing_of(&site->outgoing[i], l->host, l->inst))
			return true;
	return site_same_host(j->helo, l->host);
}

static int64_t
apart(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static bool
has_recipient(const struct life *j, struct str addr)
{
	for (size_t i = 0; i < j->ncopy; i++)
		if (str_eqi(j->copy[i].to, addr) ||
		    str_eqi(j->copy[i].orig_to, addr))
			return true;
	return false;
}

void
link_set(struct copy *c, struct life *l, struct life *j, enum link_kind kind,
    enum link_conf conf)
{
	c->next = j;
	c->link = kind;
	c->conf = conf;
	if (!j->prev) {
		j->prev = l;
		j->link = kind;
		j->conf = conf;
	}
}

/* Whether the client of `j` is who copy `c` was handed to. */
static bool
came_from(const struct life *j, const struct copy *c)
{
	struct str ip = rev_get(c->last.e, F_RELAY_IP);
	struct str name = rev_get(c->last.e, F_RELAY_NAME);

	return (ip.n && str_eqi(j->client_ip, ip)) ||
	       (name.n && str_eqi(j->client_name, name));
}

bool
link_before(const struct life *l, const struct life *j)
{
	for (int depth = 0; l && depth < 64; l = l->prev, depth++)
		if (l == j)
			return true;
	return false;
}

bool
link_shares_msgid(const struct life *a, const struct life *b)
{
	return a->nmsgid && b->nmsgid && life_msgid_compatible(a, b);
}

/*
 * The life of that id that fits, by what speaks for it; else the one that
 * begins nearest to `t`.
 */
static struct life *
by_id(const struct linker *lk, struct life *l, struct copy *c, struct str id,
    int64_t t, bool *sure)
{
	const struct site *site = lk->ws->site;
	bool remote = copy_handed(site, l, c) == HANDED_REMOTE;
	struct life *best = NULL;
	int most = -1;

	for (const struct chain *at = of_qid(lk, id); at; at = at->next) {
		struct life *j = at->l;
		int fits = relay_fits(lk, l, c, j), speaks;

		if (j == l || fits < 0 || !life_msgid_compatible(l, j) ||
		    apart(j->t0_us, t) > (fits > 0 && link_shares_msgid(l, j) ?
						 ZONE_US :
						 SKEW_US))
			continue;
		speaks = 4 * fits + 2 * link_shares_msgid(l, j) +
			 client_is(site, j, l);
		if (remote && ((!client_is(site, j, l) && !came_from(j, c)) ||
				  link_before(l, j)))
			continue;
		if (!best || speaks > most ||
		    (speaks == most &&
			apart(j->t0_us, t) < apart(best->t0_us, t))) {
			best = j;
			most = speaks;
		}
	}
	*sure = most > 0;
	return !best || *sure || apart(best->t0_us, t) < 60 * SEC ? best : NULL;
}

/*
 * Whether amavis life `j` is the one copy `c` of `l` was handed to: it names
 * the id it was given (Queue-ID), or the reply names its own ("id=26597-06"),
 * or both name the same next id.
 */
static bool
filter_is(const struct life *l, const struct copy *c, const struct life *j,
    bool ours)
{
	struct str given = rev_get(j->filter.e, F_QID2);
	struct str reply = rev_get(c->last.e, F_REPLY);
	struct str next = rev_get(c->last.e, F_QID2);
	ptrdiff_t i = str_find(reply, STR("id="));
	bool same_next = false;

	if (given.n && !str_eq(given, l->qid))
		return false;
	for (size_t k = 0; next.n && k < j->nev && !same_next; k++)
		same_next = str_eq(rev_get(j->ev[k].e, F_QID2), next) ||
			    str_eq(rev_get(j->ev[k].e, F_QID3), next);
	/* short ids come back: what is not handed to a host of ours must say
	 * more than an id */
	if (given.n)
		return ours || same_next;
	return same_next ||
	       (i >= 0 && str_starts(str_from(reply, (size_t)i + 3), j->qid));
}

/* A filter between l and the next id. */
static struct life *
filter_after(const struct linker *lk, struct life *l, struct copy *c)
{
	struct life *best = NULL;
	bool ours = copy_handed(lk->ws->site, l, c) != HANDED_REMOTE;
	int64_t t = c->last.e->t_us;

	for (const struct chain *at = lk->filters; at; at = at->next) {
		struct life *j = at->l;

		if (apart(j->t1_us, t) >
			(link_shares_msgid(l, j) ? ZONE_US : SKEW_US) ||
		    !filter_is(l, c, j, ours) || relay_fits(lk, l, c, j) < 0 ||
		    !life_msgid_compatible(l, j) || !has_recipient(j, c->to))
			continue;
		if (!best || apart(j->t1_us, t) < apart(best->t1_us, t))
			best = j;
	}
	return best;
}

/*
 * A filter that refused: the mail stays with the hop before it, which says
 * so itself; the filter's line tells why.
 */
static void
link_refusing_filter(const struct linker *lk, struct life *l)
{
	for (const struct chain *at = lk->filters; at; at = at->next) {
		struct life *j = at->l;

		if (j->prev ||
		    (j->filter.e->state != ST_REJECTED &&
			j->filter.e->state != ST_TEMPFAIL) ||
		    !str_eq(rev_get(j->filter.e, F_QID2), l->qid) ||
		    !life_msgid_compatible(l, j) ||
		    j->t1_us < l->t0_us - SKEW_US ||
		    j->t0_us > l->t1_us + SKEW_US)
			continue;
		j->prev = l;
		j->link = LINK_FILTER;
		j->conf = CONF_EXACT;
		if (!l->filter.e)
			l->filter = j->filter;
	}
}

/*
 * A mailbox that refused: the mail stays with the hop before it, whose reply
 * says so; the mailbox's line, which has no id of that hop, tells why.
 */
static void
link_refusing_store(const struct linker *lk, struct life *j)
{
	if (j->mta != MTA_DOVECOT || j->prev || !j->nmsgid || j->ncopy != 1 ||
	    !failure(j->copy[0].state))
		return;
	for (const struct chain *at =
		 map_get(&lk->msgid, lower(lk->ws->a, j->msgid[0]));
	     at; at = at->next) {
		struct life *l = at->l;

		if (l == j || l->mta == MTA_DOVECOT)
			continue;
		for (size_t k = 0; k < l->ncopy; k++) {
			struct copy *c = &l->copy[k];

			if (!link_stands_for(j->copy[0].to, c->to))
				continue;
			for (size_t n = 0; n < c->nattempt; n++) {
				const struct rec_event *e =
				    l->ev[c->attempt[n]].e;

				if (!failure(e->state) ||
				    apart(e->t_us, j->t1_us) > 60 * SEC)
					continue;
				j->prev = l;
				j->link = LINK_MESSAGE_ID;
				j->conf = CONF_STRONG;
				c->told = j->copy[0].last;
				return;
			}
		}
	}
}

static void
link_exact(const struct linker *lk, struct life *l, struct copy *c, bool remote)
{
	const struct rec_event *e = c->last.e;
	struct str id;
	struct life *j;
	bool sure;

	if (!e ||
	    (c->state != ST_SENT && c->state != ST_DISCARDED &&
		c->state != ST_QUARANTINED) ||
	    (copy_handed(lk->ws->site, l, c) == HANDED_REMOTE) != remote)
		return;
	if (l->mta != MTA_AMAVIS && l->mta != MTA_DOVECOT) {
		j = filter_after(lk, l, c);
		if (j) {
			link_set(c, l, j, LINK_FILTER, CONF_EXACT);
			return;
		}
	}
	if (c->state != ST_SENT)
		return;
	id = rev_get(e, e->kind == EV_FILTER ? F_QID3 : F_QID2);
	if (!id.n)
		return;
	j = by_id(lk, l, c, id, e->t_us, &sure);
	if (j)
		link_set(c, l, j,
		    str_starts(rev_get(e, F_REPLY), STR("forwarded as ")) ?
			LINK_FORWARDED_AS :
			LINK_QUEUED_AS,
		    sure ? CONF_EXACT : CONF_STRONG);
}

/* XFORWARD and requeue: the later life names the earlier id. */
static void
link_orig_id(const struct linker *lk, struct life *j)
{
	struct life *l = NULL;

	if (j->prev || !j->orig_qid.n || j->is_notice_child)
		return;
	for (const struct chain *at = of_qid(lk, j->orig_qid); at;
	     at = at->next) {
		struct life *k = at->l;

		if (k != j && k->mta != MTA_AMAVIS &&
		    k->t0_us <= j->t0_us + SKEW_US &&
		    life_msgid_compatible(k, j) &&
		    (!l ||
			apart(k->t1_us, j->t0_us) < apart(l->t1_us, j->t0_us)))
			l = k;
	}
	if (!l)
		return;
	if (j->local_entry && site_same_host(l->host, j->host)) {
		l->requeued = j;
		j->prev = l;
		j->link = LINK_ORIG_QUEUE_ID;
		j->conf = CONF_EXACT;
		return;
	}
	for (size_t i = 0; i < l->ncopy; i++) {
		struct copy *c = &l->copy[i];
		struct life *f = c->next;

		if (c->state != ST_SENT ||
		    (j->ncopy && !has_recipient(j, c->to)))
			continue;
		if (!f) {
			link_set(c, l, j, LINK_ORIG_QUEUE_ID, CONF_EXACT);
			continue;
		}
		/* the filter between them split the mail in two */
		for (size_t k = 0; f->mta == MTA_AMAVIS && k < f->ncopy; k++)
			if (str_eqi(f->copy[k].to, c->to) &&
			    f->copy[k].state == ST_SENT &&
			    !(f->copy[k].next &&
				has_recipient(f->copy[k].next, c->to)))
				link_set(&f->copy[k], f, j, LINK_ORIG_QUEUE_ID,
				    CONF_EXACT);
	}
}

/*
 * Without an id: the same Message-ID at the host it was handed to, whose
 * client is the one that handed it.
 */
static void
link_msgid(const struct linker *lk, struct life *l, struct copy *c,
    struct str msgid, bool remote)
{
	const struct ws *ws = lk->ws;
	enum handed handed = copy_handed(ws->site, l, c);
	const struct rec_event *e = c->last.e;
	struct life *best = NULL;
	bool best_rcpt = false, best_sure = false, forwarded;

	if (c->next || !e || handed == HANDED_NOT ||
	    (handed == HANDED_REMOTE) != remote ||
	    (c->state != ST_SENT && c->state != ST_FORWARDED))
		return;
	forwarded = c->state == ST_FORWARDED;
	for (const struct chain *at = map_get(&lk->msgid, msgid); at;
	     at = at->next) {
		struct life *j = at->l;
		bool rcpt, near_enough, sure = false;

		if (j == l || (j->prev && j->prev != l) ||
		    j->mta == MTA_AMAVIS || j->t0_us < e->t_us - ZONE_US ||
		    link_before(l, j))
			continue;
		if (handed == HANDED_REMOTE) {
			/* came back in from the remote it was left to */
			int64_t ahead;
			bool told =
			    clocks_apart(&lk->clocks, l->host, j->host, &ahead);
			int64_t later = j->t0_us - ahead - e->t_us;

			if (later > RETURN_US ||
			    later < (told ? -15 : -5) * SEC || !came_from(j, c))
				continue;
			near_enough = true;
		} else if (forwarded) {
			near_enough = client_is(ws->site, j, l) &&
				      j->t0_us - e->t_us < RETURN_US;
		} else {
			sure = client_is(ws->site, j, l);
			near_enough = relay_fits(lk, l, c, j) > 0 &&
				      apart(j->t0_us, e->t_us) <
					  (sure ? ZONE_US : NEAR_US);
		}
		if (!near_enough)
			continue;
		rcpt = has_recipient(j, c->to);
		if (handed != HANDED_REMOTE && j->ncopy && !rcpt)
			continue;
		if (!best || (rcpt && !best_rcpt) ||
		    (rcpt == best_rcpt && apart(j->t0_us, e->t_us) <
					      apart(best->t0_us, e->t_us))) {
			best = j;
			best_rcpt = rcpt;
			best_sure = sure;
		}
	}
	if (best)
		link_set(c, l, best, LINK_MESSAGE_ID,
		    best_sure || forwarded || handed == HANDED_REMOTE ?
			CONF_STRONG :
			CONF_GUESS);
}

void
links_make(struct ws *ws)
{
	struct lives *ls = &ws->lives;
	struct linker lk;

	linker_init(&lk, ws);
	/* among our own hosts first: what is left may have come back in */
	for (int remote = 0; remote < 2; remote++)
		for (size_t i = 0; i < ls->n; i++)
			for (size_t k = 0; k < ls->life[i]->ncopy; k++)
				link_exact(&lk, ls->life[i],
				    &ls->life[i]->copy[k], remote);
	for (size_t i = 0; i < ls->n; i++) {
		link_refusing_filter(&lk, ls->life[i]);
		link_refusing_store(&lk, ls->life[i]);
		link_orig_id(&lk, ls->life[i]);
	}
	clocks_read(&lk.clocks, ls);
	for (int remote = 0; remote < 2; remote++)
		for (size_t i = 0; i < ls->n; i++) {
			struct life *l = ls->life[i];

			for (size_t m = 0; m < l->nmsgid; m++) {
				struct str id = lower(ws->a, l->msgid[m]);

				for (size_t k = 0; k < l->ncopy; k++)
					link_msgid(&lk, l, &l->copy[k], id,
					    remote);
			}
		}
	links_piped(&lk);
	links_gaps(&lk);
	links_origins(ws);
	linker_release(&lk);
}
