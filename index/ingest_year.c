/*
 * ingest_year.c: sources read before and sources read now tell each other the
 * year of stamps that print none.
 *
 * What has a year stands as an example for what comes later.  And the other
 * way round: a file whose year was a guess, because nothing was known then, is
 * looked at again in each later run as if it were given once more; when its
 * year becomes known and is another one, it is taken back and read again.  So
 * files may be read one by one in any order, whatever their own times are.
 */
#include <sys/stat.h>

#include "index/ingest_part.h"
#include "base/banned.h"

enum {
	YEAR_MARK = 'Y', /* no state of a reader begins with it */
	YEAR_STATE = 4,
	DOUBTS_MAX = 1000, /* files looked at again in a run */
};

void
year_save(struct buf *out, const struct year_state *y)
{
	buf_putc(out, YEAR_MARK);
	buf_putc(out, (char)(y->year >> 8));
	buf_putc(out, (char)(y->year & 255));
	buf_putc(out, (char)y->how);
}

struct year_state
year_load(struct str *state)
{
	struct year_state y = { 0, YEAR_SURE };
	const unsigned char *p = (const unsigned char *)state->p;

	if (state->n < YEAR_STATE || p[0] != YEAR_MARK || p[3] > YEAR_GUESS)
		return y;
	y.year = p[1] << 8 | p[2];
	y.how = (enum year_how)p[3];
	*state = str_from(*state, YEAR_STATE);
	return y;
}

void
year_past_load(struct year_past *p, const struct writer *w)
{
	for (size_t i = 0; i < writer_source_count(w); i++) {
		const struct writer_source *s = writer_source_at(w, i);
		struct str state = s->state;
		struct year_state y = year_load(&state);
		const char *path = arena_cstr(&p->arena, s->name);
		struct stat st;

		if (y.how == YEAR_SURE && s->t0_us) {
			arena_grow(&p->arena, p->known, p->nknown, p->cknown);
			p->known[p->nknown++] =
			    (struct source_known){ path, s->t0_us, s->t1_us };
		} else if (y.how == YEAR_GUESS && y.year &&
			   p->ndoubt < DOUBTS_MAX && stat(path, &st) == 0 &&
			   S_ISREG(st.st_mode)) {
			arena_grow(&p->arena, p->doubt, p->ndoubt, p->cdoubt);
			p->doubt[p->ndoubt++] = path;
		}
	}
}

void
year_past_release(struct year_past *p)
{
	arena_release(&p->arena);
	*p = (struct year_past){ 0 };
}

bool
year_wrong(struct writer *w, struct writer_source *src,
    const struct source *now)
{
	struct str rest = src->state;
	struct year_state y = year_load(&rest);
	struct buf b = BUF_INIT(1 << 24);

	if (y.how != YEAR_GUESS || !y.year || now->year_how == YEAR_GUESS)
		return false;
	if (y.year != now->year)
		return true;
	y.how = now->year_how;
	year_save(&b, &y);
	buf_add(&b, rest);
	writer_source_set_state(w, src, buf_str(&b));
	buf_release(&b);
	return false;
}
