/*
 * store_stray.c: day files that lie in the folder and are not in the
 * catalogue, so that nothing of them is ever found: left by a writer that was
 * killed (the next one takes them in or removes them), put there by hand, or of
 * a number that another one has.
 *
 * A writer makes a file before it notes it: while one is at work nothing is
 * looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "index/store_part.h"
#include "base/banned.h"

/* The lock of writers, or -1: one of them has it.  Where there is none (a
 * copy), or it may not be read, nobody writes that we could see. */
static int
hold_off(const struct store *st, bool *busy)
{
	struct buf path = BUF_INIT(64 * 1024);
	int fd;

	buf_printf(&path, "%s/lock", st->path);
	fd = open(buf_c(&path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	buf_release(&path);
	*busy =
	    fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	return fd;
}

/* What lies there under that name. */
static enum store_stray
look_at(const struct store *st, const char *path, int32_t day, uint32_t id)
{
	struct part_info info;
	sqlite3 *db;

	for (size_t i = 0; i < st->cat.n; i++)
		if (st->cat.part[i].id == id)
			return st->cat.part[i].day == day ? STRAY_NONE :
							    STRAY_LOST;
	db = part_open(path, DB_READ, &st->ident, &info, NULL, NULL);
	db_close(db);
	return db ? STRAY_LEFT : STRAY_LOST;
}

static int
look(struct store *st, struct arena *a, enum store_stray *what,
    struct str *name, struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	const struct dirent *e;
	int rc = 0;
	DIR *d;

	buf_printf(&path, "%s/days", st->path);
	d = opendir(buf_c(&path));
	if (!d)
		rc = err_set(err, "cannot read '%s': %s", buf_c(&path),
		    strerror(errno));
	while (d && (e = readdir(d)) != NULL) {
		struct str one = str_c(e->d_name);
		enum store_stray k;
		int32_t day;
		uint32_t id;

		if (!part_name(one, &day, &id))
			continue;
		buf_clear(&path);
		buf_printf(&path, "%s/days/%s", st->path, e->d_name);
		k = look_at(st, buf_c(&path), day, id);
		/* the worst, the first of these by name */
		if (k > *what || (k && k == *what && str_cmp(one, *name) < 0)) {
			*what = k;
			*name = arena_dup(a, one);
		}
	}
	if (d)
		closedir(d);
	buf_release(&path);
	return rc;
}

int
store_stray(struct store *st, struct arena *a, enum store_stray *what,
    struct str *name, struct err *err)
{
	bool busy;
	int lock = hold_off(st, &busy), rc = 0;

	*what = STRAY_NONE;
	*name = STR_NONE;
	if (!busy && (rc = store_refresh(st, err)) == 0)
		rc = look(st, a, what, name, err);
	if (lock >= 0)
		close(lock);
	return rc;
}
