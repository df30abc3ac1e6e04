/*
 * exim.h: what others may want to know of Exim's way of writing.
 */
#ifndef PARSERS_EXIM_H
#define PARSERS_EXIM_H

#include "base/buf.h"

/*
 * A text as Exim quotes it in T="..." and C="...": \" \\ \n \t \ooo become
 * the bytes they stand for.  F_SUBJECT and F_REPLY of MTA_EXIM are such.
 */
void exim_unescape(struct str s, struct buf *out);

#endif
