/*
 * ip.h: addresses as numbers: reading, printing, prefixes, reverse names, and
 * the ranges that nobody outside can reach.
 */
#ifndef LIVE_IP_H
#define LIVE_IP_H

#include <sys/socket.h>

#include "base/arena.h"

struct ip {
	uint8_t b[16];
	uint8_t n; /* 4, 16, or 0: none */
};

bool ip_parse(struct str s, struct ip *ip); /* no brackets, no zone */
struct str ip_text(struct arena *a, const struct ip *ip);
bool ip_eq(const struct ip *a, const struct ip *b);

/* Whether the first `bits` of both are the same; false for other families. */
bool ip_in(const struct ip *ip, const struct ip *net, unsigned bits);

/* "192.0.2.0/24" or one address. */
bool ip_parse_net(struct str s, struct ip *net, unsigned *bits);

/* "1.2.0.192" or 32 nibbles, without the zone. */
struct str ip_reverse(struct arena *a, const struct ip *ip);

/*
 * The name of the special-purpose range it lies in ("private", "loopback",
 * "documentation" ...) or NULL for an ordinary address (RFC 6890).
 */
const char *ip_special(const struct ip *ip);

/*
 * The same for deciding whom we may contact: documentation ranges are
 * unreachable, but harmless.
 */
bool ip_internal(const struct ip *ip);

/* An IPv4 address inside IPv6 as what it is. */
struct ip ip_unmap(const struct ip *ip);
/* As people paste it: "[192.0.2.1]" of a log, and a mapped one unmapped. */
bool ip_typed(struct str s, struct ip *ip);

socklen_t ip_sockaddr(const struct ip *ip, uint16_t port,
    struct sockaddr_storage *ss);

#endif
