/*
 * smtp_run.c: who is spoken to, and when.
 *
 * A job's servers are planned when its DNS is done: the first hosts by
 * preference, a few addresses each, internal ones never.  Planned probes
 * start while there is room for connections; an address has one connection
 * at a time, and one that let a connection time out is not tried again in
 * the run.  Strangers' domains are paced and capped.
 */
#include <stdlib.h>

#include "base/die.h"
#include "live/dane.h"
#include "live/here.h"
#include "live/keep.h"
#include "live/smtp.h"
#include "live/sts.h"
#include "base/banned.h"

enum { MAX_PLANNED = 20000 };

struct planned {
	struct probe *probe;
	struct smtp *smtp; /* NULL: not started */
};

struct smtp_run {
	struct planned *plan;
	size_t n, cap;
	struct arena arena;
	size_t first; /* nothing before it is left to start */
};

static struct smtp_run *
run_of(struct live *live)
{
	if (!live->smtp)
		live->smtp = xcalloc(1, sizeof(struct smtp_run));
	return live->smtp;
}

static void
add_tlsa(struct job *j, struct probe *p)
{
	const struct dns_answer *t = dane_ask(j, p->name);

	if (t->status != DNS_OK || !t->secure)
		return;
	p->tlsa = t->rr;
	p->ntlsa = t->nrr;
	p->dane_secure = dane_usable(t->rr, t->nrr) > 0;
}

static void
plan(struct job *j, size_t host, const struct ip *ip, enum sts_mode mode)
{
	struct smtp_run *r = run_of(j->live);
	struct probe *p = arena_new(&j->arena, struct probe);
	const struct mx_host *h = &j->route.host[host];

	p->job = j;
	p->host = host;
	p->name = h->name;
	p->ip = *ip;
	p->sts = mode;
	p->ours = h->ours;
	p->size = -1;
	p->why = STR("");
	if (j->live->conf.recipient_allowed && j->kind == JOB_ADDRESS)
		p->recipient = j->address.normal;
	add_tlsa(j, p);
	arena_grow(&j->arena, j->probe, j->nprobe, j->cap_probe);
	j->probe[j->nprobe++] = p;
	if (j->live->conf.kept && keep_server(j->live->conf.kept, j, p)) {
		p->done = true;
		return;
	}
	if (here_port25(j->live) < 0 || r->n >= MAX_PLANNED) {
		p->untested = p->done = true;
		p->why = r->n >= MAX_PLANNED ?
			     STR("too many servers") :
			     STR("this machine may not connect to port 25");
		return;
	}
	arena_grow(&r->arena, r->plan, r->n, r->cap);
	r->plan[r->n++] = (struct planned){ p, NULL };
}

/* Another job that speaks to the same servers for the same domain. */
static struct job *
twin_of(const struct job *j)
{
	const struct live *live = j->live;

	for (size_t i = 0; i < live->njob && !live->conf.recipient_allowed;
	     i++) {
		struct job *o = live->job[i];

		if (o != j && o->started && !o->twin && !job_is_host(o) &&
		    !job_is_host(j) && str_eq(o->domain, j->domain))
			return o;
	}
	return NULL;
}

/* What the twin's servers said is said about this job's as well. */
static void
copy_probes(struct job *j)
{
	const struct job *t = j->twin;

	for (size_t i = 0; i < t->nprobe; i++) {
		struct probe *p = arena_new(&j->arena, struct probe);

		*p = *t->probe[i];
		p->job = j;
		arena_grow(&j->arena, j->probe, j->nprobe, j->cap_probe);
		j->probe[j->nprobe++] = p;
	}
	for (size_t i = 0; i < t->nfinding; i++) {
		struct finding f = t->finding[i];

		if (!f.probe || !f.probe->age_s)
			continue;
		for (size_t k = 0; k < t->nprobe; k++)
			if (t->probe[k] == f.probe) {
				f.probe = j->probe[k];
				job_add_finding(j, f);
				break;
			}
	}
}

void
smtp_run_start(struct job *j)
{
	const struct live_conf *c = &j->live->conf;
	const struct sts_policy *sts = job_sts(j);
	enum sts_mode mode = sts && sts->fetched ? sts->mode : STS_NONE;
	size_t hosts = 0;

	j->twin = twin_of(j);
	if (j->twin)
		return;
	j->stranger = !job_is_host(j) && job_is_local(j, j->domain) != 1;
	if (j->stranger && j->live->strangers++ >= c->limits.strangers)
		return;
	for (size_t i = 0; i < j->route.nhost; i++) {
		const struct mx_host *h = &j->route.host[i];
		size_t addresses = 0;

		if (h->bad_name || !h->nip || hosts++ >= c->limits.hosts)
			continue;
		for (size_t k = 0; k < h->nip; k++) {
			struct ip to = h->ip[k];
			uint16_t port = 25;
			bool mapped = dns_map_addr(c->map, c->nmap, &to, &port);

			if (!mapped && !job_ip_reachable(j, &h->ip[k]))
				continue;
			if (addresses++ >= c->limits.addresses)
				break;
			plan(j, i, &h->ip[k], mode);
		}
	}
}

/* 0 may start, 1 later, -1 never: it timed out before. */
static int
may_start(const struct smtp_run *r, const struct probe *p)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct probe *o = r->plan[i].probe;

		if (o == p || !r->plan[i].smtp || !ip_eq(&o->ip, &p->ip))
			continue;
		if (!o->done)
			return 1;
		for (int k = 0; k < STEP_QUIT; k++)
			if (o->step[k].end == END_TIMEOUT)
				return -1;
	}
	return 0;
}

static void
out_of_time(struct probe *p)
{
	p->untested = p->done = true;
	p->why = STR("the time for this domain is up");
}

void
smtp_run_turn(struct live *live)
{
	struct smtp_run *r = live->smtp;
	const struct live_limits *l = &live->conf.limits;
	int64_t now = loop_now_us();
	unsigned busy = 0;

	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		busy += r->plan[i].smtp && !r->plan[i].probe->done;
	for (size_t i = r->first; i < r->n && busy < l->connections; i++) {
		struct probe *p = r->plan[i].probe;
		struct job *j = p->job;
		int may;

		if (r->plan[i].smtp || p->done) {
			r->first += r->first == i;
			continue;
		}
		if (j->stranger && j->probe[0] == p &&
		    now < live->next_stranger_us)
			continue;
		if (j->probe[0] == p) {
			j->smtp_begun_us = now;
			if (j->stranger)
				live->next_stranger_us = now + l->pause_us;
		} else if (!j->probe[0]->done && !j->probe[0]->took_us) {
			continue; /* its domain has not begun */
		}
		if (now - j->smtp_begun_us > l->domain_us) {
			out_of_time(p);
			continue;
		}
		may = may_start(r, p);
		if (may > 0)
			continue;
		if (may < 0) {
			p->untested = p->done = true;
			p->why = STR("it let a connection time out before");
			continue;
		}
		r->plan[i].smtp = smtp_start(live, p);
		busy += !p->done;
	}
}

int64_t
smtp_run_wake(const struct live *live)
{
	const struct smtp_run *r = live->smtp;

	if (!r || r->first == r->n)
		return 0;
	return live->next_stranger_us > loop_now_us() ? live->next_stranger_us :
							loop_now_us() + 50000;
}

bool
smtp_run_done(struct job *j)
{
	if (j->twin && !smtp_run_done(j->twin))
		return false;
	if (j->twin && !j->nprobe)
		copy_probes(j);
	for (size_t i = 0; i < j->nprobe; i++)
		if (!j->probe[i]->done)
			return false;
	return true;
}

/* The conversations of a job that goes away end with it. */
void
smtp_run_stop(struct job *j)
{
	struct smtp_run *r = j->live->smtp;

	for (size_t i = 0; r && i < r->n; i++)
		if (r->plan[i].probe && r->plan[i].probe->job == j) {
			smtp_free(r->plan[i].smtp);
			r->plan[i] = r->plan[--r->n];
			r->first = 0;
			i--;
		}
}

void
smtp_run_close(struct live *live)
{
	struct smtp_run *r = live->smtp;

	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		smtp_free(r->plan[i].smtp);
	arena_release(&r->arena);
	free(r);
	live->smtp = NULL;
}
