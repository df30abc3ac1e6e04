/*
 * sql_delivery.c: one row for each recipient of each hop, with the last word.
 *
 * `state` is NULL where another hop of ours tells what became of the copy: it
 * was handed on, or a filter's or mailbox's refusal that the hop before tells
 * too.  So states can be counted.  A copy that was handed to a host of ours
 * which never logged it is lost: its next queue id is looked up.
 */
#include <stdlib.h>

#include "base/die.h"
#include "query/sql_part.h"
#include "base/banned.h"

#define NEAR_US	 (2 * 86400 * INT64_C(1000000))
#define MSGID_US (600 * INT64_C(1000000))

enum { RECENT = 1 << 16 }; /* ids of hops just passed */

enum {
	TIME,
	EPOCH,
	START_TIME,
	HOST,
	QID,
	MTA,
	STATE,
	SAID,
	GRP,
	CLASS,
	PERMANENT,
	RULE,
	SENDER,
	SENDER_DOMAIN,
	RECIPIENT,
	RECIPIENT_DOMAIN,
	ORIGINAL,
	MESSAGE_ID,
	SUBJECT,
	SIZE,
	FLOW,
	CLIENT_NAME,
	CLIENT_IP,
	USER,
	RELAY,
	RELAY_IP,
	NEXT_QID,
	CODE,
	DSN,
	REPLY,
	BLOCK_IP,
	BLOCK_LIST,
	FOLDER,
	ATTEMPTS,
	FIRST_ATTEMPT,
	DELAY,
};

static const struct sql_col columns[] = {
	[TIME] = SQL_COL_TIME,
	[EPOCH] = SQL_COL_EPOCH,
	[START_TIME] = { "start_time", "TEXT", TOK_NONE, SQL_STAMP },
	[HOST] = SQL_COL_HOST,
	[QID] = { "qid", "TEXT", TOK_QID },
	[MTA] = SQL_COL_MTA,
	[STATE] = { "state", "TEXT" },
	[SAID] = { "said", "TEXT" },
	[GRP] = { "grp", "TEXT" },
	[CLASS] = { "class", "TEXT" },
	[PERMANENT] = { "permanent", "INTEGER" },
	[RULE] = { "rule", "TEXT" },
	[SENDER] = SQL_COL_SENDER,
	[SENDER_DOMAIN] = SQL_COL_SENDER_DOMAIN,
	[RECIPIENT] = SQL_COL_RECIPIENT,
	[RECIPIENT_DOMAIN] = SQL_COL_RECIPIENT_DOMAIN,
	[ORIGINAL] = { "original_recipient", "TEXT", TOK_ADDR_TO },
	[MESSAGE_ID] = { "message_id", "TEXT", TOK_MSGID },
	[SUBJECT] = { "subject", "TEXT" },
	[SIZE] = { "size_bytes", "INTEGER" },
	[FLOW] = SQL_COL_FLOW,
	[CLIENT_NAME] = SQL_COL_CLIENT_NAME,
	[CLIENT_IP] = SQL_COL_CLIENT_IP,
	[USER] = SQL_COL_USER,
	[RELAY] = { "relay", "TEXT", TOK_RELAY },
	[RELAY_IP] = { "relay_ip", "TEXT", TOK_RELAY },
	[NEXT_QID] = { "next_qid", "TEXT", TOK_QID },
	[CODE] = { "code", "TEXT" },
	[DSN] = { "dsn", "TEXT" },
	[REPLY] = { "reply", "TEXT" },
	[BLOCK_IP] = { "block_ip", "TEXT" },
	[BLOCK_LIST] = { "block_list", "TEXT" },
	[FOLDER] = { "folder", "TEXT" },
	[ATTEMPTS] = { "attempts", "INTEGER" },
	[FIRST_ATTEMPT] = { "first_attempt", "TEXT", TOK_NONE, SQL_STAMP },
	[DELAY] = { "delay", "REAL" },
	{ 0 },
};

static uint64_t *
slot(struct sql_scan *s, struct str qid)
{
	return &s->recent[map_hash(qid) % RECENT];
}

static int
start(struct sql_scan *s, struct err *err)
{
	if (sql_ctx_facts(s->ctx, err) < 0)
		return -1;
	s->recent = xcalloc(RECENT, sizeof(*s->recent));
	return sql_lives_start(s, err);
}

/* Whether a hop of the same Message-ID is the one this copy was handed to. */
static bool
is_next(const struct sql_scan *s, const struct record *rec)
{
	const struct fact *f = &s->fact;
	struct str host = site_host(&s->ctx->site, rec->host);

	if (str_eq(rec->qid, f->qid) && site_same_host(host, f->host))
		return false;
	for (size_t i = 0; i < rec->n; i++)
		if (str_eq(rev_get(&rec->ev[i], F_QID2), f->qid))
			return rec->ev[i].mta == MTA_AMAVIS;
	if (ip_loopback(f->relay_ip) || !f->relay_name.n)
		return site_same_host(host, f->host);
	return site_same_host(host, f->relay_name) ||
	       site_same_host(host, site_host(&s->ctx->site, f->relay_name));
}

/*
 * Whether some host of ours goes on with it: a hop of that id, or, where none
 * is named, another hop of the Message-ID about that time.  1, 0, -1.
 */
static int
goes_on(struct sql_scan *s, struct str id, struct err *err)
{
	const struct fact *f = &s->fact;
	struct store_token tok = { id.n ? TOK_QID : TOK_MSGID,
		id.n ? id : f->msgid };
	struct store_set set = { &tok, 1 };
	int64_t before = id.n ? NEAR_US : MSGID_US;
	struct store_cur *cur;
	struct record rec;
	int rc;

	if (id.n && *slot(s, id) == map_hash(id))
		return 1;
	cur = store_find(s->ctx->st, &set, 1, 1u << REC_HOP,
	    f->t_us > before ? f->t_us - before : 0, f->t_us + NEAR_US, err);
	if (!cur)
		return -1;
	while ((rc = store_next(cur, &s->a, &rec, err)) == 1)
		if (id.n ? str_eq(rec.qid, id) : is_next(s, &rec))
			break;
	store_cur_close(cur);
	if (rc == 1 && id.n)
		*slot(s, id) = map_hash(id);
	return rc;
}

/*
 * What a copy that was handed on becomes: NULL when it goes on here; else what
 * this hop says of it: delivered (LMTP), or lost.
 */
static int
follow(struct sql_scan *s, struct err *err)
{
	struct fact *f = &s->fact;
	const struct rec_event *e = f->copy ? f->copy->last.e : NULL;
	bool lmtp = f->state == OUT_DELIVERED && e && e->kind == EV_DELIVERY &&
		    copy_handed(&s->ctx->site, f->life, f->copy) == HANDED_OURS;
	int rc;

	if (!f->leg && !lmtp)
		return 0;
	if ((f->state != OUT_NONE && !lmtp) || !e || e->kind != EV_DELIVERY ||
	    (!f->next_qid.n && !f->msgid.n)) {
		f->state = lmtp ? OUT_DELIVERED : OUT_NONE;
		return 0;
	}
	f->state = OUT_NONE;
	rc = goes_on(s, f->next_qid, err);
	if (rc == 0)
		f->state = verdict_state(&s->ctx->site, f->life, f->copy);
	return rc < 0 ? -1 : 0;
}

static int
next(struct sql_scan *s, struct err *err)
{
	arena_clear(&s->a);
	for (;;) {
		const struct life *l = s->life;
		const struct copy *c;
		int rc;

		if (!l || s->at >= (l->ncopy ? l->ncopy : 1)) {
			rc = walk_next(s->walk, &s->life, err);
			if (rc <= 0)
				return rc;
			s->at = 0;
			*slot(s, s->life->qid) = map_hash(s->life->qid);
			continue;
		}
		c = l->ncopy ? &l->copy[s->at] : NULL;
		s->at++;
		if (!fact_of_copy(s->ctx->events, l, c, &s->fact))
			continue;
		sql_keep_why(s, s->ctx->events);
		return follow(s, err) < 0 ? -1 : 1;
	}
}

static void
why(const struct fact *f, int i, struct sql_out *o)
{
	bool said = f->failed && f->why && f->why->cls != CLS_NONE;

	if (!said || f->state == OUT_DELIVERED || f->state == OUT_LEFT) {
		if ((i == GRP || i == CLASS) &&
		    (f->state == OUT_DELIVERED || f->state == OUT_LEFT))
			sql_text(o, STR("delivered"));
		return;
	}
	if (i == GRP)
		sql_text(o, str_c(grp_name(f->why->grp)));
	else if (i == CLASS)
		sql_text(o, str_c(cls_name(f->why->cls)));
	else if (i == PERMANENT && f->why->perm != PERM_NONE)
		sql_int(o, f->why->perm == PERM_PERM);
	else if (i == RULE)
		sql_text(o, str_c(f->why->rule));
	else if (i == BLOCK_IP)
		sql_text(o, f->why->block.ip);
	else if (i == BLOCK_LIST)
		sql_text(o, f->why->block.list);
}

/* What the deciding line says; the failure's own words where it failed. */
static void
words(const struct fact *f, int i, struct sql_out *o)
{
	const struct rec_event *e = f->ev;
	struct str code = rev_none(e, F_CODE), dsn = rev_none(e, F_DSN);
	struct str reply = rev_none(e, F_REPLY), c2, d2;

	if (f->failed && f->state != OUT_DELIVERED && f->state != OUT_LEFT) {
		code = f->code;
		dsn = f->dsn;
		reply = f->reply;
	}
	reply_codes(reply, &c2, &d2);
	if (i == CODE)
		sql_text(o, code.n ? code : c2);
	else if (i == DSN)
		sql_text(o, dsn.n ? dsn : d2);
	else
		sql_text(o, reply);
}

static void
column(const struct sql_scan *s, int i, struct sql_out *o)
{
	const struct fact *f = &s->fact;

	switch (i) {
	case START_TIME:
		sql_stamp(o, f->start_us);
		break;
	case QID:
		sql_text(o, f->qid);
		break;
	case STATE:
		if (f->state != OUT_NONE)
			sql_text(o, str_c(out_state_name[f->state]));
		break;
	case SAID:
		if (f->copy)
			sql_text(o, str_c(ev_state_name[f->copy->state]));
		break;
	case GRP:
	case CLASS:
	case PERMANENT:
	case RULE:
	case BLOCK_IP:
	case BLOCK_LIST:
		why(f, i, o);
		break;
	case ORIGINAL:
		sql_text(o, f->orig_to.n ? f->orig_to : f->to);
		break;
	case MESSAGE_ID:
		sql_text(o, f->msgid);
		break;
	case SUBJECT:
		sql_text(o, f->subject);
		break;
	case SIZE:
		sql_count(o, f->size_bytes);
		break;
	case RELAY:
		sql_text(o, f->relay_name);
		break;
	case RELAY_IP:
		sql_text(o, f->relay_ip);
		break;
	case NEXT_QID:
		sql_text(o, f->next_qid);
		break;
	case CODE:
	case DSN:
	case REPLY:
		words(f, i, o);
		break;
	case FOLDER:
		sql_text(o, rev_none(f->ev, F_FOLDER));
		break;
	case ATTEMPTS:
		sql_int(o, f->attempts);
		break;
	case FIRST_ATTEMPT:
		sql_stamp(o, f->first_us);
		break;
	case DELAY:
		sql_real(o, (double)(f->t_us - f->start_us) / 1e6);
		break;
	default:
		break;
	}
}

const struct sql_table sql_delivery = {
	.name = "delivery",
	.col = columns,
	.start = start,
	.next = next,
	.column = column,
};
