/*
 * lines.h: bytes -> physical lines, with no copy.
 *
 * The bytes come as views, each of which begins with what the one before left
 * over, so that a line is always in one piece:
 *
 *	struct lines l;
 *	lines_init(&l, 0, 0);
 *	while ((r = input_next(in, lines_left(&l), &view, &err)) > 0) {
 *		lines_feed(&l, view);
 *		while (lines_next(&l, &ln))
 *			...	(ln.raw, offset, number, flags are set)
 *	}
 *	lines_close(&l);
 *	while (lines_next(&l, &ln)) ...
 *
 * A line ends at LF; one CR before it is taken off, NUL bytes are taken out
 * (LINE_NUL), a byte order mark at the very beginning is dropped, and what is
 * longer than LINE_MAX_BYTES is cut there (LINE_CUT).  The last line, while it
 * has no LF, is held back until lines_close().  An empty line is a line.
 *
 * To join physical lines see lines_peek() and lines_take() (join.h).
 */
#ifndef PARSERS_LINES_H
#define PARSERS_LINES_H

#include "base/buf.h"
#include "parsers/line.h"

enum {
	LINE_MAX_BYTES = 64 * 1024, /* of a physical or joined line */
	LINES_KEEP_MAX = 2 * LINE_MAX_BYTES + 4096, /* lines_left() at most */
};

struct lines {
	const char *p; /* next byte */
	const char *end;
	const char *from; /* first byte of the line given last */
	uint64_t base;	  /* decoded offset of p */
	uint64_t from_base;
	uint64_t number; /* of the line given last */
	uint64_t from_number;
	bool closed;
	bool skipping;	  /* dropping the rest of an over-long line */
	struct buf clean; /* a line without its NULs */
};

/* Starts at this decoded offset, behind that many lines. */
void lines_init(struct lines *l, uint64_t offset, uint64_t number);
void lines_release(struct lines *l);

/* The next bytes; the view begins with the last lines_left() bytes. */
void lines_feed(struct lines *l, struct str view);

/* Bytes not given yet, to be kept in front of the next view. */
size_t lines_left(const struct lines *l);

/* No more bytes: what is left is a line too. */
void lines_close(struct lines *l);

/* The next line: raw, offset, number and flags; everything else is zeroed. */
bool lines_next(struct lines *l, struct line *ln);

/* The bytes behind the line last given that are at hand: may be cut. */
static inline struct str
lines_ahead(const struct lines *l)
{
	return str_make(l->p, l->skipping ? 0 : (size_t)(l->end - l->p));
}

/*
 * Looks at the physical line that follows the one given last: 1 and its first
 * bytes (no more than 80), 0 the end, -1 not known before more bytes come.
 */
int lines_peek(const struct lines *l, struct str *head);

/* Joins that line to *ln (raw grows, LINE_JOINED); false when too long. */
bool lines_take(struct lines *l, struct line *ln);

/* Gives the line given last once more, after more bytes have come. */
void lines_hold(struct lines *l);

/* At most n raw bytes, also across line ends (binary fields). */
struct str lines_bytes(struct lines *l, size_t n);

/* Decoded offset behind the last line given: where to go on. */
static inline uint64_t
lines_offset(const struct lines *l)
{
	return l->base;
}

#endif
