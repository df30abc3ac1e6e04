/*
 * literal.h: what must stand in a text for a pattern to match it.
 *
 * For each alternative of the pattern one piece of plain letters that all its
 * matches hold, so that the finder (ac.h) can say in passing that the pattern
 * does not match.
 */
#ifndef CLASSIFY_LITERAL_H
#define CLASSIFY_LITERAL_H

#include "base/arena.h"
#include "base/str.h"

enum { LITERALS_MAX = 128 };

/* How many were written to out (at most LITERALS_MAX), or 0 when an alternative
 * has none of two bytes: then nothing can be said. */
size_t pattern_literals(struct arena *a, struct str pattern, struct str *out);

#endif
