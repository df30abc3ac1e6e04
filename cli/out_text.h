/*
 * out_text.h: the parts of the text output.
 */
#ifndef CLI_OUT_TEXT_H
#define CLI_OUT_TEXT_H

#include "base/stamp.h"
#include "cli/out.h"
#include "cli/pen.h"

/* The way of a message as a tree, a leaf per recipient; -v: attempts. */
void text_tree(struct pen *p, const struct out *o, const struct ans_message *m);

/* All messages as a table, a line each. */
void text_list(struct pen *p, const struct out *o, const struct answer *ans);

/* The paragraph for the other side. */
void text_proof(struct pen *p, const struct out *o,
    const struct ans_message *m);

/* "mx.far.example [192.0.2.4]:25", or the parts there are. */
void text_server(struct pen *p, struct str name, struct str ip, int port);

/* An address; <> for the null sender, (not known) when absent. */
void text_address(struct pen *p, struct str addr);

void text_time(struct pen *p, int64_t t_us, enum stamp_form form);

/* The state that matters most among the recipients: the worst. */
enum out_state text_worst(const struct ans_message *m);

/* "3 delivered, 1 bounced" */
void text_tally(struct pen *p, const unsigned count[OUT_STATES]);

#endif
