/*
 * ndr_trace.c: the message a bounce is about, in the store: the first that is
 * found by one of `ways`, the surest first.
 */
#include <stdio.h>

#include "base/stamp.h"
#include "cli/ndr.h"
#include "base/banned.h"

/* A notice follows its message within that. */
#define BEFORE_US ((int64_t)8 * 24 * 3600 * 1000000)
#define AFTER_US  ((int64_t)3600 * 1000000)

static const struct ans_message *
ask(struct ndr *n, struct query *q, struct answer *ans)
{
	struct err err;

	q->limit = 1;
	if (!q->nterm ||
	    query_run(q, n->store, &n->env->config.site, n->cl, ans, &err) < 0)
		return NULL;
	return ans->nmessage ? &ans->message[0] : NULL;
}

static bool
add(struct query *q, enum term_key key, struct str v)
{
	struct err err;

	return v.n && query_term_kv(q, key, OP_EQ, v, &err) == 0;
}

/* "Mon, 16 Nov 2026 09:00:59 +0100" of a Date field; 0 when it is none. */
static int64_t
date_us(struct str s)
{
	struct str f[6] = { { 0 } };
	struct buf b = BUF_INIT(64);
	struct stamp st;
	int64_t t = 0, zone = 0;
	ptrdiff_t comma = str_chr(s, ',');

	s = str_trim(comma >= 0 ? str_from(s, (size_t)comma + 1) : s);
	for (int i = 0; i < 6 && s.n; i++) {
		f[i] = str_split(&s, ' ');
		s = str_trim(s);
	}
	buf_printf(&b, STR_FMT " " STR_FMT " %s" STR_FMT " " STR_FMT,
	    STR_ARG(f[2]), STR_ARG(f[1]), f[0].n == 1 ? " " : "", STR_ARG(f[0]),
	    STR_ARG(f[3]));
	if (f[4].n == 5 && str_i64(f[4], &zone))
		zone = zone / 100 * 60 + zone % 100;
	if (stamp_parse(buf_str(&b), &st) && st.year)
		t = (stamp_local_s(&st, st.year) - zone * 60) * 1000000;
	buf_release(&b);
	return t > 0 ? t : 0;
}

/* What was sent so long before the notice, or a little after it by clocks
 * that differ. */
static bool
add_time(struct query *q, int64_t t_us)
{
	struct buf b = BUF_INIT(64);
	bool ok;

	stamp_print(&b, t_us - BEFORE_US, "UTC", STAMP_RFC3339);
	ok = t_us && add(q, T_SINCE, buf_str(&b));
	buf_clear(&b);
	stamp_print(&b, t_us + AFTER_US, "UTC", STAMP_RFC3339);
	ok = ok && add(q, T_UNTIL, buf_str(&b));
	buf_release(&b);
	return ok;
}

static bool
by_id(struct query *q, const struct bounce *b, struct str to)
{
	(void)to;
	return b->original.message_id.n < 1000 &&
	       add(q, T_ID, b->original.message_id);
}

static bool
by_qid(struct query *q, const struct bounce *b, struct str to)
{
	(void)to;
	return b->original.qid.n < 100 && add(q, T_QID, b->original.qid);
}

static bool
by_subject(struct query *q, const struct bounce *b, struct str to)
{
	return add(q, T_FROM, b->original.from) && add(q, T_TO, to) &&
	       add(q, T_SUBJECT, b->original.subject);
}

/* The notice goes to who sent the message. */
static bool
by_time(struct query *q, const struct bounce *b, struct str to)
{
	return add(q, T_FROM, b->original.from.n ? b->original.from : b->to) &&
	       add(q, T_TO, to) && add_time(q, date_us(b->date));
}

static const struct way {
	const char *how;
	bool (*terms)(struct query *q, const struct bounce *b, struct str to);
} ways[] = {
	{ "Message-ID", by_id },
	{ "queue id", by_qid },
	{ "sender, recipient and subject", by_subject },
	{ "sender, recipient and time (a guess)", by_time },
};

static void
note(struct ndr_trace *t, const struct ans_message *m, struct str to,
    struct arena *a)
{
	t->found = true;
	t->message_id = arena_dup(a, m->message_id);
	t->from = arena_dup(a, m->from);
	t->subject = arena_dup(a, m->subject);
	t->first_us = m->first_us;
	if (m->nhop) {
		t->host = arena_dup(a, m->hop[0].host);
		t->qid = arena_dup(a, m->hop[0].qid);
	}
	for (size_t i = 0; i < m->nrcpt; i++) {
		const struct ans_rcpt *r = &m->rcpt[i];

		if (!str_eqi(r->to, to) && !str_eqi(r->original_to, to))
			continue;
		t->state = out_state_name[r->state];
		if (r->stop_host.n && r->stop_qid.n) { /* where it ended */
			t->host = arena_dup(a, r->stop_host);
			t->qid = arena_dup(a, r->stop_qid);
		}
	}
	if (m->message_id.n && m->message_id.n < 1000)
		snprintf(t->term, sizeof(t->term), "id=" STR_FMT,
		    STR_ARG(t->message_id));
	else
		snprintf(t->term, sizeof(t->term), "qid=" STR_FMT,
		    STR_ARG(str_head(t->qid, 100)));
}

void
ndr_trace(struct ndr *n, const struct bounce *b, struct arena *a,
    struct ndr_trace *t)
{
	struct str to = b->nrcpt ? b->rcpt[0].to : b->original.to;

	t->found = false;
	for (size_t i = 0;
	     n->store && !t->found && i < sizeof(ways) / sizeof(*ways); i++) {
		const struct ans_message *m = NULL;
		struct answer ans = { 0 };
		struct query q;

		query_init(&q);
		if (ways[i].terms(&q, b, to))
			m = ask(n, &q, &ans);
		if (m) {
			note(t, m, to, a);
			t->how = ways[i].how;
		}
		answer_release(&ans);
		query_release(&q);
	}
}
