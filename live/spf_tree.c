/*
 * spf_tree.c: a whole SPF record with everything it includes: how many
 * look-ups it can need, empty answers, faults anywhere.  An evaluation for
 * one address stops at the first match; this does not.
 */
#include "live/spf.h"
#include "base/banned.h"

struct walk {
	const struct asker *asker;
	struct arena *a;
	struct spf_tree *out;
	struct str path[SPF_TREE_MAX];
	size_t depth;
	bool plus;	       /* what matches here lets the sender pass */
	double share4, share6; /* of all addresses, that pass */
};

static void visit(struct walk *w, struct str domain, struct str record);

static void
note_fault(struct walk *w, struct str at, struct str term, struct str why)
{
	if (w->out->fault.n)
		return;
	w->out->fault = why;
	w->out->fault_term = term;
	w->out->fault_at = at;
}

static void
empty(struct walk *w, struct str name)
{
	if (!w->out->voids++)
		w->out->void_name = arena_dup(w->a, name);
}

static bool
is_empty(const struct dns_answer *ans)
{
	return ans->status == DNS_NXDOMAIN || ans->status == DNS_NODATA;
}

static const struct dns_answer *
ask(struct walk *w, struct str name, enum dns_type type)
{
	const struct dns_answer *ans = ask_dns(w->asker, name, type);

	if (ans->status == DNS_PENDING)
		w->out->pending = true;
	else if (ans->status > DNS_NXDOMAIN && ans->status != DNS_BADNAME)
		w->out->temp = true;
	return ans;
}

static void
include(struct walk *w, struct str at, const struct spf_term *t)
{
	const struct dns_answer *ans = ask(w, t->domain, DNS_TXT);
	struct str text = STR_NONE;
	size_t found = 0;

	if (ans->status == DNS_PENDING ||
	    (ans->status > DNS_NXDOMAIN && ans->status != DNS_BADNAME))
		return;
	for (size_t i = 0; i < ans->nrr; i++)
		if (spf_is_record(ans->rr[i].data) == SPF_IS) {
			text = ans->rr[i].data;
			found++;
		}
	if (found == 1) {
		bool plus = w->plus;

		w->plus = plus && (t->kind == SPF_REDIRECT || t->qual == '+');
		visit(w, t->domain, text);
		w->plus = plus;
		return;
	}
	if (w->out->nnode < SPF_TREE_MAX)
		w->out->node[w->out->nnode++] =
		    (struct spf_node){ .domain = t->domain,
			    .depth = (unsigned)w->depth,
			    .missing = true };
	note_fault(w, at, t->text,
	    found ? STR("the included name has two SPF records") :
		    STR("the included name has no SPF record"));
}

static void
term(struct walk *w, struct str at, const struct spf_term *t)
{
	struct str name = t->domain.n ? t->domain : at;
	const struct dns_answer *ans, *more;

	switch (t->kind) {
	case SPF_ALL:
		w->out->open_all =
		    w->out->open_all || (w->plus && t->qual == '+');
		return;
	case SPF_IP4:
	case SPF_IP6:
		if (t->qual != '+')
			return;
		/* halves add up to the whole */
		if (t->kind == SPF_IP4)
			w->share4 += 1.0 / (double)(1ull << t->bits4);
		else if (t->bits6 < 32)
			w->share6 += 1.0 / (double)(1ull << t->bits6);
		if (w->share4 >= 1.0 || w->share6 >= 1.0)
			w->out->too_wide = true;
		return;
	case SPF_OTHER:
		w->out->unknown_modifier = true;
		w->out->odd_modifier = t->text;
		return;
	case SPF_EXP:
		return;
	default:
		w->out->lookups++;
	}
	w->out->ptr = w->out->ptr || t->kind == SPF_PTR;
	if (t->kind != SPF_PTR && t->domain.n && t->macros)
		return;
	switch (t->kind) {
	case SPF_INCLUDE:
	case SPF_REDIRECT:
		include(w, at, t);
		return;
	case SPF_MX:
		ans = ask(w, name, DNS_MX);
		if (is_empty(ans))
			empty(w, name);
		w->out->too_many_mx =
		    w->out->too_many_mx || ans->nrr > SPF_MAX_NAMES;
		return;
	case SPF_A:
		ans = ask(w, name, DNS_A);
		more = ask(w, name, DNS_AAAA);
		if (is_empty(ans) && is_empty(more))
			empty(w, name);
		return;
	case SPF_EXISTS:
		if (is_empty(ask(w, name, DNS_A)))
			empty(w, name);
		return;
	default:
		return;
	}
}

static void
visit(struct walk *w, struct str domain, struct str record)
{
	struct spf_record rec;
	size_t me = w->out->nnode;
	bool top = w->depth == 0;

	for (size_t i = 0; i < w->depth; i++)
		if (dns_name_eq(w->path[i], domain)) {
			w->out->loop = true;
			return;
		}
	if (w->depth == SPF_TREE_MAX || me == SPF_TREE_MAX ||
	    w->out->lookups > 20 * SPF_MAX_LOOKUPS)
		return;
	w->out->node[w->out->nnode++] =
	    (struct spf_node){ .domain = arena_dup(w->a, domain),
		    .depth = (unsigned)w->depth };
	w->path[w->depth++] = domain;
	if (spf_parse(w->a, record, &rec) < 0) {
		note_fault(w, domain, rec.fault_term, rec.fault);
	} else {
		for (size_t i = 0; i < rec.n; i++) {
			const struct spf_term *t = &rec.term[i];

			if (t->kind == SPF_REDIRECT && rec.all)
				continue;
			if (t->kind != SPF_ALL && t->kind != SPF_IP4 &&
			    t->kind != SPF_IP6 && t->kind < SPF_EXP)
				w->out->node[me].lookups++;
			term(w, domain, t);
		}
	}
	if (top)
		w->out->top = rec;
	w->depth--;
}

void
spf_walk(const struct asker *asker, struct arena *a, struct str domain,
    struct str record, struct spf_tree *out)
{
	struct walk w = { .asker = asker, .a = a, .out = out, .plus = true };

	*out = (struct spf_tree){ .fault = STR("") };
	visit(&w, domain, record);
}
