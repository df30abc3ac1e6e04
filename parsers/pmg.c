/*
 * pmg.c: the filter of Proxmox Mail Gateway.
 *
 * Each mail gets an id of the filter's own, which Postfix shows in its reply:
 * "250 2.5.0 OK (FILTERID)", or "250 2.7.0 BLOCKED (FILTERID)" for a mail
 * that ends here although it was "sent".  What happened to each recipient
 * stands in the filter's lines, with the queue id the mail goes on under.
 */
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

/* "(rule: default-accept)" or "(rule: x, 2/3)" at the end */
static void
take_rule(struct str r, struct event *ev)
{
	ptrdiff_t i = str_find(r, STR("(rule: "));

	if (i < 0)
		return;
	r = str_from(r, (size_t)i + 7);
	if (str_ends(r, STR(")")))
		r.n--;
	ev_set(ev, F_TEXT, r);
}

/* What became of one recipient. */
static const struct {
	struct str text; /* up to '<' */
	enum ev_state state;
	struct str action;
} results[] = {
	{ STR_INIT("accept mail to "), ST_SENT, STR_INIT("accept") },
	{ STR_INIT("block mail to "), ST_DISCARDED, STR_INIT("block") },
	{ STR_INIT("moved mail for "), ST_QUARANTINED, STR_INIT("quarantine") },
	{ STR_INIT("reject mail to "), ST_REJECTED, STR_INIT("reject") },
	{ STR_INIT("forward mail to "), ST_FORWARDED, STR_INIT("forward") },
};

static enum parse_result
recipient(struct str r, struct event *ev, size_t k)
{
	struct str v;
	ptrdiff_t i;

	if (!pick_angle(&r, &v))
		return PARSE_UNKNOWN;
	ev->kind = EV_DELIVERY;
	ev->flags |= EVF_DECIDES;
	ev->state = results[k].state;
	ev_set(ev, F_TO, v);
	ev_set(ev, F_ACTION, results[k].action);
	take_rule(r, ev);
	if (pick_lit(&r, STR(" ("))) { /* the id it goes on under */
		v = pick_to(&r, STR(")"));
		if (is_qid(v))
			ev_set(ev, F_QID2, v);
	} else if ((i = str_find(r, STR(" quarantine - "))) >= 0) {
		r = str_from(r, (size_t)i + 14);
		v = pick_word(&r);
		ev_set(ev, F_QUARANTINE, v);
	}
	return PARSE_EVENT;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	struct str r = ln->text, id, v;
	ptrdiff_t i;

	if (!str_eq(ln->prog, STR("pmg-smtp-filter")))
		return PARSE_FOREIGN;
	ev->mta = MTA_OTHER;
	ev->inst = STR("pmg");
	i = str_find(r, STR(": "));
	id = str_head(r, i < 0 ? 0 : (size_t)i);
	if (!is_qid(id)) {
		if (str_starts(r, STR("starting")) ||
		    str_find(r, STR("rror")) >= 0 ||
		    str_find(r, STR("fail")) >= 0 ||
		    str_find(r, STR("started")) >= 0) {
			ev->kind = EV_SYSTEM;
			ev_set(ev, F_TEXT, r);
			return PARSE_EVENT;
		}
		return str_find(r, STR("tarting")) >= 0 ||
			       str_find(r, STR("WARN")) >= 0 ||
			       str_find(r, STR("rocess")) >= 0 ||
			       str_find(r, STR("erver")) >= 0 ||
			       str_find(r, STR("ilter")) >= 0 ||
			       str_find(r, STR("atabase")) >= 0 ?
			   PARSE_IGNORED :
			   PARSE_UNKNOWN;
	}
	ev->qid = id;
	r = str_from(r, id.n + 2);
	for (size_t k = 0; k < sizeof(results) / sizeof(*results); k++)
		if (pick_lit(&r, results[k].text))
			return recipient(r, ev, k);
	if (pick_lit(&r, STR("new mail"))) {
		ev->kind = EV_ARRIVE;
		ev->flags |= EVF_START;
		if ((i = str_find(r, STR("message-id="))) >= 0) {
			v = str_from(r, (size_t)i + 11);
			/* a folded header leaves its line end behind */
			if (str_ends(v, STR("#012")))
				v.n -= 4;
			if ((v = str_trim(v)).n)
				ev_set(ev, F_MSGID, v);
		}
		return PARSE_EVENT;
	}
	if (pick_lit(&r, STR("processing time: "))) {
		ev->kind = EV_END;
		ev->flags |= EVF_END;
		v = pick_word(&r);
		ev_set(ev, F_DELAY, v);
		return PARSE_EVENT;
	}
	ev->kind = EV_NOTE;
	ev_set(ev, F_TEXT, r);
	if (pick_lit(&r, STR("SA score="))) {
		v = pick_word(&r);
		if ((i = str_chr(v, '/')) > 0)
			v = str_head(v, (size_t)i);
		ev_set(ev, F_SCORE, v);
	} else if (pick_lit(&r, STR("virus detected: "))) {
		ev_set(ev, F_VERDICT, r);
	}
	return PARSE_EVENT;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 pmg pmg-smtp-filter[9]: 2C2B45F8A3B2: new mail message-id=<m@one.example>#012",
	    "arrive qid=2C2B45F8A3B2 start msgid=<m@one.example>" },
	{ "Jan  1 00:04:19 pmg pmg-smtp-filter[9]: 2C2B45F8A3B2: SA score=3/5 time=1.2 bayes=0.5 autolearn=no hits=A(1),B(2)",
	    "note qid=2C2B45F8A3B2 score=3 text=\"SA score=3/5 time=1.2 bayes=0.5 autolearn=no hits=A(1),B(2)\"" },
	{ "Jan  1 00:04:19 pmg pmg-smtp-filter[9]: 2C2B45F8A3B2: accept mail to <b@two.example> (9F1C21A0B2) (rule: default-accept)",
	    "delivery qid=2C2B45F8A3B2 state=sent qid2=9F1C21A0B2 to=b@two.example action=accept text=default-accept" },
	{ "Jan  1 00:04:19 pmg pmg-smtp-filter[9]: 2C2B45F8A3B2: moved mail for <b@two.example> to spam quarantine - 3D5F91A0B2 (rule: Quarantine Spam)",
	    "delivery qid=2C2B45F8A3B2 state=quarantined to=b@two.example action=quarantine quarantine=3D5F91A0B2 text=\"Quarantine Spam\"" },
	{ "Jan  1 00:04:19 pmg pmg-smtp-filter[9]: 2C2B45F8A3B2: block mail to <b@two.example> (rule: Block Viruses)",
	    "delivery qid=2C2B45F8A3B2 state=discarded to=b@two.example action=block text=\"Block Viruses\"" },
	{ "Jan  1 00:04:19 pmg pmg-smtp-filter[9]: 2C2B45F8A3B2: virus detected: Eicar-Test-Signature (clamav)",
	    "note qid=2C2B45F8A3B2 verdict=\"Eicar-Test-Signature (clamav)\" text=\"virus detected: Eicar-Test-Signature (clamav)\"" },
	{ "Jan  1 00:04:19 pmg pmg-smtp-filter[9]: 2C2B45F8A3B2: processing time: 1.537 seconds (1.2, 0.1, 0)",
	    "end qid=2C2B45F8A3B2 end delay=1.537" },
	{ "Jan  1 00:04:19 pmg pmg-smtp-filter[9]: unheard of", "unknown" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_pmg = {
	.name = "pmg",
	.about = "Proxmox Mail Gateway's filter",
	.parse = parse,
	.samples = samples,
};
