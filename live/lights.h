/*
 * lights.h: the first line of a diagnosis, from DNS alone: does the domain
 * exist, whose name servers has it, where does its mail go, and until when
 * an older answer may still be in somebody's cache.
 */
#ifndef LIVE_LIGHTS_H
#define LIVE_LIGHTS_H

#include "live/job.h"

enum whose { WHOSE_UNKNOWN, WHOSE_OURS, WHOSE_THEIRS, WHOSE_SPLIT, WHOSE_NONE };

struct lights {
	int registered; /* 1 yes, 0 no, -1 not known */
	enum whose ns;
	struct str ns_name; /* registrable name of the first one */
	enum whose mx;
	const char *mx_provider; /* NULL: not known by name */
	struct str mx_name;	 /* host of the best preference */
	/* "visible everywhere by": now plus the TTL of the MX records as
	 * they are served; 0: not known */
	int64_t cached_until_s;
};

/* For a job that is done; text lives in its arena. */
void lights_of(struct job *j, struct lights *out);

const char *whose_name(enum whose w); /* "ours" ... */

#endif
