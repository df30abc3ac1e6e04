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
settle(struct source *s, struct look *lk, int year)
{
	const struct year_hint *h = &lk->hint;

	s->year = year;
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

/*
 * The stretches of time that known sources of a folder (NULL: all) cover;
 * those that nearly touch are one.
 */
static size_t
known_spans(const struct source *s, const struct look *lk, size_t n,
    const char *folder, struct span *out)
{
	size_t len = folder ? folder_len(folder) : 0, m = 0, k = 0;

	for (size_t i = 0; i < n; i++) {
		/* where the operator had to say the year is no example */
		if (s[i].error || s[i].stream || !s[i].stamped ||
		    !(s[i].dated || (lk[i].known && !lk[i].hint.given)))
			continue;
		if (folder && (folder_len(s[i].path) != len ||
				  memcmp(s[i].path, folder, len) != 0))
			continue;
		out[m++] = (struct span){ s[i].first_us,
			s[i].last_us ? s[i].last_us : s[i].first_us };
	}
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

/* The year that brings a source nearest to one of the spans. */
static int
nearest_year(const struct source *s, const struct look *lk,
    const struct span *span, size_t n)
{
	struct year_hint h = lk->hint;
	int64_t least = INT64_MAX;
	int best = 0;

	for (size_t i = n; i-- > 0;) {
		int64_t from, to, dist;
		int year;

		h.anchor_from_us = span[i].from;
		h.anchor_to_us = span[i].to;
		year = stamp_first_year(&h, s->zone);
		from = moment(s, &h.first, year);
		to =
		    h.has_last ? moment(s, &h.last, year + (int)h.wraps) : from;
		dist = to < span[i].from ? span[i].from - to :
		       from > span[i].to ? from - span[i].to :
					   0;
		if (dist < least) {
			least = dist;
			best = year;
		}
	}
	return best;
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

/* Those with that given year (0: none was given). */
static void
lay_out(struct source *s, struct look *lk, size_t n, int given)
{
	struct arc *arc = xcalloc(n + 1, sizeof(*arc));
	size_t m = 0, cut = 0;
	int64_t widest = -1, reach = INT64_MIN;

	for (size_t i = 0; i < n; i++) {
		if (!open_question(&s[i], &lk[i]) || lk[i].hint.given != given)
			continue;
		settle(&s[i], &lk[i], stamp_first_year(&lk[i].hint, s[i].zone));
		arc[m++] = (struct arc){ i, s[i].first_us,
			s[i].last_us ? s[i].last_us : s[i].first_us };
	}
	if (m > 1)
		qsort(arc, m, sizeof(*arc), by_from);
	/* each is in its latest year now; see whether those behind a hole of
	 * half a year end where the others began */
	for (size_t k = 0; k < m; k++) {
		if (k && arc[k].from - reach > widest) {
			widest = arc[k].from - reach;
			cut = k;
		}
		if (arc[k].to > reach)
			reach = arc[k].to;
	}
	/* from the last line to the first one a year later */
	if (m > 1 && widest > 180 * DAY_US &&
	    arc[0].from + 365 * DAY_US - reach < NEAR_DAYS * DAY_US)
		for (size_t k = cut; k < m; k++) {
			struct source *one = &s[arc[k].i];

			settle(one, &lk[arc[k].i], one->year - 1);
		}
	free(arc);
}

/* What is known of the same folder, else of any. */
static void
by_neighbours(struct source *s, struct look *lk, size_t n)
{
	struct span *all = xcalloc(n + 1, sizeof(*all));
	struct span *near = xcalloc(n + 1, sizeof(*near));
	size_t nall = known_spans(s, lk, n, NULL, all), nnear = 0;
	const char *folder = NULL;

	/* those settled here are no neighbours for the next */
	for (size_t i = 0; i < n && nall; i++) {
		int year;

		if (!open_question(&s[i], &lk[i]))
			continue;
		if (!folder || folder_len(folder) != folder_len(s[i].path) ||
		    memcmp(folder, s[i].path, folder_len(folder)) != 0) {
			folder = s[i].path;
			nnear = known_spans(s, lk, n, folder, near);
		}
		year = nearest_year(&s[i], &lk[i], nnear ? near : all,
		    nnear ? nnear : nall);
		settle(&s[i], &lk[i], year);
	}
	free(all);
	free(near);
}

void
source_years(struct source *s, struct look *lk, size_t n)
{
	bool count = times_count(s, lk, n);
	int year;

	for (size_t i = 0; i < n; i++) {
		if (!open_question(&s[i], &lk[i]))
			continue;
		if (!count)
			lk[i].hint.mtime_us = 0;
		if (lk[i].hint.given) { /* of the last line of them all */
			lay_out(s, lk, n, lk[i].hint.given);
		} else if (lk[i].mixed) { /* its own later stamps tell */
			lk[i].hint.anchor_from_us = lk[i].dated_us;
			lk[i].hint.anchor_to_us = lk[i].dated_us;
			lk[i].hint.mtime_us = 0;
			settle(&s[i], &lk[i],
			    stamp_first_year(&lk[i].hint, s[i].zone));
		}
	}
	for (size_t i = 0; i < n; i++)
		if (open_question(&s[i], &lk[i]) && count &&
		    time_fits(&s[i], &lk[i], &year))
			settle(&s[i], &lk[i], year);
	by_neighbours(s, lk, n);
	lay_out(s, lk, n, 0);
}
