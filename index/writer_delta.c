/*
 * writer_delta.c: coverage and unknown lines: kept in memory until a commit;
 * and all that changed, told to control.db as one string of bytes.
 *
 * The bytes go with the rows into the day file, in its transaction, and are
 * applied to the tables of control.db afterwards, or by recovery; so there is
 * one place only that changes these tables: delta_apply().
 *
 *	'S' a source, whole		'P' a day file, for the catalogue
 *	'C' lines of a host in a quarter of an hour
 *	'U' unknown lines		'G' a gap
 *	'R' what the batch brings to another day file (only recovery reads it)
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/rd.h"
#include "index/writer_part.h"
#include "base/banned.h"

enum {
	SHAPE_MAX = 256,
	PENDING_UNKNOWN = 2000, /* distinct (shape, source) between commits */
	PENDING_GAPS = 1000,
};

#define SLOT_US (900 * INT64_C(1000000))

/* ---- counts ---- */

void
writer_cover(struct writer *w, uint32_t src, struct str host, enum mta mta,
    int64_t t_us)
{
	writer_cover_lines(w, src, host, UINT64_C(1) << (mta & 63), t_us, t_us,
	    1);
}

void
writer_cover_lines(struct writer *w, uint32_t src, struct str host,
    uint64_t programs, int64_t t_us, int64_t last_us, uint64_t lines)
{
	int64_t slot = t_us / SLOT_US - (t_us % SLOT_US < 0);
	struct cover *c = w->last_cover;
	char key[300];
	struct str k;
	void **at;

	if (!c || c->src != src || c->slot != slot || !str_eq(c->host, host)) {
		host = str_head(host, 255);
		memcpy(key, &src, 4);
		memcpy(key + 4, &slot, 8);
		if (host.n)
			memcpy(key + 12, host.p, host.n);
		k = str_make(key, 12 + host.n);
		c = map_get(&w->cover_of, k);
		if (!c) {
			k = arena_dup(&w->names, k);
			at = map_slot(&w->cover_of, k);
			c = arena_new(&w->names, struct cover);
			*c = (struct cover){ .host = str_from(k, 12),
				.src = src,
				.slot = slot,
				.t0 = t_us,
				.t1 = t_us };
			*at = c;
			arena_grow(&w->names, w->cover, w->ncover, w->ccover);
			w->cover[w->ncover++] = c;
		}
		w->last_cover = c;
	}
	c->lines += lines;
	c->programs |= programs;
	if (t_us < c->t0)
		c->t0 = t_us;
	if (last_us > c->t1)
		c->t1 = last_us;
}

/* A shape the store has room for, or the one that stands for all others. */
static struct str
known_shape(struct writer *w, struct str shape)
{
	void **at;

	shape = str_head(shape, SHAPE_MAX);
	if (map_get(&w->shape_of, shape))
		return shape;
	if (w->shape_of.n >= WRITER_SHAPES)
		return STR("(other)");
	shape = arena_dup(&w->shapes, shape.p ? shape : STR(""));
	at = map_slot(&w->shape_of, shape);
	*at = w;
	return shape;
}

void
writer_unknown(struct writer *w, uint32_t src, struct str shape,
    struct str line, uint64_t count)
{
	char key[4 + SHAPE_MAX];
	struct unknown *u;
	struct str k;

	shape = known_shape(w, shape);
	memcpy(key, &src, 4);
	if (shape.n)
		memcpy(key + 4, shape.p, shape.n);
	k = str_make(key, 4 + shape.n);
	u = map_get(&w->unknown_of, k);
	if (!u) {
		if (w->nunknown >= PENDING_UNKNOWN &&
		    !str_eq(shape, STR("(other)"))) {
			writer_unknown(w, src, STR("(other)"), line, count);
			return;
		}
		k = arena_dup(&w->names, k);
		u = arena_new(&w->names, struct unknown);
		u->shape = str_from(k, 4);
		u->src = src;
		*map_slot(&w->unknown_of, k) = u;
		arena_grow(&w->names, w->unknown, w->nunknown, w->cunknown);
		w->unknown[w->nunknown++] = u;
	}
	u->count += count;
	if (u->nline < WRITER_SAMPLES)
		u->line[u->nline++] = arena_dup(&w->names,
		    str_head(line.p ? line : STR(""), WRITER_LINE_MAX));
}

void
writer_gap(struct writer *w, uint32_t src, struct str host, int64_t t0_us,
    int64_t t1_us, struct str why)
{
	if (w->ngap >= PENDING_GAPS)
		return; /* so many are one: the source's whole time */
	arena_grow(&w->names, w->gap, w->ngap, w->cgap);
	w->gap[w->ngap++] =
	    (struct gap){ arena_dup(&w->names,
			      str_head(host.p ? host : STR(""), 255)),
		    arena_dup(&w->names, str_head(why.p ? why : STR(""), 255)),
		    src, t0_us, t1_us };
}

void
delta_forget(struct writer *w)
{
	map_clear(&w->cover_of);
	map_clear(&w->unknown_of);
	arena_clear(&w->names);
	w->cover = NULL;
	w->unknown = NULL;
	w->gap = NULL;
	w->ncover = w->ccover = w->nunknown = w->cunknown = 0;
	w->ngap = w->cgap = 0;
	w->last_cover = NULL;
}

/* ---- to bytes ---- */

static void
put_str(struct buf *b, struct str s)
{
	buf_uvar(b, s.n);
	buf_add(b, s);
}

static void
put_source(struct buf *b, const struct writer_source *s)
{
	buf_putc(b, 'S');
	buf_uvar(b, s->id);
	put_str(b, s->name);
	put_str(b, s->host);
	put_str(b, s->print);
	put_str(b, s->state);
	buf_uvar(b, s->dev);
	buf_uvar(b, s->inode);
	buf_uvar(b, s->size);
	buf_svar(b, s->mtime);
	buf_uvar(b, s->done);
	buf_uvar(b, s->line);
	buf_svar(b, s->t0_us);
	buf_svar(b, s->t1_us);
	buf_uvar(b, s->lines);
	buf_uvar(b, s->events);
	buf_uvar(b, s->ignored);
	buf_uvar(b, s->unknown);
	buf_uvar(b, s->foreign);
	buf_uvar(b, s->finished);
}

static void
put_part(struct buf *b, const struct wpart *p)
{
	const struct part_info *i = &p->info;
	const struct batch *a = &p->b;

	buf_putc(b, 'P');
	buf_uvar(b, i->id);
	buf_svar(b, i->day);
	buf_svar(b, a->t0 < i->t0 ? a->t0 : i->t0);
	buf_svar(b, a->t1 > i->t1 ? a->t1 : i->t1);
	buf_uvar(b, i->records + a->records);
}

void
delta_save(struct writer *w, struct buf *b)
{
	buf_clear(b);
	for (size_t i = 0; i < w->nsource; i++)
		if (w->source[i]->dirty)
			put_source(b, w->source[i]);
	for (size_t i = 0; i < w->npart; i++)
		if (w->part[i]->dirty && !w->part[i]->whole)
			put_part(b, w->part[i]);
	for (size_t i = 0; i < w->ncover; i++) {
		const struct cover *c = w->cover[i];

		buf_putc(b, 'C');
		buf_uvar(b, c->src);
		put_str(b, c->host);
		buf_svar(b, c->slot);
		buf_uvar(b, c->lines);
		buf_uvar(b, c->programs);
		buf_svar(b, c->t0);
		buf_svar(b, c->t1);
	}
	for (size_t i = 0; i < w->nunknown; i++) {
		const struct unknown *u = w->unknown[i];

		buf_putc(b, 'U');
		buf_uvar(b, u->src);
		put_str(b, u->shape);
		buf_uvar(b, u->count);
		buf_uvar(b, u->nline);
		for (size_t k = 0; k < u->nline; k++)
			put_str(b, u->line[k]);
	}
	for (size_t i = 0; i < w->ngap; i++) {
		const struct gap *g = &w->gap[i];

		buf_putc(b, 'G');
		buf_uvar(b, g->src);
		put_str(b, g->host);
		buf_svar(b, g->t0);
		buf_svar(b, g->t1);
		put_str(b, g->why);
	}
}

void
delta_redo(struct writer *w, const struct wpart *p, uint64_t batch,
    struct buf *b)
{
	buf_clear(&w->redo);
	batch_save(&p->b, &w->redo);
	if (w->redo.toobig) {
		b->toobig = true;
		return;
	}
	buf_putc(b, 'R');
	buf_uvar(b, p->info.id);
	buf_uvar(b, batch);
	buf_svar(b, p->info.day);
	put_str(b, buf_str(&w->redo));
}

/* ---- and into control.db ---- */

static void
bind_u(sqlite3_stmt *st, int i, struct rd *r)
{
	sqlite3_bind_int64(st, i, (int64_t)rd_uvar(r));
}

static void
bind_s(sqlite3_stmt *st, int i, struct rd *r)
{
	sqlite3_bind_int64(st, i, rd_svar(r));
}

/* The statements, one for each thing a delta can say. */
enum {
	D_SOURCE,
	D_PART,
	D_COVER,
	D_HOST_,
	D_UNKNOWN,
	D_SAMPLE,
	D_GAP,
	D_REDO,
	DS
};

static const char *const statement[DS] = {
	[D_SOURCE] = "INSERT OR REPLACE INTO source(id, name, host, print, "
		     "state, dev, inode, size, mtime, done, line, t0, t1, "
		     "lines, events, ignored, unknown, foreign_, finished) "
		     "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,"
		     "?15,?16,?17,?18,?19)",
	[D_PART] = "INSERT INTO part VALUES(?1,?2,0,?3,?4,?5,0,NULL) "
		   "ON CONFLICT(id) DO UPDATE SET t0=?3, t1=?4, records=?5 "
		   "WHERE day=?2",
	[D_COVER] = "INSERT INTO cover(source,host,slot,lines) "
		    "VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE SET "
		    "lines=lines+?4",
	[D_HOST_] = "INSERT INTO host(source,name,lines,programs,t0,t1) "
		    "VALUES(?1,?2,?4,?5,?6,?7) ON CONFLICT DO UPDATE SET "
		    "lines=lines+?4, programs=programs|?5, t0=min(t0,?6), "
		    "t1=max(t1,?7)",
	[D_UNKNOWN] = "INSERT INTO unknown(source,shape,count) "
		      "VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET "
		      "count=count+?3",
	[D_SAMPLE] = "INSERT OR IGNORE INTO sample(source,shape,line) "
		     "SELECT ?1,?2,?3 WHERE (SELECT count(*) FROM sample "
		     "WHERE shape=?2) < ?4",
	[D_GAP] = "INSERT OR IGNORE INTO gap(source,host,t0,t1,why) "
		  "VALUES(?1,?2,?3,?4,?5)",
	[D_REDO] = "INSERT OR REPLACE INTO redo VALUES(?1,?2,?3,?4)",
};

static int
apply_source(struct rd *r, sqlite3_stmt *st, struct err *err)
{
	bind_u(st, 1, r);
	db_bind_text(st, 2, rd_str(r));
	db_bind_text(st, 3, rd_str(r));
	db_bind(st, 4, rd_str(r));
	db_bind(st, 5, rd_str(r));
	for (int i = 6; i <= 8; i++)
		bind_u(st, i, r);
	bind_s(st, 9, r);
	bind_u(st, 10, r);
	bind_u(st, 11, r);
	bind_s(st, 12, r);
	bind_s(st, 13, r);
	for (int i = 14; i <= 19; i++)
		bind_u(st, i, r);
	return r->bad ? 0 : db_run(st, err);
}

static int
apply_cover(struct rd *r, sqlite3_stmt *cover, sqlite3_stmt *host,
    struct err *err)
{
	uint64_t src = rd_uvar(r), lines;
	struct str name = rd_str(r);

	sqlite3_bind_int64(cover, 1, (int64_t)src);
	db_bind_text(cover, 2, name);
	bind_s(cover, 3, r);
	lines = rd_uvar(r);
	sqlite3_bind_int64(cover, 4, (int64_t)lines);
	sqlite3_bind_int64(host, 1, (int64_t)src);
	db_bind_text(host, 2, name);
	sqlite3_bind_int64(host, 4, (int64_t)lines);
	bind_u(host, 5, r);
	bind_s(host, 6, r);
	bind_s(host, 7, r);
	if (r->bad)
		return 0;
	return db_run(cover, err) < 0 ? -1 : db_run(host, err);
}

static int
apply_unknown(struct rd *r, sqlite3_stmt *count, sqlite3_stmt *sample,
    struct err *err)
{
	uint64_t src = rd_uvar(r), n;
	struct str shape = rd_str(r);

	sqlite3_bind_int64(count, 1, (int64_t)src);
	db_bind_text(count, 2, shape);
	bind_u(count, 3, r);
	n = rd_uvar(r);
	if (!r->bad && db_run(count, err) < 0)
		return -1;
	for (uint64_t i = 0; i < n && !r->bad; i++) {
		sqlite3_bind_int64(sample, 1, (int64_t)src);
		db_bind_text(sample, 2, shape);
		db_bind_text(sample, 3, rd_str(r));
		sqlite3_bind_int(sample, 4, WRITER_SAMPLES);
		if (!r->bad && db_run(sample, err) < 0)
			return -1;
	}
	return 0;
}

static int
apply_item(sqlite3 *control, struct rd *r, sqlite3_stmt *const st[DS],
    struct err *err)
{
	switch (*r->p++) {
	case 'S':
		return apply_source(r, st[D_SOURCE], err);
	case 'P':
		bind_u(st[D_PART], 1, r);
		for (int i = 2; i <= 4; i++)
			bind_s(st[D_PART], i, r);
		bind_u(st[D_PART], 5, r);
		if (!r->bad && db_run(st[D_PART], err) < 0)
			return -1;
		if (!r->bad && sqlite3_changes(control) == 0)
			return err_set(err,
			    "the store is damaged: two of its day files have "
			    "one number; read the logs into a new store");
		return 0;
	case 'C':
		return apply_cover(r, st[D_COVER], st[D_HOST_], err);
	case 'U':
		return apply_unknown(r, st[D_UNKNOWN], st[D_SAMPLE], err);
	case 'G':
		bind_u(st[D_GAP], 1, r);
		db_bind_text(st[D_GAP], 2, rd_str(r));
		bind_s(st[D_GAP], 3, r);
		bind_s(st[D_GAP], 4, r);
		db_bind_text(st[D_GAP], 5, rd_str(r));
		return r->bad ? 0 : db_run(st[D_GAP], err);
	case 'R':
		bind_u(st[D_REDO], 1, r);
		bind_u(st[D_REDO], 2, r);
		bind_s(st[D_REDO], 3, r);
		db_bind(st[D_REDO], 4, rd_str(r));
		return r->bad ? 0 : db_run(st[D_REDO], err);
	}
	r->bad = true;
	return 0;
}

int
delta_apply(sqlite3 *control, struct str delta, struct err *err)
{
	struct rd r = rd_of(delta);
	sqlite3_stmt *st[DS] = { NULL };
	int rc = 0;

	for (int i = 0; i < DS && delta.n && rc == 0; i++) {
		st[i] = db_prep(control, statement[i], err);
		rc = st[i] ? 0 : -1;
	}
	while (rc == 0 && r.p < r.end && !r.bad)
		rc = apply_item(control, &r, st, err);
	if (rc == 0 && r.bad)
		rc = err_set(err, "damaged note of a batch");
	for (int i = 0; i < DS; i++)
		sqlite3_finalize(st[i]);
	return rc;
}
