/*
 * probe.h: one conversation with one address of one mail server: what was
 * said, and how long it took.  live/smtp.c fills it, check_server.c reads it.
 */
#ifndef LIVE_PROBE_H
#define LIVE_PROBE_H

#include "live/dns.h"
#include "live/rate.h"

enum smtp_step {
	STEP_CONNECT,
	STEP_GREETING,
	STEP_EHLO,
	STEP_STARTTLS,
	STEP_TLS,
	STEP_EHLO2,
	STEP_MAIL,
	STEP_MAIL2,
	STEP_RCPT,
	STEP_RECIPIENT,
	STEP_RELAY,
	STEP_RSET,
	STEP_QUIT,
	STEP_COUNT
};

enum step_end {
	END_NOT_REACHED,
	END_REPLY, /* code and text */
	END_TIMEOUT,
	END_CLOSED,	 /* by the other side */
	END_REFUSED,	 /* connect: nothing listens */
	END_UNREACHABLE, /* connect: no way */
	END_TOO_BIG,	 /* more than 64 KiB */
	END_NOT_SMTP,
	END_TLS_ERROR,
	END_DONE /* connect, TLS: it worked */
};

struct smtp_reply {
	enum step_end end;
	int code;	 /* 0: none */
	struct str text; /* all lines, joined by '\n' */
	struct str dsn;	 /* "5.7.1" or empty */
	int64_t took_us;
};

struct cert_facts {
	bool have;
	int64_t not_before_s, not_after_s;
	bool trusted; /* chain */
	bool name_fits;
	bool self_signed;
	struct str subject, issuer, names;
	struct str why; /* chain error in words */
};

enum dane { DANE_NONE, DANE_MATCH, DANE_MISMATCH };
enum sts_mode { STS_NONE, STS_TESTING, STS_ENFORCE };

struct probe {
	struct job *job;
	size_t host; /* in the route */
	struct str name;
	struct ip ip;
	struct ip source; /* ours, as we see it */
	enum server_state state;
	struct smtp_reply step[STEP_COUNT];
	struct smtp_reply helo; /* when EHLO was refused */
	bool esmtp, starttls, utf8, injected;
	bool odd_ehlo; /* a line longer than the standard allows */
	bool tls_ok;
	int tls_version; /* 0x0303: 1.2 */
	struct str tls_version_name, tls_cipher, tls_error;
	bool second_try; /* MAIL and RCPT over a second, plain connection */
	int64_t size;	 /* -1: not offered */
	struct str recipient; /* named to the server; empty: none */
	struct cert_facts cert;
	enum dane dane;
	bool dane_secure; /* a usable TLSA record in a signed zone */
	const struct dns_rr *tlsa;
	size_t ntlsa;
	enum sts_mode sts;
	bool ours;
	bool untested; /* not tried: why says it */
	struct str why;
	int64_t begun_s, took_us;
	bool done;
	int64_t age_s; /* of a kept result */
};

/* Whether a policy forbids to deliver without good encryption. */
bool probe_policy(const struct probe *p);

const char *smtp_step_name(enum smtp_step s); /* "greeting" ... */

#endif
