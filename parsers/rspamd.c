/*
 * rspamd.c: the line rspamd writes when it has judged a mail.
 *
 * rspamd_task_write_log() fills a template of the operator's (log_format);
 * keys are read in any order before and after the scores.  Symbols and their
 * parameters come out of the mail and hold commas and brackets, so the end of
 * their list is looked for from behind.
 *
 * The same line comes through syslog, in rspamd's own file after the time and
 * "#38(normal)", or inside a container's JSON.  All other functions' lines
 * are left out: what they find is in the task line.
 */
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

static const struct {
	struct str action;
	enum ev_state state;
} actions[] = {
	{ STR_INIT("no action"), ST_PASSED },
	{ STR_INIT("add header"), ST_PASSED },
	{ STR_INIT("rewrite subject"), ST_PASSED },
	{ STR_INIT("greylist"), ST_TEMPFAIL },
	{ STR_INIT("soft reject"), ST_TEMPFAIL },
	{ STR_INIT("reject"), ST_REJECTED },
	{ STR_INIT("discard"), ST_DISCARDED },
	{ STR_INIT("quarantine"), ST_QUARANTINED },
};

/* "#38(normal) ", "(normal) " and "<73b3a9>; task; function: " */
static bool
read_prefix(struct str *rest, struct str *tag, struct str *function)
{
	struct str r = *rest;
	ptrdiff_t i;

	if (pick_lit(&r, STR("#"))) {
		if (!pick_digits(&r).n || !pick_lit(&r, STR("(")))
			return false;
		pick_to(&r, STR(") "));
	} else if (r.n && r.p[0] == '(' && (i = str_find(r, STR(") <"))) > 0 &&
		   i < 24) {
		r = str_from(r, (size_t)i + 2);
	}
	*tag = STR_NONE;
	if (r.n && r.p[0] == '<' && (i = str_find(r, STR(">; "))) > 0) {
		*tag = str_make(r.p + 1, (size_t)i - 1);
		r = str_from(r, (size_t)i + 3);
	} else if (!pick_lit(&r, STR("; "))) {
		pick_lit(&r, STR("<>; "));
	}
	if ((i = str_find(r, STR("; "))) < 0 || i > 40)
		return false;
	r = str_from(r, (size_t)i + 2);
	if ((i = str_find(r, STR(": "))) < 0 || i > 64)
		return false;
	*function = str_head(r, (size_t)i);
	*rest = str_from(r, (size_t)i + 2);
	return true;
}

/* One "key: value" of the part before the scores. */
static void
set_head(struct event *ev, struct str key, struct str v)
{
	struct str in = v, printed = v;

	pick_angle(&in, &v);
	if (str_eq(v, STR("undef")))
		return;
	if (str_eq(key, STR("id")) && v.n)
		ev_set(ev, F_MSGID, printed);
	else if (str_eq(key, STR("qid")) && is_qid(v))
		ev->qid = v; /* the server's that asked: part of its record */
	else if (str_eq(key, STR("ip")) && v.n)
		ev_set(ev, F_CLIENT_IP, v);
	else if (str_eq(key, STR("user")) && v.n)
		ev_set(ev, F_USER, v);
	else if (str_eq(key, STR("from")))
		ev_set(ev, F_FROM, v);
}

/* "id: <m>, qid: <q>, ip: a, user: u, from: <s>, " up to the scores. */
static void
read_head(struct str r, struct event *ev)
{
	while (r.n) {
		struct str key = pick_to(&r, STR(": ")), v;
		struct str in = r;

		if (pick_angle(&in, &v) && (!in.n || in.p[0] == ',')) {
			v = str_make(r.p, (size_t)(in.p - r.p));
		} else {
			in = r;
			v = pick_to(&in, STR(", "));
		}
		set_head(ev, key, v);
		r = str_from(r, v.n);
		pick_lit(&r, STR(","));
		pick_lit(&r, STR(" "));
	}
}

/* ", len: 12, time: 3.1ms, dns req: 4, digest: <x>, rcpts: <a,b>, ..." */
static void
read_tail(struct str r, struct event *ev)
{
	struct str v = pick_key(r, STR("len: "), ',');
	ptrdiff_t i;

	if (v.n)
		ev_set(ev, F_SIZE, v);
	if ((v = pick_key(r, STR("time: "), ',')).n)
		ev_set(ev, F_DELAY, v);
	if ((i = str_find(r, STR(", rcpts: <"))) >= 0 ||
	    (i = str_find(r, STR("mime_rcpts: <"))) >= 0) {
		v = str_from(r, (size_t)i);
		pick_to(&v, STR("<"));
		if ((i = str_chr(v, '>')) < 0)
			ev->flags |= EVF_CUT;
		else
			v = str_head(v, (size_t)i);
		if (str_ends(v, STR(",...")))
			v.n -= 4;
		if (v.n)
			ev_set(ev, F_RCPTS, v);
	}
	if ((i = str_find(r, STR("forced: "))) >= 0) {
		v = str_from(r, (size_t)i + 8);
		pick_to(&v, STR("\""));
		if ((i = str_chr(v, '"')) > 0)
			ev_set(ev, F_REPLY, str_head(v, (size_t)i));
		v = pick_key(v, STR("(set by "), ')');
		if (v.n)
			ev_set(ev, F_WHERE, v); /* the module */
	}
}

/*
 * id: <m@one.example>, qid: <4A5B>, ip: 192.0.2.1, from: <a@one.example>,
 * (default: T (reject): [16.10/15.00] [SYM(1.0){x;},..]), len: 12, time: 3.1ms,
 * dns req: 4, digest: <..>, rcpts: <b@two.example>
 */
static enum parse_result
task(struct str r, struct event *ev)
{
	ptrdiff_t i = str_find(r, STR("(default: ")), k;
	struct str in, v;

	if (i < 0)
		return PARSE_UNKNOWN;
	ev->kind = EV_FILTER;
	ev->flags |= EVF_DECIDES;
	read_head(str_head(r, (size_t)i), ev);
	in = str_from(r, (size_t)i + 10);
	pick_to(&in, STR(" ("));
	v = pick_to(&in, STR("):"));
	ev_set(ev, F_VERDICT, v);
	for (size_t a = 0; a < sizeof(actions) / sizeof(*actions); a++)
		if (str_eq(v, actions[a].action))
			ev->state = actions[a].state;
	ev_set(ev, F_ACTION, v);
	pick_lit(&in, STR(" "));
	if ((k = str_rfind(in, STR("), len: "))) >= 0) {
		read_tail(str_from(in, (size_t)k + 1), ev);
		in = str_head(in, (size_t)k);
	} else {
		ev->flags |= EVF_CUT;
	}
	if (in.n)
		ev_set(ev, F_TEXT, in);
	if (pick_lit(&in, STR("["))) {
		v = pick_to(&in, STR("/"));
		if (v.n && v.n < 16)
			ev_set(ev, F_SCORE, v);
	}
	return PARSE_EVENT;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	struct str r = ln->text, tag, function;
	bool own = str_eq(ln->prog, STR("rspamd"));
	enum parse_result rc;

	if (!own) { /* its own file? */
		if (ln->prog.n)
			return PARSE_FOREIGN;
		r = pick_after_stamp(r);
		if (r.n < 4 || r.p[0] != '#' || !is_digit(r.p[1]))
			return PARSE_FOREIGN;
	} else if (r.n && is_digit(r.p[0])) {
		r = pick_after_stamp(r); /* of its console, caught by syslog */
	}
	if (!read_prefix(&r, &tag, &function))
		return own ? PARSE_UNKNOWN : PARSE_FOREIGN;
	ev->mta = MTA_RSPAMD;
	ev->inst = STR("rspamd");
	if (str_eq(function, STR("rspamd_task_write_log"))) {
		rc = task(r, ev);
		if (tag.n)
			ev_set(ev, F_SESSION, tag);
		if (!ev->qid.n && !ev_has(ev, F_MSGID))
			ev->qid = tag;
		return rc;
	}
	if (str_eq(function, STR("main")) || str_find(r, STR("fatal")) >= 0) {
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	return PARSE_IGNORED;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 mx rspamd[27538]: <8ae27d>; proxy; rspamd_task_write_log: id: <m@one.example>, qid: <4A5B6C7D>, ip: 192.0.2.1, from: <a@one.example>, (default: T (reject): [16.10/15.00] [GTUBE(0.00){},DMARC_NA(1.0){one.example), len: 9;}]), len: 1212, time: 31.5ms, dns req: 4, digest: <00ff>, rcpts: <b@two.example,c@two.example>, mime_rcpts: <b@two.example>, forced: reject \"Gtube pattern\"; score=nan (set by spamd)",
	    "filter qid=4A5B6C7D state=rejected from=a@one.example rcpts=b@two.example,c@two.example msgid=<m@one.example> client_ip=192.0.2.1 delay=31.5ms reply=\"Gtube pattern\" size=1212 where=spamd action=reject verdict=reject score=16.10 session=8ae27d text=\"[16.10/15.00] [GTUBE(0.00){},DMARC_NA(1.0){one.example), len: 9;}]\"" },
	{ "2026-03-20 08:09:41 #38(normal) <73b3a9>; task; rspamd_task_write_log: id: <undef>, ip: 192.0.2.1, user: carl, from: <>, (default: F (no action): [-0.20/15.00] [ARC_NA(0.00){}]), len: 12, time: 3.100ms, dns req: 0, digest: <00ff>",
	    "filter qid=73b3a9 state=passed from=\"\" client_ip=192.0.2.1 user=carl delay=3.100ms size=12 action=\"no action\" verdict=\"no action\" score=-0.20 session=73b3a9 text=\"[-0.20/15.00] [ARC_NA(0.00){}]\"" },
	{ "Jan  1 00:04:19 mx rspamd[27538]: <8ae27d>; proxy; rspamd_task_write_log: id: <m@one.example>, qid: <4A5B6C7D>, ip: 192.0.2.1, from: <a@one.example>, (default: F (soft reject): [0.00/15.00] [GREYLIST(0.00){greylisted;}]), len: 12, time: 3.1ms, dns req: 0, digest: <00ff>, rcpts: <b@two.example>",
	    "filter qid=4A5B6C7D state=tempfail from=a@one.example rcpts=b@two.example msgid=<m@one.example> client_ip=192.0.2.1 delay=3.1ms size=12 action=\"soft reject\" verdict=\"soft reject\" score=0.00 session=8ae27d text=\"[0.00/15.00] [GREYLIST(0.00){greylisted;}]\"" },
	{ "Jan  1 00:04:19 mx rspamd[27538]: <8ae27d>; proxy; rspamd_message_parse: loaded message; id: <m@one.example>; queue-id: <4A5B6C7D>; size: 12; checksum: <00ff>",
	    "ignored" },
	{ "Jan  1 00:04:19 mx rspamd[38]: 2026-03-20 08:09:41 #38(normal) <73b3a9>; task; rspamd_task_write_log: id: <m@one.example>, qid: <4A5B6C7D>, ip: 192.0.2.1, from: <a@one.example>, (default: F (add header): [7.00/15.00] [A(0.00){}]), len: 12",
	    "filter qid=4A5B6C7D state=passed from=a@one.example msgid=<m@one.example> client_ip=192.0.2.1 size=12 action=\"add header\" verdict=\"add header\" score=7.00 session=73b3a9 text=\"[7.00/15.00] [A(0.00){}]\"" },
	{ "Jan  1 00:04:19 mx rspamd[38]: (normal) <73b3a9>; task; rspamd_task_write_log: id: <m@one.example>, qid: <4A5B6C7D>, ip: 192.0.2.1, from: <a@one.example>, (default: F (discard): [7.00/15.00] [A(0.00){}]), len: 12",
	    "filter qid=4A5B6C7D state=discarded from=a@one.example msgid=<m@one.example> client_ip=192.0.2.1 size=12 action=discard verdict=discard score=7.00 session=73b3a9 text=\"[7.00/15.00] [A(0.00){}]\"" },
	{ "Jan  1 00:04:19 mx rspamd[27538]: <8ae27d>; main; main: rspamd 3.8.4 is loading configuration, build id: release",
	    "system text=\"rspamd 3.8.4 is loading configuration, build id: release\"" },
	{ "Jan  1 00:04:19 mx rspamd[27538]: unheard of", "unknown" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_rspamd = {
	.name = "rspamd",
	.about = "rspamd, syslog or its own file, any log_format with its keys",
	.parse = parse,
	.samples = samples,
};
