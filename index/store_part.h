/*
 * store_part.h: what the files of the reader share: store.c (opening, day
 * files, groups), store_find.c (cursors), store_info.c, store_near.c,
 * store_line.c.
 */
#ifndef INDEX_STORE_PART_H
#define INDEX_STORE_PART_H

#include "index/catalog.h"
#include "index/group_io.h"
#include "index/runs.h"
#include "index/segment.h"
#include "index/store.h"

enum {
	STORE_HANDLES = 32,	      /* day files open at a time */
	STORE_GROUPS = 512,	      /* decoded groups kept, and */
	STORE_GROUP_BYTES = 12 << 20, /* their memory */
	STORE_PARTS_MAX = 100000,
	FILTER_MARKS = 16, /* in a page: fewer bytes to go through */
};

/* A day file open for reading. */
struct rpart {
	struct part_info info;
	sqlite3 *db;
	struct group_io io;
	sqlite3_stmt *get_dir, *run_lookup, *last_dir, *runs;
	sqlite3_stmt *begin, *commit; /* live */
	int64_t last;  /* sealed: its last group; -1 not asked yet */
	uint32_t *run; /* sealed: its runs, read once */
	size_t nrun;
	unsigned users; /* cursors that hold it open */
	uint64_t used;
};

/* A decoded group in the cache. */
struct cached {
	uint32_t part, group;
	struct seg *seg;
	uint64_t used;
};

/* Pages of filters as they were read, by their id. */
struct filter_page {
	int64_t id; /* part << 32 | first value */
	uint64_t last;
	struct filter_mark { /* a value, and where the one after it stands */
		uint32_t v;
		uint16_t at;
	} mark[FILTER_MARKS];
	size_t nmark, n;
	char body[];
};

struct filter_cache {
	struct filter_page **page;
	size_t n, cap;
};

/* A source, as store_line() needs it. */
struct store_log {
	struct str name, print;
	bool looked;	  /* for the file, in vain unless path is set */
	const char *path; /* where it is now */
	const char *why;  /* there is none */
};

struct store {
	char *path;
	sqlite3 *control;
	struct ident ident;
	struct token_key key;
	struct catalog cat;
	int64_t version; /* PRAGMA data_version when cat was read */
	sqlite3_stmt *data_version, *filter, *begin, *commit;
	unsigned holds; /* who wants the catalogue to stay as it is */
	struct filter_cache filters;
	struct rpart **part;
	size_t npart, cpart;
	struct cached cached[STORE_GROUPS];
	size_t ncached, cached_bytes;
	uint64_t clock, groups_read;
	struct seg_dec *dec;
	/* sources by id, read when first asked for */
	struct arena names;
	struct store_log **log;
	size_t nlog, clog;
	/* store_overview(), as of info_version */
	struct arena info_arena;
	struct store_info info;
	int64_t info_version;
	bool has_info, has_rest;
};

/* Reads the catalogue again if somebody has committed since. */
int store_refresh(struct store *st, struct err *err);

/*
 * The same, and until as many store_release() control.db is read as it is
 * now: the catalogue and the filters belong together.  store_renew(), for
 * whom a day file is gone, looks at what was committed meanwhile.
 */
int store_hold(struct store *st, struct err *err);
void store_release(struct store *st);
int store_renew(struct store *st, struct err *err);

/* Whether a day may have the hash: 1, 0 surely not, -1 failed. */
int store_may_have(struct store *st, const struct part_info *part,
    uint32_t hash, struct err *err);
void filter_cache_clear(struct filter_cache *c);
void filter_cache_release(struct filter_cache *c);

/*
 * The day file, opened or still open; released with store_part_done().
 * NULL and *gone when it was replaced meanwhile: refresh and ask again.
 */
struct rpart *store_part(struct store *st, const struct part_info *info,
    bool *gone, struct err *err);
void store_part_done(struct store *st, struct rpart *p);

/* A decoded group with at least `n` records, of which those with a bit can be
 * asked for; the cache's, valid until the next call.  NULL on damage. */
const struct seg *store_group(struct store *st, struct rpart *p, uint32_t group,
    size_t n, const uint64_t want[2], struct err *err);

/* Runs of a day file; in a read transaction when it is live. */
int store_runs(struct store *st, struct rpart *p, uint32_t **run, size_t *n,
    struct err *err);

/* NULL when there is no such source. */
struct store_log *store_log(struct store *st, uint32_t src);

/* A record copied out of a group, whole. */
void record_copy(struct arena *a, const struct record *from, struct record *to);

#endif
