/*
 * record.c: the row form of records: bytes while a hop is open, on their way
 * to the columns of the store, and back.
 */
#include <stdlib.h>

#include "base/die.h"
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

void
rec_put_event(struct buf *row, const struct line *ln, const struct event *ev,
    uint32_t src, int64_t t0_us, struct str raw)
{
	size_t most = 100 + ln->tag.n + ln->pid.n + raw.n;
	char *p, *from;

	for (uint64_t m = ev->mask; m; m &= m - 1)
		most += 10 + ev->f[__builtin_ctzll(m)].n;
	from = p = buf_room(row, most);
	if (!p)
		return;
	*p++ = (char)ev->kind;
	*p++ = (char)ev->state;
	*p++ = (char)ev->mta;
	*p++ = (char)ln->frame;
	p = put_uvar(p, ev->flags);
	p = put_uvar(p, zigzag(ln->tz_min));
	p = put_uvar(p, zigzag(ln->t_us - t0_us));
	p = put_str(p, ln->tag);
	p = put_str(p, ln->pid);
	p = put_uvar(p, src);
	p = put_uvar(p, ln->number);
	p = put_uvar(p, ln->offset);
	p = put_str(p, raw);
	p = put_uvar(p, ev->mask);
	for (uint64_t m = ev->mask; m; m &= m - 1)
		p = put_str(p, ev->f[__builtin_ctzll(m)]);
	row->n += (size_t)(p - from);
}

void
rec_put_rev(struct buf *row, const struct rec_event *rev, int64_t t0_us)
{
	struct line ln = { .frame = (enum frame)rev->frame,
		.tz_min = rev->tz_min,
		.t_us = rev->t_us,
		.tag = rev->tag,
		.pid = rev->pid,
		.number = rev->at.number,
		.offset = rev->at.offset };
	struct event ev = { .kind = (enum ev_kind)rev->kind,
		.state = (enum ev_state)rev->state,
		.mta = (enum mta)rev->mta,
		.flags = rev->flags,
		.mask = rev->mask };

	for (uint64_t m = rev->mask, i = 0; m; m &= m - 1)
		ev.f[__builtin_ctzll(m)] = rev->f[i++];
	rec_put_event(row, &ln, &ev, rev->at.src, t0_us, rev->raw);
}

/* A reader that never leaves its bytes; `bad` sticks. */
struct rd {
	const unsigned char *p, *end;
	bool bad;
};

/* Most numbers are of one byte. */
static inline uint64_t
get_uvar(struct rd *r)
{
	uint64_t v = 0;

	if (__builtin_expect(r->p < r->end && *r->p < 128, 1))
		return *r->p++;
	for (int shift = 0; shift < 64; shift += 7) {
		unsigned char c;
		if (r->p == r->end)
			break;
		c = *r->p++;
		v |= (uint64_t)(c & 127) << shift;
		if (!(c & 128))
			return v;
	}
	r->bad = true;
	return 0;
}

static inline int64_t
get_svar(struct rd *r)
{
	uint64_t v = get_uvar(r);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static inline struct str
get_str(struct rd *r)
{
	uint64_t n = get_uvar(r);
	struct str s;

	if (r->bad || n > (uint64_t)(r->end - r->p)) {
		r->bad = true;
		return STR_NONE;
	}
	s = str_make((const char *)r->p, n);
	r->p += n;
	return s;
}

static uint8_t
get_byte(struct rd *r)
{
	if (r->p == r->end) {
		r->bad = true;
		return 0;
	}
	return *r->p++;
}

int
rec_read(struct str row, struct record *rec, struct rec_scratch *sc,
    struct err *err)
{
	struct rd r = { (const unsigned char *)row.p,
		(const unsigned char *)row.p + row.n, false };
	size_t nf = 0;
	uint64_t n;

	rec->kind = (enum rec_kind)get_uvar(&r);
	rec->flags = (unsigned)get_uvar(&r);
	rec->host = get_str(&r);
	rec->qid = get_str(&r);
	rec->inst = get_str(&r);
	rec->t0_us = get_svar(&r);
	rec->t1_us = rec->t0_us + (int64_t)get_uvar(&r);
	n = get_uvar(&r);
	rec->id = 0;
	if (r.bad || n > EVENTS_MAX || rec->kind >= REC_KINDS)
		return err_set(err, "damaged record header");
	if (n > sc->cap) {
		sc->ev = xreallocarray(sc->ev, n, sizeof(*sc->ev));
		sc->cap = n;
	}
	for (size_t i = 0; i < n; i++) {
		struct rec_event *ev = &sc->ev[i];

		ev->kind = get_byte(&r);
		ev->state = get_byte(&r);
		ev->mta = get_byte(&r);
		ev->frame = get_byte(&r);
		ev->flags = (uint16_t)get_uvar(&r);
		ev->tz_min = (int16_t)get_svar(&r);
		ev->t_us = rec->t0_us + get_svar(&r);
		ev->tag = get_str(&r);
		ev->pid = get_str(&r);
		ev->at.src = (uint32_t)get_uvar(&r);
		ev->at.number = (uint32_t)get_uvar(&r);
		ev->at.offset = get_uvar(&r);
		ev->raw = get_str(&r);
		ev->mask = get_uvar(&r);
		if (r.bad || ev->kind >= EV_KINDS || ev->state >= ST_STATES ||
		    ev->mta >= MTA_COUNT || ev->mask >> F_COUNT)
			return err_set(err, "damaged record event");
		if (nf + F_COUNT > sc->fcap) {
			size_t cap = sc->fcap ? 2 * sc->fcap : 512;
			sc->f = xreallocarray(sc->f, cap, sizeof(*sc->f));
			sc->fcap = cap;
		}
		ev->f = NULL; /* set below, when sc->f no longer moves */
		for (uint64_t m = ev->mask; m; m &= m - 1)
			sc->f[nf++] = get_str(&r);
	}
	if (r.bad || r.p != r.end)
		return err_set(err, "damaged record");
	nf = 0;
	for (size_t i = 0; i < n; i++) {
		sc->ev[i].f = sc->f + nf;
		nf += (size_t)__builtin_popcountll(sc->ev[i].mask);
	}
	rec->ev = sc->ev;
	rec->n = n;
	return 0;
}

void
rec_scratch_release(struct rec_scratch *sc)
{
	free(sc->ev);
	free(sc->f);
	*sc = (struct rec_scratch){ 0 };
}
