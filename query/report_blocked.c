/*
 * report_blocked.c: where our addresses are blocked: the replies that name a
 * list, a receiver's own block, reputation, reverse DNS or a domain, added up
 * by our address and who refuses.  The other half, clients that we refuse, is
 * in blocked_clients.c.
 *
 * Whether a block is over, or new, is asked of the store's index alone, by the
 * domains that refused: a later 250 from the same address of ours, and the
 * same refusal on the day before the period.
 */
#include "query/blocked.h"
#include "query/ourip.h"
#include "base/banned.h"

#define DAY_US (86400 * INT64_C(1000000))

enum {
	UNKNOWN_DOMAINS = 8,
	PAIRS_MAX = 4000,      /* address of ours x domain, asked for a 250 */
	INDEX_RECORDS = 100000 /* looked at for it, twice */
};

enum {
	C_IP,
	C_IP_FROM,
	C_HOST,
	C_OPERATOR,
	C_KIND,
	C_RECEIVER,
	C_MESSAGES,
	C_RCPTS,
	C_SENDERS,
	C_DOMAINS,
	C_ATTEMPTS,
	C_FIRST,
	C_LAST,
	C_STATUS,
	C_HEALED,
	C_NEW,
	C_SERIES,
	C_URL,
	C_SAMPLE,
	C_LIVE,
	C_LIVE_REASON,
	COLS
};

static const struct col cols[COLS] = {
	[C_IP] = { "ip", "our address", COL_TEXT, 0 },
	[C_IP_FROM] = { "ip_from", "known from", COL_TEXT, COL_HIDE_TEXT },
	[C_HOST] = { "host", "host", COL_TEXT, COL_HIDE_TEXT },
	[C_OPERATOR] = { "operator", "blocked by", COL_TEXT, 0 },
	[C_KIND] = { "kind", "kind", COL_TEXT, 0 },
	[C_RECEIVER] = { "receiver", "at", COL_TEXT, 0 },
	[C_MESSAGES] = { "messages", "messages", COL_COUNT, COL_HIDE_TEXT },
	[C_RCPTS] = { "recipients", "recipients", COL_COUNT, 0 },
	[C_SENDERS] = { "senders", "senders", COL_COUNT, 0 },
	[C_DOMAINS] = { "domains", "domains", COL_COUNT, COL_HIDE_TEXT },
	[C_ATTEMPTS] = { "attempts", "attempts", COL_COUNT, COL_HIDE_TEXT },
	[C_FIRST] = { "first", "first", COL_TIME, 0 },
	[C_LAST] = { "last", "last", COL_TIME, 0 },
	[C_STATUS] = { "status", "now", COL_TEXT, 0 },
	[C_HEALED] = { "healed", "accepted again", COL_TIME, COL_HIDE_TEXT },
	[C_NEW] = { "new", "new", COL_FLAG, 0 },
	[C_SERIES] = { "series", "when", COL_SERIES, 0 },
	[C_URL] = { "lookup_url", "look up, remove", COL_TEXT, COL_WIDE },
	[C_SAMPLE] = { "sample", "newest reply", COL_TEXT, COL_WIDE },
	/* with --live; filled by who may ask the network */
	[C_LIVE] = { "live", "lists now", COL_TEXT, 0 },
	[C_LIVE_REASON] = { "live_reason", "says", COL_TEXT, COL_WIDE },
};

static const struct table_def tables[BLOCKED_TABLES] = {
	[BLOCKED_OURS] = { "ours", "Our addresses, blocked elsewhere",
	    "none of our addresses was blocked", cols, COLS },
	[BLOCKED_CLIENTS] = { "clients",
	    "Clients we refused for their reputation",
	    "no client was refused for its reputation", blocked_client_cols,
	    BLOCKED_CLIENT_COLS },
};

static const char *const by[] = { "ip", "receiver", "domain", "client", NULL };

struct sum {
	struct str ip, host, inst, op, receiver, url;
	struct newest sample;
	struct str
	    refused[UNKNOWN_DOMAINS]; /* by whom, while ip is not known */
	const char *kind;
	enum ourip_from from;
	uint64_t messages, rcpts, senders, domains, attempts;
	uint64_t life, copy; /* numbers of the last counted */
	int64_t first_us, last_us, healed_us;
	bool before, many_receivers;
	uint32_t *v;
};

struct pair { /* an address of ours and a domain that refused it */
	struct str ip, domain;
	struct sum *sum[4];
	int64_t last_us, healed_us;
};

struct blocked {
	struct report *r;
	struct tally t, pairs;
	struct distinct d;
	struct buf key;
	struct bins bins;
	struct ourip ourip;
	struct clients clients;
	uint64_t copy; /* number of what is at hand */
	uint64_t rcpts, messages, counted_life, counted_copy;
	uint64_t *all;
};

static const char *
kind_of(const struct classify_out *why)
{
	const char *kind = why->block.kind;

	if (!kind || !*kind)
		kind = block_kind(why->cls);
	if (strcmp(kind, "dnsbl") == 0)
		return "list";
	return *kind ? kind : "receiver";
}

static void
add_pair(struct blocked *b, struct sum *s, struct str domain, int64_t t_us)
{
	struct str part[2] = { s->ip, domain };
	struct pair *p;

	for (size_t i = 0; !s->ip.n && i < UNKNOWN_DOMAINS; i++)
		if (!s->refused[i].n || str_eqi(s->refused[i], domain)) {
			s->refused[i] = arena_dup(&b->r->arena, domain);
			break;
		}
	if (!s->ip.n || !domain.n || b->pairs.n >= PAIRS_MAX)
		return;
	p = tally_row(&b->pairs, tally_key(&b->key, part, 2));
	if (!p->ip.p) {
		p->ip = s->ip;
		p->domain = arena_lower(&b->r->arena, domain);
	}
	if (t_us > p->last_us)
		p->last_us = t_us;
	for (size_t i = 0; i < sizeof(p->sum) / sizeof(p->sum[0]); i++) {
		if (p->sum[i] == s)
			return;
		if (!p->sum[i]) {
			p->sum[i] = s;
			return;
		}
	}
}

static void
count(struct blocked *b, const struct fact *f, struct sum *s, int64_t t_us)
{

	s->attempts++;
	bins_count(&b->bins, s->v, b->all, t_us);
	report_span(&s->first_us, &s->last_us, t_us);
	if (s->life != f->life_no)
		s->messages++;
	if (s->copy != b->copy)
		s->rcpts++;
	s->life = f->life_no;
	s->copy = b->copy;
	b->messages += b->counted_life != f->life_no;
	b->rcpts += b->counted_copy != b->copy;
	b->counted_life = f->life_no;
	b->counted_copy = b->copy;
	s->senders += distinct_add(&b->d, s, 0, f->from);
	s->domains += distinct_add(&b->d, s, 1, f->domain);
}

/* What a failed attempt is counted under; STR_NONE: it is no block. */
struct block_at {
	struct str ip, op, receiver, key;
	enum ourip_from from;
	const char *kind;
	const struct classify_out *why;
};

static bool
block_of(struct blocked *b, struct facts *fs, const struct rec_event *e,
    struct str host, struct str inst, struct str domain, struct block_at *at)
{
	struct str name = fact_relay(e), part[4];

	at->why = facts_why(fs, e);
	if (at->why->grp != GRP_BLOCKED || at->why->side == SIDE_LOCAL ||
	    site_our_server(facts_site(fs), name, rev_get(e, F_RELAY_IP)))
		return false;
	at->ip = ourip_of(&b->ourip, host, inst, rev_get(e, F_LOCAL_IP),
	    at->why, &at->from);
	at->receiver = report_receiver(b->r, name, domain);
	at->kind = kind_of(at->why);
	if (report_by(b->r, "receiver"))
		at->op = at->receiver;
	else if (report_by(b->r, "domain"))
		at->op = domain;
	else
		at->op =
		    at->why->block.list.n ? at->why->block.list : at->receiver;
	part[0] = at->ip.n ? at->ip : host;
	part[3] = at->ip.n ? STR("") : inst;
	part[1] = at->op;
	part[2] = str_c(at->kind);
	at->key = tally_key(&b->key, part, 4);
	return true;
}

static void
add_event(struct blocked *b, struct facts *fs, const struct fact *f,
    const struct rec_event *e)
{
	struct arena *a = &b->r->arena;
	struct block_at at;
	struct sum *s;

	if (e->t_us < b->r->t0_us ||
	    !block_of(b, fs, e, f->host, f->inst, f->domain, &at))
		return;
	s = tally_row(&b->t, at.key);
	if (!s->v) {
		s->ip = arena_dup(a, at.ip);
		s->from = at.from;
		s->inst = arena_dup(a, f->inst);
		s->op = arena_dup(a, at.op);
		s->kind = at.kind;
		s->v = bins_row(b->r, &b->bins);
	}
	s->many_receivers |=
	    s->receiver.p && !str_eqi(s->receiver, at.receiver);
	if (report_newest(b->r, &s->sample, e->t_us, rev_get(e, F_REPLY),
		f->qid)) {
		s->receiver = at.receiver;
		s->host = report_keep(b->r, f->host);
		s->url = arena_dup(a, at.why->block.lookup_url);
	}
	count(b, f, s, e->t_us);
	add_pair(b, s, f->domain, e->t_us);
}

static void
add(struct blocked *b, struct facts *fs, const struct fact *f)
{
	const struct rec_event *e;
	size_t i = 0;

	if (f->refused) {
		clients_add(&b->clients, f);
		return;
	}
	if (f->kind != FACT_COPY || !f->copy)
		return;
	b->copy++;
	while ((e = fact_failure(f, &i)))
		add_event(b, fs, f, e);
}

/* Addresses that only replies met later in the walk have named. */
static void
name_unknown(struct blocked *b)
{
	for (size_t i = 0; i < b->t.n; i++) {
		struct sum *s = b->t.row[i];

		if (s->ip.n)
			continue;
		s->ip = ourip_of(&b->ourip, s->host, s->inst, STR_NONE, NULL,
		    &s->from);
		for (size_t k = 0; k < UNKNOWN_DOMAINS && s->ip.n; k++)
			add_pair(b, s, s->refused[k], s->last_us);
	}
}

/* ---- is it over? is it new? ---- */

static void
heal_record(struct blocked *b, const struct record *rec, size_t *left)
{
	struct str host = site_host(b->ourip.site, rec->host);

	for (size_t i = 0; i < rec->n; i++) {
		const struct rec_event *e = &rec->ev[i];
		struct str part[2] = { STR_NONE, str_domain(rev_get(e, F_TO)) };
		enum ourip_from from;
		struct pair *p;

		if (e->kind != EV_DELIVERY || e->state != ST_SENT || !part[1].n)
			continue;
		part[0] = ourip_of(&b->ourip, host, rec->inst,
		    rev_get(e, F_LOCAL_IP), NULL, &from);
		if (!part[0].n)
			continue;
		p = map_get(&b->pairs.map, tally_key(&b->key, part, 2));
		if (!p || p->healed_us || e->t_us <= p->last_us ||
		    site_our_server(b->ourip.site, rev_get(e, F_RELAY_NAME),
			rev_get(e, F_RELAY_IP)))
			continue;
		p->healed_us = e->t_us;
		--*left;
	}
}

/* Blocks of the day before the period. */
static void
old_record(struct blocked *b, struct facts *fs, const struct record *rec,
    size_t *left)
{
	struct str host = site_host(b->ourip.site, rec->host);
	struct str domain = STR_NONE;

	for (size_t i = 0; i < rec->n && !domain.n; i++)
		domain = str_domain(rev_get(&rec->ev[i], F_TO));
	for (size_t i = 0; i < rec->n; i++) {
		const struct rec_event *e = &rec->ev[i];
		struct block_at at;
		struct sum *s;

		if (e->t_us >= b->r->t0_us ||
		    (e->kind != EV_DELIVERY && e->kind != EV_ATTEMPT) ||
		    cls_grp(cls_by_name(rev_get(e, F_CLASS))) != GRP_BLOCKED)
			continue;
		if (rev_has(e, F_TO))
			domain = str_domain(rev_get(e, F_TO));
		if (!block_of(b, fs, e, host, rec->inst, domain, &at))
			continue;
		s = map_get(&b->t.map, at.key);
		if (s && !s->before) {
			s->before = true;
			--*left;
		}
	}
}

/*
 * Asks the index for the mails to the domains that refused: `after` the
 * refusals until two days after the period, or those of the day before it.
 */
static int
ask_index(struct blocked *b, struct facts *fs, bool after, struct err *err)
{
	struct store_token *tok =
	    arena_array(&b->r->arena, struct store_token, b->pairs.n + 1);
	size_t left = after ? b->pairs.n : b->t.n;
	int64_t t0 = INT64_MAX, t1 = b->r->t1_us + 2 * DAY_US;
	struct store_set set = { tok, 0 };
	struct arena line = { 0 };
	struct store_cur *cur;
	int rc = 1;

	for (size_t i = 0; i < b->pairs.n; i++) {
		const struct pair *p = b->pairs.row[i];

		tok[set.n++] = (struct store_token){ TOK_DOM_TO, p->domain };
		if (p->last_us < t0)
			t0 = p->last_us;
	}
	if (!set.n)
		return 0;
	if (!after) {
		t0 = b->r->t0_us - DAY_US;
		t1 = b->r->t0_us - 1;
	}
	cur = store_find(b->r->st, &set, 1, 1u << REC_HOP, t0, t1, err);
	if (!cur)
		return -1;
	for (int n = 0; n < INDEX_RECORDS && left; n++) {
		struct record rec;

		arena_clear(&line);
		rc = store_next(cur, &line, &rec, err);
		if (rc <= 0)
			break;
		if (after)
			heal_record(b, &rec, &left);
		else
			old_record(b, fs, &rec, &left);
	}
	store_cur_close(cur);
	arena_release(&line);
	return rc < 0 ? -1 : 0;
}

static int
heal(struct blocked *b, struct facts *fs, struct err *err)
{
	if (ask_index(b, fs, true, err) < 0 || ask_index(b, fs, false, err) < 0)
		return -1;
	for (size_t i = 0; i < b->pairs.n; i++) {
		const struct pair *p = b->pairs.row[i];

		for (size_t k = 0; k < 4 && p->sum[k]; k++)
			if (p->healed_us > p->sum[k]->last_us &&
			    p->healed_us > p->sum[k]->healed_us)
				p->sum[k]->healed_us = p->healed_us;
	}
	return 0;
}

/* ---- rows ---- */

static int
by_count(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->rcpts != b->rcpts)
		return a->rcpts < b->rcpts ? 1 : -1;
	if (!str_eq(a->ip, b->ip))
		return str_cmp(a->ip, b->ip);
	return str_cmp(a->op, b->op);
}

static void
ours_rows(struct blocked *b)
{
	struct report *r = b->r;

	tally_sort(&b->t, by_count);
	for (size_t i = 0; i < b->t.n; i++) {
		const struct sum *s = b->t.row[i];
		struct cell *c;

		if (!s->attempts || s->rcpts < r->min)
			continue;
		c = report_row(r, BLOCKED_OURS);
		cell_text(&c[C_IP], s->ip);
		cell_text(&c[C_IP_FROM], str_c(ourip_from_name[s->from]));
		cell_text(&c[C_HOST], s->host);
		cell_text(&c[C_OPERATOR], s->op);
		cell_text(&c[C_KIND], str_c(s->kind));
		cell_text(&c[C_RECEIVER],
		    s->many_receivers ?
			arena_printf(&r->arena, STR_FMT " and others",
			    STR_ARG(s->receiver)) :
			s->receiver);
		cell_count(&c[C_MESSAGES], s->messages);
		cell_count(&c[C_RCPTS], s->rcpts);
		cell_count(&c[C_SENDERS], s->senders);
		cell_count(&c[C_DOMAINS], s->domains);
		cell_count(&c[C_ATTEMPTS], s->attempts);
		cell_time(&c[C_FIRST], s->first_us);
		cell_time(&c[C_LAST], s->last_us);
		cell_text(&c[C_STATUS],
		    s->healed_us ? STR("healed") : STR("refused"));
		cell_time(&c[C_HEALED], s->healed_us);
		cell_flag(&c[C_NEW], !s->before);
		cell_series(&c[C_SERIES], &b->bins, s->v);
		cell_text(&c[C_URL], s->url);
		cell_text(&c[C_SAMPLE], s->sample.text);
	}
}

static void
headline(struct blocked *b)
{
	struct report *r = b->r;
	uint64_t ips = 0;

	for (size_t i = 0; i < b->t.n; i++) {
		const struct sum *s = b->t.row[i];

		if (s->attempts)
			ips += distinct_add(&b->d, r, 0,
			    s->ip.n ? s->ip : s->host);
	}
	report_total(r, "addresses", "of our addresses blocked", ips);
	report_total(r, "messages", "messages", b->messages);
	report_total(r, "recipients", "recipients refused for it", b->rcpts);
	report_total(r, "clients_refused", "refused by us for reputation",
	    b->clients.reputation);
	report_total(r, "clients_rdns", "for their name or HELO",
	    b->clients.rdns);
}

static int
run(struct report *r, struct err *err)
{
	struct facts_ask ask =
	    report_ask(r, 1u << FACT_COPY | 1u << FACT_REFUSAL);
	struct blocked b = { .r = r };
	struct facts *fs;
	struct fact f;
	int rc;

	ask.groups = 1u << GRP_BLOCKED | 1u << GRP_PROTOCOL;
	ask.attempts_only = true;
	fs = facts_open(&ask, err);
	if (!fs)
		return -1;
	buf_init(&b.key, 64 * 1024);
	report_bins(r, &b.bins);
	b.all = arena_array(&r->arena, uint64_t, b.bins.n + 1);
	tally_init(&b.t, &r->arena, sizeof(struct sum));
	tally_init(&b.pairs, &r->arena, sizeof(struct pair));
	ourip_init(&b.ourip, r->st, facts_site(fs), &r->arena, ask.t0_us,
	    ask.t1_us);
	clients_init(&b.clients, r, &b.d);
	while ((rc = facts_next(fs, &f, err)) == 1)
		add(&b, fs, &f);
	name_unknown(&b);
	if (rc == 0)
		rc = heal(&b, fs, err);
	ours_rows(&b);
	clients_finish(&b.clients);
	headline(&b);
	report_chart(r, "blocked", "Refused for our address", &b.bins, b.all);
	r->table[BLOCKED_OURS].unused = r->ips || report_by(r, "client");
	report_facts_end(r, fs);
	clients_release(&b.clients);
	tally_release(&b.t);
	tally_release(&b.pairs);
	distinct_release(&b.d);
	buf_release(&b.key);
	return rc;
}

const struct report_def report_blocked = {
	.name = "blocked",
	.about = "our addresses blocked elsewhere, and clients we block",
	.period = "yesterday",
	.by = by,
	.takes = REPORT_IPS | REPORT_MIN | REPORT_LIVE,
	.table = tables,
	.ntable = BLOCKED_TABLES,
	.run = run,
};
