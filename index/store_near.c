/*
 * store_near.c: addresses like one that was not found: typing errors.
 *
 * The address sections of all groups are looked at, newest day first; they
 * stand alone and hold each address of a group once (some 50 ms for a GiB of
 * log).  Most addresses are passed over by their length.
 */
#include <stdlib.h>

#include "base/die.h"
#include "base/map.h"
#include "index/store_part.h"
#include "base/banned.h"

enum {
	DISTANCE = 2,	     /* of the whole address */
	DOMAIN_DISTANCE = 3, /* of the domain, with the same local part */
	ADDR_MAX = 128,	     /* longer ones are not compared */
	LOOK_MAX = 20000000, /* addresses looked at */
};

struct near {
	char want[ADDR_MAX];
	size_t n, local; /* local: bytes before the '@', or n */
	size_t stem;	 /* bytes before the last dot of the domain, or 0 */
	uint64_t letters;
	struct arena *a;
	struct str *out;
	int *rank;
	size_t nout, max;
	size_t looked;
};

/*
 * Edits (insert, delete, replace, swap of neighbours) from a to b, or limit
 * + 1 when there are more.
 */
static int
distance(const char *a, size_t na, const char *b, size_t nb, int limit)
{
	int row[3][ADDR_MAX + 1];
	int *before = row[0], *prev = row[1], *cur = row[2];

	if ((na > nb ? na - nb : nb - na) > (size_t)limit)
		return limit + 1;
	for (size_t j = 0; j <= nb; j++)
		prev[j] = (int)j;
	for (size_t i = 1; i <= na; i++) {
		int best = cur[0] = (int)i, *t;

		for (size_t j = 1; j <= nb; j++) {
			int v = prev[j - 1] + (a[i - 1] != b[j - 1]);

			if (prev[j] + 1 < v)
				v = prev[j] + 1;
			if (cur[j - 1] + 1 < v)
				v = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < v)
				v = before[j - 2] + 1;
			cur[j] = v;
			if (v < best)
				best = v;
		}
		if (best > limit)
			return limit + 1;
		t = before;
		before = prev;
		prev = cur;
		cur = t;
	}
	return prev[nb];
}

/* Which characters it has; an edit changes two bits at most. */
static uint64_t
letters(const char *v, size_t n)
{
	uint64_t m = 0;

	for (size_t i = 0; i < n; i++)
		m |= UINT64_C(1) << (v[i] & 63);
	return m;
}

/* How near an address is: 1 is nearest; 0 not at all, or the same. */
static int
rank_of(const struct near *s, const char *v, size_t n)
{
	const char *at = memrchr(v, '@', n), *dot;
	size_t local = at ? (size_t)(at - v) : n;
	int d;

	if (at && s->local < s->n && local == s->local &&
	    memcmp(v, s->want, local) == 0) {
		d = distance(s->want + local, s->n - local, at, n - local,
		    DOMAIN_DISTANCE);
		if (d <= DOMAIN_DISTANCE)
			return d;
		dot = memrchr(v, '.', n); /* .example for .test */
		return s->stem && dot && (size_t)(dot - v) == s->stem &&
			       memcmp(v, s->want, s->stem) == 0 ?
			   DOMAIN_DISTANCE + 1 :
			   0;
	}
	if ((n > s->n ? n - s->n : s->n - n) > DISTANCE ||
	    (int)bits_set(letters(v, n) ^ s->letters) > 2 * DISTANCE)
		return 0;
	d = distance(s->want, s->n, v, n, DISTANCE);
	return d <= DISTANCE ? d : 0;
}

/* A list of recipients stands among the addresses as one text. */
static bool
is_list(struct str text)
{
	return *text.p == '<' || str_chr(text, ' ') >= 0 ||
	       str_chr(text, ',') >= 0;
}

static void
look(void *ctx, size_t record, struct str text)
{
	struct near *s = ctx;
	char v[ADDR_MAX];
	size_t at;
	int rank;

	(void)record;
	s->looked++;
	if (text.n == 0 || text.n > ADDR_MAX || is_list(text))
		return;
	for (size_t i = 0; i < text.n; i++)
		v[i] = to_lower(text.p[i]);
	rank = rank_of(s, v, text.n);
	if (!rank)
		return;
	for (size_t i = 0; i < s->nout; i++)
		if (str_eq(s->out[i], str_make(v, text.n)))
			return;
	if (s->nout == s->max) {
		if (s->rank[s->max - 1] <= rank)
			return;
		s->nout--;
	}
	for (at = s->nout; at > 0 && s->rank[at - 1] > rank; at--) {
		s->rank[at] = s->rank[at - 1];
		s->out[at] = s->out[at - 1];
	}
	s->rank[at] = rank;
	s->out[at] = arena_dup(s->a, str_make(v, text.n));
	s->nout++;
}

static int
look_at(struct store *st, struct rpart *p, struct near *s)
{
	sqlite3_stmt *q =
	    db_prep(p->db, "SELECT id FROM dir ORDER BY id", NULL);
	int rc = q ? 0 : -1;

	while (
	    rc >= 0 && s->looked < LOOK_MAX && (rc = db_step(q, NULL)) == 1) {
		struct str sec;

		rc = group_io_one(&p->io, (uint32_t)sqlite3_column_int64(q, 0),
		    SEG_ADDR, &sec, NULL);
		if (rc == 0)
			rc = seg_addresses(st->dec, sec, look, s, NULL);
	}
	sqlite3_finalize(q);
	group_io_reset(&p->io);
	return rc;
}

int
store_near(struct store *st, struct arena *a, struct str addr, struct str *out,
    size_t max)
{
	struct near s = { .a = a, .out = out, .max = max };
	ptrdiff_t at = str_rchr(addr, '@');

	if (addr.n == 0 || addr.n > ADDR_MAX || max == 0 ||
	    store_refresh(st, NULL) < 0)
		return 0;
	for (size_t i = 0; i < addr.n; i++)
		s.want[i] = to_lower(addr.p[i]);
	s.n = addr.n;
	s.local = at < 0 ? addr.n : (size_t)at;
	at = str_rchr(addr, '.');
	s.letters = letters(s.want, s.n);
	s.stem = at > (ptrdiff_t)s.local + 1 ? (size_t)at : 0;
	s.rank = xcalloc(max, sizeof(*s.rank));
	for (size_t i = 0; i < st->cat.n && s.looked < LOOK_MAX; i++) {
		bool gone;
		struct rpart *p = store_part(st, &st->cat.part[i], &gone, NULL);

		if (!p)
			continue; /* replaced just now: a hint can miss it */
		look_at(st, p, &s);
		store_part_done(st, p);
	}
	free(s.rank);
	return (int)s.nout;
}
