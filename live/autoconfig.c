/*
 * autoconfig.c: the places where mail programs look.
 *
 *	Thunderbird, K-9 and others	https://autoconfig.DOMAIN/...
 *					https://DOMAIN/.well-known/autoconfig/...
 *	Outlook				https://autodiscover.DOMAIN/...
 *
 * Outlook posts a question that holds an address; ours says postmaster.  That
 * a web server has no document is no fault (Exchange wants a login first); that
 * autoconfig.DOMAIN has none is, unless every name is there (a wildcard).
 */
#include <stdlib.h>

#include "base/die.h"
#include "live/autoconfig.h"
#include "live/http.h"
#include "base/banned.h"

static const struct {
	const char *host, *path;
	bool posts;
	bool must; /* the host has no other use */
} places[AUTOCONFIG_PLACES] = {
	{ "autoconfig.", "/mail/config-v1.1.xml", false, true },
	{ "", "/.well-known/autoconfig/mail/config-v1.1.xml", false, false },
	{ "autodiscover.", "/autodiscover/autodiscover.xml", true, false },
};

struct place {
	struct http_get *get;
	struct str url; /* after redirects */
	int redirects;
	bool done;
};

struct autoconfig {
	struct place place[AUTOCONFIG_PLACES];
	struct autoconfig_place out[AUTOCONFIG_PLACES];
};

/* 1 the name has an address, 0 not known yet, -1 it has none, or nobody can
 * say. */
static int
is_there(struct job *j, struct str host)
{
	const struct dns_answer *a = job_ask(j, host, DNS_A);
	const struct dns_answer *aaaa = job_ask(j, host, DNS_AAAA);

	if (a->status == DNS_PENDING || aaaa->status == DNS_PENDING)
		return 0;
	return a->status == DNS_OK || aaaa->status == DNS_OK ? 1 : -1;
}

static struct str
question(struct job *j)
{
	return arena_printf(&j->arena,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/"
	    "autodiscover/outlook/requestschema/2006\"><Request>"
	    "<EMailAddress>postmaster@" STR_FMT "</EMailAddress>"
	    "<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/"
	    "autodiscover/outlook/responseschema/2006a"
	    "</AcceptableResponseSchema></Request></Autodiscover>",
	    STR_ARG(j->domain));
}

static void
answered(struct job *j, struct place *p, struct autoconfig_place *out)
{
	struct http_get *g = p->get;

	p->done = true;
	if (g->state == HTTP_FAILED) {
		out->problem = arena_dup(&j->arena, str_c(g->problem));
	} else if (g->status >= 300 && g->status < 400) {
		if (!str_startsi(g->location, STR("https://"))) {
			out->problem = STR("it leads to an address that is "
					   "not https");
		} else if (++p->redirects > AUTOCONFIG_MAX_REDIRECTS) {
			out->problem = STR("it redirects without an end");
		} else {
			p->url = arena_dup(&j->arena, g->location);
			p->done = false;
		}
	} else if (g->status != 200) {
		out->problem =
		    arena_printf(&j->arena, "it answers %d", g->status);
	} else {
		struct str body = arena_dup(&j->arena, g->body);

		out->read =
		    settings_read(&j->arena, body, j->domain, &out->set);
		if (!out->read)
			out->problem = STR("what it answers holds no settings");
	}
}

/* True when that place has spoken. */
static bool
turn(struct job *j, size_t i, struct place *p, struct autoconfig_place *out)
{
	struct str host = arena_printf(&j->scratch, "%s" STR_FMT,
	    places[i].host, STR_ARG(j->domain));
	int there, any;

	if (p->get && p->get->state != HTTP_RUNNING) {
		answered(j, p, out);
		http_done(p->get);
		p->get = NULL;
	}
	if (p->done || p->get)
		return p->done;
	if (!p->url.n) {
		there = is_there(j, host);
		any = is_there(j,
		    arena_printf(&j->scratch, "mailtrace-none." STR_FMT,
			STR_ARG(j->domain)));
		if (!there || !any)
			return false;
		if (there < 0)
			return p->done = true;
		out->deliberate = places[i].must && any < 0;
		p->url = out->url = arena_printf(&j->arena,
		    "https://" STR_FMT "%s", STR_ARG(host), places[i].path);
	}
	p->get = places[i].posts ?
		     http_post(j, p->url, "Content-Type: text/xml", question(j),
			 SETTINGS_MAX_BODY, j->live->conf.limits.https_us) :
		     http_start(j, p->url, NULL, SETTINGS_MAX_BODY,
			 j->live->conf.limits.https_us);
	return p->get && p->get->state != HTTP_RUNNING ? turn(j, i, p, out) :
							 false;
}

const struct autoconfig_place *
job_autoconfig(struct job *j)
{
	struct autoconfig *s = j->autoconfig;
	bool all = true;

	if (!http_built()) {
		static const struct autoconfig_place none[AUTOCONFIG_PLACES];

		return none;
	}
	if (!s)
		j->autoconfig = s = xcalloc(1, sizeof(*s));
	for (size_t i = 0; i < AUTOCONFIG_PLACES; i++)
		all = turn(j, i, &s->place[i], &s->out[i]) && all;
	return all ? s->out : NULL;
}

void
autoconfig_stop(struct job *j)
{
	struct autoconfig *s = j->autoconfig;

	if (!s)
		return;
	for (size_t i = 0; i < AUTOCONFIG_PLACES; i++)
		http_done(s->place[i].get);
	free(s);
	j->autoconfig = NULL;
}
