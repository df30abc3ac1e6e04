/*
 * fuzz_postfix.c: any bytes as a line of any Postfix daemon.
 *
 * Input: a whole line with its syslog header, or "tag TAB text", or just a
 * text, which is then given to a few daemons in turn.  What claims to be
 * canonical must print back.
 */
#include <stdlib.h>

#include "tests/unit/postfix_lines.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
one(struct str tag, struct str text)
{
	struct line ln = { .text = text, .pid = STR("1") };
	struct buf out = BUF_INIT(1 << 20);
	struct event ev;

	frame_tag(&ln, tag);
	ev_clear(&ev);
	if (parser_postfix.parse(&ln, &ev) == PARSE_EVENT) {
		if (!prints_back(&ln, &ev, &out) && !out.toobig)
			abort();
		buf_clear(&out);
		event_dump(&ev, &out);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tags[] = { "postfix/smtp", "postfix/smtpd",
		"postfix/cleanup", "postfix/qmgr", "postfix/postscreen",
		"postfix/local", "postfix/bounce", "postfix/pickup",
		"postfix/postsuper", "postfix/tlsproxy", "postfix/dnsblog",
		"postfix/master" };
	/* its own block, so that a byte too far is seen */
	char *copy = malloc(size ? size : 1);
	struct str s = str_make(copy, size);
	struct line ln;
	ptrdiff_t tab;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (frame_line(s, &ln)) {
		one(ln.tag, ln.text);
	} else if ((tab = str_chr(s, '\t')) > 0) {
		one(str_head(s, (size_t)tab), str_from(s, (size_t)tab + 1));
	} else {
		for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
			one(str_c(tags[i]), s);
	}
	free(copy);
	return 0;
}
