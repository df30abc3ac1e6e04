/*
 * store.h: the indexed store: writing batches, asking few questions.
 *
 * Readers (query/) use the store_* functions only, so that another engine
 * could answer them.  One writer at a time; readers are never blocked.
 * docs/STORE.md explains the files and tables; index/schema.sql the columns.
 *
 *	struct store *st = store_open(path, &err);
 *	struct store_find f = { .token = TOK_ADDR_TO, .value = addr, ... };
 *	struct store_cur *cur = store_find(st, q, nq, t0, t1, &err);
 *	while ((rc = store_next(cur, &arena, &rec, &err)) == 1) ...
 *	store_cur_close(cur);
 *	store_close(st);
 */
#ifndef INDEX_STORE_H
#define INDEX_STORE_H

#include "index/record.h"

struct store;
struct store_cur;

/* ---- reading ---- */

/* Opens for reading; NULL and err when there is none, or it is foreign,
 * damaged or of a newer version. */
struct store *store_open(const char *path, struct err *err);
void store_close(struct store *st);

/* How many groups of records were decoded so far: what answers cost. */
uint64_t store_groups_read(const struct store *st);

/* A value of one token kind; values are folded (case) by the store.  For
 * TOK_NET the value is "192.0.2.0/24" or "2001:db8:1::/48". */
struct store_token {
	enum token_kind kind;
	struct str value;
};

enum { STORE_ANY_TIME_FROM = 0 };
#define STORE_ANY_TIME_TO INT64_MAX

/*
 * Records of `kinds` (bit 1 << enum rec_kind; 0 = all) with any event in
 * [t0_us, t1_us], newest first.  `sets` is a conjunction of `nsets` lists of
 * alternatives: a record must have one token of each set (checked against the
 * decoded record, not the hash alone).  nsets == 0 walks all records.
 */
struct store_set {
	const struct store_token *tok;
	size_t n;
};

struct store_cur *store_find(struct store *st, const struct store_set *sets,
    size_t nsets, unsigned kinds, int64_t t0_us, int64_t t1_us,
    struct err *err);

/* 1 and *rec filled (views in the arena, until it is cleared), 0 the end,
 * -1 failed. */
int store_next(struct store_cur *cur, struct arena *a, struct record *rec,
    struct err *err);
void store_cur_close(struct store_cur *cur);

/*
 * A column scan: as store_find with nsets == 0, but before a record is
 * decoded `want` sees only the values of one field (subject: cheap, the
 * column stands alone) and says whether to decode it.
 */
typedef bool (*store_want)(void *ctx, struct str value);
struct store_cur *store_scan(struct store *st, enum field f, store_want want,
    void *ctx, unsigned kinds, int64_t t0_us, int64_t t1_us, struct err *err);

/* What is covered. */
struct store_source {
	uint32_t id;
	struct str name; /* path as given, or "-" */
	struct str host; /* that logged in it (first seen) */
	int64_t t0_us, t1_us;
	uint64_t bytes; /* decoded bytes read */
	uint64_t lines, events, ignored, unknown, foreign;
};

struct store_host {
	struct str name;
	int64_t t0_us, t1_us;
	uint64_t lines;
	struct str programs; /* "postfix amavis" */
};

struct store_unknown {	   /* a kind of line nobody understood */
	struct str shape;  /* digits and ids replaced */
	struct str sample; /* the first such line */
	uint64_t count;
	struct str source;
};

/* A stretch in which a host that otherwise logs said nothing, or logging
 * was lost. */
struct store_gap {
	struct str host;
	int64_t t0_us, t1_us;
	struct str why; /* "silence", "rate-limit" ... */
};

struct store_info {
	int64_t t0_us, t1_us; /* first and last event */
	uint64_t records, bytes_on_disk;
	uint64_t lines, events, ignored, unknown, foreign, log_bytes;
	size_t partitions;
	struct store_source *source;
	size_t nsource;
	struct store_host *host;
	size_t nhost;
	struct store_unknown *unknown_kind; /* most frequent first */
	size_t nunknown;
	struct store_gap *gap;
	size_t ngap;
};

int store_info(struct store *st, struct arena *a, struct store_info *info,
    struct err *err);

/*
 * The same, kept until somebody commits: for those who ask often.  Its
 * strings live until the next call or store_close().  NULL and err.  Gaps,
 * unknown lines and the bytes on disk cost more: they are in the whole one.
 */
const struct store_info *store_overview(struct store *st, struct err *err);
const struct store_info *store_overview_whole(struct store *st,
    struct err *err);

/* A day file in the folder that the catalogue does not know, so that nothing of
 * it is found.  Nothing is looked at while somebody writes. */
enum store_stray {
	STRAY_NONE,
	STRAY_LEFT, /* by a writer that was killed: the next one looks at it */
	STRAY_LOST, /* of another store, or its number is another day's */
};
int store_stray(struct store *st, struct arena *a, enum store_stray *what,
    struct str *name, struct err *err);

/* Name of a source id, or "?". */
struct str store_source_name(struct store *st, uint32_t src);

/* Addresses near `addr` (edit distance <= 2 or same local part in a near
 * domain) that the store has seen as sender or recipient; at most max. */
int store_near(struct store *st, struct arena *a, struct str addr,
    struct str *out, size_t max);

/* The whole line at `at`: kept, printed again, or re-read from its source.
 * STR_NONE and *why set when it is gone. */
struct str store_line(struct store *st, struct arena *a,
    const struct record *rec, size_t i, const char **why);

#endif
