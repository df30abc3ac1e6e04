/*
 * writer_merge.c: small runs of a live day to larger ones, sixteen to one, so
 * that a look-up has few to ask.
 */
#include "index/writer_part.h"
#include "base/banned.h"

/* The lowest level that has enough runs; their numbers; 0 when none has. */
static int
find_full_level(struct wpart *p, int *level, uint32_t run[RUN_FAN],
    uint64_t *hashes, struct err *err)
{
	sqlite3_stmt *st = db_prep(p->db,
	    "SELECT level, id, hashes FROM seg WHERE "
	    "level = (SELECT min(level) FROM (SELECT level FROM seg GROUP BY "
	    "level HAVING count(*) >= ?1)) ORDER BY id LIMIT ?1",
	    err);
	int rc, n = 0;

	if (!st)
		return -1;
	sqlite3_bind_int(st, 1, RUN_FAN);
	*hashes = 0;
	while ((rc = db_step(st, err)) == 1 && n < RUN_FAN) {
		*level = sqlite3_column_int(st, 0);
		run[n++] = (uint32_t)sqlite3_column_int64(st, 1);
		*hashes += (uint64_t)sqlite3_column_int64(st, 2);
	}
	sqlite3_finalize(st);
	return rc < 0 ? -1 : n == RUN_FAN;
}

static int
merge_level(struct wpart *p, int level, const uint32_t run[RUN_FAN],
    uint64_t hashes, struct err *err)
{
	struct run_in in[RUN_FAN] = { { NULL } };
	struct run_table table = { .run = p->next_run };
	struct run_out o;
	char sql[200];
	int rc = -1;

	if (db_use(p->db, &p->put_run, "INSERT INTO run VALUES(?,?)", err) < 0)
		return -1;
	table.insert = p->put_run;
	run_out_init(&o, hashes, (uint64_t)p->next_group * SEG_RECORDS,
	    run_insert, &table);
	for (int i = 0; i < RUN_FAN; i++)
		if (run_in_table(&in[i], p->db, run[i], NULL, err) < 0)
			goto out;
	if (run_merge(in, RUN_FAN, &o, NULL, NULL, err) < 0 ||
	    run_finish(&o, err) < 0)
		goto out;
	for (int i = 0; i < RUN_FAN; i++) {
		run_in_release(&in[i]);
		sqlite3_snprintf(sizeof(sql), sql,
		    "DELETE FROM run WHERE id "
		    ">= %lld AND id < %lld; DELETE FROM seg WHERE id = %u",
		    (long long)run_id(run[i], 0, 0),
		    (long long)run_id(run[i] + 1, 0, 0), run[i]);
		if (db_exec(p->db, sql, err) < 0)
			goto out;
	}
	rc = wpart_put_seg(p, table.run, level + 1, &o, err);
out:
	for (int i = 0; i < RUN_FAN; i++)
		run_in_release(&in[i]);
	return rc;
}

int
wpart_merge(struct writer *w, struct wpart *p, struct err *err)
{
	uint32_t run[RUN_FAN];
	uint64_t hashes = 0;
	int level = 0, rc;

	while ((rc = find_full_level(p, &level, run, &hashes, err)) == 1) {
		/* it changes nothing but the form: no need to wait for it */
		if (!w->opts.no_sync &&
		    db_exec(p->db, "PRAGMA synchronous=NORMAL", err) < 0)
			return -1;
		if (db_exec(p->db, "BEGIN IMMEDIATE", err) < 0)
			return -1;
		if (merge_level(p, level, run, hashes, err) < 0 ||
		    db_exec(p->db, "COMMIT", err) < 0) {
			sqlite3_exec(p->db, "ROLLBACK", NULL, NULL, NULL);
			return -1;
		}
		p->next_run++;
		if (!w->opts.no_sync &&
		    db_exec(p->db, "PRAGMA synchronous=FULL", err) < 0)
			return -1;
	}
	return rc;
}
