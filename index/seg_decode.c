/*
 * seg_decode.c: the columns of a group (seg_form.h) back to records.
 *
 * Everything is decoded at once: views point into the unpacked sections, and
 * what has to be put together (numbers, replies, delays) goes to the group's
 * own memory, which the next group uses again.  Counts are bounded by the
 * bytes that are there.
 */
#include "index/seg_dec.h"
#include "base/banned.h"

struct seg_dec *
seg_dec_new(void)
{
	struct seg_dec *dec = xcalloc(1, sizeof(*dec));

	dec->unpack = unpack_new();
	dec->alone.dec = dec;
	dec->alone.room.p = xmalloc(ALONE_ROOM);
	dec->alone.room.cap = ALONE_ROOM;
	return dec;
}

void
seg_dec_free(struct seg_dec *dec)
{
	if (!dec)
		return;
	for (struct seg *s = dec->spare, *next; s; s = next) {
		next = s->next;
		free(s->room.p);
		free(s);
	}
	unpack_free(dec->unpack);
	arena_release(&dec->alone.arena);
	free(dec->alone.room.p);
	free(dec->buf);
	free(dec);
}

/* The next shape, as its first line defines it. */
static void
get_shape(struct seg *s)
{
	struct cur *c = &s->own[S_DEF];
	struct shape sh = { { 0 }, false };
	uint64_t tag;

	if (c->end - c->p < 5) {
		s->bad = true;
		return;
	}
	sh.ev.kind = c->p[0];
	sh.ev.state = c->p[1];
	sh.ev.mta = c->p[2];
	sh.ev.frame = c->p[3];
	sh.raw = c->p[4];
	c->p += 5;
	sh.ev.flags = (uint16_t)get_uvar(s, c);
	sh.ev.tz_min = (int16_t)get_svar(s, c);
	tag = get_uvar(s, c);
	sh.ev.at.src = (uint32_t)get_uvar(s, c);
	sh.ev.mask = get_uvar(s, c);
	if (tag == s->list[D_TAG].n) {
		struct list *l = &s->list[D_TAG];
		arena_grow(&s->arena, l->v, l->n, l->cap);
		l->v[l->n++] = next_text(s, P_DICT);
	}
	if (s->bad || tag >= s->list[D_TAG].n || sh.ev.kind >= EV_KINDS ||
	    sh.ev.state >= ST_STATES || sh.ev.mta >= MTA_COUNT ||
	    (s->nfield < 64 && sh.ev.mask >> s->nfield)) {
		s->bad = true;
		return;
	}
	sh.ev.tag = s->list[D_TAG].v[tag];
	arena_grow(&s->arena, s->shape, s->nshape, s->cshape);
	s->shape[s->nshape++] = sh;
}

struct place { /* of the line before */
	int64_t t_us;
	uint32_t number;
	uint64_t offset;
};

/* The shape of the next event, and its place; NULL when it is damaged. */
static const struct shape *
next_event(struct seg *s, int64_t unit, struct place *at)
{
	uint64_t no = get_uvar(s, &s->own[S_SHAPE]);
	int64_t lines;

	if (no == s->nshape)
		get_shape(s);
	if (s->bad || no >= s->nshape) {
		s->bad = true;
		return NULL;
	}
	at->t_us = get_later(s, &s->own[S_TIME], at->t_us, unit);
	lines = get_svar(s, &s->own[S_NUMBER]);
	at->number += (uint32_t)lines;
	at->offset += (uint64_t)get_svar(s, &s->own[S_OFFSET]) +
		      (uint64_t)seg_guess(&s->lines, lines);
	if (!s->lines.set)
		seg_lines_set(&s->lines, at->number, at->offset);
	s->last_name = 0;
	return &s->shape[no];
}

/* One that nobody asks for. */
static void
pass_event(struct seg *s, int64_t unit, struct place *at)
{
	const struct shape *sh = next_event(s, unit, at);

	if (!sh)
		return;
	dict_ref(s, &s->own[S_PID], D_PID);
	if (sh->raw)
		next_text(s, P_RAW);
	for (uint64_t m = sh->ev.mask; m; m &= m - 1)
		seg_pass_value(s, __builtin_ctzll(m));
}

static void
get_event(struct seg *s, struct rec_event *ev, struct str qid, int64_t unit,
    struct place *at)
{
	const struct shape *sh = next_event(s, unit, at);
	struct str *val;

	if (!sh)
		return;
	*ev = sh->ev;
	ev->pid = dict_ref(s, &s->own[S_PID], D_PID);
	ev->t_us = at->t_us;
	ev->at.number = at->number;
	ev->at.offset = at->offset;
	if (sh->raw)
		ev->raw = next_text(s, P_RAW);
	ev->f = val = s->val + s->nval;
	for (uint64_t m = ev->mask; m; m &= m - 1)
		*val++ = seg_get_value(s, __builtin_ctzll(m), ev, qid);
	s->nval = (size_t)(val - s->val);
}

/* The record's own id shares its start with the one before. */
static struct str
get_qid(struct seg *s, struct str prev)
{
	uint64_t same = get_uvar(s, &s->own[S_QID]);
	struct str rest = next_text(s, P_ID);
	char *p;

	if (same == 0)
		return rest;
	if (same > prev.n) {
		s->bad = true;
		return rest;
	}
	p = take(s, same + rest.n + 1);
	memcpy(p, prev.p, same);
	if (rest.n)
		memcpy(p + same, rest.p, rest.n);
	return str_make(p, same + rest.n);
}

/* How many records there are up to the last one asked for. */
static size_t
wanted_records(const struct seg *s)
{
	size_t n = s->nrec;

	while (n && !seg_has(s, n - 1))
		n--;
	return n;
}

static void
get_records(struct seg *s, uint64_t kind, int64_t unit, size_t nev,
    const size_t *count)
{
	size_t upto = wanted_records(s);
	struct cur *c = &s->own[S_REC];
	struct place first = { 0 };
	struct str qid = STR("");
	struct rec_event *ev = s->ev;
	int64_t t0 = 0;

	for (size_t i = 0; i < upto && !s->bad; i++) {
		bool pass = !seg_has(s, i);
		struct record *rec = &s->rec[i];
		struct place at = first;

		rec->kind = (enum rec_kind)kind;
		rec->flags = (unsigned)get_uvar(s, c);
		rec->host = dict_ref(s, c, D_HOST);
		rec->inst = dict_ref(s, c, D_INST);
		get_uvar(s, c); /* counted already */
		rec->qid = qid = get_qid(s, qid);
		t0 = get_later(s, &s->own[S_T0], t0, unit);
		rec->t0_us = rec->t1_us = at.t_us = t0;
		rec->ev = ev;
		rec->n = pass ? 0 : count[i];
		s->last_subject = STR_NONE;
		for (size_t k = 0; k < count[i] && !s->bad; k++) {
			if (pass)
				pass_event(s, unit, &at);
			else
				get_event(s, ev++, qid, unit, &at);
			if (at.t_us > rec->t1_us)
				rec->t1_us = at.t_us;
			if (k == 0)
				first = at;
		}
		rec->t1_us = get_later(s, &s->own[S_T0], rec->t1_us, unit);
	}
	if (ev != s->ev + nev)
		s->bad = true;
}

/* How many events each record has, so that arrays are made once. */
static size_t
count_events(struct seg *s, size_t *count)
{
	struct cur c = s->own[S_REC];
	size_t shapes = (size_t)(s->own[S_SHAPE].end - s->own[S_SHAPE].p);
	size_t n = 0;

	while (c.p < c.end && !s->bad) {
		uint64_t k;

		if (s->nrec == SEG_RECORDS)
			s->bad = true;
		get_uvar(s, &c);
		get_uvar(s, &c);
		get_uvar(s, &c);
		k = get_uvar(s, &c);
		if (k > shapes - n)
			s->bad = true;
		if (s->bad)
			return 0;
		n += count[s->nrec++] = k;
	}
	return n;
}

/* The same for their fields: from the shapes, read ahead of their tags.  What
 * records take that nobody asked for is left out. */
static size_t
count_values(struct seg *s, const size_t *count, size_t *nev)
{
	struct cur def = s->own[S_DEF], sh = s->own[S_SHAPE];
	uint16_t *bits = NULL;
	size_t nbits = 0, cap = 0, total = 0;

	while (def.p < def.end && !s->bad) {
		if (def.end - def.p < 5) {
			s->bad = true;
			break;
		}
		def.p += 5;
		for (int i = 0; i < 4; i++)
			get_uvar(s, &def);
		arena_grow(&s->arena, bits, nbits, cap);
		bits[nbits++] = (uint16_t)bits_set(get_uvar(s, &def));
	}
	*nev = 0;
	for (size_t i = 0, n = wanted_records(s); i < n && !s->bad; i++) {
		size_t has = 0;

		for (size_t k = 0; k < count[i] && !s->bad; k++) {
			uint64_t no = get_uvar(s, &sh);

			if (no >= nbits)
				s->bad = true;
			else
				has += bits[no];
		}
		if (!seg_has(s, i))
			continue;
		*nev += count[i];
		total += has;
	}
	if (total > SEG_VALUES_MAX)
		s->bad = true;
	return total;
}

static struct cur
unpacked(struct seg *s, struct seg_dec *dec, enum seg_section sec,
    struct str in, struct err *err, int *rc)
{
	unsigned char *p;
	size_t n;

	if (!in.n)
		return (struct cur){ NULL, NULL };
	if (sec == SEG_BIN) {
		*rc = unpack_stored(in, &in, err);
		if (*rc < 0)
			return (struct cur){ NULL, NULL };
		p = memcpy(take(s, in.n + 1), in.p, in.n);
		return (struct cur){ p, p + in.n };
	}
	if (unpack_size(in, SEG_SECTION_MAX, &n, err) < 0) {
		*rc = -1;
		return (struct cur){ NULL, NULL };
	}
	p = take(s, n + 1);
	*rc = unpack(dec->unpack, in, (char *)p, n, err);
	return (struct cur){ p, p + n };
}

static int
decode(struct seg *s, struct seg_dec *dec, const struct str in[SEG_SECTIONS],
    struct err *err)
{
	/* head first: it says which fields are where */
	static const enum seg_section order[SEG_SECTIONS] = { SEG_HEAD,
		SEG_SUBJ, SEG_ADDR, SEG_NUM, SEG_TEXT, SEG_BIN };
	size_t count[SEG_RECORDS], nev, nval;
	uint64_t kind, unit;

	for (int i = 0; i < SEG_SECTIONS; i++) {
		int rc = 0;
		struct cur c =
		    unpacked(s, dec, order[i], in[order[i]], err, &rc);

		if (rc < 0)
			return -1;
		seg_open_section(s, order[i], c);
	}
	kind = get_uvar(s, &s->own[S_REC]);
	unit = get_uvar(s, &s->own[S_UNIT]);
	if (kind == 0 || kind >= REC_KINDS || unit > 1000000)
		s->bad = true;
	nev = s->bad ? 0 : count_events(s, count);
	if (nev > SEG_EVENTS_MAX)
		s->bad = true;
	nval = s->bad ? 0 : count_values(s, count, &nev);
	if (!s->bad) {
		size_t names = s->pool[P_NAME].n + 1;

		s->rec = take_array(s, s->nrec, sizeof(*s->rec));
		s->ev = take_array(s, nev, sizeof(*s->ev));
		s->val = take_array(s, nval, sizeof(*s->val));
		s->addr.n = s->pool[P_LOCAL].n;
		s->addr.v = take_array(s, s->addr.n, sizeof(struct str));
		s->domain_of = take_array(s, s->addr.n, sizeof(uint32_t));
		s->ip_of = take_array(s, names, sizeof(*s->ip_of));
		memset(s->ip_of, 0, names * sizeof(*s->ip_of));
		memset(s->rec, 0, s->nrec * sizeof(*s->rec));
		get_records(s, kind, (int64_t)unit, nev, count);
	}
	s->bytes = s->room.cap + s->arena.total;
	return s->bad ? err_set(err, "damaged group of records") : 0;
}

/* A group's memory, as much as those before it needed. */
static struct seg *
seg_new(struct seg_dec *dec)
{
	struct seg *s = dec->spare;
	struct room room = { NULL, 0, 0 };

	if (s) {
		dec->spare = s->next;
		dec->nspare--;
		room = s->room;
	} else {
		s = xmalloc(sizeof(*s));
	}
	if (room.cap < dec->room) {
		free(room.p);
		room.p = xmalloc(dec->room);
		room.cap = dec->room;
	}
	memset(s, 0, sizeof(*s));
	room.n = 0;
	s->room = room;
	s->dec = dec;
	return s;
}

struct seg *
seg_decode(struct seg_dec *dec, const struct str in[SEG_SECTIONS],
    struct err *err)
{
	static const uint64_t all[2] = { UINT64_MAX, UINT64_MAX };

	return seg_decode_some(dec, in, all, err);
}

struct seg *
seg_decode_some(struct seg_dec *dec, const struct str in[SEG_SECTIONS],
    const uint64_t want[SEG_RECORDS / 64], struct err *err)
{
	struct seg *s = seg_new(dec);
	size_t used;
	int rc;

	memcpy(s->have, want, sizeof(s->have));
	rc = decode(s, dec, in, err);
	used = s->room.n + s->arena.total + s->arena.total / 8;

	if (used > dec->room)
		dec->room = used < SPARE_ROOM ? used : SPARE_ROOM;
	if (rc == 0)
		return s;
	seg_free(s);
	return NULL;
}

void
seg_free(struct seg *s)
{
	struct seg_dec *dec;

	if (!s)
		return;
	dec = s->dec;
	arena_release(&s->arena);
	if (dec->nspare < SPARE_MAX) {
		s->next = dec->spare;
		dec->spare = s;
		dec->nspare++;
		return;
	}
	free(s->room.p);
	free(s);
}

size_t
seg_count(const struct seg *s)
{
	return s->nrec;
}

bool
seg_has(const struct seg *s, size_t i)
{
	return s->have[i / 64] >> (i & 63) & 1;
}

size_t
seg_bytes(const struct seg *s)
{
	return s->bytes + sizeof(*s);
}

const struct record *
seg_record(const struct seg *s, size_t i)
{
	return &s->rec[i];
}
