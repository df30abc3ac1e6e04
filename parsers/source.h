/*
 * source.h: which files are logs, and in which order they were written.
 *
 * Files are ordered by the first stamp of their content, never by name: ".1"
 * may be the newest, "part1" the oldest.  The year of stamps that print none
 * comes from, in this order: the operator; stamps with a year in the same
 * file; the file's own time, when the times of the files given are worth
 * something (a fresh copy's are not); files with years in the same folder,
 * else in the same run or read before; else the latest years that leave
 * nothing in the future and no hole in the set.  The last is a guess, and a
 * later run that has files with years nearby may know better.
 *
 *	struct source_say say = { .timezone = NULL };
 *	struct sources src;
 *	if (sources_list(&src, paths, n, &say, now_us, &err) < 0) ...
 *	for (size_t i = 0; i < src.n; i++) ... src.s[i].path ...
 *	source_list_release(&src);
 */
#ifndef PARSERS_SOURCE_H
#define PARSERS_SOURCE_H

#include "base/arena.h"
#include "base/stamp.h"
#include "parsers/input.h"

enum {
	SOURCES_MAX = 100000,
	SOURCE_DEPTH_MAX = 16,
};

/* How the year of stamps that print none became known. */
enum year_how {
	YEAR_SURE, /* or printed */
	YEAR_SAID, /* by the operator */
	YEAR_GUESS,
};

struct source {
	const char *path; /* "-" is standard input, "journal:" begins the
			   * name of a journal file */
	size_t asked;	  /* which of the paths given named it */
	enum codec codec;
	bool stream; /* no regular file: nothing of it was looked at */
	bool journal;
	/* of a journal: what it is known by, instead of its first bytes, and
	 * the number after that of its last entry */
	struct str known_by;
	uint64_t upto;
	uint64_t size;
	int64_t mtime_us;
	uint64_t dev, ino;
	struct print print;
	struct str host; /* of the first line that names one; else empty */
	bool dated;	 /* its stamps print the year */
	bool stamped;	 /* some line of the beginning has a stamp */
	const struct zone *zone; /* of stamps without one */
	int year; /* of the first line, when not dated; 0: not known */
	enum year_how year_how;
	int64_t first_us;
	int64_t last_us;   /* 0: not known without reading it */
	bool rotated;	   /* not written for an hour, and a later file of its
			    * set is there; or for a day: its last line is
			    * whole.  A journal: archived */
	const char *error; /* why it cannot be read; NULL = it can */
};

struct sources {
	struct arena arena;
	struct source *s;
	size_t n, cap;
	size_t skipped; /* files of folders that are no logs */
};

/* Read before, and its year is sure: an example for others. */
struct source_known {
	const char *path;
	int64_t first_us, last_us;
};

/*
 * What is said about a source by its path and first host.  The year is that of
 * the last line of all the sources that one word (`set`: any pointer) is said
 * about; what was rotated away before goes back in time from there.
 */
struct source_word {
	const char *timezone; /* NULL: that of this machine */
	int year;	      /* 0: not said */
	const void *set;
};

struct source_say {
	const char *timezone;
	int year;
	void *ctx;
	/* may change the word, which is as above */
	void (*say)(void *ctx, const char *path, struct str host,
	    struct source_word *word);
	const struct source_known *known;
	size_t nknown;
};

/*
 * Lists files, folders (with what is below), globs, "-", and "journal:" with a
 * file or folder of the journal, alone this machine's.  A path that does
 * not exist fails; a file that cannot be read is listed with its error.  In
 * folders, hidden files, links and what is no log are passed over.  A file
 * named twice is listed once.
 */
int sources_list(struct sources *out, const char *const *paths, size_t n,
    const struct source_say *say, int64_t now_us, struct err *err);
void source_list_release(struct sources *s);

/*
 * A number that changes when a path as above has got more to read: when files
 * grew, were rotated, came or went.  Only looked at, not read.  0: there is
 * nothing at the moment.
 */
uint64_t sources_mark(const char *path);

#endif
