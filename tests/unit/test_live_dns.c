/*
 * test_live_dns.c: packets cut and bent anywhere, names, addresses, maps,
 * the cache; a name server that lies, is slow, or cuts its answers short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "live/dns_part.h"
#include "tests/live/lo.h"

/* ---- building packets ---- */

struct pkt {
	unsigned char b[2048];
	size_t n;
};

static void
put(struct pkt *p, const void *b, size_t n)
{
	assert_true(p->n + n <= sizeof(p->b));
	memcpy(p->b + p->n, b, n);
	p->n += n;
}

static void
put16(struct pkt *p, unsigned v)
{
	unsigned char b[2] = { (unsigned char)(v >> 8), (unsigned char)v };

	put(p, b, 2);
}

static void
put_name(struct pkt *p, const char *name)
{
	struct str rest = str_c(name);

	while (rest.p && rest.n) {
		struct str l = str_split(&rest, '.');
		unsigned char len = (unsigned char)l.n;

		put(p, &len, 1);
		put(p, l.p, l.n);
	}
	put(p, "", 1);
}

static void
head(struct pkt *p, unsigned id, unsigned flags, unsigned an, unsigned ns,
    const char *name, unsigned type)
{
	p->n = 0;
	put16(p, id);
	put16(p, flags);
	put16(p, 1);
	put16(p, an);
	put16(p, ns);
	put16(p, 0);
	put_name(p, name);
	put16(p, type);
	put16(p, 1);
}

static void
record(struct pkt *p, const char *owner, unsigned type, unsigned ttl,
    const void *data, size_t n)
{
	put_name(p, owner);
	put16(p, type);
	put16(p, 1);
	put16(p, 0);
	put16(p, ttl);
	put16(p, (unsigned)n);
	put(p, data, n);
}

static void
mx_packet(struct pkt *p)
{
	static const char mx[] = "\0\12\2mx\4shop\4test";
	static const char cname[] = "\4shop\4test";
	static const char txt[] = "\3abc\2de";

	head(p, 7, 0x8180, 3, 1, "www.shop.test", DNS_MX);
	record(p, "www.shop.test", DNS_CNAME, 60, cname, sizeof(cname));
	record(p, "shop.test", DNS_MX, 300, mx, sizeof(mx));
	record(p, "other.test", DNS_MX, 300, mx, sizeof(mx));
	record(p, "shop.test", DNS_TXT, 300, txt, sizeof(txt) - 1);
}

static void
reading(void **state)
{
	struct dns_answer a = { .status = DNS_PENDING };
	struct arena arena = { 0 };
	struct pkt p;

	(void)state;
	mx_packet(&p);
	assert_true(dns_packet_read(&arena, p.b, p.n, STR("www.shop.test"),
	    DNS_MX, &a));
	assert_int_equal(a.status, DNS_OK);
	assert_int_equal(a.nrr, 1);
	assert_int_equal(a.rr[0].pref, 10);
	assert_true(str_eq(a.rr[0].name, STR("mx.shop.test")));
	assert_int_equal(a.ncname, 1);
	assert_true(str_eq(a.canon, STR("shop.test")));
	arena_release(&arena);
}

static void
texts_are_joined(void **state)
{
	static const char txt[] = "\3abc\0\2de", bad[] = "\5abc";
	struct dns_answer a = { .status = DNS_PENDING };
	struct arena arena = { 0 };
	struct pkt p;

	(void)state;
	head(&p, 7, 0x8180, 2, 0, "shop.test", DNS_TXT);
	record(&p, "shop.test", DNS_TXT, 300, txt, sizeof(txt) - 1);
	record(&p, "shop.test", DNS_TXT, 300, bad, sizeof(bad) - 1);
	assert_true(
	    dns_packet_read(&arena, p.b, p.n, STR("shop.test"), DNS_TXT, &a));
	assert_int_equal(a.nrr, 1);
	assert_true(str_eq(a.rr[0].data, STR("abcde")));
	arena_release(&arena);
}

/* Every cut, and every byte bent: no crash, no byte too far. */
static void
hostile_packets(void **state)
{
	static const enum dns_type types[] = { DNS_MX, DNS_CNAME, DNS_TXT,
		DNS_SOA, DNS_A, DNS_TLSA, DNS_SRV, DNS_NS };
	struct arena arena = { 0 };
	struct pkt p;

	(void)state;
	mx_packet(&p);
	for (size_t n = 0; n <= p.n; n++)
		for (size_t t = 0; t < 8; t++) {
			unsigned char *copy = malloc(n ? n : 1);
			struct dns_answer a = { .status = DNS_PENDING };

			memcpy(copy, p.b, n);
			dns_packet_read(&arena, copy, n, STR("www.shop.test"),
			    types[t], &a);
			free(copy);
			arena_clear(&arena);
		}
	for (size_t at = 0; at < p.n; at++)
		for (int v = 0; v < 256; v += 17) {
			unsigned char *copy = malloc(p.n);
			struct dns_answer a = { .status = DNS_PENDING };

			memcpy(copy, p.b, p.n);
			copy[at] = (unsigned char)v;
			dns_packet_read(&arena, copy, p.n, STR("www.shop.test"),
			    DNS_MX, &a);
			assert_true(a.nrr <= DNS_MAX_RR);
			free(copy);
			arena_clear(&arena);
		}
	arena_release(&arena);
}

/* Aliases in a ring end. */
static void
alias_ring(void **state)
{
	static const char a_[] = "\1b\4test", b_[] = "\1a\4test";
	struct dns_answer a = { .status = DNS_PENDING };
	struct arena arena = { 0 };
	struct pkt p;

	(void)state;
	head(&p, 7, 0x8180, 2, 0, "a.test", DNS_A);
	record(&p, "a.test", DNS_CNAME, 60, a_, sizeof(a_));
	record(&p, "b.test", DNS_CNAME, 60, b_, sizeof(b_));
	assert_true(
	    dns_packet_read(&arena, p.b, p.n, STR("a.test"), DNS_A, &a));
	assert_int_equal(a.nrr, 0);
	assert_true(a.ncname <= 8);
	arena_release(&arena);
}

static void
names(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "Shop.TEST.", "shop.test" },
		{ "a", "a" },
		{ "", "" },
		{ ".", "" },
		{ "a..b", NULL },
		{ ".a", NULL },
		{ "a\\.b.test", "a\\.b.test" },
		{ "123456789012345678901234567890123456789012345678901234567"
		  "8901234.test",
		    NULL },
	};
	char big[300];
	struct arena a = { 0 };
	struct str s;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		bool ok = dns_name(&a, str_c(t[i].in), &s);

		if (ok != (t[i].out != NULL) ||
		    (ok && !str_eq(s, str_c(t[i].out))))
			fail_msg("'%s'", t[i].in);
	}
	for (int i = 0; i < 255; i++)
		big[i] = i % 50 == 49 ? '.' : 'a';
	assert_false(dns_name(&a, str_make(big, 255), &s));
	assert_true(dns_name(&a, str_make(big, 253), &s));
	assert_true(dns_name_below(STR("a.shop.test"), STR("shop.test.")));
	assert_false(dns_name_below(STR("ashop.test"), STR("shop.test")));
	assert_int_equal(dns_labels(STR("a\\.b.shop.test")), 3);
	arena_release(&a);
}

static void
addresses(void **state)
{
	static const struct {
		const char *ip, *special;
		bool internal;
	} t[] = {
		{ "10.1.2.3", "private", true },
		{ "127.0.0.1", "loopback", true },
		{ "192.0.2.1", "documentation", false },
		{ "100.64.0.1", "shared by a provider", true },
		{ "::1", "loopback", true },
		{ "fe80::1", "link-local", true },
		{ "::ffff:10.1.2.3", "private", true },
		{ "2001:db8::1", "documentation", false },
		{ "9.9.9.9", NULL, false },
		{ "172.32.0.1", NULL, false },
		{ "2606:4700::1", NULL, false },
	};
	struct arena a = { 0 };
	struct ip ip, net;
	unsigned bits;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		const char *s;

		assert_true(ip_parse(str_c(t[i].ip), &ip));
		s = ip_special(&ip);
		if ((s == NULL) != (t[i].special == NULL) ||
		    (s && strcmp(s, t[i].special) != 0) ||
		    ip_internal(&ip) != t[i].internal)
			fail_msg("%s: %s", t[i].ip, s ? s : "ordinary");
	}
	assert_false(ip_parse(STR("192.0.2.256"), &ip));
	assert_false(ip_parse(STR("192.0.2.1\0"), &ip));
	assert_false(ip_parse(STR(""), &ip));
	assert_true(ip_parse_net(STR("192.0.2.128/25"), &net, &bits));
	assert_true(ip_parse(STR("192.0.2.200"), &ip));
	assert_true(ip_in(&ip, &net, bits));
	assert_true(ip_parse(STR("192.0.2.127"), &ip));
	assert_false(ip_in(&ip, &net, bits));
	assert_false(ip_parse_net(STR("192.0.2.0/33"), &net, &bits));
	assert_true(ip_parse(STR("2001:db8::5"), &ip));
	assert_true(str_eq(ip_reverse(&a, &ip),
	    STR("5.0.0.0.0.0.0.0.0.0.0.0."
		"0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2")));
	arena_release(&a);
}

static void
maps(void **state)
{
	struct dns_map m[2];
	struct ip ip;
	uint16_t port = 25;

	(void)state;
	assert_true(dns_map_parse(STR("192.0.2.1:25 = 127.0.0.1:2525"), m));
	assert_true(dns_map_parse(STR("*:53=127.0.0.1:5300"), m + 1));
	assert_false(dns_map_parse(STR("192.0.2.1:25=*:1"), m + 1));
	assert_false(dns_map_parse(STR("192.0.2.1:25"), m + 1));
	assert_false(dns_map_parse(STR("192.0.2.1:25 = "), m + 1));
	assert_false(dns_map_parse(STR("mx.test:25 = 127.0.0.1:1"), m + 1));
	assert_true(dns_map_parse(STR("[2001:db8::1]:25 -> [::1]:2525"), m));
	assert_int_equal(m[0].to_port, 2525);
	assert_true(dns_map_parse(STR("192.0.2.1 127.0.0.1:1"), m));
	assert_int_equal(m[0].from_port, 0);
	assert_true(dns_map_parse(STR("192.0.2.1:25 = 127.0.0.1:2525"), m));
	assert_false(dns_map_parse(STR("192.0.2.1:70000=127.0.0.1:1"), m + 1));
	assert_true(ip_parse(STR("192.0.2.1"), &ip));
	assert_true(dns_map_addr(m, 2, &ip, &port));
	assert_int_equal(port, 2525);
	assert_int_equal(ip.b[0], 127);
	port = 26;
	assert_true(ip_parse(STR("192.0.2.1"), &ip));
	assert_false(dns_map_addr(m, 2, &ip, &port));
	port = 53;
	assert_true(dns_map_addr(m, 2, &ip, &port));
	assert_int_equal(port, 5300);
}

static void
canned(void **state)
{
	struct dns_conf c = { .canned = true };
	struct dns_rr rr = { .name = STR("mx.shop.test"), .pref = 10 };
	struct loop *loop = loop_new();
	struct dns *d = dns_new(&c, loop, NULL);
	const struct dns_answer *a;

	(void)state;
	dns_put(d, STR("Shop.test."), DNS_MX, DNS_OK, &rr, 1);
	a = dns_ask(d, STR("SHOP.TEST"), DNS_MX);
	assert_int_equal(a->status, DNS_OK);
	assert_ptr_equal(a, dns_ask(d, STR("shop.test."), DNS_MX));
	assert_int_equal(dns_ask(d, STR("x.test"), DNS_A)->status,
	    DNS_NXDOMAIN);
	assert_int_equal(dns_ask(d, STR("x..test"), DNS_A)->status,
	    DNS_BADNAME);
	assert_int_equal(dns_open_questions(d), 0);
	dns_free(d);
	loop_free(loop);
}

/* ---- a name server of our own ---- */

enum how { LIES, CUTS, WRONG_ID, SILENT };

struct server {
	enum how how;
	int udp, tcp, port, asked, by_tcp;
	volatile int stop;
	pthread_t thread;
};

static void
reply_to(struct server *s, const unsigned char *q, size_t n, struct pkt *p,
    bool tcp)
{
	static const char ns[] = "\2ns\4shop\4test";
	unsigned flags = s->how == CUTS && !tcp ? 0x8600 : 0x8400;

	(void)n;
	head(p, (unsigned)(q[0] << 8 | q[1]) + (s->how == WRONG_ID), flags,
	    flags == 0x8400, 0, s->how == LIES ? "evil.test" : "shop.test",
	    DNS_NS);
	if (flags == 0x8400)
		record(p, "shop.test", DNS_NS, 300, ns, sizeof(ns));
}

static void *
server_main(void *arg)
{
	struct server *s = arg;

	while (!s->stop) {
		struct pollfd f[2] = { { s->udp, POLLIN, 0 },
			{ s->tcp, POLLIN, 0 } };
		unsigned char in[600];
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		struct pkt p;
		ssize_t n;

		if (poll(f, 2, 20) <= 0)
			continue;
		if (f[0].revents) {
			n = recvfrom(s->udp, in, sizeof(in), 0,
			    (struct sockaddr *)&from, &len);
			s->asked++;
			if (n < 12 || s->how == SILENT)
				continue;
			reply_to(s, in, (size_t)n, &p, false);
			sendto(s->udp, p.b, p.n, 0, (struct sockaddr *)&from,
			    len);
		}
		if (f[1].revents) {
			int fd = accept(s->tcp, NULL, NULL);
			unsigned char size[2];

			n = recv(fd, in, sizeof(in), 0);
			s->by_tcp++;
			if (n > 14) {
				reply_to(s, in + 2, (size_t)n - 2, &p, true);
				size[0] = (unsigned char)(p.n >> 8);
				size[1] = (unsigned char)p.n;
				send(fd, size, 2, MSG_NOSIGNAL);
				usleep(20000);
				send(fd, p.b, p.n, MSG_NOSIGNAL);
			}
			close(fd);
		}
	}
	return NULL;
}

/* One port for both; another program may have the TCP port of that number. */
static bool
server_bind(struct server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->udp = socket(AF_INET, SOCK_DGRAM, 0);
	s->tcp = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s->udp, (struct sockaddr *)&a, sizeof(a)), 0);
	getsockname(s->udp, (struct sockaddr *)&a, &len);
	s->port = ntohs(a.sin_port);
	if (bind(s->tcp, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    listen(s->tcp, 4) == 0)
		return true;
	close(s->udp);
	close(s->tcp);
	return false;
}

static void
server_start(struct server *s, enum how how)
{
	int tries = 0;

	*s = (struct server){ .how = how };
	while (!server_bind(s))
		assert_true(++tries < 100);
	assert_int_equal(pthread_create(&s->thread, NULL, server_main, s), 0);
}

static void
server_stop(struct server *s)
{
	s->stop = 1;
	pthread_join(s->thread, NULL);
	close(s->udp);
	close(s->tcp);
}

static void
direct(void **state)
{
	static const struct {
		enum how how;
		enum dns_status want;
		int asked, by_tcp;
	} t[] = {
		{ CUTS, DNS_OK, 1, 1 },
		{ LIES, DNS_TIMEOUT, 2, 0 },
		{ WRONG_ID, DNS_TIMEOUT, 2, 0 },
		{ SILENT, DNS_TIMEOUT, 2, 0 },
	};
	static const char *const nowhere[] = { "127.0.0.1@9" };

	(void)state;
	if (!lo_there())
		skip();
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct server s;
		struct dns_map map = { .from_port = 53 };
		struct dns_conf c = { .resolvers = nowhere,
			.nresolvers = 1,
			.map = &map,
			.nmap = 1,
			.direct_us = 300000 };
		struct loop *loop = loop_new();
		const struct dns_answer *a;
		struct ip ip;
		struct dns *d;
		struct err err;

		server_start(&s, t[i].how);
		assert_true(ip_parse(STR("192.0.2.53"), &map.from));
		assert_true(ip_parse(STR("127.0.0.1"), &map.to));
		map.to_port = (uint16_t)s.port;
		ip = map.from;
		d = dns_new(&c, loop, &err);
		assert_non_null(d);
		a = dns_ask_at(d, &ip, STR("shop.test"), DNS_NS);
		while (a->status == DNS_PENDING)
			loop_turn(loop, loop_now_us() + 100000);
		if (a->status != t[i].want || s.asked != t[i].asked ||
		    s.by_tcp != t[i].by_tcp)
			fail_msg("case %zu: %s, asked %d, by TCP %d", i,
			    dns_status_text(a->status), s.asked, s.by_tcp);
		if (a->status == DNS_OK)
			assert_true(a->aa &&
				    str_eq(a->rr[0].name, STR("ns.shop.test")));
		/* an internal address that is not mapped is left alone */
		assert_true(ip_parse(STR("10.0.0.1"), &ip));
		assert_int_equal(dns_ask_at(d, &ip, STR("shop.test"), DNS_NS)
				     ->status,
		    DNS_UNREACHABLE);
		dns_free(d);
		loop_free(loop);
		server_stop(&s);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading),
		cmocka_unit_test(texts_are_joined),
		cmocka_unit_test(hostile_packets),
		cmocka_unit_test(alias_ring),
		cmocka_unit_test(names),
		cmocka_unit_test(addresses),
		cmocka_unit_test(maps),
		cmocka_unit_test(canned),
		cmocka_unit_test(direct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
