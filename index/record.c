/*
 * record.c: the row form of records: bytes while a hop is open, on their way
 * to the columns of the store, and back.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/rd.h"
#include "index/record.h"
#include "base/banned.h"

enum { EVENTS_MAX = 1 << 20 }; /* of one row; far above what is written */

/* What a row starts with, in the machine's own order: it is read where it was
 * written.  Then its texts. */
struct row_head {
	int64_t t0_us, t1_us;
	uint64_t n;
	uint32_t host, qid, inst; /* bytes */
	uint32_t flags;
	uint8_t kind;
	uint8_t zero[7];
};

void
rec_put_header(struct buf *row, const struct record *rec)
{
	struct row_head h = { .t0_us = rec->t0_us,
		.t1_us = rec->t1_us,
		.n = rec->n,
		.host = (uint32_t)rec->host.n,
		.qid = (uint32_t)rec->qid.n,
		.inst = (uint32_t)rec->inst.n,
		.flags = rec->flags,
		.kind = (uint8_t)rec->kind };
	size_t most = sizeof(h) + rec->host.n + rec->qid.n + rec->inst.n;
	char *p = buf_room(row, most);

	if (!p)
		return;
	memcpy(p, &h, sizeof(h));
	p = str_put(p + sizeof(h), rec->host.p, rec->host.n);
	p = str_put(p, rec->qid.p, rec->qid.n);
	str_put(p, rec->inst.p, rec->inst.n);
	row->n += most;
}

/*
 * An event starts with what all events have, in that order too.  Then
 * lengths, a byte each: tag, pid, kept line, fields; LONG stands for one of
 * those that follow, as four bytes.  Then the texts.
 */
struct ev_head {
	uint64_t mask;
	int64_t t_us;
	uint64_t offset;
	uint32_t number, src;
	uint16_t flags;
	int16_t tz_min;
	uint8_t kind, state, mta, frame;
	uint8_t nlong;
	uint8_t zero[7];
};

enum {
	TEXTS = 3,  /* before the fields */
	LONG = 255, /* bytes or more */
};

/* Where the next text of an event goes. */
struct texts {
	char *len, *more, *p;
};

/* What the texts of an event come to. */
struct sizes {
	size_t n, nlong, bytes;
};

static inline void
add_size(struct sizes *z, struct str s)
{
	z->n++;
	z->nlong += s.n >= LONG;
	z->bytes += s.n;
}

static inline void
put_text(struct texts *t, struct str s)
{
	if (s.n < LONG) {
		*t->len++ = (char)s.n;
	} else {
		uint32_t n32 = (uint32_t)s.n;

		*t->len++ = (char)LONG;
		memcpy(t->more, &n32, 4);
		t->more += 4;
	}
	t->p = str_put(t->p, s.p, s.n);
}

/* The head of an event, and room for its texts. */
static inline bool
put_head(struct buf *row, struct ev_head *head, const struct sizes *z,
    struct texts *t)
{
	size_t most = sizeof(*head) + z->n + z->nlong * 4 + z->bytes;
	char *p = buf_room(row, most);

	if (!p)
		return false;
	head->nlong = (uint8_t)z->nlong;
	memcpy(p, head, sizeof(*head));
	t->len = p + sizeof(*head);
	t->more = t->len + z->n;
	t->p = t->more + z->nlong * 4;
	row->n += most;
	return true;
}

void
rec_put_event(struct buf *row, const struct line *ln, const struct event *ev,
    uint32_t src, struct str raw)
{
	struct ev_head head = { .mask = ev->mask,
		.t_us = ln->t_us,
		.offset = ln->offset,
		.number = (uint32_t)ln->number,
		.src = src,
		.flags = (uint16_t)ev->flags,
		.tz_min = (int16_t)ln->tz_min,
		.kind = (uint8_t)ev->kind,
		.state = (uint8_t)ev->state,
		.mta = (uint8_t)ev->mta,
		.frame = (uint8_t)ln->frame };
	struct sizes z = { 0 };
	struct texts t;

	add_size(&z, ln->tag);
	add_size(&z, ln->pid);
	add_size(&z, raw);
	for (uint64_t m = ev->mask; m; m &= m - 1)
		add_size(&z, ev->f[__builtin_ctzll(m)]);
	if (!put_head(row, &head, &z, &t))
		return;
	put_text(&t, ln->tag);
	put_text(&t, ln->pid);
	put_text(&t, raw);
	for (uint64_t m = ev->mask; m; m &= m - 1)
		put_text(&t, ev->f[__builtin_ctzll(m)]);
}

void
rec_put_rev(struct buf *row, const struct rec_event *rev)
{
	struct ev_head head = { .mask = rev->mask,
		.t_us = rev->t_us,
		.offset = rev->at.offset,
		.number = rev->at.number,
		.src = rev->at.src,
		.flags = rev->flags,
		.tz_min = rev->tz_min,
		.kind = rev->kind,
		.state = rev->state,
		.mta = rev->mta,
		.frame = rev->frame };
	size_t nf = bits_set(rev->mask);
	struct sizes z = { 0 };
	struct texts t;

	add_size(&z, rev->tag);
	add_size(&z, rev->pid);
	add_size(&z, rev->raw);
	for (size_t i = 0; i < nf; i++)
		add_size(&z, rev->f[i]);
	if (!put_head(row, &head, &z, &t))
		return;
	put_text(&t, rev->tag);
	put_text(&t, rev->pid);
	put_text(&t, rev->raw);
	for (size_t i = 0; i < nf; i++)
		put_text(&t, rev->f[i]);
}

/* n texts of these lengths, as views; where they end, NULL when that is behind
 * `end`. */
static inline const char *
get_short(const unsigned char *len, size_t n, const char *p, const char *end,
    struct str *v)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = len[i];

		if (k > (size_t)(end - p))
			return NULL;
		v[i] = str_make(p, k);
		p += k;
	}
	return p;
}

/* The same when `nlong` of them have their lengths in `more`. */
static const char *
get_long(const unsigned char *len, size_t n, const char *p, const char *end,
    struct str *v, const unsigned char *more, unsigned nlong)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t k = len[i];

		if (k == LONG) {
			if (!nlong--)
				return NULL;
			memcpy(&k, more, 4);
			more += 4;
		}
		if (k > (size_t)(end - p))
			return NULL;
		v[i] = str_make(p, k);
		p += k;
	}
	return nlong ? NULL : p;
}

/* One event; its texts go to `v`, the fields behind the others. */
static inline bool
get_event(struct rd *r, struct rec_event *ev, struct str *v, size_t *nfield)
{
	struct ev_head h;
	const unsigned char *len;
	const char *p, *end = (const char *)r->end;
	size_t n;

	if (rd_left(r) < sizeof(h))
		return false;
	memcpy(&h, r->p, sizeof(h));
	len = r->p + sizeof(h);
	if (h.kind >= EV_KINDS || h.state >= ST_STATES || h.mta >= MTA_COUNT ||
	    h.mask >> F_COUNT)
		return false;
	*nfield = bits_set(h.mask);
	n = TEXTS + *nfield;
	if ((size_t)(r->end - len) < n + (size_t)h.nlong * 4)
		return false;
	p = (const char *)len + n + (size_t)h.nlong * 4;
	p = h.nlong ? get_long(len, n, p, end, v, len + n, h.nlong) :
		      get_short(len, n, p, end, v);
	if (!p)
		return false;
	ev->kind = h.kind;
	ev->state = h.state;
	ev->mta = h.mta;
	ev->frame = h.frame;
	ev->flags = h.flags;
	ev->tz_min = h.tz_min;
	ev->t_us = h.t_us;
	ev->tag = v[0];
	ev->pid = v[1];
	ev->raw = v[2];
	ev->at = (struct where_line){ h.src, h.number, h.offset };
	ev->mask = h.mask;
	ev->f = v + TEXTS;
	r->p = (const unsigned char *)p;
	return true;
}

int64_t
rec_first_time(struct str events)
{
	struct ev_head h = { 0 };

	if (events.n >= sizeof(h))
		memcpy(&h, events.p, sizeof(h));
	return h.t_us;
}

/* Room for the texts of one more event; those of `n` events have moved. */
static void
grow_texts(struct rec_scratch *sc, size_t n)
{
	struct str *v;

	sc->fcap = sc->fcap ? 2 * sc->fcap : 512;
	v = sc->f = xreallocarray(sc->f, sc->fcap, sizeof(*sc->f));
	for (size_t i = 0; i < n; i++) {
		sc->ev[i].f = v + TEXTS;
		v += TEXTS + bits_set(sc->ev[i].mask);
	}
}

static int
get_header(struct rd *r, struct record *rec, struct err *err)
{
	struct row_head h;
	const char *p;

	if (rd_left(r) < sizeof(h))
		return err_set(err, "damaged record header");
	memcpy(&h, r->p, sizeof(h));
	r->p += sizeof(h);
	if ((uint64_t)h.host + h.qid + h.inst > rd_left(r) ||
	    h.n > EVENTS_MAX || h.kind >= REC_KINDS)
		return err_set(err, "damaged record header");
	p = (const char *)r->p;
	rec->kind = (enum rec_kind)h.kind;
	rec->flags = h.flags;
	rec->host = str_make(p, h.host);
	rec->qid = str_make(p += h.host, h.qid);
	rec->inst = str_make(p += h.qid, h.inst);
	rec->t0_us = h.t0_us;
	rec->t1_us = h.t1_us;
	rec->n = h.n;
	rec->id = 0;
	r->p = (const unsigned char *)p + h.inst;
	return 0;
}

int
rec_read(struct str row, struct record *rec, struct rec_scratch *sc,
    struct err *err)
{
	struct rd r = rd_of(row);
	size_t nv = 0, nf;

	if (get_header(&r, rec, err) < 0)
		return -1;
	if (rec->n > sc->cap) {
		sc->ev = xreallocarray(sc->ev, rec->n, sizeof(*sc->ev));
		sc->cap = rec->n;
	}
	for (size_t i = 0; i < rec->n; i++) {
		if (nv + TEXTS + F_COUNT > sc->fcap)
			grow_texts(sc, i);
		if (!get_event(&r, &sc->ev[i], sc->f + nv, &nf))
			return err_set(err, "damaged record event");
		nv += TEXTS + nf;
	}
	if (r.p != r.end)
		return err_set(err, "damaged record");
	rec->ev = sc->ev;
	return 0;
}

bool
rec_events_good(struct str events, size_t n)
{
	struct rd r = rd_of(events);
	struct str v[TEXTS + F_COUNT];
	struct rec_event ev;
	size_t nf;

	while (n && get_event(&r, &ev, v, &nf))
		n--;
	return n == 0 && r.p == r.end;
}

void
rec_scratch_release(struct rec_scratch *sc)
{
	free(sc->ev);
	free(sc->f);
	*sc = (struct rec_scratch){ 0 };
}
