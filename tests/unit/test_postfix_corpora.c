/*
 * test_postfix_corpora.c: the Postfix parser over whole logs of others, where
 * they lie beside the checkout; skipped where they do not.
 *
 * Public logs: under one line in a thousand is unknown.  Logs of the lab: of
 * the lines that make a hop 97 in a hundred can be printed again from their
 * event, byte for byte, and every event that says it can, can.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/unit/postfix_lines.h"
#include "base/banned.h"

struct counts {
	uint64_t lines, events, ignored, unknown;
	uint64_t hop, hop_canon; /* lines that make a hop */
};

static struct buf out = BUF_INIT(1 << 20);

static void
count_line(struct str raw, struct counts *c)
{
	struct event ev;
	struct line ln;
	enum parse_result r;

	if (raw.n && raw.p[raw.n - 1] == '\r')
		raw.n--;
	if (!frame_line(raw, &ln))
		return;
	ev_clear(&ev);
	r = parser_postfix.parse(&ln, &ev);
	if (r == PARSE_FOREIGN)
		return;
	c->lines++;
	c->events += r == PARSE_EVENT;
	c->ignored += r == PARSE_IGNORED;
	if (r == PARSE_UNKNOWN) {
		c->unknown++;
		print_message("unknown: " STR_FMT "\n", STR_ARG(raw));
	}
	if (r != PARSE_EVENT)
		return;
	if (!prints_back(&ln, &ev, &out))
		fail_msg("'" STR_FMT "' is printed as '%s'", STR_ARG(ln.text),
		    buf_c(&out));
	switch (ev.kind) {
	case EV_DELIVERY:
	case EV_ARRIVE:
	case EV_MSGID:
	case EV_ACTIVE:
	case EV_END:
		c->hop++;
		c->hop_canon += (ev.flags & EVF_CANON) != 0;
		break;
	default:
		break;
	}
}

/* Plain text only: these are tests of lines, not of files. */
static bool
plain(const char *name)
{
	const char *dot = strrchr(name, '.');

	return !dot || (strcmp(dot, ".gz") && strcmp(dot, ".xz") &&
			   strcmp(dot, ".zst") && strcmp(dot, ".md") &&
			   strcmp(dot, ".json") && strcmp(dot, ".jsonl") &&
			   strcmp(dot, ".tsv"));
}

static void
count_file(const char *path, struct counts *c)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	assert_non_null(f);
	while ((n = getline(&line, &cap, f)) > 0) {
		if (line[n - 1] == '\n')
			n--;
		count_line(str_make(line, (size_t)n), c);
	}
	free(line);
	fclose(f);
}

static void
count_dir(const char *dir, struct counts *c, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d || depth > 5) {
		if (d)
			closedir(d);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		char path[1024];
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			count_dir(path, c, depth + 1);
		else if (S_ISREG(st.st_mode) && plain(e->d_name))
			count_file(path, c);
	}
	closedir(d);
}

static void
count(const char *dir, struct counts *c)
{
	*c = (struct counts){ 0 };
	count_dir(dir, c, 0);
	if (!c->lines) {
		print_message("%s is not here: skipped\n", dir);
		skip();
	}
	print_message("%s: %llu lines, %llu events, %llu ignored, %llu "
		      "unknown; %llu of %llu canonical\n",
	    dir, (unsigned long long)c->lines, (unsigned long long)c->events,
	    (unsigned long long)c->ignored, (unsigned long long)c->unknown,
	    (unsigned long long)c->hop_canon, (unsigned long long)c->hop);
	assert_int_equal(c->lines, c->events + c->ignored + c->unknown);
}

static void
test_public(void **state)
{
	struct counts c;

	(void)state;
	count("../shared/corpora/public/postfix", &c);
	assert_true(c.unknown * 1000 < c.lines);
}

static void
test_lab(void **state)
{
	struct counts c;

	(void)state;
	count("../shared/corpora/lab", &c);
	assert_int_equal(c.unknown, 0);
	assert_true(c.hop_canon * 100 >= c.hop * 97);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_lab),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	buf_release(&out);
	return rc;
}
