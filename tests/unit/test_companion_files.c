/*
 * test_companion_files.c: whole logs of the programs between the hops.
 *
 * fixtures/<dir>/X.log gives X.events, a line for a line; with GOLDEN_UPDATE
 * set the latter are written instead.  Larger collections are read where they
 * lie beside the checkout and skipped where they do not: of the lab's lines
 * none is unknown, of others' fewer than three in a hundred.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/unit/companions.h"
#include "base/banned.h"

static struct buf out = BUF_INIT(1 << 20);

/* Asks them all; exactly one may know the line. */
static enum parse_result
ask(const struct line *ln, struct event *ev, const char **who)
{
	enum parse_result rc = PARSE_FOREIGN;

	*who = "";
	for (size_t i = 0; companions[i]; i++) {
		struct event one;
		enum parse_result r;

		ev_clear(&one);
		r = companions[i]->parse(ln, &one);
		if (r == PARSE_FOREIGN)
			continue;
		if (rc != PARSE_FOREIGN)
			fail_msg("both %s and %s take: " STR_FMT, *who,
			    companions[i]->name, STR_ARG(ln->raw));
		rc = r;
		*ev = one;
		*who = companions[i]->name;
	}
	return rc;
}

static void
check_fixture(const char *dir, const char *name)
{
	bool update = getenv("GOLDEN_UPDATE") != NULL;
	char path[512], line[8192], expect[8192];
	FILE *log, *want;
	unsigned n = 0;

	snprintf(path, sizeof(path), "fixtures/%s/%s.log", dir, name);
	log = fopen(path, "r");
	assert_non_null(log);
	snprintf(path, sizeof(path), "fixtures/%s/%s.events", dir, name);
	want = fopen(path, update ? "w" : "r");
	assert_non_null(want);
	while (fgets(line, sizeof(line), log)) {
		struct event ev;
		struct line ln;
		enum parse_result r;
		const char *who;

		n++;
		line[strcspn(line, "\n")] = '\0';
		companion_frame(str_c(line), &ln);
		r = ask(&ln, &ev, &who);
		buf_clear(&out);
		buf_printf(&out, "%s: ", who);
		if (r == PARSE_EVENT)
			event_dump(&ev, &out);
		else
			buf_puts(&out, r == PARSE_IGNORED ? "ignored" :
				       r == PARSE_UNKNOWN ? "unknown" :
							    "foreign");
		if (r == PARSE_EVENT && ev.flags & EVF_SECRET)
			buf_puts(&out, " secret");
		if (update) {
			fprintf(want, "%s\n", buf_c(&out));
			continue;
		}
		assert_non_null(fgets(expect, sizeof(expect), want));
		expect[strcspn(expect, "\n")] = '\0';
		if (!str_eq(str_c(expect), buf_str(&out)))
			fail_msg("%s/%s, line %u:\n  is     %s\n  should %s",
			    dir, name, n, buf_c(&out), expect);
	}
	assert_true(update || !fgets(line, sizeof(line), want));
	assert_true(n > 0);
	fclose(log);
	fclose(want);
}

static void
test_fixtures(void **state)
{
	static const char *const dirs[] = { "amavis", "dovecot", "companions" };

	(void)state;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		char path[256];
		struct dirent *e;
		unsigned n = 0;
		DIR *d;

		snprintf(path, sizeof(path), "fixtures/%s", dirs[i]);
		d = opendir(path);
		assert_non_null(d);
		while ((e = readdir(d)) != NULL) {
			char *dot = strrchr(e->d_name, '.');

			if (!dot || strcmp(dot, ".log") != 0)
				continue;
			*dot = '\0';
			check_fixture(dirs[i], e->d_name);
			n++;
		}
		closedir(d);
		assert_true(n >= 2);
	}
}

struct counts {
	uint64_t own, unknown;
};

static void
count_file(const char *path, struct counts *c)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	assert_non_null(f);
	while ((n = getline(&line, &cap, f)) > 0) {
		struct event ev;
		struct line ln;
		enum parse_result r;
		const char *who;

		if (line[n - 1] == '\n')
			n--;
		companion_frame(str_make(line, (size_t)n), &ln);
		r = ask(&ln, &ev, &who);
		c->own += r != PARSE_FOREIGN;
		c->unknown += r == PARSE_UNKNOWN;
		if (r == PARSE_UNKNOWN)
			print_message("unknown to %s: " STR_FMT "\n", who,
			    STR_ARG(ln.raw));
	}
	free(line);
	fclose(f);
}

/* Every file of the tree that is plain text. */
static void
count_dir(const char *dir, struct counts *c, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return;
	while (depth < 5 && (e = readdir(d)) != NULL) {
		const char *dot = strrchr(e->d_name, '.');
		char path[1024];
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			count_dir(path, c, depth + 1);
		else if (dot &&
			 (strcmp(dot, ".log") == 0 || strcmp(dot, ".1") == 0))
			count_file(path, c);
	}
	closedir(d);
}

static void
count(const char *dir, struct counts *c)
{
	*c = (struct counts){ 0, 0 };
	count_dir(dir, c, 0);
	if (!c->own) {
		print_message("%s is not here: skipped\n", dir);
		skip();
	}
	print_message("%s: %llu lines of ours, %llu unknown\n", dir,
	    (unsigned long long)c->own, (unsigned long long)c->unknown);
}

static void
test_lab(void **state)
{
	struct counts c;

	(void)state;
	count("../shared/corpora/lab", &c);
	assert_int_equal(c.unknown, 0);
}

static void
test_public(void **state)
{
	struct counts c;

	(void)state;
	count("../shared/corpora/public", &c);
	assert_true(c.unknown * 100 < c.own * 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_lab),
		cmocka_unit_test(test_public),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	buf_release(&out);
	return rc;
}
