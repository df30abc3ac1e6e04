/*
 * scope_part.h: what the files of a scope share; nobody else includes this.
 *
 *	scope.c		which slice it is
 *	scope_count.c	the walks, and what each slice adds up to
 *	scope_stat.c	whether it is chance
 *	scope_say.c	the sentence
 */
#ifndef QUERY_SCOPE_PART_H
#define QUERY_SCOPE_PART_H

#include "query/fact_terms.h"
#include "query/ourip.h"
#include "query/report.h"
#include "query/scope.h"

/* A value of one dimension. */
struct value {
	enum scope_dim dim;
	struct str name;
	uint64_t n, failed, asked_n, asked_failed;
	int64_t first_us, last_us;
	int64_t asked_first_us, asked_last_us;
	uint64_t in_n, in_failed; /* within the best slice */
	int64_t in_first_us, in_last_us;
	double evidence;
};

/* One copy. */
struct item {
	struct value *v[SCOPE_DIMS];
	int64_t t_us, since_us; /* since_us: failed first, for that reason */
	uint32_t hash;		/* of the message, to take an even sample */
	uint8_t cls;
	bool failed, asked;
};

/* How a mail came in. */
struct mail {
	struct str user, client_ip, client_name, helo, host;
};

struct counter {
	const struct scope_ask *ask;
	struct scope *s;
	struct query whose, what; /* terms of the mail, of the outcome */
	struct tally value[SCOPE_DIMS], mail, text, once;
	struct buf key;
	struct item *item;
	size_t nitem, citem;
	unsigned thin; /* of the messages one in 1 << thin */
	struct ourip ours;
	struct report r; /* report_receiver() wants one */
};

/* ---- scope_count.c ---- */

int scope_read_mails(struct counter *c, struct err *err);
int scope_read_copies(struct counter *c, struct err *err);
void scope_add_up(struct counter *c);
/* Widens the times of failures by those of one. */
void scope_when(int64_t *first, int64_t *last, const struct item *it);

/* ---- scope_stat.c ---- */

/* Log-likelihood ratio of a slice with a rate of its own. */
double scope_evidence(uint64_t k, uint64_t n, uint64_t all_k, uint64_t all_n);

#endif
