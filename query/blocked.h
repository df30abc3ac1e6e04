/*
 * blocked.h: what the two halves of the report `blocked` share: ours refused
 * elsewhere (report_blocked.c), others refused by us (blocked_clients.c).
 */
#ifndef QUERY_BLOCKED_H
#define QUERY_BLOCKED_H

#include "query/report.h"

enum { BLOCKED_OURS, BLOCKED_CLIENTS, BLOCKED_TABLES };

enum {
	CL_IP,
	CL_NAME,
	CL_REASON,
	CL_LIST,
	CL_PROGRAM,
	CL_REFUSED,
	CL_FOR_NOW,
	CL_TARGETS,
	CL_FIRST,
	CL_LAST,
	CL_COUNTRY,
	CL_ASN,
	CL_NETWORK,
	CL_TOP,
	CL_SAMPLE,
	BLOCKED_CLIENT_COLS
};
extern const struct col blocked_client_cols[BLOCKED_CLIENT_COLS];

struct clients {
	struct report *r;
	struct tally t;
	struct distinct *d;
	struct buf key;
	uint64_t reputation, rdns; /* refused for good */
};

void clients_init(struct clients *c, struct report *r, struct distinct *d);
void clients_add(struct clients *c, const struct fact *f);
/* Rows, newest counts first; countries and networks where known. */
void clients_finish(struct clients *c);
void clients_release(struct clients *c);

#endif
