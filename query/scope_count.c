/*
 * scope_count.c: two walks over the facts of the window: the mails as they
 * came in, for login and client, then their copies where they ended, each with
 * its slices; and what the slices add up to.
 */
#include "base/die.h"
#include "query/scope_part.h"
#include "base/banned.h"

static struct str
keep(struct counter *c, struct str s)
{
	struct str *row;

	if (!s.n)
		return STR_NONE;
	row = tally_row(&c->text, s);
	if (!row->p)
		*row = arena_dup(&c->s->arena, s);
	return *row;
}

static struct str
message_key(const struct fact *f)
{
	return f->msgid.n ? f->msgid : f->qid;
}

int
scope_read_mails(struct counter *c, struct err *err)
{
	struct facts_ask ask = { .st = c->ask->st,
		.site = c->ask->site,
		.t0_us = c->ask->q->t0_us > INT64_C(86400000000) ?
			     c->ask->q->t0_us - INT64_C(86400000000) :
			     0,
		.t1_us = c->ask->q->t1_us,
		.kinds = 1u << FACT_LIFE };
	struct facts *fs = facts_open(&ask, err);
	struct fact f;
	int rc;

	if (!fs)
		return -1;
	while ((rc = facts_next(fs, &f, err)) == 1) {
		struct str id = message_key(&f);
		struct mail *m;

		if (!f.entry || !id.n ||
		    (c->mail.n >= SCOPE_MAILS_MAX &&
			!map_get(&c->mail.map, id)))
			continue;
		m = tally_row(&c->mail, id);
		m->user = keep(c, f.user);
		m->client_ip = keep(c, f.client_ip);
		m->client_name = keep(c, f.client_name);
		m->helo = keep(c, f.helo);
		m->host = keep(c, f.host);
	}
	facts_close(fs);
	return rc;
}

static void
slice(struct counter *c, struct item *it, enum scope_dim dim, struct str name)
{
	struct value *v;

	if (!name.n)
		return;
	v = tally_row(&c->value[dim], tally_key(&c->key, &name, 1));
	if (!v->name.p) {
		v->name = arena_lower(&c->s->arena, name);
		v->dim = dim;
	}
	it->v[dim] = v;
}

static bool
is_failure(enum out_state s)
{
	return s == OUT_BOUNCED || s == OUT_EXPIRED || s == OUT_REJECTED ||
	       s == OUT_DEFERRED || s == OUT_LOST;
}

static bool
left_out(const struct counter *c, uint32_t hash)
{
	return hash & ((UINT32_C(1) << c->thin) - 1);
}

/* Half of the messages go, of those that are there and those to come. */
static void
make_room(struct counter *c)
{
	size_t n = 0;

	c->thin++;
	c->s->sampled = true;
	for (size_t i = 0; i < c->nitem; i++)
		if (!left_out(c, c->item[i].hash))
			c->item[n++] = c->item[i];
	c->nitem = n;
}

/* Whether this host spoke to a server that is not ours. */
static bool
spoke_outside(const struct counter *c, const struct fact *f)
{
	struct str name = f->relay_name.n ? f->relay_name : f->fail_relay_name;
	struct str ip = f->relay_ip.n ? f->relay_ip : f->fail_relay_ip;

	return ip.n && !site_our_server(c->ask->site, name, ip);
}

/* When what failed it was first said: of a mail that waited, days before. */
static int64_t
failed_since(struct facts *fs, const struct fact *f)
{
	int64_t first = f->t_us;
	const struct rec_event *e;
	size_t i = 0;

	while (f->failed && (e = fact_failure(f, &i)))
		if (e->t_us < first && facts_why(fs, e)->cls == f->why->cls)
			first = e->t_us;
	return first;
}

static void
take(struct counter *c, struct facts *fs, const struct fact *f)
{
	struct str relay = f->relay_name.n ? f->relay_name : f->fail_relay_name;
	enum ourip_from known;
	struct mail own = { f->user, f->client_ip, f->client_name, f->helo,
		f->host };
	struct str id = message_key(f);
	const struct mail *m = id.n ? map_get(&c->mail.map, id) : NULL;
	struct fact_entry in;
	char net[IP_NETWORK];
	struct item *it;

	if (left_out(c, (uint32_t)map_hash(id)))
		return;
	if (!m)
		m = &own;
	in = (struct fact_entry){ .user = m->user,
		.client_ip = m->client_ip,
		.client_name = m->client_name,
		.helo = m->helo };
	if (c->nitem == c->citem) {
		if (c->nitem >= SCOPE_COPIES_MAX)
			make_room(c);
		else
			c->citem = c->citem ? 2 * c->citem : 1024;
		c->item = xreallocarray(c->item, c->citem, sizeof(*c->item));
	}
	it = &c->item[c->nitem++];
	*it = (struct item){ .t_us = f->t_us, .hash = (uint32_t)map_hash(id) };
	it->failed =
	    c->what.nterm ? fact_fits(f, &in, &c->what) : is_failure(f->state);
	it->asked = fact_fits(f, &in, &c->whose);
	it->since_us = it->failed ? failed_since(fs, f) : f->t_us;
	it->cls = f->failed && f->why ? (uint8_t)f->why->cls : CLS_NONE;
	slice(c, it, SCOPE_USER, m->user);
	slice(c, it, SCOPE_SENDER, fact_sender(f));
	slice(c, it, SCOPE_SENDER_DOMAIN, str_domain(f->from));
	slice(c, it, SCOPE_RECIPIENT, f->to);
	slice(c, it, SCOPE_DESTINATION, f->domain);
	/* where it came in: where it ended depends on whether it failed */
	slice(c, it, SCOPE_HOST, m->host);
	if (m->client_ip.n && !ip_loopback(m->client_ip))
		slice(c, it, SCOPE_NETWORK, ip_network(m->client_ip, net));
	if (f->flow != FLOW_OUTBOUND || f->kind == FACT_REFUSAL)
		return;
	slice(c, it, SCOPE_RECEIVER, report_receiver(&c->r, relay, f->domain));
	if (!spoke_outside(c, f))
		return;
	/* not by what a refusal says of it: those that went say nothing */
	slice(c, it, SCOPE_OUR_IP,
	    ourip_of(&c->ours, f->host, f->inst, f->local_ip, NULL, &known));
}

/* A refusal for now is one, however often it was tried. */
static bool
counts(struct counter *c, const struct fact *f)
{
	struct str part[3] = { f->from, f->to, f->host };
	bool *row;

	if (f->leg || f->state == OUT_NONE)
		return false;
	if (f->kind != FACT_REFUSAL || f->fail_state != ST_TEMPFAIL)
		return true;
	if (f->why && f->why->cls == CLS_GREYLISTED)
		return false; /* who is one comes back */
	row = tally_row(&c->once, tally_key(&c->key, part, 3));
	if (*row)
		return false;
	return *row = true;
}

int
scope_read_copies(struct counter *c, struct err *err)
{
	struct facts_ask ask = { .st = c->ask->st,
		.site = c->ask->site,
		.cl = c->ask->cl,
		.t0_us = c->ask->q->t0_us,
		.t1_us = c->ask->q->t1_us,
		.kinds = 1u << FACT_COPY | 1u << FACT_REFUSAL };
	struct facts *fs = facts_open(&ask, err);
	struct fact f;
	int rc;

	if (!fs)
		return -1;
	while ((rc = facts_next(fs, &f, err)) == 1)
		if (counts(c, &f))
			take(c, fs, &f);
	c->s->sampled |= facts_cut(fs);
	facts_close(fs);
	return rc;
}

void
scope_when(int64_t *first, int64_t *last, const struct item *it)
{
	report_span(first, last, it->t_us);
	report_span(first, last, it->since_us);
}

void
scope_add_up(struct counter *c)
{
	struct scope *s = c->s;
	uint64_t cls[CLS_COUNT] = { 0 };

	for (size_t i = 0; i < c->nitem; i++) {
		const struct item *it = &c->item[i];
		bool hit = it->failed && it->asked;

		s->all_n++;
		s->all_failed += it->failed;
		s->n += it->asked;
		s->failed += hit;
		cls[it->cls] += hit;
		for (int d = 0; d < SCOPE_DIMS; d++) {
			struct value *v = it->v[d];

			if (!v)
				continue;
			v->n++;
			v->failed += it->failed;
			v->asked_n += it->asked;
			v->asked_failed += hit;
			if (it->failed)
				scope_when(&v->first_us, &v->last_us, it);
			if (hit)
				scope_when(&v->asked_first_us,
				    &v->asked_last_us, it);
		}
	}
	for (; s->ncls < sizeof(s->cls) / sizeof(s->cls[0]); s->ncls++) {
		int most = CLS_NONE;

		for (int k = 1; k < CLS_COUNT; k++)
			if (cls[k] > cls[most] || (!most && cls[k]))
				most = k;
		if (!most || !cls[most])
			break;
		s->cls[s->ncls] =
		    (struct scope_class){ (enum cls)most, cls[most] };
		cls[most] = 0;
	}
}
