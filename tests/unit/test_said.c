/*
 * test_said.c: replies in other words than those of the rules' own tests.
 *
 * The rules' tests show that each rule does what it was written for; these
 * show what becomes of texts that nobody had in mind.  So a share must be
 * right, not each, but none of them may take a block for a fault of the
 * recipient's, or a fault of the recipient's for a block.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/str.h"
#include "tests/unit/rules.h"

#define FIXTURES "fixtures/replies/"

enum { RIGHT_OF_1000 = 990, UNKNOWN_OF_1000 = 5, FILE_BYTES = 512 * 1024 };

static const char *const files[] = { "said.tsv" };

static const struct place {
	const char *name;
	enum where where;
} places[] = {
	{ "inbound", WHERE_INBOUND },
	{ "delivery", WHERE_DELIVERY },
};

struct count {
	size_t n, right, unknown, crossed;
};

/* "mx.far.example", or "postfix inbound reject". */
static void
said_by(struct str by, struct classify_in *in)
{
	struct str first = str_split(&by, ' ');

	if (str_eq(first, STR("-")))
		return;
	if (!by.n) {
		in->rhost = first;
		return;
	}
	in->mta = first;
	first = str_split(&by, ' ');
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (str_eq(first, str_c(places[i].name)))
			in->where = places[i].where;
	assert_int_not_equal(in->where, WHERE_UNKNOWN);
	in->state_mark = by;
}

static void
ask(struct str row, struct count *c)
{
	struct str classes = str_split(&row, '\t');
	struct str by = str_split(&row, '\t');
	struct classify_in in = { .text = row };
	struct classify_out out;
	enum cls want = CLS_NONE;
	bool right = false;

	said_by(by, &in);
	classify(cl, &in, &out);
	for (struct str rest = classes; rest.n;) {
		enum cls one = cls_by_name(str_split(&rest, ','));

		assert_int_not_equal(one, CLS_NONE);
		want = want ? want : one;
		right = right || out.cls == one;
	}
	c->n++;
	c->right += right;
	c->unknown += !right && out.cls == CLS_UNKNOWN;
	if (right)
		return;
	print_message("%s by %s, not " STR_FMT ": " STR_FMT "\n",
	    cls_name(out.cls), out.rule, STR_ARG(classes), STR_ARG(row));
	if ((out.grp == GRP_BLOCKED && cls_grp(want) == GRP_RECIPIENT) ||
	    (out.grp == GRP_RECIPIENT && cls_grp(want) == GRP_BLOCKED))
		c->crossed++;
}

static void
test_said(void **state)
{
	static char text[FILE_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char path[128];
		struct count c = { 0 };
		struct str rest;
		FILE *f;

		snprintf(path, sizeof(path), FIXTURES "%s", files[i]);
		f = fopen(path, "rb");
		assert_non_null(f);
		rest = str_make(text, fread(text, 1, sizeof(text), f));
		fclose(f);
		assert_true(rest.n < sizeof(text));
		while (rest.p && rest.n) {
			struct str row = str_split(&rest, '\n');

			if (row.n && row.p[0] != '#')
				ask(row, &c);
		}
		print_message("%s: %zu of %zu\n", files[i], c.right, c.n);
		assert_true(c.n > 0);
		assert_true(c.right * 1000 >= c.n * RIGHT_OF_1000);
		assert_true(c.unknown * 1000 <= c.n * UNKNOWN_OF_1000);
		assert_int_equal(c.crossed, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said),
	};

	return cmocka_run_group_tests(tests, rules_setup, rules_teardown);
}
