/*
 * dialogue.h: who said what to whom in a session of SMTP, where a log shows
 * the dialogue line by line (Axigen) and a refusal names neither sender nor
 * recipient.  Used by assemble.c only.
 *
 * What is known is kept as text in the session: the client, the envelope so
 * far, and the commands that wait for their reply; with pipelining replies
 * come in the order of the commands.
 */
#ifndef INDEX_DIALOGUE_H
#define INDEX_DIALOGUE_H

#include "base/buf.h"
#include "parsers/event.h"

/*
 * An event of the session whose dialogue is in *talk.  Fills what the event
 * lacks: sender, recipients, client, login.  Values it adds live in *talk and
 * *hold until the next call.  True: it was only a step of the dialogue.
 */
bool dialogue_step(struct buf *talk, struct event *ev, struct buf *hold);

#endif
