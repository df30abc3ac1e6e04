/*
 * seen.c: which of our addresses a domain's servers took mail from, and which
 * they refused for what we are: by deliveries to the domain, and by those to
 * others at the same servers.
 */
#include <stdlib.h>

#include "index/why.h"
#include "query/ourip.h"
#include "query/seen.h"
#include "base/banned.h"

enum { WORDS_MAX = 4000 };

/* One delivery attempt, newest first. */
struct word {
	struct str ip;
	int64_t t_us;
	bool ok, own; /* own: for the domain itself */
	struct str reply, source;
	uint64_t line;
};

struct ways {
	struct ourip ourip;
	struct arena arena;
	struct word *word;
	size_t n, cap;
	struct str relay[SEEN_RELAYS];
	size_t nrelay;
	bool any_domain; /* others at the same servers count too */
};

int
seen_walk(struct seen_ctx *x, enum token_kind kind, struct str value,
    void (*one)(struct seen_ctx *x, const struct record *rec, void *arg),
    void *arg, struct err *err)
{
	struct store_token tok = { kind, value };
	struct store_set set = { &tok, 1 };
	struct store_cur *cur =
	    store_find(x->st, &set, 1, 1u << REC_HOP, 0, INT64_MAX, err);
	struct arena line = { 0 };
	int rc = cur ? 1 : -1;

	for (int left = SEEN_RECORDS; rc > 0 && left > 0; left--) {
		struct record rec;

		arena_clear(&line);
		rc = store_next(cur, &line, &rec, err);
		if (rc > 0)
			one(x, &rec, arg);
	}
	store_cur_close(cur);
	arena_release(&line);
	return rc < 0 ? -1 : 0;
}

static void
note_relay(struct ways *w, struct str name)
{
	if (!name.n || w->any_domain || w->nrelay == SEEN_RELAYS)
		return;
	for (size_t i = 0; i < w->nrelay; i++)
		if (str_eqi(w->relay[i], name))
			return;
	w->relay[w->nrelay++] = arena_dup(&w->arena, name);
}

/* 1 taken, -1 refused for what we are, 0 neither. */
static int
outcome(struct seen_ctx *x, const struct rec_event *e, struct classify_out *why)
{
	struct classify_in in;

	*why = (struct classify_out){ .cls = CLS_NONE };
	if (e->kind == EV_DELIVERY && e->state == ST_SENT)
		return 1;
	if (!why_rec(e, &in))
		return 0;
	classify(x->cl, &in, why);
	return why->grp == GRP_BLOCKED && why->side != SIDE_LOCAL ? -1 : 0;
}

static void
look(struct seen_ctx *x, const struct record *rec, void *arg)
{
	struct ways *w = arg;
	struct str host = site_host(x->site, rec->host);

	for (size_t i = 0; i < rec->n && w->n < WORDS_MAX; i++) {
		const struct rec_event *e = &rec->ev[i];
		struct str relay = rev_get(e, F_RELAY_NAME);
		struct str to = rev_get(e, F_TO), ip;
		struct classify_out why;
		enum ourip_from from;
		bool about = false, own = str_eqi(str_domain(to), x->domain);
		int said;

		if (e->kind != EV_DELIVERY && e->kind != EV_ATTEMPT)
			continue;
		for (size_t k = 0; w->any_domain && k < w->nrelay; k++)
			about |= str_eqi(w->relay[k], relay);
		if ((!about && !own) || (own && w->any_domain) ||
		    site_our_server(x->site, relay, rev_get(e, F_RELAY_IP)) ||
		    (said = outcome(x, e, &why)) == 0)
			continue;
		note_relay(w, relay);
		ip = ourip_of(&w->ourip, host, rec->inst,
		    rev_get(e, F_LOCAL_IP), said < 0 ? &why : NULL, &from);
		arena_grow(&w->arena, w->word, w->n, w->cap);
		w->word[w->n++] = (struct word){
			.ip = arena_dup(&w->arena, ip.n ? ip : host),
			.t_us = e->t_us,
			.ok = said > 0,
			.own = own,
			.reply = said > 0 ?
				     STR("") :
				     arena_dup(&w->arena,
					 str_head(rev_get(e, F_REPLY), 600)),
			.source = arena_dup(&w->arena,
			    store_source_name(x->st, e->at.src)),
			.line = e->at.number,
		};
	}
}

static struct seen_way *
way_of(struct seen_domain *out, struct str ip)
{
	for (size_t i = 0; i < out->nway; i++)
		if (str_eqi(out->way[i].ip, ip))
			return &out->way[i];
	if (out->nway == SEEN_WAYS)
		return NULL;
	out->way[out->nway] = (struct seen_way){ .ip = ip };
	return &out->way[out->nway++];
}

static void
refused(struct seen_way *v, const struct word *one)
{
	if (!v->since_us || one->t_us < v->since_us)
		v->since_us = one->t_us;
	if (one->t_us <= v->last_us)
		return;
	v->last_us = one->t_us;
	v->reply = one->reply;
	v->source = one->source;
	v->line = one->line;
}

static int
newest_first(const void *x, const void *y)
{
	const struct seen_way *a = x, *b = y;
	int64_t ta = a->ok_us > a->last_us ? a->ok_us : a->last_us;
	int64_t tb = b->ok_us > b->last_us ? b->ok_us : b->last_us;

	return ta < tb ? 1 : ta > tb ? -1 : str_cmp(a->ip, b->ip);
}

/* Successes first: a refusal counts from the first one after the last. */
static void
add_words(const struct ways *w, struct seen_domain *out, bool own)
{
	size_t known = own ? 0 : out->nway;

	for (int ok = 1; ok >= 0; ok--)
		for (size_t i = 0; i < w->n; i++) {
			const struct word *one = &w->word[i];
			struct seen_way *v;

			if (one->own != own || one->ok != ok ||
			    !(v = way_of(out, one->ip)) || v < &out->way[known])
				continue;
			if (ok)
				v->ok_us =
				    one->t_us > v->ok_us ? one->t_us : v->ok_us;
			else if (one->t_us > v->ok_us)
				refused(v, one);
		}
}

static void
conclude(struct seen_ctx *x, const struct ways *w)
{
	struct seen_domain *out = x->out;

	/* a shared server may refuse us for one domain only: its own mail
	 * counts, that for others where there is none */
	add_words(w, out, true);
	add_words(w, out, false);
	for (size_t i = 0; i < out->nway; i++) {
		struct seen_way *v = &out->way[i];

		v->ip = arena_dup(x->a, v->ip);
		v->reply = arena_dup(x->a, v->reply);
		v->source = arena_dup(x->a, v->source);
	}
	if (out->nway)
		qsort(out->way, out->nway, sizeof(*out->way), newest_first);
}

int
seen_ways(struct seen_ctx *x, struct err *err)
{
	struct ways w = { .any_domain = false };
	size_t n;
	int rc;

	ourip_init(&w.ourip, x->st, x->site, &w.arena, 0, INT64_MAX);
	rc = seen_walk(x, TOK_DOM_TO, x->domain, look, &w, err);
	n = w.nrelay;
	w.any_domain = true;
	for (size_t i = 0; !rc && i < n; i++)
		rc = seen_walk(x, TOK_RELAY, w.relay[i], look, &w, err);
	if (!rc)
		conclude(x, &w);
	arena_release(&w.arena);
	return rc;
}

int
seen_of_domain(struct store *st, const struct site *site, struct classifier *cl,
    struct str domain, unsigned what, struct arena *a, struct seen_domain *out,
    struct err *err)
{
	struct seen_ctx x = { st, site, cl, domain, a, out };

	*out = (struct seen_domain){ .nway = 0 };
	if (what & SEEN_KEY && seen_keys(&x, err) < 0)
		return -1;
	if (what & SEEN_WAY && !site_our_domain(site, domain))
		return seen_ways(&x, err);
	return 0;
}
