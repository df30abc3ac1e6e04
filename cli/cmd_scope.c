/*
 * cmd_scope.c: `mailtrace scope TERM...`: one user, one sender, one domain, one
 * of our addresses, one destination, or everybody?
 */

#include "base/stamp.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/pen.h"
#include "cli/wait.h"
#include "query/scope.h"
#include "base/banned.h"

enum { OPT_SINCE = ARG_FIRST, OPT_UNTIL, BAR = 12, OUT_MIB = 16 };

static const struct opt options[] = { { "since", 's', "TIME",
					  "the same as since=TIME", OPT_SINCE },
	{ "until", 'u', "TIME", "the same as until=TIME", OPT_UNTIL }, { 0 } };

static int
read_args(struct query *q, int argc, char **argv, struct env *env)
{
	struct args a;
	int c, rc = 0;

	args_init(&a, argc, argv, env);
	while ((c = args_next(&a)) > 0)
		; /* the zone first: dates among the terms are days of it */
	if (c < 0)
		return cmd_usage(env, &a.err);
	q->tz = env->tz;
	args_init(&a, argc, argv, env);
	while (rc == 0 && (c = args_next(&a)) > 0)
		rc = c == ARG_OPERAND ?
			 query_term(q, str_c(a.value), &a.err) :
			 query_term_kv(q, c == OPT_SINCE ? T_SINCE : T_UNTIL,
			     OP_EQ, str_c(a.value), &a.err);
	if (rc < 0)
		return cmd_fail(env, &a.err,
		    "'mailtrace help terms' lists what can be asked for");
	return 0;
}

static double
rate(uint64_t k, uint64_t n)
{
	return n ? (double)k / (double)n : 0;
}

static void
bar(struct pen *p, double part)
{
	int full = (int)(part * BAR + 0.5);

	for (int i = 0; i < BAR; i++)
		pen_c(p, i >= full ? " " : p->utf8 ? "\xe2\x96\x88" : "#");
}

static void
text(const struct scope *s, struct env *env, struct buf *out)
{
	struct pen p = { .out = out,
		.tz = env->tz,
		.width = env->tty.width,
		.color = env->tty.color,
		.utf8 = env->tty.utf8,
		.whole = !env->tty.tty };
	struct buf when = BUF_INIT(256);
	int wide = 0;

	pen_ink(&p, s->answer == SCOPE_NOBODY ? INK_GOOD : INK_BOLD);
	pen_wrap(&p, s->sentence, 0, 0);
	pen_plain(&p);
	stamp_print(&when, s->t0_us, env->tz, STAMP_MINUTES);
	buf_puts(&when, " to ");
	stamp_print(&when, s->t1_us, env->tz, STAMP_MINUTES);
	pen_printf(&p, "  %s: %llu copies, %llu failed", buf_c(&when),
	    (unsigned long long)s->all_n, (unsigned long long)s->all_failed);
	buf_release(&when);
	if (s->n != s->all_n)
		pen_printf(&p, "; asked for: %llu, %llu failed",
		    (unsigned long long)s->n, (unsigned long long)s->failed);
	pen_nl(&p);
	for (size_t i = 0; i < s->ncls; i++) {
		pen_c(&p, i ? ", " : "  why: ");
		pen_printf(&p, "%s %llu", cls_name(s->cls[i].cls),
		    (unsigned long long)s->cls[i].n);
	}
	if (s->ncls)
		pen_nl(&p);
	if (s->sampled)
		pen_c(&p, "  (of an even sample: there is more mail than can "
			  "be held)\n");
	if (!s->nslice)
		return;
	for (size_t i = 0; i < s->nslice; i++) {
		int w = pen_width(&p, s->slice[i].value);

		wide = w > wide ? w : wide;
	}
	if (wide > 44)
		wide = 44;
	pen_nl(&p);
	pen_c(&p, "  slice");
	pen_pad(&p, 20);
	pen_pad(&p, 20 + wide + 2);
	pen_c(&p, "         failed       rate          (95 %)     all others");
	pen_nl(&p);
	for (size_t i = 0; i < s->nslice; i++) {
		const struct scope_slice *x = &s->slice[i];

		pen_c(&p,
		    x->stands_out ? p.utf8 ? "\xe2\x96\xb8 " : "> " : "  ");
		pen_c(&p, scope_dim_title[x->dim]);
		pen_pad(&p, 20);
		pen_cut(&p, x->value, wide);
		pen_pad(&p, 20 + wide + 2);
		pen_printf(&p, "%6llu of %6llu ", (unsigned long long)x->failed,
		    (unsigned long long)x->n);
		if (x->stands_out)
			pen_ink(&p, INK_BAD);
		bar(&p, rate(x->failed, x->n));
		pen_plain(&p);
		pen_printf(&p, " %3.0f %% (%.0f-%.0f)  %5.1f %%",
		    100 * rate(x->failed, x->n), 100 * x->low, 100 * x->high,
		    100 * rate(x->rest_failed, x->rest_n));
		pen_nl(&p);
	}
}

static void
json_slice(struct json *j, const char *key, const struct scope_slice *x)
{
	json_open(j, key, '{');
	json_c(j, "slice", scope_dim_name[x->dim]);
	json_text(j, "value", x->value);
	json_uint(j, "copies", x->n);
	json_uint(j, "failed", x->failed);
	json_real(j, "rate", rate(x->failed, x->n));
	json_real(j, "rate_low", x->low);
	json_real(j, "rate_high", x->high);
	json_uint(j, "others_copies", x->rest_n);
	json_uint(j, "others_failed", x->rest_failed);
	json_real(j, "chance", x->chance);
	json_bool(j, "stands_out", x->stands_out);
	json_time(j, "first_failure", x->first_us);
	json_time(j, "last_failure", x->last_us);
	json_close(j);
}

static void
json(const struct scope *s, struct env *env, struct buf *out)
{
	struct json j;

	json_init(&j, out, true, env->tz);
	json_open(&j, NULL, '{');
	json_c(&j, "schema", "mailtrace.scope/1");
	json_time(&j, "from", s->t0_us);
	json_time(&j, "until", s->t1_us);
	json_c(&j, "answer",
	    s->answer == SCOPE_ONE ? scope_dim_name[s->best.dim] :
				     scope_answer_name[s->answer]);
	json_text(&j, "sentence", s->sentence);
	json_uint(&j, "copies", s->n);
	json_uint(&j, "failed", s->failed);
	json_uint(&j, "all_copies", s->all_n);
	json_uint(&j, "all_failed", s->all_failed);
	json_bool(&j, "sampled", s->sampled);
	if (s->answer == SCOPE_ONE)
		json_slice(&j, "best", &s->best);
	else
		json_null(&j, "best");
	if (s->has_within)
		json_slice(&j, "within", &s->within);
	else
		json_null(&j, "within");
	if (s->has_same)
		json_slice(&j, "same_mails", &s->same);
	else
		json_null(&j, "same_mails");
	json_open(&j, "classes", '[');
	for (size_t i = 0; i < s->ncls; i++) {
		json_open(&j, NULL, '{');
		json_c(&j, "class", cls_name(s->cls[i].cls));
		json_uint(&j, "failed", s->cls[i].n);
		json_close(&j);
	}
	json_close(&j);
	json_open(&j, "slices", '[');
	for (size_t i = 0; i < s->nslice; i++)
		json_slice(&j, NULL, &s->slice[i]);
	json_close(&j);
	json_close(&j);
	buf_putc(out, '\n');
}

static void
csv(const struct scope *s, struct buf *out)
{
	buf_puts(out, "slice,value,failed,copies,rate,rate_low,rate_high,"
		      "others_failed,others_copies,chance,stands_out\n");
	for (size_t i = 0; i < s->nslice; i++) {
		const struct scope_slice *x = &s->slice[i];

		csv_field(out, str_c(scope_dim_name[x->dim]), true);
		csv_field(out, x->value, false);
		buf_printf(out, ",%llu,%llu,%.4f,%.4f,%.4f,%llu,%llu,%.3g,%d",
		    (unsigned long long)x->failed, (unsigned long long)x->n,
		    rate(x->failed, x->n), x->low, x->high,
		    (unsigned long long)x->rest_failed,
		    (unsigned long long)x->rest_n, x->chance, x->stands_out);
		csv_end(out);
	}
}

static int
run(int argc, char **argv, struct env *env)
{
	struct buf out = BUF_INIT((size_t)OUT_MIB << 20);
	struct scope_ask ask = { 0 };
	struct scope s = { 0 };
	struct query q;
	struct err err;
	int rc;

	query_init(&q);
	q.now_us = now_us();
	rc = read_args(&q, argc, argv, env);
	if (rc)
		goto out;
	rc = 2;
	ask = (struct scope_ask){ .q = &q, .site = &env->config.site };
	ask.cl = config_classifier(&env->config, &err);
	if (!ask.cl || config_providers(&env->config, &ask.providers,
			   &ask.nproviders, &err) < 0) {
		cmd_fail(env, &err, NULL);
		goto out;
	}
	ask.st = store_open(env_store(env), &err);
	if (!ask.st || scope_run(&ask, &s, &err) < 0) {
		cmd_fail_store(env, &err, NULL);
		goto out;
	}
	if (env->format == FMT_JSON)
		json(&s, env, &out);
	else if (env->format == FMT_CSV)
		csv(&s, &out);
	else
		text(&s, env, &out);
	rc = env_print(env, &out);
	if (!rc && s.answer == SCOPE_NO_MAIL)
		rc = 1;
out:
	scope_release(&s);
	store_close(ask.st);
	classifier_free(ask.cl);
	query_release(&q);
	buf_release(&out);
	return rc;
}

const struct cmd cmd_scope = {
	.name = "scope",
	.about = "one user, one sender, one of our addresses, or everybody?",
	.usage = "TERM... [OPTIONS]",
	.more = "Terms about the mail (from, to, client, user ...) say whose "
		"trouble it is, terms\nabout the outcome (group, class, state "
		"...) what counts as failed.  Every group\nof mails that has "
		"something in common is held against all other mail of that\n"
		"time.\n\n    mailtrace scope to=@far.example since=today\n",
	.options = options,
	.common = TAKES_STORE | TAKES_JSON | TAKES_CSV | TAKES_TZ | TAKES_QUIET,
	.run = run,
};
