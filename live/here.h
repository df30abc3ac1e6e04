/*
 * here.h: this machine and our own services: is port 25 open outwards (S15),
 * do our client services answer with a good certificate (S16).
 */
#ifndef LIVE_HERE_H
#define LIVE_HERE_H

#include "live/job.h"

/* 1 open, 0 not known (yet), -1 shut: every server is untested. */
int here_port25(const struct live *live);
void here_close(struct live *live);

/* No server of a job let us connect: is it us?  Tries other servers of ours
 * when none are configured for that; true when here_port25() has its word. */
bool here_doubt(struct job *j);

/* "host:port"; the port stays as it is when none is named. */
void here_host_port(struct str s, struct str *host, uint16_t *port);

/* The conversations of S16 (service.c), kept for the run. */
struct services;
struct services **here_services(struct live *live);
void services_close(struct services *s);

#endif
