/*
 * postfix_reject.c: refusals and the other actions of access rules, as smtpd,
 * postscreen, cleanup (for milters) and qmqpd print them, and the list of
 * fields behind them.
 *
 * The text between the client and the first field is the server's answer.  It
 * quotes what the client sent, so it may hold "; from=<" itself; the fields
 * begin at the first ';' outside a quoted address from which the line reads as
 * fields up to its end.  The first, not the last: helo= is the client's too.
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

static const struct {
	struct str word;
	enum ev_state state; /* ST_NONE: the reply's code decides */
} actions[] = {
	{ STR_INIT("reject"), ST_NONE },
	{ STR_INIT("proxy-reject"), ST_NONE },
	{ STR_INIT("hangup"), ST_NONE },
	{ STR_INIT("abort"), ST_NONE },
	{ STR_INIT("hold"), ST_HELD },
	{ STR_INIT("quarantine"), ST_HELD },
	{ STR_INIT("discard"), ST_DISCARDED },
	{ STR_INIT("redirect"), ST_REDIRECTED },
	{ STR_INIT("reject_warning"), ST_WARNED },
	{ STR_INIT("warning"), ST_WARNED },
	{ STR_INIT("warn"), ST_WARNED },
	{ STR_INIT("info"), ST_WARNED },
	{ STR_INIT("filter"), ST_WARNED },
	{ STR_INIT("bcc"), ST_WARNED },
	{ STR_INIT("prepend"), ST_WARNED },
	{ STR_INIT("replace"), ST_WARNED },
	{ STR_INIT("strip"), ST_WARNED },
	{ STR_INIT("pass"), ST_WARNED },
	{ STR_INIT("delay"), ST_WARNED },
	{ STR_INIT("permit"), ST_WARNED },
	{ STR_INIT("proxy-accept"), ST_PASSED },
};

/* ST_STATES: no action word.  "milter-" and "milter-header-" go before. */
enum ev_state
postfix_action_state(struct str action)
{
	static const struct str before[] = { STR_INIT("milter-"),
		STR_INIT("header-"), STR_INIT("body-") };

	if (str_starts(action, before[0])) {
		action = str_from(action, before[0].n);
		for (size_t i = 1; i < 3; i++)
			if (str_starts(action, before[i]))
				action = str_from(action, before[i].n);
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (str_eq(actions[i].word, action))
			return actions[i].state;
	return ST_STATES;
}

/* A value without <>, or with: sasl_username=bob, sasl_username=<bob>. */
static bool
take_bare(struct scan *sc, struct str *v)
{
	const char *q;

	if (sc->p < sc->end && *sc->p == '<')
		return take_addr(sc, ' ', v);
	q = memchr(sc->p, ' ', (size_t)(sc->end - sc->p));
	if (!q)
		q = sc->end;
	*v = str_make(sc->p, (size_t)(q - sc->p));
	sc->p = q;
	return true;
}

/* helo=<H>, also as "helo=" at the end where a publisher took it out. */
static bool
take_helo(struct scan *sc, struct postfix_tail *t)
{
	const char *from = sc->p, *q, *end = sc->end;

	if (from == end) {
		t->helo = str_make(from, 0);
		t->canon = false;
		return true;
	}
	if (*from != '<')
		return false;
	/* the last '>' that the line, a space or a ':' follows */
	for (q = from; (q = memchr(q, '>', (size_t)(end - q))); q++)
		if (q + 1 == end || q[1] == ':' ||
		    (q[1] == ' ' && end - q > 7 &&
			memcmp(q + 1, " sasl_", 6) == 0))
			break;
	if (!q)
		return false;
	t->helo = str_make(from + 1, (size_t)(q - from) - 1);
	sc->p = q + 1;
	return true;
}

/* sasl_username=, sasl_method=, sasl_sender=; false: none of them. */
static bool
take_sasl(struct scan *sc, struct postfix_tail *t, bool *ok)
{
	struct str sender;

	if (scan_opt(sc, STR("sasl_username=")))
		*ok = take_bare(sc, &t->user);
	else if (scan_opt(sc, STR("sasl_method=")))
		*ok = take_bare(sc, &t->method);
	else if (scan_opt(sc, STR("sasl_sender=")))
		*ok = take_bare(sc, &sender);
	else
		return false;
	return true;
}

bool
postfix_tail(struct str s, bool comma, struct postfix_tail *t)
{
	char sep = comma ? ',' : ' ';
	struct scan sc;
	int last = 0, n;

	*t = (struct postfix_tail){ .canon = true };
	scan_init(&sc, s);
	for (n = 0; sc.p < sc.end; n++) {
		const char *at = sc.p;
		int rank = 9;
		bool ok;

		if (n && comma && !scan_opt(&sc, STR(",")))
			break;
		if (!scan_opt(&sc, STR(" "))) {
			sc.p = at;
			break;
		}
		if (scan_opt(&sc, STR("from="))) {
			rank = 1;
			ok = take_addr(&sc, sep, &t->from);
		} else if (scan_opt(&sc, STR("to="))) {
			rank = 2;
			ok = take_addr(&sc, sep, &t->to);
		} else if (scan_opt(&sc, STR("proto="))) {
			const char *from = sc.p;

			rank = 3;
			while (
			    sc.p < sc.end && (is_alnum(*sc.p) || *sc.p == '-'))
				sc.p++;
			t->proto = str_make(from, (size_t)(sc.p - from));
			ok = sc.p > from;
		} else if (scan_opt(&sc, STR("helo="))) {
			rank = 4;
			ok = take_helo(&sc, t);
		} else if (!scan_peek(&sc, STR("sasl_")) ||
			   !take_sasl(&sc, t, &ok)) {
			sc.p = at;
			break;
		}
		if (!ok)
			return false;
		if (rank <= last || rank == 9)
			t->canon = false;
		last = rank;
	}
	t->rest = scan_rest(&sc);
	return n > 0 || !s.n;
}

void
postfix_tail_set(const struct postfix_tail *t, struct event *ev)
{
	if (t->from.p)
		ev_set(ev, F_FROM, t->from);
	if (t->to.p)
		ev_set(ev, F_TO, t->to);
	if (t->proto.p)
		ev_set(ev, F_PROTO, t->proto);
	if (t->helo.p)
		ev_set(ev, F_HELO, t->helo);
	if (t->user.p)
		ev_set(ev, F_USER, t->user);
	if (t->method.p)
		ev_set(ev, F_METHOD, t->method);
}

/*
 * Behind the quoted address that opens between p and the ';' at q and closes
 * after it, or NULL: <"a; from=<b>"@c.example>: Sender address rejected; ...
 */
static const char *
quoted_past(const char *p, const char *q, const char *end)
{
	while ((p = memchr(p, '"', (size_t)(q - p)))) {
		const char *open = p++;

		if (open[-1] != '<')
			continue;
		while (p < end && *p != '"')
			p += *p == '\\' ? 2 : 1;
		if (p >= end)
			return NULL;
		p++;
		if (p > q)
			return p;
	}
	return NULL;
}

/* Text and fields apart; a line without fields is all text. */
static struct str
split_tail(struct str s, bool comma, struct postfix_tail *t)
{
	const char *p = s.p, *end = s.p + s.n, *q;
	int tries = 0;

	while (tries < 32 && (q = memchr(p, ';', (size_t)(end - p)))) {
		struct str rest = str_make(q + 1, (size_t)(end - q) - 1);
		const char *past;

		if (rest.n && rest.p[0] != ' ') {
			p = q + 1;
			continue;
		}
		tries++;
		past = quoted_past(p, q, end);
		if (past) {
			p = past;
			continue;
		}
		p = q + 1;
		if (postfix_tail(rest, comma, t) && !t->rest.n)
			return str_make(s.p, (size_t)(q - s.p));
	}
	*t = (struct postfix_tail){ .canon = false };
	return s;
}

/* A milter's answer through cleanup has no code: 5.7.1 Blocked by X */
static void
set_codes(struct event *ev, struct str text)
{
	struct str code, dsn;

	reply_codes(text, &code, &dsn);
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n) {
		ev_set(ev, F_DSN, dsn);
	} else if (!code.n && text.n > 5 && text.p[1] == '.' &&
		   (text.p[0] == '4' || text.p[0] == '5')) {
		ptrdiff_t i = str_chr(text, ' ');

		if (i >= 5 && i <= 9)
			ev_set(ev, F_DSN, str_head(text, (size_t)i));
	}
}

static enum ev_state
code_state(const struct event *ev)
{
	struct str c = ev_get(ev, F_CODE);

	if (!c.n)
		c = ev_get(ev, F_DSN);
	return c.n && c.p[0] == '4' ? ST_TEMPFAIL : ST_REJECTED;
}

/*
 * With an id the refusal of a RCPT is this recipient's only; behind DATA it
 * is the whole message's, which ends with it.
 */
static bool
ends_message(struct str where)
{
	return str_starts(where, STR("DATA")) ||
	       str_starts(where, STR("BDAT")) ||
	       str_starts(where, STR("END-OF-MESSAGE"));
}

/*
 * NOQUEUE: reject: RCPT from h[192.0.2.4]: 550 5.1.1 <b@c.example>: Recipient
 * address rejected: User unknown; from=<a@b> to=<b@c.example> proto=ESMTP ...
 * Printed by log_whatsup() in Postfix src/smtpd/smtpd_check.c, by
 * cleanup_milter_hbc_log() and the like in src/cleanup/cleanup_milter.c, and
 * by psc_smtpd_rcpt_cmd() in src/postscreen/postscreen_smtpd.c.
 */
enum parse_result
postfix_reject(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	struct str action = scan_until(sc, ':'), where, text;
	enum ev_state state = postfix_action_state(action);
	struct postfix_tail tail;
	struct peer peer;
	bool comma;

	if (sc->err || state == ST_STATES)
		return PARSE_UNKNOWN;
	scan_lit(sc, STR(": "));
	where = scan_until_lit(sc, STR(" from "));
	if (sc->err || where.n > 32)
		return PARSE_UNKNOWN;
	sc->p += 6;
	if (!postfix_peer(sc, &peer))
		return PARSE_UNKNOWN;
	comma = !peer.name.n && peer.port.n;
	if (!scan_opt(sc, STR(": ")))
		return PARSE_UNKNOWN;
	text = split_tail(scan_rest(sc), comma, &tail);
	ev->kind = EV_REJECT;
	ev_set(ev, F_ACTION, action);
	ev_set(ev, F_WHERE, where);
	postfix_set_client(ev, &peer);
	ev_set(ev, F_REPLY, text);
	postfix_tail_set(&tail, ev);
	set_codes(ev, text);
	ev->state = state == ST_NONE ? code_state(ev) : state;
	if (ev->state != ST_WARNED)
		ev->flags |= EVF_DECIDES;
	if ((ev->state == ST_REJECTED || ev->state == ST_TEMPFAIL) &&
	    lead->kind == LEAD_QID && ends_message(where))
		ev->flags |= EVF_END;
	if (ev->state == ST_DISCARDED && lead->kind == LEAD_QID &&
	    ends_message(where) && str_eq(ln->prog, STR("cleanup")))
		ev->flags |= EVF_END;
	if (tail.canon && lead->kind != LEAD_NONE && lead->sev == SEV_INFO &&
	    (!comma ||
		(tail.from.p && tail.to.p && tail.proto.p && tail.helo.p)) &&
	    comma == str_eq(ln->prog, STR("postscreen"))) {
		ev->flags |= EVF_CANON;
		if (lead->kind == LEAD_QID)
			ev_set(ev, F_EXTRA, STR(""));
	}
	return PARSE_EVENT;
}
