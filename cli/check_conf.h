/*
 * check_conf.h: the settings of all that asks the network.
 */
#ifndef CLI_CHECK_CONF_H
#define CLI_CHECK_CONF_H

#include "cli/cmd.h"
#include "live/live.h"

/* Settings of the live checks, from the configuration; lives in the arena. */
int check_conf(struct env *env, struct arena *a, struct live_conf *out,
    struct err *err);

/*
 * What the logs know of the run's targets (SEEN_WAY, SEEN_KEY of
 * query/seen.h), for the checks; call it before live_run().  No store is no
 * failure; -1: there is one, but it cannot be read.
 */
int check_logs(struct env *env, struct arena *a, struct live *live,
    unsigned what, struct err *err);

/* When that is a laboratory: reserved names and addresses count as ordinary.
 * Call it when the options are read. */
void check_laboratory(struct env *env, struct arena *a, struct live_conf *c);

#endif
