/*
 * html.h: pages that stand alone: head with the style, text made harmless.
 */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include "base/buf.h"

void html_head(struct buf *b, const char *title); /* up to <body> */
void html_page(struct buf *b, const char *title, const char *more_style);
void html_end(struct buf *b);
void html_text(struct buf *b, struct str s);

#endif
