/*
 * loopback_tls.h: loopback.h, and a certificate authority and a key for the
 * servers that a test plays.
 */
#ifndef TESTS_LIVE_LOOPBACK_TLS_H
#define TESTS_LIVE_LOOPBACK_TLS_H

#include "tests/live/fake_smtp.h"
#include "tests/live/loopback.h"

static struct fake_ca ca;
static EVP_PKEY *key;

static inline int
loopback_tls_start(void **state)
{
	fake_ca_make(&ca);
	key = fake_key();
	return loopback_start(state);
}

static inline int
loopback_tls_stop(void **state)
{
	fake_ca_drop(&ca);
	EVP_PKEY_free(key);
	return loopback_stop(state);
}

#endif
