/*
 * check_json.c: schema mailtrace.check/1 (docs/checks.md), and the same as
 * a table for spreadsheets.
 */
#include <time.h>

#include "cli/check.h"
#include "cli/out.h"
#include "live/probe.h"
#include "base/banned.h"

enum { MILLION = 1000000 };

static void
finding(struct json *js, const struct finding *f)
{
	json_open(js, NULL, '{');
	json_c(js, "check", f->check->id);
	json_c(js, "title", f->check->title);
	json_c(js, "link", f->check->link);
	json_text(js, "object", f->object);
	json_c(js, "result", check_result_name(f->result));
	json_c(js, "severity", severity_name(f->severity));
	json_text(js, "say", f->say);
	json_text(js, "remedy", f->remedy);
	json_c(js, "who_acts", f->remedy.n ? f->who : NULL);
	json_text(js, "evidence", f->evidence);
	json_text(js, "suggest", f->suggest);
	json_time(js, "time", f->at_s * MILLION);
	json_real(js, "took_ms", (double)f->took_us / 1000);
	json_count(js, "age_seconds", f->age_s ? f->age_s : -1);
	json_close(js);
}

static void
route(struct json *js, const struct job *j)
{
	static const char *const kind[] = { "error", "none", "null", "implicit",
		"mx", "host" };
	const struct route *r = &j->route;
	struct arena a = { 0 };

	json_c(js, "route", j->have_route ? kind[r->kind] : NULL);
	json_open(js, "mx", '[');
	for (size_t i = 0; j->have_route && i < r->nhost; i++) {
		const struct mx_host *h = &r->host[i];

		json_open(js, NULL, '{');
		if (r->kind == ROUTE_MX)
			json_uint(js, "preference", h->pref);
		else
			json_null(js, "preference");
		json_text(js, "host", h->name);
		json_open(js, "addresses", '[');
		for (size_t k = 0; k < h->nip; k++)
			json_str(js, NULL, ip_text(&a, &h->ip[k]));
		json_close(js);
		json_bool(js, "ours", h->ours);
		json_c(js, "provider", h->provider ? h->provider->name : NULL);
		json_c(js, "kind", h->provider ? h->provider->kind : NULL);
		json_close(js);
	}
	json_close(js);
	json_c(js, "dnssec",
	    !j->have_route ? NULL :
	    r->mx->bogus   ? "bogus" :
	    r->mx->secure  ? "secure" :
			     "insecure");
	arena_release(&a);
}

static void
server(struct json *js, const struct job *j, const struct probe *p)
{
	struct arena a = { 0 };

	json_open(js, NULL, '{');
	json_text(js, "host", p->name);
	json_str(js, "ip", ip_text(&a, &p->ip));
	json_uint(js, "preference", j->route.host[p->host].pref);
	json_c(js, "state", server_state_name(p->state));
	json_text(js, "not_tested", p->untested ? p->why : STR_NONE);
	json_count(js, "age_seconds", p->age_s ? p->age_s : -1);
	json_open(js, "steps", '[');
	for (int s = 0; s < STEP_COUNT; s++) {
		const struct smtp_reply *r = &p->step[s];

		if (r->end == END_NOT_REACHED)
			continue;
		json_open(js, NULL, '{');
		json_c(js, "step", smtp_step_name(s));
		json_count(js, "code", r->code ? r->code : -1);
		json_text(js, "reply", r->text);
		json_real(js, "took_ms", (double)r->took_us / 1000);
		json_close(js);
	}
	json_close(js);
	json_text(js, "tls", p->tls_ok ? p->tls_version_name : STR_NONE);
	json_text(js, "cipher", p->tls_ok ? p->tls_cipher : STR_NONE);
	json_time(js, "certificate_until",
	    p->cert.have ? p->cert.not_after_s * MILLION : 0);
	json_text(js, "certificate_names",
	    p->cert.have ? p->cert.names : STR_NONE);
	json_close(js);
	arena_release(&a);
}

static void
links(struct json *js, const struct job *j)
{
	struct chain_link link[CHAIN_LINKS];

	chain_of(j, link);
	json_open(js, "links", '[');
	for (int i = 0; i < CHAIN_LINKS; i++) {
		json_open(js, NULL, '{');
		json_c(js, "link", link[i].id);
		json_c(js, "question", link[i].question);
		json_c(js, "state", link_state_name(link[i].state));
		json_c(js, "check",
		    link[i].why ? link[i].why->check->id : NULL);
		json_close(js);
	}
	json_close(js);
}

void
check_json_job(struct json *js, const struct job *j)
{
	static const char *const kind[] = { "?", "domain", "address", "ip",
		"host", "mx", "nameserver" };
	const struct finding *f = j->rating.first_broken;

	json_open(js, NULL, '{');
	json_str(js, "target", j->input);
	json_c(js, "kind", kind[j->kind]);
	json_text(js, "address",
	    j->kind == JOB_ADDRESS ? j->address.normal : STR_NONE);
	json_text(js, "domain", j->domain);
	json_text(js, "shown", j->shown);
	json_c(js, "rating", rating_name(j->rating.word));
	json_bool(js, "dns_only", !j->started);
	json_c(js, "first_broken", f ? f->check->id : NULL);
	json_text(js, "say", f ? f->say : STR_NONE);
	json_text(js, "remedy", f ? f->remedy : STR_NONE);
	route(js, j);
	json_uint(js, "servers_tested", j->rating.tested);
	json_uint(js, "servers_left_out", j->started ? j->rating.left_out : 0);
	json_open(js, "servers", '[');
	for (size_t i = 0; i < j->nprobe; i++)
		server(js, j, j->probe[i]);
	json_close(js);
	links(js, j);
	json_open(js, "findings", '[');
	for (size_t i = 0; i < j->nfinding; i++)
		finding(js, &j->finding[i]);
	json_close(js);
	json_real(js, "took_ms", (double)j->took_us / 1000);
	json_close(js);
}

void
check_json(const struct check_run *run, struct buf *out)
{
	const char *why = NULL;
	struct json js;

	json_init(&js, out, true, run->env->tz);
	json_open(&js, NULL, '{');
	json_c(&js, "schema", "mailtrace.check/1");
	json_time(&js, "time", (int64_t)time(NULL) * MILLION);
	json_uint(&js, "dns_questions", dns_sent(run->live->dns));
	json_bool(&js, "dnssec_validated",
	    dns_validates(run->live->dns, &why) > 0);
	json_c(&js, "dnssec_why_not", why);
	check_sent_json(run, &js);
	json_open(&js, "targets", '[');
	for (size_t i = 0; i < run->ntarget; i++)
		check_json_job(&js, run->target[i].job);
	json_close(&js);
	if (run->diff)
		check_diff_json(run, &js);
	json_close(&js);
}

void
check_csv(const struct check_run *run, struct buf *out)
{
	static const char *const column[] = { "target", "rating", "check",
		"object", "result", "severity", "say", "remedy", "evidence" };

	if (run->diff) {
		check_diff_csv(run, out);
		return;
	}
	for (size_t i = 0; i < sizeof(column) / sizeof(*column); i++)
		csv_field(out, str_c(column[i]), i == 0);
	csv_end(out);
	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;

		for (size_t k = 0; k < j->nfinding; k++) {
			const struct finding *f = &j->finding[k];

			if (f->result == CHECK_SKIP)
				continue;
			csv_field(out, j->input, true);
			csv_field(out, str_c(rating_name(j->rating.word)),
			    false);
			csv_field(out, str_c(f->check->id), false);
			csv_field(out, f->object, false);
			csv_field(out, str_c(check_result_name(f->result)),
			    false);
			csv_field(out, str_c(severity_name(f->severity)),
			    false);
			csv_field(out, f->say, false);
			csv_field(out, f->remedy, false);
			csv_field(out, f->evidence, false);
			csv_end(out);
		}
	}
}
