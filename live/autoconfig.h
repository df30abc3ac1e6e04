/*
 * autoconfig.h: fetching the documents that tell mail programs their
 * settings, from where programs look for them.
 *
 * Only for domains of ours, in a run that looks at our client services.  At
 * most three redirects, https only, no internal address (live/http.h).
 */
#ifndef LIVE_AUTOCONFIG_H
#define LIVE_AUTOCONFIG_H

#include "live/settings.h"

enum { AUTOCONFIG_PLACES = 3, AUTOCONFIG_MAX_REDIRECTS = 3 };

struct autoconfig_place {
	struct str url;	 /* where programs look */
	bool deliberate; /* the host's name is there for just that */
	bool read;	 /* a document was there; else why not: problem */
	struct settings set;
	struct str problem; /* empty: there is no such host, or no word on it */
};

/* All places; NULL while something is missing. */
const struct autoconfig_place *job_autoconfig(struct job *j);
void autoconfig_stop(struct job *j);

#endif
