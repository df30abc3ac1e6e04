/*
 * registration.c: RDAP over HTTPS: which server is responsible (a list in
 * the form of RFC 9224, from a file or from IANA), the question, at most
 * three redirects, and D01-D05.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/die.h"
#include "live/checks.h"
#include "live/http.h"
#include "live/registration.h"
#include "live/suffix.h"
#include "base/banned.h"

enum { BOOTSTRAP_MAX = 1024 * 1024 };

static const struct str iana = STR_INIT("https://data.iana.org/rdap/dns.json");

struct registration {
	struct rdap rdap;
	struct http_get *get;
	struct str bootstrap, url;
	int redirects;
	bool done;
};

static void
settle(struct job *j, struct registration *s, const char *why)
{
	if (why)
		s->rdap =
		    (struct rdap){ .problem = arena_dup(&j->arena, str_c(why)),
			    .registrar = STR("") };
	s->done = true;
}

static bool
read_file(struct job *j, struct registration *s)
{
	const char *path = j->live->conf.rdap_bootstrap;
	FILE *f = path ? fopen(path, "re") : NULL;
	char *p;
	size_t n;

	if (!f)
		return false;
	p = arena_alloc(&j->arena, BOOTSTRAP_MAX);
	n = fread(p, 1, BOOTSTRAP_MAX, f);
	fclose(f);
	s->bootstrap = str_make(p, n);
	return true;
}

static void
answered(struct job *j, struct registration *s)
{
	struct http_get *g = s->get;

	if (g->state == HTTP_FAILED) {
		char why[300];

		snprintf(why, sizeof(why), "the registry cannot be asked: %s",
		    g->problem);
		settle(j, s, why);
		return;
	}
	if (!s->bootstrap.n) {
		if (g->status != 200)
			settle(j, s,
			    "the list of registries cannot be "
			    "fetched");
		s->bootstrap = arena_dup(&j->arena, g->body);
		return;
	}
	if (g->status >= 300 && g->status < 400) {
		const char *why = rdap_redirect(g->location, ++s->redirects);

		if (why)
			settle(j, s, why);
		else
			s->url = arena_dup(&j->arena, g->location);
		return;
	}
	rdap_read(&j->arena, g->status, g->body, &s->rdap);
	settle(j, s, NULL);
}

const struct rdap *
job_registration(struct job *j)
{
	struct registration *s = j->rdap;
	struct str ask;

	if (!s) {
		j->rdap = s = xcalloc(1, sizeof(*s));
		read_file(j, s);
	}
	if (s->get && s->get->state != HTTP_RUNNING) {
		answered(j, s);
		http_done(s->get);
		s->get = NULL;
	}
	if (s->done)
		return &s->rdap;
	if (s->get)
		return NULL;
	if (s->bootstrap.n && !s->url.n) {
		s->url = rdap_url(&j->arena, s->bootstrap, j->domain);
		if (!s->url.n) {
			settle(j, s,
			    "this ending has no registration "
			    "service");
			return &s->rdap;
		}
	}
	ask = s->bootstrap.n ? s->url : iana;
	s->get = http_start(j, ask,
	    s->bootstrap.n ? "Accept: application/rdap+json" : NULL,
	    s->bootstrap.n ? RDAP_MAX : BOOTSTRAP_MAX,
	    j->live->conf.limits.rdap_us);
	if (s->get && s->get->state == HTTP_FAILED)
		return job_registration(j);
	return NULL;
}

void
registration_stop(struct job *j)
{
	struct registration *s = j->rdap;

	if (!s)
		return;
	http_done(s->get);
	free(s);
	j->rdap = NULL;
}

static bool
check(struct job *j, struct finding *f, enum check_id id)
{
	const struct rdap *r;
	struct str ns[MAX_NS], reg, say;
	struct rdap_dns dns = { .exists = -1, .ns = ns };
	const struct dns_answer *a;

	if (!j->domain.n)
		return found_skip(j, f, "there is no domain");
	reg = suffix_registrable(&j->scratch, j->domain);
	if (!reg.n)
		reg = j->domain;
	a = job_ask(j, reg, DNS_NS);
	r = job_registration(j);
	if (!r || a->status == DNS_PENDING)
		return false;
	if (dns_said(a))
		dns.exists = a->status != DNS_NXDOMAIN;
	for (size_t i = 0; i < a->nrr && i < MAX_NS; i++)
		ns[dns.nns++] = a->rr[i].name;
	f->object = arena_dup(&j->arena, reg);
	f->result = rdap_judge(&j->arena, id, r, &dns, reg, job_now_s(j), &say);
	if (id != D01 && f->result == CHECK_UNKNOWN && j->registry)
		return found_skip(j, f, "as said at D01");
	if (r->registrar.n)
		found_remedy(j, f, "owner", "%s (registrar: " STR_FMT ")",
		    f->check->remedy, STR_ARG(r->registrar));
	if (f->result != CHECK_FAIL && f->result != CHECK_WARN)
		f->remedy = STR("");
	return found(j, f, f->result, STR_FMT, STR_ARG(say));
}

bool
check_d01(struct job *j, struct finding *f)
{
	return check(j, f, D01);
}

bool
check_d02(struct job *j, struct finding *f)
{
	return check(j, f, D02);
}

bool
check_d03(struct job *j, struct finding *f)
{
	return check(j, f, D03);
}

bool
check_d04(struct job *j, struct finding *f)
{
	return check(j, f, D04);
}

bool
check_d05(struct job *j, struct finding *f)
{
	return check(j, f, D05);
}
