/*
 * seg_encode.c: records to the columns of a group (seg_form.h).
 *
 * Records are taken apart at once: each value goes to the stream of its
 * field, as a reference when the group has seen the text before (seg_put.c).
 * Lines are told by their "shape", all that most lines of a kind have in
 * common: what they are, their tag, which fields they have.
 */
#include "base/map.h"
#include "index/seg_enc.h"
#include "base/banned.h"

static const uint8_t coder_of[F_COUNT] = {
	[F_QID2] = C_ID,
	[F_QID3] = C_ID,
	[F_MSGID] = C_ID,
	[F_SESSION] = C_ID,
	[F_FROM] = C_ADDR,
	[F_TO] = C_ADDR,
	[F_ORIG_TO] = C_ADDR,
	[F_USER] = C_ADDR,
	[F_SUBJECT] = C_SUBJ,
	[F_CLIENT_NAME] = C_NAME,
	[F_HELO] = C_NAME,
	[F_RELAY_NAME] = C_NAME,
	[F_ORIG_NAME] = C_NAME,
	[F_CLIENT_IP] = C_IP,
	[F_RELAY_IP] = C_IP,
	[F_ORIG_IP] = C_IP,
	[F_CLIENT_PORT] = C_NUM,
	[F_SIZE] = C_NUM,
	[F_DELAY] = C_DELAY,
	[F_DELAYS] = C_DELAYS,
	[F_REPLY] = C_REPLY,
	[F_RCPTS] = C_ADDR, /* mostly one; a list is the last's domain */
	[F_TEXT] = C_TEXT,
	[F_EXTRA] = C_TEXT,
	[F_QUARANTINE] = C_TEXT,
	[F_KEPT] = C_TEXT,
	[F_SCORE] = C_DICT,
	/* the rest: C_DICT when field_info says so, else C_TEXT */
};

struct seg_enc *
seg_enc_new(void)
{
	struct seg_enc *e = xcalloc(1, sizeof(*e));

	e->seed = map_hash(STR("one"));
	e->seed2 = map_hash(STR("two"));
	e->nslot = 4096;
	e->slot = xcalloc(e->nslot, sizeof(*e->slot));
	for (int f = 0; f < F_COUNT; f++)
		e->coder[f] = coder_of[f]	 ? coder_of[f] :
			      field_info[f].dict ? C_DICT :
						   C_TEXT;
	for (int k = 0; k < SEG_SECTIONS; k++)
		buf_init(&e->raw[k], SEG_SECTION_MAX);
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
	for (int k = 0; k < SEG_SECTIONS; k++)
		buf_release(&e->raw[k]);
	buf_release(&e->qid);
	free(e);
}

static inline void
empty(struct out *o)
{
	o->at = o->p;
}

void
seg_enc_clear(struct seg_enc *e)
{
	for (int i = 0; i < STREAMS; i++)
		empty(&e->own[i]);
	for (int i = 0; i < F_COUNT; i++) {
		empty(&e->field[i]);
		buf_clear(&e->last_id[i]);
	}
	for (int i = 0; i < POOLS; i++)
		empty(&e->len[i]);
	for (int i = 0; i < TXTS; i++)
		empty(&e->txt[i]);
	memset(e->slot, 0, e->nslot * sizeof(*e->slot));
	memset(e->count, 0, sizeof(e->count));
	memset(e->last, 0, sizeof(e->last));
	memset(e->last_dict, 0, sizeof(e->last_dict));
	e->generation++;
	if (e->generation >> (32 - QUICK_TAG_BITS)) {
		memset(e->quick, 0, sizeof(e->quick));
		e->generation = 1;
	}
	e->nent = e->nshape = e->n = e->bytes = e->ntime = 0;
	e->last_shape = e->last_name = e->nip = 0;
	e->last_subject = 0;
	e->lines = (struct seg_lines){ 0 };
	e->prev_t0 = 0;
	e->prev_number = 0;
	e->prev_offset = 0;
	e->last_subj_rec = 0;
	e->t0 = INT64_MAX;
	e->t1 = INT64_MIN;
	buf_clear(&e->qid);
}

void
seg_enc_grow_out(struct out *o, size_t n)
{
	size_t used = out_size(o), cap = 2 * (size_t)(o->end - o->p) + n + 64;

	o->p = xrealloc(o->p, cap);
	o->at = o->p + used;
	o->end = o->p + cap;
}

void
seg_enc_uvar(struct out *o, uint64_t v)
{
	unsigned char *p;

	room(o, 10);
	for (p = o->at; v >= 128; v >>= 7)
		*p++ = (unsigned char)(v | 128);
	*p++ = (unsigned char)v;
	o->at = p;
}

/* Twice the slots. */
void
seg_enc_grow(struct seg_enc *e)
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

static inline bool
shape_is(const struct seg_enc *e, const struct shape *s,
    const struct rec_event *ev)
{
	return s->mask == ev->mask && s->kind == ev->kind &&
	       s->state == ev->state && s->mta == ev->mta &&
	       s->frame == ev->frame && s->flags == ev->flags &&
	       s->tz_min == ev->tz_min && s->src == ev->at.src &&
	       s->raw == (ev->raw.n != 0) &&
	       same_text(e, s->tag, P_DICT, ev->tag);
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

	dict_find(e, D_TAG, ev->tag);
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
		e->shape =
		    xreallocarray(e->shape, e->cshape, sizeof(*e->shape));
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
	int64_t lines;

	put_uvar(&e->own[S_SHAPE], shape_no(e, ev));
	put_uvar(&e->own[S_PID], dict(e, D_PID, ev->pid));
	lines = (int64_t)ev->at.number - (int64_t)e->prev_number;
	put_svar(&e->own[S_NUMBER], lines);
	put_svar(&e->own[S_OFFSET],
	    (int64_t)(ev->at.offset - e->prev_offset -
		      (uint64_t)seg_guess(&e->lines, lines)));
	if (!e->lines.set)
		seg_lines_set(&e->lines, ev->at.number, ev->at.offset);
	e->last_name = 0;
	e->prev_number = ev->at.number;
	e->prev_offset = ev->at.offset;
	if (ev->raw.n) {
		put_text(e, P_RAW, ev->raw);
		e->bytes += ev->raw.n;
	}
	seg_put_fields(e, ev, qid);
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
	size_t i = 0;

	/* each by a constant: divisions are slow */
	for (; i < e->ntime && e->time[i] % 1000000 == 0; i++)
		;
	if (i < e->ntime)
		for (unit = 1000; i < e->ntime && unit > 1; i++)
			if (e->time[i] % 1000)
				unit = 1;
	empty(&e->own[S_UNIT]);
	empty(&e->own[S_T0]);
	empty(&e->own[S_TIME]);
	put_uvar(&e->own[S_UNIT], (uint64_t)unit);
	for (i = 0; i < e->ntime; i++) {
		int64_t t = e->time[i];

		put_svar(&e->own[e->is_t0[i] ? S_T0 : S_TIME],
		    unit == 1000000 ? t / 1000000 :
		    unit == 1000    ? t / 1000 :
				      t);
	}
}

/* One section, not packed; empty when its streams are. */
static int
finish_section(const struct seg_enc *e, enum seg_section sec, struct buf *out,
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
	buf_clear(out);
	for (size_t i = 0; i < n; i++)
		bytes += out_size(part[i]);
	if (bytes == 0)
		return 0;
	buf_putc(out, SEG_FORM);
	buf_uvar(out, n);
	for (size_t i = 0; i < n; i++)
		buf_uvar(out, out_size(part[i]));
	for (size_t i = 0; i < n; i++)
		buf_addn(out, part[i]->p, out_size(part[i]));
	return out->toobig ? err_set(err, "records too large to store") : 0;
}

int
seg_enc_sections(struct seg_enc *e, struct buf *out, struct err *err)
{
	finish_times(e);
	empty(&e->own[S_CODER]);
	put_bytes(&e->own[S_CODER],
	    str_make((const char *)e->coder, sizeof(e->coder)));
	for (int sec = 0; sec < SEG_SECTIONS; sec++)
		if (finish_section(e, (enum seg_section)sec, &out[sec], err) <
		    0)
			return -1;
	return 0;
}

int
seg_section_pack(struct pack *p, enum seg_section sec, struct str raw,
    struct buf *out, struct err *err)
{
	buf_clear(out);
	if (!raw.n)
		return 0;
	if (sec == SEG_BIN)
		return pack_stored(raw, out, err);
	return sec == SEG_HEAD || sec == SEG_NUM ?
		   pack_numbers(p, raw, out, err) :
		   pack(p, raw, out, err);
}

int
seg_enc_finish(struct seg_enc *e, struct buf *out, struct err *err)
{
	if (!e->pack)
		e->pack = pack_new();
	if (seg_enc_sections(e, e->raw, err) < 0)
		return -1;
	for (int sec = 0; sec < SEG_SECTIONS; sec++)
		if (seg_section_pack(e->pack, (enum seg_section)sec,
			buf_str(&e->raw[sec]), &out[sec], err) < 0)
			return -1;
	return 0;
}
