/*
 * test_input.c: decoders, views, fingerprints (parsers/input*.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/pack.h"
#include "base/banned.h"

static char dir[] = "/tmp/mailtrace-input.XXXXXX";
static char path[64], link_path[64];
static struct buf text = BUF_INIT(8 << 20);

static int
setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(link_path, sizeof(link_path), "%s/link", dir);
	for (int i = 0; i < 20000; i++)
		buf_printf(&text,
		    "Jan 27 07:%02d:%02d mail postfix/smtp[%d]: "
		    "line %d, as different as %x\n",
		    i / 60 % 60, i % 60, i * 7, i, i * 2654435761u);
	return symlink("log", link_path);
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(link_path);
	buf_release(&text);
	return rmdir(dir);
}

/* Everything from that offset; keeps some bytes from view to view. */
static int
read_all(const char *name, uint64_t offset, const struct input_opts *opts,
    size_t keep, struct buf *out, struct err *err)
{
	struct input *in = input_open(name, offset, opts, err);
	struct str view = STR(""), tail;
	char old[INPUT_KEEP];
	int r;

	buf_clear(out);
	if (!in)
		return -1;
	do {
		size_t k = keep < view.n ? keep : view.n;

		tail = str_from(view, view.n - k);
		memcpy(old, tail.p, k);
		r = input_next(in, k, &view, err);
		if (r > 0) {
			assert_true(view.n > k);
			assert_true(view.n <= k + INPUT_BLOCK);
			assert_memory_equal(view.p, old, k);
			buf_add(out, str_from(view, k));
		}
	} while (r > 0);
	/* the end stays the end, and the last view as it was */
	if (r == 0) {
		assert_int_equal(input_next(in, 0, &tail, err), 0);
		if (keep && view.n >= keep)
			assert_memory_equal(view.p + view.n - keep,
			    out->p + out->n - keep, keep);
	}
	input_close(in);
	return r;
}

static void
same(const struct buf *got, struct str want)
{
	assert_int_equal(got->n, want.n);
	assert_memory_equal(got->p, want.p, want.n);
}

static void
test_codecs(void **state)
{
	static const size_t keeps[] = { 0, 1, 100, INPUT_KEEP };
	struct buf packed = BUF_INIT(16 << 20), out = BUF_INIT(16 << 20);
	struct err err;

	(void)state;
	for (enum codec c = 0; c < CODECS; c++) {
		print_message("# %s\n", codec_name[c]);
		buf_clear(&packed);
		pack(c, buf_str(&text), &packed);
		assert_int_equal(codec_of(buf_str(&packed)), c);
		put_file(path, buf_str(&packed));
		for (size_t k = 0; k < sizeof(keeps) / sizeof(*keeps); k++) {
			assert_int_equal(read_all(path, 0, NULL, keeps[k], &out,
					     &err),
			    0);
			same(&out, buf_str(&text));
		}
		/* from the middle */
		for (uint64_t off = 1; off < text.n; off = off * 11 + 3) {
			assert_int_equal(read_all(path, off, NULL, 10, &out,
					     &err),
			    0);
			same(&out, str_from(buf_str(&text), (size_t)off));
		}
		assert_int_equal(read_all(path, text.n, NULL, 0, &out, &err),
		    0);
		assert_int_equal(out.n, 0);
		assert_int_equal(read_all(path, text.n + 99, NULL, 0, &out,
				     &err),
		    0);
		assert_int_equal(out.n, 0);
	}
	buf_release(&packed);
	buf_release(&out);
}

static void
test_members(void **state)
{
	struct buf packed = BUF_INIT(16 << 20), out = BUF_INIT(16 << 20);
	struct err err;

	(void)state;
	for (enum codec c = CODEC_GZIP; c < CODECS; c++) {
		struct str all = buf_str(&text);

		print_message("# %s\n", codec_name[c]);
		buf_clear(&packed);
		pack(c, str_head(all, 70000), &packed);
		pack(c, STR(""), &packed);
		pack(c, str_head(str_from(all, 70000), 1), &packed);
		pack(c, str_from(all, 70001), &packed);
		put_file(path, buf_str(&packed));
		assert_int_equal(read_all(path, 0, NULL, 7, &out, &err), 0);
		same(&out, all);
		/* zeros behind it, as tapes and block devices leave them */
		for (int i = 0; i < 100000; i++)
			buf_putc(&packed, 0);
		put_file(path, buf_str(&packed));
		assert_int_equal(read_all(path, 0, NULL, 7, &out, &err), 0);
		same(&out, all);
		buf_puts(&packed, "and more");
		put_file(path, buf_str(&packed));
		assert_int_equal(read_all(path, 0, NULL, 7, &out, &err), -1);
		same(&out, all);
		assert_non_null(strstr(err.msg, "followed by something else"));
		assert_non_null(strstr(err.msg, path));
	}
	buf_release(&packed);
	buf_release(&out);
}

static void
test_cut(void **state)
{
	struct buf packed = BUF_INIT(16 << 20), out = BUF_INIT(16 << 20);
	struct err err;

	(void)state;
	for (enum codec c = CODEC_GZIP; c < CODECS; c++) {
		size_t last = 0;

		print_message("# %s\n", codec_name[c]);
		buf_clear(&packed);
		pack(c, buf_str(&text), &packed);
		for (size_t n = 7; n < packed.n; n += 1 + packed.n / 23) {
			put_file(path, str_head(buf_str(&packed), n));
			assert_int_equal(read_all(path, 0, NULL, 0, &out, &err),
			    -1);
			assert_non_null(strstr(err.msg, "cut short"));
			/* what there is, and that is right */
			assert_true(out.n < text.n || n > packed.n - 100);
			assert_memory_equal(text.p, out.p, out.n);
			assert_true(out.n >= last);
			last = out.n;
		}
		assert_true(last > 0);
		/* the last byte alone */
		put_file(path, str_head(buf_str(&packed), packed.n - 1));
		assert_int_equal(read_all(path, 0, NULL, 0, &out, &err), -1);
		assert_true(out.n <= text.n);
	}
	buf_release(&packed);
	buf_release(&out);
}

static void
test_damaged(void **state)
{
	struct buf packed = BUF_INIT(16 << 20), out = BUF_INIT(16 << 20);
	struct err err;

	(void)state;
	for (enum codec c = CODEC_GZIP; c < CODECS; c++) {
		print_message("# %s\n", codec_name[c]);
		for (size_t i = 1; i < 20; i++) {
			size_t at;

			buf_clear(&packed);
			pack(c, buf_str(&text), &packed);
			at = packed.n * i / 20;
			for (size_t k = at; k < at + 50 && k < packed.n; k++)
				packed.p[k] = (char)~packed.p[k];
			put_file(path, buf_str(&packed));
			assert_int_equal(read_all(path, 0, NULL, 0, &out, &err),
			    -1);
			assert_true(strstr(err.msg, "is damaged") ||
				    strstr(err.msg, "followed by something"));
		}
	}
	buf_release(&packed);
	buf_release(&out);
}

/* A few kilobytes that would be gigabytes. */
static void
test_bomb(void **state)
{
	static char zeros[8 << 20];
	struct buf packed = BUF_INIT(16 << 20);
	struct input *in;
	struct str view;
	struct err err;
	uint64_t total = 0;
	int r;

	(void)state;
	memset(zeros, '\n', sizeof(zeros));
	for (int i = 0; i < 40; i++)
		pack(CODEC_ZSTD, str_make(zeros, sizeof(zeros)), &packed);
	assert_true(packed.n < 100000);
	put_file(path, buf_str(&packed));
	in = input_open(path, 0, NULL, &err);
	assert_non_null(in);
	while ((r = input_next(in, 0, &view, &err)) > 0)
		total += view.n;
	assert_int_equal(r, -1);
	assert_non_null(strstr(err.msg, "out of all proportion"));
	assert_true(total >= INPUT_RATIO_FROM);
	assert_true(total < INPUT_RATIO_FROM + 4 * INPUT_BLOCK);
	input_close(in);
	buf_release(&packed);
}

/* Closing in the middle leaves no thread and no memory. */
static void
test_close_early(void **state)
{
	struct buf packed = BUF_INIT(16 << 20);
	struct str view;
	struct err err;

	(void)state;
	for (enum codec c = 0; c < CODECS; c++) {
		buf_clear(&packed);
		pack(c, buf_str(&text), &packed);
		put_file(path, buf_str(&packed));
		for (int views = 0; views < 3; views++) {
			struct input *in = input_open(path, 0, NULL, &err);

			for (int i = 0; i < views; i++)
				assert_int_equal(input_next(in, 0, &view, &err),
				    1);
			input_close(in);
		}
	}
	input_close(NULL);
	buf_release(&packed);
}

static void
test_refused(void **state)
{
	struct input_opts nofollow = { .nofollow = true };
	struct buf out = BUF_INIT(16 << 20);
	char fifo[80];
	struct err err;

	(void)state;
	put_file(path, STR("x\n"));
	assert_int_equal(read_all(dir, 0, NULL, 0, &out, &err), -1);
	assert_non_null(strstr(err.msg, "is a directory"));
	assert_int_equal(read_all("/nowhere/x", 0, NULL, 0, &out, &err), -1);
	assert_non_null(strstr(err.msg, "cannot open '/nowhere/x'"));
	assert_int_equal(read_all(link_path, 0, &nofollow, 0, &out, &err), -1);
	assert_non_null(strstr(err.msg, "symbolic link"));
	assert_int_equal(read_all(link_path, 0, NULL, 0, &out, &err), 0);
	/* a pipe nobody writes to: no waiting for it */
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(read_all(fifo, 0, NULL, 0, &out, &err), -1);
	assert_non_null(strstr(err.msg, "no regular file"));
	unlink(fifo);
	buf_release(&out);
}

/* A stream through a pipe, packed or not; the first view has its head. */
static void
test_stream(void **state)
{
	struct buf packed = BUF_INIT(16 << 20), out = BUF_INIT(16 << 20);
	struct input_opts opts = { .stream = true };
	char fd_path[64];
	struct err err;

	(void)state;
	for (enum codec c = 0; c < CODECS; c++) {
		FILE *p;

		print_message("# %s\n", codec_name[c]);
		buf_clear(&packed);
		pack(c, buf_str(&text), &packed);
		put_file(path, buf_str(&packed));
		for (uint64_t off = 0; off <= 300000; off += 150000) {
			char cmd[200];

			snprintf(cmd, sizeof(cmd), "cat %s", path);
			p = popen(cmd, "r");
			snprintf(fd_path, sizeof(fd_path), "/dev/fd/%d",
			    fileno(p));
			assert_int_equal(read_all(fd_path, off, &opts, 3, &out,
					     &err),
			    0);
			same(&out, str_from(buf_str(&text), (size_t)off));
			pclose(p);
		}
	}
	/* dribbled: one byte, then the rest */
	put_file(path, buf_str(&text));
	{
		char cmd[300];
		struct input *in;
		struct str view;
		FILE *p;

		snprintf(cmd, sizeof(cmd),
		    "head -c 1 %s; sleep 0.1; "
		    "tail -c +2 %s",
		    path, path);
		p = popen(cmd, "r");
		snprintf(fd_path, sizeof(fd_path), "/dev/fd/%d", fileno(p));
		in = input_open(fd_path, 0, &opts, &err);
		assert_non_null(in);
		assert_int_equal(input_next(in, 0, &view, &err), 1);
		assert_true(view.n >= INPUT_HEAD);
		assert_memory_equal(view.p, text.p, INPUT_HEAD);
		input_close(in);
		pclose(p);
	}
	buf_release(&packed);
	buf_release(&out);
}

static void
test_growing(void **state)
{
	struct input *in;
	struct input_info info;
	struct str view;
	struct err err;
	FILE *f;

	(void)state;
	put_file(path, STR("one\n"));
	in = input_open(path, 0, NULL, &err);
	assert_int_equal(input_next(in, 0, &view, &err), 1);
	assert_true(str_eq(view, STR("one\n")));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(input_next(in, 2, &view, &err), 0);
		assert_true(str_ends(view, STR("\n")));
		f = fopen(path, "ab");
		fprintf(f, "%d\n", i);
		fclose(f);
		assert_int_equal(input_next(in, 2, &view, &err), 1);
		assert_int_equal(view.n, 4);
		assert_int_equal(view.p[2], '0' + i);
	}
	assert_int_equal(input_info(in, &info, &err), 0);
	assert_int_equal(info.size, 10);
	assert_int_equal(info.read, 10);
	assert_int_equal(info.codec, CODEC_PLAIN);
	assert_true(info.regular);
	assert_int_equal(truncate(path, 3), 0);
	assert_int_equal(input_next(in, 0, &view, &err), 0);
	assert_int_equal(input_info(in, &info, &err), 0);
	assert_true(info.size < info.read);
	input_close(in);
}

static void
test_print(void **state)
{
	struct buf packed = BUF_INIT(16 << 20);
	char head[INPUT_HEAD], bytes[PRINT_BYTES];
	struct print plain, early, back, other;
	struct input_info info;
	struct err err;
	size_t n;

	(void)state;
	early = print_of(str_head(buf_str(&text), 100));
	for (enum codec c = 0; c < CODECS; c++) {
		struct print pr;

		buf_clear(&packed);
		pack(c, buf_str(&text), &packed);
		put_file(path, buf_str(&packed));
		assert_int_equal(input_head(path, NULL, head, sizeof(head), &n,
				     &info, &err),
		    0);
		assert_int_equal(n, INPUT_HEAD);
		assert_int_equal(info.codec, c);
		assert_int_equal(info.size, packed.n);
		pr = print_of(str_make(head, n));
		if (c == CODEC_PLAIN)
			plain = pr;
		assert_true(print_eq(&pr, &plain));
		/* what was read when it was shorter */
		assert_true(print_matches(&early, str_make(head, n)));
	}
	assert_false(print_matches(&plain, str_make(head, n - 1)));
	head[99]++;
	assert_false(print_matches(&early, str_make(head, n)));
	assert_true(print_unpack(print_pack(&plain, bytes), &back));
	assert_true(print_eq(&plain, &back));
	other = print_of(STR(""));
	assert_false(print_eq(&plain, &other));
	assert_false(print_unpack(str_make(bytes, PRINT_BYTES - 1), &back));
	memset(bytes, 0xff, sizeof(bytes));
	assert_false(print_unpack(str_make(bytes, PRINT_BYTES), &back));
	/* a broken one gives what it has */
	buf_clear(&packed);
	pack(CODEC_GZIP, buf_str(&text), &packed);
	put_file(path, str_head(buf_str(&packed), 700));
	assert_int_equal(input_head(path, NULL, head, sizeof(head), &n, &info,
			     &err),
	    0);
	assert_true(n > 0 && n <= sizeof(head));
	put_file(path, STR(""));
	assert_int_equal(input_head(path, NULL, head, sizeof(head), &n, &info,
			     &err),
	    0);
	assert_int_equal(n, 0);
	assert_int_equal(input_head(dir, NULL, head, sizeof(head), &n, &info,
			     &err),
	    -1);
	buf_release(&packed);
}

static void
test_binary(void **state)
{
	static char tar[512], zeros[4096];
	static const struct {
		struct str head;
		const char *what;
	} rows[] = {
		{ STR_INIT(""), NULL },
		{ STR_INIT("Jan 27 07:00:04 mail postfix/qmgr[1]: x\n"), NULL },
		{ STR_INIT("\0\0\0\0\0\0\0\0Jan 27 07:00:04 mail x: y\n"),
		    NULL },
		{ STR_INIT("caf\xe9 \xc3\xa9 \xff\xfe subject\n"), NULL },
		{ STR_INIT("\033[32mpostfix-1 | Jan\033[0m\n"), NULL },
		{ STR_INIT("\036{\"MESSAGE\":\"x\"}\n"), NULL },
		{ STR_INIT("\x7f"
			   "ELF\2\1\1"),
		    "a program" },
		{ STR_INIT("SQLite format 3\0"), "a database" },
		{ STR_INIT("PK\3\4abc"), "a zip archive" },
		{ STR_INIT("LPKSHHRH"), "a journal file" },
		{ STR_INIT("\1\2\3\4\5\6\7abcdefgh"), "binary data" },
		{ { zeros, sizeof(zeros) }, "nothing but zeros" },
		{ { tar, sizeof(tar) }, "a tar archive" },
	};

	(void)state;
	memset(tar, 'x', sizeof(tar));
	memcpy(tar + 257, "ustar", 5);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *got = input_binary(rows[i].head);

		print_message("# %zu %s\n", i, rows[i].what);
		assert_int_equal(got != NULL, rows[i].what != NULL);
		if (got)
			assert_ptr_equal(strstr(got, rows[i].what), got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codecs),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_close_early),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_binary),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
