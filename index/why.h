/*
 * why.h: what of an event goes to the classifier, in one place, so that the
 * class stored at ingest and the one shown later come from the same input.
 */
#ifndef INDEX_WHY_H
#define INDEX_WHY_H

#include "classify/classify.h"
#include "index/record.h"

/* Whether this event says why something failed; *in is filled then. */
bool why_event(const struct event *ev, struct str tag, struct classify_in *in);
bool why_rec(const struct rec_event *ev, struct classify_in *in);

#endif
