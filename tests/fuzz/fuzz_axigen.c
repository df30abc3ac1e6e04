/*
 * fuzz_axigen.c: any bytes as a line of Axigen, and as a table of patterns.
 *
 * Input: a native line, or a text, which is then given to each service that
 * has texts of its own.  What begins with "O " is a table, too.  Every field
 * must lie in the line or be a word of the program.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "parsers/axigen.h"
#include "parsers/parser.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct parser parser_axigen;

static void
one(struct str text)
{
	struct line ln = { .raw = text,
		.text = text,
		.tag = STR(""),
		.prog = STR(""),
		.frame = FRAME_NATIVE };
	struct buf out = BUF_INIT(1 << 20);
	struct event ev;

	ev_clear(&ev);
	if (parser_axigen.parse(&ln, &ev) == PARSE_EVENT) {
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
	}
	buf_release(&out);
	axigen_frame(&ln);
}

static void
table(const uint8_t *data, size_t size)
{
	char name[] = "/tmp/fuzz-axigen-XXXXXX";
	int fd = mkstemp(name);
	struct err err;

	if (fd < 0)
		return;
	if (write(fd, data, size) == (ssize_t)size &&
	    axigen_patterns_load(name, &err) == 0)
		one(STR("PROCESSING:1: Set recipient <a@b> state to SENT"));
	close(fd);
	unlink(name);
	axigen_patterns_unload();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str leads[] = {
		STR_INIT("2026-01-05 10:00:00 +0100 08 mx SMTP-IN:1: "),
		STR_INIT("PROCESSING:002C2605: "), STR_INIT("SMTP-OUT:1: "),
		STR_INIT("WEBMAIL:1: "), STR_INIT("")
	};

	for (size_t i = 0; i < sizeof(leads) / sizeof(*leads); i++) {
		/* its own block, so that a byte too far is seen */
		char *copy = malloc(leads[i].n + size + 1);

		if (!copy)
			return 0;
		memcpy(copy, leads[i].p, leads[i].n);
		if (size)
			memcpy(copy + leads[i].n, data, size);
		one(str_make(copy, leads[i].n + size));
		free(copy);
	}
	if (size > 2 && data[0] == 'O' && data[1] == ' ')
		table(data, size);
	return 0;
}
