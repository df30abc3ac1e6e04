/*
 * mailscanner.c: MailScanner, which takes mail out of the MTA's hold queue
 * and puts it back under a new queue id.
 *
 * Its own ids are the MTA's with a suffix, "4bsM5k4xJmz4rT6.A1B2C": the part
 * before the dot is the queue id, and Requeue ends its life.
 */
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

/* "QID.hash": the queue id; false when it is none. */
static bool
take_qid(struct str *r, struct event *ev)
{
	struct str w = pick_word(r);
	ptrdiff_t i = str_chr(w, '.');

	if (str_ends(w, STR(":")))
		w.n--;
	if (i > 0)
		w = str_head(w, (size_t)i);
	if (!is_qid(w))
		return false;
	ev->qid = w;
	ev_set(ev, F_QID2, w);
	return true;
}

/*
 * Message 4bsM5k4x from 192.0.2.1 (a@one.example) to two.example is spam,
 * SpamAssassin (not cached, score=7.181, required 4, BAYES_40 -0.20, ...)
 */
static enum parse_result
verdict(struct str r, struct event *ev)
{
	struct str v;
	ptrdiff_t i;

	if (!take_qid(&r, ev) || !pick_lit(&r, STR("from ")))
		return PARSE_UNKNOWN;
	ev->kind = EV_FILTER;
	v = pick_word(&r);
	if (is_ip(v))
		ev_set(ev, F_CLIENT_IP, v);
	if (pick_lit(&r, STR("("))) {
		if ((i = str_find(r, STR(") to "))) < 0) {
			ev->flags |= EVF_CUT;
			return PARSE_EVENT;
		}
		ev_set(ev, F_FROM, str_head(r, (size_t)i));
		r = str_from(r, (size_t)i + 5);
	} else {
		pick_lit(&r, STR("to "));
	}
	pick_word(&r); /* domains */
	if ((i = str_find(r, STR("is "))) < 0)
		return PARSE_UNKNOWN;
	r = str_from(r, (size_t)i);
	ev_set(ev, F_TEXT, r);
	v = str_from(r, 3);
	if (str_starts(v, STR("spam")))
		ev_set(ev, F_VERDICT, STR("spam"));
	else if (str_starts(v, STR("not spam")))
		ev_set(ev, F_VERDICT, STR("not spam"));
	else if (str_starts(v, STR("whitelisted")))
		ev_set(ev, F_VERDICT, STR("whitelisted"));
	if ((v = pick_key(r, STR("score="), ',')).n)
		ev_set(ev, F_SCORE, v);
	return PARSE_EVENT;
}

/* Spam Actions: message 4bsM5k4x.A1 actions are store,delete */
static enum parse_result
actions(struct str r, struct event *ev)
{
	struct str v;
	ptrdiff_t i;

	pick_lit(&r, STR("message "));
	if (!take_qid(&r, ev) || (i = str_find(r, STR("actions are "))) < 0)
		return PARSE_UNKNOWN;
	v = str_from(r, (size_t)i + 12);
	ev->kind = EV_FILTER;
	ev->flags |= EVF_DECIDES;
	ev_set(ev, F_ACTION, v);
	if (str_find(v, STR("deliver")) >= 0 ||
	    str_find(v, STR("forward")) >= 0)
		ev->state = ST_PASSED;
	else if (str_find(v, STR("store")) >= 0)
		ev->state = ST_QUARANTINED;
	else if (str_find(v, STR("bounce")) >= 0)
		ev->state = ST_BOUNCED;
	else
		ev->state = ST_DISCARDED;
	return PARSE_EVENT;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	static const char *const chatter[] = { "New Batch", "Virus and",
		"Virus Scanning", "Other Checks", "Spam Checks", "Uninfected",
		"Delivered", "Deleted", "Content Checks", "Filename Checks",
		"Filetype Checks", "Unscanned", "Cleaned", "Saved ", "Batch ",
		"Logging message", "MailWatch", "Using ", "Read ", "Reading ",
		"Config", "Creating", "Connected", "Enabling", "Bayes",
		"SpamAssassin", "RBL", "Commercial", "Found ", "Lock",
		"Message Content", "ClamAV", "Expired", "Whitelist",
		"Blacklist", "HTML", "Started", "Initialising", "Notices",
		"Silent", "Warning: ", NULL };
	struct str r = ln->text, v;
	ptrdiff_t i;

	if (!str_eq(ln->prog, STR("MailScanner")))
		return PARSE_FOREIGN;
	ev->mta = MTA_OTHER;
	ev->inst = STR("mailscanner");
	if (pick_lit(&r, STR("Message ")) && !str_starts(r, STR("Content")))
		return verdict(r, ev);
	r = ln->text;
	/* Requeue: 4bsM5k4x.A1B2C to 0A1B2C3D4E */
	if (pick_lit(&r, STR("Requeue: "))) {
		if (!take_qid(&r, ev) || !pick_lit(&r, STR("to ")))
			return PARSE_UNKNOWN;
		ev->kind = EV_FILTER;
		ev->state = ST_PASSED;
		ev->flags |= EVF_DECIDES | EVF_END;
		ev_set(ev, F_QID3, pick_word(&r));
		return PARSE_EVENT;
	}
	if (pick_lit(&r, STR("Infected message "))) {
		if (!take_qid(&r, ev))
			return PARSE_UNKNOWN;
		ev->kind = EV_FILTER;
		ev_set(ev, F_VERDICT, STR("INFECTED"));
		if (pick_lit(&r, STR("came from ")) && is_ip(str_trim(r)))
			ev_set(ev, F_CLIENT_IP, str_trim(r));
		return PARSE_EVENT;
	}
	if ((i = str_find(r, STR(" Actions: "))) > 0 && i < 12)
		return actions(str_from(r, (size_t)i + 10), ev);
	for (size_t k = 0; chatter[k]; k++)
		if (str_starts(r, str_c(chatter[k])))
			return PARSE_IGNORED;
	v = r;
	if (take_qid(&v, ev)) {
		ev->kind = EV_NOTE;
		ev_set(ev, F_TEXT, v);
		return PARSE_EVENT;
	}
	ev->qid = STR_NONE;
	if (str_find(r, STR("starting")) >= 0 ||
	    str_find(r, STR("fail")) >= 0 || str_find(r, STR("rror")) >= 0 ||
	    str_find(r, STR("Could not")) >= 0) {
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	return PARSE_UNKNOWN;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 mx MailScanner[9]: Message 4bsM5k4xJmz4rT6 from 192.0.2.1 (a@one.example) to two.example is spam, SpamAssassin (not cached, score=7.181, required 4, BAYES_40 -0.20)",
	    "filter qid=4bsM5k4xJmz4rT6 qid2=4bsM5k4xJmz4rT6 from=a@one.example client_ip=192.0.2.1 verdict=spam score=7.181 text=\"is spam, SpamAssassin (not cached, score=7.181, required 4, BAYES_40 -0.20)\"" },
	{ "Jan  1 00:04:19 mx MailScanner[9]: Message 5ctN6m5yKmz5sU7 from 192.0.2.1 (a@one.example) to two.example is spam (blacklisted)",
	    "filter qid=5ctN6m5yKmz5sU7 qid2=5ctN6m5yKmz5sU7 from=a@one.example client_ip=192.0.2.1 verdict=spam text=\"is spam (blacklisted)\"" },
	{ "Jan  1 00:04:19 mx MailScanner[9]: Spam Actions: message 4bsM5k4xJmz4rT6.A1B2C actions are store",
	    "filter qid=4bsM5k4xJmz4rT6 state=quarantined qid2=4bsM5k4xJmz4rT6 action=store" },
	{ "Jan  1 00:04:19 mx MailScanner[9]: Infected message 4bsM5k4xJmz4rT6.A1B2C came from 192.0.2.1",
	    "filter qid=4bsM5k4xJmz4rT6 qid2=4bsM5k4xJmz4rT6 client_ip=192.0.2.1 verdict=INFECTED" },
	{ "Jan  1 00:04:19 mx MailScanner[9]: Requeue: 4bsM5k4xJmz4rT6.A1B2C to 5DB1A10D",
	    "filter qid=4bsM5k4xJmz4rT6 state=passed end qid2=4bsM5k4xJmz4rT6 qid3=5DB1A10D" },
	{ "Jan  1 00:04:19 mx MailScanner[9]: New Batch: Scanning 1 messages, 1203 bytes",
	    "ignored" },
	{ "Jan  1 00:04:19 mx MailScanner[9]: MailScanner Email Processor version 5.4.4 starting...",
	    "system text=\"MailScanner Email Processor version 5.4.4 starting...\"" },
	{ "Jan  1 00:04:19 mx MailScanner[9]: unheard of", "unknown" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_mailscanner = {
	.name = "mailscanner",
	.about = "MailScanner 4 and 5",
	.parse = parse,
	.samples = samples,
};
