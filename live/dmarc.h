/*
 * dmarc.h: which DMARC policy applies to a domain: the walk up the DNS tree
 * of RFC 9989, and what receivers that still use the public suffix list see.
 *
 * May be called again while answers are pending; keeps no state.
 */
#ifndef LIVE_DMARC_H
#define LIVE_DMARC_H

#include "live/ask.h"

enum dmarc_policy {
	DMARC_NO_POLICY,
	DMARC_NONE,
	DMARC_QUARANTINE,
	DMARC_REJECT
};

enum dmarc_warn {
	DMARC_W_MISSING = 1,	 /* no record anywhere */
	DMARC_W_MISSING_OWN = 2, /* only the suffix above has one */
	DMARC_W_MULTIPLE = 4,	 /* two records: both thrown away */
	DMARC_W_UNRELATED = 8,	 /* other TXT at _dmarc */
	DMARC_W_P_MISSING = 16,
	DMARC_W_P_INVALID = 32,
	DMARC_W_P_NONE = 64,
	DMARC_W_SP_WEAKER = 128,
	DMARC_W_NO_RUA = 256,
	DMARC_W_REMOVED_TAG = 512, /* pct, rf, ri */
	DMARC_W_TEST = 1024,	   /* t=y */
	DMARC_W_LOCATION = 2048,   /* a record where nobody looks */
	DMARC_W_TEMPERROR = 4096,
	DMARC_WARNINGS = 13
};

enum { DMARC_MAX_WALK = 8, DMARC_MAX_URI = 16 };

struct dmarc_record {
	struct str domain; /* where it stands (without _dmarc.) */
	struct str text;
	bool found;		     /* usable */
	enum dmarc_policy p, sp, np; /* sp, np: DMARC_NO_POLICY when absent */
	char psd;		     /* y n u */
	bool test, strict_dkim, strict_spf;
	struct str rua[DMARC_MAX_URI]; /* addresses of mailto: */
	size_t nrua;
	unsigned warn;
};

struct dmarc_out {
	bool pending;
	struct dmarc_record record; /* the one that is applied */
	enum dmarc_policy policy;   /* for a message that fails */
	struct str org;		    /* organisational domain; empty: unknown */
	struct str org_psl;	    /* the same for older receivers */
	struct str older_at;	    /* where those look, when elsewhere */
	struct str walked[DMARC_MAX_WALK]; /* questions, in order */
	size_t nwalked;
	unsigned warn;
	struct str wrong_at; /* DMARC_W_LOCATION */
	struct str problem;  /* DMARC_W_TEMPERROR */
};

void dmarc_find(const struct asker *asker, struct arena *a, struct str author,
    struct dmarc_out *out);

/* Whether both belong together: the same organisation, or when strict the
 * same name.  Pending: *pending is set. */
bool dmarc_aligned(const struct asker *asker, struct arena *a, struct str x,
    struct str y, bool strict, bool *pending);

const char *dmarc_policy_name(enum dmarc_policy p);
const char *dmarc_warn_name(enum dmarc_warn w); /* "missing-own" ... */

/* For tests: one record's text; false: it is no DMARC record. */
bool dmarc_parse(struct arena *a, struct str text, struct dmarc_record *out);

#endif
