/*
 * report_rejected.c: what we refused at our door, and why: mails without a
 * queue id, recipients refused in a session whose mail went on, and mails
 * refused after DATA.  A refusal for now (4xx) is counted apart: who is
 * greylisted comes back.  Refusals between hosts of ours are left out.
 */
#include "query/report.h"
#include "base/banned.h"

enum {
	C_WHAT,
	C_GROUP,
	C_REFUSED,
	C_FOR_NOW,
	C_CLIENTS,
	C_RCPTS,
	C_FIRST,
	C_LAST,
	C_SERIES,
	C_HOST,
	C_CLIENT,
	C_SAMPLE,
	COLS
};

static const struct col cols[COLS] = {
	[C_WHAT] = { "what", "reason", COL_TEXT, 0 },
	[C_GROUP] = { "group", "group", COL_TEXT, COL_HIDE_TEXT },
	[C_REFUSED] = { "refused", "refused", COL_COUNT, COL_BAR },
	[C_FOR_NOW] = { "for_now", "for now", COL_COUNT, 0 },
	[C_CLIENTS] = { "clients", "clients", COL_COUNT, 0 },
	[C_RCPTS] = { "recipients", "recipients", COL_COUNT, COL_HIDE_TEXT },
	[C_FIRST] = { "first", "first", COL_TIME, COL_HIDE_TEXT },
	[C_LAST] = { "last", "last", COL_TIME, 0 },
	[C_SERIES] = { "series", "when", COL_SERIES, 0 },
	[C_HOST] = { "host", "host", COL_TEXT, COL_HIDE_TEXT },
	[C_CLIENT] = { "client", "client", COL_TEXT, COL_HIDE_TEXT },
	[C_SAMPLE] = { "sample", "newest reply", COL_TEXT, COL_WIDE },
};

static const struct table_def tables[] = {
	{ "refused", "Refused at our door", "nothing was refused", cols, COLS },
};

static const char *const by[] = { "class", "client", "sender", "recipient",
	"domain", "host", "user", NULL };

struct sum {
	struct str what, group, host, client;
	struct newest sample;
	uint64_t refused, for_now, clients, rcpts;
	int64_t first_us, last_us;
	uint32_t *v;
};

static int
by_count(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->refused != b->refused)
		return a->refused < b->refused ? 1 : -1;
	if (a->for_now != b->for_now)
		return a->for_now < b->for_now ? 1 : -1;
	return str_cmp(a->what, b->what);
}

static struct str
what_of(const struct report *r, const struct fact *f)
{
	struct str what;

	if (report_by(r, "client"))
		return f->client_ip.n ? f->client_ip : f->client_name;
	if (report_what(r, f, &what))
		return what;
	/* said without a word why */
	return str_c(
	    cls_name(f->why->cls == CLS_NONE ? CLS_UNKNOWN : f->why->cls));
}

static void
add(struct report *r, struct tally *t, struct distinct *d, struct buf *key,
    const struct bins *bins, const struct fact *f)
{
	struct str what = what_of(r, f), part[1] = { what }, client;
	struct sum *s = tally_row(t, tally_key(key, part, 1));

	if (!s->what.p) {
		s->what = arena_dup(&r->arena, what.n ? what : STR("-"));
		s->v = bins_row(r, bins);
	}
	if (f->fail_state == ST_TEMPFAIL)
		s->for_now++;
	else
		s->refused++;
	bins_count(bins, s->v, NULL, f->t_us);
	s->clients += f->client_ip.n && distinct_add(d, s, 0, f->client_ip);
	s->rcpts += f->to.n && distinct_add(d, s, 1, f->to);
	report_span(&s->first_us, &s->last_us, f->t_us);
	client = f->client_ip.n ? f->client_ip : f->client_name;
	if (!report_newest(r, &s->sample, f->t_us, f->reply, client))
		return;
	s->group = str_c(grp_name(f->why->grp));
	s->host = report_keep(r, f->host);
	s->client = report_keep(r, client);
}

static int
run(struct report *r, struct err *err)
{
	struct facts *fs =
	    report_facts(r, 1u << FACT_COPY | 1u << FACT_REFUSAL, err);
	struct buf key = BUF_INIT(64 * 1024);
	uint64_t refused = 0, for_now = 0, *all;
	struct distinct d = { 0 };
	struct bins bins;
	struct tally t;
	struct fact f;
	int rc;

	if (!fs)
		return -1;
	report_bins(r, &bins);
	all = arena_array(&r->arena, uint64_t, bins.n + 1);
	tally_init(&t, &r->arena, sizeof(struct sum));
	while ((rc = facts_next(fs, &f, err)) == 1) {
		if (!f.refused || f.leg || !f.failed || !report_asked(r, &f))
			continue;
		if (report_by(r, "user") && !f.user.n)
			continue;
		add(r, &t, &d, &key, &bins, &f);
		refused += f.fail_state != ST_TEMPFAIL;
		for_now += f.fail_state == ST_TEMPFAIL;
		all[bin_of(&bins, f.t_us)]++;
	}
	tally_sort(&t, by_count);
	for (size_t i = 0; i < t.n; i++) {
		const struct sum *s = t.row[i];
		struct cell *c = report_row(r, 0);

		cell_text(&c[C_WHAT], s->what);
		cell_text(&c[C_GROUP], s->group);
		cell_count(&c[C_REFUSED], s->refused);
		cell_count(&c[C_FOR_NOW], s->for_now);
		cell_count(&c[C_CLIENTS], s->clients);
		cell_count(&c[C_RCPTS], s->rcpts);
		cell_time(&c[C_FIRST], s->first_us);
		cell_time(&c[C_LAST], s->last_us);
		cell_series(&c[C_SERIES], &bins, s->v);
		cell_text(&c[C_HOST], s->host);
		cell_text(&c[C_CLIENT], s->client);
		cell_text(&c[C_SAMPLE], s->sample.text);
	}
	report_total(r, "refused", "refused", refused);
	report_total(r, "for_now", "refused for now (4xx)", for_now);
	report_chart(r, "refusals", "Refusals", &bins, all);
	report_facts_end(r, fs);
	tally_release(&t);
	distinct_release(&d);
	buf_release(&key);
	return rc;
}

const struct report_def report_rejected = {
	.name = "rejected",
	.about = "what we refused at our door, by reason, client or recipient",
	.period = "yesterday",
	.by = by,
	.takes = REPORT_TERMS,
	.table = tables,
	.ntable = 1,
	.run = run,
};
