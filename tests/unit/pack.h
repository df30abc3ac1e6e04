/*
 * pack.h: for tests: bytes packed as gzip, xz, zstd, bzip2, and files.
 */
#ifndef TESTS_UNIT_PACK_H
#define TESTS_UNIT_PACK_H

#include <bzlib.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "parsers/input.h"

static inline void
pack_gzip(struct str s, struct buf *out)
{
	z_stream z = { 0 };
	uLong max = s.n + s.n / 100 + 1000;

	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, 0) != Z_OK)
		abort();
	z.next_in = (Bytef *)s.p;
	z.avail_in = (uInt)s.n;
	z.next_out = (Bytef *)buf_room(out, max);
	z.avail_out = (uInt)max;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	out->n += z.total_out;
	deflateEnd(&z);
}

/* One more member of that codec behind what is in `out`. */
static inline void
pack(enum codec codec, struct str s, struct buf *out)
{
	size_t max = s.n + s.n / 50 + 2000, pos = 0, n;
	unsigned len = (unsigned)max;
	ZSTD_CCtx *zc;

	switch (codec) {
	case CODEC_GZIP:
		pack_gzip(s, out);
		return;
	case CODEC_XZ:
		if (lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL,
			(const uint8_t *)s.p, s.n,
			(uint8_t *)buf_room(out, max), &pos, max) != LZMA_OK)
			abort();
		out->n += pos;
		return;
	case CODEC_ZSTD:
		zc = ZSTD_createCCtx(); /* with a checksum, as zstd(1) does */
		ZSTD_CCtx_setParameter(zc, ZSTD_c_checksumFlag, 1);
		n = ZSTD_compress2(zc, buf_room(out, max), max, s.p, s.n);
		if (ZSTD_isError(n))
			abort();
		out->n += n;
		ZSTD_freeCCtx(zc);
		return;
	case CODEC_BZIP2:
		if (BZ2_bzBuffToBuffCompress(buf_room(out, max), &len,
			(char *)s.p, (unsigned)s.n, 1, 0, 0) != BZ_OK)
			abort();
		out->n += len;
		return;
	default:
		buf_add(out, s);
	}
}

static inline void
put_file(const char *path, struct str s)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0)
		abort();
}

/* Sets the time of last change. */
static inline void
touch(const char *path, int64_t t_s)
{
	struct timeval tv[2] = { { t_s, 0 }, { t_s, 0 } };

	if (utimes(path, tv) < 0)
		abort();
}

#endif
