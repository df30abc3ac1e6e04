/*
 * report_incidents.c: failures of deliveries that look alike, as one thing:
 * the same reason, at the same receiver, from the same address of ours (or
 * host).  How many more than on the day before, since when, whether it goes
 * on.  One line of words for each: what a person would say on the phone.
 */
#include "base/stamp.h"
#include "query/ourip.h"
#include "query/report.h"
#include "base/banned.h"

#define DAY_US (86400 * INT64_C(1000000))
#define RUN_US (6 * 3600 * INT64_C(1000000)) /* silence that ends one */

enum {
	C_SAY,
	C_CLASS,
	C_GROUP,
	C_RECEIVER,
	C_IP,
	C_HOST,
	C_RCPTS,
	C_MESSAGES,
	C_MORE,
	C_SENDERS,
	C_DOMAINS,
	C_FOR_GOOD,
	C_SINCE,
	C_LAST,
	C_GOES_ON,
	C_SERIES,
	C_SAMPLE,
	COLS
};

static const struct col cols[COLS] = {
	[C_SAY] = { "say", "what", COL_TEXT, COL_WIDE },
	[C_CLASS] = { "class", "why", COL_TEXT, 0 },
	[C_GROUP] = { "group", "group", COL_TEXT, COL_HIDE_TEXT },
	[C_RECEIVER] = { "receiver", "at", COL_TEXT, 0 },
	[C_IP] = { "ip", "from", COL_TEXT, COL_HIDE_TEXT },
	[C_HOST] = { "host", "host", COL_TEXT, COL_HIDE_TEXT },
	[C_RCPTS] = { "recipients", "recipients", COL_COUNT, COL_BAR },
	[C_MESSAGES] = { "messages", "messages", COL_COUNT, COL_HIDE_TEXT },
	[C_MORE] = { "more", "more", COL_COUNT, COL_HIDE_TEXT },
	[C_SENDERS] = { "senders", "senders", COL_COUNT, COL_HIDE_TEXT },
	[C_DOMAINS] = { "domains", "domains", COL_COUNT, COL_HIDE_TEXT },
	[C_FOR_GOOD] = { "for_good", "for good", COL_COUNT, COL_HIDE_TEXT },
	[C_SINCE] = { "since", "since", COL_TIME, 0 },
	[C_LAST] = { "last", "last", COL_TIME, 0 },
	[C_GOES_ON] = { "goes_on", "goes on", COL_FLAG, COL_HIDE_TEXT },
	[C_SERIES] = { "series", "when", COL_SERIES, 0 },
	[C_SAMPLE] = { "sample", "newest reply", COL_TEXT, COL_WIDE },
};

static const struct table_def tables[] = {
	{ "incidents", "Failures that look alike", "nothing failed", cols,
	    COLS },
};

struct sum {
	struct str receiver, ip, host;
	struct newest sample;
	enum cls cls;
	uint64_t messages, rcpts, senders, domains, for_good, before;
	uint64_t life, copy;
	int64_t since_us, last_us, *first; /* first: of each bin */
	uint32_t *v;
};

struct incidents {
	struct report *r;
	struct tally t;
	struct distinct d;
	struct buf key;
	struct bins bins;
	struct ourip ourip;
	uint64_t copy, *all;
};

static void
count(struct incidents *in, const struct fact *f, struct sum *s,
    const struct rec_event *e)
{
	size_t bin = bin_of(&in->bins, e->t_us);
	bool again = s->copy == in->copy;

	if (report_newest(in->r, &s->sample, e->t_us, rev_get(e, F_REPLY),
		f->host))
		s->host = report_keep(in->r, f->host);
	if (e->t_us > s->last_us)
		s->last_us = e->t_us;
	if (bin < in->bins.n) {
		if (!s->v[bin] || e->t_us < s->first[bin])
			s->first[bin] = e->t_us;
		s->v[bin]++;
		in->all[bin]++;
	}
	if (again)
		return;
	if (s->life != f->life_no)
		s->messages++;
	s->life = f->life_no;
	s->copy = in->copy;
	s->rcpts++;
	s->for_good += f->state == OUT_BOUNCED || f->state == OUT_EXPIRED;
	s->senders += distinct_add(&in->d, s, 0, f->from);
	s->domains += distinct_add(&in->d, s, 1, f->domain);
}

static void
add(struct incidents *in, struct facts *fs, const struct fact *f)
{
	struct arena *a = &in->r->arena;
	const struct rec_event *e;
	size_t i = 0;

	in->copy++;
	while ((e = fact_failure(f, &i))) {
		const struct classify_out *why = facts_why(fs, e);
		struct str relay = fact_relay(e), part[3];
		enum ourip_from from;
		struct sum *s;

		if (why->cls == CLS_NONE ||
		    (e->kind != EV_DELIVERY && e->kind != EV_ATTEMPT))
			continue;
		part[0] = str_c(cls_name(why->cls));
		part[1] = report_receiver(in->r, relay, f->domain);
		part[2] = ourip_of(&in->ourip, f->host, f->inst,
		    rev_get(e, F_LOCAL_IP), why, &from);
		if (!part[2].n)
			part[2] = f->host;
		s = tally_row(&in->t, tally_key(&in->key, part, 3));
		if (!s->v) {
			s->cls = why->cls;
			s->receiver = part[1];
			s->ip = from != OURIP_UNKNOWN ? arena_dup(a, part[2]) :
							STR_NONE;
			s->v = bins_row(in->r, &in->bins);
			s->first = arena_array(a, int64_t, in->bins.n + 1);
		}
		if (e->t_us >= in->r->t0_us) {
			count(in, f, s, e);
		} else if (s->copy != in->copy) {
			s->copy = in->copy;
			s->before++;
		}
	}
}

/* The newest stretch without a long silence. */
static void
find_since(const struct incidents *in, struct sum *s)
{
	s->since_us = s->last_us;
	for (size_t i = in->bins.n; i-- > 0;) {
		if (!s->v[i])
			continue;
		if (s->since_us - in->bins.t0_us -
			(int64_t)(i + 1) * in->bins.step_us >
		    RUN_US)
			break;
		if (s->first[i] < s->since_us)
			s->since_us = s->first[i];
	}
}

static uint64_t
more(const struct sum *s)
{
	return s->rcpts > s->before ? s->rcpts - s->before : 0;
}

static int
by_more(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (more(a) != more(b))
		return more(a) < more(b) ? 1 : -1;
	if (a->rcpts != b->rcpts)
		return a->rcpts < b->rcpts ? 1 : -1;
	if (a->last_us != b->last_us)
		return a->last_us < b->last_us ? 1 : -1;
	return str_cmp(a->receiver, b->receiver);
}

/* "412 more since 08:10 to outlook.com from 192.0.2.25" */
static struct str
say(const struct incidents *in, const struct sum *s)
{
	const struct report *r = in->r;
	struct buf b = BUF_INIT(4096);
	struct str out;

	if (s->before && more(s))
		buf_printf(&b, "%llu more than the day before (%llu)",
		    (unsigned long long)more(s), (unsigned long long)s->rcpts);
	else if (s->before)
		buf_printf(&b, "%llu, no more than the day before",
		    (unsigned long long)s->rcpts);
	else
		buf_printf(&b, "%llu", (unsigned long long)s->rcpts);
	buf_puts(&b, " since ");
	stamp_print(&b, s->since_us, r->tz, STAMP_MINUTES);
	buf_puts(&b, " to ");
	buf_add(&b, s->receiver.n ? s->receiver : STR("(no domain)"));
	if (s->domains > 1)
		buf_printf(&b, " (%llu domains)",
		    (unsigned long long)s->domains);
	buf_puts(&b, " from ");
	buf_add(&b, s->ip.n ? s->ip : s->host);
	out = arena_dup(&in->r->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static void
put_rows(struct incidents *in)
{
	struct report *r = in->r;

	tally_sort(&in->t, by_more);
	for (size_t i = 0; i < in->t.n; i++) {
		struct sum *s = in->t.row[i];
		struct cell *c;

		if (!s->rcpts || s->rcpts < r->min)
			continue;
		find_since(in, s);
		c = report_row(r, 0);
		cell_text(&c[C_SAY], say(in, s));
		cell_text(&c[C_CLASS], str_c(cls_name(s->cls)));
		cell_text(&c[C_GROUP], str_c(grp_name(cls_grp(s->cls))));
		cell_text(&c[C_RECEIVER], s->receiver);
		cell_text(&c[C_IP], s->ip);
		cell_text(&c[C_HOST], s->host);
		cell_count(&c[C_RCPTS], s->rcpts);
		cell_count(&c[C_MESSAGES], s->messages);
		cell_count(&c[C_MORE], more(s));
		cell_count(&c[C_SENDERS], s->senders);
		cell_count(&c[C_DOMAINS], s->domains);
		cell_count(&c[C_FOR_GOOD], s->for_good);
		cell_time(&c[C_SINCE], s->since_us);
		cell_time(&c[C_LAST], s->last_us);
		cell_flag(&c[C_GOES_ON], r->t1_us - s->last_us < RUN_US);
		cell_series(&c[C_SERIES], &in->bins, s->v);
		cell_text(&c[C_SAMPLE], s->sample.text);
	}
}

static int
run(struct report *r, struct err *err)
{
	struct facts_ask ask = report_ask(r, 1u << FACT_COPY);
	struct incidents in = { .r = r };
	struct facts *fs;
	struct fact f;
	int rc;

	if (r->t0_us > DAY_US)
		ask.t0_us -= DAY_US;
	ask.groups = FACTS_FAILED;
	fs = facts_open(&ask, err);
	if (!fs)
		return -1;
	buf_init(&in.key, 64 * 1024);
	report_bins(r, &in.bins);
	in.all = arena_array(&r->arena, uint64_t, in.bins.n + 1);
	tally_init(&in.t, &r->arena, sizeof(struct sum));
	ourip_init(&in.ourip, r->st, facts_site(fs), &r->arena, ask.t0_us,
	    ask.t1_us);
	while ((rc = facts_next(fs, &f, err)) == 1)
		if (f.copy && !f.refused && !f.is_filter)
			add(&in, fs, &f);
	put_rows(&in);
	report_chart(r, "failures", "Failed attempts", &in.bins, in.all);
	report_facts_end(r, fs);
	tally_release(&in.t);
	distinct_release(&in.d);
	buf_release(&in.key);
	return rc;
}

const struct report_def report_incidents = {
	.name = "incidents",
	.about = "failures that look alike: what, since when, to whom",
	.period = "yesterday",
	.takes = REPORT_MIN,
	.table = tables,
	.ntable = 1,
	.run = run,
};
