/*
 * re.h: PCRE2 behind one door, with limits.
 *
 * Patterns may come from an operator or a query, subjects from an attacker:
 * match, depth and heap limits are always on, \C never, and a subject that is
 * not UTF-8 is matched bytewise.  A compiled re may be used by one thread at
 * a time.
 */
#ifndef BASE_RE_H
#define BASE_RE_H

#include "base/err.h"
#include "base/str.h"

struct re;

enum re_flags {
	RE_ICASE = 1,
	RE_UTF = 2, /* pattern and subject as UTF-8; bad bytes tolerated */
	RE_ANCHORED = 4,
	RE_NOJIT = 8,
};

enum { RE_MAX_GROUPS = 32 };

/* A compiled pattern; NULL with err set when it is no pattern. */
struct re *re_new(struct str pattern, unsigned flags, struct err *err);
void re_free(struct re *re);

/*
 * 1 matched, 0 not, -1 a limit was hit (treat as not matched and say so).
 * groups[0] is the whole match; unset groups are STR_NONE.  ngroups may be 0.
 */
int re_match(struct re *re, struct str subject, struct str *groups,
    size_t ngroups);

/* Number of a named group, or -1. */
int re_group(const struct re *re, const char *name);

#endif
