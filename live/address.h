/*
 * address.h: is that text an address, and if not, what was probably meant.
 * No question is asked; what is said is about the text alone.
 */
#ifndef LIVE_ADDRESS_H
#define LIVE_ADDRESS_H

#include "base/arena.h"

struct address {
	const char *fails;  /* "A02" ... "A05", or NULL: it is valid */
	struct str why;	    /* one sentence */
	struct str shown;   /* the text, invisible characters made visible */
	struct str suggest; /* a valid address, or empty */
	struct str normal;  /* when valid: domain folded and in xn-- form */
	struct str local, domain; /* parts of normal */
	bool literal;		  /* user@[192.0.2.1] */
	bool utf8_local;	  /* needs SMTPUTF8 all the way */
	bool idn;		  /* domain has a form in another script */
	bool mixed;		  /* look-alike letters of two scripts */
	struct str mixed_in;
};

void address_check(struct arena *a, struct str in, struct address *out);

/* A domain name for mail: 1 valid (normal form in *out), 0 not (*why). */
bool address_domain(struct arena *a, struct str in, struct str *out,
    const char **why);

/* Addresses behind mailto: in HTML or plain text. */
enum { MAILTO_MAX = 10000, MAILTO_PLACES = 50000 };

struct mailto_place {
	struct str text; /* one of good or broken */
	size_t at;	 /* of its link, in the page */
	bool good;
};

struct mailto {
	struct str *good; /* normal form, each once */
	size_t ngood;
	struct str *broken; /* as decoded */
	size_t nbroken;
	size_t cap_good, cap_broken;
	struct mailto_place *place; /* every one, in the order of the page */
	size_t nplace, cap_place;
};

void mailto_extract(struct arena *a, struct str text, struct mailto *out);

#endif
