/*
 * idn.h: names in other scripts: the form that is asked (xn--, IDNA 2008)
 * and the form that is shown, and scripts mixed within one word.
 */
#ifndef LIVE_IDN_H
#define LIVE_IDN_H

#include "base/arena.h"

/* false: no valid name.  ASCII names are only folded to lower case. */
bool idn_ascii(struct arena *a, struct str name, struct str *out);

/* What people read; the name itself when it has no other form. */
struct str idn_shown(struct arena *a, struct str ascii);

/* Letters of two look-alike scripts within one word (Latin, Cyrillic ...) */
bool idn_mixed_scripts(struct str utf8);

/* One code point of UTF-8 at s.p[*i], which moves on; -1: not UTF-8. */
long idn_next(struct str s, size_t *i);
bool idn_utf8_ok(struct str s);

#endif
