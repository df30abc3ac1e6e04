/*
 * check_list.c: targets from files, standard input and pages.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/check.h"
#include "base/banned.h"

void
check_add(struct check_run *run, struct str text, enum job_kind kind)
{
	text = str_trim(text);
	if (run->ntarget >= CHECK_MAX_TARGETS)
		return;
	for (size_t i = 0; i < run->ntarget; i++)
		if (str_eqi(run->target[i].text, text))
			return;
	arena_grow(&run->arena, run->target, run->ntarget, run->cap);
	run->target[run->ntarget++] =
	    (struct check_target){ .text = arena_dup(&run->arena, text),
		    .kind = kind };
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
	if (!rc && str_findi(rest, STR("mailto:")) >= 0) {
		struct mailto m;

		mailto_extract(&run->arena, rest, &m);
		for (size_t i = 0; i < m.ngood; i++)
			check_add(run, m.good[i], JOB_ADDRESS);
		for (size_t i = 0; i < m.nbroken; i++)
			check_add(run, m.broken[i], JOB_ADDRESS);
	} else if (!rc) {
		while (rest.p) {
			struct str line = str_trim(str_split(&rest, '\n'));

			if (line.n && line.p[0] != '#')
				check_add(run, line, JOB_GUESS);
		}
	}
	buf_release(&b);
	return rc;
}
