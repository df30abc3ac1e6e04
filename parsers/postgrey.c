/*
 * postgrey.c: greylisting and other policy services that Postfix asks before
 * it takes a mail: postgrey, sqlgrey, milter-greylist, policyd (cbpolicyd)
 * and iRedAPD.
 *
 * Their answer reaches the client as Postfix's "Recipient address rejected";
 * these lines say who gave it and why.  There is a queue id only when the
 * service is asked after DATA or at a later recipient.
 */
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

static void
set_to(struct event *ev, enum field f, struct str v)
{
	if (v.n)
		ev_set(ev, f, v);
}

/* "QID: " in front, the MTA's own. */
static void
take_qid(struct str *r, struct event *ev)
{
	ptrdiff_t i = str_find(*r, STR(": "));

	if (i <= 0 || !is_qid(str_head(*r, (size_t)i)))
		return;
	ev->qid = str_head(*r, (size_t)i);
	ev->inst = STR("postfix");
	*r = str_from(*r, (size_t)i + 2);
}

static void
refused(struct event *ev, enum ev_state state)
{
	ev->state = state;
	if (state != ST_PASSED)
		ev->flags |= EVF_DECIDES;
}

/*
 * action=greylist, reason=new, client_name=mx.one.example,
 * client_address=192.0.2.1/32, sender=a@one.example, recipient=b@two.example
 *
 * sender= is left out for the null sender; printed by do_policy() in postgrey.
 */
static enum parse_result
answer(struct str r, struct event *ev)
{
	static const struct {
		struct str key;
		enum field field;
	} keys[] = {
		{ STR_INIT("action"), F_ACTION },
		{ STR_INIT("reason"), F_TEXT },
		{ STR_INIT("client_name"), F_CLIENT_NAME },
		{ STR_INIT("client_address"), F_CLIENT_IP },
		{ STR_INIT("delay"), F_DELAY },
	};
	struct str key, v, addr;
	ptrdiff_t i;

	ev_set(ev, F_FROM, str_make(r.p, 0));
	for (addr = r; pick_pair(&r, ',', &key, &v); addr = r) {
		if (str_eq(key, STR("sender")) || str_eq(key, STR("recipient")))
			break;
		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			if (str_eq(keys[k].key, key)) {
				set_to(ev, keys[k].field, v);
				break;
			}
	}
	v = ev_get(ev, F_CLIENT_IP);
	if ((i = str_chr(v, '/')) > 0)
		ev_set(ev, F_CLIENT_IP, str_head(v, (size_t)i));
	/* an address may hold ", ": each runs to the next key */
	if (pick_lit(&addr, STR("sender="))) {
		i = str_find(addr, STR(", recipient="));
		ev_set(ev, F_FROM, i < 0 ? addr : str_head(addr, (size_t)i));
		addr = str_from(addr, i < 0 ? addr.n : (size_t)i + 2);
	}
	if (pick_lit(&addr, STR("recipient=")))
		ev_set(ev, F_TO, addr);
	else
		ev->flags |= EVF_CUT;
	refused(ev, str_eq(ev_get(ev, F_ACTION), STR("pass")) ? ST_PASSED :
								ST_TEMPFAIL);
	return PARSE_EVENT;
}

static enum parse_result
postgrey(struct str r, struct event *ev)
{
	static const char *const chatter[] = { "cleaning ", "Process ",
		"Setting ", "Binding to", "rm ", "Pid_file", "Group ", "User ",
		"Resolved", "Not including", "Beginning", "Couldn't",
		"whitelisted", "Restarting", "HUP", NULL };
	struct str v, ip, port;
	ptrdiff_t i;

	take_qid(&r, ev);
	ev->kind = EV_POLICY;
	if (str_starts(r, STR("action=")))
		return answer(r, ev);
	v = r;
	if (pick_lit(&v, STR("whitelisted: ")) && (i = str_chr(v, '[')) > 0) {
		ev_set(ev, F_CLIENT_NAME, str_head(v, (size_t)i));
		v = str_from(v, (size_t)i);
		if (pick_ip(&v, &ip, &port))
			set_to(ev, F_CLIENT_IP, ip);
		ev_set(ev, F_ACTION, STR("whitelist"));
		ev->state = ST_PASSED;
		return PARSE_EVENT;
	}
	if (str_find(r, STR(" starting! pid(")) >= 0 ||
	    str_find(r, STR("Server closing")) >= 0 ||
	    str_startsi(r, STR("fatal")) || str_startsi(r, STR("warning")) ||
	    str_startsi(r, STR("error"))) {
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	for (size_t k = 0; chatter[k]; k++)
		if (str_starts(r, str_c(chatter[k])))
			return PARSE_IGNORED;
	return PARSE_UNKNOWN;
}

/*
 * sqlgrey: grey: new: 192.0.2(192.0.2.1), a@one.example -> b@two.example
 * also "reconnect ok", "early reconnect", "awl match", "throttling".
 */
static enum parse_result
sqlgrey(struct str r, struct event *ev)
{
	static const struct {
		struct str text;
		enum ev_state state;
		struct str action;
	} kinds[] = {
		{ STR_INIT("new: "), ST_TEMPFAIL, STR_INIT("greylist") },
		{ STR_INIT("early reconnect: "), ST_TEMPFAIL,
		    STR_INIT("greylist") },
		{ STR_INIT("throttling: "), ST_TEMPFAIL, STR_INIT("greylist") },
		{ STR_INIT("reconnect ok: "), ST_PASSED, STR_INIT("pass") },
		{ STR_INIT("awl match: "), ST_PASSED, STR_INIT("pass") },
		{ STR_INIT("from awl match: "), ST_PASSED, STR_INIT("pass") },
		{ STR_INIT("domain awl match: "), ST_PASSED, STR_INIT("pass") },
	};
	ptrdiff_t i;

	if (!pick_lit(&r, STR("grey: "))) {
		if (str_starts(r, STR("whitelist:")) ||
		    str_starts(r, STR("spam:")) ||
		    str_starts(r, STR("perf:")) ||
		    str_starts(r, STR("conf:")) ||
		    str_starts(r, STR("mail:")) ||
		    str_starts(r, STR("dbaccess:")) ||
		    str_starts(r, STR("other:")))
			return PARSE_IGNORED;
		return PARSE_UNKNOWN;
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		struct str t = r;

		if (!pick_lit(&t, kinds[k].text))
			continue;
		ev->kind = EV_POLICY;
		refused(ev, kinds[k].state);
		ev_set(ev, F_ACTION, kinds[k].action);
		ev_set(ev, F_TEXT,
		    str_head(kinds[k].text, kinds[k].text.n - 2));
		if ((i = str_chr(t, '(')) >= 0) {
			struct str ip = str_from(t, (size_t)i + 1);

			ip = pick_to(&ip, STR(")"));
			if (is_ip(ip))
				ev_set(ev, F_CLIENT_IP, ip);
		}
		if ((i = str_find(t, STR("), "))) >= 0) {
			t = str_from(t, (size_t)i + 3);
			if ((i = str_find(t, STR(" -> "))) >= 0) {
				ev_set(ev, F_FROM, str_head(t, (size_t)i));
				t = str_from(t, (size_t)i + 4);
				set_to(ev, F_TO, pick_word(&t));
			}
		}
		return PARSE_EVENT;
	}
	return PARSE_IGNORED;
}

/*
 * milter-greylist: 0AB1C2: addr mx.one.example[192.0.2.1] from <a@one.example>
 * to <b@two.example> delayed for 00:05:00 (ACL 1)
 */
static enum parse_result
milter_greylist(struct str r, struct event *ev)
{
	struct str v, ip, port;
	ptrdiff_t i;

	take_qid(&r, ev);
	if (!pick_lit(&r, STR("addr ")))
		return str_find(r, STR("addr ")) >= 0 ||
			       str_find(r, STR("skipping greylist")) >= 0 ||
			       str_find(r, STR("config")) >= 0 ||
			       str_find(r, STR("greylist:")) >= 0 ?
			   PARSE_IGNORED :
			   PARSE_UNKNOWN;
	ev->kind = EV_POLICY;
	if ((i = str_chr(r, '[')) >= 0) {
		set_to(ev, F_CLIENT_NAME, str_head(r, (size_t)i));
		r = str_from(r, (size_t)i);
		if (pick_ip(&r, &ip, &port))
			set_to(ev, F_CLIENT_IP, ip);
	}
	if ((i = str_find(r, STR("from <"))) >= 0) {
		r = str_from(r, (size_t)i + 5);
		if (pick_angle(&r, &v))
			ev_set(ev, F_FROM, v);
	}
	if ((i = str_find(r, STR("to <"))) >= 0) {
		r = str_from(r, (size_t)i + 3);
		if (pick_angle(&r, &v))
			set_to(ev, F_TO, v);
	}
	r = str_trim(r);
	ev_set(ev, F_TEXT, r);
	i = str_find(r, STR("delayed for "));
	refused(ev, i >= 0 ? ST_TEMPFAIL : ST_PASSED);
	ev_set(ev, F_ACTION, i >= 0 ? STR("greylist") : STR("pass"));
	if (i >= 0) {
		r = str_from(r, (size_t)i + 12);
		set_to(ev, F_DELAY, pick_word(&r));
	}
	return PARSE_EVENT;
}

/* What an answer in Postfix's access(5) words does. */
static enum ev_state
answer_state(struct str s)
{
	if (str_startsi(s, STR("reject")) || (s.n && s.p[0] == '5'))
		return ST_REJECTED;
	if (str_startsi(s, STR("defer")) || (s.n && s.p[0] == '4'))
		return ST_TEMPFAIL;
	if (str_startsi(s, STR("discard")))
		return ST_DISCARDED;
	if (str_startsi(s, STR("hold")))
		return ST_HELD;
	return ST_PASSED;
}

/*
 * cbpolicyd: module=Greylisting, action=defer, host=192.0.2.1, helo=mx,
 * from=a@one.example, to=b@two.example, reason=deferred
 */
static enum parse_result
policyd(struct str r, struct event *ev)
{
	struct str v;
	ptrdiff_t i = str_find(r, STR("module="));

	if (i < 0)
		return PARSE_IGNORED;
	r = str_from(r, (size_t)i);
	ev->kind = EV_POLICY;
	v = pick_key(r, STR("action="), 0);
	if (!v.n)
		return PARSE_IGNORED;
	ev_set(ev, F_ACTION, v);
	refused(ev, answer_state(v));
	set_to(ev, F_SERVICE, pick_key(r, STR("module="), 0));
	set_to(ev, F_CLIENT_IP, pick_key(r, STR("host="), 0));
	set_to(ev, F_HELO, pick_key(r, STR("helo="), 0));
	v = pick_key(r, STR("from="), 0);
	if (v.p)
		ev_set(ev, F_FROM, v);
	set_to(ev, F_TO, pick_key(r, STR("to="), 0));
	set_to(ev, F_TEXT, pick_key(r, STR("reason="), 0));
	return PARSE_EVENT;
}

/*
 * iredapd: [192.0.2.1] RCPT, a@one.example -> b@two.example, REJECT Not
 * authorized [sasl_username=..., sender=a@one.example, client_name=...]
 *
 * older "sasl_user=, s -> r, 451 4.7.1 Intentional policy rejection".
 */
static enum parse_result
iredapd(struct str r, struct event *ev)
{
	struct str ip, port, t, v;
	ptrdiff_t i;

	if (!pick_ip(&r, &ip, &port) || !is_ip(ip))
		return PARSE_IGNORED;
	pick_lit(&r, STR(" "));
	t = pick_to(&r, STR(", "));
	ev->kind = EV_POLICY;
	ev_set(ev, F_CLIENT_IP, ip);
	ev_set(ev, F_WHERE, t);
	if (str_starts(r, STR("sasl_user"))) {
		v = pick_to(&r, STR(", "));
		pick_to(&v, STR("="));
		set_to(ev, F_USER, v);
	}
	t = pick_to(&r, STR(", "));
	if ((i = str_rfind(t, STR(" -> "))) < 0)
		return PARSE_UNKNOWN;
	set_to(ev, F_TO, str_from(t, (size_t)i + 4));
	t = str_head(t, (size_t)i);
	/* "sasl -> sender -> recipient" */
	if ((i = str_rfind(t, STR(" -> "))) >= 0) {
		set_to(ev, F_USER, str_head(t, (size_t)i));
		t = str_from(t, (size_t)i + 4);
	}
	ev_set(ev, F_FROM, t);
	if ((i = str_find(r, STR(" ["))) >= 0)
		r = str_head(r, (size_t)i);
	refused(ev, answer_state(r));
	set_to(ev, F_ACTION, pick_word(&r));
	set_to(ev, F_TEXT, r);
	return PARSE_EVENT;
}

static const struct {
	struct str prog;
	enum parse_result (*parse)(struct str r, struct event *ev);
} programs[] = {
	{ STR_INIT("postgrey"), postgrey },
	{ STR_INIT("sqlgrey"), sqlgrey },
	{ STR_INIT("milter-greylist"), milter_greylist },
	{ STR_INIT("cbpolicyd"), policyd },
	{ STR_INIT("policyd"), policyd },
	{ STR_INIT("iredapd"), iredapd },
};

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		if (!str_eq(programs[i].prog, ln->prog))
			continue;
		ev->mta = MTA_POSTGREY;
		ev->inst = programs[i].prog;
		return programs[i].parse(ln->text, ev);
	}
	return PARSE_FOREIGN;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 mx1 postgrey[2886]: action=greylist, reason=new, client_name=mx.one.example, client_address=192.0.2.1/32, sender=a@one.example, recipient=b@two.example",
	    "policy state=tempfail from=a@one.example to=b@two.example client_name=mx.one.example client_ip=192.0.2.1 action=greylist text=new" },
	{ "Jan  1 00:04:19 mx1 postgrey[2886]: action=greylist, reason=early-retry (219s missing), client_name=unknown, client_address=2001:db8::1, recipient=b@two.example",
	    "policy state=tempfail from=\"\" to=b@two.example client_name=unknown client_ip=2001:db8::1 action=greylist text=\"early-retry (219s missing)\"" },
	{ "Jan  1 00:04:19 mx1 postgrey[2886]: 4dfnJQ2SPlz1h1gM: action=pass, reason=triplet found, delay=317, client_name=mx.one.example, client_address=192.0.2.1, sender=a@one.example, recipient=b@two.example",
	    "policy qid=4dfnJQ2SPlz1h1gM state=passed from=a@one.example to=b@two.example client_name=mx.one.example client_ip=192.0.2.1 delay=317 action=pass text=\"triplet found\"" },
	{ "Jan  1 00:04:19 mx1 postgrey[2886]: whitelisted: mx.one.example[192.0.2.1]",
	    "policy state=passed client_name=mx.one.example client_ip=192.0.2.1 action=whitelist" },
	{ "Jan  1 00:04:19 mx1 postgrey[2886]: 2026/01/01-00:04:19 postgrey (type Net::Server::Multiplex) starting! pid(2886)",
	    "system text=\"2026/01/01-00:04:19 postgrey (type Net::Server::Multiplex) starting! pid(2886)\"" },
	{ "Jan  1 00:04:19 mx1 postgrey[2886]: cleaning up old logs...",
	    "ignored" },
	{ "Jan  1 00:04:19 mx1 postgrey[2886]: unheard of", "unknown" },
	{ "Jan  1 00:04:19 mx1 sqlgrey: grey: new: 192.0.2(192.0.2.1), a@one.example -> b@two.example",
	    "policy state=tempfail from=a@one.example to=b@two.example client_ip=192.0.2.1 action=greylist text=new" },
	{ "Jan  1 00:04:19 mx1 sqlgrey: grey: reconnect ok: 192.0.2(192.0.2.1), a@one.example -> b@two.example (00:05:11)",
	    "policy state=passed from=a@one.example to=b@two.example client_ip=192.0.2.1 action=pass text=\"reconnect ok\"" },
	{ "Jan  1 00:04:19 mx1 milter-greylist: q8K0AB1C2: addr mx.one.example[192.0.2.1] from <a@one.example> to <b@two.example> delayed for 00:05:00 (ACL 1)",
	    "policy qid=q8K0AB1C2 state=tempfail from=a@one.example to=b@two.example client_name=mx.one.example client_ip=192.0.2.1 delay=00:05:00 action=greylist text=\"delayed for 00:05:00 (ACL 1)\"" },
	{ "Jan  1 00:04:19 mx1 cbpolicyd[7]: module=Quotas, action=reject, host=192.0.2.1, helo=mx, from=a@one.example, to=b@two.example, reason=quota_match, policy=6",
	    "policy state=rejected from=a@one.example to=b@two.example client_ip=192.0.2.1 helo=mx action=reject service=Quotas text=quota_match" },
	{ "Jan  1 00:04:19 mx1 iredapd: [192.0.2.1] RCPT, a@one.example -> b@two.example, 451 4.7.1 Intentional policy rejection, please try again later [sasl_username=, sender=a@one.example]",
	    "policy state=tempfail from=a@one.example to=b@two.example client_ip=192.0.2.1 where=RCPT action=451 text=\"4.7.1 Intentional policy rejection, please try again later\"" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_postgrey = {
	.name = "postgrey",
	.about = "postgrey, sqlgrey, milter-greylist, policyd, iRedAPD",
	.parse = parse,
	.samples = samples,
};
