/*
 * dnsbl.c: asking block lists (RFC 5782) and not believing them blindly.
 */
#include "base/buf.h"
#include "live/dnsbl.h"
#include "base/banned.h"

/* Answers that are messages about our question, on any list. */
static const struct {
	const char *code, *why;
} errors[] = {
	{ "127.255.255.252", "zone-name-wrong" },
	{ "127.255.255.253", "query-refused" },
	{ "127.255.255.254", "open-resolver" },
	{ "127.255.255.255", "over-limit" },
	{ "127.0.1.255", "ip-asked-of-domain-list" },
};

static bool
is_text(const struct ip *ip, const char *text)
{
	struct ip v;

	return ip_parse(str_c(text), &v) && ip_eq(ip, &v);
}

/* Why an answer is none; NULL: it may be a listing. */
static const char *
no_answer(const struct dnsbl *list, const struct ip *ip)
{
	if (ip->n != 4 || ip->b[0] != 127)
		return "answer-outside-127";
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (is_text(ip, errors[i].code))
			return errors[i].why;
	if (ip->b[1] == 255 && ip->b[2] == 255)
		return "query-refused";
	for (size_t i = 0; i < 4 && list->not_listed[i]; i++)
		if (is_text(ip, list->not_listed[i]))
			return "";
	if (is_text(ip, "127.0.0.1"))
		return "query-refused";
	return NULL;
}

static const struct dnsbl_code *
code_of(const struct dnsbl *list, const struct ip *ip)
{
	for (size_t i = 0; i < DNSBL_MAX_CODES && list->code[i].code; i++) {
		struct str c = str_c(list->code[i].code);
		char text[32];
		struct buf b = BUF_INIT(sizeof(text));
		uint64_t bit;
		bool hit;

		if (list->match == MATCH_BITS) {
			if (str_u64(c, &bit) && (ip->b[3] & bit))
				return &list->code[i];
			continue;
		}
		buf_printf(&b, "%u.%u.%u.%u", ip->b[0], ip->b[1], ip->b[2],
		    ip->b[3]);
		hit = str_glob(c, buf_str(&b));
		buf_release(&b);
		if (hit)
			return &list->code[i];
	}
	return NULL;
}

/* 1 listed, 0 not listed, -1 neither (*why), -2 pending */
static int
test_entry(const struct asker *asker, struct arena *a, const struct dnsbl *list,
    const char *name, const char **why)
{
	const struct dns_answer *ans =
	    ask_dns(asker, arena_printf(a, "%s.%s", name, list->zone), DNS_A);

	switch (ans->status) {
	case DNS_PENDING:
		return -2;
	case DNS_NXDOMAIN:
	case DNS_NODATA:
		return 0;
	case DNS_OK:
		break;
	case DNS_REFUSED:
		*why = "refused";
		return -1;
	default:
		*why = "no-answer";
		return -1;
	}
	for (size_t i = 0; i < ans->nrr; i++) {
		*why = no_answer(list, &ans->rr[i].ip);
		if (*why && **why)
			return -1;
	}
	return 1;
}

void
dnsbl_remember(struct dnsbl_memory *m, struct str zone, int sane,
    struct str why, int64_t at_s)
{
	struct dnsbl_seen *s = m->v;

	while (s < m->v + m->n && !str_eq(s->zone, zone))
		s++;
	if (s == m->v + DNSBL_MEMORY)
		return;
	if (s == m->v + m->n) {
		s->zone = arena_dup(&m->arena, zone);
		m->n++;
	}
	s->sane = sane;
	s->why = arena_dup(&m->arena, why);
	s->at_s = at_s;
}

/* 1, -1 as remembered, 0: to be tested */
static int
remembered(const struct asker *asker, const struct dnsbl *list,
    const char **why)
{
	const struct dnsbl_memory *m = asker->lists;

	for (size_t i = 0; m && i < m->n; i++) {
		const struct dnsbl_seen *s = &m->v[i];
		int64_t age = asker->now_s - s->at_s;

		if (age < 0 ||
		    age >= (s->sane > 0 ? DNSBL_SANE_S : DNSBL_FAILED_S) ||
		    !str_eq(s->zone, str_c(list->zone)))
			continue;
		*why = s->why.p;
		return s->sane;
	}
	return 0;
}

static int
test_list(const struct asker *asker, struct arena *a, const struct dnsbl *list,
    const char **why)
{
	bool dom = list->kind == DNSBL_DOMAIN;
	int yes = test_entry(asker, a, list, dom ? "test" : "2.0.0.127", why);
	const char *why_no = NULL;
	int no =
	    test_entry(asker, a, list, dom ? "invalid" : "1.0.0.127", &why_no);

	if (yes == -2 || no == -2)
		return 0;
	if (yes == -1)
		return -1;
	if (no == -1) {
		*why = why_no;
		return -1;
	}
	if (no == 1) {
		*why = "lists-everything";
		return -1;
	}
	if (!yes) {
		*why = "test-entry-missing";
		return -1;
	}
	return 1;
}

int
dnsbl_sane(const struct asker *asker, struct arena *a, const struct dnsbl *list,
    const char **why)
{
	int sane = remembered(asker, list, why);

	if (sane)
		return sane;
	sane = test_list(asker, a, list, why);
	/* a list that is silent today may speak in a minute */
	if (asker->lists && sane && (sane > 0 || strcmp(*why, "no-answer")))
		dnsbl_remember(asker->lists, str_c(list->zone), sane,
		    str_c(sane > 0 ? "" : *why), asker->now_s);
	return sane;
}

static void
look(const struct asker *asker, struct arena *a, const struct dnsbl *list,
    struct str name, struct dnsbl_out *out)
{
	struct str q =
	    arena_printf(a, STR_FMT ".%s", STR_ARG(name), list->zone);
	const struct dns_answer *ans = ask_dns(asker, q, DNS_A), *txt;
	struct buf b = BUF_INIT(500);
	bool unknown = false, all_policy = true;

	*out = (struct dnsbl_out){ .result = DNSBL_NOT_LISTED,
		.meaning = STR(""),
		.txt = STR("") };
	if (ans->status == DNS_PENDING)
		out->result = DNSBL_PENDING;
	if (ans->status != DNS_OK &&
	    !(ans->status == DNS_NXDOMAIN || ans->status == DNS_NODATA ||
		ans->status == DNS_PENDING)) {
		out->result = DNSBL_UNKNOWN;
		out->why = dns_status_text(ans->status);
	}
	for (size_t i = 0; i < ans->nrr && i < DNSBL_MAX_SEEN; i++) {
		const struct ip *ip = &ans->rr[i].ip;
		const char *no = no_answer(list, ip);
		const struct dnsbl_code *c;

		if (no && *no) {
			out->result = DNSBL_UNKNOWN;
			out->why = no;
			out->ncode = 0;
			break;
		}
		if (no)
			continue;
		c = code_of(list, ip);
		out->code[out->ncode++] = *ip;
		buf_printf(&b, "%s%s", b.n ? "; " : "",
		    c ? c->meaning : "meaning unknown");
		unknown = unknown || !c;
		all_policy = all_policy && c && c->policy;
	}
	if (out->ncode) {
		out->result =
		    unknown ? DNSBL_LISTED_UNKNOWN_CODE : DNSBL_LISTED;
		out->policy = all_policy;
		txt = ask_dns(asker, q, DNS_TXT);
		if (txt->status == DNS_PENDING)
			out->result = DNSBL_PENDING;
		if (txt->status == DNS_OK)
			out->txt = str_head(txt->rr[0].data, 300);
		out->meaning = arena_dup(a, buf_str(&b));
	}
	buf_release(&b);
}

/* The list's own state first; true when it may be asked. */
static bool
usable(const struct asker *asker, struct arena *a, const struct dnsbl *list,
    struct dnsbl_out *out)
{
	const char *why = NULL;
	int sane = dnsbl_sane(asker, a, list, &why);

	*out = (struct dnsbl_out){ .meaning = STR(""),
		.txt = STR(""),
		.why = why };
	out->result = sane == 0 ? DNSBL_PENDING : DNSBL_UNKNOWN;
	return sane > 0;
}

void
dnsbl_look_ip(const struct asker *asker, struct arena *a,
    const struct dnsbl *list, const struct ip *ip, struct dnsbl_out *out)
{
	if (list->kind == DNSBL_DOMAIN || (ip->n == 16 && !list->ipv6)) {
		*out = (struct dnsbl_out){ .result = DNSBL_UNKNOWN,
			.why = "not a list of such addresses",
			.meaning = STR(""),
			.txt = STR("") };
		return;
	}
	if (usable(asker, a, list, out))
		look(asker, a, list, ip_reverse(a, ip), out);
}

void
dnsbl_look_domain(const struct asker *asker, struct arena *a,
    const struct dnsbl *list, struct str domain, struct dnsbl_out *out)
{
	struct ip ip;

	if (list->kind != DNSBL_DOMAIN || ip_parse(domain, &ip)) {
		*out = (struct dnsbl_out){ .result = DNSBL_UNKNOWN,
			.why = "ip-asked-of-domain-list",
			.meaning = STR(""),
			.txt = STR("") };
		return;
	}
	if (usable(asker, a, list, out))
		look(asker, a, list, domain, out);
}

const char *
dnsbl_result_name(enum dnsbl_result r)
{
	static const char *const name[] = { "pending", "not-listed", "listed",
		"listed-unknown-code", "unknown" };

	return name[r];
}
