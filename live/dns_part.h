/*
 * dns_part.h: what the files of the DNS layer share: dns.c (questions and
 * cache), dns_packet.c (bytes to answers), dns_direct.c (one given server).
 */
#ifndef LIVE_DNS_PART_H
#define LIVE_DNS_PART_H

#include "live/dns.h"

enum {
	DNS_MAX_RR = 512,	 /* of one answer; the rest is dropped */
	DNS_MAX_TEXT = 8 * 1024, /* of one TXT record */
	DNS_MAX_MEMORY = 24 * 1024 * 1024,
	DNS_MAX_QUESTIONS = 50000,
	DNS_NEGATIVE_S = 60,
	DNS_DEAF = 4, /* timeouts without one answer: nobody is there */
	DNS_POSITIVE_S = 900,
};

struct dns_question {
	struct dns_answer ans;
	struct dns *dns;
	struct str key, name;
	enum dns_type type;
	struct ip server;
	int64_t sent_us;
	struct watch watch; /* direct: the socket; else the deadline */
	int async_id;	    /* libunbound's */
	bool asked;	    /* libunbound is at it */
	uint16_t id;
	int tries;
	bool tcp;
	unsigned char *in; /* TCP: what has come */
	size_t nin;
	struct dns_question *next;
};

struct dns_core; /* libunbound's side, in dns.c */

/* Fills q->ans from a packet; false: it is no answer to this question. */
bool dns_packet_read(struct arena *a, const unsigned char *p, size_t n,
    struct str name, enum dns_type type, struct dns_answer *out);

/* The answer is there: note the time, wake who waits. */
void dns_settle(struct dns_question *q, enum dns_status status,
    const char *why);

int dns_direct_send(struct dns_question *q);
void dns_direct_stop(struct dns_question *q);

/* Name servers of a resolv.conf (NULL: the system's). */
size_t dns_resolv_conf(struct arena *a, const char *path, struct str *out,
    size_t max);
struct arena *dns_arena(struct dns *d);
struct loop *dns_loop(struct dns *d);
const struct dns_conf *dns_config(const struct dns *d);

#endif
