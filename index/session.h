/*
 * session.h: what is known of a client's or agent's session before, or
 * without, a queue id.  Used by assemble.c only.
 *
 * A session is found by host number and a key: the process id, or for
 * postscreen the client's address and port.  The table is bounded: the oldest
 * sessions are forgotten.
 */
#ifndef INDEX_SESSION_H
#define INDEX_SESSION_H

#include "index/rd.h"
#include "index/record.h"

struct session {
	struct session *next, *prev; /* oldest first */
	struct session *chain;	     /* of the same place in the table */
	uint64_t hash;
	int64_t t_us; /* last touched, log time */
	uint8_t key_n, qid_n, tls_n;
	char key[68];  /* host number, then the key */
	char qid[128]; /* message in transfer; empty when none */
	char tls[160];
	struct buf pend; /* events waiting for a record, times absolute */
	uint32_t npend;
	struct buf talk; /* dialogue.h; most sessions have none */
};

struct sessions;

struct sessions *sessions_new(void);
void sessions_free(struct sessions *ss);

/* The session, made when `create`; else NULL when there is none. */
struct session *session_get(struct sessions *ss, uint32_t host, struct str key,
    int64_t t_us, bool create);
void session_drop(struct sessions *ss, struct session *s);

void session_set_qid(struct session *s, struct str qid);
void session_set_tls(struct session *s, struct str tls);

/* Keeps an event for the next record of its session; a few at most.  raw: as
 * in rec_put_event(). */
void session_hold(struct session *s, const struct line *ln,
    const struct event *ev, uint32_t src, struct str raw);

/* Appends the held events to those of a row, forgets them; how many. */
uint32_t session_take(struct session *s, struct buf *events);

/* Time of the oldest held event, or `t_us` when there is none. */
int64_t session_first(const struct session *s, int64_t t_us);

bool sessions_pending(const struct sessions *ss); /* any held at all */

void sessions_save(const struct sessions *ss, struct buf *out);
void sessions_load(struct sessions *ss, struct rd *saved);

#endif
