/*
 * seg_get.c: values back out of the streams of their fields; the inverse of
 * seg_put.c.
 */
#include "index/seg_dec.h"
#include "base/banned.h"

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
struct str
seg_next_address(struct seg *s)
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
		return t->v[t->next++] = seg_next_address(s);
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
				"0123456789abcdef" :
				"0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < digits; i++) {
		unsigned char b = (unsigned char)bytes.p[i / 2];

		if (form >= ID_UUID &&
		    (i == 8 || i == 12 || i == 16 || i == 20))
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

struct str
seg_get_value(struct seg *s, int f, const struct rec_event *ev, struct str qid)
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
