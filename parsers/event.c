/*
 * event.c: tables of kinds and fields, and what several parsers share:
 * lists of recipients, ids and codes inside replies.
 */
#include "base/buf.h"
#include "parsers/event.h"
#include "base/banned.h"

const struct field_info field_info[F_COUNT] = {
	[F_QID2] = { "qid2", TOK_QID, false },
	[F_QID3] = { "qid3", TOK_QID, false },
	[F_FROM] = { "from", TOK_ADDR_FROM, false },
	[F_TO] = { "to", TOK_ADDR_TO, false },
	[F_ORIG_TO] = { "orig_to", TOK_ADDR_TO, false },
	[F_RCPTS] = { "rcpts", TOK_ADDR_TO, false },
	[F_MSGID] = { "msgid", TOK_MSGID, false },
	[F_SUBJECT] = { "subject", TOK_NONE, false },
	[F_CLIENT_NAME] = { "client_name", TOK_NONE, false },
	[F_CLIENT_IP] = { "client_ip", TOK_IP, false },
	[F_CLIENT_PORT] = { "client_port", TOK_NONE, false },
	[F_HELO] = { "helo", TOK_NONE, false },
	[F_USER] = { "user", TOK_USER, false },
	[F_METHOD] = { "method", TOK_NONE, true },
	[F_PROTO] = { "proto", TOK_NONE, true },
	[F_RELAY_NAME] = { "relay_name", TOK_RELAY, false },
	[F_RELAY_IP] = { "relay_ip", TOK_RELAY, false },
	[F_RELAY_PORT] = { "relay_port", TOK_NONE, true },
	[F_CONN_USE] = { "conn_use", TOK_NONE, true },
	[F_DELAY] = { "delay", TOK_NONE, false },
	[F_DELAYS] = { "delays", TOK_NONE, false },
	[F_CODE] = { "code", TOK_NONE, true },
	[F_DSN] = { "dsn", TOK_NONE, true },
	[F_STATUS] = { "status", TOK_NONE, true },
	[F_REPLY] = { "reply", TOK_NONE, false },
	[F_SIZE] = { "size", TOK_NONE, false },
	[F_NRCPT] = { "nrcpt", TOK_NONE, true },
	[F_TLS] = { "tls", TOK_NONE, true },
	[F_WHERE] = { "where", TOK_NONE, true },
	[F_ACTION] = { "action", TOK_NONE, true },
	[F_ORIG_NAME] = { "orig_name", TOK_NONE, false },
	[F_ORIG_IP] = { "orig_ip", TOK_IP, false },
	[F_FOLDER] = { "folder", TOK_NONE, true },
	[F_VERDICT] = { "verdict", TOK_NONE, true },
	[F_SCORE] = { "score", TOK_NONE, false },
	[F_QUARANTINE] = { "quarantine", TOK_NONE, false },
	[F_LIST] = { "list", TOK_NONE, true },
	[F_SERVICE] = { "service", TOK_NONE, true },
	[F_SESSION] = { "session", TOK_QID, false },
	[F_ROUTER] = { "router", TOK_NONE, true },
	[F_TRANSPORT] = { "transport", TOK_NONE, true },
	[F_LOCAL_IP] = { "local_ip", TOK_NONE, true },
	[F_ERRNO] = { "errno", TOK_NONE, true },
	[F_UID] = { "uid", TOK_NONE, true },
	[F_TEXT] = { "text", TOK_NONE, false },
	[F_EXTRA] = { "extra", TOK_NONE, false },
	[F_CLASS] = { "class", TOK_NONE, true },
	[F_RULE] = { "rule", TOK_NONE, true },
	[F_CONFIDENCE] = { "confidence", TOK_NONE, true },
	[F_TLS_SEEN] = { "tls_seen", TOK_NONE, true },
	[F_RULES] = { "rules", TOK_NONE, true },
	[F_KEPT] = { "kept", TOK_NONE, false },
};

const char *const ev_kind_name[EV_KINDS] = {
	[EV_NONE] = "none",
	[EV_CONNECT] = "connect",
	[EV_DISCONNECT] = "disconnect",
	[EV_TLS] = "tls",
	[EV_LOST] = "lost",
	[EV_ARRIVE] = "arrive",
	[EV_MSGID] = "msgid",
	[EV_HEADER] = "header",
	[EV_ACTIVE] = "active",
	[EV_DELIVERY] = "delivery",
	[EV_ATTEMPT] = "attempt",
	[EV_EXPIRED] = "expired",
	[EV_NOTICE] = "notice",
	[EV_ADMIN] = "admin",
	[EV_END] = "end",
	[EV_NOTE] = "note",
	[EV_REJECT] = "reject",
	[EV_FILTER] = "filter",
	[EV_STORED] = "stored",
	[EV_POLICY] = "policy",
	[EV_SCREEN] = "screen",
	[EV_AUTH] = "auth",
	[EV_BAN] = "ban",
	[EV_LOSS] = "loss",
	[EV_SYSTEM] = "system",
};

const char *const ev_state_name[ST_STATES] = {
	[ST_NONE] = "none",
	[ST_SENT] = "sent",
	[ST_DEFERRED] = "deferred",
	[ST_BOUNCED] = "bounced",
	[ST_EXPIRED] = "expired",
	[ST_REJECTED] = "rejected",
	[ST_TEMPFAIL] = "tempfail",
	[ST_HELD] = "held",
	[ST_DISCARDED] = "discarded",
	[ST_QUARANTINED] = "quarantined",
	[ST_REDIRECTED] = "redirected",
	[ST_PROBE_OK] = "probe-ok",
	[ST_PROBE_BAD] = "probe-bad",
	[ST_PASSED] = "passed",
	[ST_WARNED] = "warned",
	[ST_OK] = "ok",
	[ST_FAIL] = "fail",
	[ST_REPLIED] = "replied",
	[ST_FORWARDED] = "forwarded",
};

const char *const mta_name[MTA_COUNT] = {
	[MTA_NONE] = "none",
	[MTA_POSTFIX] = "postfix",
	[MTA_EXIM] = "exim",
	[MTA_AXIGEN] = "axigen",
	[MTA_AMAVIS] = "amavis",
	[MTA_DOVECOT] = "dovecot",
	[MTA_RSPAMD] = "rspamd",
	[MTA_SPAMD] = "spamd",
	[MTA_POSTGREY] = "postgrey",
	[MTA_SPF] = "spf",
	[MTA_OPENDKIM] = "opendkim",
	[MTA_OPENDMARC] = "opendmarc",
	[MTA_CLAMAV] = "clamav",
	[MTA_BAN] = "ban",
	[MTA_SYSTEM] = "system",
	[MTA_OTHER] = "other",
};

/* The end of "<...>" at the start of s, quotes respected; 0 when none. */
static size_t
angle_end(struct str s)
{
	bool quoted = false;

	for (size_t i = 1; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.p[i] == '>')
			return i;
	}
	/* a stray quote: take the first '>' */
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] == '>')
			return i;
	return 0;
}

bool
rcpts_next(struct str *rest, struct str *addr)
{
	size_t n = 0;
	bool quoted = false;

	while (rest->n &&
	       (is_space(rest->p[0]) || rest->p[0] == ',' || rest->p[0] == ';'))
		*rest = str_from(*rest, 1);
	if (!rest->n)
		return false;
	if (rest->p[0] == '<' && (n = angle_end(*rest)) > 0) {
		*addr = str_make(rest->p + 1, n - 1);
		*rest = str_from(*rest, n + 1);
		return true;
	}
	for (n = 0; n < rest->n; n++) {
		char c = rest->p[n];
		if (c > ';') /* most of an address */
			continue;
		if (c == '"')
			quoted = !quoted;
		if (!quoted && (is_space(c) || c == ',' || c == ';'))
			break;
	}
	*addr = str_head(*rest, n);
	*rest = str_from(*rest, n);
	return true;
}

/* The run of id characters at the start of s. */
static struct str
id_run(struct str s)
{
	/* - . 0-9, A-Z _, a-z: a bit for each byte of 32 and on */
	static const uint32_t in_id[3] = { 0x03ff6000, 0x87fffffe, 0x07fffffe };
	size_t n = 0;

	for (; n < s.n; n++) {
		unsigned c = (unsigned char)s.p[n] - 32u;

		if (c >= 96 || !(in_id[c / 32] >> c % 32 & 1))
			break;
	}
	while (n && s.p[n - 1] == '.')
		n--;
	return str_head(s, n);
}

/* 10 to 24 capital hexadecimal digits */
static bool
is_hex_id(struct str s)
{
	if (s.n < 10 || s.n > 24)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]) && (s.p[i] < 'A' || s.p[i] > 'F'))
			return false;
	return true;
}

/* What Exim itself answers, the id to the end: "250 OK id=1vbQ-..." */
static bool
plain_ok_id(struct str reply, struct str *id)
{
	if (!str_starts(reply, STR("250 OK id=")))
		return false;
	*id = id_run(str_from(reply, 10));
	return id->n > 0 && id->n == reply.n - 10;
}

struct str
reply_next_id(struct str reply)
{
	static const struct str saved = STR_INIT(" Saved");
	struct str plain;
	ptrdiff_t i;

	if (plain_ok_id(reply, &plain))
		return plain;
	if ((i = str_rfind(reply, STR("queued as "))) >= 0)
		return id_run(str_from(reply, (size_t)i + 10));
	if ((i = str_rfind(reply, STR("OK id="))) >= 0)
		return id_run(str_from(reply, (size_t)i + 6));
	if (str_ends(reply, saved)) { /* 250 2.0.0 <user@dom> SESSION Saved */
		struct str s = str_head(reply, reply.n - saved.n);
		i = str_rchr(s, ' ');
		return i < 0 ? STR_NONE : str_from(s, (size_t)i + 1);
	}
	if ((i = str_find(reply, STR(" Message accepted for delivery"))) > 0) {
		struct str s = str_head(reply, (size_t)i);
		i = str_rchr(s, ' ');
		return i < 0 ? STR_NONE : id_run(str_from(s, (size_t)i + 1));
	}
	/* "OK (ID)", "BLOCKED (ID)": the task of Proxmox's filter */
	if (str_ends(reply, STR(")")) &&
	    (i = str_rfind(reply, STR(" ("))) > 0) {
		struct str s = str_head(reply, (size_t)i);
		struct str id =
		    str_make(reply.p + i + 2, reply.n - (size_t)i - 3);
		if ((str_ends(s, STR(" OK")) || str_ends(s, STR(" BLOCKED"))) &&
		    is_hex_id(id))
			return id;
	}
	return STR_NONE;
}

void
reply_codes(struct str reply, struct str *code, struct str *dsn)
{
	size_t i;

	*code = *dsn = STR_NONE;
	if (reply.n < 3 || reply.p[0] < '2' || reply.p[0] > '5' ||
	    !is_digit(reply.p[1]) || !is_digit(reply.p[2]) ||
	    (reply.n > 3 && reply.p[3] != ' ' && reply.p[3] != '-'))
		return;
	*code = str_head(reply, 3);
	reply = str_from(reply, reply.n > 3 ? 4 : 3);
	if (reply.n < 5 || !is_digit(reply.p[0]) || reply.p[1] != '.')
		return;
	for (i = 2; i < reply.n && is_digit(reply.p[i]); i++)
		;
	if (i == 2 || i > 5 || i >= reply.n || reply.p[i] != '.')
		return;
	size_t j = ++i;
	while (i < reply.n && is_digit(reply.p[i]))
		i++;
	if (i > j && i - j <= 3)
		*dsn = str_head(reply, i);
}

void
event_dump(const struct event *ev, struct buf *out)
{
	buf_puts(out, ev_kind_name[ev->kind]);
	if (ev->qid.n)
		buf_printf(out, " qid=" STR_FMT, STR_ARG(ev->qid));
	if (ev->state)
		buf_printf(out, " state=%s", ev_state_name[ev->state]);
	if (ev->flags & EVF_START)
		buf_puts(out, " start");
	if (ev->flags & EVF_END)
		buf_puts(out, " end");
	if (ev->flags & EVF_SESSION)
		buf_puts(out, " session");
	for (int f = 0; f < F_COUNT; f++) {
		if (!ev_has(ev, f) || f == F_EXTRA)
			continue;
		buf_printf(out, " %s=", field_info[f].name);
		if (ev->f[f].n == 0 || str_chr(ev->f[f], ' ') >= 0 ||
		    str_chr(ev->f[f], '"') >= 0) {
			buf_putc(out, '"');
			for (size_t i = 0; i < ev->f[f].n; i++) {
				if (ev->f[f].p[i] == '"' ||
				    ev->f[f].p[i] == '\\')
					buf_putc(out, '\\');
				buf_putc(out, ev->f[f].p[i]);
			}
			buf_putc(out, '"');
		} else {
			buf_add(out, ev->f[f]);
		}
	}
}
