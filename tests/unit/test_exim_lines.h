/*
 * test_exim_lines.h: for the tests of the parsers of native logs (Exim,
 * Axigen): a plain framing of lines, so that these tests stand without the
 * reader; a page edge to put lines at; what a line means; fixtures.
 *
 * Lines lie at the end of a page that another, unreadable page follows, so a
 * byte read past the end crashes.
 */
#ifndef TESTS_UNIT_TEST_EXIM_LINES_H
#define TESTS_UNIT_TEST_EXIM_LINES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parsers/parser.h"
#include "base/banned.h"

enum { ROOM = 1 << 16 };

static char *room; /* ROOM bytes, then the unreadable page */
static struct buf out = BUF_INIT(1 << 20);

static int
edge_setup(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	(void)state;
	room = mmap(NULL, ROOM + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return -1;
	return mprotect(room + ROOM, page, PROT_NONE);
}

static int
edge_teardown(void **state)
{
	(void)state;
	buf_release(&out);
	return munmap(room, ROOM + (size_t)sysconf(_SC_PAGESIZE));
}

/* The same bytes, ending where reading on crashes. */
static inline struct str
at_edge(struct str s)
{
	assert_true(s.n <= ROOM);
	memmove(room + ROOM - s.n, s.p, s.n);
	return str_make(room + ROOM - s.n, s.n);
}

static inline bool
is_stamped(struct str s)
{
	return s.n >= 19 && is_digit(s.p[0]) && s.p[4] == '-' &&
	       s.p[7] == '-' && s.p[10] == ' ' && s.p[13] == ':' &&
	       s.p[16] == ':';
}

static inline struct str
line_word(struct str *rest)
{
	size_t n = 0;
	struct str w;

	while (n < rest->n && rest->p[n] != ' ')
		n++;
	w = str_head(*rest, n);
	while (n < rest->n && rest->p[n] == ' ')
		n++;
	*rest = str_from(*rest, n);
	return w;
}

/* A native line is all text; "Mmm dd hh:mm:ss host tag[pid]: text" is not. */
static inline void
frame_any(struct str raw, struct line *ln)
{
	struct str r = raw, tag;
	ptrdiff_t i;

	*ln = (struct line){ .raw = raw,
		.text = raw,
		.host = STR(""),
		.tag = STR(""),
		.prog = STR(""),
		.pid = STR("") };
	if (is_stamped(raw)) {
		ln->frame = FRAME_NATIVE;
		return;
	}
	if (r.n < 16 || !is_alpha(r.p[0]) || r.p[3] != ' ' || r.p[9] != ':')
		return;
	for (int k = 0; k < 3; k++)
		line_word(&r);
	ln->frame = FRAME_BSD;
	ln->host = line_word(&r);
	tag = line_word(&r);
	ln->text = r;
	if (tag.n && tag.p[tag.n - 1] == ':')
		tag.n--;
	if (tag.n && tag.p[tag.n - 1] == ']' && (i = str_rchr(tag, '[')) >= 0) {
		ln->pid = str_make(tag.p + i + 1, tag.n - (size_t)i - 2);
		tag.n = (size_t)i;
	}
	ln->tag = ln->prog = tag;
	if ((i = str_rchr(tag, '/')) >= 0)
		ln->prog = str_from(tag, (size_t)i + 1);
}

/* A view into the line, whole, or else a short word of the program. */
static inline bool
well_placed(struct str text, struct str v)
{
	if (v.p >= text.p && v.p <= text.p + text.n)
		return v.p + v.n <= text.p + text.n;
	return v.p && v.n < 32;
}

static inline enum parse_result
run_line(const struct parser *who, enum mta mta, const struct line *ln,
    struct event *ev)
{
	enum parse_result r;

	memset(ev, 0xa5, sizeof(*ev));
	ev_clear(ev);
	r = who->parse(ln, ev);
	buf_clear(&out);
	if (r != PARSE_EVENT) {
		buf_puts(&out, r == PARSE_IGNORED ? "ignored" :
			       r == PARSE_UNKNOWN ? "unknown" :
						    "foreign");
		return r;
	}
	assert_int_equal(ev->mta, mta);
	assert_true(ev->kind > EV_NONE && ev->kind < EV_KINDS);
	assert_true(ev->state < ST_STATES);
	for (int f = 0; f < F_COUNT; f++)
		if (ev_has(ev, (enum field)f))
			assert_true(well_placed(ln->text, ev->f[f]));
	if (ev->qid.n)
		assert_true(well_placed(ln->text, ev->qid));
	event_dump(ev, &out);
	return r;
}

static inline size_t
check_samples(const struct parser *who, enum mta mta)
{
	size_t n = 0;

	for (const struct sample *s = who->samples; s->line; s++, n++) {
		struct event ev;
		struct line ln;

		frame_any(str_c(s->line), &ln);
		ln.text = at_edge(ln.text);
		run_line(who, mta, &ln, &ev);
		if (!str_eq(str_c(s->means), buf_str(&out)))
			fail_msg("%s\n  means  %s\n  sample %s", s->line,
			    buf_c(&out), s->means);
	}
	return n;
}

/* Each sample cut at every byte, the start of its text included. */
static inline void
check_truncations(const struct parser *who, enum mta mta)
{
	for (const struct sample *s = who->samples; s->line; s++) {
		struct line ln;
		struct str whole;

		frame_any(str_c(s->line), &ln);
		whole = ln.text;
		for (size_t n = 0; n < whole.n; n++) {
			struct event ev;

			ln.text = at_edge(str_head(whole, n));
			run_line(who, mta, &ln, &ev);
		}
	}
}

/* Every byte changed to those that mean something somewhere. */
static inline void
check_changes(const struct parser *who, enum mta mta)
{
	static const char odd[] = "<>[]:;,\"\\ =()|/*X0\n\xff";

	for (const struct sample *s = who->samples; s->line; s++) {
		struct line ln;
		struct str whole;

		frame_any(str_c(s->line), &ln);
		whole = ln.text;
		for (size_t i = 0; i < whole.n; i++)
			for (size_t k = 0; k < sizeof(odd); k++) {
				struct event ev;

				ln.text = at_edge(whole);
				room[ROOM - whole.n + i] = odd[k];
				run_line(who, mta, &ln, &ev);
			}
	}
}

/*
 * fixtures/DIR/X.log gives X.events, an event per line; with GOLDEN_UPDATE
 * set the latter are written instead.  Lines without a time continue the one
 * before them.
 */
static inline void
check_fixture(const struct parser *who, enum mta mta, const char *dir,
    const char *name)
{
	bool update = getenv("GOLDEN_UPDATE") != NULL, more = true;
	char path[512], line[8192];
	struct buf rec = BUF_INIT(ROOM);
	FILE *log, *want;
	unsigned n = 0;

	snprintf(path, sizeof(path), "fixtures/%s/%s.log", dir, name);
	log = fopen(path, "r");
	assert_non_null(log);
	snprintf(path, sizeof(path), "fixtures/%s/%s.events", dir, name);
	want = fopen(path, update ? "w" : "r");
	assert_non_null(want);
	while (more) {
		char expect[8192];
		struct event ev;
		struct line ln;

		more = fgets(line, sizeof(line), log) != NULL;
		if (more) {
			line[strcspn(line, "\n")] = '\0';
			if (rec.n && !is_stamped(str_c(line)) &&
			    is_stamped(buf_str(&rec))) {
				buf_putc(&rec, '\n');
				buf_puts(&rec, line);
				continue;
			}
		}
		if (rec.n) {
			n++;
			frame_any(buf_str(&rec), &ln);
			run_line(who, mta, &ln, &ev);
			if (update) {
				fprintf(want, "%s\n", buf_c(&out));
			} else {
				assert_non_null(
				    fgets(expect, sizeof(expect), want));
				expect[strcspn(expect, "\n")] = '\0';
				if (!str_eq(str_c(expect), buf_str(&out)))
					fail_msg("%s, record %u:\n  is     "
						 "%s\n  should %s",
					    name, n, buf_c(&out), expect);
			}
		}
		buf_clear(&rec);
		buf_puts(&rec, more ? line : "");
	}
	assert_true(update || !fgets(line, sizeof(line), want));
	assert_true(n > 0);
	buf_release(&rec);
	fclose(log);
	fclose(want);
}

static inline unsigned
check_fixtures(const struct parser *who, enum mta mta, const char *dir)
{
	char path[256];
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "fixtures/%s", dir);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		char *dot = strrchr(e->d_name, '.');

		if (!dot || strcmp(dot, ".log") != 0)
			continue;
		*dot = '\0';
		check_fixture(who, mta, dir, e->d_name);
		n++;
	}
	closedir(d);
	return n;
}

/* ---- whole logs of others, where they lie beside the checkout ---- */

struct counts {
	uint64_t event, ignored, unknown, foreign;
};

static inline void
count_record(const struct parser *who, enum mta mta, struct str rec,
    struct counts *c)
{
	struct event ev;
	struct line ln;
	enum parse_result r;

	if (!rec.n)
		return;
	frame_any(rec, &ln);
	r = run_line(who, mta, &ln, &ev);
	c->event += r == PARSE_EVENT;
	c->ignored += r == PARSE_IGNORED;
	c->unknown += r == PARSE_UNKNOWN;
	c->foreign += r == PARSE_FOREIGN;
}

static inline void
count_file(const struct parser *who, enum mta mta, const char *path,
    struct counts *c)
{
	FILE *f = fopen(path, "r");
	struct buf rec = BUF_INIT(ROOM);
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	assert_non_null(f);
	while ((n = getline(&line, &cap, f)) > 0) {
		struct str s = str_make(line, (size_t)n);

		if (s.p[s.n - 1] == '\n')
			s.n--;
		if (rec.n && is_stamped(buf_str(&rec)) && !is_stamped(s) &&
		    s.n && !str_starts(s, STR("***"))) {
			buf_putc(&rec, '\n');
			buf_add(&rec, s);
			continue;
		}
		count_record(who, mta, buf_str(&rec), c);
		buf_clear(&rec);
		buf_add(&rec, s);
	}
	count_record(who, mta, buf_str(&rec), c);
	buf_release(&rec);
	free(line);
	fclose(f);
}

/* Counts the logs under a folder; false when it is not here. */
static inline bool
count_dir(const struct parser *who, enum mta mta, const char *dir,
    struct counts *c, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return false;
	while ((e = readdir(d)) != NULL) {
		const char *dot = strrchr(e->d_name, '.');
		char path[4096];
		struct stat st;
		int n;

		if (e->d_name[0] == '.' || (dot && strcmp(dot, ".md") == 0))
			continue;
		n = snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (n < 0 || (size_t)n >= sizeof(path) || stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < 4)
			count_dir(who, mta, path, c, depth + 1);
		else if (S_ISREG(st.st_mode))
			count_file(who, mta, path, c);
	}
	closedir(d);
	return true;
}

static inline struct counts
count_logs(const struct parser *who, enum mta mta, const char *dir)
{
	struct counts c = { 0 };

	if (!count_dir(who, mta, dir, &c, 0)) {
		print_message("%s is not here: skipped\n", dir);
		skip();
	}
	print_message("%s: %llu events, %llu ignored, %llu unknown, %llu "
		      "foreign\n",
	    dir, (unsigned long long)c.event, (unsigned long long)c.ignored,
	    (unsigned long long)c.unknown, (unsigned long long)c.foreign);
	return c;
}

#endif
