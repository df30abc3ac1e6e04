/*
 * batch.h: what one commit brings to one day file (writer_batch.c).
 */
#ifndef INDEX_BATCH_H
#define INDEX_BATCH_H

#include "index/segment.h"
#include "index/token.h"

enum { BLOB_MAX = 512 * 1024 * 1024 };

/* A group as a batch brings it: its sections lie in the batch's blob. */
struct group {
	uint32_t id;
	uint8_t kind;
	bool full;
	uint16_t n;
	int64_t t0, t1;
	size_t off;
	size_t len[SEG_SECTIONS];
};

/* What one batch brings to one day file. */
struct batch {
	struct group *group;
	size_t ngroup, cgroup;
	struct buf blob;
	struct postings post;
	uint64_t records;
	int64_t t0, t1;
};

void batch_clear(struct batch *b);
void batch_add(struct batch *b, const struct group *g);
void batch_release(struct batch *b);
/* As bytes for the redo table, and back (views of blob stay into `in`). */
void batch_save(const struct batch *b, struct buf *out);
int batch_load(struct batch *b, struct str in, struct err *err);

#endif
