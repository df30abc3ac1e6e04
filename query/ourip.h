/*
 * ourip.h: from which address of ours a host spoke to the world.
 *
 * In order of trust: what the other side's reply names, what the line says of
 * the connection, the configuration ([ours] outgoing, "host/instance" too),
 * what other replies named for that host, and what next hops of ours logged
 * as its address.
 */
#ifndef QUERY_OURIP_H
#define QUERY_OURIP_H

#include "classify/classify.h"
#include "index/store.h"
#include "query/site.h"

enum ourip_from {
	OURIP_UNKNOWN,
	OURIP_REPLY,
	OURIP_LINE,
	OURIP_CONFIG,
	OURIP_LEARNT
};
extern const char *const ourip_from_name[]; /* "reply" ...; unknown: "" */

struct ourip_named { /* by replies to this host and instance */
	struct str host, inst, ip;
	bool several;
};

struct ourip {
	const struct site *site;
	struct store *st;
	int64_t t0_us, t1_us; /* where to learn from */
	struct arena *a;
	struct site_pair *learnt; /* host, address */
	size_t nlearnt, clearnt;
	bool looked;
	struct ourip_named *named;
	size_t nnamed, cnamed;
};

void ourip_init(struct ourip *o, struct store *st, const struct site *site,
    struct arena *a, int64_t t0_us, int64_t t1_us);

/*
 * STR_NONE and OURIP_UNKNOWN when nothing says it.  `why` may be NULL; host
 * is the site's name for it.
 */
struct str ourip_of(struct ourip *o, struct str host, struct str inst,
    struct str local_ip, const struct classify_out *why, enum ourip_from *from);

#endif
