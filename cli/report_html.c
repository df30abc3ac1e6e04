/*
 * report_html.c: a report as one page in one file: no script, nothing from
 * the network, drawings as inline SVG, light and dark; it prints, and it can
 * be mailed.  On a narrow screen every row becomes a small card.
 */
#include "base/stamp.h"
#include "cli/html.h"
#include "cli/pen.h"
#include "cli/report.h"
#include "base/banned.h"

enum { SHORT_TEXT = 24 }; /* kept in one piece where there is room */

static const char style[] =
    "body{max-width:84rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}"
    "svg{display:block;width:100%;fill:var(--ink);color:var(--dim)}"
    ":root{--ink:#1f5fa8}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#7fb2ee}}\n"
    ".totals{display:flex;flex-wrap:wrap;gap:.4rem 1.6rem;margin:.8rem 0;"
    "padding:0}.totals b{font-size:1.25rem;display:block}\n"
    ".chart{margin:1rem 0}.chart svg{height:4.5rem;background:var(--box)}"
    ".ends{display:flex;justify-content:space-between;color:var(--dim);"
    "font-size:.8rem}\n"
    "table{border-collapse:collapse;width:100%}th{text-align:left;"
    "color:var(--dim);font-weight:normal;font-size:.85rem}"
    "th,td{padding:.25rem .6rem .25rem 0;vertical-align:top;"
    "border-top:1px solid var(--line)}"
    ".n{text-align:right;font-variant-numeric:tabular-nums}"
    "tr.w td{border-top:0;padding-top:0;color:var(--dim);font-size:.85rem}"
    "td svg{height:.9rem;width:7rem;margin-top:.2rem}"
    "td.n svg{height:.35rem;width:100%;min-width:4rem}"
    "tbody{break-inside:avoid}th,td{overflow-wrap:normal}"
    ".l,tr.w td{overflow-wrap:anywhere}.t{overflow-x:auto}\n"
    "@media screen and (max-width:64rem){td{overflow-wrap:anywhere}"
    "table,tbody,tr,td{display:block;width:100%}"
    "thead{display:none}tbody{border-top:1px solid var(--line);"
    "padding:.4rem 0}td{border:0;padding:.05rem 0;display:grid;"
    "grid-template-columns:7.5rem minmax(0,1fr);gap:.5rem}"
    "td::before{content:attr(data-t);color:var(--dim);font-size:.85rem}"
    ".n{text-align:left}td svg,td.n svg{width:100%}}\n"
    "@media print{td{overflow-wrap:anywhere;font-size:.8rem}:root{--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;"
    "--box:#f4f4f4;--ink:#333}}\n";

/* Bars of counts, as wide as there is room. */
static void
bars(struct buf *b, const uint64_t *v, size_t n)
{
	uint64_t most = 1;

	for (size_t i = 0; i < n; i++)
		most = v[i] > most ? v[i] : most;
	buf_printf(b,
	    "<svg viewBox=\"0 0 %zu 100\" preserveAspectRatio=\"none\" "
	    "role=\"img\">",
	    10 * n);
	for (size_t i = 0; i < n; i++) {
		double h = 100.0 * (double)v[i] / (double)most;

		if (v[i] && h < 3)
			h = 3;
		if (v[i])
			buf_printf(b,
			    "<rect x=\"%zu\" y=\"%.1f\" width=\"8\" "
			    "height=\"%.1f\"/>",
			    10 * i + 1, 100 - h, h);
	}
	buf_puts(b, "</svg>");
}

static void
chart(struct buf *b, const struct chart *c, const char *tz)
{
	uint64_t most = 0;

	for (size_t i = 0; i < c->n; i++)
		most = c->v[i] > most ? c->v[i] : most;
	if (!most)
		return;
	buf_puts(b, "<div class=\"chart\"><div>");
	html_text(b, str_c(c->title));
	buf_puts(b, " <span class=\"dim\">most: ");
	count_print(b, most);
	buf_puts(b, " in ");
	span_print(b, c->step_us);
	buf_puts(b, "</span></div>\n");
	bars(b, c->v, c->n);
	buf_puts(b, "\n<div class=\"ends\"><span>");
	stamp_print(b, c->t0_us, tz, STAMP_MINUTES);
	buf_puts(b, "</span><span>");
	stamp_print(b, c->t0_us + (int64_t)c->n * c->step_us, tz,
	    STAMP_MINUTES);
	buf_puts(b, "</span></div></div>\n");
}

static void
put_cell(struct buf *b, const struct report *r, const struct table *t, size_t k,
    const struct cell *c, const char *tz)
{
	const struct col *col = &t->def->col[k];
	bool left = col->kind == COL_TEXT || col->kind == COL_SERIES;
	int64_t most;

	buf_printf(b, "<td%s data-t=\"",
	    !left		   ? " class=\"n\"" :
	    c->text.n > SHORT_TEXT ? " class=\"l\"" :
				     "");
	html_text(b, str_c(col->title));
	buf_puts(b, "\"><span>");
	if (col->kind == COL_TEXT) {
		html_text(b, c->text);
	} else if (col->kind == COL_SERIES) {
		uint64_t v[64] = { 0 };
		size_t n = c->nv < 64 ? c->nv : 64;

		for (size_t i = 0; i < n; i++)
			v[i] = c->v[i];
		bars(b, v, n);
	} else {
		report_cell_print(b, r, col, c, tz);
	}
	if (col->flags & COL_BAR) {
		most = report_col_max(t, k);
		buf_printf(b,
		    "<svg viewBox=\"0 0 100 10\" preserveAspectRatio="
		    "\"none\" role=\"img\"><rect width=\"%.1f\" "
		    "height=\"10\"/></svg>",
		    most > 0 ? 100.0 * (double)c->n / (double)most : 0.0);
	}
	buf_puts(b, "</span></td>");
}

static bool
in_row(const struct table *t, size_t k)
{
	return report_has_col(t, k) &&
	       !(t->def->col[k].flags & (COL_WIDE | COL_HIDE_TEXT));
}

static void
table(struct buf *b, const struct report *r, const struct table *t,
    const char *tz)
{
	const struct table_def *d = t->def;
	size_t cols = 0;

	buf_puts(b, "<h2>");
	html_text(b, str_c(d->title));
	buf_puts(b, "</h2>\n");
	if (!t->nrow) {
		buf_puts(b, "<p class=\"dim\">");
		html_text(b, str_c(d->empty));
		buf_puts(b, "</p>\n");
		return;
	}
	buf_puts(b, "<div class=\"t\"><table>\n<thead><tr>");
	for (size_t k = 0; k < d->ncol; k++) {
		if (!in_row(t, k))
			continue;
		cols++;
		buf_puts(b,
		    d->col[k].kind == COL_TEXT || d->col[k].kind == COL_SERIES ?
			"<th>" :
			"<th class=\"n\">");
		html_text(b, str_c(d->col[k].title));
		buf_puts(b, "</th>");
	}
	buf_puts(b, "</tr></thead>\n");
	for (size_t i = 0; i < t->nrow; i++) {
		const struct cell *c = &t->cell[i * d->ncol];

		buf_puts(b, "<tbody><tr>");
		for (size_t k = 0; k < d->ncol; k++)
			if (in_row(t, k))
				put_cell(b, r, t, k, &c[k], tz);
		buf_puts(b, "</tr>");
		for (size_t k = 0; k < d->ncol; k++) {
			if (!(d->col[k].flags & COL_WIDE) || !c[k].text.n ||
			    !report_has_col(t, k))
				continue;
			buf_printf(b,
			    "<tr class=\"w\"><td colspan=\"%zu\" data-t=\"",
			    cols);
			html_text(b, str_c(d->col[k].title));
			buf_puts(b, "\"><span>");
			html_text(b, c[k].text);
			buf_puts(b, "</span></td></tr>");
		}
		buf_puts(b, "</tbody>\n");
	}
	buf_puts(b, "</table></div>\n");
	if (t->total > t->nrow)
		buf_printf(b, "<p class=\"dim\">%zu more are not shown.</p>\n",
		    t->total - t->nrow);
}

void
report_html(const struct report *r, const struct report_out *o, struct buf *b)
{
	struct buf title = BUF_INIT(512), period = BUF_INIT(256);

	report_period_print(&period, r, o->tz);
	buf_printf(&title, "%s, %s", r->def->name, buf_c(&period));
	html_page(b, buf_c(&title), style);
	buf_puts(b, "<h1>");
	html_text(b, buf_str(&title));
	buf_puts(b, "</h1>\n<p class=\"dim\">");
	html_text(b, str_c(r->def->about));
	buf_puts(b, "</p>\n");
	if (r->headline.n) {
		buf_puts(b, "<p>");
		html_text(b, r->headline);
		buf_puts(b, "</p>\n");
	}
	if (r->ntotal)
		buf_puts(b, "<div class=\"totals\">");
	for (size_t i = 0; i < r->ntotal; i++) {
		struct col col = { .kind = r->total[i].kind };

		buf_puts(b, "<span><b>");
		report_cell_print(b, r, &col, &r->total[i].cell, o->tz);
		buf_puts(b, "</b> ");
		html_text(b, str_c(r->total[i].title));
		buf_puts(b, "</span>");
	}
	if (r->ntotal)
		buf_puts(b, "</div>\n");
	for (size_t i = 0; i < r->nchart; i++)
		chart(b, &r->chart[i], o->tz);
	for (size_t i = 0; i < r->def->ntable; i++)
		if (!r->table[i].unused)
			table(b, r, &r->table[i], o->tz);
	for (size_t i = 0; i < r->nnote; i++) {
		buf_puts(b, "<p>");
		html_text(b, r->note[i]);
		buf_puts(b, "</p>\n");
	}
	html_end(b);
	buf_release(&period);
	buf_release(&title);
}
