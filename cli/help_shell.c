/*
 * help_shell.c: completions for shells, out of the tables.
 */
#include "cli/cmd.h"
#include "cli/help.h"
#include "query/query.h"
#include "query/report.h"
#include "base/banned.h"

extern const struct cmd cmd_report, cmd_rules, cmd_help;

static bool
taken(const struct opt *o, unsigned mask)
{
	return !o->common || o->common == TAKES_ALWAYS || mask & o->common;
}

static void
list_options(struct buf *out, const struct opt *o, unsigned mask)
{
	for (; o && o->name; o++)
		if (taken(o, mask)) {
			buf_printf(out, " --%s", o->name);
			if (o->letter)
				buf_printf(out, " -%c", o->letter);
		}
}

/* What stands behind a verb, besides terms and files. */
static void
words_of(struct buf *out, const struct cmd *c)
{
	static const char *const rules[] = { "check", "list", "test", "explain",
		"stats", NULL };

	if (c == &cmd_report)
		for (size_t i = 0; report_table[i]; i++)
			buf_printf(out, " %s", report_table[i]->name);
	else if (c == &cmd_rules)
		for (size_t i = 0; rules[i]; i++)
			buf_printf(out, " %s", rules[i]);
	else if (c == &cmd_help)
		for (size_t i = 0; cmd_table[i]; i++)
			buf_printf(out, " %s", cmd_table[i]->name);
}

void
help_list(struct buf *out)
{
	for (size_t i = 0; cmd_table[i]; i++) {
		buf_puts(out, cmd_table[i]->name);
		list_options(out, cmd_table[i]->options, 0);
		list_options(out, common_options, cmd_table[i]->common);
		buf_putc(out, '\n');
	}
}

/* All verbs, as a pattern of `case`. */
static void
verbs(struct buf *out)
{
	for (size_t i = 0; cmd_table[i]; i++)
		buf_printf(out, "%s%s", i ? "|" : "", cmd_table[i]->name);
}

void
help_bash(struct buf *out)
{
	buf_puts(out, "# bash completion of mailtrace: "
		      "source <(mailtrace help --completion)\n"
		      "_mailtrace()\n{\n"
		      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb=trace w\n"
		      "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
		      "\t\tcase $w in\n\t\t");
	verbs(out);
	buf_puts(out, ") verb=$w; break ;;\n\t\tesac\n\tdone\n"
		      "\tcase $cur in\n\t-*)\n\t\tcase $verb in\n");
	for (size_t i = 0; cmd_table[i]; i++) {
		buf_printf(out, "\t\t%s) w='", cmd_table[i]->name);
		list_options(out, cmd_table[i]->options, 0);
		list_options(out, common_options, cmd_table[i]->common);
		buf_puts(out, "' ;;\n");
	}
	buf_puts(out, "\t\tesac ;;\n\t*)\n\t\tcase $verb in\n");
	for (size_t i = 0; cmd_table[i]; i++) {
		struct buf words = BUF_INIT(4096);

		words_of(&words, cmd_table[i]);
		if (words.n)
			buf_printf(out, "\t\t%s) w='%s' ;;\n",
			    cmd_table[i]->name, buf_c(&words));
		buf_release(&words);
	}
	buf_puts(out, "\t\t*) w='");
	for (size_t i = 0; i < T_KEYS; i++)
		buf_printf(out, "%s= ", term_info[i].name);
	for (size_t i = 0; cmd_table[i]; i++)
		buf_printf(out, "%s ", cmd_table[i]->name);
	buf_puts(out,
	    "' ;;\n\t\tesac ;;\n\tesac\n"
	    "\tmapfile -t COMPREPLY < <(compgen -W \"$w\" -- \"$cur\")\n"
	    "\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
	    "}\ncomplete -o default -F _mailtrace mailtrace\n");
}

/* "name:what it is", in single quotes. */
static void
described(struct buf *out, const char *before, const char *name,
    const char *about)
{
	buf_printf(out, " '%s%s:", before, name);
	for (const char *p = about; *p; p++)
		if (*p == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *p);
	buf_putc(out, '\'');
}

static void
zsh_options(struct buf *out, const struct opt *o, unsigned mask)
{
	for (; o && o->name; o++)
		if (taken(o, mask))
			described(out, "--", o->name, o->about);
}

void
help_zsh(struct buf *out)
{
	buf_puts(out, "#compdef mailtrace\n"
		      "_mailtrace()\n{\n"
		      "\tlocal verb=trace w\n"
		      "\tlocal -a o\n"
		      "\tfor w in \"${(@)words[2,CURRENT-1]}\"; do\n"
		      "\t\tcase $w in\n\t\t");
	verbs(out);
	buf_puts(out, ") verb=$w; break ;;\n\t\tesac\n\tdone\n"
		      "\tif [[ $PREFIX == -* ]]; then\n\t\tcase $verb in\n");
	for (size_t i = 0; cmd_table[i]; i++) {
		buf_printf(out, "\t\t%s) o=(", cmd_table[i]->name);
		zsh_options(out, cmd_table[i]->options, 0);
		zsh_options(out, common_options, cmd_table[i]->common);
		buf_puts(out, " ) ;;\n");
	}
	buf_puts(out, "\t\tesac\n\t\t_describe option o\n\t\treturn\n\tfi\n"
		      "\tcase $verb in\n");
	for (size_t i = 0; cmd_table[i]; i++) {
		struct buf words = BUF_INIT(4096);

		words_of(&words, cmd_table[i]);
		if (words.n)
			buf_printf(out, "\t%s) compadd --%s ;;\n",
			    cmd_table[i]->name, buf_c(&words));
		buf_release(&words);
	}
	buf_puts(out, "\ttrace)\n\t\to=(");
	for (size_t i = 0; i < T_KEYS; i++)
		described(out, "", term_info[i].name, term_info[i].about);
	buf_puts(out, " )\n\t\t_describe term o -S =\n\t\to=(");
	for (size_t i = 0; cmd_table[i]; i++)
		described(out, "", cmd_table[i]->name, cmd_table[i]->about);
	buf_puts(out, " )\n\t\t_describe verb o ;;\n\tesac\n\t_files\n}\n"
		      "_mailtrace \"$@\"\n");
}
