/*
 * fact_fill.c: one fact out of a life, a copy or an event: which way it goes,
 * whether another hop tells the same, why it failed.
 */
#include "index/why.h"
#include "query/facts_part.h"
#include "query/link.h"
#include "query/verdict.h"
#include "base/banned.h"

/* ---- why ---- */

static void
add_key(struct buf *b, struct str s)
{
	buf_uvar(b, s.n);
	buf_add(b, s);
}

const struct classify_out *
facts_why(struct facts *fs, const struct rec_event *e)
{
	static const struct classify_out none = { 0 };
	struct classify_out *out;
	struct classify_in in;
	struct str key;
	void **slot;

	if (!e || !why_rec(e, &in))
		return &none;
	if (!fs->ask.cl) {
		out = arena_new(&fs->line, struct classify_out);
		out->cls = cls_by_name(rev_get(e, F_CLASS));
		out->grp = cls_grp(out->cls);
		return out;
	}
	buf_clear(&fs->key);
	add_key(&fs->key, in.text);
	add_key(&fs->key, in.code);
	add_key(&fs->key, in.dsn);
	add_key(&fs->key, in.rhost);
	add_key(&fs->key, in.mta);
	add_key(&fs->key, in.state_mark);
	buf_printf(&fs->key, "%d %d %d", (int)in.where, (int)in.phase,
	    (int)in.side);
	out = map_get(&fs->why, buf_str(&fs->key));
	if (out)
		return out;
	key = arena_dup(&fs->why_arena, buf_str(&fs->key));
	/* what the answer points into lives as long as the answer */
	in.text = arena_dup(&fs->why_arena, in.text);
	in.rhost = arena_dup(&fs->why_arena, in.rhost);
	out = arena_new(&fs->why_arena, struct classify_out);
	classify(fs->ask.cl, &in, out);
	out->span = STR_NONE;
	out->retry_after = STR_NONE;
	out->block.ip = arena_dup(&fs->why_arena, out->block.ip);
	out->block.list = arena_dup(&fs->why_arena, out->block.list);
	out->block.zone = arena_dup(&fs->why_arena, out->block.zone);
	out->block.domain = arena_dup(&fs->why_arena, out->block.domain);
	out->block.note = arena_dup(&fs->why_arena, out->block.note);
	out->block.lookup_url =
	    arena_dup(&fs->why_arena, out->block.lookup_url);
	slot = map_slot(&fs->why, key);
	*slot = out;
	return out;
}

/* ---- whose ---- */

/* The client is a host or a filter of ours, not a customer in our network. */
static bool
client_is_host(const struct site *site, struct str name, struct str ip)
{
	if (ip_loopback(ip) || site_our_name(site, name))
		return true;
	for (size_t i = 0; ip.n && i < site->noutgoing; i++)
		if (str_eqi(site->outgoing[i].b, ip))
			return true;
	return false;
}

static bool
made_here(const struct life *l)
{
	if (l->is_notice_child)
		return true;
	return !l->arrive.e && !l->client_ip.n && !l->client_name.n &&
	       !l->user.n && l->mta != MTA_AMAVIS && l->mta != MTA_DOVECOT &&
	       l->from.p && !l->from.n;
}

/* Whether the mail is from somebody of ours, as far as this hop can tell. */
static bool
from_inside(const struct site *site, const struct life *l)
{
	if (l->user.n || made_here(l))
		return true;
	if (!l->client_ip.n && !l->client_name.n && l->local_entry)
		return true;
	if (client_is_host(site, l->client_name, l->client_ip))
		return site_our_domain(site, str_domain(l->from));
	if (l->client_ip.n)
		return site_our_ip(site, l->client_ip);
	return site_our_domain(site, str_domain(l->from));
}

static bool
to_us(const struct fact *f, const struct site *site, const struct life *l,
    const struct copy *c)
{
	if (site_our_domain(site, f->domain))
		return true;
	if (site->ndomain || !c)
		return false;
	return c->refused || copy_handed(site, l, c) != HANDED_REMOTE;
}

static enum flow
flow_of(bool inside, bool ours)
{
	if (!ours)
		return FLOW_OUTBOUND;
	return inside ? FLOW_INTERNAL : FLOW_INBOUND;
}

/* A mailbox server logs what became of the copy handed over by LMTP. */
static bool
mailbox_tells(const struct facts *fs, const struct life *l,
    const struct rec_event *e)
{
	struct str name = rev_get(e, F_RELAY_NAME);
	struct str ip = rev_get(e, F_RELAY_IP);

	for (size_t i = 0; i < fs->nmailbox; i++)
		if (site_same_host(fs->mailbox[i], name) ||
		    (ip_loopback(ip) &&
			site_same_host(fs->mailbox[i], l->printed_host)) ||
		    site_same_host(site_host(&fs->site, fs->mailbox[i]), name))
			return true;
	return false;
}

/* ---- facts ---- */

static bool
in_period(const struct facts *fs, int64_t t)
{
	return t >= fs->ask.t0_us && t <= fs->ask.t1_us;
}

static struct str
or_none(struct str s)
{
	return s.n ? s : STR_NONE;
}

static void
from_life(const struct facts *fs, const struct life *l, struct fact *f)
{
	*f = (struct fact){ .start_us = l->t0_us,
		.host = l->host,
		.inst = l->inst,
		.qid = l->qid,
		.mta = l->mta,
		.from = l->from,
		.msgid = l->nmsgid ? l->msgid[0] : STR_NONE,
		.subject = l->subject,
		.size_bytes = l->size_bytes,
		.client_name = or_none(l->client_name),
		.client_ip = or_none(l->client_ip),
		.helo = or_none(l->helo),
		.user = or_none(l->user),
		.is_filter = l->mta == MTA_AMAVIS,
		.notice = made_here(l),
		.life = l,
		.life_no = fs->life_no };
	f->entry = l->started && l->arrive.e && !f->notice && !f->is_filter &&
		   l->mta != MTA_DOVECOT &&
		   !client_is_host(&fs->site, f->client_name, f->client_ip);
}

int
fact_of_life(struct facts *fs, const struct life *l, struct fact *f)
{
	bool inside;

	if (!(fs->ask.kinds >> FACT_LIFE & 1) || !l->nev)
		return 0;
	from_life(fs, l, f);
	f->kind = FACT_LIFE;
	f->t_us = l->arrive.e ? l->arrive.e->t_us : l->t0_us;
	if (!in_period(fs, f->t_us) || !(l->started || f->notice))
		return 0;
	inside = from_inside(&fs->site, l);
	f->flow = inside ? FLOW_INTERNAL : FLOW_INBOUND;
	for (size_t i = 0; inside && i < l->ncopy; i++) {
		struct fact one = { .domain = str_domain(l->copy[i].to) };

		if (!to_us(&one, &fs->site, l, &l->copy[i]))
			f->flow = FLOW_OUTBOUND;
	}
	f->ev = l->arrive.e ? l->arrive.e : l->ev[0].e;
	f->rec = l->arrive.e ? l->arrive.rec : l->ev[0].rec;
	return 1;
}

struct str
fact_relay(const struct rec_event *e)
{
	static const struct str words[] = { STR_INIT("connect to "),
		STR_INIT("conversation with "),
		STR_INIT("lost connection with ") };
	struct str name = rev_get(e, F_RELAY_NAME);
	struct str reply = rev_get(e, F_REPLY), rest;

	if (name.n && !str_eq(name, STR("none")))
		return name;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ptrdiff_t at = str_find(reply, words[i]);
		ptrdiff_t end;

		if (at < 0)
			continue;
		rest = str_from(reply, (size_t)at + words[i].n);
		end = str_chr(rest, '[');
		if (end > 0 && str_chr(str_head(rest, (size_t)end), ' ') < 0)
			return str_head(rest, (size_t)end);
	}
	return STR_NONE;
}

static void
set_failure(struct facts *fs, struct fact *f, const struct rec_event *e)
{
	struct str code = rev_get(e, F_CODE), dsn = rev_get(e, F_DSN);
	struct str c2, d2;

	f->failed = true;
	f->fail_state = (enum ev_state)e->state;
	f->fail_us = e->t_us;
	f->fail_relay_name = fact_relay(e);
	f->fail_relay_ip = rev_get(e, F_RELAY_IP);
	f->reply = rev_get(e, F_REPLY);
	reply_codes(f->reply, &c2, &d2);
	f->code = code.n ? code : c2;
	f->dsn = dsn.n ? dsn : d2;
	f->where = rev_get(e, F_WHERE);
	f->local_ip = rev_get(e, F_LOCAL_IP);
	f->why = facts_why(fs, e);
}

static void
set_attempts(const struct life *l, const struct copy *c, struct fact *f)
{
	for (size_t i = 0; i < c->nattempt; i++) {
		const struct rec_event *e = l->ev[c->attempt[i]].e;

		if (e->kind != EV_DELIVERY && e->kind != EV_STORED)
			continue;
		if (!f->attempts++)
			f->first_us = e->t_us;
		f->last_us = e->t_us;
		if (!f->fail_first_us && e->state != ST_SENT)
			f->fail_first_us = e->t_us;
	}
}

/* Handed to another hop of ours, or told by the hop before. */
static void
set_leg(const struct facts *fs, const struct life *l, const struct copy *c,
    struct fact *f)
{
	const struct rec_event *e = c->last.e;
	bool stored = e && e->kind == EV_STORED;
	/* what LMTP or a filter answered, the hop before says too; but a
	 * script that rejects has taken the mail */
	bool before = c->state == ST_TEMPFAIL || c->state == ST_DEFERRED ||
		      (c->state == ST_REJECTED && !stored) ||
		      (c->state == ST_BOUNCED && stored) ||
		      (f->is_filter && (c->state == ST_DISCARDED ||
					   c->state == ST_QUARANTINED));

	if (c->state == ST_SENT || c->state == ST_REPLIED ||
	    c->state == ST_FORWARDED) {
		if (f->state == OUT_LOST && e && e->kind == EV_DELIVERY &&
		    c->state == ST_SENT && l->mta != MTA_AMAVIS &&
		    !rev_get(e, F_QID2).n &&
		    str_find(rev_get(e, F_REPLY), STR("id=")) < 0 &&
		    !str_starts(rev_get(e, F_REPLY), STR("forwarded as "))) {
			/* it named no id: nobody can say where it is */
		} else if (f->state == OUT_LOST ||
			   (f->state == OUT_DELIVERED && e &&
			       e->kind == EV_DELIVERY &&
			       copy_handed(&fs->site, l, c) == HANDED_OURS &&
			       mailbox_tells(fs, l, e))) {
			f->leg = true;
			f->state = OUT_NONE;
		}
	} else if (before && (f->is_filter || stored)) {
		f->leg = true;
	} else if (c->refused &&
		   client_is_host(&fs->site, l->client_name, l->client_ip)) {
		f->leg = true;
	}
}

int
fact_of_copy(struct facts *fs, const struct life *l, const struct copy *c,
    struct fact *f)
{
	const struct rec_event *e = c ? c->last.e : NULL;
	struct str rest;

	if (!(fs->ask.kinds >> FACT_COPY & 1) || !l->nev)
		return 0;
	from_life(fs, l, f);
	f->kind = FACT_COPY;
	f->copy = c;
	f->state = verdict_state(&fs->site, l, c);
	if (!e && l->rule.e) {
		e = l->rule.e;
		f->rec = l->rule.rec;
		f->refused = l->rule_state == ST_REJECTED ||
			     l->rule_state == ST_TEMPFAIL;
	} else if (e) {
		f->rec = c->last.rec;
		f->refused = c->refused;
	} else if (f->state == OUT_HELD || f->state == OUT_ABORTED) {
		const struct lev *why = f->state == OUT_HELD ? &l->hold :
					l->lost.e	     ? &l->lost :
							       &l->end;

		e = why->e;
		f->rec = why->rec;
	}
	f->ev = e;
	f->t_us = e ? e->t_us : l->t1_us;
	if (f->state == OUT_DELETED || f->state == OUT_EXPIRED)
		f->t_us = l->end.e ? l->end.e->t_us : f->t_us;
	if (!in_period(fs, f->t_us))
		return 0;
	if (c) {
		f->to = c->to;
		f->orig_to = c->orig_to;
		set_attempts(l, c, f);
	} else if (e) {
		f->to = rev_get(e, F_TO);
		rest = rev_get(e, F_RCPTS);
		if (!f->to.n && rest.n && !rcpts_next(&rest, &f->to))
			f->to = STR_NONE;
	}
	f->to = or_none(f->to);
	f->orig_to = or_none(f->orig_to);
	f->domain = str_domain(f->to);
	f->open = !l->ended && !l->deleted &&
		  (f->state == OUT_QUEUED || f->state == OUT_DEFERRED ||
		      f->state == OUT_HELD);
	f->flow = flow_of(from_inside(&fs->site, l), to_us(f, &fs->site, l, c));
	if (c && e && (e->kind == EV_DELIVERY || e->kind == EV_STORED)) {
		f->relay_name = rev_get(e, F_RELAY_NAME);
		f->relay_ip = rev_get(e, F_RELAY_IP);
		f->next_qid = rev_get(e, F_QID2);
	}
	if (c && c->failed.e)
		set_failure(fs, f, c->failed.e);
	else if (f->refused && e)
		set_failure(fs, f, e);
	else if (e)
		f->local_ip = rev_get(e, F_LOCAL_IP);
	if (f->failed && !f->fail_first_us)
		f->fail_first_us = f->fail_us;
	if (c)
		set_leg(fs, l, c, f);
	else if (f->state == OUT_LOST && l->ended)
		f->leg = true; /* nothing was said of any recipient */
	return 1;
}

const struct rec_event *
fact_failure(const struct fact *f, size_t *i)
{
	const struct life *l = f->life;
	const struct copy *c = f->copy;

	if (!l || !c) {
		if ((*i)++ == 0 && f->failed)
			return f->ev;
		return NULL;
	}
	while (*i < l->nev) {
		size_t at = (*i)++;
		const struct rec_event *e = l->ev[at].e;

		if (e->kind == EV_ATTEMPT && !rev_has(e, F_TO))
			return e;
		if (e->state == ST_SENT || e->state == ST_REPLIED)
			continue;
		for (size_t k = 0; k < c->nattempt; k++)
			if (c->attempt[k] == at)
				return e;
	}
	return NULL;
}

int
fact_of_event(struct facts *fs, const struct record *rec, size_t i,
    struct fact *f)
{
	const struct rec_event *e = &rec->ev[i];
	enum fact_kind kind = rec->kind == REC_REFUSAL ? FACT_REFUSAL :
			      rec->kind == REC_AUTH    ? FACT_AUTH :
							 FACT_OTHER;

	if (!in_period(fs, e->t_us))
		return 0;
	if (kind == FACT_REFUSAL && e->kind != EV_REJECT)
		kind = FACT_OTHER;
	if (kind == FACT_REFUSAL && e->state != ST_REJECTED &&
	    e->state != ST_TEMPFAIL && e->state != ST_DISCARDED)
		return 0; /* held, redirected: the mail has an id later */
	if (!(fs->ask.kinds >> kind & 1))
		return 0;
	*f = (struct fact){ .kind = kind,
		.t_us = e->t_us,
		.start_us = rec->t0_us,
		.host = site_host(&fs->site, rec->host),
		.inst = rec->inst,
		.qid = or_none(rec->qid),
		.mta = (enum mta)e->mta,
		.from = rev_get(e, F_FROM),
		.to = or_none(rev_get(e, F_TO)),
		.size_bytes = -1,
		.client_name = or_none(rev_get(e, F_CLIENT_NAME)),
		.client_ip = or_none(rev_get(e, F_CLIENT_IP)),
		.helo = or_none(rev_get(e, F_HELO)),
		.user = or_none(rev_get(e, F_USER)),
		.ev = e,
		.rec = rec };
	f->domain = str_domain(f->to);
	if (kind != FACT_REFUSAL)
		return 1;
	f->refused = true;
	f->state = e->state == ST_DISCARDED ? OUT_DISCARDED : OUT_REJECTED;
	f->flow = flow_of(f->user.n || site_our_ip(&fs->site, f->client_ip),
	    !f->domain.n || !fs->site.ndomain ||
		site_our_domain(&fs->site, f->domain));
	f->leg = client_is_host(&fs->site, f->client_name, f->client_ip);
	if (e->state != ST_DISCARDED)
		set_failure(fs, f, e);
	f->fail_first_us = f->fail_us;
	return 1;
}
