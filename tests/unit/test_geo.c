/*
 * test_geo.c: countries and networks out of a MaxMind database that the test
 * makes itself (Debian: libmaxmind-db-writer-perl), and what is said of files
 * that are missing, cut, of the wrong kind or no database at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <ftw.h>

#include "query/geo.h"
#include "base/banned.h"

static char dir[] = "/tmp/mailtrace-geo.XXXXXX";
static char country[64], asn[64], other[64], cut[64], junk[64];
static bool made;

static const char script[] =
    "use strict; use MaxMind::DB::Writer::Tree;"
    "my %t = (country => 'map', iso_code => 'utf8_string',"
    " autonomous_system_number => 'uint32',"
    " autonomous_system_organization => 'utf8_string', x => 'uint32');"
    "sub db { my ($file, $type, %n) = @_;"
    " my $w = MaxMind::DB::Writer::Tree->new(ip_version => 6,"
    "  record_size => 24, database_type => $type, languages => ['en'],"
    "  description => { en => 'test' }, alias_ipv6_to_ipv4 => 1,"
    "  remove_reserved_networks => 0,"
    "  map_key_type_callback => sub { $t{$_[0]} });"
    " $w->insert_network($_, $n{$_}) for keys %n;"
    " open my $f, '>:raw', $file or die; $w->write_tree($f); close $f; }"
    "db($ARGV[0], 'GeoLite2-Country', '192.0.2.0/24' =>"
    " { country => { iso_code => 'AT' } }, '2001:db8::/32' =>"
    " { country => { iso_code => 'CH' } }, '198.51.100.0/24' =>"
    " { x => 7 });"
    "db($ARGV[1], 'GeoLite2-ASN', '192.0.2.0/25' =>"
    " { autonomous_system_number => 64496,"
    " autonomous_system_organization => \"Example <b>\\x1b[31m\" });"
    "db($ARGV[2], 'Something', '192.0.2.0/24' => { x => 1 });";

static int
drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
write_file(const char *path, const char *from, size_t most)
{
	char buf[4096];
	FILE *in = from ? fopen(from, "rb") : NULL, *out = fopen(path, "wb");
	size_t n = 0;

	assert_non_null(out);
	memset(buf, 'x', sizeof(buf));
	if (in)
		n = fread(buf, 1, most < sizeof(buf) ? most : sizeof(buf), in);
	fwrite(buf, 1, in ? n : most, out);
	fclose(out);
	if (in)
		fclose(in);
}

static void
test_answers(void **state)
{
	struct arena a = { 0 };
	struct str note, net;
	struct geo *g;

	(void)state;
	if (!made)
		skip();
	g = geo_open(&a, country, asn, &note);
	assert_false(note.n);
	assert_true(geo_has_country(g) && geo_has_asn(g));
	assert_true(str_eq(geo_country(g, &a, STR("192.0.2.7")), STR("AT")));
	assert_true(str_eq(geo_country(g, &a, STR("2001:db8::1")), STR("CH")));
	assert_false(geo_country(g, &a, STR("203.0.113.1")).n);
	assert_false(geo_country(g, &a, STR("198.51.100.1")).n); /* no text */
	assert_false(geo_country(g, &a, STR("mx1.isp.example")).n);
	assert_false(geo_country(g, &a, STR("")).n);
	assert_true(
	    str_eq(geo_asn(g, &a, STR("192.0.2.7"), &net), STR("AS64496")));
	assert_true(str_eq(net, STR("Example <b>\x1b[31m")));
	assert_false(geo_asn(g, &a, STR("192.0.2.200"), &net).n);
	assert_false(net.n);
	geo_close(g);
	arena_release(&a);
}

static void
one_note(const char *c, const char *n, const char *word)
{
	struct arena a = { 0 };
	struct str note, net;
	struct geo *g = geo_open(&a, c, n, &note);

	if (str_find(note, str_c(word)) < 0)
		fail_msg("'%s' does not say '%s'", note.p, word);
	assert_true(str_chr(note, '\n') < 0);
	geo_country(g, &a, STR("192.0.2.7"));
	geo_asn(g, &a, STR("192.0.2.7"), &net);
	geo_close(g);
	arena_release(&a);
}

static void
test_wrong_files(void **state)
{
	char none[80];
	struct arena a = { 0 };
	struct str note, net;

	(void)state;
	snprintf(none, sizeof(none), "%s/none.mmdb", dir);
	one_note(none, none, "there is no such file");
	one_note(dir, none, "there is no such file");
	write_file(junk, NULL, 3000);
	one_note(junk, none, "cannot be used");
	if (!made)
		skip();
	one_note(other, asn, "no database of countries");
	one_note(asn, asn, "no database of countries");
	one_note(country, country, "no database of networks");
	/* cut anywhere: an answer, none, or a note, but never a crash */
	for (size_t n = 0; n < 4000; n += n < 64 ? 1 : 37) {
		struct geo *g;

		write_file(cut, asn, n);
		g = geo_open(&a, country, cut, &note);
		assert_true(geo_has_asn(g) || note.n);
		geo_asn(g, &a, STR("192.0.2.7"), &net);
		geo_close(g);
		arena_clear(&a);
	}
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_wrong_files),
	};
	char cmd[4096];
	FILE *f;
	int rc;

	if (!mkdtemp(dir))
		return 1;
	snprintf(country, sizeof(country), "%s/country.mmdb", dir);
	snprintf(asn, sizeof(asn), "%s/asn.mmdb", dir);
	snprintf(other, sizeof(other), "%s/other.mmdb", dir);
	snprintf(cut, sizeof(cut), "%s/cut.mmdb", dir);
	snprintf(junk, sizeof(junk), "%s/junk.mmdb", dir);
	snprintf(cmd, sizeof(cmd), "perl - %s %s %s 2>/dev/null", country, asn,
	    other);
	f = popen(cmd, "w");
	if (f) {
		fputs(script, f);
		made = pclose(f) == 0;
	}
	if (!made)
		fprintf(stderr, "skipped: no MaxMind::DB::Writer for perl "
				"(libmaxmind-db-writer-perl)\n");
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	nftw(dir, drop, 16, FTW_PHYS | FTW_DEPTH);
	return rc;
}
