/*
 * evidence.h: what the store proves about an address, a domain or an IP, and
 * which link of the support chain (1 to 9) each fact speaks for.
 *
 *	struct evidence ev;
 *	struct evd_ask ask = { .kind = EVD_ADDRESS, .target = addr, ... };
 *	if (evidence_gather(&ask, store, &site, cl, &ev, &err) < 0) ...
 *	... ev.link[8 - 1].state: is the mailbox full?
 *	evidence_release(&ev);
 *
 * A link is broken by a failure that nothing newer contradicts.  Refusals
 * that are about somebody else (the sender of mail to the target, one
 * message's content) are facts, but break nothing.  Cost is bounded: the
 * newest messages by the index, never a walk over the whole store.
 */
#ifndef QUERY_EVIDENCE_H
#define QUERY_EVIDENCE_H

#include "query/query.h"

enum evd_target { EVD_ADDRESS, EVD_DOMAIN, EVD_IP };

enum evd_kind {
	EVD_RECEIVED,	  /* a message for the target arrived, or left for it */
	EVD_SENT,	  /* one of the target's own was accepted */
	EVD_NOT_RECEIVED, /* failed for a reason that lies with the target */
	EVD_NOT_SENT,	  /* the target's own mail was refused */
	EVD_OTHERS,  /* mail for the target refused for its sender's sake */
	EVD_MESSAGE, /* one message failed for what it was */
	EVD_LOGIN,
	EVD_NO_LOGIN,
	EVD_ALIAS, /* text: where it goes */
	EVD_BAN,
	EVD_UNBAN,
	EVD_CLIENT,	/* a mail program set up wrongly; text: how */
	EVD_DOMAIN_OK,	/* mail for others of the same domain arrived */
	EVD_BLOCKED_US, /* our address was refused by a remote */
	EVD_KINDS
};

extern const char *const evd_kind_name[EVD_KINDS];

enum evd_effect {
	EVD_TELLS, /* changes nothing */
	EVD_PROVES,
	EVD_WEAKENS,
	EVD_BREAKS,
};

/* How a mail program is set up wrongly (EVD_CLIENT). */
enum evd_slip {
	SLIP_NONE,
	SLIP_NO_DOMAIN,	 /* logs in without the @ part */
	SLIP_ALIAS,	 /* logs in with an alias */
	SLIP_PLAIN_PORT, /* no TLS where it is needed */
	SLIP_TLS_PORT,	 /* plain text at a TLS port, or the reverse */
	SLIP_OLD_TLS,
	SLIP_TLS_FAILED,   /* why is not logged */
	SLIP_CERTIFICATE,  /* it does not accept our certificate */
	SLIP_NO_AUTH,	   /* sends without logging in */
	SLIP_OLD_PASSWORD, /* one device still has it, others log in */
	SLIP_COUNT
};

extern const char *const evd_slip_name[SLIP_COUNT];

enum {
	EVD_LINES = 3,
	EVD_LINKS = 9,
	EVD_USUAL = 3, /* senders that make a domain a usual one */
};

struct evd_fact {
	enum evd_kind kind;
	enum evd_effect effect;
	int link; /* 1 to 9, which it speaks for most; 0: none */
	enum cls cls;
	enum evd_slip slip;
	bool other;  /* about others of the same domain */
	bool by_us;  /* refused at our own door */
	bool locked; /* the login was refused because the account is */
	bool waits;  /* deferred: will be tried again */
	int64_t first_us, last_us;
	size_t n;
	bool more; /* n and first_us are what was looked at; there is more */
	/* of the newest one; NULL where there is no message */
	const struct ans_message *msg;
	const struct ans_rcpt *rcpt;
	struct str user, ip, service, text;
	struct str host;  /* of ours: it logged this */
	int64_t until_us; /* a ban's end as it was announced; 0: not */
	struct ans_evidence line[EVD_LINES];
	size_t nline;
};

enum evd_state {
	EVD_UNKNOWN,
	EVD_PROVED,
	EVD_WEAK,
	EVD_BROKEN,
};

struct evd_link {
	enum evd_state state;
	int64_t t_us;		    /* of what decided */
	const struct evd_fact *why; /* NULL when unknown */
};

struct evd_ask {
	enum evd_target kind;
	struct str target;  /* an address or a domain in lower case, an IP */
	struct str also[8]; /* further names of the account (look-up) */
	size_t nalso;
	bool sending, receiving; /* neither: both */
};

struct evidence {
	struct arena arena;
	struct answer *ans[20];
	size_t nans;
	int ours; /* the domain, or the IP: 1 ours, 0 not, -1 unknown */
	struct evd_fact **fact; /* most telling first */
	size_t nfact, cfact;
	struct evd_link link[EVD_LINKS];
	const struct evd_fact *received, *sent, *login; /* newest good ones */
	struct str alias_to; /* where an alias leads, if to one */
	size_t nalias;
	size_t domain_senders; /* others' senders whose mail the domain took */
	struct str usual[128]; /* domains mail goes to, most frequent first;
				  gathered when the target's is unknown */
	size_t nusual;
	struct str near[5]; /* addresses like it that the logs know */
	size_t nnear;
	struct str sister[5]; /* same local part in other domains of ours */
	size_t nsister;
	int64_t logs_from_us, logs_until_us; /* what the store covers */
	bool logins_logged;		     /* logins are logged at all */
};

int evidence_gather(const struct evd_ask *ask, struct store *st,
    const struct site *site, struct classifier *cl, struct evidence *ev,
    struct err *err);
void evidence_release(struct evidence *ev);

/* The link a class of refusal speaks for, 1 to 9; 0: none. */
int evd_link_of(enum cls c);

/* ---- inside query/evidence*.c ---- */

struct evd_ctx {
	const struct evd_ask *ask;
	struct store *st;
	const struct site *site;
	struct classifier *cl;
	struct evidence *ev;
};

/* A new fact in the list. */
struct evd_fact *evidence_fact(struct evidence *ev, enum evd_kind kind);

/* Adds a line to a fact, from a record or from a verdict. */
void evidence_line(struct evd_ctx *x, struct evd_fact *f,
    const struct record *rec, size_t i);
void evidence_lines(struct evd_fact *f, const struct ans_rcpt *r);

/* What the text of a failed login or session says. */
bool evd_says_locked(struct str text);
bool evd_says_no_user(struct str text);
enum evd_slip evd_slip_of(struct str text);

/* The parts: messages; logins, bans, sessions. */
int evidence_mail(struct evd_ctx *x, struct err *err);
int evidence_logins(struct evd_ctx *x, struct err *err);
int evidence_client(struct evd_ctx *x, struct err *err);
int evidence_usual(struct evd_ctx *x, struct err *err);

#endif
