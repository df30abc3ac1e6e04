/*
 * cmd_diagnose.c: `mailtrace diagnose`: "my e-mail is not working", answered
 * along the support chain: logs first, then what is true now.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/diagnose.h"
#include "cli/wait.h"
#include "live/typo.h"
#include "query/seen.h"
#include "base/banned.h"

enum { OPT_SENDING = ARG_FIRST, OPT_RECEIVING, OPT_VIA, OPT_SMTP };

enum { MAX_KNOWN = 512 };

#define LIGHTS_US (700 * INT64_C(1000)) /* so long the first line waits */
#define DAY_US	  (86400 * INT64_C(1000000))

static const struct opt options[] = {
	{ "sending", 0, NULL, "the complaint is about sending", OPT_SENDING },
	{ "receiving", 0, NULL, "the complaint is about receiving",
	    OPT_RECEIVING },
	{ "via", 0, "WAY",
	    "webmail or client: how the customer reads mail; "
	    "client shows the settings",
	    OPT_VIA },
	{ "smtp", 0, NULL,
	    "speak to the domain's mail servers too, up to "
	    "RCPT; nothing is sent",
	    OPT_SMTP },
	{ 0 }
};

static int
read_args(struct diag *d, bool *smtp, int argc, char **argv)
{
	struct env *env = d->env;
	const char *target = NULL;
	struct args a;
	int c;

	args_init(&a, argc, argv, env);
	while ((c = args_next(&a)) > 0)
		switch (c) {
		case ARG_OPERAND:
			if (target) {
				err_set(&a.err, "one target at a time: '%s'",
				    a.value);
				return cmd_usage(env, &a.err);
			}
			target = a.value;
			break;
		case OPT_SENDING:
			d->sending = true;
			break;
		case OPT_RECEIVING:
			d->receiving = true;
			break;
		case OPT_SMTP:
			*smtp = true;
			break;
		case OPT_VIA:
			if (!strcmp(a.value, "webmail")) {
				d->via = VIA_WEBMAIL;
			} else if (!strcmp(a.value, "client")) {
				d->via = VIA_CLIENT;
			} else {
				err_set(&a.err,
				    "bad --via '%s': webmail or client is "
				    "meant",
				    a.value);
				return cmd_usage(env, &a.err);
			}
			break;
		}
	if (c < 0)
		return cmd_usage(env, &a.err);
	if (!target || !*target) {
		err_set(&a.err, "diagnose what? an address, a domain or an IP "
				"is meant");
		return cmd_usage(env, &a.err);
	}
	d->input = str_c(target);
	return 0;
}

/* What was typed: an IP, an address, a domain; bare names are domains. */
static void
aim(struct diag *d)
{
	struct str t = str_trim(d->input);
	const char *why;
	struct ip ip;

	d->address = (struct address){ .shown = d->input };
	if (ip_typed(t, &ip)) {
		d->kind = EVD_IP;
		d->target = ip_text(&d->arena, &ip);
		return;
	}
	if (str_chr(t, '@') < 0 && str_ends(t, STR(".")))
		t.n--; /* the whole name, as DNS writes it */
	if (str_chr(t, '@') < 0 &&
	    address_domain(&d->arena, t, &d->domain, &why)) {
		d->kind = EVD_DOMAIN;
		d->target = d->domain;
		return;
	}
	d->kind = EVD_ADDRESS;
	address_check(&d->arena, d->input, &d->address);
	d->target = d->address.fails ?
			d->input :
			arena_lower(&d->arena, d->address.normal);
	if (!d->address.fails) {
		d->domain = d->address.domain;
		d->local = d->address.local;
	} else {
		d->meant = d->address.suggest;
		d->meant_is_sure = true;
	}
}

/* Of a short name nearly every other is near: one slip, no more. */
static void
prune_near(struct diag *d)
{
	enum { SHORT = 4 };
	const char *local = arena_cstr(&d->arena, d->local);
	size_t n = 0;

	for (size_t i = 0; i < d->ev.nnear; i++) {
		struct str one = d->ev.near[i], dom = str_domain(one);

		one = str_head(one, one.n - dom.n - 1);
		if (d->local.n > SHORT || str_eqi(one, d->local) ||
		    near_word(local, one.p, one.n))
			d->ev.near[n++] = d->ev.near[i];
	}
	d->ev.nnear = n;
}

static int
gather(struct diag *d, struct err *err)
{
	struct evd_ask ask = { .kind = d->kind,
		.target = d->target,
		.sending = d->sending,
		.receiving = d->receiving };
	struct store *st;
	int rc;

	if (d->account.login.n)
		ask.also[ask.nalso++] =
		    arena_lower(&d->arena, d->account.login);
	if (access(env_store(d->env), F_OK) < 0) {
		const struct site *s = &d->env->config.site;

		d->ev.ours = site_our_domain(s, d->domain) ? 1 :
			     s->ndomain			   ? 0 :
							     -1;
		d->no_logs = STR("there is no store of logs yet");
		return 0;
	}
	d->cl = config_classifier(&d->env->config, err);
	if (!d->cl)
		return -1;
	st = store_open(env_store(d->env), err);
	rc = st ? evidence_gather(&ask, st, &d->env->config.site, d->cl, &d->ev,
		      err) :
		  -1;
	store_close(st);
	d->have_logs = rc == 0;
	if (d->have_logs)
		prune_near(d);
	d->old_logs = d->have_logs && d->now_us - d->ev.logs_until_us > DAY_US;
	return rc;
}

/* The domain of an address in the logs with the same local part. */
static struct str
near_in_logs(const struct diag *d)
{
	for (size_t i = 0; i < d->ev.nnear; i++) {
		struct str dom = str_domain(d->ev.near[i]);
		struct str local =
		    str_head(d->ev.near[i], d->ev.near[i].n - dom.n - 1);

		if (!d->ev.domain_senders && !d->ev.sent &&
		    !str_eqi(dom, d->domain) && str_eqi(local, d->local))
			return dom;
	}
	return STR_NONE;
}

/* A domain like a well-known one, or like one of ours. */
static void
typo(struct diag *d)
{
	const struct live_conf *c = &d->conf;
	const struct site *s = &d->env->config.site;
	const char *known[MAX_KNOWN];
	struct str meant;
	size_t n = 0, nlocal;

	if (!d->domain.n || d->address.fails || site_our_domain(s, d->domain) ||
	    d->ev.domain_senders >= EVD_USUAL)
		return;
	for (size_t i = 0; i < s->ndomain && n < 128; i++)
		if (!str_starts(s->domain[i], STR("*.")))
			known[n++] = arena_cstr(&d->arena, s->domain[i]);
	for (size_t i = 0; i < d->ev.nusual && n < 256; i++)
		if (!str_eqi(d->ev.usual[i], d->domain))
			known[n++] = arena_cstr(&d->arena, d->ev.usual[i]);
	nlocal = n;
	for (size_t i = 0; i < c->typo_targets.n && n < 384; i++)
		known[n++] = c->typo_targets.v[i];
	for (size_t i = 0; i < typo_nproviders && n < MAX_KNOWN; i++)
		known[n++] = typo_providers[i];
	meant = typo_suggest(&d->arena, d->domain, known, n);
	for (size_t i = 0; !meant.n && i < nlocal; i++)
		if (near_word(known[i], d->domain.p, d->domain.n))
			meant = str_c(known[i]);
	if (!meant.n)
		meant = near_in_logs(d);
	if (!meant.n)
		return;
	d->meant = d->kind == EVD_ADDRESS ?
		       arena_printf(&d->arena, STR_FMT "@" STR_FMT,
			   STR_ARG(d->local), STR_ARG(meant)) :
		       meant;
}

/* ---- the network ---- */

static bool
wanted(struct diag *d)
{
	if (d->env->offline)
		d->not_asked = "--offline";
	else if (d->address.fails)
		d->not_asked = "the text is no address";
	else if (!d->env->live && diag_fresh(d))
		d->not_asked = "mail arrived lately";
	else if (d->kind == EVD_IP && d->ev.ours != 1 && !d->env->live)
		d->not_asked = "the address is not one of ours";
	return !d->not_asked;
}

/* The complaint is about the mail program, or its encryption fails: then our
 * own services are looked at. */
static bool
services_matter(const struct diag *d)
{
	const struct evd_fact *f = d->ev.link[8].why;

	if (d->kind == EVD_DOMAIN || (d->kind != EVD_IP && d->ev.ours != 1))
		return false;
	return d->via == VIA_CLIENT ||
	       (d->via == VIA_ANY && f && f->kind == EVD_CLIENT &&
		   (f->slip == SLIP_CERTIFICATE || f->slip == SLIP_TLS_FAILED));
}

static int
open_live(struct diag *d, struct err *err)
{
	const char **usual = arena_array(&d->arena, const char *, 1);

	if (d->ev.domain_senders >= EVD_USUAL) {
		usual[0] = arena_cstr(&d->arena, d->domain);
		d->conf.known_domains = (struct strs){ usual, 1 };
	}
	if (!services_matter(d))
		d->conf.services = (struct strs){ NULL, 0 };
	d->live = live_open(&d->conf, err);
	if (!d->live)
		return -1;
	d->job = live_add(d->live, d->target,
	    d->kind == EVD_IP	  ? JOB_IP :
	    d->kind == EVD_DOMAIN ? JOB_DOMAIN :
				    JOB_ADDRESS);
	/* who refuses us is evidence already */
	return d->have_logs ?
		   check_logs(d->env, &d->arena, d->live, SEEN_KEY, err) :
		   0;
}

static bool
run_until(struct diag *d, int64_t until_us)
{
	while (now_us() < until_us)
		if (live_step(d->live, loop_now_us() + 50000))
			return true;
	return false;
}

static int
show(struct diag *d, bool lights, bool rest)
{
	struct env *env = d->env;
	struct buf out = BUF_INIT(64u << 20);
	struct pen p = { .out = &out,
		.tz = env->tz,
		.width = env->tty.width,
		.color = env->tty.color,
		.utf8 = env->tty.utf8,
		.whole = !env->tty.tty };
	int rc;

	if (env->format == FMT_JSON) {
		diag_json(d, &out);
	} else if (env->format == FMT_CSV) {
		diag_csv(d, &out);
	} else if (env->format == FMT_HTML) {
		diag_html(d, &out);
	} else {
		if (lights)
			diag_lights_text(d, &p);
		if (rest)
			diag_text(d, &p);
	}
	rc = env_print(env, &out);
	buf_release(&out);
	return rc;
}

static int
work(struct diag *d)
{
	int64_t began = now_us();
	bool lights = true, done;
	struct err err = { "" };
	int rc;

	if (d->kind == EVD_ADDRESS && !d->address.fails &&
	    account_find(d->env, &d->arena, d->target, &d->account, &err) < 0)
		cmd_note(d->env, "%s", err.msg);
	d->ev.ours = -1;
	if (!d->address.fails && gather(d, &err) < 0)
		return cmd_fail(d->env, &err, NULL);
	typo(d);
	if (wanted(d)) {
		if (open_live(d, &err) < 0)
			return cmd_fail(d->env, &err, NULL);
		done = run_until(d, began + LIGHTS_US);
		lights_of(d->job, &d->lights);
		d->have_lights = true;
		if (!done) {
			struct job *job = d->job;

			d->job = NULL;
			diag_chain(d);
			d->job = job;
			if (d->env->format == FMT_TEXT) {
				rc = show(d, true, false);
				if (rc)
					return rc;
				lights = false;
			}
			live_run(d->live);
		}
		lights_of(d->job, &d->lights);
	}
	diag_chain(d);
	rc = show(d, lights, true);
	return rc ? rc : diag_status(d);
}

static int
run(int argc, char **argv, struct env *env)
{
	struct diag d = { .env = env };
	struct err err = { "" };
	bool smtp = false;
	int rc;

	d.now_us = now_us();
	rc = read_args(&d, &smtp, argc, argv);
	if (rc)
		goto out;
	if (check_conf(env, &d.arena, &d.conf, &err) < 0) {
		rc = cmd_fail(env, &err, "see [checks] in the configuration");
		goto out;
	}
	d.conf.smtp = smtp;
	d.conf.offline = env->offline;
	check_laboratory(env, &d.arena, &d.conf);
	aim(&d);
	rc = work(&d);
out:
	live_close(d.live);
	evidence_release(&d.ev);
	classifier_free(d.cl);
	arena_release(&d.arena);
	return rc;
}

const struct cmd cmd_diagnose = {
	.name = "diagnose",
	.about = "why does mail not work for this address, domain or IP",
	.usage = "ADDRESS|DOMAIN|IP [--sending|--receiving] [OPTIONS]",
	.more = "The logs are asked first; what they prove is not asked again. "
		" Then DNS, now; mail\nservers only with --smtp.  The first "
		"link of the support chain that does not hold\nleads, in words "
		"that can be read to a customer.  Exit status: 0 all holds, "
		"3\nimpaired, 4 broken, 2 could not be tested.\n",
	.options = options,
	.common = TAKES_STORE | TAKES_JSON | TAKES_CSV | TAKES_HTML |
		  TAKES_VERBOSE | TAKES_LIVE | TAKES_TZ | TAKES_QUIET,
	.run = run,
};
