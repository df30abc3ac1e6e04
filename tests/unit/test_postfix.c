/*
 * test_postfix.c: the Postfix parser: samples, truncations, odd bytes, whose
 * lines are its own, what its flags say, and the fixtures.
 *
 * Lines lie at the end of a page that another, unreadable page follows, so a
 * byte read past the end crashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/postfix_lines.h"
#include "base/banned.h"

enum { ROOM = 1 << 16 };

static char *room; /* ROOM bytes, then the unreadable page */
static struct buf out = BUF_INIT(1 << 20);

static int
setup(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	(void)state;
	room = mmap(NULL, ROOM + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return -1;
	return mprotect(room + ROOM, page, PROT_NONE);
}

static int
teardown(void **state)
{
	(void)state;
	buf_release(&out);
	return munmap(room, ROOM + (size_t)sysconf(_SC_PAGESIZE));
}

/* The same bytes, ending where reading on crashes. */
static struct str
at_edge(struct str s)
{
	assert_true(s.n <= ROOM);
	memmove(room + ROOM - s.n, s.p, s.n);
	return str_make(room + ROOM - s.n, s.n);
}

/* A view into the line, whole, or else a short word of the program. */
static bool
well_placed(struct str text, struct str v)
{
	if (v.p >= text.p && v.p <= text.p + text.n)
		return v.p + v.n <= text.p + text.n;
	return v.p && v.n < 32;
}

static void
check_event(const struct line *ln, const struct event *ev)
{
	assert_int_equal(ev->mta, MTA_POSTFIX);
	assert_true(ev->kind > EV_NONE && ev->kind < EV_KINDS);
	assert_true(ev->state < ST_STATES);
	for (int f = 0; f < F_COUNT; f++)
		if (ev_has(ev, (enum field)f))
			assert_true(well_placed(ln->text, ev->f[f]));
	if (ev->qid.n)
		assert_true(well_placed(ln->text, ev->qid));
}

static enum parse_result
run(const struct line *ln, struct event *ev)
{
	enum parse_result r;

	memset(ev, 0xa5, sizeof(*ev));
	ev_clear(ev);
	r = parser_postfix.parse(ln, ev);
	if (r == PARSE_EVENT) {
		check_event(ln, ev);
		if (!prints_back(ln, ev, &out))
			fail_msg("'" STR_FMT "' is printed as '%s'",
			    STR_ARG(ln->text), buf_c(&out));
		buf_clear(&out);
		event_dump(ev, &out);
	}
	return r;
}

static void
test_samples(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct sample *s = parser_postfix.samples; s->line; s++) {
		struct event ev;
		struct line ln;
		enum parse_result r;

		assert_true(frame_line(str_c(s->line), &ln));
		ln.text = at_edge(ln.text);
		r = run(&ln, &ev);
		line_means(r, &ev, &out);
		if (!str_eq(str_c(s->means), buf_str(&out)))
			fail_msg("%s\n  means  %s\n  sample %s", s->line,
			    buf_c(&out), s->means);
		n++;
	}
	assert_true(n > 150);
}

/* Cut at every byte: it is survived, and what is canonical prints. */
static void
test_truncations(void **state)
{
	(void)state;
	for (const struct sample *s = parser_postfix.samples; s->line; s++) {
		struct line ln;
		struct str whole;

		assert_true(frame_line(str_c(s->line), &ln));
		whole = ln.text;
		for (size_t n = 0; n < whole.n; n++) {
			struct event ev;

			ln.text = at_edge(str_head(whole, n));
			run(&ln, &ev);
		}
	}
}

/* Every byte changed to those that mean something somewhere. */
static void
test_changes(void **state)
{
	static const char odd[] = "<>[]:;,\"\\ =()/X0\xff";

	(void)state;
	for (const struct sample *s = parser_postfix.samples; s->line; s++) {
		struct line ln;
		struct str whole;

		assert_true(frame_line(str_c(s->line), &ln));
		whole = ln.text;
		for (size_t i = 0; i < whole.n; i++)
			for (size_t k = 0; k < sizeof(odd); k++) {
				struct event ev;

				ln.text = at_edge(whole);
				room[ROOM - whole.n + i] = odd[k];
				run(&ln, &ev);
			}
	}
}

/* A long line of one odd piece takes no longer than its length allows. */
static void
test_long(void **state)
{
	static const char *const pieces[] = { "; from=<", "\"", "<\"", ">,",
		" from ", ", orig_", "[", "]: SASL ", ": ",
		"said: ", "queued as ", "; from=<\"", "d", "q", "\\", "> " };
	static const char *const heads[] = {
		"mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from h[1.2.3.4]: ",
		"mx postfix/cleanup[1]: 4F1D2B02A16: info: header ",
		"mx postfix/smtp[1]: 4F1D2B02A16: to=<a@b>, relay=none, "
		"status=sent (250 ",
		"mx postfix/smtp[1]: 4F1D2B02A16: to=<",
		"mx postfix/qmgr[1]: 4F1D2B02A16: from=<",
		"mx postfix/smtpd[1]: warning: ",
		"mx postfix/smtpd[1]: 4F1D2B02A16: client=h[1.2.3.4], "
		"sasl_method=",
		"mx postfix/postscreen[1]: PREGREET 1 after ",
	};
	char *text = malloc(ROOM);

	(void)state;
	assert_non_null(text);
	for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++)
		for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]);
		     k++) {
			size_t n = 0, m = strlen(pieces[k]);
			struct event ev;
			struct line ln;
			int w = snprintf(text, ROOM, "Jan  5 10:00:00 %s",
			    heads[h]);

			assert_true(w > 0);
			for (n = (size_t)w; n + m < ROOM - 1; n += m)
				memcpy(text + n, pieces[k], m);
			assert_true(frame_line(str_make(text, n), &ln));
			ln.text = at_edge(ln.text);
			run(&ln, &ev);
		}
	free(text);
}

static void
test_owner(void **state)
{
	static const struct {
		const char *tag, *inst;
		bool ours;
	} t[] = {
		{ "postfix/smtpd", "postfix", true },
		{ "postfix/submission/smtpd", "postfix", true },
		{ "postfix-out/smtp", "postfix-out", true },
		{ "postfix-170.55.103.23/qmgr", "postfix-170.55.103.23", true },
		{ "postfix/10025/smtpd", "postfix", true },
		{ "postfix", "postfix", true },
		{ "mx-in/smtpd", "mx-in", true },
		{ "postfix/amavis", NULL, false },
		{ "postfix/postgrey", NULL, false },
		{ "postfix/policy-spf", NULL, false },
		{ "postfix-policyd-spf-perl", NULL, false },
		{ "postfix/", NULL, false },
		{ "postgrey", NULL, false },
		{ "smtpd", NULL, false }, /* OpenSMTPD */
		{ "cyrus/master", NULL, false },
		{ "cyrus/lmtp", NULL, false },
		{ "dovecot", NULL, false },
		{ "exim", NULL, false },
		{ "", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct event ev;
		struct line ln = { .text = STR("a line"), .pid = STR("1") };
		enum parse_result r;

		frame_tag(&ln, str_c(t[i].tag));
		ev_clear(&ev);
		r = parser_postfix.parse(&ln, &ev);
		if ((r != PARSE_FOREIGN) != t[i].ours)
			fail_msg("%s: %d", t[i].tag, (int)r);
		if (t[i].ours)
			assert_true(str_eq(ev.inst, str_c(t[i].inst)));
	}
}

/* What the samples' text does not show: deciding, canonical, cut, secret. */
static void
test_flags(void **state)
{
	enum {
		D = EVF_DECIDES,
		C = EVF_CANON,
		E = EVF_END,
		S = EVF_START,
		X = EVF_CUT,
		P = EVF_SECRET,
		W = EVF_SESSION
	};
	static const struct {
		const char *tag, *text;
		unsigned flags;
	} t[] = {
		{ "postfix/smtp",
		    "4F1D2B: to=<a@b>, relay=none, delay=1, "
		    "delays=1/0/0/0, dsn=4.4.1, status=deferred (x)",
		    D | C },
		{ "postfix/smtp",
		    "4F1D2B: to=<a@b>, relay=none, delay=1, "
		    "new=2, dsn=4.4.1, status=deferred (x)",
		    D },
		{ "postfix/smtp",
		    "4F1D2B: to=<a@b>, delay=1, relay=none, "
		    "dsn=4.4.1, status=deferred (x)",
		    D },
		{ "postfix/smtp",
		    "4F1D2B: to=<a@b>, relay=none, delay=1, "
		    "dsn=2.0.0, status=sent (250 ok",
		    D | X },
		{ "postfix/smtp",
		    "4F1D2B: to=<a@b>, relay=none, delay=1, "
		    "dsn=2.0.0, status=sent",
		    D | X },
		{ "postfix/smtp",
		    "4F1D2B: to=<a@b>, relay=none, delay=1, "
		    "dsn=5.0.0, status=bounced (550 (x), status=sent (y))",
		    D | C },
		{ "postfix/smtp",
		    "4F1D2B: to=<a@b>, relay=none, delay=1, "
		    "status=bounced (550 5.1.1 x)",
		    D }, /* 2.2: no dsn */
		{ "postfix/smtp",
		    "4F1D2B: to=<a@b>, relay=, delay=1, "
		    "dsn=4.0.0, status=deferred (x)",
		    D },
		{ "postfix/smtp",
		    "NOQUEUE: connect to h[1.2.3.4]:25: Connection refused",
		    0 },
		{ "postfix/smtp",
		    "connect to h[1.2.3.4]:25: Connection refused", C },
		{ "postfix/qmgr", "4F1D2B: removed", D | C | E },
		{ "postfix/postsuper", "4F1D2B: removed", D | E },
		{ "postfix/qmgr",
		    "4F1D2B: from=<a@b>, size=1, nrcpt=1 "
		    "(queue active)",
		    C },
		{ "postfix/qmgr",
		    "4F1D2B: from=<a@b>, size=1, nrcpt=1 "
		    "(queue active) and more",
		    0 },
		{ "postfix/smtpd", "4F1D2B: client=h[1.2.3.4]", C | S },
		{ "postfix/smtpd", "4F1D2B: client=h[1.2.3.4], new=1", S },
		{ "postfix/smtpd", "connect from h[1.2.3.4]", W },
		{ "postfix/smtpd",
		    "lost connection after RCPT from "
		    "h[1.2.3.4]",
		    W | D | C },
		{ "postfix/smtpd",
		    "NOQUEUE: warn: RCPT from h[1.2.3.4]: x; "
		    "from=<a@b> to=<c@d> proto=SMTP helo=<h>",
		    C },
		{ "postfix/smtpd",
		    "4F1D2B: reject: RCPT from h[1.2.3.4]: 550 "
		    "x; from=<a@b> to=<c@d> proto=SMTP helo=<h>",
		    D | C },
		{ "postfix/smtpd",
		    "4F1D2B: reject: DATA from h[1.2.3.4]: 550 "
		    "x; from=<a@b> proto=SMTP helo=<h>",
		    D | C | E },
		{ "postfix/cleanup",
		    "4F1D2B: info: header Subject: x from "
		    "local; from=<a@b> to=<c@d>",
		    C },
		{ "postfix/cleanup",
		    "4F1D2B: info: header subject:x from "
		    "local; from=<a@b> to=<c@d>",
		    0 },
		{ "postfix/cleanup",
		    "4F1D2B: discard: header Subject: x from "
		    "local; from=<a@b> to=<c@d>",
		    D | C | E },
		{ "postfix/cleanup",
		    "4F1D2B: hold: header Subject: x from "
		    "local; from=<a@b> to=<c@d>",
		    D | C },
		{ "postfix/smtpd",
		    "warning: h[1.2.3.4]: SASL LOGIN authentication failed: x",
		    C | W },
		{ "postfix/smtpd",
		    "fatal: h[1.2.3.4]: SASL LOGIN authentication failed: x",
		    0 },
		{ "postfix/bounce",
		    "4F1D2B: sender non-delivery "
		    "notification: 5A2",
		    D | C },
		{ "postfix/postscreen",
		    "COMMAND PIPELINING from "
		    "[1.2.3.4]:5 after AUTH: c2VjcmV0",
		    P },
		{ "postfix/postscreen", "DNSBL rank 3 for [1.2.3.4]:5", W },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct event ev;
		struct line ln = { .text = str_c(t[i].text) };

		frame_tag(&ln, str_c(t[i].tag));
		assert_int_equal(run(&ln, &ev), PARSE_EVENT);
		if (ev.flags != t[i].flags)
			fail_msg("%s: flags %u, not %u", t[i].text, ev.flags,
			    t[i].flags);
		assert_int_equal(str_find(buf_str(&out), STR("c2Vj")), -1);
	}
	/* a reader that cut the line says so */
	struct line ln = { .text = STR("4F1D2B: message-id=<a@"),
		.flags = LINE_CUT };
	struct event ev;

	frame_tag(&ln, STR("postfix/cleanup"));
	assert_int_equal(run(&ln, &ev), PARSE_EVENT);
	assert_int_equal(ev.flags, EVF_CANON | EVF_CUT);
}

/*
 * fixtures/postfix/X.log gives X.events, an event per line; with GOLDEN_UPDATE
 * set the latter are written instead.
 */
static void
check_fixture(const char *name)
{
	bool update = getenv("GOLDEN_UPDATE") != NULL;
	char path[512], line[4096];
	FILE *log, *want;
	unsigned n = 0;

	snprintf(path, sizeof(path), "fixtures/postfix/%s.log", name);
	log = fopen(path, "r");
	assert_non_null(log);
	snprintf(path, sizeof(path), "fixtures/postfix/%s.events", name);
	want = fopen(path, update ? "w" : "r");
	assert_non_null(want);
	while (fgets(line, sizeof(line), log)) {
		char expect[4096];
		struct event ev;
		struct line ln;

		n++;
		line[strcspn(line, "\n")] = '\0';
		assert_true(frame_line(str_c(line), &ln));
		line_means(run(&ln, &ev), &ev, &out);
		if (update) {
			fprintf(want, "%s\n", buf_c(&out));
			continue;
		}
		assert_non_null(fgets(expect, sizeof(expect), want));
		expect[strcspn(expect, "\n")] = '\0';
		if (!str_eq(str_c(expect), buf_str(&out)))
			fail_msg("%s, line %u:\n  is     %s\n  should %s", name,
			    n, buf_c(&out), expect);
	}
	assert_true(update || !fgets(line, sizeof(line), want));
	assert_true(n > 0);
	fclose(log);
	fclose(want);
}

static void
test_fixtures(void **state)
{
	DIR *d = opendir("fixtures/postfix");
	struct dirent *e;
	unsigned n = 0;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		char *dot = strrchr(e->d_name, '.');

		if (!dot || strcmp(dot, ".log") != 0)
			continue;
		*dot = '\0';
		check_fixture(e->d_name);
		n++;
	}
	closedir(d);
	assert_true(n >= 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_fixtures),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
