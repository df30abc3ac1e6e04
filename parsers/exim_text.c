/*
 * exim_text.c: what Exim says in words.
 *
 * Two tables of first words, one for lines with a message id, one for lines
 * without, each row with what it means; a row may name a reader for what
 * follows.  A text with an id that is in neither is a note about that id: the
 * id is Exim's own.  A text without one that nobody knows is unknown, for any
 * program may write a time and a sentence.
 *
 * To understand a new text: a row here, a line in exim_samples.c.
 */
#include "parsers/exim_part.h"
#include "base/banned.h"

/* The cursor stands behind the row's words. */
typedef bool (*reader)(struct scan *sc, struct event *ev);

struct text {
	struct str lead;
	enum ev_kind kind; /* EV_NONE: ignored */
	const char *action;
	reader read; /* false: not what it looked like */
};

/* Whatever comes is the text. */
static bool
keep(struct scan *sc, struct event *ev)
{
	(void)sc;
	(void)ev;
	return true;
}

/* SMTP error from ...: host H [ip]: 450 ... : one try of a delivery */
static bool
attempt(struct scan *sc, struct event *ev)
{
	(void)sc;
	ev_set(ev, F_REPLY, ev_get(ev, F_TEXT));
	ev->mask &= ~((uint64_t)1 << F_TEXT);
	exim_smtp_error(ev_get(ev, F_REPLY), ev);
	return true;
}

/* Remote host H [ip] closed connection ..., Failed to connect to H [ip]: */
static bool
attempt_host(struct scan *sc, struct event *ev)
{
	struct exim_host host;

	attempt(sc, ev);
	if (scan_peek(sc, STR("closed ")))
		return true;
	exim_host(sc, &host);
	if (host.ip.n)
		exim_set_relay(ev, &host);
	return true;
}

/* address <a@b> marked delivered by USER */
static bool
edited(struct scan *sc, struct event *ev)
{
	struct str s;

	if (!exim_angle(sc, &s))
		return false;
	ev_set(ev, F_TO, s);
	return true;
}

/*
 * Frozen (delivery error message)
 * Frozen by the system filter: WHY
 * cancelled by system filter: WHY
 */
static bool
stopped(struct scan *sc, struct event *ev)
{
	struct str text = ev_get(ev, F_TEXT);
	ptrdiff_t i = str_find(text, STR(" system filter: "));

	(void)sc;
	if (i >= 0)
		ev_set(ev, F_REPLY, str_from(text, (size_t)i + 16));
	else if (str_starts(text, STR("Frozen (")) && str_ends(text, STR(")")))
		ev_set(ev, F_REPLY, str_make(text.p + 8, text.n - 9));
	return true;
}

/* ---- the tables ---- */

static const struct text with_id[] = {
	{ STR_INIT("Message is frozen"), EV_ADMIN, "freeze", NULL },
	{ STR_INIT("Frozen"), EV_ADMIN, "freeze", stopped },
	{ STR_INIT("frozen by "), EV_ADMIN, "freeze", NULL },
	{ STR_INIT("Unfrozen"), EV_ADMIN, "thaw", NULL },
	{ STR_INIT("unfrozen by "), EV_ADMIN, "thaw", NULL },
	{ STR_INIT("cancelled by "), EV_ADMIN, "cancel", stopped },
	{ STR_INIT("removed by "), EV_ADMIN, "remove", NULL },
	{ STR_INIT("Message removed because older"), EV_ADMIN, "remove", NULL },
	{ STR_INIT("address "), EV_ADMIN, "edit", edited },
	{ STR_INIT("recipient "), EV_ADMIN, "edit", edited },
	{ STR_INIT("sender address changed to <"), EV_ADMIN, "edit", NULL },
	{ STR_INIT("moved from "), EV_ADMIN, "move", NULL },
	{ STR_INIT("Spool file is locked"), EV_NOTE, "spool-locked", NULL },
	{ STR_INIT("Spool file for "), EV_NOTE, "spool-file", keep },
	{ STR_INIT("no immediate delivery"), EV_NOTE, "queued", keep },
	{ STR_INIT("SMTP error from remote mail"), EV_ATTEMPT, NULL, attempt },
	{ STR_INIT("SMTP timeout"), EV_ATTEMPT, NULL, attempt },
	{ STR_INIT("Remote host "), EV_ATTEMPT, NULL, attempt_host },
	{ STR_INIT("Failed to connect to "), EV_ATTEMPT, NULL, attempt_host },
	{ STR_INIT("SMTP connection lost after final dot"), EV_LOST,
	    "connection lost", exim_lost_data },
	{ STR_INIT("SMTP data timeout (message abandoned)"), EV_LOST, "timeout",
	    exim_lost_data },
	{ STR_INIT("SMTP connection "), EV_NOTE, NULL, exim_smtp_connection },
	{ STR_INIT("unexpected disconnection while reading SMTP command"),
	    EV_LOST, "disconnection", exim_lost },
	{ STR_INIT("SMTP command timeout on"), EV_LOST, "timeout", exim_lost },
	{ STR_INIT("TLS error"), EV_TLS, NULL, exim_tls_error },
	{ STR_INIT("TLS session: "), EV_TLS, NULL, keep },
	{ STR_INIT("DANE attempt failed"), EV_TLS, NULL, keep },
	{ STR_INIT("rejected "), EV_REJECT, NULL, exim_rejected_from },
	{ STR_INIT("original recipients ignored"), EV_NOTE, "system-filter",
	    keep },
	{ STR_INIT("Message abandoned"), EV_LOST, "abandoned", keep },
};

static const struct text without_id[] = {
	{ STR_INIT("SMTP connection lost after final dot"), EV_LOST,
	    "connection lost", exim_lost_data },
	{ STR_INIT("SMTP connection "), EV_CONNECT, NULL,
	    exim_smtp_connection },
	{ STR_INIT("Start queue run"), EV_NONE, NULL, NULL },
	{ STR_INIT("End queue run"), EV_NONE, NULL, NULL },
	{ STR_INIT("Start '"), EV_NONE, NULL, NULL }, /* a named queue's */
	{ STR_INIT("End '"), EV_NONE, NULL, NULL },
	{ STR_INIT("Start ODMR "), EV_NONE, NULL, NULL },
	{ STR_INIT("End ODMR "), EV_NONE, NULL, NULL },
	{ STR_INIT("Abandon queue run"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("cwd="), EV_NONE, NULL, NULL },
	{ STR_INIT("no host name found for IP address"), EV_NONE, NULL, NULL },
	{ STR_INIT("no IP address found for host"), EV_NONE, NULL, NULL },
	{ STR_INIT("no MAIL in"), EV_DISCONNECT, NULL, exim_no_mail },
	{ STR_INIT("SMTP syntax error in "), EV_NOTE, "syntax-error",
	    exim_bad_command },
	{ STR_INIT("SMTP protocol error in "), EV_NOTE, "protocol-error",
	    exim_bad_command },
	{ STR_INIT("SMTP protocol synchronization error"), EV_REJECT, NULL,
	    exim_smtp_sync },
	{ STR_INIT("SMTP protocol violation: synchronization error"), EV_REJECT,
	    NULL, exim_smtp_sync },
	{ STR_INIT("SMTP call from"), EV_REJECT, NULL, exim_smtp_call },
	{ STR_INIT("SMTP command timeout on"), EV_LOST, "timeout", exim_lost },
	{ STR_INIT("SMTP data timeout (message abandoned)"), EV_LOST, "timeout",
	    exim_lost_data },
	{ STR_INIT("unexpected disconnection while reading SMTP command"),
	    EV_LOST, "disconnection", exim_lost },
	{ STR_INIT("unexpected EOF while reading SMTP command"), EV_LOST,
	    "disconnection", exim_lost },
	{ STR_INIT("TLS error"), EV_LOST, NULL, exim_tls_error },
	{ STR_INIT("Connection from "), EV_REJECT, NULL,
	    exim_connection_refused },
	{ STR_INIT("connection from "), EV_REJECT, NULL,
	    exim_connection_refused },
	{ STR_INIT("refused connection from "), EV_REJECT, NULL,
	    exim_refused_connection },
	{ STR_INIT("temporarily refused connection from "), EV_REJECT, NULL,
	    exim_refused_for_now },
	{ STR_INIT("temporarily rejected "), EV_REJECT, NULL,
	    exim_rejected_for_now },
	{ STR_INIT("rejected "), EV_REJECT, NULL, exim_rejected_from },
	{ STR_INIT("too many recipients: "), EV_REJECT, NULL, exim_too_many },
	{ STR_INIT("unqualified "), EV_REJECT, NULL, exim_unqualified },
	{ STR_INIT("exim "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("Exim configuration error"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("pid "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("SIGSEGV"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("ident connection to "), EV_NONE, NULL, NULL },
	{ STR_INIT("socket bind() to port "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("daemon_notifier_socket"), EV_NONE, NULL, NULL },
	{ STR_INIT("notify triggered queue run"), EV_NONE, NULL, NULL },
	{ STR_INIT("listen backlog "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("listening "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("Warning: "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("WARNING: "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("spool directory space check failed"), EV_SYSTEM, NULL,
	    keep },
	{ STR_INIT("log directory space check failed"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("ignoring AUTH="), EV_NONE, NULL, NULL },
	{ STR_INIT("ETRN "), EV_NONE, NULL, NULL },
	{ STR_INIT("ATRN "), EV_NONE, NULL, NULL },
	{ STR_INIT("VRFY failed for "), EV_NONE, NULL, NULL },
	{ STR_INIT("Long "), EV_NONE, NULL, NULL },
	{ STR_INIT("host name alias list truncated"), EV_NONE, NULL, NULL },
	{ STR_INIT("DNS list lookup defer"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("dnslist"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("CNAME loop for "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("ACL "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("failed to "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("Failed to "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("unable to "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("expansion of "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("Expansion of "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("ridiculously long message header received from"), EV_REJECT,
	    NULL, exim_long_header },
	{ STR_INIT("overlong message header line received from"), EV_REJECT,
	    NULL, exim_long_header },
	{ STR_INIT("configured error code "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("EHLO/HELO response must not contain"), EV_SYSTEM, NULL,
	    keep },
	{ STR_INIT("attempt to use tainted "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("Daemon cannot be run"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("DNS list lookup for "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("Ci="), EV_NONE, NULL, NULL },
	{ STR_INIT("DKIM: "), EV_NONE, NULL, NULL },
	{ STR_INIT("DMARC "), EV_NONE, NULL, NULL },
	{ STR_INIT("DANE error: "), EV_NONE, NULL, NULL },
	{ STR_INIT("SSL "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("(SSL_"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("OCSP "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("SIGTERM received"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("timed out while reading local message"), EV_LOST, "timeout",
	    keep },
	{ STR_INIT("malware acl condition"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("spam acl condition"), EV_SYSTEM, NULL, keep },
	{ STR_INIT("readsock "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("setsockopt("), EV_NONE, NULL, NULL },
	{ STR_INIT("getsockname() failed"), EV_NONE, NULL, NULL },
	{ STR_INIT("getpeername() failed"), EV_NONE, NULL, NULL },
	{ STR_INIT("queue run: "), EV_SYSTEM, NULL, keep },
	{ STR_INIT("daemon: "), EV_SYSTEM, NULL, keep },
};

static enum parse_result
look_up(const struct text *row, size_t n, struct str text, struct event *ev)
{
	for (; n--; row++) {
		struct scan sc;

		if (!text.n || text.p[0] != row->lead.p[0] ||
		    !str_starts(text, row->lead))
			continue;
		if (row->kind == EV_NONE)
			return PARSE_IGNORED;
		ev->kind = row->kind;
		if (row->action)
			ev_set(ev, F_ACTION, str_c(row->action));
		if (row->read == keep || row->kind == EV_ADMIN ||
		    row->kind == EV_ATTEMPT)
			ev_set(ev, F_TEXT, text);
		if (!row->read)
			return PARSE_EVENT;
		scan_init(&sc, str_from(text, row->lead.n));
		if (row->read(&sc, ev))
			return PARSE_EVENT;
		return PARSE_UNKNOWN;
	}
	return PARSE_FOREIGN;
}

enum parse_result
exim_text_id(struct str text, struct event *ev)
{
	enum parse_result r;

	r = look_up(with_id, sizeof(with_id) / sizeof(*with_id), text, ev);
	if (r == PARSE_EVENT)
		return r;
	ev->state = ST_NONE;
	ev->flags &= EVF_CUT;
	ev->mask = 0;
	if (exim_authenticator(text, ev) || exim_old_attempt(text, ev))
		return PARSE_EVENT;
	ev->kind = EV_NOTE;
	ev_set(ev, F_TEXT, text);
	return PARSE_EVENT;
}

/* Pieces of Exim's own lines: a text that holds one was cut or torn. */
static bool
is_torn(struct str text)
{
	static const struct str marks[] = { STR_INIT(" => "), STR_INIT(" -> "),
		STR_INIT(" <= "), STR_INIT(" == "), STR_INIT(" ** "),
		STR_INIT(" R="), STR_INIT(" T="), STR_INIT(" H="),
		STR_INIT(" F="), STR_INIT(" P="), STR_INIT(" S="),
		STR_INIT(" Completed") };

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (str_find(text, marks[i]) >= 0)
			return true;
	return false;
}

/* A word Exim's own messages do not begin with: an ACL's or a variable's. */
static bool
site_word(struct str word)
{
	static const struct str stages[] = { STR_INIT("connect"),
		STR_INIT("helo"), STR_INIT("ehlo"), STR_INIT("mail"),
		STR_INIT("rcpt"), STR_INIT("data"), STR_INIT("auth"),
		STR_INIT("starttls"), STR_INIT("quit") };

	if (str_chr(word, '_') > 0)
		return true;
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		if (str_eqi(word, stages[i]))
			return true;
	return false;
}

/*
 * What the site's own access lists wrote (logwrite, log_message): "accepted
 * for <a@b.example>", "rcpt_acl: ...", "tls_in_ver TLS1.2" with a tab.  It
 * belongs to no id, so it is let go; the rule is narrow, that a torn or alien
 * line stays unknown.
 */
static bool
site_text(struct str text)
{
	struct str line = text, word;
	ptrdiff_t at;

	line = str_split(&line, '\n');
	if (!line.n || is_torn(line))
		return false;
	if (line.p[0] == '"' || str_chr(line, '\t') >= 0)
		return true;
	if (!is_alnum(line.p[0]))
		return false;
	word = line;
	word = str_split(&word, ' ');
	if (word.n < line.n && word.n && word.p[word.n - 1] == ':')
		word.n--;
	if (word.n < line.n && site_word(word))
		return true;
	at = str_chr(line, '@');
	if (at > 0 && at + 1 < (ptrdiff_t)line.n && is_alnum(line.p[at - 1]) &&
	    (is_alnum(line.p[at + 1]) || line.p[at + 1] == '['))
		return str_chr(line, ' ') > 0;
	return str_find(line, STR(" ACL")) > 0 ||
	       str_find(line, STR(" acl")) > 0;
}

enum parse_result
exim_text_bare(struct str text, struct event *ev)
{
	enum parse_result r = look_up(without_id,
	    sizeof(without_id) / sizeof(*without_id), text, ev);

	if (r != PARSE_FOREIGN)
		return r;
	if (exim_authenticator(text, ev))
		return PARSE_EVENT;
	return site_text(text) ? PARSE_IGNORED : PARSE_UNKNOWN;
}
