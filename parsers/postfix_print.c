/*
 * postfix_print.c: events back to the lines they were read from.
 *
 * Only for events with EVF_CANON: the parser has seen all of the line in the
 * printed order, so the fields are the line.  This is the inverse of what
 * postfix_deliver.c, postfix_smtpd.c and the others read; F_EXTRA holds what
 * no field says (whether a refusal had an id, an origin without address).
 */
#include "base/buf.h"
#include "parsers/postfix_part.h"
#include "base/banned.h"

/* One literal and a field behind it; nothing when the field is not set. */
static void
put(struct buf *out, const struct event *ev, const char *before, enum field f,
    const char *behind)
{
	if (!ev_has(ev, f))
		return;
	buf_puts(out, before);
	buf_add(out, ev->f[f]);
	buf_puts(out, behind);
}

static void
put_id(struct buf *out, const struct event *ev)
{
	buf_add(out, ev->qid);
	buf_puts(out, ": ");
}

/* Refusals, attempts and lost sessions: the id only where it was printed. */
static void
put_lead(struct buf *out, const struct event *ev, const char *without)
{
	struct str x = ev_get(ev, F_EXTRA);

	if (!x.p)
		buf_puts(out, without);
	else if (x.n)
		put(out, ev, "", F_EXTRA, ": ");
	else
		put_id(out, ev);
}

static void
put_client(struct buf *out, const struct event *ev)
{
	put(out, ev, "", F_CLIENT_NAME, "");
	put(out, ev, "[", F_CLIENT_IP, "]");
	put(out, ev, ":", F_CLIENT_PORT, "");
}

static void
put_fields(struct buf *out, const struct event *ev)
{
	put(out, ev, " from=<", F_FROM, ">");
	put(out, ev, " to=<", F_TO, ">");
	put(out, ev, " proto=", F_PROTO, "");
	put(out, ev, " helo=<", F_HELO, ">");
}

static void
print_delivery(const struct event *ev, struct buf *out)
{
	put_id(out, ev);
	put(out, ev, "to=<", F_TO, ">");
	put(out, ev, ", orig_to=<", F_ORIG_TO, ">");
	put(out, ev, ", relay=", F_RELAY_NAME, "");
	put(out, ev, "[", F_RELAY_IP, "]");
	put(out, ev, ":", F_RELAY_PORT, "");
	put(out, ev, ", conn_use=", F_CONN_USE, "");
	put(out, ev, ", delay=", F_DELAY, "");
	put(out, ev, ", delays=", F_DELAYS, "");
	put(out, ev, ", tls=", F_TLS, "");
	put(out, ev, ", dsn=", F_DSN, "");
	put(out, ev, ", status=", F_STATUS, "");
	put(out, ev, " (", F_REPLY, ")");
}

static void
print_arrive(const struct event *ev, struct buf *out)
{
	put_id(out, ev);
	if (ev_has(ev, F_UID)) {
		put(out, ev, "uid=", F_UID, "");
		put(out, ev, " from=<", F_FROM, ">");
		put(out, ev, " orig_id=", F_QID2, "");
		return;
	}
	buf_puts(out, "client=");
	put_client(out, ev);
	put(out, ev, ", sasl_method=", F_METHOD, "");
	put(out, ev, ", sasl_username=", F_USER, "");
	put(out, ev, ", orig_queue_id=", F_QID2, "");
	put(out, ev, ", orig_client=", F_ORIG_NAME, "");
	put(out, ev, "[", F_ORIG_IP, "]");
}

static void
print_reject(const struct event *ev, struct str prog, struct buf *out)
{
	put_lead(out, ev, "NOQUEUE: ");
	put(out, ev, "", F_ACTION, ": ");
	put(out, ev, "", F_WHERE, " from ");
	put_client(out, ev);
	put(out, ev, ": ", F_REPLY, ";");
	if (!str_eq(prog, STR("postscreen"))) {
		put_fields(out, ev);
		return;
	}
	put(out, ev, " from=<", F_FROM, ">");
	put(out, ev, ", to=<", F_TO, ">");
	put(out, ev, ", proto=", F_PROTO, "");
	put(out, ev, ", helo=<", F_HELO, ">");
}

static void
print_header(const struct event *ev, struct buf *out)
{
	put_id(out, ev);
	put(out, ev, "", F_ACTION, ": ");
	if (ev_has(ev, F_SUBJECT))
		put(out, ev, "header Subject: ", F_SUBJECT, "");
	put(out, ev, "", F_WHERE, " ");
	put(out, ev, "", F_TEXT, "");
	buf_puts(out, " from ");
	put(out, ev, "", F_EXTRA, "");
	put_client(out, ev);
	buf_puts(out, ";");
	put_fields(out, ev);
	put(out, ev, ": ", F_REPLY, "");
}

static void
print_notice(const struct event *ev, struct buf *out)
{
	struct str a = ev_get(ev, F_ACTION);

	put_id(out, ev);
	if (str_eq(a, STR("success")))
		a = STR("sender delivery status");
	else if (!str_starts(a, STR("postmaster ")))
		buf_puts(out, "sender ");
	buf_add(out, a);
	put(out, ev, " notification: ", F_QID2, "");
}

static void
print_lost(const struct event *ev, struct buf *out)
{
	put_lead(out, ev, "");
	put(out, ev, "", F_ACTION, " after ");
	put(out, ev, "", F_WHERE, "");
	put(out, ev, " (", F_SIZE, " bytes)");
	buf_puts(out, " from ");
	put_client(out, ev);
}

static void
print_auth(const struct event *ev, struct buf *out)
{
	buf_puts(out, "warning: ");
	put_client(out, ev);
	put(out, ev, ": SASL ", F_METHOD, " authentication failed: ");
	put(out, ev, "", F_TEXT, "");
	put(out, ev, ", sasl_username=", F_USER, "");
}

bool
postfix_print(const struct event *ev, struct str prog, struct buf *out)
{
	if (!(ev->flags & EVF_CANON))
		return false;
	switch (ev->kind) {
	case EV_DELIVERY:
		print_delivery(ev, out);
		return true;
	case EV_ARRIVE:
		print_arrive(ev, out);
		return true;
	case EV_MSGID:
		put_id(out, ev);
		put(out, ev, "message-id=", F_MSGID, "");
		return true;
	case EV_ACTIVE:
		put_id(out, ev);
		put(out, ev, "from=<", F_FROM, ">");
		put(out, ev, ", size=", F_SIZE, "");
		put(out, ev, ", nrcpt=", F_NRCPT, " (queue active)");
		return true;
	case EV_EXPIRED:
		put_id(out, ev);
		put(out, ev, "from=<", F_FROM, ">");
		put(out, ev, ", status=", F_STATUS, ", returned to sender");
		return true;
	case EV_END:
		put_id(out, ev);
		buf_puts(out, "removed");
		if (str_eq(prog, STR("cleanup")))
			put(out, ev, " (", F_ACTION, ")");
		return true;
	case EV_REJECT:
		print_reject(ev, prog, out);
		return true;
	case EV_HEADER:
		print_header(ev, out);
		return true;
	case EV_NOTICE:
		print_notice(ev, out);
		return true;
	case EV_ATTEMPT:
		put_lead(out, ev, "");
		put(out, ev, "", F_REPLY, "");
		return true;
	case EV_LOST:
		print_lost(ev, out);
		return true;
	case EV_AUTH:
		print_auth(ev, out);
		return true;
	default:
		return false;
	}
}
