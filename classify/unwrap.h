/*
 * unwrap.h: what a mail server puts around a reply, taken off.
 *
 * Postfix logs "host mx[192.0.2.1] said: 550 ... (in reply to RCPT TO
 * command)", Exim "SMTP error from remote mail server after RCPT TO:<..>:
 * 550 ...", and a reply may quote another server's.  unwrap() finds the
 * innermost reply, who said it and to which command.  The wrapper's words
 * ("sender was rejected", "suspended") must never meet a rule.
 *
 * All views point into the text; no allocation; time linear in its length.
 */
#ifndef CLASSIFY_UNWRAP_H
#define CLASSIFY_UNWRAP_H

#include "classify/classify.h"

struct unwrapped {
	struct str core; /* the innermost reply, or local words */
	struct str host; /* who said it, outermost, or empty */
	struct str code; /* "550": the core's own, or empty */
	struct str dsn;	 /* "5.1.1" */
	size_t head;	 /* bytes of core that are code and dsn */
	size_t inner;	 /* where a reply starts inside the core, or 0 */
	enum side side;	 /* SIDE_UNKNOWN: no wrapper found */
	enum phase phase;
	int defer_no; /* Exim's defer number */
	bool has_defer_no;
	bool not_tried; /* the text is that of an earlier attempt */
	bool expired;	/* the time was over, too */
};

void unwrap(struct str text, struct unwrapped *u);

/* "RCPT TO", "end of DATA" ... at the start of s. */
enum phase phase_named(struct str s);

/* An enhanced status code at s[0]: its length, or 0. */
size_t dsn_at(struct str s);

#endif
