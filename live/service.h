/*
 * service.h: one conversation with a service that mail programs use (IMAP,
 * POP3, submission): greeting, what it can do, STARTTLS, certificate.  Nobody
 * logs in: there is no code that says AUTH, LOGIN, USER or PASS.
 */
#ifndef LIVE_SERVICE_H
#define LIVE_SERVICE_H

#include <openssl/ssl.h>

#include "base/buf.h"
#include "live/here.h"
#include "live/probe.h"

enum service_kind { SERVICE_OTHER, SERVICE_IMAP, SERVICE_POP3, SERVICE_SMTP };
enum service_mode { MODE_PLAIN, MODE_STARTTLS, MODE_TLS };

struct service {
	struct live *live;
	struct str what, host; /* "imap", "imap.isp.test" */
	uint16_t port;
	enum service_kind kind;
	enum service_mode mode;

	struct watch w;
	SSL *ssl;
	struct buf in;
	int step; /* of service.c */
	bool started, done, connected, greeted, shaken;
	bool offers_tls;     /* before encryption */
	bool takes_password; /* before encryption */
	struct arena arena;
	struct cert_facts cert;
	int version;
	const char *why; /* it ended early, or NULL */
};

/* "imap imap.isp.test:993 tls" */
void service_read(struct service *s, struct live *live, struct str text);
void service_start(struct service *s, struct ip ip);
void service_end(struct service *s, const char *why);

#endif
