/*
 * fuzz_normal.c: any bytes as a reply: its normal form, and its class.
 *
 * The normal form keeps its limits and points back into the reply; the same
 * text gets the same answer again (from the cache), and with its steps told.
 */
#include <stdint.h>
#include <stdlib.h>

#include "classify/explain.h"
#include "classify/normal.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct str s, struct str text)
{
	if (s.n && (s.p < text.p || s.p + s.n > text.p + text.n))
		abort();
}

static void
form(struct str text)
{
	static struct normal nm;

	normalise(&nm, text, STR("550"), STR("5.1.1"));
	if (nm.n > NORMAL_MAX || nm.nurls > NORMAL_URLS_MAX ||
	    nm.ntok > NORMAL_TOKENS_MAX)
		abort();
	for (size_t i = 0; i < nm.ntok; i++)
		inside(nm.tok[i].raw, text);
	for (size_t i = 0; i + 8 < nm.n; i += 5)
		inside(normal_raw(&nm, text, i, i + 8), text);
}

static void
class_of(struct str text)
{
	static struct classifier *cl;
	struct classify_in in = { .text = text };
	struct classify_out a, b;
	struct buf steps = BUF_INIT(1 << 22);
	struct err err;

	if (!cl)
		cl = classifier_new(NULL, 0, &err);
	if (!cl)
		abort();
	classify(cl, &in, &a);
	inside(a.span, text);
	inside(a.retry_after, text);
	classify(cl, &in, &b);
	if (a.cls != b.cls || a.rule != b.rule)
		abort();
	classify_explain(cl, &in, &b, &steps);
	if (a.cls != b.cls || a.rule != b.rule)
		abort();
	buf_release(&steps);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct str text;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	text = str_make(copy, size);
	form(text);
	class_of(text);
	free(copy);
	return 0;
}
