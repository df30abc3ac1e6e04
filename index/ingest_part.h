/*
 * ingest_part.h: what ingest.c keeps in a file of its own.
 */
#ifndef INDEX_INGEST_PART_H
#define INDEX_INGEST_PART_H

#include "parsers/line.h"

enum { SHAPE_MAX = 160 };

/*
 * The shape of a line: its program and its words, with numbers, ids and
 * addresses replaced, so that lines of one kind count as one.
 */
struct str line_shape(const struct line *ln, char out[SHAPE_MAX]);

#endif
