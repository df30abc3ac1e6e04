/*
 * test_lines.c: the same lines however the bytes are chopped (parsers/lines.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "parsers/lines.h"
#include "tests/unit/guard.h"
#include "base/banned.h"

static struct guard guard;

/* "offset/number/flags:raw|" of every line, the bytes in views of `step`. */
static void
split(struct str in, size_t step, bool close, struct buf *out)
{
	struct lines l;
	struct line ln;
	size_t at = 0;

	buf_clear(out);
	lines_init(&l, 0, 0);
	do {
		size_t keep = lines_left(&l), n = in.n - at;

		assert_true(keep <= LINES_KEEP_MAX);
		if (n > step)
			n = step;
		/* what is kept, and the next bytes, end at a wall */
		lines_feed(&l,
		    guard_put(&guard, str_make(in.p + at - keep, keep + n)));
		at += n;
		if (at == in.n && close)
			lines_close(&l);
		while (lines_next(&l, &ln)) {
			buf_printf(out,
			    "%llu/%llu/%u:", (unsigned long long)ln.offset,
			    (unsigned long long)ln.number, ln.flags);
			buf_add(out, ln.raw);
			buf_putc(out, '|');
		}
	} while (at < in.n);
	assert_false(out->toobig);
	lines_release(&l);
}

static void
test_split(void **state)
{
	static const struct {
		struct str in;
		const char *want;
	} rows[] = {
		{ STR_INIT(""), "" },
		{ STR_INIT("\n"), "0/1/0:|" },
		{ STR_INIT("a\nb\n"), "0/1/0:a|2/2/0:b|" },
		{ STR_INIT("a\nb"), "0/1/0:a|2/2/0:b|" },
		{ STR_INIT("a\r\nb\r\r\n"), "0/1/0:a|3/2/0:b\r|" },
		{ STR_INIT("\r\n"), "0/1/0:|" },
		{ STR_INIT("\n\n\nx\n"), "0/1/0:|1/2/0:|2/3/0:|3/4/0:x|" },
		{ STR_INIT("a\0b\0\0\nc\n"), "0/1/2:ab|6/2/0:c|" },
		{ STR_INIT("\0\0\0\0\n"), "0/1/2:|" },
		{ STR_INIT("\0\0\0\0Jan 27\n"), "0/1/2:Jan 27|" },
		{ STR_INIT("a\0\r\n"), "0/1/2:a|" },
		{ STR_INIT("a\tb\nc\033[0m\nd\n"),
		    "0/1/0:a\tb|4/2/512:c\033[0m|10/3/0:d|" },
		{ STR_INIT("\0\033\n"), "0/1/514:\033|" },
		{ STR_INIT("\xef\xbb\xbfx\ny\n"), "3/1/0:x|5/2/0:y|" },
		{ STR_INIT("x\n\xef\xbb\xbfy\n"),
		    "0/1/0:x|2/2/0:\xef\xbb\xbfy|" },
		{ STR_INIT("0123456789abcdef0123456789abcdef\n"
			   "0123456789abcde\n0123456789abcdef\n"),
		    "0/1/0:0123456789abcdef0123456789abcdef|"
		    "33/2/0:0123456789abcde|49/3/0:0123456789abcdef|" },
	};
	struct buf out = BUF_INIT(65536);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t step = 1; step < 40; step++) {
			/* a mark is known by its first view only */
			if (step < 3 &&
			    str_starts(rows[i].in, STR("\xef\xbb\xbf")))
				continue;
			split(rows[i].in, step, true, &out);
			assert_string_equal(buf_c(&out), rows[i].want);
		}
	/* without the end of the input the last line is not whole */
	split(STR("a\nb"), 100, false, &out);
	assert_string_equal(buf_c(&out), "0/1/0:a|");
	buf_release(&out);
}

/* Lines around the limit: the same cut at every chopping. */
static void
test_long(void **state)
{
	static const size_t steps[] = { 1000, 4096, LINE_MAX_BYTES - 1,
		LINE_MAX_BYTES, LINE_MAX_BYTES + 1, 100000 };
	struct buf in = BUF_INIT(4 << 20), one = BUF_INIT(8 << 20),
		   out = BUF_INIT(8 << 20);

	(void)state;
	for (int d = -2; d <= 2; d++) {
		for (int i = 0; i < LINE_MAX_BYTES + d; i++)
			buf_putc(&in, (char)('a' + i % 26));
		buf_puts(&in, d & 1 ? "\nx\n" : "\r\nx\n");
	}
	for (int i = 0; i < 1000000; i++)
		buf_putc(&in, 'y');
	buf_puts(&in, "\nafter\n");
	for (int i = 0; i < 3 * LINE_MAX_BYTES; i++)
		buf_putc(&in, 'z');
	split(buf_str(&in), 90000, true, &one);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		split(buf_str(&in), steps[i], true, &out);
		assert_int_equal(out.n, one.n);
		assert_memory_equal(out.p, one.p, out.n);
	}
	assert_int_equal(str_find(buf_str(&one), STR("/12/0:after|")) > 0, 1);
	/* what was cut has the limit's length and says so */
	assert_true(str_find(buf_str(&one), STR("/11/1:yyyy")) > 0);
	assert_true(str_find(buf_str(&one), STR("/13/1:zzzz")) > 0);
	assert_true(one.n < 9 * (LINE_MAX_BYTES + 40));
	buf_release(&in);
	buf_release(&one);
	buf_release(&out);
}

static void
test_join(void **state)
{
	struct str in = STR("one\n two\r\n three\nfour\n"), head;
	struct lines l;
	struct line ln;

	(void)state;
	lines_init(&l, 100, 7);
	lines_feed(&l, guard_put(&guard, str_head(in, 8)));
	assert_true(lines_next(&l, &ln));
	assert_int_equal(lines_peek(&l, &head), -1);
	lines_hold(&l);
	assert_int_equal(lines_left(&l), 8);
	assert_int_equal(lines_offset(&l), 100);
	lines_feed(&l, guard_put(&guard, in));
	assert_true(lines_next(&l, &ln));
	assert_int_equal(ln.number, 8);
	assert_int_equal(lines_peek(&l, &head), 1);
	assert_true(str_eq(head, STR(" two\r")));
	assert_true(lines_take(&l, &ln));
	assert_true(str_eq(ln.raw, STR("one\n two")));
	assert_true(lines_take(&l, &ln));
	assert_true(str_eq(ln.raw, STR("one\n two\r\n three")));
	assert_int_equal(ln.flags, LINE_JOINED);
	assert_int_equal(ln.offset, 100);
	assert_true(lines_next(&l, &ln));
	assert_true(str_eq(ln.raw, STR("four")));
	assert_int_equal(ln.number, 11);
	assert_int_equal(lines_peek(&l, &head), -1);
	lines_close(&l);
	assert_int_equal(lines_peek(&l, &head), 0);
	assert_false(lines_take(&l, &ln));
	lines_release(&l);
}

static void
test_join_limit(void **state)
{
	struct buf in = BUF_INIT(1 << 20);
	struct lines l;
	struct line ln;
	int taken = 0;

	(void)state;
	for (int i = 0; i < 3000; i++)
		buf_printf(&in, "%s%038d\n", i ? " " : "", i);
	lines_init(&l, 0, 0);
	lines_feed(&l, guard_put(&guard, buf_str(&in)));
	assert_true(lines_next(&l, &ln));
	while (lines_take(&l, &ln))
		taken++;
	assert_true(ln.raw.n <= LINE_MAX_BYTES);
	assert_true(ln.raw.n > LINE_MAX_BYTES - 50);
	/* what did not fit is there as lines of its own */
	assert_true(lines_next(&l, &ln));
	assert_int_equal(ln.number, taken + 2);
	lines_release(&l);
	buf_release(&in);
}

static void
test_bytes(void **state)
{
	struct str in = STR("head\n\n\0\n\033binary\nline\n");
	struct lines l;
	struct line ln;
	struct str s;

	(void)state;
	lines_init(&l, 0, 0);
	lines_feed(&l, guard_put(&guard, in));
	assert_true(lines_next(&l, &ln));
	s = lines_bytes(&l, 10);
	assert_true(str_eq(s, STR("\n\0\n\033binary")));
	assert_int_equal(lines_offset(&l), 15);
	assert_true(lines_next(&l, &ln));
	assert_int_equal(ln.raw.n, 0);
	assert_true(lines_next(&l, &ln));
	assert_true(str_eq(ln.raw, STR("line")));
	assert_int_equal(lines_bytes(&l, 5).n, 0);
	lines_release(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_join_limit),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
