/*
 * spf.h: SPF (RFC 7208), our own evaluator, and a look at a whole record.
 *
 * Both may be called again and again while answers are pending: they keep no
 * state but the arena, which the caller clears between rounds.
 *
 *	struct spf_in in = { .ip = ip, .domain = STR("good.test"),
 *	    .sender = STR("a@good.test"), .helo = STR("out.good.test") };
 *	struct spf_out out;
 *	spf_check(&asker, &arena, &in, &out);
 *	if (out.result == SPF_PENDING) ... come back later
 */
#ifndef LIVE_SPF_H
#define LIVE_SPF_H

#include "live/ask.h"

enum spf_result {
	SPF_PENDING,
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};

enum {
	SPF_MAX_LOOKUPS = 10,
	SPF_MAX_VOID = 2,
	SPF_MAX_NAMES = 10,
	SPF_MAX_TERMS = 500
};

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
	SPF_EXP,
	SPF_OTHER
};

struct spf_term {
	enum spf_kind kind;
	char qual;	   /* + - ~ ? */
	struct str text;   /* as written */
	struct str domain; /* domain-spec as written, or empty */
	bool macros;	   /* it holds macros */
	struct ip net;
	unsigned bits4, bits6;
};

struct spf_record {
	struct str text;
	struct spf_term *term;
	size_t n;
	const struct spf_term *redirect, *exp, *all;
	bool after_all;	  /* mechanisms nobody reaches */
	struct str fault; /* why it is no SPF record; else empty */
	struct str fault_term;
};

/* 0, or -1 with fault and fault_term set: an error for every receiver. */
int spf_parse(struct arena *a, struct str text, struct spf_record *out);

/* How a TXT record relates to SPF: exactly, only nearly, not at all. */
enum { SPF_IS, SPF_NEARLY, SPF_IS_NOT };
int spf_is_record(struct str txt);

struct spf_in {
	struct ip ip;
	struct str domain, sender, helo;
	struct str receiver; /* our name; only shown in explanations */
	int64_t now;	     /* seconds, for %{t} */
	bool no_void_limit;  /* some receivers do not enforce it */
};

struct spf_out {
	enum spf_result result;
	struct str term;	 /* that decided, as written */
	struct str at;		 /* in the record of this domain */
	struct str problem;	 /* of an error, in words */
	struct str explanation;	 /* the owner's text for a fail; untrusted */
	unsigned lookups, voids; /* what this evaluation needed */
};

void spf_check(const struct asker *asker, struct arena *a,
    const struct spf_in *in, struct spf_out *out);

const char *spf_result_name(enum spf_result r);

/* One include of the tree that S08 shows. */
struct spf_node {
	struct str domain;
	unsigned depth;
	unsigned lookups; /* of its own terms, those below not counted */
	bool missing;	  /* no SPF record there */
	bool loop;
};

enum { SPF_TREE_MAX = 64 };

struct spf_tree {
	bool pending;
	bool temp;		 /* something could not be asked */
	unsigned lookups, voids; /* of the whole record, worst case */
	bool loop, too_many_mx, ptr, open_all, too_wide, unknown_modifier;
	struct str fault, fault_term, fault_at;
	struct str void_name; /* the first of the empty answers */
	struct str odd_modifier;
	struct spf_record top;
	struct spf_node node[SPF_TREE_MAX];
	size_t nnode;
};

void spf_walk(const struct asker *asker, struct arena *a, struct str domain,
    struct str record, struct spf_tree *out);

/* Expands macros; false: not well formed.  For spf_eval.c and its tests. */
struct spf_macro_in {
	const struct spf_in *in;
	struct str domain;    /* the current one */
	struct str validated; /* %{p} */
	bool explanation;
};
bool spf_expand(struct arena *a, struct str spec, const struct spf_macro_in *m,
    struct str *out);
bool spf_macro_ok(struct str spec, bool domain_spec, bool *macros);
bool spf_uses_p(struct str spec);

#endif
