/*
 * dane.c: comparing TLSA records with what the server showed.
 */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "base/buf.h"
#include "live/dane.h"
#include "base/banned.h"

const struct dns_answer *
dane_ask(struct job *j, struct str host)
{
	return job_ask(j,
	    arena_printf(&j->scratch, "_25._tcp." STR_FMT, STR_ARG(host)),
	    DNS_TLSA);
}

static bool
usable(const struct dns_rr *rr)
{
	size_t want = rr->matching == 1 ? SHA256_DIGEST_LENGTH :
		      rr->matching == 2 ? SHA512_DIGEST_LENGTH :
					  0;

	return (rr->usage == 2 || rr->usage == 3) && rr->selector <= 1 &&
	       rr->matching <= 2 &&
	       (want ? rr->data.n == want : rr->data.n > 0);
}

size_t
dane_usable(const struct dns_rr *rr, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += usable(&rr[i]);
	return count;
}

/* The certificate or its key in DER; to be freed with OPENSSL_free(). */
static int
der_of(X509 *x, int selector, unsigned char **der)
{
	*der = NULL;
	return selector ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), der) :
			  i2d_X509(x, der);
}

static bool
fits(const struct dns_rr *rr, X509 *x)
{
	unsigned char *der, md[SHA512_DIGEST_LENGTH];
	unsigned mdlen = 0;
	int n = der_of(x, rr->selector, &der);
	struct str have;
	bool same;

	if (n <= 0)
		return false;
	have = str_make((const char *)der, (size_t)n);
	if (rr->matching) {
		EVP_Digest(der, (size_t)n, md, &mdlen,
		    rr->matching == 1 ? EVP_sha256() : EVP_sha512(), NULL);
		have = str_make((const char *)md, mdlen);
	}
	same = str_eq(have, rr->data);
	OPENSSL_free(der);
	return same;
}

bool
dane_matches(const struct dns_rr *rr, size_t n, X509 *leaf,
    STACK_OF(X509) * chain)
{
	for (size_t i = 0; i < n; i++) {
		if (!usable(&rr[i]))
			continue;
		if (rr[i].usage == 3 && fits(&rr[i], leaf))
			return true;
		for (int k = 0; rr[i].usage == 2 && k < sk_X509_num(chain); k++)
			if (fits(&rr[i], sk_X509_value(chain, k)))
				return true;
	}
	return false;
}

struct str
dane_text(struct arena *a, X509 *leaf)
{
	unsigned char *der, md[SHA512_DIGEST_LENGTH];
	struct buf b = BUF_INIT(200);
	unsigned mdlen = 0;
	int n = der_of(leaf, 1, &der);
	struct str s;

	if (n <= 0)
		return STR("");
	EVP_Digest(der, (size_t)n, md, &mdlen, EVP_sha256(), NULL);
	OPENSSL_free(der);
	buf_puts(&b, "3 1 1 ");
	for (unsigned i = 0; i < mdlen; i++)
		buf_printf(&b, "%02x", md[i]);
	s = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return s;
}
