/*
 * test_assemble.c: stopping after any line and going on from what was saved
 * gives the same records; saved bytes that are cut or changed are refused or
 * harmless.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/assemble.h"
#include "parsers/parser.h"
#include "parsers/syslog.h"
#include "base/banned.h"

/* Open hops, sessions with a TLS line and held events, a login that the line
 * after it repeats. */
static const char *const lines[] = {
	"Jan  2 03:04:05 mx postfix/smtpd[9]: connect from c.example[192.0.2.4]",
	"Jan  2 03:04:05 mx postfix/smtpd[9]: Anonymous TLS connection "
	"established from c.example[192.0.2.4]: TLSv1.3 with cipher X (1/1 "
	"bits)",
	"Jan  2 03:04:05 mx postfix/smtpd[9]: 4H7TJ1: "
	"client=c.example[192.0.2.4]",
	"Jan  2 03:04:05 mx postfix/cleanup[7]: 4H7TJ1: "
	"message-id=<a.1@c.example>",
	"Jan  2 03:04:06 mx postfix/qmgr[2]: 4H7TJ1: from=<a@c.example>, "
	"size=99, nrcpt=2 (queue active)",
	"Jan  2 03:04:06 out postfix/smtp[3]: connect to "
	"mx.d.example[192.0.2.9]:25: Connection timed out",
	"Jan  2 03:04:07 mx postfix/smtpd[9]: warning: c.example[192.0.2.4]: "
	"SASL LOGIN authentication failed: bad password",
	"Jan  2 03:04:07 mx last message repeated 3 times",
	"Jan  2 03:04:08 mx postfix/smtp[3]: 4H7TJ1: to=<b@d.example>, "
	"relay=mx.d.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, "
	"status=sent (250 2.0.0 Ok: queued as 77)",
	"Jan  2 03:04:08 out postfix/qmgr[2]: 5K1: from=<a@c.example>, size=1, "
	"nrcpt=1 (queue active)",
	"Jan  2 03:04:09 mx postfix/qmgr[2]: 4H7TJ1: removed",
	"Jan  2 03:04:09 mx postfix/smtpd[9]: NOQUEUE: reject: RCPT from "
	"c.example[192.0.2.4]: 550 5.1.1 <x@d.example>: Recipient address "
	"rejected: User unknown; from=<a@c.example> to=<x@d.example> "
	"proto=ESMTP helo=<c.example>",
};

enum { LINES = sizeof(lines) / sizeof(*lines), SAVED_MAX = 1 << 20 };

static int
sink(void *ctx, struct str head, struct str events, struct err *err)
{
	(void)err;
	buf_add(ctx, head);
	buf_add(ctx, events);
	return 0;
}

static void
read_lines(struct assembler *as, size_t from, size_t to)
{
	const struct zone *zone = zone_get("UTC", NULL);
	struct syslog sl;
	struct err err = { "" };

	syslog_init(&sl, zone, 2026);
	for (size_t i = from; i < to; i++) {
		struct line ln = { .raw = str_c(lines[i]), .number = i + 1 };
		const struct parser *who = NULL;
		struct event ev;
		int rc = 0;

		syslog_frame(&sl, &ln);
		if (ln.flags & LINE_REPEATED)
			rc = assemble_again(as, &ln, ln.host, 1, &err) < 0;
		else if (parse_line(&ln, &ev, NULL, &who) == PARSE_EVENT)
			rc = assemble(as, &ln, &ev, ln.host, 1, &err);
		if (rc)
			fail_msg("%s", err.msg);
	}
	syslog_release(&sl);
}

static struct assembler *
new_assembler(struct buf *out)
{
	static const struct assemble_opts opts = { NULL, false };

	return assembler_new(&opts, sink, out);
}

static void
finish(struct assembler *as)
{
	struct err err;

	assert_int_equal(assemble_flush(as, INT64_MAX, &err), 0);
	assembler_free(as);
}

static void
goes_on(void **state)
{
	struct buf whole = BUF_INIT(SAVED_MAX), saved = BUF_INIT(SAVED_MAX);
	struct assembler *as = new_assembler(&whole);
	struct err err = { "" };

	(void)state;
	read_lines(as, 0, LINES);
	finish(as);
	assert_true(whole.n > 1000);
	for (size_t stop = 0; stop <= LINES; stop++) {
		struct buf parts = BUF_INIT(SAVED_MAX);

		as = new_assembler(&parts);
		read_lines(as, 0, stop);
		buf_clear(&saved);
		assembler_save(as, &saved);
		assembler_free(as);
		as = new_assembler(&parts);
		if (assembler_load(as, buf_str(&saved), &err) < 0)
			fail_msg("after line %zu: %s", stop, err.msg);
		read_lines(as, stop, LINES);
		finish(as);
		assert_int_equal(parts.n, whole.n);
		assert_memory_equal(parts.p, whole.p, whole.n);
		buf_release(&parts);
	}
	buf_release(&whole);
	buf_release(&saved);
}

/* 1: taken, and what came of it is no rubbish to a reader. */
static int
load(const char *p, size_t n)
{
	struct buf out = BUF_INIT(SAVED_MAX);
	struct assembler *as = new_assembler(&out);
	char *copy = malloc(n + 1); /* so that a byte too far is seen */
	struct err err = { "" };
	int rc;

	assert_non_null(copy);
	memcpy(copy, p, n);
	rc = assembler_load(as, str_make(copy, n), &err);
	assert_true(rc == 0 || strstr(err.msg, "damaged"));
	free(copy);
	if (rc == 0)
		assert_int_equal(assemble_flush(as, INT64_MAX, &err), 0);
	assembler_free(as);
	buf_release(&out);
	return rc == 0;
}

static void
damaged(void **state)
{
	struct buf out = BUF_INIT(SAVED_MAX), saved = BUF_INIT(SAVED_MAX);
	struct assembler *as = new_assembler(&out);

	(void)state;
	read_lines(as, 0, 7);
	assembler_save(as, &saved);
	assembler_free(as);
	buf_release(&out);
	assert_int_equal(load(saved.p, saved.n), 1);
	for (size_t n = 0; n < saved.n; n++)
		assert_int_equal(load(saved.p, n), 0);
	for (size_t i = 0; i < saved.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			saved.p[i] = (char)(saved.p[i] ^ 1 << bit);
			load(saved.p, saved.n);
			saved.p[i] = (char)(saved.p[i] ^ 1 << bit);
		}
	buf_putc(&saved, 'x');
	assert_int_equal(load(saved.p, saved.n), 0);
	buf_release(&saved);
}

/* Which hosts the records have. */
struct seen {
	struct rec_scratch scratch;
	size_t n, unknown, wrong;
};

static int
see(void *ctx, struct str head, struct str events, struct err *err)
{
	struct buf row = BUF_INIT(SAVED_MAX);
	struct seen *s = ctx;
	struct record rec;
	char want[16];

	buf_add(&row, head);
	buf_add(&row, events);
	assert_int_equal(rec_read(buf_str(&row), &rec, &s->scratch, err), 0);
	snprintf(want, sizeof(want), "h%zu", s->n++);
	if (!rec.host.n)
		s->unknown++;
	else if (!str_eq(rec.host, str_c(want)))
		s->wrong++;
	buf_release(&row);
	return 0;
}

/* More hosts than anybody has: some become unknown, none another. */
static void
many_hosts(void **state)
{
	static const struct assemble_opts opts = { NULL, false };
	struct seen s = { .n = 0 };
	struct assembler *as = assembler_new(&opts, see, &s);
	struct err err;

	(void)state;
	for (unsigned i = 0; i < 70000; i++) {
		struct line ln = { .number = i + 1, .t_us = i };
		struct event ev;
		char host[16];

		snprintf(host, sizeof(host), "h%u", i);
		ev_clear(&ev);
		ev.kind = EV_AUTH;
		ev.state = ST_FAIL;
		assert_int_equal(assemble(as, &ln, &ev, str_c(host), 1, &err),
		    0);
	}
	assert_int_equal(s.n, 70000);
	assert_int_equal(s.wrong, 0);
	assert_true(s.unknown > 0 && s.unknown < 5000);
	assembler_free(as);
	rec_scratch_release(&s.scratch);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on),
		cmocka_unit_test(damaged),
		cmocka_unit_test(many_hosts),
	};

	return cmocka_run_group_tests_name("assemble", tests, NULL, NULL);
}
