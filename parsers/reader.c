/*
 * reader.c: input -> lines -> frame -> whole records.
 *
 * Nothing is copied for the usual line.  A program's own file (FRAME_NATIVE)
 * is looked at one line ahead: lines without a stamp belong to the one before.
 * When the bytes at hand end in the middle of such a record, it is given back
 * to the splitter and read again with what follows.
 */
#include <stdlib.h>

#include "base/die.h"
#include "parsers/journal.h"
#include "parsers/journal_sd.h"
#include "parsers/lines.h"
#include "parsers/piece.h"
#include "parsers/reader.h"
#include "parsers/state.h"
#include "base/banned.h"

enum {
	STATE_VERSION = 1,
	FLAG_JOURNAL = 1,
	FLAG_DROPPING = 2,
	FLAG_SD = 4,
	SEARCH_LINES = 10000, /* how far a joined line's end may be */
	STAMP = 19,	      /* "2026-01-02 03:04:05" */
	STAMP_DAY = 11,
};

struct reader {
	struct input *in;
	struct lines lines;
	struct syslog sl;
	struct pieces pieces;
	struct journal journal;
	bool is_journal;
	struct journal_sd *sd; /* entries of a journal file, and ... */
	/* ... how many, and of how many bytes, since its beginning */
	uint64_t nsd, bytes;
	bool closed; /* the end of the bytes is the end of the log */
	bool ended;  /* no more bytes now */
	bool broken;
	bool dropping; /* the rest of a record that is too long */
	struct err why;
	struct str first;  /* view that reader_open() looked at */
	struct line again; /* framed, but an older record went first */
	bool has_again;
};

struct saved {
	uint64_t flags;
	uint64_t entry; /* of a journal file: the next one */
	struct str syslog, pieces;
};

static bool
unpack(struct str s, struct saved *to)
{
	uint64_t version, n;

	*to = (struct saved){ 0 };
	if (!state_uvar(&s, &version) || version != STATE_VERSION ||
	    !state_uvar(&s, &to->flags) || !state_uvar(&s, &n) || n > s.n)
		return false;
	to->syslog = str_head(s, (size_t)n);
	to->pieces = str_from(s, (size_t)n);
	return !(to->flags & FLAG_SD) || state_uvar(&to->pieces, &to->entry);
}

uint64_t
reader_saved_entry(struct str state)
{
	struct saved s;

	return state.n && unpack(state, &s) ? s.entry : 0;
}

static int
load(struct reader *r, const struct reader_opts *o, struct err *err)
{
	struct saved s;

	if (!o->state.n)
		return 0;
	if (!unpack(o->state, &s) || !syslog_load(&r->sl, s.syslog))
		return err_set(err, "the state of an earlier reading is "
				    "damaged");
	r->is_journal = s.flags & FLAG_JOURNAL;
	r->dropping = s.flags & FLAG_DROPPING;
	if (!pieces_load(&r->pieces, &s.pieces))
		return err_set(err, "the state of an earlier reading is "
				    "damaged");
	return 0;
}

static uint64_t
next_entry(const struct reader *r)
{
	return r->has_again ? r->again.offset : journal_sd_at(r->sd);
}

void
reader_save(const struct reader *r, struct buf *out)
{
	struct buf b = BUF_INIT(4096);

	syslog_save(&r->sl, &b);
	buf_uvar(out, STATE_VERSION);
	buf_uvar(out, (r->is_journal ? FLAG_JOURNAL : 0u) |
			  (r->dropping ? FLAG_DROPPING : 0u) |
			  (r->sd ? FLAG_SD : 0u));
	buf_uvar(out, b.n);
	buf_add(out, buf_str(&b));
	if (r->sd)
		buf_uvar(out, next_entry(r));
	pieces_save(&r->pieces, out);
	buf_release(&b);
}

/* A journal file, by libsystemd: there are no bytes to be split. */
static int
open_journal(struct reader *r, const char *path, const struct reader_opts *o,
    struct err *err)
{
	r->sd = journal_sd_open(path, reader_saved_entry(o->state), err);
	if (!r->sd || load(r, o, err) < 0)
		return -1;
	r->nsd = o->number;
	r->bytes = o->offset;
	r->closed = journal_sd_file(r->sd)->archived;
	r->first = str_c(journal_sd_file(r->sd)->known_by);
	return 0;
}

/* Looks at the beginning, before anything is given. */
static int
begin(struct reader *r, const char *path, struct err *err)
{
	const char *what;
	int got = input_next(r->in, 0, &r->first, &r->why);

	if (got > 0) {
		lines_feed(&r->lines, r->first);
	} else {
		r->first = STR("");
		r->broken = got < 0;
		r->ended = true;
	}
	what = input_binary(reader_head(r));
	if (what)
		return err_set(err, "'%s' is no log, but %s", path, what);
	if (journal_is_export(r->first))
		r->is_journal = true;
	return 0;
}

struct reader *
reader_open(const char *path, const struct reader_opts *o, struct err *err)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	struct input_info info;

	lines_init(&r->lines, o->offset, o->number);
	syslog_init(&r->sl, o->zone, o->year);
	r->sl.clock.now_us = o->now_us;
	pieces_init(&r->pieces);
	journal_init(&r->journal);
	if (journal_path(path)) {
		if (open_journal(r, journal_path(path), o, err) < 0)
			goto fail;
		return r;
	}
	r->in = input_open(path, o->offset, &o->input, err);
	if (!r->in || input_info(r->in, &info, err) < 0 || load(r, o, err) < 0)
		goto fail;
	r->closed = o->closed || info.codec != CODEC_PLAIN || !info.regular;
	if (o->offset == 0 && begin(r, path, err) < 0)
		goto fail;
	return r;
fail:
	reader_close(r);
	return NULL;
}

void
reader_close(struct reader *r)
{
	if (!r)
		return;
	input_close(r->in);
	journal_sd_close(r->sd);
	lines_release(&r->lines);
	syslog_release(&r->sl);
	pieces_release(&r->pieces);
	journal_release(&r->journal);
	free(r);
}

struct str
reader_head(const struct reader *r)
{
	return str_head(r->first, INPUT_HEAD);
}

int
reader_info(const struct reader *r, struct input_info *info, struct err *err)
{
	const struct journal_file *f;

	if (!r->sd)
		return input_info(r->in, info, err);
	f = journal_sd_file(r->sd);
	*info = (struct input_info){ .dev = f->dev,
		.ino = f->ino,
		.size = f->size,
		.mtime_us = f->mtime_us };
	if (f->entries && journal_sd_at(r->sd) > f->head)
		info->read =
		    (uint64_t)((double)f->size *
			       (double)(journal_sd_at(r->sd) - f->head) /
			       (double)(f->tail - f->head + 1));
	return 0;
}

const struct syslog *
reader_syslog(const struct reader *r)
{
	return &r->sl;
}

uint64_t
reader_offset(const struct reader *r)
{
	if (r->sd)
		return r->bytes - (r->has_again ? r->again.raw.n : 0);
	if (r->has_again)
		return r->again.offset;
	if (r->is_journal && !journal_idle(&r->journal))
		return r->journal.offset;
	return lines_offset(&r->lines);
}

uint64_t
reader_number(const struct reader *r)
{
	if (r->has_again)
		return r->again.number - 1;
	if (r->sd)
		return r->nsd;
	if (r->is_journal && !journal_idle(&r->journal))
		return r->journal.number - 1;
	return r->lines.number;
}

/* More bytes: 1, or 0 when there are none (r->ended).  Kept out of the way of
 * the lines. */
static __attribute__((noinline)) int
more(struct reader *r)
{
	struct str view;
	int got;

	if (r->broken)
		return 0;
	got = input_next(r->in, lines_left(&r->lines), &view, &r->why);
	if (got > 0) {
		lines_feed(&r->lines, view);
		r->ended = false;
		return 1;
	}
	r->ended = true;
	r->broken = got < 0;
	/* of a broken file the last line is not known to be whole */
	if (r->closed && !r->broken)
		lines_close(&r->lines);
	return 0;
}

/* Whether a line of a program's own file goes on from the one before. */
static bool
goes_on(struct str head)
{
	struct stamp st;

	if (head.n && strchr("{<@\033", *head.p))
		return false; /* another form altogether */
	if (head.n && *head.p == '[')
		head = str_from(head, 1);
	return !stamp_parse(head, &st);
}

/* Whether the next line is one of the same day, and so not of *ln. */
static inline bool
same_day(const struct reader *r, const struct line *ln)
{
	struct str next = lines_ahead(&r->lines);

	return next.n > STAMP && memcmp(next.p, ln->raw.p, STAMP_DAY) == 0 &&
	       stamp_day_second(next.p + STAMP_DAY) >= 0;
}

/*
 * The lines without a stamp that belong to *ln.  False: more bytes must come
 * to know; the line was given back.
 */
static bool
native(struct reader *r, struct line *ln)
{
	bool whole = ln->text.p == ln->raw.p;
	struct str head;

	if (same_day(r, ln))
		return true;
	for (;;) {
		int known = lines_peek(&r->lines, &head);

		if (known < 0 && !(r->ended && !lines_left(&r->lines)) &&
		    !r->broken) {
			lines_hold(&r->lines);
			return false;
		}
		if (known <= 0 || !goes_on(head))
			break;
		if (!lines_take(&r->lines, ln)) { /* too long */
			ln->flags |= LINE_CUT;
			r->dropping = true;
			break;
		}
	}
	if (whole)
		ln->text = ln->raw;
	return true;
}

/* One framed line: 1; 0: more bytes must come. */
static inline int
framed(struct reader *r, struct line *ln)
{
	if (r->has_again) {
		*ln = r->again;
		r->has_again = false;
		return 1;
	}
	if (r->sd) {
		int got = journal_sd_next(r->sd, &r->sl, ln, &r->why);

		r->broken |= got < 0;
		if (got <= 0)
			return 0;
		ln->number = ++r->nsd;
		r->bytes += ln->raw.n;
		return 1;
	}
	if (r->is_journal)
		return journal_next(&r->journal, &r->lines, &r->sl, ln);
	do {
		if (!lines_next(&r->lines, ln))
			return 0;
	} while (r->dropping && goes_on(ln->raw));
	r->dropping = false;
	syslog_frame(&r->sl, ln);
	return ln->frame != FRAME_NATIVE || native(r, ln);
}

/* The same, reading what is needed; 0: no more. */
static inline int
next_framed(struct reader *r, struct line *ln)
{
	for (bool last = false;; last = !more(r)) {
		if (framed(r, ln))
			return 1;
		if (last || r->lines.closed || r->sd)
			return 0;
		/* once more at the end: it may complete a record */
	}
}

int
reader_next(struct reader *r, struct line *ln, struct err *err)
{
	while (next_framed(r, ln)) {
		struct line now;

		if (__builtin_expect(!pieces_wants(&r->pieces, ln), 1))
			return 1;
		now = *ln;
		switch (pieces_add(&r->pieces, ln, r->sl.payload)) {
		case PIECE_WHOLE:
			return 1;
		case PIECE_AGAIN:
			r->again = now;
			r->has_again = true;
			return 1;
		case PIECE_HELD:
			break;
		}
	}
	if ((r->closed || r->broken) && pieces_end(&r->pieces, ln))
		return 1;
	if (!r->broken)
		return 0;
	*err = r->why;
	return -1;
}

int
reader_line_at(const char *path, uint64_t offset,
    const struct reader_opts *opts, struct buf *raw, struct err *err)
{
	struct reader_opts o = *opts;
	struct reader *r;
	struct line ln;
	int got, tries = 0, rc = -1;

	o.offset = offset;
	o.state = STR_NONE;
	r = reader_open(path, &o, err);
	if (!r)
		return -1;
	while ((got = reader_next(r, &ln, err)) > 0 && tries++ < SEARCH_LINES)
		if (ln.offset == offset) {
			buf_clear(raw);
			buf_add(raw, ln.raw);
			rc = 0;
			break;
		}
	if (rc < 0 && got >= 0)
		err_set(err, "'%s' has no line at byte %llu", path,
		    (unsigned long long)offset);
	reader_close(r);
	return rc;
}
