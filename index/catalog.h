/*
 * catalog.h: which day files a store has, and what a day file says of itself.
 */
#ifndef INDEX_CATALOG_H
#define INDEX_CATALOG_H

#include "index/db.h"
#include "index/token.h"

enum {
	STORE_ID = 16,		     /* bytes that name a store */
	PART_RECORDS_MAX = 10000000, /* then a day gets a second file */
	PART_SMALL = 10000,	     /* fewer records: small pages */
};

#define DAY_US (86400 * INT64_C(1000000))

/* The identity of a store; every one of its files has it. */
struct ident {
	unsigned char store[STORE_ID];
	unsigned char secret[TOKEN_SECRET];
};

/* One day file. */
struct part_info {
	uint32_t id;
	int32_t day; /* days since 1970 */
	bool sealed;
	int64_t t0, t1; /* first and last event; t0 > t1 while empty */
	uint64_t records;
	uint64_t batch; /* the last one in it */
	uint64_t bytes; /* sealed: of the file */
	int shift;	/* of the filter; -1 = it has none */
};

static inline int32_t
day_of(int64_t t_us)
{
	int64_t d = t_us / DAY_US;

	return (int32_t)(t_us % DAY_US < 0 ? d - 1 : d);
}

/* "<store>/control.db", "<store>/days/2026-01-31-7.db". */
void control_path(const char *store, struct buf *out);
void part_path(const char *store, int32_t day, uint32_t id, struct buf *out);
/* Day and number of such a name without its folder; false when it is none. */
bool part_name(struct str name, int32_t *day, uint32_t *id);

/* Opens control.db of a store and reads its identity. */
sqlite3 *control_open(const char *store, enum db_how how, struct ident *ident,
    struct err *err);

/* Makes a day file with its tables and `info` row, for about so many records
 * at first, or opens one and reads it; of another store: an error. */
sqlite3 *part_create(const char *path, const struct ident *ident,
    const struct part_info *info, uint64_t records, struct err *err);
sqlite3 *part_open(const char *path, enum db_how how, const struct ident *ident,
    struct part_info *info, bool *gone, struct err *err);
int part_info_put(sqlite3 *db, sqlite3_stmt **st, const struct part_info *info,
    struct err *err);

/* The catalogue, newest day first. */
struct catalog {
	struct part_info *part;
	size_t n;
};

int catalog_load(sqlite3 *control, struct catalog *cat, struct err *err);
void catalog_release(struct catalog *cat);
int catalog_put(sqlite3 *control, const struct part_info *info,
    struct err *err);
int catalog_drop(sqlite3 *control, uint32_t part, struct err *err);

/* ---- filters (catalog_filter.c) ---- */

struct filter_out {
	sqlite3_stmt *insert;
	uint32_t part;
	int shift;
	uint32_t first, last;
	uint64_t bytes;
	size_t n;
	bool open, any;
	unsigned char page[4064];
};

/* The shift for so many distinct hashes: about one byte each. */
int filter_shift(uint64_t hashes);
void filter_init(struct filter_out *o, sqlite3_stmt *insert, uint32_t part,
    int shift);
int filter_put(struct filter_out *o, uint32_t hash, struct err *err);
int filter_finish(struct filter_out *o, struct err *err);

/* The page that must have a hash, by part << 32 | shifted hash; and the first
 * value in it that is not below `want`, or else its last. */
#define FILTER_LOOKUP                                                          \
	"SELECT id, body FROM filter WHERE id <= ?1 ORDER BY id DESC LIMIT 1"
uint64_t filter_page_seek(uint32_t first, struct str body, uint64_t want);

#endif
