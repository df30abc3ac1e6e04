/*
 * check_policy.c: R15-R17: what the domain promises about encryption.
 */
#include "live/dane.h"
#include "live/checks.h"
#include "live/job.h"
#include "live/sts.h"
#include "base/banned.h"

/* "v=TLSRPTv1; rua=mailto:x@y,https://z" (RFC 8460) */
static bool
report_address(struct str txt)
{
	struct str rest = txt;
	bool first = true, good = false;

	while (rest.p) {
		struct str field = str_trim(str_split(&rest, ';')), list;

		if (first && !str_eq(field, STR("v=TLSRPTv1")))
			return false;
		first = false;
		if (!str_starts(field, STR("rua=")))
			continue;
		list = str_from(field, 4);
		while (list.p) {
			struct str one = str_trim(str_split(&list, ','));

			if (!str_startsi(one, STR("mailto:")) &&
			    !str_startsi(one, STR("https:")))
				return false;
			good = true;
		}
	}
	return good;
}

/* TLSRPT: 1 fine or absent, 0 not yet, -1 odd: *why; -2 could not be
 * asked: *why. */
static int
tls_report(struct job *j, const char **why, bool *there)
{
	struct str name = arena_printf(&j->scratch, "_smtp._tls." STR_FMT,
	    STR_ARG(j->domain));
	const struct dns_answer *a = job_ask(j, name, DNS_TXT);
	size_t n = 0;

	*there = false;
	if (a->status == DNS_PENDING)
		return 0;
	*why = dns_status_text(a->status);
	if (!dns_said(a))
		return -2;
	for (size_t i = 0; i < a->nrr; i++) {
		if (!str_startsi(a->rr[i].data, STR("v=TLSRPT")))
			continue;
		n++;
		if (!report_address(a->rr[i].data)) {
			*why = "the TLS report record names no address "
			       "(rua=mailto:... or rua=https:...)";
			return -1;
		}
	}
	*there = n > 0;
	if (n > 1)
		*why = "there are two TLS report records";
	return n > 1 ? -1 : 1;
}

bool
check_r15(struct job *j, struct finding *f)
{
	const struct sts_policy *p;
	const char *why = NULL;
	bool there;
	int rpt;

	if (!j->domain.n || job_failed(j, R01))
		return found_skip(j, f, "there is no such name");
	p = job_sts(j);
	rpt = tls_report(j, &why, &there);
	if (!p || !rpt)
		return false;
	if (p->unknown || rpt == -2)
		return found_unknown(j, f, "the %s could not be asked: %s",
		    p->unknown && p->announced ? "policy" : "records",
		    p->unknown ? p->problem.p : why);
	if (!p->announced && p->problem.n)
		return found(j, f, CHECK_WARN,
		    STR_FMT " announces a TLS "
			    "policy that cannot be used: " STR_FMT,
		    STR_ARG(j->shown), STR_ARG(p->problem));
	if (rpt < 0)
		return found(j, f, CHECK_WARN, "%s", why);
	if (!p->announced)
		return there ? found_pass(j, f, "TLS reports only") :
			       found_skip(j, f, "no TLS policy is announced");
	if (p->not_asked)
		return found(j, f, CHECK_INFO,
		    "a TLS policy is announced; "
		    "--smtp fetches it and holds the servers to it");
	if (!p->fetched)
		return found(j, f, CHECK_WARN,
		    STR_FMT " announces a TLS "
			    "policy that cannot be fetched (" STR_FMT
			    "); senders "
			    "fall back to no policy",
		    STR_ARG(j->shown), STR_ARG(p->problem));
	if (p->problem.n)
		return found(j, f, CHECK_WARN,
		    "the TLS policy of " STR_FMT " is odd: " STR_FMT,
		    STR_ARG(j->shown), STR_ARG(p->problem));
	return found_pass(j, f, "policy fetched, mode %s",
	    p->mode == STS_ENFORCE ? "enforce" :
	    p->mode == STS_TESTING ? "testing" :
				     "none");
}

bool
check_r16(struct job *j, struct finding *f)
{
	const struct sts_policy *p;
	const struct route *r;
	const struct mx_host *bad = NULL;
	size_t n = 0;

	if (!j->domain.n || job_failed(j, R01))
		return found_skip(j, f, "there is no such name");
	p = job_sts(j);
	r = job_route(j);
	if (!p || !r)
		return false;
	if (p->not_asked)
		return found_skip(j, f,
		    "the TLS policy is only fetched with --smtp");
	if (!p->fetched || p->mode == STS_NONE || r->kind != ROUTE_MX)
		return found_skip(j, f, "no TLS policy to hold them to");
	for (size_t i = 0; i < r->nhost; i++)
		if (!sts_covers(p, r->host[i].name)) {
			bad = &r->host[i];
			n++;
		}
	if (!bad)
		return found_pass(j, f, "every MX is named in the policy");
	if (p->mode == STS_TESTING) {
		f->severity = SEV_MINOR;
		return found(j, f, CHECK_WARN,
		    "the TLS policy of " STR_FMT
		    " (testing) does not name " STR_FMT,
		    STR_ARG(j->shown), STR_ARG(bad->name));
	}
	f->severity = n == r->nhost ? SEV_FATAL : SEV_MAJOR;
	return found(j, f, CHECK_FAIL,
	    "Google and others refuse to deliver "
	    "to " STR_FMT ", because the policy of " STR_FMT " does not name "
	    "it",
	    STR_ARG(bad->name), STR_ARG(j->shown));
}

bool
check_r17(struct job *j, struct finding *f)
{
	const struct route *r;
	const struct mx_host *unsigned_at = NULL, *odd = NULL;
	size_t good = 0, n = 0;
	const char *why;
	bool ready = true;
	int v = dns_validates(j->live->dns, &why);

	if (!j->domain.n || job_failed(j, R01))
		return found_skip(j, f, "there is no such name");
	r = job_route(j);
	if (!r)
		return false;
	if (r->kind < ROUTE_IMPLICIT)
		return found_skip(j, f, "there is no mail server to look at");
	for (size_t i = 0; i < r->nhost && i < 10; i++) {
		const struct mx_host *h = &r->host[i];
		const struct dns_answer *t;

		if (h->bad_name || !h->nip)
			continue;
		t = dane_ask(j, h->name);
		if (t->status == DNS_PENDING) {
			ready = false;
			continue;
		}
		if (t->status != DNS_OK)
			continue;
		n++;
		if (t->bogus) {
			f->severity = SEV_MAJOR;
			return found(j, f, CHECK_FAIL,
			    "the DANE records of " STR_FMT
			    " are bogus; senders that use DANE hold "
			    "the mail",
			    STR_ARG(h->name));
		}
		if (!t->secure || !h->secure)
			unsigned_at = h;
		else if (!dane_usable(t->rr, t->nrr))
			odd = h;
		else
			good++;
	}
	if (!ready)
		return false;
	if (!n)
		return found_skip(j, f, "no TLSA records");
	if (v < 0)
		return found_unknown(j, f,
		    "signatures cannot be checked from "
		    "here: %s",
		    why);
	if (unsigned_at)
		return found(j, f, CHECK_WARN,
		    "the DANE records of " STR_FMT
		    " have no effect, the zone is not signed",
		    STR_ARG(unsigned_at->name));
	if (odd)
		return found(j, f, CHECK_WARN,
		    "the DANE records of " STR_FMT
		    " are of kinds that are not used for mail",
		    STR_ARG(odd->name));
	if (!r->mx->secure)
		return found(j, f, CHECK_WARN,
		    "the MX record of " STR_FMT
		    " is not signed; the DANE records have no effect for it",
		    STR_ARG(j->shown));
	return found_pass(j, f, "usable DANE records for %zu server%s", good,
	    good == 1 ? "" : "s");
}
