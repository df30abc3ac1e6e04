/*
 * check_address.c: A01-A07: what can be said about an address from its text,
 * and whether its domain looks like a well-known one misspelt.
 */
#include "live/idn.h"
#include "live/checks.h"
#include "live/job.h"
#include "live/typo.h"
#include "base/banned.h"

static bool
by_rule(struct job *j, struct finding *f, const char *id)
{
	const struct address *v = &j->address;

	if (!v->fails)
		return found_pass(j, f, "nothing is wrong with the text");
	if (strcmp(v->fails, id) != 0)
		return found_skip(j, f, "something else is wrong: %s",
		    v->fails);
	f->suggest = v->suggest;
	found_evidence(j, f, STR_FMT, STR_ARG(v->shown));
	if (v->suggest.n)
		found_remedy(j, f, "customer", "use " STR_FMT,
		    STR_ARG(v->suggest));
	return found(j, f, CHECK_FAIL,
	    "'" STR_FMT "' is not an address: " STR_FMT,
	    STR_ARG(str_head(v->shown, 300)), STR_ARG(v->why));
}

/* mailto: links are read by who reads a page; it says which are broken. */
bool
check_a01(struct job *j, struct finding *f)
{
	if (!j->address.fails || strcmp(j->address.fails, "A01") != 0)
		return found_skip(j, f, "no page was given");
	return by_rule(j, f, "A01");
}

bool
check_a02(struct job *j, struct finding *f)
{
	if (j->kind == JOB_DOMAIN)
		return found_skip(j, f, "only a domain was given");
	return by_rule(j, f, "A02");
}

bool
check_a03(struct job *j, struct finding *f)
{
	if (j->kind == JOB_DOMAIN)
		return found_skip(j, f, "only a domain was given");
	return by_rule(j, f, "A03");
}

bool
check_a04(struct job *j, struct finding *f)
{
	if (!j->address.fails && j->address.literal)
		return found(j, f, CHECK_WARN,
		    "an IP address in place of the "
		    "domain is legal, but hardly ever accepted");
	return by_rule(j, f, "A04");
}

bool
check_a05(struct job *j, struct finding *f)
{
	return by_rule(j, f, "A05");
}

bool
check_a06(struct job *j, struct finding *f)
{
	const struct address *v = &j->address;

	if (v->fails)
		return found_skip(j, f, "the text is not an address");
	if (v->mixed) {
		found_evidence(j, f, STR_FMT, STR_ARG(j->domain));
		return found(j, f, CHECK_WARN,
		    "'" STR_FMT "' mixes letters "
		    "of two scripts that look alike",
		    STR_ARG(v->mixed_in));
	}
	if (v->utf8_local)
		return found(j, f, CHECK_INFO,
		    "the part before the @ needs "
		    "servers that know SMTPUTF8, all the way");
	if (v->idn)
		return found(j, f, CHECK_INFO, STR_FMT " is asked as " STR_FMT,
		    STR_ARG(j->shown), STR_ARG(j->domain));
	return found_pass(j, f, "plain letters only");
}

/* "does not exist", "belongs to a parking service", or nothing to add. */
static bool
typed_domain(struct job *j, const char **what)
{
	const struct dns_answer *mx = job_ask(j, j->domain, DNS_MX);

	*what = "exists, but that may be somebody who collects such mail";
	if (mx->status == DNS_PENDING)
		return false;
	if (mx->status == DNS_NXDOMAIN)
		*what = "does not exist";
	else if (!dns_said(mx))
		*what = "could not be asked";
	else if (mx->status == DNS_NODATA)
		*what = "has no mail server";
	for (size_t i = 0; i < mx->nrr; i++) {
		const struct provider *p =
		    provider_of(&j->live->conf, mx->rr[i].name);

		if (p && !strcmp(p->kind, "parking"))
			*what = "belongs to a parking service";
	}
	return true;
}

bool
check_a07(struct job *j, struct finding *f)
{
	const struct live_conf *c = &j->live->conf;
	const char *known[512], *what;
	struct str meant;
	size_t n = 0;

	if (!j->domain.n)
		return found_skip(j, f, "there is no domain");
	if (strs_match(c->known_domains, j->domain) ||
	    job_is_local(j, j->domain) == 1)
		return found_pass(j, f, "mail with " STR_FMT " is usual here",
		    STR_ARG(j->domain));
	for (size_t i = 0; i < c->typo_targets.n && n < 256; i++)
		known[n++] = c->typo_targets.v[i];
	for (size_t i = 0; !c->only_typo_targets && i < typo_nproviders; i++)
		known[n++] = typo_providers[i];
	meant = typo_suggest(&j->scratch, j->domain, known, n);
	if (!meant.n)
		return found_pass(j, f, STR_FMT " does not look misspelt",
		    STR_ARG(j->shown));
	if (!typed_domain(j, &what))
		return false;
	f->suggest = j->kind == JOB_ADDRESS ?
			 arena_printf(&j->arena, STR_FMT "@" STR_FMT,
			     STR_ARG(j->address.local), STR_ARG(meant)) :
			 arena_dup(&j->arena, meant);
	return found(j, f, CHECK_WARN,
	    "did you mean " STR_FMT "? " STR_FMT " %s", STR_ARG(f->suggest),
	    STR_ARG(j->shown), what);
}
