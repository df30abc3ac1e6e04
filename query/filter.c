/*
 * filter.c: what filters said of a message.
 *
 * amavis is a hop with an id of its own, rspamd logs under the queue id of
 * the server that asks it (life_build.c); spamd knows the Message-ID only.
 */
#include "query/filter.h"
#include "query/verdict.h"
#include "base/banned.h"

#define NEAR_US (600 * INT64_C(1000000)) /* asked while it came in */

/* Let through, and marked as spam. */
static bool
is_mark(struct str filter, struct str verdict)
{
	static const struct {
		struct str filter, word;
	} marks[] = {
		{ STR_INIT("amavis"), STR_INIT("SPAM") }, /* SPAMMY as well */
		{ STR_INIT("rspamd"), STR_INIT("add header") },
		{ STR_INIT("rspamd"), STR_INIT("rewrite subject") },
		{ STR_INIT("spamd"), STR_INIT("spam") },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (str_eq(filter, marks[i].filter) &&
		    str_starts(verdict, marks[i].word))
			return true;
	return false;
}

int
filter_weight(const struct rec_event *e)
{
	if (e->state != ST_PASSED)
		return 2;
	return is_mark(str_c(mta_name[e->mta]), rev_get(e, F_VERDICT));
}

/* The hop that was near when a filter judged this Message-ID. */
static struct life *
asked(const struct ws *ws, const struct record *rec, struct str msgid)
{
	struct life *best = NULL;
	int64_t best_away = NEAR_US;

	for (size_t i = 0; i < ws->lives.n; i++) {
		struct life *l = ws->lives.life[i];
		int64_t away = l->t0_us > rec->t0_us ? l->t0_us - rec->t0_us :
			       rec->t0_us > l->t1_us ? rec->t0_us - l->t1_us :
						       0;

		if (!l->in_message || l->mta == MTA_AMAVIS ||
		    away >= best_away || !life_has_msgid(l, msgid))
			continue;
		best = l;
		best_away = away;
	}
	return best;
}

void
filters_attach(const struct ws *ws)
{
	for (size_t i = 0; i < ws->nother; i++) {
		const struct record *rec = ws->other[i];

		for (size_t k = 0; k < rec->n; k++) {
			const struct rec_event *e = &rec->ev[k];
			struct str m = msgid_bare(rev_get(e, F_MSGID));
			struct life *l;

			if (e->kind != EV_FILTER || !life_is_aside(e) || !m.n ||
			    (l = asked(ws, rec, m)) == NULL ||
			    (l->filter.e &&
				filter_weight(l->filter.e) >= filter_weight(e)))
				continue;
			l->filter = (struct lev){ e, rec };
		}
	}
}

/* "GTUBE(0.00){}" is not counted; spamd prints names alone. */
static bool
counts(struct str r)
{
	ptrdiff_t i = str_chr(r, '(');
	bool more = false;

	if (i < 0)
		return false;
	for (r = str_from(r, (size_t)i + 1); r.n && r.p[0] != ')';
	     r = str_from(r, 1)) {
		if (r.p[0] == '-')
			return false;
		more |= r.p[0] > '0' && r.p[0] <= '9';
	}
	return more;
}

/* "[16.10/15.00] [BAYES(5.10){},X(-0.1){a,b;}]", "BAYES_99,URIBL_BLACK": the
 * names of the first tests that counted: those that counted most. */
static struct str
tests_of(struct arena *a, const struct rec_event *e)
{
	enum { MOST = 5, TRIED = 200 };
	bool points = e->mta == MTA_RSPAMD;
	struct str r = rev_get(e, F_TEXT), all = STR_NONE;
	ptrdiff_t i;

	if (e->mta != MTA_RSPAMD && e->mta != MTA_SPAMD)
		return STR_NONE;
	if (points) {
		if ((i = str_find(r, STR("] ["))) < 0)
			return STR_NONE;
		r = str_from(r, (size_t)i + 3);
	}
	for (int n = 0, tried = 0; n < MOST && r.n && tried < TRIED; tried++) {
		size_t len = 0;

		while (len < r.n && len < 64 &&
		       (is_alnum(r.p[len]) || r.p[len] == '_'))
			len++;
		if (!len)
			break;
		if (!points || counts(str_from(r, len))) {
			all = n++ ?
				  arena_printf(a, STR_FMT ", " STR_FMT,
				      STR_ARG(all), STR_ARG(str_head(r, len))) :
				  str_head(r, len);
		}
		/* "}," ends one: what it found may hold any comma */
		i = str_find(r, points ? STR("},") : STR(","));
		if (i < 0)
			break;
		r = str_from(r, (size_t)i + (points ? 2 : 1));
	}
	return all;
}

void
filter_fill(struct arena *a, const struct rec_event *e, struct ans_rcpt *r)
{
	r->has_filter = true;
	r->filter_name = str_c(mta_name[e->mta]);
	r->verdict = rev_get(e, F_VERDICT);
	r->score = rev_get(e, F_SCORE);
	r->quarantine = rev_get(e, F_QUARANTINE);
	r->tests = tests_of(a, e);
}

void
filter_also(struct arena *a, const struct rec_event *e, struct ans_rcpt *r)
{
	struct ans_rcpt other = { 0 };

	filter_fill(a, e, &other);
	if (!r->has_filter ||
	    ((r->state == OUT_DELIVERED || r->state == OUT_LEFT) &&
		filter_marked(a, &other).n && !filter_marked(a, r).n))
		filter_fill(a, e, r);
}

/* ", score 16.10 (GTUBE)"; "-" and "nan" when nothing was counted. */
static struct str
in_points(struct arena *a, const struct ans_rcpt *r)
{
	bool counted = r->score.n && !str_eq(r->score, STR("-")) &&
		       !str_eq(r->score, STR("nan"));

	return arena_printf(a, "%s" STR_FMT "%s" STR_FMT "%s",
	    counted ? ", score " : "", STR_ARG(counted ? r->score : STR("")),
	    r->tests.n ? " (" : "", STR_ARG(r->tests), r->tests.n ? ")" : "");
}

struct str
filter_said(struct arena *a, const struct life *l, const struct ans_rcpt *r)
{
	const struct rec_event *e = l ? l->filter.e : NULL;
	struct str by;

	if (!e || e->state == ST_PASSED || !r->has_filter || !r->verdict.n)
		return STR("");
	/* the names it found are the sender's words, as long as he likes */
	by = e->mta == MTA_RSPAMD ? rev_get(e, F_WHERE) : STR_NONE;
	return arena_printf(a, STR_FMT " said " STR_FMT "%s" STR_FMT,
	    STR_ARG(r->filter_name), STR_ARG(say_brief(a, r->verdict)),
	    by.n ? ", set by its " : "", STR_ARG(by.n ? by : in_points(a, r)));
}

struct str
filter_marked(struct arena *a, const struct ans_rcpt *r)
{
	if (!r->has_filter || !is_mark(r->filter_name, r->verdict))
		return STR("");
	return arena_printf(a, STR_FMT " marked it as spam" STR_FMT,
	    STR_ARG(r->filter_name), STR_ARG(in_points(a, r)));
}
