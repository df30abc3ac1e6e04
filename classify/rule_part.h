/*
 * rule_part.h: what rule_read.c (files and blocks), rule_keys.c (values) and
 * rule_words.c (their words) share.  Nobody else includes it.
 */
#ifndef CLASSIFY_RULE_PART_H
#define CLASSIFY_RULE_PART_H

#include "base/buf.h"
#include "classify/rule.h"

enum { RULE_VALUE_MAX = 16 * 1024 };

struct let {
	struct str name, value;
};

struct reader {
	struct rulebook *rb;
	const char *name; /* of the file */
	bool builtin;
	unsigned line; /* of the key being read */
	struct rule *rule;
	struct list *list;
	struct alt alts[RULE_ALTS_MAX];
	struct err *err;
};

enum { OF_RULE = 1, OF_LIST = 2 };

struct rule_key {
	struct str name;
	unsigned of; /* in which blocks it may stand */
	int (*read)(struct reader *r, struct str value);
};

extern const struct rule_key rule_keys[];
extern const size_t rule_keys_n;

/* Sets "file:line: what 'value'"; returns -1. */
int rule_bad(struct reader *r, const char *what, struct str value);

/* %NAME% in a pattern stands for what a `let` said. */
int rule_expand(struct reader *r, struct str value, struct str *out);

/* Words of conditions as bits (1 << enum); 0: no such word. */
unsigned rule_side_bit(struct str s);
unsigned rule_where_bit(struct str s);
unsigned rule_phase_bit(struct str s);

#endif
