/*
 * writer_whole.c: a day that comes as a whole is written sealed at once.
 *
 * Who reads the logs of past days brings one day after the other.  Such a day
 * need not be a live file first: its groups and its index, which are in memory
 * until the commit anyway, go into a sealed file.  That file is made and synced
 * under its name before control.db is told, and control.db's transaction is
 * the commit: it holds the catalogue, the filter, what changed, the state and
 * (in `redo`) what the batch brings to other day files.  Without it the file is
 * a left-over, and recovery removes it.  All this goes on in a thread while
 * the next day is taken in; the next commit waits for it.
 *
 * Lines of two hosts are not in order to the second, and a message of a minute
 * to midnight ends after it.  So that a few such records do not make live files
 * again, those of the EDGE around midnight may stand in the file of the
 * neighbour that is being filled.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/die.h"
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

/* A day on its way to the disk; while it runs control.db is its own. */
struct whole {
	struct writer *w;
	struct rewrite *r;
	struct batch b;
	struct postings tmp;
	struct buf delta, state;
	uint64_t batch;
	uint32_t next_part, next_source; /* when it began */
	pthread_t thread;
	int rc;
	struct err err;
};

static int
begin(struct rewrite *r, struct err *err)
{
	if (control_sync(r->w, true, err) < 0 ||
	    db_exec(r->w->control, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	r->control_open = true;
	return 0;
}

/* The commit: control.db. */
static int
tell(struct whole *k, struct err *err)
{
	sqlite3 *control = k->w->control;

	if (catalog_put(control, &k->r->info, err) < 0 ||
	    delta_apply(control, buf_str(&k->delta), err) < 0 ||
	    control_state(k->w, buf_str(&k->state), err) < 0 ||
	    control_mark_at(control, k->batch, k->next_part, k->next_source, -1,
		err) < 0)
		return -1;
	return rewrite_commit(k->r, err);
}

static void *
whole_thread(void *arg)
{
	struct whole *k = arg;
	struct err *err = &k->err;

	postings_sort(&k->b.post, &k->tmp);
	if (put_groups(k->r, &k->b, err) < 0 || begin(k->r, err) < 0 ||
	    rewrite_index(k->r, &k->b.post, err) < 0 ||
	    rewrite_publish(k->r, err) < 0 || tell(k, err) < 0)
		k->rc = -1;
	return NULL;
}

/* What is kept from one to the next: memory. */
static struct whole *
whole_new(struct writer *w)
{
	struct whole *k = w->whole ? w->whole : xcalloc(1, sizeof(*k));

	if (!w->whole) {
		buf_init(&k->delta, DELTA_MAX);
		buf_init(&k->state, STATE_MAX);
		batch_clear(&k->b);
	}
	return w->whole = k;
}

int
whole_begin(struct writer *w, struct wpart *p, uint64_t batch, struct str delta,
    struct str state, struct err *err)
{
	struct whole *k = whole_new(w);
	struct batch b = k->b;

	k->r = rewrite_open(w, p->info.day, p->b.records, err);
	if (!k->r)
		return -1;
	k->r->info.batch = batch;
	k->r->next_group = p->next_group;
	k->w = w;
	k->b = p->b;
	p->b = b;
	k->batch = batch;
	k->next_part = w->next_part;
	k->next_source = w->next_source;
	k->rc = 0;
	buf_clear(&k->delta);
	buf_add(&k->delta, delta);
	buf_clear(&k->state);
	buf_add(&k->state, state);
	w->written = p->info.day;
	if (pthread_create(&k->thread, NULL, whole_thread, k) != 0)
		die_nomem();
	return 0;
}

int
whole_end(struct writer *w, struct err *err)
{
	struct whole *k = w->whole;
	int rc;

	if (!k || !k->r)
		return 0;
	pthread_join(k->thread, NULL);
	rc = k->rc;
	if (rc == 0) {
		catalog_note(w, &k->r->info);
		w->synced = k->batch;
	} else {
		if (err)
			*err = k->err;
		w->failed = true;
	}
	rewrite_close(k->r);
	k->r = NULL;
	batch_clear(&k->b);
	return rc;
}

void
whole_free(struct writer *w)
{
	struct whole *k = w->whole;
	struct err err;

	if (!k)
		return;
	whole_end(w, &err); /* it was promised to nobody */
	batch_release(&k->b);
	postings_release(&k->tmp);
	buf_release(&k->delta);
	buf_release(&k->state);
	free(k);
	w->whole = NULL;
}
