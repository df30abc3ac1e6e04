/*
 * test_dialogue.c: whom a reply in a logged dialogue is about: one command
 * after the other, pipelined, several mails in a session, without end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "index/dialogue.h"
#include "base/banned.h"

static struct buf talk = BUF_INIT(20 * 1024), hold = BUF_INIT(64 * 1024);

static bool
note(const char *action, enum field f, const char *value)
{
	struct event ev;

	ev_clear(&ev);
	ev.kind = EV_NOTE;
	ev_set(&ev, F_ACTION, str_c(action));
	if (value)
		ev_set(&ev, f, str_c(value));
	return dialogue_step(&talk, &ev, &hold);
}

/* Refused by us: what the event is told to be. */
static void
refuse(const char *want)
{
	struct event ev;
	struct buf out = BUF_INIT(1 << 16);

	ev_clear(&ev);
	ev.kind = EV_REJECT;
	assert_false(dialogue_step(&talk, &ev, &hold));
	event_dump(&ev, &out);
	assert_string_equal(buf_c(&out), want);
	buf_release(&out);
}

static void
start(void)
{
	struct event ev;

	buf_clear(&talk);
	ev_clear(&ev);
	ev.kind = EV_CONNECT;
	ev_set(&ev, F_CLIENT_IP, STR("192.0.2.5"));
	assert_false(dialogue_step(&talk, &ev, &hold));
}

static void
test_one_by_one(void **state)
{
	(void)state;
	start();
	assert_true(note("reply", F_TEXT, NULL)); /* the greeting */
	assert_true(note("EHLO", F_HELO, "h"));
	assert_true(note("reply", F_TEXT, NULL));
	assert_true(note("MAIL", F_FROM, "a@b"));
	assert_true(note("reply", F_TEXT, NULL));
	assert_true(note("RCPT", F_TO, "c@d"));
	refuse("reject from=a@b to=c@d client_ip=192.0.2.5 helo=h "
	       "where=RCPT");
}

static void
test_pipelined(void **state)
{
	(void)state;
	start();
	note("MAIL", F_FROM, "a@b");
	note("RCPT", F_TO, "c@d");
	note("RCPT", F_TO, "e@f");
	note("RCPT", F_TO, "g@h");
	note("DATA", F_TEXT, NULL);
	note("reply", F_TEXT, NULL);
	note("reply", F_TEXT, NULL);
	refuse("reject from=a@b to=e@f client_ip=192.0.2.5 "
	       "where=RCPT");
	note("reply", F_TEXT, NULL);
	note("reply", F_TEXT, NULL);
	note("dot", F_TEXT, NULL);
	refuse("reject from=a@b rcpts=<c@d>,<g@h> "
	       "client_ip=192.0.2.5 where=END-OF-MESSAGE");
	/* the next mail of the session has its own envelope */
	note("RSET", F_TEXT, NULL);
	note("reply", F_TEXT, NULL);
	note("MAIL", F_FROM, "");
	refuse("reject from=\"\" client_ip=192.0.2.5 where=MAIL");
}

/* A value never becomes more than a value, and nothing grows for ever. */
static void
test_limits(void **state)
{
	(void)state;
	start();
	note("MAIL", F_FROM, "x\nAevil@e");
	note("reply", F_TEXT, NULL);
	refuse("reject from=x client_ip=192.0.2.5");
	for (int i = 0; i < 100000; i++)
		note("RCPT", F_TO, "somebody@somewhere.example");
	assert_true(talk.n <= 16 * 1024);
	for (int i = 0; i < 100000; i++)
		note("reply", F_TEXT, NULL);
	assert_true(talk.n <= 16 * 1024);
	refuse("reject from=x client_ip=192.0.2.5");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_by_one),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_limits),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	buf_release(&talk);
	buf_release(&hold);
	return rc;
}
