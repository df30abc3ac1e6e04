/*
 * test_bounce.c: bounce mails: fixtures of every make with what each says,
 * their line ends, their truncations, and limits.
 *
 * With ../shared, the collection there is cut and re-ended, too.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

#include "classify/notice.h"
#include "tests/unit/guard.h"
#include "tests/unit/rules.h"

enum { MAIL_MAX = GUARD_MAX, STEP = 200, SLOW_MS = 500 };

#define FIXTURES "fixtures/bounce"
#define SHARED	 "../shared/ndr/eml"

static struct guard guard;
static char file[MAIL_MAX];

static size_t
slurp(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return 0;
	n = fread(file, 1, sizeof(file), f);
	fclose(f);
	return n;
}

/* A class for each recipient, or that there is none. */
static void
read_all(struct bounce *b, struct arena *a, struct str mail)
{
	bounce_read(b, a, mail);
	assert_true((unsigned)b->kind < BOUNCE_KINDS);
	for (size_t i = 0; i < b->nrcpt; i++) {
		struct notice n;

		notice_classify(cl, b, &b->rcpt[i], &n);
		assert_int_not_equal(n.c.cls, CLS_NONE);
		assert_non_null(n.c.advice);
	}
}

static const struct bounce_rcpt *
rcpt_of(const struct bounce *b, const char *to)
{
	for (size_t i = 0; i < b->nrcpt; i++)
		if (str_eqi(b->rcpt[i].to, str_c(to)) ||
		    str_eqi(b->rcpt[i].original_to, str_c(to)))
			return &b->rcpt[i];
	return NULL;
}

/* ---- what they say ---- */

static void
check_row(struct str row, const char *eol)
{
	char path[300], name[100], want[5][100];
	static char ended[2 * MAIL_MAX];
	struct arena a = { 0 };
	struct bounce b;
	struct str mail;
	size_t n, m = 0;

	for (int k = 0; k < 5; k++) {
		struct str f = str_split(&row, '\t');

		snprintf(want[k], sizeof(want[k]), STR_FMT, STR_ARG(f));
	}
	snprintf(name, sizeof(name), "%s", want[0]);
	snprintf(path, sizeof(path), FIXTURES "/%s", name);
	n = slurp(path);
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		bool cr = file[i] == '\r';

		if (eol && cr && i + 1 < n && file[i + 1] == '\n')
			continue;
		if (eol && (cr || file[i] == '\n'))
			for (const char *e = eol; *e; e++)
				ended[m++] = *e;
		else
			ended[m++] = file[i];
	}
	mail = str_make(ended, m);
	read_all(&b, &a, mail);
	if (strcmp(bounce_kind_name(b.kind), want[1]) != 0)
		fail_msg("%s: is %s, not %s", name, bounce_kind_name(b.kind),
		    want[1]);
	if (strcmp(want[2], "-") != 0) {
		const struct bounce_rcpt *r = rcpt_of(&b, want[2]);
		struct notice no;

		if (!r)
			fail_msg("%s: %s is not found", name, want[2]);
		notice_classify(cl, &b, r, &no);
		if (strcmp(cls_name(no.c.cls), want[3]) != 0)
			fail_msg("%s: %s is %s by %s, not %s", name, want[2],
			    cls_name(no.c.cls), no.c.rule, want[3]);
	} else {
		assert_int_equal(b.nrcpt, 0);
	}
	if (strcmp(want[4], "-") != 0 &&
	    str_find(b.original.message_id, str_c(want[4])) < 0)
		fail_msg("%s: is about " STR_FMT, name,
		    STR_ARG(b.original.message_id));
	arena_release(&a);
}

static size_t
each_row(const char *eol)
{
	static char table[64 * 1024];
	FILE *f = fopen(FIXTURES "/expected.tsv", "rb");
	struct str rest, row;
	size_t rows = 0;

	assert_non_null(f);
	rest = str_make(table, fread(table, 1, sizeof(table), f));
	fclose(f);
	while (rest.p && rest.n) {
		row = str_split(&rest, '\n');
		if (!row.n || row.p[0] == '#')
			continue;
		check_row(row, eol);
		rows++;
	}
	return rows;
}

static void
test_fixtures(void **state)
{
	(void)state;
	assert_true(each_row(NULL) >= 70);
}

static void
test_line_ends(void **state)
{
	(void)state;
	each_row("\n");
	each_row("\r\n");
	each_row("\r");
}

/* ---- truncations ---- */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
cut_one(const char *path)
{
	size_t n = slurp(path);

	for (int cr = 0; cr < 2; cr++) {
		for (size_t k = 0; k < n + STEP; k += STEP) {
			struct str part =
			    guard_put(&guard, str_make(file, k < n ? k : n));
			struct arena a = { 0 };
			int64_t t = now_ms();
			struct bounce b;

			read_all(&b, &a, part);
			arena_release(&a);
			if (now_ms() - t > SLOW_MS)
				fail_msg("%s: %zu bytes take %d ms", path,
				    part.n, (int)(now_ms() - t));
		}
		for (size_t i = 0; i < n; i++)
			if (file[i] == '\n')
				file[i] = '\r';
	}
}

static size_t
cut_folder(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	while (d && (e = readdir(d)) != NULL) {
		char path[4096];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] == '.' || stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			n += cut_folder(path);
		} else {
			cut_one(path);
			n++;
		}
	}
	if (d)
		closedir(d);
	return n;
}

static void
test_cuts(void **state)
{
	(void)state;
	assert_true(cut_folder(FIXTURES) >= 70);
}

static void
test_cuts_of_collection(void **state)
{
	struct stat st;

	(void)state;
	if (stat(SHARED, &st) < 0) {
		printf("skipped: test_bounce: no " SHARED "\n");
		skip();
	}
	assert_true(cut_folder(SHARED) > 0);
}

/* ---- limits ---- */

static void
test_many(void **state)
{
	static const char *const pieces[] = { "<a@b.example>: no\n\n",
		"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n",
		"--b\nContent-Type: multipart/mixed; boundary=b\n\n",
		"Content-Type: message/rfc822\n\n",
		">>> RCPT TO:<a@b.example>\n", "=?utf-8?B?w7w=?= ", "<td>",
		"\n\n", "From a@b\n", "@", "<<< 5", "    ", "(reason: " };
	static char text[MAIL_MAX];

	(void)state;
	for (size_t k = 0; k < sizeof(pieces) / sizeof(*pieces); k++) {
		int w = snprintf(text, sizeof(text),
		    "From: MAILER-DAEMON@b.example\nSubject: failure notice\n"
		    "Content-Type: multipart/report; boundary=b\n\n"
		    "--b\nContent-Type: text/html\n\n"
		    "Hi. This is the qmail-send program at b.example.\n");
		size_t n, m = strlen(pieces[k]);
		struct arena a = { 0 };
		int64_t t = now_ms();
		struct bounce b;

		assert_true(w > 0);
		for (n = (size_t)w; n + m < sizeof(text); n += m)
			memcpy(text + n, pieces[k], m);
		read_all(&b, &a, str_make(text, n));
		assert_true(b.nrcpt <= BOUNCE_RCPTS_MAX);
		arena_release(&a);
		if (now_ms() - t > 4 * SLOW_MS)
			fail_msg("'%s' takes %d ms", pieces[k],
			    (int)(now_ms() - t));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_cuts_of_collection),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, rules_setup, rules_teardown);
}
