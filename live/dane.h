/*
 * dane.h: TLSA records for mail (RFC 7672): usages 2 and 3 only.
 */
#ifndef LIVE_DANE_H
#define LIVE_DANE_H

#include <openssl/x509.h>

#include "live/job.h"

const struct dns_answer *dane_ask(struct job *j, struct str host);

/* How many of the records mail can use. */
size_t dane_usable(const struct dns_rr *rr, size_t n);

/* Whether one of them fits the certificate or (usage 2) its chain. */
bool dane_matches(const struct dns_rr *rr, size_t n, X509 *leaf,
    STACK_OF(X509) * chain);

/* Data of a 3 1 1 record for a certificate, as text; for remedies. */
struct str dane_text(struct arena *a, X509 *leaf);

#endif
