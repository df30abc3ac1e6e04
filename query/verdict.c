/*
 * verdict.c: the last word of the last hop, folded over retries and
 * fragments, not the last line seen.
 */
#include "base/buf.h"
#include "index/why.h"
#include "parsers/exim.h"
#include "query/filter.h"
#include "query/verdict.h"
#include "base/banned.h"

#define BACKOFF_MAX_US (4300 * INT64_C(1000000))

enum { EVIDENCE_MAX = 12 };

const char *
mta_of(const struct life *l)
{
	return l->nev ? mta_name[l->mta] : NULL;
}

void
verdict_evidence(struct verdict_ctx *v, struct ans_rcpt *r, struct lev line)
{
	struct ans_evidence *ev;
	size_t i;

	if (!line.e || r->nevidence == EVIDENCE_MAX)
		return;
	if (!r->evidence)
		r->evidence =
		    arena_array(v->a, struct ans_evidence, EVIDENCE_MAX);
	ev = &r->evidence[r->nevidence];
	*ev = (struct ans_evidence){
		.source =
		    arena_dup(v->a, store_source_name(v->st, line.e->at.src)),
		.line = line.e->at.number,
		.offset = line.e->at.offset,
		.t_us = line.e->t_us,
	};
	for (i = 0; i < r->nevidence; i++)
		if (r->evidence[i].offset == ev->offset &&
		    r->evidence[i].line == ev->line &&
		    str_eq(r->evidence[i].source, ev->source))
			return;
	if (v->want_text) {
		for (i = 0; i < line.rec->n; i++)
			if (&line.rec->ev[i] == line.e)
				break;
		ev->text = store_line(v->st, v->a, line.rec, i, &ev->why_gone);
	}
	r->nevidence++;
}

static struct str
last_component(struct str tag)
{
	ptrdiff_t i = str_rchr(tag, '/');

	return i < 0 ? tag : str_from(tag, (size_t)i + 1);
}

struct str
verdict_reply(struct arena *a, const struct rec_event *e)
{
	struct str s = rev_get(e, F_REPLY);
	struct buf b = BUF_INIT(4096);

	/* Exim quotes what it was told on success: C="250 \"OK\" id=..." */
	if (e->mta != MTA_EXIM || e->state != ST_SENT || str_chr(s, '\\') < 0)
		return s;
	exim_unescape(s, &b);
	s = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return s;
}

static void
set_reply(struct verdict_ctx *v, struct ans_rcpt *r, const struct rec_event *e)
{
	struct str code = rev_get(e, F_CODE);
	struct str dsn = rev_get(e, F_DSN);
	struct str c2, d2;
	uint64_t n;

	r->reply_text = verdict_reply(v->a, e);
	if (!r->reply_text.n && !code.n && !dsn.n)
		return;
	r->has_reply = true;
	reply_codes(r->reply_text, &c2, &d2);
	if (!code.n)
		code = c2;
	if (!dsn.n)
		dsn = d2;
	r->reply_code = str_u64(code, &n) ? (int)n : -1;
	r->reply_dsn = dsn.n ? dsn : STR_NONE;
}

static void
set_remote(struct ans_rcpt *r, const struct rec_event *e)
{
	struct str name = rev_get(e, F_RELAY_NAME);
	uint64_t port;

	if (!name.n || str_eq(name, STR("none")) || str_eq(name, STR("local")))
		name = STR_NONE;
	/* "virtual", "dovecot": a transport of Postfix; servers have a number */
	if (e->mta == MTA_POSTFIX && !rev_get(e, F_RELAY_IP).n)
		name = STR_NONE;
	if (!name.n && !rev_get(e, F_RELAY_IP).n)
		return;
	r->has_remote = true;
	r->remote_name = name;
	r->remote_ip = rev_get(e, F_RELAY_IP);
	if (!r->remote_ip.n)
		r->remote_ip = STR_NONE;
	r->remote_port =
	    str_u64(rev_get(e, F_RELAY_PORT), &port) && port < 65536 ?
		(int)port :
		-1;
	r->remote_qid = rev_get(e, F_QID2).n ? rev_get(e, F_QID2) : STR_NONE;
	r->remote_tls = rev_get(e, F_TLS).n	 ? rev_get(e, F_TLS) :
			rev_get(e, F_TLS_SEEN).n ? rev_get(e, F_TLS_SEEN) :
						   STR_NONE;
}

static void
set_class(struct verdict_ctx *v, struct ans_rcpt *r, const struct rec_event *e)
{
	struct classify_in in;

	if (!v->cl || !why_rec(e, &in))
		return;
	classify(v->cl, &in, &r->c);
	r->rule = arena_dup(v->a, str_c(r->c.rule));
	r->c.block.ip = arena_dup(v->a, r->c.block.ip);
	r->c.block.list = arena_dup(v->a, r->c.block.list);
	r->c.block.zone = arena_dup(v->a, r->c.block.zone);
	r->c.block.domain = arena_dup(v->a, r->c.block.domain);
	r->c.block.lookup_url = arena_dup(v->a, r->c.block.lookup_url);
}

/* What a 250 of this hop means when nothing follows it. */
static enum out_state
sent_means(const struct site *site, const struct life *l, const struct copy *c)
{
	const struct rec_event *e = c->last.e;
	struct str reply = rev_get(e, F_REPLY);
	struct str to = rev_get(e, F_TO);
	struct str prog = last_component(e->tag);

	switch (copy_handed(site, l, c)) {
	case HANDED_NOT:
		if (str_find(reply, STR("/dev/null")) >= 0 &&
		    str_starts(reply, STR("delivered to file")))
			return OUT_DISCARDED;
		if (l->mta == MTA_EXIM && str_eq(to, STR("/dev/null")))
			return OUT_DISCARDED;
		return OUT_DELIVERED;
	case HANDED_OURS:
		/* LMTP's 250 is the mailbox's own word (RFC 2033) */
		if (str_find(reply, STR("queued as")) < 0 &&
		    (str_eq(prog, STR("lmtp")) ||
			str_ends(reply, STR(" Saved")) ||
			str_endsi(rev_get(e, F_TRANSPORT), STR("lmtp"))))
			return OUT_DELIVERED;
		return OUT_LOST;
	case HANDED_REMOTE:
		return OUT_LEFT;
	}
	return OUT_NONE;
}

static enum out_state
life_means(const struct life *l)
{
	if (l->deleted)
		return OUT_DELETED;
	if (l->given_up.e)
		return l->expired ? OUT_EXPIRED : OUT_BOUNCED;
	if (l->rule_state == ST_REJECTED || l->rule_state == ST_TEMPFAIL)
		return OUT_REJECTED;
	if (l->rule_state == ST_DISCARDED)
		return OUT_DISCARDED;
	if (l->rule_state == ST_QUARANTINED)
		return OUT_QUARANTINED;
	if (l->aborted)
		return OUT_ABORTED;
	if (l->held)
		return OUT_HELD;
	if (l->expired)
		return OUT_EXPIRED;
	return l->ended ? OUT_LOST : OUT_QUEUED;
}

/* A filter that was asked while the client waited: no queue had the mail. */
static bool
before_queue(const struct life *l)
{
	return l->mta == MTA_AMAVIS && !l->prev && l->filter.e &&
	       !rev_get(l->filter.e, F_QID2).n;
}

enum out_state
verdict_state(const struct site *site, const struct life *l,
    const struct copy *c)
{
	if (!c)
		return life_means(l);
	if (c->deleted)
		return OUT_DELETED;
	switch (c->state) {
	case ST_SENT:
	case ST_REPLIED:
		return sent_means(site, l, c);
	case ST_FORWARDED:
		return OUT_LOST;
	case ST_BOUNCED:
		return OUT_BOUNCED;
	case ST_EXPIRED:
		return OUT_EXPIRED;
	case ST_REJECTED:
		/* a filter's or mailbox's refusal after we had accepted it */
		return c->refused || before_queue(l) ? OUT_REJECTED :
						       OUT_BOUNCED;
	case ST_TEMPFAIL:
		return c->refused || before_queue(l) ? OUT_REJECTED :
						       OUT_DEFERRED;
	case ST_DISCARDED:
		return OUT_DISCARDED;
	case ST_QUARANTINED:
		return OUT_QUARANTINED;
	case ST_HELD:
		return OUT_HELD;
	case ST_DEFERRED:
		if (l->deleted)
			return OUT_DELETED;
		if (l->held)
			return OUT_HELD;
		if (l->expired)
			return OUT_EXPIRED;
		return l->ended ? OUT_LOST : OUT_DEFERRED;
	default:
		return life_means(l);
	}
}

static void
set_attempts(const struct life *l, const struct copy *c, struct ans_rcpt *r)
{
	bool sent = false;

	for (size_t i = 0; i < c->nattempt; i++) {
		const struct rec_event *e = l->ev[c->attempt[i]].e;

		/* two mailboxes, or a program besides, are no second try */
		if (e->kind != EV_DELIVERY || (sent && e->state == ST_SENT))
			continue;
		sent |= e->state == ST_SENT;
		if (!r->attempts)
			r->first_attempt_us = e->t_us;
		r->last_attempt_us = e->t_us;
		r->attempts++;
	}
	if (r->state == OUT_DEFERRED && r->last_attempt_us)
		r->next_attempt_by_us = r->last_attempt_us + BACKOFF_MAX_US;
}

static void
set_stored(struct ans_rcpt *r, const struct life *l, const struct copy *c)
{
	const struct rec_event *e = c->last.e;

	if (r->state != OUT_DELIVERED || !e)
		return;
	r->has_stored = true;
	r->mailbox = e->kind == EV_STORED && rev_get(e, F_TO).n ?
			 rev_get(e, F_TO) :
			 c->to;
	r->folder = rev_get(e, F_FOLDER).n ? rev_get(e, F_FOLDER) : STR_NONE;
	r->stored_id = e->kind == EV_STORED && l->qid.n ? l->qid :
		       rev_get(e, F_QID2).n		? rev_get(e, F_QID2) :
							  STR_NONE;
}

/*
 * A mailbox host of ours said over LMTP that it has the mail, and its own log
 * is not here: it is the last one that holds it.
 */
static void
stop_at_mailbox(const struct site *site, const struct life *l,
    const struct copy *c, struct ans_rcpt *r)
{
	struct str host;

	if (r->state != OUT_DELIVERED || !c || !c->last.e ||
	    copy_handed(site, l, c) != HANDED_OURS)
		return;
	host = site_host(site, rev_get(c->last.e, F_RELAY_NAME));
	if (!site_our_name(site, host) || site_same_host(host, l->host))
		return;
	r->stop_host = host;
	r->stop_qid = STR_NONE;
	r->stop_program = STR_NONE;
}

/* A filter says its verdict, not a reply. */
static void
class_of_filter(const struct life *l, struct ans_rcpt *r)
{
	static const struct {
		struct str word;
		enum cls cls;
	} table[] = {
		{ STR_INIT("SPAM"), CLS_SPAM_CONTENT },
		{ STR_INIT("INFECTED"), CLS_VIRUS },
		{ STR_INIT("BANNED"), CLS_CONTENT_REJECTED },
		{ STR_INIT("BAD-HEADER"), CLS_MALFORMED_MESSAGE },
		{ STR_INIT("OVERSIZED"), CLS_MESSAGE_TOO_BIG },
	};
	struct str said = rev_get(l->filter.e, F_VERDICT);

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (!str_starts(said, table[i].word))
			continue;
		r->c = (struct classify_out){ .cls = table[i].cls,
			.grp = cls_grp(table[i].cls),
			.perm = PERM_PERM,
			.side = SIDE_LOCAL,
			.confidence = 3,
			.advice = cls_next(table[i].cls) };
		r->rule = STR("filter-verdict");
		return;
	}
}

static void
set_own_class(struct ans_rcpt *r, enum cls cls, struct str rule,
    enum permanence perm)
{
	r->c = (struct classify_out){ .cls = cls,
		.grp = cls_grp(cls),
		.perm = perm,
		.side = SIDE_LOCAL,
		.confidence = 2,
		.advice = cls_next(cls) };
	r->rule = rule;
}

/* Exim found no way to an address: of a domain that is not ours, it is the
 * domain that is wrong. */
static void
class_of_unrouteable(const struct site *site, const struct rec_event *e,
    struct ans_rcpt *r)
{
	struct str domain = str_domain(r->to);

	if (e->mta == MTA_EXIM && r->c.cls == CLS_USER_UNKNOWN && domain.n &&
	    str_starts(r->reply_text, STR("Unrouteable address")) &&
	    site->ndomain && !site_our_domain(site, domain))
		set_own_class(r, CLS_DOMAIN_NOT_FOUND, STR("exim-unrouteable"),
		    r->c.perm);
}

/* What a script, a filter or a check of ours refused, without a reply. */
static void
class_of_ours(struct verdict_ctx *v, const struct life *l, struct ans_rcpt *r,
    struct lev why)
{
	if (r->state == OUT_BOUNCED && why.e) {
		/* what sendmail(1) brought is not refused but bounced */
		if (r->c.cls == CLS_UNKNOWN && l->rule.e &&
		    l->rule_state == ST_REJECTED)
			set_class(v, r, l->rule.e);
		/* Sieve's reject gives no reason */
		else if (r->c.cls == CLS_NONE && why.e->kind == EV_STORED)
			set_own_class(r, CLS_RECIPIENT_REFUSED,
			    STR("sieve-reject"), PERM_PERM);
		else if (r->c.cls == CLS_NONE && why.e == l->given_up.e &&
			 rev_has(why.e, F_REPLY))
			set_own_class(r, CLS_POLICY_REJECTED,
			    STR("system-filter"), PERM_PERM);
	}
	/* clamav-milter's own answer is "Command rejected" */
	if ((r->state == OUT_REJECTED || r->state == OUT_DISCARDED ||
		r->state == OUT_QUARANTINED) &&
	    l->filter.e && l->filter.e->mta == MTA_CLAMAV &&
	    str_starts(rev_get(l->filter.e, F_VERDICT), STR("infected")))
		set_own_class(r, CLS_VIRUS, STR("filter-verdict"), PERM_PERM);
	/* "Try again later" is all that rspamd answers */
	if (r->state == OUT_REJECTED && l->filter.e &&
	    l->filter.e->mta == MTA_RSPAMD &&
	    l->filter.e->state == ST_TEMPFAIL &&
	    str_find(rev_get(l->filter.e, F_TEXT), STR("GREYLIST(")) >= 0)
		set_own_class(r, CLS_GREYLISTED, STR("filter-verdict"),
		    PERM_TEMP);
	if ((r->state == OUT_BOUNCED || r->state == OUT_REJECTED ||
		r->state == OUT_DISCARDED || r->state == OUT_QUARANTINED) &&
	    l->mta == MTA_AMAVIS && r->c.cls == CLS_NONE && l->filter.e)
		class_of_filter(l, r);
}

void
verdict(struct verdict_ctx *v, const struct life *l, const struct copy *c,
    struct str to, struct str original, struct ans_rcpt *r)
{
	struct lev why = { 0 };

	*r = (struct ans_rcpt){ .to = to,
		.original_to = original,
		.reply_code = -1,
		.remote_port = -1,
		.stop_host = l->host,
		.stop_qid = l->qid.n ? l->qid : STR_NONE };
	r->state = verdict_state(v->site, l, c);
	if (c) {
		set_attempts(l, c, r);
		why = c->failed.e ? c->failed : c->last;
		if (r->state == OUT_DELIVERED || r->state == OUT_LEFT ||
		    r->state == OUT_LOST || r->state == OUT_DISCARDED ||
		    r->state == OUT_QUARANTINED)
			why = c->last;
	}
	if (r->state == OUT_HELD)
		why = l->hold;
	else if (r->state == OUT_ABORTED)
		why = l->lost.e ? l->lost : l->end;
	else if (r->state == OUT_DELETED)
		why = c && c->deleted ? c->last : l->end;
	else if (!c && l->given_up.e)
		why = l->given_up;
	else if (!c || (!c->last.e && l->rule.e))
		why = l->rule.e ? l->rule : l->end;
	if (why.e) {
		set_reply(v, r, why.e);
		if (r->state != OUT_DELIVERED && r->state != OUT_LEFT &&
		    r->state != OUT_HELD) {
			set_class(v, r, why.e);
			class_of_unrouteable(v->site, why.e, r);
		}
		if (why.e->kind == EV_DELIVERY || why.e->kind == EV_ATTEMPT)
			set_remote(r, why.e);
		r->stop_program = last_component(why.e->tag);
		r->time_us = why.e->t_us;
	}
	class_of_ours(v, l, r, why);
	if (r->state == OUT_HELD && !r->reply_text.n && c && c->failed.e)
		set_reply(v, r, c->failed.e); /* why Exim froze it */
	if (r->state == OUT_DELETED && c && c->failed.e) {
		set_reply(v, r, c->failed.e); /* why it waited */
		set_class(v, r, c->failed.e);
	}
	if (r->state == OUT_DELIVERED || r->state == OUT_LEFT) {
		r->c.cls = CLS_DELIVERED;
		r->c.grp = GRP_DELIVERED;
		r->c.confidence = 3;
		r->rule = STR("accepted");
	}
	if (c && c->last.e && c->last.e->t_us > r->time_us)
		r->time_us = c->last.e->t_us;
	if (!r->time_us)
		r->time_us = l->t1_us;
	if (!r->stop_program.n && l->arrive.e)
		r->stop_program = last_component(l->arrive.e->tag);
	if (r->state == OUT_LOST && c && c->last.e) {
		if (copy_handed(v->site, l, c) == HANDED_OURS) {
			struct str name = rev_get(c->last.e, F_RELAY_NAME);

			if (name.n && !str_eq(name, STR("local")) &&
			    !ip_loopback(rev_get(c->last.e, F_RELAY_IP)))
				r->stop_host = site_host(v->site, name);
			r->stop_qid = STR_NONE;
		}
		r->c = (struct classify_out){ 0 };
		r->has_reply = r->has_reply && r->reply_text.n;
	}
	if (r->state == OUT_QUEUED || r->state == OUT_HELD ||
	    r->state == OUT_LOST)
		r->c.cls = CLS_NONE;
	if (r->state == OUT_EXPIRED && r->c.cls == CLS_NONE) {
		r->c.cls = CLS_EXPIRED;
		r->c.grp = GRP_EXPIRED;
	}
	stop_at_mailbox(v->site, l, c, r);
	if (l->filter.e)
		filter_fill(v->a, l->filter.e, r);
	if (c)
		set_stored(r, l, c);
	if (c && c->failed.e &&
	    (r->state == OUT_EXPIRED || r->state == OUT_HELD))
		verdict_evidence(v, r, c->failed);
	verdict_evidence(v, r, why);
	if ((r->state == OUT_REJECTED || r->state == OUT_HELD ||
		r->state == OUT_DISCARDED || r->state == OUT_QUARANTINED) &&
	    filter_said(v->a, l, r).n)
		verdict_evidence(v, r, l->filter);
	if (c && (r->state == OUT_BOUNCED || r->state == OUT_DEFERRED))
		verdict_evidence(v, r, c->told);
	if (c)
		verdict_evidence(v, r, c->last);
	if (l->ended)
		verdict_evidence(v, r, l->end);
	if (!r->nevidence && l->nev)
		verdict_evidence(v, r, l->ev[l->nev - 1]);
	verdict_say(v, l, r);
}

void
verdict_refusal(struct verdict_ctx *v, const struct record *rec,
    const struct rec_event *e, struct ans_rcpt *r)
{
	struct lev line = { e, rec };
	struct str to = rev_get(e, F_TO);

	*r = (struct ans_rcpt){ .to = to.n ? to : STR_NONE,
		.original_to = to.n ? to : STR_NONE,
		.reply_code = -1,
		.remote_port = -1,
		.state = e->state == ST_DISCARDED ? OUT_DISCARDED :
			 e->kind == EV_LOST	  ? OUT_ABORTED :
						    OUT_REJECTED,
		.stop_host = site_host(v->site, rec->host),
		.stop_program = last_component(e->tag),
		.time_us = e->t_us };
	set_reply(v, r, e);
	set_class(v, r, e);
	for (size_t i = 0; i < rec->n; i++) /* what its session had seen */
		if (&rec->ev[i] != e)
			verdict_evidence(v, r,
			    (struct lev){ &rec->ev[i], rec });
	verdict_evidence(v, r, line);
	verdict_say(v, NULL, r);
}
