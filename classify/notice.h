/*
 * notice.h: why a bounce mail's recipient was not reached.
 *
 * A recipient of parsers/bounce.h brings a Status, a Diagnostic-Code and
 * perhaps a sentence; the one that says more decides.
 */
#ifndef CLASSIFY_NOTICE_H
#define CLASSIFY_NOTICE_H

#include "classify/classify.h"
#include "parsers/bounce.h"

struct notice {
	struct classify_out c;
	struct str code, dsn; /* of the reply, else of the Status field */
	struct str reply;     /* the text that decided */
	const char *state;    /* bounced, deferred, delivered, left, info */
};

void notice_classify(struct classifier *cl, const struct bounce *b,
    const struct bounce_rcpt *r, struct notice *n);

#endif
