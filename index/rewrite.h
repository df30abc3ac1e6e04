/*
 * rewrite.h: one new, sealed day file in place of others of the same day.
 *
 *	struct rewrite *r = rewrite_open(w, day, &err);
 *	rewrite_add(r, &info, drop, &err);		for each old file
 *	rewrite_finish(r, &err);			the new one is used
 *	rewrite_close(r);				before that: nothing was
 */
#ifndef INDEX_REWRITE_H
#define INDEX_REWRITE_H

#include "index/writer_part.h"

enum { REWRITE_MAX = 32 }; /* files put together at once */

struct rewrite;

/* For about so many records. */
struct rewrite *rewrite_open(struct writer *w, int32_t day, uint64_t records,
    struct err *err);
void rewrite_close(struct rewrite *r);

/*
 * Takes in an old file.  With `drop` (not 0) events of that source are left
 * out, and records that had no others.
 */
int rewrite_add(struct rewrite *r, const struct part_info *info, uint32_t drop,
    struct err *err);

/*
 * Records of which `test` says yes are put through `edit` on their way; what
 * it fills in must live until it is called again.
 */
void rewrite_edit(struct rewrite *r,
    bool (*test)(void *, const struct record *),
    void (*edit)(void *, const struct record *, struct record *), void *ctx);

/*
 * Completes the new file, puts it into the catalogue in place of the old ones
 * in one transaction, and removes those.  When no records are left there is
 * no new file.
 */
int rewrite_finish(struct rewrite *r, struct err *err);

/* Rows of a source in control.db that go with its records, in the same
 * transaction: SQL to run in it, or NULL. */
void rewrite_also(struct rewrite *r, const char *sql);

/*
 * The usual way, for one file of which `test` says yes of any record (else it
 * stays as it is: 0): without the events of source `drop`, or with these
 * records put through `edit` (NULL: none is).  1: it was rewritten.
 */
struct rewrite_how {
	bool (*test)(void *, const struct record *);
	void (*edit)(void *, const struct record *, struct record *);
	void *ctx;
	uint32_t drop;
};
int rewrite_one(struct writer *w, const struct part_info *info,
    const struct rewrite_how *how, struct err *err);

/* A test: has the record events of the source, a uint32_t at ctx? */
bool rec_of_source(void *ctx, const struct record *rec);

/* Whether `test` says yes of any record of a file: 1, 0, or -1 with err. */
int part_any(struct writer *w, const struct part_info *info,
    bool (*test)(void *, const struct record *), void *ctx, struct err *err);

/* Closes the live files of a day: they are about to be replaced. */
void wparts_close_day(struct writer *w, int32_t day);
/* The same, but their connections go to `r`, which reads them as they are:
 * what stands in their write-ahead logs is not copied into files that go. */
void rewrite_take_day(struct rewrite *r, int32_t day);
/* The state goes to control.db, so that any day file may go. */
int state_to_control(struct writer *w, struct err *err);
/* Removes a day file and what belongs to it. */
int remove_part(const char *path, struct err *err);

#endif
