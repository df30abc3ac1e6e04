/*
 * ip.c: the ranges are those of the special-purpose registries (RFC 6890 and
 * what was entered since), as one table.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "live/ip.h"
#include "base/banned.h"

bool
ip_parse(struct str s, struct ip *ip)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct ip v = { { 0 }, 0 };

	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, '\0', s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET, text, v.b) == 1)
		v.n = 4;
	else if (inet_pton(AF_INET6, text, v.b) == 1)
		v.n = 16;
	else
		return false;
	*ip = v;
	return true;
}

struct str
ip_text(struct arena *a, const struct ip *ip)
{
	char text[INET6_ADDRSTRLEN];

	if (!ip->n || !inet_ntop(ip->n == 4 ? AF_INET : AF_INET6, ip->b, text,
			  sizeof(text)))
		return STR("");
	return arena_dup(a, str_c(text));
}

bool
ip_eq(const struct ip *a, const struct ip *b)
{
	return a->n == b->n && memcmp(a->b, b->b, a->n) == 0;
}

bool
ip_in(const struct ip *ip, const struct ip *net, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (ip->n != net->n || bits > ip->n * 8u)
		return false;
	if (memcmp(ip->b, net->b, whole) != 0)
		return false;
	return !rest || !((ip->b[whole] ^ net->b[whole]) >> (8 - rest));
}

bool
ip_parse_net(struct str s, struct ip *net, unsigned *bits)
{
	ptrdiff_t slash = str_chr(s, '/');
	uint64_t n;

	if (!ip_parse(slash < 0 ? s : str_head(s, (size_t)slash), net))
		return false;
	*bits = net->n * 8u;
	if (slash < 0)
		return true;
	if (!str_u64(str_from(s, (size_t)slash + 1), &n) || n > *bits)
		return false;
	*bits = (unsigned)n;
	return true;
}

struct str
ip_reverse(struct arena *a, const struct ip *ip)
{
	static const char hex[] = "0123456789abcdef";
	char text[64];

	if (ip->n == 4)
		return arena_printf(a, "%u.%u.%u.%u", ip->b[3], ip->b[2],
		    ip->b[1], ip->b[0]);
	for (int i = 0; i < 16; i++) {
		text[4 * i] = hex[ip->b[15 - i] & 15];
		text[4 * i + 1] = '.';
		text[4 * i + 2] = hex[ip->b[15 - i] >> 4];
		text[4 * i + 3] = '.';
	}
	return arena_dup(a, str_make(text, 63));
}

static const struct {
	const char *net;
	uint8_t bits;
	bool contact; /* harmless to contact: nobody there to be hit */
	const char *name;
} ranges[] = {
	{ "0.0.0.0", 8, false, "this network" },
	{ "10.0.0.0", 8, false, "private" },
	{ "100.64.0.0", 10, false, "shared by a provider" },
	{ "127.0.0.0", 8, false, "loopback" },
	{ "169.254.0.0", 16, false, "link-local" },
	{ "172.16.0.0", 12, false, "private" },
	{ "192.0.0.0", 24, false, "protocol assignments" },
	{ "192.0.2.0", 24, true, "documentation" },
	{ "192.88.99.0", 24, false, "6to4 relay" },
	{ "192.168.0.0", 16, false, "private" },
	{ "198.18.0.0", 15, false, "benchmarking" },
	{ "198.51.100.0", 24, true, "documentation" },
	{ "203.0.113.0", 24, true, "documentation" },
	{ "224.0.0.0", 4, false, "multicast" },
	{ "240.0.0.0", 4, false, "reserved" },
	{ "::", 128, false, "unspecified" },
	{ "::1", 128, false, "loopback" },
	{ "64:ff9b:1::", 48, false, "local translation" },
	{ "100::", 64, false, "discard" },
	{ "2001:2::", 48, false, "benchmarking" },
	{ "2001:db8::", 32, true, "documentation" },
	{ "3fff::", 20, true, "documentation" },
	{ "5f00::", 16, false, "segment routing" },
	{ "fc00::", 7, false, "private" },
	{ "fe80::", 10, false, "link-local" },
	{ "fec0::", 10, false, "site-local" },
	{ "ff00::", 8, false, "multicast" },
};

static int
range(const struct ip *ip)
{
	struct ip v = ip_unmap(ip), net;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (ip_parse(str_c(ranges[i].net), &net) &&
		    ip_in(&v, &net, ranges[i].bits))
			return (int)i;
	return -1;
}

const char *
ip_special(const struct ip *ip)
{
	int i = range(ip);

	return i < 0 ? NULL : ranges[i].name;
}

bool
ip_internal(const struct ip *ip)
{
	int i = range(ip);

	return i >= 0 && !ranges[i].contact;
}

struct ip
ip_unmap(const struct ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ip v = { { 0 }, 4 };

	if (ip->n != 16 || memcmp(ip->b, mapped, 12) != 0)
		return *ip;
	memcpy(v.b, ip->b + 12, 4);
	return v;
}

bool
ip_typed(struct str s, struct ip *ip)
{
	struct ip v;

	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = str_make(s.p + 1, s.n - 2);
	if (!ip_parse(s, &v))
		return false;
	*ip = ip_unmap(&v);
	return true;
}

socklen_t
ip_sockaddr(const struct ip *ip, uint16_t port, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	*ss = (struct sockaddr_storage){ 0 };
	if (ip->n == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, ip->b, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, ip->b, 16);
	return sizeof(*in6);
}
