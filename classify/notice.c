/*
 * notice.c: bounce recipients to classes (notice.h).
 *
 * The reply's own codes win over the Status field: that is X.0.0 in many
 * notices, and in some even of the wrong class.
 */
#include "classify/notice.h"
#include "classify/unwrap.h"
#include "base/banned.h"

static struct classify_out
plain(enum cls c, enum permanence p)
{
	return (struct classify_out){ .cls = c,
		.grp = cls_grp(c),
		.perm = p,
		.side = SIDE_NOTICE,
		.confidence = 3,
		.rule = "notice",
		.rule_from = "builtin",
		.advice = cls_next(c),
		.span = STR(""),
		.block = { .kind = "" } };
}

/* Worth more: decided by words, and not by those that say little. */
static int
worth(const struct classify_out *c)
{
	return c->cls == CLS_NONE    ? -1 :
	       c->cls == CLS_UNKNOWN ? 0 :
	       c->cls == CLS_EXPIRED || c->cls == CLS_SERVER_ERROR ||
		       c->cls == CLS_PROTOCOL_ERROR ?
				       1 + (c->confidence > 1) :
				       1 + c->confidence;
}

void
notice_classify(struct classifier *cl, const struct bounce *b,
    const struct bounce_rcpt *r, struct notice *n)
{
	bool delayed = r->action == ACT_DELAYED ||
		       (r->action == ACT_NONE && b->kind == BOUNCE_DELAYED);
	struct classify_in in = { .text = r->reply,
		.dsn = r->status,
		.rhost = r->remote,
		.state_mark = delayed ? STR("delayed") : STR("failed") };
	struct unwrapped u;

	*n = (struct notice){ .reply = r->reply,
		.state = delayed ? "deferred" : "bounced" };
	unwrap(r->reply, &u);
	n->code = u.code;
	n->dsn = u.dsn.n ? u.dsn : r->status;
	if (b->kind == BOUNCE_COMPLAINT || b->kind == BOUNCE_AUTO_REPLY) {
		n->c = plain(b->kind == BOUNCE_COMPLAINT ? CLS_COMPLAINT :
							   CLS_AUTO_REPLY,
		    PERM_NONE);
		n->state = "info";
		return;
	}
	if (r->action == ACT_DELIVERED || r->action == ACT_RELAYED ||
	    r->action == ACT_EXPANDED || b->kind == BOUNCE_DELIVERED) {
		n->c = plain(CLS_DELIVERED, PERM_NONE);
		n->state = r->action == ACT_RELAYED ? "left" : "delivered";
		return;
	}
	classify(cl, &in, &n->c);
	if (r->text.n && worth(&n->c) < 3) {
		struct classify_out other;

		/* a block is a view of the classifier's: ask again for it */
		in.text = r->text;
		classify(cl, &in, &other);
		if (worth(&other) > worth(&n->c)) {
			n->c = other;
			n->reply = r->text;
		} else {
			in.text = r->reply;
			classify(cl, &in, &n->c);
		}
	}
	if (delayed && worth(&n->c) < 2 && n->c.cls != CLS_NONE)
		n->c.cls = CLS_NONE; /* no cause is named */
	if (n->c.cls == CLS_NONE)
		n->c = plain(delayed ? CLS_EXPIRED : CLS_UNKNOWN, PERM_NONE);
	if (n->c.perm == PERM_NONE)
		n->c.perm = delayed ? PERM_TEMP : PERM_PERM;
}
