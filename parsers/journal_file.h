/*
 * journal_file.h: the journal's own files: which there are, and what the head
 * of one says.  Entries are read by journal_sd.h.
 *
 * As a source they are named "journal:" and a path: a file, or a folder with
 * all files below it; "journal:" alone is the journal of this machine.
 */
#ifndef PARSERS_JOURNAL_FILE_H
#define PARSERS_JOURNAL_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum { JOURNAL_KNOWN_BY = 48 };

struct journal_file {
	/* what the file is known by, wherever it stands: text */
	char known_by[JOURNAL_KNOWN_BY];
	char sequence[33]; /* the id of its sequence numbers, hexadecimal */
	bool archived;	   /* nothing will be added */
	uint64_t entries;
	uint64_t head, tail;	  /* sequence numbers; 0: there is no entry */
	int64_t head_us, tail_us; /* when its entries were taken */
	uint64_t dev, ino, size;
	int64_t mtime_us;
};

/* The path behind "journal:", which may be empty; NULL: it is no such name. */
const char *journal_path(const char *source);

/* What the head of a file says (a path, without "journal:"). */
int journal_file_look(const char *path, struct journal_file *f,
    struct err *err);

/* Whether a file of that name is one of a journal. */
bool journal_file_name(const char *name);

/*
 * The folder of this machine's journal below `root` ("" in earnest): the one
 * on disk, else the one in memory.  -1: there is none.
 */
int journal_local(const char *root, struct buf *folder, struct err *err);

#endif
