/*
 * check_diff.c: what changed since the last run: findings that are better or
 * worse, and facts (where the mail goes, name servers, addresses, reverse
 * names, certificates).  What could not be tested this time is no change.
 */
#include <time.h>

#include "base/stamp.h"
#include "cli/check.h"
#include "cli/out.h"
#include "base/banned.h"

enum { MILLION = 1000000 };

/* One change; exactly one of the two is not NULL. */
typedef void (*change_fn)(void *ctx, const struct job *j,
    const struct finding *f, const struct kept *old,
    const struct kept_fact *fact);

static size_t
each(const struct check_run *run, struct job *j, change_fn fn, void *ctx)
{
	struct kept_fact fact[KEEP_FACTS];
	size_t nfact = keep_facts(&run->kept, j, fact), n = 0;

	for (size_t i = 0; i < j->nfinding; i++) {
		const struct kept *old;

		if (!keep_changed(&run->kept, j->input, &j->finding[i], &old))
			continue;
		if (fn)
			fn(ctx, j, &j->finding[i], old, NULL);
		n++;
	}
	for (size_t i = 0; i < nfact; i++) {
		if (!fact[i].was.n || str_eq(fact[i].was, fact[i].value))
			continue;
		if (fn)
			fn(ctx, j, NULL, NULL, &fact[i]);
		n++;
	}
	return n;
}

static void
text_one(void *ctx, const struct job *j, const struct finding *f,
    const struct kept *old, const struct kept_fact *fact)
{
	struct pen *p = ctx;
	struct buf b = BUF_INIT(4000);
	const char *arrow = p->utf8 ? " \xe2\x86\x92 " : " -> ";

	pen_pad(p, 2);
	pen_ink(p, f ? check_result_ink(f->result) : INK_BOLD);
	if (f) {
		pen_printf(p, "%s  ", f->check->id);
		if (old)
			pen_str(p, old->result);
		else
			pen_c(p, "new:");
		pen_printf(p, "%s%s", old ? arrow : " ",
		    check_result_name(f->result));
		buf_printf(&b, STR_FMT, STR_ARG(f->say));
		if (!str_eqi(f->object, j->input) &&
		    str_find(f->say, f->object) < 0)
			buf_printf(&b, " (" STR_FMT ")", STR_ARG(f->object));
	} else {
		pen_printf(p, "%s", fact->title);
		buf_printf(&b, STR_FMT "%s" STR_FMT, STR_ARG(fact->was), arrow,
		    STR_ARG(fact->value));
		if (!str_eqi(fact->object, j->input))
			buf_printf(&b, " (" STR_FMT ")", STR_ARG(fact->object));
	}
	pen_plain(p);
	pen_nl(p);
	pen_pad(p, 6);
	pen_wrap(p, buf_str(&b), 6, 6);
	if (f && f->remedy.n) {
		buf_clear(&b);
		buf_printf(&b, "%s " STR_FMT, p->utf8 ? "\xe2\x86\x92" : "->",
		    STR_ARG(f->remedy));
		pen_pad(p, 6);
		pen_wrap(p, buf_str(&b), 6, 8);
	}
	buf_release(&b);
}

void
check_diff_text(const struct check_run *run, struct pen *p)
{
	size_t n = 0;

	for (size_t i = 0; i < run->ntarget; i++) {
		struct job *j = run->target[i].job;
		int64_t last = keep_last_s(&run->kept, j->input);

		if (!each(run, j, NULL, NULL))
			continue;
		if (n++)
			pen_nl(p);
		pen_ink(p, INK_BOLD);
		pen_str(p, j->input);
		pen_plain(p);
		if (last) {
			struct buf b = BUF_INIT(100);

			stamp_print(&b, last * MILLION, p->tz, STAMP_MINUTES);
			pen_printf(p, "  since %s", buf_c(&b));
			buf_release(&b);
		} else {
			pen_c(p, "  first look");
		}
		pen_nl(p);
		each(run, j, text_one, p);
	}
	/* cron's mail is only for news; a person wants an answer */
	if (!n && run->env->tty.tty && !run->env->quiet)
		pen_c(p, "nothing changed\n");
}

static void
json_one(void *ctx, const struct job *j, const struct finding *f,
    const struct kept *old, const struct kept_fact *fact)
{
	struct json *js = ctx;

	json_open(js, NULL, '{');
	json_str(js, "target", j->input);
	json_c(js, "check", f ? f->check->id : NULL);
	json_c(js, "fact", f ? NULL : fact->name);
	json_text(js, "object", f ? f->object : fact->object);
	json_text(js, "was", !f ? fact->was : old ? old->result : STR_NONE);
	json_time(js, "was_time",
	    !f	? fact->was_s * MILLION :
	    old ? old->at_s * MILLION :
		  0);
	if (f)
		json_c(js, "is", check_result_name(f->result));
	else
		json_text(js, "is", fact->value);
	json_text(js, "say", f ? f->say : str_c(fact->title));
	json_close(js);
}

void
check_diff_json(const struct check_run *run, struct json *js)
{
	json_open(js, "changes", '[');
	for (size_t i = 0; i < run->ntarget; i++)
		each(run, run->target[i].job, json_one, js);
	json_close(js);
}

static void
csv_one(void *ctx, const struct job *j, const struct finding *f,
    const struct kept *old, const struct kept_fact *fact)
{
	struct buf *b = ctx;

	csv_field(b, j->input, true);
	csv_field(b, str_c(f ? f->check->id : fact->name), false);
	csv_field(b, f ? f->object : fact->object, false);
	csv_field(b, !f ? fact->was : old ? old->result : STR(""), false);
	csv_field(b, f ? str_c(check_result_name(f->result)) : fact->value,
	    false);
	csv_field(b, f ? f->say : str_c(fact->title), false);
	csv_end(b);
}

void
check_diff_csv(const struct check_run *run, struct buf *out)
{
	static const char *const column[] = { "target", "what", "object", "was",
		"is", "say" };

	for (size_t i = 0; i < sizeof(column) / sizeof(*column); i++)
		csv_field(out, str_c(column[i]), i == 0);
	csv_end(out);
	for (size_t i = 0; i < run->ntarget; i++)
		each(run, run->target[i].job, csv_one, out);
}
