/*
 * decode.c: gzip, xz, zstd and bzip2 behind one call.  A cut or damaged
 * stream gives what could be read, then an error; one that swells beyond all
 * reason is refused.
 */
#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/die.h"
#include "parsers/decode.h"
#include "base/banned.h"

enum { IN_SIZE = 128 * 1024, XZ_MEMORY = 256 * 1024 * 1024, ZSTD_WINDOW_LOG = 27 };

const char *const packing_name[] = {
	[PACK_PLAIN] = "plain",
	[PACK_GZIP] = "gzip",
	[PACK_XZ] = "xz",
	[PACK_ZSTD] = "zstd",
	[PACK_BZIP2] = "bzip2",
};

struct decoder {
	enum packing pack;
	decode_source src;
	void *ctx;
	unsigned char *in;
	size_t at, have;
	bool eof;     /* of the packed bytes */
	bool between; /* before a member: the end is a good end here */
	bool broken;
	uint64_t took, gave;
	z_stream z;
	lzma_stream x;
	bz_stream b;
	ZSTD_DStream *zs;
	bool ready;
};

struct decoder *
decoder_new(enum packing pack, decode_source src, void *ctx)
{
	struct decoder *d = xcalloc(1, sizeof(*d));

	d->pack = pack;
	d->src = src;
	d->ctx = ctx;
	d->in = xmalloc(IN_SIZE);
	d->between = true;
	return d;
}

static void
stop(struct decoder *d)
{
	if (!d->ready)
		return;
	if (d->pack == PACK_GZIP)
		inflateEnd(&d->z);
	else if (d->pack == PACK_XZ)
		lzma_end(&d->x);
	else if (d->pack == PACK_BZIP2)
		BZ2_bzDecompressEnd(&d->b);
	else
		ZSTD_freeDStream(d->zs);
	d->ready = false;
}

void
decoder_free(struct decoder *d)
{
	if (!d)
		return;
	stop(d);
	free(d->in);
	free(d);
}

static bool
start(struct decoder *d)
{
	bool ok = false;

	switch (d->pack) {
	case PACK_GZIP:
		memset(&d->z, 0, sizeof(d->z));
		ok = inflateInit2(&d->z, 15 + 16) == Z_OK;
		break;
	case PACK_XZ:
		d->x = (lzma_stream)LZMA_STREAM_INIT;
		ok = lzma_stream_decoder(&d->x, XZ_MEMORY,
			 LZMA_CONCATENATED) == LZMA_OK;
		break;
	case PACK_BZIP2:
		memset(&d->b, 0, sizeof(d->b));
		ok = BZ2_bzDecompressInit(&d->b, 0, 0) == BZ_OK;
		break;
	default:
		d->zs = ZSTD_createDStream();
		ok = d->zs &&
		    !ZSTD_isError(ZSTD_DCtx_setParameter(d->zs,
			ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
		break;
	}
	d->ready = ok;
	return ok;
}

static int
refill(struct decoder *d, struct err *err)
{
	ssize_t got;

	if (d->at < d->have || d->eof)
		return 0;
	got = d->src(d->ctx, d->in, IN_SIZE);
	if (got < 0)
		return err_set(err, "cannot read the packed file");
	d->eof = got == 0;
	d->at = 0;
	d->have = (size_t)got;
	d->took += (uint64_t)got;
	return 0;
}

/*
 * One step of the library: bytes put at p (n of them at most).  *ended when a
 * member is complete; -1 when it is no such stream.
 */
static ssize_t
step(struct decoder *d, char *p, size_t n, bool *ended)
{
	size_t avail = d->have - d->at, left = n;
	int rc;

	*ended = false;
	switch (d->pack) {
	case PACK_GZIP:
		d->z.next_in = d->in + d->at;
		d->z.avail_in = (uInt)avail;
		d->z.next_out = (Bytef *)p;
		d->z.avail_out = (uInt)n;
		rc = inflate(&d->z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return -1;
		*ended = rc == Z_STREAM_END;
		d->at = d->have - d->z.avail_in;
		left = d->z.avail_out;
		break;
	case PACK_XZ:
		d->x.next_in = d->in + d->at;
		d->x.avail_in = avail;
		d->x.next_out = (uint8_t *)p;
		d->x.avail_out = n;
		rc = (int)lzma_code(&d->x, d->eof ? LZMA_FINISH : LZMA_RUN);
		if (rc != LZMA_OK && rc != LZMA_STREAM_END &&
		    rc != LZMA_BUF_ERROR)
			return -1;
		*ended = rc == LZMA_STREAM_END;
		d->at = d->have - d->x.avail_in;
		left = d->x.avail_out;
		break;
	case PACK_BZIP2:
		d->b.next_in = (char *)d->in + d->at;
		d->b.avail_in = (unsigned)avail;
		d->b.next_out = p;
		d->b.avail_out = (unsigned)n;
		rc = BZ2_bzDecompress(&d->b);
		if (rc != BZ_OK && rc != BZ_STREAM_END)
			return -1;
		*ended = rc == BZ_STREAM_END;
		d->at = d->have - d->b.avail_in;
		left = d->b.avail_out;
		break;
	default: {
		ZSTD_inBuffer i = { d->in + d->at, avail, 0 };
		ZSTD_outBuffer o = { p, n, 0 };
		size_t r = ZSTD_decompressStream(d->zs, &o, &i);

		if (ZSTD_isError(r))
			return -1;
		*ended = r == 0;
		d->at += i.pos;
		left = n - o.pos;
		break;
	}
	}
	return (ssize_t)(n - left);
}

ssize_t
decoder_read(struct decoder *d, char *p, size_t n, struct err *err)
{
	size_t out = 0;
	bool ended;

	while (out < n && !d->broken) {
		ssize_t got;

		if (refill(d, err) < 0)
			return -1;
		if (d->at == d->have && d->eof && d->between)
			break;
		if (!d->ready && !start(d))
			return err_set(err, "cannot unpack: no memory");
		got = step(d, p + out, n - out, &ended);
		if (got < 0) {
			/* bytes after the last member (padding) are no loss */
			d->broken = true;
			if (d->between && d->gave + out)
				break;
			if (out)
				break;
			return err_set(err, "the %s data is damaged",
			    packing_name[d->pack]);
		}
		out += (size_t)got;
		d->between = false;
		if (ended) {
			d->between = true;
			if (d->pack != PACK_ZSTD)
				stop(d);
			if (d->pack == PACK_XZ)
				d->at = d->have; /* it takes all members */
		} else if (!got && d->at == d->have && d->eof) {
			d->broken = true;
			if (out)
				break;
			return err_set(err, "the %s data is cut off",
			    packing_name[d->pack]);
		}
		if (d->gave + out > INPUT_RATIO_FREE &&
		    (d->gave + out) / INPUT_RATIO_MAX > d->took) {
			d->broken = true;
			return err_set(err, "unpacks to more than %d times "
			    "its size: refused", INPUT_RATIO_MAX);
		}
	}
	d->gave += out;
	if (!out && d->broken && !d->between)
		return err_set(err, "the %s data is cut off or damaged",
		    packing_name[d->pack]);
	return (ssize_t)out;
}
