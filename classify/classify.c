/*
 * classify.c: the steps from a text to a class (classify.h, docs/rules.md).
 *
 *	(memo.c) -> unwrap -> normalise -> cache -> literals -> rules by rank
 *	-> permanence, side, confidence, advice -> block
 *
 * Enhanced codes, reply codes and Exim's defer numbers are rules like any
 * other (classify/rules/codes.rules, exim.rules), in the tiers below the
 * words.  classify_explain() is the same code, telling what it does.
 */
#include <stdlib.h>

#include "base/die.h"
#include "classify/explain.h"
#include "classify/part.h"
#include "base/banned.h"

enum { HOST_MAX_BYTES = 256 }; /* longer is no host's name */

/* Reads the rules and makes the tables. */
static int
build(struct classifier *cl, const char *const *files, size_t nfiles,
    struct err *err)
{
	int rc = 0;

	cl->built = true;
	cl->rb.hash = 0xcbf29ce484222325u;
	/* first ours, so that an operator's patterns may use our `let` */
	for (size_t i = 0; rc == 0 && i < builtin_rules_n; i++)
		rc = rulebook_read(&cl->rb,
		    str_make(builtin_rules[i].text, builtin_rules[i].n),
		    builtin_rules[i].name, true, err);
	for (size_t i = 0; rc == 0 && i < nfiles; i++)
		rc = rulebook_read_file(&cl->rb, files[i], err);
	return rc < 0 ? -1 : compile(cl, err);
}

struct classifier *
classifier_new(const char *const *files, size_t nfiles, struct err *err)
{
	struct classifier *cl = classifier_later();

	if (build(cl, files, nfiles, err) == 0)
		return cl;
	classifier_free(cl);
	return NULL;
}

struct classifier *
classifier_later(void)
{
	return xcalloc(1, sizeof(struct classifier));
}

/* The shipped rules have no mistakes, `rules check` sees to that. */
void
ready(struct classifier *cl)
{
	struct err err;

	if (!cl->built && build(cl, NULL, 0, &err) < 0)
		die_nomem();
}

void
classifier_free(struct classifier *cl)
{
	if (!cl)
		return;
	rulebook_release(&cl->rb);
	ac_free(cl->ac);
	ac_free(cl->late);
	map_release(&cl->receiver);
	free(cl->order);
	free(cl->alt);
	free(cl->first_alt);
	free(cl->lit);
	free(cl->use);
	free(cl->unless_always);
	free(cl->unless_on);
	free(cl->ours);
	free(cl->with_list);
	free(cl->without);
	free(cl->alt_always);
	free(cl->alt_on);
	free(cl->always);
	free(cl->cand);
	free(cl->cache);
	free(cl->memo);
	free(cl);
}

const char *
classifier_version(struct classifier *cl)
{
	ready(cl);
	return cl->version;
}

/* ---- what conditions are held against ---- */

/* X.0.0, X.7.1 and the like are printed for everything. */
static bool
says_little(uint64_t dsn)
{
	uint64_t low = dsn & (((uint64_t)1 << 40) - 1);

	return low == 0 || low == (uint64_t)3 << 20 ||
	       low == (uint64_t)5 << 20 || low == (uint64_t)7 << 20 ||
	       low == ((uint64_t)7 << 20 | 1);
}

static unsigned
code_number(struct str s)
{
	uint64_t v;

	return s.n == 3 && str_u64(s, &v) ? (unsigned)v : 0;
}

static uint64_t
receiver(const struct classifier *cl, struct str domain)
{
	char low[HOST_MAX_BYTES];
	uintptr_t i;

	for (size_t k = 0; k < domain.n; k++)
		low[k] = to_lower(domain.p[k]);
	i = (uintptr_t)map_get(&cl->receiver, str_make(low, domain.n));
	return i ? (uint64_t)1 << (i - 1) : 0;
}

uint64_t
receivers_of(const struct classifier *cl, struct str host)
{
	uint64_t set = 0;

	if (host.n > HOST_MAX_BYTES)
		return 0;
	while (host.n && set == 0) {
		unsigned slot = receiver_slot(host);
		ptrdiff_t dot;

		if (cl->receiver_on[slot / 64] >> slot % 64 & 1)
			set = receiver(cl, host);
		dot = str_chr(host, '.');
		host = dot < 0 ? STR_NONE : str_from(host, (size_t)dot + 1);
	}
	return set;
}

static enum side
side_of(const struct classify_in *in, const struct unwrapped *u)
{
	if (in->side)
		return in->side;
	if (in->where == WHERE_INBOUND)
		return SIDE_LOCAL;
	if (u->side)
		return u->side;
	return in->mta.n && in->where ? SIDE_LOCAL : SIDE_UNKNOWN;
}

void
prepare(struct classifier *cl, const struct classify_in *in,
    struct unwrapped *u, struct features *f)
{
	uint64_t given = dsn_number(in->dsn);

	*f = (struct features){ .list = -1 };
	if (!u->code.n)
		u->code = in->code;
	f->dsn = dsn_number(u->dsn);
	if (given && (!f->dsn || (says_little(f->dsn) && !says_little(given))))
		f->dsn = given;
	f->code = code_number(u->code);
	f->mta = mta_bit(in->mta);
	f->mta_any = f->mta ? f->mta : cl->any;
	f->mark = mark_bit(in->state_mark);
	if (u->expired)
		f->mark |= mark_bit(STR("expired"));
	u->side = side_of(in, u);
	f->side = u->side ? 1u << u->side : 0;
	f->where = in->where ? 1u << in->where : 0;
	if (in->phase)
		u->phase = in->phase;
	f->phase = 1u << u->phase;
	f->has_defer = u->has_defer_no;
	f->defer = u->defer_no;
	normalise(&cl->nm, str_from(u->core, u->head), u->code, u->dsn);
	f->receivers = receivers_of(cl, in->rhost);
	if (!f->receivers)
		f->receivers = receivers_of(cl, u->host);
	for (size_t i = 0; !f->receivers && i < cl->nm.ntok; i++)
		if (cl->nm.tok[i].kind == TK_HOST)
			f->receivers |= receivers_of(cl, cl->nm.tok[i].raw);
}

/* ---- the answer ---- */

static uint64_t
mix(uint64_t a, uint64_t b)
{
	return (a ^ (b << 31 | b >> 33)) * 0x9e3779b97f4a7c15u;
}

static struct match
find(struct classifier *cl, struct features *f)
{
	struct normal *nm = &cl->nm;
	uint64_t key = map_hash(str_make(nm->text, nm->n));
	struct cached *slot;
	struct match m;

	/* every server has its own name: only one that a rule knows counts */
	if (match_urls(cl))
		key = mix(key, map_hash(str_make(nm->urls, nm->nurls)));
	key = mix(key, f->dsn ^ (uint64_t)f->code << 52);
	key = mix(key, f->receivers);
	key = mix(key,
	    (uint64_t)f->mta << 48 ^ (uint64_t)f->mark << 40 ^
		(uint64_t)f->phase << 24 ^ (uint64_t)f->where << 16 ^
		(uint64_t)f->side << 8 ^
		(f->has_defer ? (uint64_t)(unsigned)f->defer << 3 ^ 1 : 0));
	key |= 1; /* 0: an empty slot */
	slot = &cl->cache[key >> 32 & (CACHE_SLOTS - 1)];
	if (slot->key == key)
		return slot->m;
	match_scan(cl, f);
	match_best(cl, f, &m, NULL);
	*slot = (struct cached){ key, m };
	return m;
}

static enum permanence
permanence(const struct classify_in *in, const struct unwrapped *u,
    const struct features *f, const struct rule *r)
{
	struct str dsn = u->dsn.n ? u->dsn : in->dsn;

	if (r && (r->cls == CLS_DELIVERED || cls_grp(r->cls) == GRP_NOTICE))
		return PERM_NONE;
	if (dsn.n && (dsn.p[0] == '4' || dsn.p[0] == '5'))
		return dsn.p[0] == '4' ? PERM_TEMP : PERM_PERM;
	if (f->code / 100 == 4 || f->code / 100 == 5)
		return f->code / 100 == 4 ? PERM_TEMP : PERM_PERM;
	if ((f->mark & mark_bit(STR("=="))) || f->has_defer)
		return PERM_TEMP;
	if (str_startsi(u->core, STR("temporarily rejected")))
		return PERM_TEMP;
	if (f->mark & (2 | 4 | 8))
		return PERM_PERM;
	return PERM_NONE;
}

static struct str
raw_of(const struct classifier *cl, struct str core, struct piece p)
{
	const struct token *t;

	if (p.from >= p.to)
		return STR_NONE;
	t = normal_token(&cl->nm, p.from);
	if (t && (size_t)p.to - p.from <= 6)
		return t->raw;
	return normal_raw(&cl->nm, core, p.from, p.to);
}

static struct str
span_of(const struct classifier *cl, struct str core, const struct match *m)
{
	struct str s = STR("");

	if (!m->in_urls)
		return m->span.from < m->span.to ? raw_of(cl, core, m->span) :
						   s;
	for (size_t i = 0; i < cl->nm.ntok; i++)
		if (cl->nm.tok[i].url && cl->nm.tok[i].url <= m->span.from)
			s = cl->nm.tok[i].raw;
	return s;
}

/* "42 seconds", "5 minutes" after "in", "for", "after": when to come back. */
static struct str
retry_after(const struct classifier *cl, struct str core)
{
	static const struct str units[] = {
		STR_INIT("sec"),
		STR_INIT("min"),
		STR_INIT("hour"),
		STR_INIT("hrs"),
		STR_INIT("day"),
		STR_INIT("s "),
		STR_INIT("s."),
		STR_INIT("m "),
	};
	struct str t = str_make(cl->nm.text, cl->nm.n);

	for (size_t i = 1; i < t.n; i++) {
		size_t from = i, k = i;

		if (t.p[i - 1] != ' ')
			continue;
		if (str_starts(str_from(t, i), STR("<num>")))
			k = i + 5;
		else
			while (k < t.n && is_digit(t.p[k]))
				k++;
		if (k == i)
			continue;
		if (k < t.n && t.p[k] == ' ')
			k++;
		for (size_t u = 0; u < sizeof(units) / sizeof(*units); u++) {
			if (!str_starts(str_from(t, k), units[u]))
				continue;
			while (k < t.n && is_alpha(t.p[k]))
				k++;
			return normal_raw(&cl->nm, core, from, k);
		}
	}
	return STR_NONE;
}

/* Whether it was words that decided, and not the codes; "service unavailable"
 * at the end of a transcript says less than what stands before it. */
static bool
decided(const struct classifier *cl, const struct match *m)
{
	const struct rule *r = m->rule >= 0 ? cl->order[m->rule] : NULL;

	return r && r->tier < TIER_CODE && r->cls != CLS_SERVER_ERROR &&
	       r->cls != CLS_PROTOCOL_ERROR;
}

/* *u is the unwrapped text. */
static void
decide(struct classifier *cl, const struct classify_in *in, struct unwrapped *u,
    struct features *f, struct match *m, struct buf *say)
{
	prepare(cl, in, u, f);
	if (!say) {
		*m = find(cl, f);
		return;
	}
	explain_input(cl, in, u, f, say);
	match_scan(cl, f);
	match_best(cl, f, m, say);
}

/* What follows from the rule alone; RULE_NONE, NOTHING too. */
static void
answer(const struct classifier *cl, int rule, struct classify_out *out)
{
	const struct rule *r = rule >= 0 ? cl->order[rule] : NULL;

	*out = (struct classify_out){ .rule = "",
		.rule_from = "",
		.advice = "",
		.span = STR(""),
		.block = { .kind = "" } };
	if (rule == NOTHING)
		return;
	out->cls = r ? r->cls : CLS_UNKNOWN;
	out->grp = cls_grp(out->cls);
	out->rule = r ? r->id : "none";
	out->rule_from = r ? r->from : "builtin";
	out->confidence = !r		     ? 0 :
			  r->confidence >= 0 ? r->confidence :
					       tier_confidence(r->tier);
}

/* `brief`: no more than answer().  The rule. */
static int
classify_to(struct classifier *cl, const struct classify_in *in,
    struct classify_out *out, struct buf *say, bool brief)
{
	struct unwrapped u;
	struct features f;
	struct match m;
	struct str core;
	const struct rule *r;
	bool done = false;

	if (!str_trim(in->text).n && !in->code.n && !in->dsn.n) {
		answer(cl, NOTHING, out);
		return NOTHING;
	}
	ready(cl);
	/* a text of many words round a reply: the reply says more */
	unwrap(in->text, &u);
	if (u.inner && !u.side && !in->mta.n) {
		struct classify_in inner = *in;

		inner.text = str_from(u.core, u.inner);
		unwrap(inner.text, &u);
		decide(cl, &inner, &u, &f, &m, say);
		done = decided(cl, &m);
		if (!done) {
			struct match first = m;

			unwrap(in->text, &u);
			decide(cl, in, &u, &f, &m, say);
			done = true;
			if (first.rule >= 0 &&
			    (m.rule < 0 || first.rule < m.rule)) {
				unwrap(inner.text, &u);
				decide(cl, &inner, &u, &f, &m, say);
			}
		}
	}
	if (!done)
		decide(cl, in, &u, &f, &m, say);
	core = str_from(u.core, u.head);
	r = m.rule >= 0 ? cl->order[m.rule] : NULL;
	answer(cl, m.rule, out);
	if (brief)
		return m.rule;
	out->perm = permanence(in, &u, &f, r);
	out->side = u.side;
	if (!out->side)
		out->side = r && r->sides == 1u << SIDE_LOCAL ? SIDE_LOCAL :
			    f.code			      ? SIDE_REMOTE :
								SIDE_UNKNOWN;
	if (out->grp == GRP_NOTICE)
		out->side = SIDE_NOTICE;
	out->advice = r && r->advice ? r->advice : cls_next(out->cls);
	out->span = span_of(cl, core, &m);
	out->retry_after = raw_of(cl, core, m.group[G_RETRY]);
	if (!out->retry_after.n && out->grp == GRP_RATE)
		out->retry_after = retry_after(cl, core);
	block_fill(cl, in, core, &m, out);
	return m.rule;
}

void
classify_steps(struct classifier *cl, const struct classify_in *in,
    struct classify_out *out, struct buf *say)
{
	classify_to(cl, in, out, say, false);
}

void
classify(struct classifier *cl, const struct classify_in *in,
    struct classify_out *out)
{
	classify_to(cl, in, out, NULL, false);
}

void
classify_brief(struct classifier *cl, const struct classify_in *in,
    struct classify_out *out)
{
	struct memo *m;
	uint64_t key;
	int rule;

	ready(cl);
	key = memo_key(cl, in);
	m = &cl->memo[key >> 32 & (MEMO_SLOTS - 1)];
	if (key && m->key == key) {
		answer(cl, m->rule, out);
		return;
	}
	rule = classify_to(cl, in, out, NULL, true);
	if (key)
		*m = (struct memo){ key, rule };
}
