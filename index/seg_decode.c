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

struct seg {
	struct seg_dec *dec; /* takes it back */
	struct seg *next;
	/* memory: used again for the next group */
	struct room {
		char *p;
		size_t cap, n;
	} room;
	struct arena arena; /* what did not fit */
	size_t bytes;
	struct record *rec;
	size_t nrec;
	struct rec_event *ev;
	struct str *val;
	/* while decoding */
	bool bad;
	struct cur own[STREAMS], field[64], len[POOLS];
	struct texts pool[POOLS];
	struct texts addr; /* whole addresses, as far as they are known */
	uint32_t *ip_of;   /* of each name: the IP last seen with it, + 1 */
	size_t last_name;  /* number + 1 in P_NAME of the event's last name */
	struct seg_lines lines;
	uint32_t *digits;  /* of each of P_HEX */
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

enum { SPARE_MAX = 4, SPARE_ROOM = 1 << 20, ALONE_ROOM = 64 * 1024 };

struct seg_dec {
	struct unpack *unpack;
	struct seg *spare;
	size_t nspare;
	size_t room; /* that recent groups took */
	char *buf; /* for scans of one section */
	size_t cap;
	struct seg alone; /* and its streams */
};

/* Memory that lives as long as the group, not zeroed. */
static inline void *
take(struct seg *s, size_t n)
{
	struct room *r = &s->room;
	void *p;

	n = (n + 7) & ~(size_t)7;
	if (n > r->cap - r->n)
		return arena_alloc(&s->arena, n);
	p = r->p + r->n;
	r->n += n;
	return p;
}

static inline void *
take_array(struct seg *s, size_t n, size_t size)
{
	return take(s, n * size); /* both are bounded */
}

static struct str
take_copy(struct seg *s, const char *p, size_t n)
{
	char *to = take(s, n + 1);

	memcpy(to, p, n);
	return str_make(to, n);
}

static uint64_t
get_long(struct seg *s, struct cur *c)
{
	uint64_t v = 0;

	for (int shift = 0; shift < 64 && c->p < c->end; shift += 7) {
		unsigned char b = *c->p++;
		v |= (uint64_t)(b & 127) << shift;
		if (b < 128)
			return v;
	}
	s->bad = true;
	return 0;
}

static inline uint64_t
get_uvar(struct seg *s, struct cur *c)
{
	if (c->p < c->end && *c->p < 128)
		return *c->p++;
	return get_long(s, c);
}

static inline int64_t
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

/* The next text of a pool. */
static inline struct str
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
static inline struct str
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

static inline struct str
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
get_name(struct seg *s, struct cur *c)
{
	uint64_t d = get_uvar(s, c);
	struct texts *t = &s->pool[P_NAME];

	if (d == 0)
		next_text(s, P_NAME);
	else if (d > t->next)
		s->bad = true;
	if (s->bad)
		return STR("");
	s->last_name = t->next - (d ? d - 1 : 0);
	return t->v[s->last_name - 1];
}

static struct str
get_ip(struct seg *s, struct cur *c)
{
	uint64_t d = get_uvar(s, c);
	struct texts *t = &s->pool[P_IP];
	uint32_t *with = s->last_name ? &s->ip_of[s->last_name - 1] : NULL;
	size_t no = 0;

	if (d == IP_NEW) {
		next_text(s, P_IP);
		no = t->next;
	} else if (d == IP_SAME) {
		no = with ? *with : 0;
	} else if (d - 1 <= t->next) {
		no = t->next - (d - 1) + 1;
	}
	if (s->bad || !no) {
		s->bad = true;
		return STR("");
	}
	if (with)
		*with = (uint32_t)no;
	return t->v[no - 1];
}

/* A domain by distance back, or the next new one. */
static struct str
domain_ref(struct seg *s, bool is_new, uint64_t back)
{
	struct texts *t = &s->pool[P_DOMAIN];

	if (is_new)
		return next_text(s, P_DOMAIN);
	if (back < t->next)
		return t->v[t->next - 1 - back];
	s->bad = true;
	return STR("");
}

/* The next new address: local part and domain put together. */
static struct str
next_address(struct seg *s)
{
	struct str local = next_text(s, P_LOCAL), dom;
	uint64_t code;
	char *p;

	while ((code = get_uvar(s, &s->own[S_DOMAIN])) == DOM_SKIP && !s->bad)
		if (s == &s->dec->alone) /* its id is not read here */
			next_text(s, P_DOMAIN);
	if (code == DOM_NONE || s->bad)
		return local;
	dom = domain_ref(s, code == DOM_NEW, code - DOM_BACK);
	p = take(s, local.n + 1 + dom.n + 1);
	if (local.n)
		memcpy(p, local.p, local.n);
	p[local.n] = '@';
	if (dom.n)
		memcpy(p + local.n + 1, dom.p, dom.n);
	return str_make(p, local.n + 1 + dom.n);
}

static struct str
get_addr(struct seg *s, struct cur *c)
{
	uint64_t d = get_uvar(s, c);
	struct texts *t = &s->addr;

	if (d > t->next || (d == 0 && t->next >= t->n)) {
		s->bad = true;
		return STR("");
	}
	if (d == 0)
		return t->v[t->next++] = next_address(s);
	return t->v[t->next - d];
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
	return take_copy(s, p, (size_t)(s->tmp + sizeof(s->tmp) - p));
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
	p = take(s, n + 1);
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

/* Cut-out values go back, in reverse order. */
static struct str
get_reply(struct seg *s, struct cur *c, const struct rec_event *ev)
{
	uint64_t bits = get_uvar(s, c), place[SEG_CUTS];
	char tmp[CUT_TEXT];
	struct str v;

	if (bits >> SEG_CUTS) {
		s->bad = true;
		return STR("");
	}
	for (size_t i = 0; i < SEG_CUTS; i++)
		if (bits >> i & 1)
			place[i] = get_uvar(s, c);
	v = pool_ref(s, c, P_TEXT);
	if (!bits)
		return v;
	if (v.n > sizeof(tmp)) {
		s->bad = true;
		return v;
	}
	memcpy(tmp, v.p, v.n);
	for (size_t i = SEG_CUTS; i-- > 0;) {
		struct str what;

		if (!(bits >> i & 1))
			continue;
		what = rev_get(ev, seg_cut[i]);
		if (place[i] > v.n || what.n > sizeof(tmp) - v.n || !what.n) {
			s->bad = true;
			return v;
		}
		memmove(tmp + place[i] + what.n, tmp + place[i],
		    v.n - place[i]);
		memcpy(tmp + place[i], what.p, what.n);
		v.n += what.n;
	}
	return take_copy(s, tmp, v.n);
}

/* Hex digits out of their bytes, into `to`. */
static size_t
unpack_hex(struct str bytes, size_t digits, unsigned form, char *to)
{
	const char *digit = form == ID_HEX || form == ID_UUID ?
	    "0123456789abcdef" : "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < digits; i++) {
		unsigned char b = (unsigned char)bytes.p[i / 2];

		if (form >= ID_UUID && (i == 8 || i == 12 || i == 16 ||
					   i == 20))
			to[n++] = '-';
		to[n++] = digit[i % 2 ? b & 15 : b >> 4];
	}
	return n;
}

static struct str
new_id(struct seg *s, struct cur *c, uint64_t form)
{
	struct texts *h = &s->pool[P_HEX];
	struct str dom = STR("");
	uint64_t code;
	unsigned how = (unsigned)form & ID_FORM;
	struct str v;
	char *p;
	size_t n = 0;

	if (form & ID_DOMAIN) {
		code = get_uvar(s, c);
		dom = domain_ref(s, code == 0, code - 1);
	}
	v = next_text(s, how == ID_TEXT ? P_ID : P_HEX);
	if (s->bad || form > 31) {
		s->bad = true;
		return STR("");
	}
	if (form == ID_TEXT)
		return v;
	/* digits of P_HEX, as a view of half as many bytes, may be uneven */
	p = take(s, 2 * v.n + 8 + dom.n);
	if (form & ID_ANGLE)
		p[n++] = '<';
	if (how == ID_TEXT) {
		memcpy(p + n, v.p, v.n);
		n += v.n;
	} else {
		n += unpack_hex(v, s->digits[h->next - 1], how, p + n);
	}
	if (form & ID_DOMAIN) {
		p[n++] = '@';
		memcpy(p + n, dom.p, dom.n);
		n += dom.n;
	}
	if (form & ID_ANGLE)
		p[n++] = '>';
	return str_make(p, n);
}

static struct str
get_id(struct seg *s, struct cur *c, int f, struct str qid)
{
	uint64_t form = get_uvar(s, c);

	switch (form & ID_FORM) {
	case ID_LAST:
		if (s->last_id[f].p)
			return s->last_id[f];
		break;
	case ID_QID:
		return qid;
	case ID_TEXT:
	case ID_HEX:
	case ID_HEX_UPPER:
	case ID_UUID:
	case ID_UUID_UPPER:
		return s->last_id[f] = new_id(s, c, form);
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
		return get_addr(s, c);
	case C_NAME:
		return get_name(s, c);
	case C_IP:
		return get_ip(s, c);
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
	int64_t lines;

	if (no == s->nshape)
		get_shape(s);
	if (s->bad || no >= s->nshape) {
		s->bad = true;
		return;
	}
	*ev = s->shape[no].ev;
	ev->pid = dict_ref(s, &s->own[S_PID], D_PID);
	at->t_us = get_later(s, &s->own[S_TIME], at->t_us, unit);
	lines = get_svar(s, &s->own[S_NUMBER]);
	at->number += (uint32_t)lines;
	at->offset += (uint64_t)get_svar(s, &s->own[S_OFFSET]) +
	    (uint64_t)seg_guess(&s->lines, lines);
	if (!s->lines.number)
		s->lines = (struct seg_lines){ at->number, at->offset };
	s->last_name = 0;
	ev->t_us = at->t_us;
	ev->at.number = at->number;
	ev->at.offset = at->offset;
	if (s->shape[no].raw)
		ev->raw = next_text(s, P_RAW);
	ev->f = val = s->val + s->nval;
	for (uint64_t m = ev->mask; m; m &= m - 1)
		*val++ = get_value(s, __builtin_ctzll(m), ev, qid);
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

/* The bytes of the next text of a pool, whose lengths say more in some. */
static uint64_t
text_bytes(struct seg *s, enum pool pool, size_t no, uint64_t len)
{
	switch (pool) {
	case P_IP:
		return len ? len - 1 : 4;
	case P_HEX:
		s->digits[no] = (uint32_t)len;
		return (len + 1) / 2;
	default:
		return len;
	}
}

static struct str
print_ip4(struct seg *s, const unsigned char *ip)
{
	char tmp[16], *p = tmp;

	for (int i = 0; i < 4; i++) {
		unsigned v = ip[i];

		if (i)
			*p++ = '.';
		if (v >= 100)
			*p++ = (char)('0' + v / 100);
		if (v >= 10)
			*p++ = (char)('0' + v / 10 % 10);
		*p++ = (char)('0' + v % 10);
	}
	return take_copy(s, tmp, (size_t)(p - tmp));
}

static void
get_pool(struct seg *s, enum pool pool, struct cur len, struct cur txt)
{
	struct texts *t = &s->pool[pool];
	size_t cap = 0;

	for (const unsigned char *p = len.p; p < len.end; p++)
		cap += *p < 128;
	if (!cap)
		return;
	t->v = take_array(s, cap, sizeof(struct str));
	if (pool == P_HEX)
		s->digits = take_array(s, cap, sizeof(uint32_t));
	while (len.p < len.end && !s->bad) {
		uint64_t said = get_uvar(s, &len);
		uint64_t n = text_bytes(s, pool, t->n, said);

		if (s->bad || said > SEG_SECTION_MAX ||
		    n > (uint64_t)(txt.end - txt.p)) {
			s->bad = true;
			return;
		}
		t->v[t->n++] = pool == P_IP && !said ? print_ip4(s, txt.p) :
			str_make((const char *)txt.p, n);
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
	for (int i = 0; i < POOLS; i++) {
		if (pool_section[i] == sec)
			s->len[i] = slice(s, &len, &c);
		if (pool_text_section((enum pool)i) == sec)
			get_pool(s, (enum pool)i, s->len[i],
			    slice(s, &len, &c));
	}
	if (c.p != c.end)
		s->bad = true;
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
		size_t names = s->pool[P_NAME].n + 1;

		s->rec = take_array(s, s->nrec, sizeof(*s->rec));
		s->ev = take_array(s, nev, sizeof(*s->ev));
		s->val = take_array(s, nval, sizeof(*s->val));
		s->addr.n = s->pool[P_LOCAL].n;
		s->addr.v = take_array(s, s->addr.n, sizeof(struct str));
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
	struct seg *s = seg_new(dec);
	int rc = decode(s, dec, in, err);
	size_t used = s->room.n + s->arena.total + s->arena.total / 8;

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

/* For the next section on its own. */
static void
seg_restart(struct seg *s)
{
	arena_clear(&s->arena);
	s->room.n = 0;
	memset(s->own, 0, sizeof(s->own));
	memset(s->pool, 0, sizeof(s->pool));
	s->bad = false;
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

/* The streams of one section, without the rest of a group. */
static int
open_alone(struct seg *s, struct seg_dec *dec, struct str in,
    enum seg_section sec, struct err *err)
{
	struct str raw;

	if (seg_unpack(dec, in, &raw, err) < 0)
		return -1;
	open_section(s, sec, (struct cur){ (const unsigned char *)raw.p,
	    (const unsigned char *)raw.p + raw.n });
	return s->bad ? err_set(err, "damaged group of records") : 0;
}

int
seg_subjects(struct seg_dec *dec, struct str section, seg_text_fn fn,
    void *ctx, struct err *err)
{
	struct seg *s = &dec->alone;
	struct texts *t = &s->pool[P_SUBJ];
	uint64_t rec = 0;

	if (!section.n)
		return 0;
	seg_restart(s);
	if (open_alone(s, dec, section, SEG_SUBJ, err) < 0)
		return -1;
	for (size_t i = 0; i < t->n; i++) {
		rec += get_uvar(s, &s->own[S_SUBJ_REC]);
		if (s->bad || rec == 0 || rec > SEG_RECORDS)
			return err_set(err, "damaged group of records");
		fn(ctx, (size_t)rec - 1, t->v[i]);
	}
	return 0;
}

int
seg_addresses(struct seg_dec *dec, struct str section, seg_text_fn fn,
    void *ctx, struct err *err)
{
	struct seg *s = &dec->alone;

	if (!section.n)
		return 0;
	seg_restart(s);
	if (open_alone(s, dec, section, SEG_ADDR, err) < 0)
		return -1;
	for (size_t i = 0, n = s->pool[P_LOCAL].n; i < n; i++) {
		struct str v = next_address(s);

		if (s->bad)
			return err_set(err, "damaged group of records");
		fn(ctx, 0, v);
	}
	return 0;
}
