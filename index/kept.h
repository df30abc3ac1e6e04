/*
 * kept.h: the form in which a line is kept: its text with holes.
 *
 * Most of a line stands in the fields of its event, as printed.  What is kept
 * is what lies between them:
 *
 *	2026-01-02 03:04:05 1vb-Qa-0A => a@b.example R=smart H=mx [192.0.2.1]
 *	STAMP QID => F_TO R=F_ROUTER H=F_RELAY_NAME [F_RELAY_IP]
 *
 * so that lines of a kind are kept alike, and once.  A hole is HOLE and a
 * letter.  The form is a field of the event, F_KEPT; a line that holds the byte
 * HOLE itself is kept as it is.
 */
#ifndef INDEX_KEPT_H
#define INDEX_KEPT_H

#include "index/record.h"

enum {
	KEPT_BITS = 7,
	KEPT_SEEN = 1 << KEPT_BITS, /* forms */
	KEPT_BESIDE = 4,	    /* places for one; a power of two */
	KEPT_SEEN_MAX = 240,	    /* bytes of one */
	KEPT_HOLES = 24,
};

/* One for all lines that are kept. */
struct kept {
	struct buf out;
	int64_t day_s; /* local second that `day` began */
	char day[11];  /* "2026-01-02 " */
	/* the forms of late, by kind, state and fields */
	struct kept_seen {
		uint64_t mask;
		uint8_t kind;
		uint8_t nhole, nodd;
		uint8_t n, tail; /* bytes; what is behind the last hole */
		struct kept_hole {
			uint64_t text, bits; /* what is before it, if short */
			uint8_t at, before;  /* where in the form, bytes */
			uint8_t value;	     /* a field, or an odd one */
		} hole[KEPT_HOLES];
		char form[KEPT_SEEN_MAX];
	} seen[KEPT_SEEN];
};

void kept_init(struct kept *k);
void kept_release(struct kept *k);

/*
 * Sets F_KEPT, good until the next call, from the first `max` bytes of the
 * line; `host` and `qid` are those of the event's record.  What it gives is to
 * be kept as it is: mostly nothing.
 */
struct str kept_form(struct kept *k, const struct line *ln, struct event *ev,
    struct str host, struct str qid, size_t max);

/* The line again, added to `out`; false when the form is damaged. */
bool kept_print(const struct record *rec, const struct rec_event *re,
    struct buf *out);

#endif
