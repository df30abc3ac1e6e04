/*
 * check_conf.c: from the configuration file to the settings of the checks.
 *
 * In a laboratory (a connect_map is named, or a trust anchor that is not the
 * root's) names and addresses that are reserved for tests count as ordinary:
 * .test and .example are asked of the resolver, and documentation addresses
 * may be mail servers.  Name servers on loopback are then asked at the
 * resolver's port.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/check.h"
#include "live/table_file.h"
#include "base/banned.h"

struct strings {
	const char **v;
	size_t n, cap;
};

static void
push(struct arena *a, struct strings *s, struct str one)
{
	arena_grow(a, s->v, s->n, s->cap);
	s->v[s->n++] = arena_cstr(a, one);
}

static struct strs
done(const struct strings *s)
{
	return (struct strs){ s->v, s->n };
}

int
config_providers(struct config *c, const struct provider **out, size_t *n,
    struct err *err)
{
	*out = NULL;
	*n = 0;
	return c->providers ?
		   table_providers(&c->arena, c->providers, out, n, err) :
		   0;
}

static int
read_map(struct arena *a, const char *path, struct live_conf *out,
    struct err *err)
{
	struct strs lines;
	struct dns_map *m;

	if (table_lines(a, path, &lines, err) < 0)
		return -1;
	m = arena_array(a, struct dns_map, lines.n + 1);
	for (size_t i = 0; i < lines.n; i++)
		if (!dns_map_parse(str_c(lines.v[i]), &m[i]))
			return err_set(err,
			    "'%s': '%s' is not "
			    "'address:port = address:port'",
			    path, lines.v[i]);
	out->map = m;
	out->nmap = lines.n;
	return 0;
}

/* A trust anchor below the root: names of a world of its own. */
static bool
private_root(struct arena *a, const char *path)
{
	struct strs lines;
	struct err err;

	if (!path || table_lines(a, path, &lines, &err) < 0)
		return false;
	for (size_t i = 0; i < lines.n; i++)
		if (lines.v[i][0] != ';')
			return lines.v[i][0] != '.';
	return false;
}

/* The port of the first resolver that names one; 0: none does. */
static uint16_t
resolver_port(const struct live_conf *c)
{
	for (size_t i = 0; i < c->resolvers.n; i++) {
		struct str port = str_c(c->resolvers.v[i]);
		uint64_t v;

		str_split(&port, '@');
		if (port.p && str_u64(port, &v) && v < 65536)
			return (uint16_t)v;
	}
	return 0;
}

void
check_laboratory(struct env *env, struct arena *a, struct live_conf *c)
{
	static const char *const zones[] = { "test", "example",
		"2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa",
		"113.0.203.in-addr.arpa", "10.in-addr.arpa",
		"168.192.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa" };
	enum { LOOPBACKS = 9 };
	uint16_t port = resolver_port(c);
	struct dns_map *m;

	if (!env->config.connect_map && !private_root(a, c->trust_anchor))
		return;
	c->test_world = true;
	c->map_only = env->config.connect_map != NULL;
	c->local_zones = (struct strs){ zones, sizeof(zones) / sizeof(*zones) };
	if (!port)
		return;
	m = arena_array(a, struct dns_map, c->nmap + LOOPBACKS);
	if (c->nmap)
		memcpy(m, c->map, c->nmap * sizeof(*m));
	for (int i = 0; i < LOOPBACKS; i++) {
		struct ip ip = { { 127, 0, 0, (uint8_t)(i + 1) }, 4 };

		m[c->nmap++] = (struct dns_map){ .from = ip,
			.to = ip,
			.from_port = 53,
			.to_port = port };
	}
	c->map = m;
}

/*
 * Each outgoing host says its own name, unless [checks] helo is one of none
 * of them: then that is meant for all.
 */
static void
sending_names(struct arena *a, const struct config *c, struct live_conf *out)
{
	const struct site *s = &c->site;
	struct strings names = { 0 };
	bool known = !c->helo;

	for (size_t i = 0; i < s->noutgoing && !known; i++)
		known = str_eqi(s->outgoing[i].a, str_c(c->helo));
	for (size_t i = 0; known && i < out->sending.n; i++) {
		struct str name = STR("");

		for (size_t k = 0; k < s->noutgoing; k++)
			if (str_eqi(s->outgoing[k].b, str_c(out->sending.v[i])))
				name = s->outgoing[k].a;
		push(a, &names, name);
	}
	out->sending_name = done(&names);
}

static void
from_site(struct arena *a, const struct config *c, struct live_conf *out)
{
	const struct site *s = &c->site;
	struct strings mx = { 0 }, ns = { 0 }, domains = { 0 }, send = { 0 };

	for (size_t i = 0; i < s->nmx; i++)
		push(a, &mx, s->mx[i]);
	for (size_t i = 0; !s->nmx && i < s->nhost; i++)
		push(a, &mx, s->host[i]);
	/* customers run mail servers in our networks, too */
	for (size_t i = 0; !s->nmx && i < s->nnetwork; i++)
		push(a, &mx, s->network[i]);
	for (size_t i = 0; i < s->nnameserver; i++)
		push(a, &ns, s->nameserver[i]);
	for (size_t i = 0; i < s->ndomain; i++)
		push(a, &domains, s->domain[i]);
	for (size_t i = 0; i < c->sending.n; i++)
		push(a, &send, c->sending.v[i]);
	for (size_t i = 0; !c->sending.n && i < s->noutgoing; i++)
		push(a, &send, s->outgoing[i].b);
	out->our_mx = done(&mx);
	out->our_ns = done(&ns);
	out->our_domains = done(&domains);
	out->sending = done(&send);
	sending_names(a, c, out);
	out->helo = c->helo;
	if (!out->helo && s->noutgoing)
		out->helo = arena_cstr(a, s->outgoing[0].a);
}

/* [client] imap = host:993 tls: the certificate is looked at. */
static void
services(struct arena *a, const struct config *c, struct live_conf *out)
{
	struct strings list = { 0 };

	for (size_t i = 0; i < c->nclient; i++) {
		struct str rest = c->client[i].value;

		while (rest.p) {
			struct str one = str_trim(str_split(&rest, ','));

			if (str_chr(one, ':') > 0 &&
			    str_find(one, STR("://")) < 0)
				push(a, &list,
				    arena_printf(a, STR_FMT " " STR_FMT,
					STR_ARG(c->client[i].key),
					STR_ARG(one)));
		}
	}
	out->services = done(&list);
}

int
check_conf(struct env *env, struct arena *a, struct live_conf *out,
    struct err *err)
{
	const struct config *c = &env->config;
	static const char *const asked[] = { "test" };
	struct strings res = { 0 };
	char host[256];

	*out = live_conf_default();
	from_site(a, c, out);
	services(a, c, out);
	for (size_t i = 0; i < c->resolver.n; i++)
		if (resolver_text(c->resolver.v[i], host, sizeof(host)))
			push(a, &res, str_c(host));
	out->resolvers = done(&res);
	out->trust_anchor = c->trust_anchor;
	/* the library would answer for .test itself, even without a network */
	out->local_zones = (struct strs){ asked, 1 };
	out->offline = env->offline;
	if (!out->helo && gethostname(host, sizeof(host) - 1) == 0) {
		host[sizeof(host) - 1] = '\0';
		out->helo = arena_cstr(a, str_c(host));
		out->helo_guessed = true;
	}
	if (c->typo_targets &&
	    table_names(a, c->typo_targets, &out->typo_targets, err) < 0)
		return -1;
	if (config_providers(&env->config, &out->providers, &out->nproviders,
		err) < 0)
		return -1;
	if (c->connect_map && read_map(a, c->connect_map, out, err) < 0)
		return -1;
	return 0;
}
