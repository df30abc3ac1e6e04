/*
 * verdict.h: what became of one recipient's copy, and what to say about it.
 */
#ifndef QUERY_VERDICT_H
#define QUERY_VERDICT_H

#include "query/link.h"

struct verdict_ctx {
	struct arena *a;
	struct store *st;
	const struct site *site;
	struct classifier *cl;
	bool want_text; /* fill the text of evidence lines */
};

/*
 * What the words of one host alone mean for copy `c` of life `l`; with c NULL
 * for all its recipients.  Handed to another host of ours: OUT_LOST, unless
 * somebody finds it there.
 */
enum out_state verdict_state(const struct site *site, const struct life *l,
    const struct copy *c);

/*
 * The end of one path: copy `c` at life `l`, or with c NULL the recipient
 * `to` that was handed to `l` but for which it logged nothing.  Fills all of
 * *r but matched, path, notice and earlier_refusals.
 */
void verdict(struct verdict_ctx *v, const struct life *l, const struct copy *c,
    struct str to, struct str original, struct ans_rcpt *r);

/* The reply an event holds, without the quoting of its log. */
struct str verdict_reply(struct arena *a, const struct rec_event *e);

/* A refusal that stands alone (no queue id). */
void verdict_refusal(struct verdict_ctx *v, const struct record *rec,
    const struct rec_event *e, struct ans_rcpt *r);

/* Adds a line to r->evidence (once). */
void verdict_evidence(struct verdict_ctx *v, struct ans_rcpt *r,
    struct lev line);

/* The sentences: why, next, who must act (say.c). */
void verdict_say(struct verdict_ctx *v, const struct life *l,
    struct ans_rcpt *r);

/* The first line or so of a reply, for a sentence. */
struct str say_brief(struct arena *a, struct str text);

const char *mta_of(const struct life *l);

#endif
