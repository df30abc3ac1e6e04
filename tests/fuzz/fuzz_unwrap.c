/*
 * fuzz_unwrap.c: any bytes as what a server put around a reply.
 *
 * What is found must lie in the text; the codes must be codes.
 */
#include <stdint.h>
#include <stdlib.h>

#include "classify/unwrap.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct str s, struct str text)
{
	if (s.n && (s.p < text.p || s.p + s.n > text.p + text.n))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* its own block, so that a byte too far is seen */
	char *copy = malloc(size ? size : 1);
	struct unwrapped u;
	struct str text;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	text = str_make(copy, size);
	unwrap(text, &u);
	inside(u.core, text);
	inside(u.host, text);
	inside(u.code, text);
	inside(u.dsn, text);
	if (u.head > u.core.n || u.inner > u.core.n)
		abort();
	if (u.code.n && (u.code.n != 3 || !is_digit(u.code.p[0])))
		abort();
	if (u.dsn.n && dsn_at(u.dsn) != u.dsn.n)
		abort();
	phase_named(text);
	free(copy);
	return 0;
}
