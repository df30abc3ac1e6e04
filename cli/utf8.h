/*
 * utf8.h: bytes as characters, for those who show them: what is no UTF-8,
 * what would steer a terminal, how many columns a text takes.
 */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include "base/str.h"

#define UTF8_BAD UINT32_MAX /* a byte that is no UTF-8 here */

/*
 * Takes the next character off *s: *at are its bytes, *cp its code point
 * (UTF8_BAD: one byte that belongs to none).  False at the end.
 */
bool utf8_next(struct str *s, struct str *at, uint32_t *cp);

/*
 * Steers a terminal or hides what stands there: control characters (C0, DEL,
 * C1), line separators, marks that change the direction of writing, invisible
 * ones.
 */
bool utf8_unsafe(uint32_t cp);

/* Columns on a terminal: 0, 1 or 2. */
int utf8_width(uint32_t cp);

#endif
