/*
 * sql_hop.c: one row for each time a message was at a host under a queue id.
 */
#include "query/sql_part.h"
#include "base/banned.h"

enum {
	TIME,
	EPOCH,
	LAST_TIME,
	HOST,
	QID,
	MTA,
	INSTANCE,
	ENTRY,
	ARRIVAL,
	FLOW,
	NOTICE,
	CLOSED,
	SENDER,
	SENDER_DOMAIN,
	MESSAGE_ID,
	SUBJECT,
	SIZE,
	RECIPIENTS,
	CLIENT_NAME,
	CLIENT_IP,
	HELO,
	USER,
	TLS,
};

static const struct sql_col columns[] = {
	[TIME] = { "time", "TEXT", TOK_NONE, SQL_STAMP },
	[EPOCH] = { "epoch", "REAL", TOK_NONE, SQL_EPOCH },
	[LAST_TIME] = { "last_time", "TEXT", TOK_NONE, SQL_STAMP },
	[HOST] = { "host", "TEXT" },
	[QID] = { "qid", "TEXT", TOK_QID },
	[MTA] = { "mta", "TEXT" },
	[INSTANCE] = { "instance", "TEXT" },
	[ENTRY] = { "entry", "INTEGER" },
	[ARRIVAL] = { "arrival", "TEXT" },
	[FLOW] = { "flow", "TEXT" },
	[NOTICE] = { "notice", "INTEGER" },
	[CLOSED] = { "closed", "INTEGER" },
	[SENDER] = { "sender", "TEXT", TOK_ADDR_FROM },
	[SENDER_DOMAIN] = { "sender_domain", "TEXT", TOK_DOM_FROM },
	[MESSAGE_ID] = { "message_id", "TEXT", TOK_MSGID },
	[SUBJECT] = { "subject", "TEXT" },
	[SIZE] = { "size_bytes", "INTEGER" },
	[RECIPIENTS] = { "recipients", "INTEGER" },
	[CLIENT_NAME] = { "client_name", "TEXT" },
	[CLIENT_IP] = { "client_ip", "TEXT", TOK_IP },
	[HELO] = { "helo", "TEXT" },
	[USER] = { "user", "TEXT", TOK_USER },
	[TLS] = { "tls", "TEXT" },
	{ 0 },
};

int
sql_lives_start(struct sql_scan *s, struct err *err)
{
	if (sql_ctx_facts(s->ctx, err) < 0)
		return -1;
	s->walk = walk_open(&s->ask, err);
	return s->walk ? 0 : -1;
}

static int
next(struct sql_scan *s, struct err *err)
{
	int rc = walk_next(s->walk, &s->life, err);

	if (rc == 1)
		fact_of_life(s->ctx->events, s->life, &s->fact);
	return rc;
}

static void
column(const struct sql_scan *s, int i, struct sql_out *o)
{
	const struct life *l = s->life;
	const struct fact *f = &s->fact;

	switch (i) {
	case TIME:
		sql_stamp(o, l->t0_us);
		break;
	case EPOCH:
		sql_epoch(o, l->t0_us);
		break;
	case LAST_TIME:
		sql_stamp(o, l->t1_us);
		break;
	case HOST:
		sql_text(o, l->host);
		break;
	case QID:
		sql_text(o, l->qid);
		break;
	case MTA:
		sql_text(o, str_c(mta_name[l->mta]));
		break;
	case INSTANCE:
		sql_text(o, l->inst);
		break;
	case ENTRY:
		sql_int(o, f->entry);
		break;
	case ARRIVAL:
		if (l->arrive.e)
			sql_text(o,
			    l->local_entry ? STR("local") : STR("client"));
		break;
	case FLOW:
		sql_text(o, str_c(flow_name[f->flow]));
		break;
	case NOTICE:
		sql_int(o, f->notice);
		break;
	case CLOSED:
		sql_int(o, l->ended);
		break;
	case SENDER:
		sql_str(o, l->from);
		break;
	case SENDER_DOMAIN:
		sql_text(o, str_domain(l->from));
		break;
	case MESSAGE_ID:
		sql_text(o, l->nmsgid ? l->msgid[0] : STR_NONE);
		break;
	case SUBJECT:
		sql_text(o, l->subject);
		break;
	case SIZE:
		sql_count(o, l->size_bytes);
		break;
	case RECIPIENTS:
		sql_int(o, (int64_t)l->ncopy);
		break;
	case CLIENT_NAME:
		sql_text(o, l->client_name);
		break;
	case CLIENT_IP:
		sql_text(o, l->client_ip);
		break;
	case HELO:
		sql_text(o, l->helo);
		break;
	case USER:
		sql_text(o, l->user);
		break;
	case TLS:
		sql_text(o, l->tls);
		break;
	default:
		break;
	}
}

const struct sql_table sql_hop = {
	.name = "hop",
	.col = columns,
	.start = sql_lives_start,
	.next = next,
	.column = column,
};
