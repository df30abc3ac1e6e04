/*
 * dnsbl_table.c: the lists that are shipped, what their answers mean, and
 * the lists that are dead or lie.  Facts as of November 2026.
 */
#include "live/dnsbl.h"
#include "live/dns.h"
#include "base/banned.h"

const struct dnsbl dnsbl_shipped[] = {
	{
		.zone = "zen.spamhaus.org", .kind = DNSBL_IP, .ipv6 = true,
		.weight = WEIGHT_HIGH,
		.code = {
			{ "127.0.0.2", "SBL: known spam source", false },
			{ "127.0.0.3", "CSS: automatic, low-reputation "
			    "sending", false },
			{ "127.0.0.4", "XBL: infected or hijacked host",
			    false },
			{ "127.0.0.5", "XBL", false },
			{ "127.0.0.6", "XBL", false },
			{ "127.0.0.7", "XBL", false },
			{ "127.0.0.9", "DROP: hijacked network", false },
			{ "127.0.0.10", "PBL: a range the provider says must "
			    "not send mail itself", true },
			{ "127.0.0.11", "PBL: a range that must not send "
			    "mail itself", true },
			{ "127.0.0.30", "BCL: botnet controller", false },
		},
		.url = "https://check.spamhaus.org/",
		.note = "free only for small, non-commercial use through "
		    "one's own resolver",
	},
	{
		.zone = "dbl.spamhaus.org", .kind = DNSBL_DOMAIN,
		.weight = WEIGHT_HIGH,
		.code = {
			{ "127.0.1.2", "low reputation", false },
			{ "127.0.1.4", "phishing", false },
			{ "127.0.1.5", "malware", false },
			{ "127.0.1.6", "botnet control", false },
			{ "127.0.1.102", "good domain abused: spam", false },
			{ "127.0.1.103", "good domain abused: redirector",
			    false },
			{ "127.0.1.104", "good domain abused: phishing",
			    false },
			{ "127.0.1.105", "good domain abused: malware",
			    false },
			{ "127.0.1.106", "good domain abused: botnet "
			    "control", false },
		},
		.url = "https://check.spamhaus.org/",
	},
	{
		.zone = "bl.spamcop.net", .kind = DNSBL_IP,
		.weight = WEIGHT_MEDIUM,
		.code = { { "127.0.0.2", "reports or traps; leaves by itself "
		    "about a day after the last one", false } },
		.url = "https://www.spamcop.net/bl.shtml",
	},
	{
		.zone = "b.barracudacentral.org", .kind = DNSBL_IP,
		.weight = WEIGHT_HIGH,
		.code = { { "127.0.0.2", "listed", false } },
		.url = "https://www.barracudacentral.org/rbl/removal-request",
		.note = "the resolver's address must be registered first",
	},
	{
		.zone = "psbl.surriel.com", .kind = DNSBL_IP,
		.weight = WEIGHT_LOW,
		.code = { { "127.0.0.2", "trap hits; anybody can remove an "
		    "entry", false } },
		.url = "https://psbl.org/remove",
	},
	{
		.zone = "bl.mailspike.net", .kind = DNSBL_IP,
		.weight = WEIGHT_MEDIUM,
		.code = {
			{ "127.0.0.2", "listed", false },
			{ "127.0.0.10", "worst reputation", false },
			{ "127.0.0.11", "very bad reputation", false },
			{ "127.0.0.12", "bad reputation", false },
			{ "127.0.0.13", "slightly bad reputation", false },
			{ "127.0.0.14", "slightly bad reputation", false },
		},
		.url = "https://mailspike.io/ip_verify",
	},
	{
		.zone = "bl.spameatingmonkey.net", .kind = DNSBL_IP,
		.weight = WEIGHT_LOW,
		.code = { { "127.0.0.2", "listed", false } },
		.url = "https://spameatingmonkey.com/lookup",
	},
	{
		.zone = "bip.virusfree.cz", .kind = DNSBL_IP, .ipv6 = true,
		.weight = WEIGHT_LOW,
		.code = { { "127.0.0.2", "botnet", false } },
	},
	{
		.zone = "bl.blocklist.de", .kind = DNSBL_IP,
		.weight = WEIGHT_LOW,
		.code = { { "127.0.0.*", "attacks seen (mail, ssh ...)",
		    false } },
		.url = "https://www.blocklist.de/en/delist.html",
	},
	{
		.zone = "dnsbl-1.uceprotect.net", .kind = DNSBL_IP,
		.weight = WEIGHT_LOW,
		.code = { { "127.0.0.2", "this address", false } },
		.url = "https://www.uceprotect.net/en/rblcheck.php",
		.note = "the operator sells quick removal",
	},
	{
		.zone = "ips.backscatterer.org", .kind = DNSBL_IP,
		.weight = WEIGHT_INFO,
		.code = { { "127.0.0.2", "sends bounces to forged senders, or "
		    "does callouts", false } },
		.note = "only meant for mail with the empty sender",
	},
	{
		.zone = "hostkarma.junkemailfilter.com", .kind = DNSBL_IP,
		.weight = WEIGHT_LOW,
		.code = {
			{ "127.0.0.2", "black", false },
			{ "127.0.0.4", "brown: some spam", false },
		},
		.not_listed = { "127.0.0.1", "127.0.0.3", "127.0.0.5" },
	},
	{
		.zone = "multi.surbl.org", .kind = DNSBL_DOMAIN,
		.match = MATCH_BITS, .weight = WEIGHT_MEDIUM,
		.code = {
			{ "8", "phishing", false }, { "16", "malware", false },
			{ "64", "abuse", false }, { "128", "hacked site",
			    false },
			{ "4", "bulk (historic)", false },
		},
		.url = "https://surbl.org/surbl-analysis",
	},
	{
		.zone = "multi.uribl.com", .kind = DNSBL_DOMAIN,
		.match = MATCH_BITS, .weight = WEIGHT_MEDIUM,
		.code = {
			{ "2", "black", false }, { "4", "grey", false },
			{ "8", "red", false },
		},
		.url = "https://admin.uribl.com/",
	},
};

const size_t dnsbl_nshipped = sizeof(dnsbl_shipped) / sizeof(*dnsbl_shipped);

static const struct {
	const char *zone, *what;
} dead[] = {
	{ "dnsbl.sorbs.net", "emptied in June 2024; never lists anything" },
	{ "sorbs.net", "emptied in June 2024; never lists anything" },
	{ "ix.dnsbl.manitu.net", "switched off in January 2025" },
	{ "dnsbl.njabl.org", "gone since 2013; has answered 'listed' for "
			     "everything" },
	{ "combined.njabl.org", "gone since 2013" },
	{ "ahbl.org", "answers 'listed' for everything since 2015, on "
		      "purpose" },
	{ "list.dsbl.org", "gone since 2008" },
	{ "relays.ordb.org", "gone since 2006" },
	{ "rbl.megarbl.net", "domain lost in 2019; lists everything" },
	{ "bl.emailbasura.org", "domain lost in 2019; lists everything" },
	{ "combined.rbl.msrbl.net", "lapsed in 2017; listed everything" },
	{ "dnsbl.cyberlogic.net", "answered 'listed' for everything in "
				  "2018" },
	{ "dnsbl.inps.de", "closed in 2020" },
	{ "ubl.unsubscore.com", "not reachable since 2024" },
	{ "rfc-ignorant.org", "closed in 2012" },
	{ "cbl.abuseat.org", "part of zen.spamhaus.org since 2021" },
	{ "dnsbl.spfbl.net", "contradicts its own web page" },
	{ "bl.score.senderscore.com", "needs an account since 2024" },
};

const char *
dnsbl_dead(struct str zone)
{
	for (size_t i = 0; i < sizeof(dead) / sizeof(*dead); i++)
		if (dns_name_below(zone, str_c(dead[i].zone)))
			return dead[i].what;
	return NULL;
}
