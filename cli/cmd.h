/*
 * cmd.h: what a verb is, what every verb is given, and how it ends.
 *
 * To add a verb: cli/cmd_<verb>.c with one `const struct cmd`, and one line in
 * cmd_table.c.  --help, the manual's test and the shell completion walk the
 * same tables.
 *
 *	static const struct opt options[] = {
 *		{ "older", 0, "AGE", "drop what is older", OPT_OLDER },
 *		{ 0 }
 *	};
 *
 *	static int
 *	run(int argc, char **argv, struct env *env)
 *	{
 *		struct args a;
 *		int c;
 *
 *		args_init(&a, argc, argv, env);
 *		while ((c = args_next(&a)) > 0)
 *			switch (c) {
 *			case ARG_OPERAND: ... a.value ...
 *			case OPT_OLDER: ... a.value ...
 *			}
 *		if (c < 0)
 *			return cmd_usage(env, &a.err);
 *		...
 *		return env_print(env, &out);
 *	}
 *
 * run() returns the exit status: 0 found, 1 nothing found, 2 could not.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/config.h"
#include "cli/tty.h"

struct env;

struct opt {
	const char *name;  /* without the dashes; NULL ends the table */
	char letter;	   /* 0: has none */
	const char *arg;   /* "PATH"; NULL: takes no value */
	const char *about; /* lower case, no full stop */
	int id;		   /* what args_next() returns; ARG_FIRST or more */
	unsigned common;   /* in the common table: the bit that allows it */
};

/* Which of the common options a verb takes. */
enum common {
	TAKES_STORE = 1,
	TAKES_JSON = 2,
	TAKES_JSONL = 4,
	TAKES_CSV = 8,
	TAKES_HTML = 16,
	TAKES_VERBOSE = 32,
	TAKES_LIVE = 64,
	TAKES_PROOF = 128,
	TAKES_WAIT = 256,
	TAKES_REDACT = 512,
	TAKES_TZ = 1024,
	TAKES_LIMIT = 2048,
	TAKES_EXIT_STATUS = 4096,
	TAKES_QUIET = 8192,
	TAKES_ALWAYS = 1 << 30, /* --config --color --no-pager --help */
};

struct cmd {
	const char *name;
	const char *about;	   /* one line, lower case, no full stop */
	const char *usage;	   /* what follows "mailtrace NAME " */
	const char *more;	   /* further paragraphs of --help, or NULL */
	const struct opt *options; /* its own; NULL: none */
	unsigned common;	   /* enum common */
	int (*run)(int argc, char **argv, struct env *env);
};

extern const struct cmd *const cmd_table[]; /* NULL at the end */
extern const struct opt common_options[];
extern const struct cmd cmd_trace; /* what runs when no verb is named */

const struct cmd *cmd_by_name(const char *name);

enum format { FMT_TEXT, FMT_JSON, FMT_JSONL, FMT_CSV, FMT_HTML, FMT_COUNT };

/* What the common options, the environment and the configuration say. */
struct env {
	const struct cmd *cmd;
	struct config config;
	struct tty tty;
	const char *store; /* where it is: env_store() */
	const char *config_file;
	const char *tz; /* NULL: local */
	enum format format;
	int verbose; /* -v 1, -vv 2 */
	size_t limit;
	int64_t wait_us; /* 0: do not */
	bool live, offline, proof, redact, no_pager, exit_status, quiet;
	bool help;
};

/* ---- arguments ---- */

enum { ARG_OPERAND = 1, ARG_FIRST = 2 };

struct args {
	int argc, i;
	char **argv;
	struct env *env;
	const char *value;   /* of the option or operand just returned */
	const char *cluster; /* the rest of -abc */
	bool operands_only;  /* after -- */
	struct err err;
};

void args_init(struct args *a, int argc, char **argv, struct env *env);

/*
 * The next argument: ARG_OPERAND, or the id of an option of the verb's own
 * table, with a->value; common options are set in env and passed over.
 * 0 at the end, -1 with a->err.
 */
int args_next(struct args *a);
/* The value of --mta: a server whose replies have rules of their own. */
int args_mta(struct args *a, struct str *mta);

/* How many arguments an argument starting there takes (1 or 2); 0 when it is
 * no option of `cmd` (main.c looks for the verb with it). */
int args_span(const struct cmd *cmd, int argc, char **argv, int i);

/* "5m", "90", "2h": seconds by default. */
bool duration_us(const char *s, int64_t *us);

/* ---- how a verb ends ---- */

/* Prints `mailtrace: MESSAGE; HINT` on standard error; returns 2. */
int cmd_fail(struct env *env, const struct err *err, const char *hint)
    __attribute__((nonnull(1, 2)));

/* The same when the store cannot be asked: where there is none the hint says
 * how to make one, else it is `hint`. */
int cmd_fail_store(struct env *env, const struct err *err, const char *hint);

/* The same for a wrong call: the hint names --help. */
int cmd_usage(struct env *env, const struct err *err);

/* A remark on standard error, unless --quiet. */
void cmd_note(struct env *env, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Writes the result to standard output, by the pager when it is text, longer
 * than the terminal, and nobody forbade it.  0, or 2 when it could not be
 * written.
 */
int env_print(struct env *env, const struct buf *out);

/* Where the store is: --store, $MAILTRACE_STORE, configuration, default. */
const char *env_store(struct env *env);

void help_print(struct buf *out, const struct cmd *cmd, int width);

#endif
