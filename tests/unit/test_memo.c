/*
 * test_memo.c: a reply is answered from the memory of one of the same shape
 * only when it would be answered so anyway.
 *
 * Every text that is asked about is asked again with other addresses and IPs
 * of the same length, both ways: classify() remembers no shapes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buf.h"
#include "classify/rule.h"
#include "tests/unit/rules.h"

enum { TEXT_MAX = 2000 };

static void
both_ways(const struct classify_in *in)
{
	struct classify_out full, brief;

	classify(cl, in, &full);
	for (int turn = 0; turn < 2; turn++) {
		classify_brief(cl, in, &brief);
		if (full.cls != brief.cls || full.grp != brief.grp ||
		    full.confidence != brief.confidence ||
		    strcmp(full.rule, brief.rule) != 0 ||
		    strcmp(full.rule_from, brief.rule_from) != 0)
			fail_msg(STR_FMT ": %s by %s, in short %s by %s",
			    STR_ARG(in->text), cls_name(full.cls), full.rule,
			    cls_name(brief.cls), brief.rule);
	}
}

static void
ask(struct str text)
{
	struct classify_in in = { .text = text };

	both_ways(&in);
	in.mta = STR("postfix");
	in.where = WHERE_DELIVERY;
	in.state_mark = STR("deferred");
	both_ways(&in);
	in.rhost = STR("mx.mail.protection.outlook.com");
	both_ways(&in);
	in.rhost = STR("gmail-smtp-in.l.Google.com");
	both_ways(&in);
	in.rhost = STR("mx.nobody.example");
	both_ways(&in);
	in.where = WHERE_INBOUND;
	in.phase = PHASE_RCPT;
	in.code = STR("554");
	in.dsn = STR("5.7.1");
	both_ways(&in);
}

/* The same with every address and IP another, by so many steps. */
static struct str
turned(struct str s, unsigned by, char out[TEXT_MAX])
{
	size_t n = s.n < TEXT_MAX ? s.n : TEXT_MAX;

	memcpy(out, s.p, n);
	for (size_t i = 0, k; i < n; i = k + 1) {
		bool at = false, dots = false;

		for (k = i; k < n && !is_space(out[k]) && out[k] != '>' &&
			    out[k] != ']' && out[k] != ';' && out[k] != '/' &&
			    out[k] != '<' && out[k] != '[' && out[k] != '=';
		     k++) {
			at |= out[k] == '@';
			dots |= out[k] == '.';
		}
		if (!dots)
			continue;
		for (size_t j = i; j < k; j++) {
			if (is_digit(out[j]))
				out[j] =
				    (char)('0' +
					   ((unsigned)(out[j] - '0') + by) %
					       10);
			else if (at && out[j] >= 'a' && out[j] <= 'z')
				out[j] =
				    (char)('a' +
					   ((unsigned)(out[j] - 'a') + by) %
					       26);
		}
	}
	return str_make(out, n);
}

static void
ask_turned(struct str text)
{
	char out[TEXT_MAX];

	for (unsigned by = 0; by < 10; by += 3)
		ask(turned(text, by, out));
}

/* What the rules' own tests ask. */
static void
test_of_rules(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < builtin_rules_n; i++) {
		struct str rest =
		    str_make(builtin_rules[i].text, builtin_rules[i].n);

		while (rest.p) {
			struct str line = str_split(&rest, '\n');
			ptrdiff_t end;

			if (!str_starts(line, STR("test ")) &&
			    !str_starts(line, STR("not ")))
				continue;
			line = str_from(line, 4);
			line = str_trim(line);
			if (line.n && *line.p == '{' &&
			    (end = str_chr(line, '}')) > 0)
				line =
				    str_trim(str_from(line, (size_t)end + 1));
			ask_turned(line);
			n++;
		}
	}
	assert_true(n > 500);
}

/* What looks like an address, an IP or a code, and the edges of a blank. */
static void
test_edges(void **state)
{
	static const char *const forms[] = {
		"550 5.1.1 <%s>: Recipient address rejected: User unknown",
		"<%s> 5.2.2 mailbox full",
		"<%s>",
		"host mx.far.example[%s] said: 550 5.7.1 no",
		"[%s] blocked",
		"host %s[192.0.2.1] said: 550 user unknown",
		"554 Client host [%s] blocked; http://list.example/query/ip/%s",
		"554 see http://list.example/?ip=%s; try later",
		"554 see http://list.example/?i=%s/x",
		"refused by %s, see http://bl.example/%s#550",
		"defer (-44) H=%s [192.0.2.1]: 451 try again",
		"defer (-44) H=[%s]: 451 try again",
		"<%s> 450 greylisted <%s>",
		"user@[%s] unknown",
		"user <user@%s> unknown",
		"rejected p=%s",
		"rejected /%s",
	};
	static const char *const fill[] = {
		"1.2.3.4",
		"5.1.1.1",
		"5.7.1.9",
		"450.1.1.1",
		"192.0.2.1",
		"999.9.9.9",
		"1.2.3",
		"1.2.3.4.5",
		"a@b.example",
		"a@5.1.1",
		"a.5.1.1@b.example",
		"a_5.1.1@b.example",
		"5.1.1@b.example",
		"550@b.example",
		"a@b@c.example",
		"a..b@c.example",
		"a.-b@c.example",
		"said:@c.example",
		"http://a@b.example",
		"user.unknown@b.example",
		"mailbox.full@b.example",
		"\1\1\1\1\1\1\1\1\1\1\1",
		"\2\2\2\2\2\2\2",
		"\"a b\"@c.example",
		"",
	};
	struct buf b = BUF_INIT(4096);

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		for (size_t k = 0; k < sizeof(fill) / sizeof(*fill); k++) {
			buf_clear(&b);
			for (const char *f = forms[i]; *f; f++)
				if (f[0] == '%' && f[1] == 's')
					buf_puts(&b, fill[k]), f++;
				else
					buf_putc(&b, *f);
			ask_turned(buf_str(&b));
		}
	buf_release(&b);
}

/* No text, or too long a one. */
static void
test_sizes(void **state)
{
	static char text[2000];

	(void)state;
	ask(STR(""));
	ask(STR(" "));
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "user unknown <a@b.example> "[i % 27];
	for (size_t n = 380; n < 420; n++)
		ask(str_make(text, n));
	for (size_t n = 950; n < sizeof(text); n += 50) {
		struct classify_in in = { .text = STR("550 user unknown"),
			.rhost = str_make(text, n) };

		both_ways(&in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_rules),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, rules_setup, rules_teardown);
}
