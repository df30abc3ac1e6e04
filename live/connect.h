/*
 * connect.h: a TCP connection begun, to the address or where the map says.
 */
#ifndef LIVE_CONNECT_H
#define LIVE_CONNECT_H

#include "live/live.h"

/*
 * A descriptor to wait on until it can be written, or -1 with errno.  An
 * internal address is not contacted (EACCES) unless the map names it or it is
 * our `own` service; `from_ip` of the settings is the source.
 */
int connect_start(const struct live_conf *c, struct ip to, uint16_t port,
    bool own);

#endif
