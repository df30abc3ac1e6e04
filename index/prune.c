/*
 * prune.c: whole days go: by age, or rewritten without one source.
 */
#include "index/group_io.h"
#include "index/rewrite.h"
#include "base/banned.h"

/* Coverage and gaps of days that are gone mean nothing. */
static int
prune_control(struct writer *w, int64_t before_us, struct err *err)
{
	char sql[300];

	sqlite3_snprintf(sizeof(sql), sql,
	    "DELETE FROM cover WHERE slot < "
	    "%lld; DELETE FROM gap WHERE t1 < %lld",
	    (long long)(before_us / (900 * INT64_C(1000000))),
	    (long long)before_us);
	return db_exec(w->control, sql, err);
}

/* Out of the catalogue first: a left-over file is removed when found. */
static int
drop_parts(struct writer *w, int32_t before, int64_t t_us, struct err *err)
{
	if (state_to_control(w, err) < 0 || control_sync(w, true, err) < 0 ||
	    db_exec(w->control, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	for (size_t i = 0; i < w->cat.n; i++)
		if (w->cat.part[i].day < before &&
		    catalog_drop(w->control, w->cat.part[i].id, err) < 0)
			goto failed;
	if (prune_control(w, t_us, err) == 0 &&
	    db_exec(w->control, "COMMIT", err) == 0)
		return 0;
failed:
	sqlite3_exec(w->control, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int
writer_prune(struct writer *w, int64_t t_us, uint64_t *ndays, uint64_t *records,
    struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	int32_t before = day_of(t_us), last = INT32_MAX;
	uint64_t d = 0, r = 0;
	int rc = 0;

	if (w->failed || w->pending)
		return err_set(err, "cannot prune before a commit");
	w->failed = true;			/* unless all of it works */
	for (size_t i = 0; i < w->cat.n; i++) { /* sorted by day */
		const struct part_info *c = &w->cat.part[i];

		if (c->day >= before)
			continue;
		wparts_close_day(w, c->day);
		r += c->records;
		d += c->day != last;
		last = c->day;
	}
	if (d && drop_parts(w, before, day_of(t_us) * DAY_US, err) < 0)
		return -1;
	for (size_t i = 0; d && i < w->cat.n && rc == 0; i++) {
		if (w->cat.part[i].day >= before)
			continue;
		part_path(w->path, w->cat.part[i].day, w->cat.part[i].id,
		    &path);
		rc = remove_part(buf_c(&path), err);
	}
	buf_release(&path);
	if (rc < 0 || writer_reload(w, err) < 0)
		return -1;
	*ndays = d;
	*records = r;
	w->failed = false;
	return 0;
}

/* ---- taking a source back ---- */

/* The rest of it, and only now does the source count as not read: a run that
 * is interrupted before leaves a source that can be replaced again. */
static int
reset_source(struct writer *w, struct writer_source *s, struct err *err)
{
	char sql[600];

	s->done = s->line = s->lines = s->events = 0;
	s->ignored = s->unknown = s->foreign = 0;
	s->t0_us = s->t1_us = 0;
	s->finished = false;
	writer_source_set_state(w, s, STR(""));
	delta_save(w, &w->delta);
	sqlite3_snprintf(sizeof(sql), sql,
	    "DELETE FROM cover WHERE source=%u;"
	    "DELETE FROM host WHERE source=%u; DELETE FROM gap WHERE source=%u;"
	    "DELETE FROM unknown WHERE source=%u;"
	    "DELETE FROM sample WHERE source=%u",
	    s->id, s->id, s->id, s->id, s->id);
	if (control_sync(w, true, err) < 0 ||
	    db_exec(w->control, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (db_exec(w->control, sql, err) < 0 ||
	    delta_apply(w->control, buf_str(&w->delta), err) < 0 ||
	    db_exec(w->control, "COMMIT", err) < 0) {
		sqlite3_exec(w->control, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	delta_forget(w);
	s->dirty = false;
	return 0;
}

int
writer_replace_source(struct writer *w, uint32_t src, struct err *err)
{
	struct writer_source *s = writer_source_by_id(w, src);
	const struct rewrite_how how = { .test = rec_of_source,
		.ctx = &src,
		.drop = src };
	struct catalog old = { NULL, 0 };
	int rc = 0;

	if (!s)
		return err_set(err, "there is no source %u", src);
	if (w->failed || w->pending)
		return err_set(err, "cannot replace a source before a commit");
	w->failed = true; /* unless all of it works */
	if (catalog_load(w->control, &old, err) < 0)
		return -1;
	for (size_t i = 0; i < old.n && rc >= 0; i++)
		if (!s->t0_us ||
		    (old.part[i].t1 >= s->t0_us && old.part[i].t0 <= s->t1_us))
			rc = rewrite_one(w, &old.part[i], &how, err);
	catalog_release(&old);
	if (rc < 0 || reset_source(w, s, err) < 0)
		return -1;
	w->failed = false;
	return 0;
}
