/*
 * rewrite.c: writing a sealed day file: groups copied or packed, runs merged.
 *
 * Full groups go over as they are, only under new numbers.  Small ones are
 * taken apart and packed to full ones, and so are groups with events to be
 * dropped; their postings are made anew from the records, while those of the
 * copied groups come out of the old runs with their numbers mapped.  Both are
 * merged in one stream; memory does not grow with the day.
 *
 * The new file is built without a journal under another name, synced, renamed
 * and only then known to the catalogue.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "index/rewrite_part.h"
#include "base/banned.h"

struct rewrite *
rewrite_open(struct writer *w, int32_t day, uint64_t records, struct err *err)
{
	struct rewrite *r = xcalloc(1, sizeof(*r));

	r->w = w;
	r->info = (struct part_info){ .id = w->next_part++,
		.day = day,
		.sealed = true,
		.t0 = INT64_MAX,
		.t1 = INT64_MIN,
		.batch = w->batch,
		.shift = -1 };
	r->next_group = r->next_run = 1;
	buf_init(&r->tmp, 64 * 1024);
	buf_init(&r->path, 64 * 1024);
	buf_init(&r->at, 1024);
	for (int k = 0; k < SEG_SECTIONS; k++)
		buf_init(&r->section[k], SEG_SECTION_MAX);
	r->dec = seg_dec_new();
	part_path(w->path, day, r->info.id, &r->path);
	buf_printf(&r->tmp, "%s.tmp", buf_c(&r->path));
	r->db = part_create(buf_c(&r->tmp), &w->ident, &r->info, records, err);
	if (!r->db || db_exec(r->db, "BEGIN", err) < 0) {
		rewrite_close(r);
		return NULL;
	}
	r->heap = xcalloc(1, sizeof(*r->heap));
	r->heap->insert = db_prep(r->db, "INSERT INTO heap VALUES(?,?)", err);
	if (r->heap->insert)
		return r;
	rewrite_close(r);
	return NULL;
}

static void
close_old(struct rewrite *r)
{
	for (size_t i = 0; i < r->nold; i++) {
		db_close(r->old[i].db);
		r->old[i].db = NULL;
	}
}

void
rewrite_close(struct rewrite *r)
{
	if (!r)
		return;
	if (r->control_open)
		sqlite3_exec(r->w->control, "ROLLBACK", NULL, NULL, NULL);
	db_close(r->db);
	close_old(r);
	for (size_t i = 0; i < r->nlent; i++)
		db_close(r->lent[i].db);
	for (size_t i = 0; i < r->nold; i++)
		free(r->old[i].map.base);
	if (!r->done && r->tmp.n)
		unlink(buf_c(&r->tmp));
	if (!r->done && r->named && !r->in_doubt)
		unlink(buf_c(&r->path));
	for (int k = 0; k < REC_KINDS; k++)
		seg_enc_free(r->packer[k].enc);
	postings_release(&r->post);
	postings_release(&r->sort);
	rec_scratch_release(&r->scratch);
	seg_dec_free(r->dec);
	for (int k = 0; k < SEG_SECTIONS; k++)
		buf_release(&r->section[k]);
	buf_release(&r->tmp);
	buf_release(&r->path);
	buf_release(&r->at);
	free(r->heap);
	free(r);
}

void
rewrite_also(struct rewrite *r, const char *sql)
{
	r->also = sql;
}

void
rewrite_edit(struct rewrite *r, bool (*test)(void *, const struct record *),
    void (*edit)(void *, const struct record *, struct record *), void *ctx)
{
	r->test = test;
	r->edit = edit;
	r->edit_ctx = ctx;
}

/* ---- groups ---- */

int
rewrite_put(struct rewrite *r, uint32_t id, int kind, int64_t n, int64_t t0,
    int64_t t1, const struct str sec[SEG_SECTIONS], struct err *err)
{
	if (heap_put(r->heap, sec, &r->at, err) < 0 ||
	    db_use(r->db, &r->put_dir, "INSERT INTO dir VALUES(?,?,?,1,?,?,?)",
		err) < 0)
		return -1;
	sqlite3_bind_int64(r->put_dir, 1, id);
	sqlite3_bind_int(r->put_dir, 2, kind);
	sqlite3_bind_int64(r->put_dir, 3, n);
	sqlite3_bind_int64(r->put_dir, 4, t0);
	sqlite3_bind_int64(r->put_dir, 5, t1);
	db_bind(r->put_dir, 6, buf_str(&r->at));
	if (db_run(r->put_dir, err) < 0)
		return -1;
	r->info.records += (uint64_t)n;
	if (t0 < r->info.t0)
		r->info.t0 = t0;
	if (t1 > r->info.t1)
		r->info.t1 = t1;
	return 0;
}

static int
flush_packer(struct rewrite *r, int kind, struct err *err)
{
	struct packer *k = &r->packer[kind];
	struct str sec[SEG_SECTIONS];
	int rc;

	if (k->group == NO_GROUP)
		return 0;
	if (seg_enc_finish(k->enc, r->section, err) < 0)
		return -1;
	for (int i = 0; i < SEG_SECTIONS; i++)
		sec[i] = buf_str(&r->section[i]);
	rc = rewrite_put(r, k->group, kind, (int64_t)seg_enc_count(k->enc),
	    seg_enc_t0(k->enc), seg_enc_t1(k->enc), sec, err);
	seg_enc_clear(k->enc);
	k->group = NO_GROUP;
	return rc;
}

static int
pack_record(struct rewrite *r, const struct record *rec, struct err *err)
{
	struct packer *k = &r->packer[rec->kind];

	if (!k->enc)
		k->enc = seg_enc_new();
	if (k->group == NO_GROUP)
		k->group = r->next_group++;
	tokens_of(&r->w->key, rec,
	    k->group * SEG_RECORDS + (uint32_t)seg_enc_count(k->enc), &r->post);
	seg_enc_add(k->enc, rec);
	if (r->post.n >= POSTINGS_MAX && rewrite_spill(r, err) < 0)
		return -1;
	return seg_enc_full(k->enc) ? flush_packer(r, (int)rec->kind, err) : 0;
}

static bool
seg_any(const struct seg *seg, bool (*test)(void *, const struct record *),
    void *ctx)
{
	for (size_t i = 0; i < seg_count(seg); i++)
		if (test(ctx, seg_record(seg, i)))
			return true;
	return false;
}

bool
rec_of_source(void *ctx, const struct record *rec)
{
	for (size_t k = 0; k < rec->n; k++)
		if (rec->ev[k].at.src == *(const uint32_t *)ctx)
			return true;
	return false;
}

/* The record without a source's events; false when none are left. */
static bool
without(struct rec_scratch *sc, const struct record *rec, uint32_t drop,
    struct record *out)
{
	size_t n = 0;

	if (rec->n > sc->cap) {
		sc->ev = xreallocarray(sc->ev, rec->n, sizeof(*sc->ev));
		sc->cap = rec->n;
	}
	for (size_t i = 0; i < rec->n; i++)
		if (rec->ev[i].at.src != drop)
			sc->ev[n++] = rec->ev[i];
	*out = *rec;
	if (n == rec->n)
		return true;
	out->ev = sc->ev;
	out->n = n;
	out->flags &= ~(unsigned)(REC_START | REC_END);
	out->flags |= REC_FRAGMENT;
	for (size_t i = 0; i < n; i++) {
		if (i == 0)
			out->t0_us = out->t1_us = sc->ev[i].t_us;
		if (sc->ev[i].t_us > out->t1_us)
			out->t1_us = sc->ev[i].t_us;
		if (sc->ev[i].flags & EVF_START)
			out->flags |= REC_START;
		if (sc->ev[i].flags & EVF_END)
			out->flags |= REC_END;
	}
	return n > 0;
}

static int
pack_group(struct rewrite *r, const struct seg *seg, uint32_t drop,
    struct err *err)
{
	for (size_t i = 0; i < seg_count(seg); i++) {
		struct record rec, edited;

		if (!without(&r->scratch, seg_record(seg, i), drop, &rec))
			continue;
		if (r->test && r->test(r->edit_ctx, &rec)) {
			r->edit(r->edit_ctx, &rec, &edited);
			rec = edited;
		}
		if (pack_record(r, &rec, err) < 0)
			return -1;
	}
	return 0;
}

static void
map_group(struct remap *m, uint32_t group, uint32_t base)
{
	if (group >= m->n) {
		size_t n = (size_t)group + 1024;
		m->base = xreallocarray(m->base, n, sizeof(*m->base));
		for (size_t i = m->n; i < n; i++)
			m->base[i] = REMAP_DROP;
		m->n = n;
	}
	m->base[group] = base;
}

/* One row of an old file: copied under a new number, or taken apart. */
static int
take_group(struct rewrite *r, struct old *o, struct group_io *io,
    sqlite3_stmt *st, uint32_t drop, struct err *err)
{
	uint32_t id = (uint32_t)sqlite3_column_int64(st, 0), to;
	int64_t n = sqlite3_column_int64(st, 2);
	struct str sec[SEG_SECTIONS];
	struct seg *seg = NULL;
	int kind = sqlite3_column_int(st, 1), rc;
	bool apart = n < SMALL;

	if (kind < 1 || kind >= REC_KINDS || id > UINT32_MAX / SEG_RECORDS - 1)
		return err_set(err, "damaged group of records");
	if (group_io_read(io, id, sec, err) < 0)
		return -1;
	if (apart || drop || r->test) {
		seg = seg_decode(r->dec, sec, err);
		if (!seg)
			return -1;
		apart = apart || (drop && seg_any(seg, rec_of_source, &drop)) ||
			(r->test && seg_any(seg, r->test, r->edit_ctx));
	}
	if (apart) {
		map_group(&o->map, id, REMAP_DROP);
		rc = pack_group(r, seg, drop, err);
	} else {
		to = r->next_group++;
		map_group(&o->map, id, to * SEG_RECORDS);
		rc = rewrite_put(r, to, kind, n, sqlite3_column_int64(st, 3),
		    sqlite3_column_int64(st, 4), sec, err);
	}
	seg_free(seg);
	return rc;
}

/* The writer's connection to a file, or one that only reads. */
static sqlite3 *
open_old(struct rewrite *r, const struct part_info *info, struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	struct part_info says;
	sqlite3 *db;

	for (size_t i = 0; i < r->nlent; i++)
		if (r->lent[i].id == info->id) {
			db = r->lent[i].db;
			r->lent[i] = r->lent[--r->nlent];
			return db;
		}
	part_path(r->w->path, info->day, info->id, &path);
	db = part_open(buf_c(&path), info->sealed ? DB_IMMUTABLE : DB_READ,
	    &r->w->ident, &says, NULL, err);
	buf_release(&path);
	return db;
}

int
rewrite_add(struct rewrite *r, const struct part_info *info, uint32_t drop,
    struct err *err)
{
	struct group_io io;
	struct old *o;
	sqlite3_stmt *st;
	int rc;

	if (r->nold == REWRITE_MAX)
		return err_set(err, "too many files of one day");
	o = &r->old[r->nold++];
	o->info = *info;
	o->db = open_old(r, info, err);
	if (!o->db)
		return -1;
	st = db_prep(o->db, "SELECT id, kind, n, t0, t1 FROM dir ORDER BY id",
	    err);
	if (!st)
		return -1;
	group_io_init(&io, o->db, info->sealed);
	while ((rc = db_step(st, err)) == 1)
		if (take_group(r, o, &io, st, drop, err) < 0) {
			rc = -1;
			break;
		}
	sqlite3_finalize(st);
	group_io_release(&io);
	return rc;
}

/* ---- looking first ---- */

int
part_any(struct writer *w, const struct part_info *info,
    bool (*test)(void *, const struct record *), void *ctx, struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	struct part_info says;
	struct group_io io = { NULL };
	sqlite3_stmt *st;
	sqlite3 *db;
	int rc = -1, found = 0;

	part_path(w->path, info->day, info->id, &path);
	db = part_open(buf_c(&path), info->sealed ? DB_IMMUTABLE : DB_READ,
	    &w->ident, &says, NULL, err);
	buf_release(&path);
	st = db ? db_prep(db, "SELECT id FROM dir", err) : NULL;
	group_io_init(&io, db, info->sealed);
	while (st && !found && (rc = db_step(st, err)) == 1) {
		struct str sec[SEG_SECTIONS];
		struct seg *seg = NULL;

		if (group_io_read(&io, (uint32_t)sqlite3_column_int64(st, 0),
			sec, err) == 0)
			seg = seg_decode(w->dec, sec, err);
		if (!seg) {
			rc = -1;
			break;
		}
		found = seg_any(seg, test, ctx);
		seg_free(seg);
	}
	sqlite3_finalize(st);
	group_io_release(&io);
	db_close(db);
	return found ? 1 : rc;
}

/* ---- the end ---- */

static int
sync_new(struct rewrite *r, struct err *err)
{
	struct buf days = BUF_INIT(64 * 1024);
	struct stat sb;
	int rc = db_publish(buf_c(&r->tmp), buf_c(&r->path),
	    !r->w->opts.no_sync, err);

	r->named = rc == 0;
	if (rc == 0 && stat(buf_c(&r->path), &sb) == 0)
		r->info.bytes = (uint64_t)sb.st_size;
	buf_printf(&days, "%s/days", r->w->path);
	if (rc == 0)
		rc = sync_folder(r->w, buf_c(&days), err);
	buf_release(&days);
	return rc;
}

int
rewrite_publish(struct rewrite *r, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = part_info_put(r->db, &st, &r->info, err);

	sqlite3_finalize(st);
	if (rc < 0 || heap_finish(r->heap, err) < 0)
		return -1;
	if (db_exec(r->db, "COMMIT", err) < 0)
		return -1;
	db_close(r->db);
	r->db = NULL;
	return sync_new(r, err);
}

/*
 * A commit that found no room is none.  After another error (a sync that
 * failed) it may be on the disk all the same, and the file must stay; should
 * control.db not know it, recovery removes it.
 */
int
rewrite_commit(struct rewrite *r, struct err *err)
{
	int why;

	if (db_exec(r->w->control, "COMMIT", err) == 0) {
		r->control_open = false;
		r->done = true;
		return 0;
	}
	why = sqlite3_extended_errcode(r->w->control);
	r->in_doubt = why != SQLITE_FULL && why != SQLITE_IOERR_WRITE;
	return -1;
}

static int
switch_over(struct rewrite *r, struct err *err)
{
	struct writer *w = r->w;

	for (size_t i = 0; i < r->nold; i++)
		if (catalog_drop(w->control, r->old[i].info.id, err) < 0)
			return -1;
	if ((r->info.records && catalog_put(w->control, &r->info, err) < 0) ||
	    (r->also && db_exec(w->control, r->also, err) < 0) ||
	    control_mark(w, w->batch, -1, err) < 0 ||
	    rewrite_commit(r, err) < 0)
		return -1;
	w->synced = w->batch;
	return writer_reload(w, err);
}

int
rewrite_finish(struct rewrite *r, struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	struct writer *w = r->w;
	int rc = 0;

	for (int k = 0; k < REC_KINDS; k++)
		if (flush_packer(r, k, err) < 0)
			return -1;
	if (state_to_control(w, err) < 0 || control_sync(w, true, err) < 0 ||
	    db_exec(w->control, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	r->control_open = true;
	if (rewrite_merge(r, err) < 0)
		return -1;
	if (r->info.records && rewrite_publish(r, err) < 0)
		return -1;
	close_old(r);
	if (switch_over(r, err) < 0)
		return -1;
	if (!r->info.records)
		unlink(buf_c(&r->tmp));
	for (size_t i = 0; i < r->nold && rc == 0; i++) {
		part_path(w->path, r->old[i].info.day, r->old[i].info.id,
		    &path);
		rc = remove_part(buf_c(&path), err);
	}
	buf_release(&path);
	return rc;
}

void
wparts_close_day(struct writer *w, int32_t day)
{
	for (size_t i = 0; i < w->npart;)
		if (w->part[i]->info.day == day) {
			wpart_free(w->part[i]);
			w->part[i] = w->part[--w->npart];
		} else {
			i++;
		}
}

void
rewrite_take_day(struct rewrite *r, int32_t day)
{
	for (size_t i = 0; i < r->w->npart && r->nlent < REWRITE_MAX; i++) {
		struct wpart *p = r->w->part[i];

		if (p->info.day != day || !p->db)
			continue;
		db_will_go(p->db);
		r->lent[r->nlent].id = p->info.id;
		r->lent[r->nlent++].db = p->db;
		p->db = NULL;
	}
	wparts_close_day(r->w, day);
}

int
state_to_control(struct writer *w, struct err *err)
{
	if (control_sync(w, true, err) < 0 ||
	    db_exec(w->control, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (control_state(w, buf_str(&w->state), err) < 0 ||
	    control_mark(w, w->batch, -1, err) < 0 ||
	    db_exec(w->control, "COMMIT", err) < 0) {
		sqlite3_exec(w->control, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	w->synced = w->batch;
	return 0;
}
