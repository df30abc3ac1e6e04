/*
 * ws.h: the working set of one message: records fetched so far, their lives.
 */
#ifndef QUERY_WS_H
#define QUERY_WS_H

#include "base/map.h"
#include "index/store.h"
#include "query/life.h"

enum {
	WS_RECORDS_MAX = 4000, /* of one message with all its hops */
	WS_MSGID_MAX = 600,    /* of one Message-ID: lists, resends */
};

struct ws {
	struct store *st;
	const struct site *site;
	struct arena *a;
	const struct record **rec; /* hops */
	size_t nrec, crec;
	const struct record **other; /* filter verdicts without an own id */
	size_t nother, cother;
	struct map have;  /* record ids */
	struct map asked; /* "m:..." and "q:..." keys already fetched */
	struct lives lives;
	bool cut; /* a limit was reached: the answer is not whole */
};

void ws_init(struct ws *ws, struct store *st, const struct site *site,
    struct arena *a);
void ws_release(struct ws *ws);

void ws_add(struct ws *ws, const struct record *rec);

/*
 * Fetches what names the Message-ID, or the queue id, within a queue's
 * lifetime of [t0, t1].  1 something new came, 0 not, -1 failed.
 */
int ws_msgid(struct ws *ws, struct str bare, int64_t t0_us, int64_t t1_us,
    struct err *err);
int ws_qid(struct ws *ws, struct str qid, int64_t t0_us, int64_t t1_us,
    struct err *err);

#endif
