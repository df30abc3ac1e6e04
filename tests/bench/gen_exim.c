/*
 * gen_exim.c: writes the log that an Exim writes of the mail that gen.c makes,
 * of a given size, always the same for the same arguments.
 *
 *	gen_exim BYTES [DAYS [SEED]] > mainlog
 *
 * As much comes in, goes out and is refused as there, from and to as many, put
 * off and given up as often; what differs is how a server tells it.  The lines
 * have the form of the lab's Exim 4.96 with the selectors of our host there
 * (subject, recipients, sender and size on deliveries, queue and delivery
 * time); so have those beside a message: DKIM, hosts that did not answer,
 * recipients whose time has not come, queue runs.
 */
#include "gen_part.h"

enum {
	ID_LEN = 16, /* 1va538-00025b-1g: time, pid, fraction */
	TEXT = 1500,
};

static const char b62[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void
base62(char *out, int n, uint64_t v)
{
	while (n--) {
		out[n] = b62[v % 62];
		v /= 62;
	}
}

/* As string_base62() in Exim makes them: of time, process and fraction. */
static void
message_id(char out[ID_LEN + 1], int64_t t)
{
	static uint64_t process = 3000;

	process += 2 + below(6);
	base62(out, 6, (uint64_t)t / 1000000);
	out[6] = '-';
	base62(out + 7, 6, process % 4194304);
	out[13] = '-';
	base62(out + 14, 2, (uint64_t)t % 1000000 / 500);
	out[ID_LEN] = '\0';
}

static void
header_id(char *out, size_t n, const char *domain)
{
	char a[24], b[24];

	random_id(a, 20);
	random_id(b, 12);
	switch (below(3)) {
	case 0:
		snprintf(out, n, "%.8s-%.4s-%.4s-%.4s-%s@%s", a, a + 8, a + 12,
		    a + 16, b, domain);
		break;
	case 1:
		snprintf(out, n, "%.15s.%.10s@%s", a, b, domain);
		break;
	default:
		snprintf(out, n, "d%05u.%08u.JavaMail.app@%s", below(100000),
		    below(100000000), domain);
	}
}

/* "mail1.a.example [192.0.2.1]", or without a name, "(helo) [192.0.2.1]". */
static void
client(char *out, size_t n)
{
	unsigned c = skewed(60000);

	if (c % 9 == 0)
		snprintf(out, n, "(mail%u.example) [198.51.%u.%u]", c % 900,
		    c % 256, c / 256 % 256);
	else
		snprintf(out, n, "mail%u.firma%u.example [203.0.%u.%u]", c % 7,
		    c % 5000, c % 256, c / 256 % 256);
}

static const char *
domain_of(const char *address)
{
	return strchr(address, '@') + 1;
}

/* A message in the queue. */
struct mail {
	char id[ID_LEN + 1], from[80];
	unsigned size;
};

static void
to_mailbox(int64_t t, const struct mail *m, const char *to, const char *qt)
{
	push(t,
	    "%s => %.*s <%s> F=<%s> R=virtual_user T=maildir_delivery S=%u QT=%s DT=0s",
	    m->id, (int)(domain_of(to) - 1 - to), to, to, m->from,
	    m->size + 90 + below(60), qt);
}

/* What the next hop answers: Postfix, or another Exim. */
static void
answer(char *out, size_t n, int64_t t, unsigned size)
{
	char id[ID_LEN + 1];

	if (percent(60)) {
		base62(id, 12, rnd());
		snprintf(out, n, "250 2.0.0 Ok: %u bytes queued as 4%.8sz%.4s",
		    size, id, id + 8);
	} else {
		message_id(id, t);
		snprintf(out, n, "250 OK id=%s", id);
	}
}

static void
to_others(int64_t t, const struct mail *m, const char *to, const char *flag,
    const char *qt)
{
	char reply[120];
	unsigned size = m->size + 40 + below(60);

	answer(reply, sizeof(reply), t, size);
	push(t,
	    "%s %s %s F=<%s> R=dnslookup T=remote_smtp S=%u H=mx.%s [203.0.113.%u] X=TLS1.3:ECDHE_SECP256R1__ECDSA_SECP256R1_SHA256__AES_256_GCM:256 CV=yes K C=\"%s\" QT=%s DT=%us",
	    m->id, flag, to, m->from, size, domain_of(to), below(250), reply,
	    qt, below(3));
}

static void
completed(int64_t t, const struct mail *m)
{
	push(t, "%s Completed", m->id);
}

/* A bounce of our own about `old`; it goes where that came from. */
static void
bounce(int64_t t, const struct mail *old)
{
	struct mail m = { .from = "", .size = 2000 + below(6000) };

	message_id(m.id, t);
	push(t, "%s <= <> R=%s U=Debian-exim P=local S=%u for %s", m.id,
	    old->id, m.size, old->from);
	t += ms(60, 400);
	to_others(t, &m, old->from, "=>", "0s");
	completed(t + ms(1, 9), &m);
}

/* "1h2m3s" */
static const char *
duration(char out[32], int64_t us)
{
	unsigned s = (unsigned)(us / 1000000);

	if (s >= 3600)
		snprintf(out, 32, "%uh%um%us", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(out, 32, "%um%us", s / 60, s % 60);
	return out;
}

/* Put off; tried again, or not yet, at each queue run; given up at last. */
static int64_t
put_off(int64_t t, const struct mail *m, const char *to, int here)
{
	int64_t from = t;
	char qt[32], why[TEXT];
	unsigned runs = 1 + below(3);

	if (here)
		snprintf(why, sizeof(why),
		    "R=virtual_user T=maildir_delivery defer (-22) DT=0s: mailbox is full (MTA-imposed quota exceeded while writing to tmp/%u.M%uP%u.mbox.isp.example)",
		    (unsigned)(t / 1000000), below(1000000), below(40000));
	else if (percent(50))
		snprintf(why, sizeof(why),
		    "R=dnslookup T=remote_smtp defer (110) H=mx.%s [203.0.113.%u] DT=2m7s: Connection timed out",
		    domain_of(to), below(250));
	else
		snprintf(why, sizeof(why),
		    "R=dnslookup T=remote_smtp defer (-44) H=mx.%s [203.0.113.%u] DT=1s: SMTP error from remote mail server after RCPT TO:<%s>: 450 4.2.0 <%s>: Recipient address rejected: Greylisted, see http://postgrey.example/help/%s.html",
		    domain_of(to), below(250), to, to, domain_of(to));
	for (;;) {
		if (!here)
			push(t - 900000,
			    "%s H=mx.%s [203.0.113.%u] Connection timed out",
			    m->id, domain_of(to), below(250));
		push(t, "%s == %s %s", m->id, to, why);
		if (!runs--)
			break;
		for (unsigned k = below(4); k; k--) {
			t += (int64_t)900 * 1000000;
			push(t, "%s == %s %s", m->id, to,
			    here ?
				"R=virtual_user T=maildir_delivery defer (-53) DT=0s: Retry time not yet reached" :
				"routing defer (-52): retry time not reached");
		}
		t += (int64_t)900 * 1000000;
	}
	t += (int64_t)1800 * 1000000;
	duration(qt, t - from);
	if (here && percent(50)) {
		push(t, "%s ** %s: retry timeout exceeded", m->id, to);
		bounce(t + 300, m);
	} else if (here) {
		to_mailbox(t, m, to, qt);
	} else {
		to_others(t, m, to, "=>", qt);
	}
	return t;
}

/* How the client came, and who it is. */
static void
protocol(char *out, size_t n, const struct mail *m, int inbound)
{
	static const char tls[] =
	    "X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no";

	if (!inbound)
		snprintf(out, n, "esmtpsa %s A=plain_login:%s", tls, m->from);
	else if (percent(60))
		snprintf(out, n, "esmtps %s", tls);
	else
		snprintf(out, n, "esmtp");
}

static int64_t
delivery(int64_t t, const struct mail *m, const char *to, int inbound,
    int is_first)
{
	unsigned kind = below(1000);

	if (inbound && kind < 12)
		return put_off(t, m, to, 1);
	if (inbound) {
		to_mailbox(t, m, to, "0s");
	} else if (kind < 35) {
		push(t,
		    "%s ** %s F=<%s> R=dnslookup T=remote_smtp H=mx.%s [203.0.113.%u] X=TLS1.3:ECDHE_SECP256R1__ECDSA_SECP256R1_SHA256__AES_256_GCM:256 CV=yes: SMTP error from remote mail server after RCPT TO:<%s>: 550 5.1.1 <%s>: Recipient address rejected: User unknown in virtual mailbox table",
		    m->id, to, m->from, domain_of(to), below(250), to, to);
		bounce(t + 300, m);
	} else if (kind < 95) {
		return put_off(t, m, to, 0);
	} else {
		to_others(t, m, to, is_first ? "=>" : "->", "0s");
	}
	return t;
}

static void
message(int64_t t, int inbound)
{
	unsigned n = percent(12) ? 2 + below(4) : 1;
	struct mail m = { .size = 1500 + skewed(400000) };
	char to[5][80], rcpts[TEXT], mid[120], cl[100], proto[200];
	int64_t done = t;

	message_id(m.id, t);
	client(cl, sizeof(cl));
	if (inbound)
		remote_user(m.from, sizeof(m.from));
	else
		local_user(m.from, sizeof(m.from));
	protocol(proto, sizeof(proto), &m, inbound);
	header_id(mid, sizeof(mid), domain_of(m.from));
	rcpts[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		if (inbound)
			local_user(to[i], sizeof(to[i]));
		else
			remote_user(to[i], sizeof(to[i]));
		snprintf(rcpts + strlen(rcpts), sizeof(rcpts) - strlen(rcpts),
		    " %s", to[i]);
	}
	if (inbound && percent(20))
		push(t,
		    "%s DKIM: d=%s s=mail c=relaxed/relaxed a=rsa-sha256 b=2048 [verification succeeded]",
		    m.id, domain_of(m.from));
	push(t + 1,
	    "%s <= %s H=%s P=%s S=%u id=%s T=\"%s %s %u\" from <%s> for%s",
	    m.id, m.from, cl, proto, m.size, mid, PICK(words), PICK(words),
	    below(9999), m.from, rcpts);
	for (unsigned i = 0; i < n; i++) {
		int64_t end;

		t += ms(20, 700);
		end = delivery(t, &m, to[i], inbound, i == 0);
		done = end > done ? end : done;
	}
	completed(done + ms(1, 9), &m);
}

static void
refused(int64_t t)
{
	char from[80], to[80], cl[100];
	unsigned kind = below(100);

	client(cl, sizeof(cl));
	remote_user(from, sizeof(from));
	local_user(to, sizeof(to));
	if (kind < 40)
		push(t,
		    "H=%s F=<%s> rejected RCPT <%s>: 554 5.7.1 Service unavailable; Client host %s blocked using zen.dnsbl.example; https://www.dnsbl.example/query/",
		    cl, from, to, strchr(cl, '['));
	else if (kind < 70)
		push(t, "H=%s F=<%s> rejected RCPT <%s>: Unknown user", cl,
		    from, to);
	else if (kind < 90)
		push(t,
		    "H=%s F=<%s> temporarily rejected RCPT <%s>: 451 4.7.1 Greylisting in action, please come back later",
		    cl, from, to);
	else
		push(t, "SMTP connection from %s lost", cl);
}

int
main(int argc, char **argv)
{
	int64_t t = start_s * 1000000, run = t;
	unsigned days;
	double step;

	begin(argc, argv, &days);
	form = NATIVE;
	/* about 520 bytes a happening */
	step = (double)days * 86400e6 / ((double)limit / 520.0 + 1);
	while (written < limit) {
		unsigned kind = below(99);

		if (kind < 66)
			message(t, kind < 46);
		else
			refused(t);
		for (; run <= t; run += (int64_t)900 * 1000000) {
			unsigned process = 1000 + below(60000);

			push(run, "Start queue run: pid=%u", process);
			push(run + ms(100, 4000), "End queue run: pid=%u",
			    process);
		}
		t += (int64_t)(step * (0.5 + (double)below(1000) / 1000));
		print_until(t);
	}
	return finish();
}
