/*
 * fake_smtp.h: a mail server that plays a script, in a thread, and the
 * certificates it shows.
 */
#ifndef TESTS_LIVE_FAKE_SMTP_H
#define TESTS_LIVE_FAKE_SMTP_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "live/dns.h"

struct fake {
	const cJSON *script; /* NULL: refuse */
	int listener, port;
	double scale; /* of times in the script */
	pthread_t thread;
	volatile int stop;
	SSL_CTX *tls;
	int broken_tls;
	int forbidden;	  /* DATA and the like were said */
	int named_others; /* RCPT to anybody but postmaster */
	int connections;
	int turn[16];
};

struct fake_conn {
	struct fake *f;
	int fd;
	SSL *ssl;
	char line[2048];
	size_t n;
};

/* ---- certificates ---- */

struct fake_ca {
	X509 *cert;
	EVP_PKEY *key;
	char path[64];
};

static inline EVP_PKEY *
fake_key(void)
{
	return EVP_EC_gen("P-256");
}

static inline X509 *
fake_cert(EVP_PKEY *key, const char *cn, long from_s, long until_s,
    X509 *issuer, EVP_PKEY *issuer_key, int ca)
{
	X509 *x = X509_new();
	X509_NAME *name;
	X509_EXTENSION *ext;
	X509V3_CTX v3;
	char san[200];
	static long serial;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(x), from_s);
	X509_gmtime_adj(X509_getm_notAfter(x), until_s);
	X509_set_pubkey(x, key);
	name = X509_get_subject_name(x);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : name);
	X509V3_set_ctx_nodb(&v3);
	X509V3_set_ctx(&v3, issuer ? issuer : x, x, NULL, NULL, 0);
	snprintf(san, sizeof(san), "DNS:%s", cn);
	ext = X509V3_EXT_conf_nid(NULL, &v3,
	    ca ? NID_basic_constraints : NID_subject_alt_name,
	    ca ? "critical,CA:TRUE" : san);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	X509_sign(x, issuer_key ? issuer_key : key, EVP_sha256());
	return x;
}

static inline void
fake_ca_make(struct fake_ca *ca)
{
	FILE *f;
	int fd;

	ca->key = fake_key();
	ca->cert =
	    fake_cert(ca->key, "Lab CA", -86400, 86400 * 365, NULL, NULL, 1);
	snprintf(ca->path, sizeof(ca->path), "/tmp/mt-ca-XXXXXX");
	fd = mkstemp(ca->path);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		abort();
	PEM_write_X509(f, ca->cert);
	fclose(f);
}

static inline void
fake_ca_drop(struct fake_ca *ca)
{
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
	unlink(ca->path);
}

/* A server context for one of the script's words; NULL: none. */
static inline SSL_CTX *
fake_tls(const char *how, const struct fake_ca *ca, const char *name,
    EVP_PKEY *key)
{
	long day = 86400, until = 90 * day, from = -10 * day;
	SSL_CTX *ctx;
	X509 *x;
	int self = how && !strcmp(how, "selfsigned");

	if (!how || !strcmp(how, "broken"))
		return NULL;
	if (!strcmp(how, "expired"))
		until = -3 * day;
	if (!strcmp(how, "expires-10d"))
		until = 10 * day + 3600;
	if (!strcmp(how, "wrongname"))
		name = "other.test.example";
	x = fake_cert(key, name, from, until, self ? NULL : ca->cert,
	    self ? NULL : ca->key, 0);
	ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(ctx, x);
	SSL_CTX_use_PrivateKey(ctx, key);
	X509_free(x);
	if (!strcmp(how, "tls1.0")) {
		SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(ctx, TLS1_VERSION);
		SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
	}
	return ctx;
}

/* ---- the conversation ---- */

static inline void
fake_sleep(struct fake *f, double ms)
{
	for (double left = ms * f->scale; left > 0 && !f->stop; left -= 5)
		usleep(left > 5 ? 5000 : (useconds_t)(left * 1000));
}

static inline int
fake_put(struct fake_conn *c, const char *p, size_t n)
{
	while (n) {
		ssize_t k = c->ssl ? SSL_write(c->ssl, p, (int)n) :
				     send(c->fd, p, n, MSG_NOSIGNAL);

		if (k <= 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Lines joined by CR LF, as one write. */
static inline int
fake_say(struct fake_conn *c, const char *text)
{
	char out[8192];
	size_t n = 0;

	for (; *text && n < sizeof(out) - 4; text++) {
		if (*text == '\n')
			out[n++] = '\r';
		out[n++] = *text;
	}
	out[n++] = '\r';
	out[n++] = '\n';
	return fake_put(c, out, n);
}

static inline int
fake_line(struct fake_conn *c)
{
	c->n = 0;
	for (;;) {
		struct pollfd p = { c->fd, POLLIN, 0 };
		char ch;
		ssize_t k;

		if (c->f->stop)
			return -1;
		if (!(c->ssl && SSL_pending(c->ssl)) && poll(&p, 1, 20) <= 0)
			continue;
		k = c->ssl ? SSL_read(c->ssl, &ch, 1) : recv(c->fd, &ch, 1, 0);
		if (k <= 0)
			return -1;
		if (ch == '\n')
			break;
		if (ch != '\r' && c->n < sizeof(c->line) - 1)
			c->line[c->n++] = ch;
	}
	c->line[c->n] = '\0';
	return 0;
}

static inline const char *
fake_text(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	return cJSON_IsString(v) ? v->valuestring : NULL;
}

/* The next reply of a list; the last one repeats. */
static inline const char *
fake_reply(struct fake *f, const char *key, int slot)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(f->script, key);
	int n = cJSON_GetArraySize(v), i = f->turn[slot]++;

	if (!cJSON_IsArray(v) || !n)
		return NULL;
	return cJSON_GetArrayItem(v, i < n ? i : n - 1)->valuestring;
}

static inline int
fake_greet(struct fake_conn *c)
{
	struct fake *f = c->f;
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(f->script, "connect");
	const cJSON *delay = cJSON_GetObjectItemCaseSensitive(
			cJSON_GetObjectItemCaseSensitive(f->script, "delay_ms"),
			"connect"),
		    *e;
	const cJSON *chunks =
	    cJSON_GetObjectItemCaseSensitive(f->script, "connect_chunks");

	if (delay)
		fake_sleep(f, delay->valuedouble);
	if (chunks) {
		cJSON_ArrayForEach(e, chunks)
		{
			fake_put(c, e->valuestring, strlen(e->valuestring));
			usleep(100000);
		}
		return 0;
	}
	if (cJSON_IsArray(v))
		return fake_say(c, cJSON_GetArrayItem(v, 0)->valuestring);
	if (!strcmp(v->valuestring, "endless"))
		while (!f->stop && fake_say(c, "220-and so on and on") == 0)
			;
	while (!f->stop && !strcmp(v->valuestring, "silent"))
		usleep(5000);
	return -1;
}

static inline int
fake_rcpt(struct fake_conn *c)
{
	struct fake *f = c->f;
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(f->script, "RCPT");
	const char *reply = NULL;

	if (!strstr(c->line, "<postmaster@"))
		f->named_others++;
	if (cJSON_IsObject(v)) {
		const cJSON *e;

		cJSON_ArrayForEach(e, v) if (strstr(c->line, e->string)) reply =
		    e->valuestring;
	} else {
		reply = fake_reply(f, "RCPT", 3);
	}
	fake_say(c, reply ? reply : "550 not in the script");
	return fake_text(f->script, "after_RCPT") ? -1 : 0;
}

static inline int
fake_starttls(struct fake_conn *c)
{
	struct fake *f = c->f;
	const char *r = fake_reply(f, "STARTTLS", 1);

	if (!r)
		return -1; /* an empty list: hang up */
	fake_say(c, r);
	if (strncmp(r, "220", 3) != 0)
		return 0;
	if (!f->tls) {
		fake_put(c, "this is no handshake\r\n", 22);
		return -1;
	}
	c->ssl = SSL_new(f->tls);
	SSL_set_fd(c->ssl, c->fd);
	return SSL_accept(c->ssl) == 1 ? 0 : -1;
}

static inline int
fake_command(struct fake_conn *c)
{
	struct fake *f = c->f;
	const char *l = c->line, *r = NULL;

	if (!strncasecmp(l, "EHLO", 4))
		r = fake_reply(f, c->ssl ? "EHLO2" : "EHLO", c->ssl ? 5 : 4);
	else if (!strncasecmp(l, "HELO", 4))
		r = fake_reply(f, "HELO", 6);
	else if (!strncasecmp(l, "STARTTLS", 8))
		return fake_starttls(c);
	else if (!strncasecmp(l, "MAIL", 4))
		r = !strstr(l, "<>") &&
			    cJSON_GetObjectItemCaseSensitive(f->script,
				"MAIL_other") ?
			fake_reply(f, "MAIL_other", 7) :
			fake_reply(f, "MAIL", 2);
	else if (!strncasecmp(l, "RCPT", 4))
		return fake_rcpt(c);
	else if (!strncasecmp(l, "RSET", 4))
		r = fake_reply(f, "RSET", 8);
	else if (!strncasecmp(l, "QUIT", 4)) {
		r = fake_reply(f, "QUIT", 9);
		if (r)
			fake_say(c, r);
		while (!r && !f->stop) { /* silent: until the other closes */
			struct pollfd p = { c->fd, POLLIN, 0 };

			if (poll(&p, 1, 20) > 0)
				break;
		}
		return -1;
	} else {
		f->forbidden++;
	}
	return fake_say(c, r ? r : "502 not in the script");
}

static inline void *
fake_main(void *arg)
{
	struct fake *f = arg;
	int on = 1;

	while (!f->stop) {
		struct pollfd p = { f->listener, POLLIN, 0 };
		struct fake_conn c = { .f = f };

		if (poll(&p, 1, 20) <= 0)
			continue;
		c.fd = accept(f->listener, NULL, NULL);
		if (c.fd < 0)
			continue;
		setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		f->connections++;
		memset(f->turn, 0, sizeof(f->turn));
		if (fake_greet(&c) == 0)
			while (fake_line(&c) == 0 && fake_command(&c) == 0)
				;
		if (c.ssl)
			SSL_free(c.ssl);
		close(c.fd);
	}
	ERR_clear_error();
	return NULL;
}

static inline void
fake_start(struct fake *f)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	const char *how = fake_text(f->script, "connect");

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(f->listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    getsockname(f->listener, (struct sockaddr *)&a, &len) < 0)
		abort();
	f->port = ntohs(a.sin_port);
	f->stop = 0;
	if (how && !strcmp(how, "refuse"))
		return; /* bound, not listening */
	if (listen(f->listener, 8) < 0 ||
	    pthread_create(&f->thread, NULL, fake_main, f) != 0)
		abort();
}

static inline void
fake_stop(struct fake *f)
{
	f->stop = 1;
	if (f->thread)
		pthread_join(f->thread, NULL);
	close(f->listener);
	SSL_CTX_free(f->tls);
	f->tls = NULL;
	f->thread = 0;
}

#endif
