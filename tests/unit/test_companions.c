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
				print_message(
				    "%s: %s\n", companions[i]->name, s->line);
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
				means(
				    companions[i]->parse(&ln, &ev), &ev, &out);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_mutated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
