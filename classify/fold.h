/*
 * fold.h: one character of UTF-8 or Latin-1 in its plain form.
 */
#ifndef CLASSIFY_FOLD_H
#define CLASSIFY_FOLD_H

#include "base/str.h"

/*
 * The character at s[0] (a byte above 127) folded into out (at most 4
 * bytes); *used is its length in s.  Returns the length in out: letters lose
 * accent and case, typographic marks become ASCII, blanks a blank.
 */
size_t fold_char(struct str s, size_t *used, char out[4]);

#endif
