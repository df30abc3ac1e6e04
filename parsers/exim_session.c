/*
 * exim_session.c: what Exim says of a client's session outside the access
 * lists: connections, broken commands, failed logins, refusals of its own.
 *
 * Commands are shown as the client typed them and may hold a password, or
 * something that looks like a host: the password is not kept, and the host is
 * looked for behind what was typed.
 */
#include "parsers/exim_part.h"
#include "parsers/login.h"
#include "base/banned.h"

/* Host and items; what follows them is the text. */
static struct str
client(struct scan *sc, struct event *ev)
{
	struct exim_host host;
	struct item it;
	const char *end = sc->end;
	const char *lf = memchr(sc->p, '\n', (size_t)(end - sc->p));

	if (lf)
		sc->end = lf;
	scan_opt(sc, STR(" "));
	scan_opt(sc, STR("H="));
	if (scan_opt(sc, STR("U="))) {
		exim_item(sc, &it);
	} else {
		exim_host(sc, &host);
		exim_set_client(ev, &host);
	}
	while (exim_item(sc, &it)) {
		if (!it.key.n && !exim_is_mark(it.val)) {
			sc->p = it.val.p;
			break;
		}
		if (it.key.n != 1)
			continue;
		if (it.key.p[0] == 'I')
			ev_set(ev, F_LOCAL_IP, exim_ip(it.val));
		else if (it.key.p[0] == 'X')
			ev_set(ev, F_TLS, it.val);
		else if (it.key.p[0] == 'A')
			exim_set_auth(ev, it.val);
		else if (it.key.p[0] == 'P')
			ev_set(ev, F_PROTO, it.val);
		else if (it.key.p[0] == 'F' && it.val.n >= 2 &&
			 it.val.p[0] == '<')
			ev_set(ev, F_FROM,
			    str_make(it.val.p + 1, it.val.n - 2));
	}
	return scan_rest(sc);
}

static void
refused(struct event *ev, enum ev_state state, struct str where,
    struct str reply)
{
	ev->kind = EV_REJECT;
	ev->state = state;
	ev->flags |= EVF_DECIDES | EVF_SESSION;
	ev_set(ev, F_WHERE, where);
	if (reply.n)
		ev_set(ev, F_REPLY, reply);
}

/* SMTP connection from H [ip]:port I=.. (TCP/IP connection count = 1) */
bool
exim_smtp_connection(struct scan *sc, struct event *ev)
{
	struct str rest;

	if (scan_opt(sc, STR("Ci="))) /* connection_id, newer releases */
		scan_until_lit(sc, STR(" from"));
	scan_opt(sc, STR(" "));
	if (!scan_opt(sc, STR("from")))
		return false;
	rest = client(sc, ev);
	ev->flags |= EVF_SESSION;
	if (str_starts(rest, STR("lost"))) {
		ev->kind = EV_LOST;
		ev_set(ev, F_ACTION, STR("connection lost"));
		if (str_starts(rest, STR("lost while reading message data")))
			ev_set(ev, F_WHERE, STR("DATA"));
	} else if (str_starts(rest, STR("closed "))) {
		ev->kind = ev->qid.n ? EV_NOTE : EV_DISCONNECT;
	} else if (ev->qid.n) {
		ev->kind = EV_NOTE;
	}
	if (ev->kind == EV_NOTE)
		ev_set(ev, F_TEXT, rest);
	return true;
}

/* ... lost, timed out: H, and what it was about to say */
bool
exim_lost(struct scan *sc, struct event *ev)
{
	struct str rest;

	ev->flags |= EVF_SESSION;
	scan_opt(sc, STR(" TLS"));
	scan_opt(sc, STR(" connection"));
	scan_opt(sc, STR(" on connection"));
	scan_opt(sc, STR(" from"));
	rest = client(sc, ev);
	if (rest.n)
		ev_set(ev, F_TEXT, rest);
	return true;
}

bool
exim_lost_data(struct scan *sc, struct event *ev)
{
	ev_set(ev, F_WHERE, STR("DATA"));
	return exim_lost(sc, ev);
}

/* TLS error on connection from H (SSL_accept): error ... */
bool
exim_tls_error(struct scan *sc, struct event *ev)
{
	struct exim_host host;

	if (scan_opt(sc, STR(" on connection to "))) {
		exim_host(sc, &host);
		exim_set_relay(ev, &host);
	} else if (!ev->qid.n && scan_opt(sc, STR(" on connection from"))) {
		ev->kind = EV_LOST;
		ev->flags |= EVF_SESSION;
		ev_set(ev, F_WHERE, STR("TLS"));
		ev_set(ev, F_ACTION, STR("TLS error"));
		client(sc, ev);
	} else if (!ev->qid.n) {
		ev->kind = EV_SYSTEM;
	}
	ev_set(ev, F_TEXT, str_trim(scan_rest(sc)));
	return true;
}

/* SMTP call from H dropped: too many nonmail commands (last was "RSET") */
bool
exim_smtp_call(struct scan *sc, struct event *ev)
{
	struct str rest = client(sc, ev), cmd;
	ptrdiff_t i = str_chr(rest, '"');

	if (!str_starts(rest, STR("dropped")))
		return false;
	exim_message(sc);
	scan_opt(sc, STR("dropped"));
	refused(ev, ST_REJECTED, STR("COMMAND"), exim_message(sc));
	ev_set(ev, F_ACTION, STR("drop"));
	cmd = i < 0 ? STR_NONE : str_from(rest, (size_t)i + 1);
	if (i >= 0 && exim_secret(cmd))
		ev->flags |= EVF_SECRET;
	return true;
}

/*
 * SMTP syntax error in "CMD" H=(x) [ip] TEXT: the command is the client's
 * and may hold a host of its own; Exim's comes last.
 */
bool
exim_bad_command(struct scan *sc, struct event *ev)
{
	struct str rest = scan_rest(sc);
	ptrdiff_t i = str_rfind(rest, STR("\" H="));
	struct str typed = str_from(rest, 1);

	if (!rest.n || rest.p[0] != '"')
		return false;
	if (i < 0)
		i = str_rfind(rest, STR("\" U="));
	ev->flags |= EVF_SESSION;
	if (exim_secret(typed))
		ev->flags |= EVF_SECRET;
	if (i < 0) /* cut */
		return true;
	sc->p += i + 2;
	rest = client(sc, ev);
	ev_set(ev, F_TEXT, rest);
	return true;
}

/*
 * SMTP protocol synchronization error (WHY): rejected "CMD" H=.. next
 * input="...": both quoted parts are the client's.  When there are two hosts
 * it may be, none is believed.
 */
bool
exim_smtp_sync(struct scan *sc, struct event *ev)
{
	struct str why = str_head(scan_rest(sc), 0), rest;
	ptrdiff_t i;

	if (scan_opt(sc, STR(" ("))) {
		why = scan_until(sc, ')');
		if (sc->err)
			return false;
		scan_opt(sc, STR(")"));
	}
	exim_message(sc);
	rest = scan_rest(sc);
	refused(ev, ST_REJECTED, STR("COMMAND"), why);
	ev_set(ev, F_ACTION, STR("reject"));
	if (scan_opt(sc, STR("rejected connection from "))) {
		ev_set(ev, F_WHERE, STR("CONNECT"));
		client(sc, ev);
	} else if (scan_opt(sc, STR("rejected \""))) {
		if (exim_secret(scan_rest(sc)))
			ev->flags |= EVF_SECRET;
		i = str_find(rest, STR("\" H="));
		if (i >= 0 && i == str_rfind(rest, STR("\" H="))) {
			sc->p = rest.p + i + 2;
			client(sc, ev);
		}
	}
	i = str_rfind(rest, STR("input=\""));
	if (i >= 0 && exim_secret(str_from(rest, (size_t)i + 7)))
		ev->flags |= EVF_SECRET;
	return true;
}

/* Connection from H refused: too many connections */
bool
exim_connection_refused(struct scan *sc, struct event *ev)
{
	struct str rest = client(sc, ev);

	if (!str_starts(rest, STR("refused")))
		return false;
	scan_opt(sc, STR("refused"));
	refused(ev, ST_TEMPFAIL, STR("CONNECT"), exim_message(sc));
	ev_set(ev, F_ACTION, STR("reject"));
	return true;
}

/* refused connection from H (host_reject_connection) */
bool
exim_refused_connection(struct scan *sc, struct event *ev)
{
	struct str rest = client(sc, ev);

	if (rest.n > 2 && rest.p[0] == '(' && rest.p[rest.n - 1] == ')')
		rest = str_make(rest.p + 1, rest.n - 2);
	refused(ev, ST_REJECTED, STR("CONNECT"), rest);
	ev_set(ev, F_ACTION, STR("reject"));
	return true;
}

bool
exim_refused_for_now(struct scan *sc, struct event *ev)
{
	struct str rest;

	client(sc, ev);
	rest = exim_message(sc);
	refused(ev, ST_TEMPFAIL, STR("CONNECT"), rest);
	ev_set(ev, F_ACTION, STR("reject"));
	return true;
}

/* " MAIL FROM:<s> H=..: TEXT", " HELO from H: TEXT", " from <s> H=..: TEXT" */
bool
exim_rejected_from(struct scan *sc, struct event *ev)
{
	struct str tail = scan_rest(sc), where = STR("MAIL");
	struct str s = str_split(&tail, '\n'), name;

	sc->end = s.p + s.n;
	name = str_split(&s, ' ');

	if (str_eq(name, STR("HELO")) || str_eq(name, STR("EHLO")))
		where = STR("HELO");
	else if (str_eq(name, STR("from")))
		where = STR("END-OF-MESSAGE");
	else if (name.n && name.p[0] == '"')
		where = str_startsi(name, STR("\"AUTH")) ? STR("AUTH") :
							   STR("COMMAND");
	else if (!str_eq(name, STR("MAIL")))
		return false;
	refused(ev, ST_REJECTED, where, STR_NONE);
	ev_set(ev, F_ACTION, STR("reject"));
	if (name.n && name.p[0] == '"') {
		struct str rest = scan_rest(sc);
		ptrdiff_t i = str_rfind(rest, STR("\" from "));

		if (exim_secret(str_from(rest, 1)))
			ev->flags |= EVF_SECRET;
		if (i < 0)
			return true;
		sc->p += i + 7;
		client(sc, ev);
		ev_set(ev, F_REPLY, exim_message(sc));
		return true;
	}
	sc->p += name.n;
	scan_opt(sc, STR(" FROM:"));
	scan_opt(sc, STR(" from"));
	scan_opt(sc, STR(" command"));
	scan_opt(sc, STR(" "));
	if (exim_angle(sc, &s))
		ev_set(ev, F_FROM, s);
	client(sc, ev);
	s = exim_message(sc);
	if (s.n)
		ev_set(ev, F_REPLY, s);
	if (tail.n && ev->qid.n)
		exim_reject_record(tail, ev);
	if (str_eq(where, STR("END-OF-MESSAGE")) && ev->qid.n)
		ev->flags |= EVF_END;
	return true;
}

bool
exim_rejected_for_now(struct scan *sc, struct event *ev)
{
	if (!exim_rejected_from(sc, ev))
		return false;
	ev->state = ST_TEMPFAIL;
	return true;
}

/* too many recipients: excess temporarily rejected: sender=<s> H */
bool
exim_too_many(struct scan *sc, struct event *ev)
{
	struct str rest = scan_rest(sc), s;
	bool for_now = str_find(rest, STR("temporarily")) >= 0;
	ptrdiff_t i = str_find(rest, STR("sender=<"));

	refused(ev, for_now ? ST_TEMPFAIL : ST_REJECTED, STR("RCPT"),
	    STR("too many recipients"));
	ev_set(ev, F_ACTION, STR("reject"));
	if (i < 0)
		return true;
	sc->p += i + 7;
	if (exim_angle(sc, &s))
		ev_set(ev, F_FROM, s);
	client(sc, ev);
	return true;
}

/* unqualified sender rejected: <s> H=..[: TEXT] */
bool
exim_unqualified(struct scan *sc, struct event *ev)
{
	bool sender = scan_opt(sc, STR("sender"));
	struct str s;

	if (!sender && !scan_opt(sc, STR("recipient")))
		return false;
	scan_lit(sc, STR(" rejected: "));
	refused(ev, ST_REJECTED, sender ? STR("MAIL") : STR("RCPT"),
	    sender ? STR("unqualified sender") : STR("unqualified recipient"));
	ev_set(ev, F_ACTION, STR("reject"));
	if (sc->err || !exim_angle(sc, &s))
		return false;
	ev_set(ev, sender ? F_FROM : F_TO, s);
	client(sc, ev);
	return true;
}

/* overlong message header line received from H (more than 998 characters) */
bool
exim_long_header(struct scan *sc, struct event *ev)
{
	struct str why = STR("message header too long");

	refused(ev, ST_REJECTED, STR("END-OF-MESSAGE"), why);
	ev_set(ev, F_ACTION, STR("reject"));
	client(sc, ev);
	return true;
}

/* no MAIL in SMTP connection from H D=21s C=EHLO,STARTTLS */
bool
exim_no_mail(struct scan *sc, struct event *ev)
{
	scan_opt(sc, STR(" TFO*"));
	scan_opt(sc, STR(" TFO"));
	scan_opt(sc, STR(" SMTP connection from"));
	client(sc, ev);
	ev->flags |= EVF_SESSION;
	return true;
}

/* ---- logins ---- */

/*
 * plain authenticator failed for (x) [192.0.2.4]:5432: 535 Incorrect
 *   authentication data (set_id=user)
 * Since 4.99 "for H=(x) [192.0.2.4]".
 */
static void
auth_failed(struct scan *sc, struct event *ev)
{
	struct str reply, code, dsn, s;
	ptrdiff_t i;

	ev->kind = EV_AUTH;
	ev->state = ST_FAIL;
	ev->flags |= EVF_SESSION;
	ev_set(ev, F_SERVICE, STR("smtp"));
	client(sc, ev);
	reply = exim_message(sc);
	i = str_rfind(reply, STR(" (set_id="));
	if (i >= 0) {
		s = str_from(reply, (size_t)i + 9);
		if (s.n && s.p[s.n - 1] == ')')
			s.n--;
		reply = str_head(reply, (size_t)i);
		if (login_is_odd(s))
			ev->flags |= EVF_SECRET;
		else
			ev_set(ev, F_USER, s);
	}
	reply_codes(reply, &code, &dsn);
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
	if (reply.n)
		ev_set(ev, F_TEXT, reply);
}

/* As a client: login authenticator failed H=mx [192.0.2.9] 535 ... */
static void
client_auth_failed(struct scan *sc, struct event *ev)
{
	struct exim_host host;

	ev->kind = EV_ATTEMPT;
	exim_host(sc, &host);
	exim_set_relay(ev, &host);
	ev_set(ev, F_REPLY, exim_message(sc));
	exim_smtp_error(ev_get(ev, F_REPLY), ev);
}

bool
exim_authenticator(struct str text, struct event *ev)
{
	ptrdiff_t i = str_find(text, STR(" authenticator "));
	struct scan sc;

	if (i <= 0 || str_chr(str_head(text, (size_t)i), ' ') >= 0)
		return false;
	scan_init(&sc, str_from(text, (size_t)i + 15));
	if (scan_opt(&sc, STR("failed for ")))
		auth_failed(&sc, ev);
	else if (scan_opt(&sc, STR("failed H=")) ||
		 scan_opt(&sc, STR("cancelled authentication H=")))
		client_auth_failed(&sc, ev);
	else
		return false;
	ev_set(ev, F_METHOD, str_head(text, (size_t)i));
	return true;
}

/* Before 4.85 a host that was tried: "mx.b.example [192.0.2.9] Operation
 * timed out" */
bool
exim_old_attempt(struct str text, struct event *ev)
{
	struct scan sc;
	struct exim_host host;
	struct str msg;

	scan_init(&sc, text);
	if (!text.n || !is_alnum(text.p[0]))
		return false;
	exim_host(&sc, &host);
	if (!host.name.n || !host.ip.n || host.helo.p ||
	    str_chr(host.name, '.') < 0 || !scan_peek(&sc, STR(" ")))
		return false;
	msg = exim_message(&sc);
	if (!msg.n)
		return false;
	ev->kind = EV_ATTEMPT;
	exim_set_relay(ev, &host);
	ev_set(ev, F_REPLY, msg);
	exim_smtp_error(msg, ev);
	return true;
}
