/*
 * test_reader.c: from a path to whole records; stopped and resumed anywhere, the
 * same (parsers/reader.c, piece.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "parsers/reader.h"
#include "tests/unit/pack.h"
#include "base/banned.h"

static char dir[] = "/tmp/mailtrace-reader.XXXXXX";
static char path[64];

static int
setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/log", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void
add_line(struct buf *out, const struct line *ln)
{
	buf_printf(out,
	    "%llu/%llu %lld%s " STR_FMT " " STR_FMT "[" STR_FMT "] ",
	    (unsigned long long)ln->offset, (unsigned long long)ln->number,
	    (long long)ln->t_us / 1000000, ln->flags & LINE_JOINED ? "+" : "",
	    STR_ARG(ln->host), STR_ARG(ln->prog), STR_ARG(ln->pid));
	buf_add(out, ln->text);
	buf_puts(out, "\n");
}

/* All records; with `stops`, the reader is closed and resumed after each. */
static int
read_all(bool closed, bool stops, struct buf *out, struct err *err)
{
	struct reader_opts o = { .year = 2026, .closed = closed };
	struct buf saved = BUF_INIT(4 << 20);
	struct line ln;
	int got;

	buf_clear(out);
	for (;;) {
		struct reader *r = reader_open(path, &o, err);
		uint64_t offset, number;

		if (!r) {
			buf_release(&saved);
			return -1;
		}
		while ((got = reader_next(r, &ln, err)) > 0) {
			add_line(out, &ln);
			if (stops)
				break;
		}
		offset = reader_offset(r);
		number = reader_number(r);
		buf_clear(&saved);
		reader_save(r, &saved);
		reader_close(r);
		if (got <= 0)
			break;
		o.offset = offset;
		o.number = number;
		o.state = buf_str(&saved);
	}
	buf_release(&saved);
	return got;
}

static void
expect(struct str in, bool closed, const char *want)
{
	struct buf out = BUF_INIT(8 << 20), packed = BUF_INIT(8 << 20);
	struct err err;

	put_file(path, in);
	for (int stops = 0; stops < 2; stops++) {
		assert_int_equal(read_all(closed, stops, &out, &err), 0);
		assert_string_equal(buf_c(&out), want);
	}
	if (closed) {
		pack(CODEC_ZSTD, in, &packed);
		put_file(path, buf_str(&packed));
		for (int stops = 0; stops < 2; stops++) {
			assert_int_equal(read_all(false, stops, &out, &err), 0);
			assert_string_equal(buf_c(&out), want);
		}
	}
	buf_release(&out);
	buf_release(&packed);
}

static void
test_plain(void **state)
{
	static const struct str in = STR_INIT(
	    "Jan 27 07:00:04 h a[1]: x\r\n\nJan 27 07:00:05 h a[1]: y\nJan");

	(void)state;
	expect(in, true,
	    "0/1 1769497204 h a[1] x\n27/2 1769497204  [] \n"
	    "28/3 1769497205 h a[1] y\n54/4 1769497205  [] Jan\n");
	expect(in, false,
	    "0/1 1769497204 h a[1] x\n27/2 1769497204  [] \n"
	    "28/3 1769497205 h a[1] y\n");
	expect(STR(""), true, "");
}

static void
test_exim(void **state)
{
	static const struct str in = STR_INIT(
	    "2026-01-27 07:00:04 1va58s-0002Qg-0x H=h [192.0.2.1] rejected "
	    "after DATA\n"
	    "Envelope-from: <a@b.example>\n"
	    "Envelope-to: <c@d.example>\n"
	    "    <e@f.example>\n"
	    "P Received: from x\n"
	    "\tby y\n"
	    "----------------------------------------\n"
	    "2026-01-27 07:00:05 one\n"
	    "2026-01-27 07:00:06 two\n"
	    " Suggested action: none\n");

	(void)state;
	expect(in, true,
	    "0/1 1769497204+  [] 2026-01-27 07:00:04 1va58s-0002Qg-0x H=h "
	    "[192.0.2.1] rejected after DATA\n"
	    "Envelope-from: <a@b.example>\n"
	    "Envelope-to: <c@d.example>\n"
	    "    <e@f.example>\n"
	    "P Received: from x\n"
	    "\tby y\n"
	    "----------------------------------------\n"
	    "213/8 1769497205  [] 2026-01-27 07:00:05 one\n"
	    "237/9 1769497206+  [] 2026-01-27 07:00:06 two\n"
	    " Suggested action: none\n");
	/* a file that grows: the record ends where the bytes do */
	expect(str_head(in, in.n - 1), false,
	    "0/1 1769497204+  [] 2026-01-27 07:00:04 1va58s-0002Qg-0x H=h "
	    "[192.0.2.1] rejected after DATA\n"
	    "Envelope-from: <a@b.example>\n"
	    "Envelope-to: <c@d.example>\n"
	    "    <e@f.example>\n"
	    "P Received: from x\n"
	    "\tby y\n"
	    "----------------------------------------\n"
	    "213/8 1769497205  [] 2026-01-27 07:00:05 one\n");
}

static void
test_pieces(void **state)
{
	static const struct str in = STR_INIT(
	    "Jan 27 07:00:04 h exim[7]: [1/3] 2026-01-27 07:00:03 1abcde-0000ab-cd rejected from\n"
	    "Jan 27 07:00:04 h exim[8]: [1/2] other pid, never ends\n"
	    "Jan 27 07:00:04 h exim[7]: [2/3]  <a@b.example>\n"
	    "Jan 27 07:00:04 h exim[7]: [3\\3] Envelope\n"
	    "Jan 27 07:00:05 h amavis[3]: (00003-01) Passed, <a@b.example>,...\n"
	    "Jan 27 07:00:05 h postfix/smtp[1]: y\n"
	    "Jan 27 07:00:05 h amavis[4]: (00004-01) Passed, <c@d.example>,...\n"
	    "Jan 27 07:00:05 h amavis[3]: (00003-01) ...<e@f.example>,...\n"
	    "Jan 27 07:00:05 h amavis[3]: (00003-01) ...<g@h.example>, end\n"
	    "Jan 27 07:00:05 h amavis[4]: (00004-01) something else...\n"
	    "Jan 27 07:00:05 h amavis[9]: (00009-01) ...a rest without begin\n"
	    "Jan 27 07:00:06 h exim[7]: [9/3] no piece\n");

	(void)state;
	expect(in, true,
	    "0/1 1769497203+ h exim[7] 2026-01-27 07:00:03 1abcde-0000ab-cd rejected from <a@b.example>\nEnvelope\n"
	    "295/6 1769497205 h smtp[1] y\n"
	    "229/5 1769497205+ h amavis[3] (00003-01) Passed, <a@b.example>,<e@f.example>,<g@h.example>, end\n"
	    "332/7 1769497205+ h amavis[4] (00004-01) Passed, <c@d.example>,...\n"
	    "579/11 1769497205 h amavis[9] (00009-01) ...a rest without begin\n"
	    "643/12 1769497206 h exim[7] [9/3] no piece\n"
	    "84/2 1769497204+ h exim[8] other pid, never ends\n"
	    "521/10 1769497205+ h amavis[4] (00004-01) something else...\n");
}

static void
test_containers(void **state)
{
	struct buf in = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);

	(void)state;
	buf_puts(&in,
	    "2026-01-27T07:00:04.1Z stdout P Jan 27 07:00:04 mx postfix/smtpd[61]: one,\n"
	    "2026-01-27T07:00:04.2Z stdout P  two: 3,\n"
	    "2026-01-27T07:00:04.3Z stdout F  Jan 27 07:00:05 mx x[1]: four\n"
	    "2026-01-27T07:00:04.4Z stdout F Jan 27 07:00:05 mx postfix/smtpd[61]: five\n");
	buf_puts(&want,
	    "0/1 1769497204+ mx smtpd[61] one, two: 3, Jan 27 07:00:05 mx x[1]: four\n"
	    "179/4 1769497205 mx smtpd[61] five\n");
	expect(buf_str(&in), true, buf_c(&want));
	/* docker cuts at 16 KiB */
	buf_clear(&in);
	buf_clear(&want);
	buf_puts(&in, "{\"log\":\"postfix/smtpd[61]: ");
	buf_puts(&want, "0/1 1769497204+  smtpd[61] ");
	for (int i = 0; i < 16384 - 19; i++) {
		buf_putc(&in, 'a');
		buf_putc(&want, 'a');
	}
	buf_puts(&in, "\",\"time\":\"2026-01-27T07:00:04.5Z\"}\n"
		      "{\"log\":\"tail\\n\","
		      "\"time\":\"2026-01-27T07:00:04.5Z\"}\n");
	buf_printf(&want, "tail\n%zu/3 1769497204  qmgr[1] next\n", in.n);
	buf_puts(&in, "{\"log\":\"postfix/qmgr[1]: next\\n\","
		      "\"time\":\"2026-01-27T07:00:04.5Z\"}\n");
	expect(buf_str(&in), true, buf_c(&want));
	buf_release(&in);
	buf_release(&want);
}

static void
test_journal(void **state)
{
	static const struct str in =
	    STR_INIT("__REALTIME_TIMESTAMP=1769497204000000\n"
		     "SYSLOG_IDENTIFIER=postfix/smtpd\n_PID=7\n_HOSTNAME=h\n"
		     "MESSAGE=connect\n\n"
		     "__REALTIME_TIMESTAMP=1769497205000000\n_COMM=a\n"
		     "MESSAGE\n\x05\0\0\0\0\0\0\0two\n\n\n\n");

	(void)state;
	expect(in, true,
	    "0/1 1769497204 h smtpd[7] connect\n"
	    "106/7 1769497205  a[] two  \n");
}

/* More pieces than may wait; pieces that grow too long; too old. */
static void
test_limits(void **state)
{
	struct buf in = BUF_INIT(16 << 20), out = BUF_INIT(16 << 20),
		   again = BUF_INIT(16 << 20);
	struct err err;
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_printf(&in,
		    "Jan 27 07:00:05 h amavis[%d]: (%d-01) Passed "
		    "number %d ...\n",
		    i, i, i);
	for (int i = 0; i < 200; i++) {
		buf_puts(&in, "Jan 27 07:00:05 h amavis[999]: (999-01) ");
		buf_puts(&in, i ? "..." : "");
		for (int k = 0; k < 900; k++)
			buf_putc(&in, 'x');
		buf_puts(&in, "...\n");
	}
	for (int i = 0; i < 5000; i++)
		buf_printf(&in, "Jan 27 07:00:06 h postfix/smtp[1]: %d\n", i);
	put_file(path, buf_str(&in));
	assert_int_equal(read_all(true, false, &out, &err), 0);
	for (size_t i = 0; i < out.n; i++)
		lines += out.p[i] == '\n';
	/* all hundred, the long one cut, the rest */
	assert_int_equal(lines, 100 + 1 + 5000);
	for (int i = 0; i < 100; i++) {
		char what[60];

		snprintf(what, sizeof(what), "] (%d-01) Passed number %d ...\n",
		    i, i);
		assert_true(str_find(buf_str(&out), str_c(what)) > 0);
	}
	assert_int_equal(read_all(true, true, &again, &err), 0);
	assert_int_equal(again.n, out.n);
	assert_memory_equal(again.p, out.p, out.n);
	buf_release(&in);
	buf_release(&out);
	buf_release(&again);
}

/* A record at the border of every block and longer than one. */
static void
test_blocks(void **state)
{
	struct buf in = BUF_INIT(64 << 20), out = BUF_INIT(64 << 20),
		   all = BUF_INIT(64 << 20);
	struct reader_opts o = { .closed = true };
	struct reader *r;
	struct line ln;
	struct err err;
	uint64_t number = 1;
	size_t records = 0;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		buf_printf(&in, "2026-01-27 07:00:%02d record %d\n", i % 60, i);
		for (int k = 0; k < i % 97; k++)
			buf_printf(&in, " more of record %d, line %d\n", i, k);
	}
	put_file(path, buf_str(&in));
	r = reader_open(path, &o, &err);
	assert_non_null(r);
	while (reader_next(r, &ln, &err) > 0) {
		assert_int_equal(ln.offset, all.n);
		assert_int_equal(ln.number, number);
		buf_add(&all, ln.raw);
		buf_putc(&all, '\n');
		number += records % 97 + 1;
		records++;
	}
	assert_int_equal(records, 4000);
	assert_int_equal(all.n, in.n);
	assert_memory_equal(all.p, in.p, in.n);
	reader_close(r);
	/* a continuation far beyond the limit is cut, what follows is not */
	buf_clear(&in);
	buf_puts(&in, "2026-01-27 07:00:00 long\n");
	for (int i = 0; i < 50000; i++)
		buf_printf(&in, " continued %d\n", i);
	buf_puts(&in, "2026-01-27 07:00:01 next\n");
	put_file(path, buf_str(&in));
	r = reader_open(path, &o, &err);
	assert_int_equal(reader_next(r, &ln, &err), 1);
	assert_true(ln.flags & LINE_CUT);
	assert_true(ln.raw.n <= 64 * 1024 && ln.raw.n > 60000);
	assert_int_equal(reader_next(r, &ln, &err), 1);
	assert_true(str_ends(ln.raw, STR("next")));
	assert_int_equal(ln.number, 50002);
	assert_int_equal(reader_next(r, &ln, &err), 0);
	reader_close(r);
	buf_release(&in);
	buf_release(&out);
	buf_release(&all);
}

static void
test_growing(void **state)
{
	struct reader_opts o = { .year = 2026 };
	struct reader *r;
	struct line ln;
	struct err err;
	FILE *f;

	(void)state;
	put_file(path, STR("Jan 27 07:00:04 h a[1]: x\nJan 27 07:00"));
	r = reader_open(path, &o, &err);
	assert_int_equal(reader_next(r, &ln, &err), 1);
	assert_int_equal(reader_next(r, &ln, &err), 0);
	assert_int_equal(reader_offset(r), 26);
	f = fopen(path, "ab");
	fprintf(f, ":05 h a[1]: y\n2026-01-27 07:00:06 native\n more");
	fclose(f);
	assert_int_equal(reader_next(r, &ln, &err), 1);
	assert_true(str_eq(ln.text, STR("y")));
	/* not known to be whole */
	assert_int_equal(reader_next(r, &ln, &err), 0);
	assert_int_equal(reader_offset(r), 52);
	f = fopen(path, "ab");
	fprintf(f, " of it\n");
	fclose(f);
	assert_int_equal(reader_next(r, &ln, &err), 1);
	assert_true(
	    str_eq(ln.text, STR("2026-01-27 07:00:06 native\n more of it")));
	assert_int_equal(reader_next(r, &ln, &err), 0);
	reader_close(r);
}

static void
test_broken(void **state)
{
	struct buf in = BUF_INIT(1 << 20), packed = BUF_INIT(1 << 20),
		   out = BUF_INIT(1 << 20);
	struct err err;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_printf(&in, "Jan 27 07:%02d:%02d h a[%d]: %x\n",
		    i / 60 % 60, i % 60, i, i * 2654435761u);
	pack(CODEC_GZIP, buf_str(&in), &packed);
	put_file(path, str_head(buf_str(&packed), packed.n / 2));
	assert_int_equal(read_all(false, false, &out, &err), -1);
	assert_non_null(strstr(err.msg, "cut short"));
	assert_true(out.n > 10000);
	/* whole lines only: the last one is the beginning of none */
	{
		struct str all = buf_str(&out);
		ptrdiff_t nl = str_rchr(str_head(all, all.n - 1), '\n');
		struct str last = str_from(all, (size_t)nl + 1);
		ptrdiff_t text = str_find(last, STR("] "));
		struct str tail = str_from(last, (size_t)text + 2);
		struct buf look = BUF_INIT(100);

		/* text and LF as the input has them */
		buf_puts(&look, ": ");
		buf_add(&look, tail);
		assert_true(str_find(buf_str(&in), buf_str(&look)) > 0);
		buf_release(&look);
	}
	put_file(path, STR("\x7f"
			   "ELF\1\1\1"));
	assert_int_equal(read_all(false, false, &out, &err), -1);
	assert_non_null(strstr(err.msg, "is no log, but a program"));
	assert_int_equal(read_all(false, false, &out, &err), -1);
	buf_release(&in);
	buf_release(&packed);
	buf_release(&out);
}

static void
test_state_damaged(void **state)
{
	struct reader_opts o = { .year = 2026 };
	struct buf saved = BUF_INIT(1 << 20);
	struct reader *r;
	struct line ln;
	struct err err;

	(void)state;
	put_file(path,
	    STR("Jan 27 07:00:05 h amavis[3]: (00003-01) Passed ...\n"
		"Jan 27 07:00:05 h postfix/smtp[1]: y\n"));
	r = reader_open(path, &o, &err);
	assert_int_equal(reader_next(r, &ln, &err), 1);
	reader_save(r, &saved);
	reader_close(r);
	o.offset = 51;
	for (size_t n = 1; n < saved.n; n++) {
		char *copy = malloc(n);

		memcpy(copy, saved.p, n);
		o.state = str_make(copy, n);
		assert_null(reader_open(path, &o, &err));
		assert_non_null(strstr(err.msg, "damaged"));
		free(copy);
	}
	for (size_t i = 0; i < saved.n; i++) {
		saved.p[i] = (char)~saved.p[i];
		o.state = buf_str(&saved);
		r = reader_open(path, &o, &err);
		while (r && reader_next(r, &ln, &err) > 0)
			;
		reader_close(r);
		saved.p[i] = (char)~saved.p[i];
	}
	buf_release(&saved);
}

static void
test_line_at(void **state)
{
	static const struct str in =
	    STR_INIT("Jan 27 07:00:05 h amavis[3]: (00003-01) Passed ...\n"
		     "Jan 27 07:00:05 h postfix/smtp[1]: y\r\n"
		     "Jan 27 07:00:05 h amavis[3]: (00003-01) ...rest\n"
		     "2026-01-27 07:00:06 native\n more\n"
		     "Jan 27 07:00:07 h a[1]: z\n");
	static const struct {
		uint64_t at;
		const char *raw;
	} rows[] = {
		{ 0, "Jan 27 07:00:05 h amavis[3]: (00003-01) Passed ...\n"
		     "Jan 27 07:00:05 h amavis[3]: (00003-01) ...rest" },
		{ 51, "Jan 27 07:00:05 h postfix/smtp[1]: y" },
		{ 137, "2026-01-27 07:00:06 native\n more" },
		{ 170, "Jan 27 07:00:07 h a[1]: z" },
	};
	struct reader_opts o = { .year = 2026, .closed = true };
	struct buf packed = BUF_INIT(1 << 20), raw = BUF_INIT(1 << 20);
	struct err err;

	(void)state;
	for (enum codec c = 0; c < CODECS; c++) {
		buf_clear(&packed);
		pack(c, in, &packed);
		put_file(path, buf_str(&packed));
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			assert_int_equal(reader_line_at(path, rows[i].at, &o,
					     &raw, &err),
			    0);
			assert_string_equal(buf_c(&raw), rows[i].raw);
		}
		assert_int_equal(reader_line_at(path, 196, &o, &raw, &err), -1);
		assert_non_null(strstr(err.msg, "no line at byte 196"));
	}
	assert_int_equal(reader_line_at("/nowhere", 0, &o, &raw, &err), -1);
	buf_release(&packed);
	buf_release(&raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_exim),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_state_damaged),
		cmocka_unit_test(test_line_at),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
