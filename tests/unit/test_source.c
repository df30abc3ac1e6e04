/*
 * test_source.c: which files, in which order, of which year (parsers/source*.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "parsers/source.h"
#include "tests/unit/pack.h"
#include "base/banned.h"

#define SECOND INT64_C(1000000)

enum {
	/* 2026-11-20 14:00 and 2027-01-01 15:00, UTC */
	NOW = 1795183200,
	NEW_YEAR = 1798815600,
};

static char dir[] = "/tmp/mailtrace-source.XXXXXX";
static struct buf made = BUF_INIT(64 * 1024); /* names to remove, by LF */

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static const char *
in_dir(const char *name)
{
	static char path[8][200];
	static unsigned next;
	char *p = path[next++ % 8];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

/* A file of that name; t_s 0: changed just now (NOW does not matter then). */
static void
make(const char *name, enum codec codec, const char *text, int64_t t_s)
{
	struct buf b = BUF_INIT(16 << 20);
	const char *slash = strchr(name, '/');

	if (slash) {
		char sub[100];

		snprintf(sub, sizeof(sub), "%.*s", (int)(slash - name), name);
		mkdir(in_dir(sub), 0700);
	}
	pack(codec, str_c(text), &b);
	put_file(in_dir(name), buf_str(&b));
	touch(in_dir(name), t_s);
	buf_puts(&made, name);
	buf_putc(&made, '\n');
	buf_release(&b);
}

static void
clean(void)
{
	struct str rest = buf_str(&made);
	char name[100];

	while (rest.n) {
		struct str one = str_split(&rest, '\n');

		if (!one.n)
			break;
		snprintf(name, sizeof(name), STR_FMT, STR_ARG(one));
		unlink(in_dir(name));
	}
	rmdir(in_dir("a"));
	rmdir(in_dir("b"));
	buf_clear(&made);
}

static int
teardown(void **state)
{
	(void)state;
	clean();
	buf_release(&made);
	return rmdir(dir);
}

/* "name 2026-01-02 03:04:05;" of each, in order */
static void
list(const char *const *paths, size_t n, int year, int64_t now_s,
    struct buf *out)
{
	struct source_say say = { .timezone = "CET-1CEST,M3.5.0,M10.5.0/3",
		.year = year };
	struct sources src;
	struct err err;

	buf_clear(out);
	if (sources_list(&src, paths, n, &say, now_s * SECOND, &err) < 0) {
		buf_puts(out, err.msg);
		return;
	}
	for (size_t i = 0; i < src.n; i++) {
		const struct source *s = &src.s[i];
		const char *name = s->path;

		if (strncmp(name, dir, strlen(dir)) == 0)
			name += strlen(dir) + 1;
		buf_printf(out, "%s ", name);
		if (s->error)
			buf_puts(out, s->error);
		else if (s->stream)
			buf_puts(out, "stream");
		else if (s->stamped)
			stamp_print_zone(out, s->first_us, s->zone,
			    STAMP_SECONDS);
		else
			buf_puts(out, "?");
		buf_putc(out, ';');
	}
	source_list_release(&src);
}

static void
expect(int year, int64_t now_s, const char *want)
{
	const char *paths[] = { dir };
	struct buf out = BUF_INIT(64 * 1024);

	list(paths, 1, year, now_s, &out);
	assert_string_equal(buf_c(&out), want);
	buf_release(&out);
	clean();
}

/* The order is that of the content. */
static void
test_order(void **state)
{
	(void)state;
	make("mail.log", CODEC_PLAIN, "2026-11-19T00:00:01+01:00 h a[1]: x\n",
	    NOW);
	make("mail.log.1", CODEC_PLAIN, "2026-11-20T00:00:01+01:00 h a[1]: x\n",
	    NOW);
	make("mail.log-part1.xz", CODEC_XZ,
	    "2026-11-16T00:00:01+01:00 h a[1]: x\n", NOW);
	make("mail.log-20261101.gz", CODEC_GZIP,
	    "2026-11-18T00:00:01+01:00 h a[1]: x\n", NOW);
	make("mail.log.9.zst", CODEC_ZSTD,
	    "garbage\n2026-11-17 00:00:01 native\n", NOW);
	make("mail.log.2", CODEC_BZIP2,
	    "<22>1 2026-11-15T00:00:01Z h a 1 - - x\n", NOW);
	make("a/journal", CODEC_PLAIN,
	    "__REALTIME_TIMESTAMP=1794000000000000\nMESSAGE=x\n\n", NOW);
	make("a/docker.json", CODEC_PLAIN,
	    "{\"log\":\"x\\n\",\"time\":\"2026-11-14T00:00:01Z\"}\n", NOW);
	expect(0, NOW,
	    "a/journal 2026-11-06 22:20:00;"
	    "a/docker.json 2026-11-14 01:00:01;"
	    "mail.log.2 2026-11-15 01:00:01;"
	    "mail.log-part1.xz 2026-11-16 00:00:01;"
	    "mail.log.9.zst 2026-11-17 00:00:01;"
	    "mail.log-20261101.gz 2026-11-18 00:00:01;"
	    "mail.log 2026-11-19 00:00:01;"
	    "mail.log.1 2026-11-20 00:00:01;");
}

/* A folder's files that are no logs; files named by the user. */
static void
test_kinds(void **state)
{
	const char *paths[8];
	struct buf out = BUF_INIT(64 * 1024), want = BUF_INIT(64 * 1024);

	(void)state;
	make("log", CODEC_PLAIN, "Nov 20 00:00:01 h a[1]: x", NOW);
	make("empty", CODEC_PLAIN, "", NOW);
	make("notes.txt", CODEC_PLAIN, "call the customer back\n", NOW);
	make("prog", CODEC_PLAIN,
	    "\x7f"
	    "ELF\1\1\1",
	    NOW);
	make(".hidden", CODEC_PLAIN, "Nov 20 00:00:01 h a[1]: x\n", NOW);
	make("cut.gz", CODEC_PLAIN, "\x1f\x8b\x08", NOW);
	make("b/log", CODEC_PLAIN, "Nov 19 00:00:01 h a[1]: x\n", NOW);
	assert_int_equal(symlink("log", in_dir("link")), 0);
	buf_puts(&made, "link\n");
	paths[0] = dir;
	list(paths, 1, 0, NOW, &out);
	assert_string_equal(buf_c(&out),
	    "b/log 2026-11-19 00:00:01;log 2026-11-20 00:00:01;");
	/* named ones are all listed, each once */
	paths[0] = in_dir("prog");
	paths[1] = in_dir("notes.txt");
	paths[2] = in_dir("link");
	paths[3] = in_dir("log");
	paths[4] = in_dir("*og");
	paths[5] = "-";
	paths[6] = dir;
	list(paths, 7, 0, NOW, &out);
	assert_string_equal(buf_c(&out),
	    "notes.txt ?;"
	    "prog it is no log, but a program;"
	    "b/log 2026-11-19 00:00:01;link 2026-11-20 00:00:01;"
	    "- stream;");
	paths[0] = in_dir("nothing");
	list(paths, 1, 0, NOW, &out);
	buf_printf(&want, "cannot open '%s': No such file or directory",
	    paths[0]);
	assert_string_equal(buf_c(&out), buf_c(&want));
	paths[0] = in_dir("no*thing");
	list(paths, 1, 0, NOW, &out);
	assert_true(str_starts(buf_str(&out), STR("cannot open")));
	clean();
	buf_release(&out);
	buf_release(&want);
}

static const char dec[] = "Dec 29 05:00:00 h a[1]: x\n"
			  "Dec 30 23:59:59 h a[1]: x\n";
static const char dec_jan[] = "Dec 31 05:00:00 h a[1]: x\n"
			      "Jan  1 16:00:00 h a[1]: x\n";
static const char jan[] = "Jan  1 17:00:00 h a[1]: x\n"
			  "Jan  2 03:00:00 h a[1]: x\n";

static void
make_set(int64_t t0, int64_t t1, int64_t t2)
{
	make("mail.log.2.gz", CODEC_GZIP, dec, t0);
	make("mail.log.1", CODEC_PLAIN, dec_jan, t1);
	make("mail.log", CODEC_PLAIN, jan, t2);
}

/* The times of the files say the year, when they are worth something. */
static void
test_year_by_time(void **state)
{
	(void)state;
	/* as rotation leaves them, of 2021 */
	make_set(1609372799, 1609516800, 1609552800);
	expect(0, NOW,
	    "mail.log.2.gz 2020-12-29 05:00:00;"
	    "mail.log.1 2020-12-31 05:00:00;mail.log 2021-01-01 17:00:00;");
	/* ... also next to a log of today that has years */
	make_set(1609372799, 1609516800, 1609552800);
	make("b/today", CODEC_PLAIN, "2026-11-20T13:59:00Z h a[1]: x\n", NOW);
	expect(0, NOW,
	    "mail.log.2.gz 2020-12-29 05:00:00;"
	    "mail.log.1 2020-12-31 05:00:00;mail.log 2021-01-01 17:00:00;"
	    "b/today 2026-11-20 14:59:00;");
}

/* In a copy they are all the same and say nothing. */
static void
test_year_of_copy(void **state)
{
	(void)state;
	make_set(NOW, NOW, NOW);
	expect(0, NOW,
	    "mail.log.2.gz 2025-12-29 05:00:00;"
	    "mail.log.1 2025-12-31 05:00:00;mail.log 2026-01-01 17:00:00;");
	/* the year of a neighbour with years */
	make_set(NOW, NOW, NOW);
	make("other", CODEC_PLAIN, "2020-01-01T12:00:00Z h a[1]: x\n", NOW);
	expect(0, NOW,
	    "mail.log.2.gz 2019-12-29 05:00:00;"
	    "mail.log.1 2019-12-31 05:00:00;other 2020-01-01 13:00:00;"
	    "mail.log 2020-01-01 17:00:00;");
	/* of the same folder rather than of any */
	make("a/x", CODEC_PLAIN, jan, NOW);
	make("a/y", CODEC_PLAIN, "2020-01-01T12:00:00Z h a[1]: x\n", NOW);
	make("b/x", CODEC_PLAIN, jan, NOW);
	make("b/y", CODEC_PLAIN, "2023-01-01T12:00:00Z h a[1]: x\n", NOW);
	expect(0, NOW,
	    "a/y 2020-01-01 13:00:00;a/x 2020-01-01 17:00:00;"
	    "b/y 2023-01-01 13:00:00;b/x 2023-01-01 17:00:00;");
	/* copied on the day of the year its last line has */
	make_set(NEW_YEAR, NEW_YEAR, NEW_YEAR);
	make("other", CODEC_PLAIN, "2026-01-01T12:00:00Z h a[1]: x\n",
	    NEW_YEAR);
	expect(0, NEW_YEAR,
	    "mail.log.2.gz 2025-12-29 05:00:00;"
	    "mail.log.1 2025-12-31 05:00:00;other 2026-01-01 13:00:00;"
	    "mail.log 2026-01-01 17:00:00;");
}

/* Nothing known, and now lies inside the set: it stays in one piece. */
static void
test_year_in_one_piece(void **state)
{
	/* 2026-12-30 12:00 */
	const int64_t now = 1798632000;

	(void)state;
	make_set(now, now, now);
	expect(0, now,
	    "mail.log.2.gz 2025-12-29 05:00:00;"
	    "mail.log.1 2025-12-31 05:00:00;mail.log 2026-01-01 17:00:00;");
	/* two sets with half a year between them are left alone */
	make("a/x", CODEC_PLAIN, "Jun 1 00:00:00 h a[1]: x\n", NOW);
	make("b/x", CODEC_PLAIN, "Dec 1 00:00:00 h a[1]: x\n", NOW);
	expect(0, NOW, "b/x 2025-12-01 00:00:00;a/x 2026-06-01 00:00:00;");
}

static void
test_year_given(void **state)
{
	(void)state;
	/* of the last line of them all */
	make_set(NOW, NOW, NOW);
	expect(2012, NOW,
	    "mail.log.2.gz 2011-12-29 05:00:00;"
	    "mail.log.1 2011-12-31 05:00:00;mail.log 2012-01-01 17:00:00;");
	make("one", CODEC_GZIP, dec_jan, NOW);
	expect(2012, NOW, "one 2011-12-31 05:00:00;");
}

/* Its own later lines, a leap day, several years in one file. */
static void
test_year_by_content(void **state)
{
	struct buf b = BUF_INIT(8 << 20);

	(void)state;
	make("changed", CODEC_PLAIN,
	    "Dec 31 23:00:00 h a[1]: x\n"
	    "2017-01-01T00:00:00.000000+01:00 h a[1]: x\n",
	    NOW);
	expect(0, NOW, "changed 2016-12-31 23:00:00;");
	make("leap", CODEC_PLAIN,
	    "Feb 28 23:00:00 h a[1]: x\n"
	    "Feb 29 00:00:00 h a[1]: x\n",
	    NOW);
	expect(0, NOW, "leap 2024-02-28 23:00:00;");
	/* three years in one file, seen by samples only */
	for (int i = 0; i < 36; i++)
		for (int k = 0; k < 1000; k++)
			buf_printf(&b, "%s %2d 10:00:00 h a[1]: %040d\n",
			    (const char *[]){ "Jan", "Feb", "Mar", "Apr", "May",
				"Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
				"Dec" }[i % 12],
			    k / 36 + 1, k);
	make("long", CODEC_PLAIN, buf_c(&b), NOW);
	expect(0, NOW, "long 2023-01-01 10:00:00;");
	make("long", CODEC_PLAIN, buf_c(&b), NOW);
	expect(2015, NOW, "long 2013-01-01 10:00:00;");
	make("long.xz", CODEC_XZ, buf_c(&b), NOW);
	expect(2015, NOW, "long.xz 2013-01-01 10:00:00;");
	buf_release(&b);
}

/* What the operator says about one of them. */
static void
say_it(void *ctx, const char *path, struct str host, struct source_word *word)
{
	(void)ctx;
	if (str_eq(host, STR("kathmandu")))
		word->timezone = "+05:45";
	if (strstr(path, "old"))
		word->year = 2001;
	if (strstr(path, "bad"))
		word->timezone = "Moon/Crater";
}

static void
test_say(void **state)
{
	struct source_say say = { .timezone = "UTC", .say = say_it };
	const char *paths[] = { dir };
	struct buf out = BUF_INIT(4096);
	struct sources src;
	struct err err;

	(void)state;
	make("x", CODEC_PLAIN, "Nov 19 00:00:00 kathmandu a[1]: x\n", NOW);
	make("old", CODEC_PLAIN, "Nov 19 00:00:00 h a[1]: x\n", NOW);
	make("y", CODEC_PLAIN, "Nov 19 00:00:00 h a[1]: x\n", NOW);
	make("z", CODEC_PLAIN, "2026-11-18 00:00:00 native\n", NOW);
	make("zbad", CODEC_PLAIN, "Nov 19 00:00:00 h a[1]: x\n", NOW);
	assert_int_equal(sources_list(&src, paths, 1, &say, NOW * SECOND, &err),
	    0);
	for (size_t i = 0; i < src.n; i++) {
		buf_printf(&out, "%s ", strrchr(src.s[i].path, '/') + 1);
		if (src.s[i].error)
			buf_puts(&out, "error");
		else
			stamp_print(&out, src.s[i].first_us, "UTC",
			    STAMP_MINUTES);
		buf_putc(&out, ';');
	}
	assert_string_equal(buf_c(&out),
	    "zbad error;old 2001-11-19 00:00;"
	    "z 2026-11-18 00:00;x 2026-11-18 18:15;y 2026-11-19 00:00;");
	source_list_release(&src);
	buf_release(&out);
	clean();
}

/* The word is said about a set: what was rotated away is older. */
static void
say_set(void *ctx, const char *path, struct str host, struct source_word *word)
{
	static const int sets[2];

	(void)ctx;
	(void)path;
	if (str_eq(host, STR("a"))) {
		word->year = 2026;
		word->set = &sets[0];
	} else if (str_eq(host, STR("b"))) {
		word->year = 2026;
		word->set = &sets[1];
	}
}

static void
years_of(const struct source_say *say, int64_t now_s, const char *want)
{
	const char *paths[] = { dir };
	struct buf out = BUF_INIT(4096);
	struct sources src;
	struct err err;

	assert_int_equal(sources_list(&src, paths, 1, say, now_s * SECOND,
			     &err),
	    0);
	for (size_t i = 0; i < src.n; i++) {
		static const char how[] = "=!?";

		buf_printf(&out, "%s ", strrchr(src.s[i].path, '/') + 1);
		stamp_print(&out, src.s[i].first_us, "UTC", STAMP_DATE);
		buf_printf(&out, "%c;", how[src.s[i].year_how]);
	}
	assert_string_equal(buf_c(&out), want);
	source_list_release(&src);
	buf_release(&out);
}

static void
test_year_of_set(void **state)
{
	struct source_say say = { .timezone = "UTC", .say = say_set };

	(void)state;
	make("a.1", CODEC_PLAIN,
	    "Dec 20 10:00:00 a a[1]: x\nDec 31 23:00:00 a a[1]: x\n", NOW);
	make("a.0", CODEC_PLAIN, "Jan  1 00:10:00 a a[1]: x\n", NOW);
	make("b.0", CODEC_PLAIN, "Jun  1 00:10:00 b a[1]: x\n", NOW);
	/* 2027-03-01: December 2026 would be no future */
	years_of(&say, INT64_C(1803859200),
	    "a.1 2025-12-20!;a.0 2026-01-01!;b.0 2026-06-01!;");
	/* 2026-08-01: it would be, and the hole is small */
	make("a.2", CODEC_PLAIN, "Aug  9 10:00:00 a a[1]: x\n", NOW);
	make("a.3", CODEC_PLAIN, "Mar  9 10:00:00 a a[1]: x\n", NOW);
	years_of(&say, INT64_C(1785542400),
	    "a.2 2025-08-09!;a.1 2025-12-20!;a.0 2026-01-01!;"
	    "a.3 2026-03-09!;b.0 2026-06-01!;");
	clean();
}

/* What was read before and has years stands for what comes now. */
static void
test_year_by_store(void **state)
{
	struct source_known known[] = {
		{ "/elsewhere/log", INT64_C(1764547200) * SECOND,
		    INT64_C(1767312000) *
			SECOND }, /* 2025-12-01 to 2026-01-02 */
	};
	struct source_say say = { .timezone = "UTC" };

	(void)state;
	make("dec", CODEC_PLAIN, "Dec 24 10:00:00 h a[1]: x\n", NOW);
	make("jan", CODEC_PLAIN, "Jan  1 10:00:00 h a[1]: x\n", NOW);
	make("jul", CODEC_PLAIN, "Jul  1 10:00:00 h a[1]: x\n", NOW);
	/* 2027-03-01 */
	years_of(&say, INT64_C(1803859200),
	    "jul 2026-07-01?;dec 2026-12-24?;jan 2027-01-01?;");
	say.known = known;
	say.nknown = 1;
	years_of(&say, INT64_C(1803859200),
	    "dec 2025-12-24=;jan 2026-01-01=;jul 2026-07-01?;");
	clean();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_year_by_time),
		cmocka_unit_test(test_year_of_copy),
		cmocka_unit_test(test_year_in_one_piece),
		cmocka_unit_test(test_year_given),
		cmocka_unit_test(test_year_by_content),
		cmocka_unit_test(test_say),
		cmocka_unit_test(test_year_of_set),
		cmocka_unit_test(test_year_by_store),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
