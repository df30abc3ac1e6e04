/*
 * unwrap.c: takes off what servers put around a reply (unwrap.h).
 *
 * Every wrapper ends in a colon or an opening quote, so the text is walked
 * from colon to colon, and what stands before each is looked up in a table of
 * endings.  The last one found is the innermost.  To add a wrapper: a row in
 * `endings`, with the line it was seen in as a test.
 */
#include "classify/unwrap.h"
#include "base/banned.h"

enum { LAYERS_MAX = 8, LOOK_BACK = 120 };

static const struct phase_row {
	struct str name;
	enum phase phase;
} phases[] = {
	{ STR_INIT("initial connection"), PHASE_CONNECT },
	{ STR_INIT("connect"), PHASE_CONNECT },
	{ STR_INIT("EHLO"), PHASE_HELO },
	{ STR_INIT("HELO"), PHASE_HELO },
	{ STR_INIT("LHLO"), PHASE_HELO },
	{ STR_INIT("STARTTLS"), PHASE_HELO },
	{ STR_INIT("AUTH"), PHASE_AUTH },
	{ STR_INIT("MAIL"), PHASE_MAIL },
	{ STR_INIT("RCPT"), PHASE_RCPT },
	{ STR_INIT("end of data"), PHASE_EOM },
	{ STR_INIT("end-of-data"), PHASE_EOM },
	{ STR_INIT("end of message"), PHASE_EOM },
	{ STR_INIT("final DATA"), PHASE_EOM },
	{ STR_INIT("sending data block"), PHASE_EOM },
	{ STR_INIT("TEXT"), PHASE_EOM },
	{ STR_INIT("message body"), PHASE_EOM },
	{ STR_INIT("DATA"), PHASE_DATA },
	{ STR_INIT("BDAT"), PHASE_EOM },
};

/* What stands before the colon (or quote) that opens a reply. */
static const struct ending {
	struct str text;
	enum phase phase;
	bool not_tried;
} endings[] = {
	{ STR_INIT("] said"), PHASE_UNKNOWN, false }, /* Postfix */
	{ STR_INIT(") said"), PHASE_UNKNOWN, false },
	{ STR_INIT("host said"), PHASE_UNKNOWN, false }, /* qmail */
	{ STR_INIT("server said"), PHASE_UNKNOWN, false },
	{ STR_INIT("platform: said"), PHASE_UNKNOWN, false },
	{ STR_INIT("refused to talk to me"), PHASE_CONNECT, false },
	{ STR_INIT("delivery temporarily suspended"), PHASE_UNKNOWN, true },
	{ STR_INIT("did not like our RCPT TO"), PHASE_RCPT, false }, /*Courier*/
	{ STR_INIT("did not like our MAIL FROM"), PHASE_MAIL, false },
	{ STR_INIT("did not like our DATA"), PHASE_DATA, false },
	{ STR_INIT("did not like our final DATA"), PHASE_EOM, false },
	{ STR_INIT("other server returned was"), PHASE_UNKNOWN, false },
	{ STR_INIT("from the remote server was"), PHASE_UNKNOWN, false },
	{ STR_INIT("Remote Server returned"), PHASE_UNKNOWN, false },
	{ STR_INIT("remote server response"), PHASE_UNKNOWN, false },
	{ STR_INIT(") reason"), PHASE_UNKNOWN, false }, /* 1&1 */
};

enum phase
phase_named(struct str s)
{
	if (str_startsi(s, STR("pipelined ")))
		s = str_from(s, 10);
	for (size_t i = 0; i < sizeof(phases) / sizeof(*phases); i++)
		if (str_startsi(s, phases[i].name))
			return phases[i].phase;
	return PHASE_UNKNOWN;
}

size_t
dsn_at(struct str s)
{
	size_t i, n;

	if (s.n < 5 || !strchr("245", s.p[0]) || s.p[1] != '.')
		return 0;
	for (i = 2, n = 0; i < s.n && is_digit(s.p[i]) && n < 3; n++)
		i++;
	if (!n || i == s.n || s.p[i] != '.')
		return 0;
	for (i++, n = 0; i < s.n && is_digit(s.p[i]) && n < 3; n++)
		i++;
	if (!n ||
	    (i < s.n && (is_digit(s.p[i]) || (s.p[i] == '.' && i + 1 < s.n &&
						 is_digit(s.p[i + 1])))))
		return 0;
	return i;
}

static bool
code_at(struct str s)
{
	return s.n >= 3 && s.p[0] >= '2' && s.p[0] <= '5' && is_digit(s.p[1]) &&
	       is_digit(s.p[2]) && (s.n == 3 || !is_alnum(s.p[3]));
}

/* ---- what follows a reply ---- */

/* "(in reply to RCPT TO command)", "Giving up on X.", "(state 14)." ... */
static void
cut_tail(struct unwrapped *u)
{
	struct str *s = &u->core;

	for (int layer = 0; layer < LAYERS_MAX; layer++) {
		size_t before = s->n;
		struct str tail;
		ptrdiff_t i;

		*s = str_trim(*s);
		tail = s->n > LOOK_BACK ? str_from(*s, s->n - LOOK_BACK) : *s;
		if (str_ends(*s, STR("command)")) ||
		    str_ends(*s, STR("command))"))) {
			i = str_rfind(tail, STR("(in reply to "));
			if (i >= 0) {
				enum phase p =
				    phase_named(str_from(tail, (size_t)i + 13));

				if (p)
					u->phase = p;
				s->n -= tail.n - (size_t)i;
			}
		} else if (str_ends(*s, STR("retry timeout exceeded")) &&
			   s->n > 24) {
			s->n -= 22;
			u->expired = true;
			while (s->n && strchr(": ", s->p[s->n - 1]))
				s->n--;
		} else if (str_ends(*s, STR("."))) {
			i = str_rfind(tail, STR("Giving up on "));
			if (i > 0)
				s->n -= tail.n - (size_t)i;
		} else if (str_ends(*s, STR("##"))) {
			s->n -= 2;
		}
		if (s->n == before)
			return;
	}
}

/* ---- what stands before it ---- */

/* X of "... host X[192.0.2.1] said", or of "host X [192.0.2.1]: ". */
static struct str
host_before(struct str s)
{
	struct str look =
	    s.n > 2 * LOOK_BACK ? str_from(s, s.n - 2 * LOOK_BACK) : s;
	ptrdiff_t i = str_rfind(look, STR("host "));
	size_t n = 0;

	if (i < 0)
		return STR_NONE;
	look = str_from(look, (size_t)i + 5);
	while (n < look.n && !strchr("[ (:", look.p[n]))
		n++;
	return str_head(look, n);
}

/* qmail says it in the sentence before "Remote host said:". */
static enum phase
qmail_phase(struct str before)
{
	if (str_find(before, STR("sender was rejected")) >= 0)
		return PHASE_MAIL;
	if (str_find(before, STR("does not like recipient")) >= 0)
		return PHASE_RCPT;
	if (str_find(before, STR("after I sent the message")) >= 0)
		return PHASE_EOM;
	if (str_find(before, STR("greeting failed")) >= 0)
		return PHASE_CONNECT;
	return PHASE_UNKNOWN;
}

static void
layer(struct unwrapped *u, struct str before, enum phase phase)
{
	if (u->side == SIDE_UNKNOWN) {
		u->side = SIDE_REMOTE;
		if (!str_endsi(before, STR("host said")))
			u->host = host_before(before);
	} else {
		u->side = SIDE_RELAY;
	}
	if (phase)
		u->phase = phase;
}

/* "host X [192.0.2.1]: " at the start of what Exim prints next. */
static struct str
skip_host(struct unwrapped *u, struct str s)
{
	size_t n = 5;

	if (!str_starts(s, STR("host ")))
		return s;
	while (n < s.n && s.p[n] != ' ' && s.p[n] != '[')
		n++;
	if (!u->host.n)
		u->host = str_make(s.p + 5, n - 5);
	while (n + 1 < s.n && !(s.p[n] == ':' && s.p[n + 1] == ' '))
		n++;
	return n + 1 < s.n ? str_trim(str_from(s, n + 2)) : s;
}

/*
 * SMTP error from remote mail server after RCPT TO:<a@b>: host X [ip]: 550 ..
 * LMTP error after end of data: 452 ..
 * SMTP error from remote server for RCPT TO command, host: X (ip) reason: 550
 * Printed by Exim src/deliver.c and src/transports/smtp.c, lmtp.c; the last
 * by a large German hoster's.
 */
static bool
exim_wrapper(struct unwrapped *u)
{
	ptrdiff_t i = str_find(u->core, STR(" error "));
	struct str rest;
	ptrdiff_t j;

	if (i < 4 || (memcmp(u->core.p + i - 4, "SMTP", 4) != 0 &&
			 memcmp(u->core.p + i - 4, "LMTP", 4) != 0))
		return false;
	rest = str_from(u->core, (size_t)i);
	j = str_find(str_head(rest, 60), STR(" after "));
	if (j < 0) {
		j = str_find(str_head(rest, 60), STR(" for "));
		if (j < 0)
			return false;
		u->phase = phase_named(str_from(rest, (size_t)j + 5));
		j = str_find(rest, STR("reason:"));
		if (j < 0)
			return false;
		layer(u, str_head(u->core, (size_t)i), PHASE_UNKNOWN);
		u->core = str_trim(str_from(rest, (size_t)j + 7));
		return true;
	}
	rest = str_from(rest, (size_t)j + 7);
	layer(u, str_head(u->core, (size_t)i), phase_named(rest));
	if (str_startsi(rest, STR("pipelined ")))
		rest = str_from(rest, 10);
	if (str_startsi(rest, STR("MAIL")) || str_startsi(rest, STR("RCPT"))) {
		j = str_chr(rest, '>');
		if (j >= 0)
			rest = str_from(rest, (size_t)j);
	}
	j = str_find(rest, STR(": "));
	if (j < 0)
		return false;
	u->core = skip_host(u, str_trim(str_from(rest, (size_t)j + 2)));
	return true;
}

/* ==, **: "defer (-44) H=mx [192.0.2.1]: text" (Exim src/deliver.c). */
static void
exim_defer(struct unwrapped *u)
{
	ptrdiff_t i = str_find(str_head(u->core, 200), STR("defer ("));
	struct str rest, no;
	int64_t v;

	if (i < 0)
		return;
	rest = str_from(u->core, (size_t)i + 7);
	i = str_chr(str_head(rest, 12), ')');
	if (i < 0)
		return;
	no = str_head(rest, (size_t)i);
	u->has_defer_no = str_i64(no, &v) && v > -1000 && v < 1000;
	u->defer_no = u->has_defer_no ? (int)v : 0;
	rest = str_from(rest, (size_t)i + 1);
	while (rest.n && strchr(": ", rest.p[0]))
		rest = str_from(rest, 1);
	if (str_starts(rest, STR("H="))) {
		struct str host = str_from(rest, 2);

		i = str_chr(host, ' ');
		u->host = i > 0 ? str_head(host, (size_t)i) : STR_NONE;
		i = str_find(rest, STR("]: "));
		if (i < 0)
			return;
		rest = str_from(rest, (size_t)i + 3);
	}
	u->core = rest;
}

/* "SMTP; ", "smtp;", "X-Postfix; ": the type of a Diagnostic-Code. */
static void
skip_type(struct unwrapped *u)
{
	size_t n = 0;

	if (str_startsi(u->core, STR("Diagnostic-Code:")))
		u->core = str_trim(str_from(u->core, 16));
	while (n < u->core.n && n < 16 &&
	       (is_alnum(u->core.p[n]) || u->core.p[n] == '-'))
		n++;
	if (n < 3 || n >= u->core.n || u->core.p[n] != ';' ||
	    str_startsi(u->core, STR("x-unix"))) /* an exit status */
		return;
	if (!str_eqi(str_head(u->core, n), STR("smtp")) &&
	    !str_startsi(u->core, STR("x-")) &&
	    !str_eqi(str_head(u->core, n), STR("dns")) &&
	    !str_eqi(str_head(u->core, n), STR("lmtp")) &&
	    !str_eqi(str_head(u->core, n), STR("unknown")))
		return;
	if (u->side == SIDE_UNKNOWN &&
	    str_eqi(str_head(u->core, n), STR("smtp")))
		u->side = SIDE_REMOTE;
	u->core = str_trim(str_from(u->core, n + 1));
}

/* Exchange: "... returned '550 5.1.1 ...'" and "#550 5.1.1 ... ##". */
static void
exchange(struct unwrapped *u)
{
	ptrdiff_t i = str_chr(u->core, '\'');
	size_t n;

	if (i < 10 || (size_t)i + 5 > u->core.n ||
	    memcmp(u->core.p + i - 9, "returned ", 9) != 0 ||
	    !code_at(str_from(u->core, (size_t)i + 1)))
		return;
	layer(u, str_head(u->core, (size_t)i), PHASE_UNKNOWN);
	u->core = str_from(u->core, (size_t)i + 1);
	i = str_chr(u->core, '\'');
	n = i < 0 ? u->core.n : (size_t)i;
	/* an apostrophe inside the reply is followed by a letter */
	while (n + 1 < u->core.n && is_alnum(u->core.p[n + 1])) {
		i = str_chr(str_from(u->core, n + 1), '\'');
		n = i < 0 ? u->core.n : n + 1 + (size_t)i;
	}
	u->core.n = n;
}

/* Sendmail's transcript: ">>> RCPT To:<a@b> <<< 550 no 554 <a@b>... failed" */
static void
transcript(struct unwrapped *u)
{
	struct str s = u->core;
	size_t from = 0;
	ptrdiff_t i;

	while ((i = str_find(str_from(s, from), STR("<<< "))) >= 0) {
		size_t at = from + (size_t)i;
		struct str reply = str_from(s, at + 4);
		ptrdiff_t cmd = str_rfind(str_head(s, at), STR(">>> "));
		struct str what =
		    cmd < 0 ? STR("") : str_from(s, (size_t)cmd + 4);

		from = at + 4;
		if (!code_at(reply) ||
		    (reply.p[0] != '4' && reply.p[0] != '5') ||
		    str_startsi(what, STR("QUIT")) ||
		    str_startsi(what, STR("RSET")))
			continue;
		layer(u, str_head(s, at), phase_named(what));
		i = str_find(reply, STR(">>> "));
		if (i > 0)
			reply.n = (size_t)i;
		for (size_t k = 4; k + 5 < reply.n; k++)
			if (reply.p[k - 1] == ' ' && reply.p[k + 3] == ' ' &&
			    reply.p[k + 4] == '<' && reply.p[k + 5] != '<' &&
			    code_at(str_from(reply, k)))
				reply.n = k;
		u->core = str_trim(reply);
		return;
	}
}

/*
 * "Sender address rejected: undeliverable address: host X said: 550 User
 * unknown" (Postfix, reject_unverified_sender): the other server was asked
 * about the sender; of the recipient that says nothing.
 */
static bool
sender_was_asked(struct str before)
{
	return str_find(before, STR("ender address rejected: un")) >= 0;
}

static void
colons(struct unwrapped *u)
{
	struct str s = u->core;
	const char *end = s.p + s.n;
	const char *p = s.p;
	size_t at = 0; /* where u->core begins */

	while (p < end && (p = memchr(p, ':', (size_t)(end - p))) != NULL) {
		struct str before = str_make(s.p, (size_t)(p - s.p));

		p++;
		if (before.n < 6 || !is_alpha(before.p[before.n - 1]))
			continue;
		for (size_t i = 0; i < sizeof(endings) / sizeof(*endings);
		     i++) {
			const struct ending *e = &endings[i];

			if (before.p[before.n - 1] !=
				e->text.p[e->text.n - 1] ||
			    !str_endsi(before, e->text))
				continue;
			if (sender_was_asked(str_from(before, at))) {
				u->core = str_trim(u->core);
				return;
			}
			if (e->not_tried)
				u->not_tried = true;
			else
				layer(u, before, e->phase);
			if (str_endsi(before, STR("host said")) && !u->phase)
				u->phase = qmail_phase(before);
			u->core = str_make(p, (size_t)(end - p));
			at = (size_t)(p - s.p);
			break;
		}
	}
	u->core = str_trim(u->core);
}

/* ---- the codes at the head ---- */

static void
head_codes(struct unwrapped *u)
{
	struct str s = u->core;
	size_t i = 0, n;

	while (i < s.n && i < 4 && strchr("#<\"'(: ", s.p[i]))
		i++;
	if (code_at(str_from(s, i))) {
		u->code = str_make(s.p + i, 3);
		i += 3;
		while (i < s.n && strchr("-:,= \t\"'#", s.p[i]))
			i++;
	}
	if (i < s.n && s.p[i] == '#')
		i++;
	n = dsn_at(str_from(s, i));
	if (n) {
		u->dsn = str_make(s.p + i, n);
		i += n;
	}
	u->head = u->code.n || n ? i : 0;
}

/* Codes further in: "xyz 550 5.1.1 ...", "... (#5.1.2)". */
static void
inner_codes(struct unwrapped *u)
{
	struct str s = u->core;

	for (size_t i = u->head; i < s.n; i++) {
		size_t n;

		if (!is_digit(s.p[i]) ||
		    (i && (is_alnum(s.p[i - 1]) || s.p[i - 1] == '.' ||
			      s.p[i - 1] == '-')))
			continue;
		n = dsn_at(str_from(s, i));
		if (n && !u->dsn.n) {
			u->dsn = str_make(s.p + i, n);
			if (u->code.n)
				return;
		}
		if (!u->code.n && s.p[i] >= '4' && s.p[i] <= '5' &&
		    code_at(str_from(s, i)) && i + 3 < s.n &&
		    (s.p[i + 3] == ' ' || s.p[i + 3] == '-') &&
		    (i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == ':')) {
			u->code = str_make(s.p + i, 3);
			u->inner = i;
		}
		while (i + 1 < s.n && is_alnum(s.p[i + 1]))
			i++;
	}
}

void
unwrap(struct str text, struct unwrapped *u)
{
	*u = (struct unwrapped){ .core = str_trim(text) };
	if (!u->core.n) {
		u->core = STR("");
		return;
	}
	skip_type(u);
	exim_defer(u);
	cut_tail(u);
	for (int i = 0; i < LAYERS_MAX && exim_wrapper(u); i++)
		;
	transcript(u);
	exchange(u);
	colons(u);
	skip_type(u);
	cut_tail(u);
	head_codes(u);
	if (!u->head || !u->dsn.n)
		inner_codes(u);
	if (u->side == SIDE_UNKNOWN && u->code.n && u->head)
		u->side = SIDE_REMOTE;
}
