/*
 * check.h: what a check is, and what it finds.
 *
 * The catalogue is the table in registry.c: one line per check, one file per
 * family.  To add one: a row there and a function
 *
 *	bool check_x01(struct job *j, struct finding *f);
 *
 * that fills in `f` and returns true, or returns false because an answer is
 * still missing (it is called again when there are new ones, so it must not
 * keep anything of its own).  A check for servers gets the server in
 * f->probe, one for sending addresses the address in f->ip.
 *
 * What could not be tested is CHECK_UNKNOWN with the reason, never a failure.
 */
#ifndef LIVE_CHECK_H
#define LIVE_CHECK_H

#include "base/arena.h"
#include "live/ip.h"

enum check_result {
	CHECK_NONE, /* not yet */
	CHECK_PASS,
	CHECK_INFO,
	CHECK_WARN,
	CHECK_FAIL,
	CHECK_UNKNOWN,
	CHECK_SKIP
};

enum severity { SEV_NOTE, SEV_MINOR, SEV_MAJOR, SEV_FATAL };

enum check_id {
	A01,
	A02,
	A03,
	A04,
	A05,
	A06,
	A07,
	D01,
	D02,
	D03,
	D04,
	D05,
	R01,
	R02,
	R03,
	R04,
	R05,
	R06,
	R07,
	R08,
	R09,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
	R16,
	R17,
	M01,
	M02,
	M03,
	M04,
	M05,
	M06,
	M07,
	M08,
	M09,
	M10,
	M11,
	M12,
	M13,
	M14,
	M15,
	S01,
	S02,
	S03,
	S04,
	S05,
	S06,
	S07,
	S08,
	S09,
	S10,
	S11,
	S12,
	S13,
	S14,
	S15,
	S16,
	CHECK_COUNT
};

enum check_scope {
	SCOPE_ADDRESS,	/* the text of an address */
	SCOPE_REGISTRY, /* the domain's registration */
	SCOPE_DOMAIN,	/* the domain can receive */
	SCOPE_SERVER,	/* each address of each mail server */
	SCOPE_SENDER,	/* each of our sending addresses */
	SCOPE_SENDING,	/* a domain as sender */
	SCOPE_FROM,	/* the same, for each of our sending addresses */
	SCOPE_HERE	/* this machine, once per run */
};

struct job;
struct finding;
struct probe;

struct check {
	const char *id;
	const char *title;
	enum severity severity;
	enum check_scope scope;
	const char *link;   /* of the support chain: "L3" */
	const char *who;    /* acts, unless the check says otherwise */
	const char *remedy; /* unless the check says otherwise */
	bool (*run)(struct job *j, struct finding *f);
};

extern const struct check checks[CHECK_COUNT];

struct finding {
	const struct check *check;
	enum check_result result;
	enum severity severity;
	struct str object;
	struct str say;	     /* one sentence for the support person */
	struct str remedy;   /* what to do; empty when nothing */
	const char *who;     /* us owner provider recipient customer nobody */
	struct str evidence; /* the answer or reply it rests on */
	struct str suggest;  /* A02-A07: the address probably meant */
	bool ask_registry;   /* it may explain that */
	int64_t at_s;	     /* when, of the clock */
	int64_t took_us;
	int64_t age_s;	     /* of a kept result; 0: fresh */
	struct probe *probe; /* scope server */
	struct ip ip;	     /* scope sender */
};

const char *check_result_name(enum check_result r); /* "pass" ... */
const char *severity_name(enum severity s);
enum check_id check_index(const struct check *c);
int check_by_name(struct str id); /* -1: no such check */

/* Fill a finding; all return true, so that a check can end with them. */
bool found(struct job *j, struct finding *f, enum check_result r,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool found_pass(struct job *j, struct finding *f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool found_skip(struct job *j, struct finding *f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool found_unknown(struct job *j, struct finding *f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void found_evidence(struct job *j, struct finding *f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void found_remedy(struct job *j, struct finding *f, const char *who,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
