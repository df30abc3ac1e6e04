/*
 * diagnose.h: what the files of `mailtrace diagnose` share.
 *
 * The evidence of the store and the live findings become one chain of nine
 * links, each with a state, a sentence and where that was learnt; the first
 * link that does not hold leads.
 */
#ifndef CLI_DIAGNOSE_H
#define CLI_DIAGNOSE_H

#include "cli/check.h"
#include "live/lights.h"
#include "query/evidence.h"

enum diag_state {
	DIAG_UNKNOWN,
	DIAG_PROVED,
	DIAG_BROKEN,
	DIAG_WEAK,
	DIAG_NOT_REACHED,
	DIAG_ELSEWHERE, /* goes on at somebody else's */
	DIAG_STATES
};

extern const char *const diag_state_name[DIAG_STATES];

enum diag_via { VIA_ANY, VIA_WEBMAIL, VIA_CLIENT };

struct diag_link {
	const char *id, *question;
	enum diag_state state;
	const char *source; /* "logs", "network", "accounts"; NULL: none */
	int64_t t_us;	    /* of what decided; 0: now, or not known */
	struct str say;	    /* may be empty */
	const struct evd_fact *fact;
	const struct finding *finding;
};

/* What the look-up of the configuration knows of an account. */
struct account {
	bool asked, exists;
	struct str login, state, forward, last_login, quota;
};

struct diag {
	struct env *env;
	struct arena arena;
	/* what was asked */
	enum evd_target kind;
	struct str input, target, domain, local;
	enum diag_via via;
	bool sending, receiving;
	/* what was learnt */
	bool have_logs;
	struct str no_logs;    /* why not */
	struct classifier *cl; /* what its rules advise is shown to the end */
	struct evidence ev;
	struct account account;
	struct address address; /* of the text alone */
	struct str meant;	/* the address probably meant, or empty */
	bool meant_is_sure;	/* the text itself is no address */
	struct live_conf conf;
	struct live *live;
	struct job *job; /* NULL: nothing was asked of the network */
	const char *not_asked;
	struct lights lights;
	bool have_lights;
	int64_t now_us;
	bool old_logs; /* they end more than a day ago */
	/* what follows */
	struct diag_link link[CHAIN_LINKS];
	int first; /* index of the link that leads; -1: all holds */
	struct str say, remedy;
	const struct evd_fact *proof; /* of the first lines; may be NULL */
	const char *who; /* as in docs/JSON.md: sender us recipient ... */
};

enum { DIAG_FRESH_H = 24 }; /* what is younger is not asked again */

/* The state of the chain from all that was learnt; fills say and remedy. */
void diag_chain(struct diag *d);
bool diag_full(const struct diag *d);  /* L8 is broken for want of room */
bool diag_fresh(const struct diag *d); /* short cut 1: it arrived lately */
int diag_status(const struct diag *d);

/* The first lines, for d->first, or where no link is broken. */
void diag_lead_broken(struct diag *d);
void diag_lead_whole(struct diag *d);
void diag_add_remedy(struct diag *d, struct str more);

/* One sentence about a fact; what to do about it, and who. */
struct str diag_say(struct diag *d, const struct evd_fact *f);
struct str diag_remedy(struct diag *d, const struct evd_fact *f,
    const char **who);
/* Of the sentence and the remedy alike. */
bool diag_refuses_us(const struct evd_fact *f);
bool diag_is_member(const struct diag *d, const struct evd_fact *f);
struct str diag_welcome(const struct diag *d, const struct evd_fact *f);
struct str diag_quoted(struct diag *d, const struct ans_rcpt *r);
struct str diag_remote(struct diag *d, const struct ans_rcpt *r);
const char *diag_who(const struct diag *d); /* "the customer must act" */
struct str diag_time(struct diag *d, int64_t t_us); /* "2026-01-02 03:04" */

/* [accounts] lookup: file, SQLite or a command.  0, or -1 and err. */
int account_find(struct env *env, struct arena *a, struct str address,
    struct account *out, struct err *err);

void diag_lights_text(struct diag *d, struct pen *p);
void diag_text(struct diag *d, struct pen *p);
void diag_json(struct diag *d, struct buf *out);
void diag_csv(struct diag *d, struct buf *out);
void diag_html(struct diag *d, struct buf *out);

#endif
