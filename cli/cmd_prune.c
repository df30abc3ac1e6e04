/*
 * cmd_prune.c: forget old days: whole files go, nothing is rewritten.
 */
#include "base/stamp.h"
#include "cli/cmd.h"
#include "cli/pen.h"
#include "cli/wait.h"
#include "index/writer.h"
#include "base/banned.h"

enum { OPT_OLDER = ARG_FIRST };

static const struct opt options[] = {
	{ "older", 0, "AGE",
	    "drop days older than that (90d, 12w); default: "
	    "[store] retention",
	    OPT_OLDER },
	{ 0 }
};

static int
run(int argc, char **argv, struct env *env)
{
	struct writer_opts wo = { .must_exist = true,
		.patience_ms = WRITER_PATIENCE_MS };
	struct buf b = BUF_INIT(4096);
	int64_t keep = env->config.retention_us;
	uint64_t days = 0, records = 0;
	struct writer *w;
	struct args a;
	struct err err;
	int c, rc;

	args_init(&a, argc, argv, env);
	while ((c = args_next(&a)) > 0) {
		if (c == OPT_OLDER &&
		    (!duration_us(a.value, &keep) || !keep ||
			is_digit(a.value[strlen(a.value) - 1]))) {
			err_set(&a.err,
			    "bad --older '%s': a time such as "
			    "90d or 12w is meant",
			    a.value);
			return cmd_usage(env, &a.err);
		}
		if (c == ARG_OPERAND) {
			err_set(&a.err, "'%s': prune takes no operand",
			    a.value);
			return cmd_usage(env, &a.err);
		}
	}
	if (c < 0)
		return cmd_usage(env, &a.err);
	if (!keep) {
		err_set(&err, "how long to keep is not said");
		return cmd_fail(env, &err,
		    "use --older 90d, or set "
		    "retention in [store]");
	}
	w = writer_open(env_store(env), &wo, &err);
	if (!w)
		return cmd_fail(env, &err, NULL);
	rc = writer_prune(w, now_us() - keep, &days, &records, &err);
	writer_close(w);
	if (rc < 0)
		return cmd_fail(env, &err, NULL);
	if (!env->quiet) {
		buf_printf(&b, "dropped %llu day%s, ", (unsigned long long)days,
		    days == 1 ? "" : "s");
		count_print(&b, records);
		buf_puts(&b, " records\n");
	}
	rc = env_print(env, &b);
	buf_release(&b);
	return rc;
}

const struct cmd cmd_prune = {
	.name = "prune",
	.about = "drop the days that are older than the retention",
	.usage = "[--older AGE]",
	.options = options,
	.common = TAKES_STORE | TAKES_QUIET,
	.run = run,
};
