/*
 * postfix_screen.c: postscreen and its helpers: tests of clients before they
 * may speak to smtpd.  A client is "[address]:port" here, without a name, and
 * that pair is what joins the lines of one session: one process serves all.
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

static bool
take_client(struct scan *sc, struct event *ev)
{
	struct peer peer;

	if (!postfix_peer(sc, &peer))
		return false;
	postfix_set_client(ev, &peer);
	return true;
}

/* The word(s) of the action, then what stands before the client. */
struct test {
	struct str action, before;
};

/*
 * PASS NEW [c]:p   DENYLISTED [c]:p   COMMAND TIME LIMIT from [c]:p after RCPT
 * Printed from Postfix src/postscreen/: postscreen.c, postscreen_misc.c,
 * postscreen_early.c, postscreen_smtpd.c.  The words white and black until
 * 3.5, and later without respectful_logging.
 */
static const struct test tests[] = {
	{ STR_INIT("PASS NEW"), STR_INIT(" ") },
	{ STR_INIT("ALLOWLISTED"), STR_INIT(" ") },
	{ STR_INIT("DENYLISTED"), STR_INIT(" ") },
	{ STR_INIT("WHITELISTED"), STR_INIT(" ") },
	{ STR_INIT("BLACKLISTED"), STR_INIT(" ") },
	{ STR_INIT("ALLOWLIST VETO"), STR_INIT(" ") },
	{ STR_INIT("WHITELIST VETO"), STR_INIT(" ") },
	{ STR_INIT("COMMAND TIME LIMIT"), STR_INIT(" from ") },
	{ STR_INIT("COMMAND COUNT LIMIT"), STR_INIT(" from ") },
	{ STR_INIT("COMMAND LENGTH LIMIT"), STR_INIT(" from ") },
	{ STR_INIT("COMMAND PIPELINING"), STR_INIT(" from ") },
	{ STR_INIT("NON-SMTP COMMAND"), STR_INIT(" from ") },
	{ STR_INIT("BARE NEWLINE"), STR_INIT(" from ") },
	{ STR_INIT("DATA without valid RCPT"), STR_INIT(" from ") },
};

/* Comings and goings that carry nothing; words of verbose logging. */
static const struct str quiet[] = {
	STR_INIT("CONNECT from "),
	STR_INIT("DISCONNECT "),
	STR_INIT("PASS OLD "),
	STR_INIT("SKIP "),
	STR_INIT("ENFORCE "),
	STR_INIT("UNPASS "),
	STR_INIT("UNFAIL "),
	STR_INIT("FAIL "),
	STR_INIT("DROP "),
	STR_INIT("cache "),
};

/*
 * ... after CMD: TEXT.  What comes after AUTH may be a password.
 */
static void
after(struct scan *sc, struct event *ev)
{
	struct str where;

	if (!scan_opt(sc, STR(" after ")))
		return;
	where = scan_rest(sc);
	where = str_split(&where, ':');
	ev_set(ev, F_WHERE, where);
	sc->p += where.n;
	if (!scan_opt(sc, STR(": ")))
		return;
	if (str_startsi(where, STR("AUTH")))
		ev->flags |= EVF_SECRET;
	else
		ev_set(ev, F_TEXT, scan_rest(sc));
}

/* DNSBL rank 3 for [c]:p (ps_dnsbl_score's caller in postscreen_early.c) */
static enum parse_result
dnsbl(struct scan *sc, struct event *ev)
{
	ev_set(ev, F_SCORE, scan_digits(sc));
	scan_lit(sc, STR(" for "));
	if (sc->err || !take_client(sc, ev))
		return PARSE_UNKNOWN;
	ev_set(ev, F_ACTION, STR("DNSBL"));
	ev->flags |= EVF_SESSION;
	return PARSE_EVENT;
}

/*
 * PREGREET 11 after 0.01 from [c]:p: EHLO USER\r\n
 * HANGUP after 0.27 from [c]:p in tests before SMTP handshake
 * Printed by psc_early_event() in postscreen_early.c and psc_hangup_event()
 * in postscreen_misc.c.
 */
static enum parse_result
greeting(struct scan *sc, struct event *ev, struct str action)
{
	ev_set(ev, F_ACTION, action);
	if (*action.p == 'P') {
		ev_set(ev, F_SIZE, scan_digits(sc));
		scan_lit(sc, STR(" "));
	}
	scan_lit(sc, STR("after "));
	ev_set(ev, F_DELAY, scan_until(sc, ' '));
	scan_lit(sc, STR(" from "));
	if (sc->err || !take_client(sc, ev))
		return PARSE_UNKNOWN;
	ev->flags |= EVF_SESSION;
	if (scan_opt(sc, STR(": ")))
		ev_set(ev, F_TEXT, scan_rest(sc));
	else if (scan_opt(sc, STR(" in tests ")))
		ev_set(ev, F_WHERE, scan_rest(sc));
	return PARSE_EVENT;
}

/*
 * NOQUEUE: reject: CONNECT from [c]:p: too many connections
 * reject: connect from [c]:p: all screening ports busy
 * Printed from postscreen.c and postscreen_send.c; the client got 421, and
 * a code is missing in no other refusal.
 */
static enum parse_result
refused(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	enum parse_result rc = postfix_reject(ln, lead, sc, ev);

	if (rc == PARSE_EVENT && !ev_has(ev, F_CODE) &&
	    ev->state == ST_REJECTED)
		ev->state = ST_TEMPFAIL;
	return rc;
}

enum parse_result
postfix_postscreen(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev)
{
	if (lead->sev != SEV_INFO)
		return postfix_trouble(lead, sc, ev);
	if (lead->kind != LEAD_NONE || scan_peek(sc, STR("reject: ")))
		return refused(ln, lead, sc, ev);
	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		if (scan_peek(sc, quiet[i]))
			return PARSE_IGNORED;
	ev->kind = EV_SCREEN;
	if (scan_opt(sc, STR("DNSBL rank ")))
		return dnsbl(sc, ev);
	if (scan_opt(sc, STR("PREGREET ")))
		return greeting(sc, ev, STR("PREGREET"));
	if (scan_opt(sc, STR("HANGUP ")))
		return greeting(sc, ev, STR("HANGUP"));
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (!scan_opt(sc, tests[i].action))
			continue;
		scan_lit(sc, tests[i].before);
		if (sc->err || !take_client(sc, ev))
			return PARSE_UNKNOWN;
		ev_set(ev, F_ACTION, tests[i].action);
		after(sc, ev);
		return PARSE_EVENT;
	}
	/* [c]:p: discarding EHLO keywords: CHUNKING */
	if (scan_peek(sc, STR("[")) &&
	    str_find(scan_rest(sc), STR(": discarding EHLO keywords: ")) > 0)
		return PARSE_IGNORED;
	if (str_find(scan_rest(sc), STR(" STRESS mode with ")) > 0) {
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, scan_rest(sc));
		return PARSE_EVENT;
	}
	return postfix_common(ln, sc, ev);
}

/*
 * addr 192.0.2.4 listed by domain zen.example as 127.0.0.2
 * Printed by dnsblog_query() in Postfix src/dnsblog/dnsblog.c.
 */
enum parse_result
postfix_dnsblog(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	struct str ip;

	if (lead->sev != SEV_INFO)
		return postfix_trouble(lead, sc, ev);
	if (!scan_opt(sc, STR("addr ")))
		return postfix_common(ln, sc, ev);
	ip = scan_until(sc, ' ');
	if (scan_peek(sc, STR(" not listed ")))
		return PARSE_IGNORED;
	scan_lit(sc, STR(" listed by domain "));
	ev->kind = EV_SCREEN;
	ev_set(ev, F_ACTION, STR("listed"));
	ev_set(ev, F_CLIENT_IP, ip);
	ev_set(ev, F_LIST, scan_until(sc, ' '));
	scan_lit(sc, STR(" as "));
	if (sc->err)
		return PARSE_UNKNOWN;
	ev_set(ev, F_TEXT, scan_rest(sc));
	return PARSE_EVENT;
}

/*
 * CONNECT from [c]:p   DISCONNECT [c]:p
 * TLS handshake failed for service=smtpd peer=[c]:p
 * Printed from Postfix src/tlsproxy/tlsproxy.c; the error before it, by
 * tls_server_start().
 */
enum parse_result
postfix_tlsproxy(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev)
{
	struct scan at = *sc;

	if (lead->sev != SEV_INFO)
		return postfix_trouble(lead, sc, ev);
	if (scan_peek(sc, STR("CONNECT ")) || scan_peek(sc, STR("DISCONNECT ")))
		return PARSE_IGNORED;
	if (postfix_tls(sc, ev) == PARSE_EVENT)
		return PARSE_EVENT;
	if (scan_opt(&at, STR("TLS handshake failed for service="))) {
		ev_set(ev, F_SERVICE, scan_until(&at, ' '));
		scan_lit(&at, STR(" peer="));
		ev_set(ev, F_ACTION, STR("TLS handshake failed"));
	} else if (scan_opt(&at, STR("SSL_accept error from "))) {
		ev_set(ev, F_ACTION, STR("SSL_accept error"));
	} else if (scan_peek(&at, STR("SSL_connect error to ")) ||
		   str_find(scan_rest(&at),
		       STR("certificate verification failed for ")) >= 0) {
		return PARSE_IGNORED; /* smtp says what came of it */
	} else {
		return postfix_common(ln, sc, ev);
	}
	ev->kind = EV_SCREEN;
	if (at.err || !take_client(&at, ev))
		return PARSE_UNKNOWN;
	if (scan_opt(&at, STR(": ")))
		ev_set(ev, F_TEXT, scan_rest(&at));
	return PARSE_EVENT;
}
