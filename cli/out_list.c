/*
 * out_list.c: many messages, one line each: when, what became of it, from
 * whom to whom, why, and a queue id to ask for the whole of it.
 */
#include "base/stamp.h"
#include "cli/out_text.h"
#include "base/banned.h"

enum { TIME = 17, STATE = 12, QID = 14, REASON = 18, LEAST = 24 };

static struct str
any_qid(const struct ans_message *m)
{
	if (m->nhop)
		return m->hop[0].qid;
	return m->nrcpt ? m->rcpt[0].stop_qid : STR_NONE;
}

/* The recipient the line speaks about: one in the worst state. */
static const struct ans_rcpt *
speaker(const struct ans_message *m)
{
	enum out_state worst = text_worst(m);

	for (size_t i = 0; i < m->nrcpt; i++)
		if (m->rcpt[i].state == worst)
			return &m->rcpt[i];
	return NULL;
}

static void
addresses(struct pen *p, const struct ans_message *m,
    const struct ans_rcpt *r, int room)
{
	struct buf b = BUF_INIT(8192);
	struct pen q = { .out = &b, .utf8 = p->utf8 };
	struct str from = m->from.n ? m->from :
	    m->from.p ? STR("<>") : STR("(not logged)");
	struct str to = r ? r->to : STR("(none)");
	int half = (room - 4) / 2, wf, wt;

	if (m->nrcpt > 1)
		buf_printf(&b, " +%zu", m->nrcpt - 1);
	wf = pen_width(&q, from);
	wt = pen_width(&q, to) + (int)b.n;
	if (wf + wt + 4 <= room)
		half = wf;
	else if (wt < half)
		half = room - 4 - wt;
	pen_cut(p, from, half);
	pen_c(p, p->utf8 ? " \xe2\x86\x92 " : " -> ");
	wf = wf < half ? wf : half;
	pen_cut(p, to, room - 4 - wf - (int)b.n);
	pen_c(p, buf_c(&b));
	buf_release(&b);
}

static void
row(struct pen *p, const struct ans_message *m)
{
	const struct ans_rcpt *r = speaker(m);
	int room = p->width - TIME - STATE - QID - REASON - 1;
	int left = p->col;

	if (room < LEAST)
		room = LEAST;
	text_time(p, m->first_us, STAMP_MINUTES);
	pen_c(p, " ");
	if (r) {
		pen_ink(p, state_ink(r->state));
		pen_c(p, out_state_name[r->state]);
		pen_plain(p);
	}
	pen_pad(p, left + TIME + STATE);
	pen_str(p, any_qid(m));
	pen_c(p, " ");
	pen_pad(p, left + TIME + STATE + QID);
	if (r && r->c.cls != CLS_NONE && r->c.cls != CLS_DELIVERED)
		pen_cut(p, str_c(cls_name(r->c.cls)), REASON - 1);
	pen_c(p, " ");
	pen_pad(p, left + TIME + STATE + QID + REASON);
	addresses(p, m, r, room);
	pen_nl(p);
}

void
text_list(struct pen *p, const struct out *o, const struct answer *ans)
{
	unsigned count[OUT_STATES] = { 0 };
	size_t rcpts = 0;

	(void)o;
	for (size_t i = 0; i < ans->nmessage; i++) {
		row(p, &ans->message[i]);
		for (size_t k = 0; k < ans->message[i].nrcpt; k++, rcpts++)
			count[ans->message[i].rcpt[k].state]++;
	}
	pen_nl(p);
	pen_printf(p, "%zu messages, %zu recipients: ", ans->nmessage, rcpts);
	text_tally(p, count);
	pen_nl(p);
	if (any_qid(&ans->message[0]).n) {
		pen_c(p, "one of them whole: mailtrace qid=");
		pen_str(p, any_qid(&ans->message[0]));
		pen_c(p, ", all of them: -v");
		pen_nl(p);
	}
	for (size_t i = 0; i < ans->nhint; i++)
		pen_wrap(p, ans->hint[i], 0, 0);
}
