/*
 * args.c: options by table: `--name VALUE`, `--name=VALUE`, `-n VALUE`,
 * `-nVALUE`, `-vv`, and `--` after which everything is an operand.  Options
 * and operands may stand in any order.
 */
#include <stdlib.h>

#include "base/zone.h"
#include "classify/rule.h"
#include "cli/cmd.h"
#include "base/banned.h"

enum {
	C_STORE = 1000,
	C_JSON,
	C_JSONL,
	C_CSV,
	C_HTML,
	C_VERBOSE,
	C_LIVE,
	C_OFFLINE,
	C_PROOF,
	C_WAIT,
	C_REDACT,
	C_TZ,
	C_LIMIT,
	C_EXIT_STATUS,
	C_QUIET,
	C_CONFIG,
	C_COLOR,
	C_NO_PAGER,
	C_HELP
};

enum { LIMIT_MAX = 1000000 };

const struct opt common_options[] = {
	{ "json", 0, NULL, "print one JSON document", C_JSON, TAKES_JSON },
	{ "jsonl", 0, NULL, "print one JSON object a line", C_JSONL,
	    TAKES_JSONL },
	{ "csv", 0, NULL, "print a table for spreadsheets", C_CSV, TAKES_CSV },
	{ "html", 0, NULL, "print a page that needs nothing else", C_HTML,
	    TAKES_HTML },
	{ "verbose", 'v', NULL, "more: hops and attempts; -vv raw log lines",
	    C_VERBOSE, TAKES_VERBOSE },
	{ "limit", 'n', "N", "at most N messages, newest first (default 50)",
	    C_LIMIT, TAKES_LIMIT },
	{ "tz", 0, "ZONE", "show times in this zone (default: this machine's)",
	    C_TZ, TAKES_TZ },
	{ "proof", 0, NULL, "the paragraph to paste for the other side",
	    C_PROOF, TAKES_PROOF },
	{ "wait", 0, "TIME",
	    "follow a message that is being sent now, for "
	    "that long (5m)",
	    C_WAIT, TAKES_WAIT },
	{ "live", 0, NULL, "add live checks of DNS and servers", C_LIVE,
	    TAKES_LIVE },
	{ "offline", 0, NULL, "no question to the network", C_OFFLINE,
	    TAKES_LIVE },
	{ "redact", 0, NULL, "mask local parts and IP addresses", C_REDACT,
	    TAKES_REDACT },
	{ "exit-status", 0, NULL,
	    "0 all arrived, 3 something pending, 4 "
	    "something failed",
	    C_EXIT_STATUS, TAKES_EXIT_STATUS },
	{ "quiet", 0, NULL, "no progress and no remarks", C_QUIET,
	    TAKES_QUIET },
	{ "store", 0, "PATH",
	    "the store (else $MAILTRACE_STORE, the "
	    "configuration, the default place)",
	    C_STORE, TAKES_STORE },
	{ "config", 0, "FILE",
	    "the configuration (else $MAILTRACE_CONFIG, "
	    "/etc/mailtrace/mailtrace.conf)",
	    C_CONFIG, TAKES_ALWAYS },
	{ "color", 0, "WHEN", "auto, always or never", C_COLOR, TAKES_ALWAYS },
	{ "no-pager", 0, NULL, "never show the result in a pager", C_NO_PAGER,
	    TAKES_ALWAYS },
	{ "help", 'h', NULL, "say how this verb is used", C_HELP,
	    TAKES_ALWAYS },
	{ 0 }
};

/* The option of that name (n bytes) or letter; NULL when there is none. */
static const struct opt *
find(const struct cmd *cmd, const char *name, size_t n, char letter)
{
	const struct opt *table[2] = { cmd->options, common_options };

	for (int t = 0; t < 2; t++)
		for (const struct opt *o = table[t]; o && o->name; o++) {
			if (t == 1 && o->common != TAKES_ALWAYS &&
			    !(cmd->common & o->common))
				continue;
			if (letter ? o->letter == letter :
				     strlen(o->name) == n &&
					 memcmp(o->name, name, n) == 0)
				return o;
		}
	return NULL;
}

void
args_init(struct args *a, int argc, char **argv, struct env *env)
{
	*a = (struct args){ .argc = argc, .argv = argv, .env = env };
}

int
args_span(const struct cmd *cmd, int argc, char **argv, int i)
{
	const char *s = argv[i];
	const struct opt *o;

	if (s[0] != '-' || !s[1])
		return 0;
	if (s[1] == '-') {
		size_t n = strcspn(s + 2, "=");

		o = n ? find(cmd, s + 2, n, 0) : NULL;
		if (!o)
			return 0;
		return o->arg && !s[2 + n] && i + 1 < argc ? 2 : 1;
	}
	for (s++; *s; s++) {
		o = find(cmd, NULL, 0, *s);
		if (!o)
			return 0;
		if (o->arg)
			return !s[1] && i + 1 < argc ? 2 : 1;
	}
	return 1;
}

bool
duration_us(const char *s, int64_t *us)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {
		{ 's', 1 },
		{ 'm', 60 },
		{ 'h', 3600 },
		{ 'd', 86400 },
		{ 'w', 7 * 86400 },
		{ 'y', 366 * 86400 },
	};
	enum { YEARS = 100 };
	struct str t = str_c(s);
	int64_t unit = 1;
	uint64_t v;

	if (t.n && !is_digit(t.p[t.n - 1])) {
		unit = 0;
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (units[i].unit == t.p[t.n - 1])
				unit = units[i].seconds;
		t.n--;
	}
	if (!unit || !t.n || !str_u64(t, &v) ||
	    v > (uint64_t)(YEARS * INT64_C(31622400) / unit))
		return false;
	*us = (int64_t)v * unit * 1000000;
	return true;
}

static int
set_common(struct args *a, const struct opt *o, const char *v)
{
	struct env *env = a->env;
	uint64_t n;

	switch (o->id) {
	case C_JSON:
		env->format = FMT_JSON;
		break;
	case C_JSONL:
		env->format = FMT_JSONL;
		break;
	case C_CSV:
		env->format = FMT_CSV;
		break;
	case C_HTML:
		env->format = FMT_HTML;
		break;
	case C_VERBOSE:
		env->verbose++;
		break;
	case C_LIVE:
		env->live = true;
		break;
	case C_OFFLINE:
		env->offline = true;
		break;
	case C_PROOF:
		env->proof = true;
		break;
	case C_REDACT:
		env->redact = true;
		break;
	case C_EXIT_STATUS:
		env->exit_status = true;
		break;
	case C_QUIET:
		env->quiet = true;
		break;
	case C_NO_PAGER:
		env->no_pager = true;
		break;
	case C_HELP:
		env->help = true;
		break;
	case C_STORE:
		env->store = v;
		break;
	case C_CONFIG:
		env->config_file = v;
		break;
	case C_TZ:
		if (!zone_get(v, &a->err))
			return err_set(&a->err,
			    "bad --tz '%s': a name such as Europe/Vienna or "
			    "UTC is meant",
			    v);
		env->tz = v;
		break;
	case C_WAIT:
		if (!duration_us(v, &env->wait_us) || !env->wait_us)
			return err_set(&a->err,
			    "bad --wait '%s': a time such "
			    "as 30s, 5m or 1h is meant",
			    v);
		break;
	case C_LIMIT:
		if (!str_u64(str_c(v), &n) || !n || n > LIMIT_MAX)
			return err_set(&a->err,
			    "bad --limit '%s': a number "
			    "from 1 to %d is meant",
			    v, LIMIT_MAX);
		env->limit = n;
		break;
	case C_COLOR:
		if (!tty_color(&env->tty, v))
			return err_set(&a->err,
			    "bad --color '%s': auto, "
			    "always or never is meant",
			    v);
		break;
	}
	if (env->live && env->offline)
		return err_set(&a->err, "--live and --offline: they "
					"contradict each other");
	return 0;
}

/* Options a slip of the finger away. */
static const char *
near(const struct cmd *cmd, const char *name, size_t n)
{
	const struct opt *table[2] = { cmd->options, common_options };

	for (int t = 0; t < 2; t++)
		for (const struct opt *o = table[t]; o && o->name; o++)
			if (n > 2 && find(cmd, o->name, strlen(o->name), 0) &&
			    (strncmp(o->name, name, n) == 0 ||
				near_word(o->name, name, n)))
				return o->name;
	return NULL;
}

static int
unknown(struct args *a, const char *arg, const char *name, size_t n)
{
	const struct cmd *cmd = a->env->cmd;
	const char *like = name ? near(cmd, name, n) : NULL;

	if (like)
		return err_set(&a->err,
		    "unknown option '%s': did you mean "
		    "'--%s'?",
		    arg, like);
	return err_set(&a->err,
	    "unknown option '%s': 'mailtrace %s' has no "
	    "such option",
	    arg, cmd->name);
}

static int
take(struct args *a, const struct opt *o, const char *attached,
    const char *shown)
{
	const char *v = NULL;

	if (o->arg) {
		if (attached)
			v = attached;
		else if (a->i < a->argc)
			v = a->argv[a->i++];
		else
			return err_set(&a->err,
			    "option '%s': its value (%s) "
			    "is missing",
			    shown, o->arg);
	} else if (attached) {
		return err_set(&a->err, "option '%s': it takes no value",
		    shown);
	}
	if (o->common)
		return set_common(a, o, v);
	a->value = v;
	return o->id;
}

static int
short_opt(struct args *a)
{
	char shown[3] = { '-', *a->cluster, 0 };
	const struct opt *o = find(a->env->cmd, NULL, 0, *a->cluster);
	const char *rest = a->cluster + 1;

	if (!o)
		return unknown(a, shown, NULL, 0);
	a->cluster = *rest && !o->arg ? rest : NULL;
	return take(a, o, o->arg && *rest ? rest : NULL, shown);
}

int
args_next(struct args *a)
{
	int rc = 0;

	while (rc == 0) {
		const char *s;

		if (a->cluster) {
			rc = short_opt(a);
			continue;
		}
		if (a->i >= a->argc)
			return 0;
		s = a->argv[a->i++];
		if (a->operands_only || s[0] != '-' || !s[1]) {
			a->value = s;
			return ARG_OPERAND;
		}
		if (strcmp(s, "--") == 0) {
			a->operands_only = true;
		} else if (s[1] == '-') {
			size_t n = strcspn(s + 2, "=");
			const struct opt *o = find(a->env->cmd, s + 2, n, 0);
			const char *v = s[2 + n] ? s + 2 + n + 1 : NULL;

			rc = o ? take(a, o, v, s) : unknown(a, s, s + 2, n);
		} else {
			a->cluster = s + 1;
		}
	}
	return rc;
}

int
args_mta(struct args *a, struct str *mta)
{
	*mta = str_c(a->value);
	return mta_bit(*mta) ?
		   0 :
		   err_set(&a->err, "bad --mta '%s': " MTA_NAMES, a->value);
}
