/*
 * out_html.c: one page in one file: no script, nothing from the network, light
 * and dark, fit to be mailed and printed.  Per message the verdict, the head,
 * the way of each recipient and the lines that prove it (folded away).
 *
 * Everything from outside goes through html_text(): markup becomes text, what
 * is no UTF-8 or steers the direction of writing is shown as its number.
 */
#include "base/stamp.h"
#include "cli/html.h"
#include "cli/out.h"
#include "cli/trace_live.h"
#include "cli/pen.h"
#include "cli/utf8.h"
#include "base/banned.h"

void
html_text(struct buf *b, struct str s)
{
	struct str at;
	uint32_t cp;

	while (utf8_next(&s, &at, &cp)) {
		if (cp == UTF8_BAD)
			buf_printf(b, "\\x%02x", (unsigned char)at.p[0]);
		else if (cp == '<')
			buf_puts(b, "&lt;");
		else if (cp == '>')
			buf_puts(b, "&gt;");
		else if (cp == '&')
			buf_puts(b, "&amp;");
		else if (cp == '"')
			buf_puts(b, "&quot;");
		else if (cp == '\'')
			buf_puts(b, "&#39;");
		else if (cp == '\n' || cp == '\t')
			buf_putc(b, ' ');
		else if (utf8_unsafe(cp))
			buf_printf(b, "\\u{%x}", (unsigned)cp);
		else
			buf_add(b, at);
	}
}

static const char style[] =
    ":root{--bg:#fff;--fg:#1b1f24;--dim:#5b636e;--line:#d5dae0;--box:#f5f7f9;"
    "--good:#137333;--wait:#8a5a00;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e3e7eb;"
    "--dim:#98a2ad;--line:#333a42;--box:#1d2227;--good:#6dd58c;"
    "--wait:#f2c14e;--bad:#ff8a80}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:70rem;padding:1rem;"
    "background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,"
    "sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:1.2rem}article{border:1px solid var(--line);"
    "border-radius:6px;margin:1rem 0;padding:.8rem 1rem;"
    "break-inside:avoid}\n"
    ".v{margin:.4rem 0}.v b{text-transform:uppercase;letter-spacing:.03em}"
    ".good b,.good.dot{color:var(--good)}.wait b,.wait.dot{"
    "color:var(--wait)}.bad b,.bad.dot{color:var(--bad)}\n"
    ".v p{margin:.15rem 0 .15rem 1.2rem}dl{display:grid;"
    "grid-template-columns:max-content 1fr;gap:0 .8rem;margin:.6rem 0}"
    "dt,.dim{color:var(--dim)}dd{margin:0}\n"
    "ol{list-style:none;margin:.2rem 0;padding-left:1rem;"
    "border-left:2px solid var(--line)}li{margin:.15rem 0}"
    "code,pre{font:13px/1.4 ui-monospace,monospace}pre{margin:.3rem 0;"
    "padding:.5rem;background:var(--box);white-space:pre-wrap}\n"
    "@media(max-width:30rem){dl{grid-template-columns:1fr}"
    "dd{margin:0 0 .3rem}}@media print{body{max-width:none}"
    "details{display:none}}\n";

void
html_head(struct buf *b, const char *title)
{
	html_page(b, title, "");
}

void
html_page(struct buf *b, const char *title, const char *more_style)
{
	buf_puts(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		    "<meta charset=\"utf-8\">\n"
		    "<meta http-equiv=\"Content-Security-Policy\" content=\""
		    "default-src 'none'; style-src 'unsafe-inline'\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, "
		    "initial-scale=1\">\n<title>");
	html_text(b, str_c(title));
	buf_printf(b, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n",
	    style, more_style);
}

void
html_end(struct buf *b)
{
	buf_puts(b, "</body>\n</html>\n");
}

static const char *
ink_class(enum ink ink)
{
	switch (ink) {
	case INK_GOOD:
		return "good";
	case INK_WAIT:
		return "wait";
	case INK_BAD:
		return "bad";
	default:
		return "dim";
	}
}

static void
when(struct buf *b, int64_t t_us, const char *tz, enum stamp_form form)
{
	if (t_us)
		stamp_print(b, t_us, tz, form);
}

static void
address(struct buf *b, struct str s)
{
	if (s.n)
		html_text(b, s);
	else
		buf_puts(b, s.p ? "&lt;&gt;" : "(not logged)");
}

static void
paragraph(struct buf *b, const char *before, struct str s)
{
	if (!s.n)
		return;
	buf_puts(b, "<p>");
	buf_puts(b, before);
	html_text(b, s);
	buf_puts(b, "</p>\n");
}

static void
field(struct buf *b, const char *name, struct str s)
{
	if (!s.n)
		return;
	buf_printf(b, "<dt>%s</dt><dd>", name);
	html_text(b, s);
	buf_puts(b, "</dd>\n");
}

static void
path(struct buf *b, const struct ans_rcpt *r, const struct out *o)
{
	buf_puts(b, "<ol>\n");
	for (size_t i = 0; i < r->npath; i++) {
		const struct ans_step *s = &r->path[i];

		buf_puts(b, "<li><span class=\"dim\">");
		when(b, s->t_us, o->tz, STAMP_SECONDS);
		buf_puts(b, "</span> ");
		html_text(b, s->host);
		buf_puts(b, " <code>");
		html_text(b, s->qid);
		buf_puts(b, "</code>");
		if (s->link != LINK_ENTRY)
			buf_printf(b, " <span class=\"dim\">%s, %s</span>",
			    link_kind_name[s->link], link_conf_name[s->conf]);
		buf_puts(b, "</li>\n");
	}
	if (r->has_remote && (r->remote_name.n || r->remote_ip.n)) {
		buf_puts(b, "<li><span class=\"dim\">");
		when(b, r->time_us, o->tz, STAMP_SECONDS);
		buf_puts(b, "</span> ");
		html_text(b, r->remote_name);
		if (r->remote_ip.n) {
			buf_puts(b, " [");
			html_text(b, r->remote_ip);
			buf_puts(b, "]");
		}
		if (r->reply_text.n) {
			buf_puts(b, "<br><code>");
			html_text(b, r->reply_text);
			buf_puts(b, "</code>");
		}
		buf_puts(b, "</li>\n");
	}
	buf_puts(b, "</ol>\n");
}

static void
rcpt(struct buf *b, const struct ans_rcpt *r, const struct out *o)
{
	const char *ink = ink_class(state_ink(r->state));

	buf_printf(b,
	    "<div class=\"v %s\"><span class=\"dot %s\">%s</span> "
	    "<b>%s</b> ",
	    ink, ink, state_mark(r->state, true), out_state_name[r->state]);
	address(b, r->to);
	if (r->original_to.n && !str_eqi(r->original_to, r->to)) {
		buf_puts(b, " <span class=\"dim\">for ");
		html_text(b, r->original_to);
		buf_puts(b, "</span>");
	}
	if (r->c.cls != CLS_NONE && r->c.cls != CLS_DELIVERED)
		buf_printf(b, " <span class=\"dim\">%s / %s</span>",
		    grp_name(r->c.grp), cls_name(r->c.cls));
	buf_putc(b, '\n');
	paragraph(b, "", r->why);
	if (r->next.n) {
		buf_puts(b, "<p>");
		buf_puts(b, acts_words(r->who_acts));
		buf_puts(b, ": ");
		html_text(b, r->next);
		buf_puts(b, "</p>\n");
	}
	paragraph(b, "", r->remark);
	path(b, r, o);
	if (r->nevidence) {
		buf_puts(b, "<details><summary>lines that prove it"
			    "</summary><pre>");
		for (size_t i = 0; i < r->nevidence; i++) {
			html_text(b, r->evidence[i].text);
			buf_puts(b, "\n<span class=\"dim\">");
			html_text(b, r->evidence[i].source);
			buf_printf(b, ":%llu</span>\n",
			    (unsigned long long)r->evidence[i].line);
		}
		buf_puts(b, "</pre></details>\n");
	}
	buf_puts(b, "</div>\n");
}

static void
message(struct buf *b, const struct ans_message *m, const struct out *o)
{
	buf_puts(b, "<article>\n<dl>\n<dt>from</dt><dd>");
	address(b, m->from);
	buf_puts(b, "</dd>\n");
	field(b, "subject", m->subject);
	field(b, "id", m->message_id);
	buf_puts(b, "<dt>when</dt><dd>");
	when(b, m->first_us, o->tz, STAMP_SECONDS);
	if (m->size_bytes >= 0) {
		buf_puts(b, ", ");
		size_print(b, m->size_bytes);
	}
	buf_puts(b, "</dd>\n");
	field(b, "client", m->entry.client_name);
	field(b, "address", m->entry.client_ip);
	field(b, "login", m->entry.user);
	buf_puts(b, "</dl>\n");
	for (size_t i = 0; i < m->nrcpt; i++)
		rcpt(b, &m->rcpt[i], o);
	buf_puts(b, "</article>\n");
}

void
out_html(const struct answer *ans, const struct out *o, struct buf *b)
{
	html_head(b, "mailtrace");
	buf_printf(b, "<h1>%zu message%s</h1>\n", ans->nmessage,
	    ans->nmessage == 1 ? "" : "s");
	buf_puts(b, "<p class=\"dim\">searched: ");
	count_print(b, ans->lines);
	buf_printf(b, " lines of %zu hosts, ", ans->nhost);
	when(b, ans->from_us, o->tz, STAMP_MINUTES);
	buf_puts(b, " to ");
	when(b, ans->until_us, o->tz, STAMP_MINUTES);
	buf_puts(b, "</p>\n");
	for (size_t i = 0; i < ans->nhint; i++)
		paragraph(b, "", ans->hint[i]);
	for (size_t i = 0; i < ans->nmessage; i++)
		message(b, &ans->message[i], o);
	for (size_t i = 0; o->live && i < o->live->n; i++) {
		const struct live_item *it = &o->live->item[i];

		buf_puts(b, "<h2>now: ");
		html_text(b, it->target);
		buf_puts(b, "</h2>\n");
		if (it->why) {
			paragraph(b, "", it->why->say);
			if (it->now == NOW_STILL)
				paragraph(b, "", it->why->remedy);
		}
	}
	html_end(b);
}
