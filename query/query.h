/*
 * query.h: from terms to an answer.
 *
 *	struct query q;
 *	query_init(&q);
 *	if (query_term(&q, STR("from=a@b"), &err) < 0) ...
 *	if (query_run(&q, store, &site, cl, &answer, &err) < 0) ...
 *	answer_release(&answer);
 *	query_release(&q);
 */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "base/re.h"
#include "index/store.h"
#include "query/answer.h"
#include "query/site.h"

/* Keys of terms, in the order of docs/mailtrace.1. */
enum term_key {
	T_FROM,
	T_TO,
	T_SUBJECT,
	T_ID,
	T_QID,
	T_CLIENT,
	T_RELAY,
	T_USER,
	T_HELO,
	T_HOST,
	T_STATE,
	T_GROUP,
	T_CLASS,
	T_CODE,
	T_DSN,
	T_REPLY,
	T_SIZE,
	T_DELAY,
	T_TEXT,
	T_SINCE,
	T_UNTIL,
	T_ON,
	T_LAST,
	T_KEYS
};

enum term_op { OP_EQ, OP_RE, OP_NE, OP_NRE, OP_GT, OP_LT };

struct term {
	enum term_key key;
	enum term_op op;
	struct str *value; /* alternatives, unescaped; '*' kept as wildcard */
	bool *glob;	   /* value[i] holds an unescaped '*' */
	struct re **re;
	int64_t *num; /* sizes in bytes, delays in microseconds */
	size_t n;
	bool anywhere; /* a bare address: sender, recipient or Message-ID */
};

struct query {
	struct arena arena;
	struct term *term;
	size_t nterm, cap;
	int64_t t0_us, t1_us; /* window; 0 and INT64_MAX when open */
	size_t limit;	      /* messages; default 50 */
	bool want_lines;      /* fill ans_hop.line (-vv) */
	bool want_evidence_text;
	int64_t now_us; /* "today", "-2h": settable for tests */
	const char *tz; /* display zone, for dates; NULL = local */
};

/* One row per key: name, synonyms, help; walked by --help and the manual. */
struct term_info {
	enum term_key key;
	const char *name, *also, *about;
};
extern const struct term_info term_info[T_KEYS];

void query_init(struct query *q);
void query_release(struct query *q);

/* Adds "key=value", or a bare argument (address, <id>, queue id, pasted
 * Received line or reply).  -1 and a clear message on nonsense. */
int query_term(struct query *q, struct str arg, struct err *err);
/* The same for options such as --from VALUE. */
int query_term_kv(struct query *q, enum term_key key, enum term_op op,
    struct str value, struct err *err);

int query_run(struct query *q, struct store *st, const struct site *site,
    struct classifier *cl, struct answer *ans, struct err *err);

#endif
