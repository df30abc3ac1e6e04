/*
 * compile.c: a rulebook made into the tables a reply is held against.
 *
 * Rules are sorted once by what decides (tier, class, an operator's before
 * ours, then their order in the files); matching then takes the first that
 * holds.  Patterns are compiled when first needed, those of an operator at
 * once, so that a mistake is reported when the file is read.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "classify/literal.h"
#include "classify/part.h"
#include "base/banned.h"

const char *const group_name[GROUPS] = {
	[G_IP] = "ip",
	[G_LIST] = "list",
	[G_ZONE] = "zone",
	[G_DOMAIN] = "domain",
	[G_RETRY] = "retry",
};

static int
by_decision(const void *pa, const void *pb)
{
	const struct rule *a = *(struct rule *const *)pa;
	const struct rule *b = *(struct rule *const *)pb;

	if (a->tier != b->tier)
		return a->tier < b->tier ? -1 : 1;
	if (a->operator_file != b->operator_file)
		return a->operator_file ? -1 : 1;
	if (a->cls != b->cls)
		return cls_rank(a->cls) - cls_rank(b->cls);
	return a < b ? -1 : 1;
}

/* An operator's rule takes the place of the shipped one of its name. */
static void
sort(struct classifier *cl)
{
	struct rulebook *rb = &cl->rb;
	struct map mine = { 0 };

	cl->order = xreallocarray(NULL, rb->n + 1, sizeof(*cl->order));
	for (size_t i = 0; i < rb->n; i++)
		if (rb->rule[i].operator_file)
			*map_slot(&mine, str_c(rb->rule[i].id)) = &rb->rule[i];
	for (size_t i = 0; i < rb->n; i++)
		if (rb->rule[i].operator_file ||
		    !map_get(&mine, str_c(rb->rule[i].id)))
			cl->order[cl->n++] = &rb->rule[i];
	map_release(&mine);
	if (cl->n)
		qsort(cl->order, cl->n, sizeof(*cl->order), by_decision);
}

/* Until unite(): one literal for each use of it. */
static void
add_literal(struct classifier *cl, struct literal l, struct lit_use use)
{
	if (cl->nlit == cl->lit_cap) {
		cl->lit_cap = cl->lit_cap ? 2 * cl->lit_cap : 1024;
		cl->lit = xreallocarray(cl->lit, cl->lit_cap, sizeof(*cl->lit));
	}
	if (cl->nuse == cl->use_cap) {
		cl->use_cap = cl->use_cap ? 2 * cl->use_cap : 1024;
		cl->use = xreallocarray(cl->use, cl->use_cap, sizeof(*cl->use));
	}
	l.first = (uint32_t)cl->nuse;
	l.late =
	    l.list < 0 && !l.url && cl->order[use.rule]->tier == TIER_LOOSE;
	cl->use[cl->nuse++] = use;
	cl->lit[cl->nlit++] = l;
}

/* Equal ones side by side; those of lists stay apart, in their order. */
static int
by_text(const void *pa, const void *pb)
{
	const struct literal *a = pa, *b = pb;
	int c;

	if ((a->list >= 0) != (b->list >= 0))
		return a->list >= 0 ? 1 : -1;
	if (a->list >= 0)
		return a->first < b->first ? -1 : 1;
	if (a->late != b->late)
		return a->late ? 1 : -1;
	if (a->url != b->url || a->whole != b->whole)
		return (a->url * 2 + a->whole) - (b->url * 2 + b->whole);
	c = str_cmp(a->s, b->s);
	return c ? c : a->first < b->first ? -1 : 1;
}

static bool
all_known(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return s.n <= AC_PREFIX;
}

/* The literal that is all of its alternative. */
static void
text_of(struct classifier *cl, const struct lit_use *use, size_t lit)
{
	if (use->need != USE_UNLESS && use->alt < cl->nalts && use->only)
		cl->alt[use->alt].lit = (uint32_t)lit;
}

/* Each literal once, with its uses in a row. */
static int
unite(struct classifier *cl, struct err *err)
{
	struct lit_use *use = xcalloc(cl->nuse + 1, sizeof(*use));
	size_t n = 0;

	if (cl->nlit)
		qsort(cl->lit, cl->nlit, sizeof(*cl->lit), by_text);
	for (size_t i = 0; i < cl->nlit; i++) {
		struct literal l = cl->lit[i];
		struct literal *last = n ? &cl->lit[n - 1] : NULL;

		use[i] = cl->use[l.first];
		if (last && l.list < 0 && last->list < 0 &&
		    last->url == l.url && last->late == l.late &&
		    last->whole == l.whole && str_eq(last->s, l.s)) {
			last->end = (uint32_t)i + 1;
			text_of(cl, &use[i], n - 1);
			continue;
		}
		text_of(cl, &use[i], n);
		l.first = (uint32_t)i;
		l.end = (uint32_t)i + 1;
		l.compare = !all_known(l.s);
		cl->lit[n++] = l;
	}
	free(cl->use);
	cl->use = use;
	cl->nlit = n;
	for (size_t i = 0; i < n; i++)
		if (!ac_add(cl->lit[i].late ? cl->late : cl->ac, cl->lit[i].s,
			(uint32_t)i))
			return err_set(err, "too many texts in the rules");
	return 0;
}

int
unless_compile(const struct rule *rule, struct alt *a, struct err *err)
{
	if (a->re)
		return 0;
	a->re = re_new(a->text, rule->operator_file ? RE_ICASE : 0, err);
	if (!a->re)
		return err_prefix(err, "%s:%u", rule->file, a->line);
	return 0;
}

int
alt_compile(struct classifier *cl, struct alt_state *as, struct err *err)
{
	if (unless_compile(cl->order[as->rule], as->alt, err) < 0)
		return -1;
	for (int g = 0; g < GROUPS; g++)
		as->group[g] = (int8_t)re_group(as->alt->re, group_name[g]);
	return 0;
}

static int
add_alt(struct classifier *cl, struct alt *a, size_t rule, struct err *err)
{
	uint32_t k = (uint32_t)cl->nalts;
	struct alt_state *as = &cl->alt[cl->nalts++];
	struct literal l = { .list = -1 };
	struct lit_use use = { .alt = k, .rule = (uint16_t)rule };

	*as = (struct alt_state){ .alt = a, .rule = (uint32_t)rule };
	if (a->kind != ALT_PATTERN) {
		l.s = a->text;
		l.url = a->kind == ALT_URL;
		l.whole = true;
		use.only = true;
		add_literal(cl, l, use);
		return 0;
	}
	use.only = a->nneeds == 1;
	for (size_t i = 0; i < a->nneeds; i++) {
		use.need = (uint8_t)i;
		as->full |= (uint8_t)(1u << i);
		for (size_t j = 0; j < a->need[i].n; j++) {
			l.s = a->need[i].lit[j];
			l.url = a->need[i].url;
			add_literal(cl, l, use);
		}
	}
	if (!a->nneeds) {
		cl->always[rule / 64] |= (uint64_t)1 << rule % 64;
		cl->alt_always[k / 64] |= (uint64_t)1 << k % 64;
	}
	return cl->order[rule]->operator_file ? alt_compile(cl, as, err) : 0;
}

static void
add_unless(struct classifier *cl, size_t i)
{
	struct str lit[LITERALS_MAX];
	size_t n =
	    pattern_literals(&cl->rb.arena, cl->order[i]->unless.text, lit);

	for (size_t k = 0; k < n; k++)
		add_literal(cl, (struct literal){ .s = lit[k], .list = -1 },
		    (struct lit_use){ .rule = (uint16_t)i,
			.need = USE_UNLESS });
	if (!n)
		cl->unless_always[i / 64] |= (uint64_t)1 << i % 64;
}

static int
add_rule(struct classifier *cl, size_t i, struct err *err)
{
	struct rule *rule = cl->order[i];

	cl->first_alt[i] = (uint32_t)cl->nalts;
	if (!rule->nalts)
		cl->always[i / 64] |= (uint64_t)1 << i % 64;
	rule->easy = !(rule->sides | rule->wheres | rule->phases | rule->marks |
			 rule->ncodes | rule->ndsn | rule->ndefer |
			 rule->receiver_set) &&
		     rule->tier != TIER_LOOSE;
	if (rule->listed)
		(rule->listed > 0 ? cl->with_list : cl->without)[i / 64] |=
		    (uint64_t)1 << i % 64;
	for (size_t k = 0; k < rule->nalts; k++)
		if (add_alt(cl, &rule->alt[k], i, err) < 0)
			return -1;
	if (rule->has_unless)
		add_unless(cl, i);
	if (rule->has_unless && rule->operator_file)
		return unless_compile(rule, &rule->unless, err);
	return 0;
}

static void
add_list(struct classifier *cl, size_t i)
{
	const struct list *list = &cl->rb.list[i];
	struct literal l = { .list = (int16_t)i, .whole = true };

	for (size_t k = 0; k < list->ndomains; k++) {
		l.s = list->domain[k];
		l.url = true;
		add_literal(cl, l, (struct lit_use){ 0 });
	}
	for (size_t k = 0; k < list->nwords; k++) {
		l.s = list->word[k];
		l.url = false;
		add_literal(cl, l, (struct lit_use){ 0 });
	}
}

int
compile(struct classifier *cl, struct err *err)
{
	size_t nalts = 0;

	sort(cl);
	cl->any = mta_bit(STR("any"));
	for (size_t i = 0; i < cl->n; i++)
		nalts += cl->order[i]->nalts;
	cl->words = cl->n / 64 + 1;
	cl->always = xcalloc(cl->words, sizeof(*cl->always));
	cl->cand = xcalloc(cl->words, sizeof(*cl->cand));
	cl->unless_always = xcalloc(cl->words, sizeof(*cl->unless_always));
	cl->unless_on = xcalloc(cl->words, sizeof(*cl->unless_on));
	cl->ours = xcalloc(cl->words, sizeof(*cl->ours));
	cl->with_list = xcalloc(cl->words, sizeof(*cl->with_list));
	cl->without = xcalloc(cl->words, sizeof(*cl->without));
	cl->alt = xcalloc(nalts + 1, sizeof(*cl->alt));
	cl->alt_words = nalts / 64 + 1;
	cl->alt_always = xcalloc(cl->alt_words, sizeof(*cl->alt_always));
	cl->alt_on = xcalloc(cl->alt_words, sizeof(*cl->alt_on));
	cl->first_alt = xcalloc(cl->n + 1, sizeof(*cl->first_alt));
	cl->cache = xcalloc(CACHE_SLOTS, sizeof(*cl->cache));
	cl->memo = xcalloc(MEMO_SLOTS, sizeof(*cl->memo));
	cl->ac = ac_new();
	cl->late = ac_new();
	while (cl->first_late < cl->n &&
	       cl->order[cl->first_late]->tier < TIER_LOOSE)
		cl->first_late++;
	for (size_t i = 0; i < cl->n; i++)
		if (add_rule(cl, i, err) < 0)
			return -1;
	cl->first_alt[cl->n] = (uint32_t)cl->nalts;
	for (size_t i = 0; i < cl->rb.nlists; i++)
		add_list(cl, i);
	if (unite(cl, err) < 0)
		return -1;
	ac_build(cl->ac);
	ac_build(cl->late);
	for (size_t i = 0; i < cl->nlit; i++)
		cl->ip_in_links |=
		    cl->lit[i].url && memo_reads_ip(cl->lit[i].s);
	for (size_t i = 0; i < cl->rb.nreceivers; i++)
		cl->ip_in_links |= memo_reads_ip(cl->rb.receiver[i]);
	for (size_t i = 0; i < cl->rb.nreceivers; i++) {
		struct str domain = cl->rb.receiver[i];
		unsigned slot = domain.n ? receiver_slot(domain) : 0;

		*map_slot(&cl->receiver, domain) = (void *)(uintptr_t)(i + 1);
		cl->receiver_on[slot / 64] |= (uint64_t)1 << slot % 64;
	}
	snprintf(cl->version, sizeof(cl->version), "%zu-%016llx", cl->n,
	    (unsigned long long)cl->rb.hash);
	return 0;
}
