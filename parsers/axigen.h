/*
 * axigen.h: what others may want of the Axigen parser.
 *
 * Most texts of an Axigen server are undocumented, so what a text means
 * stands in a table of patterns, axigen.patterns, which is compiled in.  An
 * operator's own file is asked first:
 *
 *	if (axigen_patterns_load("/etc/mailtrace/axigen.patterns", &err) < 0)
 *
 * before any line is parsed; it replaces one loaded earlier.  Its form is
 * described at the head of parsers/axigen.patterns and in docs/axigen.md.
 */
#ifndef PARSERS_AXIGEN_H
#define PARSERS_AXIGEN_H

#include "base/err.h"
#include "parsers/line.h"

/* -1 with err set (file, line, what) when it cannot be read or is wrong. */
int axigen_patterns_load(const char *path, struct err *err);
void axigen_patterns_unload(void);

/* axigen_frame() without the look at the first bytes. */
bool axigen_prefixed(struct line *ln);

/*
 * The host, service (as the tag) and session of a native line, which stand
 * inside its text: sets ln->host, tag, prog and pid and leaves the text as it
 * is.  False, and nothing set, when it is no line of Axigen.
 */
static inline bool
axigen_frame(struct line *ln)
{
	const char *p = ln->text.p;
	size_t n = ln->text.n;

	if (ln->tag.n || !n)
		return false;
	/* nearly all: another program's "2026-01-02 03:04:05 word" */
	if (is_digit(*p) && (n < 30 || p[19] != ' ' || p[25] != ' '))
		return false;
	return axigen_prefixed(ln);
}

#endif
