/*
 * report.h: counts over a period, as tables that say themselves what their
 * columns are.  The renderers (cli/report_*.c) know no report by name.
 *
 * To add a report: query/report_<name>.c with its columns and its function,
 * and one row in report_table[] (report.c).  Names of reports, tables and
 * columns are stable (docs/reports.md): new columns come at the end.
 *
 *	struct report r;
 *	report_init(&r, report_by_name("rejected"));
 *	r.st = st; r.site = &site; r.cl = cl; r.t0_us = ...
 *	if (report_run(&r, &err) < 0) ...
 *	report_release(&r);
 *
 * A report's function walks facts (facts.h), adds up in a tally and gives out
 * rows:
 *
 *	struct sum *s = tally_row(&t, key);	(zeroed when it is new)
 *	...
 *	cell = report_row(r, TABLE);
 *	cell[COL_HOST].text = s->host;
 */
#ifndef QUERY_REPORT_H
#define QUERY_REPORT_H

#include "base/map.h"
#include "classify/provider.h"
#include "query/facts.h"
#include "query/query.h"

enum {
	REPORT_TABLES = 4,
	REPORT_COLS = 24,
	REPORT_CHARTS = 4,
	REPORT_TOTALS = 16,
	REPORT_ROWS_MAX = 100000, /* of one table */
	REPORT_NOTES = 32,
	TALLY_MAX = 200000,	/* groups; what comes after is one group */
	DISTINCT_MAX = 1 << 20, /* values told apart; then "at least" */
	REPORT_TOP = 50,	/* rows shown unless --top says else */
};

enum col_kind {
	COL_TEXT,
	COL_COUNT,
	COL_TIME,  /* cell.n: us since 1970 */
	COL_SPAN,  /* cell.n: us */
	COL_BYTES, /* cell.n */
	COL_SHARE, /* cell.x: 0 to 1 */
	COL_REAL,  /* cell.x */
	COL_FLAG,  /* cell.n: yes or no */
	COL_SERIES /* cell.v: counts along the period; drawn small */
};

enum col_flags {
	COL_BAR = 1,	  /* drawn as a bar too; one column of a table */
	COL_WIDE = 2,	  /* long text: last in its line, or cut, in text */
	COL_OPTIONAL = 4, /* left out unless report_show() was called */
	COL_HIDE_TEXT = 8 /* only in JSON, CSV */
};

struct col {
	const char *name;  /* stable: JSON key, CSV head */
	const char *title; /* for people */
	enum col_kind kind;
	unsigned flags;
};

struct cell {
	bool set; /* else null; report_row() clears */
	struct str text;
	int64_t n;
	double x;
	const uint32_t *v;
	size_t nv;
};

struct table_def {
	const char *name; /* stable: JSON key */
	const char *title;
	const char *empty; /* said instead of no rows */
	const struct col *col;
	size_t ncol;
};

struct table {
	const struct table_def *def;
	struct cell *cell; /* nrow times def->ncol */
	size_t nrow, cap;
	size_t total;	/* rows there were before --top */
	unsigned shown; /* bits of optional columns */
	bool unused;	/* not asked for: not printed */
};

struct chart {
	const char *name, *title;
	int64_t t0_us, step_us; /* bars of time; else `label` */
	const uint64_t *v;
	const struct str *label;
	size_t n;
};

struct total {
	const char *name, *title;
	enum col_kind kind;
	struct cell cell;
};

enum report_takes { /* options besides the period, --by and --top */
	REPORT_PERMANENT = 1,
	REPORT_MIN = 2,
	REPORT_IPS = 4,
	REPORT_LIVE = 8,
	REPORT_TERMS = 16,
};

struct report;

struct report_def {
	const char *name;
	const char *about;     /* one line, lower case, no full stop */
	const char *period;    /* when none is said: "yesterday", "today" */
	const char *const *by; /* NULL at the end; the first is the default */
	unsigned takes;
	const struct table_def *table;
	size_t ntable;
	int (*run)(struct report *r, struct err *err);
};

extern const struct report_def *const report_table[]; /* NULL at the end */
const struct report_def *report_by_name(const char *name);

struct report {
	const struct report_def *def;
	/* asked */
	struct store *st;
	const struct site *site;
	struct classifier *cl;
	int64_t t0_us, t1_us; /* both included */
	int64_t now_us;
	const char *tz;
	const char *by; /* one of def->by, or NULL */
	size_t top;	/* 0: all */
	uint64_t min;
	bool permanent, ips;
	const struct query *terms;	   /* only what they fit; NULL: all */
	const char *geo_country, *geo_asn; /* configured files, or NULL */
	const struct provider *providers;  /* the operator's own */
	size_t nproviders;
	/* answered */
	struct arena arena;
	struct table table[REPORT_TABLES];
	struct chart chart[REPORT_CHARTS];
	size_t nchart;
	struct total total[REPORT_TOTALS];
	size_t ntotal;
	struct cell *spare;  /* rows past --top */
	struct map texts;    /* kept once: report_keep() */
	struct str headline; /* one sentence, or empty */
	struct str note[REPORT_NOTES];
	size_t nnote;
};

void report_init(struct report *r, const struct report_def *def);
void report_release(struct report *r);

/* Whether a report with REPORT_TERMS takes that term. */
int report_takes_term(const struct term *t, struct err *err);

/* Runs it.  Rows past `top` are counted only: a report gives out its rows in
 * the order they are shown in. */
int report_run(struct report *r, struct err *err);

/* ---- for the reports ---- */

bool report_by(const struct report *r, const char *by);

/* The period and the store; more can be asked for in it. */
struct facts_ask report_ask(const struct report *r, unsigned kinds);
struct facts *report_facts(struct report *r, unsigned kinds, struct err *err);
/* Closes them; notes what was cut. */
void report_facts_end(struct report *r, struct facts *fs);

struct cell *report_row(struct report *r, size_t table);
void report_show(struct report *r, size_t table, size_t col);
void report_note(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void report_total(struct report *r, const char *name, const char *title,
    uint64_t n);

/*
 * The newest text of a row.  Of those of one moment the first in order, then
 * by `tie` (a queue id, a client): the order of records, which is by chance,
 * never shows.  True when it was taken.
 */
struct newest {
	int64_t t_us;
	struct str text, tie;
};
bool report_newest(struct report *r, struct newest *n, int64_t t_us,
    struct str text, struct str tie);

/* The value that --by asks for: sender, recipient, domain, host, user; false: it
 * is one of the report's own. */
bool report_what(const struct report *r, const struct fact *f,
    struct str *what);

/* Whether the fact is one of those asked for. */
bool report_asked(const struct report *r, const struct fact *f);

/* Widens first (0: none yet) to last. */
void report_span(int64_t *first_us, int64_t *last_us, int64_t t_us);

/* A copy in the arena, one for all that are equal: names of hosts, lists. */
struct str report_keep(struct report *r, struct str s);

/* Setting cells: absent text, time 0, number < 0 stay null. */
void cell_text(struct cell *c, struct str s);
void cell_count(struct cell *c, uint64_t n);
void cell_time(struct cell *c, int64_t t_us);
void cell_number(struct cell *c, int64_t n);
void cell_share(struct cell *c, uint64_t part, uint64_t whole);
void cell_real(struct cell *c, double x);
void cell_flag(struct cell *c, bool v);

/* Bars of the period: at most 48, of a round length, days of --tz. */
struct bins {
	int64_t t0_us, step_us;
	size_t n;
};
void report_bins(const struct report *r, struct bins *b);
size_t bin_of(const struct bins *b, int64_t t_us); /* n when outside */
/* One more at that time, in both (all may be NULL); outside: nothing. */
void bins_count(const struct bins *b, uint32_t *v, uint64_t *all, int64_t t_us);
uint32_t *bins_row(struct report *r, const struct bins *b);
void cell_series(struct cell *c, const struct bins *b, const uint32_t *v);
void report_chart(struct report *r, const char *name, const char *title,
    const struct bins *b, const uint64_t *v);

/* Groups by key.  Rows are zeroed structs of the report's own. */
struct tally {
	struct arena *arena;
	struct map map;
	void **row;
	struct str *key;
	size_t n, cap, size;
	bool full; /* TALLY_MAX: one row takes the rest */
};

void tally_init(struct tally *t, struct arena *a, size_t row_size);
void tally_release(struct tally *t);
/* Keys compare as they are; fold them first (str_low). */
void *tally_row(struct tally *t, struct str key);
/* A key of several parts, lower case; lives until the next call. */
struct str tally_key(struct buf *b, const struct str *part, size_t n);
/* Sorts the rows; `cmp` gets two pointers to rows (not to pointers). */
void tally_sort(struct tally *t, int (*cmp)(const void *, const void *));

/* How many different values each group has. */
struct distinct {
	uint64_t *slot;
	size_t n, cap;
	bool full;
};

/* True when `value` is new for (group, what). */
bool distinct_add(struct distinct *d, const void *group, int what,
    struct str value);
void distinct_release(struct distinct *d);

/* Who runs the receiver: "Microsoft 365", else the registrable-looking end of
 * the relay's name, else the recipient's domain.  In the arena. */
struct str report_receiver(struct report *r, struct str relay_name,
    struct str domain);

#endif
