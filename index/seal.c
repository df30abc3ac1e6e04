/*
 * seal.c: closing days: what is live becomes one file that is never written
 * again.
 *
 * Late rows make a day live again, beside its sealed file.  Sealing takes the
 * sealed ones in only when they are not much larger than what is new, so that
 * a trickle of late rows does not rewrite a large day each time.  Sealed files
 * that came whole from several hosts (writer_whole.c) are put together in the
 * same way.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/die.h"
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

/* The smallest sealed file of the day that is not in the plan; NULL: none. */
static const struct part_info *
smallest(const struct catalog *cat, int32_t day, const struct plan *p)
{
	const struct part_info *best = NULL;

	for (size_t i = 0; i < cat->n; i++) {
		const struct part_info *c = &cat->part[i];

		if (c->day == day && c->sealed && !planned(p, c->id) &&
		    (!best || c->records < best->records))
			best = c;
	}
	return best;
}

static void
plan_day(const struct writer *w, int32_t day, struct plan *p)
{
	const struct catalog *cat = &w->cat;
	const struct part_info *best;
	size_t sealed = 0;
	bool live;

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
	live = p->n > 0;
	if (!live && (best = smallest(cat, day, p)) != NULL)
		plan_add(p, best);
	while (p->n && p->n < REWRITE_MAX &&
	       (best = smallest(cat, day, p)) != NULL &&
	       p->records + best->records <= PART_RECORDS_MAX &&
	       (best->records <= p->records * RATIO ||
		   sealed >= (live ? SEALED_MAX : SEALED_MAX + 1)))
		plan_add(p, best);
	if (!live && p->n == 1)
		p->n = 0; /* it may stay */
}

/* The oldest of the days from..before with something to do; false: none. */
static bool
next_day(const struct writer *w, int32_t from, int32_t before, struct plan *p,
    int32_t *day)
{
	const struct part_info *c = w->cat.part;

	for (size_t end = w->cat.n, i; end > 0; end = i) { /* oldest last */
		i = end - 1;
		while (i > 0 && c[i - 1].day == c[i].day)
			i--;
		if (c[i].day < from || (end - i == 1 && c[i].sealed))
			continue;
		if (c[i].day >= before)
			break;
		plan_day(w, c[i].day, p);
		if (p->n) {
			*day = c[i].day;
			return true;
		}
	}
	return false;
}

/*
 * Days are sealed in two steps that need nothing of each other: taking the old
 * files in goes on in a thread for one day while the day before gets its index
 * and takes its place.
 */
struct sealing {
	struct plan p;
	struct rewrite *r;
	pthread_t thread;
	int rc;
	struct err err;
};

static void *
take_in(void *arg)
{
	struct sealing *s = arg;

	for (size_t i = 0; i < s->p.n && s->rc == 0; i++)
		s->rc = rewrite_add(s->r, &s->p.part[i], 0, &s->err);
	return NULL;
}

/* NULL and err when it cannot begin. */
static struct sealing *
seal_begin(struct writer *w, int32_t day, const struct plan *plan,
    struct err *err)
{
	struct sealing *s = xcalloc(1, sizeof(*s));

	s->p = *plan;
	s->r = rewrite_open(w, day, s->p.records, err);
	if (!s->r) {
		free(s);
		return NULL;
	}
	rewrite_take_day(s->r, day);
	if (pthread_create(&s->thread, NULL, take_in, s) != 0)
		die_nomem();
	return s;
}

/* Waits for the first step. */
static int
seal_taken(struct sealing *s, struct err *err)
{
	pthread_join(s->thread, NULL);
	if (s->rc < 0)
		*err = s->err;
	return s->rc;
}

static void
seal_end(struct sealing *s)
{
	if (!s)
		return;
	rewrite_close(s->r);
	free(s);
}

/* Each day from the oldest on, once; how many were sealed, or -1. */
static int
seal_days(struct writer *w, int32_t last, bool (*stop)(void *ctx), void *ctx,
    struct err *err)
{
	struct sealing *now = NULL, *next = NULL;
	int32_t day = INT32_MIN;
	struct plan plan;
	int rc = 0, n = 0;

	do {
		bool more = rc == 0 && !(stop && stop(ctx)) &&
			    next_day(w, day, last, &plan, &day);

		if (now && seal_taken(now, err) < 0)
			rc = -1;
		if (more && rc == 0) {
			next = seal_begin(w, day++, &plan, err);
			if (!next)
				rc = -1;
		}
		if (now && rc == 0) {
			rc = rewrite_finish(now->r, err);
			n++;
		}
		seal_end(now);
		now = next;
		next = NULL;
	} while (now);
	return rc < 0 ? -1 : n;
}

int
writer_seal(struct writer *w, int64_t t_us, bool (*stop)(void *ctx), void *ctx,
    struct err *err)
{
	int n;

	if (w->failed || w->pending)
		return err_set(err, "cannot seal before a commit");
	w->failed = true; /* unless all of it works */
	/* again: a day may have more files than one new one takes in */
	while ((n = seal_days(w, day_of(t_us), stop, ctx, err)) > 0)
		;
	if (n < 0)
		return -1;
	w->failed = false;
	return 0;
}
