/*
 * check_name.c: R01-R05: the name, its name servers, its signatures.
 *
 * The name servers themselves are asked, without recursion.  Where nothing
 * at all comes back from them although the resolver gets answers, it is our
 * way out that is shut: unknown, not failed.
 */
#include "base/buf.h"
#include "live/checks.h"
#include "live/idn.h"
#include "live/job.h"
#include "live/registration.h"
#include "live/suffix.h"
#include "base/banned.h"

/* 1 go on, 0 R01 has not spoken yet, -1 there is nothing to look at. */
static int
name_state(struct job *j, struct finding *f)
{
	if (!j->domain.n || job_failed(j, R01)) {
		found_skip(j, f, "there is no such name");
		return -1;
	}
	if (job_finding(j, R01))
		return 1;
	job_zone(j); /* its questions go out in the same burst */
	return 0;
}

/* The nearest name above that exists, within the registered domain; empty:
 * there is none.  False: not known yet. */
static bool
nearest(struct job *j, struct str *out)
{
	struct str top = suffix_registrable(&j->scratch, j->domain);
	struct str name = dns_parent(j->domain);

	*out = STR("");
	while (top.n && name.n && dns_name_below(name, top)) {
		const struct dns_answer *a = job_ask(j, name, DNS_MX);

		if (a->status == DNS_PENDING)
			return false;
		if (a->status == DNS_OK || a->status == DNS_NODATA) {
			*out = name;
			return true;
		}
		name = dns_parent(name);
	}
	return true;
}

/* "cmo": no such ending; -1: not known yet */
static int
no_such_ending(struct job *j, struct str *ending)
{
	ptrdiff_t dot = str_rchr(j->domain, '.');
	const struct dns_answer *a;

	*ending = str_from(j->domain, (size_t)(dot + 1));
	a = job_ask(j, *ending, DNS_NS);
	return a->status == DNS_PENDING ? -1 : a->status == DNS_NXDOMAIN;
}

bool
check_r01(struct job *j, struct finding *f)
{
	const struct dns_answer *a;
	struct str up, ending;
	int none;

	if (!j->domain.n)
		return found_skip(j, f, "there is no domain");
	a = job_ask(j, j->domain, DNS_MX);
	if (a->status == DNS_PENDING)
		return false;
	if (a->status == DNS_OK || a->status == DNS_NODATA)
		return found_pass(j, f, STR_FMT " exists", STR_ARG(j->shown));
	if (a->status != DNS_NXDOMAIN)
		return found_unknown(j, f, STR_FMT " could not be asked: %s",
		    STR_ARG(j->shown), dns_status_text(a->status));
	found_evidence(j, f, STR_FMT " MX: NXDOMAIN", STR_ARG(j->domain));
	if (!nearest(j, &up))
		return false;
	if (up.n) {
		up = idn_shown(&j->scratch, up);
		found_remedy(j, f, "customer",
		    "ask whether " STR_FMT " was meant", STR_ARG(up));
		return found(j, f, CHECK_FAIL,
		    STR_FMT " does not exist, " STR_FMT " does",
		    STR_ARG(j->shown), STR_ARG(up));
	}
	none = no_such_ending(j, &ending);
	if (none < 0)
		return false;
	f->ask_registry = !none;
	if (none)
		return found(j, f, CHECK_FAIL,
		    "there is no domain " STR_FMT ": the ending '." STR_FMT
		    "' does not exist",
		    STR_ARG(j->shown), STR_ARG(ending));
	return found(j, f, CHECK_FAIL, "there is no domain " STR_FMT,
	    STR_ARG(j->shown));
}

/* Same set of names, order and case aside. */
static bool
same_names(const struct dns_rr *a, size_t na, const struct dns_rr *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++) {
		bool there = false;

		for (size_t k = 0; k < nb; k++)
			there = there || dns_name_eq(a[i].name, b[k].name);
		if (!there)
			return false;
	}
	return true;
}

static struct str
names_of(struct job *j, const struct dns_rr *rr, size_t n)
{
	struct buf b = BUF_INIT(600);
	struct str s;

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s" STR_FMT, i ? ", " : "",
		    STR_ARG(rr[i].name));
	s = arena_dup(&j->scratch, buf_str(&b));
	buf_release(&b);
	return s;
}

/* What the registry says, where it was asked and has answered. */
static bool
registry_differs(struct job *j, const struct zone *z)
{
	const struct rdap *r = j->rdap ? job_registration(j) : NULL;
	struct str ns[MAX_NS];
	struct rdap_dns dns = { .exists = 1, .ns = ns };

	if (!r || !r->ok || !dns_name_eq(r->name, z->name))
		return false;
	for (size_t i = 0; i < z->nhost && i < MAX_NS; i++)
		ns[dns.nns++] = z->host[i].name;
	return rdap_ns_differ(r, &dns);
}

bool
check_r02(struct job *j, struct finding *f)
{
	const struct zone *z = job_zone(j);
	size_t with = 0, unsure = 0;
	struct str without = STR("");

	int state = name_state(j, f);

	if (state < 1)
		return state;
	if (!z ||
	    (j->live->conf.registration && !j->late && !job_finding(j, D01)))
		return false;
	if (z->ns->status != DNS_OK)
		return found_unknown(j, f,
		    "the name servers of " STR_FMT " could not be asked: %s",
		    STR_ARG(z->name), dns_status_text(z->ns->status));
	for (size_t i = 0; i < z->nhost; i++) {
		if (z->host[i].nip)
			with++;
		else if (z->host[i].status != DNS_NXDOMAIN &&
			 z->host[i].status != DNS_NODATA)
			unsure++;
		else
			without = z->host[i].name;
	}
	found_evidence(j, f, STR_FMT " NS " STR_FMT, STR_ARG(z->name),
	    STR_ARG(names_of(j, z->ns->rr, z->ns->nrr)));
	if (!with && unsure)
		return found_unknown(j, f,
		    "the addresses of the name servers "
		    "could not be asked");
	if (!with) {
		f->ask_registry = true;
		f->severity = SEV_FATAL;
		return found(j, f, CHECK_FAIL,
		    "no name server of " STR_FMT " has an address",
		    STR_ARG(z->name));
	}
	if (without.n)
		return found(j, f, CHECK_WARN,
		    "name server " STR_FMT " has no address", STR_ARG(without));
	f->severity = SEV_MINOR;
	if (z->nhost == 1)
		return found(j, f, CHECK_WARN,
		    "only one name server for " STR_FMT
		    ": if it fails, mail stops",
		    STR_ARG(z->name));
	if (z->parent && z->parent->nauth && !z->parent->aa &&
	    dns_name_eq(z->parent->auth[0].owner, z->name) &&
	    !same_names(z->parent->auth, z->parent->nauth, z->ns->rr,
		z->ns->nrr)) {
		found_evidence(j, f, "parent: " STR_FMT "; zone: " STR_FMT,
		    STR_ARG(names_of(j, z->parent->auth, z->parent->nauth)),
		    STR_ARG(names_of(j, z->ns->rr, z->ns->nrr)));
		return found(j, f, CHECK_WARN,
		    "the registry and the zone "
		    "name different servers for " STR_FMT,
		    STR_ARG(z->name));
	}
	if (registry_differs(j, z))
		return found(j, f, CHECK_WARN,
		    "the registry lists other name "
		    "servers for " STR_FMT " than the zone itself",
		    STR_ARG(z->name));
	f->severity = f->check->severity;
	return found_pass(j, f, "%zu name servers, each with an address",
	    z->nhost);
}

struct census {
	size_t good, bad, silent, asked;
	size_t apart; /* only by IPv6, which there is none of here */
	struct str bad_name, bad_ip;
	const char *bad_why;
};

/* One name server: good when any of its addresses has authority. */
static bool
ask_server(struct job *j, const struct zone *z, const struct ns_host *h,
    struct census *c)
{
	const char *why = NULL;
	bool good = false, ready = true;
	struct str ip = STR("");
	size_t no_way = 0;

	for (size_t i = 0; i < h->nip; i++) {
		const struct dns_answer *a =
		    job_ask_at(j, &h->ip[i], z->name, DNS_SOA);

		if (a->status == DNS_PENDING) {
			ready = false;
			continue;
		}
		if (a->status == DNS_UNREACHABLE && h->ip[i].n == 16) {
			no_way++;
			continue;
		}
		c->asked++;
		if (dns_said(a) && a->aa) {
			good = true;
		} else if (a->status != DNS_TIMEOUT &&
			   a->status != DNS_UNREACHABLE) {
			why = dns_said(a) ? "answers without authority" :
			      a->status == DNS_REFUSED ? "refuses to answer" :
							 "cannot answer";
			ip = ip_text(&j->scratch, &h->ip[i]);
		}
	}
	if (!ready)
		return false;
	c->good += good && !why;
	if (why) {
		c->bad++;
		c->bad_name = h->name;
		c->bad_ip = ip;
		c->bad_why = why;
	} else if (!good && h->nip && no_way == h->nip) {
		c->apart++;
	} else if (!good && h->nip) {
		c->silent++;
		if (!c->bad_why) {
			c->bad_name = h->name;
			c->bad_ip = ip_text(&j->scratch, &h->ip[0]);
		}
	}
	return true;
}

/*
 * The resolver gets nothing for the zone.  Its servers are those its parent
 * names, or the parent's own when they serve both.
 */
static bool
dead_zone(struct job *j, struct finding *f, const struct zone *z,
    const struct census *c)
{
	const struct dns_answer *up;

	if (z->parent_name.n == 0)
		return found_unknown(j, f,
		    "the name servers could not be "
		    "found");
	up = job_ask(j, z->parent_name, DNS_SOA);
	if (up->status == DNS_PENDING)
		return false;
	if (!dns_said(up) || !z->parent ||
	    (z->parent->status == DNS_TIMEOUT ||
		z->parent->status == DNS_UNREACHABLE))
		return found_unknown(j, f,
		    "nothing could be asked about " STR_FMT, STR_ARG(z->name));
	if (z->parent->status == DNS_NXDOMAIN)
		return found_unknown(j, f, STR_FMT " is not delegated",
		    STR_ARG(z->name));
	f->ask_registry = true;
	f->severity = SEV_FATAL;
	found_evidence(j, f,
	    STR_FMT ": SERVFAIL from the resolver; asked "
		    "themselves: %zu refused or failed, %zu silent",
	    STR_ARG(z->name), c->bad + !z->nhost, c->silent);
	return found(j, f, CHECK_FAIL,
	    "no name server of " STR_FMT
	    " answers for it; nobody can send mail there",
	    STR_ARG(z->name));
}

bool
check_r03(struct job *j, struct finding *f)
{
	const struct zone *z;
	struct census c = { 0 };
	bool ready = true;

	int state = name_state(j, f);

	if (state < 1)
		return state;
	z = job_zone(j);
	if (!z)
		return false;
	for (size_t i = 0; i < z->nhost; i++)
		ready = ask_server(j, z, &z->host[i], &c) && ready;
	if (!ready)
		return false;
	if (z->ns->status == DNS_SERVFAIL && !c.good)
		return dead_zone(j, f, z, &c);
	if (z->ns->status != DNS_OK)
		return found_unknown(j, f,
		    "the name servers could not be "
		    "asked: %s",
		    dns_status_text(z->ns->status));
	if (!c.asked && c.apart)
		return found_unknown(j, f,
		    "the name servers have only IPv6 addresses, and there is "
		    "no IPv6 from here");
	if (!c.asked)
		return found_skip(j, f, "no name server has an address");
	if (!c.good && !c.bad)
		return found_unknown(j, f,
		    "no name server answered us "
		    "directly; perhaps such questions do not get out of here");
	if (c.bad || c.silent) {
		found_evidence(j, f, STR_FMT " (" STR_FMT ") %s",
		    STR_ARG(c.bad_name), STR_ARG(c.bad_ip),
		    c.bad_why ? c.bad_why : "is silent");
		if (!c.good) {
			f->ask_registry = true;
			f->severity = SEV_FATAL;
			return found(j, f, CHECK_FAIL,
			    "no name server of " STR_FMT " answers for it",
			    STR_ARG(z->name));
		}
		return found(j, f, CHECK_WARN,
		    STR_FMT " (" STR_FMT ") %s " STR_FMT
			    "; part of the look-ups fail",
		    STR_ARG(c.bad_name), STR_ARG(c.bad_ip),
		    c.bad_why ? "does not know" : "is silent about",
		    STR_ARG(z->name));
	}
	return found_pass(j, f, "all %zu name servers answer with authority",
	    c.good);
}

static bool
same_mx(const struct dns_answer *a, const struct dns_answer *b)
{
	if (a->nrr != b->nrr)
		return false;
	for (size_t i = 0; i < a->nrr; i++) {
		bool there = false;

		for (size_t k = 0; k < b->nrr; k++)
			there = there ||
				(a->rr[i].pref == b->rr[k].pref &&
				    dns_name_eq(a->rr[i].name, b->rr[k].name));
		if (!there)
			return false;
	}
	return true;
}

static struct str
mx_text(struct job *j, const struct dns_answer *a)
{
	struct buf b = BUF_INIT(400);
	struct str s;

	for (size_t i = 0; i < a->nrr; i++)
		buf_printf(&b, "%s%u " STR_FMT, i ? ", " : "", a->rr[i].pref,
		    STR_ARG(a->rr[i].name.n ? a->rr[i].name : STR(".")));
	s = b.n ? arena_dup(&j->scratch, buf_str(&b)) : STR("no MX");
	buf_release(&b);
	return s;
}

bool
check_r04(struct job *j, struct finding *f)
{
	const struct dns_answer *first = NULL, *serial = NULL;
	const struct zone *z;
	struct str first_name = STR("");
	bool ready = true, drift = false;
	size_t n = 0;

	int state = name_state(j, f);

	if (state < 1)
		return state;
	z = job_zone(j);
	if (!z)
		return false;
	for (size_t i = 0; i < z->nhost; i++)
		for (size_t k = 0; k < z->host[i].nip; k++) {
			const struct ip *ip = &z->host[i].ip[k];
			const struct dns_answer *mx =
			    job_ask_at(j, ip, j->domain, DNS_MX);
			const struct dns_answer *soa =
			    job_ask_at(j, ip, z->name, DNS_SOA);

			if (mx->status == DNS_PENDING ||
			    soa->status == DNS_PENDING) {
				ready = false;
				continue;
			}
			if (!dns_said(mx) || !mx->aa || soa->status != DNS_OK)
				continue;
			n++;
			if (serial && serial->rr[0].serial != soa->rr[0].serial)
				drift = true;
			serial = soa;
			if (!first) {
				first = mx;
				first_name = z->host[i].name;
			} else if (!same_mx(first, mx)) {
				return found(j, f, CHECK_FAIL,
				    "the name "
				    "servers of " STR_FMT " disagree: " STR_FMT
				    " says " STR_FMT ", " STR_FMT
				    " says " STR_FMT
				    "; where mail goes depends on "
				    "chance",
				    STR_ARG(z->name), STR_ARG(first_name),
				    STR_ARG(mx_text(j, first)),
				    STR_ARG(z->host[i].name),
				    STR_ARG(mx_text(j, mx)));
			}
		}
	if (!ready)
		return false;
	if (!n)
		return found_skip(j, f, "no name server could be asked");
	if (drift) {
		f->severity = SEV_MINOR;
		return found(j, f, CHECK_WARN,
		    "the name servers of " STR_FMT
		    " have different versions of the zone, with the same MX: "
		    "a change is on its way",
		    STR_ARG(z->name));
	}
	return found_pass(j, f,
	    n == 1 ? "only one could be asked" : "the same MX everywhere");
}

/* "signature expired", without the resolver's long story. */
static struct str
short_reason(struct str why)
{
	ptrdiff_t i = str_find(why, STR(">: "));

	if (i >= 0)
		why = str_from(why, (size_t)i + 3);
	i = str_find(why, STR(" from "));
	return i > 0 ? str_head(why, (size_t)i) : str_head(why, 200);
}

bool
check_r05(struct job *j, struct finding *f)
{
	const struct dns_answer *a;
	const char *why;
	int v = dns_validates(j->live->dns, &why);

	int state = name_state(j, f);

	if (state < 1)
		return state;
	if (v < 0)
		return found_unknown(j, f,
		    "signatures cannot be checked from "
		    "here: %s",
		    why);
	a = job_ask(j, j->domain, DNS_MX);
	if (a->status == DNS_PENDING || v == 0) {
		j->waiting = true;
		return j->late && found_unknown(j, f, "no answer in time");
	}
	if (a->bogus) {
		found_evidence(j, f, STR_FMT, STR_ARG(a->why));
		return found(j, f, CHECK_FAIL,
		    "the DNSSEC signature of " STR_FMT " is invalid (" STR_FMT
		    "); large providers "
		    "cannot see the domain at all, small ones can",
		    STR_ARG(j->shown), STR_ARG(short_reason(a->why)));
	}
	if (!dns_said(a))
		return found_unknown(j, f, STR_FMT " could not be asked: %s",
		    STR_ARG(j->shown), dns_status_text(a->status));
	return found_pass(j, f,
	    a->secure ? "signed, and the signature is "
			"valid" :
			"not signed");
}
