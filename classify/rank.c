/*
 * rank.c: what decides when several rules match: tiers, then classes.
 *
 * Inside a tier the cause beats the consequence: words for a virus or a failed
 * SPF check are rarer than "rejected" or "blocked", which occur in the replies
 * of nearly every class.  docs/rules.md gives the reasons.
 */
#include "classify/rule.h"
#include "base/banned.h"

static const struct tier_row {
	const char *name;
	int confidence;
} tiers[TIER_COUNT] = {
	[TIER_OPERATOR] = { "operator", 3 },
	[TIER_INFRASTRUCTURE] = { "infrastructure", 3 },
	[TIER_NUMBER] = { "number", 3 },
	[TIER_LOCAL] = { "local", 3 },
	[TIER_TOKEN] = { "token", 3 },
	[TIER_SPECIFIC] = { "specific", 3 },
	[TIER_CAUSE] = { "cause", 2 },
	[TIER_LOOSE] = { "loose", 2 },
	[TIER_CODE] = { "code", 1 },
	[TIER_WEAK] = { "weak", 1 },
	[TIER_REPLY] = { "reply", 0 },
};

static const enum cls order[] = {
	CLS_COMPLAINT,
	CLS_VIRUS,
	CLS_SENDER_AUTH,
	CLS_DOMAIN_BLOCKLISTED,
	CLS_IP_BLOCKLISTED,
	CLS_BAD_REPUTATION,
	CLS_RDNS_HELO,
	CLS_TLS_FAILED,
	CLS_RELAY_DENIED,
	CLS_AUTH_REQUIRED,
	CLS_MAILBOX_FULL,
	CLS_SYSTEM_FULL,
	CLS_MESSAGE_TOO_BIG,
	CLS_MAIL_LOOP,
	CLS_TOO_MANY_RECIPIENTS,
	CLS_RATE_LIMITED,
	CLS_GREYLISTED,
	CLS_NO_MAIL_SERVICE,
	CLS_DNS_FAILURE,
	CLS_DOMAIN_NOT_FOUND,
	CLS_MAILBOX_MOVED,
	CLS_MAILBOX_DISABLED,
	CLS_RECIPIENT_REFUSED,
	CLS_USER_UNKNOWN,
	CLS_SPAM_CONTENT,
	CLS_CONTENT_REJECTED,
	CLS_MALFORMED_MESSAGE,
	CLS_SENDER_REJECTED,
	CLS_IP_BLOCKED,
	CLS_POLICY_REJECTED,
	CLS_PROTOCOL_ERROR,
	CLS_CONNECTION_FAILED,
	CLS_EXPIRED,
	CLS_SERVER_ERROR,
	CLS_AUTO_REPLY,
	CLS_DELIVERED,
	CLS_UNKNOWN,
};

int
cls_rank(enum cls c)
{
	int n = (int)(sizeof(order) / sizeof(*order));

	for (int i = 0; i < n; i++)
		if (order[i] == c)
			return i;
	return n;
}

const char *
tier_name(enum tier t)
{
	return (unsigned)t < TIER_COUNT ? tiers[t].name : "";
}

int
tier_confidence(enum tier t)
{
	return (unsigned)t < TIER_COUNT ? tiers[t].confidence : 0;
}
