/*
 * gen.c: writes a realistic Postfix log of a given size, always the same for
 * the same arguments.
 *
 *	gen BYTES [DAYS [SEED [bsd|iso|exim]]] > mail.log
 *
 * An ISP's mail host: mail in over SMTP (some with TLS, some refused at the
 * door, some to several recipients), mail out from authenticated customers,
 * deferrals that are retried, bounces with their notices, idle and broken
 * sessions, statistics.  Lines of different messages are interleaved as the
 * daemons would write them.  Times run over DAYS days, busier by day.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t rng_state;

static uint64_t
rnd(void)
{
	uint64_t x = rng_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return rng_state = x;
}

static unsigned
below(unsigned n)
{
	return (unsigned)((rnd() >> 11) % n);
}

static int
percent(unsigned p)
{
	return below(100) < p;
}

/* Few values often, many values seldom. */
static unsigned
skewed(unsigned n)
{
	unsigned a = below(n), b = below(n);

	a = a < b ? a : b;
	b = below(n);
	return a < b ? a : b;
}

/* ---- lines waiting for their time ---- */

struct item {
	int64_t t_us;
	uint64_t seq;
	char *text;
};

static struct item *heap;
static size_t nheap, cheap;
static uint64_t seq, written, limit;
static int iso, exim;
static const int64_t start_s = 1767225600; /* 2026-01-01 00:00 UTC */

static int
earlier(const struct item *a, const struct item *b)
{
	return a->t_us < b->t_us || (a->t_us == b->t_us && a->seq < b->seq);
}

static void
push(int64_t t, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	size_t i;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || n >= (int)sizeof(line))
		return;
	if (nheap == cheap) {
		cheap = cheap ? 2 * cheap : 4096;
		heap = realloc(heap, cheap * sizeof(*heap));
		if (!heap)
			exit(2);
	}
	struct item it = { t, seq++, malloc((size_t)n + 1) };
	if (!it.text)
		exit(2);
	memcpy(it.text, line, (size_t)n + 1);
	for (i = nheap++; i && earlier(&it, &heap[(i - 1) / 2]);
	     i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = it;
}

static void
print_top(void)
{
	static const char mon[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static time_t last = -1;
	static struct tm tm;
	struct item top = heap[0], end = heap[--nheap];
	time_t s = (time_t)(top.t_us / 1000000);
	size_t i = 0, k;
	int n;

	while ((k = 2 * i + 1) < nheap) {
		if (k + 1 < nheap && earlier(&heap[k + 1], &heap[k]))
			k++;
		if (!earlier(&heap[k], &end))
			break;
		heap[i] = heap[k];
		i = k;
	}
	heap[i] = end;
	if (s != last) {
		gmtime_r(&s, &tm);
		last = s;
	}
	if (exim)
		n = printf("%04d-%02d-%02d %02d:%02d:%02d %s\n",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec, top.text);
	else if (iso)
		n = printf("%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00 mail %s\n",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec, (int)(top.t_us % 1000000), top.text);
	else
		n = printf("%.3s %2d %02d:%02d:%02d mail %s\n",
		    mon + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec, top.text);
	written += (uint64_t)n;
	free(top.text);
}

/* ---- names ---- */

static const char *const first[] = { "anna", "ben", "carla", "david", "elena",
	"felix", "greta", "hugo", "ines", "jonas", "karin", "leo", "maria",
	"nils", "olga", "paul", "rosa", "tina", "viktor", "wanda" };
static const char *const last[] = { "adler", "becker", "conrad", "dorn",
	"engel", "fischer", "gruber", "huber", "irmler", "jansen", "keller",
	"lang", "moser", "novak", "ortner", "pichler", "reiter", "tauber" };
static const char *const words[] = { "invoice", "meeting", "project", "report",
	"offer", "contract", "photos", "order", "delivery", "question",
	"newsletter", "reminder", "schedule", "update" };

#define PICK(a) a[below(sizeof(a) / sizeof(*(a)))]

static void
local_user(char *out, size_t n)
{
	unsigned u = skewed(30000);

	snprintf(out, n, "%s.%s%u@kunden%u.example", first[u % 20],
	    last[u / 20 % 18], u / 360, u % 120);
}

static void
remote_user(char *out, size_t n)
{
	unsigned u = skewed(400000), d = skewed(5000);

	snprintf(out, n, "%s.%s%u@firma%u.example", first[u % 20],
	    last[u / 20 % 18], u / 360, d);
}

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

static void
random_id(char *out, int n)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < n; i++)
		out[i] = hex[rnd() >> 20 & 15];
	out[n] = '\0';
}

static unsigned
pid(unsigned base, unsigned n)
{
	return base + below(n) * 3;
}

/* ---- what happens ---- */

static int64_t
ms(unsigned from, unsigned to)
{
	return (int64_t)(from * 1000 + below((to - from) * 1000));
}

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

/* The same in Exim's words: arrival, deliveries, end; some put off. */
static void
exim_message(int64_t t)
{
	static const char b62[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char id[20] = "1v", from[80], to[80], mid[48], next[40];
	unsigned n = percent(12) ? 2 + below(4) : 1;
	int64_t end = t;

	for (int i = 2; i < 16; i++)
		id[i] = i == 6 || i == 13 ? '-' : b62[below(62)];
	random_id(mid, 24);
	random_id(next, 16);
	remote_user(from, sizeof(from));
	local_user(to, sizeof(to));
	push(t,
	    "%s <= %s H=mail%u.firma%u.example [203.0.%u.%u] P=esmtps X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no S=%u id=%s@%s T=\"%s %s %u\" from <%s> for %s",
	    id, from, below(7), below(5000), below(256), below(256),
	    1500 + skewed(400000), mid, strchr(from, '@') + 1, PICK(words),
	    PICK(words), below(9999), from, to);
	while (n--) {
		end = t + ms(20, 900);
		if (percent(6))
			push(end,
			    "%s == %s R=dnslookup T=remote_smtp defer (110): Connection timed out",
			    id, to);
		else if (percent(4))
			push(end,
			    "%s ** %s R=dnslookup T=remote_smtp H=mx.%s [203.0.113.%u]: SMTP error from remote mail server after RCPT TO:<%s>: 550 5.1.1 User unknown",
			    id, to, strchr(to, '@') + 1, below(250), to);
		else
			push(end,
			    "%s => %s R=dnslookup T=remote_smtp H=mx.%s [203.0.113.%u] X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no C=\"250 OK id=%s\" DT=0.%us",
			    id, to, strchr(to, '@') + 1, below(250), next,
			    below(90));
		local_user(to, sizeof(to));
	}
	push(end + ms(1, 20), "%s Completed", id);
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
	uint64_t bytes = argc > 1 ? strtoull(argv[1], NULL, 10) : 1 << 20;
	unsigned days = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	int64_t t = start_s * 1000000;
	/* about 950 bytes a happening */
	double step = (double)days * 86400e6 / ((double)bytes / 950.0 + 1);

	limit = bytes;
	rng_state =
	    argc > 3 ? strtoull(argv[3], NULL, 10) | 1 : 88172645463325252;
	iso = argc > 4 && strcmp(argv[4], "iso") == 0;
	exim = argc > 4 && strcmp(argv[4], "exim") == 0;
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	while (written < limit) {
		unsigned kind = below(100);

		if (exim)
			exim_message(t);
		else if (kind < 46)
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
		while (nheap && heap[0].t_us < t && written < limit)
			print_top();
	}
	while (nheap && written < limit + (limit >> 6))
		print_top();
	return fflush(stdout) || ferror(stdout) ? 2 : 0;
}
