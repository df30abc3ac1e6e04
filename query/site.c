/*
 * site.c: which hosts and addresses are ours.
 *
 * What is configured counts; besides it every host that logs into the store
 * is ours (query.c adds those before it asks).  Names compare by the whole
 * name, or by the first label when one side has no dot.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "query/site.h"
#include "base/banned.h"

struct str
site_label(struct str name)
{
	struct str rest = name;

	return str_split(&rest, '.');
}

static bool
is_ip(struct str s)
{
	size_t digits = 0, dots = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ':')
			return true;
		digits += is_digit(s.p[i]);
		dots += s.p[i] == '.';
	}
	return dots == 3 && digits + dots == s.n;
}

bool
site_same_host(struct str a, struct str b)
{
	if (!a.n || !b.n)
		return false;
	if (str_eqi(a, b))
		return true;
	if (is_ip(a) || is_ip(b))
		return false;
	if (str_chr(a, '.') >= 0 && str_chr(b, '.') >= 0)
		return false;
	return str_eqi(site_label(a), site_label(b));
}

struct str
site_host(const struct site *site, struct str printed)
{
	struct str found = STR_NONE;

	for (size_t i = 0; i < site->nalias; i++)
		if (str_eqi(site->alias[i].a, printed))
			return site->alias[i].b;
	for (size_t i = 0; i < site->nhost; i++)
		if (str_eqi(site->host[i], printed))
			return site->host[i];
	if (str_chr(printed, '.') >= 0)
		return printed;
	for (size_t i = 0; i < site->nalias; i++)
		if (str_eqi(site_label(site->alias[i].a), printed))
			found = site->alias[i].b;
	for (size_t i = 0; i < site->nhost; i++) {
		if (!str_eqi(site_label(site->host[i]), printed))
			continue;
		if (found.p && !str_eqi(found, site->host[i]))
			return printed; /* two of them: not ours to choose */
		found = site->host[i];
	}
	return found.p ? found : printed;
}

static int
parse_ip(struct str s, unsigned char out[16])
{
	char text[64];
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (!s.n || s.n >= sizeof(text))
		return 0;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET, text, out) == 1)
		return 4;
	if (inet_pton(AF_INET6, text, out) != 1)
		return 0;
	if (memcmp(out, mapped, 12) == 0) {
		memmove(out, out + 12, 4);
		return 4;
	}
	return 16;
}

bool
ip_in_cidr(struct str ip, struct str cidr)
{
	unsigned char a[16], b[16];
	struct str len = cidr;
	struct str net = str_split(&len, '/');
	uint64_t bits;
	int n = parse_ip(ip, a);

	if (!n || n != parse_ip(net, b))
		return false;
	bits = (uint64_t)n * 8;
	if (len.p && (!str_u64(len, &bits) || bits > (uint64_t)n * 8))
		return false;
	for (size_t i = 0; i < bits / 8; i++)
		if (a[i] != b[i])
			return false;
	if (bits % 8) {
		unsigned shift = 8 - bits % 8;
		if (a[bits / 8] >> shift != b[bits / 8] >> shift)
			return false;
	}
	return true;
}

bool
ip_valid_cidr(struct str cidr)
{
	unsigned char b[16];
	struct str len = cidr;
	struct str net = str_split(&len, '/');
	uint64_t bits = 0;
	int n = parse_ip(net, b);

	return n &&
	       (!len.p || (str_u64(len, &bits) && bits <= (uint64_t)n * 8));
}

bool
ip_same_net(struct str a, struct str b)
{
	unsigned char x[16], y[16];
	int n = parse_ip(a, x);

	if (!n || n != parse_ip(b, y))
		return false;
	return memcmp(x, y, n == 4 ? 3 : 6) == 0;
}

struct str
ip_network(struct str ip, char text[IP_NETWORK])
{
	char addr[INET6_ADDRSTRLEN];
	unsigned char x[16];
	int n = parse_ip(ip, x);

	if (!n)
		return ip;
	memset(x + (n == 4 ? 3 : 6), 0, n == 4 ? 1 : 10);
	if (!inet_ntop(n == 4 ? AF_INET : AF_INET6, x, addr, sizeof(addr)))
		return ip;
	snprintf(text, IP_NETWORK, "%s/%d", addr, n == 4 ? 24 : 48);
	return str_c(text);
}

bool
site_our_ip(const struct site *site, struct str ip)
{
	if (!ip.n)
		return false;
	for (size_t i = 0; i < site->nnetwork; i++)
		if (ip_in_cidr(ip, site->network[i]))
			return true;
	for (size_t i = 0; i < site->noutgoing; i++)
		if (str_eqi(site->outgoing[i].b, ip))
			return true;
	return false;
}

bool
site_our_name(const struct site *site, struct str name)
{
	if (!name.n || is_ip(name))
		return false;
	for (size_t i = 0; i < site->nhost; i++)
		if (site_same_host(site->host[i], name))
			return true;
	for (size_t i = 0; i < site->nalias; i++)
		if (str_eqi(site->alias[i].a, name))
			return true;
	/* a host that logs, by its whole name: many a "mx1" is not ours */
	for (size_t i = 0; i < site->nlogging; i++)
		if (str_eqi(site->logging[i], name))
			return true;
	return false;
}

bool
site_outgoing_of(const struct site_pair *out, struct str host, struct str inst)
{
	struct str which = out->a;
	struct str name = str_split(&which, '/');

	return (!which.p || str_eqi(which, inst)) && site_same_host(name, host);
}

static bool
private_ip(struct str ip)
{
	static const struct str nets[] = { STR_INIT("10.0.0.0/8"),
		STR_INIT("172.16.0.0/12"), STR_INIT("192.168.0.0/16"),
		STR_INIT("fc00::/7"), STR_INIT("fe80::/10"),
		STR_INIT("100.64.0.0/10") };

	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++)
		if (ip_in_cidr(ip, nets[i]))
			return true;
	return false;
}

bool
site_our_server(const struct site *site, struct str name, struct str ip)
{
	if (ip_loopback(ip) || site_our_ip(site, ip) ||
	    site_our_name(site, name))
		return true;
	if (!private_ip(ip))
		return false;
	/* inside: a short name that logs is enough */
	for (size_t i = 0; i < site->nlogging; i++)
		if (site_same_host(site->logging[i], name))
			return true;
	return false;
}

bool
site_our_domain(const struct site *site, struct str domain)
{
	for (size_t i = 0; i < site->ndomain; i++) {
		struct str d = site->domain[i];

		if (str_starts(d, STR("*."))) {
			if (str_endsi(domain, str_from(d, 1)))
				return true;
		} else if (str_eqi(d, domain)) {
			return true;
		}
	}
	return false;
}

bool
ip_loopback(struct str ip)
{
	if (str_starts(ip, STR("127.")) || str_eq(ip, STR("::1")))
		return true;
	/* "/run/dovecot/lmtp"; Postfix' own are "private/dovecot-lmtp" */
	return str_chr(ip, '/') >= 0 && !ip_valid_cidr(ip);
}
