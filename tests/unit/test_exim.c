/*
 * test_exim.c: the Exim parser: samples, truncations, odd bytes, whose lines
 * are its own, what its flags say, forgeries, fixtures, and whole logs.
 */
#include "tests/unit/test_exim_lines.h"
#include "parsers/exim.h"

extern const struct parser parser_exim;

static void
test_samples(void **state)
{
	(void)state;
	assert_true(check_samples(&parser_exim, MTA_EXIM) > 100);
}

static void
test_truncations(void **state)
{
	(void)state;
	check_truncations(&parser_exim, MTA_EXIM);
}

static void
test_changes(void **state)
{
	(void)state;
	check_changes(&parser_exim, MTA_EXIM);
}

/* A long line of one odd piece takes no longer than its length allows. */
static void
test_long(void **state)
{
	static const char *const pieces[] = { " H=(a)", " H=(a", "\"", "\\\"",
		" [", ") [", "> ", ">:", " <", ": ", " X=", " A=a b", "(",
		" \" H=", " R=\"", "\n", "Envelope-to: <", "    <" };
	static const char *const heads[] = { "<= a@b", "=> a@b R=r", "** |x",
		"== |x", "** a@b <", "H=(x", "H=a [1.2.3.4] F=<",
		"H=a [1.2.3.4] F=<a@b> rejected after DATA: x\n",
		"SMTP error from remote mail server after RCPT TO:<",
		"=> a@b R=r C=\"" };
	char *text = malloc(ROOM);

	(void)state;
	assert_non_null(text);
	for (size_t h = 0; h < sizeof(heads) / sizeof(*heads); h++)
		for (size_t k = 0; k < sizeof(pieces) / sizeof(*pieces); k++) {
			size_t n, m = strlen(pieces[k]);
			struct event ev;
			struct line ln;
			int w = snprintf(text, ROOM,
			    "2026-01-05 10:00:00 1vcRz2-0001aB-3d %s",
			    heads[h]);

			assert_true(w > 0);
			for (n = (size_t)w; n + m < ROOM - 1; n += m)
				memcpy(text + n, pieces[k], m);
			frame_any(str_make(text, n), &ln);
			ln.text = at_edge(ln.text);
			run_line(&parser_exim, MTA_EXIM, &ln, &ev);
		}
	free(text);
}

static void
test_owner(void **state)
{
	static const struct {
		const char *line;
		bool ours;
	} t[] = {
		{ "2026-01-05 10:00:00 1vcRz2-0001aB-3d Completed", true },
		{ "2026-01-05 10:00:00 what is this", true }, /* unknown */
		{ "2026-01-05 10:00:00 +0100 08 mx SMTP-IN:0000001B: x",
		    false },
		{ "2026-01-05 10:00:00,123 fail2ban.actions [1]: NOTICE x",
		    false },
		{ "2026-01-05 10:00:00 #123(normal) <1a2b>; task; x", false },
		{ "2026-01-05 10:00:00 lmtp(a@b.example)<1><S>: Info: x",
		    false },
		{ "2026-01-05 10:00:00 imap-login: Error: x", false },
		{ "Jan  5 10:00:00 mx exim[1]: 1vcRz2-0001aB-3d Completed",
		    true },
		{ "Jan  5 10:00:00 mx exim4[1]: Start queue run: pid=1", true },
		{ "Jan  5 10:00:00 mx eximon[1]: Start queue run: pid=1",
		    false },
		{ "Jan  5 10:00:00 mx postfix/smtp[1]: connect", false },
		{ "1vcRz2-0001aB-3d Completed", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct event ev;
		struct line ln;
		enum parse_result r;

		frame_any(str_c(t[i].line), &ln);
		r = run_line(&parser_exim, MTA_EXIM, &ln, &ev);
		if ((r != PARSE_FOREIGN) != t[i].ours)
			fail_msg("%s: %d", t[i].line, (int)r);
		if (r == PARSE_EVENT)
			assert_true(str_eq(ev.inst, STR("exim")));
	}
}

#define ID "2026-01-05 10:00:00 1vcRz2-0001aB-3d "
#define AT "2026-01-05 10:00:00 "

/* What the dump does not show: deciding, secret, cut. */
static void
test_flags(void **state)
{
	enum {
		D = EVF_DECIDES,
		E = EVF_END,
		S = EVF_START,
		W = EVF_SESSION,
		P = EVF_SECRET,
		X = EVF_CUT
	};
	static const struct {
		const char *line;
		unsigned flags;
	} t[] = {
		{ ID "<= a@b.example U=x P=local S=1", S },
		{ ID "=> a@b.example R=r T=t", D },
		{ ID "** a@b.example: retry timeout exceeded", D },
		{ ID "== a@b.example R=r T=t defer (111): refused", D },
		{ ID "== a@b.example routing defer (-52): retry time not "
		     "reached",
		    0 },
		{ ID "Completed", D | E },
		{ ID "H=x [192.0.2.1] F=<a@b.example> rejected after DATA: x",
		    D | E | W },
		{ AT "H=x [192.0.2.1] F=<> rejected RCPT <a@b.example>: x",
		    D | W },
		{ AT "SMTP protocol error in \"AUTH LOGIN c2VjcmV0\" H=x "
		     "[192.0.2.1] AUTH command used when not advertised",
		    W | P },
		{ AT "SMTP protocol error in \"AUTH LOGIN\" H=x [192.0.2.1] "
		     "AUTH command used when not advertised",
		    W },
		{ AT "SMTP syntax error in \"c2VjcmV0MTIz\" H=x [192.0.2.1] "
		     "unrecognized command",
		    W | P },
		{ AT "SMTP syntax error in \"HELOHELO\" H=x [192.0.2.1] "
		     "unrecognized command",
		    W | P },
		{ AT "SMTP syntax error in \"debugging\" H=x [192.0.2.1] "
		     "unrecognized command",
		    W },
		{ AT "plain authenticator failed for (x) [192.0.2.1]: 535 "
		     "Incorrect authentication data (set_id=My Secret!)",
		    W | P },
		{ AT "plain authenticator failed for (x) [192.0.2.1]: 535 "
		     "Incorrect authentication data (set_id=a@b.example)",
		    W },
		{ AT "H=x [192.0.2.1] rejected \"AUTH PLAIN c2VjcmV0\": no",
		    D | W | P },
		{ "Jan  5 10:00:00 mx exim[1]: [1/2] " ID "Completed",
		    D | E | X },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct event ev;
		struct line ln;

		frame_any(str_c(t[i].line), &ln);
		assert_int_equal(run_line(&parser_exim, MTA_EXIM, &ln, &ev),
		    PARSE_EVENT);
		if (ev.flags != t[i].flags)
			fail_msg("%s: flags %u, not %u", t[i].line, ev.flags,
			    t[i].flags);
		assert_int_equal(str_find(buf_str(&out), STR("c2Vj")), -1);
		assert_int_equal(str_find(buf_str(&out), STR("Secret")), -1);
	}
}

/* What a client wrote is not taken for what Exim says. */
static void
test_forged(void **state)
{
	static const struct {
		const char *line;
		enum field f;
		const char *want; /* NULL: not set */
	} t[] = {
		{ AT "SMTP syntax error in \"x\" H=[203.0.113.1] y\" H=(z) "
		     "[192.0.2.1] unrecognized command",
		    F_CLIENT_IP, "192.0.2.1" },
		{ AT "SMTP protocol synchronization error (next input sent "
		     "too soon: pipelining was not advertised): rejected "
		     "\"a\" H=[203.0.113.1] b\" H=[192.0.2.1] next "
		     "input=\"c\"",
		    F_CLIENT_IP, NULL },
		{ ID "<= a@b.example H=(h) [203.0.113.1] x) [192.0.2.1] "
		     "P=esmtp S=1",
		    F_CLIENT_IP, "192.0.2.1" },
		{ ID "<= a@b.example H=([203.0.113.1]) [192.0.2.1] P=esmtp "
		     "S=1",
		    F_CLIENT_IP, "192.0.2.1" },
		{ ID "<= a@b.example H=h [192.0.2.1] U=P=local P=esmtp S=1",
		    F_PROTO, "esmtp" },
		{ ID "<= a@b.example H=h [192.0.2.1] U=root P=esmtp S=1", F_UID,
		    NULL },
		{ ID "<= a@b.example H=h [192.0.2.1] P=esmtp S=1 "
		     "T=\"x\\\" for evil@c.example\" for d@e.example",
		    F_RCPTS, "d@e.example" },
		{ ID "<= a@b.example H=h [192.0.2.1] P=esmtp S=1 "
		     "T=\"x H=y [203.0.113.1]\"",
		    F_CLIENT_IP, "192.0.2.1" },
		{ AT "H=h [192.0.2.1] F=<\"x> rejected RCPT <\"@a.example> "
		     "rejected RCPT <c@d.example>: no",
		    F_TO, "c@d.example" },
		{ ID "=> |/bin/x '> R=y' <a@b.example> R=r T=p", F_TO,
		    "a@b.example" },
		{ ID "=> |/bin/x '> R=y' <a@b.example> R=r T=p", F_ROUTER,
		    "r" },
		{ ID "** a@b.example R=r T=t H=h [192.0.2.1]: SMTP error from "
		     "remote mail server after RCPT TO:<\"x: 250 y\"@c.example>"
		     ": 550 5.1.1 no",
		    F_CODE, "550" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct event ev;
		struct line ln;
		struct str got;

		frame_any(str_c(t[i].line), &ln);
		assert_int_equal(run_line(&parser_exim, MTA_EXIM, &ln, &ev),
		    PARSE_EVENT);
		got = ev_get(&ev, t[i].f);
		if (t[i].want ? !str_eq(got, str_c(t[i].want)) :
				ev_has(&ev, t[i].f))
			fail_msg("%s: " STR_FMT, t[i].line, STR_ARG(got));
	}
}

/* A torn line is not let go as a site's own words. */
static void
test_torn(void **state)
{
	static const char *const t[] = {
		AT "1vcRz2-0001aB-3 => a@b.example R=r T=t",
		AT "vcRz2-0001aB-3d <= a@b.example P=local S=1",
		AT "a@b.example R=r T=t",
		AT "1vcRz2-0001aB-3d",
		AT,
		ID "<= a@b.example",
		ID "=> ",
		ID "== a@b.example R=r",
		ID "** ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct event ev;
		struct line ln;

		frame_any(str_c(t[i]), &ln);
		if (run_line(&parser_exim, MTA_EXIM, &ln, &ev) != PARSE_UNKNOWN)
			fail_msg("%s: %s", t[i], buf_c(&out));
	}
}

static void
test_unescape(void **state)
{
	static const struct {
		const char *in, *want;
	} t[] = {
		{ "plain", "plain" },
		{ "say \\\"hi\\\" \\\\ \\n\\t", "say \"hi\" \\ \n\t" },
		{ "\\303\\234bersicht", "\303\234bersicht" },
		{ "\\400 \\08 \\", "400 08 \\" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct buf b = BUF_INIT(100);

		exim_unescape(at_edge(str_c(t[i].in)), &b);
		assert_string_equal(buf_c(&b), t[i].want);
		buf_release(&b);
	}
}

static void
test_fixtures(void **state)
{
	(void)state;
	assert_true(check_fixtures(&parser_exim, MTA_EXIM, "exim") >= 3);
}

/* Real logs and those of Exim's own tests: under one in a hundred unknown. */
static void
test_public(void **state)
{
	struct counts c =
	    count_logs(&parser_exim, MTA_EXIM, "../shared/corpora/public/exim");

	(void)state;
	assert_true(c.event > 10000);
	assert_true(c.unknown * 100 < c.event + c.ignored + c.unknown);
}

static void
test_lab(void **state)
{
	static const char *const dirs[] = {
		"../shared/corpora/lab/logs/mbox2.isp.test",
		"../shared/corpora/lab/logs-remote/mail.remote-exim.test"
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct counts c = count_logs(&parser_exim, MTA_EXIM, dirs[i]);

		assert_true(c.event > 1000);
		assert_int_equal(c.unknown, 0);
		assert_int_equal(c.foreign, 0);
	}
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
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_unescape),
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_lab),
	};

	return cmocka_run_group_tests(tests, edge_setup, edge_teardown);
}
