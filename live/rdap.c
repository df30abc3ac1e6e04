/*
 * rdap.c: reading the JSON of registries, judging D01-D05.
 *
 * Registries differ in case, in names of states (RFC 8056 has blanks, some
 * write EPP's own words) and in what they publish; a field that is not there
 * is unknown, never a failure.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <time.h>

#include "base/buf.h"
#include "live/dns.h"
#include "live/idn.h"
#include "live/rdap.h"
#include "live/suffix.h"
#include "base/banned.h"

enum { DAY = 86400, SOON = 30, VERY_SOON = 7, LATELY = 14 };

static bool
two(struct str s, size_t at, int *out)
{
	if (at + 2 > s.n || !is_digit(s.p[at]) || !is_digit(s.p[at + 1]))
		return false;
	*out = (s.p[at] - '0') * 10 + s.p[at + 1] - '0';
	return true;
}

bool
rdap_time(struct str s, int64_t *out)
{
	struct tm tm = { 0 };
	int century, year, month, off_h = 0, off_m = 0, sign = 0;
	size_t i = 10;

	if (s.n < 10 || !two(s, 0, &century) || !two(s, 2, &year) ||
	    s.p[4] != '-' || !two(s, 5, &month) || s.p[7] != '-' ||
	    !two(s, 8, &tm.tm_mday))
		return false;
	if (s.n > 10) {
		if ((s.p[10] | 32) != 't' && s.p[10] != ' ')
			return false;
		if (!two(s, 11, &tm.tm_hour) || !two(s, 14, &tm.tm_min) ||
		    !two(s, 17, &tm.tm_sec))
			return false;
		i = 19;
		if (i < s.n && s.p[i] == '.')
			for (i++; i < s.n && is_digit(s.p[i]); i++)
				;
		if (i < s.n && (s.p[i] == '+' || s.p[i] == '-')) {
			sign = s.p[i] == '+' ? 1 : -1;
			if (!two(s, i + 1, &off_h) ||
			    !two(s,
				i + (i + 3 < s.n && s.p[i + 3] == ':' ? 4 : 3),
				&off_m))
				return false;
		}
	}
	if (month < 1 || month > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	tm.tm_year = century * 100 + year - 1900;
	tm.tm_mon = month - 1;
	*out = (int64_t)timegm(&tm) - sign * (off_h * 3600 + off_m * 60);
	return true;
}

static const char *
text(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	return cJSON_IsString(v) ? v->valuestring : NULL;
}

/* First item of the list that stands under a key; NULL: none. */
static const cJSON *
items(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	return cJSON_IsArray(v) ? v->child : NULL;
}

/* The n-th item of an array; NULL: it has none. */
static const cJSON *
nth(const cJSON *array, int n)
{
	return cJSON_IsArray(array) ? cJSON_GetArrayItem(array, n) : NULL;
}

static void
read_events(const cJSON *domain, struct rdap *out)
{
	for (const cJSON *e = items(domain, "events"); e; e = e->next) {
		struct str what = str_c(text(e, "eventAction"));
		int64_t t;

		if (!rdap_time(str_c(text(e, "eventDate")), &t))
			continue;
		if (str_eqi(what, STR("expiration")))
			out->expires_s = t;
		else if (str_eqi(what, STR("registrar expiration")))
			out->registrar_expires_s = t;
		else if (str_eqi(what, STR("registration")))
			out->registered_s = t;
		else if (str_eqi(what, STR("last changed")))
			out->changed_s = t;
		else if (str_eqi(what, STR("transfer")))
			out->transferred_s = t;
	}
}

/* "clientHold" and "Client Hold" as "client hold". */
static struct str
plain_status(struct arena *a, struct str s)
{
	struct buf b = BUF_INIT(100);
	struct str out;

	for (size_t i = 0; i < s.n; i++) {
		if (i && s.p[i] >= 'A' && s.p[i] <= 'Z' && s.p[i - 1] >= 'a')
			buf_putc(&b, ' ');
		buf_putc(&b, s.p[i] == '_' ? ' ' : to_lower(s.p[i]));
	}
	out = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return out;
}

static bool
has_role(const cJSON *entity, const char *role)
{
	for (const cJSON *r = items(entity, "roles"); r; r = r->next)
		if (cJSON_IsString(r) && !strcmp(r->valuestring, role))
			return true;
	return false;
}

/* vcardArray: [ "vcard", [ [ "fn", {}, "text", NAME ], ... ] ] */
static void
read_registrar(struct arena *a, const cJSON *entity, struct rdap *out)
{
	const cJSON *card =
	    nth(cJSON_GetObjectItemCaseSensitive(entity, "vcardArray"), 1);
	const cJSON *field = cJSON_IsArray(card) ? card->child : NULL;

	for (; field; field = field->next) {
		const cJSON *k = nth(field, 0), *v = nth(field, 3);

		if (cJSON_IsString(k) && cJSON_IsString(v) &&
		    !strcmp(k->valuestring, "fn"))
			out->registrar =
			    arena_dup(a, str_head(str_c(v->valuestring), 100));
	}
}

static void
read_domain(struct arena *a, const cJSON *json, struct rdap *out)
{
	const cJSON *e;

	out->ok = true;
	out->name = arena_lower(a, str_c(text(json, "ldhName")));
	read_events(json, out);
	for (e = items(json, "status"); e; e = e->next)
		if (cJSON_IsString(e) && out->nstatus < RDAP_MAX_STATUS)
			out->status[out->nstatus++] = plain_status(a,
			    str_head(str_c(e->valuestring), 60));
	for (e = items(json, "nameservers"); e; e = e->next) {
		struct str s = str_c(text(e, "ldhName"));

		if (s.n && s.n < 256 && out->nns < RDAP_MAX_NS)
			out->ns[out->nns++] = arena_lower(a,
			    s.p[s.n - 1] == '.' ? str_head(s, s.n - 1) : s);
	}
	for (e = items(json, "entities"); e; e = e->next)
		if (has_role(e, "registrar"))
			read_registrar(a, e, out);
}

void
rdap_read(struct arena *a, int http, struct str body, struct rdap *out)
{
	cJSON *json;
	const char *class;

	*out = (struct rdap){ .http = http,
		.problem = STR(""),
		.registrar = STR("") };
	if (http == 404) {
		out->problem = STR("the registry does not know it");
		return;
	}
	if (http != 200) {
		out->problem =
		    http == 429 ?
			STR("the registry limits the rate of questions") :
			arena_printf(a, "the registry answers %d", http);
		return;
	}
	json =
	    body.n <= RDAP_MAX ? cJSON_ParseWithLength(body.p, body.n) : NULL;
	class = text(json, "objectClassName");
	if (!cJSON_IsObject(json))
		out->problem = body.n > RDAP_MAX ?
				   STR("the answer is too big") :
				   STR("the answer is not JSON");
	else if (!class || strcmp(class, "domain") != 0)
		out->problem = STR("the answer is not about a domain");
	else
		read_domain(a, json, out);
	cJSON_Delete(json);
}

const char *
rdap_redirect(struct str location, int n)
{
	if (n > RDAP_MAX_REDIRECTS)
		return "the registry redirects without an end";
	if (!str_startsi(location, STR("https://")))
		return "the registry redirects to an address that is not "
		       "https";
	return NULL;
}

/* The first https base of a service: [ [ suffixes ], [ urls ] ] */
static const char *
https_base(const cJSON *service)
{
	const cJSON *urls = nth(service, 1);
	const cJSON *u = cJSON_IsArray(urls) ? urls->child : NULL;

	for (; u; u = u->next)
		if (cJSON_IsString(u) &&
		    str_startsi(str_c(u->valuestring), STR("https://")))
			return u->valuestring;
	return NULL;
}

/* Length of the service's longest suffix that the name ends in. */
static size_t
serves(const cJSON *service, struct str name)
{
	const cJSON *list = nth(service, 0);
	const cJSON *e = cJSON_IsArray(list) ? list->child : NULL;
	size_t longest = 0;

	for (; e; e = e->next) {
		struct str s = str_c(cJSON_IsString(e) ? e->valuestring : "");

		if (s.n > longest && dns_name_below(name, s))
			longest = s.n;
	}
	return longest;
}

struct str
rdap_url(struct arena *a, struct str bootstrap, struct str domain)
{
	cJSON *json = cJSON_ParseWithLength(bootstrap.p, bootstrap.n);
	const char *best = NULL;
	struct str name, reg, out = STR_NONE;
	size_t longest = 0;

	if (domain.n && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (!idn_ascii(a, domain, &name))
		goto out;
	for (const cJSON *s = items(json, "services"); s; s = s->next) {
		const char *base = https_base(s);
		size_t n = base ? serves(s, name) : 0;

		if (n > longest) {
			longest = n;
			best = base;
		}
	}
	if (!best)
		goto out;
	reg = suffix_registrable(a, name);
	/* A registry may run suffixes that the public list does not know. */
	if (!reg.n || reg.n <= longest) {
		reg = name;
		while (dns_parent(reg).n > longest)
			reg = dns_parent(reg);
	}
	out = arena_printf(a, "%s%sdomain/" STR_FMT, best,
	    best[strlen(best) - 1] == '/' ? "" : "/", STR_ARG(reg));
out:
	cJSON_Delete(json);
	return out;
}

int
rdap_days(const struct rdap *r, int64_t now_s)
{
	return (int)floor((double)(r->expires_s - now_s) / DAY);
}

static bool
has_status(const struct rdap *r, const char *const *words, size_t n,
    struct str *which)
{
	for (size_t i = 0; i < r->nstatus; i++)
		for (size_t k = 0; k < n; k++)
			if (str_eq(r->status[i], str_c(words[k]))) {
				*which = r->status[i];
				return true;
			}
	return false;
}

bool
rdap_ns_differ(const struct rdap *r, const struct rdap_dns *dns)
{
	if (!r->ok || !r->nns || !dns->nns)
		return false;
	for (size_t i = 0; i < r->nns; i++) {
		bool there = false;

		for (size_t k = 0; k < dns->nns; k++)
			there = there || dns_name_eq(r->ns[i], dns->ns[k]);
		if (!there)
			return true;
	}
	return r->nns != dns->nns;
}

static struct str
day(struct arena *a, int64_t t)
{
	time_t tt = (time_t)t;
	struct tm tm;

	if (!gmtime_r(&tt, &tm))
		return STR("?");
	return arena_printf(a, "%04d-%02d-%02d", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday);
}

static enum check_result
judge_d01(struct arena *a, const struct rdap *r, const struct rdap_dns *dns,
    struct str domain, struct str *say)
{
	if (r->ok) {
		*say = arena_printf(a, "registered%s" STR_FMT,
		    r->registrar.n ? " at " : "", STR_ARG(r->registrar));
		return CHECK_PASS;
	}
	if (r->http == 404 && dns->exists == 0) {
		*say = arena_printf(a,
		    STR_FMT
		    " is not registered by "
		    "anybody; mail to it cannot arrive. Is the spelling "
		    "right?",
		    STR_ARG(domain));
		return CHECK_FAIL;
	}
	if (r->http == 404 && dns->exists == 1)
		*say = STR("the registry that was asked does not know it, but "
			   "DNS does");
	else
		*say = r->problem;
	return CHECK_UNKNOWN;
}

static enum check_result
judge_d02(struct arena *a, const struct rdap *r, struct str domain,
    int64_t now_s, struct str *say)
{
	int days;

	if (!r->expires_s) {
		*say = STR("the registry does not publish the date");
		return CHECK_UNKNOWN;
	}
	days = rdap_days(r, now_s);
	*say = arena_printf(a,
	    days < 0 ? STR_FMT " ran out on " STR_FMT
			       " (%d days ago); it may stop any day" :
		       STR_FMT " runs out on " STR_FMT " (%d days)",
	    STR_ARG(domain), STR_ARG(day(a, r->expires_s)),
	    days < 0 ? -days : days);
	if (r->registrar_expires_s && r->registrar_expires_s != r->expires_s)
		*say = arena_printf(a, STR_FMT "; the registrar says " STR_FMT,
		    STR_ARG(*say), STR_ARG(day(a, r->registrar_expires_s)));
	return days <= VERY_SOON ? CHECK_FAIL :
	       days <= SOON	 ? CHECK_WARN :
				   CHECK_PASS;
}

static enum check_result
judge_d05(struct arena *a, const struct rdap *r, const struct rdap_dns *dns,
    struct str domain, int64_t now_s, struct str *say)
{
	static const char *const moving[] = { "pending transfer" };
	const struct {
		int64_t at;
		const char *what;
	} events[] = {
		{ r->transferred_s, "moved to another registrar" },
		{ r->registered_s, "registered" },
		{ r->changed_s, "changed" },
	};
	struct str which;

	for (size_t i = 0; i < 3; i++)
		if (events[i].at && now_s - events[i].at < LATELY * DAY &&
		    events[i].at <= now_s) {
			*say = arena_printf(a,
			    STR_FMT " was %s on " STR_FMT
				    "; such moves often lose the mail settings",
			    STR_ARG(domain), events[i].what,
			    STR_ARG(day(a, events[i].at)));
			return CHECK_INFO;
		}
	if (has_status(r, moving, 1, &which)) {
		*say = arena_printf(a,
		    STR_FMT " is just being moved to "
			    "another registrar",
		    STR_ARG(domain));
		return CHECK_INFO;
	}
	if (rdap_ns_differ(r, dns)) {
		*say = STR("the registry lists other name servers than the "
			   "zone itself");
		return CHECK_INFO;
	}
	*say = STR("nothing changed lately");
	return CHECK_PASS;
}

enum check_result
rdap_judge(struct arena *a, enum check_id id, const struct rdap *r,
    const struct rdap_dns *dns, struct str domain, int64_t now_s,
    struct str *say)
{
	static const char *const off[] = { "client hold", "server hold",
		"inactive" };
	static const char *const going[] = { "redemption period",
		"pending delete" };
	struct str which;

	if (id == D01)
		return judge_d01(a, r, dns, domain, say);
	if (!r->ok) {
		*say = r->problem;
		return CHECK_UNKNOWN;
	}
	switch (id) {
	case D02:
		return judge_d02(a, r, domain, now_s, say);
	case D03:
		if (!has_status(r, off, 3, &which) &&
		    !has_status(r, going, 2, &which))
			break;
		*say = arena_printf(a,
		    "the registrar has switched " STR_FMT " off (" STR_FMT
		    "); web and mail are dead until that is "
		    "lifted",
		    STR_ARG(domain), STR_ARG(which));
		return CHECK_FAIL;
	case D04:
		if (!has_status(r, going, 2, &which))
			break;
		*say = arena_printf(a,
		    STR_FMT " was given up and is about to "
			    "be deleted (" STR_FMT ")",
		    STR_ARG(domain), STR_ARG(which));
		return CHECK_FAIL;
	default:
		return judge_d05(a, r, dns, domain, now_s, say);
	}
	*say = STR("no such state");
	return CHECK_PASS;
}
