/*
 * cmd_verify.c: read the whole store, every record decoded and every token
 * set looked at, and say whether it is sound.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/stamp.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/pen.h"
#include "index/store.h"
#include "base/banned.h"

struct found {
	uint64_t records, events;
	uint64_t odd; /* whose queue id does not find them again */
	struct str odd_qid;
};

static bool
found_again(struct store *st, const struct record *rec, struct arena *a,
    struct err *err, int *rc)
{
	struct store_token tok = { TOK_QID, rec->qid };
	struct store_set set = { &tok, 1 };
	struct store_cur *cur = store_find(st, &set, 1, 1u << rec->kind,
	    rec->t0_us, rec->t1_us, err);
	struct record other;
	bool hit = false;

	*rc = cur ? 1 : -1;
	while (cur && !hit && (*rc = store_next(cur, a, &other, err)) == 1)
		hit = other.id == rec->id;
	store_cur_close(cur);
	return hit;
}

/* Decodes everything; of each 1009th record the index is asked too. */
static int
walk(struct store *st, struct found *f, struct arena *keep, struct err *err)
{
	enum { EVERY = 1009 };
	struct store_cur *cur = store_find(st, NULL, 0, 0, STORE_ANY_TIME_FROM,
	    STORE_ANY_TIME_TO, err);
	struct arena a = { 0 }, b = { 0 };
	struct record rec;
	int rc, asked = 1;

	if (!cur)
		return -1;
	while ((rc = store_next(cur, &a, &rec, err)) == 1) {
		f->events += rec.n;
		if (f->records++ % EVERY == 0 && rec.qid.n) {
			if (!found_again(st, &rec, &b, err, &asked)) {
				if (asked < 0)
					break;
				f->odd++;
				f->odd_qid = arena_dup(keep, rec.qid);
			}
			arena_clear(&b);
		}
		arena_clear(&a);
	}
	store_cur_close(cur);
	arena_release(&a);
	arena_release(&b);
	return asked < 0 ? -1 : rc;
}

static int
run(int argc, char **argv, struct env *env)
{
	struct buf b = BUF_INIT(64 * 1024);
	struct store_info info;
	const char *hint = "read the logs into a new store";
	struct found f = { 0 };
	enum store_stray stray;
	struct str name;
	struct arena arena = { 0 };
	struct store *st;
	struct args a;
	struct err err;
	int c, rc;

	args_init(&a, argc, argv, env);
	while ((c = args_next(&a)) == ARG_OPERAND) {
		err_set(&a.err, "'%s': verify takes no operand", a.value);
		return cmd_usage(env, &a.err);
	}
	if (c < 0)
		return cmd_usage(env, &a.err);
	st = store_open(env_store(env), &err);
	if (!st)
		return cmd_fail(env, &err, NULL);
	rc = store_info(st, &arena, &info, &err);
	if (rc == 0)
		rc = walk(st, &f, &arena, &err);
	if (rc == 0 && f.odd)
		rc = err_set(&err,
		    "the index does not find queue id '" STR_FMT "'",
		    STR_ARG(f.odd_qid));
	if (rc == 0 && f.records != info.records)
		rc = err_set(&err, "%llu records are noted, %llu are there",
		    (unsigned long long)info.records,
		    (unsigned long long)f.records);
	if (rc == 0)
		rc = store_stray(st, &arena, &stray, &name, &err);
	if (rc == 0 && stray == STRAY_LOST) {
		rc = err_set(&err,
		    "the day file '" STR_FMT "' is not in the catalogue: "
		    "nothing of it is found",
		    STR_ARG(name));
		hint = "move it away, and read its logs with --again";
	}
	if (rc < 0) {
		rc = cmd_fail(env, &err, hint);
	} else {
		buf_puts(&b, "sound: ");
		count_print(&b, f.records);
		buf_puts(&b, " records, ");
		count_print(&b, f.events);
		buf_printf(&b, " events, %zu days\n", info.partitions);
		rc = env_print(env, &b);
		if (stray == STRAY_LEFT)
			cmd_note(env,
			    "a writer that was killed left '" STR_FMT "': the "
			    "next ingest takes it in or removes it",
			    STR_ARG(name));
	}
	store_close(st);
	arena_release(&arena);
	buf_release(&b);
	return rc;
}

const struct cmd cmd_verify = {
	.name = "verify",
	.about = "read the whole store and say whether it is sound",
	.usage = "[OPTIONS]",
	.common = TAKES_STORE,
	.run = run,
};
