/*
 * parser.h: what a log format is: a pure function of one line.
 *
 * No state, no allocation, no output; values stay as printed.  What joins
 * lines is index/assemble.c.  To add a mail server: parsers/<name>.c with a
 * const struct parser, and one line in registry.c.
 */
#ifndef PARSERS_PARSER_H
#define PARSERS_PARSER_H

#include "parsers/event.h"
#include "parsers/line.h"

enum parse_result {
	PARSE_EVENT,   /* *ev is filled */
	PARSE_IGNORED, /* ours, understood, says nothing about mail */
	PARSE_UNKNOWN, /* ours (by its tag or form), not understood */
	PARSE_FOREIGN, /* not this parser's program at all */
};

/*
 * A whole line as printed and what it means: the event as event_dump()
 * prints it, "ignored", or "unknown".  A test runs them all, and every
 * truncation of each.
 */
struct sample {
	const char *line;
	const char *means;
};

struct buf;

struct parser {
	const char *name;
	const char *about;
	/*
	 * Decides cheaply (by ln->prog, ln->tag or the first bytes of
	 * ln->text) whether the line is its own, then reads it.  *ev is
	 * cleared by the caller; ev->mta and ev->inst are set by the parser.
	 */
	enum parse_result (*parse)(const struct line *ln, struct event *ev);
	/*
	 * Prints ln->text again from an event with EVF_CANON, else NULL or
	 * false.  `prog` is the last component of the tag.
	 */
	bool (*print)(const struct event *ev, struct str prog, struct buf *out);
	const struct sample *samples; /* ends with { NULL, NULL } */
};

/* All of them, NULL at the end (registry.c). */
extern const struct parser *const parsers[];

const struct parser *parser_by_name(struct str name);

/*
 * Asks the parsers whose program it may be, remembered per tag by the
 * caller's cache `hint` (start with NULL).  With `only` set, just that one.
 * *who gets the parser that answered, NULL for foreign.
 */
enum parse_result parse_line(const struct line *ln, struct event *ev,
    const struct parser *only, const struct parser **who);

#endif
