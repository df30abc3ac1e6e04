/*
 * why.h: what of an event goes to the classifier, in one place, so that the
 * class stored at ingest and the one shown later come from the same input.
 */
#ifndef INDEX_WHY_H
#define INDEX_WHY_H

#include "classify/classify.h"
#include "index/record.h"

/* Whether there is anything to classify; most events have nothing. */
static inline bool
why_says(unsigned kind, unsigned state)
{
	enum {
		FAILED = 1 << ST_DEFERRED | 1 << ST_BOUNCED | 1 << ST_EXPIRED |
			 1 << ST_REJECTED | 1 << ST_TEMPFAIL,
		NEED_FAILED = 1 << EV_DELIVERY | 1 << EV_STORED |
			      1 << EV_HEADER | 1 << EV_REJECT,
	};

	return kind == EV_ATTEMPT ||
	       (NEED_FAILED >> kind & 1 && FAILED >> state & 1);
}

/* Whether this event says why something failed; *in is filled then. */
bool why_event(const struct event *ev, struct str tag, struct classify_in *in);
bool why_rec(const struct rec_event *ev, struct classify_in *in);

#endif
