/* syslog_part.h: shared by syslog.c and syslog_forms.c only. */
#ifndef PARSERS_SYSLOG_PART_H
#define PARSERS_SYSLOG_PART_H

#include "parsers/syslog.h"

/* An ISO stamp at p: its length, 0 when it is none; ln->t_us is set. */
size_t syslog_read_iso(struct syslog *sl, struct line *ln, const char *p,
    size_t n, bool *zoned);

/* "host tag[pid]: text" from p on. */
bool syslog_read_head(struct line *ln, const char *p, const char *end);

/*
 * All forms that are not the usual two, and repairs of those two (second
 * headers, repeated messages).  `ok` says whether the line was understood so
 * far; returns whether it is now.
 */
bool syslog_other(struct syslog *sl, struct line *ln, bool ok);

#endif
