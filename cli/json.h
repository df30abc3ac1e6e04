/*
 * json.h: JSON as it is built: straight into a struct buf, no tree.
 *
 * Commas, indentation and escaping are done here.  Texts are repaired to
 * UTF-8 (U+FFFD for each byte that is none), numbers past 2^53 become strings,
 * and what is absent is null.
 *
 *	struct json j;
 *	json_init(&j, &out, true, NULL);
 *	json_open(&j, NULL, '{');
 *	json_str(&j, "schema", STR("mailtrace.ndr/1"));
 *	json_open(&j, "mails", '[');
 *	...
 *	json_close(&j);
 *	json_close(&j);
 *
 * `key` is NULL inside an array and at the top.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include "base/buf.h"

enum { JSON_DEPTH = 32 };

struct json {
	struct buf *out;
	const char *tz; /* zone of times; NULL = local */
	bool pretty;	/* one member a line, indented */
	unsigned depth;
	char closer[JSON_DEPTH];
	bool some[JSON_DEPTH]; /* a member stands there already */
};

void json_init(struct json *j, struct buf *out, bool pretty, const char *tz);

void json_open(struct json *j, const char *key, char bracket); /* { or [ */
void json_close(struct json *j);

void json_str(struct json *j, const char *key, struct str s);  /* NONE: null */
void json_text(struct json *j, const char *key, struct str s); /* empty: null */
void json_c(struct json *j, const char *key, const char *s);   /* NULL: null */
void json_int(struct json *j, const char *key, int64_t v);
void json_uint(struct json *j, const char *key, uint64_t v);
void json_count(struct json *j, const char *key, int64_t v); /* < 0: null */
void json_real(struct json *j, const char *key, double v);
void json_digits(struct json *j, const char *key, struct str digits);
void json_bool(struct json *j, const char *key, bool v);
void json_null(struct json *j, const char *key);
void json_time(struct json *j, const char *key, int64_t t_us); /* 0: null */

#endif
