/*
 * out_proof.c: --proof: what to paste into a mail to the other side: which
 * server of theirs said what about which message, when, under which id, to
 * which address of ours.  Plain words, no colour, times in UTC too.
 */
#include "base/stamp.h"
#include "cli/out_text.h"
#include "base/banned.h"

static void
add_time(struct buf *b, int64_t t_us, const char *tz)
{
	stamp_print(b, t_us, tz, STAMP_RFC3339);
	buf_puts(b, " (");
	stamp_print(b, t_us, "UTC", STAMP_SECONDS);
	buf_puts(b, " UTC)");
}

static void
add_server(struct buf *b, struct str name, struct str ip)
{
	if (name.n)
		buf_add(b, name);
	if (ip.n && !str_eqi(name, ip)) {
		buf_puts(b, name.n ? " [" : "[");
		buf_add(b, ip);
		buf_putc(b, ']');
	}
	if (!name.n && !ip.n)
		buf_puts(b, "a server whose name is not logged");
}

/* Our host and the address it sends from, as far as it is configured. */
static void
add_ours(struct buf *b, const struct out *o, const struct ans_rcpt *r)
{
	struct str ip = STR_NONE;

	for (size_t i = 0; o->site && i < o->site->noutgoing; i++)
		if (site_same_host(o->site->outgoing[i].a, r->stop_host))
			ip = o->site->outgoing[i].b;
	add_server(b, r->stop_host, ip);
}

static void
add_message(struct buf *b, const struct ans_message *m,
    const struct ans_rcpt *r)
{
	buf_puts(b, "The message ");
	if (m->message_id.n) {
		buf_puts(b, m->message_id.p[0] == '<' ? "" : "<");
		buf_add(b, m->message_id);
		buf_puts(b, m->message_id.p[0] == '<' ? "" : ">");
		buf_putc(b, ' ');
	}
	buf_puts(b, "from <");
	buf_add(b, m->from);
	buf_puts(b, "> to <");
	buf_add(b, r->to);
	buf_putc(b, '>');
	if (m->size_bytes >= 0)
		buf_printf(b, " (%lld bytes)", (long long)m->size_bytes);
}

static void
add_reply(struct buf *b, const struct ans_rcpt *r)
{
	buf_puts(b, " Its answer: \"");
	if (r->reply_code > 0 &&
	    !is_digit(r->reply_text.n ? r->reply_text.p[0] : ' '))
		buf_printf(b, "%d ", r->reply_code);
	buf_add(b, r->reply_text);
	buf_puts(b, "\".");
}

static void
rcpt(const struct out *o, const struct ans_message *m, const struct ans_rcpt *r,
    struct buf *b)
{
	bool accepted = r->state == OUT_LEFT;
	bool refused = r->has_remote && r->has_reply &&
		       (r->state == OUT_BOUNCED || r->state == OUT_DEFERRED ||
			   r->state == OUT_EXPIRED);

	add_message(b, m, r);
	if (!accepted && !refused) {
		buf_printf(b,
		    " was not handed to another operator's server. "
		    "With us it is: %s",
		    out_state_name[r->state]);
		if (r->stop_host.n) {
			buf_puts(b, " at ");
			buf_add(b, r->stop_host);
		}
		if (r->time_us) {
			buf_puts(b, ", ");
			add_time(b, r->time_us, o->tz);
		}
		buf_puts(b, ".");
		return;
	}
	buf_puts(b, accepted ? " was handed over by " : " was offered by ");
	add_ours(b, o, r);
	buf_puts(b, accepted ? " to " : " to ");
	add_server(b, r->remote_name, r->remote_ip);
	if (r->remote_port > 0)
		buf_printf(b, ", port %d,", r->remote_port);
	buf_puts(b, " at ");
	add_time(b, r->time_us, o->tz);
	if (r->remote_tls.n) {
		buf_puts(b, " over ");
		buf_add(b, r->remote_tls);
	}
	buf_puts(b, accepted ? ", which accepted it." : ", which refused it.");
	if (r->has_reply)
		add_reply(b, r);
	if (r->remote_qid.n) {
		buf_puts(b, " The id it gave: ");
		buf_add(b, r->remote_qid);
		buf_puts(b, ".");
	}
	buf_puts(b, " Our queue id: ");
	buf_add(b, r->stop_qid);
	if (!accepted && r->attempts > 1)
		buf_printf(b, ", %d attempts", r->attempts);
	buf_puts(b, accepted ? ". Please tell from your logs what became of "
			       "it after that." :
			       ". Please tell why, and what must change for "
			       "it to be accepted.");
	if (r->c.block.ip.n) {
		buf_puts(b, " The address it blames: ");
		buf_add(b, r->c.block.ip);
		buf_puts(b, ".");
	}
}

void
text_proof(struct pen *p, const struct out *o, const struct ans_message *m)
{
	struct pen plain = *p;
	struct buf b = BUF_INIT(64 * 1024);

	plain.color = false;
	for (size_t i = 0; i < m->nrcpt; i++) {
		buf_clear(&b);
		rcpt(o, m, &m->rcpt[i], &b);
		if (i)
			pen_nl(&plain);
		pen_wrap(&plain, buf_str(&b), 0, 0);
		if (m->rcpt[i].state == OUT_LEFT && m->rcpt[i].nevidence &&
		    m->rcpt[i].evidence[0].text.n) {
			size_t last = m->rcpt[i].nevidence - 1;

			pen_nl(&plain);
			pen_str(&plain, m->rcpt[i].evidence[last].text.n ?
					    m->rcpt[i].evidence[last].text :
					    m->rcpt[i].evidence[0].text);
			pen_nl(&plain);
		}
	}
	buf_release(&b);
}
