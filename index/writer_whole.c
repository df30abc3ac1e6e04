/*
 * writer_whole.c: a day that comes as a whole is written sealed at once.
 *
 * Who reads the logs of past days brings one day after the other.  Such a day
 * need not be a live file first: its groups and its index, which are in memory
 * until the commit anyway, go into a sealed file.  That file is made and synced
 * under its name before control.db is told, and control.db's transaction is
 * the commit: it holds the catalogue, the filter, what changed, the state and
 * (in `redo`) what the batch brings to other day files.  Without it the file is
 * a left-over, and recovery removes it.
 *
 * Lines of two hosts are not in order to the second, and a message of a minute
 * to midnight ends after it.  So that a few such records do not make live files
 * again, those of the EDGE around midnight may stand in the file of the
 * neighbour that is being filled.
 */
#include "index/rewrite_part.h"
#include "base/banned.h"

enum {
	WHOLE_LARGE = 50000, /* records: as good as a day */
	LONG_MIN = 5000,     /* records that promise more */
};

#define EDGE_US (900 * INT64_C(1000000))

/* Nothing of it is on the disk yet. */
static bool
unmade(const struct wpart *p)
{
	return p->fresh && !p->db;
}

static const struct wpart *
open_part(const struct writer *w, int32_t day)
{
	for (size_t i = 0; i < w->npart; i++)
		if (w->part[i]->info.day == day)
			return w->part[i];
	return NULL;
}

static bool
live_part(const struct writer *w, int32_t day)
{
	const struct wpart *p = open_part(w, day);

	if (p && !unmade(p))
		return true;
	for (size_t i = 0; i < w->cat.n; i++)
		if (w->cat.part[i].day == day && !w->cat.part[i].sealed)
			return true;
	return false;
}

int32_t
whole_day(const struct writer *w, int64_t t_us)
{
	int32_t day = day_of(t_us);
	int64_t since = t_us - day * DAY_US;

	if (day == w->written && DAY_US - since <= EDGE_US &&
	    !open_part(w, day) && !live_part(w, day) && !live_part(w, day + 1))
		return day + 1;
	if (day - 1 == w->over && since <= EDGE_US && !open_part(w, day)) {
		const struct wpart *before = open_part(w, day - 1);

		if (before && unmade(before))
			return day - 1;
	}
	return day;
}

bool
whole_fits(const struct writer *w, const struct wpart *p)
{
	return unmade(p) &&
	       (p->b.records >= WHOLE_LARGE ||
		   (p->b.records >= WHOLE_MIN && p->info.day <= w->over));
}

bool
writer_whole(const struct writer *w)
{
	for (size_t i = 0; i < w->npart; i++)
		if (w->part[i]->dirty && unmade(w->part[i]) &&
		    w->part[i]->b.records >= LONG_MIN)
			return true;
	return false;
}

static int
put_groups(struct rewrite *r, const struct batch *b, struct err *err)
{
	for (size_t i = 0; i < b->ngroup; i++) {
		const struct group *g = &b->group[i];
		const char *at = b->blob.p + g->off;
		struct str sec[SEG_SECTIONS];

		for (int k = 0; k < SEG_SECTIONS; k++) {
			sec[k] = str_make(at, g->len[k]);
			at += g->len[k];
		}
		if (rewrite_put(r, g->id, g->kind, g->n, g->t0, g->t1, sec,
			err) < 0)
			return -1;
	}
	return 0;
}

static int
begin(struct writer *w, struct rewrite *r, struct err *err)
{
	if (control_sync(w, true, err) < 0 ||
	    db_exec(w->control, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	r->control_open = true;
	return 0;
}

/* The commit: control.db. */
static int
tell(struct writer *w, struct rewrite *r, uint64_t batch, struct str delta,
    struct str state, struct err *err)
{
	if (catalog_put(w->control, &r->info, err) < 0 ||
	    delta_apply(w->control, delta, err) < 0 ||
	    control_state(w, state, err) < 0 ||
	    control_mark(w, batch, -1, err) < 0 || rewrite_commit(r, err) < 0)
		return -1;
	w->synced = batch;
	return 0;
}

int
whole_write(struct writer *w, struct wpart *p, uint64_t batch, struct str delta,
    struct str state, struct err *err)
{
	struct rewrite *r = rewrite_open(w, p->info.day, p->b.records, err);
	int rc = -1;

	if (!r)
		return -1;
	r->info.batch = batch;
	r->next_group = p->next_group;
	if (put_groups(r, &p->b, err) == 0 && begin(w, r, err) == 0 &&
	    rewrite_index(r, &p->b.post, err) == 0 &&
	    rewrite_publish(r, err) == 0 &&
	    tell(w, r, batch, delta, state, err) == 0) {
		p->info = r->info;
		w->written = p->info.day;
		rc = 0;
	}
	rewrite_close(r);
	return rc;
}
