/*
 * test_axigen.c: the Axigen parser: samples, truncations, odd bytes, whose
 * lines are its own, secrets, forgeries, the table of patterns and an
 * operator's own, fixtures, and the published lines.
 */
#include "tests/unit/test_exim_lines.h"
#include "parsers/axigen.h"
#include "parsers/axigen_part.h"

extern const struct parser parser_axigen;

#define AT "2026-01-05 10:00:00 +0100 08 mx "

static void
test_samples(void **state)
{
	(void)state;
	assert_true(check_samples(&parser_axigen, MTA_AXIGEN) > 60);
}

static void
test_truncations(void **state)
{
	(void)state;
	check_truncations(&parser_axigen, MTA_AXIGEN);
}

static void
test_changes(void **state)
{
	(void)state;
	check_changes(&parser_axigen, MTA_AXIGEN);
}

static enum parse_result
run(const char *text, struct event *ev)
{
	struct line ln;

	frame_any(str_c(text), &ln);
	ln.text = at_edge(ln.text);
	return run_line(&parser_axigen, MTA_AXIGEN, &ln, ev);
}

static void
test_owner(void **state)
{
	static const struct {
		const char *line, *host, *tag, *pid; /* NULL: not ours */
	} t[] = {
		{ AT "SMTP-IN:0000001B: x", "mx", "SMTP-IN", "0000001B" },
		{ AT "NEWTHING:0000001B: x", "mx", "NEWTHING", "0000001B" },
		{ AT "PROCESSING:2C2605:", "mx", "PROCESSING", "2C2605" },
		{ "SMTP-IN:0000001B: x", "", "SMTP-IN", "0000001B" },
		{ "NEWTHING:0000001B: x", NULL, NULL, NULL },
		{ AT "SMTP-IN: x", NULL, NULL, NULL },
		{ AT "smtp-in:1: x", NULL, NULL, NULL },
		{ "2026-01-05 10:00:00 1vcRz2-0001aB-3d Completed", NULL, NULL,
		    NULL },
		{ "2026-01-05 10:00:00 +0100 1vcRz2-0001aB-3d Completed", NULL,
		    NULL, NULL },
		{ "", NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct event ev;
		struct line ln;

		if ((run(t[i].line, &ev) != PARSE_FOREIGN) !=
		    (t[i].host != NULL))
			fail_msg("%s: %s", t[i].line, buf_c(&out));
		frame_any(str_c(t[i].line), &ln);
		assert_int_equal(axigen_frame(&ln), t[i].host != NULL);
		if (!t[i].host)
			continue;
		assert_true(str_eq(ln.host, str_c(t[i].host)));
		assert_true(str_eq(ln.tag, str_c(t[i].tag)));
		assert_true(str_eq(ln.prog, ln.tag));
		assert_true(str_eq(ln.pid, str_c(t[i].pid)));
		assert_true(str_eq(ln.text, ln.raw));
	}
}

/* A password is in no field, and the line that holds one is not kept. */
static void
test_secret(void **state)
{
	static const char *const t[] = {
		AT "SMTP-IN:1: << AUTH LOGIN c2VjcmV0",
		AT "SMTP-IN:1: << c2VjcmV0",
		AT "SMTP-IN:1: << secret",
		AT "SMTP-OUT:1: >> AUTH PLAIN c2VjcmV0",
		AT "SMTP-OUT:1: >> c2VjcmV0",
		AT "IMAP:1: << a LOGIN bob secret",
		AT "POP3:1: << PASS secret",
		AT "SMTP-IN:1: Authentication error for user 'my secret': x",
		AT "WEBMAIL:1: <a> GET /?_h=secret HTTP/1.1 u=b@c.example "
		   "code=200 time=5",
		AT "MAILBOXAPI:1: <secret> BEGIN [id=1]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct event ev;
		enum parse_result r = run(t[i], &ev);

		assert_true(r == PARSE_IGNORED ||
			    (r == PARSE_EVENT && (ev.flags & EVF_SECRET)));
		assert_int_equal(str_find(buf_str(&out), STR("c2Vj")), -1);
		assert_int_equal(str_find(buf_str(&out), STR("secret")), -1);
	}
}

/* What a client wrote is not taken for what Axigen says. */
static void
test_forged(void **state)
{
	static const struct {
		const char *line;
		enum field f;
		const char *want; /* NULL: not set */
	} t[] = {
		{ AT "SMTP-IN:1: New mail <a> received from h (203.0.113.1) "
		     "with envelope from <x> (192.0.2.1) with envelope from "
		     "<c@d.example>, recipients=1 (e@f.example), size=1, "
		     "enqueued with id 2A",
		    F_CLIENT_IP, NULL },
		{ AT "SMTP-IN:1: New mail <a, size=9, enqueued with id 2B> "
		     "received from h (192.0.2.1) with envelope from "
		     "<c@d.example>, recipients=1 (e@f.example), size=1, "
		     "enqueued with id 2A",
		    F_SIZE, "1" },
		{ AT "SMTP-IN:1: New mail <a> received from x> received from "
		     "h (192.0.2.1) with envelope from <c@d.example>, "
		     "recipients=1 (e@f.example), size=1, enqueued with id "
		     "2A",
		    F_HELO, NULL },
		{ AT "SMTP-IN:1: New mail <a> received from h (192.0.2.1) "
		     "with envelope from <c@d.example>, recipients=1 "
		     "(e@f.example g@h.example), size=1, enqueued with id 2A",
		    F_RCPTS, NULL },
		{ AT "SMTP-IN:1: New mail <a> received from h (192.0.2.1) "
		     "with envelope from <c@d.example>, recipients=2 "
		     "(e@f.example;g@h.example), size=1, enqueued with id 2A",
		    F_RCPTS, "e@f.example;g@h.example" },
		{ AT "PROCESSING:2A: Set recipient <\"x> state to SENT\"@b."
		     "example> state to RECEIVED",
		    F_STATUS, "RECEIVED" },
		{ AT "SMTP-IN:1: SPF result for MAIL FROM <a@b.example> issued "
		     "from EHLO domain <x> connected from <203.0.113.1>: Pass "
		     "(y> connected from <192.0.2.1>: Fail",
		    F_VERDICT, NULL },
		{ AT "SMTP-IN:1: SPF result for MAIL FROM <a@b.example> issued "
		     "from EHLO domain <x> connected from <192.0.2.1>: Pass",
		    F_FROM, "a@b.example" },
		{ AT "SMTP-IN:1: SPF result for MAIL FROM <a@b@b> issued from "
		     "EHLO domain <x> connected from <192.0.2.1>: Pass",
		    F_FROM, "a@b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct event ev;
		enum parse_result r = run(t[i].line, &ev);
		struct str got = ev_get(&ev, t[i].f);

		assert_true(r == PARSE_EVENT || !t[i].want);
		if (t[i].want ? !str_eq(got, str_c(t[i].want)) :
				ev_has(&ev, t[i].f))
			fail_msg("%s: " STR_FMT, t[i].line, STR_ARG(got));
	}
}

/* ---- the table ---- */

/* The shipped rows, whole: what does not parse there fails here. */
static void
test_shipped(void **state)
{
	char name[] = "/tmp/axigen-XXXXXX";
	int fd = mkstemp(name);
	struct err err;
	size_t n = strlen(axigen_patterns);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, axigen_patterns, n), (ssize_t)n);
	close(fd);
	if (axigen_patterns_load(name, &err) < 0)
		fail_msg("%s", err.msg);
	unlink(name);
	axigen_patterns_unload();
}

static int
load(const char *rows, struct err *err)
{
	char name[] = "/tmp/axigen-XXXXXX";
	int fd = mkstemp(name), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, rows, strlen(rows)), (ssize_t)strlen(rows));
	close(fd);
	rc = axigen_patterns_load(name, err);
	unlink(name);
	return rc;
}

static void
test_own_rows(void **state)
{
	static const char rows[] =
	    "# our own\n"
	    "\n"
	    "O SMTP-OUT delivery sent id=queue Relayed <{to}> to {relay_name}"
	    "[{relay_ip:ip}]: {reply}\r\n"
	    "O PROCESSING ignored - - Set recipient <{-}> state to SENT\n"
	    "O * note - action=own,where=X a {{ b {text:has=Yes}\n"
	    "O SMTP-IN auth fail secret Bad password '{-}' for {user:word}\n"
	    "O SMTP-OUT note - - mail {qid:hex} size {size:num}\n";
	static const struct {
		const char *line, *want;
	} t[] = {
		{ AT "SMTP-OUT:002C2605: Relayed <a@b.example> to mx[192.0.2."
		     "1]: 250 2.0.0 ok",
		    "delivery qid=2C2605 state=sent to=a@b.example "
		    "relay_name=mx relay_ip=192.0.2.1 code=250 dsn=2.0.0 "
		    "reply=\"250 2.0.0 ok\"" },
		{ AT "SMTP-OUT:1: Relayed <a@b.example> to mx[none]: 250 ok",
		    "note session action=unrecognised session=SMTP-OUT:1 "
		    "text=\"Relayed <a@b.example> to mx[none]: 250 ok\"" },
		{ AT "PROCESSING:2A: Set recipient <a@b> state to SENT",
		    "ignored" },
		{ AT "PROCESSING:2A: Set recipient <a@b> state to RECEIVED",
		    "note qid=2A to=a@b status=RECEIVED" },
		{ AT "LOG:1: a { b oh yes",
		    "note session where=X action=own session=LOG:1 "
		    "text=\"oh yes\"" },
		{ AT "LOG:1: a { b oh no", "unknown" },
		{ AT "SMTP-OUT:1: mail 002A size 7x",
		    "note session action=unrecognised session=SMTP-OUT:1 "
		    "text=\"mail 002A size 7x\"" },
		{ AT "SMTP-OUT:1: mail 002A size 7",
		    "note qid=2A session size=7 session=SMTP-OUT:1" },
	};
	struct event ev;
	struct err err;

	(void)state;
	if (load(rows, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		run(t[i].line, &ev);
		if (!str_eq(buf_str(&out), str_c(t[i].want)))
			fail_msg("%s\n  is     %s\n  should %s", t[i].line,
			    buf_c(&out), t[i].want);
	}
	assert_int_equal(run(AT "SMTP-IN:1: Bad password 'x' for bob", &ev),
	    PARSE_EVENT);
	assert_true(ev.flags & EVF_SECRET);
	/* a wrong file leaves the rows as they were */
	assert_int_equal(load("O nothing\n", &err), -1);
	run(AT "PROCESSING:2A: Set recipient <a@b> state to SENT", &ev);
	assert_string_equal(buf_c(&out), "ignored");
	axigen_patterns_unload();
	run(AT "PROCESSING:2A: Set recipient <a@b> state to SENT", &ev);
	assert_string_equal(buf_c(&out), "note qid=2A state=sent to=a@b "
					 "status=SENT");
}

/* The rows in the manual are rows, and do what it says. */
static void
test_manual(void **state)
{
	FILE *f = fopen("docs/axigen.md", "r");
	struct buf rows = BUF_INIT(1 << 16);
	char line[1024];
	struct event ev;
	struct err err;
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, "    O ", 6) == 0) {
			buf_puts(&rows, line);
			n++;
		}
	fclose(f);
	assert_true(n >= 6);
	if (load(buf_c(&rows), &err) < 0)
		fail_msg("%s", err.msg);
	buf_release(&rows);
	run(AT "SMTP-OUT:002C2605: Relayed <ann@remote.example> to "
	       "mx.remote.example[192.0.2.9]: 250 2.0.0 queued",
	    &ev);
	assert_string_equal(buf_c(&out),
	    "delivery qid=2C2605 state=sent to=ann@remote.example "
	    "relay_name=mx.remote.example relay_ip=192.0.2.9 code=250 "
	    "dsn=2.0.0 reply=\"250 2.0.0 queued\"");
	axigen_patterns_unload();
}

static void
test_bad_rows(void **state)
{
	static const struct {
		const char *rows, *want;
	} t[] = {
		{ "X SMTP-IN note - - a", ":1: a row begins with" },
		{ "\n#\nO SMTP-IN note - -", ":3: a row has six columns" },
		{ "O SMTP note - - a", "unknown service 'SMTP'" },
		{ "O SMTP-IN nothing - - a", "unknown event 'nothing'" },
		{ "O SMTP-IN note gone - a", "unknown state 'gone'" },
		{ "O SMTP-IN note - what a", "unknown option 'what'" },
		{ "O SMTP-IN note - class=x a", "unknown field 'class'" },
		{ "O SMTP-IN note - id=x a", "id= is queue or session" },
		{ "O SMTP-IN note - action= a", "a fixed value has" },
		{ "O SMTP-IN note - - a {nope} b", "unknown field 'nope'" },
		{ "O SMTP-IN note - - a {to:x} b", "unknown kind of hole" },
		{ "O SMTP-IN note - - a {to b", "a hole is not closed" },
		{ "O SMTP-IN note - - a {to}{from}", "two holes need text" },
		{ "O SMTP-IN note - - {-}{-}", "two holes need text" },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		assert_int_equal(load(t[i].rows, &err), -1);
		if (!strstr(err.msg, t[i].want))
			fail_msg("'%s' says '%s'", t[i].rows, err.msg);
	}
	assert_int_equal(axigen_patterns_load("/no/such/file", &err), -1);
	assert_non_null(strstr(err.msg, "/no/such/file"));
}

/* A long line of one odd piece takes no longer than its length allows. */
static void
test_long(void **state)
{
	static const char *const pieces[] = { "> state to ", "<", "> with id ",
		"' of <", ", size=", "> received from ", " <", "a", "resched",
		"> connected from <", " code=", "@", ": " };
	static const char *const heads[] = { "SMTP-IN:1: New mail <",
		"PROCESSING:1: ", "PROCESSING:1: Set recipient <",
		"PROCESSING:1: Mail delivered to mailbox '",
		"SMTP-OUT:1: ", "SMTP-IN:1: SPF result for MAIL FROM <",
		"WEBMAIL:1: <a> ", "SMTP-IN:1: << RCPT TO:<",
		"SMTP-OUT:1: << 250 " };
	char *text = malloc(ROOM);

	(void)state;
	assert_non_null(text);
	for (size_t h = 0; h < sizeof(heads) / sizeof(*heads); h++)
		for (size_t k = 0; k < sizeof(pieces) / sizeof(*pieces); k++) {
			size_t n, m = strlen(pieces[k]);
			struct event ev;
			struct line ln;
			int w = snprintf(text, ROOM, AT "%s", heads[h]);

			assert_true(w > 0);
			for (n = (size_t)w; n + m < ROOM - 1; n += m)
				memcpy(text + n, pieces[k], m);
			frame_any(str_make(text, n), &ln);
			ln.text = at_edge(ln.text);
			run_line(&parser_axigen, MTA_AXIGEN, &ln, &ev);
		}
	free(text);
}

static void
test_fixtures(void **state)
{
	(void)state;
	assert_true(check_fixtures(&parser_axigen, MTA_AXIGEN, "axigen") >= 2);
}

static void
test_public(void **state)
{
	struct counts c = count_logs(&parser_axigen, MTA_AXIGEN,
	    "../shared/corpora/public/axigen");

	(void)state;
	assert_true(c.event > 20);
	assert_int_equal(c.unknown, 0);
	assert_int_equal(c.foreign, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_own_rows),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_bad_rows),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_public),
	};

	return cmocka_run_group_tests(tests, edge_setup, edge_teardown);
}
