/*
 * sql.h: the store as tables for SQL: message, hop, delivery, refusal, auth,
 * source.  docs/STORE.md explains each column.
 *
 * Read only, rows made while SQLite asks for them; equality with a sender,
 * recipient, domain, id, address or login, and any bound on a time, become
 * questions to the store's own index.
 *
 *	struct sql_opts o = { .store = path, .site = &site, .cl = cl };
 *	struct sql *q = sql_open(&o, STR("select ..."), &err);
 *	while ((rc = sql_step(q, &err)) == 1)
 *		for (i = 0; i < sql_columns(q); i++)
 *			sql_value(q, i, &v);
 *	sql_close(q);
 *
 * One statement, and only one that reads: everything else is refused by
 * SQLite's authorizer, as are PRAGMA, ATTACH and load_extension().
 */
#ifndef QUERY_SQL_H
#define QUERY_SQL_H

#include "classify/classify.h"
#include "index/store.h"
#include "query/site.h"

enum {
	SQL_SECONDS = 300,	  /* a query may take, unless told otherwise */
	SQL_MEMORY_MIB = 512,	  /* SQLite's own, for sorting and grouping */
	SQL_LENGTH_MAX = 1 << 20, /* bytes of a query */
	SQL_VALUE_MAX = 16 << 20, /* bytes of one value */
};

struct sql_opts {
	const char *store;
	const struct site *site;
	struct classifier *cl; /* may be NULL */
	const char *tz;	       /* zone of times; NULL = local */
	int64_t max_us;	       /* 0: SQL_SECONDS */
	int64_t max_bytes;     /* 0: SQL_MEMORY_MIB */
};

enum sql_type { SQL_NULL, SQL_INT, SQL_REAL, SQL_TEXT };

struct sql_value {
	enum sql_type type;
	int64_t i;
	double d;
	struct str s; /* SQL_TEXT; also the others, as SQLite prints them */
};

struct sql;

struct sql *sql_open(const struct sql_opts *o, struct str query,
    struct err *err);
int sql_step(struct sql *q, struct err *err); /* 1 a row, 0 the end, -1 */
int sql_columns(const struct sql *q);
const char *sql_name(const struct sql *q, int i);
void sql_value(const struct sql *q, int i, struct sql_value *v);
uint64_t sql_groups(const struct sql *q); /* groups of records decoded */
void sql_close(struct sql *q);

/* ---- for a connection of somebody else (cli/sql_ext.c) ---- */

struct sql_ctx;

/*
 * A context without a store: `open` is called when a table is first read and
 * gives it one with sql_ctx_store().
 */
struct sql_ctx *sql_ctx_new(int (*open)(struct sql_ctx *ctx, struct err *err),
    void *arg);
void *sql_ctx_arg(const struct sql_ctx *ctx);

/* Takes another store; -1 also when tables are being read. */
int sql_ctx_store(struct sql_ctx *ctx, const char *path,
    const struct site *site, struct classifier *cl, const char *tz,
    struct err *err);
void sql_ctx_free(struct sql_ctx *ctx);

/* Makes the tables known to a connection, also as PREFIXname when prefix is
 * not NULL.  0 or -1.  `api` is what SQLite gives its extensions. */
struct sqlite3;
struct sqlite3_api_routines;
int sql_register(struct sqlite3 *db, const struct sqlite3_api_routines *api,
    struct sql_ctx *ctx, const char *prefix);

#endif
