/*
 * source.c: walks paths, looks into each file's beginning (and end), orders.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "parsers/lines.h"
#include "parsers/source.h"
#include "parsers/syslog.h"
#include "base/banned.h"

void
source_list_release(struct sources *s)
{
	arena_release(&s->arena);
	*s = (struct sources){ 0 };
}

static void
add(struct sources *out, const char *path)
{
	if (out->n == SOURCES_MAX)
		return;
	arena_grow(&out->arena, out->s, out->n, out->cap);
	out->s[out->n++] = (struct source){ .path =
		    arena_cstr(&out->arena, str_c(path)) };
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Everything below a folder; hidden files and links are passed over. */
static void
walk(struct sources *out, const char *path, int depth)
{
	DIR *d = depth < SOURCE_DEPTH_MAX ? opendir(path) : NULL;
	struct dirent *e;
	char **name = NULL;
	size_t n = 0, cap = 0;

	if (!d)
		return;
	while ((e = readdir(d)) && n < SOURCES_MAX) {
		if (e->d_name[0] == '.')
			continue;
		if (n == cap) {
			cap = cap ? 2 * cap : 64;
			name = xreallocarray(name, cap, sizeof(*name));
		}
		name[n++] = xstrdup(e->d_name);
	}
	closedir(d);
	if (n)
		qsort(name, n, sizeof(*name), by_name);
	for (size_t i = 0; i < n; i++) {
		struct buf b = BUF_INIT(4096);
		struct stat st;

		buf_printf(&b, "%s/%s", path, name[i]);
		if (!b.toobig && lstat(buf_c(&b), &st) == 0) {
			if (S_ISDIR(st.st_mode))
				walk(out, buf_c(&b), depth + 1);
			else if (S_ISREG(st.st_mode) && st.st_size > 0)
				add(out, buf_c(&b));
		}
		buf_release(&b);
		free(name[i]);
	}
	free(name);
}

static int
expand(struct sources *out, const char *path, struct err *err)
{
	struct stat st;
	glob_t g;

	if (strcmp(path, "-") == 0) {
		add(out, path);
		return 0;
	}
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			walk(out, path, 0);
		else
			add(out, path);
		return 0;
	}
	if (strpbrk(path, "*?[") && glob(path, 0, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			if (stat(g.gl_pathv[i], &st) == 0) {
				if (S_ISDIR(st.st_mode))
					walk(out, g.gl_pathv[i], 0);
				else
					add(out, g.gl_pathv[i]);
			}
		globfree(&g);
		return 0;
	}
	return err_set(err, "cannot open '%s': %s", path, strerror(errno));
}

/* The first (last) line with a stamp in these bytes. */
static bool
stamped_line(const char *p, size_t n, bool last, struct line *found,
    struct stamp *st)
{
	struct str rest = str_make(p, n);
	bool any = false;

	while (rest.p && (last || !any)) {
		struct str l = str_split(&rest, '\n'), s = l;
		struct stamp got;
		size_t skip = 0;

		if (last && !rest.p)
			break; /* unfinished */
		while (s.n && skip < 6 && (s.p[0] == '<' || is_digit(s.p[0]) ||
					      s.p[0] == '>') &&
		    l.p[0] == '<') {
			bool end = s.p[0] == '>';
			s = str_from(s, 1);
			skip++;
			if (end)
				break;
		}
		if (str_starts(s, STR("1 ")) && skip)
			s = str_from(s, 2);
		if (!stamp_parse(s, &got))
			continue;
		*st = got;
		found->raw = l;
		any = true;
	}
	return any;
}

/* Reads a packed file to its end for the stamp of its last line. */
static bool
scan_last(const char *path, struct year_hint *h, const struct zone *zone)
{
	static const struct input_opts opts = { 0 };
	struct input *in = input_open(path, 0, &opts, NULL);
	struct clock ck;
	struct lines l;
	struct line ln;
	struct stamp st;
	struct str view;
	bool any = false;

	if (!in)
		return false;
	clock_init(&ck, zone, 1972);
	lines_init(&l, 0, 0);
	while (input_next(in, lines_left(&l), &view, NULL) > 0) {
		lines_feed(&l, view);
		while (lines_next(&l, &ln))
			if (stamp_parse(ln.raw, &st) && !st.year) {
				clock_us(&ck, &st);
				h->last = st;
				any = true;
			}
	}
	h->wraps = ck.wraps;
	lines_release(&l);
	input_close(in);
	return any;
}

struct look {
	struct stamp first, last;
	bool has_last;
	int given;
	int64_t direct_us; /* the first line's time, when no stamp begins it */
};

enum { HEAD = 64 * 1024 };

/* The end of a plain file. */
static size_t
read_end(const char *path, uint64_t size, char *p)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = -1;

	if (fd >= 0) {
		got = pread(fd, p, HEAD, size > HEAD ? (off_t)(size - HEAD) : 0);
		close(fd);
	}
	return got > 0 ? (size_t)got : 0;
}

static void
look_into(struct sources *out, struct source *s, struct look *lk, char *first,
    const struct source_say *say)
{
	static const struct input_opts opts = { 0 };
	struct input_info info;
	char *last = first + HEAD;
	size_t n = 0, nlast = 0;

	struct line ln = { 0 }, end = { 0 };
	const char *tz = say->timezone;
	struct err err = { "" };
	struct syslog sl;

	if (input_head(s->path, &opts, first, HEAD, &n, &info, &err) < 0) {
		s->error = arena_cstr(&out->arena, str_c(err.msg));
		return;
	}
	s->codec = info.codec;
	s->size = info.size;
	s->mtime_us = info.mtime_us;
	s->dev = info.dev;
	s->ino = info.ino;
	s->print = print_of(str_make(first, n < INPUT_HEAD ? n : INPUT_HEAD));
	if (input_binary(str_make(first, n))) {
		s->error = arena_printf(&out->arena, "it is no log, but %s",
		    input_binary(str_make(first, n))).p;
		return;
	}
	s->stamped = stamped_line(first, n, false, &ln, &lk->first);
	if (s->stamped) {
		syslog_init(&sl, zone_utc(), 1972);
		syslog_frame(&sl, &ln);
		s->host = arena_dup(&out->arena, ln.host);
		syslog_release(&sl);
		s->dated = lk->first.year != 0;
	}
	if (!s->stamped && n) { /* JSON, journal: the time is inside */
		struct str rest = str_make(first, n);

		ln = (struct line){ .raw = str_split(&rest, '\n') };
		syslog_init(&sl, zone_utc(), 1972);
		syslog_frame(&sl, &ln);
		if (ln.frame != FRAME_NONE && !(ln.flags & LINE_NO_TIME)) {
			s->stamped = s->dated = true;
			lk->direct_us = ln.t_us;
			s->host = arena_dup(&out->arena, ln.host);
		}
		syslog_release(&sl);
	}
	if (s->codec == CODEC_PLAIN && !lk->direct_us)
		nlast = read_end(s->path, s->size, last);
	lk->has_last = nlast && stamped_line(last, nlast, true, &end,
	    &lk->last);
	lk->given = say->year;
	if (say->say)
		say->say(say->ctx, s->path, s->host, &tz, &lk->given);
	s->zone = zone_get(tz, &err);
	if (!s->zone)
		s->error = arena_cstr(&out->arena, str_c(err.msg));
}

static int64_t
moment(const struct source *s, const struct stamp *st, int year)
{
	struct clock ck;

	clock_init(&ck, s->zone, st->year ? st->year : year);
	return clock_us(&ck, st);
}

static bool
earlier_in_year(const struct stamp *a, const struct stamp *b)
{
	if (a->mon != b->mon)
		return a->mon < b->mon;
	if (a->day != b->day)
		return a->day < b->day;
	return a->sec < b->sec;
}

static void
find_year(struct source *s, const struct look *lk, int64_t now_us,
    int64_t anchor_from, int64_t anchor_to)
{
	struct year_hint h = { .first = lk->first,
		.last = lk->last,
		.has_last = lk->has_last,
		.given = lk->given,
		.mtime_us = s->mtime_us,
		.now_us = now_us,
		.anchor_from_us = anchor_from,
		.anchor_to_us = anchor_to };

	if (h.has_last)
		h.wraps = earlier_in_year(&lk->last, &lk->first) ? 1 : 0;
	else if (lk->given && s->codec != CODEC_PLAIN)
		h.has_last = scan_last(s->path, &h, s->zone);
	s->year = stamp_first_year(&h, s->zone);
	s->first_us = moment(s, &lk->first, s->year);
	if (h.has_last)
		s->last_us = moment(s, &h.last, s->year + (int)h.wraps);
}

static int
by_time(const void *x, const void *y)
{
	const struct source *a = x, *b = y;

	if (a->first_us != b->first_us)
		return a->first_us < b->first_us ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* The same file twice: by inode, or the same bytes under another name. */
static void
drop_doubles(struct sources *out)
{
	size_t n = 0;

	for (size_t i = 0; i < out->n; i++) {
		bool twice = false;

		for (size_t k = 0; k < n && !twice && !out->s[i].error; k++)
			twice = out->s[k].ino && out->s[k].ino == out->s[i].ino &&
			    out->s[k].dev == out->s[i].dev;
		if (!twice)
			out->s[n++] = out->s[i];
	}
	out->n = n;
}

int
sources_list(struct sources *out, const char *const *paths, size_t n,
    const struct source_say *say, int64_t now_us, struct err *err)
{
	char *head;
	struct look *lk;
	int64_t from = 0, to = 0;
	size_t kept = 0, named = 0;

	*out = (struct sources){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct stat st;

		if (expand(out, paths[i], err) < 0) {
			source_list_release(out);
			return -1;
		}
		if (stat(paths[i], &st) == 0 && !S_ISDIR(st.st_mode))
			named = out->n; /* said by name: errors are told */
	}
	head = xmalloc(2 * HEAD);
	lk = xcalloc(out->n + 1, sizeof(*lk));
	for (size_t i = 0; i < out->n; i++) {
		struct source *s = &out->s[i];

		if (strcmp(s->path, "-") == 0) {
			s->zone = zone_get(say->timezone, NULL);
			s->year = say->year;
			s->first_us = INT64_MAX;
			continue;
		}
		look_into(out, s, &lk[i], head, say);
		if (s->error || !s->dated)
			continue;
		s->first_us = lk[i].direct_us ? lk[i].direct_us :
						moment(s, &lk[i].first, 0);
		s->last_us = lk[i].has_last ? moment(s, &lk[i].last, 0) : 0;
		if (!from || s->first_us < from)
			from = s->first_us;
		if (s->last_us > to)
			to = s->last_us;
		if (s->first_us > to)
			to = s->first_us;
	}
	for (size_t i = 0; i < out->n; i++) {
		struct source *s = &out->s[i];

		if (!s->error && s->stamped && !s->dated)
			find_year(s, &lk[i], now_us, from, to);
		/* a folder's files that are no logs are passed over */
		if (i >= named && (s->error ? strstr(s->error, "it is no log") != NULL :
					      !s->stamped && s->size > 0 &&
				      strcmp(s->path, "-") != 0)) {
			out->skipped++;
			continue;
		}
		out->s[kept++] = *s;
	}
	out->n = kept;
	free(head);
	free(lk);
	drop_doubles(out);
	if (out->n)
		qsort(out->s, out->n, sizeof(*out->s), by_time);
	return 0;
}
