/*
 * exim_mail.c: the lines with a flag: what came in, what went out, what
 * failed, and the end.
 *
 * The flag is F_STATUS.  On deliveries F_TO is the address as Exim routed it
 * (for a mailbox often its local part alone), F_ORIG_TO what stands in <>
 * behind it.  A file, a command or an automatic reply is not a recipient:
 * then F_TO is the address in <>, and where it went is F_FOLDER or F_TEXT.
 * Parents in parentheses, DN=, SNI= and the like are left to the raw line.
 */
#include "parsers/exim_part.h"
#include "base/banned.h"

static inline bool
key_is(struct str key, const char *name, size_t n)
{
	return key.n == n && memcmp(key.p, name, n) == 0;
}

#define KEY(it, lit) key_is((it).key, "" lit, sizeof(lit) - 1)

/* An address at the cursor, up to a space outside quotes. */
static struct str
word(struct scan *sc)
{
	const char *from = sc->p, *q = from;

	if (q < sc->end && *q == '"') {
		for (q++; q < sc->end && *q != '"'; q++)
			if (*q == '\\' && q + 1 < sc->end)
				q++;
	}
	q = scan_space(q, sc->end);
	sc->p = q;
	return str_make(from, (size_t)(q - from));
}

/*
 * 1gsu1C-003dCu-Hb <= a@b.example H=c.example (d) [192.0.2.4]:39753
 *   I=[192.0.2.1]:25 P=esmtpa A=plain:a@b.example S=4315 id=x@b.example
 *   T="what's up" from <a@b.example> for e@f.example
 * Printed at the end of receive_msg() in Exim src/receive.c.
 */
enum parse_result
exim_arrival(struct scan *sc, struct event *ev)
{
	struct str from = word(sc), host_user = STR_NONE;
	struct exim_host host;
	struct item it;
	bool whole = false, remote = false;

	if (!from.n)
		return PARSE_UNKNOWN;
	ev->kind = EV_ARRIVE;
	ev->flags |= EVF_START;
	ev_set(ev, F_FROM, str_eq(from, STR("<>")) ? str_head(from, 0) : from);
	while (exim_next(sc, &it)) {
		switch (it.letter) {
		case 'H':
			exim_host(sc, &host);
			exim_set_client(ev, &host);
			remote = true;
			continue;
		case 'P':
			ev_set(ev, F_PROTO, it.val);
			whole = true;
			continue;
		case 'S':
			ev_set(ev, F_SIZE, it.val);
			whole = true;
			continue;
		case 'T':
			ev_set(ev, F_SUBJECT, it.val);
			continue;
		case 'X':
			ev_set(ev, F_TLS, it.val);
			continue;
		case 'A':
			exim_set_auth(ev, it.val);
			continue;
		case 'U':
			host_user = it.val;
			continue;
		case 'I':
			ev_set(ev, F_LOCAL_IP, exim_ip(it.val));
			continue;
		case 'R':
			ev_set(ev, F_QID2, it.val);
			continue;
		default:
			break;
		}
		if (KEY(it, "id") || KEY(it, "id*"))
			ev_set(ev, F_MSGID, it.val);
		else if (!it.key.n && str_eq(it.val, STR("from")) &&
			 scan_opt(sc, STR(" ")))
			exim_angle(sc, &it.val); /* before rewriting */
		else if (!it.key.n && str_eq(it.val, STR("for"))) {
			ev_set(ev, F_RCPTS, str_trim(scan_rest(sc)));
			break;
		}
	}
	/* of a client's, it is what its ident server chose to say */
	if (host_user.n && !remote)
		ev_set(ev, F_UID, host_user);
	return whole ? PARSE_EVENT : PARSE_UNKNOWN;
}

/* ---- the address of a delivery ---- */

enum { ADDR_MAX = 1024 }; /* of one in <>, behind a command */

struct dest {
	struct str final, orig; /* orig.p == NULL: not printed */
};

/* Whether the '>' before p ends the address: what follows it may follow. */
static bool
address_ends(const char *p, const char *end)
{
	struct scan sc = { p, end, false };

	if (p == end || *p == ':')
		return true;
	if (*p != ' ')
		return false;
	sc.p++;
	return exim_at_key(&sc) || scan_peek(&sc, STR("defer (")) ||
	       scan_peek(&sc, STR("routing defer (")) ||
	       scan_peek(&sc, STR(": "));
}

/*
 * "|/bin/sh -c 'x >y' <a@b>": a command or file may hold anything; the
 * address is in the last <> before the items.
 */
static bool
odd_dest(struct scan *sc, struct dest *d)
{
	const char *p = sc->p, *q = p;

	while ((q = memchr(q, '>', (size_t)(sc->end - q))) != NULL) {
		const char *lt;

		q++;
		if (q - 1 == p || !address_ends(q, sc->end))
			continue;
		lt = q - p > ADDR_MAX ? q - ADDR_MAX : p;
		lt = memrchr(lt, '<', (size_t)(q - lt));
		if (!lt || lt == p || lt[-1] != ' ')
			continue;
		d->final = str_make(p, (size_t)(lt - 1 - p));
		d->orig = str_make(lt + 1, (size_t)(q - 1 - lt - 1));
		sc->p = q;
		return true;
	}
	return false;
}

/* Skips " (parent, parent)" if it comes. */
static void
skip_parents(struct scan *sc)
{
	const char *q;

	if (!scan_peek(sc, STR(" (")))
		return;
	q = memchr(sc->p, ')', (size_t)(sc->end - sc->p));
	if (q && (q + 1 == sc->end || q[1] == ' ' || q[1] == ':'))
		sc->p = q + 1;
}

static bool
read_dest(struct scan *sc, struct dest *d)
{
	const char *from = sc->p;

	*d = (struct dest){ STR_NONE, STR_NONE };
	if (from == sc->end)
		return false;
	if (*from == '|' || *from == '/' || *from == '>' || *from == ':' ||
	    scan_peek(sc, STR("save ")) || scan_peek(sc, STR("discarded "))) {
		if (odd_dest(sc, d))
			return true;
		if (*from == '|' || *from == '>')
			return false;
	}
	d->final = word(sc);
	if (d->final.n && d->final.p[d->final.n - 1] == ':' &&
	    d->final.p[0] != ':') {
		d->final.n--; /* "a@b: retry timeout exceeded" */
		sc->p--;
		return d->final.n > 0;
	}
	skip_parents(sc);
	if (sc->end - sc->p > 2 && sc->p[0] == ' ' && sc->p[1] == '<') {
		sc->p++;
		if (!exim_angle(sc, &d->orig))
			return false;
	}
	return d->final.n > 0;
}

static void
set_dest(struct event *ev, const struct dest *d)
{
	char c = d->final.p[0];

	if (!d->orig.p) {
		ev_set(ev, F_TO, d->final);
		return;
	}
	if (c == '/' || str_starts(d->final, STR("save ")) ||
	    (c != '|' && c != '>' && str_chr(d->final, '@') < 0 &&
		str_chr(d->final, '/') >= 0)) {
		ev_set(ev, F_TO, d->orig);
		ev_set(ev, F_FOLDER, d->final);
	} else if (c == '|' || c == '>' || c == ':' ||
		   str_eq(d->final, STR("discarded"))) {
		ev_set(ev, F_TO, d->orig);
		ev_set(ev, F_TEXT, d->final);
	} else {
		ev_set(ev, F_TO, d->final);
		ev_set(ev, F_ORIG_TO, d->orig);
	}
}

/* An item that deliveries and failures share; false: not one of them. */
static bool
delivery_item(struct event *ev, const struct item *it)
{
	struct str s = it->val;

	switch (it->letter) {
	case 'R':
		ev_set(ev, F_ROUTER, s);
		return true;
	case 'T':
		ev_set(ev, F_TRANSPORT, s);
		return true;
	case 'F':
		if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
			ev_set(ev, F_FROM, str_make(s.p + 1, s.n - 2));
		return true;
	case 'S':
		ev_set(ev, F_SIZE, s);
		return true;
	case 'X':
		ev_set(ev, F_TLS, s);
		return true;
	case 'I':
		ev_set(ev, F_LOCAL_IP, exim_ip(s));
		return true;
	case 'C':
		ev_set(ev, F_REPLY, s);
		return true;
	case 'A':
		exim_set_auth(ev, s);
		return true;
	default:
		break;
	}
	if (KEY(*it, "DT")) {
		ev_set(ev, F_DELAY, s);
		return true;
	}
	return it->key.n != 0;
}

/*
 * Reads the items behind the address; true when a bare word that is none of
 * the marks came: the cursor stands on it.
 */
static bool
delivery_items(struct scan *sc, struct event *ev)
{
	struct exim_host host;
	struct item it;

	while (exim_next(sc, &it)) {
		if (it.letter == 'H') {
			exim_host(sc, &host);
			exim_set_relay(ev, &host);
		} else if (!delivery_item(ev, &it) && !exim_is_mark(it.val)) {
			sc->p = it.val.p;
			return true;
		}
	}
	return false;
}

/* "=> discarded (system filter)": the message, not a mailbox of that name. */
static bool
whole_discarded(struct str s)
{
	if (!s.n || (s.p[0] != 'd' && s.p[0] != 'b') ||
	    (!str_starts(s, STR("discarded ")) &&
		!str_starts(s, STR("blackhole "))))
		return false;
	return str_find(s, STR(" <")) < 0 && str_find(s, STR(" R=")) < 0 &&
	       str_find(s, STR(" T=")) < 0;
}

/*
 * => a@b.example <c@d.example> F=<e@f.example> R=dnslookup T=remote_smtp
 *   H=mx.b.example [192.0.2.9] X=TLS1.3:... C="250 OK id=1..." QT=1s DT=0s
 * => marv <marv@b.example> R=localuser T=local_delivery
 * => /var/mail/x <a@b.example> R=r T=address_file
 * => :blackhole: <a@b.example> R=aliases
 * Printed by delivery_log() in Exim src/deliver.c.
 */
enum parse_result
exim_delivery(struct scan *sc, struct str flag, struct event *ev)
{
	struct str code, dsn, reply, id;
	struct dest d;

	ev->kind = EV_DELIVERY;
	ev->flags |= EVF_DECIDES;
	ev->state = ST_SENT;
	ev_set(ev, F_STATUS, flag);
	if (whole_discarded(scan_rest(sc))) {
		ev->kind = EV_REJECT;
		ev->state = ST_DISCARDED;
		ev_set(ev, F_ACTION, STR("discard"));
		ev_set(ev, F_WHERE, STR("END-OF-MESSAGE"));
		ev_set(ev, F_TEXT, scan_rest(sc));
		return PARSE_EVENT;
	}
	if (!read_dest(sc, &d))
		return PARSE_UNKNOWN;
	set_dest(ev, &d);
	delivery_items(sc, ev);
	if (d.final.p[0] == ':' || str_eq(d.final, STR("/dev/null")) ||
	    str_eq(d.final, STR("discarded")))
		ev->state = ST_DISCARDED;
	else if (d.final.p[0] == '>' && d.orig.p)
		ev->state = ST_REPLIED;
	if (flag.p[0] == '*') { /* exim -N: not delivered, but done with */
		ev->state = ST_DISCARDED;
		ev_set(ev, F_ACTION, STR("suppressed"));
	}
	reply = ev_get(ev, F_REPLY);
	if (!reply.n)
		return ev_has(ev, F_ROUTER) || ev_has(ev, F_TRANSPORT) ||
			       ev->state != ST_SENT ?
			   PARSE_EVENT :
			   PARSE_UNKNOWN;
	reply_codes(reply, &code, &dsn);
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
	id = reply_next_id(reply);
	if (id.n)
		ev_set(ev, F_QID2, id);
	return PARSE_EVENT;
}

/* ---- failures ---- */

void
exim_smtp_error(struct str msg, struct event *ev)
{
	static const struct str lead = STR_INIT("SMTP error from remote mail");
	struct str code, dsn, inside;
	struct exim_host host;
	struct scan sc;
	ptrdiff_t i;

	if (!str_starts(msg, lead)) {
		reply_codes(msg, &code, &dsn);
	} else {
		scan_init(&sc, str_from(msg, lead.n));
		/* after RCPT TO:<a: b@c>: the address may hold ": " */
		i = str_find(scan_rest(&sc), STR(":<"));
		if (i >= 0 && i < 48) {
			struct scan in = { sc.p + i + 1, sc.end, false };

			if (exim_angle(&in, &inside))
				sc.p = in.p;
		}
		i = str_find(scan_rest(&sc), STR(": "));
		if (i < 0)
			return;
		sc.p += i + 2;
		if (scan_opt(&sc, STR("host "))) {
			exim_host(&sc, &host);
			if (!ev_has(ev, F_RELAY_IP))
				exim_set_relay(ev, &host);
			scan_opt(&sc, STR(":"));
			scan_opt(&sc, STR(" "));
		}
		reply_codes(scan_rest(&sc), &code, &dsn);
	}
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
}

/* With deliver_time a failure's message is followed by " DT=0s". */
static struct str
cut_time(struct str msg, struct event *ev)
{
	size_t from = msg.n > 16 ? msg.n - 16 : 0;
	ptrdiff_t i = str_rfind(str_from(msg, from), STR(" DT="));

	if (i < 0)
		return msg;
	ev_set(ev, F_DELAY, str_from(msg, from + (size_t)i + 4));
	return str_head(msg, from + (size_t)i);
}

/* Given up because the address, or its hosts, failed for too long. */
static bool
is_expired(struct str msg)
{
	return str_find(msg, STR("retry timeout exceeded")) >= 0 ||
	       str_starts(msg, STR("retry time not reached for any host")) ||
	       (str_starts(msg, STR("all hosts for ")) &&
		   str_find(msg, STR("for a long time")) > 0);
}

/*
 * ** a@b.example R=dnslookup T=remote_smtp H=mx [192.0.2.9]: SMTP error ...
 * ** a@b.example : Unrouteable address		(since 4.99)
 * ** a@b.example: retry timeout exceeded
 */
enum parse_result
exim_failure(struct scan *sc, struct event *ev)
{
	struct str msg;
	struct dest d;

	if (scan_peek(sc, STR("mua_wrapper "))) {
		ev->kind = EV_NOTE;
		ev_set(ev, F_TEXT, scan_rest(sc));
		return PARSE_EVENT;
	}
	ev->kind = EV_DELIVERY;
	ev->flags |= EVF_DECIDES;
	ev->state = ST_BOUNCED;
	ev_set(ev, F_STATUS, STR("**"));
	if (!read_dest(sc, &d))
		return PARSE_UNKNOWN;
	set_dest(ev, &d);
	msg = delivery_items(sc, ev) ? scan_rest(sc) : exim_message(sc);
	if (!msg.n)
		return ev_has(ev, F_ROUTER) ? PARSE_EVENT : PARSE_UNKNOWN;
	msg = cut_time(msg, ev);
	ev_set(ev, F_REPLY, msg);
	exim_smtp_error(msg, ev);
	if (is_expired(msg))
		ev->state = ST_EXPIRED;
	return PARSE_EVENT;
}

/* No attempt was made: it was not yet time, or is not wanted now. */
static bool
not_tried(struct str msg)
{
	static const struct str starts[] = { STR_INIT("retry time not reached"),
		STR_INIT("Retry time not yet reached"),
		STR_INIT("domain matches queue_"),
		STR_INIT("domain is in queue_domains"),
		STR_INIT("domain is held"), STR_INIT("first-pass only routing"),
		STR_INIT("local-only delivery"),
		STR_INIT("local delivery only"),
		STR_INIT("remote deliveries suppressed"),
		STR_INIT("reusing SMTP connection skips") };

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (str_starts(msg, starts[i]))
			return true;
	return false;
}

/*
 * The system's own words for a number above 0 come before the items:
 * "defer (110): Connection timed out H=mx [192.0.2.9]: SMTP timeout after".
 */
static struct str
system_words(struct scan *sc)
{
	const char *from, *p;

	if (!scan_peek(sc, STR(": ")))
		return STR_NONE;
	from = p = sc->p + 2;
	for (; p < sc->end; p++) {
		struct scan in = { p + 1, sc->end, false };

		if (*p == ':' || (*p == ' ' && exim_at_key(&in)))
			break;
	}
	sc->p = p;
	return str_make(from, (size_t)(p - from));
}

/*
 * == a@b.example R=r T=t defer (-44) H=mx [192.0.2.9] DT=1s: SMTP error ...
 * == a@b.example routing defer (-52): retry time not reached
 * Printed by deferred_event() and post_process_one() in Exim src/deliver.c.
 */
enum parse_result
exim_deferral(struct scan *sc, struct event *ev)
{
	struct str msg, errnum, words = STR_NONE;
	struct dest d;

	ev->kind = EV_DELIVERY;
	ev->flags |= EVF_DECIDES;
	ev->state = ST_DEFERRED;
	ev_set(ev, F_STATUS, STR("=="));
	if (!read_dest(sc, &d) || !delivery_items(sc, ev))
		return PARSE_UNKNOWN;
	set_dest(ev, &d);
	scan_opt(sc, STR("routing "));
	scan_lit(sc, STR("defer ("));
	errnum = scan_until(sc, ')');
	scan_lit(sc, STR(")"));
	if (sc->err)
		return PARSE_UNKNOWN;
	ev_set(ev, F_ERRNO, errnum);
	if (errnum.n && errnum.p[0] != '-' && !str_eq(errnum, STR("0")))
		words = system_words(sc);
	msg = delivery_items(sc, ev) ? scan_rest(sc) : exim_message(sc);
	if (!msg.n) {
		msg = words;
		words = STR_NONE;
	}
	if (msg.n) {
		ev_set(ev, F_REPLY, msg);
		exim_smtp_error(msg, ev);
		if (not_tried(msg)) {
			ev->flags &= ~(unsigned)EVF_DECIDES;
			ev_set(ev, F_ACTION, STR("not-tried"));
		}
	}
	if (words.n)
		ev_set(ev, F_TEXT, words);
	return PARSE_EVENT;
}

/* Completed [QT=3m45s] */
enum parse_result
exim_completed(struct scan *sc, struct event *ev)
{
	struct item it;

	ev->kind = EV_END;
	ev->flags |= EVF_END | EVF_DECIDES;
	ev_set(ev, F_ACTION, STR("Completed"));
	while (exim_next(sc, &it))
		if (KEY(it, "QT"))
			ev_set(ev, F_DELAY, it.val);
	return PARSE_EVENT;
}
