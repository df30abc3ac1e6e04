/*
 * check_client.c: S16: the services that mail programs of our customers use,
 * as the configuration names them, and what SRV records and documents on the
 * web tell programs that find their settings themselves (RFC 6186, RFC 8314,
 * Thunderbird's autoconfig, Outlook's autodiscover).
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/die.h"
#include "live/autoconfig.h"
#include "live/checks.h"
#include "live/service.h"
#include "base/banned.h"

enum { MAX_SERVICES = 32, CERT_SOON = 14, DAY = 86400 };

struct services {
	struct service v[MAX_SERVICES];
	size_t n;
	const struct job *owner; /* it reports them */
};

static struct services *
services_of(struct job *j)
{
	struct services **at = here_services(j->live);
	struct strs list = j->live->conf.services;

	if (*at)
		return *at;
	*at = xcalloc(1, sizeof(**at));
	(*at)->owner = j;
	for (size_t i = 0; i < list.n && i < MAX_SERVICES; i++)
		service_read(&(*at)->v[(*at)->n++], j->live, str_c(list.v[i]));
	return *at;
}

void
services_close(struct services *s)
{
	for (size_t i = 0; s && i < s->n; i++) {
		if (s->v[i].started && !s->v[i].done)
			service_end(&s->v[i], NULL);
		buf_release(&s->v[i].in);
		arena_release(&s->v[i].arena);
	}
	free(s);
}

/* True when every conversation has ended. */
static bool
turn(struct job *j, struct services *all)
{
	bool ready = true;

	for (size_t i = 0; i < all->n; i++) {
		struct service *s = &all->v[i];
		const struct dns_answer *a;
		struct ip ip;

		if (!s->started && ip_parse(s->host, &ip)) {
			service_start(s, ip);
		} else if (!s->started) {
			a = job_ask(j, s->host, DNS_A);
			if (a->status == DNS_OK) {
				service_start(s, a->rr[0].ip);
			} else if (a->status != DNS_PENDING) {
				s->started = s->done = true;
				s->why = dns_status_text(a->status);
			}
		}
		ready = ready && s->done;
	}
	return ready;
}

static bool
dns_is_why(const struct service *s)
{
	return s->why == dns_status_text(DNS_TIMEOUT) ||
	       s->why == dns_status_text(DNS_SERVFAIL) ||
	       s->why == dns_status_text(DNS_REFUSED) ||
	       s->why == dns_status_text(DNS_UNREACHABLE);
}

static const char *
judge_certificate(const struct job *j, const struct service *s,
    enum check_result *r)
{
	int64_t left = s->cert.not_after_s - job_now_s(j);

	*r = CHECK_FAIL;
	if (s->cert.have && left < 0)
		return "its certificate has ended; mail programs refuse to "
		       "connect";
	if (!s->cert.name_fits)
		return "its certificate is made out to another name";
	if (!s->cert.trusted)
		return "its certificate is not trusted";
	*r = CHECK_WARN;
	if (left < (int64_t)CERT_SOON * DAY)
		return "its certificate ends within 14 days";
	if (s->version < TLS1_2_VERSION)
		return "it knows only outdated TLS";
	*r = CHECK_PASS;
	return NULL;
}

static const char *
judge(const struct job *j, const struct service *s, enum check_result *r)
{
	const char *why;

	*r = CHECK_UNKNOWN;
	if (!s->connected && dns_is_why(s))
		return s->why;
	*r = CHECK_FAIL;
	if (!s->connected || s->why)
		return s->why ? s->why : "closed";
	if (s->mode == MODE_STARTTLS && s->kind != SERVICE_OTHER &&
	    !s->offers_tls)
		return "it offers no encryption (STARTTLS)";
	*r = CHECK_PASS;
	if (s->shaken && (why = judge_certificate(j, s, r)))
		return why;
	if (!s->takes_password)
		return "in order";
	*r = CHECK_WARN;
	return "it takes passwords before encryption";
}

/* ---- what programs find by themselves ---- */

static const char *
srv_name(const struct service *s)
{
	static const char *const name[][2] = {
		[SERVICE_OTHER] = { NULL, NULL },
		[SERVICE_IMAP] = { "_imap._tcp", "_imaps._tcp" },
		[SERVICE_POP3] = { "_pop3._tcp", "_pop3s._tcp" },
		[SERVICE_SMTP] = { "_submission._tcp", "_submissions._tcp" },
	};

	return name[s->kind][s->mode == MODE_TLS];
}

/* One of the services of that record is what the record says. */
static bool
named(const struct services *all, const char *srv, const struct dns_rr *rr)
{
	for (size_t i = 0; i < all->n; i++) {
		const char *name = srv_name(&all->v[i]);

		if (name && !strcmp(name, srv) && all->v[i].port == rr->port &&
		    dns_name_eq(all->v[i].host, rr->name))
			return true;
	}
	return false;
}

/* 1 they agree or are not there, 0 not known yet, -1 they do not: finding. */
static int
records_agree(struct job *j, struct finding *f, const struct services *all)
{
	int ready = 1;

	for (size_t i = 0; j->domain.n && i < all->n; i++) {
		const char *srv = srv_name(&all->v[i]);
		const struct dns_answer *a;

		if (!srv)
			continue;
		a = job_ask(j,
		    arena_printf(&j->scratch, "%s." STR_FMT, srv,
			STR_ARG(j->domain)),
		    DNS_SRV);
		if (a->status == DNS_PENDING)
			ready = 0;
		for (size_t k = 0; k < a->nrr; k++) {
			const struct dns_rr *rr = &a->rr[k];

			if (named(all, srv, rr))
				continue;
			found_evidence(j, f,
			    "%s." STR_FMT " SRV " STR_FMT ":%u", srv,
			    STR_ARG(j->domain),
			    STR_ARG(rr->name.n ? rr->name : STR(".")),
			    rr->port);
			found_remedy(j, f, "us",
			    "correct the record, or the setting of %.*s",
			    STR_ARG(all->v[i].what));
			found(j, f, CHECK_WARN,
			    !rr->name.n ?
				"the record %s.%.*s says that there is no "
				"such service" :
				"the record %s.%.*s sends mail programs to "
				"another server than the settings we give",
			    srv, STR_ARG(j->domain));
			return -1;
		}
	}
	return ready;
}

/* _autodiscover._tcp leads to a host that is there. */
static int
autodiscover(struct job *j, struct finding *f)
{
	const struct dns_answer *a, *host;

	if (!j->domain.n)
		return 1;
	a = job_ask(j,
	    arena_printf(&j->scratch, "_autodiscover._tcp." STR_FMT,
		STR_ARG(j->domain)),
	    DNS_SRV);
	if (a->status == DNS_PENDING)
		return 0;
	if (a->status != DNS_OK || !a->rr[0].name.n)
		return 1;
	host = job_ask(j, a->rr[0].name, DNS_A);
	if (host->status == DNS_PENDING)
		return 0;
	if (!dns_said(host) || host->status == DNS_OK)
		return 1;
	found(j, f, CHECK_WARN,
	    "_autodiscover._tcp." STR_FMT " leads to " STR_FMT
	    ", which has no address: Outlook finds no settings",
	    STR_ARG(j->domain), STR_ARG(a->rr[0].name));
	return -1;
}

/* What the settings we give say about that kind of server: 1 the same, 0
 * nothing, -1 another. */
static int
given(const struct services *all, const struct setting *s,
    const struct service **other)
{
	*other = NULL;
	for (size_t i = 0; i < all->n; i++) {
		const struct service *v = &all->v[i];

		if (v->kind != s->kind)
			continue;
		if (v->port == s->port && v->mode == s->mode &&
		    dns_name_eq(v->host, s->host))
			return 1;
		/* the one it was meant to be: the same port, else the first */
		if (!*other || v->port == s->port)
			*other = v;
	}
	return *other ? -1 : 0;
}

static const char *
mode_name(enum service_mode m)
{
	static const char *const name[] = { [MODE_PLAIN] = "no encryption",
		[MODE_STARTTLS] = "STARTTLS",
		[MODE_TLS] = "TLS" };

	return name[m];
}

/* One document on the web; true: a finding. */
static bool
place_differs(struct job *j, struct finding *f, const struct services *all,
    const struct autoconfig_place *p)
{
	for (size_t i = 0; i < p->set.n; i++) {
		const struct setting *s = &p->set.v[i];
		const struct service *v;

		if (given(all, s, &v) >= 0)
			continue;
		found_evidence(j, f, STR_FMT, STR_ARG(p->url));
		found_remedy(j, f, "us",
		    "correct that document, or the setting of " STR_FMT,
		    STR_ARG(v->what));
		return found(j, f, CHECK_WARN,
		    STR_FMT " sends mail programs to " STR_FMT ":%u (%s); the "
			    "settings we give say " STR_FMT ":%u (%s)",
		    STR_ARG(p->url), STR_ARG(s->host), s->port,
		    mode_name(s->mode), STR_ARG(v->host), v->port,
		    mode_name(v->mode));
	}
	if (p->read && !p->set.problem && (p->set.n || p->set.elsewhere))
		return false;
	if (!p->deliberate && !p->read)
		return false;
	found_evidence(j, f, STR_FMT, STR_ARG(p->url));
	found_remedy(j, f, "us",
	    "repair the document, or take the name out of the DNS");
	return found(j, f, CHECK_WARN,
	    STR_FMT " gives mail programs no settings: %s" STR_FMT,
	    STR_ARG(p->url),
	    !p->read	   ? "" :
	    p->set.problem ? p->set.problem :
			     "it names no server",
	    STR_ARG(p->read ? STR("") : p->problem));
}

/* 1 they agree or are not there, 0 not known yet, -1 they do not: finding. */
static int
documents_agree(struct job *j, struct finding *f, const struct services *all)
{
	const struct autoconfig_place *p;

	if (!j->domain.n || !all->n || job_is_local(j, j->domain) != 1)
		return 1;
	p = job_autoconfig(j);
	if (!p)
		return 0;
	for (size_t i = 0; i < AUTOCONFIG_PLACES; i++)
		if (p[i].url.n && place_differs(j, f, all, &p[i]))
			return -1;
	return 1;
}

bool
check_s16(struct job *j, struct finding *f)
{
	static const int rank[] = { [CHECK_PASS] = 1,
		[CHECK_UNKNOWN] = 2,
		[CHECK_WARN] = 3,
		[CHECK_FAIL] = 4,
		[CHECK_SKIP] = 0 };
	struct services *all = services_of(j);
	enum check_result worst = CHECK_PASS;
	int srv, disc;
	size_t good = 0;

	f->object = all->owner == j ? STR("our client services") : j->domain;
	srv = records_agree(j, f, all);
	if (srv < 0)
		worst = CHECK_WARN;
	disc = srv > 0 ? autodiscover(j, f) : 1;
	if (srv > 0 && disc > 0)
		disc = documents_agree(j, f, all);
	if (disc < 0)
		worst = CHECK_WARN;
	if (!turn(j, all) || srv == 0 || disc == 0)
		return false;
	for (size_t i = 0; i < all->n && all->owner == j; i++) {
		const struct service *s = &all->v[i];
		enum check_result r;
		const char *why = judge(j, s, &r);

		good += r == CHECK_PASS;
		if (rank[r] <= rank[worst])
			continue;
		worst = r;
		if (s->cert.have)
			found_evidence(j, f,
			    "issued to " STR_FMT " by " STR_FMT
			    ", names " STR_FMT,
			    STR_ARG(s->cert.subject), STR_ARG(s->cert.issuer),
			    STR_ARG(s->cert.names));
		found(j, f, r, STR_FMT " at " STR_FMT ":%u: %s",
		    STR_ARG(s->what), STR_ARG(s->host), s->port, why);
	}
	if (worst != CHECK_PASS)
		return true;
	if (all->owner != j)
		return found_skip(j, f, "looked at with the first target");
	return found_pass(j, f, "%zu services answer", good);
}
