/*
 * ingest_known.c: whether a source was read before: it is known by its first
 * bytes, wherever it stands now and however it is packed.
 */
#include <sys/stat.h>

#include "index/ingest_part.h"
#include "parsers/input.h"
#include "base/banned.h"

/*
 * A log that was short when it was read has a short print, and another file
 * may begin with all of it (Exim's reject log repeats lines of its main log).
 * When what was read still stands there as it was, the file at hand is not it.
 */
static bool
stands_there(const struct writer_source *old, const struct source *s,
    const struct print *pr)
{
	static const struct input_opts opts = { .nofollow = true };
	char head[INPUT_HEAD];
	struct stat st;
	struct err err;
	size_t n;

	if (pr->n >= INPUT_HEAD || !s->ino || !old->inode || s->stream ||
	    s->journal || (s->ino == old->inode && s->dev == old->dev) ||
	    stat(old->name.p, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_ino != old->inode ||
	    (uint64_t)st.st_dev != old->dev)
		return false;
	return input_head(old->name.p, &opts, head, sizeof(head), &n, NULL,
		   &err) == 0 &&
	       print_matches(pr, str_make(head, n));
}

/* Its print may cover less than is there now, when it was still short. */
struct writer_source *
ingest_known(const struct writer *w, const struct source *s, struct str first)
{
	for (size_t i = writer_source_count(w); i-- > 0;) {
		struct writer_source *old = writer_source_at(w, i);
		struct print pr;

		if (print_unpack(old->print, &pr) && pr.n &&
		    print_matches(&pr, first) &&
		    !(first.n > pr.n && stands_there(old, s, &pr)))
			return old;
	}
	return NULL;
}
