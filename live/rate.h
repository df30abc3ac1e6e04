/*
 * rate.h: from findings to a state per server and a rating per domain.
 */
#ifndef LIVE_RATE_H
#define LIVE_RATE_H

#include "live/check.h"

enum server_state {
	SERVER_UNTESTED,
	SERVER_OK,
	SERVER_DEGRADED,
	SERVER_FAILED,
	SERVER_REFUSES_US
};

enum rating_word {
	RATING_NOT_TESTABLE,
	RATING_SATISFACTORY,
	RATING_IMPAIRED,
	RATING_COMPROMISED,
	RATING_NO_MAIL
};

struct rated_server {
	uint16_t pref;
	enum server_state state;
};

struct rating {
	enum rating_word word;
	const struct finding *first_broken; /* NULL: nothing is */
	unsigned tested, left_out;
	bool nolisting; /* the first server perhaps refuses on purpose */
};

/* Servers alone: the table of the catalogue's section 4. */
enum rating_word rate_servers(const struct rated_server *s, size_t n);

/* DNS and other findings without the servers. */
enum rating_word rate_findings(const struct finding *f, size_t n,
    const struct finding **first);

enum rating_word rate_worse(enum rating_word a, enum rating_word b);
const char *rating_name(enum rating_word w);	    /* "satisfactory" ... */
const char *server_state_name(enum server_state s); /* "refuses-us" ... */

struct job;
void rate_job(struct job *j);

#endif
