/*
 * check_server.c: M01-M15: what one conversation says about the
 * server, and the state that follows from it.
 *
 * A refusal that names us (our address, name, reputation, a list) is no
 * fault of theirs: M13.  "Relay denied" is theirs: M11.
 */
#include "live/checks.h"
#include "live/job.h"
#include "live/smtp.h"
#include "base/banned.h"

enum { CERT_SOON = 14, DAY = 86400, SIZE_LEAST = 10000000, TLS12 = 0x0303 };

/* ---- helpers ---- */

static struct str
line_of(struct job *j, const struct smtp_reply *r)
{
	struct str text = str_head(r->text, 300);
	struct str first = text;

	first = str_split(&text, '\n');
	return arena_printf(&j->scratch, "%03d " STR_FMT, r->code,
	    STR_ARG(first));
}

static const char *
broke_off(const struct smtp_reply *r)
{
	switch (r->end) {
	case END_TIMEOUT:
		return "no answer in time";
	case END_CLOSED:
		return "the connection was closed";
	case END_TOO_BIG:
		return "more than 64 KiB without an end";
	case END_NOT_SMTP:
		return "that is not SMTP";
	case END_UNREACHABLE:
		return "no way to the server";
	case END_REFUSED:
		return "nothing listens there";
	default:
		return "the conversation did not come that far";
	}
}

/* Not tried, or not come that far: true, with the finding filled. */
static bool
not_there(struct job *j, struct finding *f, enum smtp_step step)
{
	const struct probe *p = f->probe;

	if (p->untested)
		return found_unknown(j, f, STR_FMT, STR_ARG(p->why));
	if (p->step[step].end == END_NOT_REACHED)
		return found_skip(j, f,
		    "the conversation did not come that "
		    "far");
	return false;
}

static void
time_of(struct finding *f, enum smtp_step step)
{
	f->took_us = f->probe->step[step].took_us;
}

static bool
is_good(const struct smtp_reply *r)
{
	return r->end == END_REPLY && r->code >= 200 && r->code < 300;
}

/* ---- the checks ---- */

static bool
v4_connects(const struct job *j, const struct probe *p)
{
	for (size_t i = 0; i < j->nprobe; i++)
		if (j->probe[i]->host == p->host && j->probe[i]->ip.n == 4 &&
		    j->probe[i]->step[STEP_CONNECT].end == END_DONE)
			return true;
	return false;
}

bool
check_m01(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r = &p->step[STEP_CONNECT];
	bool v6 = p->ip.n == 16;

	if (p->untested)
		return found_unknown(j, f, STR_FMT, STR_ARG(p->why));
	time_of(f, STEP_CONNECT);
	if (r->end == END_DONE) {
		if (r->took_us > j->live->conf.limits.slow_connect_us)
			return found_pass(j, f, "connected, slowly");
		return found_pass(j, f, "connected");
	}
	if (v6 && r->end == END_UNREACHABLE)
		return found_unknown(j, f, "there is no IPv6 from here");
	found_evidence(j, f, "%s", broke_off(r));
	return found(j, f, v6 && v4_connects(j, p) ? CHECK_WARN : CHECK_FAIL,
	    STR_FMT " (" STR_FMT ") does not answer on port 25: %s",
	    STR_ARG(p->name), STR_ARG(ip_text(&j->scratch, &p->ip)),
	    broke_off(r));
}

static bool
hidden_banner(const struct smtp_reply *r)
{
	size_t stars = 0;

	for (size_t i = 0; i < r->text.n; i++)
		stars += r->text.p[i] == '*';
	return stars >= 4 && stars * 2 >= r->text.n;
}

bool
check_m02(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r = &p->step[STEP_GREETING];

	if (not_there(j, f, STEP_GREETING))
		return true;
	time_of(f, STEP_GREETING);
	if (r->end != END_REPLY) {
		found_evidence(j, f, STR_FMT, STR_ARG(str_head(r->text, 200)));
		return found(j, f, CHECK_FAIL,
		    r->end == END_TIMEOUT ? STR_FMT
			" did not greet in time: too slow for this test "
			"(%s)" :
					    STR_FMT
			" does not greet as a mail server: %s",
		    STR_ARG(p->name), broke_off(r));
	}
	found_evidence(j, f, STR_FMT, STR_ARG(line_of(j, r)));
	if (r->code == 220)
		return hidden_banner(r) ? found(j, f, CHECK_INFO,
					      "a firewall "
					      "hides the greeting") :
					  found_pass(j, f, "it greets");
	return found(j, f, r->code == 421 ? CHECK_WARN : CHECK_FAIL,
	    STR_FMT " greets with " STR_FMT, STR_ARG(p->name),
	    STR_ARG(line_of(j, r)));
}

bool
check_m03(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r = &p->step[STEP_GREETING];
	double s = (double)r->took_us / 1e6;

	if (not_there(j, f, STEP_GREETING))
		return true;
	time_of(f, STEP_GREETING);
	if (r->end == END_TIMEOUT)
		return found(j, f, CHECK_FAIL,
		    "no greeting after %.0f s: too "
		    "slow for this test; the standard allows 5 minutes",
		    s);
	if (r->end != END_REPLY)
		return found_skip(j, f, "there was no greeting");
	if (r->took_us > j->live->conf.limits.slow_greeting_us)
		return found(j, f, CHECK_WARN,
		    "the greeting took %.0f s: "
		    "slow on purpose or overloaded",
		    s);
	return found_pass(j, f, "the greeting took %.1f s", s);
}

bool
check_m04(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r = &p->step[STEP_EHLO];

	if (not_there(j, f, STEP_EHLO))
		return true;
	time_of(f, STEP_EHLO);
	if (is_good(r) && j->kind == JOB_ADDRESS && j->address.utf8_local &&
	    !p->utf8)
		return found(j, f, CHECK_WARN,
		    STR_FMT " takes no addresses with letters beyond ASCII "
			    "before the @ (no SMTPUTF8)",
		    STR_ARG(p->name));
	if (is_good(r))
		return found_pass(j, f, "EHLO is understood");
	if (r->end == END_REPLY)
		found_evidence(j, f, STR_FMT, STR_ARG(line_of(j, r)));
	if (is_good(&p->helo))
		return found(j, f,
		    hidden_banner(&p->step[STEP_GREETING]) ? CHECK_INFO :
							     CHECK_WARN,
		    STR_FMT " knows only HELO", STR_ARG(p->name));
	if (r->code == 421)
		return found(j, f, CHECK_WARN, STR_FMT " hangs up: " STR_FMT,
		    STR_ARG(p->name), STR_ARG(line_of(j, r)));
	return found(j, f, CHECK_FAIL, STR_FMT " refuses EHLO and HELO (%s)",
	    STR_ARG(p->name),
	    r->end == END_REPLY ? "by a reply" : broke_off(r));
}

bool
check_m05(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;

	if (not_there(j, f, STEP_EHLO))
		return true;
	if (!is_good(&p->step[STEP_EHLO]) && !is_good(&p->helo))
		return found_skip(j, f, "there was no EHLO");
	if (p->starttls)
		return found_pass(j, f, "STARTTLS is offered");
	if (!p->esmtp && hidden_banner(&p->step[STEP_GREETING]))
		return found(j, f, CHECK_INFO,
		    "a firewall hides what the "
		    "server can do");
	if (probe_policy(p)) {
		f->severity = SEV_MAJOR;
		return found(j, f, CHECK_FAIL,
		    STR_FMT " offers no encryption "
			    "although its domain demands it",
		    STR_ARG(p->name));
	}
	if (p->odd_ehlo)
		return found_unknown(j, f,
		    "the server's list of what it can "
		    "do breaks the standard's limits; it may be cut");
	return found(j, f, p->esmtp ? CHECK_WARN : CHECK_FAIL,
	    STR_FMT " takes mail only without encryption", STR_ARG(p->name));
}

bool
check_m06(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r = &p->step[STEP_STARTTLS];
	struct str why = p->tls_error;

	if (not_there(j, f, STEP_STARTTLS))
		return true;
	time_of(f, STEP_TLS);
	if (probe_policy(p))
		f->severity = SEV_MAJOR;
	if (p->injected)
		return found(j, f, CHECK_FAIL,
		    STR_FMT
		    " sends plain text "
		    "behind its answer to STARTTLS; it was thrown away, but "
		    "somebody may be putting words in",
		    STR_ARG(p->name));
	if (p->tls_ok) {
		found_evidence(j, f, STR_FMT " " STR_FMT,
		    STR_ARG(p->tls_version_name), STR_ARG(p->tls_cipher));
		if (p->tls_version < TLS12)
			return found(j, f, CHECK_WARN,
			    STR_FMT " knows only "
				    "the outdated " STR_FMT,
			    STR_ARG(p->name), STR_ARG(p->tls_version_name));
		return found_pass(j, f, STR_FMT, STR_ARG(p->tls_version_name));
	}
	if (r->end == END_REPLY && r->code != 220)
		why = line_of(j, r);
	else if (!why.n)
		why = str_c(
		    broke_off(r->end == END_REPLY ? &p->step[STEP_TLS] : r));
	return found(j, f, CHECK_FAIL,
	    STR_FMT " offers encryption, but it "
		    "fails (" STR_FMT "); senders that insist cannot deliver",
	    STR_ARG(p->name), STR_ARG(why));
}

bool
check_m07(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	int64_t left;
	long days;

	if (p->untested)
		return found_unknown(j, f, STR_FMT, STR_ARG(p->why));
	if (!p->cert.have)
		return found_skip(j, f, "no certificate was seen");
	left = p->cert.not_after_s - job_now_s(j);
	days = (long)(left / DAY);
	found_evidence(j, f, "issued to " STR_FMT " by " STR_FMT,
	    STR_ARG(p->cert.subject), STR_ARG(p->cert.issuer));
	if (p->ours)
		f->severity = SEV_MAJOR;
	if (left < 0)
		return found(j, f,
		    p->ours || p->sts == STS_ENFORCE ? CHECK_FAIL : CHECK_WARN,
		    "the certificate of " STR_FMT " ended %ld days ago",
		    STR_ARG(p->name), -days);
	if (days <= CERT_SOON)
		return found(j, f, CHECK_WARN,
		    "the certificate of " STR_FMT " ends in %ld days",
		    STR_ARG(p->name), days);
	if (p->cert.not_before_s > job_now_s(j))
		return found(j, f, CHECK_WARN,
		    "the certificate of " STR_FMT " is not valid yet",
		    STR_ARG(p->name));
	return found_pass(j, f, "%ld days left", days);
}

bool
check_m08(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct cert_facts *c = &p->cert;
	struct str why;

	if (p->untested)
		return found_unknown(j, f, STR_FMT, STR_ARG(p->why));
	if (!c->have)
		return found_skip(j, f, "no certificate was seen");
	if (c->trusted && c->name_fits)
		return found_pass(j, f, "trusted, and made out to this name");
	found_evidence(j, f, "names: " STR_FMT, STR_ARG(c->names));
	why = c->self_signed ? STR("self-signed") :
	      !c->trusted    ? c->why :
			       STR("made out to another name");
	if (p->sts == STS_ENFORCE) {
		f->severity = SEV_MAJOR;
		return found(j, f, CHECK_FAIL,
		    "the certificate of " STR_FMT
		    " does not satisfy the TLS policy of the domain (" STR_FMT
		    "); Google and others hold back mail",
		    STR_ARG(p->name), STR_ARG(why));
	}
	return found(j, f, p->sts == STS_TESTING ? CHECK_WARN : CHECK_INFO,
	    "the certificate of " STR_FMT " is not one that others can check "
	    "(" STR_FMT "); for mail that is usual",
	    STR_ARG(p->name), STR_ARG(why));
}

bool
check_m09(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;

	if (p->untested)
		return found_unknown(j, f, STR_FMT, STR_ARG(p->why));
	if (!p->dane_secure)
		return found_skip(j, f,
		    "no usable TLSA record in a signed "
		    "zone");
	if (p->dane == DANE_MATCH)
		return found_pass(j, f, "the key fits its DANE record");
	if (p->dane == DANE_MISMATCH)
		return found(j, f, CHECK_FAIL,
		    "the key of " STR_FMT " does "
		    "not fit its DANE record; Postfix and Microsoft hold back "
		    "mail",
		    STR_ARG(p->name));
	if (is_good(&p->step[STEP_EHLO]))
		return found(j, f, CHECK_FAIL,
		    STR_FMT " has DANE records but "
			    "no encryption that works",
		    STR_ARG(p->name));
	return found_skip(j, f, "no certificate was seen");
}

bool
check_m10(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r = &p->step[STEP_MAIL];

	if (not_there(j, f, STEP_MAIL))
		return true;
	time_of(f, STEP_MAIL);
	if (r->end != END_REPLY)
		return found_unknown(j, f, "%s", broke_off(r));
	if (is_good(r))
		return found_pass(j, f, "the empty sender is accepted");
	found_evidence(j, f, STR_FMT, STR_ARG(line_of(j, r)));
	if (p->step[STEP_MAIL2].end == END_REPLY &&
	    !is_good(&p->step[STEP_MAIL2]) && probe_refusal(p))
		return found_unknown(j, f, "any sender of ours is refused");
	return found(j, f, r->code < 500 ? CHECK_WARN : CHECK_FAIL,
	    STR_FMT " %s bounces and read receipts", STR_ARG(p->name),
	    r->code < 500 ? "puts off" : "refuses");
}

bool
check_m11(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r = &p->step[STEP_RCPT];
	const struct smtp_reply *mail = &p->step[STEP_MAIL];
	bool backup =
	    p->host > 0 && j->route.host[p->host].pref > j->route.host[0].pref;

	if (p->untested)
		return found_unknown(j, f, STR_FMT, STR_ARG(p->why));
	if (probe_refusal(p))
		return found_unknown(j, f, "it refuses us before that");
	if (r->end == END_NOT_REACHED && mail->end != END_NOT_REACHED &&
	    mail->end != END_REPLY)
		return found(j, f, CHECK_FAIL,
		    STR_FMT " breaks off at the "
			    "sender: %s",
		    STR_ARG(p->name), broke_off(mail));
	if (not_there(j, f, STEP_RCPT))
		return true;
	time_of(f, STEP_RCPT);
	if (r->end != END_REPLY)
		return found(j, f, CHECK_FAIL,
		    STR_FMT " breaks off at the "
			    "recipient: %s",
		    STR_ARG(p->name), broke_off(r));
	found_evidence(j, f, STR_FMT, STR_ARG(line_of(j, r)));
	if (is_good(r))
		return found_pass(j, f, "it takes mail for " STR_FMT,
		    STR_ARG(j->shown));
	if (r->code == 450 || r->code == 451)
		return found_pass(j, f, "it asks to come back (greylisting)");
	if (r->code < 500)
		return found(j, f, CHECK_WARN,
		    STR_FMT " puts mail for " STR_FMT " off: " STR_FMT,
		    STR_ARG(p->name), STR_ARG(j->shown),
		    STR_ARG(line_of(j, r)));
	if (!smtp_relay_denied(r) && r->code != 554 &&
	    (smtp_user_unknown(r) || r->code == 550 || r->code == 553))
		return found(j, f, CHECK_WARN,
		    STR_FMT
		    " knows the domain, "
		    "but not the address postmaster, which is mandatory",
		    STR_ARG(p->name));
	return found(j, f, CHECK_FAIL,
	    "the %s " STR_FMT " does not know " STR_FMT
	    " and returns its mail as undeliverable",
	    backup ? "backup" : "server", STR_ARG(p->name), STR_ARG(j->shown));
}

bool
check_m12(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r = &p->step[STEP_RECIPIENT];
	struct str who = j->address.normal;
	bool full, locked;

	if (j->kind != JOB_ADDRESS)
		return found_skip(j, f, "no address was given");
	if (!p->recipient.n)
		return found_skip(j, f,
		    "no address but postmaster is named "
		    "without permission");
	if (not_there(j, f, STEP_RECIPIENT))
		return true;
	time_of(f, STEP_RECIPIENT);
	if (r->end != END_REPLY)
		return found_unknown(j, f, "%s", broke_off(r));
	found_evidence(j, f, STR_FMT, STR_ARG(line_of(j, r)));
	full = str_ends(r->dsn, STR(".2.2")) || r->code == 552;
	locked = str_ends(r->dsn, STR(".2.1"));
	if (r->code == 252)
		return found_unknown(j, f, "the server does not say");
	if (is_good(r))
		return found_pass(j, f, "the server takes mail for it");
	if (r->code < 500)
		return full || locked || r->code == 452 ?
			   found(j, f, CHECK_WARN,
			       STR_FMT " says: " STR_FMT " is %s for now",
			       STR_ARG(p->name), STR_ARG(who),
			       locked ? "locked" : "full") :
			   found_unknown(j, f, "put off: " STR_FMT,
			       STR_ARG(line_of(j, r)));
	if (full || (locked && r->code >= 500))
		return found(j, f, CHECK_FAIL,
		    STR_FMT " says: " STR_FMT " is %s", STR_ARG(p->name),
		    STR_ARG(who), full ? "full" : "locked");
	if (smtp_refuses_us(r, probe_our_ip(p), STR("")) &&
	    !smtp_user_unknown(r))
		return found_unknown(j, f, "the refusal is about us: " STR_FMT,
		    STR_ARG(line_of(j, r)));
	return found(j, f, CHECK_FAIL,
	    STR_FMT " says: " STR_FMT " does not "
		    "exist",
	    STR_ARG(p->name), STR_ARG(who));
}

bool
check_m13(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r;

	if (p->untested)
		return found_unknown(j, f, STR_FMT, STR_ARG(p->why));
	if (p->step[STEP_GREETING].end != END_REPLY)
		return found_skip(j, f, "the server said nothing");
	r = probe_refusal(p);
	if (!r)
		return found_pass(j, f, "nothing is said against us");
	found_evidence(j, f, STR_FMT, STR_ARG(line_of(j, r)));
	return found(j, f, CHECK_FAIL,
	    STR_FMT " is alive but refuses our "
		    "server%s" STR_FMT ": " STR_FMT,
	    STR_ARG(p->name), probe_our_ip(p).n ? " " : "",
	    STR_ARG(probe_our_ip(p)), STR_ARG(line_of(j, r)));
}

bool
check_m14(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;

	if (not_there(j, f, STEP_EHLO))
		return true;
	if (!p->esmtp)
		return found_skip(j, f, "the server does not say");
	if (p->size > 0 && p->size < SIZE_LEAST)
		return found(j, f, CHECK_WARN,
		    STR_FMT " takes at most %.1f "
			    "MB",
		    STR_ARG(p->name), (double)p->size / 1e6);
	return found_pass(j, f, p->size > 0 ? "%.0f MB" : "no limit is named",
	    (double)p->size / 1e6);
}

bool
check_m15(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r = &p->step[STEP_RELAY];

	if (!p->ours || !j->live->conf.relay_test)
		return found_skip(j, f, "only own servers, only on request");
	if (is_good(&p->step[STEP_RSET]) &&
	    p->step[STEP_MAIL2].end == END_REPLY &&
	    !is_good(&p->step[STEP_MAIL2]))
		return found_pass(j, f, "a foreign sender is refused");
	if (not_there(j, f, STEP_RELAY))
		return true;
	if (r->end != END_REPLY)
		return found_unknown(j, f, "%s", broke_off(r));
	found_evidence(j, f, STR_FMT, STR_ARG(line_of(j, r)));
	if (is_good(r))
		return found(j, f, CHECK_FAIL,
		    "our server " STR_FMT " forwards mail for anybody",
		    STR_ARG(p->name));
	return found_pass(j, f, "a foreign recipient is refused");
}
