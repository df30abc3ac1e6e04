/*
 * site.h: what is ours: from the configuration, or learnt from the store.
 */
#ifndef QUERY_SITE_H
#define QUERY_SITE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct site_pair {
	struct str a, b;
};

struct site {
	struct arena arena;
	struct str *network; /* "10.77.0.0/16" as configured, checked */
	size_t nnetwork;
	struct str *domain; /* may begin with "*." */
	size_t ndomain;
	struct str *host;
	size_t nhost;
	struct str *mx, *nameserver;
	size_t nmx, nnameserver;
	struct site_pair *outgoing; /* host, address */
	size_t noutgoing;
	struct site_pair *alias; /* other name, host */
	size_t nalias;
};

#endif
