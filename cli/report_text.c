/*
 * report_text.c: a report for people: one sentence, the totals, how it ran
 * over time, the tables with bars and small lines of time.  Columns line up;
 * long texts get a line of their own.  On a terminal what is too wide is cut,
 * elsewhere nothing is.
 */
#include "base/stamp.h"
#include "cli/pen.h"
#include "cli/report.h"
#include "base/banned.h"

enum {
	BAR = 12,
	BAR_LEAST = 6,
	LINE = 24,
	TEXT_MOST = 44,
	TEXT_LEAST = 12,
	GAP = 2
};

bool
report_has_col(const struct table *t, size_t col)
{
	const struct table_def *d = t->def;

	if (d->col[col].flags & COL_OPTIONAL && !(t->shown >> col & 1))
		return false;
	for (size_t i = 0; i < t->nrow; i++)
		if (t->cell[i * d->ncol + col].set)
			return true;
	return false;
}

int64_t
report_col_max(const struct table *t, size_t col)
{
	int64_t most = 0;

	for (size_t i = 0; i < t->nrow; i++)
		if (t->cell[i * t->def->ncol + col].n > most)
			most = t->cell[i * t->def->ncol + col].n;
	return most;
}

void
report_cell_print(struct buf *b, const struct report *r, const struct col *col,
    const struct cell *c, const char *tz)
{
	bool one_day = r->t1_us - r->t0_us <= 25 * 3600 * INT64_C(1000000);

	if (!c->set)
		return;
	switch (col->kind) {
	case COL_TEXT:
	case COL_SERIES:
		break;
	case COL_COUNT:
		count_print(b, (uint64_t)c->n);
		break;
	case COL_TIME:
		if (one_day && c->n >= r->t0_us && c->n <= r->t1_us) {
			stamp_print(b, c->n, tz, STAMP_CLOCK);
			b->n -= 3; /* without seconds */
			b->p[b->n] = '\0';
		} else {
			stamp_print(b, c->n, tz, STAMP_MINUTES);
		}
		break;
	case COL_SPAN:
		span_print(b, c->n);
		break;
	case COL_BYTES:
		size_print(b, c->n);
		break;
	case COL_SHARE:
		buf_printf(b, c->x > 0 && c->x < 0.1 ? "%.1f %%" : "%.0f %%",
		    100 * c->x);
		break;
	case COL_REAL:
		buf_printf(b, "%.2f", c->x);
		break;
	case COL_FLAG:
		buf_puts(b, c->n ? "yes" : "no");
		break;
	}
}

void
report_period_print(struct buf *b, const struct report *r, const char *tz)
{
	struct buf from = BUF_INIT(64), to = BUF_INIT(64);
	bool whole;

	if (r->t0_us == r->t1_us) { /* a moment */
		stamp_print(b, r->t1_us, tz, STAMP_MINUTES);
		return;
	}
	stamp_print(&from, r->t0_us, tz, STAMP_MINUTES);
	stamp_print(&to, r->t1_us + 1, tz, STAMP_MINUTES);
	whole = str_ends(buf_str(&from), STR(" 00:00")) &&
		str_ends(buf_str(&to), STR(" 00:00"));
	if (whole) {
		buf_clear(&to);
		stamp_print(&to, r->t1_us, tz, STAMP_DATE);
		buf_add(b, str_head(buf_str(&from), 10));
		if (!str_eq(str_head(buf_str(&from), 10), buf_str(&to))) {
			buf_puts(b, " to ");
			buf_add(b, buf_str(&to));
		}
	} else {
		buf_add(b, buf_str(&from));
		buf_puts(b, " to ");
		buf_add(b, buf_str(&to));
	}
	buf_release(&from);
	buf_release(&to);
}

static void
end_line(struct pen *p)
{
	while (p->out->n && p->out->p[p->out->n - 1] == ' ')
		p->out->p[--p->out->n] = '\0';
	pen_nl(p);
}

/* ---- bars ---- */

static void
bar(struct pen *p, int64_t n, int64_t most, int width)
{
	static const char *const part[] = { "", "\xe2\x96\x8f", "\xe2\x96\x8e",
		"\xe2\x96\x8d", "\xe2\x96\x8c", "\xe2\x96\x8b", "\xe2\x96\x8a",
		"\xe2\x96\x89" };
	int eighths =
	    most > 0 ? (int)((double)n / (double)most * width * 8) : 0;
	int end = p->col + width;

	if (n > 0 && eighths < 1)
		eighths = 1;
	if (!p->utf8)
		eighths = (eighths + 7) / 8 * 8;
	for (; eighths >= 8; eighths -= 8)
		pen_c(p, p->utf8 ? "\xe2\x96\x88" : "#");
	pen_c(p, part[eighths]);
	pen_pad(p, end);
}

/* Counts as one character each, `most` the tallest. */
static void
line_of(struct pen *p, const uint64_t *v, size_t n, uint64_t most)
{
	static const char *const high[] = { " ", "\xe2\x96\x81", "\xe2\x96\x82",
		"\xe2\x96\x83", "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
		"\xe2\x96\x87", "\xe2\x96\x88" };
	static const char *const plain[] = { " ", ".", ".", ":", ":", "-", "=",
		"+", "#" };

	for (size_t i = 0; i < n; i++) {
		size_t k =
		    v[i] && most ?
			1 + (size_t)((double)(v[i] - 1) * 7 / (double)most +
				     0.5) :
			0;

		pen_c(p, p->utf8 ? high[k > 8 ? 8 : k] : plain[k > 8 ? 8 : k]);
	}
}

static void
series(struct pen *p, const struct cell *c)
{
	uint64_t v[LINE] = { 0 }, most = 0;
	size_t n = c->nv < LINE ? c->nv : LINE;

	for (size_t i = 0; i < c->nv; i++)
		v[i * n / c->nv] += c->v[i];
	for (size_t i = 0; i < n; i++)
		most = v[i] > most ? v[i] : most;
	line_of(p, v, n, most);
}

static void
chart(struct pen *p, const struct chart *c)
{
	uint64_t most = 0;
	size_t at = 0;
	int from;
	struct buf b = BUF_INIT(256);

	for (size_t i = 0; i < c->n; i++)
		if (c->v[i] > most) {
			most = c->v[i];
			at = i;
		}
	if (!most || c->label)
		return;
	pen_c(p, c->title);
	if (p->col + 2 + (int)c->n > p->width) {
		pen_nl(p);
		from = 0;
	} else {
		pen_c(p, "  ");
		from = p->col;
	}
	pen_ink(p, INK_NAME);
	line_of(p, c->v, c->n, most);
	pen_plain(p);
	count_print(&b, most);
	buf_puts(&b, " in the ");
	span_print(&b, c->step_us);
	buf_puts(&b, " from ");
	stamp_print(&b, c->t0_us + (int64_t)at * c->step_us, p->tz,
	    STAMP_MINUTES);
	if (p->col + 8 + (int)b.n > p->width) {
		end_line(p);
		pen_pad(p, from);
	} else {
		pen_c(p, "  ");
	}
	pen_c(p, "most: ");
	pen_c(p, buf_c(&b));
	pen_nl(p);
	buf_release(&b);
}

/* ---- tables ---- */

struct layout {
	int width[REPORT_COLS];
	bool on[REPORT_COLS];
	int bar; /* columns; 0: none */
};

static bool
is_left(const struct col *c)
{
	return c->kind == COL_TEXT || c->kind == COL_SERIES;
}

static int
cell_width(const struct pen *p, const struct report *r, const struct col *col,
    const struct cell *c)
{
	struct buf b = BUF_INIT(256);
	int w;

	if (col->kind == COL_TEXT)
		return pen_width(p, c->text);
	if (col->kind == COL_SERIES)
		return c->nv < LINE ? (int)c->nv : LINE;
	report_cell_print(&b, r, col, c, p->tz);
	w = pen_width(p, buf_str(&b));
	buf_release(&b);
	return w;
}

static void
lay_out(const struct pen *p, const struct report *r, const struct table *t,
    struct layout *lo)
{
	const struct table_def *d = t->def;
	int sum = -GAP, widest = -1;

	*lo = (struct layout){ .bar = BAR };
	for (size_t k = 0; k < d->ncol; k++) {
		const struct col *c = &d->col[k];

		lo->on[k] = report_has_col(t, k) &&
			    !(c->flags & (COL_WIDE | COL_HIDE_TEXT));
		if (!lo->on[k])
			continue;
		lo->width[k] = (int)strlen(c->title);
		for (size_t i = 0; i < t->nrow; i++) {
			int w = cell_width(p, r, c, &t->cell[i * d->ncol + k]);

			if (w > lo->width[k])
				lo->width[k] = w;
		}
		if (c->kind == COL_TEXT && !p->whole &&
		    lo->width[k] > TEXT_MOST)
			lo->width[k] = TEXT_MOST;
		sum += lo->width[k] + GAP;
		if (c->flags & COL_BAR)
			sum += BAR + 1;
	}
	for (size_t k = 0; k < d->ncol && sum > p->width; k++)
		if (lo->on[k] && d->col[k].kind == COL_SERIES) {
			lo->on[k] = false;
			sum -= lo->width[k] + GAP;
		}
	for (size_t k = 0; k < d->ncol && sum > p->width; k++)
		if (lo->on[k] && d->col[k].flags & COL_BAR) {
			while (lo->bar > BAR_LEAST && sum > p->width) {
				lo->bar--;
				sum--;
			}
			if (sum <= p->width || p->whole)
				break;
			sum -= lo->bar + 1;
			lo->bar = 0;
		}
	while (!p->whole && sum > p->width) {
		for (size_t k = 0; k < d->ncol; k++)
			if (lo->on[k] && d->col[k].kind == COL_TEXT &&
			    (widest < 0 || lo->width[k] > lo->width[widest]))
				widest = (int)k;
		if (widest < 0 || lo->width[widest] <= TEXT_LEAST)
			break;
		lo->width[widest]--;
		sum--;
	}
	/* still too wide: the rightmost go, never the first two */
	for (size_t k = d->ncol; k-- > 2 && !p->whole && sum > p->width;)
		if (lo->on[k]) {
			lo->on[k] = false;
			sum -= lo->width[k] + GAP;
		}
}

static void
put_cell(struct pen *p, const struct report *r, const struct table *t, size_t k,
    const struct cell *c, int width)
{
	const struct col *col = &t->def->col[k];
	struct buf b = BUF_INIT(256);
	int at = p->col;

	if (col->kind == COL_TEXT && width > 0) {
		pen_cut(p, c->text, width);
	} else if (col->kind == COL_SERIES) {
		pen_ink(p, INK_NAME);
		series(p, c);
		pen_plain(p);
	} else {
		report_cell_print(&b, r, col, c, p->tz);
		if (!is_left(col))
			pen_pad(p, at + width - pen_width(p, buf_str(&b)));
		pen_c(p, buf_c(&b));
	}
	buf_release(&b);
}

static void
put_row(struct pen *p, const struct report *r, const struct table *t,
    const struct layout *lo, const struct cell *c)
{
	const struct table_def *d = t->def;

	for (size_t k = 0; k < d->ncol; k++) {
		int at = p->col;

		if (!lo->on[k])
			continue;
		put_cell(p, r, t, k, &c[k], lo->width[k]);
		pen_pad(p, at + lo->width[k]);
		if (d->col[k].flags & COL_BAR && lo->bar) {
			pen_c(p, " ");
			pen_ink(p, INK_NAME);
			bar(p, c[k].n, report_col_max(t, k), lo->bar);
			pen_plain(p);
		}
		pen_pad(p, p->col + GAP);
	}
	end_line(p);
	for (size_t k = 0; k < d->ncol; k++) {
		if (!(d->col[k].flags & COL_WIDE) || !c[k].text.n ||
		    !report_has_col(t, k) || d->col[k].flags & COL_HIDE_TEXT)
			continue;
		pen_c(p, "    ");
		pen_ink(p, INK_DIM);
		pen_cut(p, c[k].text, p->width - 5);
		pen_plain(p);
		pen_nl(p);
	}
}

static void
table(struct pen *p, const struct report *r, const struct table *t)
{
	const struct table_def *d = t->def;
	struct layout lo;

	pen_nl(p);
	pen_ink(p, INK_BOLD);
	pen_c(p, d->title);
	pen_plain(p);
	pen_nl(p);
	if (!t->nrow) {
		pen_c(p, "  ");
		pen_c(p, d->empty);
		pen_nl(p);
		return;
	}
	lay_out(p, r, t, &lo);
	pen_ink(p, INK_DIM);
	for (size_t k = 0; k < d->ncol; k++) {
		const struct col *c = &d->col[k];
		int at = p->col;

		if (!lo.on[k])
			continue;
		if (!is_left(c))
			pen_pad(p, at + lo.width[k] - (int)strlen(c->title));
		pen_c(p, c->title);
		pen_pad(p, at + lo.width[k] + GAP +
			       (c->flags & COL_BAR && lo.bar ? lo.bar + 1 : 0));
	}
	pen_plain(p);
	end_line(p);
	for (size_t i = 0; i < t->nrow; i++)
		put_row(p, r, t, &lo, &t->cell[i * d->ncol]);
	if (t->total > t->nrow)
		pen_printf(p, "  (%zu more: --top 0 shows all)\n",
		    t->total - t->nrow);
	p->col = 0;
}

void
report_text(const struct report *r, const struct report_out *o, struct buf *b)
{
	struct pen p = { .out = b,
		.tz = o->tz,
		.width = o->width,
		.color = o->color,
		.utf8 = o->utf8,
		.whole = !o->tty };
	struct buf period = BUF_INIT(256);

	report_period_print(&period, r, o->tz);
	pen_ink(&p, INK_BOLD);
	pen_c(&p, r->def->name);
	pen_plain(&p);
	pen_c(&p, "  ");
	pen_c(&p, buf_c(&period));
	pen_nl(&p);
	if (r->headline.n)
		pen_wrap(&p, r->headline, 0, 0);
	for (size_t i = 0; i < r->ntotal; i++) {
		struct buf n = BUF_INIT(256);
		struct col col = { .kind = r->total[i].kind };

		report_cell_print(&n, r, &col, &r->total[i].cell, o->tz);
		buf_putc(&n, ' ');
		buf_puts(&n, r->total[i].title);
		if (p.col && p.col + 3 + (int)n.n > p.width) {
			pen_c(&p, ",");
			pen_nl(&p);
		} else if (p.col) {
			pen_c(&p, ", ");
		}
		pen_c(&p, buf_c(&n));
		buf_release(&n);
	}
	if (p.col)
		pen_nl(&p);
	for (size_t i = 0; i < r->nchart; i++)
		chart(&p, &r->chart[i]);
	for (size_t i = 0; i < r->def->ntable; i++)
		if (!r->table[i].unused)
			table(&p, r, &r->table[i]);
	for (size_t i = 0; i < r->nnote; i++) {
		if (i == 0)
			pen_nl(&p);
		pen_wrap(&p, r->note[i], 0, 0);
	}
	buf_release(&period);
}
