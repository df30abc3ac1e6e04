/*
 * sql_part.h: what the virtual tables are made of: query/sql_vtab.c (SQLite's
 * side) and query/sql_<table>.c (rows and columns, which know no SQLite).
 *
 * To add a table: a struct sql_table in a file of its own, a row in
 * sql_tables[] (sql_vtab.c), and a section in docs/STORE.md.
 */
#ifndef QUERY_SQL_PART_H
#define QUERY_SQL_PART_H

#include "query/facts_part.h"
#include "query/sql.h"
#include "query/trace.h"
#include "query/walk.h"

/* The value of a column goes here (sql_vtab.c). */
struct sql_out;

/* One column.  `tok`: equality with it is looked up in the index, when every
 * row with that value has a record with that token.  `put`: its value, when it
 * is one of the row's fact alone; else the table's column() gives it. */
struct sql_col {
	const char *name;
	const char *type; /* TEXT, INTEGER, REAL */
	enum token_kind tok;
	enum { SQL_NO_TIME, SQL_STAMP, SQL_EPOCH } time;
	void (*put)(const struct fact *f, struct sql_out *o);
};

void sql_null(struct sql_out *o);
void sql_int(struct sql_out *o, int64_t v);
void sql_count(struct sql_out *o, int64_t v); /* negative: null */
void sql_real(struct sql_out *o, double v);
void sql_str(struct sql_out *o, struct str s);	/* not said: null */
void sql_text(struct sql_out *o, struct str s); /* nor empty */
void sql_stamp(struct sql_out *o, int64_t t_us);
void sql_epoch(struct sql_out *o, int64_t t_us);

/* ---- columns that tables of facts share (sql_fact.c) ---- */

void sql_put_time(const struct fact *f, struct sql_out *o);
void sql_put_epoch(const struct fact *f, struct sql_out *o);
void sql_put_host(const struct fact *f, struct sql_out *o);
void sql_put_mta(const struct fact *f, struct sql_out *o);
void sql_put_sender(const struct fact *f, struct sql_out *o);
void sql_put_sender_domain(const struct fact *f, struct sql_out *o);
void sql_put_recipient(const struct fact *f, struct sql_out *o);
void sql_put_recipient_domain(const struct fact *f, struct sql_out *o);
void sql_put_flow(const struct fact *f, struct sql_out *o);
void sql_put_client_name(const struct fact *f, struct sql_out *o);
void sql_put_client_ip(const struct fact *f, struct sql_out *o);
void sql_put_helo(const struct fact *f, struct sql_out *o);
void sql_put_user(const struct fact *f, struct sql_out *o);

#define SQL_COL_TIME                                                           \
	{                                                                      \
		"time", "TEXT", TOK_NONE, SQL_STAMP, sql_put_time              \
	}
#define SQL_COL_EPOCH                                                          \
	{                                                                      \
		"epoch", "REAL", TOK_NONE, SQL_EPOCH, sql_put_epoch            \
	}
#define SQL_COL_HOST                                                           \
	{                                                                      \
		"host", "TEXT", TOK_NONE, SQL_NO_TIME, sql_put_host            \
	}
#define SQL_COL_MTA                                                            \
	{                                                                      \
		"mta", "TEXT", TOK_NONE, SQL_NO_TIME, sql_put_mta              \
	}
#define SQL_COL_SENDER                                                         \
	{                                                                      \
		"sender", "TEXT", TOK_ADDR_FROM, SQL_NO_TIME, sql_put_sender   \
	}
#define SQL_COL_SENDER_DOMAIN                                                  \
	{                                                                      \
		"sender_domain", "TEXT", TOK_DOM_FROM, SQL_NO_TIME,            \
		    sql_put_sender_domain                                      \
	}
#define SQL_COL_RECIPIENT                                                      \
	{                                                                      \
		"recipient", "TEXT", TOK_ADDR_TO, SQL_NO_TIME,                 \
		    sql_put_recipient                                          \
	}
#define SQL_COL_RECIPIENT_DOMAIN                                               \
	{                                                                      \
		"recipient_domain", "TEXT", TOK_DOM_TO, SQL_NO_TIME,           \
		    sql_put_recipient_domain                                   \
	}
#define SQL_COL_FLOW                                                           \
	{                                                                      \
		"flow", "TEXT", TOK_NONE, SQL_NO_TIME, sql_put_flow            \
	}
#define SQL_COL_CLIENT_NAME                                                    \
	{                                                                      \
		"client_name", "TEXT", TOK_NONE, SQL_NO_TIME,                  \
		    sql_put_client_name                                        \
	}
#define SQL_COL_CLIENT_IP                                                      \
	{                                                                      \
		"client_ip", "TEXT", TOK_IP, SQL_NO_TIME, sql_put_client_ip    \
	}
#define SQL_COL_HELO                                                           \
	{                                                                      \
		"helo", "TEXT", TOK_NONE, SQL_NO_TIME, sql_put_helo            \
	}
#define SQL_COL_USER                                                           \
	{                                                                      \
		"user", "TEXT", TOK_USER, SQL_NO_TIME, sql_put_user            \
	}

/* A scan of one table. */
struct sql_scan {
	struct sql_ctx *ctx;
	const struct sql_table *table;
	struct walk_ask ask; /* what was pushed down */
	struct arena a;	     /* the row at hand; the table clears it */
	struct arena keep;   /* as long as the scan */
	/* the table's own */
	struct walk *walk;
	struct store_cur *cur;
	struct walk_pass pass;
	const struct life *life;
	struct fact fact;
	struct classify_out why;
	size_t at;
	struct record rec;
	struct traced msg;
	const struct store_info *info;
	uint64_t *recent; /* what was passed lately, by hash */
};

struct sql_table {
	const char *name;
	const struct sql_col *col; /* name NULL at the end */
	int (*start)(struct sql_scan *s, struct err *err);
	int (*next)(struct sql_scan *s, struct err *err); /* 1, 0 end, -1 */
	void (*column)(const struct sql_scan *s, int i, struct sql_out *o);
};

extern const struct sql_table sql_hop, sql_delivery, sql_message, sql_refusal,
    sql_auth, sql_source;

/* NULL past the last. */
const char *sql_table_name(size_t i);

/* What the tables of one connection share (sql_ctx.c). */
struct sql_ctx {
	struct store *st;
	struct site site; /* configured and learnt */
	struct arena arena;
	struct classifier *cl; /* may be NULL: classes as stored */
	const char *tz;
	struct facts *events; /* fills facts; opened when needed */
	size_t scans;	      /* going on */
	int (*open)(struct sql_ctx *ctx, struct err *err);
	void *arg;
};

int sql_ctx_facts(struct sql_ctx *ctx, struct err *err);

/* Starts a walk over lives. */
int sql_lives_start(struct sql_scan *s, struct err *err);

/* Why s->fact failed, taken over into the scan: other scans fill facts, too. */
void sql_keep_why(struct sql_scan *s, struct facts *fs);

static inline struct str
rev_none(const struct rec_event *e, enum field f)
{
	return e ? rev_get(e, f) : STR_NONE;
}

#endif
