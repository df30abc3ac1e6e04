/*
 * match.c: which rule holds for a reply.
 *
 * One pass of the literal finder over the normal form marks the rules that
 * can hold; they are then asked in the order in which they decide, and the
 * first that holds is the answer.  A pattern that runs into a limit of the
 * matcher does not hold.
 */
#include "classify/part.h"
#include "base/banned.h"

static bool
touches(struct str text, size_t from, size_t to)
{
	return (from && is_alnum(text.p[from - 1]) && is_alnum(text.p[from])) ||
	       (to < text.n && is_alnum(text.p[to]) &&
		   is_alnum(text.p[to - 1]));
}

static void
list_hit(struct classifier *cl, const struct literal *l, size_t from)
{
	/* a link or host name says it better than a word; then the first */
	size_t at = l->url ? from : NORMAL_MAX + from;

	if (cl->list < 0 || at < cl->list_at) {
		cl->list = l->list;
		cl->list_at = at;
	}
}

static void
set_bit(uint64_t *bits, size_t i)
{
	bits[i / 64] |= (uint64_t)1 << i % 64;
}

/* Whether it was the last that its alternative needed. */
static bool
completes(struct classifier *cl, const struct lit_use *u)
{
	struct alt_state *as = &cl->alt[u->alt];

	if (u->need == USE_UNLESS) {
		set_bit(cl->unless_on, u->rule);
		return false;
	}
	if (as->stamp != cl->stamp) {
		as->stamp = cl->stamp;
		as->mask = 0;
	}
	as->mask |= (uint8_t)(1u << u->need);
	return as->mask == as->full;
}

static void
hit(void *ctx, uint32_t id, size_t end)
{
	struct classifier *cl = ctx;
	struct literal *l = &cl->lit[id];
	struct str text;
	size_t from;

	if (l->stamp == cl->stamp || l->url != cl->scanning_urls)
		return;
	text = cl->scanning_urls ? str_make(cl->nm.urls, cl->nm.nurls) :
				   str_make(cl->nm.text, cl->nm.n);
	from = end - (l->s.n < AC_PREFIX ? l->s.n : AC_PREFIX);
	if ((l->compare && (from + l->s.n > text.n ||
			       memcmp(text.p + from, l->s.p, l->s.n) != 0)) ||
	    (l->whole && touches(text, from, from + l->s.n)))
		return;
	if (l->list >= 0) {
		list_hit(cl, l, from);
		return;
	}
	l->stamp = cl->stamp;
	l->at = (struct piece){ (uint16_t)from, (uint16_t)(from + l->s.n) };
	for (const struct lit_use *u = cl->use + l->first,
				  *last = cl->use + l->end;
	     u < last; u++)
		if (u->only || completes(cl, u)) {
			set_bit(cl->alt_on, u->alt);
			set_bit(cl->cand, u->rule);
		}
}

static void
url_hit(void *ctx, uint32_t id, size_t end)
{
	struct classifier *cl = ctx;

	cl->url_says = cl->url_says || cl->lit[id].url;
	(void)end;
}

bool
match_urls(struct classifier *cl)
{
	cl->url_says = false;
	if (cl->nm.nurls)
		ac_scan(cl->ac, str_make(cl->nm.urls, cl->nm.nurls), url_hit,
		    cl);
	return cl->url_says;
}

void
match_scan(struct classifier *cl, struct features *f)
{
	memcpy(cl->cand, cl->always, cl->words * sizeof(*cl->cand));
	memcpy(cl->unless_on, cl->unless_always,
	    cl->words * sizeof(*cl->unless_on));
	memcpy(cl->alt_on, cl->alt_always, cl->alt_words * sizeof(*cl->alt_on));
	cl->stamp++;
	cl->list = -1;
	cl->list_at = 0;
	cl->scanning_urls = true;
	if (cl->nm.nurls)
		ac_scan(cl->ac, str_make(cl->nm.urls, cl->nm.nurls), hit, cl);
	cl->scanning_urls = false;
	ac_scan(cl->ac, str_make(cl->nm.text, cl->nm.n), hit, cl);
	f->list = cl->list;
}

void
match_scan_late(struct classifier *cl)
{
	cl->scanning_urls = true;
	if (cl->nm.nurls)
		ac_scan(cl->late, str_make(cl->nm.urls, cl->nm.nurls), hit, cl);
	cl->scanning_urls = false;
	ac_scan(cl->late, str_make(cl->nm.text, cl->nm.n), hit, cl);
}

/* ---- conditions ---- */

static bool
code_holds(const struct rule *r, unsigned code)
{
	for (size_t i = 0; i < r->ncodes; i++)
		if (r->codes[i] == code ||
		    (r->codes[i] < 10 && r->codes[i] == code / 100))
			return true;
	return !r->ncodes;
}

static bool
dsn_holds(const struct rule *r, uint64_t dsn)
{
	for (size_t i = 0; i < r->ndsn; i++)
		if (dsn >= r->dsn[i].from && dsn <= r->dsn[i].to)
			return true;
	return !r->ndsn;
}

static bool
defer_holds(const struct rule *r, const struct features *f)
{
	for (size_t i = 0; f->has_defer && i < r->ndefer; i++)
		if (f->defer >= r->defer[i].from && f->defer <= r->defer[i].to)
			return true;
	return !r->ndefer;
}

/* A noun near a verb proves something in a reply, not in a letter.  Where and
 * which side may be unknown, then the words decide; server,
 * phase and mark are evidence and must be there. */
static const char *
fails(const struct rule *r, const struct features *f, size_t n)
{
	if (r->mtas && !(r->mtas & f->mta_any))
		return "mta";
	if (r->listed && (r->listed > 0) != (f->list >= 0))
		return "listed";
	if (r->easy)
		return NULL;
	if (r->tier == TIER_LOOSE && n > LOOSE_TEXT_MAX)
		return "long text";
	if (r->sides && f->side && !(r->sides & f->side))
		return "side";
	if (r->wheres && f->where && !(r->wheres & f->where))
		return "where";
	if (r->phases && !(r->phases & f->phase))
		return "phase";
	if (r->marks && !(r->marks & f->mark))
		return "mark";
	if (r->receiver_set && !(r->receivers & f->receivers))
		return "receiver";
	if (!code_holds(r, f->code))
		return "code";
	if (!dsn_holds(r, f->dsn))
		return "dsn";
	if (!defer_holds(r, f))
		return "defer";
	return NULL;
}

/* ---- alternatives ---- */

static struct piece
piece_of(const struct classifier *cl, struct str s)
{
	size_t from = s.p ? (size_t)(s.p - cl->nm.text) : 0;

	return (
	    struct piece){ (uint16_t)from, (uint16_t)(s.p ? from + s.n : 0) };
}

static bool
pattern_holds(struct classifier *cl, struct alt_state *as, struct match *m)
{
	struct str text = str_make(cl->nm.text, cl->nm.n);
	struct str g[RE_MAX_GROUPS];

	if (!as->alt->re && alt_compile(cl, as, NULL) < 0)
		return false; /* shipped ones are compiled by a test */
	if (re_match(as->alt->re, text, g, RE_MAX_GROUPS) != 1)
		return false;
	m->span = piece_of(cl, g[0]);
	for (int i = 0; i < GROUPS; i++)
		if (as->group[i] > 0 && as->group[i] < RE_MAX_GROUPS)
			m->group[i] = piece_of(cl, g[as->group[i]]);
	return true;
}

/* One whose literals were found. */
static bool
alt_holds(struct classifier *cl, struct alt_state *as, struct match *m)
{
	if (as->alt->kind == ALT_PATTERN)
		return pattern_holds(cl, as, m);
	m->span = cl->lit[as->lit].at;
	m->in_urls = as->alt->kind == ALT_URL;
	return true;
}

/* The first that holds of those whose literals were found. */
static bool
one_holds(struct classifier *cl, size_t rule, struct match *m)
{
	uint32_t from = cl->first_alt[rule], to = cl->first_alt[rule + 1];

	for (uint32_t w = from / 64; w * 64 < to; w++) {
		uint64_t bits = cl->alt_on[w];

		if (w == from / 64)
			bits &= ~(uint64_t)0 << from % 64;
		for (; bits; bits &= bits - 1) {
			uint32_t k = w * 64 + (uint32_t)__builtin_ctzll(bits);

			if (k >= to)
				return false;
			if (alt_holds(cl, &cl->alt[k], m))
				return true;
		}
	}
	return false;
}

static void
tell(struct buf *say, const struct rule *r, const char *what, const char *more)
{
	if (say)
		buf_printf(say, "  %-14s %-34s %-20s %s%s\n",
		    tier_name(r->tier), r->id, cls_name(r->cls), what, more);
}

bool
match_rule(struct classifier *cl, const struct features *f, size_t i,
    struct match *m, struct buf *say)
{
	struct rule *r = cl->order[i];
	const char *failed = fails(r, f, cl->nm.n);

	if (failed) {
		if (r->nalts)
			tell(say, r, "condition fails: ", failed);
		return false;
	}
	*m = (struct match){ .rule = (int)i, .list = f->list };
	if (r->nalts && !one_holds(cl, i, m)) {
		tell(say, r, "no pattern matches", "");
		return false;
	}
	if (r->has_unless && (cl->unless_on[i / 64] >> i % 64 & 1)) {
		if (unless_compile(r, &r->unless, NULL) < 0 ||
		    re_match(r->unless.re, str_make(cl->nm.text, cl->nm.n),
			NULL, 0) != 0) {
			tell(say, r, "excepted by its 'unless'", "");
			return false;
		}
	}
	tell(say, r, "holds", "");
	return true;
}

/* Rules for other servers than the one that wrote this need no look. */
static void
for_server(struct classifier *cl, unsigned mta)
{
	if (cl->ours_mta == mta && cl->ours[cl->words - 1])
		return;
	cl->ours_mta = mta;
	memset(cl->ours, 0, cl->words * sizeof(*cl->ours));
	for (size_t i = 0; i < cl->n; i++)
		if (!cl->order[i]->mtas || (cl->order[i]->mtas & mta))
			cl->ours[i / 64] |= (uint64_t)1 << i % 64;
	/* not 0: known; past the last rule */
	cl->ours[cl->words - 1] |= (uint64_t)1 << 63;
}

/* The first that holds of the rules from `from` on. */
static bool
best_from(struct classifier *cl, size_t from, const struct features *f,
    struct match *m, struct buf *say)
{
	const uint64_t *not = f->list >= 0 ? cl->without : cl->with_list;

	for (size_t w = from / 64; w < cl->words; w++) {
		uint64_t bits = cl->cand[w];

		if (w == from / 64)
			bits &= ~(uint64_t)0 << from % 64;
		if (!say) /* who asks why is told of all */
			bits &= cl->ours[w] & ~not [w];
		for (; bits; bits &= bits - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(bits);

			if (i >= cl->first_late && from < cl->first_late)
				return false;
			if (match_rule(cl, f, i, m, say))
				return true;
		}
	}
	return false;
}

void
match_best(struct classifier *cl, const struct features *f, struct match *m,
    struct buf *say)
{
	for_server(cl, f->mta_any);
	if (best_from(cl, 0, f, m, say))
		return;
	match_scan_late(cl);
	if (!best_from(cl, cl->first_late, f, m, say))
		*m = (struct match){ .rule = -1, .list = f->list };
}
