/*
 * keep.h: results kept from run to run, in a small file beside the store:
 * what changed since the last run, and servers that were spoken to less than
 * fifteen minutes ago and are not spoken to again.
 *
 * The file is text, one finding a line, tabs between; it is read whole and
 * replaced whole.  A file that cannot be read is as good as none.
 */
#ifndef LIVE_KEEP_H
#define LIVE_KEEP_H

#include "live/job.h"

enum { KEEP_MAX_LINES = 200000, KEEP_SERVER_S = 900, KEEP_DAYS = 90 };

struct kept {
	struct str target, check, object, result, severity, say;
	int64_t at_s;
};

struct keep {
	struct arena arena;
	struct kept *v;
	size_t n, cap;
};

int keep_read(struct keep *k, const char *path, struct err *err);

/* The job's findings in place of what was kept for its target. */
void keep_job(struct keep *k, const struct job *j);

/* Atomically; what is older than KEEP_DAYS is left out. */
int keep_write(const struct keep *k, const char *path, int64_t now_s,
    struct err *err);
void keep_release(struct keep *k);

/* The last result of the same check on the same thing, or NULL. */
const struct kept *keep_find(const struct keep *k, struct str target,
    const struct finding *f);

/* Whether it is worth telling: another result than kept, or new trouble. */
bool keep_changed(const struct keep *k, struct str target,
    const struct finding *f, const struct kept **old);

/*
 * Fills the job's server findings from kept ones that are young enough, so
 * that the server is left alone.  False: there are none.
 */
bool keep_server(const struct keep *k, struct job *j, struct probe *p);

/*
 * A finding that rests on third parties who want to be left alone (block
 * lists: once an hour, registries: once a day), from the last run.
 */
bool keep_third(const struct keep *k, struct job *j, struct finding *f);

/* Only for keep_server(): findings into the job. */
void job_add_finding(struct job *j, struct finding f);

#endif
