/*
 * rewrite_runs.c: the index of a rewritten day: the runs of all old files with
 * their record numbers mapped, and the postings of packed records, merged to
 * one run as a stream; the filter of the catalogue comes out of it too.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/rewrite_part.h"
#include "base/banned.h"

static int
put_seg(struct rewrite *r, uint32_t run, const struct run_out *o,
    struct err *err)
{
	if (db_use(r->db, &r->put_seg, "INSERT INTO seg VALUES(?,0,?,?)", err) <
	    0)
		return -1;
	sqlite3_bind_int64(r->put_seg, 1, run);
	sqlite3_bind_int64(r->put_seg, 2, (int64_t)o->postings);
	sqlite3_bind_int64(r->put_seg, 3, (int64_t)o->hashes);
	return db_run(r->put_seg, err);
}

static int
new_run(struct rewrite *r, uint64_t hashes, struct run_table *t,
    struct run_out *o, struct err *err)
{
	if (db_use(r->db, &r->put_run, "INSERT INTO run VALUES(?,?)", err) < 0)
		return -1;
	*t = (struct run_table){ .insert = r->put_run, .run = r->next_run++ };
	run_out_init(o, hashes, (uint64_t)r->next_group * SEG_RECORDS,
	    run_insert, t);
	return 0;
}

int
rewrite_spill(struct rewrite *r, struct err *err)
{
	struct run_table t;
	struct run_out o;

	postings_sort(&r->post, &r->sort);
	if (new_run(r, r->post.n, &t, &o, err) < 0)
		return -1;
	if (run_put(&o, r->post.p, r->post.n, err) < 0)
		return -1;
	r->post.n = 0;
	return run_finish(&o, err) < 0 ? -1 : put_seg(r, t.run, &o, err);
}

struct input {
	sqlite3 *db;
	const struct remap *map;
	uint32_t run;
};

struct inputs {
	struct input *v;
	size_t n, cap;
	uint64_t hashes;
};

static int
list_runs(struct inputs *in, sqlite3 *db, const struct remap *map,
    struct err *err)
{
	sqlite3_stmt *st = db_prep(db, "SELECT id, hashes FROM seg", err);
	int rc;

	if (!st)
		return -1;
	while ((rc = db_step(st, err)) == 1) {
		if (in->n == in->cap) {
			in->cap = in->cap ? 2 * in->cap : 64;
			in->v = xreallocarray(in->v, in->cap, sizeof(*in->v));
		}
		in->v[in->n++] = (struct input){ db, map,
			(uint32_t)sqlite3_column_int64(st, 0) };
		in->hashes += (uint64_t)sqlite3_column_int64(st, 1);
	}
	sqlite3_finalize(st);
	return rc;
}

static int
to_filter(void *ctx, uint32_t hash, struct err *err)
{
	return filter_put(ctx, hash, err);
}

/* Merges the first n inputs (and, with `last`, what is in memory) into a run
 * of the new file. */
static int
merge(struct rewrite *r, struct inputs *list, size_t n, bool last,
    uint32_t *run, struct err *err)
{
	struct run_in in[RUN_MERGE_MAX];
	struct run_table t;
	struct run_out o;
	size_t k = 0;
	int rc = new_run(r, list->hashes + r->post.n, &t, &o, err);

	for (; rc == 0 && k < n; k++)
		rc = run_in_table(&in[k], list->v[k].db, list->v[k].run,
		    list->v[k].map, err);
	if (rc == 0 && last)
		run_in_array(&in[k++], &r->post);
	if (rc == 0)
		rc = run_merge(in, k, &o, last ? to_filter : NULL, &r->filter,
		    err);
	for (size_t i = 0; i < k; i++)
		run_in_release(&in[i]);
	if (rc == 0)
		rc = run_finish(&o, err);
	*run = t.run;
	return rc < 0 ? -1 : put_seg(r, t.run, &o, err);
}

static int
filter_begin(struct rewrite *r, uint64_t hashes, sqlite3_stmt **st,
    struct err *err)
{
	*st = db_prep(r->w->control, "INSERT INTO filter VALUES(?,?)", err);
	r->info.shift = filter_shift(hashes);
	filter_init(&r->filter, *st, r->info.id, r->info.shift);
	return *st ? 0 : -1;
}

static inline uint32_t
hash_at(const struct postings *post, size_t i)
{
	return (uint32_t)(post->p[i] >> 32);
}

int
rewrite_index(struct rewrite *r, const struct postings *post, struct err *err)
{
	uint64_t hashes = 0;
	sqlite3_stmt *st;
	struct run_table t;
	struct run_out o;
	int rc;

	for (size_t i = 0; i < post->n; i++)
		hashes += i == 0 || hash_at(post, i) != hash_at(post, i - 1);
	rc = filter_begin(r, hashes, &st, err);
	for (size_t i = 0; i < post->n && rc == 0; i++)
		if (i == 0 || hash_at(post, i) != hash_at(post, i - 1))
			rc = filter_put(&r->filter, hash_at(post, i), err);
	if (rc == 0)
		rc = filter_finish(&r->filter, err);
	sqlite3_finalize(st);
	if (rc < 0 || !post->n)
		return rc;
	if (new_run(r, hashes, &t, &o, err) < 0 ||
	    run_put(&o, post->p, post->n, err) < 0 || run_finish(&o, err) < 0)
		return -1;
	return put_seg(r, t.run, &o, err);
}

/* Runs of the new file that were only needed on the way. */
static int
drop_runs(struct rewrite *r, uint32_t but, struct err *err)
{
	char sql[300];

	if (but == 1)
		return 0;
	sqlite3_snprintf(sizeof(sql), sql,
	    "DELETE FROM run WHERE id < %lld;"
	    "DELETE FROM seg WHERE id <> %u; COMMIT; VACUUM; BEGIN",
	    (long long)run_id(but, 0, 0), but);
	return db_exec(r->db, sql, err);
}

int
rewrite_merge(struct rewrite *r, struct err *err)
{
	struct inputs in = { .n = 0 };
	sqlite3_stmt *st = NULL;
	uint32_t run = 0;
	int rc = 0;

	postings_sort(&r->post, &r->sort);
	for (size_t i = 0; i < r->nold && rc == 0; i++)
		rc = list_runs(&in, r->old[i].db, &r->old[i].map, err);
	if (rc == 0)
		rc = list_runs(&in, r->db, NULL, err);
	while (rc == 0 && in.n > RUN_MERGE_MAX - 1) {
		rc = merge(r, &in, RUN_MERGE_MAX - 1, false, &run, err);
		in.n -= RUN_MERGE_MAX - 1;
		memmove(in.v, in.v + RUN_MERGE_MAX - 1, in.n * sizeof(*in.v));
		in.v[in.n++] = (struct input){ r->db, NULL, run };
	}
	if (rc == 0)
		rc = filter_begin(r, in.hashes, &st, err);
	if (rc == 0 && (in.n || r->post.n))
		rc = merge(r, &in, in.n, true, &run, err);
	if (rc == 0)
		rc = filter_finish(&r->filter, err);
	sqlite3_finalize(st);
	free(in.v);
	return rc < 0 || !run ? rc : drop_runs(r, run, err);
}
