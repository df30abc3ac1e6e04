/*
 * report_coverage.c: what the answers stand on: which hosts log, until when,
 * where there are gaps, whose clocks differ, what nobody understood, and what
 * is not logged at all, with the line of configuration that changes it.
 */
#include "query/audit.h"
#include "query/report.h"
#include "base/banned.h"

#define SKEW_US (2 * INT64_C(1000000)) /* less is the way of the mail */

enum { T_HOSTS, T_GAPS, T_UNKNOWN, T_FILES, TABLES };
enum { PAIRS_SAID = 8 };

enum {
	H_HOST,
	H_PROGRAMS,
	H_LINES,
	H_FIRST,
	H_LAST,
	H_SILENT,
	H_GAPS,
	H_MAILS,
	H_SUBJECTS,
	H_FOUND,
	H_COLS
};

static const struct col host_cols[H_COLS] = {
	[H_HOST] = { "host", "host", COL_TEXT, 0 },
	[H_PROGRAMS] = { "programs", "programs", COL_TEXT, 0 },
	[H_LINES] = { "lines", "lines", COL_COUNT, COL_BAR },
	[H_FIRST] = { "first", "first", COL_TIME, COL_HIDE_TEXT },
	[H_LAST] = { "last", "last line", COL_TIME, 0 },
	[H_SILENT] = { "silent", "silent for", COL_SPAN, 0 },
	[H_GAPS] = { "gaps", "gaps", COL_COUNT, 0 },
	[H_MAILS] = { "mails", "mails", COL_COUNT, 0 },
	[H_SUBJECTS] = { "subjects", "with subject", COL_SHARE, 0 },
	[H_FOUND] = { "handed_found", "handed on, found", COL_SHARE, 0 },
};

enum { G_HOST, G_FROM, G_UNTIL, G_SPAN, G_WHY, G_COLS };

static const struct col gap_cols[G_COLS] = {
	[G_HOST] = { "host", "host", COL_TEXT, 0 },
	[G_FROM] = { "from", "from", COL_TIME, 0 },
	[G_UNTIL] = { "until", "until", COL_TIME, 0 },
	[G_SPAN] = { "seconds", "for", COL_SPAN, 0 },
	[G_WHY] = { "why", "why", COL_TEXT, 0 },
};

enum { U_COUNT, U_SOURCE, U_SAMPLE, U_COLS };

static const struct col unknown_cols[U_COLS] = {
	[U_COUNT] = { "count", "lines", COL_COUNT, COL_BAR },
	[U_SOURCE] = { "source", "file", COL_TEXT, COL_HIDE_TEXT },
	[U_SAMPLE] = { "sample", "for one", COL_TEXT, COL_WIDE },
};

enum { F_NAME, F_HOST, F_FIRST, F_LAST, F_LINES, F_UNKNOWN_, F_OTHER, F_COLS };

static const struct col file_cols[F_COLS] = {
	[F_NAME] = { "file", "file", COL_TEXT, 0 },
	[F_HOST] = { "host", "host", COL_TEXT, COL_HIDE_TEXT },
	[F_FIRST] = { "first", "first", COL_TIME, 0 },
	[F_LAST] = { "last", "last", COL_TIME, 0 },
	[F_LINES] = { "lines", "lines", COL_COUNT, 0 },
	[F_UNKNOWN_] = { "unknown", "unknown", COL_COUNT, 0 },
	[F_OTHER] = { "other_programs", "other programs", COL_COUNT,
	    COL_HIDE_TEXT },
};

static const struct table_def tables[TABLES] = {
	[T_HOSTS] = { "hosts", "Hosts that log", "no host logged anything",
	    host_cols, H_COLS },
	[T_GAPS] = { "gaps", "Silence and lost lines", "no gaps", gap_cols,
	    G_COLS },
	[T_UNKNOWN] = { "unknown", "Lines nobody understood",
	    "every line was understood", unknown_cols, U_COLS },
	[T_FILES] = { "files", "Files", "no file", file_cols, F_COLS },
};

struct host {
	struct str name, programs;
	uint64_t lines, gaps, mails, subjects, handed, found;
	int64_t first_us, last_us;
	uint64_t entries, entry_subjects; /* from clients that are not ours */
	unsigned mtas;			  /* that took them */
};

static struct host *
host_row(struct report *r, struct tally *t, struct buf *key, struct str name)
{
	struct str site = site_host(r->site, name);
	struct host *h = tally_row(t, tally_key(key, &site, 1));

	if (!h->name.p)
		h->name = arena_dup(&r->arena, site);
	return h;
}

static bool
in_period(const struct report *r, int64_t t0, int64_t t1)
{
	return t1 >= r->t0_us && t0 <= r->t1_us;
}

static void
add_programs(struct report *r, struct host *h, struct str programs)
{
	while (programs.p) {
		struct str p = str_split(&programs, ' ');

		if (p.n && str_find(h->programs, p) < 0)
			h->programs =
			    h->programs.n ?
				arena_printf(&r->arena, STR_FMT " " STR_FMT,
				    STR_ARG(h->programs), STR_ARG(p)) :
				arena_dup(&r->arena, p);
	}
}

static void
take_info(struct report *r, struct tally *t, struct buf *key,
    const struct store_info *info)
{
	for (size_t i = 0; i < info->nhost; i++) {
		const struct store_host *s = &info->host[i];
		struct host *h = host_row(r, t, key, s->name);

		h->lines += s->lines;
		add_programs(r, h, s->programs);
		if (!h->first_us || s->t0_us < h->first_us)
			h->first_us = s->t0_us;
		if (s->t1_us > h->last_us)
			h->last_us = s->t1_us;
	}
	for (size_t i = 0; i < info->ngap; i++) {
		const struct store_gap *g = &info->gap[i];
		struct cell *c;

		if (!in_period(r, g->t0_us, g->t1_us))
			continue;
		host_row(r, t, key, g->host)->gaps++;
		c = report_row(r, T_GAPS);
		cell_text(&c[G_HOST],
		    arena_dup(&r->arena, site_host(r->site, g->host)));
		cell_time(&c[G_FROM], g->t0_us);
		cell_time(&c[G_UNTIL], g->t1_us);
		cell_number(&c[G_SPAN], g->t1_us - g->t0_us);
		cell_text(&c[G_WHY], arena_dup(&r->arena, g->why));
	}
	for (size_t i = 0; i < info->nunknown; i++) {
		const struct store_unknown *u = &info->unknown_kind[i];
		struct cell *c = report_row(r, T_UNKNOWN);

		cell_count(&c[U_COUNT], u->count);
		cell_text(&c[U_SOURCE], arena_dup(&r->arena, u->source));
		cell_text(&c[U_SAMPLE], arena_dup(&r->arena, u->sample));
	}
	for (size_t i = 0; i < info->nsource; i++) {
		const struct store_source *s = &info->source[i];
		struct cell *c;

		if (!in_period(r, s->t0_us, s->t1_us))
			continue;
		c = report_row(r, T_FILES);
		cell_text(&c[F_NAME], arena_dup(&r->arena, s->name));
		cell_text(&c[F_HOST], arena_dup(&r->arena, s->host));
		cell_time(&c[F_FIRST], s->t0_us);
		cell_time(&c[F_LAST], s->t1_us);
		cell_count(&c[F_LINES], s->lines);
		cell_count(&c[F_UNKNOWN_], s->unknown);
		cell_count(&c[F_OTHER], s->foreign);
	}
}

static int
take_mails(struct report *r, struct tally *t, struct buf *key, struct err *err)
{
	struct facts *fs = report_facts(r, 1u << FACT_LIFE, err);
	struct fact f;
	int rc;

	if (!fs)
		return -1;
	while ((rc = facts_next(fs, &f, err)) == 1) {
		struct host *h;

		if (f.notice || f.is_filter || f.mta == MTA_DOVECOT ||
		    f.life->aborted)
			continue;
		h = host_row(r, t, key, f.host);
		h->mails++;
		h->subjects += f.subject.n > 0;
		if (!f.entry || f.life->local_entry)
			continue;
		h->entries++;
		h->entry_subjects += f.subject.n > 0;
		h->mtas |= 1u << f.mta;
	}
	report_facts_end(r, fs);
	return rc;
}

/* Who handed how much to whom, and whose clocks differ. */
static int
take_audit(struct report *r, struct tally *t, struct buf *key, struct err *err)
{
	const struct store_info *info = store_overview(r->st, err);
	struct site site = *r->site;
	struct audit au;
	size_t said = 0;

	if (!info)
		return -1;
	site.logging = arena_array(&r->arena, struct str, info->nhost + 1);
	site.nlogging = 0;
	for (size_t i = 0; i < info->nhost; i++)
		site.logging[site.nlogging++] =
		    arena_dup(&r->arena, info->host[i].name);
	if (audit_run(r->st, &site, r->t0_us, r->t1_us, &r->arena, &au, err) <
	    0)
		return -1;
	for (size_t i = 0; i < au.npair; i++) {
		const struct audit_pair *p = &au.pair[i];
		int64_t skew = p->skew_us < 0 ? -p->skew_us : p->skew_us;
		struct host *h;

		if (!p->handed)
			continue;
		h = host_row(r, t, key, p->from);
		h->handed += p->handed;
		h->found += p->found;
		if (skew <= SKEW_US || p->found < 10 || ++said > PAIRS_SAID)
			continue;
		report_note(r,
		    "The clocks of " STR_FMT " and " STR_FMT
		    " differ by %.1f s (median of %llu mails handed over).",
		    STR_ARG(p->from), STR_ARG(p->to), (double)p->skew_us / 1e6,
		    (unsigned long long)p->found);
	}
	return 0;
}

static int
most_lines(const void *x, const void *y)
{
	const struct host *a = x, *b = y;

	if (a->lines != b->lines)
		return a->lines < b->lines ? 1 : -1;
	return str_cmp(a->name, b->name);
}

static void
say_subjects(struct report *r, const struct tally *t)
{
	static const struct {
		enum mta mta;
		const char *how;
	} table[] = {
		{ MTA_POSTFIX,
		    "Postfix: header_checks = regexp:/etc/postfix/header_checks "
		    "with the line /^Subject:/ INFO" },
		{ MTA_EXIM, "Exim: log_selector = +subject" },
		{ MTA_AXIGEN,
		    "Axigen: it never logs them; a filter in front of it can" },
	};
	bool any = false;

	for (size_t m = 0; m < sizeof(table) / sizeof(*table); m++) {
		struct str hosts = STR_NONE;

		for (size_t i = 0; i < t->n; i++) {
			const struct host *h = t->row[i];

			if (!(h->mtas >> table[m].mta & 1) ||
			    h->entry_subjects * 2 > h->entries)
				continue;
			hosts =
			    hosts.n ?
				arena_printf(&r->arena, STR_FMT ", " STR_FMT,
				    STR_ARG(hosts), STR_ARG(h->name)) :
				h->name;
		}
		if (!hosts.n)
			continue;
		report_note(r, "No subjects from " STR_FMT ". %s.",
		    STR_ARG(hosts), table[m].how);
		any = true;
	}
	if (any)
		report_note(r, "Where subjects are logged at the first host of "
			       "a mail, mails are found by them at all hosts.");
}

static void
say_missing(struct report *r, const struct tally *t)
{
	for (size_t i = 0; i < r->site->nhost; i++) {
		bool logs = false;

		for (size_t k = 0; k < t->n && !logs; k++) {
			const struct host *h = t->row[k];

			logs = h->lines &&
			       site_same_host(h->name, r->site->host[i]);
		}
		if (!logs)
			report_note(r,
			    STR_FMT " is configured as ours, but no line of "
				    "it was read.",
			    STR_ARG(r->site->host[i]));
	}
}

static void
rows(struct report *r, struct tally *t, int64_t end_us)
{
	tally_sort(t, most_lines);
	for (size_t i = 0; i < t->n; i++) {
		const struct host *h = t->row[i];
		struct cell *c;

		if (!h->lines || !in_period(r, h->first_us, h->last_us))
			continue;
		c = report_row(r, T_HOSTS);
		cell_text(&c[H_HOST], h->name);
		cell_text(&c[H_PROGRAMS], h->programs);
		cell_count(&c[H_LINES], h->lines);
		cell_time(&c[H_FIRST], h->first_us);
		cell_time(&c[H_LAST], h->last_us);
		cell_number(&c[H_SILENT],
		    end_us > h->last_us ? end_us - h->last_us : 0);
		cell_count(&c[H_GAPS], h->gaps);
		cell_count(&c[H_MAILS], h->mails);
		cell_share(&c[H_SUBJECTS], h->subjects, h->mails);
		cell_share(&c[H_FOUND], h->found, h->handed);
	}
}

static int
run(struct report *r, struct err *err)
{
	const struct store_info *info = store_overview_whole(r->st, err);
	struct buf key = BUF_INIT(64 * 1024);
	struct tally t;
	int64_t end_us;
	int rc = -1;

	if (!info)
		return -1;
	tally_init(&t, &r->arena, sizeof(struct host));
	end_us = info->t1_us;
	take_info(r, &t, &key, info);
	report_total(r, "lines", "lines", info->lines);
	report_total(r, "unknown", "not understood", info->unknown);
	report_total(r, "other_programs", "of other programs", info->foreign);
	report_total(r, "files", "files", info->nsource);
	if (take_mails(r, &t, &key, err) == 0 &&
	    take_audit(r, &t, &key, err) == 0) {
		rows(r, &t, end_us);
		say_missing(r, &t);
		say_subjects(r, &t);
		rc = 0;
	}
	tally_release(&t);
	buf_release(&key);
	return rc;
}

const struct report_def report_coverage = {
	.name = "coverage",
	.about = "which hosts log, gaps, clocks, unknown lines, no subjects",
	.period = "yesterday",
	.table = tables,
	.ntable = TABLES,
	.run = run,
};
