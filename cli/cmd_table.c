/*
 * cmd_table.c: the verbs, in the order of --help.
 */
#include "cli/cmd.h"
#include "base/banned.h"

extern const struct cmd cmd_ingest, cmd_ndr, cmd_report, cmd_check,
    cmd_diagnose, cmd_rules, cmd_reclassify, cmd_scope, cmd_status, cmd_sql,
    cmd_prune, cmd_verify, cmd_help;

const struct cmd *const cmd_table[] = {
	&cmd_trace,
	&cmd_ingest,
	&cmd_ndr,
	&cmd_report,
	&cmd_check,
	&cmd_diagnose,
	&cmd_rules,
	&cmd_reclassify,
	&cmd_scope,
	&cmd_status,
	&cmd_sql,
	&cmd_prune,
	&cmd_verify,
	&cmd_help,
	NULL,
};

const struct cmd *
cmd_by_name(const char *name)
{
	for (size_t i = 0; cmd_table[i]; i++)
		if (strcmp(cmd_table[i]->name, name) == 0)
			return cmd_table[i];
	return NULL;
}
