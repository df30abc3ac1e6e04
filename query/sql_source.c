/*
 * sql_source.c: what was read: one row for each log file or stream.
 */
#include "query/sql_part.h"
#include "base/banned.h"

enum {
	TIME,
	EPOCH,
	LAST_TIME,
	NAME,
	HOST,
	BYTES,
	LINES,
	EVENTS,
	IGNORED,
	UNKNOWN,
	FOREIGN,
};

static const struct sql_col columns[] = {
	[TIME] = { "time", "TEXT" },
	[EPOCH] = { "epoch", "REAL" },
	[LAST_TIME] = { "last_time", "TEXT" },
	[NAME] = { "name", "TEXT" },
	[HOST] = { "host", "TEXT" },
	[BYTES] = { "bytes", "INTEGER" },
	[LINES] = { "lines", "INTEGER" },
	[EVENTS] = { "events", "INTEGER" },
	[IGNORED] = { "ignored", "INTEGER" },
	[UNKNOWN] = { "unknown", "INTEGER" },
	[FOREIGN] = { "other_programs", "INTEGER" },
	{ 0 },
};

static int
start(struct sql_scan *s, struct err *err)
{
	/* a copy of its own: another scan may ask for it anew */
	struct store_info *info = arena_new(&s->keep, struct store_info);

	s->info = info;
	return store_info(s->ctx->st, &s->keep, info, err);
}

static int
next(struct sql_scan *s, struct err *err)
{
	(void)err;
	return s->at++ < s->info->nsource;
}

static void
column(const struct sql_scan *s, int i, struct sql_out *o)
{
	const struct store_source *r = &s->info->source[s->at - 1];

	switch (i) {
	case TIME:
		sql_stamp(o, r->t0_us);
		break;
	case EPOCH:
		sql_epoch(o, r->t0_us);
		break;
	case LAST_TIME:
		sql_stamp(o, r->t1_us);
		break;
	case NAME:
		sql_text(o, r->name);
		break;
	case HOST:
		sql_text(o, r->host);
		break;
	case BYTES:
		sql_int(o, (int64_t)r->bytes);
		break;
	case LINES:
		sql_int(o, (int64_t)r->lines);
		break;
	case EVENTS:
		sql_int(o, (int64_t)r->events);
		break;
	case IGNORED:
		sql_int(o, (int64_t)r->ignored);
		break;
	case UNKNOWN:
		sql_int(o, (int64_t)r->unknown);
		break;
	case FOREIGN:
		sql_int(o, (int64_t)r->foreign);
		break;
	default:
		break;
	}
}

const struct sql_table sql_source = {
	.name = "source",
	.col = columns,
	.start = start,
	.next = next,
	.column = column,
};
