/*
 * check_route.c: R06-R14: where mail for the domain goes, and whether our
 * own configuration agrees.
 */
#include "base/buf.h"
#include "live/checks.h"
#include "live/job.h"
#include "live/suffix.h"
#include "base/banned.h"

enum { MANY_HOSTS = 10 };

/* The usual start: no name, no route yet, nothing to look at. */
static const struct route *
route_for(struct job *j, struct finding *f, bool *done)
{
	const struct route *r;

	*done = true;
	if (!j->domain.n || job_failed(j, R01)) {
		found_skip(j, f, "there is no such name");
		return NULL;
	}
	r = job_route(j);
	if (!r || (!job_is_host(j) && !job_finding(j, R01))) {
		*done = false;
		return NULL;
	}
	if (r->kind == ROUTE_ERROR) {
		found_unknown(j, f, "the route could not be asked: %s",
		    dns_status_text(r->mx->status));
		return NULL;
	}
	return r;
}

/* The same for checks that look at the hosts. */
static const struct route *
hosts_for(struct job *j, struct finding *f, bool *done)
{
	const struct route *r = route_for(j, f, done);

	if (!r)
		return NULL;
	if (r->kind == ROUTE_NONE || r->kind == ROUTE_NULL || !r->nhost) {
		found_skip(j, f, "there is no mail server to look at");
		return NULL;
	}
	return r;
}

static void
mx_evidence(struct job *j, struct finding *f, const struct route *r)
{
	struct buf b = BUF_INIT(1500);

	buf_printf(&b, STR_FMT " MX", STR_ARG(j->domain));
	for (size_t i = 0; i < r->nhost; i++)
		buf_printf(&b, "%s %u " STR_FMT, i ? "," : "", r->host[i].pref,
		    STR_ARG(r->host[i].name));
	found_evidence(j, f, "%s", buf_c(&b));
	buf_release(&b);
}

bool
check_r06(struct job *j, struct finding *f)
{
	bool done;
	const struct route *r = route_for(j, f, &done);
	const struct dns_answer *up;
	struct str parent;

	if (!r)
		return done;
	if (r->kind == ROUTE_MX || r->kind == ROUTE_NULL) {
		mx_evidence(j, f, r);
		return found_pass(j, f, "%zu MX record%s", r->mx->nrr,
		    r->mx->nrr == 1 ? "" : "s");
	}
	parent = dns_parent(j->domain);
	if (dns_name_below(parent,
		suffix_registrable(&j->scratch, j->domain))) {
		up = job_ask(j, parent, DNS_MX);
		if (up->status == DNS_PENDING)
			return false;
		if (up->status == DNS_OK && up->rr[0].name.n)
			found_remedy(j, f, "customer",
			    "ask whether the "
			    "address is at " STR_FMT ", which has mail "
			    "servers",
			    STR_ARG(parent));
	}
	if (r->kind == ROUTE_NONE)
		return found(j, f, CHECK_FAIL,
		    STR_FMT " has no place where "
			    "mail could go",
		    STR_ARG(j->shown));
	f->severity = SEV_MAJOR;
	return found(j, f, CHECK_WARN,
	    STR_FMT " has no MX record; mail goes "
		    "to its web server " STR_FMT ": is that intended?",
	    STR_ARG(j->shown),
	    STR_ARG(ip_text(&j->scratch, &r->host[0].ip[0])));
}

bool
check_r07(struct job *j, struct finding *f)
{
	bool done;
	const struct route *r = route_for(j, f, &done);

	if (!r)
		return done;
	if (r->kind == ROUTE_NULL)
		return found(j, f, CHECK_FAIL,
		    STR_FMT
		    " states that it takes "
		    "no mail (null MX%s); this is intended by its owner",
		    STR_ARG(j->shown),
		    r->null_pref ? ", with a preference that should be 0" : "");
	if (r->null_mixed) {
		found_remedy(j, f, "owner", "remove one or the other");
		return found(j, f, CHECK_WARN,
		    STR_FMT
		    " says that it takes "
		    "no mail and names mail servers: senders will differ",
		    STR_ARG(j->shown));
	}
	return found_pass(j, f, "it takes mail");
}

static void
say_bad_name(struct job *j, struct finding *f, enum check_result r,
    const struct mx_host *h)
{
	if (!strcmp(h->bad_name, "number"))
		found(j, f, r,
		    "the MX of " STR_FMT " is the number " STR_FMT
		    "; a name is required there, many servers refuse it",
		    STR_ARG(j->shown), STR_ARG(h->name));
	else if (!strcmp(h->bad_name, "left-over"))
		found(j, f, r,
		    "the MX " STR_FMT " is a left-over of the "
		    "Microsoft 365 set-up and no mail server",
		    STR_ARG(h->name));
	else
		found(j, f, r,
		    "the MX " STR_FMT " of " STR_FMT " is no name "
		    "that others can find",
		    STR_ARG(h->name), STR_ARG(j->shown));
}

bool
check_r08(struct job *j, struct finding *f)
{
	bool done;
	const struct route *r = hosts_for(j, f, &done);
	const struct mx_host *bad = NULL, *odd = NULL;
	size_t n = 0;

	if (!r)
		return done;
	if (r->kind == ROUTE_IMPLICIT)
		return found_skip(j, f, "there is no MX record");
	for (size_t i = 0; i < r->nhost; i++) {
		if (r->host[i].bad_name) {
			bad = &r->host[i];
			n++;
		} else if (r->host[i].odd_name) {
			odd = &r->host[i];
		}
	}
	mx_evidence(j, f, r);
	if (bad && n == r->nhost) {
		say_bad_name(j, f, CHECK_FAIL, bad);
	} else if (bad) {
		f->severity = SEV_MAJOR;
		say_bad_name(j, f, CHECK_FAIL, bad);
	} else if (odd) {
		f->severity = SEV_MINOR;
		found(j, f, CHECK_WARN,
		    "the name " STR_FMT " holds "
		    "characters that a host name must not have",
		    STR_ARG(odd->name));
	} else {
		found_pass(j, f, "each MX names a host");
	}
	return true;
}

bool
check_r09(struct job *j, struct finding *f)
{
	bool done;
	const struct route *r = hosts_for(j, f, &done);
	const struct mx_host *gone = NULL, *unsure = NULL;
	size_t good = 0, n = 0;

	if (!r)
		return done;
	for (size_t i = 0; i < r->nhost; i++) {
		const struct mx_host *h = &r->host[i];

		if (h->bad_name)
			continue;
		n++;
		if (h->nip)
			good++;
		else if (h->status == DNS_NXDOMAIN || h->status == DNS_NODATA)
			gone = h;
		else
			unsure = h;
	}
	if (!n)
		return found_skip(j, f, "no MX is a host name");
	if (gone)
		found_evidence(j, f, STR_FMT ": %s", STR_ARG(gone->name),
		    gone->alias_loop ? "aliases without an end" :
				       dns_status_text(gone->status));
	if (!good && unsure)
		return found_unknown(j, f, STR_FMT " could not be asked: %s",
		    STR_ARG(unsure->name), dns_status_text(unsure->status));
	for (size_t i = 0; i < r->nhost && !gone; i++)
		if (r->host[i].bogus.n) {
			found_evidence(j, f, STR_FMT,
			    STR_ARG(r->host[i].bogus));
			found_remedy(j, f, "owner",
			    "the DNS provider of " STR_FMT " signs again",
			    STR_ARG(r->host[i].name));
			f->severity = SEV_MAJOR;
			return found(j, f, CHECK_WARN,
			    "the DNSSEC signature of " STR_FMT
			    " is invalid; large providers cannot find it",
			    STR_ARG(r->host[i].name));
		}
	if (!gone && unsure)
		return found_unknown(j, f, STR_FMT " could not be asked: %s",
		    STR_ARG(unsure->name), dns_status_text(unsure->status));
	if (gone && j->kind == JOB_HOST) {
		f->severity = SEV_NOTE;
		return found(j, f, CHECK_INFO,
		    "our host " STR_FMT
		    " has no address in the DNS: an inner name?",
		    STR_ARG(gone->name));
	}
	if (gone && job_is_host(j)) {
		found_remedy(j, f, "us", "create its address record");
		return found(j, f, CHECK_FAIL,
		    "our %s server " STR_FMT
		    " has no address: nobody reaches it",
		    j->kind == JOB_NS ? "name" : "mail", STR_ARG(gone->name));
	}
	if (gone) {
		f->severity = good ? SEV_MAJOR : SEV_FATAL;
		return found(j, f, good ? CHECK_WARN : CHECK_FAIL,
		    STR_FMT " %s; mail for " STR_FMT " %s", STR_ARG(gone->name),
		    gone->status == DNS_NXDOMAIN && !gone->alias_loop ?
			"does not exist (any more)" :
			"has no address",
		    STR_ARG(j->shown),
		    good ? "waits when it is tried" : "waits and comes back");
	}
	return found_pass(j, f, "each has an address");
}

bool
check_r10(struct job *j, struct finding *f)
{
	bool done;
	const struct route *r = hosts_for(j, f, &done);

	if (!r)
		return done;
	if (r->kind == ROUTE_IMPLICIT)
		return found_skip(j, f, "there is no MX record");
	for (size_t i = 0; i < r->nhost; i++) {
		const struct mx_host *h = &r->host[i];

		if (!h->alias_of.n)
			continue;
		found_evidence(j, f, STR_FMT " CNAME " STR_FMT,
		    STR_ARG(h->name), STR_ARG(h->alias_of));
		if (!h->alias_loop)
			found_remedy(j, f, "owner",
			    "name " STR_FMT " in the "
			    "MX record",
			    STR_ARG(h->alias_of));
		return found(j, f, CHECK_WARN,
		    STR_FMT " is an alias of " STR_FMT
			    "; the standard forbids that for mail servers and "
			    "a few senders refuse it",
		    STR_ARG(h->name), STR_ARG(h->alias_of));
	}
	return found_pass(j, f, "no alias");
}

bool
check_r11(struct job *j, struct finding *f)
{
	bool done;
	const struct route *r = hosts_for(j, f, &done);
	const struct mx_host *at = NULL;
	const struct ip *inside = NULL;
	size_t good = 0, bad = 0, v4 = 0;

	if (!r)
		return done;
	for (size_t i = 0; i < r->nhost; i++)
		for (size_t k = 0; k < r->host[i].nip; k++) {
			const struct ip *ip = &r->host[i].ip[k];

			v4 += ip->n == 4;
			if (job_ip_reachable(j, ip)) {
				good++;
				continue;
			}
			bad++;
			inside = ip;
			at = &r->host[i];
		}
	if (!good && !bad)
		return found_skip(j, f, "there is no address");
	if (inside && job_is_host(j)) {
		found_remedy(j, f, "us", "enter its public address");
		return found(j, f, good ? CHECK_WARN : CHECK_FAIL,
		    "our host " STR_FMT " has the internal address " STR_FMT
		    "; nobody outside reaches it",
		    STR_ARG(at->name), STR_ARG(ip_text(&j->scratch, inside)));
	}
	if (inside) {
		found_evidence(j, f, STR_FMT " has " STR_FMT " (%s)",
		    STR_ARG(at->name), STR_ARG(ip_text(&j->scratch, inside)),
		    ip_special(inside));
		f->severity = good ? SEV_MAJOR : SEV_FATAL;
		return found(j, f, good ? CHECK_WARN : CHECK_FAIL,
		    STR_FMT " has the internal address " STR_FMT
			    "; nobody outside "
			    "can deliver there",
		    STR_ARG(at->name), STR_ARG(ip_text(&j->scratch, inside)));
	}
	if (!v4 && job_is_host(j))
		return found(j, f, CHECK_INFO,
		    "our host " STR_FMT " has no IPv4 address",
		    STR_ARG(j->shown));
	if (!v4) {
		f->severity = SEV_MAJOR;
		return found(j, f, CHECK_WARN,
		    "no mail server of " STR_FMT
		    " has an IPv4 address: many senders cannot reach it",
		    STR_ARG(j->shown));
	}
	return found_pass(j, f, "public addresses");
}

static bool
share_address(const struct mx_host *a, const struct mx_host *b)
{
	for (size_t n = 0; n < a->nip * b->nip; n++)
		if (ip_eq(&a->ip[n / b->nip], &b->ip[n % b->nip]))
			return true;
	return false;
}

bool
check_r12(struct job *j, struct finding *f)
{
	bool done;
	const struct route *r = hosts_for(j, f, &done);
	size_t real = 0;

	if (!r)
		return done;
	if (r->nhost + r->left_out > MANY_HOSTS)
		return found(j, f, CHECK_INFO,
		    "%zu servers; only the first "
		    "%d are spoken to",
		    r->nhost + r->left_out, MANY_HOSTS);
	for (size_t i = 0; i < r->nhost; i++)
		real += r->host[i].nip > 0;
	if (!real)
		return found_skip(j, f, "no server can be found");
	if (r->nhost == 1)
		return found(j, f, CHECK_INFO,
		    "one server, no spare: common, "
		    "and no fault");
	for (size_t i = 0; i < r->nhost; i++)
		for (size_t k = i + 1; k < r->nhost; k++) {
			const struct mx_host *a = &r->host[i];
			const struct mx_host *b = &r->host[k];

			if (dns_name_eq(a->name, b->name))
				return found(j, f, CHECK_WARN,
				    STR_FMT " is named twice",
				    STR_ARG(a->name));
			if (share_address(a, b))
				return found(j, f, CHECK_WARN,
				    STR_FMT " and " STR_FMT
					    " are the same machine: no "
					    "protection against a failure",
				    STR_ARG(a->name), STR_ARG(b->name));
		}
	if (real < 2)
		return found(j, f, CHECK_INFO,
		    "%zu of %zu servers can be found: no spare", real,
		    r->nhost);
	return found_pass(j, f, "%zu different servers", real);
}

static const char *
owner_of(const struct mx_host *h)
{
	return h->ours ? "us" : h->provider ? h->provider->name : NULL;
}

static bool
is_kind(const struct mx_host *h, const char *kind)
{
	return !h->ours && h->provider && !strcmp(h->provider->kind, kind);
}

/* Parked by its name servers, whatever the MX says; false: not known yet. */
static bool
parked_ns(struct job *j, bool *is)
{
	const struct dns_answer *ns;
	struct strs p = j->live->conf.parking_ns;
	static const char *const known[] = { "sedoparking.com",
		"parkingcrew.net", "bodis.com", "above.com", "cashparking.com",
		"parklogic.com", "dan.com", "undeveloped.com", "afternic.com" };

	*is = false;
	ns = job_ask(j, j->domain, DNS_NS);
	if (ns->status == DNS_PENDING)
		return false;
	for (size_t i = 0; i < ns->nrr; i++) {
		for (size_t k = 0; k < p.n; k++)
			*is = *is ||
			      dns_name_below(ns->rr[i].name, str_c(p.v[k]));
		for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
			*is = *is ||
			      dns_name_below(ns->rr[i].name, str_c(known[k]));
	}
	return true;
}

static bool
two_owners(struct job *j, struct finding *f, const struct route *r)
{
	for (size_t n = 0; n < r->nhost * r->nhost; n++) {
		const struct mx_host *a = &r->host[n / r->nhost];
		const struct mx_host *b = &r->host[n % r->nhost];
		const char *oa = owner_of(a), *ob = owner_of(b);

		if (a >= b || !oa || !ob || !strcmp(oa, ob) ||
		    is_kind(a, "filter") || is_kind(b, "filter"))
			continue;
		if (a->pref == b->pref)
			return found(j, f, CHECK_WARN,
			    "two providers share "
			    "the mail by chance: %s, %s",
			    oa, ob);
		return found(j, f, CHECK_WARN,
		    "mail goes to %s, but %s is "
		    "still named as a spare",
		    oa, ob);
	}
	return false;
}

bool
check_r13(struct job *j, struct finding *f)
{
	bool done, parked;
	const struct route *r = hosts_for(j, f, &done);
	const struct mx_host *h;

	if (!r)
		return done;
	if (!parked_ns(j, &parked))
		return false;
	mx_evidence(j, f, r);
	h = &r->host[0];
	if (parked || is_kind(h, "parking")) {
		f->ask_registry = true;
		found_remedy(j, f, "customer",
		    "check the spelling, and when "
		    "the domain runs out");
		return found(j, f, CHECK_WARN,
		    STR_FMT
		    " belongs to a parking "
		    "service: whoever reads that mail, it is not the one who "
		    "is meant",
		    STR_ARG(j->shown));
	}
	if (two_owners(j, f, r))
		return true;
	f->severity = SEV_NOTE;
	if (h->ours)
		return found(j, f, CHECK_INFO,
		    "mail for " STR_FMT " goes to us", STR_ARG(j->shown));
	if (is_kind(h, "forwarding")) {
		f->severity = SEV_MAJOR;
		found_remedy(j, f, "customer", "ask where it is forwarded to");
		return found(j, f, CHECK_WARN,
		    "mail for " STR_FMT " goes to "
		    "%s, which only forwards",
		    STR_ARG(j->shown), h->provider->name);
	}
	if (is_kind(h, "broken") || h->bad_name)
		return found(j, f, CHECK_INFO,
		    "the MX of " STR_FMT " names no mail server",
		    STR_ARG(j->shown));
	if (is_kind(h, "filter"))
		return found(j, f, CHECK_INFO,
		    "mail for " STR_FMT " goes "
		    "through the filter of %s; the mailboxes are elsewhere",
		    STR_ARG(j->shown), h->provider->name);
	if (h->provider)
		return found(j, f, CHECK_INFO,
		    "mail for " STR_FMT " goes to "
		    "%s, not to us: ask there",
		    STR_ARG(j->shown), h->provider->name);
	if (r->kind == ROUTE_IMPLICIT)
		return found(j, f, CHECK_INFO,
		    "mail for " STR_FMT " goes to its own address, not to us",
		    STR_ARG(j->shown));
	return found(j, f, CHECK_INFO,
	    "mail for " STR_FMT " goes to " STR_FMT ", not to us",
	    STR_ARG(j->shown), STR_ARG(h->name));
}

bool
check_r14(struct job *j, struct finding *f)
{
	bool done, ours = false;
	const struct route *r = route_for(j, f, &done);
	int local = j->domain.n ? job_is_local(j, j->domain) : -1;

	if (!r)
		return done;
	if (local < 0)
		return found_skip(j, f, "our own domains are not configured");
	if (r->kind == ROUTE_NULL || r->kind == ROUTE_NONE)
		return found_skip(j, f, "there is no route");
	for (size_t i = 0; i < r->nhost; i++)
		ours = ours ||
		       (r->host[i].ours && r->host[i].pref == r->host[0].pref);
	if (ours && !local) {
		found_remedy(j, f, "us",
		    "add the domain, or have the MX "
		    "removed");
		return found(j, f, CHECK_FAIL,
		    "the MX of " STR_FMT " points "
		    "to us, but our servers do not know it: 'relay access "
		    "denied'",
		    STR_ARG(j->shown));
	}
	for (size_t i = 0; i < r->nhost && !ours && !local; i++)
		if (r->host[i].ours) {
			f->severity = SEV_MAJOR;
			found_remedy(j, f, "us",
			    "add the domain as one that is passed on, or have "
			    "the MX removed");
			return found(j, f, CHECK_FAIL,
			    "our server " STR_FMT
			    " is named as a spare for " STR_FMT
			    ", but our servers do not know it: 'relay "
			    "access denied'",
			    STR_ARG(r->host[i].name), STR_ARG(j->shown));
		}
	if (!ours && local) {
		f->severity = SEV_MAJOR;
		found_remedy(j, f, "us",
		    "remove the domain here, or set it "
		    "to remote");
		return found(j, f, CHECK_FAIL,
		    "mail written on our servers "
		    "to " STR_FMT " stays with us although its mail lives at "
		    "%s",
		    STR_ARG(j->shown),
		    r->nhost && r->host[0].provider ?
			r->host[0].provider->name :
			"another provider");
	}
	return found_pass(j, f,
	    ours ? "its MX is ours, and we know it" :
		   "it is not ours, and we do not claim it");
}
