/*
 * out.c: the formats, and the words they share.
 */
#include "cli/out.h"
#include "cli/pen.h"
#include "base/banned.h"

static const out_fn formats[FMT_COUNT] = {
	[FMT_TEXT] = out_text,
	[FMT_JSON] = out_json,
	[FMT_JSONL] = out_jsonl,
	[FMT_CSV] = out_csv,
	[FMT_HTML] = out_html,
};

void
out_answer(enum format format, const struct answer *ans, const struct out *o,
    struct buf *b)
{
	formats[format](ans, o, b);
}

static const struct {
	enum ink ink;
	const char *utf8, *ascii;
} marks[OUT_STATES] = {
	[OUT_NONE] = { INK_DIM, "?", "?" },
	[OUT_DELIVERED] = { INK_GOOD, "\xe2\x9c\x93", "ok" },
	[OUT_LEFT] = { INK_GOOD, "\xe2\x9c\x93", "ok" },
	[OUT_QUEUED] = { INK_WAIT, "\xe2\x97\x8f", ".." },
	[OUT_DEFERRED] = { INK_WAIT, "\xe2\x97\x8f", ".." },
	[OUT_HELD] = { INK_WAIT, "\xe2\x97\x8f", ".." },
	[OUT_BOUNCED] = { INK_BAD, "\xe2\x9c\x97", "X" },
	[OUT_EXPIRED] = { INK_BAD, "\xe2\x9c\x97", "X" },
	[OUT_REJECTED] = { INK_BAD, "\xe2\x9c\x97", "X" },
	[OUT_ABORTED] = { INK_BAD, "\xe2\x9c\x97", "X" },
	[OUT_DISCARDED] = { INK_BAD, "\xe2\x9c\x97", "X" },
	[OUT_QUARANTINED] = { INK_WAIT, "!", "!" },
	[OUT_DELETED] = { INK_BAD, "\xe2\x9c\x97", "X" },
	[OUT_LOST] = { INK_BAD, "?", "?" },
};

enum ink
state_ink(enum out_state s)
{
	return marks[s].ink;
}

const char *
state_mark(enum out_state s, bool utf8)
{
	return utf8 ? marks[s].utf8 : marks[s].ascii;
}

const char *
acts_words(const char *who)
{
	static const char *const words[][2] = {
		{ "sender", "the sender must act" },
		{ "us", "we must act" },
		{ "recipient", "the recipient must act" },
		{ "their_server", "the other side's postmaster must act" },
		{ "dns", "whoever runs the DNS of the domain must act" },
		{ "network", "the network is to blame" },
		{ "nobody", "nobody needs to act" },
	};

	for (size_t i = 0; who && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], who) == 0)
			return words[i][1];
	return "it is not clear who must act";
}
