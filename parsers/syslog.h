/*
 * syslog.h: who wrote a line, when, and what its text is: all framings that
 * surround a mail log's message.
 *
 *	struct syslog sl;
 *	syslog_init(&sl, zone, year_of_first_line);
 *	while (lines_next(&l, &ln)) {
 *		syslog_frame(&sl, &ln);
 *		...
 *	}
 *	syslog_release(&sl);
 *
 * The form is decided for every line, from its first bytes.  Read are: BSD
 * (with space, zero or one digit for the day, with a fraction), ISO, RFC 5424,
 * PRI, octet counts, year first, journalctl's short forms, JSON of containers
 * and shippers, journal JSON, CRI, compose prefixes, headers within headers,
 * TAI64N, and programs' own files (FRAME_NATIVE: no host, no tag, text = raw).
 * "message repeated N times: [ text ]" becomes its text with `repeat` = N - 1
 * (it stands for N lines); "last message repeated N times" keeps its text and
 * has `repeat` = N: copies of the line before of that host.
 *
 * Views point into ln->raw or into the reader's buffers, until the next call.
 * A line of no known form is FRAME_NONE with LINE_NO_TIME: its time is that
 * of the line before, its text the whole line.
 */
#ifndef PARSERS_SYSLOG_H
#define PARSERS_SYSLOG_H

#include "base/buf.h"
#include "base/stamp.h"
#include "parsers/line.h"

struct syslog {
	struct clock clock;
	int64_t last_us;     /* of the newest line; 0: none yet */
	unsigned stamps;     /* lines that had a stamp, ever (wraps around) */
	bool leap;	     /* a Feb 29 without a year was seen ... */
	unsigned leap_wraps; /* ... when so many years had passed */
	/* the stamps read last, so that the same second costs a comparison */
	char bsd[16];		/* "Jan  2 03:04:05" */
	bool bsd_ok, bsd_exact; /* exact: prints back */
	int64_t bsd_us, bsd_day_s;
	int16_t bsd_tz_min;
	char iso[20]; /* "2026-01-02T03:04:05" */
	char iso_tz[8];
	size_t iso_tz_n;
	bool iso_ok;
	int16_t iso_tz_min;
	bool iso_zone, iso_exact;
	bool iso_canon;	   /* of the line at hand */
	int64_t iso_us;	   /* of the second */
	int64_t iso_day_s; /* local second its day began */
	int iso_year;
	char host[64];	  /* the one read last, with the space behind it */
	size_t host_n;	  /* without it; 0: none */
	struct buf clean; /* without colours */
	struct buf text;  /* unescaped text of JSON */
	struct buf raw;	  /* a journal entry as a line */
	/* LINE_PARTIAL and what follows it: the container's bytes */
	struct str payload;
};

/* zone NULL: UTC.  year 0: not known (see stamp.h). */
void syslog_init(struct syslog *sl, const struct zone *zone, int year);
void syslog_release(struct syslog *sl);

/* In: raw, flags, offset, number.  Out: the rest. */
void syslog_frame(struct syslog *sl, struct line *ln);

/*
 * Prints the header of a line that had LINE_CANON_HDR again, up to and with
 * the space before its text.  `flags`: LINE_PAD0.  FRAME_BSD needs the zone
 * it was read in; FRAME_ISO prints tz_min.  Of FRAME_NATIVE, whose text is the
 * whole line, "2026-01-02 03:04:05".  False: no such form.
 */
bool syslog_print_header(enum frame frame, unsigned flags, int64_t t_us,
    int16_t tz_min, const struct zone *zone, struct str host, struct str tag,
    struct str pid, struct buf *out);

/* What a resumed reading must know: years and the last times; as bytes. */
void syslog_save(const struct syslog *sl, struct buf *out);
bool syslog_load(struct syslog *sl, struct str state);

#endif
