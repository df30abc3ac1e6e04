/*
 * writer_part.c: one live day file: its last groups, and one batch into it.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/writer_part.h"
#include "base/banned.h"

/* ---- opening ---- */

static void
close_db(struct wpart *p)
{
	db_close(p->db); /* and its statements */
	p->db = NULL;
	p->put_group = p->put_dir = p->put_run = p->put_seg = NULL;
	p->put_info = p->put_delta = p->put_state = p->drop_delta = NULL;
}

void
wpart_free(struct wpart *p)
{
	if (!p)
		return;
	close_db(p);
	for (int k = 0; k < REC_KINDS; k++) {
		seg_enc_free(p->tail[k].enc);
		postings_release(&p->tail[k].post);
	}
	batch_release(&p->b);
	free(p);
}

/* Where new groups and runs go on. */
static int
load_numbers(struct wpart *p, struct err *err)
{
	int64_t group = 0, run = 0;

	if (db_number(p->db, "SELECT coalesce(max(id), 0) FROM dir", &group,
		err) < 0 ||
	    db_number(p->db, "SELECT coalesce(max(id), 0) FROM seg", &run,
		err) < 0)
		return -1;
	p->next_group = (uint32_t)group + 1;
	p->next_run = (uint32_t)run + 1;
	return 0;
}

/* A new day file gets its name when it is whole.  After a large batch more
 * like it will come. */
static int
make_file(struct writer *w, const struct wpart *p, const char *path,
    struct err *err)
{
	struct buf tmp = BUF_INIT(64 * 1024), days = BUF_INIT(64 * 1024);
	sqlite3 *db;
	int rc = -1;

	buf_printf(&tmp, "%s.tmp", path);
	buf_printf(&days, "%s/days", w->path);
	db = part_create(buf_c(&tmp), &w->ident, &p->info, w->largest, err);
	if (db && db_close_live(db, err) == 0)
		rc = db_publish(buf_c(&tmp), path, !w->opts.no_sync, err);
	if (rc == 0)
		rc = sync_folder(w, buf_c(&days), err);
	buf_release(&tmp);
	buf_release(&days);
	return rc;
}

int
wpart_open(struct writer *w, struct wpart *p, struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	struct part_info info;
	struct err why;
	bool gone = false;

	if (p->db)
		return 0;
	part_path(w->path, p->info.day, p->info.id, &path);
	p->db =
	    part_open(buf_c(&path), DB_WRITE, &w->ident, &info, &gone, &why);
	if (!p->db && gone && p->fresh &&
	    make_file(w, p, buf_c(&path), &why) == 0)
		p->db = part_open(buf_c(&path), DB_WRITE, &w->ident, &info,
		    NULL, &why);
	buf_release(&path);
	if (!p->db) {
		if (err)
			*err = why;
		return -1;
	}
	p->info = info;
	if (w->opts.no_sync &&
	    db_exec(p->db, "PRAGMA synchronous=OFF", err) < 0)
		return -1;
	return load_numbers(p, err);
}

static struct seg_enc *
take_enc(struct writer *w)
{
	return w->nspare ? w->spare[--w->nspare] : seg_enc_new();
}

void
wpart_rest(struct writer *w, struct wpart *p)
{
	for (int k = 0; k < REC_KINDS; k++) {
		struct tail *t = &p->tail[k];

		if (t->enc && w->nspare < SPARE_ENCS) {
			seg_enc_clear(t->enc);
			w->spare[w->nspare++] = t->enc;
		} else {
			seg_enc_free(t->enc);
		}
		postings_release(&t->post);
		*t = (struct tail){ 0 };
	}
	batch_release(&p->b);
	batch_clear(&p->b);
	if (p->db)
		sqlite3_db_release_memory(p->db);
	p->resting = true;
}

/* The group of each kind that is not full yet goes on where it was. */
static int
load_tails(struct writer *w, struct wpart *p, struct err *err)
{
	sqlite3_stmt *st = db_prep(p->db,
	    "SELECT dir.kind, grp.* FROM dir "
	    "JOIN grp USING(id) WHERE full = 0",
	    err);
	int rc;

	if (!st)
		return -1;
	while ((rc = db_step(st, err)) == 1) {
		struct str in[SEG_SECTIONS];
		int kind = sqlite3_column_int(st, 0);
		struct tail *t =
		    &p->tail[kind > 0 && kind < REC_KINDS ? kind : 0];
		struct seg *seg;

		for (int k = 0; k < SEG_SECTIONS; k++)
			in[k] = db_blob(st, 2 + k);
		seg = seg_decode(w->dec, in, err);
		if (!seg) {
			rc = -1;
			break;
		}
		if (!t->enc)
			t->enc = take_enc(w);
		seg_enc_clear(t->enc);
		for (size_t i = 0; i < seg_count(seg); i++)
			seg_enc_add(t->enc, seg_record(seg, i));
		seg_free(seg);
		t->group = (uint32_t)sqlite3_column_int64(st, 1);
	}
	sqlite3_finalize(st);
	return rc;
}

void
wparts_shrink(struct writer *w, size_t keep)
{
	while (w->npart > keep) {
		size_t old = SIZE_MAX;

		for (size_t i = 0; i < w->npart; i++)
			if (!w->part[i]->dirty &&
			    (old == SIZE_MAX ||
				w->part[i]->used < w->part[old]->used))
				old = i;
		if (old == SIZE_MAX)
			return;
		wpart_free(w->part[old]);
		w->part[old] = w->part[--w->npart];
	}
}

/* The live part of a day in the catalogue that still takes records. */
static const struct part_info *
find_live(const struct writer *w, int32_t day)
{
	for (size_t i = 0; i < w->cat.n; i++) {
		const struct part_info *c = &w->cat.part[i];
		if (c->day == day && !c->sealed &&
		    c->records < PART_RECORDS_MAX)
			return c;
	}
	return NULL;
}

struct wpart *
wpart_get(struct writer *w, int32_t day, struct err *err)
{
	const struct part_info *known;
	struct wpart *p;

	for (size_t i = w->npart; i-- > 0;) {
		p = w->part[i];
		if (p->info.day != day ||
		    (!p->dirty && p->info.records >= PART_RECORDS_MAX) ||
		    p->next_run >= RUN_MAX - RUN_FAN)
			continue;
		if (p->resting && p->db && load_tails(w, p, err) < 0)
			return NULL;
		p->resting = false;
		p->used = ++w->clock;
		return p;
	}
	if (w->npart >= WPARTS_OPEN)
		wparts_shrink(w, WPARTS_OPEN - 1);
	p = xcalloc(1, sizeof(*p));
	p->b = w->spare_batch;
	w->spare_batch = (struct batch){ 0 };
	batch_clear(&p->b);
	known = find_live(w, day);
	if (known) {
		p->info = *known;
		if (wpart_open(w, p, err) < 0 || load_tails(w, p, err) < 0) {
			wpart_free(p);
			return NULL;
		}
	} else {
		p->info = (struct part_info){ .id = w->next_part++,
			.day = day,
			.t0 = INT64_MAX,
			.t1 = INT64_MIN,
			.shift = -1 };
		p->next_group = p->next_run = 1;
		p->fresh = true;
	}
	if (w->npart == w->cpart) {
		w->cpart = w->cpart ? 2 * w->cpart : 16;
		w->part = xreallocarray(w->part, w->cpart, sizeof(*w->part));
	}
	p->used = ++w->clock;
	return w->part[w->npart++] = p;
}

/* ---- filling ---- */

/* The records of a tail as a group of the batch. */
static int
tail_to_batch(struct writer *w, struct wpart *p, int kind, struct err *err)
{
	struct tail *t = &p->tail[kind];
	struct batch *b = &p->b;
	struct packing_job *j;
	bool full = seg_enc_full(t->enc);

	if (!w->packing)
		w->packing = packing_new();
	j = packing_job(w->packing);
	j->to = b;
	j->group = (struct group){ .id = t->group,
		.kind = (uint8_t)kind,
		.full = full,
		.n = (uint16_t)seg_enc_count(t->enc),
		.t0 = seg_enc_t0(t->enc),
		.t1 = seg_enc_t1(t->enc) };
	if (j->group.t0 < b->t0)
		b->t0 = j->group.t0;
	if (j->group.t1 > b->t1)
		b->t1 = j->group.t1;
	if (seg_enc_sections(t->enc, j->raw, err) < 0)
		return -1;
	for (int k = 0; k < SEG_SECTIONS; k++)
		w->pending_bytes += j->raw[k].n;
	packing_go(w->packing);
	t->dirty = false;
	if (full) {
		seg_enc_clear(t->enc);
		t->group = 0;
	}
	return 0;
}

int
wpart_add(struct writer *w, struct wpart *p, const struct record *rec,
    struct err *err)
{
	struct tail *t = &p->tail[rec->kind];
	struct batch *b = &p->b;
	uint32_t number;

	if (!t->enc)
		t->enc = take_enc(w);
	if (!t->group)
		t->group = p->next_group++;
	number = t->group * SEG_RECORDS + (uint32_t)seg_enc_count(t->enc);
	tokens_of(&w->key, rec, number, &t->post);
	seg_enc_add(t->enc, rec);
	t->dirty = true;
	b->records++;
	if (!p->dirty) {
		p->dirty = true;
		w->ndirty++;
	}
	return seg_enc_full(t->enc) ? tail_to_batch(w, p, rec->kind, err) : 0;
}

int
wpart_finish(struct writer *w, struct wpart *p, struct err *err)
{
	struct batch *b = &p->b;

	for (int k = 0; k < REC_KINDS; k++) {
		if (p->tail[k].dirty && tail_to_batch(w, p, k, err) < 0)
			return -1;
		postings_move(&b->post, &p->tail[k].post);
	}
	if (!p->whole)
		postings_sort(&b->post, &w->tmp);
	return 0;
}

/* ---- writing ---- */

static int
put_groups(struct wpart *p, const struct batch *b, struct err *err)
{
	if (db_use(p->db, &p->put_group,
		"INSERT OR REPLACE INTO grp "
		"VALUES(?,?,?,?,?,?,?)",
		err) < 0 ||
	    db_use(p->db, &p->put_dir,
		"INSERT OR REPLACE INTO dir "
		"VALUES(?,?,?,?,?,?,NULL)",
		err) < 0)
		return -1;
	for (size_t i = 0; i < b->ngroup; i++) {
		const struct group *g = &b->group[i];
		const char *at = b->blob.p + g->off;

		sqlite3_bind_int64(p->put_group, 1, g->id);
		for (int k = 0; k < SEG_SECTIONS; k++) {
			db_bind(p->put_group, 2 + k, str_make(at, g->len[k]));
			at += g->len[k];
		}
		sqlite3_bind_int64(p->put_dir, 1, g->id);
		sqlite3_bind_int(p->put_dir, 2, g->kind);
		sqlite3_bind_int(p->put_dir, 3, g->n);
		sqlite3_bind_int(p->put_dir, 4, g->full);
		sqlite3_bind_int64(p->put_dir, 5, g->t0);
		sqlite3_bind_int64(p->put_dir, 6, g->t1);
		if (db_run(p->put_group, err) < 0 ||
		    db_run(p->put_dir, err) < 0)
			return -1;
		if (g->id >= p->next_group)
			p->next_group = g->id + 1;
	}
	return 0;
}

int
wpart_put_seg(struct wpart *p, uint32_t run, int level, const struct run_out *o,
    struct err *err)
{
	if (db_use(p->db, &p->put_seg, "INSERT INTO seg VALUES(?,?,?,?)", err) <
	    0)
		return -1;
	sqlite3_bind_int64(p->put_seg, 1, run);
	sqlite3_bind_int(p->put_seg, 2, level);
	sqlite3_bind_int64(p->put_seg, 3, (int64_t)o->postings);
	sqlite3_bind_int64(p->put_seg, 4, (int64_t)o->hashes);
	return db_run(p->put_seg, err);
}

static int
put_run(struct wpart *p, const struct postings *post, struct err *err)
{
	struct run_table table;
	struct run_out o;

	if (!post->n)
		return 0;
	if (p->next_run >= RUN_MAX)
		return err_set(err, "too many runs in one day file");
	if (db_use(p->db, &p->put_run, "INSERT INTO run VALUES(?,?)", err) < 0)
		return -1;
	table =
	    (struct run_table){ .insert = p->put_run, .run = p->next_run++ };
	run_out_init(&o, post->n, (uint64_t)p->next_group * SEG_RECORDS,
	    run_insert, &table);
	if (run_put(&o, post->p, post->n, err) < 0 || run_finish(&o, err) < 0)
		return -1;
	return wpart_put_seg(p, table.run, 0, &o, err);
}

static int
put_delta(struct writer *w, struct wpart *p, uint64_t batch, struct str delta,
    struct str state, struct err *err)
{
	if (db_use(p->db, &p->put_delta, "INSERT INTO delta VALUES(?,?)", err) <
		0 ||
	    db_use(p->db, &p->drop_delta, "DELETE FROM delta WHERE batch <= ?",
		err) < 0 ||
	    db_use(p->db, &p->put_state,
		"INSERT OR REPLACE INTO state "
		"VALUES(1,?)",
		err) < 0)
		return -1;
	sqlite3_bind_int64(p->drop_delta, 1, (int64_t)w->synced);
	sqlite3_bind_int64(p->put_delta, 1, (int64_t)batch);
	db_bind(p->put_delta, 2, delta);
	db_bind(p->put_state, 1, state);
	return db_run(p->drop_delta, err) < 0 ||
		       db_run(p->put_delta, err) < 0 ||
		       db_run(p->put_state, err) < 0 ?
		   -1 :
		   0;
}

int
wpart_apply(struct writer *w, struct wpart *p, const struct batch *b,
    uint64_t batch, const struct str *delta, struct str state, struct err *err)
{
	struct part_info info;

	if (wpart_open(w, p, err) < 0)
		return -1;
	if (p->info.batch >= batch)
		return 0; /* it was applied before an interruption */
	info = p->info;
	info.batch = batch;
	info.records += b->records;
	if (b->t0 < info.t0)
		info.t0 = b->t0;
	if (b->t1 > info.t1)
		info.t1 = b->t1;
	if (db_exec(p->db, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (put_groups(p, b, err) < 0 || put_run(p, &b->post, err) < 0 ||
	    part_info_put(p->db, &p->put_info, &info, err) < 0 ||
	    (delta && put_delta(w, p, batch, *delta, state, err) < 0) ||
	    db_exec(p->db, "COMMIT", err) < 0) {
		sqlite3_exec(p->db, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	p->info = info;
	return 0;
}
