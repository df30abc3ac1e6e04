/*
 * join.c: see join.h.  A native line (Exim's own files) is held until the
 * next one shows whether it goes on; all others pass straight through.
 */
#include "parsers/join.h"
#include "base/banned.h"

void
join_init(struct join *j)
{
	*j = (struct join){ 0 };
	buf_init(&j->held, JOIN_BYTES);
	buf_init(&j->spare, JOIN_BYTES);
	for (int i = 0; i < JOIN_SLOTS; i++)
		buf_init(&j->part[i].text, JOIN_BYTES);
}

void
join_release(struct join *j)
{
	buf_release(&j->held);
	buf_release(&j->spare);
	for (int i = 0; i < JOIN_SLOTS; i++)
		buf_release(&j->part[i].text);
}

/* The held line, moved where the next one does not overwrite it. */
static struct line
give(struct join *j)
{
	struct line ln = j->line;

	ln.raw = ln.text = buf_str(&j->held);
	j->holding = false;
	return ln;
}

bool
join_end(struct join *j, struct line *out)
{
	if (!j->holding)
		return false;
	*out = give(j);
	return true;
}

/* "(28972-09) " at the start: the bytes up to and with ')'. */
static struct str
amavis_key(struct str text)
{
	ptrdiff_t i;

	if (!text.n || text.p[0] != '(')
		return STR_NONE;
	i = str_chr(str_head(text, 40), ')');
	return i < 0 ? STR_NONE : str_head(text, (size_t)i + 1);
}

static bool
is_amavis(const struct line *ln)
{
	return ln->prog.n >= 6 && str_starts(ln->prog, STR("amavis"));
}

/* True when the line is put aside to wait for its rest. */
static bool
amavis(struct join *j, struct line *ln)
{
	struct str key = amavis_key(ln->text), rest;
	int slot = -1, old = 0;
	bool more;

	if (!key.n)
		return false;
	rest = str_from(ln->text, key.n);
	more = str_ends(ln->text, STR("..."));
	for (int i = 0; i < JOIN_SLOTS; i++) {
		if (j->part[i].key_n &&
		    str_eq(str_make(j->part[i].key, j->part[i].key_n), key))
			slot = i;
		if (j->part[i].age < j->part[old].age)
			old = i;
	}
	if (str_starts(rest, STR(" ..."))) {
		if (slot < 0)
			return false; /* its beginning was never seen */
		rest = str_from(rest, 4);
		if (more)
			rest.n -= 3;
		buf_add(&j->part[slot].text, rest);
		if (more)
			return true;
		ln->text = buf_str(&j->part[slot].text);
		ln->flags |= LINE_JOINED;
		ln->flags &= ~(unsigned)LINE_CANON_HDR;
		j->part[slot].key_n = 0;
		j->part[slot].age = 0;
		return false;
	}
	if (!more)
		return false;
	if (slot < 0)
		slot = old;
	buf_clear(&j->part[slot].text);
	buf_add(&j->part[slot].text, str_head(ln->text, ln->text.n - 3));
	memcpy(j->part[slot].key, key.p, key.n);
	j->part[slot].key_n = key.n;
	j->part[slot].age = ++j->clock;
	return true;
}

int
join_line(struct join *j, struct line *ln, struct line out[2])
{
	int n = 0;

	if (j->holding) {
		if (ln->frame == FRAME_NONE) {
			buf_putc(&j->held, '\n');
			buf_add(&j->held, str_head(ln->raw,
			    j->held.max - j->held.n));
			j->line.flags |= LINE_JOINED;
			return 0;
		}
		if (ln->frame != FRAME_NATIVE) {
			out[n++] = give(j);
			out[n++] = *ln;
			return n;
		}
		/* two natives: give the first, hold the second; the first's
		 * bytes must outlive this call */
		struct buf t = j->held;

		out[n++] = give(j);
		j->held = j->spare;
		j->spare = t;
		out[0].raw = out[0].text = buf_str(&j->spare);
	}
	if (ln->frame == FRAME_NATIVE) {
		buf_clear(&j->held);
		buf_add(&j->held, str_head(ln->raw, j->held.max));
		j->line = *ln;
		j->holding = true;
		return n;
	}
	if (is_amavis(ln) && amavis(j, ln))
		return n;
	out[n++] = *ln;
	return n;
}
