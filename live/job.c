/*
 * job.c: the rounds of one target.
 *
 *	DNS:     every check that needs no mail server is run again after
 *	         each batch of answers, until all have said something;
 *	SMTP:    when asked for and not ruled out, each address of each mail
 *	         server is spoken to (smtp_run.c);
 *	servers: the checks of those conversations, and the rating.
 *
 * A check that has spoken is not run again.  When the time for DNS is up,
 * what is missing reads as a timeout, and every check speaks.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "live/autoconfig.h"
#include "live/here.h"
#include "live/job.h"
#include "live/keep.h"
#include "live/probe.h"
#include "live/registration.h"
#include "live/smtp.h"
#include "live/sts.h"
#include "base/banned.h"

enum { MAX_REGISTRIES = 20, MAX_TURNS = 4 };

static const struct dns_answer no_time = { .status = DNS_TIMEOUT };

const struct dns_answer *
job_ask(struct job *j, struct str name, enum dns_type type)
{
	const struct dns_answer *a = dns_ask(j->live->dns, name, type);

	if (a->status != DNS_PENDING)
		return a;
	if (j->late)
		return &no_time;
	j->waiting = true;
	return a;
}

const struct dns_answer *
job_ask_at(struct job *j, const struct ip *server, struct str name,
    enum dns_type type)
{
	const struct dns_answer *a =
	    dns_ask_at(j->live->dns, server, name, type);

	if (a->status != DNS_PENDING)
		return a;
	if (j->late)
		return &no_time;
	j->waiting = true;
	return a;
}

static const struct dns_answer *
ask_for(void *ctx, struct str name, enum dns_type type)
{
	return job_ask(ctx, name, type);
}

struct asker
job_asker(struct job *j)
{
	return (struct asker){ .ask = ask_for,
		.ctx = j,
		.lists = &j->live->lists,
		.now_s = job_now_s(j) };
}

int64_t
job_now_s(const struct job *j)
{
	return j->live->conf.now_s ? j->live->conf.now_s : time(NULL);
}

const struct finding *
job_finding(const struct job *j, enum check_id id)
{
	for (size_t i = 0; i < j->nfinding; i++)
		if (j->finding[i].check == &checks[id])
			return &j->finding[i];
	return NULL;
}

bool
job_failed(const struct job *j, enum check_id id)
{
	const struct finding *f = job_finding(j, id);

	return f && f->result == CHECK_FAIL;
}

bool
strs_match(struct strs s, struct str name)
{
	for (size_t i = 0; i < s.n; i++)
		if (str_glob(str_c(s.v[i]), name))
			return true;
	return false;
}

bool
job_is_our_host(const struct job *j, struct str name)
{
	return strs_match(j->live->conf.our_mx, name);
}

bool
job_is_our_addr(const struct job *j, const struct ip *ip)
{
	struct strs s = j->live->conf.our_mx;
	struct ip net;
	unsigned bits;

	for (size_t i = 0; i < s.n; i++)
		if (ip_parse_net(str_c(s.v[i]), &net, &bits) &&
		    ip_in(ip, &net, bits))
			return true;
	return false;
}

int
job_is_local(const struct job *j, struct str domain)
{
	if (!j->live->conf.our_domains.n)
		return -1;
	return strs_match(j->live->conf.our_domains, domain);
}

bool
job_ip_reachable(const struct job *j, const struct ip *ip)
{
	return j->live->conf.test_world ? !ip_internal(ip) : !ip_special(ip);
}

/* ---- findings ---- */

static void
say(struct job *j, struct finding *f, enum check_result r, const char *fmt,
    va_list ap)
{
	char text[1200];

	vsnprintf(text, sizeof(text), fmt, ap);
	f->result = r;
	f->say = arena_dup(&j->arena, str_c(text));
	if (!f->remedy.p && (r == CHECK_FAIL || r == CHECK_WARN))
		f->remedy = str_c(f->check->remedy);
}

bool
found(struct job *j, struct finding *f, enum check_result r, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(j, f, r, fmt, ap);
	va_end(ap);
	return true;
}

bool
found_pass(struct job *j, struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(j, f, CHECK_PASS, fmt, ap);
	va_end(ap);
	return true;
}

bool
found_skip(struct job *j, struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(j, f, CHECK_SKIP, fmt, ap);
	va_end(ap);
	return true;
}

bool
found_unknown(struct job *j, struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(j, f, CHECK_UNKNOWN, fmt, ap);
	va_end(ap);
	return true;
}

void
found_evidence(struct job *j, struct finding *f, const char *fmt, ...)
{
	char text[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->evidence = arena_dup(&j->arena, str_c(text));
}

void
found_remedy(struct job *j, struct finding *f, const char *who, const char *fmt,
    ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->who = who;
	f->remedy = arena_dup(&j->arena, str_c(text));
}

/* ---- rounds ---- */

static struct str
default_object(struct job *j, const struct finding *f)
{
	if (f->probe)
		return arena_printf(&j->arena, STR_FMT " (" STR_FMT ")",
		    STR_ARG(f->probe->name),
		    STR_ARG(ip_text(&j->scratch, &f->probe->ip)));
	if (f->ip.n)
		return ip_text(&j->arena, &f->ip);
	if (f->check->scope == SCOPE_ADDRESS)
		return j->input;
	return j->domain.n ? j->domain : j->input;
}

static bool
spoken(const struct job *j, const struct check *c, const struct probe *p,
    const struct ip *ip)
{
	for (size_t i = 0; i < j->nfinding; i++)
		if (j->finding[i].check == c && j->finding[i].probe == p &&
		    (!ip || ip_eq(&j->finding[i].ip, ip)))
			return true;
	return false;
}

void
job_add_finding(struct job *j, struct finding f)
{
	arena_grow(&j->arena, j->finding, j->nfinding, j->cap);
	j->finding[j->nfinding++] = f;
}

/* What the provider is asked to do, when that is us. */
static void
our_part(enum check_id id, struct finding *f)
{
	static const struct {
		enum check_id id;
		const char *what;
	} part[] = {
		{ M01, "see whether it runs, and whether a firewall stops it" },
		{ M02, "see its log: why does it greet like that?" },
		{ M04, "see its log: why does it refuse EHLO?" },
		{ M05, "switch STARTTLS on" },
		{ M06, "repair its TLS settings" },
		{ M08, "install a certificate for the name in the MX" },
		{ M09, "publish the new TLSA record; before changing keys, "
		       "keep both" },
		{ M10, "let it accept the empty sender" },
		{ M11, "add the domain there, or have that MX removed" },
		{ M14, "raise its limit" },
	};

	f->who = "us";
	for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
		if (part[i].id == id)
			f->remedy = str_c(part[i].what);
}

/* Runs one check on one thing; true when it has spoken, now or before. */
static bool
run_one(struct job *j, const struct check *c, struct probe *p,
    const struct ip *ip)
{
	struct finding f = { .check = c,
		.severity = c->severity,
		.who = c->who,
		.probe = p,
		.evidence = STR("") };
	enum check_id id = check_index(c);

	if (ip)
		f.ip = *ip;
	if (spoken(j, c, p, ip))
		return true;
	if (c->scope == SCOPE_SENDER)
		f.object = default_object(j, &f);
	if (j->live->conf.offline && (id < A02 || id > A06))
		found_skip(j, &f, "not looked at: offline");
	else if (!(j->live->conf.kept &&
		     keep_third(j->live->conf.kept, j, &f)) &&
		 !c->run(j, &f))
		return false;
	if (!f.object.p)
		f.object = default_object(j, &f);
	if (!f.remedy.p)
		f.remedy = STR("");
	if (p && p->ours && f.remedy.n && f.who && !strcmp(f.who, "provider"))
		our_part(id, &f);
	f.at_s = job_now_s(j);
	if (!f.took_us)
		f.took_us = loop_now_us() - j->begun_us;
	job_add_finding(j, f);
	return true;
}

static bool
run_senders(struct job *j, const struct check *c)
{
	struct strs s = j->live->conf.sending;
	bool all = true;
	struct ip ip;

	if (j->kind == JOB_IP)
		return run_one(j, c, NULL, &j->ip);
	if (!j->domain.n || job_is_local(j, j->domain) != 1)
		return true;
	for (size_t i = 0; i < s.n; i++)
		if (ip_parse(str_c(s.v[i]), &ip))
			all = run_one(j, c, NULL, &ip) && all;
	return all;
}

/* The registry is asked when the DNS does not explain itself; of a long list
 * only for the first few. */
static bool
registry_needed(struct job *j)
{
	static const enum check_id why[] = { R01, R02, R03, R13 };

	for (size_t i = 0; i < sizeof(why) / sizeof(*why) && !j->registry;
	     i++) {
		const struct finding *f = job_finding(j, why[i]);

		if (f && f->ask_registry &&
		    j->live->registries < MAX_REGISTRIES) {
			j->live->registries++;
			j->registry = true;
		}
	}
	return j->registry;
}

/* Whether that can still become true. */
static bool
registry_open(const struct job *j)
{
	const struct live_conf *conf = &j->live->conf;

	return j->kind != JOB_IP && !job_is_host(j) && j->domain.n &&
	       !conf->registration && !conf->offline &&
	       !(job_finding(j, R01) && job_finding(j, R02) &&
		   job_finding(j, R03) && job_finding(j, R13));
}

static bool
wanted(struct job *j, const struct check *c)
{
	const struct live_conf *conf = &j->live->conf;
	bool ip = j->kind == JOB_IP;
	enum check_id id = check_index(c);

	if (job_is_host(j))
		return id == R09 || id == R10 ||
		       (id == R11 && j->kind != JOB_HOST &&
			   !(j->kind == JOB_NS && conf->test_world)) ||
		       (id == R17 && j->kind == JOB_MX);
	switch (c->scope) {
	case SCOPE_ADDRESS:
		return !ip && (id != A01 || j->address.fails);
	case SCOPE_REGISTRY:
		return !ip && (conf->registration || conf->offline ||
				  registry_needed(j));
	case SCOPE_DOMAIN:
	case SCOPE_SENDING:
	case SCOPE_FROM:
		return !ip;
	case SCOPE_SENDER:
		return true;
	case SCOPE_SERVER: /* what the logs say of it */
		return id == S14 && !ip && j->logs.nsending > 0;
	case SCOPE_HERE:
		return id == S15 ? conf->smtp : conf->services.n > 0;
	default:
		return false;
	}
}

static bool
dns_round(struct job *j)
{
	bool all = true;

	for (int i = 0; i < CHECK_COUNT; i++) {
		const struct check *c = &checks[i];

		if (j->settled[i] || (c->scope == SCOPE_SERVER &&
					 (i != S14 || !j->logs.nsending)))
			continue;
		if (c->scope == SCOPE_REGISTRY && registry_open(j))
			j->settled[i] = false;
		else if (!wanted(j, c))
			j->settled[i] = true;
		else if (c->scope == SCOPE_SENDER || c->scope == SCOPE_FROM)
			j->settled[i] = run_senders(j, c);
		else
			j->settled[i] = run_one(j, c, NULL, NULL);
		all = all && j->settled[i];
	}
	return all;
}

static int
by_check(const void *va, const void *vb)
{
	const struct finding *a = va, *b = vb;

	if (a->check != b->check)
		return a->check < b->check ? -1 : 1;
	if (a->probe && b->probe && a->probe->host != b->probe->host)
		return a->probe->host < b->probe->host ? -1 : 1;
	return 0;
}

static void
server_checks(struct job *j)
{
	for (size_t p = 0; p < j->nprobe; p++)
		for (int i = M01; i <= S14; i++)
			if (checks[i].scope == SCOPE_SERVER &&
			    !j->probe[p]->age_s)
				run_one(j, &checks[i], j->probe[p], NULL);
}

/* Every server was silent, and none of another job was there either. */
static bool
nobody_connects(const struct job *j)
{
	const struct live *live = j->live;

	for (size_t i = 0; i < j->nprobe; i++)
		if (j->probe[i]->untested || j->probe[i]->age_s ||
		    j->probe[i]->step[STEP_CONNECT].end != END_TIMEOUT)
			return false;
	for (size_t i = 0; i < live->njob; i++)
		for (size_t k = 0; k < live->job[i]->nprobe; k++)
			if (live->job[i]->probe[k]->step[STEP_CONNECT].end ==
			    END_DONE)
				return false;
	return j->nprobe > 0;
}

static void
not_their_fault(struct job *j)
{
	for (size_t i = 0; i < j->nprobe; i++) {
		j->probe[i]->untested = true;
		j->probe[i]->why =
		    STR("this machine may not connect to port 25");
		j->probe[i]->state = SERVER_UNTESTED;
	}
	for (size_t i = 0; i < j->nfinding; i++) {
		struct finding *f = &j->finding[i];

		if (f->check != &checks[S15])
			continue;
		f->remedy = str_c(f->check->remedy);
		found(j, f, CHECK_FAIL,
		    "this machine may not connect to port 25: servers of ours "
		    "do not answer either; mail servers cannot be tested from "
		    "here");
	}
}

static bool
may_connect(const struct job *j)
{
	static const enum check_id stops[] = { R01, R05, R07, R09, R11 };

	const struct live_conf *c = &j->live->conf;
	bool may = job_is_host(j) ?
		       j->kind == JOB_MX && (c->smtp || c->smtp_own) :
		       c->smtp && j->kind != JOB_IP;

	if (!may || c->offline || !j->domain.n)
		return false;
	for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (job_failed(j, stops[i]))
			return false;
	return true;
}

static void
finish(struct job *j)
{
	job_route(j);
	if (j->nfinding)
		qsort(j->finding, j->nfinding, sizeof(*j->finding), by_check);
	rate_job(j);
	j->took_us = loop_now_us() - j->begun_us;
	j->done = true;
}

bool
job_round(struct job *j)
{
	const struct live_limits *lim = &j->live->conf.limits;
	int64_t now = loop_now_us();
	uint64_t seen = dns_answers(j->live->dns);
	bool done = false;

	if (j->done)
		return true;
	if (!j->started) {
		bool late = now - j->begun_us > lim->dns_total_us ||
			    dns_deaf(j->live->dns);

		if (j->seen == seen + 1 && late == j->late && !j->sts &&
		    !j->rdap && !j->live->here)
			return false;
		j->late = late;
		j->seen = seen + 1;
		arena_clear(&j->scratch);
		j->have_route = j->have_zone = j->waiting = false;
		/* a check may have waited for another's word only */
		for (int i = 0; !done && !j->waiting && i < MAX_TURNS; i++)
			done = dns_round(j);
		if (!done)
			return false;
		if (may_connect(j)) {
			job_route(j);
			j->smtp_begun_us = now;
			j->started = true;
			smtp_run_start(j);
		}
	}
	if (j->started) {
		if (!smtp_run_done(j))
			return false;
		if (nobody_connects(j) && !here_doubt(j))
			return false;
		if (nobody_connects(j) && here_port25(j->live) < 0)
			not_their_fault(j);
		server_checks(j);
	}
	finish(j);
	return true;
}

void
job_free(struct job *j)
{
	if (!j)
		return;
	smtp_run_stop(j);
	sts_stop(j);
	registration_stop(j);
	autoconfig_stop(j);
	arena_release(&j->scratch);
	arena_release(&j->arena);
	free(j);
}
