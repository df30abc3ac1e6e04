/*
 * test_check.c: the verb `check` as people and cron call it, against name
 * servers and a scripted mail server on loopback ($MAILTRACE is the program).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "tests/live/fake_smtp.h"
#include "tests/live/nsd.h"
#include "tests/live/program.h"

static struct nsd nsd;
static bool up;
static struct fake_ca ca;
static EVP_PKEY *key;
static struct fake mx;

static void
slurp(const char *name, char *to, size_t size)
{
	char path[256];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(to, 1, size - 1, f);
	to[n] = '\0';
	fclose(f);
}

/* mailtrace check ARGS: its exit status; what it printed in out, errs. */
static int
check(const char *args)
{
	char cmd[2048];
	int rc;

	snprintf(cmd, sizeof(cmd),
	    "cd '%s' && LC_ALL=C.UTF-8 TZ=UTC '%s' check --store ./store --config conf %s "
	    ">out 2>errs </dev/null",
	    dir, getenv("MAILTRACE"), args);
	rc = system(cmd);
	slurp("out", out, sizeof(out));
	slurp("errs", errs, sizeof(errs));
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static const char script[] =
    "{\"connect\":[\"220 mx1.isp.test\"],\"EHLO\":[\"250-mx1.isp.test\\n"
    "250 STARTTLS\"],\"STARTTLS\":[\"220 go\"],\"EHLO2\":["
    "\"250 mx1.isp.test\"],\"MAIL\":[\"250 ok\"],\"RCPT\":[\"250 ok\"],"
    "\"RSET\":[\"250 ok\"],\"QUIT\":[\"221 bye\"]}";

static void
configure(const char *domains)
{
	write_file("conf",
	    "[ours]\ndomains = %s\nmx = mx1.isp.test\n"
	    "hosts = mx1.isp.test, filter.isp.test\n"
	    "nameservers = ns1.nic.test, ns2.nic.test\n"
	    "outgoing = out1.isp.test 192.0.2.60, out2.isp.test 192.0.2.63\n"
	    "[checks]\nresolver = 127.0.0.1@%d\nconnect_map = %s/map\n",
	    domains, nsd.port, dir);
}

static const char zone_head[] =
    "$ORIGIN isp.test.\n$TTL 1\n@ SOA ns1.nic.test. h.nic.test. %d 7200 900 "
    "1209600 1\n@ NS ns1.nic.test.\n@ NS ns2.nic.test.\nmx1 A 192.0.2.51\n"
    "mx2 A 192.0.2.52\nout1 A 192.0.2.60\nout2 A 192.0.2.63\n"
    "@ TXT \"v=spf1 ip4:192.0.2.60 ip4:192.0.2.63 -all\"\n"
    "_dmarc TXT \"v=DMARC1; p=reject; rua=mailto:d@isp.test\"\n%s";

static void
zone(int serial, const char *rest)
{
	char text[2048];

	nsd_halt(&nsd);
	snprintf(text, sizeof(text), zone_head, serial, rest);
	nsd_zone(&nsd, "isp.test.zone", text);
	nsd_run(&nsd);
}

/* What cron sees: all at first, then nothing until something changes. */
static void
ours_diff(void **state)
{
	int port25;

	(void)state;
	if (!up)
		skip();
	configure("isp.test, *.hosted.test");
	expect(check("--ours --diff"), 0);
	assert_string_equal(errs, "");
	assert_string_equal(out, "");
	assert_int_equal(mx.connections, 1);
	assert_int_equal(mx.named_others, 0);

	expect(check("--ours --diff"), 0);
	assert_string_equal(out, "");
	assert_string_equal(errs, "");
	assert_int_equal(mx.connections, 1); /* left alone */

	/* all is well, but mail goes elsewhere */
	zone(2, "@ MX 10 mx1\n@ MX 20 mx2\n");
	expect(check("--ours --diff"), 0);
	has("isp.test  since ");
	has("10 mx1.isp.test \xe2\x86\x92 10 mx1.isp.test, 20 mx2.isp.test");
	hasnt("ns1");
	expect(check("--ours --diff"), 0);
	assert_string_equal(out, "");

	/* something broke */
	zone(3, "@ MX 10 gone\n");
	expect(check("--ours --diff"), 4);
	has("R09  pass \xe2\x86\x92 fail");
	has("gone.isp.test does not exist");
	expect(check("--ours --diff"), 4);
	assert_string_equal(out, "");
	expect(check("--ours --diff --json"), 4);
	has("\"changes\": []");

	/* no DNS at all: no news, and one line that says so */
	nsd_halt(&nsd);
	expect(check("--ours --diff --timeout 1s"), 2);
	assert_string_equal(out, "");
	if (!strstr(errs, "nothing could be tested")) {
		check("--ours --timeout 1s");
		fail_msg("%s%s", out, errs);
	}
	nsd_run(&nsd);
	expect(check("--ours --diff"), 4);
	assert_string_equal(out, "");

	zone(4, "@ MX 10 mx1\n");
	expect(check("--ours --diff --csv"), 0);
	has("isp.test,R09,isp.test,fail,pass,");
	has("isp.test,mx,isp.test,10 gone.isp.test,10 mx1.isp.test,");

	/* without --diff: everything, each thing of ours once */
	port25 = mx.connections;
	expect(check("--ours --json"), 0);
	has("\"kind\": \"nameserver\"");
	has("\"kind\": \"mx\"");
	has("\"kind\": \"ip\"");
	has("\"target\": \"out2.isp.test\"");
	hasnt("hosted.test");
	assert_int_equal(mx.connections, port25);
}

/* A file that was damaged is said once, and begun afresh. */
static void
damaged(void **state)
{
	(void)state;
	if (!up)
		skip();
	configure("isp.test");
	write_file("store.checks", "mailtrace.kept/1\n17\thalf a li");
	check("isp.test");
	assert_non_null(strstr(errs, "store.checks', line 2 is damaged"));
	assert_ptr_equal(strchr(errs, '\n'), errs + strlen(errs) - 1);
	check("isp.test");
	assert_string_equal(errs, "");
}

static void
unlink_kept(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/store.checks", dir);
	unlink(path);
}

static void
in_order(const char *const *what, size_t n)
{
	const char *at = out;

	for (size_t i = 0; i < n; i++) {
		at = strstr(at, what[i]);
		if (!at)
			fail_msg("no '%s' in its place:\n%s", what[i], out);
	}
}

/* A page with links becomes a page in six parts; what it holds stays text. */
static void
page(void **state)
{
	static const char *const parts[] = { "<h2>Summary</h2>",
		"<h2>Addresses</h2>", "<h2>Servers</h2>", "<h2>Test one</h2>",
		"<h2>Syntax failures</h2>", "<h2>Other domains</h2>" };
	int before = mx.connections;

	(void)state;
	if (!up)
		skip();
	configure("shop.test");
	unlink_kept();
	write_file("page.html", "%s",
	    "<title>us</title>\n"
	    "<p>\xc3\xa4 <a href=\"mailto:anna@isp.test\">Anna</a>\n"
	    "<a class=x href='mailto:bob@isp.test?cc=anna@isp.test'>Bob</a>\n"
	    "<a href=\"mailto:&lt;script&gt;alert(1)&lt;/script&gt;\">x</a>\n"
	    "<a href=\"mailto:o'brien@quiet.test\">x</a> "
	    "<a href=\"mailto:two..dots@isp.test\">x</a>\n");
	expect(check("./page.html --smtp --html"), 4);
	in_order(parts, 6);
	has("./page.html<small>line 2, column 15; line 3, column 18</small>");
	has("mailtrace check 'anna@isp.test' --smtp");
	has("check 'o&#39;\\&#39;&#39;brien@quiet.test' --smtp");
	has("&lt;script&gt;alert(1)&lt;/script&gt;");
	has("background:#4a90d9"); /* times are drawn */
	has("states that it takes no mail");
	has("line 5, column 52");
	hasnt("<script");
	hasnt("http://");
	/* two addresses of one domain: one conversation */
	assert_int_equal(mx.connections, before + 1);

	unlink_kept();
	check("anna@isp.test --smtp --json");
	has("\"to\": \"mail server mx1.isp.test (192.0.2.51)\"");
	has("\"what\": \"out1.isp.test, postmaster@isp.test\"");
	check("anna@isp.test --smtp --json"); /* kept: nobody was told */
	hasnt("\"to\": \"mail server");

	write_file("links.html", "%s",
	    "<a href=\"mailto://anna@isp.test\">x</a>\n<a href=\"mailto:\">"
	    "y</a>\n");
	expect(check("./links.html --html"), 4);
	has("the link begins with");
	has("<td>anna@isp.test</td>"); /* perhaps that was meant */
	has("line 2, column 10");
	expect(check("https://shop.test/x"), 4);
	has("use shop.test");
	expect(check("anna@b\xc3\xbc"
		     "cher.test"),
	    4);
	has("= xn--bcher-kva.test");

	/* lists of lines, from standard input too */
	write_file("list", "%s",
	    "\xef\xbb\xbf# ours\r\nanna@isp.test\r\n\r\n  quiet.test\r\n");
	expect(check("--list list --html"), 4);
	has("list<small>line 2, column 1</small>");
	has("list<small>line 4, column 3</small>");
	hasnt("ours");
}

/* Tables of the operator, as lines and as JSON; a bad one is one clear line. */
static void
tables(void **state)
{
	static const char *const good[] = { "host.test, Hosters, hosting\n",
		"# ours\nhost.test\tHosters\tfilter\n",
		"{\"providers\": [{\"name\": \"Hosters\", \"kind\": "
		"\"mailbox\", \"mx_suffixes\": [\"host.test\"]}]}",
		"[{\"name\":\"Hosters\",\"suffix\":\"host.test\"}]" };
	static const char *const bad[] = { "host.test\n", "{\"providers\"",
		"{}", "[{\"suffix\":\"host.test\"}]" };

	(void)state;
	if (!up)
		skip();
	for (int i = 0; i < 4; i++) {
		write_file("tables", "%s", good[i]);
		write_file("targets",
		    i % 2 ? "gmail.test\n" : "{\"targets\":[\"gmail.test\"]}");
		write_file("conf",
		    "[checks]\nresolver = 127.0.0.1:%d\nconnect_map = "
		    "%s/map\nproviders = %s/tables\ntypo_targets = "
		    "%s/targets\n",
		    nsd.port, dir, dir, dir);
		expect(check("shop.test"), 0);
		has("Hosters");
		check("anna@gmial.test");
		has("did you mean anna@gmail.test?");
		write_file("tables", "%s", bad[i]);
		expect(check("shop.test"), 2);
		assert_non_null(strstr(errs, "/tables'"));
		assert_ptr_equal(strchr(errs, '\n'), errs + strlen(errs) - 1);
	}
}

/* Where nothing can be kept, nothing can be compared. */
static void
no_place(void **state)
{
	(void)state;
	if (!up)
		skip();
	configure("isp.test");
	expect(check("isp.test --diff --store /nonexistent/a/store"), 2);
	assert_non_null(strstr(errs, "/nonexistent/a/store"));
}

static int
start(void **state)
{
	(void)state;
	if (!getenv("MAILTRACE")) {
		fprintf(stderr, "skipped: $MAILTRACE names no program\n");
		return 0;
	}
	up = nsd_there() && nsd_start(&nsd, "fixtures/live/zones");
	if (!up)
		return 0;
	fake_ca_make(&ca);
	key = fake_key();
	mx.script = cJSON_Parse(script);
	mx.tls = fake_tls("valid", &ca, "mx1.isp.test", key);
	fake_start(&mx);
	snprintf(dir, sizeof(dir), "/tmp/mt-check-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	write_file("map", "192.0.2.51:25 = 127.0.0.1:%d\n", mx.port);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	if (!up)
		return 0;
	nsd_stop(&nsd);
	fake_stop(&mx);
	cJSON_Delete((cJSON *)(uintptr_t)mx.script);
	fake_ca_drop(&ca);
	EVP_PKEY_free(key);
	return folder_drop(dir);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_diff),
		cmocka_unit_test(damaged),
		cmocka_unit_test(page),
		cmocka_unit_test(tables),
		cmocka_unit_test(no_place),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
