/*
 * test_cli_out.c: an answer built by hand, full of hostile bytes, in every
 * format: JSON that a parser takes and that has every key, CSV that runs
 * nothing, text that steers no terminal, a redaction that leaves nobody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "cli/out.h"
#include "cli/pen.h"
#include "cli/json.h"
#include "cli/utf8.h"
#include "base/banned.h"

#define T0	INT64_C(1767281972225000) /* 2026-01-01 15:39:32.225 UTC */
#define HOSTILE "=cmd|' /C calc'!A0\x1b[2J\x07\xff\xe2\x80\xae\"<script>,\r\n"

static struct answer
answer(void)
{
	struct answer ans = { .from_us = T0 - 1000000,
		.until_us = T0,
		.sources = 2,
		.lines = (uint64_t)1 << 60 };
	struct arena *a = &ans.arena;
	struct ans_message *m = arena_new(a, struct ans_message);
	struct ans_rcpt *r = arena_array(a, struct ans_rcpt, 2);

	*m = (struct ans_message){ .message_id = STR("<id@isp.example>"),
		.subject = STR(HOSTILE),
		.from = STR("anna@isp.example"),
		.size_bytes = 12345,
		.first_us = T0,
		.last_us = T0 + 90000000,
		.entry = { .host = STR("mx1.isp.example"),
		    .client_ip = STR("192.0.2.7"),
		    .user = STR("anna") },
		.rcpt = r,
		.nrcpt = 2,
		.nhop = 1 };
	r[0] = (struct ans_rcpt){ .to = STR("bob@far.example"),
		.state = OUT_BOUNCED,
		.c = { .cls = CLS_MAILBOX_FULL,
		    .grp = GRP_QUOTA,
		    .perm = PERM_PERM,
		    .side = SIDE_REMOTE,
		    .confidence = 3,
		    .block = { .kind = "" } },
		.rule = STR("r1"),
		.stop_host = STR("out1.isp.example"),
		.stop_qid = STR("4F1A"),
		.stop_program = STR("postfix/smtp"),
		.has_remote = true,
		.remote_name = STR("mx.far.example"),
		.remote_ip = STR("203.0.113.9"),
		.remote_port = 25,
		.has_reply = true,
		.reply_code = 552,
		.reply_dsn = STR("5.2.2"),
		.reply_text =
		    STR("552 5.2.2 "
			"<bob@far.example> of 192.0.2.7 is full" HOSTILE),
		.time_us = T0 + 90000000,
		.attempts = 2,
		.who_acts = "recipient",
		.why = STR("the mailbox is full"),
		.next = STR("ask for room") };
	r[1] = (struct ans_rcpt){ .to = STR("cyn@isp.example"),
		.original_to = STR("team@isp.example"),
		.state = OUT_DELIVERED,
		.stop_host = STR("mbox.isp.example"),
		.stop_qid = STR("X1"),
		.stop_program = STR("dovecot"),
		.remote_port = -1,
		.reply_code = -1,
		.has_stored = true,
		.mailbox = STR("cyn"),
		.folder = STR("INBOX"),
		.time_us = T0 + 1000000,
		.who_acts = "nobody" };
	for (int i = 0; i < 2; i++) {
		struct ans_step *s = arena_array(a, struct ans_step, 2);

		s[0] = (struct ans_step){ .host = STR("mx1.isp.example"),
			.qid = STR("Q1"),
			.mta = "postfix",
			.t_us = T0,
			.conf = CONF_EXACT };
		s[1] = (struct ans_step){ .host = r[i].stop_host,
			.qid = r[i].stop_qid,
			.mta = "postfix",
			.t_us = T0 + 500000,
			.link = LINK_QUEUED_AS,
			.conf = CONF_EXACT };
		r[i].path = s;
		r[i].npath = 2;
	}
	r[0].evidence = arena_new(a, struct ans_evidence);
	*r[0].evidence = (struct ans_evidence){ .source = STR("/l/mail.log"),
		.line = 7,
		.offset = 700,
		.text = STR("to=<bob@far.example>, "
			    "sasl_username=anna, relay=mx[203.0.113.9]:25") };
	r[0].nevidence = 1;
	m->hop = arena_new(a, struct ans_hop);
	*m->hop = (struct ans_hop){ .host = STR("mx1.isp.example"),
		.qid = STR("Q1"),
		.mta = "postfix",
		.size_bytes = -1,
		.first_us = T0,
		.last_us = T0,
		.closed = true,
		.from = STR("anna@isp.example") };
	ans.message = m;
	ans.nmessage = 1;
	ans.truncated = true;
	return ans;
}

static const struct out opts = { .tz = "UTC",
	.width = 80,
	.limit = 1,
	.utf8 = true };

static const cJSON *
has(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	if (!v)
		fail_msg("no key '%s'", key);
	return v;
}

static void
all_keys(const cJSON *o, const char *keys)
{
	struct str rest = str_c(keys);
	int n = 0;

	while (rest.p) {
		char name[64];
		struct str k = str_split(&rest, ' ');

		snprintf(name, sizeof(name), STR_FMT, STR_ARG(k));
		has(o, name);
		n++;
	}
	if (cJSON_GetArraySize(o) != n)
		fail_msg("%d keys instead of: %s", cJSON_GetArraySize(o), keys);
}

static void
test_json(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	struct answer ans = answer();
	const cJSON *m, *r;
	cJSON *doc;

	(void)state;
	out_json(&ans, &opts, &b);
	doc = cJSON_Parse(buf_c(&b));
	assert_non_null(doc);
	all_keys(doc, "schema query truncated searched hints messages live");
	all_keys(has(doc, "searched"),
	    "from until hosts sources lines unknown_lines");
	/* past 2^53: a string */
	assert_string_equal(has(has(doc, "searched"), "lines")->valuestring,
	    "1152921504606846976");
	assert_true(cJSON_IsTrue(has(doc, "truncated")));
	m = cJSON_GetArrayItem(has(doc, "messages"), 0);
	all_keys(m, "message_id subject from size_bytes first_seen last_seen "
		    "entry recipients hops");
	all_keys(has(m, "entry"), "host client_name client_ip helo user tls");
	assert_true(cJSON_IsNull(has(has(m, "entry"), "helo")));
	assert_string_equal(has(m, "first_seen")->valuestring,
	    "2026-01-01T15:39:32.225000+00:00");
	assert_non_null(
	    strstr(has(m, "subject")->valuestring, "\x1b[2J\x07\xef\xbf\xbd"));
	for (int i = 0; i < 2; i++) {
		r = cJSON_GetArrayItem(has(m, "recipients"), i);
		all_keys(r,
		    "to original_to state group class permanent side "
		    "confidence rule stopped_at remote reply block stored "
		    "filter earlier_refusals time attempts first_attempt "
		    "last_attempt next_attempt_by who_acts why next path "
		    "evidence notice");
		all_keys(has(r, "stopped_at"), "host qid program");
		assert_int_equal(cJSON_GetArraySize(has(r, "path")), 2);
		all_keys(cJSON_GetArrayItem(has(r, "path"), 0),
		    "host qid mta time link link_confidence");
	}
	r = cJSON_GetArrayItem(has(m, "recipients"), 0);
	assert_string_equal(has(r, "class")->valuestring, "mailbox_full");
	assert_true(cJSON_IsTrue(has(r, "permanent")));
	all_keys(has(r, "remote"), "name ip port qid tls");
	all_keys(has(r, "reply"), "code dsn text");
	assert_int_equal(has(has(r, "reply"), "code")->valueint, 552);
	assert_true(cJSON_IsNull(has(r, "block")));
	r = cJSON_GetArrayItem(has(m, "recipients"), 1);
	assert_true(cJSON_IsNull(has(r, "class")));
	assert_true(cJSON_IsNull(has(r, "remote")));
	all_keys(has(r, "stored"), "mailbox folder id");
	all_keys(cJSON_GetArrayItem(has(m, "hops"), 0),
	    "host mta qid client_name client_ip from size_bytes first_seen "
	    "last_seen closed deliveries");
	cJSON_Delete(doc);
	answer_release(&ans);
	buf_release(&b);
}

/* Bytes that would steer a terminal appear in no format. */
static void
harmless(const struct buf *b, const char *what)
{
	struct str s = buf_str(b), at;
	uint32_t cp;

	while (utf8_next(&s, &at, &cp))
		if (cp == UTF8_BAD || (utf8_unsafe(cp) && cp != '\n'))
			fail_msg("%s: U+%04X", what, (unsigned)cp);
}

static void
test_jsonl(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	struct answer ans = answer();
	struct str rest, line;
	cJSON *doc;

	(void)state;
	out_jsonl(&ans, &opts, &b);
	harmless(&b, "jsonl");
	rest = buf_str(&b);
	line = str_split(&rest, '\n');
	doc = cJSON_ParseWithLength(line.p, line.n);
	assert_non_null(doc);
	has(doc, "recipients");
	cJSON_Delete(doc);
	assert_true(str_eq(rest, STR("{\"truncated\":true,\"limit\":1}\n")));
	answer_release(&ans);
	buf_release(&b);
}

static void
test_csv(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} t[] = {
		{ STR_INIT("plain"), "plain" },
		{ STR_INIT(""), "" },
		{ STR_INIT("=1+1"), "\"'=1+1\"" },
		{ STR_INIT("+49 1"), "\"'+49 1\"" },
		{ STR_INIT("-x"), "\"'-x\"" },
		{ STR_INIT("@SUM"), "\"'@SUM\"" },
		{ STR_INIT("\xef\xbc\x9d"
			   "1"),
		    "\"'\xef\xbc\x9d"
		    "1\"" },
		{ STR_INIT("\tx"), "\"' x\"" },
		{ STR_INIT("a,b"), "\"a,b\"" },
		{ STR_INIT("a\"b"), "\"a\"\"b\"" },
		{ STR_INIT("a\r\nb"), "\"a  b\"" },
		{ STR_INIT("a\xff"
			   "b"),
		    "a\xef\xbf\xbd"
		    "b" },
		{ STR_INIT("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f" },
	};
	struct buf b = BUF_INIT(1 << 20);
	struct answer ans = answer();
	size_t lines = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_clear(&b);
		csv_field(&b, t[i].in, true);
		assert_string_equal(buf_c(&b), t[i].out);
	}
	buf_clear(&b);
	out_csv(&ans, &opts, &b);
	harmless(&b, "csv");
	for (size_t i = 0; i < b.n; i++)
		lines += b.p[i] == '\n';
	assert_int_equal(lines, 4); /* head, two rows, the cut */
	assert_non_null(strstr(buf_c(&b), ",\"'=cmd|"));
	answer_release(&ans);
	buf_release(&b);
}

static void
test_text(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	struct answer ans = answer();
	struct out o = opts;

	(void)state;
	for (o.verbose = 0; o.verbose < 3; o.verbose++) {
		buf_clear(&b);
		out_text(&ans, &o, &b);
		harmless(&b, "text");
		assert_non_null(strstr(buf_c(&b), "\\x1b[2J\\x07\\xff"));
		assert_non_null(strstr(buf_c(&b), "2 recipients: "
						  "1 delivered, 1 bounced\n"));
		/* the failure is told before the delivery */
		assert_true(
		    strstr(buf_c(&b), "BOUNCED at out1.isp.example "
				      " quota: mailbox full, for good") <
		    strstr(buf_c(&b), "DELIVERED"));
		assert_non_null(
		    strstr(buf_c(&b), "The recipient must act: ask for room."));
	}
	o.proof = true;
	buf_clear(&b);
	out_text(&ans, &o, &b);
	harmless(&b, "proof");
	assert_non_null(strstr(buf_c(&b), "mx.far.example"));
	o.color = true;
	o.proof = false;
	buf_clear(&b);
	out_text(&ans, &o, &b);
	assert_non_null(strstr(buf_c(&b), "\x1b[31m")); /* our own colour */
	assert_null(strstr(buf_c(&b), "\x1b[2J"));
	answer_release(&ans);
	buf_release(&b);
}

/* Whatever the width: no line of the table is wider. */
static void
test_list_width(void **state)
{
	struct answer ans = answer();
	struct ans_message *m = arena_array(&ans.arena, struct ans_message, 9);
	struct buf b = BUF_INIT(1 << 20);
	struct out o = opts;

	(void)state;
	for (int i = 0; i < 9; i++)
		m[i] = ans.message[0];
	m[3].from = STR("an-address-that-is-much-too-long-for-a-column"
			"@and-a-domain-that-is-long-too.isp.example");
	ans.message = m;
	ans.nmessage = 9;
	o.tty = true;
	for (o.width = 40; o.width < 180; o.width += 7) {
		struct str rest;
		struct pen p = { .utf8 = true };

		buf_clear(&b);
		out_text(&ans, &o, &b);
		rest = buf_str(&b);
		while (rest.p) {
			struct str l = str_split(&rest, '\n');

			if (l.n && l.p[0] == ' ' && pen_width(&p, l) > o.width)
				fail_msg("%d columns in %d: " STR_FMT,
				    pen_width(&p, l), o.width, STR_ARG(l));
		}
	}
	answer_release(&ans);
	buf_release(&b);
}

static void
test_redact(void **state)
{
	static const char *const gone[] = { "anna", "bob@", "cyn", "192.0.2.7",
		"203.0.113.9", "team@" };
	static const enum format formats[] = { FMT_TEXT, FMT_JSON, FMT_JSONL,
		FMT_CSV, FMT_HTML };
	struct buf b = BUF_INIT(1 << 20);
	struct answer ans = answer();
	struct out o = opts;

	(void)state;
	o.verbose = 2;
	redact_answer(&ans, NULL);
	for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
		buf_clear(&b);
		out_answer(formats[f], &ans, &o, &b);
		for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
			if (strstr(buf_c(&b), gone[i]))
				fail_msg("'%s' is still there:\n%s", gone[i],
				    buf_c(&b));
		assert_non_null(strstr(buf_c(&b), "@far.example"));
	}
	/* one person, one name */
	assert_true(str_eqi(ans.message[0].entry.user, STR("user2")) ==
		    str_eqi(ans.message[0].from, STR("user2@isp.example")));
	answer_release(&ans);
	buf_release(&b);
}

static void
test_redact_forms(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "<a.b+c@x.example>", "<user1@x.example>" },
		{ "from=a@x.example to=b@x.example a@x.example",
		    "from=user1@x.example to=user2@x.example user1@x.example" },
		{ "A@x.example a@x.example",
		    "user1@x.example user1@x.example" },
		{ "\"a b\"@x.example", "user1@x.example" },
		{ "[192.0.2.1]:25 192.0.2.1,", "[ip1]:25 ip1," },
		{ "2001:db8::1 and [2001:DB8::1]", "ip1 and [ip1]" },
		{ "10:11:12 face cafe 5.7.1 de",
		    "10:11:12 face cafe 5.7.1 de" },
		{ "a@ @b @", "user1@ @b @" },
		{ "j\xc3\xbcrg@x.example", "user1@x.example" },
		{ "queued as 4F1A2B", "queued as 4F1A2B" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct answer ans = { .nhint = 1 };

		ans.hint = arena_new(&ans.arena, struct str);
		ans.hint[0] = str_c(t[i].in);
		redact_answer(&ans, NULL);
		if (!str_eq(ans.hint[0], str_c(t[i].out)))
			fail_msg("%s became " STR_FMT ", not %s", t[i].in,
			    STR_ARG(ans.hint[0]), t[i].out);
		answer_release(&ans);
	}
}

static void
test_html(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	struct answer ans = answer();

	(void)state;
	out_html(&ans, &opts, &b);
	harmless(&b, "html");
	assert_null(strstr(buf_c(&b), "<script"));
	assert_non_null(strstr(buf_c(&b), "&quot;&lt;script&gt;"));
	assert_null(strstr(buf_c(&b), "http://"));
	assert_null(strstr(buf_c(&b), "https://"));
	answer_release(&ans);
	buf_release(&b);
}

static void
test_spans(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} t[] = {
		{ 0, "0 s" },
		{ 999, "< 1 ms" },
		{ 1000, "1 ms" },
		{ 999999, "999 ms" },
		{ 1000000, "1.0 s" },
		{ 59900000, "59.9 s" },
		{ 60000000, "1 min" },
		{ 200000000, "3 min 20 s" },
		{ 3600000000, "1 h" },
		{ 93600000000, "1 d 2 h" },
		{ -2500000, "-2.5 s" },
		{ INT64_MIN, "-106751991 d 4 h" },
	};
	struct buf b = BUF_INIT(256);

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_clear(&b);
		span_print(&b, t[i].us);
		assert_string_equal(buf_c(&b), t[i].text);
	}
	buf_clear(&b);
	size_print(&b, 999950);
	assert_string_equal(buf_c(&b), "1.0 MB");
	buf_clear(&b);
	count_print(&b, 1234567);
	assert_string_equal(buf_c(&b), "1 234 567");
	buf_release(&b);
}

static void
test_utf8(void **state)
{
	static const struct {
		struct str in;
		const char *out; /* as a pen shows it */
		int width;
	} t[] = {
		{ STR_INIT("a\xc3\xbc"), "a\xc3\xbc", 2 },
		{ STR_INIT("\xc0\xaf"), "\\xc0\\xaf", 8 }, /* overlong */
		{ STR_INIT("\xed\xa0\x80"), "\\xed\\xa0\\x80", 12 },
		{ STR_INIT("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80", 16 },
		{ STR_INIT("\xe2\x82"), "\\xe2\\x82", 8 }, /* cut */
		{ STR_INIT("\xc2\x9b"
			   "31m"),
		    "\\x9b31m", 7 }, /* C1 CSI */
		{ STR_INIT("\x1b]0;x\x07"), "\\x1b]0;x\\x07", 12 },
		{ STR_INIT("\xe2\x80\xae"), "\\u{202e}", 8 },
		{ STR_INIT("\xe6\xbc\xa2"), "\xe6\xbc\xa2", 2 }, /* wide */
		{ STR_INIT("e\xcc\x81"), "e\xcc\x81", 1 },	 /* combining */
		{ STR_INIT("\0"), "\\x00", 4 },
	};
	struct buf b = BUF_INIT(256);

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct pen p = { .out = &b, .utf8 = true };

		buf_clear(&b);
		pen_str(&p, t[i].in);
		assert_string_equal(buf_c(&b), t[i].out);
		assert_int_equal(p.col, t[i].width);
		assert_int_equal(pen_width(&p, t[i].in), t[i].width);
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_jsonl),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_list_width),
		cmocka_unit_test(test_redact),
		cmocka_unit_test(test_redact_forms),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
