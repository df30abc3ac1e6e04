/*
 * rewrite_one.c: a day file that is rewritten by itself.
 */
#include "index/rewrite.h"
#include "base/banned.h"

int
rewrite_one(struct writer *w, const struct part_info *info,
    const struct rewrite_how *how, struct err *err)
{
	struct rewrite *r;
	int rc = part_any(w, info, how->test, how->ctx, err);

	if (rc <= 0)
		return rc;
	wparts_close_day(w, info->day);
	r = rewrite_open(w, info->day, info->records, err);
	if (!r)
		return -1;
	if (how->edit)
		rewrite_edit(r, how->test, how->edit, how->ctx);
	rc = rewrite_add(r, info, how->drop, err);
	if (rc == 0)
		rc = rewrite_finish(r, err);
	rewrite_close(r);
	return rc < 0 ? -1 : 1;
}
