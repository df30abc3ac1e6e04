/*
 * facts_part.h: what facts.c (the walk) and fact_fill.c (one fact) share.
 */
#ifndef QUERY_FACTS_PART_H
#define QUERY_FACTS_PART_H

#include "base/map.h"
#include "query/facts.h"

struct part_row { /* a fragment that waits */
	struct part_row *next;
	size_t n;
	char row[];
};

struct seen { /* records just met, against the same line read twice */
	uint64_t hash;
	int64_t t_us;
	uint32_t src;
};

enum { FACTS_SEEN = 64 };

struct facts {
	struct facts_ask ask;
	struct site site;
	struct arena arena; /* as long as the walk */
	struct arena line;  /* the record or life at hand */
	struct store_cur *cur;
	struct str *mailbox; /* hosts that tell what they stored */
	size_t nmailbox;
	struct seen seen[FACTS_SEEN];
	size_t nseen;
	/* fragments */
	struct map parts; /* host NUL qid -> struct part_row */
	struct arena part_arena;
	struct map done; /* ids that were let go early */
	struct buf row;
	struct rec_scratch scratch;
	bool cut, joining;
	size_t at; /* in parts, while joining */
	/* what is being handed out */
	struct record rec; /* refusal, auth, other */
	bool has_rec;
	struct lives lives;
	uint64_t life_no;
	size_t life, copy; /* copy 0: the life itself; then copy - 1 */
	size_t event;	   /* of rec */
	/* classes */
	struct map why;
	struct arena why_arena;
	struct buf key;
};

/* Whether the same record, read from another file, was met lately. */
bool facts_met(struct facts *fs, const struct record *rec);

/* 1 *f is a fact of the period that was asked for, 0 it is none. */
int fact_of_life(struct facts *fs, const struct life *l, struct fact *f);
int fact_of_copy(struct facts *fs, const struct life *l, const struct copy *c,
    struct fact *f);
int fact_of_event(struct facts *fs, const struct record *rec, size_t i,
    struct fact *f);

#endif
