/*
 * ingest_part.h: what ingest.c keeps in files of their own.
 */
#ifndef INDEX_INGEST_PART_H
#define INDEX_INGEST_PART_H

#include "index/ingest.h"
#include "index/pipe.h"
#include "index/writer.h"
#include "parsers/line.h"
#include "parsers/source.h"

enum { SHAPE_MAX = 160 };

/*
 * The shape of a line: its program and its words, with numbers, ids and
 * addresses replaced, so that lines of one kind count as one.
 */
struct str line_shape(const struct line *ln, char out[SHAPE_MAX]);

/* ---- ingest_list.c: what is said about sources ---- */

struct year_past;

struct ingest_site {
	const struct ingest_opts *o;
	int64_t now_us;
	char this_host[256];
};

/* Makes the folders above a store that is about to be made. */
int ingest_place(const char *store, struct err *err);

/* Of lines that name none. */
struct str ingest_host(const struct ingest_site *site, const char *path);

/* The paths, and journal files that were moved from there (*npaths counts them
 * too), and what is in doubt of the store (w; may be NULL): these are asked for
 * by no path (source.asked >= *npaths). */
int ingest_list(struct ingest_site *site, const char *const *paths,
    size_t *npaths, const struct writer *w, struct year_past *past,
    struct sources *src, struct err *err);

/* ---- ingest_known.c: whether a source was read before ---- */

/* The source that began with these bytes, or NULL. */
struct writer_source *ingest_known(const struct writer *w,
    const struct source *s, struct str first);

/* ---- ingest_journal.c: files of the journal that were rotated ---- */

/*
 * A journal file named by itself was not read to its end, and another one
 * stands there now: its new name ("journal:..."), from its folder; NULL: it is
 * still there, or gone.
 */
const char *ingest_journal_moved(const struct writer *w, const char *path,
    struct arena *a);

/*
 * Those that are gone from a folder that is read now: a gap each, from their
 * last line to what is there.  How many.
 */
size_t ingest_journal_lost(struct writer *w, const struct sources *src,
    struct pipe *pipe);

/* ---- ingest_year.c: stamps without a year ---- */

/* Stands before the reader's bytes in the state of a source. */
struct year_state {
	int year; /* of the first line; 0: printed, or not known */
	enum year_how how;
};

void year_save(struct buf *out, const struct year_state *y);
/* Takes it off *state; what has none is of an older program and sure. */
struct year_state year_load(struct str *state);

/*
 * What the store knows: sources whose year is sure, as examples; and the paths
 * of those whose year was guessed and that can still be looked at.
 */
struct year_past {
	struct arena arena;
	struct source_known *known;
	size_t nknown, cknown;
	const char **doubt;
	size_t ndoubt, cdoubt;
};

void year_past_load(struct year_past *p, const struct writer *w);
void year_past_release(struct year_past *p);

/*
 * Whether a source that was read with a guess is of another year: it must be
 * read again.  A guess that was right is noted as sure.
 */
bool year_wrong(struct writer *w, struct writer_source *src,
    const struct source *now);

#endif
