/*
 * provider.c: whose mail server is that, by the suffix of its name; the
 * longest suffix wins.  Facts as of November 2026; an operator's own list
 * comes first.  kind: hosting (mailboxes are there), filter (in front of
 * mailboxes elsewhere), forwarding (no mailbox), mailbox (consumer service),
 * application (a program takes the mail), parking (domain for sale or a
 * misspelt one), broken.
 */
#include "classify/provider.h"
#include "base/banned.h"

static const struct provider table[] = {
	{ "mailgun.org", "Mailgun (inbound)", "application" },
	{ "mx.sendgrid.net", "SendGrid (inbound)", "application" },
	{ "msv1.invalid", "Microsoft 365, unfinished", "broken" },
	{ "arsmtp.com", "AppRiver", "filter" },
	{ "barracudanetworks.com", "Barracuda", "filter" },
	{ "iphmx.com", "Cisco Secure Email", "filter" },
	{ "mxrecord.io", "Cloudflare Area 1", "filter" },
	{ "mxrecord.mx", "Cloudflare Area 1", "filter" },
	{ "mailcontrol.com", "Forcepoint", "filter" },
	{ "fortimailcloud.com", "Fortinet FortiMail Cloud", "filter" },
	{ "electric.net", "FuseMail / VIPRE", "filter" },
	{ "fusemail.net", "FuseMail / VIPRE", "filter" },
	{ "mailanyone.net", "FuseMail / VIPRE", "filter" },
	{ "antispameurope.com", "Hornetsecurity", "filter" },
	{ "hornetsecurity.com", "Hornetsecurity", "filter" },
	{ "mimecast-offshore.com", "Mimecast", "filter" },
	{ "mimecast.co.za", "Mimecast", "filter" },
	{ "mimecast.com", "Mimecast", "filter" },
	{ "gpphosted.com", "Proofpoint", "filter" },
	{ "pphosted.com", "Proofpoint", "filter" },
	{ "ppe-hosted.com", "Proofpoint Essentials", "filter" },
	{ "securence.com", "Securence", "filter" },
	{ "hydra.sophos.com", "Sophos", "filter" },
	{ "reflexion.net", "Sophos", "filter" },
	{ "antispamcloud.com", "SpamExperts / N-able", "filter" },
	{ "antispamcloud.net", "SpamExperts / N-able", "filter" },
	{ "spamexperts.com", "SpamExperts / N-able", "filter" },
	{ "mxthunder.com", "SpamHero / MXThunder", "filter" },
	{ "mxthunder.net", "SpamHero / MXThunder", "filter" },
	{ "spamh.com", "SpamHero / MXThunder", "filter" },
	{ "messagelabs.com", "Symantec / Broadcom (MessageLabs)", "filter" },
	{ "hes.trendmicro.com", "Trend Micro", "filter" },
	{ "hes.trendmicro.eu", "Trend Micro", "filter" },
	{ "tmes.trendmicro.com", "Trend Micro", "filter" },
	{ "tmes.trendmicro.eu", "Trend Micro", "filter" },
	{ "mx.cloudflare.net", "Cloudflare Email Routing", "forwarding" },
	{ "forwardemail.net", "Forward Email", "forwarding" },
	{ "improvmx.com", "ImprovMX", "forwarding" },
	{ "registrar-servers.com", "Namecheap forwarding", "forwarding" },
	{ "anonaddy.me", "SimpleLogin / addy.io", "forwarding" },
	{ "simplelogin.co", "SimpleLogin / addy.io", "forwarding" },
	{ "aliyun.com", "Alibaba mail", "hosting" },
	{ "mxhichina.com", "Alibaba mail", "hosting" },
	{ "amazonaws.com", "Amazon SES / WorkMail", "hosting" },
	{ "amazonses.com", "Amazon SES / WorkMail", "hosting" },
	{ "mail.icloud.com", "Apple iCloud", "hosting" },
	{ "messagingengine.com", "Fastmail", "hosting" },
	{ "mail.gandi.net", "Gandi", "hosting" },
	{ "secureserver.net", "GoDaddy", "hosting" },
	{ "aspmx.l.google.com", "Google Workspace", "hosting" },
	{ "google.com", "Google Workspace", "hosting" },
	{ "googlemail.com", "Google Workspace", "hosting" },
	{ "smtp.google.com", "Google Workspace", "hosting" },
	{ "your-server.de", "Hetzner", "hosting" },
	{ "mail.hostpoint.ch", "Hostpoint", "hosting" },
	{ "infomaniak.ch", "Infomaniak", "hosting" },
	{ "1and1.com", "IONOS", "hosting" },
	{ "ionos.co.uk", "IONOS", "hosting" },
	{ "ionos.com", "IONOS", "hosting" },
	{ "ionos.de", "IONOS", "hosting" },
	{ "ionos.es", "IONOS", "hosting" },
	{ "ionos.fr", "IONOS", "hosting" },
	{ "ionos.it", "IONOS", "hosting" },
	{ "kundenserver.de", "IONOS", "hosting" },
	{ "perfora.net", "IONOS", "hosting" },
	{ "mailbox.org", "mailbox.org", "hosting" },
	{ "mail.protection.outlook.com", "Microsoft 365", "hosting" },
	{ "mx.microsoft", "Microsoft 365", "hosting" },
	{ "mail.protection.partner.outlook.cn",
	    "Microsoft 365 (China, 21Vianet)", "hosting" },
	{ "mail.protection.office365.us", "Microsoft 365 (US government)",
	    "hosting" },
	{ "privateemail.com", "Namecheap Private Email", "hosting" },
	{ "netease.com", "NetEase", "hosting" },
	{ "ym.163.com", "NetEase", "hosting" },
	{ "hostedemail.com", "OpenSRS / Tucows", "hosting" },
	{ "mail.ovh.ca", "OVHcloud", "hosting" },
	{ "mail.ovh.net", "OVHcloud", "hosting" },
	{ "protonmail.ch", "Proton Mail", "hosting" },
	{ "emailsrvr.com", "Rackspace Email", "hosting" },
	{ "rzone.de", "Strato", "hosting" },
	{ "exmail.qq.com", "Tencent exmail", "hosting" },
	{ "mxbiz1.qq.com", "Tencent exmail", "hosting" },
	{ "mxbiz2.qq.com", "Tencent exmail", "hosting" },
	{ "tutanota.de", "Tuta", "hosting" },
	{ "mail.ru", "VK / Mail.ru", "hosting" },
	{ "mx.yandex.net", "Yandex", "hosting" },
	{ "mx.yandex.ru", "Yandex", "hosting" },
	{ "zoho.com", "Zoho Mail", "hosting" },
	{ "zoho.com.au", "Zoho Mail", "hosting" },
	{ "zoho.eu", "Zoho Mail", "hosting" },
	{ "zoho.in", "Zoho Mail", "hosting" },
	{ "zohomail.com", "Zoho Mail", "hosting" },
	{ "gmail-smtp-in.l.google.com", "Gmail (consumer)", "mailbox" },
	{ "emig.gmx.net", "GMX / mail.com / web.de", "mailbox" },
	{ "emig.kundenserver.de", "GMX / mail.com / web.de", "mailbox" },
	{ "gmx.net", "GMX / mail.com / web.de", "mailbox" },
	{ "mx.mail.com", "GMX / mail.com / web.de", "mailbox" },
	{ "web.de", "GMX / mail.com / web.de", "mailbox" },
	{ "olc.protection.outlook.com", "Outlook.com (consumer)", "mailbox" },
	{ "posteo.de", "Posteo", "mailbox" },
	{ "yahoodns.net", "Yahoo / AOL", "mailbox" },
	{ "park-mx.above.com", "Above.com parking", "parking" },
	{ "b-io.co", "b-io / m1bp / mb5p", "parking" },
	{ "m1bp.com", "b-io / m1bp / mb5p", "parking" },
	{ "mb5p.com", "b-io / m1bp / mb5p", "parking" },
	{ "h-email.net", "h-email.net parking", "parking" },
	{ "hope-mail.com", "h-email.net parking", "parking" },
	{ "parkingcrew.net", "Sedo / ParkingCrew / Dynadot parking",
	    "parking" },
	{ "parkmail.dynadot.com", "Sedo / ParkingCrew / Dynadot parking",
	    "parking" },
	{ "sedoparking.com", "Sedo / ParkingCrew / Dynadot parking",
	    "parking" },
};

static bool
below(struct str host, struct str suffix)
{
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	return str_endsi(host, suffix) &&
	       (host.n == suffix.n || host.p[host.n - suffix.n - 1] == '.');
}

static const struct provider *
longest(const struct provider *p, size_t n, struct str host)
{
	const struct provider *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (below(host, str_c(p[i].suffix)) &&
		    (!best || strlen(p[i].suffix) > strlen(best->suffix)))
			best = &p[i];
	return best;
}

const struct provider *
provider_find(const struct provider *own, size_t nown, struct str host)
{
	const struct provider *p = longest(own, nown, host);

	return p ? p : longest(table, sizeof(table) / sizeof(*table), host);
}
