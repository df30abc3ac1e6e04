/*
 * life.c: reads what the lines of one life say.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "parsers/exim.h"
#include "parsers/mime.h"
#include "query/filter.h"
#include "query/life_part.h"
#include "base/banned.h"

enum { SUBJECT_MAX = 4096, MSGIDS_MAX = 4 };

struct str
msgid_bare(struct str m)
{
	m = str_trim(m);
	if (m.n && m.p[0] == '<')
		m = str_from(m, 1);
	if (m.n && m.p[m.n - 1] == '>')
		m.n--;
	return m;
}

bool
life_has_msgid(const struct life *l, struct str bare)
{
	for (size_t i = 0; i < l->nmsgid; i++)
		if (str_eqi(l->msgid[i], bare))
			return true;
	return false;
}

bool
life_msgid_compatible(const struct life *a, const struct life *b)
{
	if (!a->nmsgid || !b->nmsgid)
		return true;
	for (size_t i = 0; i < a->nmsgid; i++)
		if (life_has_msgid(b, a->msgid[i]))
			return true;
	return false;
}

static int
by_time(const void *x, const void *y)
{
	const struct rec_event *a = ((const struct lev *)x)->e;
	const struct rec_event *b = ((const struct lev *)y)->e;

	if (a->t_us != b->t_us)
		return a->t_us < b->t_us ? -1 : 1;
	if (a->at.src != b->at.src)
		return a->at.src < b->at.src ? -1 : 1;
	if (a->at.offset != b->at.offset)
		return a->at.offset < b->at.offset ? -1 : 1;
	return 0;
}

struct copy *
life_copy(struct arena *a, struct life *l, struct str to, struct str orig_to)
{
	struct copy *c;

	for (size_t i = 0; i < l->ncopy; i++)
		if (str_eqi(l->copy[i].to, to) &&
		    (str_eqi(l->copy[i].orig_to, orig_to) || !orig_to.n ||
			!l->copy[i].orig_to.n))
			return &l->copy[i];
	arena_grow(a, l->copy, l->ncopy, l->ccopy);
	c = &l->copy[l->ncopy++];
	*c = (struct copy){ .to = to, .orig_to = orig_to };
	return c;
}

/* Exim delivers to a local part; the address it stands for has the domain. */
static struct str
full_address(struct arena *a, struct str to, struct str orig)
{
	struct str dom = str_domain(orig);

	if (!to.n || str_chr(to, '@') >= 0 || !dom.n || to.p[0] == '/' ||
	    to.p[0] == '|' || to.p[0] == '>' || to.p[0] == ':')
		return to.n && str_chr(to, '@') < 0 && orig.n ? orig : to;
	return arena_printf(a, STR_FMT "@" STR_FMT, STR_ARG(to), STR_ARG(dom));
}

static bool
is_failure(unsigned state)
{
	return state == ST_DEFERRED || state == ST_BOUNCED ||
	       state == ST_EXPIRED || state == ST_REJECTED ||
	       state == ST_TEMPFAIL;
}

/* A later word replaces an earlier one, but a final one only by a final. */
static void
copy_word(struct arena *a, struct life *l, struct copy *c, size_t i)
{
	const struct rec_event *e = l->ev[i].e;
	bool is_final = e->state != ST_DEFERRED && e->state != ST_TEMPFAIL;

	bool tried = !str_eq(rev_get(e, F_ACTION), STR("not-tried"));

	/* "retry time not reached" is no attempt; its cause came before */
	if (tried) {
		arena_grow(a, c->attempt, c->nattempt, c->cattempt);
		c->attempt[c->nattempt++] = i;
	}
	if (is_failure(e->state) &&
	    !(c->failed.e && (!tried || e->state == ST_EXPIRED)))
		c->failed = l->ev[i];
	if (!c->last.e || is_final || c->state == ST_DEFERRED ||
	    c->state == ST_TEMPFAIL || c->state == ST_NONE) {
		/* moved on (vacation) never hides that it was stored */
		if (e->state == ST_REPLIED && c->last.e)
			return;
		if (c->state == ST_BOUNCED && e->state == ST_EXPIRED)
			return;
		c->state = (enum ev_state)e->state;
		c->last = l->ev[i];
	}
}

static void
read_delivery(struct arena *a, struct life *l, size_t i)
{
	const struct rec_event *e = l->ev[i].e;
	struct str orig = rev_get(e, F_ORIG_TO);
	struct str to = rev_get(e, F_TO);
	struct str rest, addr;

	if (e->state == ST_PROBE_OK || e->state == ST_PROBE_BAD)
		return;
	if (e->kind == EV_STORED && e->state == ST_FORWARDED &&
	    rev_has(e, F_RCPTS)) {
		/* sieve redirect: copies of their own */
		rest = rev_get(e, F_RCPTS);
		while (rcpts_next(&rest, &addr))
			copy_word(a, l, life_copy(a, l, addr, to), i);
		return;
	}
	if (to.p) {
		to = full_address(a, to, orig);
		copy_word(a, l, life_copy(a, l, to, orig), i);
		return;
	}
	rest = rev_get(e, F_RCPTS);
	while (rcpts_next(&rest, &addr))
		copy_word(a, l, life_copy(a, l, addr, STR_NONE), i);
}

static void
add_msgid(struct arena *a, struct life *l, struct str m)
{
	m = msgid_bare(m);
	if (!m.n || life_has_msgid(l, m) || l->nmsgid == MSGIDS_MAX)
		return;
	if (!l->msgid)
		l->msgid = arena_array(a, struct str, MSGIDS_MAX);
	l->msgid[l->nmsgid++] = m;
}

static struct str
decode_subject(struct arena *a, unsigned mta, struct str raw)
{
	struct buf b = BUF_INIT(SUBJECT_MAX), plain = BUF_INIT(SUBJECT_MAX);
	struct str s;

	if (mta == MTA_EXIM) { /* as quoted in its log */
		exim_unescape(raw, &plain);
		raw = buf_str(&plain);
	}
	mime_decode_words(raw, &b);
	s = arena_dup(a, buf_str(&b));
	buf_release(&b);
	buf_release(&plain);
	return s;
}

static void
take(struct str *to, const struct rec_event *e, enum field f)
{
	if (!to->n && rev_get(e, f).n)
		*to = rev_get(e, f);
}

/* exim -Mar and -Mmd: one recipient more, or less. */
static void
read_edit(struct arena *a, struct life *l, size_t i)
{
	struct str to = rev_get(l->ev[i].e, F_TO), text;
	struct copy *c;

	if (!to.n)
		return;
	c = life_copy(a, l, to, STR_NONE);
	text = rev_get(l->ev[i].e, F_TEXT);
	if (str_find(text, STR("marked delivered")) < 0 ||
	    (c->state != ST_NONE && c->state != ST_DEFERRED))
		return;
	c->deleted = true;
	c->last = l->ev[i];
}

static void
read_admin(struct arena *a, struct life *l, size_t i)
{
	struct str act = rev_get(l->ev[i].e, F_ACTION);

	if (str_eq(act, STR("edit"))) {
		read_edit(a, l, i);
	} else if (str_startsi(act, STR("hold")) ||
		   str_startsi(act, STR("freeze")) ||
		   str_startsi(act, STR("frozen")) ||
		   str_findi(act, STR("on hold")) >= 0) {
		/* Exim says it again at each queue run */
		if (!l->held)
			l->hold = l->ev[i];
		l->held = true;
	} else if (str_startsi(act, STR("release")) ||
		   str_startsi(act, STR("thaw")) ||
		   str_startsi(act, STR("unfrozen")) ||
		   str_startsi(act, STR("requeue"))) {
		l->held = false;
	} else if (l->mta == MTA_EXIM && str_eqi(act, STR("cancel"))) {
		l->held = false;
		l->end = l->given_up = l->ev[i];
	} else if (str_startsi(act, STR("remove")) ||
		   str_startsi(act, STR("cancel")) ||
		   str_startsi(act, STR("delete"))) {
		l->deleted = true;
		l->end = l->ev[i];
	}
}

/*
 * A rule about the whole message (header_checks, milter, access HOLD or
 * DISCARD) or a recipient that was refused in its session.
 */
static void
read_rule(struct arena *a, struct life *l, size_t i)
{
	const struct rec_event *e = l->ev[i].e;
	struct str to = rev_get(e, F_TO);
	struct str where = rev_get(e, F_WHERE), addr;
	bool whole = e->kind == EV_HEADER || str_startsi(where, STR("DATA")) ||
		     str_startsi(where, STR("END")) ||
		     str_startsi(where, STR("BDAT"));

	switch (e->state) {
	case ST_HELD:
		l->held = true;
		l->hold = l->ev[i];
		break;
	case ST_REJECTED:
	case ST_TEMPFAIL:
		if (!whole && to.n) {
			struct copy *c = life_copy(a, l, to, STR_NONE);

			copy_word(a, l, c, i);
			c->refused = true;
			return;
		}
		l->rule = l->ev[i];
		l->rule_state = (enum ev_state)e->state;
		to = rev_get(e, F_RCPTS);
		while (rcpts_next(&to, &addr))
			life_copy(a, l, addr, STR_NONE);
		break;
	case ST_DISCARDED:
	case ST_QUARANTINED:
	case ST_REDIRECTED:
		l->rule = l->ev[i];
		l->rule_state = (enum ev_state)e->state;
		break;
	default:
		break;
	}
}

/* A filter with an id of its own is a hop; its verdict is every copy's. */
static void
read_filter(struct arena *a, struct life *l, size_t i)
{
	const struct rec_event *e = l->ev[i].e;
	struct str rest = rev_get(e, F_RCPTS), addr;

	if (!rest.n)
		rest = rev_get(e, F_TO);
	while (e->mta == MTA_AMAVIS && rcpts_next(&rest, &addr)) {
		struct copy *c = life_copy(a, l, addr, STR_NONE);

		/* its own "FWD" line names the id of just this recipient */
		if (e->state == ST_PASSED && c->state == ST_SENT)
			continue;
		copy_word(a, l, c, i);
		c->last = l->ev[i];
		c->state =
		    e->state == ST_PASSED ? ST_SENT : (enum ev_state)e->state;
	}
}

static void
read_client(struct life *l, const struct rec_event *e)
{
	take(&l->client_name, e, F_CLIENT_NAME);
	take(&l->client_ip, e, F_CLIENT_IP);
	take(&l->helo, e, F_HELO);
	take(&l->user, e, F_USER);
	take(&l->tls, e, F_TLS_SEEN);
	take(&l->tls, e, F_TLS);
}

static void
read_event(struct arena *a, struct life *l, size_t i)
{
	const struct rec_event *e = l->ev[i].e;

	if (l->mta == MTA_NONE || e->flags & EVF_START)
		if (!life_is_aside(e))
			l->mta = (enum mta)e->mta;
	if (rev_has(e, F_MSGID))
		add_msgid(a, l, rev_get(e, F_MSGID));
	if (!l->subject.n && rev_get(e, F_SUBJECT).n)
		l->subject = decode_subject(a, e->mta, rev_get(e, F_SUBJECT));
	switch (e->kind) {
	case EV_ARRIVE:
		if (!l->arrive.e)
			l->arrive = l->ev[i];
		l->started = true;
		read_client(l, e);
		if (rev_has(e, F_FROM) && !l->from.p)
			l->from = rev_get(e, F_FROM);
		if (rev_has(e, F_QID2)) {
			l->orig_qid = rev_get(e, F_QID2);
			l->is_notice_child = e->mta == MTA_EXIM;
		}
		if (rev_has(e, F_UID) ||
		    (!rev_has(e, F_CLIENT_IP) && !rev_has(e, F_CLIENT_NAME)))
			l->local_entry = true;
		if (rev_has(e, F_SIZE))
			str_i64(rev_get(e, F_SIZE), &l->size_bytes);
		break;
	case EV_ACTIVE:
		l->active = true;
		l->from = rev_get(e, F_FROM);
		str_i64(rev_get(e, F_SIZE), &l->size_bytes);
		break;
	case EV_HEADER:
		take(&l->helo, e, F_HELO);
		if (!l->from.p && rev_has(e, F_FROM))
			l->from = rev_get(e, F_FROM);
		read_rule(a, l, i);
		break;
	case EV_REJECT:
		if (e->mta == MTA_EXIM) /* there is no arrival line */
			read_client(l, e);
		take(&l->helo, e, F_HELO);
		read_rule(a, l, i);
		break;
	case EV_DELIVERY:
	case EV_STORED:
		l->active = true;
		read_delivery(a, l, i);
		break;
	case EV_FILTER:
		if (!l->filter.e ||
		    filter_weight(e) >= filter_weight(l->filter.e))
			l->filter = l->ev[i];
		read_filter(a, l, i);
		if (!l->from.p && rev_has(e, F_FROM) && !life_is_aside(e))
			l->from = rev_get(e, F_FROM);
		if (e->mta == MTA_AMAVIS || e->mta == MTA_RSPAMD)
			str_i64(rev_get(e, F_SIZE), &l->size_bytes);
		break;
	case EV_EXPIRED:
		l->expired = true;
		l->end = l->ev[i];
		if (!l->from.p && rev_has(e, F_FROM))
			l->from = rev_get(e, F_FROM);
		for (size_t k = 0; k < l->ncopy; k++)
			if (l->copy[k].state == ST_DEFERRED) {
				l->copy[k].state = ST_EXPIRED;
				l->copy[k].last = l->ev[i];
			}
		break;
	case EV_NOTICE:
		if (l->nnotice < 4) {
			l->notice[l->nnotice].qid = rev_get(e, F_QID2);
			l->notice[l->nnotice].kind = rev_get(e, F_ACTION);
			l->notice[l->nnotice++].ev = l->ev[i];
		}
		break;
	case EV_ADMIN:
		read_admin(a, l, i);
		break;
	case EV_LOST:
		l->lost = l->ev[i];
		break;
	case EV_END:
		l->ended = true;
		l->held = false;
		if (str_startsi(rev_get(e, F_ACTION), STR("delete")))
			l->deleted = true;
		if (str_startsi(rev_get(e, F_ACTION), STR("cancel")))
			l->aborted = !l->active;
		l->end = l->ev[i];
		break;
	default:
		break;
	}
	if (e->flags & EVF_END)
		l->ended = true;
}

/*
 * Rejections of the session before there was an id belong to this message
 * only when they name the same sender; an earlier MAIL of the session may
 * have had another.
 */
static void
drop_foreign_refusals(struct life *l)
{
	struct str from = STR_NONE;
	size_t n = 0;

	for (size_t i = 0; i < l->nev; i++) {
		const struct rec_event *e = l->ev[i].e;

		if (e->kind == EV_ACTIVE ||
		    (e->kind == EV_HEADER && rev_has(e, F_FROM)))
			from = rev_get(e, F_FROM);
	}
	if (!from.p)
		return;
	for (size_t i = 0; i < l->nev; i++) {
		const struct rec_event *e = l->ev[i].e;

		if (e->kind == EV_REJECT && rev_has(e, F_FROM) &&
		    !str_eqi(rev_get(e, F_FROM), from))
			continue;
		l->ev[n++] = l->ev[i];
	}
	l->nev = n;
}

/* The sender, when no line of the queue said it. */
static void
take_from(struct life *l, unsigned kind)
{
	for (size_t i = 0; i < l->nev && !l->from.p; i++)
		if (l->ev[i].e->kind == kind && rev_has(l->ev[i].e, F_FROM))
			l->from = rev_get(l->ev[i].e, F_FROM);
}

struct life *
life_make(struct arena *a, const struct part *rec, size_t nrec, size_t own)
{
	struct life *l = arena_new(a, struct life);
	size_t total = 0, n = 0;
	const struct record **all = arena_array(a, const struct record *, nrec);

	l->printed_host = rec[0].r->host;
	l->host = rec[0].host;
	l->qid = rec[0].r->qid;
	l->inst = rec[0].r->inst;
	l->rec = all;
	l->nrec = nrec;
	l->size_bytes = -1;
	for (size_t i = 0; i < nrec; i++) {
		all[i] = rec[i].r;
		total += rec[i].r->n;
		if (i >= own)
			continue;
		l->ended |= (rec[i].r->flags & REC_END) != 0;
		l->started |= (rec[i].r->flags & REC_START) != 0;
		l->aborted |= (rec[i].r->flags & REC_ABORTED) != 0;
		l->parts |= (rec[i].r->flags & REC_FRAGMENT) != 0;
	}
	l->ev = arena_array(a, struct lev, total);
	for (size_t i = 0; i < nrec; i++)
		for (size_t k = 0; k < rec[i].r->n; k++)
			l->ev[n++] = (struct lev){ &rec[i].r->ev[k], rec[i].r };
	qsort(l->ev, n, sizeof(*l->ev), by_time);
	for (size_t i = 0; i < n; i++) {
		bool twice = false;

		for (size_t k = l->nev; k-- > 0 && !twice;) {
			if (l->ev[k].e->t_us != l->ev[i].e->t_us)
				break;
			twice = life_same_event(l->ev[k].e, l->ev[i].e);
			if (twice && bits_set(l->ev[i].e->mask) >
					 bits_set(l->ev[k].e->mask))
				l->ev[k] =
				    l->ev[i]; /* the one that says more */
		}
		if (!twice)
			l->ev[l->nev++] = l->ev[i];
	}
	drop_foreign_refusals(l);
	if (l->nev) {
		l->t0_us = l->ev[0].e->t_us;
		l->t1_us = l->ev[l->nev - 1].e->t_us;
	}
	for (size_t i = 0; i < l->nev; i++)
		read_event(a, l, i);
	take_from(l, EV_REJECT);
	take_from(l, EV_FILTER);
	life_entry(a, l);
	if (l->active)
		l->aborted = false;
	else if (l->lost.e)
		l->aborted = true;
	return l;
}
