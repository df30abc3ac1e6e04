/*
 * geo.c: see geo.h.  A database is a file from elsewhere: it is opened, its
 * type looked at, and every answer checked for type and length.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <maxminddb.h>

#include "base/die.h"
#include "query/geo.h"
#include "base/banned.h"

enum { TEXT_MAX = 200 };

struct geo {
	MMDB_s db[2]; /* country, asn */
	bool open[2];
};

static const char *const places[] = { "/usr/share/GeoIP", "/var/lib/GeoIP",
	"/usr/local/share/GeoIP", "/var/lib/mailtrace/geo", NULL };
static const char *const country_files[] = { "GeoLite2-Country.mmdb",
	"GeoIP2-Country.mmdb", "GeoLite2-City.mmdb", "GeoIP2-City.mmdb",
	"dbip-country-lite.mmdb", "dbip-country.mmdb", "dbip-city-lite.mmdb",
	NULL };
static const char *const asn_files[] = { "GeoLite2-ASN.mmdb", "GeoIP2-ISP.mmdb",
	"dbip-asn-lite.mmdb", "dbip-asn.mmdb", NULL };

/* A configured file, else the first that is there; NULL: none. */
static const char *
find_file(struct arena *a, const char *said, const char *const *names)
{
	if (said)
		return said;
	for (size_t i = 0; places[i]; i++)
		for (size_t k = 0; names[k]; k++) {
			struct str path =
			    arena_printf(a, "%s/%s", places[i], names[k]);

			if (access(path.p, R_OK) == 0)
				return path.p;
		}
	return NULL;
}

/* Whether an answer of this database can hold what it is opened for. */
static bool
right_type(const MMDB_s *db, bool asn)
{
	struct str type = str_c(db->metadata.database_type);

	if (asn)
		return str_findi(type, STR("ASN")) >= 0 ||
		       str_findi(type, STR("ISP")) >= 0;
	return str_findi(type, STR("Country")) >= 0 ||
	       str_findi(type, STR("City")) >= 0 ||
	       str_findi(type, STR("Enterprise")) >= 0;
}

static const char *
open_one(struct geo *g, int i, const char *path)
{
	struct stat st;
	int rc;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return "there is no such file";
	rc = MMDB_open(path, MMDB_MODE_MMAP, &g->db[i]);
	if (rc != MMDB_SUCCESS)
		return MMDB_strerror(rc);
	g->open[i] = true;
	if (right_type(&g->db[i], i == 1))
		return NULL;
	MMDB_close(&g->db[i]);
	g->open[i] = false;
	return i ? "it is no database of networks (ASN)" :
		   "it is no database of countries";
}

struct geo *
geo_open(struct arena *a, const char *country, const char *asn,
    struct str *note)
{
	static const char *const what[] = { "country", "ASN" };
	const char *file[2] = { find_file(a, country, country_files),
		find_file(a, asn, asn_files) };
	struct geo *g = xcalloc(1, sizeof(*g));
	struct str text = STR("");

	for (int i = 0; i < 2; i++) {
		const char *why = file[i] ? open_one(g, i, file[i]) : NULL;

		if (why)
			text = arena_printf(a,
			    STR_FMT "%s %s database '%s' cannot be used: "
				    "%s",
			    STR_ARG(text), text.n ? "; the" : "The", what[i],
			    file[i], why);
	}
	if (!text.n && !file[0] && !file[1])
		text = STR("No country and network of clients: no MaxMind "
			   "database was found ([geo] country, asn)");
	else if (!text.n && !(file[0] && file[1]))
		text = arena_printf(a,
		    "No %s of clients: no such MaxMind database was found "
		    "([geo] %s)",
		    file[0] ? "network" : "country",
		    file[0] ? "asn" : "country");
	*note = text.n ? arena_printf(a, STR_FMT ".", STR_ARG(text)) : STR_NONE;
	return g;
}

void
geo_close(struct geo *g)
{
	for (int i = 0; g && i < 2; i++)
		if (g->open[i])
			MMDB_close(&g->db[i]);
	free(g);
}

bool
geo_has_country(const struct geo *g)
{
	return g->open[0];
}

bool
geo_has_asn(const struct geo *g)
{
	return g->open[1];
}

static bool
look_up(struct geo *g, int i, struct str ip, MMDB_entry_s *entry)
{
	MMDB_lookup_result_s res;
	char text[64];
	int gai, rc;

	if (!g->open[i] || !ip.n || ip.n >= sizeof(text))
		return false;
	memcpy(text, ip.p, ip.n);
	text[ip.n] = '\0';
	res = MMDB_lookup_string(&g->db[i], text, &gai, &rc);
	if (gai || rc != MMDB_SUCCESS || !res.found_entry)
		return false;
	*entry = res.entry;
	return true;
}

static struct str
text_of(struct arena *a, MMDB_entry_s *e, const char *const *path)
{
	MMDB_entry_data_s d;

	if (MMDB_aget_value(e, &d, path) != MMDB_SUCCESS || !d.has_data ||
	    d.type != MMDB_DATA_TYPE_UTF8_STRING || d.data_size > TEXT_MAX)
		return STR_NONE;
	return arena_dup(a, str_make(d.utf8_string, d.data_size));
}

struct str
geo_country(struct geo *g, struct arena *a, struct str ip)
{
	static const char *const at[] = { "country", "iso_code", NULL };
	static const char *const reg[] = { "registered_country", "iso_code",
		NULL };
	struct str s = STR_NONE;
	MMDB_entry_s e;

	if (look_up(g, 0, ip, &e)) {
		s = text_of(a, &e, at);
		if (!s.n)
			s = text_of(a, &e, reg);
	}
	return s;
}

struct str
geo_asn(struct geo *g, struct arena *a, struct str ip, struct str *network)
{
	static const char *const org[] = { "autonomous_system_organization",
		NULL };
	static const char *const no[] = { "autonomous_system_number", NULL };
	MMDB_entry_data_s d;
	MMDB_entry_s e;

	*network = STR_NONE;
	if (!look_up(g, 1, ip, &e))
		return STR_NONE;
	*network = text_of(a, &e, org);
	if (MMDB_aget_value(&e, &d, no) != MMDB_SUCCESS || !d.has_data ||
	    d.type != MMDB_DATA_TYPE_UINT32)
		return STR_NONE;
	return arena_printf(a, "AS%u", d.uint32);
}
