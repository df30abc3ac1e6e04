/*
 * spf.c: the SPF policy services for Postfix: policyd-spf (Python) and
 * postfix-policyd-spf-perl.
 *
 * They have no queue id: client address, sender and second join them to the
 * message.  A fail that is refused reaches the client through Postfix.
 */
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

static const struct str results[] = { STR_INIT("Pass"), STR_INIT("None"),
	STR_INIT("Softfail"), STR_INIT("SoftFail"), STR_INIT("Fail"),
	STR_INIT("Neutral"), STR_INIT("Permerror"), STR_INIT("PermError"),
	STR_INIT("Temperror"), STR_INIT("TempError"), STR_INIT("pass"),
	STR_INIT("none"), STR_INIT("softfail"), STR_INIT("fail"),
	STR_INIT("neutral"), STR_INIT("permerror"), STR_INIT("temperror"),
	STR_INIT("error") };

/* The result word that comes next. */
static struct str
take_result(struct str *r)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++) {
		size_t n = results[i].n;

		if (str_starts(*r, results[i]) &&
		    (r->n == n || !is_alnum(r->p[n]))) {
			struct str v = str_head(*r, n);

			*r = str_from(*r, n);
			return v;
		}
	}
	return STR_NONE;
}

/* "client-ip=192.0.2.1; helo=h; envelope-from=s; receiver=r" */
static void
read_keys(struct str r, struct event *ev)
{
	static const struct {
		struct str key;
		enum field field;
	} keys[] = {
		{ STR_INIT("client-ip"), F_CLIENT_IP },
		{ STR_INIT("ip"), F_CLIENT_IP },
		{ STR_INIT("helo"), F_HELO },
		{ STR_INIT("envelope-from"), F_FROM },
		{ STR_INIT("id"), F_FROM },
	};

	struct str key, v;

	while (r.n) {
		/* words before a key, and keys in a URL without a space */
		while (r.n && (r.p[0] == ' ' || r.p[0] == '?' ||
				  r.p[0] == ';' || r.p[0] == '('))
			r = str_from(r, 1);
		struct str pair = r;
		size_t n = 0;
		while (n < r.n && r.p[n] != ';' && r.p[n] != ' ')
			n++;
		pair.n = n;
		r = str_from(r, n);
		if (!pick_pair(&pair, ';', &key, &v))
			continue;
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
			enum field f = keys[i].field;

			if (!str_eq(keys[i].key, key) || ev_has(ev, f))
				continue;
			if (v.n > 1 && v.p[0] == '"' && v.p[v.n - 1] == '"')
				v = str_make(v.p + 1, v.n - 2);
			if (str_ends(v, STR(")")))
				v.n--;
			if (v.n || f == F_FROM)
				ev_set(ev, f, v);
			break;
		}
	}
}

/* "550 5.7.23 Message rejected due to: SPF fail - not authorized. ..." */
static bool
answer(struct str r, struct event *ev)
{
	struct str code, dsn;
	ptrdiff_t i;

	reply_codes(r, &code, &dsn);
	if (!code.n || code.p[0] < '4')
		return false;
	ev->state = code.p[0] == '5' ? ST_REJECTED : ST_TEMPFAIL;
	ev->flags |= EVF_DECIDES;
	ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
	ev_set(ev, F_ACTION, STR("reject"));
	ev_set(ev, F_REPLY, r);
	if ((i = str_find(r, STR("SPF "))) >= 0) {
		struct str w = str_from(r, (size_t)i + 4);

		w = take_result(&w);
		if (w.n)
			ev_set(ev, F_VERDICT, w);
	}
	if ((i = str_chr(r, '?')) < 0)
		i = str_chr(r, ';');
	if (i >= 0)
		read_keys(str_from(r, (size_t)i), ev);
	return true;
}

/*
 * prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1;
 * helo=h; envelope-from=a@one.example; receiver=<UNKNOWN>
 *
 * : prepend Authentication-Results: mx; spf=pass (sender SPF authorized)
 * smtp.mailfrom=one.example (client-ip=192.0.2.1; helo=h;
 * envelope-from=a@one.example; receiver=b)
 */
static bool
prepend(struct str r, struct event *ev)
{
	struct str v;
	ptrdiff_t i;

	if (!pick_lit(&r, STR("prepend ")) && !pick_lit(&r, STR("PREPEND ")))
		return false;
	ev->state = ST_PASSED;
	ev_set(ev, F_ACTION, STR("prepend"));
	if (pick_lit(&r, STR("Received-SPF: "))) {
		if ((v = take_result(&r)).n)
			ev_set(ev, F_VERDICT, v);
	} else if ((i = str_find(r, STR("spf="))) >= 0) {
		v = str_from(r, (size_t)i + 4);
		if ((v = take_result(&v)).n)
			ev_set(ev, F_VERDICT, v);
		if ((i = str_find(r, STR("(client-ip="))) >= 0)
			r = str_from(r, (size_t)i + 1);
	}
	read_keys(r, ev);
	return true;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	static const char *const chatter[] = { "Read line", "Found the end",
		"Config", "Cached data", "Normal exit", "Starting", "spfcheck",
		"_get_", "Debug", "Instance", "spf_", "User ", "Process",
		"handler ", "START", "request:", "Whitelist", "skip",
		"Mail From", "HELO check", "not peer", "No ", "Queue", NULL };
	struct str r = ln->text, v;

	if (!str_eq(ln->prog, STR("policyd-spf")) &&
	    !str_eq(ln->prog, STR("python-policyd-spf")) &&
	    !str_eq(ln->prog, STR("policy-spf")) &&
	    !str_eq(ln->prog, STR("policyd-spf-perl")))
		return PARSE_FOREIGN;
	ev->mta = MTA_SPF;
	ev->inst = STR("policyd-spf");
	ev->kind = EV_POLICY;
	pick_lit(&r, STR(": "));
	pick_lit(&r, STR("Action: "));
	if (pick_lit(&r, STR("Policy action=")) && str_startsi(r, STR("dunno")))
		return PARSE_IGNORED;
	if (pick_lit(&r, STR("prepend: Text: ")))
		return PARSE_IGNORED; /* said again without "Action:" */
	if (prepend(r, ev) || answer(r, ev))
		return PARSE_EVENT;
	v = r;
	pick_lit(&v, STR("SPF "));
	struct str word = take_result(&v);
	if (word.n && (str_starts(v, STR(";")) || str_starts(v, STR(" (")))) {
		ev_set(ev, F_VERDICT, word);
		ev->state = ST_PASSED;
		read_keys(v, ev);
		if (!ev_has(ev, F_FROM)) { /* the one in Perl */
			pick_to(&v, STR("Envelope-from: "));
			ev_set(ev, F_FROM, v);
		}
		return PARSE_EVENT;
	}
	for (size_t i = 0; chatter[i]; i++)
		if (str_starts(r, str_c(chatter[i])))
			return PARSE_IGNORED;
	if (str_find(r, STR("rror")) >= 0 ||
	    str_find(r, STR("Traceback")) >= 0) {
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	return PARSE_UNKNOWN;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 mx policyd-spf[7]: prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=mx.one.example; envelope-from=a@one.example; receiver=<UNKNOWN>",
	    "policy state=passed from=a@one.example client_ip=192.0.2.1 helo=mx.one.example action=prepend verdict=Pass" },
	{ "Jan  1 00:04:19 mx policyd-spf[7]: : prepend Authentication-Results: mx.two.example; spf=softfail (domain owner discourages use of this host) smtp.mailfrom=one.example (client-ip=192.0.2.1; helo=mx.one.example; envelope-from=a@one.example; receiver=b@two.example)",
	    "policy state=passed from=a@one.example client_ip=192.0.2.1 helo=mx.one.example action=prepend verdict=softfail" },
	{ "Jan  1 00:04:19 mx policyd-spf[7]: None; identity=helo; client-ip=192.0.2.1; helo=mx.one.example; envelope-from=; receiver=b@two.example",
	    "policy state=passed from=\"\" client_ip=192.0.2.1 helo=mx.one.example verdict=None" },
	{ "Jan  1 00:04:19 mx policyd-spf[7]: 550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=a@one.example;ip=192.0.2.1;r=<UNKNOWN>",
	    "policy state=rejected from=a@one.example client_ip=192.0.2.1 code=550 dsn=5.7.23 reply=\"550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=a@one.example;ip=192.0.2.1;r=<UNKNOWN>\" action=reject verdict=fail" },
	{ "Jan  1 00:04:19 mx postfix/policy-spf[7]: : SPF None (No applicable sender policy available): Envelope-from: a@one.example",
	    "policy state=passed from=a@one.example verdict=None" },
	{ "Jan  1 00:04:19 mx policyd-spf[7]: Read line: \"client_address=192.0.2.1\"",
	    "ignored" },
	{ "Jan  1 00:04:19 mx policyd-spf[7]: unheard of", "unknown" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_spf = {
	.name = "spf",
	.about = "policyd-spf (Python) and postfix-policyd-spf-perl",
	.parse = parse,
	.samples = samples,
};
