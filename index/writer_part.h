/*
 * writer_part.h: what the files of the writer share: writer.c (batches),
 * writer_open.c (opening and recovery), writer_part.c (one day file),
 * writer_batch.c (its bytes), writer_merge.c (its runs), writer_source.c,
 * writer_delta.c (counts, and what changed), rewrite.c, seal.c, prune.c.
 */
#ifndef INDEX_WRITER_PART_H
#define INDEX_WRITER_PART_H

#include "base/map.h"
#include "index/batch.h"
#include "index/catalog.h"
#include "index/packing.h"
#include "index/runs.h"
#include "index/segment.h"
#include "index/writer.h"

enum {
	WPARTS_OPEN = 12,  /* day files kept open between batches */
	WPARTS_DIRTY = 64, /* in one batch: then a commit is due */
	WPART_IDLE = 2,	   /* batches without it: then a day file rests */
	SPARE_ENCS = 2 * REC_KINDS,	/* encoders kept for other day files */
	BATCH_BYTES = 48 * 1024 * 1024, /* not packed yet: the same */
	CONTROL_SYNC = 16,   /* control.db is synced every so many batches */
	WHOLE_MIN = 100,     /* records of a day that is worth a commit */
	STATE_MAX = 1 << 30, /* bytes of what the reading side wants back */
	DELTA_MAX = 1 << 30, /* of what a batch changes elsewhere */
};

/* The group of a kind that further records go into. */
struct tail {
	struct seg_enc *enc;
	struct postings post; /* of the batch, so that numbers ascend */
	uint32_t group;	      /* 0: none yet */
	bool dirty;
};

/* A live day file. */
struct wpart {
	struct part_info info;
	sqlite3 *db; /* NULL: not made yet */
	sqlite3_stmt *put_group, *put_dir, *put_run, *put_seg, *put_info,
	    *put_delta, *put_state, *drop_delta;
	uint32_t next_group, next_run;
	struct tail tail[REC_KINDS];
	struct batch b;
	bool dirty;
	bool fresh;    /* its file may have to be made */
	bool whole;    /* its batch makes a sealed file */
	bool resting;  /* its last groups are in the file only */
	unsigned idle; /* batches it was not in */
	uint64_t used; /* when, for closing the oldest */
};

struct cover {
	struct str host;
	uint32_t src;
	int64_t slot;
	uint64_t lines;
	uint64_t programs;
	int64_t t0, t1;
};

struct unknown {
	struct str shape;
	uint32_t src;
	uint64_t count;
	struct str line[WRITER_SAMPLES];
	size_t nline;
};

struct gap {
	struct str host, why;
	uint32_t src;
	int64_t t0, t1;
};

struct writer {
	char *path;
	struct writer_opts opts;
	int lock;
	sqlite3 *control;
	struct ident ident;
	struct token_key key;
	uint64_t batch;	 /* the last committed */
	uint64_t synced; /* the last that control.db surely has on disk */
	uint32_t next_part, next_source;
	struct buf state;
	struct catalog cat;
	/* live days that are open */
	struct wpart **part;
	size_t npart, cpart;
	int32_t over;	 /* days up to this one have come whole */
	int32_t written; /* the last day that was written sealed at once */
	uint64_t clock, pending, largest; /* records: of this batch, of any */
	size_t pending_bytes, ndirty;
	struct rec_scratch scratch;
	struct packing *packing;  /* NULL before the first group */
	struct whole *whole;	  /* NULL before the first */
	struct batch spare_batch; /* memory for the next day that comes whole */
	struct seg_enc *spare[SPARE_ENCS];
	size_t nspare;
	struct postings tmp;
	struct buf delta, redo;
	struct seg_dec *dec;
	/* sources */
	struct writer_source **source;
	size_t nsource, csource;
	struct map by_print;
	/* counts since the last commit */
	struct arena names;
	struct cover **cover;
	size_t ncover, ccover;
	struct map cover_of;
	struct cover *last_cover;
	struct unknown **unknown;
	size_t nunknown, cunknown;
	struct map unknown_of;
	struct map shape_of; /* shapes the store has */
	struct arena shapes;
	struct gap *gap;
	size_t ngap, cgap;
	bool failed;
};

/* ---- writer_part.c ---- */

/* The live file of a day, opened or to be made; NULL and err. */
struct wpart *wpart_get(struct writer *w, int32_t day, struct err *err);
void wpart_free(struct wpart *p);
/* Closes those not needed, oldest first, until `keep` are left. */
void wparts_shrink(struct writer *w, size_t keep);
int wpart_add(struct writer *w, struct wpart *p, const struct record *rec,
    struct err *err);
/* Gives back the memory of a file that is not written at the moment. */
void wpart_rest(struct writer *w, struct wpart *p);
/* Last groups on their way to the batch, postings sorted (but of a day that
 * comes whole). */
int wpart_finish(struct writer *w, struct wpart *p, struct err *err);
/*
 * One transaction: the batch, its number, and (when it is of this file alone)
 * what it changes in control.db and the state.
 */
int wpart_apply(struct writer *w, struct wpart *p, const struct batch *b,
    uint64_t batch, const struct str *delta, struct str state, struct err *err);
/* Opens or makes the file of `info`; for recovery too. */
int wpart_open(struct writer *w, struct wpart *p, struct err *err);

/* The row that says a run is there. */
int wpart_put_seg(struct wpart *p, uint32_t run, int level,
    const struct run_out *o, struct err *err);

/* ---- writer_whole.c ---- */

/* The day in whose file a record of that time is to stand. */
int32_t whole_day(const struct writer *w, int64_t t_us);
/* Whether a batch is to be a sealed file of its own. */
bool whole_fits(const struct writer *w, const struct wpart *p);
/*
 * Begins to write such a batch, and in the same transaction all else there is
 * of it: what changes in control.db, what it brings to other files, the state.
 * The batch is taken out of `p`.  Until whole_end() control.db is not to be
 * touched.
 */
int whole_begin(struct writer *w, struct wpart *p, uint64_t batch,
    struct str delta, struct str state, struct err *err);
/* Waits for the one that is on its way, if any. */
int whole_end(struct writer *w, struct err *err);
void whole_free(struct writer *w);

/* ---- writer_merge.c ---- */

/* Merges runs where a level has RUN_FAN of them. */
int wpart_merge(struct writer *w, struct wpart *p, struct err *err);

/* ---- writer_source.c ---- */

int sources_load(struct writer *w, struct err *err);
void sources_release(struct writer *w);

/* ---- writer_delta.c ---- */

/* All that changed since the last commit, as bytes, and forgotten. */
void delta_save(struct writer *w, struct buf *out);
void delta_forget(struct writer *w);
/* Appends what a batch brings to one more day file. */
void delta_redo(struct writer *w, const struct wpart *p, uint64_t batch,
    struct buf *out);
/* Those bytes into the tables of control.db, in its open transaction. */
int delta_apply(sqlite3 *control, struct str delta, struct err *err);

/* ---- writer.c ---- */

/* In an open transaction: batch number, counters, where the state is. */
int control_mark(struct writer *w, uint64_t batch, int64_t state_part,
    struct err *err);
int control_mark_at(sqlite3 *control, uint64_t batch, uint32_t next_part,
    uint32_t next_source, int64_t state_part, struct err *err);
int control_state(struct writer *w, struct str state, struct err *err);
int control_sync(struct writer *w, bool full, struct err *err);

/* The catalogue in memory follows what was committed; newest day first. */
void catalog_note(struct writer *w, const struct part_info *info);

/* fsync of a folder, so that names in it last. */
int sync_folder(const struct writer *w, const char *path, struct err *err);

/* ---- writer_open.c ---- */

/* Whether the catalogue has that day file. */
bool writer_knows(const struct writer *w, uint32_t id);
/* The catalogue, again. */
int writer_reload(struct writer *w, struct err *err);

/* ---- writer_lock.c ---- */

/* Takes the store's lock, with the patience of the options. */
int writer_lock(struct writer *w, struct err *err);

#endif
