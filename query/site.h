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
	struct str *logging; /* hosts that log into the store: learnt */
	size_t nlogging;
};

struct store;

/* Adds what the store knows: hosts that log; in memory of `a` and the store. */
int site_learn(struct site *site, struct store *st, struct arena *a,
    struct err *err);

/* First label of a name. */
struct str site_label(struct str name);

/* The same machine: equal names, or a short name that is the other's label. */
bool site_same_host(struct str a, struct str b);

/* The configured name of a host as printed in a line; else as printed. */
struct str site_host(const struct site *site, struct str printed);

bool site_our_ip(const struct site *site, struct str ip);
bool site_our_name(const struct site *site, struct str name);
/* Name and address of a next hop or client; either may be empty. */
bool site_our_server(const struct site *site, struct str name, struct str ip);
bool site_our_domain(const struct site *site, struct str domain);

/* Whether one of `outgoing` speaks of this host ("host") or of just this
 * instance on it ("host/instance"). */
bool site_outgoing_of(const struct site_pair *out, struct str host,
    struct str inst);

/* Addresses, IPv4-mapped IPv6 counting as IPv4; false on what is none. */
bool ip_in_cidr(struct str ip, struct str cidr);
bool ip_valid_cidr(struct str cidr);
bool ip_same_net(struct str a, struct str b); /* same /24 or /48 */
/* 192.0.2.0/24, 2001:db8:1::/48: the network `ip_same_net` goes by; what is no
 * address stands as it is. */
enum { IP_NETWORK = 64 };
struct str ip_network(struct str ip, char text[IP_NETWORK]);
bool ip_loopback(struct str ip); /* or a socket's path */

#endif
