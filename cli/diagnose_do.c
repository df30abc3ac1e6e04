/*
 * diagnose_do.c: what is to be done about a fact of the logs, and whose move
 * it is.
 */
#include "cli/diagnose.h"
#include "base/banned.h"

enum { UNREAD_DAYS = 14 };

#define DAY_US (86400 * INT64_C(1000000))

/* Nobody has opened the mailbox for long: then it fills again. */
static struct str
nobody_reads(struct diag *d)
{
	int64_t end = d->ev.logs_until_us;
	int64_t from = d->ev.login ? d->ev.login->last_us : d->ev.logs_from_us;
	long long days = (long long)((end - from) / DAY_US);

	if (days < UNREAD_DAYS || !d->ev.logins_logged)
		return STR("");
	return arena_printf(&d->arena,
	    "; nobody logged in %s%lld days%s: ask whether the mailbox is still "
	    "read, offer to forward its mail or to clean it up",
	    d->ev.login ? "for " : "in the ", days,
	    d->ev.login ? "" : " the logs cover");
}

static struct str
ban_remedy(struct diag *d, const struct evd_fact *f)
{
	return arena_printf(&d->arena,
	    "find the device with the wrong password first, then lift the ban "
	    "(" STR_FMT ")%s",
	    STR_ARG(f->service), f->until_us ? "; it ends by itself" : "");
}

static struct str
login_remedy(struct diag *d, const struct evd_fact *f, const char **who)
{
	*who = f->locked ? "us" : "sender";
	if (f->locked)
		return STR("look up in the customer's record why, and open it "
			   "again when that is settled");
	if (f->slip == SLIP_OLD_PASSWORD)
		return STR("enter the new password in that "
			   "device too (telephone, tablet, old computer)");
	if (f->effect == EVD_WEAKENS)
		return STR("ask whether that address is the customer's: a new "
			   "device, or somebody guessing passwords");
	(void)d;
	return STR("enter the password again in the mail "
		   "program; log in to the webmail with the same one to see "
		   "whether it is right, else set a new one");
}

static struct str
client_remedy(struct diag *d, const struct evd_fact *f, const char **who)
{
	struct arena *a = &d->arena;

	*who = "sender";
	switch (f->slip) {
	case SLIP_NO_DOMAIN:
		return arena_printf(a,
		    "the whole address is the user name: " STR_FMT,
		    STR_ARG(d->target));
	case SLIP_ALIAS:
		return arena_printf(a, "the user name is " STR_FMT,
		    STR_ARG(d->account.login.n ? d->account.login :
						 d->ev.alias_to));
	case SLIP_OLD_TLS:
		return STR("a newer mail program or system; or "
			   "the webmail");
	case SLIP_CERTIFICATE:
		*who = "us";
		return STR("look at the certificates of our client services "
			   "('mailtrace check --ours'); if they are in "
			   "order: the server's name in the mail program "
			   "must be the one of the settings below");
	default:
		return STR("set port and encryption as the "
			   "settings below say");
	}
}

static struct str
class_remedy(struct diag *d, const struct evd_fact *f, const char **who)
{
	const struct classify_out *c = &f->rcpt->c;
	const struct site *s = &d->env->config.site;

	*who = cls_owner(f->cls, c->side);
	/* a part of our own did not answer */
	if (!strcmp(*who, "their_server") && !f->rcpt->has_remote &&
	    site_our_domain(s, str_domain(f->rcpt->to)))
		*who = "us";
	return str_c(c->advice && c->advice[0] ? c->advice : cls_next(f->cls));
}

static struct str
not_received_remedy(struct diag *d, const struct evd_fact *f, const char **who)
{
	struct arena *a = &d->arena;
	const char *advice = f->rcpt->c.advice;
	struct str other;

	if (f->rcpt->state == OUT_DISCARDED) {
		*who = "us";
		return STR("if that is not wanted, change the rule (of the "
			   "mailbox or of the server) and have it sent again");
	}
	if (diag_is_member(d, f) && d->ev.ours == 1 &&
	    (f->cls == CLS_USER_UNKNOWN || f->cls == CLS_MAILBOX_DISABLED)) {
		*who = "us";
		return arena_printf(a,
		    "take " STR_FMT " out of the alias, or make that mailbox "
		    "work again",
		    STR_ARG(f->rcpt->to));
	}
	if (diag_is_member(d, f) && f->cls == CLS_SENDER_AUTH && !f->by_us) {
		*who = "us";
		return STR("forwarding breaks the sender's SPF: rewrite the "
			   "sender of what is forwarded (SRS), or let the "
			   "customer's other account fetch the mail instead");
	}
	switch (f->cls) {
	case CLS_MAILBOX_FULL:
		*who = "recipient";
		return arena_printf(a,
		    "make room: delete or move old mail, empty Trash and Junk; "
		    "%s" STR_FMT,
		    f->waits ? "what waits then comes in by itself" :
			       "what was returned must be sent again",
		    STR_ARG(d->ev.ours == 1 ? nobody_reads(d) : STR("")));
	case CLS_USER_UNKNOWN:
		*who = "sender";
		return d->ev.ours == 1 ?
			   STR("check the spelling; if the customer should "
			       "have this address, we create it") :
			   STR("ask the recipient for the right address, by "
			       "another way than mail");
	case CLS_MAILBOX_DISABLED:
		*who = d->ev.ours == 1 ? "us" : "recipient";
		if (d->ev.ours == 1)
			return STR("look up in the customer's record why, and "
				   "open it again when that is settled");
		break;
	case CLS_RELAY_DENIED:
		*who = "dns";
		if (f->by_us)
			return STR("its MX must name the right servers; if the "
				   "domain should be ours, we enter it");
		break;
	default:
		break;
	}
	other = diag_welcome(d, f);
	if (diag_refuses_us(f)) {
		*who = "us";
		return arena_printf(a,
		    "stop the cause first (look for the account in the logs), "
		    "then %s%s" STR_FMT "%s" STR_FMT,
		    advice && *advice ? advice : "ask for removal",
		    f->rcpt->c.block.lookup_url.n ? " at " : "",
		    STR_ARG(f->rcpt->c.block.lookup_url),
		    other.n ? "; until then send through " : "",
		    STR_ARG(other));
	}
	return class_remedy(d, f, who);
}

struct str
diag_remedy(struct diag *d, const struct evd_fact *f, const char **who)
{
	switch (f->kind) {
	case EVD_NOT_RECEIVED:
		return not_received_remedy(d, f, who);
	case EVD_BLOCKED_US:
		*who = "us";
		return not_received_remedy(d, f, who);
	case EVD_NOT_SENT:
		if (f->slip == SLIP_PLAIN_PORT)
			return client_remedy(d, f, who);
		if (f->slip == SLIP_NO_AUTH) {
			*who = "sender";
			return STR("switch on authentication for "
				   "sending (same user name and password as "
				   "for receiving), port as the settings say");
		}
		if (f->cls == CLS_GREYLISTED)
			return class_remedy(d, f, who);
		if (f->by_us && d->ev.ours == 1 && d->kind != EVD_IP) {
			*who = "us";
			return STR("look what was sent: if the account was "
				   "taken over, new password first; else the "
				   "customer sends less, or with an address "
				   "of the account, or we raise the limit");
		}
		return class_remedy(d, f, who);
	case EVD_NO_LOGIN:
		return login_remedy(d, f, who);
	case EVD_CLIENT:
		return client_remedy(d, f, who);
	case EVD_BAN:
		*who = "us";
		return ban_remedy(d, f);
	case EVD_OTHERS:
	case EVD_MESSAGE:
		return class_remedy(d, f, who);
	default:
		*who = "nobody";
		return STR("");
	}
}
