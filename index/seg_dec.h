/*
 * seg_dec.h: what the files of the decoder share: seg_decode.c (records),
 * seg_get.c (values), seg_open.c (sections).
 *
 * Bytes are never trusted: streams are read through cursors that cannot leave
 * them, references are checked, and what is wrong sets `bad`, which is looked
 * at where it matters.
 */
#ifndef INDEX_SEG_DEC_H
#define INDEX_SEG_DEC_H

#include <stdlib.h>

#include "base/arena.h"
#include "base/die.h"
#include "index/seg_form.h"
#include "index/seg_pack.h"

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
	uint8_t *raw_ip; /* of each of P_IP: four bytes, not printed yet */
	/* whole addresses, as many as P_LOCAL; those nobody asked for have no
	 * text yet, but a domain: its number + 1 in P_DOMAIN, or 0 */
	struct texts addr;
	uint32_t *domain_of;
	uint32_t *ip_of;  /* of each name: the IP last seen with it, + 1 */
	size_t last_name; /* number + 1 in P_NAME of the event's last name */
	struct seg_lines lines;
	uint32_t *digits; /* of each of P_HEX */
	uint8_t coder[64];
	size_t nfield;
	struct list list[DICTS];
	struct shape *shape;
	size_t nshape, cshape;
	struct str last_id[64];
	struct id_parts { /* of last_id[], while it has no text yet */
		uint64_t form;
		struct str v, dom;
		size_t digits;
	} id_parts[64];
	struct str last_subject;
	size_t nval;
	uint64_t have[SEG_RECORDS / 64]; /* the records that were asked for */
	char tmp[32];
};

enum { SPARE_MAX = 4, SPARE_ROOM = 1 << 20, ALONE_ROOM = 64 * 1024 };

struct seg_dec {
	struct unpack *unpack;
	struct seg *spare;
	size_t nspare;
	size_t room; /* that recent groups took */
	char *buf;   /* for scans of one section */
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

static inline struct str
take_copy(struct seg *s, const char *p, size_t n)
{
	char *to = take(s, n + 1);

	memcpy(to, p, n);
	return str_make(to, n);
}

static inline uint64_t
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
static inline int64_t
get_later(struct seg *s, struct cur *c, int64_t t, int64_t unit)
{
	return (
	    int64_t)((uint64_t)t + (uint64_t)get_svar(s, c) * (uint64_t)unit);
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

/* ---- seg_get.c ---- */

struct str seg_get_value(struct seg *s, int f, const struct rec_event *ev,
    struct str qid);
/* The same for a record nobody asks for: only what later ones refer to. */
void seg_pass_value(struct seg *s, int f);
struct str seg_next_address(struct seg *s);

/* ---- seg_open.c ---- */

/* Finds the streams and pools of one section. */
void seg_open_section(struct seg *s, enum seg_section sec, struct cur c);

#endif
