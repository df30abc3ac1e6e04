/*
 * test_sql_ext.c: the loadable extension answers in the sqlite3 shell what
 * `mailtrace sql` answers, writes nothing, and says why it cannot.
 *
 * Skipped where the shell or the extension is not there (SAN=1 builds none).
 */
#include "lab_sql.h"
#include "base/banned.h"

/* What the sqlite3 shell prints for these commands; NULL: it is not there. */
static char *
shell(const char *commands)
{
	const char *build = getenv("BUILD");
	struct buf b = BUF_INIT(1 << 20);
	char cmd[8192], part[4096], *out;
	FILE *f;
	size_t n;

	snprintf(cmd, sizeof(cmd),
	    "{ [ -f '%s/mailtrace_sqlite.so' ] && "
	    "command -v sqlite3 >/dev/null && "
	    "MAILTRACE_CONFIG=fixtures/lab/mailtrace.conf MAILTRACE_STORE='%s' "
	    "TZ=UTC sqlite3 -batch ':memory:' 2>&1 <<'END'\n"
	    ".load %s/mailtrace_sqlite\n%s\nEND\n}",
	    build ? build : "", lab.dir, build ? build : "", commands);
	f = popen(cmd, "r");
	assert_non_null(f);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_addn(&b, part, n);
	pclose(f);
	out = b.n ? xstrdup(buf_c(&b)) : NULL;
	buf_release(&b);
	return out;
}

static void
test_same(void **state)
{
	static const char *const queries[] = {
		"select state,count(*) from delivery group by 1;",
		"select count(*), min(time), max(time) from hop;",
		"select qid, recipient, state, reply from delivery where "
		"recipient = 'paul.engel@fullcloud.test';",
		"select class, count(*) from refusal group by 1;",
		"select state, count(*) from message where time < '2025-12-29 "
		"12' group by 1;",
		"select count(*) from auth where result = 'fail';",
		"select sum(lines) from source;",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		char *got = shell(queries[i]), *want;

		if (!got) {
			print_message("skipped: no sqlite3 shell or no "
				      "mailtrace_sqlite.so in $BUILD\n");
			skip();
		}
		want = rows(queries[i], NULL);
		assert_true(*want != '\0');
		assert_string_equal(got, want);
		free(got);
		free(want);
	}
}

static void
says(const char *commands, const char *what)
{
	char *got = shell(commands);

	if (!got)
		skip();
	if (!strstr(got, what))
		fail_msg("'%s' printed '%s', not '%s'", commands, got, what);
	free(got);
}

static void
test_other(void **state)
{
	char cmd[1024];

	(void)state;
	says("select mailtrace_open('/nowhere');",
	    "there is no store at '/nowhere'");
	snprintf(cmd, sizeof(cmd),
	    "select mailtrace_open('/nowhere');\n"
	    "select mailtrace_open('%s') is not null;\n"
	    "select count(*) from source;",
	    lab.dir);
	says(cmd, "1\n16\n");
	says("delete from hop;", "may not be modified");
	says("insert into mailtrace_hop(qid) values('x');",
	    "may not be modified");
	/* a table of one's own goes before ours, and can be joined with it */
	says("create table hop(a); insert into hop values('mine');\n"
	     "select a from hop; select count(*) > 100 from mailtrace_hop;",
	    "mine\n1\n");
	says("create table c(mail, customer); insert into c values("
	     "'paul.engel@fullcloud.test', 4711);\n"
	     "select customer, state from c join delivery on recipient = mail "
	     "where state is not null;",
	    "4711|bounced");
	/* a store that is being read is not taken away */
	says("select mailtrace_open('/nowhere') from hop limit 1;",
	    "the store is being read");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_other),
	};

	return cmocka_run_group_tests(tests, lab_setup, lab_teardown);
}
