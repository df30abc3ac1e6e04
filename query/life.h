/*
 * life.h: records -> lives: one message at one host under one queue id.
 *
 * A life is put together from all fragments of (host, queue id) in time
 * order.  A queue id that came back gives several lives.  Inside a life every
 * recipient has one copy, with its attempts and its last word.
 */
#ifndef QUERY_LIFE_H
#define QUERY_LIFE_H

#include "index/record.h"
#include "query/answer.h"
#include "query/site.h"

struct life;

/* One event, and the record it came from. */
struct lev {
	const struct rec_event *e;
	const struct record *rec;
};

/* What became of one recipient at this hop. */
struct copy {
	struct str to, orig_to; /* without <>; to has a domain if known */
	enum ev_state state;
	struct lev last;   /* the line that decided; .e may be NULL (queued) */
	struct lev failed; /* the last line with a failure, for its class */
	struct lev told;   /* what the mailbox host itself said of that */
	size_t *attempt;   /* indices into life->ev */
	size_t nattempt, cattempt;
	bool refused; /* at the door, never accepted */
	bool by_rule; /* the whole message was held, discarded ... */
	bool deleted; /* by an administrator, from the others' midst */
	/* filled by link.c */
	struct life *next;
	enum link_kind link;
	enum link_conf conf;
	struct copy *origin; /* the copy at the hop before it came from */
	struct life *origin_life;
	bool has_heirs; /* some copy of the next hop has this as origin */
};

/* A copy that was handed to a life. */
struct handed_in {
	struct copy *c;
	struct life *l; /* whose it is */
	struct handed_in *next;
};

struct life {
	struct str host; /* the site's name for it */
	struct str printed_host;
	struct str qid, inst;
	enum mta mta;
	const struct record *const *rec; /* what it is made of */
	size_t nrec;
	struct lev *ev;
	size_t nev;
	int64_t t0_us, t1_us;
	bool started, ended;
	bool parts;	 /* some part of it is a fragment: there may be more */
	struct str from; /* STR_NONE: not said */
	struct str *msgid; /* without <>, as many as were logged */
	size_t nmsgid;
	struct str subject; /* decoded */
	int64_t size_bytes;
	struct str client_name, client_ip, helo, user, tls;
	struct str orig_qid;  /* the id before: XFORWARD, requeue, Exim R= */
	bool is_notice_child; /* orig_qid is a parent it tells about (R=) */
	bool local_entry;     /* pickup, sendmail command line */
	bool active, aborted, held, deleted, expired;
	struct lev arrive, end, hold, lost, rule; /* .e NULL when none */
	struct lev given_up;			  /* Exim's "cancelled by" */
	enum ev_state rule_state; /* of the whole message: rejected ... */
	struct lev filter;	  /* amavis, rspamd: the verdict */
	struct copy *copy;
	size_t ncopy, ccopy;
	struct {
		struct str qid;
		struct lev ev;
		struct str kind;
	} notice[4];
	size_t nnotice;
	/* link.c, trace.c */
	struct life *prev;   /* one that handed it over, or NULL: entry */
	enum link_kind link; /* how that was found */
	enum link_conf conf;
	struct life *requeued; /* goes on under another id, same host */
	struct handed_in *in;  /* oldest first */
	bool in_message;
	bool notice_of_it; /* tells about the message, or goes on from that */
};

struct lives {
	struct life **life;
	size_t n, cap;
};

/*
 * The lives in a set of hop records, oldest first.  Records and result live
 * in the arena.
 */
void lives_build(struct arena *a, const struct site *site,
    const struct record *const *rec, size_t nrec, struct lives *out);

/*
 * A filter's line, or a record of nothing else: it logs under the id of the
 * server that asked it and has no queue, so that it is no hop by itself.
 */
bool life_is_aside(const struct rec_event *e);
bool rec_is_aside(const struct record *rec);

/* One more life, of which there is no line: what a hop before it tells of it. */
struct life *life_absent(struct arena *a, struct lives *ls, struct str host,
    struct str qid, int64_t t_us);

/* Message-ID without <> and white space. */
struct str msgid_bare(struct str msgid);

bool life_has_msgid(const struct life *l, struct str bare);
/* false when both have Message-IDs and share none. */
bool life_msgid_compatible(const struct life *a, const struct life *b);

#endif
