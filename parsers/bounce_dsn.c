/*
 * bounce_dsn.c: the blocks of a delivery status notification (RFC 3464, 6533).
 *
 * Blocks end at an empty line; one that has neither recipient nor action is
 * about the message.  Servers break every rule of that: fields in any order,
 * an empty line between the fields of one recipient, addresses without a
 * type, in angle brackets or with a comment behind.
 */
#include "parsers/bounce_part.h"
#include "base/banned.h"

struct block {
	struct str final, original, actual, action, status, diag, remote;
};

static struct str
after_type(struct str v)
{
	ptrdiff_t i = str_chr(str_head(v, 24), ';');

	return i < 0 ? v : str_trim(str_from(v, (size_t)i + 1));
}

/* "rfc822; <a@b> (expanded ...)" or "utf-8;a\x{40}b": the address. */
static struct str
address(struct str v)
{
	size_t n;

	ptrdiff_t at;

	v = after_type(v);
	while (v.n && strchr("<\"' ", v.p[0]) && !addr_at(v))
		v = str_from(v, 1);
	if (str_startsi(v, STR("mailto:")))
		v = str_from(v, 7);
	if (str_starts(v, STR("@")) && str_chr(v, ':') > 0) /* a route */
		v = str_from(v, (size_t)str_chr(v, ':') + 1);
	n = addr_at(v);
	if (n && v.p[0] != '|')
		return str_head(v, n);
	at = find_addr(v, &n);
	if (at >= 0)
		return str_make(v.p + at, n);
	for (n = 0;
	     n < v.n && !is_space(v.p[n]) && !strchr("<>\"();,", v.p[n]);)
		n++;
	return str_head(v, n);
}

static enum bounce_action
action(struct str v)
{
	static const struct {
		struct str name;
		enum bounce_action act;
	} acts[] = {
		{ STR_INIT("failed"), ACT_FAILED },
		{ STR_INIT("failure"), ACT_FAILED },
		{ STR_INIT("fail"), ACT_FAILED },
		{ STR_INIT("delayed"), ACT_DELAYED },
		{ STR_INIT("deferred"), ACT_DELAYED },
		{ STR_INIT("delivered"), ACT_DELIVERED },
		{ STR_INIT("relayed"), ACT_RELAYED },
		{ STR_INIT("expanded"), ACT_EXPANDED },
	};

	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (str_startsi(v, acts[i].name))
			return acts[i].act;
	return ACT_NONE;
}

/* A Diagnostic-Code with its folds undone. */
static struct str
unfold(struct arena *a, struct str v)
{
	struct buf b = BUF_INIT(BOUNCE_REASON_MAX);

	for (size_t i = 0; i < v.n && b.n + 2 < BOUNCE_REASON_MAX; i++) {
		if (is_space(v.p[i])) {
			if (b.n && b.p[b.n - 1] != ' ')
				buf_putc(&b, ' ');
		} else {
			buf_putc(&b, v.p[i]);
		}
	}
	v = arena_dup(a, str_trim(buf_str(&b)));
	buf_release(&b);
	return v;
}

static void
take(struct bounce *b, struct arena *a, const struct block *bl)
{
	struct str to = address(bl->final.n  ? bl->final :
				bl->actual.n ? bl->actual :
					       bl->original);
	struct str orig = address(bl->original);
	struct bounce_rcpt *r = NULL;

	if (bl->actual.n && str_chr(to, '@') < 0)
		to = address(bl->actual);
	if (str_chr(to, '@') < 0 && str_chr(orig, '@') > 0)
		to = orig;
	if (to.n && to.p[0] == '@') /* a host, no address */
		return;
	if (to.n)
		r = bounce_rcpt(b, a, to);
	else if (b->nrcpt) /* the rest of a block that was torn apart */
		r = &b->rcpt[b->nrcpt - 1];
	if (!r)
		return;
	if (orig.n && !str_eqi(orig, r->to))
		r->original_to = arena_dup(a, orig);
	if (bl->action.n)
		r->action = action(bl->action);
	if (bl->status.n && !r->status.n) {
		size_t n = 0;

		while (n < bl->status.n &&
		       (is_digit(bl->status.p[n]) || bl->status.p[n] == '.'))
			n++;
		r->status = arena_dup(a, str_head(bl->status, n));
		if (!bl->diag.n && bl->status.n > n + 4)
			r->reply = unfold(a, str_from(bl->status, n));
	}
	if (bl->diag.n && !r->reply.n)
		r->reply = unfold(a, bl->diag);
	if (bl->remote.n && !r->remote.n) {
		struct str m = after_type(bl->remote);
		ptrdiff_t i = str_chr(m, ' ');

		r->remote =
		    arena_dup(a, str_trim(i > 0 ? str_head(m, (size_t)i) : m));
	}
}

static void
field(struct bounce *b, struct arena *a, struct block *bl, struct str name,
    struct str v)
{
	static const struct {
		struct str name;
		size_t at;
	} fields[] = {
		{ STR_INIT("final-recipient"), offsetof(struct block, final) },
		{ STR_INIT("original-recipient"),
		    offsetof(struct block, original) },
		{ STR_INIT("x-actual-recipient"),
		    offsetof(struct block, actual) },
		{ STR_INIT("action"), offsetof(struct block, action) },
		{ STR_INIT("status"), offsetof(struct block, status) },
		{ STR_INIT("diagnostic-code"), offsetof(struct block, diag) },
		{ STR_INIT("remote-mta"), offsetof(struct block, remote) },
	};

	/* some leave no empty line between recipients */
	if ((bl->final.n && str_eqi(name, STR("final-recipient"))) ||
	    (bl->original.n && str_eqi(name, STR("original-recipient")))) {
		take(b, a, bl);
		*bl = (struct block){ 0 };
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (str_eqi(name, fields[i].name)) {
			struct str *to =
			    (struct str *)(void *)((char *)bl + fields[i].at);

			if (!to->n)
				*to = v;
			return;
		}
	if (str_eqi(name, STR("reporting-mta")) && !b->reporter.n)
		b->reporter = arena_dup(a, after_type(v));
	else if (str_endsi(name, STR("-queue-id")) && !b->original.qid.n)
		b->original.qid = arena_dup(a, v);
	else if (str_eqi(name, STR("x-original-message-id")) &&
		 !b->original.message_id.n)
		b->original.message_id = arena_dup(a, v);
}

void
bounce_dsn(struct bounce *b, struct arena *a, struct str text)
{
	struct block bl = { 0 };
	struct str rest = text, line;
	size_t at = 0;

	while (at < text.n) {
		ptrdiff_t colon;
		size_t end;

		rest = str_from(text, at);
		if (!next_line(&rest, &line))
			break;
		if (!str_trim(line).n) { /* a block ends */
			if (bl.final.n || bl.original.n || bl.actual.n ||
			    bl.action.n || bl.status.n || bl.diag.n)
				take(b, a, &bl);
			bl = (struct block){ 0 };
			at += line.n + 1;
			continue;
		}
		end = at + line.n; /* folded lines belong to it */
		while (end + 1 < text.n &&
		       (text.p[end + 1] == ' ' || text.p[end + 1] == '\t')) {
			const char *q =
			    memchr(text.p + end + 1, '\n', text.n - end - 1);

			if (!str_trim(str_make(text.p + end + 1,
					  (q ? (size_t)(q - text.p) : text.n) -
					      end - 1))
				 .n)
				break;
			end = q ? (size_t)(q - text.p) : text.n;
		}
		line = str_make(text.p + at, end - at);
		colon = str_chr(str_head(line, 60), ':');
		if (colon > 0)
			field(b, a, &bl,
			    str_trim(str_head(line, (size_t)colon)),
			    str_trim(str_from(line, (size_t)colon + 1)));
		at = end + 1;
	}
	if (bl.final.n || bl.original.n || bl.actual.n || bl.action.n ||
	    bl.status.n || bl.diag.n)
		take(b, a, &bl);
}
