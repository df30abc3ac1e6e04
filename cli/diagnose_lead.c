/*
 * diagnose_lead.c: the first lines: what is broken, who must act and what is
 * to be done; or, where no link is, what the logs know last.
 */
#include "cli/diagnose.h"
#include "query/filter.h"
#include "base/banned.h"

/* The remedy of the configuration's own findings. */
static void
remedy_of_accounts(struct diag *d, const struct diag_link *l)
{
	d->who = diag_full(d) && l == &d->link[7] ? "recipient" : "us";
	if (!strcmp(d->who, "recipient"))
		d->remedy = STR("make room: delete or move old mail, empty "
				"Trash and Junk");
	else if (l == &d->link[5])
		d->remedy = STR("check the spelling; if the customer should "
				"have this address, create it");
	else
		d->remedy = STR("look up in the customer's record why, and "
				"open it again when that is settled");
}

void
diag_add_remedy(struct diag *d, struct str more)
{
	d->remedy = d->remedy.n ? arena_printf(&d->arena, STR_FMT "; " STR_FMT,
				      STR_ARG(d->remedy), STR_ARG(more)) :
				  more;
}

/* What the names that come near add to "does not exist". */
static void
near_names(struct diag *d)
{
	struct buf b = BUF_INIT(2000);
	const char *sep = "";

	if (d->first != 5 || d->ev.nnear + d->ev.nsister == 0)
		return;
	for (size_t i = 0; i < d->ev.nnear; i++, sep = ", ")
		buf_printf(&b, "%s" STR_FMT, sep, STR_ARG(d->ev.near[i]));
	for (size_t i = 0; i < d->ev.nsister; i++, sep = ", ")
		buf_printf(&b, "%s" STR_FMT, sep, STR_ARG(d->ev.sister[i]));
	diag_add_remedy(d, arena_printf(&d->arena,
			       "the logs know " STR_FMT ": was that meant?",
			       STR_ARG(buf_str(&b))));
	buf_release(&b);
}

/* What a receiver did not believe of the sender's domain: what DNS says of it
 * now. */
static void
sender_now(struct diag *d, const struct evd_fact *f)
{
	static const enum check_id about[] = { S06, S07, S09, S11, S13 };

	if (!d->job || f->cls != CLS_SENDER_AUTH || f->by_us ||
	    f->kind != EVD_NOT_SENT)
		return;
	for (size_t i = 0; i < sizeof(about) / sizeof(*about); i++) {
		const struct finding *now = job_finding(d->job, about[i]);

		if (!now ||
		    (now->result != CHECK_FAIL && now->result != CHECK_WARN))
			continue;
		diag_add_remedy(d,
		    arena_printf(&d->arena, "now " STR_FMT "%s" STR_FMT,
			STR_ARG(now->say), now->remedy.n ? ": " : "",
			STR_ARG(now->remedy)));
		return;
	}
}

void
diag_lead_broken(struct diag *d)
{
	struct diag_link *l = &d->link[d->first];

	d->say = l->say;
	d->proof = l->fact;
	if (l->state == DIAG_ELSEWHERE) {
		bool took = l->fact && l->fact == d->ev.received;

		d->who = "their_server";
		d->remedy = took ?
				STR("a 250 is not the inbox: ask there what "
				    "became of it, with the time and the id") :
				STR("ask there; for a customer of ours who "
				    "moved: the MX records say who has the "
				    "mail now");
		return;
	}
	if (l->finding) {
		const struct finding *f = l->finding;

		d->remedy = f->remedy;
		d->who = !f->who		     ? "us" :
			 !strcmp(f->who, "owner")    ? "dns" :
			 !strcmp(f->who, "provider") ? "their_server" :
			 !strcmp(f->who, "customer") ? "sender" :
						       f->who;
	} else if (l->fact) {
		d->remedy = diag_remedy(d, l->fact, &d->who);
		sender_now(d, l->fact);
	} else if (l->source && !strcmp(l->source, "accounts")) {
		remedy_of_accounts(d, l);
	} else {
		d->who = "sender";
		d->remedy = d->meant.n ? arena_printf(&d->arena, "use " STR_FMT,
					     STR_ARG(d->meant)) :
					 STR("ask for the right address");
	}
	near_names(d);
}

/* The most telling fact about a message of the target's. */
static const struct evd_fact *
any_mail(const struct diag *d)
{
	for (size_t i = 0; i < d->ev.nfact; i++)
		if (d->ev.fact[i]->msg && !d->ev.fact[i]->other)
			return d->ev.fact[i];
	return NULL;
}

static bool
is_from(const struct diag *d, const struct evd_fact *f)
{
	return str_eqi(f->msg->from, d->target) || str_eqi(f->user, d->target);
}

/* Somebody sent in the target's name, without a login, and was refused. */
static bool
is_nameless(const struct diag *d, const struct evd_fact *f)
{
	return f->kind == EVD_OTHERS && f->by_us && is_from(d, f);
}

/* What befell one mail, when that is all there is to tell. */
static struct str
one_mail(struct diag *d, const struct evd_fact *f)
{
	struct arena *a = &d->arena;
	const struct ans_rcpt *r = f->rcpt;
	bool from = is_from(d, f);
	const char *what = f->cls == CLS_NONE ? "" : cls_meaning(f->cls);
	struct str peer = from		 ? r->to :
			  f->msg->from.n ? f->msg->from :
					   STR("nobody (a notice)");

	if (f->kind != EVD_MESSAGE && f->kind != EVD_OTHERS)
		return diag_say(d, f);
	if (is_nameless(d, f))
		return arena_printf(a,
		    "somebody at " STR_FMT " sent as " STR_FMT
		    " without logging in, and was refused at " STR_FMT
		    ": %s" STR_FMT,
		    STR_ARG(f->ip), STR_ARG(d->target),
		    STR_ARG(diag_time(d, f->last_us)), what,
		    STR_ARG(diag_quoted(d, r)));
	if (f->by_us && f->cls == CLS_GREYLISTED)
		return arena_printf(a,
		    "the last mail for " STR_FMT ", from " STR_FMT
		    ", was asked to come back later (greylisting) at " STR_FMT
		    ", and has not come back since",
		    STR_ARG(d->target), STR_ARG(peer),
		    STR_ARG(diag_time(d, f->last_us)));
	if (f->waits)
		return arena_printf(a,
		    "mail %s " STR_FMT " %s " STR_FMT " waits since " STR_FMT
		    ", last tried at " STR_FMT "%s%s" STR_FMT,
		    from ? "of" : "for", STR_ARG(d->target),
		    from ? "to" : "from", STR_ARG(peer),
		    STR_ARG(diag_time(d, f->first_us)),
		    STR_ARG(diag_time(d, f->last_us)), *what ? ": " : "", what,
		    STR_ARG(diag_quoted(d, r)));
	return arena_printf(a,
	    "the last mail %s " STR_FMT " that failed%s" STR_FMT
	    "%s was %s at " STR_FMT "%s%s" STR_FMT,
	    from ? "of" : "for", STR_ARG(d->target),
	    !peer.n ? "" :
	    from    ? ", to " :
		      ", from ",
	    STR_ARG(peer), peer.n ? "," : "", out_state_name[r->state],
	    STR_ARG(diag_time(d, f->last_us)), *what ? ": " : "", what,
	    STR_ARG(diag_quoted(d, r)));
}

static void
lead_one_mail(struct diag *d, const struct evd_fact *f)
{
	d->proof = f;
	if (is_nameless(d, f)) {
		d->who = "sender";
		d->remedy =
		    STR("if that was the customer's own mail program: sending "
			"needs a login, and a port for it (465 or 587, not "
			"25); else somebody forged the address");
		return;
	}
	d->remedy = diag_remedy(d, f, &d->who);
	if (f->cls == CLS_NONE && f->rcpt->next.n) {
		d->remedy = f->rcpt->next;
		d->who = f->rcpt->who_acts;
	}
}

/* Worth a word although mail arrives: not what a filter keeps away. */
static bool
is_missed(const struct diag *d, const struct evd_fact *f)
{
	if (f->rcpt->state == OUT_LOST)
		return true;
	return f->cls != CLS_NONE &&
	       (is_from(d, f) || cls_grp(f->cls) != GRP_CONTENT);
}

/* A mail that failed after the last one that went well. */
static const struct evd_fact *
failed_since(const struct diag *d, const struct evd_fact *well)
{
	for (size_t i = 0; i < d->ev.nfact; i++) {
		const struct evd_fact *f = d->ev.fact[i];

		if (d->kind == EVD_ADDRESS && f->kind == EVD_MESSAGE &&
		    is_missed(d, f) && f->last_us > well->last_us &&
		    is_from(d, f) == (well == d->ev.sent))
			return f;
	}
	return NULL;
}

static void
add_failed_since(struct diag *d, const struct evd_fact *well)
{
	const struct evd_fact *f = failed_since(d, well);

	if (!f)
		return;
	d->say = arena_printf(&d->arena, STR_FMT "; but " STR_FMT,
	    STR_ARG(d->say), STR_ARG(one_mail(d, f)));
	lead_one_mail(d, f);
}

static bool
is_junk(struct str folder)
{
	static const struct str junk[] = { STR_INIT("junk"), STR_INIT("spam"),
		STR_INIT("bulk") };

	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++)
		if (str_findi(folder, junk[i]) >= 0)
			return true;
	return false;
}

void
diag_lead_whole(struct diag *d)
{
	const struct evd_fact *r = d->ev.received, *s = d->ev.sent;
	const struct evd_fact *any = NULL;
	struct str marked;

	d->who = "nobody";
	d->proof = r;
	if (d->kind == EVD_IP) {
		if (s)
			d->say = arena_printf(&d->arena,
			    "nothing here refuses " STR_FMT
			    ": its last mail was accepted at " STR_FMT,
			    STR_ARG(d->target),
			    STR_ARG(diag_time(d, s->last_us)));
		else if (d->ev.nfact)
			d->say = arena_printf(&d->arena,
			    "nothing here refuses " STR_FMT " now",
			    STR_ARG(d->target));
		else
			d->say = arena_printf(&d->arena,
			    "the logs say nothing about " STR_FMT,
			    STR_ARG(d->target));
		return;
	}
	if (r && !d->sending) {
		d->say = d->kind == EVD_DOMAIN ?
			     arena_printf(&d->arena,
				 "mail for " STR_FMT
				 " arrives: the last one at " STR_FMT
				 ", for " STR_FMT,
				 STR_ARG(d->target),
				 STR_ARG(diag_time(d, r->last_us)),
				 STR_ARG(r->rcpt->to)) :
			     arena_printf(&d->arena,
				 "mail arrives: the last one for " STR_FMT
				 " was put into the mailbox at " STR_FMT
				 "%s" STR_FMT,
				 STR_ARG(d->target),
				 STR_ARG(diag_time(d, r->last_us)),
				 r->rcpt->folder.n ? ", folder " : "",
				 STR_ARG(r->rcpt->folder));
		if (r->rcpt->state == OUT_LEFT && d->kind == EVD_ADDRESS)
			d->say = arena_printf(&d->arena,
			    "mail arrives: the last one for " STR_FMT
			    " was passed on to " STR_FMT " at " STR_FMT,
			    STR_ARG(d->target), STR_ARG(r->rcpt->to),
			    STR_ARG(diag_time(d, r->last_us)));
		marked = r->rcpt->state == OUT_DELIVERED ?
			     filter_marked(&d->arena, r->rcpt) :
			     STR("");
		if (marked.n)
			d->say = arena_printf(&d->arena, STR_FMT "; " STR_FMT,
			    STR_ARG(d->say), STR_ARG(marked));
		d->remedy =
		    d->kind == EVD_DOMAIN ?
			STR("for one address that complains: diagnose that") :
		    r->rcpt->state == OUT_LEFT ?
			arena_printf(&d->arena,
			    "look into the mailbox of " STR_FMT
			    ", the spam folder too; a 250 is not the inbox: "
			    "what became of it there only " STR_FMT
			    " can tell, by the time and the id",
			    STR_ARG(r->rcpt->to),
			    STR_ARG(diag_remote(d, r->rcpt))) :
		    is_junk(r->rcpt->folder) ?
			STR("look into the spam folder: it lies there; mark it "
			    "as no spam, and see the filters") :
		    marked.n ?
			STR("look into the spam folder of the mail program; if "
			    "it was no spam, see that filter") :
			STR("look into the spam folder, the filters and "
			    "the rules of the mail program");
		add_failed_since(d, r);
		return;
	}
	if (s) {
		d->proof = s;
		d->say = arena_printf(&d->arena,
		    "mail of " STR_FMT
		    " is accepted: the last one went out at " STR_FMT,
		    STR_ARG(d->target), STR_ARG(diag_time(d, s->last_us)));
		d->remedy = STR("ask what the mail program says, and for which "
				"recipient; trace that message");
		add_failed_since(d, s);
		return;
	}
	d->who = "us";
	if (!d->have_logs)
		d->say = arena_printf(&d->arena,
		    "nothing speaks against " STR_FMT ", but there are no logs "
		    "to look into",
		    STR_ARG(d->target));
	else if (d->job && d->link[3].state == DIAG_PROVED)
		d->say = arena_printf(&d->arena,
		    "the logs know no mail with " STR_FMT
		    "; in DNS nothing stands in its way",
		    STR_ARG(d->target));
	else if ((any = any_mail(d)) != NULL)
		d->say = one_mail(d, any);
	else
		d->say = arena_printf(&d->arena,
		    "the logs know no mail with " STR_FMT, STR_ARG(d->target));
	if (any)
		lead_one_mail(d, any);
	else if (d->ev.nnear || d->ev.nsister) {
		d->first = 5;
		near_names(d);
		d->first = -1;
	}
	if (!d->remedy.n)
		d->remedy = STR("check the spelling; ask when and from where "
				"something should have come");
}
