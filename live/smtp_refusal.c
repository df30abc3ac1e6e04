/*
 * smtp_refusal.c: what a refusal is about: us (our address, name, list,
 * reputation), the domain (relaying), or the recipient.
 */
#include "live/smtp.h"
#include "base/banned.h"

static bool
has_word(struct str text, const char *word)
{
	struct str w = str_c(word);
	struct str rest = text;
	ptrdiff_t at;

	while ((at = str_findi(rest, w)) >= 0) {
		size_t end = (size_t)at + w.n;
		bool left = at == 0 || !is_alnum(rest.p[at - 1]);
		bool right = end == rest.n || !is_alnum(rest.p[end]);

		if (left && right)
			return true;
		rest = str_from(rest, (size_t)at + 1);
	}
	return false;
}

static bool
any_word(struct str text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_word(text, words[i]))
			return true;
	return false;
}

#define ANY(text, list) any_word(text, list, sizeof(list) / sizeof(*(list)))

bool
smtp_relay_denied(const struct smtp_reply *r)
{
	static const char *const words[] = { "relay access denied",
		"relaying denied", "relay denied", "not permitted to relay",
		"relay not permitted", "relaying not allowed",
		"domain not found", "unable to relay", "relaying prohibited",
		"we do not relay", "not a local domain", "not relay",
		"unknown domain", "no such domain", "domain isn't in my list",
		"not hosted here", "relaying is prohibited",
		"does not accept mail for", "rejected relay", "relay attempt" };

	return r->code >= 500 &&
	       (ANY(r->text, words) || str_ends(r->dsn, STR(".1.2")));
}

static bool
greylisted(const struct smtp_reply *r)
{
	static const char *const words[] = { "greylisted", "greylisting",
		"greylist", "graylisted", "graylisting", "grey-listed",
		"grey listed", "try again later" };

	return r->code >= 400 && r->code < 500 && ANY(r->text, words);
}

bool
smtp_refuses_us(const struct smtp_reply *r, struct str our_ip, struct str helo)
{
	static const char *const words[] = { "blocked", "blacklist",
		"blacklisted", "block list", "blocklist", "blocklisted",
		"blacklists", "reputation", "spam", "spammer", "unsolicited",
		"rate limit", "rate limited", "rate", "throttled", "reverse",
		"rdns", "ptr", "spf", "dmarc", "banned", "barracudacentral",
		"spamhaus", "spamcop", "uceprotect", "dnsbl", "rbl",
		"sender score", "abuse", "poor reputation",
		"client host rejected", "helo command rejected",
		"cannot find your hostname", "listed in", "listed by",
		"listed on", "denylist", "denylisted", "your network",
		"your server", "your host", "connections from your", "your ip",
		"your ip address" };

	if (r->end != END_REPLY || r->code < 400 || smtp_relay_denied(r) ||
	    greylisted(r))
		return false;
	if (r->code >= 500 && r->dsn.n &&
	    str_starts(str_from(r->dsn, 1), STR(".7.")) &&
	    !str_ends(r->dsn, STR(".7.0")))
		return true;
	if (our_ip.n && str_find(r->text, our_ip) >= 0)
		return true;
	if (helo.n > 3 && str_chr(helo, '.') > 0 &&
	    str_findi(r->text, helo) >= 0 && r->code >= 500)
		return true;
	return ANY(r->text, words);
}

bool
smtp_user_unknown(const struct smtp_reply *r)
{
	static const char *const words[] = { "user unknown", "unknown user",
		"no such user", "no such recipient", "recipient unknown",
		"mailbox unavailable", "mailbox not found", "no mailbox",
		"does not exist", "no such person", "not a valid mailbox",
		"recipient not found", "user not found", "invalid recipient",
		"unknown recipient", "unrouteable address",
		"recipient address rejected", "unknown local part" };

	return str_ends(r->dsn, STR(".1.1")) ||
	       str_ends(r->dsn, STR(".1.10")) || ANY(r->text, words);
}

struct str
probe_our_ip(const struct probe *p)
{
	return str_c(p->job->live->conf.from_ip);
}

/* Whether a refusal is about us: it names an address or the name of ours. */
static bool
about_us(const struct probe *p, const struct smtp_reply *r)
{
	const struct live_conf *c = &p->job->live->conf;
	struct arena a = { 0 };
	bool us = smtp_refuses_us(r, probe_our_ip(p), str_c(c->helo));

	for (size_t i = 0; i < c->sending.n && !us; i++)
		us = smtp_refuses_us(r, str_c(c->sending.v[i]), STR(""));
	if (!us && p->source.n && !ip_special(&p->source))
		us = smtp_refuses_us(r, ip_text(&a, &p->source), STR(""));
	arena_release(&a);
	return us;
}

const struct smtp_reply *
probe_refusal(const struct probe *p)
{
	const struct smtp_reply *mail = &p->step[STEP_MAIL];
	const struct smtp_reply *try[4] = { &p->step[STEP_GREETING], &p->helo,
		mail, &p->step[STEP_RCPT] };

	if (p->step[STEP_EHLO].end == END_REPLY && p->helo.end != END_REPLY)
		try[1] = &p->step[STEP_EHLO];
	if (p->step[STEP_MAIL2].end == END_REPLY)
		try[2] = &p->step[STEP_MAIL2];
	for (int i = 0; i < 4; i++)
		if (about_us(p, try[i]))
			return try[i];
	return NULL;
}
