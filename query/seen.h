/*
 * seen.h: what the logs have seen that live checks want to know of a domain:
 * which of our addresses its servers took mail from or refused, and with
 * which DKIM keys mail of the domain was signed.
 *
 *	struct seen_domain seen;
 *	if (seen_of_domain(store, &site, cl, domain, SEEN_WAY | SEEN_KEY,
 *	    &arena, &seen, &err) < 0)
 *
 * By the index, newest first, at most SEEN_RECORDS records for each question.
 * Texts live in the arena.
 */
#ifndef QUERY_SEEN_H
#define QUERY_SEEN_H

#include "classify/classify.h"
#include "index/store.h"
#include "query/site.h"

/* What to look for. */
enum { SEEN_WAY = 1, SEEN_KEY = 2 };

enum { SEEN_WAYS = 16, SEEN_KEYS = 8, SEEN_RECORDS = 400, SEEN_RELAYS = 3 };

/* One of our addresses towards the domain. */
struct seen_way {
	struct str ip;	  /* or the host's name where that is not known */
	int64_t ok_us;	  /* last mail its servers took; 0: none */
	int64_t since_us; /* first policy refusal after that; 0: none */
	int64_t last_us;  /* last such refusal */
	struct str reply; /* of the last refusal */
	struct str source;
	uint64_t line;
};

/* A DKIM selector in use. */
struct seen_key {
	struct str name;
	int64_t last_us;
	bool
	    by_us; /* a signer of ours wrote it, else a verifier found it good */
	struct str source;
	uint64_t line;
};

struct seen_domain {
	struct seen_way way[SEEN_WAYS]; /* most recent word first */
	size_t nway;
	struct seen_key key[SEEN_KEYS]; /* newest first */
	size_t nkey;
};

int seen_of_domain(struct store *st, const struct site *site,
    struct classifier *cl, struct str domain, unsigned what, struct arena *a,
    struct seen_domain *out, struct err *err);

/* ---- inside query/seen*.c ---- */

struct seen_ctx {
	struct store *st;
	const struct site *site;
	struct classifier *cl;
	struct str domain;
	struct arena *a;
	struct seen_domain *out;
};

int seen_ways(struct seen_ctx *x, struct err *err);
int seen_keys(struct seen_ctx *x, struct err *err);

/* Calls `one` for the newest hops with the token. */
int seen_walk(struct seen_ctx *x, enum token_kind kind, struct str value,
    void (*one)(struct seen_ctx *x, const struct record *rec, void *arg),
    void *arg, struct err *err);

/*
 * The next selector that a line of a signer or verifier names for the domain;
 * `rest` is the text, and moves on.  False: there is none (any more).
 */
bool seen_key_in(enum mta mta, struct str *rest, struct str domain,
    struct str *name, bool *by_us);

#endif
