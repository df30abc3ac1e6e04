/*
 * wait.h: follow a message that is being sent now.
 */
#ifndef CLI_WAIT_H
#define CLI_WAIT_H

#include "cli/out.h"

int64_t now_us(void); /* the clock */

/* Opens the store and asks (cmd_trace.c); *st is to be closed after the last
 * use of the answer, also after a failure. */
int trace_ask(struct env *env, struct query *q, struct classifier *cl,
    struct store **st, struct answer *ans, struct err *err);

/*
 * Asks again each second until a message is there and all its recipients have
 * come to an end, or env->wait_us is over.  In text, each new hop and each
 * change is told on standard error as it is seen.
 */
int wait_for(struct env *env, struct query *q, struct classifier *cl,
    const struct out *o, struct store **st, struct answer *ans,
    struct err *err);

#endif
