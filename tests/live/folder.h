/*
 * folder.h: a folder of a test's own: files written into it, and it is gone.
 */
#ifndef TESTS_LIVE_FOLDER_H
#define TESTS_LIVE_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static inline void
folder_vwrite(const char *dir, const char *name, const char *fmt, va_list ap)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	vfprintf(f, fmt, ap);
	fclose(f);
}

static inline void
folder_write(const char *dir, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	folder_vwrite(dir, name, fmt, ap);
	va_end(ap);
}

static inline int
folder_drop(const char *dir)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

#endif
