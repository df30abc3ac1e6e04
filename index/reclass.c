/*
 * reclass.c: stored failures under the rules of today (reclass.h).
 *
 * Records are not changed where they lie: a day file is rewritten, groups
 * without a difference go over as they are.
 */
#include "index/reclass.h"
#include "index/rewrite.h"
#include "index/why.h"
#include "base/banned.h"

struct edit {
	struct reclass *rc;
	struct arena arena; /* of one record */
	const char *version;
};

bool
reclass_event(struct classifier *cl, const struct rec_event *ev,
    struct classify_out *now)
{
	struct classify_in in;

	if (!why_rec(ev, &in))
		return false;
	classify(cl, &in, now);
	return now->cls != CLS_NONE;
}

bool
reclass_differs(const struct rec_event *ev, const struct classify_out *now)
{
	return !str_eq(rev_get(ev, F_CLASS), str_c(cls_name(now->cls))) ||
	       !str_eq(rev_get(ev, F_RULE), str_c(now->rule));
}

/* The event with its class, in the arena. */
static struct rec_event
with_class(struct edit *e, const struct rec_event *ev,
    const struct classify_out *now)
{
	static const char *const digits[] = { "0", "1", "2", "3" };
	const uint64_t ours = (uint64_t)1 << F_CLASS | (uint64_t)1 << F_RULE |
			      (uint64_t)1 << F_CONFIDENCE |
			      (uint64_t)1 << F_RULES;
	struct rec_event out = *ev;
	struct str *f = arena_array(&e->arena, struct str, F_COUNT);
	size_t n = 0;

	out.mask |= ours;
	for (int k = 0; k < F_COUNT; k++) {
		if (!(out.mask >> k & 1))
			continue;
		f[n++] = k == F_CLASS ? str_c(cls_name(now->cls)) :
			 k == F_RULE  ? str_c(now->rule) :
			 k == F_CONFIDENCE ?
				       str_c(digits[now->confidence & 3]) :
			 k == F_RULES ? str_c(e->version) :
					rev_get(ev, (enum field)k);
	}
	out.f = f;
	return out;
}

static bool
changes(const struct edit *e, const struct rec_event *ev,
    struct classify_out *now)
{
	return ev->t_us >= e->rc->from_us &&
	       reclass_event(e->rc->cl, ev, now) && reclass_differs(ev, now);
}

static bool
any_changes(void *ctx, const struct record *rec)
{
	struct classify_out now;

	for (size_t i = 0; i < rec->n; i++)
		if (changes(ctx, &rec->ev[i], &now))
			return true;
	return false;
}

static void
edit(void *ctx, const struct record *rec, struct record *out)
{
	struct edit *e = ctx;
	struct classify_out now;

	arena_clear(&e->arena);
	*out = *rec;
	out->ev = arena_array(&e->arena, struct rec_event, rec->n);
	for (size_t i = 0; i < rec->n; i++) {
		out->ev[i] = rec->ev[i];
		if (changes(e, &rec->ev[i], &now)) {
			out->ev[i] = with_class(e, &rec->ev[i], &now);
			e->rc->changed++;
		}
	}
}

int
writer_reclassify(struct writer *w, struct reclass *rc, struct err *err)
{
	struct edit e = { .rc = rc, .version = classifier_version(rc->cl) };
	const struct rewrite_how how = { .test = any_changes,
		.edit = edit,
		.ctx = &e };
	struct catalog old = { NULL, 0 };
	int did = 0;

	rc->changed = rc->files = 0;
	if (w->failed || w->pending)
		return err_set(err, "cannot reclassify before a commit");
	w->failed = true; /* unless all of it works */
	if (catalog_load(w->control, &old, err) < 0)
		return -1;
	for (size_t i = 0; i < old.n && did >= 0; i++) {
		if (old.part[i].t1 < rc->from_us)
			continue;
		did = rewrite_one(w, &old.part[i], &how, err);
		rc->files += did > 0;
	}
	catalog_release(&old);
	arena_release(&e.arena);
	if (did < 0)
		return -1;
	w->failed = false;
	return 0;
}
