/*
 * live.h: asking the network what is true now: settings, targets, findings.
 *
 *	struct live_conf conf = LIVE_CONF_DEFAULT;
 *	struct live *live = live_open(&conf, &err);
 *	struct job *job = live_add(live, STR("good.test"), JOB_GUESS);
 *	live_run(live);
 *	for (size_t i = 0; i < job->nfinding; i++)
 *		show(&job->finding[i]);
 *	live_close(live);
 *
 * All targets are worked on at once, by one thread.  Nothing is sent to a
 * mail server unless conf.smtp says so, nothing to a registry unless
 * conf.registration; with conf.offline nothing at all.
 */
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include "classify/provider.h"
#include "live/check.h"
#include "live/dns.h"

struct strs {
	const char *const *v;
	size_t n;
};

/* Every limit is a setting, so that tests can scale them down. */
struct live_limits {
	int64_t dns_query_us, dns_total_us, dns_direct_us;
	int64_t connect_us, greeting_us, reply_us, quit_us, tls_us;
	int64_t server_us, domain_us;
	int64_t https_us, rdap_us;
	int64_t slow_connect_us, slow_greeting_us, slow_reply_us;
	int64_t pause_us;	   /* between strangers' domains with smtp */
	unsigned connections;	   /* at once */
	unsigned hosts, addresses; /* per domain, per host */
	unsigned strangers;	   /* domains per run with smtp */
};

extern const struct live_limits live_limits_default;

/*
 * What the logs say of one sending address of ours towards the target (its
 * domain, or the same provider's servers): for S14.
 */
struct sending_seen {
	struct str ip;
	int64_t last_ok_s;	 /* last mail accepted; 0: none */
	int64_t refused_since_s; /* first policy refusal after that; 0: none */
	int64_t last_refused_s;
	struct str reply; /* of the last refusal */
	struct str where; /* "mail.log:4711" */
};

/* A DKIM selector that mail of the target's domain was signed with: S11. */
struct selector_seen {
	struct str name;
	int64_t last_s;
	bool by_us; /* a signer of ours; else a verifier found it good */
	struct str where;
};

/* What the logs say about one target; texts must outlive the run. */
struct live_logs {
	const struct sending_seen *sending;
	size_t nsending;
	const struct selector_seen *selector;
	size_t nselector;
};

struct dnsbl;
struct keep;

struct live_conf {
	struct strs resolvers;
	const char *resolv_conf;
	const char *trust_anchor;
	struct strs local_zones;
	const struct dns_map *map;
	size_t nmap;
	bool map_only; /* addresses for documentation only through the map */
	bool offline, smtp, registration;
	bool smtp_own;	    /* speak to JOB_MX, as smtp does to all */
	bool test_world;    /* documentation addresses, reserved endings
				 and local zones count as ordinary */
	struct strs our_mx; /* names, "*.isp.test" too, and addresses */
	struct strs our_ns;
	struct strs our_domains;   /* configured here; may hold "*" */
	struct strs sending;	   /* addresses the world sees */
	struct strs sending_name;  /* their HELO names, or "": in that order */
	struct strs known_domains; /* mail went there well, never a typo */
	struct strs typo_targets;  /* beside the shipped ones */
	bool only_typo_targets;
	const struct provider *providers; /* before the shipped ones */
	size_t nproviders;
	struct strs parking_ns;
	struct strs selectors;	   /* DKIM */
	const struct dnsbl *lists; /* NULL: the shipped ones */
	size_t nlists;
	struct strs test_hosts; /* S15: whose port 25 must be open */
	struct strs services;	/* S16: "imaps imap.isp.test:993 tls" */
	const char *helo;
	bool helo_guessed;	   /* this machine's name: not judged */
	const char *sender_domain; /* whose SPF is looked at with an IP */
	const char *from_ip;
	const char *ca_file;
	const char *rdap_bootstrap; /* file in the form of RFC 9224 */
	const struct keep *kept;    /* results of the last run, or NULL */
	bool recipient_allowed;	    /* M12: the one address may be named */
	bool relay_test;	    /* M15: own servers only */
	int64_t now_s;		    /* 0: the clock */
	struct live_limits limits;
};

struct live_conf live_conf_default(void);

enum job_kind {
	JOB_GUESS,
	JOB_DOMAIN,
	JOB_ADDRESS,
	JOB_IP,
	JOB_HOST, /* a host of ours by name: its addresses */
	JOB_MX,	  /* one that takes mail: it is spoken to, without RCPT */
	JOB_NS	  /* one that answers for our domains */
};

struct job; /* live/job.h */
struct live;

struct live *live_open(const struct live_conf *conf, struct err *err);
void live_close(struct live *live);

/* The text may be anything; what it is not is a finding too. */
struct job *live_add(struct live *live, struct str target, enum job_kind kind);

/* The target came from a mailto: link that is not one ("mailto://..."). */
void live_broken_link(struct job *j);

/* Before the run; what it points to must outlive it. */
void live_logs(struct job *j, const struct live_logs *logs);

/* Works until every job is done or out of time. */
void live_run(struct live *live);

/* For a caller that has its own loop: one round; true when all is done. */
bool live_step(struct live *live, int64_t until_us);

size_t live_jobs(const struct live *live, struct job *const **jobs);

#endif
