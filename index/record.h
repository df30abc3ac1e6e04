/*
 * record.h: what the store keeps: everything one host said about one queue
 * id in one stretch of time, or one refusal, login or ban.
 *
 * A record is a row of events (parsers/event.h) with their fields as printed.
 * A hop that stays open longer than a few minutes becomes several records
 * (fragments); query/hop.c joins them by host, queue id and time and cuts
 * them into lives.  Nothing stored is ever updated.
 *
 * While it is being assembled a record is a byte string ("row form", written
 * by rec_* below, read by rec_read); the store turns 128 of them into columns
 * (index/segment.c) and back.
 */
#ifndef INDEX_RECORD_H
#define INDEX_RECORD_H

#include "base/arena.h"
#include "base/bits.h"
#include "base/buf.h"
#include "base/err.h"
#include "parsers/event.h"
#include "parsers/line.h"

/* Numbers are stored: append only. */
enum rec_kind {
	REC_HOP = 1,	 /* has a queue id (or a filter's, a session's) */
	REC_REFUSAL = 2, /* refused or lost before it had one */
	REC_AUTH = 3,	 /* login, failure, ban */
	REC_OTHER = 4,	 /* screening, policy, system, loss of log lines */
	REC_KINDS
};

enum rec_flags {
	REC_START = 1,	  /* holds the start of the life */
	REC_END = 2,	  /* holds its end */
	REC_FRAGMENT = 4, /* cut off by time, limits or the end of input */
	REC_ABORTED = 8,  /* the client's session ended before acceptance */
};

/* Where a line is.  `src` is a source id of this store. */
struct where_line {
	uint32_t src;
	uint32_t number;
	uint64_t offset;
};

/* One event of a record, decoded.  Views live in the arena given. */
struct rec_event {
	uint8_t kind;	/* enum ev_kind */
	uint8_t state;	/* enum ev_state */
	uint8_t mta;	/* enum mta */
	uint8_t frame;	/* enum frame, for printing the header again */
	uint16_t flags; /* enum ev_flags */
	int16_t tz_min; /* offset printed in the stamp, minutes (FRAME_ISO) */
	int64_t t_us;
	struct str tag; /* "postfix/smtpd" */
	struct str pid;
	struct where_line at;
	struct str raw; /* the whole line; empty when not kept */
	uint64_t mask;
	const struct str *f; /* popcount(mask) fields in order of enum field */
};

struct record {
	enum rec_kind kind;
	unsigned flags;	 /* enum rec_flags */
	struct str host; /* as printed or as configured for the source */
	struct str qid;
	struct str inst;
	int64_t t0_us; /* first and last event */
	int64_t t1_us;
	size_t n;
	struct rec_event *ev; /* in the order they were read */
	uint64_t id;	      /* set by the store: partition and number */
};

/*
 * Row form: a header, then the events one after another (record.c).  Rows are
 * never stored; events are, until their hop is complete.
 *
 * `raw` is empty unless the line itself is to be kept.
 */
void rec_put_header(struct buf *row, const struct record *rec);
void rec_put_event(struct buf *row, const struct line *ln,
    const struct event *ev, uint32_t src, struct str raw);

/* The same from a decoded event. */
void rec_put_rev(struct buf *row, const struct rec_event *ev);

/* The time of the first of these events; there is one. */
int64_t rec_first_time(struct str events);

/* Whether bytes are so many events, and nothing else: saved ones are read back
 * from a file. */
bool rec_events_good(struct str events, size_t n);

/* Arrays that rec_read() fills again and again. */
struct rec_scratch {
	struct rec_event *ev;
	size_t cap;
	struct str *f; /* the texts of the events */
	size_t fcap;
};

/*
 * Reads one row; views point into it, arrays into the scratch, both until
 * the next call.  -1 on bytes that are no row (a damaged store).
 */
int rec_read(struct str row, struct record *rec, struct rec_scratch *scratch,
    struct err *err);
void rec_scratch_release(struct rec_scratch *scratch);

static inline struct str
rev_get(const struct rec_event *ev, enum field f)
{
	uint64_t bit = (uint64_t)1 << f;

	if (!(ev->mask & bit))
		return STR_NONE;
	return ev->f[bits_set(ev->mask & (bit - 1))];
}

static inline bool
rev_has(const struct rec_event *ev, enum field f)
{
	return ev->mask >> f & 1;
}

#endif
