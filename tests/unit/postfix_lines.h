/*
 * postfix_lines.h: for the tests and the fuzz target of the Postfix parser: a
 * plain splitter of syslog headers, so that they stand without the reader,
 * and the meaning of a line as a sample says it.
 */
#ifndef TESTS_UNIT_POSTFIX_LINES_H
#define TESTS_UNIT_POSTFIX_LINES_H

#include "base/buf.h"
#include "parsers/parser.h"

extern const struct parser parser_postfix;

static inline struct str
frame_word(struct str *rest)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != ' ')
		n++;
	struct str w = str_head(*rest, n);
	while (n < rest->n && rest->p[n] == ' ')
		n++;
	*rest = str_from(*rest, n);
	return w;
}

/* The tag's parts into the line. */
static inline void
frame_tag(struct line *ln, struct str tag)
{
	ptrdiff_t i;

	if (tag.n && tag.p[tag.n - 1] == ':')
		tag.n--;
	if (tag.n && tag.p[tag.n - 1] == ']' && (i = str_rchr(tag, '[')) >= 0) {
		ln->pid = str_make(tag.p + i + 1, tag.n - (size_t)i - 2);
		tag.n = (size_t)i;
	}
	ln->tag = ln->prog = tag;
	if ((i = str_rchr(tag, '/')) >= 0)
		ln->prog = str_from(tag, (size_t)i + 1);
}

/*
 * "Jan  1 00:04:19 host tag[pid]: text", also with the year before it, and
 * "2026-01-01T00:04:19+01:00 host tag[pid]: text".  False: no such header.
 */
static inline bool
frame_line(struct str raw, struct line *ln)
{
	struct str r = raw, tag;
	const char *end;

	*ln = (struct line){ .raw = raw,
		.text = raw,
		.host = STR(""),
		.tag = STR(""),
		.prog = STR(""),
		.pid = STR("") };
	if (r.n > 21 && is_digit(r.p[0]) && r.p[4] == ' ' && is_alpha(r.p[5]))
		r = str_from(r, 5);
	if (r.n > 16 && is_alpha(r.p[0]) && r.p[3] == ' ') {
		frame_word(&r);
		frame_word(&r);
		frame_word(&r);
	} else if (r.n > 20 && is_digit(r.p[0]) && r.p[10] == 'T') {
		frame_word(&r);
	} else {
		return false;
	}
	ln->host = frame_word(&r);
	end = r.n ? memchr(r.p, ' ', r.n) : NULL;
	if (!end)
		return false;
	tag = str_make(r.p, (size_t)(end - r.p));
	ln->text = str_from(r, tag.n + 1); /* further spaces are the text's */
	frame_tag(ln, tag);
	return true;
}

static inline void
line_means(enum parse_result r, const struct event *ev, struct buf *out)
{
	buf_clear(out);
	if (r == PARSE_EVENT)
		event_dump(ev, out);
	else
		buf_puts(out, r == PARSE_IGNORED ? "ignored" :
			      r == PARSE_UNKNOWN ? "unknown" :
						   "foreign");
}

/* What an event keeps when it has been stored: its fields, no more. */
static inline struct event
stored_event(const struct event *ev)
{
	struct event got;

	memset(&got, 0x5a, sizeof(got));
	ev_clear(&got);
	got.kind = ev->kind;
	got.state = ev->state;
	got.mta = ev->mta;
	got.flags = ev->flags;
	got.qid = ev->qid;
	for (int f = 0; f < F_COUNT; f++)
		if (ev_has(ev, (enum field)f))
			ev_set(&got, (enum field)f, ev->f[f]);
	return got;
}

/* Whether a canonical event prints its line again; true for others. */
static inline bool
prints_back(const struct line *ln, const struct event *ev, struct buf *out)
{
	struct event got = stored_event(ev);

	if (!(ev->flags & EVF_CANON))
		return true;
	if (!got.qid.n) /* may be stored with the message its session sent */
		got.qid = STR("4F1D2B02A16");
	ev_set(&got, F_CLASS, STR("unknown"));
	ev_set(&got, F_TLS_SEEN, STR("TLSv1.3"));
	buf_clear(out);
	return parser_postfix.print(&got, ln->prog, out) && !out->toobig &&
	       str_eq(buf_str(out), ln->text);
}

#endif
