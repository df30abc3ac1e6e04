/*
 * ndr_text.c: bounce mails and replies for people: whom, what, why, whose
 * problem, what next.
 */
#include "cli/ndr.h"
#include "cli/pen.h"
#include "base/banned.h"

enum { LABEL = 4, VALUE = 14 };

static struct pen
pen_for(struct ndr *n)
{
	return (struct pen){ .out = &n->out,
		.tz = n->env->tz,
		.width = n->env->tty.width,
		.color = n->env->tty.color,
		.utf8 = n->env->tty.utf8 };
}

static void
row(struct pen *p, const char *label, struct str text)
{
	if (!text.n)
		return;
	pen_pad(p, LABEL);
	pen_ink(p, INK_DIM);
	pen_c(p, label);
	pen_plain(p);
	pen_pad(p, VALUE);
	pen_wrap(p, text, VALUE, VALUE);
}

static const char *
acts(const char *who)
{
	return strcmp(who, "us") == 0		? "we must act" :
	       strcmp(who, "their_server") == 0 ? "their postmaster must act" :
	       strcmp(who, "nobody") == 0	? "nobody has to act" :
	       strcmp(who, "dns") == 0	   ? "whoever runs the DNS must act" :
	       strcmp(who, "network") == 0 ? "a matter of the network" :
	       strcmp(who, "sender") == 0  ? "the sender must act" :
					     "the recipient must act";
}

static void
verdict(struct pen *p, const struct classify_out *c)
{
	struct buf b = BUF_INIT(4096);
	const struct block *bl = &c->block;

	buf_printf(&b, "%s: %s", cls_name(c->cls), cls_meaning(c->cls));
	if (c->perm)
		buf_puts(&b,
		    c->perm == PERM_PERM ? " (permanent)" : " (for now)");
	row(p, "why", buf_str(&b));
	row(p, "who", str_c(acts(cls_owner(c->cls, c->side))));
	row(p, "next", str_c(c->advice));
	if (c->retry_after.n)
		row(p, "retry", c->retry_after);
	if (c->grp == GRP_BLOCKED) {
		buf_clear(&b);
		buf_add(&b, bl->ip.n	 ? bl->ip :
			    bl->domain.n ? bl->domain :
					   STR(""));
		if (bl->list.n) {
			buf_puts(&b, b.n ? " by " : "by ");
			buf_add(&b, bl->list);
		}
		if (bl->zone.n && !str_eqi(bl->zone, bl->list)) {
			buf_puts(&b, " (");
			buf_add(&b, bl->zone);
			buf_puts(&b, ")");
		}
		row(p, "blocked", buf_str(&b));
		row(p, "lookup", bl->lookup_url);
		row(p, "note", bl->note);
	}
	buf_clear(&b);
	buf_printf(&b, "%s, confidence %d of 3", c->rule, c->confidence);
	if (strcmp(c->rule_from, "builtin") != 0)
		buf_printf(&b, ", %s", c->rule_from);
	row(p, "rule", buf_str(&b));
	buf_release(&b);
}

static const char *
kind_words(enum bounce_kind k)
{
	switch (k) {
	case BOUNCE_FAILED:
		return "bounce";
	case BOUNCE_DELAYED:
		return "warning of a delay: still being tried";
	case BOUNCE_DELIVERED:
		return "notice of delivery";
	case BOUNCE_COMPLAINT:
		return "complaint (feedback report)";
	case BOUNCE_AUTO_REPLY:
		return "automatic reply, no bounce";
	default:
		return "no bounce";
	}
}

static enum ink
ink_of(enum bounce_kind k)
{
	return k == BOUNCE_FAILED    ? INK_BAD :
	       k == BOUNCE_DELAYED   ? INK_WAIT :
	       k == BOUNCE_DELIVERED ? INK_GOOD :
				       INK_NONE;
}

static void
rcpt(struct ndr *n, struct pen *p, const struct bounce *b,
    const struct bounce_rcpt *r)
{
	struct notice no;

	notice_classify(n->cl, b, r, &no);
	pen_c(p, "  ");
	pen_ink(p, INK_BOLD);
	pen_str(p, r->to);
	pen_plain(p);
	if (r->original_to.n) {
		pen_c(p, " (for ");
		pen_str(p, r->original_to);
		pen_c(p, ")");
	}
	pen_printf(p, ": %s", no.state);
	pen_nl(p);
	verdict(p, &no.c);
	row(p, "said by", r->remote);
	row(p, "reply", no.reply);
}

/* In single quotes, so that a shell takes it as it stands. */
static void
shell_quote(struct buf *b, const char *s)
{
	buf_putc(b, '\'');
	for (; *s; s++)
		if (*s == '\'')
			buf_puts(b, "'\\''");
		else
			buf_putc(b, *s);
	buf_putc(b, '\'');
}

void
ndr_text_mail(struct ndr *n, const char *name, const struct bounce *b,
    const struct ndr_trace *t)
{
	struct pen p = pen_for(n);
	struct buf s = BUF_INIT(8192);

	if (n->out.n)
		pen_nl(&p);
	pen_str(&p, str_c(name));
	pen_c(&p, ": ");
	pen_ink(&p, ink_of(b->kind));
	pen_c(&p, kind_words(b->kind));
	pen_plain(&p);
	if (*b->format)
		pen_printf(&p, " (%s)", b->format);
	pen_nl(&p);
	if (b->original.message_id.n || b->original.subject.n) {
		buf_add(&s, b->original.message_id);
		if (b->original.from.n) {
			buf_puts(&s, " from ");
			buf_add(&s, b->original.from);
		}
		if (b->original.subject.n) {
			buf_puts(&s, ", subject: ");
			buf_add(&s, b->original.subject);
		}
		row(&p, "message", str_trim(buf_str(&s)));
	}
	for (size_t i = 0; i < b->nrcpt; i++)
		rcpt(n, &p, b, &b->rcpt[i]);
	if (t->found) {
		buf_clear(&s);
		buf_puts(&s, "on ");
		buf_add(&s, t->host);
		buf_puts(&s, " as ");
		buf_add(&s, t->qid);
		if (t->state)
			buf_printf(&s, ", %s", t->state);
		buf_printf(&s, ", found by %s", t->how);
		row(&p, "trace", buf_str(&s));
		buf_clear(&s);
		buf_puts(&s, "mailtrace ");
		shell_quote(&s, t->term);
		row(&p, "see", buf_str(&s));
	}
	buf_release(&s);
}

void
ndr_text_reply(struct ndr *n, const struct classify_in *in)
{
	struct pen p = pen_for(n);
	struct classify_out c;

	classify(n->cl, in, &c);
	if (c.cls == CLS_NONE) {
		pen_c(&p, "nothing to classify");
		pen_nl(&p);
		return;
	}
	pen_ink(&p, INK_BOLD);
	pen_str(&p, in->text);
	pen_plain(&p);
	pen_nl(&p);
	verdict(&p, &c);
}
