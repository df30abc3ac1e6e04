/*
 * diagnose_json.c: schema mailtrace.diagnose/1 (docs/JSON.md), and the chain
 * as a table for spreadsheets.
 */
#include "cli/diagnose.h"
#include "cli/out.h"
#include "base/banned.h"

#define SECOND_US INT64_C(1000000)

static int64_t
when(const struct evd_fact *f)
{
	return f ? f->last_us : 0;
}

static void
lights(struct diag *d, struct json *js)
{
	const struct lights *l = &d->lights;
	bool known = d->have_lights;
	const struct diag_link *six = &d->link[5], *eight = &d->link[7];
	bool full = diag_full(d);

	json_open(js, "lights", '{');
	if (known && l->registered >= 0)
		json_bool(js, "registered", l->registered);
	else
		json_null(js, "registered");
	json_c(js, "name_servers",
	    known && l->ns != WHOSE_UNKNOWN ? whose_name(l->ns) : NULL);
	json_text(js, "name_servers_of", known ? l->ns_name : STR_NONE);
	json_c(js, "mx",
	    known && l->mx != WHOSE_UNKNOWN ? whose_name(l->mx) : NULL);
	json_text(js, "mx_host", known ? l->mx_name : STR_NONE);
	json_c(js, "mx_provider", known ? l->mx_provider : NULL);
	json_c(js, "account",
	    d->kind != EVD_ADDRESS		 ? NULL :
	    d->ev.ours == 0			 ? "not ours" :
	    six->state == DIAG_BROKEN		 ? "unknown" :
	    eight->state == DIAG_BROKEN && !full ? "locked" :
	    d->ev.alias_to.n			 ? "alias" :
	    six->state == DIAG_PROVED		 ? "exists" :
						   NULL);
	json_time(js, "last_receipt", when(d->ev.received));
	json_time(js, "last_send", when(d->ev.sent));
	json_time(js, "last_login", when(d->ev.login));
	if (d->have_logs || d->link[6].state != DIAG_UNKNOWN)
		json_bool(js, "blocked",
		    d->link[6].state == DIAG_BROKEN ||
			d->link[6].state == DIAG_WEAK);
	else
		json_null(js, "blocked");
	if (d->have_logs || d->account.exists)
		json_bool(js, "full", full);
	else
		json_null(js, "full");
	json_time(js, "full_since",
	    full && eight->fact ? eight->fact->first_us : 0);
	json_time(js, "dns_cached_until",
	    known ? l->cached_until_s * SECOND_US : 0);
	json_close(js);
}

static void
links(struct diag *d, struct json *js)
{
	json_open(js, "links", '[');
	for (int i = 0; i < CHAIN_LINKS; i++) {
		const struct diag_link *l = &d->link[i];

		json_open(js, NULL, '{');
		json_c(js, "link", l->id);
		json_c(js, "question", l->question);
		json_c(js, "state", diag_state_name[l->state]);
		json_c(js, "source", l->source);
		json_time(js, "time", l->t_us);
		json_text(js, "say", l->say);
		json_c(js, "check", l->finding ? l->finding->check->id : NULL);
		json_c(js, "fact",
		    l->fact ? evd_kind_name[l->fact->kind] : NULL);
		json_close(js);
	}
	json_close(js);
}

static void
fact(struct diag *d, struct json *js, const struct evd_fact *f)
{
	static const char *const effect[] = { "tells", "proves", "weakens",
		"breaks" };
	const struct ans_rcpt *r = f->rcpt;
	char link[3] = { 'L', (char)('0' + f->link), 0 };

	json_open(js, NULL, '{');
	json_c(js, "kind", evd_kind_name[f->kind]);
	json_c(js, "link", f->link ? link : NULL);
	json_c(js, "effect", effect[f->effect]);
	json_c(js, "class", f->cls == CLS_NONE ? NULL : cls_name(f->cls));
	json_c(js, "slip", evd_slip_name[f->slip]);
	json_text(js, "say", diag_say(d, f));
	json_time(js, "since", f->first_us);
	json_time(js, "last", f->last_us);
	json_time(js, "until", f->until_us);
	json_uint(js, "count", f->n);
	json_bool(js, "at_least", f->more);
	json_bool(js, "by_us", f->by_us);
	json_text(js, "host", f->host);
	json_text(js, "user", f->user);
	json_text(js, "ip", f->ip);
	json_text(js, "service", f->service);
	json_text(js, "from", f->msg ? f->msg->from : STR_NONE);
	json_text(js, "to", r ? r->to : STR_NONE);
	json_text(js, "remote", r ? r->remote_name : STR_NONE);
	/* of a login: what the server gave as its reason */
	json_text(js, "reply", r ? r->reply_text : f->text);
	json_open(js, "evidence", '[');
	for (size_t i = 0; i < f->nline; i++) {
		json_open(js, NULL, '{');
		json_text(js, "source", f->line[i].source);
		json_uint(js, "line", f->line[i].line);
		json_uint(js, "offset", f->line[i].offset);
		json_str(js, "text", f->line[i].text);
		json_close(js);
	}
	json_close(js);
	json_close(js);
}

static void
account(struct diag *d, struct json *js)
{
	const struct account *a = &d->account;

	json_open(js, "account", '{');
	if (a->asked)
		json_bool(js, "exists", a->exists);
	else
		json_null(js, "exists");
	json_text(js, "login", a->login);
	json_text(js, "state", a->state);
	json_text(js, "forward", a->forward);
	json_text(js, "quota", a->quota);
	json_text(js, "last_login", a->last_login);
	json_text(js, "alias_to", d->ev.alias_to);
	json_close(js);
}

static void
names(struct json *js, const char *key, const struct str *v, size_t n)
{
	json_open(js, key, '[');
	for (size_t i = 0; i < n; i++)
		json_str(js, NULL, v[i]);
	json_close(js);
}

void
diag_json(struct diag *d, struct buf *out)
{
	static const char *const kind[] = { "address", "domain", "ip" };
	const struct diag_link *first =
	    d->first >= 0 ? &d->link[d->first] : NULL;
	const struct config *c = &d->env->config;
	struct json js;

	json_init(&js, out, true, d->env->tz);
	json_open(&js, NULL, '{');
	json_c(&js, "schema", "mailtrace.diagnose/1");
	json_time(&js, "time", d->now_us);
	json_str(&js, "target", d->input);
	json_c(&js, "kind", kind[d->kind]);
	json_text(&js, "domain", d->domain);
	json_c(&js, "direction",
	    d->sending == d->receiving ? "both" :
	    d->sending		       ? "sending" :
					 "receiving");
	json_open(&js, "logs", '{');
	json_time(&js, "from", d->have_logs ? d->ev.logs_from_us : 0);
	json_time(&js, "until", d->have_logs ? d->ev.logs_until_us : 0);
	json_bool(&js, "old", d->old_logs);
	json_close(&js);
	lights(d, &js);
	json_c(&js, "first_broken", first ? first->id : NULL);
	json_c(&js, "state", first ? diag_state_name[first->state] : NULL);
	json_text(&js, "say", d->say);
	json_text(&js, "remedy", d->remedy);
	json_c(&js, "who_acts", d->who);
	json_text(&js, "suggest", d->meant);
	links(d, &js);
	json_open(&js, "facts", '[');
	for (size_t i = 0; i < d->ev.nfact; i++)
		fact(d, &js, d->ev.fact[i]);
	json_close(&js);
	account(d, &js);
	names(&js, "near", d->ev.near, d->ev.nnear);
	names(&js, "sisters", d->ev.sister, d->ev.nsister);
	json_open(&js, "settings", '{');
	for (size_t i = 0; i < c->nclient; i++)
		json_text(&js, arena_cstr(&d->arena, c->client[i].key),
		    c->client[i].value);
	json_close(&js);
	json_c(&js, "not_asked", d->not_asked);
	json_open(&js, "live", '[');
	if (d->job)
		check_json_job(&js, d->job);
	json_close(&js);
	json_close(&js);
}

void
diag_csv(struct diag *d, struct buf *out)
{
	static const char *const column[] = { "target", "link", "state",
		"first", "question", "source", "time", "say", "remedy",
		"evidence" };

	for (size_t i = 0; i < sizeof(column) / sizeof(*column); i++)
		csv_field(out, str_c(column[i]), i == 0);
	csv_end(out);
	for (int i = 0; i < CHAIN_LINKS; i++) {
		const struct diag_link *l = &d->link[i];
		const struct evd_fact *f = l->fact;

		csv_field(out, d->target, true);
		csv_field(out, str_c(l->id), false);
		csv_field(out, str_c(diag_state_name[l->state]), false);
		csv_field(out, i == d->first ? STR("first") : STR(""), false);
		csv_field(out, str_c(l->question), false);
		csv_field(out, l->source ? str_c(l->source) : STR(""), false);
		csv_field(out, l->t_us ? diag_time(d, l->t_us) : STR(""),
		    false);
		csv_field(out,
		    i == d->first ? d->say :
		    l->say.n	  ? l->say :
				    STR(""),
		    false);
		csv_field(out, i == d->first ? d->remedy : STR(""), false);
		csv_field(out, f && f->nline ? f->line[0].text : STR(""),
		    false);
		csv_end(out);
	}
}
