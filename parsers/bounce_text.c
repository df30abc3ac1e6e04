/*
 * bounce_text.c: recipients and reasons out of a notice in words.
 *
 * Programs differ in their sentences, but hardly in their layout: an address
 * stands alone on a line, or at its start, or after "to"; the reason follows
 * it, on the same line or the next.  So one reader serves all: it goes line by
 * line, with the recipient it is at, and what it collected for him.
 *
 *	<a@b>: host mx said: 550 no	Postfix, qmail: up to the empty line
 *	  a@b				Exim, Exchange: up to the next address
 *	    550 no
 *	550 5.1.1 <a@b>... no		Sendmail
 *	>>> RCPT To:<a@b>		Sendmail's transcript
 *	<<< 550 no
 *	delivered to a@b because ...	Gmail and others, in a sentence
 */
#include "parsers/bounce_part.h"
#include "base/banned.h"

enum { LINES_MAX = 4000 };

struct reader {
	struct bounce *b;
	struct arena *a;
	struct buf reason;  /* of the recipient at hand */
	struct buf loose;   /* what belongs to nobody: for those without */
	struct buf pending; /* of a transcript: for whom is said next */
	struct bounce_rcpt *cur;
	size_t cur_i;
	bool to_blank; /* the reason ends at an empty line */
	bool gap;      /* an empty line came before */
	bool indented; /* the line at hand */
	bool asked;    /* >>> RCPT To: opened him */
};

/* A full stop, bracket or colon of Chinese and Japanese: ends an address. */
static bool
wide_mark(struct str s, size_t at)
{
	return at + 2 < s.n &&
	       ((s.p[at] == '\xe3' && s.p[at + 1] == '\x80') ||
		   (s.p[at] == '\xef' && s.p[at + 1] == '\xbc'));
}

size_t
addr_at(struct str s)
{
	size_t n = 0, at;

	if (s.n && s.p[0] == '"') { /* "a b"@c */
		ptrdiff_t q = str_chr(str_from(str_head(s, 80), 1), '"');

		n = q < 0 ? 0 : (size_t)q + 2;
	}
	while (n < s.n && n < 256 && !wide_mark(s, n) &&
	       ((unsigned char)s.p[n] >= 0x80 || is_alnum(s.p[n]) ||
		   strchr("!#$%&'*+-/=?^_`{|}~.", s.p[n])))
		n++;
	if (!n || n >= s.n || s.p[n] != '@')
		return 0;
	at = n++;
	while (n < s.n && n - at < 256 && !wide_mark(s, n) &&
	       ((unsigned char)s.p[n] >= 0x80 || is_alnum(s.p[n]) ||
		   s.p[n] == '-' || s.p[n] == '.' || s.p[n] == '_'))
		n++;
	while (n > at + 1 && (s.p[n - 1] == '.' || s.p[n - 1] == '-'))
		n--;
	return n > at + 1 ? n : 0;
}

ptrdiff_t
find_addr(struct str s, size_t *n)
{
	ptrdiff_t at = str_chr(s, '@');
	size_t i;

	while (at > 0) {
		i = (size_t)at;
		while (i && !(i >= 3 && wide_mark(s, i - 3)) &&
		       ((unsigned char)s.p[i - 1] >= 0x80 ||
			   is_alnum(s.p[i - 1]) ||
			   strchr("!#$%&'*+-/=?^_`{|}~.", s.p[i - 1])))
			i--;
		while (i < (size_t)at && strchr("'`=", s.p[i]))
			i++;
		*n = addr_at(str_from(s, i));
		if (*n)
			return (ptrdiff_t)i;
		i = (size_t)at + 1;
		at = str_chr(str_from(s, i), '@');
		if (at >= 0)
			at += (ptrdiff_t)i;
	}
	return -1;
}

bool
next_line(struct str *rest, struct str *line)
{
	if (!rest->p || !rest->n)
		return false;
	*line = str_split(rest, '\n');
	return true;
}

/* ---- where the returned message starts ---- */

size_t
bounce_cut(struct str text, struct str *original)
{
	static const struct str marks[] = {
		STR_INIT("below this line is a copy"),
		STR_INIT("this is a copy of"),
		STR_INIT("is a copy of the"),
		STR_INIT("enclosed is a copy"),
		STR_INIT("header of the original message"),
		STR_INIT("message headers follow"),
		STR_INIT("message header follows"),
		STR_INIT("message follows"),
		STR_INIT("message follows."),
		STR_INIT("original message follows"),
		STR_INIT("unsent message"),
		STR_INIT("returned message"),
		STR_INIT("-original message-"),
		STR_INIT("- original message"),
		STR_INIT("original message -"),
		STR_INIT("original message header"),
		STR_INIT("original headers"),
		STR_INIT("original message:"),
		STR_INIT("original message text"),
		STR_INIT("received: from "),
		STR_INIT("received:from "),
		STR_INIT("received: by "),
		STR_INIT("return-path: "),
		STR_INIT("message body follows"),
		STR_INIT("copy of message"),
		STR_INIT("start of returned"),
		STR_INIT("return message"),
		STR_INIT("intestazioni originali"),
		STR_INIT("originalnachrichtenkopf"),
		STR_INIT("ursprungliche"),
		STR_INIT("urspr\xc3\xbcngliche"),
		STR_INIT("en-t\xc3\xaates"),
		STR_INIT("encabezados"),
		STR_INIT("first part of the"),
		STR_INIT("message contents"),
	};
	struct str rest = text, line;
	size_t at = 0, lines = 0;

	*original = STR_NONE;
	while (next_line(&rest, &line) && lines++ < LINES_MAX) {
		struct str t = str_trim(
		    str_starts(line, STR("> ")) ? str_from(line, 2) : line);
		size_t next = rest.p ? (size_t)(rest.p - text.p) : text.n;

		if (t.n < 100)
			for (size_t i = 0; i < sizeof(marks) / sizeof(*marks);
			     i++) {
				ptrdiff_t f = str_findi(t, marks[i]);
				/* a header starts its line; other marks may
				 * have dashes before them */
				bool head = marks[i].p[0] == 'r' &&
					    str_chr(marks[i], ':') > 0;

				if (f < 0 || f > 40 ||
				    (f > 0 &&
					(head || !strchr("-=_*#", t.p[0]))))
					continue;
				*original = str_from(text, head ? at : next);
				return at;
			}
		at = next;
	}
	return text.n;
}

/* ---- the recipient at hand ---- */

static void
add(struct buf *b, struct str s)
{
	s = str_trim(s);
	if (!s.n || b->n + s.n + 2 > BOUNCE_REASON_MAX)
		return;
	if (b->n)
		buf_putc(b, ' ');
	buf_add(b, s);
}

bool
has_code(struct str s)
{
	for (size_t i = 0; i + 3 < s.n; i++)
		if ((s.p[i] == '4' || s.p[i] == '5') && is_digit(s.p[i + 1]) &&
		    is_digit(s.p[i + 2]) &&
		    (s.p[i + 3] == ' ' || s.p[i + 3] == '-') &&
		    (i == 0 || !is_alnum(s.p[i - 1])))
			return true;
	return false;
}

/* What was collected becomes his reason; of two, the one with a code. */
static void
close_rcpt(struct reader *r)
{
	if (r->cur && r->reason.n) {
		struct bounce_rcpt *rc = &r->b->rcpt[r->cur_i];
		struct str got = buf_str(&r->reason);

		if (!rc->reply.n || (!has_code(rc->reply) && has_code(got)))
			rc->reply = arena_dup(r->a, got);
		else if (!rc->text.n)
			rc->text = arena_dup(r->a, got);
	}
	buf_clear(&r->reason);
	r->cur = NULL;
	r->to_blank = r->asked = false;
}

static bool
of_notice(const struct bounce *b, struct str addr)
{
	return str_eqi(addr, b->to) || str_eqi(addr, b->from) ||
	       str_startsi(addr, STR("postmaster@")) ||
	       str_startsi(addr, STR("mailer-daemon@"));
}

static bool
open_rcpt(struct reader *r, struct str addr, bool to_blank)
{
	close_rcpt(r);
	r->cur = bounce_rcpt(r->b, r->a, addr);
	if (!r->cur)
		return false;
	r->cur_i = (size_t)(r->cur - r->b->rcpt);
	r->to_blank = to_blank;
	r->gap = false;
	return true;
}

/* "(expanded from <a@b>)", "(generated from a@b)": the address as given. */
static struct str
given_as(struct reader *r, struct str rest)
{
	static const struct str words[] = {
		STR_INIT("(expanded from"),
		STR_INIT("(generated from"),
		STR_INIT("(ultimately generated from"),
		STR_INIT("(originally addressed to"),
	};
	size_t n;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct str in, before = STR("");
		ptrdiff_t at, end;

		if (!str_startsi(rest, words[i]))
			continue;
		in = str_from(rest, words[i].n);
		end = str_chr(in, ')');
		at = find_addr(in, &n);
		if (at >= 0 && r->cur)
			before = str_make(in.p + at, n);
		if (before.n && !str_eqi(before, r->cur->to))
			r->cur->original_to = arena_dup(r->a, before);
		return str_trim(str_from(in, end < 0 ? in.n : (size_t)end + 1));
	}
	return rest;
}

/* ---- lines ---- */

/* An address at the start: alone, or with the reason behind it. */
static bool
address_line(struct reader *r, struct str t)
{
	struct str rest, addr;
	size_t i = 0, n;
	bool angle;

	while (i < t.n && i < 6 && strchr("<>*-\"'[ \t", t.p[i]) &&
	       (t.p[i] != '"' || !addr_at(str_from(t, i))))
		i++;
	angle = i && t.p[i - 1] == '<';
	if (str_startsi(str_from(t, i), STR("mailto:")))
		i += 7;
	n = addr_at(str_from(t, i));
	if (!n)
		return false;
	addr = str_make(t.p + i, n);
	rest = str_from(t, i + n);
	while (rest.n && strchr(">\"']", rest.p[0]))
		rest = str_from(rest, 1);
	rest = str_trim(rest);
	/* the same again: "a@b <mailto:a@b>", "a@b <a@b>" */
	if (rest.n && rest.p[0] == '<' && str_findi(rest, addr) >= 0) {
		ptrdiff_t end = str_chr(rest, '>');

		rest = str_trim(
		    str_from(rest, end < 0 ? rest.n : (size_t)end + 1));
	}
	if (rest.n && !strchr(":;([.,-", rest.p[0]) && !angle &&
	    !str_startsi(rest, STR("Error")) &&
	    !str_startsi(rest, STR("on ")) && !str_startsi(rest, STR("#")) &&
	    !str_startsi(rest, STR("smtp")) &&
	    !str_startsi(rest, STR("Invalid Address")) && !has_code(rest))
		return false;
	if (r->cur && !r->gap && r->reason.n && !angle && of_notice(r->b, addr))
		return false;
	if (of_notice(r->b, addr) && r->b->nrcpt)
		return false;
	open_rcpt(r, addr, rest.n && rest.p[0] == ':');
	rest = given_as(r, rest);
	while (rest.n && strchr(":;,", rest.p[0])) {
		r->to_blank = true;
		rest = str_trim(str_from(rest, 1));
	}
	if (rest.n > 2 && rest.p[0] == '[' && rest.p[rest.n - 1] == ']')
		rest = str_make(rest.p + 1, rest.n - 2);
	add(&r->reason, rest);
	return true;
}

/* 550 5.1.1 <a@b>... User unknown */
static bool
coded_line(struct reader *r, struct str t)
{
	struct str rest = t;
	size_t n;

	if (t.n < 8 || (t.p[0] != '4' && t.p[0] != '5') ||
	    !has_code(str_head(t, 5)))
		return false;
	rest = str_trim(str_from(t, 4));
	while (rest.n && (is_digit(rest.p[0]) || rest.p[0] == '.'))
		rest = str_from(rest, 1);
	rest = str_trim(rest);
	if (!rest.n || rest.p[0] != '<')
		return false;
	n = addr_at(str_from(rest, 1));
	if (!n || !str_starts(str_from(rest, n + 2), STR("...")))
		return false;
	if (!r->cur ||
	    !str_eqi(r->b->rcpt[r->cur_i].to, str_make(rest.p + 1, n)))
		open_rcpt(r, str_make(rest.p + 1, n), false);
	add(&r->reason, t);
	if (r->pending.n && !r->cur->text.n)
		r->cur->text = arena_dup(r->a, buf_str(&r->pending));
	buf_clear(&r->pending);
	return true;
}

static bool
transcript_line(struct reader *r, struct str t)
{
	size_t n;

	if (str_starts(t, STR(">>> "))) {
		ptrdiff_t at = find_addr(t, &n);

		if (at > 0 && str_startsi(str_from(t, 4), STR("RCPT")))
			r->asked = open_rcpt(r, str_make(t.p + at, n), false);
		else
			close_rcpt(r);
		buf_clear(&r->pending);
		return true;
	}
	if (str_starts(t, STR("<<< "))) {
		t = str_from(t, 4);
		if (!t.n || t.p[0] < '4')
			return true;
		add(r->cur && r->asked ? &r->reason : &r->pending, t);
		return true;
	}
	if (r->pending.n && t.n > 4 && has_code(str_head(t, 5)) &&
	    t.p[4] != '<') {
		add(&r->pending, t);
		return true;
	}
	if (t.n > 8 && has_code(str_head(t, 5)) &&
	    str_find(t, STR(" (smtp)... ")) > 0) { /* the old Sendmail */
		add(&r->pending, t);
		return true;
	}
	if (str_starts(t, STR("(reason: "))) {
		t = str_from(t, 9);
		if (str_ends(t, STR(")")))
			t.n--;
		if (r->cur) {
			buf_clear(&r->reason);
			add(&r->reason, t);
			return true;
		}
	}
	if (str_starts(t, STR("(expanded from: "))) {
		ptrdiff_t at = find_addr(t, &n);

		if (at > 0 && r->cur)
			r->cur->original_to =
			    arena_dup(r->a, str_make(t.p + at, n));
		return true;
	}
	return false;
}

static bool
any_of(struct str s, const struct str *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_findi(s, w[i]) >= 0)
			return true;
	return false;
}

/* "... your mail to <a@b>.", "Addressed To: a@b", "delivered to a@b because" */
static bool
sentence(struct reader *r, struct str t)
{
	static const struct str to_words[] = {
		STR_INIT("to:"),
		STR_INIT(" to "),
		STR_INIT("recipient"),
		STR_INIT("deliver"),
		STR_INIT("rcpt"),
		STR_INIT("addressee"),
		STR_INIT("address "),
		STR_INIT("address:"),
		STR_INIT("mailbox"),
		STR_INIT("user "),
		STR_INIT("user:"),
		STR_INIT(" for "),
		STR_INIT("reach"),
		STR_INIT("email:"),
	};
	static const struct str other_words[] = {
		STR_INIT("contact"),
		STR_INIT("assistance"),
		STR_INIT("please send"),
		STR_INIT("from:"),
		STR_INIT("from "),
		STR_INIT("sender"),
		STR_INIT("by "),
		STR_INIT("id:"),
		STR_INIT("message-id"),
		STR_INIT("reply-to"),
		STR_INIT("http"),
		STR_INIT("hello "),
		STR_INIT("dear "),
		STR_INIT("questions"),
		STR_INIT("help"),
		STR_INIT("in-reply-to"),
		STR_INIT("references"),
	};
	struct str before, addr;
	size_t n;
	ptrdiff_t at = find_addr(t, &n);

	if (at <= 0 || (r->cur && !r->gap && r->reason.n) ||
	    str_startsi(t, STR("To:")))
		return false;
	addr = str_make(t.p + at, n);
	before = str_head(t, (size_t)at);
	if (!any_of(before, to_words, sizeof(to_words) / sizeof(*to_words)) ||
	    any_of(before, other_words,
		sizeof(other_words) / sizeof(*other_words)) ||
	    of_notice(r->b, addr))
		return false;
	open_rcpt(r, addr, false);
	add(&r->reason, t);
	return true;
}

static void
line(struct reader *r, struct str t)
{
	if (!t.n) {
		if (r->cur && r->to_blank && r->reason.n)
			close_rcpt(r);
		r->gap = true;
		return;
	}
	if (r->cur && r->to_blank && !r->gap && r->indented) {
		add(&r->reason, given_as(r, t)); /* goes on */
		return;
	}
	if (transcript_line(r, t) || coded_line(r, t) || address_line(r, t) ||
	    sentence(r, t)) {
		r->gap = false;
		return;
	}
	r->gap = false;
	if (r->cur && str_starts(t, STR("(")))
		t = given_as(r, t);
	add(r->cur ? &r->reason : &r->loose, t);
}

void
bounce_text(struct bounce *b, struct arena *a, struct str text,
    struct str *original, struct str *loose_text)
{
	struct reader r = { .b = b, .a = a };
	size_t end = bounce_cut(text, original);
	struct str rest = str_head(text, end), l, loose;
	size_t lines = 0;

	buf_init(&r.reason, BOUNCE_REASON_MAX + 64);
	buf_init(&r.loose, BOUNCE_REASON_MAX + 64);
	buf_init(&r.pending, BOUNCE_REASON_MAX + 64);
	while (next_line(&rest, &l) && lines++ < LINES_MAX) {
		if (str_starts(l, STR("> "))) /* somebody passed it on */
			l = str_from(l, 2);
		r.indented = l.n && is_space(l.p[0]);
		line(&r, str_trim(l));
	}
	b->cut |= lines >= LINES_MAX;
	close_rcpt(&r);
	add(&r.loose, buf_str(&r.pending));
	loose = arena_dup(a, buf_str(&r.loose));
	*loose_text = loose;
	for (size_t i = 0; i < b->nrcpt; i++) {
		struct bounce_rcpt *rc = &b->rcpt[i];

		if (!rc->reply.n)
			rc->reply = loose;
		else if (!rc->text.n && loose.n &&
			 (!has_code(rc->reply) || has_code(loose)))
			rc->text = loose;
	}
	if (!b->nrcpt && loose.n) { /* a reason, for whom is not said */
		struct str lost = loose;
		size_t n;
		ptrdiff_t at = find_addr(lost, &n);
		struct bounce_rcpt *rc = NULL;

		while (at >= 0 && of_notice(b, str_make(lost.p + at, n))) {
			lost = str_from(lost, (size_t)at + n);
			at = find_addr(lost, &n);
		}
		if (at >= 0)
			rc = bounce_rcpt(b, a, str_make(lost.p + at, n));
		if (rc)
			rc->reply = loose;
	}
	buf_release(&r.reason);
	buf_release(&r.loose);
	buf_release(&r.pending);
}
