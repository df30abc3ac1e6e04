/*
 * find_token.c: terms -> tokens of the index.
 */
#include "query/find_part.h"
#include "base/banned.h"

static void
token(struct finder *f, struct store_set *set, size_t *cap,
    enum token_kind kind, struct str value)
{
	struct store_token *tok = (struct store_token *)set->tok;

	arena_grow(f->a, tok, set->n, *cap);
	tok[set->n++] = (struct store_token){ kind, value };
	set->tok = tok;
}

static bool
address_tokens(struct finder *f, const struct term *t, size_t i,
    struct store_set *set, size_t *cap)
{
	bool from = t->key == T_FROM;
	struct str v = t->value[i], dom = str_domain(v);

	if (t->anywhere) {
		if (t->glob[i])
			return false;
		token(f, set, cap, TOK_ADDR_FROM, v);
		token(f, set, cap, TOK_ADDR_TO, v);
		token(f, set, cap, TOK_MSGID, msgid_bare(v));
		return true;
	}
	if (str_eq(v, STR("<>"))) {
		token(f, set, cap, from ? TOK_ADDR_FROM : TOK_ADDR_TO, STR(""));
		return true;
	}
	if (!dom.p && str_chr(v, '.') >= 0)
		dom = v;
	if (dom.n && str_chr(dom, '*') < 0 &&
	    (t->glob[i] || !str_domain(v).p || v.p[0] == '@')) {
		token(f, set, cap, from ? TOK_DOM_FROM : TOK_DOM_TO, dom);
		return true;
	}
	if (t->glob[i] || !str_domain(v).p)
		return false;
	token(f, set, cap, from ? TOK_ADDR_FROM : TOK_ADDR_TO, v);
	return true;
}

static bool
client_token(struct finder *f, struct str v, struct store_set *set, size_t *cap)
{
	struct str len = v, net = str_split(&len, '/');
	uint64_t bits;

	if (!ip_valid_cidr(v))
		return false;
	if (!len.p) {
		token(f, set, cap, TOK_IP, net);
		return true;
	}
	if (!str_u64(len, &bits))
		return false;
	if (str_chr(net, ':') >= 0 ? bits < 48 : bits < 24)
		return false;
	token(f, set, cap, TOK_NET, net); /* folded to its network */
	return true;
}

bool
find_term_set(struct finder *f, const struct term *t, struct store_set *set)
{
	size_t cap = 0;

	*set = (struct store_set){ 0 };
	if (t->op != OP_EQ || t->re)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		struct str v = t->value[i];

		switch (t->key) {
		case T_FROM:
		case T_TO:
			if (!address_tokens(f, t, i, set, &cap))
				return false;
			continue;
		case T_CLIENT:
			if (!client_token(f, v, set, &cap))
				return false;
			continue;
		case T_ID:
		case T_QID:
		case T_USER:
		case T_RELAY:
			if (t->glob[i])
				return false;
			token(f, set, &cap,
			    t->key == T_ID   ? TOK_MSGID :
			    t->key == T_QID  ? TOK_QID :
			    t->key == T_USER ? TOK_USER :
					       TOK_RELAY,
			    t->key == T_ID ? msgid_bare(v) : v);
			continue;
		default:
			return false;
		}
	}
	return set->n > 0;
}
