/*
 * report_quota.c: mailboxes that are full, ours and elsewhere: since when, how
 * much was refused, what still waits, and whether one took mail again.  How
 * far it goes back is asked of the index, mailbox by mailbox: to the last mail
 * that it took.
 */
#include "query/report.h"
#include "base/banned.h"

#define DAY_US (86400 * INT64_C(1000000))

enum { BACK_DAYS = 30, BACK_ROWS = 300, BACK_RECORDS = 2000 };

enum {
	C_MAILBOX,
	C_WHERE,
	C_RECEIVER,
	C_REFUSED,
	C_WAITING,
	C_BYTES,
	C_SENDERS,
	C_SINCE,
	C_FIRST,
	C_LAST,
	C_NOW,
	C_HOST,
	C_SERIES,
	C_SAMPLE,
	COLS
};

static const struct col cols[COLS] = {
	[C_MAILBOX] = { "mailbox", "mailbox", COL_TEXT, 0 },
	[C_WHERE] = { "where", "where", COL_TEXT, 0 },
	[C_RECEIVER] = { "receiver", "receiver", COL_TEXT, COL_HIDE_TEXT },
	[C_REFUSED] = { "refused", "refused", COL_COUNT, COL_BAR },
	[C_WAITING] = { "waiting", "waiting", COL_COUNT, 0 },
	[C_BYTES] = { "bytes", "size", COL_BYTES, 0 },
	[C_SENDERS] = { "senders", "senders", COL_COUNT, COL_HIDE_TEXT },
	[C_SINCE] = { "since", "full since", COL_TIME, 0 },
	[C_FIRST] = { "first", "first", COL_TIME, COL_HIDE_TEXT },
	[C_LAST] = { "last", "last", COL_TIME, 0 },
	[C_NOW] = { "status", "now", COL_TEXT, 0 },
	[C_HOST] = { "host", "host", COL_TEXT, COL_HIDE_TEXT },
	[C_SERIES] = { "series", "when", COL_SERIES, COL_HIDE_TEXT },
	[C_SAMPLE] = { "sample", "newest reply", COL_TEXT, COL_WIDE },
};

static const struct table_def tables[] = {
	{ "mailboxes", "Full mailboxes", "no mailbox was full", cols, COLS },
};

static const char *const by[] = { "mailbox", "domain", NULL };

struct sum {
	struct str what, receiver, host;
	struct newest sample;
	bool ours;
	uint64_t refused, waiting, senders;
	int64_t bytes, first_us, last_us, since_us, took_us;
	uint32_t *v;
};

struct quota {
	struct report *r;
	const struct site *site;
	struct tally t;
	struct distinct d;
	struct buf key;
	struct bins bins;
	uint64_t *all, ours, remote, waiting, boxes;
};

static void
add(struct quota *q, const struct fact *f)
{
	struct arena *a = &q->r->arena;
	struct str part[1];
	struct sum *s;

	part[0] = report_by(q->r, "domain") ? f->domain : f->to;
	if (!part[0].n)
		return;
	s = tally_row(&q->t, tally_key(&q->key, part, 1));
	if (!s->v) {
		s->what = arena_dup(a, part[0]);
		s->receiver =
		    report_receiver(q->r, f->fail_relay_name, f->domain);
		/* no next hop: the mailbox is on this very host */
		s->ours = !(f->fail_relay_name.n || f->fail_relay_ip.n) ||
			  site_our_server(q->site, f->fail_relay_name,
			      f->fail_relay_ip);
		s->v = bins_row(q->r, &q->bins);
	}
	if (report_newest(q->r, &s->sample, f->fail_us, f->reply, f->host))
		s->host = report_keep(q->r, f->host);
	if (f->open) {
		s->waiting++;
		q->waiting++;
	} else if (f->state == OUT_DELIVERED || f->state == OUT_LEFT) {
		s->took_us = f->t_us > s->took_us ? f->t_us : s->took_us;
	} else {
		s->refused++;
		if (s->ours)
			q->ours++;
		else
			q->remote++;
		if (f->size_bytes > 0)
			s->bytes += f->size_bytes;
	}
	s->senders += distinct_add(&q->d, s, 0, f->from);
	q->boxes += distinct_add(&q->d, NULL, 1, f->to);
	if (!s->first_us || f->fail_first_us < s->first_us)
		s->first_us = f->fail_first_us;
	if (f->fail_us > s->last_us)
		s->last_us = f->fail_us;
	bins_count(&q->bins, s->v, q->all, f->t_us);
}

/* Stored, or taken by another site: not only handed on to a host of ours. */
static bool
took(const struct quota *q, const struct rec_event *e)
{
	if (e->kind == EV_STORED)
		return true;
	if (e->mta == MTA_AMAVIS)
		return false;
	if (!site_our_server(q->site, rev_get(e, F_RELAY_NAME),
		rev_get(e, F_RELAY_IP)))
		return true;
	return str_endsi(e->tag, STR("lmtp")) && /* the mailbox's own word */
	       str_find(rev_get(e, F_REPLY), STR("queued as")) < 0;
}

/* Back to the last mail it took, and on to the first it took since. */
static int
look_back(struct quota *q, struct sum *s, struct err *err)
{
	struct store_token tok = { TOK_ADDR_TO, s->what };
	struct store_set set = { &tok, 1 };
	struct arena line = { 0 };
	struct store_cur *cur;
	int rc = 1;

	s->since_us = s->first_us;
	cur = store_find(q->r->st, &set, 1, 1u << REC_HOP,
	    s->first_us - BACK_DAYS * DAY_US, q->r->t1_us + DAY_US, err);
	if (!cur)
		return -1;
	for (int n = 0; n < BACK_RECORDS; n++) {
		struct record rec;
		bool end = false;

		arena_clear(&line);
		rc = store_next(cur, &line, &rec, err);
		if (rc <= 0)
			break;
		for (size_t i = 0; i < rec.n; i++) {
			const struct rec_event *e = &rec.ev[i];

			if ((e->kind != EV_DELIVERY && e->kind != EV_STORED) ||
			    !str_eqi(rev_get(e, F_TO), s->what))
				continue;
			if (cls_by_name(rev_get(e, F_CLASS)) ==
				CLS_MAILBOX_FULL &&
			    e->t_us < s->since_us)
				s->since_us = e->t_us;
			if (e->state != ST_SENT || !took(q, e))
				continue;
			if (e->t_us > s->last_us && e->t_us > s->took_us)
				s->took_us = e->t_us;
			end |= e->t_us < s->first_us;
		}
		if (end)
			break;
	}
	store_cur_close(cur);
	arena_release(&line);
	return rc < 0 ? -1 : 0;
}

static int
by_count(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->ours != b->ours)
		return a->ours ? -1 : 1;
	if (a->refused != b->refused)
		return a->refused < b->refused ? 1 : -1;
	if (a->waiting != b->waiting)
		return a->waiting < b->waiting ? 1 : -1;
	return str_cmp(a->what, b->what);
}

static int
put_rows(struct quota *q, struct err *err)
{
	struct report *r = q->r;

	tally_sort(&q->t, by_count);
	for (size_t i = 0; i < q->t.n; i++) {
		struct sum *s = q->t.row[i];
		bool box = report_by(r, "mailbox");
		struct cell *c;

		if (s->refused + s->waiting < r->min)
			continue;
		s->since_us = s->first_us;
		if (box && i < BACK_ROWS && look_back(q, s, err) < 0)
			return -1;
		c = report_row(r, 0);
		cell_text(&c[C_MAILBOX], s->what);
		cell_text(&c[C_WHERE], s->ours ? STR("ours") : STR("remote"));
		cell_text(&c[C_RECEIVER], s->receiver);
		cell_count(&c[C_REFUSED], s->refused);
		cell_count(&c[C_WAITING], s->waiting);
		cell_number(&c[C_BYTES], s->bytes);
		cell_count(&c[C_SENDERS], s->senders);
		cell_time(&c[C_SINCE], s->since_us);
		cell_time(&c[C_FIRST], s->first_us);
		cell_time(&c[C_LAST], s->last_us);
		if (box)
			cell_text(&c[C_NOW], s->took_us > s->last_us ?
						 STR("takes mail again") :
						 STR("full"));
		cell_text(&c[C_HOST], s->host);
		cell_series(&c[C_SERIES], &q->bins, s->v);
		cell_text(&c[C_SAMPLE], s->sample.text);
	}
	return 0;
}

static int
run(struct report *r, struct err *err)
{
	struct facts_ask ask = report_ask(r, 1u << FACT_COPY);
	struct quota q = { .r = r };
	struct facts *fs;
	struct fact f;
	int rc;

	ask.groups = 1u << GRP_QUOTA;
	fs = facts_open(&ask, err);
	if (!fs)
		return -1;
	q.site = facts_site(fs);
	buf_init(&q.key, 64 * 1024);
	report_bins(r, &q.bins);
	q.all = arena_array(&r->arena, uint64_t, q.bins.n + 1);
	tally_init(&q.t, &r->arena, sizeof(struct sum));
	while ((rc = facts_next(fs, &f, err)) == 1)
		if (f.failed && !f.leg && f.why->cls == CLS_MAILBOX_FULL &&
		    report_asked(r, &f))
			add(&q, &f);
	if (rc == 0)
		rc = put_rows(&q, err);
	report_total(r, "mailboxes", "full mailboxes", q.boxes);
	report_total(r, "ours", "mails refused by ours", q.ours);
	report_total(r, "remote", "by others", q.remote);
	report_total(r, "waiting", "still waiting", q.waiting);
	report_chart(r, "refused", "Refused or waiting", &q.bins, q.all);
	report_facts_end(r, fs);
	tally_release(&q.t);
	distinct_release(&q.d);
	buf_release(&q.key);
	return rc;
}

const struct report_def report_quota = {
	.name = "quota",
	.about = "full mailboxes, ours and elsewhere: since when, how much",
	.period = "yesterday",
	.by = by,
	.takes = REPORT_MIN | REPORT_TERMS,
	.table = tables,
	.ntable = 1,
	.run = run,
};
