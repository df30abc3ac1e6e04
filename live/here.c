/*
 * here.c: S15: connections to hosts that the configuration names
 * ("name:port"): is port 25 open outwards?
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "live/checks.h"
#include "live/connect.h"
#include "live/here.h"
#include "base/banned.h"

enum { MAX_DIALS = 32, SMTP_PORT = 25 };

struct dial {
	struct live *live;
	struct watch w;
	struct str host;
	uint16_t port;
	bool started, done, connected, silent;
};

struct here {
	struct dial dial[MAX_DIALS];
	size_t n;
	int port25;
	struct services *services;
};

static struct here *
here_of(struct live *live)
{
	if (!live->here)
		live->here = xcalloc(1, sizeof(struct here));
	return live->here;
}

struct services **
here_services(struct live *live)
{
	return &here_of(live)->services;
}

int
here_port25(const struct live *live)
{
	const struct here *h = live->here;

	return h ? h->port25 : 0;
}

static void
dial_end(struct dial *d)
{
	loop_del(d->live->loop, &d->w);
	if (d->w.fd >= 0)
		close(d->w.fd);
	d->w.fd = -1;
	d->done = true;
}

void
here_close(struct live *live)
{
	struct here *h = live->here;

	if (!h)
		return;
	for (size_t i = 0; i < h->n; i++)
		if (h->dial[i].started && !h->dial[i].done)
			dial_end(&h->dial[i]);
	services_close(h->services);
	free(h);
	live->here = NULL;
}

static void
dial_event(struct watch *w, short got)
{
	struct dial *d = (struct dial *)((char *)w - offsetof(struct dial, w));
	socklen_t len = sizeof(int);
	int e = 0;

	if (got)
		getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &e, &len);
	d->silent = !got || e == ETIMEDOUT;
	d->connected = got && !e;
	dial_end(d);
}

static void
dial_start(struct dial *d, struct ip ip)
{
	const struct live_conf *c = &d->live->conf;

	d->started = true;
	d->w = (struct watch){ .want = POLLOUT,
		.fn = dial_event,
		.deadline_us = loop_now_us() + c->limits.connect_us };
	d->w.fd = connect_start(c, ip, d->port, true);
	if (d->w.fd < 0 || loop_add(d->live->loop, &d->w) < 0)
		dial_end(d);
}

/* Reads the configuration's list once. */
static void
set_up(struct live *live)
{
	struct here *h = here_of(live);
	struct strs list = live->conf.test_hosts;

	for (size_t i = h->n; i < list.n && i < MAX_DIALS; i++) {
		struct dial *d = &h->dial[h->n++];

		*d = (struct dial){ .live = live, .port = SMTP_PORT };
		d->w.fd = -1;
		here_host_port(str_c(list.v[i]), &d->host, &d->port);
	}
}

void
here_host_port(struct str s, struct str *host, uint16_t *port)
{
	ptrdiff_t colon = str_rchr(s, ':');
	uint64_t v;

	*host = s;
	if (colon <= 0 || !str_u64(str_from(s, (size_t)colon + 1), &v) ||
	    v > UINT16_MAX)
		return;
	*host = str_head(s, (size_t)colon);
	*port = (uint16_t)v;
}

/* True when every dial of the list has ended. */
static bool
turn(struct job *j)
{
	struct here *h = here_of(j->live);
	bool all = true;

	for (size_t i = 0; i < h->n; i++) {
		struct dial *d = &h->dial[i];
		const struct dns_answer *a;
		struct ip ip;

		if (!d->started && ip_parse(d->host, &ip)) {
			dial_start(d, ip);
		} else if (!d->started) {
			a = job_ask(j, d->host, DNS_A);
			if (a->status == DNS_OK)
				dial_start(d, a->rr[0].ip);
			else if (a->status != DNS_PENDING)
				d->started = d->done = true;
		}
		all = all && d->done;
	}
	return all;
}

bool
check_s15(struct job *j, struct finding *f)
{
	struct here *h = here_of(j->live);
	size_t open = 0, known = 0;

	f->object = STR("this machine");
	if (!j->live->conf.test_hosts.n)
		return found_skip(j, f, "no test hosts are configured");
	set_up(j->live);
	if (!turn(j))
		return false;
	for (size_t i = 0; i < h->n; i++) {
		open += h->dial[i].connected;
		known += h->dial[i].connected || h->dial[i].silent;
	}
	h->port25 = open ? 1 : known == h->n ? -1 : 0;
	if (open)
		return found_pass(j, f, "port 25 is open outwards");
	if (h->port25 < 0)
		return found(j, f, CHECK_FAIL,
		    "this machine may not connect "
		    "to port 25; mail servers cannot be tested from here");
	return found_unknown(j, f, "the test hosts could not be reached");
}
