/*
 * input_feed.c: opens a log and hands out its bytes in views.
 *
 * A block has room in front for what the reader keeps of the view before, so
 * that every line is in one piece and nothing else is copied.  A plain file is
 * read into two blocks in turn; a decoder fills a ring of them in a thread of
 * its own and waits when the reader is slow, so memory is bounded.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "parsers/input_part.h"
#include "base/banned.h"

enum {
	BLOCKS = 4,
	MAGIC = 6,
	BEGIN_MS = 1000, /* patience with a stream's beginning */
};

struct block {
	char *p; /* INPUT_KEEP bytes of room, then INPUT_BLOCK */
	size_t n;
};

struct input {
	int fd;
	bool own_fd, regular;
	bool woken; /* by a signal, while it waited for a stream */
	enum codec codec;
	char *path;
	struct block block[BLOCKS];
	struct str view; /* given last */
	uint64_t skip;	 /* decoded bytes to drop first */
	uint64_t taken;	 /* plain: bytes read */
	/* plain: bytes read while looking for a magic number */
	char magic[MAGIC];
	size_t nmagic;
	/* compressed */
	struct decoder *dec;
	pthread_t thread;
	bool running;
	atomic_bool stop;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned filled, used; /* blocks, ever */
	bool done;	       /* the decoder has ended: dec_err or the end */
	bool broken;
	struct err dec_err;
};

int
input_open_fd(const char *path, const struct input_opts *opts, bool *regular,
    struct err *err)
{
	struct stat st;
	int fd, flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

	if (opts->nofollow)
		flags |= O_NOFOLLOW;
	fd = open(path, flags);
	if (fd < 0 && errno == ELOOP && opts->nofollow)
		return err_set(err, "'%s' is a symbolic link", path);
	if (fd < 0)
		return err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
	if (fstat(fd, &st) < 0) {
		err_set(err, "cannot look at '%s': %s", path, strerror(errno));
		goto fail;
	}
	if (S_ISDIR(st.st_mode)) {
		err_set(err, "'%s' is a directory", path);
		goto fail;
	}
	*regular = S_ISREG(st.st_mode);
	if (!*regular && !opts->stream) {
		err_set(err, "'%s' is no regular file", path);
		goto fail;
	}
	if (*regular)
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
fail:
	close(fd);
	return -1;
}

/* ---- the decoder's thread ---- */

static void *
decode(void *arg)
{
	struct input *in = arg;

	for (;;) {
		struct block *b;
		ssize_t n;
		size_t drop;

		pthread_mutex_lock(&in->lock);
		/* one block is the reader's */
		while (in->filled - in->used >= BLOCKS - 1 &&
		       !atomic_load(&in->stop))
			pthread_cond_wait(&in->changed, &in->lock);
		b = &in->block[in->filled % BLOCKS];
		pthread_mutex_unlock(&in->lock);
		if (atomic_load(&in->stop))
			return NULL;
		n = decoder_read(in->dec, b->p + INPUT_KEEP, INPUT_BLOCK,
		    &in->dec_err);
		drop = n > 0 && in->skip ?
			   (in->skip < (uint64_t)n ? (size_t)in->skip :
						     (size_t)n) :
			   0;
		in->skip -= drop;
		if (n > 0 && drop == (size_t)n)
			continue;
		if (drop)
			memmove(b->p + INPUT_KEEP, b->p + INPUT_KEEP + drop,
			    (size_t)n - drop);
		pthread_mutex_lock(&in->lock);
		if (n > 0) {
			b->n = (size_t)n - drop;
			in->filled++;
		} else {
			in->done = true;
			in->broken = n < 0;
		}
		pthread_cond_signal(&in->changed);
		pthread_mutex_unlock(&in->lock);
		if (n <= 0)
			return NULL;
	}
}

static int
start(struct input *in, struct err *err)
{
	sigset_t all, old;
	int r;

	in->dec = decoder_new(in->fd, in->codec,
	    str_make(in->magic, in->nmagic), &in->stop, err);
	if (!in->dec)
		return -1;
	for (int i = 0; i < BLOCKS; i++)
		in->block[i].p = xmalloc(INPUT_KEEP + INPUT_BLOCK);
	sigfillset(&all); /* signals are for the threads that wait for them */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&in->thread, NULL, decode, in);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r)
		return err_set(err, "cannot start a thread: %s", strerror(r));
	in->running = true;
	return 0;
}

/* ---- open, close ---- */

/*
 * Waits for a stream: for bytes, and before that for somebody who opens a named
 * pipe to write, or it would look empty.  A signal that was caught ends the
 * waiting as if there were nothing more: whoever caught it wants to stop.
 */
static ssize_t
read_fd(struct input *in, char *p, size_t size)
{
	struct pollfd pfd = { in->fd, POLLIN, 0 };

	if (!in->regular && !in->woken)
		in->woken = poll(&pfd, 1, -1) < 0 && errno == EINTR;
	if (in->woken)
		return 0;
	return read_some(in->fd, p, size, NULL);
}

static int
read_magic(struct input *in, struct err *err)
{
	while (in->nmagic < MAGIC) {
		ssize_t n =
		    read_fd(in, in->magic + in->nmagic, MAGIC - in->nmagic);

		if (n < 0)
			return err_set(err, "cannot read '%s': %s", in->path,
			    strerror(errno));
		if (n == 0)
			break;
		in->nmagic += (size_t)n;
		if (!in->regular &&
		    codec_of(str_make(in->magic, in->nmagic)) == CODEC_PLAIN &&
		    in->magic[0] != '\x1f' && in->magic[0] != '\xfd' &&
		    in->magic[0] != '\x28' && in->magic[0] != 'B')
			break; /* do not wait for more of a slow stream */
	}
	in->codec = codec_of(str_make(in->magic, in->nmagic));
	return 0;
}

struct input *
input_open(const char *path, uint64_t offset, const struct input_opts *opts,
    struct err *err)
{
	static const struct input_opts none;
	struct input *in = xcalloc(1, sizeof(*in));

	if (!opts)
		opts = &none;
	in->path = xstrdup(path);
	in->skip = offset;
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->changed, NULL);
	if (!strcmp(path, "-")) {
		in->fd = STDIN_FILENO;
	} else {
		in->fd = input_open_fd(path, opts, &in->regular, err);
		in->own_fd = in->fd >= 0;
	}
	if (in->fd < 0 || read_magic(in, err) < 0)
		goto fail;
	if (in->codec != CODEC_PLAIN) {
		if (start(in, err) < 0)
			goto fail;
		return in;
	}
	for (int i = 0; i < 2; i++)
		in->block[i].p = xmalloc(INPUT_KEEP + INPUT_BLOCK);
	if (in->regular) {
		if (lseek(in->fd, (off_t)offset, SEEK_SET) < 0) {
			err_set(err, "cannot go to byte %llu of '%s': %s",
			    (unsigned long long)offset, path, strerror(errno));
			goto fail;
		}
		in->nmagic = 0;
		in->skip = 0;
		in->taken = offset;
	}
	return in;
fail:
	input_close(in);
	return NULL;
}

void
input_close(struct input *in)
{
	if (!in)
		return;
	if (in->running) {
		pthread_mutex_lock(&in->lock);
		atomic_store(&in->stop, true);
		pthread_cond_signal(&in->changed);
		pthread_mutex_unlock(&in->lock);
		pthread_join(in->thread, NULL);
	}
	decoder_free(in->dec);
	for (int i = 0; i < BLOCKS; i++)
		free(in->block[i].p);
	pthread_mutex_destroy(&in->lock);
	pthread_cond_destroy(&in->changed);
	if (in->own_fd)
		close(in->fd);
	free(in->path);
	free(in);
}

/* ---- views ---- */

/*
 * What a stream begins with: enough to know it by, if that comes within a
 * moment, so that the same stream is known again however it is chopped.
 */
static ssize_t
read_begin(struct input *in, char *p, size_t size)
{
	size_t n = in->nmagic;
	struct pollfd pfd = { in->fd, POLLIN, 0 };

	memcpy(p, in->magic, n);
	in->nmagic = 0;
	while (n < INPUT_HEAD && n < size && poll(&pfd, 1, BEGIN_MS) > 0) {
		ssize_t got = read_some(in->fd, p + n, size - n, NULL);

		if (got <= 0)
			break; /* an error comes again */
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static ssize_t
read_plain(struct input *in, char *p, size_t size)
{
	ssize_t n = in->nmagic ? read_begin(in, p, size) : read_fd(in, p, size);

	if (n > 0)
		in->taken += (uint64_t)n;
	return n;
}

static int
next_plain(struct input *in, size_t keep, struct str *view, struct err *err)
{
	/* two blocks in turn: 0 must leave the view before as it is */
	char *p = in->block[in->used % 2].p + INPUT_KEEP;
	ssize_t n;

	for (;;) {
		size_t drop;

		n = read_plain(in, p, INPUT_BLOCK);
		if (n < 0)
			return err_set(err, "cannot read '%s': %s", in->path,
			    strerror(errno));
		if (n == 0)
			return 0;
		drop = in->skip < (uint64_t)n ? (size_t)in->skip : (size_t)n;
		in->skip -= drop;
		n -= (ssize_t)drop;
		if (n && drop)
			memmove(p, p + drop, (size_t)n);
		if (n)
			break;
	}
	if (keep)
		memcpy(p - keep, in->view.p + in->view.n - keep, keep);
	in->view = str_make(p - keep, keep + (size_t)n);
	in->used++;
	*view = in->view;
	return 1;
}

static int
next_decoded(struct input *in, size_t keep, struct str *view, struct err *err)
{
	struct block *b = NULL;
	bool broken;

	pthread_mutex_lock(&in->lock);
	while (in->filled == in->used && !in->done)
		pthread_cond_wait(&in->changed, &in->lock);
	if (in->filled != in->used)
		b = &in->block[in->used % BLOCKS];
	broken = in->broken;
	pthread_mutex_unlock(&in->lock);
	if (!b && broken) {
		*err = in->dec_err;
		return err_prefix(err, "'%s'", in->path);
	}
	if (!b)
		return 0;
	if (keep)
		memcpy(b->p + INPUT_KEEP - keep, in->view.p + in->view.n - keep,
		    keep);
	in->view = str_make(b->p + INPUT_KEEP - keep, keep + b->n);
	*view = in->view;
	pthread_mutex_lock(&in->lock);
	in->used++; /* the block before this one is free again */
	pthread_cond_signal(&in->changed);
	pthread_mutex_unlock(&in->lock);
	return 1;
}

int
input_next(struct input *in, size_t keep, struct str *view, struct err *err)
{
	assert(keep <= INPUT_KEEP && keep <= in->view.n);
	return in->codec == CODEC_PLAIN ? next_plain(in, keep, view, err) :
					  next_decoded(in, keep, view, err);
}

int
input_info_fd(int fd, enum codec codec, bool regular, struct input_info *info,
    struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, "cannot look at it: %s", strerror(errno));
	*info = (struct input_info){
		.codec = codec,
		.regular = regular,
		.dev = (uint64_t)st.st_dev,
		.ino = (uint64_t)st.st_ino,
		.size = st.st_size > 0 ? (uint64_t)st.st_size : 0,
		.mtime_us = (int64_t)st.st_mtim.tv_sec * 1000000 +
			    st.st_mtim.tv_nsec / 1000,
	};
	return 0;
}

int
input_info(const struct input *in, struct input_info *info, struct err *err)
{
	if (input_info_fd(in->fd, in->codec, in->regular, info, err) < 0)
		return err_prefix(err, "'%s'", in->path);
	info->read = in->dec ? decoder_taken(in->dec) : in->taken;
	return 0;
}

int
input_head_fd(int fd, char *buf, size_t size, size_t *n, enum codec *codec,
    bool *broken, struct err *err)
{
	char magic[MAGIC];
	struct decoder *d;
	size_t got = 0;
	ssize_t r = 1;

	*n = 0;
	while (got < MAGIC &&
	       (r = read_some(fd, magic + got, MAGIC - got, NULL)) > 0)
		got += (size_t)r;
	*codec = codec_of(str_make(magic, got));
	if (*codec != CODEC_PLAIN) {
		d = decoder_new(fd, *codec, str_make(magic, got), NULL, err);
		if (!d)
			return -1;
		while (*n < size &&
		       (r = decoder_read(d, buf + *n, size - *n, err)) > 0)
			*n += (size_t)r;
		*broken = r < 0;
		decoder_free(d);
		return 0;
	}
	*n = got < size ? got : size;
	memcpy(buf, magic, *n);
	while (r > 0 && *n < size &&
	       (r = read_some(fd, buf + *n, size - *n, NULL)) > 0)
		*n += (size_t)r;
	return r < 0 ? err_set(err, "cannot read: %s", strerror(errno)) : 0;
}
