/*
 * join.h: physical lines that are one record.
 *
 * Exim writes records over several lines (a reply with line ends, blocks of
 * the rejectlog); amavis cuts long lines with "..." and goes on in the next
 * line of the same "(PID-NN)".  All bounded; what does not fit is left out.
 */
#ifndef PARSERS_JOIN_H
#define PARSERS_JOIN_H

#include "base/buf.h"
#include "parsers/line.h"

enum { JOIN_SLOTS = 32, JOIN_BYTES = 32 * 1024 };

struct join {
	/* a native line that may have more to come */
	struct buf held, spare;
	struct line line;
	bool holding;
	/* amavis lines waiting for their rest */
	struct {
		struct buf text;
		char key[48];
		size_t key_n;
		uint64_t age;
	} part[JOIN_SLOTS];
	uint64_t clock;
};

void join_init(struct join *j);
void join_release(struct join *j);

/*
 * Takes the next framed line.  Returns how many lines are ready in `out`
 * (none, one or two); they are valid until the next call.
 */
int join_line(struct join *j, struct line *ln, struct line out[2]);

/* At the end: the line still held, if any. */
bool join_end(struct join *j, struct line *out);

#endif
