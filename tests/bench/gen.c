/*
 * gen.c: writes a realistic Postfix log of a given size, always the same for
 * the same arguments.
 *
 *	gen BYTES [DAYS [SEED [bsd|iso]]] > mail.log
 *
 * An ISP's mail host: mail in over SMTP (some with TLS, some refused at the
 * door, some to several recipients), mail out from authenticated customers,
 * deferrals that are retried, bounces with their notices, idle and broken
 * sessions, statistics.  Lines of different messages are interleaved as the
 * daemons would write them.  Times run over DAYS days, busier by day.
 */
#include "gen_part.h"

static void
client(char *out, size_t n)
{
	unsigned c = skewed(60000);

	if (c % 9 == 0)
		snprintf(out, n, "unknown[198.51.%u.%u]", c % 256,
		    c / 256 % 256);
	else
		snprintf(out, n, "mail%u.firma%u.example[203.0.%u.%u]", c % 7,
		    c % 5000, c % 256, c / 256 % 256);
}

static void
qid(char out[16])
{
	static const char b52[] =
	    "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
	uint64_t x = rnd() >> 8;
	int i;

	out[0] = '4';
	for (i = 1; i < 10; i++, x /= 52)
		out[i] = b52[x % 52];
	out[10] = 'z';
	x = 3000 + skewed(40000); /* inodes come back */
	for (i = 11; i < 14; i++, x /= 51)
		out[i] = b52[x % 51];
	out[14] = '\0';
}

static unsigned
pid(unsigned base, unsigned n)
{
	return base + below(n) * 3;
}

/* ---- what happens ---- */

static void
notice(int64_t t, const char *old, const char *to)
{
	char q[16];

	qid(q);
	push(t,
	    "postfix/cleanup[%u]: %s: message-id=<20260101.%s@mail.isp.example>",
	    pid(4100, 30), q, q);
	push(t + 900,
	    "postfix/bounce[%u]: %s: sender non-delivery notification: %s",
	    pid(7100, 10), old, q);
	push(t + 1500,
	    "postfix/qmgr[2001]: %s: from=<>, size=%u, nrcpt=1 (queue active)",
	    q, 2000 + below(6000));
	push(t + ms(60, 400),
	    "postfix/smtp[%u]: %s: to=<%s>, relay=mx.%s[203.0.113.%u]:25, delay=%u.%02u, delays=0/0/0.%02u/0.%02u, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as %08X)",
	    pid(5100, 80), q, to, strchr(to, '@') + 1, below(250), 0,
	    10 + below(80), below(90), below(90), (unsigned)rnd());
	push(t + ms(401, 420), "postfix/qmgr[2001]: %s: removed", q);
}

static void
delivery(int64_t t, const char *q, const char *from, const char *to,
    int inbound, int *more)
{
	char id[40];
	unsigned kind = below(1000);
	unsigned d = 20 + below(900);

	*more = 0;
	if (inbound) {
		if (kind < 12) {
			push(t,
			    "postfix/lmtp[%u]: %s: to=<%s>, relay=mbox.isp.example[10.0.0.51]:24, delay=0.%02u, delays=0.02/0/0.01/0.%02u, dsn=5.2.2, status=bounced (host mbox.isp.example[10.0.0.51] said: 552 5.2.2 <%s> Quota exceeded (mailbox for user is full) (in reply to end of DATA command))",
			    pid(6100, 40), q, to, d % 90, d % 70, to);
			notice(t + 1000, q, from);
			return;
		}
		random_id(id, 22);
		push(t,
		    "postfix/lmtp[%u]: %s: to=<%s>, relay=mbox.isp.example[10.0.0.51]:24, delay=0.%02u, delays=0.0%u/0/0.01/0.%02u, dsn=2.0.0, status=sent (250 2.0.0 <%s> %s Saved)",
		    pid(6100, 40), q, to, d % 90, d % 9, d % 70, to, id);
		return;
	}
	if (kind < 35) {
		push(t,
		    "postfix/smtp[%u]: %s: to=<%s>, relay=mx.%s[203.0.113.%u]:25, delay=%u.%u, delays=0.05/0.01/0.%02u/0.%02u, dsn=5.1.1, status=bounced (host mx.%s[203.0.113.%u] said: 550 5.1.1 <%s>: Recipient address rejected: User unknown in virtual mailbox table (in reply to RCPT TO command))",
		    pid(5100, 80), q, to, strchr(to, '@') + 1, below(250),
		    below(3), below(10), d % 80, d % 70, strchr(to, '@') + 1,
		    below(250), to);
		notice(t + 1000, q, from);
	} else if (kind < 95) {
		push(t,
		    "postfix/smtp[%u]: connect to mx.%s[203.0.113.%u]:25: Connection timed out",
		    pid(5100, 80), strchr(to, '@') + 1, below(250));
		push(t + 300,
		    "postfix/smtp[%u]: %s: to=<%s>, relay=none, delay=30, delays=0.05/0.01/30/0, dsn=4.4.1, status=deferred (connect to mx.%s[203.0.113.%u]:25: Connection timed out)",
		    pid(5100, 80), q, to, strchr(to, '@') + 1, below(250));
		*more = 1;
	} else {
		push(t,
		    "postfix/smtp[%u]: %s: to=<%s>, relay=mx.%s[203.0.113.%u]:25, delay=%u.%u, delays=0.05/0.01/0.%02u/0.%02u, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as %08X%04X)",
		    pid(5100, 80), q, to, strchr(to, '@') + 1, below(250),
		    below(4), below(10), d % 80, d % 70, (unsigned)rnd(),
		    below(65536));
	}
}

static void
message(int64_t t, int inbound)
{
	char q[16], from[80], to[80], cl[80], mid[48];
	unsigned smtpd = inbound ? pid(3100, 100) : pid(3700, 60);
	const char *tag =
	    inbound ? "postfix/smtpd" : "postfix/submission/smtpd";
	unsigned n = percent(12) ? 2 + below(4) : 1, size, waits = 0;
	int64_t end = t;

	qid(q);
	random_id(mid, 24);
	client(cl, sizeof(cl));
	if (inbound)
		remote_user(from, sizeof(from));
	else
		local_user(from, sizeof(from));
	size = 1500 + skewed(400000);
	push(t, "%s[%u]: connect from %s", tag, smtpd, cl);
	t += ms(20, 90);
	if (!inbound || percent(60))
		push(t,
		    "%s[%u]: Anonymous TLS connection established from %s: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature ECDSA (prime256v1) server-digest SHA256",
		    tag, smtpd, cl);
	t += ms(5, 60);
	if (inbound)
		push(t, "%s[%u]: %s: client=%s", tag, smtpd, q, cl);
	else
		push(t,
		    "%s[%u]: %s: client=%s, sasl_method=PLAIN, sasl_username=%s",
		    tag, smtpd, q, cl, from);
	t += ms(1, 20);
	if (percent(35)) {
		local_user(to, sizeof(to));
		push(t,
		    "postfix/cleanup[%u]: %s: info: header Subject: %s %s %u from %s; from=<%s> to=<%s> proto=ESMTP helo=<mail.firma%u.example>",
		    pid(4100, 30), q, PICK(words), PICK(words), below(9999), cl,
		    from, to, below(5000));
	}
	push(t + 100, "postfix/cleanup[%u]: %s: message-id=<%s@%s>",
	    pid(4100, 30), q, mid, strchr(from, '@') + 1);
	t += ms(5, 80);
	push(t,
	    "postfix/qmgr[2001]: %s: from=<%s>, size=%u, nrcpt=%u (queue active)",
	    q, from, size, n);
	push(t + ms(1, 9),
	    "%s[%u]: disconnect from %s ehlo=2 starttls=1 mail=1 rcpt=%u data=1 quit=1 commands=%u",
	    tag, smtpd, cl, n, 6 + n);
	for (unsigned i = 0; i < n; i++) {
		int more;

		if (inbound)
			local_user(to, sizeof(to));
		else
			remote_user(to, sizeof(to));
		end = t + ms(20, 700);
		delivery(end, q, from, to, inbound, &more);
		if (!more)
			continue;
		waits++;
		for (unsigned k = 0; k < 1 + below(3); k++) {
			int64_t again = end + (int64_t)(300 + below(3000)) *
						  1000000 * (k + 1);

			push(again,
			    "postfix/qmgr[2001]: %s: from=<%s>, size=%u, nrcpt=%u (queue active)",
			    q, from, size, n);
			push(again + 30000000,
			    "postfix/smtp[%u]: %s: to=<%s>, relay=none, delay=%u, delays=%u/0.01/30/0, dsn=4.4.1, status=deferred (connect to mx.%s[203.0.113.%u]:25: Connection timed out)",
			    pid(5100, 80), q, to, 330 + k * 900, 300 + k * 900,
			    strchr(to, '@') + 1, below(250));
			t = again + 30000000;
		}
		t += (int64_t)4000 * 1000000;
		push(t,
		    "postfix/qmgr[2001]: %s: from=<%s>, size=%u, nrcpt=%u (queue active)",
		    q, from, size, n);
		push(t + 800000,
		    "postfix/smtp[%u]: %s: to=<%s>, relay=mx2.%s[203.0.113.%u]:25, delay=%u, delays=%u/0.01/0.4/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as %08X)",
		    pid(5100, 80), q, to, strchr(to, '@') + 1, below(250),
		    5000u, 4999u, (unsigned)rnd());
		end = t + 800000;
	}
	push(end + ms(701, 900), "postfix/qmgr[2001]: %s: removed", q);
}

static void
refused(int64_t t)
{
	char from[80], to[80], cl[80], ip[40];
	unsigned smtpd = pid(3100, 100), kind = below(10);
	const char *open;

	client(cl, sizeof(cl));
	remote_user(from, sizeof(from));
	local_user(to, sizeof(to));
	open = strchr(cl, '[');
	snprintf(ip, sizeof(ip), "%.*s", (int)(strlen(open) - 2), open + 1);
	push(t, "postfix/smtpd[%u]: connect from %s", smtpd, cl);
	t += ms(50, 400);
	if (kind < 4)
		push(t,
		    "postfix/smtpd[%u]: NOQUEUE: reject: RCPT from %s: 554 5.7.1 Service unavailable; Client host [%s] blocked using zen.dnsbl.example; https://www.dnsbl.example/query/ip/%s; from=<%s> to=<%s> proto=ESMTP helo=<mail%u.example>",
		    smtpd, cl, ip, ip, from, to, below(900));
	else if (kind < 7)
		push(t,
		    "postfix/smtpd[%u]: NOQUEUE: reject: RCPT from %s: 550 5.1.1 <%s>: Recipient address rejected: User unknown in relay recipient table; from=<%s> to=<%s> proto=ESMTP helo=<mail%u.example>",
		    smtpd, cl, to, from, to, below(900));
	else if (kind < 9)
		push(t,
		    "postfix/smtpd[%u]: NOQUEUE: reject: RCPT from %s: 450 4.2.0 <%s>: Recipient address rejected: Greylisted, see http://postgrey.example/help.html; from=<%s> to=<%s> proto=ESMTP helo=<mail%u.example>",
		    smtpd, cl, to, from, to, below(900));
	else
		push(t, "postfix/smtpd[%u]: lost connection after AUTH from %s",
		    smtpd, cl);
	push(t + ms(1, 40),
	    "postfix/smtpd[%u]: disconnect from %s ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4",
	    smtpd, cl);
}

int
main(int argc, char **argv)
{
	int64_t t = start_s * 1000000;
	unsigned days;
	double step;

	begin(argc, argv, &days);
	/* about 950 bytes a happening */
	step = (double)days * 86400e6 / ((double)limit / 950.0 + 1);
	form = argc > 4 && strcmp(argv[4], "iso") == 0 ? ISO : BSD;
	while (written < limit) {
		unsigned kind = below(100);

		if (kind < 46)
			message(t, 1);
		else if (kind < 66)
			message(t, 0);
		else if (kind < 99)
			refused(t);
		else
			push(t,
			    "postfix/anvil[2900]: statistics: max connection rate %u/60s for (smtpd:203.0.113.%u)",
			    below(90), below(250));
		t += (int64_t)(step * (0.5 + (double)below(1000) / 1000));
		print_until(t);
	}
	return finish();
}
