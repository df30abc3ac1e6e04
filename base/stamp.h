/*
 * stamp.h: every form of time stamp a mail log carries, and the times a user
 * types.
 *
 * A stamp is read in two steps.  stamp_parse() reads what is printed, with no
 * idea of zones and missing years; struct clock then says which moment that
 * was, for a stream of lines of one source:
 *
 *	struct clock ck;
 *	struct stamp st;
 *	clock_init(&ck, zone, year_of_first_line);
 *	if (stamp_parse(line, &st))
 *		t_us = clock_us(&ck, &st);
 *
 * The year of stamps without one moves on by itself at each new year, allows
 * late lines, and is corrected by any stamp that has a year.  Where it starts
 * is the answer of stamp_first_year().
 */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include <endian.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/zone.h"

/* A stamp as printed. */
struct stamp {
	int year;	/* 0: none was printed */
	int mon, day;	/* 1 to 12, 1 to 31 */
	int32_t sec;	/* of the day; 86400 in a leap second */
	int32_t us;	/* fraction */
	int frac;	/* its digits */
	int16_t tz_min; /* minutes east, when zone is set */
	bool zone;
	bool pad0; /* the day of a BSD stamp has a leading 0 */
	size_t n;  /* bytes read */
};

/*
 * Forms, at the beginning of `s`:
 *	Jan  2 03:04:05[.ffffff]	also one digit, one space; or 02
 *	2026-01-02T03:04:05[.,f...][Z|+hh[:]mm]
 *	2026-01-02 03:04:05[.,f...][ ][Z|+hh[:]mm]
 *	2026/01/02 03:04:05
 *	2026 Jan  2 03:04:05[.fff]
 *	[Fri ]Jan  2 03:04:05 2026	(with the weekday only)
 *	@4000000069573d9507270e00	TAI64N
 * False when there is none, or one that cannot be (Feb 30, 25:00).
 */
bool stamp_parse(struct str s, struct stamp *st);

/*
 * "hh:mm:ss" as a second of the day; -1 when it is none.  All bytes at once:
 * one that is right becomes a digit's number or, of a colon, 0.
 */
static inline int32_t
stamp_day_second(const char *p)
{
	const uint64_t top = UINT64_C(0x8080808080808080);
	const uint64_t most = UINT64_C(0x0905000905000902);
	uint64_t v = le64toh(str_load8(p)) ^ UINT64_C(0x30303a30303a3030);
	unsigned h;

	if ((v | (v + (~top - most))) & top)
		return -1;
	v = v * 10 + (v >> 8); /* two digits in bytes 0, 3 and 6 */
	h = v & 0xff;
	if (h > 23)
		return -1;
	return (int32_t)(h * 3600 + (v >> 24 & 0xff) * 60 + (v >> 48 & 0xff));
}

/* What a clock shows then; `year` is 0 if so wanted. */
void stamp_of(int64_t t_us, const struct zone *zone, bool year,
    struct stamp *st);

/* Days since 1970-01-01; proleptic Gregorian.  Days of a month. */
int64_t stamp_days(int year, int mon, int day);
int stamp_month_days(int year, int mon);

/* Seconds since 1970 of the stamp read as if it were UTC, in that year. */
int64_t stamp_local_s(const struct stamp *st, int year);

/* ---- which moment it was ---- */

struct clock {
	const struct zone *zone;
	int year;	 /* of the newest stamp without a year; 0: unknown */
	int64_t now_us;	 /* when it is now; 0 = ask the system */
	int64_t last_s;	 /* newest stamp, local seconds; INT64_MIN: none */
	int64_t last_us; /* the line before, UTC */
	unsigned wraps;	 /* new years passed */
	/* the offset `off_s` holds for local times in [off_from, off_to) */
	int64_t off_from, off_to;
	int32_t off_s;
};

/*
 * year 0: that of stamps without one is not known.  Then it is the latest in
 * which the first of them is not after now (ck->now_us).
 */
void clock_init(struct clock *ck, const struct zone *zone, int year);
int64_t clock_us(struct clock *ck, const struct stamp *st);

/* The same from local seconds that have a year (the fast way). */
int64_t clock_local_us(struct clock *ck, int64_t local_s, int32_t us);

/* Year of a stamp without one that follows the newest stamp; moves on. */
int clock_year(struct clock *ck, const struct stamp *st);

/*
 * What is known about a source whose stamps have no year.
 */
struct year_hint {
	struct stamp first; /* of its first line; without year */
	struct stamp last;  /* of its last line, when has_last */
	bool has_last;
	unsigned wraps;	     /* new years between them; see clock.wraps */
	bool leap;	     /* a Feb 29 was seen ... */
	unsigned leap_wraps; /* ... after so many new years */
	int given;	     /* year of its last line, by the operator; 0 */
	int64_t mtime_us;    /* of its file; 0 = unknown */
	int64_t now_us;	     /* nothing is later than this */
	/* when sources with years of the same set or ingest were written */
	int64_t anchor_from_us, anchor_to_us; /* both 0: none */
};

/*
 * Year of the first line.  The operator's word first; then the file's time,
 * if the last line was written within a day of it and the file is not just
 * a fresh copy; then the year nearest to the anchor; then the latest that is
 * neither after the file's time nor after now.
 */
int stamp_first_year(const struct year_hint *h, const struct zone *zone);

/* ---- for people ---- */

enum stamp_form {
	STAMP_DATE,	 /* 2026-01-02 */
	STAMP_MINUTES,	 /* 2026-01-02 03:04 */
	STAMP_SECONDS,	 /* 2026-01-02 03:04:05 */
	STAMP_MILLIS,	 /* 2026-01-02 03:04:05.678 */
	STAMP_CLOCK,	 /* 03:04:05 */
	STAMP_RFC3339,	 /* 2026-01-02T03:04:05.678901+01:00 */
	STAMP_RFC3339_S, /* 2026-01-02T03:04:05+01:00 */
};

/* In the zone of that name (zone.h); an unknown one counts as UTC. */
void stamp_print(struct buf *out, int64_t t_us, const char *tz,
    enum stamp_form form);
void stamp_print_zone(struct buf *out, int64_t t_us, const struct zone *z,
    enum stamp_form form);

/*
 * A time as a user says it, in zone `tz` unless it says its own; the stretch
 * [*from_us, *to_us) that is meant:
 *	2026-11-20			that day
 *	2026-11-20 14:05[:31[.5]]	that minute, second, microsecond
 *	2026-11-20T14:05:31+01:00	also with Z, space, or no offset
 *	2026-11, 2026			that month, year
 *	14:05[:31]			the last time it was that late
 *	now, today, yesterday
 *	-2h, -30m, -7d, 2w, 90s		that long ago, a second
 *	1795183200[.25], @1795183200	that second (1973 and later)
 */
int stamp_user(struct str s, int64_t now_us, const char *tz, int64_t *from_us,
    int64_t *to_us, struct err *err);

#endif
