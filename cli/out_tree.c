/*
 * out_tree.c: the way of a message as a tree: our hosts, how it came from one
 * to the next and how long that took; the recipients are the leaves.
 *
 *	06:01:02  smtp.isp.example  4F1ABC
 *	06:01:03  `- filter.isp.example  77B0DE  +0.4 s
 *	06:01:05     |- ok anna@isp.example  delivered in INBOX
 *	06:01:05     `- out1.isp.example  9C01AA  +1.9 s
 *	06:01:06        `- X bob@far.example  bounced by mx.far.example: 550 ...
 *
 * The paths of all recipients are folded to one tree: equal beginnings are
 * shown once.  A link that is not exact says how it was made.
 */
#include "base/stamp.h"
#include "cli/out_text.h"
#include "base/banned.h"

#define SECOND INT64_C(1000000)

enum { NODES_MAX = 20000, DEPTH_MAX = 40, TIME_COLS = 12 };

struct node {
	const struct ans_step *step; /* NULL: a leaf */
	const struct ans_rcpt *rcpt;
	struct node *child, *last, *next;
};

struct tree {
	struct pen *p;
	const struct out *o;
	const struct ans_message *m;
	struct arena arena;
	struct node root;
	size_t n;
	int64_t shown_us;    /* the day shown last */
	bool bar[DEPTH_MAX]; /* a line goes on at that depth */
};

static struct node *
add(struct tree *t, struct node *to)
{
	struct node *n = arena_new(&t->arena, struct node);

	t->n++;
	if (to->last)
		to->last->next = n;
	else
		to->child = n;
	to->last = n;
	return n;
}

static void
grow(struct tree *t, const struct ans_rcpt *r)
{
	struct node *at = &t->root;

	for (size_t i = 0; i < r->npath && i < DEPTH_MAX - 2; i++) {
		struct node *n = at->child;

		while (n && !(n->step && str_eq(n->step->qid, r->path[i].qid) &&
				str_eq(n->step->host, r->path[i].host)))
			n = n->next;
		if (!n) {
			n = add(t, at);
			n->step = &r->path[i];
		}
		at = n;
	}
	add(t, at)->rcpt = r;
}

/* The time column; the day too when it is another one. */
static void
when(struct tree *t, int64_t t_us)
{
	struct buf day = BUF_INIT(32), shown = BUF_INIT(32);

	pen_c(t->p, "  ");
	if (!t_us) {
		pen_pad(t->p, TIME_COLS);
		goto out;
	}
	stamp_print(&day, t_us, t->p->tz, STAMP_DATE);
	stamp_print(&shown, t->shown_us, t->p->tz, STAMP_DATE);
	if (strcmp(buf_c(&day), buf_c(&shown)) != 0) {
		pen_ink(t->p, INK_DIM);
		pen_c(t->p, buf_c(&day));
		pen_plain(t->p);
		pen_nl(t->p);
		pen_c(t->p, "  ");
	}
	t->shown_us = t_us;
	text_time(t->p, t_us, STAMP_CLOCK);
	pen_c(t->p, "  ");
out:
	buf_release(&day);
	buf_release(&shown);
}

/* The lines that go on beside a node of that depth. */
static void
bars(struct tree *t, int depth)
{
	pen_ink(t->p, INK_DIM);
	for (int i = 1; i < depth; i++)
		pen_c(t->p, !t->bar[i] ? "   " :
			    t->p->utf8 ? "\xe2\x94\x82  " :
					 "|  ");
	pen_plain(t->p);
}

static void
branch(struct tree *t, int depth, bool last)
{
	const char *end = t->p->utf8 ? "\xe2\x94\x94\xe2\x94\x80 " : "`- ";
	const char *mid = t->p->utf8 ? "\xe2\x94\x9c\xe2\x94\x80 " : "|- ";

	bars(t, depth);
	pen_ink(t->p, INK_DIM);
	if (depth > 0)
		pen_c(t->p, last ? end : mid);
	pen_plain(t->p);
}

/* The beginning of a further line of a leaf, up to where its text stands. */
static void
below(struct tree *t, int depth, int64_t t_us)
{
	if (t_us)
		when(t, t_us);
	pen_pad(t->p, TIME_COLS);
	bars(t, depth + 1);
	pen_c(t->p, "  ");
}

static void
host(struct tree *t, const struct ans_step *s, int64_t before_us)
{
	struct pen *p = t->p;

	pen_ink(p, INK_NAME);
	pen_str(p, s->host);
	pen_plain(p);
	pen_c(p, "  ");
	pen_str(p, s->qid);
	if (before_us && s->t_us) {
		int64_t d = s->t_us - before_us;

		/* stamps of whole seconds make a second's noise */
		if (d >= 2 * SECOND || d <= -2 * SECOND || t->o->verbose) {
			pen_ink(p, d > 60 * SECOND || d < -2 * SECOND ?
				       INK_WAIT :
				       INK_DIM);
			pen_c(p, d < 0 ? "  " : "  +");
			pen_span(p, d);
			pen_c(p, d < -2 * SECOND ? " (clocks differ)" : "");
			pen_plain(p);
		}
	}
	if (s->link != LINK_ENTRY &&
	    (s->conf != CONF_EXACT || t->o->verbose || s->link == LINK_BOUNCE ||
		s->link == LINK_EXPANSION)) {
		pen_ink(p, s->conf == CONF_GUESS ? INK_WAIT : INK_DIM);
		pen_printf(p, "  (%s, %s)", link_kind_name[s->link],
		    link_conf_name[s->conf]);
		pen_plain(p);
	}
	if (!s->mta)
		pen_c(p, "  (no line of its own)");
	else if (t->o->verbose)
		pen_printf(p, "  %s", s->mta);
	pen_nl(p);
}

static const struct ans_delivery *
delivery_of(const struct tree *t, const struct ans_rcpt *r)
{
	for (size_t i = 0; i < t->m->nhop; i++) {
		const struct ans_hop *h = &t->m->hop[i];

		if (!str_eq(h->qid, r->stop_qid) ||
		    !str_eqi(h->host, r->stop_host))
			continue;
		for (size_t k = 0; k < h->ndelivery; k++)
			if (str_eqi(h->delivery[k].to, r->to))
				return &h->delivery[k];
	}
	return NULL;
}

static void
attempts(struct tree *t, const struct ans_rcpt *r, int depth)
{
	const struct ans_delivery *d = delivery_of(t, r);
	struct pen *p = t->p;

	if (!d || d->nattempt < 2)
		return;
	for (size_t i = 0; i < d->nattempt; i++) {
		const struct ans_attempt *a = &d->attempt[i];
		struct buf b = BUF_INIT(16 * 1024);
		struct pen q = { .out = &b, .utf8 = true };

		below(t, depth, a->t_us);
		buf_printf(&b, "%s", ev_state_name[a->state]);
		if ((a->relay_name.n && !str_eq(a->relay_name, STR("none"))) ||
		    a->relay_ip.n) {
			buf_putc(&b, ' ');
			text_server(&q, a->relay_name, a->relay_ip, a->port);
		}
		if (a->delay_us > 0) {
			buf_puts(&b, " after ");
			span_print(&b, a->delay_us);
		}
		if (a->text.n && i && str_eq(a->text, a[-1].text))
			buf_puts(&b, ": the same answer");
		else if (a->text.n)
			buf_puts(&b, ": ");
		if (!i || !str_eq(a->text, a[-1].text))
			buf_add(&b, a->text);
		if (t->o->verbose > 1)
			pen_str(p, buf_str(&b));
		else
			pen_cut(p, buf_str(&b), p->width - p->col - 1);
		pen_nl(p);
		buf_release(&b);
	}
}

/* What a leaf says behind the address. */
static void
outcome(struct pen *p, const struct ans_rcpt *r)
{
	pen_c(p, "  ");
	pen_ink(p, state_ink(r->state));
	pen_c(p, out_state_name[r->state]);
	pen_plain(p);
	if (r->folder.n) {
		pen_c(p, " in ");
		pen_str(p, r->folder);
	}
	if (r->state == OUT_QUARANTINED && r->quarantine.n) {
		pen_c(p, " in ");
		pen_str(p, r->quarantine);
	}
	if (r->has_remote && (r->remote_name.n || r->remote_ip.n)) {
		pen_c(p, r->state == OUT_LEFT ? " to " :
			 r->state == OUT_LOST ? " at " :
						" by ");
		text_server(p, r->remote_name, r->remote_ip, -1);
	}
	if (r->attempts > 1)
		pen_printf(p, ", %d attempts", r->attempts);
}

static void
leaf(struct tree *t, const struct ans_rcpt *r, int depth)
{
	struct pen *p = t->p;

	pen_ink(p, state_ink(r->state));
	pen_printf(p, "%s ", state_mark(r->state, p->utf8));
	pen_plain(p);
	text_address(p, r->to);
	if (r->original_to.n && !str_eqi(r->original_to, r->to)) {
		pen_c(p, " (for ");
		pen_str(p, r->original_to);
		pen_c(p, ")");
	}
	outcome(p, r);
	pen_nl(p);
	if (r->has_reply && r->reply_text.n) {
		below(t, depth, 0);
		pen_ink(p, INK_DIM);
		if (t->o->verbose)
			pen_str(p, r->reply_text);
		else
			pen_cut(p, r->reply_text, p->width - p->col - 1);
		pen_plain(p);
		pen_nl(p);
	}
	if (t->o->verbose)
		attempts(t, r, depth);
}

static void
walk(struct tree *t, const struct node *n, int depth, int64_t before_us)
{
	for (; n; n = n->next) {
		bool last = !n->next;

		when(t, n->step ? n->step->t_us : n->rcpt->time_us);
		branch(t, depth, last);
		t->bar[depth] = !last;
		if (n->step) {
			host(t, n->step, before_us);
			walk(t, n->child, depth + 1, n->step->t_us);
		} else {
			leaf(t, n->rcpt, depth);
		}
	}
}

void
text_tree(struct pen *p, const struct out *o, const struct ans_message *m)
{
	struct tree t = { .p = p, .o = o, .m = m, .shown_us = m->first_us };

	for (size_t i = 0; i < m->nrcpt && t.n < NODES_MAX; i++)
		grow(&t, &m->rcpt[i]);
	walk(&t, t.root.child, 0, 0);
	arena_release(&t.arena);
}
