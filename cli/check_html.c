/*
 * check_html.c: a check as one page that needs nothing else, in six parts:
 * summary; addresses with their status and where they stand; servers with
 * times drawn; test one (the command, and what was found); syntax failures;
 * other domains.  On a narrow screen every row becomes a small card.
 */
#include "base/stamp.h"
#include "cli/check.h"
#include "cli/html.h"
#include "cli/wait.h"
#include "live/probe.h"
#include "base/banned.h"

enum { PLACES_SHOWN = 8 };

static const char style[] =
    "h2{font-size:1.05rem;margin:1.8rem 0 .4rem}"
    "table{border-collapse:collapse;width:100%}th{text-align:left;"
    "color:var(--dim);font-weight:normal;font-size:.85rem}"
    "th,td{padding:.3rem .7rem .3rem 0;vertical-align:top;"
    "border-top:1px solid var(--line)}tr{break-inside:avoid}"
    ".satisfactory,.ok,.pass{color:var(--good)}.impaired,.degraded,.warn,"
    ".refuses-us{color:var(--wait)}.compromised,.no-mail,.failed,.fail"
    "{color:var(--bad)}.not-testable,.untested,.unknown,.skip,.info,small"
    "{color:var(--dim)}small{display:block}\n"
    ".bar{display:flex;height:.9rem;width:100%;min-width:9rem;"
    "background:var(--box);print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}.bar i{display:block;height:100%}"
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.85rem;"
    "color:var(--dim)}.legend i{display:inline-block;width:.8rem;"
    "height:.8rem;margin-right:.3rem;vertical-align:-.1rem;"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    "details{border-top:1px solid var(--line);padding:.3rem 0}"
    ".st{white-space:nowrap}summary{cursor:pointer}code{background:var(--box);padding:.1rem .3rem}"
    "\n@media(max-width:44rem){table,tbody,tr,td{display:block;width:100%}"
    ".sum tr{display:flex}.sum td{width:10rem}"
    "thead{display:none}tr{border-top:1px solid var(--line);"
    "padding:.4rem 0}td{border:0;padding:.05rem 0}}\n"
    "@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;"
    "--box:#f0f0f0;--good:#060;--wait:#640;--bad:#900}"
    "details{display:block}}\n";

/* The steps of a conversation as people tell them apart. */
static const struct {
	const char *name, *colour;
} part[] = {
	{ "connect", "#4a90d9" },
	{ "greeting", "#7fb069" },
	{ "EHLO", "#e6aa68" },
	{ "TLS", "#d96c75" },
	{ "sender", "#5bb5a2" },
	{ "recipient", "#c9a227" },
	{ "end", "#8a8f98" },
};

enum { PARTS = sizeof(part) / sizeof(*part) };

static int
part_of(int step)
{
	static const int of[STEP_COUNT] = { [STEP_CONNECT] = 0,
		[STEP_GREETING] = 1,
		[STEP_EHLO] = 2,
		[STEP_STARTTLS] = 3,
		[STEP_TLS] = 3,
		[STEP_EHLO2] = 2,
		[STEP_MAIL] = 4,
		[STEP_MAIL2] = 4,
		[STEP_RCPT] = 5,
		[STEP_RECIPIENT] = 5,
		[STEP_RELAY] = 5,
		[STEP_RSET] = 6,
		[STEP_QUIT] = 6 };

	return of[step];
}

static void
cell(struct buf *b, const char *class, struct str s)
{
	if (class)
		buf_printf(b, "<td class=\"%s st\">", class);
	else
		buf_puts(b, "<td>");
	html_text(b, s);
	buf_puts(b, "</td>");
}

static void
heads(struct buf *b, const char *const *th, size_t n)
{
	buf_puts(b, "<table><thead><tr>");
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "<th>%s</th>", th[i]);
	buf_puts(b, "</tr></thead><tbody>\n");
}

#define HEADS(b, ...)                                                          \
	do {                                                                   \
		static const char *const th_[] = { __VA_ARGS__ };              \
		heads(b, th_, sizeof(th_) / sizeof(*th_));                     \
	} while (0)

static void
table_end(struct buf *b)
{
	buf_puts(b, "</tbody></table>\n");
}

static bool
syntax_failure(const struct job *j)
{
	return j->kind != JOB_IP && j->address.fails;
}

/* ---- 1 summary ---- */

static void
summary(const struct check_run *run, struct buf *b)
{
	size_t count[RATING_NO_MAIL + 1] = { 0 }, broken = 0;

	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;

		if (syntax_failure(j))
			broken++;
		else
			count[j->rating.word]++;
	}
	buf_puts(b, "<h2>Summary</h2>\n<table class=\"sum\"><tbody>\n");
	for (int w = RATING_NO_MAIL; w >= 0; w--)
		if (count[w])
			buf_printf(b,
			    "<tr><td class=\"%s\">%s</td><td>%zu</td></tr>\n",
			    rating_name((enum rating_word)w),
			    rating_name((enum rating_word)w), count[w]);
	if (broken)
		buf_printf(b,
		    "<tr><td class=\"fail\">no address at all</td><td>%zu"
		    "</td></tr>\n",
		    broken);
	buf_printf(b, "<tr><td>in all</td><td>%zu</td></tr>\n", run->ntarget);
	if (run->left_out)
		buf_printf(b, "<tr><td>left out</td><td>%zu</td></tr>\n",
		    run->left_out);
	table_end(b);
}

/* ---- 2 addresses ---- */

static void
places(struct buf *b, const struct check_target *t)
{
	if (!t->file) {
		buf_puts(b, "<td></td>");
		return;
	}
	buf_puts(b, "<td>");
	html_text(b, str_c(t->file));
	buf_puts(b, "<small>");
	for (size_t i = 0; i < t->nplace && i < PLACES_SHOWN; i++)
		buf_printf(b, "%sline %u, column %u", i ? "; " : "",
		    t->place[i].line, t->place[i].column);
	if (t->seen > PLACES_SHOWN)
		buf_printf(b, " and %zu more", t->seen - PLACES_SHOWN);
	buf_puts(b, "</small></td>");
}

static void
why(struct buf *b, const struct job *j)
{
	const struct finding *f = j->rating.first_broken;

	buf_puts(b, "<td>");
	html_text(b, f ? f->say : str_c(rating_sentence(j)));
	if (f && f->remedy.n) {
		buf_puts(b, "<small>\xe2\x86\x92 ");
		html_text(b, f->remedy);
		buf_puts(b, "</small>");
	}
	buf_puts(b, "</td>");
}

static void
addresses(const struct check_run *run, struct buf *b)
{
	bool any = false;

	for (size_t i = 0; i < run->ntarget; i++) {
		const struct check_target *t = &run->target[i];
		const char *word = rating_name(t->job->rating.word);

		if (syntax_failure(t->job))
			continue;
		if (!any) {
			buf_puts(b, "<h2>Addresses</h2>\n");
			HEADS(b, "what", "status", "why", "where it stands");
		}
		any = true;
		buf_puts(b, "<tr>");
		cell(b, NULL, t->job->input);
		cell(b, word, str_c(word));
		why(b, t->job);
		places(b, t);
		buf_puts(b, "</tr>\n");
	}
	if (any)
		table_end(b);
}

/* ---- 3 servers ---- */

static void
bar(struct buf *b, const struct probe *p)
{
	int64_t sum = 0;

	for (int s = 0; s < STEP_COUNT; s++)
		sum += p->step[s].took_us;
	buf_puts(b, "<td><div class=\"bar\">");
	for (int s = 0; s < STEP_COUNT; s++)
		if (p->step[s].took_us > 0)
			buf_printf(b,
			    "<i style=\"width:%.1f%%;background:%s"
			    "\" title=\"%s %.0f ms\"></i>",
			    100.0 * (double)p->step[s].took_us / (double)sum,
			    part[part_of(s)].colour, smtp_step_name(s),
			    (double)p->step[s].took_us / 1000);
	buf_printf(b, "</div><small>%.2f s</small></td>",
	    (double)p->took_us / 1e6);
}

/* The same address of the same host was shown with an earlier target. */
static bool
shown(const struct check_run *run, size_t target, const struct probe *p)
{
	for (size_t i = 0; i < target; i++) {
		const struct job *j = run->target[i].job;

		for (size_t k = 0; k < j->nprobe; k++)
			if (ip_eq(&j->probe[k]->ip, &p->ip) &&
			    str_eq(j->probe[k]->name, p->name) &&
			    str_eq(j->domain, p->job->domain))
				return true;
	}
	return false;
}

static void
server_row(struct buf *b, const struct job *j, const struct probe *p)
{
	struct arena a = { 0 };
	const char *state = server_state_name(p->state);

	buf_puts(b, "<tr>");
	buf_puts(b, "<td>");
	html_text(b, p->name);
	buf_puts(b, "<small>");
	html_text(b, ip_text(&a, &p->ip));
	buf_puts(b, ", for ");
	html_text(b, j->shown);
	buf_puts(b, "</small></td>");
	cell(b, state, str_c(state));
	if (p->untested)
		cell(b, NULL, p->why);
	else if (p->age_s)
		cell(b, NULL,
		    arena_printf(&a, "kept from %lld minutes ago",
			(long long)(p->age_s + 59) / 60));
	else
		bar(b, p);
	cell(b, NULL, p->tls_ok ? p->tls_version_name : STR(""));
	buf_puts(b, "</tr>\n");
	arena_release(&a);
}

static void
servers(const struct check_run *run, struct buf *b)
{
	bool any = false;

	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;

		for (size_t k = 0; k < j->nprobe; k++) {
			if (shown(run, i, j->probe[k]))
				continue;
			if (!any) {
				buf_puts(b, "<h2>Servers</h2>\n");
				HEADS(b, "server", "state", "times",
				    "encryption");
			}
			any = true;
			server_row(b, j, j->probe[k]);
		}
	}
	if (!any) {
		buf_puts(b, "<h2>Servers</h2>\n<p class=\"dim\">No mail "
			    "server was spoken to; <code>--smtp</code> does "
			    "that.</p>\n");
		return;
	}
	table_end(b);
	buf_puts(b, "<p class=\"legend\">");
	for (int i = 0; i < PARTS; i++)
		buf_printf(b, "<span><i style=\"background:%s\"></i>%s</span>",
		    part[i].colour, part[i].name);
	buf_puts(b, "</p>\n");
}

/* ---- 4 test one ---- */

/* In single quotes, so that a shell takes it as it stands. */
static void
quoted(struct buf *b, struct str s)
{
	struct buf q = BUF_INIT(8192);

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\'')
			buf_puts(&q, "'\\''");
		else
			buf_putc(&q, s.p[i]);
	html_text(b, buf_str(&q));
	buf_release(&q);
}

static void
one(const struct job *j, struct buf *b)
{
	size_t good = 0, skipped = 0;

	buf_puts(b, "<details><summary>");
	html_text(b, j->input);
	buf_puts(b, "</summary>\n<p><code>mailtrace check '");
	quoted(b, j->input);
	buf_puts(b, "' --smtp</code></p>\n<table><tbody>\n");
	for (size_t k = 0; k < j->nfinding; k++) {
		const struct finding *f = &j->finding[k];
		const char *r = check_result_name(f->result);

		good += f->result == CHECK_PASS;
		skipped += f->result == CHECK_SKIP;
		if (f->result == CHECK_PASS || f->result == CHECK_SKIP)
			continue;
		buf_puts(b, "<tr>");
		cell(b, NULL, str_c(f->check->id));
		cell(b, r, str_c(r));
		buf_puts(b, "<td>");
		html_text(b, f->say);
		if (f->evidence.n) {
			buf_puts(b, "<small>");
			html_text(b, f->evidence);
			buf_puts(b, "</small>");
		}
		buf_puts(b, "</td></tr>\n");
	}
	table_end(b);
	buf_printf(b,
	    "<p class=\"dim\">%zu in order, %zu not needed</p></details>\n",
	    good, skipped);
}

static void
test_one(const struct check_run *run, struct buf *b)
{
	buf_puts(b, "<h2>Test one</h2>\n<p>One of them once more, its mail "
		    "servers too: the command stands in each; below it what "
		    "was found this time.</p>\n");
	for (size_t i = 0; i < run->ntarget; i++)
		if (!syntax_failure(run->target[i].job))
			one(run->target[i].job, b);
}

/* ---- 5 syntax failures ---- */

static void
syntax(const struct check_run *run, struct buf *b)
{
	bool any = false;

	buf_puts(b, "<h2>Syntax failures</h2>\n");
	for (size_t i = 0; i < run->ntarget; i++) {
		const struct check_target *t = &run->target[i];
		const struct job *j = t->job;

		if (!syntax_failure(j))
			continue;
		if (!any)
			HEADS(b, "text", "what is wrong", "perhaps",
			    "where it stands");
		any = true;
		buf_puts(b, "<tr>");
		cell(b, NULL, j->address.shown);
		cell(b, NULL, j->address.why);
		cell(b, NULL, j->address.suggest);
		places(b, t);
		buf_puts(b, "</tr>\n");
	}
	if (any)
		table_end(b);
	else
		buf_puts(b, "<p class=\"dim\">none</p>\n");
}

/* ---- 6 other domains ---- */

static bool
of_domain(const struct job *j, struct str domain)
{
	return j->domain.n && str_eq(j->domain, domain);
}

static void
domain_row(const struct check_run *run, size_t i, struct buf *b)
{
	const struct job *j = run->target[i].job;
	const struct finding *whose = job_finding(j, R13);
	const char *word = rating_name(j->rating.word);
	size_t n = 0;

	for (size_t k = i; k < run->ntarget; k++)
		n += of_domain(run->target[k].job, j->domain);
	buf_puts(b, "<tr>");
	cell(b, NULL, j->shown);
	cell(b, word, str_c(word));
	cell(b, NULL,
	    whose && whose->result != CHECK_SKIP ? whose->say : STR(""));
	buf_printf(b, "<td>%zu</td></tr>\n", n);
}

/* Domains that are not ours, each once. */
static void
other_domains(const struct check_run *run, struct buf *b)
{
	bool any = false;

	buf_puts(b, "<h2>Other domains</h2>\n");
	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;
		bool before = false;

		if (!j->domain.n || job_is_host(j) ||
		    job_is_local(j, j->domain) == 1)
			continue;
		for (size_t k = 0; k < i && !before; k++)
			before = of_domain(run->target[k].job, j->domain);
		if (before)
			continue;
		if (!any)
			HEADS(b, "domain", "status", "where its mail goes",
			    "how often here");
		any = true;
		domain_row(run, i, b);
	}
	if (any)
		table_end(b);
	else
		buf_puts(b, "<p class=\"dim\">none</p>\n");
}

void
check_html(const struct check_run *run, struct buf *b)
{
	html_page(b, "mailtrace check", style);
	buf_puts(b, "<h1>Mail check</h1>\n<p class=\"dim\">");
	stamp_print(b, now_us(), run->env->tz, STAMP_MINUTES);
	buf_puts(b, "</p>\n");
	summary(run, b);
	addresses(run, b);
	servers(run, b);
	test_one(run, b);
	syntax(run, b);
	other_domains(run, b);
	html_end(b);
}
