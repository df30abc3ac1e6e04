/*
 * seg_decode.c: the columns of a group (seg_form.h) back to records.
 *
 * Everything is decoded at once, some 60 us for a full group: views point
 * into the unpacked sections, and what has to be put together (numbers,
 * replies, delays) goes to an arena.  Bytes are never trusted: streams are
 * read through cursors that cannot leave them, references are checked, and
 * counts are bounded by the bytes that are there.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/die.h"
#include "index/seg_form.h"
#include "index/seg_pack.h"
#include "base/banned.h"

struct cur {
	const unsigned char *p, *end;
};

struct texts {
	struct str *v;
	size_t n;
	size_t next; /* the first that was not handed out yet */
};

struct list { /* of C_DICT: numbers to texts */
	struct str *v;
	size_t n, cap;
};

struct shape {
	struct rec_event ev; /* all that lines of the shape share */
	bool raw;
};

struct seg_dec {
	struct unpack *unpack;
	char *buf; /* for scans of one section */
	size_t cap;
};

struct seg {
	struct arena arena;
	char *section[SEG_SECTIONS];
	size_t bytes;
	struct record *rec;
	size_t nrec;
	struct rec_event *ev;
	struct str *val;
	/* while decoding */
	bool bad;
	struct cur own[STREAMS], field[64];
	struct texts pool[POOLS];
	uint8_t coder[64];
	size_t nfield;
	struct list list[DICTS];
	struct shape *shape;
	size_t nshape, cshape;
	struct str last_id[64];
	struct str last_subject;
	size_t nval;
	char tmp[32];
};

static uint64_t
get_uvar(struct seg *s, struct cur *c)
{
	uint64_t v = 0;

	if (c->p < c->end && *c->p < 128)
		return *c->p++;
	for (int shift = 0; shift < 64 && c->p < c->end; shift += 7) {
		unsigned char b = *c->p++;
		v |= (uint64_t)(b & 127) << shift;
		if (b < 128)
			return v;
	}
	s->bad = true;
	return 0;
}

static int64_t
get_svar(struct seg *s, struct cur *c)
{
	uint64_t v = get_uvar(s, c);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* Time differences: damaged ones wrap, they must not trap. */
static int64_t
get_later(struct seg *s, struct cur *c, int64_t t, int64_t unit)
{
	return (int64_t)((uint64_t)t +
	    (uint64_t)get_svar(s, c) * (uint64_t)unit);
}

struct seg_dec *
seg_dec_new(void)
{
	struct seg_dec *dec = xcalloc(1, sizeof(*dec));

	dec->unpack = unpack_new();
	return dec;
}

void
seg_dec_free(struct seg_dec *dec)
{
	if (!dec)
		return;
	unpack_free(dec->unpack);
	free(dec->buf);
	free(dec);
}

/* The next text of a pool. */
static struct str
next_text(struct seg *s, enum pool pool)
{
	struct texts *t = &s->pool[pool];

	if (t->next >= t->n) {
		s->bad = true;
		return STR("");
	}
	return t->v[t->next++];
}

/* A reference by distance: 0 is the next new one. */
static struct str
pool_ref(struct seg *s, struct cur *c, enum pool pool)
{
	uint64_t d = get_uvar(s, c);
	struct texts *t = &s->pool[pool];

	if (d == 0)
		return next_text(s, pool);
	if (d > t->next) {
		s->bad = true;
		return STR("");
	}
	return t->v[t->next - d];
}

static struct str
dict_ref(struct seg *s, struct cur *c, unsigned list)
{
	uint64_t no = get_uvar(s, c);
	struct list *l = &s->list[list];

	if (no < l->n)
		return l->v[no];
	if (no > l->n || s->bad) {
		s->bad = true;
		return STR("");
	}
	arena_grow(&s->arena, l->v, l->n, l->cap);
	return l->v[l->n++] = next_text(s, P_DICT);
}

static struct str
get_num(struct seg *s, struct cur *c)
{
	uint64_t v = get_uvar(s, c);
	char *p = s->tmp + sizeof(s->tmp);

	if (v == 0)
		return next_text(s, P_TEXT);
	v--;
	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	return arena_dup(&s->arena, str_make(p,
	    (size_t)(s->tmp + sizeof(s->tmp) - p)));
}

static struct str
get_delays(struct seg *s, struct cur *c)
{
	struct str part[4];
	size_t n = 3;
	char *p;

	switch (get_uvar(s, c)) {
	case 0:
		return next_text(s, P_TEXT);
	case 1:
		break;
	default:
		s->bad = true;
		return STR("");
	}
	for (int i = 0; i < 4; i++) {
		part[i] = dict_ref(s, c, D_DELAY);
		n += part[i].n;
	}
	p = arena_alloc(&s->arena, n + 1);
	n = 0;
	for (int i = 0; i < 4; i++) {
		if (i)
			p[n++] = '/';
		if (part[i].n)
			memcpy(p + n, part[i].p, part[i].n);
		n += part[i].n;
	}
	return str_make(p, n);
}

static struct str
get_reply(struct seg *s, struct cur *c, const struct rec_event *ev)
{
	uint64_t at = get_uvar(s, c);
	struct str text = pool_ref(s, c, P_TEXT), id;
	char *p;

	if (at == 0)
		return text;
	id = rev_get(ev, F_QID2);
	if (--at > text.n || !id.n) {
		s->bad = true;
		return text;
	}
	p = arena_alloc(&s->arena, text.n + id.n + 1);
	memcpy(p, text.p, at);
	memcpy(p + at, id.p, id.n);
	memcpy(p + at + id.n, text.p + at, text.n - at);
	return str_make(p, text.n + id.n);
}

static struct str
get_id(struct seg *s, struct cur *c, int f, struct str qid)
{
	switch (get_uvar(s, c)) {
	case ID_NEW:
		return s->last_id[f] = next_text(s, P_ID);
	case ID_LAST:
		if (s->last_id[f].p)
			return s->last_id[f];
		break;
	case ID_QID:
		return qid;
	}
	s->bad = true;
	return STR("");
}

static struct str
get_subject(struct seg *s, struct cur *c)
{
	switch (get_uvar(s, c)) {
	case SUBJ_NEW:
		return s->last_subject = next_text(s, P_SUBJ);
	case SUBJ_LAST:
		if (s->last_subject.p)
			return s->last_subject;
	}
	s->bad = true;
	return STR("");
}

static struct str
get_value(struct seg *s, int f, const struct rec_event *ev, struct str qid)
{
	struct cur *c = &s->field[f];

	switch ((enum coder)s->coder[f]) {
	case C_DICT:
		return dict_ref(s, c, (unsigned)f);
	case C_ADDR:
		return pool_ref(s, c, P_ADDR);
	case C_NAME:
		return pool_ref(s, c, P_NAME);
	case C_IP:
		return pool_ref(s, c, P_IP);
	case C_TEXT:
		return pool_ref(s, c, P_TEXT);
	case C_ID:
		return get_id(s, c, f, qid);
	case C_NUM:
		return get_num(s, c);
	case C_SUBJ:
		return get_subject(s, c);
	case C_DELAY:
		return dict_ref(s, c, D_DELAY);
	case C_DELAYS:
		return get_delays(s, c);
	case C_REPLY:
		return get_reply(s, c, ev);
	case C_NONE:
	case CODERS:
		break;
	}
	s->bad = true;
	return STR("");
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

static void
get_event(struct seg *s, struct rec_event *ev, struct str qid, int64_t unit,
    struct place *at)
{
	uint64_t no = get_uvar(s, &s->own[S_SHAPE]);
	struct str *val;

	if (no == s->nshape)
		get_shape(s);
	if (s->bad || no >= s->nshape) {
		s->bad = true;
		return;
	}
	*ev = s->shape[no].ev;
	ev->pid = dict_ref(s, &s->own[S_PID], D_PID);
	at->t_us = get_later(s, &s->own[S_TIME], at->t_us, unit);
	at->number += (uint32_t)get_svar(s, &s->own[S_NUMBER]);
	at->offset += (uint64_t)get_svar(s, &s->own[S_OFFSET]);
	ev->t_us = at->t_us;
	ev->at.number = at->number;
	ev->at.offset = at->offset;
	if (s->shape[no].raw)
		ev->raw = next_text(s, P_RAW);
	ev->f = val = s->val + s->nval;
	s->nval += (size_t)__builtin_popcountll(ev->mask);
	for (uint64_t m = ev->mask; m; m &= m - 1)
		*val++ = get_value(s, __builtin_ctzll(m), ev, qid);
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
	p = arena_alloc(&s->arena, same + rest.n + 1);
	memcpy(p, prev.p, same);
	if (rest.n)
		memcpy(p + same, rest.p, rest.n);
	return str_make(p, same + rest.n);
}

static void
get_records(struct seg *s, uint64_t kind, int64_t unit, size_t nev,
    const size_t *count)
{
	struct cur *c = &s->own[S_REC];
	struct place first = { 0 };
	struct str qid = STR("");
	struct rec_event *ev = s->ev;
	int64_t t0 = 0;

	for (size_t i = 0; i < s->nrec && !s->bad; i++) {
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
		rec->n = count[i];
		s->last_subject = STR_NONE;
		for (size_t k = 0; k < count[i] && !s->bad; k++, ev++) {
			get_event(s, ev, qid, unit, &at);
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

/* The same for their fields: from the shapes, read ahead of their tags. */
static size_t
count_values(struct seg *s, size_t nev)
{
	struct cur def = s->own[S_DEF], sh = s->own[S_SHAPE];
	uint16_t *bits = NULL;
	size_t n = 0, cap = 0, total = 0;

	while (def.p < def.end && !s->bad) {
		if (def.end - def.p < 5) {
			s->bad = true;
			break;
		}
		def.p += 5;
		for (int i = 0; i < 4; i++)
			get_uvar(s, &def);
		arena_grow(&s->arena, bits, n, cap);
		bits[n++] = (uint16_t)__builtin_popcountll(get_uvar(s, &def));
	}
	for (size_t i = 0; i < nev && !s->bad; i++) {
		uint64_t no = get_uvar(s, &sh);
		if (no >= n)
			s->bad = true;
		else
			total += bits[no];
	}
	if (total > SEG_VALUES_MAX)
		s->bad = true;
	return total;
}

static struct cur
slice(struct seg *s, struct cur *len, struct cur *rest)
{
	uint64_t n = get_uvar(s, len);
	struct cur c = { rest->p, rest->p };

	if (s->bad || n > (uint64_t)(rest->end - rest->p)) {
		s->bad = true;
		return c;
	}
	c.end = rest->p += n;
	return c;
}

static void
get_pool(struct seg *s, struct texts *t, struct cur len, struct cur txt)
{
	size_t cap = 0;

	for (const unsigned char *p = len.p; p < len.end; p++)
		cap += *p < 128;
	if (!cap)
		return;
	t->v = arena_array(&s->arena, struct str, cap);
	while (len.p < len.end && !s->bad) {
		uint64_t n = get_uvar(s, &len);

		if (s->bad || n > (uint64_t)(txt.end - txt.p)) {
			s->bad = true;
			return;
		}
		t->v[t->n++] = str_make((const char *)txt.p, n);
		txt.p += n;
	}
}

/* Finds the streams of one section, in the order the encoder wrote them. */
static void
open_section(struct seg *s, enum seg_section sec, struct cur c)
{
	struct cur len;
	uint64_t n;

	if (c.p == c.end)
		return;
	if (*c.p++ != SEG_FORM) {
		s->bad = true;
		return;
	}
	n = get_uvar(s, &c);
	len = c;
	for (uint64_t i = 0; i < n && !s->bad; i++)
		get_uvar(s, &c);
	for (int i = 0; i < STREAMS; i++) {
		if (stream_section[i] != sec)
			continue;
		s->own[i] = slice(s, &len, &c);
		if (i != S_CODER)
			continue;
		s->nfield = (size_t)(s->own[i].end - s->own[i].p);
		if (s->nfield > 64)
			s->nfield = 64;
		if (s->nfield)
			memcpy(s->coder, s->own[i].p, s->nfield);
	}
	for (size_t f = 0; f < s->nfield; f++)
		if (coder_section((enum coder)s->coder[f]) == sec)
			s->field[f] = slice(s, &len, &c);
	for (int i = 0; i < POOLS; i++)
		if (pool_section[i] == sec) {
			struct cur l = slice(s, &len, &c);
			get_pool(s, &s->pool[i], l, slice(s, &len, &c));
		}
	if (c.p != c.end)
		s->bad = true;
}

static struct cur
unpacked(struct seg *s, struct seg_dec *dec, enum seg_section sec,
    struct str in, struct err *err, int *rc)
{
	size_t n;

	if (!in.n)
		return (struct cur){ NULL, NULL };
	if (unpack_size(in, SEG_SECTION_MAX, &n, err) < 0) {
		*rc = -1;
		return (struct cur){ NULL, NULL };
	}
	s->section[sec] = xmalloc(n + 1);
	s->bytes += n;
	*rc = unpack(dec->unpack, in, s->section[sec], n, err);
	return (struct cur){ (unsigned char *)s->section[sec],
		(unsigned char *)s->section[sec] + n };
}

static int
decode(struct seg *s, struct seg_dec *dec, const struct str in[SEG_SECTIONS],
    struct err *err)
{
	/* head first: it says which fields are where */
	static const enum seg_section order[SEG_SECTIONS] = { SEG_HEAD,
		SEG_SUBJ, SEG_ADDR, SEG_NUM, SEG_TEXT };
	size_t count[SEG_RECORDS], nev, nval;
	uint64_t kind, unit;

	for (int i = 0; i < SEG_SECTIONS; i++) {
		int rc = 0;
		struct cur c = unpacked(s, dec, order[i], in[order[i]], err,
		    &rc);

		if (rc < 0)
			return -1;
		open_section(s, order[i], c);
	}
	kind = get_uvar(s, &s->own[S_REC]);
	unit = get_uvar(s, &s->own[S_UNIT]);
	if (kind == 0 || kind >= REC_KINDS || unit > 1000000)
		s->bad = true;
	nev = s->bad ? 0 : count_events(s, count);
	if (nev > SEG_EVENTS_MAX)
		s->bad = true;
	nval = s->bad ? 0 : count_values(s, nev);
	if (!s->bad) {
		s->rec = xcalloc(s->nrec, sizeof(*s->rec));
		s->ev = xcalloc(nev, sizeof(*s->ev));
		s->val = xcalloc(nval, sizeof(*s->val));
		s->bytes += nev * sizeof(*s->ev) + nval * sizeof(*s->val);
		get_records(s, kind, (int64_t)unit, nev, count);
	}
	s->bytes += s->arena.total;
	return s->bad ? err_set(err, "damaged group of records") : 0;
}

struct seg *
seg_decode(struct seg_dec *dec, const struct str in[SEG_SECTIONS],
    struct err *err)
{
	struct seg *s = xcalloc(1, sizeof(*s));

	if (decode(s, dec, in, err) == 0)
		return s;
	seg_free(s);
	return NULL;
}

void
seg_free(struct seg *s)
{
	if (!s)
		return;
	for (int i = 0; i < SEG_SECTIONS; i++)
		free(s->section[i]);
	free(s->rec);
	free(s->ev);
	free(s->val);
	arena_release(&s->arena);
	free(s);
}

size_t
seg_count(const struct seg *s)
{
	return s->nrec;
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

int
seg_unpack(struct seg_dec *dec, struct str in, struct str *out,
    struct err *err)
{
	size_t size;

	if (unpack_size(in, SEG_SECTION_MAX, &size, err) < 0)
		return -1;
	if (size + 1 > dec->cap) {
		dec->buf = xrealloc(dec->buf, size + 1);
		dec->cap = size + 1;
	}
	if (unpack(dec->unpack, in, dec->buf, size, err) < 0)
		return -1;
	*out = str_make(dec->buf, size);
	return 0;
}

/* One section alone, through the decoder's own buffer. */
static int
scan_section(struct seg_dec *dec, struct str in, enum seg_section sec,
    seg_text_fn fn, void *ctx, struct err *err)
{
	struct seg s = { .bad = false };
	struct cur rest, len, own = { NULL, NULL }, txt;
	uint64_t n, rec = 0;
	struct str raw;

	if (!in.n)
		return 0;
	if (seg_unpack(dec, in, &raw, err) < 0)
		return -1;
	rest = (struct cur){ (const unsigned char *)raw.p,
		(const unsigned char *)raw.p + raw.n };
	if (raw.n == 0 || *rest.p++ != SEG_FORM)
		return err_set(err, "damaged group of records");
	n = get_uvar(&s, &rest);
	len = rest;
	for (uint64_t i = 0; i < n && !s.bad; i++)
		get_uvar(&s, &rest);
	if (sec == SEG_SUBJ)
		own = slice(&s, &len, &rest);
	n = 0;
	txt = slice(&s, &len, &rest); /* lengths */
	len = (struct cur){ txt.p, txt.end };
	for (txt = rest; len.p < len.end && !s.bad;) {
		n = get_uvar(&s, &len);
		if (sec == SEG_SUBJ)
			rec += get_uvar(&s, &own);
		if (s.bad || n > (uint64_t)(txt.end - txt.p) ||
		    rec > SEG_RECORDS || (sec == SEG_SUBJ && !rec))
			return err_set(err, "damaged group of records");
		fn(ctx, sec == SEG_SUBJ ? (size_t)rec - 1 : 0,
		    str_make((const char *)txt.p, n));
		txt.p += n;
	}
	return s.bad ? err_set(err, "damaged group of records") : 0;
}

int
seg_subjects(struct seg_dec *dec, struct str section, seg_text_fn fn,
    void *ctx, struct err *err)
{
	return scan_section(dec, section, SEG_SUBJ, fn, ctx, err);
}

int
seg_addresses(struct seg_dec *dec, struct str section, seg_text_fn fn,
    void *ctx, struct err *err)
{
	return scan_section(dec, section, SEG_ADDR, fn, ctx, err);
}
