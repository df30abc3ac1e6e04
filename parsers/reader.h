/*
 * reader.h: a log, one record after another: the whole way from a path to
 * framed lines that stand for themselves.
 *
 *	struct reader_opts o = { .zone = z, .year = s->year };
 *	r = reader_open(path, &o, &err);
 *	while ((got = reader_next(r, &ln, &err)) > 0)
 *		...	(ln is valid until the next call)
 *	reader_close(r);
 *
 * Decodes, splits, frames (syslog.h), and joins what belongs together: Exim
 * records and rejectlog blocks of several lines, pieces of amavis, Exim and
 * containers (piece.h), entries of the journal's export format.  A path that
 * begins with "journal:" is a file of the journal (journal_sd.h); its lines'
 * offsets are sequence numbers, and what is read of it counts as these lines.
 *
 * To go on later, keep reader_offset(), reader_number() and reader_save()
 * together, after any line: a reading that is resumed with them gives the same
 * lines as one that was never stopped.
 */
#ifndef PARSERS_READER_H
#define PARSERS_READER_H

#include "parsers/input.h"
#include "parsers/syslog.h"

struct reader_opts {
	const struct zone *zone; /* of stamps without one; NULL = UTC */
	int year;	/* of the first line, when stamps have none; 0 = the
			 * latest that is not after now */
	int64_t now_us; /* 0 = the clock */
	struct input_opts input;
	/* the file does not grow any more: a last line without LF counts.
	 * What is compressed never grows; a stream ends when it ends. */
	bool closed;
	/* where to go on, zero from the beginning */
	uint64_t offset, number;
	struct str state;
};

struct reader;

/* Bytes reader_save() writes at most. */
enum { READER_STATE_MAX = 1 << 20 };

struct reader *reader_open(const char *path, const struct reader_opts *opts,
    struct err *err);
void reader_close(struct reader *r);

/*
 * 1: a line; 0: no more (of a file that still grows: ask again later); -1: it
 * broke, after all that could be read was given.
 */
int reader_next(struct reader *r, struct line *ln, struct err *err);

uint64_t reader_offset(const struct reader *r);
uint64_t reader_number(const struct reader *r);
void reader_save(const struct reader *r, struct buf *out);

/* Of what reader_save() wrote for a journal file: the sequence number of the
 * next entry; 0: from the beginning, or no such file. */
uint64_t reader_saved_entry(struct str state);

/* The first bytes (at most INPUT_HEAD), also of a stream, when reading began
 * at 0; valid until the first reader_next(). */
struct str reader_head(const struct reader *r);

int reader_info(const struct reader *r, struct input_info *info,
    struct err *err);

/* What the framing learnt: years passed, stamps seen. */
const struct syslog *reader_syslog(const struct reader *r);

/*
 * The raw text of the line at `offset` (a line's offset) into *raw: 0, or -1
 * when it is not there.  opts: zone, input.
 */
int reader_line_at(const char *path, uint64_t offset,
    const struct reader_opts *opts, struct buf *raw, struct err *err);

#endif
