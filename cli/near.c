/*
 * near.c: whether a word is another one with a slip of the finger: one byte
 * added, left out, changed, or two neighbours swapped.
 */
#include <string.h>

#include "cli/tty.h"
#include "base/banned.h"

bool
near_word(const char *word, const char *typed, size_t n)
{
	size_t w = strlen(word), head = 0, tail = 0, least = w < n ? w : n;

	while (head < least && word[head] == typed[head])
		head++;
	while (tail < least - head && word[w - 1 - tail] == typed[n - 1 - tail])
		tail++;
	w -= head + tail;
	n -= head + tail;
	if (w <= 1 && n <= 1)
		return true;
	return w == 2 && n == 2 && word[head] == typed[head + 1] &&
	       word[head + 1] == typed[head];
}
