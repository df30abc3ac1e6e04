/*
 * die.h: the one thing below cli/ that may end the program: no memory.
 */
#ifndef BASE_DIE_H
#define BASE_DIE_H

#include <stddef.h>

void die_nomem(void) __attribute__((noreturn));

/* malloc family that never returns NULL; sizes are checked for overflow. */
void *xmalloc(size_t n);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t n);
void *xreallocarray(void *p, size_t count, size_t size);
char *xstrdup(const char *s);

#endif
