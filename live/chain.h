/*
 * chain.h: "my e-mail is not working" as nine links, L1 to L9, and what the
 * live findings of a job say about each.
 *
 * The logs say more about most links; who has them joins both: a link that a
 * log line proves is not asked again, and a refusal seen there names the link
 * at once (chain_of_dsn).
 */
#ifndef LIVE_CHAIN_H
#define LIVE_CHAIN_H

#include "live/job.h"

enum link_state {
	LINK_UNKNOWN,
	LINK_PROVED,
	LINK_BROKEN,
	LINK_WEAK,
	LINK_NOT_REACHED
};

enum { CHAIN_LINKS = 9 };

struct chain_link {
	const char *id;	      /* "L1" */
	const char *question; /* "is the address itself right?" */
	enum link_state state;
	const struct finding *why; /* that decided; may be NULL */
};

/* Of several failures at a link the most severe decides, then the first. */
void chain_of(const struct job *j, struct chain_link links[CHAIN_LINKS]);

/* The first broken link, else the first weak one, else NULL. */
const struct chain_link *chain_first(const struct chain_link *links);

/* Which link an enhanced status code names (0 to 8), or -1. */
int chain_of_dsn(struct str dsn);

const char *link_state_name(enum link_state s); /* "not reached" ... */

#endif
