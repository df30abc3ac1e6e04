/*
 * part.h: what the files of the classifier share: classify.c (the steps),
 * compile.c (rules to tables), match.c (a rule against a reply), block.c (what
 * a refusal says about an address), memo.c and check.c.  Nobody else
 * includes it.
 */
#ifndef CLASSIFY_PART_H
#define CLASSIFY_PART_H

#include "base/buf.h"
#include "base/map.h"
#include "classify/ac.h"
#include "classify/normal.h"
#include "classify/rule.h"
#include "classify/unwrap.h"

enum {
	CACHE_SLOTS = 1 << 13,
	MEMO_SLOTS = 1 << 12,
	SCRATCH_MAX = 512,
};

/* What the conditions of rules are held against. */
struct features {
	unsigned code;				/* 550, or 0 */
	uint64_t dsn;				/* dsn_number(), or 0 */
	unsigned mta, side, where, phase, mark; /* bits; 0: not known */
	unsigned mta_any;			/* mta, or the bit of `any` */
	uint64_t receivers;
	bool has_defer;
	int defer;
	int list; /* index of the list named in the reply, or -1 */
};

enum group { G_IP, G_LIST, G_ZONE, G_DOMAIN, G_RETRY, GROUPS };
extern const char *const group_name[GROUPS];

struct piece { /* of nm.text */
	uint16_t from, to;
};

struct match {
	int rule; /* index in order[], or -1 */
	int list;
	struct piece span; /* empty: conditions alone */
	bool in_urls;	   /* span is one of nm.urls */
	struct piece group[GROUPS];
};

enum { USE_UNLESS = 255 };

struct lit_use {      /* what a literal says, when it is found */
	uint32_t alt; /* index in alt[] */
	uint16_t rule;
	uint8_t need; /* which of its needs, or USE_UNLESS */
	bool only;    /* there is no other need */
};

struct literal {
	struct str s;
	uint32_t first, end; /* in uses[] */
	uint32_t stamp;	     /* found in this text */
	struct piece at;     /* there */
	bool url;	     /* looked for in links and host names */
	bool whole;	     /* no letter or digit may touch it */
	bool late;	     /* of rules of TIER_LOOSE: looked for on demand */
	bool compare;	     /* the finder does not know all of it */
	int16_t list;	     /* of a list's words; -1: of a rule */
};

struct alt_state {
	struct alt *alt;
	uint32_t rule; /* index in order[] */
	uint8_t full;  /* mask of all its needs */
	uint8_t mask;
	uint32_t stamp;	      /* mask is of this text */
	uint32_t lit;	      /* ALT_TEXT, ALT_URL: the text, in lit[] */
	int8_t group[GROUPS]; /* number in the pattern, -1: none */
};

struct cached {
	uint64_t key;
	struct match m;
};

struct memo {
	uint64_t key; /* 0: empty */
	int rule;     /* index in order[], or RULE_NONE, NOTHING */
};

enum { RULE_NONE = -1, NOTHING = -2 }; /* NOTHING: to classify */

struct classifier {
	bool built;
	struct rulebook rb;
	struct rule **order; /* what decides first stands first */
	size_t n;
	struct alt_state *alt;
	size_t nalts;
	uint32_t *first_alt; /* by rule, n + 1 of them */
	struct literal *lit;
	size_t nlit, lit_cap;
	struct lit_use *use; /* by literal */
	size_t nuse, use_cap;
	struct ac *ac, *late;
	size_t first_late;	 /* the first rule that it is for */
	uint64_t *always, *cand; /* bits by rule */
	size_t words;
	/* whose `unless` may match: those of unknown letters and of met ones */
	uint64_t *unless_always, *unless_on;
	uint64_t *ours; /* rules for the server ours_mta, that may hold */
	unsigned ours_mta;
	uint64_t *with_list, *without; /* rules that ask for it */
	uint64_t *alt_always, *alt_on; /* bits by alternative */
	size_t alt_words;
	struct map receiver;	 /* domain -> index + 1 */
	uint64_t receiver_on[4]; /* bits by receiver_slot() of those */
	struct cached *cache;
	struct memo *memo; /* of classify_brief() */
	bool ip_in_links;  /* a literal for links may read an IP */
	uint32_t stamp;
	unsigned any; /* mta_bit() of `any` */
	struct normal nm;
	/* where the best list hit stands: links and hosts before words */
	int list;
	size_t list_at;
	bool scanning_urls;
	bool url_says;		   /* a literal for links was met */
	char scratch[SCRATCH_MAX]; /* a link that is put together */
	char ip_text[64];
	char version[40];
	const char *hits_id; /* of the rule being checked, see check.c */
};

/* compile.c */
int compile(struct classifier *cl, struct err *err);
int alt_compile(struct classifier *cl, struct alt_state *as, struct err *err);
int unless_compile(const struct rule *rule, struct alt *a, struct err *err);

/* match.c: whether a link or host name in cl->nm says anything to a rule. */
bool match_urls(struct classifier *cl);
/* Scans cl->nm; then asks rule by rule. */
void match_scan(struct classifier *cl, struct features *f);
void match_scan_late(struct classifier *cl);
void match_best(struct classifier *cl, const struct features *f,
    struct match *m, struct buf *say);
bool match_rule(struct classifier *cl, const struct features *f, size_t rule,
    struct match *m, struct buf *say);

/* classify.c: reads the rules of one that was to do so later. */
void ready(struct classifier *cl);

/* classify.c: the steps before the rules; *u is the unwrapped text. */
void prepare(struct classifier *cl, const struct classify_in *in,
    struct unwrapped *u, struct features *f); /* u: what unwrap() said */
void classify_steps(struct classifier *cl, const struct classify_in *in,
    struct classify_out *out, struct buf *say);

/* A receiver's domain is only looked up when one falls to the same bit. */
static inline unsigned
receiver_slot(struct str domain)
{
	unsigned first = (unsigned char)to_lower(domain.p[0]);
	unsigned last = (unsigned char)to_lower(domain.p[domain.n - 1]);

	return (first * 37 + last * 11 + (unsigned)domain.n) & 255;
}

/* classify.c: the receivers that a host belongs to, as bits. */
uint64_t receivers_of(const struct classifier *cl, struct str host);

/* memo.c: a hash of what classify_brief()'s answer hangs on; 0: not known. */
uint64_t memo_key(const struct classifier *cl, const struct classify_in *in);
bool memo_reads_ip(struct str lit);

/* block.c */
void block_fill(struct classifier *cl, const struct classify_in *in,
    struct str core, const struct match *m, struct classify_out *out);

#endif
