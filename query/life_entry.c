/*
 * life_entry.c: what only the first or the last line of a life says of its
 * recipients, and which lines are the same line read twice.
 */
#include "query/life_part.h"
#include "base/banned.h"

/*
 * The same line read from two files: overlapping logs; Exim's reject log
 * repeats the main log's line and adds envelope and header.
 */
bool
life_same_event(const struct rec_event *a, const struct rec_event *b)
{
	const uint64_t values = ~((uint64_t)1 << F_KEPT); /* not its words */
	uint64_t both = a->mask & b->mask & values;

	if (a->kind != b->kind || a->t_us != b->t_us ||
	    !str_eq(a->pid, b->pid) ||
	    (a->at.src == b->at.src && a->at.offset != b->at.offset))
		return false;
	if ((a->mask ^ b->mask) & values &&
	    (a->kind != EV_REJECT || a->mta != MTA_EXIM ||
		a->at.src == b->at.src))
		return false;
	for (int i = 0; i < F_COUNT; i++)
		if (both >> i & 1 && !str_eq(rev_get(a, (enum field)i),
					 rev_get(b, (enum field)i)))
			return false;
	return true;
}

/* Whether a copy is of this recipient, or stands for it. */
static bool
has_copy(const struct life *l, struct str addr)
{
	for (size_t i = 0; i < l->ncopy; i++)
		if (str_eqi(l->copy[i].to, addr) ||
		    str_eqi(l->copy[i].orig_to, addr))
			return true;
	return false;
}

/*
 * Recipients that only the arrival line names (Exim's "for", Axigen): still
 * waiting, or given up on.  They are named as they came, the deliveries as
 * they were rewritten, so that the count decides when a name is not found.
 */
static void
entry_recipients(struct arena *a, struct life *l)
{
	struct str rest, addr;
	size_t want = 0, have = 0;

	bool all = l->rule.e && l->rule_state == ST_DISCARDED && !l->ncopy;

	if (!l->arrive.e || (l->rule.e && !all) ||
	    (l->ended && !l->given_up.e && !all))
		return;
	rest = rev_get(l->arrive.e, F_RCPTS);
	while (rcpts_next(&rest, &addr))
		want++;
	for (size_t i = 0; i < l->ncopy; i++) {
		struct str o = l->copy[i].orig_to;
		bool seen = l->copy[i].refused;

		for (size_t k = 0; o.n && k < i; k++)
			seen |= str_eqi(l->copy[k].orig_to, o);
		have += !seen;
	}
	rest = rev_get(l->arrive.e, F_RCPTS);
	while (have < want && rcpts_next(&rest, &addr))
		if (!has_copy(l, addr)) {
			life_copy(a, l, addr, STR_NONE);
			have++;
		}
}

/* Whom a milter's verdict is about, rspamd's or clamav-milter's. */
static struct str
judged(const struct lev *ev)
{
	const struct rec_event *e = ev->e;

	if (e->kind != EV_FILTER || e->state == ST_PASSED ||
	    (e->mta != MTA_RSPAMD && e->mta != MTA_CLAMAV))
		return STR_NONE;
	return rev_get(e, F_RCPTS);
}

/*
 * What a milter refuses or throws away goes for the whole mail, but Postfix
 * names one recipient of it; the milter's own lines name all.
 */
static void
ruled_recipients(struct arena *a, struct life *l)
{
	struct str to = rev_get(l->rule.e, F_TO), rest, addr;
	bool same = false;

	for (size_t i = 0; i < l->nev; i++)
		for (rest = judged(&l->ev[i]); rcpts_next(&rest, &addr);)
			same |= str_eqi(addr, to);
	for (size_t i = 0; same && i < l->nev; i++)
		for (rest = judged(&l->ev[i]); rcpts_next(&rest, &addr);)
			if (!has_copy(l, addr))
				life_copy(a, l, addr, STR_NONE);
}

/*
 * Exim's "cancelled by": what was not delivered is given up and a notice is
 * sent; there is no line for each recipient.
 */
static void
give_up(struct life *l)
{
	bool waited = str_find(rev_get(l->given_up.e, F_TEXT),
			  STR("timeout_frozen_after")) >= 0;

	for (size_t k = 0; k < l->ncopy; k++) {
		struct copy *c = &l->copy[k];

		if (c->last.e && c->state != ST_DEFERRED)
			continue;
		c->state = waited ? ST_EXPIRED : ST_BOUNCED;
		c->last = l->given_up;
	}
	l->expired |= waited && !l->ncopy;
}

void
life_entry(struct arena *a, struct life *l)
{
	entry_recipients(a, l);
	if (l->rule.e &&
	    (l->rule_state == ST_REJECTED || l->rule_state == ST_TEMPFAIL ||
		l->rule_state == ST_DISCARDED))
		ruled_recipients(a, l);
	if (l->given_up.e)
		give_up(l);
}

struct life *
life_absent(struct arena *a, struct lives *ls, struct str host, struct str qid,
    int64_t t_us)
{
	struct life *l = arena_new(a, struct life);

	*l = (struct life){ .host = host,
		.printed_host = host,
		.qid = qid.n ? qid : STR(""),
		.size_bytes = -1,
		.t0_us = t_us,
		.t1_us = t_us,
		.ended = true };
	arena_grow(a, ls->life, ls->n, ls->cap);
	ls->life[ls->n++] = l;
	return l;
}
