/*
 * report_live.c: `report blocked --live`: what block lists and the reverse
 * DNS say now of each address of ours in the report.
 *
 * A row about the reverse name is held against that, any other against the
 * lists.  What could not be asked stays unknown, with the reason.
 */
#include "cli/check_conf.h"
#include "cli/report.h"
#include "live/job.h"
#include "base/banned.h"

enum { IPS_MAX = 32 };

static int
column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->def->ncol; i++)
		if (strcmp(t->def->col[i].name, name) == 0)
			return (int)i;
	return -1;
}

static struct job *
job_of(struct live *live, struct str ip)
{
	struct job *const *job;
	size_t n = live_jobs(live, &job);

	for (size_t i = 0; i < n; i++)
		if (str_eqi(job[i]->input, ip))
			return job[i];
	return n < IPS_MAX ? live_add(live, ip, JOB_IP) : NULL;
}

/* The finding that answers for a row: the first that is bad, else the last. */
static const struct finding *
answer(const struct job *j, bool rdns)
{
	static const enum check_id lists[] = { S04, CHECK_COUNT },
				   reverse[] = { S01, S02, CHECK_COUNT };
	const enum check_id *id = rdns ? reverse : lists;
	const struct finding *f = NULL;

	for (; *id != CHECK_COUNT; id++) {
		const struct finding *g = job_finding(j, *id);

		if (g && (!f || (f->result != CHECK_FAIL &&
				    f->result != CHECK_WARN)))
			f = g;
	}
	return f;
}

static const char *
word(const struct finding *f, bool rdns)
{
	switch (f ? f->result : CHECK_UNKNOWN) {
	case CHECK_PASS:
		return rdns ? "right" : "clean";
	case CHECK_WARN:
	case CHECK_FAIL:
		return rdns ? "wrong" : "listed";
	case CHECK_INFO:
		return rdns ? "right" : "listed";
	default:
		return "unknown";
	}
}

int
report_live(struct report *r, struct env *env, struct err *err)
{
	struct table *t = &r->table[0];
	int ip = column(t, "ip"), kind = column(t, "kind");
	int now = column(t, "live"), why = column(t, "live_reason");
	struct live_conf conf;
	struct live *live;

	if (ip < 0 || kind < 0 || now < 0 || why < 0)
		return 0;
	if (check_conf(env, &r->arena, &conf, err) < 0)
		return -1;
	check_laboratory(env, &r->arena, &conf);
	conf.services = (struct strs){ NULL, 0 };
	live = live_open(&conf, err);
	if (!live)
		return -1;
	for (size_t i = 0; i < t->nrow; i++) {
		const struct cell *c = &t->cell[i * t->def->ncol];

		if (c[ip].set)
			job_of(live, c[ip].text);
	}
	live_run(live);
	for (size_t i = 0; i < t->nrow; i++) {
		struct cell *c = &t->cell[i * t->def->ncol];
		bool rdns = c[kind].set && str_eq(c[kind].text, STR("rdns"));
		const struct job *j =
		    c[ip].set ? job_of(live, c[ip].text) : NULL;
		const struct finding *f = j ? answer(j, rdns) : NULL;

		cell_text(&c[now], str_c(word(f, rdns)));
		cell_text(&c[why],
		    f ? arena_dup(&r->arena, f->say) :
		    j ? STR("not looked at") :
			STR("too many addresses, or none is known"));
	}
	live_close(live);
	return 0;
}
