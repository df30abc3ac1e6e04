/*
 * keep_use.c: what runs do with kept results: put theirs in their place, see
 * what changed, and leave those alone who were asked a short while ago.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/stamp.h"
#include "live/dnsbl.h"
#include "live/keep.h"
#include "live/probe.h"
#include "base/banned.h"

enum { SAY_KEPT = 1000, MILLION = 1000000 };

/* Lines that are no findings have one of these in place of a check's id. */
static const char of_fact[] = "fact:", of_list[] = "list";

static const struct kept *
find(const struct keep *k, struct str target, struct str check,
    struct str object, bool gone_too)
{
	for (const struct kept *v = keep_first(k, target); v;
	     v = keep_next(k, v))
		if ((gone_too || !v->gone) && str_eq(v->check, check) &&
		    str_eq(v->object, object))
			return v;
	return NULL;
}

const struct kept *
keep_find(const struct keep *k, struct str target, const struct finding *f)
{
	return find(k, target, str_c(f->check->id), f->object, false);
}

int64_t
keep_last_s(const struct keep *k, struct str target)
{
	int64_t last = 0;

	for (const struct kept *v = keep_first(k, target); v;
	     v = keep_next(k, v))
		if (v->at_s > last)
			last = v->at_s;
	return last;
}

static enum check_result
result_by_name(struct str s)
{
	for (int r = CHECK_PASS; r <= CHECK_SKIP; r++)
		if (str_eq(s, str_c(check_result_name((enum check_result)r))))
			return (enum check_result)r;
	return CHECK_NONE;
}

/* Results as far as a reader of changes cares: 0 says nothing. */
static int
class_of(enum check_result r)
{
	return r == CHECK_PASS || r == CHECK_INFO ? 1 :
	       r == CHECK_WARN			  ? 2 :
	       r == CHECK_FAIL			  ? 3 :
						    0;
}

bool
keep_changed(const struct keep *k, struct str target, const struct finding *f,
    const struct kept **old)
{
	int is = class_of(f->result), was;

	*old = keep_find(k, target, f);
	if (!is)
		return false;
	was = *old ? class_of(result_by_name((*old)->result)) : 0;
	return was ? is != was : is > 1;
}

/* ---- facts ---- */

static int
by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Sorted, with commas between; DNS gives them in any order. */
static struct str
join(struct arena *a, struct str *s, size_t n)
{
	struct buf b = BUF_INIT(SAY_KEPT);
	struct str out;

	if (n)
		qsort(s, n, sizeof(*s), by_text);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s" STR_FMT, i ? ", " : "", STR_ARG(s[i]));
	out = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return out;
}

static struct str
mail_goes_to(struct job *j)
{
	const struct route *r = j->have_route ? &j->route : NULL;
	struct buf b = BUF_INIT(SAY_KEPT);
	struct str out;

	if (!r || r->kind == ROUTE_ERROR)
		return STR("");
	if (r->kind == ROUTE_NULL)
		return STR("nowhere: null MX");
	if (r->kind == ROUTE_NONE)
		return STR("nowhere: no MX, no address");
	if (r->kind == ROUTE_IMPLICIT)
		return STR("its own address: no MX");
	for (size_t i = 0; i < r->nhost; i++)
		buf_printf(&b, "%s%u " STR_FMT, i ? ", " : "", r->host[i].pref,
		    STR_ARG(r->host[i].name));
	out = arena_dup(&j->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static struct str
name_servers(struct job *j)
{
	const struct zone *z = job_zone(j);
	struct str s[MAX_NS];
	size_t n = 0;

	if (!z || z->ns->status != DNS_OK)
		return STR("");
	for (size_t i = 0; i < z->nhost; i++)
		s[n++] = arena_lower(&j->arena, z->host[i].name);
	return join(&j->arena, s, n);
}

static struct str
addresses(struct job *j)
{
	struct str s[MAX_MX_ADDR];
	size_t n = 0;

	if (!j->have_route || !j->route.nhost)
		return STR("");
	for (size_t i = 0; i < j->route.host[0].nip; i++)
		s[n++] = ip_text(&j->arena, &j->route.host[0].ip[i]);
	return join(&j->arena, s, n);
}

static struct str
reverse_names(struct job *j)
{
	const struct dns_answer *p = job_ask_ptr(j, &j->ip);
	struct str s[8];
	size_t n = 0;

	if (p->status != DNS_OK)
		return STR("");
	for (size_t i = 0; i < p->nrr && n < 8; i++)
		s[n++] = arena_lower(&j->arena, p->rr[i].name);
	return join(&j->arena, s, n);
}

static const struct {
	const char *name, *title;
	unsigned kinds; /* of jobs, as bits */
	struct str (*value)(struct job *j);
} facts[] = {
	{ "mx", "its mail goes to", 1u << JOB_DOMAIN, mail_goes_to },
	{ "ns", "its name servers are", 1u << JOB_DOMAIN, name_servers },
	{ "addresses", "its addresses are",
	    1u << JOB_HOST | 1u << JOB_MX | 1u << JOB_NS, addresses },
	{ "ptr", "its reverse name is", 1u << JOB_IP, reverse_names },
};

enum { NFACTS = sizeof(facts) / sizeof(*facts) };

static void
certificate(struct job *j, const struct probe *p, struct kept_fact *out)
{
	struct buf b = BUF_INIT(300);

	stamp_print(&b, p->cert.not_after_s * MILLION, "UTC", STAMP_MINUTES);
	*out = (struct kept_fact){ .name = "certificate",
		.title = "its certificate holds until",
		.object = arena_printf(&j->arena, STR_FMT " (" STR_FMT ")",
		    STR_ARG(p->name), STR_ARG(ip_text(&j->scratch, &p->ip))),
		.value = arena_dup(&j->arena, buf_str(&b)) };
	buf_release(&b);
}

size_t
keep_facts(const struct keep *k, struct job *j,
    struct kept_fact out[KEEP_FACTS])
{
	struct arena a = { 0 };
	size_t n = 0;

	for (int i = 0; i < NFACTS; i++) {
		if (!(facts[i].kinds & 1u << j->kind))
			continue;
		out[n] = (struct kept_fact){ .name = facts[i].name,
			.title = facts[i].title,
			.object = j->kind == JOB_IP ? j->input : j->domain,
			.value = facts[i].value(j) };
		n += out[n].value.n > 0;
	}
	for (size_t i = 0; i < j->nprobe && n < KEEP_FACTS; i++)
		if (j->probe[i]->cert.have)
			certificate(j, j->probe[i], &out[n++]);
	for (size_t i = 0; i < n; i++) {
		const struct kept *old = find(k, j->input,
		    arena_printf(&a, "%s%s", of_fact, out[i].name),
		    out[i].object, false);

		out[i].was = old ? old->say : STR("");
		out[i].was_s = old ? old->at_s : 0;
	}
	arena_release(&a);
	return n;
}

/* ---- what a run leaves ---- */

static bool
is_server_line(const struct kept *v)
{
	int id = check_by_name(v->check);

	return str_eq(v->check, STR("fact:certificate")) ||
	       (id >= 0 && checks[id].scope == SCOPE_SERVER);
}

/* Old lines of the target make room; what servers said stays when they were
 * not spoken to. */
static void
clear_target(struct keep *k, const struct job *j)
{
	for (struct kept *v = keep_first(k, j->input); v; v = keep_next(k, v))
		v->gone = v->gone || j->nprobe || !is_server_line(v);
}

static void
keep_one(struct keep *k, const struct job *j, const struct finding *f)
{
	struct str target = arena_lower(&k->arena, j->input);
	struct kept one = { .target = target, .at_s = f->at_s - f->age_s };

	if (f->result == CHECK_SKIP || (f->probe && f->probe->untested))
		return;
	if (f->result == CHECK_UNKNOWN && !f->probe) {
		const struct kept *old =
		    find(k, target, str_c(f->check->id), f->object, true);

		if (old)
			k->v[old - k->v].gone = false;
		return;
	}
	one.check = str_c(f->check->id);
	one.object = arena_dup(&k->arena, f->object);
	one.result = str_c(check_result_name(f->result));
	one.severity = str_c(f->probe ? server_state_name(f->probe->state) :
					severity_name(f->severity));
	one.say = arena_dup(&k->arena, str_head(f->say, SAY_KEPT));
	keep_add(k, one);
}

/* A fact that could not be seen this time stays as it was. */
static void
keep_fact_lines(struct keep *k, struct job *j)
{
	struct str target = arena_lower(&k->arena, j->input);
	struct kept_fact fact[KEEP_FACTS];
	size_t n = keep_facts(k, j, fact);

	for (struct kept *v = keep_first(k, target); v; v = keep_next(k, v)) {
		bool seen = false;

		if (!str_starts(v->check, str_c(of_fact)))
			continue;
		for (size_t i = 0; i < n; i++)
			seen = seen || (str_eq(str_from(v->check, 5),
					    str_c(fact[i].name)) &&
					   str_eq(v->object, fact[i].object));
		v->gone = seen;
	}
	for (size_t i = 0; i < n; i++)
		keep_add(k, (struct kept){ .target = target,
				.at_s = job_now_s(j),
				.check = arena_printf(&k->arena, "%s%s",
				    of_fact, fact[i].name),
				.object = arena_dup(&k->arena, fact[i].object),
				.result = STR("info"),
				.severity = STR("note"),
				.say = arena_dup(&k->arena, fact[i].value) });
}

void
keep_job(struct keep *k, struct job *j)
{
	clear_target(k, j);
	for (size_t i = 0; i < j->nfinding; i++)
		keep_one(k, j, &j->finding[i]);
	keep_fact_lines(k, j);
}

/* ---- what is not asked again ---- */

static enum server_state
state_by_name(struct str s)
{
	for (int v = SERVER_OK; v <= SERVER_REFUSES_US; v++)
		if (str_eq(s, str_c(server_state_name((enum server_state)v))))
			return (enum server_state)v;
	return SERVER_UNTESTED;
}

bool
keep_server(const struct keep *k, struct job *j, struct probe *p)
{
	struct str object = arena_printf(&j->arena, STR_FMT " (" STR_FMT ")",
	    STR_ARG(p->name), STR_ARG(ip_text(&j->scratch, &p->ip)));
	int64_t now = job_now_s(j);
	bool any = false;

	for (const struct kept *v = keep_first(k, j->input); v;
	     v = keep_next(k, v)) {
		int id = check_by_name(v->check);
		struct finding f;

		if (v->gone || id < 0 || checks[id].scope != SCOPE_SERVER ||
		    now - v->at_s >= KEEP_SERVER_S || v->at_s > now ||
		    !str_eq(v->object, object))
			continue;
		f = (struct finding){ .check = &checks[id],
			.object = object,
			.result = result_by_name(v->result),
			.severity = checks[id].severity,
			.who = checks[id].who,
			.probe = p,
			.evidence = STR(""),
			.remedy = STR(""),
			.at_s = now,
			.age_s = now > v->at_s ? now - v->at_s : 1 };
		f.say = arena_dup(&j->arena, v->say);
		if (f.result == CHECK_FAIL || f.result == CHECK_WARN)
			f.remedy = str_c(checks[id].remedy);
		p->state = state_by_name(v->severity);
		p->age_s = f.age_s;
		job_add_finding(j, f);
		any = true;
	}
	return any;
}

bool
keep_third(const struct keep *k, struct job *j, struct finding *f)
{
	int64_t now = job_now_s(j), most;
	enum check_id id = check_index(f->check);

	if (f->check->scope == SCOPE_REGISTRY)
		most = KEEP_REGISTRY_S;
	else if (id == S04 || id == S05)
		most = KEEP_LISTED_S;
	else
		return false;
	for (const struct kept *v = keep_first(k, j->input); v;
	     v = keep_next(k, v)) {
		enum check_result r = result_by_name(v->result);

		if (v->gone || !str_eq(v->check, str_c(f->check->id)) ||
		    v->at_s > now || now - v->at_s >= most ||
		    r == CHECK_UNKNOWN || r == CHECK_NONE ||
		    (f->ip.n && !str_eq(v->object, f->object)))
			continue;
		f->result = r;
		f->say = arena_dup(&j->arena, v->say);
		f->object = arena_dup(&j->arena, v->object);
		f->age_s = now > v->at_s ? now - v->at_s : 1;
		for (int s = SEV_NOTE; s <= SEV_FATAL; s++)
			if (str_eq(v->severity, str_c(severity_name(s))))
				f->severity = s;
		if (r == CHECK_FAIL || r == CHECK_WARN)
			f->remedy = str_c(f->check->remedy);
		return true;
	}
	return false;
}

/* ---- block lists themselves ---- */

void
keep_lists_to(const struct keep *k, struct dnsbl_memory *out, int64_t now_s)
{
	for (const struct kept *v = keep_first(k, STR("")); v;
	     v = keep_next(k, v))
		if (!v->gone && str_eq(v->check, str_c(of_list)) &&
		    v->at_s <= now_s)
			dnsbl_remember(out, v->object,
			    str_eq(v->result, STR("pass")) ? 1 : -1, v->say,
			    v->at_s);
}

void
keep_lists_from(struct keep *k, const struct dnsbl_memory *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct dnsbl_seen *s = &m->v[i];
		const struct kept *old =
		    find(k, STR(""), str_c(of_list), s->zone, false);

		if (old && old->at_s >= s->at_s)
			continue;
		if (old)
			k->v[old - k->v].gone = true;
		keep_add(k,
		    (struct kept){ .target = STR(""),
			.at_s = s->at_s,
			.check = str_c(of_list),
			.object = arena_dup(&k->arena, s->zone),
			.result = s->sane > 0 ? STR("pass") : STR("fail"),
			.severity = STR("note"),
			.say = arena_dup(&k->arena, s->why) });
	}
}
