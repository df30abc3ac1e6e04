/*
 * journal.h: the journal's export format, a stream of fields:
 *
 *	__REALTIME_TIMESTAMP=1795183200123456
 *	SYSLOG_IDENTIFIER=postfix/smtpd
 *	MESSAGE
 *	<64-bit little-endian length><bytes>
 *
 * with an empty line after each entry.  JSON (one object a line) needs no
 * more than syslog_frame().
 *
 *	journal_init(&j);
 *	while ((r = journal_next(&j, &lines, &sl, &ln)) > 0) ...
 *
 * An entry becomes a line that reads as if it had been written by syslog,
 * with the time of its sender:
 *	raw = 2026-01-02T03:04:05.123456+00:00 host tag[pid]: text
 */
#ifndef PARSERS_JOURNAL_H
#define PARSERS_JOURNAL_H

#include "parsers/lines.h"
#include "parsers/syslog.h"

enum journal_field {
	JF_MESSAGE,
	JF_IDENT,
	JF_SYSLOG_PID,
	JF_PID,
	JF_HOST,
	JF_SOURCE_TIME,
	JF_TIME,
	JF_COMM,
	JF_COUNT
};

struct journal {
	struct buf val[JF_COUNT];
	unsigned seen;		 /* fields of this entry */
	unsigned fields;	 /* also those that are not kept */
	uint64_t offset, number; /* of the entry's first line */
	bool binary;		 /* in the value of a binary field ... */
	int field;		 /* ... this one, or -1 */
	uint64_t left;		 /* bytes of it still to come, with its LF */
	char size[8];
	size_t nsize; /* bytes of its length that were read */
	unsigned flags;
};

void journal_init(struct journal *j);
void journal_release(struct journal *j);

/* Whether a stream that begins so is in this format. */
bool journal_is_export(struct str head);

/*
 * The next entry: 1, or 0 when there are no more bytes in `l`.  At the end of
 * the input (lines_close()) an entry without its empty line is given too.
 */
int journal_next(struct journal *j, struct lines *l, struct syslog *sl,
    struct line *ln);

/* Whether nothing is half read: lines_offset() is a place to go on from. */
bool journal_idle(const struct journal *j);

/*
 * An entry whose fields come one by one from elsewhere (journal_sd.h):
 * journal_begin(), then "NAME=value" each (false: there is no "="; what a line
 * does not need is passed over) or a value by itself, then the line; false: it
 * has no text.
 */
void journal_begin(struct journal *j);
bool journal_field(struct journal *j, struct str s);
void journal_value(struct journal *j, int field, struct str s);
bool journal_entry(struct journal *j, struct syslog *sl, struct line *ln);

/* As the journal calls it. */
const char *journal_field_name(enum journal_field field);

#endif
