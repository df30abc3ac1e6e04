/*
 * sql_event.c: refusals without a queue id, and logins, failures and bans: one
 * row for each line.
 */
#include "query/sql_part.h"
#include "base/banned.h"

enum {
	TIME,
	EPOCH,
	HOST,
	MTA,
	STATE,
	CLIENT_NAME,
	CLIENT_IP,
	HELO,
	USER,
	/* of a refusal */
	TEMPORARY,
	GRP,
	CLASS,
	RULE,
	SENDER,
	SENDER_DOMAIN,
	RECIPIENT,
	RECIPIENT_DOMAIN,
	FLOW,
	PHASE,
	CODE,
	DSN,
	REPLY,
	BLOCK_LIST,
	/* of a login */
	SERVICE,
	METHOD,
	ACTION,
	TEXT,
};

static const struct sql_col refusal_columns[] = {
	[TIME] = SQL_COL_TIME,
	[EPOCH] = SQL_COL_EPOCH,
	[HOST] = SQL_COL_HOST,
	[MTA] = SQL_COL_MTA,
	[STATE] = { "state", "TEXT" },
	[CLIENT_NAME] = SQL_COL_CLIENT_NAME,
	[CLIENT_IP] = SQL_COL_CLIENT_IP,
	[HELO] = SQL_COL_HELO,
	[USER] = SQL_COL_USER,
	[TEMPORARY] = { "temporary", "INTEGER" },
	[GRP] = { "grp", "TEXT" },
	[CLASS] = { "class", "TEXT" },
	[RULE] = { "rule", "TEXT" },
	[SENDER] = SQL_COL_SENDER,
	[SENDER_DOMAIN] = SQL_COL_SENDER_DOMAIN,
	[RECIPIENT] = SQL_COL_RECIPIENT,
	[RECIPIENT_DOMAIN] = SQL_COL_RECIPIENT_DOMAIN,
	[FLOW] = SQL_COL_FLOW,
	[PHASE] = { "phase", "TEXT" },
	[CODE] = { "code", "TEXT" },
	[DSN] = { "dsn", "TEXT" },
	[REPLY] = { "reply", "TEXT" },
	[BLOCK_LIST] = { "block_list", "TEXT" },
	{ 0 },
};

/* The same places; what a login has not is left out (see auth_place()). */
static const struct sql_col auth_columns[] = {
	SQL_COL_TIME,
	SQL_COL_EPOCH,
	SQL_COL_HOST,
	SQL_COL_MTA,
	{ "result", "TEXT" },
	SQL_COL_CLIENT_NAME,
	SQL_COL_CLIENT_IP,
	SQL_COL_HELO,
	SQL_COL_USER,
	{ "service", "TEXT" },
	{ "method", "TEXT" },
	{ "action", "TEXT" },
	{ "text", "TEXT" },
	{ 0 },
};

static int
start(struct sql_scan *s, struct err *err)
{
	struct store_set set = { s->ask.tok, s->ask.ntok };
	enum rec_kind kind = s->table == &sql_auth ? REC_AUTH : REC_REFUSAL;

	if (sql_ctx_facts(s->ctx, err) < 0)
		return -1;
	s->cur = store_find(s->ctx->st, &set, s->ask.ntok ? 1 : 0, 1u << kind,
	    s->ask.t0_us, s->ask.t1_us, err);
	return s->cur ? 0 : -1;
}

static int
next(struct sql_scan *s, struct err *err)
{
	enum fact_kind kind = s->table == &sql_auth ? FACT_AUTH : FACT_REFUSAL;

	for (;;) {
		int rc;

		while (s->at < s->rec.n) {
			if (!fact_of_event(s->ctx->events, &s->rec, s->at++,
				&s->fact) ||
			    s->fact.kind != kind)
				continue;
			sql_keep_why(s, s->ctx->events);
			return 1;
		}
		arena_clear(&s->a);
		s->at = 0;
		rc = store_next(s->cur, &s->a, &s->rec, err);
		if (rc <= 0)
			return rc;
		if (s->rec.n && facts_met(s->ctx->events, &s->rec))
			s->at = s->rec.n; /* Exim's rejectlog has it again */
	}
}

static void
login(const struct fact *f, int i, struct sql_out *o)
{
	switch (i) {
	case SERVICE:
		sql_text(o, rev_get(f->ev, F_SERVICE));
		break;
	case METHOD:
		sql_text(o, rev_get(f->ev, F_METHOD));
		break;
	case ACTION:
		sql_text(o, rev_get(f->ev, F_ACTION));
		break;
	case TEXT:
		sql_text(o, rev_get(f->ev, F_TEXT));
		break;
	default:
		break;
	}
}

static void
refusal_column(const struct sql_scan *s, int i, struct sql_out *o)
{
	const struct fact *f = &s->fact;
	bool why = f->failed && f->why && f->why->cls != CLS_NONE;

	switch (i) {
	case STATE:
		sql_text(o, str_c(out_state_name[f->state]));
		break;
	case TEMPORARY:
		sql_int(o, f->ev->state == ST_TEMPFAIL);
		break;
	case GRP:
		sql_text(o, str_c(why ? grp_name(f->why->grp) : NULL));
		break;
	case CLASS:
		sql_text(o, str_c(why ? cls_name(f->why->cls) : NULL));
		break;
	case RULE:
		sql_text(o, str_c(why ? f->why->rule : NULL));
		break;
	case PHASE:
		sql_text(o, rev_get(f->ev, F_WHERE));
		break;
	case CODE:
		sql_text(o, f->failed ? f->code : rev_get(f->ev, F_CODE));
		break;
	case DSN:
		sql_text(o, f->failed ? f->dsn : rev_get(f->ev, F_DSN));
		break;
	case REPLY:
		sql_text(o, rev_get(f->ev, F_REPLY));
		break;
	case BLOCK_LIST:
		if (why)
			sql_text(o, f->why->block.list);
		break;
	default:
		break;
	}
}

static void
auth_column(const struct sql_scan *s, int i, struct sql_out *o)
{
	const struct fact *f = &s->fact;

	if (i > USER)
		i += SERVICE - USER - 1;
	if (i != STATE)
		login(f, i, o);
	else if (f->ev->kind == EV_BAN)
		sql_text(o, rev_get(f->ev, F_ACTION));
	else
		sql_text(o, str_c(ev_state_name[f->ev->state]));
}

const struct sql_table sql_refusal = {
	.name = "refusal",
	.col = refusal_columns,
	.start = start,
	.next = next,
	.column = refusal_column,
};

const struct sql_table sql_auth = {
	.name = "auth",
	.col = auth_columns,
	.start = start,
	.next = next,
	.column = auth_column,
};
