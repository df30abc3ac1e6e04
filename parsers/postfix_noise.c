/*
 * postfix_noise.c: lines that say nothing about one mail, and troubles of the
 * server itself.
 *
 * fatal, panic and error lines are always kept: a process ended.  Warnings
 * are kept as they stand, those of a later version too, but for those that are
 * known to be advice or about a client: there Postfix 3.7 alone has a thousand
 * texts, and what it warns of is why mail waits.
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

/* Where a warning begins: about a client, a peer's DNS, or advice. */
static const struct str advice[] = {
	STR_INIT("hostname "), /* H does not resolve to address A */
	STR_INIT("non-SMTP command from "),
	STR_INIT("numeric domain name in "),
	STR_INIT("numeric hostname"),
	STR_INIT("valid_hostname: "),
	STR_INIT("valid_hostaddr: "),
	STR_INIT("valid_ipv4_hostaddr: "),
	STR_INIT("valid_ipv6_hostaddr: "),
	STR_INIT("malformed domain name in resource data"),
	STR_INIT("no MX host for "), /* the delivery record says it */
	STR_INIT("host "),	     /* greeted me with my own hostname */
	STR_INIT("mailer loop: "),
	STR_INIT("unable to look up "), /* likewise */
	STR_INIT("Unable to look up "),
	STR_INIT("SASL authentication failure: "), /* the next line says who */
	STR_INIT("SASL authentication problem: "),
	STR_INIT("TLS library problem: "),
	STR_INIT("TLS policy lookup"),
	STR_INIT("DANE TLSA"),
	STR_INIT("TLSA lookup"),
	STR_INIT("DNSSEC "),
	STR_INIT("network_biopair_interop: "),
	STR_INIT("mail for "), /* uses up the active queue */
	STR_INIT("you may need to "),
	STR_INIT("please avoid flushing "),
	STR_INIT("lots of deferred mail"),
	STR_INIT("to turn off these warnings "),
	STR_INIT("this may result in poor performance"),
	STR_INIT("resetting file time stamps"),
	STR_INIT("see http"),
	STR_INIT("getpeername: "),
	STR_INIT("getsockname: "),
	STR_INIT("request to update table "),
	STR_INIT("psc_dnsbl_request"),
	STR_INIT("dnsblog_query: "),
	STR_INIT("dnsblog reply timeout"),
	STR_INIT("psc_cache_update: "),
	STR_INIT("address conversion error"),
	STR_INIT("symlink leaves directory"),
	STR_INIT("not owned by "),
	STR_INIT("not set-gid"),
	STR_INIT("group or other writable"),
	STR_INIT("duplicate entry"),
	STR_INIT("undefined parameter"),
	STR_INIT("access table "),
	STR_INIT("restriction "),
	STR_INIT("support for restriction "),
	STR_INIT("support for parameter "),
	STR_INIT("Message delivery request"),
	STR_INIT("[built-in]: zero result in "), /* a notice's template */
	STR_INIT("please reduce time unit "),
	STR_INIT("for instructions see "),
	STR_INIT("Illegal address syntax"),
	STR_INIT("ignoring "),
	STR_INIT("regular expression "),
	STR_INIT("the Postfix "),
	STR_INIT("To disable backwards compat"),
	STR_INIT("bounce_queue_lifetime "),
	STR_INIT("maximal_backoff_time "),
	STR_INIT("cannot send milters"),
	STR_INIT("mapping DSN status "),
	STR_INIT("bad EHLO SIZE limit"),
};

/* The same, anywhere in a warning. */
static const struct str advice_in[] = {
	STR_INIT(": duplicate entry"),
	STR_INIT("smaller than "),
	STR_INIT("larger than "),
	STR_INIT("backwards-compatible"),
	STR_INIT("overriding earlier entry"),
	STR_INIT("unused parameter"),
	STR_INIT("deprecated"),
	STR_INIT("symlink leaves directory"),
	STR_INIT(" offered "),
	STR_INIT("RBL "),
	STR_INIT("server address count limit"),
	STR_INIT("SMTP protocol limit"),
	STR_INIT(": non-SMTP response from"),
};

static enum parse_result
system_event(struct event *ev, struct str action, struct str text)
{
	ev->kind = EV_SYSTEM;
	ev_set(ev, F_ACTION, action);
	ev_set(ev, F_TEXT, text);
	return PARSE_EVENT;
}

/*
 * warning: 4F1: message has been queued for 2 days (src/pickup/pickup.c)
 * warning: 4F1: undeliverable postmaster notification discarded (src/bounce/)
 * warning: 4F1: sender notification failed to a@b.example (since 3.11)
 * error, fatal and panic with an id end the process: the mail stays queued.
 */
static enum parse_result
message_trouble(struct scan *sc, struct event *ev)
{
	struct str text = scan_rest(sc);

	ev->kind = EV_NOTE;
	if (str_find(text, STR("discarded")) >= 0 ||
	    str_find(text, STR("notification failed")) >= 0)
		ev->flags |= EVF_DECIDES;
	ev_set(ev, F_TEXT, text);
	return PARSE_EVENT;
}

enum parse_result
postfix_trouble(const struct lead *lead, struct scan *sc, struct event *ev)
{
	static const struct str word[] = {
		[SEV_WARNING] = STR_INIT("warning"),
		[SEV_ERROR] = STR_INIT("error"),
		[SEV_FATAL] = STR_INIT("fatal"),
		[SEV_PANIC] = STR_INIT("panic"),
	};
	struct str text = scan_rest(sc);

	if (lead->kind == LEAD_QID)
		return message_trouble(sc, ev);
	if (lead->sev != SEV_WARNING)
		return system_event(ev, word[lead->sev], text);
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (str_starts(text, advice[i]))
			return PARSE_IGNORED;
	for (size_t i = 0; i < sizeof(advice_in) / sizeof(advice_in[0]); i++)
		if (str_find(text, advice_in[i]) >= 0)
			return PARSE_IGNORED;
	/* Postfix warns of a thousand things: all that is said is kept */
	return system_event(ev, word[lead->sev], text);
}

/*
 * table hash:/F(0,lock|fold_fix) has changed -- restarting
 * using backwards-compatible default setting ... discarding EHLO keywords: X
 * Printed from Postfix src/util/dict.c, src/global/, by any daemon.
 */
enum parse_result
postfix_common(const struct line *ln, struct scan *sc, struct event *ev)
{
	static const struct str starts[] = {
		STR_INIT("table "),
		STR_INIT("cache "),
		STR_INIT("using backwards-compatible default setting"),
		STR_INIT("discarding EHLO keywords: "),
		STR_INIT("statistics: "),
		STR_INIT("idle timeout"),
		STR_INIT("reset counter"),
		STR_INIT("proxymap stream"),
		STR_INIT("name_mask: "),
		STR_INIT("mynetworks: "),
		STR_INIT("initializing the server-side TLS engine"),
		STR_INIT("initializing the client-side TLS engine"),
		STR_INIT("setting up TLS connection "),
		STR_INIT("mapping DSN status "), /* the refusal follows */
		STR_INIT("warning: "),
	};

	(void)ln;
	(void)ev;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (scan_peek(sc, starts[i]))
			return PARSE_IGNORED;
	return PARSE_UNKNOWN;
}

/*
 * daemon started -- version 3.7.11, configuration /etc/postfix
 * reload -- version 3.7.11, configuration /etc/postfix
 * terminating on signal 15
 * Printed from Postfix src/master/: master.c, master_sig.c.
 */
enum parse_result
postfix_master(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	static const struct {
		struct str print, means;
	} acts[] = {
		{ STR_INIT("daemon started -- "), STR_INIT("start") },
		{ STR_INIT("reload -- "), STR_INIT("reload") },
		{ STR_INIT("terminating on signal "), STR_INIT("stop") },
	};

	if (lead->sev != SEV_INFO)
		return postfix_trouble(lead, sc, ev);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (scan_peek(sc, acts[i].print))
			return system_event(ev, acts[i].means, scan_rest(sc));
	return postfix_common(ln, sc, ev);
}

/*
 * Commands and scripts; what they do to the queue, the daemons print too.
 *
 * fatal: bob(1000): Recipient addresses must be specified on the command line
 * Printed from Postfix src/sendmail/sendmail.c: no message came to be.
 */
enum parse_result
postfix_tool(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	(void)ln;
	if (lead->sev == SEV_WARNING &&
	    postfix_trouble(lead, sc, ev) == PARSE_EVENT)
		return PARSE_EVENT;
	if (lead->sev > SEV_WARNING)
		return postfix_trouble(lead, sc, ev);
	return PARSE_IGNORED;
}

/* anvil, scache, verify, trivial-rewrite, tlsmgr ...: only their troubles. */
enum parse_result
postfix_quiet(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	return postfix_tool(ln, lead, sc, ev);
}
