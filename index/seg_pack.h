/*
 * seg_pack.h: bytes to one compressed, checked frame and back: the store's
 * only door to the compressor.
 */
#ifndef INDEX_SEG_PACK_H
#define INDEX_SEG_PACK_H

#include "base/buf.h"
#include "base/err.h"

struct pack;
struct unpack;

struct pack *pack_new(void);
void pack_free(struct pack *p);
/* Appends the frame of `in` to `out`. */
int pack(struct pack *p, struct str in, struct buf *out, struct err *err);

/* The same for small numbers, which have few long matches: a third less time
 * for a few per cent more. */
int pack_numbers(struct pack *p, struct str in, struct buf *out,
    struct err *err);

/* The same without compression: a checksum and the bytes. */
int pack_stored(struct str in, struct buf *out, struct err *err);
int unpack_stored(struct str in, struct str *out, struct err *err);

struct unpack *unpack_new(void);
void unpack_free(struct unpack *u);
/*
 * The size a frame says it has; -1 when it is no frame of ours or larger
 * than `max`.  unpack() fills exactly that many bytes.
 */
int unpack_size(struct str in, size_t max, size_t *n, struct err *err);
int unpack(struct unpack *u, struct str in, char *to, size_t n,
    struct err *err);

#endif
