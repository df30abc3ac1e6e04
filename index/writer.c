/*
 * writer.c: batches: how a commit is atomic over several files.
 *
 * A batch has a number, and one day file is its own: the one it brings most
 * to.  That file's transaction holds everything: rows, runs, the state, what
 * changes in control.db (a "delta"), and what the batch brings to other day
 * files, to be done again should they not get it.  These note its number, so
 * that recovery can do it again without doing it twice.  control.db is brought
 * up to date at the end; when that is lost, recovery does it from the deltas.
 *
 *	[day file: rows, runs, delta, state, n]  [day file: rows, n]...
 *		[control: n]
 *
 * Brackets are transactions; all but the last are waited for, and the last too
 * when the batch made a file that only control.db knows as one of the store.
 *
 * A batch that is the whole of a day makes a sealed file instead
 * (writer_whole.c), and control.db's transaction is the one that counts:
 *
 *	(sealed file)  [control: catalogue, filter, delta, redo, state, n]
 *		[day file: rows, n]...  [control: redo done]
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "index/writer_part.h"
#include "base/banned.h"

int
sync_folder(const struct writer *w, const char *path, struct err *err)
{
	int fd, rc;

	if (w->opts.no_sync)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
	rc = fsync(fd);
	if (rc < 0 && errno != EINVAL && errno != EROFS)
		rc =
		    err_set(err, "cannot sync '%s': %s", path, strerror(errno));
	else
		rc = 0;
	close(fd);
	return rc;
}

int
control_sync(struct writer *w, bool full, struct err *err)
{
	if (w->opts.no_sync)
		return 0;
	return db_exec(w->control,
	    full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
	    err);
}

/*
 * A number once given is never given again: a batch that recovery brings in
 * may have files and sources that this writer has not made.
 */
int
control_mark_at(sqlite3 *control, uint64_t batch, uint32_t next_part,
    uint32_t next_source, int64_t state_part, struct err *err)
{
	sqlite3_stmt *st = db_prep(control,
	    "UPDATE info SET batch=?1, "
	    "next_part=max(?2, (SELECT coalesce(max(id), 0) + 1 FROM part)), "
	    "next_source=max(?3, "
	    "(SELECT coalesce(max(id), 0) + 1 FROM source)), state_part=?4",
	    err);
	int rc;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)batch);
	sqlite3_bind_int64(st, 2, next_part);
	sqlite3_bind_int64(st, 3, next_source);
	if (state_part >= 0)
		sqlite3_bind_int64(st, 4, state_part);
	rc = db_run(st, err);
	sqlite3_finalize(st);
	return rc;
}

int
control_mark(struct writer *w, uint64_t batch, int64_t state_part,
    struct err *err)
{
	return control_mark_at(w->control, batch, w->next_part, w->next_source,
	    state_part, err);
}

int
control_state(struct writer *w, struct str state, struct err *err)
{
	sqlite3_stmt *st = db_prep(w->control,
	    "INSERT OR REPLACE INTO state "
	    "VALUES(1, ?)",
	    err);
	int rc;

	if (!st)
		return -1;
	db_bind(st, 1, state);
	rc = db_run(st, err);
	sqlite3_finalize(st);
	return rc;
}

void
catalog_note(struct writer *w, const struct part_info *info)
{
	struct catalog *c = &w->cat;
	size_t at = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->part[i].id == info->id) {
			c->part[i] = *info;
			return;
		}
	while (at < c->n && c->part[at].day > info->day)
		at++;
	c->part = xreallocarray(c->part, c->n + 1, sizeof(*c->part));
	memmove(c->part + at + 1, c->part + at, (c->n - at) * sizeof(*c->part));
	c->part[at] = *info;
	c->n++;
}

static int
rollback(struct writer *w)
{
	sqlite3_exec(w->control, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* control.db after a batch: not waited for every time. */
static int
follow(struct writer *w, uint64_t batch, struct str delta, int64_t state_part,
    bool wait, struct err *err)
{
	bool full = wait || batch >= w->synced + CONTROL_SYNC;

	if (control_sync(w, full, err) < 0 ||
	    db_exec(w->control, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (delta_apply(w->control, delta, err) < 0 ||
	    control_mark(w, batch, state_part, err) < 0 ||
	    db_exec(w->control, "COMMIT", err) < 0)
		return rollback(w);
	if (full || w->opts.no_sync)
		w->synced = batch;
	return 0;
}

/* A batch without records: sources and counts only. */
static int
commit_none(struct writer *w, uint64_t batch, struct str state, struct err *err)
{
	if (control_sync(w, true, err) < 0 ||
	    db_exec(w->control, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (delta_apply(w->control, buf_str(&w->delta), err) < 0 ||
	    control_state(w, state, err) < 0 ||
	    control_mark(w, batch, -1, err) < 0 ||
	    db_exec(w->control, "COMMIT", err) < 0)
		return rollback(w);
	w->synced = batch;
	return 0;
}

/* The day file that gets most of the batch. */
static struct wpart *
largest(const struct writer *w)
{
	struct wpart *best = NULL;

	for (size_t i = 0; i < w->npart; i++)
		if (w->part[i]->dirty &&
		    (!best || w->part[i]->b.records > best->b.records))
			best = w->part[i];
	return best;
}

/* What the batch brings to others than its own file. */
static int
commit_others(struct writer *w, const struct wpart *own, uint64_t batch,
    struct err *err)
{
	for (size_t i = 0; i < w->npart; i++) {
		struct wpart *p = w->part[i];

		if (p->dirty && p != own &&
		    wpart_apply(w, p, &p->b, batch, NULL, STR(""), err) < 0)
			return -1;
	}
	return 0;
}

static int
commit_parts(struct writer *w, struct wpart *own, uint64_t batch,
    struct str state, struct err *err)
{
	size_t known = w->delta.n;
	struct str delta;
	bool wait = false;

	for (size_t i = 0; i < w->npart; i++) {
		const struct wpart *p = w->part[i];

		if (!p->dirty || p == own)
			continue;
		delta_redo(w, p, batch, &w->delta);
		wait = wait || !writer_knows(w, p->info.id);
	}
	if (w->delta.toobig)
		return err_set(err, "too much in one batch");
	delta = buf_str(&w->delta);
	if (own->whole) {
		if (whole_begin(w, own, batch, delta, state, err) < 0)
			return -1;
		if (delta.n == known)
			return 0;
		if (whole_end(w, err) < 0 ||
		    commit_others(w, own, batch, err) < 0)
			return -1;
		return db_exec(w->control, "DELETE FROM redo", err);
	}
	if (wpart_apply(w, own, &own->b, batch, &delta, state, err) < 0 ||
	    commit_others(w, own, batch, err) < 0)
		return -1;
	/* nothing is to be done again */
	return follow(w, batch, str_head(delta, known), own->info.id, wait,
	    err);
}

/* The batch is in the store. */
static int
settle(struct writer *w, struct str state, struct err *err)
{
	for (size_t i = 0; i < w->npart;) {
		struct wpart *p = w->part[i];

		if (p->whole) { /* nothing more goes into it */
			batch_release(&w->spare_batch);
			w->spare_batch = p->b;
			p->b = (struct batch){ 0 };
			wpart_rest(w, p);
			wpart_free(p);
			w->part[i] = w->part[--w->npart];
			continue;
		}
		i++;
		if (!p->dirty) {
			if (!p->resting && ++p->idle >= WPART_IDLE)
				wpart_rest(w, p);
			continue;
		}
		p->dirty = false;
		p->idle = 0;
		batch_clear(&p->b);
		catalog_note(w, &p->info);
		if (wpart_merge(w, p, err) < 0)
			return -1;
	}
	w->over = INT32_MIN;
	w->ndirty = 0;
	w->pending = 0;
	w->pending_bytes = 0;
	wparts_shrink(w, WPARTS_OPEN);
	buf_clear(&w->state);
	buf_add(&w->state, state);
	return 0;
}

int
writer_commit_soon(struct writer *w, struct str state, struct err *err)
{
	uint64_t batch = w->batch + 1;
	struct wpart *own;
	int rc;

	if (w->failed)
		return err_set(err, "the store cannot be written any more");
	w->failed = true; /* unless all of it works */
	if (whole_end(w, err) < 0)
		return -1;
	if (w->pending > w->largest)
		w->largest = w->pending;
	own = largest(w);
	if (own)
		own->whole = whole_fits(w, own);
	for (size_t i = 0; i < w->npart; i++)
		if (w->part[i]->dirty && wpart_finish(w, w->part[i], err) < 0)
			return -1;
	if (w->packing && packing_wait(w->packing, err) < 0)
		return -1;
	delta_save(w, &w->delta);
	if (w->delta.toobig)
		return err_set(err, "too many sources changed in one batch");
	rc = own ? commit_parts(w, own, batch, state, err) :
		   commit_none(w, batch, state, err);
	if (rc < 0)
		return -1;
	w->batch = batch;
	for (size_t i = 0; i < w->nsource; i++)
		w->source[i]->dirty = false;
	delta_forget(w);
	if (settle(w, state, err) < 0)
		return -1;
	w->failed = false;
	return 0;
}

int
writer_commit(struct writer *w, struct str state, struct err *err)
{
	return writer_commit_soon(w, state, err) < 0 ? -1 : whole_end(w, err);
}

int
writer_settle(struct writer *w, struct err *err)
{
	return whole_end(w, err);
}

int
writer_add(struct writer *w, struct str row, struct err *err)
{
	struct record rec;
	struct wpart *p;

	if (w->failed)
		return err_set(err, "the store cannot be written any more");
	if (w->pending >= WRITER_BATCH_MAX)
		return err_set(err, "too many records without a commit");
	if (rec_read(row, &rec, &w->scratch, err) < 0)
		return -1;
	if (rec.kind < REC_HOP)
		return err_set(err, "a record without a kind");
	p = wpart_get(w, whole_day(w, rec.t0_us), err);
	if (!p || wpart_add(w, p, &rec, err) < 0) {
		w->failed = true;
		return -1;
	}
	w->pending++;
	return 0;
}

bool
writer_due(const struct writer *w)
{
	return w->pending >= WRITER_BATCH || w->pending_bytes >= BATCH_BYTES ||
	       w->ndirty >= WPARTS_DIRTY;
}

void
writer_day_over(struct writer *w, int32_t day)
{
	w->over = day;
}

uint64_t
writer_pending(const struct writer *w)
{
	return w->pending;
}

struct str
writer_state(const struct writer *w)
{
	return buf_str(&w->state);
}
