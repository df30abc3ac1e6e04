/*
 * find_refusal.c: refusals without a queue id: part of a message that was
 * accepted later or sent by a host of ours, or, with the other refusals of
 * their session, a message of their own.
 */
#include "query/find_part.h"
#include "query/match.h"
#include "base/banned.h"

#define DAY_US	   (86400 * INT64_C(1000000))
#define HOUR_US	   (3600 * INT64_C(1000000))
#define SESSION_US (600 * INT64_C(1000000))

enum { EARLIER_RCPTS = 32 /* recipients asked about for greylisting */ };

bool
find_is_refusal(const struct record *rec)
{
	const struct rec_event *e = rec->n ? &rec->ev[rec->n - 1] : NULL;

	return e && e->kind == EV_REJECT &&
	       (e->state == ST_REJECTED || e->state == ST_TEMPFAIL ||
		   e->state == ST_DISCARDED);
}

static const struct rec_event *
word(const struct record *rec)
{
	return &rec->ev[rec->n - 1];
}

static bool
same_session(const struct record *a, const struct record *b)
{
	const struct rec_event *x = word(a), *y = word(b);
	int64_t apart = a->t0_us - b->t0_us;

	return apart > -SESSION_US && apart < SESSION_US &&
	       str_eq(a->host, b->host) && str_eq(x->pid, y->pid) &&
	       str_eqi(rev_get(x, F_FROM), rev_get(y, F_FROM)) &&
	       str_eq(rev_get(x, F_CLIENT_IP), rev_get(y, F_CLIENT_IP));
}

static bool
same_refusal(const struct record *a, const struct record *b)
{
	const struct rec_event *x = word(a), *y = word(b);

	if (x->at.src == y->at.src)
		return x->at.offset == y->at.offset;
	return x->t_us == y->t_us && x->mask == y->mask &&
	       str_eq(rev_get(x, F_TO), rev_get(y, F_TO)) &&
	       str_eq(rev_get(x, F_REPLY), rev_get(y, F_REPLY));
}

/* Takes the other refusals of the session, whatever the terms asked for. */
static int
session_of(struct finder *f, const struct record *r, const struct record ***out,
    size_t *n, struct err *err)
{
	struct store_token tok = { TOK_IP, rev_get(word(r), F_CLIENT_IP) };
	struct store_set set = { &tok, 1 };
	struct store_cur *cur;
	size_t cap = 0, left = 300;
	int rc;

	*out = NULL;
	*n = 0;
	if (!tok.value.n) {
		arena_grow(f->a, *out, *n, cap);
		(*out)[(*n)++] = r;
		return 0;
	}
	cur = store_find(f->st, &set, 1, 1u << REC_REFUSAL,
	    r->t0_us - SESSION_US, r->t0_us + SESSION_US, err);
	if (!cur)
		return -1;
	while (left-- > 0) {
		struct record *rec = arena_new(f->a, struct record);
		bool twice = false;

		rc = store_next(cur, f->a, rec, err);
		if (rc < 0) {
			store_cur_close(cur);
			return -1;
		}
		if (!rc)
			break;
		if (!find_is_refusal(rec) || !same_session(rec, r))
			continue;
		for (size_t i = 0; i < *n && !twice; i++)
			twice = same_refusal((*out)[i], rec);
		if (twice) { /* Exim's rejectlog has it again */
			find_note_line(f, word(rec));
			continue;
		}
		arena_grow(f->a, *out, *n, cap);
		(*out)[(*n)++] = rec;
	}
	store_cur_close(cur);
	if (!*n) {
		arena_grow(f->a, *out, *n, cap);
		(*out)[(*n)++] = r;
	}
	for (size_t i = 0; i < *n / 2; i++) { /* oldest first */
		const struct record *x = (*out)[i];

		(*out)[i] = (*out)[*n - 1 - i];
		(*out)[*n - 1 - i] = x;
	}
	return 0;
}

static bool
has_rcpt(const struct traced *t, struct str to)
{
	for (size_t i = 0; i < t->msg.nrcpt; i++)
		if (str_eqi(t->msg.rcpt[i].to, to) ||
		    str_eqi(t->msg.rcpt[i].original_to, to))
			return true;
	for (size_t i = 0; i < t->nlife; i++)
		for (size_t k = 0; k < t->life[i]->ncopy; k++)
			if (str_eqi(t->life[i]->copy[k].to, to) ||
			    str_eqi(t->life[i]->copy[k].orig_to, to))
				return true;
	return false;
}

/* A filter before the queue refused it, and the refusal names its task. */
static bool
names_task(const struct rec_event *e, const struct life *l)
{
	struct str reply = rev_get(e, F_REPLY);
	ptrdiff_t i = str_find(reply, STR("id="));

	return i >= 0 && l->mta == MTA_AMAVIS && l->qid.n &&
	       str_starts(str_from(reply, (size_t)i + 3), l->qid) &&
	       l->t0_us < e->t_us + HOUR_US && l->t1_us > e->t_us - HOUR_US;
}

/*
 * A message this refusal is part of: accepted from the same client network
 * within a day; or the refusing client is a host of ours, whose own record
 * of the attempt tells the story.
 */
static struct traced *
owner_of(struct finder *f, const struct record *r)
{
	const struct rec_event *e = word(r);
	struct str to = rev_get(e, F_TO), ip = rev_get(e, F_CLIENT_IP);
	struct str host = site_host(&f->site, r->host);

	for (size_t i = 0; i < f->nmsg + f->naside; i++) {
		struct traced *t =
		    i < f->nmsg ? &f->msg[i] : &f->aside[i - f->nmsg];

		if (!t->nlife || !has_rcpt(t, to))
			continue;
		if (e->state == ST_TEMPFAIL &&
		    t->msg.first_us >= r->t0_us - 1000000 &&
		    t->msg.first_us - r->t0_us < DAY_US &&
		    str_eqi(t->msg.from, rev_get(e, F_FROM)) &&
		    ip_same_net(t->msg.entry.client_ip, ip))
			return t;
		for (size_t k = 0; k < t->nlife; k++) {
			const struct life *l = t->life[k];
			struct str name = rev_get(e, F_CLIENT_NAME);

			if (names_task(e, l))
				return t;
			if (!site_same_host(l->host, name) ||
			    site_same_host(l->host, host) ||
			    l->t0_us > r->t0_us + HOUR_US ||
			    l->t1_us < r->t0_us - HOUR_US)
				continue;
			return t;
		}
	}
	return NULL;
}

static int
look_for_owner(struct finder *f, const struct record *r, struct err *err)
{
	const struct rec_event *e = word(r);
	struct store_token from = { TOK_ADDR_FROM, rev_get(e, F_FROM) };
	struct store_token to = { TOK_ADDR_TO, rev_get(e, F_TO) };
	struct store_set sets[2] = { { &from, 1 }, { &to, 1 } };
	bool ours = site_our_server(&f->site, rev_get(e, F_CLIENT_NAME),
	    rev_get(e, F_CLIENT_IP));
	struct store_cur *cur;
	int rc = 0;

	ours |= str_find(rev_get(e, F_REPLY), STR("id=")) >= 0;
	if (!to.value.n || !from.value.p || (e->state != ST_TEMPFAIL && !ours))
		return 0;
	cur = store_find(f->st, sets, 2, 1u << REC_HOP,
	    ours ? r->t0_us - HOUR_US : r->t0_us,
	    r->t0_us + (ours ? HOUR_US : DAY_US), err);
	if (!cur)
		return -1;
	f->owning = true;
	for (int i = 0; i < 20 && rc >= 0; i++) {
		struct record *rec = arena_new(f->a, struct record);

		rc = store_next(cur, f->a, rec, err);
		if (rc <= 0)
			break;
		rc = find_add_hop(f, rec, err);
	}
	f->owning = false;
	store_cur_close(cur);
	return rc < 0 ? -1 : 0;
}

int
find_refusals(struct finder *f, struct err *err)
{
	for (size_t i = 0; i < f->nref; i++) {
		const struct record *r = f->ref[i], **all;
		struct traced *own, t;
		size_t n;

		if (find_line_noted(f, word(r)))
			continue;
		if (!owner_of(f, r) && look_for_owner(f, r, err) < 0)
			return -1;
		own = owner_of(f, r);
		if (own || find_line_noted(f, word(r))) {
			find_note_line(f, word(r));
			continue;
		}
		if (session_of(f, r, &all, &n, err) < 0)
			return -1;
		for (size_t k = 0; k < n; k++)
			find_note_line(f, word(all[k]));
		find_note_line(f, word(r));
		trace_refusals(&f->v, all, n, &t);
		if (!match_message(f->q, &t))
			continue;
		arena_grow(f->a, f->msg, f->nmsg, f->cmsg);
		f->msg[f->nmsg++] = t;
	}
	f->nref = 0;
	return 0;
}

int
find_earlier(struct finder *f, struct traced *t, struct err *err)
{
	struct ans_message *m = &t->msg;
	struct store_token from = { TOK_ADDR_FROM, m->from };
	struct store_token to[EARLIER_RCPTS];
	struct store_set sets[2] = { { &from, 1 }, { to, 0 } };
	struct store_cur *cur;
	int rc;

	if (!t->nlife || !m->from.p || !m->entry.client_ip.n || !m->nrcpt)
		return 0;
	for (size_t i = 0; i < m->nrcpt && sets[1].n < EARLIER_RCPTS; i++)
		if (m->rcpt[i].original_to.n)
			to[sets[1].n++] = (struct store_token){ TOK_ADDR_TO,
				m->rcpt[i].original_to };
	if (!sets[1].n)
		return 0;
	cur = store_find(f->st, sets, 2, 1u << REC_REFUSAL,
	    m->first_us - DAY_US, m->first_us + 1000000, err);
	if (!cur)
		return -1;
	for (int left = 200; left > 0; left--) {
		struct record *rec = arena_new(f->a, struct record);
		const struct rec_event *e;

		rc = store_next(cur, f->a, rec, err);
		if (rc <= 0) {
			store_cur_close(cur);
			return rc;
		}
		e = rec->n ? word(rec) : NULL;
		if (!e || e->kind != EV_REJECT || e->state != ST_TEMPFAIL ||
		    !ip_same_net(rev_get(e, F_CLIENT_IP), m->entry.client_ip))
			continue;
		for (size_t i = 0; i < m->nrcpt; i++)
			if (str_eqi(m->rcpt[i].original_to, rev_get(e, F_TO)) &&
			    m->rcpt[i].state != OUT_REJECTED) {
				m->rcpt[i].earlier_refusals++;
				verdict_evidence(&f->v, &m->rcpt[i],
				    (struct lev){ e, rec });
			}
	}
	store_cur_close(cur);
	return 0;
}
