/*
 * why.c: events to classifier input.
 */
#include "index/why.h"
#include "base/banned.h"

struct view {
	unsigned kind, state, mta;
	struct str tag, code, dsn, reply, relay, status, where;
};

static enum phase
phase_of(struct str where)
{
	static const struct {
		struct str name;
		enum phase phase;
	} table[] = {
		{ STR_INIT("CONNECT"), PHASE_CONNECT },
		{ STR_INIT("HELO"), PHASE_HELO },
		{ STR_INIT("EHLO"), PHASE_HELO },
		{ STR_INIT("AUTH"), PHASE_AUTH },
		{ STR_INIT("MAIL"), PHASE_MAIL },
		{ STR_INIT("RCPT"), PHASE_RCPT },
		{ STR_INIT("DATA"), PHASE_DATA },
		{ STR_INIT("BDAT"), PHASE_DATA },
		{ STR_INIT("END-OF-MESSAGE"), PHASE_EOM },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (where.n && (*where.p & ~32) == *table[i].name.p &&
		    str_startsi(where, table[i].name))
			return table[i].phase;
	return PHASE_UNKNOWN;
}

static bool
fill(const struct view *v, struct classify_in *in)
{
	*in = (struct classify_in){ .text = v->reply,
		.code = v->code,
		.dsn = v->dsn,
		.rhost = v->relay,
		.state_mark = v->status,
		.mta = str_c(mta_name[v->mta]) };
	if (v->kind == EV_HEADER || v->kind == EV_REJECT) {
		in->where = WHERE_INBOUND;
		in->side = SIDE_LOCAL;
		in->phase = phase_of(v->where);
		if (v->kind == EV_HEADER && !in->phase)
			in->phase = PHASE_EOM;
		if (!in->state_mark.n)
			in->state_mark = STR("reject");
	} else {
		in->where = WHERE_DELIVERY;
		if (v->kind == EV_STORED)
			in->side = SIDE_LOCAL;
	}
	return in->text.n || in->dsn.n || in->code.n;
}

bool
why_event(const struct event *ev, struct str tag, struct classify_in *in)
{
	struct view v;

	if (!why_says(ev->kind, ev->state))
		return false;
	v = (struct view){ ev->kind, ev->state, ev->mta, tag,
		ev_get(ev, F_CODE), ev_get(ev, F_DSN), ev_get(ev, F_REPLY),
		ev_get(ev, F_RELAY_NAME), ev_get(ev, F_STATUS),
		ev_get(ev, F_WHERE) };
	return fill(&v, in);
}

bool
why_rec(const struct rec_event *ev, struct classify_in *in)
{
	struct view v;

	if (!why_says(ev->kind, ev->state))
		return false;
	v = (struct view){ ev->kind, ev->state, ev->mta, ev->tag,
		rev_get(ev, F_CODE), rev_get(ev, F_DSN), rev_get(ev, F_REPLY),
		rev_get(ev, F_RELAY_NAME), rev_get(ev, F_STATUS),
		rev_get(ev, F_WHERE) };
	return fill(&v, in);
}
