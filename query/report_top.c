/*
 * report_top.c: who sends and who receives most.
 *
 * Senders, logins and their bytes are counted where a mail came in; recipients
 * and domains by what became of each copy at its end.  So nothing is counted
 * once for each hop.  `failed` is what was given up, refused or lost.
 */
#include "query/report.h"
#include "base/banned.h"

enum { T_SENDERS, T_RCPTS, T_DOMAINS, T_USERS, TABLES };

enum {
	C_WHAT,
	C_MESSAGES,
	C_SHARE,
	C_RCPTS,
	C_BYTES,
	C_FAILED,
	C_FAIL_SHARE,
	C_LAST,
	C_SERIES,
	COLS
};

#define COLUMNS(title, n)                                                      \
	{                                                                      \
		[C_WHAT] = { "what", title, COL_TEXT, 0 },                     \
		[C_MESSAGES] = { "messages", n, COL_COUNT, COL_BAR },          \
		[C_SHARE] = { "share", "of all", COL_SHARE, 0 },               \
		[C_RCPTS] = { "recipients", "recipients", COL_COUNT, 0 },      \
		[C_BYTES] = { "bytes", "size", COL_BYTES, 0 },                 \
		[C_FAILED] = { "failed", "failed", COL_COUNT, 0 },             \
		[C_FAIL_SHARE] = { "failed_share", "", COL_SHARE, 0 },         \
		[C_LAST] = { "last", "last", COL_TIME, COL_HIDE_TEXT },        \
		[C_SERIES] = { "series", "when", COL_SERIES, 0 },              \
	}

static const struct col cols[TABLES][COLS] = {
	[T_SENDERS] = COLUMNS("sender", "mails"),
	[T_RCPTS] = COLUMNS("recipient", "copies"),
	[T_DOMAINS] = COLUMNS("domain", "copies"),
	[T_USERS] = COLUMNS("login", "mails"),
};

static const struct table_def tables[TABLES] = {
	[T_SENDERS] = { "senders", "Senders", "nobody sent anything",
	    cols[T_SENDERS], COLS },
	[T_RCPTS] = { "recipients", "Recipients", "nobody was written to",
	    cols[T_RCPTS], COLS },
	[T_DOMAINS] = { "domains", "Domains that were written to",
	    "nobody was written to", cols[T_DOMAINS], COLS },
	[T_USERS] = { "users", "Logins", "nobody logged in to send",
	    cols[T_USERS], COLS },
};

static const char *const by[] = { "all", "sender", "recipient", "domain",
	"user", NULL };

struct sum {
	struct str what;
	uint64_t messages, rcpts, bytes, copies, failed;
	int64_t last_us;
	uint32_t *v;
};

static int
by_count(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->messages != b->messages)
		return a->messages < b->messages ? 1 : -1;
	return str_cmp(a->what, b->what);
}

struct counter {
	struct report *r;
	struct tally t[TABLES];
	struct buf key;
	struct bins bins;
	uint64_t all[TABLES];
};

static struct sum *
row(struct counter *c, int table, struct str what)
{
	struct sum *s = tally_row(&c->t[table], tally_key(&c->key, &what, 1));

	if (!s->what.p) {
		s->what = arena_dup(&c->r->arena, what);
		s->v = bins_row(c->r, &c->bins);
	}
	return s;
}

static void
count(struct counter *c, int table, struct str what, const struct fact *f,
    uint64_t rcpts)
{
	struct sum *s;

	if (!what.n || c->r->table[table].unused)
		return;
	s = row(c, table, what);
	s->messages++;
	s->rcpts += rcpts;
	s->bytes += f->size_bytes > 0 ? (uint64_t)f->size_bytes : 0;
	if (f->t_us > s->last_us)
		s->last_us = f->t_us;
	bins_count(&c->bins, s->v, NULL, f->t_us);
	c->all[table]++;
}

static bool
failed(const struct fact *f)
{
	return f->state == OUT_BOUNCED || f->state == OUT_EXPIRED ||
	       f->state == OUT_REJECTED || f->state == OUT_LOST;
}

static struct str
sender(const struct fact *f)
{
	return fact_sender(f);
}

static void
take_copy(struct counter *c, const struct fact *f)
{
	if (f->leg || f->state == OUT_NONE || !f->to.n)
		return;
	count(c, T_RCPTS, f->to, f, 1);
	count(c, T_DOMAINS, f->domain, f, 1);
	if (!c->r->table[T_RCPTS].unused)
		row(c, T_RCPTS, f->to)->failed += failed(f);
	if (!c->r->table[T_DOMAINS].unused && f->domain.n)
		row(c, T_DOMAINS, f->domain)->failed += failed(f);
	if (!c->r->table[T_SENDERS].unused && sender(f).n) {
		struct sum *s = row(c, T_SENDERS, sender(f));

		s->copies++;
		s->failed += failed(f);
	}
}

static void
rows(struct counter *c, int table)
{
	struct tally *t = &c->t[table];

	tally_sort(t, by_count);
	for (size_t i = 0; i < t->n; i++) {
		const struct sum *s = t->row[i];
		uint64_t of = table == T_SENDERS ? s->copies : s->messages;
		struct cell *cell;

		if (!s->messages)
			continue; /* only copies of a mail of before */
		cell = report_row(c->r, (size_t)table);
		cell_text(&cell[C_WHAT], s->what);
		cell_count(&cell[C_MESSAGES], s->messages);
		cell_share(&cell[C_SHARE], s->messages, c->all[table]);
		if (table == T_SENDERS || table == T_USERS) {
			cell_count(&cell[C_RCPTS], s->rcpts);
			cell_count(&cell[C_BYTES], s->bytes);
		}
		if (table != T_USERS) {
			cell_count(&cell[C_FAILED], s->failed);
			if (s->failed)
				cell_share(&cell[C_FAIL_SHARE], s->failed, of);
		}
		cell_time(&cell[C_LAST], s->last_us);
		cell_series(&cell[C_SERIES], &c->bins, s->v);
	}
}

static int
run(struct report *r, struct err *err)
{
	struct facts *fs =
	    report_facts(r, 1u << FACT_LIFE | 1u << FACT_COPY, err);
	struct counter c = { .r = r, .key = BUF_INIT(64 * 1024) };
	struct fact f;
	int rc;

	if (!fs)
		return -1;
	report_bins(r, &c.bins);
	for (int i = 0; i < TABLES; i++) {
		tally_init(&c.t[i], &r->arena, sizeof(struct sum));
		r->table[i].unused =
		    !report_by(r, "all") && !report_by(r, by[i + 1]);
	}
	while ((rc = facts_next(fs, &f, err)) == 1) {
		if (f.kind == FACT_COPY) {
			take_copy(&c, &f);
			continue;
		}
		if (!f.entry || f.life->aborted)
			continue;
		count(&c, T_SENDERS, sender(&f), &f, f.life->ncopy);
		count(&c, T_USERS, f.user, &f, f.life->ncopy);
	}
	for (int i = 0; i < TABLES; i++)
		if (!r->table[i].unused)
			rows(&c, i);
	report_facts_end(r, fs);
	for (int i = 0; i < TABLES; i++)
		tally_release(&c.t[i]);
	buf_release(&c.key);
	return rc;
}

const struct report_def report_top = {
	.name = "top",
	.about = "who sends and who receives most",
	.period = "yesterday",
	.by = by,
	.table = tables,
	.ntable = TABLES,
	.run = run,
};
