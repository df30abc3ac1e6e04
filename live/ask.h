/*
 * ask.h: how an evaluator (SPF, DMARC) asks the DNS: a function that answers
 * at once or says DNS_PENDING.  Tests give their own.
 */
#ifndef LIVE_ASK_H
#define LIVE_ASK_H

#include "live/dns.h"

struct dnsbl_memory;

struct asker {
	const struct dns_answer *(
	    *ask)(void *ctx, struct str name, enum dns_type type);
	void *ctx;
	/* which block lists may be believed, as far as known; or NULL */
	struct dnsbl_memory *lists;
	int64_t now_s;
};

static inline const struct dns_answer *
ask_dns(const struct asker *a, struct str name, enum dns_type type)
{
	return a->ask(a->ctx, name, type);
}

#endif
