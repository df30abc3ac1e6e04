/*
 * here.c: plain and TLS connections to hosts that the configuration names.
 *
 * "name:port" for S15.  For S16 "what host:port tls|starttls|plain", e.g.
 * "imap imap.isp.test:993 tls"; of services with STARTTLS only the port is
 * tried.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "live/checks.h"
#include "live/connect.h"
#include "live/here.h"
#include "live/tls.h"
#include "base/banned.h"

enum { MAX_DIALS = 32, CERT_SOON = 14, DAY = 86400 };

struct dial {
	struct live *live;
	struct watch w;
	struct str what, host;
	uint16_t port;
	bool tls, started, done, connected, shaken;
	SSL *ssl;
	struct arena arena;
	struct cert_facts cert;
	int version;
	const char *why;
};

struct here {
	struct dial dial[2][MAX_DIALS]; /* S15, S16 */
	size_t n[2];
	int port25;
};

static struct here *
here_of(struct live *live)
{
	if (!live->here)
		live->here = xcalloc(1, sizeof(struct here));
	return live->here;
}

int
here_port25(const struct live *live)
{
	const struct here *h = live->here;

	return h ? h->port25 : 0;
}

static void
dial_end(struct dial *d, const char *why)
{
	loop_del(d->live->loop, &d->w);
	SSL_free(d->ssl);
	d->ssl = NULL;
	if (d->w.fd >= 0)
		close(d->w.fd);
	d->w.fd = -1;
	d->why = why;
	d->done = true;
}

void
here_close(struct live *live)
{
	struct here *h = live->here;

	if (!h)
		return;
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < h->n[k]; i++) {
			if (h->dial[k][i].started && !h->dial[k][i].done)
				dial_end(&h->dial[k][i], NULL);
			arena_release(&h->dial[k][i].arena);
		}
	free(h);
	live->here = NULL;
}

static void
dial_event(struct watch *w, short got)
{
	struct dial *d = (struct dial *)((char *)w - offsetof(struct dial, w));
	socklen_t len = sizeof(int);
	const char *why = NULL;
	int e = 0, rc;

	if (!got) {
		dial_end(d, "no answer in time");
		return;
	}
	if (!d->connected) {
		getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &e, &len);
		if (e) {
			dial_end(d, e == ECONNREFUSED ?
					"nothing listens there" :
					"no way to the server");
			return;
		}
		d->connected = true;
		if (!d->tls) {
			dial_end(d, NULL);
			return;
		}
		d->ssl = tls_start(d->live, w->fd, d->host);
		if (!d->ssl) {
			dial_end(d, "OpenSSL does not start");
			return;
		}
		w->deadline_us = loop_now_us() + d->live->conf.limits.tls_us;
	}
	rc = tls_shake(d->ssl, &w->want, &why);
	if (rc == 0)
		return;
	if (rc > 0) {
		d->shaken = true;
		d->version = SSL_version(d->ssl);
		tls_facts(d->ssl, &d->arena, d->host, &d->cert);
	}
	dial_end(d, why);
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
		dial_end(d, "no way to the server");
}

static struct str
word(struct str *rest)
{
	struct str s;

	*rest = str_trim(*rest);
	s = str_split(rest, ' ');
	return s;
}

/* Reads the configuration's list once. */
static void
set_up(struct live *live, int k, struct strs list)
{
	struct here *h = here_of(live);

	for (size_t i = h->n[k]; i < list.n && i < MAX_DIALS; i++) {
		struct dial *d = &h->dial[k][h->n[k]++];
		struct str rest = str_c(list.v[i]), addr;
		ptrdiff_t colon;
		uint64_t port = 25;

		d->live = live;
		d->w.fd = -1;
		d->what = k ? word(&rest) : STR("smtp");
		addr = word(&rest);
		d->tls = k && rest.p && str_eqi(str_trim(rest), STR("tls"));
		colon = str_rchr(addr, ':');
		if (colon > 0 &&
		    str_u64(str_from(addr, (size_t)colon + 1), &port))
			addr = str_head(addr, (size_t)colon);
		d->host = addr;
		d->port = (uint16_t)port;
	}
}

/* True when every dial of the list has ended. */
static bool
turn(struct job *j, int k)
{
	struct here *h = here_of(j->live);
	bool all = true;

	for (size_t i = 0; i < h->n[k]; i++) {
		struct dial *d = &h->dial[k][i];
		const struct dns_answer *a;
		struct ip ip;

		if (!d->started && ip_parse(d->host, &ip)) {
			dial_start(d, ip);
		} else if (!d->started) {
			a = job_ask(j, d->host, DNS_A);
			if (a->status == DNS_OK) {
				dial_start(d, a->rr[0].ip);
			} else if (a->status != DNS_PENDING) {
				d->started = d->done = true;
				d->why = dns_status_text(a->status);
			}
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
	set_up(j->live, 0, j->live->conf.test_hosts);
	if (!turn(j, 0))
		return false;
	for (size_t i = 0; i < h->n[0]; i++) {
		const struct dial *d = &h->dial[0][i];

		open += d->connected;
		known += d->connected ||
			 (d->why && !strcmp(d->why, "no answer in time"));
	}
	h->port25 = open ? 1 : known == h->n[0] ? -1 : 0;
	if (open)
		return found_pass(j, f, "port 25 is open outwards");
	if (h->port25 < 0)
		return found(j, f, CHECK_FAIL,
		    "this machine may not connect "
		    "to port 25; mail servers cannot be tested from here");
	return found_unknown(j, f, "the test hosts could not be reached");
}

static const char *
judge(const struct job *j, const struct dial *d, enum check_result *r)
{
	int64_t left = d->cert.not_after_s - job_now_s(j);

	*r = CHECK_FAIL;
	if (!d->connected || (d->tls && !d->shaken))
		return d->why ? d->why : "closed";
	if (!d->tls) {
		*r = CHECK_PASS;
		return "reachable";
	}
	if (d->cert.have && left < 0)
		return "its certificate has ended; mail programs refuse to "
		       "connect";
	if (!d->cert.name_fits)
		return "its certificate is made out to another name";
	if (!d->cert.trusted)
		return "its certificate is not trusted";
	*r = CHECK_WARN;
	if (left < (int64_t)CERT_SOON * DAY)
		return "its certificate ends within 14 days";
	if (d->version < TLS1_2_VERSION)
		return "it knows only outdated TLS";
	*r = CHECK_PASS;
	return "reachable, certificate in order";
}

bool
check_s16(struct job *j, struct finding *f)
{
	struct here *h = here_of(j->live);
	enum check_result worst = CHECK_PASS;
	size_t good = 0;

	f->object = STR("our client services");
	set_up(j->live, 1, j->live->conf.services);
	if (!turn(j, 1))
		return false;
	for (size_t i = 0; i < h->n[1]; i++) {
		const struct dial *d = &h->dial[1][i];
		enum check_result r;
		const char *why = judge(j, d, &r);

		good += r == CHECK_PASS;
		if (r == CHECK_PASS || r < worst)
			continue;
		worst = r;
		found(j, f, r, STR_FMT " at " STR_FMT ":%u: %s",
		    STR_ARG(d->what), STR_ARG(d->host), d->port, why);
	}
	if (worst == CHECK_PASS)
		found_pass(j, f, "%zu services answer", good);
	return true;
}
