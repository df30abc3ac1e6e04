/*
 * seg_encode.c: records to the columns of a group (seg_form.h).
 *
 * Records are taken apart at once: each value goes to the stream of its
 * field, as a reference when the group has seen the text before.  What was
 * seen is found through one hash table over all pools and lists; an entry
 * points into the stream that holds its text, so nothing is stored twice.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/map.h"
#include "index/seg_form.h"
#include "index/seg_pack.h"
#include "base/banned.h"

static const uint8_t coder_of[F_COUNT] = {
	[F_QID2] = C_ID, [F_QID3] = C_ID, [F_MSGID] = C_ID,
	[F_SESSION] = C_ID,
	[F_FROM] = C_ADDR, [F_TO] = C_ADDR, [F_ORIG_TO] = C_ADDR,
	[F_USER] = C_ADDR,
	[F_SUBJECT] = C_SUBJ,
	[F_CLIENT_NAME] = C_NAME, [F_HELO] = C_NAME, [F_RELAY_NAME] = C_NAME,
	[F_ORIG_NAME] = C_NAME,
	[F_CLIENT_IP] = C_IP, [F_RELAY_IP] = C_IP, [F_ORIG_IP] = C_IP,
	[F_CLIENT_PORT] = C_NUM, [F_SIZE] = C_NUM,
	[F_DELAY] = C_DELAY, [F_DELAYS] = C_DELAYS, [F_REPLY] = C_REPLY,
	[F_RCPTS] = C_TEXT, [F_TEXT] = C_TEXT, [F_EXTRA] = C_TEXT,
	[F_QUARANTINE] = C_TEXT, [F_SCORE] = C_DICT,
	/* the rest: C_DICT when field_info says so, else C_TEXT */
};

enum { QID_MAX = 4096, ID_MAX = 1024 };

/* Bytes of one stream; room is made before each write. */
struct out {
	unsigned char *p;
	size_t n, cap;
};

struct entry {
	uint32_t hash;
	uint32_t off, len; /* in the text stream of its pool */
	uint32_t no;	   /* in its pool or list */
	uint16_t space;	   /* pool, WHOLE, TXTS + list or SPACE_IP4 */
	uint32_t with;	   /* of a name: the address last seen with it */
};

/* WHOLE: addresses in one piece, only to find them again; not written. */
enum { WHOLE = POOLS, TXTS, SPACE_IP4 = TXTS + DICTS, SPACES };

/* What the lines of a shape have in common. */
struct shape {
	uint64_t mask;
	uint32_t src;
	uint32_t tag;
	int16_t tz_min;
	uint16_t flags;
	uint8_t kind, state, mta, frame;
	bool raw;
	uint32_t next; /* the shape that followed last time */
};

struct seg_enc {
	struct pack *pack;
	uint64_t seed, seed2; /* of the table of texts */
	struct out own[STREAMS], field[F_COUNT], len[POOLS], txt[TXTS];
	uint8_t coder[F_COUNT];
	/* texts seen */
	uint32_t *slot; /* index + 1 of entry */
	size_t nslot;
	struct entry *ent;
	size_t nent, cent;
	uint32_t nip;		       /* in P_IP */
	uint32_t count[SPACES]; /* in each pool and list */
	uint32_t last[F_COUNT];	       /* entry + 1 a field used last */
	uint32_t last_dict[DICTS];     /* the same for other lists */
	struct buf last_id[F_COUNT];   /* the value itself */
	size_t last_subject;	       /* bytes of the newest in P_SUBJ */
	uint32_t last_name;	       /* entry + 1 of the event's last name */
	struct shape *shape;
	size_t nshape, cshape;
	uint32_t last_shape;
	/* records */
	enum rec_kind kind;
	size_t n, bytes;
	int64_t t0, t1;
	int64_t *time; /* of streams S_T0, S_TIME, until the unit is known */
	size_t ntime, ctime;
	uint8_t *is_t0; /* per item of time */
	int64_t prev_t0;
	uint32_t prev_number;
	uint64_t prev_offset;
	struct seg_lines lines;
	struct buf qid; /* of the record before */
	size_t last_subj_rec; /* record + 1 of the newest in P_SUBJ */
	struct buf raw; /* a section being put together */
};

static inline void
room(struct out *o, size_t n)
{
	if (o->n + n > o->cap) {
		o->cap = 2 * o->cap + n + 64;
		o->p = xrealloc(o->p, o->cap);
	}
}

static inline void
put_byte(struct out *o, unsigned c)
{
	room(o, 1);
	o->p[o->n++] = (unsigned char)c;
}

static inline void
put_uvar(struct out *o, uint64_t v)
{
	room(o, 10);
	while (v >= 128) {
		o->p[o->n++] = (unsigned char)(v | 128);
		v >>= 7;
	}
	o->p[o->n++] = (unsigned char)v;
}

static inline void
put_svar(struct out *o, int64_t v)
{
	put_uvar(o, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

static inline void
put_bytes(struct out *o, struct str s)
{
	room(o, s.n);
	if (s.n)
		memcpy(o->p + o->n, s.p, s.n);
	o->n += s.n;
}

static inline uint64_t
load8(const void *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static inline uint32_t
load4(const void *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

/* Most texts are short: no call for them. */
static inline bool
same_bytes(const void *a, const void *b, size_t n)
{
	const char *p = a, *q = b;

	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8)
		return load8(p) == load8(q) &&
		    load8(p + n - 8) == load8(q + n - 8);
	if (n >= 4)
		return load4(p) == load4(q) &&
		    load4(p + n - 4) == load4(q + n - 4);
	while (n && p[n - 1] == q[n - 1])
		n--;
	return n == 0;
}

struct seg_enc *
seg_enc_new(void)
{
	struct seg_enc *e = xcalloc(1, sizeof(*e));

	e->pack = pack_new();
	e->seed = map_hash(STR("one"));
	e->seed2 = map_hash(STR("two"));
	e->nslot = 4096;
	e->slot = xcalloc(e->nslot, sizeof(*e->slot));
	for (int f = 0; f < F_COUNT; f++)
		e->coder[f] = coder_of[f] ? coder_of[f] :
		    field_info[f].dict	  ? C_DICT
					  : C_TEXT;
	buf_init(&e->raw, SEG_SECTION_MAX);
	buf_init(&e->qid, QID_MAX);
	for (int f = 0; f < F_COUNT; f++)
		buf_init(&e->last_id[f], ID_MAX);
	seg_enc_clear(e);
	return e;
}

void
seg_enc_free(struct seg_enc *e)
{
	if (!e)
		return;
	pack_free(e->pack);
	for (int i = 0; i < STREAMS; i++)
		free(e->own[i].p);
	for (int i = 0; i < F_COUNT; i++) {
		free(e->field[i].p);
		buf_release(&e->last_id[i]);
	}
	for (int i = 0; i < POOLS; i++)
		free(e->len[i].p);
	for (int i = 0; i < TXTS; i++)
		free(e->txt[i].p);
	free(e->slot);
	free(e->ent);
	free(e->shape);
	free(e->time);
	free(e->is_t0);
	buf_release(&e->raw);
	buf_release(&e->qid);
	free(e);
}

void
seg_enc_clear(struct seg_enc *e)
{
	for (int i = 0; i < STREAMS; i++)
		e->own[i].n = 0;
	for (int i = 0; i < F_COUNT; i++) {
		e->field[i].n = 0;
		buf_clear(&e->last_id[i]);
	}
	for (int i = 0; i < POOLS; i++)
		e->len[i].n = 0;
	for (int i = 0; i < TXTS; i++)
		e->txt[i].n = 0;
	memset(e->slot, 0, e->nslot * sizeof(*e->slot));
	memset(e->count, 0, sizeof(e->count));
	memset(e->last, 0, sizeof(e->last));
	memset(e->last_dict, 0, sizeof(e->last_dict));
	e->nent = e->nshape = e->n = e->bytes = e->ntime = 0;
	e->last_shape = e->last_name = e->nip = 0;
	e->last_subject = 0;
	e->lines = (struct seg_lines){ 0, 0 };
	e->prev_t0 = 0;
	e->prev_number = 0;
	e->prev_offset = 0;
	e->last_subj_rec = 0;
	e->t0 = INT64_MAX;
	e->t1 = INT64_MIN;
	buf_clear(&e->qid);
}

static inline uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Short texts mostly; keyed, since they are an attacker's choice. */
static inline uint32_t
hash_text(const struct seg_enc *e, unsigned space, struct str v)
{
	uint64_t a = e->seed ^ space * UINT64_C(0x9e3779b97f4a7c15), b = v.n;
	const char *p = v.p;
	size_t n = v.n;

	for (; n > 16; n -= 16, p += 16)
		a = fold(load8(p) ^ a, load8(p + 8) ^ e->seed2);
	if (n >= 8) {
		b ^= load8(p + n - 8);
		a ^= load8(p);
	} else if (n >= 4) {
		b ^= (uint64_t)load4(p) << 32 | load4(p + n - 4);
	} else if (n) {
		b ^= (uint64_t)(unsigned char)p[0] << 32 |
		    (uint64_t)(unsigned char)p[n / 2] << 24 |
		    (uint64_t)(unsigned char)p[n - 1] << 16;
	}
	return (uint32_t)fold(a ^ UINT64_C(0xa0761d6478bd642f),
	    b ^ e->seed2);
}

static void
slots_grow(struct seg_enc *e)
{
	e->nslot *= 2;
	free(e->slot);
	e->slot = xcalloc(e->nslot, sizeof(*e->slot));
	for (size_t i = 0; i < e->nent; i++) {
		size_t at = e->ent[i].hash & (e->nslot - 1);
		while (e->slot[at])
			at = (at + 1) & (e->nslot - 1);
		e->slot[at] = (uint32_t)i + 1;
	}
}

/*
 * The entry of a text in a pool or list; a new one is made for text that the
 * caller then appends to pool `pool`.
 */
static inline uint32_t
lookup(struct seg_enc *e, unsigned space, unsigned pool, struct str v,
    bool *is_new)
{
	uint32_t h = hash_text(e, space, v);
	size_t at = h & (e->nslot - 1);
	const unsigned char *txt = e->txt[pool].p;
	struct entry *en;
	uint32_t i;

	for (; (i = e->slot[at]) != 0; at = (at + 1) & (e->nslot - 1)) {
		en = &e->ent[i - 1];
		if (en->hash == h && en->space == space && en->len == v.n &&
		    same_bytes(txt + en->off, v.p, v.n)) {
			*is_new = false;
			return i - 1;
		}
	}
	if (e->nent == e->cent) {
		e->cent = e->cent ? 2 * e->cent : 1024;
		e->ent = xreallocarray(e->ent, e->cent, sizeof(*e->ent));
	}
	e->ent[e->nent] = (struct entry){ h, (uint32_t)e->txt[pool].n,
		(uint32_t)v.n, e->count[space]++, (uint16_t)space, 0 };
	e->slot[at] = (uint32_t)++e->nent;
	if (e->nent * 2 > e->nslot)
		slots_grow(e);
	*is_new = true;
	return (uint32_t)e->nent - 1;
}

/* The same, with the text appended. */
static inline uint32_t
intern(struct seg_enc *e, unsigned space, enum pool pool, struct str v,
    bool *is_new)
{
	uint32_t i = lookup(e, space, pool, v, is_new);

	if (*is_new) {
		put_uvar(&e->len[pool], v.n);
		put_bytes(&e->txt[pool], v);
	}
	return i;
}

static inline bool
same_text(const struct seg_enc *e, uint32_t ent1, unsigned pool,
    struct str v)
{
	const struct entry *en = &e->ent[ent1 - 1];

	return ent1 && en->len == v.n &&
	    same_bytes(e->txt[pool].p + en->off, v.p, v.n);
}

/* The number of a value in a list of its own. */
static inline uint32_t
dict(struct seg_enc *e, unsigned list, struct str v)
{
	uint32_t i = e->last_dict[list];
	bool is_new;

	if (!i || !same_text(e, i, P_DICT, v))
		e->last_dict[list] = i =
		    intern(e, TXTS + list, P_DICT, v, &is_new) + 1;
	return e->ent[i - 1].no;
}

static inline void
put_pool(struct seg_enc *e, int f, enum pool pool, struct str v)
{
	bool is_new = false;
	uint32_t i = e->last[f];

	if (!i || !same_text(e, i, pool, v))
		e->last[f] = i = intern(e, pool, pool, v, &is_new) + 1;
	put_uvar(&e->field[f], is_new ? 0 : e->count[pool] -
		    e->ent[i - 1].no);
}

/* A text that is not looked up: most such are new. */
static void
put_text(struct seg_enc *e, enum pool pool, struct str v)
{
	put_uvar(&e->len[pool], v.n);
	put_bytes(&e->txt[pool], v);
	e->count[pool]++;
}

/* An address is looked for in one piece; a new one is written in two. */
static void
put_addr(struct seg_enc *e, int f, struct str v)
{
	struct out *dom = &e->own[S_DOMAIN];
	bool is_new = false;
	uint32_t i = e->last[f], no;
	ptrdiff_t at;

	if (!i || !same_text(e, i, WHOLE, v))
		e->last[f] = i = lookup(e, WHOLE, WHOLE, v, &is_new) + 1;
	if (!is_new) {
		put_uvar(&e->field[f], e->count[WHOLE] - e->ent[i - 1].no);
		return;
	}
	put_uvar(&e->field[f], 0);
	put_bytes(&e->txt[WHOLE], v);
	at = str_rchr(v, '@');
	if (at < 0) {
		put_text(e, P_LOCAL, v);
		put_uvar(dom, DOM_NONE);
		return;
	}
	put_text(e, P_LOCAL, str_head(v, (size_t)at));
	no = e->ent[intern(e, P_DOMAIN, P_DOMAIN, str_from(v, (size_t)at + 1),
	    &is_new)].no;
	put_uvar(dom, is_new ? DOM_NEW :
				 DOM_BACK + e->count[P_DOMAIN] - 1 - no);
}

/* Four bytes of "192.0.2.4", when it would be printed so again. */
static bool
canonical_ip4(struct str v, unsigned char ip[4])
{
	unsigned part = 0, digits = 0, n = 0;

	if (v.n > 15)
		return false;
	for (size_t i = 0; i <= v.n; i++) {
		char c = i < v.n ? v.p[i] : '.';

		if (is_digit(c) && digits < 3 && !(digits && !part)) {
			part = part * 10 + (unsigned)(c - '0');
			digits++;
		} else if (c == '.' && digits && part < 256 && n < 4) {
			ip[n++] = (unsigned char)part;
			part = digits = 0;
		} else {
			return false;
		}
	}
	return n == 4;
}

static void
put_ip(struct seg_enc *e, int f, struct str v)
{
	struct entry *name;
	unsigned char ip[4];
	unsigned space = P_IP;
	bool is_new;
	uint32_t i;

	if (canonical_ip4(v, ip)) {
		v = str_make((const char *)ip, 4);
		space = SPACE_IP4;
	}
	i = lookup(e, space, P_IP, v, &is_new) + 1;
	name = e->last_name ? &e->ent[e->last_name - 1] : NULL;
	if (is_new) {
		e->ent[i - 1].no = e->nip++;
		put_uvar(&e->len[P_IP], space == P_IP ? v.n + 1 : 0);
		put_bytes(&e->txt[P_IP], v);
		put_uvar(&e->field[f], IP_NEW);
	} else if (name && name->with == i) {
		put_byte(&e->field[f], IP_SAME);
	} else {
		put_uvar(&e->field[f], 1 + e->nip - e->ent[i - 1].no);
	}
	if (name)
		name->with = i;
}

static const uint8_t hex_value[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6,
	['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
	['a'] = 11 | 32, ['b'] = 12 | 32, ['c'] = 13 | 32, ['d'] = 14 | 32,
	['e'] = 15 | 32, ['f'] = 16 | 32,
	['A'] = 11 | 64, ['B'] = 12 | 64, ['C'] = 13 | 64, ['D'] = 14 | 64,
	['E'] = 15 | 64, ['F'] = 16 | 64,
};

/* The digits of v, two to a byte, into `out`; false when one is none. */
static inline bool
hex_bytes(struct str v, unsigned char *out, unsigned *seen)
{
	const unsigned char *p = (const unsigned char *)v.p;
	unsigned all = 0, none = 0;
	size_t i = 0;

	for (; i + 2 <= v.n; i += 2) {
		unsigned a = hex_value[p[i]], b = hex_value[p[i + 1]];

		none |= (a == 0) | (b == 0);
		all |= a | b;
		*out++ = (unsigned char)((((a - 1) & 15) << 4) |
		    ((b - 1) & 15));
		if (none)
			return false;
	}
	if (i < v.n) {
		unsigned a = hex_value[p[i]];

		none |= a == 0;
		all |= a;
		*out = (unsigned char)(((a - 1) & 15) << 4);
	}
	*seen |= all;
	return !none;
}

/* The form of a text that is all hex digits, packed into `out` (n digits);
 * ID_TEXT when it is not. */
static unsigned
pack_hex(struct str v, unsigned char *out, size_t *n)
{
	static const unsigned char group[5] = { 8, 4, 4, 4, 12 };
	bool uuid = v.n == 36 && v.p[8] == '-';
	unsigned seen = 0;

	if (v.n < 6 || v.n > ID_MAX)
		return ID_TEXT;
	if (!uuid) {
		if (!hex_bytes(v, out, &seen))
			return ID_TEXT;
		*n = v.n;
	} else {
		for (int g = 0; g < 5; g++) {
			if ((g && v.p[-1] != '-') ||
			    !hex_bytes(str_make(v.p, group[g]), out, &seen))
				return ID_TEXT;
			out += group[g] / 2;
			v.p += group[g] + 1;
		}
		*n = 32;
	}
	if ((seen & 96) == 96)
		return ID_TEXT;
	if (uuid)
		return seen & 64 ? ID_UUID_UPPER : ID_UUID;
	return seen & 64 ? ID_HEX_UPPER : ID_HEX;
}

static void
put_id(struct seg_enc *e, int f, struct str v, struct str qid)
{
	struct buf *last = &e->last_id[f];
	unsigned char hex[ID_MAX / 2 + 1];
	unsigned form = ID_TEXT;
	uint32_t dom = 0;
	bool is_new = false;
	ptrdiff_t at;
	size_t n;

	if (last->n && str_eq(buf_str(last), v)) {
		put_byte(&e->field[f], ID_LAST);
		return;
	}
	if (v.n && str_eq(v, qid)) {
		put_byte(&e->field[f], ID_QID);
		return;
	}
	buf_clear(last);
	buf_add(last, v); /* too long: stays empty */
	if (v.n > 2 && v.p[0] == '<' && v.p[v.n - 1] == '>') {
		form |= ID_ANGLE;
		v = str_make(v.p + 1, v.n - 2);
	}
	at = f == F_MSGID ? str_rchr(v, '@') : -1;
	if (at >= 0) {
		dom = e->ent[intern(e, P_DOMAIN, P_DOMAIN,
		    str_from(v, (size_t)at + 1), &is_new)].no;
		if (is_new)
			put_uvar(&e->own[S_DOMAIN], DOM_SKIP);
		form |= ID_DOMAIN;
		v = str_head(v, (size_t)at);
	}
	form |= pack_hex(v, hex, &n);
	put_uvar(&e->field[f], form);
	if (form & ID_DOMAIN)
		put_uvar(&e->field[f], is_new ? 0 :
						e->count[P_DOMAIN] - dom);
	if ((form & ID_FORM) == ID_TEXT) {
		put_text(e, P_ID, v);
	} else {
		put_uvar(&e->len[P_HEX], n);
		put_bytes(&e->txt[P_HEX],
		    str_make((const char *)hex, (n + 1) / 2));
	}
}

/* A decimal number as it would be printed. */
static inline bool
canonical_number(struct str v, uint64_t *out)
{
	uint64_t x = 0;

	if (v.n == 0 || v.n > 18 || (v.p[0] == '0' && v.n > 1))
		return false;
	for (size_t i = 0; i < v.n; i++) {
		if (!is_digit(v.p[i]))
			return false;
		x = x * 10 + (uint64_t)(v.p[i] - '0');
	}
	*out = x;
	return true;
}

static void
put_num(struct seg_enc *e, int f, struct str v)
{
	uint64_t x;

	if (canonical_number(v, &x)) {
		put_uvar(&e->field[f], x + 1);
		return;
	}
	put_uvar(&e->field[f], 0);
	put_text(e, P_TEXT, v);
}

static void
put_delays(struct seg_enc *e, int f, struct str v)
{
	struct str part[4], rest = v;
	size_t n = 0;

	while (n < 4 && rest.p)
		part[n++] = str_split(&rest, '/');
	if (n < 4 || rest.p) {
		put_byte(&e->field[f], 0);
		put_text(e, P_TEXT, v);
		return;
	}
	put_byte(&e->field[f], 1);
	for (n = 0; n < 4; n++)
		put_uvar(&e->field[f], dict(e, D_DELAY, part[n]));
}

/* Where a value stands in a reply; the usual places are tried first. */
static ptrdiff_t
find_cut(size_t i, struct str v, struct str what)
{
	ptrdiff_t at, at_sign;

	if (seg_cut[i] == F_QID2 && str_ends(v, what))
		return (ptrdiff_t)(v.n - what.n);
	if (seg_cut[i] != F_TO || (at_sign = str_rchr(what, '@')) < 0)
		return str_find(v, what);
	at = str_chr(v, '@') - at_sign;
	if (at < 0 || (size_t)at > v.n - what.n ||
	    memcmp(v.p + at, what.p, what.n) != 0)
		return -1;
	return at;
}

/*
 * Values of the event that stand in its reply are cut out of it: the id that
 * the next hop gave, the recipient; in a reply that names hosts those too.
 */
static void
put_reply(struct seg_enc *e, int f, struct str v, const struct rec_event *ev)
{
	char tmp[CUT_TEXT];
	size_t place[SEG_CUTS], most = CUT_PLAIN;
	unsigned bits = 0;

	if (v.n <= sizeof(tmp)) {
		if (ev->kind != EV_DELIVERY || str_chr(v, '[') >= 0)
			most = SEG_CUTS;
		for (size_t i = 0; i < most; i++) {
			struct str what = rev_get(ev, seg_cut[i]);
			ptrdiff_t at;

			if (what.n < CUT_MIN || what.n > v.n)
				continue;
			at = find_cut(i, v, what);
			if (at < 0)
				continue;
			if (!bits)
				memcpy(tmp, v.p, v.n);
			memmove(tmp + at, tmp + at + what.n,
			    v.n - what.n - (size_t)at);
			v = str_make(tmp, v.n - what.n);
			place[i] = (size_t)at;
			bits |= 1u << i;
		}
	}
	put_uvar(&e->field[f], bits);
	for (size_t i = 0; i < SEG_CUTS; i++)
		if (bits >> i & 1)
			put_uvar(&e->field[f], place[i]);
	put_pool(e, f, P_TEXT, v);
}

static void
put_subject(struct seg_enc *e, int f, struct str v)
{
	size_t off, n = e->last_subject;

	if (e->last_subj_rec == e->n + 1 && n == v.n) {
		off = e->txt[P_SUBJ].n - n;
		if (n == 0 || memcmp(e->txt[P_SUBJ].p + off, v.p, n) == 0) {
			put_byte(&e->field[f], SUBJ_LAST);
			return;
		}
	}
	put_byte(&e->field[f], SUBJ_NEW);
	put_uvar(&e->own[S_SUBJ_REC], e->n + 1 - e->last_subj_rec);
	put_text(e, P_SUBJ, v);
	e->last_subj_rec = e->n + 1;
	e->last_subject = v.n;
}

static inline void
put_value(struct seg_enc *e, int f, struct str v, const struct rec_event *ev,
    struct str qid)
{
	switch ((enum coder)e->coder[f]) {
	case C_DICT:
		put_uvar(&e->field[f], dict(e, (unsigned)f, v));
		break;
	case C_ADDR:
		put_addr(e, f, v);
		break;
	case C_NAME:
		put_pool(e, f, P_NAME, v);
		e->last_name = e->last[f];
		break;
	case C_IP:
		put_ip(e, f, v);
		break;
	case C_TEXT:
		put_pool(e, f, P_TEXT, v);
		break;
	case C_ID:
		put_id(e, f, v, qid);
		break;
	case C_NUM:
		put_num(e, f, v);
		break;
	case C_SUBJ:
		put_subject(e, f, v);
		break;
	case C_DELAY:
		put_uvar(&e->field[f], dict(e, D_DELAY, v));
		break;
	case C_DELAYS:
		put_delays(e, f, v);
		break;
	case C_REPLY:
		put_reply(e, f, v, ev);
		break;
	case C_NONE:
	case CODERS:
		assert(!"a field without a coder");
	}
}

static inline bool
shape_is(const struct seg_enc *e, const struct shape *s,
    const struct rec_event *ev)
{
	return s->mask == ev->mask && s->kind == ev->kind &&
	    s->state == ev->state && s->mta == ev->mta &&
	    s->frame == ev->frame && s->flags == ev->flags &&
	    s->tz_min == ev->tz_min && s->src == ev->at.src &&
	    s->raw == (ev->raw.n != 0) && same_text(e, s->tag, P_DICT, ev->tag);
}

static void
put_shape(struct seg_enc *e, const struct rec_event *ev)
{
	struct out *o = &e->own[S_DEF];
	struct shape s = { .mask = ev->mask,
		.src = ev->at.src,
		.tz_min = ev->tz_min,
		.flags = ev->flags,
		.kind = ev->kind,
		.state = ev->state,
		.mta = ev->mta,
		.frame = ev->frame,
		.raw = ev->raw.n != 0 };

	dict(e, D_TAG, ev->tag);
	s.tag = e->last_dict[D_TAG];
	put_byte(o, s.kind);
	put_byte(o, s.state);
	put_byte(o, s.mta);
	put_byte(o, s.frame);
	put_byte(o, s.raw);
	put_uvar(o, s.flags);
	put_svar(o, s.tz_min);
	put_uvar(o, e->ent[s.tag - 1].no);
	put_uvar(o, s.src);
	put_uvar(o, s.mask);
	if (e->nshape == e->cshape) {
		e->cshape = e->cshape ? 2 * e->cshape : 64;
		e->shape = xreallocarray(e->shape, e->cshape,
		    sizeof(*e->shape));
	}
	e->shape[e->nshape++] = s;
}

/* Shapes come in the same order again and again, so the one that followed
 * last time is tried first; the list is short. */
static inline uint32_t
shape_no(struct seg_enc *e, const struct rec_event *ev)
{
	uint32_t no = e->nshape ? e->shape[e->last_shape].next : 0;

	if (!e->nshape || !shape_is(e, &e->shape[no], ev)) {
		for (no = 0; no < e->nshape; no++)
			if (shape_is(e, &e->shape[no], ev))
				break;
		if (no == e->nshape)
			put_shape(e, ev);
		e->shape[e->last_shape].next = no;
	}
	e->last_shape = no;
	return no;
}

static inline void
put_time(struct seg_enc *e, int64_t t, bool is_t0)
{
	if (e->ntime == e->ctime) {
		e->ctime = e->ctime ? 2 * e->ctime : 1024;
		e->time = xreallocarray(e->time, e->ctime, sizeof(*e->time));
		e->is_t0 = xreallocarray(e->is_t0, e->ctime, 1);
	}
	e->is_t0[e->ntime] = is_t0;
	e->time[e->ntime++] = t;
}

static void
put_event(struct seg_enc *e, const struct rec_event *ev, struct str qid)
{
	const struct str *f = ev->f;
	int64_t lines;

	put_uvar(&e->own[S_SHAPE], shape_no(e, ev));
	put_uvar(&e->own[S_PID], dict(e, D_PID, ev->pid));
	lines = (int64_t)ev->at.number - (int64_t)e->prev_number;
	put_svar(&e->own[S_NUMBER], lines);
	put_svar(&e->own[S_OFFSET], (int64_t)(ev->at.offset - e->prev_offset -
	    (uint64_t)seg_guess(&e->lines, lines)));
	if (!e->lines.number)
		e->lines = (struct seg_lines){ ev->at.number, ev->at.offset };
	e->last_name = 0;
	e->prev_number = ev->at.number;
	e->prev_offset = ev->at.offset;
	if (ev->raw.n) {
		put_text(e, P_RAW, ev->raw);
		e->bytes += ev->raw.n;
	}
	for (uint64_t m = ev->mask; m; m &= m - 1, f++) {
		put_value(e, __builtin_ctzll(m), *f, ev, qid);
		e->bytes += f->n + 1;
	}
	e->bytes += 24;
}

void
seg_enc_add(struct seg_enc *e, const struct record *rec)
{
	struct out *o = &e->own[S_REC];
	int64_t t = rec->t0_us, last = rec->t0_us;
	struct str qid = rec->qid, prev = buf_str(&e->qid);
	uint32_t first_number = 0, same = 0;
	uint64_t first_offset = 0;

	if (e->n == 0) {
		e->kind = rec->kind;
		put_byte(o, rec->kind);
	}
	put_uvar(o, rec->flags);
	put_uvar(o, dict(e, D_HOST, rec->host));
	put_uvar(o, dict(e, D_INST, rec->inst));
	put_uvar(o, rec->n);
	while (same < qid.n && same < prev.n && qid.p[same] == prev.p[same])
		same++;
	put_uvar(&e->own[S_QID], same);
	put_text(e, P_ID, str_from(qid, same));
	buf_clear(&e->qid);
	buf_add(&e->qid, str_head(qid, QID_MAX));
	put_time(e, rec->t0_us - e->prev_t0, true);
	e->prev_t0 = rec->t0_us;
	for (size_t i = 0; i < rec->n; i++) {
		const struct rec_event *ev = &rec->ev[i];

		put_time(e, ev->t_us - t, false);
		t = ev->t_us;
		if (t < e->t0)
			e->t0 = t;
		if (t > e->t1)
			e->t1 = t;
		if (t > last)
			last = t;
		put_event(e, ev, qid);
		if (i == 0) {
			first_number = ev->at.number;
			first_offset = ev->at.offset;
		}
	}
	if (rec->n) { /* records follow each other at their first lines */
		e->prev_number = first_number;
		e->prev_offset = first_offset;
	} else {
		e->t0 = rec->t0_us < e->t0 ? rec->t0_us : e->t0;
		e->t1 = rec->t1_us > e->t1 ? rec->t1_us : e->t1;
	}
	put_time(e, rec->t1_us - last, true);
	e->n++;
}

size_t
seg_enc_count(const struct seg_enc *e)
{
	return e->n;
}

bool
seg_enc_full(const struct seg_enc *e)
{
	return e->n >= SEG_RECORDS || e->bytes >= SEG_BYTES;
}

enum rec_kind
seg_enc_kind(const struct seg_enc *e)
{
	return e->kind;
}

int64_t
seg_enc_t0(const struct seg_enc *e)
{
	return e->t0;
}

int64_t
seg_enc_t1(const struct seg_enc *e)
{
	return e->t1;
}

/* Times in the coarsest unit that loses nothing: syslog knows seconds. */
static void
finish_times(struct seg_enc *e)
{
	int64_t unit = 1000000;

	for (size_t i = 0; i < e->ntime && unit > 1; i++)
		while (e->time[i] % unit)
			unit /= 1000;
	e->own[S_UNIT].n = e->own[S_T0].n = e->own[S_TIME].n = 0;
	put_uvar(&e->own[S_UNIT], (uint64_t)unit);
	for (size_t i = 0; i < e->ntime; i++)
		put_svar(&e->own[e->is_t0[i] ? S_T0 : S_TIME],
		    e->time[i] / unit);
}

static int
finish_section(struct seg_enc *e, enum seg_section sec, struct buf *out,
    struct err *err)
{
	const struct out *part[STREAMS + F_COUNT + 2 * POOLS];
	size_t n = 0, bytes = 0;

	for (int i = 0; i < STREAMS; i++)
		if (stream_section[i] == sec)
			part[n++] = &e->own[i];
	for (int f = 0; f < F_COUNT; f++)
		if (coder_section((enum coder)e->coder[f]) == sec)
			part[n++] = &e->field[f];
	for (int i = 0; i < POOLS; i++) {
		if (pool_section[i] == sec)
			part[n++] = &e->len[i];
		if (pool_text_section((enum pool)i) == sec)
			part[n++] = &e->txt[i];
	}
	buf_clear(&e->raw);
	buf_clear(out);
	buf_putc(&e->raw, SEG_FORM);
	buf_uvar(&e->raw, n);
	for (size_t i = 0; i < n; i++) {
		buf_uvar(&e->raw, part[i]->n);
		bytes += part[i]->n;
	}
	if (bytes == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		buf_addn(&e->raw, part[i]->p, part[i]->n);
	if (e->raw.toobig)
		return err_set(err, "records too large to store");
	if (sec == SEG_BIN)
		return pack_stored(buf_str(&e->raw), out, err);
	return pack(e->pack, buf_str(&e->raw), out, err);
}

int
seg_enc_finish(struct seg_enc *e, struct buf *out, struct err *err)
{
	finish_times(e);
	e->own[S_CODER].n = 0;
	put_bytes(&e->own[S_CODER],
	    str_make((const char *)e->coder, sizeof(e->coder)));
	for (int sec = 0; sec < SEG_SECTIONS; sec++)
		if (finish_section(e, (enum seg_section)sec, &out[sec],
			err) < 0)
			return -1;
	return 0;
}
