/*
 * journal.c: one JSON object a line.  The only file of parsers/ that speaks
 * to cJSON; depth is cJSON's own limit, size is the line's.
 */
#include <cjson/cJSON.h>

#include "base/buf.h"
#include "parsers/journal.h"
#include "parsers/syslog_part.h"
#include "base/banned.h"

enum { VALUE_MAX = 64 * 1024 };

/* A value as text: a string, or an array of byte numbers (not UTF-8). */
static struct str
value(struct syslog *sl, const cJSON *o, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name), *e;
	struct buf b = BUF_INIT(VALUE_MAX);
	struct str s = STR_NONE;

	if (cJSON_IsString(v))
		return arena_dup(&sl->arena, str_c(v->valuestring));
	if (!cJSON_IsArray(v))
		return STR_NONE;
	cJSON_ArrayForEach(e, v)
	{
		if (cJSON_IsString(e)) { /* repeated field: the first */
			s = arena_dup(&sl->arena, str_c(e->valuestring));
			break;
		}
		if (!cJSON_IsNumber(e))
			break;
		buf_putc(&b, (char)(int)e->valuedouble);
	}
	if (!s.p)
		s = arena_dup(&sl->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static struct str
first_of(struct syslog *sl, const cJSON *o, const char *const *names)
{
	for (; *names; names++) {
		struct str s = value(sl, o, *names);

		if (s.p)
			return s;
	}
	return STR_NONE;
}

static bool
journal_fields(struct syslog *sl, struct line *ln, const cJSON *o)
{
	static const char *const pids[] = { "SYSLOG_PID", "_PID", NULL };
	static const char *const times[] = { "_SOURCE_REALTIME_TIMESTAMP",
		"__REALTIME_TIMESTAMP", NULL };
	struct str msg = value(sl, o, "MESSAGE");
	struct str us = first_of(sl, o, times);
	uint64_t t;

	if (!msg.p || !us.p || !str_u64(us, &t) || t > INT64_MAX / 2)
		return false;
	ln->t_us = (int64_t)t;
	ln->host = value(sl, o, "_HOSTNAME");
	ln->tag = value(sl, o, "SYSLOG_IDENTIFIER");
	ln->pid = first_of(sl, o, pids);
	ln->text = msg;
	ln->frame = FRAME_JOURNAL;
	return true;
}

/* Docker, Filebeat, Fluent, syslog-ng: a message that may be a whole line. */
static bool
shipped(struct syslog *sl, struct line *ln, const cJSON *o)
{
	static const char *const msgs[] = { "log", "message", "MESSAGE", "msg",
		NULL };
	static const char *const times[] = { "time", "@timestamp", "timestamp",
		"ISODATE", "DATE", NULL };
	static const char *const hosts[] = { "HOST", "hostname", "host_name",
		NULL };
	static const char *const tags[] = { "PROGRAM", "program", "ident",
		"appname", NULL };
	static const char *const pids[] = { "PID", "pid", "procid", NULL };
	struct str msg = first_of(sl, o, msgs), when = first_of(sl, o, times);
	const cJSON *h = cJSON_GetObjectItemCaseSensitive(o, "host");
	struct line inner = { 0 };
	int64_t t = sl->last_us;
	struct line stamp = { 0 };
	bool zoned;

	if (!msg.p)
		return false;
	while (msg.n && (msg.p[msg.n - 1] == '\n' || msg.p[msg.n - 1] == '\r'))
		msg.n--;
	if (when.n && syslog_read_iso(sl, &stamp, when.p, when.n, &zoned))
		t = stamp.t_us;
	inner.raw = msg;
	sl->last_us = t;
	ln->host = ln->pid = STR("");
	ln->text = STR_NONE;
	ln->tag = first_of(sl, o, tags);
	sl->depth++; /* no JSON within JSON */
	if (!ln->tag.n && msg.n && syslog_parse(sl, &inner) && inner.tag.n) {
		ln->host = inner.host;
		ln->tag = inner.tag;
		ln->pid = inner.pid;
		ln->text = inner.text;
		if (!when.n)
			t = inner.t_us;
	} else if (ln->tag.n) {
		ln->pid = first_of(sl, o, pids);
		ln->text = msg;
	} else { /* "postfix/smtpd[61]: connect from ..." without a host */
		struct buf b = BUF_INIT(VALUE_MAX);

		buf_puts(&b, "- ");
		buf_add(&b, msg);
		inner.raw = arena_dup(&sl->arena, buf_str(&b));
		buf_release(&b);
		if (!syslog_read_head(&inner, inner.raw.p,
			inner.raw.p + inner.raw.n) || !inner.pid.n)
			inner.text = STR_NONE;
		ln->tag = inner.tag;
		ln->pid = inner.pid;
		ln->text = inner.text;
	}
	sl->depth--;
	if (!ln->text.p)
		return false;
	if (!ln->host.n)
		ln->host = first_of(sl, o, hosts);
	if (!ln->host.n && cJSON_IsObject(h))
		ln->host = value(sl, h, "name");
	if (!ln->host.n && cJSON_IsString(h))
		ln->host = value(sl, o, "host");
	ln->t_us = t;
	ln->frame = FRAME_JSON;
	return true;
}

bool
journal_json(struct syslog *sl, struct line *ln)
{
	struct str s = ln->raw;
	cJSON *o;
	bool ok;

	if (s.n && s.p[0] == '\x1e')
		s = str_from(s, 1);
	if (str_starts(s, STR("data: ")))
		s = str_from(s, 6);
	arena_clear(&sl->arena);
	o = cJSON_ParseWithLength(s.p, s.n);
	if (!o)
		return false;
	ok = cJSON_IsObject(o) &&
	    (journal_fields(sl, ln, o) || shipped(sl, ln, o));
	cJSON_Delete(o);
	if (!ok)
		return false;
	if (!ln->host.p)
		ln->host = STR("");
	if (!ln->pid.p)
		ln->pid = STR("");
	if (!ln->tag.p)
		ln->tag = STR("");
	ln->prog = syslog_prog(ln->tag);
	ln->flags &= ~(unsigned)LINE_CANON_HDR;
	return true;
}

bool
journal_export(struct syslog *sl, struct line *ln, struct str block)
{
	struct str msg = STR_NONE, host = STR(""), tag = STR(""),
		   pid = STR(""), us = STR_NONE;
	uint64_t t;

	(void)sl;
	while (block.n) {
		ptrdiff_t nl = str_chr(block, '\n');
		struct str f = nl < 0 ? block : str_head(block, (size_t)nl);
		ptrdiff_t eq = str_chr(f, '=');
		struct str name, v;

		block = nl < 0 ? STR_NONE : str_from(block, (size_t)nl + 1);
		if (eq >= 0) {
			name = str_head(f, (size_t)eq);
			v = str_from(f, (size_t)eq + 1);
		} else { /* binary: 8 bytes of length, little-endian */
			uint64_t n = 0;

			if (block.n < 8)
				break;
			for (int i = 7; i >= 0; i--)
				n = n << 8 | (unsigned char)block.p[i];
			if (n > block.n - 8)
				break;
			name = f;
			v = str_head(str_from(block, 8), (size_t)n);
			block = str_from(block, 8 + (size_t)n + 1);
		}
		if (str_eq(name, STR("MESSAGE")))
			msg = v;
		else if (str_eq(name, STR("_HOSTNAME")))
			host = v;
		else if (str_eq(name, STR("SYSLOG_IDENTIFIER")))
			tag = v;
		else if (str_eq(name, STR("SYSLOG_PID")) ||
		    (str_eq(name, STR("_PID")) && !pid.n))
			pid = v;
		else if (str_eq(name, STR("_SOURCE_REALTIME_TIMESTAMP")) ||
		    (str_eq(name, STR("__REALTIME_TIMESTAMP")) && !us.p))
			us = v;
	}
	if (!msg.p || !us.p || !str_u64(us, &t) || t > INT64_MAX / 2)
		return false;
	ln->t_us = (int64_t)t;
	ln->host = host;
	ln->tag = tag;
	ln->prog = syslog_prog(tag);
	ln->pid = pid;
	ln->text = msg;
	ln->frame = FRAME_JOURNAL;
	return true;
}
