/*
 * source.c: walks paths, and puts what is a log in the order of its content.
 */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "base/map.h"
#include "parsers/journal_sd.h"
#include "parsers/source_part.h"
#include "base/banned.h"

#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US	(24 * HOUR_US)

enum { PATH_LIMIT = 4096 };

void
source_list_release(struct sources *s)
{
	arena_release(&s->arena);
	*s = (struct sources){ 0 };
}

/* ---- paths ---- */

struct walk {
	struct sources *out;
	bool *by_name; /* beside out->s */
	size_t cap;
	size_t asked;
	bool journal; /* files of the journal are meant, and no others */
};

static void
add(struct walk *w, const char *path, bool by_name)
{
	struct sources *out = w->out;

	if (out->n == SOURCES_MAX)
		return;
	if (out->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 64;
		w->by_name =
		    xreallocarray(w->by_name, w->cap, sizeof(*w->by_name));
	}
	w->by_name[out->n] = by_name;
	arena_grow(&out->arena, out->s, out->n, out->cap);
	out->s[out->n++] =
	    (struct source){ .path = arena_printf(&out->arena, "%s%s",
				 w->journal ? "journal:" : "", path)
					 .p,
		    .journal = w->journal,
		    .asked = w->asked };
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted, so that every run reads alike. */
static size_t
names_of(const char *path, char ***names)
{
	DIR *d = opendir(path);
	struct dirent *e;
	size_t n = 0, cap = 0;

	*names = NULL;
	if (!d)
		return 0;
	while ((e = readdir(d)) && n < SOURCES_MAX) {
		if (e->d_name[0] == '.')
			continue;
		if (n == cap) {
			cap = cap ? 2 * cap : 64;
			*names = xreallocarray(*names, cap, sizeof(**names));
		}
		(*names)[n++] = xstrdup(e->d_name);
	}
	closedir(d);
	if (n)
		qsort(*names, n, sizeof(**names), by_text);
	return n;
}

/* Everything below a folder; hidden files and links are passed over. */
static void
walk_folder(struct walk *w, const char *path, int depth)
{
	char **names = NULL;
	size_t n = depth < SOURCE_DEPTH_MAX ? names_of(path, &names) : 0;
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (size_t i = 0; i < n; i++) {
		struct buf b = BUF_INIT(PATH_LIMIT);
		struct stat st;

		buf_addn(&b, path, len);
		if (len && path[len - 1] != '/')
			buf_putc(&b, '/');
		buf_puts(&b, names[i]);
		if (!b.toobig && lstat(buf_c(&b), &st) == 0) {
			if (S_ISDIR(st.st_mode))
				walk_folder(w, buf_c(&b), depth + 1);
			else if (S_ISREG(st.st_mode) && st.st_size > 0 &&
				 (!w->journal || journal_file_name(names[i])))
				add(w, buf_c(&b), false);
		}
		buf_release(&b);
		free(names[i]);
	}
	if (depth < SOURCE_DEPTH_MAX)
		free(names);
}

static void
add_path(struct walk *w, const char *path, const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		walk_folder(w, path, 0);
	else
		add(w, path, true);
}

static int expand(struct walk *w, const char *path, struct err *err);

/* "journal:" and what stands behind it. */
static int
expand_journal(struct walk *w, const char *path, struct err *err)
{
	struct buf folder = BUF_INIT(PATH_LIMIT);
	size_t before = w->out->n;
	int rc = -1;

	if (!journal_sd_here(err)) {
		err_prefix(err, "cannot read 'journal:%s'", path);
		goto out;
	}
	if (!*path) {
		if (journal_local("", &folder, err) < 0)
			goto out;
		path = buf_c(&folder);
	}
	w->journal = true;
	rc = expand(w, path, err);
	w->journal = false;
	if (rc == 0 && w->out->n == before)
		rc = access(path, R_OK | X_OK) < 0 && errno == EACCES ?
			 err_set(err,
			     "cannot read '%s': %s (the group systemd-journal "
			     "may)",
			     path, strerror(EACCES)) :
			 err_set(err, "no journal file in '%s'", path);
out:
	buf_release(&folder);
	return rc;
}

static int
expand(struct walk *w, const char *path, struct err *err)
{
	struct stat st;
	glob_t g;
	int why;

	if (strcmp(path, "-") == 0 && !w->journal) {
		add(w, path, true);
		return 0;
	}
	if (stat(path, &st) == 0) {
		add_path(w, path, &st);
		return 0;
	}
	why = errno;
	if (journal_path(path) && !w->journal)
		return expand_journal(w, journal_path(path), err);
	if (strpbrk(path, "*?[") && glob(path, 0, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			if (stat(g.gl_pathv[i], &st) == 0)
				add_path(w, g.gl_pathv[i], &st);
		globfree(&g);
		return 0;
	}
	return err_set(err, "cannot open '%s': %s", path, strerror(why));
}

/* ---- what is left out ---- */

struct same {
	uint64_t dev, ino;
	size_t i;
};

static int
by_inode(const void *x, const void *y)
{
	const struct same *a = x, *b = y;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return a->i < b->i ? -1 : a->i > b->i;
}

/* Marks files that were named twice, or have two names. */
static void
find_doubles(const struct sources *src, bool *drop)
{
	struct same *same = xcalloc(src->n + 1, sizeof(*same));
	size_t n = 0;

	for (size_t i = 0; i < src->n; i++)
		if (src->s[i].ino)
			same[n++] =
			    (struct same){ src->s[i].dev, src->s[i].ino, i };
	if (n)
		qsort(same, n, sizeof(*same), by_inode);
	for (size_t k = 1; k < n; k++)
		if (same[k].dev == same[k - 1].dev &&
		    same[k].ino == same[k - 1].ino)
			drop[same[k].i] = true;
	free(same);
}

/* In a folder, what has no stamps or cannot be a log is passed over. */
static bool
no_log(const struct source *s)
{
	if (s->error)
		return str_starts(str_c(s->error), STR("it is no log"));
	return !s->stamped && !s->stream;
}

static int
by_time(const void *x, const void *y)
{
	const struct source *a = x, *b = y;

	if (a->first_us != b->first_us)
		return a->first_us < b->first_us ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* "mail.log" of "/var/log/mail.log-20260101" and "mail.log.1": its set. */
static struct str
stem(const char *path)
{
	struct str s = str_c(path);
	ptrdiff_t slash = str_rchr(s, '/');
	size_t i = slash < 0 ? 0 : (size_t)slash + 1;

	while (i < s.n && !is_digit(s.p[i]))
		i++;
	while (i > 1 && strchr("-._", s.p[i - 1]) && s.p[i - 2] != '/')
		i--;
	return str_head(s, i);
}

/*
 * Sorted by time: which plain files do not grow any more.  Only the newest of
 * a set does, or one that is just being copied; one that was left alone for a
 * day has been given up.
 */
static void
mark_rotated(struct sources *out, int64_t now_us)
{
	struct map newest = { 0 };

	for (size_t i = 0; i < out->n; i++)
		if (!out->s[i].stream && !out->s[i].error && !out->s[i].journal)
			*map_slot(&newest, stem(out->s[i].path)) = &out->s[i];
	for (size_t i = 0; i < out->n; i++) {
		struct source *s = &out->s[i];
		const struct source *last = map_get(&newest, stem(s->path));

		if (s->journal)
			continue; /* says so itself */

		s->rotated = s->codec == CODEC_PLAIN && !s->stream &&
			     !s->error &&
			     (s->mtime_us < now_us - DAY_US ||
				 (s->mtime_us < now_us - HOUR_US &&
				     last->first_us > s->first_us));
	}
	map_release(&newest);
}

int
sources_list(struct sources *out, const char *const *paths, size_t n,
    const struct source_say *say, int64_t now_us, struct err *err)
{
	struct walk w = { .out = out };
	struct look *lk = NULL;
	bool *drop = NULL;
	size_t kept = 0;
	int rc = -1;

	*out = (struct sources){ 0 };
	for (; w.asked < n; w.asked++)
		if (expand(&w, paths[w.asked], err) < 0)
			goto out;
	lk = xcalloc(out->n + 1, sizeof(*lk));
	drop = xcalloc(out->n + 1, sizeof(*drop));
	for (size_t i = 0; i < out->n; i++)
		source_look(&out->arena, &out->s[i], &lk[i], say, now_us);
	source_years(out->s, lk, out->n, say);
	find_doubles(out, drop);
	for (size_t i = 0; i < out->n; i++) {
		if (drop[i])
			continue;
		if (!w.by_name[i] && no_log(&out->s[i]))
			out->skipped++;
		else
			out->s[kept++] = out->s[i];
	}
	out->n = kept;
	if (kept)
		qsort(out->s, kept, sizeof(*out->s), by_time);
	mark_rotated(out, now_us);
	rc = 0;
out:
	free(w.by_name);
	free(lk);
	free(drop);
	if (rc < 0)
		source_list_release(out);
	return rc;
}

static uint64_t
file_mark(const char *path)
{
	const char *journal = journal_path(path);
	struct journal_file f;
	struct stat st;
	struct err err;

	/* what is written to a journal is seen in its head first */
	if (journal)
		return journal_file_look(journal, &f, &err) == 0 ?
			   f.ino * 31 + f.tail + f.entries + f.archived :
			   1;
	if (stat(path, &st) < 0)
		return 1;
	return (((uint64_t)st.st_ino * 31 + (uint64_t)st.st_size) * 31 +
		   (uint64_t)st.st_mtim.tv_sec) *
		   31 +
	       (uint64_t)st.st_mtim.tv_nsec;
}

uint64_t
sources_mark(const char *path)
{
	struct sources list = { 0 };
	struct walk w = { .out = &list };
	uint64_t sum = 0;
	struct err err;

	if (expand(&w, path, &err) == 0 && list.n)
		sum = 1;
	for (size_t i = 0; sum && i < list.n; i++)
		sum = sum * 31 + file_mark(list.s[i].path);
	free(w.by_name);
	source_list_release(&list);
	return sum;
}
