/*
 * source_year.c: years for sources whose stamps print none, all together.
 *
 * A file's time is worth something only if the files' times agree with their
 * last lines: in a copy they are all the same.  Where nothing is known at all,
 * the files of a run are laid on the circle of the year and the circle is cut
 * in its largest gap, so that December and January stay neighbours.
 */
#include <stdlib.h>

#include "base/die.h"
#include "parsers/source_part.h"
#include "base/banned.h"

enum {
	ROTATION_DAYS = 45, /* a file is usually rotated within */
	NEAR_DAYS = 15,	    /* files of one set are not further apart */
	FAR_DAYS = 100,	    /* what is, is no example for the other */
	HOLE_DAYS = 180,    /* in what was written over a new year */
	DATED_WEIGHT = 4,   /* a file with years knows better */
};

#define DAY_US (INT64_C(86400) * 1000000)

static int64_t
moment(const struct source *s, const struct stamp *st, int year)
{
	return zone_to_utc(s->zone, stamp_local_s(st, year), INT64_MIN, NULL,
		   NULL) *
		   1000000 +
	       st->us;
}

static void
settle(struct source *s, struct look *lk, int year, enum year_how how)
{
	const struct year_hint *h = &lk->hint;

	s->year = year;
	s->year_how = how;
	s->first_us = moment(s, &h->first, year);
	s->last_us = h->has_last && lk->full ?
			 moment(s, &h->last, year + (int)h->wraps) :
			 0;
	lk->known = true;
}

static bool
open_question(const struct source *s, const struct look *lk)
{
	return !s->error && s->stamped && !s->dated && !s->stream && !lk->known;
}

/*
 * Whether the last line was written about when the file was; where the last
 * line is not known, the first one not long before.
 */
static bool
time_fits(const struct source *s, const struct look *lk, int *year)
{
	struct year_hint h = lk->hint;
	int64_t late;

	if (h.mtime_us <= 0)
		return false;
	h.anchor_from_us = h.anchor_to_us = 0;
	h.given = 0;
	*year = stamp_first_year(&h, s->zone);
	late = h.mtime_us -
	       moment(s, h.has_last ? &h.last : &h.first, *year + (int)h.wraps);
	return late > -DAY_US &&
	       late < (h.has_last ? 1 : ROTATION_DAYS) * DAY_US;
}

/* More files whose time fits than others. */
static bool
times_count(const struct source *s, const struct look *lk, size_t n)
{
	size_t good = 0, bad = 0;
	int year;

	for (size_t i = 0; i < n; i++) {
		if (s[i].error || s[i].stream || !s[i].stamped)
			continue;
		if (s[i].dated) {
			if (s[i].last_us &&
			    llabs(s[i].mtime_us - s[i].last_us) < DAY_US)
				good++;
			else if (s[i].last_us)
				bad += DATED_WEIGHT;
		} else if (lk[i].hint.has_last) {
			if (time_fits(&s[i], &lk[i], &year))
				good++;
			else
				bad++;
		}
	}
	return good > bad;
}

static size_t
folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

struct span {
	int64_t from, to;
};

static int
by_span(const void *x, const void *y)
{
	const struct span *a = x, *b = y;

	return a->from < b->from ? -1 : a->from > b->from;
}

static bool
same_folder(const char *path, const char *folder)
{
	size_t len = folder_len(folder);

	return folder_len(path) == len && memcmp(path, folder, len) == 0;
}

/*
 * The stretches of time that known sources of a folder (NULL: all) cover;
 * those that nearly touch are one.
 */
static size_t
known_spans(const struct source *s, const struct look *lk, size_t n,
    const struct source_say *say, const char *folder, struct span *out)
{
	size_t m = 0, k = 0;

	for (size_t i = 0; i < n; i++) {
		/* where the operator had to say the year is no example */
		if (s[i].error || s[i].stream || !s[i].stamped ||
		    !(s[i].dated || (lk[i].known && !lk[i].hint.given)))
			continue;
		if (folder && !same_folder(s[i].path, folder))
			continue;
		out[m++] = (struct span){ s[i].first_us,
			s[i].last_us ? s[i].last_us : s[i].first_us };
	}
	for (size_t i = 0; i < say->nknown; i++)
		if (!folder || same_folder(say->known[i].path, folder))
			out[m++] = (struct span){ say->known[i].first_us,
				say->known[i].last_us };
	if (m > 1)
		qsort(out, m, sizeof(*out), by_span);
	for (size_t i = 1; i < m; i++) {
		if (out[i].from > out[k].to + NEAR_DAYS * DAY_US)
			out[++k] = out[i];
		else if (out[i].to > out[k].to)
			out[k].to = out[i].to;
	}
	return m ? k + 1 : 0;
}

/* How far a source is from the nearest of the spans, if it is of that year. */
static int64_t
distance(const struct source *s, const struct look *lk, int year,
    const struct span *span, size_t n)
{
	const struct year_hint *h = &lk->hint;
	int64_t from = moment(s, &h->first, year);
	int64_t to =
	    h->has_last ? moment(s, &h->last, year + (int)h->wraps) : from;
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		int64_t d = to < span[i].from ? span[i].from - to :
			    from > span[i].to ? from - span[i].to :
						0;

		if (d < least)
			least = d;
	}
	return least;
}

/*
 * The year that brings a source nearest to one of the spans; the latest that
 * can be, if that goes on from one: a store may cover the whole year before.  0: none of
 * them is near.
 */
static int
nearest_year(const struct source *s, const struct look *lk,
    const struct span *span, size_t n)
{
	struct year_hint h = lk->hint;
	int best, year;
	int64_t least;

	if (!n)
		return 0;
	h.mtime_us = 0;
	best = stamp_first_year(&h, s->zone);
	least = distance(s, lk, best, span, n);
	for (size_t i = n; i-- > 0 && least > NEAR_DAYS * DAY_US;) {
		int64_t dist;

		h.anchor_from_us = span[i].from;
		h.anchor_to_us = span[i].to;
		year = stamp_first_year(&h, s->zone);
		dist = distance(s, lk, year, span, n);
		if (dist < least) {
			least = dist;
			best = year;
		}
	}
	return least <= FAR_DAYS * DAY_US ? best : 0;
}

/* ---- nothing is known: the circle of the year ---- */

struct arc {
	size_t i;
	int64_t from, to; /* in the year that ends now */
};

static int
by_from(const void *x, const void *y)
{
	const struct arc *a = x, *b = y;

	return a->from < b->from ? -1 : a->from > b->from;
}

static bool
in_future(const struct look *lk, const struct arc *a)
{
	return a->to > lk->hint.now_us + DAY_US;
}

/*
 * Those with that given year (0: none was given).  Each is put into its latest
 * year.  What is in the future then (not if all is) is of the year before; so is
 * what comes after a hole, if it ends where the first begin.
 */
static void
lay_out(struct source *s, struct look *lk, size_t n, int given, const void *set)
{
	enum year_how how = given ? YEAR_SAID : YEAR_GUESS;
	struct arc *arc = xcalloc(n + 1, sizeof(*arc));
	size_t m = 0, cut = 0, past = 0, kept = 0;
	int64_t widest = -1, reach = INT64_MIN;

	for (size_t i = 0; i < n; i++) {
		if (!open_question(&s[i], &lk[i]) ||
		    lk[i].hint.given != given || lk[i].set != set)
			continue;
		settle(&s[i], &lk[i], stamp_first_year(&lk[i].hint, s[i].zone),
		    how);
		arc[m++] = (struct arc){ i, s[i].first_us,
			s[i].last_us ? s[i].last_us : s[i].first_us };
	}
	if (m > 1)
		qsort(arc, m, sizeof(*arc), by_from);
	for (size_t k = 0; k < m; k++)
		past += !in_future(&lk[arc[k].i], &arc[k]);
	for (size_t k = 0, end = past ? m : 0; k < end; k++) {
		struct source *one = &s[arc[k].i];

		if (!in_future(&lk[arc[k].i], &arc[k]))
			arc[kept++] = arc[k];
		else
			settle(one, &lk[arc[k].i], one->year - 1, how);
	}
	if (past)
		m = kept;
	for (size_t k = 0; k < m; k++) {
		if (k && arc[k].from - reach > widest) {
			widest = arc[k].from - reach;
			cut = k;
		}
		if (arc[k].to > reach)
			reach = arc[k].to;
	}
	/* from the last line to the first one a year later */
	if (m > 1 && widest > HOLE_DAYS * DAY_US &&
	    arc[0].from + 365 * DAY_US - reach < NEAR_DAYS * DAY_US)
		for (size_t k = cut; k < m; k++) {
			struct source *one = &s[arc[k].i];

			settle(one, &lk[arc[k].i], one->year - 1, how);
		}
	free(arc);
}

/* What is known of the same folder, else of any. */
static void
by_neighbours(struct source *s, struct look *lk, size_t n,
    const struct source_say *say)
{
	size_t most = n + say->nknown + 1;
	struct span *all = xcalloc(most, sizeof(*all));
	struct span *near = xcalloc(most, sizeof(*near));
	size_t nall = known_spans(s, lk, n, say, NULL, all), nnear = 0;
	const char *folder = NULL;

	/* those settled here are no neighbours for the next */
	for (size_t i = 0; i < n && nall; i++) {
		int year;

		if (!open_question(&s[i], &lk[i]))
			continue;
		if (!folder || !same_folder(s[i].path, folder)) {
			folder = s[i].path;
			nnear = known_spans(s, lk, n, say, folder, near);
		}
		year = nearest_year(&s[i], &lk[i], near, nnear);
		if (!year)
			year = nearest_year(&s[i], &lk[i], all, nall);
		if (year)
			settle(&s[i], &lk[i], year, YEAR_SURE);
	}
	free(all);
	free(near);
}

void
source_years(struct source *s, struct look *lk, size_t n,
    const struct source_say *say)
{
	bool count = times_count(s, lk, n);
	int year;

	for (size_t i = 0; i < n; i++) {
		if (!open_question(&s[i], &lk[i]))
			continue;
		if (!count)
			lk[i].hint.mtime_us = 0;
		if (lk[i].hint.given) { /* of the last line of them all */
			lay_out(s, lk, n, lk[i].hint.given, lk[i].set);
		} else if (lk[i].mixed) { /* its own later stamps tell */
			lk[i].hint.anchor_from_us = lk[i].dated_us;
			lk[i].hint.anchor_to_us = lk[i].dated_us;
			lk[i].hint.mtime_us = 0;
			settle(&s[i], &lk[i],
			    stamp_first_year(&lk[i].hint, s[i].zone),
			    YEAR_SURE);
		} else {
			lk[i].set = NULL;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (open_question(&s[i], &lk[i]) && count &&
		    time_fits(&s[i], &lk[i], &year))
			settle(&s[i], &lk[i], year, YEAR_SURE);
	by_neighbours(s, lk, n, say);
	lay_out(s, lk, n, 0, NULL);
}
