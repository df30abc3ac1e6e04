/*
 * report_json.c: mailtrace.report.<name>/1, for every report the same form
 * (docs/JSON.md): the period, totals, charts, one array of objects per table.
 */
#include "cli/json.h"
#include "cli/report.h"
#include "base/banned.h"

static void
put_cell(struct json *j, const struct col *col, const struct cell *c)
{
	if (!c->set) {
		json_null(j, col->name);
		return;
	}
	switch (col->kind) {
	case COL_TEXT:
		json_text(j, col->name, c->text);
		break;
	case COL_COUNT:
	case COL_BYTES:
		json_int(j, col->name, c->n);
		break;
	case COL_TIME:
		json_time(j, col->name, c->n);
		break;
	case COL_SPAN:
		json_real(j, col->name, (double)c->n / 1e6);
		break;
	case COL_SHARE:
	case COL_REAL:
		json_real(j, col->name, c->x);
		break;
	case COL_FLAG:
		json_bool(j, col->name, c->n);
		break;
	case COL_SERIES:
		json_open(j, col->name, '[');
		for (size_t i = 0; i < c->nv; i++)
			json_uint(j, NULL, c->v[i]);
		json_close(j);
		break;
	}
}

void
report_json(const struct report *r, const struct report_out *o, struct buf *b)
{
	struct buf schema = BUF_INIT(256);
	struct json j;

	buf_printf(&schema, "mailtrace.report.%s/1", r->def->name);
	json_init(&j, b, true, o->tz);
	json_open(&j, NULL, '{');
	json_c(&j, "schema", buf_c(&schema));
	json_c(&j, "report", r->def->name);
	json_c(&j, "by", r->by);
	json_time(&j, "from", r->t0_us);
	json_time(&j, "until", r->t1_us + 1);
	json_text(&j, "headline", r->headline);
	json_open(&j, "totals", '{');
	for (size_t i = 0; i < r->ntotal; i++) {
		struct col col = { .name = r->total[i].name,
			.kind = r->total[i].kind };

		put_cell(&j, &col, &r->total[i].cell);
	}
	json_close(&j);
	json_open(&j, "charts", '{');
	for (size_t i = 0; i < r->nchart; i++) {
		const struct chart *c = &r->chart[i];

		json_open(&j, c->name, '{');
		json_time(&j, "from", c->t0_us);
		json_real(&j, "step_seconds", (double)c->step_us / 1e6);
		json_open(&j, "values", '[');
		for (size_t k = 0; k < c->n; k++)
			json_uint(&j, NULL, c->v[k]);
		json_close(&j);
		json_close(&j);
	}
	json_close(&j);
	json_open(&j, "tables", '{');
	for (size_t i = 0; i < r->def->ntable; i++) {
		const struct table *t = &r->table[i];

		if (t->unused)
			continue;
		json_open(&j, t->def->name, '{');
		json_uint(&j, "total", t->total);
		json_open(&j, "rows", '[');
		for (size_t k = 0; k < t->nrow; k++) {
			json_open(&j, NULL, '{');
			for (size_t c = 0; c < t->def->ncol; c++)
				put_cell(&j, &t->def->col[c],
				    &t->cell[k * t->def->ncol + c]);
			json_close(&j);
		}
		json_close(&j);
		json_close(&j);
	}
	json_close(&j);
	json_open(&j, "notes", '[');
	for (size_t i = 0; i < r->nnote; i++)
		json_text(&j, NULL, r->note[i]);
	json_close(&j);
	json_close(&j);
	buf_release(&schema);
}
