/*
 * check.h: do the rules keep what their tests promise?
 *
 * Every rule's `test` texts must be decided by that rule, its `not` texts by
 * another.  Besides: rules of one tier and another class that hold for the
 * same text (the class then decides: a conflict to know of), texts that two
 * rules share, and patterns that take long on hostile text.
 *
 *	struct rules_check rc;
 *	rules_check(cl, &out, &rc);
 *	if (rc.failed || rc.slow) ...
 */
#ifndef CLASSIFY_CHECK_H
#define CLASSIFY_CHECK_H

#include "base/buf.h"
#include "classify/classify.h"

struct rules_check {
	size_t rules, tests, lists;
	size_t failed; /* tests that did not hold */
	size_t broken; /* patterns that are none */
	size_t slow;
	size_t shared;	  /* texts that stand in two rules of a tier */
	size_t conflicts; /* tests that a second class would have taken */
};

/* Lines about failures are added to `out`; conflicts only when `verbose`. */
void rules_check(struct classifier *cl, bool verbose, struct buf *out,
    struct rules_check *rc);

/* One line per rule: id, class, tier, where it stands. */
void rules_list(const struct classifier *cl, struct buf *out);

#endif
