/*
 * out_csv.c: one row per recipient, for spreadsheets and scripts (RFC 4180,
 * lines end in LF).  The columns are kept: new ones come at the end.
 *
 * A field that a spreadsheet would run as a formula gets an apostrophe in
 * front; control bytes become blanks, bytes that are no UTF-8 U+FFFD.
 */
#include "base/stamp.h"
#include "cli/out.h"
#include "cli/utf8.h"
#include "base/banned.h"

/* The full-width forms of = + - @ are taken for them by some. */
static bool
is_formula(struct str s)
{
	static const char *const start[] = { "=", "+", "-", "@", "\t", "\r",
		"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0" };

	for (size_t i = 0; i < sizeof(start) / sizeof(*start); i++)
		if (str_starts(s, str_c(start[i])))
			return true;
	return false;
}

void
csv_field(struct buf *b, struct str s, bool first)
{
	bool armed = is_formula(s), quote = false;
	struct str rest = s, at;
	uint32_t cp;

	for (size_t i = 0; i < s.n; i++)
		quote |= s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\n' ||
			 s.p[i] == ';' || s.p[i] == '\t' || s.p[i] == '\r';
	quote |= armed || (s.n && (s.p[0] == ' ' || s.p[s.n - 1] == ' '));
	if (!first)
		buf_putc(b, ',');
	if (quote)
		buf_putc(b, '"');
	if (armed)
		buf_putc(b, '\'');
	while (utf8_next(&rest, &at, &cp)) {
		if (cp == UTF8_BAD)
			buf_puts(b, "\xef\xbf\xbd");
		else if (utf8_unsafe(cp))
			buf_putc(b, ' ');
		else if (cp == '"')
			buf_puts(b, "\"\"");
		else
			buf_add(b, at);
	}
	if (quote)
		buf_putc(b, '"');
}

void
csv_end(struct buf *b)
{
	buf_putc(b, '\n');
}

static const char *const columns[] = { "time", "state", "group", "class",
	"from", "to", "original_to", "subject", "message_id", "size_bytes",
	"first_seen", "last_seen", "entry_host", "client_name", "client_ip",
	"user", "stopped_host", "stopped_qid", "remote_name", "remote_ip",
	"remote_qid", "code", "dsn", "reply", "attempts", "block_ip",
	"block_list", "who_acts", "why", "next", "path" };

static void
field(struct buf *b, struct str s)
{
	csv_field(b, s, false);
}

static void
when(struct buf *b, int64_t t_us, const char *tz, bool first)
{
	if (!first)
		buf_putc(b, ',');
	if (t_us)
		stamp_print(b, t_us, tz, STAMP_RFC3339);
}

static void
number(struct buf *b, int64_t n)
{
	buf_putc(b, ',');
	if (n >= 0)
		buf_printf(b, "%lld", (long long)n);
}

/* mx1.isp.example/4F1A > filter.isp.example/77B0 */
static void
path(struct buf *b, const struct ans_rcpt *r)
{
	struct buf p = BUF_INIT(64 * 1024);

	for (size_t i = 0; i < r->npath; i++) {
		if (i)
			buf_puts(&p, " > ");
		buf_add(&p, r->path[i].host);
		buf_putc(&p, '/');
		buf_add(&p, r->path[i].qid);
	}
	field(b, buf_str(&p));
	buf_release(&p);
}

static void
row(const struct ans_message *m, const struct ans_rcpt *r, const struct out *o,
    struct buf *b)
{
	bool classified = r->c.cls != CLS_NONE;

	when(b, r->time_us, o->tz, true);
	field(b, str_c(out_state_name[r->state]));
	field(b, str_c(classified ? grp_name(r->c.grp) : ""));
	field(b, str_c(classified ? cls_name(r->c.cls) : ""));
	field(b, m->from.p && !m->from.n ? STR("<>") : m->from);
	field(b, r->to);
	field(b, r->original_to);
	field(b, m->subject);
	field(b, m->message_id);
	number(b, m->size_bytes);
	when(b, m->first_us, o->tz, false);
	when(b, m->last_us, o->tz, false);
	field(b, m->entry.host);
	field(b, m->entry.client_name);
	field(b, m->entry.client_ip);
	field(b, m->entry.user);
	field(b, r->stop_host);
	field(b, r->stop_qid);
	field(b, r->remote_name);
	field(b, r->remote_ip);
	field(b, r->remote_qid);
	number(b, r->has_reply ? r->reply_code : -1);
	field(b, r->reply_dsn);
	field(b, r->reply_text);
	number(b, r->attempts);
	field(b, r->c.block.ip);
	field(b, r->c.block.list);
	field(b, str_c(r->who_acts));
	field(b, r->why);
	field(b, r->next);
	path(b, r);
	csv_end(b);
}

void
out_csv(const struct answer *ans, const struct out *o, struct buf *b)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		csv_field(b, str_c(columns[i]), i == 0);
	csv_end(b);
	for (size_t i = 0; i < ans->nmessage; i++)
		for (size_t k = 0; k < ans->message[i].nrcpt; k++)
			row(&ans->message[i], &ans->message[i].rcpt[k], o, b);
	if (ans->truncated)
		buf_printf(b, "# cut by --limit %zu: there are more\n",
		    o->limit);
}
