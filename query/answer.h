/*
 * answer.h: the result of a trace: what cli/out_*.c prints and nothing else.
 *
 * Everything lives in the arena of the answer.  An absent text is STR_NONE
 * (printed as null), an absent time is 0, an absent number is -1.  The
 * meanings are those of docs/JSON.md (schema mailtrace.trace/1).
 */
#ifndef QUERY_ANSWER_H
#define QUERY_ANSWER_H

#include "base/arena.h"
#include "classify/classify.h"
#include "index/record.h"

/* What became of a recipient's copy; the words of docs/JSON.md. */
enum out_state {
	OUT_NONE,
	OUT_DELIVERED,
	OUT_LEFT,
	OUT_QUEUED,
	OUT_DEFERRED,
	OUT_HELD,
	OUT_BOUNCED,
	OUT_EXPIRED,
	OUT_REJECTED,
	OUT_ABORTED,
	OUT_DISCARDED,
	OUT_QUARANTINED,
	OUT_DELETED,
	OUT_LOST,
	OUT_STATES
};

enum link_kind {
	LINK_ENTRY,
	LINK_QUEUED_AS,
	LINK_FORWARDED_AS,
	LINK_ORIG_QUEUE_ID,
	LINK_FILTER,
	LINK_BOUNCE,
	LINK_MESSAGE_ID,
	LINK_EXPANSION,
	LINK_KINDS
};

enum link_conf { CONF_GUESS, CONF_STRONG, CONF_EXACT };

extern const char *const out_state_name[OUT_STATES]; /* "delivered" ... */
extern const char *const link_kind_name[LINK_KINDS]; /* "queued-as" ... */
extern const char *const link_conf_name[3];	     /* "exact" ... */

/* One hop on the way of one recipient: a host of ours. */
struct ans_step {
	struct str host, qid;
	const char *mta; /* "postfix" */
	int64_t t_us;
	enum link_kind link;
	enum link_conf conf;
};

struct ans_evidence {
	struct str source; /* file */
	uint64_t line, offset;
	struct str text; /* the raw line; STR_NONE when it is gone */
	const char *why_gone;
	int64_t t_us;
};

struct ans_attempt {
	int64_t t_us;
	enum ev_state state;
	struct str relay_name, relay_ip;
	int port; /* -1 none */
	struct str code, dsn, text;
	struct str tls;
	int64_t delay_us; /* -1 none */
	enum cls cls;
};

struct ans_delivery { /* within one hop: all attempts for one recipient */
	struct str to, original_to;
	struct str relay, relay_ip;
	struct ans_attempt *attempt;
	size_t nattempt;
};

struct ans_line { /* a line of a hop, for -vv */
	int64_t t_us;
	struct ans_evidence at;
};

struct ans_hop {
	struct str host, qid;
	const char *mta;
	struct str client_name, client_ip, from;
	int64_t size_bytes; /* -1 none */
	int64_t first_us, last_us;
	bool closed;
	struct ans_delivery *delivery;
	size_t ndelivery;
	struct ans_line *line; /* filled only when asked for */
	size_t nline;
};

struct ans_rcpt {
	bool matched; /* asked for by to= (these come first) */
	struct str to, original_to;
	enum out_state state;
	struct classify_out c; /* c.cls CLS_NONE: class and group are null */
	struct str rule;       /* a copy of c.rule */
	/* stopped_at */
	struct str stop_host, stop_qid, stop_program;
	/* remote */
	bool has_remote;
	struct str remote_name, remote_ip, remote_qid, remote_tls;
	int remote_port;
	/* reply */
	bool has_reply;
	int reply_code; /* -1 none */
	struct str reply_dsn, reply_text;
	/* stored */
	bool has_stored;
	struct str mailbox, folder, stored_id;
	/* filter */
	bool has_filter;
	struct str filter_name, verdict, score, quarantine;
	struct str tests; /* which of the filter's counted most, a few */
	int earlier_refusals;
	int64_t time_us;
	int attempts;
	int64_t first_attempt_us, last_attempt_us, next_attempt_by_us;
	const char *who_acts;
	struct str why, next; /* one sentence each */
	struct ans_step *path;
	size_t npath;
	struct ans_evidence *evidence;
	size_t nevidence;
	/* notice */
	bool has_notice;
	struct str notice_qid;
	enum out_state notice_state;
	struct str notice_to;
	/* also: our IP was refused here, another of ours accepted there ... */
	struct str remark;
};

struct ans_message {
	struct str message_id, subject, from; /* from empty, not NONE: <> */
	int64_t size_bytes;
	int64_t first_us, last_us;
	struct {
		struct str host, client_name, client_ip, helo, user, tls;
	} entry;
	struct ans_rcpt *rcpt;
	size_t nrcpt;
	struct ans_hop *hop;
	size_t nhop;
};

struct answer {
	struct arena arena;
	struct ans_message *message;
	size_t nmessage;
	bool truncated; /* cut by the limit */
	/* searched */
	int64_t from_us, until_us; /* what the store covers of the window */
	struct str *host;
	size_t nhost;
	uint64_t sources, lines, unknown_lines;
	struct str *hint; /* sentences */
	size_t nhint;
};

void answer_release(struct answer *ans);

#endif
