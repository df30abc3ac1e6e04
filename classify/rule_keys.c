/*
 * rule_keys.c: what the lines of a rule file mean (rule.h, docs/rules.md).
 *
 * One function per key, and the table of them at the end.  Each checks its
 * value whole and says with file and line what is wrong.
 */
#include "classify/normal.h"
#include "classify/rule_part.h"
#include "classify/unwrap.h"
#include "base/banned.h"

/* ---- values ---- */

int
rule_expand(struct reader *r, struct str value, struct str *out)
{
	struct buf b = BUF_INIT(RULE_VALUE_MAX);
	size_t i = 0;

	while (i < value.n) {
		struct str rest = str_from(value, i), name = STR_NONE;
		ptrdiff_t plain = str_chr(rest, '%'), end;
		size_t k = r->rb->nlets;

		if (plain < 0)
			plain = (ptrdiff_t)rest.n;
		if (plain) {
			buf_add(&b, str_head(rest, (size_t)plain));
			i += (size_t)plain;
			continue;
		}
		end = str_chr(str_from(rest, 1), '%');
		if (end > 0)
			name = str_make(rest.p + 1, (size_t)end);
		for (size_t c = 0; c < name.n; c++)
			if (!(name.p[c] >= 'A' && name.p[c] <= 'Z') &&
			    name.p[c] != '_')
				name = STR_NONE;
		while (name.n && k && !str_eq(r->rb->let[k - 1].name, name))
			k--;
		if (name.n && !k) {
			buf_release(&b);
			return rule_bad(r, "there is no 'let' for", name);
		}
		if (name.n) {
			buf_add(&b, r->rb->let[k - 1].value);
			i += name.n + 2;
		} else {
			buf_putc(&b, value.p[i++]);
		}
	}
	if (b.toobig) {
		buf_release(&b);
		return rule_bad(r, "value is too long", value);
	}
	*out = arena_dup(&r->rb->arena, buf_str(&b));
	buf_release(&b);
	return 0;
}

static struct str
folded(struct reader *r, struct str s)
{
	char *p = arena_alloc(&r->rb->arena, 2 * s.n + 8);

	return str_make(p, normal_fold(s, p, 2 * s.n + 8));
}

static struct alt *
add_alt(struct reader *r, enum alt_kind kind, struct str text)
{
	struct alt *a;

	if (r->rule->nalts == RULE_ALTS_MAX) {
		rule_bad(r, "more texts than a rule may have at", text);
		return NULL;
	}
	a = &r->alts[r->rule->nalts++];
	*a = (struct alt){ .kind = kind, .text = text, .line = r->line };
	return a;
}

/* The normal form has blanks for the _ of words without a digit. */
static struct str
words_apart(struct reader *r, struct str s)
{
	char *p = arena_alloc(&r->rb->arena, s.n + 1);
	bool digit = false;

	for (size_t i = s.n; i-- > 0;) {
		if (s.p[i] == ' ')
			digit = false;
		digit |= is_digit(s.p[i]);
		p[i] = s.p[i] == '_' && !digit ? ' ' : s.p[i];
	}
	return str_make(p, s.n);
}

static int
key_text(struct reader *r, struct str v)
{
	v = words_apart(r, folded(r, v));
	if (v.n < 3)
		return rule_bad(r, "a text of less than three bytes", v);
	return add_alt(r, ALT_TEXT, v) ? 0 : -1;
}

static int
key_url(struct reader *r, struct str v)
{
	v = folded(r, v);
	if (v.n < 3)
		return rule_bad(r, "a text of less than three bytes", v);
	return add_alt(r, ALT_URL, v) ? 0 : -1;
}

static int
key_pattern(struct reader *r, struct str v)
{
	struct str e;

	if (rule_expand(r, v, &e) < 0)
		return -1;
	return add_alt(r, ALT_PATTERN, e) ? 0 : -1;
}

/* needs a|b: one of these must stand in the text before the pattern is
 * tried; several lines: one of each.  needs-url: in links and host names. */
static int
needs(struct reader *r, struct str v, bool url)
{
	struct alt *a = r->rule->nalts ? &r->alts[r->rule->nalts - 1] : NULL;
	struct str rest;
	struct need *nd;
	size_t cap = 0;

	if (!a || a->kind != ALT_PATTERN)
		return rule_bad(r, "'needs' must follow a pattern, not", v);
	if (a->nneeds == RULE_NEEDS_MAX)
		return rule_bad(r, "too many 'needs' at", v);
	if (rule_expand(r, v, &rest) < 0)
		return -1;
	rest = folded(r, rest);
	nd = &a->need[a->nneeds++];
	nd->url = url;
	while (rest.p) {
		struct str lit = str_split(&rest, '|');

		if (lit.n < 2)
			return rule_bad(r,
			    "a literal of less than two bytes in", v);
		arena_grow(&r->rb->arena, nd->lit, nd->n, cap);
		nd->lit[nd->n++] = lit;
	}
	return 0;
}

static int
key_needs(struct reader *r, struct str v)
{
	return needs(r, v, false);
}

static int
key_needs_url(struct reader *r, struct str v)
{
	return needs(r, v, true);
}

static int
key_unless(struct reader *r, struct str v)
{
	struct str e;

	if (r->rule->has_unless)
		return rule_bad(r, "a second 'unless'", v);
	if (rule_expand(r, v, &e) < 0)
		return -1;
	r->rule->unless =
	    (struct alt){ .kind = ALT_PATTERN, .text = e, .line = r->line };
	r->rule->has_unless = true;
	return 0;
}

static int
key_class(struct reader *r, struct str v)
{
	r->rule->cls = cls_by_name(v);
	return r->rule->cls ? 0 : rule_bad(r, "no class is named", v);
}

static int
key_tier(struct reader *r, struct str v)
{
	for (enum tier t = 0; t < TIER_COUNT; t++)
		if (str_eq(v, str_c(tier_name(t)))) {
			r->rule->tier = t;
			return 0;
		}
	return rule_bad(r, "no tier is named", v);
}

static int
key_confidence(struct reader *r, struct str v)
{
	if (v.n != 1 || v.p[0] < '0' || v.p[0] > '3')
		return rule_bad(r, "confidence is 0 to 3, not", v);
	r->rule->confidence = v.p[0] - '0';
	return 0;
}

static int
bits(struct reader *r, struct str v, unsigned (*bit)(struct str), unsigned *set)
{
	while (v.p) {
		struct str w = str_trim(str_split(&v, ','));
		unsigned b = bit(w);

		if (!b)
			return rule_bad(r, "unknown word", w);
		*set |= b;
	}
	return 0;
}

static int
key_mta(struct reader *r, struct str v)
{
	return bits(r, v, mta_bit, &r->rule->mtas);
}

static int
key_side(struct reader *r, struct str v)
{
	return bits(r, v, rule_side_bit, &r->rule->sides);
}

static int
key_where(struct reader *r, struct str v)
{
	return bits(r, v, rule_where_bit, &r->rule->wheres);
}

static int
key_phase(struct reader *r, struct str v)
{
	return bits(r, v, rule_phase_bit, &r->rule->phases);
}

static int
key_mark(struct reader *r, struct str v)
{
	return bits(r, v, mark_bit, &r->rule->marks);
}

static int
key_receiver(struct reader *r, struct str v)
{
	struct rulebook *rb = r->rb;

	r->rule->receiver_set = true;
	while (v.p) {
		struct str w = folded(r, str_trim(str_split(&v, ',')));
		size_t i = 0;

		if (str_starts(w, STR("*.")))
			w = str_from(w, 2);
		while (i < rb->nreceivers && !str_eq(rb->receiver[i], w))
			i++;
		if (i == RULE_RECEIVERS_MAX)
			return rule_bad(r, "too many different receivers at",
			    w);
		if (i == rb->nreceivers)
			rb->receiver[rb->nreceivers++] = w;
		r->rule->receivers |= (uint64_t)1 << i;
	}
	return 0;
}

static int
key_code(struct reader *r, struct str v)
{
	while (v.p) {
		struct str w = str_trim(str_split(&v, ','));
		uint64_t code;

		if (str_eq(w, STR("4xx")) || str_eq(w, STR("5xx")))
			w.n = 1;
		if (!str_u64(w, &code) || (w.n != 1 && w.n != 3) ||
		    r->rule->ncodes ==
			sizeof(r->rule->codes) / sizeof(r->rule->codes[0]))
			return rule_bad(r, "bad reply code", w);
		r->rule->codes[r->rule->ncodes++] = (unsigned)code;
	}
	return 0;
}

static int
key_dsn(struct reader *r, struct str v)
{
	while (v.p) {
		struct str w = str_trim(str_split(&v, ','));
		struct str from = w, to = STR_NONE;
		ptrdiff_t dash = str_chr(w, '-');
		/* x.1.1: both 4 and 5 */
		bool any = str_starts(w, STR("x."));

		if (dash > 0) {
			from = str_head(w, (size_t)dash);
			to = str_from(w, (size_t)dash + 1);
		}
		for (char c = '4'; c <= '5'; c++) {
			struct range rg;
			struct buf b = BUF_INIT(64), e = BUF_INIT(64);

			buf_add(&b, from);
			buf_add(&e, to.n ? to : from);
			if (any && b.p)
				b.p[0] = c;
			if (any && e.p)
				e.p[0] = c;
			rg.from = dsn_number(buf_str(&b));
			rg.to = dsn_number(buf_str(&e));
			buf_release(&b);
			buf_release(&e);
			if (!rg.from || rg.to < rg.from ||
			    r->rule->ndsn == RULE_RANGES_MAX)
				return rule_bad(r, "bad enhanced code", w);
			r->rule->dsn[r->rule->ndsn++] = rg;
			if (!any)
				break;
		}
	}
	return 0;
}

static int
key_defer(struct reader *r, struct str v)
{
	while (v.p) {
		struct str w = str_trim(str_split(&v, ','));
		ptrdiff_t to = str_find(w, STR(".."));
		int64_t a, b;

		if (!str_i64(to > 0 ? str_head(w, (size_t)to) : w, &a) ||
		    r->rule->ndefer == RULE_RANGES_MAX)
			return rule_bad(r, "bad defer number", w);
		b = a;
		if (to > 0 &&
		    (!str_i64(str_from(w, (size_t)to + 2), &b) || b < a))
			return rule_bad(r, "bad range of defer numbers", w);
		r->rule->defer[r->rule->ndefer].from = (int)a;
		r->rule->defer[r->rule->ndefer++].to = (int)b;
	}
	return 0;
}

static int
key_listed(struct reader *r, struct str v)
{
	r->rule->listed = str_eq(v, STR("yes")) ? 1 :
			  str_eq(v, STR("no"))	? -1 :
						  0;
	return r->rule->listed ? 0 :
				 rule_bad(r, "'listed' is yes or no, not", v);
}

/* test {mta=exim where=inbound code=550} TEXT */
static int
sample(struct reader *r, struct str v, struct sample *s)
{
	struct str opts = STR_NONE;

	*s = (struct sample){ .line = r->line };
	if (str_starts(v, STR("{"))) {
		ptrdiff_t end = str_chr(v, '}');

		if (end < 0)
			return rule_bad(r, "no } in", v);
		opts = str_make(v.p + 1, (size_t)end - 1);
		v = str_trim(str_from(v, (size_t)end + 1));
	}
	s->in.text = arena_dup(&r->rb->arena, v);
	while (opts.n) {
		struct str val = str_split(&opts, ' ');
		struct str key;
		ptrdiff_t eq = str_chr(val, '=');

		if (!val.n)
			continue;
		if (eq <= 0)
			return rule_bad(r, "no key=value:", val);
		key = str_head(val, (size_t)eq);
		val = arena_dup(&r->rb->arena, str_from(val, (size_t)eq + 1));
		if (str_eq(key, STR("mta")))
			s->in.mta = val;
		else if (str_eq(key, STR("code")))
			s->in.code = val;
		else if (str_eq(key, STR("dsn")))
			s->in.dsn = val;
		else if (str_eq(key, STR("rhost")))
			s->in.rhost = val;
		else if (str_eq(key, STR("mark")))
			s->in.state_mark = val;
		else if (str_eq(key, STR("phase")) && rule_phase_bit(val))
			s->in.phase =
			    (enum phase)__builtin_ctz(rule_phase_bit(val));
		else if (str_eq(key, STR("where")) && rule_where_bit(val))
			s->in.where =
			    (enum where)__builtin_ctz(rule_where_bit(val));
		else if (str_eq(key, STR("side")) && rule_side_bit(val))
			s->in.side =
			    (enum side)__builtin_ctz(rule_side_bit(val));
		else
			return rule_bad(r, "unknown condition of a test", key);
		if (!opts.p)
			break;
	}
	return 0;
}

static int
add_sample(struct reader *r, struct str v, struct sample **list, size_t *n)
{
	struct sample *grown =
	    arena_array(&r->rb->arena, struct sample, *n + 1);

	if (*n)
		memcpy(grown, *list, *n * sizeof(*grown));
	if (sample(r, v, &grown[*n]) < 0)
		return -1;
	*list = grown;
	++*n;
	return 0;
}

static int
key_test(struct reader *r, struct str v)
{
	return add_sample(r, v, &r->rule->test, &r->rule->ntests);
}

static int
key_not(struct reader *r, struct str v)
{
	return add_sample(r, v, &r->rule->deny, &r->rule->ndeny);
}

/* ---- keys whose value is kept as it is; of rules and of lists ---- */

static int
keep(struct reader *r, struct str v, const char **to)
{
	*to = arena_cstr(&r->rb->arena, v);
	return 0;
}

static int
key_list(struct reader *r, struct str v)
{
	return keep(r, v, &r->rule->list);
}

static int
key_zone(struct reader *r, struct str v)
{
	return keep(r, v, r->list ? &r->list->zone : &r->rule->zone);
}

static int
key_kind(struct reader *r, struct str v)
{
	static const char kinds[] = " dnsbl receiver reputation rdns domain ";
	char word[16];

	if (v.n > 12 ||
	    (word[0] = ' ', memcpy(word + 1, v.p, v.n), word[v.n + 1] = ' ',
		!memmem(kinds, sizeof(kinds) - 1, word, v.n + 2)))
		return rule_bad(r, "no kind of block is named", v);
	return keep(r, v, r->list ? &r->list->kind : &r->rule->kind);
}

static int
key_note(struct reader *r, struct str v)
{
	return keep(r, v, r->list ? &r->list->note : &r->rule->note);
}

static int
key_advice(struct reader *r, struct str v)
{
	return keep(r, v, &r->rule->advice);
}

static int
key_lookup(struct reader *r, struct str v)
{
	if (str_find(v, STR("%s")) < 0)
		return rule_bad(r, "no %s for the address in", v);
	return keep(r, v, &r->list->lookup);
}

static int
add_word(struct reader *r, struct str v, struct str **list, size_t *n)
{
	while (v.p) {
		struct str w = str_trim(str_split(&v, '|'));
		struct str *grown;

		w = folded(r, w);
		if (w.n < 3)
			return rule_bad(r, "a word of less than three bytes",
			    w);
		grown = arena_array(&r->rb->arena, struct str, *n + 1);
		if (*n)
			memcpy(grown, *list, *n * sizeof(*grown));
		grown[*n] = w;
		*list = grown;
		++*n;
	}
	return 0;
}

static int
key_domain(struct reader *r, struct str v)
{
	return add_word(r, v, &r->list->domain, &r->list->ndomains);
}

static int
key_word(struct reader *r, struct str v)
{
	return add_word(r, v, &r->list->word, &r->list->nwords);
}

const struct rule_key rule_keys[] = {
	{ STR_INIT("class"), OF_RULE, key_class },
	{ STR_INIT("tier"), OF_RULE, key_tier },
	{ STR_INIT("confidence"), OF_RULE, key_confidence },
	{ STR_INIT("mta"), OF_RULE, key_mta },
	{ STR_INIT("side"), OF_RULE, key_side },
	{ STR_INIT("where"), OF_RULE, key_where },
	{ STR_INIT("phase"), OF_RULE, key_phase },
	{ STR_INIT("mark"), OF_RULE, key_mark },
	{ STR_INIT("receiver"), OF_RULE, key_receiver },
	{ STR_INIT("code"), OF_RULE, key_code },
	{ STR_INIT("dsn"), OF_RULE, key_dsn },
	{ STR_INIT("defer"), OF_RULE, key_defer },
	{ STR_INIT("listed"), OF_RULE, key_listed },
	{ STR_INIT("text"), OF_RULE, key_text },
	{ STR_INIT("url"), OF_RULE, key_url },
	{ STR_INIT("pattern"), OF_RULE, key_pattern },
	{ STR_INIT("needs"), OF_RULE, key_needs },
	{ STR_INIT("needs-url"), OF_RULE, key_needs_url },
	{ STR_INIT("unless"), OF_RULE, key_unless },
	{ STR_INIT("list"), OF_RULE, key_list },
	{ STR_INIT("zone"), OF_RULE | OF_LIST, key_zone },
	{ STR_INIT("kind"), OF_RULE | OF_LIST, key_kind },
	{ STR_INIT("note"), OF_RULE | OF_LIST, key_note },
	{ STR_INIT("advice"), OF_RULE, key_advice },
	{ STR_INIT("test"), OF_RULE, key_test },
	{ STR_INIT("not"), OF_RULE, key_not },
	{ STR_INIT("lookup"), OF_LIST, key_lookup },
	{ STR_INIT("domain"), OF_LIST, key_domain },
	{ STR_INIT("word"), OF_LIST, key_word },
};

const size_t rule_keys_n = sizeof(rule_keys) / sizeof(*rule_keys);
