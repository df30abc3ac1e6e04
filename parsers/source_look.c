/*
 * source_look.c: opens a file, reads its beginning, and as much of the rest as
 * is cheap: the end of a plain one, and pages in between, to see how often the
 * year changed.  A compressed one is read whole only when the operator gave the
 * year of its last line.
 *
 * Lines are framed as in earnest, in UTC and the year 1972 (a leap year): what
 * has LINE_YEAR then shows month, day and time, and the clock counts the new
 * years.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "parsers/journal.h"
#include "parsers/journal_file.h"
#include "parsers/lines.h"
#include "parsers/reader.h"
#include "parsers/source_part.h"
#include "base/banned.h"

enum {
	HEAD = 64 * 1024,
	PAGE = 8 * 1024,
	PAGES = 64, /* looked at between beginning and end */
	LOOK_YEAR = 1972,
};

/* Frames lines and notes what they say about time and host. */
struct probe {
	struct syslog sl;
	struct arena *arena;
	struct source *s;
	struct look *lk;
	bool any; /* a line without a year was seen */
};

static void
note(struct probe *pr, const struct line *ln)
{
	struct source *s = pr->s;
	struct look *lk = pr->lk;

	if (!s->host.n && ln->host.n)
		s->host = arena_dup(pr->arena, str_head(ln->host, 255));
	if (ln->flags & LINE_NO_TIME)
		return;
	if (!(ln->flags & LINE_YEAR)) {
		if (ln->flags & LINE_ZONE)
			lk->local = true;
		if (!s->stamped) {
			s->dated = true;
			s->first_us = ln->t_us;
		}
		if (!lk->dated_us) {
			lk->dated_us = ln->t_us;
			lk->mixed = s->stamped && !s->dated;
		}
		s->stamped = true;
		if (s->dated)
			s->last_us = ln->t_us;
		return;
	}
	if (!s->stamped) {
		s->stamped = true;
		stamp_of(ln->t_us, zone_utc(), false, &lk->hint.first);
	}
	pr->any = true;
	stamp_of(ln->t_us, zone_utc(), false, &lk->hint.last);
	lk->hint.has_last = true;
	lk->hint.wraps = pr->sl.clock.wraps;
	lk->hint.leap = pr->sl.leap;
	lk->hint.leap_wraps = pr->sl.leap_wraps;
}

/* Lines of a page; `inside`: it begins in the middle of one; `end`: the last
 * one needs no LF. */
static void
look_page(struct probe *pr, struct str page, bool inside, bool end,
    unsigned max)
{
	struct lines l;
	struct line ln;
	bool first = inside;

	lines_init(&l, inside ? 1 : 0, 0);
	lines_feed(&l, page);
	if (end)
		lines_close(&l);
	while (max && lines_next(&l, &ln)) {
		if (!first) {
			syslog_frame(&pr->sl, &ln);
			note(pr, &ln);
			max--;
		}
		first = false;
	}
	lines_release(&l);
}

/* Pages between the beginning and the end, and the end. */
static void
look_on(struct probe *pr, const char *path, uint64_t size, char *buf)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint64_t step = size / (PAGES + 1);
	ssize_t got;

	if (fd < 0)
		return;
	for (unsigned i = 1; !pr->s->dated && size > 4 * HEAD && i <= PAGES;
	     i++) {
		got = pread(fd, buf, PAGE, (off_t)(i * step));
		if (got > 0)
			look_page(pr, str_make(buf, (size_t)got), true, false,
			    3);
	}
	if (size > HEAD) {
		got = pread(fd, buf, HEAD, (off_t)(size - HEAD));
		if (got > 0)
			look_page(pr, str_make(buf, (size_t)got), true, false,
			    UINT32_MAX);
	}
	close(fd);
}

/* All of it. */
static void
look_through(struct probe *pr, const char *path)
{
	struct reader_opts o = { .zone = zone_utc(), .year = LOOK_YEAR };
	struct reader *r = reader_open(path, &o, NULL);
	struct err err;
	struct line ln;

	if (!r)
		return;
	while (reader_next(r, &ln, &err) > 0) {
		pr->sl.clock.wraps = reader_syslog(r)->clock.wraps;
		pr->sl.leap = reader_syslog(r)->leap;
		pr->sl.leap_wraps = reader_syslog(r)->leap_wraps;
		note(pr, &ln);
	}
	pr->lk->full = true;
	reader_close(r);
}

/* The journal's export format: its first entry. */
static void
look_journal(struct probe *pr, const char *path)
{
	struct reader_opts o = { .zone = zone_utc(), .year = LOOK_YEAR };
	struct reader *r = reader_open(path, &o, NULL);
	struct err err;
	struct line ln;

	if (!r)
		return;
	if (reader_next(r, &ln, &err) > 0)
		note(pr, &ln);
	reader_close(r);
}

/* The beginning: first stamp, host. */
static void
look_head(struct probe *pr, struct str head, const char *path)
{
	if (journal_is_export(head))
		look_journal(pr, path);
	else
		look_page(pr, head, false, head.n < HEAD, UINT32_MAX);
}

/* The rest, as far as it is cheap or the year depends on it. */
static void
look_rest(struct probe *pr, size_t seen, const char *path, char *buf)
{
	struct source *s = pr->s;
	struct look *lk = pr->lk;

	if (!s->stamped)
		return;
	if (s->codec == CODEC_PLAIN) {
		if (s->size > seen)
			look_on(pr, path, s->size, buf);
		lk->full = true;
	} else if (seen < HEAD) {
		lk->full = true;
	} else if (!s->dated && lk->hint.given) {
		look_through(pr, path);
	} else {
		/* the last line seen is not the last there is */
		lk->hint.has_last = false;
		lk->hint.wraps = 0;
		s->last_us = 0;
	}
}

static void
ask(struct source *s, struct look *lk, const struct source_say *say)
{
	struct source_word word = { say->timezone, say->year, NULL };
	struct err err;

	if (say->say)
		say->say(say->ctx, s->path, s->host, &word);
	lk->hint.given = word.year;
	lk->set = word.set;
	s->zone = zone_get(word.timezone, &err);
	if (!s->zone && !s->error)
		s->error = "the time zone said for it is not known";
}

/* What was read in UTC for want of a zone. */
static int64_t
in_zone(const struct source *s, int64_t t_us)
{
	return !t_us || !s->zone ?
		   t_us :
		   zone_to_utc(s->zone, t_us / 1000000, INT64_MIN, NULL, NULL) *
			   1000000 +
		       t_us % 1000000;
}

static bool
is_stream(const char *path)
{
	struct stat st;

	return strcmp(path, "-") == 0 ||
	       (stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
		   !S_ISDIR(st.st_mode));
}

/* A file of the journal: its head says it all. */
static void
look_file_of_journal(struct arena *a, struct source *s)
{
	struct journal_file f;
	struct err err;

	if (journal_file_look(journal_path(s->path), &f, &err) < 0) {
		s->error = arena_cstr(a, str_c(err.msg));
		return;
	}
	s->known_by = arena_dup(a, str_c(f.known_by));
	s->print = print_of(s->known_by);
	s->dev = f.dev;
	s->ino = f.ino;
	s->size = f.size;
	s->mtime_us = f.mtime_us;
	s->rotated = f.archived;
	s->upto = f.tail + 1;
	s->dated = true;
	s->stamped = f.entries > 0;
	s->first_us = f.head_us;
	s->last_us = f.tail_us;
}

void
source_look(struct arena *a, struct source *s, struct look *lk,
    const struct source_say *say, int64_t now_us)
{
	static const struct input_opts opts = { 0 };
	struct probe pr = { .arena = a, .s = s, .lk = lk };
	struct input_info info = { 0 };
	const char *what = NULL;
	struct err err = { "" };
	size_t n = 0;
	char *head = NULL;

	s->host = STR("");
	if (s->journal) {
		s->zone = zone_utc();
		look_file_of_journal(a, s);
		return;
	}
	if (is_stream(s->path)) {
		s->stream = true;
		s->first_us = INT64_MAX;
		ask(s, lk, say);
		s->year = lk->hint.given;
		s->year_how = s->year ? YEAR_SAID : YEAR_GUESS;
		return;
	}
	head = xmalloc(2 * HEAD);
	syslog_init(&pr.sl, zone_utc(), LOOK_YEAR);
	if (input_head(s->path, &opts, head, HEAD, &n, &info, &err) < 0) {
		s->error = arena_cstr(a, str_c(err.msg));
		goto out;
	}
	s->codec = info.codec;
	s->size = info.size;
	s->mtime_us = info.mtime_us;
	s->dev = info.dev;
	s->ino = info.ino;
	s->print = print_of(str_make(head, n));
	what = input_binary(str_make(head, n));
	if (what) {
		s->error = arena_printf(a, "it is no log, but %s", what).p;
		goto out;
	}
	if (n)
		look_head(&pr, str_make(head, n), s->path);
	ask(s, lk, say);
	look_rest(&pr, n, s->path, head + HEAD);
	if (lk->local) {
		s->first_us = in_zone(s, s->first_us);
		s->last_us = in_zone(s, s->last_us);
		lk->dated_us = in_zone(s, lk->dated_us);
	}
	lk->hint.mtime_us = s->mtime_us;
	lk->hint.now_us = now_us;
out:
	syslog_release(&pr.sl);
	free(head);
}
