/*
 * piece.h: records that came in several syslog lines, joined.
 *
 *	amavis		"(28972-09) Passed ..., <a@b>,..." "(28972-09) ...<c@d>"
 *	Exim		"[1/3] 2026-01-02 03:04:05 1abc rejected", "[2\3] ..."
 *	containers	lines cut at 16 KiB (LINE_PARTIAL)
 *
 * Pieces of other processes come in between: the beginning waits, known by
 * program and process, and other lines pass it.  A joined line has the place
 * and time of its first piece, all raw pieces (LF between them) and
 *LINE_JOINED. What waits too long is given as it is: nothing is dropped.
 */
#ifndef PARSERS_PIECE_H
#define PARSERS_PIECE_H

#include "base/buf.h"
#include "parsers/line.h"

enum {
	PIECES_MAX = 32,	   /* records waiting */
	PIECES_AGE = 2000,	   /* lines that may pass one */
	PIECES_BYTES = 64 * 1024,  /* of a joined text */
	PIECES_TOTAL = 512 * 1024, /* of all that wait, raw and text */
};

struct piece {
	bool used;
	bool dots;	/* "..." was taken off the last piece */
	struct line ln; /* of the first piece; its views are set on giving */
	struct buf key, host, tag, pid, text, raw;
	uint64_t since; /* line count when it was last added to */
};

struct pieces {
	struct piece slot[PIECES_MAX];
	unsigned used;
	uint64_t lines;
	int given; /* the slot whose buffers the last line points into */
};

void pieces_init(struct pieces *ps);
void pieces_release(struct pieces *ps);

enum piece_result {
	PIECE_WHOLE, /* nothing to do with pieces, or complete now: *ln is it */
	PIECE_HELD,  /* kept; ask for the next line */
	PIECE_AGAIN, /* *ln is an older record that is given up; call again
		      * with the same line */
};

/*
 * payload: of a line that a container cut, or that follows one that was; else
 * STR_NONE.  *ln points into `ps` until the next call.
 */
enum piece_result pieces_add(struct pieces *ps, struct line *ln,
    struct str payload);

/* Whether pieces_add() has anything to say about such a line. */
static inline bool
pieces_wants(const struct pieces *ps, const struct line *ln)
{
	char c = ln->prog.n ? ln->prog.p[0] : 0;

	return ps->used || ln->flags & LINE_PARTIAL ||
	       (c == 'a' && ln->text.n > 8 && ln->text.p[0] == '(') ||
	       ((c == 'e' || c == 'E') && ln->text.n && ln->text.p[0] == '[');
}

/* At the end: what waits, one after another; false: no more. */
bool pieces_end(struct pieces *ps, struct line *ln);

/* What waits, as bytes, and back; false: they are damaged. */
void pieces_save(const struct pieces *ps, struct buf *out);
bool pieces_load(struct pieces *ps, struct str *state);

#endif
