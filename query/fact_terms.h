/*
 * fact_terms.h: terms against a fact of a copy or a refusal, as against a
 * message of one recipient.
 */
#ifndef QUERY_FACT_TERMS_H
#define QUERY_FACT_TERMS_H

#include "query/facts.h"
#include "query/query.h"

/* How the mail came in, where another host knows that. */
struct fact_entry {
	struct str user, client_name, client_ip, helo;
};

/* in NULL: as the fact itself says. */
bool fact_fits(const struct fact *f, const struct fact_entry *in,
    const struct query *q);

#endif
