/*
 * test_ingest.c: what ingest promises: the same answers whatever the order of the files, in
 * however many pieces they came, read twice, packed, or rotated away.
 *
 * The logs are those of fixtures/lab.  An answer is everything a trace says
 * about every message, as text.
 */
#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "index/ingest.h"
#include "query/query.h"

enum { FILES_MAX = 64, ANSWER_MAX = 256 * 1024 * 1024 };

static struct classifier *cl;
static char work[] = "/tmp/mailtrace-ingest.XXXXXX";
static char *file[FILES_MAX]; /* plain copies of the fixture's logs */
static size_t nfile;
static struct buf expected;
static int64_t now_us; /* 0: the clock */

static struct str hosts[] = { STR_INIT("mx1.isp.test"),
	STR_INIT("filter.isp.test"), STR_INIT("smtp.isp.test"),
	STR_INIT("out1.isp.test"), STR_INIT("out2.isp.test"),
	STR_INIT("mbox.isp.test"), STR_INIT("mbox2.isp.test"),
	STR_INIT("lists.isp.test") };
enum { NHOSTS = sizeof(hosts) / sizeof(*hosts) };

static int
drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
run(const char *fmt, ...)
{
	char cmd[2000];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	rc = system(cmd);
	if (rc != 0)
		fail_msg("'%s' failed", cmd);
}

static void
ingest(const char *store, const char *const *paths, size_t n)
{
	struct ingest_opts o = { .store = store,
		.timezone = "Europe/Vienna",
		.classifier = cl,
		.hosts = hosts,
		.nhosts = NHOSTS,
		.now_us = now_us };
	struct ingest_result res;
	struct err err = { "" };

	if (ingest_run(&o, paths, n, &res, &err) < 0)
		fail_msg("%s", err.msg);
	if (res.failed)
		fail_msg("%s", res.first_failure.msg);
	assert_int_equal(res.lines,
	    res.events + res.ignored + res.unknown + res.foreign);
}

static void
say(struct buf *b, const struct answer *ans)
{
	for (size_t i = 0; i < ans->nmessage; i++) {
		const struct ans_message *m = &ans->message[i];

		buf_printf(b,
		    "id=" STR_FMT " <" STR_FMT "> " STR_FMT " " STR_FMT "\n",
		    STR_ARG(m->message_id), STR_ARG(m->from),
		    STR_ARG(m->subject), STR_ARG(m->entry.client_ip));
		for (size_t k = 0; k < m->nrcpt; k++) {
			const struct ans_rcpt *r = &m->rcpt[k];

			buf_printf(b,
			    "  " STR_FMT " " STR_FMT " %s %s " STR_FMT
			    " %d %d %lld",
			    STR_ARG(r->to), STR_ARG(r->original_to),
			    out_state_name[r->state], cls_name(r->c.cls),
			    STR_ARG(r->stop_host), r->attempts,
			    r->earlier_refusals, (long long)r->time_us);
			for (size_t p = 0; p < r->npath; p++)
				buf_printf(b, " " STR_FMT "/" STR_FMT,
				    STR_ARG(r->path[p].host),
				    STR_ARG(r->path[p].qid));
			if (r->has_notice)
				buf_printf(b, " notice " STR_FMT " %s",
				    STR_ARG(r->notice_qid),
				    out_state_name[r->notice_state]);
			buf_putc(b, '\n');
		}
	}
}

static int
by_line(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Everything the store has to say, in an order that is always the same. */
static struct buf
answers(const char *store)
{
	struct site site = { .host = hosts, .nhost = NHOSTS };
	static struct str nets[] = { STR_INIT("10.77.0.0/16") };
	struct buf all = BUF_INIT(ANSWER_MAX), sorted = BUF_INIT(ANSWER_MAX);
	struct err err = { "" };
	struct answer ans;
	struct query q;
	struct store *st = store_open(store, &err);
	struct str rest, *msg;
	size_t n = 0, cap = 100000;

	if (!st)
		fail_msg("%s", err.msg);
	site.network = nets;
	site.nnetwork = 1;
	query_init(&q);
	q.limit = 100000;
	if (query_run(&q, st, &site, cl, &ans, &err) < 0)
		fail_msg("%s", err.msg);
	assert_false(ans.truncated);
	say(&all, &ans);
	answer_release(&ans);
	query_release(&q);
	store_close(st);
	/* messages of one moment may come in any order: sort them */
	msg = calloc(cap, sizeof(*msg));
	assert_non_null(msg);
	for (rest = buf_str(&all); rest.n && n < cap;) {
		const char *from = rest.p;

		do
			str_split(&rest, '\n');
		while (rest.p && rest.n && rest.p[0] == ' ');
		msg[n++] =
		    str_make(from, rest.p ? (size_t)(rest.p - from) :
					    (size_t)(all.p + all.n - from));
		if (!rest.p)
			break;
	}
	qsort(msg, n, sizeof(*msg), by_line);
	for (size_t i = 0; i < n; i++)
		buf_add(&sorted, msg[i]);
	free(msg);
	buf_release(&all);
	return sorted;
}

static void
check(const char *what, const char *store)
{
	struct buf got = answers(store);
	size_t i = 0;

	while (i < got.n && i < expected.n && got.p[i] == expected.p[i])
		i++;
	if (got.n != expected.n || i < got.n) {
		while (i && got.p[i - 1] != '\n')
			i--;
		fail_msg("%s: differs at byte %zu of %zu (%zu expected)\n"
			 "got      %.400s\nexpected %.400s",
		    what, i, got.n, expected.n, got.p + i, expected.p + i);
	}
	buf_release(&got);
}

/* Plain copies of all logs, so that they can be cut and packed here.  Their
 * times are all alike and of another season, as in a copy. */
static int
setup(void **state)
{
	static const char *const paths[] = { "log" };
	char cmd[600], line[600];
	struct err err;
	FILE *p;

	(void)state;
	cl = classifier_new(NULL, 0, &err);
	if (!cl || !mkdtemp(work))
		return -1;
	snprintf(cmd, sizeof(cmd),
	    "cp -r fixtures/lab/logs %s/log && cd %s && "
	    "find log -name '*.xz' -exec xz -dq {} + && "
	    "find log -name '*.gz' -exec gzip -dq {} + && "
	    "find log -name '*.bz2' -exec bzip2 -dq {} + && "
	    "find log -name '*.zst' -exec zstd -dq --rm {} + && "
	    "find log -exec touch -d 2026-08-15 {} + && "
	    "find log -type f | sort",
	    work, work);
	p = popen(cmd, "r");
	if (!p)
		return -1;
	while (nfile < FILES_MAX && fgets(line, sizeof(line), p)) {
		line[strcspn(line, "\n")] = '\0';
		file[nfile++] = strdup(line);
	}
	if (pclose(p) != 0 || !nfile || chdir(work) < 0)
		return -1;
	ingest("plain", paths, 1);
	expected = answers("plain");
	return expected.n > 100000 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	if (chdir("/") < 0)
		return -1;
	nftw(work, drop, 16, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; i < nfile; i++)
		free(file[i]);
	buf_release(&expected);
	classifier_free(cl);
	return 0;
}

static void
test_twice(void **state)
{
	static const char *const paths[] = { "log" };

	(void)state;
	ingest("plain", paths, 1);
	check("read twice", "plain");
}

static void
test_any_order(void **state)
{
	(void)state;
	for (size_t i = nfile; i-- > 0;)
		ingest("reverse", (const char *const *)&file[i], 1);
	check("one by one, backwards", "reverse");
	for (size_t i = 0; i < nfile; i++)
		ingest("mixed", (const char *const *)&file[(i * 7 + 3) % nfile],
		    1);
	for (size_t i = 0; i < nfile; i++)
		ingest("mixed", (const char *const *)&file[i], 1);
	check("one by one, mixed, then all again", "mixed");
}

/*
 * A file without years, read first, years after it was written: nothing is
 * known about it until one comes that has them.
 */
static void
test_year_comes_later(void **state)
{
	const char *paths[FILES_MAX];
	size_t first = 0;

	(void)state;
	while (first < nfile && !strstr(file[first], "out1"))
		first++;
	assert_true(first < nfile);
	now_us = INT64_C(1813536000) * 1000000; /* 2027-06-21 */
	ingest("late", (const char *const *)&file[first], 1);
	for (size_t i = 0; i < nfile; i++)
		paths[i] = file[i];
	paths[first] = paths[nfile - 1];
	ingest("late", paths, nfile - 1);
	check("a file whose year comes later", "late");
	ingest("late", (const char *const *)&file[first], 1);
	check("the same, read again", "late");
	now_us = 0;
}

/* When the files there were written, by the clock that the program sees:
 * under faketime that of the kernel is another one. */
static void
written(const char *path, long ago)
{
	run("LD_PRELOAD= find %s -type f -exec touch -d @%lld {} +", path,
	    (long long)time(NULL) - ago);
}

/* Every file grows in pieces cut anywhere, also inside a line. */
static void
test_pieces(void **state)
{
	static const char *const paths[] = { "grow" };

	(void)state;
	for (int piece = 1; piece <= 4; piece++) {
		run("rm -rf grow.new && mkdir -p grow");
		for (size_t i = 0; i < nfile; i++)
			run("d=grow/$(dirname '%s'); mkdir -p \"$d\"; "
			    "n=$(wc -c <'%s'); head -c $((n * %d / 4)) '%s' "
			    ">\"grow/%s\"",
			    file[i], file[i], piece, file[i], file[i]);
		written("grow", 0);
		ingest("grown", paths, 1);
	}
	check("in four pieces", "grown");
}

static void
test_packed(void **state)
{
	static const char *const paths[] = { "packed" };

	(void)state;
	run("cp -r log packed && find packed -type f -exec gzip -q {} +");
	ingest("zipped", paths, 1);
	check("packed with gzip", "zipped");
	/* a rotated and packed copy of what was read is known by content */
	ingest("plain", paths, 1);
	check("plain, then packed copies", "plain");
}

static bool hold_open;

static struct ingest_result
read_one(const char *store, const char *path)
{
	struct ingest_opts o = { .store = store,
		.hold_open = hold_open,
		.timezone = "UTC",
		.year = 2026,
		.classifier = cl };
	struct ingest_result res;
	struct err err = { "" };

	if (ingest_run(&o, &path, 1, &res, &err) < 0)
		fail_msg("%s", err.msg);
	return res;
}

/* What is no plain whole file: a pipe, a set without a last LF, a torn gz. */
static void
test_odd_sources(void **state)
{
	struct ingest_result res;

	(void)state;
	run("mkdir odd && mkfifo odd.pipe && printf "
	    "'Jan  1 00:00:01 mx postfix/qmgr[1]: 3F0001: removed\\n"
	    "Jan  1 00:00:02 mx postfix/qmgr[1]: 3F0002: removed' >odd/m.1 && "
	    "printf 'Jan  2 00:00:01 mx postfix/qmgr[1]: 3F0003: removed\\n"
	    "Jan  2 00:00:02 mx postfix/qmgr[1]: 3F0004: removed' >odd/m");
	written("odd/m", 0);
	written("odd/m.1", 2 * 3600);
	/* a named pipe nobody writes to yet is waited for */
	run("timeout 10 sh -c 'sleep 0.5; cat odd/m.1 >odd.pipe' >/dev/null "
	    "2>&1 &");
	res = read_one("odd1", "odd.pipe");
	assert_int_equal(res.lines, 2);
	assert_int_equal(res.failed, 0);
	/* the newest file may still grow: its half line waits */
	res = read_one("odd2", "odd");
	assert_int_equal(res.lines, 3);
	run("echo >>odd/m");
	res = read_one("odd2", "odd");
	assert_int_equal(res.lines, 1);
	run("gzip -c log/mx1.isp.test/mail.log | head -c 30000 >cut.gz");
	res = read_one("odd3", "cut.gz");
	assert_int_equal(res.failed, 1);
	assert_string_equal(res.first_failure.msg,
	    "'cut.gz': gzip data is cut short");
}

/* A short file that another one begins with is a file of its own. */
static void
test_same_beginning(void **state)
{
	struct ingest_result res;

	(void)state;
	run("mkdir same && printf '2026-01-01 00:00:01 H=(a.example) "
	    "[192.0.2.1] F=<a@a.example> rejected RCPT <b@b.example>: no\n' "
	    ">same/mainlog && cp same/mainlog same/rejectlog && printf "
	    "'2026-01-01 00:00:02 H=(a.example) [192.0.2.1] F=<a@a.example> "
	    "rejected RCPT <c@b.example>: no\n' >>same/rejectlog");
	res = read_one("same.store", "same/mainlog");
	assert_int_equal(res.lines, 1);
	res = read_one("same.store", "same/rejectlog");
	assert_int_equal(res.lines, 2);
	res = read_one("same.store", "same");
	assert_int_equal(res.lines, 0);
	/* one that grew, and one that was rotated and packed, is known */
	run("echo '2026-01-01 00:00:03 Start queue run: pid=1' >>same/mainlog");
	res = read_one("same.store", "same");
	assert_int_equal(res.lines, 1);
	run("echo '2026-01-01 00:00:04 End queue run: pid=1' >>same/mainlog && "
	    "gzip same/mainlog");
	res = read_one("same.store", "same");
	assert_int_equal(res.lines, 1);
}

/* A line that stands for several logins counts as them. */
static void
test_repeated(void **state)
{
	struct ingest_result res;

	(void)state;
	run("echo 'Jan  1 00:00:01 mx postfix/smtpd[1]: message repeated 3 "
	    "times: [ warning: unknown[192.0.2.1]: SASL LOGIN authentication "
	    "failed: authentication failure]' >repeated");
	res = read_one("rep", "repeated");
	assert_int_equal(res.lines, 1);
	assert_int_equal(res.events, 1);
	assert_int_equal(res.records, 3);
	/* the old way, also when reading stopped between the two lines */
	run("echo 'Jan  1 00:00:01 mx postfix/smtpd[1]: warning: "
	    "unknown[192.0.2.1]: SASL LOGIN authentication failed: "
	    "authentication failure' >last");
	res = read_one("last.store", "last");
	assert_int_equal(res.records, 1);
	run("echo 'Jan  1 00:00:09 mx last message repeated 3 times' >>last");
	res = read_one("last.store", "last");
	assert_int_equal(res.records, 3);
	assert_int_equal(res.events, 1);
	/* what is no login or refusal says no more twice */
	run("printf 'Jan  1 00:00:10 mx postfix/qmgr[1]: 3F0001: removed\n"
	    "Jan  1 00:00:11 mx last message repeated 3 times\n' >other");
	res = read_one("other.store", "other");
	assert_int_equal(res.records, 1);
	assert_int_equal(res.foreign, 1);
}

/* Followed second by second, a message is one record all the same. */
static void
test_held(void **state)
{
	struct ingest_result res;

	(void)state;
	run("echo 'Jan  1 00:00:01 mx postfix/smtpd[1]: 3F0001: "
	    "client=a.example[192.0.2.1]' >held");
	hold_open = true;
	res = read_one("held.store", "held");
	assert_int_equal(res.records, 0);
	assert_int_equal(res.held, 1);
	run("echo 'Jan  1 00:00:02 mx postfix/qmgr[2]: 3F0001: "
	    "from=<a@a.example>, size=10, nrcpt=1 (queue active)' >>held");
	res = read_one("held.store", "held");
	assert_int_equal(res.held, 1);
	run("echo 'Jan  1 00:00:02 mx postfix/qmgr[2]: 3F0001: removed' "
	    ">>held");
	res = read_one("held.store", "held");
	assert_int_equal(res.records, 1);
	assert_int_equal(res.held, 0);
	run("echo 'Jan  1 00:00:03 mx postfix/smtpd[1]: 3F0002: "
	    "client=a.example[192.0.2.1]' >>held");
	res = read_one("held.store", "held");
	assert_int_equal(res.held, 1);
	/* nothing comes: it is shown as it stands */
	res = read_one("held.store", "held");
	assert_int_equal(res.records, 1);
	assert_int_equal(res.held, 0);
	hold_open = false;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_year_comes_later),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_odd_sources),
		cmocka_unit_test(test_same_beginning),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_held),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
