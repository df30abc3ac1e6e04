/*
 * explain.h: classify(), telling each step it takes.
 *
 * Lines of text are added to `steps`: what the wrapper said, the reply's
 * codes, its normal form, each rule that was asked and why it did not hold,
 * and what decided.  It is the code of classify(), without the cache.
 */
#ifndef CLASSIFY_EXPLAIN_H
#define CLASSIFY_EXPLAIN_H

#include "base/buf.h"
#include "classify/classify.h"

void classify_explain(struct classifier *cl, const struct classify_in *in,
    struct classify_out *out, struct buf *steps);

/* The normal form of a text: what `rules stats` counts by. */
void classify_normal(struct classifier *cl, const struct classify_in *in,
    struct buf *normal);

struct unwrapped;
struct features;
void explain_input(struct classifier *cl, const struct classify_in *in,
    const struct unwrapped *u, const struct features *f, struct buf *say);

#endif
