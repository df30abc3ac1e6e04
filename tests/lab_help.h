/*
 * lab_help.h: the lab's logs in a store of their own, its truth one message
 * at a time, and reports over it, for unit tests.
 */
#ifndef TESTS_LAB_HELP_H
#define TESTS_LAB_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <ftw.h>

#include "cli/config.h"
#include "index/ingest.h"
#include "parsers/input.h"
#include "query/report.h"

enum { LAB_TRUTH_MAX = 64 << 20 };

#define LAB_LOGS  "fixtures/lab/logs"
#define LAB_TRUTH "fixtures/lab/truth.jsonl.xz"

struct lab {
	char dir[64];
	struct config conf;
	struct classifier *cl;
	struct store *st;
	struct buf truth;
};

static inline int
lab_drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
lab_read(const char *path, struct buf *b)
{
	static const struct input_opts opts = { .nofollow = true };
	struct err err;
	struct input *in = input_open(path, 0, &opts, &err);
	struct str view;
	int rc;

	if (!in)
		fail_msg("%s", err.msg);
	while ((rc = input_next(in, 0, &view, &err)) > 0)
		buf_add(b, view);
	input_close(in);
	assert_int_equal(rc, 0);
	assert_false(b->toobig);
}

/* What all logs say, one behind the other; empty before lab_read_logs(). */
static struct buf lab_logs = BUF_INIT(LAB_TRUTH_MAX);

static inline int
lab_add_log(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_F)
		lab_read(path, &lab_logs);
	return 0;
}

static inline void
lab_read_logs(void)
{
	nftw(LAB_LOGS, lab_add_log, 16, FTW_PHYS);
}

/* Ingests `paths` with the configuration of the lab. */
static inline void
lab_open(struct lab *lab, const char *const *paths, size_t n, int year)
{
	struct ingest_opts o = { 0 };
	struct ingest_result res;
	struct err err;

	*lab = (struct lab){ .dir = "/tmp/mailtrace-lab.XXXXXX" };
	assert_non_null(mkdtemp(lab->dir));
	if (config_load(&lab->conf, "fixtures/lab/mailtrace.conf", &err) < 0)
		fail_msg("%s", err.msg);
	lab->cl = classifier_new(NULL, 0, &err);
	o.store = lab->dir;
	o.classifier = lab->cl;
	o.timezone = lab->conf.timezone;
	o.hosts = lab->conf.site.host;
	o.nhosts = lab->conf.site.nhost;
	o.year = year;
	if (!lab->cl || ingest_run(&o, paths, n, &res, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(res.failed, 0);
	lab->st = store_open(lab->dir, &err);
	if (!lab->st)
		fail_msg("%s", err.msg);
	buf_init(&lab->truth, LAB_TRUTH_MAX);
}

static inline void
lab_close(struct lab *lab)
{
	store_close(lab->st);
	classifier_free(lab->cl);
	config_release(&lab->conf);
	buf_release(&lab->truth);
	nftw(lab->dir, lab_drop, 16, FTW_PHYS | FTW_DEPTH);
}

static inline const char *
lab_text(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	return cJSON_IsString(v) ? v->valuestring : "";
}

/* A message id without its brackets. */
static inline struct str
lab_bare(struct str id)
{
	id = str_trim(id);
	if (id.n && id.p[0] == '<')
		id = str_from(id, 1);
	if (id.n && id.p[id.n - 1] == '>')
		id.n--;
	return id;
}

/* How many recipients of the truth `want` says yes to. */
typedef int (*lab_want)(const cJSON *message, const cJSON *rcpt);

static inline uint64_t
lab_count(struct lab *lab, lab_want want)
{
	struct str rest;
	uint64_t n = 0;

	if (!lab->truth.n)
		lab_read(LAB_TRUTH, &lab->truth);
	rest = buf_str(&lab->truth);
	while (rest.p) {
		struct str line = str_split(&rest, '\n');
		cJSON *m = cJSON_ParseWithLength(line.p, line.n);
		const cJSON *r, *all = m ? cJSON_GetObjectItemCaseSensitive(m,
					       "recipients") :
					   NULL;

		cJSON_ArrayForEach(r, all) n += (uint64_t)want(m, r);
		cJSON_Delete(m);
	}
	return n;
}

/* The report over all of the store. */
static inline void
lab_report(struct lab *lab, struct report *r, const char *name, const char *by,
    int64_t t0_us, int64_t t1_us)
{
	const struct report_def *def = report_by_name(name);
	struct err err;

	assert_non_null(def);
	report_init(r, def);
	r->st = lab->st;
	r->site = &lab->conf.site;
	r->cl = lab->cl;
	r->t0_us = t0_us;
	r->t1_us = t1_us;
	r->now_us = t1_us;
	r->tz = "UTC";
	r->top = 0;
	if (by)
		r->by = by;
	if (report_run(r, &err) < 0)
		fail_msg("%s", err.msg);
}

static inline const struct cell *
lab_cell(const struct table *t, size_t row, const char *col)
{
	for (size_t k = 0; k < t->def->ncol; k++)
		if (strcmp(t->def->col[k].name, col) == 0)
			return &t->cell[row * t->def->ncol + k];
	fail_msg("no column '%s'", col);
	return NULL;
}

/* Sum of a column over rows whose columns have these values: name, value,
 * ..., NULL. */
static inline int64_t
lab_sum(const struct table *t, const char *sum, ...)
{
	int64_t n = 0;

	for (size_t i = 0; i < t->nrow; i++) {
		bool fits = true;
		const char *col;
		va_list ap;

		va_start(ap, sum);
		while ((col = va_arg(ap, const char *)))
			fits &= str_eqi(lab_cell(t, i, col)->text,
			    str_c(va_arg(ap, const char *)));
		va_end(ap);
		n += fits ? lab_cell(t, i, sum)->n : 0;
	}
	return n;
}

static inline uint64_t
lab_total(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->ntotal; i++)
		if (strcmp(r->total[i].name, name) == 0)
			return (uint64_t)r->total[i].cell.n;
	fail_msg("no total '%s'", name);
	return 0;
}

#endif
