/*
 * db.h: SQLite as we use it: files made with our modes, errors in our words,
 * statements prepared once.
 */
#ifndef INDEX_DB_H
#define INDEX_DB_H

#include <sqlite3.h>

#include "base/buf.h"
#include "base/err.h"

enum {
	DB_APP_ID = 0x4d747263, /* "Mtrc": application_id of our files */
	DB_FORMAT = 1,		/* user_version: of the whole store */
	DB_PAGE = 4096,
	DB_PAGE_LARGE = 16384, /* for files of many megabytes */
};

enum db_how {
	DB_READ,      /* read only; another process may be writing */
	DB_IMMUTABLE, /* read only, sealed: nobody writes it, ever */
	DB_WRITE,     /* an existing file, WAL, one fsync a commit */
	DB_BUILD,     /* a new file, 0640, no journal: not yet to be trusted */
	DB_BUILD_LARGE, /* the same, with large pages: fewer writes */
};

/*
 * Opens and checks that the file is one of ours and of our version (not for
 * DB_BUILD).  NULL and err otherwise; *gone (may be NULL) says
 * that there was no such file.
 */
sqlite3 *db_open(const char *path, enum db_how how, bool *gone,
    struct err *err);
void db_close(sqlite3 *db);

/* Closes a file that was built; it will be written further, so it is in WAL
 * mode from the start: no later change of mode can be interrupted. */
int db_close_live(sqlite3 *db, struct err *err);

/* The file is about to go: when the connection is closed, what stands in its
 * write-ahead log stays there. */
void db_will_go(sqlite3 *db);

/* A file that was built and closed gets its name: synced (if `sync`), then
 * renamed; the folder is the caller's to sync. */
int db_publish(const char *tmp, const char *path, bool sync, struct err *err);

/* -1 with "what: message of SQLite". */
int db_err(sqlite3 *db, const char *what, struct err *err);
int db_exec(sqlite3 *db, const char *sql, struct err *err);
sqlite3_stmt *db_prep(sqlite3 *db, const char *sql, struct err *err);

/* Prepares into *st when it is NULL, resets it otherwise; 0 or -1. */
int db_use(sqlite3 *db, sqlite3_stmt **st, const char *sql, struct err *err);

/* One step: 1 a row, 0 done, -1 failed. */
int db_step(sqlite3_stmt *st, struct err *err);
/* A step that gives no row, and reset: 0 or -1. */
int db_run(sqlite3_stmt *st, struct err *err);

/* Bound without a copy: the bytes must live until the next reset. */
void db_bind(sqlite3_stmt *st, int i, struct str s);	  /* blob */
void db_bind_text(sqlite3_stmt *st, int i, struct str s); /* text */
struct str db_blob(sqlite3_stmt *st, int i);

/* One number from a query without parameters; -1 failed, 0 and *v. */
int db_number(sqlite3 *db, const char *sql, int64_t *v, struct err *err);

#endif
