/*
 * walk.h: every life of a stretch of time, each once and whole.
 *
 * Goes through hop records newest first.  A record that holds start and end
 * of its life is the life; for a fragment the others of its host and queue id
 * are fetched, from before and after the stretch too, so that what a life
 * says does not depend on where the stretch begins and ends.  Of the
 * fragments that the walk passes exactly one gives the life, so nothing needs
 * to be remembered: memory is that of one life, the cost that of the records
 * passed and one look-up for each fragment.
 *
 *	struct walk *w = walk_open(&ask, &err);
 *	while ((rc = walk_next(w, &life, &err)) == 1) ...
 *	walk_close(w);
 */
#ifndef QUERY_WALK_H
#define QUERY_WALK_H

#include "index/store.h"
#include "index/token.h"
#include "query/life.h"

enum {
	WALK_PARTS_MAX = 4000, /* fragments of one queue id */
	WALK_TOKENS_MAX = 4,
};

struct walk_ask {
	struct store *st;
	const struct site *site;
	/* Lives with one of these tokens in a record; 0: all. */
	struct store_token tok[WALK_TOKENS_MAX];
	size_t ntok;
	/* With any event in here; with tokens also lives nearby, since the
	 * record with the token may be another than the one in time. */
	int64_t t0_us, t1_us;
};

/* A record that the walk passes, and how many of them come with `which`. */
struct walk_pass {
	char folded[WALK_TOKENS_MAX][TOKEN_MAX];
	struct str value[WALK_TOKENS_MAX];
	enum token_kind kind[WALK_TOKENS_MAX];
	size_t n;
	int64_t t0_us, t1_us;
};

struct walk;

struct walk *walk_open(const struct walk_ask *ask, struct err *err);

/* 1 and the life, valid until the next call; 0 the end; -1 failed. */
int walk_next(struct walk *w, const struct life **l, struct err *err);
void walk_close(struct walk *w);

/*
 * For other walks that hand out several records as one: a cursor over the
 * hops of `ask`, and whether it passes a record.
 */
struct store_cur *walk_cursor(const struct walk_ask *ask,
    struct walk_pass *pass, struct err *err);
bool walk_passes(const struct walk_pass *pass, const struct record *rec);

#endif
