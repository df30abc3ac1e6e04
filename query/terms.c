/*
 * terms.c: KEY OP VALUE, and bare arguments recognised for what they are.
 */
#include "base/stamp.h"
#include "query/query.h"
#include "base/banned.h"

enum {
	TERM_MAX = 16 * 1024, /* bytes of one argument */
	TERMS_MAX = 64,
	VALUES_MAX = 1000, /* alternatives of one term */
	LIMIT_DEFAULT = 50,
};

const struct term_info term_info[T_KEYS] = {
	[T_FROM] = { T_FROM, "from", "sender",
	    "envelope sender; <> is the null sender" },
	[T_TO] = { T_TO, "to", "rcpt",
	    "envelope or original recipient; a domain for all of it" },
	[T_SUBJECT] = { T_SUBJECT, "subject", NULL, "decoded Subject" },
	[T_ID] = { T_ID, "id", "msgid", "Message-ID, with or without <>" },
	[T_QID] = { T_QID, "qid", NULL,
	    "queue id on any host, also out of a 250 reply or a bounce" },
	[T_CLIENT] = { T_CLIENT, "client", NULL,
	    "name or IP of the client; CIDR too" },
	[T_RELAY] = { T_RELAY, "relay", NULL, "name or IP of the next hop" },
	[T_USER] = { T_USER, "user", NULL, "authenticated login" },
	[T_HELO] = { T_HELO, "helo", NULL, "HELO or EHLO name" },
	[T_HOST] = { T_HOST, "host", NULL, "host that logged" },
	[T_STATE] = { T_STATE, "state", NULL,
	    "delivered, left, bounced, deferred ...; also blocked, quota" },
	[T_GROUP] = { T_GROUP, "group", NULL, "group of the reason" },
	[T_CLASS] = { T_CLASS, "class", NULL, "class of the reason" },
	[T_CODE] = { T_CODE, "code", NULL, "reply code: 550" },
	[T_DSN] = { T_DSN, "dsn", NULL, "enhanced code: 5.1.1" },
	[T_REPLY] = { T_REPLY, "reply", NULL, "text of the reply" },
	[T_SIZE] = { T_SIZE, "size", NULL, "bytes; k, M, G" },
	[T_DELAY] = { T_DELAY, "delay", NULL, "seconds; m, h, d" },
	[T_TEXT] = { T_TEXT, "text", NULL, "any line of the message" },
	[T_SINCE] = { T_SINCE, "since", NULL, "from this time on" },
	[T_UNTIL] = { T_UNTIL, "until", NULL, "up to this time" },
	[T_ON] = { T_ON, "on", NULL, "that day" },
	[T_LAST] = { T_LAST, "last", NULL, "the last 2h, 7d" },
};

void
query_init(struct query *q)
{
	*q = (struct query){ .t1_us = INT64_MAX, .limit = LIMIT_DEFAULT };
}

void
query_release(struct query *q)
{
	for (size_t i = 0; i < q->nterm; i++)
		for (size_t k = 0; q->term[i].re && k < q->term[i].n; k++)
			re_free(q->term[i].re[k]);
	arena_release(&q->arena);
	query_init(q);
}

static bool
is_time(enum term_key key)
{
	return key == T_SINCE || key == T_UNTIL || key == T_ON || key == T_LAST;
}

/* "10k", "2.5M", "90", "3h": a number with a unit, scaled. */
static bool
parse_number(enum term_key key, struct str s, int64_t *out)
{
	int64_t us, unit = 1;
	char c = s.n ? s.p[s.n - 1] : 0;

	if (s.n && !is_digit(c)) {
		s.n--;
		if (key == T_SIZE) {
			if (c == 'b' || c == 'B')
				return parse_number(key, s, out);
			unit = c == 'k' || c == 'K' ? 1 << 10 :
			       c == 'm' || c == 'M' ? 1 << 20 :
			       c == 'g' || c == 'G' ? 1 << 30 :
						      0;
		} else {
			unit = c == 's' ? 1 :
			       c == 'm' ? 60 :
			       c == 'h' ? 3600 :
			       c == 'd' ? 86400 :
					  0;
		}
	}
	if (!unit || !str_seconds_us(s, &us) || us > INT64_MAX / unit)
		return false;
	*out = key == T_SIZE ? us * unit / 1000000 : us * unit;
	return true;
}

static int
time_term(struct query *q, enum term_key key, struct str value, struct err *err)
{
	int64_t from, to;

	if (key == T_LAST && value.n && value.p[0] != '-')
		value = arena_printf(&q->arena, "-" STR_FMT, STR_ARG(value));
	if (stamp_user(value, q->now_us, q->tz, &from, &to, err) < 0)
		return -1;
	if (key == T_SINCE || key == T_ON || key == T_LAST)
		if (from > q->t0_us)
			q->t0_us = from;
	if (key == T_UNTIL || key == T_ON)
		if (to - 1 < q->t1_us)
			q->t1_us = to - 1;
	return 0;
}

/* The alternatives of a value, at commas that are not escaped. */
static size_t
split_values(struct query *q, struct str value, struct str **out, bool **glob)
{
	size_t n = 0, cap = 0, gcap = 0, gn = 0;
	struct buf b = BUF_INIT(TERM_MAX);
	bool star = false;

	*out = NULL;
	*glob = NULL;
	for (size_t i = 0; i <= value.n; i++) {
		if (i == value.n || value.p[i] == ',') {
			arena_grow(&q->arena, *out, n, cap);
			arena_grow(&q->arena, *glob, gn, gcap);
			(*out)[n++] = arena_dup(&q->arena, buf_str(&b));
			(*glob)[gn++] = star;
			buf_clear(&b);
			star = false;
			continue;
		}
		if (value.p[i] == '\\' && i + 1 < value.n &&
		    (value.p[i + 1] == ',' || value.p[i + 1] == '*' ||
			value.p[i + 1] == '\\')) {
			i++;
			/* a literal star inside a wildcard value is rare
			 * enough to match any byte there */
			buf_putc(&b, value.p[i]);
			continue;
		}
		star |= value.p[i] == '*';
		buf_putc(&b, value.p[i]);
	}
	buf_release(&b);
	return n;
}

static bool
is_state(struct str s)
{
	for (int i = 1; i < OUT_STATES; i++)
		if (str_eqi(s, str_c(out_state_name[i])))
			return true;
	return grp_by_name(s) != GRP_NONE;
}

/* Of three digits. */
static bool
is_code(struct str s)
{
	return s.n == 3 && s.p[0] >= '2' && s.p[0] <= '5' && is_digit(s.p[1]) &&
	       is_digit(s.p[2]);
}

/* RFC 3463: class, subject and detail. */
static bool
is_dsn(struct str s)
{
	uint64_t v[3];
	int n = 0;

	while (s.p && n < 3)
		if (!str_u64(str_split(&s, '.'), &v[n++]))
			return false;
	return n == 3 && !s.p && v[0] >= 2 && v[0] <= 5 && v[1] < 1000 &&
	       v[2] < 1000;
}

/* Values that cannot be: they would only find nothing. */
static int
check_values(const struct term *t, struct err *err)
{
	static const struct {
		enum term_key key;
		bool (*good)(struct str s);
		const char *what;
	} kinds[] = {
		{ T_CODE, is_code, "reply code (550, 5*)" },
		{ T_DSN, is_dsn, "enhanced code (5.1.1, 5.1.*)" },
		{ T_STATE, is_state, "state" },
	};

	for (size_t i = 0; i < t->n; i++) {
		struct str v = t->value[i];

		for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
			if (kinds[k].key == t->key && !kinds[k].good(v) &&
			    (!t->glob[i] || t->key == T_STATE))
				return err_set(err, "'" STR_FMT "' is no %s",
				    STR_ARG(v), kinds[k].what);
		if (t->glob[i])
			continue;
		if (t->key == T_CLIENT && str_chr(v, '/') >= 0 &&
		    !ip_valid_cidr(v))
			return err_set(err,
			    "'" STR_FMT "' is no network "
			    "(192.0.2.0/24, 2001:db8::/32)",
			    STR_ARG(v));
		if (t->key == T_GROUP && grp_by_name(v) == GRP_NONE)
			return err_set(err, "'" STR_FMT "' is no group",
			    STR_ARG(v));
		if (t->key == T_CLASS && cls_by_name(v) == CLS_NONE)
			return err_set(err, "'" STR_FMT "' is no class",
			    STR_ARG(v));
	}
	return 0;
}

int
query_term_kv(struct query *q, enum term_key key, enum term_op op,
    struct str value, struct err *err)
{
	const char *name = term_info[key].name;
	struct term t = { .key = key, .op = op };
	size_t cap = q->cap;

	if (is_time(key)) {
		if (op != OP_EQ)
			return err_set(err, "'%s' takes '=' and a time", name);
		return time_term(q, key, value, err);
	}
	if (q->nterm == TERMS_MAX)
		return err_set(err, "more than %d terms", TERMS_MAX);
	if (!value.n)
		return err_set(err, "'%s' needs a value%s", name,
		    key == T_FROM ? " (from=<> is the null sender)" : "");
	if ((op == OP_GT || op == OP_LT) && key != T_SIZE && key != T_DELAY &&
	    key != T_CODE)
		return err_set(err, "'%s' has no order: use =, ~, != or !~",
		    name);
	if (op == OP_RE || op == OP_NRE) {
		t.value = arena_array(&q->arena, struct str, 1);
		t.value[0] = arena_dup(&q->arena, value);
		t.re = arena_array(&q->arena, struct re *, 1);
		t.n = 1;
		t.re[0] = re_new(value, RE_ICASE | RE_UTF, err);
		if (!t.re[0])
			return err_prefix(err, "%s", name);
	} else {
		t.n = split_values(q, value, &t.value, &t.glob);
		if (t.n > VALUES_MAX)
			return err_set(err, "'%s' has more than %d values",
			    name, VALUES_MAX);
	}
	if (key == T_SIZE || key == T_DELAY) {
		t.num = arena_array(&q->arena, int64_t, t.n);
		for (size_t i = 0; i < t.n; i++)
			if (t.re || !parse_number(key, t.value[i], &t.num[i]))
				return err_set(err,
				    "'" STR_FMT "' is no %s "
				    "(%s)",
				    STR_ARG(t.value[i]), name,
				    key == T_SIZE ? "100k, 2M" : "90s, 5m, 2h");
	}
	if (!t.re && check_values(&t, err) < 0)
		return -1;
	arena_grow(&q->arena, q->term, q->nterm, cap);
	q->cap = cap;
	q->term[q->nterm++] = t;
	return 0;
}

static bool
key_by_name(struct str s, enum term_key *key)
{
	for (int k = 0; k < T_KEYS; k++)
		if (str_eqi(s, str_c(term_info[k].name)) ||
		    (term_info[k].also &&
			str_eqi(s, str_c(term_info[k].also)))) {
			*key = (enum term_key)k;
			return true;
		}
	return false;
}

static bool
is_ip_text(struct str s)
{
	return ip_valid_cidr(s);
}

/* The id in a pasted Received line or an accepted reply. */
static struct str
id_in_text(struct str s)
{
	struct str id = reply_next_id(s);
	ptrdiff_t i;

	if (id.n)
		return id;
	i = str_find(s, STR(" id "));
	if (i >= 0) {
		struct str rest = str_from(s, (size_t)i + 4);
		size_t n = 0;

		while (n < rest.n && (is_alnum(rest.p[n]) || rest.p[n] == '-'))
			n++;
		return str_head(rest, n);
	}
	return STR_NONE;
}

static int
bare(struct query *q, struct str s, struct err *err)
{
	struct str id;
	bool word = s.n > 0;

	if (s.n > 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		return query_term_kv(q, T_ID, OP_EQ, s, err);
	for (size_t i = 0; i < s.n; i++)
		word &= is_alnum(s.p[i]) || s.p[i] == '-' || s.p[i] == '+' ||
			s.p[i] == '/';
	if (is_ip_text(s))
		return query_term_kv(q, T_CLIENT, OP_EQ, s, err);
	if (str_chr(s, ' ') >= 0) {
		id = id_in_text(s);
		if (id.n)
			return query_term_kv(q, T_QID, OP_EQ, id, err);
		return err_set(err, "no queue id found in '" STR_FMT "'",
		    STR_ARG(str_head(s, 100)));
	}
	if (str_chr(s, '@') > 0) {
		struct term t = { .key = T_FROM, .op = OP_EQ };
		size_t cap = q->cap;

		/* an address, sender or recipient; or a Message-ID: find.c
		 * asks for all three */
		t.n = split_values(q, s, &t.value, &t.glob);
		t.anywhere = true;
		arena_grow(&q->arena, q->term, q->nterm, cap);
		q->cap = cap;
		q->term[q->nterm++] = t;
		return 0;
	}
	if (word && s.n >= 5)
		return query_term_kv(q, T_QID, OP_EQ, s, err);
	return err_set(err,
	    "'" STR_FMT "' is no term: use KEY=VALUE, an "
	    "address, a <message-id> or a queue id",
	    STR_ARG(str_head(s, 100)));
}

int
query_term(struct query *q, struct str arg, struct err *err)
{
	static const struct {
		struct str text;
		enum term_op op;
	} ops[] = {
		{ STR_INIT("!="), OP_NE },
		{ STR_INIT("!~"), OP_NRE },
		{ STR_INIT("="), OP_EQ },
		{ STR_INIT("~"), OP_RE },
		{ STR_INIT(">"), OP_GT },
		{ STR_INIT("<"), OP_LT },
	};
	enum term_key key;
	size_t n = 0;

	if (arg.n > TERM_MAX)
		return err_set(err, "a term is longer than %d bytes", TERM_MAX);
	arg = str_trim(arg);
	while (n < arg.n && is_alpha(arg.p[n]))
		n++;
	for (size_t i = 0; n && i < sizeof(ops) / sizeof(*ops); i++) {
		if (!str_starts(str_from(arg, n), ops[i].text))
			continue;
		if (!key_by_name(str_head(arg, n), &key)) {
			if (ops[i].op != OP_EQ || str_chr(arg, '@') >= 0)
				break;
			return err_set(err, "unknown key '" STR_FMT "'",
			    STR_ARG(str_head(arg, n)));
		}
		return query_term_kv(q, key, ops[i].op,
		    str_from(arg, n + ops[i].text.n), err);
	}
	return bare(q, arg, err);
}
