/*
 * report_delay.c: how long mail stays: at each host of ours, and until the
 * other side has it.
 *
 * Times are from a hop's first line about the mail to the line that said it
 * was accepted further on; Postfix says them itself.  Percentiles come from counts in steps of a
 * twelfth: never kept one by one, right within 6 %.
 */
#include <math.h>

#include "query/report.h"
#include "base/banned.h"

enum { T_HOPS, T_DESTINATIONS, TABLES };

enum {
	STEPS = 12,	/* for each doubling */
	DOUBLINGS = 34, /* from a millisecond to half a year */
	BUCKETS = STEPS * DOUBLINGS + 1,
	ROWS_MAX = 4000, /* that have counts of their own */
};

enum {
	C_WHAT,
	C_COPIES,
	C_P50,
	C_P90,
	C_P99,
	C_MOST,
	C_RETRIED,
	C_WAITING,
	COLS
};

#define COLUMNS(title)                                                         \
	{                                                                      \
		[C_WHAT] = { "what", title, COL_TEXT, 0 },                     \
		[C_COPIES] = { "copies", "copies", COL_COUNT, 0 },             \
		[C_P50] = { "p50", "half within", COL_SPAN, 0 },               \
		[C_P90] = { "p90", "90 %", COL_SPAN, COL_BAR },                \
		[C_P99] = { "p99", "99 %", COL_SPAN, 0 },                      \
		[C_MOST] = { "longest", "longest", COL_SPAN, 0 },              \
		[C_RETRIED] = { "retried", "retried", COL_SHARE, 0 },          \
		[C_WAITING] = { "waiting", "waiting", COL_COUNT, 0 },          \
	}

static const struct col cols[TABLES][COLS] = {
	[T_HOPS] = COLUMNS("host"),
	[T_DESTINATIONS] = COLUMNS("destination"),
};

static const struct table_def tables[TABLES] = {
	[T_HOPS] = { "hops", "At our hosts, until it was handed on or stored",
	    "nothing was delivered", cols[T_HOPS], COLS },
	[T_DESTINATIONS] = { "destinations", "Until the other side had it",
	    "nothing left us", cols[T_DESTINATIONS], COLS },
};

struct sum {
	struct str what;
	uint64_t copies, retried, waiting;
	int64_t most_us;
	uint32_t *n; /* BUCKETS */
};

static size_t
bucket(int64_t us)
{
	double ms = (double)us / 1000;
	double at;

	if (ms <= 1)
		return 0;
	at = log2(ms) * STEPS + 1;
	return at < BUCKETS - 1 ? (size_t)at : BUCKETS - 1;
}

/* The middle of a bucket. */
static int64_t
span(size_t i)
{
	return i ? (int64_t)(1000 * exp2(((double)i - 0.5) / STEPS)) : 0;
}

static void
cell_percentile(struct cell *c, const struct sum *s, double part)
{
	uint64_t want = (uint64_t)((double)s->copies * part), seen = 0;
	int64_t us = s->most_us;

	for (size_t i = 0; i < BUCKETS; i++) {
		seen += s->n[i];
		if (seen > want) {
			us = span(i);
			break;
		}
	}
	c->n = us < s->most_us ? us : s->most_us;
	c->set = s->copies > 0;
}

/* Postfix says it to the hundredth, where stamps are of whole seconds. */
static int64_t
stayed(const struct fact *f)
{
	int64_t us;

	if (f->mta == MTA_POSTFIX && f->ev &&
	    str_seconds_us(rev_get(f->ev, F_DELAY), &us) && us >= 0)
		return us;
	return f->t_us > f->start_us ? f->t_us - f->start_us : 0;
}

static void
add(struct report *r, struct tally *t, struct buf *key, struct str what,
    const struct fact *f, bool waits)
{
	int64_t us = stayed(f);
	struct sum *s;

	what = what.n ? what : STR("-");
	if (t->n >= ROWS_MAX && !map_get(&t->map, tally_key(key, &what, 1)))
		what = STR("others");
	s = tally_row(t, tally_key(key, &what, 1));
	if (!s->what.p) {
		s->what = arena_dup(&r->arena, what);
		s->n = arena_array(&r->arena, uint32_t, BUCKETS);
	}
	if (waits) {
		s->waiting++;
		return;
	}
	s->copies++;
	s->n[bucket(us)]++;
	s->retried += f->attempts > 1;
	if (us > s->most_us)
		s->most_us = us;
}

static int
slowest(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->copies != b->copies)
		return a->copies < b->copies ? 1 : -1;
	return str_cmp(a->what, b->what);
}

static void
rows(struct report *r, struct tally *t, size_t table)
{
	tally_sort(t, slowest);
	for (size_t i = 0; i < t->n; i++) {
		const struct sum *s = t->row[i];
		struct cell *c = report_row(r, table);

		cell_text(&c[C_WHAT], s->what);
		cell_count(&c[C_COPIES], s->copies);
		cell_percentile(&c[C_P50], s, 0.5);
		cell_percentile(&c[C_P90], s, 0.9);
		cell_percentile(&c[C_P99], s, 0.99);
		cell_number(&c[C_MOST], s->copies ? s->most_us : -1);
		cell_share(&c[C_RETRIED], s->retried, s->copies);
		cell_count(&c[C_WAITING], s->waiting);
	}
}

static int
run(struct report *r, struct err *err)
{
	struct facts *fs = report_facts(r, 1u << FACT_COPY, err);
	struct buf key = BUF_INIT(64 * 1024);
	struct tally t[TABLES];
	struct fact f;
	int rc;

	if (!fs)
		return -1;
	for (int i = 0; i < TABLES; i++)
		tally_init(&t[i], &r->arena, sizeof(struct sum));
	while ((rc = facts_next(fs, &f, err)) == 1) {
		bool went = f.copy && f.copy->state == ST_SENT;
		bool waits = f.open;

		if (!went && !waits)
			continue;
		add(r, &t[T_HOPS], &key, f.host, &f, waits);
		if (f.state == OUT_LEFT ||
		    (waits && f.flow == FLOW_OUTBOUND && !f.leg))
			add(r, &t[T_DESTINATIONS], &key,
			    report_receiver(r,
				f.relay_name.n ? f.relay_name :
						 f.fail_relay_name,
				f.domain),
			    &f, waits);
	}
	for (int i = 0; i < TABLES; i++) {
		rows(r, &t[i], (size_t)i);
		tally_release(&t[i]);
	}
	report_facts_end(r, fs);
	buf_release(&key);
	return rc;
}

const struct report_def report_delay = {
	.name = "delay",
	.about = "how long mail stays at our hosts, and until it has left",
	.period = "yesterday",
	.table = tables,
	.ntable = TABLES,
	.run = run,
};
