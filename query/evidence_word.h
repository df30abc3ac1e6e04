/*
 * evidence_word.h: one end of one copy, and what it says about the chain;
 * only for query/evidence*.c.
 */
#ifndef QUERY_EVIDENCE_WORD_H
#define QUERY_EVIDENCE_WORD_H

#include "query/evidence.h"

/* Whom a refusal of that class is about. */
enum about { ABOUT_NONE, ABOUT_RCPT, ABOUT_ROUTE, ABOUT_SENDER, ABOUT_MESSAGE };

struct word {
	int64_t t_us;
	bool sending;
	bool other; /* not for the target, only for its domain */
	const struct ans_message *m;
	const struct ans_rcpt *r;
};

struct words {
	struct word *v;
	size_t n, cap;
	bool more[2]; /* receiving, sending: older ones were not looked at */
};

struct saying {
	enum evd_kind kind;
	enum evd_effect effect;
	int link;
	bool per_host; /* contradicted only by the same host of ours */
	bool again;    /* a rule that will strike again, even if it let
			* something through since */
};

enum about evd_about(enum cls c);
bool evd_weak(enum cls c); /* passes by itself, or is somebody's wish */

/* What the word says, before anything newer is held against it. */
struct saying saying_of(const struct evd_ctx *x, const struct word *w);

/* Whether the text names that very address, not a longer one. */
bool evd_mentions(struct str text, struct str addr);

/* The target itself, or one of its names. */
bool evd_target_is(const struct evd_ctx *x, struct str addr);

/* All words, newest first, into facts and the states of links. */
void evidence_judge(struct evd_ctx *x, const struct words *w);

/* One fact more; same ones are counted together. */
struct evd_fact *evidence_add(struct evd_ctx *x, const struct saying *s,
    const struct word *w, bool more);

static inline bool
word_well(const struct word *w)
{
	return w->r->state == OUT_DELIVERED || w->r->state == OUT_LEFT;
}

/* Refused before we had taken it, by a host of ours. */
static inline bool
word_door(const struct word *w)
{
	return w->r->state == OUT_REJECTED;
}

#endif
