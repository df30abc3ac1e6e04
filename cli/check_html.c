/*
 * check_html.c: a list check as one page that needs nothing else, in six
 * parts: summary; addresses with their status and where they stand; servers
 * with times drawn; what was tested; syntax failures; other domains.
 */
#include "base/stamp.h"
#include "cli/check.h"
#include "cli/utf8.h"
#include "cli/wait.h"
#include "live/probe.h"
#include "base/banned.h"

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:64em;margin:2em auto;"
    "padding:0 1em;color:#222;background:#fff}"
    "h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em;"
    "border-bottom:1px solid #ccc}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.25em .6em;vertical-align:top;"
    "border-bottom:1px solid #eee}"
    ".satisfactory,.ok,.pass{color:#176b2c}.impaired,.degraded,.warn,"
    ".refuses-us{color:#8a5a00}.compromised,.no-mail,.failed,.fail"
    "{color:#a11}.not-testable,.untested,.unknown,.skip,.info{color:#666}"
    ".bar{display:flex;height:.9em;min-width:12em;background:#eee}"
    ".bar i{display:block;height:100%}"
    "small{color:#666}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}"
    "td,th{border-color:#333}.bar{background:#333}"
    ".satisfactory,.ok,.pass{color:#7fce8f}.impaired,.degraded,.warn,"
    ".refuses-us{color:#e0b050}.compromised,.no-mail,.failed,.fail"
    "{color:#f08080}small{color:#999}}";

static void
text(struct buf *b, struct str s)
{
	struct str at;
	uint32_t cp;

	while (utf8_next(&s, &at, &cp)) {
		if (cp == UTF8_BAD || utf8_unsafe(cp))
			buf_puts(b, "\xef\xbf\xbd");
		else if (cp == '<')
			buf_puts(b, "&lt;");
		else if (cp == '>')
			buf_puts(b, "&gt;");
		else if (cp == '&')
			buf_puts(b, "&amp;");
		else if (cp == '"')
			buf_puts(b, "&quot;");
		else
			buf_add(b, at);
	}
}

static void
cell(struct buf *b, const char *class, struct str s)
{
	buf_printf(b, "<td%s%s%s>", class ? " class=\"" : "",
	    class ? class : "", class ? "\"" : "");
	text(b, s);
	buf_puts(b, "</td>");
}

static void
summary(const struct check_run *run, struct buf *b)
{
	size_t count[RATING_NO_MAIL + 1] = { 0 };

	for (size_t i = 0; i < run->ntarget; i++)
		count[run->target[i].job->rating.word]++;
	buf_puts(b, "<h2>Summary</h2><table>");
	for (int w = RATING_NO_MAIL; w >= 0; w--)
		if (count[w])
			buf_printf(b,
			    "<tr><td class=\"%s\">%s</td><td>%zu"
			    "</td></tr>",
			    rating_name((enum rating_word)w),
			    rating_name((enum rating_word)w), count[w]);
	buf_printf(b, "<tr><td>in all</td><td>%zu</td></tr></table>",
	    run->ntarget);
}

static bool
syntax_failure(const struct job *j)
{
	return j->kind != JOB_IP && j->address.fails;
}

static void
target_row(struct buf *b, const struct job *j)
{
	const struct finding *f = j->rating.first_broken;
	const struct finding *whose = job_finding(j, R13);

	buf_puts(b, "<tr>");
	cell(b, NULL, j->input);
	cell(b, rating_name(j->rating.word),
	    str_c(rating_name(j->rating.word)));
	buf_puts(b, "<td>");
	text(b, f ? f->say : str_c(rating_sentence(j)));
	if (f && f->remedy.n) {
		buf_puts(b, "<br><small>");
		text(b, f->remedy);
		buf_puts(b, "</small>");
	}
	buf_puts(b, "</td>");
	cell(b, NULL,
	    whose && whose->result != CHECK_SKIP ? whose->say : STR(""));
	buf_puts(b, "</tr>\n");
}

static void
addresses(const struct check_run *run, struct buf *b, bool local)
{
	bool any = false;

	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;

		if (syntax_failure(j) ||
		    (job_is_local(j, j->domain) == 0) == local)
			continue;
		if (!any)
			buf_printf(b,
			    "<h2>%s</h2><table><tr><th>what</th>"
			    "<th>status</th><th>why</th><th>where its mail "
			    "goes</th></tr>",
			    local ? "Addresses and domains" : "Other domains");
		any = true;
		target_row(b, j);
	}
	if (any)
		buf_puts(b, "</table>");
}

static void
bar(struct buf *b, const struct probe *p)
{
	static const char *const colour[] = { "#4a90d9", "#7fb069", "#e6aa68",
		"#9b72cf", "#d96c75", "#e6aa68", "#5bb5a2", "#5bb5a2",
		"#c9a227", "#c9a227", "#888", "#999", "#aaa" };
	int64_t all = p->took_us > 0 ? p->took_us : 1;

	buf_puts(b, "<td><div class=\"bar\">");
	for (int s = 0; s < STEP_COUNT; s++)
		if (p->step[s].took_us > 0)
			buf_printf(b,
			    "<i style=\"width:%.1f%%;background:%s"
			    "\" title=\"%s %.0f ms\"></i>",
			    100.0 * (double)p->step[s].took_us / (double)all,
			    colour[s], smtp_step_name(s),
			    (double)p->step[s].took_us / 1000);
	buf_printf(b, "</div><small>%.2f s</small></td>",
	    (double)p->took_us / 1e6);
}

static void
servers(const struct check_run *run, struct buf *b)
{
	bool any = false;
	struct arena a = { 0 };

	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;

		for (size_t k = 0; k < j->nprobe; k++) {
			const struct probe *p = j->probe[k];

			if (!any)
				buf_puts(b, "<h2>Servers</h2><table>");
			any = true;
			buf_puts(b, "<tr>");
			cell(b, NULL, p->name);
			cell(b, NULL, ip_text(&a, &p->ip));
			cell(b, server_state_name(p->state),
			    str_c(server_state_name(p->state)));
			if (p->untested || p->age_s)
				cell(b, NULL,
				    p->untested ?
					p->why :
					STR("kept from a few minutes ago"));
			else
				bar(b, p);
			cell(b, NULL,
			    p->tls_ok ? p->tls_version_name : STR(""));
			buf_puts(b, "</tr>\n");
		}
	}
	if (any)
		buf_puts(b, "</table>");
	arena_release(&a);
}

static void
tests(const struct check_run *run, struct buf *b)
{
	buf_puts(b, "<h2>What was tested</h2>");
	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;

		if (syntax_failure(j))
			continue;
		buf_puts(b, "<details><summary>");
		text(b, j->input);
		buf_puts(b, "</summary><table>");
		for (size_t k = 0; k < j->nfinding; k++) {
			const struct finding *f = &j->finding[k];
			const char *r = check_result_name(f->result);

			if (f->result == CHECK_SKIP)
				continue;
			buf_puts(b, "<tr>");
			cell(b, NULL, str_c(f->check->id));
			cell(b, NULL, str_c(f->check->title));
			cell(b, r, str_c(r));
			cell(b, NULL, f->say);
			buf_puts(b, "</tr>\n");
		}
		buf_puts(b, "</table></details>");
	}
}

static void
syntax(const struct check_run *run, struct buf *b)
{
	bool any = false;

	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;

		if (!syntax_failure(j))
			continue;
		if (!any)
			buf_puts(b,
			    "<h2>Syntax failures</h2><table><tr><th>"
			    "text</th><th>what is wrong</th><th>perhaps</th>"
			    "</tr>");
		any = true;
		buf_puts(b, "<tr>");
		cell(b, "fail", j->address.shown);
		cell(b, NULL, j->address.why);
		cell(b, NULL, j->address.suggest);
		buf_puts(b, "</tr>\n");
	}
	if (any)
		buf_puts(b, "</table>");
}

void
check_html(const struct check_run *run, struct buf *b)
{
	buf_printf(b,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset="
	    "\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src"
	    " 'none'; style-src 'unsafe-inline'\">"
	    "<title>mailtrace check</title><style>%s</style></head><body>"
	    "<h1>Mail check</h1><p><small>",
	    style);
	stamp_print(b, now_us(), run->env->tz, STAMP_MINUTES);
	buf_puts(b, "</small></p>");
	summary(run, b);
	addresses(run, b, true);
	servers(run, b);
	tests(run, b);
	syntax(run, b);
	addresses(run, b, false);
	buf_puts(b, "</body></html>\n");
}
