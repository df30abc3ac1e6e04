/*
 * opendkim.c: the DKIM milter: what it signed and what it found in
 * signatures.  The first token is the MTA's queue id, so its lines stand with
 * the message they are about.
 */
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

/* Text at the start of the line, and the verdict it amounts to. */
static const struct {
	struct str text;
	struct str verdict;
} verdicts[] = {
	{ STR_INIT("DKIM-Signature field added"), STR_INIT("signed") },
	{ STR_INIT("DKIM-Signature header added"), STR_INIT("signed") },
	{ STR_INIT("DKIM verification successful"), STR_INIT("pass") },
	{ STR_INIT("bad signature data"), STR_INIT("fail") },
	{ STR_INIT("signature processing failed"), STR_INIT("fail") },
	{ STR_INIT("verification failed"), STR_INIT("fail") },
	{ STR_INIT("no signature data"), STR_INIT("none") },
	{ STR_INIT("key retrieval failed"), STR_INIT("temperror") },
	{ STR_INIT("no signing table match"), STR_INIT("unsigned") },
	{ STR_INIT("can't determine message sender"), STR_INIT("unsigned") },
};

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	static const char *const states[] = { "OpenDKIM Filter", "error",
		"warning", "can't", "key data is not secure", "mi_stop", "smfi",
		"dkimf_", "configuration", "OpenARC Filter", NULL };
	struct str r = ln->text, qid;
	ptrdiff_t i;

	if (!str_eq(ln->prog, STR("opendkim")) &&
	    !str_eq(ln->prog, STR("openarc")))
		return PARSE_FOREIGN;
	ev->mta = MTA_OPENDKIM;
	ev->inst = STR("postfix");
	if (pick_lit(&r, STR("(unknown-jobid): "))) {
		ev->inst = ln->prog;
		ev->kind = EV_NOTE;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	i = str_chr(r, ':');
	qid = str_head(r, i < 0 ? 0 : (size_t)i);
	if (is_qid(qid) && str_starts(str_from(r, qid.n), STR(": "))) {
		r = str_from(r, qid.n + 2);
		ev->qid = qid;
		ev->kind = EV_NOTE;
		for (size_t k = 0; k < sizeof(verdicts) / sizeof(*verdicts);
		     k++)
			if (str_starts(r, verdicts[k].text))
				ev_set(ev, F_VERDICT, verdicts[k].verdict);
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	ev->inst = ln->prog;
	for (size_t k = 0; states[k]; k++)
		if (str_find(r, str_c(states[k])) >= 0) {
			ev->kind = EV_SYSTEM;
			ev_set(ev, F_TEXT, r);
			return PARSE_EVENT;
		}
	return str_starts(r, STR("/")) || str_find(r, STR("connect")) >= 0 ?
		   PARSE_IGNORED :
		   PARSE_UNKNOWN;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 smtp opendkim[99]: 5FDCFB02986: DKIM-Signature field added (s=lab, d=isp.test)",
	    "note qid=5FDCFB02986 verdict=signed text=\"DKIM-Signature field added (s=lab, d=isp.test)\"" },
	{ "Jan  1 00:04:19 smtp opendkim[99]: 5FDCFB02986: DKIM verification successful",
	    "note qid=5FDCFB02986 verdict=pass text=\"DKIM verification successful\"" },
	{ "Jan  1 00:04:19 smtp opendkim[99]: 5FDCFB02986: s=k1 d=one.example SSL error:04091068:rsa routines:int_rsa_verify:bad signature",
	    "note qid=5FDCFB02986 text=\"s=k1 d=one.example SSL error:04091068:rsa routines:int_rsa_verify:bad signature\"" },
	{ "Jan  1 00:04:19 smtp opendkim[99]: 4dhcX71SFQz1h1l8: mx.one.example [192.0.2.1] not internal",
	    "note qid=4dhcX71SFQz1h1l8 text=\"mx.one.example [192.0.2.1] not internal\"" },
	{ "Jan  1 00:04:19 smtp opendkim[99]: (unknown-jobid): no signature data",
	    "note text=\"no signature data\"" },
	{ "Jan  1 00:04:19 smtp opendkim[99]: OpenDKIM Filter v2.11.0 starting (args: -x /etc/opendkim.conf)",
	    "system text=\"OpenDKIM Filter v2.11.0 starting (args: -x /etc/opendkim.conf)\"" },
	{ "Jan  1 00:04:19 smtp opendkim: /etc/mail/dkim.key: key data is not secure: /etc/mail/dkim.key can be read or written by other users",
	    "system text=\"/etc/mail/dkim.key: key data is not secure: /etc/mail/dkim.key can be read or written by other users\"" },
	{ "Jan  1 00:04:19 smtp opendkim[99]: unheard of", "unknown" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_opendkim = {
	.name = "opendkim",
	.about = "OpenDKIM and OpenARC",
	.parse = parse,
	.samples = samples,
};
