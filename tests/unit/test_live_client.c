/*
 * test_live_client.c: S16: services that mail programs use, played by small
 * servers on loopback: IMAP, POP3 and submission, with and without TLS, good
 * and bad certificates, passwords before encryption; SRV records and documents
 * on the web that say the same or something else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "live/settings.h"
#include "tests/live/fake_web.h"

/* ---- a server that answers lines ---- */

struct talk {
	const char *line, *reply;
};

struct line_server {
	const struct talk *talk; /* the first: the greeting */
	SSL_CTX *tls;
	bool at_once; /* TLS before the greeting */
	int fd, port, logins;
	volatile int stop;
	pthread_t thread;
};

static const char *
reply_to(struct line_server *s, const char *line)
{
	static const char *const secret[] = { "AUTH", "LOGIN", "USER", "PASS" };

	for (size_t i = 0; i < 4; i++)
		s->logins += strstr(line, secret[i]) != NULL;
	for (const struct talk *t = s->talk + 1; t->line; t++)
		if (!strncmp(line, t->line, strlen(t->line)))
			return t->reply;
	return NULL;
}

static void
serve(struct line_server *s, int fd)
{
	SSL *ssl = NULL;
	char in[512];
	bool hello = true;

	for (;;) {
		const char *r = s->talk->reply;
		bool go = false;
		int n;

		if (s->at_once && !ssl) {
			go = true;
			r = "";
		} else if (!hello) {
			n = ssl ? SSL_read(ssl, in, sizeof(in) - 1) :
				  (int)recv(fd, in, sizeof(in) - 1, 0);
			if (n <= 0)
				break;
			in[n] = '\0';
			r = reply_to(s, in);
			if (!r)
				break;
			go = !ssl &&
			     (strstr(in, "STARTTLS") || strstr(in, "STLS"));
			hello = false;
		} else {
			hello = false;
		}
		if (*r &&
		    (ssl ? SSL_write(ssl, r, (int)strlen(r)) :
			   (int)send(fd, r, strlen(r), MSG_NOSIGNAL)) <= 0)
			break;
		if (go) {
			ssl = SSL_new(s->tls);
			SSL_set_fd(ssl, fd);
			if (SSL_accept(ssl) != 1)
				break;
		}
	}
	SSL_free(ssl);
	close(fd);
}

static void *
line_main(void *arg)
{
	struct line_server *s = arg;

	while (!s->stop) {
		struct pollfd p = { s->fd, POLLIN, 0 };

		if (poll(&p, 1, 20) > 0)
			serve(s, accept(s->fd, NULL, NULL));
	}
	return NULL;
}

static void
line_start(struct line_server *s, const char *how, const char *name)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->tls = fake_tls(how, &ca, name, key);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	getsockname(s->fd, (struct sockaddr *)&a, &len);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, line_main, s), 0);
}

static void
line_stop(struct line_server *s)
{
	s->stop = 1;
	pthread_join(s->thread, NULL);
	close(s->fd);
	SSL_CTX_free(s->tls);
}

/* ---- the cases ---- */

static const struct talk imap[] = { { NULL, "* OK ready\r\n" },
	{ "a CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n"
			  "a OK done\r\n" },
	{ "b STARTTLS", "b OK go\r\n" }, { NULL, NULL } };
static const struct talk imap_open[] = { { NULL, "* OK ready\r\n" },
	{ "a CAPABILITY",
	    "* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\na OK done\r\n" },
	{ "b STARTTLS", "b OK go\r\n" }, { NULL, NULL } };
static const struct talk pop3[] = { { NULL, "+OK ready\r\n" },
	{ "CAPA", "+OK\r\nTOP\r\nSTLS\r\n.\r\n" }, { "STLS", "+OK\r\n" },
	{ NULL, NULL } };
static const struct talk submission[] = { { NULL, "220 smtp\r\n" },
	{ "EHLO", "250-smtp\r\n250 STARTTLS\r\n" },
	{ "STARTTLS", "220 go\r\n" }, { NULL, NULL } };
static const struct talk bare[] = { { NULL, "220 smtp\r\n" },
	{ "EHLO", "250-smtp\r\n250 SIZE\r\n" }, { NULL, NULL } };
static const struct talk web[] = { { NULL, "HTTP/1.1 400 no\r\n" },
	{ NULL, NULL } };
static const struct talk shy[] = { { NULL, "220 smtp\r\n" },
	{ "EHLO", "250-smtp\r\n250 STARTTLS\r\n" },
	{ "STARTTLS", "454 not now\r\n" }, { NULL, NULL } };

static const struct client_case {
	const char *what, *mode, *cert;
	const struct talk *talk;
	const char *result, *say;
} cases[] = {
	{ "imap", "tls", "valid", imap, "pass", "1 services" },
	{ "imap", "starttls", "valid", imap, "pass", NULL },
	{ "imap", "starttls", "valid", imap_open, "warn", "before encryption" },
	{ "imap", "plain", "valid", imap_open, "warn", "before encryption" },
	{ "pop3", "starttls", "valid", pop3, "pass", NULL },
	{ "pop3", "tls", "expired", pop3, "fail", "has ended" },
	{ "submission", "starttls", "valid", submission, "pass", NULL },
	{ "smtp", "tls", "valid", submission, "pass", NULL },
	{ "smtp", "starttls", "expires-10d", submission, "warn", "14 days" },
	{ "smtp", "starttls", "selfsigned", submission, "fail", "trusted" },
	{ "smtp", "starttls", "valid", bare, "fail", "offers no encryption" },
	{ "smtp", "starttls", "valid", shy, "fail", "refuses STARTTLS" },
	{ "imap", "starttls", "valid", web, "fail", "does not greet" },
	{ "webmail", "tls", "valid", web, "pass", NULL },
	{ "imap", "tls", "broken", imap, "fail", NULL },
};

struct bench {
	struct loopback loopback;
	char service[3][96];
	const char *list[3];
	struct live_conf conf;
};

static void
bench_set_up(struct bench *b, int port)
{
	static const char *const domains[] = { "isp.test" };

	b->conf = loopback_conf(&b->loopback, nsd.port);
	b->conf.our_domains = (struct strs){ domains, 1 };
	b->conf.ca_file = ca.path;
	b->conf.helo = "out1.isp.test";
	b->conf.limits.reply_us = 1000000;
	loopback_map(&b->loopback, &b->conf, "192.0.2.64", 0, port);
	b->conf.services = (struct strs){ b->list, 0 };
}

static void
add_service(struct bench *b, const char *what, const char *host, int port,
    const char *mode)
{
	size_t i = b->conf.services.n++;

	snprintf(b->service[i], sizeof(b->service[i]), "%s %s:%d %s", what,
	    host, port, mode);
	b->list[i] = b->service[i];
}

static bool
says(struct bench *b, const char *target, const char *result, const char *say)
{
	struct err err;
	struct live *live = live_open(&b->conf, &err);
	const struct finding *f;
	struct job *j;
	bool ok;

	assert_non_null(live);
	j = live_add(live, str_c(target), JOB_DOMAIN);
	live_run(live);
	f = job_finding(j, S16);
	assert_non_null(f);
	ok = !strcmp(check_result_name(f->result), result) &&
	     (!say || str_find(f->say, str_c(say)) >= 0);
	if (!ok)
		print_message("%s: %s (%.*s) instead of %s\n", b->list[0],
		    check_result_name(f->result), STR_ARG(f->say), result);
	live_close(live);
	return ok;
}

static void
services(void **state)
{
	int bad = 0;

	(void)state;
	if (!up)
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct client_case *c = &cases[i];
		struct line_server s = { .talk = c->talk,
			.at_once = !strcmp(c->mode, "tls") &&
				   strcmp(c->cert, "broken") != 0 };
		struct bench b;

		line_start(&s, c->cert, "imap.isp.test");
		bench_set_up(&b, s.port);
		add_service(&b, c->what, "imap.isp.test", 4711, c->mode);
		bad += !says(&b, "shop.test", c->result, c->say);
		line_stop(&s);
		assert_int_equal(s.logins, 0);
	}
	assert_int_equal(bad, 0);
}

/* Where nothing listens; where the DNS does not say where. */
static void
nobody_there(void **state)
{
	struct bench b;

	(void)state;
	if (!up)
		skip();
	bench_set_up(&b, lo_free_port());
	add_service(&b, "imap", "imap.isp.test", 993, "tls");
	assert_true(says(&b, "shop.test", "fail", "nothing listens"));
	bench_set_up(&b, 1);
	add_service(&b, "imap", "gone.isp.test", 993, "tls");
	assert_true(says(&b, "shop.test", "fail", "no such name"));
	bench_set_up(&b, 1);
	add_service(&b, "imap", "imap.dead.test", 993, "tls");
	assert_true(says(&b, "shop.test", "unknown", NULL));
}

/* What programs find by themselves (cases.test) against what we say. */
static void
srv_records(void **state)
{
	struct line_server s = { .talk = imap, .at_once = true };
	struct bench b;

	(void)state;
	if (!up)
		skip();
	line_start(&s, "valid", "imap.isp.test");
	bench_set_up(&b, s.port);
	add_service(&b, "imap", "imap.isp.test", 993, "tls");
	assert_true(says(&b, "srv-same.cases.test", "pass", NULL));
	assert_true(says(&b, "srv-port.cases.test", "warn", "another server"));
	assert_true(says(&b, "srv-none.cases.test", "warn", "no such service"));
	assert_true(says(&b, "srv-disc.cases.test", "warn", "Outlook"));
	line_stop(&s);
}

/* ---- documents on the web ---- */

#define OK_XML                                                                 \
	"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<?xml version='1.0'?>\n"
#define MOZILLA(host, port, how)                                               \
	OK_XML                                                                 \
	"<clientConfig version=\"1.1\"><emailProvider id=\"x\">"               \
	"<!-- <incomingServer type='imap'> --><displayName>X &amp; Y"          \
	"</displayName><incomingServer type=\"imap\"><hostname>" host          \
	"</hostname><port>" port "</port><socketType>" how                     \
	"</socketType><authentication>password-cleartext</authentication>"     \
	"</incomingServer><incomingServer type='pop3'><hostname>pop.x.test"    \
	"</hostname><port>110</port><socketType>plain</socketType>"            \
	"</incomingServer></emailProvider><webMail><loginPage url=\"y\"/>"     \
	"</webMail></clientConfig>"
#define OUTLOOK(type, host, port, how)                                         \
	OK_XML                                                                 \
	"<a:Autodiscover xmlns:a='x'><Response xmlns='y'><Account>"            \
	"<AccountType>email</AccountType><Action>settings</Action><Protocol>"  \
	"<Type>" type "</Type><Server>" host "</Server><Port>" port            \
	"</Port><SSL>on</SSL>" how "</Protocol></Account></Response>"          \
	"</a:Autodiscover>"

static void
documents(void **state)
{
	static const struct {
		const char *domain, *answer, *result, *say;
		int hits; /* -1: many */
	} t[] = {
		{ "ac", MOZILLA("imap.isp.test", "993", "SSL"), "pass", NULL,
		    1 },
		{ "ac", MOZILLA("IMAP.isp.test", "993", "STARTTLS"), "warn",
		    "(STARTTLS); the settings we give say imap.isp.test:993 "
		    "(TLS)",
		    1 },
		{ "acwell", MOZILLA("mail.old.test", "143", "STARTTLS"), "warn",
		    "sends mail programs to mail.old.test:143", 1 },
		{ "acwell", MOZILLA("imap.%EMAILDOMAIN%", "993", "SSL"), "warn",
		    "to imap.acwell.cases.test:993", 1 },
		{ "acout",
		    OUTLOOK("IMAP", "imap.isp.test", "993",
			"<Encryption>SSL</Encryption>"),
		    "pass", NULL, 1 },
		{ "acout", OUTLOOK("IMAP", "imap.isp.test", "143", ""), "warn",
		    "autodiscover.acout.cases.test/autodiscover/", 1 },
		{ "acout", OUTLOOK("MobileSync", "imap.old.test", "443", ""),
		    "warn", "names no server", 1 },
		{ "acout",
		    OK_XML "<Autodiscover><Response><Error Time='1'><ErrorCode>"
			   "600</ErrorCode></Error></Response></Autodiscover>",
		    "pass", NULL, 1 },
		{ "acout", "HTTP/1.1 401 Login\r\nConnection: close\r\n\r\n",
		    "pass", NULL, 1 },
		{ "acwell", "HTTP/1.1 404 No\r\nConnection: close\r\n\r\n",
		    "pass", NULL, 1 },
		{ "ac", "HTTP/1.1 404 No\r\nConnection: close\r\n\r\n", "warn",
		    "it answers 404", 1 },
		{ "ac", OK_XML "<html><body>Welcome<br></body></html>", "warn",
		    "holds no settings", 1 },
		{ "acwild", OK_XML "<html><body>Welcome</body></html>", "pass",
		    NULL, 2 },
		{ "ac", OK_XML "<clientConfig><emailProvider></clientConfig>",
		    "warn", "not well formed", 1 },
		{ "ac",
		    OK_XML "<!DOCTYPE clientConfig [<!ENTITY a 'b'>]>"
			   "<clientConfig/>",
		    "warn", "holds no settings", 1 },
		{ "ac",
		    "HTTP/1.1 302 Go\r\nLocation: https://autoconfig.ac.cases."
		    "test/again\r\nConnection: close\r\n\r\n",
		    "warn", "without an end", 4 },
		{ "ac",
		    "HTTP/1.1 302 Go\r\nLocation: http://x.test/\r\n"
		    "Connection: close\r\n\r\n",
		    "warn", "not https", 1 },
		{ "acin", OK_XML "<clientConfig/>", "warn", "internal address",
		    0 },
	};
	struct line_server s = { .talk = imap, .at_once = true };
	static const char *const domains[] = { "*.cases.test" };
	int bad = 0;

	(void)state;
	if (!up)
		skip();
	line_start(&s, "valid", "imap.isp.test");
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct bench b;
		struct web w;
		char target[64];

		web_start(&w,
		    "acwell.cases.test,DNS:autoconfig.ac.cases.test,"
		    "DNS:autodiscover.acout.cases.test,"
		    "DNS:*.acwild.cases.test",
		    t[i].answer);
		bench_set_up(&b, s.port);
		b.conf.our_domains = (struct strs){ domains, 1 };
		loopback_map(&b.loopback, &b.conf, "192.0.2.65", 443, w.port);
		add_service(&b, "imap", "imap.isp.test", 993, "tls");
		snprintf(target, sizeof(target), "%s.cases.test", t[i].domain);
		if (!says(&b, target, t[i].result, t[i].say) ||
		    w.hits != t[i].hits) {
			print_message("document %zu: %d questions\n", i,
			    w.hits);
			bad++;
		}
		/* only Outlook's question names somebody: postmaster */
		if (strstr(w.last, "@")) {
			assert_int_equal(strncmp(w.last, "POST ", 5), 0);
			assert_non_null(
			    strstr(w.last, "<EMailAddress>postmaster@ac"));
		}
		web_stop(&w);
	}
	/* a stranger's web servers are left alone */
	{
		struct bench b;
		struct web w;

		web_start(&w, "autoconfig.ac.cases.test", t[1].answer);
		bench_set_up(&b, s.port);
		loopback_map(&b.loopback, &b.conf, "192.0.2.65", 443, w.port);
		add_service(&b, "imap", "imap.isp.test", 993, "tls");
		bad += !says(&b, "ac.cases.test", "pass", NULL);
		assert_int_equal(w.hits, 0);
		web_stop(&w);
	}
	line_stop(&s);
	assert_int_equal(bad, 0);
}

/* Any cut of a document is read without harm, and says less, not more. */
static void
cut_documents(void **state)
{
	static const char *const text[] = { MOZILLA("imap.isp.test", "993",
						"SSL"),
		OUTLOOK("IMAP", "a", "1", "<Encryption>TLS</Encryption>"),
		OK_XML "<clientConfig a='b' <<![CDATA[x]]></>" };

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		struct str all = str_c(text[i] + strlen(OK_XML));

		for (size_t n = 0; n <= all.n; n++) {
			struct arena a = { 0 };
			struct settings set;
			char *copy = malloc(n + 1);

			memcpy(copy, all.p, n);
			settings_read(&a, str_make(copy, n), STR("x.test"),
			    &set);
			assert_true(set.n <= 2);
			free(copy);
			arena_release(&a);
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(services),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(srv_records),
		cmocka_unit_test(documents),
		cmocka_unit_test(cut_documents),
	};

	return cmocka_run_group_tests(tests, loopback_tls_start,
	    loopback_tls_stop);
}
