/*
 * smtp_reply.c: replies of mail servers: where one ends, its code, its
 * enhanced code, its text.  Hostile bytes: anything may come.
 */
#include "base/buf.h"
#include "live/smtp.h"
#include "base/banned.h"

enum { TEXT_KEPT = 8 * 1024 };

long
smtp_reply_read(struct str in, int *code, bool *mixed)
{
	size_t at = 0;

	*code = 0;
	*mixed = false;
	while (at < in.n) {
		struct str line = str_from(in, at);
		ptrdiff_t nl = str_chr(line, '\n');
		int c;

		for (size_t i = 0; i < 3 && i < line.n; i++)
			if (!is_digit(line.p[i]))
				return -1;
		if (line.n > 3 && !memchr(" -\r\n", line.p[3], 4))
			return -1;
		if (nl < 0)
			return 0;
		if (nl < 3)
			return -1;
		c = (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 +
		    (line.p[2] - '0');
		*mixed = *mixed || (*code && c != *code);
		*code = c;
		at += (size_t)nl + 1;
		if (line.p[3] != '-')
			return (long)at;
	}
	return 0;
}

struct str
smtp_dsn(struct str text)
{
	size_t i = 0, dots = 0;

	while (i < text.n && (is_digit(text.p[i]) || text.p[i] == '.')) {
		dots += text.p[i] == '.';
		i++;
	}
	if (dots != 2 || i < 5 || text.p[1] != '.' ||
	    !memchr("245", text.p[0], 3) || text.p[i - 1] == '.')
		return STR("");
	return str_head(text, i);
}

struct str
smtp_reply_text(struct arena *a, struct str raw, struct str *dsn)
{
	struct buf b = BUF_INIT(TEXT_KEPT);
	struct str s;

	*dsn = STR("");
	while (raw.p && raw.n) {
		struct str line = str_split(&raw, '\n');
		struct str body;

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		body = str_from(line, line.n > 3 ? 4 : line.n);
		if (!dsn->n)
			*dsn = arena_dup(a, smtp_dsn(body));
		if (b.n)
			buf_putc(&b, '\n');
		buf_add(&b, str_head(body, SMTP_LINE_KEPT));
	}
	s = arena_dup(a, buf_str(&b));
	buf_release(&b);
	return s;
}

const char *
smtp_step_name(enum smtp_step s)
{
	static const char *const name[STEP_COUNT] = {
		[STEP_CONNECT] = "connect",
		[STEP_GREETING] = "greeting",
		[STEP_EHLO] = "ehlo",
		[STEP_STARTTLS] = "starttls",
		[STEP_TLS] = "tls",
		[STEP_EHLO2] = "ehlo2",
		[STEP_MAIL] = "mail",
		[STEP_MAIL2] = "mail2",
		[STEP_RCPT] = "rcpt",
		[STEP_RECIPIENT] = "recipient",
		[STEP_RELAY] = "relay",
		[STEP_RSET] = "rset",
		[STEP_QUIT] = "quit",
	};

	return name[s];
}

void
smtp_read_ehlo(struct probe *p, struct str text, bool plain)
{
	enum { LINE_LEGAL = 512 };

	while (text.p) {
		struct str line = str_split(&text, '\n');
		struct str word = line;
		uint64_t v;

		p->odd_ehlo = p->odd_ehlo || line.n > LINE_LEGAL;
		for (size_t i = 0; i < word.n; i++)
			if (word.p[i] == ' ' || word.p[i] == '=')
				word.n = i;
		if (str_eqi(word, STR("STARTTLS"))) {
			p->starttls = p->starttls || plain;
		} else if (str_eqi(word, STR("SMTPUTF8"))) {
			p->utf8 = true;
		} else if (str_eqi(word, STR("SIZE")) && plain) {
			p->size = 0;
			if (str_u64(str_trim(str_from(line, 4)), &v) &&
			    v < INT64_MAX)
				p->size = (int64_t)v;
		}
	}
}
