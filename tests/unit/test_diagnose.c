/*
 * test_diagnose.c: `diagnose` with name servers on loopback: what DNS says now
 * beside what old logs prove ($MAILTRACE is the program).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/live/nsd.h"
#include "tests/live/program.h"

static struct nsd nsd;
static bool up;
static const char *store = "store"; /* in `dir` */

static int
run(const char *fmt, ...)
{
	char cmd[2048];
	va_list ap;
	size_t n;
	FILE *f;
	int rc;

	n = (size_t)snprintf(cmd, sizeof(cmd), "LC_ALL=C.UTF-8 TZ=UTC '%s' ",
	    getenv("MAILTRACE"));
	va_start(ap, fmt);
	n += (size_t)vsnprintf(cmd + n, sizeof(cmd) - n, fmt, ap);
	va_end(ap);
	snprintf(cmd + n, sizeof(cmd) - n,
	    " --store %s/%s --config %s/conf 2>&1 </dev/null", dir, store, dir);
	f = popen(cmd, "r");
	assert_non_null(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	rc = pclose(f);
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static int
start(void **state)
{
	(void)state;
	up = getenv("MAILTRACE") && nsd_there() &&
	     nsd_start(&nsd, "fixtures/diagnose/zones");
	if (!up)
		return 0;
	snprintf(dir, sizeof(dir), "/tmp/mt-diagnose-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	write_file("conf",
	    "[ours]\nnetworks = 10.20.0.0/16\n"
	    "domains = prov.example, moved.example, firma.example\n"
	    "hosts = mail.prov.example\nmx = mail.prov.example\n"
	    "nameservers = ns1.nic.test, ns2.nic.test\n"
	    "outgoing = mail.prov.example 192.0.2.9\n"
	    "[ingest]\ntimezone = UTC\n"
	    "[client]\nimap = mail.prov.example:993 tls\n"
	    "[checks]\nresolver = 127.0.0.1@%d\nconnect_map = %s/map\n",
	    nsd.port, dir);
	/* nothing listens where mail programs are sent to */
	write_file("map", "192.0.2.5:993 = 127.0.0.1:%d\n", lo_free_port());
	expect(run("ingest --quiet fixtures/diagnose/mail.prov.example"), 0);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	if (!up)
		return 0;
	nsd_stop(&nsd);
	return folder_drop(dir);
}

/* Target, the first broken link and its state, a part of the sentence, and
 * the exit status. */
static void
first_links(void **state)
{
	static const struct {
		const char *target, *first, *state, *say;
		int status;
	} t[] = {
		{ "gina@prov.example", "null", "null", "mail arrives", 0 },
		{ "x@quiet.test", "\"L4\"", "\"broken\"", "takes no mail", 4 },
		{ "quiet.test", "\"L4\"", "\"broken\"", "takes no mail", 4 },
		{ "x@nowhere.test", "\"L2\"", "\"broken\"",
		    "there is no domain nowhere.test", 4 },
		{ "x@fixed.test", "\"L4\"", "\"elsewhere\"",
		    "its mail goes to mx.shop.test", 0 },
		{ "lea@shop.test", "\"L7\"", "\"broken\"", "refuses our server",
		    4 },
		{ "x@unset.test", "\"L4\"", "\"broken\"",
		    "our servers do not know it", 4 },
		{ "anna@moved.example", "\"L4\"", "\"broken\"",
		    "lives at another provider", 4 },
		{ "x@gone.test", "\"L4\"", "\"broken\"", "does not exist", 4 },
		{ "kim@fixed.test", "\"L4\"", "\"elsewhere\"",
		    "goes out with the next attempt", 0 },
		{ "carla@prov.example", "\"L8\"", "\"broken\"", "locked", 4 },
		{ "gina@prov.exmaple", "\"L1\"", "\"weak\"",
		    "did you mean gina@prov.example", 3 },
		{ "x@lame.test", "\"L3\"", "\"broken\"",
		    "no name server of lame.test answers for it", 4 },
		{ "gina@prov.example --via client", "\"L9\"", "\"broken\"",
		    "imap at mail.prov.example:993: nothing listens there", 4 },
	};
	char want[256];

	(void)state;
	if (!up)
		skip();
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		expect(run("diagnose %s --json", t[i].target), t[i].status);
		snprintf(want, sizeof(want),
		    "\"first_broken\": %s,\n  \"state\": %s,", t[i].first,
		    t[i].state);
		has(want);
		has(t[i].say);
	}
}

static void
lights(void **state)
{
	(void)state;
	if (!up)
		skip();
	expect(run("diagnose gina@prov.example"), 0);
	has("registered yes");
	has("name servers ours");
	has("MX ours");
	has("the logs end 2026-03-02");
	expect(run("diagnose x@gone.test"), 4);
	has("what is changed in DNS now");
	/* nothing of that when the network is forbidden */
	expect(run("diagnose --offline x@gone.test"), 2);
	has("registered ?");
	hasnt("changed in DNS");
}

/* tests/cli/calls.t has what the logs alone say; here what DNS adds. */
static void
calls(void **state)
{
	(void)state;
	if (!up)
		skip();
	store = "calls";
	expect(run("ingest --quiet --host mail.prov.example "
		   "fixtures/diagnose/calls"),
	    0);
	/* what was not believed, and which entry is missing */
	expect(run("diagnose chef@firma.example --json"), 3);
	has("SPF [firma.example] with ip");
	has("now SPF of firma.example does not allow our server 192.0.2.9");
	has("add `ip4:192.0.2.9`");
	/* a program complained of the certificate: our service is asked */
	expect(run("diagnose 203.0.113.130 --json"), 3);
	has("certificate of our server");
	expect(run("diagnose 203.0.113.130 --json --live"), 4);
	has("mail.prov.example:993: nothing listens there");
	/* the sender must ask for another address; nothing in DNS to wait for */
	store = "store";
	expect(run("diagnose x@quiet.test"), 4);
	has("the sender must act: ask for another address");
	hasnt("visible everywhere");
	/* whose name servers: of a domain that is not there nobody's */
	expect(run("diagnose x@nowhere.test"), 4);
	has("registered no \xc2\xb7 name servers ?");
}

/* Our own sending address: who refuses it. */
static void
our_address(void **state)
{
	(void)state;
	if (!up)
		skip();
	expect(run("diagnose 192.0.2.9 --json"), 4);
	has("\"first_broken\": \"L7\"");
}

/* A resolver that never answers: the first line comes all the same. */
static void
silence(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	char path[128], cmd[1024];
	size_t n;
	FILE *f;
	int fd;

	(void)state;
	if (!up)
		skip();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	snprintf(path, sizeof(path), "%s/silent", dir);
	f = fopen(path, "w");
	fprintf(f,
	    "[ours]\ndomains = prov.example\n[checks]\n"
	    "resolver = 127.0.0.1@%d\nconnect_map = %s/map\n",
	    ntohs(a.sin_port), dir);
	fclose(f);
	/* the whole takes longer than that */
	snprintf(cmd, sizeof(cmd),
	    "timeout 4 '%s' diagnose x@late.test --store %s/store --config "
	    "'%s' 2>&1 </dev/null",
	    getenv("MAILTRACE"), dir, path);
	f = popen(cmd, "r");
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	pclose(f);
	close(fd);
	has("registered ?");
	has("account not ours");
}

/* --live on a trace: is what stopped the mail still so? */
static void
traces(void **state)
{
	(void)state;
	if (!up)
		skip();
	expect(run("id=four@prov.example --live"), 0);
	has("lea@nowhere.test  domain not found: still so");
	has("R01 there is no domain nowhere.test");
	has("192.0.2.9  ip blocklisted: could not be told");
	has("prov.example  as a sender: in order");
	expect(run("to=kim@fixed.test --live"), 0);
	has("dns failure: nothing of that is seen now");
	/* nothing found: does it come to us at all? */
	expect(run("to=x@shop.test --live"), 1);
	has("mail for shop.test goes to mx.shop.test, not to us");
	expect(run("to=x@unset.test --live --json"), 1);
	has("\"reason\": \"nothing_found\"");
	has("\"check\": \"R14\"");
	/* whose HELO is that? */
	expect(run("client=203.0.113.77 --live"), 0);
	hasnt("HELO name");
	expect(run("to=kim@fixed.test --live --redact"), 2);
	expect(run("to=kim@fixed.test --json"), 0);
	has("\"live\": null");
}

/* What lists and the reverse DNS say now beside what receivers said. */
static void
report(void **state)
{
	(void)state;
	if (!up)
		skip();
	expect(run("report blocked --since 2026-03-01 --until 2026-03-03 "
		   "--live --json"),
	    0);
	has("\"kind\": \"rdns\"");
	has("\"live\": \"right\"");
	has("out.prov.example");
	has("\"live\": \"unknown\""); /* no list can be asked here */
	has("no block list could be asked");
	expect(run("report blocked --since 2026-03-01 --until 2026-03-03 "
		   "--json"),
	    0);
	has("\"live\": null");
	expect(run("report rejected --live"), 2);
	has("takes no --live");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_links),
		cmocka_unit_test(lights),
		cmocka_unit_test(our_address),
		cmocka_unit_test(calls),
		cmocka_unit_test(silence),
		cmocka_unit_test(traces),
		cmocka_unit_test(report),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
