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
print_ip4(struct seg *s, struct str raw)
{
	const unsigned char *ip = (const unsigned char *)raw.p;
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

/* The number of the IP in P_IP, + 1; 0 when there is none. */
static size_t
ip_ref(struct seg *s, struct cur *c)
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
		return 0;
	}
	if (with)
		*with = (uint32_t)no;
	return no;
}

static struct str
get_ip(struct seg *s, struct cur *c)
{
	struct texts *t = &s->pool[P_IP];
	size_t no = ip_ref(s, c);

	if (!no)
		return STR("");
	if (s->raw_ip[no - 1]) {
		t->v[no - 1] = print_ip4(s, t->v[no - 1]);
		s->raw_ip[no - 1] = 0;
	}
	return t->v[no - 1];
}

/* The number of a domain by distance back, or of the next new one, + 1. */
static size_t
domain_no(struct seg *s, bool is_new, uint64_t back)
{
	struct texts *t = &s->pool[P_DOMAIN];

	if (is_new) {
		next_text(s, P_DOMAIN);
		return s->bad ? 0 : t->next;
	}
	if (back < t->next)
		return t->next - back;
	s->bad = true;
	return 0;
}

static struct str
domain_ref(struct seg *s, bool is_new, uint64_t back)
{
	size_t no = domain_no(s, is_new, back);

	return no ? s->pool[P_DOMAIN].v[no - 1] : STR("");
}

/* That of the next new address; 0 when it has none. */
static size_t
next_domain(struct seg *s)
{
	uint64_t code;

	while ((code = get_uvar(s, &s->own[S_DOMAIN])) == DOM_SKIP && !s->bad)
		if (s == &s->dec->alone) /* its id is not read here */
			next_text(s, P_DOMAIN);
	if (code == DOM_NONE || s->bad)
		return 0;
	return domain_no(s, code == DOM_NEW, code - DOM_BACK);
}

static struct str
put_together(struct seg *s, struct str local, size_t domain)
{
	struct str dom;
	char *p;

	if (!domain)
		return local;
	dom = s->pool[P_DOMAIN].v[domain - 1];
	p = take(s, local.n + 1 + dom.n + 1);
	if (local.n)
		memcpy(p, local.p, local.n);
	p[local.n] = '@';
	if (dom.n)
		memcpy(p + local.n + 1, dom.p, dom.n);
	return str_make(p, local.n + 1 + dom.n);
}

/* The next new address: local part and domain put together. */
struct str
seg_next_address(struct seg *s)
{
	struct str local = next_text(s, P_LOCAL);

	return put_together(s, local, next_domain(s));
}

/* The number of the address; s->addr.n when there is none. */
static size_t
addr_ref(struct seg *s, struct cur *c)
{
	uint64_t d = get_uvar(s, c);
	struct texts *t = &s->addr;

	if (d > t->next || (d == 0 && t->next >= t->n)) {
		s->bad = true;
		return t->n;
	}
	if (d)
		return t->next - d;
	next_text(s, P_LOCAL);
	s->domain_of[t->next] = (uint32_t)next_domain(s);
	t->v[t->next] = STR_NONE;
	return t->next++;
}

static struct str
get_addr(struct seg *s, struct cur *c)
{
	struct texts *t = &s->addr;
	size_t no = addr_ref(s, c);

	if (no == t->n)
		return STR("");
	if (!t->v[no].p)
		t->v[no] =
		    put_together(s, s->pool[P_LOCAL].v[no], s->domain_of[no]);
	return t->v[no];
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

/* What a new id is made of. */
static struct id_parts
new_id(struct seg *s, struct cur *c, uint64_t form)
{
	struct id_parts id = { .form = form, .dom = STR("") };
	unsigned how = (unsigned)form & ID_FORM;
	uint64_t code;

	if (form & ID_DOMAIN) {
		code = get_uvar(s, c);
		id.dom = domain_ref(s, code == 0, code - 1);
	}
	id.v = next_text(s, how == ID_TEXT ? P_ID : P_HEX);
	if (form > 31)
		s->bad = true;
	if (!s->bad && how != ID_TEXT)
		id.digits = s->digits[s->pool[P_HEX].next - 1];
	return id;
}

static struct str
print_id(struct seg *s, const struct id_parts *id)
{
	unsigned how = (unsigned)id->form & ID_FORM;
	size_t n = 0;
	char *p;

	if (s->bad)
		return STR("");
	if (id->form == ID_TEXT)
		return id->v;
	/* digits of P_HEX, as a view of half as many bytes, may be uneven */
	p = take(s, 2 * id->v.n + 8 + id->dom.n);
	if (id->form & ID_ANGLE)
		p[n++] = '<';
	if (how == ID_TEXT) {
		memcpy(p + n, id->v.p, id->v.n);
		n += id->v.n;
	} else {
		n += unpack_hex(id->v, id->digits, how, p + n);
	}
	if (id->form & ID_DOMAIN) {
		p[n++] = '@';
		memcpy(p + n, id->dom.p, id->dom.n);
		n += id->dom.n;
	}
	if (id->form & ID_ANGLE)
		p[n++] = '>';
	return str_make(p, n);
}

/* Whether it is the record's own queue id; what else it is made of stands in
 * id_parts[f], unless last_id[f] has its text. */
static bool
id_ref(struct seg *s, struct cur *c, int f)
{
	uint64_t form = get_uvar(s, c);

	switch (form & ID_FORM) {
	case ID_LAST:
		if (s->last_id[f].p || s->id_parts[f].v.p)
			return false;
		break;
	case ID_QID:
		return true;
	case ID_TEXT:
	case ID_HEX:
	case ID_HEX_UPPER:
	case ID_UUID:
	case ID_UUID_UPPER:
		s->id_parts[f] = new_id(s, c, form);
		s->last_id[f] = STR_NONE;
		return false;
	}
	s->bad = true;
	return false;
}

static struct str
get_id(struct seg *s, struct cur *c, int f, struct str qid)
{
	if (id_ref(s, c, f))
		return qid;
	if (s->bad)
		return STR("");
	if (!s->last_id[f].p)
		s->last_id[f] = print_id(s, &s->id_parts[f]);
	return s->last_id[f];
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

void
seg_pass_value(struct seg *s, int f)
{
	struct cur *c = &s->field[f];
	uint64_t bits;

	switch ((enum coder)s->coder[f]) {
	case C_ADDR:
		addr_ref(s, c);
		return;
	case C_IP:
		ip_ref(s, c);
		return;
	case C_ID:
		id_ref(s, c, f);
		return;
	case C_NUM:
		if (get_uvar(s, c) == 0)
			next_text(s, P_TEXT);
		return;
	case C_DELAYS:
		bits = get_uvar(s, c);
		if (bits == 0)
			next_text(s, P_TEXT);
		s->bad |= bits > 1;
		for (int i = 0; i < 4 && bits == 1; i++)
			dict_ref(s, c, D_DELAY);
		return;
	case C_REPLY:
		bits = get_uvar(s, c);
		for (size_t i = 0; i < SEG_CUTS; i++)
			if (bits >> i & 1)
				get_uvar(s, c);
		pool_ref(s, c, P_TEXT);
		return;
	default:
		seg_get_value(s, f, NULL, STR_NONE);
	}
}
