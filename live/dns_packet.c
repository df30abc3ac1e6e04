/*
 * dns_packet.c: an answer packet as records, read with libresolv.
 *
 * Every byte of it is the other side's choice: counts, lengths and pointers
 * are checked by ns_initparse() and ns_name_uncompress(); what is left is to
 * check the inside of each record's data.  Records of other names or types
 * than the question's are skipped, so nothing can be slipped in.
 */
#include <arpa/nameser.h>
#include <resolv.h>

#include "base/buf.h"
#include "live/dns_part.h"
#include "base/banned.h"

static struct str
name_at(struct arena *a, ns_msg *m, const unsigned char *p)
{
	char text[NS_MAXDNAME];
	struct str s;

	if (ns_name_uncompress(ns_msg_base(*m), ns_msg_end(*m), p, text,
		sizeof(text)) < 0)
		return STR_NONE;
	s = str_c(text);
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return arena_lower(a, s);
}

static bool
read_txt(struct arena *a, const unsigned char *p, size_t n, struct dns_rr *rr)
{
	struct buf b = BUF_INIT(DNS_MAX_TEXT);

	while (n) {
		size_t len = *p;

		if (len > n - 1) {
			buf_release(&b);
			return false;
		}
		buf_addn(&b, p + 1, len);
		p += len + 1;
		n -= len + 1;
	}
	rr->data = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return true;
}

static bool
read_data(struct arena *a, ns_msg *m, const ns_rr *in, struct dns_rr *rr)
{
	const unsigned char *p = ns_rr_rdata(*in);
	size_t n = ns_rr_rdlen(*in);

	switch ((int)ns_rr_type(*in)) {
	case DNS_A:
	case DNS_AAAA:
		rr->ip.n = ns_rr_type(*in) == ns_t_a ? 4 : 16;
		if (n != rr->ip.n)
			return false;
		memcpy(rr->ip.b, p, n);
		return true;
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		rr->name = name_at(a, m, p);
		return rr->name.p != NULL;
	case DNS_MX:
		if (n < 3)
			return false;
		rr->pref = (uint16_t)(p[0] << 8 | p[1]);
		rr->name = name_at(a, m, p + 2);
		return rr->name.p != NULL;
	case DNS_SRV:
		if (n < 7)
			return false;
		rr->pref = (uint16_t)(p[0] << 8 | p[1]);
		rr->port = (uint16_t)(p[4] << 8 | p[5]);
		rr->name = name_at(a, m, p + 6);
		return rr->name.p != NULL;
	case DNS_SOA: {
		int skip = dn_skipname(p, p + n), more;

		rr->name = name_at(a, m, p);
		if (skip < 0 || !rr->name.p)
			return false;
		more = dn_skipname(p + skip, p + n);
		if (more < 0 || n < (size_t)skip + (size_t)more + 20)
			return false;
		p += skip + more;
		rr->serial = ns_get32(p);
		return true;
	}
	case DNS_TXT:
	case DNS_SPF:
		return read_txt(a, p, n, rr);
	case DNS_TLSA:
		if (n < 4)
			return false;
		rr->usage = p[0];
		rr->selector = p[1];
		rr->matching = p[2];
		rr->data = arena_dup(a, str_make((const char *)p + 3, n - 3));
		return true;
	default:
		rr->data = arena_dup(a, str_make((const char *)p, n));
		return true;
	}
}

static enum dns_status
status_of(int rcode, size_t nrr)
{
	switch (rcode) {
	case ns_r_noerror:
		return nrr ? DNS_OK : DNS_NODATA;
	case ns_r_nxdomain:
		return DNS_NXDOMAIN;
	case ns_r_refused:
		return DNS_REFUSED;
	default:
		return DNS_SERVFAIL;
	}
}

/* The name the aliases lead to; they may stand in any order, or in a ring. */
static struct str
follow(struct arena *a, ns_msg *m, struct str name, int *count)
{
	enum { MAX_ALIASES = 8 };
	int n = ns_msg_count(*m, ns_s_an);

	*count = 0;
	for (int round = 0; round < MAX_ALIASES; round++) {
		struct str to = STR_NONE;

		for (int i = 0; i < n && !to.p; i++) {
			ns_rr rr;

			if (ns_parserr(m, ns_s_an, i, &rr) < 0)
				return name;
			if (ns_rr_type(rr) == ns_t_cname &&
			    dns_name_eq(str_c(ns_rr_name(rr)), name))
				to = name_at(a, m, ns_rr_rdata(rr));
		}
		if (!to.p)
			return name;
		name = to;
		++*count;
	}
	return name;
}

static void
read_authority(struct arena *a, ns_msg *m, struct dns_answer *out)
{
	int n = ns_msg_count(*m, ns_s_ns);

	for (int i = 0; i < n && i < DNS_MAX_RR; i++) {
		struct dns_rr v = { 0 };
		ns_rr rr;

		if (ns_parserr(m, ns_s_ns, i, &rr) < 0)
			return;
		v.owner = arena_lower(a, str_c(ns_rr_name(rr)));
		v.ttl = ns_rr_ttl(rr);
		if (ns_rr_type(rr) == ns_t_soa) {
			out->zone = v.owner;
		} else if (ns_rr_type(rr) == ns_t_ns &&
			   read_data(a, m, &rr, &v)) {
			if (!out->auth)
				out->auth = arena_array(a, struct dns_rr,
				    (size_t)(n < DNS_MAX_RR ? n : DNS_MAX_RR));
			out->auth[out->nauth++] = v;
		}
	}
}

bool
dns_packet_read(struct arena *a, const unsigned char *p, size_t n,
    struct str name, enum dns_type type, struct dns_answer *out)
{
	ns_msg m;
	int count;

	if (n > 65535 || ns_initparse(p, (int)n, &m) < 0 ||
	    !ns_msg_getflag(m, ns_f_qr))
		return false;
	count = ns_msg_count(m, ns_s_an);
	out->aa = ns_msg_getflag(m, ns_f_aa);
	out->canon =
	    type == DNS_CNAME ? name : follow(a, &m, name, &out->ncname);
	out->ttl = UINT32_MAX;
	out->rr = count ?
		      arena_array(a, struct dns_rr,
			  (size_t)(count < DNS_MAX_RR ? count : DNS_MAX_RR)) :
		      NULL;
	for (int i = 0; i < count && out->nrr < DNS_MAX_RR; i++) {
		struct dns_rr v = { 0 };
		ns_rr rr;

		if (ns_parserr(&m, ns_s_an, i, &rr) < 0)
			break;
		if ((int)ns_rr_type(rr) != (int)type ||
		    ns_rr_class(rr) != ns_c_in ||
		    !dns_name_eq(str_c(ns_rr_name(rr)), out->canon))
			continue;
		v.owner = out->canon;
		v.ttl = ns_rr_ttl(rr);
		if (!read_data(a, &m, &rr, &v))
			continue;
		if (v.ttl < out->ttl)
			out->ttl = v.ttl;
		out->rr[out->nrr++] = v;
	}
	read_authority(a, &m, out);
	out->status = status_of(ns_msg_getflag(m, ns_f_rcode), out->nrr);
	if (!out->nrr)
		out->ttl = 0;
	return true;
}
