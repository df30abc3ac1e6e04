/*
 * cmd_status.c: what is in the store, what is missing from it, and whether it
 * holds together: hosts, sources, lines nobody understood, gaps, and the audit
 * of "queued as" against arrivals (query/audit.h).
 */

#include "base/stamp.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/pen.h"
#include "cli/wait.h"
#include "query/audit.h"
#include "base/banned.h"

enum { OPT_SINCE = ARG_FIRST, OPT_UNTIL, SHOWN = 10 };

static const struct opt options[] = {
	{ "since", 's', "TIME", "audit from this time on", OPT_SINCE },
	{ "until", 'u', "TIME", "audit up to this time", OPT_UNTIL }, { 0 }
};

struct status {
	struct env *env;
	const char *path;
	struct store_info info;
	struct audit audit;
	struct pen pen;
};

static void
heading(struct pen *p, const char *s)
{
	pen_nl(p);
	pen_ink(p, INK_BOLD);
	pen_c(p, s);
	pen_plain(p);
	pen_nl(p);
}

static void
number(struct pen *p, uint64_t n, const char *unit)
{
	struct buf b = BUF_INIT(64);

	count_print(&b, n);
	pen_c(p, buf_c(&b));
	pen_c(p, unit);
	buf_release(&b);
}

static void
bytes(struct pen *p, uint64_t n)
{
	struct buf b = BUF_INIT(64);

	size_print(&b, n > INT64_MAX ? INT64_MAX : (int64_t)n);
	pen_c(p, buf_c(&b));
	buf_release(&b);
}

static void
when(struct pen *p, int64_t t_us, const char *tz)
{
	struct buf b = BUF_INIT(64);

	if (t_us)
		stamp_print(&b, t_us, tz, STAMP_MINUTES);
	pen_c(p, t_us ? buf_c(&b) : "-");
	buf_release(&b);
}

static void
head(struct status *s)
{
	const struct store_info *i = &s->info;
	struct pen *p = &s->pen;

	pen_c(p, "store    ");
	pen_str(p, str_c(s->path));
	pen_nl(p);
	pen_c(p, "time     ");
	when(p, i->t0_us, p->tz);
	pen_c(p, " to ");
	when(p, i->t1_us, p->tz);
	pen_printf(p, ", %zu day%s", i->partitions,
	    i->partitions == 1 ? "" : "s");
	pen_nl(p);
	pen_c(p, "size     ");
	bytes(p, i->bytes_on_disk);
	if (i->log_bytes) {
		pen_c(p, " for ");
		bytes(p, i->log_bytes);
		pen_printf(p, " of logs (%.3f)",
		    (double)i->bytes_on_disk / (double)i->log_bytes);
	}
	pen_c(p, ", ");
	number(p, i->records, " records");
	pen_nl(p);
	pen_c(p, "lines    ");
	number(p, i->lines, ": ");
	number(p, i->events, " events, ");
	number(p, i->ignored, " ignored, ");
	number(p, i->unknown, " unknown, ");
	number(p, i->foreign, " of other programs");
	pen_nl(p);
}

static bool
configured(const struct site *site, struct str host)
{
	for (size_t i = 0; i < site->nhost; i++)
		if (site_same_host(site->host[i], host))
			return true;
	return false;
}

static void
hosts(struct status *s)
{
	const struct site *site = &s->env->config.site;
	struct pen *p = &s->pen;

	heading(p, "Hosts that log");
	for (size_t i = 0; i < s->info.nhost; i++) {
		const struct store_host *h = &s->info.host[i];

		pen_c(p, "  ");
		pen_str(p, site_host(site, h->name));
		pen_pad(p, 30);
		when(p, h->t0_us, p->tz);
		pen_c(p, " to ");
		when(p, h->t1_us, p->tz);
		pen_c(p, "  ");
		number(p, h->lines, " lines  ");
		pen_str(p, h->programs);
		if (!site_same_host(site_host(site, h->name), h->name)) {
			pen_c(p, "  (as ");
			pen_str(p, h->name);
			pen_c(p, ")");
		} else if (!configured(site, h->name)) {
			pen_c(p, "  (learnt, not configured)");
		}
		pen_nl(p);
	}
	for (size_t i = 0; i < site->nhost; i++) {
		bool logs = false;

		for (size_t k = 0; k < s->info.nhost; k++)
			logs |=
			    site_same_host(site->host[i], s->info.host[k].name);
		if (logs)
			continue;
		pen_c(p, "  ");
		pen_str(p, site->host[i]);
		pen_pad(p, 30);
		pen_ink(p, INK_WAIT);
		pen_c(p, "configured as ours, but no line of it was read");
		pen_plain(p);
		pen_nl(p);
	}
}

/* A client that never logs hands over nothing that could be looked for. */
static bool
between_ours(const struct status *s, const struct audit_pair *a)
{
	if (a->handed)
		return true;
	for (size_t i = 0; i < s->info.nhost; i++)
		if (site_same_host(s->info.host[i].name, a->from))
			return true;
	return false;
}

static void
pairs(struct status *s)
{
	struct pen *p = &s->pen;
	size_t most = s->env->verbose ? s->audit.npair : SHOWN, n = 0;

	for (size_t i = 0; i < s->audit.npair; i++)
		if (between_ours(s, &s->audit.pair[i]))
			s->audit.pair[n++] = s->audit.pair[i];
	s->audit.npair = n;
	if (!n)
		return;
	heading(p, s->audit.sampled ?
		       "Handed over and arrived (of an even sample)" :
		       "Handed over and arrived");
	for (size_t i = 0; i < s->audit.npair && i < most; i++) {
		const struct audit_pair *a = &s->audit.pair[i];
		double part = a->handed ?
				  100.0 * (double)a->found / (double)a->handed :
				  100;
		int64_t skew = a->skew_us < 0 ? -a->skew_us : a->skew_us;

		pen_c(p, "  ");
		pen_str(p, a->from);
		pen_c(p, p->utf8 ? " \xe2\x86\x92 " : " -> ");
		pen_str(p, a->to);
		pen_pad(p, 46);
		if (!a->handed) { /* Dovecot's redirects and notices */
			number(p, a->arrived, " arrived; its log names none");
			pen_nl(p);
			continue;
		}
		pen_ink(p, part >= 99.5 ? INK_GOOD : INK_BAD);
		pen_printf(p, "%5.1f %%", part);
		pen_plain(p);
		pen_printf(p, " of %llu found", (unsigned long long)a->handed);
		if (a->arrived)
			pen_printf(p, ", %llu of %llu arrivals named",
			    (unsigned long long)a->named,
			    (unsigned long long)a->arrived);
		if (skew > 2000000) {
			pen_c(p, ", clocks differ by ");
			pen_span(p, a->skew_us);
		}
		pen_nl(p);
		if (a->missing_qid.n) {
			pen_c(p, "      not found, for one: ");
			pen_str(p, a->missing_qid);
			pen_c(p, ", handed over at ");
			when(p, a->missing_us, p->tz);
			pen_nl(p);
		}
	}
	if (s->audit.npair > most)
		pen_printf(p, "  (%zu more pairs: -v)\n",
		    s->audit.npair - most);
}

static void
gaps(struct status *s)
{
	struct pen *p = &s->pen;
	size_t most = s->env->verbose ? s->info.ngap : SHOWN;

	if (!s->info.ngap)
		return;
	heading(p, "Silence");
	for (size_t i = 0; i < s->info.ngap && i < most; i++) {
		const struct store_gap *g = &s->info.gap[i];

		pen_c(p, "  ");
		pen_str(p, g->host);
		pen_pad(p, 30);
		when(p, g->t0_us, p->tz);
		pen_c(p, " to ");
		when(p, g->t1_us, p->tz);
		pen_c(p, ", ");
		pen_span(p, g->t1_us - g->t0_us);
		pen_c(p, ": ");
		pen_str(p, g->why);
		pen_nl(p);
	}
	if (s->info.ngap > most)
		pen_printf(p, "  (%zu more: -v)\n", s->info.ngap - most);
}

static void
unknown(struct status *s)
{
	struct pen *p = &s->pen;
	size_t most = s->env->verbose ? s->info.nunknown : SHOWN;

	if (!s->info.nunknown)
		return;
	heading(p, "Lines nobody understood, one of each kind");
	for (size_t i = 0; i < s->info.nunknown && i < most; i++) {
		const struct store_unknown *u = &s->info.unknown_kind[i];

		pen_printf(p, "%7llu  ", (unsigned long long)u->count);
		if (s->env->verbose)
			pen_str(p, u->sample);
		else
			pen_cut(p, u->sample, p->width - p->col - 1);
		pen_nl(p);
	}
	if (s->info.nunknown > most)
		pen_printf(p, "  (%zu more kinds: -v)\n",
		    s->info.nunknown - most);
}

static void
sources(struct status *s)
{
	struct pen *p = &s->pen;

	if (!s->env->verbose)
		return;
	heading(p, "Sources");
	for (size_t i = 0; i < s->info.nsource; i++) {
		const struct store_source *f = &s->info.source[i];

		pen_c(p, "  ");
		pen_str(p, f->name);
		pen_nl(p);
		pen_c(p, "      ");
		when(p, f->t0_us, p->tz);
		pen_c(p, " to ");
		when(p, f->t1_us, p->tz);
		pen_c(p, "  ");
		number(p, f->lines, " lines, ");
		number(p, f->unknown, " unknown");
		pen_nl(p);
	}
}

static void
json_status(struct status *s, struct buf *b)
{
	const struct store_info *i = &s->info;
	const struct site *site = &s->env->config.site;
	struct json j;

	json_init(&j, b, true, s->env->tz);
	json_open(&j, NULL, '{');
	json_c(&j, "schema", "mailtrace.status/1");
	json_c(&j, "store", s->path);
	json_time(&j, "from", i->t0_us);
	json_time(&j, "until", i->t1_us);
	json_uint(&j, "days", i->partitions);
	json_uint(&j, "records", i->records);
	json_uint(&j, "bytes_on_disk", i->bytes_on_disk);
	json_uint(&j, "log_bytes", i->log_bytes);
	json_uint(&j, "lines", i->lines);
	json_uint(&j, "events", i->events);
	json_uint(&j, "ignored", i->ignored);
	json_uint(&j, "unknown", i->unknown);
	json_uint(&j, "foreign", i->foreign);
	json_open(&j, "hosts", '[');
	for (size_t k = 0; k < i->nhost; k++) {
		json_open(&j, NULL, '{');
		json_text(&j, "host", site_host(site, i->host[k].name));
		json_time(&j, "from", i->host[k].t0_us);
		json_time(&j, "until", i->host[k].t1_us);
		json_uint(&j, "lines", i->host[k].lines);
		json_text(&j, "programs", i->host[k].programs);
		json_bool(&j, "configured", configured(site, i->host[k].name));
		json_close(&j);
	}
	json_close(&j);
	json_open(&j, "sources", '[');
	for (size_t k = 0; k < i->nsource; k++) {
		json_open(&j, NULL, '{');
		json_text(&j, "name", i->source[k].name);
		json_text(&j, "host", i->source[k].host);
		json_time(&j, "from", i->source[k].t0_us);
		json_time(&j, "until", i->source[k].t1_us);
		json_uint(&j, "bytes", i->source[k].bytes);
		json_uint(&j, "lines", i->source[k].lines);
		json_uint(&j, "events", i->source[k].events);
		json_uint(&j, "ignored", i->source[k].ignored);
		json_uint(&j, "unknown", i->source[k].unknown);
		json_uint(&j, "foreign", i->source[k].foreign);
		json_close(&j);
	}
	json_close(&j);
	json_open(&j, "unknown_kinds", '[');
	for (size_t k = 0; k < i->nunknown; k++) {
		json_open(&j, NULL, '{');
		json_uint(&j, "count", i->unknown_kind[k].count);
		json_text(&j, "shape", i->unknown_kind[k].shape);
		json_text(&j, "sample", i->unknown_kind[k].sample);
		json_text(&j, "source", i->unknown_kind[k].source);
		json_close(&j);
	}
	json_close(&j);
	json_open(&j, "gaps", '[');
	for (size_t k = 0; k < i->ngap; k++) {
		json_open(&j, NULL, '{');
		json_text(&j, "host", i->gap[k].host);
		json_time(&j, "from", i->gap[k].t0_us);
		json_time(&j, "until", i->gap[k].t1_us);
		json_text(&j, "why", i->gap[k].why);
		json_close(&j);
	}
	json_close(&j);
	json_bool(&j, "audit_sampled", s->audit.sampled);
	json_open(&j, "audit", '[');
	for (size_t k = 0; k < s->audit.npair; k++) {
		const struct audit_pair *a = &s->audit.pair[k];

		json_open(&j, NULL, '{');
		json_text(&j, "from", a->from);
		json_text(&j, "to", a->to);
		json_uint(&j, "handed", a->handed);
		json_uint(&j, "found", a->found);
		json_uint(&j, "arrived", a->arrived);
		json_uint(&j, "named", a->named);
		json_real(&j, "skew_seconds", (double)a->skew_us / 1e6);
		json_text(&j, "missing_qid", a->missing_qid);
		json_time(&j, "missing_time", a->missing_us);
		json_close(&j);
	}
	json_close(&j);
	json_close(&j);
}

static int
read_args(struct args *a, struct env *env, int64_t *t0, int64_t *t1)
{
	const char *since = NULL, *until = NULL;
	int64_t from, to;
	int c;

	while ((c = args_next(a)) > 0) {
		if (c == ARG_OPERAND)
			return err_set(&a->err,
			    "'%s': status takes no "
			    "operand",
			    a->value);
		*(c == OPT_SINCE ? &since : &until) = a->value;
	}
	/* dates are days of --tz, wherever that stands */
	if (c == 0 && since)
		c = stamp_user(str_c(since), now_us(), env->tz, t0, &to,
		    &a->err);
	if (c == 0 && until) {
		c = stamp_user(str_c(until), now_us(), env->tz, &from, &to,
		    &a->err);
		*t1 = c < 0 ? *t1 : to - 1;
	}
	if (c == 0 && *t0 > *t1)
		return err_set(&a->err, "the period ends before it begins");
	return c;
}

static int
run(int argc, char **argv, struct env *env)
{
	struct status s = { .env = env };
	struct buf b = BUF_INIT(64 << 20);
	int64_t t0 = 0, t1 = INT64_MAX;
	struct arena arena = { 0 };
	struct store *st;
	struct args a;
	struct err err;
	int rc = 2;

	args_init(&a, argc, argv, env);
	if (read_args(&a, env, &t0, &t1) < 0)
		return cmd_usage(env, &a.err);
	s.path = env_store(env);
	s.pen = (struct pen){ .out = &b,
		.tz = env->tz,
		.width = env->tty.width,
		.color = env->tty.color,
		.utf8 = env->tty.utf8 };
	st = store_open(s.path, &err);
	if (!st)
		return cmd_fail_store(env, &err, NULL);
	if (store_info(st, &arena, &s.info, &err) < 0 ||
	    audit_run(st, &env->config.site, t0, t1, &arena, &s.audit, &err) <
		0) {
		cmd_fail(env, &err, NULL);
		goto out;
	}
	if (env->format == FMT_JSON) {
		json_status(&s, &b);
	} else {
		head(&s);
		hosts(&s);
		sources(&s);
		gaps(&s);
		pairs(&s);
		unknown(&s);
	}
	rc = env_print(env, &b);
out:
	store_close(st);
	arena_release(&arena);
	buf_release(&b);
	return rc;
}

const struct cmd cmd_status = {
	.name = "status",
	.about = "what is in the store, what is missing, does it hold together",
	.usage = "[OPTIONS]",
	.more = "Shows time covered, hosts (configured and learnt), silence, "
		"lines nobody understood,\nand of every hand-over between "
		"two of our hosts whether it was seen to arrive: lost\nlogs, "
		"clocks that differ and wrong joins show themselves.\n",
	.options = options,
	.common = TAKES_STORE | TAKES_JSON | TAKES_VERBOSE | TAKES_TZ,
	.run = run,
};
