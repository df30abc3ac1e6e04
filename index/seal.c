/*
 * seal.c: closing days: what is live becomes one file that is never written
 * again.
 *
 * Late rows make a day live again, beside its sealed file.  Sealing takes the
 * sealed ones in only when they are not much larger than what is new, so that
 * a trickle of late rows does not rewrite a large day each time.
 */
#include "index/rewrite.h"
#include "base/banned.h"

enum {
	RATIO = 4,	/* a sealed file this much larger is left alone, */
	SEALED_MAX = 4, /* unless a day has so many of them */
};

/* The files of a day that one new file takes the place of. */
struct plan {
	struct part_info part[REWRITE_MAX];
	size_t n;
	uint64_t records;
};

static bool
planned(const struct plan *p, uint32_t id)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->part[i].id == id)
			return true;
	return false;
}

static void
plan_add(struct plan *p, const struct part_info *part)
{
	p->part[p->n++] = *part;
	p->records += part->records;
}

static void
plan_day(const struct writer *w, int32_t day, struct plan *p)
{
	const struct catalog *cat = &w->cat;
	size_t sealed = 0;

	*p = (struct plan){ .n = 0 };
	for (size_t i = 0; i < cat->n; i++) {
		const struct part_info *c = &cat->part[i];

		if (c->day != day)
			continue;
		sealed += c->sealed;
		if (!c->sealed && p->n < REWRITE_MAX &&
		    (!p->n || p->records + c->records < PART_RECORDS_MAX * 2))
			plan_add(p, c);
	}
	for (;;) { /* sealed ones, smallest first */
		const struct part_info *best = NULL;

		for (size_t i = 0; i < cat->n; i++) {
			const struct part_info *c = &cat->part[i];
			if (c->day == day && c->sealed && !planned(p, c->id) &&
			    (!best || c->records < best->records))
				best = c;
		}
		if (!p->n || !best || p->n == REWRITE_MAX ||
		    p->records + best->records > PART_RECORDS_MAX ||
		    (best->records > p->records * RATIO && sealed < SEALED_MAX))
			return;
		plan_add(p, best);
	}
}

static int
seal_day(struct writer *w, int32_t day, struct err *err)
{
	struct plan p;
	struct rewrite *r;
	int rc = 0;

	plan_day(w, day, &p);
	if (!p.n)
		return 0;
	wparts_close_day(w, day);
	r = rewrite_open(w, day, p.records, err);
	if (!r)
		return -1;
	for (size_t i = 0; i < p.n && rc == 0; i++)
		rc = rewrite_add(r, &p.part[i], 0, err);
	if (rc == 0)
		rc = rewrite_finish(r, err);
	rewrite_close(r);
	return rc;
}

/* The oldest day before `before` with a live file; false when none. */
static bool
next_live(const struct writer *w, int32_t before, int32_t *day)
{
	bool any = false;

	for (size_t i = 0; i < w->cat.n; i++) {
		const struct part_info *c = &w->cat.part[i];
		if (!c->sealed && c->day < before && (!any || c->day < *day)) {
			*day = c->day;
			any = true;
		}
	}
	return any;
}

int
writer_seal(struct writer *w, int64_t t_us, bool (*stop)(void *ctx), void *ctx,
    struct err *err)
{
	int32_t day = 0;

	if (w->failed || w->pending)
		return err_set(err, "cannot seal before a commit");
	w->failed = true; /* unless all of it works */
	while (next_live(w, day_of(t_us), &day)) {
		if (stop && stop(ctx))
			break;
		if (seal_day(w, day, err) < 0)
			return -1;
	}
	w->failed = false;
	return 0;
}
