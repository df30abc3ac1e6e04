/*
 * token.c: values to tokens to keyed hashes.
 *
 * One walk over a record, walk(), serves both sides: the writer hashes what
 * it emits, the reader compares.  Being one function they cannot disagree on
 * what a record's tokens are.
 *
 * The hash is XXH3 with a secret made from the store's own random bytes: an
 * attacker chooses addresses, but cannot choose which of them collide.  The
 * kind enters as a word of its own after the value is hashed.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/die.h"
#include "index/token.h"
#include "base/banned.h"

static uint64_t with_token; /* fields that have one */

__attribute__((constructor)) static void
look_up_fields(void)
{
	for (int f = 0; f < F_COUNT; f++)
		if (field_info[f].token != TOK_NONE)
			with_token |= UINT64_C(1) << f;
}

void
token_key_init(struct token_key *key, const unsigned char secret[TOKEN_SECRET])
{
	for (size_t i = 0; i < sizeof(key->secret); i += 8) {
		uint64_t w = XXH3_64bits_withSeed(secret, TOKEN_SECRET, i + 1);
		memcpy(key->secret + i, &w, 8);
	}
	for (size_t i = 0; i < TOK_KINDS; i++)
		key->kind[i] =
		    XXH3_64bits_withSeed(secret, TOKEN_SECRET, 1000 + i);
}

/* Eight bytes in lower case. */
static inline uint64_t
lower8(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t x = str_load8(p), low = x & 127 * ones;
	uint64_t up =
	    ((low + (128 - 'A') * ones) ^ (low + (127 - 'Z') * ones)) & ~x &
	    128 * ones;

	return x | up >> 2;
}

/* Sixteen of them.  As signed numbers, those above 127 are below 'A'. */
static inline void
lower16(char *out, const char *p)
{
	typedef signed char bytes16 __attribute__((vector_size(16)));
	bytes16 x;

	memcpy(&x, p, 16);
	x |= (x > 'A' - 1) & (x < 'Z' + 1) & 32;
	memcpy(out, &x, 16);
}

/* The last eight or sixteen overlap those before them. */
static inline void
lower(char *out, const char *p, size_t n)
{
	uint64_t x, y;

	if (n >= 16) {
		for (size_t i = 0; i + 16 < n; i += 16)
			lower16(out + i, p + i);
		lower16(out + n - 16, p + n - 16);
	} else if (n >= 8) {
		x = lower8(p);
		y = lower8(p + n - 8);
		memcpy(out, &x, 8);
		memcpy(out + n - 8, &y, 8);
	} else {
		for (size_t i = 0; i < n; i++)
			out[i] = to_lower(p[i]);
	}
}

static inline struct str
fold_text(struct str v, char out[TOKEN_MAX])
{
	v = str_head(v, TOKEN_MAX);
	lower(out, v.p, v.n);
	return str_make(out, v.n);
}

/* "192.0.2.4" or v6 text to 4 or 16 bytes; 0 when it is neither. */
static size_t
parse_ip(struct str v, unsigned char ip[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[64];
	unsigned part = 0, n = 0, digits = 0;
	size_t i;

	if (str_ip4(v, ip))
		return 4;
	for (i = 0; i < v.n; i++) {
		if (is_digit(v.p[i]) && digits < 3) {
			part = part * 10 + (unsigned)(v.p[i] - '0');
			digits++;
		} else if (v.p[i] == '.' && digits && part < 256 && n < 3) {
			ip[n++] = (unsigned char)part;
			part = digits = 0;
		} else {
			break;
		}
	}
	if (i == v.n && n == 3 && digits && part < 256) {
		ip[3] = (unsigned char)part;
		return 4;
	}
	if (v.n >= sizeof(text) || str_chr(v, ':') < 0)
		return 0;
	if (str_startsi(v, STR("ipv6:")))
		v = str_from(v, 5);
	if (v.n)
		memcpy(text, v.p, v.n);
	text[v.n] = '\0';
	if (inet_pton(AF_INET6, text, ip) != 1)
		return 0;
	if (memcmp(ip, mapped, sizeof(mapped)) == 0) {
		memmove(ip, ip + 12, 4);
		return 4;
	}
	return 16;
}

/* A NUL first: never the same as a name. */
static struct str
ip_value(const unsigned char *ip, size_t n, char out[TOKEN_MAX])
{
	out[0] = '\0';
	memcpy(out + 1, ip, n);
	return str_make(out, n + 1);
}

static struct str
fold_ip(struct str v, char out[TOKEN_MAX])
{
	unsigned char ip[16];
	size_t n = parse_ip(v, ip);

	return n ? ip_value(ip, n, out) : STR_NONE;
}

/* The net of an address, or of "address/length" with our lengths. */
static struct str
fold_net(struct str v, char out[TOKEN_MAX])
{
	unsigned char ip[16];
	ptrdiff_t slash = str_chr(v, '/');
	uint64_t len = 0;
	size_t n = parse_ip(slash < 0 ? v : str_head(v, (size_t)slash), ip);

	if (slash >= 0 && (!str_u64(str_from(v, (size_t)slash + 1), &len) ||
			      len != (n == 4 ? TOKEN_NET4 : TOKEN_NET6)))
		return STR_NONE;
	return n ? ip_value(ip, n == 4 ? TOKEN_NET4 / 8 : TOKEN_NET6 / 8, out) :
		   STR_NONE;
}

static struct str
fold_relay(struct str v, char out[TOKEN_MAX])
{
	static const struct str no_relay[] = { STR_INIT("none"),
		STR_INIT("local"), STR_INIT("virtual"), STR_INIT("pipe"),
		STR_INIT("") };
	struct str ip = v.n && (is_digit(v.p[0]) || str_chr(v, ':') >= 0) ?
			    fold_ip(v, out) :
			    STR_NONE;

	if (ip.p)
		return ip;
	for (size_t i = 0;
	     v.n < 8 && i < sizeof(no_relay) / sizeof(no_relay[0]); i++)
		if (str_eqi(v, no_relay[i]))
			return STR_NONE;
	return fold_text(v, out);
}

static struct str
fold_msgid(struct str v, char out[TOKEN_MAX])
{
	v = str_trim(v);
	if (v.n && v.p[0] == '<')
		v = str_from(v, 1);
	if (v.n && v.p[v.n - 1] == '>')
		v.n--;
	return v.n ? fold_text(v, out) : STR_NONE;
}

struct str
token_fold(enum token_kind kind, struct str v, char out[TOKEN_MAX])
{
	switch (kind) {
	case TOK_ADDR_FROM: /* the null sender has a token too */
		return fold_text(v.p ? v : STR(""), out);
	case TOK_ADDR_TO:
	case TOK_DOM_FROM:
	case TOK_DOM_TO:
	case TOK_QID:
	case TOK_USER:
		return v.n ? fold_text(v, out) : STR_NONE;
	case TOK_MSGID:
		return fold_msgid(v, out);
	case TOK_IP:
		return fold_ip(v, out);
	case TOK_NET:
		return fold_net(v, out);
	case TOK_RELAY:
		return fold_relay(v, out);
	case TOK_NONE:
	case TOK_KINDS:
		break;
	}
	return STR_NONE;
}

static inline uint32_t
mix(uint64_t h, uint64_t kind)
{
	h ^= kind;
	h *= UINT64_C(0x9fb21c651e98df25);
	h ^= h >> 35;
	h *= UINT64_C(0x9fb21c651e98df25);
	return (uint32_t)(h >> 32);
}

static inline uint32_t
hash_folded(const struct token_key *key, enum token_kind kind, struct str v)
{
	return mix(XXH3_64bits_withSecret(v.p, v.n, key->secret,
		       sizeof(key->secret)),
	    key->kind[kind]);
}

uint32_t
token_hash(const struct token_key *key, enum token_kind kind, struct str value)
{
	char out[TOKEN_MAX];
	struct str v = token_fold(kind, value, out);

	return hash_folded(key, kind, v.p ? v : STR(""));
}

/* What walk() emits goes to one of these. */
struct sink {
	const struct token_key *key; /* hashing, when set */
	struct postings out;
	uint32_t number;
	enum token_kind kind; /* looking for it otherwise */
	struct str folded;
	bool found;
};

static inline void
emit(struct sink *s, enum token_kind kind, struct str v)
{
	if (s->key)
		s->out.p[s->out.n++] =
		    (uint64_t)hash_folded(s->key, kind, v) << 32 | s->number;
	else if (kind == s->kind && str_eq(v, s->folded))
		s->found = true;
}

/* Room for the most that one value gives: two tokens. */
static inline void
reserve(struct sink *s)
{
	struct postings *o = &s->out;

	if (s->key && o->n + 2 > o->cap) {
		o->cap = o->cap ? 2 * o->cap : 1024;
		o->p = xreallocarray(o->p, o->cap, sizeof(*o->p));
	}
}

static inline __attribute__((always_inline)) void
value(struct sink *s, enum token_kind kind, struct str v, char *tmp)
{
	bool plain = kind <= TOK_DOM_TO || kind == TOK_QID || kind == TOK_USER;
	struct str f =
	    plain && v.n ? fold_text(v, tmp) : token_fold(kind, v, tmp);
	ptrdiff_t at;

	if (!f.p)
		return;
	reserve(s);
	emit(s, kind, f);
	if (kind == TOK_ADDR_FROM || kind == TOK_ADDR_TO) {
		if (v.n > TOKEN_MAX) /* its end is not among the folded */
			f = fold_text(str_from(v, v.n - TOKEN_MAX), tmp);
		at = str_rchr(f, '@');
		if (at >= 0 && (size_t)at + 1 < f.n)
			emit(s, kind + 1, str_from(f, (size_t)at + 1));
	} else if (kind == TOK_IP) {
		size_t n = f.n == 5 ? TOKEN_NET4 / 8 : TOKEN_NET6 / 8;
		emit(s, TOK_NET, str_head(f, 1 + n));
	}
}

/* The addresses of a list. */
static __attribute__((noinline)) void
values(struct sink *s, enum token_kind kind, struct str list, char *tmp)
{
	struct str addr;

	while (rcpts_next(&list, &addr))
		value(s, kind, addr, tmp);
}

static inline __attribute__((always_inline)) void
walk(const struct record *rec, struct sink *s)
{
	struct str last[TOK_KINDS] = { { NULL, 0 } };
	struct str before = { NULL, 0 }; /* a recipient, the last but one */
	const uint64_t fields = with_token;
	char tmp[TOKEN_MAX];

	if (rec->qid.n) {
		last[TOK_QID] = rec->qid;
		value(s, TOK_QID, rec->qid, tmp);
	}
	for (size_t i = 0; i < rec->n; i++) {
		const struct rec_event *ev = &rec->ev[i];
		const struct str *f = ev->f;

		for (uint64_t m = ev->mask; m; m &= m - 1, f++) {
			int no = __builtin_ctzll(m);
			enum token_kind kind;

			if (!(m & -m & fields))
				continue;
			kind = field_info[no].token;
			if (last[kind].p && str_eq(*f, last[kind]))
				continue;
			if (kind == TOK_ADDR_TO) {
				if (before.p && str_eq(*f, before))
					continue;
				before = last[kind];
			}
			last[kind] = *f;
			if (no == F_RCPTS)
				values(s, kind, *f, tmp);
			else
				value(s, kind, *f, tmp);
		}
	}
}

void
tokens_of(const struct token_key *key, const struct record *rec,
    uint32_t number, struct postings *out)
{
	struct sink s = { .key = key, .out = *out, .number = number };

	walk(rec, &s);
	*out = s.out;
}

bool
token_in(const struct record *rec, enum token_kind kind, struct str folded)
{
	struct sink s = { .kind = kind, .folded = folded };

	walk(rec, &s);
	return s.found;
}
