/*
 * typo.h: does a domain look like a well-known one, misspelt?
 *
 * The comparison knows how people mistype (neighbouring keys, swapped and
 * doubled letters, broken endings) and how short names collide by chance.
 */
#ifndef LIVE_TYPO_H
#define LIVE_TYPO_H

#include "base/arena.h"

/* Shipped list of large mail providers, most frequent first. */
extern const char *const typo_providers[];
extern const size_t typo_nproviders;

/*
 * The known domain that was probably meant, or STR_NONE: it is one of the
 * known ones itself, or like none of them.  Earlier ones win a draw.
 */
struct str typo_suggest(struct arena *a, struct str domain,
    const char *const *known, size_t nknown);

#endif
