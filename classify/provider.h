/*
 * provider.h: who runs a mail server, by the end of its name: for the live
 * checks (its MX) and for reports (the next hop of a delivery).
 */
#ifndef CLASSIFY_PROVIDER_H
#define CLASSIFY_PROVIDER_H

#include "base/str.h"

struct provider {
	const char *suffix; /* of the server's name */
	const char *name;
	const char *kind; /* hosting filter forwarding mailbox ... */
};

/* The operator's own list comes first, then the shipped one; in each the
 * longest suffix wins.  NULL when nobody is known. */
const struct provider *provider_find(const struct provider *own, size_t nown,
    struct str host);

#endif
