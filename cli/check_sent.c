/*
 * check_sent.c: what was told to whom: questions to resolvers and name
 * servers, our addresses to block lists, domains to registries and web
 * hosts, names to mail servers.  Kept results of an earlier run told nobody
 * anything.
 */
#include "cli/check.h"
#include "live/dnsbl.h"
#include "live/probe.h"
#include "base/banned.h"

typedef void (*sent_fn)(void *ctx, struct str to, struct str what);

/* The check was run now, and had somebody to ask. */
static bool
asked(const struct finding *f)
{
	return f && !f->age_s && f->result != CHECK_SKIP;
}

static void
resolvers(const struct check_run *run, struct arena *a, sent_fn fn, void *ctx)
{
	const struct str *server;
	size_t n = dns_servers(run->live->dns, &server);
	uint64_t questions = dns_sent(run->live->dns);

	for (size_t i = 0; i < n && questions; i++)
		fn(ctx,
		    arena_printf(a, "resolver " STR_FMT, STR_ARG(server[i])),
		    arena_printf(a, "names (%llu questions)",
			(unsigned long long)questions));
}

static void
name_servers(const struct job *j, struct arena *a, sent_fn fn, void *ctx)
{
	if (!j->have_zone || !asked(job_finding(j, R03)))
		return;
	for (size_t i = 0; i < j->zone.nhost; i++)
		if (j->zone.host[i].nip)
			fn(ctx,
			    arena_printf(a, "name server " STR_FMT,
				STR_ARG(j->zone.host[i].name)),
			    j->domain);
}

static void
lists(const struct job *j, struct arena *a, sent_fn fn, void *ctx)
{
	const struct live_conf *c = &j->live->conf;
	const struct dnsbl *l = c->lists ? c->lists : dnsbl_shipped;
	size_t n = c->lists ? c->nlists : dnsbl_nshipped;

	if (dns_public_resolver(j->live->dns))
		return;
	for (size_t k = 0; k < j->nfinding; k++) {
		const struct finding *f = &j->finding[k];
		bool ip = check_index(f->check) == S04;

		if ((!ip && check_index(f->check) != S05) || !asked(f) ||
		    f->result == CHECK_UNKNOWN) /* no list could be used */
			continue;
		for (size_t i = 0; i < n; i++)
			if ((l[i].kind == DNSBL_IP && ip) ||
			    (l[i].kind == DNSBL_DOMAIN && !ip))
				fn(ctx,
				    arena_printf(a, "block list %s", l[i].zone),
				    ip ? f->object : j->domain);
	}
}

static void
servers(const struct job *j, struct arena *a, sent_fn fn, void *ctx)
{
	const char *helo = j->live->conf.helo;

	for (size_t i = 0; i < j->nprobe && !j->twin; i++) {
		const struct probe *p = j->probe[i];
		bool rcpt = p->step[STEP_RCPT].end != END_NOT_REACHED;

		if (p->untested || p->age_s)
			continue;
		fn(ctx,
		    arena_printf(a, "mail server " STR_FMT " (" STR_FMT ")",
			STR_ARG(p->name), STR_ARG(ip_text(a, &p->ip))),
		    arena_printf(a, "%s%s" STR_FMT "%s" STR_FMT,
			helo ? helo : "", rcpt ? ", postmaster@" : "",
			STR_ARG(rcpt ? j->domain : STR("")),
			p->recipient.n ? ", " : "", STR_ARG(p->recipient)));
	}
}

static void
each(const struct check_run *run, sent_fn fn, void *ctx)
{
	struct arena a = { 0 };

	if (run->conf.offline)
		return;
	resolvers(run, &a, fn, ctx);
	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;

		name_servers(j, &a, fn, ctx);
		lists(j, &a, fn, ctx);
		if (j->rdap && asked(job_finding(j, D01)))
			fn(ctx, STR("registry (RDAP)"),
			    job_finding(j, D01)->object);
		if (j->sts && asked(job_finding(j, R15)))
			fn(ctx,
			    arena_printf(&a, "web server mta-sts." STR_FMT,
				STR_ARG(j->domain)),
			    j->domain);
		if (j->autoconfig && asked(job_finding(j, S16)))
			fn(ctx,
			    arena_printf(&a,
				"web servers of " STR_FMT
				" (settings of mail programs)",
				STR_ARG(j->domain)),
			    arena_printf(&a, "postmaster@" STR_FMT,
				STR_ARG(j->domain)));
		servers(j, &a, fn, ctx);
	}
	arena_release(&a);
}

static void
text_one(void *ctx, struct str to, struct str what)
{
	struct pen *p = ctx;
	struct buf b = BUF_INIT(2000);

	buf_printf(&b, STR_FMT ": " STR_FMT, STR_ARG(to), STR_ARG(what));
	pen_pad(p, 9);
	pen_wrap(p, buf_str(&b), 9, 11);
	buf_release(&b);
}

void
check_sent_text(const struct check_run *run, struct pen *p)
{
	pen_nl(p);
	pen_c(p, "what was told to whom:");
	pen_nl(p);
	each(run, text_one, p);
}

static void
json_one(void *ctx, struct str to, struct str what)
{
	struct json *js = ctx;

	json_open(js, NULL, '{');
	json_text(js, "to", to);
	json_text(js, "what", what);
	json_close(js);
}

void
check_sent_json(const struct check_run *run, struct json *js)
{
	json_open(js, "sent", '[');
	each(run, json_one, js);
	json_close(js);
}
