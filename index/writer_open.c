/*
 * writer_open.c: making a store, locking it, and putting right what an
 * interrupted writer left behind.
 *
 * Recovery, in this order: day files that the catalogue does not know are
 * adopted when they hold batches that control.db has not seen (it was killed
 * between the two), else removed (left from sealing).  Deltas of those batches
 * are applied in the order of their numbers; what they bring to other day files
 * goes through table redo to those that have not seen it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "index/rewrite.h"
#include "index/schema.h"
#include "base/banned.h"

enum {
	FOLDER_MODE = 0750,
};

/* Whether a folder holds nothing but what an unfinished start leaves. */
static int
is_empty(const char *path, struct err *err)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int rc = 1;

	if (!d)
		return err_set(err, "cannot read '%s': %s", path,
		    strerror(errno));
	while (rc == 1 && (e = readdir(d)) != NULL)
		rc = strcmp(e->d_name, ".") == 0 ||
		     strcmp(e->d_name, "..") == 0 ||
		     strcmp(e->d_name, "lock") == 0 ||
		     strcmp(e->d_name, "days") == 0 ||
		     str_starts(str_c(e->d_name), STR("control.new"));
	closedir(d);
	return rc;
}

static int
make_folder(const char *path, struct err *err)
{
	if (mkdir(path, FOLDER_MODE) < 0)
		return errno == EEXIST ? 0 :
					 err_set(err, "cannot create '%s': %s",
					     path, strerror(errno));
	if (chmod(path, FOLDER_MODE) < 0)
		return err_set(err, "cannot create '%s': %s", path,
		    strerror(errno));
	return 0;
}

/* Looks without changing anything: a store of ours, or nothing at all. */
static int
look(struct writer *w, bool *fresh, struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	struct stat sb;
	sqlite3 *db;
	int rc = 0;

	*fresh = false;
	control_path(w->path, &path);
	if (stat(w->path, &sb) < 0) {
		if (errno != ENOENT)
			rc = err_set(err, "cannot open '%s': %s", w->path,
			    strerror(errno));
		*fresh = true;
	} else if (!S_ISDIR(sb.st_mode)) {
		rc = err_set(err, "'%s' is not a store: it is not a folder",
		    w->path);
	} else if (stat(buf_c(&path), &sb) < 0) {
		rc = is_empty(w->path, err);
		if (rc == 0)
			rc = err_set(err,
			    "'%s' is not a store, and not "
			    "empty",
			    w->path);
		else if (rc > 0)
			rc = 0;
		*fresh = true;
	} else {
		db = control_open(w->path, DB_READ, &w->ident, err);
		rc = db ? 0 : -1;
		db_close(db);
	}
	buf_release(&path);
	if (rc == 0 && *fresh && w->opts.must_exist)
		rc = err_set(err, "there is no store at '%s'", w->path);
	return rc;
}

static int
insert_info(sqlite3 *db, const struct ident *id, struct err *err)
{
	sqlite3_stmt *st = db_prep(db,
	    "INSERT INTO info VALUES(1,?1,?2,?3,0,"
	    "1,1,NULL)",
	    err);
	int rc;

	if (!st)
		return -1;
	db_bind(st, 1, str_make((const char *)id->store, STORE_ID));
	db_bind(st, 2, str_make((const char *)id->secret, TOKEN_SECRET));
	sqlite3_bind_int64(st, 3, (int64_t)time(NULL) * 1000000);
	rc = db_run(st, err);
	sqlite3_finalize(st);
	return rc;
}

/* control.db is made under another name: half of one is never seen. */
static int
make_control(struct writer *w, struct err *err)
{
	struct buf tmp = BUF_INIT(64 * 1024), path = BUF_INIT(64 * 1024);
	struct ident id;
	sqlite3 *db = NULL;
	int rc = -1;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id)) {
		err_set(err, "no random bytes: %s", strerror(errno));
		goto out;
	}
	control_path(w->path, &path);
	buf_printf(&tmp, "%s/control.new", w->path);
	if (remove_part(buf_c(&tmp), err) < 0)
		goto out;
	db = db_open(buf_c(&tmp), DB_BUILD, NULL, err);
	if (!db ||
	    db_exec(db, "PRAGMA auto_vacuum=INCREMENTAL; VACUUM", err) < 0 ||
	    db_exec(db, schema_control, err) < 0 ||
	    insert_info(db, &id, err) < 0)
		goto out;
	rc = db_close_live(db, err);
	db = NULL;
	if (rc == 0)
		rc = db_publish(buf_c(&tmp), buf_c(&path), !w->opts.no_sync,
		    err);
	if (rc == 0)
		rc = sync_folder(w, w->path, err);
out:
	db_close(db);
	buf_release(&tmp);
	buf_release(&path);
	return rc;
}

/* ---- recovery ---- */

struct note { /* a delta that control.db lacks */
	uint64_t batch;
	uint32_t part;
	struct str body;
};

struct recovery {
	struct writer *w;
	struct arena arena;
	struct note *note;
	size_t n, cap;
};

bool
writer_knows(const struct writer *w, uint32_t id)
{
	for (size_t i = 0; i < w->cat.n; i++)
		if (w->cat.part[i].id == id)
			return true;
	return false;
}

int
remove_part(const char *path, struct err *err)
{
	static const char *const with[] = { "-wal", "-shm", "-journal", "" };
	struct buf b = BUF_INIT(64 * 1024);
	int rc = 0;

	for (size_t i = 0; i < 4 && rc == 0; i++) {
		buf_clear(&b);
		buf_printf(&b, "%s%s", path, with[i]);
		if (unlink(buf_c(&b)) < 0 && errno != ENOENT)
			rc = err_set(err, "cannot remove '%s': %s", buf_c(&b),
			    strerror(errno));
	}
	buf_release(&b);
	return rc;
}

/* Deltas of one live file that control.db has not seen. */
static int
collect(struct recovery *r, sqlite3 *db, uint32_t part, struct err *err)
{
	sqlite3_stmt *st = db_prep(db,
	    "SELECT batch, body FROM delta WHERE "
	    "batch > ? ORDER BY batch",
	    err);
	int rc;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)r->w->batch);
	while ((rc = db_step(st, err)) == 1) {
		arena_grow(&r->arena, r->note, r->n, r->cap);
		r->note[r->n++] =
		    (struct note){ (uint64_t)sqlite3_column_int64(st, 0), part,
			    arena_dup(&r->arena, db_blob(st, 1)) };
	}
	sqlite3_finalize(st);
	return rc;
}

/* One file of days/: known, adopted or removed. */
static int
visit(struct recovery *r, const char *path, uint32_t id, struct err *err)
{
	struct writer *w = r->w;
	bool known = writer_knows(w, id);
	size_t before = r->n;
	struct part_info info;
	sqlite3 *db;
	int rc = 0;

	for (size_t i = 0; known && i < w->cat.n; i++)
		if (w->cat.part[i].id == id && w->cat.part[i].sealed)
			return 0;
	db = part_open(path, DB_WRITE, &w->ident, &info, NULL, err);
	if (!db) /* needed, or none of ours: files of ours are whole */
		return known ? -1 : 0;
	if (!info.sealed)
		rc = collect(r, db, id, err);
	db_close(db);
	if (rc == 0 && !known && r->n == before)
		rc = remove_part(path, err);
	if (rc == 0 && id >= w->next_part)
		w->next_part = id + 1;
	return rc;
}

static int
visit_all(struct recovery *r, struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	struct dirent *e;
	int rc = 0;
	DIR *d;

	buf_printf(&path, "%s/days", r->w->path);
	d = opendir(buf_c(&path));
	if (!d)
		rc = err_set(err, "cannot read '%s': %s", buf_c(&path),
		    strerror(errno));
	while (d && rc == 0 && (e = readdir(d)) != NULL) {
		struct str name = str_c(e->d_name);
		int32_t day;
		uint32_t id;

		buf_clear(&path);
		buf_printf(&path, "%s/days/%s", r->w->path, e->d_name);
		if (str_ends(name, STR(".tmp")))
			rc = remove_part(buf_c(&path), err);
		else if (part_name(name, &day, &id))
			rc = visit(r, buf_c(&path), id, err);
	}
	if (d)
		closedir(d);
	buf_release(&path);
	return rc;
}

static int
by_batch(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	return (x->batch > y->batch) - (x->batch < y->batch);
}

static int
apply_notes(struct recovery *r, struct err *err)
{
	struct writer *w = r->w;

	if (!r->n)
		return 0;
	qsort(r->note, r->n, sizeof(*r->note), by_batch);
	if (control_sync(w, true, err) < 0 ||
	    db_exec(w->control, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	for (size_t i = 0; i < r->n; i++) {
		const struct note *n = &r->note[i];

		if (n->batch != w->batch + 1) {
			err_set(err, "'%s' is damaged: batch %llu is missing",
			    w->path, (unsigned long long)w->batch + 1);
			goto failed;
		}
		if (delta_apply(w->control, n->body, err) < 0 ||
		    control_mark(w, n->batch, n->part, err) < 0)
			goto failed;
		w->batch = n->batch;
	}
	if (db_exec(w->control, "COMMIT", err) == 0)
		return 0;
failed:
	sqlite3_exec(w->control, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* The batch that was on its way into several files. */
static int
redo(struct writer *w, struct err *err)
{
	sqlite3_stmt *st = db_prep(w->control,
	    "SELECT part, batch, day, body "
	    "FROM redo",
	    err);
	struct batch b = { 0 };
	bool any = false;
	int rc;

	if (!st)
		return -1;
	while ((rc = db_step(st, err)) == 1) {
		struct wpart *p = xcalloc(1, sizeof(*p));

		any = p->fresh = true;
		p->info =
		    (struct part_info){ .id = (uint32_t)sqlite3_column_int64(st,
					    0),
			    .day = sqlite3_column_int(st, 2),
			    .t0 = INT64_MAX,
			    .t1 = INT64_MIN,
			    .shift = -1 };
		if (batch_load(&b, db_blob(st, 3), err) < 0 ||
		    wpart_apply(w, p, &b, (uint64_t)sqlite3_column_int64(st, 1),
			NULL, STR(""), err) < 0)
			rc = -1;
		wpart_free(p);
		if (rc < 0)
			break;
	}
	sqlite3_finalize(st);
	batch_release(&b);
	if (rc == 0 && any)
		rc = db_exec(w->control, "DELETE FROM redo", err);
	return rc < 0 ? -1 : 0;
}

int
writer_reload(struct writer *w, struct err *err)
{
	return catalog_load(w->control, &w->cat, err);
}

static int
load_numbers(struct writer *w, int64_t *state_part, struct err *err)
{
	sqlite3_stmt *st = db_prep(w->control,
	    "SELECT batch, next_part, "
	    "next_source, coalesce(state_part, -1) FROM info",
	    err);
	int rc = st ? db_step(st, err) : -1;

	if (rc == 1) {
		w->batch = (uint64_t)sqlite3_column_int64(st, 0);
		if (sqlite3_column_int64(st, 1) > w->next_part)
			w->next_part = (uint32_t)sqlite3_column_int64(st, 1);
		if (sqlite3_column_int64(st, 2) > w->next_source)
			w->next_source = (uint32_t)sqlite3_column_int64(st, 2);
		*state_part = sqlite3_column_int64(st, 3);
	}
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

static int
recover(struct writer *w, struct err *err)
{
	struct recovery r = { .w = w };
	int64_t part;
	int rc = -1;

	if (load_numbers(w, &part, err) == 0 && writer_reload(w, err) == 0 &&
	    visit_all(&r, err) == 0 && apply_notes(&r, err) == 0 &&
	    redo(w, err) == 0)
		rc = 0;
	w->synced = 0;
	arena_release(&r.arena);
	return rc;
}

/* ---- the rest of opening ---- */

static int
load_state_of(struct writer *w, sqlite3 *db, struct err *err)
{
	sqlite3_stmt *st = db_prep(db, "SELECT body FROM state", err);
	int rc = st ? db_step(st, err) : -1;

	buf_clear(&w->state);
	if (rc == 1)
		buf_add(&w->state, db_blob(st, 0));
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

static int
load_state(struct writer *w, int64_t part, struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	struct part_info info;
	sqlite3 *db = NULL;
	int rc;

	if (part < 0)
		return load_state_of(w, w->control, err);
	for (size_t i = 0; i < w->cat.n; i++)
		if (w->cat.part[i].id == part) {
			part_path(w->path, w->cat.part[i].day, (uint32_t)part,
			    &path);
			db = part_open(buf_c(&path), DB_READ, &w->ident, &info,
			    NULL, err);
			rc = db ? load_state_of(w, db, err) : -1;
			db_close(db);
			buf_release(&path);
			return rc;
		}
	return err_set(err, "'%s' is damaged: day file %lld is missing",
	    w->path, (long long)part);
}

/* Shapes of unknown lines that have their place already. */
static int
load_shapes(struct writer *w, struct err *err)
{
	sqlite3_stmt *st = db_prep(w->control,
	    "SELECT DISTINCT shape FROM "
	    "unknown",
	    err);
	int rc;

	if (!st)
		return -1;
	while ((rc = db_step(st, err)) == 1)
		*map_slot(&w->shape_of, arena_dup(&w->shapes, db_blob(st, 0))) =
		    w;
	sqlite3_finalize(st);
	return rc;
}

static int
open_all(struct writer *w, struct err *err)
{
	struct buf days = BUF_INIT(64 * 1024);
	int64_t state_part = -1;
	bool fresh;
	int rc;

	if (look(w, &fresh, err) < 0 ||
	    (fresh && make_folder(w->path, err) < 0) ||
	    writer_lock(w, err) < 0 || look(w, &fresh, err) < 0)
		return -1;
	buf_printf(&days, "%s/days", w->path);
	rc = make_folder(buf_c(&days), err);
	buf_release(&days);
	if (rc < 0 || (fresh && make_control(w, err) < 0))
		return -1;
	w->control = control_open(w->path, DB_WRITE, &w->ident, err);
	if (!w->control)
		return -1;
	if (w->opts.no_sync &&
	    db_exec(w->control, "PRAGMA synchronous=OFF", err) < 0)
		return -1;
	token_key_init(&w->key, w->ident.secret);
	if (recover(w, err) < 0 || sources_load(w, err) < 0 ||
	    load_numbers(w, &state_part, err) < 0 || writer_reload(w, err) < 0)
		return -1;
	return load_state(w, state_part, err) < 0 || load_shapes(w, err) < 0 ?
		   -1 :
		   0;
}

struct writer *
writer_open(const char *path, const struct writer_opts *opts, struct err *err)
{
	struct writer *w = xcalloc(1, sizeof(*w));

	w->path = xstrdup(path);
	w->opts = *opts;
	w->lock = -1;
	w->next_part = w->next_source = 1;
	w->over = w->written = INT32_MIN;
	w->dec = seg_dec_new();
	buf_init(&w->state, STATE_MAX);
	buf_init(&w->delta, DELTA_MAX);
	buf_init(&w->redo, DELTA_MAX);
	if (open_all(w, err) == 0)
		return w;
	writer_close(w);
	return NULL;
}

void
writer_close(struct writer *w)
{
	if (!w)
		return;
	packing_free(w->packing); /* before the batches it fills */
	whole_free(w);
	batch_release(&w->spare_batch);
	for (size_t i = 0; i < w->npart; i++)
		wpart_free(w->part[i]);
	free(w->part);
	while (w->nspare)
		seg_enc_free(w->spare[--w->nspare]);
	if (w->control && !w->failed) /* room that redo records had */
		db_exec(w->control, "PRAGMA incremental_vacuum", NULL);
	db_close(w->control);
	sources_release(w);
	delta_forget(w);
	map_release(&w->cover_of);
	map_release(&w->unknown_of);
	map_release(&w->shape_of);
	arena_release(&w->names);
	arena_release(&w->shapes);
	catalog_release(&w->cat);
	postings_release(&w->tmp);
	rec_scratch_release(&w->scratch);
	buf_release(&w->state);
	buf_release(&w->delta);
	buf_release(&w->redo);
	seg_dec_free(w->dec);
	if (w->lock >= 0)
		close(w->lock); /* and with it the lock */
	free(w->path);
	free(w);
}
