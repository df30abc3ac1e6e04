/*
 * out_text.c: the answer for people.  Per message: the verdict first (what
 * became of it, where, why, who must act, what next), then the head, then the
 * way as a tree (out_tree.c).  Many messages at once are a table instead
 * (out_list.c), unless -v asks for all of it.
 *
 * What comes from outside is escaped by the pen.
 */
#include "base/stamp.h"
#include "cli/out_text.h"
#include "cli/trace_live.h"
#include "cli/utf8.h"
#include "base/banned.h"

enum {
	WHOLE_MAX = 4, /* more messages than these become a table */
	LABEL = 11,    /* column of values in the head */
	LINES_SHOWN_MAX = 5000
};

void
text_time(struct pen *p, int64_t t_us, enum stamp_form form)
{
	struct buf b = BUF_INIT(64);

	if (t_us)
		stamp_print(&b, t_us, p->tz, form);
	pen_c(p, t_us ? buf_c(&b) : "?");
	buf_release(&b);
}

void
text_address(struct pen *p, struct str addr)
{
	if (addr.n)
		pen_str(p, addr);
	else
		pen_c(p, addr.p ? "<>" : "(not logged)");
}

void
text_server(struct pen *p, struct str name, struct str ip, int port)
{
	bool same = str_eqi(name, ip);

	if (name.n && !same)
		pen_str(p, name);
	if (ip.n) {
		pen_c(p, name.n && !same ? " [" : "[");
		pen_str(p, ip);
		pen_c(p, "]");
	}
	if (port > 0)
		pen_printf(p, ":%d", port);
}

/* How much a state needs a person: the most first. */
static int
rank(enum out_state s)
{
	static const enum out_state order[] = { OUT_LOST, OUT_BOUNCED,
		OUT_EXPIRED, OUT_REJECTED, OUT_ABORTED, OUT_DISCARDED,
		OUT_DELETED, OUT_QUARANTINED, OUT_HELD, OUT_DEFERRED,
		OUT_QUEUED, OUT_LEFT, OUT_DELIVERED };
	int i = 0;

	while (i < (int)(sizeof(order) / sizeof(order[0])) && order[i] != s)
		i++;
	return i;
}

enum out_state
text_worst(const struct ans_message *m)
{
	enum out_state worst = OUT_NONE;

	for (size_t k = 0; k < m->nrcpt; k++)
		if (rank(m->rcpt[k].state) < rank(worst))
			worst = m->rcpt[k].state;
	return worst;
}

/* Whether a's verdict is told before b's: what was asked for, the worst. */
static bool
before(const struct ans_rcpt *a, const struct ans_rcpt *b)
{
	if (a->matched != b->matched)
		return a->matched;
	return rank(a->state) < rank(b->state);
}

void
text_tally(struct pen *p, const unsigned count[OUT_STATES])
{
	bool some = false;

	for (int s = 1; s < OUT_STATES; s++) {
		if (!count[s])
			continue;
		pen_c(p, some ? ", " : "");
		pen_ink(p, state_ink((enum out_state)s));
		pen_printf(p, "%u %s", count[s], out_state_name[s]);
		pen_plain(p);
		some = true;
	}
}

/* A sentence of the verdict: capital first, full stop last. */
static void
sentence(struct pen *p, const char *before, struct str s, int indent)
{
	struct buf b = BUF_INIT(64 * 1024);

	buf_puts(&b, before);
	buf_add(&b, str_trim(s));
	if (b.n && is_alpha(b.p[0]))
		b.p[0] = (char)(b.p[0] & ~32);
	if (b.n && !strchr(".!?", b.p[b.n - 1]))
		buf_putc(&b, '.');
	pen_pad(p, indent);
	pen_wrap(p, buf_str(&b), indent, indent);
	buf_release(&b);
}

static bool
same_verdict(const struct ans_rcpt *a, const struct ans_rcpt *b)
{
	return a->state == b->state && a->c.cls == b->c.cls &&
	       str_eq(a->stop_host, b->stop_host) &&
	       str_eq(a->remote_name, b->remote_name) &&
	       str_eq(a->folder, b->folder) && str_eq(a->next, b->next) &&
	       a->has_notice == b->has_notice;
}

/* quota: mailbox full, for good */
static void
reason(struct pen *p, const struct ans_rcpt *r)
{
	const char *name = cls_name(r->c.cls);

	if (r->c.cls == CLS_NONE || r->c.cls == CLS_DELIVERED)
		return;
	pen_c(p, "  ");
	pen_ink(p, INK_BOLD);
	if (r->c.grp != GRP_NONE && strcmp(grp_name(r->c.grp), name) != 0)
		pen_printf(p, "%s: ", grp_name(r->c.grp));
	for (; *name; name++)
		pen_printf(p, "%c", *name == '_' ? ' ' : *name);
	pen_plain(p);
	if (r->c.perm == PERM_PERM)
		pen_c(p, ", for good");
	else if (r->c.perm == PERM_TEMP)
		pen_c(p, ", for now");
	if (r->c.confidence <= 1)
		pen_c(p, " (a guess)");
}

static void
where(struct pen *p, const struct ans_rcpt *r)
{
	if (r->state == OUT_LEFT && r->has_remote) {
		pen_c(p, " to ");
		text_server(p, r->remote_name, r->remote_ip, -1);
		return;
	}
	if (!r->stop_host.n)
		return;
	pen_c(p, r->state == OUT_LOST ? " after the hand-over to " : " at ");
	pen_str(p, r->stop_host);
}

/* Sentences that not every verdict has. */
static void
further(struct pen *p, const struct ans_rcpt *r)
{
	struct buf b = BUF_INIT(8192);
	struct pen q = { .out = &b, .tz = p->tz, .utf8 = p->utf8 };

	if (r->remark.n)
		sentence(p, "", r->remark, 2);
	if (r->earlier_refusals) {
		buf_printf(&b,
		    "before that it was put off %d time%s at our "
		    "door",
		    r->earlier_refusals, r->earlier_refusals == 1 ? "" : "s");
		sentence(p, "", buf_str(&b), 2);
		buf_clear(&b);
	}
	if (r->next_attempt_by_us) {
		buf_puts(&b, "next attempt by ");
		text_time(&q, r->next_attempt_by_us, STAMP_MINUTES);
		sentence(p, "", buf_str(&b), 2);
		buf_clear(&b);
	}
	if (r->has_notice) {
		buf_puts(&b, "a notice went to ");
		text_address(&q, r->notice_to);
		if (r->notice_qid.n) {
			buf_puts(&b, " as ");
			pen_str(&q, r->notice_qid);
		}
		if (r->notice_state == OUT_LEFT)
			buf_puts(&b, " and left us");
		else if (r->notice_state == OUT_QUEUED ||
			 r->notice_state == OUT_LOST)
			buf_printf(&b, " and is %s",
			    out_state_name[r->notice_state]);
		else if (r->notice_state != OUT_NONE)
			buf_printf(&b, " and was %s",
			    out_state_name[r->notice_state]);
		sentence(p, "", buf_str(&b), 2);
		buf_clear(&b);
	}
	if (r->c.block.lookup_url.n) {
		buf_puts(&b, "look it up: ");
		buf_add(&b, r->c.block.lookup_url);
		buf_putc(&b, ' '); /* no full stop behind an address */
		pen_pad(p, 2);
		pen_wrap(p, buf_str(&b), 2, 2);
	}
	buf_release(&b);
}

/* One verdict and all recipients that share it. */
static void
verdict(struct pen *p, const struct ans_message *m, size_t first)
{
	const struct ans_rcpt *r = &m->rcpt[first];
	struct buf act = BUF_INIT(512);
	size_t n = 0;

	for (size_t i = first; i < m->nrcpt; i++)
		n += same_verdict(r, &m->rcpt[i]);
	pen_ink(p, state_ink(r->state));
	pen_ink(p, INK_BOLD);
	pen_printf(p, "%s ", state_mark(r->state, p->utf8));
	for (const char *s = out_state_name[r->state]; *s; s++)
		pen_printf(p, "%c", *s & ~32);
	pen_plain(p);
	where(p, r);
	reason(p, r);
	pen_nl(p);
	if (m->nrcpt > 1) {
		struct buf to = BUF_INIT(64 * 1024);
		struct pen q = { .out = &to, .utf8 = p->utf8 };

		buf_puts(&to, "for ");
		for (size_t i = first, k = 0; i < m->nrcpt; i++)
			if (same_verdict(r, &m->rcpt[i]) && k++ < 20) {
				buf_puts(&to, k > 1 ? ", " : "");
				text_address(&q, m->rcpt[i].to);
			}
		if (n > 20)
			buf_printf(&to, " and %zu more", n - 20);
		pen_pad(p, 2);
		pen_wrap(p, buf_str(&to), 2, 6);
		buf_release(&to);
	}
	if (n > 1 && (r->state == OUT_DELIVERED || r->state == OUT_LEFT))
		goto out; /* the sentences would speak of the first only */
	if (r->why.n)
		sentence(p, "", r->why, 2);
	if (r->next.n) {
		bool none = r->who_acts && !strcmp(r->who_acts, "nobody");

		buf_puts(&act, acts_words(r->who_acts));
		if (!none)
			buf_puts(&act, ": ");
		sentence(p, none ? "" : buf_c(&act),
		    none ? buf_str(&act) : r->next, 2);
		if (none)
			sentence(p, "", r->next, 2);
	}
	further(p, r);
out:
	buf_release(&act);
}

static void
label(struct pen *p, const char *s)
{
	pen_pad(p, 2);
	pen_ink(p, INK_DIM);
	pen_c(p, s);
	pen_plain(p);
	pen_pad(p, LABEL);
}

static void
head(struct pen *p, const struct ans_message *m, bool verbose)
{
	struct buf b = BUF_INIT(64);

	label(p, "from");
	text_address(p, m->from);
	if (m->entry.user.n) {
		pen_c(p, ", login ");
		pen_str(p, m->entry.user);
	}
	pen_nl(p);
	if (m->subject.n) {
		label(p, "subject");
		pen_str(p, m->subject);
		pen_nl(p);
	}
	if (m->message_id.n) {
		label(p, "id");
		pen_str(p, m->message_id);
		pen_nl(p);
	}
	label(p, "when");
	text_time(p, m->first_us, STAMP_SECONDS);
	if (m->last_us - m->first_us >= INT64_C(60000000)) {
		pen_c(p, ", over ");
		pen_span(p, m->last_us - m->first_us);
	}
	if (m->size_bytes >= 0) {
		size_print(&b, m->size_bytes);
		pen_printf(p, ", %s", buf_c(&b));
	}
	pen_nl(p);
	if (m->entry.client_name.n || m->entry.client_ip.n) {
		label(p, "client");
		text_server(p, m->entry.client_name, m->entry.client_ip, -1);
		if (m->entry.helo.n &&
		    !str_eqi(m->entry.helo, m->entry.client_name)) {
			pen_c(p, ", called itself ");
			pen_str(p, m->entry.helo);
		}
		if (m->entry.tls.n) {
			struct str rest = m->entry.tls;

			pen_c(p, ", ");
			pen_str(p, verbose ? rest : str_split(&rest, ' '));
		}
		pen_nl(p);
	}
	buf_release(&b);
}

/* -v: the lines that prove it; -vv: all lines, hop by hop. */
static void
line(struct pen *p, const struct ans_evidence *e)
{
	pen_pad(p, 4);
	if (e->text.n)
		pen_str(p, e->text);
	else
		pen_printf(p, "(%s)",
		    e->why_gone ? e->why_gone : "the line is gone");
	pen_nl(p);
	pen_pad(p, 8);
	pen_ink(p, INK_DIM);
	pen_str(p, e->source);
	pen_printf(p, ":%llu", (unsigned long long)e->line);
	pen_plain(p);
	pen_nl(p);
}

static void
title(struct pen *p, const char *s, struct str host, struct str qid)
{
	pen_pad(p, 2);
	pen_ink(p, INK_DIM);
	pen_c(p, s);
	pen_str(p, host);
	pen_c(p, qid.n ? " " : "");
	pen_str(p, qid);
	pen_plain(p);
	pen_nl(p);
}

static bool
shown_before(const struct ans_message *m, size_t rcpt,
    const struct ans_evidence *e)
{
	for (size_t i = 0; i < rcpt; i++)
		for (size_t k = 0; k < m->rcpt[i].nevidence; k++)
			if (m->rcpt[i].evidence[k].offset == e->offset &&
			    str_eq(m->rcpt[i].evidence[k].source, e->source))
				return true;
	return false;
}

static void
lines(struct pen *p, const struct out *o, const struct ans_message *m)
{
	size_t n = 0;

	if (o->verbose > 1 && m->nhop) {
		for (size_t i = 0; i < m->nhop; i++) {
			pen_nl(p);
			title(p, "lines of ", m->hop[i].host, m->hop[i].qid);
			for (size_t k = 0;
			     k < m->hop[i].nline && n < LINES_SHOWN_MAX;
			     k++, n++)
				line(p, &m->hop[i].line[k].at);
		}
		return;
	}
	for (size_t i = 0; i < m->nrcpt; i++)
		for (size_t k = 0;
		     k < m->rcpt[i].nevidence && n < LINES_SHOWN_MAX; k++) {
			const struct ans_evidence *e = &m->rcpt[i].evidence[k];

			if (shown_before(m, i, e))
				continue;
			if (!n++) {
				pen_nl(p);
				title(p, "the lines that prove it", STR_NONE,
				    STR_NONE);
			}
			line(p, e);
		}
}

static void
message(struct pen *p, const struct out *o, const struct ans_message *m)
{
	unsigned count[OUT_STATES] = { 0 };
	size_t groups = 0, *order;
	struct arena a = { 0 };

	order = arena_array(&a, size_t, m->nrcpt + 1);
	for (size_t i = 0; i < m->nrcpt; i++)
		count[m->rcpt[i].state]++;
	if (m->nrcpt > 1) {
		pen_printf(p, "%zu recipients: ", m->nrcpt);
		text_tally(p, count);
		pen_nl(p);
	}
	for (size_t i = 0; i < m->nrcpt; i++) {
		size_t k = 0;

		while (k < i && !same_verdict(&m->rcpt[k], &m->rcpt[i]))
			k++;
		if (k < i)
			continue;
		for (k = groups++;
		     k && before(&m->rcpt[i], &m->rcpt[order[k - 1]]); k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	for (size_t i = 0; i < groups; i++) {
		if (i)
			pen_nl(p);
		verdict(p, m, order[i]);
	}
	arena_release(&a);
	pen_nl(p);
	head(p, m, o->verbose);
	pen_nl(p);
	text_tree(p, o, m);
	if (o->verbose)
		lines(p, o, m);
}

static void
nothing(struct pen *p, const struct answer *ans)
{
	struct buf b = BUF_INIT(64);

	pen_c(p, "nothing found");
	pen_nl(p);
	for (size_t i = 0; i < ans->nhint; i++) {
		pen_c(p, "  ");
		pen_wrap(p, ans->hint[i], 2, 4);
	}
	if (ans->lines) {
		pen_c(p, "  searched: ");
		count_print(&b, ans->lines);
		pen_printf(p, "%s lines of %zu host%s, ", buf_c(&b), ans->nhost,
		    ans->nhost == 1 ? "" : "s");
		text_time(p, ans->from_us, STAMP_MINUTES);
		pen_c(p, " to ");
		text_time(p, ans->until_us, STAMP_MINUTES);
		pen_nl(p);
	}
	buf_release(&b);
}

static void
messages(struct pen *pen, const struct out *o, const struct answer *ans)
{
	for (size_t i = 0; i < ans->nmessage; i++) {
		if (i) {
			pen_nl(pen);
			pen_ink(pen, INK_DIM);
			for (int c = 0; c < o->width - 1; c++)
				pen_c(pen, o->utf8 ? "\xe2\x94\x80" : "-");
			pen_plain(pen);
			pen_nl(pen);
			pen_nl(pen);
		}
		if (o->proof)
			text_proof(pen, o, &ans->message[i]);
		else
			message(pen, o, &ans->message[i]);
	}
	for (size_t i = 0; i < ans->nhint; i++) {
		pen_nl(pen);
		pen_wrap(pen, ans->hint[i], 0, 0);
	}
}

void
out_text(const struct answer *ans, const struct out *o, struct buf *b)
{
	struct pen pen = { .out = b,
		.tz = o->tz,
		.width = o->width,
		.color = o->color,
		.utf8 = o->utf8,
		.whole = !o->tty };

	if (!ans->nmessage)
		nothing(&pen, ans);
	else if (ans->nmessage > WHOLE_MAX && !o->verbose && !o->proof)
		text_list(&pen, o, ans);
	else
		messages(&pen, o, ans);
	if (o->live)
		trace_live_text(o->live, &pen, o->verbose);
}
