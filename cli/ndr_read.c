/*
 * ndr_read.c: mails out of files, mailboxes, maildirs, folders and standard
 * input, one at a time.
 *
 * A file that starts with a "From " line is a mailbox: a line such as
 * "From a@b.example Mon Jan  1 ..." behind an empty one starts the next mail.
 * A mailbox may be larger than memory: only one mail is held, and of that
 * NDR_MAIL_MAX bytes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "cli/ndr.h"
#include "base/banned.h"

enum { CHUNK = 64 * 1024, FILES_MAX = 1000000 };

struct source {
	int fd;
	const char *name;
	struct buf b; /* what was read and not yet handed on */
	bool end;
	bool mbox;
	size_t n; /* mails so far */
};

static int
fill(struct source *s, struct err *err)
{
	char chunk[CHUNK];
	ssize_t did;

	do
		did = read(s->fd, chunk, sizeof(chunk));
	while (did < 0 && errno == EINTR);
	if (did < 0)
		return err_set(err, "cannot read '%s': %s", s->name,
		    strerror(errno));
	s->end = did == 0;
	if (did && s->b.n + (size_t)did <= NDR_MAIL_MAX)
		buf_addn(&s->b, chunk, (size_t)did);
	else if (did && s->mbox && s->b.n > 16) {
		/* a mail too large: its middle goes, the next one's start
		 * must not be lost */
		s->b.n = NDR_MAIL_MAX / 2;
		buf_addn(&s->b, chunk, (size_t)did);
	}
	return 0;
}

/* "From a@b Mon Jan  1 12:00:00 2026" */
static bool
from_line(struct str s)
{
	const char *q = memchr(s.p, '\n', s.n < 200 ? s.n : 200);
	struct str l = str_head(s, q ? (size_t)(q - s.p) : s.n);
	size_t colons = 0;

	if (!str_starts(l, STR("From ")))
		return false;
	for (size_t i = 6; i + 2 < l.n; i++)
		colons += l.p[i] == ':' && is_digit(l.p[i - 1]) &&
			  is_digit(l.p[i + 1]);
	return colons > 0;
}

/* Where the next mail starts behind `from`, or 0. */
static size_t
next_mail(const struct source *s, size_t from)
{
	struct str all = buf_str(&s->b);

	for (;;) {
		struct str rest = str_from(all, from);
		ptrdiff_t i = str_find(rest, STR("\nFrom "));
		size_t at;

		if (i < 0)
			return 0;
		at = from + (size_t)i + 1;
		if (at >= 2 &&
		    (all.p[at - 2] == '\n' ||
			(at >= 3 && all.p[at - 2] == '\r' &&
			    all.p[at - 3] == '\n')) &&
		    from_line(str_from(all, at)))
			return at;
		from = at;
	}
}

static bool
hand_on(struct source *s, size_t n, ndr_mail_fn fn, void *ctx)
{
	char label[4200];
	bool more;

	s->n++;
	if (s->mbox && s->n > 1)
		snprintf(label, sizeof(label), "%s:%zu", s->name, s->n);
	else
		snprintf(label, sizeof(label), "%s", s->name);
	more = fn(ctx, label, str_make(s->b.p ? s->b.p : "", n));
	memmove(s->b.p, s->b.p + n, s->b.n - n);
	s->b.n -= n;
	return more;
}

static int
read_fd(int fd, const char *name, ndr_mail_fn fn, void *ctx, struct err *err)
{
	struct source s = { .fd = fd, .name = name };
	size_t seen = 0;
	int rc = 0;

	buf_init(&s.b, NDR_MAIL_MAX + 2 * CHUNK);
	while (rc == 0 && !s.end) {
		rc = fill(&s, err);
		if (!s.n && !s.mbox)
			s.mbox = s.b.n > 5 && from_line(buf_str(&s.b));
		while (rc == 0 && s.mbox) {
			size_t at = next_mail(&s, seen);

			if (!at) {
				seen = s.b.n > 256 ? s.b.n - 256 : 0;
				break;
			}
			seen = 0;
			if (!hand_on(&s, at, fn, ctx))
				goto out;
		}
	}
	if (rc == 0 && s.b.n)
		hand_on(&s, s.b.n, fn, ctx);
out:
	buf_release(&s.b);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_path(const char *path, int depth, ndr_mail_fn fn, void *ctx,
    struct err *err);

/* A maildir's cur and new, or a folder of files; in the order of names. */
static int
read_dir(const char *path, int depth, ndr_mail_fn fn, void *ctx,
    struct err *err)
{
	char **name = NULL;
	size_t n = 0, cap = 0;
	DIR *d = opendir(path);
	struct dirent *de;
	int rc = 0;

	if (!d)
		return err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
	while ((de = readdir(d)) && n < FILES_MAX) {
		if (de->d_name[0] == '.')
			continue;
		if (n == cap) {
			cap = cap ? 2 * cap : 64;
			name = xreallocarray(name, cap, sizeof(*name));
		}
		name[n++] = xstrdup(de->d_name);
	}
	closedir(d);
	if (n)
		qsort(name, n, sizeof(*name), by_name);
	for (size_t i = 0; i < n; i++) {
		struct buf full = BUF_INIT(8192);

		buf_printf(&full, "%s/%s", path, name[i]);
		if (strcmp(name[i], "tmp") != 0 && !full.toobig &&
		    read_path(buf_c(&full), depth + 1, fn, ctx, err) < 0)
			rc = -1;
		buf_release(&full);
		free(name[i]);
	}
	free(name);
	return rc;
}

static int
read_path(const char *path, int depth, ndr_mail_fn fn, void *ctx,
    struct err *err)
{
	struct stat sb;
	int fd, rc;

	/* in a folder links are passed over: some go in circles */
	fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | (depth ? O_NOFOLLOW : 0));
	if (fd < 0 && depth && errno == ELOOP)
		return 0;
	if (fd < 0 || fstat(fd, &sb) < 0) {
		rc =
		    err_set(err, "cannot open '%s': %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return rc;
	}
	if (S_ISDIR(sb.st_mode)) {
		close(fd);
		return depth < 3 ? read_dir(path, depth, fn, ctx, err) : 0;
	}
	rc = read_fd(fd, path, fn, ctx, err);
	close(fd);
	return rc;
}

int
ndr_read(const char *path, ndr_mail_fn fn, void *ctx, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return read_fd(STDIN_FILENO, "-", fn, ctx, err);
	return read_path(path, 0, fn, ctx, err);
}
