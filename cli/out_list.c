/*
 * out_list.c: many messages, a line each: when, what became of it, why, from
 * whom to whom, and a queue id to ask for the whole of it.  Columns are as
 * wide as what stands in them; where the addresses would have no room the
 * row takes two lines.
 */
#include "base/stamp.h"
#include "cli/out_text.h"
#include "base/banned.h"

enum { ADDRESSES_LEAST = 48, REASON_MAX = 20 };

struct list {
	struct pen *p;
	int state, reason, qid; /* widths */
	bool two;		/* lines a row */
	int64_t day_us;		/* shown last */
};

static const struct ans_rcpt *
speaker(const struct ans_message *m)
{
	enum out_state worst = text_worst(m);

	for (size_t i = 0; i < m->nrcpt; i++)
		if (m->rcpt[i].state == worst)
			return &m->rcpt[i];
	return NULL;
}

/* The id under which it came in; else where it stopped. */
static struct str
any_qid(const struct ans_message *m, const struct ans_rcpt *r)
{
	if (r && r->npath && r->path[0].qid.n)
		return r->path[0].qid;
	if (r && r->stop_qid.n)
		return r->stop_qid;
	return m->nhop ? m->hop[0].qid : STR_NONE;
}

static struct str
reason(const struct ans_rcpt *r)
{
	if (!r || r->c.cls == CLS_NONE || r->c.cls == CLS_DELIVERED)
		return STR_NONE;
	return str_c(cls_name(r->c.cls));
}

static void
widest(int *w, int is)
{
	if (is > *w)
		*w = is;
}

static void
measure(struct list *l, const struct answer *ans)
{
	int left = 0;

	for (size_t i = 0; i < ans->nmessage; i++) {
		const struct ans_message *m = &ans->message[i];
		const struct ans_rcpt *r = speaker(m);

		if (!r)
			continue;
		widest(&l->state, (int)strlen(out_state_name[r->state]));
		widest(&l->reason, pen_width(l->p, reason(r)));
		widest(&l->qid, pen_width(l->p, any_qid(m, r)));
	}
	if (l->reason > REASON_MAX)
		l->reason = REASON_MAX;
	left = 2 + 5 + 2 + l->state + 2 + l->qid + 2 +
	       (l->reason ? l->reason + 2 : 0);
	l->two = l->p->width - left < ADDRESSES_LEAST;
}

static void
addresses(struct pen *p, const struct ans_message *m, const struct ans_rcpt *r,
    int room)
{
	struct buf more = BUF_INIT(64);
	struct str from = m->from.n ? m->from :
			  m->from.p ? STR("<>") :
				      STR("(not logged)");
	struct str to = r ? r->to : STR("(none)");
	int wf = pen_width(p, from), wt;

	if (m->nrcpt > 1)
		buf_printf(&more, " +%zu", m->nrcpt - 1);
	room -= 4 + (int)more.n;
	wt = pen_width(p, to);
	if (wf + wt > room) { /* each its half, or what the other leaves */
		int half = room / 2;

		wf = wt < half ? room - wt : wf < half ? wf : half;
		wt = room - wf;
	}
	pen_cut(p, from, wf);
	pen_c(p, p->utf8 ? " \xe2\x86\x92 " : " -> ");
	pen_cut(p, to, wt);
	pen_c(p, buf_c(&more));
	buf_release(&more);
}

static void
day(struct list *l, int64_t t_us)
{
	struct buf a = BUF_INIT(32), b = BUF_INIT(32);

	stamp_print(&a, t_us, l->p->tz, STAMP_DATE);
	stamp_print(&b, l->day_us, l->p->tz, STAMP_DATE);
	if (!l->day_us || strcmp(buf_c(&a), buf_c(&b)) != 0) {
		pen_ink(l->p, INK_BOLD);
		pen_c(l->p, buf_c(&a));
		pen_plain(l->p);
		pen_nl(l->p);
	}
	l->day_us = t_us;
	buf_release(&a);
	buf_release(&b);
}

static void
row(struct list *l, const struct ans_message *m)
{
	const struct ans_rcpt *r = speaker(m);
	struct pen *p = l->p;
	struct buf clock = BUF_INIT(64);
	int col;

	day(l, m->first_us);
	stamp_print(&clock, m->first_us, p->tz, STAMP_CLOCK);
	pen_c(p, "  ");
	pen_str(p, str_head(buf_str(&clock), 5)); /* without the seconds */
	buf_release(&clock);
	pen_c(p, "  ");
	col = p->col;
	if (r) {
		pen_ink(p, state_ink(r->state));
		pen_c(p, out_state_name[r->state]);
		pen_plain(p);
	}
	pen_pad(p, col += l->state + 2);
	if (l->two) {
		addresses(p, m, r, p->width - col - 1);
		pen_nl(p);
		pen_pad(p, col);
		pen_ink(p, INK_DIM);
		pen_str(p, any_qid(m, r));
		pen_c(p, reason(r).n ? "  " : "");
		pen_str(p, reason(r));
		pen_plain(p);
		pen_nl(p);
		return;
	}
	pen_str(p, any_qid(m, r));
	pen_pad(p, col += l->qid + 2);
	if (l->reason) {
		pen_cut(p, reason(r), l->reason);
		pen_pad(p, col += l->reason + 2);
	}
	addresses(p, m, r, p->width - col - 1);
	pen_nl(p);
}

void
text_list(struct pen *p, const struct out *o, const struct answer *ans)
{
	const struct ans_message *first = &ans->message[0];
	struct str qid = any_qid(first, speaker(first));
	unsigned count[OUT_STATES] = { 0 };
	struct list l = { .p = p };
	size_t rcpts = 0;

	(void)o;
	measure(&l, ans);
	for (size_t i = 0; i < ans->nmessage; i++) {
		row(&l, &ans->message[i]);
		for (size_t k = 0; k < ans->message[i].nrcpt; k++, rcpts++)
			count[ans->message[i].rcpt[k].state]++;
	}
	pen_nl(p);
	pen_printf(p, "%zu messages, %zu recipients: ", ans->nmessage, rcpts);
	text_tally(p, count);
	pen_nl(p);
	if (qid.n) {
		pen_c(p, "one of them whole: mailtrace qid=");
		pen_str(p, qid);
		pen_c(p, "; all of them: -v");
		pen_nl(p);
	}
	for (size_t i = 0; i < ans->nhint; i++)
		pen_wrap(p, ans->hint[i], 0, 0);
}
