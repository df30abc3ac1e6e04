/*
 * ban.c: addresses that this host shut out and let in again: fail2ban,
 * CSF's lfd and cPHulk.  A customer whose own address we banned sees "no
 * connection" and nothing in any mail log: only these lines tell why.
 *
 * An event is CLIENT_IP (an address or a network), ACTION ban or unban,
 * SERVICE the jail or rule, TEXT why and for how long.
 */
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

/* An address, perhaps with "/24". */
static bool
is_net(struct str s)
{
	ptrdiff_t i = str_chr(s, '/');

	return is_ip(i > 0 ? str_head(s, (size_t)i) : s);
}

/* The first address in the text, commas and brackets around it aside. */
static struct str
first_net(struct str r)
{
	while (r.n) {
		struct str w = pick_word(&r);

		while (w.n && (w.p[0] == '[' || w.p[0] == '('))
			w = str_from(w, 1);
		while (w.n && (w.p[w.n - 1] == ',' || w.p[w.n - 1] == '.' ||
				  w.p[w.n - 1] == ']' || w.p[w.n - 1] == ')' ||
				  (w.p[w.n - 1] == ':' && w.n > 1 &&
				      w.p[w.n - 2] != ':')))
			w.n--;
		if (is_net(w))
			return w;
	}
	return STR_NONE;
}

static enum parse_result
ban(struct event *ev, bool unban, struct str ip, struct str service,
    struct str text)
{
	ev->kind = EV_BAN;
	ev_set(ev, F_CLIENT_IP, ip);
	ev_set(ev, F_ACTION, unban ? STR("unban") : STR("ban"));
	if (service.n)
		ev_set(ev, F_SERVICE, service);
	if (text.n)
		ev_set(ev, F_TEXT, text);
	return PARSE_EVENT;
}

/*
 * 2026-01-27 07:21:56,123 fail2ban.actions        [1234]: NOTICE  [dovecot] Ban
 * 192.0.2.1
 *
 * fail2ban.actions[1234]: NOTICE [dovecot] Unban 192.0.2.1
 * Printed by fail2ban/server/actions.py.
 */
static enum parse_result
fail2ban(struct str r, struct event *ev)
{
	static const struct {
		struct str text;
		bool unban;
	} words[] = {
		{ STR_INIT("Ban "), false },
		{ STR_INIT("Restore Ban "), false },
		{ STR_INIT("Increase Ban "), false },
		{ STR_INIT("Unban "), true },
	};
	struct str jail, ip;
	ptrdiff_t i = str_chr(r, '[');

	if (i < 0 || i > 40) {
		if (str_find(r, STR("ERROR")) < 0)
			return PARSE_IGNORED;
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	r = str_from(r, (size_t)i + 1);
	jail = pick_to(&r, STR("] "));
	for (size_t k = 0; k < sizeof(words) / sizeof(*words); k++) {
		if (!pick_lit(&r, words[k].text))
			continue;
		ip = pick_word(&r);
		if (!is_net(ip))
			return PARSE_UNKNOWN;
		return ban(ev, words[k].unban, ip, jail, r);
	}
	return PARSE_IGNORED; /* Found, already banned, jail started ... */
}

/* "fail2ban.actions [1234]: NOTICE  " of its own file */
static bool
fail2ban_file(struct str *rest)
{
	struct str r = *rest;

	if (!pick_lit(&r, STR("fail2ban.")))
		return false;
	pick_word(&r);
	if (!pick_lit(&r, STR("[")) || !pick_digits(&r).n ||
	    !pick_lit(&r, STR("]: ")))
		return false;
	*rest = r;
	return true;
}

/*
 * (smtpauth) Failed SMTP AUTH login from 192.0.2.1 (US/United States/-): 5 in
 * the last 3600 secs - *Blocked in csf* for 3600 secs [LF_SMTPAUTH]
 *
 * (PERMBLOCK) 192.0.2.1 (..) has had more than 4 temp blocks in the last 86400
 * secs - *Blocked in csf* [LF_PERMBLOCK]
 *
 * Incoming 192.0.2.1 temporary block removed
 */
static enum parse_result
lfd(struct str r, struct event *ev)
{
	struct str ip, service = STR_NONE, head = r;
	ptrdiff_t i, k;
	bool unban = false;

	if ((i = str_find(r, STR("*Blocked in csf*"))) < 0) {
		if (str_find(r, STR("block removed")) < 0 &&
		    str_find(r, STR("nblocked")) < 0 &&
		    str_find(r, STR("ban removed")) < 0) {
			if (str_find(r, STR("*Error*")) < 0)
				return PARSE_IGNORED;
			ev->kind = EV_SYSTEM;
			ev_set(ev, F_TEXT, r);
			return PARSE_EVENT;
		}
		unban = true;
	} else {
		head = str_head(r, (size_t)i);
	}
	/* what follows "from" is who; names in the log are not looked at */
	if ((k = str_find(head, STR(" from "))) >= 0)
		ip = first_net(str_from(head, (size_t)k + 6));
	else
		ip = first_net(head);
	if (!ip.n)
		return PARSE_UNKNOWN;
	if (str_ends(r, STR("]")) && (k = str_rchr(r, '[')) >= 0)
		service = str_make(r.p + k + 1, r.n - (size_t)k - 2);
	return ban(ev, unban, ip, service, r);
}

/*
 * [2026-01-27 07:21:56 +0100] info [cphulkd] Login Blocked: The IP address is
 * marked as an excessive brute. [Remote IP Address]=[192.0.2.1]
 * [Service]=[mail] [Username]=[a@two.example] (5/5 failures) (blocked until
 * [...])
 *
 * Printed by _log_blocked() in Cpanel/Hulkd/Processor.pm.
 */
static struct str
hulk_key(struct str r, struct str key)
{
	ptrdiff_t i = str_find(r, key);

	if (i < 0)
		return STR_NONE;
	r = str_from(r, (size_t)i + key.n);
	i = str_chr(r, ']');
	return i < 0 ? STR_NONE : str_head(r, (size_t)i);
}

static enum parse_result
cphulk(struct str r, struct event *ev)
{
	ptrdiff_t i = str_find(r, STR("Login Blocked: "));
	struct str ip, user, list;

	if (i < 0)
		return PARSE_IGNORED;
	r = str_from(r, (size_t)i + 15);
	list = r;
	ip = hulk_key(list, STR("[Remote IP Address]=["));
	user = hulk_key(list, STR("[Username]=["));
	if (user.n) {
		if (may_be_password(user))
			ev->flags |= EVF_SECRET;
		else
			ev_set(ev, F_USER, user);
	}
	if ((i = str_find(r, STR(" ["))) > 0)
		r = str_head(r, (size_t)i);
	if (!ip.n) { /* the account is locked, whoever comes */
		ev->kind = EV_AUTH;
		ev->state = ST_FAIL;
		ev_set(ev, F_SERVICE, STR("cphulkd"));
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	return ban(ev, false, ip, STR("cphulkd"), r);
}

/* "[2026-01-27 07:21:56 +0100] info [cphulkd] " of its own file */
static bool
cphulk_file(struct str *rest)
{
	struct str r = *rest;
	ptrdiff_t i;

	if (!r.n || r.p[0] == ' ')
		return false;
	if (r.p[0] == '[') {
		if ((i = str_find(r, STR("] "))) < 0 || i > 40)
			return false;
		r = str_from(r, (size_t)i + 2);
	}
	if ((i = str_find(r, STR("[cphulkd] "))) < 0 || i > 10)
		return false;
	*rest = str_from(r, (size_t)i + 10);
	return true;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	struct str r = ln->text;

	ev->mta = MTA_BAN;
	ev->inst = STR("ban");
	/* lfd.log may name no host: then its own name stands there */
	if (str_starts(ln->host, STR("lfd[")) && is_within(ln->host, ln->raw)) {
		r = str_from(ln->raw,
		    (size_t)(ln->host.p - ln->raw.p) + ln->host.n);
		return lfd(str_trim(r), ev);
	}
	if (ln->prog.n) {
		if (str_starts(ln->prog, STR("fail2ban"))) {
			/* a syslog header around the line of its file */
			fail2ban_file(&r);
			return fail2ban(r, ev);
		}
		if (str_eq(ln->prog, STR("lfd")))
			return lfd(r, ev);
		if (str_eq(ln->prog, STR("cphulkd")) ||
		    str_eq(ln->prog, STR("cPhulkd")))
			return cphulk(r, ev);
		return PARSE_FOREIGN;
	}
	r = pick_after_stamp(r);
	if (fail2ban_file(&r))
		return fail2ban(r, ev);
	if (cphulk_file(&r))
		return cphulk(r, ev);
	return PARSE_FOREIGN;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "2026-01-27 07:21:56,123 fail2ban.actions        [1234]: NOTICE  [dovecot] Ban 192.0.2.1",
	    "ban client_ip=192.0.2.1 action=ban service=dovecot" },
	{ "Jan  1 00:04:19 mx fail2ban.actions[1234]: NOTICE [postfix-sasl] Unban 2001:db8::1",
	    "ban client_ip=2001:db8::1 action=unban service=postfix-sasl" },
	{ "Jan  1 00:04:19 mx fail2ban.observer[1234]: NOTICE [dovecot] Increase Ban 192.0.2.1 (2 # 1:00:00 -> 2026-01-27 08:21:56)",
	    "ban client_ip=192.0.2.1 action=ban service=dovecot text=\"(2 # 1:00:00 -> 2026-01-27 08:21:56)\"" },
	{ "Jan  1 00:04:19 mx fail2ban.filter[1234]: INFO [dovecot] Found 192.0.2.1 - 2026-01-27 07:21:56",
	    "ignored" },
	{ "Jan  1 00:04:19 host lfd[1234]: (smtpauth) Failed SMTP AUTH login from 192.0.2.1 (US/United States/-): 5 in the last 3600 secs - *Blocked in csf* for 3600 secs [LF_SMTPAUTH]",
	    "ban client_ip=192.0.2.1 action=ban service=LF_SMTPAUTH text=\"(smtpauth) Failed SMTP AUTH login from 192.0.2.1 (US/United States/-): 5 in the last 3600 secs - *Blocked in csf* for 3600 secs [LF_SMTPAUTH]\"" },
	{ "Jan  1 00:04:19 host lfd[1234]: (PERMBLOCK) 192.0.2.1 (US/United States/-) has had more than 4 temp blocks in the last 86400 secs - *Blocked in csf* [LF_PERMBLOCK]",
	    "ban client_ip=192.0.2.1 action=ban service=LF_PERMBLOCK text=\"(PERMBLOCK) 192.0.2.1 (US/United States/-) has had more than 4 temp blocks in the last 86400 secs - *Blocked in csf* [LF_PERMBLOCK]\"" },
	{ "Jan  1 00:04:19 lfd[1234]: (cpanel,imapd) Login failure/trigger from 192.0.2.1: 16 in the last 3600 secs - *Blocked in csf* for 3600 secs [LF_TRIGGER]",
	    "ban client_ip=192.0.2.1 action=ban service=LF_TRIGGER text=\"(cpanel,imapd) Login failure/trigger from 192.0.2.1: 16 in the last 3600 secs - *Blocked in csf* for 3600 secs [LF_TRIGGER]\"" },
	{ "Jan  1 00:04:19 host lfd[1234]: Incoming 192.0.2.1 temporary block removed",
	    "ban client_ip=192.0.2.1 action=unban text=\"Incoming 192.0.2.1 temporary block removed\"" },
	{ "Jan  1 00:04:19 host lfd[1234]: daemon started on host - csf v14.20 (cPanel)",
	    "ignored" },
	{ "[2026-01-27 07:21:56 +0100] info [cphulkd] Login Blocked: The IP address is marked as an excessive brute. [Authentication Database]=[mail] [Remote IP Address]=[192.0.2.1] [Service]=[mail] [Username]=[a@two.example] (5/5 failures) (blocked until [Tue Jan 27 07:21:56 2026 UTC/x LOCAL])",
	    "ban client_ip=192.0.2.1 user=a@two.example action=ban service=cphulkd text=\"The IP address is marked as an excessive brute.\"" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_ban = {
	.name = "ban",
	.about = "fail2ban, CSF/lfd, cPHulk: addresses banned and let in again",
	.parse = parse,
	.samples = samples,
};
