/*
 * amavis_part.h: what the two files of amavis's parser share; nobody else
 * includes this.
 */
#ifndef PARSERS_AMAVIS_PART_H
#define PARSERS_AMAVIS_PART_H

#include "parsers/parser.h"
#include "parsers/pick.h"

/* "<s> -> <r>,<r>": FROM and RCPTS; false when r begins with none. */
bool amavis_path(struct str *rest, struct event *ev);

/*
 * ", KEY: VALUE, KEY=VALUE, ..., 96 ms" of the result line; true when the
 * time at its end was there.
 */
bool amavis_keys(struct str r, struct event *ev);

/* From "Passed" or "Blocked" on. */
enum parse_result amavis_result(struct str r, struct event *ev);

#endif
