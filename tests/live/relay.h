/*
 * relay.h: a UDP relay in front of a name server, in a thread: late, silent,
 * or without what DNSSEC needs.
 */
#ifndef TESTS_LIVE_RELAY_H
#define TESTS_LIVE_RELAY_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum relay_how { RELAY_LATE, RELAY_SILENT, RELAY_NO_OPT };
enum { RELAY_SLOTS = 4096 };

struct relay_slot {
	int fd; /* towards the server; 0: free */
	struct sockaddr_in from;
	double due;
	int n; /* of an answer that waits; 0: none yet */
	unsigned char data[4096];
};

struct relay {
	enum relay_how how;
	double delay_s;
	int port, fd, upstream;
	volatile int stop;
	pthread_t thread;
	struct relay_slot *slot;
};

static inline double
relay_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Takes the OPT record off the end of a question. */
static inline int
relay_strip(unsigned char *p, int n)
{
	static const unsigned char opt[] = { 0, 0, 41 };

	for (int i = 12; i + 3 <= n && p[11] == 1; i++)
		if (memcmp(p + i, opt, 3) == 0) {
			p[10] = p[11] = 0;
			return i;
		}
	return n;
}

static inline void
relay_take(struct relay *r)
{
	struct sockaddr_in server = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)r->upstream) };
	unsigned char in[4096];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	int n = (int)recvfrom(r->fd, in, sizeof(in), 0,
	    (struct sockaddr *)&from, &len);

	if (n <= 12 || r->how == RELAY_SILENT)
		return;
	if (r->how == RELAY_NO_OPT)
		n = relay_strip(in, n);
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < RELAY_SLOTS; i++) {
		struct relay_slot *s = &r->slot[i];

		if (s->fd)
			continue;
		s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		s->from = from;
		s->n = 0;
		s->due = relay_now() + r->delay_s;
		if (sendto(s->fd, in, (size_t)n, 0, (struct sockaddr *)&server,
			sizeof(server)) < 0)
			s->due = 0;
		return;
	}
}

static inline void *
relay_main(void *arg)
{
	struct relay *r = arg;

	while (!r->stop) {
		struct pollfd p = { r->fd, POLLIN, 0 };
		double now;

		if (poll(&p, 1, 1) > 0)
			for (int k = 0;
			     k < 64 && (k == 0 || poll(&p, 1, 0) > 0); k++)
				relay_take(r);
		now = relay_now();
		for (int i = 0; i < RELAY_SLOTS; i++) {
			struct relay_slot *s = &r->slot[i];

			if (!s->fd)
				continue;
			if (!s->n)
				s->n = (int)recv(s->fd, s->data,
				    sizeof(s->data), 0);
			if (s->n < 0)
				s->n = 0;
			if ((s->n && now >= s->due) || now > s->due + 5) {
				sendto(r->fd, s->data, (size_t)s->n, 0,
				    (struct sockaddr *)&s->from,
				    sizeof(s->from));
				close(s->fd);
				s->fd = 0;
			}
		}
	}
	return NULL;
}

static inline void
relay_start(struct relay *r, enum relay_how how, double delay_s, int upstream)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int size = 1 << 20;

	*r = (struct relay){ .how = how,
		.delay_s = delay_s,
		.upstream = upstream };
	r->slot = calloc(RELAY_SLOTS, sizeof(*r->slot));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->fd = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!r->slot || bind(r->fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    getsockname(r->fd, (struct sockaddr *)&a, &len) < 0 ||
	    pthread_create(&r->thread, NULL, relay_main, r) != 0)
		abort();
	r->port = ntohs(a.sin_port);
}

static inline void
relay_stop(struct relay *r)
{
	r->stop = 1;
	pthread_join(r->thread, NULL);
	for (int i = 0; i < RELAY_SLOTS; i++)
		if (r->slot[i].fd)
			close(r->slot[i].fd);
	close(r->fd);
	free(r->slot);
}

#endif
