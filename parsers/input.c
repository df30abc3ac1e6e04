/*
 * input.c: the decoders.  One row of `ops` per compression.
 *
 * A step turns stored bytes into decoded ones; the loop around it feeds it,
 * goes on with the next member of a file made of several, tells a file that
 * was cut from one that ended, and stops what grows out of all proportion (a
 * log compresses to a tenth or a hundredth, not to a thousandth).
 *
 * To add a compression: its magic in codec_of(), a row in ops.
 */
#include <bzlib.h>
#include <errno.h>
#include <lzma.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>
#ifdef HAVE_ISAL
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

#include "base/die.h"
#include "parsers/input_part.h"
#include "base/banned.h"

enum {
	STORED_BLOCK = 64 * 1024,
	XZ_MEMORY = 100 << 20, /* xz -9 wants 65 MiB */
	POLL_MS = 200,
};

enum step { STEP_MORE, STEP_END, STEP_BAD };

struct decoder {
	enum codec codec;
	int fd;
	atomic_bool *stop;
	bool eof;     /* no more stored bytes */
	bool between; /* at the beginning of a member */
	bool members; /* one was complete already */
	bool failed;
	const char *in; /* stored bytes not decoded yet */
	size_t in_n;
	_Atomic uint64_t taken;
	uint64_t given;
	struct err err; /* why it failed */
	union {
#ifdef HAVE_ISAL
		struct inflate_state gz;
#else
		z_stream gz;
#endif
		lzma_stream xz;
		ZSTD_DStream *zst;
		bz_stream bz;
	} u;
	char block[STORED_BLOCK];
};

const char *const codec_name[CODECS] = {
	[CODEC_PLAIN] = "plain",
	[CODEC_GZIP] = "gzip",
	[CODEC_XZ] = "xz",
	[CODEC_ZSTD] = "zstd",
	[CODEC_BZIP2] = "bzip2",
};

enum codec
codec_of(struct str head)
{
	if (str_starts(head, STR("\x1f\x8b\x08")))
		return CODEC_GZIP;
	if (str_starts(head, STR("\xfd"
				 "7zXZ\0")))
		return CODEC_XZ;
	if (str_starts(head, STR("\x28\xb5\x2f\xfd")))
		return CODEC_ZSTD;
	if (str_starts(head, STR("BZh")) && head.n > 3 && head.p[3] >= '1' &&
	    head.p[3] <= '9')
		return CODEC_BZIP2;
	return CODEC_PLAIN;
}

/* ---- gzip ---- */

#ifdef HAVE_ISAL

static bool
gz_init(struct decoder *d)
{
	isal_inflate_init(&d->u.gz);
	d->u.gz.crc_flag = ISAL_GZIP;
	return true;
}

static enum step
gz_step(struct decoder *d, char **out, size_t *n)
{
	struct inflate_state *s = &d->u.gz;
	int r;

	s->next_in = (uint8_t *)d->in;
	s->avail_in = (uint32_t)d->in_n;
	s->next_out = (uint8_t *)*out;
	s->avail_out = (uint32_t)*n;
	r = isal_inflate(s);
	d->in = (const char *)s->next_in;
	d->in_n = s->avail_in;
	*out = (char *)s->next_out;
	*n = s->avail_out;
	/* ISAL_END_INPUT: give me more; it is no error while there is more */
	if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT)
		return STEP_BAD;
	return s->block_state == ISAL_BLOCK_FINISH ? STEP_END : STEP_MORE;
}

static void
gz_done(struct decoder *d)
{
	(void)d;
}

#else

static bool
gz_init(struct decoder *d)
{
	d->u.gz = (z_stream){ 0 };
	return inflateInit2(&d->u.gz, 15 + 16) == Z_OK;
}

static enum step
gz_step(struct decoder *d, char **out, size_t *n)
{
	z_stream *s = &d->u.gz;
	int r;

	s->next_in = (Bytef *)d->in;
	s->avail_in = (uInt)d->in_n;
	s->next_out = (Bytef *)*out;
	s->avail_out = (uInt)*n;
	r = inflate(s, Z_NO_FLUSH);
	d->in = (const char *)s->next_in;
	d->in_n = s->avail_in;
	*out = (char *)s->next_out;
	*n = s->avail_out;
	if (r == Z_STREAM_END)
		return STEP_END;
	return r == Z_OK || r == Z_BUF_ERROR ? STEP_MORE : STEP_BAD;
}

static void
gz_done(struct decoder *d)
{
	inflateEnd(&d->u.gz);
}

#endif

/* ---- xz ---- */

static bool
xz_init(struct decoder *d)
{
	d->u.xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&d->u.xz, XZ_MEMORY, 0) == LZMA_OK;
}

static enum step
xz_step(struct decoder *d, char **out, size_t *n)
{
	lzma_stream *s = &d->u.xz;
	lzma_ret r;

	s->next_in = (const uint8_t *)d->in;
	s->avail_in = d->in_n;
	s->next_out = (uint8_t *)*out;
	s->avail_out = *n;
	r = lzma_code(s, LZMA_RUN);
	d->in = (const char *)s->next_in;
	d->in_n = s->avail_in;
	*out = (char *)s->next_out;
	*n = s->avail_out;
	if (r == LZMA_STREAM_END)
		return STEP_END;
	return r == LZMA_OK || r == LZMA_BUF_ERROR ? STEP_MORE : STEP_BAD;
}

static void
xz_done(struct decoder *d)
{
	lzma_end(&d->u.xz);
}

/* ---- zstd ---- */

static bool
zst_init(struct decoder *d)
{
	d->u.zst = ZSTD_createDStream();
	return d->u.zst && !ZSTD_isError(ZSTD_initDStream(d->u.zst));
}

static enum step
zst_step(struct decoder *d, char **out, size_t *n)
{
	ZSTD_inBuffer in = { d->in, d->in_n, 0 };
	ZSTD_outBuffer o = { *out, *n, 0 };
	size_t r = ZSTD_decompressStream(d->u.zst, &o, &in);

	d->in += in.pos;
	d->in_n -= in.pos;
	*out += o.pos;
	*n -= o.pos;
	if (ZSTD_isError(r))
		return STEP_BAD;
	return r == 0 ? STEP_END : STEP_MORE;
}

static void
zst_done(struct decoder *d)
{
	ZSTD_freeDStream(d->u.zst);
	d->u.zst = NULL;
}

/* ---- bzip2 ---- */

static bool
bz_init(struct decoder *d)
{
	d->u.bz = (bz_stream){ 0 };
	return BZ2_bzDecompressInit(&d->u.bz, 0, 0) == BZ_OK;
}

static enum step
bz_step(struct decoder *d, char **out, size_t *n)
{
	bz_stream *s = &d->u.bz;
	int r;

	s->next_in = (char *)d->in;
	s->avail_in = (unsigned)d->in_n;
	s->next_out = *out;
	s->avail_out = (unsigned)*n;
	r = BZ2_bzDecompress(s);
	d->in = s->next_in;
	d->in_n = s->avail_in;
	*out = s->next_out;
	*n = s->avail_out;
	if (r == BZ_STREAM_END)
		return STEP_END;
	return r == BZ_OK ? STEP_MORE : STEP_BAD;
}

static void
bz_done(struct decoder *d)
{
	BZ2_bzDecompressEnd(&d->u.bz);
}

static const struct {
	bool (*init)(struct decoder *d);
	/* decodes from d->in, moves it and *out, *n */
	enum step (*step)(struct decoder *d, char **out, size_t *n);
	void (*done)(struct decoder *d);
} ops[CODECS] = {
	[CODEC_GZIP] = { gz_init, gz_step, gz_done },
	[CODEC_XZ] = { xz_init, xz_step, xz_done },
	[CODEC_ZSTD] = { zst_init, zst_step, zst_done },
	[CODEC_BZIP2] = { bz_init, bz_step, bz_done },
};

/* ---- the loop around them ---- */

ssize_t
read_some(int fd, char *buf, size_t size, atomic_bool *stop)
{
	for (;;) {
		struct pollfd pfd = { fd, POLLIN, 0 };
		ssize_t n;

		if (stop) {
			int r = poll(&pfd, 1, POLL_MS);

			if (atomic_load(stop))
				return 0;
			if (r == 0 || (r < 0 && errno == EINTR))
				continue;
		}
		n = read(fd, buf, size);
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return n;
	}
}

struct decoder *
decoder_new(int fd, enum codec codec, struct str head, atomic_bool *stop,
    struct err *err)
{
	struct decoder *d = xcalloc(1, sizeof(*d));

	d->codec = codec;
	d->fd = fd;
	d->stop = stop;
	d->between = true;
	head = str_head(head, sizeof(d->block));
	memcpy(d->block, head.p, head.n);
	d->in = d->block;
	d->in_n = head.n;
	atomic_store(&d->taken, head.n);
	if (!ops[codec].init(d)) {
		err_set(err, "cannot start the %s decoder", codec_name[codec]);
		free(d);
		return NULL;
	}
	return d;
}

void
decoder_free(struct decoder *d)
{
	if (!d)
		return;
	ops[d->codec].done(d);
	free(d);
}

uint64_t
decoder_taken(const struct decoder *d)
{
	return atomic_load_explicit(&((struct decoder *)d)->taken,
	    memory_order_relaxed);
}

static int
fail(struct decoder *d, const char *what)
{
	d->failed = true;
	return err_set(&d->err, "%s data %s", codec_name[d->codec], what);
}

static int
refill(struct decoder *d)
{
	ssize_t n;

	if (d->in_n || d->eof)
		return 0;
	n = read_some(d->fd, d->block, sizeof(d->block), d->stop);
	if (n < 0) {
		d->failed = true;
		return err_set(&d->err, "cannot read: %s", strerror(errno));
	}
	d->in = d->block;
	d->in_n = (size_t)n;
	d->eof = n == 0;
	atomic_fetch_add_explicit(&d->taken, (uint64_t)n, memory_order_relaxed);
	return 0;
}

/* Between members: zeros are padding, anything else begins the next one. */
static int
next_member(struct decoder *d)
{
	while (d->members && d->in_n && *d->in == 0) {
		d->in++;
		d->in_n--;
		if (refill(d) < 0)
			return -1;
	}
	if (!d->in_n)
		return 0;
	if (d->members) {
		/* what is not even the first byte of a member is garbage */
		static const unsigned char first[CODECS] = {
			[CODEC_GZIP] = 0x1f,
			[CODEC_XZ] = 0xfd,
			[CODEC_ZSTD] = 0x28,
			[CODEC_BZIP2] = 'B',
		};
		unsigned char c = (unsigned char)*d->in;

		if (c != first[d->codec] &&
		    !(d->codec == CODEC_ZSTD && (c & 0xf0) == 0x50))
			return fail(d, "is followed by something else");
		ops[d->codec].done(d);
		if (!ops[d->codec].init(d))
			return fail(d, "cannot be decoded: no memory");
	}
	d->between = false;
	return 0;
}

ssize_t
decoder_read(struct decoder *d, char *buf, size_t size, struct err *err)
{
	char *out = buf;
	size_t n = size;

	while (n && !d->failed) {
		size_t in0 = d->in_n, n0 = n;
		enum step r;

		if (refill(d) < 0)
			break;
		if (d->between && next_member(d) < 0)
			break;
		if (d->between) /* the end */
			break;
		in0 = d->in_n;
		r = ops[d->codec].step(d, &out, &n);
		if (r == STEP_BAD) {
			fail(d, "is damaged");
		} else if (r == STEP_END) {
			d->between = d->members = true;
		} else if (d->eof && in0 == d->in_n && n == n0) {
			if (!(d->stop && atomic_load(d->stop)))
				fail(d, "is cut short");
			break;
		}
		d->given += n0 - n;
		if (d->given > INPUT_RATIO_FROM &&
		    d->given / INPUT_RATIO > decoder_taken(d))
			fail(d, "grows out of all proportion");
	}
	if (n < size)
		return (ssize_t)(size - n);
	if (d->failed) {
		*err = d->err;
		return -1;
	}
	return 0;
}
