/*
 * rdap.h: what a registry says about a domain (RFC 9083), read from the
 * answer alone, and where to ask (RFC 9224).
 */
#ifndef LIVE_RDAP_H
#define LIVE_RDAP_H

#include "base/arena.h"
#include "live/check.h"

enum {
	RDAP_MAX = 256 * 1024,
	RDAP_MAX_NS = 32,
	RDAP_MAX_STATUS = 32,
	RDAP_MAX_REDIRECTS = 3
};

struct rdap {
	int http;	    /* 0: no answer at all */
	bool ok;	    /* a domain object was read */
	struct str problem; /* why not */
	struct str name;
	int64_t expires_s; /* 0: not published */
	int64_t registrar_expires_s;
	int64_t registered_s, changed_s, transferred_s;
	struct str status[RDAP_MAX_STATUS]; /* lower case, with blanks */
	size_t nstatus;
	struct str ns[RDAP_MAX_NS]; /* lower case, no final dot */
	size_t nns;
	struct str registrar;
};

/* The body of an answer with that HTTP status. */
void rdap_read(struct arena *a, int http, struct str body, struct rdap *out);

/* "2027-04-01T00:30:00.0+02:00" as seconds; false: no such time. */
bool rdap_time(struct str s, int64_t *out);

/* Whether to follow a redirect, the n-th; NULL: yes, else why not. */
const char *rdap_redirect(struct str location, int n);

/* URL to ask for a domain: longest suffix, https only; STR_NONE: none. */
struct str rdap_url(struct arena *a, struct str bootstrap, struct str domain);

/* What the name servers in DNS are, for comparing; n 0: not known. */
struct rdap_dns {
	int exists; /* 1 DNS knows the name, 0 NXDOMAIN, -1 not known */
	const struct str *ns;
	size_t nns;
};

/* D01-D05 from an answer: result and sentence. */
enum check_result rdap_judge(struct arena *a, enum check_id id,
    const struct rdap *r, const struct rdap_dns *dns, struct str domain,
    int64_t now_s, struct str *say);

/* Whether the registry's list is another than the zone's (R02). */
bool rdap_ns_differ(const struct rdap *r, const struct rdap_dns *dns);

int rdap_days(const struct rdap *r, int64_t now_s); /* until it runs out */

#endif
