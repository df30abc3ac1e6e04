/*
 * check.h: what the files of `mailtrace check` share.
 */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/check_conf.h"
#include "cli/json.h"
#include "cli/pen.h"
#include "live/chain.h"
#include "live/keep.h"

/* Where a target was written. */
struct check_place {
	unsigned line, column; /* from 1; columns are characters */
};

enum { CHECK_MAX_PLACES = 100 };

/* One thing to look at. */
struct check_target {
	struct str text;
	enum job_kind kind;
	struct job *job;
	bool broken_link;
	const char *file; /* it was first seen in; NULL: said by the user */
	struct check_place *place;
	size_t nplace, cap_place;
	size_t seen; /* how often in all */
};

struct check_run {
	struct env *env;
	struct arena arena;
	struct live_conf conf;
	struct live *live;
	struct check_target *target;
	size_t ntarget, cap, left_out;
	struct keep kept; /* of the last run */
	bool diff;
	bool list; /* targets came from a page or a list */
	int64_t began_us;
};

enum { CHECK_MAX_TARGETS = 5000, CHECK_MAX_FILE = 16 * 1024 * 1024 };

/* Adds the addresses of a file, "-" for standard input: one a line, or
 * behind mailto: in a page. */
int check_read_list(struct check_run *run, const char *path, struct err *err);
void check_add(struct check_run *run, struct str text, enum job_kind kind);
void check_add_at(struct check_run *run, struct str text, enum job_kind kind,
    const char *file, struct check_place place);

/* --ours: what the configuration names. */
void check_add_ours(struct check_run *run);

void check_text(const struct check_run *run, struct buf *out);
void check_json(const struct check_run *run, struct buf *out);
void check_csv(const struct check_run *run, struct buf *out);
void check_html(const struct check_run *run, struct buf *out);

/* What was told to whom: every name and address that left this machine. */
void check_sent_text(const struct check_run *run, struct pen *p);
void check_sent_json(const struct check_run *run, struct json *js);

/* --diff: only what changed since the last run. */
void check_diff_text(const struct check_run *run, struct pen *p);
void check_diff_json(const struct check_run *run, struct json *js);
void check_diff_csv(const struct check_run *run, struct buf *out);

/* Parts that other verbs show too (diagnose, --live on a trace). */
void check_text_job(struct pen *p, const struct job *j, int verbose);
void check_json_job(struct json *js, const struct job *j);

/* 0 satisfactory, 3 impaired, 4 compromised or no mail, 2 not testable. */
int check_status(const struct check_run *run);
int check_job_status(const struct job *j);

enum ink rating_ink(enum rating_word w);
enum ink check_result_ink(enum check_result r);
const char *rating_sentence(const struct job *j);

#endif
