/*
 * ingest_journal.c: files of the journal come and go.  journald renames the
 * one it writes when it is full, and removes the oldest: what was not read by
 * then is a gap, and is said as one.
 */
#include <dirent.h>

#include "index/ingest_part.h"
#include "parsers/journal_file.h"
#include "base/banned.h"

enum { PATH_LIMIT = 4096, FILES_MAX = 10000 };

/* A journal that more may be read of. */
static bool
is_open(const struct writer_source *s)
{
	return !s->finished && str_starts(s->name, STR("journal:"));
}

static bool
is_print(const struct writer_source *s, struct str known_by)
{
	struct print pr;

	return print_unpack(s->print, &pr) && pr.n &&
	       print_matches(&pr, known_by);
}

/* With its slash. */
static struct str
folder(struct str path)
{
	return str_head(path, (size_t)(str_rchr(path, '/') + 1));
}

/* "system" of system.journal and system@3b1f...journal, "user-1000". */
static struct str
stem(struct str path)
{
	struct str s = str_from(path, folder(path).n);
	size_t n = 0;

	while (n < s.n && s.p[n] != '@' && s.p[n] != '.')
		n++;
	return str_head(s, n);
}

const char *
ingest_journal_moved(const struct writer *w, const char *path, struct arena *a)
{
	const struct writer_source *s = NULL;
	const char *file = journal_path(path), *found = NULL;
	struct journal_file f;
	struct dirent *e;
	struct err err;
	struct str dir;
	int left = FILES_MAX;
	DIR *d;

	if (!file || !*file)
		return NULL;
	for (size_t i = writer_source_count(w); i-- > 0 && !s;) {
		s = writer_source_at(w, i);
		if (!is_open(s) || !str_eq(s->name, str_c(path)))
			s = NULL;
	}
	if (!s || (journal_file_look(file, &f, &err) == 0 &&
		      is_print(s, str_c(f.known_by))))
		return NULL;
	dir = folder(str_c(file));
	d = opendir(dir.n ? arena_cstr(a, dir) : ".");
	while (d && !found && left-- > 0 && (e = readdir(d)) != NULL) {
		struct str name;

		if (!journal_file_name(e->d_name))
			continue;
		name = arena_printf(a, "journal:" STR_FMT "%s", STR_ARG(dir),
		    e->d_name);
		if (journal_file_look(journal_path(name.p), &f, &err) == 0 &&
		    is_print(s, str_c(f.known_by)))
			found = name.p;
	}
	if (d)
		closedir(d);
	return found;
}

/* The earliest file beside it that goes on after it; NULL: it is itself among
 * them, or there is none. */
static const struct source *
next_of(const struct writer_source *s, const struct sources *src)
{
	const struct source *next = NULL;

	for (size_t i = 0; i < src->n; i++) {
		const struct source *o = &src->s[i];
		struct str path = str_c(o->path);

		if (!o->journal || o->error)
			continue;
		if (is_print(s, o->known_by))
			return NULL;
		if (o->first_us >= s->t1_us &&
		    str_eq(folder(path), folder(s->name)) &&
		    str_eq(stem(path), stem(s->name)) &&
		    (!next || o->first_us < next->first_us))
			next = o;
	}
	return next;
}

size_t
ingest_journal_lost(struct writer *w, const struct sources *src,
    struct pipe *pipe)
{
	size_t lost = 0;

	for (size_t i = 0; i < writer_source_count(w); i++) {
		struct writer_source *s = writer_source_at(w, i);
		const struct source *next;

		if (!is_open(s))
			continue;
		next = next_of(s, src);
		if (!next)
			continue;
		pipe_gap(pipe, s->id, s->host,
		    s->t1_us ? s->t1_us : next->first_us, next->first_us,
		    STR("the journal was rotated away before it was read to "
			"its end"));
		s->finished = true; /* said once */
		writer_source_touch(w, s);
		lost++;
	}
	return lost;
}
