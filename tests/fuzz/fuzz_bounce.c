/*
 * fuzz_bounce.c: any bytes as a bounce mail, whole, with CR alone as line end
 * and without its second half; each recipient gets a class.
 */
#include <stdint.h>
#include <stdlib.h>

#include "classify/notice.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
one(struct str mail)
{
	static struct classifier *cl;
	struct arena a = { 0 };
	struct bounce b;
	struct err err;

	if (!cl)
		cl = classifier_new(NULL, 0, &err);
	if (!cl)
		abort();
	bounce_read(&b, &a, mail);
	if (b.nrcpt > BOUNCE_RCPTS_MAX || (unsigned)b.kind >= BOUNCE_KINDS ||
	    !b.format)
		abort();
	for (size_t i = 0; i < b.nrcpt; i++) {
		struct notice n;

		if (b.rcpt[i].reply.n > 2 * BOUNCE_REASON_MAX)
			abort();
		notice_classify(cl, &b, &b.rcpt[i], &n);
		if (!n.c.cls || !n.c.advice || !n.state)
			abort();
	}
	arena_release(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	one(str_make(copy, size));
	one(str_make(copy, size / 2));
	for (size_t i = 0; i < size; i++)
		if (copy[i] == '\n')
			copy[i] = '\r';
	one(str_make(copy, size));
	free(copy);
	return 0;
}
