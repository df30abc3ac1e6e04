/*
 * postfix_samples.c: a line of every form, and what it means.
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

const struct sample postfix_samples[] = {
	{ "Jan  5 10:00:01 mx postfix/qmgr[99]: 1B79A3012027: removed",
	    "end qid=1B79A3012027 end action=removed" },
	{ NULL, NULL }
};
