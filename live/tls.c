/*
 * tls.c: a client that talks to anything from TLS 1.0 up and remembers what
 * it saw.  Dates are left out of the chain's check: they are a finding of
 * their own.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "live/job.h"
#include "live/tls.h"
#include "base/banned.h"

SSL_CTX *
tls_context(struct live *live)
{
	SSL_CTX *ctx = live->tls;
	struct sigaction pipe_now;

	if (ctx)
		return ctx;
	ctx = SSL_CTX_new(TLS_client_method());
	if (!ctx)
		return NULL;
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL:!eNULL:@SECLEVEL=0");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(ctx,
	    SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
	if (live->conf.ca_file)
		SSL_CTX_load_verify_locations(ctx, live->conf.ca_file, NULL);
	else
		SSL_CTX_set_default_verify_paths(ctx);
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx),
	    X509_V_FLAG_NO_CHECK_TIME);
	ERR_clear_error();
	/* OpenSSL writes with write(): a closed connection must not kill us. */
	if (sigaction(SIGPIPE, NULL, &pipe_now) == 0 &&
	    pipe_now.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
	live->tls = ctx;
	return ctx;
}

void
tls_close(struct live *live)
{
	SSL_CTX_free(live->tls);
	live->tls = NULL;
}

SSL *
tls_start(struct live *live, int fd, struct str sni)
{
	SSL_CTX *ctx = tls_context(live);
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	struct arena a = { 0 };

	if (!ssl)
		return NULL;
	if (sni.n)
		SSL_set_tlsext_host_name(ssl, arena_cstr(&a, sni));
	arena_release(&a);
	SSL_set_connect_state(ssl);
	if (!SSL_set_fd(ssl, fd)) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

int
tls_shake(SSL *ssl, short *want, const char **why)
{
	int rc, e;

	ERR_clear_error();
	rc = SSL_do_handshake(ssl);
	if (rc == 1)
		return 1;
	e = SSL_get_error(ssl, rc);
	if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) {
		*want = e == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
		return 0;
	}
	*why = ERR_reason_error_string(ERR_peek_error());
	if (!*why)
		*why = "the connection was closed during the handshake";
	ERR_clear_error();
	return -1;
}

ssize_t
tls_read(SSL *ssl, int fd, char *room, size_t n)
{
	ssize_t got;
	int e;

	if (!ssl) {
		got = recv(fd, room, n, 0);
		return got > 0					      ? got :
		       got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 :
									-1;
	}
	got = SSL_read(ssl, room, (int)n);
	if (got > 0)
		return got;
	e = SSL_get_error(ssl, (int)got);
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

ssize_t
tls_write(SSL *ssl, int fd, const char *p, size_t n)
{
	return ssl ? SSL_write(ssl, p, (int)n) : send(fd, p, n, MSG_NOSIGNAL);
}

static int64_t
seconds(const ASN1_TIME *t)
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return 0;
	return (int64_t)timegm(&tm);
}

static struct str
one_line(struct arena *a, const X509_NAME *name)
{
	char text[200];
	int n = X509_NAME_get_text_by_NID((X509_NAME *)name, NID_commonName,
	    text, sizeof(text));

	return n > 0 ? arena_dup(a, str_head(str_c(text), sizeof(text))) :
		       STR("");
}

static struct str
names_of(struct arena *a, X509 *x)
{
	GENERAL_NAMES *list =
	    X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	struct buf b = BUF_INIT(500);
	struct str s;

	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		GENERAL_NAME *g = sk_GENERAL_NAME_value(list, i);

		if (g->type != GEN_DNS)
			continue;
		buf_puts(&b, b.n ? " " : "");
		buf_addn(&b, ASN1_STRING_get0_data(g->d.dNSName),
		    (size_t)ASN1_STRING_length(g->d.dNSName));
	}
	s = arena_dup(a, buf_str(&b));
	GENERAL_NAMES_free(list);
	buf_release(&b);
	return s;
}

void
tls_facts(SSL *ssl, struct arena *a, struct str name, struct cert_facts *out)
{
	X509 *x = SSL_get1_peer_certificate(ssl);
	long rc = SSL_get_verify_result(ssl);

	*out = (struct cert_facts){ .why = STR(""), .names = STR("") };
	if (!x)
		return;
	out->have = true;
	out->not_before_s = seconds(X509_get0_notBefore(x));
	out->not_after_s = seconds(X509_get0_notAfter(x));
	out->subject = one_line(a, X509_get_subject_name(x));
	out->issuer = one_line(a, X509_get_issuer_name(x));
	out->names = names_of(a, x);
	out->self_signed = rc == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
	out->trusted = rc == X509_V_OK;
	if (rc != X509_V_OK)
		out->why = str_c(X509_verify_cert_error_string(rc));
	out->name_fits =
	    name.n && X509_check_host(x, name.p, name.n, 0, NULL) == 1;
	X509_free(x);
	ERR_clear_error();
}
