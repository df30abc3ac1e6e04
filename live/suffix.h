/*
 * suffix.h: the public suffix list: which part of a name somebody registers.
 * Needed for registration data, for grouping, and for what receivers that do
 * not walk the tree yet make of DMARC.
 */
#ifndef LIVE_SUFFIX_H
#define LIVE_SUFFIX_H

#include "base/arena.h"

/* "mail.shop.example.co.uk" -> "example.co.uk"; STR_NONE: none. */
struct str suffix_registrable(struct arena *a, struct str name);

bool suffix_is_public(struct arena *a, struct str name);

#endif
