/*
 * token.h: the words a record is found by.
 *
 * Every record gives tokens from the fields its events have (see token_kind
 * in parsers/event.h and field_info[].token) and from its own queue id.  A
 * token is a kind and a folded value; what the store keeps of it is a 32-bit
 * keyed hash, and a hit is checked again with token_in(), since hashes lie.
 *
 *	token_key_init(&key, secret_of_the_store);
 *	n = tokens_of(&key, &rec, number, &postings);
 *	h = token_hash(&key, TOK_ADDR_TO, STR("A@b.example"));
 */
#ifndef INDEX_TOKEN_H
#define INDEX_TOKEN_H

#include "index/record.h"

enum {
	TOKEN_MAX = 1024,  /* longer values are known by their first bytes */
	TOKEN_SECRET = 32, /* bytes of a store's secret */
	TOKEN_NET4 = 24,   /* prefix lengths of TOK_NET */
	TOKEN_NET6 = 48,
};

struct token_key {
	unsigned char secret[192];
	uint64_t kind[TOK_KINDS];
};

void token_key_init(struct token_key *key,
    const unsigned char secret[TOKEN_SECRET]);

/*
 * The form in which values of a kind are compared: addresses, names, users
 * and ids in lower case, message ids without <>, addresses of hosts in
 * binary (v4-mapped v6 as v4).  STR_NONE when the value has no token, such
 * as an IP that is none.  The result is in `out` or static.
 */
struct str token_fold(enum token_kind kind, struct str value,
    char out[TOKEN_MAX]);

uint32_t token_hash(const struct token_key *key, enum token_kind kind,
    struct str value);

/* A growing array of postings: hash << 32 | number of the record. */
struct postings {
	uint64_t *p;
	size_t n, cap;
};

/* Appends the record's tokens; the same one may come more than once. */
void tokens_of(const struct token_key *key, const struct record *rec,
    uint32_t number, struct postings *out);

/* Whether the record has the token; `folded` comes from token_fold(). */
bool token_in(const struct record *rec, enum token_kind kind,
    struct str folded);

#endif
