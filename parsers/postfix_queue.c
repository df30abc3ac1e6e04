/*
 * postfix_queue.c: the life of a message in the queue: qmgr, bounce, pickup,
 * and what a person does with postsuper.
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

static enum parse_result
note(struct event *ev, struct str text)
{
	ev->kind = EV_NOTE;
	ev_set(ev, F_TEXT, text);
	return PARSE_EVENT;
}

/*
 * 4F1: from=<a@b.example>, size=1358, nrcpt=1 (queue active)
 * Printed by qmgr_message_read() in Postfix src/qmgr/qmgr_message.c, at each
 * retry again.
 * 4F1: from=<a@b.example>, status=expired, returned to sender
 * Printed by qmgr_active_done_3_generic()'s like in src/qmgr/qmgr_active.c;
 * status=force-expired since 3.5.
 */
static enum parse_result
active(struct scan *sc, struct event *ev)
{
	bool canon = true;
	struct str v;

	if (!take_addr(sc, ',', &v)) {
		v = scan_until(sc, ',');
		if (sc->err || !v.n || *v.p == '<')
			return PARSE_UNKNOWN;
		canon = false;
	}
	ev_set(ev, F_FROM, v);
	if (scan_opt(sc, STR(", size="))) {
		ev->kind = EV_ACTIVE;
		ev_set(ev, F_SIZE, scan_digits(sc));
		scan_lit(sc, STR(", nrcpt="));
		ev_set(ev, F_NRCPT, scan_digits(sc));
		if (sc->err)
			return PARSE_UNKNOWN;
		canon &= rest_is(sc, STR(" (queue active)"));
	} else if (scan_opt(sc, STR(", status="))) {
		ev->kind = EV_EXPIRED;
		ev->state = ST_EXPIRED;
		ev->flags |= EVF_DECIDES;
		ev_set(ev, F_STATUS, scan_until(sc, ','));
		if (sc->err)
			return PARSE_UNKNOWN;
		canon &= rest_is(sc, STR(", returned to sender"));
	} else {
		return PARSE_UNKNOWN;
	}
	if (canon)
		ev->flags |= EVF_CANON;
	return PARSE_EVENT;
}

/*
 * warning: saving corrupt file "4F1" from queue "active" to queue "corrupt"
 * Printed by qmgr_active_corrupt() in Postfix src/qmgr/qmgr_active.c.
 */
static enum parse_result
corrupt(struct scan *sc, struct event *ev)
{
	ev->qid = scan_until(sc, '"');
	if (sc->err || !ev->qid.n)
		return PARSE_UNKNOWN;
	ev->flags |= EVF_DECIDES;
	return note(ev, STR("saved to the corrupt queue"));
}

enum parse_result
postfix_qmgr(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	if (lead->sev != SEV_INFO) {
		if (scan_opt(sc, STR("saving corrupt file \"")))
			return corrupt(sc, ev);
		return postfix_trouble(lead, sc, ev);
	}
	if (lead->kind != LEAD_QID)
		return postfix_common(ln, sc, ev);
	if (rest_is(sc, STR("removed"))) {
		/* qmgr_active_done() in src/qmgr/qmgr_active.c */
		ev->kind = EV_END;
		ev->flags |= EVF_END | EVF_DECIDES | EVF_CANON;
		ev_set(ev, F_ACTION, STR("removed"));
		return PARSE_EVENT;
	}
	if (scan_opt(sc, STR("from=")))
		return active(sc, ev);
	/* 4F1: skipped, still being delivered (qmgr_active.c) */
	if (scan_peek(sc, STR("skipped, ")))
		return note(ev, scan_rest(sc));
	/* 4F1: status=deferred (bounce failed) (src/global/bounce.c) */
	if (scan_peek(sc, STR("status="))) {
		ev->flags |= EVF_DECIDES;
		return note(ev, scan_rest(sc));
	}
	return postfix_common(ln, sc, ev);
}

/*
 * 4F1: sender non-delivery notification: 4F2
 * Printed by bounce_notify_service() and its like in Postfix src/bounce/, with
 * the id of the notice; since 3.11 before the notice's own lines.
 */
enum parse_result
postfix_bounce(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	static const struct {
		struct str print, means;
	} kinds[] = {
		{ STR_INIT("sender non-delivery"), STR_INIT("non-delivery") },
		{ STR_INIT("sender delay"), STR_INIT("delay") },
		{ STR_INIT("sender delivery status"), STR_INIT("success") },
		{ STR_INIT("postmaster non-delivery"),
		    STR_INIT("postmaster non-delivery") },
		{ STR_INIT("postmaster delay"), STR_INIT("postmaster delay") },
	};

	if (lead->sev != SEV_INFO)
		return postfix_trouble(lead, sc, ev);
	if (lead->kind != LEAD_QID)
		return postfix_common(ln, sc, ev);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct str id, word;

		if (!scan_opt(sc, kinds[i].print))
			continue;
		scan_lit(sc, STR(" notification"));
		word = scan_until(sc, ':');
		scan_lit(sc, STR(": "));
		id = scan_rest(sc);
		if (sc->err || !id.n || word.n > 16)
			return PARSE_UNKNOWN;
		ev->kind = EV_NOTICE;
		ev->flags |= EVF_DECIDES;
		ev_set(ev, F_ACTION, kinds[i].means);
		ev_set(ev, F_QID2, id);
		if (!word.n)
			ev->flags |= EVF_CANON;
		return PARSE_EVENT;
	}
	/* 4F1: not sending trace/success notification for double-bounce ... */
	if (scan_peek(sc, STR("not sending ")) ||
	    scan_peek(sc, STR("no trace file ")))
		return note(ev, scan_rest(sc));
	return postfix_common(ln, sc, ev);
}

/*
 * 4F1: uid=0 from=<root>   4F1: uid=105 from=<a@b.example> orig_id=A89
 * Printed by pickup_file()'s copy_segment() in Postfix src/pickup/pickup.c;
 * orig_id is the id before postsuper -r.
 */
enum parse_result
postfix_pickup(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	struct str from;

	if (lead->sev != SEV_INFO)
		return postfix_trouble(lead, sc, ev);
	if (lead->kind != LEAD_QID || !scan_opt(sc, STR("uid=")))
		return postfix_common(ln, sc, ev);
	ev_set(ev, F_UID, scan_digits(sc));
	scan_lit(sc, STR(" from="));
	if (sc->err || !take_addr(sc, ' ', &from))
		return PARSE_UNKNOWN;
	ev->kind = EV_ARRIVE;
	ev->flags |= EVF_START;
	ev_set(ev, F_FROM, from);
	if (scan_opt(sc, STR(" orig_id="))) {
		ev_set(ev, F_QID2, scan_rest(sc));
		sc->p = sc->end;
	}
	if (scan_done(sc))
		ev->flags |= EVF_CANON;
	return PARSE_EVENT;
}

/*
 * 4F1: removed   4F1: placed on hold   4F1: released from hold   ...
 * Printed by postsuper, Postfix src/postsuper/postsuper.c: a person did it.
 * qmgr prints the same "removed" for a message that is done.
 */
enum parse_result
postfix_postsuper(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev)
{
	static const struct {
		struct str print, means;
	} acts[] = {
		{ STR_INIT("placed on hold"), STR_INIT("hold") },
		{ STR_INIT("released from hold"), STR_INIT("release") },
		{ STR_INIT("requeued"), STR_INIT("requeue") },
		{ STR_INIT("expired"), STR_INIT("expire") },
	};
	static const struct str totals[] = {
		STR_INIT("Deleted: "),
		STR_INIT("Requeued: "),
		STR_INIT("Placed on hold: "),
		STR_INIT("Released from hold: "),
		STR_INIT("Force-expired: "),
		STR_INIT("Expired: "),
		STR_INIT("Renamed to match inode number: "),
		STR_INIT("removed file "),
		STR_INIT("renamed file "),
		STR_INIT("remove subdirectory "),
	};

	if (lead->sev != SEV_INFO)
		return postfix_trouble(lead, sc, ev);
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++)
		if (str_starts(ln->text, totals[i]))
			return PARSE_IGNORED;
	if (lead->kind != LEAD_QID)
		return postfix_common(ln, sc, ev);
	if (rest_is(sc, STR("removed"))) {
		ev->kind = EV_END;
		ev->flags |= EVF_END | EVF_DECIDES;
		ev_set(ev, F_ACTION, STR("deleted"));
		return PARSE_EVENT;
	}
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (rest_is(sc, acts[i].print)) {
			ev->kind = EV_ADMIN;
			ev->flags |= EVF_DECIDES;
			ev_set(ev, F_ACTION, acts[i].means);
			return PARSE_EVENT;
		}
	return PARSE_UNKNOWN;
}
