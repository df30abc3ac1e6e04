/*
 * find.c: terms -> candidate records -> messages -> answer.
 *
 * Terms with an index token (addresses, domains, ids, client IP, login,
 * relay) select candidates together; when none of those holds every token in
 * one record (a sender rewritten between hops), the first term alone does.
 * Without any token records are walked newest first, by the subject column
 * when there is a subject term.  Each candidate is followed to its whole
 * message and only then held against the terms.
 *
 * In one file: candidates, refusals and the answer work on one small state.
 */
#include <stdlib.h>

#include "parsers/mime.h"
#include "query/hint.h"
#include "query/match.h"
#include "base/banned.h"

#define DAY_US	   (86400 * INT64_C(1000000))
#define HOUR_US	   (3600 * INT64_C(1000000))
#define SESSION_US (600 * INT64_C(1000000))

enum {
	CANDIDATES_MAX = 2000000, /* records looked at for one question */
	REFUSALS_MAX = 256,	  /* folded into messages together */
	EARLIER_RCPTS = 32,	  /* recipients asked about for greylisting */
};

struct finder {
	struct query *q;
	struct store *st;
	struct site site;
	struct verdict_ctx v;
	struct answer *ans;
	struct arena *a;
	struct map done; /* record ids that are in a message already */
	struct map line; /* refusal lines that are, by source and offset */
	struct traced *msg;
	size_t nmsg, cmsg;
	/* messages that refusals belong to, but that do not fit the terms */
	struct traced *aside;
	size_t naside, caside;
	bool owning;
	struct arena walk, scratch; /* of one candidate */
	const struct record **ref;
	size_t nref, cref;
	bool more, cut;
};

static bool
first_time(struct finder *f, struct map *m, const void *key, size_t n)
{
	struct str k = str_make(key, n);

	if (map_get(m, k))
		return false;
	*map_slot(m, arena_dup(f->a, k)) = m;
	return true;
}

static void
note_line(struct finder *f, const struct rec_event *e)
{
	uint64_t key[2] = { e->at.src, e->at.offset };

	first_time(f, &f->line, key, sizeof(key));
}

static bool
line_noted(const struct finder *f, const struct rec_event *e)
{
	uint64_t key[2] = { e->at.src, e->at.offset };

	return map_get(&f->line, str_make((const char *)key, sizeof(key)));
}

/* ---- tokens ---- */

static void
token(struct finder *f, struct store_set *set, size_t *cap,
    enum token_kind kind, struct str value)
{
	struct store_token *tok = (struct store_token *)set->tok;

	arena_grow(f->a, tok, set->n, *cap);
	tok[set->n++] = (struct store_token){ kind, value };
	set->tok = tok;
}

static bool
address_tokens(struct finder *f, const struct term *t, size_t i,
    struct store_set *set, size_t *cap)
{
	bool from = t->key == T_FROM;
	struct str v = t->value[i], dom = str_domain(v);

	if (t->anywhere) {
		if (t->glob[i])
			return false;
		token(f, set, cap, TOK_ADDR_FROM, v);
		token(f, set, cap, TOK_ADDR_TO, v);
		token(f, set, cap, TOK_MSGID, msgid_bare(v));
		return true;
	}
	if (str_eq(v, STR("<>"))) {
		token(f, set, cap, from ? TOK_ADDR_FROM : TOK_ADDR_TO, STR(""));
		return true;
	}
	if (!dom.p && str_chr(v, '.') >= 0)
		dom = v;
	if (dom.n && str_chr(dom, '*') < 0 &&
	    (t->glob[i] || !str_domain(v).p || v.p[0] == '@')) {
		token(f, set, cap, from ? TOK_DOM_FROM : TOK_DOM_TO, dom);
		return true;
	}
	if (t->glob[i] || !str_domain(v).p)
		return false;
	token(f, set, cap, from ? TOK_ADDR_FROM : TOK_ADDR_TO, v);
	return true;
}

static bool
client_token(struct finder *f, struct str v, struct store_set *set, size_t *cap)
{
	struct str len = v, net = str_split(&len, '/');
	uint64_t bits;

	if (!ip_valid_cidr(v))
		return false;
	if (!len.p) {
		token(f, set, cap, TOK_IP, net);
		return true;
	}
	if (!str_u64(len, &bits))
		return false;
	if (str_chr(net, ':') >= 0 ? bits < 48 : bits < 24)
		return false;
	token(f, set, cap, TOK_NET, net); /* folded to its network */
	return true;
}

/* The tokens of a term; false when it has none for some value. */
static bool
term_set(struct finder *f, const struct term *t, struct store_set *set)
{
	size_t cap = 0;

	*set = (struct store_set){ 0 };
	if (t->op != OP_EQ || t->re)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		struct str v = t->value[i];

		switch (t->key) {
		case T_FROM:
		case T_TO:
			if (!address_tokens(f, t, i, set, &cap))
				return false;
			continue;
		case T_CLIENT:
			if (!client_token(f, v, set, &cap))
				return false;
			continue;
		case T_ID:
		case T_QID:
		case T_USER:
		case T_RELAY:
			if (t->glob[i])
				return false;
			token(f, set, &cap,
			    t->key == T_ID   ? TOK_MSGID :
			    t->key == T_QID  ? TOK_QID :
			    t->key == T_USER ? TOK_USER :
					       TOK_RELAY,
			    t->key == T_ID ? msgid_bare(v) : v);
			continue;
		default:
			return false;
		}
	}
	return set->n > 0;
}

/* ---- candidates to messages ---- */

/* Remembers the lines of a message; whether one of them was known. */
static bool
note_lines(struct finder *f, const struct traced *t)
{
	bool again = false;

	for (size_t i = 0; i < t->nlife; i++) {
		for (size_t k = 0; k < t->life[i]->nrec; k++)
			first_time(f, &f->done, &t->life[i]->rec[k]->id, 8);
		for (size_t k = 0; k < t->life[i]->nev; k++) {
			const struct lev *ev = &t->life[i]->ev[k];

			if (ev->e->kind != EV_REJECT &&
			    ev->e->kind != EV_ARRIVE &&
			    ev->e->kind != EV_DELIVERY &&
			    ev->e->kind != EV_MSGID)
				continue;
			/* a stray fragment of a message that is there */
			again |=
			    ev->e->kind != EV_REJECT && line_noted(f, ev->e);
			note_line(f, ev->e);
		}
	}
	return again;
}

/* A copy that outlives the walk. */
static const struct record *
keep_record(struct arena *a, const struct record *rec)
{
	struct record *r = arena_new(a, struct record);

	*r = *rec;
	r->host = arena_dup(a, rec->host);
	r->qid = arena_dup(a, rec->qid);
	r->inst = arena_dup(a, rec->inst);
	r->ev = arena_array(a, struct rec_event, rec->n);
	for (size_t i = 0; i < rec->n; i++) {
		size_t n = (size_t)__builtin_popcountll(rec->ev[i].mask);
		struct str *field = arena_array(a, struct str, n + 1);

		r->ev[i] = rec->ev[i];
		r->ev[i].tag = arena_dup(a, rec->ev[i].tag);
		r->ev[i].pid = arena_dup(a, rec->ev[i].pid);
		r->ev[i].raw = arena_dup(a, rec->ev[i].raw);
		for (size_t k = 0; k < n; k++)
			field[k] = arena_dup(a, rec->ev[i].f[k]);
		r->ev[i].f = field;
	}
	return r;
}

/*
 * The message of a hop record, when it is not there yet and fits the terms.
 * It is built in memory that is used again, and once more when it fits: a
 * walk over a large store must not keep what it passes by.
 */
static int
add_hop(struct finder *f, const struct record *rec, struct err *err)
{
	bool again, fits;
	struct traced t;
	int rc;

	if (!f->owning &&
	    map_get(&f->done, str_make((const char *)&rec->id, 8)))
		return 0;
	f->v.a = f->owning ? f->a : &f->scratch;
	rc = trace_message(&f->v, rec, f->q->want_lines, &t, err);
	f->v.a = f->a;
	first_time(f, &f->done, &rec->id, 8);
	if (rc <= 0)
		return rc;
	again = note_lines(f, &t);
	f->cut |= t.cut;
	fits = (f->owning || !again) && match_message(f->q, &t);
	if (f->owning && !fits) {
		arena_grow(f->a, f->aside, f->naside, f->caside);
		f->aside[f->naside++] = t;
	}
	if (!fits || again) {
		arena_clear(&f->scratch);
		return 0;
	}
	if (!f->owning) {
		rc = trace_message(&f->v, keep_record(f->a, rec),
		    f->q->want_lines, &t, err);
		arena_clear(&f->scratch);
		if (rc <= 0)
			return rc;
		match_message(f->q, &t);
	}
	arena_grow(f->a, f->msg, f->nmsg, f->cmsg);
	f->msg[f->nmsg++] = t;
	return 1;
}

static bool
is_refusal(const struct record *rec)
{
	const struct rec_event *e = rec->n ? &rec->ev[rec->n - 1] : NULL;

	return e && e->kind == EV_REJECT &&
	       (e->state == ST_REJECTED || e->state == ST_TEMPFAIL ||
		   e->state == ST_DISCARDED);
}

static int add_refusals(struct finder *f, struct err *err);

/* The event states one of which a message of that state must show. */
static unsigned
states_of(struct str word)
{
	static const struct {
		enum out_state out;
		unsigned ev;
	} table[] = {
		{ OUT_DEFERRED, 1u << ST_DEFERRED | 1u << ST_TEMPFAIL },
		{ OUT_HELD, 1u << ST_HELD },
		{ OUT_BOUNCED, 1u << ST_BOUNCED | 1u << ST_REJECTED },
		{ OUT_REJECTED, 1u << ST_REJECTED | 1u << ST_TEMPFAIL },
		{ OUT_DISCARDED, 1u << ST_DISCARDED | 1u << ST_SENT },
		{ OUT_QUARANTINED, 1u << ST_QUARANTINED },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (str_eqi(word, str_c(out_state_name[table[i].out])))
			return table[i].ev;
	return 0; /* any */
}

static bool
has_state(const struct record *rec, struct str word)
{
	unsigned want = states_of(word);
	enum grp grp = grp_by_name(word);
	bool expired = str_eqi(word, STR("expired"));

	if (!want && !expired && (grp == GRP_NONE || grp == GRP_EXPIRED))
		return true;
	for (size_t i = 0; i < rec->n; i++) {
		const struct rec_event *e = &rec->ev[i];

		if (want && (want >> e->state & 1 || e->kind == EV_ADMIN))
			return true;
		if (expired &&
		    (e->kind == EV_EXPIRED || e->state == ST_EXPIRED))
			return true;
		if (grp != GRP_NONE && !want && rev_has(e, F_CLASS) &&
		    cls_grp(cls_by_name(rev_get(e, F_CLASS))) == grp)
			return true;
	}
	return false;
}

static bool
has_class(const struct record *rec, struct str word)
{
	for (size_t i = 0; i < rec->n; i++)
		if (str_eqi(rev_get(&rec->ev[i], F_CLASS), word))
			return true;
	return false;
}

/*
 * Whether a message that fits the terms may have its deciding line in this
 * record; when not, another of its records will have it.
 */
static bool
may_decide(const struct query *q, const struct record *rec)
{
	for (size_t i = 0; i < q->nterm; i++) {
		const struct term *t = &q->term[i];
		bool any = false;

		if (t->op != OP_EQ || t->re)
			continue;
		for (size_t k = 0; k < t->n && !any; k++)
			any = t->glob[k] ||
			      (t->key == T_STATE ?
				      has_state(rec, t->value[k]) :
				  t->key == T_GROUP || t->key == T_CLASS ?
				      (t->key == T_CLASS ?
					      has_class(rec, t->value[k]) :
					      has_state(rec, t->value[k])) :
				      true);
		if (!any)
			return false;
	}
	return true;
}

/* Whether this refusal alone fits the terms; its session comes later. */
static bool
refusal_fits(struct finder *f, const struct record *rec)
{
	struct traced t;
	bool fits;

	f->v.a = &f->scratch;
	trace_refusals(&f->v, &rec, 1, &t);
	fits = match_message(f->q, &t);
	f->v.a = f->a;
	arena_clear(&f->scratch);
	return fits;
}

static int
drain(struct finder *f, struct store_cur *cur, size_t nsets, struct err *err)
{
	size_t seen = 0;
	int rc;

	for (;;) {
		struct record rec;

		arena_clear(&f->walk);
		rc = store_next(cur, &f->walk, &rec, err);
		if (rc <= 0)
			return rc;
		if (++seen > CANDIDATES_MAX) {
			f->cut = true;
			return 0;
		}
		if (rec.kind == REC_REFUSAL) {
			if (is_refusal(&rec) && refusal_fits(f, &rec)) {
				arena_grow(f->a, f->ref, f->nref, f->cref);
				f->ref[f->nref++] = keep_record(f->a, &rec);
			}
		} else if (rec.kind == REC_HOP &&
			   (nsets || may_decide(f->q, &rec)) &&
			   add_hop(f, &rec, err) < 0) {
			return -1;
		}
		if (f->nref >= REFUSALS_MAX && add_refusals(f, err) < 0)
			return -1;
		if (f->nmsg > f->q->limit) {
			f->more = true;
			return 0;
		}
	}
}

static bool
want_subject(void *ctx, struct str value)
{
	struct finder *f = ctx;
	struct traced t = { 0 };
	struct buf b = BUF_INIT(8192);
	bool yes = true;

	mime_decode_words(value, &b);
	t.msg.subject = buf_str(&b);
	for (size_t i = 0; i < f->q->nterm && yes; i++)
		if (f->q->term[i].key == T_SUBJECT) {
			struct query one = { .term = &f->q->term[i],
				.nterm = 1 };

			yes = match_message(&one, &t);
		}
	buf_release(&b);
	return yes;
}

static int
search(struct finder *f, const struct store_set *sets, size_t nsets,
    struct err *err)
{
	const unsigned kinds = 1u << REC_HOP | 1u << REC_REFUSAL;
	struct store_cur *cur;
	bool subject = false;
	int rc;

	for (size_t i = 0; i < f->q->nterm; i++)
		subject |=
		    f->q->term[i].key == T_SUBJECT &&
		    (f->q->term[i].op == OP_EQ || f->q->term[i].op == OP_RE);
	if (!nsets && subject)
		cur = store_scan(f->st, F_SUBJECT, want_subject, f,
		    1u << REC_HOP, f->q->t0_us, f->q->t1_us, err);
	else
		cur = store_find(f->st, sets, nsets, kinds, f->q->t0_us,
		    f->q->t1_us, err);
	if (!cur)
		return -1;
	rc = drain(f, cur, nsets, err);
	store_cur_close(cur);
	return rc;
}

/* ---- refusals ---- */

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
		if (!is_refusal(rec) || !same_session(rec, r))
			continue;
		for (size_t i = 0; i < *n && !twice; i++)
			twice = same_refusal((*out)[i], rec);
		if (twice)
			continue;
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
		rc = add_hop(f, rec, err);
	}
	f->owning = false;
	store_cur_close(cur);
	return rc < 0 ? -1 : 0;
}

static int
add_refusals(struct finder *f, struct err *err)
{
	for (size_t i = 0; i < f->nref; i++) {
		const struct record *r = f->ref[i], **all;
		struct traced *own, t;
		size_t n;

		if (line_noted(f, word(r)))
			continue;
		if (!owner_of(f, r) && look_for_owner(f, r, err) < 0)
			return -1;
		own = owner_of(f, r);
		if (own || line_noted(f, word(r))) {
			note_line(f, word(r));
			continue;
		}
		if (session_of(f, r, &all, &n, err) < 0)
			return -1;
		for (size_t k = 0; k < n; k++)
			note_line(f, word(all[k]));
		note_line(f, word(r));
		trace_refusals(&f->v, all, n, &t);
		if (!match_message(f->q, &t))
			continue;
		arena_grow(f->a, f->msg, f->nmsg, f->cmsg);
		f->msg[f->nmsg++] = t;
	}
	f->nref = 0;
	return 0;
}

/* How often each recipient was put off before this message was accepted. */
static int
count_earlier(struct finder *f, struct traced *t, struct err *err)
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

/* ---- the answer ---- */

static int
newest_first(const void *x, const void *y)
{
	const struct traced *a = x, *b = y;

	if (a->msg.first_us != b->msg.first_us)
		return a->msg.first_us < b->msg.first_us ? 1 : -1;
	if (a->msg.last_us != b->msg.last_us)
		return a->msg.last_us < b->msg.last_us ? 1 : -1;
	return str_cmp(a->msg.message_id, b->msg.message_id);
}

static void
matched_first(struct arena *a, struct ans_message *m)
{
	struct ans_rcpt *r = arena_array(a, struct ans_rcpt, m->nrcpt + 1);
	size_t n = 0;

	for (int pass = 1; pass >= 0; pass--)
		for (size_t i = 0; i < m->nrcpt; i++)
			if (m->rcpt[i].matched == (pass == 1))
				r[n++] = m->rcpt[i];
	m->rcpt = r;
}

static void
fill_searched(struct finder *f, const struct store_info *info)
{
	struct answer *ans = f->ans;

	ans->from_us = f->q->t0_us > info->t0_us ? f->q->t0_us : info->t0_us;
	ans->until_us = f->q->t1_us < info->t1_us ? f->q->t1_us : info->t1_us;
	ans->host = arena_array(f->a, struct str, info->nhost + 1);
	for (size_t i = 0; i < info->nhost; i++)
		ans->host[ans->nhost++] =
		    arena_dup(f->a, site_host(&f->site, info->host[i].name));
	ans->sources = info->nsource;
	ans->lines = info->lines;
	ans->unknown_lines = info->unknown;
}

static bool
need_lines(const struct query *q)
{
	for (size_t i = 0; i < q->nterm; i++)
		if (q->term[i].key == T_TEXT)
			return true;
	return q->want_lines;
}

int
query_run(struct query *q, struct store *st, const struct site *site,
    struct classifier *cl, struct answer *ans, struct err *err)
{
	struct finder f = { .q = q, .st = st, .site = *site, .ans = ans };
	struct store_set *sets, *one;
	const struct store_info *info;
	size_t nsets = 0;
	int rc = -1;

	*ans = (struct answer){ 0 };
	f.a = &ans->arena;
	q->want_lines = need_lines(q);
	f.v = (struct verdict_ctx){ f.a, st, &f.site, cl,
		q->want_evidence_text || q->want_lines };
	info = store_overview(st, err);
	if (!info)
		goto out;
	f.site.logging = arena_array(f.a, struct str, info->nhost + 1);
	for (size_t i = 0; i < info->nhost; i++)
		f.site.logging[f.site.nlogging++] = info->host[i].name;
	sets = arena_array(f.a, struct store_set, q->nterm + 1);
	for (size_t i = 0; i < q->nterm; i++)
		if (term_set(&f, &q->term[i], &sets[nsets]))
			nsets++;
	if (search(&f, sets, nsets, err) < 0 || add_refusals(&f, err) < 0)
		goto out;
	one = sets;
	if (nsets > 1 && !f.nmsg) /* tokens spread over several hops */
		if (search(&f, one, 1, err) < 0 || add_refusals(&f, err) < 0)
			goto out;
	if (f.nmsg)
		qsort(f.msg, f.nmsg, sizeof(*f.msg), newest_first);
	ans->truncated = f.more || f.cut || f.nmsg > q->limit;
	if (f.nmsg > q->limit)
		f.nmsg = q->limit;
	ans->message = arena_array(f.a, struct ans_message, f.nmsg + 1);
	for (size_t i = 0; i < f.nmsg; i++) {
		if (count_earlier(&f, &f.msg[i], err) < 0)
			goto out;
		matched_first(f.a, &f.msg[i].msg);
		ans->message[ans->nmessage++] = f.msg[i].msg;
	}
	fill_searched(&f, info);
	rc = hints_make(q, st, &f.site, info, ans, err);
out:
	map_release(&f.done);
	map_release(&f.line);
	arena_release(&f.walk);
	arena_release(&f.scratch);
	if (rc < 0)
		answer_release(ans);
	return rc;
}
