/*
 * group_io.h: the sections of groups in a day file, live or sealed.
 *
 * In a live file a group is one row of `grp`, which can be replaced.  In a
 * sealed file the sections lie one behind the other in three streams, cut
 * into rows that fill a page each: no page is left partly empty, and a scan
 * of the subjects reads nothing else.
 *
 *	stream 0	subjects
 *	stream 1	addresses
 *	stream 2	the other sections of each group, together
 */
#ifndef INDEX_GROUP_IO_H
#define INDEX_GROUP_IO_H

#include "index/db.h"
#include "index/segment.h"

enum {
	HEAP_STREAMS = 3,
	HEAP_CHUNK = 4056, /* bytes of a row that fills one leaf */
	HEAP_GROUP_MAX = 128 * 1024 * 1024,
};

/* ---- writing a sealed file ---- */

struct heap_out {
	sqlite3_stmt *insert; /* INSERT INTO heap VALUES(?,?) */
	struct heap_stream {
		uint64_t chunk;
		size_t n;
		char body[HEAP_CHUNK];
	} s[HEAP_STREAMS];
};

/* Appends a group; `at` is cleared and gets what column dir.at is to hold. */
int heap_put(struct heap_out *h, const struct str sec[SEG_SECTIONS],
    struct buf *at, struct err *err);
int heap_finish(struct heap_out *h, struct err *err);

/* ---- reading ---- */

struct group_io {
	sqlite3 *db;
	bool sealed;
	sqlite3_stmt *row, *subj, *addr; /* live */
	sqlite3_stmt *at, *chunk;	 /* sealed */
	int64_t last;			 /* chunk held in `held` */
	size_t nheld;
	char held[HEAP_CHUNK];
	struct buf buf;
};

void group_io_init(struct group_io *io, sqlite3 *db, bool sealed);
void group_io_release(struct group_io *io); /* before the database closes */

/*
 * All sections of a group, or just that of subjects or addresses.  Views live
 * until the next call.  A group that is not there is an error.
 */
int group_io_read(struct group_io *io, uint32_t id,
    struct str sec[SEG_SECTIONS], struct err *err);
int group_io_one(struct group_io *io, uint32_t id, enum seg_section which,
    struct str *sec, struct err *err);
/* Lets go of the statements' rows, so that a writer can go on. */
void group_io_reset(struct group_io *io);

#endif
