/*
 * registration.h: asking the registry about the job's domain, when asked to.
 */
#ifndef LIVE_REGISTRATION_H
#define LIVE_REGISTRATION_H

#include "live/job.h"
#include "live/rdap.h"

/* NULL while it is being asked. */
const struct rdap *job_registration(struct job *j);
void registration_stop(struct job *j);

#endif
