/*
 * evidence_saying.c: what the end of one copy says about the support chain.
 *
 * Whose fault a refusal is depends on its class and on who is asked about: a
 * block-listed stranger's mail to a customer says nothing about the customer,
 * and our own door knows no users of other domains.
 */
#include "query/evidence_word.h"
#include "base/banned.h"

static const struct {
	uint8_t link, about;
	bool weak; /* passes by itself, or is somebody's wish */
} class_link[CLS_COUNT] = {
	[CLS_USER_UNKNOWN] = { 6, ABOUT_RCPT, false },
	[CLS_MAILBOX_DISABLED] = { 8, ABOUT_RCPT, false },
	[CLS_MAILBOX_MOVED] = { 6, ABOUT_RCPT, false },
	[CLS_RECIPIENT_REFUSED] = { 6, ABOUT_RCPT, true },
	[CLS_MAILBOX_FULL] = { 8, ABOUT_RCPT, false },
	[CLS_SYSTEM_FULL] = { 5, ABOUT_ROUTE, false },
	[CLS_MESSAGE_TOO_BIG] = { 5, ABOUT_MESSAGE, false },
	[CLS_DOMAIN_NOT_FOUND] = { 2, ABOUT_ROUTE, false },
	[CLS_DNS_FAILURE] = { 3, ABOUT_ROUTE, false },
	[CLS_NO_MAIL_SERVICE] = { 4, ABOUT_ROUTE, false },
	[CLS_CONNECTION_FAILED] = { 5, ABOUT_ROUTE, false },
	[CLS_MAIL_LOOP] = { 4, ABOUT_ROUTE, false },
	[CLS_EXPIRED] = { 5, ABOUT_ROUTE, false },
	[CLS_SERVER_ERROR] = { 5, ABOUT_ROUTE, true },
	[CLS_GREYLISTED] = { 7, ABOUT_SENDER, true },
	[CLS_RATE_LIMITED] = { 7, ABOUT_SENDER, false },
	[CLS_TOO_MANY_RECIPIENTS] = { 7, ABOUT_MESSAGE, false },
	[CLS_IP_BLOCKLISTED] = { 7, ABOUT_SENDER, false },
	[CLS_IP_BLOCKED] = { 7, ABOUT_SENDER, false },
	[CLS_BAD_REPUTATION] = { 7, ABOUT_SENDER, false },
	[CLS_RDNS_HELO] = { 7, ABOUT_SENDER, false },
	[CLS_DOMAIN_BLOCKLISTED] = { 7, ABOUT_SENDER, false },
	[CLS_SENDER_REJECTED] = { 7, ABOUT_SENDER, false },
	[CLS_SENDER_AUTH] = { 7, ABOUT_SENDER, false },
	[CLS_AUTH_REQUIRED] = { 9, ABOUT_SENDER, false },
	[CLS_RELAY_DENIED] = { 4, ABOUT_ROUTE, false },
	[CLS_TLS_FAILED] = { 5, ABOUT_ROUTE, false },
	[CLS_SPAM_CONTENT] = { 7, ABOUT_MESSAGE, false },
	[CLS_VIRUS] = { 7, ABOUT_MESSAGE, false },
	[CLS_CONTENT_REJECTED] = { 7, ABOUT_MESSAGE, false },
	[CLS_MALFORMED_MESSAGE] = { 7, ABOUT_MESSAGE, false },
	[CLS_POLICY_REJECTED] = { 7, ABOUT_SENDER, false },
	[CLS_PROTOCOL_ERROR] = { 5, ABOUT_ROUTE, true },
	[CLS_UNKNOWN] = { 5, ABOUT_ROUTE, true },
};

int
evd_link_of(enum cls c)
{
	return class_link[c].link;
}

bool
evd_weak(enum cls c)
{
	return class_link[c].weak;
}

enum about
evd_about(enum cls c)
{
	return class_link[c].about;
}

bool
evd_target_is(const struct evd_ctx *x, struct str addr)
{
	if (x->ask->kind == EVD_DOMAIN)
		return str_eqi(str_domain(addr), x->ask->target);
	if (str_eqi(addr, x->ask->target))
		return true;
	for (size_t i = 0; i < x->ask->nalso; i++)
		if (str_eqi(addr, x->ask->also[i]))
			return true;
	return false;
}

static bool
name_char(char c)
{
	return is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '+';
}

bool
evd_mentions(struct str text, struct str addr)
{
	ptrdiff_t at;

	if (!addr.n)
		return false;
	while ((at = str_findi(text, addr)) >= 0) {
		struct str after = str_from(text, (size_t)at + addr.n);

		if ((at == 0 || !name_char(text.p[at - 1])) &&
		    (!after.n || !name_char(after.p[0]) ||
			(after.p[0] == '.' &&
			    (after.n == 1 || !is_alnum(after.p[1])))))
			return true;
		text = str_from(text, (size_t)at + 1);
	}
	return false;
}

/* The refusal says in so many words that it is about the sender. */
static bool
names_sender(const struct word *w)
{
	struct str text = w->r->reply_text;

	if (str_findi(text, STR("sender address")) >= 0 ||
	    str_findi(text, STR("sender domain")) >= 0)
		return true;
	return w->m->from.n > 3 && !str_eqi(w->m->from, w->r->to) &&
	       evd_mentions(text, w->m->from);
}

/* Another login than the target tried to send in its name. */
static bool
somebody_else(const struct evd_ctx *x, const struct word *w)
{
	static const struct str by[] = { STR_INIT("owned by user "),
		STR_INIT("not owned by ") };

	for (size_t i = 0; i < sizeof(by) / sizeof(*by); i++) {
		ptrdiff_t at = str_findi(w->r->reply_text, by[i]);
		struct str user;

		if (at < 0)
			continue;
		user = str_from(w->r->reply_text, (size_t)at + by[i].n);
		user = str_split(&user, ' ');
		return str_chr(user, '@') > 0 && !evd_target_is(x, user);
	}
	return false;
}

/* A filter for spam or viruses did not like it. */
static bool
bad_verdict(const struct ans_rcpt *r)
{
	return r->has_filter && str_findi(r->verdict, STR("clean")) < 0 &&
	       !str_eq(r->verdict, STR("no action")) &&
	       !str_eq(r->verdict, STR("greylist"));
}

/* A failure of mail for the target. */
static struct saying
not_received(const struct evd_ctx *x, const struct word *w)
{
	enum about about = class_link[w->r->c.cls].about;
	int link = class_link[w->r->c.cls].link;
	bool weak = class_link[w->r->c.cls].weak;
	bool door = word_door(w);
	/* one account of a domain is not the domain */
	bool one_of_many = x->ask->kind == EVD_DOMAIN &&
			   (about == ABOUT_RCPT || (weak && x->ev->ours == 1));

	/* a remote that wants none of what we send there */
	if (about == ABOUT_MESSAGE && !door && x->ev->ours != 1)
		return (struct saying){ EVD_NOT_RECEIVED, EVD_WEAKENS, link,
			false, false };
	/* passed on to somebody else's server, which refuses ours */
	if (about == ABOUT_SENDER && !door && x->ev->ours == 1 &&
	    !site_our_domain(x->site, str_domain(w->r->to)))
		return (struct saying){ EVD_NOT_RECEIVED, EVD_WEAKENS, 7, true,
			false };
	if (about == ABOUT_NONE || about == ABOUT_MESSAGE)
		return (struct saying){ EVD_MESSAGE, EVD_TELLS, link, false,
			false };
	/* one that a list expands to is not the list */
	if (about == ABOUT_RCPT && !evd_target_is(x, w->r->to) &&
	    x->ask->kind == EVD_ADDRESS)
		weak = true;
	if (door && (about == ABOUT_SENDER || names_sender(w)))
		return (
		    struct saying){ EVD_OTHERS, EVD_TELLS, 7, false, false };
	if (!door && w->r->c.cls == CLS_RELAY_DENIED)
		link = 5; /* M11: their server does not know the domain */
	if (about == ABOUT_SENDER && x->ev->ours == 1)
		return (
		    struct saying){ EVD_OTHERS, EVD_TELLS, 7, false, false };
	/* what the sender's domain says of itself is not about our server */
	if (w->r->c.cls == CLS_SENDER_AUTH && !door)
		return (struct saying){ EVD_NOT_RECEIVED, EVD_WEAKENS, 7, false,
			false };
	return (struct saying){ EVD_NOT_RECEIVED,
		one_of_many ? EVD_TELLS :
		weak	    ? EVD_WEAKENS :
			      EVD_BREAKS,
		link, about == ABOUT_SENDER, false };
}

/* Handed in by a customer: from inside, or at a service one logs in to. */
static bool
handed_in(const struct evd_ctx *x, const struct word *w)
{
	static const struct str service[] = { STR_INIT("/submission"),
		STR_INIT("/smtps"), STR_INIT("submission/"),
		STR_INIT("smtps/") };

	if (w->m->entry.user.n || site_our_ip(x->site, w->m->entry.client_ip))
		return true;
	for (size_t i = 0; i < w->r->nevidence; i++)
		for (size_t k = 0; k < sizeof(service) / sizeof(*service); k++)
			if (str_find(w->r->evidence[i].text, service[k]) >= 0)
				return true;
	return false;
}

/* So many, so often, so fast: the rule stands after it has let some in. */
static bool
says_limit(const struct word *w)
{
	static const struct str words[] = { STR_INIT("quota"),
		STR_INIT("limit"), STR_INIT("too many"), STR_INIT("too much"),
		STR_INIT("exceed"), STR_INIT("rate") };

	if (w->r->c.cls == CLS_RATE_LIMITED)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_findi(w->r->reply_text, words[i]) >= 0)
			return true;
	return false;
}

/* A refusal of the target's own mail at our door. */
static struct saying
refused_here(const struct evd_ctx *x, const struct word *w, int link, bool weak)
{
	bool ours = x->ev->ours == 1 && x->ask->kind != EVD_IP;
	bool inside = handed_in(x, w);
	bool limit = says_limit(w) && !somebody_else(x, w);

	if (ours && !inside && link != 9) /* anybody can write that sender */
		return (
		    struct saying){ EVD_OTHERS, EVD_TELLS, 7, false, false };
	if (somebody_else(x, w) || (ours && !inside) ||
	    x->ask->kind == EVD_DOMAIN)
		weak = true;
	if (x->ask->kind == EVD_DOMAIN) /* one of many accounts */
		limit = false;
	return (struct saying){ .kind = EVD_NOT_SENT,
		.effect = weak ? EVD_WEAKENS : EVD_BREAKS,
		.link = link,
		.again = ours && inside && limit };
}

/* A failure of mail of the target's own. */
static struct saying
not_sent(const struct evd_ctx *x, const struct word *w)
{
	enum about about = class_link[w->r->c.cls].about;
	int link = class_link[w->r->c.cls].link;
	bool weak = class_link[w->r->c.cls].weak;
	bool door = word_door(w);

	/* our door knows no users of others: it meant the sender */
	if (door && about == ABOUT_RCPT && x->site->ndomain &&
	    !site_our_domain(x->site, str_domain(w->r->to))) {
		about = ABOUT_SENDER;
		link = 7;
		weak = false;
	}
	if (door && names_sender(w) && about != ABOUT_MESSAGE) {
		about = ABOUT_SENDER;
		link = link == 9 ? 9 : 7;
	}
	if (door && w->r->c.cls == CLS_RELAY_DENIED && x->ev->ours == 1) {
		about = ABOUT_SENDER;
		link = 9;
	}
	/* no STARTTLS before sending */
	if (door && w->r->c.cls == CLS_TLS_FAILED) {
		about = ABOUT_SENDER;
		link = x->ev->ours == 1 || x->ask->kind == EVD_IP ? 9 : 7;
	}
	if (about == ABOUT_SENDER && door)
		return refused_here(x, w, link, weak);
	/* one remote does not want it; others may */
	return (
	    struct saying){ about == ABOUT_SENDER ? EVD_NOT_SENT : EVD_MESSAGE,
		about == ABOUT_SENDER && x->ask->kind == EVD_ADDRESS ?
		    EVD_WEAKENS :
		    EVD_TELLS,
		link, false, false };
}

struct saying
saying_of(const struct evd_ctx *x, const struct word *w)
{
	switch (w->r->state) {
	case OUT_DELIVERED:
	case OUT_LEFT:
		return (struct saying){ w->sending ? EVD_SENT :
					w->other   ? EVD_DOMAIN_OK :
						     EVD_RECEIVED,
			EVD_PROVES, 0, false, false };
	case OUT_DEFERRED:
	case OUT_BOUNCED:
	case OUT_EXPIRED:
	case OUT_REJECTED:
		return w->sending ? not_sent(x, w) : not_received(x, w);
	case OUT_DISCARDED:
		/* by a rule, not by a filter for spam or viruses */
		if (!w->sending && x->ask->kind == EVD_ADDRESS &&
		    !bad_verdict(w->r) && w->r->c.grp != GRP_CONTENT)
			return (struct saying){ EVD_NOT_RECEIVED, EVD_WEAKENS,
				6, false, false };
		return (
		    struct saying){ EVD_MESSAGE, EVD_TELLS, 0, false, false };
	default:
		return (
		    struct saying){ EVD_MESSAGE, EVD_TELLS, 0, false, false };
	}
}
