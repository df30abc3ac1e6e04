/*
 * sts.c: the record at _mta-sts, and the policy over HTTPS.  The policy is
 * only fetched when servers are spoken to, too; of a domain of ours also when
 * only our own are.
 */
#include <stdlib.h>

#include "base/die.h"
#include "live/http.h"
#include "live/sts.h"
#include "base/banned.h"

enum { MAX_AGE_LIMIT = 31557600, MAX_AGE_SHORT = 86400 };

struct sts_state {
	struct http_get *get;
	struct sts_policy policy;
	bool done;
	struct str id;
};

bool
sts_record(struct str txt, struct str *id)
{
	struct str rest = txt;
	bool first = true;

	*id = STR("");
	while (rest.p) {
		struct str field = str_trim(str_split(&rest, ';'));
		ptrdiff_t eq = str_chr(field, '=');

		if (first && !str_eq(field, STR("v=STSv1")))
			return false;
		first = false;
		if (eq > 0 &&
		    str_eq(str_trim(str_head(field, (size_t)eq)), STR("id")))
			*id = str_trim(str_from(field, (size_t)eq + 1));
	}
	for (size_t i = 0; i < id->n; i++)
		if (!is_alnum(id->p[i]))
			return false;
	return id->n > 0 && id->n <= 32;
}

bool
sts_parse(struct arena *a, struct str body, struct sts_policy *out)
{
	struct str rest = body;
	bool version = false, mode = false, age = false;
	uint64_t v;

	out->problem = STR("");
	while (rest.p) {
		struct str line = str_trim(str_split(&rest, '\n'));
		ptrdiff_t colon = str_chr(line, ':');
		struct str key, val;

		if (!line.n)
			continue;
		if (colon < 0) {
			out->problem = STR("a line of the policy has no ':'");
			return false;
		}
		key = str_trim(str_head(line, (size_t)colon));
		val = str_trim(str_from(line, (size_t)colon + 1));
		if (str_eq(key, STR("version"))) {
			version = str_eq(val, STR("STSv1"));
		} else if (str_eq(key, STR("mode"))) {
			mode = true;
			if (str_eq(val, STR("enforce")))
				out->mode = STS_ENFORCE;
			else if (str_eq(val, STR("testing")))
				out->mode = STS_TESTING;
			else if (str_eq(val, STR("none")))
				out->mode = STS_NONE;
			else
				mode = false;
		} else if (str_eq(key, STR("max_age"))) {
			age = str_u64(val, &v) && v <= MAX_AGE_LIMIT;
			out->max_age_s = age ? (int64_t)v : 0;
		} else if (str_eq(key, STR("mx")) && out->nmx < STS_MAX_MX) {
			out->mx[out->nmx++] = arena_lower(a, val);
		}
	}
	if (!version)
		out->problem = STR("the policy has no version STSv1");
	else if (!mode)
		out->problem = STR("the policy has no valid mode");
	else if (!age)
		out->problem = STR("the policy has no valid max_age");
	else if (!out->nmx && out->mode != STS_NONE)
		out->problem = STR("the policy names no server");
	return out->problem.n == 0;
}

bool
sts_covers(const struct sts_policy *p, struct str host)
{
	for (size_t i = 0; i < p->nmx; i++) {
		struct str m = p->mx[i];

		if (str_starts(m, STR("*."))) {
			if (dns_name_eq(dns_parent(host), str_from(m, 2)))
				return true;
		} else if (dns_name_eq(host, m)) {
			return true;
		}
	}
	return false;
}

/* The record: 1 there, 0 not yet, -1 none (policy->problem may say why). */
static int
find_record(struct job *j, struct sts_policy *p, struct str *id)
{
	struct str name =
	    arena_printf(&j->scratch, "_mta-sts." STR_FMT, STR_ARG(j->domain));
	const struct dns_answer *a = job_ask(j, name, DNS_TXT);
	size_t good = 0, bad = 0;
	struct str one;

	if (a->status == DNS_PENDING)
		return 0;
	if (!dns_said(a)) {
		p->unknown = true;
		p->problem = str_c(dns_status_text(a->status));
		return -1;
	}
	for (size_t i = 0; i < a->nrr; i++) {
		if (sts_record(a->rr[i].data, &one)) {
			*id = one;
			good++;
		} else if (str_startsi(a->rr[i].data, STR("v=STS"))) {
			bad++;
		}
	}
	if (good > 1)
		p->problem = STR("there are two records, which count as none");
	else if (!good && bad)
		p->problem = STR("the record is not well formed");
	p->announced = good == 1;
	return good == 1 ? 1 : -1;
}

static void
judge(struct job *j, struct sts_state *s)
{
	struct sts_policy *p = &s->policy;
	struct http_get *g = s->get;

	p->announced = true;
	p->unknown = !http_built();
	if (g->state == HTTP_FAILED)
		p->problem = arena_dup(&j->arena, str_c(g->problem));
	else if (g->status >= 300 && g->status < 400)
		p->problem = STR("the web host redirects, which is not "
				 "followed");
	else if (g->status != 200)
		p->problem = arena_printf(&j->arena,
		    "the web host answers "
		    "%d",
		    g->status);
	else if (sts_parse(&j->arena, g->body, p)) {
		p->fetched = true;
		if (!str_startsi(g->type, STR("text/plain")))
			p->problem = STR("the policy is not sent as "
					 "text/plain");
		else if (p->max_age_s < MAX_AGE_SHORT && p->mode != STS_NONE)
			p->problem = STR("the policy holds for less than a "
					 "day");
	}
}

const struct sts_policy *
job_sts(struct job *j)
{
	struct sts_state *s = j->sts;
	struct sts_policy *p;
	struct str id = STR("");
	int rec;

	if (s && s->done)
		return &s->policy;
	if (s && s->get) {
		if (s->get->state == HTTP_RUNNING)
			return NULL;
		judge(j, s);
		s->done = true;
		return &s->policy;
	}
	p = arena_new(&j->scratch, struct sts_policy);
	p->problem = STR("");
	rec = find_record(j, p, &id);
	if (rec == 0)
		return NULL;
	p->id = id;
	p->not_asked =
	    rec == 1 && !j->live->conf.smtp &&
	    !(j->live->conf.smtp_own && job_is_local(j, j->domain) == 1);
	if (rec < 0 || p->not_asked)
		return p;
	if (!s)
		j->sts = s = xcalloc(1, sizeof(*s));
	s->policy.problem = STR("");
	s->policy.id = arena_dup(&j->arena, id);
	s->get = http_start(j,
	    arena_printf(&j->scratch,
		"https://mta-sts." STR_FMT "/.well-known/mta-sts.txt",
		STR_ARG(j->domain)),
	    NULL, STS_MAX_BODY, j->live->conf.limits.https_us);
	return s->get && s->get->state != HTTP_RUNNING ? job_sts(j) : NULL;
}

void
sts_stop(struct job *j)
{
	struct sts_state *s = j->sts;

	if (!s)
		return;
	http_done(s->get);
	free(s);
	j->sts = NULL;
}
