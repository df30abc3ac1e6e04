/*
 * smtp.c: one conversation with one mail server.
 *
 *	connect -> greeting -> EHLO [HELO] -> STARTTLS -> handshake -> EHLO
 *	-> MAIL FROM:<> [RSET, MAIL FROM:<postmaster@us>]
 *	-> RCPT postmaster [RCPT recipient] [relay test] -> RSET -> QUIT
 *
 * Each step writes into the probe what came of it.  After a failed handshake
 * one second connection without STARTTLS finishes MAIL and RCPT, unless a
 * policy forbids plain text.  A server may close at any point; the last
 * whole reply counts.  Nothing else is ever said: there is no code here that
 * could send DATA.
 */
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "live/connect.h"
#include "live/dane.h"
#include "live/smtp.h"
#include "live/tls.h"
#include "base/banned.h"

enum { SMTP_PORT = 25, REPLY_MAX = 64 * 1024, LINE_OUT = 700 };

struct smtp {
	struct live *live;
	struct probe *p;
	struct watch w;
	SSL *ssl;
	enum smtp_step step;
	int64_t step_us, end_us;
	struct buf in, out;
	bool helo;   /* EHLO was refused, HELO was said */
	bool second; /* the plain connection after a failed handshake */
	bool relay;
};

static void event(struct watch *w, short got);
static void next(struct smtp *s, const struct smtp_reply *r);

static struct smtp_reply *
record(struct smtp *s)
{
	static struct smtp_reply ignored;

	if (s->second && s->step < STEP_MAIL) {
		ignored = (struct smtp_reply){ .text = STR("") };
		return &ignored;
	}
	if (s->step == STEP_EHLO && s->helo)
		return &s->p->helo;
	return &s->p->step[s->step];
}

static int64_t
step_limit(const struct smtp *s)
{
	const struct live_limits *l = &s->live->conf.limits;

	switch (s->step) {
	case STEP_CONNECT:
		return l->connect_us;
	case STEP_GREETING:
		return l->greeting_us;
	case STEP_TLS:
		return l->tls_us;
	case STEP_QUIT:
		return l->quit_us;
	default:
		return l->reply_us;
	}
}

static void
enter(struct smtp *s, enum smtp_step step)
{
	s->step = step;
	s->step_us = loop_now_us();
	s->w.deadline_us = s->step_us + step_limit(s);
	if (s->w.deadline_us > s->end_us)
		s->w.deadline_us = s->end_us;
}

static void
hang_up(struct smtp *s)
{
	loop_del(s->live->loop, &s->w);
	SSL_free(s->ssl);
	s->ssl = NULL;
	if (s->w.fd >= 0)
		close(s->w.fd);
	s->w.fd = -1;
	buf_clear(&s->in);
	buf_clear(&s->out);
}

static void
finish(struct smtp *s)
{
	struct probe *p = s->p;

	hang_up(s);
	p->took_us = loop_now_us() - p->took_us;
	server_rate(p);
	p->done = true;
}

static int
dial(struct smtp *s)
{
	int fd = connect_start(&s->live->conf, s->p->ip, SMTP_PORT, false);

	if (fd < 0)
		return -1;
	s->w = (struct watch){ .fd = fd, .want = POLLOUT, .fn = event };
	enter(s, STEP_CONNECT);
	if (loop_add(s->live->loop, &s->w) < 0) {
		close(fd);
		s->w.fd = -1;
		errno = EAGAIN;
		return -1;
	}
	return 0;
}

static void
not_connected(struct smtp *s, int e)
{
	struct smtp_reply *r = record(s);

	r->end = e == ECONNREFUSED ? END_REFUSED :
		 e == ETIMEDOUT	   ? END_TIMEOUT :
				     END_UNREACHABLE;
	r->text = arena_dup(&s->p->job->arena, str_c(strerror(e)));
	r->took_us = loop_now_us() - s->step_us;
	finish(s);
}

struct smtp *
smtp_start(struct live *live, struct probe *p)
{
	struct smtp *s = xcalloc(1, sizeof(*s));

	s->live = live;
	s->p = p;
	s->w.fd = -1;
	buf_init(&s->in, REPLY_MAX + SMTP_LINE_KEPT);
	buf_init(&s->out, 4 * LINE_OUT);
	p->begun_s = job_now_s(p->job);
	p->took_us = loop_now_us();
	p->size = -1;
	s->step_us = p->took_us;
	s->end_us = p->took_us + live->conf.limits.server_us;
	if (dial(s) < 0)
		not_connected(s, errno);
	return s;
}

void
smtp_free(struct smtp *s)
{
	if (!s)
		return;
	hang_up(s);
	buf_release(&s->in);
	buf_release(&s->out);
	free(s);
}

/* ---- bytes ---- */

static void
flush(struct smtp *s)
{
	while (s->out.n) {
		ssize_t n = tls_write(s->ssl, s->w.fd, s->out.p, s->out.n);

		if (n <= 0)
			break;
		memmove(s->out.p, s->out.p + n, s->out.n - (size_t)n);
		s->out.n -= (size_t)n;
	}
	s->w.want = (short)(s->out.n ? POLLIN | POLLOUT : POLLIN);
}

static void say(struct smtp *s, enum smtp_step step, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
say(struct smtp *s, enum smtp_step step, const char *fmt, ...)
{
	char line[LINE_OUT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	enter(s, step);
	buf_puts(&s->out, line);
	buf_puts(&s->out, "\r\n");
	flush(s);
}

/* 1 bytes came, 0 none for now, -1 the other side closed */
static int
fill(struct smtp *s)
{
	char *room = buf_room(&s->in, SMTP_LINE_KEPT);
	ssize_t n;

	if (!room)
		return 1; /* full: the reader will say it is too big */
	n = tls_read(s->ssl, s->w.fd, room, SMTP_LINE_KEPT);
	if (n <= 0)
		return (int)n;
	s->in.n += (size_t)n;
	return 1;
}

/* ---- the conversation ---- */

static void plain_again(struct smtp *s, const char *why);

static void
ended(struct smtp *s, enum step_end how)
{
	struct smtp_reply *r = record(s);

	if (s->step == STEP_STARTTLS && loop_now_us() < s->end_us) {
		plain_again(s, how == END_TIMEOUT ?
				   "no answer to STARTTLS" :
				   "it closes the connection at STARTTLS");
		return;
	}

	r->end = how;
	if (!r->text.p)
		r->text = STR("");
	r->took_us = loop_now_us() - s->step_us;
	finish(s);
}

static struct str
our_name(const struct smtp *s)
{
	const char *h = s->live->conf.helo;

	return h ? str_c(h) : STR("localhost.localdomain");
}

static void
mail(struct smtp *s)
{
	say(s, STEP_MAIL, "MAIL FROM:<>");
}

static void
greet(struct smtp *s, enum smtp_step step)
{
	say(s, step, "EHLO " STR_FMT, STR_ARG(our_name(s)));
}

static void
quit(struct smtp *s)
{
	say(s, STEP_QUIT, "QUIT");
}

/* After the handshake failed: once more in plain, if that is any use. */
static void
plain_again(struct smtp *s, const char *why)
{
	struct probe *p = s->p;
	struct smtp_reply *r = record(s);

	r->end = END_TLS_ERROR;
	r->took_us = loop_now_us() - s->step_us;
	r->text = arena_dup(&p->job->arena, str_c(why));
	p->tls_error = r->text;
	if (p->sts == STS_ENFORCE || p->dane_secure) {
		finish(s);
		return;
	}
	hang_up(s);
	s->second = p->second_try = true;
	s->helo = false;
	if (dial(s) < 0)
		not_connected(s, errno);
}

static void
shaken(struct smtp *s)
{
	struct probe *p = s->p;
	struct arena *a = &p->job->arena;
	struct smtp_reply *r = record(s);
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(s->ssl);
	X509 *leaf = SSL_get1_peer_certificate(s->ssl);

	r->end = END_DONE;
	r->text = STR("");
	r->took_us = loop_now_us() - s->step_us;
	p->tls_ok = true;
	p->tls_version = SSL_version(s->ssl);
	p->tls_version_name = arena_dup(a, str_c(SSL_get_version(s->ssl)));
	p->tls_cipher = arena_dup(a, str_c(SSL_get_cipher_name(s->ssl)));
	tls_facts(s->ssl, a, p->name, &p->cert);
	if (leaf && p->dane_secure)
		p->dane = dane_matches(p->tlsa, p->ntlsa, leaf, chain) ?
			      DANE_MATCH :
			      DANE_MISMATCH;
	X509_free(leaf);
	s->w.want = POLLIN;
	greet(s, STEP_EHLO2);
}

static void
shake(struct smtp *s)
{
	const char *why = NULL;
	int rc = tls_shake(s->ssl, &s->w.want, &why);

	if (rc > 0)
		shaken(s);
	else if (rc < 0)
		plain_again(s, why);
}

static void
start_tls(struct smtp *s)
{
	if (s->in.n) { /* plain text behind the 220: an injection */
		s->p->injected = true;
		buf_clear(&s->in);
	}
	enter(s, STEP_TLS);
	s->ssl = tls_start(s->live, s->w.fd, s->p->name);
	if (!s->ssl)
		plain_again(s, "OpenSSL does not start");
	else
		shake(s);
}

static void
after_rcpt(struct smtp *s)
{
	struct probe *p = s->p;

	if (p->recipient.n && s->step == STEP_RCPT)
		say(s, STEP_RECIPIENT, "RCPT TO:<" STR_FMT ">",
		    STR_ARG(str_head(p->recipient, 320)));
	else
		say(s, STEP_RSET, "RSET");
}

/* The relay test: own servers only, on request, after a RSET. */
static void
relay_test(struct smtp *s)
{
	s->relay = true;
	say(s, STEP_MAIL2, "MAIL FROM:<nobody@example.net>");
}

static void
rcpt(struct smtp *s)
{
	if (s->relay)
		say(s, STEP_RELAY, "RCPT TO:<nobody@example.net>");
	else
		say(s, STEP_RCPT, "RCPT TO:<postmaster@" STR_FMT ">",
		    STR_ARG(s->p->job->domain));
}

/* A reply to the step is there: what comes next. */
static void
next(struct smtp *s, const struct smtp_reply *r)
{
	struct probe *p = s->p;
	bool good = r->code >= 200 && r->code < 300;

	if (r->code == 421) {
		finish(s);
		return;
	}
	switch (s->step) {
	case STEP_GREETING:
		if (r->code == 220)
			greet(s, STEP_EHLO);
		else
			quit(s);
		break;
	case STEP_EHLO:
		if (good && !s->helo)
			smtp_read_ehlo(p, r->text, !s->second);
		if (!s->second)
			p->esmtp = good && !s->helo;
		if (!good && !s->helo) {
			s->helo = true;
			say(s, STEP_EHLO, "HELO " STR_FMT,
			    STR_ARG(our_name(s)));
		} else if (!good) {
			quit(s);
		} else if (p->starttls && !s->second && !s->helo) {
			say(s, STEP_STARTTLS, "STARTTLS");
		} else {
			mail(s);
		}
		break;
	case STEP_STARTTLS:
		if (r->code == 220)
			start_tls(s);
		else
			mail(s);
		break;
	case STEP_EHLO2:
		if (good)
			smtp_read_ehlo(p, r->text, false);
		mail(s);
		break;
	case STEP_MAIL:
		if (good && job_is_host(p->job))
			say(s, STEP_RSET, "RSET");
		else if (good)
			rcpt(s);
		else if (r->code >= 500)
			say(s, STEP_MAIL2, "MAIL FROM:<postmaster@" STR_FMT ">",
			    STR_ARG(our_name(s)));
		else
			quit(s);
		break;
	case STEP_MAIL2:
		if (good)
			rcpt(s);
		else
			quit(s);
		break;
	case STEP_RCPT:
	case STEP_RECIPIENT:
		after_rcpt(s);
		break;
	case STEP_RELAY:
		quit(s);
		break;
	case STEP_RSET:
		if (s->live->conf.relay_test && p->ours && !s->relay)
			relay_test(s);
		else
			quit(s);
		break;
	default:
		finish(s);
		break;
	}
}

/* Reads replies off the buffer until a step has to wait. */
static void
digest(struct smtp *s, bool closed)
{
	while (!s->p->done && s->w.fd >= 0 && s->step != STEP_TLS &&
	       s->step != STEP_CONNECT) {
		struct smtp_reply *r = record(s), kept;
		bool mixed;
		int code;
		long n = smtp_reply_read(buf_str(&s->in), &code, &mixed);

		if (n < 0) {
			r->text = arena_dup(&s->p->job->arena,
			    str_head(buf_str(&s->in), 200));
			ended(s, END_NOT_SMTP);
			return;
		}
		if (n == 0 && (s->in.toobig || s->in.n >= REPLY_MAX)) {
			ended(s, END_TOO_BIG);
			return;
		}
		if (n == 0) {
			if (closed)
				ended(s, END_CLOSED);
			return;
		}
		r->end = mixed ? END_NOT_SMTP : END_REPLY;
		r->code = code;
		r->text = smtp_reply_text(&s->p->job->arena,
		    str_make(s->in.p, (size_t)n), &r->dsn);
		r->took_us = loop_now_us() - s->step_us;
		memmove(s->in.p, s->in.p + n, s->in.n - (size_t)n);
		s->in.n -= (size_t)n;
		if (mixed) {
			finish(s);
			return;
		}
		kept = *r;
		next(s, &kept);
	}
}

/* The address of ours that the server sees, unless there is a NAT. */
static void
note_source(struct smtp *s)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ip *ip = &s->p->source;

	if (getsockname(s->w.fd, (struct sockaddr *)&ss, &len) < 0)
		return;
	ip->n = ss.ss_family == AF_INET6 ? 16 : 4;
	if (ip->n == 4)
		memcpy(ip->b, &((struct sockaddr_in *)&ss)->sin_addr, 4);
	else
		memcpy(ip->b, &((struct sockaddr_in6 *)&ss)->sin6_addr, 16);
}

static void
connected(struct smtp *s)
{
	struct smtp_reply *r = record(s);
	socklen_t len = sizeof(int);
	int e = 0;

	getsockopt(s->w.fd, SOL_SOCKET, SO_ERROR, &e, &len);
	if (e) {
		not_connected(s, e);
		return;
	}
	r->end = END_DONE;
	r->text = STR("");
	r->took_us = loop_now_us() - s->step_us;
	note_source(s);
	s->w.want = POLLIN;
	enter(s, STEP_GREETING);
}

static void
event(struct watch *w, short got)
{
	struct smtp *s = (struct smtp *)((char *)w - offsetof(struct smtp, w));
	int rc = 1;

	if (!got) {
		if (s->step == STEP_TLS && loop_now_us() < s->end_us)
			plain_again(s, "the handshake took too long");
		else
			ended(s, END_TIMEOUT);
		return;
	}
	if (s->step == STEP_CONNECT) {
		connected(s);
		return;
	}
	if (s->step == STEP_TLS) {
		shake(s);
		return;
	}
	if (got & POLLOUT)
		flush(s);
	while (rc > 0 && !s->in.toobig && s->in.n < REPLY_MAX)
		rc = fill(s);
	digest(s, rc < 0);
}
