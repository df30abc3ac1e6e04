/*
 * blocked_clients.c: client addresses that we refuse for what they are, not
 * for what they bring: on a list, in our own access map, without a name, or
 * caught by postscreen's tests.  Refusals of content, of unknown users and of
 * forbidden relaying are not here (report rejected).
 */
#include "query/blocked.h"
#include "query/geo.h"
#include "base/banned.h"

enum { TARGETS = 4 };

const struct col blocked_client_cols[BLOCKED_CLIENT_COLS] = {
	[CL_IP] = { "ip", "client", COL_TEXT, 0 },
	[CL_NAME] = { "name", "name", COL_TEXT, COL_HIDE_TEXT },
	[CL_REASON] = { "reason", "reason", COL_TEXT, 0 },
	[CL_LIST] = { "list", "list", COL_TEXT, 0 },
	[CL_PROGRAM] = { "program", "by", COL_TEXT, 0 },
	[CL_REFUSED] = { "refused", "refused", COL_COUNT, COL_BAR },
	[CL_FOR_NOW] = { "for_now", "for now", COL_COUNT, 0 },
	[CL_TARGETS] = { "targets", "targets", COL_COUNT, COL_HIDE_TEXT },
	[CL_FIRST] = { "first", "first", COL_TIME, COL_HIDE_TEXT },
	[CL_LAST] = { "last", "last", COL_TIME, 0 },
	[CL_COUNTRY] = { "country", "country", COL_TEXT, COL_OPTIONAL },
	[CL_ASN] = { "asn", "ASN", COL_TEXT, COL_OPTIONAL },
	[CL_NETWORK] = { "network", "network", COL_TEXT, COL_OPTIONAL },
	[CL_TOP] = { "top_targets", "targets", COL_TEXT, COL_WIDE },
	[CL_SAMPLE] = { "sample", "newest reply", COL_TEXT,
	    COL_WIDE | COL_HIDE_TEXT },
};

struct sum {
	struct str ip, name, list, program;
	struct newest sample;
	const char *reason;
	uint64_t refused, for_now, targets;
	int64_t first_us, last_us;
	struct {
		struct str to;
		uint64_t n;
	} top[TARGETS];
};

void
clients_init(struct clients *c, struct report *r, struct distinct *d)
{
	*c = (struct clients){ .r = r, .d = d };
	buf_init(&c->key, 64 * 1024);
	tally_init(&c->t, &r->arena, sizeof(struct sum));
}

void
clients_release(struct clients *c)
{
	tally_release(&c->t);
	buf_release(&c->key);
}

static struct str
program_of(const struct fact *f)
{
	ptrdiff_t i = str_rchr(f->ev->tag, '/');

	return i < 0 ? f->ev->tag : str_from(f->ev->tag, (size_t)i + 1);
}

/* NULL: refused for something else. */
static const char *
reason_of(const struct fact *f)
{
	bool screened = str_eq(program_of(f), STR("postscreen"));

	for (size_t i = 0; f->rec && i < f->rec->n && screened; i++)
		if (f->rec->ev[i].kind == EV_SCREEN &&
		    str_startsi(rev_get(&f->rec->ev[i], F_ACTION),
			STR("PREGREET")))
			return "pregreet";
	switch (f->why->cls) {
	case CLS_IP_BLOCKLISTED:
		return "list";
	case CLS_IP_BLOCKED:
		return "access";
	case CLS_BAD_REPUTATION:
		return "reputation";
	case CLS_DOMAIN_BLOCKLISTED:
		return "domain";
	case CLS_RDNS_HELO:
		return "rdns";
	case CLS_PROTOCOL_ERROR:
		return screened ? "protocol" : NULL;
	default:
		return NULL;
	}
}

static struct str
list_of(const struct fact *f)
{
	if (f->why->block.zone.n)
		return f->why->block.zone;
	if (f->why->block.list.n)
		return f->why->block.list;
	for (size_t i = 0; f->rec && i < f->rec->n; i++)
		if (rev_get(&f->rec->ev[i], F_LIST).n)
			return rev_get(&f->rec->ev[i], F_LIST);
	return STR_NONE;
}

/* The most frequent few, as far as a few counters can tell. */
static void
add_target(struct clients *c, struct sum *s, struct str to)
{
	size_t least = 0;

	for (size_t i = 0; i < TARGETS; i++) {
		if (str_eqi(s->top[i].to, to)) {
			s->top[i].n++;
			return;
		}
		if (s->top[i].n < s->top[least].n)
			least = i;
	}
	if (s->top[least].n == 0) {
		s->top[least].to = report_keep(c->r, to);
		s->top[least].n = 1;
	} else if (--s->top[least].n == 0) {
		s->top[least].to = STR_NONE;
	}
}

void
clients_add(struct clients *c, const struct fact *f)
{
	struct arena *a = &c->r->arena;
	const char *reason;
	struct str part[4], ip = f->client_ip;
	struct sum *s;

	if (!f->refused || f->leg || !f->failed || !f->ev || !ip.n)
		return;
	reason = reason_of(f);
	if (!reason)
		return;
	part[0] = ip;
	part[1] = str_c(reason);
	part[2] = list_of(f);
	part[3] = program_of(f);
	s = tally_row(&c->t, tally_key(&c->key, part, c->r->ips ? 1 : 4));
	if (!s->ip.p) {
		s->ip = arena_dup(a, ip);
		s->reason = reason;
		s->list = report_keep(c->r, part[2]);
		s->program = report_keep(c->r, part[3]);
	}
	if (report_newest(c->r, &s->sample, f->t_us, f->reply, f->client_name))
		s->name = report_keep(c->r, f->client_name);
	if (f->fail_state == ST_TEMPFAIL) {
		s->for_now++;
	} else {
		s->refused++;
		if (strcmp(reason, "rdns") == 0)
			c->rdns++;
		else
			c->reputation++;
	}
	if (f->to.n) {
		s->targets += distinct_add(c->d, s, 0, f->to);
		add_target(c, s, f->to);
	}
	report_span(&s->first_us, &s->last_us, f->t_us);
}

static int
by_count(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->refused != b->refused)
		return a->refused < b->refused ? 1 : -1;
	if (a->for_now != b->for_now)
		return a->for_now < b->for_now ? 1 : -1;
	if (!str_eq(a->ip, b->ip))
		return str_cmp(a->ip, b->ip);
	return strcmp(a->reason, b->reason);
}

static bool
before(const struct sum *s, size_t i, size_t k)
{
	if (s->top[i].n != s->top[k].n)
		return s->top[i].n > s->top[k].n;
	return str_cmp(s->top[i].to, s->top[k].to) < 0;
}

static struct str
targets(struct clients *c, const struct sum *s)
{
	struct buf b = BUF_INIT(4096);
	bool done[TARGETS] = { false };
	struct str out;

	for (size_t k = 0; k < TARGETS; k++) {
		size_t best = TARGETS;

		for (size_t i = 0; i < TARGETS; i++)
			if (!done[i] && s->top[i].n &&
			    (best == TARGETS || before(s, i, best)))
				best = i;
		if (best == TARGETS)
			break;
		done[best] = true;
		if (b.n)
			buf_puts(&b, ", ");
		buf_add(&b, s->top[best].to);
	}
	if (s->targets > TARGETS && b.n)
		buf_puts(&b, " ...");
	out = arena_dup(&c->r->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

/* An address that is one, and none of ours: lists are made of it. */
static bool
to_ban(const struct report *r, const struct sum *s)
{
	return s->refused && ip_valid_cidr(s->ip) && !ip_loopback(s->ip) &&
	       str_chr(s->ip, '/') < 0 && !site_our_ip(r->site, s->ip);
}

void
clients_finish(struct clients *c)
{
	struct report *r = c->r;
	struct arena *a = &r->arena;
	struct str note = STR_NONE, net;
	struct geo *g;

	tally_sort(&c->t, by_count);
	g = geo_open(a, r->geo_country, r->geo_asn, &note);
	if (geo_has_country(g))
		report_show(r, BLOCKED_CLIENTS, CL_COUNTRY);
	if (geo_has_asn(g)) {
		report_show(r, BLOCKED_CLIENTS, CL_ASN);
		report_show(r, BLOCKED_CLIENTS, CL_NETWORK);
	}
	for (size_t i = 0; i < c->t.n; i++) {
		const struct sum *s = c->t.row[i];
		bool shown = !r->top || r->table[BLOCKED_CLIENTS].nrow < r->top;
		struct cell *cell;

		if (s->refused + s->for_now < r->min ||
		    (r->ips && !to_ban(r, s)))
			continue;
		cell = report_row(r, BLOCKED_CLIENTS);
		cell_text(&cell[CL_IP], s->ip);
		cell_text(&cell[CL_NAME], s->name);
		cell_text(&cell[CL_REASON], str_c(s->reason));
		cell_text(&cell[CL_LIST], s->list);
		cell_text(&cell[CL_PROGRAM], s->program);
		cell_count(&cell[CL_REFUSED], s->refused);
		cell_count(&cell[CL_FOR_NOW], s->for_now);
		cell_count(&cell[CL_TARGETS], s->targets);
		cell_time(&cell[CL_FIRST], s->first_us);
		cell_time(&cell[CL_LAST], s->last_us);
		cell_text(&cell[CL_TOP], targets(c, s));
		cell_text(&cell[CL_SAMPLE], s->sample.text);
		if (!shown)
			continue; /* it will be cut off */
		cell_text(&cell[CL_COUNTRY], geo_country(g, a, s->ip));
		cell_text(&cell[CL_ASN], geo_asn(g, a, s->ip, &net));
		cell_text(&cell[CL_NETWORK], net);
	}
	if (note.n && c->t.n && !r->ips)
		report_note(r, STR_FMT, STR_ARG(note));
	geo_close(g);
}
