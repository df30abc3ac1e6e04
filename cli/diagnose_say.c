/*
 * diagnose_say.c: facts of the logs in sentences that can be read to a
 * customer.
 */
#include "base/stamp.h"
#include "cli/diagnose.h"
#include "cli/out.h"
#include "query/verdict.h"
#include "base/banned.h"

struct str
diag_time(struct diag *d, int64_t t_us)
{
	struct buf b = BUF_INIT(64);
	struct str s;

	stamp_print(&b, t_us, d->env->tz, STAMP_MINUTES);
	s = arena_dup(&d->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

const char *
diag_who(const struct diag *d)
{
	bool theirs = !strcmp(d->who, "sender") || !strcmp(d->who, "recipient");

	if (theirs && (d->ev.ours == 1 || d->first == 8))
		return "the customer must act";
	return acts_words(d->who);
}

/* "since T", or "at T" when it was one time and is over. */
static struct str
since(struct diag *d, const struct evd_fact *f)
{
	struct str first = diag_time(d, f->first_us);
	struct str last = diag_time(d, f->last_us);

	if (f->n < 2 && f->waits)
		return arena_printf(&d->arena, "since " STR_FMT,
		    STR_ARG(first));
	if (f->n < 2)
		return arena_printf(&d->arena, "at " STR_FMT, STR_ARG(last));
	return arena_printf(&d->arena,
	    "since " STR_FMT " (%s%zu times, last at " STR_FMT ")",
	    STR_ARG(first), f->more ? "at least " : "", f->n, STR_ARG(last));
}

struct str
diag_remote(struct diag *d, const struct ans_rcpt *r)
{
	if (r->has_remote && r->remote_name.n)
		return r->remote_name;
	if (r->has_remote && r->remote_ip.n)
		return r->remote_ip;
	return arena_printf(&d->arena, "the server of " STR_FMT,
	    STR_ARG(str_domain(r->to)));
}

/* Our address that a remote saw: named in the reply, or configured. */
static struct str
our_address(struct diag *d, const struct evd_fact *f)
{
	const struct site *s = &d->env->config.site;

	for (size_t i = 0; i < s->noutgoing; i++)
		if (site_same_host(s->outgoing[i].a, f->host))
			return arena_printf(&d->arena, STR_FMT " (" STR_FMT ")",
			    STR_ARG(s->outgoing[i].a),
			    STR_ARG(s->outgoing[i].b));
	if (f->rcpt->c.block.ip.n)
		return f->rcpt->c.block.ip;
	return f->host;
}

/* Another host of ours from which the same remote took mail since. */
struct str
diag_welcome(const struct diag *d, const struct evd_fact *f)
{
	const struct evd_fact *r = d->ev.received;

	if (f->effect == EVD_WEAKENS && r &&
	    !str_eqi(r->rcpt->stop_host, f->host))
		return r->rcpt->stop_host;
	return STR("");
}

struct str
diag_quoted(struct diag *d, const struct ans_rcpt *r)
{
	struct str text = say_brief(&d->arena, r->reply_text);

	return text.n ? arena_printf(&d->arena, " (\"" STR_FMT "\")",
			    STR_ARG(text)) :
			STR("");
}

static struct str
blocked_there(struct diag *d, const struct evd_fact *f)
{
	struct str other = diag_welcome(d, f);

	return arena_printf(&d->arena,
	    STR_FMT " refuses our server " STR_FMT " " STR_FMT "%s" STR_FMT
		    "%s" STR_FMT "%s" STR_FMT,
	    STR_ARG(diag_remote(d, f->rcpt)), STR_ARG(our_address(d, f)),
	    STR_ARG(since(d, f)), f->rcpt->c.block.list.n ? ", list " : "",
	    STR_ARG(f->rcpt->c.block.list), other.n ? "; from " : "",
	    STR_ARG(other), other.n ? " it still takes mail" : "",
	    STR_ARG(diag_quoted(d, f->rcpt)));
}

/* It is our address or domain that a remote does not want. */
bool
diag_refuses_us(const struct evd_fact *f)
{
	enum grp g = cls_grp(f->cls);

	return f->link == 7 && !f->by_us && f->cls != CLS_GREYLISTED &&
	       (g == GRP_BLOCKED || g == GRP_RATE);
}

/* An alias or a list leads to who failed; or a forward to somebody else. */
bool
diag_is_member(const struct diag *d, const struct evd_fact *f)
{
	return d->kind == EVD_ADDRESS && !str_eqi(f->rcpt->to, d->target) &&
	       str_eqi(f->rcpt->original_to, d->target);
}

static struct str
member(struct diag *d, const struct evd_fact *f)
{
	struct str to = f->rcpt->to;

	if (f->link == 7 && !f->by_us && f->rcpt->has_remote)
		return arena_printf(&d->arena,
		    "mail for " STR_FMT " is forwarded to " STR_FMT
		    ", and " STR_FMT " does not take it, " STR_FMT
		    ": %s" STR_FMT,
		    STR_ARG(d->target), STR_ARG(to),
		    STR_ARG(diag_remote(d, f->rcpt)), STR_ARG(since(d, f)),
		    cls_meaning(f->cls), STR_ARG(diag_quoted(d, f->rcpt)));
	return arena_printf(&d->arena,
	    STR_FMT " leads to " STR_FMT ", and that fails " STR_FMT
		    ": %s" STR_FMT,
	    STR_ARG(d->target), STR_ARG(to), STR_ARG(since(d, f)),
	    cls_meaning(f->cls), STR_ARG(diag_quoted(d, f->rcpt)));
}

/* The other side wants to see a second attempt. */
static struct str
come_back(struct diag *d, const struct evd_fact *f)
{
	struct arena *a = &d->arena;
	bool in = f->kind == EVD_NOT_RECEIVED;

	if (f->by_us)
		return arena_printf(a,
		    "our servers ask the server that sends for " STR_FMT
		    " to come back later (greylisting), " STR_FMT STR_FMT,
		    STR_ARG(d->target), STR_ARG(since(d, f)),
		    STR_ARG(diag_quoted(d, f->rcpt)));
	return arena_printf(a,
	    STR_FMT " asks our server to come back later (greylisting): mail "
		    "%s " STR_FMT "%s" STR_FMT " %s " STR_FMT STR_FMT,
	    STR_ARG(diag_remote(d, f->rcpt)), in ? "for" : "of",
	    STR_ARG(d->target), in ? "" : " to ",
	    STR_ARG(in ? STR("") : f->rcpt->to),
	    f->waits ? "waits" : "was returned", STR_ARG(since(d, f)),
	    STR_ARG(diag_quoted(d, f->rcpt)));
}

static struct str
not_received(struct diag *d, const struct evd_fact *f)
{
	struct arena *a = &d->arena;
	bool personal = f->link == 6 || f->link == 8;
	struct str who =
	    d->kind == EVD_DOMAIN && personal ? f->rcpt->to : d->target;
	bool there = !f->by_us && f->rcpt->has_remote &&
		     !site_our_domain(&d->env->config.site, str_domain(who));

	if (diag_is_member(d, f))
		return member(d, f);
	if (f->rcpt->state == OUT_DISCARDED)
		return arena_printf(a,
		    "mail for " STR_FMT
		    " is taken and thrown away by a rule, " STR_FMT,
		    STR_ARG(who), STR_ARG(since(d, f)));
	switch (f->cls) {
	case CLS_MAILBOX_FULL:
		return arena_printf(a,
		    "the mailbox " STR_FMT " is full: mail for it %s " STR_FMT,
		    STR_ARG(who), f->waits ? "waits" : "was returned",
		    STR_ARG(since(d, f)));
	case CLS_GREYLISTED:
		return come_back(d, f);
	case CLS_SENDER_AUTH:
		if (f->by_us)
			break;
		return arena_printf(a,
		    STR_FMT " refused mail from " STR_FMT " for " STR_FMT
			    " " STR_FMT ": %s" STR_FMT,
		    STR_ARG(diag_remote(d, f->rcpt)), STR_ARG(f->msg->from),
		    STR_ARG(who), STR_ARG(since(d, f)), cls_meaning(f->cls),
		    STR_ARG(diag_quoted(d, f->rcpt)));
	case CLS_USER_UNKNOWN:
		return arena_printf(a,
		    "there is no mailbox " STR_FMT "%s%s" STR_FMT
		    ": mail for it was returned " STR_FMT,
		    STR_ARG(who), there ? "" : " here", there ? ", says " : "",
		    STR_ARG(there ? diag_remote(d, f->rcpt) : STR("")),
		    STR_ARG(since(d, f)));
	case CLS_MAILBOX_DISABLED:
		return arena_printf(a,
		    "the mailbox " STR_FMT
		    " is locked or closed: mail for it was returned " STR_FMT
			STR_FMT,
		    STR_ARG(who), STR_ARG(since(d, f)),
		    STR_ARG(diag_quoted(d, f->rcpt)));
	case CLS_DOMAIN_NOT_FOUND:
		return arena_printf(a,
		    "there was no domain " STR_FMT
		    " when our servers asked, " STR_FMT,
		    STR_ARG(d->domain), STR_ARG(since(d, f)));
	case CLS_NO_MAIL_SERVICE:
		return arena_printf(a,
		    STR_FMT
		    " states that it takes no mail, seen " STR_FMT STR_FMT,
		    STR_ARG(d->domain), STR_ARG(since(d, f)),
		    STR_ARG(diag_quoted(d, f->rcpt)));
	case CLS_RELAY_DENIED:
		if (f->by_us)
			return arena_printf(a,
			    "our servers do not take mail for " STR_FMT
			    ": it is not one of our domains; refused " STR_FMT,
			    STR_ARG(d->domain), STR_ARG(since(d, f)));
		break;
	default:
		break;
	}
	if (diag_refuses_us(f))
		return blocked_there(d, f);
	return arena_printf(a,
	    "mail for " STR_FMT " %s " STR_FMT ": %s" STR_FMT, STR_ARG(who),
	    f->waits ? "waits" : "fails", STR_ARG(since(d, f)),
	    cls_meaning(f->cls), STR_ARG(diag_quoted(d, f->rcpt)));
}

static struct str
not_sent(struct diag *d, const struct evd_fact *f)
{
	struct arena *a = &d->arena;
	bool ip = d->kind == EVD_IP;

	if (f->slip == SLIP_NO_AUTH)
		return arena_printf(a,
		    "the mail program sends without logging in: mail %s " STR_FMT
		    " was refused " STR_FMT STR_FMT,
		    ip ? "of" : "from", STR_ARG(d->target),
		    STR_ARG(since(d, f)), STR_ARG(diag_quoted(d, f->rcpt)));
	if (f->slip == SLIP_PLAIN_PORT)
		return arena_printf(a,
		    "the mail program sends without encryption: mail %s " STR_FMT
		    " was refused " STR_FMT STR_FMT,
		    ip ? "of" : "from", STR_ARG(d->target),
		    STR_ARG(since(d, f)), STR_ARG(diag_quoted(d, f->rcpt)));
	if (f->cls == CLS_GREYLISTED)
		return come_back(d, f);
	if (f->by_us)
		return arena_printf(a,
		    "our servers refuse what " STR_FMT " sends, " STR_FMT
		    ": %s" STR_FMT,
		    STR_ARG(d->target), STR_ARG(since(d, f)),
		    f->rcpt->c.block.list.n ?
			arena_printf(a, "%s is on the block list " STR_FMT,
			    ip ? "it" :
				 arena_cstr(a,
				     f->ip.n ? f->ip : STR("its server")),
			    STR_ARG(f->rcpt->c.block.list))
			    .p :
		    f->cls == CLS_USER_UNKNOWN ? "not allowed" :
						 cls_meaning(f->cls),
		    STR_ARG(diag_quoted(d, f->rcpt)));
	return arena_printf(a,
	    STR_FMT " refused mail of " STR_FMT " " STR_FMT ": %s" STR_FMT,
	    STR_ARG(diag_remote(d, f->rcpt)), STR_ARG(d->target),
	    STR_ARG(since(d, f)), cls_meaning(f->cls),
	    STR_ARG(diag_quoted(d, f->rcpt)));
}

static struct str
login(struct diag *d, const struct evd_fact *f)
{
	struct arena *a = &d->arena;
	struct str from =
	    f->ip.n ? arena_printf(a, " from " STR_FMT, STR_ARG(f->ip)) :
		      STR("");
	struct str who = f->user.n ? f->user : STR("somebody");

	if (f->kind == EVD_LOGIN)
		return arena_printf(a, STR_FMT " logged in" STR_FMT " " STR_FMT,
		    STR_ARG(who), STR_ARG(from), STR_ARG(since(d, f)));
	if (f->locked)
		return arena_printf(a,
		    "the account " STR_FMT " is locked: its login" STR_FMT
		    " was refused " STR_FMT " (\"" STR_FMT "\")",
		    STR_ARG(who), STR_ARG(from), STR_ARG(since(d, f)),
		    STR_ARG(str_head(f->text, 120)));
	if (f->slip == SLIP_OLD_PASSWORD)
		return arena_printf(a,
		    "one device of " STR_FMT
		    " still has an old password: its login" STR_FMT
		    " fails " STR_FMT ", while others log in",
		    STR_ARG(who), STR_ARG(from), STR_ARG(since(d, f)));
	return arena_printf(a,
	    "the login of " STR_FMT STR_FMT " fails " STR_FMT "%s" STR_FMT "%s",
	    STR_ARG(who), STR_ARG(from), STR_ARG(since(d, f)),
	    f->text.n ? " (\"" : ": wrong password",
	    STR_ARG(str_head(f->text, 120)), f->text.n ? "\")" : "");
}

static struct str
client(struct diag *d, const struct evd_fact *f)
{
	static const char *const words[SLIP_COUNT] = {
		[SLIP_PLAIN_PORT] = "the mail program connects without "
				    "encryption, which is not allowed",
		[SLIP_TLS_PORT] =
		    "the mail program speaks plain text to a port for "
		    "encryption, or the reverse",
		[SLIP_OLD_TLS] = "the mail program knows only encryption that "
				 "is too old",
		[SLIP_TLS_FAILED] =
		    "the encrypted connection of the mail program fails",
		[SLIP_CERTIFICATE] = "the mail program does not accept the "
				     "certificate of our server",
	};
	struct arena *a = &d->arena;

	if (f->slip == SLIP_NO_DOMAIN)
		return arena_printf(a,
		    "the mail program logs in as '" STR_FMT
		    "', without the part from the @ on, " STR_FMT,
		    STR_ARG(f->user), STR_ARG(since(d, f)));
	if (f->slip == SLIP_ALIAS)
		return arena_printf(a,
		    "the mail program logs in as " STR_FMT
		    ", which is an alias and no account, " STR_FMT,
		    STR_ARG(f->user), STR_ARG(since(d, f)));
	return arena_printf(a, "%s, from " STR_FMT " " STR_FMT,
	    words[f->slip] ? words[f->slip] : "the mail program fails",
	    STR_ARG(f->ip), STR_ARG(since(d, f)));
}

static struct str
ban(struct diag *d, const struct evd_fact *f)
{
	struct arena *a = &d->arena;
	struct str end = f->until_us ? diag_time(d, f->until_us) : STR("");

	if (f->kind == EVD_UNBAN)
		return arena_printf(a,
		    STR_FMT " was banned here (" STR_FMT ") from " STR_FMT
			    " to " STR_FMT,
		    STR_ARG(f->ip), STR_ARG(f->service),
		    STR_ARG(diag_time(d, f->first_us)), STR_ARG(end));
	return arena_printf(a,
	    "%s" STR_FMT " is banned here (" STR_FMT " on " STR_FMT
	    ") since " STR_FMT "%s" STR_FMT,
	    str_chr(f->ip, '/') > 0 ? "the network " : "", STR_ARG(f->ip),
	    STR_ARG(f->service), STR_ARG(f->host),
	    STR_ARG(diag_time(d, f->first_us)),
	    end.n ? ", until about " : "; no end is logged", STR_ARG(end));
}

struct str
diag_say(struct diag *d, const struct evd_fact *f)
{
	struct arena *a = &d->arena;
	const struct ans_rcpt *r = f->rcpt;

	switch (f->kind) {
	case EVD_RECEIVED:
		return arena_printf(a,
		    "mail for " STR_FMT " arrived " STR_FMT ": %s " STR_FMT,
		    STR_ARG(d->target), STR_ARG(since(d, f)),
		    r->state == OUT_LEFT ? "handed over to" : "stored on",
		    STR_ARG(r->state == OUT_LEFT ? diag_remote(d, r) :
						   r->stop_host));
	case EVD_SENT:
		return arena_printf(a,
		    "mail of " STR_FMT " went out " STR_FMT
		    ", the last to " STR_FMT,
		    STR_ARG(d->target), STR_ARG(since(d, f)), STR_ARG(r->to));
	case EVD_NOT_RECEIVED:
		return not_received(d, f);
	case EVD_NOT_SENT:
		return not_sent(d, f);
	case EVD_OTHERS:
		return arena_printf(a,
		    "mail of others was refused " STR_FMT
		    ", the last from " STR_FMT ": %s",
		    STR_ARG(since(d, f)), STR_ARG(f->msg->from),
		    cls_meaning(f->cls));
	case EVD_MESSAGE:
		return arena_printf(a, "single messages %s " STR_FMT "%s%s",
		    out_state_name[r->state], STR_ARG(since(d, f)),
		    f->cls == CLS_NONE ? "" : ": ",
		    f->cls == CLS_NONE ? "" : cls_meaning(f->cls));
	case EVD_LOGIN:
	case EVD_NO_LOGIN:
		return login(d, f);
	case EVD_ALIAS:
		return arena_printf(a,
		    STR_FMT " is passed on to " STR_FMT ", " STR_FMT,
		    STR_ARG(d->target), STR_ARG(f->text), STR_ARG(since(d, f)));
	case EVD_BAN:
	case EVD_UNBAN:
		return ban(d, f);
	case EVD_CLIENT:
		return client(d, f);
	case EVD_DOMAIN_OK:
		return arena_printf(a,
		    "mail for " STR_FMT ", the same domain, arrived " STR_FMT,
		    STR_ARG(r->to), STR_ARG(since(d, f)));
	case EVD_BLOCKED_US:
		return blocked_there(d, f);
	case EVD_KINDS:
		break;
	}
	return STR("");
}
