/*
 * cmd_report.c: `mailtrace report NAME`: one verb for all reports of
 * query/report.c, in each format.
 */

#include "base/stamp.h"
#include "cli/report.h"
#include "cli/wait.h"
#include "base/banned.h"

enum { TERMS_MAX = 64 * 1024 };

enum {
	OPT_ON = ARG_FIRST,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_BY,
	OPT_TOP,
	OPT_MIN,
	OPT_PERMANENT,
	OPT_IPS,
	OPT_TEXT,
	OPT_MAIL_TO,
};

static const struct opt options[] = {
	{ "on", 0, "DAY", "that day of --tz: yesterday, today, 2026-11-20",
	    OPT_ON },
	{ "since", 's', "TIME", "from this time on", OPT_SINCE },
	{ "until", 'u', "TIME", "up to this time", OPT_UNTIL },
	{ "by", 0, "WHAT", "what a row stands for; each report has its own",
	    OPT_BY },
	{ "top", 0, "N", "at most N rows of each table (default 50, 0: all)",
	    OPT_TOP },
	{ "min", 0, "N", "only rows that count N or more", OPT_MIN },
	{ "permanent", 0, NULL,
	    "only addresses that will never work; never a block or a full "
	    "mailbox",
	    OPT_PERMANENT },
	{ "ips", 0, NULL, "addresses alone, one a line, for a ban list",
	    OPT_IPS },
	{ "text", 0, NULL, "print text (the default)", OPT_TEXT },
	{ "mail-to", 0, "ADDRESS",
	    "send it as a mail, text and HTML, by sendmail(8)", OPT_MAIL_TO },
	{ 0 }
};

struct said {
	const char *name, *on, *since, *until, *by, *mail_to;
	uint64_t top, min;
	bool has_top, has_min, permanent, ips;
	struct query q;	  /* terms */
	struct buf terms; /* as given */
};

static int
number(const char *what, const char *v, uint64_t *n, struct err *err)
{
	if (str_u64(str_c(v), n) && *n <= REPORT_ROWS_MAX)
		return 0;
	return err_set(err, "bad --%s '%s': a number up to %d is meant", what,
	    v, REPORT_ROWS_MAX);
}

/* What stands behind the report's name. */
static int
term(struct said *s, const char *arg, struct err *err)
{
	if (report_by_name(arg))
		return err_set(err, "'%s': one report at a time", arg);
	if (query_term(&s->q, str_c(arg), err) < 0)
		return -1;
	if (!s->q.nterm)
		return err_set(err,
		    "'%s': --since, --until and --on say the "
		    "period of a report",
		    arg);
	buf_printf(&s->terms, "%s%s", s->terms.n ? " " : "", arg);
	return report_takes_term(&s->q.term[s->q.nterm - 1], err);
}

static int
read_args(struct args *a, struct env *env, struct said *s)
{
	int c, rc = 0;

	while (rc == 0 && (c = args_next(a)) != 0) {
		if (c < 0)
			return -1;
		switch (c) {
		case ARG_OPERAND:
			if (!s->name)
				s->name = a->value;
			else
				rc = term(s, a->value, &a->err);
			break;
		case OPT_ON:
			s->on = a->value;
			break;
		case OPT_SINCE:
			s->since = a->value;
			break;
		case OPT_UNTIL:
			s->until = a->value;
			break;
		case OPT_BY:
			s->by = a->value;
			break;
		case OPT_TOP:
			s->has_top = true;
			rc = number("top", a->value, &s->top, &a->err);
			break;
		case OPT_MIN:
			s->has_min = true;
			rc = number("min", a->value, &s->min, &a->err);
			break;
		case OPT_PERMANENT:
			s->permanent = true;
			break;
		case OPT_IPS:
			s->ips = true;
			break;
		case OPT_TEXT:
			env->format = FMT_TEXT;
			break;
		case OPT_MAIL_TO:
			s->mail_to = a->value;
			rc = report_mail_check(a->value, &a->err);
			break;
		}
	}
	return rc;
}

/* All reports, what they are about, what --by takes. */
static int
list(struct env *env)
{
	struct buf b = BUF_INIT(64 * 1024);
	int rc;

	for (size_t i = 0; report_table[i]; i++) {
		const struct report_def *d = report_table[i];

		buf_printf(&b, "%-10s %s\n", d->name, d->about);
		for (size_t k = 0; d->by && d->by[k] && d->by[1]; k++)
			buf_printf(&b, "%s%s", k ? ", " : "           --by ",
			    d->by[k]);
		if (d->by && d->by[1])
			buf_putc(&b, '\n');
	}
	rc = env_print(env, &b);
	buf_release(&b);
	return rc;
}

static int
bad_name(const char *name, struct err *err)
{
	struct buf all = BUF_INIT(4096);
	const char *like = NULL;

	for (size_t i = 0; report_table[i]; i++) {
		if (i)
			buf_puts(&all, ", ");
		buf_puts(&all, report_table[i]->name);
		if (near_word(report_table[i]->name, name, strlen(name)))
			like = report_table[i]->name;
	}
	if (like)
		err_set(err, "there is no report '%s': did you mean '%s'?",
		    name, like);
	else
		err_set(err, "there is no report '%s': one of: %s", name,
		    buf_c(&all));
	buf_release(&all);
	return -1;
}

/* The period as said; days are days of the zone. */
static int
set_period(struct report *r, const struct said *s, struct err *err)
{
	const char *on = s->on;
	int64_t from, to;

	if (on && (s->since || s->until))
		return err_set(err, "--on and --since or --until: one of them "
				    "is meant");
	r->t1_us = r->now_us;
	if (!on && !s->since && !s->until)
		on = r->def->period;
	if (on) {
		if (stamp_user(str_c(on), r->now_us, r->tz, &from, &to, err) <
		    0)
			return -1;
		r->t0_us = from;
		/* "-7d" is a moment: from there until now */
		r->t1_us = on[0] == '-' ? r->now_us : to - 1;
		return 0;
	}
	if (s->until) {
		if (stamp_user(str_c(s->until), r->now_us, r->tz, &from, &to,
			err) < 0)
			return -1;
		r->t1_us = to - 1;
		r->t0_us = from; /* --until alone: that day, that minute */
	}
	if (s->since) {
		if (stamp_user(str_c(s->since), r->now_us, r->tz, &from, &to,
			err) < 0)
			return -1;
		r->t0_us = from;
	}
	if (r->t0_us > r->t1_us)
		return err_set(err, "the period ends before it begins");
	return 0;
}

static int
takes(const struct report_def *d, unsigned what, bool said, const char *option,
    struct err *err)
{
	if (!said || d->takes & what)
		return 0;
	return err_set(err, "report %s takes no %s", d->name, option);
}

static int
set_up(struct report *r, const struct said *s, struct err *err)
{
	const struct report_def *d = r->def;
	struct buf all = BUF_INIT(4096);

	if (takes(d, REPORT_PERMANENT, s->permanent, "--permanent", err) < 0 ||
	    takes(d, REPORT_MIN, s->has_min, "--min", err) < 0 ||
	    takes(d, REPORT_IPS, s->ips, "--ips", err) < 0 ||
	    takes(d, REPORT_TERMS, s->q.nterm, "terms", err) < 0)
		return -1;
	if (s->q.nterm) {
		r->terms = &s->q;
		report_note(r, "Only what fits %s.", buf_c(&s->terms));
	}
	for (size_t i = 0; s->by && d->by && d->by[i]; i++) {
		if (strcmp(d->by[i], s->by) == 0)
			r->by = d->by[i];
		if (i)
			buf_puts(&all, ", ");
		buf_puts(&all, d->by[i]);
	}
	if (s->by && (!r->by || strcmp(r->by, s->by) != 0))
		err_set(err,
		    all.n ? "report %s: bad --by '%s': one of: %s" :
			    "report %s takes no --by",
		    d->name, s->by, buf_c(&all));
	else
		all.n = 0;
	buf_release(&all);
	if (s->by && strcmp(r->by ? r->by : "", s->by) != 0)
		return -1;
	if (s->has_top)
		r->top = s->top;
	else if (s->ips || s->permanent)
		r->top = 0;
	r->min = s->min;
	r->permanent = s->permanent;
	r->ips = s->ips;
	return set_period(r, s, err);
}

static void
print(const struct report *r, struct env *env, const char *mail_to,
    struct buf *b)
{
	struct report_out o = { .tz = env->tz,
		.width = env->tty.width,
		.color = env->tty.color,
		.utf8 = env->tty.utf8,
		.tty = env->tty.tty };

	if (mail_to)
		report_mail(r, &o, mail_to, b);
	else if (r->ips && env->format == FMT_TEXT)
		report_ips(r, b);
	else if (env->format == FMT_JSON)
		report_json(r, &o, b);
	else if (env->format == FMT_CSV)
		report_csv(r, &o, b);
	else if (env->format == FMT_HTML)
		report_html(r, &o, b);
	else
		report_text(r, &o, b);
}

static size_t
rows(const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->def->ntable; i++)
		n += r->table[i].nrow;
	return n;
}

static int
run(int argc, char **argv, struct env *env)
{
	struct buf out = BUF_INIT((size_t)REPORT_MAX_MIB << 20);
	struct report r = { 0 };
	struct said said = { 0 };
	const struct report_def *def;
	struct args a;
	struct err err;
	int rc = 2;

	args_init(&a, argc, argv, env);
	query_init(&said.q);
	buf_init(&said.terms, TERMS_MAX);
	if (read_args(&a, env, &said) < 0) {
		cmd_usage(env, &a.err);
		goto out;
	}
	if (!said.name &&
	    (said.on || said.since || said.until || said.by || said.mail_to ||
		said.has_top || said.has_min || said.permanent || said.ips)) {
		err_set(&err, "which report? 'mailtrace report' lists them");
		cmd_usage(env, &err);
		goto out;
	}
	if (!said.name) {
		rc = list(env);
		goto out;
	}
	def = report_by_name(said.name);
	if (!def) {
		bad_name(said.name, &err);
		cmd_usage(env, &err);
		goto out;
	}
	report_init(&r, def);
	r.site = &env->config.site;
	r.now_us = now_us();
	r.tz = env->tz;
	r.geo_country = env->config.geo_country;
	r.geo_asn = env->config.geo_asn;
	if (set_up(&r, &said, &err) < 0 ||
	    takes(def, REPORT_LIVE, env->live, "--live", &err) < 0) {
		cmd_usage(env, &err);
		goto out;
	}
	r.cl = config_classifier(&env->config, &err);
	if (!r.cl || config_providers(&env->config, &r.providers, &r.nproviders,
			 &err) < 0) {
		cmd_fail(env, &err, NULL);
		goto out;
	}
	r.st = store_open(env_store(env), &err);
	if (!r.st) {
		cmd_fail_store(env, &err, NULL);
		goto out;
	}
	if (report_run(&r, &err) < 0 ||
	    (env->live && report_live(&r, env, &err) < 0)) {
		cmd_fail(env, &err, NULL);
		goto out;
	}
	print(&r, env, said.mail_to, &out);
	if (!said.mail_to)
		rc = env_print(env, &out);
	else if (report_mail_send(said.mail_to, &out, &err) < 0)
		cmd_fail(env, &err, NULL);
	else
		rc = 0;
	if (!rc && !rows(&r) && !said.mail_to)
		rc = 1;
out:
	report_release(&r);
	store_close(r.st);
	classifier_free(r.cl);
	buf_release(&out);
	buf_release(&said.terms);
	query_release(&said.q);
	return rc;
}

const struct cmd cmd_report = {
	.name = "report",
	.about = "counts over a period: what was refused, blocked, is waiting",
	.usage = "NAME [TERM...] [OPTIONS]",
	.more = "Without a time it is about yesterday (deferred: now).  "
		"'mailtrace report' alone\nlists the reports.  bounces, "
		"deferred, rejected and quota take terms (from=, to=,\n"
		"relay=, host=, class= ...).\n\nExit status: "
		"0 something to report, 1 nothing, 2 could not do it.\n",
	.options = options,
	.common = TAKES_STORE | TAKES_JSON | TAKES_CSV | TAKES_HTML | TAKES_TZ |
		  TAKES_QUIET | TAKES_LIVE,
	.run = run,
};
