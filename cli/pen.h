/*
 * pen.h: text for people: escaped, coloured, wrapped.
 *
 * Bytes from outside go through pen_str(): control bytes, bytes that are no
 * UTF-8 and marks that steer a terminal are shown as \x1b or \u{202e}.  The
 * pen knows the column it stands at.
 */
#ifndef CLI_PEN_H
#define CLI_PEN_H

#include "base/buf.h"

enum ink {
	INK_NONE,
	INK_GOOD,
	INK_WAIT,
	INK_BAD,
	INK_DIM,
	INK_BOLD,
	INK_NAME,
	INK_COUNT
};

struct pen {
	struct buf *out;
	const char *tz;
	int width; /* columns */
	bool color;
	bool utf8;
	bool whole; /* no terminal: pen_cut() cuts nothing */
	int col;    /* where it stands; counted by pen_* only */
};

void pen_str(struct pen *p, struct str s); /* escaped */
void pen_c(struct pen *p, const char *s);  /* our own words */
void pen_printf(struct pen *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void pen_nl(struct pen *p);
void pen_ink(struct pen *p, enum ink ink); /* until pen_plain() */
void pen_plain(struct pen *p);
void pen_pad(struct pen *p, int col); /* blanks up to a column */

/* Columns that pen_str() would take. */
int pen_width(const struct pen *p, struct str s);

/* pen_str() cut to `most` columns, with a mark where it was cut. */
void pen_cut(struct pen *p, struct str s, int most);

/*
 * A sentence, escaped, broken between words before the right margin; it starts
 * where the pen is (column `col`), further lines at column `indent`.  Ends
 * the line.
 */
void pen_wrap(struct pen *p, struct str s, int col, int indent);

/* "1.4 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". */
void pen_span(struct pen *p, int64_t us);
void span_print(struct buf *out, int64_t us);

/* "831 bytes", "12.3 kB", "4.0 MB". */
void size_print(struct buf *out, int64_t bytes);

/* 1234567 -> "1 234 567" */
void count_print(struct buf *out, uint64_t n);

#endif
