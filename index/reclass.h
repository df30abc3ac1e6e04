/*
 * reclass.h: what rules say now of the failures that are stored.
 *
 * A failure's class, rule and the version of the rules are stored with it
 * when it is read in.  When the rules have changed since, reclass_event()
 * says how they would decide now, and writer_reclassify() brings the store
 * to that: each day file with a difference is written anew and replaced, as
 * a whole or not at all.
 *
 *	struct reclass rc = { .cl = cl, .from_us = since };
 *	writer_reclassify(w, &rc, &err);
 *	... rc.changed events in rc.files files
 */
#ifndef INDEX_RECLASS_H
#define INDEX_RECLASS_H

#include "classify/classify.h"
#include "index/record.h"
#include "index/writer.h"

struct reclass {
	struct classifier *cl;
	int64_t from_us;	 /* events from then on */
	uint64_t changed, files; /* out */
};

/* Whether a stored event is a failure; *now is what the rules say of it. */
bool reclass_event(struct classifier *cl, const struct rec_event *ev,
    struct classify_out *now);

/* Whether that is another class or another rule than is stored. */
bool reclass_differs(const struct rec_event *ev,
    const struct classify_out *now);

int writer_reclassify(struct writer *w, struct reclass *rc, struct err *err);

#endif
