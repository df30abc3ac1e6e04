/*
 * syslog.h: what surrounds a log line: time, host, tag, pid.
 *
 *	struct syslog sl;
 *	syslog_init(&sl, zone, year);
 *	ln.raw = ...;
 *	if (!syslog_parse(&sl, &ln)) ...	no header understood
 *
 * The form is decided line by line from the first bytes (a file may change
 * it in the middle); docs/formats.md lists them.  A line without a time gets
 * that of the line before it.
 */
#ifndef PARSERS_SYSLOG_H
#define PARSERS_SYSLOG_H

#include "base/arena.h"
#include "base/stamp.h"
#include "parsers/line.h"

/* Reader's state of one source; plain bytes, may be saved and loaded. */
struct syslog {
	struct clock ck; /* zone and year of stamps that print none */
	int64_t last_us; /* time of the line before */
	/* the stamp of the line before, so that equal ones cost nothing */
	char bsd[15];
	char iso[19];
	bool has_bsd, has_iso;
	int64_t bsd_us, iso_s;
	int16_t bsd_min; /* offset of the zone then, minutes */
	char off[6]; /* "+01:00" of the ISO stamp before */
	int off_s;
	struct arena arena; /* unescaped JSON of the current line */
	int depth;	    /* headers within headers */
};

void syslog_init(struct syslog *sl, const struct zone *zone, int year);
void syslog_release(struct syslog *sl);

/* Fills *ln from ln->raw; false when it has no header (text = raw). */
bool syslog_parse(struct syslog *sl, struct line *ln);

/*
 * The header of an event as it was printed, "tag[pid]: " and all, for lines
 * that had LINE_CANON_HDR.
 */
void syslog_print_header(struct buf *out, enum frame frame, bool pad0,
    int64_t t_us, int tz_min, struct str host, struct str tag,
    struct str pid);

/* Month 1..12 of "Jan".."Dec", 0 when it is none. */
int syslog_month(const char *p);

/* Last component of a tag: "postfix/submission/smtpd" -> "smtpd". */
struct str syslog_prog(struct str tag);

#endif
