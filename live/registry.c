/*
 * registry.c: the catalogue: one line per check, in the order of the support
 * chain within its families.  Families: check_address.c (A), rdap.c (D),
 * check_name.c check_route.c check_policy.c (R), check_server.c (M),
 * check_sender.c check_spf.c check_dkim.c check_dmarc.c (S).
 */
#include "live/check.h"
#include "live/checks.h"
#include "base/banned.h"

#define ROW(id, sev, scope, link, who, title, remedy, fn)                      \
	[id] = { #id, title, SEV_##sev, SCOPE_##scope, link, who, remedy, fn }

const struct check checks[CHECK_COUNT] = {
	ROW(A01, NOTE, ADDRESS, "L1", "us", "mailto links", "correct the link",
	    check_a01),
	ROW(A02, FATAL, ADDRESS, "L1", "customer", "one address, two parts",
	    "ask for the right address", check_a02),
	ROW(A03, FATAL, ADDRESS, "L1", "customer", "local part",
	    "ask for the right address", check_a03),
	ROW(A04, FATAL, ADDRESS, "L1", "customer", "domain part",
	    "ask for the right address", check_a04),
	ROW(A05, FATAL, ADDRESS, "L1", "customer", "copy and paste damage",
	    "use the corrected form", check_a05),
	ROW(A06, NOTE, ADDRESS, "L1", "customer", "letters beyond ASCII",
	    "make sure that every letter is the one that was meant", check_a06),
	ROW(A07, NOTE, ADDRESS, "L1", "customer",
	    "looks like a misspelt provider",
	    "ask the customer which one was meant", check_a07),

	ROW(D01, FATAL, REGISTRY, "L2", "owner", "the domain is registered",
	    "check the spelling; if it is the customer's own domain, "
	    "register it again at once",
	    check_d01),
	ROW(D02, MAJOR, REGISTRY, "L2", "owner", "it does not expire soon",
	    "the owner renews it at the registrar", check_d02),
	ROW(D03, FATAL, REGISTRY, "L2", "owner", "it is not switched off",
	    "the owner asks the registrar: usual causes are an unconfirmed "
	    "contact address or an unpaid bill",
	    check_d03),
	ROW(D04, FATAL, REGISTRY, "L2", "owner", "it is not being deleted",
	    "the owner redeems it through the registrar, some 30 days at "
	    "most",
	    check_d04),
	ROW(D05, NOTE, REGISTRY, "L2", "owner", "nothing changed lately",
	    "compare MX and name servers with the state before", check_d05),

	ROW(R01, FATAL, DOMAIN, "L3", "customer", "the name exists in DNS",
	    "check the spelling and whether the domain is registered",
	    check_r01),
	ROW(R02, MAJOR, DOMAIN, "L3", "owner", "it has usable name servers",
	    "the owner corrects the list at the registrar", check_r02),
	ROW(R03, MAJOR, DOMAIN, "L3", "owner",
	    "every name server answers for it",
	    "the DNS provider loads the zone, or the owner removes the "
	    "server",
	    check_r03),
	ROW(R04, MAJOR, DOMAIN, "L3", "owner", "the name servers agree",
	    "the DNS provider repairs the zone transfer", check_r04),
	ROW(R05, FATAL, DOMAIN, "L3", "owner", "DNSSEC is not broken",
	    "the DNS provider signs again, or the owner removes the DS at "
	    "the registrar",
	    check_r05),
	ROW(R06, FATAL, DOMAIN, "L4", "owner", "there is a route for mail",
	    "the owner enters the MX records of the mail provider", check_r06),
	ROW(R07, FATAL, DOMAIN, "L4", "customer",
	    "the owner has not refused mail", "ask for another address",
	    check_r07),
	ROW(R08, FATAL, DOMAIN, "L4", "owner", "each MX names a host",
	    "the owner enters a host name", check_r08),
	ROW(R09, FATAL, DOMAIN, "L4", "owner", "each MX host has an address",
	    "the owner corrects the MX or creates the address record",
	    check_r09),
	ROW(R10, MINOR, DOMAIN, "L4", "owner", "no MX host is an alias",
	    "name the target of the alias in the MX record", check_r10),
	ROW(R11, FATAL, DOMAIN, "L4", "owner",
	    "MX addresses can be reached from outside",
	    "the owner enters the public address", check_r11),
	ROW(R12, MINOR, DOMAIN, "L4", "owner", "spare servers are real",
	    "remove one, or leave it", check_r12),
	ROW(R13, MAJOR, DOMAIN, "L4", "owner", "whose mail servers they are",
	    "remove the old provider's MX", check_r13),
	ROW(R14, FATAL, DOMAIN, "L4", "us", "our own configuration agrees",
	    "correct the list of local domains", check_r14),
	ROW(R15, MINOR, DOMAIN, "L5", "owner",
	    "MTA-STS and TLS reports are well formed",
	    "the owner repairs the web host or removes the record", check_r15),
	ROW(R16, FATAL, DOMAIN, "L5", "owner",
	    "the MTA-STS policy covers the MX hosts",
	    "add the host to the policy and change its id", check_r16),
	ROW(R17, MINOR, DOMAIN, "L5", "owner", "TLSA records make sense",
	    "sign the zone, or remove the records", check_r17),

	ROW(M01, MAJOR, SERVER, "L5", "provider", "TCP connection on port 25",
	    "tell the recipient's provider", check_m01),
	ROW(M02, MAJOR, SERVER, "L5", "provider", "greeting",
	    "tell the recipient's provider", check_m02),
	ROW(M03, NOTE, SERVER, "L5", "provider", "greeting comes in time",
	    "nothing: it is usual against spam", check_m03),
	ROW(M04, MAJOR, SERVER, "L5", "provider", "EHLO",
	    "tell the recipient's provider", check_m04),
	ROW(M05, MINOR, SERVER, "L5", "provider", "STARTTLS offered",
	    "the provider enables it", check_m05),
	ROW(M06, MINOR, SERVER, "L5", "provider", "TLS works",
	    "the provider repairs it", check_m06),
	ROW(M07, MINOR, SERVER, "L5", "provider", "certificate dates",
	    "renew it; check the renewal job and that the mail server was "
	    "reloaded",
	    check_m07),
	ROW(M08, MINOR, SERVER, "L5", "provider", "certificate name and chain",
	    "the provider installs a certificate for the name in the MX",
	    check_m08),
	ROW(M09, MAJOR, SERVER, "L5", "provider", "DANE match",
	    "the provider publishes the new TLSA record; before changing "
	    "keys, keep both",
	    check_m09),
	ROW(M10, MINOR, SERVER, "L5", "provider", "empty sender accepted",
	    "the provider accepts the empty sender", check_m10),
	ROW(M11, MAJOR, SERVER, "L5", "provider",
	    "the server takes mail for this domain",
	    "the provider adds the domain there, or the owner removes that "
	    "MX",
	    check_m11),
	ROW(M12, FATAL, SERVER, "L6", "customer", "the recipient exists",
	    "ask for the right address", check_m12),
	ROW(M13, NOTE, SERVER, "L7", "us", "we are not refused",
	    "see which of our addresses is refused and why", check_m13),
	ROW(M14, MINOR, SERVER, "L5", "provider", "size limit is usable",
	    "send large files another way", check_m14),
	ROW(M15, FATAL, SERVER, "L5", "us", "no open relay", "close it at once",
	    check_m15),

	ROW(S01, MAJOR, SENDER, "L7", "us", "reverse name",
	    "set it at the hosting provider", check_s01),
	ROW(S02, MAJOR, SENDER, "L7", "us", "it confirms itself",
	    "let the name point back to the address", check_s02),
	ROW(S03, MAJOR, SENDER, "L7", "us", "HELO name",
	    "use the full name that is also the reverse name", check_s03),
	ROW(S04, MAJOR, SENDER, "L7", "us", "not on address block lists",
	    "stop the cause first (look for the account in the logs), then "
	    "ask for removal",
	    check_s04),
	ROW(S05, MAJOR, SENDING, "L7", "us",
	    "sender domain not on domain lists",
	    "stop the cause first, then ask for removal", check_s05),
	ROW(S06, MAJOR, SENDING, "L7", "owner", "one SPF record",
	    "publish exactly one record", check_s06),
	ROW(S07, MAJOR, SENDING, "L7", "owner", "SPF syntax",
	    "correct the term", check_s07),
	ROW(S08, MAJOR, SENDING, "L7", "owner", "SPF limits",
	    "remove unused includes", check_s08),
	ROW(S09, MAJOR, FROM, "L7", "owner", "SPF allows our servers",
	    "add our servers to the record", check_s09),
	ROW(S10, MINOR, SENDING, "L7", "owner", "SPF has an end",
	    "end the record with -all or ~all", check_s10),
	ROW(S11, MAJOR, SENDING, "L7", "owner", "DKIM key",
	    "publish the key our signer uses", check_s11),
	ROW(S12, MINOR, SENDING, "L7", "owner", "DMARC record",
	    "publish one valid record", check_s12),
	ROW(S13, MAJOR, SENDING, "L7", "owner", "DMARC fits our mail",
	    "sign with the sender's domain, or set the envelope domain",
	    check_s13),
	ROW(S14, MAJOR, SERVER, "L7", "us",
	    "we are not blocked at the recipient",
	    "send through an address that is still accepted; ask for "
	    "removal; stop the cause",
	    check_s14),
	ROW(S15, FATAL, HERE, "L7", "us", "port 25 is open outwards",
	    "test from a machine that may connect to port 25", check_s15),
	ROW(S16, MAJOR, HERE, "L9", "us", "our own client services",
	    "renew the certificate, start the service", check_s16),
};

const char *
check_result_name(enum check_result r)
{
	static const char *const name[] = {
		[CHECK_NONE] = "none",
		[CHECK_PASS] = "pass",
		[CHECK_INFO] = "info",
		[CHECK_WARN] = "warn",
		[CHECK_FAIL] = "fail",
		[CHECK_UNKNOWN] = "unknown",
		[CHECK_SKIP] = "skip",
	};

	return name[r];
}

const char *
severity_name(enum severity s)
{
	static const char *const name[] = { "note", "minor", "major", "fatal" };

	return name[s];
}

enum check_id
check_index(const struct check *c)
{
	return (enum check_id)(c - checks);
}

int
check_by_name(struct str id)
{
	for (int i = 0; i < CHECK_COUNT; i++)
		if (str_eqi(id, str_c(checks[i].id)))
			return i;
	return -1;
}
