/*
 * spamd.c: SpamAssassin's daemon.  It knows no queue id: the Message-ID, or
 * process and time, join its result to the mail.  spamd only judges; whether
 * the mail stops is up to who asked.
 */
#include "base/stamp.h"
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

/*
 * spamd: result: Y 12 - BAYES_99,URIBL
 * scantime=0.9,size=9066,user=carl,uid=501,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=40902,mid=<m@one.example>,bayes=0.99,autolearn=spam
 *
 * Printed by spamd.raw; in mid control bytes, spaces and commas are "_".
 */
static enum parse_result
result(struct str r, struct event *ev)
{
	struct str flag = pick_word(&r), score, tests, v;

	score = pick_word(&r);
	if (!pick_lit(&r, STR("- ")) && !str_starts(r, STR("-")))
		return PARSE_UNKNOWN;
	tests = pick_word(&r);
	if (str_find(tests, STR("scantime=")) >= 0) { /* no test hit */
		r = tests;
		tests = STR_NONE;
	}
	ev->kind = EV_FILTER;
	ev->state = ST_PASSED;
	ev_set(ev, F_VERDICT,
	    str_eq(flag, STR("Y")) ? STR("spam") : STR("clean"));
	ev_set(ev, F_SCORE, score);
	if (tests.n)
		ev_set(ev, F_TEXT, tests);
	if ((v = pick_key(r, STR("scantime="), ',')).n)
		ev_set(ev, F_DELAY, v);
	if ((v = pick_key(r, STR("size="), ',')).n)
		ev_set(ev, F_SIZE, v);
	if ((v = pick_key(r, STR("user="), ',')).n &&
	    !str_eq(v, STR("(unknown)")))
		ev_set(ev, F_USER, v);
	if ((v = pick_key(r, STR("mid="), ',')).n &&
	    !str_eq(v, STR("(unknown)")))
		ev_set(ev, F_MSGID, v);
	return PARSE_EVENT;
}

/* "Sun Nov 22 02:14:33 2026 [723] info: spamd: ...": spamd -s FILE; printed by
 * Mail::SpamAssassin::Logger::File. */
static bool
own_file(struct str *rest)
{
	static const char *const levels[] = { "info: ", "warn: ", "error: ",
		"dbg: ", NULL };
	struct stamp st;
	struct str r = *rest;

	if (!r.n || !is_alpha(r.p[0]) || !stamp_parse(r, &st) || !st.year)
		return false;
	r = str_from(r, st.n);
	if (!pick_lit(&r, STR(" [")) || !pick_digits(&r).n ||
	    !pick_lit(&r, STR("] ")))
		return false;
	for (size_t i = 0; levels[i]; i++)
		if (pick_lit(&r, str_c(levels[i]))) {
			*rest = r;
			return true;
		}
	return false;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	static const char *const chatter[] = { "connection from",
		"processing message", "checking message", "clean message",
		"identified spam", "setuid to", "handled cleanup",
		"server successfully", "server hit", "server killed",
		"child states", "still running", "creating default", "alarm",
		"got connection", "handle_user",
		"info:", "dbg:", "using default", "running as", "copying",
		"skipped message", "timeout", "bad protocol", "learned",
		"Tell:", "failed sanity", NULL };
	static const char *const modules[] = { "prefork: ", "logger: ",
		"config: ", "bayes: ", "rules: ", "plugin: ", "dns: ", "util: ",
		"netset: ", "spf: ", "razor2: ", "pyzor: ", "dcc: ", "check: ",
		"auto-whitelist: ", "zoom: ", "archive-iterator: ", "message: ",
		"generic: ", "asn: ", "uri: ", "dkim: ", NULL };
	struct str r = ln->text;

	if (ln->prog.n ? !str_eq(ln->prog, STR("spamd")) : !own_file(&r))
		return PARSE_FOREIGN;
	ev->mta = MTA_SPAMD;
	ev->inst = STR("spamd");
	pick_lit(&r, STR("spamd: "));
	if (pick_lit(&r, STR("result: ")))
		return result(r, ev);
	for (size_t i = 0; modules[i]; i++)
		if (str_starts(r, str_c(modules[i])))
			return PARSE_IGNORED;
	for (size_t i = 0; chatter[i]; i++)
		if (str_starts(r, str_c(chatter[i])))
			return PARSE_IGNORED;
	if (str_starts(r, STR("server ")) || str_starts(r, STR("error")) ||
	    str_starts(r, STR("warn")) || str_starts(r, STR("cannot")) ||
	    str_starts(r, STR("restarting"))) {
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	return PARSE_UNKNOWN;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 mx spamd[9]: spamd: result: Y 12 - BAYES_99,URIBL_BLACK scantime=0.9,size=9066,user=carl,uid=501,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=40902,mid=<m@one.example>,bayes=0.99,autolearn=spam",
	    "filter state=passed msgid=<m@one.example> user=carl delay=0.9 size=9066 verdict=spam score=12 text=BAYES_99,URIBL_BLACK" },
	{ "Jan  1 00:04:19 mx spamd[9]: spamd: result: . -2 - scantime=0.9,size=9066,user=(unknown),uid=501,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=40902,mid=(unknown),autolearn=ham",
	    "filter state=passed delay=0.9 size=9066 verdict=clean score=-2" },
	{ "Jan  1 00:04:19 mx spamd[9]: spamd: connection from localhost [127.0.0.1]:40902 to port 783, fd 5",
	    "ignored" },
	{ "Jan  1 00:04:19 mx spamd[9]: prefork: child states: II",
	    "ignored" },
	{ "Jan  1 00:04:19 mx spamd[9]: spamd: server started on IO::Socket::IP [127.0.0.1]:783 (running version 4.0.1)",
	    "system text=\"server started on IO::Socket::IP [127.0.0.1]:783 (running version 4.0.1)\"" },
	{ "Sun Nov 22 02:14:49 2026 [728] info: spamd: result: . 0 - UNPARSEABLE_RELAY scantime=0.1,size=398,user=nobody,uid=7016,required_score=5.0,rhost=127.0.0.1,raddr=127.0.0.1,rport=60170,mid=<m@one.example>,autolearn=no autolearn_force=no",
	    "filter state=passed msgid=<m@one.example> user=nobody delay=0.1 size=398 verdict=clean score=0 text=UNPARSEABLE_RELAY" },
	{ "Sun Nov 22 02:14:33 2026 [723] info: logger: removing stderr method",
	    "ignored" },
	{ "Jan  1 00:04:19 mx spamd[9]: unheard of", "unknown" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_spamd = {
	.name = "spamd",
	.about = "SpamAssassin's spamd",
	.parse = parse,
	.samples = samples,
};
