/*
 * seg_put.c: values to the streams of their fields, each in the way of its
 * kind (enum coder in seg_form.h).
 */
#include <assert.h>

#include "index/seg_enc.h"
#include "base/banned.h"

static inline void
put_pool(struct seg_enc *e, int f, enum pool pool, struct str v)
{
	bool is_new = false;
	uint32_t i = e->last[f];

	if (!i || !same_text(e, i, pool, v))
		e->last[f] = i = intern(e, pool, pool, v, &is_new) + 1;
	put_uvar(&e->field[f], is_new ? 0 : e->count[pool] - e->ent[i - 1].no);
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
			&is_new)]
		 .no;
	put_uvar(dom,
	    is_new ? DOM_NEW : DOM_BACK + e->count[P_DOMAIN] - 1 - no);
}

static void
put_ip(struct seg_enc *e, int f, struct str v)
{
	struct entry *name;
	unsigned char ip[4];
	unsigned space = P_IP;
	bool is_new;
	uint32_t i;

	if (str_ip4(v, ip)) {
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
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11 | 32,
	['b'] = 12 | 32,
	['c'] = 13 | 32,
	['d'] = 14 | 32,
	['e'] = 15 | 32,
	['f'] = 16 | 32,
	['A'] = 11 | 64,
	['B'] = 12 | 64,
	['C'] = 13 | 64,
	['D'] = 14 | 64,
	['E'] = 15 | 64,
	['F'] = 16 | 64,
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
		*out++ =
		    (unsigned char)((((a - 1) & 15) << 4) | ((b - 1) & 15));
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
				 str_from(v, (size_t)at + 1), &is_new)]
			  .no;
		if (is_new)
			put_uvar(&e->own[S_DOMAIN], DOM_SKIP);
		form |= ID_DOMAIN;
		v = str_head(v, (size_t)at);
	}
	form |= pack_hex(v, hex, &n);
	put_uvar(&e->field[f], form);
	if (form & ID_DOMAIN)
		put_uvar(&e->field[f], is_new ? 0 : e->count[P_DOMAIN] - dom);
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
	size_t n = e->last_subject;

	if (e->last_subj_rec == e->n + 1 && n == v.n) {
		const unsigned char *last = e->txt[P_SUBJ].at - n;

		if (n == 0 || memcmp(last, v.p, n) == 0) {
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

/* A value to the stream of its field. */
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

void
seg_put_fields(struct seg_enc *e, const struct rec_event *ev, struct str qid)
{
	const struct str *f = ev->f;
	size_t bytes = 0;

	for (uint64_t m = ev->mask; m; m &= m - 1, f++) {
		bytes += f->n + 1;
		put_value(e, __builtin_ctzll(m), *f, ev, qid);
	}
	e->bytes += bytes;
}
