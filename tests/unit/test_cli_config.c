/*
 * test_cli_config.c: the configuration file: every key, every kind of
 * mistake with its file and line, lines longer than the library takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/config.h"
#include "base/banned.h"

static char path[] = "/tmp/mailtrace-conf.XXXXXX";

static int
load(struct config *c, const char *text, size_t n, struct err *err)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
	return config_load(c, path, err);
}

static void
one(const struct str *list, size_t n, size_t i, const char *want)
{
	assert_true(i < n);
	if (!str_eq(list[i], str_c(want)))
		fail_msg("'" STR_FMT "' instead of '%s'", STR_ARG(list[i]),
		    want);
}

static void
test_all_keys(void **state)
{
	static const char text[] =
	    "\xef\xbb\xbf# a comment\n"
	    "[ours]\n"
	    "networks = 10.0.0.0/8, 2001:db8::/32 ; inline\n"
	    "domains = isp.example, *.hosted.example # inline\n"
	    "hosts = mx1.isp.example,\n"
	    "   mx2.isp.example,\n"
	    "\tmx3.isp.example\n"
	    "hosts = mx4.isp.example\n"
	    "  mx = mx1.isp.example\n" /* indented keys are keys */
	    "nameservers: ns1.isp.example\n"
	    "outgoing = out1.isp.example 192.0.2.1, out2.isp.example  "
	    "2001:db8::2\n"
	    "\n[alias]\n"
	    "old.isp.example = mx1.isp.example\n"
	    "[store]\n"
	    "path = /var/lib/x y\nraw = keep\nretention = 12w\n"
	    "[ingest]\ntimezone = Europe/Vienna\n"
	    "[source:old.isp.example]\ntimezone = UTC\nyear = 2025\n"
	    "[ source:/srv/*/a-name-that-is-longer-than-fifty-bytes-in-all/"
	    "mainlog* ]\nhost = mbox\n"
	    "[ndr]\nrules = /etc/a.rules, /etc/b/*.rules\n"
	    "[geo]\ncountry = /c.mmdb\nasn = /a.mmdb\n"
	    "[checks]\nresolver = 192.0.2.53, 2001:db8::53@5353\n"
	    "helo = h.example\nsending = 192.0.2.9\ntrust_anchor = /t\n"
	    "providers = /p\ntypo_targets = /y\nconnect_map = /m\n"
	    "[accounts]\nlookup = sqlite:/db\n"
	    "[client]\nimap = imap.isp.example:993 tls\n";
	struct config c;
	struct err err = { "" };

	(void)state;
	if (load(&c, text, sizeof(text) - 1, &err) < 0)
		fail_msg("%s", err.msg);
	one(c.site.network, c.site.nnetwork, 1, "2001:db8::/32");
	assert_int_equal(c.site.nnetwork, 2);
	one(c.site.domain, c.site.ndomain, 1, "*.hosted.example");
	assert_int_equal(c.site.nhost, 4);
	one(c.site.host, c.site.nhost, 1, "mx2.isp.example");
	one(c.site.host, c.site.nhost, 3, "mx4.isp.example");
	one(c.site.mx, c.site.nmx, 0, "mx1.isp.example");
	one(c.site.nameserver, c.site.nnameserver, 0, "ns1.isp.example");
	assert_int_equal(c.site.noutgoing, 2);
	one(&c.site.outgoing[1].b, 1, 0, "2001:db8::2");
	assert_int_equal(c.site.nalias, 1);
	one(&c.site.alias[0].b, 1, 0, "mx1.isp.example");
	assert_string_equal(c.store, "/var/lib/x y");
	assert_true(c.raw_keep);
	assert_int_equal(c.retention_us / 1000000, 84 * 86400);
	assert_string_equal(c.timezone, "Europe/Vienna");
	assert_int_equal(c.nsource, 2);
	assert_string_equal(c.source[0].name, "old.isp.example");
	assert_int_equal(c.source[0].year, 2025);
	assert_string_equal(c.source[1].name,
	    "/srv/*/a-name-that-is-longer-"
	    "than-fifty-bytes-in-all/mainlog*");
	assert_string_equal(c.source[1].host, "mbox");
	assert_int_equal(c.ndr_rules.n, 2);
	assert_string_equal(c.geo_asn, "/a.mmdb");
	assert_int_equal(c.resolver.n, 2);
	assert_string_equal(c.accounts, "sqlite:/db");
	assert_int_equal(c.nclient, 1);
	config_release(&c);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *says;
	} t[] = {
		{ "[nonsense]\n", 1, "unknown section [nonsense]" },
		{ "[ours]\n\nnetwork = 10.0.0.0/8\n", 3,
		    "did you mean 'networks'" },
		{ "[ours]\nnetworks = 10.0.0.0/8,\n  10.1.0.0/40\n", 3,
		    "'10.1.0.0/40' is not a network" },
		{ "[ours]\ndomains = a b.example\n", 2, "is not a domain" },
		{ "[ours]\noutgoing = out1.example\n", 2, "host and its" },
		{ "hosts = a.example\n", 1, "before the first [section]" },
		{ "[store]\nraw = yes\n", 2, "'reference' or 'keep'" },
		{ "[store]\npath = store\n", 2, "no absolute path" },
		{ "[store]\nretention = 90\n", 2, "90d" },
		{ "[store]\nraw = keep\nraw = keep\n", 3, "said twice" },
		{ "[store]\nraw = keep\n  keep\n", 3, "takes one line" },
		{ "[ingest]\ntimezone = Mars/Olympus\n", 2, "timezone" },
		{ "[source:a]\nyear = 26\n", 2, "year such as" },
		{ "[source:a]\nzone = UTC\n", 2, "timezone, year and host" },
		{ "[source:a]\n[source:a]\n", 2, "twice" },
		{ "[source:]\n", 1, "no name" },
		{ "[ours\n", 1, "no ']'" },
		{ "[ours]\nhosts\n", 2, "neither" },
		{ "[checks]\nresolver = dns.example\n", 2, "IP address" },
		{ "[checks]\nresolver = 192.0.2.1@99999\n", 2, "IP address" },
		{ "[accounts]\nlookup = ldap:/x\n", 2, "file:" },
		{ "[client]\nimaps = x\n", 2, "unknown key 'imaps'" },
		{ "[ndr]\nrules =\n[geo]\nasn =\n", 4, "no value" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct err err = { "" };
		struct config c;
		char where[64];

		assert_int_equal(load(&c, t[i].text, strlen(t[i].text), &err),
		    -1);
		snprintf(where, sizeof(where), "%s:%d: ", path, t[i].line);
		if (strncmp(err.msg, where, strlen(where)) != 0 ||
		    !strstr(err.msg, t[i].says))
			fail_msg("%s\ngave: %s\nnot:  %s%s", t[i].text, err.msg,
			    where, t[i].says);
		config_release(&c);
	}
}

static void
test_alias_of_alias(void **state)
{
	static const char text[] = "[alias]\na.example = b.example\n"
				   "b.example = c.example\n";
	struct err err = { "" };
	struct config c;

	(void)state;
	assert_int_equal(load(&c, text, sizeof(text) - 1, &err), -1);
	assert_non_null(strstr(err.msg, "is an alias itself"));
	config_release(&c);
}

/* inih takes 199 bytes a line; ours are longer. */
static void
test_long_line(void **state)
{
	static char text[40000];
	struct err err = { "" };
	struct config c;
	size_t n;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), "[ours]\nhosts = ");
	for (int i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%sh%03d.with-a-name.example", i ? ", " : "", i);
	n += (size_t)snprintf(text + n, sizeof(text) - n,
	    "\nmx = last.example\n");
	if (load(&c, text, n, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(c.site.nhost, 1000);
	one(c.site.host, 1000, 999, "h999.with-a-name.example");
	one(c.site.mx, c.site.nmx, 0, "last.example");
	config_release(&c);

	memset(text + 20, 'x', 500);
	assert_int_equal(load(&c, text, n, &err), -1);
	assert_non_null(strstr(err.msg, ":2: "));
	config_release(&c);
}

static void
test_no_text(void **state)
{
	static const char nul[] = "[ours]\nhosts = a\0b\n";
	static char endless[70000];
	struct err err = { "" };
	struct config c;

	(void)state;
	assert_int_equal(load(&c, nul, sizeof(nul) - 1, &err), -1);
	assert_non_null(strstr(err.msg, ":2: a NUL byte"));
	config_release(&c);
	memset(endless, 'a', sizeof(endless));
	assert_int_equal(load(&c, endless, sizeof(endless), &err), -1);
	assert_non_null(strstr(err.msg, ":1: the line is longer"));
	config_release(&c);
	assert_int_equal(config_load(&c, "/nonexistent/conf", &err), -1);
	assert_non_null(strstr(err.msg, "No such file"));
	config_release(&c);
	assert_int_equal(config_load(&c, "/", &err), -1);
	config_release(&c);
}

/* Any cut of a good file is good or an error, never more. */
static void
test_cut(void **state)
{
	static const char text[] =
	    "[ours]\nhosts = a.example, b.example\noutgoing = a.example "
	    "192.0.2.1\n[source:x]\nyear = 2025\n[store]\nretention = 9d\n";
	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct err err = { "" };
		struct config c;

		if (load(&c, text, n, &err) < 0)
			assert_true(strlen(err.msg) > 0);
		config_release(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_alias_of_alias),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_no_text),
		cmocka_unit_test(test_cut),
	};
	int fd = mkstemp(path), rc;

	if (fd < 0)
		return 1;
	close(fd);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return rc;
}
