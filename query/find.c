/*
 * find.c: terms -> candidate records -> messages -> answer.
 *
 * Terms with an index token (addresses, domains, ids, client IP, login,
 * relay) select candidates together; when none of those holds every token in
 * one record (a sender rewritten between hops), the first term alone does.
 * Without any token records are walked newest first, by the subject column
 * when there is a subject term.  Each candidate is followed to its whole
 * message and only then held against the terms.
 */
#include <stdlib.h>

#include "parsers/mime.h"
#include "query/find_part.h"
#include "query/hint.h"
#include "query/match.h"
#include "base/banned.h"

enum {
	CANDIDATES_MAX = 2000000, /* records looked at for one question */
	REFUSALS_MAX = 256,	  /* folded into messages together */
};

bool
find_first_time(struct finder *f, struct map *m, const void *key, size_t n)
{
	struct str k = str_make(key, n);

	if (map_get(m, k))
		return false;
	*map_slot(m, arena_dup(f->a, k)) = m;
	return true;
}

void
find_note_line(struct finder *f, const struct rec_event *e)
{
	uint64_t key[2] = { e->at.src, e->at.offset };

	find_first_time(f, &f->line, key, sizeof(key));
}

bool
find_line_noted(const struct finder *f, const struct rec_event *e)
{
	uint64_t key[2] = { e->at.src, e->at.offset };

	return map_get(&f->line, str_make((const char *)key, sizeof(key)));
}

/* ---- candidates to messages ---- */

/* Remembers the lines of a message; whether one of them was known. */
static bool
note_lines(struct finder *f, const struct traced *t)
{
	bool again = false;

	for (size_t i = 0; i < t->nlife; i++) {
		for (size_t k = 0; k < t->life[i]->nrec; k++)
			find_first_time(f, &f->done, &t->life[i]->rec[k]->id,
			    8);
		for (size_t k = 0; k < t->life[i]->nev; k++) {
			const struct lev *ev = &t->life[i]->ev[k];

			if (ev->e->kind != EV_REJECT &&
			    ev->e->kind != EV_ARRIVE &&
			    ev->e->kind != EV_DELIVERY &&
			    ev->e->kind != EV_MSGID)
				continue;
			/* a stray fragment of a message that is there */
			again |= ev->e->kind != EV_REJECT &&
				 find_line_noted(f, ev->e);
			find_note_line(f, ev->e);
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
		size_t n = bits_set(rec->ev[i].mask);
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
 * It is built in memory that is used again unless it fits: a walk over a
 * large store must not keep what it passes by.
 */
int
find_add_hop(struct finder *f, const struct record *rec, struct err *err)
{
	bool again, fits;
	struct traced t;
	int rc;

	if (!f->owning &&
	    map_get(&f->done, str_make((const char *)&rec->id, 8)))
		return 0;
	if (!f->owning)
		f->v.a = &f->scratch;
	rc = trace_message(&f->v, f->owning ? rec : keep_record(f->v.a, rec),
	    f->q->want_lines, &t, err);
	f->v.a = f->a;
	find_first_time(f, &f->done, &rec->id, 8);
	if (rc <= 0) {
		arena_clear(&f->scratch);
		return rc;
	}
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
	arena_move(f->a, &f->scratch);
	arena_grow(f->a, f->msg, f->nmsg, f->cmsg);
	f->msg[f->nmsg++] = t;
	return 1;
}

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

/* Its class is not in the line: the verdict finds it. */
static bool
stopped_by_filter(const struct rec_event *e)
{
	return e->kind == EV_FILTER && e->state != ST_PASSED;
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
		if (grp != GRP_NONE && !want && stopped_by_filter(e))
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
		if (str_eqi(rev_get(&rec->ev[i], F_CLASS), word) ||
		    stopped_by_filter(&rec->ev[i]))
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
			if (find_is_refusal(&rec) && refusal_fits(f, &rec)) {
				arena_grow(f->a, f->ref, f->nref, f->cref);
				f->ref[f->nref++] = keep_record(f->a, &rec);
			}
		} else if (rec.kind == REC_HOP &&
			   (nsets || may_decide(f->q, &rec)) &&
			   find_add_hop(f, &rec, err) < 0) {
			return -1;
		}
		if (f->nref >= REFUSALS_MAX && find_refusals(f, err) < 0)
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
	if (!info || site_learn(&f.site, st, f.a, err) < 0)
		goto out;
	sets = arena_array(f.a, struct store_set, q->nterm + 1);
	for (size_t i = 0; i < q->nterm; i++)
		if (find_term_set(&f, &q->term[i], &sets[nsets]))
			nsets++;
	if (search(&f, sets, nsets, err) < 0 || find_refusals(&f, err) < 0)
		goto out;
	one = sets;
	if (nsets > 1 && !f.nmsg) /* tokens spread over several hops */
		if (search(&f, one, 1, err) < 0 || find_refusals(&f, err) < 0)
			goto out;
	if (f.nmsg)
		qsort(f.msg, f.nmsg, sizeof(*f.msg), newest_first);
	ans->truncated = f.more || f.cut || f.nmsg > q->limit;
	if (f.nmsg > q->limit)
		f.nmsg = q->limit;
	ans->message = arena_array(f.a, struct ans_message, f.nmsg + 1);
	for (size_t i = 0; i < f.nmsg; i++) {
		if (find_earlier(&f, &f.msg[i], err) < 0)
			goto out;
		matched_first(f.a, &f.msg[i].msg);
		ans->message[ans->nmessage++] = f.msg[i].msg;
	}
	fill_searched(&f, info);
	rc = hints_make(q, st, &f.site, sets, nsets, ans, err);
out:
	map_release(&f.done);
	map_release(&f.line);
	arena_release(&f.walk);
	arena_release(&f.scratch);
	if (rc < 0)
		answer_release(ans);
	return rc;
}
