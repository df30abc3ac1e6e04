/*
 * str.h: a view of bytes somebody else owns.
 *
 * Every byte that comes from outside (log line, mail, DNS answer, database
 * row) travels as a struct str.  It is never NUL-terminated for the reader's
 * sake, may hold any byte, and lives as long as what it points into.
 * An absent value is the zeroed str (p == NULL); an empty one has p != NULL.
 *
 *	struct str s = STR("from=<a@b>");
 *	if (str_starts(s, STR("from=<")))
 *		...
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_INIT(lit)                                                          \
	{                                                                      \
		"" lit, sizeof(lit) - 1                                        \
	} /* static tables */
#define STR_NONE   ((struct str){ NULL, 0 })
#define STR_FMT	   "%.*s" /* printf("..." STR_FMT, STR_ARG(s)) */
#define STR_ARG(s) ((int)(s).n), ((s).p ? (s).p : "")

static inline struct str
str_make(const char *p, size_t n)
{
	return (struct str){ p, n };
}

/* A view of a C string; NULL gives STR_NONE. */
static inline struct str
str_c(const char *c)
{
	return (struct str){ c, c ? strlen(c) : 0 };
}

static inline uint64_t
str_load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static inline uint32_t
str_load4(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

/* Whether n bytes are the same.  Most are few: no call for them. */
static inline bool
str_same(const char *a, const char *b, size_t n)
{
	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8)
		return ((str_load8(a) ^ str_load8(b)) |
			   (str_load8(a + n - 8) ^ str_load8(b + n - 8))) == 0;
	if (n >= 4)
		return ((str_load4(a) ^ str_load4(b)) |
			   (str_load4(a + n - 4) ^ str_load4(b + n - 4))) == 0;
	return n == 0 || ((a[0] ^ b[0]) | (a[n / 2] ^ b[n / 2]) |
			     (a[n - 1] ^ b[n - 1])) == 0;
}

/* Copies n bytes and gives the end of the copy.  The same holds. */
static inline char *
str_put(char *to, const char *p, size_t n)
{
	char *end = to + n;

	if (n > 16) {
		memcpy(to, p, n);
	} else if (n >= 8) {
		uint64_t a = str_load8(p), b = str_load8(p + n - 8);

		memcpy(to, &a, 8);
		memcpy(end - 8, &b, 8);
	} else if (n >= 4) {
		uint32_t a = str_load4(p), b = str_load4(p + n - 4);

		memcpy(to, &a, 4);
		memcpy(end - 4, &b, 4);
	} else if (n) {
		char mid = p[n / 2], last = p[n - 1];

		to[0] = p[0];
		to[n / 2] = mid;
		end[-1] = last;
	}
	return end;
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && str_same(a.p, b.p, a.n);
}

static inline bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

static inline bool
str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
	       memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0;
}

/* The part from byte `from` on; from > n gives an empty view at the end. */
static inline struct str
str_from(struct str s, size_t from)
{
	if (from > s.n)
		from = s.n;
	return (struct str){ s.p + from, s.n - from };
}

/* At most the first `n` bytes. */
static inline struct str
str_head(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
is_alpha(char c)
{
	return (unsigned char)((c | 32) - 'a') < 26;
}

static inline bool
is_alnum(char c)
{
	return is_digit(c) || is_alpha(c);
}

/* ASCII only; bytes above 127 stay as they are, whatever the locale. */
static inline char
to_lower(char c)
{
	return (unsigned char)(c - 'A') < 26 ? (char)(c | 32) : c;
}

bool str_eqi(struct str a, struct str b);
bool str_startsi(struct str s, struct str prefix);
bool str_endsi(struct str s, struct str suffix);
int str_cmp(struct str a, struct str b);  /* bytewise, shorter first */
int str_cmpi(struct str a, struct str b); /* the same without ASCII case */

/* Offset of the first (last) occurrence, or -1. */
static inline ptrdiff_t
str_chr(struct str s, char c)
{
	const char *q = s.n ? memchr(s.p, c, s.n) : NULL;

	return q ? q - s.p : -1;
}

static inline ptrdiff_t
str_rchr(struct str s, char c)
{
	const char *q = s.n ? memrchr(s.p, c, s.n) : NULL;

	return q ? q - s.p : -1;
}

ptrdiff_t str_find(struct str s, struct str what);
ptrdiff_t str_rfind(struct str s, struct str what);
ptrdiff_t str_findi(struct str s, struct str what);

struct str str_trim(struct str s); /* white space off both ends */

/*
 * The bytes of *rest before the first `sep`; *rest becomes what follows it,
 * or STR_NONE when there was none.  Call while rest->p != NULL.
 */
struct str str_split(struct str *rest, char sep);

/* Whole string as decimal; false (and *v untouched) on junk or overflow. */
bool str_u64(struct str s, uint64_t *v);
bool str_i64(struct str s, int64_t *v);

/* "192.0.2.4" to its four bytes; not when a part has a 0 before it. */
bool str_ip4(struct str s, unsigned char ip[4]);

/*
 * Decimal seconds "12", "0.21", "1.5e" (false) as microseconds; digits past
 * the sixth are cut.
 */
bool str_seconds_us(struct str s, int64_t *us);

/* Domain part after the last '@' of an address, STR_NONE when there is none. */
struct str str_domain(struct str addr);

/* Whether `s` matches `pat`, where '*' stands for any bytes; ASCII case. */
bool str_glob(struct str pat, struct str s);

#endif
