/*
 * exim_reject.c: clients that were refused, and lines that begin with a host.
 *
 *	H=name (helo) [ip]:port [I=..] [U=..] [X=..] [F=<s>] [A=..]
 *	    [temporarily ]rejected WHAT[: TEXT]
 *	U=user F=<s> rejected ...		(a local program speaking SMTP)
 *	H=mx.b.example [192.0.2.9]: SMTP error ...	(a delivery's attempt)
 *
 * The TEXT is the log_message of the site's access list, or Exim's own.  What
 * a client typed stands in WHAT: a recipient is taken from its brackets, and
 * if there are none, up to the ": " of the text.
 *
 * A record of the reject log is the same line and then the envelope and the
 * header; where the main log's line has no recipients, subject or message id
 * (a refusal after DATA), they are taken from there.
 */
#include "parsers/exim_part.h"
#include "base/banned.h"

static const struct str at_end = STR_INIT("END-OF-MESSAGE");

/* What was refused, as printed behind "rejected ", and where that is. */
static const struct {
	struct str lead, where;
} whats[] = {
	{ STR_INIT("after DATA"), STR_INIT("END-OF-MESSAGE") },
	{ STR_INIT("during MIME ACL"), STR_INIT("END-OF-MESSAGE") },
	{ STR_INIT("DKIM"), STR_INIT("END-OF-MESSAGE") },
	{ STR_INIT("PRDR"), STR_INIT("END-OF-MESSAGE") },
	{ STR_INIT("by non-SMTP ACL"), STR_INIT("END-OF-MESSAGE") },
	{ STR_INIT("by local_scan()"), STR_INIT("END-OF-MESSAGE") },
	{ STR_INIT("by DCC"), STR_INIT("END-OF-MESSAGE") },
	{ STR_INIT("EHLO"), STR_INIT("HELO") },
	{ STR_INIT("HELO"), STR_INIT("HELO") },
	{ STR_INIT("connection"), STR_INIT("CONNECT") },
	{ STR_INIT("AUTH"), STR_INIT("AUTH") },
	{ STR_INIT("STARTTLS"), STR_INIT("STARTTLS") },
	{ STR_INIT("DATA"), STR_INIT("DATA") },
	{ STR_INIT("BDAT"), STR_INIT("DATA") },
	{ STR_INIT("PREDATA"), STR_INIT("DATA") },
	{ STR_INIT("VRFY"), STR_INIT("VRFY") },
	{ STR_INIT("EXPN"), STR_INIT("EXPN") },
	{ STR_INIT("ETRN"), STR_INIT("ETRN") },
	{ STR_INIT("ATRN"), STR_INIT("ATRN") },
	{ STR_INIT("QUIT"), STR_INIT("QUIT") },
};

static void
refused(struct event *ev, bool for_now)
{
	ev->kind = EV_REJECT;
	ev->flags |= EVF_DECIDES | EVF_SESSION;
	ev->state = for_now ? ST_TEMPFAIL : ST_REJECTED;
	ev_set(ev, F_ACTION, STR("reject"));
}

static void
set_text(struct event *ev, struct str text)
{
	struct str code, dsn;

	if (!text.n)
		return;
	ev_set(ev, F_REPLY, text);
	reply_codes(text, &code, &dsn);
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
}

/* The ": " that begins the text, or the end. */
static void
to_text(struct scan *sc)
{
	ptrdiff_t i = str_find(scan_rest(sc), STR(": "));

	if (i >= 0)
		sc->p += i;
	else if (sc->p < sc->end && sc->end[-1] == ':')
		sc->p = sc->end - 1;
	else
		sc->p = sc->end;
}

/*
 * "<a@b>", "a@b", or whatever a client gave as one; the cursor is left on the
 * ": " behind it.
 */
static struct str
argument(struct scan *sc)
{
	struct str arg = STR_NONE;
	const char *from;

	scan_opt(sc, STR(" "));
	scan_opt(sc, STR("FROM:"));
	scan_opt(sc, STR("TO:"));
	from = sc->p;
	if (!exim_angle(sc, &arg)) {
		const char *q = from;

		while (q < sc->end && *q != ' ' &&
		       (*q != ':' || (q + 1 < sc->end && q[1] != ' ')))
			q++;
		arg = str_make(from, (size_t)(q - from));
		sc->p = q;
	}
	return arg;
}

bool
exim_rejected(struct scan *sc, struct event *ev)
{
	bool for_now = scan_opt(sc, STR("temporarily "));
	struct str rest;

	if (!scan_opt(sc, STR("rejected")))
		return false;
	refused(ev, for_now);
	scan_opt(sc, STR(" "));
	rest = scan_rest(sc);
	if (scan_opt(sc, STR("RCPT"))) {
		ev_set(ev, F_WHERE, STR("RCPT"));
		ev_set(ev, F_TO, argument(sc));
	} else if (scan_opt(sc, STR("MAIL"))) {
		ev_set(ev, F_WHERE, STR("MAIL"));
		if (scan_peek(sc, STR(" <")) || scan_peek(sc, STR(" FROM:")))
			ev_set(ev, F_FROM, argument(sc));
	} else if (sc->p < sc->end && *sc->p == '"') {
		/* the command itself, as typed: "AUTH PLAIN AGE..." */
		struct str typed = str_from(rest, 1);

		ev_set(ev, F_WHERE, STR("COMMAND"));
		if (str_startsi(typed, STR("AUTH")))
			ev_set(ev, F_WHERE, STR("AUTH"));
		if (exim_secret(typed))
			ev->flags |= EVF_SECRET;
	} else {
		for (size_t i = 0; i < sizeof(whats) / sizeof(*whats); i++)
			if (str_starts(rest, whats[i].lead)) {
				ev_set(ev, F_WHERE, whats[i].where);
				break;
			}
	}
	to_text(sc);
	set_text(ev, exim_message(sc));
	return true;
}

/* "RCPT <a@b>: discarded by RCPT ACL[: TEXT]" : taken and thrown away. */
static bool
discarded(struct scan *sc, struct event *ev)
{
	struct str to, rest = scan_rest(sc);

	if (!str_starts(rest, STR("RCPT ")) ||
	    str_find(rest, STR(": discarded by ")) < 0)
		return false;
	scan_opt(sc, STR("RCPT"));
	to = argument(sc);
	ev->kind = EV_REJECT;
	ev->flags |= EVF_DECIDES | EVF_SESSION;
	ev->state = ST_DISCARDED;
	ev_set(ev, F_ACTION, STR("discard"));
	ev_set(ev, F_WHERE, STR("RCPT"));
	ev_set(ev, F_TO, to);
	exim_message(sc);
	scan_opt(sc, STR("discarded by"));
	to_text(sc);
	set_text(ev, exim_message(sc));
	return true;
}

/* "sender verify fail for <s>: TEXT": the refusal itself comes next. */
static bool
sender_verify(struct scan *sc, struct event *ev)
{
	struct str addr;

	if (!scan_opt(sc, STR("sender verify ")))
		return false;
	ev->kind = EV_POLICY;
	ev->state = scan_peek(sc, STR("defer")) ? ST_TEMPFAIL : ST_FAIL;
	ev->flags |= EVF_SESSION;
	ev_set(ev, F_ACTION, STR("sender-verify"));
	if (sc->p < sc->end)
		scan_until(sc, '<');
	sc->err = false;
	if (exim_angle(sc, &addr))
		ev_set(ev, F_FROM, addr);
	ev_set(ev, F_TEXT, exim_message(sc));
	return true;
}

/* "incomplete transaction (RSET) from <s> for r1 r2" */
static bool
incomplete(struct scan *sc, struct event *ev)
{
	struct str s;

	if (!scan_opt(sc, STR("incomplete transaction")))
		return false;
	ev->kind = EV_LOST;
	ev->flags |= EVF_SESSION;
	ev_set(ev, F_ACTION, STR("incomplete transaction"));
	if (scan_opt(sc, STR(" ("))) {
		s = scan_until(sc, ')');
		if (!sc->err)
			ev_set(ev, F_WHERE, s);
		sc->err = false;
		scan_opt(sc, STR(")"));
	}
	if (scan_opt(sc, STR(" from ")) && exim_angle(sc, &s))
		ev_set(ev, F_FROM, s);
	if (scan_opt(sc, STR(" for ")))
		ev_set(ev, F_RCPTS, str_trim(scan_rest(sc)));
	return true;
}

/* What a line with the host of a client says; false: none of these. */
static bool
client_line(struct scan *sc, struct event *ev)
{
	if (exim_rejected(sc, ev) || discarded(sc, ev) ||
	    sender_verify(sc, ev) || incomplete(sc, ev))
		return true;
	if (scan_opt(sc, STR("Warning: ")) || scan_opt(sc, STR("Warning:"))) {
		ev->kind = EV_NOTE;
		ev->flags |= EVF_SESSION;
		ev_set(ev, F_ACTION, STR("warning"));
		ev_set(ev, F_TEXT, scan_rest(sc));
		return true;
	}
	if (scan_peek(sc, STR("dropped by "))) {
		refused(ev, false);
		ev_set(ev, F_ACTION, STR("drop"));
		ev_set(ev, F_WHERE, STR("CONNECT"));
		to_text(sc);
		set_text(ev, exim_message(sc));
		return true;
	}
	return false;
}

/*
 * Behind the host of a delivery: "Connection refused", ": SMTP error from
 * remote mail server after ...", "TLS error on connection (recv): ...".
 */
static enum parse_result
attempt(struct scan *sc, struct event *ev, const struct exim_host *h)
{
	struct str msg = exim_message(sc);

	if (!msg.n)
		return PARSE_UNKNOWN;
	exim_set_relay(ev, h);
	if (str_starts(msg, STR("TLS ")) || str_starts(msg, STR("DANE "))) {
		/* the deferral has its own words if it comes to that */
		ev->kind = EV_TLS;
		ev_set(ev, F_TEXT, msg);
		return PARSE_EVENT;
	}
	ev->kind = EV_ATTEMPT;
	ev_set(ev, F_REPLY, msg);
	exim_smtp_error(msg, ev);
	return PARSE_EVENT;
}

static void
client_item(struct event *ev, const struct item *it)
{
	struct str s = it->val;

	if (it->key.n != 1)
		return;
	switch (it->key.p[0]) {
	case 'F': /* ancient releases print it without brackets */
		if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
			s = str_make(s.p + 1, s.n - 2);
		ev_set(ev, F_FROM, s);
		break;
	case 'A':
		exim_set_auth(ev, s);
		break;
	case 'X':
		ev_set(ev, F_TLS, s);
		break;
	case 'P':
		ev_set(ev, F_PROTO, s);
		break;
	case 'I':
		ev_set(ev, F_LOCAL_IP, exim_ip(s));
		break;
	default:
		break;
	}
}

/* The value of a header line of a reject record: "F From: x" */
static struct str
header(struct str lines, struct str name)
{
	while (lines.p) {
		struct str line = str_split(&lines, '\n');

		if (line.n > 2 + name.n && line.p[1] == ' ' &&
		    str_startsi(str_from(line, 2), name))
			return str_trim(str_from(line, 2 + name.n));
	}
	return STR_NONE;
}

/* Envelope and header behind the first line of a reject record. */
void
exim_reject_record(struct str lines, struct event *ev)
{
	struct str s = lines, list = STR_NONE;
	ptrdiff_t i = str_find(lines, STR("Envelope-to: <"));

	if (i >= 0 && (i == 0 || lines.p[i - 1] == '\n')) {
		s = str_from(lines, (size_t)i + 13);
		list.p = s.p;
		do {
			struct str line = str_split(&s, '\n');

			if (line.n && line.p[line.n - 1] != '>')
				break; /* "    ...": there were more */
			list.n = (size_t)(line.p + line.n - list.p);
		} while (s.p && str_starts(s, STR("    <")));
		if (list.n)
			ev_set(ev, F_RCPTS, list);
	}
	s = header(lines, STR("Subject:"));
	if (s.n)
		ev_set(ev, F_SUBJECT, s);
	s = header(lines, STR("Message-Id:"));
	if (s.n)
		ev_set(ev, F_MSGID, s);
}

enum parse_result
exim_host_line(struct scan *sc, struct event *ev)
{
	struct exim_host host = { 0 };
	bool has_host = false, more = false;
	struct str tail = scan_rest(sc), ident = STR_NONE;
	struct str first = str_split(&tail, '\n');
	struct item it;

	sc->end = first.p + first.n;
	for (;;) {
		if (scan_opt(sc, STR("H="))) {
			exim_host(sc, &host);
			has_host = true;
		} else if (!exim_item(sc, &it)) {
			break;
		} else if (it.key.n) {
			if (it.key.n == 1 && it.key.p[0] == 'U')
				ident = it.val;
			client_item(ev, &it);
			more = true;
		} else if (!exim_is_mark(it.val)) {
			sc->p = it.val.p;
			if (!client_line(sc, ev))
				break;
			if (has_host)
				exim_set_client(ev, &host);
			else if (ident.n)
				ev_set(ev, F_UID, ident);
			if (ev->kind == EV_REJECT && ev->qid.n) {
				if (str_eq(ev_get(ev, F_WHERE), at_end))
					ev->flags |= EVF_END;
				exim_reject_record(tail, ev);
			}
			return PARSE_EVENT;
		}
		scan_opt(sc, STR(" "));
	}
	if (!has_host)
		return PARSE_UNKNOWN;
	sc->end = tail.p ? tail.p + tail.n : sc->end;
	if (ev->qid.n && !more)
		return attempt(sc, ev, &host);
	/* an access list's own words about this client */
	ev->kind = EV_NOTE;
	ev->flags |= EVF_SESSION;
	exim_set_client(ev, &host);
	ev_set(ev, F_TEXT, exim_message(sc));
	return PARSE_EVENT;
}
