/*
 * input.c: a reader thread, a ring of blocks, and what opens a file.  The
 * decoders are in decode.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/die.h"
#include "parsers/decode.h"
#include "parsers/input.h"
#include "base/banned.h"

enum { RING = 4 };

struct input {
	int fd;
	struct decoder *dec; /* NULL: plain, read as it is */
	uint64_t skip;	     /* decoded bytes to drop first */
	uint64_t stored;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t can_read, can_write;
	char *block[RING];
	size_t len[RING];
	unsigned head, tail; /* written, taken */
	bool holding;	     /* the block at tail is in the caller's hands */
	bool ended, failed, closing;
	struct err err;
	unsigned char magic[8]; /* first bytes, read to tell the packing */
	size_t nmagic;
};

static enum packing
packing_of(const unsigned char *p, size_t n)
{
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return PACK_GZIP;
	if (n >= 3 && memcmp(p, "BZh", 3) == 0)
		return PACK_BZIP2;
	if (n >= 6 && memcmp(p, "\xfd" "7zXZ\0", 6) == 0)
		return PACK_XZ;
	if (n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
		return PACK_ZSTD;
	return PACK_PLAIN;
}

/* read() that is not cut short by signals; counts what it got. */
static ssize_t
read_some(void *ctx, void *p, size_t n)
{
	struct input *in = ctx;
	ssize_t got;

	if (in->nmagic) { /* what was looked at for the packing */
		got = (ssize_t)(n < in->nmagic ? n : in->nmagic);
		memcpy(p, in->magic, (size_t)got);
		memmove(in->magic, in->magic + got,
		    in->nmagic - (size_t)got);
		in->nmagic -= (size_t)got;
		return got;
	}
	do
		got = read(in->fd, p, n);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		__atomic_add_fetch(&in->stored, (uint64_t)got,
		    __ATOMIC_RELAXED);
	return got;
}

/* Fills one block; its length, 0 at the end, -1 on failure. */
static ssize_t
fill(struct input *in, char *p, struct err *err)
{
	size_t n = 0;

	if (in->dec)
		return decoder_read(in->dec, p, INPUT_BLOCK, err);
	while (n < INPUT_BLOCK) {
		ssize_t got = read_some(in, p + n, INPUT_BLOCK - n);

		if (got < 0)
			return err_set(err, "cannot read: %s",
			    strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static void *
reader(void *arg)
{
	struct input *in = arg;

	for (;;) {
		struct err err = { "" };
		unsigned at;
		ssize_t n;

		pthread_mutex_lock(&in->lock);
		while (in->head - in->tail == RING && !in->closing)
			pthread_cond_wait(&in->can_write, &in->lock);
		at = in->head % RING;
		if (in->closing) {
			pthread_mutex_unlock(&in->lock);
			return NULL;
		}
		pthread_mutex_unlock(&in->lock);
		n = fill(in, in->block[at], &err);
		if (n > 0 && in->skip) {
			size_t drop = in->skip < (uint64_t)n ? in->skip :
							       (size_t)n;

			memmove(in->block[at], in->block[at] + drop,
			    (size_t)n - drop);
			in->skip -= drop;
			n -= (ssize_t)drop;
			if (!n)
				continue;
		}
		pthread_mutex_lock(&in->lock);
		if (n > 0) {
			in->len[at] = (size_t)n;
			in->head++;
		} else {
			in->ended = true;
			in->failed = n < 0;
			in->err = err;
		}
		pthread_cond_signal(&in->can_read);
		pthread_mutex_unlock(&in->lock);
		if (n <= 0)
			return NULL;
	}
}

struct input *
input_open(const char *path, uint64_t offset, bool nofollow, struct err *err)
{
	struct input *in = xcalloc(1, sizeof(*in));
	enum packing pack;
	struct stat st;
	size_t n = 0;

	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->can_read, NULL);
	pthread_cond_init(&in->can_write, NULL);
	in->skip = offset;
	if (strcmp(path, "-") == 0)
		in->fd = dup(0);
	else
		in->fd = open(path, O_RDONLY | O_CLOEXEC |
			(nofollow ? O_NOFOLLOW : 0));
	if (in->fd < 0 || fstat(in->fd, &st) < 0) {
		err_set(err, "cannot open '%s': %s", path, strerror(errno));
		goto fail;
	}
	if (S_ISDIR(st.st_mode)) {
		err_set(err, "cannot read '%s': it is a folder", path);
		goto fail;
	}
	while (n < sizeof(in->magic)) {
		ssize_t got = read_some(in, in->magic + n,
		    sizeof(in->magic) - n);

		if (got < 0) {
			err_set(err, "cannot read '%s': %s", path,
			    strerror(errno));
			goto fail;
		}
		if (!got)
			break;
		n += (size_t)got;
	}
	in->nmagic = n;
	pack = packing_of(in->magic, n);
	if (pack == PACK_PLAIN && S_ISREG(st.st_mode) && offset) {
		if (lseek(in->fd, (off_t)offset, SEEK_SET) < 0) {
			err_set(err, "cannot seek in '%s': %s", path,
			    strerror(errno));
			goto fail;
		}
		in->nmagic = 0;
		in->skip = 0;
		in->stored = offset;
	}
	if (pack != PACK_PLAIN)
		in->dec = decoder_new(pack, read_some, in);
	for (int i = 0; i < RING; i++)
		in->block[i] = xmalloc(INPUT_BLOCK);
	if (pthread_create(&in->thread, NULL, reader, in) != 0) {
		err_set(err, "cannot start a thread");
		decoder_free(in->dec);
		in->dec = NULL;
		goto fail;
	}
	return in;
fail:
	if (in->fd >= 0)
		close(in->fd);
	for (int i = 0; i < RING; i++)
		free(in->block[i]);
	free(in);
	return NULL;
}

int
input_next(struct input *in, struct str *block, struct err *err)
{
	int rc = 1;

	pthread_mutex_lock(&in->lock);
	if (in->holding) {
		in->tail++;
		in->holding = false;
		pthread_cond_signal(&in->can_write);
	}
	while (in->head == in->tail && !in->ended)
		pthread_cond_wait(&in->can_read, &in->lock);
	if (in->head != in->tail) {
		unsigned at = in->tail % RING;

		*block = str_make(in->block[at], in->len[at]);
		in->holding = true;
	} else if (in->failed) {
		rc = err_set(err, "%s", in->err.msg);
	} else {
		rc = 0;
	}
	pthread_mutex_unlock(&in->lock);
	return rc;
}

uint64_t
input_stored(const struct input *in)
{
	return __atomic_load_n(&in->stored, __ATOMIC_RELAXED);
}

void
input_close(struct input *in)
{
	if (!in)
		return;
	pthread_mutex_lock(&in->lock);
	in->closing = true;
	pthread_cond_signal(&in->can_write);
	pthread_mutex_unlock(&in->lock);
	pthread_join(in->thread, NULL);
	decoder_free(in->dec);
	close(in->fd);
	for (int i = 0; i < RING; i++)
		free(in->block[i]);
	pthread_mutex_destroy(&in->lock);
	pthread_cond_destroy(&in->can_read);
	pthread_cond_destroy(&in->can_write);
	free(in);
}

struct fingerprint
fingerprint_of(const char *p, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(p, n);

	return (struct fingerprint){ { h.low64, h.high64 }, (uint32_t)n };
}

/* Mostly NULs, or no line end and control bytes: no text. */
static bool
is_binary(const char *p, size_t n)
{
	size_t odd = 0;
	bool lf = false;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		lf |= c == '\n';
		odd += (c < 32 && c != '\n' && c != '\r' && c != '\t' &&
			   c != 27) || c == 127;
	}
	return n && ((odd * 10 > n && !lf) || odd * 3 > n);
}

int
input_peek(const char *path, struct input_head *head, struct err *err)
{
	struct input *in;
	struct str block;
	struct stat st;
	int fd, rc;

	head->n = head->nlast = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		return rc;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(err, "cannot read '%s': it is no regular file",
		    path);
	}
	head->size = st.st_size;
	head->mtime_us = (int64_t)st.st_mtim.tv_sec * 1000000 +
	    st.st_mtim.tv_nsec / 1000;
	head->dev = st.st_dev;
	head->ino = st.st_ino;
	head->packing = PACK_PLAIN;
	{
		unsigned char m[8];
		ssize_t got = pread(fd, m, sizeof(m), 0);

		if (got > 0)
			head->packing = packing_of(m, (size_t)got);
	}
	if (head->packing == PACK_PLAIN && st.st_size > 0) {
		off_t from = st.st_size > (off_t)sizeof(head->last) ?
		    st.st_size - (off_t)sizeof(head->last) :
		    0;
		ssize_t got = pread(fd, head->last, sizeof(head->last), from);

		head->nlast = got > 0 ? (size_t)got : 0;
		got = pread(fd, head->first, sizeof(head->first), 0);
		head->n = got > 0 ? (size_t)got : 0;
		close(fd);
	} else {
		close(fd);
		in = input_open(path, 0, false, err);
		if (!in)
			return -1;
		rc = input_next(in, &block, err);
		if (rc == 1) {
			head->n = block.n < sizeof(head->first) ?
			    block.n :
			    sizeof(head->first);
			memcpy(head->first, block.p, head->n);
		}
		input_close(in);
		if (rc < 0)
			return err_prefix(err, "'%s'", path);
	}
	head->binary = is_binary(head->first, head->n < 8192 ? head->n : 8192);
	head->print = fingerprint_of(head->first,
	    head->n < INPUT_PRINT ? head->n : INPUT_PRINT);
	return 0;
}
