/*
 * store_find.c: cursors: records by token and time, newest first.
 *
 * A cursor goes from day to day, newest first.  For a day it asks the filter,
 * then the runs: for each set of alternatives a bitmap of record numbers, and
 * the bitmaps are joined before any record is looked at.  The groups with a
 * bit left, or all groups when nothing was asked for, are taken in order of
 * their newest event; records wait in a heap until no group to come can hold
 * a newer one.  So records of a day come out in order of their last event,
 * and a caller that stops early has decoded little.
 *
 * In one file: finding, intersecting and handing out share one cursor.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/found.h"
#include "base/banned.h"

enum {
	SETS_MAX = 16,
	TOKENS_MAX = 20000, /* of one question */
	DIR_SCAN = 8,	    /* one group in so many: read all of `dir` */
	RETRIES = 20,
};

struct want_token {
	enum token_kind kind;
	uint32_t hash;
	struct str folded;
};

struct set {
	struct want_token *tok;
	size_t n;
};

struct open_group {
	struct rpart *part;
	uint32_t id;
	size_t n;
	int64_t t0, t1;
	uint64_t hit[2]; /* records asked for, when there are sets */
};

struct store_cur {
	struct store *st;
	struct arena arena; /* the question */
	struct set set[SETS_MAX];
	size_t nset;
	unsigned kinds;
	int64_t t0, t1;
	bool scan;
	enum field field;
	store_want want;
	void *ctx;
	bool held;
	/* days: all days after `day` are done */
	int32_t day;
	bool started;
	struct rpart **part; /* of the day at hand */
	size_t npart, cpart;
	struct open_group *group; /* newest last */
	size_t ngroup, cgroup;
	struct found_heap found;
	struct hits all, one;
	struct buf tmp;
};

/* ---- the question ---- */

static int
take_sets(struct store_cur *c, const struct store_set *sets, size_t nsets,
    struct err *err)
{
	char out[TOKEN_MAX];
	size_t total = 0;

	if (nsets > SETS_MAX)
		return err_set(err, "too many terms in one question");
	for (size_t i = 0; i < nsets; i++) {
		struct set *s = &c->set[c->nset++];

		total += sets[i].n;
		if (total > TOKENS_MAX)
			return err_set(err, "too many values in one question");
		s->tok =
		    arena_array(&c->arena, struct want_token, sets[i].n + 1);
		for (size_t k = 0; k < sets[i].n; k++) {
			const struct store_token *t = &sets[i].tok[k];
			struct str f = token_fold(t->kind, t->value, out);

			if (!f.p)
				continue; /* no record can have it */
			s->tok[s->n++] = (struct want_token){ t->kind,
				token_hash(&c->st->key, t->kind, t->value),
				arena_dup(&c->arena, f) };
		}
	}
	return 0;
}

static struct store_cur *
cur_new(struct store *st, unsigned kinds, int64_t t0_us, int64_t t1_us)
{
	struct store_cur *c = xcalloc(1, sizeof(*c));

	c->st = st;
	c->kinds = kinds ? kinds : ~0u;
	c->t0 = t0_us;
	c->t1 = t1_us;
	c->day = INT32_MAX;
	return c;
}

static int
hold(struct store_cur *c, struct err *err)
{
	c->held = store_hold(c->st, err) == 0;
	return c->held ? 0 : -1;
}

struct store_cur *
store_find(struct store *st, const struct store_set *sets, size_t nsets,
    unsigned kinds, int64_t t0_us, int64_t t1_us, struct err *err)
{
	struct store_cur *c = cur_new(st, kinds, t0_us, t1_us);

	if (take_sets(c, sets, nsets, err) == 0 && hold(c, err) == 0)
		return c;
	store_cur_close(c);
	return NULL;
}

struct store_cur *
store_scan(struct store *st, enum field f, store_want want, void *ctx,
    unsigned kinds, int64_t t0_us, int64_t t1_us, struct err *err)
{
	struct store_cur *c = cur_new(st, kinds, t0_us, t1_us);

	c->scan = true;
	c->field = f;
	c->want = want;
	c->ctx = ctx;
	if (hold(c, err) == 0)
		return c;
	store_cur_close(c);
	return NULL;
}

static void
day_done(struct store_cur *c)
{
	for (size_t i = 0; i < c->npart; i++)
		store_part_done(c->st, c->part[i]);
	c->npart = c->ngroup = c->found.n = 0;
}

void
store_cur_close(struct store_cur *c)
{
	if (!c)
		return;
	day_done(c);
	if (c->held)
		store_release(c->st);
	free(c->part);
	free(c->group);
	free(c->found.v);
	hits_release(&c->all);
	hits_release(&c->one);
	arena_release(&c->arena);
	free(c);
}

/* ---- one day file ---- */

/* What its filter says: 1 it may have an answer, 0 surely not. */
static int
may_answer(struct store_cur *c, const struct part_info *p, struct err *err)
{
	if (p->t1 < c->t0 || p->t0 > c->t1)
		return 0;
	for (size_t i = 0; i < c->nset; i++) {
		const struct set *s = &c->set[i];
		int rc = 0;

		for (size_t k = 0; k < s->n && rc == 0; k++)
			rc = store_may_have(c->st, p, s->tok[k].hash, err);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

static bool
hits_any(const struct hits *h)
{
	uint64_t any = 0;

	for (size_t w = 0; w < h->nword; w++)
		any |= h->bit[w];
	return any != 0;
}

/* The records that have a token of each set, as bits in c->all. */
static int
look_up(struct store_cur *c, struct rpart *p, size_t numbers, struct err *err)
{
	uint32_t *run;
	size_t nrun;

	if (store_runs(c->st, p, &run, &nrun, err) < 0 ||
	    db_use(p->db, &p->run_lookup, RUN_LOOKUP, err) < 0)
		return -1;
	for (size_t i = 0; i < c->nset; i++) {
		struct hits *h = i ? &c->one : &c->all;
		const struct set *s = &c->set[i];

		hits_init(h, numbers);
		for (size_t k = 0; k < s->n; k++)
			for (size_t r = 0; r < nrun; r++)
				if (run_lookup(p->run_lookup, run[r],
					s->tok[k].hash, h, err) < 0)
					return -1;
		for (size_t w = 0; i && w < c->all.nword; w++)
			c->all.bit[w] &= c->one.bit[w];
		if (i + 1 < c->nset && !hits_any(&c->all))
			break;
	}
	return 0;
}

static void
add_group(struct store_cur *c, struct rpart *p, sqlite3_stmt *st,
    const uint64_t hit[2])
{
	int kind = sqlite3_column_int(st, 1);
	struct open_group g = { .part = p,
		.id = (uint32_t)sqlite3_column_int64(st, 0),
		.n = (size_t)sqlite3_column_int64(st, 2),
		.t0 = sqlite3_column_int64(st, 3),
		.t1 = sqlite3_column_int64(st, 4) };

	if (g.t1 < c->t0 || g.t0 > c->t1 || !(c->kinds >> (kind & 31) & 1))
		return;
	if (hit) {
		g.hit[0] = hit[0];
		g.hit[1] = hit[1];
	}
	if (c->ngroup == c->cgroup) {
		c->cgroup = c->cgroup ? 2 * c->cgroup : 64;
		c->group =
		    xreallocarray(c->group, c->cgroup, sizeof(*c->group));
	}
	c->group[c->ngroup++] = g;
}

/* All groups of the file, or those with a bit. */
static int
all_groups(struct store_cur *c, struct rpart *p, bool bits, struct err *err)
{
	sqlite3_stmt *st =
	    db_prep(p->db, "SELECT id, kind, n, t0, t1 FROM dir", err);
	int rc;

	if (!st)
		return -1;
	while ((rc = db_step(st, err)) == 1) {
		size_t w = (size_t)sqlite3_column_int64(st, 0) * 2;

		if (!bits)
			add_group(c, p, st, NULL);
		else if (w + 1 < c->all.nword &&
			 (c->all.bit[w] | c->all.bit[w + 1]))
			add_group(c, p, st, &c->all.bit[w]);
	}
	sqlite3_finalize(st);
	return rc;
}

static int
groups_with_bits(struct store_cur *c, struct rpart *p, struct err *err)
{
	size_t total = c->all.nword / 2, n = 0;
	int rc = 0;

	for (size_t g = 0; g < total; g++)
		n += (c->all.bit[2 * g] | c->all.bit[2 * g + 1]) != 0;
	if (n == 0)
		return 0;
	if (n * DIR_SCAN > total)
		return all_groups(c, p, true, err);
	if (db_use(p->db, &p->get_dir,
		"SELECT id, kind, n, t0, t1 FROM dir "
		"WHERE id = ?",
		err) < 0)
		return -1;
	for (size_t g = 0; g < total && rc >= 0; g++) {
		if (!(c->all.bit[2 * g] | c->all.bit[2 * g + 1]))
			continue;
		sqlite3_reset(p->get_dir);
		sqlite3_bind_int64(p->get_dir, 1, (int64_t)g);
		rc = db_step(p->get_dir, err);
		if (rc == 1)
			add_group(c, p, p->get_dir, &c->all.bit[2 * g]);
	}
	sqlite3_reset(p->get_dir);
	return rc < 0 ? -1 : 0;
}

static int
last_group(struct rpart *p, struct err *err)
{
	if (p->info.sealed && p->last >= 0)
		return 0;
	if (db_use(p->db, &p->last_dir, "SELECT coalesce(max(id), 0) FROM dir",
		err) < 0 ||
	    db_step(p->last_dir, err) < 0)
		return -1;
	p->last = sqlite3_column_int64(p->last_dir, 0);
	sqlite3_reset(p->last_dir);
	return 0;
}

static int
answer_part(struct store_cur *c, struct rpart *p, struct err *err)
{
	if (!c->nset)
		return all_groups(c, p, false, err);
	if (last_group(p, err) < 0 ||
	    look_up(c, p, (size_t)(p->last + 1) * SEG_RECORDS, err) < 0)
		return -1;
	return groups_with_bits(c, p, err);
}

/* A live file is asked in one read transaction: its runs are merged and
 * dropped meanwhile. */
static int
ask_part(struct store_cur *c, struct rpart *p, struct err *err)
{
	int rc;

	if (p->info.sealed)
		return answer_part(c, p, err);
	if (db_use(p->db, &p->begin, "BEGIN", err) < 0 ||
	    db_use(p->db, &p->commit, "COMMIT", err) < 0 ||
	    db_run(p->begin, err) < 0)
		return -1;
	rc = answer_part(c, p, err);
	for (size_t i = 0; i < 4; i++) {
		sqlite3_stmt *st[] = { p->get_dir, p->run_lookup, p->last_dir,
			p->runs };

		if (st[i])
			sqlite3_reset(st[i]);
	}
	db_run(p->commit, NULL);
	return rc;
}

/* ---- one day ---- */

/* The newest day before c->day; false when there is none. */
static bool
next_day(struct store_cur *c, int32_t *day)
{
	const struct catalog *cat = &c->st->cat;

	for (size_t i = 0; i < cat->n; i++)
		if (cat->part[i].day < c->day) {
			*day = cat->part[i].day;
			return true;
		}
	return false;
}

/* 1 its files are open, 0 one of them is gone: look at the catalogue anew. */
static int
open_day(struct store_cur *c, int32_t day, struct err *err)
{
	const struct catalog *cat = &c->st->cat;
	bool gone = false;

	for (size_t i = 0; i < cat->n; i++) {
		struct rpart *p;
		int rc;

		if (cat->part[i].day != day)
			continue;
		rc = may_answer(c, &cat->part[i], err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		p = store_part(c->st, &cat->part[i], &gone, err);
		if (!p)
			return gone ? 0 : -1;
		if (c->npart == c->cpart) {
			c->cpart = c->cpart ? 2 * c->cpart : 4;
			c->part = xreallocarray(c->part, c->cpart,
			    sizeof(struct rpart *));
		}
		c->part[c->npart++] = p;
	}
	return 1;
}

static int
by_t1(const void *a, const void *b)
{
	const struct open_group *x = a, *y = b;

	if (x->t1 != y->t1)
		return x->t1 < y->t1 ? -1 : 1;
	if (x->part != y->part)
		return x->part->info.id < y->part->info.id ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* 1 a day with groups to look at, 0 no more days. */
static int
start_day(struct store_cur *c, struct err *err)
{
	int32_t day;
	int rc, tries = 0;

	while (next_day(c, &day)) {
		rc = open_day(c, day, err);
		if (rc == 0) {
			day_done(c);
			if (++tries > RETRIES)
				return err_set(err,
				    "'%s' is damaged: a day "
				    "file is missing",
				    c->st->path);
			if (store_renew(c->st, err) < 0)
				return -1;
			continue;
		}
		if (rc < 0)
			return -1;
		tries = 0;
		c->day = day;
		for (size_t i = 0; i < c->npart; i++)
			if (ask_part(c, c->part[i], err) < 0)
				return -1;
		if (c->ngroup) {
			qsort(c->group, c->ngroup, sizeof(*c->group), by_t1);
			return 1;
		}
		day_done(c);
	}
	return 0;
}

/* ---- records of a day ---- */

static bool
in_time(const struct store_cur *c, const struct record *rec)
{
	for (size_t i = 0; i < rec->n; i++)
		if (rec->ev[i].t_us >= c->t0 && rec->ev[i].t_us <= c->t1)
			return true;
	return rec->n == 0 && rec->t0_us <= c->t1 && rec->t1_us >= c->t0;
}

static bool
has_sets(const struct store_cur *c, const struct record *rec)
{
	for (size_t i = 0; i < c->nset; i++) {
		const struct set *s = &c->set[i];
		size_t k = 0;

		while (k < s->n &&
		       !token_in(rec, s->tok[k].kind, s->tok[k].folded))
			k++;
		if (k == s->n)
			return false;
	}
	return true;
}

static bool
has_value(const struct store_cur *c, const struct record *rec)
{
	for (size_t i = 0; i < rec->n; i++)
		if (rev_has(&rec->ev[i], c->field) &&
		    c->want(c->ctx, rev_get(&rec->ev[i], c->field)))
			return true;
	return false;
}

/* Which records of a group have a subject that is wanted. */
struct subjects {
	const struct store_cur *c;
	uint64_t hit[2];
};

static void
on_subject(void *ctx, size_t record, struct str text)
{
	struct subjects *s = ctx;
	uint64_t bit = UINT64_C(1) << (record & 63);

	if (record < SEG_RECORDS && !(s->hit[record / 64] & bit) &&
	    s->c->want(s->c->ctx, text))
		s->hit[record / 64] |= bit;
}

static int
scan_subjects(struct store_cur *c, struct open_group *g, struct err *err)
{
	struct subjects s = { c, { 0, 0 } };
	struct rpart *p = g->part;
	struct str sec;
	int rc = group_io_one(&p->io, g->id, SEG_SUBJ, &sec, err);

	if (rc == 0)
		rc = seg_subjects(c->st->dec, sec, on_subject, &s, err);
	group_io_reset(&p->io);
	g->hit[0] = s.hit[0];
	g->hit[1] = s.hit[1];
	return rc;
}

/* The records of a group that are an answer go to the heap. */
static int
take_group(struct store_cur *c, struct open_group *g, struct err *err)
{
	bool bits = c->nset || (c->scan && c->field == F_SUBJECT);
	const struct seg *seg;

	if (c->scan && c->field == F_SUBJECT) {
		if (scan_subjects(c, g, err) < 0)
			return -1;
		if (!(g->hit[0] | g->hit[1]))
			return 0;
	}
	if (!bits)
		g->hit[0] = g->hit[1] = UINT64_MAX;
	seg = store_group(c->st, g->part, g->id, g->n, g->hit, err);
	if (!seg)
		return -1;
	for (size_t i = 0; i < seg_count(seg); i++) {
		const struct record *rec = seg_record(seg, i);

		if (!(g->hit[i / 64] >> (i & 63) & 1))
			continue;
		if (!in_time(c, rec) || !has_sets(c, rec) ||
		    (c->scan && !bits && !has_value(c, rec)))
			continue;
		found_push(&c->found,
		    (struct found){ g->part, g->id, (uint32_t)i,
			(uint32_t)seg_count(seg), rec->t1_us });
	}
	return 0;
}

int
store_next(struct store_cur *c, struct arena *a, struct record *rec,
    struct err *err)
{
	uint64_t want[2] = { 0, 0 };
	const struct seg *seg;
	struct found f;
	int rc;

	for (;;) {
		while (c->ngroup &&
		       (!c->found.n ||
			   c->group[c->ngroup - 1].t1 >= c->found.v[0].t1))
			if (take_group(c, &c->group[--c->ngroup], err) < 0)
				return -1;
		if (c->found.n)
			break;
		day_done(c);
		rc = start_day(c, err);
		if (rc <= 0)
			return rc;
	}
	f = found_pop(&c->found);
	want[f.at / 64] = UINT64_C(1) << (f.at & 63);
	seg = store_group(c->st, f.part, f.group, f.n, want, err);
	if (!seg)
		return -1;
	record_copy(a, seg_record(seg, f.at), rec);
	rec->id =
	    (uint64_t)f.part->info.id << 32 | (f.group * SEG_RECORDS + f.at);
	return 1;
}
