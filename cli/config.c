/*
 * config.c: reads the configuration file by inih.
 *
 * inih as distributions build it takes lines of 199 bytes and does not tell
 * its handler the line: we give it the lines, and know.  A longer line is
 * handed over in pieces cut after a comma, the later ones indented, which is
 * inih's own form of a continued value.
 */
#include <errno.h>
#include <glob.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/config.h"
#include "parsers/axigen.h"
#include "base/banned.h"

#define SYSTEM_FILE "/etc/mailtrace/mailtrace.conf"

enum { LINE_MAX_BYTES = 64 * 1024, LINES_MAX = 100000 };

struct reader {
	struct config *c;
	FILE *f;
	const char *file;
	struct buf line; /* the physical line */
	struct str text; /* what of it was not handed over yet */
	bool more;	 /* continues the value before */
	int number;	 /* of the physical line */
	struct err *err;
	bool failed;
	char section[256];
	char key[256];
};

static void
fail(struct reader *r, const char *fmt, ...)
{
	struct err why;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why.msg, sizeof(why.msg), fmt, ap);
	va_end(ap);
	if (!r->failed)
		err_set(r->err, "%s:%d: %s", r->file, r->number, why.msg);
	r->failed = true;
}

/*
 * What the line is.  Indented and without a '=': more of the value before.
 * The name of a section is kept here, as inih cuts it at 49 bytes.
 */
static void
look(struct reader *r)
{
	struct str s = buf_str(&r->line), t;
	ptrdiff_t end;
	struct err why;

	if (r->number == 1 && str_starts(s, STR("\xef\xbb\xbf")))
		s = str_from(s, 3);
	t = str_trim(s);
	r->text = STR_NONE;
	if (!t.n || t.p[0] == '#' || t.p[0] == ';')
		return;
	r->more = is_space(s.p[0]) && r->key[0] && str_chr(t, '=') < 0 &&
		  t.p[0] != '[';
	r->text = t;
	if (t.p[0] == '[') {
		end = str_chr(t, ']');
		if (end < 0) {
			fail(r, "the section has no ']'");
			return;
		}
		snprintf(r->section, sizeof(r->section), STR_FMT,
		    STR_ARG(str_trim(str_make(t.p + 1, (size_t)end - 1))));
		r->key[0] = '\0';
		r->text = STR("[section]");
		if (config_section(r->c, r->section, &why) < 0)
			fail(r, "%s", why.msg);
	} else if (!r->more && str_chr(t, '=') < 0 && str_chr(t, ':') < 0) {
		fail(r, "neither '[section]' nor 'key = value'");
	}
}

/* The next physical line, whole; false at the end. */
static bool
next_line(struct reader *r)
{
	int ch;

	buf_clear(&r->line);
	if (r->failed || r->number >= LINES_MAX)
		return false;
	while ((ch = getc(r->f)) != EOF && ch != '\n')
		buf_putc(&r->line, (char)ch);
	if (ch == EOF && !r->line.n)
		return false;
	r->number++;
	if (r->line.toobig)
		fail(r, "the line is longer than %d bytes", LINE_MAX_BYTES);
	else if (memchr(buf_c(&r->line), 0, r->line.n))
		fail(r, "a NUL byte: this is no text file");
	else
		look(r);
	return !r->failed;
}

/* Where to cut so that at most `most` bytes are taken: after a comma. */
static size_t
cut(struct str s, size_t most)
{
	if (s.n <= most)
		return s.n;
	for (size_t i = most; i > 0; i--)
		if (s.p[i - 1] == ',')
			return i;
	return 0;
}

/* inih's reader, as fgets(): a line, or a piece of one. */
static char *
give(char *to, int room, void *ctx)
{
	enum { FRAME = 3 }; /* the indentation, LF, NUL */
	struct reader *r = ctx;
	size_t n;

	if (r->failed)
		return NULL;
	if (r->text.n)
		r->more = true; /* the rest of a long line */
	else if (!next_line(r))
		return NULL;
	n = cut(r->text, (size_t)room - FRAME);
	if (r->text.n && !n) {
		fail(r, "the line is too long: break it after a comma and "
			"indent what follows");
		return NULL;
	}
	snprintf(to, (size_t)room, "%s" STR_FMT "\n", r->more ? " " : "",
	    (int)n, r->text.p ? r->text.p : "");
	r->text = str_trim(str_from(r->text, n));
	return to;
}

static int
handler(void *ctx, const char *section, const char *name, const char *value)
{
	struct reader *r = ctx;
	struct err why;

	(void)section;
	if (r->failed)
		return 0;
	if (!r->more)
		snprintf(r->key, sizeof(r->key), "%s", name);
	if (config_set(r->c, r->section, r->key, str_c(value), r->more, &why) <
	    0)
		fail(r, "%s", why.msg);
	return !r->failed;
}

static int
read_file(struct config *c, const char *file, struct err *err)
{
	struct reader r = { .c = c,
		.file = file,
		.err = err,
		.line = BUF_INIT(LINE_MAX_BYTES) };
	int rc;

	r.f = fopen(file, "re");
	if (!r.f)
		return err_set(err, "cannot read the configuration '%s': %s",
		    file, strerror(errno));
	rc = ini_parse_stream(give, &r, handler, &r);
	if (ferror(r.f))
		rc = err_set(err, "cannot read the configuration '%s': %s",
		    file, strerror(errno));
	else if (rc || r.failed) {
		fail(&r, "neither '[section]' nor 'key = value'");
		rc = -1;
	}
	fclose(r.f);
	buf_release(&r.line);
	return rc;
}

int
config_load(struct config *c, const char *file, struct err *err)
{
	*c = (struct config){ 0 };
	if (!file)
		file = getenv("MAILTRACE_CONFIG");
	if (file && !*file)
		file = NULL;
	if (!file && access(SYSTEM_FILE, F_OK) == 0)
		file = SYSTEM_FILE;
	if (!file)
		return 0;
	c->file = arena_cstr(&c->arena, str_c(file));
	if (read_file(c, file, err) < 0)
		return -1;
	if (config_finish(c, err) < 0)
		return err_prefix(err, "%s", file);
	if (c->axigen_patterns &&
	    axigen_patterns_load(c->axigen_patterns, err) < 0)
		return err_prefix(err, "%s: 'axigen_patterns'", file);
	return 0;
}

static struct classifier *
classifier(struct config *c, bool at_once, struct err *err)
{
	const char **file = NULL;
	size_t n = 0, cap = 0;
	glob_t g;

	for (size_t i = 0; i < c->ndr_rules.n; i++) {
		const char *pat = arena_cstr(&c->arena, c->ndr_rules.v[i]);

		/* a name that matches nothing stays: opening it will say so;
		 * a folder for rules may well be empty */
		if (glob(pat, strpbrk(pat, "*?[") ? 0 : GLOB_NOCHECK, NULL,
			&g) != 0)
			continue;
		for (size_t k = 0; k < g.gl_pathc; k++) {
			arena_grow(&c->arena, file, n, cap);
			file[n++] = arena_cstr(&c->arena, str_c(g.gl_pathv[k]));
		}
		globfree(&g);
	}
	return n || at_once ? classifier_new(file, n, err) : classifier_later();
}

struct classifier *
config_classifier(struct config *c, struct err *err)
{
	return classifier(c, false, err);
}

struct classifier *
config_classifier_and(struct config *c, const char *const *file, size_t n,
    struct err *err)
{
	struct config_list *conf = &c->ndr_rules;
	struct str *all = arena_array(&c->arena, struct str, n + conf->n + 1);

	for (size_t i = 0; i < n; i++)
		all[i] = str_c(file[i]);
	for (size_t i = 0; i < conf->n; i++)
		all[n + i] = conf->v[i];
	*conf = (struct config_list){ all, n + conf->n };
	return classifier(c, true, err);
}

void
config_release(struct config *c)
{
	arena_release(&c->arena);
	arena_release(&c->site.arena);
	*c = (struct config){ 0 };
}
