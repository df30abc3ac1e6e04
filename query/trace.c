/*
 * trace.c: follows a message from one of its records to its ends, over the
 * hops that gather.c found.
 */
#include <stdlib.h>

#include "query/filter.h"
#include "query/gather.h"
#include "query/trace.h"
#include "base/banned.h"

#define SECOND_US INT64_C(1000000)

enum { RCPTS_MAX = 20000 };

struct tracer {
	struct verdict_ctx *v;
	struct ws ws;
	struct traced *out;
	struct ans_rcpt *rcpt;
	size_t nrcpt, crcpt;
	bool want_lines;
};

/* ---- walking ---- */

struct path {
	const struct path *before;
	const struct life *l;
	enum link_kind link;
	enum link_conf conf;
	int depth;
};

static void
set_path(struct tracer *t, const struct path *p, struct ans_rcpt *r)
{
	size_t n = 0;

	for (const struct path *q = p; q; q = q->before)
		n++;
	r->path = arena_array(t->v->a, struct ans_step, n + 1);
	r->npath = n;
	for (const struct path *q = p; q; q = q->before) {
		r->path[--n] = (struct ans_step){ q->l->host,
			q->l->qid.n ? q->l->qid : STR_NONE, mta_of(q->l),
			q->l->t0_us, q->link, q->conf };
		if (q->l->filter.e)
			filter_also(t->v->a, q->l->filter.e, r);
	}
}

/* A mailbox host that took the mail and has no log here ends the way. */
static void
end_path(const struct life *l, const struct copy *c, struct ans_rcpt *r)
{
	if (r->state != OUT_DELIVERED || site_same_host(r->stop_host, l->host))
		return;
	r->path[r->npath++] =
	    (struct ans_step){ r->stop_host, rev_get(c->last.e, F_QID2), NULL,
		    c->last.e->t_us, LINK_QUEUED_AS, CONF_EXACT };
}

static enum out_state notice_end(struct tracer *t, struct life *l, int depth,
    struct str *to);

/* The notice that was sent about a failure at `l`, and its own end. */
static void
set_notice(struct tracer *t, const struct life *l, struct ans_rcpt *r)
{
	size_t nth = l->nnotice;

	if (r->state != OUT_BOUNCED && r->state != OUT_EXPIRED)
		return;
	for (size_t i = 0; i < l->nnotice; i++)
		if (str_find(l->notice[i].kind, STR("delay")) < 0 &&
		    str_find(l->notice[i].kind, STR("postmaster")) < 0 &&
		    (nth == l->nnotice ||
			l->notice[nth].ev.e->t_us < r->time_us - SECOND_US))
			nth = i; /* the first one after it was given up */
	if (nth < l->nnotice)
		verdict_evidence(t->v, r, l->notice[nth].ev);
	for (size_t i = 0; i < t->ws.lives.n; i++) {
		struct life *k = t->ws.lives.life[i];

		if (!(nth < l->nnotice ?
			    notice_is(l, nth, k) :
			    k->is_notice_child && str_eq(k->orig_qid, l->qid) &&
				site_same_host(k->host, l->host)))
			continue;
		r->has_notice = true;
		r->notice_qid = k->qid;
		r->notice_state = notice_end(t, k, 0, &r->notice_to);
		return;
	}
	if (nth < l->nnotice) {
		r->has_notice = true;
		r->notice_qid = l->notice[nth].qid;
		r->notice_state = OUT_NONE;
	}
}

/* The state of a notice's first recipient at the end of its way. */
static enum out_state
notice_end(struct tracer *t, struct life *l, int depth, struct str *to)
{
	struct ans_rcpt r;

	if (!l->ncopy || depth > DEPTH_MAX) {
		verdict(t->v, l, NULL, STR_NONE, STR_NONE, &r);
		return r.state;
	}
	*to = l->copy[0].to;
	if (l->copy[0].next)
		return notice_end(t, l->copy[0].next, depth + 1, to);
	verdict(t->v, l, &l->copy[0], l->copy[0].to, STR_NONE, &r);
	return r.state;
}

/* Delivered, and marked as spam on its way: where it will be looked for. */
static void
set_marked(struct tracer *t, struct ans_rcpt *r)
{
	struct str marked, in = STR("the spam folder of the mail program");

	if (r->state != OUT_DELIVERED ||
	    !(marked = filter_marked(t->v->a, r)).n)
		return;
	if (r->folder.n && !str_eqi(r->folder, STR("INBOX")))
		in = arena_printf(t->v->a, "folder " STR_FMT,
		    STR_ARG(r->folder));
	r->next = arena_printf(t->v->a, STR_FMT ": look into " STR_FMT,
	    STR_ARG(marked), STR_ARG(in));
}

static void
leaf(struct tracer *t, const struct life *l, const struct copy *c,
    struct str to, struct str original, const struct path *p)
{
	struct ans_rcpt r;

	if (t->nrcpt == RCPTS_MAX) {
		t->ws.cut = true;
		return;
	}
	verdict(t->v, l, c, to, original, &r);
	if (r.evidence == NULL && p->before) /* at least who handed it over */
		verdict_evidence(t->v, &r, p->before->l->end);
	set_path(t, p, &r);
	set_marked(t, &r);
	end_path(l, c, &r);
	set_notice(t, l, &r);
	arena_grow(t->v->a, t->rcpt, t->nrcpt, t->crcpt);
	t->rcpt[t->nrcpt++] = r;
}

static void walk(struct tracer *t, const struct life *l,
    const struct copy *from, struct str original, const struct path *p);

static void
walk_copy(struct tracer *t, const struct life *l, const struct copy *c,
    struct str original, const struct path *p)
{
	struct path step;

	if (!c->next || p->depth >= DEPTH_MAX) {
		leaf(t, l, c, c->to, original, p);
		return;
	}
	for (const struct path *q = p; q; q = q->before)
		if (q->l == c->next) { /* no way leads back to itself */
			leaf(t, l, c, c->to, original, p);
			return;
		}
	step = (struct path){ p, c->next, c->link, c->conf, p->depth + 1 };
	walk(t, c->next, c, original, &step);
}

/*
 * The copies of `l` that continue `from` (all, when from is NULL: the entry).
 */
static void
walk(struct tracer *t, const struct life *l, const struct copy *from,
    struct str original, const struct path *p)
{
	bool any = false;
	struct str to = from ? from->to : STR_NONE;

	if (l->requeued && p->depth < DEPTH_MAX) {
		struct path step = { p, l->requeued, LINK_ORIG_QUEUE_ID,
			CONF_EXACT, p->depth + 1 };

		walk(t, l->requeued, NULL, original, &step);
		return;
	}
	for (size_t i = 0; i < l->ncopy; i++) {
		const struct copy *c = &l->copy[i];
		struct str first = original;

		if (from && c->origin != from)
			continue;
		any = true;
		if (!first.p)
			first = l->rule_state == ST_REDIRECTED &&
					rev_get(l->rule.e, F_TO).n ?
				    rev_get(l->rule.e, F_TO) :
				c->orig_to.n ? c->orig_to :
					       c->to;
		walk_copy(t, l, c, first, p);
	}
	if (any)
		return;
	if (!to.n) { /* nothing but what a rule or the client's line says */
		const struct lev *from_ev[] = { &l->rule, &l->hold, &l->lost };

		for (size_t i = 0; i < 3 && !to.n; i++)
			if (from_ev[i]->e)
				to = rev_get(from_ev[i]->e, F_TO);
		for (size_t i = 0; i < l->nev && !to.n; i++)
			to = rev_get(l->ev[i].e, F_TO);
	}
	/* a filter that only says it took the mail: the copy's own word */
	leaf(t, l, NULL, to.n ? to : STR_NONE, original.p ? original : to, p);
}

static void
enter(struct tracer *t, const struct life *l)
{
	struct path p = { NULL, l, LINK_ENTRY, CONF_EXACT, 0 };

	walk(t, l, NULL, STR_NONE, &p);
}

/* One entry per final address: a resend of the same hop says it once. */
static bool
same_rcpt(const struct ans_rcpt *a, const struct ans_rcpt *b)
{
	return str_eqi(a->to, b->to) && str_eqi(a->original_to, b->original_to);
}

static int
rank(const struct ans_rcpt *r)
{
	switch (r->state) {
	case OUT_DELIVERED:
		return 5;
	case OUT_LEFT:
		return 4;
	case OUT_LOST:
	case OUT_QUEUED:
		return 1;
	case OUT_REJECTED:
		return 2;
	default:
		return 3;
	}
}

static void
merge_rcpts(struct tracer *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nrcpt; i++) {
		size_t k = 0;

		while (k < n && !same_rcpt(&t->rcpt[k], &t->rcpt[i]))
			k++;
		if (k == n)
			t->rcpt[n++] = t->rcpt[i];
		else if (rank(&t->rcpt[i]) > rank(&t->rcpt[k]) ||
			 (rank(&t->rcpt[i]) == rank(&t->rcpt[k]) &&
			     t->rcpt[i].time_us > t->rcpt[k].time_us))
			t->rcpt[k] = t->rcpt[i];
	}
	t->nrcpt = n;
}

/* ---- the answer's form ---- */

static void
fill_attempt(struct tracer *t, const struct rec_event *e,
    struct ans_attempt *at)
{
	struct str delay = rev_get(e, F_DELAY);
	uint64_t port;

	*at = (struct ans_attempt){ .t_us = e->t_us,
		.state = (enum ev_state)e->state,
		.relay_name = rev_get(e, F_RELAY_NAME),
		.relay_ip = rev_get(e, F_RELAY_IP),
		.port =
		    str_u64(rev_get(e, F_RELAY_PORT), &port) && port < 65536 ?
			(int)port :
			-1,
		.code = rev_get(e, F_CODE),
		.dsn = rev_get(e, F_DSN),
		.text = verdict_reply(t->v->a, e),
		.tls = rev_get(e, F_TLS),
		.delay_us = -1,
		.cls = cls_by_name(rev_get(e, F_CLASS)) };
	if (delay.n && delay.p[delay.n - 1] == 's')
		delay.n--;
	str_seconds_us(delay, &at->delay_us);
}

static void
fill_hop(struct tracer *t, const struct life *l, struct ans_hop *h)
{
	struct arena *a = t->v->a;

	*h = (struct ans_hop){ .host = l->host,
		.qid = l->qid,
		.mta = mta_of(l),
		.client_name = l->client_name,
		.client_ip = l->client_ip,
		.from = l->from,
		.size_bytes = l->size_bytes,
		.first_us = l->t0_us,
		.last_us = l->t1_us,
		.closed = l->ended };
	h->delivery = arena_array(a, struct ans_delivery, l->ncopy);
	for (size_t i = 0; i < l->ncopy; i++) {
		const struct copy *c = &l->copy[i];
		struct ans_delivery *d = &h->delivery[h->ndelivery++];

		d->to = c->to;
		d->original_to = c->orig_to;
		d->attempt = arena_array(a, struct ans_attempt, c->nattempt);
		for (size_t k = 0; k < c->nattempt; k++)
			fill_attempt(t, l->ev[c->attempt[k]].e,
			    &d->attempt[d->nattempt++]);
		if (d->nattempt) {
			d->relay = d->attempt[d->nattempt - 1].relay_name;
			d->relay_ip = d->attempt[d->nattempt - 1].relay_ip;
		}
	}
	if (!t->want_lines)
		return;
	h->line = arena_array(a, struct ans_line, l->nev);
	for (size_t i = 0; i < l->nev; i++) {
		const struct record *rec = l->ev[i].rec;
		struct ans_line *ln = &h->line[h->nline++];
		const struct rec_event *e = l->ev[i].e;

		ln->t_us = e->t_us;
		ln->at.source =
		    arena_dup(a, store_source_name(t->v->st, e->at.src));
		ln->at.line = e->at.number;
		ln->at.offset = e->at.offset;
		ln->at.text = store_line(t->v->st, a, rec,
		    (size_t)(e - rec->ev), &ln->at.why_gone);
	}
}

static void
fill_head(struct traced *out)
{
	struct ans_message *m = &out->msg;
	const struct life *root = out->life[0];

	for (size_t i = 0; i < out->nlife; i++)
		if (!out->life[i]->prev) {
			root = out->life[i];
			break;
		}
	m->entry.host = root->host;
	m->entry.client_name = root->client_name;
	m->entry.client_ip = root->client_ip;
	m->entry.helo = root->helo;
	m->entry.user = root->user;
	m->entry.tls = root->tls;
	m->from = root->from;
	m->size_bytes = root->size_bytes;
	if (root->nmsgid)
		m->message_id = root->msgid[0];
	m->subject = root->subject;
	m->first_us = INT64_MAX;
	for (size_t i = 0; i < out->nlife; i++) {
		const struct life *l = out->life[i];

		if (!m->from.p && l->from.p)
			m->from = l->from;
		if (!m->message_id.p && l->nmsgid)
			m->message_id = l->msgid[0];
		if (!m->subject.n && l->subject.n)
			m->subject = l->subject;
		if (m->size_bytes < 0)
			m->size_bytes = l->size_bytes;
		if (l->t0_us < m->first_us)
			m->first_us = l->t0_us;
		if (l->t1_us > m->last_us)
			m->last_us = l->t1_us;
	}
}

static bool
only_probes(const struct life *l)
{
	bool probe = false;

	for (size_t i = 0; i < l->nev; i++) {
		const struct rec_event *e = l->ev[i].e;

		if (e->kind != EV_DELIVERY)
			continue;
		if (e->state != ST_PROBE_OK && e->state != ST_PROBE_BAD)
			return false;
		probe = true;
	}
	return probe;
}

int
trace_message(struct verdict_ctx *v, const struct record *seed, bool want_lines,
    struct traced *out, struct err *err)
{
	struct tracer t = { .v = v, .out = out, .want_lines = want_lines };
	struct life *l;
	int rc;

	*out = (struct traced){ 0 };
	ws_init(&t.ws, v->st, v->site, v->a);
	rc = gather(&t.ws, seed, &l, err);
	if (rc <= 0)
		goto out;
	rc = 0;
	filters_attach(&t.ws);
	if (only_probes(l))
		goto out;
	out->life = arena_array(v->a, struct life *, t.ws.lives.n);
	for (size_t i = 0; i < t.ws.lives.n; i++)
		if (t.ws.lives.life[i]->in_message && t.ws.lives.life[i]->nev)
			out->life[out->nlife++] = t.ws.lives.life[i];
	for (size_t i = 0; i < t.ws.lives.n; i++)
		if (t.ws.lives.life[i]->in_message && !t.ws.lives.life[i]->prev)
			enter(&t, t.ws.lives.life[i]);
	if (!t.nrcpt) /* a ring, by a wrong join: it began with the first */
		enter(&t, out->life[0]);
	merge_rcpts(&t);
	out->msg.rcpt = t.rcpt;
	out->msg.nrcpt = t.nrcpt;
	out->msg.hop = arena_array(v->a, struct ans_hop, out->nlife);
	for (size_t i = 0; i < out->nlife; i++)
		fill_hop(&t, out->life[i], &out->msg.hop[out->msg.nhop++]);
	fill_head(out);
	out->cut = t.ws.cut;
	rc = 1;
out:
	ws_release(&t.ws);
	return rc;
}

static void
add_refused(struct arena *a, struct ans_message *m, size_t *cap,
    const struct ans_rcpt *r)
{
	for (size_t k = 0; k < m->nrcpt; k++)
		if (str_eqi(m->rcpt[k].to, r->to)) {
			m->rcpt[k] = *r; /* tried again: the last word */
			return;
		}
	if (m->nrcpt == RCPTS_MAX)
		return;
	arena_grow(a, m->rcpt, m->nrcpt, *cap);
	m->rcpt[m->nrcpt++] = *r;
}

void
trace_refusals(struct verdict_ctx *v, const struct record *const *rec, size_t n,
    struct traced *out)
{
	struct ans_message *m = &out->msg;
	size_t cap = 0;

	*out = (struct traced){ 0 };
	m->size_bytes = -1;
	m->first_us = INT64_MAX;
	for (size_t i = 0; i < n; i++) {
		const struct rec_event *e = &rec[i]->ev[rec[i]->n - 1];
		struct str rest = rev_get(e, F_RCPTS), addr;
		struct ans_rcpt r;

		verdict_refusal(v, rec[i], e, &r);
		if (r.to.p || !rest.n)
			add_refused(v->a, m, &cap, &r);
		while (!r.to.p && rcpts_next(&rest, &addr)) {
			struct ans_rcpt one = r; /* after DATA: all of them */

			one.to = one.original_to = addr;
			add_refused(v->a, m, &cap, &one);
		}
		if (!m->from.p && rev_has(e, F_FROM))
			m->from = rev_get(e, F_FROM);
		if (!m->entry.client_ip.n)
			m->entry.client_ip = rev_get(e, F_CLIENT_IP);
		if (!m->entry.client_name.n)
			m->entry.client_name = rev_get(e, F_CLIENT_NAME);
		if (!m->entry.helo.n)
			m->entry.helo = rev_get(e, F_HELO);
		if (!m->entry.user.n)
			m->entry.user = rev_get(e, F_USER);
		m->entry.host = site_host(v->site, rec[i]->host);
		if (rec[i]->t0_us < m->first_us)
			m->first_us = rec[i]->t0_us;
		if (rec[i]->t1_us > m->last_us)
			m->last_us = rec[i]->t1_us;
	}
}
