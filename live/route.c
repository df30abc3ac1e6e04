/*
 * route.c: facts about a domain that several checks need: where its mail
 * goes, whose name servers it has.  Worked out anew in each round from what
 * is known; NULL while something is missing.
 */
#include "live/job.h"
#include "base/banned.h"

enum { MAX_OUR_NAMES = 16 };

/* R08, from the name alone; NULL: it can be a host. */
static const char *
bad_host_name(const struct job *j, struct str name, bool *odd)
{
	static const char *const reserved[] = { "invalid", "test", "local",
		"example", "localhost", "internal", "lan", "home.arpa" };
	struct ip ip;
	struct str plain = name;

	*odd = false;
	if (plain.n > 2 && plain.p[0] == '[')
		plain = str_make(plain.p + 1, plain.n - 2);
	if (ip_parse(plain, &ip))
		return "number";
	if (dns_name_below(name, STR("msv1.invalid")))
		return "left-over";
	if (str_eqi(name, STR("localhost")))
		return "localhost";
	if (str_chr(name, '.') < 0)
		return "single";
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
		bool ours = j->live->conf.test_world &&
			    strcmp(reserved[i], "invalid") != 0;

		if (!ours && dns_name_below(name, str_c(reserved[i])))
			return "reserved";
	}
	for (size_t i = 0; i < name.n; i++)
		if (!is_alnum(name.p[i]) && name.p[i] != '-' &&
		    name.p[i] != '.')
			*odd = true;
	return NULL;
}

static void
add_addresses(struct mx_host *h, const struct dns_answer *ans)
{
	for (size_t i = 0; i < ans->nrr && h->nip < MAX_MX_ADDR; i++)
		h->ip[h->nip++] = ans->rr[i].ip;
}

/* Follows an alias that the resolver could not: a ring, or a dead end. */
static bool
follow_alias(struct job *j, struct mx_host *h)
{
	struct str at = h->name;

	for (int i = 0; i < 8; i++) {
		const struct dns_answer *c = job_ask(j, at, DNS_CNAME);

		if (c->status == DNS_PENDING)
			return false;
		if (c->status != DNS_OK)
			return true;
		at = c->rr[0].name;
		h->alias_of = at;
		if (dns_name_eq(at, h->name))
			break;
	}
	h->alias_loop = true;
	h->status = DNS_NXDOMAIN;
	return true;
}

static bool
resolve_host(struct job *j, struct mx_host *h)
{
	const struct dns_answer *a = job_ask(j, h->name, DNS_A);
	const struct dns_answer *aaaa = job_ask(j, h->name, DNS_AAAA);

	if (a->status == DNS_PENDING || aaaa->status == DNS_PENDING)
		return false;
	add_addresses(h, a);
	add_addresses(h, aaaa);
	h->secure = a->secure && aaaa->secure;
	h->bogus = a->bogus ? a->why : aaaa->bogus ? aaaa->why : STR("");
	if (a->ncname)
		h->alias_of = a->canon;
	else if (aaaa->ncname)
		h->alias_of = aaaa->canon;
	if (h->nip)
		h->status = DNS_OK;
	else if (!dns_said(a))
		h->status = a->status;
	else if (!dns_said(aaaa))
		h->status = aaaa->status;
	else
		h->status =
		    a->status == DNS_NXDOMAIN ? DNS_NXDOMAIN : DNS_NODATA;
	if (h->status == DNS_SERVFAIL)
		return follow_alias(j, h);
	return true;
}

/* Whether one of the names that are ours leads to an address of the host:
 * it is ours under a name of the customer.  -1: not known yet. */
static int
leads_to(struct job *j, const struct mx_host *h)
{
	struct strs s = j->live->conf.our_mx;
	bool ready = true;

	for (size_t i = 0, asked = 0; i < s.n && asked < MAX_OUR_NAMES; i++) {
		struct str name = str_c(s.v[i]);
		struct ip net;
		unsigned bits;

		if (str_chr(name, '*') >= 0 || str_chr(name, '.') <= 0 ||
		    ip_parse_net(name, &net, &bits))
			continue;
		asked++;
		for (int k = 0; k < 2; k++) {
			const struct dns_answer *a =
			    job_ask(j, name, k ? DNS_AAAA : DNS_A);

			ready = ready && a->status != DNS_PENDING;
			for (size_t n = 0; n < a->nrr * h->nip; n++)
				if (ip_eq(&a->rr[n / h->nip].ip,
					&h->ip[n % h->nip]))
					return 1;
		}
	}
	return ready ? 0 : -1;
}

static bool
identify(struct job *j, struct mx_host *h)
{
	int ours;

	h->provider = provider_of(&j->live->conf, h->name);
	h->ours = job_is_our_host(j, h->name) ||
		  (h->alias_of.n && job_is_our_host(j, h->alias_of));
	for (size_t i = 0; i < h->nip; i++)
		h->ours = h->ours || job_is_our_addr(j, &h->ip[i]);
	if (h->ours || !h->nip || h->provider)
		return true;
	ours = leads_to(j, h);
	h->ours = ours > 0;
	return ours >= 0;
}

static void
sort_hosts(struct route *r)
{
	for (size_t i = 1; i < r->nhost; i++) {
		struct mx_host h = r->host[i];
		size_t k = i;

		while (
		    k && (r->host[k - 1].pref > h.pref ||
			     (r->host[k - 1].pref == h.pref &&
				 str_cmp(r->host[k - 1].name, h.name) > 0))) {
			r->host[k] = r->host[k - 1];
			k--;
		}
		r->host[k] = h;
	}
}

static void
read_mx(struct route *r)
{
	size_t nulls = 0;

	r->kind = ROUTE_MX;
	for (size_t i = 0; i < r->mx->nrr; i++) {
		const struct dns_rr *rr = &r->mx->rr[i];

		if (!rr->name.n) {
			nulls++;
			r->null_pref = r->null_pref || rr->pref != 0;
		} else if (r->nhost < MAX_MX) {
			r->host[r->nhost++] =
			    (struct mx_host){ .pref = rr->pref,
				    .name = rr->name };
		} else {
			r->left_out++;
		}
	}
	r->null_mixed = nulls && nulls < r->mx->nrr;
	if (nulls && !r->null_mixed)
		r->kind = ROUTE_NULL;
	sort_hosts(r);
}

const struct route *
job_route(struct job *j)
{
	struct route *r = &j->route;
	const struct dns_answer *a, *aaaa;
	bool ready = true;

	if (j->have_route)
		return r;
	*r = (struct route){ .kind = ROUTE_ERROR };
	if (!j->domain.n)
		return NULL;
	r->mx = job_ask(j, j->domain, job_is_host(j) ? DNS_A : DNS_MX);
	if (r->mx->status == DNS_PENDING)
		return NULL;
	if (job_is_host(j)) {
		r->kind = ROUTE_HOST;
		r->host[r->nhost++] = (struct mx_host){ .name = j->domain };
	} else if (r->mx->status == DNS_OK) {
		read_mx(r);
	} else if (r->mx->status == DNS_NODATA) {
		a = job_ask(j, j->domain, DNS_A);
		aaaa = job_ask(j, j->domain, DNS_AAAA);
		if (a->status == DNS_PENDING || aaaa->status == DNS_PENDING)
			return NULL;
		r->kind = a->nrr || aaaa->nrr		? ROUTE_IMPLICIT :
			  dns_said(a) && dns_said(aaaa) ? ROUTE_NONE :
							  ROUTE_ERROR;
		if (r->kind == ROUTE_IMPLICIT)
			r->host[r->nhost++] =
			    (struct mx_host){ .name = j->domain };
	}
	for (size_t i = 0; i < r->nhost; i++) {
		struct mx_host *h = &r->host[i];

		if (r->kind == ROUTE_MX)
			h->bad_name = bad_host_name(j, h->name, &h->odd_name);
		h->status = DNS_BADNAME;
		if (!h->bad_name)
			ready = resolve_host(j, h) && ready;
	}
	if (!ready)
		return NULL;
	for (size_t i = 0; i < r->nhost; i++)
		ready = identify(j, &r->host[i]) && ready;
	if (!ready)
		return NULL;
	j->have_route = true;
	return r;
}

/* The apex of the zone a name lies in; false: not known yet. */
static bool
find_apex(struct job *j, struct str name, struct str *apex)
{
	*apex = STR("");
	for (int i = 0; name.n && i < 10; i++) {
		const struct dns_answer *soa = job_ask(j, name, DNS_SOA);

		if (soa->status == DNS_PENDING)
			return false;
		if (soa->status == DNS_OK) {
			*apex = soa->canon;
			return true;
		}
		if (soa->zone.n && dns_name_below(name, soa->zone)) {
			*apex = soa->zone;
			return true;
		}
		if (!dns_said(soa)) {
			*apex = name; /* as far as we can tell */
			return true;
		}
		name = dns_parent(name);
	}
	return true;
}

static bool
ns_addresses(struct job *j, struct ns_host *h)
{
	const struct dns_answer *a = job_ask(j, h->name, DNS_A);
	const struct dns_answer *aaaa = job_ask(j, h->name, DNS_AAAA);

	if (a->status == DNS_PENDING || aaaa->status == DNS_PENDING)
		return false;
	for (size_t i = 0; i < a->nrr && h->nip < MAX_NS_ADDR - 1; i++)
		h->ip[h->nip++] = a->rr[i].ip;
	for (size_t i = 0; i < aaaa->nrr && h->nip < MAX_NS_ADDR; i++)
		h->ip[h->nip++] = aaaa->rr[i].ip;
	h->status = h->nip	    ? DNS_OK :
		    !dns_said(a)    ? a->status :
		    !dns_said(aaaa) ? aaaa->status :
				      a->status;
	return true;
}

/* The parent's list, from the first of its servers that answers. */
static bool
ask_parent(struct job *j, struct zone *z)
{
	const struct dns_answer *ns;
	struct str up = dns_parent(z->name);

	if (!up.n)
		return true;
	if (!find_apex(j, up, &z->parent_name))
		return false;
	ns = job_ask(j, z->parent_name, DNS_NS);
	if (ns->status == DNS_PENDING)
		return false;
	for (size_t i = 0, tried = 0; i < ns->nrr && tried < 2; i++) {
		const struct dns_answer *a = job_ask(j, ns->rr[i].name, DNS_A);
		const struct dns_answer *list;

		if (a->status == DNS_PENDING)
			return false;
		if (a->status != DNS_OK)
			continue;
		tried++;
		list = job_ask_at(j, &a->rr[0].ip, z->name, DNS_NS);
		if (list->status == DNS_PENDING)
			return false;
		z->parent = list;
		if (list->status <= DNS_NXDOMAIN || list->nauth)
			return true;
	}
	return true;
}

const struct zone *
job_zone(struct job *j)
{
	struct zone *z = &j->zone;
	bool ready = true;

	if (j->have_zone)
		return z;
	*z = (struct zone){ .name = STR("") };
	if (!j->domain.n || !find_apex(j, j->domain, &z->name))
		return NULL;
	z->ns = job_ask(j, z->name, DNS_NS);
	ready = ask_parent(j, z);
	if (z->ns->status == DNS_PENDING)
		return NULL;
	for (size_t i = 0; i < z->ns->nrr && z->nhost < MAX_NS; i++)
		z->host[z->nhost++] =
		    (struct ns_host){ .name = z->ns->rr[i].name };
	/* Known only to the parent: enough to ask them ourselves. */
	for (size_t i = 0; z->ns->status == DNS_SERVFAIL && z->parent &&
			   i < z->parent->nauth && z->nhost < MAX_NS;
	     i++)
		if (dns_name_eq(z->parent->auth[i].owner, z->name))
			z->host[z->nhost++] =
			    (struct ns_host){ .name = z->parent->auth[i].name };
	for (size_t i = 0; i < z->nhost; i++)
		ready = ns_addresses(j, &z->host[i]) && ready;
	if (!ready)
		return NULL;
	j->have_zone = true;
	return z;
}
