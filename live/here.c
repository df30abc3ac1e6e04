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

enum { MAX_DIALS = 32, SMTP_PORT = 25, ENOUGH = 2 };

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
	bool doubted; /* asked because nobody answered */
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

static void
add(struct live *live, const char *host)
{
	struct here *h = here_of(live);
	struct dial *d = &h->dial[h->n];

	if (h->n == MAX_DIALS)
		return;
	h->n++;
	*d = (struct dial){ .live = live, .port = SMTP_PORT };
	d->w.fd = -1;
	here_host_port(str_c(host), &d->host, &d->port);
}

/* Reads the configuration's list once. */
static void
set_up(struct live *live)
{
	struct strs list = live->conf.test_hosts;

	for (size_t i = here_of(live)->n; i < list.n; i++)
		add(live, list.v[i]);
}

/* Without such a list: mail servers of ours that are not the ones in doubt. */
static void
set_up_ours(struct job *j)
{
	struct strs list = j->live->conf.our_mx;
	struct ip net;
	unsigned bits;

	for (size_t i = 0; i < list.n && here_of(j->live)->n < ENOUGH; i++) {
		struct str name = str_c(list.v[i]);
		bool doubted = str_chr(name, '*') >= 0 ||
			       str_chr(name, '.') <= 0 ||
			       ip_parse_net(name, &net, &bits);

		for (size_t k = 0; k < j->route.nhost; k++)
			doubted =
			    doubted || dns_name_eq(j->route.host[k].name, name);
		if (!doubted)
			add(j->live, list.v[i]);
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

/* What the connections say, when all have ended. */
static void
conclude(struct here *h)
{
	size_t open = 0, silent = 0;

	for (size_t i = 0; i < h->n; i++) {
		open += h->dial[i].connected;
		silent += h->dial[i].silent;
	}
	h->port25 = open ? 1 : h->n && silent == h->n ? -1 : 0;
}

bool
here_doubt(struct job *j)
{
	struct here *h = here_of(j->live);

	if (h->port25 || h->doubted)
		return true;
	if (!h->n)
		set_up_ours(j);
	if (!turn(j))
		return false;
	h->doubted = true;
	conclude(h);
	return true;
}

bool
check_s15(struct job *j, struct finding *f)
{
	struct here *h = here_of(j->live);

	f->object = STR("this machine");
	if (!j->live->conf.test_hosts.n)
		return found_skip(j, f, "no test hosts are configured");
	set_up(j->live);
	if (!turn(j))
		return false;
	conclude(h);
	if (h->port25 > 0)
		return found_pass(j, f, "port 25 is open outwards");
	if (h->port25 < 0)
		return found(j, f, CHECK_FAIL,
		    "this machine may not connect "
		    "to port 25; mail servers cannot be tested from here");
	return found_unknown(j, f, "the test hosts could not be reached");
}
