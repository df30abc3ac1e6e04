/*
 * test_companions.c: the parsers of the programs between the hops.
 *
 * Every sample of every one of them: understood as it says by its own parser,
 * foreign to the others, and survived at every truncation.  The lines are cut
 * out of a buffer of exactly their length, so that a byte read past the end
 * is seen by the sanitizers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/die.h"
#include "parsers/pick.h"
#include "tests/unit/companions.h"
#include "base/banned.h"

static void
means(enum parse_result r, const struct event *ev, struct buf *out)
{
	buf_clear(out);
	switch (r) {
	case PARSE_EVENT:
		event_dump(ev, out);
		if (ev->flags & EVF_SECRET)
			buf_puts(out, " secret");
		break;
	case PARSE_IGNORED:
		buf_puts(out, "ignored");
		break;
	case PARSE_UNKNOWN:
		buf_puts(out, "unknown");
		break;
	default:
		buf_puts(out, "foreign");
	}
}

/* Views of an event must lie in its line or be constants of the program. */
static void
check_views(const struct line *ln, const struct event *ev)
{
	for (int f = 0; f < F_COUNT; f++)
		if (ev_has(ev, (enum field)f)) {
			assert_non_null(ev->f[f].p);
			assert_true(ev->f[f].n <= ln->raw.n + 64);
		}
}

static void
test_samples(void **state)
{
	struct buf out = BUF_INIT(1 << 20);
	struct event ev;
	struct line ln;

	(void)state;
	for (size_t i = 0; companions[i]; i++)
		for (const struct sample *s = companions[i]->samples; s->line;
		     s++) {
			companion_frame(str_c(s->line), &ln);
			ev_clear(&ev);
			means(companions[i]->parse(&ln, &ev), &ev, &out);
			if (strcmp(buf_c(&out), s->means) != 0)
				print_message("%s: %s\n", companions[i]->name,
				    s->line);
			assert_string_equal(buf_c(&out), s->means);
		}
	buf_release(&out);
}

static void
test_foreign(void **state)
{
	struct event ev;
	struct line ln;

	(void)state;
	for (size_t i = 0; companions[i]; i++)
		for (const struct sample *s = companions[i]->samples; s->line;
		     s++) {
			companion_frame(str_c(s->line), &ln);
			for (size_t k = 0; companions[k]; k++) {
				if (k == i)
					continue;
				ev_clear(&ev);
				if (companions[k]->parse(&ln, &ev) ==
				    PARSE_FOREIGN)
					continue;
				fail_msg("%s takes the line of %s: %s",
				    companions[k]->name, companions[i]->name,
				    s->line);
			}
		}
}

static void
test_truncated(void **state)
{
	struct buf out = BUF_INIT(1 << 20);
	struct event ev;
	struct line ln;

	(void)state;
	for (size_t i = 0; companions[i]; i++)
		for (const struct sample *s = companions[i]->samples; s->line;
		     s++)
			for (size_t n = 0; n <= strlen(s->line); n++) {
				char *copy = xmalloc(n ? n : 1);

				memcpy(copy, s->line, n);
				companion_frame(str_make(copy, n), &ln);
				ev_clear(&ev);
				means(companions[i]->parse(&ln, &ev), &ev,
				    &out);
				check_views(&ln, &ev);
				free(copy);
			}
	buf_release(&out);
}

/* Every byte of a sample replaced by each of a few that mean something. */
static void
test_mutated(void **state)
{
	static const char bytes[] = "<>()[]{}\"\\,:= 0\n\xff";
	struct buf out = BUF_INIT(1 << 20);
	struct event ev;
	struct line ln;

	(void)state;
	for (size_t i = 0; companions[i]; i++)
		for (const struct sample *s = companions[i]->samples; s->line;
		     s++) {
			size_t n = strlen(s->line);
			char *copy = xmalloc(n);

			memcpy(copy, s->line, n);
			for (size_t k = 0; k < n; k++) {
				for (size_t b = 0; b < sizeof(bytes); b++) {
					copy[k] = bytes[b];
					companion_frame(str_make(copy, n), &ln);
					ev_clear(&ev);
					means(companions[i]->parse(&ln, &ev),
					    &ev, &out);
					check_views(&ln, &ev);
				}
				copy[k] = s->line[k];
			}
			free(copy);
		}
	buf_release(&out);
}

/* What filters and mailbox servers answer, and the id that joins the logs. */
static void
test_reply_ids(void **state)
{
	static const struct {
		const char *reply, *id;
	} t[] = {
		{ "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: "
		  "queued as 4dhQWR3Nzyz1h1ft",
		    "4dhQWR3Nzyz1h1ft" },
		{ "250 2.0.0 <a@two.example> wArTL0TxF2AccAAAYr7Zvw:2 Saved",
		    "wArTL0TxF2AccAAAYr7Zvw:2" },
		{ "250 2.5.0 OK (2C2B45F8A3B2)", "2C2B45F8A3B2" },
		{ "250 2.7.0 BLOCKED (2C2B45F8A3B2)", "2C2B45F8A3B2" },
		{ "250 2.0.0 OK (thank you all)", "" },
		{ "250 OK (2C2B)", "" },
		{ "250 OK ()", "" },
		{ "550 no (2C2B45F8A3B2)", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct str id = reply_next_id(str_c(t[i].reply));

		if (!str_eq(id, str_c(t[i].id)))
			fail_msg("%s: " STR_FMT, t[i].reply, STR_ARG(id));
	}
}

/* Names that are plainly names, and what may be a password instead. */
static void
test_passwords(void **state)
{
	static const struct {
		const char *user;
		bool may_be;
	} t[] = {
		{ "anna", false },
		{ "anna@isp.example", false },
		{ "Anna.Huber2@isp.example", false },
		{ "anna.huber_7", false },
		{ "ISP\\anna", false },
		{ "anna@localhost", false },
		{ "info", false },
		{ "12345678", false },
		{ "Summer2026", true },
		{ "Gruen#Tee7", true },
		{ "P@ssw0rd", true },
		{ "hunter2!", true },
		{ "a b", true },
		{ "anna@isp.example!", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (may_be_password(str_c(t[i].user)) != t[i].may_be)
			fail_msg("%s", t[i].user);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_mutated),
		cmocka_unit_test(test_reply_ids),
		cmocka_unit_test(test_passwords),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
