/*
 * test_kept.c: lines kept with holes come back as they were: every sample of
 * every parser, each cut at every byte, and what is made to confuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/kept.h"
#include "parsers/parser.h"
#include "parsers/syslog.h"
#include "tests/unit/guard.h"
#include "base/banned.h"

static struct guard guard;

struct bench {
	struct syslog sl;
	struct kept kept;
	struct rec_scratch scratch;
	struct buf row, out;
	size_t lines, holes, whole, bytes, kept_bytes;
};

static void
setup(struct bench *b, const struct zone *zone)
{
	*b = (struct bench){ 0 };
	syslog_init(&b->sl, zone, 2026);
	kept_init(&b->kept);
	buf_init(&b->row, 1 << 20);
	buf_init(&b->out, 1 << 20);
}

static void
teardown(struct bench *b)
{
	syslog_release(&b->sl);
	kept_release(&b->kept);
	rec_scratch_release(&b->scratch);
	buf_release(&b->row);
	buf_release(&b->out);
}

/* Keeps a line and prints it again; true: it was kept with holes. */
static bool
again(struct bench *b, struct str raw, struct str *form)
{
	struct line ln = { .raw = guard_put(&guard, raw), .number = 1 };
	const struct parser *who = NULL;
	struct event ev;
	struct str whole;
	struct record rec = { .kind = REC_HOP, .inst = STR(""), .n = 1 };
	struct err err;

	syslog_frame(&b->sl, &ln);
	if (parse_line(&ln, &ev, NULL, &who) != PARSE_EVENT)
		return false;
	if (ln.flags & LINE_PAD0)
		ev.flags |= EVF_PAD0;
	rec.host = ln.host;
	rec.qid = str_head(ev.qid.p ? ev.qid : STR(""), 127);
	rec.t0_us = rec.t1_us = ln.t_us;
	whole = kept_form(&b->kept, &ln, &ev, rec.host, rec.qid, 16384);
	buf_clear(&b->row);
	rec_put_header(&b->row, &rec);
	rec_put_event(&b->row, &ln, &ev, 1, whole);
	assert_int_equal(rec_read(buf_str(&b->row), &rec, &b->scratch, &err),
	    0);
	b->lines++;
	b->bytes += raw.n;
	*form = rev_get(rec.ev, F_KEPT);
	b->kept_bytes += form->n + whole.n;
	if (!form->p) {
		assert_true(str_eq(whole, raw));
		b->whole++;
		return false;
	}
	b->holes++;
	buf_clear(&b->out);
	assert_true(kept_print(&rec, rec.ev, &b->out));
	if (!str_eq(buf_str(&b->out), raw))
		fail_msg("'" STR_FMT "' is not '" STR_FMT "'",
		    STR_ARG(buf_str(&b->out)), STR_ARG(raw));
	return true;
}

static void
samples(void **state)
{
	struct err err;
	const struct zone *zone = zone_get("Europe/Vienna", &err);
	struct bench b;
	struct str form;

	(void)state;
	assert_non_null(zone);
	setup(&b, zone);
	for (size_t i = 0; parsers[i]; i++)
		for (const struct sample *s = parsers[i]->samples; s->line;
		     s++) {
			struct str raw = str_c(s->line);

			for (size_t n = 1; n <= raw.n; n++)
				again(&b, str_head(raw, n), &form);
		}
	print_message("%zu lines, %zu with holes; %zu of %zu bytes kept\n",
	    b.lines, b.holes, b.kept_bytes, b.bytes);
	assert_true(b.holes > 10000);
	assert_true(b.kept_bytes * 2 < b.bytes);
	teardown(&b);
}

static void
forms(void **state)
{
	static const struct {
		const char *line, *form;
	} cases[] = {
		{ "2026-01-02 03:04:05 1vb001-000001-AB Completed",
		    "\x1a! \x1a$ Completed" },
		{ "2026-01-02 03:04:05.678 [99] 1vb001-000001-AB Completed",
		    "\x1a!\x1a\" [99] \x1a$ Completed" },
		{ "2026-01-02 03:04:05 +0300 1vb001-000001-AB Completed QT=9s",
		    "\x1a! +0300 \x1a$ Completed QT=\x1a"
		    "C" },
		/* the value of one is a part of another's */
		{ "2026-01-02 03:04:05 1vb001-000001-AB => a@b.example "
		  "R=smart T=smtp H=mx.example [192.0.2.1] C=\"250 OK "
		  "id=1vb\" DT=0s",
		    "\x1a! \x1a$ \x1aG \x1a"
		    "3 R=\x1aW T=\x1aX H=\x1a? [\x1a@] "
		    "C=\"\x1aH\" DT=\x1a"
		    "C" },
		/* a header of another host's clock, an hour that is none */
		{ "2026-01-02 03:04:60 1vb001-000001-AB Completed",
		    "2026-01-02 03:04:60 \x1a$ Completed" },
		{ "Jan  2 03:04:05 mx exim[9]: 1vb001-000001-AB Completed",
		    "\x1a#\x1a$ Completed" },
		/* the byte of a hole in the line itself */
		{ "2026-01-02 03:04:05 1vb001-000001-AB => a\x1a$@b.example "
		  "R=smart T=smtp",
		    NULL },
	};
	struct bench b;
	struct str form;

	(void)state;
	setup(&b, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool holes = again(&b, str_c(cases[i].line), &form);

		assert_int_equal(holes, cases[i].form != NULL);
		if (holes && !str_eq(form, str_c(cases[i].form)))
			fail_msg("%s: '" STR_FMT "'", cases[i].line,
			    STR_ARG(form));
	}
	teardown(&b);
}

/* Bytes of a damaged store: an answer, never more than there is. */
static void
damaged(void **state)
{
	static const char *const bad[] = { "\x1a", "a\x1a", "\x1a\x7f",
		"\x1a"
		"3",
		"\x1a\x01", "\x1a", "\x1a#" };
	struct str form;
	struct rec_event re = { .frame = FRAME_NONE,
		.mask = (uint64_t)1 << F_KEPT,
		.f = &form };
	struct record rec = { .n = 1, .ev = &re };
	struct buf out = BUF_INIT(1000);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		form = str_c(bad[i]);
		assert_false(kept_print(&rec, &re, &out));
	}
	buf_release(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(forms),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
