/*
 * test_pflogsumm.c: one day of a Postfix host as pflogsumm counts it and as the
 * store does: received, delivered, forwarded, deferred, bounced, rejected.
 * docs/reports.md has the queries and what differs, and why.
 *
 * Skipped where pflogsumm is not installed.
 */
#include "lab_help.h"
#include "query/sql.h"
#include "store_help.h"
#include "base/banned.h"

enum { FIGURES = 6 };

static const struct {
	const char *word; /* of pflogsumm's Grand Totals */
	const char *query;
} figures[FIGURES] = {
	{ "received",
	    "select count(*) from hop where mta = 'postfix' and arrival is "
	    "not null" },
	{ "delivered",
	    "select count(*) from delivery where mta = 'postfix' and said in "
	    "('sent', 'replied', 'discarded', 'quarantined') and "
	    "coalesce(reply, '') not like 'forwarded as%'" },
	{ "forwarded",
	    "select count(*) from delivery where mta = 'postfix' and reply "
	    "like 'forwarded as%'" },
	{ "deferred",
	    "select count(distinct qid) from delivery where mta = 'postfix' "
	    "and (attempts > 1 or said = 'deferred')" },
	{ "bounced",
	    "select count(*) from delivery where mta = 'postfix' and said = "
	    "'bounced'" },
	{ "rejected",
	    "select (select count(*) from refusal where mta = 'postfix' and "
	    "state = 'rejected') + (select count(*) from delivery where mta = "
	    "'postfix' and state = 'rejected')" },
};

struct day {
	const char *host;
	const char *file[4]; /* oldest first */
	const char *begins;  /* every line of the day */
	long least;	     /* received: the log is the one we mean */
};

static const struct day days[] = {
	{ "smtp", { "smtp.isp.test/mail.log.xz" }, "2025-12-31", 200 },
	{ "mx1",
	    { "mx1.isp.test/mail.log.3.zst", "mx1.isp.test/mail.log.2.gz",
		"mx1.isp.test/mail.log.1.xz", "mx1.isp.test/mail.log.xz" },
	    "2025-12-31", 200 },
	{ "out1", { "out1.isp.test/mail.log.bz2" }, "Dec 31", 100 },
};

/* The lines of one day in a file of their own. */
static void
cut_day(const struct day *d, const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < 4 && d->file[i]; i++) {
		struct buf b = BUF_INIT(64 << 20);
		struct str rest;
		char name[256];

		snprintf(name, sizeof(name), "fixtures/lab/logs/%s",
		    d->file[i]);
		lab_read(name, &b);
		rest = buf_str(&b);
		while (rest.p) {
			struct str line = str_split(&rest, '\n');

			if (str_starts(line, str_c(d->begins)))
				fprintf(f, STR_FMT "\n", STR_ARG(line));
		}
		buf_release(&b);
	}
	fclose(f);
}

/* "    223   received"; -1 when it is not there. */
static long
theirs(const char *path, const char *word)
{
	char cmd[5000], line[512];
	long n = -1;
	FILE *f;

	snprintf(cmd, sizeof(cmd), "pflogsumm '%s' 2>/dev/null", path);
	f = popen(cmd, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char unit[64] = "";
		long v;

		if (n < 0 && sscanf(line, " %ld %63s", &v, unit) == 2 &&
		    strcmp(unit, word) == 0)
			n = v;
	}
	pclose(f);
	return n;
}

static long
ours(const struct lab *lab, const char *query)
{
	struct sql_opts o = { .store = lab->dir,
		.site = &lab->conf.site,
		.cl = lab->cl,
		.tz = "UTC" };
	struct err err = { "" };
	struct sql *q = sql_open(&o, str_c(query), &err);
	struct sql_value v = { 0 };

	if (!q || sql_step(q, &err) != 1)
		fail_msg("%s", err.msg);
	sql_value(q, 0, &v);
	sql_close(q);
	return (long)v.i;
}

static void
test_day(const struct day *d)
{
	char *folder = temp_folder(), log[4096];
	const char *paths[] = { log };
	struct lab lab;

	snprintf(log, sizeof(log), "%s/%s.log", folder, d->host);
	cut_day(d, log);
	lab_open(&lab, paths, 1, 2025);
	for (size_t i = 0; i < FIGURES; i++) {
		long a = ours(&lab, figures[i].query);
		long b = theirs(log, figures[i].word);

		print_message("%-5s %-10s %ld, pflogsumm %ld\n", d->host,
		    figures[i].word, a, b);
		assert_int_equal(a, b);
		if (i == 0)
			assert_true(a > d->least);
	}
	lab_close(&lab);
	remove_tree(folder);
	free(folder);
}

static void
test_pflogsumm(void **state)
{
	(void)state;
	if (system("command -v pflogsumm >/dev/null 2>&1") != 0) {
		print_message("skipped: pflogsumm is not installed\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++)
		test_day(&days[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pflogsumm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
