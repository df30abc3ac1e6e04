/*
 * tls.h: OpenSSL for looking, not for trusting: every version and chain is
 * accepted, and what was shown is judged by our own rules afterwards.
 */
#ifndef LIVE_TLS_H
#define LIVE_TLS_H

#include <openssl/ssl.h>

#include "live/live.h"
#include "live/probe.h"

/* One context per run; NULL with err set when OpenSSL does not start. */
SSL_CTX *tls_context(struct live *live);

SSL *tls_start(struct live *live, int fd, struct str sni);

/* 1 done, 0 wait for *want (POLLIN, POLLOUT), -1 failed: *why (static) */
int tls_shake(SSL *ssl, short *want, const char **why);

/* Some bytes, by TLS when `ssl` is there: > 0, 0 none yet, -1 closed. */
ssize_t tls_read(SSL *ssl, int fd, char *room, size_t n);
/* How many went, <= 0: none. */
ssize_t tls_write(SSL *ssl, int fd, const char *p, size_t n);

/* What the server showed: certificate, dates, names, chain. */
void tls_facts(SSL *ssl, struct arena *a, struct str name,
    struct cert_facts *out);

void tls_close(struct live *live);

#endif
