/*
 * bounce.c: what kind of mail it is and what it says, from all its parts.
 *
 * The order of docs/rules.md, first yes decides: a feedback
 * report, a delivery status, a disposition notification, X-Failed-Recipients,
 * sentences that only bounces have, the sender with such a subject, an
 * automatic reply.  "Auto-Submitted: auto-replied" alone says nothing: a
 * third of all bounces carry it.  Parts of the returned message are never
 * read for reasons.
 */
#include "base/die.h"
#include "parsers/bounce_part.h"
#include "base/banned.h"

enum {
	HEAD_TEXT_MAX = 4096,
	LEVELS_MAX = 2, /* bounces forwarded as attachments */
};

static const char *const kind_names[BOUNCE_KINDS] = {
	[BOUNCE_NOT] = "not_bounce",
	[BOUNCE_FAILED] = "bounce",
	[BOUNCE_DELAYED] = "delayed",
	[BOUNCE_DELIVERED] = "delivered",
	[BOUNCE_COMPLAINT] = "complaint",
	[BOUNCE_AUTO_REPLY] = "auto_reply",
};

const char *
bounce_kind_name(enum bounce_kind k)
{
	return kind_names[(unsigned)k < BOUNCE_KINDS ? k : BOUNCE_NOT];
}

struct bounce_rcpt *
bounce_rcpt(struct bounce *b, struct arena *a, struct str addr)
{
	struct bounce_rcpt *r;

	for (size_t i = 0; i < b->nrcpt; i++)
		if (str_eqi(b->rcpt[i].to, addr) ||
		    (b->rcpt[i].original_to.n &&
			str_eqi(b->rcpt[i].original_to, addr)))
			return &b->rcpt[i];
	if (b->nrcpt == BOUNCE_RCPTS_MAX) {
		b->cut = true;
		return NULL;
	}
	arena_grow(a, b->rcpt, b->nrcpt, b->rcpt_cap);
	r = &b->rcpt[b->nrcpt++];
	*r = (struct bounce_rcpt){ .to = arena_dup(a, addr) };
	return r;
}

/* What a mail's parts are for us. */
struct view {
	struct mime m;
	size_t dsn, report, mdn, original; /* index, 0: none */
	struct str text;		   /* the notice, decoded */
	struct str lower; /* in lower case, blanks single, up to the returned
			   * message */
	struct str original_head;
};

static bool
inside_original(const struct mime *m, size_t i)
{
	while (i) {
		i = m->part[i].parent;
		if (str_eq(m->part[i].type, STR("message/rfc822")) ||
		    str_eq(m->part[i].type, STR("message/global")))
			return true;
	}
	return false;
}

static struct str
header_text(struct arena *a, struct str head, struct str name)
{
	struct buf b = BUF_INIT(HEAD_TEXT_MAX);
	struct str v = mime_header(head, name, NULL), s;

	if (!v.p)
		return STR_NONE;
	mime_decode_words(str_head(v, HEAD_TEXT_MAX / 4), &b);
	s = arena_dup(a, str_trim(buf_str(&b)));
	buf_release(&b);
	return s;
}

/* The address of a From: or To: header. */
static struct str
header_addr(struct arena *a, struct str head, struct str name)
{
	struct str v = header_text(a, head, name);
	ptrdiff_t lt = str_rchr(v, '<');
	size_t n;

	for (size_t i = lt < 0 ? 0 : (size_t)lt + 1; i < v.n; i++)
		if ((i == 0 || !is_alnum(v.p[i - 1])) &&
		    (n = addr_at(str_from(v, i))) != 0)
			return str_make(v.p + i, n);
	return STR_NONE;
}

static void
collect(struct view *v, struct arena *a)
{
	struct buf text = BUF_INIT(BOUNCE_TEXT_MAX);
	struct buf low = BUF_INIT(BOUNCE_TEXT_MAX);
	struct str rest;
	size_t html = v->m.n; /* none */
	bool any = false;

	for (size_t i = 0; i < v->m.n; i++) {
		struct mime_part *p = &v->m.part[i];
		struct str t = p->type;

		if (inside_original(&v->m, i))
			continue;
		if (str_eq(t, STR("message/delivery-status")) ||
		    str_eq(t, STR("message/global-delivery-status"))) {
			v->dsn = v->dsn ? v->dsn : i;
		} else if (str_eq(t, STR("message/feedback-report"))) {
			v->report = v->report ? v->report : i;
		} else if (
		    str_eq(t, STR("message/disposition-notification")) ||
		    str_eq(t, STR("message/global-disposition-notification"))) {
			v->mdn = v->mdn ? v->mdn : i;
		} else if (str_starts(t, STR("message/")) ||
			   str_eq(t, STR("text/rfc822-headers")) ||
			   str_eq(t, STR("text/rfc822"))) {
			v->original = v->original ? v->original : i;
		} else if (str_eq(t, STR("text/html"))) {
			html = html < v->m.n ? html : i;
		} else if (str_starts(t, STR("text/")) && !v->original) {
			if (text.n)
				buf_puts(&text, "\n\n");
			mime_text(p, &text);
			any |= str_trim(buf_str(&text)).n > 0;
		}
	}
	if (!any && html < v->m.n) {
		struct buf raw = BUF_INIT(BOUNCE_TEXT_MAX);

		mime_text(&v->m.part[html], &raw);
		mime_html_text(buf_str(&raw), &text);
		buf_release(&raw);
	}
	v->text = arena_dup(a, buf_str(&text));
	for (size_t i = 0, n = bounce_cut(v->text, &rest); i < n; i++) {
		char c = text.p[i];

		if (!is_space(c))
			buf_putc(&low, to_lower(c));
		else if (low.n && low.p[low.n - 1] != ' ')
			buf_putc(&low, ' '); /* sentences are broken anywhere */
	}
	v->lower = arena_dup(a, buf_str(&low));
	buf_release(&text);
	buf_release(&low);
}

/* ---- the returned message ---- */

static void
original(struct bounce *b, struct arena *a, struct view *v, struct str text)
{
	struct str head = v->original_head, s;

	if (v->original) {
		struct buf raw = BUF_INIT(BOUNCE_TEXT_MAX);

		mime_text(&v->m.part[v->original], &raw);
		head = arena_dup(a, buf_str(&raw));
		buf_release(&raw);
	} else if (!head.n) {
		head = text;
	}
	while (head.n && is_space(head.p[0]))
		head = str_from(head, 1);
	s = mime_header(head, STR("message-id"), NULL);
	if (s.n && !b->original.message_id.n)
		b->original.message_id = arena_dup(a, str_head(s, 998));
	b->original.from = header_addr(a, head, STR("from"));
	b->original.to = header_addr(a, head, STR("to"));
	b->original.subject = header_text(a, head, STR("subject"));
}

static void
notice_head(struct bounce *b, struct arena *a, struct str head)
{
	struct str s;

	b->message_id = arena_dup(a,
	    str_head(mime_header(head, STR("message-id"), NULL), 998));
	b->subject = header_text(a, head, STR("subject"));
	b->from = header_addr(a, head, STR("from"));
	b->to = header_addr(a, head, STR("to"));
	b->date =
	    arena_dup(a, str_head(mime_header(head, STR("date"), NULL), 100));
	s = mime_header(head, STR("in-reply-to"), NULL);
	if (!s.n)
		s = mime_header(head, STR("references"), NULL);
	if (s.n) {
		ptrdiff_t lt = str_rchr(s, '<');

		b->original.message_id = arena_dup(a,
		    str_head(str_from(s, lt < 0 ? 0 : (size_t)lt), 998));
	}
}

/* ---- merging what the text and the blocks say ---- */

static void
merge(struct bounce *b, const struct bounce *text, struct str loose)
{
	for (size_t i = 0; i < b->nrcpt; i++) {
		struct bounce_rcpt *r = &b->rcpt[i];
		const struct bounce_rcpt *t = NULL;

		for (size_t k = 0; k < text->nrcpt; k++)
			if (str_eqi(text->rcpt[k].to, r->to) ||
			    str_eqi(text->rcpt[k].to, r->original_to) ||
			    (text->rcpt[k].original_to.n &&
				str_eqi(text->rcpt[k].original_to, r->to)))
				t = &text->rcpt[k];
		if (!t && b->nrcpt == 1 && text->nrcpt == 1)
			t = &text->rcpt[0];
		if (!t) {
			if (!r->reply.n)
				r->reply = loose;
			else if (!r->text.n)
				r->text = loose;
			continue;
		}
		if (!r->reply.n)
			r->reply = t->reply;
		else
			r->text = t->reply;
	}
}

static void
failed_header(struct bounce *b, struct arena *a, struct str head)
{
	struct str v = mime_header(head, STR("x-failed-recipients"), NULL);

	while (v.n) {
		struct str one = str_trim(str_split(&v, ','));
		size_t n;

		while (one.n && strchr("<\" ", one.p[0]))
			one = str_from(one, 1);
		n = addr_at(one);
		if (n)
			bounce_rcpt(b, a, str_head(one, n));
	}
}

/* ---- kinds ---- */

static enum bounce_kind
kind_of_actions(const struct bounce *b)
{
	size_t failed = 0, delayed = 0, done = 0;

	for (size_t i = 0; i < b->nrcpt; i++) {
		enum bounce_action act = b->rcpt[i].action;

		failed +=
		    act == ACT_FAILED ||
		    (act == ACT_NONE && (b->rcpt[i].status.n == 0 ||
					    b->rcpt[i].status.p[0] != '2'));
		delayed += act == ACT_DELAYED;
		done += act == ACT_DELIVERED || act == ACT_RELAYED ||
			act == ACT_EXPANDED ||
			(act == ACT_NONE && b->rcpt[i].status.n &&
			    b->rcpt[i].status.p[0] == '2');
	}
	return failed  ? BOUNCE_FAILED :
	       delayed ? BOUNCE_DELAYED :
	       done    ? BOUNCE_DELIVERED :
			 BOUNCE_FAILED;
}

static bool
named_daemon(const struct bounce *b, struct str head)
{
	return str_startsi(b->from, STR("mailer-daemon")) ||
	       str_startsi(b->from, STR("postmaster")) ||
	       str_findi(mime_header(head, STR("from"), NULL),
		   STR("mailer-daemon")) >= 0;
}

static bool
from_daemon(const struct bounce *b, struct str head)
{
	struct str rp = mime_header(head, STR("return-path"), NULL);

	return named_daemon(b, head) || str_eq(rp, STR("<>")) ||
	       (rp.p && !rp.n);
}

/* Somebody's own reply, with a code: a notice in whatever language. */
static bool
coded_reply(const struct bounce *text)
{
	for (size_t i = 0; i < text->nrcpt; i++)
		if (has_code(text->rcpt[i].reply))
			return true;
	return false;
}

static bool
automatic(struct str head, struct str subject)
{
	struct str v = mime_header(head, STR("auto-submitted"), NULL);

	return str_startsi(v, STR("auto-replied")) ||
	       str_startsi(v, STR("auto-generated")) ||
	       bounce_subject(subject) == 2 ||
	       mime_header(head, STR("x-autoreply"), NULL).n ||
	       mime_header(head, STR("x-autorespond"), NULL).n ||
	       mime_header(head, STR("x-auto-response-suppress"), NULL).n ||
	       str_findi(mime_header(head, STR("precedence"), NULL),
		   STR("auto")) >= 0;
}

static void
in_words(struct bounce *b, struct arena *a, struct view *v, struct str head)
{
	struct bounce text = { .from = b->from, .to = b->to };
	enum hint hint;
	int subject = bounce_subject(b->subject);
	bool daemon = from_daemon(b, head);
	struct str loose;

	b->format = bounce_format(head, v->lower, &hint);
	bounce_text(&text, a, v->text, &v->original_head, &loose);
	failed_header(b, a, head);
	if (subject == 2 && hint != HINT_NONE && !b->nrcpt && !*b->format)
		hint = HINT_NONE; /* "... could not be delivered" quoted */
	if (hint != HINT_NONE && !*b->format && subject != 1 && !b->nrcpt &&
	    !named_daemon(b, head) && says_answer(v->lower))
		hint = HINT_NONE;
	else if (hint == HINT_NONE && daemon && subject != 2 &&
		 !str_startsi(b->subject, STR("re:")) && coded_reply(&text))
		hint = says_delayed(v->lower) ? HINT_DELAYED : HINT_FAILED;
	if (hint == HINT_NONE && !(daemon && subject == 1)) {
		b->kind = automatic(head, b->subject) ? BOUNCE_AUTO_REPLY :
							BOUNCE_NOT;
		return;
	}
	if (!*b->format && head.n && !daemon &&
	    !(b->nrcpt || (text.nrcpt && (subject == 1 || v->original ||
					     automatic(head, b->subject))))) {
		b->kind = automatic(head, b->subject) ? BOUNCE_AUTO_REPLY :
							BOUNCE_NOT;
		return;
	}
	b->kind = hint == HINT_DELAYED ? BOUNCE_DELAYED : BOUNCE_FAILED;
	if (b->nrcpt) {
		merge(b, &text, loose);
	} else {
		b->rcpt = text.rcpt;
		b->nrcpt = text.nrcpt;
		b->rcpt_cap = text.rcpt_cap;
	}
	b->cut |= text.cut;
}

/* Nobody named: the message went to whom its own header says. */
static void
guess_rcpt(struct bounce *b, struct arena *a, const struct view *v)
{
	struct bounce_rcpt *r;

	if (b->nrcpt || !b->original.to.n)
		return;
	r = bounce_rcpt(b, a, b->original.to);
	if (r) {
		struct str none;

		r->reply = str_head(str_trim(str_head(v->text,
					bounce_cut(v->text, &none))),
		    BOUNCE_REASON_MAX);
	}
}

/* About whose mail they complain. */
static void
complaint(struct bounce *b, struct arena *a, const struct view *v)
{
	struct buf raw = BUF_INIT(BOUNCE_TEXT_MAX);
	struct str to;

	mime_text(&v->m.part[v->report], &raw);
	to = header_addr(a, arena_dup(a, buf_str(&raw)),
	    STR("original-rcpt-to"));
	buf_release(&raw);
	if (to.n)
		bounce_rcpt(b, a, to);
}

/* Blocks that stand in the text: a multipart that lost its boundaries. */
static struct str
blocks_in(struct str text)
{
	static const struct str starts[] = {
		STR_INIT("\nreporting-mta:"),
		STR_INIT("\noriginal-envelope-id:"),
		STR_INIT("\nfinal-recipient:"),
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		ptrdiff_t at = str_findi(text, starts[i]);

		if (at >= 0 && str_findi(str_from(text, (size_t)at),
				   STR("\nfinal-recipient:")) >= 0)
			return str_from(text, (size_t)at + 1);
	}
	return STR_NONE;
}

/* Not a person who shows somebody else's blocks; a body alone is believed. */
static bool
is_notice(const struct bounce *b, struct str head)
{
	return !head.n || from_daemon(b, head) ||
	       bounce_subject(b->subject) == 1 ||
	       str_findi(mime_header(head, STR("content-type"), NULL),
		   STR("report")) >= 0;
}

static void
with_blocks(struct bounce *b, struct arena *a, struct view *v, struct str head)
{
	struct bounce text = { .from = b->from, .to = b->to };
	struct str words = v->text, blocks = blocks_in(v->text), loose;
	enum hint hint;

	if (v->dsn) {
		struct buf raw = BUF_INIT(BOUNCE_TEXT_MAX);

		mime_text(&v->m.part[v->dsn], &raw);
		blocks = arena_dup(a, buf_str(&raw));
		buf_release(&raw);
	} else {
		words.n = (size_t)(blocks.p - words.p);
		bounce_cut(blocks, &v->original_head);
		if (v->original_head.n)
			blocks.n = (size_t)(v->original_head.p - blocks.p);
	}
	bounce_dsn(b, a, blocks);
	b->format = bounce_format(head, v->lower, &hint);
	if (!*b->format)
		b->format = "dsn";
	bounce_text(&text, a, words, v->dsn ? &v->original_head : &loose,
	    &loose);
	if (!b->nrcpt)
		failed_header(b, a, head);
	if (b->nrcpt) {
		merge(b, &text, loose);
	} else {
		b->rcpt = text.rcpt;
		b->nrcpt = text.nrcpt;
		b->rcpt_cap = text.rcpt_cap;
	}
	b->kind = kind_of_actions(b);
	if (b->kind == BOUNCE_FAILED && hint == HINT_DELAYED && b->nrcpt &&
	    b->rcpt[0].action == ACT_NONE)
		b->kind = BOUNCE_DELAYED;
}

static void read_one(struct bounce *b, struct arena *a, struct str mail,
    int level);

/* Somebody sends us the bounce he got, as an attachment. */
static void
attached(struct bounce *b, struct arena *a, const struct view *v, int level)
{
	struct buf raw = BUF_INIT(BOUNCE_TEXT_MAX);
	struct bounce inner;

	if (level == LEVELS_MAX || !v->original ||
	    !str_starts(v->m.part[v->original].type, STR("message/")))
		return;
	mime_text(&v->m.part[v->original], &raw);
	read_one(&inner, a, arena_dup(a, buf_str(&raw)), level + 1);
	buf_release(&raw);
	if (inner.kind != BOUNCE_NOT && inner.kind != BOUNCE_AUTO_REPLY)
		*b = inner;
}

static void
read_one(struct bounce *b, struct arena *a, struct str mail, int level)
{
	struct view *v = arena_new(a, struct view);
	struct str head;

	*b = (struct bounce){ .format = "" };
	mime_parse(&v->m, a, mail);
	head = v->m.n ? v->m.part[0].head : STR_NONE;
	notice_head(b, a, head);
	collect(v, a);
	b->cut = v->m.cut;
	if (v->report) {
		b->kind = BOUNCE_COMPLAINT;
		b->format = "arf";
		complaint(b, a, v);
	} else if (v->dsn || (blocks_in(v->text).n && is_notice(b, head))) {
		with_blocks(b, a, v, head);
	} else if (v->mdn) {
		b->kind = BOUNCE_NOT;
		b->format = "mdn";
	} else {
		in_words(b, a, v, head);
	}
	if (b->kind != BOUNCE_NOT && b->kind != BOUNCE_AUTO_REPLY)
		original(b, a, v, v->original_head);
	if (b->kind == BOUNCE_FAILED || b->kind == BOUNCE_DELAYED)
		guess_rcpt(b, a, v);
	if (b->kind == BOUNCE_NOT && !v->mdn)
		attached(b, a, v, level);
}

void
bounce_read(struct bounce *b, struct arena *a, struct str mail)
{
	read_one(b, a, mail, 0);
}
