/*
 * filter.h: what the filters beside a message's way said of it: amavis,
 * rspamd, SpamAssassin.
 */
#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

#include "query/ws.h"

/* Of two verdicts about a mail that of more weight is told: one that stopped it
 * over one that marked it as spam over one that let it pass. */
int filter_weight(const struct rec_event *e);

/*
 * Gives the hops of the message the verdicts that name only its Message-ID:
 * spamd's, and rspamd's when it was not told a queue id.
 */
void filters_attach(const struct ws *ws);

/* Fills r->filter_name, verdict, score, quarantine and tests. */
void filter_fill(struct arena *a, const struct rec_event *e,
    struct ans_rcpt *r);

/* The same for a filter earlier on the way: the last one that marked the mail
 * as spam counts, else the last. */
void filter_also(struct arena *a, const struct rec_event *e,
    struct ans_rcpt *r);

/*
 * What a filter said that made the mail stop at this life, in words: "rspamd
 * said reject, score 16.10 (GTUBE)"; empty when none did.
 */
struct str filter_said(struct arena *a, const struct life *l,
    const struct ans_rcpt *r);

/*
 * A mail that was let through and marked as spam (r->verdict), in words:
 * "amavis marked it as spam, score 7.1"; empty when it was not.
 */
struct str filter_marked(struct arena *a, const struct ans_rcpt *r);

#endif
