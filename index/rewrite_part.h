/*
 * rewrite_part.h: what rewrite.c (groups, the switch) and rewrite_runs.c (the
 * index) share.
 */
#ifndef INDEX_REWRITE_PART_H
#define INDEX_REWRITE_PART_H

#include "index/group_io.h"
#include "index/rewrite.h"

enum {
	SMALL = 96,		/* groups with fewer records are packed */
	POSTINGS_MAX = 1 << 20, /* of packed records, kept in memory */
	NO_GROUP = 0,
};

struct old {
	sqlite3 *db;
	struct part_info info;
	struct remap map;
};

/* Records on their way into a group of one kind. */
struct packer {
	struct seg_enc *enc;
	uint32_t group;
};

struct rewrite {
	struct writer *w;
	struct part_info info;
	struct buf tmp, path; /* of the new file, before and after */
	sqlite3 *db;
	sqlite3_stmt *put_dir, *put_run, *put_seg;
	struct heap_out *heap;
	struct buf at;
	struct packer packer[REC_KINDS];
	struct postings post, sort;
	struct rec_scratch scratch;
	struct seg_dec *dec;
	struct buf section[SEG_SECTIONS];
	uint32_t next_group, next_run;
	struct old old[REWRITE_MAX];
	size_t nold;
	struct {
		uint32_t id;
		sqlite3 *db;
	} lent[REWRITE_MAX]; /* the writer's connections, until they are used */
	size_t nlent;
	struct filter_out filter;
	const char *also;
	bool (*test)(void *ctx, const struct record *rec);
	void (*edit)(void *ctx, const struct record *rec, struct record *out);
	void *edit_ctx;
	bool control_open, done;
	bool named;    /* the new file has its name */
	bool in_doubt; /* whether control.db may know of it nevertheless */
};

/* One group into the new file. */
int rewrite_put(struct rewrite *r, uint32_t id, int kind, int64_t n, int64_t t0,
    int64_t t1, const struct str sec[SEG_SECTIONS], struct err *err);
/* The new file is whole: on the disk, under its name. */
int rewrite_publish(struct rewrite *r, struct err *err);
/* Ends the transaction in control.db that makes it one of the store. */
int rewrite_commit(struct rewrite *r, struct err *err);
/* The index of a new file of which these are all postings, sorted, and its
 * filter into control.db. */
int rewrite_index(struct rewrite *r, const struct postings *post,
    struct err *err);
/* Postings of packed records, when they are many, as a run of their own. */
int rewrite_spill(struct rewrite *r, struct err *err);
/* All runs to one, and the filter into control.db. */
int rewrite_merge(struct rewrite *r, struct err *err);

#endif
