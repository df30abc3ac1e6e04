/*
 * sql.c: one statement over the tables: opened, guarded, stepped.
 *
 * The connection is to an empty database in memory.  The authorizer lets
 * reading through and nothing else; a handler that SQLite calls every few
 * thousand steps ends a query that takes too long; the heap has a limit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sqlite3.h>

#include "base/die.h"
#include "query/sql_part.h"
#include "base/banned.h"

enum { STEPS = 1000, DEPTH_MAX = 500, COMPOUND_MAX = 50 };

struct sql {
	struct sql_ctx *ctx;
	sqlite3 *db;
	sqlite3_stmt *st;
	int64_t end_us, max_us;
	bool late;
	const char *denied;
};

/* How sqlite3_open() finds the tables: it calls this with its routines. */
static _Thread_local struct sql_ctx *opening;

static int
enter(sqlite3 *db, char **msg, const struct sqlite3_api_routines *api)
{
	(void)msg;
	return opening && sql_register(db, api, opening, NULL) < 0 ?
		   SQLITE_ERROR :
		   SQLITE_OK;
}

static int64_t
clock_us_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int
progress(void *arg)
{
	struct sql *q = arg;

	q->late = clock_us_now() > q->end_us;
	return q->late;
}

static int
authorize(void *arg, int action, const char *a, const char *b, const char *c,
    const char *d)
{
	struct sql *q = arg;

	(void)a;
	(void)c;
	(void)d;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		if (sqlite3_stricmp(b, "load_extension") != 0)
			return SQLITE_OK;
		q->denied = "load_extension()";
		break;
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
		q->denied = "ATTACH";
		break;
	case SQLITE_PRAGMA:
		q->denied = "PRAGMA";
		break;
	default:
		q->denied = "a statement that changes something";
	}
	return SQLITE_DENY;
}

static int
failed(struct sql *q, struct err *err)
{
	if (q->denied)
		return err_set(err,
		    "%s is not allowed: the store is only read, by one SELECT",
		    q->denied);
	if (q->late)
		return err_set(err, "the query took more than %lld s",
		    (long long)(q->max_us / 1000000));
	if (sqlite3_errcode(q->db) == SQLITE_NOMEM)
		return err_set(err, "the query needs more memory than allowed");
	return err_set(err, "%s", sqlite3_errmsg(q->db));
}

static int
prepare(struct sql *q, struct str query, struct err *err)
{
	const char *tail = NULL;

	if (query.n > SQL_LENGTH_MAX)
		return err_set(err, "the query is longer than %d bytes",
		    SQL_LENGTH_MAX);
	if (sqlite3_prepare_v2(q->db, query.p, (int)query.n, &q->st, &tail) !=
	    SQLITE_OK)
		return failed(q, err);
	if (!q->st)
		return err_set(err, "there is no query");
	query = str_from(query, (size_t)(tail - query.p));
	while (query.n && (is_space(query.p[0]) || query.p[0] == ';'))
		query = str_from(query, 1);
	if (query.n && !str_starts(query, STR("--")) &&
	    !str_starts(query, STR("/*")))
		return err_set(err, "one statement at a time");
	return 0;
}

/* SQLite makes a table when it is first named, which the authorizer would
 * take for a change: so all are named before. */
static int
make_tables(struct sql *q, struct err *err)
{
	for (size_t i = 0; sql_table_name(i); i++) {
		sqlite3_stmt *st;
		char text[128];

		snprintf(text, sizeof(text), "SELECT 1 FROM \"%s\"",
		    sql_table_name(i));
		if (sqlite3_prepare_v2(q->db, text, -1, &st, NULL) != SQLITE_OK)
			return failed(q, err);
		sqlite3_finalize(st);
	}
	return 0;
}

struct sql *
sql_open(const struct sql_opts *o, struct str query, struct err *err)
{
	struct sql *q = xcalloc(1, sizeof(*q));
	int64_t bytes =
	    o->max_bytes ? o->max_bytes : (int64_t)SQL_MEMORY_MIB << 20;
	void (*entry)(void) = (void (*)(void))enter;
	int rc;

	q->max_us = o->max_us ? o->max_us : SQL_SECONDS * INT64_C(1000000);
	q->end_us = clock_us_now() + q->max_us;
	q->ctx = sql_ctx_new(NULL, NULL);
	if (sql_ctx_store(q->ctx, o->store, o->site, o->cl, o->tz, err) < 0)
		goto fail;
	opening = q->ctx;
	sqlite3_auto_extension(entry);
	rc = sqlite3_open(":memory:", &q->db);
	sqlite3_cancel_auto_extension(entry);
	opening = NULL;
	if (rc != SQLITE_OK) {
		failed(q, err);
		goto fail;
	}
	sqlite3_hard_heap_limit64(bytes);
	sqlite3_limit(q->db, SQLITE_LIMIT_LENGTH, SQL_VALUE_MAX);
	sqlite3_limit(q->db, SQLITE_LIMIT_EXPR_DEPTH, DEPTH_MAX);
	sqlite3_limit(q->db, SQLITE_LIMIT_COMPOUND_SELECT, COMPOUND_MAX);
	sqlite3_limit(q->db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_progress_handler(q->db, STEPS, progress, q);
	if (make_tables(q, err) < 0)
		goto fail;
	sqlite3_set_authorizer(q->db, authorize, q);
	if (prepare(q, query, err) == 0)
		return q;
fail:
	sql_close(q);
	return NULL;
}

void
sql_close(struct sql *q)
{
	if (!q)
		return;
	sqlite3_finalize(q->st);
	sqlite3_close(q->db);
	sql_ctx_free(q->ctx);
	free(q);
}

int
sql_step(struct sql *q, struct err *err)
{
	int rc = sqlite3_step(q->st);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : failed(q, err);
}

int
sql_columns(const struct sql *q)
{
	return sqlite3_column_count(q->st);
}

const char *
sql_name(const struct sql *q, int i)
{
	return sqlite3_column_name(q->st, i);
}

void
sql_value(const struct sql *q, int i, struct sql_value *v)
{
	const char *p;

	*v = (struct sql_value){ SQL_NULL };
	switch (sqlite3_column_type(q->st, i)) {
	case SQLITE_NULL:
		return;
	case SQLITE_INTEGER:
		v->type = SQL_INT;
		v->i = sqlite3_column_int64(q->st, i);
		break;
	case SQLITE_FLOAT:
		v->type = SQL_REAL;
		v->d = sqlite3_column_double(q->st, i);
		break;
	default:
		v->type = SQL_TEXT;
	}
	p = (const char *)sqlite3_column_text(q->st, i);
	v->s = str_make(p ? p : "", (size_t)sqlite3_column_bytes(q->st, i));
}

uint64_t
sql_groups(const struct sql *q)
{
	return store_groups_read(q->ctx->st);
}
