/*
 * program.h: what $MAILTRACE printed, held against what it should.
 */
#ifndef TESTS_LIVE_PROGRAM_H
#define TESTS_LIVE_PROGRAM_H

#include <string.h>

#include "tests/live/folder.h"

static char dir[64], out[262144], errs[4096];

static inline void
expect(int got, int want)
{
	if (got != want)
		fail_msg("status %d instead of %d\n%s%s", got, want, out, errs);
}

static inline void
has(const char *what)
{
	if (!strstr(out, what))
		fail_msg("'%s' is not in:\n%s%s", what, out, errs);
}

static inline void
hasnt(const char *what)
{
	if (strstr(out, what))
		fail_msg("'%s' is in:\n%s", what, out);
}

/* A file in `dir`. */
static inline void
write_file(const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	folder_vwrite(dir, name, fmt, ap);
	va_end(ap);
}

#endif
