/*
 * fuzz_live.c: any bytes as what the network says: DNS packets, records for
 * mail (SPF, DMARC, DKIM, MTA-STS), registration data, replies of mail
 * servers, settings of mail programs; and as addresses and pages that are to be checked.
 *
 * The first byte chooses the reader, the rest is its input.
 */
#include <stdlib.h>

#include "live/address.h"
#include "live/dkim.h"
#include "live/dmarc.h"
#include "live/dns_part.h"
#include "live/rdap.h"
#include "live/settings.h"
#include "live/smtp.h"
#include "live/spf.h"
#include "live/sts.h"
#include "live/suffix.h"
#include "live/typo.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
dns(struct arena *a, struct str s)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_MX, DNS_NS,
		DNS_SOA, DNS_TXT, DNS_SRV, DNS_TLSA, DNS_CNAME, DNS_PTR };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct dns_answer ans = { .status = DNS_PENDING };

		if (dns_packet_read(a, (const unsigned char *)s.p, s.n,
			STR("shop.test"), types[i], &ans) &&
		    ans.nrr > DNS_MAX_RR)
			abort();
	}
}

static void
spf(struct arena *a, struct str s)
{
	struct spf_in in = { .domain = STR("shop.test"),
		.sender = STR("anna@shop.test"),
		.helo = STR("out.shop.test"),
		.ip = { { 192, 0, 2, 1 }, 4 } };
	struct spf_macro_in m = { .in = &in, .domain = STR("shop.test") };
	struct spf_record r;
	struct str out;

	spf_is_record(s);
	if (spf_parse(a, s, &r) == 0)
		for (size_t i = 0; i < r.n; i++)
			if (r.term[i].macros &&
			    !spf_expand(a, r.term[i].domain, &m, &out) &&
			    r.term[i].kind < SPF_REDIRECT)
				abort(); /* it was said to be well formed */
	m.explanation = true;
	spf_expand(a, s, &m, &out);
}

static void
address(struct arena *a, struct str s)
{
	struct address v, again;
	struct mailto m;

	address_check(a, s, &v);
	if (!v.fails) {
		address_check(a, v.normal, &again);
		if (again.fails || !str_eq(again.normal, v.normal))
			abort();
	}
	if (v.suggest.n) {
		address_check(a, v.suggest, &again);
		if (again.fails)
			abort(); /* what is offered must be one */
	}
	mailto_extract(a, s, &m);
	typo_suggest(a, s, typo_providers, typo_nproviders);
	suffix_registrable(a, s);
}

static void
records(struct arena *a, struct str s)
{
	struct dmarc_record d;
	struct dkim_key k;
	struct sts_policy p = { .nmx = 0 };
	struct str id;

	dmarc_parse(a, s, &d);
	dkim_read_key(a, s, &k);
	sts_record(s, &id);
	if (sts_parse(a, s, &p))
		sts_covers(&p, STR("mx.shop.test"));
}

static void
registry(struct arena *a, struct str s)
{
	struct rdap_dns known = { .exists = 1 };
	struct str say;
	struct rdap r;

	rdap_read(a, 200, s, &r);
	for (int id = D01; id <= D05; id++)
		rdap_judge(a, (enum check_id)id, &r, &known, STR("shop.test"),
		    1790000000, &say);
	rdap_url(a, s, STR("shop.test"));
}

static void
reply(struct arena *a, struct str s)
{
	struct smtp_reply r = { .end = END_REPLY };
	struct probe p = { .size = -1 };
	bool mixed;
	long n = smtp_reply_read(s, &r.code, &mixed);

	if (n > (long)s.n)
		abort();
	if (n <= 0)
		return;
	r.text = smtp_reply_text(a, str_head(s, (size_t)n), &r.dsn);
	smtp_refuses_us(&r, STR("192.0.2.1"), STR("out.shop.test"));
	smtp_relay_denied(&r);
	smtp_user_unknown(&r);
	smtp_read_ehlo(&p, r.text, true);
}

static void
settings(struct arena *a, struct str s)
{
	struct settings set;

	settings_read(a, s, STR("shop.test"), &set);
	for (size_t i = 0; i < set.n; i++)
		if (!set.v[i].host.n || set.v[i].kind == SERVICE_OTHER)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(struct arena *, struct str) = { dns, spf,
		address, records, registry, reply, settings };
	struct arena a = { 0 };
	char *copy;

	if (!size || size > 65536)
		return 0;
	/* its own block, so that one byte too far is noticed */
	copy = malloc(size - 1 ? size - 1 : 1);
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	readers[data[0] % (sizeof(readers) / sizeof(*readers))](&a,
	    str_make(copy, size - 1));
	arena_release(&a);
	free(copy);
	return 0;
}
