/*
 * classify.h: why a delivery failed, from the text and codes of a reply.
 *
 * classify() is a pure function of its input; the same text always gives the
 * same answer, with the rule that decided and the span it matched.  Classes,
 * groups, precedence and traps: docs/rules.md.
 *
 *	struct classifier *cl = classifier_new(NULL, 0, &err);
 *	struct classify_in in = { .text = reply, .phase = PHASE_RCPT };
 *	struct classify_out out;
 *	classify(cl, &in, &out);
 *	classifier_free(cl);
 *
 * A classifier is used by one thread at a time (it caches).
 */
#ifndef CLASSIFY_CLASSIFY_H
#define CLASSIFY_CLASSIFY_H

#include "base/err.h"
#include "base/str.h"

/* One word per class, in the order of docs/rules.md.  Names are stored, not numbers. */
enum cls {
	CLS_NONE, /* nothing to classify */
	CLS_DELIVERED,
	CLS_USER_UNKNOWN,
	CLS_MAILBOX_DISABLED,
	CLS_MAILBOX_MOVED,
	CLS_RECIPIENT_REFUSED,
	CLS_MAILBOX_FULL,
	CLS_SYSTEM_FULL,
	CLS_MESSAGE_TOO_BIG,
	CLS_DOMAIN_NOT_FOUND,
	CLS_DNS_FAILURE,
	CLS_NO_MAIL_SERVICE,
	CLS_CONNECTION_FAILED,
	CLS_MAIL_LOOP,
	CLS_EXPIRED,
	CLS_SERVER_ERROR,
	CLS_GREYLISTED,
	CLS_RATE_LIMITED,
	CLS_TOO_MANY_RECIPIENTS,
	CLS_IP_BLOCKLISTED,
	CLS_IP_BLOCKED,
	CLS_BAD_REPUTATION,
	CLS_RDNS_HELO,
	CLS_DOMAIN_BLOCKLISTED,
	CLS_SENDER_REJECTED,
	CLS_SENDER_AUTH,
	CLS_AUTH_REQUIRED,
	CLS_RELAY_DENIED,
	CLS_TLS_FAILED,
	CLS_SPAM_CONTENT,
	CLS_VIRUS,
	CLS_CONTENT_REJECTED,
	CLS_MALFORMED_MESSAGE,
	CLS_POLICY_REJECTED,
	CLS_PROTOCOL_ERROR,
	CLS_AUTO_REPLY,
	CLS_COMPLAINT,
	CLS_UNKNOWN,
	CLS_COUNT
};

enum grp {
	GRP_NONE,
	GRP_DELIVERED,
	GRP_RECIPIENT,
	GRP_QUOTA,
	GRP_SIZE,
	GRP_DNS,
	GRP_NETWORK,
	GRP_EXPIRED,
	GRP_SERVER,
	GRP_RATE,
	GRP_BLOCKED,
	GRP_SENDER,
	GRP_AUTH,
	GRP_TLS,
	GRP_CONTENT,
	GRP_POLICY,
	GRP_PROTOCOL,
	GRP_NOTICE,
	GRP_UNKNOWN,
	GRP_COUNT
};

enum permanence { PERM_NONE, PERM_TEMP, PERM_PERM };

/* Who speaks in the text. */
enum side {
	SIDE_UNKNOWN,
	SIDE_LOCAL,  /* our own MTA */
	SIDE_REMOTE, /* the server we spoke to */
	SIDE_RELAY,  /* that server quotes a third one */
	SIDE_NOTICE,
	SIDE_COUNT
};

enum phase {
	PHASE_UNKNOWN,
	PHASE_CONNECT,
	PHASE_HELO,
	PHASE_AUTH,
	PHASE_MAIL,
	PHASE_RCPT,
	PHASE_DATA,
	PHASE_EOM, /* end of message */
	PHASE_COUNT
};

/* Where the text stood. */
enum where {
	WHERE_UNKNOWN,
	WHERE_INBOUND,	/* we refused a client */
	WHERE_DELIVERY, /* a delivery attempt of ours */
	WHERE_QUEUE,	/* the queue manager's own word */
	WHERE_COUNT
};

struct classify_in {
	struct str text;       /* as logged, wrapper and all */
	struct str code;       /* "550" or empty: then taken from the text */
	struct str dsn;	       /* "5.1.1" or empty */
	struct str rhost;      /* the remote's name, or empty */
	struct str mta;	       /* "postfix", "exim", "dovecot", "axigen", "" */
	struct str state_mark; /* deferred, bounced, reject, ==, ** or "" */
	enum where where;
	enum phase phase;
	enum side side; /* SIDE_UNKNOWN: found from the wrapper */
};

/* What a refusal says about a blocked address.  Views into in->text or into
 * the classifier's own tables; empty when not said. */
struct block {
	struct str ip;	  /* ours, normalised text */
	struct str list;  /* operator: "Spamhaus", "Barracuda" ... */
	struct str zone;  /* "zen.spamhaus.org" */
	const char *kind; /* dnsbl, receiver, reputation, rdns, domain, or "" */
	struct str lookup_url;
	struct str domain; /* domain blamed, when it is not an IP */
	struct str note;   /* "list is dead" ... */
};

/* The kind that goes with a class, where the reply says no more; else "". */
const char *block_kind(enum cls c);

struct classify_out {
	enum cls cls;
	enum grp grp;
	enum permanence perm;
	enum side side;
	int confidence;		/* 0..3 */
	const char *rule;	/* id; lives as long as the classifier */
	const char *rule_from;	/* "builtin" or "file:line" */
	const char *advice;	/* rule's or class's next step; never NULL */
	struct str span;	/* what the rule matched, in in->text or "" */
	struct str retry_after; /* as the text said, or empty */
	struct block block;
};

struct classifier;

/*
 * The shipped rules, preceded by those of `files` (operator's, in order).
 * NULL with err set when a file cannot be read or holds a bad rule (named
 * with file and line).
 */
struct classifier *classifier_new(const char *const *files, size_t nfiles,
    struct err *err);
/* The shipped rules alone, read when the first reply is classified: most
 * questions have none. */
struct classifier *classifier_later(void);
void classifier_free(struct classifier *cl);

void classify(struct classifier *cl, const struct classify_in *in,
    struct classify_out *out);

/* The same as far as cls, grp, rule, rule_from and confidence; for many. */
void classify_brief(struct classifier *cl, const struct classify_in *in,
    struct classify_out *out);

/* A short text that changes when any rule does ("2026.11-1a2b3c4d"). */
const char *classifier_version(struct classifier *cl);

const char *cls_name(enum cls c); /* "mailbox_full"; "" for CLS_NONE */
const char *grp_name(enum grp g);
enum cls cls_by_name(struct str s); /* CLS_NONE when there is none */
enum grp grp_by_name(struct str s);
enum grp cls_grp(enum cls c);
const char *perm_name(enum permanence p); /* "temp", "perm", "" */
const char *side_name(enum side s);	  /* "local", "remote" ... */

/* Who must act: sender|us|recipient|their_server|dns|network|nobody. */
const char *cls_owner(enum cls c, enum side side);

/* One sentence each: what it means, and what to do next. */
const char *cls_meaning(enum cls c);
const char *cls_next(enum cls c);

#endif
