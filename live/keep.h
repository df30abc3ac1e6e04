/*
 * keep.h: results kept from run to run, in a small file beside the store:
 * what changed since the last run; servers that were spoken to less than
 * fifteen minutes ago and are not spoken to again; block lists that passed
 * or failed their test today.
 *
 *	struct keep old = { .n = 0 };
 *	if (keep_read(&old, path, &err) < 0)
 *		say(err);			what was kept is lost
 *	conf.kept = &old;
 *	... live_open(), live_add(), live_run() ...
 *	keep_update(path, live, time(NULL), &err);
 *
 * The file is text, one result a line, tabs between; it is read whole and
 * replaced whole, under a lock beside it, so that a reader sees one state or
 * the other and two runs do not lose each other's results.  A file that was
 * damaged is as good as none, and that is said.
 *
 * Beside findings there are facts (where the mail goes, which name servers,
 * addresses, certificates), so that a change shows when all is well, too.
 */
#ifndef LIVE_KEEP_H
#define LIVE_KEEP_H

#include "base/map.h"
#include "live/job.h"

enum {
	KEEP_MODE = 0640, /* of the files: they name who was asked about */
	KEEP_MAX_LINES = 200000,
	KEEP_SERVER_S = 900,  /* a mail server is left alone that long */
	KEEP_LISTED_S = 3600, /* an answer of a block list */
	KEEP_SANE_S = 86400,  /* that a block list may be believed */
	KEEP_REGISTRY_S = 86400,
	KEEP_DAYS = 90
};

struct kept {
	struct str target, check, object, result, severity, say;
	int64_t at_s;
	size_t next; /* of the same target, plus 1; 0: none */
	bool gone;
};

struct keep {
	struct arena arena;
	struct map by_target;
	struct kept *v;
	size_t n, cap;
};

/* -1: it cannot be read or was damaged; *k is empty then, and usable. */
int keep_read(struct keep *k, const char *path, struct err *err);

/* The results of all jobs of a run into the file.  0, or -1 and err. */
int keep_update(const char *path, const struct live *live, int64_t now_s,
    struct err *err);

/* The job's findings and facts in place of what was kept for its target;
 * what could not be tested this time stays as it was. */
void keep_job(struct keep *k, struct job *j);

/* Atomically; what is older than KEEP_DAYS is left out. */
int keep_write(const struct keep *k, const char *path, int64_t now_s,
    struct err *err);
void keep_release(struct keep *k);

/* One line, its target in lower case; the views must stay. */
void keep_add(struct keep *k, struct kept one);

/* Lines of one target, newest first; some may be gone. */
struct kept *keep_first(const struct keep *k, struct str target);
struct kept *keep_next(const struct keep *k, const struct kept *v);

/* The last result of the same check on the same thing, or NULL. */
const struct kept *keep_find(const struct keep *k, struct str target,
    const struct finding *f);

/* Whether it is worth telling: better or worse than kept, or new trouble. */
bool keep_changed(const struct keep *k, struct str target,
    const struct finding *f, const struct kept **old);

/* When the target was last looked at; 0: never. */
int64_t keep_last_s(const struct keep *k, struct str target);

/*
 * Facts of a job, each with a name ("mx"), what it is about, and a value.
 * `was` is the kept value, empty when there is none.
 */
enum { KEEP_FACTS = 64 };

struct kept_fact {
	const char *name, *title;
	struct str object, value, was;
	int64_t was_s;
};

size_t keep_facts(const struct keep *k, struct job *j,
    struct kept_fact out[KEEP_FACTS]);

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

/* What is remembered of block lists themselves: into `out`, and from it. */
struct dnsbl_memory;
void keep_lists_to(const struct keep *k, struct dnsbl_memory *out,
    int64_t now_s);
void keep_lists_from(struct keep *k, const struct dnsbl_memory *m);

/* Only for keep_server(): findings into the job. */
void job_add_finding(struct job *j, struct finding f);

#endif
