/*
 * dns.h: questions to the DNS, asked once and remembered.
 *
 * dns_ask() never waits: it gives the answer that is there, or one with
 * status DNS_PENDING after sending the question.  So a check is a plain
 * function that is run again when answers have come, and its first round
 * sends all its questions in one burst:
 *
 *	const struct dns_answer *mx = dns_ask(d, STR("good.test"), DNS_MX);
 *	if (mx->status == DNS_PENDING)
 *		return WAIT;
 *	for (size_t i = 0; i < mx->nrr; i++)
 *		use(mx->rr[i].pref, mx->rr[i].name);
 *
 * An answer lives until dns_forget_old() or dns_free().  Names are lower
 * case, without the final dot, escaped as in a zone file.  What the outside
 * said is kept apart: no such name, no data, server failure, bogus, timeout,
 * refused.  Only the first two are statements about the domain.
 */
#ifndef LIVE_DNS_H
#define LIVE_DNS_H

#include "base/arena.h"
#include "base/err.h"
#include "live/ip.h"
#include "live/loop.h"

enum dns_status {
	DNS_PENDING,
	DNS_OK,	    /* rr[] holds at least one record of the type */
	DNS_NODATA, /* the name is there, the type is not */
	DNS_NXDOMAIN,
	DNS_SERVFAIL,
	DNS_TIMEOUT,
	DNS_REFUSED,
	DNS_UNREACHABLE, /* no way to that server, or to any */
	DNS_BADNAME,	 /* cannot be asked: a label or the whole is too long */
	DNS_OFFLINE,	 /* --offline */
	DNS_STATUSES
};

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_DS = 43,
	DNS_DNSKEY = 48,
	DNS_TLSA = 52,
	DNS_SPF = 99
};

struct dns_rr {
	struct str owner;
	uint32_t ttl;
	uint16_t pref;	 /* MX, SRV */
	uint16_t port;	 /* SRV */
	uint32_t serial; /* SOA */
	struct str name; /* MX, NS, CNAME, PTR, SRV; SOA: primary server */
	struct str data; /* TXT: its strings joined; TLSA: bytes to compare */
	uint8_t usage, selector, matching; /* TLSA */
	struct ip ip;			   /* A, AAAA */
};

struct dns_answer {
	enum dns_status status;
	bool secure, bogus; /* as validated here, never taken from AD */
	bool aa;	    /* the server claims authority (direct questions) */
	struct str why;	    /* of a bogus or failed answer, in words */
	struct dns_rr *rr;
	size_t nrr;
	struct str canon;    /* the name that owns the records */
	int ncname;	     /* aliases on the way there */
	struct str zone;     /* owner of the SOA in a negative answer */
	struct dns_rr *auth; /* NS records of the authority section */
	size_t nauth;
	uint32_t ttl; /* smallest of the records */
	int64_t took_us;
	int64_t until_us; /* of loop_now_us(); when it is forgotten */
};

/* A port or address to use instead, for tests: 192.0.2.1:25=127.0.0.1:2525 */
struct dns_map {
	struct ip from, to;
	uint16_t from_port, to_port; /* from_port 0: any port */
	bool from_any;		     /* any address */
};

struct dns_conf {
	const char *const *resolvers;	/* "192.0.2.53" or "127.0.0.1@5300" */
	size_t nresolvers;		/* 0: those of resolv_conf */
	const char *resolv_conf;	/* NULL: /etc/resolv.conf */
	const char *trust_anchor;	/* file; NULL: the root's, built in */
	const char *const *local_zones; /* usually answered at home */
	size_t nlocal_zones;
	const struct dns_map *map;
	size_t nmap;
	bool map_only;	   /* addresses for documentation only through it */
	int64_t query_us;  /* one question in all; 0: 3 s */
	int64_t direct_us; /* one question to a given server; 0: 2 s */
	bool offline;
	bool canned; /* only what dns_put() gave; else NXDOMAIN */
};

struct dns;

struct dns *dns_new(const struct dns_conf *conf, struct loop *loop,
    struct err *err);
void dns_free(struct dns *d);

const struct dns_answer *dns_ask(struct dns *d, struct str name,
    enum dns_type type);

/* The same question to one server, without recursion. */
const struct dns_answer *dns_ask_at(struct dns *d, const struct ip *server,
    struct str name, enum dns_type type);

unsigned dns_open_questions(const struct dns *d);
uint64_t dns_answers(const struct dns *d); /* grows with every answer */
/* Several questions ran out of time, and none ever got an answer. */
bool dns_deaf(const struct dns *d);
uint64_t dns_sent(const struct dns *d); /* questions that left us */
void dns_forget_old(struct dns *d);	/* between runs: what its TTL says */

/*
 * Whether answers are validated: 1 yes, 0 not yet known, -1 no, and why not
 * in *why.  Ask before anything else; the self-test runs meanwhile.
 */
int dns_validates(struct dns *d, const char **why);

/* A well-known public resolver among those configured, or NULL. */
const char *dns_public_resolver(const struct dns *d);

/* The resolvers that are asked, "address" or "address@port". */
size_t dns_servers(const struct dns *d, const struct str **out);

/* Whom the map sends a connection to; true when it changed anything. */
bool dns_map_addr(const struct dns_map *map, size_t n, struct ip *ip,
    uint16_t *port);
bool dns_map_parse(struct str s, struct dns_map *m); /* "A:P=B:Q" */

/* An answer for canned mode; rr are copied (only for DNS_OK). */
void dns_put(struct dns *d, struct str name, enum dns_type type,
    enum dns_status status, const struct dns_rr *rr, size_t nrr);
void dns_put_secure(struct dns *d, struct str name, enum dns_type type);

const char *dns_status_text(enum dns_status s); /* "no such name" ... */
const char *dns_type_name(enum dns_type t);

/* Lower case without the final dot; false: not a name that can be asked. */
bool dns_name(struct arena *a, struct str in, struct str *out);
bool dns_name_eq(struct str a, struct str b);
/* a is b, or below b. */
bool dns_name_below(struct str a, struct str b);
struct str dns_parent(struct str name); /* "" above the last label */
unsigned dns_labels(struct str name);

#endif
