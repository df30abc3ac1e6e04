/*
 * scope.h: is it one user, one sender, one domain, one of our addresses, one
 * destination, or everybody?
 *
 * Every copy of a mail that ended in the window is counted once, where it
 * ended, with what it has in common with others: its slices.  Terms about the
 * mail (from, to, client ...) say whose trouble it is; terms about the outcome
 * (state, group, class, code, dsn, reply) say what counts as failed, else
 * everything that was refused, given up, is still deferred or was lost.  Each
 * slice with failures of those asked for is held against all other mail of the
 * window.
 *
 * Nothing is said of small numbers that chance would explain: the one-sided
 * exact test of Fisher, times the number of slices looked at, must stay below
 * SCOPE_CHANCE; rates are shown with Wilson's interval.
 *
 *	struct scope s;
 *	if (scope_run(&ask, &s, &err) < 0) ...
 *	scope_release(&s);
 */
#ifndef QUERY_SCOPE_H
#define QUERY_SCOPE_H

#include "classify/provider.h"
#include "query/query.h"

enum {
	SCOPE_COPIES_MAX = 500000, /* more: an even sample of the messages */
	SCOPE_MAILS_MAX = 500000,  /* whose login and client are remembered */
	SCOPE_SLICES = 12,	   /* shown */
	SCOPE_LEAST = 3,	   /* failures, to say anything */
};
#define SCOPE_CHANCE 0.01

/* In the order in which they are preferred where two are the same mails. */
enum scope_dim {
	SCOPE_USER,
	SCOPE_SENDER,
	SCOPE_RECIPIENT,
	SCOPE_DESTINATION,
	SCOPE_RECEIVER,
	SCOPE_OUR_IP,
	SCOPE_SENDER_DOMAIN,
	SCOPE_NETWORK,
	SCOPE_HOST,
	SCOPE_DIMS
};

/* What it is, when it is no slice. */
enum scope_answer {
	SCOPE_ONE = 0, /* one slice: scope.best */
	SCOPE_ASKED,   /* what was asked for, as a whole */
	SCOPE_SEVERAL, /* several slices, none of them most of it */
	SCOPE_EVERYBODY,
	SCOPE_NOBODY,
	SCOPE_TOO_FEW,
	SCOPE_NO_MAIL,
	SCOPE_ANSWERS
};

extern const char *const scope_dim_name[SCOPE_DIMS];	   /* "user" ... */
extern const char *const scope_dim_title[SCOPE_DIMS];	   /* for people */
extern const char *const scope_answer_name[SCOPE_ANSWERS]; /* one: "one" */

struct scope_slice {
	enum scope_dim dim;
	struct str value;
	uint64_t n, failed;	      /* in it */
	uint64_t rest_n, rest_failed; /* all others of the window */
	uint64_t asked_failed;	      /* of those asked for */
	double low, high;	      /* Wilson's interval of its rate, 95 % */
	double chance; /* of as many failures, were it like the rest */
	bool stands_out;
	int64_t first_us, last_us; /* failures */
};

struct scope_class {
	enum cls cls;
	uint64_t n;
};

struct scope_ask {
	struct query *q; /* terms and window */
	struct store *st;
	const struct site *site;
	struct classifier *cl;
	const struct provider *providers; /* the operator's own */
	size_t nproviders;
};

struct scope {
	struct arena arena;
	int64_t t0_us, t1_us;	    /* the window */
	uint64_t n, failed;	    /* asked for */
	uint64_t all_n, all_failed; /* of the window */
	enum scope_answer answer;
	struct scope_slice best, within; /* SCOPE_ONE; within best */
	bool has_within;
	bool of_asked;		 /* best is a part of what was asked for */
	struct scope_slice same; /* other name of the same mails */
	bool has_same;
	struct str sentence;
	struct scope_slice slice[SCOPE_SLICES];
	size_t nslice;
	struct scope_class cls[4]; /* why the asked ones failed */
	size_t ncls;
	bool sampled;
};

int scope_run(const struct scope_ask *ask, struct scope *s, struct err *err);
void scope_release(struct scope *s);

/* ---- scope_say.c ---- */
void scope_say(struct scope *s, const char *tz);

/* ---- for tests ---- */

/* One-sided exact test: the chance of k or more failures among n of the slice
 * when K of all N fail. */
double scope_fisher(uint64_t k, uint64_t n, uint64_t all_k, uint64_t all_n);
void scope_wilson(uint64_t k, uint64_t n, double *low, double *high);

#endif
