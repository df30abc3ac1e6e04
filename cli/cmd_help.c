/*
 * cmd_help.c: `mailtrace help [VERB]`, and --help of every verb: all of it
 * out of the tables, so that it cannot be behind.  `help terms` explains the
 * terms; `help --completion` prints a completion for bash, `--zsh` one for zsh
 * (help_shell.c).
 */
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/help.h"
#include "cli/pen.h"
#include "query/query.h"
#include "base/banned.h"

enum { OPT_COMPLETION = ARG_FIRST, OPT_LIST, OPT_ZSH };

static const struct opt options[] = { { "completion", 0, NULL,
					  "print a completion for bash",
					  OPT_COMPLETION },
	{ "zsh", 0, NULL, "print a completion for zsh", OPT_ZSH },
	{ "list", 0, NULL, "print every verb with its options, one a line",
	    OPT_LIST },
	{ 0 } };

static void
row(struct buf *out, const char *left, const char *about, int width)
{
	enum { COLUMN = 26 };
	struct pen pen = { .out = out, .width = width };

	if (strlen(left) > COLUMN - 2)
		buf_printf(out, "  %s\n%*s", left, COLUMN + 2, "");
	else
		buf_printf(out, "  %-*s", COLUMN, left);
	pen_wrap(&pen, str_c(about), COLUMN + 2, COLUMN + 2);
}

static void
options_help(struct buf *out, const struct opt *o, unsigned mask, int width)
{
	for (; o && o->name; o++) {
		char left[80];

		if (o->common && o->common != TAKES_ALWAYS &&
		    !(mask & o->common))
			continue;
		if (o->letter)
			snprintf(left, sizeof(left), "-%c, --%s%s%s", o->letter,
			    o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		else
			snprintf(left, sizeof(left), "    --%s%s%s", o->name,
			    o->arg ? " " : "", o->arg ? o->arg : "");
		row(out, left, o->about, width);
	}
}

static void
terms_help(struct buf *out, int width)
{
	buf_puts(out,
	    "Terms: KEY OP VALUE, no spaces around OP.  All terms "
	    "must hold; of several values\nA,B one must.  OP is = (exact, * "
	    "is a wildcard), ~ (regular expression), != !~,\nand > < for "
	    "numbers.\n");
	for (size_t i = 0; i < T_KEYS; i++) {
		char left[80];

		snprintf(left, sizeof(left), "%s%s%s", term_info[i].name,
		    term_info[i].also && *term_info[i].also ? ", " : "",
		    term_info[i].also ? term_info[i].also : "");
		row(out, left, term_info[i].about, width);
	}
}

void
help_print(struct buf *out, const struct cmd *cmd, int width)
{
	static const char *const examples[][2] = {
		{ "mailtrace ingest /var/log/mail.log*", "read the logs" },
		{ "mailtrace from=anna@isp.example to=bob@far.example",
		    "what became of it?" },
		{ "mailtrace to=@far.example state=bounced since=yesterday",
		    "what bounced there?" },
		{ "mailtrace 4F1ABC23DE", "a queue id, an address, an id" },
		{ NULL, NULL }
	};

	if (cmd) {
		buf_printf(out, "Usage: mailtrace %s %s\n\n", cmd->name,
		    cmd->usage);
		buf_printf(out, "%c%s.\n", cmd->about[0] - 32, cmd->about + 1);
		if (cmd->more)
			buf_printf(out, "\n%s", cmd->more);
		buf_puts(out, "\nOptions:\n");
		options_help(out, cmd->options, 0, width);
		options_help(out, common_options, cmd->common, width);
		if (cmd == &cmd_trace) {
			buf_putc(out, '\n');
			terms_help(out, width);
		}
		return;
	}
	buf_puts(out,
	    "mailtrace tells what happened to a mail, from the logs "
	    "of your mail servers.\n\nUsage: mailtrace TERM...      what "
	    "became of these messages?\n       mailtrace VERB ...\n\n"
	    "Verbs:\n");
	for (size_t i = 0; cmd_table[i]; i++)
		row(out, cmd_table[i]->name, cmd_table[i]->about, width);
	buf_puts(out, "\nExamples:\n");
	for (size_t i = 0; examples[i][0]; i++)
		buf_printf(out, "  %-57s %s\n", examples[i][0], examples[i][1]);
	buf_puts(out, "\n'mailtrace VERB --help' says more, 'mailtrace help "
		      "terms' what can be asked for.\n");
}

static int
run(int argc, char **argv, struct env *env)
{
	struct buf out = BUF_INIT(1 << 20);
	const struct cmd *cmd = NULL;
	const char *word = NULL;
	struct args a;
	int c, what = 0, rc;

	args_init(&a, argc, argv, env);
	while ((c = args_next(&a)) > 0) {
		if (c == ARG_OPERAND)
			word = a.value;
		else
			what = c;
	}
	if (c < 0)
		return cmd_usage(env, &a.err);
	if (word && strcmp(word, "terms") != 0) {
		cmd = cmd_by_name(word);
		if (!cmd) {
			err_set(&a.err, "no help about '%s': it is no verb",
			    word);
			return cmd_fail(env, &a.err,
			    "'mailtrace help' lists them");
		}
	}
	if (what == OPT_COMPLETION)
		help_bash(&out);
	else if (what == OPT_ZSH)
		help_zsh(&out);
	else if (what == OPT_LIST)
		help_list(&out);
	else if (word && !cmd)
		terms_help(&out, env->tty.width);
	else
		help_print(&out, cmd, env->tty.width);
	rc = env_print(env, &out);
	buf_release(&out);
	return rc;
}

const struct cmd cmd_help = {
	.name = "help",
	.about = "say how mailtrace, a verb, or the terms are used",
	.usage = "[VERB | terms]",
	.options = options,
	.run = run,
};
