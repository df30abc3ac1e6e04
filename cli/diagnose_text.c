/*
 * diagnose_text.c: a diagnosis for people: lights, the link that leads, what
 * to do, the lines that prove it, the chain, the settings.
 */
#include "base/stamp.h"
#include "cli/diagnose.h"
#include "cli/out.h"
#include "base/banned.h"

enum { OTHERS_MAX = 5, INDENT = 2, CHAIN_COL = 7, TARGET_MAX = 320 };

static enum ink
ink_of(enum diag_state s)
{
	static const enum ink ink[DIAG_STATES] = { [DIAG_UNKNOWN] = INK_DIM,
		[DIAG_PROVED] = INK_GOOD,
		[DIAG_BROKEN] = INK_BAD,
		[DIAG_WEAK] = INK_WAIT,
		[DIAG_NOT_REACHED] = INK_DIM,
		[DIAG_ELSEWHERE] = INK_WAIT };

	return ink[s];
}

static const char *
mark_of(const struct pen *p, enum diag_state s)
{
	static const char *const mark[DIAG_STATES][2] = {
		[DIAG_UNKNOWN] = { "?", "?" },
		[DIAG_PROVED] = { "\xe2\x9c\x93", "ok" },
		[DIAG_BROKEN] = { "\xe2\x9c\x97", "X" },
		[DIAG_WEAK] = { "!", "!" },
		[DIAG_NOT_REACHED] = { "\xc2\xb7", "." },
		[DIAG_ELSEWHERE] = { "\xe2\x86\x92", "->" },
	};

	return mark[s][!p->utf8];
}

/* ---- lights ---- */

static void
light(struct pen *p, const char *name, enum ink ink, const char *value)
{
	size_t n = strlen(name) + strlen(value) + 4;

	if (p->col + (int)n > p->width && p->col > INDENT) {
		pen_nl(p);
		pen_pad(p, INDENT);
	} else if (p->col > INDENT) {
		pen_c(p, p->utf8 ? " \xc2\xb7 " : " | ");
	}
	pen_c(p, name);
	pen_c(p, " ");
	pen_ink(p, ink);
	pen_str(p, str_c(value));
	pen_plain(p);
}

static const char *
time_or(struct diag *d, const struct evd_fact *f, const char *none)
{
	return f ? diag_time(d, f->last_us).p : none;
}

static void
dns_lights(struct diag *d, struct pen *p)
{
	const struct lights *l = &d->lights;
	const struct evd_fact *r = d->ev.received;
	bool in = r && d->now_us - r->last_us < INT64_C(86400000000);
	const char *mx = whose_name(l->mx);

	if (!d->have_lights) {
		light(p, "registered", INK_DIM, in ? "yes, mail arrives" : "?");
		light(p, "name servers", INK_DIM, "?");
		light(p, "MX", INK_DIM,
		    in && r->rcpt->state == OUT_DELIVERED ?
			"ours, mail arrives" :
			"?");
		return;
	}
	light(p, "registered",
	    l->registered == 0 ? INK_BAD :
	    l->registered == 1 ? INK_GOOD :
				 INK_DIM,
	    l->registered == 0 ? "no" :
	    l->registered == 1 ? "yes" :
				 "?");
	light(p, "name servers", INK_NONE,
	    l->ns == WHOSE_OURS ? "ours" :
	    l->ns_name.n	? arena_cstr(&d->arena, l->ns_name) :
				  "?");
	light(p, "MX",
	    l->mx == WHOSE_NONE	 ? INK_BAD :
	    l->mx == WHOSE_SPLIT ? INK_WAIT :
				   INK_NONE,
	    l->mx == WHOSE_UNKNOWN ? "?" :
	    l->mx != WHOSE_THEIRS  ? mx :
	    l->mx_provider	   ? l->mx_provider :
				     arena_cstr(&d->arena, l->mx_name));
}

static const char *
account_word(const struct diag *d, enum ink *ink)
{
	const struct diag_link *six = &d->link[5], *eight = &d->link[7];

	*ink = INK_GOOD;
	if (d->ev.ours == 0) {
		*ink = INK_NONE;
		return "not ours";
	}
	if (six->state == DIAG_BROKEN) {
		*ink = INK_BAD;
		return "does not exist";
	}
	if (eight->state == DIAG_BROKEN && !diag_full(d) && eight->fact) {
		*ink = INK_BAD;
		return "locked";
	}
	if (d->account.asked && d->account.exists)
		return d->account.state.n ? d->account.state.p : "exists";
	if (d->ev.alias_to.n)
		return "alias";
	if (six->state == DIAG_PROVED || d->ev.login)
		return "exists";
	*ink = INK_DIM;
	return "?";
}

static void
mail_lights(struct diag *d, struct pen *p)
{
	const struct diag_link *eight = &d->link[7], *seven = &d->link[6];
	enum ink good = d->have_logs ? INK_GOOD : INK_DIM;
	const char *no = d->have_logs ? "no" : "?";
	const char *none = d->have_logs ? "nothing" : "?";
	enum ink ink;
	const char *word;

	if (d->kind == EVD_ADDRESS) {
		word = account_word(d, &ink);
		light(p, "account", ink, word);
	}
	if (d->kind == EVD_IP)
		light(p, "login", INK_NONE,
		    time_or(d, d->ev.login, d->have_logs ? "none" : "?"));
	else
		light(p, "received", d->ev.received ? INK_GOOD : INK_DIM,
		    time_or(d, d->ev.received, none));
	light(p, "sent", d->ev.sent ? INK_GOOD : INK_DIM,
	    time_or(d, d->ev.sent, none));
	light(p, "blocked",
	    seven->state == DIAG_BROKEN ? INK_BAD :
	    seven->state == DIAG_WEAK	? INK_WAIT :
	    seven->state == DIAG_PROVED ? INK_GOOD :
					  good,
	    seven->state == DIAG_BROKEN ? "yes" :
	    seven->state == DIAG_WEAK	? "partly" :
	    seven->state == DIAG_PROVED ? "no" :
					  no);
	if (d->kind == EVD_IP)
		light(p, "banned",
		    d->link[8].fact && d->link[8].fact->kind == EVD_BAN ?
			INK_BAD :
			good,
		    d->link[8].fact && d->link[8].fact->kind == EVD_BAN ?
			diag_time(d, d->link[8].fact->first_us).p :
			no);
	else if (d->kind == EVD_ADDRESS && diag_full(d))
		light(p, "full", INK_BAD,
		    eight->fact ? diag_time(d, eight->fact->first_us).p :
				  "yes");
	else if (d->kind == EVD_ADDRESS)
		light(p, "full", d->account.exists ? INK_GOOD : good,
		    d->account.exists ? "no" : no);
}

void
diag_lights_text(struct diag *d, struct pen *p)
{
	pen_ink(p, INK_BOLD);
	pen_str(p,
	    d->target.n ? str_head(d->target, TARGET_MAX) : STR("(empty)"));
	pen_plain(p);
	pen_nl(p);
	if (d->address.fails) {
		pen_nl(p);
		return;
	}
	pen_pad(p, INDENT);
	if (d->kind != EVD_IP)
		dns_lights(d, p);
	mail_lights(d, p);
	pen_nl(p);
	if (!d->have_logs && d->no_logs.n) {
		pen_pad(p, INDENT);
		pen_str(p, d->no_logs);
		pen_nl(p);
	}
	if (d->old_logs) {
		pen_pad(p, INDENT);
		pen_ink(p, INK_WAIT);
		pen_printf(p, "the logs end %s, ",
		    diag_time(d, d->ev.logs_until_us).p);
		pen_span(p, d->now_us - d->ev.logs_until_us);
		pen_c(p, " ago: they speak of then");
		pen_plain(p);
		pen_nl(p);
	}
	pen_nl(p);
}

/* ---- the rest ---- */

static void
sentence(struct pen *p, struct str s, int indent)
{
	pen_pad(p, indent);
	pen_wrap(p, s, indent, indent);
}

static void
lines(struct pen *p, const struct ans_evidence *l, size_t n, int indent)
{
	for (size_t i = 0; i < n; i++) {
		pen_pad(p, indent);
		pen_ink(p, INK_DIM);
		pen_c(p, "| ");
		if (l[i].text.p)
			pen_str(p, l[i].text);
		else
			pen_printf(p, "(the line is gone: %s)",
			    l[i].why_gone ? l[i].why_gone : "?");
		pen_nl(p);
		pen_pad(p, indent);
		pen_c(p, "|   ");
		pen_str(p, l[i].source);
		pen_printf(p, ":%llu", (unsigned long long)l[i].line);
		pen_plain(p);
		pen_nl(p);
	}
}

static void
lead(struct diag *d, struct pen *p)
{
	const struct diag_link *l = d->first >= 0 ? &d->link[d->first] : NULL;
	struct buf b = BUF_INIT(8192);

	if (l) {
		pen_ink(p, ink_of(l->state));
		pen_printf(p, "%s %s %s", mark_of(p, l->state), l->id,
		    l->question);
	} else {
		bool good = d->ev.received || d->ev.sent ||
			    (d->ev.login && !d->proof) ||
			    (d->kind == EVD_IP && d->ev.nfact);

		pen_ink(p, good ? INK_GOOD : INK_DIM);
		pen_printf(p, "%s %s",
		    mark_of(p, good ? DIAG_PROVED : DIAG_UNKNOWN),
		    good     ? "no link is broken" :
		    d->proof ? "what the logs know last" :
			       "nothing is known");
	}
	pen_plain(p);
	pen_nl(p);
	sentence(p, d->say, INDENT);
	if (d->remedy.n) {
		buf_printf(&b, "%s %s: " STR_FMT,
		    p->utf8 ? "\xe2\x86\x92" : "->", diag_who(d),
		    STR_ARG(d->remedy));
		pen_pad(p, INDENT);
		pen_wrap(p, buf_str(&b), INDENT, INDENT + 2);
	}
	buf_release(&b);
	if (d->proof)
		lines(p, d->proof->line, d->proof->nline, INDENT);
	else if (l && l->finding && l->finding->evidence.n)
		sentence(p, l->finding->evidence, INDENT + 2);
	pen_nl(p);
}

static void
chain(struct diag *d, struct pen *p)
{
	for (int i = 0; i < CHAIN_LINKS; i++) {
		const struct diag_link *l = &d->link[i];

		if (d->kind == EVD_IP && i < 6 && l->state == DIAG_UNKNOWN)
			continue; /* those are about names */
		pen_pad(p, INDENT);
		pen_ink(p, ink_of(l->state));
		pen_c(p, mark_of(p, l->state));
		pen_plain(p);
		pen_pad(p, INDENT + 3);
		pen_printf(p, "%s %s", l->id, l->question);
		pen_ink(p, INK_DIM);
		if (l->state == DIAG_PROVED && l->t_us)
			pen_printf(p, "  %s %s", l->source,
			    diag_time(d, l->t_us).p);
		else if (l->state == DIAG_PROVED && l->source)
			pen_printf(p, "  %s", l->source);
		else
			pen_printf(p, "  %s", diag_state_name[l->state]);
		pen_plain(p);
		pen_nl(p);
		if (l->say.n && i != d->first && l->state != DIAG_ELSEWHERE)
			sentence(p, l->say, CHAIN_COL + 1);
	}
	if (d->not_asked) {
		pen_pad(p, INDENT);
		pen_ink(p, INK_DIM);
		pen_printf(p, "the network was not asked: %s", d->not_asked);
		pen_plain(p);
		pen_nl(p);
	}
}

static void
others(struct diag *d, struct pen *p)
{
	const struct evd_fact *first =
	    d->first >= 0 ? d->link[d->first].fact : d->ev.received;
	size_t n = 0, left = 0;

	for (size_t i = 0; i < d->ev.nfact; i++) {
		const struct evd_fact *f = d->ev.fact[i];

		if (f == first)
			continue;
		if (!d->env->verbose && n == OTHERS_MAX) {
			left++;
			continue;
		}
		if (!n++) {
			pen_nl(p);
			pen_pad(p, INDENT);
			pen_c(p, "also in the logs\n");
			p->col = 0;
		}
		sentence(p, diag_say(d, f), INDENT + 2);
		if (d->env->verbose)
			lines(p, f->line, f->nline, INDENT + 4);
	}
	if (left)
		pen_printf(p, "    and %zu more (-v)\n", left);
	p->col = 0;
}

static void
account(struct diag *d, struct pen *p)
{
	const struct {
		const char *name;
		struct str value;
	} row[] = {
		{ "login", d->account.login },
		{ "state", d->account.state },
		{ "forward", d->account.forward },
		{ "quota", d->account.quota },
		{ "last login", d->account.last_login },
		{ "leads to", d->ev.alias_to },
	};
	bool any = false;

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		if (!row[i].value.n)
			continue;
		if (!any) {
			pen_nl(p);
			pen_pad(p, INDENT);
			pen_c(p, "the account");
			pen_nl(p);
		}
		any = true;
		pen_pad(p, INDENT + 2);
		pen_c(p, row[i].name);
		pen_pad(p, INDENT + 14);
		pen_str(p, row[i].value);
		pen_nl(p);
	}
}

static void
settings(struct diag *d, struct pen *p)
{
	const struct config *c = &d->env->config;
	struct str user = d->account.login.n ? d->account.login :
			  d->ev.alias_to.n   ? d->ev.alias_to :
					       d->target;

	if (!c->nclient || d->via == VIA_WEBMAIL ||
	    (d->via != VIA_CLIENT &&
		(d->first != 8 ||
		    (d->link[8].fact && d->link[8].fact->kind == EVD_BAN))))
		return;
	pen_nl(p);
	pen_pad(p, INDENT);
	pen_c(p, "settings of the mail program");
	pen_nl(p);
	for (size_t i = 0; i < c->nclient; i++) {
		pen_pad(p, INDENT + 2);
		pen_str(p, c->client[i].key);
		pen_pad(p, INDENT + 14);
		pen_str(p, c->client[i].value);
		pen_nl(p);
	}
	if (d->kind == EVD_ADDRESS) {
		pen_pad(p, INDENT + 2);
		pen_c(p, "user name");
		pen_pad(p, INDENT + 14);
		pen_str(p, user);
		pen_nl(p);
	}
}

void
diag_text(struct diag *d, struct pen *p)
{
	lead(d, p);
	chain(d, p);
	others(d, p);
	account(d, p);
	settings(d, p);
	if (d->job && d->env->verbose) {
		pen_nl(p);
		check_text_job(p, d->job, d->env->verbose - 1);
	}
}
