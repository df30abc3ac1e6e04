/*
 * normal.h: the text of a reply in the form that rules are written for.
 *
 * Lower case, accents folded to plain letters, white space single, a blank at
 * both ends; what differs from message to message is replaced:
 *
 *	<addr>  an address, its angle brackets gone	<ip>   IPv4 or IPv6
 *	<url>   a link					<host> a host name
 *	<id>    a queue id or other token		<num>  4 digits or more
 *
 * Codes that a server repeats at the head of each line of a reply are gone.
 * Links and host names stand in a text of their own, `urls`, each after a
 * \n, so that no rule about words can match inside them ("mimecast.example"
 * holds "mime").
 */
#ifndef CLASSIFY_NORMAL_H
#define CLASSIFY_NORMAL_H

#include "base/str.h"

enum {
	NORMAL_RAW_MAX = 16 * 1024, /* of a reply, the rest is not read */
	NORMAL_MAX = 20 * 1024,
	NORMAL_URLS_MAX = 4 * 1024,
	NORMAL_TOKENS_MAX = 64,
};

enum token_kind { TK_ADDR, TK_IP, TK_URL, TK_HOST };

struct token {
	enum token_kind kind;
	struct str raw; /* in the reply */
	uint16_t at;	/* where its placeholder stands in text */
	uint16_t url;	/* TK_URL, TK_HOST: where it stands in urls */
};

struct normal {
	char text[NORMAL_MAX + 16];
	uint16_t map[NORMAL_MAX + 17]; /* text offset -> offset in the reply */
	size_t n;
	char urls[NORMAL_URLS_MAX + 16];
	size_t nurls;
	struct token tok[NORMAL_TOKENS_MAX];
	size_t ntok;
};

/* `code` and `dsn` are those at the reply's head, to be left out further in. */
void normalise(struct normal *nm, struct str reply, struct str code,
    struct str dsn);

/* The part of the reply that text[from, to) came from. */
struct str normal_raw(const struct normal *nm, struct str reply, size_t from,
    size_t to);

/* The token whose placeholder stands at `at`, or NULL. */
const struct token *normal_token(const struct normal *nm, size_t at);

/* Text of a rule file as the rules' texts are compared: folded only. */
size_t normal_fold(struct str s, char *out, size_t max);

#endif
