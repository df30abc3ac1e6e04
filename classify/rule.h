/*
 * rule.h: a rule as data, and the reader of rule files (docs/rules.md).
 *
 * A file is a row of blocks; a line that starts with a tab goes on with the
 * line before; # at the start of a line is a comment:
 *
 *	let WHO (?:user|recipient|mailbox)
 *
 *	rule general.user-unknown
 *	class user_unknown
 *	tier cause
 *	text no such user
 *	pattern %WHO% .{0,40}not exist
 *	needs not exist
 *	test 550 5.1.1 <a@b.example>: no such user here
 *	not 550 sender does not exist
 *
 * To add a key: a row in `keys` of rule_read.c, a field here, its use in
 * rules.c, and a line in docs/rules.md.
 */
#ifndef CLASSIFY_RULE_H
#define CLASSIFY_RULE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/re.h"
#include "classify/classify.h"

enum {
	RULES_MAX = 4096,
	RULE_FILE_MAX = 1 << 20,
	RULE_ALTS_MAX = 512, /* texts, urls and patterns of one rule */
	RULE_NEEDS_MAX = 4,
	RULE_RECEIVERS_MAX = 64, /* different ones, of all rules */
	RULE_RANGES_MAX = 16,
	LOOSE_TEXT_MAX = 400, /* bytes of normal form that TIER_LOOSE reads */
};

/* Who decides when several rules match: the first of these. */
enum tier {
	TIER_OPERATOR,	     /* an operator's own word */
	TIER_INFRASTRUCTURE, /* a failure that looks like a block */
	TIER_NUMBER,	     /* Exim's defer number says it */
	TIER_LOCAL,	     /* our own server's fixed texts */
	TIER_TOKEN,	     /* a provider's code or link */
	TIER_SPECIFIC,	     /* words that leave no doubt */
	TIER_CAUSE,	     /* general words, by class: see rank.c */
	TIER_LOOSE,	     /* a noun near a verb, in any language */
	TIER_CODE,	     /* an enhanced status code that says something */
	TIER_WEAK,	     /* words that say little */
	TIER_REPLY,	     /* the reply code and the phase */
	TIER_COUNT
};

enum alt_kind { ALT_TEXT, ALT_URL, ALT_PATTERN };

struct need {
	struct str *lit; /* one of them must be there */
	size_t n;
	bool url; /* looked for among links and host names */
};

struct alt {
	enum alt_kind kind;
	struct str text; /* folded; the pattern's source */
	struct need need[RULE_NEEDS_MAX];
	size_t nneeds;
	struct re *re; /* compiled when first needed */
	unsigned line;
};

struct range { /* of enhanced codes, 0x500070606 style: see dsn_number() */
	uint64_t from, to;
};

struct sample {
	struct classify_in in; /* what the braces said, and the text */
	unsigned line;
};

struct rule {
	const char *id;
	const char *from; /* "builtin" or "file:line" */
	const char *file; /* as named, and the line of `rule` */
	unsigned line;
	bool operator_file;
	enum cls cls;
	enum tier tier;
	int confidence; /* -1: the tier's */
	/* conditions; 0 or empty: any */
	unsigned mtas; /* bit by mta_bit() */
	unsigned sides, wheres, phases;
	uint64_t receivers;
	bool receiver_set;
	unsigned codes[8]; /* reply codes as decimal, 5 stands for 5xx */
	size_t ncodes;
	struct range dsn[RULE_RANGES_MAX];
	size_t ndsn;
	struct {
		int from, to;
	} defer[RULE_RANGES_MAX];
	size_t ndefer;
	unsigned marks; /* bit by mark_bit() */
	int listed;	/* 1: a known list's name must stand in the reply;
			 * -1: must not */
	bool easy;	/* no condition but mta and listed */
	/* alternatives: one of them must match; none: conditions alone */
	struct alt *alt;
	size_t nalts;
	struct alt unless; /* re, or kind ALT_TEXT with text.n == 0 */
	bool has_unless;
	/* what it says besides */
	const char *list, *zone, *kind, *advice, *note;
	struct sample *test;
	size_t ntests;
	struct sample *deny;
	size_t ndeny;
};

/* A block list or reputation service: `list NAME` blocks. */
struct list {
	const char *name;
	struct str *domain; /* in links and host names */
	size_t ndomains;
	struct str *word; /* in the text */
	size_t nwords;
	const char *zone;   /* to report when the text names none */
	const char *kind;   /* dnsbl, reputation, domain ... */
	const char *note;   /* "closed in 2024" */
	const char *lookup; /* link with %s for the address */
	unsigned line;
};

struct rulebook {
	struct arena arena;
	struct rule *rule;
	size_t n, cap;
	struct list *list;
	size_t nlists, lists_cap;
	struct str receiver[RULE_RECEIVERS_MAX];
	size_t nreceivers;
	struct let *let;
	size_t nlets, lets_cap;
	uint64_t hash; /* of all that was read: the version */
};

/* Adds the rules of a text; `name` is for messages, `builtin` for shipped. */
int rulebook_read(struct rulebook *rb, struct str text, const char *name,
    bool builtin, struct err *err);
int rulebook_read_file(struct rulebook *rb, const char *path, struct err *err);
void rulebook_release(struct rulebook *rb);

const char *tier_name(enum tier t);
int tier_confidence(enum tier t);

/* Rank of a class inside a tier: the smaller wins (docs/rules.md). */
int cls_rank(enum cls c);

/* "5.7.26" as a number that sorts; 0 when it is none. */
uint64_t dsn_number(struct str dsn);

/* Bits of conditions; 0 for a word that is none. */
unsigned mta_bit(struct str mta);
#define MTA_NAMES                                                              \
	"postfix, exim, dovecot, axigen, amavis, sendmail, qmail, exchange "   \
	"or rspamd is meant"
unsigned mark_bit(struct str mark);

/* The rules compiled into the program: generated, in order of their names. */
struct builtin_rules {
	const char *name;
	const char *text;
	size_t n;
};
extern const struct builtin_rules builtin_rules[];
extern const size_t builtin_rules_n;

#endif
