/*
 * wait.c: --wait: hop by hop, as the logs come in (`mailtrace ingest --follow`
 * runs beside it).  What was told once is remembered as a hash of its words.
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/map.h"
#include "base/stamp.h"
#include "cli/pen.h"
#include "cli/wait.h"
#include "base/banned.h"

enum { TOLD_MAX = 10000 };

struct told {
	uint64_t hash[TOLD_MAX];
	size_t n;
	bool mute;
};

/* Says a line on standard error, unless it was said before. */
static void
tell(struct told *told, struct buf *line)
{
	uint64_t h = map_hash(buf_str(line));

	for (size_t i = 0; i < told->n; i++)
		if (told->hash[i] == h)
			return;
	if (told->n == TOLD_MAX)
		return;
	told->hash[told->n++] = h;
	if (!told->mute)
		fprintf(stderr, "%s\n", buf_c(line));
}

static bool
ended(enum out_state s)
{
	return s != OUT_NONE && s != OUT_QUEUED && s != OUT_DEFERRED &&
	       s != OUT_HELD && s != OUT_LOST;
}

/* Tells what is new; whether all of it has come to an end. */
static bool
look(const struct answer *ans, const struct out *o, struct told *told)
{
	struct buf b = BUF_INIT(4096);
	struct pen pen = { .out = &b, .utf8 = o->utf8 };
	bool all = ans->nmessage > 0;

	for (size_t i = 0; i < ans->nmessage; i++)
		for (size_t k = 0; k < ans->message[i].nrcpt; k++) {
			const struct ans_rcpt *r = &ans->message[i].rcpt[k];

			for (size_t s = 0; s < r->npath; s++) {
				buf_clear(&b);
				stamp_print(&b, r->path[s].t_us, o->tz,
				    STAMP_CLOCK);
				buf_puts(&b, "  ");
				pen_str(&pen, r->path[s].host);
				buf_putc(&b, ' ');
				pen_str(&pen, r->path[s].qid);
				tell(told, &b);
			}
			buf_clear(&b);
			stamp_print(&b, r->time_us, o->tz, STAMP_CLOCK);
			buf_printf(&b, "  %s  ", out_state_name[r->state]);
			pen_str(&pen,
			    r->to.n ? r->to : STR("(recipient not logged)"));
			buf_puts(&b, ": ");
			pen_str(&pen, r->why);
			tell(told, &b);
			all &= ended(r->state);
		}
	buf_release(&b);
	return all;
}

int
wait_for(struct env *env, struct query *q, struct classifier *cl,
    const struct out *o, struct store **st, struct answer *ans, struct err *err)
{
	int64_t end = now_us() + env->wait_us;
	struct timespec pause = { .tv_sec = 1 };
	struct told told = { .mute = env->quiet || env->format != FMT_TEXT };

	for (;;) {
		if (trace_ask(env, q, cl, st, ans, err) < 0)
			return -1;
		if (look(ans, o, &told) || now_us() >= end)
			return 0;
		answer_release(ans);
		store_close(*st);
		*st = NULL;
		*ans = (struct answer){ 0 };
		nanosleep(&pause, NULL);
	}
}
