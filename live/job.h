/*
 * job.h: one target being looked at: what is known of it, and the findings.
 *
 * Only for live/ and for who reads the result.  Checks read facts through
 * the job_*() functions; those return NULL (or false) while an answer is
 * missing, and the check then returns false too.
 */
#ifndef LIVE_JOB_H
#define LIVE_JOB_H

#include "live/address.h"
#include "live/ask.h"
#include "live/dnsbl.h"
#include "live/live.h"
#include "live/rate.h"

enum { MAX_MX = 64, MAX_MX_ADDR = 16, MAX_NS = 16, MAX_NS_ADDR = 4 };

enum route_kind {
	ROUTE_ERROR,	/* it could not be asked, or there is no such name */
	ROUTE_NONE,	/* no place for mail */
	ROUTE_NULL,	/* the owner takes no mail */
	ROUTE_IMPLICIT, /* no MX: the address record counts */
	ROUTE_MX,
	ROUTE_HOST /* of a job for one host: the host itself */
};

struct mx_host {
	uint16_t pref;
	struct str name;
	const char *bad_name;	/* why it cannot be a host (R08), or NULL */
	bool odd_name;		/* illegal characters only */
	enum dns_status status; /* of its address look-up */
	struct ip ip[MAX_MX_ADDR];
	size_t nip;
	bool secure;
	struct str bogus;    /* why its addresses do not validate, or empty */
	struct str alias_of; /* R10; empty: no alias */
	bool alias_loop;
	bool ours;
	const struct provider *provider;
};

struct route {
	enum route_kind kind;
	const struct dns_answer *mx;
	bool null_mixed, null_pref;
	struct mx_host host[MAX_MX];
	size_t nhost;
	size_t left_out;
};

struct ns_host {
	struct str name;
	struct ip ip[MAX_NS_ADDR];
	size_t nip;
	enum dns_status status;
};

struct zone {
	struct str name; /* the apex the domain lies in */
	const struct dns_answer *ns;
	struct ns_host host[MAX_NS];
	size_t nhost;
	const struct dns_answer *parent; /* the parent's own list */
	struct str parent_name;
};

struct job {
	struct live *live;
	enum job_kind kind;
	struct str input;
	struct str domain; /* in xn-- form; empty: there is none */
	struct str shown;  /* the same as people read it */
	struct address address;
	struct ip ip;

	struct arena arena;   /* as long as the job */
	struct arena scratch; /* one round */
	struct finding *finding;
	size_t nfinding, cap;
	bool settled[CHECK_COUNT];
	bool waiting; /* an answer was missing in this round */
	bool late;    /* the time is up: what is missing counts as timeout */
	bool active;  /* its questions go out; else it waits its turn */
	bool done;
	bool started;  /* SMTP */
	bool stranger; /* counted against the limit of strangers */
	int64_t begun_us, smtp_begun_us, took_us;
	uint64_t seen; /* answers the last round knew */

	struct live_logs logs;
	bool registry; /* asked, though nobody said so */
	bool have_route, have_zone;
	struct route route;
	struct zone zone;
	struct job *twin; /* of the same domain, whose servers are asked */
	struct probe **probe;
	size_t nprobe, cap_probe;
	struct rating rating;
	void *sts;	  /* MTA-STS policy being fetched; live/sts.c */
	void *rdap;	  /* registration data; live/rdap.c */
	void *autoconfig; /* live/autoconfig.c */
};

struct live {
	struct live_conf conf;
	struct loop *loop;
	struct dns *dns;
	struct job **job;
	size_t njob, cap;
	struct arena arena;
	void *http; /* live/http.c */
	void *smtp; /* live/smtp_run.c */
	void *tls;  /* live/tls.c */
	void *here; /* live/here.c */
	struct dnsbl_memory lists;
	size_t strangers, registries;
	int64_t next_stranger_us;
};

/* DNS through the job: a missing answer is noted, or is a timeout. */
const struct dns_answer *job_ask(struct job *j, struct str name,
    enum dns_type type);
const struct dns_answer *job_ask_at(struct job *j, const struct ip *server,
    struct str name, enum dns_type type);
struct asker job_asker(struct job *j);

/* True for an answer that says something about the name. */
static inline bool
dns_said(const struct dns_answer *a)
{
	return a->status == DNS_OK || a->status == DNS_NODATA ||
	       a->status == DNS_NXDOMAIN;
}

const struct dns_answer *job_ask_ptr(struct job *j, const struct ip *ip);

const struct route *job_route(struct job *j);
const struct zone *job_zone(struct job *j);

/* The finding of a check that is settled, or NULL. */
const struct finding *job_finding(const struct job *j, enum check_id id);
bool job_failed(const struct job *j, enum check_id id);

/* The target is one host by name, not a domain. */
static inline bool
job_is_host(const struct job *j)
{
	return j->kind == JOB_HOST || j->kind == JOB_MX || j->kind == JOB_NS;
}

bool job_is_our_host(const struct job *j, struct str name);
bool job_is_our_addr(const struct job *j, const struct ip *ip);
/* 1 configured here, 0 not, -1 we do not know what is. */
int job_is_local(const struct job *j, struct str domain);
bool strs_match(struct strs s, struct str name); /* with "*" */
int64_t job_now_s(const struct job *j);
bool job_ip_reachable(const struct job *j, const struct ip *ip);

const struct provider *provider_of(const struct live_conf *c, struct str host);

/* The rounds: live/job.c. */
void job_free(struct job *j);
bool job_round(struct job *j); /* true when it is done */

#endif
