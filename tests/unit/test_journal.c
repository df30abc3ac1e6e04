/*
 * test_journal.c: the export format, in any chopping (parsers/journal.c).  JSON is one
 * of the forms of test_syslog.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "parsers/journal.h"
#include "tests/unit/guard.h"
#include "base/banned.h"

static struct guard guard;

/* Every entry as "offset/number raw|". */
static void
read_all(struct str in, size_t step, struct buf *out)
{
	struct journal j;
	struct lines l;
	struct syslog sl;
	struct line ln;
	size_t at = 0;

	buf_clear(out);
	lines_init(&l, 0, 0);
	journal_init(&j);
	syslog_init(&sl, NULL, 2026);
	do {
		size_t keep = lines_left(&l), n = in.n - at;

		if (n > step)
			n = step;
		lines_feed(&l,
		    guard_put(&guard, str_make(in.p + at - keep, keep + n)));
		at += n;
		if (at == in.n)
			lines_close(&l);
		while (journal_next(&j, &l, &sl, &ln) > 0) {
			struct buf head = BUF_INIT(1 << 20);

			buf_printf(out, "%llu/%llu%s ",
			    (unsigned long long)ln.offset,
			    (unsigned long long)ln.number,
			    ln.flags & LINE_CUT ? "cut" : "");
			buf_add(out, ln.raw);
			buf_putc(out, '|');
			if (ln.flags & LINE_CANON_HDR) {
				assert_true(syslog_print_header(ln.frame,
				    ln.flags, ln.t_us, ln.tz_min, NULL, ln.host,
				    ln.tag, ln.pid, &head));
				buf_add(&head, ln.text);
				assert_true(str_eq(buf_str(&head), ln.raw));
			}
			buf_release(&head);
		}
	} while (at < in.n);
	assert_false(out->toobig);
	journal_release(&j);
	lines_release(&l);
	syslog_release(&sl);
}

static const struct str sample =
    STR_INIT("__CURSOR=s=1;i=2\n"
	     "__REALTIME_TIMESTAMP=1795183200123456\n"
	     "_SOURCE_REALTIME_TIMESTAMP=1795183200123400\n"
	     "PRIORITY=6\n"
	     "SYSLOG_IDENTIFIER=postfix/smtpd\n"
	     "SYSLOG_PID=77\n_PID=78\n"
	     "_HOSTNAME=mx1\n"
	     "MESSAGE=connect from x=y[192.0.2.1]\n"
	     "\n"
	     "__CURSOR=s=1;i=3\n"
	     "__REALTIME_TIMESTAMP=1795183201000000\n"
	     "COREDUMP\n\x0c\0\0\0\0\0\0\0\n\n\0MESSAGE=x\n"
	     "_COMM=dovecot\n"
	     "_HOSTNAME=mx1\n"
	     "MESSAGE\n\x0e\0\0\0\0\0\0\0a\nb\0\033[1mc\033[0md\n"
	     "\n"
	     "\n"
	     "__CURSOR=no message\n"
	     "\n"
	     "__REALTIME_TIMESTAMP=nonsense\n"
	     "MESSAGE=message repeated 3 times: [ x]\n"
	     "SYSLOG_IDENTIFIER=a\n"
	     "_PID=abc\n"
	     "\n"
	     "__REALTIME_TIMESTAMP=1795183202000000\n"
	     "MESSAGE=unfinished");

static const char sample_means[] =
    "0/1 2026-11-20T14:00:00.123400+00:00 mx1 postfix/smtpd[77]: connect from x=y[192.0.2.1]|"
    "215/11 2026-11-20T14:00:01.000000+00:00 mx1 dovecot: a b cd|"
    "382/21 2026-11-20T14:00:01.000000+00:00  a: message repeated 3 times: [ x]|"
    "481/26 2026-11-20T14:00:02.000000+00:00  : unfinished|";

static void
test_export(void **state)
{
	struct buf out = BUF_INIT(1 << 20);

	(void)state;
	assert_true(journal_is_export(sample));
	assert_false(journal_is_export(STR("Jan  1 00:00:00 a b: c")));
	for (size_t step = 1; step < 700; step += step < 60 ? 1 : 53) {
		print_message("# %zu\n", step);
		read_all(sample, step, &out);
		assert_string_equal(buf_c(&out), sample_means);
	}
	buf_release(&out);
}

static void
test_damaged(void **state)
{
	static const unsigned char bytes[] = { 0, '\n', '=', 0xff, 'A' };
	struct buf out = BUF_INIT(1 << 20);
	char in[1024];

	(void)state;
	assert_true(sample.n <= sizeof(in));
	memcpy(in, sample.p, sample.n);
	for (size_t n = 0; n <= sample.n; n++) {
		read_all(str_head(sample, n), 4096, &out);
		read_all(str_from(sample, n), 4096, &out);
	}
	for (size_t i = 0; i < sample.n; i++)
		for (size_t k = 0; k < sizeof(bytes); k++) {
			in[i] = (char)bytes[k];
			read_all(str_make(in, sample.n), 4096, &out);
			in[i] = sample.p[i];
		}
	buf_release(&out);
}

/* Long messages are cut, long other fields passed over, many fields too. */
static void
test_limits(void **state)
{
	struct buf in = BUF_INIT(4 << 20), out = BUF_INIT(4 << 20);
	char size[8] = { 0 };

	(void)state;
	buf_puts(&in, "__REALTIME_TIMESTAMP=1795183200123456\nOTHER\n");
	size[2] = 8; /* 512 KiB */
	buf_addn(&in, size, 8);
	for (int i = 0; i < 512 * 1024; i++)
		buf_putc(&in, (char)i);
	buf_puts(&in, "\nMESSAGE\n");
	size[2] = 2; /* 128 KiB */
	buf_addn(&in, size, 8);
	for (int i = 0; i < 128 * 1024; i++)
		buf_putc(&in, 'm');
	buf_puts(&in, "\n_HOSTNAME=h\nSYSLOG_IDENTIFIER=t\n");
	for (int i = 0; i < 10000; i++)
		buf_printf(&in, "F%d=x\n", i);
	buf_puts(&in,
	    "\n__REALTIME_TIMESTAMP=1795183200123456\nMESSAGE=next\n\n");
	/* a length nobody has */
	buf_puts(&in, "MESSAGE\n");
	memset(size, 0xff, 8);
	buf_addn(&in, size, 8);
	buf_puts(&in, "x");
	read_all(buf_str(&in), 100000, &out);
	assert_true(str_starts(buf_str(&out),
	    STR("0/1cut 2026-11-20T14:00:00.123456+00:00 h t: mmmmm")));
	assert_true(out.n < 70000);
	assert_true(str_find(buf_str(&out), STR(" next|")) > 0);
	buf_release(&in);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_export),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
