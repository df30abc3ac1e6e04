/*
 * writer_source.c: what was read: the table of sources, in memory while the
 * store is open.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/writer_part.h"
#include "base/banned.h"

enum {
	NAME_MAX_ = 4096,
	SOURCE_STATE_MAX = 16 * 1024 * 1024,
};

static struct str
copy(struct str s, size_t max)
{
	char *p;

	s = str_head(s, max);
	p = xmalloc(s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return str_make(p, s.n);
}

static void
set(struct str *to, struct str s, size_t max)
{
	struct str old = *to;

	*to = copy(s, max);
	free((char *)(uintptr_t)old.p);
}

static void
source_free(struct writer_source *s)
{
	free((char *)(uintptr_t)s->name.p);
	free((char *)(uintptr_t)s->host.p);
	free((char *)(uintptr_t)s->print.p);
	free((char *)(uintptr_t)s->state.p);
	free(s);
}

void
sources_release(struct writer *w)
{
	for (size_t i = 0; i < w->nsource; i++)
		source_free(w->source[i]);
	free(w->source);
	map_release(&w->by_print);
	w->source = NULL;
	w->nsource = w->csource = 0;
}

static void
index_print(struct writer *w, struct writer_source *s)
{
	if (s->print.n) { /* the newest of several wins */
		map_del(&w->by_print, s->print);
		*map_slot(&w->by_print, s->print) = s;
	}
}

static struct writer_source *
add_source(struct writer *w, struct str name, struct str host, struct str print,
    struct str state)
{
	struct writer_source *s = xcalloc(1, sizeof(*s));

	s->name = copy(name, NAME_MAX_);
	s->host = copy(host, NAME_MAX_);
	s->print = copy(print, WRITER_PRINT_MAX);
	s->state = copy(state, SOURCE_STATE_MAX);
	if (w->nsource == w->csource) {
		w->csource = w->csource ? 2 * w->csource : 64;
		w->source = xreallocarray(w->source, w->csource,
		    sizeof(struct writer_source *));
	}
	w->source[w->nsource++] = s;
	index_print(w, s);
	return s;
}

int
sources_load(struct writer *w, struct err *err)
{
	sqlite3_stmt *st = db_prep(w->control,
	    "SELECT id, name, host, print, "
	    "state, dev, inode, size, mtime, done, line, t0, t1, lines, "
	    "events, ignored, unknown, foreign_, finished FROM source "
	    "ORDER BY id",
	    err);
	int rc;

	sources_release(w);
	if (!st)
		return -1;
	while ((rc = db_step(st, err)) == 1) {
		struct writer_source *s = add_source(w, db_blob(st, 1),
		    db_blob(st, 2), db_blob(st, 3), db_blob(st, 4));

		s->id = (uint32_t)sqlite3_column_int64(st, 0);
		s->dev = (uint64_t)sqlite3_column_int64(st, 5);
		s->inode = (uint64_t)sqlite3_column_int64(st, 6);
		s->size = (uint64_t)sqlite3_column_int64(st, 7);
		s->mtime = sqlite3_column_int64(st, 8);
		s->done = (uint64_t)sqlite3_column_int64(st, 9);
		s->line = (uint64_t)sqlite3_column_int64(st, 10);
		s->t0_us = sqlite3_column_int64(st, 11);
		s->t1_us = sqlite3_column_int64(st, 12);
		s->lines = (uint64_t)sqlite3_column_int64(st, 13);
		s->events = (uint64_t)sqlite3_column_int64(st, 14);
		s->ignored = (uint64_t)sqlite3_column_int64(st, 15);
		s->unknown = (uint64_t)sqlite3_column_int64(st, 16);
		s->foreign = (uint64_t)sqlite3_column_int64(st, 17);
		s->finished = sqlite3_column_int(st, 18) != 0;
		if (s->id >= w->next_source)
			w->next_source = s->id + 1;
	}
	sqlite3_finalize(st);
	return rc;
}

size_t
writer_source_count(const struct writer *w)
{
	return w->nsource;
}

struct writer_source *
writer_source_at(const struct writer *w, size_t i)
{
	return w->source[i];
}

struct writer_source *
writer_source_by_id(const struct writer *w, uint32_t id)
{
	size_t lo = 0, hi = w->nsource; /* ids ascend */

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (w->source[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->nsource && w->source[lo]->id == id ? w->source[lo] :
							    NULL;
}

struct writer_source *
writer_source_find(const struct writer *w, struct str print)
{
	return map_get(&w->by_print, str_head(print, WRITER_PRINT_MAX));
}

struct writer_source *
writer_source_new(struct writer *w, struct str name, struct str print)
{
	struct writer_source *s = add_source(w, name, STR(""), print, STR(""));

	s->id = w->next_source++;
	s->dirty = true;
	return s;
}

void
writer_source_touch(struct writer *w, struct writer_source *s)
{
	(void)w;
	s->dirty = true;
}

void
writer_source_set_name(struct writer *w, struct writer_source *s,
    struct str name)
{
	set(&s->name, name, NAME_MAX_);
	writer_source_touch(w, s);
}

void
writer_source_set_host(struct writer *w, struct writer_source *s,
    struct str host)
{
	set(&s->host, host, NAME_MAX_);
	writer_source_touch(w, s);
}

void
writer_source_set_print(struct writer *w, struct writer_source *s,
    struct str print)
{
	if (map_get(&w->by_print, s->print) == s)
		map_del(&w->by_print, s->print);
	set(&s->print, print, WRITER_PRINT_MAX);
	index_print(w, s);
	writer_source_touch(w, s);
}

void
writer_source_set_state(struct writer *w, struct writer_source *s,
    struct str state)
{
	set(&s->state, state, SOURCE_STATE_MAX);
	writer_source_touch(w, s);
}
