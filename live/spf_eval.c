/*
 * spf_eval.c: check_host() of RFC 7208.
 *
 * The evaluation asks and, when an answer is pending, gives up with
 * SPF_PENDING; the caller runs it again later from the start.  What it has
 * learnt by then comes from the DNS cache, so the second run is cheap and
 * the code reads straight down.
 *
 * Limits (4.6.4): ten terms that ask, two empty answers, ten names per mx
 * and ptr.  Void: no such name or no data for the question of such a term.
 */
#include "live/spf.h"
#include "base/banned.h"

struct eval {
	const struct asker *asker;
	struct arena *a;
	const struct spf_in *in;
	struct spf_out *out;
	int depth;
};

enum match { NO, YES, WAIT, TEMP, PERM };

static enum spf_result check_host(struct eval *e, struct str domain, bool top);

static enum match
perm(struct eval *e, struct str why)
{
	if (!e->out->problem.n)
		e->out->problem = why;
	return PERM;
}

/* One look-up more, and maybe one void more; both have limits. */
static enum match
count(struct eval *e)
{
	if (++e->out->lookups > SPF_MAX_LOOKUPS)
		return perm(e, STR("more than 10 look-ups"));
	return YES;
}

static enum match
count_void(struct eval *e, const struct dns_answer *ans)
{
	if (ans->status != DNS_NXDOMAIN && ans->status != DNS_NODATA)
		return YES;
	if (++e->out->voids > SPF_MAX_VOID && !e->in->no_void_limit)
		return perm(e, STR("more than 2 empty answers"));
	return YES;
}

static enum match
failed(const struct dns_answer *ans)
{
	switch (ans->status) {
	case DNS_PENDING:
		return WAIT;
	case DNS_OK:
	case DNS_NODATA:
	case DNS_NXDOMAIN:
	case DNS_BADNAME:
		return YES;
	default:
		return TEMP;
	}
}

static enum dns_type
address_type(const struct eval *e)
{
	return e->in->ip.n == 4 ? DNS_A : DNS_AAAA;
}

static bool
has_address(const struct dns_answer *ans, const struct ip *ip, unsigned bits)
{
	for (size_t i = 0; i < ans->nrr; i++)
		if (ip_in(ip, &ans->rr[i].ip, bits))
			return true;
	return false;
}

/* A name of the client that points back to it; `want`: at or below it. */
static enum match
validated(struct eval *e, struct str want, bool count_it, struct str *name)
{
	struct str rev = ip_reverse(e->a, &e->in->ip);
	struct str q = arena_printf(e->a, STR_FMT ".%s.arpa", STR_ARG(rev),
	    e->in->ip.n == 4 ? "in-addr" : "ip6");
	const struct dns_answer *ptr = ask_dns(e->asker, q, DNS_PTR);
	struct str best = STR("");

	if (ptr->status == DNS_PENDING)
		return WAIT;
	if (count_it && count_void(e, ptr) == PERM)
		return PERM;
	if (ptr->status != DNS_OK)
		return NO;
	for (size_t i = 0; i < ptr->nrr && i < SPF_MAX_NAMES; i++) {
		struct str n = ptr->rr[i].name;
		const struct dns_answer *ans =
		    ask_dns(e->asker, n, address_type(e));

		if (ans->status == DNS_PENDING)
			return WAIT;
		if (!has_address(ans, &e->in->ip, e->in->ip.n * 8u))
			continue;
		if (!best.n || dns_name_eq(n, want) ||
		    (dns_name_below(n, want) && !dns_name_below(best, want)))
			best = n;
	}
	*name = best;
	return best.n ? YES : NO;
}

/* The name a term means: its own or the current one, macros replaced. */
static enum match
target(struct eval *e, struct str spec, struct str domain, struct str *out)
{
	struct spf_macro_in m = { .in = e->in, .domain = domain };

	if (!spec.n) {
		*out = domain;
		return YES;
	}
	if (spf_uses_p(spec)) {
		enum match v = validated(e, domain, false, &m.validated);

		if (v == WAIT)
			return WAIT;
	}
	if (!spf_expand(e->a, spec, &m, out))
		return perm(e, STR("a macro that does not expand"));
	return YES;
}

static enum match
match_mx(struct eval *e, struct str name, unsigned bits)
{
	const struct dns_answer *mx = ask_dns(e->asker, name, DNS_MX);
	enum match ok = failed(mx), found = NO;

	if (ok != YES)
		return ok;
	if (count_void(e, mx) == PERM)
		return PERM;
	if (mx->nrr > SPF_MAX_NAMES)
		return perm(e, STR("an 'mx' with more than 10 servers"));
	for (size_t i = 0; i < mx->nrr && found == NO; i++) {
		const struct dns_answer *ans =
		    ask_dns(e->asker, mx->rr[i].name, address_type(e));

		ok = failed(ans);
		if (ok != YES)
			found = ok;
		else if (has_address(ans, &e->in->ip, bits))
			found = YES;
	}
	return found;
}

static enum match
match_include(struct eval *e, struct str name)
{
	struct str problem;

	switch (check_host(e, name, false)) {
	case SPF_PENDING:
		return WAIT;
	case SPF_PASS:
		return YES;
	case SPF_TEMPERROR:
		return TEMP;
	case SPF_PERMERROR:
		return PERM;
	case SPF_NONE:
		problem = arena_printf(e->a, STR_FMT " has no SPF record",
		    STR_ARG(name));
		return perm(e, problem);
	default:
		return NO;
	}
}

static enum match
match_term(struct eval *e, const struct spf_term *t, struct str domain)
{
	unsigned bits = e->in->ip.n == 4 ? t->bits4 : t->bits6;
	const struct dns_answer *ans;
	struct str name, host;
	enum match ok;

	if (t->kind == SPF_ALL)
		return YES;
	if (t->kind == SPF_IP4 || t->kind == SPF_IP6)
		return ip_in(&e->in->ip, &t->net, bits) ? YES : NO;
	ok = count(e);
	if (ok == YES)
		ok = target(e, t->domain, domain, &name);
	if (ok != YES)
		return ok;
	switch (t->kind) {
	case SPF_INCLUDE:
		return match_include(e, name);
	case SPF_MX:
		return match_mx(e, name, bits);
	case SPF_PTR:
		ok = validated(e, name, true, &host);
		return ok != YES ? ok : dns_name_below(host, name) ? YES : NO;
	default: /* a, exists */
		ans = ask_dns(e->asker, name,
		    t->kind == SPF_EXISTS ? DNS_A : address_type(e));
		ok = failed(ans);
		if (ok == YES && count_void(e, ans) == PERM)
			ok = PERM;
		if (ok != YES)
			return ok;
		if (t->kind == SPF_EXISTS)
			return ans->nrr ? YES : NO;
		return has_address(ans, &e->in->ip, bits) ? YES : NO;
	}
}

static enum spf_result
of_qual(char q)
{
	return q == '-' ? SPF_FAIL :
	       q == '~' ? SPF_SOFTFAIL :
	       q == '?' ? SPF_NEUTRAL :
			  SPF_PASS;
}

/* The owner's words for a refusal; anything odd about them: none. */
static enum match
explain(struct eval *e, const struct spf_term *exp, struct str domain)
{
	struct spf_macro_in m = { .in = e->in,
		.domain = domain,
		.explanation = true };
	const struct dns_answer *ans;
	struct str name, text;
	enum match ok = target(e, exp->domain, domain, &name);

	if (ok != YES)
		return ok == WAIT ? WAIT : NO;
	ans = ask_dns(e->asker, name, DNS_TXT);
	if (ans->status == DNS_PENDING)
		return WAIT;
	if (ans->status != DNS_OK || ans->nrr != 1)
		return NO;
	text = ans->rr[0].data;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] > 126 || text.p[i] < ' ')
			return NO;
	if (spf_uses_p(text) &&
	    validated(e, domain, false, &m.validated) == WAIT)
		return WAIT;
	if (!spf_expand(e->a, text, &m, &text))
		return NO;
	e->out->explanation = text;
	return YES;
}

static enum spf_result
redirect(struct eval *e, const struct spf_term *t, struct str domain, bool top)
{
	enum spf_result r;
	struct str name;
	enum match ok = count(e);

	if (ok == YES)
		ok = target(e, t->domain, domain, &name);
	if (ok != YES)
		return ok == WAIT ? SPF_PENDING : SPF_PERMERROR;
	r = check_host(e, name, top);
	if (r == SPF_NONE) {
		perm(e, arena_printf(e->a, STR_FMT " has no SPF record",
			    STR_ARG(name)));
		return SPF_PERMERROR;
	}
	return r;
}

static enum spf_result
evaluate(struct eval *e, const struct spf_record *r, struct str domain,
    bool top)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct spf_term *t = &r->term[i];
		enum match m;

		if (t->kind >= SPF_REDIRECT)
			continue;
		m = match_term(e, t, domain);
		if (m == NO)
			continue;
		if (top || m == PERM || m == TEMP) {
			if (!e->out->term.n || top) {
				e->out->term = t->text;
				e->out->at = domain;
			}
		}
		if (m != YES)
			return m == WAIT ? SPF_PENDING :
			       m == TEMP ? SPF_TEMPERROR :
					   SPF_PERMERROR;
		if (of_qual(t->qual) == SPF_FAIL && top && r->exp &&
		    explain(e, r->exp, domain) == WAIT)
			return SPF_PENDING;
		return of_qual(t->qual);
	}
	if (r->redirect && !r->all)
		return redirect(e, r->redirect, domain, top);
	return SPF_NEUTRAL;
}

/* A name with two labels at least, none empty or too long. */
static bool
usable(struct arena *a, struct str domain, struct str *name)
{
	return domain.n && domain.p[0] != '[' &&
	       !memchr(domain.p, '\0', domain.n) && dns_name(a, domain, name) &&
	       dns_labels(*name) >= 2;
}

static enum spf_result
check_host(struct eval *e, struct str domain, bool top)
{
	const struct dns_answer *ans;
	struct spf_record rec;
	struct str text = STR_NONE, name;
	enum spf_result r;
	size_t found = 0;

	if (!usable(e->a, domain, &name))
		return SPF_NONE;
	if (e->depth > 2 * SPF_MAX_LOOKUPS) {
		perm(e, STR("more than 10 look-ups"));
		return SPF_PERMERROR;
	}
	ans = ask_dns(e->asker, name, DNS_TXT);
	if (ans->status == DNS_PENDING)
		return SPF_PENDING;
	if (failed(ans) == TEMP) {
		e->out->problem =
		    arena_printf(e->a, "SPF of " STR_FMT " cannot be asked: %s",
			STR_ARG(name), dns_status_text(ans->status));
		return SPF_TEMPERROR;
	}
	if (e->depth && count_void(e, ans) == PERM)
		return SPF_PERMERROR;
	for (size_t i = 0; i < ans->nrr; i++)
		if (spf_is_record(ans->rr[i].data) == SPF_IS) {
			text = ans->rr[i].data;
			found++;
		}
	if (!found)
		return SPF_NONE;
	if (found > 1) {
		perm(e, arena_printf(e->a, STR_FMT " has %zu SPF records",
			    STR_ARG(name), found));
		return SPF_PERMERROR;
	}
	if (spf_parse(e->a, text, &rec) < 0) {
		perm(e, arena_printf(e->a, "'" STR_FMT "': " STR_FMT,
			    STR_ARG(rec.fault_term), STR_ARG(rec.fault)));
		e->out->term = rec.fault_term;
		e->out->at = name;
		return SPF_PERMERROR;
	}
	e->depth++;
	r = evaluate(e, &rec, name, top);
	e->depth--;
	return r;
}

void
spf_check(const struct asker *asker, struct arena *a, const struct spf_in *in,
    struct spf_out *out)
{
	struct spf_in copy = *in;
	struct eval e = { .asker = asker, .a = a, .in = &copy, .out = out };

	*out = (struct spf_out){ .term = STR(""),
		.problem = STR(""),
		.explanation = STR("") };
	copy.ip = ip_unmap(&in->ip);
	if (str_rchr(in->sender, '@') < 0)
		copy.sender =
		    arena_printf(a, "postmaster@" STR_FMT, STR_ARG(in->domain));
	out->result = check_host(&e, in->domain, true);
}

const char *
spf_result_name(enum spf_result r)
{
	static const char *const name[] = {
		[SPF_PENDING] = "pending",
		[SPF_NONE] = "none",
		[SPF_NEUTRAL] = "neutral",
		[SPF_PASS] = "pass",
		[SPF_FAIL] = "fail",
		[SPF_SOFTFAIL] = "softfail",
		[SPF_TEMPERROR] = "temperror",
		[SPF_PERMERROR] = "permerror",
	};

	return name[r];
}
