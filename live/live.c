/*
 * live.c: all targets of a run, and the loop that serves them.
 */
#include <stdlib.h>
#include <time.h>

#include "base/die.h"
#include "live/http.h"
#include "live/idn.h"
#include "live/job.h"
#include "live/here.h"
#include "live/keep.h"
#include "live/smtp.h"
#include "live/tls.h"
#include "base/banned.h"

enum { MAX_JOBS = 10000, MAX_OPEN = 600, SECOND = 1000000 };

const struct live_limits live_limits_default = {
	.dns_query_us = 3 * SECOND,
	.dns_total_us = 10 * SECOND,
	.dns_direct_us = 2 * SECOND,
	.connect_us = 10 * SECOND,
	.greeting_us = 60 * SECOND,
	.reply_us = 30 * SECOND,
	.quit_us = 5 * SECOND,
	.tls_us = 15 * SECOND,
	.server_us = 120 * SECOND,
	.domain_us = 180 * SECOND,
	.https_us = 10 * SECOND,
	.rdap_us = 10 * SECOND,
	.slow_connect_us = 2 * SECOND,
	.slow_greeting_us = 10 * SECOND,
	.slow_reply_us = 5 * SECOND,
	.pause_us = 2 * SECOND,
	.connections = 8,
	.hosts = 10,
	.addresses = 4,
	.strangers = 50,
};

struct live_conf
live_conf_default(void)
{
	return (struct live_conf){ .limits = live_limits_default };
}

struct live *
live_open(const struct live_conf *conf, struct err *err)
{
	struct live *live = xcalloc(1, sizeof(*live));
	struct dns_conf d = {
		.resolvers = conf->resolvers.v,
		.nresolvers = conf->resolvers.n,
		.resolv_conf = conf->resolv_conf,
		.trust_anchor = conf->trust_anchor,
		.local_zones = conf->local_zones.v,
		.nlocal_zones = conf->local_zones.n,
		.map = conf->map,
		.nmap = conf->nmap,
		.map_only = conf->map_only,
		.query_us = conf->limits.dns_query_us,
		.direct_us = conf->limits.dns_direct_us,
		.offline = conf->offline,
	};

	live->conf = *conf;
	if (conf->kept)
		keep_lists_to(conf->kept, &live->lists,
		    conf->now_s ? conf->now_s : time(NULL));
	live->loop = loop_new();
	live->dns = dns_new(&d, live->loop, err);
	if (live->dns)
		return live;
	live_close(live);
	return NULL;
}

void
live_close(struct live *live)
{
	if (!live)
		return;
	for (size_t i = 0; i < live->njob; i++)
		job_free(live->job[i]);
	smtp_run_close(live);
	here_close(live);
	tls_close(live);
	http_close(live);
	dns_free(live->dns);
	loop_free(live->loop);
	arena_release(&live->lists.arena);
	arena_release(&live->arena);
	free(live);
}

/* "https://shop.test:8080/x" -> "shop.test"; empty: that is none */
static struct str
host_of(struct arena *a, struct str url)
{
	struct str host = str_from(url, (size_t)str_find(url, STR("://")) + 3);
	struct str out;
	const char *why;

	for (size_t i = 0; i < host.n; i++)
		if (memchr("/:?#", host.p[i], 4))
			host.n = i;
	return address_domain(a, host, &out, &why) ? out : STR("");
}

static void
aim_at_domain(struct job *j, struct str text)
{
	struct address *v = &j->address;
	const char *why;
	struct str t = str_trim(text);

	*v = (struct address){ .shown = text,
		.why = STR(""),
		.suggest = STR(""),
		.normal = STR("") };
	if (t.n && t.p[t.n - 1] == '.')
		t.n--;
	if (!address_domain(&j->arena, t, &j->domain, &why)) {
		struct address probe;

		/* Let the address rules say what is wrong, and repair it. */
		address_check(&j->arena,
		    arena_printf(&j->arena, "x@" STR_FMT,
			STR_ARG(str_head(t, 1000))),
		    &probe);
		*v = probe;
		v->shown = text;
		if (!v->fails) {
			v->fails = "A04";
			v->why = str_c(why);
		}
		if (str_find(t, STR("://")) >= 0) {
			v->fails = "A05";
			v->why = STR("it is the address of a web page");
			v->suggest = host_of(&j->arena, t);
		}
		if (str_starts(v->suggest, STR("x@")))
			v->suggest = str_from(v->suggest, 2);
		j->domain = STR("");
		return;
	}
	v->domain = j->domain;
	v->idn = str_find(j->domain, STR("xn--")) >= 0;
	v->mixed = idn_mixed_scripts(idn_shown(&j->arena, j->domain));
	v->mixed_in = idn_shown(&j->arena, j->domain);
}

static enum job_kind
guess(struct str t)
{
	struct ip ip;

	if (ip_typed(t, &ip))
		return JOB_IP;
	return str_chr(t, '@') < 0 && str_chr(t, '.') > 0 &&
		       str_chr(t, ' ') < 0 && str_chr(t, '(') < 0 &&
		       str_chr(t, '[') < 0 ?
		   JOB_DOMAIN :
		   JOB_ADDRESS;
}

struct job *
live_add(struct live *live, struct str text, enum job_kind kind)
{
	struct job *j;

	if (live->njob >= MAX_JOBS)
		return NULL;
	j = xcalloc(1, sizeof(*j));
	j->live = live;
	j->begun_us = loop_now_us();
	j->input = arena_dup(&j->arena, str_head(text, 2001));
	j->kind = kind == JOB_GUESS ? guess(str_trim(text)) : kind;
	j->domain = STR("");
	switch (j->kind) {
	case JOB_IP:
		if (!ip_typed(str_trim(j->input), &j->ip))
			j->kind = JOB_ADDRESS;
		break;
	case JOB_DOMAIN:
	case JOB_HOST:
	case JOB_MX:
	case JOB_NS:
		aim_at_domain(j, j->input);
		break;
	default:
		break;
	}
	if (j->kind == JOB_ADDRESS) {
		address_check(&j->arena, j->input, &j->address);
		if (!j->address.fails && !j->address.literal)
			j->domain = j->address.domain;
	}
	j->shown = idn_shown(&j->arena, j->domain);
	arena_grow(&live->arena, live->job, live->njob, live->cap);
	live->job[live->njob++] = j;
	return j;
}

void
live_broken_link(struct job *j)
{
	struct address *v = &j->address;

	if (j->kind != JOB_ADDRESS || v->fails)
		return;
	v->fails = "A01";
	v->why = STR("the link begins with 'mailto://'");
	v->suggest = v->normal;
	while (v->suggest.n && v->suggest.p[0] == '/')
		v->suggest = str_from(v->suggest, 1);
	j->domain = j->shown = STR("");
}

void
live_logs(struct job *j, const struct live_logs *logs)
{
	j->logs = *logs;
}

/* Thousands of targets take their turn: the resolver library drops what is
 * too much at once. */
static bool
begin(struct live *live, struct job *j)
{
	if (dns_open_questions(live->dns) >= MAX_OPEN)
		return false;
	j->active = true;
	j->begun_us = loop_now_us();
	return true;
}

bool
live_step(struct live *live, int64_t until_us)
{
	int64_t next = until_us;
	bool all = true;

	smtp_run_turn(live);
	for (size_t i = 0; i < live->njob; i++) {
		struct job *j = live->job[i];
		int64_t limit;

		if (j->done)
			continue;
		if (!j->active && !begin(live, j)) {
			all = false;
			break; /* the rest waits, too */
		}
		if (job_round(j))
			continue;
		all = false;
		limit = j->begun_us + live->conf.limits.dns_total_us + 1000;
		if (!j->started && limit < next)
			next = limit;
	}
	if (!all) {
		int64_t wake = smtp_run_wake(live);

		if (wake && wake < next)
			next = wake;
		http_turn(live, &next);
		loop_turn(live->loop, next);
	}
	return all;
}

void
live_run(struct live *live)
{
	while (!live_step(live, loop_now_us() + SECOND))
		;
}

size_t
live_jobs(const struct live *live, struct job *const **jobs)
{
	*jobs = live->job;
	return live->njob;
}
