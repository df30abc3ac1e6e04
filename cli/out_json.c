/*
 * out_json.c: schema mailtrace.trace/1 (docs/JSON.md).  Every key is always
 * there; what is absent is null.  A change of names or meanings is a new
 * version of the schema.
 */
#include "cli/json.h"
#include "cli/out.h"
#include "cli/trace_live.h"
#include "base/banned.h"

static const char *const op_text[] = {
	[OP_EQ] = "=",
	[OP_RE] = "~",
	[OP_NE] = "!=",
	[OP_NRE] = "!~",
	[OP_GT] = ">",
	[OP_LT] = "<",
};

static void
query(struct json *j, const struct out *o)
{
	const struct query *q = o->query;

	if (!q) {
		json_null(j, "query");
		return;
	}
	json_open(j, "query", '{');
	json_open(j, "terms", '[');
	for (size_t i = 0; i < q->nterm; i++) {
		const struct term *t = &q->term[i];

		json_open(j, NULL, '{');
		json_c(j, "key", t->anywhere ? "any" : term_info[t->key].name);
		json_c(j, "op", op_text[t->op]);
		json_open(j, "values", '[');
		for (size_t k = 0; k < t->n; k++)
			json_str(j, NULL, t->value[k]);
		json_close(j);
		json_close(j);
	}
	json_close(j);
	json_time(j, "since", q->t0_us);
	json_time(j, "until", q->t1_us == INT64_MAX ? 0 : q->t1_us);
	json_uint(j, "limit", q->limit);
	json_close(j);
}

static void
searched(struct json *j, const struct answer *ans)
{
	json_open(j, "searched", '{');
	json_time(j, "from", ans->from_us);
	json_time(j, "until", ans->until_us);
	json_open(j, "hosts", '[');
	for (size_t i = 0; i < ans->nhost; i++)
		json_str(j, NULL, ans->host[i]);
	json_close(j);
	json_uint(j, "sources", ans->sources);
	json_uint(j, "lines", ans->lines);
	json_uint(j, "unknown_lines", ans->unknown_lines);
	json_close(j);
}

static void
entry(struct json *j, const struct ans_message *m)
{
	json_open(j, "entry", '{');
	json_text(j, "host", m->entry.host);
	json_text(j, "client_name", m->entry.client_name);
	json_text(j, "client_ip", m->entry.client_ip);
	json_text(j, "helo", m->entry.helo);
	json_text(j, "user", m->entry.user);
	json_text(j, "tls", m->entry.tls);
	json_close(j);
}

static void
verdict(struct json *j, const struct ans_rcpt *r)
{
	bool classified = r->c.cls != CLS_NONE;

	json_c(j, "state", out_state_name[r->state]);
	json_c(j, "group", classified ? grp_name(r->c.grp) : NULL);
	json_c(j, "class", classified ? cls_name(r->c.cls) : NULL);
	if (classified && r->c.perm != PERM_NONE)
		json_bool(j, "permanent", r->c.perm == PERM_PERM);
	else
		json_null(j, "permanent");
	json_c(j, "side",
	    classified && r->c.side != SIDE_UNKNOWN ? side_name(r->c.side) :
						      NULL);
	json_count(j, "confidence", classified ? r->c.confidence : -1);
	json_text(j, "rule", r->rule);
}

static void
remote(struct json *j, const struct ans_rcpt *r)
{
	json_open(j, "stopped_at", '{');
	json_text(j, "host", r->stop_host);
	json_text(j, "qid", r->stop_qid);
	json_text(j, "program", r->stop_program);
	json_close(j);
	if (r->has_remote) {
		json_open(j, "remote", '{');
		json_text(j, "name", r->remote_name);
		json_text(j, "ip", r->remote_ip);
		json_count(j, "port", r->remote_port);
		json_text(j, "qid", r->remote_qid);
		json_text(j, "tls", r->remote_tls);
		json_close(j);
	} else {
		json_null(j, "remote");
	}
	if (r->has_reply) {
		json_open(j, "reply", '{');
		json_count(j, "code", r->reply_code);
		json_text(j, "dsn", r->reply_dsn);
		json_text(j, "text", r->reply_text);
		json_close(j);
	} else {
		json_null(j, "reply");
	}
}

static void
block(struct json *j, const struct block *b)
{
	if (!b->ip.n && !b->list.n && !b->zone.n && !(b->kind && *b->kind)) {
		json_null(j, "block");
		return;
	}
	json_open(j, "block", '{');
	json_text(j, "ip", b->ip);
	json_text(j, "list", b->list);
	json_text(j, "zone", b->zone);
	json_c(j, "kind", b->kind);
	json_text(j, "lookup_url", b->lookup_url);
	json_close(j);
}

static void
stored(struct json *j, const struct ans_rcpt *r)
{
	if (r->has_stored) {
		json_open(j, "stored", '{');
		json_text(j, "mailbox", r->mailbox);
		json_text(j, "folder", r->folder);
		json_text(j, "id", r->stored_id);
		json_close(j);
	} else {
		json_null(j, "stored");
	}
	if (r->has_filter) {
		json_open(j, "filter", '{');
		json_text(j, "name", r->filter_name);
		json_text(j, "verdict", r->verdict);
		json_text(j, "score", r->score);
		json_text(j, "quarantine", r->quarantine);
		json_close(j);
	} else {
		json_null(j, "filter");
	}
}

static void
path(struct json *j, const struct ans_rcpt *r)
{
	json_open(j, "path", '[');
	for (size_t i = 0; i < r->npath; i++) {
		const struct ans_step *s = &r->path[i];

		json_open(j, NULL, '{');
		json_text(j, "host", s->host);
		json_text(j, "qid", s->qid);
		json_c(j, "mta", s->mta);
		json_time(j, "time", s->t_us);
		json_c(j, "link", link_kind_name[s->link]);
		json_c(j, "link_confidence", link_conf_name[s->conf]);
		json_close(j);
	}
	json_close(j);
	json_open(j, "evidence", '[');
	for (size_t i = 0; i < r->nevidence; i++) {
		const struct ans_evidence *e = &r->evidence[i];

		json_open(j, NULL, '{');
		json_text(j, "source", e->source);
		json_uint(j, "line", e->line);
		json_uint(j, "offset", e->offset);
		json_text(j, "text", e->text);
		json_close(j);
	}
	json_close(j);
}

static void
rcpt(struct json *j, const struct ans_rcpt *r)
{
	json_open(j, NULL, '{');
	json_text(j, "to", r->to);
	json_text(j, "original_to", r->original_to);
	verdict(j, r);
	remote(j, r);
	block(j, &r->c.block);
	stored(j, r);
	json_int(j, "earlier_refusals", r->earlier_refusals);
	json_time(j, "time", r->time_us);
	json_int(j, "attempts", r->attempts);
	json_time(j, "first_attempt", r->first_attempt_us);
	json_time(j, "last_attempt", r->last_attempt_us);
	json_time(j, "next_attempt_by", r->next_attempt_by_us);
	json_c(j, "who_acts", r->who_acts);
	json_text(j, "why", r->why);
	json_text(j, "next", r->next);
	path(j, r);
	if (r->has_notice) {
		json_open(j, "notice", '{');
		json_text(j, "qid", r->notice_qid);
		json_text(j, "to", r->notice_to);
		json_c(j, "state",
		    r->notice_state == OUT_NONE ?
			NULL :
			out_state_name[r->notice_state]);
		json_close(j);
	} else {
		json_null(j, "notice");
	}
	json_close(j);
}

static void
attempt(struct json *j, const struct ans_attempt *t)
{
	json_open(j, NULL, '{');
	json_time(j, "time", t->t_us);
	json_c(j, "state", ev_state_name[t->state]);
	json_text(j, "relay", t->relay_name);
	json_text(j, "relay_ip", t->relay_ip);
	json_count(j, "port", t->port);
	json_text(j, "code", t->code);
	json_text(j, "dsn", t->dsn);
	json_text(j, "text", t->text);
	json_text(j, "tls", t->tls);
	if (t->delay_us < 0)
		json_null(j, "delay_seconds");
	else
		json_real(j, "delay_seconds", (double)t->delay_us / 1e6);
	json_c(j, "class", t->cls == CLS_NONE ? NULL : cls_name(t->cls));
	json_close(j);
}

static void
hop(struct json *j, const struct ans_hop *h)
{
	json_open(j, NULL, '{');
	json_text(j, "host", h->host);
	json_c(j, "mta", h->mta);
	json_text(j, "qid", h->qid);
	json_text(j, "client_name", h->client_name);
	json_text(j, "client_ip", h->client_ip);
	json_str(j, "from", h->from);
	json_count(j, "size_bytes", h->size_bytes);
	json_time(j, "first_seen", h->first_us);
	json_time(j, "last_seen", h->last_us);
	json_bool(j, "closed", h->closed);
	json_open(j, "deliveries", '[');
	for (size_t i = 0; i < h->ndelivery; i++) {
		const struct ans_delivery *d = &h->delivery[i];

		json_open(j, NULL, '{');
		json_text(j, "to", d->to);
		json_text(j, "original_to", d->original_to);
		json_text(j, "relay", d->relay);
		json_text(j, "relay_ip", d->relay_ip);
		json_open(j, "attempts", '[');
		for (size_t k = 0; k < d->nattempt; k++)
			attempt(j, &d->attempt[k]);
		json_close(j);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void
message(struct json *j, const struct ans_message *m)
{
	json_open(j, NULL, '{');
	json_text(j, "message_id", m->message_id);
	json_text(j, "subject", m->subject);
	json_str(j, "from", m->from);
	json_count(j, "size_bytes", m->size_bytes);
	json_time(j, "first_seen", m->first_us);
	json_time(j, "last_seen", m->last_us);
	entry(j, m);
	json_open(j, "recipients", '[');
	for (size_t i = 0; i < m->nrcpt; i++)
		rcpt(j, &m->rcpt[i]);
	json_close(j);
	json_open(j, "hops", '[');
	for (size_t i = 0; i < m->nhop; i++)
		hop(j, &m->hop[i]);
	json_close(j);
	json_close(j);
}

void
out_json(const struct answer *ans, const struct out *o, struct buf *b)
{
	struct json j;

	json_init(&j, b, true, o->tz);
	json_open(&j, NULL, '{');
	json_c(&j, "schema", "mailtrace.trace/1");
	query(&j, o);
	json_bool(&j, "truncated", ans->truncated);
	searched(&j, ans);
	json_open(&j, "hints", '[');
	for (size_t i = 0; i < ans->nhint; i++)
		json_str(&j, NULL, ans->hint[i]);
	json_close(&j);
	json_open(&j, "messages", '[');
	for (size_t i = 0; i < ans->nmessage; i++)
		message(&j, &ans->message[i]);
	json_close(&j);
	if (o->live)
		trace_live_json(o->live, &j);
	else
		json_null(&j, "live");
	json_close(&j);
}

/* One message object a line; a line more says when the limit cut it, another
 * holds the live checks. */
void
out_jsonl(const struct answer *ans, const struct out *o, struct buf *b)
{
	struct json j;

	for (size_t i = 0; i < ans->nmessage; i++) {
		json_init(&j, b, false, o->tz);
		message(&j, &ans->message[i]);
	}
	if (ans->truncated) {
		json_init(&j, b, false, o->tz);
		json_open(&j, NULL, '{');
		json_bool(&j, "truncated", true);
		json_uint(&j, "limit", o->limit);
		json_close(&j);
	}
	if (o->live) {
		json_init(&j, b, false, o->tz);
		json_open(&j, NULL, '{');
		trace_live_json(o->live, &j);
		json_close(&j);
	}
}
