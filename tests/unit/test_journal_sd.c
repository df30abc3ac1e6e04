/*
 * test_journal_sd.c: files of the journal as a source: the lines are those of
 * the export format, each is read once, also after the file was rotated, and
 * what was rotated away is said (parsers/journal_sd.c,
 * index/ingest_journal.c).
 *
 * The journals are made here by systemd-journal-remote from a log of
 * fixtures/lab; one is kept as a fixture, for where there is none.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/ingest.h"
#include "index/store.h"
#include "parsers/journal_sd.h"
#include "parsers/reader.h"
#include "tests/unit/pack.h"
#include "base/banned.h"

enum { PART = 300, PARTS = 4, KEPT = 40 };

#define LOG    "fixtures/lab/logs/mx1.isp.test/mail.log.xz"
#define MAKER  "/lib/systemd/systemd-journal-remote"
#define BEFORE INT64_C(1766000000000000)

static char work[] = "/tmp/mailtrace-journal.XXXXXX";
static char root[1000];
static struct buf part[PARTS]; /* of the log, in the export format */

static int
drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
add_entry(struct buf *b, const struct line *ln)
{
	buf_printf(b,
	    "__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%lld\n"
	    "_BOOT_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=" STR_FMT
	    "\nSYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=" STR_FMT "\n",
	    (long long)ln->t_us, (long long)(ln->t_us - BEFORE),
	    STR_ARG(ln->host), STR_ARG(ln->tag));
	if (ln->pid.n)
		buf_printf(b, "SYSLOG_PID=" STR_FMT "\n", STR_ARG(ln->pid));
	buf_printf(b, "MESSAGE=" STR_FMT "\n\n", STR_ARG(ln->text));
}

static int
setup(void **state)
{
	struct reader_opts o = { 0 };
	struct reader *r;
	struct line ln;
	struct err err;

	(void)state;
	for (int i = 0; i < PARTS; i++)
		buf_init(&part[i], 8 << 20);
	r = reader_open(LOG, &o, &err);
	if (!r || !getcwd(root, sizeof(root)))
		return -1;
	for (int n = 0; n < PART * PARTS; n++) {
		if (reader_next(r, &ln, &err) <= 0)
			return -1;
		add_entry(&part[n / PART], &ln);
	}
	reader_close(r);
	return mkdtemp(work) && chdir(work) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	for (int i = 0; i < PARTS; i++)
		buf_release(&part[i]);
	return chdir("/") == 0 ? nftw(work, drop, 16, FTW_DEPTH | FTW_PHYS) :
				 -1;
}

static bool
can_read(void)
{
	struct err err;

	if (journal_sd_here(&err))
		return true;
	fprintf(stderr, "skipped: journal: %s\n", err.msg);
	return false;
}

/* Also makes a new folder for the journals of a test. */
static bool
can_make(const char *folder)
{
	if (!can_read())
		return false;
	if (access(MAKER, X_OK) < 0) {
		fprintf(stderr, "skipped: journal: no " MAKER "\n");
		return false;
	}
	assert_int_equal(mkdir(folder, 0700), 0);
	return true;
}

/* A part of the log into a journal, at its end if it is there. */
static void
write_part(const char *path, int i)
{
	char cmd[300];

	put_file("in.export", buf_str(&part[i]));
	snprintf(cmd, sizeof(cmd), MAKER " -o %s - <in.export >out.log 2>&1",
	    path);
	assert_int_equal(system(cmd), 0);
}

static struct ingest_result
ingest(const char *store, const char *path)
{
	struct ingest_opts o = { .store = store, .now_us = BEFORE * 2 };
	struct ingest_result res;
	struct err err;

	if (ingest_run(&o, &path, 1, &res, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(res.lines,
	    res.events + res.ignored + res.unknown + res.foreign);
	return res;
}

/* Both sources give the same n lines. */
static void
same_lines(const char *a, const char *b, int n)
{
	struct reader_opts o = { 0 };
	struct line x, y;
	struct err err;
	struct reader *ra = reader_open(a, &o, &err);
	struct reader *rb = reader_open(b, &o, &err);
	int i = 0;

	if (!ra || !rb)
		fail_msg("%s", err.msg);
	for (; reader_next(ra, &x, &err) > 0; i++) {
		assert_int_equal(reader_next(rb, &y, &err), 1);
		assert_true(str_eq(x.raw, y.raw));
		assert_true(str_eq(x.host, y.host));
		assert_true(str_eq(x.tag, y.tag));
		assert_true(str_eq(x.pid, y.pid));
		assert_true(str_eq(x.text, y.text));
		assert_int_equal(x.t_us, y.t_us);
		assert_int_equal(x.flags, y.flags);
		assert_int_equal(y.number, i + 1);
	}
	assert_int_equal(reader_next(rb, &y, &err), 0);
	assert_int_equal(i, n);
	reader_close(ra);
	reader_close(rb);
}

/*
 * fixtures/syslog/system.journal.xz: the first KEPT lines of the log, each
 * followed by one of a program that has nothing to do with mail.
 */
static void
kept_file(void **state)
{
	char path[1100];
	struct buf b = BUF_INIT(64 << 20);
	struct input_opts none = { 0 };
	struct input *in;
	struct str view;
	struct err err;
	size_t n = 0;

	(void)state;
	if (!can_read())
		skip();
	snprintf(path, sizeof(path), "%s/fixtures/syslog/system.journal.xz",
	    root);
	in = input_open(path, 0, &none, &err);
	if (!in)
		fail_msg("%s", err.msg);
	while (input_next(in, 0, &view, &err) > 0)
		buf_add(&b, view);
	input_close(in);
	put_file("kept.journal", buf_str(&b));
	buf_release(&b);
	for (struct str rest = buf_str(&part[0]); n < KEPT; n++) {
		ptrdiff_t at = str_find(rest, STR("\n\n"));

		rest = str_from(rest, (size_t)at + 2);
		view = str_make(part[0].p, (size_t)(rest.p - part[0].p));
	}
	put_file("kept.export", view);
	same_lines("kept.export", "journal:kept.journal", KEPT);
}

static void
made_file(void **state)
{
	(void)state;
	if (!can_make("made"))
		skip();
	write_part("made/system.journal", 0);
	same_lines("in.export", "journal:made/system.journal", PART);
}

/* In pieces, rotated in between, under several names: each line once. */
static void
once(void **state)
{
	struct ingest_result res;
	uint64_t records = 0;

	(void)state;
	if (!can_make("once"))
		skip();
	write_part("once/system.journal", 0);
	res = ingest("once.store", "journal:once/system.journal");
	assert_int_equal(res.lines, PART);
	records += res.records;
	res = ingest("once.store", "journal:once");
	assert_int_equal(res.lines, 0);
	assert_int_equal(res.already, 1);
	write_part("once/system.journal", 1);
	assert_int_equal(rename("once/system.journal", "once/system@1.journal"),
	    0);
	write_part("once/system.journal", 2);
	/* what was moved is found in its folder */
	res = ingest("once.store", "journal:once/system.journal");
	assert_int_equal(res.lines, 2 * PART);
	assert_int_equal(res.lost, 0);
	records += res.records;
	res = ingest("once.store", "journal:once/sys*");
	assert_int_equal(res.lines, 0);
	res = ingest("once.store", "journal:once");
	assert_int_equal(res.lines, 0);
	assert_int_equal(res.already, 2);
	/* all at once gives no more messages than that */
	res = ingest("all.store", "journal:once");
	assert_int_equal(res.lines, 3 * PART);
	assert_true(res.records <= records);
}

static size_t
gaps(const char *path)
{
	struct store_info info;
	struct arena a = { 0 };
	struct err err;
	struct store *st = store_open(path, &err);
	size_t n;

	if (!st || store_info(st, &a, &info, &err) < 0)
		fail_msg("%s", err.msg);
	n = 0;
	for (size_t i = 0; i < info.ngap; i++)
		n += str_find(info.gap[i].why, STR("rotated away")) >= 0;
	arena_release(&a);
	store_close(st);
	return n;
}

/* Removed before it was read to its end; and one that was. */
static void
rotated_away(void **state)
{
	struct ingest_result res;
	FILE *f;

	(void)state;
	if (!can_make("away"))
		skip();
	write_part("away/system.journal", 0);
	ingest("away.store", "journal:away");
	unlink("away/system.journal");
	write_part("away/system.journal", 2);
	res = ingest("away.store", "journal:away");
	assert_int_equal(res.lines, PART);
	assert_int_equal(res.lost, 1);
	assert_int_equal(gaps("away.store"), 1);
	res = ingest("away.store", "journal:away");
	assert_int_equal(res.lost, 0);
	/* its head says that it is archived */
	f = fopen("away/system.journal", "r+");
	assert_non_null(f);
	fseek(f, 16, SEEK_SET);
	fputc(2, f);
	fclose(f);
	ingest("away.store", "journal:away");
	unlink("away/system.journal");
	write_part("away/system.journal", 3);
	res = ingest("away.store", "journal:away");
	assert_int_equal(res.lines, PART);
	assert_int_equal(res.lost, 0);
	assert_int_equal(gaps("away.store"), 1);
}

/* Damaged anywhere: one that cannot be read is said, and nothing crashes. */
static void
damaged(void **state)
{
	struct ingest_result res;
	struct journal_file head;
	struct err err;
	size_t hit = 0;

	(void)state;
	if (!can_make("bad"))
		skip();
	write_part("bad/system.journal", 0);
	assert_int_equal(journal_file_look("bad/system.journal", &head, &err),
	    0);
	for (int i = 0; i < 24; i++) {
		FILE *in = fopen("bad/system.journal", "r");
		struct buf b = BUF_INIT(64 << 20);
		size_t end;

		buf_room(&b, head.size);
		b.n = fread(b.p, 1, head.size, in);
		fclose(in);
		for (end = b.n; end && !b.p[end - 1];)
			end--;
		/* what was written last is what is read */
		for (size_t at = end - 60000 + (size_t)i * 500, n = 0;
		     n < 2000 && at + n < end; n++)
			b.p[at + n] = (char)(i % 2 ? 0 : b.p[at + n] ^ i);
		put_file("bad/x.journal", buf_str(&b));
		buf_release(&b);
		unlink("bad.store/control.db");
		nftw("bad.store", drop, 16, FTW_DEPTH | FTW_PHYS);
		res = ingest("bad.store", "journal:bad/x.journal");
		hit += res.failed;
		assert_true(res.failed == 1 || res.lines == PART);
		if (res.failed)
			assert_non_null(
			    strstr(res.first_failure.msg, "damaged"));
	}
	assert_true(hit > 12);
	put_file("bad/short.journal", STR("LPKSHHRH"));
	res = ingest("bad.store", "journal:bad/short.journal");
	assert_int_equal(res.failed, 1);
	assert_string_equal(res.first_failure.msg,
	    "'journal:bad/short.journal': 'bad/short.journal' is no journal "
	    "file");
}

/* This machine's: on disk, else in memory. */
static void
local(void **state)
{
	struct buf b = BUF_INIT(4096);
	struct err err;

	(void)state;
	assert_int_equal(system("mkdir -p m/etc m/run/log/journal"), 0);
	assert_int_equal(journal_local("m", &b, &err), -1);
	put_file("m/etc/machine-id", STR("00112233445566778899aabbccddeeff\n"));
	assert_int_equal(journal_local("m", &b, &err), -1);
	assert_non_null(strstr(err.msg, "/var/log/journal"));
	assert_int_equal(
	    system("mkdir m/run/log/journal/00112233445566778899aabbccddeeff"),
	    0);
	assert_int_equal(journal_local("m", &b, &err), 0);
	assert_string_equal(buf_c(&b),
	    "m/run/log/journal/00112233445566778899aabbccddeeff");
	assert_int_equal(
	    system("mkdir -p "
		   "m/var/log/journal/00112233445566778899aabbccddeeff"),
	    0);
	assert_int_equal(journal_local("m", &b, &err), 0);
	assert_string_equal(buf_c(&b),
	    "m/var/log/journal/00112233445566778899aabbccddeeff");
	put_file("m/etc/machine-id", STR("uninitialized\n"));
	assert_int_equal(journal_local("m", &b, &err), -1);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_file),
		cmocka_unit_test(made_file),
		cmocka_unit_test(once),
		cmocka_unit_test(rotated_away),
		cmocka_unit_test(damaged),
		cmocka_unit_test(local),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
