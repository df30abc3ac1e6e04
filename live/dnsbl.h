/*
 * dnsbl.h: block lists: is the list itself sane, and does it hold us.
 *
 * A list that lists everything, nothing, or answers with a web address is
 * not used (RFC 5782 asks for test entries; dead lists have made whole sites
 * refuse all their mail).  Error codes are no listings.
 */
#ifndef LIVE_DNSBL_H
#define LIVE_DNSBL_H

#include "live/ask.h"

enum dnsbl_kind { DNSBL_IP, DNSBL_DOMAIN, DNSBL_ALLOW };
enum dnsbl_match { MATCH_CODE, MATCH_BITS };
enum dnsbl_weight {
	WEIGHT_OFF,
	WEIGHT_INFO,
	WEIGHT_LOW,
	WEIGHT_MEDIUM,
	WEIGHT_HIGH
};

enum { DNSBL_MAX_CODES = 14, DNSBL_MAX_SEEN = 16 };

struct dnsbl_code {
	const char *code; /* "127.0.0.2", "127.0.0.*", or bits: "8" */
	const char *meaning;
	bool policy; /* no accusation: a range that should not send */
};

struct dnsbl {
	const char *zone;
	enum dnsbl_kind kind;
	enum dnsbl_match match;
	bool ipv6;
	enum dnsbl_weight weight;
	struct dnsbl_code code[DNSBL_MAX_CODES];
	const char *not_listed[4]; /* answers that are no listing */
	const char *url; /* where to look and ask for removal; "%s" the IP */
	const char *note;
};

extern const struct dnsbl dnsbl_shipped[];
extern const size_t dnsbl_nshipped;

/* Since when a list is dead or lies, in words; NULL: not known as such. */
const char *dnsbl_dead(struct str zone);

/*
 * What is known of lists from their test entries, so that those are asked
 * once a day: a list that failed is tried again after an hour.
 */
enum { DNSBL_MEMORY = 128, DNSBL_SANE_S = 86400, DNSBL_FAILED_S = 3600 };

struct dnsbl_seen {
	struct str zone, why;
	int sane; /* 1 usable, -1 not: why */
	int64_t at_s;
};

struct dnsbl_memory {
	struct arena arena;
	struct dnsbl_seen v[DNSBL_MEMORY];
	size_t n;
};

void dnsbl_remember(struct dnsbl_memory *m, struct str zone, int sane,
    struct str why, int64_t at_s);

/* 1 usable, 0 not yet known, -1 not: *why is one of the words of the
 * catalogue ("lists-everything" ...) */
int dnsbl_sane(const struct asker *asker, struct arena *a,
    const struct dnsbl *list, const char **why);

enum dnsbl_result {
	DNSBL_PENDING,
	DNSBL_NOT_LISTED,
	DNSBL_LISTED,
	DNSBL_LISTED_UNKNOWN_CODE,
	DNSBL_UNKNOWN
};

struct dnsbl_out {
	enum dnsbl_result result;
	struct ip code[DNSBL_MAX_SEEN];
	size_t ncode;
	struct str meaning, txt;
	bool policy;	 /* every code seen is a policy one */
	const char *why; /* of unknown */
};

void dnsbl_look_ip(const struct asker *asker, struct arena *a,
    const struct dnsbl *list, const struct ip *ip, struct dnsbl_out *out);
void dnsbl_look_domain(const struct asker *asker, struct arena *a,
    const struct dnsbl *list, struct str domain, struct dnsbl_out *out);

const char *dnsbl_result_name(enum dnsbl_result r);

#endif
