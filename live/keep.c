/*
 * keep.c: the file of kept results; see keep.h.  Fields are escaped: tab,
 * newline and backslash never stand in them as they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "live/keep.h"
#include "base/banned.h"

enum { LINE_MAX_KEPT = 4096, FIELDS = 7, LOCK_TRIES = 100, LOCK_MS = 50 };

static const char head[] = "mailtrace.kept/1\n";

static void
put(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\\' || c < ' ')
			buf_printf(b, "\\%03o", c);
		else
			buf_putc(b, (char)c);
	}
}

static bool
octal(struct str s)
{
	return s.n >= 4 && s.p[1] >= '0' && s.p[1] <= '3' && s.p[2] >= '0' &&
	       s.p[2] <= '7' && s.p[3] >= '0' && s.p[3] <= '7';
}

static struct str
get(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && octal(str_from(s, i))) {
			p[n++] =
			    (char)((s.p[i + 1] - '0') * 64 +
				   (s.p[i + 2] - '0') * 8 + (s.p[i + 3] - '0'));
			i += 3;
		} else {
			p[n++] = s.p[i];
		}
	}
	return str_make(p, n);
}

void
keep_add(struct keep *k, struct kept one)
{
	void **slot;

	if (k->n >= KEEP_MAX_LINES)
		return;
	arena_grow(&k->arena, k->v, k->n, k->cap);
	slot = map_slot(&k->by_target, one.target);
	one.next = (size_t)(uintptr_t)*slot;
	k->v[k->n++] = one;
	*slot = (void *)(uintptr_t)k->n;
}

struct kept *
keep_first(const struct keep *k, struct str target)
{
	struct arena a = { 0 };
	size_t i =
	    (size_t)(uintptr_t)map_get(&k->by_target, arena_lower(&a, target));

	arena_release(&a);
	return i ? &k->v[i - 1] : NULL;
}

struct kept *
keep_next(const struct keep *k, const struct kept *v)
{
	return v->next ? &k->v[v->next - 1] : NULL;
}

static bool
read_line(struct keep *k, struct str line)
{
	struct str rest = line, field[FIELDS];
	struct kept one = { .next = 0 };
	size_t n = 0;

	if (!rest.n || rest.p[rest.n - 1] != '\n')
		return false;
	rest.n--;
	while (rest.p && n < FIELDS)
		field[n++] = str_split(&rest, '\t');
	if (n != FIELDS || rest.p || !str_i64(field[0], &one.at_s))
		return false;
	one.target = get(&k->arena, field[1]);
	one.check = get(&k->arena, field[2]);
	one.object = get(&k->arena, field[3]);
	one.result = get(&k->arena, field[4]);
	one.severity = get(&k->arena, field[5]);
	one.say = get(&k->arena, field[6]);
	keep_add(k, one);
	return true;
}

int
keep_read(struct keep *k, const char *path, struct err *err)
{
	char line[LINE_MAX_KEPT];
	FILE *f = fopen(path, "re");
	unsigned long n = 1;
	bool ok;

	*k = (struct keep){ .n = 0 };
	if (!f)
		return errno == ENOENT ? 0 :
					 err_set(err, "cannot open '%s': %s",
					     path, strerror(errno));
	ok = fgets(line, sizeof(line), f) && strcmp(line, head) == 0;
	while (ok && fgets(line, sizeof(line), f)) {
		n++;
		ok = read_line(k, str_c(line));
	}
	if (ok && ferror(f)) {
		err_set(err, "cannot read '%s': %s", path, strerror(errno));
		ok = false;
	} else if (!ok) {
		err_set(err,
		    "'%s', line %lu is damaged: results kept from "
		    "earlier runs are not used",
		    path, n);
	}
	fclose(f);
	if (!ok)
		keep_release(k);
	return ok ? 0 : -1;
}

int
keep_write(const struct keep *k, const char *path, int64_t now_s,
    struct err *err)
{
	struct arena a = { 0 };
	struct str tmp = arena_printf(&a, "%s.new", path);
	struct buf b = BUF_INIT(LINE_MAX_KEPT - 2);
	int fd =
	    open(tmp.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, KEEP_MODE);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	int rc = 0;

	if (!f) {
		rc = err_set(err, "cannot write '%s': %s", tmp.p,
		    strerror(errno));
		goto out;
	}
	fputs(head, f);
	for (size_t i = 0; i < k->n; i++) {
		const struct kept *v = &k->v[i];
		struct str field[6] = { v->target, v->check, v->object,
			v->result, v->severity, v->say };

		if (v->gone || now_s - v->at_s > (int64_t)KEEP_DAYS * 86400)
			continue;
		buf_clear(&b);
		buf_printf(&b, "%lld", (long long)v->at_s);
		for (int n = 0; n < 6; n++) {
			buf_putc(&b, '\t');
			put(&b, field[n]);
		}
		if (!b.toobig)
			fprintf(f, "%s\n", buf_c(&b));
	}
	if (fflush(f) != 0 || fsync(fileno(f)) < 0 || ferror(f))
		rc = err_set(err, "cannot write '%s': %s", tmp.p,
		    strerror(errno));
	if (fclose(f) != 0 && !rc)
		rc = err_set(err, "cannot write '%s': %s", tmp.p,
		    strerror(errno));
	if (!rc && rename(tmp.p, path) < 0)
		rc = err_set(err, "cannot replace '%s': %s", path,
		    strerror(errno));
	if (rc)
		unlink(tmp.p);
out:
	buf_release(&b);
	arena_release(&a);
	return rc;
}

/* A lock that ends with its process; waits a few seconds for another run. */
static int
lock(const char *path, struct err *err)
{
	const struct timespec nap = { .tv_nsec = LOCK_MS * 1000000L };
	struct arena a = { 0 };
	struct str name = arena_printf(&a, "%s.lock", path);
	int fd = open(name.p, O_RDWR | O_CREAT | O_CLOEXEC, KEEP_MODE);
	int rc = -1;

	if (fd < 0)
		err_set(err, "cannot open '%s': %s", name.p, strerror(errno));
	for (int i = 0; fd >= 0 && rc < 0 && i < LOCK_TRIES; i++) {
		rc = flock(fd, LOCK_EX | LOCK_NB);
		if (rc < 0)
			nanosleep(&nap, NULL);
	}
	if (fd >= 0 && rc < 0) {
		err_set(err,
		    "'%s' is held by another run: the results of "
		    "this one are not kept",
		    name.p);
		close(fd);
		fd = -1;
	}
	arena_release(&a);
	return fd;
}

int
keep_update(const char *path, const struct live *live, int64_t now_s,
    struct err *err)
{
	struct keep k = { .n = 0 };
	struct err damaged; /* said when the run began */
	int fd = lock(path, err), rc;

	if (fd < 0)
		return -1;
	keep_read(&k, path, &damaged);
	for (size_t i = 0; i < live->njob; i++)
		if (live->job[i]->done)
			keep_job(&k, live->job[i]);
	keep_lists_from(&k, &live->lists);
	rc = keep_write(&k, path, now_s, err);
	keep_release(&k);
	close(fd);
	return rc;
}

void
keep_release(struct keep *k)
{
	map_release(&k->by_target);
	arena_release(&k->arena);
	*k = (struct keep){ .n = 0 };
}
