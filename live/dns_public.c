/*
 * dns_public.c: the resolvers of this machine (resolv.conf; the library reads
 * nothing itself), and well-known public ones.  Block lists must not be asked
 * through those: they answer with an error code, or with nothing.
 */
#include <stdio.h>

#include "live/dns_part.h"
#include "base/banned.h"

size_t
dns_resolv_conf(struct arena *a, const char *path, struct str *out, size_t max)
{
	char line[512];
	FILE *f = fopen(path ? path : "/etc/resolv.conf", "re");
	size_t n = 0;

	while (f && n < max && fgets(line, sizeof(line), f)) {
		struct str s = str_trim(str_c(line)), ip;
		struct ip v;

		if (!str_starts(s, STR("nameserver")) || s.n < 12 ||
		    !is_space(s.p[10]))
			continue;
		ip = str_trim(str_from(s, 11));
		if (ip_parse(ip, &v))
			out[n++] = arena_dup(a, ip);
	}
	if (f)
		fclose(f);
	return n;
}

const char *
dns_public_resolver(const struct dns *d)
{
	static const char *const known[] = {
		"8.8.8.8",
		"8.8.4.4",
		"2001:4860:4860::8888",
		"2001:4860:4860::8844",
		"1.1.1.1",
		"1.0.0.1",
		"1.1.1.2",
		"1.0.0.2",
		"2606:4700:4700::1111",
		"2606:4700:4700::1001",
		"9.9.9.9",
		"9.9.9.10",
		"9.9.9.11",
		"149.112.112.112",
		"2620:fe::fe",
		"208.67.222.222",
		"208.67.220.220",
		"4.2.2.1",
		"4.2.2.2",
		"64.6.64.6",
		"64.6.65.6",
		"94.140.14.14",
		"94.140.15.15",
		"77.88.8.8",
		"77.88.8.1",
		"185.228.168.9",
		"76.76.2.0",
		"76.76.10.0",
		"114.114.114.114",
		"223.5.5.5",
		"223.6.6.6",
		"119.29.29.29",
		"84.200.69.80",
		"84.200.70.40",
		"193.110.81.0",
		"185.253.5.0",
	};
	const struct str *server;
	size_t n = dns_servers(d, &server);

	for (size_t i = 0; i < n; i++) {
		struct str s = server[i];
		ptrdiff_t at = str_chr(s, '@');
		struct ip have, want;

		if (!ip_parse(at < 0 ? s : str_head(s, (size_t)at), &have))
			continue;
		for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
			if (ip_parse(str_c(known[k]), &want) &&
			    ip_eq(&have, &want))
				return known[k];
	}
	return NULL;
}
