/*
 * bounce.h: what a bounce mail says: whom it could not reach, and why.
 *
 * bounce_read() decides what kind of mail it is (docs/rules.md)
 * and lists the recipients it speaks of with the reason as given.  It does
 * not classify: classify/notice.h does, with what is found here.
 *
 *	struct bounce b;
 *	struct arena a = { 0 };
 *	bounce_read(&b, &a, mail);
 *	if (b.kind == BOUNCE_FAILED)
 *		for (size_t i = 0; i < b.nrcpt; i++)
 *			... b.rcpt[i].to, .reply ...
 *	arena_release(&a);
 *
 * Nothing fails: a mail that is no bounce says so, a broken one is read as
 * far as it goes.  Views live as long as the arena and the mail.
 */
#ifndef PARSERS_BOUNCE_H
#define PARSERS_BOUNCE_H

#include "base/arena.h"
#include "base/str.h"

enum {
	BOUNCE_RCPTS_MAX = 1000,
	BOUNCE_REASON_MAX = 4 * 1024,
	BOUNCE_TEXT_MAX = 256 * 1024, /* of the notice, the rest is not read */
};

enum bounce_kind {
	BOUNCE_NOT,
	BOUNCE_FAILED,
	BOUNCE_DELAYED,
	BOUNCE_DELIVERED, /* delivered, relayed or expanded */
	BOUNCE_COMPLAINT, /* ARF feedback report */
	BOUNCE_AUTO_REPLY,
	BOUNCE_KINDS
};

enum bounce_action {
	ACT_NONE,
	ACT_FAILED,
	ACT_DELAYED,
	ACT_DELIVERED,
	ACT_RELAYED,
	ACT_EXPANDED,
};

struct bounce_rcpt {
	struct str to;		/* as last tried */
	struct str original_to; /* as given, when it differs */
	enum bounce_action action;
	struct str status; /* "5.1.1" of the Status field */
	struct str reply;  /* Diagnostic-Code, or the reason of the text */
	struct str text;   /* the reason of the text, when there is also a
			    * Diagnostic-Code */
	struct str remote; /* Remote-MTA */
};

struct bounce {
	enum bounce_kind kind;
	const char *format; /* "dsn", "exim", "qmail" ...; "" when unknown */
	struct str message_id, from, to, subject, date; /* of the notice */
	struct str reporter;				/* Reporting-MTA */
	struct {
		struct str message_id, from, to, subject, qid;
	} original; /* what is known of the message it is about */
	struct bounce_rcpt *rcpt;
	size_t nrcpt, rcpt_cap;
	bool cut; /* a limit was hit */
};

void bounce_read(struct bounce *b, struct arena *a, struct str mail);

const char *bounce_kind_name(enum bounce_kind k);

#endif
