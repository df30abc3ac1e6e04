/*
 * check_sender.c: S01-S05: our sending addresses as others see them.
 */
#include "base/buf.h"
#include "live/dnsbl.h"
#include "live/checks.h"
#include "live/job.h"
#include "live/suffix.h"
#include "base/banned.h"

const struct dns_answer *
job_ask_ptr(struct job *j, const struct ip *ip)
{
	struct str q = arena_printf(&j->scratch, STR_FMT ".%s.arpa",
	    STR_ARG(ip_reverse(&j->scratch, ip)),
	    ip->n == 4 ? "in-addr" : "ip6");

	return job_ask(j, q, DNS_PTR);
}

/* The numbers of the address in the name, or a word that dial-up lines have. */
static const char *
looks_dynamic(struct job *j, const struct ip *ip, struct str name)
{
	static const char *const words[] = { "dyn", "dynamic", "pool", "dsl",
		"adsl", "dhcp", "static", "cable", "ppp", "dialup", "dial",
		"client", "customer", "broadband", "unassigned" };
	struct str rest = name;
	size_t digits = 0;

	while (rest.p) {
		struct str label = str_split(&rest, '.');

		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			struct str w = str_c(words[i]);
			ptrdiff_t at = str_findi(label, w);

			if (at < 0)
				continue;
			if ((at == 0 || !is_alpha(label.p[at - 1])) &&
			    ((size_t)at + w.n == label.n ||
				!is_alpha(label.p[(size_t)at + w.n])))
				return "it looks like a dial-up or default "
				       "name";
		}
	}
	for (int i = 0; ip->n == 4 && i < 4; i++) {
		struct str d = arena_printf(&j->scratch, "%u", ip->b[i]);

		digits += str_find(name, d) >= 0 && (d.n > 1 || i > 1);
	}
	if (digits >= 3)
		return "it holds the digits of the address";
	if (dns_labels(name) <= 2)
		return "it is a bare domain";
	return NULL;
}

bool
check_s01(struct job *j, struct finding *f)
{
	const struct dns_answer *p = job_ask_ptr(j, &f->ip);
	struct str ip = ip_text(&j->scratch, &f->ip);
	const char *odd;

	if (!job_ip_reachable(j, &f->ip))
		return found_skip(j, f,
		    STR_FMT " is not a public address "
			    "(%s): nobody outside sees it",
		    STR_ARG(ip), ip_special(&f->ip));
	if (p->status == DNS_PENDING)
		return false;
	if (!dns_said(p))
		return found_unknown(j, f,
		    "the reverse name of " STR_FMT " could not be asked: %s",
		    STR_ARG(ip), dns_status_text(p->status));
	if (p->status != DNS_OK)
		return found(j, f, CHECK_FAIL,
		    "our address " STR_FMT " has "
		    "no reverse name; Google and others refuse us",
		    STR_ARG(ip));
	found_evidence(j, f, STR_FMT " PTR " STR_FMT, STR_ARG(ip),
	    STR_ARG(p->rr[0].name));
	if (p->nrr > 1)
		return found(j, f, CHECK_WARN,
		    "our address " STR_FMT " has "
		    "%zu reverse names; one is expected",
		    STR_ARG(ip), p->nrr);
	odd = looks_dynamic(j, &f->ip, p->rr[0].name);
	if (odd)
		return found(j, f, CHECK_WARN,
		    "the reverse name " STR_FMT " of " STR_FMT
		    " is not trusted everywhere: %s",
		    STR_ARG(p->rr[0].name), STR_ARG(ip), odd);
	return found_pass(j, f, STR_FMT " is " STR_FMT, STR_ARG(ip),
	    STR_ARG(p->rr[0].name));
}

bool
check_s02(struct job *j, struct finding *f)
{
	const struct dns_answer *p = job_ask_ptr(j, &f->ip);
	struct str ip = ip_text(&j->scratch, &f->ip), other = STR("nowhere");
	const struct dns_answer *unsure = NULL;
	bool ready = true;

	if (!job_ip_reachable(j, &f->ip))
		return found_skip(j, f, "not a public address");
	if (p->status == DNS_PENDING)
		return false;
	if (p->status != DNS_OK)
		return dns_said(p) ?
			   found_skip(j, f, "no reverse name") :
			   found_unknown(j, f,
			       "the reverse name of " STR_FMT
			       " could not be asked: %s",
			       STR_ARG(ip), dns_status_text(p->status));
	for (size_t i = 0; i < p->nrr && i < 10; i++) {
		const struct dns_answer *a =
		    job_ask(j, p->rr[i].name, f->ip.n == 4 ? DNS_A : DNS_AAAA);

		ready = ready && a->status != DNS_PENDING;
		if (!dns_said(a) && a->status != DNS_PENDING)
			unsure = a;
		for (size_t k = 0; k < a->nrr; k++) {
			if (ip_eq(&a->rr[k].ip, &f->ip))
				return found_pass(j, f, STR_FMT " points back",
				    STR_ARG(p->rr[i].name));
			other = ip_text(&j->scratch, &a->rr[k].ip);
		}
	}
	if (!ready)
		return false;
	if (unsure)
		return found_unknown(j, f, STR_FMT " could not be asked: %s",
		    STR_ARG(p->rr[0].name), dns_status_text(unsure->status));
	found_remedy(j, f, "us",
	    "give " STR_FMT " the address " STR_FMT ", or let the reverse "
	    "name be one that has it",
	    STR_ARG(p->rr[0].name), STR_ARG(ip));
	return found(j, f, CHECK_FAIL,
	    STR_FMT " points to " STR_FMT ", not back to " STR_FMT,
	    STR_ARG(p->rr[0].name), STR_ARG(other), STR_ARG(ip));
}

/* The name that the server with this address says in HELO. */
static struct str
helo_of(const struct job *j, const struct ip *ip)
{
	const struct live_conf *c = &j->live->conf;
	struct ip v;

	for (size_t i = 0; i < c->sending.n && i < c->sending_name.n; i++)
		if (c->sending_name.v[i][0] &&
		    ip_parse(str_c(c->sending.v[i]), &v) && ip_eq(&v, ip))
			return str_c(c->sending_name.v[i]);
	return str_c(c->helo);
}

bool
check_s03(struct job *j, struct finding *f)
{
	struct str helo = helo_of(j, &f->ip);
	const struct dns_answer *a, *other, *p;
	bool ours = false;

	if (!helo.n || (j->live->conf.helo_guessed &&
			   str_eq(helo, str_c(j->live->conf.helo))))
		return found_skip(j, f, "no HELO name is configured");
	if (str_chr(helo, '.') <= 0 || str_eqi(helo, STR("localhost")) ||
	    dns_name_below(helo, STR("localdomain")))
		return found(j, f, CHECK_FAIL,
		    "the HELO name '" STR_FMT "' is not a full name",
		    STR_ARG(helo));
	a = job_ask(j, helo, f->ip.n == 4 ? DNS_A : DNS_AAAA);
	other = job_ask(j, helo, f->ip.n == 4 ? DNS_AAAA : DNS_A);
	p = job_ask_ptr(j, &f->ip);
	if (a->status == DNS_PENDING || p->status == DNS_PENDING ||
	    other->status == DNS_PENDING)
		return false;
	if (!dns_said(a) || !dns_said(p) || !dns_said(other))
		return found_unknown(j, f,
		    "'" STR_FMT "' could not be "
		    "asked: %s",
		    STR_ARG(helo),
		    dns_status_text(!dns_said(a)     ? a->status :
				    !dns_said(other) ? other->status :
						       p->status));
	if (a->status != DNS_OK && other->status != DNS_OK)
		return found(j, f, CHECK_FAIL,
		    "the HELO name '" STR_FMT "' has no address",
		    STR_ARG(helo));
	for (size_t i = 0; i < a->nrr; i++)
		ours = ours || ip_eq(&a->rr[i].ip, &f->ip);
	for (size_t i = 0; i < p->nrr; i++)
		if (ours && dns_name_eq(p->rr[i].name, helo))
			return found_pass(j, f,
			    "HELO, reverse name and "
			    "address fit");
	return found(j, f, CHECK_WARN, "the HELO name '" STR_FMT "' is %s",
	    STR_ARG(helo),
	    ours ? "not the reverse name" : "not a name of this address");
}

/* Why no list may be asked; NULL: they may. */
static const char *
why_not_ask(struct job *j)
{
	const char *open = dns_public_resolver(j->live->dns);

	if (open)
		return "block lists must not be asked through a public "
		       "resolver";
	return NULL;
}

struct sum {
	size_t asked, listed, unusable;
	enum dnsbl_weight weight;
	const struct dnsbl *list;
	struct dnsbl_out out;
	bool pending;
	struct buf states;
};

static void
add(struct sum *s, const struct dnsbl *list, const struct dnsbl_out *o)
{
	enum dnsbl_weight w = o->policy ? WEIGHT_INFO :
			      o->result == DNSBL_LISTED_UNKNOWN_CODE &&
				      list->weight > WEIGHT_LOW ?
					  WEIGHT_LOW :
					  list->weight;

	switch (o->result) {
	case DNSBL_PENDING:
		s->pending = true;
		return;
	case DNSBL_UNKNOWN:
		s->unusable++;
		if (str_find(buf_str(&s->states), str_c(list->zone)) >= 0)
			return; /* said with another name */
		buf_printf(&s->states, "%s%s: %s", s->states.n ? "; " : "",
		    list->zone, o->why ? o->why : "not usable");
		return;
	case DNSBL_NOT_LISTED:
		s->asked++;
		return;
	default:
		s->asked++;
		s->listed++;
		buf_printf(&s->states, "%s%s: " STR_FMT,
		    s->states.n ? "; " : "", list->zone, STR_ARG(o->meaning));
		if (!s->list || w > s->weight) {
			s->weight = w;
			s->list = list;
			s->out = *o;
		}
	}
}

static bool
conclude(struct job *j, struct finding *f, struct sum *s, struct str what,
    const char *kind)
{
	bool done = true;

	found_evidence(j, f, "%s", buf_c(&s->states));
	if (s->pending) {
		done = false;
	} else if (!s->asked) {
		found_unknown(j, f,
		    "no block list could be asked about the %s " STR_FMT, kind,
		    STR_ARG(what));
	} else if (!s->listed) {
		found_pass(j, f, "on none of %zu lists", s->asked);
	} else {
		enum check_result r = s->weight >= WEIGHT_HIGH ? CHECK_FAIL :
				      s->weight >= WEIGHT_LOW  ? CHECK_WARN :
								 CHECK_INFO;

		f->severity =
		    s->weight >= WEIGHT_MEDIUM ? SEV_MAJOR : SEV_MINOR;
		if (s->out.policy)
			found_remedy(j, f, "us",
			    "ask the provider of the address to take it out "
			    "of the list: it is no accusation");
		else if (s->list->url)
			found_remedy(j, f, "us",
			    "stop the cause first (look "
			    "for the account in the logs), then ask for "
			    "removal at %s",
			    s->list->url);
		found(j, f, r,
		    "our %s " STR_FMT " is on %s (" STR_FMT "); "
		    "recipients that use it refuse us%s" STR_FMT,
		    kind, STR_ARG(what), s->list->zone, STR_ARG(s->out.meaning),
		    s->out.txt.n ? ". Reason: " : "", STR_ARG(s->out.txt));
	}
	buf_release(&s->states);
	return done;
}

static const struct dnsbl *
lists(const struct job *j, size_t *n)
{
	*n = j->live->conf.lists ? j->live->conf.nlists : dnsbl_nshipped;
	return j->live->conf.lists ? j->live->conf.lists : dnsbl_shipped;
}

bool
check_s04(struct job *j, struct finding *f)
{
	struct sum s = { .states = BUF_INIT(1500) };
	struct asker asker = job_asker(j);
	const char *why = why_not_ask(j);
	const struct dnsbl *l;
	size_t n;

	if (why)
		return found_unknown(j, f, "%s", why);
	if (!job_ip_reachable(j, &f->ip))
		return found_skip(j, f, "not a public address");
	l = lists(j, &n);
	for (size_t i = 0; i < n; i++) {
		struct dnsbl_out o;

		if (l[i].kind != DNSBL_IP || l[i].weight == WEIGHT_OFF ||
		    (f->ip.n == 16 && !l[i].ipv6))
			continue;
		dnsbl_look_ip(&asker, &j->scratch, &l[i], &f->ip, &o);
		add(&s, &l[i], &o);
	}
	return conclude(j, f, &s, ip_text(&j->scratch, &f->ip), "address");
}

enum { MAX_NAMES = 8 };

static void
add_name(struct job *j, struct str name, struct str *out, size_t *n)
{
	struct str reg = suffix_registrable(&j->scratch, name);

	for (size_t i = 0; i < *n; i++)
		if (str_eqi(out[i], reg))
			return;
	if (reg.n && *n < MAX_NAMES)
		out[(*n)++] = reg;
}

/* The sender domain, and those of our HELO and reverse names. */
static bool
our_names(struct job *j, struct str *out, size_t *n)
{
	const struct live_conf *c = &j->live->conf;
	bool ready = true;
	struct ip ip;

	*n = 0;
	out[(*n)++] = j->domain;
	if (!c->helo_guessed)
		add_name(j, str_c(c->helo), out, n);
	for (size_t i = 0; i < c->sending.n && i < MAX_NAMES; i++) {
		const struct dns_answer *p;

		if (!ip_parse(str_c(c->sending.v[i]), &ip))
			continue;
		add_name(j, helo_of(j, &ip), out, n);
		p = job_ask_ptr(j, &ip);
		ready = ready && p->status != DNS_PENDING;
		if (p->status == DNS_OK)
			add_name(j, p->rr[0].name, out, n);
	}
	return ready;
}

bool
check_s05(struct job *j, struct finding *f)
{
	struct sum s = { .states = BUF_INIT(1500) };
	struct str name[MAX_NAMES], which = j->domain;
	size_t nname;
	struct asker asker = job_asker(j);
	const char *why = why_not_ask(j);
	const struct dnsbl *l;
	size_t n;

	if (!j->domain.n || job_failed(j, R01))
		return found_skip(j, f, "there is no such name");
	if (job_is_local(j, j->domain) != 1)
		return found_skip(j, f, "nothing is sent for it from here");
	if (why)
		return found_unknown(j, f, "%s", why);
	if (!our_names(j, name, &nname))
		return false;
	l = lists(j, &n);
	for (size_t i = 0; i < n * nname; i++) {
		const struct dnsbl *list = &l[i / nname];
		const struct dnsbl *before = s.list;
		struct dnsbl_out o;

		if (list->kind != DNSBL_DOMAIN || list->weight == WEIGHT_OFF)
			continue;
		dnsbl_look_domain(&asker, &j->scratch, list, name[i % nname],
		    &o);
		add(&s, list, &o);
		if (s.list != before)
			which = name[i % nname];
	}
	return conclude(j, f, &s, which, "name");
}
