/*
 * ac.h: finds any of some thousand literals in one pass over a text
 * (Aho and Corasick, 1975), as a table of states by byte classes.
 *
 *	struct ac *ac = ac_new();
 *	ac_add(ac, STR("mailbox full"), 17);
 *	ac_build(ac);
 *	ac_scan(ac, text, hit, ctx);	hit(ctx, 17, end) for each found
 *	ac_free(ac);
 *
 * Only the first AC_PREFIX bytes of a literal are in the table, and bytes above
 * 127 only by class, which keeps it small: the callback compares.
 */
#ifndef CLASSIFY_AC_H
#define CLASSIFY_AC_H

#include "base/str.h"

enum { AC_PREFIX = 12, AC_STATES_MAX = 60000 };

struct ac;

struct ac *ac_new(void);
void ac_free(struct ac *ac);

/* False when the table is full. */
bool ac_add(struct ac *ac, struct str literal, uint32_t id);
void ac_build(struct ac *ac);

/* `end`: offset behind the literal's first AC_PREFIX (or fewer) bytes. */
typedef void (*ac_hit_fn)(void *ctx, uint32_t id, size_t end);
void ac_scan(const struct ac *ac, struct str text, ac_hit_fn hit, void *ctx);

#endif
