/*
 * syslog_part.h: what the files of the framing share; nobody else includes
 * this.
 *
 *	syslog.c	the two usual headers, tag and pid, printing back
 *	syslog_odd.c	every other form
 *	syslog_print.c	headers printed back; the state of a reading
 *	journal.c	JSON and the journal's export format (the door to cJSON)
 */
#ifndef PARSERS_SYSLOG_PART_H
#define PARSERS_SYSLOG_PART_H

#include "parsers/syslog.h"

enum {
	FRAME_DEPTH = 4, /* headers within headers */
};

/* A line of which some header was taken off already. */
struct rest {
	struct str s; /* what is left */
	int depth;
	bool timed; /* ln->t_us was set by an outer header */
	bool lax;   /* "tag: text" without a time is a header too */
};

/*
 * Frames what is left, whatever it is.  Without any header of its own: host
 * and tag stay as they are and the text is all of it.
 */
void syslog_any(struct syslog *sl, struct line *ln, struct rest r);

/*
 * "host tag[pid]: text" behind a time.  True: exactly as syslog_print_header()
 * would write it.
 */
bool syslog_head(struct syslog *sl, struct line *ln, struct rest r);

/* "tag[pid]: text"; false and nothing done when there is no tag. */
bool syslog_tag(struct line *ln, struct str s, bool *canon);

/* Sets the line's time from a stamp. */
void syslog_time(struct syslog *sl, struct line *ln, const struct stamp *st);

/*
 * "2026-01-02T03:04:05.123456+01:00" or with a space, at the beginning of s:
 * bytes read, 0 when there is none.  *canon: FRAME_ISO prints it back.
 */
size_t syslog_iso(struct syslog *sl, struct line *ln, struct str s,
    bool *canon);

/* s without colours (ESC [ ... m), in sl->clean. */
struct str syslog_plain(struct syslog *sl, struct str s);

/*
 * A line with such a time of n bytes and a space in it: a program's own file,
 * unless it goes on "host tag[pid]: ".
 */
void syslog_native(struct syslog *sl, struct line *ln, struct str s, size_t n);

/* Stamps as the two usual headers have them; into p, bytes written. */
enum { SYSLOG_BSD_LEN = 15, SYSLOG_ISO_LEN = 32 };
void syslog_bsd_print(char p[SYSLOG_BSD_LEN], int64_t local_s, bool pad0);
void syslog_iso_print(char p[SYSLOG_ISO_LEN], int64_t t_us, int16_t tz_min);

/* Looks into the text: repeated messages, a program's own time. */
void syslog_text(struct syslog *sl, struct line *ln);

/* journal.c: a JSON object; false: none, or without any text. */
bool journal_json(struct syslog *sl, struct line *ln, struct rest r);

#endif
