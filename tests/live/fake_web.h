/*
 * fake_web.h: a web server that answers one thing over TLS, whatever is asked,
 * in a thread.
 */
#ifndef TESTS_LIVE_FAKE_WEB_H
#define TESTS_LIVE_FAKE_WEB_H

#include "tests/live/loopback_tls.h"

struct web {
	int fd, port, hits;
	SSL_CTX *ctx;
	const char *answer;
	char last[4096]; /* what was asked last */
	volatile int stop;
	pthread_t thread;
};

static inline void *
web_main(void *arg)
{
	struct web *w = arg;

	while (!w->stop) {
		struct pollfd p = { w->fd, POLLIN, 0 };
		SSL *ssl;
		int fd, n;

		if (poll(&p, 1, 20) <= 0)
			continue;
		fd = accept(w->fd, NULL, NULL);
		ssl = SSL_new(w->ctx);
		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1 &&
		    (n = SSL_read(ssl, w->last, sizeof(w->last) - 1)) > 0) {
			w->last[n] = '\0';
			w->hits++;
			SSL_write(ssl, w->answer, (int)strlen(w->answer));
			SSL_shutdown(ssl);
		}
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

static inline void
web_start(struct web *w, const char *name, const char *answer)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	*w = (struct web){ .answer = answer };
	w->ctx = fake_tls("valid", &ca, name, key);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	w->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(w->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(w->fd, 8), 0);
	getsockname(w->fd, (struct sockaddr *)&a, &len);
	w->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&w->thread, NULL, web_main, w), 0);
}

static inline void
web_stop(struct web *w)
{
	w->stop = 1;
	pthread_join(w->thread, NULL);
	close(w->fd);
	SSL_CTX_free(w->ctx);
}

#endif
