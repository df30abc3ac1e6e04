/*
 * help.h: what the shells are told of verbs, options and terms.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/buf.h"

void help_bash(struct buf *out);
void help_zsh(struct buf *out);
/* Every verb with its options, one a line. */
void help_list(struct buf *out);

#endif
