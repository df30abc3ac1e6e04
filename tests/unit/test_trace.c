/*
 * test_trace.c: the hard cases, from log lines to verdict: each file fixtures/trace/X.log
 * is ingested into a store of its own, its questions are asked, and the
 * answers, one line a recipient, must be those written beside them.
 *
 * A case file is a log with comment lines between:
 *
 *	#? TERM...		a question
 *	#= FROM -> TO: ...	a recipient of its answer, in order:
 *				state class @where [path] (more facts)
 *	#- HINT PART		then: a hint that must be there
 *	#! HINT PART		then: what no hint may say
 *	#< host [file]		the log lines that follow are of this file
 *
 * CASES names another folder of them; CASE is a part of the names of those to
 * be run.
 */
#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "index/ingest.h"
#include "query/query.h"
#include "tests/unit/rules.h"

static int
drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
say_rcpt(struct buf *b, const struct ans_message *m, const struct ans_rcpt *r)
{
	buf_printf(b, "<" STR_FMT "> -> " STR_FMT ": %s", STR_ARG(m->from),
	    STR_ARG(r->to), out_state_name[r->state]);
	if (r->c.cls != CLS_NONE && r->c.cls != CLS_DELIVERED)
		buf_printf(b, " %s", cls_name(r->c.cls));
	buf_printf(b, " @" STR_FMT " [", STR_ARG(r->stop_host));
	for (size_t i = 0; i < r->npath; i++)
		buf_printf(b, "%s" STR_FMT, i ? " " : "",
		    STR_ARG(r->path[i].host));
	buf_puts(b, "]");
	if (r->original_to.n && !str_eqi(r->original_to, r->to))
		buf_printf(b, " for " STR_FMT, STR_ARG(r->original_to));
	if (r->attempts > 1)
		buf_printf(b, " attempts %d", r->attempts);
	if (r->earlier_refusals)
		buf_printf(b, " refused before %d", r->earlier_refusals);
	if (r->has_notice)
		buf_printf(b, " notice " STR_FMT " %s", STR_ARG(r->notice_qid),
		    out_state_name[r->notice_state]);
	if (r->c.block.ip.n)
		buf_printf(b, " ip " STR_FMT, STR_ARG(r->c.block.ip));
	if (str_chr(r->reply_text, '"') >= 0)
		buf_printf(b, " said " STR_FMT, STR_ARG(r->reply_text));
	if (r->has_stored && r->folder.n)
		buf_printf(b, " folder " STR_FMT, STR_ARG(r->folder));
	assert_true(r->nevidence > 0); /* a verdict cites its lines */
}

/* Each "- PART" stands in one of the hints, each "! PART" in none. */
static void
check_hints(const char *name, const struct answer *ans, const struct str *part,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str words = str_from(part[i], 2);
		bool found = false;

		for (size_t k = 0; k < ans->nhint && !found; k++)
			found = str_find(ans->hint[k], words) >= 0;
		if (found == (part[i].p[0] == '-'))
			continue;
		for (size_t k = 0; k < ans->nhint; k++)
			printf("%s: hint: " STR_FMT "\n", name,
			    STR_ARG(ans->hint[k]));
		fail_msg("%s: a hint must%s say '" STR_FMT "'", name,
		    found ? " not" : "", STR_ARG(words));
	}
}

/* The question's answer must be the expected lines, whole. */
static void
ask(struct store *st, const struct site *site, const char *name,
    struct str terms, struct str *want, size_t nwant, struct str *hint,
    size_t nhint)
{
	struct buf got = BUF_INIT(1 << 16);
	struct answer ans;
	struct query q;
	struct err err = { "" };
	size_t n = 0;
	bool ok = true;

	query_init(&q);
	q.tz = "UTC";
	q.now_us = INT64_C(1767225600) * 1000000; /* 2026-01-01 */
	q.want_evidence_text = true;
	while (terms.p) {
		struct str t = str_split(&terms, ' ');

		if (t.n && query_term(&q, t, &err) < 0)
			fail_msg("%s: %s", name, err.msg);
	}
	if (query_run(&q, st, site, cl, &ans, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	for (size_t i = 0; i < ans.nmessage; i++)
		for (size_t k = 0; k < ans.message[i].nrcpt; k++) {
			size_t at = got.n;

			if (n)
				buf_putc(&got, '\n');
			at = got.n;
			say_rcpt(&got, &ans.message[i],
			    &ans.message[i].rcpt[k]);
			ok &= n < nwant &&
			      str_eq(str_from(buf_str(&got), at), want[n]);
			n++;
		}
	if (!ok || n != nwant) {
		printf("%s: wanted\n", name);
		for (size_t i = 0; i < nwant; i++)
			printf("  " STR_FMT "\n", STR_ARG(want[i]));
		fail_msg("%s: got\n%s", name, buf_c(&got));
	}
	check_hints(name, &ans, hint, nhint);
	buf_release(&got);
	answer_release(&ans);
	query_release(&q);
}

static void
write_part(const char *dir, struct str part, struct str text)
{
	struct str file = part, host = str_split(&file, ' ');
	char path[600];
	FILE *f;

	if (!file.n)
		file = STR("mail.log");
	snprintf(path, sizeof(path), "%s/log/" STR_FMT, dir, STR_ARG(host));
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/log/" STR_FMT "/" STR_FMT, dir,
	    STR_ARG(host), STR_ARG(file));
	f = fopen(path, "a");
	assert_non_null(f);
	fwrite(text.p, 1, text.n, f);
	fputc('\n', f);
	assert_int_equal(fclose(f), 0);
}

static void
run_case(const char *name, struct str text)
{
	char dir[] = "/tmp/mailtrace-test.XXXXXX", store[100], log[100];
	static struct str hosts[] = { STR_INIT("mx.isp.example"),
		STR_INIT("out.isp.example"), STR_INIT("mbox.isp.example"),
		STR_INIT("filter.isp.example") };
	static struct str nets[] = { STR_INIT("10.1.0.0/16") };
	static struct str doms[] = { STR_INIT("isp.example") };
	struct site site = { .host = hosts,
		.nhost = 4,
		.network = nets,
		.nnetwork = 1,
		.domain = doms,
		.ndomain = 1 };
	struct ingest_opts o = { .timezone = "UTC",
		.year = 2025,
		.classifier = cl,
		.hosts = hosts,
		.nhosts = 4 };
	struct ingest_result res;
	struct str rest = text, host = STR("mx.isp.example");
	const char *paths[1];
	struct err err = { "" };
	struct store *st;

	assert_non_null(mkdtemp(dir));
	snprintf(store, sizeof(store), "%s/store", dir);
	snprintf(log, sizeof(log), "%s/log", dir);
	mkdir(log, 0700);
	while (rest.p) {
		struct str line = str_split(&rest, '\n');

		if (str_starts(line, STR("#< ")))
			host = str_from(line, 3);
		else if (line.n && line.p[0] != '#')
			write_part(dir, host, line);
	}
	o.store = store;
	paths[0] = log;
	if (ingest_run(&o, paths, 1, &res, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	if (res.unknown || res.foreign)
		fail_msg("%s: %d lines unknown, %d foreign", name,
		    (int)res.unknown, (int)res.foreign);
	st = store_open(store, &err);
	if (!st)
		fail_msg("%s: %s", name, err.msg);
	for (rest = text; rest.p;) {
		struct str line = str_split(&rest, '\n');
		struct str want[64], hint[8];
		size_t n = 0, nhint = 0;

		if (str_starts(line, STR("#=")) ||
		    str_starts(line, STR("#-")) || str_starts(line, STR("#!")))
			fail_msg("%s: '" STR_FMT "' has no question", name,
			    STR_ARG(line));
		if (!str_starts(line, STR("#? ")))
			continue;
		while (rest.p && str_starts(rest, STR("#= ")) && n < 64)
			want[n++] = str_from(str_split(&rest, '\n'), 3);
		while (rest.p && nhint < 8 &&
		       (str_starts(rest, STR("#- ")) ||
			   str_starts(rest, STR("#! "))))
			hint[nhint++] = str_from(str_split(&rest, '\n'), 1);
		ask(st, &site, name, str_from(line, 3), want, n, hint, nhint);
	}
	store_close(st);
	nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static void
test_cases(void **state)
{
	const char *dir = getenv("CASES") ? getenv("CASES") : "fixtures/trace";
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d))) {
		struct buf b = BUF_INIT(1 << 20);
		char path[600], chunk[4096];
		size_t got;
		FILE *f;

		if (!str_ends(str_c(e->d_name), STR(".log")) ||
		    (getenv("CASE") && !strstr(e->d_name, getenv("CASE"))))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		f = fopen(path, "r");
		assert_non_null(f);
		while ((got = fread(chunk, 1, sizeof(chunk), f)) > 0)
			buf_addn(&b, chunk, got);
		fclose(f);
		run_case(e->d_name, buf_str(&b));
		buf_release(&b);
		n++;
	}
	closedir(d);
	assert_true(n >= 15 || getenv("CASE"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cases, rules_setup,
		    rules_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
