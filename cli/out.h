/*
 * out.h: an answer in one of the formats.
 *
 * A format builds a struct buf from the answer and prints nothing itself.
 * To add one: cli/out_<name>.c and its row in out.c.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include "cli/cmd.h"
#include "query/query.h"

enum { OUT_MAX_MIB = 1024 }; /* larger results are refused, not cut */

struct trace_live;

struct out {
	const struct query *query; /* what was asked; may be NULL */
	const struct site *site;   /* what is configured; may be NULL */
	const char *tz;
	int width;
	bool color, utf8;
	bool tty; /* else lines are as long as they are */
	int verbose;
	bool proof;
	int64_t now_us;
	size_t limit;
	const struct trace_live *live; /* NULL: nothing was asked */
};

typedef void (
    *out_fn)(const struct answer *ans, const struct out *o, struct buf *b);

void out_answer(enum format format, const struct answer *ans,
    const struct out *o, struct buf *b);

/* One message as people read it, also for --wait. */
void out_text(const struct answer *, const struct out *, struct buf *);
void out_json(const struct answer *, const struct out *, struct buf *);
void out_jsonl(const struct answer *, const struct out *, struct buf *);
void out_csv(const struct answer *, const struct out *, struct buf *);
void out_html(const struct answer *, const struct out *, struct buf *);

/* One field of CSV: quoted where needed, a leading = + - @ disarmed. */
void csv_field(struct buf *b, struct str s, bool first);
void csv_end(struct buf *b);

/* Masks local parts and addresses in all texts of the answer, and in what was
 * asked (NULL: nothing to mask there). */
void redact_answer(struct answer *ans, struct query *q);

/* What became of it, in one word and one colour; who must act, in words. */
enum ink state_ink(enum out_state s);
const char *state_mark(enum out_state s, bool utf8);
const char *acts_words(const char *who_acts);

#endif
