/*
 * json.c: writes JSON (RFC 8259).  A stream and not a tree of cJSON's: we
 * only ever write, the answer stands in memory already, and integers stay
 * integers.
 */
#include <assert.h>

#include "base/stamp.h"
#include "cli/json.h"
#include "cli/utf8.h"
#include "base/banned.h"

#define JSON_EXACT (INT64_C(1) << 53) /* a double holds all up to there */

void
json_init(struct json *j, struct buf *out, bool pretty, const char *tz)
{
	*j = (struct json){ .out = out, .pretty = pretty, .tz = tz };
}

static void
indent(struct json *j)
{
	if (!j->pretty)
		return;
	buf_putc(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_puts(j->out, "  ");
}

static void
string(struct json *j, struct str s)
{
	uint32_t cp;
	struct str at;

	buf_putc(j->out, '"');
	while (utf8_next(&s, &at, &cp)) {
		if (cp == UTF8_BAD || cp == 0)
			buf_puts(j->out, "\xef\xbf\xbd");
		else if (cp == '"' || cp == '\\')
			buf_printf(j->out, "\\%c", (int)cp);
		else if (cp == '\n')
			buf_puts(j->out, "\\n");
		else if (cp == '\t')
			buf_puts(j->out, "\\t");
		else if (utf8_unsafe(cp) && cp < 0x10000)
			buf_printf(j->out, "\\u%04x", (unsigned)cp);
		else
			buf_add(j->out, at);
	}
	buf_putc(j->out, '"');
}

/* What stands before a value: a comma, an indentation, the key. */
static void
member(struct json *j, const char *key)
{
	if (j->depth) {
		if (j->some[j->depth - 1])
			buf_putc(j->out, ',');
		j->some[j->depth - 1] = true;
		indent(j);
	}
	if (key) {
		string(j, str_c(key));
		buf_puts(j->out, j->pretty ? ": " : ":");
	}
}

void
json_open(struct json *j, const char *key, char bracket)
{
	assert(j->depth < JSON_DEPTH);
	member(j, key);
	buf_putc(j->out, bracket);
	j->some[j->depth] = false;
	j->closer[j->depth++] = bracket == '{' ? '}' : ']';
}

void
json_close(struct json *j)
{
	assert(j->depth > 0);
	j->depth--;
	if (j->some[j->depth])
		indent(j);
	buf_putc(j->out, j->closer[j->depth]);
	if (!j->depth)
		buf_putc(j->out, '\n');
}

void
json_str(struct json *j, const char *key, struct str s)
{
	member(j, key);
	if (s.p)
		string(j, s);
	else
		buf_puts(j->out, "null");
}

void
json_text(struct json *j, const char *key, struct str s)
{
	json_str(j, key, s.n ? s : STR_NONE);
}

void
json_c(struct json *j, const char *key, const char *s)
{
	json_text(j, key, str_c(s));
}

void
json_int(struct json *j, const char *key, int64_t v)
{
	bool exact = v >= -JSON_EXACT && v <= JSON_EXACT;

	member(j, key);
	buf_printf(j->out, exact ? "%lld" : "\"%lld\"", (long long)v);
}

void
json_uint(struct json *j, const char *key, uint64_t v)
{
	member(j, key);
	buf_printf(j->out, v <= (uint64_t)JSON_EXACT ? "%llu" : "\"%llu\"",
	    (unsigned long long)v);
}

void
json_count(struct json *j, const char *key, int64_t v)
{
	if (v < 0)
		json_null(j, key);
	else
		json_int(j, key, v);
}

void
json_real(struct json *j, const char *key, double v)
{
	if (!(v > -1e300 && v < 1e300)) {
		json_null(j, key); /* JSON has no infinity */
		return;
	}
	member(j, key);
	buf_printf(j->out, "%.6g", v);
}

void
json_digits(struct json *j, const char *key, struct str digits)
{
	member(j, key);
	buf_add(j->out, digits);
}

void
json_bool(struct json *j, const char *key, bool v)
{
	member(j, key);
	buf_puts(j->out, v ? "true" : "false");
}

void
json_null(struct json *j, const char *key)
{
	member(j, key);
	buf_puts(j->out, "null");
}

void
json_time(struct json *j, const char *key, int64_t t_us)
{
	if (!t_us) {
		json_null(j, key);
		return;
	}
	member(j, key);
	buf_putc(j->out, '"');
	stamp_print(j->out, t_us, j->tz, STAMP_RFC3339);
	buf_putc(j->out, '"');
}
