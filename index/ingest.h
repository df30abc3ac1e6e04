/*
 * ingest.h: logs into the store: sources -> lines -> events -> records.
 *
 *	struct ingest_opts o = { .store = path, ... };
 *	struct ingest_result r;
 *	if (ingest_run(&o, paths, npaths, &r, &err) < 0) ...
 *
 * Incremental and exactly once: a source that was read already (known by its
 * content, wherever it stands now and however it is compressed) is read from
 * where it ended; reading it twice changes nothing.
 */
#ifndef INDEX_INGEST_H
#define INDEX_INGEST_H

#include "base/err.h"
#include "base/str.h"
#include "classify/classify.h"

/* A [source:NAME] section: NAME is a host or a glob of a path. */
struct ingest_source {
	const char *name;
	const char *timezone; /* NULL: not said */
	int year;	      /* of the last line of stamps without one; 0 */
	const char *host;     /* NULL */
};

struct ingest_progress {
	const char *source;	     /* being read */
	size_t done, total;	     /* sources */
	uint64_t bytes, bytes_total; /* as stored on disk; total 0 = unknown */
	uint64_t lines, unknown, records;
	double seconds;
};

struct ingest_opts {
	const char *store;
	const char *host;     /* --host: for lines that name none, or NULL */
	const char *timezone; /* for stamps without a zone; NULL = this one's */
	int year;	      /* 0 = inferred */
	const char *format;   /* --format: one parser only, or NULL */
	bool again;	      /* replace what these sources gave before */
	bool follow;	      /* wait for more at the end */
	/* a message whose last line is of the last seconds stays open: more of
	 * it will come with the next run, and no fragment is made of it */
	bool hold_open;
	bool keep_raw;
	int patience_ms; /* with another writer */
	int64_t now_us;	 /* 0 = the clock; nothing is later than it */
	const struct ingest_source *source;
	size_t nsource;
	/* ours.hosts: names of folders that are hosts (Exim's own logs) */
	const struct str *hosts;
	size_t nhosts;
	struct classifier *classifier;
	/* called a few times a second; may be NULL */
	void (*progress)(void *ctx, const struct ingest_progress *p);
	/* asked now and then: true ends the run cleanly; may be NULL */
	bool (*stop)(void *ctx);
	void *ctx;
};

struct ingest_result {
	size_t sources, already; /* read now; known and unchanged */
	size_t failed;		 /* could not be read or broke off */
	uint64_t lines, events, ignored, unknown, foreign, bytes, records;
	size_t held; /* messages left open, by hold_open */
	size_t lost; /* journal files that went before their end was read */
	double seconds;
	struct err first_failure; /* why the first of `failed` failed */
};

/*
 * Reads all sources.  0 also when some of them failed (res->failed): the rest
 * is in the store; -1 when nothing could be done (no store, locked, full).
 */
int ingest_run(const struct ingest_opts *o, const char *const *paths,
    size_t npaths, struct ingest_result *res, struct err *err);

#endif
