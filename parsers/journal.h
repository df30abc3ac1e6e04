/*
 * journal.h: log lines inside JSON: journalctl -o json, Docker's json-file,
 * Filebeat, Fluent Bit, Vector, syslog-ng.
 */
#ifndef PARSERS_JOURNAL_H
#define PARSERS_JOURNAL_H

#include "parsers/syslog.h"

/*
 * Fills *ln from one JSON object in ln->raw; strings are unescaped into the
 * syslog's arena and live until the next such line.  false when it is none.
 */
bool journal_json(struct syslog *sl, struct line *ln);

/*
 * The text form of one entry of the export format ("NAME=value" lines, and
 * NAME, a 64-bit length and bytes for binary values), as one block.
 */
bool journal_export(struct syslog *sl, struct line *ln, struct str block);

#endif
