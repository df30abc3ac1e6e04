/*
 * seg_enc.h: what the files of the encoder share: seg_encode.c (records),
 * seg_put.c (values).
 *
 * Streams being filled, and the texts the group has seen: one hash table over
 * all pools and lists, whose entries point into the stream that holds the
 * text, so that nothing is stored twice.
 */
#ifndef INDEX_SEG_ENC_H
#define INDEX_SEG_ENC_H

#include <stdlib.h>

#include "base/die.h"
#include "index/seg_form.h"
#include "index/seg_pack.h"

enum { QID_MAX = 4096, ID_MAX = 1024 };

/* Bytes of one stream; room is made before each write. */
struct out {
	unsigned char *p;
	unsigned char *at, *end; /* of what is there, of the room */
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

/* A short value of a list, and its number there. */
struct quick {
	uint64_t key;
	uint32_t tag; /* generation, list, length */
	uint32_t no;
};

enum { QUICK_BITS = 9, QUICK_TAG_BITS = 11 };

struct seg_enc {
	struct pack *pack;    /* of seg_enc_finish() only */
	uint64_t seed, seed2; /* of the table of texts */
	struct out own[STREAMS], field[F_COUNT], len[POOLS], txt[TXTS];
	uint8_t coder[F_COUNT];
	/* texts seen */
	uint32_t *slot; /* index + 1 of entry */
	size_t nslot;
	struct entry *ent;
	size_t nent, cent;
	uint32_t nip;		   /* in P_IP */
	uint32_t count[SPACES];	   /* in each pool and list */
	uint32_t last[F_COUNT];	   /* entry + 1 a field used last */
	uint32_t last_dict[DICTS]; /* the same for other lists */
	struct quick quick[1 << QUICK_BITS];
	uint32_t generation;	     /* of what is in there */
	struct buf last_id[F_COUNT]; /* the value itself */
	size_t last_subject;	     /* bytes of the newest in P_SUBJ */
	uint32_t last_name;	     /* entry + 1 of the event's last name */
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
	struct buf qid;		      /* of the record before */
	size_t last_subj_rec;	      /* record + 1 of the newest in P_SUBJ */
	struct buf raw[SEG_SECTIONS]; /* the same */
};

/* ---- bytes ---- */

static inline size_t
out_size(const struct out *o)
{
	return (size_t)(o->at - o->p);
}

void seg_enc_grow_out(struct out *o, size_t n);

static inline void
room(struct out *o, size_t n)
{
	if ((size_t)(o->end - o->at) < n)
		seg_enc_grow_out(o, n);
}

static inline void
put_byte(struct out *o, unsigned c)
{
	room(o, 1);
	*o->at++ = (unsigned char)c;
}

void seg_enc_uvar(struct out *o, uint64_t v);

/* LEB128; most numbers are of one byte. */
static inline void
put_uvar(struct out *o, uint64_t v)
{
	if (v < 128 && o->at < o->end)
		*o->at++ = (unsigned char)v;
	else
		seg_enc_uvar(o, v);
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
	o->at = (unsigned char *)str_put((char *)o->at, s.p, s.n);
}

/* ---- texts seen ---- */

void seg_enc_grow(struct seg_enc *e);

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
		a = fold(str_load8(p) ^ a, str_load8(p + 8) ^ e->seed2);
	if (n >= 8) {
		b ^= str_load8(p + n - 8);
		a ^= str_load8(p);
	} else if (n >= 4) {
		b ^= (uint64_t)str_load4(p) << 32 | str_load4(p + n - 4);
	} else if (n) {
		b ^= (uint64_t)(unsigned char)p[0] << 32 |
		     (uint64_t)(unsigned char)p[n / 2] << 24 |
		     (uint64_t)(unsigned char)p[n - 1] << 16;
	}
	return (uint32_t)fold(a ^ UINT64_C(0xa0761d6478bd642f), b ^ e->seed2);
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
		    str_same((const char *)txt + en->off, v.p, v.n)) {
			*is_new = false;
			return i - 1;
		}
	}
	if (e->nent == e->cent) {
		e->cent = e->cent ? 2 * e->cent : 1024;
		e->ent = xreallocarray(e->ent, e->cent, sizeof(*e->ent));
	}
	e->ent[e->nent] = (struct entry){ h, (uint32_t)out_size(&e->txt[pool]),
		(uint32_t)v.n, e->count[space]++, (uint16_t)space, 0 };
	e->slot[at] = (uint32_t)++e->nent;
	if (e->nent * 2 > e->nslot)
		seg_enc_grow(e);
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
same_text(const struct seg_enc *e, uint32_t ent1, unsigned pool, struct str v)
{
	const struct entry *en = &e->ent[ent1 - 1];

	return ent1 && en->len == v.n &&
	       str_same((const char *)e->txt[pool].p + en->off, v.p, v.n);
}

/* Up to eight bytes as a number; with the length it stands for them. */
static inline uint64_t
short_key(struct str v)
{
	const char *p = v.p;

	if (v.n == 8)
		return str_load8(p);
	if (v.n >= 4)
		return (uint64_t)str_load4(p) << 32 | str_load4(p + v.n - 4);
	return (uint64_t)(unsigned char)p[0] << 16 |
	       (uint64_t)(unsigned char)p[v.n / 2] << 8 |
	       (uint64_t)(unsigned char)p[v.n - 1];
}

static inline uint32_t
dict_find(struct seg_enc *e, unsigned list, struct str v)
{
	uint32_t i = e->last_dict[list];
	bool is_new;

	if (!i || !same_text(e, i, P_DICT, v))
		e->last_dict[list] = i =
		    intern(e, TXTS + list, P_DICT, v, &is_new) + 1;
	return e->ent[i - 1].no;
}

/* The number of a value in a list of its own.  Most are short (process ids,
 * codes, delays) and come again soon. */
static inline uint32_t
dict(struct seg_enc *e, unsigned list, struct str v)
{
	uint32_t tag =
	    e->generation << QUICK_TAG_BITS | list << 4 | (uint32_t)v.n;
	struct quick *q;
	uint64_t key;

	if (v.n == 0 || v.n > 8)
		return dict_find(e, list, v);
	key = short_key(v);
	q = &e->quick[(key ^ list) * UINT64_C(0x9e3779b97f4a7c15) >>
		      (64 - QUICK_BITS)];
	if (q->key != key || q->tag != tag) {
		q->no = dict_find(e, list, v);
		q->key = key;
		q->tag = tag;
	}
	return q->no;
}

/* A text that is not looked up: most such are new. */
static inline void
put_text(struct seg_enc *e, enum pool pool, struct str v)
{
	put_uvar(&e->len[pool], v.n);
	put_bytes(&e->txt[pool], v);
	e->count[pool]++;
}

/* The fields of an event, each to its stream (seg_put.c). */
void seg_put_fields(struct seg_enc *e, const struct rec_event *ev,
    struct str qid);

#endif
