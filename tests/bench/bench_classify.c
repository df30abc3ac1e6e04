/*
 * bench_classify.c: replies and bounce mails a second, on one core.
 *
 *	bench_classify [SECONDS]
 *
 * Replies are the tests of the shipped rules, each in what a server puts
 * around it, made different by a word of its own where the cache must not
 * help.  The peer asks the same rules in the same order without literal
 * finder and cache: a rule's texts as one expression, then its patterns, each
 * by PCRE2 with JIT, over the same normal form.  Mails are bounces of four
 * makes, read whole: parts, character sets, recipients, class of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/re.h"
#include "classify/normal.h"
#include "classify/notice.h"
#include "classify/rule.h"
#include "classify/unwrap.h"
#include "parsers/bounce.h"

enum { TEXTS_MAX = 4096, BATCH = 64 };

static struct str texts[TEXTS_MAX];
static size_t ntexts;
enum { ROUNDS = 5 }; /* the best counts: what else runs only takes away */

static double seconds = 0.5; /* of each */
static unsigned turn;	     /* ever: no text comes twice */

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- replies ---- */

/* The texts of `test` lines without conditions. */
static void
read_texts(struct arena *a)
{
	static const char *const around[] = {
		"%s",
		"host mx.far.example[192.0.2.1] said: %s (in reply to RCPT TO "
		"command)",
		"SMTP error from remote mail server after RCPT TO:<x@y.example>"
		": %s",
		"host mx.far.example[192.0.2.1] said: %s (in reply to end of "
		"DATA command)",
	};
	size_t k = 0;

	for (size_t i = 0; i < builtin_rules_n; i++) {
		struct str rest =
		    str_make(builtin_rules[i].text, builtin_rules[i].n);

		while (rest.p && ntexts < TEXTS_MAX) {
			struct str l = str_split(&rest, '\n');

			if (!str_starts(l, STR("test ")) || l.p[5] == '{')
				continue;
			texts[ntexts++] = arena_printf(a, around[k++ % 4],
			    arena_cstr(a, str_from(l, 5)));
		}
	}
}

static double
best(double a, double b)
{
	return a > b ? a : b;
}

static double
run_replies(struct classifier *cl, bool differ)
{
	char text[4096];
	double start = now_s(), end = start;
	unsigned long n = 0;

	for (; end - start < seconds; turn++) {
		for (size_t i = 0; i < ntexts; i++) {
			struct classify_in in = { .text = texts[i],
				.mta = STR("postfix"),
				.where = WHERE_DELIVERY };
			struct classify_out out;

			if (differ) { /* letters: no number, no token */
				char w[8];
				unsigned v = turn * 7919u + (unsigned)i;

				for (int c = 0; c < 7; c++, v /= 19)
					w[c] = (char)('g' + v % 19);
				in.text.p = text;
				in.text.n = (size_t)snprintf(text, sizeof(text),
				    STR_FMT " %.7s", STR_ARG(texts[i]), w);
			}
			classify(cl, &in, &out);
			n++;
		}
		end = now_s();
	}
	return (double)n / (end - start);
}

/* ---- the plain loop ---- */

static int
by_rank(const void *pa, const void *pb)
{
	const struct rule *a = pa, *b = pb;

	if (a->tier != b->tier)
		return (int)a->tier - (int)b->tier;
	return cls_rank(a->cls) - cls_rank(b->cls);
}

static void
quote(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && (unsigned char)s.p[i] < 0x80)
			buf_putc(b, '\\');
		buf_putc(b, s.p[i]);
	}
}

static size_t
plain_compile(struct rulebook *rb, struct re ***out)
{
	size_t n = 0, cap = 0;
	struct err err;

	for (size_t i = 0; i < builtin_rules_n; i++)
		if (rulebook_read(rb,
			str_make(builtin_rules[i].text, builtin_rules[i].n),
			builtin_rules[i].name, true, &err) < 0)
			return 0;
	qsort(rb->rule, rb->n, sizeof(*rb->rule), by_rank);
	*out = NULL;
	for (size_t i = 0; i < rb->n; i++) {
		struct rule *r = &rb->rule[i];
		struct buf b = BUF_INIT(1 << 20);

		for (size_t k = 0; k < r->nalts; k++)
			if (r->alt[k].kind == ALT_TEXT) {
				buf_puts(&b, b.n ? "|" : "\\b(?:");
				quote(&b, r->alt[k].text);
			}
		if (b.n)
			buf_puts(&b, ")");
		for (size_t k = 0; k <= r->nalts; k++) {
			struct str p =
			    k == r->nalts ? buf_str(&b) : r->alt[k].text;

			if (!p.n ||
			    (k < r->nalts && r->alt[k].kind != ALT_PATTERN))
				continue;
			if (n == cap) {
				cap = cap ? 2 * cap : 1024;
				*out = realloc(*out, cap * sizeof(**out));
			}
			(*out)[n] = re_new(p, 0, &err);
			if ((*out)[n])
				n++;
		}
		buf_release(&b);
	}
	return n;
}

static double
run_plain(struct re *const *pl, size_t npl)
{
	static struct normal nm;
	double start = now_s(), end = start;
	unsigned long n = 0, hits = 0;

	while (end - start < seconds) {
		for (size_t i = 0; i < ntexts && end - start < seconds; i++) {
			struct unwrapped u;
			struct str t;

			unwrap(texts[i], &u);
			normalise(&nm, str_from(u.core, u.head), u.code, u.dsn);
			t = str_make(nm.text, nm.n);
			for (size_t k = 0; k < npl; k++)
				if (re_match(pl[k], t, NULL, 0) == 1) {
					hits++;
					break;
				}
			n++;
			end = now_s();
		}
	}
	return hits ? (double)n / (end - start) : 0;
}

/* ---- mails ---- */

#define ORIGINAL                                                               \
	"Received: from pc01.isp.example (pc01.isp.example [192.0.2.9])\r\n"   \
	"\tby smtp.isp.example with ESMTPSA id 4Q1w2E3r4T5y; "                 \
	"Sat, 21 Nov 2026 09:00:00 +0000 (UTC)\r\n"                            \
	"From: Anna Berg <anna@isp.example>\r\n"                               \
	"To: Bert Cole <bert@far.example>\r\n"                                 \
	"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_dem_Urlaub?=\r\n"              \
	"Date: Sat, 21 Nov 2026 09:00:00 +0000\r\n"                            \
	"Message-ID: <20261121090000.1234@isp.example>\r\n"                    \
	"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" \
	"Hello Bert,\r\nthe pictures are on the server now.\r\n\r\nAnna\r\n"

#define HEAD(from, subject, type)                                              \
	"Return-Path: <>\r\n"                                                  \
	"Received: by smtp.isp.example; Sat, 21 Nov 2026 09:00:05 +0000\r\n"   \
	"From: " from "\r\nTo: anna@isp.example\r\nSubject: " subject "\r\n"   \
	"Date: Sat, 21 Nov 2026 09:00:05 +0000\r\n"                            \
	"Message-ID: <20261121090005.5678@isp.example>\r\n"                    \
	"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"                \
	"Content-Type: " type "\r\n\r\n"

#define REPORT "multipart/report; report-type=delivery-status; boundary=\"b1\""

static const char *const mails[] = {
	/* Postfix */
	HEAD("MAILER-DAEMON@smtp.isp.example (Mail Delivery System)",
	    "Undelivered Mail Returned to Sender",
	    REPORT) "This is a MIME-encapsulated message.\r\n\r\n--b1\r\n"
		    "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
		    "This is the mail system at host smtp.isp.example.\r\n\r\n"
		    "I'm sorry to have to inform you that your message could not\r\n"
		    "be delivered to one or more recipients. It's attached below.\r\n\r\n"
		    "<bert@far.example>: host mx.far.example[192.0.2.1] said: 550 5.1.1\r\n"
		    "    <bert@far.example>: Recipient address rejected: User unknown in\r\n"
		    "    virtual mailbox table (in reply to RCPT TO command)\r\n\r\n"
		    "--b1\r\nContent-Type: message/delivery-status\r\n\r\n"
		    "Reporting-MTA: dns; smtp.isp.example\r\n"
		    "X-Postfix-Queue-ID: 4Q1w2E3r4T5y\r\n\r\n"
		    "Final-Recipient: rfc822; bert@far.example\r\nAction: failed\r\n"
		    "Status: 5.1.1\r\nRemote-MTA: dns; mx.far.example\r\n"
		    "Diagnostic-Code: smtp; 550 5.1.1 <bert@far.example>: Recipient\r\n"
		    "    address rejected: User unknown in virtual mailbox table\r\n\r\n"
		    "--b1\r\nContent-Type: message/rfc822\r\n\r\n" ORIGINAL
		    "--b1--\r\n",
	/* Exim */
	HEAD("Mail Delivery System <Mailer-Daemon@smtp.isp.example>",
	    "Mail delivery failed: returning message to sender",
	    "text/plain") "This message was created automatically by mail delivery software.\r\n"
			  "\r\nA message that you sent could not be delivered to one or more of "
			  "its\r\nrecipients. This is a permanent error. The following "
			  "address(es) failed:\r\n\r\n  bert@far.example\r\n"
			  "    host mx.far.example [192.0.2.1]\r\n"
			  "    SMTP error from remote mail server after RCPT TO:"
			  "<bert@far.example>:\r\n"
			  "    552 5.2.2 <bert@far.example>: Recipient address rejected: user is "
			  "over quota\r\n\r\n"
			  "------ This is a copy of the message, including all the headers. "
			  "------\r\n\r\n" ORIGINAL,
	/* Gmail */
	HEAD("Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
	    "Delivery Status Notification (Failure)",
	    REPORT) "--b1\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n"
		    "KiogTWVzc2FnZSBibG9ja2VkICoqCgpZb3VyIG1lc3NhZ2UgdG8gYmVydEBmYXIuZXhh\r\n"
		    "bXBsZSBoYXMgYmVlbiBibG9ja2VkLgoKVGhlIHJlc3BvbnNlIHdhczoKCjU1MCA1Ljcu\r\n"
		    "MSBNZXNzYWdlIHJlamVjdGVkIGFzIHNwYW0K\r\n"
		    "--b1\r\nContent-Type: message/delivery-status\r\n\r\n"
		    "Reporting-MTA: dns; googlemail.com\r\n\r\n"
		    "Final-Recipient: rfc822; bert@far.example\r\nAction: failed\r\n"
		    "Status: 5.7.1\r\nDiagnostic-Code: smtp; 550-5.7.1 [192.0.2.9 12] Our "
		    "system has detected that this\r\n 550-5.7.1 message is likely "
		    "unsolicited mail. To reduce the amount of spam\r\n 550 5.7.1 sent, "
		    "this message has been blocked.\r\n\r\n"
		    "--b1\r\nContent-Type: message/rfc822\r\n\r\n" ORIGINAL
		    "--b1--\r\n",
	/* qmail */
	HEAD("MAILER-DAEMON@smtp.isp.example", "failure notice",
	    "text/plain") "Hi. This is the qmail-send program at smtp.isp.example.\r\n"
			  "I'm afraid I wasn't able to deliver your message to the following "
			  "addresses.\r\nThis is a permanent error; I've given up. Sorry it "
			  "didn't work out.\r\n\r\n<bert@far.example>:\r\n"
			  "192.0.2.1 does not like recipient.\r\n"
			  "Remote host said: 550 no such user here\r\nGiving up on 192.0.2.1."
			  "\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n" ORIGINAL,
};

static double
run_mails(struct classifier *cl)
{
	const size_t nmails = sizeof(mails) / sizeof(*mails);
	double start = now_s(), end = start;
	unsigned long n = 0, missed = 0;
	struct arena a = { 0 };

	while (end - start < seconds) {
		for (size_t i = 0; i < BATCH; i++) {
			struct str mail = str_c(mails[i % nmails]);
			struct bounce b;

			bounce_read(&b, &a, mail);
			missed += b.nrcpt != 1;
			for (size_t k = 0; k < b.nrcpt; k++) {
				struct notice no;

				notice_classify(cl, &b, &b.rcpt[k], &no);
				missed += no.c.cls == CLS_UNKNOWN;
			}
			arena_clear(&a);
			n++;
		}
		end = now_s();
	}
	arena_release(&a);
	if (missed)
		printf("bench_classify: %lu mails not understood\n", missed);
	return (double)n / (end - start);
}

int
main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct rulebook rb = { 0 };
	struct re **pl = NULL;
	struct err err;
	struct classifier *cl = classifier_new(NULL, 0, &err);
	double uncached = 0, cached = 0, plain = 0, notices = 0;
	size_t npl;

	if (argc > 1 && atof(argv[1]) > 0)
		seconds = atof(argv[1]);
	if (!cl) {
		fprintf(stderr, "bench_classify: %s\n", err.msg);
		return 2;
	}
	read_texts(&a);
	npl = plain_compile(&rb, &pl);
	for (int i = 0; i < ROUNDS; i++) {
		uncached = best(uncached, run_replies(cl, true));
		cached = best(cached, run_replies(cl, false));
		plain = best(plain, run_plain(pl, npl));
		notices = best(notices, run_mails(cl));
	}
	printf("replies uncached      %.0f a second, %zu texts, goal 250000\n",
	    uncached, ntexts);
	printf("replies cached        %.0f a second, goal 1000000\n", cached);
	printf("a plain loop          %.0f a second, %zu expressions\n", plain,
	    npl);
	printf("  mailtrace, uncached %.0f times that\n",
	    plain > 0 ? uncached / plain : 0.0);
	printf("bounce mails          %.0f a second, goal 5000\n", notices);
	for (size_t i = 0; i < npl; i++)
		re_free(pl[i]);
	free(pl);
	rulebook_release(&rb);
	classifier_free(cl);
	arena_release(&a);
	return 0;
}
