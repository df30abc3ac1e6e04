/*
 * db.c: opening SQLite files and short forms of its calls.
 *
 * Live files are in WAL mode and stay so when closed (SQLITE_FCNTL_PERSIST_WAL):
 * a reader with the group's read permission can open them while no writer is
 * there.  Damage found by SQLite is told as such: "is damaged".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/db.h"
#include "base/banned.h"

enum { FILE_MODE = 0640, BUSY_MS = 5000 };

int
db_err(sqlite3 *db, const char *what, struct err *err)
{
	const char *path = sqlite3_db_filename(db, "main");
	int rc = sqlite3_errcode(db);

	if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
		return err_set(err, "%s: '%s' is damaged: %s", what,
		    path ? path : "?", sqlite3_errmsg(db));
	return err_set(err, "%s '%s': %s", what, path ? path : "?",
	    sqlite3_errmsg(db));
}

int
db_exec(sqlite3 *db, const char *sql, struct err *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_err(db, "cannot use", err);
	return 0;
}

sqlite3_stmt *
db_prep(sqlite3 *db, const char *sql, struct err *err)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st,
		NULL) != SQLITE_OK) {
		db_err(db, "cannot use", err);
		return NULL;
	}
	return st;
}

int
db_use(sqlite3 *db, sqlite3_stmt **st, const char *sql, struct err *err)
{
	if (*st) {
		sqlite3_reset(*st);
		return 0;
	}
	*st = db_prep(db, sql, err);
	return *st ? 0 : -1;
}

int
db_step(sqlite3_stmt *st, struct err *err)
{
	switch (sqlite3_step(st)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	}
	return db_err(sqlite3_db_handle(st), "cannot use", err);
}

int
db_run(sqlite3_stmt *st, struct err *err)
{
	int rc = db_step(st, err);

	sqlite3_reset(st);
	return rc < 0 ? -1 : 0;
}

void
db_bind(sqlite3_stmt *st, int i, struct str s)
{
	sqlite3_bind_blob64(st, i, s.n ? s.p : "", s.n, SQLITE_STATIC);
}

void
db_bind_text(sqlite3_stmt *st, int i, struct str s)
{
	sqlite3_bind_text64(st, i, s.n ? s.p : "", s.n, SQLITE_STATIC,
	    SQLITE_UTF8);
}

struct str
db_blob(sqlite3_stmt *st, int i)
{
	const void *p = sqlite3_column_blob(st, i);

	return str_make(p ? p : "",
	    p ? (size_t)sqlite3_column_bytes(st, i) : 0);
}

int
db_number(sqlite3 *db, const char *sql, int64_t *v, struct err *err)
{
	sqlite3_stmt *st = db_prep(db, sql, err);
	int rc;

	if (!st)
		return -1;
	rc = db_step(st, err);
	if (rc == 1)
		*v = sqlite3_column_int64(st, 0);
	else if (rc == 0)
		rc = err_set(err, "'%s' is damaged: it lacks a row",
		    sqlite3_db_filename(db, "main"));
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

/* Ours, and not from the future. */
static int
check_version(sqlite3 *db, const char *path, struct err *err)
{
	int64_t app = 0, version = 0;

	if (db_number(db, "PRAGMA application_id", &app, err) < 0 ||
	    db_number(db, "PRAGMA user_version", &version, err) < 0)
		return -1;
	if (app != DB_APP_ID)
		return err_set(err,
		    "'%s' is not a mailtrace store: it is a "
		    "database of another program",
		    path);
	if (version > DB_FORMAT)
		return err_set(err,
		    "'%s' was written by a newer mailtrace "
		    "(store format %d, this one knows %d)",
		    path, (int)version, DB_FORMAT);
	if (version < 1)
		return err_set(err, "'%s' is damaged: store format %d", path,
		    (int)version);
	return 0;
}

/* The file itself, before SQLite sees it: with our mode whatever the umask. */
static int
create(const char *path, struct err *err)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW,
	    FILE_MODE);

	if (fd < 0)
		return err_set(err, "cannot create '%s': %s", path,
		    strerror(errno));
	if (fchmod(fd, FILE_MODE) < 0) {
		err_set(err, "cannot create '%s': %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

static int
set_up(sqlite3 *db, const char *path, enum db_how how, struct err *err)
{
	char sql[256];
	int on = 1;

	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_extended_result_codes(db, 0);
	switch (how) {
	case DB_READ:
	case DB_IMMUTABLE:
		if (check_version(db, path, err) < 0)
			return -1;
		return db_exec(db,
		    "PRAGMA query_only=1;"
		    "PRAGMA cache_size=-256",
		    err);
	case DB_WRITE:
		if (check_version(db, path, err) < 0)
			return -1;
		break;
	case DB_BUILD:
	case DB_BUILD_LARGE:
		snprintf(sql, sizeof(sql),
		    "PRAGMA page_size=%d;"
		    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
		    "PRAGMA application_id=%d; PRAGMA user_version=%d;"
		    "PRAGMA cache_size=-2000; PRAGMA locking_mode=EXCLUSIVE",
		    how == DB_BUILD ? DB_PAGE : DB_PAGE_LARGE, DB_APP_ID,
		    DB_FORMAT);
		return db_exec(db, sql, err);
	}
	sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	return db_exec(db,
	    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	    "PRAGMA cache_size=-2000;"
	    "PRAGMA wal_autocheckpoint=4000;" /* pages */
	    "PRAGMA journal_size_limit=16777216",
	    err);
}

/* "file:" with what has a meaning there escaped. */
static void
uri(const char *path, enum db_how how, struct buf *out)
{
	buf_puts(out, "file:");
	for (; *path; path++) {
		if (*path == '?' || *path == '#' || *path == '%')
			buf_printf(out, "%%%02x", (unsigned char)*path);
		else
			buf_putc(out, *path);
	}
	if (how == DB_IMMUTABLE)
		buf_puts(out, "?immutable=1");
}

/*
 * A writer killed between two journal modes leaves a rollback journal, and
 * only a connection that may write can play it back (sqlite.org, "Atomic
 * Commit", 4.2).  query_only keeps such a reader from changing more.
 */
static bool
hot_journal(const char *path)
{
	struct buf name = BUF_INIT(64 * 1024);
	struct stat sb;
	bool hot;

	buf_printf(&name, "%s-journal", path);
	hot = stat(buf_c(&name), &sb) == 0 && sb.st_size > 0 &&
	      access(path, W_OK) == 0;
	buf_release(&name);
	return hot;
}

sqlite3 *
db_open(const char *path, enum db_how how, bool *gone, struct err *err)
{
	struct buf name = BUF_INIT(64 * 1024);
	int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
	sqlite3 *db = NULL;
	struct stat sb;

	if (gone)
		*gone = false;
	if (how == DB_BUILD || how == DB_BUILD_LARGE) {
		if (create(path, err) < 0)
			return NULL;
	} else if (stat(path, &sb) < 0) {
		if (gone)
			*gone = errno == ENOENT;
		err_set(err, "cannot open '%s': %s", path, strerror(errno));
		return NULL;
	} else if (!S_ISREG(sb.st_mode)) {
		err_set(err, "cannot open '%s': not a file", path);
		return NULL;
	} else if (access(path, how == DB_WRITE ? R_OK | W_OK : R_OK) < 0) {
		err_set(err, "cannot %s '%s': %s",
		    how == DB_WRITE ? "write" : "read", path, strerror(errno));
		return NULL;
	}
	if (how == DB_IMMUTABLE || (how == DB_READ && !hot_journal(path)))
		flags |= SQLITE_OPEN_READONLY;
	else
		flags |= SQLITE_OPEN_READWRITE;
	uri(path, how, &name);
	if (sqlite3_open_v2(buf_c(&name), &db, flags, NULL) != SQLITE_OK) {
		err_set(err, "cannot open '%s': %s", path,
		    db ? sqlite3_errmsg(db) : "no memory");
		sqlite3_close(db);
		db = NULL;
	} else if (set_up(db, path, how, err) < 0) {
		sqlite3_close(db);
		db = NULL;
	}
	buf_release(&name);
	return db;
}

void
db_close(sqlite3 *db)
{
	sqlite3_stmt *st;

	if (!db)
		return;
	while ((st = sqlite3_next_stmt(db, NULL)) != NULL)
		sqlite3_finalize(st);
	sqlite3_close(db);
}

int
db_publish(const char *tmp, const char *path, bool sync, struct err *err)
{
	int fd = open(tmp, O_RDWR | O_CLOEXEC), rc = 0;

	if (fd < 0 || (sync && fsync(fd) < 0) || rename(tmp, path) < 0)
		rc = err_set(err, "cannot write '%s': %s", path,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

int
db_close_live(sqlite3 *db, struct err *err)
{
	int rc = db_exec(db,
	    "PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=WAL", err);

	db_close(db);
	return rc;
}

void
db_will_go(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}
