/*
 * ndr_trace.c: the message a bounce is about, in the store: by Message-ID,
 * by queue id, by sender, recipient and subject, the first that is found.
 */
#include <stdio.h>

#include "cli/ndr.h"
#include "base/banned.h"

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

/* One way to look; what the terms were is told in words, too. */
static bool
look(struct ndr *n, const struct bounce *b, int way, struct arena *a,
    struct ndr_trace *t)
{
	const struct ans_message *m = NULL;
	struct answer ans = { 0 };
	struct query q;
	struct str to = b->nrcpt ? b->rcpt[0].to : b->original.to;
	bool asked = false;

	query_init(&q);
	if (way == 0 && b->original.message_id.n < 1000) {
		asked = add(&q, T_ID, b->original.message_id);
		snprintf(t->term, sizeof(t->term), "id=" STR_FMT,
		    STR_ARG(b->original.message_id));
	} else if (way == 1 && b->original.qid.n < 100) {
		asked = add(&q, T_QID, b->original.qid);
		snprintf(t->term, sizeof(t->term), "qid=" STR_FMT,
		    STR_ARG(b->original.qid));
	} else if (way == 2 && b->original.from.n && to.n &&
		   b->original.subject.n) {
		asked = add(&q, T_FROM, b->original.from) &&
			add(&q, T_TO, to) &&
			add(&q, T_SUBJECT, b->original.subject);
		snprintf(t->term, sizeof(t->term),
		    "from=" STR_FMT "' 'to=" STR_FMT,
		    STR_ARG(str_head(b->original.from, 400)),
		    STR_ARG(str_head(to, 400)));
	}
	if (asked)
		m = ask(n, &q, &ans);
	if (m) {
		t->found = true;
		t->message_id = arena_dup(a, m->message_id);
		t->from = arena_dup(a, m->from);
		t->subject = arena_dup(a, m->subject);
		t->first_us = m->first_us;
		if (m->nhop) {
			t->host = arena_dup(a, m->hop[0].host);
			t->qid = arena_dup(a, m->hop[0].qid);
		}
		for (size_t i = 0; i < m->nrcpt; i++)
			if (str_eqi(m->rcpt[i].to, to) ||
			    str_eqi(m->rcpt[i].original_to, to))
				t->state = out_state_name[m->rcpt[i].state];
	}
	answer_release(&ans);
	query_release(&q);
	return m != NULL;
}

void
ndr_trace(struct ndr *n, const struct bounce *b, struct arena *a,
    struct ndr_trace *t)
{
	t->found = false;
	if (!n->store)
		return;
	for (int way = 0; way < 3; way++)
		if (look(n, b, way, a, t))
			return;
}
