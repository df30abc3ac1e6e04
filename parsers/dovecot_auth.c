/*
 * dovecot_auth.c: logins and why they failed.
 *
 * The login processes say who came and how it ended; the auth processes say
 * what the password database thought of it.  The user's name is typed by
 * whoever is at the other end, so the address comes from the last "rip=" and
 * the name from what stands between the first "user=<" and the next key.
 *
 * A line with a "given password", and a failed login whose name may be a
 * password, is marked as holding a secret; neither gets into a field.
 * Connections that never tried to log in are left out, unless TLS failed.
 */
#include "parsers/dovecot.h"
#include "parsers/pick.h"
#include "base/banned.h"

/* The key's last occurrence: what is logged after it is not typed by users. */
static struct str
last_key(struct str list, struct str key)
{
	ptrdiff_t i = str_rfind(list, key);

	if (i < 0)
		return STR_NONE;
	list = str_from(list, (size_t)i + key.n);
	list = pick_word(&list);
	return str_ends(list, STR(",")) ? str_head(list, list.n - 1) : list;
}

static void
set_user(struct event *ev, struct str user)
{
	if (!user.n)
		return;
	if (ev->state == ST_FAIL && may_be_password(user))
		ev->flags |= EVF_SECRET;
	else
		ev_set(ev, F_USER, user);
}

/* "TLSv1.3 with cipher X (256/256 bits)", "TLS handshaking: ...", "TLS" */
static void
set_tls(struct str list, struct event *ev)
{
	static const struct str ends[] = { STR_INIT(", session=<"),
		STR_INIT(", TLSv1"), STR_INIT(", mpid=") };
	ptrdiff_t i, k;
	struct str v;

	if ((i = str_find(list, STR(", TLSv"))) < 0 &&
	    (i = str_find(list, STR(", SSLv"))) < 0 &&
	    (i = str_find(list, STR(", TLS"))) < 0)
		return;
	v = str_from(list, (size_t)i + 2);
	for (size_t e = 0; e < sizeof(ends) / sizeof(*ends); e++)
		if ((k = str_find(v, ends[e])) > 0)
			v = str_head(v, (size_t)k);
	if (str_starts(v, STR("TLS: "))) /* how the connection ended */
		v = str_head(v, 3);
	ev_set(ev, F_TLS, v);
}

/* "imap-login" -> "imap" */
static struct str
protocol(struct str service)
{
	static const struct str tail = STR_INIT("-login");

	return str_ends(service, tail) ? str_head(service, service.n - tail.n) :
					 service;
}

static bool
has(struct str s, const char *what)
{
	return str_find(s, str_c(what)) >= 0;
}

/* What the words before the list say of the attempt. */
static enum ev_state
login_state(struct str why, struct str list)
{
	static const char *const failed[] = { "auth failed", "auth_failed",
		"authentication attempts)", "tried to use disallowed",
		"Authentication failed", "authentication failed",
		"Maximum number of connections", "Login failed",
		"internal failure", "Authorization failed",
		"authorization failed", "Login denied", "not allowed",
		"Password expired", "Temporary authentication", NULL };

	if (str_starts(why, STR("Login")) &&
	    (why.n == 5 || str_starts(why, STR("Login via"))))
		return ST_OK;
	if (has(why, "started proxying to"))
		return ST_OK;
	if (has(why, "no auth attempts"))
		return ST_NONE;
	for (size_t i = 0; failed[i]; i++)
		if (has(why, failed[i]))
			return ST_FAIL;
	/* 1.x gave no reason after the attempt */
	if (str_starts(why, STR("Aborted login")) && why.n == 13 &&
	    has(list, "method=") && has(list, "user=<") &&
	    !has(list, "user=<>"))
		return ST_FAIL;
	return ST_NONE;
}

/* The start of the list, at its first key; -1 when there is none. */
static ptrdiff_t
find_list(struct str t)
{
	static const struct str keys[] = { STR_INIT(": user=<"),
		STR_INIT(": method="), STR_INIT(": rip=") };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		ptrdiff_t k = str_find(t, keys[i]);

		if (k >= 0)
			return k;
	}
	return -1;
}

/* The name between "user=<" and ">" before the next key. */
static struct str
login_user(struct str list)
{
	static const struct str ends[] = { STR_INIT(">, method="),
		STR_INIT(">, rip=") };
	ptrdiff_t i;

	if (!pick_lit(&list, STR("user=<")))
		return STR_NONE;
	for (size_t e = 0; e < sizeof(ends) / sizeof(*ends); e++)
		if ((i = str_rfind(list, ends[e])) >= 0)
			return str_head(list, (size_t)i);
	i = str_chr(list, '>');
	return i < 0 ? STR_NONE : str_head(list, (size_t)i);
}

/*
 * imap-login: Login: user=<a@b.example>, method=PLAIN, rip=192.0.2.4,
 * lip=192.0.2.1, mpid=12, TLS, session=<S>
 *
 * imap-login: Disconnected: Inactivity (auth failed, 1 attempts in 178 secs):
 * user=<a>, method=PLAIN, rip=..
 *
 * Printed by client_log_msg() in src/login-common/client-common.c.
 */
enum parse_result
dovecot_login(const struct dovecot_line *dl, struct event *ev)
{
	struct str t = dl->text, why, list, v;
	ptrdiff_t i = find_list(t);

	if (i < 0) {
		if (dl->level == DOVECOT_ERROR)
			return dovecot_says(dl, ev);
		return str_starts(t, STR("Disconnected")) ||
			       str_starts(t, STR("Aborted")) ||
			       str_starts(t, STR("Login")) ||
			       str_starts(t, STR("proxy")) ||
			       dl->level == DOVECOT_WARNING ?
			   PARSE_IGNORED :
			   PARSE_UNKNOWN;
	}
	why = str_head(t, (size_t)i);
	list = str_from(t, (size_t)i + 2);
	ev->state = login_state(why, list);
	ev->kind = EV_AUTH;
	if (ev->state == ST_NONE) {
		if (!has(list, "SSL_accept() failed") && !has(why, "TLS hand"))
			return PARSE_IGNORED;
		ev->kind = EV_LOST; /* a client that cannot do our TLS */
		ev_set(ev, F_WHERE, STR("TLS"));
	}
	set_user(ev, login_user(list));
	if ((v = last_key(list, STR("method="))).n)
		ev_set(ev, F_METHOD, v);
	if ((v = last_key(list, STR("rip="))).n)
		ev_set(ev, F_CLIENT_IP, v);
	if ((v = last_key(list, STR("lip="))).n)
		ev_set(ev, F_LOCAL_IP, v);
	if ((i = str_rfind(list, STR("session=<"))) >= 0) {
		v = str_from(list, (size_t)i + 9);
		if (v.n && v.p[v.n - 1] == '>')
			v.n--;
		if (v.n)
			ev_set(ev, F_SESSION, v);
	}
	set_tls(list, ev);
	ev_set(ev, F_SERVICE, protocol(dl->service));
	if (ev->state != ST_OK)
		ev_set(ev, F_TEXT, why);
	else if (has(why, "started proxying to"))
		ev_set(ev, F_TEXT, why);
	return PARSE_EVENT;
}

/* What a password database says when it does not let somebody in. */
static bool
is_refusal(struct str text)
{
	static const char *const words[] = { "unknown user", "assword mismatch",
		"nvalid credentials", "ser not found", "uthentication failure",
		"uthentication failed", "pam_authenticate() failed",
		"pam_acct_mgmt() failed", "disabled", "expired",
		"empty password", "not allowed", "allow_nets", "not in allowed",
		"nologin", "inactive", "locked", "Login denied", "No password",
		"no password", "unknown scheme", "policy server refusal",
		"invalid user", "Permission denied", "not known to",
		"is not valid", "oken expired", "refused", NULL };

	for (size_t i = 0; words[i]; i++)
		if (has(text, words[i]))
			return true;
	return false;
}

/* "U", "U,IP", "U,IP,<S>", "U,IP,sasl:login"; a name may hold commas. */
static void
read_who(struct str in, struct event *ev)
{
	ptrdiff_t i;
	struct str v;

	if (str_ends(in, STR(">")) && (i = str_rfind(in, STR(",<"))) >= 0) {
		v = str_make(in.p + i + 2, in.n - (size_t)i - 3);
		if (v.n)
			ev_set(ev, F_SESSION, v);
		in = str_head(in, (size_t)i);
	}
	if ((i = str_rfind(in, STR(",sasl:"))) >= 0) {
		ev_set(ev, F_METHOD, str_from(in, (size_t)i + 6));
		in = str_head(in, (size_t)i);
	}
	if (str_ends(in, STR(",")))
		in.n--;
	if ((i = str_rchr(in, ',')) >= 0 &&
	    is_ip(str_from(in, (size_t)i + 1))) {
		ev_set(ev, F_CLIENT_IP, str_from(in, (size_t)i + 1));
		in = str_head(in, (size_t)i);
	}
	set_user(ev, in);
}

/*
 * LMTP asks whether a recipient is there with the words of a login that
 * failed, but for no client, or the one on its own host, and in no session; a
 * login's own line ("imap-login:", Postfix' SASL) says so besides.
 */
static bool
is_lookup(struct str text, const struct event *ev)
{
	struct str ip = ev_get(ev, F_CLIENT_IP);

	return (str_starts(text, STR("unknown user")) ||
		   has(text, "ser not found")) &&
	       !has(text, "given password") && !ev_has(ev, F_SESSION) &&
	       !ev_has(ev, F_METHOD) &&
	       (!ip.n || str_starts(ip, STR("127.")) || str_eq(ip, STR("::1")));
}

/* The text up to what it tells of the password. */
static struct str
without_password(struct str s, struct event *ev)
{
	ptrdiff_t i = str_find(s, STR("given password"));

	if (i < 0)
		return s;
	ev->flags |= EVF_SECRET;
	s = str_head(s, (size_t)i);
	if ((i = str_rchr(s, '(')) >= 0)
		s = str_head(s, (size_t)i);
	return str_trim(s);
}

/*
 * auth: passwd-file(a@b.example,192.0.2.4,<S>): unknown user
 *
 * auth-worker(12): conn unix:auth-worker (pid=1,uid=2): auth-worker<3>:
 * sql(..): Password mismatch (given password: ..)
 *
 * auth(a@b.example,192.0.2.4,sasl:login)<S>: sql: Password mismatch	2.4
 */
enum parse_result
dovecot_auth(const struct dovecot_line *dl, struct event *ev)
{
	struct str t = dl->text, db, who = STR_NONE, text;
	size_t n = 0;
	ptrdiff_t i;

	if (str_starts(t, STR("pam_")))
		return dovecot_pam(t, ev);
	if (str_starts(t, STR("conn ")) &&
	    (i = str_find(t, STR("auth-worker<"))) >= 0) {
		t = str_from(t, (size_t)i);
		pick_to(&t, STR(">: "));
	}
	while (n < t.n && (is_alnum(t.p[n]) || t.p[n] == '-' || t.p[n] == '_'))
		n++;
	db = str_head(t, n);
	text = str_from(t, n);
	if (n && text.n && text.p[0] == '(' &&
	    (i = str_find(text, STR("): "))) >= 0) {
		who = str_make(text.p + 1, (size_t)i - 1);
		text = str_from(text, (size_t)i + 3);
	} else if (n && str_starts(text, STR(": ")) &&
		   str_chr(dl->user, ',') >= 0) {
		who = dl->user;
		text = str_from(text, 2);
	} else {
		n = 0;
	}
	if (n && is_refusal(text)) {
		ev->kind = EV_AUTH;
		ev->state = ST_FAIL;
		read_who(who, ev);
		if (dl->session.n && !ev_has(ev, F_SESSION))
			ev_set(ev, F_SESSION, dl->session);
		if (is_lookup(text, ev))
			return PARSE_IGNORED;
		ev_set(ev, F_TRANSPORT, db);
		ev_set(ev, F_TEXT, without_password(text, ev));
		return PARSE_EVENT;
	}
	if (dl->level == DOVECOT_ERROR || dl->level == DOVECOT_WARNING) {
		struct dovecot_line plain = *dl;

		plain.text = without_password(t, ev);
		plain.user = STR_NONE;
		return dovecot_says(&plain, ev);
	}
	return has(text, "onnected") || has(t, "Connected") ||
		       str_starts(t, STR("Server shutting down")) ?
		   PARSE_IGNORED :
		   PARSE_UNKNOWN;
}

/*
 * pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0
 * tty=dovecot ruser=a rhost=192.0.2.4  user=a
 */
enum parse_result
dovecot_pam(struct str text, struct event *ev)
{
	ptrdiff_t i = str_find(text, STR("authentication failure; "));
	struct str list, v;

	if (i < 0)
		return PARSE_IGNORED;
	list = str_from(text, (size_t)i + 24);
	ev->kind = EV_AUTH;
	ev->state = ST_FAIL;
	if ((i = str_rfind(list, STR("rhost="))) >= 0) {
		struct str r = str_from(list, (size_t)i + 6);

		v = pick_word(&r);
		if (is_ip(v))
			ev_set(ev, F_CLIENT_IP, v);
		else if (v.n)
			ev_set(ev, F_CLIENT_NAME, v);
	}
	v = pick_key(list, STR("user="), ' ');
	if (!v.n)
		v = pick_key(list, STR("ruser="), ' ');
	set_user(ev, v);
	ev_set(ev, F_TRANSPORT, STR("pam"));
	ev_set(ev, F_TEXT, STR("authentication failure"));
	return PARSE_EVENT;
}
