/*
 * dovecot_mail.c: deliveries by LMTP and LDA, and what Sieve did instead.
 *
 * The default deliver_log_format is "msgid=%{msgid}: %{message}"; others are
 * read by looking for the message in them.  The Message-ID is the sender's to
 * choose, and may itself hold ">: saved mail to INBOX": what counts is the
 * last place where one of Dovecot's own sentences begins.
 */
#include "parsers/dovecot.h"
#include "parsers/pick.h"
#include "base/banned.h"

enum verb {
	V_SAVED,
	V_FAILED,
	V_STORED,
	V_FORWARDED,
	V_REPLIED,
	V_REJECTED,
	V_REFUSED, /* lda: a notice goes to the sender */
	V_DISCARDED,
	V_PIPED,
	V_SCRIPT,
};

/* Lower case; the first letter is compared without case. */
static const struct {
	struct str text;
	enum verb verb;
} verbs[] = {
	{ STR_INIT("saved mail to "), V_SAVED },
	{ STR_INIT("save failed to open mailbox "), V_FAILED },
	{ STR_INIT("save failed to "), V_FAILED },
	{ STR_INIT("stored mail into mailbox "), V_STORED },
	{ STR_INIT("left message in mailbox "), V_STORED },
	{ STR_INIT("failed to store into mailbox "), V_FAILED },
	{ STR_INIT("forwarded to "), V_FORWARDED },
	{ STR_INIT("sent vacation response to "), V_REPLIED },
	{ STR_INIT("rejected message from "), V_REJECTED },
	{ STR_INIT("marked message to be discarded"), V_DISCARDED },
	{ STR_INIT("discarded duplicate forward to "), V_DISCARDED },
	{ STR_INIT("piped message to program "), V_PIPED },
	{ STR_INIT("rejected: "), V_REFUSED },
	{ STR_INIT("failed to "), V_SCRIPT },
	{ STR_INIT("execution of script "), V_SCRIPT },
	{ STR_INIT("discard"), V_SCRIPT },
	{ STR_INIT("not "), V_SCRIPT },
};

static bool
find_verb(struct str s, enum verb *verb, struct str *rest)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		struct str v = verbs[i].text;

		if (s.n >= v.n && to_lower(s.p[0]) == v.p[0] &&
		    memcmp(s.p + 1, v.p + 1, v.n - 1) == 0) {
			*verb = verbs[i].verb;
			*rest = str_from(s, v.n);
			return true;
		}
	}
	return false;
}

/* "fileinto action: " before a Sieve sentence (Pigeonhole 0.5.6). */
static struct str
take_action(struct str *s)
{
	size_t n = 0;

	while (n < s->n && n < 24 && (is_alnum(s->p[n]) || s->p[n] == '-'))
		n++;
	if (!n || !str_starts(str_from(*s, n), STR(" action: ")))
		return STR_NONE;
	struct str a = str_head(*s, n);
	*s = str_from(*s, n + 9);
	return a;
}

/*
 * The sentence at the end of the line and the Message-ID before it; *s is
 * left at what follows the verb.
 */
static bool
find_sentence(struct str text, struct event *ev, enum verb *verb,
    struct str *sentence, struct str *rest)
{
	struct str r = text, id = STR_NONE, found_id = STR_NONE, action,
		   found_action = STR_NONE;
	bool found = false;
	ptrdiff_t i;

	if ((i = str_find(r, STR("msgid="))) >= 0) {
		r = str_from(r, (size_t)i + 6);
		id = r;
	}
	while (r.n && (i = str_find(r, STR(": "))) >= 0) {
		const char *colon = r.p + i;
		struct str s = str_from(r, (size_t)i + 2), after;
		enum verb v;

		r = s;
		action = take_action(&s);
		if (!find_verb(s, &v, &after))
			continue;
		if (found && colon[-1] != '>')
			break; /* inside a reason, not after the id */
		r = after;
		found = true;
		*verb = v;
		*sentence = s;
		*rest = after;
		found_action = action;
		if (id.p)
			found_id = str_make(id.p, (size_t)(colon - id.p));
	}
	if (!found && id.p && find_verb(text, verb, rest)) {
		/* "saved mail to INBOX msgid=<x>": the sentence comes first */
		found = true;
		*sentence = text;
		found_id = id;
		*rest = str_make(text.p, (size_t)(id.p - 6 - text.p));
		find_verb(*rest, verb, rest);
		while (rest->n && (rest->p[rest->n - 1] == ' ' ||
				      rest->p[rest->n - 1] == ','))
			rest->n--;
		i = str_chr(id, '>');
		if (i > 0)
			found_id = str_head(id, (size_t)i + 1);
	}
	if (!found)
		return false;
	/* "msgid=<x>, from=<y>, ...: saved mail": other templates */
	if ((i = str_find(found_id, STR(">, "))) > 0 ||
	    (i = str_find(found_id, STR("> "))) > 0)
		found_id = str_head(found_id, (size_t)i + 1);
	if (found_id.n && !str_eq(found_id, STR("unspecified")) &&
	    !str_eq(found_id, STR("<>")))
		ev_set(ev, F_MSGID, found_id);
	if (found_action.n)
		ev_set(ev, F_ACTION, found_action);
	return true;
}

/* 'Junk mail' or INBOX, up to ": REASON" */
static struct str
take_folder(struct str *rest)
{
	struct str f;
	ptrdiff_t i;

	if (rest->n && rest->p[0] == '\'') {
		struct str r = str_from(*rest, 1);

		if ((i = str_find(r, STR("': "))) >= 0) {
			f = str_head(r, (size_t)i);
			*rest = str_from(r, (size_t)i + 3);
			return f;
		}
		i = str_rchr(r, '\'');
		*rest = str_from(r, r.n);
		return i < 0 ? r : str_head(r, (size_t)i);
	}
	return pick_to(rest, STR(": "));
}

/*
 * Over quota is answered with 552 unless quota_full_tempfail is set; every
 * other error of the storage with 451 (src/lmtp/lmtp-local.c).
 */
static void
save_failed(struct str rest, struct event *ev)
{
	struct str folder = take_folder(&rest);

	if (folder.n)
		ev_set(ev, F_FOLDER, folder);
	ev_set(ev, F_REPLY, rest);
	ev->state = str_findi(rest, STR("quota")) >= 0 ||
			    str_findi(rest, STR("mailbox is full")) >= 0 ||
			    str_findi(rest, STR("too large")) >= 0 ?
			ST_BOUNCED :
			ST_DEFERRED;
}

static enum parse_result
stored(enum verb verb, struct str sentence, struct str rest, struct event *ev)
{
	struct str v;
	ptrdiff_t i;
	bool several;

	ev->kind = EV_STORED;
	ev->flags |= EVF_DECIDES;
	switch (verb) {
	case V_SAVED:
	case V_STORED:
		ev->state = ST_SENT;
		v = take_folder(&rest);
		if (verb == V_STORED) /* its action word says no more */
			ev->mask &= ~((uint64_t)1 << F_ACTION);
		if (v.n)
			ev_set(ev, F_FOLDER, v);
		break;
	case V_FAILED:
		save_failed(rest, ev);
		break;
	case V_FORWARDED:
	case V_REPLIED:
		ev->state = verb == V_REPLIED ? ST_REPLIED : ST_FORWARDED;
		if (pick_angles(&rest, &v, &several))
			ev_set(ev, F_RCPTS, v);
		else
			ev->flags |= EVF_CUT;
		break;
	case V_REJECTED:
		ev->state = ST_REJECTED;
		if (pick_angle(&rest, &v))
			ev_set(ev, F_FROM, v);
		v = str_trim(rest);
		if (pick_lit(&v, STR("(")) && (i = str_rchr(v, ')')) >= 0)
			v = str_head(v, (size_t)i);
		/* "(reject)" is how, not why; the reason is not logged */
		if (v.n && !str_eq(v, STR("reject")) &&
		    !str_eq(v, STR("ereject")))
			ev_set(ev, F_REPLY, v);
		break;
	case V_REFUSED:
		ev->state = ST_BOUNCED;
		ev_set(ev, F_REPLY, rest);
		break;
	case V_DISCARDED:
		ev->state = ST_DISCARDED;
		ev_set(ev, F_TEXT, sentence);
		break;
	case V_PIPED:
		ev->state = ST_SENT;
		ev_set(ev, F_TRANSPORT, str_trim(rest));
		break;
	case V_SCRIPT:
		ev->kind = EV_NOTE;
		ev->flags &= ~(unsigned)EVF_DECIDES;
		ev_set(ev, F_TEXT, sentence);
		break;
	}
	return PARSE_EVENT;
}

/*
 * lmtp(18)<S>: Sent message to <a@b.example> at 10.0.0.2:24: 250 2.0.0
 * <a@b.example> R Saved (1/1 at 12 ms)
 *
 * A proxy or director passes the mail on (src/lmtp/lmtp-proxy.c).
 */
static bool
proxied(struct str text, struct event *ev)
{
	struct str r = text, to, host, reply, code, dsn;
	ptrdiff_t i;

	if ((i = str_find(r, STR("ent message to <"))) >= 0)
		r = str_from(r, (size_t)i + 15);
	else if ((i = str_find(r, STR("ailed to send message to <"))) >= 0)
		r = str_from(r, (size_t)i + 25);
	else
		return false;
	if (!pick_angle(&r, &to) || !pick_lit(&r, STR(" at ")))
		return false;
	host = pick_to(&r, STR(": "));
	reply = r;
	/* "(1/1 at 12 ms)" is the proxy's own */
	if (str_ends(reply, STR(" ms)")) &&
	    (i = str_rfind(reply, STR(" ("))) > 0)
		reply = str_head(reply, (size_t)i);
	ev->kind = EV_DELIVERY;
	ev->flags |= EVF_DECIDES;
	ev_set(ev, F_TO, to);
	if ((i = str_rchr(host, ':')) > 0) {
		ev_set(ev, F_RELAY_PORT, str_from(host, (size_t)i + 1));
		host = str_head(host, (size_t)i);
	}
	if (is_ip(host))
		ev_set(ev, F_RELAY_IP, host);
	else if (host.n)
		ev_set(ev, F_RELAY_NAME, host);
	ev_set(ev, F_REPLY, reply);
	reply_codes(reply, &code, &dsn);
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
	if (code.n && code.p[0] == '2')
		ev->state = ST_SENT;
	else
		ev->state =
		    code.n && code.p[0] == '5' ? ST_BOUNCED : ST_DEFERRED;
	if (ev->state == ST_SENT && (code = reply_next_id(reply)).n)
		ev_set(ev, F_QID2, code);
	return true;
}

/* lmtp(1108): Connect from local; Disconnect from 10.0.0.1: Logged out (...) */
static bool
session(const struct dovecot_line *dl, struct event *ev)
{
	struct str r = dl->text, from;

	if (pick_lit(&r, STR("Connect from ")))
		ev->kind = EV_CONNECT;
	else if (pick_lit(&r, STR("Disconnect from ")))
		ev->kind = EV_DISCONNECT;
	else
		return false;
	ev->flags |= EVF_SESSION;
	ev->qid = STR_NONE;
	if (dl->pid.n || dl->session.n)
		ev_set(ev, F_SESSION, dl->pid.n ? dl->pid : dl->session);
	from = pick_to(&r, STR(": "));
	if (is_ip(from))
		ev_set(ev, F_CLIENT_IP, from);
	if (r.n)
		ev_set(ev, F_TEXT, r);
	return true;
}

enum parse_result
dovecot_mail(const struct dovecot_line *dl, struct event *ev)
{
	struct str sentence, rest;
	enum verb verb;

	if (dl->session.n)
		ev->qid = dl->session;
	else if (dl->pid.n && !str_starts(dl->service, STR("lmtp")))
		ev->qid = dl->pid; /* one LDA process, one message */
	if (session(dl, ev))
		return PARSE_EVENT;
	if (proxied(dl->text, ev)) {
		if (dl->session.n)
			ev_set(ev, F_SESSION, dl->session);
		return PARSE_EVENT;
	}
	if (dl->level == DOVECOT_ERROR || dl->level == DOVECOT_WARNING)
		return dovecot_says(dl, ev);
	if (!find_sentence(dl->text, ev, &verb, &sentence, &rest)) {
		if (str_starts(dl->text, STR("sieve: ")) ||
		    str_starts(dl->text, STR("msgid=")) ||
		    str_find(dl->text, STR("rcpt ")) >= 0)
			return dovecot_says(dl, ev);
		return str_find(dl->text, STR("box=")) >= 0 ||
			       str_starts(dl->text, STR("Disconnect")) ||
			       str_starts(dl->text, STR("Connect")) ?
			   PARSE_IGNORED :
			   PARSE_UNKNOWN;
	}
	if (dl->user.n)
		ev_set(ev, F_TO, dl->user);
	if (dl->session.n)
		ev_set(ev, F_SESSION, dl->session);
	return stored(verb, sentence, rest, ev);
}
