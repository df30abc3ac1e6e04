/*
 * trace_live.h: `--live` on a trace: is what stopped the mail still so?
 *
 * For each verdict that DNS can say something about, the domain or address
 * that matters is looked at; never by SMTP.
 */
#ifndef CLI_TRACE_LIVE_H
#define CLI_TRACE_LIVE_H

#include "cli/check.h"
#include "query/query.h"

enum { LIVE_TARGETS_MAX = 8 };

enum live_role { ROLE_ADDRESS, ROLE_SENDER, ROLE_RCPT, ROLE_ASKED };

enum live_now { NOW_UNKNOWN, NOW_MENDED, NOW_STILL };

struct live_item {
	struct str target;
	enum job_kind kind;
	enum live_role role;
	bool ours;	   /* an address of ours */
	struct str reason; /* the class, or "nothing_found" */
	size_t message;	   /* of the answer; SIZE_MAX: nothing was found */
	const enum check_id *decide; /* the checks that decide; CHECK_COUNT */
	struct job *job;
	enum live_now now;
	const struct finding *why; /* that decided; may be NULL */
};

struct trace_live {
	struct arena arena;
	struct live_conf conf;
	struct live *live;
	struct live_item item[LIVE_TARGETS_MAX];
	size_t n;
	bool more; /* targets left out */
};

int trace_live_run(struct env *env, const struct query *q,
    const struct answer *ans, struct trace_live *tl, struct err *err);
void trace_live_release(struct trace_live *tl);

void trace_live_text(const struct trace_live *tl, struct pen *p, int verbose);
void trace_live_json(const struct trace_live *tl, struct json *js);

extern const char *const live_now_name[3]; /* "unknown" "mended" "still" */

#endif
