/*
 * scope.c: two walks over the facts of the window: the mails as they came in,
 * for login and client, then their copies where they ended; then the slices.
 *
 * In one file: counting and choosing work on one small state.
 */
#include <math.h>
#include <stdlib.h>

#include "base/die.h"
#include "query/match.h"
#include "query/ourip.h"
#include "query/report.h"
#include "query/scope.h"
#include "base/banned.h"

const char *const scope_dim_name[SCOPE_DIMS] = { "user", "sender", "recipient",
	"destination", "receiver", "our_ip", "sender_domain", "network",
	"host" };
const char *const scope_answer_name[SCOPE_ANSWERS] = { "one", "asked",
	"several", "everybody", "nobody", "too_few", "no_mail" };

#define TIMES_MORE 3.0 /* a slice fails that much more often than the rest, */
#define MUCH_MORE  0.4 /* or by so much */
#define MOST	   0.6 /* part of the failures that one slice explains */
#define HIGH	   0.5 /* a rate at which everybody is hit */
#define RARE	   0.2 /* one or two failures of so many are nothing */

/* A value of one dimension. */
struct value {
	enum scope_dim dim;
	struct str name;
	uint64_t n, failed, asked_n, asked_failed;
	int64_t first_us, last_us;
	int64_t asked_first_us, asked_last_us;
	uint64_t in_n, in_failed; /* within the best slice */
	int64_t in_first_us, in_last_us;
	double evidence;
};

/* One copy. */
struct item {
	struct value *v[SCOPE_DIMS];
	int64_t t_us;
	uint32_t hash; /* of the message, to take an even sample */
	uint8_t cls;
	bool failed, asked;
};

/* How a mail came in. */
struct mail {
	struct str user, client_ip, client_name, helo, host;
};

struct counter {
	const struct scope_ask *ask;
	struct scope *s;
	struct query whose, what; /* terms of the mail, of the outcome */
	struct tally value[SCOPE_DIMS], mail, text, once;
	struct buf key;
	struct item *item;
	size_t nitem, citem;
	unsigned thin; /* of the messages one in 1 << thin */
	struct ourip ours;
	struct report r; /* report_receiver() wants one */
};

/* ---- numbers ---- */

double
scope_fisher(uint64_t k, uint64_t n, uint64_t all_k, uint64_t all_n)
{
	uint64_t most = n < all_k ? n : all_k;
	double sum = 0, fix;

	if (k == 0 || all_n < n || all_n < all_k)
		return 1;
	fix = lgamma((double)n + 1) + lgamma((double)(all_n - n) + 1) +
	      lgamma((double)all_k + 1) + lgamma((double)(all_n - all_k) + 1) -
	      lgamma((double)all_n + 1);
	for (uint64_t x = k; x <= most; x++) {
		double term;

		if (all_n - n + x < all_k)
			continue; /* more fail than are left */
		term = exp(fix - lgamma((double)x + 1) -
			   lgamma((double)(n - x) + 1) -
			   lgamma((double)(all_k - x) + 1) -
			   lgamma((double)(all_n - n + x - all_k) + 1));
		sum += term;
		if (x > k + 2 && term < sum * 1e-12)
			break;
	}
	return sum < 1 ? sum : 1;
}

void
scope_wilson(uint64_t k, uint64_t n, double *low, double *high)
{
	const double z = 1.96;
	double p, mid, half;

	*low = 0;
	*high = 1;
	if (!n)
		return;
	p = (double)k / (double)n;
	mid = (p + z * z / (2.0 * (double)n)) / (1 + z * z / (double)n);
	half = z / (1 + z * z / (double)n) *
	       sqrt(p * (1 - p) / (double)n +
		    z * z / (4.0 * (double)n * (double)n));
	*low = mid - half > 0 ? mid - half : 0;
	*high = mid + half < 1 ? mid + half : 1;
}

/* Log-likelihood ratio of a slice with a rate of its own. */
static double
evidence(uint64_t k, uint64_t n, uint64_t all_k, uint64_t all_n)
{
	double p = n ? (double)k / (double)n : 0;
	double q = all_n > n ?
		       ((double)(all_k - k) + 0.5) / ((double)(all_n - n) + 1) :
		       0.5;
	double e = 0;

	if (p <= q)
		return 0;
	if (k)
		e += (double)k * log(p / q);
	if (n > k)
		e += (double)(n - k) * log((1 - p) / (1 - q));
	return e;
}

/* ---- counting ---- */

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

static int
read_mails(struct counter *c, struct err *err)
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

/* 192.0.2.0/24, 2001:db8:1::/48. */
static struct str
network(struct counter *c, struct str ip)
{
	bool six = str_chr(ip, ':') >= 0;
	int left = 3;

	for (size_t i = 0; i < ip.n; i++)
		if (ip.p[i] == (six ? ':' : '.') && --left == 0)
			return arena_printf(&c->s->arena,
			    six ? STR_FMT "::/48" : STR_FMT ".0/24",
			    STR_ARG(str_head(ip, i)));
	return ip;
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

/* The fact as a message of one recipient, for the terms. */
static void
as_message(const struct fact *f, const struct mail *m, struct ans_rcpt *r,
    struct life **life, struct traced *t)
{
	uint64_t code;

	*r = (struct ans_rcpt){ .to = f->to,
		.original_to = f->orig_to.n ? f->orig_to : f->to,
		.state = f->state,
		.time_us = f->t_us,
		.reply_code = str_u64(f->code, &code) ? (int)code : -1,
		.reply_dsn = f->dsn,
		.reply_text = f->reply };
	if (f->failed && f->why)
		r->c = *f->why;
	*t = (struct traced){ .msg = { .message_id = f->msgid,
				  .subject = f->subject,
				  .from = f->from,
				  .size_bytes = f->size_bytes,
				  .first_us = f->start_us,
				  .rcpt = r,
				  .nrcpt = 1 },
		.life = life,
		.nlife = f->life ? 1 : 0 };
	t->msg.entry.host = f->host;
	t->msg.entry.client_name = m->client_name;
	t->msg.entry.client_ip = m->client_ip;
	t->msg.entry.helo = m->helo;
	t->msg.entry.user = m->user;
	*life = (struct life *)f->life;
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

static void
take(struct counter *c, const struct fact *f)
{
	struct str relay = f->relay_name.n ? f->relay_name : f->fail_relay_name;
	enum ourip_from known;
	struct mail own = { f->user, f->client_ip, f->client_name, f->helo,
		f->host };
	struct str id = message_key(f);
	const struct mail *m = id.n ? map_get(&c->mail.map, id) : NULL;
	struct ans_rcpt r;
	struct life *life;
	struct traced t;
	struct item *it;

	if (left_out(c, (uint32_t)map_hash(id)))
		return;
	if (!m)
		m = &own;
	as_message(f, m, &r, &life, &t);
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
	    c->what.nterm ? match_message(&c->what, &t) : is_failure(f->state);
	it->asked = match_message(&c->whose, &t);
	it->cls = f->failed && f->why ? (uint8_t)f->why->cls : CLS_NONE;
	slice(c, it, SCOPE_USER, m->user);
	slice(c, it, SCOPE_SENDER, fact_sender(f));
	slice(c, it, SCOPE_SENDER_DOMAIN, str_domain(f->from));
	slice(c, it, SCOPE_RECIPIENT, f->to);
	slice(c, it, SCOPE_DESTINATION, f->domain);
	/* where it came in: where it ended depends on whether it failed */
	slice(c, it, SCOPE_HOST, m->host);
	if (m->client_ip.n && !ip_loopback(m->client_ip))
		slice(c, it, SCOPE_NETWORK, network(c, m->client_ip));
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

static int
read_copies(struct counter *c, struct err *err)
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
			take(c, &f);
	c->s->sampled |= facts_cut(fs);
	facts_close(fs);
	return rc;
}

/* ---- slices ---- */

static void
when(int64_t *first, int64_t *last, int64_t t_us)
{
	if (!*first || t_us < *first)
		*first = t_us;
	if (t_us > *last)
		*last = t_us;
}

static void
add_up(struct counter *c)
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
				when(&v->first_us, &v->last_us, it->t_us);
			if (hit)
				when(&v->asked_first_us, &v->asked_last_us,
				    it->t_us);
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

static struct scope_slice
slice_of(const struct value *v, uint64_t n, uint64_t failed, uint64_t all_n,
    uint64_t all_failed, double looked_at)
{
	struct scope_slice s = { .dim = v->dim,
		.value = v->name,
		.n = n,
		.failed = failed,
		.rest_n = all_n - n,
		.rest_failed = all_failed - failed,
		.asked_failed = v->asked_failed,
		.first_us = v->first_us,
		.last_us = v->last_us };
	double rate = n ? (double)failed / (double)n : 0;
	double rest = s.rest_n ? (double)s.rest_failed / (double)s.rest_n : 0;

	scope_wilson(failed, n, &s.low, &s.high);
	s.chance = scope_fisher(failed, n, all_failed, all_n);
	s.stands_out = failed >= SCOPE_LEAST && s.rest_n &&
		       s.chance * looked_at < SCOPE_CHANCE &&
		       (rate >= TIMES_MORE * rest || rate >= rest + MUCH_MORE);
	return s;
}

static int
strongest(const void *x, const void *y)
{
	const struct value *a = *(struct value *const *)x;
	const struct value *b = *(struct value *const *)y;

	if (fabs(a->evidence - b->evidence) > 1e-9)
		return a->evidence < b->evidence ? 1 : -1;
	if (a->dim != b->dim)
		return (int)a->dim - (int)b->dim;
	return str_cmp(a->name, b->name);
}

/*
 * All values with failures of those asked for, the strongest first: held
 * against all mail of the window, or (inside) against what was asked for.
 */
static struct value **
candidates(struct counter *c, bool in_asked, size_t *n)
{
	const struct scope *s = c->s;
	struct value **v = NULL;
	size_t cap = 0;

	*n = 0;
	for (int d = 0; d < SCOPE_DIMS; d++)
		for (size_t i = 0; i < c->value[d].n; i++) {
			struct value *x = c->value[d].row[i];

			if (!x->asked_failed)
				continue;
			x->evidence = in_asked ?
					  evidence(x->asked_failed, x->asked_n,
					      s->failed, s->n) :
					  evidence(x->failed, x->n,
					      s->all_failed, s->all_n);
			arena_grow(&c->s->arena, v, *n, cap);
			v[(*n)++] = x;
		}
	if (*n)
		qsort(v, *n, sizeof(*v), strongest);
	return v;
}

static struct scope_slice
slice_at(const struct scope *s, const struct value *v, bool in_asked, size_t n)
{
	struct scope_slice x;

	if (!in_asked)
		return slice_of(v, v->n, v->failed, s->all_n, s->all_failed,
		    (double)n);
	x = slice_of(v, v->asked_n, v->asked_failed, s->n, s->failed,
	    (double)n);
	x.first_us = v->asked_first_us;
	x.last_us = v->asked_last_us;
	return x;
}

static bool
sender_side(enum scope_dim d)
{
	return d == SCOPE_USER || d == SCOPE_SENDER ||
	       d == SCOPE_SENDER_DOMAIN || d == SCOPE_NETWORK;
}

static bool
receiver_side(enum scope_dim d)
{
	return d == SCOPE_RECIPIENT || d == SCOPE_DESTINATION ||
	       d == SCOPE_RECEIVER;
}

/* Whether inside the best slice only one value of the other side fails. */
static void
look_within(struct counter *c, const struct value *best)
{
	struct scope *s = c->s;
	struct value **seen = NULL, *top = NULL;
	size_t n = 0, cap = 0;
	double most = 0;

	for (size_t i = 0; i < c->nitem; i++) {
		const struct item *it = &c->item[i];

		if (it->v[best->dim] != best)
			continue;
		for (int d = 0; d < SCOPE_DIMS; d++) {
			struct value *v = it->v[d];

			if (!v || d == (int)best->dim ||
			    (sender_side(v->dim) && sender_side(best->dim)) ||
			    (receiver_side(v->dim) && receiver_side(best->dim)))
				continue;
			if (!v->in_n++) {
				arena_grow(&s->arena, seen, n, cap);
				seen[n++] = v;
			}
			v->in_failed += it->failed;
			if (it->failed)
				when(&v->in_first_us, &v->in_last_us, it->t_us);
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct value *v = seen[i];
		double e =
		    evidence(v->in_failed, v->in_n, best->failed, best->n);
		struct scope_slice x;

		if (v->in_n == best->n || v->in_failed * 10 < best->failed * 9)
			continue;
		x = slice_of(v, v->in_n, v->in_failed, best->n, best->failed,
		    (double)n);
		if (!x.stands_out || (top && e <= most))
			continue;
		top = v;
		most = e;
		x.first_us = v->in_first_us;
		x.last_us = v->in_last_us;
		s->within = x;
		s->has_within = true;
	}
}

/* Another name of the very same mails, from the other side. */
static void
look_for_same(struct scope *s, struct value **v, size_t n,
    const struct value *best)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] != best && v[i]->n == best->n &&
		    v[i]->failed == best->failed &&
		    v[i]->first_us == best->first_us &&
		    v[i]->last_us == best->last_us &&
		    sender_side(v[i]->dim) != sender_side(best->dim) &&
		    receiver_side(v[i]->dim) != receiver_side(best->dim)) {
			s->same = slice_of(v[i], v[i]->n, v[i]->failed,
			    s->all_n, s->all_failed, (double)n);
			s->has_same = true;
			return;
		}
}

/* The table: each set of mails once, by its preferred name. */
static size_t
list(struct scope *s, struct value **v, size_t n, bool in_asked)
{
	size_t out = 0;

	s->nslice = 0;
	for (size_t i = 0; i < n && s->nslice < SCOPE_SLICES; i++) {
		struct scope_slice x = slice_at(s, v[i], in_asked, n);
		bool again = false;

		for (size_t k = 0; k < s->nslice && !again; k++) {
			const struct scope_slice *y = &s->slice[k];

			again = x.n == y->n && x.failed == y->failed &&
				x.first_us == y->first_us &&
				x.last_us == y->last_us &&
				sender_side(x.dim) == sender_side(y->dim) &&
				receiver_side(x.dim) == receiver_side(y->dim);
		}
		if (again || x.asked_failed * 20 < s->failed)
			continue;
		out += x.stands_out;
		s->slice[s->nslice++] = x;
	}
	return out;
}

/* The first that stands out and is most of what failed. */
static struct value *
winner(const struct scope *s, struct value **v, size_t n, bool in_asked)
{
	for (size_t i = 0; i < n; i++)
		if ((double)v[i]->asked_failed >= MOST * (double)s->failed &&
		    slice_at(s, v[i], in_asked, n).stands_out)
			return v[i];
	return NULL;
}

static double
ratio(uint64_t k, uint64_t n)
{
	return n ? (double)k / (double)n : 0;
}

/* What was asked for is just this value. */
static const struct value *
whole(const struct counter *c, struct value **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i]->asked_n == c->s->n && v[i]->n == c->s->n)
			return v[i];
	return NULL;
}

/*
 * One part of what was asked for fails and the rest of it does not.  Where
 * that part fails for others as well, it is the part alone; else it is the
 * part of what was asked for.
 */
static void
part_of_asked(struct counter *c, struct value **v, size_t n, struct value *x)
{
	struct scope *s = c->s;
	uint64_t other_n = x->n - x->asked_n;
	uint64_t other_failed = x->failed - x->asked_failed;
	const struct value *all;

	s->answer = SCOPE_ONE;
	if (other_n >= 5 && ratio(other_failed, other_n) * 2 >=
				ratio(x->asked_failed, x->asked_n)) {
		s->best = slice_at(s, x, false, n);
		look_within(c, x);
		return;
	}
	all = whole(c, v, n);
	if (all && all != x) {
		s->best = slice_at(s, all, false, n);
		s->within = slice_at(s, x, true, n);
		s->has_within = true;
	} else {
		s->best = slice_at(s, x, true, n);
		s->of_asked = true;
	}
}

static void
decide(struct counter *c)
{
	struct scope *s = c->s;
	uint64_t rest_n = s->all_n - s->n;
	double rate = ratio(s->failed, s->n);
	double rest = ratio(s->all_failed - s->failed, rest_n);
	bool asked = c->whose.nterm && rest_n;
	struct value **v, *x;
	size_t n, out = 0;

	if (!s->n) {
		s->answer = SCOPE_NO_MAIL;
		return;
	}
	if (asked) {
		v = candidates(c, true, &n);
		out = list(s, v, n, true);
		x = winner(s, v, n, true);
		if (x) {
			part_of_asked(c, v, n, x);
			return;
		}
	}
	v = candidates(c, false, &n);
	x = winner(s, v, n, false);
	if (!out)
		out = list(s, v, n, false);
	if (x) {
		s->answer = SCOPE_ONE;
		s->best = slice_at(s, x, false, n);
		look_within(c, x);
		look_for_same(s, v, n, x);
		return;
	}
	if (s->failed < SCOPE_LEAST)
		s->answer =
		    s->failed && rate >= RARE ? SCOPE_TOO_FEW : SCOPE_NOBODY;
	else if (out)
		s->answer = SCOPE_SEVERAL;
	else if (asked && rate >= TIMES_MORE * rest &&
		 scope_fisher(s->failed, s->n, s->all_failed, s->all_n) <
		     SCOPE_CHANCE)
		s->answer = SCOPE_ASKED;
	else if (rate >= HIGH)
		s->answer = s->n >= 10 ? SCOPE_EVERYBODY : SCOPE_TOO_FEW;
	else
		s->answer = SCOPE_NOBODY;
}

static bool
about_outcome(const struct term *t)
{
	return t->key == T_STATE || t->key == T_GROUP || t->key == T_CLASS ||
	       t->key == T_CODE || t->key == T_DSN || t->key == T_REPLY;
}

int
scope_run(const struct scope_ask *ask, struct scope *s, struct err *err)
{
	struct counter c = { .ask = ask,
		.s = s,
		.whose = *ask->q,
		.what = *ask->q,
		.key = BUF_INIT(64 * 1024) };
	const struct store_info *info = store_overview(ask->st, err);
	int rc = -1;

	*s = (struct scope){ 0 };
	if (!info)
		return -1;
	s->t0_us = ask->q->t0_us ? ask->q->t0_us : info->t0_us;
	s->t1_us = ask->q->t1_us < INT64_MAX ? ask->q->t1_us : info->t1_us;
	c.whose.term = arena_array(&s->arena, struct term, ask->q->nterm + 1);
	c.what.term = arena_array(&s->arena, struct term, ask->q->nterm + 1);
	c.whose.nterm = c.what.nterm = 0;
	for (size_t i = 0; i < ask->q->nterm; i++) {
		struct query *q =
		    about_outcome(&ask->q->term[i]) ? &c.what : &c.whose;

		q->term[q->nterm++] = ask->q->term[i];
	}
	c.r.site = ask->site;
	c.r.providers = ask->providers;
	c.r.nproviders = ask->nproviders;
	ourip_init(&c.ours, ask->st, ask->site, &s->arena, s->t0_us, s->t1_us);
	for (int d = 0; d < SCOPE_DIMS; d++)
		tally_init(&c.value[d], &s->arena, sizeof(struct value));
	tally_init(&c.mail, &s->arena, sizeof(struct mail));
	tally_init(&c.text, &s->arena, sizeof(struct str));
	tally_init(&c.once, &s->arena, sizeof(bool));
	if (read_mails(&c, err) == 0 && read_copies(&c, err) == 0) {
		add_up(&c);
		decide(&c);
		scope_say(s, ask->q->tz);
		rc = 0;
	}
	for (int d = 0; d < SCOPE_DIMS; d++)
		tally_release(&c.value[d]);
	tally_release(&c.mail);
	tally_release(&c.text);
	tally_release(&c.once);
	report_release(&c.r);
	buf_release(&c.key);
	free(c.item);
	return rc;
}

void
scope_release(struct scope *s)
{
	arena_release(&s->arena);
	*s = (struct scope){ 0 };
}
