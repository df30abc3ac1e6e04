/*
 * sts.h: MTA-STS (RFC 8461) and TLS reports (RFC 8460): the record, the
 * policy behind it, and whether a server name is covered.
 */
#ifndef LIVE_STS_H
#define LIVE_STS_H

#include "live/job.h"
#include "live/probe.h"

enum { STS_MAX_MX = 32, STS_MAX_BODY = 64 * 1024 };

struct sts_policy {
	bool announced; /* exactly one valid record */
	bool fetched;	/* and the policy was fetched and is valid */
	bool unknown;	/* the record could not be asked: problem */
	bool not_asked; /* DNS only: nothing was fetched */
	enum sts_mode mode;
	int64_t max_age_s;
	struct str mx[STS_MAX_MX];
	size_t nmx;
	struct str id;
	struct str problem; /* why it is none, or what is odd about it */
};

/* The document; false with out->problem set. */
bool sts_parse(struct arena *a, struct str body, struct sts_policy *out);

/* The TXT record; false: it is no MTA-STS record. */
bool sts_record(struct str txt, struct str *id);

bool sts_covers(const struct sts_policy *p, struct str host);

/* The policy of the job's domain; NULL while it is being fetched. */
const struct sts_policy *job_sts(struct job *j);
void sts_stop(struct job *j);

#endif
