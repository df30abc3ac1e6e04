/*
 * check_dmarc.c: S12 and S13: the DMARC record that applies, and whether
 * what we send for the domain passes it.
 */
#include "live/dmarc.h"
#include "live/checks.h"
#include "live/job.h"
#include "live/spf.h"
#include "base/banned.h"

/* 1 looked, 0 not yet, -1 the finding says why not */
static int
look(struct job *j, struct finding *f, struct dmarc_out *out)
{
	struct asker asker = job_asker(j);

	if (!j->domain.n || job_failed(j, R01)) {
		found_skip(j, f, "there is no such name");
		return -1;
	}
	dmarc_find(&asker, &j->scratch, j->domain, out);
	if (out->pending)
		return 0;
	if (out->warn & DMARC_W_TEMPERROR) {
		found_unknown(j, f, "the record could not be asked: " STR_FMT,
		    STR_ARG(out->problem));
		return -1;
	}
	if (out->record.text.n)
		found_evidence(j, f, "_dmarc." STR_FMT ": " STR_FMT,
		    STR_ARG(out->record.domain),
		    STR_ARG(str_head(out->record.text, 600)));
	return 1;
}

/*
 * A report address in a domain of somebody else: has that one agreed
 * (RFC 9990)?  1 yes or not needed, 0 not yet, -1 no: *who.
 */
static int
reports_allowed(struct job *j, const struct dmarc_record *r, struct str *who)
{
	struct asker asker = job_asker(j);
	bool pending = false;

	for (size_t i = 0; i < r->nrua; i++) {
		struct str to = str_domain(r->rua[i]);
		const struct dns_answer *ans;
		bool yes = false;

		if (dmarc_aligned(&asker, &j->scratch, to, r->domain, false,
			&pending))
			continue;
		ans = job_ask(j,
		    arena_printf(&j->scratch,
			STR_FMT "._report._dmarc." STR_FMT, STR_ARG(r->domain),
			STR_ARG(to)),
		    DNS_TXT);
		if (ans->status == DNS_PENDING || pending) {
			pending = true;
			continue;
		}
		for (size_t k = 0; k < ans->nrr; k++)
			yes =
			    yes || str_starts(ans->rr[k].data, STR("v=DMARC1"));
		if (!yes && dns_said(ans)) {
			*who = to;
			return -1;
		}
	}
	return pending ? 0 : 1;
}

bool
check_s12(struct job *j, struct finding *f)
{
	struct dmarc_out d;
	struct str who;
	int ok = look(j, f, &d), rua;

	if (ok != 1)
		return ok;
	if (d.warn & DMARC_W_MULTIPLE) {
		f->severity = SEV_MAJOR;
		return found(j, f, CHECK_FAIL,
		    STR_FMT " has two DMARC "
			    "records; both are thrown away",
		    STR_ARG(j->shown));
	}
	if (!d.record.found &&
	    (d.warn & (DMARC_W_P_INVALID | DMARC_W_P_MISSING))) {
		f->severity = SEV_MAJOR;
		return found(j, f, CHECK_FAIL,
		    "the DMARC record of " STR_FMT
		    " has no valid policy and counts as none",
		    STR_ARG(j->shown));
	}
	if (d.warn & DMARC_W_LOCATION)
		return found(j, f, CHECK_WARN,
		    "the DMARC record of " STR_FMT " stands at " STR_FMT
		    ", where nobody looks; it belongs "
		    "at _dmarc." STR_FMT,
		    STR_ARG(j->shown), STR_ARG(d.wrong_at), STR_ARG(j->domain));
	if (!d.record.found) {
		found_remedy(j, f, "owner",
		    "enter a TXT record at _dmarc." STR_FMT
		    ", at first 'v=DMARC1; p=none; rua=mailto:...'",
		    STR_ARG(j->domain));
		return found(j, f, CHECK_WARN, STR_FMT " has no DMARC record",
		    STR_ARG(j->shown));
	}
	rua = reports_allowed(j, &d.record, &who);
	if (rua == 0)
		return false;
	if (rua < 0) {
		found_remedy(j, f, "owner",
		    "name another report address, or let " STR_FMT
		    " enter 'v=DMARC1' at " STR_FMT "._report._dmarc." STR_FMT,
		    STR_ARG(who), STR_ARG(d.record.domain), STR_ARG(who));
		return found(j, f, CHECK_WARN,
		    "DMARC reports of " STR_FMT " are to go to " STR_FMT
		    ", which has not agreed",
		    STR_ARG(d.record.domain), STR_ARG(who));
	}
	if (d.warn & (DMARC_W_P_INVALID | DMARC_W_P_MISSING))
		return found(j, f, CHECK_WARN,
		    "the DMARC record of " STR_FMT
		    " has no valid policy; it counts as 'none'",
		    STR_ARG(d.record.domain));
	if (d.warn & DMARC_W_REMOVED_TAG)
		found_remedy(j, f, "owner", "take them out of the record");
	if (d.warn & DMARC_W_REMOVED_TAG)
		return found(j, f, CHECK_WARN,
		    "the DMARC record of " STR_FMT
		    " uses tags that were removed in 2026 (pct, rf, ri)",
		    STR_ARG(d.record.domain));
	if (!dns_name_eq(d.record.domain, j->domain))
		return found_pass(j, f, "policy %s, inherited from " STR_FMT,
		    dmarc_policy_name(d.policy), STR_ARG(d.record.domain));
	return found_pass(j, f, "policy %s", dmarc_policy_name(d.policy));
}

/* Whether SPF passes for the domain from every sending address of ours. */
static bool
spf_passes(struct job *j, bool *passes)
{
	struct strs s = j->live->conf.sending;
	struct asker asker = job_asker(j);

	*passes = s.n > 0;
	for (size_t i = 0; i < s.n; i++) {
		struct spf_in in = { .domain = j->domain,
			.helo = str_c(j->live->conf.helo) };
		struct spf_out out;

		if (!ip_parse(str_c(s.v[i]), &in.ip))
			continue;
		in.sender = arena_printf(&j->scratch, "postmaster@" STR_FMT,
		    STR_ARG(j->domain));
		spf_check(&asker, &j->scratch, &in, &out);
		if (out.result == SPF_PENDING)
			return false;
		*passes = *passes && out.result == SPF_PASS;
	}
	return true;
}

bool
check_s13(struct job *j, struct finding *f)
{
	const struct finding *key;
	struct dmarc_out d;
	bool spf, dkim, known;
	int ok;

	if (!j->live->conf.sending.n || job_is_local(j, j->domain) != 1)
		return found_skip(j, f, "nothing is sent for it from here");
	ok = look(j, f, &d);
	if (ok != 1)
		return ok;
	if (!spf_passes(j, &spf))
		return false;
	known = j->live->conf.selectors.n > 0 || j->logs.nselector > 0;
	key = job_finding(j, S11);
	if (known && !key)
		return false;
	dkim =
	    known && (key->result == CHECK_PASS || key->result == CHECK_INFO ||
			 key->result == CHECK_WARN);
	if (!d.record.found)
		return found_skip(j, f, "there is no DMARC record");
	if (!spf && !dkim && d.policy >= DMARC_QUARANTINE)
		return found(j, f, CHECK_FAIL,
		    "mail from " STR_FMT " sent "
		    "through us fails DMARC (%s): SPF does not allow our "
		    "servers%s",
		    STR_ARG(j->shown), dmarc_policy_name(d.policy),
		    known ? " and there is no valid DKIM key" : "");
	if (d.policy == DMARC_NONE)
		return found(j, f, CHECK_WARN,
		    "the DMARC policy of " STR_FMT " is none: it only watches",
		    STR_ARG(j->shown));
	if (known && spf != dkim)
		return found(j, f, CHECK_WARN,
		    "mail from " STR_FMT " passes "
		    "DMARC only by %s%s",
		    STR_ARG(j->shown), spf ? "SPF" : "DKIM",
		    spf ? "; forwarding would break "
			  "it" :
			  "");
	return found_pass(j, f, "our mail passes (%s) under the policy %s",
	    spf && dkim ? "SPF and DKIM" :
	    spf		? "SPF" :
			  "DKIM",
	    dmarc_policy_name(d.policy));
}
