/*
 * postfix_smtpd.c: the server side of SMTP: sessions, arrivals, refusals,
 * logins that failed, limits that were hit.  qmqpd prints the same lines.
 *
 * A session's lines have no id of their own; they belong together by process
 * id and order (index/assemble.c).
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

/*
 * connect from h.example[192.0.2.4]
 * disconnect from h.example[192.0.2.4] ehlo=1 mail=1 rcpt=0/1 commands=2/3
 * Printed by smtpd_proto()'s caller in Postfix src/smtpd/smtpd.c.
 */
static enum parse_result
session(struct scan *sc, struct event *ev, enum ev_kind kind)
{
	struct peer peer;

	if (!postfix_peer(sc, &peer))
		return PARSE_UNKNOWN;
	ev->kind = kind;
	ev->flags |= EVF_SESSION;
	postfix_set_client(ev, &peer);
	if (kind == EV_DISCONNECT && scan_opt(sc, STR(" ")))
		ev_set(ev, F_TEXT, scan_rest(sc));
	return PARSE_EVENT;
}

/* The value up to the next of the keys that may follow, or the end. */
static struct str
login_value(struct scan *sc)
{
	static const struct str next[] = {
		STR_INIT(", sasl_"),
		STR_INIT(", orig_"),
	};
	const char *from = sc->p, *q = from;

	while ((q = memchr(q, ',', (size_t)(sc->end - q)))) {
		struct str rest = str_make(q, (size_t)(sc->end - q));

		if (str_starts(rest, next[0]) || str_starts(rest, next[1])) {
			sc->p = q;
			return str_make(from, (size_t)(q - from));
		}
		q++;
	}
	sc->p = sc->end;
	return str_make(from, (size_t)(sc->end - from));
}

/*
 * 4F1: client=h[192.0.2.4], sasl_method=PLAIN, sasl_username=bob
 * 4F1: client=localhost[127.0.0.1], orig_queue_id=3E2, orig_client=h[IP]
 * NOQUEUE: client=h[192.0.2.4]
 * Printed by mail_open_stream() in Postfix src/smtpd/smtpd.c; the last form
 * by smtpd_proxy_create()'s caller: a filter comes before the queue.
 */
static enum parse_result
client(const struct lead *lead, struct scan *sc, struct event *ev)
{
	struct peer peer, orig;

	if (!postfix_peer(sc, &peer))
		return PARSE_UNKNOWN;
	postfix_set_client(ev, &peer);
	ev->flags |= EVF_CANON;
	if (scan_opt(sc, STR(", sasl_method=")))
		ev_set(ev, F_METHOD, login_value(sc));
	if (scan_opt(sc, STR(", sasl_username=")))
		ev_set(ev, F_USER, login_value(sc));
	if (scan_opt(sc, STR(", sasl_sender="))) {
		ev_set(ev, F_TEXT, login_value(sc));
		ev->flags &= ~(unsigned)EVF_CANON;
	}
	if (scan_opt(sc, STR(", orig_queue_id=")))
		ev_set(ev, F_QID2, login_value(sc));
	if (scan_opt(sc, STR(", orig_client="))) {
		if (!postfix_peer(sc, &orig))
			return PARSE_UNKNOWN;
		ev_set(ev, F_ORIG_NAME, orig.name);
		ev_set(ev, F_ORIG_IP, orig.ip);
		if (orig.port.p)
			ev->flags &= ~(unsigned)EVF_CANON;
	}
	if (!scan_done(sc)) /* a key of a later version */
		ev->flags &= ~(unsigned)EVF_CANON;
	if (lead->kind == LEAD_QID) {
		ev->kind = EV_ARRIVE;
		ev->flags |= EVF_START;
	} else {
		ev->kind = EV_NOTE;
		ev->flags = EVF_SESSION;
		ev_set(ev, F_ACTION, STR("proxy-client"));
	}
	return PARSE_EVENT;
}

/*
 * lost connection after DATA (7774 bytes) from h[192.0.2.4]
 * NOQUEUE: timeout after RCPT from h[192.0.2.4]
 * Printed by smtpd_proto() in Postfix src/smtpd/smtpd.c, with an id since
 * 3.10.
 */
static enum parse_result
lost(const struct lead *lead, struct scan *sc, struct event *ev)
{
	struct str reason, where, size = STR_NONE;
	struct peer peer;
	ptrdiff_t i;

	reason = scan_until_lit(sc, STR(" after "));
	if (sc->err || reason.n > 40)
		return PARSE_UNKNOWN;
	sc->p += 7;
	where = scan_until_lit(sc, STR(" from "));
	if (sc->err || where.n > 60)
		return PARSE_UNKNOWN;
	sc->p += 6;
	if (!postfix_peer(sc, &peer))
		return PARSE_UNKNOWN;
	if (str_ends(where, STR(" bytes)")) &&
	    (i = str_find(where, STR(" ("))) > 0) {
		size = str_make(where.p + i + 2, where.n - (size_t)i - 9);
		where = str_head(where, (size_t)i);
	}
	ev->kind = EV_LOST;
	ev->flags |= EVF_SESSION | EVF_DECIDES;
	ev_set(ev, F_ACTION, reason);
	ev_set(ev, F_WHERE, where);
	if (size.p)
		ev_set(ev, F_SIZE, size);
	postfix_set_client(ev, &peer);
	if (scan_done(sc) && lead->sev == SEV_INFO) {
		ev->flags |= EVF_CANON;
		if (lead->kind == LEAD_QID)
			ev_set(ev, F_EXTRA, STR(""));
		else if (lead->kind == LEAD_NOQUEUE)
			ev_set(ev, F_EXTRA, STR("NOQUEUE"));
	}
	return PARSE_EVENT;
}

/*
 * SSL_accept error from h[192.0.2.4]: lost connection
 * Printed by tls_server_start() in Postfix src/tls/tls_server.c.
 */
static enum parse_result
tls_failed(struct scan *sc, struct event *ev)
{
	struct peer peer;

	if (!postfix_peer(sc, &peer))
		return PARSE_UNKNOWN;
	ev->kind = EV_LOST;
	ev->flags |= EVF_SESSION | EVF_DECIDES;
	ev_set(ev, F_ACTION, STR("SSL_accept error"));
	ev_set(ev, F_WHERE, STR("STARTTLS"));
	postfix_set_client(ev, &peer);
	if (scan_opt(sc, STR(": ")))
		ev_set(ev, F_TEXT, scan_rest(sc));
	return PARSE_EVENT;
}

/*
 * proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 4F2; from=<a> to=<b>
 * proxy-reject: END-OF-MESSAGE: 554 5.7.1 Spam; from=<a> to=<b> proto=ESMTP
 * Printed by log_whatsup()'s like in Postfix src/smtpd/smtpd.c: what a filter
 * before the queue answered.  There is no id and no client.
 */
static enum parse_result
proxy(struct scan *sc, struct event *ev)
{
	struct str action = scan_until(sc, ':'), where, text, id, code, dsn;
	struct postfix_tail tail;
	ptrdiff_t i;

	scan_lit(sc, STR(": "));
	where = scan_until(sc, ':');
	scan_lit(sc, STR(":"));
	scan_opt(sc, STR(" "));
	if (sc->err)
		return PARSE_UNKNOWN;
	text = scan_rest(sc);
	if ((i = str_rfind(text, STR("; from=<"))) < 0 ||
	    !postfix_tail(str_from(text, (size_t)i + 1), false, &tail))
		return PARSE_UNKNOWN;
	text = str_head(text, (size_t)i);
	ev_set(ev, F_ACTION, action);
	ev_set(ev, F_WHERE, where);
	ev_set(ev, F_REPLY, text);
	postfix_tail_set(&tail, ev);
	reply_codes(text, &code, &dsn);
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
	ev->flags |= EVF_DECIDES;
	if (str_eq(action, STR("proxy-accept"))) {
		ev->kind = EV_NOTE;
		ev->state = ST_PASSED;
		id = reply_next_id(text);
		if (id.n)
			ev_set(ev, F_QID2, id);
		return PARSE_EVENT;
	}
	ev->kind = EV_REJECT; /* without an answer the client is told 451 */
	ev->state = code.n && code.p[0] == '5' ? ST_REJECTED : ST_TEMPFAIL;
	return PARSE_EVENT;
}

/* The service of a tag: postfix/submission/smtpd; without one it is smtp. */
static struct str
service(struct str tag)
{
	struct str rest = tag, part = STR_NONE;

	while (rest.p) {
		part = str_split(&rest, '/');
		if (rest.p && (str_starts(part, STR("submission")) ||
				  str_starts(part, STR("smtps"))))
			return part;
	}
	return STR("smtp");
}

/*
 * warning: h[192.0.2.4]: SASL LOGIN authentication failed: TEXT, sasl_usern...
 * warning: h[192.0.2.4]: SASL PLAIN authentication aborted
 * Printed by smtpd_sasl_authenticate() in Postfix src/smtpd/smtpd_sasl_glue.c;
 * the name tried since 3.9 (and where a distributor brought it back).
 */
static enum parse_result
auth_failed(const struct line *ln, struct scan *sc, struct event *ev)
{
	struct peer peer;
	struct str text;
	ptrdiff_t i;

	if (!postfix_peer(sc, &peer) || !scan_opt(sc, STR(": SASL ")))
		return PARSE_UNKNOWN;
	ev->kind = EV_AUTH;
	ev->state = ST_FAIL;
	ev->flags |= EVF_SESSION;
	postfix_set_client(ev, &peer);
	ev_set(ev, F_SERVICE, service(ln->tag));
	ev_set(ev, F_METHOD, scan_until_lit(sc, STR(" authentication ")));
	if (sc->err)
		return PARSE_UNKNOWN;
	text = str_from(scan_rest(sc), 1);
	if (!str_starts(text, STR("authentication failed:"))) {
		ev_set(ev, F_TEXT, text); /* aborted */
		return PARSE_EVENT;
	}
	text = str_from(text, 22);
	if (text.n && text.p[0] == ' ') {
		text = str_from(text, 1);
		ev->flags |= EVF_CANON;
	}
	i = str_rfind(text, STR(", sasl_username="));
	if (i >= 0) {
		ev_set(ev, F_USER, str_from(text, (size_t)i + 16));
		text = str_head(text, (size_t)i);
	}
	ev_set(ev, F_TEXT, text);
	return PARSE_EVENT;
}

/*
 * warning: Connection rate limit exceeded: 31 from h[192.0.2.4] for service
 * smtpd
 * Printed from Postfix src/smtpd/smtpd.c; the client got a 4xx each time.
 */
static enum parse_result
limit(struct scan *sc, struct event *ev)
{
	static const struct {
		struct str about, where;
	} kinds[] = {
		{ STR_INIT("Connection concurrency limit"),
		    STR_INIT("CONNECT") },
		{ STR_INIT("Connection rate limit"), STR_INIT("CONNECT") },
		{ STR_INIT("Message delivery request rate limit"),
		    STR_INIT("MAIL") },
		{ STR_INIT("Recipient address rate limit"), STR_INIT("RCPT") },
		{ STR_INIT("New TLS session rate limit"),
		    STR_INIT("STARTTLS") },
		{ STR_INIT("AUTH command rate limit"), STR_INIT("AUTH") },
	};
	const char *from = sc->p;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct peer peer;
		struct str text;

		if (!scan_opt(sc, kinds[i].about))
			continue;
		scan_lit(sc, STR(" exceeded: "));
		scan_digits(sc);
		text = str_make(from, (size_t)(sc->p - from));
		scan_lit(sc, STR(" from "));
		if (sc->err || !postfix_peer(sc, &peer))
			return PARSE_UNKNOWN;
		ev->kind = EV_REJECT;
		ev->state = ST_TEMPFAIL;
		ev->flags |= EVF_DECIDES;
		ev_set(ev, F_ACTION, STR("limit"));
		ev_set(ev, F_WHERE, kinds[i].where);
		ev_set(ev, F_REPLY, text);
		postfix_set_client(ev, &peer);
		if (scan_opt(sc, STR(" for service ")))
			ev_set(ev, F_SERVICE, scan_rest(sc));
		return PARSE_EVENT;
	}
	return PARSE_FOREIGN;
}

/*
 * warning: Illegal address syntax from h[192.0.2.4] in MAIL command: <a b>
 * Printed by mail_cmd(), rcpt_cmd() in Postfix src/smtpd/smtpd.c; the client
 * got 501 5.1.7 or 5.1.3.
 */
static enum parse_result
bad_syntax(struct scan *sc, struct event *ev)
{
	struct peer peer;
	struct str where, addr;

	if (!postfix_peer(sc, &peer))
		return PARSE_UNKNOWN;
	scan_lit(sc, STR(" in "));
	where = scan_until_lit(sc, STR(" command: "));
	if (sc->err)
		return PARSE_UNKNOWN;
	sc->p += 10;
	addr = scan_rest(sc);
	ev->kind = EV_REJECT;
	ev->state = ST_REJECTED;
	ev->flags |= EVF_DECIDES;
	ev_set(ev, F_ACTION, STR("reject"));
	ev_set(ev, F_WHERE, where);
	ev_set(ev, F_REPLY, STR("Illegal address syntax"));
	ev_set(ev, F_TEXT, addr);
	postfix_set_client(ev, &peer);
	if (addr.n > 1 && addr.p[0] == '<' && addr.p[addr.n - 1] == '>')
		addr = str_make(addr.p + 1, addr.n - 2);
	ev_set(ev, str_eq(where, STR("RCPT")) ? F_TO : F_FROM, addr);
	return PARSE_EVENT;
}

/*
 * warning: 4F1: queue file size limit exceeded
 * Printed from Postfix src/smtpd/smtpd.c: more than message_size_limit came
 * in; the client got 552 5.3.4 and the message is gone.
 */
static enum parse_result
too_big(const struct lead *lead, struct scan *sc, struct event *ev)
{
	ev->kind = EV_REJECT;
	ev->state = ST_REJECTED;
	ev->flags |= EVF_DECIDES | (lead->kind == LEAD_QID ? EVF_END : 0);
	ev_set(ev, F_ACTION, STR("reject"));
	ev_set(ev, F_WHERE, STR("DATA"));
	ev_set(ev, F_REPLY, scan_rest(sc));
	return PARSE_EVENT;
}

static enum parse_result
warning(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	struct scan at = *sc;
	enum parse_result rc;

	if (lead->sev != SEV_WARNING)
		return postfix_trouble(lead, sc, ev);
	if (rest_is(sc, STR("queue file size limit exceeded")))
		return too_big(lead, sc, ev);
	if (lead->kind == LEAD_NONE) {
		if (scan_opt(sc, STR("Illegal address syntax from ")))
			return bad_syntax(sc, ev);
		rc = limit(sc, ev);
		if (rc != PARSE_FOREIGN)
			return rc;
		if (str_find(scan_rest(&at), STR("]: SASL ")) >= 0 &&
		    auth_failed(ln, sc, ev) == PARSE_EVENT)
			return PARSE_EVENT;
		ev->mask = 0;
		ev->flags = 0;
		ev->state = ST_NONE;
	}
	return postfix_trouble(lead, &at, ev);
}

/* reject: ETRN dom... from h[192.0.2.4] (etrn_cmd() in src/smtpd/smtpd.c) */
static enum parse_result
etrn(struct scan *sc, struct event *ev)
{
	struct peer peer;

	scan_until_lit(sc, STR("... from "));
	if (sc->err)
		return PARSE_UNKNOWN;
	sc->p += 9;
	if (!postfix_peer(sc, &peer))
		return PARSE_UNKNOWN;
	ev->kind = EV_REJECT;
	ev->state = ST_REJECTED;
	ev->flags |= EVF_DECIDES;
	ev_set(ev, F_ACTION, STR("reject"));
	ev_set(ev, F_WHERE, STR("ETRN"));
	postfix_set_client(ev, &peer);
	return PARSE_EVENT;
}

static bool
ended_early(const struct scan *sc)
{
	return scan_peek(sc, STR("lost connection after ")) ||
	       scan_peek(sc, STR("timeout after ")) ||
	       scan_peek(sc, STR("too many errors after ")) ||
	       scan_peek(sc, STR("bare <LF> received after "));
}

enum parse_result
postfix_smtpd(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	if (lead->sev != SEV_INFO)
		return warning(ln, lead, sc, ev);
	if (lead->kind != LEAD_NONE) {
		if (scan_opt(sc, STR("client=")))
			return client(lead, sc, ev);
		if (ended_early(sc))
			return lost(lead, sc, ev);
		if (scan_peek(sc, STR("replacing command ")))
			return PARSE_IGNORED;
		return postfix_reject(ln, lead, sc, ev);
	}
	if (scan_opt(sc, STR("connect from ")))
		return session(sc, ev, EV_CONNECT);
	if (scan_opt(sc, STR("disconnect from ")))
		return session(sc, ev, EV_DISCONNECT);
	if (postfix_tls(sc, ev) == PARSE_EVENT)
		return PARSE_EVENT;
	if (ended_early(sc))
		return lost(lead, sc, ev);
	if (scan_opt(sc, STR("SSL_accept error from ")))
		return tls_failed(sc, ev);
	if (scan_peek(sc, STR("proxy-accept: ")) ||
	    scan_peek(sc, STR("proxy-reject: ")))
		return proxy(sc, ev);
	if (scan_opt(sc, STR("reject: ETRN ")))
		return etrn(sc, ev);
	/* may hold what was typed as a password: not kept */
	if (scan_peek(sc, STR("improper command pipelining after ")))
		return PARSE_IGNORED;
	return postfix_common(ln, sc, ev);
}
