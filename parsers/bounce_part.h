/*
 * bounce_part.h: what bounce.c (the whole), bounce_dsn.c (RFC 3464 blocks),
 * bounce_text.c (notices in words) and bounce_format.c (who wrote it) share.
 */
#ifndef PARSERS_BOUNCE_PART_H
#define PARSERS_BOUNCE_PART_H

#include "base/buf.h"
#include "parsers/bounce.h"
#include "parsers/mime.h"

/* The recipient of that address, added when it is new; NULL when full. */
struct bounce_rcpt *bounce_rcpt(struct bounce *b, struct arena *a,
    struct str addr);

/* message/delivery-status, already text: its recipients. */
void bounce_dsn(struct bounce *b, struct arena *a, struct str text);

/*
 * A notice in words.  *original gets what follows the line that says "below
 * is your message" (or nothing), *loose the words that belong to no recipient.
 */
void bounce_text(struct bounce *b, struct arena *a, struct str text,
    struct str *original, struct str *loose);

/* The first address in s: where it starts; -1 when there is none. */
ptrdiff_t find_addr(struct str s, size_t *n);

/* Where the returned message starts in a notice; text.n when nowhere. */
size_t bounce_cut(struct str text, struct str *original);

/* An address at the start of s without <>: its length, or 0. */
size_t addr_at(struct str s);

/* The next line of a text; false at its end. */
bool next_line(struct str *rest, struct str *line);

/* ---- bounce_format.c ---- */

enum hint { HINT_NONE, HINT_FAILED, HINT_DELAYED };

/* Who wrote it, by words of the notice and of its header; "" when unknown. */
const char *bounce_format(struct str head, struct str text, enum hint *hint);

/* Whether a subject is one of bounces (1), of automatic replies (2). */
int bounce_subject(struct str subject);

bool says_delayed(struct str text);

/* Words of a person or of a desk who answers, not of a mail system. */
bool says_answer(struct str text);

/* Whether a reply code of failure, such as "550 ", stands in s. */
bool has_code(struct str s);

#endif
