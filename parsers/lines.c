/*
 * lines.c: memchr for the common line, a copy for the one that crosses the
 * end of a block.
 */
#include "parsers/lines.h"
#include "base/banned.h"

void
lines_init(struct lines *l, struct input *in, uint64_t offset, uint64_t number)
{
	*l = (struct lines){ .in = in, .offset = offset, .number = number };
	buf_init(&l->carry, LINE_MAX_BYTES);
}

void
lines_release(struct lines *l)
{
	buf_release(&l->carry);
}

/* Takes out NULs; the line is copied for it. */
static void
drop_nuls(struct lines *l, struct line *ln)
{
	struct str raw = ln->raw;
	size_t n = 0;

	if (raw.p != l->carry.p) {
		buf_clear(&l->carry);
		buf_add(&l->carry, raw);
	}
	for (size_t i = 0; i < raw.n; i++)
		if (l->carry.p[i])
			l->carry.p[n++] = l->carry.p[i];
	l->carry.n = n;
	ln->raw = str_make(l->carry.p, n);
	ln->flags |= LINE_NUL;
}

static void
finish(struct lines *l, struct line *ln, struct str raw, uint64_t bytes,
    unsigned flags)
{
	ln->flags = flags;
	if (raw.n > LINE_MAX_BYTES) {
		l->dropped += raw.n - LINE_MAX_BYTES;
		raw.n = LINE_MAX_BYTES;
		ln->flags |= LINE_CUT;
	}
	if (raw.n && raw.p[raw.n - 1] == '\r')
		raw.n--;
	ln->raw = raw;
	ln->offset = l->offset;
	ln->number = ++l->number;
	l->offset += bytes;
	if (raw.n && memchr(raw.p, '\0', raw.n))
		drop_nuls(l, ln);
	if (ln->number == 1 && str_starts(ln->raw, STR("\xEF\xBB\xBF")))
		ln->raw = str_from(ln->raw, 3);
}

int
lines_next(struct lines *l, struct line *ln, struct err *err)
{
	uint64_t carried = 0;

	buf_clear(&l->carry);
	for (;;) {
		const char *nl = l->block.n ?
		    memchr(l->block.p, '\n', l->block.n) :
		    NULL;
		int rc;

		if (nl) {
			size_t n = (size_t)(nl - l->block.p);
			struct str head = str_head(l->block, n);

			l->block = str_from(l->block, n + 1);
			if (!carried) {
				finish(l, ln, head, n + 1, 0);
				return 1;
			}
			buf_add(&l->carry, str_head(head,
			    l->carry.max - l->carry.n));
			carried += n;
			finish(l, ln, buf_str(&l->carry), carried + 1,
			    carried > LINE_MAX_BYTES ? LINE_CUT : 0);
			return 1;
		}
		if (l->block.n) {
			buf_add(&l->carry, str_head(l->block,
			    l->carry.max - l->carry.n));
			carried += l->block.n;
		}
		rc = input_next(l->in, &l->block, err);
		if (rc == 1)
			continue;
		l->block = STR_NONE;
		if (rc < 0)
			return -1;
		if (!carried || !l->whole)
			return 0;
		finish(l, ln, buf_str(&l->carry), carried,
		    carried > LINE_MAX_BYTES ? LINE_CUT : 0);
		return 1;
	}
}
