/*
 * input_part.h: what the files of the input share; nobody else includes this.
 *
 *	input.c		the decoders: the door to the compression libraries
 *	input_feed.c	open, blocks, the decoder's thread
 *	input_print.c	fingerprints, first bytes, what is no log
 */
#ifndef PARSERS_INPUT_PART_H
#define PARSERS_INPUT_PART_H

#include <stdatomic.h>

#include "parsers/input.h"

struct decoder;

/*
 * Decodes from fd, of which `head` was read already.  `stop` set by another
 * thread ends a read within a moment.
 */
struct decoder *decoder_new(int fd, enum codec codec, struct str head,
    atomic_bool *stop, struct err *err);
void decoder_free(struct decoder *d);

/* Fills buf as far as there is something; 0 the end; -1 broken from here. */
ssize_t decoder_read(struct decoder *d, char *buf, size_t size,
    struct err *err);

/* Stored bytes taken so far; any thread may ask. */
uint64_t decoder_taken(const struct decoder *d);

/* read() that goes on after signals and notices `stop` (may be NULL). */
ssize_t read_some(int fd, char *buf, size_t size, atomic_bool *stop);

/* Opens for reading; -1 for what opts do not allow. */
int input_open_fd(const char *path, const struct input_opts *opts,
    bool *regular, struct err *err);

/* The first decoded bytes; *broken when it cannot be decoded further. */
int input_head_fd(int fd, char *buf, size_t size, size_t *n, enum codec *codec,
    bool *broken, struct err *err);

int input_info_fd(int fd, enum codec codec, bool regular,
    struct input_info *info, struct err *err);

#endif
