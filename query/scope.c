/*
 * scope.c: of all slices of the window, the one that fails where the rest does
 * not.
 */
#include <math.h>
#include <stdlib.h>

#include "query/scope_part.h"
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
					  scope_evidence(x->asked_failed,
					      x->asked_n, s->failed, s->n) :
					  scope_evidence(x->failed, x->n,
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
				scope_when(&v->in_first_us, &v->in_last_us, it);
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct value *v = seen[i];
		double e = scope_evidence(v->in_failed, v->in_n, best->failed,
		    best->n);
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
	if (scope_read_mails(&c, err) == 0 && scope_read_copies(&c, err) == 0) {
		scope_add_up(&c);
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
