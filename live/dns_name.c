/*
 * dns_name.c: names as text: what can be asked, comparing, walking up.
 */
#include "live/dns.h"
#include "base/banned.h"

enum { MAX_NAME = 253, MAX_LABEL = 63 };

/* Length of the label at the start; escapes (\. and \065) count as one. */
static size_t
label(struct str s, size_t *octets)
{
	size_t i = 0;

	for (*octets = 0; i < s.n && s.p[i] != '.'; ++*octets) {
		if (s.p[i] != '\\') {
			i++;
		} else if (i + 3 < s.n && is_digit(s.p[i + 1]) &&
			   is_digit(s.p[i + 2]) && is_digit(s.p[i + 3])) {
			i += 4;
		} else {
			i = i + 2 > s.n ? s.n : i + 2;
		}
	}
	return i;
}

bool
dns_name(struct arena *a, struct str in, struct str *out)
{
	struct str s = in;
	size_t octets, total = 0;

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	in = s;
	if (s.n > 4 * MAX_NAME)
		return false;
	for (;;) {
		size_t n = label(s, &octets);

		if ((octets == 0 && in.n) || octets > MAX_LABEL)
			return false;
		total += octets + 1;
		if (n == s.n)
			break;
		s = str_from(s, n + 1);
		if (!s.n)
			return false;
	}
	if (total > MAX_NAME + 1 || memchr(in.n ? in.p : "", '\0', in.n))
		return false;
	*out = arena_lower(a, in.p ? in : STR(""));
	return true;
}

static struct str
undotted(struct str s)
{
	return s.n && s.p[s.n - 1] == '.' ? str_head(s, s.n - 1) : s;
}

bool
dns_name_eq(struct str a, struct str b)
{
	return str_eqi(undotted(a), undotted(b));
}

bool
dns_name_below(struct str a, struct str b)
{
	a = undotted(a);
	b = undotted(b);
	if (b.n && b.p[0] == '.')
		b = str_from(b, 1);
	if (str_eqi(a, b) || !b.n)
		return true;
	return a.n > b.n && str_endsi(a, b) && a.p[a.n - b.n - 1] == '.';
}

struct str
dns_parent(struct str name)
{
	size_t octets, n = label(name, &octets);

	return str_from(name, n < name.n ? n + 1 : n);
}

unsigned
dns_labels(struct str name)
{
	unsigned n = 0;

	for (; name.n; name = dns_parent(name))
		n++;
	return n;
}

static const char *const status_text[DNS_STATUSES] = {
	[DNS_PENDING] = "no answer yet",
	[DNS_OK] = "answered",
	[DNS_NODATA] = "no such record",
	[DNS_NXDOMAIN] = "no such name",
	[DNS_SERVFAIL] = "the look-up failed (SERVFAIL)",
	[DNS_TIMEOUT] = "no answer in time",
	[DNS_REFUSED] = "the server refused to answer",
	[DNS_UNREACHABLE] = "no way to the server",
	[DNS_BADNAME] = "not a name that can be asked",
	[DNS_OFFLINE] = "not asked: offline",
};

const char *
dns_status_text(enum dns_status s)
{
	return status_text[s];
}

const char *
dns_type_name(enum dns_type t)
{
	static const struct {
		enum dns_type type;
		const char *name;
	} names[] = {
		{ DNS_A, "A" },
		{ DNS_NS, "NS" },
		{ DNS_CNAME, "CNAME" },
		{ DNS_SOA, "SOA" },
		{ DNS_PTR, "PTR" },
		{ DNS_MX, "MX" },
		{ DNS_TXT, "TXT" },
		{ DNS_AAAA, "AAAA" },
		{ DNS_SRV, "SRV" },
		{ DNS_DS, "DS" },
		{ DNS_DNSKEY, "DNSKEY" },
		{ DNS_TLSA, "TLSA" },
		{ DNS_SPF, "SPF" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].type == t)
			return names[i].name;
	return "?";
}

/* "192.0.2.1:25", "[::1]:25", "*:25"; without a port: any. */
static bool
addr_port(struct str s, struct ip *ip, uint16_t *port, bool *any)
{
	ptrdiff_t colon = str_rchr(s, ':');
	uint64_t n = 0;

	*port = 0;
	*any = str_eq(s, STR("*"));
	if (*any || ip_parse(s, ip))
		return true;
	if (colon >= 0 && (!str_u64(str_from(s, (size_t)colon + 1), &n) ||
			      n == 0 || n > 65535))
		return false;
	*port = (uint16_t)n;
	if (colon >= 0)
		s = str_head(s, (size_t)colon);
	*any = str_eq(s, STR("*"));
	if (*any)
		return true;
	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = str_make(s.p + 1, s.n - 2);
	return ip_parse(s, ip);
}

/* "FROM = TO", "FROM -> TO" or "FROM TO" */
bool
dns_map_parse(struct str s, struct dns_map *m)
{
	struct dns_map v = { 0 };
	struct str from, to;
	size_t i = 0;
	bool none = false;

	s = str_trim(s);
	while (i < s.n && !is_space(s.p[i]) && s.p[i] != '=' && s.p[i] != '>')
		i++;
	from = str_head(s, i);
	if (from.n && i < s.n && s.p[i] == '>' && from.p[from.n - 1] == '-')
		from.n--;
	while (i < s.n && (is_space(s.p[i]) || strchr("=->", s.p[i])))
		i++;
	to = str_trim(str_from(s, i));
	if (!from.n || !to.n ||
	    !addr_port(from, &v.from, &v.from_port, &v.from_any) ||
	    !addr_port(to, &v.to, &v.to_port, &none) || none)
		return false;
	*m = v;
	return true;
}

bool
dns_map_addr(const struct dns_map *map, size_t n, struct ip *ip, uint16_t *port)
{
	for (size_t i = 0; i < n; i++) {
		if (!map[i].from_any && !ip_eq(&map[i].from, ip))
			continue;
		if (map[i].from_port && map[i].from_port != *port)
			continue;
		*ip = map[i].to;
		if (map[i].to_port)
			*port = map[i].to_port;
		return true;
	}
	return false;
}
