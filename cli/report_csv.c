/*
 * report_csv.c: the first table that was asked for, for spreadsheets and
 * scripts.  Columns are kept: new ones come at the end.  Times are RFC 3339,
 * spans seconds, shares 0 to 1; fields are made harmless by csv_field().
 */
#include "base/stamp.h"
#include "cli/out.h"
#include "cli/report.h"
#include "base/banned.h"

static void
value(struct buf *b, const struct col *col, const struct cell *c,
    const char *tz)
{
	if (!c->set)
		return;
	switch (col->kind) {
	case COL_TEXT:
		break;
	case COL_COUNT:
	case COL_BYTES:
		buf_printf(b, "%lld", (long long)c->n);
		break;
	case COL_TIME:
		stamp_print(b, c->n, tz, STAMP_RFC3339_S);
		break;
	case COL_SPAN:
		buf_printf(b, "%.3f", (double)c->n / 1e6);
		break;
	case COL_SHARE:
	case COL_REAL:
		buf_printf(b, "%.4f", c->x);
		break;
	case COL_FLAG:
		buf_puts(b, c->n ? "yes" : "no");
		break;
	case COL_SERIES:
		for (size_t i = 0; i < c->nv; i++)
			buf_printf(b, i ? " %u" : "%u", c->v[i]);
		break;
	}
}

void
report_csv(const struct report *r, const struct report_out *o, struct buf *b)
{
	const struct table *t = &r->table[0];

	for (size_t i = 1; i < r->def->ntable && t->unused; i++)
		t = &r->table[i];
	for (size_t k = 0; k < t->def->ncol; k++)
		csv_field(b, str_c(t->def->col[k].name), k == 0);
	csv_end(b);
	for (size_t i = 0; i < t->nrow; i++) {
		for (size_t k = 0; k < t->def->ncol; k++) {
			const struct cell *c = &t->cell[i * t->def->ncol + k];
			struct buf v = BUF_INIT(4096);

			value(&v, &t->def->col[k], c, o->tz);
			csv_field(b,
			    t->def->col[k].kind == COL_TEXT ? c->text :
							      buf_str(&v),
			    k == 0);
			buf_release(&v);
		}
		csv_end(b);
	}
}

void
report_ips(const struct report *r, struct buf *b)
{
	const struct table *t = &r->table[0];

	for (size_t i = 1; i < r->def->ntable && t->unused; i++)
		t = &r->table[i];
	for (size_t i = 0; i < t->nrow; i++) {
		buf_add(b, t->cell[i * t->def->ncol].text);
		buf_putc(b, '\n');
	}
}
