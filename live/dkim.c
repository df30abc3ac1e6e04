/*
 * dkim.c: reading the TXT record of a DKIM selector (RFC 6376, 8301, 8463).
 */
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "live/dkim.h"
#include "base/banned.h"

enum { MAX_KEY = 4096, ED25519_KEY = 32 };

/* Decoded bytes, or -1; white space inside is allowed. */
static int
base64(struct arena *a, struct str s, unsigned char **out)
{
	unsigned char *in = arena_alloc(a, s.n + 4);
	int n = 0, len, pad = 0;

	if (s.n > MAX_KEY)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (is_space(c))
			continue;
		if (!is_alnum(c) && c != '+' && c != '/' && c != '=')
			return -1;
		pad += c == '=';
		if (pad && c != '=')
			return -1;
		in[n++] = (unsigned char)c;
	}
	while (n % 4) {
		in[n++] = '=';
		pad++;
	}
	*out = arena_alloc(a, (size_t)n + 4);
	if (!n || pad > 2)
		return -1;
	len = EVP_DecodeBlock(*out, in, n);
	return len < 0 ? -1 : len - pad;
}

static int
rsa_bits(const unsigned char *der, int n)
{
	const unsigned char *p = der;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, n);
	int bits;

	if (!key) { /* some publish the bare RSAPublicKey */
		p = der;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, n);
	}
	bits = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ?
		   EVP_PKEY_get_bits(key) :
		   0;
	EVP_PKEY_free(key);
	return bits;
}

/* One of the words between colons. */
static bool
in_list(struct str list, struct str word)
{
	while (list.p)
		if (str_eqi(str_trim(str_split(&list, ':')), word))
			return true;
	return false;
}

bool
dkim_is_record(struct str txt)
{
	struct str rest = txt;

	while (rest.p) {
		struct str tag = str_split(&rest, ';');
		ptrdiff_t eq = str_chr(tag, '=');
		struct str name =
		    eq < 0 ? STR("") : str_trim(str_head(tag, (size_t)eq));

		if (str_eq(name, STR("p")) ||
		    str_eqi(str_trim(tag), STR("v=DKIM1")))
			return true;
	}
	return false;
}

void
dkim_read_key(struct arena *a, struct str record, struct dkim_key *out)
{
	struct str p = STR_NONE, rest = record, k = STR("rsa");
	unsigned char *der;
	int n;

	*out = (struct dkim_key){ .type = STR("rsa") };
	while (rest.p) {
		struct str tag = str_split(&rest, ';');
		ptrdiff_t eq = str_chr(tag, '=');
		struct str name, v;

		if (eq < 0)
			continue;
		name = str_trim(str_head(tag, (size_t)eq));
		v = str_trim(str_from(tag, (size_t)eq + 1));
		if (str_eq(name, STR("v")) && !str_eq(v, STR("DKIM1")))
			out->problem = "its version is not DKIM1";
		else if (str_eq(name, STR("k")))
			k = v;
		else if (str_eq(name, STR("p")))
			p = v;
		else if (str_eq(name, STR("t")))
			out->testing = str_chr(v, 'y') >= 0;
		else if (str_eq(name, STR("h")) && !in_list(v, STR("sha256")))
			out->problem = "it allows only hashes that nobody "
				       "accepts any more (h=)";
		else if (str_eq(name, STR("s")) && !in_list(v, STR("*")) &&
			 !in_list(v, STR("email")))
			out->problem = "it is not for e-mail (s=)";
	}
	out->type = k;
	if (out->problem)
		return;
	if (!p.p)
		out->problem = "it holds no key";
	else if (!p.n)
		out->revoked = true;
	else if ((n = base64(a, p, &der)) < 0)
		out->problem = "the key is not base64";
	else if (str_eqi(k, STR("ed25519")))
		out->problem = n == ED25519_KEY ?
				   NULL :
				   "the Ed25519 key has the wrong length";
	else if (!str_eqi(k, STR("rsa")))
		out->problem = "its key type is unknown";
	else if (!(out->bits = rsa_bits(der, n)))
		out->problem = "the key cannot be read";
	out->ed25519 = !out->problem && str_eqi(k, STR("ed25519"));
}
