/*
 * clamav.c: ClamAV between the hops: clamav-milter and clamsmtpd.  clamd and
 * freshclam know no message; of them only trouble is told.
 *
 * clamav-milter does not log what it did about a virus (OnInfected): the MTA
 * does, so its finding carries no state.
 */
#include "base/stamp.h"
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

/* "<a@b>" or bare up to the given words. */
static struct str
take_addr(struct str *r, struct str end)
{
	struct str v;

	if (pick_angle(r, &v)) {
		pick_lit(r, end);
		return v;
	}
	return pick_to(r, end);
}

/* "subject 'X'": the text between the quotes, which may hold quotes. */
static struct str
quoted(struct str r, struct str before, struct str after)
{
	ptrdiff_t i = str_find(r, before);

	if (i < 0)
		return STR_NONE;
	r = str_from(r, (size_t)i + before.n);
	i = str_rfind(r, after);
	return i < 0 ? STR_NONE : str_head(r, (size_t)i);
}

/*
 * Message 4A5B6C from <a@one.example> to <b@two.example> with subject 'X'
 * message-id '<m@one.example>' date 'D' infected by Eicar
 *
 * Message from <a@one.example> to <b@two.example> infected by Eicar
 * Clean message 4A5B6C from <a@one.example> to <b@two.example> with ...
 * Printed by clamav-milter/clamfi.c.
 */
static enum parse_result
milter(struct str r, struct event *ev)
{
	bool clean = pick_lit(&r, STR("Clean message "));
	struct str v, with;
	ptrdiff_t i;

	if (!clean && !pick_lit(&r, STR("Message ")))
		return PARSE_UNKNOWN;
	ev->kind = EV_FILTER;
	ev->flags |= EVF_DECIDES;
	if (!str_starts(r, STR("from "))) {
		v = pick_word(&r);
		if (is_qid(v))
			ev->qid = v; /* part of that server's record */
	}
	if (!pick_lit(&r, STR("from ")))
		return PARSE_UNKNOWN;
	ev_set(ev, F_FROM, take_addr(&r, STR(" to ")));
	pick_lit(&r, STR("to "));
	if (clean) {
		ev->state = ST_PASSED;
		ev_set(ev, F_VERDICT, STR("CLEAN"));
	} else if ((i = str_rfind(r, STR(" infected by "))) >= 0) {
		ev_set(ev, F_VERDICT, str_from(r, (size_t)i + 1));
		r = str_head(r, (size_t)i);
	} else {
		return PARSE_UNKNOWN;
	}
	with = r;
	if ((i = str_find(r, STR(" with subject '"))) >= 0) {
		r = str_head(r, (size_t)i);
		v = quoted(with, STR(" with subject '"), STR("' message-id '"));
		if (v.n)
			ev_set(ev, F_SUBJECT, v);
		i = str_rfind(with, STR("' message-id '"));
		if (i >= 0) {
			v = quoted(str_from(with, (size_t)i),
			    STR("' message-id '"), STR("' date '"));
			if (v.n)
				ev_set(ev, F_MSGID, v);
		}
	}
	if (str_starts(r, STR("<<")) && str_ends(r, STR(">>")))
		r = str_make(r.p + 1, r.n - 2); /* some versions print both */
	if (r.n)
		ev_set(ev, F_RCPTS, r);
	return PARSE_EVENT;
}

/* 100005: from=a@one.example, to=b@two.example, status=VIRUS:Eicar */
static enum parse_result
clamsmtpd(struct str r, struct event *ev)
{
	struct str id = pick_digits(&r), v;

	if (!id.n || !pick_lit(&r, STR(": ")))
		return str_find(r, STR("rror")) >= 0 ? PARSE_UNKNOWN :
						       PARSE_IGNORED;
	if (!str_starts(r, STR("from=")))
		return PARSE_IGNORED;
	ev->kind = EV_FILTER;
	ev->flags |= EVF_DECIDES;
	ev->qid = id;
	ev_set(ev, F_FROM, pick_key(r, STR("from="), ','));
	if ((v = pick_key(r, STR("to="), 0)).n)
		ev_set(ev, F_RCPTS, v);
	v = pick_key(r, STR("status="), 0);
	if (!v.n)
		return PARSE_UNKNOWN;
	ev_set(ev, F_VERDICT, v);
	/* "Action: drop" is the default: it answers 250 and drops the mail */
	ev->state = str_starts(v, STR("VIRUS")) ? ST_DISCARDED : ST_PASSED;
	return PARSE_EVENT;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	struct str r = ln->text;
	ptrdiff_t i;
	bool is_milter = str_eq(ln->prog, STR("clamav-milter"));
	struct stamp st;

	if (!ln->prog.n) { /* one's own file? */
		if (!r.n || !is_alpha(r.p[0]) || !stamp_parse(r, &st) ||
		    !st.year || !str_starts(str_from(r, st.n), STR(" -> ")))
			return PARSE_FOREIGN;
		is_milter = true; /* clamd and freshclam know no "Message" */
	} else if (!is_milter && !str_eq(ln->prog, STR("clamsmtpd")) &&
		   !str_eq(ln->prog, STR("clamsmtp")) &&
		   !str_eq(ln->prog, STR("clamd")) &&
		   !str_eq(ln->prog, STR("freshclam")))
		return PARSE_FOREIGN;
	ev->mta = MTA_CLAMAV;
	ev->inst = ln->prog.n ? ln->prog : STR("clamav");
	if (str_starts(ln->prog, STR("clamsmtp")))
		return clamsmtpd(r, ev);
	/* its own file: "Thu Jan  1 00:04:19 2026 -> text" */
	if ((i = str_find(r, STR(" -> "))) > 0 && i < 28)
		r = str_from(r, (size_t)i + 4);
	if (is_milter && (str_starts(r, STR("Message ")) ||
			     str_starts(r, STR("Clean message "))))
		return milter(r, ev);
	if (str_find(r, STR("ERROR")) >= 0 ||
	    str_find(r, STR("No clamd server")) >= 0 ||
	    str_find(r, STR("WARNING: Connection")) >= 0 ||
	    str_find(r, STR("onnection to clamd")) >= 0) {
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	return PARSE_IGNORED;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 mx clamav-milter[9]: Message 4A5B6C from <a@one.example> to <b@two.example> with subject 'It's, here' message-id '<m@one.example>' date 'Thu, 1 Jan 2026 00:00:00 +0000' infected by Eicar-Test-Signature",
	    "filter qid=4A5B6C from=a@one.example rcpts=<b@two.example> msgid=<m@one.example> subject=\"It's, here\" verdict=\"infected by Eicar-Test-Signature\"" },
	{ "Jan  1 00:04:19 mx clamav-milter[9]: Message from <a@one.example> to <b@two.example> infected by Eicar",
	    "filter from=a@one.example rcpts=<b@two.example> verdict=\"infected by Eicar\"" },
	{ "Jan  1 00:04:19 mx clamav-milter[9]: Clean message from <a@one.example> to <b@two.example>",
	    "filter state=passed from=a@one.example rcpts=<b@two.example> verdict=CLEAN" },
	{ "Sun Nov 22 02:31:20 2026 -> Message 9D91815F from <a@one.example> to <<b@two.example>> with subject 'It' message-id '<m@one.example>' date 'Sun, 22 Nov 2026 02:31:20 +0000' infected by Lab.Eicar.UNOFFICIAL",
	    "filter qid=9D91815F from=a@one.example rcpts=<b@two.example> msgid=<m@one.example> subject=It verdict=\"infected by Lab.Eicar.UNOFFICIAL\"" },
	{ "Sun Nov 22 02:31:06 2026 -> +++ Started at Sun Nov 22 02:31:06 2026",
	    "ignored" },
	{ "Jan  1 00:04:19 mx clamsmtpd: 100005: from=a@one.example, to=b@two.example, status=VIRUS:Eicar-Test-Signature",
	    "filter qid=100005 state=discarded from=a@one.example rcpts=b@two.example verdict=VIRUS:Eicar-Test-Signature" },
	{ "Jan  1 00:04:19 mx clamsmtpd: 100006: from=a@one.example, to=b@two.example, status=CLEAN",
	    "filter qid=100006 state=passed from=a@one.example rcpts=b@two.example verdict=CLEAN" },
	{ "Jan  1 00:04:19 mx clamav-milter[9]: ERROR: Connection to clamd socket failed",
	    "system text=\"ERROR: Connection to clamd socket failed\"" },
	{ "Jan  1 00:04:19 mx freshclam[9]: daily.cld database is up-to-date (version: 27000)",
	    "ignored" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_clamav = {
	.name = "clamav",
	.about = "clamav-milter, clamsmtpd; trouble of clamd and freshclam",
	.parse = parse,
	.samples = samples,
};
