/*
 * kept.c: lines to their form with holes, and back.
 *
 * A value makes a hole when it is a part of the line's own bytes, wherever the
 * parser found it; so nothing here knows what any program prints.  Of values
 * that overlap (a reply and the id in it) the first and longest makes it.
 */
#include "base/stamp.h"
#include "index/kept.h"
#include "parsers/syslog.h"
#include "base/banned.h"

enum {
	HOLE = '\x1a',
	/* its letter: a field is FIELD + its number */
	STAMP = '!',  /* 2026-01-02 03:04:05 of a program's own file */
	MILLI = '"',  /* .678 behind it */
	HEADER = '#', /* what stands before the text, syslog_print_header() */
	QID = '$',    /* of the record */
	FIELD = '0',
	STAMP_LEN = 19,
	MILLI_LEN = 4,
	DAY = 86400,
	PART_MAX = (1 << 24) - 1,
};

_Static_assert(FIELD + F_COUNT < 128, "a letter for each field");

#define SECOND INT64_C(1000000)

/*
 * The parts of the line that are told elsewhere, in order: where each begins,
 * the longer first, its letter; in one number to be put in order quickly.
 */
struct parts {
	uint64_t p[F_COUNT + 4];
	size_t n;
};

void
kept_init(struct kept *k)
{
	*k = (struct kept){ .day_s = INT64_MIN };
	buf_init(&k->out, PART_MAX);
}

void
kept_release(struct kept *k)
{
	buf_release(&k->out);
}

static inline void
add(struct parts *ps, struct str raw, struct str v, char letter)
{
	size_t at = (size_t)(v.p - raw.p), i;
	uint64_t key =
	    (uint64_t)at << 32 | (PART_MAX - v.n) << 8 | (unsigned char)letter;

	if (!v.n || v.p < raw.p || at > raw.n || v.n > raw.n - at)
		return;
	for (i = ps->n++; i && ps->p[i - 1] > key; i--)
		ps->p[i] = ps->p[i - 1];
	ps->p[i] = key;
}

/* ".678" of a moment. */
static void
milli(int64_t t_us, char out[MILLI_LEN])
{
	unsigned ms = (unsigned)(((t_us % SECOND) + SECOND) % SECOND) / 1000;

	out[0] = '.';
	out[1] = (char)('0' + ms / 100);
	out[2] = (char)('0' + ms / 10 % 10);
	out[3] = (char)('0' + ms % 10);
}

/* "2026-01-02 " of the day, as syslog_print_header() prints it. */
static void
set_day(struct kept *k, int64_t day_s)
{
	struct buf b = BUF_INIT(64);

	syslog_print_header(FRAME_NATIVE, 0, day_s * SECOND, 0, NULL, STR(""),
	    STR(""), STR(""), &b);
	if (b.n == STAMP_LEN) {
		memcpy(k->day, b.p, sizeof(k->day));
		k->day_s = day_s;
	}
	buf_release(&b);
}

/* Whether the line begins with its time, as it would be printed. */
static inline bool
has_stamp(struct kept *k, const struct line *ln, struct str raw)
{
	int64_t s = ln->t_us / SECOND + ln->tz_min * 60;

	if (ln->frame != FRAME_NATIVE || raw.n < STAMP_LEN || ln->t_us < 0 ||
	    s < 0)
		return false;
	if (s < k->day_s || s >= k->day_s + DAY)
		set_day(k, s - s % DAY);
	return memcmp(raw.p, k->day, sizeof(k->day)) == 0 &&
	       k->day_s + stamp_day_second(raw.p + sizeof(k->day)) == s;
}

/* And its milliseconds behind it. */
static bool
has_milli(const struct line *ln, struct str raw)
{
	char ms[MILLI_LEN];

	if (raw.n == STAMP_LEN || raw.p[STAMP_LEN] != '.')
		return false;
	milli(ln->t_us, ms);
	return str_starts(str_from(raw, STAMP_LEN), str_make(ms, MILLI_LEN));
}

static bool
has_header(const struct line *ln, struct str raw, struct str host)
{
	return ln->flags & LINE_CANON_HDR && ln->text.p > raw.p &&
	       str_eq(ln->host, host);
}

/* What stands for a hole that is no field, by its letter. */
struct odd {
	struct str part[QID - STAMP + 1]; /* n == 0: the line has none */
};

static void
find_odd(struct kept *k, const struct line *ln, struct str raw, struct str host,
    struct str qid, struct odd *odd)
{
	*odd = (struct odd){ 0 };
	if (has_stamp(k, ln, raw))
		odd->part[0] = str_head(raw, STAMP_LEN);
	else if (has_header(ln, raw, host))
		odd->part[HEADER - STAMP] =
		    str_make(raw.p, (size_t)(ln->text.p - raw.p));
	odd->part[QID - STAMP] = qid;
}

/* The values that are parts of the line. */
static void
find_parts(const struct line *ln, const struct event *ev, struct str raw,
    const struct odd *odd, struct parts *ps)
{
	ps->n = 0;
	if (odd->part[0].n && has_milli(ln, raw))
		add(ps, raw, str_make(raw.p + STAMP_LEN, MILLI_LEN), MILLI);
	for (int i = 0; i <= QID - STAMP; i++)
		add(ps, raw, odd->part[i], (char)(STAMP + i));
	for (uint64_t m = ev->mask; m; m &= m - 1) {
		int f = __builtin_ctzll(m);

		add(ps, raw, ev->f[f], (char)(FIELD + f));
	}
}

/* Where a form would be; all bits of `h` count. */
static inline struct kept_seen *
seen_at(struct kept *k, uint64_t h)
{
	return &k->seen[h * UINT64_C(0x9e3779b97f4a7c15) >> (64 - KEPT_BITS)];
}

static inline bool
is_like(const struct kept_seen *seen, const struct event *ev)
{
	return seen->n && seen->mask == ev->mask && seen->kind == ev->kind;
}

/* Lines of a kind with the same fields mostly have the same form: its place, or
 * one beside it when others are there. */
static inline struct kept_seen *
usual(struct kept *k, const struct event *ev)
{
	uint64_t null = ev_has(ev, F_FROM) && !ev->f[F_FROM].n;
	ptrdiff_t at =
	    seen_at(k, ev->mask ^ null << 63 ^ (uint64_t)ev->kind << 58 ^
			   (uint64_t)ev->state << 53) -
	    k->seen;

	for (int i = 0; i < KEPT_BESIDE; i++) {
		struct kept_seen *seen = &k->seen[at ^ i];

		if (!seen->n || is_like(seen, ev))
			return seen;
	}
	return &k->seen[at];
}

/* The end of the hole behind p when the line is the same up to there, or
 * NULL. */
static inline const char *
same_hole(const struct kept_seen *seen, const struct kept_hole *h,
    const struct str *v, const char *p, const char *end)
{
	size_t left = (size_t)(end - p), n = h->before;

	if (n <= 8 && left >= 8) {
		if ((str_load8(p) ^ h->text) & h->bits)
			return NULL;
	} else if (n > left || memcmp(p, seen->form + h->at, n) != 0) {
		return NULL;
	}
	/* an empty value is too long, too */
	if (v->p != p + n || v->n - 1 >= left - n)
		return NULL;
	return p + n + v->n;
}

/*
 * Whether the line has the form of one before: the same text where that has
 * text, and in its holes just the same values.  NULL: it has; else up to where.
 */
static inline const char *
differs(const struct kept_seen *seen, const struct event *ev, struct str raw,
    const struct odd *odd)
{
	const char *p = raw.p, *end = raw.p + raw.n, *q;
	const struct kept_hole *h = seen->hole;
	const struct kept_hole *fields = h + seen->nodd;
	const struct kept_hole *none = h + seen->nhole;

	for (; h < fields; h++, p = q)
		if (!(q = same_hole(seen, h, &odd->part[h->value], p, end)))
			return p;
	for (; h < none; h++, p = q)
		if (!(q = same_hole(seen, h, &ev->f[h->value], p, end)))
			return p;
	return str_eq(str_make(p, (size_t)(end - p)),
		   str_make(seen->form + seen->tail, seen->n - seen->tail)) ?
		   NULL :
		   p;
}

/* A form of the same fields, whose text from p on is another. */
static inline struct kept_seen *
other(struct kept *k, const struct kept_seen *seen, const char *p,
    const char *end)
{
	uint64_t text = 0;

	memcpy(&text, p, end - p < 8 ? (size_t)(end - p) : 8);
	return seen_at(k, text ^ (uint64_t)(seen - k->seen));
}

/* Remembers the form for the next of its kind, if what is no field comes
 * first. */
static void
remember(struct kept_seen *seen, const struct event *ev, struct str form)
{
	struct str rest = form;
	ptrdiff_t i;

	seen->n = seen->nhole = seen->nodd = 0;
	if (form.n > sizeof(seen->form))
		return;
	while ((i = str_chr(rest, HOLE)) >= 0) {
		struct kept_hole *h = &seen->hole[seen->nhole];
		char letter = rest.p[i + 1];
		bool odd = letter < FIELD;

		if (seen->nhole == KEPT_HOLES ||
		    (odd && seen->nodd != seen->nhole))
			return;
		seen->nhole++;
		seen->nodd += odd;
		*h = (struct kept_hole){ .at = (uint8_t)(rest.p - form.p),
			.before = (uint8_t)i,
			.value = (uint8_t)(letter - (odd ? STAMP : FIELD)) };
		if (i <= 8) {
			memcpy(&h->text, rest.p, (size_t)i);
			memset(&h->bits, 0xff, (size_t)i);
		}
		rest = str_from(rest, (size_t)i + 2);
	}
	memcpy(seen->form, form.p, form.n);
	seen->tail = (uint8_t)(rest.p - form.p);
	seen->n = (uint8_t)form.n;
	seen->kind = (uint8_t)ev->kind;
	seen->mask = ev->mask;
}

/* The form of a line that is like none of late. */
static __attribute__((noinline)) struct str
new_form(struct kept *k, struct kept_seen *seen, const struct line *ln,
    struct event *ev, struct str raw, const struct odd *odd)
{
	struct parts ps;
	size_t done = 0;
	char *to;

	if (!raw.n || raw.n > PART_MAX || memchr(raw.p, HOLE, raw.n))
		return raw;
	find_parts(ln, ev, raw, odd, &ps);
	buf_clear(&k->out);
	to = buf_room(&k->out, raw.n + 2 * ps.n);
	if (!to)
		return raw;
	for (size_t i = 0; i < ps.n; i++) {
		size_t at = ps.p[i] >> 32;

		if (at < done)
			continue;
		to = str_put(to, raw.p + done, at - done);
		*to++ = HOLE;
		*to++ = (char)(ps.p[i] & 127);
		done = at + PART_MAX - (ps.p[i] >> 8 & PART_MAX);
	}
	to = str_put(to, raw.p + done, raw.n - done);
	k->out.n = (size_t)(to - k->out.p);
	remember(seen, ev, buf_str(&k->out));
	ev_set(ev, F_KEPT, buf_str(&k->out));
	return STR("");
}

struct str
kept_form(struct kept *k, const struct line *ln, struct event *ev,
    struct str host, struct str qid, size_t max)
{
	struct str raw = str_head(ln->raw, max);
	struct kept_seen *seen = usual(k, ev);
	const char *p = raw.p;
	struct odd odd;

	find_odd(k, ln, raw, host, qid, &odd);
	if (is_like(seen, ev)) {
		p = differs(seen, ev, raw, &odd);
		if (p) {
			seen = other(k, seen, p, raw.p + raw.n);
			if (is_like(seen, ev))
				p = differs(seen, ev, raw, &odd);
		}
	}
	if (p)
		return new_form(k, seen, ln, ev, raw, &odd);
	ev_set(ev, F_KEPT, str_make(seen->form, seen->n));
	return STR("");
}

/* ---- back ---- */

static bool
fill(const struct record *rec, const struct rec_event *re, char letter,
    struct buf *out)
{
	char ms[MILLI_LEN];
	int64_t shift = 0;

	switch (letter) {
	case MILLI:
		milli(re->t_us, ms);
		buf_addn(out, ms, MILLI_LEN);
		return true;
	case HEADER:
		if (re->frame == FRAME_BSD) /* no zone: as if in UTC */
			shift = re->tz_min * 60 * SECOND;
		/* fallthrough */
	case STAMP:
		return syslog_print_header((enum frame)re->frame,
		    re->flags & EVF_PAD0 ? LINE_PAD0 : 0, re->t_us + shift,
		    re->tz_min, NULL, rec->host, re->tag, re->pid, out);
	case QID:
		buf_add(out, rec->qid);
		return true;
	default:
		break;
	}
	if (letter < FIELD || letter >= FIELD + F_COUNT ||
	    !rev_has(re, (enum field)(letter - FIELD)))
		return false;
	buf_add(out, rev_get(re, (enum field)(letter - FIELD)));
	return true;
}

bool
kept_print(const struct record *rec, const struct rec_event *re,
    struct buf *out)
{
	struct str rest = rev_get(re, F_KEPT);
	ptrdiff_t i;

	while ((i = str_chr(rest, HOLE)) >= 0) {
		buf_add(out, str_head(rest, (size_t)i));
		if (rest.n < (size_t)i + 2 ||
		    !fill(rec, re, rest.p[i + 1], out))
			return false;
		rest = str_from(rest, (size_t)i + 2);
	}
	buf_add(out, rest);
	return !out->toobig;
}
