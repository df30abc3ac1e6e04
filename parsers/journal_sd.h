/*
 * journal_sd.h: the entries of a journal file, by libsystemd, as lines; those
 * of mail only (the facility, the programs and the units of mail servers).
 *
 *	sd = journal_sd_open(path, from, &err);
 *	while ((got = journal_sd_next(sd, &sl, &ln, &err)) > 0) ...
 *	from = journal_sd_at(sd);	the next time it goes on there
 *	journal_sd_close(sd);
 *
 * An entry's offset is its sequence number: they rise within a file, and stay.
 * The line is the one that journal.h makes of the export format.
 */
#ifndef PARSERS_JOURNAL_SD_H
#define PARSERS_JOURNAL_SD_H

#include "parsers/journal_file.h"
#include "parsers/syslog.h"

struct journal_sd;

/* Whether this program can: else why, and what to do. */
bool journal_sd_here(struct err *err);

/* From that sequence number on; 0: from the beginning. */
struct journal_sd *journal_sd_open(const char *path, uint64_t from,
    struct err *err);
void journal_sd_close(struct journal_sd *sd);

/* 1: an entry; 0: no more; -1: the file is damaged, after all that could be
 * read was given. */
int journal_sd_next(struct journal_sd *sd, struct syslog *sl, struct line *ln,
    struct err *err);

uint64_t journal_sd_at(const struct journal_sd *sd);
const struct journal_file *journal_sd_file(const struct journal_sd *sd);

#endif
