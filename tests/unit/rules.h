/*
 * rules.h: for tests: the rules that are built in, as `cl`.
 */
#ifndef TESTS_UNIT_RULES_H
#define TESTS_UNIT_RULES_H

#include "classify/classify.h"

static struct classifier *cl;

static inline int
rules_setup(void **state)
{
	struct err err;

	(void)state;
	cl = classifier_new(NULL, 0, &err);
	return cl ? 0 : -1;
}

static inline int
rules_teardown(void **state)
{
	(void)state;
	classifier_free(cl);
	return 0;
}

#endif
