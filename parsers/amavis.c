/*
 * amavis.c: amavisd-new and amavis: what the content filter between two
 * passes through the MTA did.
 *
 * Nearly every line begins with the id of the task, "(PID-NN) "; that is the
 * queue id of the filter's hop.  A task begins with ESMTP, hands the mail on
 * with FWD and ends with the result line, which names the queue ids on both
 * sides.  The result's template is the operator's ($log_templ): only "Passed"
 * or "Blocked" and the keys are relied upon, not their order.
 *
 * Left out: the timing, part and debugging lines of higher log levels.
 */
#include "parsers/amavis_part.h"
#include "base/banned.h"

/* "(28972-09) " or "(28972-09-2) ": the id without its parentheses. */
static bool
task_id(struct str *rest, struct str *id)
{
	struct str r = *rest;
	const char *from;

	if (!pick_lit(&r, STR("(")))
		return false;
	from = r.p;
	if (!pick_digits(&r).n || !pick_lit(&r, STR("-")) || !pick_digits(&r).n)
		return false;
	while (r.n && (r.p[0] == '-' || is_alnum(r.p[0])))
		r = str_from(r, 1);
	*id = str_make(from, (size_t)(r.p - from));
	if (!pick_lit(&r, STR(")")))
		return false;
	pick_lit(&r, STR(" "));
	*rest = r;
	return true;
}

/*
 * (28972-09) ESMTP [10.77.1.20]:10024 /var/lib/amavis/tmp/amavis-1:
 * <a@b.example> -> <c@d.example> SIZE=2592 Received: from mx1.example
 * ([10.77.1.11]) by localhost (...) with ESMTP for <c@d.example>; ...
 *
 * Printed by Amavis::In::SMTP; also "LMTP :10024", "ESMTP::10024".
 */
static enum parse_result
arrival(struct str r, struct event *ev)
{
	size_t n = str_chr(r, 'P') + 1;
	struct str ip, port, v, head = str_from(r, n);
	ptrdiff_t i = str_find(head, STR(": <"));

	ev->kind = EV_ARRIVE;
	ev->flags |= EVF_START;
	ev_set(ev, F_PROTO, str_head(r, n));
	r = i < 0 ? str_from(r, r.n) : str_from(head, (size_t)i + 2);
	while (head.n && (head.p[0] == ' ' || head.p[0] == ':'))
		head = str_from(head, 1);
	if (pick_ip(&head, &ip, &port))
		ev_set(ev, F_SERVICE, port.p ? port : STR(""));
	else if ((v = pick_digits(&head)).n)
		ev_set(ev, F_SERVICE, v);
	if (!amavis_path(&r, ev)) {
		ev->flags |= EVF_CUT;
		return ev_has(ev, F_SERVICE) ? PARSE_EVENT : PARSE_UNKNOWN;
	}
	while (pick_lit(&r, STR(" ")) && !str_starts(r, STR("Received:"))) {
		v = str_head(r, r.n);
		if (pick_lit(&v, STR("SIZE=")) && (v = pick_digits(&v)).n)
			ev_set(ev, F_SIZE, v);
		i = str_chr(r, ' ');
		r = str_from(r, i < 0 ? r.n : (size_t)i);
	}
	if (!pick_lit(&r, STR("Received: from ")))
		return PARSE_EVENT;
	v = pick_word(&r);
	if (pick_lit(&r, STR("(")) && (i = str_chr(r, '[')) >= 0) {
		r = str_from(r, (size_t)i);
		if (pick_ip(&r, &ip, &port)) {
			pick_lit(&ip, STR("IPv6:"));
			ev_set(ev, F_CLIENT_NAME, v);
			ev_set(ev, F_CLIENT_IP, ip);
		}
	}
	return PARSE_EVENT;
}

/* "250 2.0.0 ..." somewhere in r, at the start or after a space. */
static struct str
find_reply(struct str r)
{
	for (size_t i = 0; i + 3 <= r.n; i++) {
		if (i && r.p[i - 1] != ' ')
			continue;
		if (r.p[i] >= '2' && r.p[i] <= '5' && is_digit(r.p[i + 1]) &&
		    is_digit(r.p[i + 2]) && (i + 3 == r.n || r.p[i + 3] == ' '))
			return str_from(r, i);
	}
	return STR_NONE;
}

static enum ev_state
reply_state(struct str reply)
{
	switch (reply.n ? reply.p[0] : 0) {
	case '2':
		return ST_SENT;
	case '4':
		return ST_DEFERRED;
	case '5':
		return ST_BOUNCED;
	default:
		return ST_NONE;
	}
}

/*
 * (28972-09) ox0BFP-dHa9T FWD from <a@b.example> -> <c@d.example>, BODY=7BIT
 * 250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as
 * 4dhQWR3Nzyz1h1ft
 *
 * (29294-19) Pp8B(lEGf) SEND from <> -> <a@b.example>, ... is a notice that
 * amavis makes itself; one for an administrator has a sender.
 *
 * Older: "FWD via SMTP: <a> -> <b>,BODY=7BIT 250 2.0.0 Ok, id=.., from
 * MTA([127.0.0.1]:10025): ..."
 */
static enum parse_result
forward(struct str r, struct event *ev, bool notice)
{
	struct str reply, ip, port, code, dsn, to;
	ptrdiff_t i;
	bool several;

	if ((i = str_chr(r, '<')) < 0 ||
	    !amavis_path((r = str_from(r, (size_t)i), &r), ev))
		return PARSE_UNKNOWN;
	reply = find_reply(r);
	if ((i = str_find(r, STR("from MTA("))) >= 0) {
		struct str s = str_from(r, (size_t)i + 9);
		ptrdiff_t b = str_chr(s, '[');

		if (b >= 0 && b < 8) {
			s = str_from(s, (size_t)b);
			if (pick_ip(&s, &ip, &port)) {
				ev_set(ev, F_RELAY_IP, ip);
				if (port.n)
					ev_set(ev, F_RELAY_PORT, port);
			}
		}
		if ((i = str_find(s, STR("): "))) >= 0) {
			s = str_from(s, (size_t)i + 3);
			if (reply_state(s) != ST_NONE)
				reply = s;
		}
	}
	if (reply.n) {
		ev_set(ev, F_REPLY, reply);
		reply_codes(reply, &code, &dsn);
		if (code.n)
			ev_set(ev, F_CODE, code);
		if (dsn.n)
			ev_set(ev, F_DSN, dsn);
		if ((code = reply_next_id(reply)).n)
			ev_set(ev, F_QID2, code);
	} else {
		ev->flags |= EVF_CUT;
	}
	to = ev_get(ev, F_RCPTS);
	if (notice) {
		ev->kind = EV_NOTICE;
		ev_set(ev, F_ACTION,
		    ev_get(ev, F_FROM).n ? STR("notify postmaster") :
					   STR("notify"));
		return PARSE_EVENT;
	}
	ev->kind = EV_DELIVERY;
	ev->state = reply_state(reply);
	ev->flags |= EVF_DECIDES;
	if (pick_angles(&to, &r, &several) && !several) {
		ev->mask &= ~((uint64_t)1 << F_RCPTS);
		ev_set(ev, F_TO, str_make(r.p + 1, r.n - 2));
	}
	return PARSE_EVENT;
}

/* (28972-09) Checking: ox0BFP-dHa9T ORIG [192.0.2.1] <a> -> <b> */
static enum parse_result
checking(struct str r, struct event *ev)
{
	struct str ip, port;
	struct str id = pick_word(&r);

	ev->kind = EV_NOTE;
	ev_set(ev, F_TEXT, STR("Checking"));
	if (id.n)
		ev_set(ev, F_SESSION, id);
	while (r.n && r.p[0] != '[' && r.p[0] != '<')
		pick_word(&r);
	if (pick_ip(&r, &ip, &port) && is_ip(ip))
		ev_set(ev, F_CLIENT_IP, ip);
	pick_lit(&r, STR(" "));
	if (!amavis_path(&r, ev))
		ev->flags |= EVF_CUT;
	return PARSE_EVENT;
}

static enum parse_result
note(struct str r, struct event *ev)
{
	ev->kind = ev->qid.n ? EV_NOTE : EV_SYSTEM;
	ev_set(ev, F_TEXT, r);
	return PARSE_EVENT;
}

/* The rest of a line that amavis cut in two: "(PID-NN) ...as: 5776E3". */
static enum parse_result
continued(struct str r, struct event *ev)
{
	ev->kind = EV_NOTE;
	ev_set(ev, F_TEXT, r);
	while (r.n && r.p[0] == '.')
		r = str_from(r, 1);
	if (amavis_keys(r, ev))
		ev->flags |= EVF_END;
	return PARSE_EVENT;
}

/* Lines of a task. */
static enum parse_result
task_line(struct str r, struct event *ev)
{
	struct str word, rest;

	if (str_starts(r, STR("...")))
		return continued(r, ev);
	if (str_starts(r, STR("(!")))
		return note(r, ev);
	rest = r;
	word = pick_word(&rest);
	if (str_eq(word, STR("Passed")) || str_eq(word, STR("Blocked")) ||
	    str_eq(word, STR("Passed,")) || str_eq(word, STR("Blocked,")))
		return amavis_result(r, ev);
	if (str_starts(word, STR("ESMTP")) || str_starts(word, STR("SMTP")) ||
	    str_starts(word, STR("LMTP"))) {
		if (str_find(rest, STR(": <")) >= 0 ||
		    str_find(word, STR(":1")) >= 0)
			return arrival(r, ev);
		return PARSE_IGNORED; /* "SMTP shutdown: ..." */
	}
	if (str_eq(word, STR("Checking:")))
		return checking(rest, ev);
	if (str_eq(word, STR("FWD")))
		return forward(rest, ev, false);
	if (str_eq(word, STR("SEND")))
		return forward(rest, ev, true);
	/* the same after the mail_id, "Pp8B(lEGf)" for a notice */
	word = pick_word(&rest);
	if (str_eq(word, STR("FWD")))
		return forward(rest, ev, false);
	if (str_eq(word, STR("SEND")))
		return forward(rest, ev, true);
	if (str_eq(word, STR("Passed")) || str_eq(word, STR("Blocked")))
		return amavis_result(str_make(word.p,
					 (size_t)(r.p + r.n - word.p)),
		    ev);
	/* "bounce unverifiable, <s> -> <r>", "WARN: ...", "TROUBLE ..." */
	if (str_starts(r, STR("WARN")) || str_starts(r, STR("TROUBLE")) ||
	    str_starts(r, STR("PRESERVING")))
		return note(r, ev);
	return PARSE_IGNORED; /* timing, parts, debugging */
}

/* Starting, stopping and what it found at its start. */
static enum parse_result
daemon_line(struct str r, struct event *ev)
{
	static const char *const chatter[] = { "Module ",
		"Net::Server: ", "Found ", "No ", "Using ", "Internal decoder",
		"Creating ", "SpamControl", "Amavis", "BerkeleyDB", "SQL",
		"Lookup", "LDAP", "initializing ", "extra modules",
		"logging init", "perl=", "sd_notify", "INFO",
		"user=", "Decoder", "PRE", "config", "Valid PID",
		"after_chroot", "TIMING", "size: ", "ANTI-", "AM.PDP", "SMTP",
		"Local-", "DKIM", "loaded", "Milter", "OS_Fingerprint", "DSPAM",
		"deal_with", "child_", "Syslog", "Not ", "Opened", "Old",
		"Deleting", NULL };
	static const char *const states[] = { "starting.", "(!", "WARN",
		"TROUBLE", "shutting down", "Restarting", "reload", "_DIE",
		"STOPPING", NULL };

	if (str_starts(r, STR("Net::Server: ")) &&
	    (str_find(r, STR("Server closing")) >= 0 ||
		str_find(r, STR(" starting! ")) >= 0))
		return note(r, ev);
	for (size_t i = 0; states[i]; i++)
		if (str_starts(r, str_c(states[i])))
			return note(r, ev);
	for (size_t i = 0; chatter[i]; i++)
		if (str_starts(r, str_c(chatter[i])))
			return PARSE_IGNORED;
	return PARSE_UNKNOWN;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	struct str r = ln->text, id;

	if (!str_starts(ln->prog, STR("amavis")))
		return PARSE_FOREIGN;
	ev->mta = MTA_AMAVIS;
	ev->inst = STR("amavis");
	r = str_trim(r);
	if (task_id(&r, &id)) {
		ev->qid = id;
		return task_line(r, ev);
	}
	return daemon_line(r, ev);
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 filter.isp.test amavis[28972]: (28972-09) ESMTP [10.77.1.20]:10024 /var/lib/amavis/tmp/amavis-20251231T225452-28972-1YsT2hYJ: <paul.moser@remote-postfix.test> -> <jonas.gruber@customers.test> SIZE=2592 Received: from mx1.isp.test ([10.77.1.11]) by localhost (filter.isp.test [10.77.1.20]) (amavis, port 10024) with ESMTP for <jonas.gruber@customers.test>; Thu,  1 Jan 2026 00:04:19 +0100 (CET)",
	    "arrive qid=28972-09 start from=paul.moser@remote-postfix.test rcpts=<jonas.gruber@customers.test> client_name=mx1.isp.test client_ip=10.77.1.11 proto=ESMTP size=2592 service=10024" },
	{ "Jan  1 00:04:19 mail amavis[11412]: (11412-17) ESMTP :10032 /opt/amavis/tmp/amavis-1: <a@one.example> -> <b@two.example>,<c@two.example> SIZE=10 BODY=8BITMIME Received: from mail.two.example ([127.0.0.1]) by localhost (mail.two.example [127.0.0.1]) (amavisd-new, port 10032) with ESMTP; Wed, 27 Jan 2021 07:00:04 +0000 (UTC)",
	    "arrive qid=11412-17 start from=a@one.example rcpts=<b@two.example>,<c@two.example> client_name=mail.two.example client_ip=127.0.0.1 proto=ESMTP size=10 service=10032" },
	{ "Jan  1 00:04:19 mail amavis[28972]: (28972-09) Checking: ox0BFP-dHa9T ORIG [192.0.2.16] <a@one.example> -> <b@two.example>",
	    "note qid=28972-09 from=a@one.example rcpts=<b@two.example> client_ip=192.0.2.16 session=ox0BFP-dHa9T text=Checking" },
	{ "Jan  1 00:04:19 mail amavis[28972]: (28972-09) ox0BFP-dHa9T FWD from <a@one.example> -> <b@two.example>, BODY=7BIT 250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4dhQWR3Nzyz1h1ft",
	    "delivery qid=28972-09 state=sent qid2=4dhQWR3Nzyz1h1ft from=a@one.example to=b@two.example relay_ip=127.0.0.1 relay_port=10025 code=250 dsn=2.0.0 reply=\"250 2.0.0 Ok: queued as 4dhQWR3Nzyz1h1ft\"" },
	{ "Jan  1 00:04:19 mail amavis[28972]: (28972-10) FWD via SMTP: <a@one.example> -> <b@two.example>,<c@two.example>,BODY=7BIT 250 2.0.0 Ok, id=28972-10, from MTA([127.0.0.1]:10025): 250 2.0.0 Ok: queued as 5776E3012027",
	    "delivery qid=28972-10 state=sent qid2=5776E3012027 from=a@one.example rcpts=<b@two.example>,<c@two.example> relay_ip=127.0.0.1 relay_port=10025 code=250 dsn=2.0.0 reply=\"250 2.0.0 Ok: queued as 5776E3012027\"" },
	{ "Jan  1 00:04:19 mail amavis[28972]: (28972-11) aBcDeFgHiJkL FWD from <a@one.example> -> <b@two.example>, BODY=7BIT 451 4.5.0 From MTA() during fwd-connect (Error connecting)",
	    "delivery qid=28972-11 state=deferred from=a@one.example to=b@two.example code=451 dsn=4.5.0 reply=\"451 4.5.0 From MTA() during fwd-connect (Error connecting)\"" },
	{ "Jan  1 07:35:35 mail amavis[29294]: (29294-19) Pp8B-v9o5uVb(lEGfqMPSWiLg) SEND from <> -> <a@one.example>, ENVID=AM.Pp8B@mail.two.example BODY=7BIT 250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4dhcX72mhmz1h1j9",
	    "notice qid=29294-19 qid2=4dhcX72mhmz1h1j9 from=\"\" rcpts=<a@one.example> relay_ip=127.0.0.1 relay_port=10025 code=250 dsn=2.0.0 reply=\"250 2.0.0 Ok: queued as 4dhcX72mhmz1h1j9\" action=notify" },
	{ "Jan  1 07:35:35 mail amavis[29294]: (29294-19) RnkpTm7B8dcT(MK5-pC0ghTMr) SEND from <postmaster@two.example> -> <admin@two.example>, ENVID=AM.RnkpTm7B8dcT@mail.two.example 250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 3188E11D",
	    "notice qid=29294-19 qid2=3188E11D from=postmaster@two.example rcpts=<admin@two.example> relay_ip=127.0.0.1 relay_port=10025 code=250 dsn=2.0.0 reply=\"250 2.0.0 Ok: queued as 3188E11D\" action=\"notify postmaster\"" },
	{ "Jan  1 00:04:19 filter.isp.test amavis[29207]: (29207-03) Passed CLEAN {RelayedInbound}, [198.51.100.20]:55932 [192.0.2.16] <stefan.dorn@remote-exim.test> -> <include@lists.isp.test>, Queue-ID: 4dhWrj67dXz1h1h3, Message-ID: <64d273a89f45436.bd5187a196@remote-exim.test>, mail_id: j-uHN0E78elf, Hits: 3.499, size: 5449, queued_as: 4dhWrk0zq3z1h1h4, 202 ms",
	    "filter qid=29207-03 state=passed end qid2=4dhWrj67dXz1h1h3 qid3=4dhWrk0zq3z1h1h4 from=stefan.dorn@remote-exim.test rcpts=<include@lists.isp.test> msgid=<64d273a89f45436.bd5187a196@remote-exim.test> client_ip=198.51.100.20 client_port=55932 delay=\"202 ms\" size=5449 action=RelayedInbound verdict=CLEAN score=3.499 session=j-uHN0E78elf" },
	{ "Jan  1 00:04:19 filter.isp.test amavis[28207]: (28207-11) Blocked INFECTED (Eicar-Test-Signature) {DiscardedInbound,Quarantined}, [203.0.113.10]:49526 [192.0.2.30] <hugo.fischer@remote-postfix.test> -> <leo.huber@isp.test>, quarantine: 2/virus-233km8WGs6Op, Queue-ID: 4dh6Qn6pRRz1h1s2, Message-ID: <CA3093F8=3c376b45@mail.remote-postfix.test>, mail_id: 233km8WGs6Op, Hits: -, size: 1588, 115 ms",
	    "filter qid=28207-11 state=discarded end qid2=4dh6Qn6pRRz1h1s2 from=hugo.fischer@remote-postfix.test rcpts=<leo.huber@isp.test> msgid=<CA3093F8=3c376b45@mail.remote-postfix.test> client_ip=203.0.113.10 client_port=49526 delay=\"115 ms\" size=1588 action=DiscardedInbound,Quarantined verdict=\"INFECTED (Eicar-Test-Signature)\" score=- quarantine=2/virus-233km8WGs6Op session=233km8WGs6Op" },
	{ "Jan  1 00:04:19 mail amavis[25585]: (25585-08) Blocked SPAM {RejectedOutbound,Quarantined}, ORIG LOCAL [10.77.2.20]:38111 <a@one.example> -> <b@two.example>, quarantine: e/spam-eWU6, Queue-ID: 8649DB02A5F, Message-ID: <m@one.example>, mail_id: eWU6, Hits: 9.5, size: 1840, Subject: \"Win, now: 5 ms\", Tests: [A=1.2,B=-0.1], 75 ms",
	    "filter qid=25585-08 state=rejected end qid2=8649DB02A5F from=a@one.example rcpts=<b@two.example> msgid=<m@one.example> subject=\"Win, now: 5 ms\" client_ip=10.77.2.20 client_port=38111 delay=\"75 ms\" size=1840 action=RejectedOutbound,Quarantined verdict=SPAM score=9.5 quarantine=e/spam-eWU6 session=eWU6" },
	{ "Jan  1 00:04:19 mail amavis[29294]: (29294-19) Blocked BANNED (application/x-msdownload,a) {x}.exe) {BouncedInbound}, [192.0.2.9]:48792 [192.0.2.33] <a@one.example> -> <b@two.example>, Queue-ID: 4dhcX71SFQz1h1l8, mail_id: lEGf, Hits: -, size: 1756, 188 ms",
	    "filter qid=29294-19 state=bounced end qid2=4dhcX71SFQz1h1l8 from=a@one.example rcpts=<b@two.example> client_ip=192.0.2.9 client_port=48792 delay=\"188 ms\" size=1756 action=BouncedInbound verdict=\"BANNED (application/x-msdownload,a) {x}.exe)\" score=- session=lEGf" },
	{ "Jan  1 00:04:19 mail amavis[300]: (00300-02) Blocked TEMPFAIL {TempFailedInbound}, [192.0.2.9] <a@one.example> -> <b@two.example>, Queue-ID: 4C2, mail_id: lEGf, Hits: -, size: 17, 12 ms",
	    "filter qid=00300-02 state=tempfail end qid2=4C2 from=a@one.example rcpts=<b@two.example> client_ip=192.0.2.9 delay=\"12 ms\" size=17 action=TempFailedInbound verdict=TEMPFAIL score=- session=lEGf" },
	{ "Jan  1 00:04:19 mail amavis[300]: (00300-03) Passed SPAMMY, LOCAL [192.0.2.9] [192.0.2.10] <\"a>, b\"@one.example> -> <b@two.example>, quarantine spam-x.gz, Message-ID: <m@one.example>, mail_id: lEGf, Hits: 3.1+2, size: 17, queued_as: 4C2/5D3, 12 ms",
	    "filter qid=00300-03 state=passed end qid3=5D3 from=\"\\\"a>, b\\\"@one.example\" rcpts=<b@two.example> msgid=<m@one.example> client_ip=192.0.2.9 delay=\"12 ms\" size=17 verdict=SPAMMY score=3.1+2 quarantine=spam-x.gz session=lEGf text=4C2/5D3" },
	{ "Jan  1 00:04:19 mail /usr/sbin/amavisd-new[300]: (00300-04) Blocked INFECTED (Eicar), [192.0.2.9] <a@one.example> -> <b@two.example>, Message-ID: <m@one.example>, Hits: -, dkim_id=@one.example, helo=mx.one.example, size: 17",
	    "filter qid=00300-04 state=discarded end from=a@one.example rcpts=<b@two.example> msgid=<m@one.example> client_ip=192.0.2.9 helo=mx.one.example size=17 verdict=\"INFECTED (Eicar)\" score=-" },
	{ "Jan  1 00:04:19 mail amavis[300]: (00300-07) Passed CLEAN {RelayedOutbound}, [192.0.2.9] <a@one.example> -> <b@two.example>, Queue-ID: 4C2, Message-ID: <m@one.example>, mail_id: lEGf, Hits: -, size: 17, queued_as: 5D3, dkim_sd=k1:two.example,s2:esp.example, dkim_new=lab:one.example, 12 ms",
	    "filter qid=00300-07 state=passed end qid2=4C2 qid3=5D3 from=a@one.example rcpts=<b@two.example> msgid=<m@one.example> client_ip=192.0.2.9 delay=\"12 ms\" size=17 action=RelayedOutbound verdict=CLEAN score=- session=lEGf text=\"dkim_sd=k1:two.example,s2:esp.example, dkim_new=lab:one.example\"" },
	{ "Jan  1 00:04:19 mail amavis[300]: (00300-05) Passed CLEAN {RelayedInbound}, [192.0.2.9]:25 [192.0.2.9] <a@one.example> -> <b@two.example>,<c@two.example>,...",
	    "filter qid=00300-05 state=passed from=a@one.example rcpts=<b@two.example>,<c@two.example> client_ip=192.0.2.9 client_port=25 action=RelayedInbound verdict=CLEAN" },
	{ "Jan  1 00:04:19 mail amavis[300]: (00300-05) ...<d@two.example>, Queue-ID: 4C2AA, mail_id: lEGf, Hits: -, size: 17, queued_as: 5D3BB, 12 ms",
	    "note qid=00300-05 end qid2=4C2AA qid3=5D3BB delay=\"12 ms\" size=17 score=- session=lEGf text=\"...<d@two.example>, Queue-ID: 4C2AA, mail_id: lEGf, Hits: -, size: 17, queued_as: 5D3BB, 12 ms\"" },
	{ "Jan  1 00:04:19 mail amavis[300]: (00300-06) (!)WARN: all primary virus scanners failed, considering backups",
	    "note qid=00300-06 text=\"(!)WARN: all primary virus scanners failed, considering backups\"" },
	{ "Jan  1 00:04:19 mail amavis[300]: (00300-06) size: 1234, TIMING [total 96 ms] - SMTP greeting: 1.4 (1%)1",
	    "ignored" },
	{ "Jan  1 00:04:19 mail amavis[300]: starting. /usr/sbin/amavisd at mail.two.example amavis-2.13.0 (20230106), Unicode aware",
	    "system text=\"starting. /usr/sbin/amavisd at mail.two.example amavis-2.13.0 (20230106), Unicode aware\"" },
	{ "Jan  1 00:04:19 mail amavis[300]: Module Archive::Zip        1.68",
	    "ignored" },
	{ "Jan  1 00:04:19 mail amavis[300]: no such line was ever seen",
	    "unknown" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_amavis = {
	.name = "amavis",
	.about = "amavisd-new and amavis, any log template that keeps its keys",
	.parse = parse,
	.samples = samples,
};
