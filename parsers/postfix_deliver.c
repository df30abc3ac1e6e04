/*
 * postfix_deliver.c: what the delivery agents say: smtp, lmtp, local,
 * virtual, pipe, error, retry, discard; and delivery records of any daemon.
 *
 * A delivery record is a list of key=value with ", " between them, up to
 * status=WORD (REASON).  Keys come and go with the versions, so they are read
 * in a loop and unknown ones are skipped; while they come in the printed
 * order the event is enough to print the line again.  The reason is free text
 * of the next hop and may hold anything, also "status=sent": it is everything
 * from the first " (" behind status= to the end.
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

/* In the order in which log_adhoc() prints them. */
enum key {
	K_TO,
	K_ORIG_TO,
	K_RELAY,
	K_CONN_USE,
	K_DELAY,
	K_DELAYS,
	K_TLS,
	K_DSN,
	K_STATUS,
	K_UNKNOWN
};

/*
 * The key at the cursor, which moves behind its '='.  A switch on a letter
 * or two: this is the innermost loop.
 */
static enum key
take_key(struct scan *sc)
{
	static const struct {
		struct str lit;
		enum key key;
	} keys[] = {
		{ STR_INIT("orig_to="), K_ORIG_TO },
		{ STR_INIT("conn_use="), K_CONN_USE },
		{ STR_INIT("tls="), K_TLS },
	};

	if (sc->end - sc->p < 8)
		return K_UNKNOWN;
	switch (*sc->p) {
	case 'r':
		if (scan_opt(sc, STR("relay=")))
			return K_RELAY;
		break;
	case 'd':
		if (scan_opt(sc, STR("delay=")))
			return K_DELAY;
		if (scan_opt(sc, STR("delays=")))
			return K_DELAYS;
		if (scan_opt(sc, STR("dsn=")))
			return K_DSN;
		break;
	case 's':
		if (scan_opt(sc, STR("status=")))
			return K_STATUS;
		break;
	default:
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (scan_opt(sc, keys[i].lit))
				return keys[i].key;
	}
	return K_UNKNOWN;
}

/* The value up to ", ", which no value but an address holds. */
static struct str
take_value(struct scan *sc)
{
	const char *from = sc->p, *q = from;

	for (;;) {
		q = byte_at(q, sc->end, ',');
		if (q == sc->end) {
			sc->p = sc->end;
			return str_make(from, (size_t)(sc->end - from));
		}
		if (q + 1 < sc->end && q[1] == ' ')
			break;
		q++;
	}
	sc->p = q;
	return str_make(from, (size_t)(q - from));
}

/*
 * host[192.0.2.1]:25   host[private/dovecot-lmtp]   none
 * False when it cannot be told again from its parts.
 */
static bool
set_relay(struct event *ev, struct str v)
{
	const char *end = v.p + v.n, *open = byte_at(v.p, end, '['), *close;

	if (open == end) {
		ev_set(ev, F_RELAY_NAME, v);
		return true;
	}
	ev_set(ev, F_RELAY_NAME, str_make(v.p, (size_t)(open - v.p)));
	open++;
	close = byte_at(open, end, ']');
	if (close == end) {
		ev_set(ev, F_RELAY_NAME, v);
		return false;
	}
	ev_set(ev, F_RELAY_IP, str_make(open, (size_t)(close - open)));
	close++;
	if (close == end)
		return true;
	if (*close != ':') {
		ev->mask &= ~((uint64_t)1 << F_RELAY_IP);
		ev_set(ev, F_RELAY_NAME, v);
		return false;
	}
	close++;
	ev_set(ev, F_RELAY_PORT, str_make(close, (size_t)(end - close)));
	return true;
}

static enum ev_state
status_state(struct str w)
{
	static const struct {
		struct str word;
		enum ev_state state;
	} words[] = {
		{ STR_INIT("sent"), ST_SENT },
		{ STR_INIT("deferred"), ST_DEFERRED },
		{ STR_INIT("bounced"), ST_BOUNCED },
		{ STR_INIT("SOFTBOUNCE"), ST_DEFERRED },
		{ STR_INIT("deliverable"), ST_PROBE_OK },
		{ STR_INIT("undeliverable"), ST_PROBE_BAD },
		{ STR_INIT("undeliverable-but-not-cached"), ST_PROBE_BAD },
		{ STR_INIT("expired"), ST_EXPIRED },
		{ STR_INIT("force-expired"), ST_EXPIRED },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(words[i].word, w))
			return words[i].state;
	return ST_NONE;
}

/*
 * A next hop that takes a mail with 250 and says in the same breath that it
 * threw it away or put it aside:
 * 250 2.7.0 Ok, discarded, id=01234-05 - INFECTED (amavis)
 * 250 2.7.0 BLOCKED (0A1B2C) (Proxmox); 250 SmtpDiscardedInbound (Mimecast)
 * 250 2.0.0 Ok: message quarantined
 */
static bool
thrown_away_at(struct str s)
{
	return str_starts(s, STR("BLOCKED (")) ||
	       str_startsi(s, STR("discarded")) ||
	       str_startsi(s, STR("quarantine"));
}

#ifdef __SSE2__
/* A bit for each of the 16 places at p where two letters are a and b. */
static inline unsigned
pairs(const char *p, char a, char b)
{
	const __m128i small = _mm_set1_epi8(0x20);
	__m128i v = _mm_loadu_si128((const __m128i *)p);
	__m128i w = _mm_loadu_si128((const __m128i *)(p + 1));

	return (unsigned)_mm_movemask_epi8(
	    _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(v, small),
			      _mm_set1_epi8(a)),
		_mm_cmpeq_epi8(_mm_or_si128(w, small), _mm_set1_epi8(b))));
}
#endif

/* One pass: every accepted mail's reply comes by here. */
static bool
thrown_away(struct str reply)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 17 <= reply.n; i += 16) {
		const char *p = reply.p + i;
		unsigned at = pairs(p, 'b', 'l') | pairs(p, 'd', 'i') |
			      pairs(p, 'q', 'u');

		for (; at; at &= at - 1)
			if (thrown_away_at(
				str_from(reply, i + (size_t)__builtin_ctz(at))))
				return true;
	}
#endif
	for (; i < reply.n; i++) {
		char c = to_lower(reply.p[i]);

		if ((c == 'b' || c == 'd' || c == 'q') &&
		    thrown_away_at(str_from(reply, i)))
			return true;
	}
	return false;
}

/* "250 2.0.0 Ok: queued as X", what Postfix itself answers, X to the end. */
static bool
plain_queued(struct str reply, struct str *id)
{
	if (!str_starts(reply, STR("250 2.0.0 Ok: queued as ")))
		return false;
	*id = str_from(reply, 24);
	for (size_t i = 0; i < id->n; i++)
		if (!is_alnum(id->p[i]))
			return false;
	return id->n > 0;
}

static void
set_code(struct event *ev, struct str reply)
{
	struct str code, dsn;

	reply_codes(reply, &code, &dsn);
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n && !ev_has(ev, F_DSN))
		ev_set(ev, F_DSN, dsn);
}

/*
 * host H[IP] said: 550 5.1.1 ...
 * host H[IP] refused to talk to me: 554 ...
 * The first of them: what the server quotes comes behind.
 */
static void
set_remote_code(struct event *ev, struct str reply)
{
	ptrdiff_t i = str_find(reply, STR("said: "));

	if (i >= 0) {
		set_code(ev, str_from(reply, (size_t)i + 6));
		return;
	}
	i = str_find(reply, STR("refused to talk to me: "));
	if (i >= 0)
		set_code(ev, str_from(reply, (size_t)i + 23));
}

static bool
speaks_smtp(struct str prog)
{
	return prog.n == 4 && (memcmp(prog.p, "smtp", 4) == 0 ||
				  memcmp(prog.p, "lmtp", 4) == 0);
}

static void
read_sent(const struct line *ln, struct event *ev, struct str reply)
{
	struct str id;

	if (speaks_smtp(ln->prog)) {
		set_code(ev, reply);
		if (plain_queued(reply, &id)) {
			ev_set(ev, F_QID2, id);
			return;
		}
		id = reply_next_id(reply);
		if (id.n)
			ev_set(ev, F_QID2, id);
		if (thrown_away(reply))
			ev->state = ST_DISCARDED;
	} else if (str_starts(reply, STR("forwarded as "))) {
		/* printed by forward_finish() in src/local/forward.c */
		ev_set(ev, F_QID2, str_from(reply, 13));
	} else if (str_eq(ln->prog, STR("discard")) ||
		   str_eq(reply, STR("discarded")) ||
		   str_eq(reply, STR("delivered to file: /dev/null"))) {
		ev->state = ST_DISCARDED;
	} else if (str_eq(ln->prog, STR("pipe"))) {
		id = reply_next_id(reply);
		if (id.n)
			ev_set(ev, F_QID2, id);
	}
}

/* status=sent (REASON): the cursor stands behind the '='. */
static bool
take_status(const struct line *ln, struct scan *sc, struct event *ev)
{
	const char *q = byte_at(sc->p, sc->end, ' ');
	struct str word, reply;
	bool whole = true;

	word = str_make(sc->p, (size_t)(q - sc->p));
	ev->state = status_state(word);
	if (ev->state == ST_NONE)
		return false;
	ev_set(ev, F_STATUS, word);
	if (sc->end - q < 2 || q[1] != '(') { /* cut there */
		ev->flags |= EVF_CUT;
		return true;
	}
	reply = str_make(q + 2, (size_t)(sc->end - q) - 2);
	if (reply.n && reply.p[reply.n - 1] == ')')
		reply.n--;
	else
		whole = false;
	ev_set(ev, F_REPLY, reply);
	ev->flags |= whole ? EVF_CANON : EVF_CUT;
	if (ev->state == ST_SENT)
		read_sent(ln, ev, reply);
	else
		set_remote_code(ev, reply);
	return true;
}

/*
 * 4F1: to=<a@b.example>, relay=mx[192.0.2.4]:25, ..., status=sent (250 Ok)
 * Printed by log_adhoc() in Postfix src/global/log_adhoc.c.
 */
enum parse_result
postfix_deliver(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	enum key last = K_TO;
	bool canon = lead->sev == SEV_INFO;
	struct str v;

	scan_lit(sc, STR("to="));
	if (!take_addr(sc, ',', &v)) { /* an old or edited form: no <> */
		v = take_value(sc);
		if (!v.n || *v.p == '<')
			return PARSE_UNKNOWN;
		canon = false;
	}
	ev_set(ev, F_TO, v);
	ev->kind = EV_DELIVERY;
	ev->flags |= EVF_DECIDES;
	while (sc->end - sc->p > 2) {
		enum key key;

		if (sc->p[0] != ',' || sc->p[1] != ' ')
			return PARSE_UNKNOWN;
		sc->p += 2;
		key = take_key(sc);
		if (key <= last || key == K_UNKNOWN)
			canon = false;
		else
			last = key;
		switch (key) {
		case K_ORIG_TO:
			if (!take_addr(sc, ',', &v)) {
				v = take_value(sc);
				canon = false;
			}
			ev_set(ev, F_ORIG_TO, v);
			break;
		case K_RELAY:
			v = take_value(sc);
			canon &= v.n && set_relay(ev, v);
			break;
		case K_CONN_USE:
			ev_set(ev, F_CONN_USE, take_value(sc));
			break;
		case K_DELAY:
			ev_set(ev, F_DELAY, take_value(sc));
			break;
		case K_DELAYS:
			ev_set(ev, F_DELAYS, take_value(sc));
			break;
		case K_TLS:
			ev_set(ev, F_TLS, take_value(sc));
			break;
		case K_DSN:
			ev_set(ev, F_DSN, take_value(sc));
			break;
		case K_STATUS:
			canon &= ev_has(ev, F_DSN); /* else the reply's */
			if (!take_status(ln, sc, ev))
				return PARSE_UNKNOWN;
			if (!canon)
				ev->flags &= ~(unsigned)EVF_CANON;
			return PARSE_EVENT;
		case K_TO:
		case K_UNKNOWN:
			take_value(sc);
			break;
		}
	}
	return PARSE_UNKNOWN;
}

/*
 * 4F1: passing <a@b.example> to transport=local
 * Printed by deliver_pass() in Postfix src/global/deliver_pass.c, since 3.6.
 */
static enum parse_result
passing(struct scan *sc, struct event *ev)
{
	struct str to;

	if (!take_addr(sc, ' ', &to) || !scan_opt(sc, STR(" to transport=")))
		return PARSE_UNKNOWN;
	ev->kind = EV_NOTE;
	ev_set(ev, F_TO, to);
	ev_set(ev, F_TRANSPORT, scan_rest(sc));
	ev_set(ev, F_TEXT, STR("passed to another transport"));
	return PARSE_EVENT;
}

/*
 * 4F1: replace: header X-Mailer: a: X-Mailer: b
 * Printed by smtp_hbc_logger() in Postfix src/smtp/smtp.c: what
 * smtp_header_checks did on the way out.  No "from", no addresses.
 */
static bool
outbound_header(struct scan *sc, struct event *ev)
{
	struct str rest = scan_rest(sc), action = str_split(&rest, ':');

	if (!rest.p || action.n < 4 || action.n > 16 ||
	    (!str_starts(rest, STR(" header ")) &&
		!str_starts(rest, STR(" body "))))
		return false;
	ev->kind = EV_HEADER;
	ev->state = ST_WARNED;
	ev_set(ev, F_ACTION, action);
	ev_set(ev, F_WHERE, str_make(rest.p + 1, rest.p[1] == 'h' ? 6 : 4));
	ev_set(ev, F_TEXT, str_from(rest, rest.p[1] == 'h' ? 8 : 6));
	return true;
}

static void
attempt(struct event *ev, struct str text)
{
	ev->kind = EV_ATTEMPT;
	ev->state = ST_DEFERRED;
	ev_set(ev, F_REPLY, text);
	postfix_find_relay(ev, text);
	set_remote_code(ev, text);
}

/*
 * 4F1: host mx[192.0.2.4] said: 450 4.7.1 ... (in reply to RCPT TO command)
 * 4F1: lost connection with mx[192.0.2.4] while sending RCPT TO
 * Printed by smtp_check_code() in Postfix src/smtp/smtp_trouble.c, with any
 * reason, while more servers are left to try.
 */
static enum parse_result
smtp_qid(struct scan *sc, struct event *ev)
{
	static const struct str silent[] = {
		STR_INIT("enabling PIX workarounds: "), /* smtp_proto.c */
		STR_INIT("breaking line > "),
		STR_INIT("replacing server reply "),
		STR_INIT("replacing command "),
	};

	if (scan_opt(sc, STR("passing ")))
		return passing(sc, ev);
	if (outbound_header(sc, ev))
		return PARSE_EVENT;
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (scan_peek(sc, silent[i]))
			return PARSE_IGNORED;
	attempt(ev, scan_rest(sc));
	ev_set(ev, F_EXTRA, STR(""));
	ev->flags |= EVF_CANON;
	return PARSE_EVENT;
}

/*
 * Lines of smtp and lmtp that are no delivery record.
 *
 * connect to mx[192.0.2.4]:25: Connection refused
 * Printed by smtp_connect_addr() in Postfix src/smtp/smtp_connect.c; since
 * 3.10 with a queue id.
 * SSL_connect error to mx[192.0.2.4]:25: -1
 * warning: TLS library problem: error:0A000102:SSL routines::unsupported ...
 * Printed by tls_client_start() in src/tls/tls_client.c and tls_misc.c.
 */
enum parse_result
postfix_smtp(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	static const struct str certs[] = {
		STR_INIT("certificate verification failed for "),
		STR_INIT("server certificate verification failed for "),
		STR_INIT("CA certificate verification failed for "),
		STR_INIT("client certificate verification failed for "),
	};

	if (lead->sev == SEV_WARNING && lead->kind == LEAD_NONE &&
	    scan_peek(sc, STR("TLS library problem: "))) {
		attempt(ev, scan_rest(sc));
		return PARSE_EVENT;
	}
	if (lead->sev != SEV_INFO)
		return postfix_trouble(lead, sc, ev);
	if (lead->kind == LEAD_QID)
		return smtp_qid(sc, ev);
	if (scan_peek(sc, STR("connect to ")) ||
	    scan_peek(sc, STR("SSL_connect error to "))) {
		attempt(ev, scan_rest(sc));
		if (lead->kind == LEAD_NONE)
			ev->flags |= EVF_CANON;
		return PARSE_EVENT;
	}
	for (size_t i = 0; i < sizeof(certs) / sizeof(certs[0]); i++)
		if (scan_peek(sc, certs[i]))
			return PARSE_IGNORED; /* the reply says it again */
	return postfix_tls(sc, ev) == PARSE_EVENT ? PARSE_EVENT :
						    postfix_common(ln, sc, ev);
}

/* Lines of the other agents that are no delivery record. */
enum parse_result
postfix_agent(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	if (lead->sev != SEV_INFO)
		return postfix_trouble(lead, sc, ev);
	if (lead->kind == LEAD_QID && scan_opt(sc, STR("passing ")))
		return passing(sc, ev);
	return postfix_common(ln, sc, ev);
}
