/*
 * piece.c: one row of `kinds` per way of cutting lines.
 *
 * A kind says whether a line is a first, a middle or the last piece, and what
 * of its text belongs to the record.  To add one: a function and a row.
 */
#include "parsers/piece.h"
#include "parsers/state.h"
#include "base/banned.h"

enum part { PART_NONE, PART_FIRST, PART_MORE, PART_LAST };

struct cut {
	enum part part;
	struct str text; /* what this piece adds */
	bool newline;	 /* with LF before it */
	bool dots;	 /* "..." was taken off its end */
	struct str id;	 /* beside program and pid */
};

/* "(28972-09) text...", "(28972-09) ...text..." */
static bool
amavis(const struct line *ln, struct cut *c)
{
	struct str t = ln->text;
	ptrdiff_t i;
	bool more, goes_on;

	if (!str_starts(ln->prog, STR("amavis")) || !t.n || *t.p != '(')
		return false;
	i = str_chr(str_head(t, 48), ')');
	if (i < 0)
		return false;
	c->id = str_head(t, (size_t)i + 1);
	more = str_starts(str_from(t, c->id.n), STR(" ..."));
	goes_on = t.n > c->id.n + 4 && str_ends(t, STR("..."));
	c->part = more	  ? (goes_on ? PART_MORE : PART_LAST) :
		  goes_on ? PART_FIRST :
			    PART_NONE;
	c->dots = goes_on;
	if (goes_on)
		t.n -= 3;
	c->text = more ? str_from(t, c->id.n + 4) : t;
	return true;
}

/* "[1/3] text", "[2\3] text" */
static bool
exim(const struct line *ln, struct cut *c)
{
	struct str t = ln->text;
	unsigned k = 0, n = 0;
	size_t i = 1;
	char sep;

	if (!str_startsi(ln->prog, STR("exim")) || t.n < 6 || *t.p != '[')
		return false;
	for (; i < t.n && i < 4 && is_digit(t.p[i]); i++)
		k = k * 10 + (unsigned)(t.p[i] - '0');
	if (i == 1 || (t.p[i] != '/' && t.p[i] != '\\'))
		return false;
	sep = t.p[i++];
	for (; i < t.n && i < 8 && is_digit(t.p[i]); i++)
		n = n * 10 + (unsigned)(t.p[i] - '0');
	if (i + 1 >= t.n || t.p[i] != ']' || t.p[i + 1] != ' ' || !k || k > n)
		return false;
	c->id = STR("");
	c->newline = sep == '\\';
	c->text = str_from(t, i + 2);
	c->part = n == 1 ? PART_NONE :
		  k == 1 ? PART_FIRST :
		  k == n ? PART_LAST :
			   PART_MORE;
	return true;
}

static bool (*const kinds[])(const struct line *ln, struct cut *c) = {
	amavis,
	exim,
};

void
pieces_init(struct pieces *ps)
{
	*ps = (struct pieces){ .given = -1 };
	for (int i = 0; i < PIECES_MAX; i++) {
		struct piece *p = &ps->slot[i];

		buf_init(&p->key, 1024);
		buf_init(&p->host, 1024);
		buf_init(&p->tag, 1024);
		buf_init(&p->pid, 64);
		buf_init(&p->text, PIECES_BYTES);
		buf_init(&p->raw, 2 * PIECES_BYTES);
	}
}

void
pieces_release(struct pieces *ps)
{
	for (int i = 0; i < PIECES_MAX; i++) {
		struct piece *p = &ps->slot[i];

		buf_release(&p->key);
		buf_release(&p->host);
		buf_release(&p->tag);
		buf_release(&p->pid);
		buf_release(&p->text);
		buf_release(&p->raw);
	}
	*ps = (struct pieces){ .given = -1 };
}

static void
set(struct buf *b, struct str s)
{
	buf_clear(b);
	buf_add(b, str_head(s, b->max));
}

/* As much as fits; what does not marks the line as cut. */
static void
append(struct piece *p, struct buf *b, struct str s, bool newline)
{
	size_t room = b->max - b->n;

	if (newline && room) {
		buf_putc(b, '\n');
		room--;
	}
	if (s.n > room) {
		s.n = room;
		p->ln.flags |= LINE_CUT;
	}
	buf_add(b, s);
}

static void
make_key(struct buf *key, const struct line *ln, struct str id)
{
	buf_clear(key);
	buf_add(key, str_head(ln->host, 255));
	buf_putc(key, 0);
	buf_add(key, str_head(ln->prog, 255));
	buf_putc(key, 0);
	buf_add(key, str_head(ln->pid, 32));
	buf_putc(key, 0);
	buf_add(key, str_head(id, 64));
}

static struct piece *
find(struct pieces *ps, struct str key)
{
	if (!ps->used)
		return NULL;
	for (int i = 0; i < PIECES_MAX; i++)
		if (ps->slot[i].used && str_eq(buf_str(&ps->slot[i].key), key))
			return &ps->slot[i];
	return NULL;
}

static void
give(struct pieces *ps, struct piece *p, bool whole, struct line *ln)
{
	ptrdiff_t slash;

	if (!whole && p->dots) /* still cut, and seen to be */
		append(p, &p->text, STR("..."), false);

	*ln = p->ln;
	ln->raw = buf_str(&p->raw);
	ln->text = buf_str(&p->text);
	ln->host = buf_str(&p->host);
	ln->tag = buf_str(&p->tag);
	ln->pid = buf_str(&p->pid);
	slash = str_rchr(ln->tag, '/');
	ln->prog = slash < 0 ? ln->tag : str_from(ln->tag, (size_t)slash + 1);
	p->used = false;
	ps->used--;
	ps->given = (int)(p - ps->slot);
}

/* A free slot; the buffers of the line given last are not touched. */
static struct piece *
free_slot(struct pieces *ps)
{
	for (int i = 0; i < PIECES_MAX && ps->used < PIECES_MAX - 1; i++)
		if (!ps->slot[i].used && i != ps->given)
			return &ps->slot[i];
	return NULL;
}

static struct piece *
oldest(struct pieces *ps)
{
	struct piece *old = NULL;

	for (int i = 0; i < PIECES_MAX; i++)
		if (ps->slot[i].used &&
		    (!old || ps->slot[i].since < old->since))
			old = &ps->slot[i];
	return old;
}

static bool
too_much(const struct pieces *ps)
{
	size_t n = 0;

	for (int i = 0; i < PIECES_MAX && ps->used; i++)
		if (ps->slot[i].used)
			n += ps->slot[i].text.n + ps->slot[i].raw.n;
	return n > PIECES_TOTAL;
}

static void
hold(struct pieces *ps, struct piece *p, const struct line *ln, struct str key,
    const struct cut *c)
{
	p->used = true;
	ps->used++;
	p->ln = *ln;
	p->ln.flags |= LINE_JOINED;
	p->ln.flags &= ~(unsigned)(LINE_CANON_HDR | LINE_PARTIAL);
	p->since = ps->lines;
	set(&p->key, key);
	set(&p->host, ln->host);
	set(&p->tag, ln->tag);
	set(&p->pid, ln->pid);
	buf_clear(&p->text);
	append(p, &p->text, c->text, false);
	p->dots = c->dots;
	buf_clear(&p->raw);
	append(p, &p->raw, ln->raw, false);
}

static void
cut_of(const struct line *ln, struct str payload, struct pieces *ps,
    struct buf *key, struct cut *c)
{
	static const struct str container = STR_INIT("\1container");
	bool partial = ln->flags & LINE_PARTIAL;

	*c = (struct cut){ .text = ln->text };
	if (payload.p && (partial || find(ps, container))) {
		/* one container, one stream: no key but that */
		bool waits = find(ps, container) != NULL;

		set(key, container);
		c->text = waits ? payload : ln->text;
		c->part = !waits ? PART_FIRST : partial ? PART_MORE : PART_LAST;
		return;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i](ln, c)) {
			make_key(key, ln, c->id);
			return;
		}
	buf_clear(key);
}

enum piece_result
pieces_add(struct pieces *ps, struct line *ln, struct str payload)
{
	struct buf key = BUF_INIT(1024);
	enum piece_result r = PIECE_WHOLE;
	struct piece *p;
	struct cut c;

	ps->lines++;
	p = ps->used ? oldest(ps) : NULL;
	if (p && (ps->lines - p->since > PIECES_AGE || too_much(ps))) {
		give(ps, p, false, ln);
		return PIECE_AGAIN;
	}
	cut_of(ln, payload, ps, &key, &c);
	p = key.n ? find(ps, buf_str(&key)) : NULL;
	if (p && (c.part == PART_MORE || c.part == PART_LAST)) {
		append(p, &p->text, c.text, c.newline);
		append(p, &p->raw, ln->raw, true);
		p->since = ps->lines;
		p->dots = c.dots;
		if (c.part == PART_LAST)
			give(ps, p, true, ln);
		else
			r = PIECE_HELD;
	} else if (p && key.n) { /* its rest never came */
		give(ps, p, false, ln);
		r = PIECE_AGAIN;
	} else if (c.part == PART_FIRST) {
		p = free_slot(ps);
		if (!p) {
			give(ps, oldest(ps), false, ln);
			r = PIECE_AGAIN;
		} else {
			hold(ps, p, ln, buf_str(&key), &c);
			r = PIECE_HELD;
		}
	}
	buf_release(&key);
	return r;
}

bool
pieces_end(struct pieces *ps, struct line *ln)
{
	struct piece *p = ps->used ? oldest(ps) : NULL;

	if (!p)
		return false;
	give(ps, p, false, ln);
	return true;
}

/* ---- state ---- */

static void
put_str(struct buf *out, const struct buf *b)
{
	buf_uvar(out, b->n);
	buf_add(out, buf_str(b));
}

void
pieces_save(const struct pieces *ps, struct buf *out)
{
	buf_uvar(out, ps->used);
	for (int i = 0; i < PIECES_MAX; i++) {
		const struct piece *p = &ps->slot[i];

		if (!p->used)
			continue;
		buf_uvar(out, ps->lines - p->since);
		buf_uvar(out, p->dots);
		buf_svar(out, p->ln.t_us);
		buf_svar(out, p->ln.tz_min);
		buf_uvar(out, p->ln.frame);
		buf_uvar(out, p->ln.flags);
		buf_uvar(out, p->ln.offset);
		buf_uvar(out, p->ln.number);
		put_str(out, &p->key);
		put_str(out, &p->host);
		put_str(out, &p->tag);
		put_str(out, &p->pid);
		put_str(out, &p->text);
		put_str(out, &p->raw);
	}
}

static bool
get_str(struct str *s, struct buf *b)
{
	uint64_t n;

	if (!state_uvar(s, &n) || n > s->n || n > b->max)
		return false;
	set(b, str_head(*s, (size_t)n));
	*s = str_from(*s, (size_t)n);
	return true;
}

bool
pieces_load(struct pieces *ps, struct str *s)
{
	uint64_t n, age, dots, frame, flags, offset, number;
	int64_t t, tz;

	if (!state_uvar(s, &n) || n > PIECES_MAX)
		return false;
	ps->lines = 2 * PIECES_AGE;
	for (uint64_t i = 0; i < n; i++) {
		struct piece *p = &ps->slot[i];

		if (!state_uvar(s, &age) || age > ps->lines ||
		    !state_uvar(s, &dots) || !state_svar(s, &t) ||
		    !state_svar(s, &tz) || !state_uvar(s, &frame) ||
		    !state_uvar(s, &flags) || !state_uvar(s, &offset) ||
		    !state_uvar(s, &number) || !get_str(s, &p->key) ||
		    !get_str(s, &p->host) || !get_str(s, &p->tag) ||
		    !get_str(s, &p->pid) || !get_str(s, &p->text) ||
		    !get_str(s, &p->raw) || frame > FRAME_OTHER)
			return false;
		p->ln = (struct line){ .t_us = t,
			.tz_min = (int16_t)tz,
			.frame = (enum frame)frame,
			.flags = (unsigned)flags,
			.offset = offset,
			.number = number };
		p->used = true;
		p->since = ps->lines - age;
		p->dots = dots != 0;
		ps->used++;
	}
	return true;
}
