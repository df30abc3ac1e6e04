/*
 * sql_vtab.c: SQLite's side of the tables: one module for all of them.
 *
 * Written as an extension (sqlite3ext.h: every call goes through the table of
 * routines that SQLite hands out), so that the same object serves our own
 * connection and a program that loads us with a SQLite of its own.
 *
 * What xBestIndex pushes down is told to xFilter as a text, one letter and a
 * column number for each argument:
 *	k  equality with a value of the index (at most one)
 *	l u e  a stamp from below, from above, equal; L U E the same in seconds
 * SQLite checks every row again, so pushing down may only let more through.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3ext.h>

#include "base/die.h"
#include "base/stamp.h"
#include "parsers/mime.h"
#include "query/sql_part.h"
#include "base/banned.h"

SQLITE_EXTENSION_INIT1

/* The hour that summer time repeats, and the cut of milliseconds. */
#define SLACK_US (3 * 3600 * INT64_C(1000000))

static const struct sql_table *const sql_tables[] = { &sql_message, &sql_hop,
	&sql_delivery, &sql_refusal, &sql_auth, &sql_source, NULL };

const char *
sql_table_name(size_t i)
{
	return sql_tables[i] ? sql_tables[i]->name : NULL;
}

struct vtab {
	sqlite3_vtab base;
	const struct sql_table *table;
	struct sql_ctx *ctx;
};

struct cursor {
	sqlite3_vtab_cursor base;
	struct sql_scan scan;
	sqlite3_int64 row;
	bool open, end;
};

/* What sqlite3_create_module_v2() hands to xConnect. */
struct module {
	const struct sql_table *table;
	struct sql_ctx *ctx;
};

/* ---- values ---- */

struct sql_out {
	sqlite3_context *ctx;
	const char *tz;
};

void
sql_null(struct sql_out *o)
{
	sqlite3_result_null(o->ctx);
}

void
sql_int(struct sql_out *o, int64_t v)
{
	sqlite3_result_int64(o->ctx, v);
}

void
sql_count(struct sql_out *o, int64_t v)
{
	if (v >= 0)
		sqlite3_result_int64(o->ctx, v);
}

void
sql_real(struct sql_out *o, double v)
{
	sqlite3_result_double(o->ctx, v);
}

/* Bytes that are no UTF-8, and NUL, become U+FFFD: drivers stumble. */
void
sql_str(struct sql_out *o, struct str s)
{
	struct buf b = BUF_INIT(SQL_VALUE_MAX);
	bool plain = true;

	if (!s.p)
		return;
	for (size_t i = 0; i < s.n && plain; i++)
		plain = (unsigned char)(s.p[i] - 1) < 127;
	if (plain) {
		sqlite3_result_text64(o->ctx, s.p, s.n, SQLITE_TRANSIENT,
		    SQLITE_UTF8);
		return;
	}
	mime_to_utf8(s, STR("utf-8"), &b);
	sqlite3_result_text64(o->ctx, buf_c(&b), b.n, SQLITE_TRANSIENT,
	    SQLITE_UTF8);
	buf_release(&b);
}

void
sql_text(struct sql_out *o, struct str s)
{
	if (s.n)
		sql_str(o, s);
}

void
sql_stamp(struct sql_out *o, int64_t t_us)
{
	struct buf b = BUF_INIT(64);

	if (!t_us)
		return;
	stamp_print(&b, t_us, o->tz,
	    t_us % 1000000 ? STAMP_MILLIS : STAMP_SECONDS);
	sqlite3_result_text64(o->ctx, buf_c(&b), b.n, SQLITE_TRANSIENT,
	    SQLITE_UTF8);
	buf_release(&b);
}

void
sql_epoch(struct sql_out *o, int64_t t_us)
{
	if (t_us)
		sqlite3_result_double(o->ctx, (double)t_us / 1e6);
}

/* ---- tables ---- */

static int
fail(sqlite3_vtab *vt, const struct err *err)
{
	sqlite3_free(vt->zErrMsg);
	vt->zErrMsg = sqlite3_mprintf("%s", err->msg);
	return SQLITE_ERROR;
}

static int
x_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
    sqlite3_vtab **out, char **msg)
{
	const struct module *m = aux;
	struct buf b = BUF_INIT(16 * 1024);
	struct vtab *vt;
	int rc;

	(void)argc;
	(void)argv;
	(void)msg;
	buf_puts(&b, "CREATE TABLE x(");
	for (const struct sql_col *c = m->table->col; c->name; c++)
		buf_printf(&b, "%s\"%s\" %s%s", c == m->table->col ? "" : ",",
		    c->name, c->type,
		    c->tok != TOK_NONE ? " COLLATE NOCASE" : "");
	buf_putc(&b, ')');
	rc = sqlite3_declare_vtab(db, buf_c(&b));
	buf_release(&b);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
	vt = sqlite3_malloc(sizeof(*vt));
	if (!vt)
		return SQLITE_NOMEM;
	*vt = (struct vtab){ .table = m->table, .ctx = m->ctx };
	*out = &vt->base;
	return SQLITE_OK;
}

static int
x_disconnect(sqlite3_vtab *vt)
{
	sqlite3_free(vt);
	return SQLITE_OK;
}

/* How few records a value of this kind has, as a rule: the lower the better. */
static int
rank_of(enum token_kind kind)
{
	switch (kind) {
	case TOK_MSGID:
		return 1;
	case TOK_QID:
		return 2;
	case TOK_ADDR_TO:
		return 3;
	case TOK_ADDR_FROM:
		return 4;
	case TOK_USER:
		return 5;
	case TOK_IP:
		return 6;
	case TOK_DOM_TO:
	case TOK_DOM_FROM:
		return 7;
	case TOK_RELAY:
		return 8;
	default:
		return 0;
	}
}

static char
letter(const struct sql_col *c, int op)
{
	bool epoch = c->time == SQL_EPOCH;

	if (c->time == SQL_NO_TIME)
		return 0;
	switch (op) {
	case SQLITE_INDEX_CONSTRAINT_EQ:
		return epoch ? 'E' : 'e';
	case SQLITE_INDEX_CONSTRAINT_GT:
	case SQLITE_INDEX_CONSTRAINT_GE:
		return epoch ? 'L' : 'l';
	case SQLITE_INDEX_CONSTRAINT_LT:
	case SQLITE_INDEX_CONSTRAINT_LE:
		return epoch ? 'U' : 'u';
	default:
		return 0;
	}
}

static int
x_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	const struct vtab *vt = (const struct vtab *)base;
	struct buf plan = BUF_INIT(4096);
	double cost = 1e7, rows = 1e6;
	int best = -1, rank = 0, n = 0;

	for (int i = 0; i < info->nConstraint; i++) {
		const struct sqlite3_index_constraint *c =
		    &info->aConstraint[i];
		const char *coll;
		int r;

		if (!c->usable || c->iColumn < 0 ||
		    c->op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		r = rank_of(vt->table->col[c->iColumn].tok);
		coll = sqlite3_vtab_collation(info, i);
		if (!r || (best >= 0 && r >= rank) ||
		    (strcmp(coll, "BINARY") != 0 &&
			strcmp(coll, "NOCASE") != 0))
			continue;
		best = i;
		rank = r;
	}
	if (best >= 0) {
		buf_printf(&plan, "k%d ", info->aConstraint[best].iColumn);
		info->aConstraintUsage[best].argvIndex = ++n;
		rows = 10.0 * rank * rank;
		cost = 20 * rows;
	}
	for (int i = 0; i < info->nConstraint; i++) {
		const struct sqlite3_index_constraint *c =
		    &info->aConstraint[i];
		char how;

		if (!c->usable || c->iColumn < 0)
			continue;
		how = letter(&vt->table->col[c->iColumn], c->op);
		if (!how)
			continue;
		buf_printf(&plan, "%c%d ", how, c->iColumn);
		info->aConstraintUsage[i].argvIndex = ++n;
		rows /= 4;
		cost /= 4;
	}
	info->idxStr = sqlite3_mprintf("%s", buf_c(&plan));
	info->needToFreeIdxStr = 1;
	info->estimatedCost = cost;
	info->estimatedRows = (sqlite3_int64)rows + 1;
	n = plan.toobig || !info->idxStr ? SQLITE_NOMEM : SQLITE_OK;
	buf_release(&plan);
	return n;
}

static int
x_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	struct vtab *vt = (struct vtab *)base;
	struct cursor *c = xcalloc(1, sizeof(*c));

	c->scan.ctx = vt->ctx;
	c->scan.table = vt->table;
	*out = &c->base;
	return SQLITE_OK;
}

static void
scan_end(struct cursor *c)
{
	struct sql_scan *s = &c->scan;

	if (c->open)
		s->ctx->scans--;
	c->open = false;
	walk_close(s->walk);
	store_cur_close(s->cur);
	arena_release(&s->a);
	arena_release(&s->keep);
	free(s->recent);
	*s = (struct sql_scan){ .ctx = s->ctx, .table = s->table };
}

static int
x_close(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	scan_end(c);
	free(c);
	return SQLITE_OK;
}

static struct str
text_of(sqlite3_value *v)
{
	const char *p = (const char *)sqlite3_value_text(v);

	return str_make(p, p ? (size_t)sqlite3_value_bytes(v) : 0);
}

/* Addresses by the whole and, as Exim logs some, by the local part. */
static void
push_key(struct sql_scan *s, int col, struct str v)
{
	enum token_kind kind = s->table->col[col].tok;
	char out[TOKEN_MAX];
	ptrdiff_t at = str_rchr(v, '@');

	if (!token_fold(kind, v, out).p)
		return;
	v = arena_dup(&s->keep, v);
	s->ask.tok[s->ask.ntok++] = (struct store_token){ kind, v };
	if (kind == TOK_ADDR_TO && at > 0)
		s->ask.tok[s->ask.ntok++] =
		    (struct store_token){ kind, str_head(v, (size_t)at) };
}

static void
push_time(struct sql_scan *s, char how, sqlite3_value *v)
{
	int64_t from, to;
	struct err err;

	if (how == 'L' || how == 'U' || how == 'E') {
		double d = sqlite3_value_double(v);

		if (d < 1 || d > 1e11)
			return;
		from = (int64_t)(d * 1e6) - 1000000;
		to = from + 2000000;
	} else {
		struct str t = text_of(v);

		/* as we print them, or the beginning of it; anything else
		 * SQLite compares alone */
		if (t.n < 4 || !is_digit(t.p[0]) || !is_digit(t.p[3]) ||
		    (t.n > 4 && t.p[4] != '-'))
			return;
		if (t.n == sizeof("2026-01-31 14") - 1)
			t = arena_printf(&s->keep, STR_FMT ":00", STR_ARG(t));
		if (stamp_user(t, 0, s->ctx->tz, &from, &to, &err) < 0)
			return;
		from -= SLACK_US;
		to += SLACK_US;
	}
	if (how != 'u' && how != 'U' && from > s->ask.t0_us)
		s->ask.t0_us = from;
	if (how != 'l' && how != 'L' && to < s->ask.t1_us)
		s->ask.t1_us = to;
}

static int
advance(struct cursor *c)
{
	struct err err = { "" };
	int rc;

	rc = c->scan.table->next(&c->scan, &err);
	if (rc < 0)
		return fail(c->base.pVtab, &err);
	c->end = rc == 0;
	c->row++;
	return SQLITE_OK;
}

static int
x_filter(sqlite3_vtab_cursor *base, int no, const char *plan, int argc,
    sqlite3_value **argv)
{
	struct cursor *c = (struct cursor *)base;
	struct sql_scan *s = &c->scan;
	struct err err = { "" };

	(void)no;
	scan_end(c);
	c->row = 0;
	c->end = false;
	if (!s->ctx->st && (!s->ctx->open || s->ctx->open(s->ctx, &err) < 0))
		return fail(base->pVtab, &err);
	s->ask = (struct walk_ask){ .st = s->ctx->st,
		.site = &s->ctx->site,
		.t1_us = INT64_MAX };
	for (int i = 0; i < argc && plan && *plan; i++) {
		char how = *plan++;
		long col = strtol(plan, (char **)&plan, 10);

		plan++;
		if (sqlite3_value_type(argv[i]) == SQLITE_NULL) {
			c->end = true; /* nothing compares with NULL */
			return SQLITE_OK;
		}
		if (how == 'k')
			push_key(s, (int)col, text_of(argv[i]));
		else
			push_time(s, how, argv[i]);
	}
	if (s->ask.t0_us > s->ask.t1_us) {
		c->end = true;
		return SQLITE_OK;
	}
	s->ctx->scans++;
	c->open = true;
	if (s->table->start(s, &err) < 0)
		return fail(base->pVtab, &err);
	return advance(c);
}

static int
x_next(sqlite3_vtab_cursor *base)
{
	return advance((struct cursor *)base);
}

static int
x_eof(sqlite3_vtab_cursor *base)
{
	return ((struct cursor *)base)->end;
}

static int
x_column(sqlite3_vtab_cursor *base, sqlite3_context *ctx, int i)
{
	const struct cursor *c = (const struct cursor *)base;
	struct sql_out o = { ctx, c->scan.ctx->tz };

	if (c->scan.table->col[i].put)
		c->scan.table->col[i].put(&c->scan.fact, &o);
	else
		c->scan.table->column(&c->scan, i, &o);
	return SQLITE_OK;
}

static int
x_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *row)
{
	*row = ((struct cursor *)base)->row;
	return SQLITE_OK;
}

/* No xCreate: the tables are simply there.  No xUpdate: read only. */
static const sqlite3_module module = {
	.iVersion = 1,
	.xConnect = x_connect,
	.xBestIndex = x_best_index,
	.xDisconnect = x_disconnect,
	.xOpen = x_open,
	.xClose = x_close,
	.xFilter = x_filter,
	.xNext = x_next,
	.xEof = x_eof,
	.xColumn = x_column,
	.xRowid = x_rowid,
};

int
sql_register(sqlite3 *db, const struct sqlite3_api_routines *api,
    struct sql_ctx *ctx, const char *prefix)
{
	SQLITE_EXTENSION_INIT2(api)
	for (size_t i = 0; sql_tables[i]; i++)
		for (int k = 0; k < (prefix ? 2 : 1); k++) {
			struct module *m = xcalloc(1, sizeof(*m));
			char name[64];

			*m = (struct module){ sql_tables[i], ctx };
			snprintf(name, sizeof(name), "%s%s", k ? prefix : "",
			    sql_tables[i]->name);
			if (sqlite3_create_module_v2(db, name, &module, m,
				free) != SQLITE_OK)
				return -1;
		}
	return 0;
}
