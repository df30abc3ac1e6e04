/*
 * say.c: a verdict in words: why it stopped, whose move it is, what to do
 * next.  One sentence each, fit to be read to a customer.
 */
#include "base/stamp.h"
#include "query/filter.h"
#include "query/verdict.h"
#include "base/banned.h"

#define AROUND_US (60 * INT64_C(1000000))
#define SLOT_US	  (900 * INT64_C(1000000)) /* gaps are known that well */

struct str
say_brief(struct arena *a, struct str text)
{
	enum { MOST = 160 };
	struct str s = str_trim(text);
	ptrdiff_t i = str_find(s, STR(" said: "));

	/* what Postfix puts around it: host X[ip] said: ... (in reply to Y) */
	if (i > 0 && str_starts(s, STR("host ")))
		s = str_from(s, (size_t)i + 7);
	i = str_rfind(s, STR(" (in reply to "));
	if (i > 0)
		s = str_head(s, (size_t)i);

	if (s.n <= MOST)
		return s;
	s = str_head(s, MOST);
	while (s.n && ((unsigned char)s.p[s.n - 1] & 0xc0) == 0x80)
		s.n--; /* never half a UTF-8 character */
	return arena_printf(a, STR_FMT "...", STR_ARG(s));
}

static struct str
remote_label(struct verdict_ctx *v, const struct ans_rcpt *r)
{
	if (!r->has_remote)
		return r->stop_host;
	if (r->remote_name.n && r->remote_ip.n &&
	    str_chr(r->remote_ip, '/') < 0 && /* a socket */
	    !str_eq(r->remote_name, r->remote_ip))
		return arena_printf(v->a, STR_FMT " [" STR_FMT "]",
		    STR_ARG(r->remote_name), STR_ARG(r->remote_ip));
	return r->remote_name.n ? r->remote_name : r->remote_ip;
}

/* Who the class says must act, unless we know better who that is. */
static void
say_who(struct verdict_ctx *v, const struct life *l, struct ans_rcpt *r)
{
	bool accepted = r->state == OUT_BOUNCED || r->state == OUT_EXPIRED;

	r->who_acts = cls_owner(r->c.cls, r->c.side);
	r->next = arena_dup(v->a,
	    str_c(r->c.advice && r->c.advice[0] ? r->c.advice :
						  cls_next(r->c.cls)));
	if (accepted && l && l->from.p && !l->from.n) {
		r->who_acts = "nobody";
		r->next = STR("it was itself a notice or an automatic reply: "
			      "it has no sender who could be told");
	} else if (strcmp(r->who_acts, "their_server") == 0 && r->has_remote &&
		   site_our_server(v->site, r->remote_name, r->remote_ip)) {
		r->who_acts = "us";
		if (r->c.cls != CLS_MAIL_LOOP)
			r->next = arena_printf(v->a,
			    STR_FMT " is ours: look %sinto its own log of that "
				    "moment",
			    STR_ARG(remote_label(v, r)),
			    r->reply_code > 0 ?
				"" :
				"whether its mail service runs, and ");
	}
}

static void
say_failure(struct verdict_ctx *v, const struct life *l, struct ans_rcpt *r)
{
	static const char *const verb[OUT_STATES] = {
		[OUT_BOUNCED] = "was given up",
		[OUT_EXPIRED] =
		    "was given up when its time in the queue ran out",
		[OUT_REJECTED] = "was refused at our door",
		[OUT_DEFERRED] = "waits in the queue for the next attempt",
	};
	bool theirs = r->c.side == SIDE_REMOTE || r->c.side == SIDE_RELAY;
	struct str text = say_brief(v->a, r->reply_text);
	struct str said = theirs ? STR("") : filter_said(v->a, l, r);

	if (r->c.cls == CLS_NONE || r->c.cls == CLS_EXPIRED)
		r->why = arena_printf(v->a, "it %s", verb[r->state]);
	else
		r->why = arena_printf(v->a, "it %s: %s", verb[r->state],
		    cls_meaning(r->c.cls));
	if (text.n && theirs && r->has_remote)
		r->why = arena_printf(v->a,
		    STR_FMT "; " STR_FMT " said \"" STR_FMT "\"",
		    STR_ARG(r->why), STR_ARG(remote_label(v, r)),
		    STR_ARG(text));
	else if (text.n)
		r->why = arena_printf(v->a, STR_FMT " (\"" STR_FMT "\")",
		    STR_ARG(r->why), STR_ARG(text));
	if (said.n)
		r->why = arena_printf(v->a, STR_FMT "; " STR_FMT,
		    STR_ARG(r->why), STR_ARG(said));
	if (r->c.block.ip.n && r->c.block.list.n)
		r->why = arena_printf(v->a,
		    STR_FMT "; listed: " STR_FMT " at " STR_FMT,
		    STR_ARG(r->why), STR_ARG(r->c.block.ip),
		    STR_ARG(r->c.block.list));
	if (r->c.cls == CLS_NONE) {
		r->who_acts = "us";
		r->next = STR("read the lines shown as evidence");
		return;
	}
	say_who(v, l, r);
	if (said.n && r->state == OUT_REJECTED &&
	    (r->c.cls == CLS_POLICY_REJECTED || r->c.cls == CLS_UNKNOWN))
		r->next = arena_printf(v->a,
		    "a filter of ours refused it: the line of " STR_FMT
		    " says which of its rules did; change them if the mail "
		    "was wanted",
		    STR_ARG(r->filter_name));
}

static void
say_sent(struct verdict_ctx *v, const struct life *l, struct ans_rcpt *r)
{
	r->who_acts = "nobody";
	if (r->state == OUT_LEFT) {
		r->why = arena_printf(v->a,
		    "it left us: " STR_FMT " accepted it%s" STR_FMT,
		    STR_ARG(remote_label(v, r)), r->remote_qid.n ? " as " : "",
		    STR_ARG(r->remote_qid));
		r->next = STR("a 250 is not the inbox: what happened after it "
			      "only the other side's log can tell; give them "
			      "the time, the host and the id (--proof)");
		return;
	}
	if (r->folder.n)
		r->why = arena_printf(v->a,
		    "it was stored in folder " STR_FMT " of " STR_FMT
		    " on " STR_FMT,
		    STR_ARG(r->folder), STR_ARG(r->to), STR_ARG(r->stop_host));
	else
		r->why = arena_printf(v->a,
		    "it was delivered to " STR_FMT " on " STR_FMT,
		    STR_ARG(r->to), STR_ARG(r->stop_host));
	if (r->folder.n && !str_eqi(r->folder, STR("INBOX")))
		r->next = arena_printf(v->a,
		    "look into folder " STR_FMT
		    "; a rule of the mailbox put it there",
		    STR_ARG(r->folder));
	else if (l->nmsgid &&
		 (str_starts(r->reply_text, STR("delivered via ")) ||
		     str_starts(r->reply_text, STR("delivered to command"))))
		r->next = arena_printf(v->a,
		    "a program took it; what that sent on, as a list does, has "
		    "the same Message-ID: mailtrace id=" STR_FMT,
		    STR_ARG(l->msgid[0]));
	else
		r->next = STR("nothing to do for the servers; if it is not "
			      "seen, look at other folders and at the rules "
			      "of the mail program");
}

static struct str
moment(struct arena *a, int64_t t_us)
{
	struct buf b = BUF_INIT(64);
	struct str s;

	stamp_print(&b, t_us, "UTC", STAMP_MINUTES);
	buf_puts(&b, " UTC");
	s = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return s;
}

/* What the store has of the log of a host around that time; empty: all. */
static struct str
log_missing(struct verdict_ctx *v, struct str host, int64_t t_us)
{
	struct err err;
	const struct store_info *info = store_overview(v->st, &err);
	int64_t t0 = INT64_MAX, t1 = INT64_MIN;

	for (size_t i = 0; info && i < info->nhost; i++) {
		const struct store_host *h = &info->host[i];

		if (!site_same_host(site_host(v->site, h->name), host) &&
		    !site_same_host(h->name, host))
			continue;
		t0 = h->t0_us < t0 ? h->t0_us : t0;
		t1 = h->t1_us > t1 ? h->t1_us : t1;
	}
	if (!info)
		return STR("");
	if (t1 == INT64_MIN)
		return STR("no log of that host was read");
	if (t_us > t1 + AROUND_US)
		return arena_printf(v->a,
		    "its log was read to " STR_FMT " only",
		    STR_ARG(moment(v->a, t1)));
	if (t_us < t0 - AROUND_US)
		return arena_printf(v->a, "its log begins at " STR_FMT,
		    STR_ARG(moment(v->a, t0)));
	info = store_overview_whole(v->st, &err);
	for (size_t i = 0; info && i < info->ngap; i++) {
		const struct store_gap *g = &info->gap[i];

		if ((site_same_host(site_host(v->site, g->host), host) ||
			site_same_host(g->host, host)) &&
		    t_us > g->t0_us - SLOT_US && t_us < g->t1_us + SLOT_US)
			return arena_printf(v->a,
			    "its log has a gap from " STR_FMT " to " STR_FMT,
			    STR_ARG(moment(v->a, g->t0_us)),
			    STR_ARG(moment(v->a, g->t1_us)));
	}
	return STR("");
}

static void
say_lost(struct verdict_ctx *v, struct ans_rcpt *r)
{
	struct str gone = log_missing(v, r->stop_host, r->time_us);

	r->why = arena_printf(v->a,
	    "it was handed to " STR_FMT
	    ", a host of ours, and no log of it says what became of it%s" STR_FMT,
	    STR_ARG(r->stop_host), gone.n ? ": " : "", STR_ARG(gone));
	if (gone.n)
		r->next = arena_printf(v->a,
		    "ingest the log of " STR_FMT
		    " of that time, or look on the host itself",
		    STR_ARG(r->stop_host));
	else
		r->next = arena_printf(v->a,
		    "look on " STR_FMT
		    " itself; if it logs elsewhere, ingest that log too",
		    STR_ARG(r->stop_host));
}

void
verdict_say(struct verdict_ctx *v, const struct life *l, struct ans_rcpt *r)
{
	struct str rule = say_brief(v->a, r->reply_text);
	struct str said = filter_said(v->a, l, r);

	switch (r->state) {
	case OUT_DELIVERED:
	case OUT_LEFT:
		say_sent(v, l, r);
		break;
	case OUT_BOUNCED:
	case OUT_EXPIRED:
	case OUT_REJECTED:
	case OUT_DEFERRED:
		say_failure(v, l, r);
		break;
	case OUT_QUEUED:
		r->who_acts = "us";
		r->why = arena_printf(v->a,
		    "it was accepted by " STR_FMT
		    " and no attempt to deliver it is logged yet",
		    STR_ARG(r->stop_host));
		r->next = STR("if it stays so, look whether the queue manager "
			      "runs and whether the log is complete");
		break;
	case OUT_HELD:
		r->who_acts = "us";
		r->why = arena_printf(v->a,
		    "it is on hold at " STR_FMT "%s" STR_FMT "%s%s" STR_FMT,
		    STR_ARG(r->stop_host), rule.n ? " (" : "", STR_ARG(rule),
		    rule.n ? ")" : "", said.n ? ": " : "", STR_ARG(said));
		r->next = arena_printf(v->a,
		    "an administrator releases or deletes it (%s " STR_FMT ")",
		    l->mta == MTA_EXIM ? "Exim: exim -Mt" :
					 "Postfix: postsuper -H",
		    STR_ARG(r->stop_qid));
		break;
	case OUT_ABORTED:
		r->who_acts = "sender";
		r->why = STR("the client's connection ended before the "
			     "message was complete; nothing was accepted");
		r->next = STR("the sending program must try again; look for a "
			      "firewall, a size or a time limit on its way");
		break;
	case OUT_DISCARDED:
		r->who_acts = "us";
		r->why = arena_printf(v->a,
		    "it was accepted and thrown away "
		    "on purpose at " STR_FMT "%s" STR_FMT "%s%s" STR_FMT,
		    STR_ARG(r->stop_host), rule.n ? " (" : "", STR_ARG(rule),
		    rule.n ? ")" : "", said.n ? ": " : "", STR_ARG(said));
		r->next =
		    r->quarantine.n ?
			arena_printf(v->a,
			    "the copy in quarantine (" STR_FMT
			    ") can be released if it was wanted",
			    STR_ARG(r->quarantine)) :
			STR("if it was wanted, change the rule that did it and "
			    "ask the sender to send again");
		break;
	case OUT_QUARANTINED:
		r->who_acts = "us";
		r->why = arena_printf(v->a,
		    "a filter put it aside at " STR_FMT "%s" STR_FMT,
		    STR_ARG(r->stop_host), said.n ? ": " : "", STR_ARG(said));
		r->next = STR("release it from the quarantine if it was "
			      "wanted");
		break;
	case OUT_DELETED:
		r->who_acts = "us";
		r->why = arena_printf(v->a,
		    "an administrator removed it from "
		    "the queue of " STR_FMT,
		    STR_ARG(r->stop_host));
		r->next = STR("ask who removed it and why; the sender got no "
			      "notice");
		break;
	default: /* OUT_LOST */
		r->who_acts = "us";
		say_lost(v, r);
		break;
	}
	if (!r->who_acts || !r->who_acts[0])
		r->who_acts = "us";
}
