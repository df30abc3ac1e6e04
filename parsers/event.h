/*
 * event.h: one thing a server said, as a flat struct of views into its line.
 *
 * A parser fills one event per line: a kind, the keys that join it to other
 * lines (qid, pid), a few flags that say what it means for the life of a
 * message, and fields.  Every field is text exactly as the line printed it
 * (also numbers), so that nothing is lost and the line can be printed again
 * from its event (parser.h, print).  A field is valid only if its bit is in
 * `mask`: use ev_set() and ev_get().
 *
 * The same fields are the columns of the store.  To carry a new fact to the
 * store: add a field at the END of enum field (numbers are stored) and its
 * row in event.c; set it in the parser; read it in query/.
 */
#ifndef PARSERS_EVENT_H
#define PARSERS_EVENT_H

#include "base/str.h"

/* What kind of thing was said.  Numbers are stored: append only. */
enum ev_kind {
	EV_NONE,
	/* a session with a client; joined by (host, tag, pid) */
	EV_CONNECT,    /* client */
	EV_DISCONNECT, /* client; TEXT = the command counts if any */
	EV_TLS,	       /* TLS established with the client or the relay */
	EV_LOST,       /* session ended early: WHERE, ACTION = the reason */
	/* the life of one message at one host; qid is set */
	EV_ARRIVE,   /* accepted from CLIENT_*, USER, or locally (uid) */
	EV_MSGID,    /* MSGID */
	EV_HEADER,   /* header/body/milter action: ACTION, SUBJECT or TEXT */
	EV_ACTIVE,   /* FROM, SIZE, NRCPT: in the queue and being worked on */
	EV_DELIVERY, /* one attempt for one TO, with `state` and REPLY */
	EV_ATTEMPT,  /* a try at one server failed, another follows; no TO */
	EV_EXPIRED,  /* queue lifetime over for all that is still deferred */
	EV_NOTICE,   /* a notice about qid was made: QID2 = its id, ACTION */
	EV_ADMIN,    /* ACTION = hold, release, requeue, expire, freeze,
			* thaw, remove, cancel, edit ... by a person or rule */
	EV_END,	     /* left the queue: ACTION as printed */
	EV_NOTE,     /* anything else about qid; TEXT */
	/* with or without a qid */
	EV_REJECT, /* ACTION = reject, hold, discard, redirect, filter,
			* warn, permit ...; WHERE, CODE, DSN, REPLY, CLIENT_*,
			* FROM, TO, HELO, USER; `state` says what it did */
	/* companions */
	EV_FILTER, /* a filter's verdict: VERDICT, SCORE, ACTION,
			* QUARANTINE, QID2 = id given to it, QID3 = id of the
			* re-injected copy, RCPTS; `state` */
	EV_STORED, /* a mailbox server's result for TO: FOLDER, `state` */
	EV_POLICY, /* greylisting, SPF, policy answer: ACTION, TEXT */
	EV_SCREEN, /* postscreen, dnsblog: ACTION, LIST, TEXT */
	/* not about a message */
	EV_AUTH,   /* login: `state` ST_OK or ST_FAIL; USER, CLIENT_IP,
			* SERVICE, TEXT = why */
	EV_BAN,	   /* an address was banned or unbanned: CLIENT_IP,
			* ACTION = ban, unban; SERVICE = jail or list */
	EV_LOSS,   /* the logging itself lost lines; TEXT */
	EV_SYSTEM, /* start, stop, reload, version, crash; TEXT */
	EV_KINDS
};

/*
 * What the line says became of it, whatever the program calls it.  For
 * EV_DELIVERY and EV_STORED: of this recipient; for EV_FILTER: of the mail;
 * for EV_REJECT: what the action did.  Numbers are stored: append only.
 */
enum ev_state {
	ST_NONE,
	ST_SENT,     /* accepted by the next hop, or stored (see relay) */
	ST_DEFERRED, /* tried (or suspended), will be tried again */
	ST_BOUNCED,  /* given up, permanent */
	ST_EXPIRED,  /* given up, time over */
	ST_REJECTED, /* refused at the door, 5xx */
	ST_TEMPFAIL, /* refused at the door for now, 4xx */
	ST_HELD,
	ST_DISCARDED,
	ST_QUARANTINED,
	ST_REDIRECTED, /* sent to another recipient or transport instead */
	ST_PROBE_OK,   /* address verification, not mail */
	ST_PROBE_BAD,
	ST_PASSED,    /* a filter or policy let it through */
	ST_WARNED,    /* logged only, nothing was refused */
	ST_OK,	      /* login succeeded */
	ST_FAIL,      /* login failed */
	ST_REPLIED,   /* vacation or notice sent; the mail itself goes on */
	ST_FORWARDED, /* copied on under a new message; may also be stored */
	ST_STATES
};

enum mta {
	MTA_NONE,
	MTA_POSTFIX,
	MTA_EXIM,
	MTA_AXIGEN,
	MTA_AMAVIS,
	MTA_DOVECOT,
	MTA_RSPAMD,
	MTA_SPAMD,
	MTA_POSTGREY,
	MTA_SPF,
	MTA_OPENDKIM,
	MTA_OPENDMARC,
	MTA_CLAMAV,
	MTA_BAN,
	MTA_SYSTEM,
	MTA_OTHER,
	MTA_COUNT
};

/* Fields.  Numbers are stored: append only, at most 64. */
enum field {
	F_QID2, /* related id: see the kinds above; EV_DELIVERY: the
			 * next hop's id out of its reply; EV_ARRIVE: the id
			 * before (orig_queue_id, orig_id, Exim R= parent) */
	F_QID3,
	F_FROM,	   /* envelope sender without <>; empty = null sender */
	F_TO,	   /* recipient without <> */
	F_ORIG_TO, /* recipient as given, when it differs */
	F_RCPTS,   /* several recipients as printed; see rcpts_next() */
	F_MSGID,   /* Message-ID as printed, with <> if it had them */
	F_SUBJECT, /* raw (RFC 2047 encoded words) or decoded by the MTA */
	F_CLIENT_NAME,
	F_CLIENT_IP,
	F_CLIENT_PORT,
	F_HELO,
	F_USER,	      /* authenticated login, or the account of a login */
	F_METHOD,     /* SASL mechanism, Exim authenticator */
	F_PROTO,      /* SMTP, ESMTP, ESMTPSA ... */
	F_RELAY_NAME, /* next hop; "none", "local", a transport or service */
	F_RELAY_IP,   /* or the path of a socket */
	F_RELAY_PORT,
	F_CONN_USE,
	F_DELAY,  /* seconds, as printed (Exim: 1m20s) */
	F_DELAYS, /* a/b/c/d */
	F_CODE,	  /* three digits of the reply */
	F_DSN,	  /* enhanced status code */
	F_STATUS, /* the word as printed: sent, deferred, ==, ** ... */
	F_REPLY,  /* the text in parentheses, or of the refusal */
	F_SIZE,
	F_NRCPT,
	F_TLS,	 /* version and cipher, as printed */
	F_WHERE, /* RCPT, DATA, END-OF-MESSAGE, CONNECT ... */
	F_ACTION,
	F_ORIG_NAME, /* client before the content filter (XFORWARD) */
	F_ORIG_IP,
	F_FOLDER,
	F_VERDICT, /* CLEAN, SPAM, INFECTED (Eicar) ... */
	F_SCORE,
	F_QUARANTINE,
	F_LIST,	     /* DNSBL zone */
	F_SERVICE,   /* imap, pop3, smtp; jail; master.cf service */
	F_SESSION,   /* session id: Dovecot, rspamd task tag */
	F_ROUTER,    /* Exim R= */
	F_TRANSPORT, /* Exim T=, agent that spoke when not the tag */
	F_LOCAL_IP,  /* our address of the connection (Exim I=) */
	F_ERRNO,     /* Exim defer number */
	F_UID,
	F_TEXT,	 /* the rest */
	F_EXTRA, /* what a printer needs to print the line again */
	/* set when stored, not by parsers */
	F_CLASS,
	F_RULE,
	F_CONFIDENCE,
	F_TLS_SEEN, /* TLS line of the same session, joined by the assembler */
	F_RULES,    /* version of the rules that said class and rule */
	F_KEPT,	    /* the line with holes (index/kept.h) */
	F_COUNT
};

enum ev_flags {
	EVF_START = 1,	  /* begins the life of qid */
	EVF_END = 2,	  /* ends the life of qid */
	EVF_DECIDES = 4,  /* a deciding line: delivery, refusal, end */
	EVF_CANON = 8,	  /* print() gives ln->text back byte for byte */
	EVF_CUT = 16,	  /* the line was cut; the last field may be short */
	EVF_SESSION = 32, /* about the client session of (host, tag, pid) */
	EVF_SECRET = 64,  /* the line holds a secret: mask before keeping */
	/* set by the assembler from the line's flags */
	EVF_HDR = 128,	/* the syslog header too can be printed again */
	EVF_PAD0 = 256, /* its day is padded with 0 */
};

struct event {
	enum ev_kind kind;
	enum ev_state state;
	enum mta mta;
	unsigned flags;
	struct str qid;	 /* empty (n == 0) when there is none yet */
	struct str inst; /* instance: first path component of the tag */
	uint64_t mask;	 /* which of f[] are set */
	struct str f[F_COUNT];
};

/* An event with nothing set; f[] is left as it is (mask rules). */
static inline void
ev_clear(struct event *ev)
{
	ev->kind = EV_NONE;
	ev->state = ST_NONE;
	ev->mta = MTA_NONE;
	ev->flags = 0;
	ev->qid = STR_NONE;
	ev->inst = STR_NONE;
	ev->mask = 0;
}

static inline void
ev_set(struct event *ev, enum field f, struct str s)
{
	ev->f[f] = s;
	ev->mask |= (uint64_t)1 << f;
}

static inline bool
ev_has(const struct event *ev, enum field f)
{
	return ev->mask >> f & 1;
}

/* The field, or STR_NONE. */
static inline struct str
ev_get(const struct event *ev, enum field f)
{
	return ev_has(ev, f) ? ev->f[f] : STR_NONE;
}

/* Which index tokens a field gives (index/token.c). */
enum token_kind {
	TOK_NONE,
	TOK_ADDR_FROM,
	TOK_DOM_FROM,
	TOK_ADDR_TO,
	TOK_DOM_TO,
	TOK_MSGID,
	TOK_QID,
	TOK_IP,
	TOK_NET,
	TOK_USER,
	TOK_RELAY,
	TOK_KINDS
};

struct field_info {
	const char *name;      /* for dumps and .events files */
	enum token_kind token; /* first token kind it gives, or TOK_NONE */
	bool dict;	       /* few distinct values: dictionary-coded */
};

extern const struct field_info field_info[F_COUNT];
extern const char *const ev_kind_name[EV_KINDS];
extern const char *const ev_state_name[ST_STATES];
extern const char *const mta_name[MTA_COUNT];

/*
 * Steps through F_RCPTS as printed: "<a@b>,<c@d>" (amavis), "a@b c@d" or
 * "a@b, c@d" (Exim, Axigen).  Gives addresses without <>; false at the end.
 */
bool rcpts_next(struct str *rest, struct str *addr);

/*
 * The next hop's own id in an accepted reply ("queued as X", "id=X",
 * "X Message accepted for delivery", Dovecot session before " Saved"; the
 * last "queued as" wins), or STR_NONE.  postfix.md 2.2.
 */
struct str reply_next_id(struct str reply);

/* "450", "4.2.0" at the start of a reply text, else STR_NONE each. */
void reply_codes(struct str reply, struct str *code, struct str *dsn);

/* Prints an event as one line "kind key=value ...", for .events and debug. */
struct buf;
void event_dump(const struct event *ev, struct buf *out);

#endif
