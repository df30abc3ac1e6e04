/*
 * segment.h: up to 128 records as columns, and back.
 *
 * A group is six sections, each with its own checksum, so that a
 * scan reads only what it looks at:
 *
 *	subj	subjects, and which record each belongs to
 *	addr	the distinct addresses of the group
 *	head	what kinds of events, small values, references into the rest
 *	num	times, line numbers, offsets, sizes
 *	text	names, ids, replies, kept lines
 *	bin	hexadecimal ids and IPv4 addresses, as bytes
 *
 * The encoder takes record after record and can be asked for the sections at
 * any time: the last group of a day is written again with every commit until
 * it is full, so that no small groups are left behind.
 *
 *	struct seg_enc *enc = seg_enc_new();
 *	seg_enc_add(enc, &rec);
 *	seg_enc_finish(enc, out, &err);		(may go on adding)
 *	seg_enc_clear(enc);
 *
 *	struct seg *seg = seg_decode(dec, sections, &err);
 *	const struct record *rec = seg_record(seg, i);
 *	seg_free(seg);
 */
#ifndef INDEX_SEGMENT_H
#define INDEX_SEGMENT_H

#include "index/record.h"

enum {
	SEG_RECORDS = 128,	/* in a full group */
	SEG_BYTES = 512 * 1024, /* a group with this much is full too */
	SEG_SECTION_MAX = 16 * 1024 * 1024, /* of one section, unpacked */
};

enum seg_section {
	SEG_SUBJ,
	SEG_ADDR,
	SEG_HEAD,
	SEG_NUM,
	SEG_TEXT,
	SEG_BIN,
	SEG_SECTIONS
};

extern const char *const seg_section_name[SEG_SECTIONS];

struct seg_enc;

struct seg_enc *seg_enc_new(void);
void seg_enc_free(struct seg_enc *enc);
void seg_enc_clear(struct seg_enc *enc);

/* All records of a group are of one kind: the first one's. */
void seg_enc_add(struct seg_enc *enc, const struct record *rec);
size_t seg_enc_count(const struct seg_enc *enc);
bool seg_enc_full(const struct seg_enc *enc);
enum rec_kind seg_enc_kind(const struct seg_enc *enc);
/* First and last time of any event in it. */
int64_t seg_enc_t0(const struct seg_enc *enc);
int64_t seg_enc_t1(const struct seg_enc *enc);

/* Clears and fills out[0 .. SEG_SECTIONS - 1]; a section may stay empty. */
int seg_enc_finish(struct seg_enc *enc, struct buf *out, struct err *err);

/* The same in two steps, of which the second may be another thread's. */
struct pack;
int seg_enc_sections(struct seg_enc *enc, struct buf *raw, struct err *err);
int seg_section_pack(struct pack *p, enum seg_section sec, struct str raw,
    struct buf *out, struct err *err);

struct seg;
/* What decoding needs again and again; for one thread at a time.  Groups are
 * freed before it. */
struct seg_dec;

struct seg_dec *seg_dec_new(void);
void seg_dec_free(struct seg_dec *dec);

/*
 * A whole group decoded; the sections are not needed afterwards.  NULL on
 * bytes that are damaged: no input makes it crash or grow past the limits.
 */
struct seg *seg_decode(struct seg_dec *dec, const struct str in[SEG_SECTIONS],
    struct err *err);
/*
 * The same for those who need few records: only those with a bit in `want`
 * can be asked for; the others, unless they come last, are passed over, which
 * costs a third.
 */
struct seg *seg_decode_some(struct seg_dec *dec,
    const struct str in[SEG_SECTIONS], const uint64_t want[SEG_RECORDS / 64],
    struct err *err);
bool seg_has(const struct seg *seg, size_t i);
void seg_free(struct seg *seg);
size_t seg_count(const struct seg *seg); /* of all records */
size_t seg_bytes(const struct seg *seg); /* memory it holds */
const struct record *seg_record(const struct seg *seg, size_t i);

/* Each subject (address) of a group without decoding the rest.  `fn` gets
 * the record's place in the group (0 for addresses). */
typedef void (*seg_text_fn)(void *ctx, size_t record, struct str text);
int seg_subjects(struct seg_dec *dec, struct str section, seg_text_fn fn,
    void *ctx, struct err *err);
int seg_addresses(struct seg_dec *dec, struct str section, seg_text_fn fn,
    void *ctx, struct err *err);

/* Any packed block through the decoder's own buffer; the view lives until the
 * next call with it. */
int seg_unpack(struct seg_dec *dec, struct str in, struct str *out,
    struct err *err);

#endif
