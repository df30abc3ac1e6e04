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

static inline char *
put_uvar(char *p, uint64_t v)
{
	while (v >= 128) {
		*p++ = (char)(v | 128);
		v >>= 7;
	}
	*p++ = (char)v;
	return p;
}

static inline uint64_t
zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline char *
put_str(char *p, struct str s)
{
	return str_put(put_uvar(p, s.n), s.p, s.n);
}

void
rec_put_header(struct buf *row, const struct record *rec)
{
	size_t most = 80 + rec->host.n + rec->qid.n + rec->inst.n;
	char *p = buf_room(row, most);
	char *from = p;

	if (!p)
		return;
	p = put_uvar(p, rec->kind);
	p = put_uvar(p, rec->flags);
	p = put_str(p, rec->host);
	p = put_str(p, rec->qid);
	p = put_str(p, rec->inst);
	p = put_uvar(p, zigzag(rec->t0_us));
	p = put_uvar(p, (uint64_t)(rec->t1_us - rec->t0_us));
	p = put_uvar(p, rec->n);
	row->n += (size_t)(p - from);
}

/*
 * An event starts with what all events have, in the machine's own order: a row
 * is read where it was written.  Then lengths, a byte each: tag, pid, kept
 * line, fields; LONG stands for one of those that follow, as four bytes.  Then
 * the texts.
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

static void
put_event(struct buf *row, const struct ev_head *head, const struct str *v,
    size_t n, size_t bytes)
{
	size_t most = sizeof(*head) + n + (size_t)head->nlong * 4 + bytes;
	char *len = buf_room(row, most), *more, *p;

	if (!len)
		return;
	memcpy(len, head, sizeof(*head));
	len += sizeof(*head);
	more = len + n;
	p = more + (size_t)head->nlong * 4;
	for (size_t i = 0; i < n; i++) {
		if (v[i].n < LONG) {
			len[i] = (char)v[i].n;
		} else {
			uint32_t n32 = (uint32_t)v[i].n;

			len[i] = (char)LONG;
			memcpy(more, &n32, 4);
			more += 4;
		}
		p = str_put(p, v[i].p, v[i].n);
	}
	row->n += most;
}

void
rec_put_event(struct buf *row, const struct line *ln, const struct event *ev,
    uint32_t src, struct str raw)
{
	struct ev_head head = { .mask = ev->mask,
		.t_us = ln->t_us,
		.offset = ln->offset,
		.number = ln->number,
		.src = src,
		.flags = (uint16_t)ev->flags,
		.tz_min = (int16_t)ln->tz_min,
		.kind = (uint8_t)ev->kind,
		.state = (uint8_t)ev->state,
		.mta = (uint8_t)ev->mta,
		.frame = (uint8_t)ln->frame };
	struct str v[TEXTS + F_COUNT];
	size_t n = TEXTS, bytes = ln->tag.n + ln->pid.n + raw.n;
	size_t bits = ln->tag.n | ln->pid.n | raw.n;

	v[0] = ln->tag;
	v[1] = ln->pid;
	v[2] = raw;
	for (uint64_t m = ev->mask; m; m &= m - 1) {
		v[n] = ev->f[__builtin_ctzll(m)];
		bytes += v[n].n;
		bits |= v[n++].n;
	}
	if (bits >= LONG) /* perhaps one is: mostly none */
		for (size_t i = 0; i < n; i++)
			head.nlong = (uint8_t)(head.nlong + (v[i].n >= LONG));
	put_event(row, &head, v, n, bytes);
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
	struct str v[TEXTS + F_COUNT];
	size_t n = 0, bytes = 0;

	v[n++] = rev->tag;
	v[n++] = rev->pid;
	v[n++] = rev->raw;
	for (uint64_t m = rev->mask; m; m &= m - 1, n++)
		v[n] = rev->f[n - TEXTS];
	for (size_t i = 0; i < n; i++) {
		bytes += v[i].n;
		head.nlong = (uint8_t)(head.nlong + (v[i].n >= LONG));
	}
	put_event(row, &head, v, n, bytes);
}

/* One event; its fields go to `f`. */
static bool
get_event(struct rd *r, struct rec_event *ev, struct str *f)
{
	struct ev_head h;
	struct str first[TEXTS];
	const unsigned char *len, *more;
	const char *p;
	size_t n;

	if ((size_t)(r->end - r->p) < sizeof(h))
		return false;
	memcpy(&h, r->p, sizeof(h));
	len = r->p + sizeof(h);
	if (h.kind >= EV_KINDS || h.state >= ST_STATES || h.mta >= MTA_COUNT ||
	    h.mask >> F_COUNT)
		return false;
	n = TEXTS + bits_set(h.mask);
	if ((size_t)(r->end - len) < n + (size_t)h.nlong * 4)
		return false;
	more = len + n;
	p = (const char *)more + (size_t)h.nlong * 4;
	for (size_t i = 0; i < n; i++) {
		size_t k = len[i];

		if (k == LONG) {
			uint32_t n32;

			if (!h.nlong--)
				return false;
			memcpy(&n32, more, 4);
			more += 4;
			k = n32;
		}
		if (k > (size_t)((const char *)r->end - p))
			return false;
		if (i < TEXTS)
			first[i] = str_make(p, k);
		else
			f[i - TEXTS] = str_make(p, k);
		p += k;
	}
	*ev = (struct rec_event){ .kind = h.kind,
		.state = h.state,
		.mta = h.mta,
		.frame = h.frame,
		.flags = h.flags,
		.tz_min = h.tz_min,
		.t_us = h.t_us,
		.tag = first[0],
		.pid = first[1],
		.raw = first[2],
		.at = { h.src, h.number, h.offset },
		.mask = h.mask };
	r->p = (const unsigned char *)p;
	return h.nlong == 0;
}

int64_t
rec_first_time(struct str events)
{
	struct ev_head h = { 0 };

	if (events.n >= sizeof(h))
		memcpy(&h, events.p, sizeof(h));
	return h.t_us;
}

int
rec_read(struct str row, struct record *rec, struct rec_scratch *sc,
    struct err *err)
{
	struct rd r = rd_of(row);
	size_t nf = 0;
	uint64_t n;

	rec->kind = (enum rec_kind)rd_uvar(&r);
	rec->flags = (unsigned)rd_uvar(&r);
	rec->host = rd_str(&r);
	rec->qid = rd_str(&r);
	rec->inst = rd_str(&r);
	rec->t0_us = rd_svar(&r);
	rec->t1_us = rec->t0_us + (int64_t)rd_uvar(&r);
	n = rd_uvar(&r);
	rec->id = 0;
	if (r.bad || n > EVENTS_MAX || rec->kind >= REC_KINDS)
		return err_set(err, "damaged record header");
	if (n > sc->cap) {
		sc->ev = xreallocarray(sc->ev, n, sizeof(*sc->ev));
		sc->cap = n;
	}
	for (size_t i = 0; i < n; i++) {
		struct rec_event *ev = &sc->ev[i];

		if (nf + F_COUNT > sc->fcap) {
			size_t cap = sc->fcap ? 2 * sc->fcap : 512;
			sc->f = xreallocarray(sc->f, cap, sizeof(*sc->f));
			sc->fcap = cap;
		}
		/* ev->f is set below, when sc->f no longer moves */
		if (!get_event(&r, ev, sc->f + nf))
			return err_set(err, "damaged record event");
		nf += bits_set(ev->mask);
	}
	if (r.bad || r.p != r.end)
		return err_set(err, "damaged record");
	nf = 0;
	for (size_t i = 0; i < n; i++) {
		sc->ev[i].f = sc->f + nf;
		nf += bits_set(sc->ev[i].mask);
	}
	rec->ev = sc->ev;
	rec->n = n;
	return 0;
}

bool
rec_events_good(struct str events, size_t n)
{
	struct rd r = rd_of(events);
	struct str f[F_COUNT];
	struct rec_event ev;

	while (n && get_event(&r, &ev, f))
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
