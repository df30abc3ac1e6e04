/*
 * hint.c: "nothing found" explains itself.
 */
#include "base/stamp.h"
#include "query/hint.h"
#include "query/life.h"
#include "base/banned.h"

enum { HINTS_MAX = 24, NEAR_MAX = 5, COUNT_MAX = 200, RESENT_MAX = 3 };

#define RESENT_US (24 * 3600 * INT64_C(1000000))

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
			      "%s%d record%s" STR_FMT
			      ", but none fits the other terms",
			      n == COUNT_MAX ? "more than " : "", n,
			      n == 1 ? (from ? " comes from " : " goes to ") :
				       (from ? "s come from " : "s go to "),
			      STR_ARG(addr)));
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

/* ---- a filter saw it ---- */

/* Lines of a milter without those of the server that asked it. */
static int
hint_filter(const struct query *q, struct store *st, const struct site *site,
    const struct store_set *sets, size_t nsets, struct answer *ans,
    struct err *err)
{
	struct arena *a = &ans->arena;
	struct record rec, seen = { 0 };
	struct store_cur *cur;
	int rc;

	if (!nsets)
		return 0;
	cur = store_find(st, sets, nsets, 1u << REC_HOP | 1u << REC_OTHER,
	    q->t0_us, q->t1_us, err);
	rc = cur ? 1 : -1;
	for (int n = 0; n < COUNT_MAX && rc > 0; n++) {
		rc = store_next(cur, a, &rec, err);
		if (rc <= 0)
			break;
		if (!rec_is_aside(&rec)) { /* it fits the other terms not */
			seen.n = 0;
			break;
		}
		seen = rec;
	}
	store_cur_close(cur);
	if (seen.n)
		hint(ans,
		    arena_printf(a,
			"%s on " STR_FMT " names it at " STR_FMT
			", and no mail server does: was the log of the server "
			"that asked it read?",
			mta_name[seen.ev[0].mta],
			STR_ARG(site_host(site, seen.host)),
			STR_ARG(when(q, a, seen.t0_us))));
	return rc < 0 ? -1 : 0;
}

/* ---- sent on under another sender ---- */

static struct str
first_of(const struct record *rec, enum field f)
{
	for (size_t i = 0; i < rec->n; i++)
		if (rev_has(&rec->ev[i], f))
			return rev_get(&rec->ev[i], f);
	return STR_NONE;
}

/* The sender under which `to` was sent the Message-ID of `rec` about then, if
 * that is another one than `from`: 1 and *sender.  A record may name none: a
 * mailbox server's. */
static int
other_sender(struct store *st, struct arena *a, struct str from, struct str to,
    const struct record *rec, struct str msgid, struct str *sender,
    struct err *err)
{
	struct store_token tok[2] = { { TOK_ADDR_TO, to },
		{ TOK_MSGID, msgid } };
	struct store_set set[2] = { { &tok[0], 1 }, { &tok[1], 1 } };
	struct store_cur *cur = store_find(st, set, 2, 1u << REC_HOP,
	    rec->t0_us - RESENT_US, rec->t0_us + RESENT_US, err);
	int rc = cur ? 1 : -1;
	bool found = false;

	for (int n = 0; n < COUNT_MAX && rc > 0 && !found; n++) {
		struct record other;

		rc = store_next(cur, a, &other, err);
		if (rc <= 0)
			break;
		*sender = first_of(&other, F_FROM);
		found = sender->p && !str_eqi(*sender, from);
	}
	store_cur_close(cur);
	return rc < 0 ? -1 : found;
}

/* Whether it may be pasted into a shell as it is: it came from anywhere. */
static bool
is_plain(struct str s)
{
	static const struct str also = STR_INIT("@._+=%/:-");

	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && str_chr(also, s.p[i]) < 0)
			return false;
	return s.n > 0;
}

/*
 * A mailing list or a program sends a mail on with a sender of its own.  That
 * is another message, and the two have nothing in common but the Message-ID.
 */
static int
hint_resent(const struct query *q, struct store *st, struct str from,
    struct str to, struct answer *ans, struct err *err)
{
	struct store_token tok = { TOK_ADDR_FROM, from };
	struct store_set set = { &tok, 1 };
	struct store_cur *cur =
	    store_find(st, &set, 1, 1u << REC_HOP, q->t0_us, q->t1_us, err);
	struct arena *a = &ans->arena;
	struct str before = STR_NONE;
	int rc = cur ? 1 : -1, said = 0;

	for (int n = 0; n < COUNT_MAX && said < RESENT_MAX && rc >= 0; n++) {
		struct str msgid, first, sender;
		struct record rec;

		rc = store_next(cur, a, &rec, err);
		if (rc <= 0)
			break;
		msgid = str_trim(first_of(&rec, F_MSGID));
		if (msgid.n > 2 && msgid.p[0] == '<')
			msgid = str_make(msgid.p + 1, msgid.n - 2);
		if (!msgid.n || str_eq(msgid, before))
			continue;
		before = msgid;
		rc = other_sender(st, a, from, to, &rec, msgid, &sender, err);
		if (rc <= 0)
			continue;
		first = first_of(&rec, F_TO);
		said++;
		hint(ans,
		    arena_printf(a,
			"what " STR_FMT " sent%s" STR_FMT " at " STR_FMT
			" went on to " STR_FMT " with another sender, <" STR_FMT
			">: ask %s" STR_FMT,
			STR_ARG(from), first.n ? " to " : "", STR_ARG(first),
			STR_ARG(when(q, a, rec.t0_us)), STR_ARG(to),
			STR_ARG(sender),
			is_plain(msgid) ? "for id=" : "by its Message-ID",
			STR_ARG(is_plain(msgid) ? msgid : STR(""))));
	}
	store_cur_close(cur);
	return rc < 0 ? -1 : 0;
}

/* The one address a term asks for, if it is that simple. */
static struct str
one_address(const struct query *q, enum term_key key)
{
	struct str found = STR_NONE;

	for (size_t i = 0; i < q->nterm; i++) {
		const struct term *t = &q->term[i];

		if (t->key != key)
			continue;
		if (found.n || t->op != OP_EQ || t->n != 1 || t->glob[0] ||
		    str_chr(t->value[0], '@') <= 0)
			return STR_NONE;
		found = t->value[0];
	}
	return found;
}

int
hints_make(const struct query *q, struct store *st, const struct site *site,
    const struct store_set *sets, size_t nsets, struct answer *ans,
    struct err *err)
{
	const struct store_info *info;
	struct str from = one_address(q, T_FROM), to = one_address(q, T_TO);

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
	if (hint_filter(q, st, site, sets, nsets, ans, err) < 0)
		return -1;
	if (from.n && to.n && hint_resent(q, st, from, to, ans, err) < 0)
		return -1;
	for (size_t i = 0; i < q->nterm; i++)
		if ((q->term[i].key == T_FROM || q->term[i].key == T_TO) &&
		    !q->term[i].re &&
		    hint_address(q, st, site, &q->term[i], ans, err) < 0)
			return -1;
	return 0;
}
