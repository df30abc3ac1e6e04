/*
 * runs.h: sorted lists of (token hash, record number), in pages.
 *
 * A run is what one commit, one merge or the sealing of a day wrote, sorted.
 * It lies in pages of less than 4 KB in table `run`, one page to a leaf of
 * the b-tree, so that a look-up reads little more than the page it needs:
 *
 *	id   = number of the run << 45 | first hash << 13 | page of that hash
 *	body = k, w (a byte each), count (two bytes), then bits:
 *
 *	hash   Rice code with k low bits of the distance to the hash before,
 *	       then the record number in w bits
 *	more   a bit before every posting but the first: 1, another number
 *	       of the same hash follows, as a Rice code of its distance whose
 *	       low bits follow the distances before; 0, another hash
 *
 * The first hash of a page stands in its id, its distance is 0.  A Rice code
 * is the quotient as so many 0 bits and a 1, then the low bits; RICE_LONG 0
 * bits and a 1 stand before a plain number of 32 bits.
 */
#ifndef INDEX_RUNS_H
#define INDEX_RUNS_H

#include "index/db.h"
#include "index/token.h"

enum {
	RUN_PAGE = 4056, /* bytes of a body that fill one leaf */
	RUN_PART_BITS = 13,
	RUN_MAX = 1 << 18,  /* run numbers of one partition */
	RUN_FAN = 16,	    /* that many of a level are merged */
	RUN_MERGE_MAX = 64, /* inputs of one merge */
	RUN_HEAD = 4,	    /* bytes before the bits */
	RICE_LONG = 20,
};

static inline int64_t
run_id(uint32_t run, uint32_t hash, uint32_t part)
{
	return (int64_t)((uint64_t)run << (32 + RUN_PART_BITS) |
			 (uint64_t)hash << RUN_PART_BITS | part);
}

static inline uint32_t
run_id_hash(int64_t id)
{
	return (uint32_t)((uint64_t)id >> RUN_PART_BITS);
}

/* Sorts, and drops what is there twice; `tmp` is room for it. */
void postings_sort(struct postings *p, struct postings *tmp);
/* What `from` holds goes behind what `to` has; `from` is empty then. */
void postings_move(struct postings *to, struct postings *from);
void postings_release(struct postings *p);

/* ---- writing pages ---- */

/* Takes one finished page. */
typedef int (*run_sink)(void *ctx, uint32_t hash, uint32_t part,
    struct str body, struct err *err);

/* Where a page being written stands: what each posting changes. */
struct run_at {
	size_t bit;	/* of the page */
	unsigned count; /* in the page */
	uint32_t hash, number;
	uint32_t mean; /* of distances in the list at hand, times 16 */
};

struct run_out {
	run_sink sink;
	void *ctx;
	uint64_t postings, hashes, pages;
	uint32_t first, part;
	unsigned k, w;
	struct run_at at;
	unsigned char page[RUN_PAGE + 16];
};

/* hashes: how many distinct ones are to be expected; numbers: all are below.
 * Both may be too high; too low a `numbers` is a failure later on. */
void run_out_init(struct run_out *o, uint64_t hashes, uint64_t numbers,
    run_sink sink, void *ctx);
/* n keys (hash << 32 | number) in ascending order, none twice, behind those
 * that were put before. */
int run_put(struct run_out *o, const uint64_t *key, size_t n, struct err *err);
int run_finish(struct run_out *o, struct err *err);

/* A sink that inserts into table `run` of a database. */
struct run_table {
	sqlite3_stmt *insert; /* INSERT INTO run(id, body) VALUES(?, ?) */
	uint32_t run;
	uint64_t bytes;
};
int run_insert(void *ctx, uint32_t hash, uint32_t part, struct str body,
    struct err *err);

/* ---- reading pages ---- */

struct run_page {
	const unsigned char *p; /* what is behind its head */
	size_t n;
	size_t bit;   /* of it, where the next posting begins */
	size_t words; /* where eight bytes can be had, `bit` is below */
	unsigned k, w, left;
	uint32_t mean;
	uint32_t hash, number;
	bool started, bad;
};

void run_page_init(struct run_page *pg, uint32_t first_hash, struct str body);
/* 1 and pg->hash, pg->number; 0 the end; -1 damaged. */
int run_page_next(struct run_page *pg);
/* The next keys, `max` at most, and their number; fewer only at the end of the
 * page, or when pg->bad. */
size_t run_page_keys(struct run_page *pg, uint64_t *key, size_t max);

/* ---- merging ---- */

enum { REMAP_DROP = 0xffffffff };

/* Old group number -> new number of its first record, or REMAP_DROP. */
struct remap {
	uint32_t *base;
	size_t n;
};

enum { RUN_AHEAD = 128 }; /* keys read at once */

/* One input: a run of a database, or a sorted array. */
struct run_in {
	sqlite3_stmt *st;	 /* SELECT id, body ... ORDER BY id; owned */
	const struct remap *map; /* may be NULL */
	const uint64_t *p, *end; /* keys that follow, of the array or of buf */
	struct run_page page;
	uint64_t buf[RUN_AHEAD];
};

int run_in_table(struct run_in *in, sqlite3 *db, uint32_t run,
    const struct remap *map, struct err *err);
void run_in_array(struct run_in *in, const struct postings *p);
void run_in_release(struct run_in *in);

/*
 * Merges into `out` (not finished); numbers of one input must ascend after
 * its map.  `each`, when set, sees every distinct hash once, ascending.
 */
typedef int (*run_hash_fn)(void *ctx, uint32_t hash, struct err *err);
int run_merge(struct run_in *in, size_t n, struct run_out *out,
    run_hash_fn each, void *ctx, struct err *err);

/* ---- looking up ---- */

/* One bit for every record number of a partition. */
struct hits {
	uint64_t *bit;
	size_t nword; /* room for nword * 64 numbers */
};

void hits_init(struct hits *h, size_t numbers); /* all off */
void hits_release(struct hits *h);

static inline void
hits_set(struct hits *h, uint32_t number)
{
	if (number / 64 < h->nword)
		h->bit[number / 64] |= UINT64_C(1) << (number & 63);
}

/*
 * Sets the bits of all records that have the hash in one run.  `st` is
 * prepared from RUN_LOOKUP.
 */
#define RUN_LOOKUP                                                             \
	"SELECT id, body FROM run WHERE id <= ?2 AND id >= coalesce("          \
	"(SELECT max(id) FROM run WHERE id <= ?1), ?1) ORDER BY id"
int run_lookup(sqlite3_stmt *st, uint32_t run, uint32_t hash, struct hits *h,
    struct err *err);

#endif
