/*
 * diagnose_html.c: a diagnosis as a page that needs nothing else.
 */
#include "cli/diagnose.h"
#include "cli/html.h"
#include "cli/out.h"
#include "base/banned.h"

static void
item(struct buf *b, const char *tag, struct str s)
{
	buf_printf(b, "<%s>", tag);
	html_text(b, s);
	buf_printf(b, "</%s>\n", tag);
}

static void
lines(struct buf *b, const struct evd_fact *f)
{
	if (!f || !f->nline)
		return;
	buf_puts(b, "<pre>");
	for (size_t i = 0; i < f->nline; i++) {
		html_text(b, f->line[i].text);
		buf_putc(b, '\n');
		html_text(b, f->line[i].source);
		buf_printf(b, ":%llu\n", (unsigned long long)f->line[i].line);
	}
	buf_puts(b, "</pre>\n");
}

void
diag_html(struct diag *d, struct buf *out)
{
	const struct diag_link *first =
	    d->first >= 0 ? &d->link[d->first] : NULL;

	html_head(out, "mailtrace diagnose");
	item(out, "h1", d->target);
	if (first)
		item(out, "h2",
		    arena_printf(&d->arena, "%s %s", first->id,
			first->question));
	item(out, "p", d->say);
	if (d->remedy.n)
		item(out, "p",
		    arena_printf(&d->arena, "%s: " STR_FMT, diag_who(d),
			STR_ARG(d->remedy)));
	lines(out, d->proof);
	buf_puts(out, "<table>\n");
	for (int i = 0; i < CHAIN_LINKS; i++) {
		const struct diag_link *l = &d->link[i];

		buf_puts(out, "<tr>");
		item(out, "td", str_c(l->id));
		item(out, "td", str_c(l->question));
		item(out, "td", str_c(diag_state_name[l->state]));
		item(out, "td",
		    l->t_us ? diag_time(d, l->t_us) :
			      str_c(l->source ? l->source : ""));
		item(out, "td", l->say);
		buf_puts(out, "</tr>\n");
	}
	buf_puts(out, "</table>\n");
	for (size_t i = 0; i < d->ev.nfact; i++) {
		item(out, "p", diag_say(d, d->ev.fact[i]));
		if (d->env->verbose)
			lines(out, d->ev.fact[i]);
	}
	html_end(out);
}
