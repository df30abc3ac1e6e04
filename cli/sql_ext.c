/*
 * sql_ext.c: the store for SQLite itself: mailtrace_sqlite.so, loaded by the
 * sqlite3 shell or any language's driver.
 *
 *	.load ./mailtrace_sqlite
 *	select mailtrace_open('/var/lib/mailtrace/store');
 *	select state, count(*) from delivery group by 1;
 *
 * Without mailtrace_open() the store is the one that the program would take
 * ($MAILTRACE_STORE, the configuration, the default place).  The tables are
 * there under two names: delivery, and mailtrace_delivery for databases that
 * have a table of that name.  Nothing can be written through them.
 */
#include <stdlib.h>

#include <sqlite3ext.h>

#include "base/die.h"
#include "cli/cmd.h"
#include "query/sql.h"
#include "base/banned.h"

SQLITE_EXTENSION_INIT3 /* sql_vtab.c has it */

    struct ext {
	struct env env; /* the configuration */
	struct classifier *cl;
	struct sql_ctx *ctx;
	bool ready;
};

int sqlite3_extension_init(sqlite3 *db, char **msg,
    const sqlite3_api_routines *api);

static int
read_config(struct ext *x, struct err *err)
{
	if (x->ready)
		return 0;
	if (config_load(&x->env.config, NULL, err) < 0) {
		config_release(&x->env.config);
		return -1;
	}
	x->cl = config_classifier(&x->env.config, err);
	x->ready = x->cl != NULL;
	if (!x->ready)
		config_release(&x->env.config);
	return x->ready ? 0 : -1;
}

static int
take(struct ext *x, const char *path, struct err *err)
{
	return sql_ctx_store(x->ctx, path, &x->env.config.site, x->cl, NULL,
	    err);
}

/* A table is read and no store was named. */
static int
open_default(struct sql_ctx *ctx, struct err *err)
{
	struct ext *x = sql_ctx_arg(ctx);

	if (read_config(x, err) < 0)
		return -1;
	return take(x, env_store(&x->env), err);
}

/* mailtrace_open(PATH): the path, when there is a store. */
static void
f_open(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct ext *x = sqlite3_user_data(ctx);
	const char *path = (const char *)sqlite3_value_text(argv[0]);
	struct err err = { "a path is meant" };

	(void)argc;
	if (!path || read_config(x, &err) < 0 || take(x, path, &err) < 0)
		sqlite3_result_error(ctx, err.msg, -1);
	else
		sqlite3_result_value(ctx, argv[0]);
}

static void
ext_free(void *arg)
{
	struct ext *x = arg;

	sql_ctx_free(x->ctx);
	if (x->ready) {
		classifier_free(x->cl);
		config_release(&x->env.config);
	}
	free(x);
}

__attribute__((visibility("default"))) int
sqlite3_extension_init(sqlite3 *db, char **msg, const sqlite3_api_routines *api)
{
	struct ext *x = xcalloc(1, sizeof(*x));

	(void)msg;
	SQLITE_EXTENSION_INIT2(api)
	x->ctx = sql_ctx_new(open_default, x);
	/* on failure SQLite has called ext_free() itself */
	if (sqlite3_create_function_v2(db, "mailtrace_open", 1,
		SQLITE_UTF8 | SQLITE_DIRECTONLY, x, f_open, NULL, NULL,
		ext_free) != SQLITE_OK ||
	    sql_register(db, api, x->ctx, "mailtrace_") < 0)
		return SQLITE_ERROR;
	return SQLITE_OK;
}
