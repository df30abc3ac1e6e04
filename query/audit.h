/*
 * audit.h: the store held against itself, without any truth from outside.
 *
 * Of everything host A says it handed to host B of ours under an id, how much
 * did B log as arrived, and back: lost logs, clocks that differ, hosts under
 * a second name and wrong joins show themselves.
 */
#ifndef QUERY_AUDIT_H
#define QUERY_AUDIT_H

#include "index/store.h"
#include "query/site.h"

struct audit_pair {
	struct str from, to;	 /* hosts */
	uint64_t handed, found;	 /* from's "queued as", seen to arrive at to */
	uint64_t arrived, named; /* arrivals at to from from, named by from */
	int64_t skew_us; /* median of arrival minus hand-over: clock and way */
	struct str missing_qid; /* an example of handed but not found */
	int64_t missing_us;
};

struct audit {
	struct audit_pair *pair; /* worst first */
	size_t npair;
	bool sampled; /* large: counts are of an even sample */
};

int audit_run(struct store *st, const struct site *site, int64_t t0_us,
    int64_t t1_us, struct arena *a, struct audit *out, struct err *err);

#endif
