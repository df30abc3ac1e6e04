/*
 * hint.c: "nothing found" explains itself.
 */
#include "base/stamp.h"
#include "query/hint.h"
#include "base/banned.h"

enum { HINTS_MAX = 24, NEAR_MAX = 5, COUNT_MAX = 200 };

static void
hint(struct answer *ans, struct str text)
{
	if (!ans->hint)
		ans->hint = arena_array(&ans->arena, struct str, HINTS_MAX);
	if (ans->nhint < HINTS_MAX)
		ans->hint[ans->nhint++] = text;
}

static struct str
when(const struct query *q, struct arena *a, int64_t t_us)
{
	struct buf b = BUF_INIT(64);
	struct str s;

	stamp_print(&b, t_us, q->tz, STAMP_MINUTES);
	s = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return s;
}

static void
hint_window(const struct query *q, const struct store_info *info,
    struct answer *ans)
{
	struct arena *a = &ans->arena;

	if (!info->records) {
		hint(ans, STR("the store is empty: ingest logs first "
			      "(mailtrace ingest PATH...)"));
		return;
	}
	if (q->t0_us > q->t1_us) {
		hint(ans, STR("the time asked for ends before it begins"));
		return;
	}
	if (q->t0_us > info->t1_us)
		hint(ans, arena_printf(a,
			      "the logs read so far end at " STR_FMT
			      ", before the time asked for",
			      STR_ARG(when(q, a, info->t1_us))));
	else if (q->t1_us < info->t0_us)
		hint(ans, arena_printf(a,
			      "the logs begin at " STR_FMT
			      ", after the time asked for",
			      STR_ARG(when(q, a, info->t0_us))));
	else if (q->t0_us && q->t0_us < info->t0_us)
		hint(ans, arena_printf(a, "the logs begin only at " STR_FMT,
			      STR_ARG(when(q, a, info->t0_us))));
	for (size_t i = 0; i < info->ngap; i++) {
		const struct store_gap *g = &info->gap[i];

		if (g->t1_us < q->t0_us || g->t0_us > q->t1_us)
			continue;
		hint(ans, arena_printf(a,
			      "no lines of " STR_FMT " from " STR_FMT
			      " to " STR_FMT " (" STR_FMT ")",
			      STR_ARG(g->host), STR_ARG(when(q, a, g->t0_us)),
			      STR_ARG(when(q, a, g->t1_us)), STR_ARG(g->why)));
		if (ans->nhint > 8)
			break;
	}
	if (info->unknown)
		hint(ans, arena_printf(a,
			      "%llu lines were not understood "
			      "(mailtrace status shows samples)",
			      (unsigned long long)info->unknown));
}

/* Records of one token in the window, counted up to a limit. */
static int
count(const struct query *q, struct store *st, struct arena *a,
    enum token_kind kind, struct str value, unsigned kinds, struct err *err)
{
	struct store_token tok = { kind, value };
	struct store_set set = { &tok, 1 };
	struct store_cur *cur =
	    store_find(st, &set, 1, kinds, q->t0_us, q->t1_us, err);
	int n = 0, rc = 1;

	if (!cur)
		return -1;
	while (n < COUNT_MAX && rc > 0) {
		struct record rec;

		rc = store_next(cur, a, &rec, err);
		n += rc > 0;
	}
	store_cur_close(cur);
	return rc < 0 ? -1 : n;
}

static int
hint_address(const struct query *q, struct store *st, const struct site *site,
    const struct term *t, struct answer *ans, struct err *err)
{
	struct arena *a = &ans->arena;
	struct str addr = t->value[0], near[NEAR_MAX];
	bool from = t->key == T_FROM;
	int n;

	if (t->op != OP_EQ || !str_domain(addr).n || t->glob[0])
		return 0;
	n = count(q, st, a, from ? TOK_ADDR_FROM : TOK_ADDR_TO, addr, 0, err);
	if (n < 0)
		return -1;
	if (n > 0 && q->nterm > 1)
		hint(ans, arena_printf(a,
			      "%s%d records %s " STR_FMT
			      ", but none fits the other terms",
			      n == COUNT_MAX ? "more than " : "", n,
			      from ? "come from" : "go to", STR_ARG(addr)));
	if (n > 0)
		return 0;
	n = count(q, st, a, from ? TOK_ADDR_TO : TOK_ADDR_FROM, addr, 0, err);
	if (n < 0)
		return -1;
	if (n > 0)
		hint(ans,
		    arena_printf(a, STR_FMT " was seen as %s only",
			STR_ARG(addr), from ? "a recipient" : "a sender"));
	n = store_near(st, a, addr, near, NEAR_MAX);
	for (int i = 0; i < n; i++)
		hint(ans, arena_printf(a, "did you mean " STR_FMT "?",
			      STR_ARG(near[i])));
	n = count(q, st, a, from ? TOK_DOM_FROM : TOK_DOM_TO, str_domain(addr),
	    0, err);
	if (n < 0)
		return -1;
	if (!n)
		hint(ans, arena_printf(a,
			      "nothing at all %s the domain " STR_FMT "%s",
			      from ? "from" : "for", STR_ARG(str_domain(addr)),
			      !from && site->ndomain &&
				      !site_our_domain(site, str_domain(addr)) ?
				  ", which is not one of ours" :
				  ""));
	return 0;
}

int
hints_make(const struct query *q, struct store *st, const struct site *site,
    struct answer *ans, struct err *err)
{
	const struct store_info *info;

	if (ans->truncated && ans->nmessage)
		hint(ans, arena_printf(&ans->arena,
			      "only the newest %zu "
			      "messages are shown (--limit)",
			      ans->nmessage));
	if (ans->nmessage)
		return 0;
	info = store_overview_whole(st, err);
	if (!info)
		return -1;
	hint_window(q, info, ans);
	for (size_t i = 0; i < q->nterm; i++)
		if ((q->term[i].key == T_FROM || q->term[i].key == T_TO) &&
		    !q->term[i].re &&
		    hint_address(q, st, site, &q->term[i], ans, err) < 0)
			return -1;
	return 0;
}
