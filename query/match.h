/*
 * match.h: terms against a whole message.
 */
#ifndef QUERY_MATCH_H
#define QUERY_MATCH_H

#include "query/query.h"
#include "query/trace.h"

/*
 * Whether all terms hold for the message; sets rcpt[].matched.  Terms about
 * a recipient (to, state, group, class, code, dsn, reply, relay, delay) must
 * hold for one and the same recipient.
 */
bool match_message(const struct query *q, struct traced *t);

/* Whether one value satisfies an address term (from, to). */
bool match_address(const struct term *t, struct str addr);
bool match_text(const struct term *t, struct str value);

#endif
