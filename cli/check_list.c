/*
 * check_list.c: targets from files, standard input and pages, and where in
 * them they stand.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/check.h"
#include "base/banned.h"

static struct check_target *
target(struct check_run *run, struct str text, enum job_kind kind)
{
	text = str_trim(text);
	for (size_t i = 0; i < run->ntarget; i++)
		if (str_eqi(run->target[i].text, text))
			return &run->target[i];
	if (run->ntarget >= CHECK_MAX_TARGETS)
		return NULL;
	arena_grow(&run->arena, run->target, run->ntarget, run->cap);
	run->target[run->ntarget] =
	    (struct check_target){ .text = arena_dup(&run->arena, text),
		    .kind = kind };
	return &run->target[run->ntarget++];
}

void
check_add(struct check_run *run, struct str text, enum job_kind kind)
{
	target(run, text, kind);
}

void
check_add_at(struct check_run *run, struct str text, enum job_kind kind,
    const char *file, struct check_place place)
{
	struct check_target *t = target(run, text, kind);

	if (!t) {
		run->left_out++;
		return;
	}
	if (!t->file)
		t->file = file;
	t->seen++;
	if (t->nplace >= CHECK_MAX_PLACES)
		return;
	arena_grow(&run->arena, t->place, t->nplace, t->cap_place);
	t->place[t->nplace++] = place;
}

/* From one offset of a text to the next: line and column. */
struct cursor {
	struct str text;
	size_t at;
	struct check_place place;
};

static struct check_place
move_to(struct cursor *c, size_t at)
{
	for (; c->at < at && c->at < c->text.n; c->at++) {
		unsigned char b = (unsigned char)c->text.p[c->at];

		if (b == '\n') {
			c->place.line++;
			c->place.column = 1;
		} else if (b < 0x80 || b >= 0xc0) {
			c->place.column++;
		}
	}
	return c->place;
}

static void
read_page(struct check_run *run, struct str text, const char *file)
{
	struct cursor c = { .text = text, .place = { 1, 1 } };
	struct mailto m;

	mailto_extract(&run->arena, text, &m);
	for (size_t i = 0; i < m.nplace; i++)
		check_add_at(run, m.place[i].text, JOB_ADDRESS, file,
		    move_to(&c, m.place[i].at));
	for (size_t i = 0; i < m.nplace; i++)
		if (!m.place[i].good) {
			struct check_target *t =
			    target(run, m.place[i].text, JOB_ADDRESS);

			if (t)
				t->broken_link = true;
		}
}

/* One a line; blank lines and comments are left out. */
static void
read_lines(struct check_run *run, struct str text, const char *file)
{
	struct cursor c = { .text = text, .place = { 1, 1 } };
	struct str rest = text;

	if (str_starts(rest, STR("\xef\xbb\xbf"))) /* byte order mark */
		rest = str_from(rest, 3);
	while (rest.p) {
		struct str line = str_trim(str_split(&rest, '\n'));

		if (line.n && line.p[0] != '#')
			check_add_at(run, line, JOB_GUESS, file,
			    move_to(&c, (size_t)(line.p - text.p)));
	}
}

static int
read_all(FILE *f, struct buf *b)
{
	char part[65536];
	size_t n;

	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_addn(b, part, n);
	return ferror(f) || b->toobig ? -1 : 0;
}

int
check_read_list(struct check_run *run, const char *path, struct err *err)
{
	struct buf b = BUF_INIT(CHECK_MAX_FILE);
	bool in = strcmp(path, "-") == 0;
	FILE *f = in ? stdin : fopen(path, "re");
	struct str rest;
	int rc = 0;

	if (!f)
		return err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
	if (read_all(f, &b) < 0)
		rc = b.toobig ? err_set(err, "'%s' is larger than %d MiB", path,
				    CHECK_MAX_FILE >> 20) :
				err_set(err, "cannot read '%s': %s", path,
				    strerror(errno));
	if (!in)
		fclose(f);
	rest = buf_str(&b);
	run->list = true;
	if (!rc && str_findi(rest, STR("mailto:")) >= 0)
		read_page(run, rest, in ? "standard input" : path);
	else if (!rc)
		read_lines(run, rest, in ? "standard input" : path);
	buf_release(&b);
	return rc;
}
