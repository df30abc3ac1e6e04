/*
 * class.c: the classes as words: name, group, who acts, what it means and
 * what to do next.  docs/rules.md says more about each.
 *
 * To add a class: a row at its place here and in enum cls, a section in
 * docs/rules.md, and a rank in classify/rank.c.
 */
#include "classify/classify.h"
#include "base/banned.h"

static const char *const grp_names[GRP_COUNT] = {
	[GRP_NONE] = "",
	[GRP_DELIVERED] = "delivered",
	[GRP_RECIPIENT] = "recipient",
	[GRP_QUOTA] = "quota",
	[GRP_SIZE] = "size",
	[GRP_DNS] = "dns",
	[GRP_NETWORK] = "network",
	[GRP_EXPIRED] = "expired",
	[GRP_SERVER] = "server",
	[GRP_RATE] = "rate",
	[GRP_BLOCKED] = "blocked",
	[GRP_SENDER] = "sender",
	[GRP_AUTH] = "auth",
	[GRP_TLS] = "tls",
	[GRP_CONTENT] = "content",
	[GRP_POLICY] = "policy",
	[GRP_PROTOCOL] = "protocol",
	[GRP_NOTICE] = "notice",
	[GRP_UNKNOWN] = "unknown",
};

struct row {
	const char *name;
	enum grp grp;
	const char *owner;	 /* when the other side said it, or nobody */
	const char *owner_local; /* when our own server said it */
	const char *meaning;
	const char *next;
};

static const struct row rows[CLS_COUNT] = {
	[CLS_NONE] = { "", GRP_NONE, "nobody", "nobody", "", "" },
	[CLS_DELIVERED] = { "delivered", GRP_DELIVERED, "nobody", "nobody",
	    "the next server or the mailbox accepted the message",
	    "give the recipient's administrator the remote host, the time and "
	    "the remote queue id; everything later is on their side" },
	[CLS_USER_UNKNOWN] = { "user_unknown", GRP_RECIPIENT, "sender",
	    "sender", "there is no such mailbox at a domain that exists",
	    "check the spelling with the recipient by another channel and "
	    "remove the address from lists" },
	[CLS_MAILBOX_DISABLED] = { "mailbox_disabled", GRP_RECIPIENT,
	    "recipient", "recipient",
	    "the mailbox exists or existed, but is suspended, locked or "
	    "inactive",
	    "ask the recipient for another address; a suspended mailbox may "
	    "come back" },
	[CLS_MAILBOX_MOVED] = { "mailbox_moved", GRP_RECIPIENT, "recipient",
	    "recipient", "the address was replaced by another one",
	    "use the new address if the reply names one, else ask the "
	    "recipient" },
	[CLS_RECIPIENT_REFUSED] = { "recipient_refused", GRP_RECIPIENT,
	    "recipient", "recipient",
	    "the address is good, but the person, group or list takes no mail "
	    "from this sender",
	    "ask the recipient to allow the sender, or join the group or "
	    "list" },
	[CLS_MAILBOX_FULL] = { "mailbox_full", GRP_QUOTA, "recipient",
	    "recipient", "the recipient's mailbox has no room left",
	    "tell the recipient by telephone; wait, do not resend in a loop" },
	[CLS_SYSTEM_FULL] = { "system_full", GRP_QUOTA, "their_server", "us",
	    "the disk or store of the mail system is full, not one mailbox",
	    "wait; tell their postmaster if it lasts for hours (if it is our "
	    "own server, make room now)" },
	[CLS_MESSAGE_TOO_BIG] = { "message_too_big", GRP_SIZE, "sender",
	    "sender",
	    "the message, a header or the number of attachments is "
	    "over a limit",
	    "send a link instead, or split it; the limit is often in the "
	    "text" },
	[CLS_DOMAIN_NOT_FOUND] = { "domain_not_found", GRP_DNS, "sender",
	    "sender", "the recipient's domain does not exist in the DNS",
	    "check the spelling of the part after @, and whether the domain "
	    "is still registered" },
	[CLS_DNS_FAILURE] = { "dns_failure", GRP_DNS, "dns", "dns",
	    "the DNS lookup itself failed: nothing is known about the domain",
	    "test the domain from another resolver; when several domains fail "
	    "at once look at our own resolver first" },
	[CLS_NO_MAIL_SERVICE] = { "no_mail_service", GRP_DNS, "recipient",
	    "recipient", "the domain exists but takes no mail",
	    "ask for an address in another domain" },
	[CLS_CONNECTION_FAILED] = { "connection_failed", GRP_NETWORK,
	    "their_server", "their_server",
	    "no connection to the server, or it broke before an answer",
	    "test port 25 of that host from our machine, compare with other "
	    "destinations, then contact their administrator" },
	[CLS_MAIL_LOOP] = { "mail_loop", GRP_NETWORK, "their_server", "us",
	    "the message went in a circle",
	    "read the Received chain for the pair of hosts that repeats, and "
	    "remove that forwarding or mend the MX or transport" },
	[CLS_EXPIRED] = { "expired", GRP_EXPIRED, "their_server",
	    "their_server", "given up when the time in the queue ran out",
	    "look at the attempts before: the last and the most frequent "
	    "reply tell the cause" },
	[CLS_SERVER_ERROR] = { "server_error", GRP_SERVER, "their_server", "us",
	    "the mail system itself failed",
	    "wait for the retry; if it lasts send their postmaster the text "
	    "(if it is our own server, read its error log now)" },
	[CLS_GREYLISTED] = { "greylisted", GRP_RATE, "nobody", "nobody",
	    "refused for now on purpose: a retry is expected",
	    "wait: the normal retry delivers it; check that retries come from "
	    "the same address" },
	[CLS_RATE_LIMITED] = { "rate_limited", GRP_RATE, "us", "us",
	    "too many messages or connections in too short a time",
	    "see which limit it is: if ours, slow down and look for a "
	    "compromised account; if the recipient's, wait" },
	[CLS_TOO_MANY_RECIPIENTS] = { "too_many_recipients", GRP_RATE, "us",
	    "us", "too many recipients in one transaction",
	    "check our limit of recipients per delivery for that "
	    "destination" },
	[CLS_IP_BLOCKLISTED] = { "ip_blocklisted", GRP_BLOCKED, "us", "sender",
	    "a named block list contains the sending address",
	    "open the list's lookup page for that address, stop the cause, "
	    "then ask for removal" },
	[CLS_IP_BLOCKED] = { "ip_blocked", GRP_BLOCKED, "us", "sender",
	    "the receiver blocks the sending address by a rule of its own",
	    "use the receiver's own removal form; a lookup in public lists "
	    "will show nothing" },
	[CLS_BAD_REPUTATION] = { "bad_reputation", GRP_BLOCKED, "us", "sender",
	    "slowed or refused because of the reputation of our "
	    "address or domain",
	    "look at complaints, authentication and jumps in volume; "
	    "reputation comes back in days, not hours" },
	[CLS_RDNS_HELO] = { "rdns_helo", GRP_BLOCKED, "us", "sender",
	    "the sending address has no proper name in the DNS, or its HELO "
	    "name is refused",
	    "make PTR record, forward record and HELO name agree" },
	[CLS_DOMAIN_BLOCKLISTED] = { "domain_blocklisted", GRP_BLOCKED,
	    "sender", "sender",
	    "the sender's domain, the HELO domain or a link is on a block "
	    "list",
	    "look up the domain, not the address, and check links in message "
	    "and signature" },
	[CLS_SENDER_REJECTED] = { "sender_rejected", GRP_SENDER, "sender",
	    "sender", "the sender's address or domain is refused",
	    "check that the sender's domain resolves and takes mail; if it is "
	    "'denied', ask the recipient's administrator" },
	[CLS_SENDER_AUTH] = { "sender_auth", GRP_AUTH, "sender", "sender",
	    "SPF, DKIM, DMARC or ARC did not pass, or is missing",
	    "check SPF, DKIM and alignment for the From domain in the header "
	    "of the message; forwarding breaks SPF" },
	[CLS_AUTH_REQUIRED] = { "auth_required", GRP_AUTH, "us", "sender",
	    "a login is required or failed",
	    "outgoing: check the credentials and port for the smart host; "
	    "incoming: the client's password, or a guessing attack" },
	[CLS_RELAY_DENIED] = { "relay_denied", GRP_AUTH, "their_server",
	    "sender",
	    "the server does not hold itself responsible for the "
	    "domain",
	    "compare the domain's MX with the host that answered: if they "
	    "match, their server has lost the domain; if not, our transport "
	    "is wrong" },
	[CLS_TLS_FAILED] = { "tls_failed", GRP_TLS, "their_server", "us",
	    "encryption is required and did not come about, or a certificate "
	    "did not verify",
	    "test STARTTLS to that server and compare with our policy for the "
	    "domain" },
	[CLS_SPAM_CONTENT] = { "spam_content", GRP_CONTENT, "sender", "sender",
	    "this message was taken for spam by its content",
	    "look at this message (links, attachments, template) and for a "
	    "compromised account; other mail still passes" },
	[CLS_VIRUS] = { "virus", GRP_CONTENT, "sender", "sender",
	    "malware was found in the message",
	    "treat it as an incident: find the account or machine that sent "
	    "it" },
	[CLS_CONTENT_REJECTED] = { "content_rejected", GRP_CONTENT, "sender",
	    "sender", "an attachment type or content is forbidden there",
	    "remove or rename the attachment, or ask which rule fired" },
	[CLS_MALFORMED_MESSAGE] = { "malformed_message", GRP_CONTENT, "sender",
	    "sender", "the message breaks a rule of its format",
	    "look at the raw headers that the sending application makes" },
	[CLS_POLICY_REJECTED] = { "policy_rejected", GRP_POLICY, "their_server",
	    "us", "refused by a policy that is not explained",
	    "send their postmaster the whole reply and ask which rule it is; "
	    "keep any code in brackets" },
	[CLS_PROTOCOL_ERROR] = { "protocol_error", GRP_PROTOCOL, "us", "sender",
	    "an SMTP command as such was refused",
	    "capture one session; a firewall that rewrites SMTP is the usual "
	    "cause" },
	[CLS_AUTO_REPLY] = { "auto_reply", GRP_NOTICE, "nobody", "nobody",
	    "an automatic answer; it does not say that the message failed",
	    "nothing: the message itself is not concerned" },
	[CLS_COMPLAINT] = { "complaint", GRP_NOTICE, "sender", "sender",
	    "a recipient marked the message as spam (feedback report)",
	    "remove the recipient from the list, and look at what was "
	    "sent" },
	[CLS_UNKNOWN] = { "unknown", GRP_UNKNOWN, "their_server", "us",
	    "the reply is not understood",
	    "read the reply; a rule for it can be added (see mailtrace rules "
	    "explain)" },
};

static const char *const perm_names
    [] = { [PERM_NONE] = "", [PERM_TEMP] = "temp", [PERM_PERM] = "perm" };

static const char *const side_names[SIDE_COUNT] = {
	[SIDE_UNKNOWN] = "",
	[SIDE_LOCAL] = "local",
	[SIDE_REMOTE] = "remote",
	[SIDE_RELAY] = "relay-of-relay",
	[SIDE_NOTICE] = "notice",
};

static const struct row *
row(enum cls c)
{
	return &rows[(unsigned)c < CLS_COUNT ? c : CLS_NONE];
}

const char *
cls_name(enum cls c)
{
	return row(c)->name;
}

const char *
grp_name(enum grp g)
{
	return grp_names[(unsigned)g < GRP_COUNT ? g : GRP_NONE];
}

enum cls
cls_by_name(struct str s)
{
	for (enum cls c = CLS_NONE + 1; c < CLS_COUNT; c++)
		if (str_eqi(s, str_c(rows[c].name)))
			return c;
	return CLS_NONE;
}

enum grp
grp_by_name(struct str s)
{
	for (enum grp g = GRP_NONE + 1; g < GRP_COUNT; g++)
		if (str_eqi(s, str_c(grp_names[g])))
			return g;
	return GRP_NONE;
}

enum grp
cls_grp(enum cls c)
{
	return row(c)->grp;
}

const char *
perm_name(enum permanence p)
{
	return perm_names[(unsigned)p <= PERM_PERM ? p : PERM_NONE];
}

const char *
side_name(enum side s)
{
	return side_names[(unsigned)s < SIDE_COUNT ? s : SIDE_UNKNOWN];
}

const char *
cls_owner(enum cls c, enum side side)
{
	return side == SIDE_LOCAL ? row(c)->owner_local : row(c)->owner;
}

const char *
cls_meaning(enum cls c)
{
	return row(c)->meaning;
}

const char *
cls_next(enum cls c)
{
	return row(c)->next;
}
