/*
 * tty.h: what we write to: a terminal or not, how wide, which characters,
 * colour or none.
 */
#ifndef CLI_TTY_H
#define CLI_TTY_H

#include <stdbool.h>
#include <stddef.h>

struct tty {
	bool tty;     /* standard output is a terminal */
	bool err_tty; /* standard error is one */
	bool utf8;    /* box drawing and marks beyond ASCII can be shown */
	bool color;   /* standard output gets colour */
	int width;    /* columns; 80 when it is no terminal */
	int height;   /* lines; 0 when it is no terminal */
};

void tty_init(struct tty *t);

/* auto, always or never; false when it is none of them. */
bool tty_color(struct tty *t, const char *when);

/* Whether `typed` (n bytes) is `word` with one slip of the finger. */
bool near_word(const char *word, const char *typed, size_t n);

#endif
