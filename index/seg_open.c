/*
 * seg_open.c: the streams and pools of a section; sections on their own, for
 * scans.
 */
#include "index/seg_dec.h"
#include "base/banned.h"

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
	if (pool == P_IP)
		s->raw_ip = take(s, cap);
	while (len.p < len.end && !s->bad) {
		uint64_t said = get_uvar(s, &len);
		uint64_t n = text_bytes(s, pool, t->n, said);

		if (s->bad || said > SEG_SECTION_MAX ||
		    n > (uint64_t)(txt.end - txt.p)) {
			s->bad = true;
			return;
		}
		if (pool == P_IP)
			s->raw_ip[t->n] = !said;
		t->v[t->n++] = str_make((const char *)txt.p, n);
		txt.p += n;
	}
}

/* In the order the encoder wrote them. */
void
seg_open_section(struct seg *s, enum seg_section sec, struct cur c)
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
seg_unpack(struct seg_dec *dec, struct str in, struct str *out, struct err *err)
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
	seg_open_section(s, sec,
	    (struct cur){ (const unsigned char *)raw.p,
		(const unsigned char *)raw.p + raw.n });
	return s->bad ? err_set(err, "damaged group of records") : 0;
}

int
seg_subjects(struct seg_dec *dec, struct str section, seg_text_fn fn, void *ctx,
    struct err *err)
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
		struct str v = seg_next_address(s);

		if (s->bad)
			return err_set(err, "damaged group of records");
		fn(ctx, 0, v);
	}
	return 0;
}
