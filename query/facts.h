/*
 * facts.h: what reports count: a walk over the records of a period that gives
 * one flat struct at a time.
 *
 * FACT_LIFE	one per life (host, queue id) that entered a host
 * FACT_COPY	one per life and recipient: the last word said in the period
 * FACT_REFUSAL	one per refusal without a queue id
 * FACT_AUTH	one per login event or ban
 * FACT_OTHER	one per event about no message: screening, policy, system
 *
 * The walk goes from the newest record to the oldest.  Lives that are whole in
 * one record are given at once; fragments wait, packed, until the walk is at
 * its end, at most FACTS_PARTS_MAX bytes of them (facts_cut() says whether
 * more had to be let go).  So memory is bounded and the cost is that of the
 * period.  What was said after the period is not known: a mail that was still
 * deferred at its end is deferred.
 *
 * Nothing is linked: a mail that goes through three hosts of ours gives copies
 * at each.  `leg` marks those that are only handed on, and those whose end
 * another host of ours tells too; who counts what became of mails skips legs.
 *
 *	struct facts_ask ask = { .st = st, .site = site, .cl = cl,
 *		.t0_us = t0, .t1_us = t1, .kinds = 1u << FACT_COPY };
 *	struct facts *fs = facts_open(&ask, &err);
 *	while ((rc = facts_next(fs, &f, &err)) == 1) ...
 *	facts_close(fs);
 */
#ifndef QUERY_FACTS_H
#define QUERY_FACTS_H

#include "index/store.h"
#include "query/answer.h"
#include "query/life.h"
#include "query/site.h"

enum {
	FACTS_PARTS_MAX = 24 << 20,  /* bytes of fragments that wait */
	FACTS_DONE_MAX = 200000,     /* ids let go early that are remembered */
	FACTS_CLASS_BYTES = 4 << 20, /* of replies whose class is remembered */
};

enum fact_kind {
	FACT_LIFE,
	FACT_COPY,
	FACT_REFUSAL,
	FACT_AUTH,
	FACT_OTHER,
	FACT_KINDS
};

/* Which way the mail goes. */
enum flow { FLOW_UNKNOWN, FLOW_INBOUND, FLOW_OUTBOUND, FLOW_INTERNAL, FLOWS };
extern const char *const flow_name[FLOWS]; /* "inbound" ...; unknown: "" */

/* All views live until the next call of facts_next(). */
struct fact {
	enum fact_kind kind;
	int64_t t_us;	  /* of the last word, the arrival, the event */
	int64_t start_us; /* when this host first spoke of it, in the period */
	int64_t first_us, last_us; /* attempts of this copy; 0: none */
	unsigned attempts;
	struct str host; /* the site's name for it */
	struct str inst, qid;
	enum mta mta;
	enum flow flow;
	/* who and what; STR_NONE when not said (from: empty is <>) */
	struct str from, to, orig_to;
	struct str domain; /* of `to` */
	struct str msgid, subject;
	int64_t size_bytes; /* -1 */
	struct str client_name, client_ip, helo, user;
	/* FACT_LIFE: the client is none of our hosts or filters: the mail
	 * came in here.  `notice`: a bounce or report made here. */
	bool entry, notice;
	/* FACT_COPY, FACT_REFUSAL: what became of it.  OUT_NONE for a leg that
	 * was handed to another hop. */
	enum out_state state;
	bool leg;	/* told, or to be told, by another hop of ours */
	bool is_filter; /* at a filter's own hop (amavis) */
	bool open;	/* still in the queue at the period's end */
	bool refused;	/* at the door */
	/* The next hop of the last word. */
	struct str relay_name, relay_ip, next_qid;
	/* The last failure, also when the copy arrived after it; why.cls is
	 * CLS_NONE when there was none.  Its times: first and last of all. */
	bool failed;
	enum ev_state fail_state; /* ST_DEFERRED, ST_BOUNCED ... */
	int64_t fail_first_us, fail_us;
	struct str fail_relay_name, fail_relay_ip;
	struct str code, dsn, reply, where; /* where: RCPT, CONNECT ... */
	struct str local_ip;		    /* our side of the connection */
	const struct classify_out *why;	    /* never NULL when failed */
	/* FACT_AUTH, FACT_OTHER, FACT_REFUSAL: the event; others the deciding
	 * one.  May be NULL for a copy that waits. */
	const struct rec_event *ev;
	const struct record *rec;
	const struct life *life; /* FACT_LIFE, FACT_COPY */
	uint64_t life_no;	 /* counts them: copies of one life share it */
	const struct copy *copy; /* FACT_COPY */
};

struct facts_ask {
	struct store *st;
	const struct site *site; /* nlogging may be 0: learnt then */
	struct classifier *cl;	 /* NULL: classes as stored */
	int64_t t0_us, t1_us;	 /* both included */
	unsigned kinds;		 /* bits 1 << enum fact_kind; 0 = all */
	/* Bits 1 << enum grp; 0: all.  Passes by whole records in which no
	 * failure of these groups was stored: for reports of failures. */
	unsigned groups;
	/* Only those failures count, not what became of the copies:
	 * fragments without one are passed by too. */
	bool attempts_only;
};

/* All failures there are. */
#define FACTS_FAILED (~(1u << GRP_NONE))

struct facts;

struct facts *facts_open(const struct facts_ask *ask, struct err *err);
int facts_next(struct facts *fs, struct fact *f, struct err *err);
void facts_close(struct facts *fs);

/* Whether fragments had to be let go: numbers are too low. */
bool facts_cut(const struct facts *fs);

/* The site as the walk knows it: configured and learnt. */
const struct site *facts_site(const struct facts *fs);

/* Every event of a failed attempt of this copy, also at servers that were
 * tried before the last: the next at or after *i, which moves on; NULL at the end. */
const struct rec_event *fact_failure(const struct fact *f, size_t *i);

/* The next hop of a failed attempt: as logged, else as its text names it. */
struct str fact_relay(const struct rec_event *e);

/* The classifier's word on one event; STR views live until facts_next(). */
const struct classify_out *facts_why(struct facts *fs,
    const struct rec_event *e);

/* The sender, "<>" when it is none. */
static inline struct str
fact_sender(const struct fact *f)
{
	return f->from.p && !f->from.n ? STR("<>") : f->from;
}

#endif
