/*
 * input.h: the bytes of a log, whatever it is packed in.
 *
 * The packing is told by the first bytes (gzip, xz, zstd, bzip2, else
 * plain), never by the name.  A thread of its own reads and decodes into a
 * ring of blocks, so that decoding and parsing overlap and memory stays
 * bounded.
 *
 *	struct input *in = input_open(path, offset, &err);
 *	while ((rc = input_next(in, &block, &err)) == 1)
 *		... block is valid until the next call ...
 *	input_close(in);
 */
#ifndef PARSERS_INPUT_H
#define PARSERS_INPUT_H

#include "base/err.h"
#include "base/str.h"

enum packing { PACK_PLAIN, PACK_GZIP, PACK_XZ, PACK_ZSTD, PACK_BZIP2 };

extern const char *const packing_name[];

enum {
	INPUT_BLOCK = 256 * 1024,
	/* a file that unpacks to more than this many times its size is
	 * refused once it has given INPUT_RATIO_FREE bytes */
	INPUT_RATIO_MAX = 2000,
	INPUT_RATIO_FREE = 64 * 1024 * 1024,
	INPUT_PRINT = 4096, /* bytes a fingerprint covers at most */
};

struct input;

/*
 * Opens a regular file ("-" is standard input) at an offset of its decoded
 * bytes; links are not followed when `nofollow`.
 */
struct input *input_open(const char *path, uint64_t offset, bool nofollow,
    struct err *err);

/* 1 a block, 0 the end, -1 a broken file (what came before is good). */
int input_next(struct input *in, struct str *block, struct err *err);

/* Bytes read from the file so far, as stored: for progress. */
uint64_t input_stored(const struct input *in);
void input_close(struct input *in);

/*
 * The first decoded bytes (at most INPUT_PRINT) and their hash: known again
 * after rotation and compression.  `n` may be less for a short file, which
 * may still grow.
 */
struct fingerprint {
	uint64_t hash[2];
	uint32_t n;
};

struct input_head {
	enum packing packing;
	char first[64 * 1024]; /* decoded */
	size_t n;
	char last[64 * 1024]; /* of plain files: the last bytes */
	size_t nlast;
	int64_t size; /* as stored */
	int64_t mtime_us;
	uint64_t dev, ino;
	bool binary; /* no text: many NULs and no line ends */
	struct fingerprint print;
};

int input_peek(const char *path, struct input_head *head, struct err *err);

/* The hash of the first n bytes. */
struct fingerprint fingerprint_of(const char *p, size_t n);

#endif
