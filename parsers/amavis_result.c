/*
 * amavis_result.c: the line with which amavis ends a task.
 *
 * Its template is the operator's, so it is read by its words and keys.  Much
 * of what it quotes was chosen by the sender: names of attachments, the
 * Message-ID, the subject; each is read so that it cannot pass for a key or
 * for the braces with amavis's own words.
 */
#include "parsers/amavis_part.h"
#include "base/banned.h"

/* "<s> -> <r>,<r>": sender and recipients. */
bool
amavis_path(struct str *rest, struct event *ev)
{
	struct str r = *rest, from, to;
	bool several;

	if (!pick_angle(&r, &from) || !pick_lit(&r, STR(" -> ")))
		return false;
	ev_set(ev, F_FROM, from);
	if (!pick_angles(&r, &to, &several)) {
		ev->flags |= EVF_CUT;
		*rest = str_from(r, r.n);
		return true;
	}
	ev_set(ev, F_RCPTS, to);
	*rest = r;
	return true;
}

/* The first place where "<s> -> <r>" can begin. */
static bool
find_path(struct str *rest, struct event *ev)
{
	struct str r = *rest;
	ptrdiff_t i;

	for (unsigned tries = 0; tries < 8; tries++) {
		if ((i = str_chr(r, '<')) < 0)
			return false;
		r = str_from(r, (size_t)i);
		if (amavis_path(&r, ev)) {
			*rest = r;
			return true;
		}
		r = str_from(r, 1);
	}
	return false;
}

/*
 * A value of the result line ends before ", KEY: ", ", KEY=" or ", 96 ms":
 * subjects and names hold commas of their own.
 */
static bool
at_next_key(struct str s)
{
	size_t n = 0;

	if (s.n && is_digit(s.p[0])) {
		pick_digits(&s);
		return str_eq(s, STR(" ms"));
	}
	while (n < s.n && n < 32 &&
	       (is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '_'))
		n++;
	return n && n < s.n &&
	       (s.p[n] == '=' ||
		   (s.p[n] == ':' && n + 1 < s.n && s.p[n + 1] == ' '));
}

static struct str
take_value(struct str *rest)
{
	struct str r = *rest, inside;
	bool several;

	/* what is bracketed may hold anything; then on to the comma */
	if (r.n && r.p[0] == '<') {
		pick_angles(&r, &inside, &several);
	} else if (r.n && r.p[0] == '"') {
		size_t i = 1;

		while (i < r.n && r.p[i] != '"')
			i += r.p[i] == '\\' ? 2 : 1;
		r = str_from(r, i + 1);
	} else if (r.n && r.p[0] == '[') {
		pick_to(&r, STR("]"));
	}
	while (r.n) {
		ptrdiff_t i = str_find(r, STR(", "));

		if (i < 0) {
			r = str_from(r, r.n);
			break;
		}
		r = str_from(r, (size_t)i);
		if (at_next_key(str_from(r, 2)))
			break;
		r = str_from(r, 2);
	}
	inside = str_make(rest->p, (size_t)(r.p - rest->p));
	*rest = r;
	return inside;
}

static const struct {
	struct str key;
	enum field field;
} result_keys[] = {
	{ STR_INIT("quarantine"), F_QUARANTINE },
	{ STR_INIT("Queue-ID"), F_QID2 },
	{ STR_INIT("Message-ID"), F_MSGID },
	{ STR_INIT("mail_id"), F_SESSION },
	{ STR_INIT("Hits"), F_SCORE },
	{ STR_INIT("size"), F_SIZE },
	{ STR_INIT("queued_as"), F_QID3 },
	{ STR_INIT("Subject"), F_SUBJECT },
	{ STR_INIT("helo"), F_HELO },
};

/* ", dkim_sd=k1:one.example, dkim_new=lab:isp.test": the keys of good and of
 * new signatures, kept as they stand. */
static void
set_dkim(struct event *ev, struct str key, struct str v)
{
	struct str old = ev_get(ev, F_TEXT);
	const char *from = key.p;

	if (old.n && !str_starts(old, STR("dkim_")))
		return;
	if (old.n && old.p < key.p)
		from = old.p;
	ev_set(ev, F_TEXT, str_make(from, (size_t)(v.p + v.n - from)));
}

static void
set_key(struct event *ev, struct str key, struct str v)
{
	ptrdiff_t i;

	if (v.n &&
	    (str_eq(key, STR("dkim_sd")) || str_eq(key, STR("dkim_new")))) {
		set_dkim(ev, key, v);
		return;
	}
	for (size_t k = 0; k < sizeof(result_keys) / sizeof(*result_keys);
	     k++) {
		enum field f = result_keys[k].field;

		if (!str_eq(result_keys[k].key, key))
			continue;
		if (ev_has(ev, f))
			return; /* the template's own comes first */
		if (f == F_SUBJECT && v.n > 1 && v.p[0] == '"' &&
		    v.p[v.n - 1] == '"')
			v = str_make(v.p + 1, v.n - 2);
		if (f == F_QID3 && (i = str_rchr(v, '/')) >= 0) {
			ev_set(ev, F_TEXT, v);
			v = str_from(v, (size_t)i + 1);
		}
		if (v.n)
			ev_set(ev, f, v);
		return;
	}
}

/* ", KEY: VALUE, KEY=VALUE, ..., 96 ms"; true when the last was there. */
bool
amavis_keys(struct str r, struct event *ev)
{
	bool whole = false;

	while (r.n) {
		size_t n = 0;
		struct str key;

		while (r.n && (r.p[0] == ',' || r.p[0] == ' '))
			r = str_from(r, 1);
		if (r.n && is_digit(r.p[0]) && at_next_key(r)) {
			ev_set(ev, F_DELAY, r);
			whole = true;
			break;
		}
		while (n < r.n &&
		       (is_alnum(r.p[n]) || r.p[n] == '-' || r.p[n] == '_'))
			n++;
		key = str_head(r, n);
		if (n < r.n && r.p[n] == '=') {
			r = str_from(r, n + 1);
		} else if (n + 1 < r.n && r.p[n] == ':' && r.p[n + 1] == ' ') {
			r = str_from(r, n + 2);
		} else if (str_eq(key, STR("quarantine")) && n < r.n) {
			r = str_from(r, n + 1); /* no colon before 2.4 */
		} else {
			pick_to(&r, STR(", "));
			continue;
		}
		set_key(ev, key, take_value(&r));
	}
	return whole;
}

/*
 * "INFECTED (Eicar) {DiscardedInbound,Quarantined}".  The names in the
 * parentheses come out of the mail and may hold any bracket: the braces are
 * those that begin with a word of amavis's own.
 */
static void
read_category(struct str *rest, struct event *ev)
{
	static const char *const actions[] = { "Accepted", "Relayed",
		"Discarded", "Rejected", "Bounced", "NoBounce", "TempFailed",
		"Quarantined", "Archived", "Tagged", "Failed", NULL };
	struct str r = *rest, path = *rest;
	size_t w = 0;
	ptrdiff_t i;

	while (w < r.n && (is_alpha(r.p[w]) || r.p[w] == '-'))
		w++;
	if (str_starts(str_from(r, w), STR(" {"))) /* no names: as usual */
		path = str_head(r, w + 256);
	else if ((i = str_find(path, STR(" -> "))) >= 0)
		path = str_head(path, (size_t)i);
	for (struct str at = path; (i = str_chr(at, '{')) >= 0;) {
		struct str in = str_from(at, (size_t)i + 1);

		for (size_t k = 0; actions[k]; k++) {
			ptrdiff_t end;

			if (!str_starts(in, str_c(actions[k])) ||
			    (end = str_chr(in, '}')) < 0)
				continue;
			ev_set(ev, F_ACTION, str_head(in, (size_t)end));
			ev_set(ev, F_VERDICT,
			    str_trim(str_make(r.p, (size_t)(in.p - 1 - r.p))));
			*rest =
			    str_from(*rest, (size_t)(in.p + end + 1 - rest->p));
			return;
		}
		at = in;
	}
	/* before 2.7: "CLEAN, [1.2.3.4] <a> -> <b>", "SPAM (x), ..." */
	for (size_t n = 0, depth = 0; n < r.n; n++) {
		if (r.p[n] == '(')
			depth++;
		else if (r.p[n] == ')' && depth)
			depth--;
		else if (!depth && (r.p[n] == ',' || r.p[n] == '<')) {
			r.n = n;
			break;
		}
	}
	*rest = str_from(*rest, r.n);
	r = str_trim(r);
	if (r.n)
		ev_set(ev, F_VERDICT, r);
}

/* What is said of a blocked mail, the strongest word first. */
static enum ev_state
blocked_state(const struct event *ev)
{
	static const struct {
		struct str word;
		enum ev_state state;
	} words[] = {
		{ STR_INIT("TempFailed"), ST_TEMPFAIL },
		{ STR_INIT("Rejected"), ST_REJECTED },
		{ STR_INIT("Bounced"), ST_BOUNCED },
		{ STR_INIT("Discarded"), ST_DISCARDED },
		{ STR_INIT("NoBounce"), ST_DISCARDED },
		{ STR_INIT("Quarantined"), ST_QUARANTINED },
	};
	struct str action = ev_get(ev, F_ACTION);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_find(action, words[i].word) >= 0)
			return words[i].state;
	if (str_starts(ev_get(ev, F_VERDICT), STR("TEMPFAIL")))
		return ST_TEMPFAIL;
	return ev_has(ev, F_QUARANTINE) ? ST_QUARANTINED : ST_DISCARDED;
}

/*
 * (4051607-09) Blocked INFECTED (Eicar-Test) {DiscardedInbound,Quarantined},
 * [192.0.2.1]:1434 [192.0.2.1] <a@b.example> -> <c@d.example>, quarantine:
 * 2/virus-26W2, Queue-ID: 83B741009CD35, Message-ID: <x@b.example>, mail_id:
 * 26W2, Hits: -, size: 28646, 104 ms
 *
 * The default template is at the end of amavisd (log_templ).
 */
enum parse_result
amavis_result(struct str r, struct event *ev)
{
	bool passed = str_starts(r, STR("Passed")), cut;
	struct str ip, port;
	ptrdiff_t i;

	r = str_trim(str_from(r, passed ? 6 : 7));
	ev->kind = EV_FILTER;
	ev->flags |= EVF_DECIDES;
	cut = str_ends(r, STR("...")); /* its rest is in the next line */
	if (cut)
		ev->flags |= EVF_CUT;
	else
		ev->flags |= EVF_END;
	read_category(&r, ev);
	/* policy banks, then the client's address, before the path */
	i = str_find(r, STR(" <"));
	if (i >= 0) {
		struct str head = str_head(r, (size_t)i);

		while (head.n && head.p[0] != '[')
			head = str_from(head, 1);
		if (pick_ip(&head, &ip, &port) && is_ip(ip)) {
			ev_set(ev, F_CLIENT_IP, ip);
			if (port.n)
				ev_set(ev, F_CLIENT_PORT, port);
		}
	}
	find_path(&r, ev);
	if (!ev_has(ev, F_FROM) && !ev_has(ev, F_VERDICT)) {
		ev->flags |= EVF_CUT;
		if (!passed) /* what was done with it is not known */
			return PARSE_UNKNOWN;
	}
	amavis_keys(r, ev);
	ev->state = passed ? ST_PASSED : blocked_state(ev);
	return PARSE_EVENT;
}
