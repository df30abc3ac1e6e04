/*
 * test_syslog.c: a table of every framing, its truncations, its way back
 * (parsers/syslog*.c, and the JSON of journal.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "parsers/syslog.h"
#include "tests/unit/guard.h"
#include "base/banned.h"

static struct guard guard;

static struct line
frame(struct syslog *sl, struct str raw)
{
	struct line ln = { .raw = raw, .number = 1 };

	if (raw.n && memchr(raw.p, 033, raw.n))
		ln.flags |= LINE_ESC;
	syslog_frame(sl, &ln);
	return ln;
}

/* "BSD 2026-... host=mail tag=postfix/smtp prog=smtp pid=1 flags text" */
static void
describe(const struct line *ln, struct buf *out)
{
	static const char *const frames[] = { "NONE", "BSD", "ISO", "5424",
		"NATIVE", "JOURNAL", "JSON", "OTHER" };

	buf_clear(out);
	buf_printf(out, "%s ", frames[ln->frame]);
	if (ln->flags & LINE_NO_TIME)
		buf_puts(out, "-");
	else
		stamp_print(out, ln->t_us, "CET-1CEST,M3.5.0,M10.5.0/3",
		    STAMP_RFC3339);
	buf_printf(out,
	    "%s%s h=" STR_FMT " t=" STR_FMT " p=" STR_FMT "[" STR_FMT "]",
	    ln->flags & LINE_YEAR ? " y" : "",
	    ln->flags & LINE_ZONE ? " z" : "", STR_ARG(ln->host),
	    STR_ARG(ln->tag), STR_ARG(ln->prog), STR_ARG(ln->pid));
	if (ln->flags & LINE_CANON_HDR)
		buf_puts(out, " canon");
	if (ln->flags & LINE_REPEATED)
		buf_printf(out, " repeat=%u", ln->repeat);
	if (ln->flags & LINE_PARTIAL)
		buf_puts(out, " partial");
	buf_puts(out, " | ");
	buf_add(out, ln->text);
}

static const struct {
	const char *line, *means;
} forms[] = {
	/* the two usual ones */
	{ "Jan 27 07:00:04 mail postfix/qmgr[1789]: 1B79A3012027: removed",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/qmgr "
	    "p=qmgr[1789] canon | 1B79A3012027: removed" },
	{ "Jan  2 07:00:04 mail postfix/qmgr[1789]: x",
	    "BSD 2026-01-02T07:00:04.000000+01:00 y z h=mail t=postfix/qmgr "
	    "p=qmgr[1789] canon | x" },
	{ "Jan 02 07:00:04 mail postfix/qmgr[1789]: x",
	    "BSD 2026-01-02T07:00:04.000000+01:00 y z h=mail t=postfix/qmgr "
	    "p=qmgr[1789] canon | x" },
	{ "Jan 27 07:21:56 mail dovecot: lmtp(1108): Connect from local",
	    "BSD 2026-01-27T07:21:56.000000+01:00 y z h=mail t=dovecot "
	    "p=dovecot[] canon | lmtp(1108): Connect from local" },
	{ "2020-01-30T06:26:05.404714+09:00 mail postfix/smtpd[1830]: connect "
	  "from example.com[127.0.0.1]",
	    "ISO 2020-01-29T22:26:05.404714+01:00 h=mail t=postfix/smtpd "
	    "p=smtpd[1830] canon | connect from example.com[127.0.0.1]" },
	{ "2026-01-27T07:00:04.123456-03:30 mail "
	  "postfix-out/submission/smtpd[7]: ",
	    "ISO 2026-01-27T11:30:04.123456+01:00 h=mail "
	    "t=postfix-out/submission/smtpd p=smtpd[7] canon | " },
	/* nearly so */
	{ "Mar 7 02:09:33 server postfix/smtpd[27246]: 1D8CC1CA0A7F: "
	  "milter-reject: DATA",
	    "BSD 2026-03-07T02:09:33.000000+01:00 y z h=server t=postfix/smtpd "
	    "p=smtpd[27246] | 1D8CC1CA0A7F: milter-reject: DATA" },
	{ "Jan 27 07:00:04.123456 mail postfix/qmgr[1]: x",
	    "BSD 2026-01-27T07:00:04.123456+01:00 y z h=mail t=postfix/qmgr "
	    "p=qmgr[1] | x" },
	{ "JAN 27 07:00:04 mail postfix/qmgr[1]: x",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/qmgr "
	    "p=qmgr[1] | x" },
	{ "Mar 29 02:30:00 mail postfix/qmgr[1]: an hour that never was",
	    "BSD 2026-03-29T03:30:00.000000+02:00 y z h=mail t=postfix/qmgr "
	    "p=qmgr[1] | an hour that never was" },
	{ "Dec 31 23:59:60 mail postfix/qmgr[1]: a leap second",
	    "BSD 2027-01-01T00:00:00.000000+01:00 y z h=mail t=postfix/qmgr "
	    "p=qmgr[1] | a leap second" },
	{ "2026-01-27T07:00:04+0100 mail postfix/qmgr[1]: x",
	    "ISO 2026-01-27T07:00:04.000000+01:00 h=mail t=postfix/qmgr "
	    "p=qmgr[1] | x" },
	{ "2026-01-27T07:00:04.123+01:00 mail postfix/qmgr[1]: x",
	    "ISO 2026-01-27T07:00:04.123000+01:00 h=mail t=postfix/qmgr "
	    "p=qmgr[1] | x" },
	{ "2026-01-27T06:00:04.123456Z mail postfix/qmgr[1]: x",
	    "ISO 2026-01-27T07:00:04.123456+01:00 h=mail t=postfix/qmgr "
	    "p=qmgr[1] | x" },
	{ "2026-01-27T06:00:04.123456-00:00 mail postfix/qmgr[1]: x",
	    "ISO 2026-01-27T07:00:04.123456+01:00 h=mail t=postfix/qmgr "
	    "p=qmgr[1] | x" },
	{ "2026-01-27T07:00:04 mail postfix/qmgr[1]: x",
	    "ISO 2026-01-27T07:00:04.000000+01:00 z h=mail t=postfix/qmgr "
	    "p=qmgr[1] | x" },
	{ "2016-04-01 11:08:00 mx1 postfix/smtpd[8003]: connect",
	    "ISO 2016-04-01T11:08:00.000000+02:00 z h=mx1 t=postfix/smtpd "
	    "p=smtpd[8003] | connect" },
	{ "2013 Jun 10 06:48:17.123 gds39d postfix/smtp[11093]: 2C9: "
	  "to=<a@b.example>",
	    "OTHER 2013-06-10T06:48:17.123000+02:00 z h=gds39d t=postfix/smtp "
	    "p=smtp[11093] | 2C9: to=<a@b.example>" },
	{ "Jan 27 07:00:04  mail  postfix/qmgr[1]: x",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/qmgr "
	    "p=qmgr[1] | x" },
	/* tags */
	{ "Jan 27 07:00:04 mail postfix/smtpd[1] connect from",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/smtpd "
	    "p=smtpd[1] | connect from" },
	{ "Jan 27 07:00:04 mail postfix/smtpd[1]:: connect",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/smtpd "
	    "p=smtpd[1] | connect" },
	{ "Jan 27 07:00:04 mail postfix/smtpd connect",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/smtpd "
	    "p=smtpd[] | connect" },
	{ "Feb 14 06:29:39 hostname update.bad.phishing.sites: Phishing bad "
	  "sites list updated",
	    "BSD 2026-02-14T06:29:39.000000+01:00 y z h=hostname "
	    "t=update.bad.phishing.sites p=update.bad.phishing.sites[] canon | "
	    "Phishing bad sites list updated" },
	{ "Jan 27 07:00:04 mail postfix-170.55.103.23/qmgr[9]: x",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail "
	    "t=postfix-170.55.103.23/qmgr p=qmgr[9] canon | x" },
	{ "Jan 27 07:00:04 mail postfix/10025/smtpd[9]:",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail "
	    "t=postfix/10025/smtpd p=smtpd[9] | " },
	{ "Jan 27 07:00:04 mail tag[name]: x",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=tag p=tag[] | "
	    "x" },
	{ "Jan 29 13:54:06 auth-worker(22401): Info: sql(a@b.example): unknown "
	  "user",
	    "BSD 2026-01-29T13:54:06.000000+01:00 y z h= t=auth-worker(22401) "
	    "p=auth-worker(22401)[] | Info: sql(a@b.example): unknown user" },
	{ "Mar 24 08:58:32 sogod [26818]: SOGoRootPage Login",
	    "BSD 2026-03-24T08:58:32.000000+01:00 y z h= t=sogod "
	    "p=sogod[26818] | SOGoRootPage Login" },
	{ "Jan 27 07:00:04 2001:db8::25 postfix/smtpd[1]: x",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=2001:db8::25 "
	    "t=postfix/smtpd p=smtpd[1] | x" },
	{ "Jan 27 07:00:04 [192.0.2.1] postfix/smtpd[1]: x",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=[192.0.2.1] "
	    "t=postfix/smtpd p=smtpd[1] | x" },
	{ "Jan 27 07:00:04 mail",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h= t= p=[] | mail" },
	/* relays */
	{ "Jan 27 07:00:04 relay Jan 27 07:00:03 mail postfix/smtp[1]: x",
	    "BSD 2026-01-27T07:00:03.000000+01:00 y z h=mail t=postfix/smtp "
	    "p=smtp[1] | x" },
	{ "Jan 27 07:00:04 mx1 2026-01-27T07:00:03.5+01:00 mail "
	  "postfix/smtp[1]: x",
	    "ISO 2026-01-27T07:00:03.500000+01:00 h=mail t=postfix/smtp "
	    "p=smtp[1] | x" },
	{ "Jan 27 07:00:04 relay <22>Jan 27 07:00:03 mail postfix/smtp[1]: x",
	    "BSD 2026-01-27T07:00:03.000000+01:00 y z h=mail t=postfix/smtp "
	    "p=smtp[1] | x" },
	{ "Jan 27 07:00:04 mail/relay postfix/smtp[1]: x",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/smtp "
	    "p=smtp[1] | x" },
	{ "Jan 27 07:00:04 <mail.info> host postfix/smtp[1]: x",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=host t=postfix/smtp "
	    "p=smtp[1] | x" },
	{ "Jan 27 07:00:04 a Jan 27 07:00:03 b Jan 27 07:00:02 c "
	  "postfix/smtp[1]: x",
	    "BSD 2026-01-27T07:00:02.000000+01:00 y z h=c t=postfix/smtp "
	    "p=smtp[1] | x" },
	/* PRI, 5424, transport */
	{ "<22>Jan 27 07:00:04 mail postfix/qmgr[1789]: x",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/qmgr "
	    "p=qmgr[1789] | x" },
	{ "<22>postfix/qmgr[1789]: x",
	    "OTHER - h= t=postfix/qmgr p=qmgr[1789] | x" },
	{ "<22>1 2026-01-27T07:00:04.123456+01:00 mail postfix/qmgr 1789 - - "
	  "1B79A: removed",
	    "5424 2026-01-27T07:00:04.123456+01:00 h=mail t=postfix/qmgr "
	    "p=qmgr[1789] | 1B79A: removed" },
	{ "<22>1 2026-01-27T07:00:04Z mail postfix/qmgr 1789 ID [a "
	  "b=\"x\\\"]y\"][c d=\"e\"]  \xef\xbb\xbf"
	  "1B79A: removed",
	    "5424 2026-01-27T08:00:04.000000+01:00 h=mail t=postfix/qmgr "
	    "p=qmgr[1789] | 1B79A: removed" },
	{ "<22>1 - - - - - - postfix/qmgr[7]: x",
	    "5424 - h= t=postfix/qmgr p=qmgr[7] | x" },
	{ "1 2026-01-27T07:00:04Z mail postfix/qmgr - - - x",
	    "5424 2026-01-27T08:00:04.000000+01:00 h=mail t=postfix/qmgr "
	    "p=qmgr[] | x" },
	{ "83 <22>1 2026-01-27T07:00:04Z mail postfix/qmgr 1 - - x",
	    "5424 2026-01-27T08:00:04.000000+01:00 h=mail t=postfix/qmgr "
	    "p=qmgr[1] | x" },
	/* containers and shippers */
	{ "{\"log\":\"postfix/smtpd[61]: connect from "
	  "unknown[192.0.2.9]\\n\",\"stream\":\"stdout\",\"time\":\"2026-07-"
	  "06T07:25:08.123456789Z\"}",
	    "JSON 2026-07-06T09:25:08.123456+02:00 h= t=postfix/smtpd "
	    "p=smtpd[61] | connect from unknown[192.0.2.9]" },
	{ "{\"log\":\"Jul  6 09:25:08 mx postfix/smtpd[61]: "
	  "\\u001b[1mx\\u001b[0m\\n\",\"time\":\"2026-07-06T07:25:08.1Z\"}",
	    "BSD 2026-07-06T09:25:08.000000+02:00 y z h=mx t=postfix/smtpd "
	    "p=smtpd[61] | x" },
	{ "{\"log\":\"dovecot: master: Dovecot v2.3 "
	  "starting\\n\",\"time\":\"2026-07-06T07:25:08.1Z\"}",
	    "JSON 2026-07-06T09:25:08.100000+02:00 h= t=dovecot p=dovecot[] | "
	    "master: Dovecot v2.3 starting" },
	{ "2026-07-06T07:25:08.123456789Z stdout F Jul  6 07:25:08 mx "
	  "postfix/smtpd[61]: x",
	    "BSD 2026-07-06T07:25:08.000000+02:00 y z h=mx t=postfix/smtpd "
	    "p=smtpd[61] | x" },
	{ "2026-07-06T07:25:08.123456789Z stderr P postfix/smtpd[61]: x",
	    "JSON 2026-07-06T09:25:08.123456+02:00 h= t=postfix/smtpd "
	    "p=smtpd[61] partial | x" },
	{ "2026-07-06T07:25:08.123456789Z Jul  6 09:25:08 mx "
	  "postfix/smtpd[61]: x",
	    "BSD 2026-07-06T09:25:08.000000+02:00 y z h=mx t=postfix/smtpd "
	    "p=smtpd[61] | x" },
	{ "postfix-1  | Jul  6 07:25:08 mx postfix/smtpd[61]: x",
	    "BSD 2026-07-06T07:25:08.000000+02:00 y z h=mx t=postfix/smtpd "
	    "p=smtpd[61] | x" },
	{ "\033[33mpostfix-1  |\033[0m Jul  6 07:25:08 mx postfix/smtpd[61]: "
	  "a\033[1;31mb\033[2K",
	    "BSD 2026-07-06T07:25:08.000000+02:00 y z h=mx t=postfix/smtpd "
	    "p=smtpd[61] | ab\033[2K" },
	{ "{\"@timestamp\":\"2026-07-06T07:25:09.000Z\",\"message\":\"Jul  6 "
	  "07:25:08 mx postfix/smtpd[61]: x\",\"host\":{\"name\":\"agent\"}}",
	    "BSD 2026-07-06T07:25:08.000000+02:00 y z h=mx t=postfix/smtpd "
	    "p=smtpd[61] | x" },
	{ "{\"MESSAGE\":\"1B79A: "
	  "removed\",\"HOST\":\"mx\",\"PROGRAM\":\"postfix/"
	  "qmgr\",\"PID\":\"12\",\"ISODATE\":\"2026-07-06T07:25:09+02:00\"}",
	    "JSON 2026-07-06T07:25:09.000000+02:00 h=mx t=postfix/qmgr "
	    "p=qmgr[12] | 1B79A: removed" },
	{ "{\"msg\":\" "
	  "connect\",\"hostname\":\"mx\",\"syslogtag\":\"postfix/"
	  "smtpd[9]:\",\"timereported\":\"2026-07-06T07:25:09+02:00\"}",
	    "JSON 2026-07-06T07:25:09.000000+02:00 h=mx t=postfix/smtpd "
	    "p=smtpd[9] | connect" },
	{ "{\"short_message\":\"connect\",\"host\":\"mx\",\"timestamp\":"
	  "1795183200.25,\"application_name\":\"postfix/"
	  "smtpd\",\"process_id\":\"9\"}",
	    "JSON 2026-11-20T15:00:00.250000+01:00 h=mx t=postfix/smtpd "
	    "p=smtpd[9] | connect" },
	/* the journal */
	{ "{\"__REALTIME_TIMESTAMP\":\"1795183200123456\",\"_SOURCE_REALTIME_"
	  "TIMESTAMP\":\"1795183200123455\",\"SYSLOG_IDENTIFIER\":\"postfix/"
	  "smtpd\",\"_PID\":\"7\",\"_HOSTNAME\":\"mx\",\"MESSAGE\":"
	  "\"connect\"}",
	    "JOURNAL 2026-11-20T15:00:00.123455+01:00 h=mx t=postfix/smtpd "
	    "p=smtpd[7] canon | connect" },
	{ "\036{\"__REALTIME_TIMESTAMP\":\"1795183200123456\",\"SYSLOG_"
	  "IDENTIFIER\":[\"amavis\",\"b\"],\"SYSLOG_PID\":\"8\",\"_PID\":\"7\","
	  "\"_HOSTNAME\":\"mx\",\"MESSAGE\":[99,111,110,255]}",
	    "JOURNAL 2026-11-20T15:00:00.123456+01:00 h=mx t=amavis "
	    "p=amavis[8] canon | con\xff" },
	{ "data: "
	  "{\"__REALTIME_TIMESTAMP\":\"1795183200123456\",\"_COMM\":\"exim4\","
	  "\"MESSAGE\":\"x\"}",
	    "JOURNAL 2026-11-20T15:00:00.123456+01:00 h= t=exim4 p=exim4[] "
	    "canon | x" },
	/* other programs' own files */
	{ "2026-01-27 07:00:04 1vAbCd-0001Ab-2C <= a@b.example H=x [192.0.2.1]",
	    "NATIVE 2026-01-27T07:00:04.000000+01:00 z h= t= p=[] | 2026-01-27 "
	    "07:00:04 1vAbCd-0001Ab-2C <= a@b.example H=x [192.0.2.1]" },
	{ "2026-01-27 07:00:04.678 +0545 [12] 1vAbCd-0001Ab-2C Completed",
	    "NATIVE 2026-01-27T02:15:04.678000+01:00 h= t= p=[] | 2026-01-27 "
	    "07:00:04.678 +0545 [12] 1vAbCd-0001Ab-2C Completed" },
	{ "2026-01-15 10:00:00 +0000 08 mail.example.test IMAP:session-a: "
	  "[192.0.2.10:993] connection accepted",
	    "NATIVE 2026-01-15T11:00:00.000000+01:00 h= t= p=[] | 2026-01-15 "
	    "10:00:00 +0000 08 mail.example.test IMAP:session-a: "
	    "[192.0.2.10:993] connection accepted" },
	{ "2016-04-01 11:08:00 info exim[8003]: [8003] SMTP protocol error",
	    "NATIVE 2016-04-01T11:08:00.000000+02:00 z h= t= p=[] | 2016-04-01 "
	    "11:08:00 info exim[8003]: [8003] SMTP protocol error" },
	{ "2026-01-27 07:00:04,678 fail2ban.actions [12]: NOTICE Ban",
	    "NATIVE 2026-01-27T07:00:04.678000+01:00 z h= t= p=[] | 2026-01-27 "
	    "07:00:04,678 fail2ban.actions [12]: NOTICE Ban" },
	{ "Fri Jan  2 03:04:05 2026 -> /tmp/x: OK",
	    "NATIVE 2026-01-02T03:04:05.000000+01:00 z h= t= p=[] | Fri Jan  2 "
	    "03:04:05 2026 -> /tmp/x: OK" },
	{ "[2026-01-27 07:00:04,579] WARNING x",
	    "NATIVE 2026-01-27T07:00:04.579000+01:00 z h= t= p=[] | "
	    "[2026-01-27 07:00:04,579] WARNING x" },
	{ "@4000000069573d9507270e00 imap-login: Info: Aborted login",
	    "OTHER 2026-01-02T04:37:47.120000+01:00 h= t=imap-login "
	    "p=imap-login[] | Info: Aborted login" },
	/* a time inside the text */
	{ "Feb 17 12:36:16 tribble exim[488079]: 2014-02-17 12:36:15 x",
	    "BSD 2014-02-17T12:36:15.000000+01:00 z h=tribble t=exim "
	    "p=exim[488079] | 2014-02-17 12:36:15 x" },
	{ "Feb 17 12:36:16 tribble exim[4]: [1/3] 2014-02-17 12:36:15 +0000 x",
	    "BSD 2014-02-17T13:36:15.000000+01:00 h=tribble t=exim p=exim[4] | "
	    "[1/3] 2014-02-17 12:36:15 +0000 x" },
	{ "2014-02-17T12:36:16.000000+05:00 tribble exim[4]: 2014-02-17 "
	  "12:36:15 x",
	    "ISO 2014-02-17T08:36:16.000000+01:00 h=tribble t=exim p=exim[4] "
	    "canon | 2014-02-17 12:36:15 x" },
	{ "mail.example.test exim[3751842]: 2021-07-17 23:20:49 x",
	    "OTHER 2021-07-17T23:20:49.000000+02:00 z h=mail.example.test "
	    "t=exim p=exim[3751842] | 2021-07-17 23:20:49 x" },
	/* lines that stand for others */
	{ "Jan 27 07:00:04 mail last message repeated 3 times",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t= p=[] repeat=3 "
	    "| last message repeated 3 times" },
	{ "Jan 27 07:00:04 mail postfix/smtpd[99]:  message repeated 2 times: "
	  "[ lost connection after CONNECT from unknown[192.0.2.1]]",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/smtpd "
	    "p=smtpd[99] repeat=1 | lost connection after CONNECT from "
	    "unknown[192.0.2.1]" },
	{ "Jan 27 07:00:04 mail postfix/smtpd[99]: message repeated 2 times: "
	  "[connect from unk",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/smtpd "
	    "p=smtpd[99] repeat=1 | connect from unk" },
	{ "Jan 27 07:00:04 mail postfix/smtpd[99]: message repeated many times",
	    "BSD 2026-01-27T07:00:04.000000+01:00 y z h=mail t=postfix/smtpd "
	    "p=smtpd[99] canon | message repeated many times" },
	/* no header */
	{ "", "NONE - h= t= p=[] | " },
	{ " continued text", "NONE - h= t= p=[] |  continued text" },
	{ "SMTP-IN:00000022: [127.0.0.1:25] connection accepted",
	    "NONE - h= t= p=[] | SMTP-IN:00000022: [127.0.0.1:25] connection "
	    "accepted" },
	{ "Envelope-from: <a@b.example>",
	    "NONE - h= t= p=[] | Envelope-from: <a@b.example>" },
	{ "{\"log\":", "NONE - h= t= p=[] | {\"log\":" },
	{ "{\"level\":\"info\"}", "NONE - h= t= p=[] | {\"level\":\"info\"}" },
	{ "sm-mta[20900]: k4PK8NYf020900: ruleset=check_mail",
	    "OTHER - h= t=sm-mta p=sm-mta[20900] | k4PK8NYf020900: "
	    "ruleset=check_mail" },
};
enum { FORMS = sizeof(forms) / sizeof(*forms) };

static void
start(struct syslog *sl)
{
	syslog_init(sl, zone_get("CET-1CEST,M3.5.0,M10.5.0/3", NULL), 2026);
}

static void
test_forms(void **state)
{
	struct buf out = BUF_INIT(64 * 1024);
	struct syslog sl;

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct line ln;

		start(&sl);
		/* the second time from what the first one left in the caches */
		for (int twice = 0; twice < 2; twice++) {
			ln =
			    frame(&sl, guard_put(&guard, str_c(forms[i].line)));
			describe(&ln, &out);
			if (twice && ln.flags & LINE_NO_TIME && sl.last_us)
				continue;
			assert_string_equal(buf_c(&out), forms[i].means);
		}
		syslog_release(&sl);
	}
	buf_release(&out);
}

/* What says it prints back does, and nothing reads too far. */
static void
check_line(struct syslog *sl, struct str raw, struct buf *out)
{
	struct line ln = frame(sl, raw);

	/* every view is inside something readable */
	buf_clear(out);
	buf_add(out, ln.host);
	buf_add(out, ln.tag);
	buf_add(out, ln.prog);
	buf_add(out, ln.pid);
	buf_add(out, ln.text);
	if (!(ln.flags & LINE_CANON_HDR))
		return;
	buf_clear(out);
	assert_true(syslog_print_header(ln.frame, ln.flags, ln.t_us, ln.tz_min,
	    sl->clock.zone, ln.host, ln.tag, ln.pid, out));
	buf_add(out, ln.text);
	assert_int_equal(out->n, ln.raw.n);
	assert_memory_equal(out->p, ln.raw.p, out->n);
}

static void
test_truncated(void **state)
{
	struct buf out = BUF_INIT(256 * 1024);
	struct syslog sl;

	(void)state;
	start(&sl);
	for (size_t i = 0; i < FORMS; i++)
		for (size_t n = 0; n <= strlen(forms[i].line); n++) {
			struct str cut = str_make(forms[i].line, n);

			check_line(&sl, guard_put(&guard, cut), &out);
			check_line(&sl,
			    guard_put(&guard,
				str_from(str_c(forms[i].line), n)),
			    &out);
		}
	syslog_release(&sl);
	buf_release(&out);
}

/* One byte of each line is another one. */
static void
test_changed(void **state)
{
	static const unsigned char bytes[] = { 0, ' ', ':', '[', ']', '<', '/',
		'0', '9', 'a', 033, '{', '"', '\\', 0xff };
	struct buf out = BUF_INIT(256 * 1024);
	struct syslog sl;
	char line[1024];

	(void)state;
	start(&sl);
	for (size_t i = 0; i < FORMS; i++) {
		size_t n = strlen(forms[i].line);

		assert_true(n <= sizeof(line));
		memcpy(line, forms[i].line, n);
		for (size_t k = 0; k < n; k++)
			for (size_t b = 0; b < sizeof(bytes); b++) {
				line[k] = (char)bytes[b];
				check_line(&sl,
				    guard_put(&guard, str_make(line, n)), &out);
				line[k] = forms[i].line[k];
			}
	}
	syslog_release(&sl);
	buf_release(&out);
}

/* Headers in headers, JSON in JSON: an end to it. */
static void
test_nested(void **state)
{
	struct buf b = BUF_INIT(200000), out = BUF_INIT(400000);
	struct syslog sl;

	(void)state;
	start(&sl);
	for (int i = 0; i < 3000; i++)
		buf_puts(&b, "Jan 27 07:00:04 relay ");
	check_line(&sl, guard_put(&guard, buf_str(&b)), &out);
	buf_clear(&b);
	for (int i = 0; i < 30000; i++)
		buf_puts(&b, "<22>");
	check_line(&sl, guard_put(&guard, buf_str(&b)), &out);
	buf_clear(&b);
	for (int i = 0; i < 100000; i++)
		buf_puts(&b, i < 99990 ? "[" : "{\"a\":");
	check_line(&sl, guard_put(&guard, buf_str(&b)), &out);
	buf_clear(&b);
	buf_puts(&b, "{\"log\":");
	for (int i = 0; i < 20000; i++)
		buf_puts(&b, "{\"log\":[");
	check_line(&sl, guard_put(&guard, buf_str(&b)), &out);
	buf_clear(&b);
	buf_puts(&b, "{\"log\":\"{\\\"log\\\":\\\"{\\\\\\\"log\\\\\\\":"
		     "\\\\\\\"Jan 27 07:00:04 h t[1]: x\\\\\\\"}\\\"}\"}");
	check_line(&sl, guard_put(&guard, buf_str(&b)), &out);
	buf_release(&b);
	buf_release(&out);
	syslog_release(&sl);
}

/* Lines of all forms in one file: each as if it were alone. */
static void
test_mixed(void **state)
{
	static const struct {
		const char *line, *time;
	} rows[] = {
		{ "Dec 31 23:59:59 mx postfix/qmgr[1]: a",
		    "2025-12-31 23:59:59" },
		{ "2025-12-31T23:59:59.900000+01:00 mx postfix/qmgr[1]: a",
		    "2025-12-31 23:59:59" },
		{ "Jan  1 00:00:00 mx postfix/qmgr[1]: a",
		    "2026-01-01 00:00:00" },
		{ "Dec 31 23:59:58 mx postfix/smtp[1]: late",
		    "2025-12-31 23:59:58" },
		{ "Dec 31 23:59:58 mx postfix/smtp[1]: late again",
		    "2025-12-31 23:59:58" },
		{ "Jan  1 00:00:00 mx postfix/qmgr[1]: a",
		    "2026-01-01 00:00:00" },
		{ "Jan 01 00:00:01 mx postfix/qmgr[1]: a",
		    "2026-01-01 00:00:01" },
		{ "2026-01-01 00:00:02 1vAbCd-0001Ab-2C Completed",
		    "2026-01-01 00:00:02" },
		{ "2026-01-01 00:00:02 +0000 1vAbCd-0001Ab-2C Completed",
		    "2026-01-01 01:00:02" },
		{ "2026-01-01 00:00:02 1vAbCd-0001Ab-2C Completed",
		    "2026-01-01 00:00:02" },
		{ "a continued line", "2026-01-01 00:00:02" },
		{ "Jan  1 00:00:03 mx postfix/qmgr[1]: a",
		    "2026-01-01 00:00:03" },
		{ "Oct 25 02:30:00 mx postfix/qmgr[1]: summer",
		    "2026-10-25 02:30:00" },
		{ "Oct 25 02:59:00 mx postfix/qmgr[1]: summer",
		    "2026-10-25 02:59:00" },
		{ "Oct 25 02:01:00 mx postfix/qmgr[1]: winter",
		    "2026-10-25 02:01:00" },
	};
	struct buf out = BUF_INIT(4096);
	struct syslog sl;
	struct line ln;

	(void)state;
	start(&sl);
	sl.clock.year = 2025;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("# %s\n", rows[i].line);
		ln = frame(&sl, str_c(rows[i].line));
		buf_clear(&out);
		stamp_print_zone(&out, ln.t_us, sl.clock.zone, STAMP_SECONDS);
		assert_string_equal(buf_c(&out), rows[i].time);
		check_line(&sl, str_c(rows[i].line), &out);
	}
	/* the last one is an hour and two minutes behind the one before it */
	assert_int_equal(ln.tz_min, 60);
	syslog_release(&sl);
	buf_release(&out);
}

/* Stopped after any line and resumed: the same times. */
static void
test_state(void **state)
{
	static const char *const rows[] = { "Dec 30 23:59:59 mx a[1]: x",
		"Jan  1 00:00:00 mx a[1]: x", "no time",
		"Dec 31 01:00:00 m b: y", "Oct 25 02:59:00 mx a[1]: x",
		"Oct 25 02:10:00 mx a[1]: x", "Dec 25 02:10:00 mx a[1]: x",
		"Jan  2 02:10:00 mx a[1]: x" };
	enum { N = sizeof(rows) / sizeof(*rows) };
	int64_t want[N];
	struct syslog sl, again;
	struct buf saved = BUF_INIT(1024);

	(void)state;
	start(&sl);
	for (size_t i = 0; i < N; i++)
		want[i] = frame(&sl, str_c(rows[i])).t_us;
	syslog_release(&sl);
	for (size_t stop = 0; stop < N; stop++) {
		start(&sl);
		for (size_t i = 0; i < stop; i++)
			frame(&sl, str_c(rows[i]));
		buf_clear(&saved);
		syslog_save(&sl, &saved);
		start(&again);
		assert_true(syslog_load(&again, buf_str(&saved)));
		for (size_t i = stop; i < N; i++)
			assert_int_equal(frame(&again, str_c(rows[i])).t_us,
			    want[i]);
		for (size_t n = 0; n < saved.n; n++)
			assert_false(syslog_load(&again,
			    guard_put(&guard, str_head(buf_str(&saved), n))));
		syslog_release(&sl);
		syslog_release(&again);
	}
	buf_release(&saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
