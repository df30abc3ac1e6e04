/*
 * link_part.h: what the files of linking share; nobody else includes this.
 */
#ifndef QUERY_LINK_PART_H
#define QUERY_LINK_PART_H

#include "base/map.h"
#include "query/link.h"

/*
 * Which lives have a queue id, a Message-ID, or are a filter's.  A short queue
 * id comes back within hours, so there may be thousands of lives at hand.
 */
struct chain {
	struct life *l;
	struct chain *next; /* later ones */
};

enum { CLOCKS_MAX = 32 }; /* hosts of one message */

/* Hosts of one group count from one clock, and are ahead of it. */
struct clocks {
	struct str host[CLOCKS_MAX];
	int group[CLOCKS_MAX], n;
	int64_t ahead_us[CLOCKS_MAX];
};

/* From the exact links that are made so far. */
void clocks_read(struct clocks *k, const struct lives *ls);

/* How far `to` is ahead of `from`; false, and 0: not known. */
bool clocks_apart(const struct clocks *k, struct str from, struct str to,
    int64_t *ahead_us);

struct linker {
	struct ws *ws;
	struct map qid, msgid; /* to struct chain */
	struct map seen_as;    /* an address, to a life whose client of ours
				* had it */
	struct chain *filters;
	struct clocks clocks;
};

/* An account's name stands for the address of that local part. */
bool link_stands_for(struct str account, struct str addr);

/* The host of ours behind the next hop of a copy; else empty: not known. */
struct str link_relay_host(const struct linker *lk, const struct life *l,
    const struct copy *c);

/* Whether `j` is where `l` came from: a mail never goes back in time. */
bool link_before(const struct life *l, const struct life *j);

bool link_shares_msgid(const struct life *a, const struct life *b);

void link_set(struct copy *c, struct life *l, struct life *j,
    enum link_kind kind, enum link_conf conf);

/* Through a program that sends the mail in again. */
void links_piped(const struct linker *lk);

/* Over hosts whose log is missing; after all other links. */
void links_gaps(const struct linker *lk);

/* life->in, and for every copy of a hop which copy handed over it continues. */
void links_origins(struct ws *ws);

#endif
