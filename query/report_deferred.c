/*
 * report_deferred.c: the queue as it is at the end of the period: what waits,
 * since when, why, when it is tried again at the latest, and when its time
 * runs out.  The walk covers a queue's lifetime, because a mail on hold may be
 * silent for days.
 */
#include "query/report.h"
#include "base/banned.h"

#define SEC_US	 INT64_C(1000000)
#define DAY_US	 (86400 * SEC_US)
#define LIFE_US	 (5 * DAY_US)	 /* maximal_queue_lifetime, by default */
#define RETRY_US (4300 * SEC_US) /* maximal_backoff_time and some */

enum {
	C_WHAT,
	C_STATE,
	C_CLASS,
	C_RECEIVER,
	C_MESSAGES,
	C_RCPTS,
	C_BYTES,
	C_SINCE,
	C_LAST,
	C_NEXT,
	C_UNTIL,
	C_ATTEMPTS,
	C_DOMAINS,
	C_HOST,
	C_QID,
	C_SENDER,
	C_SAMPLE,
	COLS
};

static const struct col cols[COLS] = {
	[C_WHAT] = { "what", "waits for", COL_TEXT, 0 },
	[C_STATE] = { "state", "state", COL_TEXT, 0 },
	[C_CLASS] = { "class", "why", COL_TEXT, 0 },
	[C_RECEIVER] = { "receiver", "receiver", COL_TEXT, COL_HIDE_TEXT },
	[C_MESSAGES] = { "messages", "messages", COL_COUNT, COL_HIDE_TEXT },
	[C_RCPTS] = { "recipients", "recipients", COL_COUNT, COL_BAR },
	[C_BYTES] = { "bytes", "size", COL_BYTES, COL_HIDE_TEXT },
	[C_SINCE] = { "since", "since", COL_TIME, 0 },
	[C_LAST] = { "last_attempt", "last attempt", COL_TIME, 0 },
	[C_NEXT] = { "next_by", "next by", COL_TIME, COL_HIDE_TEXT },
	[C_UNTIL] = { "until", "until", COL_TIME, 0 },
	[C_ATTEMPTS] = { "attempts", "attempts", COL_COUNT, COL_HIDE_TEXT },
	[C_DOMAINS] = { "domains", "domains", COL_COUNT, COL_HIDE_TEXT },
	[C_HOST] = { "host", "host", COL_TEXT, COL_HIDE_TEXT },
	[C_QID] = { "qid", "queue id", COL_TEXT, COL_HIDE_TEXT },
	[C_SENDER] = { "sender", "sender", COL_TEXT, COL_HIDE_TEXT },
	[C_SAMPLE] = { "sample", "newest reply", COL_TEXT, COL_WIDE },
};

static const struct table_def tables[] = {
	{ "queue", "In the queue", "nothing waits", cols, COLS },
};

static const char *const by[] = { "receiver", "domain", "class", "host",
	"sender", "recipient", "message", NULL };

struct sum {
	struct str what, receiver, host, qid, sender;
	struct newest sample;
	enum out_state state;
	enum cls cls;
	uint64_t messages, rcpts, attempts, domains, life;
	int64_t bytes, since_us, last_us, until_us;
};

struct queue {
	struct report *r;
	struct tally t;
	struct distinct d;
	struct buf key;
	uint64_t messages, counted;
	uint64_t rcpts[OUT_STATES], own;
	int64_t bytes, oldest_us;
};

static struct str
what_of(struct queue *q, const struct fact *f, struct str receiver)
{
	struct str what;

	if (report_what(q->r, f, &what))
		return what;
	if (report_by(q->r, "class"))
		return STR("");
	if (report_by(q->r, "message"))
		return arena_printf(&q->r->arena, STR_FMT " " STR_FMT,
		    STR_ARG(f->host), STR_ARG(f->qid));
	return receiver;
}

static void
add(struct queue *q, const struct fact *f)
{
	struct arena *a = &q->r->arena;
	enum cls cls = f->failed ? f->why->cls : CLS_NONE;
	struct str receiver, part[3];
	int64_t last = f->last_us ? f->last_us : f->t_us;
	int64_t since = f->start_us;
	struct sum *s;

	receiver = report_receiver(q->r, f->fail_relay_name, f->domain);
	part[0] = what_of(q, f, receiver);
	part[1] = str_c(out_state_name[f->state]);
	part[2] = str_c(cls_name(cls));
	s = tally_row(&q->t, tally_key(&q->key, part, 3));
	if (!s->what.p) {
		s->what = arena_dup(a, part[0].n ? part[0] : STR(""));
		s->state = f->state;
		s->cls = cls;
		s->receiver = receiver;
	}
	if (report_newest(q->r, &s->sample, last, f->reply, f->qid)) {
		s->host = report_keep(q->r, f->host);
		s->qid = arena_dup(a, f->qid);
		s->sender = arena_dup(a, fact_sender(f));
	}
	if (s->life != f->life_no) {
		s->life = f->life_no;
		s->messages++;
		if (f->size_bytes > 0)
			s->bytes += f->size_bytes;
	}
	if (q->counted != f->life_no) {
		q->counted = f->life_no;
		q->messages++;
		if (f->size_bytes > 0)
			q->bytes += f->size_bytes;
	}
	s->rcpts++;
	s->attempts += f->attempts;
	q->rcpts[f->state]++;
	q->own += f->from.p && !f->from.n;
	s->domains += distinct_add(&q->d, s, 0, f->domain);
	if (!s->since_us || since < s->since_us)
		s->since_us = since;
	if (last > s->last_us)
		s->last_us = last;
	if (since + LIFE_US > s->until_us)
		s->until_us = since + LIFE_US;
	if (!q->oldest_us || since < q->oldest_us)
		q->oldest_us = since;
}

static int
by_count(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->rcpts != b->rcpts)
		return a->rcpts < b->rcpts ? 1 : -1;
	if (a->since_us != b->since_us)
		return a->since_us < b->since_us ? -1 : 1;
	return str_cmp(a->what, b->what);
}

static void
put_rows(struct queue *q)
{
	struct report *r = q->r;

	tally_sort(&q->t, by_count);
	for (size_t i = 0; i < q->t.n; i++) {
		const struct sum *s = q->t.row[i];
		struct cell *c;

		if (s->rcpts < r->min)
			continue;
		c = report_row(r, 0);
		cell_text(&c[C_WHAT], s->what);
		cell_text(&c[C_STATE], str_c(out_state_name[s->state]));
		cell_text(&c[C_CLASS], str_c(cls_name(s->cls)));
		cell_text(&c[C_RECEIVER], s->receiver);
		cell_count(&c[C_MESSAGES], s->messages);
		cell_count(&c[C_RCPTS], s->rcpts);
		cell_number(&c[C_BYTES], s->bytes);
		cell_time(&c[C_SINCE], s->since_us);
		if (s->attempts)
			cell_time(&c[C_LAST], s->last_us);
		if (s->state == OUT_DEFERRED)
			cell_time(&c[C_NEXT], s->last_us + RETRY_US);
		if (s->state != OUT_HELD) /* on hold for ever */
			cell_time(&c[C_UNTIL], s->until_us);
		cell_count(&c[C_ATTEMPTS], s->attempts);
		cell_count(&c[C_DOMAINS], s->domains);
		cell_text(&c[C_HOST], s->host);
		cell_text(&c[C_QID], s->qid);
		cell_text(&c[C_SENDER], s->sender);
		cell_text(&c[C_SAMPLE], s->sample.text);
	}
}

static int
run(struct report *r, struct err *err)
{
	struct facts_ask ask = report_ask(r, 1u << FACT_COPY);
	struct queue q = { .r = r };
	struct facts *fs;
	struct fact f;
	int rc;

	/* the queue at one moment: what was silent for longer has left it */
	if (r->now_us && r->t1_us > r->now_us)
		r->t1_us = r->now_us;
	r->t0_us = r->t1_us;
	ask.groups = 1u << GRP_NONE;
	ask.t1_us = r->t1_us;
	ask.t0_us = r->t1_us - LIFE_US - DAY_US;
	fs = facts_open(&ask, err);
	if (!fs)
		return -1;
	buf_init(&q.key, 64 * 1024);
	tally_init(&q.t, &r->arena, sizeof(struct sum));
	while ((rc = facts_next(fs, &f, err)) == 1)
		if (f.open && !f.leg && report_asked(r, &f))
			add(&q, &f);
	put_rows(&q);
	report_total(r, "messages", "messages", q.messages);
	report_total(r, "deferred", "recipients deferred",
	    q.rcpts[OUT_DEFERRED]);
	report_total(r, "held", "on hold", q.rcpts[OUT_HELD]);
	report_total(r, "queued", "not tried yet", q.rcpts[OUT_QUEUED]);
	report_total(r, "notices", "of them bounces and reports of ours",
	    q.own);
	report_facts_end(r, fs);
	tally_release(&q.t);
	distinct_release(&q.d);
	buf_release(&q.key);
	return rc;
}

const struct report_def report_deferred = {
	.name = "deferred",
	.about = "the queue: what waits, since when, why, until when",
	.period = "now",
	.by = by,
	.takes = REPORT_MIN | REPORT_TERMS,
	.table = tables,
	.ntable = 1,
	.run = run,
};
