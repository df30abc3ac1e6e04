/*
 * sql_message.c: one row for each message, over all hosts.
 *
 * Every hop is followed to its whole message, which costs a handful of
 * look-ups (some 0.2 ms): cheap with a sender, an id or an hour, slow over
 * everything.  Of the hops of a message that the scan passes the newest gives
 * the row; the others are remembered while there is room and passed over.
 */
#include <stdlib.h>

#include "base/die.h"
#include "query/sql_part.h"
#include "base/banned.h"

enum { RECENT = 1 << 16 };

enum {
	TIME,
	EPOCH,
	LAST_TIME,
	MESSAGE_ID,
	SUBJECT,
	SENDER,
	SENDER_DOMAIN,
	SIZE,
	STATE,
	RECIPIENTS,
	DELIVERED,
	LEFT,
	FAILED,
	PENDING,
	HOPS,
	ENTRY_HOST,
	CLIENT_NAME,
	CLIENT_IP,
	HELO,
	USER,
	TLS,
	STOPPED_HOST,
	WHY,
};

static const struct sql_col columns[] = {
	[TIME] = { "time", "TEXT", TOK_NONE, SQL_STAMP },
	[EPOCH] = { "epoch", "REAL", TOK_NONE, SQL_EPOCH },
	[LAST_TIME] = { "last_time", "TEXT", TOK_NONE, SQL_STAMP },
	[MESSAGE_ID] = { "message_id", "TEXT", TOK_MSGID },
	[SUBJECT] = { "subject", "TEXT" },
	[SENDER] = { "sender", "TEXT", TOK_ADDR_FROM },
	[SENDER_DOMAIN] = { "sender_domain", "TEXT", TOK_DOM_FROM },
	[SIZE] = { "size_bytes", "INTEGER" },
	[STATE] = { "state", "TEXT" },
	[RECIPIENTS] = { "recipients", "INTEGER" },
	[DELIVERED] = { "delivered", "INTEGER" },
	[LEFT] = { "left_us", "INTEGER" },
	[FAILED] = { "failed", "INTEGER" },
	[PENDING] = { "pending", "INTEGER" },
	[HOPS] = { "hops", "INTEGER" },
	[ENTRY_HOST] = { "entry_host", "TEXT" },
	[CLIENT_NAME] = { "client_name", "TEXT" },
	[CLIENT_IP] = { "client_ip", "TEXT", TOK_IP },
	[HELO] = { "helo", "TEXT" },
	[USER] = { "user", "TEXT", TOK_USER },
	[TLS] = { "tls", "TEXT" },
	[STOPPED_HOST] = { "stopped_host", "TEXT" },
	[WHY] = { "why", "TEXT" },
	{ 0 },
};

static int
start(struct sql_scan *s, struct err *err)
{
	s->recent = xcalloc(RECENT, sizeof(*s->recent));
	s->cur = walk_cursor(&s->ask, &s->pass, err);
	return s->cur ? 0 : -1;
}

/* Ids are remembered as id + 1: 0 is an empty place. */
static uint64_t *
place(struct sql_scan *s, uint64_t id)
{
	return &s->recent[(id ^ id >> 32) % RECENT];
}

/*
 * Whether of all its records that the scan passes this is the one that gives
 * the message; the others are remembered.
 */
static bool
speaks_for(struct sql_scan *s, uint64_t id)
{
	const struct record *best = NULL;

	for (size_t i = 0; i < s->msg.nlife; i++)
		for (size_t k = 0; k < s->msg.life[i]->nev; k++) {
			const struct record *r = s->msg.life[i]->ev[k].rec;

			if (r == best || !walk_passes(&s->pass, r))
				continue;
			if (!best || r->t1_us > best->t1_us ||
			    (r->t1_us == best->t1_us && r->id > best->id))
				best = r;
		}
	if (!best || best->id != id)
		return false;
	for (size_t i = 0; i < s->msg.nlife; i++)
		for (size_t k = 0; k < s->msg.life[i]->nev; k++) {
			uint64_t no = s->msg.life[i]->ev[k].rec->id;

			*place(s, no) = no + 1;
		}
	return true;
}

static int
next(struct sql_scan *s, struct err *err)
{
	for (;;) {
		struct verdict_ctx v = { &s->a, s->ctx->st, &s->ctx->site,
			s->ctx->cl, false };
		struct record *rec;
		int rc;

		arena_clear(&s->a);
		rec = arena_new(&s->a, struct record);
		rc = store_next(s->cur, &s->a, rec, err);
		if (rc <= 0)
			return rc;
		if (*place(s, rec->id) == rec->id + 1)
			continue;
		rc = trace_message(&v, rec, false, &s->msg, err);
		if (rc < 0)
			return -1;
		if (rc && speaks_for(s, rec->id))
			return 1;
	}
}

enum fate { FATE_DELIVERED, FATE_LEFT, FATE_PENDING, FATE_FAILED, FATES };

static enum fate
fate(enum out_state s)
{
	switch (s) {
	case OUT_DELIVERED:
		return FATE_DELIVERED;
	case OUT_LEFT:
		return FATE_LEFT;
	case OUT_QUEUED:
	case OUT_DEFERRED:
	case OUT_HELD:
		return FATE_PENDING;
	default:
		return FATE_FAILED;
	}
}

static int64_t
count(const struct ans_message *m, enum fate what)
{
	int64_t n = 0;

	for (size_t i = 0; i < m->nrcpt; i++)
		n += fate(m->rcpt[i].state) == what;
	return n;
}

/* The recipient that fared worst: failed, pending, left, delivered. */
static const struct ans_rcpt *
worst(const struct ans_message *m)
{
	const struct ans_rcpt *w = NULL;

	for (size_t i = 0; i < m->nrcpt; i++)
		if (!w || fate(m->rcpt[i].state) > fate(w->state))
			w = &m->rcpt[i];
	return w;
}

static void
column(const struct sql_scan *s, int i, struct sql_out *o)
{
	const struct ans_message *m = &s->msg.msg;
	const struct ans_rcpt *w = worst(m);

	switch (i) {
	case TIME:
		sql_stamp(o, m->first_us);
		break;
	case EPOCH:
		sql_epoch(o, m->first_us);
		break;
	case LAST_TIME:
		sql_stamp(o, m->last_us);
		break;
	case MESSAGE_ID:
		sql_text(o, m->message_id);
		break;
	case SUBJECT:
		sql_text(o, m->subject);
		break;
	case SENDER:
		sql_str(o, m->from);
		break;
	case SENDER_DOMAIN:
		sql_text(o, str_domain(m->from));
		break;
	case SIZE:
		sql_count(o, m->size_bytes);
		break;
	case STATE:
		if (w)
			sql_text(o, str_c(out_state_name[w->state]));
		break;
	case RECIPIENTS:
		sql_int(o, (int64_t)m->nrcpt);
		break;
	case DELIVERED:
		sql_int(o, count(m, FATE_DELIVERED));
		break;
	case LEFT:
		sql_int(o, count(m, FATE_LEFT));
		break;
	case FAILED:
		sql_int(o, count(m, FATE_FAILED));
		break;
	case PENDING:
		sql_int(o, count(m, FATE_PENDING));
		break;
	case HOPS:
		sql_int(o, (int64_t)m->nhop);
		break;
	case ENTRY_HOST:
		sql_text(o, m->entry.host);
		break;
	case CLIENT_NAME:
		sql_text(o, m->entry.client_name);
		break;
	case CLIENT_IP:
		sql_text(o, m->entry.client_ip);
		break;
	case HELO:
		sql_text(o, m->entry.helo);
		break;
	case USER:
		sql_text(o, m->entry.user);
		break;
	case TLS:
		sql_text(o, m->entry.tls);
		break;
	case STOPPED_HOST:
		if (w)
			sql_text(o, w->stop_host);
		break;
	case WHY:
		if (w)
			sql_text(o, w->why);
		break;
	default:
		break;
	}
}

const struct sql_table sql_message = {
	.name = "message",
	.col = columns,
	.start = start,
	.next = next,
	.column = column,
};
