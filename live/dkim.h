/*
 * dkim.h: reading the TXT record of a DKIM selector.
 */
#ifndef LIVE_DKIM_H
#define LIVE_DKIM_H

#include "base/arena.h"

struct dkim_key {
	struct str type;
	int bits; /* RSA */
	bool ed25519, revoked, testing;
	const char *problem; /* why it cannot be used, or NULL */
};

/* Whether a TXT record is meant to be a key at all. */
bool dkim_is_record(struct str txt);

void dkim_read_key(struct arena *a, struct str record, struct dkim_key *out);

#endif
