/*
 * account_db.c: the address is bound, never part of the statement.
 */
#include <sqlite3.h>

#include "query/account_db.h"
#include "base/banned.h"

enum { BUSY_MS = 1000 };

static void
fill(sqlite3_stmt *st, struct arena *a, struct account_row *out)
{
	const struct {
		const char *name;
		struct str *to;
	} column[] = {
		{ "login", &out->login },
		{ "state", &out->state },
		{ "forward", &out->forward },
		{ "last_login", &out->last_login },
		{ "quota", &out->quota },
	};

	for (int i = 0; i < sqlite3_column_count(st); i++)
		for (size_t k = 0; k < sizeof(column) / sizeof(*column); k++)
			if (sqlite3_stricmp(sqlite3_column_name(st, i),
				column[k].name) == 0)
				*column[k].to = arena_dup(a,
				    str_make((const char *)
						 sqlite3_column_text(st, i),
					(size_t)sqlite3_column_bytes(st, i)));
}

int
account_db(const char *path, struct arena *a, struct str address,
    struct account_row *out, struct err *err)
{
	static const char sql[] =
	    "select * from accounts where address = ?1 collate nocase limit 1";
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	int rc;

	*out = (struct account_row){ .found = false };
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) ||
	    sqlite3_busy_timeout(db, BUSY_MS) ||
	    sqlite3_prepare_v2(db, sql, -1, &st, NULL) ||
	    sqlite3_bind_text(st, 1, address.p, (int)address.n,
		SQLITE_STATIC)) {
		rc = err_set(err, "cannot read accounts from '%s': %s", path,
		    db ? sqlite3_errmsg(db) : "out of memory");
		goto out;
	}
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		out->found = true;
		fill(st, a, out);
	}
	rc = rc == SQLITE_ROW || rc == SQLITE_DONE ?
		 0 :
		 err_set(err, "cannot read accounts from '%s': %s", path,
		     sqlite3_errmsg(db));
out:
	sqlite3_finalize(st);
	sqlite3_close(db);
	return rc;
}
