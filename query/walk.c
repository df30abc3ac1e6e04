/*
 * walk.c: records of a stretch of time -> whole lives.
 */
#include <stdlib.h>

#include "base/die.h"
#include "query/walk.h"
#include "base/banned.h"

#define DAY_US	  (86400 * INT64_C(1000000))
#define AROUND_US (30 * DAY_US) /* fragments of one life */
#define LIFE_US	  (8 * DAY_US)	/* of a message in a queue */

struct walk {
	struct walk_ask ask;
	struct walk_pass pass;
	struct store_cur *cur;
	struct arena a; /* the record and life at hand */
	struct lives lives;
	size_t at;
	uint64_t id; /* of the record at hand */
	bool whole;
};

static int64_t
later(int64_t t, int64_t by)
{
	return t > INT64_MAX - by ? INT64_MAX : t + by;
}

static int64_t
earlier(int64_t t, int64_t by)
{
	return t < by ? 0 : t - by;
}

struct store_cur *
walk_cursor(const struct walk_ask *ask, struct walk_pass *p, struct err *err)
{
	struct store_set set = { ask->tok, ask->ntok };

	*p = (struct walk_pass){ .t0_us = ask->t0_us, .t1_us = ask->t1_us };
	if (ask->ntok) {
		p->t0_us = earlier(p->t0_us, LIFE_US);
		p->t1_us = later(p->t1_us, LIFE_US);
	}
	for (size_t i = 0; i < ask->ntok; i++) {
		struct str v = token_fold(ask->tok[i].kind, ask->tok[i].value,
		    p->folded[p->n]);

		if (!v.p)
			continue;
		p->kind[p->n] = ask->tok[i].kind;
		p->value[p->n++] = v;
	}
	return store_find(ask->st, &set, ask->ntok ? 1 : 0, 1u << REC_HOP,
	    p->t0_us, p->t1_us, err);
}

bool
walk_passes(const struct walk_pass *p, const struct record *rec)
{
	bool in = p->n == 0;

	for (size_t i = 0; i < p->n && !in; i++)
		in = token_in(rec, p->kind[i], p->value[i]);
	if (!in || rec->t1_us < p->t0_us || rec->t0_us > p->t1_us)
		return false;
	for (size_t i = 0; i < rec->n; i++)
		if (rec->ev[i].t_us >= p->t0_us && rec->ev[i].t_us <= p->t1_us)
			return true;
	return false;
}

struct walk *
walk_open(const struct walk_ask *ask, struct err *err)
{
	struct walk *w = xcalloc(1, sizeof(*w));

	w->ask = *ask;
	w->cur = walk_cursor(&w->ask, &w->pass, err);
	if (w->cur)
		return w;
	walk_close(w);
	return NULL;
}

void
walk_close(struct walk *w)
{
	if (!w)
		return;
	store_cur_close(w->cur);
	arena_release(&w->a);
	free(w);
}

static bool
is_whole(const struct record *rec)
{
	return rec->flags & REC_START && rec->flags & REC_END &&
	       !(rec->flags & REC_FRAGMENT);
}

/* All records of the same host and queue id, this one among them. */
static int
fetch(struct walk *w, const struct record *rec, const struct record ***out,
    size_t *n, struct err *err)
{
	struct store_token tok = { TOK_QID, rec->qid };
	struct store_set set = { &tok, 1 };
	struct store_cur *cur = store_find(w->ask.st, &set, 1, 1u << REC_HOP,
	    earlier(rec->t0_us, AROUND_US), later(rec->t1_us, AROUND_US), err);
	size_t cap = 0;
	bool self = false;
	int rc = 1;

	*out = NULL;
	*n = 0;
	if (!cur)
		return -1;
	while (*n < WALK_PARTS_MAX) {
		struct record *r = arena_new(&w->a, struct record);

		rc = store_next(cur, &w->a, r, err);
		if (rc <= 0)
			break;
		if (!str_eq(r->qid, rec->qid) || !str_eq(r->host, rec->host))
			continue;
		self |= r->id == rec->id;
		arena_grow(&w->a, *out, *n, cap);
		(*out)[(*n)++] = r;
	}
	store_cur_close(cur);
	if (!self) {
		arena_grow(&w->a, *out, *n, cap);
		(*out)[(*n)++] = rec;
	}
	return rc < 0 ? -1 : 0;
}

/* Whether of all records of `l` that the walk passes this one gives it. */
static bool
speaks_for(const struct walk *w, const struct life *l)
{
	const struct record *best = NULL;
	bool here = false;

	for (size_t i = 0; i < l->nev; i++) {
		const struct record *r = l->ev[i].rec;

		here |= r->id == w->id;
		if (r == best || !walk_passes(&w->pass, r))
			continue;
		if (!best || (is_whole(r) && !is_whole(best)) ||
		    (is_whole(r) == is_whole(best) && r->id > best->id))
			best = r;
	}
	return here && best && best->id == w->id && !is_whole(best);
}

int
walk_next(struct walk *w, const struct life **l, struct err *err)
{
	for (;;) {
		const struct record **rec;
		const struct record *one;
		struct record *r;
		size_t n;
		int rc;

		while (w->at < w->lives.n) {
			*l = w->lives.life[w->at++];
			if ((*l)->nev && (w->whole || speaks_for(w, *l)))
				return 1;
		}
		arena_clear(&w->a);
		w->lives = (struct lives){ 0 };
		w->at = 0;
		r = arena_new(&w->a, struct record);
		rc = store_next(w->cur, &w->a, r, err);
		if (rc <= 0)
			return rc;
		if (!r->n)
			continue;
		one = r;
		w->id = r->id;
		w->whole = is_whole(r) || !r->qid.n;
		if (w->whole) {
			rec = &one;
			n = 1;
		} else if (fetch(w, r, &rec, &n, err) < 0) {
			return -1;
		}
		lives_build(&w->a, w->ask.site, rec, n, &w->lives);
	}
}
