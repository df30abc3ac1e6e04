/*
 * check_dkim.c: S11: the public key behind a DKIM selector.
 *
 * Selectors are named by the user, or by the logs: what a signer of ours
 * wrote, what a verifier found good.  Only for domains of ours, when nothing
 * names one, some usual names are tried; what is found so is marked as a
 * guess, and that nothing is found says nothing.  Strangers' are not guessed.
 */
#include "base/buf.h"
#include "base/stamp.h"
#include "live/checks.h"
#include "live/dkim.h"
#include "live/job.h"
#include "base/banned.h"

enum { RSA_FINE = 2048, RSA_LEAST = 1024, OLD_S = 7 * 86400 };

/* Where a selector's name is from. */
enum how { SAID, SIGNED, VERIFIED, GUESSED };

struct selector {
	struct str name;
	enum how how;
	int64_t last_s; /* in the logs */
	struct str where;
	const char *of; /* who uses that name */
};

static const struct {
	const char *name, *of;
} usual[] = {
	{ "default", NULL },
	{ "mail", NULL },
	{ "dkim", NULL },
	{ "s1", NULL },
	{ "s2", NULL },
	{ "selector1", "Microsoft 365" },
	{ "selector2", "Microsoft 365" },
	{ "google", "Google" },
	{ "k1", "Mailchimp" },
	{ "k2", "Mailchimp" },
	{ "k3", "Mailchimp" },
	{ "mandrill", "Mailchimp" },
	{ "zoho", "Zoho" },
	{ "fm1", "Fastmail" },
	{ "protonmail", "Proton" },
	{ "sig1", "Apple" },
};

static struct str
last_use(struct job *j, const struct selector *s)
{
	struct buf b = BUF_INIT(100);
	struct str text;

	stamp_print(&b, s->last_s * 1000000, "UTC", STAMP_MINUTES);
	text = arena_printf(&j->scratch, "%s UTC", buf_c(&b));
	buf_release(&b);
	return text;
}

/* What mail was signed with is gone. */
static bool
missing(struct job *j, struct finding *f, const struct selector *s)
{
	bool old = s->last_s < job_now_s(j) - OLD_S;

	if (s->where.n)
		found_evidence(j, f, STR_FMT, STR_ARG(s->where));
	switch (s->how) {
	case SAID:
		return found(j, f, CHECK_FAIL,
		    "the DKIM key '" STR_FMT "' of " STR_FMT
		    " is missing; our signature counts as invalid",
		    STR_ARG(s->name), STR_ARG(j->shown));
	case SIGNED:
		return found(j, f, old ? CHECK_WARN : CHECK_FAIL,
		    "the DKIM key '" STR_FMT "' of " STR_FMT
		    ", with which we signed at " STR_FMT ", is missing%s",
		    STR_ARG(s->name), STR_ARG(j->shown),
		    STR_ARG(last_use(j, s)),
		    old ? "; the logs know nothing newer" :
			  "; our signature counts as invalid");
	case VERIFIED:
		return found(j, f, old ? CHECK_INFO : CHECK_WARN,
		    "the DKIM key '" STR_FMT "' of " STR_FMT
		    ", good at " STR_FMT ", is gone",
		    STR_ARG(s->name), STR_ARG(j->shown),
		    STR_ARG(last_use(j, s)));
	case GUESSED:
		break;
	}
	return found_skip(j, f, "there is no key of that name");
}

/* What one selector gives; false: not known yet. */
static bool
look(struct job *j, const struct selector *s, struct finding *f)
{
	struct str name =
	    arena_printf(&j->scratch, STR_FMT "._domainkey." STR_FMT,
		STR_ARG(s->name), STR_ARG(j->domain));
	const struct dns_answer *ans = job_ask(j, name, DNS_TXT);
	const struct dns_rr *rr = ans->rr;
	enum check_result bad = s->how == GUESSED ? CHECK_WARN : CHECK_FAIL;
	struct dkim_key k;
	size_t n = 0;

	if (ans->status == DNS_PENDING)
		return false;
	f->object = arena_dup(&j->arena, name);
	if (!dns_said(ans))
		return found_unknown(j, f,
		    "the DKIM key '" STR_FMT "' could "
		    "not be asked: %s",
		    STR_ARG(s->name), dns_status_text(ans->status));
	if (ans->status != DNS_OK)
		return missing(j, f, s);
	for (size_t i = 0; i < ans->nrr; i++)
		if (dkim_is_record(ans->rr[i].data) && n++ == 0)
			rr = &ans->rr[i];
	dkim_read_key(&j->scratch, rr->data, &k);
	if (s->how == GUESSED && (!n || k.revoked))
		return missing(j, f, s);
	found_evidence(j, f, STR_FMT, STR_ARG(str_head(rr->data, 200)));
	if (n > 1)
		return found(j, f, CHECK_WARN,
		    "the DKIM key '" STR_FMT "' of " STR_FMT
		    " has %zu records; each receiver picks one of them",
		    STR_ARG(s->name), STR_ARG(j->shown), n);
	if (k.revoked)
		return found(j, f, bad,
		    "the DKIM key '" STR_FMT "' of " STR_FMT
		    " was withdrawn (p= is empty)",
		    STR_ARG(s->name), STR_ARG(j->shown));
	if (k.problem)
		return found(j, f, bad,
		    "the DKIM key '" STR_FMT "' of " STR_FMT
		    " cannot be used: %s",
		    STR_ARG(s->name), STR_ARG(j->shown), k.problem);
	if (k.ed25519)
		return found(j, f, CHECK_INFO,
		    "the DKIM key '" STR_FMT "' is "
		    "Ed25519: valid, but keep an RSA key beside it",
		    STR_ARG(s->name));
	if (k.bits < RSA_LEAST)
		return found(j, f, bad,
		    "the DKIM key '" STR_FMT "' of " STR_FMT
		    " has only %d bits; receivers ignore it",
		    STR_ARG(s->name), STR_ARG(j->shown), k.bits);
	if (k.testing)
		return found(j, f, CHECK_WARN,
		    "the DKIM key '" STR_FMT "' is "
		    "marked as a test (t=y)",
		    STR_ARG(s->name));
	if (k.bits < RSA_FINE)
		return found(j, f, CHECK_WARN,
		    "the DKIM key '" STR_FMT "' has "
		    "%d bits; 2048 are usual",
		    STR_ARG(s->name), k.bits);
	if (s->how == GUESSED)
		return found_pass(j, f,
		    "key '" STR_FMT "', %d bits; a usual name%s%s, whether "
		    "mail is signed with it is not known",
		    STR_ARG(s->name), k.bits, s->of ? " of " : "",
		    s->of ? s->of : "");
	return found_pass(j, f, "key '" STR_FMT "', %d bits%s",
	    STR_ARG(s->name), k.bits, s->how == SAID ? "" : ", in use");
}

static int
rank(enum check_result r)
{
	static const int of[] = { [CHECK_PASS] = 1,
		[CHECK_INFO] = 2,
		[CHECK_UNKNOWN] = 3,
		[CHECK_WARN] = 4,
		[CHECK_FAIL] = 5,
		[CHECK_NONE] = 0,
		[CHECK_SKIP] = 0 };

	return of[r];
}

/* The worst of them; false: not all are known yet. */
static bool
worst_of(struct job *j, const struct selector *s, size_t n, struct finding *f)
{
	struct finding worst = *f;
	bool all = true;

	for (size_t i = 0; i < n; i++) {
		struct finding one = *f;

		if (!look(j, &s[i], &one))
			all = false;
		else if (rank(one.result) > rank(worst.result))
			worst = one;
	}
	if (all)
		*f = worst;
	return all;
}

bool
check_s11(struct job *j, struct finding *f)
{
	struct strs said = j->live->conf.selectors;
	const struct live_logs *logs = &j->logs;
	struct selector *s;
	size_t n = 0, room;

	if (!j->domain.n || job_failed(j, R01))
		return found_skip(j, f, "there is no such name");
	room = said.n + logs->nselector + sizeof(usual) / sizeof(*usual);
	s = arena_array(&j->scratch, struct selector, room);
	for (size_t i = 0; i < said.n; i++)
		s[n++] = (struct selector){ .name = str_c(said.v[i]) };
	for (size_t i = 0; i < logs->nselector; i++) {
		const struct selector_seen *l = &logs->selector[i];

		s[n++] =
		    (struct selector){ l->name, l->by_us ? SIGNED : VERIFIED,
			    l->last_s, l->where, NULL };
	}
	if (n)
		return worst_of(j, s, n, f);
	if (job_is_local(j, j->domain) != 1)
		return found_skip(j, f, "no selector is known");
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		s[n++] = (struct selector){ .name = str_c(usual[i].name),
			.how = GUESSED,
			.of = usual[i].of };
	if (!worst_of(j, s, n, f))
		return false;
	if (f->result == CHECK_NONE || f->result == CHECK_SKIP) {
		f->object = j->domain;
		found_skip(j, f,
		    "no selector is known, and no usual name has a key");
	}
	return true;
}
