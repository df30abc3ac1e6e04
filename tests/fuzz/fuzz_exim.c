/*
 * fuzz_exim.c: any bytes as a line of Exim, from a file and through syslog.
 *
 * Input: a native line, or a text, which is then given a tag, and also a time
 * and an id.  Every field must lie in the line or be a word of the program.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "parsers/exim.h"
#include "parsers/parser.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct parser parser_exim;

static void
one(struct str text, struct str tag, enum frame frame)
{
	struct line ln = { .raw = text,
		.text = text,
		.tag = tag,
		.prog = tag,
		.frame = frame };
	struct buf out = BUF_INIT(1 << 20);
	struct event ev;

	ev_clear(&ev);
	if (parser_exim.parse(&ln, &ev) == PARSE_EVENT) {
		for (int f = 0; f < F_COUNT; f++) {
			struct str v = ev_get(&ev, (enum field)f);

			if (v.p >= text.p && v.p <= text.p + text.n) {
				if (v.p + v.n > text.p + text.n)
					abort();
			} else if (v.n >= 32) {
				abort();
			}
		}
		event_dump(&ev, &out);
		buf_clear(&out);
		exim_unescape(text, &out);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str lead =
	    STR_INIT("2026-01-05 10:00:00 1vcRz2-0001aB-3d ");
	/* its own block, so that a byte too far is seen */
	char *copy = malloc(lead.n + size);

	if (!copy)
		return 0;
	memcpy(copy, lead.p, lead.n);
	if (size)
		memcpy(copy + lead.n, data, size);
	one(str_make(copy, lead.n + size), STR(""), FRAME_NATIVE);
	one(str_make(copy + lead.n, size), STR(""), FRAME_NATIVE);
	one(str_make(copy + lead.n, size), STR("exim"), FRAME_BSD);
	free(copy);
	return 0;
}
