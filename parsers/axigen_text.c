/*
 * axigen_text.c: the texts that make up most of an Axigen log, all of them
 * seen in real lines: arrivals, the states of a recipient, sessions, the SMTP
 * dialogue.  They are read here for speed, and because a client writes into
 * some of them what a pattern could be fooled with.
 *
 * Of a dialogue only the envelope and refusals are kept.  What a client types
 * besides may be a password and is never kept, nor counted as unknown.
 */
#include "parsers/axigen_part.h"
#include "parsers/login.h"
#include "base/banned.h"

/*
 * New mail <ID> received from EHLO (192.0.2.1) with envelope from <a@b>,
 *   recipients=2 (c@d e@f), size=2210, enqueued with id 2C2605
 * Read from both ends.  EHLO, ID and addresses are the client's: where it is
 * not plain which of two readings is right, neither is believed.
 */
static enum parse_result
arrival(const struct prefix *px, struct event *ev)
{
	static const struct str mid = STR_INIT(") with envelope from <");
	static const struct str list = STR_INIT(">, recipients=");
	static const struct str sent = STR_INIT("> received from ");
	struct str s = str_from(px->text, 9), tail, rest, addr;
	ptrdiff_t i, j;
	uint64_t nrcpt, n = 0;

	i = str_rfind(s, STR(", enqueued with id "));
	if (i < 0)
		return PARSE_UNKNOWN;
	ev->qid = axigen_id(str_trim(str_from(s, (size_t)i + 19)));
	if (!ev->qid.n || str_chr(ev->qid, ' ') >= 0)
		return PARSE_UNKNOWN;
	s = str_head(s, (size_t)i);
	ev->kind = EV_ARRIVE;
	ev->flags |= EVF_START;
	ev_set(ev, F_SESSION, px->session);
	i = str_rfind(s, STR(", size="));
	if (i >= 0) {
		ev_set(ev, F_SIZE, str_from(s, (size_t)i + 7));
		s = str_head(s, (size_t)i);
	}
	i = str_rfind(s, list);
	if (i >= 0) {
		tail = str_from(s, (size_t)i + list.n);
		s = str_head(s, (size_t)i);
		rest = tail;
		addr = str_split(&rest, ' ');
		ev_set(ev, F_NRCPT, addr);
		if (rest.n > 2 && rest.p[0] == '(' &&
		    rest.p[rest.n - 1] == ')') {
			struct str all = str_make(rest.p + 1, rest.n - 2);

			for (rest = all; rcpts_next(&rest, &addr);)
				n++;
			/* fewer than told: a long list was cut */
			if (str_u64(ev_get(ev, F_NRCPT), &nrcpt) && n <= nrcpt)
				ev_set(ev, F_RCPTS, all);
			else
				ev_set(ev, F_TEXT, all);
		}
	}
	j = str_find(s, mid);
	if (j >= 0 && j == str_rfind(s, mid)) {
		ev_set(ev, F_FROM, str_from(s, (size_t)j + mid.n));
		tail = str_head(s, (size_t)j);
		i = str_rfind(tail, STR(" ("));
		if (i >= 0) {
			ev_set(ev, F_CLIENT_IP, str_from(tail, (size_t)i + 2));
			s = str_head(tail, (size_t)i);
		}
	}
	i = str_find(s, sent);
	if (i >= 0 && s.n && s.p[0] == '<') {
		ev_set(ev, F_MSGID, str_head(s, (size_t)i + 1));
		s = str_from(s, (size_t)i + sent.n);
		if (ev_has(ev, F_CLIENT_IP) && str_find(s, sent) < 0)
			ev_set(ev, F_HELO, s);
	}
	return PARSE_EVENT;
}

/*
 * Set recipient <a@b> state to PROCESSED - LOCAL
 * SENT is "handed to its destination", which may be the local mailbox: it
 * decides nothing alone, and is a note with a state.
 */
static enum parse_result
recipient_state(const struct prefix *px, struct event *ev)
{
	static const struct str mid = STR_INIT("> state to ");
	struct str s = str_from(px->text, 15), state;
	ptrdiff_t i = str_rfind(s, mid);

	if (i < 0)
		return str_find(s, STR("> data version to ")) >= 0 ?
			   PARSE_IGNORED :
			   PARSE_FOREIGN;
	state = str_from(s, (size_t)i + mid.n);
	if (str_eq(state, STR("PROCESSING")))
		return PARSE_IGNORED;
	if (str_eq(state, STR("SENT")))
		ev->state = ST_SENT;
	else if (!str_eq(state, STR("RECEIVED")) &&
		 !str_eq(state, STR("PROCESSED - LOCAL")))
		return PARSE_FOREIGN; /* the table's */
	ev->kind = EV_NOTE;
	axigen_set_id(px, true, ev);
	ev_set(ev, F_TO, str_head(s, (size_t)i));
	ev_set(ev, F_STATUS, state);
	return PARSE_EVENT;
}

/* Mail delivered to mailbox 'INBOX' of <a@b> with id 6 */
static enum parse_result
delivered(const struct prefix *px, struct event *ev)
{
	struct str s = str_from(px->text, 27);
	ptrdiff_t i = str_rfind(s, STR("> with id ")), j;

	if (i < 0)
		return PARSE_UNKNOWN;
	j = str_find(str_head(s, (size_t)i), STR("' of <"));
	if (j < 0)
		return PARSE_UNKNOWN;
	ev->kind = EV_STORED;
	ev->state = ST_SENT;
	ev->flags |= EVF_DECIDES;
	axigen_set_id(px, true, ev);
	ev_set(ev, F_FOLDER, str_head(s, (size_t)j));
	ev_set(ev, F_TO, str_make(s.p + j + 6, (size_t)(i - j - 6)));
	ev_set(ev, F_TEXT, str_from(s, (size_t)i + 2));
	return PARSE_EVENT;
}

/* "192.0.2.1:25", the last ':' parting the port */
static struct str
address(struct str s, struct str *port)
{
	ptrdiff_t i = str_rchr(s, ':');

	*port = STR_NONE;
	if (i > 0) {
		*port = str_from(s, (size_t)i + 1);
		s.n = (size_t)i;
	}
	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = str_make(s.p + 1, s.n - 2);
	return s;
}

static void
set_client(struct event *ev, struct str s)
{
	struct str port;

	if (s.n && s.p[0] == '[')
		s = str_from(s, 1);
	if (s.n && s.p[s.n - 1] == ']')
		s.n--;
	ev_set(ev, F_CLIENT_IP, address(s, &port));
	if (port.p)
		ev_set(ev, F_CLIENT_PORT, port);
}

/* [198.51.100.1:25] connection accepted from [192.0.2.1:58047] */
static enum parse_result
connection(const struct prefix *px, struct event *ev)
{
	static const struct str mid = STR_INIT("] connection accepted from ");
	ptrdiff_t i = str_find(px->text, mid);
	struct str port;

	if (i < 1)
		return PARSE_FOREIGN;
	ev->kind = EV_CONNECT;
	ev->flags |= EVF_SESSION;
	axigen_set_id(px, false, ev);
	ev_set(ev, F_LOCAL_IP,
	    address(str_make(px->text.p + 1, (size_t)i - 1), &port));
	ev_set(ev, F_SERVICE, axigen_login_service(px->service));
	set_client(ev, str_from(px->text, (size_t)i + mid.n));
	return PARSE_EVENT;
}

/* closing session from [192.0.2.1:58047] */
static enum parse_result
closing(const struct prefix *px, size_t n, struct event *ev)
{
	ev->kind = EV_DISCONNECT;
	ev->flags |= EVF_SESSION;
	axigen_set_id(px, false, ev);
	set_client(ev, str_from(px->text, n));
	return PARSE_EVENT;
}

/* ---- the dialogue ---- */

/* "a@b" of " <a@b> SIZE=1", " a@b", ":a@b"; STR_NONE when there is none */
static struct str
envelope(struct str s)
{
	ptrdiff_t i;

	while (s.n && (s.p[0] == ' ' || s.p[0] == ':'))
		s = str_from(s, 1);
	if (s.n && s.p[0] == '<') {
		struct str addr, rest = s;

		/* "<>" too */
		return rcpts_next(&rest, &addr) ? addr : STR_NONE;
	}
	i = str_chr(s, ' ');
	return i >= 0 ? str_head(s, (size_t)i) : s;
}

/* Commands that matter for the order of the replies. */
static struct str
other_command(struct str s)
{
	if (str_eqi(str_trim(s), STR("DATA")))
		return STR("DATA");
	if (str_ends(s, STR(" bytes and final dot read")) ||
	    str_eq(s, STR(".")))
		return STR("dot");
	if (str_startsi(s, STR("RSET")))
		return STR("RSET");
	return STR("command");
}

static enum parse_result
command(const struct prefix *px, struct str s, struct event *ev)
{
	struct str addr = STR_NONE;
	enum field f = F_TEXT;

	if (str_startsi(s, STR("MAIL FROM"))) {
		f = F_FROM;
		addr = envelope(str_from(s, 9));
		ev_set(ev, F_ACTION, STR("MAIL"));
	} else if (str_startsi(s, STR("RCPT TO"))) {
		f = F_TO;
		addr = envelope(str_from(s, 7));
		ev_set(ev, F_ACTION, STR("RCPT"));
	} else if (str_startsi(s, STR("EHLO ")) ||
		   str_startsi(s, STR("HELO "))) {
		f = F_HELO;
		addr = str_trim(str_from(s, 5));
		ev_set(ev, F_ACTION, STR("EHLO"));
	} else {
		/* it has a reply; itself it may be a password */
		ev_set(ev, F_ACTION, other_command(s));
		ev->flags |= EVF_SECRET;
	}
	ev->kind = EV_NOTE;
	ev->flags |= EVF_SESSION;
	axigen_set_id(px, false, ev);
	if (addr.p)
		ev_set(ev, f, addr);
	return PARSE_EVENT;
}

/* What a server said: ours to a client, or a remote one to us. */
static enum parse_result
reply(const struct prefix *px, struct str s, bool ours, struct event *ev)
{
	bool bad, more = s.n > 3 && s.p[3] == '-';
	struct str code, dsn, id;

	reply_codes(s, &code, &dsn);
	if (!code.n)
		return PARSE_IGNORED;
	bad = code.p[0] >= '4';
	id = ours || bad ? STR_NONE : reply_next_id(s);
	if (more)
		return PARSE_IGNORED;
	ev->flags |= EVF_SESSION;
	axigen_set_id(px, false, ev);
	/* yes; unknown commands; logins, which have lines of their own */
	if ((!bad && ours) || (ours && (str_starts(code, STR("50")) ||
					   str_eq(code, STR("535"))))) {
		ev->kind = EV_NOTE;
		ev_set(ev, F_ACTION, STR("reply"));
		return PARSE_EVENT;
	}
	ev_set(ev, F_REPLY, s);
	ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
	if (ours) {
		ev->kind = EV_REJECT;
		ev->flags |= EVF_DECIDES;
		ev->state = code.p[0] == '4' ? ST_TEMPFAIL : ST_REJECTED;
		ev_set(ev, F_ACTION, STR("reject"));
	} else if (bad) {
		ev->kind = EV_DELIVERY;
		ev->flags |= EVF_DECIDES;
		ev->state = code.p[0] == '4' ? ST_DEFERRED : ST_BOUNCED;
	} else {
		ev->kind = EV_NOTE;
		ev_set(ev, F_ACTION, STR("reply"));
		if (id.n) {
			ev->state = ST_SENT;
			ev_set(ev, F_QID2, id);
		}
	}
	return PARSE_EVENT;
}

/* ">> " is what Axigen sent, "<< " what it got. */
static enum parse_result
dialogue(const struct prefix *px, struct event *ev)
{
	bool sent = px->text.p[0] == '>';
	struct str s = str_from(px->text, 3);

	if (px->service == SV_SMTP_IN)
		return sent ? reply(px, s, true, ev) : command(px, s, ev);
	if (px->service == SV_SMTP_OUT)
		return sent ? command(px, s, ev) : reply(px, s, false, ev);
	return PARSE_IGNORED; /* IMAP, POP3: commands hold passwords */
}

/* ---- SPF ---- */

/* The published line prints the domain twice: "info@d@d". */
static struct str
once(struct str addr)
{
	ptrdiff_t i = str_rchr(addr, '@'), j;
	struct str head;

	if (i <= 0)
		return addr;
	head = str_head(addr, (size_t)i);
	j = str_rchr(head, '@');
	if (j >= 0 && str_eqi(str_from(head, (size_t)j + 1),
			  str_from(addr, (size_t)i + 1)))
		return head;
	return addr;
}

/*
 * SPF result for MAIL FROM <a@b@b> issued from EHLO domain <h> connected from
 *   <192.0.2.1>: Pass (spfHeader = '...'; spfExplanation = 'null')
 * SPF result for EHLO domain <h> connected from <192.0.2.1>: None
 */
static enum parse_result
spf(const struct prefix *px, struct event *ev)
{
	static const struct str from = STR_INIT("MAIL FROM <");
	static const struct str helo = STR_INIT("EHLO domain <");
	static const struct str ip = STR_INIT("> connected from <");
	struct str s = str_from(px->text, 15), verdict;
	ptrdiff_t i = str_find(s, ip), j;

	if (i < 0 || i != str_rfind(s, ip))
		return PARSE_UNKNOWN;
	verdict = str_from(s, (size_t)i + ip.n);
	s = str_head(s, (size_t)i);
	j = str_find(verdict, STR(">: "));
	if (j < 0)
		return PARSE_UNKNOWN;
	ev->kind = EV_POLICY;
	ev->flags |= EVF_SESSION;
	axigen_set_id(px, false, ev);
	ev_set(ev, F_ACTION, STR("spf"));
	ev_set(ev, F_CLIENT_IP, str_head(verdict, (size_t)j));
	verdict = str_from(verdict, (size_t)j + 3);
	j = str_find(verdict, STR(" ("));
	if (j >= 0) {
		ev_set(ev, F_TEXT, str_from(verdict, (size_t)j + 1));
		verdict = str_head(verdict, (size_t)j);
	}
	ev_set(ev, F_VERDICT, verdict);
	ev->state = str_eqi(verdict, STR("fail")) ? ST_FAIL : ST_PASSED;
	j = str_rfind(s, helo);
	if (j >= 0)
		ev_set(ev, F_HELO, str_from(s, (size_t)j + helo.n));
	if (str_starts(s, from) && (j = str_rfind(s, STR("> issued "))) >= 0)
		ev_set(ev, F_FROM,
		    once(str_make(s.p + from.n, (size_t)j - from.n)));
	return PARSE_EVENT;
}

/* Authentication error for user 'u': Invalid password */
static enum parse_result
auth_error(const struct prefix *px, struct event *ev)
{
	struct str s = str_from(px->text, 31);
	ptrdiff_t i = str_rfind(s, STR("': "));

	if (i < 0)
		return PARSE_UNKNOWN;
	ev->kind = EV_AUTH;
	ev->state = ST_FAIL;
	ev->flags |= EVF_SESSION;
	axigen_set_id(px, false, ev);
	ev_set(ev, F_SERVICE, axigen_login_service(px->service));
	if (login_is_odd(str_head(s, (size_t)i)))
		ev->flags |= EVF_SECRET;
	else
		ev_set(ev, F_USER, str_head(s, (size_t)i));
	ev_set(ev, F_TEXT, str_from(s, (size_t)i + 3));
	return PARSE_EVENT;
}

enum parse_result
axigen_text(const struct prefix *px, struct event *ev)
{
	struct str s = px->text;

	if (!s.n)
		return PARSE_IGNORED;
	switch (s.p[0]) {
	case 'S':
		if (str_starts(s, STR("Set recipient <")))
			return recipient_state(px, ev);
		if (str_starts(s, STR("SPF result for ")))
			return spf(px, ev);
		break;
	case 'M':
		if (str_starts(s, STR("Mail delivered to mailbox '")))
			return delivered(px, ev);
		break;
	case 'N':
		if (str_starts(s, STR("New mail ")))
			return arrival(px, ev);
		break;
	case 'A':
		if (str_starts(s, STR("Authentication error for user '")))
			return auth_error(px, ev);
		break;
	case 'c':
		if (str_starts(s, STR("closing session from ")))
			return closing(px, 21, ev);
		break;
	case 'C':
		if (str_starts(s, STR("Closing connection from ")))
			return closing(px, 24, ev);
		break;
	case '[':
		return connection(px, ev);
	case '>':
	case '<':
		if (s.n >= 2 && s.p[1] == s.p[0] && (s.n == 2 || s.p[2] == ' '))
			return dialogue(px, ev);
		break;
	default:
		break;
	}
	return PARSE_FOREIGN;
}
