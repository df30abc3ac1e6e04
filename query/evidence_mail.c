/*
 * evidence_mail.c: asks for the newest messages of the target, of others of
 * its domain, and of refusals that name it.
 */
#include <stdlib.h>

#include "base/die.h"
#include "query/evidence_word.h"
#include "base/banned.h"

enum {
	MESSAGES_MAX = 120, /* looked at per question */
	DOMAIN_MAX = 120,
	BLOCKS_MAX = 100,
	WORDS_MAX = 2000,
	SENDERS_LOOK = 20,
	NAMED_MAX = 5,
};

#define NAMED_US (7 * 86400 * INT64_C(1000000))

static struct str
escaped(struct arena *a, struct str v)
{
	struct buf b = BUF_INIT(8192);
	struct str s;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == ',' || v.p[i] == '*' || v.p[i] == '\\')
			buf_putc(&b, '\\');
		buf_putc(&b, v.p[i]);
	}
	s = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return s;
}

static int
ask_within(struct evd_ctx *x, enum term_key key, struct str value,
    const char *states, size_t limit, int64_t at_us, struct answer **out,
    struct err *err)
{
	struct evidence *ev = x->ev;
	struct answer *ans;
	struct query q;
	int rc;

	*out = NULL;
	if (ev->nans == sizeof(ev->ans) / sizeof(*ev->ans))
		return 0;
	query_init(&q);
	q.limit = limit;
	q.want_evidence_text = true;
	if (at_us) {
		q.t0_us = at_us - 1;
		q.t1_us = at_us + 1;
	}
	rc = query_term_kv(&q, key, OP_EQ, value, err);
	if (!rc && states)
		rc = query_term_kv(&q, T_STATE, OP_EQ, str_c(states), err);
	ans = xcalloc(1, sizeof(*ans));
	if (!rc)
		rc = query_run(&q, x->st, x->site, x->cl, ans, err);
	query_release(&q);
	if (rc < 0) {
		free(ans);
		return -1;
	}
	*out = ev->ans[ev->nans++] = ans;
	return 0;
}

static int
ask(struct evd_ctx *x, enum term_key key, struct str value, const char *states,
    size_t limit, struct answer **out, struct err *err)
{
	return ask_within(x, key, value, states, limit, 0, out, err);
}

/* The refusal of that moment. */
static int
ask_at(struct evd_ctx *x, struct str from, int64_t at_us, struct answer **out,
    struct err *err)
{
	return ask_within(x, T_FROM, escaped(&x->ev->arena, from), "rejected",
	    5, at_us, out, err);
}

/* The same copy seen twice: from two hops that could not be joined. */
static bool
known(const struct words *w, const struct word *one)
{
	enum { NEAR_US = 120 * 1000000 };

	for (size_t i = 0; i < w->n; i++) {
		const struct word *o = &w->v[i];

		if (o->sending == one->sending &&
		    str_eqi(o->r->to, one->r->to) &&
		    ((o->t_us == one->t_us && o->r->state == one->r->state) ||
			(o->m->message_id.n &&
			    str_eq(o->m->message_id, one->m->message_id) &&
			    o->t_us - one->t_us < NEAR_US &&
			    one->t_us - o->t_us < NEAR_US)))
			return true;
	}
	return false;
}

static void
take(struct evd_ctx *x, const struct answer *ans, bool sending, bool other,
    struct words *out)
{
	if (!ans)
		return;
	if (!other)
		out->more[sending] |= ans->truncated;
	for (size_t i = 0; i < ans->nmessage; i++)
		for (size_t k = 0; k < ans->message[i].nrcpt; k++) {
			const struct ans_rcpt *r = &ans->message[i].rcpt[k];
			struct word w = { r->time_us, sending, other,
				&ans->message[i], r };

			if ((!sending && !r->matched) || out->n >= WORDS_MAX ||
			    known(out, &w))
				continue;
			arena_grow(&x->ev->arena, out->v, out->n, out->cap);
			out->v[out->n++] = w;
		}
}

/* The newest messages to or from; when none of them went well, also the
 * newest one that did. */
static int
one_side(struct evd_ctx *x, enum term_key key, struct str value, size_t limit,
    struct words *out, struct err *err)
{
	bool sending = key != T_TO;
	struct answer *ans;

	if (ask(x, key, value, NULL, limit, &ans, err) < 0)
		return -1;
	take(x, ans, sending, false, out);
	if (!ans || !ans->truncated)
		return 0;
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].sending == sending && word_well(&out->v[i]))
			return 0;
	if (ask(x, key, value, "delivered,left", 1, &ans, err) < 0)
		return -1;
	take(x, ans, sending, false, out);
	return 0;
}

static int
newest_first(const void *x, const void *y)
{
	const struct word *a = x, *b = y;

	return a->t_us < b->t_us ? 1 : a->t_us > b->t_us ? -1 : 0;
}

static size_t
senders(const struct answer *ans)
{
	size_t n = 0;

	for (size_t i = 0; i < ans->nmessage; i++) {
		bool twice = false;

		for (size_t k = 0; k < i; k++)
			twice |=
			    str_eqi(ans->message[i].from, ans->message[k].from);
		n += !twice;
	}
	return n;
}

/*
 * What befell mail for others of the domain: a success proves L2-L5 and L7,
 * a failure on the way there is the target's too.
 */
static int
same_domain(struct evd_ctx *x, struct words *out, struct err *err)
{
	struct evidence *ev = x->ev;
	size_t look = ev->ours == 1 ? 1 : SENDERS_LOOK;
	struct str dom = x->ask->kind == EVD_DOMAIN ?
			     x->ask->target :
			     str_domain(x->ask->target);
	struct answer *ans;

	if (!dom.n)
		return 0;
	dom = escaped(&ev->arena,
	    arena_printf(&ev->arena, "@" STR_FMT, STR_ARG(dom)));
	if (ask(x, T_TO, dom, "delivered,left", look, &ans, err) < 0)
		return -1;
	ev->domain_senders = ans ? senders(ans) : 0;
	if (x->ask->kind == EVD_DOMAIN)
		return 0;
	take(x, ans, false, true, out);
	if (ask(x, T_TO, dom, "deferred,bounced,expired", look, &ans, err) < 0)
		return -1;
	take(x, ans, false, true, out);
	return 0;
}

/* Our own address: who refuses it. */
static int
blocked_us(struct evd_ctx *x, struct err *err)
{
	struct answer *ans;

	if (ask(x, T_GROUP, STR("blocked"), NULL, BLOCKS_MAX, &ans, err) < 0)
		return -1;
	for (size_t i = 0; ans && i < ans->nmessage; i++)
		for (size_t k = 0; k < ans->message[i].nrcpt; k++) {
			const struct ans_rcpt *r = &ans->message[i].rcpt[k];
			struct word w = { r->time_us, false, false,
				&ans->message[i], r };
			struct saying s = { EVD_BLOCKED_US, EVD_BREAKS, 7,
				false, false };
			bool ours = str_eqi(r->c.block.ip, x->ask->target);

			for (size_t o = 0; o < x->site->noutgoing; o++)
				ours |= !r->c.block.ip.n &&
					str_eqi(x->site->outgoing[o].b,
					    x->ask->target) &&
					site_same_host(x->site->outgoing[o].a,
					    r->stop_host);
			if (ours && r->c.grp == GRP_BLOCKED && !word_door(&w))
				evidence_add(x, &s, &w, ans->truncated);
		}
	return 0;
}

static bool
names_target(void *ctx, struct str reply)
{
	const struct evd_ctx *x = ctx;

	return evd_mentions(reply, x->ask->target);
}

/*
 * Refusals whose text names the account although neither side of the mail is
 * it: a login that may not use that sender.  Looked for in the newest days by
 * the column of replies alone.
 */
static int
named(struct evd_ctx *x, struct words *out, struct err *err)
{
	struct store_cur *cur = store_scan(x->st, F_REPLY, names_target, x,
	    1u << REC_REFUSAL, x->ev->logs_until_us - NAMED_US, INT64_MAX, err);
	struct arena *a = &x->ev->arena;
	struct record rec;
	int rc = cur ? 1 : -1;

	for (int left = NAMED_MAX; rc > 0 && left > 0; left--) {
		const struct rec_event *e;
		struct str from, to;
		struct answer *ans;

		rc = store_next(cur, a, &rec, err);
		if (rc <= 0 || !rec.n)
			continue;
		e = &rec.ev[rec.n - 1];
		from = rev_get(e, F_FROM);
		to = rev_get(e, F_TO);
		if (e->kind != EV_REJECT || !from.n || evd_target_is(x, from) ||
		    evd_target_is(x, to) ||
		    !names_target(x, rev_get(e, F_REPLY)))
			continue;
		rc = ask_at(x, from, e->t_us, &ans, err);
		if (rc < 0)
			break;
		rc = 1;
		take(x, ans, true, false, out);
	}
	store_cur_close(cur);
	return rc < 0 ? -1 : 0;
}

/* No domain is configured: one whose mail is stored here is ours. */
static void
learn_ours(struct evd_ctx *x, const struct words *w)
{
	for (size_t i = 0; i < w->n && x->ev->ours < 0; i++) {
		const struct ans_rcpt *r = w->v[i].r;
		bool inside = w->v[i].sending && w->v[i].m->entry.user.n;

		if (w->v[i].sending) {
			if (inside &&
			    str_eqi(w->v[i].m->entry.user, x->ask->target))
				x->ev->ours = 1;
		} else if (r->state == OUT_DELIVERED) {
			x->ev->ours = 1;
		} else if (r->state == OUT_LEFT &&
			   (!r->original_to.n ||
			       str_eqi(r->original_to, r->to))) {
			x->ev->ours = 0;
		}
	}
}

int
evidence_mail(struct evd_ctx *x, struct err *err)
{
	const struct evd_ask *a = x->ask;
	struct arena *ar = &x->ev->arena;
	bool both = a->sending == a->receiving;
	struct words w = { 0 };
	struct str v;

	if (a->kind == EVD_IP) {
		if (one_side(x, T_CLIENT, a->target, MESSAGES_MAX, &w, err) < 0)
			return -1;
		if (site_our_ip(x->site, a->target) && blocked_us(x, err) < 0)
			return -1;
	} else {
		size_t limit =
		    a->kind == EVD_DOMAIN ? DOMAIN_MAX : MESSAGES_MAX;

		v = a->kind == EVD_DOMAIN ?
			arena_printf(ar, "@" STR_FMT, STR_ARG(a->target)) :
			a->target;
		v = escaped(ar, v);
		if ((both || a->receiving) &&
		    one_side(x, T_TO, v, limit, &w, err) < 0)
			return -1;
		if ((both || a->sending) &&
		    one_side(x, T_FROM, v, limit, &w, err) < 0)
			return -1;
		if ((both || a->sending) && a->kind == EVD_ADDRESS &&
		    one_side(x, T_USER, v, limit, &w, err) < 0)
			return -1;
	}
	if ((both || a->sending) && a->kind == EVD_ADDRESS &&
	    x->ev->ours == 1 && named(x, &w, err) < 0)
		return -1;
	if ((both || a->receiving) && a->kind != EVD_IP &&
	    same_domain(x, &w, err) < 0)
		return -1;
	if (w.n)
		qsort(w.v, w.n, sizeof(*w.v), newest_first);
	if (x->ev->ours < 0)
		learn_ours(x, &w);
	evidence_judge(x, &w);
	return 0;
}
