/*
 * store_info.c: what a store covers: sources, hosts, unknown lines, gaps.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/die.h"
#include "index/store_part.h"
#include "parsers/event.h"
#include "base/banned.h"

enum {
	SHAPES_MAX = 1000,
	GAPS_MAX = 1000,
	SOURCES_MAX = 10000000,
	SILENCE_SLOTS = 4,   /* an hour: shorter silence may be a lull */
	SILENCE_LINES = 200, /* that many lines would have been expected */
	STEADY_SLOTS = 8,    /* two hours before and after a shorter one, */
	STEADY_LINES = 50,   /* each quarter of an hour with so many lines */
};

#define SLOT_US (900 * INT64_C(1000000))

static struct str
text(sqlite3_stmt *s, int i, struct arena *a)
{
	return arena_dup(a, db_blob(s, i));
}

static int
load_sources(struct store *st, struct arena *a, struct store_info *info,
    struct err *err)
{
	sqlite3_stmt *s = db_prep(st->control,
	    "SELECT id, name, host, t0, t1,"
	    "done, lines, events, ignored, unknown, foreign_ FROM source "
	    "ORDER BY id",
	    err);
	size_t cap = 0;
	int rc;

	if (!s)
		return -1;
	while ((rc = db_step(s, err)) == 1) {
		struct store_source *o;

		arena_grow(a, info->source, info->nsource, cap);
		o = &info->source[info->nsource++];
		o->id = (uint32_t)sqlite3_column_int64(s, 0);
		o->name = text(s, 1, a);
		o->host = text(s, 2, a);
		o->t0_us = sqlite3_column_int64(s, 3);
		o->t1_us = sqlite3_column_int64(s, 4);
		o->bytes = (uint64_t)sqlite3_column_int64(s, 5);
		o->lines = (uint64_t)sqlite3_column_int64(s, 6);
		o->events = (uint64_t)sqlite3_column_int64(s, 7);
		o->ignored = (uint64_t)sqlite3_column_int64(s, 8);
		o->unknown = (uint64_t)sqlite3_column_int64(s, 9);
		o->foreign = (uint64_t)sqlite3_column_int64(s, 10);
		info->lines += o->lines;
		info->events += o->events;
		info->ignored += o->ignored;
		info->unknown += o->unknown;
		info->foreign += o->foreign;
		info->log_bytes += o->bytes;
	}
	sqlite3_finalize(s);
	return rc;
}

static struct str
programs(struct arena *a, uint64_t bits)
{
	struct buf b = BUF_INIT(4096);
	struct str out;

	for (int m = 1; m < MTA_COUNT; m++)
		if (bits >> m & 1) {
			if (b.n)
				buf_putc(&b, ' ');
			buf_puts(&b, mta_name[m]);
		}
	out = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return out;
}

static int
load_hosts(struct store *st, struct arena *a, struct store_info *info,
    struct err *err)
{
	/* there is no aggregate "or", so rows are joined here */
	sqlite3_stmt *s = db_prep(st->control,
	    "SELECT name, t0, t1, lines, "
	    "programs FROM host ORDER BY name",
	    err);
	uint64_t bits = 0;
	size_t cap = 0;
	int rc;

	if (!s)
		return -1;
	while ((rc = db_step(s, err)) == 1) {
		struct str name = db_blob(s, 0);
		int64_t t0 = sqlite3_column_int64(s, 1);
		int64_t t1 = sqlite3_column_int64(s, 2);
		struct store_host *h =
		    info->nhost ? &info->host[info->nhost - 1] : NULL;

		if (!h || !str_eq(h->name, name)) {
			if (h)
				h->programs = programs(a, bits);
			bits = 0;
			arena_grow(a, info->host, info->nhost, cap);
			h = &info->host[info->nhost++];
			h->name = arena_dup(a, name);
			h->t0_us = t0;
			h->t1_us = t1;
		}
		h->lines += (uint64_t)sqlite3_column_int64(s, 3);
		h->t0_us = t0 < h->t0_us ? t0 : h->t0_us;
		h->t1_us = t1 > h->t1_us ? t1 : h->t1_us;
		bits |= (uint64_t)sqlite3_column_int64(s, 4);
	}
	if (info->nhost)
		info->host[info->nhost - 1].programs = programs(a, bits);
	sqlite3_finalize(s);
	return rc;
}

static int
load_unknown(struct store *st, struct arena *a, struct store_info *info,
    struct err *err)
{
	sqlite3_stmt *s = db_prep(st->control,
	    "SELECT u.shape, sum(u.count) "
	    "AS n, (SELECT line FROM sample s WHERE s.shape = u.shape LIMIT 1),"
	    "(SELECT name FROM source WHERE id = (SELECT min(x.source) FROM "
	    "unknown x WHERE x.shape = u.shape)) "
	    "FROM unknown u GROUP BY u.shape ORDER BY n DESC, u.shape LIMIT ?",
	    err);
	size_t cap = 0;
	int rc;

	if (!s)
		return -1;
	sqlite3_bind_int(s, 1, SHAPES_MAX);
	while ((rc = db_step(s, err)) == 1) {
		arena_grow(a, info->unknown_kind, info->nunknown, cap);
		info->unknown_kind[info->nunknown++] =
		    (struct store_unknown){ text(s, 0, a), text(s, 2, a),
			    (uint64_t)sqlite3_column_int64(s, 1),
			    text(s, 3, a) };
	}
	sqlite3_finalize(s);
	return rc;
}

static void
add_gap(struct arena *a, struct store_info *info, size_t *cap, struct str host,
    int64_t t0, int64_t t1, struct str why)
{
	if (info->ngap >= GAPS_MAX)
		return;
	arena_grow(a, info->gap, info->ngap, *cap);
	info->gap[info->ngap++] =
	    (struct store_gap){ arena_dup(a, host), t0, t1, arena_dup(a, why) };
}

/*
 * Silence: a host says nothing for an hour or more although, at the rate of
 * the day before and after, hundreds of lines were to be expected, and it is
 * the longest silence but few of that length: nights and Sundays are not.  A
 * shorter one counts where every quarter of an hour around it is busy.
 */
struct slots {
	struct str host;
	int64_t *slot;
	uint64_t *lines;
	size_t n, cslot, clines;
};

static double
rate(const struct slots *s, size_t from, size_t to)
{
	uint64_t sum = 0;

	for (size_t i = from; i < to; i++)
		sum += s->lines[i];
	return (double)sum / (double)(s->slot[to - 1] - s->slot[from] + 1);
}

/* Whether the log is so even around slot `i` that no quarter is empty. */
static bool
steady(const struct slots *s, size_t i)
{
	size_t from = i > STEADY_SLOTS ? i - STEADY_SLOTS : 0;
	size_t to = i + STEADY_SLOTS < s->n ? i + STEADY_SLOTS : s->n;

	if (i - from < STEADY_SLOTS / 2 || to - i < STEADY_SLOTS / 2)
		return false;
	for (size_t k = from; k + 1 < to; k++) /* the ends may be cut off */
		if ((k != from && s->lines[k] < STEADY_LINES) ||
		    (k + 1 != i && s->slot[k + 1] - s->slot[k] != 1))
			return false;
	return true;
}

static void
find_silence(struct arena *a, struct store_info *info, size_t *cap,
    const struct slots *s)
{
	for (size_t i = 1; i < s->n; i++) {
		int64_t missing = s->slot[i] - s->slot[i - 1] - 1;
		size_t from = i > 96 ? i - 96 : 0;
		size_t to = i + 96 < s->n ? i + 96 : s->n;
		size_t longer = 0;

		if (missing < 1 || (missing < SILENCE_SLOTS && !steady(s, i)) ||
		    rate(s, from, i) * (double)missing < SILENCE_LINES ||
		    rate(s, i, to) * (double)missing < SILENCE_LINES)
			continue;
		for (size_t k = from + 1; k < to; k++)
			longer += s->slot[k] - s->slot[k - 1] - 1 > missing / 2;
		if (longer <= 2)
			add_gap(a, info, cap, s->host,
			    (s->slot[i - 1] + 1) * SLOT_US,
			    s->slot[i] * SLOT_US, STR("silence"));
	}
}

static int
load_gaps(struct store *st, struct arena *a, struct store_info *info,
    struct err *err)
{
	sqlite3_stmt *s = db_prep(st->control,
	    "SELECT host, t0, t1, why FROM "
	    "gap ORDER BY host, t0 LIMIT ?",
	    err);
	struct slots sl = { .n = 0 };
	size_t cap = 0;
	int rc;

	if (!s)
		return -1;
	sqlite3_bind_int(s, 1, GAPS_MAX);
	while ((rc = db_step(s, err)) == 1)
		add_gap(a, info, &cap, db_blob(s, 0),
		    sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2),
		    db_blob(s, 3));
	sqlite3_finalize(s);
	if (rc < 0)
		return -1;
	s = db_prep(st->control,
	    "SELECT host, slot, sum(lines) FROM cover "
	    "GROUP BY host, slot ORDER BY host, slot",
	    err);
	if (!s)
		return -1;
	while ((rc = db_step(s, err)) == 1) {
		struct str host = db_blob(s, 0);

		if (!sl.host.p || !str_eq(sl.host, host)) {
			find_silence(a, info, &cap, &sl);
			sl.n = 0;
			sl.host = arena_dup(a, host);
		}
		if (sl.n == sl.cslot) {
			sl.cslot = sl.cslot ? 2 * sl.cslot : 256;
			sl.slot =
			    xreallocarray(sl.slot, sl.cslot, sizeof(*sl.slot));
			sl.lines = xreallocarray(sl.lines, sl.cslot,
			    sizeof(*sl.lines));
		}
		sl.slot[sl.n] = sqlite3_column_int64(s, 1);
		sl.lines[sl.n++] = (uint64_t)sqlite3_column_int64(s, 2);
	}
	find_silence(a, info, &cap, &sl);
	sqlite3_finalize(s);
	free(sl.slot);
	free(sl.lines);
	return rc;
}

static uint64_t
file_bytes(const char *path)
{
	struct stat sb;

	return stat(path, &sb) == 0 ? (uint64_t)sb.st_size : 0;
}

static void
load_parts(struct store *st, struct store_info *info)
{
	for (size_t i = 0; i < st->cat.n; i++) {
		const struct part_info *p = &st->cat.part[i];

		info->partitions++;
		info->records += p->records;
		if (p->t0 <= p->t1) {
			if (!info->t0_us || p->t0 < info->t0_us)
				info->t0_us = p->t0;
			if (p->t1 > info->t1_us)
				info->t1_us = p->t1;
		}
	}
}

static void
load_sizes(struct store *st, struct store_info *info)
{
	struct buf path = BUF_INIT(64 * 1024);

	for (size_t i = 0; i < st->cat.n; i++) {
		const struct part_info *p = &st->cat.part[i];

		part_path(st->path, p->day, p->id, &path);
		info->bytes_on_disk += file_bytes(buf_c(&path));
		buf_puts(&path, "-wal");
		info->bytes_on_disk += file_bytes(buf_c(&path));
	}
	control_path(st->path, &path);
	info->bytes_on_disk += file_bytes(buf_c(&path));
	buf_puts(&path, "-wal");
	info->bytes_on_disk += file_bytes(buf_c(&path));
	buf_release(&path);
}

static int
load_brief(struct store *st, struct arena *a, struct store_info *info,
    struct err *err)
{
	*info = (struct store_info){ 0 };
	load_parts(st, info);
	return load_sources(st, a, info, err) < 0 ||
		       load_hosts(st, a, info, err) < 0 ?
		   -1 :
		   0;
}

/* What few ask for; the gaps alone are a scan of every quarter of an hour. */
static int
load_rest(struct store *st, struct arena *a, struct store_info *info,
    struct err *err)
{
	load_sizes(st, info);
	return load_unknown(st, a, info, err) < 0 ||
		       load_gaps(st, a, info, err) < 0 ?
		   -1 :
		   0;
}

int
store_info(struct store *st, struct arena *a, struct store_info *info,
    struct err *err)
{
	*info = (struct store_info){ 0 };
	return store_refresh(st, err) < 0 || load_brief(st, a, info, err) < 0 ?
		   -1 :
		   load_rest(st, a, info, err);
}

/* Names stay where they are once read, so views of them last as long as the
 * store is open; new sources are read when asked for. */
static void
load_logs(struct store *st)
{
	sqlite3_stmt *s = db_prep(st->control,
	    "SELECT id, name, print FROM "
	    "source WHERE id >= ? ORDER BY id",
	    NULL);

	if (!s)
		return;
	sqlite3_bind_int64(s, 1, (int64_t)st->nlog);
	while (db_step(s, NULL) == 1) {
		int64_t id = sqlite3_column_int64(s, 0);
		struct store_log *log;

		if (id < 0 || id > SOURCES_MAX)
			break;
		/* numbers are given in order, with few holes */
		while (st->nlog <= (size_t)id) {
			arena_grow(&st->names, st->log, st->nlog, st->clog);
			st->log[st->nlog++] = NULL;
		}
		st->log[id] = log = arena_new(&st->names, struct store_log);
		log->name = text(s, 1, &st->names);
		log->print = text(s, 2, &st->names);
	}
	sqlite3_finalize(s);
}

struct store_log *
store_log(struct store *st, uint32_t src)
{
	if (src >= st->nlog)
		load_logs(st);
	return src < st->nlog ? st->log[src] : NULL;
}

struct str
store_source_name(struct store *st, uint32_t src)
{
	struct store_log *log = store_log(st, src);

	return log ? log->name : STR("?");
}

const struct store_info *
store_overview(struct store *st, struct err *err)
{
	if (store_refresh(st, err) < 0)
		return NULL;
	if (st->has_info && st->info_version == st->version)
		return &st->info;
	arena_clear(&st->info_arena);
	st->has_info = st->has_rest = false;
	if (load_brief(st, &st->info_arena, &st->info, err) < 0)
		return NULL;
	st->info_version = st->version;
	st->has_info = true;
	return &st->info;
}

const struct store_info *
store_overview_whole(struct store *st, struct err *err)
{
	if (!store_overview(st, err))
		return NULL;
	if (!st->has_rest &&
	    load_rest(st, &st->info_arena, &st->info, err) < 0) {
		st->has_info = false;
		return NULL;
	}
	st->has_rest = true;
	return &st->info;
}
