/*
 * evidence_judge.c: words into facts and states.
 *
 * Newest first: a failure counts until something newer has gone well for the
 * same link (for a remote that refuses us: from the same host of ours).
 */
#include "query/evidence_word.h"
#include "base/banned.h"

enum { ALIASES_MAX = 12, HOSTS_MAX = 16 };

#define RECENT_US (7 * 86400 * INT64_C(1000000))

/* What went well since, per link: the newest time. */
struct good {
	int64_t link[2][EVD_LINKS + 1];
	int64_t other[EVD_LINKS + 1]; /* for others of the same domain */
	struct str host[HOSTS_MAX];   /* of ours, that a remote accepted from */
	int64_t host_us[HOSTS_MAX];
	size_t nhost;
	const struct evd_fact *why[2][EVD_LINKS + 1];
	const struct evd_fact *why_other[EVD_LINKS + 1];
};

/* Whether a copy that arrived proves a link. */
static bool
proves(const struct evd_ctx *x, const struct word *w, int k)
{
	/* what a remote does with its users, only it knows */
	bool whole = w->r->state == OUT_DELIVERED || x->ev->ours == 1;

	if (w->sending)
		return k == 7 || (k == 9 && w->m->entry.user.n);
	if (w->other || x->ask->kind == EVD_DOMAIN)
		return (k >= 2 && k <= 5) || k == 7 || (k == 1 && !w->other);
	return k <= 8 && (whole || (k != 6 && k != 8));
}

static void
well(struct evd_ctx *x, struct good *g, const struct word *w)
{
	const struct ans_rcpt *r = w->r;

	for (int k = 1; k <= EVD_LINKS; k++) {
		int64_t *t = w->other ? &g->other[k] : &g->link[w->sending][k];

		if (proves(x, w, k) && *t < w->t_us)
			*t = w->t_us;
	}
	/* only what left us says that a remote takes mail from that host */
	if (w->sending || r->state != OUT_LEFT ||
	    (w->other && x->ev->ours == 1))
		return;
	for (size_t i = 0; i < g->nhost; i++)
		if (str_eqi(g->host[i], r->stop_host))
			return;
	if (g->nhost < HOSTS_MAX) {
		g->host[g->nhost] = r->stop_host;
		g->host_us[g->nhost++] = w->t_us;
	}
}

static int64_t
host_well_us(const struct good *g, struct str host)
{
	for (size_t i = 0; i < g->nhost; i++)
		if (str_eqi(g->host[i], host))
			return g->host_us[i];
	return 0;
}

static bool
same_fact(const struct evd_fact *f, const struct saying *s,
    const struct word *w)
{
	return f->other == w->other && f->kind == s->kind &&
	       f->effect == s->effect && f->link == s->link &&
	       f->cls == w->r->c.cls && f->rcpt &&
	       (f->rcpt->state == OUT_REJECTED) == word_door(w) &&
	       (!s->per_host || str_eqi(f->host, w->r->stop_host)) &&
	       (s->kind != EVD_MESSAGE || f->rcpt->state == w->r->state);
}

/* A failure began with the first attempt. */
static int64_t
begun(const struct word *w)
{
	int64_t t = w->r->first_attempt_us;

	return !word_well(w) && t && t < w->t_us ? t : w->t_us;
}

struct evd_fact *
evidence_add(struct evd_ctx *x, const struct saying *s, const struct word *w,
    bool more)
{
	struct evd_fact *f;

	for (size_t i = 0; i < x->ev->nfact; i++) {
		f = x->ev->fact[i];
		if (!same_fact(f, s, w))
			continue;
		if (begun(w) < f->first_us)
			f->first_us = begun(w);
		f->n++;
		return f;
	}
	f = evidence_fact(x->ev, s->kind);
	if (!f)
		return NULL;
	f->effect = s->effect;
	f->link = s->link;
	f->cls = w->r->c.cls;
	f->other = w->other;
	f->by_us = word_door(w);
	f->waits = w->r->state == OUT_DEFERRED;
	f->last_us = w->t_us;
	f->first_us = begun(w);
	f->more = more;
	f->msg = w->m;
	f->rcpt = w->r;
	f->host = w->r->stop_host;
	f->user = w->m->entry.user;
	f->ip = w->m->entry.client_ip;
	if (s->link == 9)
		f->slip =
		    f->cls == CLS_TLS_FAILED ? SLIP_PLAIN_PORT : SLIP_NO_AUTH;
	evidence_lines(f, w->r);
	return f;
}

static void
alias(struct evd_ctx *x, const struct word *w, bool *own)
{
	struct evidence *ev = x->ev;
	struct evd_fact *f;
	size_t n = 0;

	if (w->sending || !word_well(w) || x->ask->kind != EVD_ADDRESS)
		return;
	if (evd_target_is(x, w->r->to)) {
		*own = true;
		return;
	}
	if (!evd_target_is(x, w->r->original_to))
		return;
	for (size_t i = 0; i < ev->nfact; i++) {
		f = ev->fact[i];
		if (f->kind != EVD_ALIAS)
			continue;
		if (str_eqi(f->text, w->r->to)) {
			f->first_us = w->t_us;
			f->n++;
			return;
		}
		n++;
	}
	f = n < ALIASES_MAX ? evidence_fact(ev, EVD_ALIAS) : NULL;
	if (!f)
		return;
	f->text = w->r->to;
	f->msg = w->m;
	f->rcpt = w->r;
	f->first_us = f->last_us = w->t_us;
	evidence_lines(f, w->r);
}

/* What a failure behind a link says about the links before it. */
static void
reached(const struct saying *s, const struct word *w, int64_t *until)
{
	if (w->sending || s->kind != EVD_NOT_RECEIVED || s->link < 6)
		return;
	for (int k = 1; k < s->link; k++)
		if ((k < 6 || s->link == 8) && until[k] < w->t_us)
			until[k] = w->t_us;
}

/* When what speaks against a failure last went well.  That others of our own
 * domain get mail says nothing about this account. */
static int64_t
well_since(const struct evd_ctx *x, const struct good *g, const struct word *w,
    const struct saying *s)
{
	int64_t t = g->link[w->sending][s->link];

	if (s->per_host)
		return host_well_us(g, w->r->stop_host);
	if (!w->sending && (w->other || x->ev->ours != 1) &&
	    evd_about(w->r->c.cls) == ABOUT_ROUTE && g->other[s->link] > t)
		t = g->other[s->link];
	return t;
}

/* Something newer went well: it is history, unless it will come again. */
static void
contradict(const struct evd_ctx *x, const struct good *g, const struct word *w,
    struct saying *s)
{
	int64_t since = well_since(x, g, w, s);
	bool still = s->again && x->ev->logs_until_us - w->t_us < RECENT_US;

	if (s->effect < EVD_WEAKENS)
		return;
	/* a stranger who brought it to us is no word about the way there */
	if (since >= w->t_us && w->r->c.cls == CLS_RELAY_DENIED &&
	    word_door(w) && !w->sending && !w->other && !x->ev->received)
		return;
	/* a rule throws away some mail, the rest arrives */
	if (w->r->state == OUT_DISCARDED && since)
		s->effect = EVD_TELLS;
	else if (since >= w->t_us)
		s->effect = still ? EVD_WEAKENS : EVD_TELLS;
	/* one remote's refusal while others take it */
	else if (s->kind == EVD_NOT_SENT && s->effect == EVD_WEAKENS &&
		 !word_door(w) && since)
		s->effect = EVD_TELLS;
	/* another host of ours is still welcome there */
	else if (s->effect == EVD_BREAKS && s->per_host && g->link[0][7] > 0)
		s->effect = EVD_WEAKENS;
}

/* Of mail for others of the domain only what concerns the way there. */
static bool
concerns(const struct word *w, const struct saying *s)
{
	if (!w->other || s->effect == EVD_PROVES)
		return true;
	if (evd_weak(w->r->c.cls))
		return false;
	return s->effect >= EVD_WEAKENS &&
	       (s->per_host || evd_about(w->r->c.cls) == ABOUT_ROUTE);
}

static void
one_word(struct evd_ctx *x, const struct words *all, struct good *good,
    const struct word *w, int64_t *before, bool *own)
{
	struct evidence *ev = x->ev;
	struct saying s = saying_of(x, w);
	struct evd_fact *f;

	if (!concerns(w, &s))
		return;
	alias(x, w, own);
	contradict(x, good, w, &s);
	reached(&s, w, before);
	f = evidence_add(x, &s, w, all->more[w->sending]);
	if (!f)
		return;
	if (f->kind == EVD_RECEIVED && !ev->received)
		ev->received = f;
	if (f->kind == EVD_SENT && !ev->sent)
		ev->sent = f;
	for (int k = 1; word_well(w) && k <= EVD_LINKS; k++) {
		const struct evd_fact **why =
		    w->other ? &good->why_other[k] : &good->why[w->sending][k];

		if (!*why && proves(x, w, k))
			*why = f;
	}
}

/* What befell others of the domain matters where the target's own mail says
 * nothing is wrong. */
static void
own_first(struct evidence *ev)
{
	bool own = false;

	for (size_t i = 0; i < ev->nfact; i++)
		own |=
		    !ev->fact[i]->other && ev->fact[i]->effect >= EVD_WEAKENS;
	for (size_t i = 0; own && i < ev->nfact; i++)
		if (ev->fact[i]->other && ev->fact[i]->effect >= EVD_WEAKENS)
			ev->fact[i]->effect = EVD_TELLS;
}

void
evidence_judge(struct evd_ctx *x, const struct words *w)
{
	struct evidence *ev = x->ev;
	int64_t before[EVD_LINKS + 1] = { 0 };
	struct good good = { .nhost = 0 };
	bool own = false;

	for (size_t i = 0; i < w->n; i++)
		if (word_well(&w->v[i]))
			well(x, &good, &w->v[i]);
	for (size_t i = 0; i < w->n; i++)
		one_word(x, w, &good, &w->v[i], before, &own);
	own_first(ev);
	for (size_t i = 0; i < ev->nfact; i++)
		if (ev->fact[i]->kind == EVD_ALIAS && !own && !ev->nalias++)
			ev->alias_to = ev->fact[i]->text;
	if (ev->nalias > 1)
		ev->alias_to = STR("");
	for (int k = 1; k <= EVD_LINKS; k++) {
		/* whose sending: the target's own, or ours to it */
		bool own_way =
		    k == 9 || (k == 7 && (ev->ours == 1 || x->ask->sending));
		int64_t t = good.link[own_way][k];
		const struct evd_fact *why = good.why[own_way][k];

		if (!own_way && good.other[k] > t) {
			t = good.other[k];
			why = good.why_other[k];
		}

		if (!own_way && before[k] > t) {
			t = before[k];
			why = NULL;
		}
		if (t)
			ev->link[k - 1] =
			    (struct evd_link){ EVD_PROVED, t, why };
	}
}
