/*
 * postfix_cleanup.c: message ids, and what header_checks, body_checks and
 * milters did to a message while it was written to the queue.
 *
 * Text of a header stands in front of the fields and may look like them, so
 * the fields are searched from the right: the last ';' behind an origin from
 * which the line reads as fields and, at most, ": TEXT"; then the last
 * " from " before.
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

/*
 * 4F1: message-id=<a@b.example>   4F1: resent-message-id=<a@b.example>
 * Printed by cleanup_header_callback() and cleanup_extracted_finish() in
 * Postfix src/cleanup/cleanup_message.c: once per header, "<>" when none.
 */
static enum parse_result
msgid(struct scan *sc, struct event *ev, bool resent)
{
	ev_set(ev, F_MSGID, scan_rest(sc));
	if (resent) {
		ev->kind = EV_NOTE;
		ev_set(ev, F_ACTION, STR("resent-message-id"));
		return PARSE_EVENT;
	}
	ev->kind = EV_MSGID;
	ev->flags |= EVF_CANON;
	return PARSE_EVENT;
}

/*
 * 4F1: removed (canceled)   4F1: removed (discarded)
 * Printed by cleanup_free() in Postfix src/cleanup/cleanup_api.c, since 3.10.
 */
static enum parse_result
removed(struct scan *sc, struct event *ev)
{
	struct str why = scan_until(sc, ')');

	if (sc->err || sc->p + 1 != sc->end)
		return PARSE_UNKNOWN;
	ev->kind = EV_END;
	ev->flags |= EVF_END | EVF_DECIDES | EVF_CANON;
	ev_set(ev, F_ACTION, why);
	return PARSE_EVENT;
}

/* ": TEXT" behind the fields, or nothing. */
static bool
own_text(struct str rest, struct str *text)
{
	*text = STR_NONE;
	if (!rest.n)
		return true;
	if (!str_starts(rest, STR(": ")))
		return false;
	*text = str_from(rest, 2);
	return true;
}

/* A ';' inside a quoted address leaves half of the quotes behind. */
static bool
half_quoted(struct str addr)
{
	size_t n = 0;

	if (str_chr(addr, '"') < 0)
		return false;
	for (size_t i = 0; i < addr.n; i++) {
		if (addr.p[i] == '\\')
			i++;
		else if (addr.p[i] == '"')
			n++;
	}
	return n & 1;
}

static bool
ends_in_origin(struct str s)
{
	return str_ends(s, STR("]")) || str_ends(s, STR(" from local")) ||
	       str_ends(s, STR(" from unknown"));
}

/* Content and fields apart, from the right. */
static bool
split(struct str s, struct str *content, struct postfix_tail *t,
    struct str *text)
{
	size_t n = s.n;
	const char *q;

	for (int tries = 0;
	     tries < 32 && n && (q = memrchr(s.p, ';', n)) != NULL; tries++) {
		struct str rest = str_from(s, (size_t)(q - s.p) + 1);

		n = (size_t)(q - s.p);
		if (rest.n && rest.p[0] != ' ' && rest.p[0] != ':')
			continue;
		if (!ends_in_origin(str_head(s, n)))
			continue;
		if (!postfix_tail(rest, false, t) &&
		    !str_starts(rest, STR(": ")))
			continue;
		if (half_quoted(t->from) || half_quoted(t->to) ||
		    !own_text(t->rest, text))
			continue;
		*content = str_head(s, n);
		return true;
	}
	return false;
}

/* "CONTENT from h[192.0.2.4]", "... from local": the client, at the end. */
static bool
take_origin(struct event *ev, struct str *content)
{
	ptrdiff_t i = str_rfind(*content, STR(" from "));
	struct peer peer;
	struct str origin;
	struct scan sc;

	if (i < 0)
		return false;
	origin = str_from(*content, (size_t)i + 6);
	*content = str_head(*content, (size_t)i);
	scan_init(&sc, origin);
	if (postfix_peer(&sc, &peer) && scan_done(&sc))
		postfix_set_client(ev, &peer);
	else
		ev_set(ev, F_EXTRA, origin); /* local, unknown */
	return true;
}

/* The subject behind "Subject:", or false. */
static bool
subject(struct str content, struct str *value)
{
	if (!str_starts(content, STR("Subject:")) &&
	    !str_startsi(content, STR("Subject:")))
		return false;
	*value = str_from(content, 8);
	if (value->n && value->p[0] == ' ')
		*value = str_from(*value, 1);
	return true;
}

static enum ev_state
text_state(struct str text)
{
	return text.n > 1 && text.p[0] == '4' &&
		       (text.p[1] == '.' || is_digit(text.p[1])) ?
		   ST_TEMPFAIL :
		   ST_REJECTED;
}

/* "5.7.1 TEXT" as a rule's author wrote it. */
static void
set_dsn(struct event *ev, struct str text)
{
	size_t n = 0;

	while (n < text.n && (is_digit(text.p[n]) || text.p[n] == '.'))
		n++;
	if (n >= 5 && n <= 9 && text.p[1] == '.' &&
	    (n == text.n || text.p[n] == ' '))
		ev_set(ev, F_DSN, str_head(text, n));
}

/*
 * 4F1: warning: header Subject: TEXT from h[IP]; from=<a> to=<b> proto=ESMTP
 * helo=<H>: TEXT
 * 4F1: milter-header-reject: header X-A: b from h[IP]; from=<a> to=<b> ...
 * Printed by cleanup_act_log() in Postfix src/cleanup/cleanup_message.c and
 * cleanup_milter_hbc_log() in cleanup_milter.c.
 */
static enum parse_result
header(struct scan *sc, struct event *ev, struct str action,
    enum ev_state state, struct str what)
{
	struct str content, text, value;
	struct postfix_tail tail;
	bool canon;

	if (!split(scan_rest(sc), &content, &tail, &text)) {
		/* cut before the fields: what there is */
		content = scan_rest(sc);
		tail = (struct postfix_tail){ .canon = false };
		text = STR_NONE;
	}
	canon = tail.canon;
	if (!take_origin(ev, &content))
		canon = false;
	ev->kind = EV_HEADER;
	ev_set(ev, F_ACTION, action);
	if (what.n == 6 && subject(content, &value)) {
		ev_set(ev, F_SUBJECT, value);
		if (!str_starts(content, STR("Subject: ")) ||
		    (value.n && value.p[0] == ' '))
			canon = false;
	} else {
		ev_set(ev, F_WHERE, what);
		ev_set(ev, F_TEXT, content);
	}
	postfix_tail_set(&tail, ev);
	if (text.p) {
		ev_set(ev, F_REPLY, text);
		set_dsn(ev, text);
	}
	ev->state = state == ST_NONE ? text_state(text) : state;
	if (ev->state != ST_WARNED || str_ends(action, STR("filter")))
		ev->flags |= EVF_DECIDES;
	/* what sendmail(1) brought is bounced, with lines of its own */
	if (ev->state == ST_DISCARDED ||
	    ((ev->state == ST_REJECTED || ev->state == ST_TEMPFAIL) &&
		!str_eq(ev_get(ev, F_EXTRA), STR("local"))))
		ev->flags |= EVF_END;
	if (canon)
		ev->flags |= EVF_CANON;
	return PARSE_EVENT;
}

/*
 * 4F1: reject: mime-error invalid 8-bit data: TEXT from h[IP]; from=<> to=<>
 * Printed by cleanup_mime_error_callback() in src/cleanup/cleanup_message.c.
 */
static enum parse_result
mime_error(struct scan *sc, struct event *ev, struct str action)
{
	struct str reply = scan_rest(sc), content, text;
	struct postfix_tail tail;

	if (split(str_from(reply, 11), &content, &tail, &text)) {
		take_origin(ev, &content);
		postfix_tail_set(&tail, ev);
		reply.n = content.n + 11;
	}
	ev->kind = EV_HEADER;
	ev->state = ST_REJECTED;
	ev->flags |= EVF_DECIDES | EVF_END;
	ev_set(ev, F_ACTION, action);
	ev_set(ev, F_WHERE, STR("mime-error"));
	ev_set(ev, F_REPLY, reply);
	return PARSE_EVENT;
}

static enum parse_result
action_line(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	struct scan at = *sc;
	struct str action = scan_until(sc, ':');
	static const struct str kinds[] = { STR_INIT("header"),
		STR_INIT("body"), STR_INIT("content") };

	enum ev_state state = postfix_action_state(action);

	scan_lit(sc, STR(": "));
	if (sc->err || action.n > 32 || state == ST_STATES)
		return PARSE_UNKNOWN;
	for (size_t i = 0; i < 3; i++)
		if (scan_peek(sc, kinds[i]) &&
		    sc->end - sc->p > (ptrdiff_t)kinds[i].n &&
		    sc->p[kinds[i].n] == ' ') {
			struct str what = str_make(sc->p, kinds[i].n);

			sc->p += kinds[i].n + 1;
			return header(sc, ev, action, state, what);
		}
	if (scan_peek(sc, STR("mime-error ")))
		return mime_error(sc, ev, action);
	return postfix_reject(ln, lead, &at, ev);
}

/*
 * warning: 4F1: sender_canonical_maps map lookup problem for a@b.example --
 * message not accepted, try again later
 * warning: 4F1: write queue file: No space left on device
 * warning: 4F1: message rejected: hopcount exceeded
 * Printed from Postfix src/cleanup/cleanup_map1n.c, cleanup_out.c,
 * cleanup_message.c: the sender was told, there is no other line.
 */
static enum parse_result
not_accepted(const struct lead *lead, struct scan *sc, struct event *ev)
{
	struct str text = scan_rest(sc);
	enum ev_state state;

	if (str_find(text, STR("essage not accepted, try again")) >= 0 ||
	    str_starts(text, STR("write queue file: ")))
		state = ST_TEMPFAIL;
	else if (str_starts(text, STR("message rejected: ")) ||
		 str_starts(text, STR("queue file size limit exceeded")))
		state = ST_REJECTED;
	else
		return postfix_trouble(lead, sc, ev);
	ev->kind = EV_REJECT;
	ev->state = state;
	ev->flags |= EVF_DECIDES | EVF_END;
	ev_set(ev, F_ACTION, STR("reject"));
	ev_set(ev, F_WHERE, STR("END-OF-MESSAGE"));
	ev_set(ev, F_REPLY, text);
	return PARSE_EVENT;
}

enum parse_result
postfix_cleanup(const struct line *ln, const struct lead *lead, struct scan *sc,
    struct event *ev)
{
	if (lead->kind != LEAD_QID)
		return lead->sev != SEV_INFO ? postfix_trouble(lead, sc, ev) :
					       postfix_common(ln, sc, ev);
	if (lead->sev != SEV_INFO)
		return not_accepted(lead, sc, ev);
	if (scan_opt(sc, STR("message-id=")))
		return msgid(sc, ev, false);
	if (scan_opt(sc, STR("resent-message-id=")))
		return msgid(sc, ev, true);
	if (scan_opt(sc, STR("removed (")))
		return removed(sc, ev);
	return action_line(ln, lead, sc, ev);
}
