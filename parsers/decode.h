/*
 * decode.h: one packed stream, several members after one another, unpacked.
 * Used by input.c only.
 */
#ifndef PARSERS_DECODE_H
#define PARSERS_DECODE_H

#include <sys/types.h>

#include "parsers/input.h"

/* As read(2): bytes, 0 at the end, -1. */
typedef ssize_t (*decode_source)(void *ctx, void *p, size_t n);

struct decoder;

struct decoder *decoder_new(enum packing pack, decode_source src, void *ctx);

/* Up to n bytes, 0 at the end, -1 when the stream is broken or cut. */
ssize_t decoder_read(struct decoder *d, char *p, size_t n, struct err *err);
void decoder_free(struct decoder *d);

#endif
