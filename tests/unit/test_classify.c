/*
 * test_classify.c: what a reply's class is besides its rule: who speaks, for
 * how long, who is blocked by whom, and that a cache changes nothing.
 *
 * Which rule decides which text is tested by the rules' own tests.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>

#include <cmocka.h>

#include "classify/explain.h"
#include "classify/rule.h"
#include "tests/unit/rules.h"

static struct classify_out
ask(const char *text)
{
	struct classify_in in = { .text = str_c(text) };
	struct classify_out out;

	classify(cl, &in, &out);
	return out;
}

static struct classify_out
expect_cls(const char *text, enum cls want)
{
	struct classify_out o = ask(text);

	if (o.cls != want)
		fail_msg("%s: %s by %s", text, cls_name(o.cls), o.rule);
	return o;
}

static void
same(struct str got, const char *want)
{
	if (!str_eq(got, str_c(want)))
		fail_msg("'" STR_FMT "' is not '%s'", STR_ARG(got), want);
}

/* ---- who is blocked by whom ---- */

static void
test_block(void **state)
{
	static const struct {
		const char *text, *ip, *list, *zone;
		enum cls cls;
	} rows[] = {
		{ "554 5.7.1 Service unavailable; Client host [203.0.113.5] "
		  "blocked using zen.spamhaus.org; "
		  "https://www.spamhaus.org/query/ip/203.0.113.5",
		    "203.0.113.5", "Spamhaus", "zen.spamhaus.org",
		    CLS_IP_BLOCKLISTED },
		{ "550-\"JunkMail rejected - mx.isp.example "
		  "[203.0.113.5]:24706 is in an RBL: Blocked - see "
		  "https://www.spamcop.net/bl.shtml?203.0.113.5\"",
		    "203.0.113.5", "SpamCop", "bl.spamcop.net",
		    CLS_IP_BLOCKLISTED },
		{ "550 5.7.606 Access denied, banned sending IP "
		  "[203.0.113.5]. To request removal visit "
		  "https://sender.office.com/",
		    "203.0.113.5", "", "", CLS_IP_BLOCKED },
		{ "421 4.7.0 [TSS04] Messages from 203.0.113.5 temporarily "
		  "deferred due to user complaints - 4.16.55.1; see x",
		    "203.0.113.5", "", "", CLS_BAD_REPUTATION },
		{ "550-5.7.1 [2001:db8::7      18] the very low reputation of "
		  "the sending IP address",
		    "2001:db8::7", "", "", CLS_BAD_REPUTATION },
		{ "554 5.7.1 Service unavailable; Client host [203.0.113.5] "
		  "blocked using combined.mail.abusix.zone; see "
		  "https://lookup.abusix.com/search?q=203.0.113.5",
		    "203.0.113.5", "Abusix", "combined.mail.abusix.zone",
		    CLS_IP_BLOCKLISTED },
		/* the receiver's own address is not ours */
		{ "host mx.far.example[192.0.2.1] said: 550 5.7.1 You are "
		  "not allowed to connect (in reply to MAIL FROM command)",
		    "", "", "", CLS_IP_BLOCKED },
		/* the resolver's address is nobody's fault of ours */
		{ "554 5.7.1 Service unavailable; Client host [203.0.113.5] "
		  "blocked using zen.spamhaus.org; Error: open resolver; "
		  "https://check.spamhaus.org/returnc/pub/192.0.2.53/",
		    "", "", "", CLS_SERVER_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct classify_out o = expect_cls(rows[i].text, rows[i].cls);

		if (o.cls == CLS_SERVER_ERROR)
			continue;
		same(o.block.ip, rows[i].ip);
		if (*rows[i].list)
			same(o.block.list, rows[i].list);
		if (*rows[i].zone)
			same(o.block.zone, rows[i].zone);
	}
}

/* ---- traps: the same code or word, another meaning ---- */

static void
test_traps(void **state)
{
	static const struct {
		const char *text;
		enum cls cls;
	} rows[] = {
		{ "550 5.1.1 <a@b.example> - 192.0.2.1 has sent to too many "
		  "recipients this hour. IB607",
		    CLS_RATE_LIMITED },
		{ "550 5.1.1 <x@relay.example>: unauthorized sender",
		    CLS_SENDER_REJECTED },
		{ "554 5.2.2 sender's submission quota exceeded",
		    CLS_RATE_LIMITED },
		{ "552 Too many recipients", CLS_TOO_MANY_RECIPIENTS },
		{ "552 1 Requested mail action aborted, mailbox not found",
		    CLS_USER_UNKNOWN },
		{ "452 4.3.1 Insufficient system resources", CLS_SERVER_ERROR },
		{ "452 4.3.1 Insufficient system storage", CLS_SYSTEM_FULL },
		{ "451 Invalid Recipient", CLS_USER_UNKNOWN },
		{ "450 4.7.1 try again later", CLS_SERVER_ERROR },
		{ "550 undeliverable address: host lmtp[10.0.0.1] said: 452 "
		  "4.2.2 Quota exceeded (in reply to RCPT TO command)",
		    CLS_MAILBOX_FULL },
		{ "550 5.7.1 To best protect our users from spam, messages "
		  "missing a valid address in From: header are not accepted",
		    CLS_MALFORMED_MESSAGE },
		{ "550 5.5.0 Requested action not taken: mailbox unavailable",
		    CLS_USER_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		expect_cls(rows[i].text, rows[i].cls);
	}
}

static void
test_permanence_and_side(void **state)
{
	struct classify_in in = { .text = STR("Connection refused"),
		.mta = STR("exim"),
		.where = WHERE_DELIVERY,
		.state_mark = STR("==") };
	struct classify_out o;

	(void)state;
	o = ask("450 4.1.1 user unknown");
	assert_int_equal(o.perm, PERM_TEMP);
	o = ask("host mx.far.example[192.0.2.1] said: 550 5.1.1 user unknown");
	assert_int_equal(o.perm, PERM_PERM);
	assert_int_equal(o.side, SIDE_REMOTE);
	o = ask("host a[192.0.2.1] said: 550 host b[192.0.2.2] said: 550 no "
		"such user");
	assert_int_equal(o.side, SIDE_RELAY);
	classify(cl, &in, &o);
	assert_int_equal(o.side, SIDE_LOCAL);
	assert_int_equal(o.perm, PERM_TEMP);
	assert_int_equal(o.cls, CLS_CONNECTION_FAILED);
	o = ask("451 You have been greylisted. We will accept this mail from "
		"you in 42 seconds");
	same(o.retry_after, "42 seconds");
	o = ask("");
	assert_int_equal(o.cls, CLS_NONE);
	assert_non_null(o.advice);
	o = ask("qwertz uiop");
	assert_int_equal(o.cls, CLS_UNKNOWN);
}

/* The words are the same, what is known beside them is not. */
static void
test_cache(void **state)
{
	struct classify_in in = {
		.text = STR("550 5.4.1 Recipient address rejected: Access "
			    "denied"),
		.rhost = STR("x.mail.protection.outlook.com")
	};
	struct classify_in dsn = { .text = STR("rejected"),
		.dsn = STR("5.2.2") };
	struct classify_out a, b;
	struct buf steps = BUF_INIT(1 << 20);

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		classify(cl, &in, &a);
		assert_int_equal(a.cls, CLS_USER_UNKNOWN);
		b = ask("554 5.7.1 Recipient address rejected: Access denied");
		assert_int_equal(b.cls, CLS_POLICY_REJECTED);
		dsn.dsn = STR("5.2.2");
		classify(cl, &dsn, &a);
		dsn.dsn = STR("5.7.26");
		classify(cl, &dsn, &b);
		assert_int_not_equal(a.cls, b.cls);
	}
	classify_explain(cl, &in, &b, &steps);
	assert_int_equal(b.cls, CLS_USER_UNKNOWN);
	assert_true(str_find(buf_str(&steps), STR("holds")) > 0);
	buf_release(&steps);
}

/* ---- names ---- */

static void
test_names(void **state)
{
	(void)state;
	for (int c = 1; c < CLS_COUNT; c++) {
		enum cls k = (enum cls)c;

		assert_int_equal(cls_by_name(str_c(cls_name(k))), k);
		assert_true(*cls_meaning(k) && *cls_next(k));
		assert_true(*cls_owner(k, SIDE_REMOTE));
		assert_int_not_equal(cls_grp(k), GRP_NONE);
		assert_true(cls_rank(k) >= 0);
	}
	for (int g = 1; g < GRP_COUNT; g++)
		assert_int_equal(grp_by_name(str_c(grp_name((enum grp)g))), g);
	assert_int_equal(cls_by_name(STR("nonsense")), CLS_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_permanence_and_side),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, rules_setup, rules_teardown);
}
