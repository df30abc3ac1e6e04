/*
 * dovecot.c: Dovecot 1.x to 2.4: which service speaks, for whom, and whether
 * it is about a delivery (dovecot_mail.c) or a login (dovecot_auth.c).
 *
 * The prefix changed with every version:
 *
 *	dovecot: lmtp(a@b.example)<1108><2hVdIJQUEWBUBAAAWP5Hkg>: text	2.3
 *	dovecot: lmtp(1108, a@b.example): wArTL0TxF2AccAAAYr7Zvw: text	2.0-2.2
 *	dovecot: lmtp(1108): text			before a user is known
 *	Oct 12 15:44:43 imap-login: Info: text		own file, no host
 *	2024-10-14 15:44:43 lmtp(..): Info: text	own file
 *	Info: imap-login: text				own file, 1.x
 *
 * Left out: what an IMAP or POP3 session does, except what mail_log says of a
 * message, and every debugging line.
 */
#include "parsers/dovecot.h"
#include "parsers/pick.h"
#include "base/banned.h"

static const struct {
	struct str name;
	enum dovecot_service kind;
} services[] = {
	{ STR_INIT("imap-login"), DOVECOT_LOGIN },
	{ STR_INIT("lmtp"), DOVECOT_MAIL },
	{ STR_INIT("imap"), DOVECOT_USER },
	{ STR_INIT("pop3-login"), DOVECOT_LOGIN },
	{ STR_INIT("auth"), DOVECOT_AUTH },
	{ STR_INIT("auth-worker"), DOVECOT_AUTH },
	{ STR_INIT("pop3"), DOVECOT_USER },
	{ STR_INIT("lda"), DOVECOT_MAIL },
	{ STR_INIT("submission-login"), DOVECOT_LOGIN },
	{ STR_INIT("managesieve-login"), DOVECOT_LOGIN },
	{ STR_INIT("lmtp-login"), DOVECOT_LOGIN },
	{ STR_INIT("submission"), DOVECOT_USER },
	{ STR_INIT("managesieve"), DOVECOT_USER },
	{ STR_INIT("deliver"), DOVECOT_MAIL },
	{ STR_INIT("master"), DOVECOT_MASTER },
	{ STR_INIT("dovecot-auth"), DOVECOT_AUTH },
	{ STR_INIT("sieve-login"), DOVECOT_LOGIN },
	{ STR_INIT("script-login"), DOVECOT_LOGIN },
	{ STR_INIT("anvil"), DOVECOT_OTHER },
	{ STR_INIT("stats"), DOVECOT_OTHER },
	{ STR_INIT("old-stats"), DOVECOT_OTHER },
	{ STR_INIT("config"), DOVECOT_OTHER },
	{ STR_INIT("log"), DOVECOT_OTHER },
	{ STR_INIT("dict"), DOVECOT_OTHER },
	{ STR_INIT("dict-async"), DOVECOT_OTHER },
	{ STR_INIT("director"), DOVECOT_OTHER },
	{ STR_INIT("dns-client"), DOVECOT_OTHER },
	{ STR_INIT("doveadm"), DOVECOT_OTHER },
	{ STR_INIT("doveadm-server"), DOVECOT_OTHER },
	{ STR_INIT("dsync"), DOVECOT_OTHER },
	{ STR_INIT("dsync-local"), DOVECOT_OTHER },
	{ STR_INIT("dsync-server"), DOVECOT_OTHER },
	{ STR_INIT("indexer"), DOVECOT_OTHER },
	{ STR_INIT("indexer-worker"), DOVECOT_OTHER },
	{ STR_INIT("ipc"), DOVECOT_OTHER },
	{ STR_INIT("replicator"), DOVECOT_OTHER },
	{ STR_INIT("aggregator"), DOVECOT_OTHER },
	{ STR_INIT("quota-status"), DOVECOT_OTHER },
	{ STR_INIT("imap-hibernate"), DOVECOT_OTHER },
	{ STR_INIT("imap-urlauth"), DOVECOT_OTHER },
	{ STR_INIT("ssl-params"), DOVECOT_OTHER },
	{ STR_INIT("ssl-build-param"), DOVECOT_OTHER },
	{ STR_INIT("health-check"), DOVECOT_OTHER },
	{ STR_INIT("tcpwrap"), DOVECOT_OTHER },
	{ STR_INIT("script"), DOVECOT_OTHER },
	{ STR_INIT("service"), DOVECOT_OTHER },
};

static bool
find_service(struct str name, enum dovecot_service *kind)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
		if (services[i].name.n == name.n &&
		    str_eqi(services[i].name, name)) {
			*kind = services[i].kind;
			return true;
		}
	return false;
}

static bool
take_level(struct str *r, enum dovecot_level *level)
{
	static const struct {
		struct str word;
		enum dovecot_level level;
	} words[] = {
		{ STR_INIT("Info: "), DOVECOT_INFO },
		{ STR_INIT("Error: "), DOVECOT_ERROR },
		{ STR_INIT("Warning: "), DOVECOT_WARNING },
		{ STR_INIT("Warn: "), DOVECOT_WARNING },
		{ STR_INIT("Debug: "), DOVECOT_DEBUG },
		{ STR_INIT("Fatal: "), DOVECOT_ERROR },
		{ STR_INIT("Panic: "), DOVECOT_ERROR },
		{ STR_INIT("Notice: "), DOVECOT_INFO },
	};

	if (!r->n || r->p[0] < 'D' || r->p[0] > 'W')
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (pick_lit(r, words[i].word)) {
			*level = words[i].level;
			return true;
		}
	return false;
}

static bool
is_number(struct str s)
{
	return s.n && pick_digits(&s).n && !s.n;
}

/* "a@b", "1108", "1108, a@b", "default", "a@b,192.0.2.1,sasl:login" */
static void
read_parens(struct str in, struct dovecot_line *dl)
{
	struct str r = in, digits = pick_digits(&r);

	if (digits.n && !r.n) {
		dl->pid = digits;
	} else if (digits.n && pick_lit(&r, STR(", "))) {
		dl->pid = digits;
		dl->user = r;
	} else {
		dl->user = in;
	}
}

/*
 * A session id of 2.0 to 2.2 stands in front of the text: at least 16 bytes
 * of base64, perhaps ":2" for the second recipient.
 */
static void
session_before_text(struct dovecot_line *dl)
{
	struct str r = dl->text;
	size_t n = 0;

	while (n < r.n && (is_alnum(r.p[n]) || r.p[n] == '+' || r.p[n] == '/'))
		n++;
	if (n < 16)
		return;
	while (n + 1 < r.n && r.p[n] == ':' && is_digit(r.p[n + 1]))
		for (n++; n < r.n && is_digit(r.p[n]); n++)
			;
	if (n + 1 < r.n && r.p[n] == ':' && r.p[n + 1] == ' ') {
		dl->session = str_head(r, n);
		dl->text = str_from(r, n + 2);
	}
}

/* Reads the prefix; false when r does not begin with one. */
static bool
read_prefix(struct str r, struct dovecot_line *dl)
{
	size_t n = 0;
	ptrdiff_t i;

	*dl = (struct dovecot_line){ .level = DOVECOT_INFO };
	take_level(&r, &dl->level);
	while (n < r.n && n < 24 && (is_alnum(r.p[n]) || r.p[n] == '-'))
		n++;
	if (n < 3 || n == r.n ||
	    (r.p[n] != '(' && r.p[n] != ':' && r.p[n] != '<') ||
	    !find_service(str_head(r, n), &dl->kind))
		return false;
	dl->service = str_head(r, n);
	r = str_from(r, n);
	if (r.p[0] == '(') {
		/* a name may hold a ')' of its own */
		for (i = 1; (size_t)i < r.n; i++)
			if (r.p[i] == ')' &&
			    ((size_t)i + 1 == r.n || r.p[i + 1] == ':' ||
				r.p[i + 1] == '<'))
				break;
		if ((size_t)i >= r.n)
			return false;
		read_parens(str_make(r.p + 1, (size_t)i - 1), dl);
		r = str_from(r, (size_t)i + 1);
	}
	while (r.n && r.p[0] == '<' && (i = str_chr(r, '>')) > 0) {
		struct str in = str_make(r.p + 1, (size_t)i - 1);

		if (is_number(in) && !dl->pid.n)
			dl->pid = in;
		else if (in.n)
			dl->session = in;
		r = str_from(r, (size_t)i + 1);
	}
	if (!pick_lit(&r, STR(":")))
		return false;
	pick_lit(&r, STR(" "));
	dl->has_level = take_level(&r, &dl->level);
	dl->text = r;
	if (dl->kind == DOVECOT_MAIL && !dl->session.n) {
		session_before_text(dl);
		take_level(&dl->text, &dl->level);
	}
	return true;
}

enum parse_result
dovecot_says(const struct dovecot_line *dl, struct event *ev)
{
	ev->kind = ev->qid.n ? EV_NOTE : EV_SYSTEM;
	if (dl->service.n)
		ev_set(ev, F_SERVICE, dl->service);
	if (dl->user.n)
		ev_set(ev, F_USER, dl->user);
	ev_set(ev, F_TEXT, dl->text);
	return PARSE_EVENT;
}

/*
 * imap(a@b.example)<1108><S>: expunge: box=Trash, uid=12, msgid=<x@y.example>,
 * size=1234
 *
 * Printed by src/plugins/mail-log: what the owner did with a message.
 */
static bool
mail_log(const struct dovecot_line *dl, struct event *ev)
{
	static const char *const actions[] = { "expunge: ", "delete: ",
		"undelete: ", "save: ", "copy: ", "copy from ",
		"move: ", NULL };
	struct str v;

	for (size_t i = 0; actions[i]; i++) {
		struct str a = str_c(actions[i]);

		if (!str_starts(dl->text, a))
			continue;
		v = pick_key(dl->text, STR("msgid="), 0);
		if (!v.p)
			return false;
		ev->kind = EV_NOTE;
		if (v.n)
			ev_set(ev, F_MSGID, v);
		ev_set(ev, F_ACTION,
		    str_head(dl->text, strcspn(actions[i], ": ")));
		if ((v = pick_key(dl->text, STR("box="), 0)).n)
			ev_set(ev, F_FOLDER, v);
		if ((v = pick_key(dl->text, STR("size="), 0)).n)
			ev_set(ev, F_SIZE, v);
		if (dl->user.n)
			ev_set(ev, F_USER, dl->user);
		if (dl->session.n)
			ev_set(ev, F_SESSION, dl->session);
		ev_set(ev, F_SERVICE, dl->service);
		return true;
	}
	return false;
}

/*
 * submission(a@b.example)<1><S>: Successfully relayed message:
 * from=<a@b.example>, size=12, id=S, nrcpt=1, reply=`250 2.0.0 Ok: queued as
 * 4A'
 *
 * Printed by src/submission/submission-commands.c.
 */
static bool
relayed(const struct dovecot_line *dl, struct event *ev)
{
	struct str t = dl->text, v, reply, code, dsn;
	ptrdiff_t i = str_find(t, STR("reply=`"));

	if (i < 0 || !pick_lit(&t, STR("Successfully relayed message: ")))
		return false;
	reply = str_from(dl->text, (size_t)i + 7);
	if (reply.n && reply.p[reply.n - 1] == '\'')
		reply.n--;
	ev->kind = EV_DELIVERY;
	ev->state = ST_SENT;
	ev->flags |= EVF_DECIDES;
	if (pick_lit(&t, STR("from=")) && pick_angle(&t, &v))
		ev_set(ev, F_FROM, v);
	if ((v = pick_key(t, STR("size="), 0)).n)
		ev_set(ev, F_SIZE, v);
	if ((v = pick_key(t, STR("nrcpt="), 0)).n)
		ev_set(ev, F_NRCPT, v);
	if ((v = pick_key(t, STR("id="), 0)).n)
		ev->qid = v;
	ev_set(ev, F_REPLY, reply);
	reply_codes(reply, &code, &dsn);
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
	if ((v = reply_next_id(reply)).n)
		ev_set(ev, F_QID2, v);
	if (dl->user.n)
		ev_set(ev, F_USER, dl->user);
	if (dl->session.n)
		ev_set(ev, F_SESSION, dl->session);
	return true;
}

static enum parse_result
by_service(const struct dovecot_line *dl, struct event *ev)
{
	if (dl->level == DOVECOT_DEBUG)
		return PARSE_IGNORED; /* may hold passwords */
	switch (dl->kind) {
	case DOVECOT_LOGIN:
		return dovecot_login(dl, ev);
	case DOVECOT_AUTH:
		return dovecot_auth(dl, ev);
	case DOVECOT_MAIL:
		return dovecot_mail(dl, ev);
	case DOVECOT_MASTER:
		return dovecot_says(dl, ev);
	case DOVECOT_USER:
		if (mail_log(dl, ev) || relayed(dl, ev))
			return PARSE_EVENT;
		/* fall through */
	case DOVECOT_OTHER:
		break;
	}
	return dl->level == DOVECOT_ERROR ? dovecot_says(dl, ev) :
					    PARSE_IGNORED;
}

/* Without a service: "Dovecot v1.2.rc3 starting up", "Fatal: Auth ..." */
static enum parse_result
bare(struct str text, struct event *ev)
{
	static const char *const starts[] = { "Dovecot v", "dovecot v",
		"Killed with", "SIGHUP", "Auth process", "Master",
		"Temporary failure", "child ", "Login process", "auth process",
		"If you have trouble", "Server shutdown", "service(", NULL };
	struct dovecot_line dl = { .text = text };

	if (take_level(&dl.text, &dl.level)) {
		if (dl.level == DOVECOT_DEBUG)
			return PARSE_IGNORED;
		return dl.text.n ? dovecot_says(&dl, ev) : PARSE_UNKNOWN;
	}
	for (size_t i = 0; starts[i]; i++)
		if (str_starts(text, str_c(starts[i])))
			return dovecot_says(&dl, ev);
	return PARSE_UNKNOWN;
}

/* The rest of the physical line from one of its views on. */
static struct str
from_view(const struct line *ln, struct str v)
{
	if (!v.n || !is_within(v, ln->raw))
		return STR_NONE;
	return str_make(v.p, (size_t)(ln->raw.p + ln->raw.n - v.p));
}

/* Tags under which a Dovecot service may log without "dovecot: ". */
static bool
level_word(struct str s)
{
	if (s.n && s.p[s.n - 1] == ':')
		s.n--;
	return str_eq(s, STR("Info")) || str_eq(s, STR("Warn")) ||
	       str_eq(s, STR("Warning")) || str_eq(s, STR("Error")) ||
	       str_eq(s, STR("Fatal")) || str_eq(s, STR("Panic"));
}

static enum parse_result
read_line(const struct line *ln, struct event *ev)
{
	struct dovecot_line dl;
	struct str t;

	ev->mta = MTA_DOVECOT;
	ev->inst = STR("dovecot");
	if (str_eq(ln->prog, STR("dovecot"))) {
		if (read_prefix(ln->text, &dl))
			return by_service(&dl, ev);
		if (str_starts(ln->text, STR("pam_")))
			return dovecot_pam(ln->text, ev);
		return bare(ln->text, ev);
	}
	if (str_starts(ln->text, STR("pam_")) &&
	    (str_eq(ln->prog, STR("auth")) ||
		str_eq(ln->prog, STR("dovecot-auth")) ||
		str_eq(ln->prog, STR("auth-worker"))) &&
	    str_find(ln->text, STR("(dovecot:")) >= 0)
		return dovecot_pam(ln->text, ev);
	/*
	 * Its own file.  Without a host the service stands where a syslog
	 * header has the host or the tag; which of them depends on the frame.
	 */
	if (!ln->tag.n && !ln->host.n) {
		t = pick_after_stamp(ln->text);
		if (t.n && is_alpha(t.p[0]) && read_prefix(t, &dl) &&
		    (dl.kind != DOVECOT_OTHER || dl.session.n))
			return by_service(&dl, ev);
		return PARSE_FOREIGN;
	}
	t = from_view(ln, ln->host);
	if (t.n &&
	    (level_word(ln->host) || str_chr(ln->host, '(') >= 0 ||
		str_ends(ln->host, STR(":"))) &&
	    read_prefix(t, &dl))
		return by_service(&dl, ev);
	t = from_view(ln, ln->tag);
	if (t.n && !ln->host.n && read_prefix(t, &dl) && dl.has_level)
		return by_service(&dl, ev);
	if (t.n &&
	    (level_word(ln->prog) || str_chr(ln->tag, '(') >= 0 ||
		str_ends(ln->tag, STR("-login")) ||
		str_starts(ln->tag, STR("lmtp")) ||
		str_starts(ln->tag, STR("auth-worker"))) &&
	    read_prefix(t, &dl) && dl.kind != DOVECOT_OTHER)
		return by_service(&dl, ev);
	return PARSE_FOREIGN;
}

/*
 * auth_verbose_passwords prints "(given password: ...)".  Wherever it stands,
 * also in a line that two processes wrote into each other, no field keeps it,
 * and a line that is not understood is not shown as an unknown one.
 */
static enum parse_result
seal(enum parse_result r, struct str words, struct event *ev)
{
	ptrdiff_t end = str_chr(words, ')');
	const char *last = words.p + (end < 0 ? words.n : (size_t)end);

	ev->flags |= EVF_SECRET;
	if (r == PARSE_UNKNOWN) {
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, STR("a line with a password, not read"));
		return PARSE_EVENT;
	}
	for (int f = 0; f < F_COUNT; f++) {
		struct str *v = &ev->f[f];

		if (!ev_has(ev, (enum field)f) || v->p >= last ||
		    v->p + v->n <= words.p)
			continue;
		if (v->p < words.p)
			v->n = (size_t)(words.p - v->p);
		else
			ev->mask &= ~((uint64_t)1 << f);
	}
	return r;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	static const struct str words = STR_INIT("given password");
	enum parse_result r = read_line(ln, ev);
	struct str rest = ln->raw;
	ptrdiff_t i;

	if (r == PARSE_FOREIGN || r == PARSE_IGNORED ||
	    (r == PARSE_EVENT &&
		(ev->kind == EV_STORED || ev->kind == EV_DELIVERY ||
		    ev->kind == EV_CONNECT || ev->kind == EV_DISCONNECT)))
		return r;
	while ((i = str_find(rest, words)) >= 0) {
		rest = str_from(rest, (size_t)i);
		r = seal(r, rest, ev);
		rest = str_from(rest, words.n);
	}
	return r;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 mail dovecot: lmtp(david.conrad@isp.test)<18060><pGRzHDl1AGuMRgAATu4P5g>: msgid=<20251229050100.F3B04B029A1@out1.isp.test>: saved mail to INBOX",
	    "stored qid=pGRzHDl1AGuMRgAATu4P5g state=sent to=david.conrad@isp.test msgid=<20251229050100.F3B04B029A1@out1.isp.test> folder=INBOX session=pGRzHDl1AGuMRgAATu4P5g" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example): wArTL0TxF2AccAAAYr7Zvw:2: sieve: msgid=<m@one.example>: stored mail into mailbox 'Junk mail'",
	    "stored qid=wArTL0TxF2AccAAAYr7Zvw:2 state=sent to=a@two.example msgid=<m@one.example> folder=\"Junk mail\" session=wArTL0TxF2AccAAAYr7Zvw:2" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(1108, a@two.example): wArTL0TxF2AccAAAYr7Zvw: msgid=unspecified: saved mail to INBOX",
	    "stored qid=wArTL0TxF2AccAAAYr7Zvw state=sent to=a@two.example folder=INBOX session=wArTL0TxF2AccAAAYr7Zvw" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(1108): Connect from local",
	    "connect session session=1108" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(18060): Disconnect from 10.77.1.20: Logged out (state=READY)",
	    "disconnect session client_ip=10.77.1.20 session=18060 text=\"Logged out (state=READY)\"" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example)<1><SSSSSSSSSSSSSSSS>: msgid=<m@one.example>: save failed to INBOX: Quota exceeded (mailbox for user is full)",
	    "stored qid=SSSSSSSSSSSSSSSS state=bounced to=a@two.example msgid=<m@one.example> reply=\"Quota exceeded (mailbox for user is full)\" folder=INBOX session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example)<1><SSSSSSSSSSSSSSSS>: msgid=<m@one.example>: save failed to open mailbox INBOX: Internal error occurred. Refer to server log for more information. [2026-01-01 00:04:19]",
	    "stored qid=SSSSSSSSSSSSSSSS state=deferred to=a@two.example msgid=<m@one.example> reply=\"Internal error occurred. Refer to server log for more information. [2026-01-01 00:04:19]\" folder=INBOX session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example)<1><SSSSSSSSSSSSSSSS>: msgid=<x>: saved mail to INBOX>: save failed to INBOX: Quota exceeded",
	    "stored qid=SSSSSSSSSSSSSSSS state=bounced to=a@two.example msgid=\"<x>: saved mail to INBOX>\" reply=\"Quota exceeded\" folder=INBOX session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example)<1><SSSSSSSSSSSSSSSS>: sieve: msgid=<m@one.example>: redirect action: forwarded to <c@three.example>",
	    "stored qid=SSSSSSSSSSSSSSSS state=forwarded to=a@two.example rcpts=<c@three.example> msgid=<m@one.example> action=redirect session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example)<1><SSSSSSSSSSSSSSSS>: sieve: msgid=<m@one.example>: discard action: Marked message to be discarded if not explicitly delivered (discard action)",
	    "stored qid=SSSSSSSSSSSSSSSS state=discarded to=a@two.example msgid=<m@one.example> action=discard session=SSSSSSSSSSSSSSSS text=\"Marked message to be discarded if not explicitly delivered (discard action)\"" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example)<1><SSSSSSSSSSSSSSSS>: sieve: msgid=<m@one.example>: reject action: rejected message from <b@one.example> (reject)",
	    "stored qid=SSSSSSSSSSSSSSSS state=rejected from=b@one.example to=a@two.example msgid=<m@one.example> action=reject session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example)<1><SSSSSSSSSSSSSSSS>: sieve: msgid=<m@one.example>: vacation action: sent vacation response to <b@one.example>",
	    "stored qid=SSSSSSSSSSSSSSSS state=replied to=a@two.example rcpts=<b@one.example> msgid=<m@one.example> action=vacation session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example)<1><SSSSSSSSSSSSSSSS>: Error: lmtp-server: conn 10.77.1.20:1 [1]: rcpt a@two.example: stat(/srv/mail/a) failed: Not a directory",
	    "note qid=SSSSSSSSSSSSSSSS user=a@two.example service=lmtp text=\"lmtp-server: conn 10.77.1.20:1 [1]: rcpt a@two.example: stat(/srv/mail/a) failed: Not a directory\"" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(18)<SSSSSSSSSSSSSSSS>: Sent message to <a@two.example> at 10.0.0.2:24: 250 2.0.0 <a@two.example> RRRRRRRRRRRRRRRRRRRRRR Saved (1/1 at 12 ms)",
	    "delivery qid=SSSSSSSSSSSSSSSS state=sent qid2=RRRRRRRRRRRRRRRRRRRRRR to=a@two.example relay_ip=10.0.0.2 relay_port=24 code=250 dsn=2.0.0 reply=\"250 2.0.0 <a@two.example> RRRRRRRRRRRRRRRRRRRRRR Saved\" session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: lda(a)<77><SSSSSSSSSSSSSSSSSSSSSS>: sieve: msgid=<m@one.example>: left message in mailbox 'INBOX'",
	    "stored qid=SSSSSSSSSSSSSSSSSSSSSS state=sent to=a msgid=<m@one.example> folder=INBOX session=SSSSSSSSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: lda(a)<77><SSSSSSSSSSSSSSSS>: msgid=<m@one.example>: rejected: Quota exceeded (mailbox for user is full)",
	    "stored qid=SSSSSSSSSSSSSSSS state=bounced to=a msgid=<m@one.example> reply=\"Quota exceeded (mailbox for user is full)\" session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: lmtp(a@two.example)<77><SSSSSSSSSSSSSSSS>: saved mail to INBOX, msgid=<m@one.example>, size=12",
	    "stored qid=SSSSSSSSSSSSSSSS state=sent to=a@two.example msgid=<m@one.example> folder=INBOX session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: auth: oauth2(a@two.example,192.0.2.4,<S>): Token is not valid",
	    "auth state=fail client_ip=192.0.2.4 user=a@two.example session=S transport=oauth2 text=\"Token is not valid\"" },
	{ "Jan  1 00:04:19 mail dovecot: deliver(a): msgid=<m@one.example>: saved mail to INBOX",
	    "stored state=sent to=a msgid=<m@one.example> folder=INBOX" },
	{ "2024-10-14 15:44:43 lmtp(a@two.example)<1><SSSSSSSSSSSSSSSS>: Info: msgid=<m@one.example>: saved mail to INBOX",
	    "stored qid=SSSSSSSSSSSSSSSS state=sent to=a@two.example msgid=<m@one.example> folder=INBOX session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: imap(a@two.example)<1><SSSSSSSSSSSSSSSS>: expunge: box=Trash, uid=12, msgid=<m@one.example>, size=1234",
	    "note msgid=<m@one.example> user=a@two.example size=1234 action=expunge folder=Trash service=imap session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: submission(a@two.example)<1><SSSSSSSSSSSSSSSS>: Successfully relayed message: from=<a@two.example>, size=12, id=TTTT, nrcpt=1, reply=`250 2.0.0 Ok: queued as 4A5B6C'",
	    "delivery qid=TTTT state=sent qid2=4A5B6C from=a@two.example user=a@two.example code=250 dsn=2.0.0 reply=\"250 2.0.0 Ok: queued as 4A5B6C\" size=12 nrcpt=1 session=SSSSSSSSSSSSSSSS" },
	{ "Jan  1 00:04:19 mail dovecot: imap(a@two.example)<1><SSSSSSSSSSSSSSSS>: Disconnected: Logged out in=1 out=2 deleted=0 expunged=0",
	    "ignored" },
	{ "Jan  1 00:04:19 mail dovecot: imap-login: Login: user=<a@two.example>, method=PLAIN, rip=192.0.2.4, lip=192.0.2.1, mpid=12, TLS, session=<azdaDADSqqsvf-za>",
	    "auth state=ok client_ip=192.0.2.4 user=a@two.example method=PLAIN tls=TLS service=imap session=azdaDADSqqsvf-za local_ip=192.0.2.1" },
	{ "Jan  1 00:04:19 mail dovecot: pop3-login: Disconnected: Connection closed (auth failed, 2 attempts in 30 secs): user=<a@two.example>, method=PLAIN, rip=172.17.0.1, lip=172.17.0.2, TLS: Connection closed, TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits), session=<oEOptynOHNasEQAB>",
	    "auth state=fail client_ip=172.17.0.1 user=a@two.example method=PLAIN tls=\"TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)\" service=pop3 session=oEOptynOHNasEQAB local_ip=172.17.0.2 text=\"Disconnected: Connection closed (auth failed, 2 attempts in 30 secs)\"" },
	{ "Jan  1 00:04:19 mail dovecot[241]: managesieve-login: Login aborted: Logged out (auth failed, 1 attempts in 10 secs) (auth_failed): user=<a@two.example>, method=PLAIN, rip=192.0.2.241, lip=203.0.113.104, TLS, session=<Dp8j1Ho3suQYdo+k>",
	    "auth state=fail client_ip=192.0.2.241 user=a@two.example method=PLAIN tls=TLS service=managesieve session=Dp8j1Ho3suQYdo+k local_ip=203.0.113.104 text=\"Login aborted: Logged out (auth failed, 1 attempts in 10 secs) (auth_failed)\"" },
	{ "Jan  1 00:04:19 mail dovecot: imap-login: Disconnected (auth failed, 1 attempts in 9 secs): user=<Summer2026!>, method=PLAIN, rip=192.0.2.4, lip=192.0.2.1, TLS",
	    "auth state=fail client_ip=192.0.2.4 method=PLAIN tls=TLS service=imap local_ip=192.0.2.1 text=\"Disconnected (auth failed, 1 attempts in 9 secs)\" secret" },
	{ "Jan  1 00:04:19 mail dovecot: imap-login: Disconnected (no auth attempts in 4 secs): user=<>, rip=192.0.2.7, lip=192.168.1.2, TLS handshaking: SSL_accept() failed: error:14209102:SSL routines:tls_early_post_process_client_hello:unsupported protocol, session=<x>",
	    "lost client_ip=192.0.2.7 tls=\"TLS handshaking: SSL_accept() failed: error:14209102:SSL routines:tls_early_post_process_client_hello:unsupported protocol\" where=TLS service=imap session=x local_ip=192.168.1.2 text=\"Disconnected (no auth attempts in 4 secs)\"" },
	{ "Jan  1 00:04:19 mail dovecot: imap-login: Disconnected (no auth attempts in 4 secs): user=<>, rip=192.0.2.7, lip=192.168.1.2, session=<x>",
	    "ignored" },
	{ "Jan  1 00:04:19 mail dovecot: pop3-login: Aborted login (tried to use disallowed plaintext auth): rip=192.0.2.21, lip=192.0.2.193, session=<LgDINsQCkttVIMPg>",
	    "auth state=fail client_ip=192.0.2.21 service=pop3 session=LgDINsQCkttVIMPg local_ip=192.0.2.193 text=\"Aborted login (tried to use disallowed plaintext auth)\"" },
	{ "Jan 29 09:34:17 pop3-login: Info: Aborted login (auth failed, 1 attempts in 62 secs): user=<carl@two.example>, method=PLAIN, rip=192.0.2.4, TLS",
	    "auth state=fail client_ip=192.0.2.4 user=carl@two.example method=PLAIN tls=TLS service=pop3 text=\"Aborted login (auth failed, 1 attempts in 62 secs)\"" },
	{ "Mar 23 06:10:52 auth: Info: passwd-file(carl,192.0.2.4,<SSSSSSSSSSSSSSSS>): Password mismatch",
	    "auth state=fail client_ip=192.0.2.4 user=carl session=SSSSSSSSSSSSSSSS transport=passwd-file text=\"Password mismatch\"" },
	{ "Nov 21 12:56:41 master: Info: Dovecot v2.3.19.1 (9b53102964) starting up for lmtp, imap",
	    "system service=master text=\"Dovecot v2.3.19.1 (9b53102964) starting up for lmtp, imap\"" },
	{ "Nov 21 12:56:41 indexer-worker(carl)<500><SSSSSSSSSSSSSSSS>: Info: Indexed 1 messages in INBOX",
	    "ignored" },
	{ "Nov 21 12:56:41 stats: Error: x",
	    "system service=stats text=x" },
	{ "Jun 23 15:04:05 Info: imap-login: Login: user=<carl>, method=PLAIN, rip=192.0.2.4, lip=192.0.2.5",
	    "auth state=ok client_ip=192.0.2.4 user=carl method=PLAIN service=imap local_ip=192.0.2.5" },
	{ "Jan  1 00:04:19 mail dovecot: auth: passwd-file(david@isp.test,10.77.2.9): Password mismatch",
	    "auth state=fail client_ip=10.77.2.9 user=david@isp.test transport=passwd-file text=\"Password mismatch\"" },
	{ "Jan  1 00:04:19 mail dovecot: auth: passwd-file(gone@isp.test,127.0.0.1): unknown user",
	    "ignored" },
	{ "Jan  1 00:04:19 mail dovecot: auth-worker(10377): conn unix:auth-worker (pid=919,uid=112): auth-worker<1>: sql(carl@two.example,192.168.1.1,<Yx7+W8+Io>): unknown user (given password: Password123$)",
	    "auth state=fail client_ip=192.168.1.1 user=carl@two.example session=Yx7+W8+Io transport=sql text=\"unknown user\" secret" },
	{ "Aug 30 00:10:57 auth(info@two.example,192.0.2.110,sasl:login)<CvN+E95Uf4e7eEnj>: Info: sql: Password mismatch (given password: XxxxXXxx123)",
	    "auth state=fail client_ip=192.0.2.110 user=info@two.example method=login session=CvN+E95Uf4e7eEnj transport=sql text=\"Password mismatch\" secret" },
	{ "Jan  1 00:04:19 mail dovecot: auth: ldap(carl@two.example,192.0.2.25,<LZmGp6mZaMrAqLIZ>): Password mismatch (for LDAP bind) (SHA1 of given password: f638ff)",
	    "auth state=fail client_ip=192.0.2.25 user=carl@two.example session=LZmGp6mZaMrAqLIZ transport=ldap text=\"Password mismatch (for LDAP bind)\" secret" },
	{ "Jan  1 00:04:19 mail auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=informix rhost=192.0.2.104",
	    "auth state=fail client_ip=192.0.2.104 user=informix transport=pam text=\"authentication failure\"" },
	{ "Jan  1 00:04:19 mail dovecot: auth: Error: mysql(127.0.0.1): Connect failed to database (mail): Can't connect to MySQL server - waiting for 25 seconds before retry",
	    "system service=auth text=\"mysql(127.0.0.1): Connect failed to database (mail): Can't connect to MySQL server - waiting for 25 seconds before retry\"" },
	{ "Jan  1 00:04:19 mail dovecot: master: Warning: Killed with signal 15 (by pid=1 uid=0 code=kill)",
	    "system service=master text=\"Killed with signal 15 (by pid=1 uid=0 code=kill)\"" },
	{ "Jan  1 00:04:19 mail dovecot: Dovecot v1.2.rc3 starting up (core dumps disabled)",
	    "system text=\"Dovecot v1.2.rc3 starting up (core dumps disabled)\"" },
	{ "Jan  1 00:04:19 mail dovecot: imap-login: Disconnected (auth failed, 1 attJan  1 00:04:19 mail dovecot: auth: sql(carl,192.0.2.4): unknown user (given password: Pass12empts in 2 secs): user=<carl>, method=PLAIN, rip=192.0.2.4, lip=192.0.2.1",
	    "auth state=fail client_ip=192.0.2.4 user=carl method=PLAIN service=imap local_ip=192.0.2.1 text=\"Disconnected (auth failed, 1 attJan  1 00:04:19 mail dovecot: auth: sql(carl,192.0.2.4): unknown user (\" secret" },
	{ "Jan  1 00:04:19 mail dovecot: garbled (given password: Pass12)",
	    "system text=\"a line with a password, not read\" secret" },
	{ "Jan  1 00:04:19 mail dovecot: never seen this before",
	    "unknown" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_dovecot = {
	.name = "dovecot",
	.about = "Dovecot 1.x to 2.4: LMTP, LDA, Sieve, logins",
	.parse = parse,
	.samples = samples,
};
