/*
 * segment.c: frames: zstd with content size and checksum, contexts reused.
 */
#include <stdlib.h>
#define ZSTD_STATIC_LINKING_ONLY /* for the mode of literals */
#include <zstd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/die.h"
#include "index/seg_pack.h"
#include "index/segment.h"
#include "base/banned.h"

enum {
	LEVEL = 1,
	STORED_SUM = 4, /* bytes of its checksum */
};

const char *const seg_section_name[SEG_SECTIONS] = {
	[SEG_SUBJ] = "subj",
	[SEG_ADDR] = "addr",
	[SEG_HEAD] = "head",
	[SEG_NUM] = "num",
	[SEG_TEXT] = "text",
	[SEG_BIN] = "bin",
};

struct pack {
	ZSTD_CCtx *c, *quick;
};

struct unpack {
	ZSTD_DCtx *d;
};

static ZSTD_CCtx *
new_cctx(void)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	if (!c)
		die_nomem();
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 1);
	return c;
}

struct pack *
pack_new(void)
{
	struct pack *p = xcalloc(1, sizeof(*p));

	p->c = new_cctx();
	p->quick = new_cctx();
	ZSTD_CCtx_setParameter(p->quick, ZSTD_c_windowLog, 17);
	ZSTD_CCtx_setParameter(p->quick, ZSTD_c_hashLog, 14);
	ZSTD_CCtx_setParameter(p->quick, ZSTD_c_minMatch, 6);
	ZSTD_CCtx_setParameter(p->quick, ZSTD_c_targetLength, 4);
	ZSTD_CCtx_setParameter(p->quick, ZSTD_c_literalCompressionMode,
	    ZSTD_lcm_huffman);
	return p;
}

void
pack_free(struct pack *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->c);
	ZSTD_freeCCtx(p->quick);
	free(p);
}

static int
frame(ZSTD_CCtx *c, struct str in, struct buf *out, struct err *err)
{
	size_t most = ZSTD_compressBound(in.n);
	char *to = buf_room(out, most);
	size_t n;

	if (!to)
		return err_set(err, "block too large to store");
	n = ZSTD_compress2(c, to, most, in.p, in.n);
	if (ZSTD_isError(n))
		return err_set(err, "cannot compress: %s",
		    ZSTD_getErrorName(n));
	out->n += n;
	return 0;
}

int
pack(struct pack *p, struct str in, struct buf *out, struct err *err)
{
	return frame(p->c, in, out, err);
}

int
pack_numbers(struct pack *p, struct str in, struct buf *out, struct err *err)
{
	return frame(p->quick, in, out, err);
}

int
pack_stored(struct str in, struct buf *out, struct err *err)
{
	uint64_t sum = XXH3_64bits(in.p, in.n);

	buf_addn(out, &sum, STORED_SUM);
	buf_add(out, in);
	return out->toobig ? err_set(err, "block too large to store") : 0;
}

int
unpack_stored(struct str in, struct str *out, struct err *err)
{
	uint64_t sum;

	if (in.n < STORED_SUM)
		return err_set(err, "damaged block");
	sum = XXH3_64bits(in.p + STORED_SUM, in.n - STORED_SUM);
	if (memcmp(&sum, in.p, STORED_SUM) != 0)
		return err_set(err, "damaged block: wrong checksum");
	*out = str_from(in, STORED_SUM);
	return 0;
}

struct unpack *
unpack_new(void)
{
	struct unpack *u = xcalloc(1, sizeof(*u));

	u->d = ZSTD_createDCtx();
	if (!u->d)
		die_nomem();
	return u;
}

void
unpack_free(struct unpack *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->d);
	free(u);
}

int
unpack_size(struct str in, size_t max, size_t *n, struct err *err)
{
	unsigned long long size = ZSTD_getFrameContentSize(in.p, in.n);

	if (size == ZSTD_CONTENTSIZE_ERROR ||
	    size == ZSTD_CONTENTSIZE_UNKNOWN || size > max)
		return err_set(err, "damaged block");
	*n = (size_t)size;
	return 0;
}

int
unpack(struct unpack *u, struct str in, char *to, size_t n, struct err *err)
{
	size_t got = ZSTD_decompressDCtx(u->d, to, n, in.p, in.n);

	if (ZSTD_isError(got))
		return err_set(err, "damaged block: %s",
		    ZSTD_getErrorName(got));
	if (got != n)
		return err_set(err, "damaged block: wrong length");
	return 0;
}
