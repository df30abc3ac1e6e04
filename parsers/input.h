/*
 * input.h: the bytes of a log, whatever it is kept in.
 *
 * Plain files, gzip (several members too), xz, zstd and bzip2, known by their
 * first bytes, never by name; "-" is standard input.  What is compressed is
 * decoded in a thread of its own, a few blocks ahead.
 *
 *	in = input_open(path, 0, &opts, &err);
 *	while ((r = input_next(in, keep, &view, &err)) > 0)
 *		...	(the last `keep` bytes of the view before come first)
 *	input_close(in);
 *
 * 1: a view, valid until the next call; 0: the end (of a plain file that
 * still grows: ask again later); -1: broken, after all that could be read was
 * given.  Also an error: a decompressed size out of all proportion.
 */
#ifndef PARSERS_INPUT_H
#define PARSERS_INPUT_H

#include "base/err.h"
#include "base/str.h"

enum {
	INPUT_BLOCK = 256 * 1024,    /* new bytes in a view, at most */
	INPUT_KEEP = 160 * 1024,     /* bytes that can be kept, at most */
	INPUT_HEAD = 4096,	     /* what a file is known by */
	INPUT_RATIO = 1000,	     /* decoded to stored, once ... */
	INPUT_RATIO_FROM = 64 << 20, /* ... so many bytes are decoded */
};

enum codec {
	CODEC_PLAIN,
	CODEC_GZIP,
	CODEC_XZ,
	CODEC_ZSTD,
	CODEC_BZIP2,
	CODECS
};

extern const char *const codec_name[CODECS];

/* By its first bytes (at least 6, fewer only at the end). */
enum codec codec_of(struct str head);

struct input_opts {
	bool nofollow; /* a symbolic link is an error */
	bool stream;   /* pipes and devices too, not only regular files */
};

struct input_info {
	enum codec codec;
	bool regular; /* a file; else a pipe, socket, terminal */
	uint64_t dev, ino;
	uint64_t size; /* as stored */
	uint64_t read; /* stored bytes read so far */
	int64_t mtime_us;
};

struct input;

/* Starts at that decoded offset (plain: seek; else decode and drop). */
struct input *input_open(const char *path, uint64_t offset,
    const struct input_opts *opts, struct err *err);
void input_close(struct input *in);
int input_next(struct input *in, size_t keep, struct str *view,
    struct err *err);

/* As it is now: a file that was cut or has grown shows in size. */
int input_info(const struct input *in, struct input_info *info,
    struct err *err);

/* ---- what a file is known by ---- */

/*
 * A file is the same file, wherever it stands and however it is compressed,
 * when its first bytes are: the first INPUT_HEAD decoded ones, or all of a
 * shorter one.  A log that was short when it was first read is known by the
 * bytes it had then.
 */
struct print {
	uint32_t n; /* bytes hashed */
	uint64_t h[2];
};

enum { PRINT_BYTES = 20 };

/* head: the first decoded bytes, input_head(). */
struct print print_of(struct str head);
bool print_matches(const struct print *pr, struct str head);
bool print_eq(const struct print *a, const struct print *b);

/* As bytes for storing, and back (false: not one). */
struct str print_pack(const struct print *pr, char out[PRINT_BYTES]);
bool print_unpack(struct str bytes, struct print *pr);

/*
 * The first decoded bytes of a file into buf; *n how many (of at most size).
 * A broken one gives what it has.
 */
int input_head(const char *path, const struct input_opts *opts, char *buf,
    size_t size, size_t *n, struct input_info *info, struct err *err);

/* Why these first bytes are no text log ("a tar archive"), or NULL. */
const char *input_binary(struct str head);

#endif
