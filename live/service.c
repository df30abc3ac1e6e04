/*
 * service.c: see service.h.
 *
 *	tls:       connect, handshake, greeting, capabilities
 *	starttls:  connect, greeting, capabilities, STARTTLS, handshake
 *	plain:     connect, greeting, capabilities
 *
 * Of a service that is none of the three protocols only the connection and,
 * with tls, the certificate are looked at.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/connect.h"
#include "live/service.h"
#include "live/tls.h"
#include "base/banned.h"

enum { IN_MAX = 16 * 1024, CHUNK = 2048 };
enum { AT_CONNECT, AT_TLS, AT_GREETING, AT_ABLE, AT_STARTTLS };

/* What each protocol says, and how its replies end. */
static const struct protocol {
	const char *greeting, *able, *tls, *tls_ok, *offers;
} protocol[] = {
	[SERVICE_OTHER] = { "", "", "", "", "" },
	[SERVICE_IMAP] = { "* ", "a CAPABILITY\r\n", "b STARTTLS\r\n", "b OK",
	    "STARTTLS" },
	[SERVICE_POP3] = { "+OK", "CAPA\r\n", "STLS\r\n", "+OK", "STLS" },
	[SERVICE_SMTP] = { "220", "EHLO %s\r\n", "STARTTLS\r\n", "220",
	    "STARTTLS" },
};

static enum service_kind
kind_of(struct str what)
{
	return str_startsi(what, STR("imap")) ? SERVICE_IMAP :
	       str_startsi(what, STR("pop"))  ? SERVICE_POP3 :
	       str_startsi(what, STR("smtp")) || str_startsi(what, STR("sub")) ?
					       SERVICE_SMTP :
					       SERVICE_OTHER;
}

static struct str
word(struct str *rest)
{
	*rest = str_trim(*rest);
	return str_split(rest, ' ');
}

void
service_read(struct service *s, struct live *live, struct str text)
{
	struct str rest = text, mode, addr;

	*s = (struct service){ .live = live, .port = 0 };
	s->w.fd = -1;
	s->what = word(&rest);
	addr = word(&rest);
	mode = rest.p ? str_trim(rest) : STR("");
	s->mode = str_eqi(mode, STR("tls"))	 ? MODE_TLS :
		  str_eqi(mode, STR("starttls")) ? MODE_STARTTLS :
						   MODE_PLAIN;
	s->kind = kind_of(s->what);
	here_host_port(addr, &s->host, &s->port);
	buf_init(&s->in, IN_MAX);
}

void
service_end(struct service *s, const char *why)
{
	loop_del(s->live->loop, &s->w);
	SSL_free(s->ssl);
	s->ssl = NULL;
	if (s->w.fd >= 0)
		close(s->w.fd);
	s->w.fd = -1;
	s->why = why;
	s->done = true;
}

static void
enter(struct service *s, int step)
{
	const struct live_limits *l = &s->live->conf.limits;

	s->step = step;
	s->w.want = POLLIN;
	s->w.deadline_us =
	    loop_now_us() + (step == AT_TLS ? l->tls_us : l->reply_us);
}

static void
say(struct service *s, int step, const char *what)
{
	const char *helo = s->live->conf.helo;
	struct buf b = BUF_INIT(600);

	buf_printf(&b, what, helo ? helo : "localhost.localdomain");
	buf_clear(&s->in);
	enter(s, step);
	/* a short line into an empty socket: it goes as a whole, or is lost */
	tls_write(s->ssl, s->w.fd, b.p, b.n);
	buf_release(&b);
}

static bool
is_line(struct str in, struct str start)
{
	while (in.p) {
		struct str line = str_split(&in, '\n');

		if (in.p && str_startsi(line, start))
			return true;
	}
	return false;
}

/* Whether the reply to what was said is there as a whole. */
static bool
whole(const struct service *s)
{
	struct str in = buf_str(&s->in), rest = in;

	if (s->kind == SERVICE_SMTP) {
		while (rest.p) {
			struct str line = str_split(&rest, '\n');

			if (rest.p && line.n >= 4 && line.p[3] != '-')
				return true;
		}
		return false;
	}
	if (s->step == AT_ABLE && s->kind == SERVICE_IMAP)
		return is_line(in, STR("a "));
	if (s->step == AT_STARTTLS && s->kind == SERVICE_IMAP)
		return is_line(in, STR("b "));
	if (s->step == AT_ABLE && s->kind == SERVICE_POP3)
		return is_line(in, STR("-")) || is_line(in, STR("."));
	return str_chr(in, '\n') >= 0;
}

static void shake(struct service *s);

static void
start_tls(struct service *s)
{
	enter(s, AT_TLS);
	s->ssl = tls_start(s->live, s->w.fd, s->host);
	if (!s->ssl)
		service_end(s, "OpenSSL does not start");
	else
		shake(s);
}

static void
shake(struct service *s)
{
	const char *why = NULL;
	int rc = tls_shake(s->ssl, &s->w.want, &why);

	if (rc == 0)
		return;
	if (rc < 0) {
		service_end(s, why);
		return;
	}
	s->shaken = true;
	s->version = SSL_version(s->ssl);
	tls_facts(s->ssl, &s->arena, s->host, &s->cert);
	if (s->mode == MODE_STARTTLS || s->kind == SERVICE_OTHER)
		service_end(s, NULL);
	else
		enter(s, AT_GREETING);
}

/* Passwords are offered to be taken, as the reply to "what can you do". */
static bool
takes_password(const struct service *s)
{
	struct str in = buf_str(&s->in);

	switch (s->kind) {
	case SERVICE_IMAP:
		return str_findi(in, STR("LOGINDISABLED")) < 0;
	case SERVICE_POP3:
		return is_line(in, STR("USER")) || is_line(in, STR("SASL"));
	case SERVICE_SMTP:
		return str_findi(in, STR("-AUTH ")) >= 0 ||
		       str_findi(in, STR(" AUTH ")) >= 0;
	default:
		return false;
	}
}

static void
next(struct service *s)
{
	const struct protocol *p = &protocol[s->kind];
	struct str in = buf_str(&s->in);

	switch (s->step) {
	case AT_GREETING:
		if (!str_starts(in, str_c(p->greeting))) {
			service_end(s, "it does not greet as such a service");
			return;
		}
		s->greeted = true;
		say(s, AT_ABLE, p->able);
		break;
	case AT_ABLE:
		if (!s->ssl) {
			s->offers_tls = str_findi(in, str_c(p->offers)) >= 0;
			s->takes_password = takes_password(s);
		}
		if (s->mode == MODE_STARTTLS && s->offers_tls)
			say(s, AT_STARTTLS, p->tls);
		else
			service_end(s, NULL);
		break;
	default:
		if (is_line(in, str_c(p->tls_ok)))
			start_tls(s);
		else
			service_end(s, "it refuses STARTTLS");
	}
}

static void
read_more(struct service *s)
{
	char *room = buf_room(&s->in, CHUNK);
	ssize_t n;

	if (!room) {
		service_end(s, "it talks without an end");
		return;
	}
	n = tls_read(s->ssl, s->w.fd, room, CHUNK);
	if (n < 0)
		service_end(s, "it closes the connection");
	if (n <= 0)
		return;
	s->in.n += (size_t)n;
	if (whole(s))
		next(s);
}

static void
event(struct watch *w, short got)
{
	struct service *s =
	    (struct service *)((char *)w - offsetof(struct service, w));
	socklen_t len = sizeof(int);
	int e = 0;

	if (!got) {
		service_end(s, "no answer in time");
		return;
	}
	if (s->step == AT_TLS) {
		shake(s);
		return;
	}
	if (s->step != AT_CONNECT) {
		read_more(s);
		return;
	}
	getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &e, &len);
	if (e) {
		service_end(s, e == ECONNREFUSED ? "nothing listens there" :
						   "no way to the server");
		return;
	}
	s->connected = true;
	if (s->mode == MODE_TLS)
		start_tls(s);
	else if (s->kind == SERVICE_OTHER)
		service_end(s, NULL);
	else
		enter(s, AT_GREETING);
}

void
service_start(struct service *s, struct ip ip)
{
	const struct live_conf *c = &s->live->conf;

	s->started = true;
	s->step = AT_CONNECT;
	s->w = (struct watch){ .want = POLLOUT,
		.fn = event,
		.deadline_us = loop_now_us() + c->limits.connect_us };
	s->w.fd = connect_start(c, ip, s->port, true);
	if (s->w.fd < 0 || loop_add(s->live->loop, &s->w) < 0)
		service_end(s, "no way to the server");
}
