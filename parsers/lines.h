/*
 * lines.h: an input cut into lines.
 *
 *	struct lines l;
 *	lines_init(&l, input, offset, number);
 *	while ((rc = lines_next(&l, &ln, &err)) == 1) ...
 *	lines_release(&l);
 *
 * A line is capped at LINE_MAX_BYTES (the rest is dropped, LINE_CUT), one CR
 * at its end, NULs and a byte order mark are taken out.  The last line of a
 * file that may still grow is given only once its LF is there.
 */
#ifndef PARSERS_LINES_H
#define PARSERS_LINES_H

#include "base/buf.h"
#include "parsers/input.h"
#include "parsers/line.h"

enum { LINE_MAX_BYTES = 64 * 1024 };

struct lines {
	struct input *in;
	struct str block; /* what is left of the current block */
	struct buf carry; /* a line over the end of a block, or mended */
	bool carrying;
	bool whole;	  /* give an unfinished last line, too */
	uint64_t offset;  /* of the next line */
	uint64_t number;  /* of the line before it */
	uint64_t dropped; /* bytes of over-long lines */
};

void lines_init(struct lines *l, struct input *in, uint64_t offset,
    uint64_t number);
void lines_release(struct lines *l);

/*
 * 1 a line: raw, offset, number and flags are set, views live until the next
 * call; 0 the end; -1 the input broke off.
 */
int lines_next(struct lines *l, struct line *ln, struct err *err);

#endif
