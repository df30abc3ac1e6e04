/*
 * find_part.h: what the files of the search share; nobody else includes this.
 *
 *	find.c		candidates -> messages -> answer
 *	find_token.c	terms -> tokens
 *	find_refusal.c	refusals without a queue id
 */
#ifndef QUERY_FIND_PART_H
#define QUERY_FIND_PART_H

#include "base/map.h"
#include "query/query.h"
#include "query/trace.h"

struct finder {
	struct query *q;
	struct store *st;
	struct site site;
	struct verdict_ctx v;
	struct answer *ans;
	struct arena *a;
	struct map done; /* record ids that are in a message already */
	struct map line; /* refusal lines that are, by source and offset */
	struct traced *msg;
	size_t nmsg, cmsg;
	/* messages that refusals belong to, but that do not fit the terms */
	struct traced *aside;
	size_t naside, caside;
	bool owning;
	struct arena walk, scratch; /* of one candidate */
	const struct record **ref;
	size_t nref, cref;
	bool more, cut;
};

/* ---- find.c ---- */

bool find_first_time(struct finder *f, struct map *m, const void *key,
    size_t n);
void find_note_line(struct finder *f, const struct rec_event *e);
bool find_line_noted(const struct finder *f, const struct rec_event *e);

/* The message of a hop record, when it is not there yet and fits the terms. */
int find_add_hop(struct finder *f, const struct record *rec, struct err *err);

/* ---- find_token.c ---- */

/* The tokens of a term; false when it has none for some value. */
bool find_term_set(struct finder *f, const struct term *t,
    struct store_set *set);

/* ---- find_refusal.c ---- */

bool find_is_refusal(const struct record *rec);

/* f->ref to messages. */
int find_refusals(struct finder *f, struct err *err);

/* How often each recipient was put off before this message was accepted. */
int find_earlier(struct finder *f, struct traced *t, struct err *err);

#endif
