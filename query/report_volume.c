/*
 * report_volume.c: how much mail came in: from outside, to outside, inside.
 *
 * A mail is counted where it came in, once: at the first host of ours, from a
 * client that is none of our hosts or filters.  What is only handed on from
 * host to filter to host is not volume; notices made here are counted apart,
 * and so are transfers the client gave up on.
 */
#include <stdio.h>

#include "base/stamp.h"
#include "base/zone.h"
#include "query/report.h"
#include "base/banned.h"

#define SEC    INT64_C(1000000)
#define DAY_US (86400 * SEC)

enum {
	C_WHAT,
	C_START,
	C_MESSAGES,
	C_INBOUND,
	C_OUTBOUND,
	C_INTERNAL,
	C_RCPTS,
	C_BYTES,
	C_SENDERS,
	C_SERIES,
	COLS
};

static const struct col cols[COLS] = {
	[C_WHAT] = { "what", "", COL_TEXT, 0 },
	[C_START] = { "start", "from", COL_TIME, COL_HIDE_TEXT },
	[C_MESSAGES] = { "messages", "messages", COL_COUNT, COL_BAR },
	[C_INBOUND] = { "inbound", "in", COL_COUNT, 0 },
	[C_OUTBOUND] = { "outbound", "out", COL_COUNT, 0 },
	[C_INTERNAL] = { "internal", "inside", COL_COUNT, 0 },
	[C_RCPTS] = { "recipients", "recipients", COL_COUNT, 0 },
	[C_BYTES] = { "bytes", "size", COL_BYTES, 0 },
	[C_SENDERS] = { "senders", "senders", COL_COUNT, COL_HIDE_TEXT },
	[C_SERIES] = { "series", "when", COL_SERIES, 0 },
};

static const struct table_def tables[] = {
	{ "volume", "Mails that came in", "no mail came in", cols, COLS },
};

static const char *const by[] = { "time", "hour", "day", "domain", "host",
	"user", "sender", NULL };

struct sum {
	struct str what;
	int64_t start_us;
	uint64_t messages, flow[FLOWS], rcpts, senders, bytes;
	uint32_t *v;
};

static int
by_count(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->start_us != b->start_us)
		return a->start_us < b->start_us ? -1 : 1;
	if (a->messages != b->messages)
		return a->messages < b->messages ? 1 : -1;
	return str_cmp(a->what, b->what);
}

struct counter {
	struct report *r;
	struct tally t;
	struct distinct d;
	struct buf key;
	struct bins bins;
	uint64_t all[FLOWS], *chart;
};

static void
add(struct counter *c, struct str what, int64_t start_us, const struct fact *f)
{
	struct report *r = c->r;
	char start[24]; /* an hour that is shown twice is two of them */
	int n = snprintf(start, sizeof(start), "%lld", (long long)start_us);
	struct str part[2] = { what, str_make(start, (size_t)n) };
	struct sum *s = tally_row(&c->t, tally_key(&c->key, part, 2));

	if (!s->what.p) {
		s->what = arena_dup(&r->arena, what.n ? what : STR("-"));
		s->start_us = start_us;
		if (!start_us)
			s->v = bins_row(r, &c->bins);
	}
	s->messages++;
	s->flow[f->flow]++;
	s->rcpts += f->life->ncopy;
	s->bytes += f->size_bytes > 0 ? (uint64_t)f->size_bytes : 0;
	s->senders += f->from.n && distinct_add(&c->d, s, 0, f->from);
	if (s->v)
		bins_count(&c->bins, s->v, NULL, f->t_us);
}

/* Rows are hours or days of --tz: of two days and less the hours. */
static void
add_time(struct counter *c, const struct fact *f)
{
	const struct report *r = c->r;
	bool days = report_by(r, "day") ||
		    (report_by(r, "time") && r->t1_us - r->t0_us > 2 * DAY_US);
	int64_t t = f->t_us / SEC, local;
	struct buf b = BUF_INIT(64);
	struct err err;
	const struct zone *zone = zone_get(r->tz, &err);

	zone = zone ? zone : zone_utc();
	local = t + zone_offset(zone, t, NULL, NULL);
	/* summer time may begin or end between midnight and now */
	if (days)
		t = zone_to_utc(zone, local - local % (DAY_US / SEC), INT64_MIN,
		    NULL, NULL);
	else
		t -= local % 3600;
	stamp_print(&b, t * SEC, r->tz, days ? STAMP_DATE : STAMP_MINUTES);
	add(c, buf_str(&b), t * SEC, f);
	buf_release(&b);
}

/* The sender's domain; of what comes in, each domain it is for. */
static void
add_domains(struct counter *c, const struct fact *f)
{
	const struct life *l = f->life;

	if (f->flow != FLOW_INBOUND || !l->ncopy) {
		add(c,
		    f->flow == FLOW_INBOUND ? STR("unknown") :
					      str_domain(f->from),
		    0, f);
		return;
	}
	for (size_t i = 0; i < l->ncopy; i++) {
		struct str dom = str_domain(l->copy[i].to);
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = str_eqi(str_domain(l->copy[k].to), dom);
		if (!again)
			add(c, dom, 0, f);
	}
}

static void
take(struct counter *c, const struct fact *f)
{
	size_t bin = bin_of(&c->bins, f->t_us);

	c->all[f->flow]++;
	if (bin < c->bins.n)
		c->chart[bin]++;
	if (report_by(c->r, "time") || report_by(c->r, "hour") ||
	    report_by(c->r, "day"))
		add_time(c, f);
	else if (report_by(c->r, "domain"))
		add_domains(c, f);
	else if (report_by(c->r, "host"))
		add(c, f->host, 0, f);
	else if (report_by(c->r, "sender"))
		add(c, fact_sender(f), 0, f);
	else if (f->user.n)
		add(c, f->user, 0, f);
}

static void
rows(struct counter *c)
{
	tally_sort(&c->t, by_count);
	for (size_t i = 0; i < c->t.n; i++) {
		const struct sum *s = c->t.row[i];
		struct cell *cell = report_row(c->r, 0);

		cell_text(&cell[C_WHAT], s->what);
		cell_time(&cell[C_START], s->start_us);
		cell_count(&cell[C_MESSAGES], s->messages);
		cell_count(&cell[C_INBOUND], s->flow[FLOW_INBOUND]);
		cell_count(&cell[C_OUTBOUND], s->flow[FLOW_OUTBOUND]);
		cell_count(&cell[C_INTERNAL], s->flow[FLOW_INTERNAL]);
		cell_count(&cell[C_RCPTS], s->rcpts);
		cell_count(&cell[C_BYTES], s->bytes);
		cell_count(&cell[C_SENDERS], s->senders);
		cell_series(&cell[C_SERIES], &c->bins, s->v);
	}
}

static int
run(struct report *r, struct err *err)
{
	struct facts *fs = report_facts(r, 1u << FACT_LIFE, err);
	struct counter c = { .r = r, .key = BUF_INIT(64 * 1024) };
	uint64_t notices = 0, aborted = 0;
	struct fact f;
	int rc;

	if (!fs)
		return -1;
	report_bins(r, &c.bins);
	c.chart = arena_array(&r->arena, uint64_t, c.bins.n + 1);
	tally_init(&c.t, &r->arena, sizeof(struct sum));
	while ((rc = facts_next(fs, &f, err)) == 1) {
		notices += f.notice;
		if (!f.entry)
			continue;
		if (f.life->aborted)
			aborted++;
		else
			take(&c, &f);
	}
	rows(&c);
	report_total(r, "messages", "mails",
	    c.all[FLOW_INBOUND] + c.all[FLOW_OUTBOUND] + c.all[FLOW_INTERNAL]);
	report_total(r, "inbound", "from outside", c.all[FLOW_INBOUND]);
	report_total(r, "outbound", "to outside", c.all[FLOW_OUTBOUND]);
	report_total(r, "internal", "inside", c.all[FLOW_INTERNAL]);
	report_total(r, "notices", "notices made here", notices);
	report_total(r, "aborted", "given up by the client", aborted);
	report_chart(r, "messages", "Mails that came in", &c.bins, c.chart);
	if (!r->site->ndomain)
		report_note(r,
		    "Which domains are ours is not configured ([ours] "
		    "domains): inbound and inside are told apart by "
		    "who sent alone.");
	report_facts_end(r, fs);
	tally_release(&c.t);
	distinct_release(&c.d);
	buf_release(&c.key);
	return rc;
}

const struct report_def report_volume = {
	.name = "volume",
	.about = "how much mail came in: from outside, to outside, inside",
	.period = "yesterday",
	.by = by,
	.table = tables,
	.ntable = 1,
	.run = run,
};
