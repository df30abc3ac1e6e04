/*
 * mime.h: header text as people read it.
 */
#ifndef PARSERS_MIME_H
#define PARSERS_MIME_H

#include "base/buf.h"

/*
 * Appends a raw header value as UTF-8: RFC 2047 encoded words decoded (also
 * one that is cut off), Exim's octal escapes (\303\274), folding as a space,
 * bytes that are not UTF-8 taken as Latin-1.
 */
void mime_decode_words(struct str raw, struct buf *utf8);

#endif
