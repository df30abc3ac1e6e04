/*
 * table_file.h: tables for the checks from a file of the operator: providers
 * by MX suffix, and domains that are often misspelt.  As lines, or as JSON:
 *
 *	in.bigmail.example, Bigmail, hosting
 *	{ "providers": [ { "name": "Bigmail", "kind": "hosting",
 *	    "mx_suffixes": [ "in.bigmail.example" ] } ] }
 *
 *	gmail.example
 *	{ "targets": [ "gmail.example" ] }
 */
#ifndef LIVE_TABLE_FILE_H
#define LIVE_TABLE_FILE_H

#include "base/err.h"
#include "live/live.h"

/* 0, or -1 and err; all in the arena. */
int table_providers(struct arena *a, const char *path,
    const struct provider **out, size_t *n, struct err *err);
int table_names(struct arena *a, const char *path, struct strs *out,
    struct err *err);

/* Lines, comments (#) and blanks taken off. */
int table_lines(struct arena *a, const char *path, struct strs *out,
    struct err *err);

#endif
