/*
 * report.c: the reports, and what they share: rows, notes, bars of time.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/stamp.h"
#include "query/fact_terms.h"
#include "query/report.h"
#include "base/banned.h"

#define SEC	  INT64_C(1000000)
#define UNREAD_US (3600 * SEC)

extern const struct report_def report_blocked, report_rejected, report_bounces,
    report_deferred, report_quota, report_incidents, report_volume, report_top,
    report_delay, report_auth, report_coverage;

const struct report_def *const report_table[] = {
	&report_blocked,
	&report_rejected,
	&report_bounces,
	&report_deferred,
	&report_quota,
	&report_incidents,
	&report_volume,
	&report_top,
	&report_delay,
	&report_auth,
	&report_coverage,
	NULL,
};

const struct report_def *
report_by_name(const char *name)
{
	for (size_t i = 0; report_table[i]; i++)
		if (strcmp(report_table[i]->name, name) == 0)
			return report_table[i];
	return NULL;
}

void
report_init(struct report *r, const struct report_def *def)
{
	*r = (struct report){ .def = def,
		.top = REPORT_TOP,
		.by = def->by ? def->by[0] : NULL };
	for (size_t i = 0; i < def->ntable; i++)
		r->table[i].def = &def->table[i];
}

void
report_release(struct report *r)
{
	for (size_t i = 0; i < REPORT_TABLES; i++)
		free(r->table[i].cell);
	map_release(&r->texts);
	arena_release(&r->arena);
}

/* Nothing counted is not nothing happened: says so when logs are missing. */
static int
note_covered(struct report *r, struct err *err)
{
	const struct store_info *info = store_overview(r->st, err);
	struct buf from = BUF_INIT(64), to = BUF_INIT(64);
	int64_t end = r->t1_us;

	if (!info)
		return -1;
	if (r->now_us && end > r->now_us)
		end = r->now_us;
	stamp_print(&from, info->t0_us, r->tz, STAMP_MINUTES);
	stamp_print(&to, info->t1_us, r->tz, STAMP_MINUTES);
	if (!info->records)
		report_note(r, "The store is empty.");
	else if (r->t0_us > info->t1_us || r->t1_us < info->t0_us)
		report_note(r,
		    "No log of this period was read: the store holds %s to %s.",
		    buf_c(&from), buf_c(&to));
	else if (end - info->t1_us > UNREAD_US)
		report_note(r,
		    "Logs were read up to %s: what came later is "
		    "not counted.",
		    buf_c(&to));
	buf_release(&from);
	buf_release(&to);
	return 0;
}

int
report_run(struct report *r, struct err *err)
{
	return r->def->run(r, err) < 0 ? -1 : note_covered(r, err);
}

bool
report_by(const struct report *r, const char *by)
{
	return r->by && strcmp(r->by, by) == 0;
}

struct facts_ask
report_ask(const struct report *r, unsigned kinds)
{
	return (struct facts_ask){ .st = r->st,
		.site = r->site,
		.cl = r->cl,
		.t0_us = r->t0_us,
		.t1_us = r->t1_us,
		.kinds = kinds };
}

bool
report_what(const struct report *r, const struct fact *f, struct str *what)
{
	const struct {
		const char *by;
		struct str value;
	} kind[] = {
		{ "sender", fact_sender(f) },
		{ "recipient", f->to },
		{ "domain", f->domain },
		{ "host", f->host },
		{ "user", f->user },
	};

	for (size_t i = 0; i < sizeof(kind) / sizeof(*kind); i++)
		if (report_by(r, kind[i].by)) {
			*what = kind[i].value;
			return true;
		}
	return false;
}

bool
report_asked(const struct report *r, const struct fact *f)
{
	return !r->terms || fact_fits(f, NULL, r->terms);
}

/* What a copy knows wherever it ended; how it came in another host knows. */
int
report_takes_term(const struct term *t, struct err *err)
{
	static const enum term_key good[] = { T_FROM, T_TO, T_SUBJECT, T_ID,
		T_SIZE, T_RELAY, T_HOST, T_STATE, T_GROUP, T_CLASS, T_CODE,
		T_DSN, T_REPLY };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (t->key == good[i] && !t->anywhere)
			return 0;
	if (t->anywhere)
		return err_set(err, "a report takes no bare address: from= or "
				    "to= is meant");
	return err_set(err, "a report takes no term '%s='",
	    term_info[t->key].name);
}

void
report_span(int64_t *first_us, int64_t *last_us, int64_t t_us)
{
	if (!*first_us || t_us < *first_us)
		*first_us = t_us;
	if (t_us > *last_us)
		*last_us = t_us;
}

struct facts *
report_facts(struct report *r, unsigned kinds, struct err *err)
{
	struct facts_ask ask = report_ask(r, kinds);

	return facts_open(&ask, err);
}

void
report_facts_end(struct report *r, struct facts *fs)
{
	if (fs && facts_cut(fs))
		report_note(r, "Too many mails were waiting to look at each "
			       "from its beginning: earlier attempts of some "
			       "are left out.");
	facts_close(fs);
}

/* ---- rows ---- */

struct cell *
report_row(struct report *r, size_t table)
{
	struct table *t = &r->table[table];
	struct cell *c;

	t->total++;
	if (t->nrow == (r->top ? r->top : REPORT_ROWS_MAX)) {
		/* not shown: written into the air; total tells */
		if (!r->spare)
			r->spare =
			    arena_array(&r->arena, struct cell, REPORT_COLS);
		return r->spare;
	}
	if (t->nrow == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 64;
		t->cell = xreallocarray(t->cell, t->cap,
		    t->def->ncol * sizeof(*t->cell));
	}
	c = &t->cell[t->nrow++ * t->def->ncol];
	memset(c, 0, t->def->ncol * sizeof(*c));
	return c;
}

void
report_show(struct report *r, size_t table, size_t col)
{
	r->table[table].shown |= 1u << col;
}

void
report_note(struct report *r, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (r->nnote == REPORT_NOTES)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->note[r->nnote++] = arena_dup(&r->arena, str_c(text));
}

void
report_total(struct report *r, const char *name, const char *title, uint64_t n)
{
	struct total *t;

	if (r->ntotal == REPORT_TOTALS)
		return;
	t = &r->total[r->ntotal++];
	*t = (struct total){ .name = name, .title = title, .kind = COL_COUNT };
	cell_count(&t->cell, n);
}

struct str
report_keep(struct report *r, struct str s)
{
	const char *p;
	void **slot;

	if (!s.p)
		return STR_NONE;
	p = map_get(&r->texts, s);
	if (p)
		return str_make(p, s.n);
	s = arena_dup(&r->arena, s);
	slot = map_slot(&r->texts, s);
	*slot = (void *)(uintptr_t)s.p;
	return s;
}

bool
report_newest(struct report *r, struct newest *n, int64_t t_us, struct str text,
    struct str tie)
{
	int c = t_us != n->t_us ? (t_us > n->t_us ? -1 : 1) :
				  str_cmp(text, n->text);

	if (n->text.p && (c ? c : str_cmp(tie, n->tie)) >= 0)
		return false;
	n->t_us = t_us;
	n->text = arena_dup(&r->arena, text.p ? text : STR(""));
	n->tie = report_keep(r, tie);
	return true;
}

void
cell_text(struct cell *c, struct str s)
{
	c->text = s;
	c->set = s.n > 0;
}

void
cell_count(struct cell *c, uint64_t n)
{
	c->n = (int64_t)n;
	c->set = true;
}

void
cell_time(struct cell *c, int64_t t_us)
{
	c->n = t_us;
	c->set = t_us != 0;
}

void
cell_number(struct cell *c, int64_t n)
{
	c->n = n;
	c->set = n >= 0;
}

void
cell_share(struct cell *c, uint64_t part, uint64_t whole)
{
	c->set = whole > 0;
	c->x = whole ? (double)part / (double)whole : 0;
}

void
cell_real(struct cell *c, double x)
{
	c->x = x;
	c->set = true;
}

void
cell_flag(struct cell *c, bool v)
{
	c->n = v;
	c->set = true;
}

/* ---- time ---- */

void
report_bins(const struct report *r, struct bins *b)
{
	static const int64_t steps[] = { 60, 300, 900, 1800, 3600, 7200, 10800,
		21600, 43200, 86400, 7 * 86400, 28 * 86400, 364 * 86400 };
	enum { MOST = 48 };
	struct err err;
	const struct zone *zone = zone_get(r->tz, &err);
	int64_t t0 = r->t0_us / SEC, t1 = r->t1_us / SEC, off;
	size_t i = 0;

	off = zone_offset(zone ? zone : zone_utc(), t0, NULL, NULL);
	while (i + 1 < sizeof(steps) / sizeof(steps[0]) &&
	       (t1 - t0) / steps[i] >= MOST)
		i++;
	t0 += off;
	t0 -= ((t0 % steps[i]) + steps[i]) % steps[i];
	t0 -= off;
	b->t0_us = t0 * SEC;
	b->step_us = steps[i] * SEC;
	b->n = (size_t)((t1 - t0) / steps[i]) + 1;
	if (b->n > MOST + 1)
		b->n = MOST + 1;
}

size_t
bin_of(const struct bins *b, int64_t t_us)
{
	int64_t i = (t_us - b->t0_us) / b->step_us;

	return t_us < b->t0_us || i >= (int64_t)b->n ? b->n : (size_t)i;
}

void
bins_count(const struct bins *b, uint32_t *v, uint64_t *all, int64_t t_us)
{
	size_t i = bin_of(b, t_us);

	if (i == b->n)
		return;
	v[i]++;
	if (all)
		all[i]++;
}

uint32_t *
bins_row(struct report *r, const struct bins *b)
{
	return arena_array(&r->arena, uint32_t, b->n + 1);
}

void
cell_series(struct cell *c, const struct bins *b, const uint32_t *v)
{
	c->v = v;
	c->nv = b->n;
	c->set = v != NULL;
}

void
report_chart(struct report *r, const char *name, const char *title,
    const struct bins *b, const uint64_t *v)
{
	if (r->nchart == REPORT_CHARTS)
		return;
	r->chart[r->nchart++] = (struct chart){ .name = name,
		.title = title,
		.t0_us = b->t0_us,
		.step_us = b->step_us,
		.v = v,
		.n = b->n };
}

/* ---- receivers ---- */

static struct str
keep_lower(struct report *r, struct str s)
{
	char low[256];
	size_t n = s.n < sizeof(low) ? s.n : sizeof(low);

	for (size_t i = 0; i < n; i++)
		low[i] = to_lower(s.p[i]);
	return report_keep(r, str_make(low, n));
}

struct str
report_receiver(struct report *r, struct str relay, struct str domain)
{
	const struct provider *p;
	struct str end = relay;
	size_t dots = 0;

	if (relay.n && relay.p[relay.n - 1] == '.')
		relay.n--;
	/* our own are told apart by name */
	if (site_our_server(r->site, relay, STR_NONE))
		return keep_lower(r, relay);
	p = relay.n ? provider_find(r->providers, r->nproviders, relay) : NULL;
	if (p)
		return str_c(p->name);
	if (ip_valid_cidr(relay))
		return report_keep(r, relay);
	if (!relay.n || str_chr(relay, '.') < 0 || str_eqi(relay, STR("none")))
		return domain.n ? keep_lower(r, domain) : STR_NONE;
	/* example.net of mx1.example.net; of mx.shop.co.uk three labels */
	for (size_t i = relay.n; i-- > 0;) {
		if (relay.p[i] != '.')
			continue;
		dots++;
		if (dots == 3 || (dots == 2 && relay.n - i - 1 > 6)) {
			end = str_from(relay, i + 1);
			break;
		}
	}
	return keep_lower(r, end);
}
