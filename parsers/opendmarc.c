/*
 * opendmarc.c: the DMARC milter.  Its lines begin with the MTA's queue id;
 * "fail" stops a mail only where RejectFailures is set, and then the MTA says
 * so itself.
 */
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

/* "one.example fail", "SPF(mailfrom): a@one.example pass": the last word. */
static struct str
result_word(struct str r)
{
	static const char *const words[] = { "pass", "fail", "none", "softfail",
		"neutral", "temperror", "permerror", "bestguess", NULL };
	ptrdiff_t i = str_rchr(r, ' ');
	struct str w = str_from(r, (size_t)(i + 1));

	if (i > 0)
		for (size_t k = 0; words[k]; k++)
			if (str_eq(w, str_c(words[k])))
				return w;
	return STR_NONE;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	struct str r = ln->text, v;
	size_t n = 0;

	if (!str_eq(ln->prog, STR("opendmarc")))
		return PARSE_FOREIGN;
	ev->mta = MTA_OPENDMARC;
	while (n < r.n && r.p[n] != ' ' && r.p[n] != ':')
		n++;
	v = str_head(r, n);
	if (is_qid(v)) {
		r = str_from(r, n);
		/* "QID ignoring Authentication-Results ...": no colon */
		if (!pick_lit(&r, STR(": ")) && !pick_lit(&r, STR(" ")))
			return PARSE_UNKNOWN;
		ev->kind = EV_NOTE;
		ev->qid = v;
		ev->inst = STR("postfix");
		if ((v = result_word(r)).n && !str_starts(r, STR("SPF(")))
			ev_set(ev, F_VERDICT, v);
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	ev->inst = STR("opendmarc");
	if (str_starts(r, STR("(unknown-jobid)"))) {
		ev->kind = EV_NOTE;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	if (str_find(r, STR("OpenDMARC Filter")) >= 0 ||
	    str_find(r, STR("rror")) >= 0 || str_find(r, STR("can't")) >= 0 ||
	    str_find(r, STR("failed")) >= 0) {
		ev->kind = EV_SYSTEM;
		ev_set(ev, F_TEXT, r);
		return PARSE_EVENT;
	}
	return str_find(r, STR("onfiguration")) >= 0 ||
		       str_find(r, STR("connect")) >= 0 ||
		       str_starts(r, STR("ignoring")) ||
		       str_starts(r, STR("additional trusted")) ||
		       str_starts(r, STR("trusted authentication")) ?
		   PARSE_IGNORED :
		   PARSE_UNKNOWN;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 mx opendmarc[9]: 5FDCFB02986: one.example fail",
	    "note qid=5FDCFB02986 verdict=fail text=\"one.example fail\"" },
	{ "Jan  1 00:04:19 mx opendmarc[9]: 5FDCFB02986: SPF(mailfrom): one.example pass",
	    "note qid=5FDCFB02986 text=\"SPF(mailfrom): one.example pass\"" },
	{ "Jan  1 00:04:19 mx opendmarc[9]: 5FDCFB02986 ignoring Authentication-Results at 11 from mx.two.example",
	    "note qid=5FDCFB02986 text=\"ignoring Authentication-Results at 11 from mx.two.example\"" },
	{ "Jan  1 00:04:19 mx opendmarc[9]: 5FDCFB02986: RFC5322 requirement error: not exactly one Date field",
	    "note qid=5FDCFB02986 text=\"RFC5322 requirement error: not exactly one Date field\"" },
	{ "Jan  1 00:04:19 mx opendmarc[9]: OpenDMARC Filter v1.4.2 starting (args: -c /etc/opendmarc.conf)",
	    "system text=\"OpenDMARC Filter v1.4.2 starting (args: -c /etc/opendmarc.conf)\"" },
	{ "Jan  1 00:04:19 mx opendmarc[9]: additional trusted authentication services: mx.two.example",
	    "ignored" },
	{ "Jan  1 00:04:19 mx opendmarc[9]: unheard of", "unknown" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_opendmarc = {
	.name = "opendmarc",
	.about = "OpenDMARC",
	.parse = parse,
	.samples = samples,
};
