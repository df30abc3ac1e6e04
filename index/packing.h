/*
 * packing.h: groups on their way into a batch: compressed by a thread of
 * their own, in the order they came.
 *
 *	struct packing *p = packing_new();
 *	struct packing_job *j = packing_job(p);		waits for a free one
 *	seg_enc_sections(enc, j->raw, &err); j->group = ...; j->to = batch;
 *	packing_go(p);
 *	packing_wait(p, &err);		the batches have all of it
 *	packing_free(p);
 *
 * Between packing_go() and packing_wait() the groups and the blob of a batch
 * belong to the thread.
 */
#ifndef INDEX_PACKING_H
#define INDEX_PACKING_H

#include "index/batch.h"

struct packing;

struct packing_job {
	struct buf raw[SEG_SECTIONS];
	struct group group;
	struct batch *to;
};

struct packing *packing_new(void);
/* What is under way is not lost, but nobody learns of it. */
void packing_free(struct packing *p);

/* The next job; filled by the caller, then handed over. */
struct packing_job *packing_job(struct packing *p);
void packing_go(struct packing *p);
/* -1 and err when anything could not be packed since the last call. */
int packing_wait(struct packing *p, struct err *err);

#endif
