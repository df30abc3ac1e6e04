/*
 * dns_direct.c: a question to one given server, without recursion: UDP with
 * one repeat, TCP when the answer was cut short.  For asking each name server
 * of a domain itself; libresolv writes the question, poll() waits.
 *
 * An answer counts only when it comes from that server (connected socket),
 * carries our random id, and repeats the question.
 */
#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <resolv.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/die.h"
#include "live/dns_part.h"
#include "base/banned.h"

enum { PACKET = 512, ANSWER = 4096, DNS_PORT = 53 };

static void ready(struct watch *w, short got);

static int
make_question(struct dns_question *q, unsigned char *out, size_t size)
{
	struct __res_state st = { 0 };
	int n = res_nmkquery(&st, ns_o_query, q->name.n ? q->name.p : ".",
	    ns_c_in, (int)q->type, NULL, 0, NULL, out, (int)size);

	if (n < 12)
		return -1;
	out[0] = (unsigned char)(q->id >> 8);
	out[1] = (unsigned char)q->id;
	out[2] &= (unsigned char)~1; /* no recursion */
	return n;
}

static int
open_socket(struct dns_question *q, bool tcp)
{
	const struct dns_conf *c = dns_config(q->dns);
	struct sockaddr_storage ss;
	struct ip to = q->server;
	uint16_t port = DNS_PORT;
	socklen_t len;
	int fd;

	if (!dns_map_addr(c->map, c->nmap, &to, &port) &&
	    (ip_internal(&to) || (c->map_only && ip_special(&to)))) {
		errno = EACCES;
		return -1;
	}
	len = ip_sockaddr(&to, port, &ss);
	fd = socket(ss.ss_family,
	    (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&ss, len) < 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
send_udp(struct dns_question *q)
{
	unsigned char packet[PACKET];
	int n = make_question(q, packet, sizeof(packet));

	if (n < 0)
		return -1;
	q->tries++;
	return send(q->watch.fd, packet, (size_t)n, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int
dns_direct_send(struct dns_question *q)
{
	const struct dns_conf *c = dns_config(q->dns);
	int fd = open_socket(q, false);

	if (fd < 0)
		return -1;
	if (getrandom(&q->id, sizeof(q->id), 0) != sizeof(q->id))
		q->id = (uint16_t)(uintptr_t)q;
	q->watch = (struct watch){ .fd = fd,
		.want = POLLIN,
		.fn = ready,
		.deadline_us = q->sent_us + c->direct_us / 2 };
	q->asked = true;
	if (loop_add(dns_loop(q->dns), &q->watch) < 0 || send_udp(q) < 0) {
		dns_direct_stop(q);
		return -1;
	}
	return 0;
}

void
dns_direct_stop(struct dns_question *q)
{
	if (!q->server.n || !q->asked)
		return;
	loop_del(dns_loop(q->dns), &q->watch);
	close(q->watch.fd);
	free(q->in);
	q->in = NULL;
	q->asked = false;
}

static void
over_tcp(struct dns_question *q)
{
	int fd = open_socket(q, true);

	loop_del(dns_loop(q->dns), &q->watch);
	close(q->watch.fd);
	q->watch.fd = fd;
	q->tcp = true;
	if (fd < 0) {
		q->asked = false;
		dns_settle(q, DNS_UNREACHABLE, "no answer by TCP");
		return;
	}
	q->watch.want = POLLOUT;
	q->watch.deadline_us = q->sent_us + 2 * dns_config(q->dns)->direct_us;
	if (loop_add(dns_loop(q->dns), &q->watch) < 0)
		dns_settle(q, DNS_TIMEOUT, "too many questions at once");
}

/* Whether the packet repeats our id and question. */
static bool
is_ours(struct dns_question *q, const unsigned char *p, size_t n)
{
	ns_msg m;
	ns_rr rr;

	return n >= 12 && p[0] == (q->id >> 8) && p[1] == (q->id & 255) &&
	       ns_initparse(p, (int)n, &m) == 0 &&
	       ns_msg_count(m, ns_s_qd) == 1 &&
	       ns_parserr(&m, ns_s_qd, 0, &rr) == 0 &&
	       (int)ns_rr_type(rr) == (int)q->type &&
	       dns_name_eq(str_c(ns_rr_name(rr)[0] ? ns_rr_name(rr) : ""),
		   q->name);
}

/* false: not an answer to our question, go on waiting. */
static bool
answer(struct dns_question *q, const unsigned char *p, size_t n)
{
	struct dns_answer ans = { .status = DNS_PENDING };

	if (!is_ours(q, p, n))
		return false;
	if ((p[2] & 2) && !q->tcp) {
		over_tcp(q);
		return true;
	}
	if (!dns_packet_read(dns_arena(q->dns), p, n, q->name, q->type, &ans))
		return false;
	q->ans = ans;
	q->ans.status = DNS_PENDING;
	dns_settle(q, ans.status, NULL);
	return true;
}

static void
tcp_send(struct dns_question *q)
{
	unsigned char packet[PACKET + 2];
	int n = make_question(q, packet + 2, PACKET);

	if (n < 0) {
		dns_settle(q, DNS_UNREACHABLE, NULL);
		return;
	}
	packet[0] = (unsigned char)(n >> 8);
	packet[1] = (unsigned char)n;
	if (send(q->watch.fd, packet, (size_t)n + 2, MSG_NOSIGNAL) != n + 2) {
		dns_settle(q, DNS_UNREACHABLE, "no answer by TCP");
		return;
	}
	q->in = xmalloc(65537);
	q->nin = 0;
	q->watch.want = POLLIN;
}

static void
tcp_read(struct dns_question *q)
{
	ssize_t n = recv(q->watch.fd, q->in + q->nin, 65537 - q->nin, 0);
	size_t want;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		dns_settle(q, DNS_UNREACHABLE, "no answer by TCP");
		return;
	}
	q->nin += (size_t)n;
	want = q->nin >= 2 ? (size_t)(q->in[0] << 8 | q->in[1]) : 65537;
	if (q->nin >= want + 2 && !answer(q, q->in + 2, want))
		dns_settle(q, DNS_SERVFAIL, "not an answer to our question");
}

static void
ready(struct watch *w, short got)
{
	struct dns_question *q =
	    (struct dns_question *)((char *)w -
				    offsetof(struct dns_question, watch));
	const struct dns_conf *c = dns_config(q->dns);
	unsigned char in[ANSWER];
	ssize_t n;

	if (!got) {
		if (!q->tcp && q->tries < 2 && send_udp(q) == 0)
			w->deadline_us = q->sent_us + c->direct_us;
		else
			dns_settle(q, DNS_TIMEOUT, "no answer in time");
	} else if (q->tcp && q->in) {
		tcp_read(q);
	} else if (q->tcp) {
		tcp_send(q);
	} else {
		n = recv(w->fd, in, sizeof(in), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			dns_settle(q, DNS_UNREACHABLE, "nothing listens there");
		else
			answer(q, in, (size_t)n);
	}
}
