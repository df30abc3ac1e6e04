/*
 * config_keys.c: every key of the configuration, what its value may be and
 * where it goes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/stamp.h"
#include "cli/cmd.h"
#include "base/banned.h"

struct key;
typedef int (*set_fn)(struct config *c, const struct key *k, struct str v,
    struct err *err);

struct key {
	const char *section, *name;
	set_fn set;
	size_t off, off_n; /* in struct config: the value, its count */
	bool list;	   /* may be said again: values add up */
};

/* ---- kinds of values ---- */

static int
text(struct config *c, const struct key *k, struct str v, struct err *err)
{
	if (!v.n)
		return err_set(err, "'%s' has no value", k->name);
	*(const char **)((char *)c + k->off) = arena_cstr(&c->arena, v);
	return 0;
}

static int
path(struct config *c, const struct key *k, struct str v, struct err *err)
{
	if (v.n && v.p[0] != '/')
		return err_set(err, "'%s = " STR_FMT "' is no absolute path",
		    k->name, STR_ARG(v));
	return text(c, k, v, err);
}

static int
zone(struct config *c, const struct key *k, struct str v, struct err *err)
{
	if (text(c, k, v, err) < 0)
		return -1;
	if (!zone_get(*(const char **)((char *)c + k->off), err))
		return err_prefix(err, "'%s'", k->name);
	return 0;
}

static int
raw(struct config *c, const struct key *k, struct str v, struct err *err)
{
	if (!str_eqi(v, STR("keep")) && !str_eqi(v, STR("reference")))
		return err_set(err,
		    "'%s = " STR_FMT "': 'reference' or "
		    "'keep' is meant",
		    k->name, STR_ARG(v));
	c->raw_keep = str_eqi(v, STR("keep"));
	return 0;
}

static int
age(struct config *c, const struct key *k, struct str v, struct err *err)
{
	const char *s = arena_cstr(&c->arena, v);

	if (!v.n || is_digit(v.p[v.n - 1]) ||
	    !duration_us(s, (int64_t *)((char *)c + k->off)))
		return err_set(err,
		    "'%s = " STR_FMT "': a time such as 90d "
		    "or 12w is meant",
		    k->name, STR_ARG(v));
	return 0;
}

/* One value of a list of views; `n` counts them. */
static void
append(struct config *c, struct str **list, size_t *n, struct str v)
{
	/* doubled at powers of two: the count is the capacity's only trace */
	if ((*n & (*n - 1)) == 0) {
		struct str *p =
		    arena_array(&c->arena, struct str, *n ? 2 * *n : 1);

		if (*n)
			memcpy(p, *list, *n * sizeof(*p));
		*list = p;
	}
	(*list)[(*n)++] = arena_dup(&c->arena, v);
}

static int
items(struct config *c, const struct key *k, struct str v,
    bool (*ok)(struct str), const char *meant, struct err *err)
{
	struct str **list = (struct str **)((char *)c + k->off);
	size_t *n = (size_t *)((char *)c + k->off_n);

	while (v.p) {
		struct str one = str_trim(str_split(&v, ','));

		if (!one.n)
			continue;
		if (ok && !ok(one))
			return err_set(err, "'%s': '" STR_FMT "' is not %s",
			    k->name, STR_ARG(one), meant);
		if (*n >= CONFIG_ITEMS)
			return err_set(err, "'%s': more than %d values",
			    k->name, CONFIG_ITEMS);
		append(c, list, n, one);
	}
	return 0;
}

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && !strchr("-._", s.p[i]) &&
		    (unsigned char)s.p[i] < 0x80)
			return false;
	return s.n > 0 && s.n <= 253 && s.p[0] != '.';
}

static bool
is_domain(struct str s)
{
	if (str_starts(s, STR("*.")))
		s = str_from(s, 2);
	return is_name(s);
}

static bool
is_address(struct str s)
{
	return str_chr(s, '/') < 0 && ip_valid_cidr(s);
}

bool
resolver_text(struct str s, char *out, size_t size)
{
	struct str ip = s, port = STR_NONE;
	uint64_t n = 0;

	for (size_t i = s.n; i-- > 0 && !is_address(ip);)
		if (memchr("@:#", s.p[i], 3)) {
			ip = str_head(s, i);
			port = str_from(s, i + 1);
			if (ip.n > 2 && ip.p[0] == '[' && ip.p[ip.n - 1] == ']')
				ip = str_make(ip.p + 1, ip.n - 2);
		} else if (!is_digit(s.p[i])) {
			return false;
		}
	if (!is_address(ip) ||
	    (port.p && (!str_u64(port, &n) || n == 0 || n > 65535)))
		return false;
	if (port.p)
		snprintf(out, size, STR_FMT "@%u", STR_ARG(ip), (unsigned)n);
	else
		snprintf(out, size, STR_FMT, STR_ARG(ip));
	return true;
}

static bool
is_resolver(struct str s)
{
	char text[64];

	return resolver_text(s, text, sizeof(text));
}

static int
networks(struct config *c, const struct key *k, struct str v, struct err *err)
{
	return items(c, k, v, ip_valid_cidr, "a network such as 192.0.2.0/24",
	    err);
}

static int
names(struct config *c, const struct key *k, struct str v, struct err *err)
{
	return items(c, k, v, is_name, "a host name", err);
}

static int
domains(struct config *c, const struct key *k, struct str v, struct err *err)
{
	return items(c, k, v, is_domain,
	    "a domain such as isp.example or *.isp.example", err);
}

static int
addresses(struct config *c, const struct key *k, struct str v, struct err *err)
{
	return items(c, k, v, is_address, "an IP address", err);
}

static int
resolvers(struct config *c, const struct key *k, struct str v, struct err *err)
{
	return items(c, k, v, is_resolver, "an IP address, or address@port",
	    err);
}

static int
paths(struct config *c, const struct key *k, struct str v, struct err *err)
{
	return items(c, k, v, NULL, "", err);
}

static void
pair(struct config *c, struct site_pair **list, size_t *n, struct str a,
    struct str b)
{
	if ((*n & (*n - 1)) == 0) {
		struct site_pair *p =
		    arena_array(&c->arena, struct site_pair, *n ? 2 * *n : 1);

		if (*n)
			memcpy(p, *list, *n * sizeof(*p));
		*list = p;
	}
	(*list)[(*n)++] = (struct site_pair){ arena_dup(&c->arena, a),
		arena_dup(&c->arena, b) };
}

/* outgoing = HOST ADDRESS, HOST/INSTANCE ADDRESS */
static int
outgoing(struct config *c, const struct key *k, struct str v, struct err *err)
{
	while (v.p) {
		struct str one = str_trim(str_split(&v, ','));
		struct str rest = one;
		struct str host = str_split(&rest, ' ');
		struct str whole = host, name;

		if (!one.n)
			continue;
		rest = str_trim(rest);
		name = host;
		if (str_chr(host, '/') > 0)
			name = str_split(&host, '/');
		if (!is_name(name) || !host.n || !is_address(rest))
			return err_set(err,
			    "'%s': '" STR_FMT "' is not a "
			    "host and its address",
			    k->name, STR_ARG(one));
		if (c->site.noutgoing >= CONFIG_ITEMS)
			return err_set(err, "'%s': too many", k->name);
		pair(c, &c->site.outgoing, &c->site.noutgoing, whole, rest);
	}
	return 0;
}

static int
lookup(struct config *c, const struct key *k, struct str v, struct err *err)
{
	static const char *const kind[] = { "file:/", "sqlite:/", "command:/" };

	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
		if (str_starts(v, str_c(kind[i])))
			return text(c, k, v, err);
	return err_set(err,
	    "'%s = " STR_FMT "': file:, sqlite: or command: "
	    "and an absolute path are meant",
	    k->name, STR_ARG(v));
}

/* ---- the keys ---- */

#define AT(m) .off = offsetof(struct config, m)
#define LIST(m, count)                                                         \
	AT(m), .off_n = offsetof(struct config, count), .list = true

static const struct key keys[] = {
	{ "ours", "networks", networks, LIST(site.network, site.nnetwork) },
	{ "ours", "domains", domains, LIST(site.domain, site.ndomain) },
	{ "ours", "hosts", names, LIST(site.host, site.nhost) },
	{ "ours", "mx", domains, LIST(site.mx, site.nmx) },
	{ "ours", "nameservers", domains,
	    LIST(site.nameserver, site.nnameserver) },
	{ "ours", "outgoing", outgoing, LIST(site.outgoing, site.noutgoing) },
	{ "store", "path", path, AT(store) },
	{ "store", "raw", raw, AT(raw_keep) },
	{ "store", "retention", age, AT(retention_us) },
	{ "ingest", "timezone", zone, AT(timezone) },
	{ "ingest", "axigen_patterns", path, AT(axigen_patterns) },
	{ "ndr", "rules", paths, LIST(ndr_rules.v, ndr_rules.n) },
	{ "geo", "country", path, AT(geo_country) },
	{ "geo", "asn", path, AT(geo_asn) },
	{ "checks", "resolver", resolvers, LIST(resolver.v, resolver.n) },
	{ "checks", "helo", text, AT(helo) },
	{ "checks", "sending", addresses, LIST(sending.v, sending.n) },
	{ "checks", "trust_anchor", path, AT(trust_anchor) },
	{ "checks", "providers", path, AT(providers) },
	{ "checks", "typo_targets", path, AT(typo_targets) },
	{ "checks", "connect_map", path, AT(connect_map) },
	{ "accounts", "lookup", lookup, AT(accounts) },
};

/* Sections whose keys are not all known beforehand. */
static const char *const client_keys[] = { "imap", "pop3", "smtp", "submission",
	"webmail", "help", NULL };

static bool
open_section(const char *s)
{
	return strcmp(s, "alias") == 0 || strcmp(s, "client") == 0;
}

int
config_section(struct config *c, const char *section, struct err *err)
{
	const char *name = section + strlen("source:");

	if (strncmp(section, "source:", strlen("source:")) == 0) {
		struct ingest_source src = { 0 };

		name += strspn(name, " ");
		if (!*name)
			return err_set(err, "[source:NAME] has no name: a "
					    "host or a file glob is meant");
		if (c->nsource >= CONFIG_ITEMS)
			return err_set(err, "too many [source:...] sections");
		src.name = arena_cstr(&c->arena, str_c(name));
		for (size_t i = 0; i < c->nsource; i++)
			if (strcmp(c->source[i].name, name) == 0)
				return err_set(err, "[%s] stands there twice",
				    section);
		arena_grow(&c->arena, c->source, c->nsource, c->source_cap);
		c->source[c->nsource++] = src;
		return 0;
	}
	if (open_section(section))
		return 0;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].section, section) == 0)
			return 0;
	return err_set(err, "unknown section [%s]", section);
}

static int
set_source(struct config *c, const char *key, struct str v, struct err *err)
{
	struct ingest_source *src = &c->source[c->nsource - 1];
	const char *s = arena_cstr(&c->arena, v);
	uint64_t year;

	if (strcmp(key, "timezone") == 0 && !src->timezone) {
		src->timezone = s;
		return zone_get(s, err) ? 0 : err_prefix(err, "'%s'", key);
	}
	if (strcmp(key, "host") == 0 && !src->host) {
		src->host = s;
		return is_name(v) ? 0 :
				    err_set(err,
					"'host = %s' is no host "
					"name",
					s);
	}
	if (strcmp(key, "year") == 0 && !src->year) {
		if (!str_u64(v, &year) || year < 1970 || year > 9999)
			return err_set(err,
			    "'year = %s': a year such as "
			    "2026 is meant",
			    s);
		src->year = (int)year;
		return 0;
	}
	if (strcmp(key, "timezone") && strcmp(key, "host") &&
	    strcmp(key, "year"))
		return err_set(err,
		    "unknown key '%s' in [source:%s]: "
		    "timezone, year and host are known",
		    key, src->name);
	return err_set(err, "'%s' is said twice", key);
}

static int
set_alias(struct config *c, const char *key, struct str v, struct err *err)
{
	if (!is_name(str_c(key)) || !is_name(v))
		return err_set(err,
		    "'%s = " STR_FMT "': two host names are "
		    "meant",
		    key, STR_ARG(v));
	if (c->site.nalias >= CONFIG_ITEMS)
		return err_set(err, "too many aliases");
	pair(c, &c->site.alias, &c->site.nalias, str_c(key), v);
	return 0;
}

static int
set_client(struct config *c, const char *key, struct str v, struct err *err)
{
	size_t i = 0;

	while (client_keys[i] && strcmp(client_keys[i], key))
		i++;
	if (!client_keys[i])
		return err_set(err, "unknown key '%s' in [client]", key);
	if (!v.n)
		return err_set(err, "'%s' has no value", key);
	for (i = 0; i < c->nclient; i++)
		if (str_eq(c->client[i].key, str_c(key)))
			return err_set(err, "'%s' is said twice", key);
	arena_grow(&c->arena, c->client, c->nclient, c->client_cap);
	c->client[c->nclient++] =
	    (struct config_pair){ arena_dup(&c->arena, str_c(key)),
		    arena_dup(&c->arena, v) };
	return 0;
}

/* " # ..." at the end is a comment; inih takes " ; ..." off. */
static struct str
uncomment(struct str v)
{
	for (size_t i = 1; i < v.n; i++)
		if (v.p[i] == '#' && is_space(v.p[i - 1]))
			return str_trim(str_head(v, i));
	return str_trim(v);
}

static int
unknown_key(const char *section, const char *name, struct err *err)
{
	const char *like = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].section, section) == 0 &&
		    near_word(keys[i].name, name, strlen(name)))
			like = keys[i].name;
	if (!*section)
		return err_set(err, "'%s' stands before the first [section]",
		    name);
	return err_set(err, "unknown key '%s' in [%s]%s%s%s", name, section,
	    like ? ": did you mean '" : "", like ? like : "", like ? "'?" : "");
}

int
config_set(struct config *c, const char *section, const char *name,
    struct str value, bool again, struct err *err)
{
	const struct key *k = NULL;
	struct str v = uncomment(value);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].section, section) == 0 &&
		    strcmp(keys[i].name, name) == 0)
			k = &keys[i];
	if (again && !(k && k->list))
		return err_set(err, "'%s' takes one line", name);
	if (strncmp(section, "source:", strlen("source:")) == 0)
		return set_source(c, name, v, err);
	if (strcmp(section, "alias") == 0)
		return set_alias(c, name, v, err);
	if (strcmp(section, "client") == 0)
		return set_client(c, name, v, err);
	if (!k)
		return unknown_key(section, name, err);
	if (!k->list) {
		if (c->said & (uint64_t)1 << (k - keys))
			return err_set(err, "'%s' is said twice", name);
		c->said |= (uint64_t)1 << (k - keys);
	}
	return k->set(c, k, v, err);
}

int
config_finish(struct config *c, struct err *err)
{
	struct site *s = &c->site;

	for (size_t i = 0; i < s->nalias; i++)
		for (size_t k = 0; k < s->nalias; k++)
			if (str_eqi(s->alias[i].b, s->alias[k].a))
				return err_set(err,
				    "[alias] '" STR_FMT "' is an alias itself",
				    STR_ARG(s->alias[i].b));
	return 0;
}
